/* SPDX-License-Identifier: MIT */
/* Inputs put at the baseline together, and how well attributions foretell what the target loses. */
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

/* ---- What is removed ---- */

static size_t count_removed(const uint8_t *is_removed, size_t n)
{
    size_t removed = 0;
    for (size_t i = 0; i < n; i++)
        removed += is_removed[i];
    return removed;
}

static void sets_of_z_have_each_size_and_each_component_alike(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4);
    size_t of_size[Z + 1] = {0}, with[Z] = {0};
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_Z, 0);
    assert_int_equal(k.removals.n, 512);
    for (size_t i = 0; i < 512; i++) {
        of_size[count_removed(k.removals.is_removed + i * Z, Z)]++;
        for (size_t c = 0; c < Z; c++)
            with[c] += k.removals.is_removed[i * Z + c];
    }
    assert_int_equal(of_size[0], 0);
    /* 512 / 9 = 57 of a size, sigma 7; 284 with a component, sigma 11 */
    for (size_t i = 0; i < Z; i++) {
        assert_in_range(of_size[i + 1], 57 - 28, 57 + 28);
        assert_in_range(with[i], 284 - 44, 284 + 44);
    }
    free(z);
    trust_scene_release(&k);
}

/* As many rows as columns, all of them within. */
static size_t side_of_square(const uint8_t *is_removed)
{
    size_t first = 0, side = 0;
    while (!is_removed[first])
        first++;
    while (first % PICTURE_COLS + side < PICTURE_COLS && is_removed[first + side])
        side++;
    for (size_t i = 0; i < side * side; i++)
        assert_true(is_removed[first + i / side * PICTURE_COLS + i % side]);
    assert_int_equal(count_removed(is_removed, N_PIXELS), side * side);
    return side;
}

static void what_is_removed_of_a_picture_are_squares_of_each_side(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4);
    size_t of_side[PICTURE_COLS + 1] = {0};
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_X, 0);
    for (size_t i = 0; i < k.removals.n; i++)
        of_side[side_of_square(k.removals.is_removed + i * N_PIXELS)]++;
    for (size_t i = 1; i <= PICTURE_COLS; i++) /* 18 of a side, sigma 4 */
        assert_in_range(of_side[i], 2, 36);
    free(z);
    trust_scene_release(&k);
}

static void fewer_samples_mean_fewer_removals_but_enough_of_them(void **state)
{
    static const size_t asked[] = {0, 1, 128, 200, 512, 5000},
                        got[] = {512, 128, 128, 200, 512, 512};
    trust_scene k;
    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, asked[i]);
        assert_int_equal(k.removals.n, got[i]);
        trust_scene_release(&k);
    }
}

/* The gradient of D by z is (-2, 1.5, 1), so that z adds -2, -3 and 0.5 to the 0.5 at z = 0. */
static void losses_of_a_linear_model_are_as_by_hand(void **state)
{
    static const double adds[] = {-2, -3, 0.5};
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    for (size_t i = 0; i < k.removals.n; i++) {
        double loss = 0;
        for (size_t c = 0; c < 3; c++)
            loss += k.removals.is_removed[i * 3 + c] * adds[c];
        assert_close(&k.removals.loss[i], &loss, 1, 0, 1e-6);
    }
    assert_close(&k.removals.whole, &(double){-4}, 1, 1e-6, 0);
    assert_close(&k.removals.nothing, &(double){0.5}, 1, 1e-6, 0);
    trust_scene_release(&k);
}

static void near_losses_of_a_linear_model_are_a_tenth_of_those_of_the_same_sets(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    assert_int_equal(k.near_removals.n, k.removals.n);
    assert_memory_equal(k.near_removals.is_removed, k.removals.is_removed, k.removals.n * 3);
    for (size_t i = 0; i < k.removals.n; i++)
        assert_close(&k.near_removals.loss[i], &(float){k.removals.loss[i] / 10}, 1, 0, 1e-5);
    trust_scene_release(&k);
}

static void losses_are_means_over_the_baselines(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4), *two = draw(2 * Z, 5);
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_Z, 0);
    double found[3][128];
    for (size_t i = 0; i < 3; i++) {
        baseline_rows b = {.n = i ? 1 : 2, .rows = two + (i == 2 ? Z : 0)};
        targets_without(found[i], &k.f, &b, k.removals.is_removed, 128);
    }
    for (size_t i = 0; i < 128; i++)
        assert_close(&found[0][i], &(double){(found[1][i] + found[2][i]) / 2}, 1, 1e-12, 0);
    free(two);
    free(z);
    trust_scene_release(&k);
}

