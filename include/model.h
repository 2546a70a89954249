/* SPDX-License-Identifier: MIT */
/* model: what is trained, and the loop that trains it.
 *
 * A model is of a class, which says what parts it has (networks, each with what trains it), what
 * numbers a step tells, and how a step is made; all else loops over parts and numbers. All its
 * randomness is a function of (seed, step), so a state is complete with the step alone. The
 * trainer loop owns no file: for logs, pictures, states and progress it calls back.
 */
#ifndef GANLENS_MODEL_H
#define GANLENS_MODEL_H

#include "checkpoint.h"
#include "cli.h"
#include "data.h"
#include "metrics.h"

/* ---- Options and recipes ---- */

/* Every option that makes the result or the length of a training, as it is written: what recipes
 * hold, --config and a state store, and a model starts from. Where a run is and how loud is not
 * among them. */
typedef struct {
    const char *model;                               /* the name of a class */
    const char *generator, *discriminator, *encoder; /* specs */
    const char *classifier;                          /* spec, of no model that gantrain offers */
    const char *loss, *opt, *init_weights;           /* "nonsaturating"; "adam"; "glorot" or "he" */
    const char *classes, *clean;                     /* of the data; NULL: all */
    bool balance;                                    /* their classes are drawn alike */
    const char *reconstruction;                      /* a reconstruction loss; NULL: not set */
    uint64_t z_dim, batch, seed, r1_every, r2_every, gp_every;
    uint64_t d_steps;   /* updates of D a step; 0 is 1 */
    uint64_t rec_pairs; /* pictures of the data that G is to make of seeds; 0: none */
    double lambda;      /* weight of G's loss beside them */
    uint64_t n_classes; /* labels of the data are below */
    bool conditional;   /* the networks are told the class of each picture */
    double range[2];    /* of the pictures */
    augment_settings augment;
    double lr, lr_d; /* lr_d NaN: as lr */
    double beta1, beta2, eps, weight_decay;
    double l1, l2, clip_grad, clip_weights; /* 0: none */
    const char *schedule;                   /* of the rates; NULL: "constant" */
    const char *init_output;                /* "data", or as init_weights says: NULL, "weights" */
    uint64_t warmup;                        /* steps */
    double r1, r2, gp, label_smoothing, ema_kimg, bn_momentum;
    double beta; /* of a vae */
    uint64_t beta_warmup;

    uint64_t subset;        /* pictures; 0: all */
    uint64_t steps, epochs; /* 0 where they do not end the run */
    double max_time;        /* seconds; 0: no limit */
    const char *on_nan;     /* "stop" or "rollback"; NULL: stop */
    interval sample_every, log_every, checkpoint_every;
    uint64_t keep; /* states of the last so many checkpoints */
    interval metrics_every;
    const char *metrics;      /* names; NULL: those of stop_when, or fcd */
    const char *stop_when;    /* thresholds; NULL: none */
    uint64_t metrics_samples; /* pictures they are of, at most */
} train_options;

enum { MAX_TRAIN_GROUPS = 16 };
/* The groups of its options, for a program in whose settings it lies at base; returns how many. */
size_t train_groups(option_group groups[MAX_TRAIN_GROUPS], size_t base);

/* An option that not every optimizer reads, and its bit of optimizer_rule's reads. */
typedef struct {
    const char *option;
    unsigned setting;
} optimizer_reading;

/* Ended by a row with option NULL. */
extern const optimizer_reading optimizer_readings[];

/* Of the settings of a model's file those that its model and its optimizer read, to tell how it was
 * trained; all that a model or optimizer unknown here may read stay. The caller owns it; NULL: NULL
 * was given. */
json_t *train_settings_read(json_t *settings);

/* The metrics that o asks for, in their order, those of its thresholds last; returns how many: 0
 * where they are never measured. Its names and thresholds must have been checked. */
enum { MAX_TRAIN_METRICS = 64 };
size_t train_metrics(const metric *out[MAX_TRAIN_METRICS], const train_options *o);

/* Its texts are o's. */
data_choice train_data_choice(const train_options *o);

/* A named set of defaults: a JSON object as --config reads it, built in from
 * data/recipes/NAME.json. */
typedef struct {
    const char *name, *summary, *json;
} recipe;

/* The default first, ended by a row with name NULL. */
extern const recipe recipes[];
/* NULL where there is none of that name. */
const recipe *recipe_find(const char *name);
/* The options as r says them; their texts are in texts, which is to be released after them, and in
 * any case. Fails as --config does. */
