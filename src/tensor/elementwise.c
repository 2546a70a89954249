/* SPDX-License-Identifier: MIT */
/* The kernels of the level in use, split over the threads: by rows where rows are independent, by
 * columns where columns are summed, so that a sum never depends on the number of threads. */
#include "kernels.h"
#include "threads.h"
#include <assert.h>
#include <math.h>

/* Elements that are worth a thread, and the cuts' unit: whole cache lines. */
enum { WORTH_A_THREAD = 4096, UNIT = 64 };

/* What a part of any of them may need; each takes its own. */
typedef struct {
    const kernels *k;
    matrix y;
    const float *slope, *bias;
    float *slope_out, *d_bias, *d_gamma, *d_beta;
    batch_moments moments;
    batchnorm norm;
    activation f;
    dropout d;
} layer_job;

static void activate_rows(part p, const void *context)
{
    const layer_job *j = context;
    j->k->activation_forward(matrix_rows(j->y, p.first, p.n),
                             j->slope_out ? j->slope_out + p.first * j->y.cols : NULL, j->bias,
                             p.first, j->f, j->d, j->k->random);
}

void activation_forward(matrix y, float *slope, const float *bias, activation f, dropout d)
{
    const layer_job j = {
        .k = kernels_now(), .y = y, .slope_out = slope, .bias = bias, .f = f, .d = d};
    for_each_part(y.rows, 1, count_parts(y.rows * y.cols, WORTH_A_THREAD), activate_rows, &j);
}

/* From this column on, or nothing where there is nothing. */
static float *at_column(float *v, size_t column) { return v ? v + column : NULL; }

static void activate_columns_backward(part p, const void *context)
{
    const layer_job *j = context;
    j->k->activation_backward(matrix_columns(j->y, p.first, p.n), j->slope + p.first, j->y.cols,
                              at_column(j->d_bias, p.first));
}

void activation_backward(matrix dy, const float *slope, float *d_bias)
{
    const layer_job j = {.k = kernels_now(), .y = dy, .slope = slope, .d_bias = d_bias};
    for_each_part(dy.cols, UNIT, count_parts(dy.rows * dy.cols, WORTH_A_THREAD),
                  activate_columns_backward, &j);
}

void activation_curvature(float *curvature, matrix y, const float *slope, activation f, float keep)
{
    assert(y.stride == y.cols);
    kernels_now()->activation_curvature(curvature, y.data, slope, y.rows * y.cols, f, keep);
}

typedef struct {
    const kernels *k;
    matrix m;
    const float *w;
    float *out; /* NULL: in place */
} scale_job;

static void scale_some(part p, const void *context)
{
    const scale_job *j = context;
    j->k->scale_elementwise(j->m.data + p.first, j->w + p.first, p.n);
}

void scale_elementwise(float *v, const float *w, size_t n)
{
    const scale_job j = {kernels_now(), matrix_view(v, 1, n), w, NULL};
    for_each_part(n, UNIT, count_parts(n, 4 * WORTH_A_THREAD), scale_some, &j);
}

static void multiply_some(part p, const void *context)
{
    const scale_job *j = context;
    j->k->multiply_elementwise(j->out + p.first, j->m.data + p.first, j->w + p.first, p.n);
}

void multiply_elementwise(float *out, const float *v, const float *w, size_t n)
{
    const scale_job j = {kernels_now(), matrix_view_const(v, 1, n), w, out};
    for_each_part(n, UNIT, count_parts(n, 4 * WORTH_A_THREAD), multiply_some, &j);
}

static void scale_some_rows(part p, const void *context)
{
    const scale_job *j = context;
    for (size_t r = p.first; r < p.first + p.n; r++)
        j->k->scale_elementwise(j->m.data + r * j->m.stride, j->w, j->m.cols);
}

void scale_rows(matrix m, const float *w)
{
    const scale_job j = {kernels_now(), m, w, NULL};
    for_each_part(m.rows, 1, count_parts(m.rows * m.cols, 4 * WORTH_A_THREAD), scale_some_rows, &j);
}

static batch_moments moments_at(batch_moments m, size_t column)
{
    return (batch_moments){m.x_hat + column, m.mean + column, m.variance + column,
                           m.inverse_std + column};
}

static void normalise_columns(part p, const void *context)
{
    const layer_job *j = context;
    batchnorm b = {j->norm.gamma + p.first, j->norm.beta + p.first, j->norm.eps};
    j->k->normalise(matrix_columns(j->y, p.first, p.n), moments_at(j->moments, p.first), j->y.cols,
                    b);
}

void batchnorm_forward(matrix y, float *slope, batch_moments m, batchnorm b, activation f,
                       dropout d)
{
    const layer_job j = {.k = kernels_now(), .y = y, .moments = m, .norm = b};
    for_each_part(y.cols, UNIT, count_parts(y.rows * y.cols, WORTH_A_THREAD), normalise_columns,
                  &j);
    activation_forward(y, slope, NULL, f, d);
}

static void normalise_columns_backward(part p, const void *context)
{
    const layer_job *j = context;
    j->k->normalise_backward(matrix_columns(j->y, p.first, p.n), j->slope + p.first,
                             moments_at(j->moments, p.first), j->y.cols, j->norm.gamma + p.first,
                             at_column(j->d_gamma, p.first), at_column(j->d_beta, p.first));
}

void batchnorm_backward(matrix dy, const float *slope, batch_moments m, const float *gamma,
                        float *d_gamma, float *d_beta)
{
    const layer_job j = {.k = kernels_now(),
                         .y = dy,
                         .slope = slope,
                         .moments = m,
                         .norm = {.gamma = gamma},
                         .d_gamma = d_gamma,
                         .d_beta = d_beta};
    for_each_part(dy.cols, UNIT, count_parts(dy.rows * dy.cols, WORTH_A_THREAD),
                  normalise_columns_backward, &j);
}

void running_update(float *running, const float *batch, float momentum, size_t n)
{
    for (size_t i = 0; i < n; i++)
        running[i] = momentum * running[i] + (1.0f - momentum) * batch[i];
}

double softplus_sum(const float *logit, size_t n, float sign, float weight, float *d)
{
    return kernels_now()->softplus_sum(logit, n, sign, weight, d);
}

size_t find_not_finite(const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            return i;
    return n;
}

double sum(const float *v, size_t n) { return kernels_now()->sum(v, n); }

double dot(const float *a, const float *b, size_t n) { return kernels_now()->dot(a, b, n); }

double norm(const float *v, size_t n) { return sqrt(dot(v, v, n)); }

void add_column_squares(double *out, matrix m)
{
    kernels_now()->add_column_squares(out, m.data, m.stride, m.rows, m.cols);
}

void floats_from_bytes(float *v, const uint8_t *b, size_t n, float low, float high)
{
    kernels_now()->floats_from_bytes(v, b, n, low, high);
}

void bytes_from_floats(uint8_t *b, const float *v, size_t n, float low, float high)
{
    kernels_now()->bytes_from_floats(b, v, n, low, high);
}
