/* SPDX-License-Identifier: MIT */
/* tensor: the kernels of a layer (activation, dropout, batch normalisation), each against its plain
 * twin in double, at odd sizes, on views with a stride, on every dispatch level, and small ones as
 * well as ones that two threads share. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "kernel_cases.h"
#include "levels.h"
#include "use_threads.h"

/* ---- Activations ---- */

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
        float *apart = draw(n, 1, 13);
        scale_elementwise(got, w, n);
        multiply_elementwise(apart, v, w, n);
        for (size_t i = 0; i < n; i++)
            assert_true(got[i] == v[i] * w[i] && apart[i] == got[i]);
        free(v), free(w), free(got), free(apart);
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

/* ---- Dropout ---- */

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

/* ---- Batch normalisation ---- */

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
    };
    return run_on_every_level("tensor_layers", tests, COUNT(tests));
}
