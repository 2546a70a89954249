/* SPDX-License-Identifier: MIT */
/* What the files of history share. */
#ifndef GANLENS_HISTORY_DETAIL_H
#define GANLENS_HISTORY_DETAIL_H

#include "history.h"

/* ---- Smoothing ---- */

typedef struct {
    float *x, *values; /* (n); owned */
    size_t n;
} point_list;

/* A curve of few points for many values: means over the smoothing_reach(n) before and after each,
 * and behind them the values themselves, unless there are too few to smooth. */
typedef struct {
    point_list line, raw;
} smooth_curve;

/* One in fifty. */
size_t smoothing_reach(size_t n);
/* Of n values over x, which rises. */
void smooth_curve_init(smooth_curve *c, const float *x, const float *values, size_t n);
void smooth_curve_release(smooth_curve *c);

/* ---- Files ---- */

/* rate: as in look_settings. */
int film_save(const char *path, const char *run, double rate, error *e);

#endif
