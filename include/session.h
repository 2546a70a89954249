/* SPDX-License-Identifier: MIT */
/* session: what the programs share between their options and their work.
 *
 * A program starts its threads, opens a checkpoint, knows where its z come from, and lists the
 * files it reads and writes before it makes any. Each of these is here once, with its words.
 */
#ifndef GANLENS_SESSION_H
#define GANLENS_SESSION_H

#include "checkpoint.h"
#include "cli.h"
#include "explain.h"
#include "metrics.h"
#include "present.h"
#include "trust.h"
#include <math.h>

/* ---- Start ---- */

/* Starts as many threads as c asks for, or there are, and opens OpenBLAS where it is needed; says
 * where make -j leaves one, and under --verbose what the products will run on. tensor_threads() is
 * their number from then on. */
int session_start(voice *v, const common_settings *c, bool needs_blas, error *e);

/* ---- Opening a checkpoint ---- */

/* How a checkpoint is opened, a member of the settings of a program that opens one. */
typedef struct {
    const char *generator, *discriminator; /* specs of a file made elsewhere */
    const char *weights;                   /* "ema" or "raw", of a state */
    number_pair range;                     /* of such a file's pictures; NaN: not said */
} checkpoint_options;

#define CHECKPOINT_DEFAULTS                                                                        \
    {                                                                                              \
        .range = {(double)NAN, (double)NAN }                                                       \
    }
extern const option_row checkpoint_option_rows[4];
#define CHECKPOINT_GROUP(settings, member)                                                         \
    OPTION_GROUP("Checkpoint", checkpoint_option_rows,                                             \
                 MEMBER_AT(settings, member, checkpoint_options))

/* Opens the file or run folder at path, and says what it warns of. wants_checksum: as model_source
 * has it. Fails as model_file_load. */
int checkpoint_open(model_file *m, voice *v, const char *path, const checkpoint_options *o,
                    bool wants_checksum, error *e);

/* ---- Opening a judge ---- */

/* A judge and the file it is of. Zero-initialise; judge_file_release accepts that. */
typedef struct {
    judge judge;
    network classifier; /* the same as one network; owned */
    char *path;         /* of the file that was read; NULL: the one that is built in; owned */
    char checksum[SHA256_SIZE]; /* of the file, which judge borrows */
} judge_file;

/* In the settings of a judge that was trained on random labels: true. */
#define JUDGE_CONTROL_KEY "random-labels"

/* The classifier at path, or for NULL the one that is built in, which knows MNIST's digits. Refuses
 * (STATUS_BAD_INPUT) what is no classifier of pictures of that shape, has no hidden layer, or was
 * trained on random labels. f must stay where it is. */
int judge_open(judge_file *f, const char *path, picture_shape shape, error *e);
/* The same of one that must have been trained on random labels. */
int judge_open_control(judge_file *f, const char *path, picture_shape shape, error *e);
/* Makes its classifier read pictures in low..high. */
void judge_take_range(judge_file *f, float low, float high);
void judge_file_release(judge_file *f);

/* ---- Real pictures to hold others against ---- */

/* Which pictures of a set are taken, by the seed: the index of STREAM_EVALUATED. */
typedef enum { DRAW_TEST, DRAW_TRAINING, DRAW_CANDIDATE } picture_draw;

/* The numbers 0 .. all - 1 in a random order; the caller frees it. */
uint32_t *draw_numbers(size_t all, uint64_t seed, picture_draw what);

/* Twice n pictures: of the list of the test pictures in an order drawn by the seed, then the
 * training pictures likewise, the first n, which others are held against, and the last n, for the
 * floor. Zero-initialise; real_sets_release accepts that. */
typedef struct {
    uint8_t *pixels;  /* (2 n, shape.n); owned, as are the others */
    uint8_t *labels;  /* (2 n) */
    uint32_t *places; /* (2 n), in the training part, or NO_TRAINING_PLACE: a judged_set's */
} real_sets;

/* n: at most half of d's pictures. */
void real_sets_draw(real_sets *s, const dataset *d, size_t n, uint64_t seed);
void real_sets_release(real_sets *s);

/* ---- Where z come from ---- */

/* Which vectors z are meant, a member of the settings of a program that takes them. */
typedef struct {
    seed_list seeds;
    const char *z; /* "FILE.safetensors:NAME", or NULL */
} latent_options;

