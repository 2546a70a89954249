/* SPDX-License-Identifier: MIT */
/* metrics: precision, recall, density, coverage and fairness, by hand, against all pairs, against
 * what is known of equal distributions, and where faults were planted. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "judged.h"
#include "nets.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const metric_context context = {.seed = 1};

typedef struct {
    double precision, recall, density, coverage;
} shares;

static shares shares_of(const float *set, size_t n, const float *real, size_t n_real, size_t cols)
{
    judged_set of_set = {0}, of_real = {0};
    comparison c = {0};
    judged_set_init_features(&of_set, matrix_view_const(set, n, cols));
    judged_set_init_features(&of_real, matrix_view_const(real, n_real, cols));
    comparison_init(&c, &of_set, &of_real, &context);
    shares s = {value_of("precision", &c), value_of("recall", &c), value_of("density", &c),
                value_of("coverage", &c)};
    comparison_release(&c);
    judged_set_release(&of_set);
    judged_set_release(&of_real);
    return s;
}

/* ---- Against all pairs ---- */

static double distance(const float *a, const float *b, size_t n)
{
    double total = 0;
    for (size_t k = 0; k < n; k++)
        total += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
    return total;
}

/* To the k-th of the others. */
static double plain_radius(const float *v, size_t n, size_t cols, size_t i, size_t k)
{
    double nearest[8];
    for (size_t m = 0; m < k; m++)
        nearest[m] = (double)INFINITY;
    for (size_t j = 0; j < n; j++) {
        double d = distance(v + i * cols, v + j * cols, cols);
        for (size_t m = 0; m < k && j != i; m++)
            if (d < nearest[m]) {
                double further = nearest[m];
                nearest[m] = d;
                d = further;
            }
    }
    return nearest[k - 1];
}

static shares plain_shares(const float *set, size_t n, const float *real, size_t n_real,
                           size_t cols)
{
    shares s = {0};
    uint8_t *is_precise = allocate(n, 1);
    for (size_t i = 0; i < n_real; i++) {
        double r3 = plain_radius(real, n_real, cols, i, 3),
               r5 = plain_radius(real, n_real, cols, i, 5);
        size_t n_inside = 0, is_recalled = 0;
        for (size_t j = 0; j < n; j++) {
            double d = distance(real + i * cols, set + j * cols, cols);
            n_inside += d < r5;
            is_precise[j] |= d <= r3;
            is_recalled |= d <= plain_radius(set, n, cols, j, 3);
        }
        s.density += (double)n_inside / 5 / (double)n;
        s.coverage += (n_inside > 0) / (double)n_real;
        s.recall += (double)is_recalled / (double)n_real;
    }
    for (size_t j = 0; j < n; j++)
        s.precision += is_precise[j] / (double)n;
    free(is_precise);
    return s;
}

static void assert_shares(shares got, shares want, double atol)
{
    assert_near(got.precision, want.precision, atol);
    assert_near(got.recall, want.recall, atol);
    assert_near(got.density, want.density, atol);
    assert_near(got.coverage, want.coverage, atol);
}

static void shares_are_those_of_all_pairs_with_duplicates_and_far_from_zero(void **state)
{
    (void)state;
    enum { N = 150, N_REAL = 190, COLS = 6 };
    float *set = draw(N * COLS, 1), *real = draw(N_REAL * COLS, 2);
    for (size_t i = 0; i < 40; i++)
        memcpy(set + i * COLS, set + i / 4 * 4 * COLS, COLS * sizeof *set);
    for (size_t i = 0; i < 30; i++)
        memcpy(real + i * COLS, set + 2 * i * COLS, COLS * sizeof *set);
    for (int turn = 0; turn < 2; turn++) {
        assert_shares(shares_of(set, N, real, N_REAL, COLS),
                      plain_shares(set, N, real, N_REAL, COLS), 1e-12);
        for (size_t i = 0; i < N * COLS; i++)
            set[i] += 200;
        for (size_t i = 0; i < N_REAL * COLS; i++)
            real[i] += 200;
    }
    free(set);
    free(real);
}

static void shares_are_the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    enum { N = 2000, COLS = 64 };
    float *set = draw(N * COLS, 3), *real = draw(N * COLS, 4);
    shares one = shares_of(set, N, real, N, COLS);
    use_threads(3);
    assert_shares(shares_of(set, N, real, N, COLS), one, 0);
    use_threads(1);
    free(set);
    free(real);
}

