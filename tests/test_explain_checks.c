/* SPDX-License-Identifier: MIT */
/* What explain's checks catch, and what they must not take for an error. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include <inttypes.h>
#include <stdlib.h>

static void every_target_passes_its_checks(void **state)
{
    (void)state;
    static const char *const words[] = {
        "logit",     "gen",        "ink",      "pixel:14,14", "region:4,4,10,12",
        "rec:a.png", "loss:a.png", "unit:0,5", "unit:3,2",    "unit:5,99"};
    float *reference = draw(N_PIXELS, 8);
    scene s = trained_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            float *z = draw(Z, 100 + seed), gradient[Z];
            explain_check checks[N_GRADIENT_CHECKS];
            aim_at(&s, comparing(words[i], reference));
            float value = value_at_z(&s, z, gradient, NULL);
            check_row(checks, &s, z, value, gradient);
            if (!are_met(checks))
                fail_msg("%s, seed %" PRIu64, words[i], seed);
            free(z);
        }
    free(reference);
    scene_release(&s);
}

/* The float results stand; then the twin, which reads the nets where they are, sees others. */
static void weights_one_percent_off_are_caught_wherever_they_are(void **state)
{
    (void)state;
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4), gradient[Z], *reference = draw(N_PIXELS, 8);
    for (size_t i_net = 0; i_net < 2; i_net++)
        for (size_t i = 0; i < (i_net ? s.d : s.g).n_layers; i++) {
            explain_check checks[N_GRADIENT_CHECKS];
            aim_at(&s, comparing("loss:a.png", reference));
            float value = value_at_z(&s, z, gradient, NULL);
            matrix w = (i_net ? s.x.d : s.x.g).layers[i].weight;
            for (size_t k = 0; k < w.rows * w.cols; k++)
                w.data[k] *= 1.01f;
            check_row(checks, &s, z, value, gradient);
            assert_false(explain_check_is_met(&checks[1]));
            assert_false(explain_check_is_met(&checks[2]));
        }
    free(reference);
    free(z);
    scene_release(&s);
}

static void a_wrong_slope_is_caught(void **state)
{
    (void)state;
    scene s = trained_scene("logit");
    explain_check checks[N_GRADIENT_CHECKS];
    float *z = draw(Z, 4), gradient[Z];
    float leak = s.x.g.layers[0].f.leak;
    s.x.g.layers[0].f.leak = 0.0f;
    float value = value_at_z(&s, z, gradient, NULL);
    s.x.g.layers[0].f.leak = leak;
    check_row(checks, &s, z, value, gradient);
    assert_false(explain_check_is_met(&checks[1]));
    assert_false(explain_check_is_met(&checks[2]));
    value = value_at_z(&s, z, gradient, NULL);
    gradient[3] = -gradient[3]; /* a sign alone */
    check_row(checks, &s, z, value, gradient);
    assert_true(explain_check_is_met(&checks[0]));
    assert_false(explain_check_is_met(&checks[1]));
    assert_false(explain_check_is_met(&checks[2]));
    check_row(checks, &s, z, value + 10.0f * (1.0f + fabsf(value)), gradient);
    assert_false(explain_check_is_met(&checks[0]));
    error e = {0};
    assert_int_equal(explain_check_judge(&checks[0], &e), -1);
    assert_int_equal(e.status, STATUS_CHECK_FAILED);
    assert_non_null(strstr(e.message, "value_against_double"));
    free(z);
    scene_release(&s);
}

static void checks_that_are_not_a_number_are_not_met(void **state)
{
    (void)state;
    assert_false(explain_check_is_met(&(explain_check){.value = (double)NAN, .tolerance = 1}));
    assert_false(explain_check_is_met(&(explain_check){.value = (double)INFINITY, .tolerance = 1}));
    assert_true(explain_check_is_met(&(explain_check){.value = 1, .tolerance = 1}));
}

static void a_kink_inside_the_step_makes_the_step_smaller(void **state)
{
    (void)state;
    static const float biases[] = {1e-5f, -1e-5f, 1e-6f, -1e-6f};
    for (size_t i = 0; i < 4; i++) {
        scene s = kinked_scene(biases[i]);
        float z[2] = {0}, gradient[2];
        explain_check checks[N_GRADIENT_CHECKS];
        float value = value_at_z(&s, z, gradient, NULL);
        check_row(checks, &s, z, value, gradient);
        assert_true(are_met(checks));
        assert_int_equal(checks[2].n_kinks, 0);
        scene_release(&s);
    }
}

static void directions_with_a_kink_in_every_step_are_counted_and_left_out(void **state)
{
    (void)state;
    scene s = kinked_scene(0.0f);
    float z[2] = {0}, gradient[2];
    explain_check checks[N_GRADIENT_CHECKS];
    float value = value_at_z(&s, z, gradient, NULL);
    check_row(checks, &s, z, value, gradient);
    assert_true(are_met(checks));
    assert_int_equal(checks[2].n_kinks, N_DIRECTIONS);
    assert_int_equal(checks[2].n_samples, N_DIRECTIONS);
    scene_release(&s);
}