extern const option_row latent_option_rows[2];
#define LATENT_GROUP(heading, settings, member)                                                    \
    OPTION_GROUP(heading, latent_option_rows, MEMBER_AT(settings, member, latent_options))

typedef struct latent_source latent_source;

/* A way to name vectors z, and the words that go with it. */
typedef struct {
    const char *key;    /* in numbers and messages: "seed" */
    const char *prefix; /* of file names: "seed" of "seed-0007" */
    const char *title;  /* in pictures: "Seed" */
    uint64_t (*number)(const latent_source *l, uint64_t i);
    void (*fill)(const latent_source *l, float *z, uint64_t i);
    void (*label)(const latent_source *l, text *out, uint64_t i);
} latent_kind;

extern const latent_kind latent_seeds; /* a list of seeds */
extern const latent_kind latent_rows;  /* the rows of a tensor, --z */
extern const latent_kind latent_way;   /* from one seed to another, --interpolate */

/* n vectors of z_dim numbers. Zero-initialise; latent_source_release accepts that. */
struct latent_source {
    const latent_kind *kind;
    uint64_t n;
    size_t z_dim;
    const seed_list *seeds; /* borrowed */
    float *rows;            /* of a tensor (n, z_dim); of a way its two ends; owned */
    char *path;             /* the tensor's file, NULL without one; owned */
};

/* The rows of o's tensor where it names one, else its seeds. Fails as latents_load, after "--z: ".
 */
int latents_open(latent_source *l, const latent_options *o, size_t z_dim, error *e);
/* n vectors on the great circle between two seeds, both ends included; n is at least 2. */
void latents_between_seeds(latent_source *l, const uint64_t ends[2], uint64_t n, size_t z_dim);
void latent_source_release(latent_source *l);

/* Of the i-th: its seed, its row or its frame. */
uint64_t latent_number(const latent_source *l, uint64_t i);
/* n of them from the first-th on, to z (n, z_dim). */
void latents_fill(const latent_source *l, float *z, uint64_t first, size_t n);
/* "FOLDER/seed-0007SUFFIX", the file or folder of the i-th; the caller frees it. */
char *latent_path(const latent_source *l, const char *folder, uint64_t i, const char *suffix);
/* What a picture of it has under it: the seed, the row, or how far along the way it is. */
void latent_label(const latent_source *l, text *out, uint64_t i);

/* ---- Classes ---- */

/* The classes whose pictures are drawn; of a model that is not conditional NO_CLASS alone. */
typedef struct {
    size_t all[MAX_CLASSES], n;
} class_list;

/* What --class says of m: "3", or "all" that it knows; NULL, which is not given, is all of them,
 * too. Refuses (STATUS_USAGE) what m cannot be asked for. */
int classes_choose(class_list *c, const model_file *m, const char *given, error *e);
/* Refuses one class as an option's: "--class: ...". */
int class_check(const model_file *m, size_t class, error *e);
/* "-of-3-pixel-4-5", what a file or folder of an explanation of that class and target has behind
 * its name, as explanation_suffix has it; the caller frees it. */
char *class_suffix(size_t class, const char *target);

/* ---- Many of a kind ---- */

typedef struct block_loop block_loop;

/* n pieces of work, a block at a time, with a progress line and an ear for signals between them. */
struct block_loop {
    voice *voice;
    const char *progress; /* how that is shown, as --progress says */
    const char *what;     /* they are: "pictures" */
    const char *folder;   /* that keeps those that are done; NULL: a part of them leaves no file */
    uint64_t n;
    size_t block;
    /* Does n of them from the first-th on. A broken check (STATUS_CHECK_FAILED) is told at the end,
     * what else fails ends the loop. */
    int (*work)(block_loop *l, uint64_t first, size_t n, error *e);
    void *context;   /* work's own */
    uint64_t n_done; /* work adds to it where it ends in the middle of a block */
    progress line;   /* on which work may show what it does, too */
};

/* STATUS_STOPPED by a signal, with how far it came. */
int block_loop_run(block_loop *l, error *e);

/* ---- Files ---- */

/* All that a program reads and writes. Zero-initialise; file_list_release accepts that. */
typedef struct {
    char **inputs, **outputs; /* owned */
    size_t n_inputs, n_outputs;
    const char *depfile; /* of --depfile, NULL: none; borrowed */
    char *target;        /* what its rule makes, NULL: nothing; owned */
} file_list;

