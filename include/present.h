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

/* ---- An explanation ---- */

/* What of a signed map is shown. */
typedef enum { SIGN_ALL, SIGN_POSITIVE, SIGN_NEGATIVE, SIGN_ABSOLUTE } shown_sign;

typedef struct {
    const char *name;
} sign_row;

/* In the order of shown_sign, ended by a row with name NULL. */
extern const sign_row explanation_signs[];

/* What full colour stands for in each kind of map. */
typedef struct {
    double gradient_x, gradient_z, sensitivity, top_columns;
} map_scales;

/* Whether full colour is each map's own largest magnitude, the largest over a run, or one number.
 */
typedef enum { SCALE_IMAGE, SCALE_RUN, SCALE_FIXED } scale_rule;

/* How all explanations of a run are drawn. */
typedef struct {
    const colour_map *diverging, *sequential; /* of signed maps, of magnitudes */
    float alpha;                              /* of a map's colour over the picture */
    shown_sign sign;
    double clip; /* percent of a map's largest values that may run over its scale */
    scale_rule rule;
    const char *rule_words; /* "image", "run" or the number, as asked for; borrowed */
    map_scales scales;      /* of SCALE_RUN (by map_scales_widen) and SCALE_FIXED */
    float low, high;        /* range of the pictures */
    bool has_pictures;      /* draw PNGs */
} explanation_style;

/* Sets maps, sign and scale from the words of the options: a comma list of colour maps or NULL, one
 * of explanation_signs, "image", "run" or a number above 0. Failure: STATUS_USAGE. */
int explanation_style_read(explanation_style *s, const char *maps, const char *sign,
                           const char *scale, error *e);

/* What is one explanation's own. */
typedef struct {
    const char *title;      /* "Seed 7" */
    const char *name_key;   /* "seed" or "row" ... */
    uint64_t name;          /* ... and its number */
    const char *target;     /* "rec:nearest": the option without the folder of a file */
    const json_t *facts;    /* what else explanation.json states */
    const float *reference; /* (784) the picture of rec, or NULL */
} explanation_report;

/* Each kind's largest magnitude, or the one that clip percent of its values are over. */
map_scales explanation_scales(const explanation *a, double clip);
/* all becomes the larger of both, for each kind. */
void map_scales_widen(map_scales *all, const map_scales *one);

/* Fills folder (made where missing) with maps.safetensors, sample.png, explanation.png, a PNG per
 * map, explanation.txt and explanation.json. They are made beside the older ones first: after a
 * failure those are as they were. Then explanation.json goes, the others are replaced, what this
 * explanation does not have is removed (no other files are), and explanation.json comes last: where
 * it is, it speaks of the files beside it. */
int explanation_save(const char *folder, const explanation *a, const explainer *x,
                     const explanation_style *style, const explanation_report *report, error *e);

/* ---- A table of explanations ---- */

/* The name that stands for standard output, which gets lines of JSON. */
#define TABLE_ON_STDOUT "-"

/* Refuses (STATUS_USAGE) what no table of n rows can be written to: a name must end in .safetensors
 * or as one of the formats in src/present/table_rows.c does, or be TABLE_ON_STDOUT. */
int explanation_table_check(const char *path, uint64_t n, error *e);

typedef struct row_format row_format; /* of tables that are text */

/* Many explanations in one file: rows of (name_key, z, target, gradient_z, and gradient_x or
 * d_gradient_x as explain_gradient_x_name says), as tensors of a safetensors file or as lines, by
 * the end of path. Zero-initialise. */
typedef struct {
    const row_format *format; /* NULL: safetensors */
    bool is_on_stdout;
    const char *name_key;        /* "seed" or "row" */
    const char *gradient_x_name; /* NULL: no such column */
    size_t z_dim;
    atomic_file lines;
    safetensors layout;
    safetensors_stream stream;
} explanation_table;

/* target: the option, as explain_target_words gives it. */
int explanation_table_open(explanation_table *t, const char *path, const char *name_key, uint64_t n,
                           const explainer *x, const char *target, error *e);
/* Rows first .. first + r->n - 1, in order. */
int explanation_table_write(explanation_table *t, uint64_t first, const uint64_t *name,
                            const explained_rows *r, error *e);
int explanation_table_commit(explanation_table *t, error *e);
void explanation_table_release(explanation_table *t);

/* ---- Where outputs go unless it is said ---- */

/* The explanations of a checkpoint: to RUN/explain, or to FILE without its suffix plus "-explain".
 * The caller frees it. */
char *explanation_output(const char *checkpoint);

/* A grid of its pictures: to RUN/grid.png, also for a file that gantrain left in RUN, or to FILE
 * without its suffix plus "-grid.png". */
char *grid_output(const char *checkpoint);

#endif
