/* SPDX-License-Identifier: MIT */
/* tensor: the kernels beside those of layers (losses, sums, conversions), each against its
 * plain twin in double at odd sizes on every dispatch level; and all of them on several threads. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "kernel_cases.h"
#include "levels.h"
#include "use_threads.h"

/* ---- Losses ---- */

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
        softplus_sum(logit, n, 1.0f, 0.125f, d);
        softplus_sum(logit, n, 1.0f, 0.125f, logit);
        assert_memory_equal(logit, d, n * sizeof *d);
        free(logit), free(d);
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

/* ---- Sums and conversions ---- */

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

/* ---- Threads ---- */

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
    rmsprop_update(p, dy, v, N, (rmsprop_rates){.01f, .9f, .1f, 1e-7f});
    sgd_update(p, dy, m, N - 8 * COLS, (sgd_rates){0.1f, 0.9f, true});
    average_update(p, dy, N, 0.01f);
    add_shrinkage(p, dy, N, 0.1f, 0.2f);
    scale_all(p, N, 0.3f);
    clip_all(p, N, 0.1f);
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
        cmocka_unit_test(softplus_is_precise_to_double),
        cmocka_unit_test(softplus_takes_any_logit),
        cmocka_unit_test(softplus_sums_and_weighs),
        cmocka_unit_test(find_not_finite_finds_the_first_one),
        cmocka_unit_test(sums_are_taken_in_double),
        cmocka_unit_test(column_squares_add_to_what_is_there),
        cmocka_unit_test(every_byte_survives_the_way_to_float_and_back),
        cmocka_unit_test(bytes_round_to_nearest_and_clip),
        cmocka_unit_test(kernels_give_the_same_bits_for_any_number_of_threads),
    };
    return run_on_every_level("tensor_kernels", tests, COUNT(tests));
}