/* NULL is no file. */
void file_list_read(file_list *f, const char *path);
/* The files of d, and its folders: when a picture is added, it is they that change. */
void file_list_read_data(file_list *f, const dataset *d);
void file_list_write(file_list *f, const char *path);
/* depfile may be NULL; it is an output, too. */
void file_list_rule(file_list *f, const char *depfile, const char *target);
/* Refuses an output that is read, or written twice, or cannot be made, and a depfile that could not
 * be saved: all that can be said before the work. */
int file_list_check(const file_list *f, error *e);
/* The depfile, where one is wanted: after the work. */
int file_list_save_rule(const file_list *f, error *e);
void file_list_release(file_list *f);

/* ---- Pictures ---- */

/* Room for up to so many pictures at once. Zero-initialise; sampler_release accepts that. */
typedef struct {
    picture_shape shape;
    float low, high; /* of the pictures */
    tiles tiles;
    float *z, *x;    /* (most, z_dim), (most, shape.n) */
    uint8_t *pixels; /* (most, shape.n) */
} sampler;

void sampler_init(sampler *s, size_t z_dim, picture_shape shape, const float range[2], size_t most);
/* Draws with generator (folded) from now on, which must stay as it is until the last draw. */
void sampler_use(sampler *s, const network *generator);
/* x and pixels of the first n of z. */
void sampler_draw(sampler *s, size_t n);
void sampler_release(sampler *s);

/* ---- Pictures to be measured ---- */

/* Networks of a model, one for each class that it can be asked for. */
typedef struct {
    network *all;         /* (n), owned */
    const network **list; /* to each; owned */
    size_t n;
} class_networks;

/* n pictures of a model, of seeds that follow each other, and its networks: what metrics read.
 * Zero-initialise; drawn_pictures_release accepts that. It may not be moved. */
typedef struct {
    const char *path; /* of the model, for messages; borrowed */
    picture_shape shape;
    size_t n;
    uint8_t *pixels; /* (n, shape.n), once they are drawn; owned */
    uint8_t *which;  /* (n), owned: of generators; NULL: the first */
    class_networks generators, critics, encoders, decoders; /* those that there are */
    metric_generator generator;
    metric_autoencoder autoencoder; /* where there are encoders */
} drawn_pictures;

/* Folds m's networks, which it need not keep after that. Of a conditional model picture i is asked
 * for class labels[i]; a class that it does not draw is STATUS_BAD_INPUT. d is to be released in
 * any case. */
int drawn_pictures_init(drawn_pictures *d, const model_file *m, const uint8_t *labels, size_t n,
                        uint64_t first_seed, error *e);
/* Fills the pixels; STATUS_DIVERGED names a seed whose picture is not finite. */
int drawn_pictures_draw(drawn_pictures *d, error *e);
/* Puts the networks into c. */
void drawn_pictures_tell(metric_context *c, const drawn_pictures *d);
void drawn_pictures_release(drawn_pictures *d);

/* n pictures in columns, twice as large; small ones as large as fits into 56x56. */
picture_grid grid_of_samples(const uint8_t *pixels, size_t n, size_t columns, picture_shape shape);
int grid_save(const char *path, const picture_grid *g, error *e);

/* Pictures in one file and, of a conditional model, their classes in another. */
typedef struct {
    const char *path;  /* NULL: there is none; borrowed */
    char *labels_path; /* NULL: nor are there classes; owned */
    atomic_file pixels, labels;
} picture_stream;

/* Where the pictures of all of a source go: of the first class, then of the next. Zero-initialise,
 * fill in the first part; picture_files_release accepts that, and drops what was not committed. */
typedef struct {
    const latent_source *latents;
    const class_list *classes;
    picture_shape shape;
    const char *grid, *folder, *npy, *idx, *pairs; /* paths; NULL: not there; borrowed */
    size_t columns;  /* of the grid; 0, and where a class is a row: by the source */
    bool has_labels; /* under the pictures of the grid */

    uint8_t *grid_pixels; /* (all, shape.n), for a grid; owned */
    picture_stream streams[2];
    safetensors layout;
    safetensors_stream pairs_file;
} picture_files;

/* Decides where what goes. Refuses (STATUS_USAGE) a grid that cannot be drawn, and more pictures
 * than files can count. */
