/* SPDX-License-Identifier: MIT */
/* The table of kernels that one dispatch level provides: single-threaded, over packed or strided
 * blocks. What each computes is said at the function of tensor.h that splits it over threads. */
#ifndef GANLENS_KERNELS_H
#define GANLENS_KERNELS_H

#include "tensor.h"
#include "threads.h"

/* What random_body.h provides per level, compiled without FMA so that every level gives equal bits.
 */
typedef struct {
    void (*bits)(uint32_t *out, size_t n_blocks, uint64_t seed, uint64_t stream, uint64_t position);
    void (*normals)(float *out, size_t n_blocks, uint64_t seed, uint64_t stream, uint64_t position);
} random_kernels;

/* Floats of a row of a panel of a packed_matrix: a cache line. */
enum { PANEL = 16 };

/* y = x p and what follows. */
typedef struct {
    matrix y, x;
    const packed_matrix *p;
    epilogue epilogue;
} packed_product;

/* y and dy are parts of the whole, rows first_row .. of it or some columns; *_stride: of what is
 * packed as the whole is. */
typedef struct {
    const char *name;
    bool (*is_supported)(void);
    const random_kernels *random;

    void (*activation_forward)(matrix y, float *slope, const float *bias, size_t first_row,
                               activation f, dropout d, const random_kernels *random);
    void (*activation_backward)(matrix dy, const float *slope, size_t slope_stride, float *d_bias);
    void (*activation_curvature)(float *curvature, const float *y, const float *slope, size_t n,
                                 activation f, float keep);
    void (*packed_multiply)(const packed_product *t, part rows, part panels);
    void (*scale_elementwise)(float *v, const float *w, size_t n);
    void (*multiply_elementwise)(float *out, const float *v, const float *w, size_t n);
    void (*normalise)(matrix y, batch_moments m, size_t x_hat_stride, batchnorm b);
    void (*normalise_backward)(matrix dy, const float *slope, batch_moments m, size_t packed_stride,
                               const float *gamma, float *d_gamma, float *d_beta);
    double (*softplus_sum)(const float *logit, size_t n, float sign, float weight, float *d);
    bool (*adam_update)(float *p, const float *g, float *m, float *v, size_t n, adam_rates a);
    bool (*rmsprop_update)(float *p, const float *g, float *v, size_t n, rmsprop_rates r);
    bool (*sgd_update)(float *p, const float *g, float *m, size_t n, sgd_rates s);
    void (*average_update)(float *average, const float *p, size_t n, float rate);
    void (*add_shrinkage)(float *g, const float *w, size_t n, float l1, float l2);
    void (*scale_all)(float *v, size_t n, float factor);
    void (*clip_all)(float *v, size_t n, float limit);
    double (*dot)(const float *a, const float *b, size_t n);
    double (*sum)(const float *v, size_t n);
    void (*add_column_squares)(double *out, const float *v, size_t stride, size_t rows,
                               size_t cols);
    void (*floats_from_bytes)(float *v, const uint8_t *b, size_t n, float low, float high);
    void (*bytes_from_floats)(uint8_t *b, const float *v, size_t n, float low, float high);
    void (*double_dense_forward)(double *y, const double *x, size_t n, matrix w);
    void (*double_dense_backward)(double *dx, const double *dy, size_t n, matrix w);
} kernels;

/* One per file kernels_LEVEL.c and random_LEVEL.c. */
extern const kernels kernels_plain;
extern const random_kernels random_plain;
#if defined(__x86_64__)
extern const kernels kernels_avx2, kernels_avx512;
extern const random_kernels random_avx2, random_avx512;
#endif

/* The level in use. */
const kernels *kernels_now(void);
/* What tensor_init does with GANLENS_CPU. */
int kernels_choose(error *e);

#endif
