/* SPDX-License-Identifier: MIT */
/* tensor: the elementwise kernels, each against its plain twin in double, at odd sizes, on views
 * with a stride, on every dispatch level, and small ones as well as ones that two threads share. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "levels.h"
#include "base.h"
#include "use_threads.h"
#include <float.h>
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
static float *draw(size_t n, float deviation, uint64_t seed)
{
    float *v = allocate(n, sizeof *v);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
    rng_fill_normal(&r, v, n);
    for (size_t i = 0; i < n; i++)
        v[i] *= deviation;
    return v;
}

/* A view with a stride over its columns; what lies between the rows is NaN. */
static matrix draw_matrix(size_t rows, size_t cols, uint64_t seed)
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
static float *packed_copy(matrix m)
{
    float *v = allocate(m.rows * m.cols, sizeof *v);
    for (size_t r = 0; r < m.rows; r++) {
        memcpy(v + r * m.cols, m.data + r * m.stride, m.cols * sizeof *v);
        for (size_t c = m.cols; c < m.stride; c++)
            assert_true(isnan(m.data[r * m.stride + c]));
    }
    return v;
}

/* ---- Activations --------------------------------------------------------------------------------
 */

static const activation all_activations[] = {{LINEAR, 0},   {RELU, 0}, {LRELU, 0.2f},
                                             {LRELU, 0.0f}, {TANH, 0}, {SIGMOID, 0}};

/* f(v), f'(v), f''(v). */
typedef struct {
    double y, slope, curvature;
} jet;

static jet activate(activation f, double v)
{
    double e = exp(-fabs(v)), s = v < 0 ? e / (1 + e) : 1 / (1 + e), q = 1 / cosh(v);
    switch (f.kind) {
    case RELU:
        return (jet){v > 0 ? v : 0, v > 0, 0};
    case LRELU:
        return (jet){v > 0 ? v : (double)f.parameter * v, v > 0 ? 1 : (double)f.parameter, 0};
    case TANH:
        return (jet){tanh(v), q * q, -2 * tanh(v) * q * q};
    case SIGMOID:
        return (jet){s, e / ((1 + e) * (1 + e)), e * (1 - e) / pow(1 + e, 3) * (v < 0 ? 1 : -1)};
    default:
        return (jet){v, 1, 0};
    }
}

static void check_activation(activation f, size_t rows, size_t cols, bool has_bias)
{
    matrix y = draw_matrix(rows, cols, 1);
    float *v = packed_copy(y), *bias = draw(cols, 1.0f, 2), *slope = draw(rows * cols, 1.0f, 3);
    activation_forward(y, slope, has_bias ? bias : NULL, f, no_dropout);
    double *want_y = allocate(rows * cols, sizeof *want_y);
    double *want_slope = allocate(rows * cols, sizeof *want_slope);
    for (size_t i = 0; i < rows * cols; i++) {
        jet j = activate(f, (double)(has_bias ? v[i] + bias[i % cols] : v[i]));
        want_y[i] = j.y;
        want_slope[i] = j.slope;
    }
    float *got = packed_copy(y);
    assert_close(got, want_y, rows * cols, 3 * ULP, 0);
    assert_close(slope, want_slope, rows * cols, 5 * ULP, 0);
    free(y.data), free(v), free(bias), free(slope), free(want_y), free(want_slope), free(got);
}

static void activations_give_value_and_slope(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_activations); i++)
        FOR_EACH_SHAPE(rows, cols)
        {
            check_activation(all_activations[i], rows, cols, false);
            check_activation(all_activations[i], rows, cols, true);
        }
}

/* The value is the same whether the slope is asked for or not. */
static void the_slope_may_be_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_activations); i++) {
        matrix a = draw_matrix(33, 65, 4), b = draw_matrix(33, 65, 4);
        float *slope = draw(33 * 65, 1, 5);
        dropout d = {0.7f, 1, 2};
        activation_forward(a, slope, NULL, all_activations[i], d);
        activation_forward(b, NULL, NULL, all_activations[i], d);
        float *got = packed_copy(b), *want = packed_copy(a);
        assert_memory_equal(got, want, 33 * 65 * sizeof *got);
        free(a.data), free(b.data), free(slope), free(got), free(want);
    }
}

/* Every 997th float from the smallest denormal to 2^7, both signs. */
static void tanh_and_sigmoid_keep_their_relative_precision_everywhere(void **state)
{
    (void)state;
    enum { N = 1024 };
    static float v[N], y[N], slope[N];
    static double want_y[N], want_slope[N];
    for (size_t i_kind = 0; i_kind < 2; i_kind++) {
        activation f = {i_kind ? SIGMOID : TANH, 0};
        for (uint32_t b = 1; b < 0x43000000u;) {
            size_t n = 0;
            for (; n + 2 <= N && b < 0x43000000u; n += 2, b += 19937) {
                memcpy(&v[n], &b, sizeof b);
                v[n + 1] = -v[n];
            }
            memcpy(y, v, n * sizeof *y);
            activation_forward(matrix_view(y, 1, n), slope, NULL, f, no_dropout);
            for (size_t i = 0; i < n; i++) {
                jet j = activate(f, (double)v[i]);
                want_y[i] = j.y;
                want_slope[i] = j.slope;
            }
            assert_close(y, want_y, n, 3 * ULP, 1e-34); /* exp(-80) = 2e-35 ends the range */
            assert_close(slope, want_slope, n, 5 * ULP, 1e-34);
        }
    }
}

