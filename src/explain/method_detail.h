/* SPDX-License-Identifier: MIT */
/* What methods share beside include/explain.h: the target in double, samples of the prior, and a
 * stream of random numbers for each use. */
#ifndef GANLENS_METHOD_DETAIL_H
#define GANLENS_METHOD_DETAIL_H

#include "explain.h"

/* ---- The target as a function, in double ---- */

/* After target_values of a tile or less and target_in_double of its row i: at how many units
 * rounding alone put that row on another side of a kink in double than in float. */
size_t target_kinks(const target_function *f, size_t i);
/* After the same: what of the gradient of row i, by its norm, float may lose to rounding. */
double target_gradient_rounding(const target_function *f, const double *row, size_t i);

/* f of n rows (n, f->n), in double: faster than one by one. */
void targets_in_double(const target_function *f, const float *rows, size_t n, double *value);

/* ---- Checks ---- */

/* The larger of two errors; what is not a number is larger than any (fmax would drop it). */
double worse(double a, double b);
/* off / size, of gradients; 0 where nothing is off. */
double relative_error(double off, double size);

/* ---- Random numbers ---- */

/* What a method draws: each use has a stream of its own, whatever runs before it. A number that is
 * given up is not given again, so that the others' draws stay. */
typedef enum {
    DRAW_SMOOTHGRAD,
    DRAW_VARGRAD,
    DRAW_OCCLUSION,
    DRAW_LIME,
    DRAW_SHAP,
    DRAW_PRIOR = 6, /* z of the prior, for what is found over it */
    DRAW_HELD_OUT,  /* others, that what was fitted is tried on */
    DRAW_SURROGATE, /* initial values and orders of what is fitted */
    DRAW_BASELINES, /* z of --baseline mean */
    DRAW_CERTIFICATE,
} method_draw;

/* input: so that z and x draw differently; the seed is the explanation's. */
rng method_rng(const explain_task *t, method_draw what, explain_input input);

/* ---- Samples of the prior ---- */

/* n vectors z ~ N(0, I), the same for every explanation, and the target there. */
typedef struct {
    size_t n;
    float *z;     /* (n, z_dim); owned, as is */
    float *value; /* (n) */
} prior_sample;

/* For prepare: values over all threads, in room of its own. DRAW_PRIOR or DRAW_HELD_OUT. Where the
 * target compares with the nearest picture, each z has its own. */
void prior_sample_init(prior_sample *s, const explainer *x, method_draw what, size_t n);
void prior_sample_release(prior_sample *s);
/* The same z alone: (n, z_dim), the caller's. */
void prior_fill(float *z, size_t z_dim, method_draw what, size_t n);

#endif
