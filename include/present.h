/* SPDX-License-Identifier: MIT */
/* present: an explanation becomes its folder (figure, words, JSON, arrays), many become a table.
 *
 * Nothing is computed here that is not computed by explain: words and figures state numbers of
 * explanation.json alone.
 */
#ifndef GANLENS_PRESENT_H
#define GANLENS_PRESENT_H

#include "checkpoint.h"
#include "explain.h"
#include "report.h"
#include "trust.h"

/* ---- An explanation ---- */

/* What of a signed map is shown. */
typedef enum { SIGN_ALL, SIGN_POSITIVE, SIGN_NEGATIVE, SIGN_ABSOLUTE } shown_sign;

typedef struct {
    const char *name;
} sign_row;

/* In the order of shown_sign, ended by a row with name NULL. */
extern const sign_row explanation_signs[];

typedef struct {
    const char *name;
} scale_row;

/* What --scale may be beside a number, in the order of scale_rule; ended by a row with name NULL.
 */
extern const scale_row explanation_scales[];

/* How the words of an explanation are laid out. */
typedef enum { FORMAT_TEXT, FORMAT_MARKDOWN } explanation_format;

typedef struct {
    const char *name, *file; /* of --format; of the words */
    const struct words_layout *layout;
} words_format;

/* In the order of explanation_format, ended by a row with name NULL. */
extern const words_format words_formats[];
/* By one of their names. */
explanation_format words_format_find(const char *name);

/* What full colour, or half an axis, stands for in each array that is drawn. Zero-initialise. */
typedef struct {
    struct array_scale {
        const array_row *row;
        double value;
    } * all; /* owned */
    size_t n;
} array_scales;

/* How a map and its picture are shown together: the picture as a thin line over full colour, or
 * through the colours. */
typedef enum { OVERLAY_CONTOUR, OVERLAY_BLEND } map_overlay;

typedef struct {
    const char *name;
} overlay_row;

/* In the order of map_overlay, ended by a row with name NULL. */
extern const overlay_row explanation_overlays[];

/* Whether full colour is each map's own largest magnitude, the largest over a run, or one number.
 */
typedef enum { SCALE_IMAGE, SCALE_RUN, SCALE_FIXED } scale_rule;

/* How all explanations of a run are drawn. */
typedef struct {
    const colour_map *diverging, *sequential; /* of signed maps, of magnitudes */
    map_overlay overlay;
    float alpha; /* of a map's colour over the picture, where they are blended */
    shown_sign sign;
    double clip; /* percent of a map's largest values that may run over its scale */
    scale_rule rule;
    const char *rule_words; /* as asked for; borrowed */
    array_scales scales;    /* of SCALE_RUN, by array_scales_widen; owned; what is not among them
                               has its own */
    double fixed;           /* of SCALE_FIXED, for all */
    array_scales given;     /* of single arrays, whatever the rule for the others; owned */
    size_t n_top;           /* how many of the strongest components are named */
    float low, high;        /* range of the pictures */
    explanation_format format;
    bool has_pictures; /* draw PNGs */
    bool has_svg;      /* write the figure as SVG, too, where PNGs are drawn */
} explanation_style;

/* The words of the options that say how maps are drawn. */
typedef struct {
    const char *maps;    /* a comma list of colour maps, or NULL */
    const char *overlay; /* one of explanation_overlays */
    const char *sign;    /* one of explanation_signs */
    const char *scale;   /* a comma list: "image", "run" or a number above 0, and NAME=NUMBER */
} style_words;

/* Sets maps, overlay, sign and scales (s is zero-initialised). Failure: STATUS_USAGE. */
int explanation_style_read(explanation_style *s, const style_words *words, error *e);
void explanation_style_release(explanation_style *s);