int picture_files_plan(picture_files *f, error *e);
/* How many there are, of all classes. */
uint64_t picture_files_count(const picture_files *f);
/* Those that are written, but for a folder's. */
void picture_files_list(const picture_files *f, file_list *files);
/* Adds "grid.png, x.npy, x-labels.npy". */
void picture_files_tell(const picture_files *f, text *names);
int picture_files_open(picture_files *f, error *e);
/* n pictures from the first-th on, as s holds them, all of one class. What is not finite is refused
 * (STATUS_DIVERGED): it would be drawn as black. */
int picture_files_write(picture_files *f, const sampler *s, uint64_t first, size_t n, error *e);
int picture_files_commit(picture_files *f, error *e);
void picture_files_release(picture_files *f);

/* ---- What is explained ---- */

/* A target and what it compares with, a member of the settings of a program that explains. */
typedef struct {
    const char *target, *data; /* NULL: as the model is */
    const char *judge;         /* a file; NULL: the one that is built in */
    double lambda;
    uint64_t n_classes; /* that the labels of data may have */
    uint64_t class;     /* of a conditional model; NO_CLASS: not said */
} subject_options;

#define SUBJECT_DEFAULTS                                                                           \
    {                                                                                              \
        .lambda = 1.0, .n_classes = 10, .class = NO_CLASS                                          \
    }
extern const option_row subject_option_rows[6];
#define SUBJECT_GROUP(heading, settings, member)                                                   \
    OPTION_GROUP(heading, subject_option_rows, MEMBER_AT(settings, member, subject_options))

typedef struct subject subject;

/* A model and a number made of its pictures. Zero-initialise; subject_release accepts that. */
struct subject {
    model_file model;   /* without its parts, in whose place are: */
    size_t class;       /* of the pictures, or NO_CLASS */
    network g, critic;  /* what is explained: folded; critic without layers where there is none */
    network g_of_class; /* G that still takes the class; without layers where there is none */
    explain_target target;
    judge_file
        judge;      /* its classifier takes the model's range; zeroed unless the target reads it */
    json_t *option; /* what artefacts say of the target */
    char *named;    /* what folders are named after: the target with its weight; "": the model's
                       own target; owned */
    explain_reference reference;
    char *data_config, *data_folder; /* the run's config.json and the folder it names, or NULL */
    explainer explainer;
    char *name;            /* of one of several models: "b", "step 2,000"; owned */
    subject *rivals;       /* others, whose explanations of the same z are compared with its own */
    size_t n_rivals;       /* owned, as is: */
    trust_rival *compared; /* (n_rivals + 1): it and these, in the order they are shown in */
    bool is_drift;         /* all are of one training, and so in the order of their steps */
};

/* Where it comes from. */
typedef struct {
    voice *voice;
    const char *path;
    const checkpoint_options *checkpoint;
    const invocation *given;
} subject_source;

/* Reads the target, if it is given: all that can be said without opening a file. */
int subject_read(subject *s, const subject_options *o, const invocation *v, error *e);
/* After subject_read. A target that is not given is the model's own, and o names it then. Refuses
 * options of pictures that nothing is compared with. */
int subject_open(subject *s, subject_options *o, const subject_source *from, error *e);
/* Opens the checkpoints of a comma list, too, of which the same z makes pictures: their targets
 * read the same judge and pictures. Refuses (STATUS_BAD_INPUT) what has another z-dim, shape or
 * range, or lacks what the target reads. s must stay where it is. */
int subject_open_rivals(subject *s, const char *list, const subject_source *from, error *e);
/* The model at from as another one is explained: by its target, at its class. What the target reads
 * stays the other's. */
int subject_open_as(subject *s, const subject *other, const subject_source *from, error *e);
/* Releases and frees them. */
void subject_release_rivals(subject *s);
/* The same as one fact each: name, SHA-256 and step. The caller releases it. */
json_t *subject_rival_facts(const subject *s);
void subject_list_inputs(const subject *s, file_list *f);
void subject_release(subject *s);

/* What explanation.json states of the target beside what explain knows: the option and the picture
 * it is compared with, by its number or NO_INDEX. The caller releases it. */
json_t *subject_target_facts(const subject *s, size_t i_reference);
/* What checkpoint and machine add: the class, the model's checksum and step, its training, the CPU
 * level, the version. The caller releases it. */
json_t *subject_circumstances(const subject *s);