static void activations_take_any_float(void **state)
{
    (void)state;
    static const float v[] = {0.0f, -0.0f, 1e-40f, -1e-40f, 1e30f, -1e30f, INFINITY, -INFINITY};
    static const struct {
        activation f;
        float y[8], slope[8];
    } want[] = {
        {{LINEAR, 0},
         {0, -0.0f, 1e-40f, -1e-40f, 1e30f, -1e30f, INFINITY, -INFINITY},
         {1, 1, 1, 1, 1, 1, 1, 1}},
        {{RELU, 0}, {0, 0, 1e-40f, 0, 1e30f, 0, INFINITY, 0}, {0, 0, 1, 0, 1, 0, 1, 0}},
        {{LRELU, 0.5f},
         {0, -0.0f, 1e-40f, -5e-41f, 1e30f, -5e29f, INFINITY, -INFINITY},
         {0.5f, 0.5f, 1, 0.5f, 1, 0.5f, 1, 0.5f}},
        {{TANH, 0}, {0, -0.0f, 1e-40f, -1e-40f, 1, -1, 1, -1}, {1, 1, 1, 1, 0, 0, 0, 0}},
        {{SIGMOID, 0},
         {0.5f, 0.5f, 0.5f, 0.5f, 1, 0, 1, 0},
         {0.25f, 0.25f, 0.25f, 0.25f, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < COUNT(want); i++) {
        float y[8], slope[8];
        memcpy(y, v, sizeof y);
        activation_forward(matrix_view(y, 1, 8), slope, NULL, want[i].f, no_dropout);
        assert_close(y, want[i].y, 8, 0, 1e-34);
        assert_close(slope, want[i].slope, 8, 0, 1e-34);
    }
}

static void a_nan_stays_one_and_stays_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_activations); i++)
        for (size_t at = 0; at < 33; at++) {
            float *y = draw(33, 1, 6), slope[33];
            y[at] = NAN;
            activation_forward(matrix_view(y, 3, 11), slope, NULL, all_activations[i], no_dropout);
            for (size_t k = 0; k < 33; k++)
                assert_int_equal(isnan(y[k]), k == at);
            free(y);
        }
}

static void backward_multiplies_by_the_slope_and_sums_columns(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(rows, cols)
    {
        matrix dy = draw_matrix(rows, cols, 7);
        float *g = packed_copy(dy), *slope = draw(rows * cols, 1, 8), *d_bias = draw(cols, 1, 9);
        double *want = allocate(rows * cols, sizeof *want), *sums = allocate(cols, sizeof *sums);
        double *size = allocate(cols, sizeof *size);
        for (size_t i = 0; i < rows * cols; i++) {
            want[i] = (double)g[i] * (double)slope[i];
            sums[i % cols] += want[i];
            size[i % cols] += fabs(want[i]);
        }
        activation_backward(dy, slope, d_bias);
        float *got = packed_copy(dy);
        assert_close(got, want, rows * cols, ULP, 0);
        for (size_t c = 0; c < cols; c++)
            assert_close(&d_bias[c], &sums[c], 1, ULP, ULP * size[c]);
        matrix again = draw_matrix(rows, cols, 7);
        activation_backward(again, slope, NULL);
        assert_memory_equal(again.data, dy.data, rows * dy.stride * sizeof *dy.data);
        free(dy.data), free(again.data), free(g), free(slope), free(d_bias), free(want), free(sums);
        free(size), free(got);
    }
}

/* With and without dropout, whose factor slope and curvature carry alike. */
static void curvature_is_the_derivative_of_the_slope(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(all_activations); i++)
        for (int has_dropout = 0; has_dropout < 2; has_dropout++) {
            enum { ROWS = 9, COLS = 65, N = ROWS * COLS };
            activation f = all_activations[i];
            dropout d = {has_dropout ? 0.6f : 1.0f, 1, 2};
            float *v = draw(N, 2, 10), *y = draw(N, 2, 10), slope[N], curvature[N];
            double want[N];
            activation_forward(matrix_view(y, ROWS, COLS), slope, NULL, f, d);
            activation_curvature(curvature, matrix_view(y, ROWS, COLS), slope, f, d.keep);
            for (size_t k = 0; k < N; k++) {
                jet j = activate(f, (double)v[k]);
                want[k] = slope[k] == 0.0f ? 0.0 : j.curvature / (double)d.keep;
            }
            assert_close(curvature, want, N, 8 * ULP, 0.5 * ULP);
            free(v), free(y);
        }
}

