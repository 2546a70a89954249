/* SPDX-License-Identifier: MIT */
/* What the files of metrics share. */
#ifndef GANLENS_METRICS_DETAIL_H
#define GANLENS_METRICS_DETAIL_H

#include "metrics.h"

/* ---- The table's rows, one a file ---- */

extern const metric class_accuracy_metric;

/* ---- Chance ---- */

/* What is drawn, each by a stream of its own: the index of STREAM_METRIC. */
typedef enum {
    DRAW_RESAMPLES, /* of the items of a mean */
} metric_draw;

rng metric_rng(const comparison *c, metric_draw what);

enum { N_RESAMPLES = 1000 };

/* The mean of n items, and the 2.5 and 97.5 % quantiles of the means of N_RESAMPLES resamples of
 * them, drawn with replacement (Efron 1979): items that were measured against something that stays
 * as it is. */
estimate mean_estimate(const double *items, size_t n, const comparison *c);

/* ---- Results ---- */

/* Adds a number beside the value. */
void result_add_part(metric_result *r, const char *name, double value);
/* Estimates of n classes, NaN so far. */
estimate *result_add_classes(metric_result *r, size_t n);

#endif