/* The same in short, for the metadata of a table: "target", "model_sha256", "model_step", and
 * "class" of a conditional model, "judge_sha256" where one is asked. The caller releases it. */
json_t *subject_table_facts(const subject *s);

/* ---- What was fitted before ---- */

/* Fits of methods, which DIR/cache keeps from run to run, in a file each, under a key of all that
 * they depend on: networks, target, samples, method, version and kernels. What is there is read if
 * it is whole and has the key; what cannot be read or written is fitted again. Deleting it is safe.
 * Zero-initialise. */
typedef struct {
    char *folder;                   /* owned */
    const subject *subject;         /* borrowed, */
    const explain_request *request; /* as this */
    char key[SHA256_SIZE];          /* of what all methods share; "": not found yet */
    bool is_off;    /* the target compares with a set of pictures, which are too many for a key */
    kept_fits fits; /* for a plan */
} fit_cache;

/* c must stay where it is. */
void fit_cache_open(fit_cache *c, const char *folder, const subject *s, const explain_request *q);
/* Keeps what the plan fitted anew; a failure is none. */
void fit_cache_save(fit_cache *c, const explain_plan *p);
void fit_cache_release(fit_cache *c);

/* ---- Explanations in folders ---- */

typedef struct auto_choice auto_choice;

/* One run of explanations, a folder each, in one place; the first part is borrowed.
 * Zero-initialise; folder_run_release accepts that. */
typedef struct {
    voice *voice;
    const char *progress; /* as --progress says */
    const subject *subject;
    const latent_source *latents;
    explain_plan *plan;
    explain_request request;
    const char *baseline;      /* as it was asked for; NULL: zero */
    const auto_choice *choice; /* of the method; NULL: the user's */
    explanation_style *style;
    explain_workspace *workspaces; /* one a thread */
    const char *folder;            /* the place */
    bool is_named;                 /* by the user; else it is the model's */

    explanation_place place;
    explanation_page page; /* of several */
    fit_cache fits;
} folder_run;

/* What a make rule of the run makes: the file that comes last. The caller frees it. */
char *folder_run_target(const folder_run *r);
/* What a person opens first. The caller frees it. */
char *folder_run_look(const folder_run *r);
/* Broken checks (STATUS_CHECK_FAILED) are told when all files are there to be looked at. */
int folder_run_save(folder_run *r, error *e);
void folder_run_release(folder_run *r);

/* ---- How it is explained ---- */

/* Which methods, a member of the settings of a program that offers them. */
typedef struct {
    const char *method; /* a comma list; NULL: the default ones */
    bool wants_list;
} method_options;

extern const option_row method_option_rows[2];
#define METHOD_GROUP(heading, settings, member)                                                    \
    OPTION_GROUP(heading, method_option_rows, MEMBER_AT(settings, member, method_options))

/* A program with the options of all methods. Zero-initialise; method_settings_release accepts that.
 */
typedef struct {
    settings_layout layout;
    void *all;      /* the settings, which begin with the program's own; owned */
    size_t *places; /* in there of each method's; owned */
} method_settings;

/* size: of the program's own settings. */
void method_settings_init(method_settings *m, const program *p, size_t size);
/* Plans the methods of a comma list, or (NULL) those of `otherwise`, with the settings that m
 * holds. */
void method_settings_choose(const method_settings *m, explain_plan *plan, const char *list,
                            method_default otherwise);
/* Gives what is planned the settings that m holds. */
void method_settings_apply(const method_settings *m, explain_plan *plan);
/* Refuses options of methods that are not run, or not wholly, as where no folders are made. */
int method_uses_check(const explain_plan *plan, bool has_folders, const invocation *v, error *e);
/* A line a method: name, summary and source by tabs. */
void methods_list(text *out);
void method_settings_release(method_settings *m);

/* What methods explain and from where, a member of the settings of a program that offers them. */
typedef struct {
    const char *space;    /* "z" or "x"; NULL: both */
    const char *baseline; /* "zero", "mean", "seed:S" or "FILE.safetensors:NAME"; NULL: zero */
    uint64_t samples;     /* 0: as each method has it */
    const char *segments; /* "blocks" or "strokes"; NULL: blocks */
    uint64_t grid;        /* of segments, blocks down and across; 0: as each method has it */
} attribution_options;

