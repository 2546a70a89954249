/* SPDX-License-Identifier: MIT */
/* tensor: the kernels that move parameters and change their gradients, each against its plain twin
 * in double at odd sizes on every dispatch level. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "kernel_cases.h"
#include "levels.h"
#include "use_threads.h"

static void adam_matches_its_formula(void **state)
{
    (void)state;
    static const adam_rates a = {0.01f, 1.5f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-7f};
    FOR_EACH_SIZE(n)
    {
        float *p = draw(n, 1, 61), *g = draw(n, 1, 62), *m = draw(n, 1, 63), *v = draw(n, 1, 64);
        double *want_p = allocate(n, sizeof *want_p), *want_m = allocate(n, sizeof *want_m);
        double *want_v = allocate(n, sizeof *want_v), *step = allocate(n, sizeof *step);
        for (size_t i = 0; i < n; i++) {
            v[i] *= v[i];
            want_m[i] = 0.9 * (double)m[i] + 0.1 * (double)g[i];
            want_v[i] = 0.999 * (double)v[i] + 0.001 * (double)g[i] * (double)g[i];
            step[i] = 0.01 * want_m[i] / (sqrt(1.5 * want_v[i]) + 1e-7);
            want_p[i] = (double)p[i] - step[i];
        }
        assert_true(adam_update(p, g, m, v, n, a));
        for (size_t i = 0; i < n; i++) {
            assert_close(&p[i], &want_p[i], 1, ULP, ULP * fabs(step[i]) * 10 + 1e-9);
            assert_close(&v[i], &want_v[i], 1, 3 * ULP, 0);
        }
        assert_close(m, want_m, n, 2 * ULP, 1e-7);
        free(p), free(g), free(m), free(v), free(want_p), free(want_m), free(want_v), free(step);
    }
}

static void rmsprop_matches_its_formula(void **state)
{
    (void)state;
    static const rmsprop_rates rates = {0.01f, 0.99f, 0.01f, 1e-3f};
    FOR_EACH_SIZE(n)
    {
        float *p = draw(n, 1, 61), *g = draw(n, 1, 62), *v = draw(n, 1, 64);
        double *want_p = allocate(n, sizeof *want_p), *want_v = allocate(n, sizeof *want_v);
        double *step = allocate(n, sizeof *step);
        for (size_t i = 0; i < n; i++) {
            v[i] *= v[i];
            want_v[i] = 0.99 * (double)v[i] + 0.01 * (double)g[i] * (double)g[i];
            step[i] = 0.01 * (double)g[i] / (sqrt(want_v[i]) + 1e-3);
            want_p[i] = (double)p[i] - step[i];
        }
        assert_true(rmsprop_update(p, g, v, n, rates));
        for (size_t i = 0; i < n; i++)
            assert_close(&p[i], &want_p[i], 1, ULP, ULP * fabs(step[i]) * 10 + 1e-9);
        assert_close(v, want_v, n, 3 * ULP, 0);
        free(p), free(g), free(v), free(want_p), free(want_v), free(step);
    }
}

/* Plainly, with momentum, and with Nesterov's look ahead. */
static void sgd_matches_its_formula(void **state)
{
    (void)state;
    static const sgd_rates kinds[] = {{0.05f, 0, false}, {0.05f, 0.9f, false}, {0.05f, 0.9f, true}};
    for (size_t k = 0; k < COUNT(kinds); k++)
        FOR_EACH_SIZE(n)
        {
            bool has_m = kinds[k].momentum > 0;
            float *p = draw(n, 1, 65), *g = draw(n, 1, 66), *m = draw(n, 1, 67);
            double *want_p = allocate(n, sizeof *want_p), *want_m = allocate(n, sizeof *want_m);
            for (size_t i = 0; i < n; i++) {
                want_m[i] = has_m ? 0.9 * (double)m[i] + (double)g[i] : (double)m[i];
                double step = !has_m                 ? (double)g[i]
                              : kinds[k].is_nesterov ? (double)g[i] + 0.9 * want_m[i]
                                                     : want_m[i];
                want_p[i] = (double)p[i] - 0.05 * step;
            }
            assert_true(sgd_update(p, g, has_m ? m : NULL, n, kinds[k]));
            assert_close(p, want_p, n, 2 * ULP, 2e-7);
            assert_close(m, want_m, n, 2 * ULP, 5e-7);
            free(p), free(g), free(m), free(want_p), free(want_m);
        }
}

static void an_average_moves_by_its_rate(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        float *average = draw(n, 1, 68), *p = draw(n, 1, 69);
        double *want = allocate(n, sizeof *want);
        for (size_t i = 0; i < n; i++)
            want[i] = (double)average[i] + ((double)p[i] - (double)average[i]) * (double)0.001f;
        average_update(average, p, n, 0.001f);
        assert_close(average, want, n, ULP, 1e-9);
        free(average), free(p), free(want);
    }
}