int recipe_read(train_options *o, invocation *texts, const recipe *r, error *e);
/* The one of a classifier that judges pictures, which is not among them. */
extern const recipe judge_recipe;
/* As recipe_read does it, with the model that no recipe can name. */
int judge_recipe_read(train_options *o, invocation *texts, error *e);
/* Adds a line each: name, model, summary. */
int recipes_list(text *out, error *e);

/* ---- Models ---- */

enum { MAX_MODEL_PARTS = 4, MAX_MODEL_NUMBERS = 16 };

/* What goes into or comes out of a network, which makes its width. */
typedef enum {
    SIDE_Z,
    SIDE_PICTURE,
    SIDE_LOGIT,
    SIDE_CLASSES, /* a logit for each */
    SIDE_MOMENTS  /* of z: (mean, log variance), 2 z_dim */
} network_side;

/* How a network is told the class of each row, where the model is conditional. */
typedef enum {
    CLASS_UNTOLD,
    CLASS_AS_INPUT,     /* as one-hot vector behind its other inputs */
    CLASS_BY_PROJECTION /* by an embedding, which adds to its last weights */
} class_telling;

/* How far pictures are from what they were given back as, summed over the pixels, averaged over the
 * rows. */
typedef struct {
    const char *name, *summary, *source;
    const char *when;  /* to take it: a sentence */
    bool reads_logits; /* pictures are from 0 to 1, and y is what a sigmoid makes its picture of */
    /* Of y to x (rows, pixels; packed); dy (as y) gets the gradient by y. */
    double (*evaluate)(matrix dy, matrix y, matrix x);
} reconstruction_loss;

/* Ended by a row with name NULL. */
extern const reconstruction_loss reconstruction_losses[];
/* NULL where there is none of that name. */
const reconstruction_loss *reconstruction_loss_find(const char *name);

/* A network that every model of a class has. */
typedef struct {
    const char *prefix; /* of its tensors: "G" */
    const char *option; /* that holds its spec: "generator" */
    size_t spec, lr;    /* members of train_options, as offsets; where the lr is NaN --lr counts */
    network_side in, out;
    class_telling class;
    const char *linear_output; /* "logit": what its last layer gives without activation, or NULL */
    const char *no_batchnorm;  /* "would mix ...": why bn is refused, or NULL */
    bool has_average;          /* where --ema-kimg is above 0 */
    bool moves_by_every_batch; /* of a step; else by the last one alone */
} part_row;

/* Its spec in o; NULL where that is not set. */
const char *part_spec(const part_row *row, const train_options *o);
/* Gives the last layer of its spec in o, which is a recipe's and made for other pictures and codes,
 * the width that shape and z-dim ask for. The caller frees the new spec after o. */
char *part_fit_spec(train_options *o, const part_row *row, picture_shape shape);

/* A number that steps tell, and its running mean. */
typedef struct {
    const char *key;     /* in log.jsonl: "Loss/G/loss" */
    const char *meaning; /* "the loss of G" */
    const char *label;   /* on the progress line, with the blanks before it: two begin a part that a
                            narrow terminal leaves out whole; NULL: not there */
    int decimals;        /* there */
    bool is_signed;      /* there, with its + */
    bool is_loss;        /* a part moves to make it less */
    double memory;       /* how many of its values the running mean looks back on */
    const char *panel;   /* of curves, "Losses": rows of the same share it; NULL: its own */
    const char *unit;    /* on the axis there, "mean logit"; NULL: not said */
    uint64_t (*interval)(const train_options *o); /* steps between its values, from step 0 on; 0:
                                                     there are none; NULL: every step */
    bool is_extra; /* one of the last rows, which a model without it has no room for */
} number_row;

/* A part is a network and what trains it. */
typedef struct {
    const part_row *row;
    network network, average; /* average.n_layers = 0 where there is none */
    optimizer optimizer;
    tape tape;       /* of the step's training pass; made by the class's init */
    float *gradient; /* laid out as the parameters; the class's step fills it */
} model_part;

typedef struct model model;

enum { N_WARNINGS = 3, WATCH_VALUES = 6 };

/* What a training remembers beside the model; its state holds it, too. */
typedef struct {
    double watch[N_WARNINGS][WATCH_VALUES]; /* what each warning goes by */
    uint64_t n_halvings;                    /* of all rates, by --on-nan rollback */
    bytes good;      /* the last good state, as its file would be; empty: none is kept */
    json_t *notes;   /* {"step", "note", "text"} each: what was said of the run; NULL: nothing */
    json_t *metrics; /* {"step", "values": {NAME: number or null}}: what was measured when it was
                        due last, and what who measures remembers beside it; NULL: nothing */
    bytes best;      /* best.safetensors; empty: there is none */
} train_memory;

