/* SPDX-License-Identifier: MIT */
/* metrics: the Frechet distance of features, against closed forms. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "metrics.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metric_sets.h"

enum { N = 2000, D = 16 };

static void assert_near(double got, double want, double rtol, double atol)
{
    assert_close(&got, &want, 1, rtol, atol);
}

static double trace_of(matrix x)
{
    double_matrix covariance =
        double_matrix_view(allocate(x.cols * x.cols, sizeof(double)), x.cols, x.cols);
    double *mean = allocate(x.cols, sizeof *mean), trace = 0;
    double_matrix_covariance(covariance, mean, x);
    for (size_t k = 0; k < x.cols; k++)
        trace += covariance.data[k * x.cols + k];
    free(mean), free(covariance.data);
    return trace;
}

static double mean_of(const float *v, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += (double)v[i];
    return total / (double)n;
}

/* Of one feature: (m1 - m2)^2 + (s1 - s2)^2. */
static void fcd_of_one_feature_is_that_of_means_and_deviations(void **state)
{
    matrix a = draw_features(N, 1, 1, 0.5, 2), b = draw_features(N / 2, 1, 2, 0, 1);
    double apart = mean_of(a.data, a.rows) - mean_of(b.data, b.rows);
    double wider = sqrt(trace_of(a)) - sqrt(trace_of(b));
    metric_result r = measure_features("fcd", a, b);
    (void)state;
    assert_near(part_of(&r, "of_means"), apart * apart, 1e-12, 0);
    assert_near(part_of(&r, "of_covariances"), wider * wider, 1e-12, 0);
    assert_near(r.value.value, apart * apart + wider * wider, 1e-12, 0);
    assert_near(part_of(&r, "pictures_a_feature"), N / 2, 0, 0);
    free(a.data), free(b.data);
}

/* Of two features whose covariances do not commute: the root of C1 C2 has the trace
 * sqrt(tr(C1 C2) + 2 sqrt(det C1 det C2)). */
static void fcd_of_two_features_is_the_closed_form(void **state)
{
    matrix x[2] = {draw_features(N, 2, 3, 0, 1), draw_features(N, 2, 4, 1, 1)};
    double c[2][4], mean[2][2], det[2], product = 0, apart = 0, traces = 0;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[0].data[2 * i] += 2 * x[0].data[2 * i + 1];
        x[1].data[2 * i + 1] -= 0.5f * x[1].data[2 * i];
    }
    for (size_t k = 0; k < 2; k++) {
        double_matrix_covariance(double_matrix_view(c[k], 2, 2), mean[k], x[k]);
        det[k] = c[k][0] * c[k][3] - c[k][1] * c[k][2];
        traces += c[k][0] + c[k][3];
    }
    for (size_t k = 0; k < 4; k++)
        product += c[0][k] * c[1][k];
    for (size_t k = 0; k < 2; k++)
        apart += pow(mean[0][k] - mean[1][k], 2);
    metric_result r = measure_features("fcd", x[0], x[1]);
    assert_near(r.value.value, apart + traces - 2 * sqrt(product + 2 * sqrt(det[0] * det[1])),
                1e-12, 0);
    free(x[0].data), free(x[1].data);
}

/* Also where features are dead or copies of others, so that covariances are singular. */
static void fcd_of_a_set_and_itself_is_nothing(void **state)
{
    (void)state;
    for (int is_singular = 0; is_singular < 2; is_singular++) {
        matrix a = draw_features(N, D, 5, 3, 10), b = draw_features(N, D, 5, 3, 10);
        for (size_t i = 0; is_singular && i < N; i++)
            a.data[i * D] = b.data[i * D] = 0,
                       a.data[i * D + 1] = b.data[i * D + 1] = 3 * a.data[i * D + 2];
        for (size_t i = 0; i < N / 2; i++) /* the rows in another order */
            for (size_t k = 0; k < D; k++) {
                float kept = b.data[i * D + k];
                b.data[i * D + k] = b.data[(N - 1 - i) * D + k];
                b.data[(N - 1 - i) * D + k] = kept;
            }
        assert_true(measure_features("fcd", a, a).value.value <= 1e-8 * trace_of(a));
        assert_true(measure_features("fcd", a, b).value.value <= 1e-8 * trace_of(a));
        free(a.data), free(b.data);
    }
}

/* Rounding leaves as much below 0 as above. */
static void no_fcd_is_below_0(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        matrix a = draw_features(N, D, seed, 3, 10);
        assert_true(measure_features("fcd", a, a).value.value >= 0);
        free(a.data);
    }
}

/* Blocks of the set and of the real ones are drawn apart: of one set they are not the same. */
static void blocks_of_a_set_and_itself_differ(void **state)
{
    matrix a = draw_features(N, D, 5, 3, 10);
    estimate v = measure_features("fcd", a, a).value;
    (void)state;
    assert_true(v.high - v.value > 1e-3 * trace_of(a));
    free(a.data);
}

