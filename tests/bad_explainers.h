/* SPDX-License-Identifier: MIT */
/* Methods that do not explain the network. After <cmocka.h>. */
#ifndef GANLENS_BAD_EXPLAINERS_H
#define GANLENS_BAD_EXPLAINERS_H

#include "explain.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLANTED(NAME, SIGN)                                                                        \
    {                                                                                              \
        {.name = NAME ".z",                                                                        \
         .space = SPACE_Z,                                                                         \
         .sign = SIGN,                                                                             \
         .role = ROLE_ATTRIBUTION,                                                                 \
         .predicts = PREDICTS_SCALED_CHANGE},                                                      \
            {.name = NAME ".x",                                                                    \
             .space = SPACE_X,                                                                     \
             .sign = SIGN,                                                                         \
             .role = ROLE_ATTRIBUTION,                                                             \
             .predicts = PREDICTS_SCALED_CHANGE},                                                  \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* Where the picture changes from pixel to pixel; of z its size. */
static inline int run_edge(const explain_task *t, explanation *a, error *e)
{
    float *z = explanation_add(a, "edge-filter.z", 0, 0);
    float *x = explanation_add(a, "edge-filter.x", 0, 0);
    (void)e;
    for (size_t i = 0; i < t->x->z_dim; i++)
        z[i] = fabsf(a->z[i]);
    for (size_t i = 1; i < a->shape.n; i++)
        x[i] = fabsf(a->x[i] - a->x[i - 1]);
    return 0;
}

static const array_row edge_arrays[] = PLANTED("edge-filter", SIGN_MAGNITUDE);
static const explain_method edge_method = {
    .name = "edge-filter", .arrays = edge_arrays, .run = run_edge};

/* The same everywhere. */
static inline int run_same(const explain_task *t, explanation *a, error *e)
{
    float *z = explanation_add(a, "same.z", 0, 0), *x = explanation_add(a, "same.x", 0, 0);
    (void)e;
    for (size_t i = 0; i < t->x->z_dim; i++)
        z[i] = -2;
    for (size_t i = 0; i < a->shape.n; i++)
        x[i] = -2;
    return 0;
}

static const array_row same_arrays[] = PLANTED("same", SIGN_SIGNED);
static const explain_method same_method = {.name = "same", .arrays = same_arrays, .run = run_same};

/* What the sum of the pixels is made of, whatever D says of them. */
static inline int run_without_d(const explain_task *t, explanation *a, error *e)
{
    float *z = explanation_add(a, "without-d.z", 0, 0);
    float *x = explanation_add(a, "without-d.x", 0, 0);
    (void)e;
    float *ones = allocate(a->shape.n, sizeof *ones);
    for (size_t i = 0; i < a->shape.n; i++)
        ones[i] = 1;
    explain_draw(t->x, t->w, a->z, 1);
    explain_pull_back(t->x, t->w, ones, 1, z);
    free(ones);
    memcpy(x, a->x, a->shape.n * sizeof *x);
    return 0;
}

static const array_row without_d_arrays[] = PLANTED("without-d", SIGN_SIGNED);
static const explain_method without_d_method = {
    .name = "without-d", .arrays = without_d_arrays, .run = run_without_d};

/* Signs of the gradient, and the square of the input: it is large where the picture is. */
static inline int run_in_place(const explain_task *t, explanation *a, error *e)
{
    float *x = explanation_add(a, "in-place.x", 0, 0);
    (void)e;
    for (size_t i = 0; i < a->shape.n; i++)
        x[i] = copysignf(a->x[i] * a->x[i], t->rows->gradient_x[i]);
    return 0;
}

static const array_row in_place_arrays[] = PLANTED("in-place", SIGN_SIGNED);
static const explain_method in_place_method = {
    .name = "in-place", .arrays = in_place_arrays, .wants = WANTS_GRADIENT_X, .run = run_in_place};

/* A value for each half of the picture. */
static inline int run_halves(const explain_task *t, explanation *a, error *e)
{
    float *x = explanation_add(a, "halves.x", 0, 0);
    size_t n = a->shape.n;
    (void)e;
    for (size_t i = 0; i < n; i++)
        x[i] = t->rows->gradient_x[i < n / 2 ? 0 : n - 1];
    return 0;
}

static const array_row halves_arrays[] = PLANTED("halves", SIGN_SIGNED);
static const explain_method halves_method = {
    .name = "halves", .arrays = halves_arrays, .wants = WANTS_GRADIENT_X, .run = run_halves};

#endif