/* As if rounding had put float's unit above its kink and the twin's below. */
static void a_kink_within_rounding_is_no_error_but_one_beyond_is(void **state)
{
    (void)state;
    scene s = kinked_scene(1e-7f);
    float z[2] = {0}, gradient[2];
    explain_check checks[N_GRADIENT_CHECKS];
    float value = value_at_z(&s, z, gradient, NULL);
    s.x.g.layers[0].bias[0] = -1e-7f;
    check_row(checks, &s, z, value, gradient);
    assert_true(are_met(checks));
    assert_int_equal(checks[1].n_kinks, 1);
    s.x.g.layers[0].bias[0] = -1e-3f;
    check_row(checks, &s, z, value, gradient);
    assert_false(explain_check_is_met(&checks[1]));
    assert_int_equal(checks[1].n_kinks, 0);
    scene_release(&s);
}

static void a_saturated_pixel_is_no_error(void **state)
{
    (void)state;
    for (float depth = 5.0f; depth < 100.0f; depth *= 1.1f) {
        scene s = trained_scene(NULL);
        for (size_t k = 0; k < N_PIXELS; k++)
            s.g.layers[2].bias[k] = k % 2 ? depth : -depth;
        static const char *const words[] = {"pixel:0,0", "pixel:0,1", "region:0,0,1,1", "logit"};
        for (size_t t = 0; t < 4; t++) {
            float *z = draw(Z, 4), gradient[Z];
            explain_check checks[N_GRADIENT_CHECKS];
            aim(&s, words[t]);
            float value = value_at_z(&s, z, gradient, NULL);
            check_row(checks, &s, z, value, gradient);
            if (!are_met(checks))
                fail_msg("%s at depth %g", words[t], (double)depth);
            free(z);
        }
        scene_release(&s);
    }
}

/* Where rec is all but zero its gradient's terms cancel: few digits are left, and that is no error.
 */
static void a_z_at_its_minimum_is_no_error_but_a_wrong_weight_there_is(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    float *z = draw(Z, 4), gradient[Z];
    explanation a = explained(&s, z, 1);
    float reference[N_PIXELS];
    explain_check checks[N_GRADIENT_CHECKS];
    for (size_t i = 0; i < N_PIXELS; i++)
        reference[i] = array_of(&a, "x")[i] * (1 + (i % 3 ? 3e-7f : 0));
    aim_at(&s, comparing("rec:a.png", reference));
    float value = value_at_z(&s, z, gradient, NULL);
    check_row(checks, &s, z, value, gradient);
    assert_true(are_met(checks));
    matrix w = s.x.g.layers[1].weight;
    for (size_t k = 0; k < w.rows * w.cols; k++)
        w.data[k] *= 1.01f;
    check_row(checks, &s, z, value, gradient);
    assert_false(explain_check_is_met(&checks[1]));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void a_zero_gradient_is_met_and_its_maps_are_nowhere(void **state)
{
    (void)state;
    scene s = scene_of("784:tanh", "1", 4);
    float z[4] = {1, 2, 3, 4};
    aim(&s, "logit");
    explanation a = explained(&s, z, 2);
    error e = {0};
    assert_int_equal(explanation_judge(&a, &e), 0);
    json_t *numbers = explanation_numbers(&a, &s.x);
    assert_true(json_is_null(json_object_get(json_object_get(numbers, "sensitivity"), "where")));
    assert_string_equal(json_string_value(json_object_get(numbers, "verdict")), "undecided");
    assert_true(find_place(array_of(&a, "sensitivity")).is_zero);
    json_decref(numbers);
    explanation_release(&a);
    scene_release(&s);
}

static void what_is_not_finite_is_named(void **state)
{
    (void)state;
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), gradient[Z], pixels[N_PIXELS];
    error e = {0};
    s.x.g.layers[1].weight.data[3] = NAN;
    explanation a = explained(&s, z, 3);
    assert_int_equal(explanation_judge(&a, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_non_null(strstr(e.message, "'x'"));
    json_t *numbers = explanation_numbers(&a, &s.x);
    char *words = json_dumps(numbers, 0);
    assert_non_null(words); /* no NaN in JSON */
    free(words);
    json_decref(numbers);
    explanation_release(&a);
    float value = value_at_z(&s, z, gradient, pixels);
    explained_rows r = {
        .n = 1, .z = z, .value = &value, .gradient_z = gradient, .gradient_x = pixels};
    assert_int_equal(explained_rows_not_finite(&r, &s.x), 0);
    free(z);
    scene_release(&s);
}

int main(void)
{
    tensor_init(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_target_passes_its_checks),
        cmocka_unit_test(weights_one_percent_off_are_caught_wherever_they_are),
        cmocka_unit_test(a_wrong_slope_is_caught),
        cmocka_unit_test(checks_that_are_not_a_number_are_not_met),
        cmocka_unit_test(a_kink_inside_the_step_makes_the_step_smaller),
        cmocka_unit_test(directions_with_a_kink_in_every_step_are_counted_and_left_out),
        cmocka_unit_test(a_kink_within_rounding_is_no_error_but_one_beyond_is),
        cmocka_unit_test(a_saturated_pixel_is_no_error),
        cmocka_unit_test(a_z_at_its_minimum_is_no_error_but_a_wrong_weight_there_is),
        cmocka_unit_test(a_zero_gradient_is_met_and_its_maps_are_nowhere),
        cmocka_unit_test(what_is_not_finite_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
