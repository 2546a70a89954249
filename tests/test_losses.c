/* SPDX-License-Identifier: MIT */
/* nn: adversarial losses, against cases solved by hand, central differences of their values, and
 * PyTorch's autograd in float64 (tests/golden/make_golden_losses.py). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "checkpoint.h"
#include "use_threads.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const names[] = {"nonsaturating", "minimax", "lsgan",       "wgan",
                                    "wgan-gp",       "hinge",   "relativistic"};

static void losses_are_found_by_name(void **state)
{
    (void)state;
    size_t n = 0;
    for (const adversarial_loss *l = adversarial_losses; l->name; l++, n++) {
        assert_string_equal(l->name, names[n]);
        assert_ptr_equal(adversarial_loss_find(l->name), l);
        assert_true(*l->summary && *l->source && *l->when);
    }
    assert_int_equal(n, COUNT(names));
    assert_null(adversarial_loss_find("wasserstein-ish"));
}

/* ---- By hand ---- */

/* Logits (real 0 and 2, generated 0 and -3) and what comes of them, all before the mean over two.
 */
static const struct {
    const char *name;
    double d, g, d_real[2], d_fake[2], g_fake[2];
} by_hand[] = {
    /* s(v) = log(1 + e^v): s(0) = 0.693147, s(-2) = 0.126928, s(-3) = 0.048587, s(3) = 3.048587;
     * their slopes 0.5, 0.119203, 0.047426, 0.952574. */
    {"nonsaturating",
     0.69314718 + 0.12692801 + 0.69314718 + 0.04858735,
     0.69314718 + 3.04858735,
     {-0.5, -0.11920292},
     {0.5, 0.04742587},
     {-0.5, -0.95257413}},
    {"minimax",
     0.69314718 + 0.12692801 + 0.69314718 + 0.04858735,
     -0.69314718 - 0.04858735,
     {-0.5, -0.11920292},
     {0.5, 0.04742587},
     {-0.5, -0.04742587}},
    /* Real ones are 1 and 1 from 1; generated ones 0 and 3 from 0, 1 and 4 from 1. */
    {"lsgan", 0.5 * (1 + 1 + 0 + 9), 0.5 * (1 + 16), {-1, 1}, {0, -3}, {-1, -4}},
    {"wgan", -3 - 2, 3, {-1, -1}, {1, 1}, {-1, -1}},
    {"wgan-gp", -3 - 2, 3, {-1, -1}, {1, 1}, {-1, -1}},
    {"hinge", 1 + 0 + 1 + 0, 3, {-1, 0}, {1, 0}, {-1, -1}},
    /* The pairs differ by 0 and 5; s(-5) = 0.006715, s(5) = 5.006715. */
    {"relativistic",
     0.69314718 + 0.00671535,
     0.69314718 + 5.00671535,
     {-0.5, -0.00669285},
     {0.5, 0.00669285},
     {-0.5, -0.99330715}},
};

static void assert_halves(const float got[2], const double want[2])
{
    const double halves[2] = {want[0] / 2, want[1] / 2};
    assert_close(got, halves, 2, 1e-6, 0);
}

static void losses_of_two_pictures_are_solved_by_hand(void **state)
{
    (void)state;
    static const float real[2] = {0, 2}, fake[2] = {0, -3};
    for (size_t i = 0; i < COUNT(by_hand); i++) {
        const adversarial_loss *l = adversarial_loss_find(by_hand[i].name);
        float d_real[2], d_fake[2], g_fake[2];
        double d = 2 * l->discriminator(real, fake, 2, d_real, d_fake);
        double g = 2 * l->generator(l->generator_reads_real ? real : NULL, fake, 2, g_fake);
        assert_close(&d, &by_hand[i].d, 1, 1e-7, 0);
        assert_close(&g, &by_hand[i].g, 1, 1e-7, 0);
        assert_halves(d_real, by_hand[i].d_real);
        assert_halves(d_fake, by_hand[i].d_fake);
        assert_halves(g_fake, by_hand[i].g_fake);
    }
    assert_int_equal(COUNT(by_hand), COUNT(names));
}

