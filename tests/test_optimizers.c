/* SPDX-License-Identifier: MIT */
/* nn: optimizers, against their formulas, against values solved by hand and against PyTorch's (the
 * golden numbers of tests/golden/make_golden_optimizers.py; never to be loosened). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "checkpoint.h"
#include "nn.h"
#include "use_threads.h"
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void optimizers_are_found_by_name(void **state)
{
    (void)state;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        assert_ptr_equal(optimizer_find(rule->name), rule);
        assert_true(*rule->summary && *rule->source && *rule->when);
    }
    assert_non_null(optimizer_find("adam"));
    assert_non_null(optimizer_find("sgd"));
    assert_non_null(optimizer_find("momentum"));
    assert_null(optimizer_find("Adam"));
    assert_null(optimizer_find(""));
}

/* Where n steps from 1 by these settings lead. */
static double led_to(optimizer_settings s, const float *g, size_t n)
{
    float p = 1;
    optimizer o;
    optimizer_init(&o, s, 1);
    for (size_t i = 0; i < n; i++)
        assert_true(optimizer_step(&o, &p, &g[i], 1.0));
    optimizer_release(&o);
    return (double)p;
}

/* m is 1, then 1.5: 1 - 0.1 (1 + 0.5) - 0.1 (1 + 0.75). v is 1, then 1: 1 - 0.1 * 2 - 0.1 * 1.
 * Equal gradients leave Adam's step at the rate: (1 * 0.95 - 0.1) 0.95 - 0.1. */
static void two_steps_lead_where_a_pencil_says(void **state)
{
    (void)state;
    static const float ones[2] = {1, 1}, two_one[2] = {2, 1};
    optimizer_settings nesterov = {optimizer_find("nesterov"), 0.1, 0.5, 0, 0, 0};
    optimizer_settings rmsprop = {optimizer_find("rmsprop"), 0.1, 0, 0.75, 0, 0};
    optimizer_settings adamw = {optimizer_find("adamw"), 0.1, 0.9, 0.999, 0, 0.5};
    double got[] = {led_to(nesterov, ones, 2), led_to(rmsprop, two_one, 2), led_to(adamw, ones, 2)};
    assert_close(got, ((double[]){0.675, 0.7, 0.7075}), 3, 1e-6, 0);
}

static bool is_rule(optimizer_settings s, const char *name)
{
    return strcmp(s.rule->name, name) == 0;
}

/* One step in double, of each rule as its paper has it. */
static void plain_step(optimizer_settings s, double t, double *p, double *m, double *v, double g)
{
    if (is_rule(s, "adam") || is_rule(s, "adamw")) {
        *p *= is_rule(s, "adamw") ? 1 - s.lr * s.decay : 1;
        *m = s.beta1 * *m + (1 - s.beta1) * g;
        *v = s.beta2 * *v + (1 - s.beta2) * g * g;
        *p -= s.lr * (*m / (1 - pow(s.beta1, t))) / (sqrt(*v / (1 - pow(s.beta2, t))) + s.eps);
    } else if (is_rule(s, "rmsprop")) {
        *v = s.beta2 * *v + (1 - s.beta2) * g * g;
        *p -= s.lr * g / (sqrt(*v) + s.eps);
    } else {
        *m = (is_rule(s, "sgd") ? 0 : s.beta1 * *m) + g;
        *p -= s.lr * (is_rule(s, "nesterov") ? g + s.beta1 * *m : *m);
    }
}

/* The change of the parameters is compared: of it, a wrong form of eps shows as 6e-3. */
static void optimizers_follow_their_formulas_over_ten_steps(void **state)
{
    (void)state;
    enum { N = 1025, STEPS = 10 };
    const optimizer_settings settings[] = {
        {optimizer_find("adam"), 1e-4, 0.9, 0.999, 1e-7, 9}, /* the decay is not for it */
        {optimizer_find("adam"), 2e-4, 0.5, 0.999, 1e-8, 9},
        {optimizer_find("adam"), 2e-4, 0.0, 0.99, 1e-2, 9},
        {optimizer_find("adamw"), 2e-4, 0.5, 0.99, 1e-7, 3},
        {optimizer_find("rmsprop"), 1e-4, 0.9, 0.99, 1e-3, 9},
        {optimizer_find("sgd"), 1e-2, 0.9, 0, 0, 9}, /* nor is beta1 */
        {optimizer_find("momentum"), 1e-2, 0.9, 0, 0, 9},
        {optimizer_find("nesterov"), 1e-2, 0.9, 0, 0, 9},
    };
    for (size_t k = 0; k < COUNT(settings); k++) {
        static float p[N], g[N];
        static double want[N], m[N], v[N], moved[N], want_moved[N];
        memset(m, 0, sizeof m);
        memset(v, 0, sizeof v);
        optimizer o;
        optimizer_init(&o, settings[k], N);
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
                optimizer_init(o, (optimizer_settings){rule, lr, 0.9, 0.999, 1e-7, 0.1}, 1);
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
    optimizer_init(&o, (optimizer_settings){optimizer_find("adam"), 1e-3, 0.9, 0.999, 1e-7, 0}, 1);
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
        optimizer_init(
            &o, (optimizer_settings){optimizer_find("adam"), rate, 0.5, 0.999999, eps, 0}, 1);
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
        optimizer_init(&o, (optimizer_settings){rule, 1e-3, 0.9, 0.999, 1e-7, 0.1}, 9);
        float p[9] = {0}, g[9] = {0};
        assert_true(optimizer_step(&o, p, g, 1.0));
        g[8] = NAN;
        assert_false(optimizer_step(&o, p, g, 1.0));
        optimizer_release(&o);
    }
}