/* What the table says of an activation, asked of its kernels at its default parameter. */
static void traits_are_those_of_the_formulas(void **state)
{
    (void)state;
    static const float v[] = {-INFINITY, -90, -3, -1, 1, 3, 90, INFINITY};
    enum { N = COUNT(v) };
    for (const activation_traits *row = activations; row->name; row++) {
        activation f = {(activation_kind)(row - activations), row->parameter};
        float y[N], slope[N], curvature[N], step[] = {-1e-6f, 1e-6f}, step_slope[2];
        memcpy(y, v, sizeof y);
        activation_forward(matrix_view(y, 1, N), slope, NULL, f, no_dropout);
        activation_curvature(curvature, matrix_view(y, 1, N), slope, f, 1.0f);
        activation_forward(matrix_view(step, 1, 2), step_slope, NULL, f, no_dropout);
        assert_close(&y[0], &row->low, 1, 0, 1e-34);
        assert_close(&y[N - 1], &row->high, 1, 0, 1e-34);
        assert_int_equal(curvature[2] != 0.0f || curvature[5] != 0.0f, row->is_curved);
        assert_int_equal(fabsf(step_slope[1] - step_slope[0]) > 1e-3f, row->is_kinked);
        assert_int_equal(row->is_probability, f.kind == SIGMOID);
        assert_true(row->parameter == 0.0f || row->has_parameter);
    }
}

/* Half of a rectified normal's mean square is gone: He's divisor is twice what is left. */
static void he_divisors_are_twice_the_mean_square_that_passes(void **state)
{
    (void)state;
    static const activation f[] = {{RELU, 0}, {LRELU, 0.3f}, {LRELU, 0.9f}};
    enum { N = 1 << 16 };
    for (size_t i = 0; i < COUNT(f); i++) {
        float *y = draw(N, 1, 15);
        double before = dot(y, y, N);
        activation_forward(matrix_view(y, 1, N), NULL, NULL, f[i], no_dropout);
        double got = activations[f[i].kind].he_divisor((double)f[i].parameter);
        double want = 2 * dot(y, y, N) / before;
        assert_close(&got, &want, 1, 0.02, 0);
        free(y);
    }
}

static void scaling_multiplies_elementwise(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        float *v = draw(n, 1, 11), *w = draw(n, 1, 12), *got = draw(n, 1, 11);
        scale_elementwise(got, w, n);
        for (size_t i = 0; i < n; i++)
            assert_true(got[i] == v[i] * w[i]);
        free(v), free(w), free(got);
    }
}

static void scaling_rows_leaves_what_lies_between_them(void **state)
{
    (void)state;
    enum { ROWS = 33, COLS = 65, STRIDE = 70 };
    float *v = draw(ROWS * STRIDE, 1, 13), *w = draw(COLS, 1, 14),
          *got = draw(ROWS * STRIDE, 1, 13);
    scale_rows((matrix){got, ROWS, COLS, STRIDE}, w);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < STRIDE; c++) {
            float by = c < COLS ? w[c] : 1.0f;
            assert_true(got[r * STRIDE + c] == v[r * STRIDE + c] * by);
        }
    free(v), free(w), free(got);
}

/* ---- Dropout ----------------------------------------------------------------------------------
 */

/* The mask as tensor.h documents it: element (r, c) uses draw r * n + c, n a multiple of four. */
static void dropout_keeps_what_the_stream_says_and_divides_by_keep(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(rows, cols)
    {
        dropout d = {0.6f, 21, 22};
        size_t n = (cols + 3) / 4 * 4;
        matrix y = draw_matrix(rows, cols, 13);
        float *v = packed_copy(y), *slope = draw(rows * cols, 1, 14);
        uint32_t *words = allocate(rows * n, sizeof *words);
        rng r = rng_init(d.seed, d.stream);
        rng_fill_bits(&r, words, rows * n);
        activation_forward(y, slope, NULL, (activation){LINEAR, 0}, d);
        for (size_t i = 0; i < rows * cols; i++) {
            bool is_kept = (double)words[i / cols * n + i % cols] < floor((double)d.keep * 0x1p32);
            assert_true(slope[i] == (is_kept ? 1.0f / d.keep : 0.0f));
            assert_true(y.data[i / cols * y.stride + i % cols] ==
                        (is_kept ? v[i] * slope[i] : 0.0f));
        }
        free(y.data), free(v), free(slope), free(words);
    }
}

static void dropout_keeps_as_many_as_asked(void **state)
{
    (void)state;
    enum { ROWS = 100, COLS = 300, N = ROWS * COLS };
    static const double keeps[] = {0.01, 0.5, 0.9, 0.999};
    for (size_t i = 0; i < COUNT(keeps); i++) {
        float *y = draw(N, 1, 15), *slope = draw(N, 1, 15);
        activation_forward(matrix_view(y, ROWS, COLS), slope, NULL, (activation){TANH, 0},
                           (dropout){(float)keeps[i], 1, i});
        double kept = 0, want = keeps[i] * N;
        for (size_t k = 0; k < N; k++)
            kept += slope[k] != 0.0f;
        assert_close(&kept, &want, 1, 0, 4 * sqrt(want * (1 - keeps[i])));
        free(y), free(slope);
    }
}

