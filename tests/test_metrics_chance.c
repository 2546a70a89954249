/* SPDX-License-Identifier: MIT */
/* metrics: intervals, against what they are defined by. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/metrics/metrics_detail.h"
#include "use_threads.h"
#include <stdlib.h>

static void assert_near(double got, double want, double rtol, double atol)
{
    assert_close(&got, &want, 1, rtol, atol);
}

static comparison *seeded(uint64_t seed)
{
    static metric_context context;
    static comparison c;
    context.seed = seed;
    c.context = &context;
    return &c;
}

/* 1.96 deviations of a mean on either side, but for the resamples' own chance. */
static void resamples_of_a_mean_spread_as_the_mean_does(void **state)
{
    enum { N = 5000 };
    float drawn[N];
    double items[N], total = 0, squares = 0;
    rng r = rng_init(3, 0);
    (void)state;
    rng_fill_normal(&r, drawn, N);
    for (size_t i = 0; i < N; i++) {
        items[i] = 5 + 2 * (double)drawn[i];
        total += items[i];
    }
    for (size_t i = 0; i < N; i++)
        squares += (items[i] - total / N) * (items[i] - total / N);
    double deviation = sqrt(squares / N / N);
    estimate e = mean_estimate(items, N, seeded(1));
    assert_near(e.value, total / N, 1e-14, 0);
    assert_near((e.high - e.value) / deviation, 1.96, 0, 0.25);
    assert_near((e.value - e.low) / deviation, 1.96, 0, 0.25);
}

static void resamples_depend_on_the_seed_but_not_on_threads(void **state)
{
    enum { N = 3000 };
    double items[N];
    estimate e[3];
    (void)state;
    for (size_t i = 0; i < N; i++)
        items[i] = (double)(i % 7);
    for (size_t k = 0; k < 3; k++) {
        use_threads(k == 1 ? 2 : 1);
        e[k] = mean_estimate(items, N, seeded(k == 2 ? 9 : 8));
    }
    assert_memory_equal(&e[0], &e[1], sizeof *e);
    assert_true(e[0].low != e[2].low && e[0].value == e[2].value);
}

static void equal_items_leave_no_doubt(void **state)
{
    double items[1500];
    (void)state;
    for (size_t i = 0; i < 1500; i++)
        items[i] = 0.1;
    estimate e = mean_estimate(items, 1500, seeded(1));
    assert_true(e.low == e.value && e.high == e.value);
}

/* Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20 and 1 of 29. */
static void the_interval_of_a_share_is_wilsons(void **state)
{
    static const struct {
        size_t n_hits, n;
        double low, high;
    } known[] = {{81, 263, 0.2553, 0.3662},
                 {15, 148, 0.0624, 0.1605},
                 {0, 20, 0.0, 0.1611},
                 {1, 29, 0.0061, 0.1718},
                 {20, 20, 0.8389, 1.0}};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        estimate e = share_estimate(known[i].n_hits, known[i].n);
        assert_near(e.value, (double)known[i].n_hits / (double)known[i].n, 1e-15, 0);
        assert_near(e.low, known[i].low, 0, 5.1e-5);
        assert_near(e.high, known[i].high, 0, 5.1e-5);
    }
}

static void none_and_all_are_within_their_intervals(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 300; n++) {
        assert_true(share_estimate(0, n).low == 0);
        assert_true(share_estimate(n, n).high == 1);
    }
}

/* 1, 2, 3, 4, 5 deviate by sqrt(2.5). */
/* 56 of 70 less 48 of 80: Newcombe's table II, (a), method 10. */
static void the_interval_of_a_difference_is_newcombes(void **state)
{
    estimate d = share_difference(share_estimate(56, 70), share_estimate(48, 80)), want;
    (void)state;
    want = (estimate){0.2, 0.0524, 0.3339};
    assert_close(&d.value, &want.value, 1, 0.0, 1e-12);
    assert_close(&d.low, &want.low, 1, 0.0, 5e-5);
    assert_close(&d.high, &want.high, 1, 0.0, 5e-5);
}

static void the_interval_of_blocks_is_students(void **state)
{
    static const double block[] = {3, 1, 5, 2, 4}, two[] = {1, 3};
    (void)state;
    estimate e = block_estimate(10, block, 5, 0.2);
    assert_near(e.value, 10, 0, 0);
    assert_near(e.high - 10, 2.776445 * sqrt(0.5), 1e-12, 0);
    assert_near(10 - e.low, 2.776445 * sqrt(0.5), 1e-12, 0);
    assert_near(block_estimate(2, two, 2, 0.5).high, 2 + 12.706205, 1e-12, 0);
}

static void an_order_holds_every_picture_once(void **state)
{
    bool is_there[100] = {0};
    size_t n_moved = 0;
    uint32_t *order = draw_order(100, seeded(1), DRAW_BLOCKS_OF_SET);
    (void)state;
    for (size_t i = 0; i < 100; i++) {
        assert_true(order[i] < 100 && !is_there[order[i]]);
        is_there[order[i]] = true;
        n_moved += order[i] != i;
    }
    assert_true(n_moved > 50);
    free(order);
}

static void rows_are_taken_by_their_numbers(void **state)
{
    float v[] = {0, 1, 9, 2, 3, 9, 4, 5, 9}, want[] = {4, 5, 0, 1, 4, 5};
    static const uint32_t row[] = {2, 0, 2};
    (void)state;
    matrix taken = take_rows((matrix){v, 3, 2, 3}, row, 3);
    assert_int_equal(taken.rows, 3);
    assert_int_equal(taken.stride, 2);
    assert_memory_equal(taken.data, want, sizeof want);
    free(taken.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resamples_of_a_mean_spread_as_the_mean_does),
        cmocka_unit_test(resamples_depend_on_the_seed_but_not_on_threads),
        cmocka_unit_test(equal_items_leave_no_doubt),
        cmocka_unit_test(the_interval_of_a_share_is_wilsons),
        cmocka_unit_test(none_and_all_are_within_their_intervals),
        cmocka_unit_test(the_interval_of_a_difference_is_newcombes),
        cmocka_unit_test(the_interval_of_blocks_is_students),
        cmocka_unit_test(an_order_holds_every_picture_once),
        cmocka_unit_test(rows_are_taken_by_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