/* ---- How well that is foretold ---- */

/* By hand: sets {0} and {1}, of which the target loses 3 and 1. */
static void put_two_removals(trust_scene *k)
{
    static const uint8_t sets[] = {1, 0, 0, 0, 1, 0};
    k->removals.n = 2;
    memcpy(k->removals.is_removed, sets, sizeof sets);
    k->removals.loss[0] = 3;
    k->removals.loss[1] = 1;
}

/* Foretold are 1 and 1: E[p^2] = 1, E[p D] = 2, E[D^2] = 5; with the factor 2, 1 - 4 / 5 is left.
 */
static void infidelity_is_what_it_is_by_hand(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    put_two_removals(&k);
    put_attribution(&k, "same", PREDICTS_CHANGE, (float[]){1, 1, 9}, 1);
    put_attribution(&k, "rate", PREDICTS_RATE, (float[]){1, -0.5f, 9}, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_close(&(double){measured(&k, "infidelity", i)}, &(double){0.2}, 1, 1e-12, 0);
        assert_close(&(double){measured(&k, "infidelity-plain", i)}, &(double){2}, 1, 1e-12, 0);
    }
    trust_scene_release(&k);
}

static void the_gradient_of_a_linear_model_foretells_all(void **state)
{
    (void)state;
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
        trust_scene k;
        trust_scene_init(&k, linear_scene("logit"), hand_z, input, 0);
        float *gradient = gradient_at(&k);
        put_attribution(&k, "gradient", PREDICTS_RATE, gradient, 1);
        estimate scaled = estimate_of(&k, "infidelity", 0);
        estimate plain = estimate_of(&k, "infidelity-plain", 0);
        assert_close(&scaled.value, &(double){0}, 1, 0, 1e-12);
        assert_close(&scaled.high, &(double){0}, 1, 0, 1e-12);
        assert_close(&plain.high, &(double){0}, 1, 0, 1e-10);
        free(gradient);
        trust_scene_release(&k);
    }
}

static void a_factor_does_not_matter_but_where_the_unit_does(void **state)
{
    trust_scene k;
    double squares = 0;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    float *gradient = gradient_at(&k), other[3] = {1, 2, 3};
    put_attribution(&k, "gradient x 10", PREDICTS_RATE, gradient, 10);
    put_attribution(&k, "other", PREDICTS_RATE, other, 1);
    put_attribution(&k, "other x 16", PREDICTS_SCALED_RATE, other, 16);
    for (size_t i = 0; i < k.removals.n; i++)
        squares += (double)k.removals.loss[i] * (double)k.removals.loss[i];
    /* (10 - 1)^2 E[D^2] */
    assert_close(&(double){measured(&k, "infidelity-plain", 0)},
                 &(double){81 * squares / (double)k.removals.n}, 1, 1e-6, 0);
    assert_close(&(double){measured(&k, "infidelity", 0)}, &(double){0}, 1, 0, 1e-12);
    assert_true(measured(&k, "infidelity", 1) > 0.01);
    assert_true(measured(&k, "infidelity", 1) == measured(&k, "infidelity", 2));
    assert_true(isnan(measured(&k, "infidelity-plain", 2)));
    free(gradient);
    trust_scene_release(&k);
}

static void maps_of_zeros_and_with_the_sign_turned_foretell_nothing(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    float *gradient = gradient_at(&k);
    put_attribution(&k, "zero", PREDICTS_RATE, gradient, 0);
    put_attribution(&k, "turned", PREDICTS_RATE, gradient, -1);
    for (size_t i = 0; i < 2; i++) {
        estimate e = estimate_of(&k, "infidelity", i);
        assert_true(e.value == 1 && e.low == 1 && e.high == 1);
    }
    free(gradient);
    trust_scene_release(&k);
}

static void a_target_that_never_changes_cannot_be_foretold(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("pixel:5,5"), hand_z, INPUT_Z, 0);
    put_attribution(&k, "any", PREDICTS_RATE, (float[]){1, 2, 3}, 1);
    estimate e = estimate_of(&k, "infidelity", 0);
    assert_true(isnan(e.value) && isnan(e.low) && isnan(e.high));
    assert_true(measured(&k, "infidelity-plain", 0) > 0);
    trust_scene_release(&k);
}

