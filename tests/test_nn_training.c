/* SPDX-License-Identifier: MIT */
/* nn: optimizers, against their formulas. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "nets.h"
#include "use_threads.h"
#include <float.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Optimizers ---- */

static void optimizers_are_found_by_name(void **state)
{
    (void)state;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        assert_ptr_equal(optimizer_find(rule->name), rule);
        assert_true(*rule->summary && *rule->source);
    }
    assert_non_null(optimizer_find("adam"));
    assert_non_null(optimizer_find("sgd"));
    assert_non_null(optimizer_find("momentum"));
    assert_null(optimizer_find("Adam"));
    assert_null(optimizer_find(""));
}

static bool is_rule(optimizer_settings s, const char *name)
{
    return strcmp(s.rule->name, name) == 0;
}

/* One step in double, of each rule as its paper has it. */
static void plain_step(optimizer_settings s, double t, double *p, double *m, double *v, double g)
{
    if (is_rule(s, "adam")) {
        *m = s.beta1 * *m + (1 - s.beta1) * g;
        *v = s.beta2 * *v + (1 - s.beta2) * g * g;
        *p -= s.lr * (*m / (1 - pow(s.beta1, t))) / (sqrt(*v / (1 - pow(s.beta2, t))) + s.eps);
    } else {
        *m = (is_rule(s, "momentum") ? s.beta1 * *m : 0) + g;
        *p -= s.lr * *m;
    }
}

/* The change of the parameters is compared: of it, a wrong form of eps shows as 6e-3. */
static void optimizers_follow_their_formulas_over_ten_steps(void **state)
{
    (void)state;
    enum { N = 1025, STEPS = 10 };
    const optimizer_settings settings[] = {
        {optimizer_find("adam"), 1e-4, 0.9, 0.999, 1e-7},
        {optimizer_find("adam"), 2e-4, 0.5, 0.999, 1e-8},
        {optimizer_find("adam"), 2e-4, 0.0, 0.99, 1e-2},
        {optimizer_find("sgd"), 1e-2, 0.9, 0, 0}, /* beta1 is not for it */
        {optimizer_find("momentum"), 1e-2, 0.9, 0, 0},
    };
    for (size_t k = 0; k < COUNT(settings); k++) {
        static float p[N], g[N];
        static double want[N], m[N], v[N], moved[N], want_moved[N];
        memset(m, 0, sizeof m);
        memset(v, 0, sizeof v);
        optimizer o;
        optimizer_init(&o, settings[k], N);
        assert_true(!o.m == is_rule(settings[k], "sgd"));
        assert_true(!o.v == !is_rule(settings[k], "adam"));
        rng r = rng_init(9, k);
        rng_fill_normal(&r, p, N);
        for (size_t i = 0; i < N; i++)
            want[i] = moved[i] = (double)(p[i] *= 0.01f);
        for (int step = 1; step <= STEPS; step++) {
            rng_fill_normal(&r, g, N);
            for (size_t i = 0; i < N; i++) {
                g[i] *= i % 3 ? 1e-2f : 1e-6f; /* also where eps counts */
                plain_step(settings[k], step, &want[i], &m[i], &v[i], (double)g[i]);
            }
            assert_true(optimizer_step(&o, p, g, 1.0));
            assert_int_equal(o.step, step);
        }
        for (size_t i = 0; i < N; i++) {
            want_moved[i] = want[i] - moved[i];
            moved[i] = (double)p[i] - moved[i];
        }
        assert_close_by_norm(moved, want_moved, N, 5e-6);
        if (o.m)
            assert_close_by_norm(o.m, m, N, 1e-6);
        if (o.v)
            assert_close_by_norm(o.v, v, N, 1e-6);
        optimizer_release(&o);
        optimizer_release(&o); /* zeroed: allowed */
    }
}

