/* SPDX-License-Identifier: MIT */
/* Sizes and values that the kernels' tests share. Include after <cmocka.h>. */
#ifndef GANLENS_KERNEL_CASES_H
#define GANLENS_KERNEL_CASES_H

#include "base.h"
#include "tensor.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* One unit in the last place, relative. */
#define ULP ((double)FLT_EPSILON)

static const size_t some_rows[] = {0, 1, 2, 7, 33};
static const size_t some_cols[] = {1, 7, 8, 9, 33, 65, 1025};
static const size_t some_sizes[] = {0, 1, 7, 8, 9, 33, 65, 1025, 40001};
static const dropout no_dropout = {1.0f, 0, 0};

#define FOR_EACH_SHAPE(rows, cols)                                                                 \
    for (size_t i_rows = 0, rows; i_rows < COUNT(some_rows) && (rows = some_rows[i_rows], true);   \
         i_rows++)                                                                                 \
        for (size_t i_cols = 0, cols;                                                              \
             i_cols < COUNT(some_cols) && (cols = some_cols[i_cols], true); i_cols++)
#define FOR_EACH_SIZE(n)                                                                           \
    for (size_t i_size = 0, n; i_size < COUNT(some_sizes) && (n = some_sizes[i_size], true);       \
         i_size++)

/* n floats of N(0, deviation^2), the same ones for the same seed; the caller frees them. */
static inline float *draw(size_t n, float deviation, uint64_t seed)
{
    float *v = allocate(n, sizeof *v);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
    rng_fill_normal(&r, v, n);
    for (size_t i = 0; i < n; i++)
        v[i] *= deviation;
    return v;
}

/* A view with a stride over its columns; what lies between the rows is NaN. */
static inline matrix draw_matrix(size_t rows, size_t cols, uint64_t seed)
{
    matrix m = {allocate(rows * (cols + 3), sizeof(float)), rows, cols, cols + 3};
    float *v = draw(rows * cols, 2.0f, seed);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < m.stride; c++)
            m.data[r * m.stride + c] = c < cols ? v[r * cols + c] : NAN;
    free(v);
    return m;
}

/* The view's elements, packed; and that nothing was written between the rows. */
static inline float *packed_copy(matrix m)
{
    float *v = allocate(m.rows * m.cols, sizeof *v);
    for (size_t r = 0; r < m.rows; r++) {
        memcpy(v + r * m.cols, m.data + r * m.stride, m.cols * sizeof *v);
        for (size_t c = m.cols; c < m.stride; c++)
            assert_true(isnan(m.data[r * m.stride + c]));
    }
    return v;
}

#endif