/* With a target of 0.75: cross entropy of 0.75 and 0.25 on either side, or distances from 0.75. */
static void smoothed_targets_are_solved_by_hand(void **state)
{
    (void)state;
    static const float real[1] = {2};
    const double change[] = {0.25 * (2.12692801 - 0.12692801), 0.5 * (1.25 * 1.25 - 1)};
    const double slope = 0.25;
    static const char *const with_targets[] = {"nonsaturating", "lsgan"};
    for (size_t i = 0; i < 2; i++) {
        float d = 0;
        double got = adversarial_loss_find(with_targets[i])->smoothing(real, 1, 0.25, &d);
        assert_close(&got, &change[i], 1, 1e-7, 0);
        assert_close(&d, &slope, 1, 0, 0);
    }
    for (const adversarial_loss *l = adversarial_losses; l->name; l++)
        assert_int_equal(!!l->smoothing, l < adversarial_losses + 3);
}

/* The hinge's slope is 0 where it begins, as torch.relu has it. */
static void the_hinge_has_no_slope_at_its_kink(void **state)
{
    (void)state;
    static const float real[1] = {1}, fake[1] = {-1};
    float d_real[1], d_fake[1];
    double value = adversarial_loss_find("hinge")->discriminator(real, fake, 1, d_real, d_fake);
    assert_true(value == 0 && d_real[0] == 0 && d_fake[0] == 0);
}

/* At a boundary D is pulled to both sides alike; there is none where its loss stays what it is as
 * all logits move. */
static void a_boundary_is_where_the_sides_are_alike(void **state)
{
    (void)state;
    for (const adversarial_loss *l = adversarial_losses; l->name; l++) {
        bool has_one = !isnan(l->boundary);
        float at = has_one ? (float)l->boundary : 0, far = at + 3, d_real, d_fake, unused[2];
        double value = l->discriminator(&at, &at, 1, &d_real, &d_fake);
        double value_far = l->discriminator(&far, &far, 1, unused, unused + 1);
        assert_true(d_real < 0 && d_real == -d_fake);
        assert_true(has_one == (value_far > value + 0.5));
        assert_true(has_one || value_far == value);
    }
}

/* ---- Their own derivatives ---- */

enum { N = 5 };
static const float h = 0x1p-7f;

/* D's loss with smoothed targets where there are any, and its gradients. */
static double smoothed(const adversarial_loss *l, const float *v, float *d)
{
    double value = l->discriminator(v, v + N, N, d, d + N);
    return l->smoothing ? value + l->smoothing(v, N, 0.1, d) : value;
}

/* Central differences of the value, of every loss there is; no logit is near a hinge's kink. */
static void every_loss_gives_its_own_derivative(void **state)
{
    (void)state;
    for (const adversarial_loss *l = adversarial_losses; l->name; l++) {
        float v[2 * N] = {0.3f, -2, 5, 1.5f, -0.7f, -1.25f, 0.2f, 4, -6, 0.9f};
        float d[2 * N], g[N], unused[2 * N];
        smoothed(l, v, d);
        l->generator(v, v + N, N, g);
        for (size_t i = 0; i < 2 * N; i++) {
            float at = v[i];
            v[i] = at + h;
            double up = smoothed(l, v, unused), g_up = l->generator(v, v + N, N, unused);
            v[i] = at - h;
            double step = (double)(at + h) - (double)v[i];
            double slope = (up - smoothed(l, v, unused)) / step;
            double g_slope = (g_up - l->generator(v, v + N, N, unused)) / step;
            v[i] = at;
            assert_close(&d[i], &slope, 1, 0, 1e-6);
            if (i >= N)
                assert_close(&g[i - N], &g_slope, 1, 0, 1e-6);
        }
    }
}

