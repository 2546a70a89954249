/* SPDX-License-Identifier: MIT */
/* metrics: the kernel distance of features, against plain sums. */
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

enum { D = 8 };

static void assert_near(double got, double want, double rtol, double atol)
{
    assert_close(&got, &want, 1, rtol, atol);
}

static double mean_kernel(matrix a, matrix b)
{
    double total = 0, pairs = 0;
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = 0; j < b.rows; j++) {
            if (a.data == b.data && i == j)
                continue;
            double product = 0;
            for (size_t k = 0; k < a.cols; k++)
                product += (double)a.data[i * a.cols + k] * (double)b.data[j * b.cols + k];
            total += pow(product / (double)a.cols + 1, 3);
            pairs++;
        }
    return total / pairs;
}

/* Up to 1,000 pictures all subsets are the whole, odd sizes of tiles included. */
static void kid_of_few_pictures_is_the_plain_sum(void **state)
{
    static const size_t sizes[] = {10, 127, 128, 129, 300, 1000};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        matrix x = draw_features(sizes[i], D, 1, 0.5, 1.5), y = draw_features(sizes[i], D, 2, 0, 1);
        double want = mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y);
        assert_near(measure_features("kid", x, y).value.value, want, 1e-10, 1e-12);
        free(x.data), free(y.data);
    }
}

/* x = 1, -1 and y = 0, 2 over and over, d = 1: k(x, x') is 8 of equals and 0 of others, k(y, y')
 * 1, 125 and 1, k(x, y) 1, 27, 1 and -1. */
static void a_case_solved_by_hand_holds(void **state)
{
    float of_set[10], of_real[10];
    (void)state;
    for (size_t i = 0; i < 10; i++) {
        of_set[i] = i % 2 ? -1.0f : 1.0f;
        of_real[i] = i % 2 ? 2.0f : 0.0f;
    }
    double want = 8 * 4.0 / 9 + (4 * (1 + 125.0) / 2 + 5 * 1) / 9 - 2 * (1 + 27 + 1 - 1) / 4.0;
    metric_result r =
        measure_features("kid", matrix_view(of_set, 10, 1), matrix_view(of_real, 10, 1));
    assert_near(r.value.value, want, 1e-12, 0);
}

/* Unbiased: sets of one distribution are at 0 on average, and below it as often as above. */
static void kid_is_without_bias(void **state)
{
    enum { TIMES = 60 };
    double total = 0, squares = 0;
    int n_below = 0;
    (void)state;
    for (uint64_t k = 0; k < TIMES; k++) {
        matrix x = draw_features(100, D, 10 + k, 0, 1), y = draw_features(100, D, 1000 + k, 0, 1);
        double value = measure_features("kid", x, y).value.value;
        total += value;
        squares += value * value;
        n_below += value < 0;
        free(x.data), free(y.data);
    }
    assert_true(fabs(total / TIMES) < 3 * sqrt(squares) / TIMES);
    assert_in_range(n_below, 18, 48);
}

/* 1,500 against 3,000: a hundred subsets of 1,000 come near the whole, whose value the interval
 * holds. */
static void subsets_of_many_pictures_come_near_the_whole(void **state)
{
    matrix x = draw_features(1500, D, 3, 0.3, 1), y = draw_features(3000, D, 4, 0, 1);
    double whole = mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y);
    metric_result r = measure_features("kid", x, y), again = measure_features("kid", x, y);
    (void)state;
    assert_near(r.value.value, whole, 0.05, 0);
    assert_true(r.value.low < whole && whole < r.value.high);
    assert_true(r.value.low > 0);
    assert_memory_equal(&r.value, &again.value, sizeof r.value);
    free(x.data), free(y.data);
}

/* Of a set and its copy: subsets of both that were the same pictures would be at 2 / 1,000 of what
 * a picture is to itself more than to others, and not at 2 / 1,500. */
static void subsets_of_both_sets_are_drawn_apart(void **state)
{
    matrix x = draw_features(1500, D, 3, 0, 1), copy = draw_features(1500, D, 3, 0, 1);
    double whole = 2 * mean_kernel(x, x) - 2 * mean_kernel(x, copy);
    (void)state;
    assert_near(measure_features("kid", x, copy).value.value, whole, 0.2, 0);
    free(x.data), free(copy.data);
}

