/* SPDX-License-Identifier: MIT */
/* The kernels of the level in use, split over the threads: by rows where rows are independent, by
 * columns where columns are summed, so that a sum never depends on the number of threads. */
#include "kernels.h"
#include "threads.h"
#include <assert.h>
#include <math.h>

/* Elements that are worth a thread, and the cuts' unit: whole cache lines. */
enum { WORTH_A_THREAD = 4096, UNIT = 64 };

void activation_forward(matrix y, float *slope, const float *bias, activation f, dropout d)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(y.rows * y.cols, WORTH_A_THREAD);
#pragma omp parallel for num_threads((int)n) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part p = part_of(y.rows, 1, i, n);
        k->activation_forward(y.data + p.first * y.stride, y.stride,
                              slope ? slope + p.first * y.cols : NULL, y.cols, bias, p.first, p.n,
                              y.cols, f, d, k->random);
    }
}

void activation_backward(matrix dy, const float *slope, float *d_bias)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(dy.rows * dy.cols, WORTH_A_THREAD);
#pragma omp parallel for num_threads((int)n) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part p = part_of(dy.cols, UNIT, i, n);
        k->activation_backward(dy.data + p.first, dy.stride, slope + p.first, dy.cols, dy.rows, p.n,
                               d_bias ? d_bias + p.first : NULL);
    }
}

void activation_curvature(float *curvature, matrix y, const float *slope, activation f, float keep)
{
    assert(y.stride == y.cols);
    kernels_now()->activation_curvature(curvature, y.data, slope, y.rows * y.cols, f, keep);
}

void scale_elementwise(float *v, const float *w, size_t size)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(size, 4 * WORTH_A_THREAD);
#pragma omp parallel for num_threads((int)n) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part p = part_of(size, UNIT, i, n);
        k->scale_elementwise(v + p.first, w + p.first, p.n);
    }
}

void scale_rows(matrix m, const float *w)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(m.rows * m.cols, 4 * WORTH_A_THREAD);
#pragma omp parallel for num_threads((int)n) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part p = part_of(m.rows, 1, i, n);
        for (size_t r = p.first; r < p.first + p.n; r++)
            k->scale_elementwise(m.data + r * m.stride, w, m.cols);
    }
}

static batch_moments moments_at(batch_moments m, size_t column)
{
    return (batch_moments){m.x_hat + column, m.mean + column, m.variance + column,
                           m.inverse_std + column};
}

void batchnorm_forward(matrix y, float *slope, batch_moments m, const float *gamma,
                       const float *beta, float eps, activation f, dropout d)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(y.rows * y.cols, WORTH_A_THREAD);
#pragma omp parallel for num_threads((int)n) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part p = part_of(y.cols, UNIT, i, n);
        k->normalise(y.data + p.first, y.stride, y.rows, p.n, moments_at(m, p.first), y.cols,
                     gamma + p.first, beta + p.first, eps);
    }
    activation_forward(y, slope, NULL, f, d);
}

void batchnorm_backward(matrix dy, const float *slope, batch_moments m, const float *gamma,
                        float *d_gamma, float *d_beta)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(dy.rows * dy.cols, WORTH_A_THREAD);
#pragma omp parallel for num_threads((int)n) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part p = part_of(dy.cols, UNIT, i, n);
        k->normalise_backward(dy.data + p.first, dy.stride, slope + p.first, dy.rows, p.n,
                              moments_at(m, p.first), dy.cols, gamma + p.first,
                              d_gamma ? d_gamma + p.first : NULL, d_beta ? d_beta + p.first : NULL);
    }
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

bool adam_update(float *p, const float *g, float *m, float *v, size_t size, adam_rates rates)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(size, WORTH_A_THREAD);
    bool is_finite = true;
#pragma omp parallel for num_threads((int)n) reduction(&& : is_finite) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part a = part_of(size, UNIT, i, n);
        is_finite =
            k->adam_update(p + a.first, g + a.first, m + a.first, v + a.first, a.n, rates) &&
            is_finite;
    }
    return is_finite;
}

bool sgd_update(float *p, const float *g, float *m, size_t size, float lr, float momentum)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(size, WORTH_A_THREAD);
    bool is_finite = true;
#pragma omp parallel for num_threads((int)n) reduction(&& : is_finite) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part a = part_of(size, UNIT, i, n);
        is_finite =
            k->sgd_update(p + a.first, g + a.first, m ? m + a.first : NULL, a.n, lr, momentum) &&
            is_finite;
    }
    return is_finite;
}

void average_update(float *average, const float *p, size_t size, float rate)
{
    const kernels *k = kernels_now();
    size_t n = count_parts(size, WORTH_A_THREAD);
#pragma omp parallel for num_threads((int)n) if (n > 1)
    for (size_t i = 0; i < n; i++) {
        part a = part_of(size, UNIT, i, n);
        k->average_update(average + a.first, p + a.first, a.n, rate);
    }
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