/* What the page of many keeps of each. Zero-initialise. */
typedef struct {
    bool is_saved, is_sound; /* its folder is there; its checks are met */
    uint64_t number;         /* the seed or row */
    double value;            /* of the target */
    char *folder;            /* without those it is in; this and what follows is owned, or NULL */
    char *answer, *description, *verdict;
    struct digest_number {
        const array_row *row; /* whose row says what the highest are */
        double value;
    } * ranked; /* (n_ranked); owned */
    size_t n_ranked;
    trust_ballot ballots[N_INPUTS]; /* which method to trust at it */
    const explain_method **further; /* (n_further) methods with a figure of their own; owned */
    size_t n_further;
    const array_row *row; /* of what leads over z, NULL: nothing does ... */
    float *components;    /* (n_components) ... and its values */
    size_t n_components;
} explanation_digest;

void explanation_digest_release(explanation_digest *d);

/* What is one explanation's own. */
typedef struct {
    const char *title;          /* "Seed 7" */
    const char *seed_key;       /* "seed" or "row" ... */
    uint64_t seed;              /* ... and its number */
    const json_t *target_facts; /* what explanation.json states of the target beside what explain
                                   knows: "option", the reference */
    const json_t *facts;        /* what else it states: "class", "model" ... */
    const float *reference;     /* (n pixels) the picture of rec, or NULL */
    const logit_quantiles *quantiles; /* what a verdict is by; NULL: there is none */
    explanation_digest *digest;       /* filled when it is saved; NULL: not wanted */
} explanation_report;

/* The scale of each array that has one: its largest magnitude, or the one that clip percent of its
 * values are over. scales is zero-initialised. */
void array_scales_measure(array_scales *scales, const explanation *a, double clip);
/* all becomes the larger of both, for each array of either. */
void array_scales_widen(array_scales *all, const array_scales *one);
/* 0 where it has none: what is drawn finds its own. */
double array_scales_find(const array_scales *scales, const array_row *row);
void array_scales_release(array_scales *scales);

/* What is in the folder of one, as man pages say it. */
#define EXPLANATION_FILES                                                                          \
    "explanation.png: The figure of the default methods, or of the first that was asked for.\n"    \
    "METHOD.png: That of each other method, and of each report that judges them.\n"                \
    "explanation.svg, METHOD.svg: The same as lines, text and maps, with --svg.\n"                 \
    "explanation.txt: All of it in words; explanation.md with --format markdown.\n"                \
    "explanation.json: The same in numbers, with the checks.\n"                                    \
    "maps.safetensors: The maps as raw float32.\n"                                                 \
    "sample.png, gradient_x.png and others: The picture, and each map as a picture.\n"

/* What is beside the folders, as man pages say it. */
#define EXPLANATION_PAGE_FILES                                                                      \
    "DIR/index.html: Several explanations on one page, sorted by the target: what is found in all " \
    "of them, then each with its picture, value, answer and links. It opens from the disk.\n"       \
    "DIR/summary.png: A figure of them: the distribution of the target, which components of z "     \
    "matter in all, and a sheet of pictures.\n"                                                     \
    "DIR/summary.txt: What is found in all of them, in words.\n"                                    \
    "DIR/summary.json: The same in numbers.\n"                                                      \
    "DIR/.model.sha256: The checksum of the model that a DIR not given by --output is of. "         \
    "Explanations of another model are removed from there, no other files.\n"

/* Fills folder (made where missing) with maps.safetensors, sample.png, explanation.png (and .svg),
 * a PNG per array that is drawn, explanation.txt (or .md) and explanation.json. They are made
 * beside the older ones first: after a failure those are as they were. Then explanation.json goes,
 * the others are replaced, the PNGs of arrays that this explanation does not have are removed (of
 * those that any method declares or the older explanation.json names; no other files are), and
 * explanation.json comes last: where it is, it speaks of the files beside it.
 * What explanation.json (schema 2) holds is said in the page ganlens(7), src/manual/manual.c. */
int explanation_save(const char *folder, const explanation *a, const explainer *x,
                     const explanation_style *style, const explanation_report *report, error *e);

/* ---- A table of explanations ---- */

/* The name that stands for standard output, which gets lines of JSON. */
#define TABLE_ON_STDOUT "-"

/* Refuses (STATUS_USAGE) what no table of n rows can be written to: a name must end in .safetensors
 * or as one of the formats in src/present/table_rows.c does, or be TABLE_ON_STDOUT. */