/* A logit of 1e4 or 1e30, on whatever side, leaves no infinity but where a square has one. */
static void losses_of_large_logits_are_finite(void **state)
{
    (void)state;
    static const float large[] = {1e4f, -1e4f, 1e30f, -1e30f};
    for (const adversarial_loss *l = adversarial_losses; l->name; l++)
        for (size_t i = 0; i < COUNT(large) * COUNT(large); i++) {
            float real = large[i / COUNT(large)], fake = large[i % COUNT(large)], d[2], g;
            assert_true(isfinite(l->discriminator(&real, &fake, 1, &d[0], &d[1])));
            assert_true(isfinite(l->generator(&real, &fake, 1, &g)));
            assert_true(isfinite(d[0]) && isfinite(d[1]) && isfinite(g));
        }
}

/* One that is not a number must reach the check of a step's numbers. */
static void losses_of_a_nan_are_nan(void **state)
{
    (void)state;
    for (const adversarial_loss *l = adversarial_losses; l->name; l++)
        for (size_t i = 0; i < 2 * N; i++) {
            float v[2 * N] = {0}, d[2 * N], g[N];
            v[i] = NAN;
            assert_true(isnan(l->discriminator(v, v + N, N, d, d + N)));
            assert_true(i < N || isnan(l->generator(v, v + N, N, g)));
        }
}

/* ---- PyTorch ---- */

enum { GOLDEN = 33 };

static safetensors golden;

static void assert_golden(const float *got, const char *loss, const char *what, size_t n)
{
    char name[64];
    float want[GOLDEN];
    error e = {0};
    snprintf(name, sizeof name, "%s%s", loss, what);
    const tensor_entry *t = safetensors_find(&golden, name);
    if (!t || t->n != n || safetensors_get(want, &golden, name, t->rank, t->shape, &e))
        fail_msg("%s: not there with %zu values", name, n);
    assert_close_by_norm(got, want, n, 1e-6);
}

static void read_logits(float *v, const char *name)
{
    error e = {0};
    if (safetensors_get(v, &golden, name, 1, (const size_t[]){GOLDEN}, &e))
        fail_msg("%s", e.message);
}

static void assert_smoothing(const adversarial_loss *l, const float *real, const float *fake)
{
    float d_real[GOLDEN], d_fake[GOLDEN];
    double d = l->discriminator(real, fake, GOLDEN, d_real, d_fake);
    float value = (float)(d + l->smoothing(real, GOLDEN, 0.1, d_real));
    assert_golden(&value, l->name, ".smooth_value", 1);
    assert_golden(d_real, l->name, ".smooth_real", GOLDEN);
}

static void every_loss_is_that_of_pytorch(void **state)
{
    (void)state;
    float real[GOLDEN], fake[GOLDEN], d_real[GOLDEN], d_fake[GOLDEN], g_fake[GOLDEN];
    read_logits(real, "real");
    read_logits(fake, "fake");
    for (const adversarial_loss *l = adversarial_losses; l->name; l++) {
        float d = (float)l->discriminator(real, fake, GOLDEN, d_real, d_fake);
        float g = (float)l->generator(real, fake, GOLDEN, g_fake);
        assert_golden(&d, l->name, ".d_value", 1);
        assert_golden(&g, l->name, ".g_value", 1);
        assert_golden(d_real, l->name, ".d_real", GOLDEN);
        assert_golden(d_fake, l->name, ".d_fake", GOLDEN);
        assert_golden(g_fake, l->name, ".g_fake", GOLDEN);
        if (l->smoothing)
            assert_smoothing(l, real, fake);
    }
}

int main(void)
{
    use_threads(1);
    error e = {0};
    if (safetensors_load(&golden, "tests/golden/golden_losses.safetensors", &e)) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_found_by_name),
        cmocka_unit_test(losses_of_two_pictures_are_solved_by_hand),
        cmocka_unit_test(smoothed_targets_are_solved_by_hand),
        cmocka_unit_test(the_hinge_has_no_slope_at_its_kink),
        cmocka_unit_test(a_boundary_is_where_the_sides_are_alike),
        cmocka_unit_test(every_loss_gives_its_own_derivative),
        cmocka_unit_test(losses_of_large_logits_are_finite),
        cmocka_unit_test(losses_of_a_nan_are_nan),
        cmocka_unit_test(every_loss_is_that_of_pytorch),
    };
    int failed = cmocka_run_group_tests_name("losses", tests, NULL, NULL);
    safetensors_release(&golden);
    return failed;
}
