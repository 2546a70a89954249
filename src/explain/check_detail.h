/* SPDX-License-Identifier: MIT */
/* The parts of a check that are shared by target_twin.c and check.c. */
#ifndef GANLENS_CHECK_DETAIL_H
#define GANLENS_CHECK_DETAIL_H

#include "explain.h"

/* Rows of the twin: z and, for each direction, both ends of its difference. */
enum { N_ENDS = 2 * N_DIRECTIONS, TWIN_ROWS = 1 + N_ENDS };

/* The target's derivative by what each network makes, and the squares of the terms that this is
 * made of (n_out each); NULL where the target does not read the network. */
typedef struct {
    double *dy[N_NETS], *squares[N_NETS];
} target_slopes;

/* A central difference of the target at z along a direction (of unit length). */
typedef struct {
    double slope, step;
    bool is_smooth; /* no kink inside the step */
} difference;

/* One row that is checked, and what is known of it in double. */
typedef struct {
    const explainer *x;
    explain_workspace *w;
    size_t row;
    const float *z, *gradient, *reference;
    target_slopes slopes;
    double value, magnitude;
    const float *gradient_x; /* under explain_gradient_x_name; NULL: there is none */
    double *dx;              /* (n pixels): that one in double */
    double *cotangent;       /* (n pixels): G's backward pass starts there: gradient_x, or an area's
                                own */
    double *exact;           /* (z_dim): the gradient by z from there */
    double *scratch;         /* (n pixels) */
    size_t n_kinks[N_NETS];  /* units on whose kink z lies */
    difference slope[N_DIRECTIONS];
    float *direction; /* (N_DIRECTIONS, z_dim), owned */
    double *points;   /* (TWIN_ROWS, z_dim): z, and the ends of the differences */
    double *room;     /* owned: all that is double */
} checked_row;

void explain_twin_init(twin t[N_NETS], const explainer *x);
/* The targets of n rows of z; unless NULL, slopes are those of the first. */
void target_evaluate(const explainer *x, twin t[N_NETS], const double *z, size_t n,
                     const float *reference, double *value, const target_slopes *slopes);
/* The same of n pictures (n, n pixels), which the target is made of. */
void target_evaluate_pictures(const explainer *x, twin t[N_NETS], const double *pictures, size_t n,
                              const float *reference, double *value, const target_slopes *slopes);
/* Both gradients of the row that was just evaluated at the first point, and the size of what the
 * value is added up from. Takes the float path's side of kinks. Leaves G's pass in the twin. */
void target_differentiate(checked_row *c);

/* Where a Jacobian is taken: at a row of what the last pass left in w. */
typedef struct {
    const explainer *x;
    const explain_workspace *w;
    size_t row;
} jacobian_place;

/* The error of numbers that a Jacobian made: |wrong| / |size|, from their squares, or over what
 * float keeps of its terms where these cancel. squares (n pixels): of what it was multiplied by at
 * the pixels; NULL: 1 each. share: of the numbers' degrees of freedom that the two hold. */
double explain_judge_jacobian(double wrong, double size, double share, const jacobian_place *at,
                              const double *squares);

/* ---- Spread ---- */

/* A backward pass: the squares of what it starts from at each network's output (NULL: nothing
 * there), and whether it ends at z, else at the pixels. */
typedef struct {
    const explainer *x;
    const explain_workspace *w;
    size_t row;
    bool to_z;
    double rounding;
    const double *squares[N_NETS];
} backward_pass;

/* The root of the sum of squares of the terms that the gradient at the pass's end is made of,
 * propagated through the layers as variances, with the slopes that the float path took. */
double backward_spread(const backward_pass *b);
/* The layers that rounding came through, forward and back. */
size_t backward_depth(const backward_pass *b);

#endif