/* What an option does to a part as it is updated: to its gradient before the optimizer reads it,
 * or, where is_after, to its parameters after that. */
typedef struct {
    const char *option, *summary, *source;
    const char *when;    /* to take it: a sentence */
    size_t strength;     /* a member of train_options, a double, as an offset; 0: it does nothing */
    bool is_for_critics; /* it is for networks that end in a logit alone */
    bool is_after;
    void (*apply)(model_part *p, double strength);
} update_rule;

/* In the order they are applied in, ended by a row with option NULL. */
extern const update_rule update_rules[];

/* What the rates are multiplied by where that part of the run, 0..1, is done. */
typedef struct {
    const char *name, *summary, *source;
    const char *when; /* to take it: a sentence */
    double (*factor)(double done);
} rate_schedule;

/* The default first, ended by a row with name NULL. */
extern const rate_schedule rate_schedules[];
const rate_schedule *rate_schedule_find(const char *name);

/* A kind of model, one file each. Its hooks are called by the functions below alone. */
typedef struct {
    const char *name, *summary;
    const char *recipe;        /* the name of its default one */
    const part_row *parts;     /* ended by one with prefix NULL */
    const number_row *numbers; /* ended by one with key NULL */
    bool draws_z;              /* whether a step needs noise */
    bool is_stored_half;       /* its files for use have F16 in place of F32 */
    bool tells_classes;        /* it is made of labels: it has classes without being conditional */
    size_t n_blocks; /* of (batch, n) a batch of pictures has room for: the real ones, and what the
                        class puts behind them */
    /* Batches of real pictures a step reads; NULL: one. */
    size_t (*n_batches)(const train_options *o);
    /* Adds to m, whose parts are there but for their tapes, the tapes and work. */
    int (*init)(model *m, error *e);
    void (*release)(model *m); /* accepts what a failed init left */
    /* Fills the numbers and gradients of the step, then calls model_update. */
    int (*step)(model *m, error *e);
    /* Fits m's prior to the pictures, by the parts for use alone; NULL: z ~ N(0, I) it is. Fails
     * (STATUS_DIVERGED) on what is not finite. */
    int (*fit)(model *m, error *e);
} model_class;

/* Those that --model offers, ended by NULL; the first is the default. */
extern const model_class *const model_classes[];
/* One of them, or "classifier"; NULL where there is none of that name. */
const model_class *model_class_find(const char *name);

/* What is trained. Zero-initialise. Everything is allocated by model_init; a step allocates
 * nothing. */
struct model {
    const model_class *kind;
    train_options options; /* its texts are the caller's */
    const image_set *data; /* what it is trained on; borrowed */
    picture_shape shape;
    size_t n_classes; /* of a conditional model or a classifier; 0: it is neither */
    uint64_t step;    /* done so far */
    double progress;  /* 0..1: of the run, by steps or by time; the trainer sets it before a step */
    model_part parts[MAX_MODEL_PARTS];
    size_t n_parts, n_numbers;
    double numbers[MAX_MODEL_NUMBERS]; /* of the last step, in the order of the class's rows; NaN
                                    where it had none */
    double running[MAX_MODEL_NUMBERS]; /* their running means */
    size_t n_batches;                  /* of real pictures that a step reads */
    float *pictures;                   /* (n_batches, the class's n_blocks, batch, n): the step's */
    uint8_t *labels;                   /* (n_batches, batch): of the real ones */
    float *z;   /* (n_batches, batch, z_dim): the step's noise; NULL where it needs none */
    void *work; /* the class's own */
    float *prior_mean, *prior_factor; /* of codes, as model_card has them; owned; NULL: none */
    bool is_fitted;                   /* they are, after this step */
    train_memory memory;
    char init_checksum[SHA256_SIZE]; /* of the file it began from; "": from the seed */
};

/* Fills initial values from the seed. The names in o must have been checked; its texts and data
 * must live as long as m. Fails (STATUS_USAGE, naming the option) on specs and on what does not go
 * together. */
int model_init(model *m, const train_options *o, const image_set *data, error *e);
/* Gives the parts of m, at step 0, the values that f's networks have, and makes f's checksum part
 * of what m is; adds which it took. Fails (STATUS_BAD_INPUT) where layers or the range differ. */
