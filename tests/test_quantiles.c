/* SPDX-License-Identifier: MIT */
/* Quantiles of numbers, and the shares that these tell. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "tensor.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void assert_same(const float *got, const float *want, size_t n)
{
    assert_memory_equal(got, want, n * sizeof *got);
}

/* numpy.quantile([3, -1, 4, 1.5], [0, 0.25, 0.5, 0.75, 1]), of the default method, type 7. */
static void quantiles_lie_straight_between_the_sorted_values(void **state)
{
    (void)state;
    float v[] = {3, -1, 4, 1.5f}, got[5];
    quantiles_find(got, 5, v, 4);
    assert_same(got, (float[]){-1, 0.875f, 2.25f, 3.25f, 4}, 5);
    assert_same(v, (float[]){-1, 1.5f, 3, 4}, 4);
}

static void as_many_values_as_quantiles_are_their_own(void **state)
{
    (void)state;
    float v[] = {5, 1, 1, -2, 7}, got[5];
    quantiles_find(got, 5, v, 5);
    assert_same(got, (float[]){-2, 1, 1, 5, 7}, 5);
}

static void one_value_is_all_quantiles(void **state)
{
    (void)state;
    float v[] = {0.3f}, got[3];
    quantiles_find(got, 3, v, 1);
    assert_same(got, (float[]){0.3f, 0.3f, 0.3f}, 3);
}

static void quantiles_never_fall(void **state)
{
    (void)state;
    enum { N = 777, N_Q = 101 };
    float v[N], got[N_Q];
    rng r = rng_init(1, rng_stream(STREAM_PROBE, 0));
    rng_fill_normal(&r, v, N);
    v[5] = 3e38f, v[6] = -3e38f;
    quantiles_find(got, N_Q, v, N);
    for (size_t i = 1; i < N_Q; i++)
        assert_true(got[i] >= got[i - 1]);
    assert_true(got[0] == -3e38f && got[N_Q - 1] == 3e38f);
}

static void a_share_is_straight_between_two_quantiles(void **state)
{
    (void)state;
    static const float q[] = {-1, 0, 0, 2, 6};
    static const struct {
        double v, share;
    } cases[] = {
        {-1e9, 0},   {-1, 0},    {-0.5, 0.125}, {0, 0.25}, /* those that are equal are not less */
        {1e-9, 0.5}, {1, 0.625}, {2, 0.75},     {3, 0.8125}, {6, 1}, {6.1, 1}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        double got = quantiles_share_below(q, 5, cases[i].v);
        assert_close(&got, &cases[i].share, 1, 0, 1e-8);
    }
}

static void of_one_value_all_or_none_are_less(void **state)
{
    (void)state;
    static const float q[] = {2, 2, 2};
    assert_true(quantiles_share_below(q, 3, 1.9) == 0 && quantiles_share_below(q, 3, 2) == 0);
    assert_true(quantiles_share_below(q, 3, 2.1) == 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_lie_straight_between_the_sorted_values),
        cmocka_unit_test(as_many_values_as_quantiles_are_their_own),
        cmocka_unit_test(one_value_is_all_quantiles),
        cmocka_unit_test(quantiles_never_fall),
        cmocka_unit_test(a_share_is_straight_between_two_quantiles),
        cmocka_unit_test(of_one_value_all_or_none_are_less),
    };
    return cmocka_run_group_tests_name("quantiles", tests, NULL, NULL);
}
