/* SPDX-License-Identifier: MIT */
/* How much the picture and the target change where z moves at random. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "../src/explain/method_detail.h"
#include "use_threads.h"
#include <stdlib.h>

enum { N_POINTS = 6, MEAN = 1, LOW, HIGH, BY_SLOPE, N_ROWS };

/* explained_by asks for so many samples. */
enum { N = 16 };

static const float sizes[N_POINTS] = {0, 0.05f, 0.1f, 0.2f, 0.5f, 1};

static float at(const explanation *a, const char *name, size_t row, size_t point)
{
    return array_of(a, name)[row * N_POINTS + point];
}

static float number_of(const explanation *a, const char *name) { return *array_of(a, name); }

/* Pixel 0 is 2 z0 - z2, pixel 29 is 3 z1, the others 0. */
static scene linear_scene(const char *target)
{
    scene s = scene_of("784", NULL, 3);
    float *w = s.g.layers[0].weight.data;
    w[0] = 2;
    w[2] = -1;
    w[29 * 3 + 1] = 3;
    aim(&s, target);
    return s;
}

/* What a picture (or the ink) of that scene changes by per size along each direction. */
static void find_rates(double rates[N], bool of_ink)
{
    float g[N * 3];
    prior_fill(g, 3, DRAW_OCCLUSION, N);
    for (size_t k = 0; k < N; k++) {
        double one = 2 * (double)g[3 * k] - (double)g[3 * k + 2], other = 3 * (double)g[3 * k + 1];
        rates[k] = of_ink ? fabs(one + other) : sqrt((one * one + other * other) / N_PIXELS);
    }
}

typedef struct {
    double mean, error;
} mean_of;

static mean_of find_mean(const double rates[N])
{
    double all = 0, squares = 0;
    for (size_t k = 0; k < N; k++)
        all += rates[k] / N;
    for (size_t k = 0; k < N; k++)
        squares += (rates[k] - all) * (rates[k] - all);
    return (mean_of){all, sqrt(squares / (N - 1) / N)};
}

static void where_all_is_straight_the_curves_are_their_slopes(void **state)
{
    static const char *const names[2][2] = {
        {"occlusion.robustness", "occlusion.robustness_error"},
        {"occlusion.target_robustness", "occlusion.target_robustness_error"}};
    scene s = linear_scene("ink");
    explanation a = explained_by(&s, "occlusion", (float[]){1, -2, 0.5f}, 3);
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        double rates[N];
        find_rates(rates, i);
        mean_of m = find_mean(rates);
        for (size_t p = 0; p < N_POINTS; p++) {
            double size = (double)sizes[p];
            assert_true(at(&a, names[i][0], 0, p) == sizes[p]);
            for (size_t row = MEAN; row < N_ROWS; row += BY_SLOPE - MEAN) {
                assert_close(&(float){at(&a, names[i][0], row, p)}, &(double){size * m.mean}, 1,
                             1e-4, 0);
                assert_close(&(float){at(&a, names[i][1], row, p)}, &(double){size * m.error}, 1,
                             1e-3, 0);
            }
        }
    }
    explanation_release(&a);
    scene_release(&s);
}