static void dropout_draws_each_row_and_each_stream_apart(void **state)
{
    (void)state;
    enum { COLS = 64 };
    float slope[2][2 * COLS];
    for (size_t k = 0; k < 2; k++) {
        float y[2 * COLS] = {0};
        activation_forward(matrix_view(y, 2, COLS), slope[k], NULL, (activation){LINEAR, 0},
                           (dropout){0.5f, 1, k});
        assert_memory_not_equal(slope[k], slope[k] + COLS, COLS * sizeof(float));
    }
    assert_memory_not_equal(slope[0], slope[1], sizeof slope[0]);
}

/* ---- Batch normalisation ------------------------------------------------------------------------
 */

typedef struct {
    batch_moments m;
    float *gamma, *beta;
} normalisation;

static normalisation normalisation_create(size_t rows, size_t cols)
{
    normalisation n = {
        {draw(rows * cols, 1, 31), draw(cols, 1, 32), draw(cols, 1, 33), draw(cols, 1, 34)},
        draw(cols, 1, 35),
        draw(cols, 1, 36)};
    return n;
}

static void normalisation_free(normalisation n)
{
    free(n.m.x_hat), free(n.m.mean), free(n.m.variance), free(n.m.inverse_std);
    free(n.gamma), free(n.beta);
}

static void batchnorm_normalises_by_the_biased_moments_of_the_batch(void **state)
{
    (void)state;
    const float eps = 1e-3f;
    activation f = {TANH, 0};
    FOR_EACH_SHAPE(rows, cols)
    {
        if (rows == 0)
            continue;
        matrix y = draw_matrix(rows, cols, 37);
        float *v = packed_copy(y), *slope = draw(rows * cols, 1, 38);
        normalisation n = normalisation_create(rows, cols);
        batchnorm_forward(y, slope, n.m, (batchnorm){n.gamma, n.beta, eps}, f, no_dropout);
        for (size_t c = 0; c < cols; c++) {
            double mean = 0, variance = 0;
            for (size_t r = 0; r < rows; r++)
                mean += (double)v[r * cols + c] / (double)rows;
            for (size_t r = 0; r < rows; r++)
                variance += pow((double)v[r * cols + c] - mean, 2) / (double)rows;
            double inverse = 1 / sqrt(variance + (double)eps);
            assert_close(&n.m.mean[c], &mean, 1, ULP, 1e-15);
            assert_close(&n.m.variance[c], &variance, 1, ULP, 1e-15);
            assert_close(&n.m.inverse_std[c], &inverse, 1, ULP, 0);
            for (size_t r = 0; r < rows; r++) {
                double hat = ((double)v[r * cols + c] - mean) * inverse;
                jet j = activate(f, (double)n.gamma[c] * hat + (double)n.beta[c]);
                double parts = (fabs(mean) + fabs((double)v[r * cols + c])) * inverse;
                double after = ULP * (4 + fabs((double)n.gamma[c]) * parts);
                assert_close(&n.m.x_hat[r * cols + c], &hat, 1, 2 * ULP, ULP * parts);
                assert_close(&y.data[r * y.stride + c], &j.y, 1, 0, after);
                assert_close(&slope[r * cols + c], &j.slope, 1, 0, after);
            }
        }
        free(y.data), free(v), free(slope), normalisation_free(n);
    }
}

/* A mean far from zero cancels: the moments must not come from sums of squares. */
static void batchnorm_survives_a_large_mean(void **state)
{
    (void)state;
    enum { ROWS = 64 };
    float y[ROWS], slope[ROWS], x_hat[ROWS], mean, variance, inverse_std, gamma = 1, beta = 0;
    for (int r = 0; r < ROWS; r++)
        y[r] = 10000.0f + (float)(r % 2); /* variance 1/4 */
    batch_moments m = {x_hat, &mean, &variance, &inverse_std};
    batchnorm_forward(matrix_view(y, ROWS, 1), slope, m, (batchnorm){&gamma, &beta, 1e-12f},
                      (activation){LINEAR, 0}, no_dropout);
    assert_true(mean == 10000.5f && variance == 0.25f && inverse_std == 2.0f);
    for (int r = 0; r < ROWS; r++)
        assert_true(y[r] == (r % 2 ? 1.0f : -1.0f));
}

static void a_batch_of_one_normalises_to_beta(void **state)
{
    (void)state;
    float y[3] = {5, -3, 1e30f}, slope[3], x_hat[3], mean[3], variance[3], inverse_std[3];
    static const float gamma[3] = {2, 3, 4}, beta[3] = {0.5f, -1, 7};
    batchnorm_forward(matrix_view(y, 1, 3), slope,
                      (batch_moments){x_hat, mean, variance, inverse_std},
                      (batchnorm){gamma, beta, 1e-3f}, (activation){LINEAR, 0}, no_dropout);
    assert_memory_equal(y, beta, sizeof y);
}

