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

/* Each corner by more than the square that is the picture: 1 / s^2 of those of side 28 - s + 1. */
static void squares_reach_each_corner(void **state)
{
    static const size_t corners[] = {0, PICTURE_COLS - 1, N_PIXELS - PICTURE_COLS, N_PIXELS - 1};
    trust_scene k;
    float *z = draw(Z, 4);
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_X, 0);
    for (size_t c = 0; c < 4; c++) {
        size_t n = 0;
        for (size_t i = 0; i < k.removals.n; i++) {
            const uint8_t *is_removed = k.removals.is_removed + i * N_PIXELS;
            n += is_removed[corners[c]] && !is_removed[corners[3 - c]];
        }
        assert_in_range(n, 2, 40);
    }
    free(z);
    trust_scene_release(&k);
}

/* Of 3 rows and 9 columns: 3 k columns of k rows or, of sides that are no third, more. */
static void of_a_picture_that_is_no_square_parts_are_of_its_shape(void **state)
{
    enum { ROWS = 3, COLS = 9 };
    trust_scene k;
    float *z = draw(3, 4);
    (void)state;
    scene s = scene_of_shape("8:lrelu,27", "1", 3, shape_of(ROWS, COLS));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    trust_scene_init(&k, s, z, INPUT_X, 0);
    for (size_t i = 0; i < k.removals.n; i++) {
        size_t rows = 0, cols = 0;
        const uint8_t *is_removed = k.removals.is_removed + i * ROWS * COLS;
        for (size_t c = 0; c < COLS; c++)
            cols += is_removed[c] || is_removed[COLS + c] || is_removed[2 * COLS + c];
        for (size_t r = 0; r < ROWS; r++)
            rows += count_removed(is_removed + r * COLS, COLS) > 0;
        assert_int_equal(count_removed(is_removed, ROWS * COLS), rows * cols);
        assert_int_equal(rows, 1 + (cols - 1) / 3);
    }
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

/* ---- What is checked ---- */

/* With the gradients at z, which the check wants. */
static void know_gradients(trust_scene *k, float *by_z, float *by_x)
{
    k->rows.gradient_z = by_z;
    k->rows.gradient_x = by_x;
    explain_rows(&k->s.x, &k->s.w, &k->rows);
}

static double off_by_twin(const trust_scene *k, const removal_sample *s)
{
    explain_check c = removal_check(s, &k->f, &k->b);
    assert_int_equal(c.n_samples, k->b.n > 1 ? 32 / k->b.n : 32);
    return c.value;
}

static void losses_are_those_of_the_twin(void **state)
{
    float *z = draw(Z, 4), by_z[Z], by_x[N_PIXELS];
    (void)state;
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
        trust_scene k;
        trust_scene_init(&k, trained_scene("logit"), z, input, 0);
        know_gradients(&k, by_z, by_x);
        assert_true(off_by_twin(&k, &k.removals) < 1e-4);
        assert_true(off_by_twin(&k, &k.near_removals) < 1e-3);
        trust_scene_release(&k);
    }
    free(z);
}

static void of_many_baselines_losses_are_those_of_the_twin(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4), by_z[Z], by_x[N_PIXELS];
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_Z, 0);
    know_gradients(&k, by_z, by_x);
    baseline_rows_release(&k.b);
    removal_sample_release(&k.removals);
    k.b = (baseline_rows){.n = 5, .rows = draw(5 * Z, 5)};
    removal_sample_init(&k.removals, &k.f, &k.b);
    assert_true(off_by_twin(&k, &k.removals) < 1e-4);
    free(z);
    trust_scene_release(&k);
}

/* By a hundredth, of another set, or of another way. */
static void losses_that_are_off_are_noticed(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4), by_z[Z], by_x[N_PIXELS];
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_Z, 0);
    know_gradients(&k, by_z, by_x);
    removal_sample shifted = k.removals, far = k.near_removals;
    shifted.is_removed += Z;
    far.way = 1;
    assert_true(off_by_twin(&k, &shifted) > 0.1);
    assert_true(off_by_twin(&k, &far) > 0.1);
    for (size_t i = 0; i < k.removals.n; i++)
        k.removals.loss[i] *= 1.01f;
    assert_true(off_by_twin(&k, &k.removals) > 5e-3);
    free(z);
    trust_scene_release(&k);
}

