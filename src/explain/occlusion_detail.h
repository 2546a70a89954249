/* SPDX-License-Identifier: MIT */
/* What the methods share that put a part of z or of the picture to a reference: `occlusion` and
 * `interaction`. */
#ifndef GANLENS_OCCLUSION_DETAIL_H
#define GANLENS_OCCLUSION_DETAIL_H

#include "method_detail.h"

/* ---- Effects ---- */

/* Things that can be changed one at a time in a copy of f->at. */
typedef struct {
    const target_function *f;
    size_t n;
    /* Changes thing i of row (f->n); to (f->n): a reference. */
    void (*replace)(float *row, const float *to, size_t i, const void *context);
    const void *context;
} occlusion;

/* effect (n): the target less its mean over the references where thing i is put to each of them. */
void occlusion_measure(double *effect, const occlusion *o, const baseline_rows *b);
/* Puts component i to that of `to`. */
void occlusion_replace_component(float *row, const float *to, size_t i, const void *context);

/* ---- The same in double ---- */

/* How many references there are, and number i of reference k: read from the request once more. */
size_t occlusion_n_references(const target_function *f);
double occlusion_reference(const target_function *f, size_t k, size_t i);
/* The target of f->at, but for indices (n) at reference k. */
double occlusion_at(const target_function *f, const size_t *indices, size_t n, size_t k);
/* here, the target of f->at in double, less its mean over all references of these indices. */
double occlusion_in_double(const target_function *f, double here, const size_t *indices, size_t n);

/* Errors by norm, each of a number that is made of two values of the target. */
typedef struct {
    double wrong, size, largest; /* sums of squares; the largest magnitude of a value */
    size_t n;
} occlusion_errors;

void occlusion_compare(occlusion_errors *all, double got, double expected);
/* Relative, or over what float keeps of the target. */
double occlusion_error(const occlusion_errors *all, const target_function *f, double tolerance);
/* Which of n are checked: the first occlusion_n_checked(f, n) of a permutation (n); the caller
 * frees it. A half of them, or fewer where there are several references. */
uint32_t *occlusion_choose(const target_function *f, size_t n);
size_t occlusion_n_checked(const target_function *f, size_t n);

/* ---- Windows ---- */

/* Squares of pixels that cover a picture: every stride-th place, and the last one there is. */
typedef struct {
    picture_shape shape;
    size_t side, stride;
    size_t n_down, n_across;
} window_grid;

/* side and stride in pixels; 0: as the shape has it, a seventh of the shorter side, and half of
 * that. STATUS_USAGE where the window is larger than the picture or the stride larger than the
 * window. */
int window_grid_init(window_grid *g, picture_shape shape, size_t side, size_t stride, error *e);
size_t window_grid_count(const window_grid *g);
/* The pixels (side * side) of window i. */
void window_grid_pixels(size_t *pixels, const window_grid *g, size_t i);
void window_grid_replace(float *row, const float *to, size_t i, const void *grid);
/* map (n pixels): the mean of effect over the windows that a pixel lies in. */
void window_grid_average(float *map, const window_grid *g, const double *effect);
/* The same of one pixel, by asking every window whether it covers it; NaN where none does. */
double window_grid_average_at(const window_grid *g, const double *effect, size_t pixel);

/* ---- Checks ---- */

enum { CHECK_Z, CHECK_MOVES, CHECK_X, CHECK_COVER, CHECK_SLOPE, CHECK_CHANGES };

/* Ended by one without name. */
extern const explain_check occlusion_checks[];

/* Effects (n) that were measured, of things made of n_indices numbers of the input each. */
typedef struct {
    const target_function *f;
    const double *effect;
    size_t n, n_indices;
    void (*list)(size_t *indices, size_t i, const void *context); /* those of thing i */
    const void *context;
} checked_effects;

explain_check occlusion_check_effects(const checked_effects *c);
/* Of moves (2, n) by one sigma down, then up. */
explain_check occlusion_check_moves(const target_function *f, const float *moves);
/* Of the map that the windows' effects were averaged to. */
explain_check occlusion_check_cover(const window_grid *g, const double *effect, const float *map);

/* ---- Robustness ---- */

typedef struct robustness_prior robustness_prior;

/* How much other pictures of the prior change by the same moves, for robustness_run; the caller
 * frees it. */
robustness_prior *robustness_prior_create(const explainer *x, const explain_request *q);
/* Adds arrays and checks of the robustness curve of f, over z. f->t->w is at z. */
void robustness_run(const target_function *f, explanation *a, const robustness_prior *prior);

/* ---- Interactions ---- */

/* The checks of a matrix (m, m) of the interactions of components which (m). */
explain_check interaction_check_pairs(const target_function *f, const float *values,
                                      const size_t *which, size_t m, size_t n_checked);
explain_check interaction_check_symmetry(const float *values, size_t m);

#endif