static void batchnorm_applies_activation_and_dropout_as_a_layer_without_it(void **state)
{
    (void)state;
    enum { ROWS = 33, COLS = 65, N = ROWS * COLS };
    activation f = {LRELU, 0.3f};
    dropout d = {0.6f, 3, 4};
    matrix y = draw_matrix(ROWS, COLS, 39), plain = draw_matrix(ROWS, COLS, 39);
    float slope[N], plain_slope[N];
    normalisation n = normalisation_create(ROWS, COLS);
    batchnorm_forward(y, slope, n.m, (batchnorm){n.gamma, n.beta, 1e-3f}, f, d);
    batchnorm_forward(plain, plain_slope, n.m, (batchnorm){n.gamma, n.beta, 1e-3f},
                      (activation){LINEAR, 0}, no_dropout);
    activation_forward(plain, plain_slope, NULL, f, d);
    assert_memory_equal(slope, plain_slope, sizeof slope);
    float *got = packed_copy(y), *want = packed_copy(plain);
    assert_memory_equal(got, want, sizeof slope);
    free(y.data), free(plain.data), free(got), free(want), normalisation_free(n);
}

static void batchnorm_backward_matches_its_formula(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(rows, cols)
    {
        if (rows == 0)
            continue;
        matrix dy = draw_matrix(rows, cols, 41), again = draw_matrix(rows, cols, 41);
        float *v = packed_copy(dy), *slope = draw(rows * cols, 1, 42);
        float *d_gamma = draw(cols, 1, 43), *d_beta = draw(cols, 1, 44);
        normalisation n = normalisation_create(rows, cols);
        batchnorm_backward(dy, slope, n.m, n.gamma, d_gamma, d_beta);
        batchnorm_backward(again, slope, n.m, n.gamma, NULL, NULL);
        assert_memory_equal(again.data, dy.data, rows * dy.stride * sizeof *dy.data);
        for (size_t c = 0; c < cols; c++) {
            double sum_g = 0, sum_gx = 0, size = 0, b = (double)rows;
            for (size_t r = 0; r < rows; r++) {
                double g = (double)v[r * cols + c] * (double)slope[r * cols + c];
                double hat = (double)n.m.x_hat[r * cols + c];
                sum_g += g;
                sum_gx += g * hat;
                size += fabs(g) * (1 + fabs(hat));
            }
            assert_close(&d_beta[c], &sum_g, 1, ULP, ULP * size);
            assert_close(&d_gamma[c], &sum_gx, 1, ULP, ULP * size);
            double factor = (double)n.gamma[c] * (double)n.m.inverse_std[c];
            for (size_t r = 0; r < rows; r++) {
                double hat = (double)n.m.x_hat[r * cols + c];
                double g = (double)v[r * cols + c] * (double)slope[r * cols + c];
                double want = factor * (g - sum_g / b - hat * sum_gx / b);
                double parts = fabs(g) + fabs(sum_g / b) + fabs(hat * sum_gx / b) + size / b;
                assert_close(&dy.data[r * dy.stride + c], &want, 1, 0,
                             3 * ULP * fabs(factor) * parts);
            }
        }
        free(dy.data), free(again.data), free(v), free(slope), free(d_gamma), free(d_beta);
        normalisation_free(n);
    }
}

static void running_statistics_move_by_one_minus_momentum(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        double momentum = (double)0.99f;
        float *running = draw(n, 1, 45), *batch = draw(n, 1, 46), *before = draw(n, 1, 45);
        running_update(running, batch, 0.99f, n);
        for (size_t i = 0; i < n; i++) {
            double want = momentum * (double)before[i] + (1 - momentum) * (double)batch[i];
            assert_close(&running[i], &want, 1, 2 * ULP, 2 * ULP * fabs((double)before[i]));
        }
        free(running), free(batch), free(before);
    }
}

/* ---- Losses
 * --------------------------------------------------------------------------------------- */

static double softplus(double v) { return (v > 0 ? v : 0) + log1p(exp(-fabs(v))); }

static void softplus_is_precise_to_double(void **state)
{
    (void)state;
    for (int k = -70000; k <= 70000; k++) {
        float v = (float)k * 0.01f, d;
        double got = softplus_sum(&v, 1, 1.0f, 1.0f, &d), want = softplus((double)v);
        assert_close(&got, &want, 1, 4e-15, 0);
        double slope = v > 0 ? 1 / (1 + exp(-(double)v)) : exp((double)v) / (1 + exp((double)v));
        assert_close(&d, &slope, 1, ULP, 1e-45);
    }
}

static void softplus_takes_any_logit(void **state)
{
    (void)state;
    static const struct {
        float logit, sign;
        double value, d;
    } want[] = {{0.0f, 1, 0.69314718055994531, 0.5},
                {0.0f, -1, 0.69314718055994531, -0.5},
                {1e30f, 1, (double)1e30f, 1},
                {1e30f, -1, 0, 0},
                {-1e30f, 1, 0, 0},
                {-1e30f, -1, (double)1e30f, -1},
                {FLT_MAX, 1, (double)FLT_MAX, 1},
                {1e-40f, 1, 0.69314718055994531, 0.5},
                {INFINITY, 1, (double)INFINITY, 1},
                {INFINITY, -1, 0, 0},
                {-INFINITY, 1, 0, 0}};
    for (size_t i = 0; i < COUNT(want); i++) {
        float d;
        double got = softplus_sum(&want[i].logit, 1, want[i].sign, 1.0f, &d);
        assert_close(&got, &want[i].value, 1, 1e-15, 1e-300);
        assert_close(&d, &want[i].d, 1, 0, 0);
    }
    for (size_t at = 0; at < 9; at++) {
        float v[9] = {0}, d[9];
        v[at] = NAN;
        assert_true(isnan(softplus_sum(v, 9, 1, 1, d)));
        for (size_t k = 0; k < 9; k++)
            assert_int_equal(isnan(d[k]), k == at);
    }
}

