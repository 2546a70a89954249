/* SPDX-License-Identifier: MIT */
/* The parts of a check that are shared by target_twin.c and check.c. */
#ifndef GANLENS_CHECK_DETAIL_H
#define GANLENS_CHECK_DETAIL_H

#include "explain.h"

/* Twice a direction are the rows of the twin: both ends of its difference. */
enum { N_ENDS = 2 * N_DIRECTIONS };

/* A target that is a function of picture and logit: its value and derivatives by both, and the
 * squares of the terms that make up its derivatives by the pixels. */
typedef struct {
    double value, d_logit, dx[N_PIXELS], dx_squares[N_PIXELS];
} target_terms;

/* One row that is checked, and what is known of it in double. */
typedef struct {
    const explainer *x;
    explain_workspace *w;
    size_t row;
    const float *z, *gradient, *reference;
    target_terms terms;
    double value, magnitude;
    const float *gradient_x;    /* under explain_gradient_x_name; NULL: there is none */
    double dx[N_PIXELS];        /* that one in double */
    double cotangent[N_PIXELS]; /* G's backward pass starts there: gradient_x, or an area's own */
    double *exact;              /* the gradient by z from there, owned */
    size_t n_kinks, n_kinks_of_g, n_kinks_of_d;
    uint64_t seed;
} checked_row;

/* Whether D is between the target and the picture. */
bool target_needs_d(const explainer *x);
void explain_twin_init(explain_twin *t, const explainer *x);
/* The targets of n rows of z; where terms is not NULL, n is 1 and they are left there (of a unit:
 * the value alone). */
void target_evaluate(const explainer *x, explain_twin *t, const double *z, size_t n,
                     const float *reference, double *value, target_terms *terms);
/* Both gradients of the row that was just evaluated at z, and the size of what the value is added
 * up from. Takes the float path's side of kinks. Leaves G's pass in the twin. */
void target_differentiate(checked_row *c, const double *z);

#endif