static void a_loss_that_is_no_number_is_noticed(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4), by_z[Z], by_x[N_PIXELS];
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_Z, 0);
    know_gradients(&k, by_z, by_x);
    for (size_t i = 0; i < k.removals.n; i++)
        k.removals.loss[i] = NAN;
    explain_check c = removal_check(&k.removals, &k.f, &k.b);
    assert_false(explain_check_is_met(&c));
    free(z);
    trust_scene_release(&k);
}

/* A logit of 10,000 of which 1 to 5 are lost. */
static void a_small_loss_of_a_large_target_is_one(void **state)
{
    trust_scene k;
    scene s = linear_scene("logit");
    float most = 0;
    (void)state;
    s.d.layers[0].bias[0] = 10000;
    release_aim(&s);
    aim(&s, "logit");
    trust_scene_init(&k, s, hand_z, INPUT_Z, 0);
    for (size_t i = 0; i < k.removals.n; i++)
        most = fmaxf(most, fabsf(k.removals.loss[i]));
    assert_close(&most, &(float){5}, 1, 0, 0.01);
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

static void infidelity_near_is_that_of_the_near_removals(void **state)
{
    trust_scene k;
    float *z = draw(Z, 4);
    (void)state;
    trust_scene_init(&k, trained_scene("logit"), z, INPUT_Z, 0);
    float *gradient = gradient_at(&k);
    put_attribution(&k, "gradient", PREDICTS_RATE, gradient, 1);
    double far = measured(&k, "infidelity", 0), near = measured(&k, "infidelity-near", 0);
    assert_true(near < far);
    k.subject.removals = &k.near_removals;
    assert_true(measured(&k, "infidelity", 0) == near);
    free(gradient);
    free(z);
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
/* Of two removals, a quarter of the resamples are of the one alone and a quarter of the other. */
static void each_removal_is_resampled_by_the_seed(void **state)
{
    trust_scene k;
    float first[N_RESAMPLES], second[N_RESAMPLES];
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    put_attribution(&k, "same", PREDICTS_CHANGE, (float[]){1, 1, 9}, 1);
    put_attribution(&k, "near", PREDICTS_CHANGE, (float[]){-2, -3, 2}, 1);
    k.subject.of = &k.all.all[1];
    infidelity_resamples(first, &k.subject);
    k.subject.seed++;
    infidelity_resamples(second, &k.subject);
    assert_memory_not_equal(first, second, sizeof first);
    put_two_removals(&k);
    estimate e = estimate_of(&k, "infidelity-plain", 0);
    assert_true(e.low == 0 && e.high == 4);
    trust_scene_release(&k);
}

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
        cmocka_unit_test(squares_reach_each_corner),
        cmocka_unit_test(of_a_picture_that_is_no_square_parts_are_of_its_shape),
        cmocka_unit_test(fewer_samples_mean_fewer_removals_but_enough_of_them),
        cmocka_unit_test(losses_of_a_linear_model_are_as_by_hand),
        cmocka_unit_test(near_losses_of_a_linear_model_are_a_tenth_of_those_of_the_same_sets),
        cmocka_unit_test(losses_are_means_over_the_baselines),
        cmocka_unit_test(losses_are_those_of_the_twin),
        cmocka_unit_test(of_many_baselines_losses_are_those_of_the_twin),
        cmocka_unit_test(losses_that_are_off_are_noticed),
        cmocka_unit_test(a_loss_that_is_no_number_is_noticed),
        cmocka_unit_test(a_small_loss_of_a_large_target_is_one),
        cmocka_unit_test(infidelity_is_what_it_is_by_hand),
        cmocka_unit_test(infidelity_near_is_that_of_the_near_removals),
        cmocka_unit_test(the_gradient_of_a_linear_model_foretells_all),
        cmocka_unit_test(a_factor_does_not_matter_but_where_the_unit_does),
        cmocka_unit_test(maps_of_zeros_and_with_the_sign_turned_foretell_nothing),
        cmocka_unit_test(a_target_that_never_changes_cannot_be_foretold),
        cmocka_unit_test(a_map_without_signs_takes_the_way_of_all_inputs_together),
        cmocka_unit_test(intervals_are_those_of_resamples),
        cmocka_unit_test(each_removal_is_resampled_by_the_seed),
        cmocka_unit_test(resamples_of_two_attributions_are_paired),
        cmocka_unit_test(what_is_not_known_is_left_out_of_an_interval),
    };
    return cmocka_run_group_tests_name("removals", tests, NULL, NULL);
}