static void softplus_sums_and_weighs(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        float *logit = draw(n, 5, 51), *d = draw(n, 1, 52);
        for (int sign = -1; sign <= 1; sign += 2) {
            double got = softplus_sum(logit, n, (float)sign, 0.125f, d), want = 0;
            for (size_t i = 0; i < n; i++) {
                double v = sign * (double)logit[i], slope = 0.125 * sign / (1 + exp(-v));
                want += softplus(v);
                assert_close(&d[i], &slope, 1, ULP, 0);
            }
            assert_close(&got, &want, 1, 1e-13, 0);
            assert_true(softplus_sum(logit, n, (float)sign, 0.125f, NULL) == got);
        }
        free(logit), free(d);
    }
}

/* ---- Updates
 * ---------------------------------------------------------------------------------------- */

static void adam_matches_its_formula(void **state)
{
    (void)state;
    static const adam_rates a = {0.01f, 1.5f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-7f};
    FOR_EACH_SIZE(n)
    {
        float *p = draw(n, 1, 61), *g = draw(n, 1, 62), *m = draw(n, 1, 63), *v = draw(n, 1, 64);
        double *want_p = allocate(n, sizeof *want_p), *want_m = allocate(n, sizeof *want_m);
        double *want_v = allocate(n, sizeof *want_v), *step = allocate(n, sizeof *step);
        for (size_t i = 0; i < n; i++) {
            v[i] *= v[i];
            want_m[i] = 0.9 * (double)m[i] + 0.1 * (double)g[i];
            want_v[i] = 0.999 * (double)v[i] + 0.001 * (double)g[i] * (double)g[i];
            step[i] = 0.01 * want_m[i] / (sqrt(1.5 * want_v[i]) + 1e-7);
            want_p[i] = (double)p[i] - step[i];
        }
        assert_true(adam_update(p, g, m, v, n, a));
        for (size_t i = 0; i < n; i++) {
            assert_close(&p[i], &want_p[i], 1, ULP, ULP * fabs(step[i]) * 10 + 1e-9);
            assert_close(&v[i], &want_v[i], 1, 3 * ULP, 0);
        }
        assert_close(m, want_m, n, 2 * ULP, 1e-7);
        free(p), free(g), free(m), free(v), free(want_p), free(want_m), free(want_v), free(step);
    }
}

static void sgd_matches_its_formula(void **state)
{
    (void)state;
    for (int has_momentum = 0; has_momentum < 2; has_momentum++)
        FOR_EACH_SIZE(n)
        {
            float *p = draw(n, 1, 65), *g = draw(n, 1, 66), *m = draw(n, 1, 67);
            double *want_p = allocate(n, sizeof *want_p), *want_m = allocate(n, sizeof *want_m);
            for (size_t i = 0; i < n; i++) {
                want_m[i] = has_momentum ? 0.9 * (double)m[i] + (double)g[i] : (double)g[i];
                want_p[i] = (double)p[i] - 0.05 * want_m[i];
            }
            assert_true(
                sgd_update(p, g, has_momentum ? m : NULL, n, 0.05f, has_momentum ? 0.9f : 0.0f));
            assert_close(p, want_p, n, 2 * ULP, 2e-7);
            if (has_momentum)
                assert_close(m, want_m, n, 2 * ULP, 5e-7);
            free(p), free(g), free(m), free(want_p), free(want_m);
        }
}

static void an_average_moves_by_its_rate(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        float *average = draw(n, 1, 68), *p = draw(n, 1, 69);
        double *want = allocate(n, sizeof *want);
        for (size_t i = 0; i < n; i++)
            want[i] = (double)average[i] + ((double)p[i] - (double)average[i]) * (double)0.001f;
        average_update(average, p, n, 0.001f);
        assert_close(average, want, n, ULP, 1e-9);
        free(average), free(p), free(want);
    }
}