static void fcd_grows_by_the_square_of_a_shift(void **state)
{
    matrix real = draw_features(N, D, 6, 0, 1), set = draw_features(N, D, 7, 0, 1);
    metric_result still = measure_features("fcd", set, real), last = still;
    (void)state;
    for (int step = 1; step < 4; step++) {
        for (size_t i = 0; i < N * D; i++)
            set.data[i] += 0.5f;
        metric_result r = measure_features("fcd", set, real);
        assert_true(r.value.value > last.value.value);
        assert_near(part_of(&r, "of_means"), D * 0.25 * step * step, 0.1, 0);
        assert_near(part_of(&r, "of_covariances"), part_of(&still, "of_covariances"), 0, 1e-5);
        last = r;
    }
    free(real.data), free(set.data);
}

/* One picture over and over: its distance from the mean, and the whole variance. */
static void fcd_sees_a_collapse(void **state)
{
    matrix real = draw_features(N, D, 8, 0, 1), set = draw_features(N, D, 9, 0, 1);
    double apart = 0;
    (void)state;
    for (size_t i = 1; i < N; i++)
        memcpy(set.data + i * D, set.data, D * sizeof(float));
    for (size_t k = 0; k < D; k++) {
        double total = 0;
        for (size_t i = 0; i < N; i++)
            total += (double)real.data[i * D + k];
        apart += pow((double)set.data[k] - total / N, 2);
    }
    assert_near(measure_features("fcd", set, real).value.value, apart + trace_of(real), 1e-9, 0);
    free(real.data), free(set.data);
}

/* As its words say: pictures that come twice leave means and covariances as they are. */
static void fcd_does_not_see_duplicates(void **state)
{
    matrix real = draw_features(N, D, 8, 0, 1), set = draw_features(N, D, 9, 0, 1);
    matrix twice = draw_features(2 * N, D, 9, 0, 1);
    (void)state;
    memcpy(twice.data, set.data, N * D * sizeof(float));
    memcpy(twice.data + N * D, set.data, N * D * sizeof(float));
    assert_near(measure_features("fcd", twice, real).value.value,
                measure_features("fcd", set, real).value.value, 0, 2e-3);
    free(real.data), free(set.data), free(twice.data);
}

static void fcd_refuses_fewer_pictures_than_features(void **state)
{
    matrix few = draw_features(D, D, 1, 0, 1), real = draw_features(N, D, 2, 0, 1);
    matrix enough = draw_features(D + 1, D, 1, 0, 1);
    metric_result r = {0};
    error e = {0};
    (void)state;
    assert_int_equal(try_features(&r, "fcd", few, real, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message,
                        "fcd: 16 pictures, expected at least 17, one more than a picture "
                        "has features");
    r = measure_features("fcd", enough, real);
    assert_true(isfinite(r.value.value) && isnan(r.value.low) && isnan(r.value.high));
    free(few.data), free(enough.data), free(real.data);
}

/* Over 40 pairs of sets the interval is as wide as values spread, 2.78 of their deviations on
 * either side but for chance, and does not miss the mean of the values more often than it says. */
static void the_interval_of_fcd_is_as_wide_as_values_spread(void **state)
{
    enum { TIMES = 40, FEW = 500 };
    double value[TIMES], middle = 0, squares = 0, reach = 0;
    metric_result r[TIMES];
    int missed = 0;
    (void)state;
    for (uint64_t k = 0; k < TIMES; k++) {
        matrix a = draw_features(FEW, 4, 100 + k, 0.5, 1), b = draw_features(FEW, 4, 200 + k, 0, 1);
        r[k] = measure_features("fcd", a, b);
        value[k] = r[k].value.value;
        middle += value[k] / TIMES;
        reach += (r[k].value.high - r[k].value.low) / 2 / TIMES;
        free(a.data), free(b.data);
    }
    for (size_t k = 0; k < TIMES; k++) {
        squares += (value[k] - middle) * (value[k] - middle) / (TIMES - 1);
        missed += middle < r[k].value.low || middle > r[k].value.high;
    }
    assert_near(reach / sqrt(squares), 2.776 * 0.94, 0.25, 0);
    assert_true(missed <= 5);
}

static void fcd_is_the_same_on_any_number_of_threads(void **state)
{
    matrix a = draw_features(N, D, 10, 0, 1), b = draw_features(N, D, 11, 0.1, 1);
    metric_result r[2];
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        use_threads(k + 1);
        r[k] = measure_features("fcd", a, b);
    }
    assert_memory_equal(&r[0].value, &r[1].value, sizeof r[0].value);
    free(a.data), free(b.data);
}

static int open_blas(void **state)
{
    error e = {0};
    (void)state;
    return tensor_open_blas(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fcd_of_one_feature_is_that_of_means_and_deviations),
        cmocka_unit_test(fcd_of_two_features_is_the_closed_form),
        cmocka_unit_test(fcd_of_a_set_and_itself_is_nothing),
        cmocka_unit_test(no_fcd_is_below_0),
        cmocka_unit_test(blocks_of_a_set_and_itself_differ),
        cmocka_unit_test(fcd_grows_by_the_square_of_a_shift),
        cmocka_unit_test(fcd_sees_a_collapse),
        cmocka_unit_test(fcd_does_not_see_duplicates),
        cmocka_unit_test(fcd_refuses_fewer_pictures_than_features),
        cmocka_unit_test(the_interval_of_fcd_is_as_wide_as_values_spread),
        cmocka_unit_test(fcd_is_the_same_on_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, open_blas, NULL);
}