int explanation_table_check(const char *path, uint64_t n, error *e);
/* ".safetensors, .jsonl or .csv". */
void explanation_table_tell(text *out);

typedef struct row_format row_format; /* of tables that are text */

/* Many explanations in one file: rows of seed_key and what explained_columns gives, as tensors of a
 * safetensors file or as lines, by the end of path. Zero-initialise. */
typedef struct {
    const row_format *format; /* NULL: safetensors */
    bool is_on_stdout;
    const char *seed_key; /* "seed" or "row" */
    const explainer *x;   /* borrowed */
    text room;            /* for lines, kept from one call to the next */
    atomic_file lines;
    safetensors layout;
    safetensors_stream stream;
} explanation_table;

/* facts: an object of texts, which become the metadata of a safetensors file: "target", the model.
 */
int explanation_table_open(explanation_table *t, const char *path, const char *seed_key, uint64_t n,
                           const explainer *x, const json_t *facts, error *e);
/* Rows first .. first + r->n - 1, in order. */
int explanation_table_write(explanation_table *t, uint64_t first, const uint64_t *seed,
                            const explained_rows *r, error *e);
int explanation_table_commit(explanation_table *t, error *e);
void explanation_table_release(explanation_table *t);

enum { TABLE_BLOCK = 32 * EXPLAIN_TILE };

/* Rows on their way into a table. */
typedef struct {
    uint64_t first; /* row of the table */
    uint64_t seed[TABLE_BLOCK];
    float *z; /* (most, z_dim) */
    explained_rows rows;
} table_rows;

/* Explains rows a block at a time, enough for any number of threads, while those of the block
 * before are written beside them. */
typedef struct {
    explanation_table *table;
    explain_workspace *workspaces; /* borrowed, as the table is */
    size_t most;                   /* rows of a block: TABLE_BLOCK, of a wide z fewer */
    table_rows blocks[2];
    table_rows *now;     /* of the two: the caller fills its z and seed */
    table_rows *written; /* the other one, while `writing` */
    background writing;
    error not_written; /* what became of it */
    tile_check checks[TABLE_BLOCK / EXPLAIN_TILE];
} table_block;

/* Of an open table; workspaces: one a thread. Zero-initialise; table_block_release accepts that. */
void table_block_init(table_block *b, explanation_table *t, explain_workspace *workspaces);
/* Explains the n (at most b->most) in b->now and hands them out to be written as rows first ..
 * first + n - 1. Fails where those handed out before were not written: what is not finite never is
 * (STATUS_DIVERGED). Of broken checks (STATUS_CHECK_FAILED) the rows are there. */
int table_block_save(table_block *b, uint64_t first, size_t n, error *e);
/* Waits for the last of them. */
int table_block_finish(table_block *b, error *e);
void table_block_release(table_block *b);

/* ---- Explanations of many z ---- */

/* Explanations whose outcome is kept until all are done: what bounds the memory. */
enum { EXPLANATION_GROUP = 64 };

/* Zero-initialise, fill in the first part; release frees the rest. */
typedef struct {
    const explainer *x;
    explain_workspace *workspaces; /* one a thread */
    const explain_plan *plan;      /* prepared */
    explain_request request;       /* but for its probe, which is the name */
    const char *seed_key;          /* "seed" or "row" */
    double clip;                   /* of the scales, in percent */
    int (*should_stop)(void);      /* asked before each */
    /* Saves the i-th of the group; NULL: only their scales are wanted. On any thread. */
    int (*save)(void *context, const explanation *a, size_t i, error *e);
    void *context;

    float *z; /* (EXPLANATION_GROUP, z_dim), which the caller fills as name */
    uint64_t seed[EXPLANATION_GROUP];
    array_scales scales[EXPLANATION_GROUP];
    error errors[EXPLANATION_GROUP]; /* status 0: none */
} explanation_group;

void explanation_group_init(explanation_group *g);
/* Explains the n in g and saves them, or widens scales (NULL where they are saved) by them. A
 * broken check is told (STATUS_CHECK_FAILED) when its files are there to be looked at; what is not
 * finite is not saved. *n_saved: how many are, or would be. */