/* Wherever it stands, in the part of whichever thread. */
static void an_update_tells_when_a_parameter_stops_being_finite(void **state)
{
    (void)state;
    enum { N = 9001 };
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    static const size_t places[] = {0, 1, 15, 64, 4500, N - 2, N - 1};
    static const adam_rates a = {0.01f, 1.5f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-7f};
    for (size_t i = 0; i < COUNT(bad); i++)
        for (size_t k = 0; k < COUNT(places); k++) {
            float *p = draw(N, 1, 71), *g = draw(N, 1, 72), *m = allocate(N, sizeof *m);
            float *v = allocate(N, sizeof *v);
            g[places[k]] = bad[i];
            assert_false(adam_update(p, g, m, v, N, a));
            assert_int_equal(find_not_finite(p, N), places[k]);
            memset(m, 0, N * sizeof *m);
            p[places[k]] = 0;
            assert_false(sgd_update(p, g, m, N, 0.1f, 0.9f));
            p[places[k]] = 0;
            assert_false(sgd_update(p, g, NULL, N, 0.1f, 0.0f));
            p[places[k]] = 0;
            assert_int_equal(find_not_finite(p, N), N);
            free(p), free(g), free(m), free(v);
        }
}

/* An infinite v would freeze its parameter for good, and the parameter never shows it. */
static void adam_tells_when_a_gradient_is_too_large_to_square(void **state)
{
    (void)state;
    enum { N = 67 };
    static const adam_rates a = {0.01f, 1.5f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-7f};
    for (size_t i = 0; i < N; i++) {
        float *p = draw(N, 1, 71), *g = draw(N, 1, 72), *m = allocate(N, sizeof *m);
        float *v = allocate(N, sizeof *v);
        g[i] = -1e25f;
        assert_false(adam_update(p, g, m, v, N, a));
        assert_int_equal(find_not_finite(p, N), N);
        assert_int_equal(find_not_finite(v, N), i);
        free(p), free(g), free(m), free(v);
    }
}

static void find_not_finite_finds_the_first_one(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    float v[65] = {0};
    assert_int_equal(find_not_finite(v, 0), 0);
    v[64] = FLT_MAX;
    v[1] = -FLT_MAX;
    v[2] = 1e-45f;
    assert_int_equal(find_not_finite(v, 65), 65);
    v[64] = NAN;
    for (size_t at = 65; at-- > 0;) {
        v[at] = bad[at % 3];
        assert_int_equal(find_not_finite(v, 65), at);
        assert_int_equal(find_not_finite(v, at), at);
    }
}

/* ---- Sums and conversions
 * ------------------------------------------------------------------------- */

static void sums_are_taken_in_double(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        float *a = draw(n, 1e3f, 81), *b = draw(n, 1, 82);
        long double want[3] = {0}, size[3] = {0};
        for (size_t i = 0; i < n; i++) {
            long double x = (long double)a[i], y = (long double)b[i];
            want[0] += x, want[1] += x * y, want[2] += x * x;
            size[0] += fabsl(x), size[1] += fabsl(x * y);
        }
        double got[3] = {sum(a, n), dot(a, b, n), norm(a, n)};
        double rounded[3] = {(double)want[0], (double)want[1], (double)sqrtl(want[2])};
        assert_close(&got[0], &rounded[0], 1, 0, 1e-14 * (double)size[0]);
        assert_close(&got[1], &rounded[1], 1, 0, 1e-14 * (double)size[1]);
        assert_close(&got[2], &rounded[2], 1, 1e-13, 0);
        free(a), free(b);
    }
}

static void column_squares_add_to_what_is_there(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(rows, cols)
    {
        matrix m = draw_matrix(rows, cols, 83);
        double *got = allocate(cols, sizeof *got), *want = allocate(cols, sizeof *want);
        for (size_t c = 0; c < cols; c++) {
            got[c] = want[c] = (double)c;
            for (size_t r = 0; r < rows; r++)
                want[c] += pow((double)m.data[r * m.stride + c], 2);
        }
        add_column_squares(got, m);
        assert_close(got, want, cols, 1e-14, 0);
        free(m.data), free(got), free(want);
    }
}

static void every_byte_survives_the_way_to_float_and_back(void **state)
{
    (void)state;
    static const float ranges[][2] = {{-1, 1}, {0, 1}, {-0.5f, 3}, {0, 255}};
    for (size_t i = 0; i < COUNT(ranges); i++) {
        float low = ranges[i][0], high = ranges[i][1], v[256];
        uint8_t all[256], back[256];
        double want[256];
        for (int k = 0; k < 256; k++) {
            all[k] = (uint8_t)k;
            want[k] = (double)low + k * ((double)high - (double)low) / 255;
        }
        floats_from_bytes(v, all, 256, low, high);
        assert_close(v, want, 256, ULP, 2 * ULP * fmax(fabs((double)low), fabs((double)high)));
        bytes_from_floats(back, v, 256, low, high);
        assert_memory_equal(back, all, 256);
    }
}

static void bytes_round_to_nearest_and_clip(void **state)
{
    (void)state;
    static const float v[] = {0.49f, 0.51f, 0.5f,  1.5f,   2.5f,     254.4f,    254.6f, 255.0f,
                              -1,    256,   1e30f, -1e30f, INFINITY, -INFINITY, NAN};
    static const uint8_t want[COUNT(v)] = {0, 1, 0, 2, 2, 254, 255, 255, 0, 255, 255, 0, 255, 0, 0};
    uint8_t got[COUNT(v)];
    bytes_from_floats(got, v, COUNT(v), 0, 255);
    assert_memory_equal(got, want, sizeof got);
    for (size_t n = 0; n < 40; n++) { /* no byte behind the last is touched */
        float x[40];
        uint8_t b[41];
        for (size_t k = 0; k < 40; k++)
            x[k] = (float)k / 39.0f;
        memset(b, 77, sizeof b);
        bytes_from_floats(b, x, n, 0, 1);
        for (size_t k = 0; k < 41; k++)
            assert_int_equal(b[k], k < n ? (int)rint((double)k / 39.0 * 255) : 77);
    }
}