static int compare(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Of 16, a tenth is at place 1.5 of 0 to 15; with 2 of 16 as the spread of their number. */
static void tenths_lie_between_the_sorted_changes(void **state)
{
    scene s = linear_scene("ink");
    explanation a = explained_by(&s, "occlusion", (float[]){1, -2, 0.5f}, 3);
    double rates[N], spread = sqrt(0.09 / N);
    (void)state;
    find_rates(rates, false);
    qsort(rates, N, sizeof *rates, compare);
    double low = (rates[1] + rates[2]) / 2, high = (rates[13] + rates[14]) / 2;
    double place = (0.1 + spread) * (N - 1);
    double above = rates[2] + (place - 2) * (rates[3] - rates[2]);
    double below = rates[0] + (0.1 - spread) * (N - 1) * (rates[1] - rates[0]);
    assert_close(&(float){at(&a, "occlusion.robustness", LOW, 5)}, &low, 1, 1e-4, 0);
    assert_close(&(float){at(&a, "occlusion.robustness", HIGH, 5)}, &high, 1, 1e-4, 0);
    assert_close(&(float){at(&a, "occlusion.robustness_error", LOW, 5)},
                 &(double){(above - below) / 2}, 1, 1e-3, 0);
    explanation_release(&a);
    scene_release(&s);
}

static void the_slope_is_that_of_the_jacobian(void **state)
{
    scene s = linear_scene("ink");
    explanation a = explained_by(&s, "occlusion", (float[]){1, -2, 0.5f}, 3);
    double rates[N];
    (void)state;
    find_rates(rates, false);
    mean_of m = find_mean(rates);
    assert_close(&(float){number_of(&a, "occlusion.slope")}, &m.mean, 1, 1e-5, 0);
    assert_close(&(float){number_of(&a, "occlusion.slope_error")}, &m.error, 1, 1e-4, 0);
    explanation_release(&a);
    scene_release(&s);
}

/* Every picture of a straight line changes alike. */
static void pictures_that_change_alike_share_a_place(void **state)
{
    scene s = linear_scene("ink");
    explanation a = explained_by(&s, "occlusion", (float[]){1, -2, 0.5f}, 3);
    (void)state;
    assert_true(number_of(&a, "occlusion.place") == 50);
    assert_true(number_of(&a, "occlusion.place_error") == 5);
    explanation_release(&a);
    scene_release(&s);
}

/* tanh is steepest at 0, and still far from it. */
static void a_saturated_picture_is_robust_and_one_between_is_not(void **state)
{
    scene s = scene_of("784:tanh", NULL, 1);
    (void)state;
    for (size_t i = 0; i < N_PIXELS; i++)
        s.g.layers[0].weight.data[i] = 2;
    aim(&s, "ink");
    explanation steep = explained_by(&s, "occlusion", (float[]){0}, 1);
    explanation flat = explained_by(&s, "occlusion", (float[]){9}, 1);
    assert_true(number_of(&steep, "occlusion.place") > 95);
    assert_true(number_of(&flat, "occlusion.place") < 5);
    assert_true(number_of(&steep, "occlusion.slope") > number_of(&flat, "occlusion.slope"));
    assert_true(at(&steep, "occlusion.robustness", BY_SLOPE, 5) >
                at(&steep, "occlusion.robustness", MEAN, 5));
    explanation_release(&steep);
    explanation_release(&flat);
    scene_release(&s);
}

static void a_picture_that_never_changes_has_curves_of_zeros(void **state)
{
    scene s = scene_of("784", "1", 1);
    error e = {0};
    (void)state;
    aim(&s, "logit");
    explanation a = explained_by(&s, "occlusion", (float[]){2}, 1);
    assert_int_equal(explanation_judge(&a, &e), 0);
    for (size_t row = MEAN; row < N_ROWS; row++)
        for (size_t p = 0; p < N_POINTS; p++)
            assert_true(at(&a, "occlusion.robustness", row, p) == 0);
    assert_true(number_of(&a, "occlusion.slope") == 0 && number_of(&a, "occlusion.place") == 50);
    explanation_release(&a);
    scene_release(&s);
}

/* The twin reads the weights, the passes a copy of what they were. */
static void a_weight_that_is_off_is_caught(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < 17 * N_PIXELS; i++)
        s.folded[0].layers[2].weight.data[i] *= 1.01f;
    explanation a = explained_by(&s, "occlusion", z, 3);
    assert_false(explain_check_is_met(check_of(&a, "occlusion.slope_against_differences")));
    assert_false(explain_check_is_met(check_of(&a, "occlusion.robustness_against_double")));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* D is none of G's: the pictures change as they should, their verdicts do not. */
static void a_weight_of_d_that_is_off_is_caught_by_the_target(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < 19; i++)
        s.folded[1].layers[1].weight.data[i] *= 1.01f;
    explanation a = explained_by(&s, "occlusion", z, 3);
    assert_true(explain_check_is_met(check_of(&a, "occlusion.slope_against_differences")));
    assert_false(explain_check_is_met(check_of(&a, "occlusion.robustness_against_double")));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* The unit's sign is that of z0 + bias, which every direction takes both ways. */
static void directions_over_a_kink_are_left_out(void **state)
{
    scene s = kinked_scene(0);
    (void)state;
    explanation on = explained_by(&s, "occlusion", (float[]){0, 1}, 2);
    const explain_check *c = check_of(&on, "occlusion.slope_against_differences");
    assert_int_equal(c->n_left_out, 4);
    assert_true(explain_check_is_empty(c) && explain_check_is_met(c));
    explanation off = explained_by(&s, "occlusion", (float[]){0.5f, 1}, 2);
    c = check_of(&off, "occlusion.slope_against_differences");
    assert_true(c->n_left_out == 0 && explain_check_is_met(c));
    explanation_release(&on);
    explanation_release(&off);
    scene_release(&s);
}

static explanation with_samples(scene *s, const float *z, size_t n_samples)
{
    explain_request q = {.n_top = 2, .black = -1, .white = 1, .n_samples = n_samples, .probe = 3};
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    explain_plan_choose(&plan, "occlusion");
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    return a;
}

/* 32 unless fewer are asked for, but never fewer than 8. */
static void samples_are_capped_and_never_too_few(void **state)
{
    scene s = trained_scene("ink");
    float *z = draw(Z, 4);
    (void)state;
    explanation few = with_samples(&s, z, 1), eight = with_samples(&s, z, 8);
    explanation all = with_samples(&s, z, 0), many = with_samples(&s, z, 1000);
    assert_true(number_of(&few, "occlusion.slope") == number_of(&eight, "occlusion.slope"));
    assert_true(number_of(&all, "occlusion.slope") == number_of(&many, "occlusion.slope"));
    assert_true(number_of(&all, "occlusion.slope") != number_of(&few, "occlusion.slope"));
    assert_true(number_of(&all, "occlusion.slope_error") <
                number_of(&few, "occlusion.slope_error"));
    explanation_release(&few);
    explanation_release(&eight);
    explanation_release(&all);
    explanation_release(&many);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_all_is_straight_the_curves_are_their_slopes),
        cmocka_unit_test(tenths_lie_between_the_sorted_changes),
        cmocka_unit_test(the_slope_is_that_of_the_jacobian),
        cmocka_unit_test(pictures_that_change_alike_share_a_place),
        cmocka_unit_test(a_saturated_picture_is_robust_and_one_between_is_not),
        cmocka_unit_test(a_picture_that_never_changes_has_curves_of_zeros),
        cmocka_unit_test(a_weight_that_is_off_is_caught),
        cmocka_unit_test(a_weight_of_d_that_is_off_is_caught_by_the_target),
        cmocka_unit_test(directions_over_a_kink_are_left_out),
        cmocka_unit_test(samples_are_capped_and_never_too_few),
    };
    return cmocka_run_group_tests_name("robustness", tests, NULL, NULL);
}
