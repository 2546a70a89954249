/* SPDX-License-Identifier: MIT */
/* Whether methods order the inputs in the same way and name the same: by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/trust/measure_detail.h"
#include "scene.h"
#include <stdlib.h>

enum { N = 20 };
static const float ones[N] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const explain_method some_method = {.name = "some"};

/* Maps over N components of z = (1, 1 ...), measured from 0; each is a method's unless it is said.
 */
static attribution map_of(float *v, array_sign sign)
{
    return (attribution){.name = "map",
                         .method = &some_method,
                         .predicts = PREDICTS_CHANGE,
                         .sign = sign,
                         .n = N,
                         .values = v};
}

static double measured(const char *name, attribution *all, size_t n, size_t of)
{
    float nothing[N] = {0};
    const baseline_rows baseline = {.n = 1, .rows = nothing};
    const target_function f = {.n = N, .at = ones, .input = INPUT_Z};
    const attribution_list list = {.input = INPUT_Z, .all = all, .n = n};
    estimate found = {0};
    for (size_t i = 0; trust_measures[i]; i++)
        if (strcmp(trust_measures[i]->name, name) == 0)
            trust_measures[i]->measure(
                &found,
                &(trust_subject){.f = &f, .baseline = &baseline, .all = &list, .of = &all[of]});
    return found.value;
}

static void fill_rising(float v[N])
{
    for (int i = 0; i < N; i++)
        v[i] = (float)(i + 1);
}

static void fill_falling(float v[N])
{
    for (int i = 0; i < N; i++)
        v[i] = (float)(N - i);
}

static void it_is_the_mean_over_the_others(void **state)
{
    float a[N], b[N], c[N];
    fill_rising(a);
    fill_rising(b);
    fill_falling(c);
    attribution all[] = {map_of(a, SIGN_SIGNED), map_of(b, SIGN_SIGNED), map_of(c, SIGN_SIGNED)};
    (void)state;
    assert_close(&(double){measured("agreement", all, 3, 0)}, &(double){0}, 1, 0, 1e-12);
    assert_close(&(double){measured("agreement", all, 3, 2)}, &(double){-1}, 1, 0, 1e-12);
    assert_close(&(double){measured("agreement", all, 2, 0)}, &(double){1}, 1, 0, 1e-12);
    assert_true(isnan(measured("agreement", all, 1, 0)));
}

/* Ten of 0 and ten of 1 against 1 to 20: ranks 5.5 and 15.5 against 1 to 20. */
static void ties_share_the_mean_of_their_ranks(void **state)
{
    float a[N], b[N];
    fill_rising(a);
    for (int i = 0; i < N; i++)
        b[i] = i < N / 2 ? 0 : 1;
    attribution all[] = {map_of(a, SIGN_SIGNED), map_of(b, SIGN_SIGNED)};
    (void)state;
    /* sum of 20 |5 (i - 10.5)| / sqrt(20 * 25 * 665) */
    assert_close(&(double){measured("agreement", all, 2, 0)}, &(double){500 / sqrt(500.0 * 665)}, 1,
                 1e-12, 0);
}

static void a_map_without_an_order_is_passed_over(void **state)
{
    float a[N], b[N], zeros[N] = {0};
    fill_rising(a);
    fill_rising(b);
    attribution all[] = {map_of(a, SIGN_SIGNED), map_of(zeros, SIGN_SIGNED),
                         map_of(b, SIGN_SIGNED)};
    (void)state;
    assert_close(&(double){measured("agreement", all, 3, 0)}, &(double){1}, 1, 0, 1e-12);
    assert_true(isnan(measured("agreement", all, 3, 1)));
    assert_close(&(double){measured("top-overlap", all, 3, 0)}, &(double){1}, 1, 0, 0);
    assert_true(isnan(measured("top-overlap", all, 3, 1)));
}

static void controls_and_maps_without_sign_do_not_count(void **state)
{
    float a[N], b[N], c[N], d[N];
    fill_rising(a);
    fill_rising(b);
    fill_falling(c);
    fill_falling(d);
    attribution all[] = {map_of(a, SIGN_SIGNED), map_of(b, SIGN_SIGNED), map_of(c, SIGN_MAGNITUDE),
                         map_of(d, SIGN_SIGNED)};
    (void)state;
    all[3].method = NULL;
    assert_close(&(double){measured("agreement", all, 4, 0)}, &(double){1}, 1, 0, 1e-12);
    /* the strongest are the other ten */
    assert_close(&(double){measured("top-overlap", all, 4, 0)}, &(double){0.5}, 1, 0, 0);
}