extern const option_row attribution_option_rows[5];
#define ATTRIBUTION_GROUP(heading, settings, member)                                               \
    OPTION_GROUP(heading, attribution_option_rows, MEMBER_AT(settings, member, attribution_options))

/* The points that attributions are measured from. Zero-initialise; attribution_start_release
 * accepts that. */
typedef struct {
    const char *words; /* as they were asked for; NULL: zero */
    float *rows;       /* (n_rows, z_dim), of a tensor, until they are among the points; owned */
    size_t n_rows;
    char *path; /* of its file, NULL: there is none; owned */
    explain_baseline points;
} attribution_start;

/* Refuses options that no planned method reads, and words that are none. */
int attribution_check(const attribution_options *o, const explain_plan *plan, const invocation *v,
                      error *e);
/* Loads the tensor that o names, if it does. Fails as latents_load, after "--baseline: ". */
int attribution_open(attribution_start *s, const attribution_options *o, size_t z_dim, error *e);
/* Sets what q has of o, once session_start is done; s must live as long as q. */
void attribution_fill(explain_request *q, attribution_start *s, const attribution_options *o,
                      const explainer *x);
void attribution_start_release(attribution_start *s);

/* ---- Which explanation to believe ---- */

/* Which reports judge the explanations, a member of the settings of a program that offers them. */
typedef struct {
    bool quality, sanity, compare, explainability;
    const char *control; /* a file; NULL: none */
    const char *across;  /* a comma list of checkpoints; NULL: none */
} trust_options;

extern const option_row trust_option_rows[6];
#define TRUST_GROUP(heading, settings, member)                                                     \
    OPTION_GROUP(heading, trust_option_rows, MEMBER_AT(settings, member, trust_options))

bool trust_is_wanted(const trust_options *o);
/* Adds the reports to plan, behind its methods; both must stay where they are. */
void trust_choose(explain_plan *plan, trust_settings *s, const trust_options *o);
/* The control that o names, if it does, for s, which the judge of an open subject is compared with;
 * control must stay where it is. Refuses (STATUS_USAGE) one where no judge is asked, and
 * (STATUS_BAD_INPUT) one of other classes. */
int trust_open_control(judge_file *control, trust_settings *s, const trust_options *o,
                       const subject *of, error *e);
/* Opens the models that o names beside that of s, which from is of, for the reports. */
int trust_open(trust_settings *t, const trust_options *o, subject *s, const subject_source *from,
               error *e);

/* ---- A method that is chosen ---- */

/* A method that was judged best, on the first of what is to be explained. Zero-initialise. */
struct auto_choice {
    const explain_method *method;
    json_t *facts; /* what explanation.json states of it: which, by what, how good; owned */
};

/* How many explanations, at most, it is judged by. */
enum { AUTO_SEEDS = 4 };

/* What it is chosen by; all borrowed. */
typedef struct {
    voice *voice;
    const char *progress; /* as --progress says */
    const subject *subject;
    const latent_source *latents;
    explain_plan *plan; /* of method_auto_plan, with settings; not prepared */
    explain_request request;
    explain_workspace *workspaces; /* one a thread */
    explain_input input;
} auto_source;

bool method_is_auto(const method_options *o);
/* Refuses (STATUS_USAGE) a list that has it among others, and a table of it. */
int method_auto_check(const method_options *o, bool has_folders, error *e);
/* What a method must attribute to. */
explain_input method_auto_input(const attribution_options *o);
/* Plans all that attribute to input. */
void method_auto_plan(explain_plan *plan, explain_input input);
/* Judges what is planned, by quality and sanity, and says what it chose, by the rule of
 * trust_ranking_make; where none is to be trusted what comes nearest, and that it is not. Adds the
 * reports to the plan. The same with any threads. */
int auto_choice_make(auto_choice *c, const auto_source *from, error *e);
/* Without a stop. */
const char *auto_choice_sentence(const auto_choice *c);
void auto_choice_release(auto_choice *c);

/* ---- How it is cited ---- */

/* All borrowed. */
typedef struct {
    const char *program;
    const subject *subject; /* open */
    const latent_options *latents;
    const explain_plan *plan;
    const auto_choice *choice; /* of its method; NULL: the user's */
} citation;

/* Prints what a paper needs: a line a fact (program, model, training, target, what is explained,
 * each method with its source), a paragraph that says it, and a BibTeX entry. Fails as
 * stdout_write. */
int citation_print(const citation *c, error *e);

#endif
