/* SPDX-License-Identifier: MIT */
/* What the files of evaluation share. */
#ifndef GANLENS_EVALUATION_DETAIL_H
#define GANLENS_EVALUATION_DETAIL_H

#include "evaluation.h"

/* ---- Candidates ---- */

/* Reads what path names, a checkpoint or pictures. */
int candidate_open(candidate *c, const evaluation_request *r, const char *path, error *e);
bool candidate_is_model(const candidate *c);
picture_shape candidate_shape(const candidate *c);
/* How many pictures it has; SIZE_MAX of a model. */
size_t candidate_count(const candidate *c);
/* c's networks and labels, once v's data are there. Refuses classes of real pictures that c does
 * not draw, and labels that the judge does not know. */
int candidate_prepare(candidate *c, const evaluation *v, error *e);
/* c's pixels. */
int candidate_draw(candidate *c, error *e);
void candidate_release(candidate *c);

/* ---- Real pictures ---- */

/* v's data: those of --data, else those that m was trained on, else the built-in digits; m may be
 * NULL. */
int real_pictures_load(real_pictures *r, const evaluation_request *q, const model_file *m,
                       error *e);
/* How many each of two sets may have. */
size_t real_pictures_most(const real_pictures *r);
/* r's sets of n pictures each, drawn by the seed. */
void real_pictures_draw(real_pictures *r, size_t n, uint64_t seed);
void real_pictures_release(real_pictures *r);

/* ---- Given features ---- */

/* v's sets from the two files of --features, in place of judging. */
int features_open(evaluation *v, error *e);

/* ---- The judge ---- */

/* How far it is to be believed, by the test pictures among the real ones, which it has not learned
 * from; false where there are none. */
bool evaluation_judge_quality(judge_quality *q, const evaluation *v);

/* ---- Verdicts ---- */

/* How a value stands to that of other real pictures. */
typedef enum {
    VERDICT_NONE, /* there is nothing to hold it against, or no saying what chance did */
    VERDICT_LIKE_REAL,
    VERDICT_WORSE
} verdict;

/* By their intervals: worse is what they leave no room for to be chance. */
verdict measurement_verdict(const measurement *m, const measurement *floor);
/* Whether candidate i is the best by metric k, or not told from the best by their intervals. */
bool candidate_is_best(const evaluation *v, size_t i, size_t k);

/* ---- Words ---- */

/* "elbo (needs an encoder), ..." of what has no value; nothing where all have one. */
void add_reasons(text *out, const evaluation *v, const candidate *c);

/* ---- Tables of words ---- */

/* (n_rows, n_columns), owned. */
typedef struct {
    text *all;
    size_t n_rows, n_columns;
} cells;

void cells_init(cells *c, size_t n_rows, size_t n_columns);
void cells_release(cells *c);
text *cell(const cells *c, size_t row, size_t column);
/* A line, as wide as all rows need. */
void cells_add_row(text *out, const cells *c, size_t row);

#endif