static void optimizers_say_which_settings_they_read(void **state)
{
    (void)state;
    static const float g[2] = {0.7f, -0.2f};
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        const optimizer_settings s = {rule, 0.1, 0.9, 0.99, 1e-2, 0.1};
        optimizer_settings beta1 = s, beta2 = s, eps = s, decay = s;
        double there = led_to(s, g, 2);
        beta1.beta1 = 0.5;
        beta2.beta2 = 0.5;
        eps.eps = 1e-1;
        decay.decay = 0.5;
        assert_true((led_to(beta1, g, 2) != there) == !!(rule->reads & READS_BETA1));
        assert_true((led_to(beta2, g, 2) != there) == !!(rule->reads & READS_BETA2));
        assert_true((led_to(eps, g, 2) != there) == !!(rule->reads & READS_EPS));
        assert_true((led_to(decay, g, 2) != there) == !!(rule->reads & READS_DECAY));
    }
}

/* ---- PyTorch's ---- */

enum { GOLDEN_STEPS = 12, GOLDEN_N = 33 };

static void get_golden(float *v, const safetensors *s, const char *name, size_t n)
{
    const tensor_entry *t = safetensors_find(s, name);
    error e = {0};
    if (!t || t->n != n || safetensors_get(v, s, name, t->rank, t->shape, &e))
        fail_msg("%s: not there with %zu values", name, n);
}

static void check_golden(const safetensors *s, const optimizer_rule *rule)
{
    float p[GOLDEN_N], start[GOLDEN_N], want[GOLDEN_N];
    static float g[GOLDEN_STEPS][GOLDEN_N], factor[GOLDEN_STEPS];
    get_golden(p, s, "start", GOLDEN_N);
    get_golden(start, s, "start", GOLDEN_N);
    get_golden(want, s, rule->name, GOLDEN_N);
    get_golden(&g[0][0], s, "g", GOLDEN_STEPS * GOLDEN_N);
    get_golden(factor, s, "factor", GOLDEN_STEPS);
    optimizer o;
    optimizer_init(&o, (optimizer_settings){rule, 1e-2, 0.9, 0.99, 1e-4, 0.5}, GOLDEN_N);
    for (size_t k = 0; k < GOLDEN_STEPS; k++)
        assert_true(optimizer_step(&o, p, g[k], (double)factor[k]));
    optimizer_release(&o);
    for (size_t i = 0; i < GOLDEN_N; i++) {
        p[i] -= start[i];
        want[i] -= start[i];
    }
    assert_close_by_norm(p, want, GOLDEN_N, 1e-5);
}

static void updates_are_those_of_pytorch(void **state)
{
    (void)state;
    safetensors s = {0};
    error e = {0};
    if (safetensors_load(&s, "tests/golden/golden_optimizers.safetensors", &e))
        fail_msg("%s", e.message);
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++)
        check_golden(&s, rule);
    safetensors_release(&s);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimizers_are_found_by_name),
        cmocka_unit_test(two_steps_lead_where_a_pencil_says),
        cmocka_unit_test(optimizers_follow_their_formulas_over_ten_steps),
        cmocka_unit_test(a_factor_of_the_rate_is_as_another_rate),
        cmocka_unit_test(adam_still_moves_after_many_steps),
        cmocka_unit_test(adam_follows_its_formula_where_v_underflows),
        cmocka_unit_test(an_optimizer_tells_of_a_parameter_that_is_not_finite),
        cmocka_unit_test(optimizers_say_which_settings_they_read),
        cmocka_unit_test(updates_are_those_of_pytorch),
    };
    return cmocka_run_group_tests_name("optimizers", tests, NULL, NULL);
}
