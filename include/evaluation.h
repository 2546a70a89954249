/* SPDX-License-Identifier: MIT */
/* evaluation: how good pictures are, from what is to be judged to tables and figures.
 *
 * Candidates, each a model's pictures or those of a folder or file, are measured against the same
 * real pictures by one judge. Other real pictures, as many as a candidate has, are measured against
 * them too: a floor, below which a difference is chance.
 *
 *   L = the test pictures in an order drawn by the seed, then the training pictures likewise
 *   real  = the first N of L
 *   other = the last N of L
 *   N = what is asked for, at most half of L, and at most what every candidate has
 *
 * Picture i of a model is that of seed `seed + i`; of a conditional model it is asked for the class
 * of real picture i.
 */
#ifndef GANLENS_EVALUATION_H
#define GANLENS_EVALUATION_H

#include "metrics.h"
#include "report.h"
#include "session.h"

/* ---- What an evaluation holds ---- */

/* What all candidates are held against. Zero-initialise. */
typedef struct {
    dataset data;     /* which the pictures are from; its training part may be learned by heart */
    uint8_t *pixels;  /* (2 n, shape.n), of real, then of other; owned */
    uint8_t *labels;  /* (2 n), likewise */
    size_t n_test;    /* so many of real are test pictures: the first ones */
    judged_set real;  /* or given features, and nothing else of this struct */
    judged_set other; /* n = 0: none */
    comparison floor; /* other against real */
} real_pictures;

/* What came out for a metric. */
typedef struct {
    const metric *metric;
    char *reason; /* why there is no value; NULL: there is one; owned */
    metric_result result;
} measurement;

/* Pictures that are judged. Zero-initialise. */
typedef struct {
    const char *path; /* as it was given; borrowed */
    model_file model; /* of a checkpoint; else without parts */
    image_set found;  /* of a folder or file: all there is */
    uint8_t *pixels;  /* (n, shape.n), those judged; owned; NULL for given features */
    uint8_t *labels;  /* (n), the classes they were asked for; owned; NULL: not known */
    judged_set set;
    metric_context context;
    comparison against_real;
    measurement *measurements; /* (n_metrics); owned */
} candidate;

/* Zero-initialise. */
typedef struct {
    uint64_t seed;
    size_t n;               /* pictures of each set */
    const metric **metrics; /* (n_metrics), in the order of the table; owned */
    size_t n_metrics;
    judge judge; /* without layers for given features */
    real_pictures real;
    measurement *floors; /* (n_metrics), without a result where there is no floor; owned */
    candidate *candidates;
    size_t n_candidates;
} evaluation;

/* ---- Figures ---- */

/* Each initialises f, which the caller draws or saves (figure_save) and releases. */

/* How good the pictures of one candidate are, on one page: its numbers beside the floor's, its
 * pictures beside real ones, how classes come off, the best and the worst. Of given features the
 * numbers alone. */
void evaluation_report_figure(figure *f, const evaluation *v, candidate *c);
/* All candidates side by side: pictures of the same seeds, and numbers. */
void evaluation_compare_figure(figure *f, const evaluation *v);
/* Where its pictures lie, and where real ones do, in the plane of the first two principal
 * components of the judge's features on the real ones. STATUS_USAGE where there are no pictures, or
 * all real ones have one place. */
int evaluation_map_figure(figure *f, const evaluation *v, const candidate *c, error *e);

#endif