int model_begin_from(model *m, const model_file *f, text *taken, error *e);
void model_release(model *m);
/* Batches of real pictures that a step of o's model reads. */
size_t model_batches(const train_options *o);
/* Of the k-th batch of a step: its real pictures (batch, n) with what the class puts behind them,
 * their labels (batch) and its noise (batch, z_dim). */
float *model_real(const model *m, size_t k);
uint8_t *model_labels(const model *m, size_t k);
float *model_z(const model *m, size_t k);
/* The order in which m's training draws its data, in batches of at most that many. */
void model_order_init(data_order *o, const model *m, size_t most);
/* One step on the real pictures and labels that are in m. Fails with STATUS_DIVERGED
 * naming step and tensor or number when a number, a parameter, a running statistic or Adam's v
 * stops being finite; m is then of no use. */
int model_step(model *m, error *e);
/* The same on noise that is in m->z already: for tests. */
int model_step_on(model *m, error *e);
/* Fits to the data what the class fits beside the networks, unless it was after this step: before m
 * is drawn from or saved. It changes nothing that later steps see. */
int model_fit(model *m, error *e);

/* What the rates are multiplied by in the step that is to be taken, or being taken: by its schedule
 * at m->progress, its warm-up and what halved them. */
double model_rate_factor(const model *m);

/* NULL where m has none of that prefix. */
const model_part *model_find_part(const model *m, const char *prefix);
/* A part as it is for use: the moving average where there is one. */
const network *part_for_use(const model_part *p);
/* The classes whose pictures m draws: of a conditional model those that its data have, rising; else
 * NO_CLASS alone. Returns how many. */
size_t model_drawn_classes(size_t classes[MAX_CLASSES], const model *m);
/* z ~ N(0, I) to picture of that class, by the parts for use, as model_generator makes it of m's
 * file. */
void model_fold_generator(network *folded, const model *m, size_t class);
/* The picture to the logit of D, as model_critic makes it of m's file; false, and nothing is made,
 * where m has no D. */
bool model_fold_critic(network *folded, const model *m, size_t class);
/* The same of the picture to z, as model_encoder makes it, where m has an E. */
bool model_fold_encoder(network *folded, const model *m, size_t class);
/* Steps between the values of number i; 0: m has none of it. */
uint64_t number_interval(const model *m, size_t i);
/* Whether the step that is to be taken, or being taken, has it. */
bool number_is_due(const model *m, size_t i);
/* Adds the running means, as a progress line has them. */
void model_add_numbers(text *line, const model *m);

/* For classes: how the k-th training pass (from 0 on) of a step through part i treats batchnorm and
 * dropout. */
pass model_pass(const model *m, size_t i, size_t k);
/* For classes, the end of a step: refuses numbers that are not finite, then moves every part by its
 * gradient, its running statistics by its tape, and its average. */
int model_update(model *m, error *e);

/* ---- A classifier's probabilities ---- */

/* Divides the logits of m, a classifier, as it is for use, by the temperature that held (as
 * temperature_find has it) asks for, which it returns. m is then to be saved, not trained. */
double classifier_calibrate(model *m, const image_set *held);
/* Multiplies what the last hidden layer of m gives by a number, and divides the last layer's
 * weights by it, so that over held (two pictures at least) the features' variances are 1 on
 * average: a distance between features then has a scale of its own. The logits stay. Nothing where
 * its activation does not let it. */
void classifier_scale_features(model *m, const image_set *held);

/* ---- The end ---- */

/* done in 0..1. */
typedef void logit_tick(void *context, double done);

/* Quantiles of D's logit, by the parts for use, over up to 10,000 pictures of the data, in an order
 * drawn by the seed, and 10,000 generated ones from z of a stream of their own and, where m is
 * conditional, with the classes of these; the caller frees *q, which is NULL where m has no D. tick
 * is called between batches; or NULL. A logit that is not finite: STATUS_DIVERGED. */
int model_measure_logits(logit_quantiles **q, const model *m, logit_tick *tick, void *context,
                         error *e);

/* ---- State ---- */

/* state.safetensors: all that is needed to go on, durable. settings and plan: JSON texts of the
 * options of ROLE_RESULT and ROLE_PLAN; data_checksum: the dataset's. Refuses what is not finite
 * (STATUS_DIVERGED), since it could not be loaded again. */
int model_save_state(const model *m, const char *path, const char *settings, const char *plan,
                     uint32_t data_checksum, error *e);