/* Values -20 to -1, by their sizes the other way round. */
static void a_map_without_sign_is_held_against_sizes(void **state)
{
    float a[N], b[N];
    for (int i = 0; i < N; i++)
        a[i] = (float)(i - N);
    fill_falling(b);
    attribution all[] = {map_of(a, SIGN_SIGNED), map_of(b, SIGN_MAGNITUDE)};
    (void)state;
    assert_close(&(double){measured("agreement", all, 2, 1)}, &(double){1}, 1, 0, 1e-12);
}

static void a_sign_turned_is_seen_in_order_and_not_among_the_strongest(void **state)
{
    float a[N], b[N];
    fill_rising(a);
    for (int i = 0; i < N; i++)
        b[i] = -a[i];
    attribution all[] = {map_of(a, SIGN_SIGNED), map_of(b, SIGN_SIGNED)};
    (void)state;
    assert_close(&(double){measured("agreement", all, 2, 1)}, &(double){-1}, 1, 0, 1e-12);
    assert_true(measured("top-overlap", all, 2, 1) == 1);
}

static void the_ten_strongest_of_z_are_compared(void **state)
{
    float a[N], b[N];
    attribution all[] = {map_of(a, SIGN_SIGNED), map_of(b, SIGN_SIGNED)};
    (void)state;
    for (int i = 0; i < N; i++) { /* 0 to 9 are a's strongest, 3 to 12 are b's */
        a[i] = i < 10 ? 5 : 1;
        b[i] = i >= 3 && i < 13 ? -5 : 1;
    }
    assert_close(&(double){measured("top-overlap", all, 2, 0)}, &(double){0.7}, 1, 1e-12, 0);
}

static void a_rate_counts_times_the_way_from_the_baseline(void **state)
{
    float rates[N], changes[N], at[N], nothing[N] = {0};
    const baseline_rows baseline = {.n = 1, .rows = nothing};
    const target_function f = {.n = N, .at = at, .input = INPUT_Z};
    (void)state;
    for (int i = 0; i < N; i++) {
        at[i] = (float)(N - i);
        rates[i] = 1;
        changes[i] = (float)(N - i) * 3;
    }
    attribution all[] = {map_of(rates, SIGN_SIGNED), map_of(changes, SIGN_SIGNED)};
    all[0].predicts = PREDICTS_RATE;
    const attribution_list list = {.input = INPUT_Z, .all = all, .n = 2};
    estimate found = {0};
    const trust_subject s = {.f = &f, .baseline = &baseline, .all = &list, .of = all};
    for (size_t i = 0; trust_measures[i]; i++) {
        const char *name = trust_measures[i]->name;
        if (strcmp(name, "agreement") != 0 && strcmp(name, "top-overlap") != 0)
            continue;
        trust_measures[i]->measure(&found, &s);
        assert_close(&found.value, &(double){1}, 1, 0, 1e-12);
    }
}

static double overlap_of(float *a, float *b, size_t n)
{
    float nothing[N] = {0};
    attribution all[] = {map_of(a, SIGN_SIGNED), map_of(b, SIGN_SIGNED)};
    const baseline_rows baseline = {.n = 1, .rows = nothing};
    const target_function f = {.n = n, .at = ones, .input = INPUT_Z};
    all[0].n = all[1].n = n;
    const attribution_list list = {.input = INPUT_Z, .all = all, .n = 2};
    estimate found = {0};
    for (size_t i = 0; trust_measures[i]; i++)
        if (strcmp(trust_measures[i]->name, "top-overlap") == 0)
            trust_measures[i]->measure(
                &found, &(trust_subject){.f = &f, .baseline = &baseline, .all = &list, .of = all});
    return found.value;
}

static void of_few_components_half_are_compared(void **state)
{
    float rising[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, falling[] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    (void)state;
    assert_true(overlap_of(rising, falling, 10) == 0);
    assert_true(overlap_of(rising, rising, 10) == 1);
    assert_true(isnan(overlap_of(rising, falling, 1)));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_mean_over_the_others),
        cmocka_unit_test(ties_share_the_mean_of_their_ranks),
        cmocka_unit_test(a_map_without_an_order_is_passed_over),
        cmocka_unit_test(controls_and_maps_without_sign_do_not_count),
        cmocka_unit_test(a_map_without_sign_is_held_against_sizes),
        cmocka_unit_test(a_sign_turned_is_seen_in_order_and_not_among_the_strongest),
        cmocka_unit_test(the_ten_strongest_of_z_are_compared),
        cmocka_unit_test(a_rate_counts_times_the_way_from_the_baseline),
        cmocka_unit_test(of_few_components_half_are_compared),
    };
    return cmocka_run_group_tests_name("agreement of methods", tests, NULL, NULL);
}
