/* SPDX-License-Identifier: MIT */
/* Inputs that leave for the baseline one after another, or come back: curves and their areas. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "trust_scene.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

static void assert_curve(const trust_scene *k, const float *contribution, removal_way way,
                         const double *want)
{
    double found[4];
    assert_int_equal(removal_curve_points(&k->f), 4);
    removal_curve(found, &k->subject, contribution, way);
    assert_close(found, want, 4, 1e-6, 1e-6);
}

/* Of -2, -3 and 0.5, the last goes first, the one of -3 last. */
static void curves_of_a_linear_model_are_as_by_hand(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    assert_curve(&k, (float[]){-2, -3, 0.5f}, WAY_OUT, (double[]){-4, -4.5, -2.5, 0.5});
    assert_curve(&k, (float[]){-2, -3, 0.5f}, WAY_IN, (double[]){0.5, 1, -1, -4});
    trust_scene_release(&k);
}

static void of_equal_inputs_the_first_goes_first(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    assert_curve(&k, (float[]){7, 7, 7}, WAY_OUT, (double[]){-4, -2, 1, 0.5});
    assert_curve(&k, (float[]){0, -0.0f, 1}, WAY_OUT, (double[]){-4, -4.5, -2.5, 0.5});
    trust_scene_release(&k);
}

/* The mean of each curve, its ends at half their weight. */
static void areas_of_a_linear_model_are_as_by_hand(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    put_attribution(&k, "gradient", PREDICTS_RATE, (float[]){-2, 1.5f, 1}, 1);
    put_attribution(&k, "changes", PREDICTS_SCALED_CHANGE, (float[]){-2, -3, 0.5f}, 1e-3f);
    for (size_t i = 0; i < 2; i++) {
        estimate out = estimate_of(&k, "deletion", i), in = estimate_of(&k, "insertion", i);
        assert_close(&out.value, &(double){-8.75 / 3}, 1, 1e-6, 0);
        assert_close(&in.value, &(double){-1.75 / 3}, 1, 1e-6, 0);
        assert_true(isnan(out.low) && isnan(out.high) && isnan(in.low) && isnan(in.high));
    }
    trust_scene_release(&k);
}

/* Of 784 pixels 28 go at a time: pixel 29, which adds -2.5, at the end of the first step, and pixel
 * 0, which adds -3, in the last. */
static void pixels_go_in_as_many_steps_as_a_picture_has_rows(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_X, 0);
    assert_int_equal(removal_curve_points(&k.f), 29);
    float *map = allocate(N_PIXELS, sizeof *map), share[29];
    double found[29];
    map[0] = -1;
    map[29] = 1;
    removal_curve(found, &k.subject, map, WAY_OUT);
    removal_curve_shares(share, &k.f);
    for (size_t i = 0; i < 29; i++) {
        double want = i == 0 ? -4 : i < 28 ? -1.5 : 1.5;
        assert_close(&found[i], &want, 1, 1e-6, 0);
        assert_close(&share[i], &(double){(double)i / 28}, 1, 1e-6, 0);
    }
    free(map);
    trust_scene_release(&k);
}

/* 24 components in 20 steps of 1 or 2. */
static void steps_that_do_not_divide_the_inputs_reach_all_of_them(void **state)
{
    trust_scene k;
    float *z = draw(24, 4), share[21];
    scene s = scene_of("784", NULL, 24);
    (void)state;
    for (size_t i = 0; i < 24; i++)
        s.g.layers[0].weight.data[i] = 1;
    aim(&s, "ink");
    trust_scene_init(&k, s, z, INPUT_Z, 0);
    assert_int_equal(removal_curve_points(&k.f), 21);
    removal_curve_shares(share, &k.f);
    for (size_t i = 1; i < 21; i++) {
        float step = 24 * (share[i] - share[i - 1]);
        assert_true(step > 0.99f && step < 2.01f);
    }
    assert_true(share[0] == 0 && share[20] == 1);
    free(z);
    trust_scene_release(&k);
}

/* D falls from 0.5 to -4, so that the largest of a map without signs lowers it most. */
static void a_map_without_signs_goes_by_size_the_way_of_all_inputs(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    put_attribution(&k, "size", PREDICTS_ORDER, (float[]){2, 3, 0.5f}, 1);
    k.all.all[0].sign = SIGN_MAGNITUDE;
    assert_close(&(double){measured(&k, "deletion", 0)}, &(double){-8.75 / 3}, 1, 1e-6, 0);
    assert_close(&(double){measured(&k, "insertion", 0)}, &(double){-1.75 / 3}, 1, 1e-6, 0);
    trust_scene_release(&k);
}

/* All six orders of three inputs are among 40 draws: the ends are those of the best and the worst.
 */
static void the_random_control_has_the_range_of_chance(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    attributions_add_controls(&k.all, &k.f);
    estimate e = estimate_of(&k, "deletion", 0);
    assert_string_equal(k.all.all[0].name, "random");
    assert_close(&e.low, &(double){-8.75 / 3}, 1, 1e-6, 0);
    assert_close(&e.high, &(double){(-3.5 / 2 - 1 + 1) / 3}, 1, 1e-6, 0);
    assert_true(e.low <= e.value && e.value <= e.high);
    assert_true(isnan(estimate_of(&k, "deletion", 1).low));
    trust_scene_release(&k);
}

/* Of a linear model, what is back and what is left are all. */
static void the_range_of_insertion_is_that_of_deletion_turned_over(void **state)
{
    trust_scene k;
    float *z = draw(7, 4);
    scene s = scene_of("784", "1", 7);
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    trust_scene_init(&k, s, z, INPUT_Z, 0);
    attributions_add_controls(&k.all, &k.f);
    double all = k.removals.whole + k.removals.nothing;
    estimate out = estimate_of(&k, "deletion", 0), in = estimate_of(&k, "insertion", 0);
    assert_close(&in.low, &(double){all - out.high}, 1, 0, 1e-5);
    assert_close(&in.high, &(double){all - out.low}, 1, 0, 1e-5);
    assert_true(fabs(in.low - out.low) > 1e-3);
    free(z);
    trust_scene_release(&k);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_of_a_linear_model_are_as_by_hand),
        cmocka_unit_test(of_equal_inputs_the_first_goes_first),
        cmocka_unit_test(areas_of_a_linear_model_are_as_by_hand),
        cmocka_unit_test(pixels_go_in_as_many_steps_as_a_picture_has_rows),
        cmocka_unit_test(steps_that_do_not_divide_the_inputs_reach_all_of_them),
        cmocka_unit_test(a_map_without_signs_goes_by_size_the_way_of_all_inputs),
        cmocka_unit_test(the_range_of_insertion_is_that_of_deletion_turned_over),
        cmocka_unit_test(the_random_control_has_the_range_of_chance),
    };
    return cmocka_run_group_tests_name("removal curves", tests, NULL, NULL);
}