/* Bit for bit: a schedule that says 1 is none. */
static void a_factor_of_the_rate_is_as_another_rate(void **state)
{
    (void)state;
    static const double factors[] = {1.0, 0.25, 0.0};
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++)
        for (size_t k = 0; k < COUNT(factors); k++) {
            float p[2] = {0.5f, 0.5f}, g[2] = {1e-3f, -2};
            optimizer scheduled, constant;
            for (size_t i = 0; i < 2; i++) {
                optimizer *o = i ? &constant : &scheduled;
                double lr = i ? 1e-3 * factors[k] : 1e-3, factor = i ? 1.0 : factors[k];
                optimizer_init(o, (optimizer_settings){rule, lr, 0.9, 0.999, 1e-7}, 1);
                for (int step = 0; step < 3; step++)
                    assert_true(optimizer_step(o, &p[i], &g[step % 2], factor));
                optimizer_release(o);
            }
            assert_memory_equal(&p[0], &p[1], sizeof *p);
            assert_true((p[0] == 0.5f) == (factors[k] == 0.0));
        }
}

/* After 10,000 steps beta1^t is gone and 1 - beta2^t is near one: no overflow, no stall. */
static void adam_still_moves_after_many_steps(void **state)
{
    (void)state;
    optimizer o;
    optimizer_init(&o, (optimizer_settings){optimizer_find("adam"), 1e-3, 0.9, 0.999, 1e-7}, 1);
    float p = 0, g = 2;
    o.step = UINT64_C(1) << 40;
    o.m[0] = 2;
    o.v[0] = 4;
    assert_true(optimizer_step(&o, &p, &g, 1.0));
    double got = (double)p, want = -1e-3;
    assert_close(&got, &want, 1, 1e-6, 0);
    optimizer_release(&o);
}

/* v of a gradient below 1e-16 lies under float's normal numbers: 1e-15, the least of --eps, hides
 * what it loses there, for any beta2. */
static void adam_follows_its_formula_where_v_underflows(void **state)
{
    (void)state;
    const double rate = 1e-3, eps = 1e-15;
    for (float g = 1e-6f; g > 1e-25f; g /= 3) {
        optimizer o;
        optimizer_init(&o, (optimizer_settings){optimizer_find("adam"), rate, 0.5, 0.999999, eps},
                       1);
        float p = 0;
        assert_true(optimizer_step(&o, &p, &g, 1.0));
        double got = (double)p, want = -rate * (double)g / ((double)g + eps);
        assert_close(&got, &want, 1, 1e-4, 0);
        optimizer_release(&o);
    }
}

static void an_optimizer_tells_of_a_parameter_that_is_not_finite(void **state)
{
    (void)state;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        optimizer o;
        optimizer_init(&o, (optimizer_settings){rule, 1e-3, 0.9, 0.999, 1e-7}, 9);
        float p[9] = {0}, g[9] = {0};
        assert_true(optimizer_step(&o, p, g, 1.0));
        g[8] = NAN;
        assert_false(optimizer_step(&o, p, g, 1.0));
        optimizer_release(&o);
    }
}

/* Where two steps from 1 by these settings lead. */
static float led_to(optimizer_settings s)
{
    static const float g[2] = {0.7f, -0.2f};
    float p = 1;
    optimizer o;
    optimizer_init(&o, s, 1);
    for (size_t i = 0; i < 2; i++)
        assert_true(optimizer_step(&o, &p, &g[i], 1.0));
    optimizer_release(&o);
    return p;
}

static void optimizers_say_which_settings_they_read(void **state)
{
    (void)state;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        const optimizer_settings s = {rule, 0.1, 0.9, 0.99, 1e-2};
        optimizer_settings beta1 = s, beta2 = s, eps = s;
        float there = led_to(s);
        beta1.beta1 = 0.5;
        beta2.beta2 = 0.5;
        eps.eps = 1e-1;
        assert_true((led_to(beta1) != there) == !!(rule->reads & READS_BETA1));
        assert_true((led_to(beta2) != there) == !!(rule->reads & READS_BETA2));
        assert_true((led_to(eps) != there) == !!(rule->reads & READS_EPS));
    }
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizers_are_found_by_name),
        cmocka_unit_test(optimizers_follow_their_formulas_over_ten_steps),
        cmocka_unit_test(a_factor_of_the_rate_is_as_another_rate),
        cmocka_unit_test(adam_still_moves_after_many_steps),
        cmocka_unit_test(adam_follows_its_formula_where_v_underflows),
        cmocka_unit_test(an_optimizer_tells_of_a_parameter_that_is_not_finite),
        cmocka_unit_test(optimizers_say_which_settings_they_read),
    };
    return cmocka_run_group_tests_name("nn_training", tests, NULL, NULL);
}
