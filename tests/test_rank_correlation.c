/* SPDX-License-Identifier: MIT */
/* The rank correlation of two sets of numbers, with ties, against spearmanr of SciPy 1.17. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "tensor.h"

static void assert_correlation(const float *a, const float *b, size_t n, double want)
{
    assert_close(&(double){rank_correlation(a, b, n)}, &want, 1, 0, 1e-14);
    assert_close(&(double){rank_correlation(b, a, n)}, &want, 1, 0, 1e-14);
}

static void it_is_the_one_of_scipy(void **state)
{
    (void)state;
    assert_correlation((float[]){1, 2, 3, 4, 5}, (float[]){5, 6, 7, 8, 7}, 5, 0.8207826816681233);
    assert_correlation((float[]){1, 2, 2, 2, 7, 7, -3}, (float[]){0, 0, 0, 4, -1, 9, 9}, 7,
                       -0.2647058823529412);
    assert_correlation((float[]){0.5f, -0.25f, 3, 3, 1e-30f, -7},
                       (float[]){2, -1, -1, 0.75f, -1, 1e30f}, 6, -0.27721849663516385);
}

static void as_many_values_as_a_picture_has_with_many_ties(void **state)
{
    enum { N = 784 };
    float a[N], b[N];
    (void)state;
    for (int i = 0; i < N; i++) {
        a[i] = (float)(i * i * 37 % 101 - 50);
        b[i] = (float)((i * 53 + 7) % 89 - 44) + a[i] / 4;
    }
    assert_correlation(a, b, N, 0.2855968111681193);
}

static void only_the_order_counts(void **state)
{
    static const float a[] = {-3, -1e-20f, 0, 2, 1e9f}, b[] = {-9, -2, -1, -0.5f, 7};
    (void)state;
    assert_correlation(a, b, 5, 1);
    assert_correlation(a, (float[]){9, 2, 1, 0.5f, -7}, 5, -1);
}

static void zeros_of_both_signs_are_equal(void **state)
{
    (void)state;
    assert_correlation((float[]){-0.0f, 0, 1}, (float[]){0, -0.0f, 5}, 3, 1);
    assert_correlation((float[]){0, -0.0f, 1}, (float[]){2, 2, 3}, 3, 1);
}

static void what_has_no_order_has_no_correlation(void **state)
{
    static const float same[] = {2, 2, 2}, other[] = {1, 2, 3};
    (void)state;
    assert_true(isnan(rank_correlation(same, other, 3)));
    assert_true(isnan(rank_correlation(other, same, 3)));
    assert_true(isnan(rank_correlation(same, same, 3)));
    assert_true(isnan(rank_correlation(same, other, 1)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_one_of_scipy),
        cmocka_unit_test(as_many_values_as_a_picture_has_with_many_ties),
        cmocka_unit_test(only_the_order_counts),
        cmocka_unit_test(zeros_of_both_signs_are_equal),
        cmocka_unit_test(what_has_no_order_has_no_correlation),
    };
    return cmocka_run_group_tests_name("rank correlation", tests, NULL, NULL);
}