/* ---- Threads
 * ---------------------------------------------------------------------------------------- */

/* Runs the kernels that threads share on one fixed input; the outputs, one after the other. */
static float *run_kernels(size_t *n_out)
{
    enum { ROWS = 65, COLS = 1025, N = ROWS * COLS };
    float *out = draw(7 * N, 1, 91), *y = out, *slope = y + N, *hat = slope + N, *moments = hat + N;
    float *dy = moments + N, *p = dy + N, *v = p + N, *m = moments + 8 * COLS;
    dropout d = {0.6f, 1, 2};
    batch_moments b = {hat, moments, moments + COLS, moments + 2 * COLS};
    activation_forward(matrix_view(y, ROWS, COLS), slope, dy, (activation){TANH, 0}, d);
    batchnorm_forward(matrix_view(y, ROWS, COLS), slope, b, (batchnorm){p, v, 1e-3f},
                      (activation){LRELU, 0.2f}, d);
    batchnorm_backward(matrix_view(dy, ROWS, COLS), slope, b, p, moments + 3 * COLS,
                       moments + 4 * COLS);
    activation_backward(matrix_view(dy, ROWS, COLS), slope, moments + 5 * COLS);
    scale_elementwise(v, v, N);
    adam_update(p, dy, m, v, N - 8 * COLS, (adam_rates){.01f, 1.5f, .9f, .1f, .999f, .001f, 1e-7f});
    sgd_update(p, dy, m, N - 8 * COLS, 0.1f, 0.9f);
    average_update(p, dy, N, 0.01f);
    *n_out = 7 * N;
    return out;
}

static void kernels_give_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    size_t n;
    use_threads(1);
    float *want = run_kernels(&n);
    assert_int_equal(find_not_finite(want, n), n);
    for (size_t threads = 2; threads <= 3; threads++) {
        use_threads(threads);
        float *got = run_kernels(&n);
        assert_memory_equal(got, want, n * sizeof *got);
        free(got);
    }
    use_threads(2);
    free(want);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_give_value_and_slope),
        cmocka_unit_test(the_slope_may_be_left_out),
        cmocka_unit_test(tanh_and_sigmoid_keep_their_relative_precision_everywhere),
        cmocka_unit_test(activations_take_any_float),
        cmocka_unit_test(a_nan_stays_one_and_stays_alone),
        cmocka_unit_test(backward_multiplies_by_the_slope_and_sums_columns),
        cmocka_unit_test(curvature_is_the_derivative_of_the_slope),
        cmocka_unit_test(traits_are_those_of_the_formulas),
        cmocka_unit_test(he_divisors_are_twice_the_mean_square_that_passes),
        cmocka_unit_test(scaling_multiplies_elementwise),
        cmocka_unit_test(scaling_rows_leaves_what_lies_between_them),
        cmocka_unit_test(dropout_keeps_what_the_stream_says_and_divides_by_keep),
        cmocka_unit_test(dropout_keeps_as_many_as_asked),
        cmocka_unit_test(dropout_draws_each_row_and_each_stream_apart),
        cmocka_unit_test(batchnorm_normalises_by_the_biased_moments_of_the_batch),
        cmocka_unit_test(batchnorm_survives_a_large_mean),
        cmocka_unit_test(a_batch_of_one_normalises_to_beta),
        cmocka_unit_test(batchnorm_applies_activation_and_dropout_as_a_layer_without_it),
        cmocka_unit_test(batchnorm_backward_matches_its_formula),
        cmocka_unit_test(running_statistics_move_by_one_minus_momentum),
        cmocka_unit_test(softplus_is_precise_to_double),
        cmocka_unit_test(softplus_takes_any_logit),
        cmocka_unit_test(softplus_sums_and_weighs),
        cmocka_unit_test(adam_matches_its_formula),
        cmocka_unit_test(sgd_matches_its_formula),
        cmocka_unit_test(an_average_moves_by_its_rate),
        cmocka_unit_test(an_update_tells_when_a_parameter_stops_being_finite),
        cmocka_unit_test(adam_tells_when_a_gradient_is_too_large_to_square),
        cmocka_unit_test(find_not_finite_finds_the_first_one),
        cmocka_unit_test(sums_are_taken_in_double),
        cmocka_unit_test(column_squares_add_to_what_is_there),
        cmocka_unit_test(every_byte_survives_the_way_to_float_and_back),
        cmocka_unit_test(bytes_round_to_nearest_and_clip),
        cmocka_unit_test(kernels_give_the_same_bits_for_any_number_of_threads),
    };
    return run_on_every_level("tensor_kernels", tests, COUNT(tests));
}