/* The bytes of such a file, or some more. */
size_t model_state_size(const model *m);
/* model.safetensors: the parts for use, with the quantiles unless NULL. */
int model_save(const model *m, const char *path, const logit_quantiles *quantiles,
               const char *settings, uint32_t data_checksum, error *e);
/* The bytes of such a file without quantiles. */
int model_write(bytes *out, const model *m, const char *settings, uint32_t data_checksum, error *e);
/* The same of one that says, too, which metric it is the best by, and
 * its value. */
int model_write_best(bytes *out, const model *m, const char *settings, uint32_t data_checksum,
                     const char *name, double value, error *e);
/* Fills m, which model_init made with the same options, from a state's file. */
int model_get_state(model *m, const safetensors *s, error *e);

/* ---- Going back ---- */

/* Whether o asks to go back when a step diverges. */
bool rollback_is_on(const train_options *o);
/* Remembers m as it is, if a good state is due at its step: at each GOOD_EVERY-th. It depends on
 * the step alone, and so does where a run goes back to. STATUS_DIVERGED: m is no good state. */
enum { GOOD_EVERY = 1000, MOST_HALVINGS = 10 };
int model_keep_good(model *m, error *e);
/* After a step that diverged, as e says: m becomes its last good state, with half the rates and a
 * note of it. -1, and e stays: it is not asked for, or was done MOST_HALVINGS times. */
int model_roll_back(model *m, error *e);
/* Adds to what was said of the run, at m's step. */
void model_note(model *m, const char *note, const char *words);

/* ---- Warnings ---- */

/* Steps that are looked at together. */
enum { WATCH_BLOCK = 1000 };
/* Looks at the step that was taken. What is wrong becomes a note, once a run. */
void model_watch(model *m);
/* The same at pictures of fixed z (n, shape.n), no two of which are alike. */
void model_watch_samples(model *m, const uint8_t *pixels, size_t n);

/* ---- The trainer ---- */

/* Intervals are in steps; 0: never. The final step has a sample whatever the interval. */
typedef struct {
    uint64_t n_steps;   /* the final step; UINT64_MAX where only time ends the run */
    double max_time;    /* seconds of training in all; 0: no limit */
    double time_before; /* seconds of training before this process */
    uint64_t log_every, sample_every, checkpoint_every;
    uint64_t metrics_every; /* the end has them, too */
    threshold stop_when[MAX_THRESHOLDS];
    size_t n_stop_when; /* all met at once end the run; 0: they do not */
} train_plan;

/* Of that many pictures: at least a batch. */
train_plan train_plan_of(const train_options *o, size_t n_pictures);

/* Called back between steps; each may be NULL; a nonzero return ends the training as failed. */
typedef struct {
    void *context;
    /* Before the log of that step. is_due: by its interval, and not for the end's sake alone: then
     * m->memory.metrics is to tell it. Its time is none of training. */
    int (*measure)(void *context, bool is_due, error *e);
    int (*log)(void *context, uint64_t step, double seconds, error *e); /* also where measured */
    int (*sample)(void *context, uint64_t step, error *e);
    int (*checkpoint)(void *context, double seconds, error *e);
    int (*go_back)(void *context, double seconds, error *e); /* after model_roll_back: what was left
                                                                of steps after m->step is to go */
    int (*note)(void *context, size_t i, error *e);          /* the i-th of m's notes is new */
    void (*tick)(void *context, uint64_t step, double done, double seconds); /* after every step */
    bool (*wants_snapshot)(void *context); /* asked after every step; then, after a fit, snapshot */
    int (*snapshot)(void *context, double seconds, error *e);
    bool (*should_stop)(void *context);
    bool (*was_stopped)(void *context); /* by SIGSTOP or the like, since it was last asked */
} train_events;

typedef enum { TRAIN_FAILED = -1, TRAIN_FINISHED, TRAIN_STOPPED } train_end;

/* Whether a run that has come to m's step in that many seconds needs no further one: by the plan's
 * length, or as the thresholds are met by what was measured at this step. */
bool train_is_done(const train_plan *plan, const model *m, double seconds);
/* Whether the thresholds are. */
bool train_is_good(const train_plan *plan, const model *m);

/* Steps from m->step on until the plan or should_stop ends it. A checkpoint is called
 * for at its interval, after the log and sample of its step, and at every end but divergence: after
 * another failure, which stays the one told, it is tried. What is due at m->step is called first:
 * after such a failure it is missing.
 * seconds: of training in all, time_before included; time for which the process was stopped is
 * none. */
train_end train(model *m, const train_plan *plan, const train_events *events, error *e);

#endif