int explanation_group_run(explanation_group *g, size_t n, array_scales *scales, size_t *n_saved,
                          error *e);
void explanation_group_release(explanation_group *g);

/* ---- Folders of explanations ---- */

#define EXPLANATION_NUMBERS "explanation.json" /* comes last in its folder */
#define EXPLANATION_PAGE "index.html"          /* comes last of the page of many */

/* The file of one that a person opens: the figure, or where there are no pictures the words. */
const char *explanation_look(const explanation_style *s);

/* What the folder of an explanation has behind "seed-0007": "-of-3-pixel-4-5". class: NULL for
 * none; target: its words, "" for the default. No two pairs give the same, and it is made of
 * letters, digits and ._- alone: where something else was replaced, or a folder or the end of a
 * long name cut off, a checksum of the words follows. The caller frees it. */
char *explanation_suffix(const char *class, const char *target);

/* Beside them: what was fitted to explain, in files METHOD-KEY, KEY of 16 digits, with that end. */
#define EXPLANATION_CACHE "cache"
#define EXPLANATION_CACHE_SUFFIX ".safetensors"

/* The folder that explanations of one model go to. Zero-initialise; release accepts that. */
typedef struct {
    size_t n_removed;    /* explanations of other models */
    path_lock_held held; /* on the mark: others of the same model write there, too */
} explanation_place;

/* Makes the folder. One that was not named by the user is the model's alone: the file
 * .model.sha256 in it says which, and where that says another, or nothing, the explanations of
 * other models are removed as by explanations_remove (STATUS_FAILED while another process writes
 * such). In one that was named nothing is removed; a mark of another model is taken off. */
int explanation_place_open(explanation_place *p, const char *folder, const char *sha256,
                           bool is_named, error *e);
void explanation_place_release(explanation_place *p);

/* Removes what ganexplain left in folder, and folder where it is empty then: explanations with the
 * files that they may hold, the page of many, the cache, the mark. No other file goes, and no link
 * is followed; a folder that is not there is no failure, one that a ganexplain is writing to is
 * STATUS_FAILED. */
int explanations_remove(const char *folder, error *e);

/* ---- The page of many explanations ---- */

/* A run's explanations on one page. Zero-initialise, fill in the first part, which is borrowed;
 * release frees the rest. */
typedef struct {
    const char *folder, *seed_key, *title, *target; /* title: "Seed"; target: the option */
    const explainer *x;
    const explanation_style *style;
    const logit_quantiles *quantiles; /* or NULL */
    json_t *model, *class;            /* as in explanation.json; NULL: of no class */
    json_t *choice;                   /* likewise its method_choice; NULL: the user chose */

    explanation_digest *all; /* (n) in the order they were added */
    size_t n, capacity;
    const array_row *row;        /* of what leads over z, NULL: nothing does */
    struct component_sums *sums; /* (n_components) */
    size_t n_components;
} explanation_page;

/* Takes *d over. */
void explanation_page_add(explanation_page *p, explanation_digest *d);
/* Writes index.html, summary.json and, where pictures are drawn, summary.png to the folder: all are
 * made before any older one goes, and index.html comes last. p has at least one explanation. */
int explanation_page_save(const explanation_page *p, error *e);
void explanation_page_release(explanation_page *p);

/* Refuses (STATUS_USAGE) a folder where something of others has the name of a file of a page. */
int explanation_page_check(const char *folder, error *e);

/* Removes what a page is made of from folder, nothing of others. A page that lists an explanation
 * that is about to be replaced goes first. */
int explanation_page_remove(const char *folder, error *e);

/* ---- Where outputs go unless it is said ---- */

/* The explanations of a checkpoint: to RUN/explain, or to FILE without its suffix plus "-explain".
 * The caller frees it. */
char *explanation_output(const char *checkpoint);

/* A grid of its pictures: to RUN/grid.png, also for a file that gantrain left in RUN, or to FILE
 * without its suffix plus "-grid.png". */
char *grid_output(const char *checkpoint);

#endif
