/* SPDX-License-Identifier: MIT */
/* The gradient times its input, by hand where all is a straight line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "cli.h"
#include "use_threads.h"
#include <stdlib.h>

static const float hand_z[3] = {1, -2, 0.5f};

/* Pixel 0 is 2 z0 - z2 + 0.5, pixel 29 is 3 z1, the others 0; the logit 1 - pixel 0 + pixel 29 / 2.
 */
static scene linear_scene(const char *target)
{
    scene s = scene_of("784", "1", 3);
    float *w = s.g.layers[0].weight.data, *v = s.d.layers[0].weight.data;
    w[0] = 2;
    w[2] = -1;
    s.g.layers[0].bias[0] = 0.5f;
    w[29 * 3 + 1] = 3;
    v[0] = -1;
    v[29] = 0.5f;
    s.d.layers[0].bias[0] = 1;
    aim(&s, target);
    return s;
}

static double total(const explanation *a, const char *name)
{
    const named_array *v = whole_array_of(a, name);
    return sum(v->data, v->n);
}

static void a_linear_logit_is_shared_out_as_by_hand(void **state)
{
    scene s = linear_scene("logit");
    explanation a = explained_by(&s, "gradient-x-input", hand_z, 3);
    error e = {0};
    (void)state;
    /* the gradient by z is (-2, 1.5, 1); pixel 0 is 2, pixel 29 is -6, and black is -1 */
    assert_close(array_of(&a, "gradient-x-input.z"), ((float[]){-2, -3, 0.5f}), 3, 1e-6, 0);
    const float *x = array_of(&a, "gradient-x-input.x");
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_close(&x[i], &(float){i == 0 ? -3 : i == 29 ? -2.5f : 0}, 1, 1e-6, 0);
    /* the target less what it is at z = 0, and at a black picture */
    assert_close(&(double){total(&a, "gradient-x-input.z")}, &(double){-4 - 0.5}, 1, 1e-6, 0);
    assert_close(&(double){total(&a, "gradient-x-input.x")}, &(double){-4 - 1.5}, 1, 1e-6, 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

static void the_pixels_of_an_area_share_out_their_own_values(void **state)
{
    scene s = linear_scene("region:0,0,1,1");
    explanation a = explained_by(&s, "gradient-x-input", hand_z, 3);
    const float *x = array_of(&a, "gradient-x-input.x");
    (void)state;
    /* a quarter each of 2, 0, 0 and -6, measured from -1 */
    assert_close(&x[0], &(float){0.75f}, 1, 1e-6, 0);
    assert_close(&x[1], &(float){0.25f}, 1, 1e-6, 0);
    assert_close(&x[29], &(float){-1.25f}, 1, 1e-6, 0);
    assert_true(x[2] == 0 && x[30] == 0);
    assert_non_null(check_of(&a, "gradient-x-input.x_adds_up"));
    assert_null(check_of(&a, "gradient-x-input.x_against_double"));
    explanation_release(&a);
    scene_release(&s);
}

static void a_target_inside_g_has_no_pixels_to_share_out(void **state)
{
    scene s = trained_scene("unit:0,3");
    float *z = draw(Z, 4);
    explanation a = explained_by(&s, "gradient-x-input", z, 3);
    (void)state;
    assert_non_null(explanation_find(&a, "gradient-x-input.z"));
    assert_null(explanation_find(&a, "gradient-x-input.x"));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void every_target_passes_the_checks_of_its_products(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        error e = {0};
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "gradient-x-input", z, 3);
        if (explanation_judge(&a, &e))
            fail_msg("%s: %s", words[i], e.message);
        assert_non_null(check_of(&a, "gradient-x-input.z_against_double"));
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

/* D's weights are powers of two, G's are not: only what comes through G is rounded. */
static void each_array_has_the_check_of_its_own_gradient(void **state)
{
    scene s = scene_of(scene_g, "1", Z);
    float *z = draw(Z, 4);
    (void)state;
    fill_trained(&s.g, 1);
    s.d.layers[0].weight.data[0] = -1;
    s.d.layers[0].weight.data[29] = 0.5f;
    aim(&s, "logit");
    explanation a = explained_by(&s, "gradient-x-input", z, 3);
    assert_true(check_of(&a, "gradient-x-input.z_against_double")->value > 0);
    assert_true(check_of(&a, "gradient-x-input.x_against_double")->value == 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static double check_value(scene *s, const char *methods, const char *name)
{
    explanation a = explained_by(s, methods, hand_z, 3);
    double value = check_of(&a, name)->value;
    explanation_release(&a);
    return value;
}

/* Of weights that a float holds the gradients have no error, the quotients have one by rounding. */
static void checks_are_of_the_products_not_of_the_gradients(void **state)
{
    scene s = linear_scene("logit");
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        s.g.layers[0].bias[i] = 0.3f * (float)i;
        s.d.layers[0].weight.data[i] = 0.1f * (float)(i + 1);
    }
    aim(&s, "logit");
    assert_true(check_value(&s, "gradient", "gradient_x_against_double") == 0);
    assert_true(check_value(&s, "gradient-x-input", "gradient-x-input.x_against_double") > 0);
    scene_release(&s);
}

/* The same of z, where the target is one pixel. */
static void the_check_over_z_is_of_the_products_too(void **state)
{
    static const float z[3] = {0.1f, -0.7f, 1.3f};
    scene s = linear_scene("logit");
    (void)state;
    for (size_t i = 0; i < 3; i++)
        s.g.layers[0].weight.data[i] = 0.3f * (float)(i + 1);
    aim(&s, "pixel:0,0");
    explanation a = explained_by(&s, "gradient-x-input,gradient", z, 3);
    assert_true(check_of(&a, "gradient_against_double")->value == 0);
    assert_true(check_of(&a, "gradient-x-input.z_against_double")->value > 0);
    explanation_release(&a);
    scene_release(&s);
}

static const explain_method *gradient_x_input(void)
{
    explain_plan plan = {0};
    explain_plan_choose(&plan, "gradient-x-input");
    const explain_method *method = plan.methods[0];
    explain_plan_release(&plan);
    return method;
}

/* Whether the sum is met where the target's value is that many times what it should be. */
static bool adds_up(scene *s, float factor)
{
    float value, gradient[3], gradient_x[N_PIXELS], *x = allocate(N_PIXELS, sizeof *x);
    explained_rows rows = {.n = 1,
                           .z = hand_z,
                           .x = x,
                           .value = &value,
                           .gradient_z = gradient,
                           .gradient_x = gradient_x};
    explain_request q = {.n_top = 3, .black = -1, .probe = 3};
    const explain_method *method = gradient_x_input();
    explain_task t = {
        .x = &s->x, .w = &s->w, .q = &q, .rows = &rows, .settings = method->options->defaults};
    explanation a = {.z_dim = 3, .shape = s->shape, .method = method};
    error e = {0};
    explain_rows(&s->x, &s->w, &rows);
    value *= factor;
    assert_int_equal(method->run(&t, &a, &e), 0);
    bool is_met = explain_check_is_met(check_of(&a, "gradient-x-input.x_adds_up"));
    explanation_release(&a);
    free(x);
    return is_met;
}

/* The pixels, 0 but for 2 and -6, are 784 - 4 above black in all: the magnitudes that an error is
 * compared with are 790 of products, 4 and 784. */
static void a_value_that_the_pixels_do_not_add_up_to_is_caught(void **state)
{
    scene s = linear_scene("ink");
    (void)state;
    assert_true(adds_up(&s, 1));
    assert_true(adds_up(&s, 1 + 0.9f * 1578e-5f / 4));
    assert_false(adds_up(&s, 1 + 1.1f * 1578e-5f / 4));
    assert_false(adds_up(&s, (float)NAN));
    scene_release(&s);
}

/* Pixels of 2e-35 times gradients of 1e-11 are nothing that a float could hold. */
static void products_too_small_for_a_float_are_no_error(void **state)
{
    scene s = scene_of("784:sigmoid", "1", 3);
    explain_request q = {.n_top = 3, .black = 0, .probe = 3};
    explain_plan plan = {0};
    explanation a;
    error e = {0};
    (void)state;
    for (size_t i = 0; i < N_PIXELS; i++) {
        s.g.layers[0].bias[i] = -200;
        s.d.layers[0].weight.data[i] = 1;
    }
    s.d.layers[0].bias[0] = 25;
    aim(&s, "gen");
    explain_plan_choose(&plan, "gradient-x-input");
    if (explain_plan_prepare(&plan, &s.x, &q, &e) ||
        explain(&a, &s.x, &s.w, hand_z, &q, &plan, &e) || explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    assert_true(a.x[0] > 0 && array_of(&a, "gradient-x-input.x")[0] == 0);
    assert_true(check_of(&a, "gradient-x-input.x_against_double")->value < 1e-5);
    explain_plan_release(&plan);
    explanation_release(&a);
    scene_release(&s);
}

/* Beside the gradient it is a product of what stands there. */
static void products_are_of_the_gradients_that_stand_beside_them(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = explained_by(&s, "gradient-x-input,gradient", z, 3);
    const float *by_z = array_of(&a, "gradient_z"), *by_x = array_of(&a, "gradient_x");
    (void)state;
    for (size_t i = 0; i < Z; i++)
        assert_true(array_of(&a, "gradient-x-input.z")[i] == z[i] * by_z[i]);
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_true(array_of(&a, "gradient-x-input.x")[i] == (a.x[i] + 1) * by_x[i]);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_logit_is_shared_out_as_by_hand),
        cmocka_unit_test(the_pixels_of_an_area_share_out_their_own_values),
        cmocka_unit_test(a_target_inside_g_has_no_pixels_to_share_out),
        cmocka_unit_test(every_target_passes_the_checks_of_its_products),
        cmocka_unit_test(each_array_has_the_check_of_its_own_gradient),
        cmocka_unit_test(checks_are_of_the_products_not_of_the_gradients),
        cmocka_unit_test(the_check_over_z_is_of_the_products_too),
        cmocka_unit_test(a_value_that_the_pixels_do_not_add_up_to_is_caught),
        cmocka_unit_test(products_too_small_for_a_float_are_no_error),
        cmocka_unit_test(products_are_of_the_gradients_that_stand_beside_them),
    };
    return cmocka_run_group_tests_name("gradient x input", tests, NULL, NULL);
}