/* Wherever it stands, in the part of whichever thread. */
static void an_update_tells_when_a_parameter_stops_being_finite(void **state)
{
    (void)state;
    enum { N = 9001 };
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    static const size_t places[] = {0, 1, 15, 64, 4500, N - 2, N - 1};
    static const adam_rates a = {0.01f, 1.5f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-7f};
    for (size_t i = 0; i < COUNT(bad); i++)
        for (size_t k = 0; k < COUNT(places); k++) {
            float *p = draw(N, 1, 71), *g = draw(N, 1, 72), *m = allocate(N, sizeof *m);
            float *v = allocate(N, sizeof *v);
            g[places[k]] = bad[i];
            assert_false(adam_update(p, g, m, v, N, a));
            assert_int_equal(find_not_finite(p, N), places[k]);
            p[places[k]] = 0;
            v[places[k]] = 0;
            assert_false(rmsprop_update(p, g, v, N, (rmsprop_rates){.1f, .9f, .1f, 1e-7f}));
            for (int is_nesterov = 0; is_nesterov < 2; is_nesterov++) {
                memset(m, 0, N * sizeof *m);
                p[places[k]] = 0;
                assert_false(sgd_update(p, g, m, N, (sgd_rates){0.1f, 0.9f, is_nesterov}));
            }
            p[places[k]] = 0;
            assert_false(sgd_update(p, g, NULL, N, (sgd_rates){0.1f, 0, false}));
            p[places[k]] = 0;
            assert_int_equal(find_not_finite(p, N), N);
            free(p), free(g), free(m), free(v);
        }
}

/* An infinite v would freeze its parameter for good, and the parameter never shows it. */
static void an_update_tells_when_a_gradient_is_too_large_to_square(void **state)
{
    (void)state;
    enum { N = 67 };
    static const adam_rates a = {0.01f, 1.5f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-7f};
    for (size_t i = 0; i < 2 * N; i++) {
        float *p = draw(N, 1, 71), *g = draw(N, 1, 72), *m = allocate(N, sizeof *m);
        float *v = allocate(N, sizeof *v);
        g[i / 2] = -1e25f;
        assert_false(i % 2 ? adam_update(p, g, m, v, N, a)
                           : rmsprop_update(p, g, v, N, (rmsprop_rates){.1f, .9f, .1f, 1e-7f}));
        assert_int_equal(find_not_finite(p, N), N);
        assert_int_equal(find_not_finite(v, N), i / 2);
        free(p), free(g), free(m), free(v);
    }
}

/* ---- Gradients and parameters ---- */

static void shrinkage_is_the_gradient_of_its_penalty(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        float *g = draw(n, 1, 73), *w = draw(n, 1, 74);
        double *want = allocate(n, sizeof *want);
        for (size_t i = 0; i < n; i++) {
            w[i] *= i % 5 ? 1 : 0;
            double sign = (w[i] > 0) - (w[i] < 0);
            want[i] = (double)g[i] + (double)0.3f * sign + (double)0.7f * (double)w[i];
        }
        add_shrinkage(g, w, n, 0.3f, 0.7f);
        assert_close(g, want, n, 2 * ULP, 2e-7);
        free(g), free(w), free(want);
    }
}

static void all_are_scaled(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        float *v = draw(n, 1, 75), *w = draw(n, 1, 75);
        scale_all(v, n, 0.3f);
        for (size_t i = 0; i < n; i++)
            assert_true(v[i] == w[i] * 0.3f);
        free(v), free(w);
    }
}

static void all_are_clipped_but_a_nan(void **state)
{
    (void)state;
    FOR_EACH_SIZE(n)
    {
        float *v = draw(n, 1, 76), *w = draw(n, 1, 76);
        for (size_t i = 0; i < n && n > 65; i += 100)
            v[i] = i % 300 == 0 ? NAN : i % 200 ? INFINITY : -INFINITY;
        memcpy(w, v, n * sizeof *w);
        clip_all(v, n, 0.5f);
        for (size_t i = 0; i < n; i++)
            assert_true(isnan(w[i]) ? isnan(v[i])
                                    : v[i] == (w[i] > 0.5f    ? 0.5f
                                               : w[i] < -0.5f ? -0.5f
                                                              : w[i]));
        free(v), free(w);
    }
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam_matches_its_formula),
        cmocka_unit_test(rmsprop_matches_its_formula),
        cmocka_unit_test(sgd_matches_its_formula),
        cmocka_unit_test(an_average_moves_by_its_rate),
        cmocka_unit_test(an_update_tells_when_a_parameter_stops_being_finite),
        cmocka_unit_test(an_update_tells_when_a_gradient_is_too_large_to_square),
        cmocka_unit_test(shrinkage_is_the_gradient_of_its_penalty),
        cmocka_unit_test(all_are_scaled),
        cmocka_unit_test(all_are_clipped_but_a_nan),
    };
    return run_on_every_level("tensor_updates", tests, COUNT(tests));
}