/* 100 against 1,000: each of a hundred subsets has other real pictures. */
static void few_pictures_meet_all_real_ones(void **state)
{
    matrix x = draw_features(100, D, 3, 0.3, 1), y = draw_features(1000, D, 4, 0, 1);
    double whole = mean_kernel(x, x) + mean_kernel(y, y) - 2 * mean_kernel(x, y);
    (void)state;
    assert_near(measure_features("kid", x, y).value.value, whole, 0.04, 0);
    free(x.data), free(y.data);
}

static void the_interval_of_kid_is_as_wide_as_values_spread(void **state)
{
    enum { TIMES = 40 };
    double value[TIMES], middle = 0, squares = 0, reach = 0;
    (void)state;
    for (uint64_t k = 0; k < TIMES; k++) {
        matrix x = draw_features(200, 4, 100 + k, 0.5, 1), y = draw_features(200, 4, 300 + k, 0, 1);
        metric_result r = measure_features("kid", x, y);
        value[k] = r.value.value;
        middle += value[k] / TIMES;
        reach += (r.value.high - r.value.low) / 2 / TIMES;
        free(x.data), free(y.data);
    }
    for (size_t k = 0; k < TIMES; k++)
        squares += (value[k] - middle) * (value[k] - middle) / (TIMES - 1);
    assert_near(reach / sqrt(squares), 2.776 * 0.94, 0.25, 0);
}

static void kid_grows_with_a_shift_and_sees_a_collapse(void **state)
{
    matrix real = draw_features(400, D, 5, 0, 1), set = draw_features(400, D, 6, 0, 1);
    double last = measure_features("kid", set, real).value.value;
    (void)state;
    for (int step = 0; step < 3; step++) {
        for (size_t i = 0; i < 400 * D; i++)
            set.data[i] += 0.2f;
        double value = measure_features("kid", set, real).value.value;
        assert_true(value > last + 0.01);
        last = value;
    }
    for (size_t i = 0; i < 400 * D; i++)
        set.data[i] = real.data[i % D];
    assert_true(measure_features("kid", set, real).value.value > 0.1);
    free(real.data), free(set.data);
}

static void kid_refuses_fewer_than_ten_pictures(void **state)
{
    matrix few = draw_features(9, D, 1, 0, 1);
    metric_result r = {0};
    error e = {0};
    (void)state;
    assert_int_equal(try_features(&r, "kid", few, few, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message, "kid: 9 pictures, expected at least 10");
    free(few.data);
}

/* Its kernel's cubes are finite, the squares of their deviations are not. */
static void an_interval_without_end_is_none(void **state)
{
    enum { ROWS = 100 };
    float rows[2][ROWS];
    judged_set s[2] = {0};
    metric_context context = {0};
    comparison c = {0};
    metric_result r = {0};
    error e = {0};
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        rows[0][i] = 1e33f * (float)i;
        rows[1][i] = (float)i;
    }
    for (size_t k = 0; k < 2; k++)
        judged_set_init_features(&s[k], matrix_view(rows[k], ROWS, 1));
    comparison_init(&c, &s[0], &s[1], &context);
    assert_int_equal(metric_measure(&r, metric_find("kid"), &c, &e), 0);
    assert_true(isfinite(r.value.value));
    assert_true(isnan(r.value.low) && isnan(r.value.high));
    metric_result_release(&r);
    comparison_release(&c);
    for (size_t k = 0; k < 2; k++)
        judged_set_release(&s[k]);
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
        cmocka_unit_test(kid_of_few_pictures_is_the_plain_sum),
        cmocka_unit_test(a_case_solved_by_hand_holds),
        cmocka_unit_test(kid_is_without_bias),
        cmocka_unit_test(subsets_of_many_pictures_come_near_the_whole),
        cmocka_unit_test(subsets_of_both_sets_are_drawn_apart),
        cmocka_unit_test(few_pictures_meet_all_real_ones),
        cmocka_unit_test(the_interval_of_kid_is_as_wide_as_values_spread),
        cmocka_unit_test(kid_grows_with_a_shift_and_sees_a_collapse),
        cmocka_unit_test(kid_refuses_fewer_than_ten_pictures),
        cmocka_unit_test(an_interval_without_end_is_none),
    };
    return cmocka_run_group_tests(tests, open_blas, NULL);
}