/* ---- By hand ---- */

/* Real ones at 0, 1, ... 9. At 0 the radii are 3 and 5, at 4 they are 2 and 3. */
static void edges_belong_to_narrow_balls_and_not_to_wide_ones(void **state)
{
    (void)state;
    static const float real[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const float at_edge[] = {-3, -3, -3, -3, -3, -3};
    static const float past_edge[] = {-3.5f, -3.5f, -3.5f, -3.5f, -3.5f, -3.5f};
    static const float at_wide[] = {-5, -5, -5, -5, -5, -5};
    assert_near(shares_of(at_edge, 6, real, 10, 1).precision, 1, 0);
    assert_near(shares_of(past_edge, 6, real, 10, 1).precision, 0, 0);
    /* |-3 - 0| < 5, |-3 - 1| < 4 does not hold */
    assert_near(shares_of(at_edge, 6, real, 10, 1).density, 1.0 / 5, 1e-15);
    assert_near(shares_of(at_edge, 6, real, 10, 1).coverage, 1.0 / 10, 1e-15);
    assert_near(shares_of(at_wide, 6, real, 10, 1).coverage, 0, 0);
    /* radii of 0 reach what is equal alone */
    static const float on_one[] = {4, 4, 4, 4, 4, 4};
    assert_near(shares_of(on_one, 6, real, 10, 1).recall, 1.0 / 10, 1e-15);
    assert_near(shares_of(at_edge, 6, real, 10, 1).recall, 0, 0);
}

/* ---- What is known of equal distributions ---- */

/* E[coverage] of as many pictures of one distribution is 1 - 2^-k; density is 1. */
static void equal_distributions_have_coverage_0_969_and_density_1(void **state)
{
    (void)state;
    enum { N = 3000, COLS = 8 };
    float *set = draw(N * COLS, 5), *real = draw(N * COLS, 6);
    shares s = shares_of(set, N, real, N, COLS);
    assert_near(s.coverage, 1 - pow(2, -5), 0.01);
    assert_near(s.density, 1, 0.05);
    free(set);
    free(real);
}

/* 1 - product over i < k of (N - 1 - i) / (N + M - 1 - i). */
static void fewer_pictures_cover_less_as_the_formula_says(void **state)
{
    (void)state;
    enum { N = 4000, M = 1000, COLS = 4 };
    float *set = draw(M * COLS, 7), *real = draw(N * COLS, 8);
    double missed = 1;
    for (int i = 0; i < 5; i++)
        missed *= (N - 1.0 - i) / (N + M - 1.0 - i);
    assert_near(shares_of(set, M, real, N, COLS).coverage, 1 - missed, 0.02);
    free(set);
    free(real);
}

/* What is asked of the two sets is the same, so the answers differ by chance. */
static void two_gaussians_are_as_precise_as_they_are_recalled(void **state)
{
    (void)state;
    enum { N = 2000, COLS = 64 };
    float *set = draw(N * COLS, 9), *real = draw(N * COLS, 10);
    shares s = shares_of(set, N, real, N, COLS);
    assert_near(s.precision, s.recall, 0.05);
    assert_near(s.coverage, 1 - pow(2, -5), 0.015);
    free(set);
    free(real);
}

static void identical_sets_have_all_and_disjoint_ones_nothing(void **state)
{
    (void)state;
    enum { N = 200, COLS = 3 };
    float *real = draw(N * COLS, 11), *far = draw(N * COLS, 12);
    shares s = shares_of(real, N, real, N, COLS);
    assert_near(s.precision, 1, 0);
    assert_near(s.recall, 1, 0);
    assert_near(s.coverage, 1, 0);
    for (size_t i = 0; i < N * COLS; i++)
        far[i] += 100;
    assert_shares(shares_of(far, N, real, N, COLS), (shares){0}, 0);
    free(real);
    free(far);
}

/* ---- Planted faults ---- */

static void collapse_leaves_precision_and_takes_coverage(void **state)
{
    (void)state;
    enum { N = 1000, COLS = 4 };
    float *real = draw(N * COLS, 13), *set = draw(N * COLS, 14);
    /* every picture is nearly the mean one */
    for (size_t i = 0; i < N * COLS; i++)
        set[i] *= 0.01f;
    shares s = shares_of(set, N, real, N, COLS);
    assert_true(s.precision > 0.99 && s.density > 1);
    assert_true(s.coverage < 0.1 && s.recall < 0.01);
    free(real);
    free(set);
}

static void one_picture_many_times_is_found_by_recall_and_coverage(void **state)
{
    (void)state;
    enum { N = 1000, COLS = 4 };
    float *real = draw(N * COLS, 15), *set = draw(N * COLS, 16);
    for (size_t i = 0; i < N; i++)
        memcpy(set + i * COLS, real, COLS * sizeof *set);
    shares s = shares_of(set, N, real, N, COLS);
    assert_near(s.precision, 1, 0);
    assert_near(s.recall, 1.0 / N, 1e-12);
    assert_true(s.coverage <= 20.0 / N);
    free(real);
    free(set);
}

static void too_few_pictures_are_an_error_that_names_both_numbers(void **state)
{
    (void)state;
    float v[6] = {0, 1, 2, 3, 4, 5};
    judged_set five = {0}, six = {0};
    comparison c = {0};
    metric_result r = {0};
    error e = {0};
    judged_set_init_features(&five, matrix_view(v, 5, 1));
    judged_set_init_features(&six, matrix_view(v, 6, 1));
    comparison_init(&c, &six, &five, &context);
    assert_int_equal(metric_measure(&r, metric_find("coverage"), &c, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message, "coverage: there are 6 pictures and 5 real ones, expected at "
                                   "least 6 of either");
    comparison_release(&c);
    judged_set_release(&five);
    judged_set_release(&six);
}

/* ---- Fairness ---- */

/* Two classes apart, each of its own half of the real pictures. */
static void a_class_that_is_missing_is_all_of_the_gap(void **state)
{
    (void)state;
    enum { N = 1000, COLS = 3 };
    float *real = draw(N * COLS, 17), *set = draw(N * COLS, 18);
    uint8_t labels[N];
    judged_set of_set = {0}, of_real = {0};
    comparison c = {0};
    for (size_t i = 0; i < N; i++) {
        labels[i] = i % 4 == 0 ? 2 : 0;
        real[i * COLS] += labels[i] * 50.0f;
    }
    judged_set_init_features(&of_set, matrix_view(set, N, COLS));
    judged_set_init_features(&of_real, matrix_view(real, N, COLS));
    of_real.labels = labels;
    comparison_init(&c, &of_set, &of_real, &context);
    metric_result r = measured("fairness", &c);
    assert_int_equal(r.n_classes, 3);
    assert_near(r.by_class[2].value, 0, 0);
    assert_true(r.by_class[0].value > 0.95 && isnan(r.by_class[1].value));
    assert_near(r.value.value, r.by_class[0].value, 1e-15);
    assert_true(r.value.low < r.value.value && r.value.high > r.value.value);
    assert_near(part_of(&r, "best_class"), 0, 0);
    assert_near(part_of(&r, "worst_class"), 2, 0);
    assert_near(part_of(&r, "worst"), 0, 0);
    assert_near(0.75 * r.by_class[0].value, value_of("coverage", &c), 1e-12);
    metric_result_release(&r);
    comparison_release(&c);
    judged_set_release(&of_set);
    judged_set_release(&of_real);
    free(real);
    free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_those_of_all_pairs_with_duplicates_and_far_from_zero),
        cmocka_unit_test(shares_are_the_same_on_any_number_of_threads),
        cmocka_unit_test(edges_belong_to_narrow_balls_and_not_to_wide_ones),
        cmocka_unit_test(equal_distributions_have_coverage_0_969_and_density_1),
        cmocka_unit_test(fewer_pictures_cover_less_as_the_formula_says),
        cmocka_unit_test(two_gaussians_are_as_precise_as_they_are_recalled),
        cmocka_unit_test(identical_sets_have_all_and_disjoint_ones_nothing),
        cmocka_unit_test(collapse_leaves_precision_and_takes_coverage),
        cmocka_unit_test(one_picture_many_times_is_found_by_recall_and_coverage),
        cmocka_unit_test(too_few_pictures_are_an_error_that_names_both_numbers),
        cmocka_unit_test(a_class_that_is_missing_is_all_of_the_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