/* D falls from 0.5 to -4: so do all inputs that a map without signs names. */
static void a_map_without_signs_takes_the_way_of_all_inputs_together(void **state)
{
    trust_scene k;
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    put_attribution(&k, "ones", PREDICTS_SCALED_CHANGE, (float[]){1, 1, 1}, 1);
    put_attribution(&k, "order", PREDICTS_ORDER, (float[]){1, 1, 1}, 1);
    assert_true(measured(&k, "infidelity", 0) == 1);
    k.all.all[0].sign = SIGN_MAGNITUDE;
    double by_size = measured(&k, "infidelity", 0);
    assert_true(by_size > 0.05 && by_size < 0.5);
    assert_true(isnan(measured(&k, "infidelity", 1)));
    trust_scene_release(&k);
}

/* ---- How far chance moves it ---- */

static void intervals_are_those_of_resamples(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4);
    float resamples[N_RESAMPLES];
    size_t n_below = 0, n_above = 0;
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_Z, 0);
    float *gradient = gradient_at(&k);
    put_attribution(&k, "gradient", PREDICTS_RATE, gradient, 1);
    estimate e = estimate_of(&k, "infidelity", 0);
    assert_true(infidelity_resamples(resamples, &k.subject) == e.value);
    for (size_t i = 0; i < N_RESAMPLES; i++) {
        n_below += (double)resamples[i] < e.low;
        n_above += (double)resamples[i] > e.high;
    }
    assert_true(e.low < e.value && e.value < e.high);
    assert_in_range(n_below, 20, 25);
    assert_in_range(n_above, 20, 25);
    free(gradient);
    free(z);
    trust_scene_release(&k);
}

/* Twice as good a map is so in nearly every resample. */
static void resamples_of_two_attributions_are_paired(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4);
    float one[N_RESAMPLES], same[N_RESAMPLES];
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_Z, 0);
    float *gradient = gradient_at(&k);
    put_attribution(&k, "a", PREDICTS_RATE, gradient, 1);
    put_attribution(&k, "b", PREDICTS_SCALED_RATE, gradient, 4);
    k.subject.of = &k.all.all[0];
    infidelity_resamples(one, &k.subject);
    k.subject.of = &k.all.all[1];
    infidelity_resamples(same, &k.subject);
    assert_memory_equal(one, same, sizeof one);
    free(gradient);
    free(z);
    trust_scene_release(&k);
}

static void what_is_not_known_is_left_out_of_an_interval(void **state)
{
    float some[41];
    (void)state;
    for (size_t i = 0; i < 41; i++)
        some[i] = i == 7 ? (float)NAN : 100 - (float)i;
    estimate e = estimate_of_resamples(5, some, 41);
    assert_true(e.value == 5 && e.low > 60 && e.low < 62.5 && e.high > 97.5 && e.high < 100);
    e = estimate_of_resamples(5, (float[]){(float)NAN}, 1);
    assert_true(e.value == 5 && isnan(e.low) && isnan(e.high));
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_of_z_have_each_size_and_each_component_alike),
        cmocka_unit_test(what_is_removed_of_a_picture_are_squares_of_each_side),
        cmocka_unit_test(fewer_samples_mean_fewer_removals_but_enough_of_them),
        cmocka_unit_test(losses_of_a_linear_model_are_as_by_hand),
        cmocka_unit_test(near_losses_of_a_linear_model_are_a_tenth_of_those_of_the_same_sets),
        cmocka_unit_test(losses_are_means_over_the_baselines),
        cmocka_unit_test(infidelity_is_what_it_is_by_hand),
        cmocka_unit_test(the_gradient_of_a_linear_model_foretells_all),
        cmocka_unit_test(a_factor_does_not_matter_but_where_the_unit_does),
        cmocka_unit_test(maps_of_zeros_and_with_the_sign_turned_foretell_nothing),
        cmocka_unit_test(a_target_that_never_changes_cannot_be_foretold),
        cmocka_unit_test(a_map_without_signs_takes_the_way_of_all_inputs_together),
        cmocka_unit_test(intervals_are_those_of_resamples),
        cmocka_unit_test(resamples_of_two_attributions_are_paired),
        cmocka_unit_test(what_is_not_known_is_left_out_of_an_interval),
    };
    return cmocka_run_group_tests_name("removals", tests, NULL, NULL);
}
