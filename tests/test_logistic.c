/* SPDX-License-Identifier: MIT */
/* The odds of a high target: at their maximum, by hand, and broken on purpose. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "surrogate_scene.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

enum { N = 64 };

static double sigmoid_of(double v) { return 1 / (1 + exp(-v)); }

/* The logit is 2 z0 + 1. */
static scene line_scene(void)
{
    scene s = scene_of("784", "1", 1);
    s.g.layers[0].weight.data[0] = 2;
    s.d.layers[0].weight.data[0] = 1;
    s.d.layers[0].bias[0] = 1;
    aim(&s, "logit");
    return s;
}

/* Of one component: the slope of the likelihood with its ridge is 0, and the errors are roots of
 * the inverse of its curve, of two rows and columns. */
static void odds_of_one_component_are_as_by_hand(void **state)
{
    scene s = line_scene();
    const float here[1] = {-1};
    surrogate_run r = surrogate_run_of(&s, "logistic", &few_samples);
    explanation a = surrogate_explained(&r, here);
    const float *w = kept_arrays_find(kept_by(&r), "coefficients")->data;
    float z[N];
    double slope[2] = {-(double)w[0], -(double)w[1]}, curve[3] = {1, 0, 1};
    (void)state;
    prior_fill(z, 1, DRAW_PRIOR, N);
    for (size_t i = 0; i < N; i++) {
        double v = (double)z[i], p = sigmoid_of((double)w[0] + (double)w[1] * v);
        double left = (2 * v + 1 > 0) - p;
        slope[0] += left;
        slope[1] += left * v;
        curve[0] += p * (1 - p);
        curve[1] += p * (1 - p) * v;
        curve[2] += p * (1 - p) * v * v;
    }
    double determinant = curve[0] * curve[2] - curve[1] * curve[1];
    assert_close(slope, ((double[]){0, 0}), 2, 0, 1e-5);
    assert_true(w[1] > 1 && w[1] < 20);
    assert_close(array_of(&a, "logistic.weights"), &w[1], 1, 0, 0);
    assert_close(array_of(&a, "logistic.weights_error"), &(double){sqrt(curve[0] / determinant)}, 1,
                 1e-5, 0);
    assert_close(array_of(&a, "logistic.z"), &(float){-w[1]}, 1, 1e-6, 0);
    assert_close(array_of(&a, "logistic.probability"),
                 &(double){sigmoid_of((double)w[0] - (double)w[1])}, 1, 1e-5, 0);
    assert_true(*array_of(&a, "logistic.threshold") == 0);
    explanation_release(&a);
    surrogate_run_release(&r);
    scene_release(&s);
}

/* Both sides can be parted: they are, without an error and with finite weights. */
static void sides_that_can_be_parted_have_finite_weights(void **state)
{
    scene s = line_scene();
    error e = {0};
    explanation a = explained_by(&s, "logistic", (float[]){1}, 3);
    const float *table = array_of(&a, "logistic.trial");
    (void)state;
    assert_true(table[0] > 0.9f && table[1] > 0.999f && table[2] < 0.3f);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* Accuracy, pairs in the right order and losses, from the definitions. */
static void fidelity_is_measured_on_held_out_z(void **state)
{
    enum { N_HELD = N / 2 };
    scene s = trained_scene("logit");
    float *z = allocate(N_HELD * Z, sizeof *z), *fitted = allocate(N * Z, sizeof *fitted);
    float *here = draw(Z, 4);
    surrogate_run r = surrogate_run_of(&s, "logistic", &few_samples);
    explanation a = surrogate_explained(&r, here);
    const float *w = kept_arrays_find(kept_by(&r), "coefficients")->data;
    double odds[N_HELD], right = 0, pairs = 0, in_order = 0, loss = 0, constant_loss = 0, share = 1;
    double threshold = (double)*array_of(&a, "logistic.threshold");
    bool is_high[N_HELD];
    (void)state;
    prior_fill(z, Z, DRAW_HELD_OUT, N_HELD);
    prior_fill(fitted, Z, DRAW_PRIOR, N);
    for (size_t i = 0; i < N; i++)
        share += (double)value_at_z(&s, fitted + i * Z, NULL, NULL) > threshold;
    share /= N + 2;
    for (size_t i = 0; i < N_HELD; i++) {
        odds[i] = (double)w[0] + dot(w + 1, z + i * Z, Z);
        is_high[i] = (double)value_at_z(&s, z + i * Z, NULL, NULL) > threshold;
        double p = sigmoid_of(odds[i]);
        right += (p > 0.5) == is_high[i];
        loss -= log(is_high[i] ? p : 1 - p) / N_HELD;
        constant_loss -= log(is_high[i] ? share : 1 - share) / N_HELD;
    }
    for (size_t i = 0; i < N_HELD; i++)
        for (size_t k = 0; k < N_HELD; k++)
            if (is_high[i] && !is_high[k]) {
                pairs++;
                in_order += odds[i] > odds[k];
            }
    const float *table = array_of(&a, "logistic.trial");
    assert_close(table, ((double[]){right / N_HELD, in_order / pairs, loss}), 3, 1e-4, 0);
    assert_close(table + 4, ((double[]){0.5, constant_loss}), 2, 1e-4, 0);
    assert_close(array_of(&a, "logistic.fidelity"), &(double){fmax(0, 1 - loss / constant_loss)}, 1,
                 1e-3, 1e-6);
    free(z);
    free(fitted);
    free(here);
    explanation_release(&a);
    surrogate_run_release(&r);
    scene_release(&s);
}

/* Of 32 held-out z the 12 groups begin with the two of the least odds. */
static void the_curve_is_of_probabilities(void **state)
{
    enum { N_HELD = N / 2, N_GROUPS = 12 };
    scene s = trained_scene("logit");
    float *here = draw(Z, 4), threshold;
    surrogate_run r = surrogate_run_of(&s, "logistic", &few_samples);
    explanation a = surrogate_explained(&r, here);
    const float *odds = kept_arrays_find(kept_by(&r), "predicted")->data;
    const float *found = kept_arrays_find(kept_by(&r), "held_out")->data;
    const float *curve = array_of(&a, "logistic.predicted");
    size_t least = 0, next;
    (void)state;
    threshold = *array_of(&a, "logistic.threshold");
    for (size_t i = 0; i < N_HELD; i++)
        least = odds[i] < odds[least] ? i : least;
    next = least == 0;
    for (size_t i = 0; i < N_HELD; i++)
        next = i != least && odds[i] < odds[next] ? i : next;
    double p = (sigmoid_of((double)odds[least]) + sigmoid_of((double)odds[next])) / 2;
    double high = ((found[least] > threshold) + (found[next] > threshold)) / 2.0;
    assert_close(&curve[0], &p, 1, 1e-5, 1e-6);
    assert_close(&curve[N_GROUPS], &p, 1, 1e-5, 1e-6);
    assert_close(&curve[2 * N_GROUPS], &high, 1, 1e-5, 1e-6);
    explanation_release(&a);
    surrogate_run_release(&r);
    free(here);
    scene_release(&s);
}

static float threshold_of(float bias, const char *target)
{
    scene s = line_scene();
    s.d.layers[0].bias[0] = bias;
    aim(&s, target);
    explanation a = explained_by(&s, "logistic", (float[]){1}, 3);
    float threshold = *array_of(&a, "logistic.threshold");
    explanation_release(&a);
    scene_release(&s);
    return threshold;
}

/* The logit is 2 z0 and the bias; 0 is D's decision while it parts the z. */
static void the_threshold_is_a_decision_or_else_the_median(void **state)
{
    (void)state;
    assert_true(threshold_of(1, "logit") == 0);
    assert_true(fabsf(threshold_of(9, "logit") - 9) < 1);
    assert_true(fabsf(threshold_of(-9, "logit") + 9) < 1);
    assert_true(fabsf(threshold_of(0, "pixel:0,0")) < 1);
    assert_true(threshold_of(0, "pixel:0,0") != 0);
}

/* The judge's logit of class 3 is 2 z0 + 1, whose median is no 0. */
static void the_threshold_of_a_class_is_the_decision_of_the_judge(void **state)
{
    scene s = line_scene();
    network judge = network_of("10", N_PIXELS);
    explain_target t = target_of("class:3");
    (void)state;
    judge.layers[0].weight.data[3 * N_PIXELS] = 1;
    judge.layers[0].bias[3] = 1;
    t.classifier = &judge;
    aim_at(&s, t);
    explanation a = explained_by(&s, "logistic", (float[]){1}, 3);
    assert_true(*array_of(&a, "logistic.threshold") == 0);
    explanation_release(&a);
    scene_release(&s);
    network_release(&judge);
}

static void a_target_that_never_changes_has_no_odds(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        scene s = scene_of("784", "1", 1);
        error e = {0};
        s.d.layers[0].bias[0] = k ? 3 : 0;
        aim(&s, "logit");
        explanation a = explained_by(&s, "logistic", (float[]){1}, 3);
        for (size_t i = 0; i < a.n_arrays; i++)
            assert_int_equal(find_not_finite(a.arrays[i].data, a.arrays[i].n), a.arrays[i].n);
        assert_true(array_of(&a, "logistic.trial")[1] == 0.5f);
        if (explanation_judge(&a, &e))
            fail_msg("%s", e.message);
        explanation_release(&a);
        scene_release(&s);
    }
}

static void every_target_has_odds_that_pass_their_checks(void **state)
{
    (void)state;
    every_target_passes("logistic");
}

static void the_odds_are_the_same_for_all_z_and_any_threads(void **state)
{
    (void)state;
    a_fit_is_shared_and_the_same_on_any_threads("logistic", "logistic.weights");
}

static void contributions_start_from_the_baseline(void **state)
{
    scene s = line_scene();
    float rows[2] = {1, 4};
    const explain_baseline two = {.n = 2, .z = rows};
    explain_request q = few_samples;
    q.baseline = &two;
    surrogate_run r = surrogate_run_of(&s, "logistic", &q);
    explanation a = surrogate_explained(&r, (float[]){-1});
    const float *w = array_of(&a, "logistic.weights");
    (void)state;
    assert_close(array_of(&a, "logistic.z"), &(float){-3.5f * *w}, 1, 1e-5, 0);
    assert_close(array_of(&a, "logistic.z_error"),
                 &(float){3.5f * *array_of(&a, "logistic.weights_error")}, 1, 1e-5, 0);
    assert_true(check_is_met(&a, "logistic.adds_up"));
    explanation_release(&a);
    surrogate_run_release(&r);
    scene_release(&s);
}

/* ---- What comes from a file ---- */

static void a_fit_that_was_kept_is_taken_if_it_is_whole(void **state)
{
    (void)state;
    what_is_not_whole_is_refused("logistic");
    what_was_kept_is_not_fitted_again("logistic");
}

/* ---- Planted faults ---- */

static void predict_at(kept_arrays *k, method_draw what)
{
    size_t n = kept_arrays_find(k, "held_out")->n;
    const float *w = kept_arrays_find(k, "coefficients")->data;
    float *z = allocate(n * Z, sizeof *z);
    prior_fill(z, Z, what, n);
    for (size_t r = 0; r < n; r++)
        kept_arrays_find(k, "predicted")->data[r] =
            (float)((double)w[0] + dot(w + 1, z + r * Z, Z));
    free(z);
}

static void leak(kept_arrays *k)
{
    memcpy(kept_arrays_find(k, "held_out")->data, kept_arrays_find(k, "fitted_to")->data,
           kept_arrays_find(k, "held_out")->n * sizeof(float));
    predict_at(k, DRAW_PRIOR);
}

static void drop(kept_arrays *k)
{
    kept_arrays_find(k, "coefficients")->data[3] = 0;
    predict_at(k, DRAW_HELD_OUT);
}

static void shift(kept_arrays *k) { kept_arrays_find(k, "coefficients")->data[0] += 0.1f; }

/* Low is called high. */
static void turn(kept_arrays *k)
{
    kept_array w = *kept_arrays_find(k, "coefficients");
    for (size_t i = 0; i < w.n; i++)
        w.data[i] = -w.data[i];
    predict_at(k, DRAW_HELD_OUT);
}

static void a_planted_fault_breaks_its_check(void **state)
{
    static const struct {
        void (*plant)(kept_arrays *k);
        const char *check;
    } faults[] = {{leak, "logistic.held_out_against_double"},
                  {shift, "logistic.held_out_against_double"},
                  {drop, "logistic.score_equations"},
                  {shift, "logistic.score_equations"},
                  {turn, "logistic.score_equations"}};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (is_met_with("logistic", faults[i].plant, faults[i].check))
            fail_msg("fault %zu is not seen by %s", i, faults[i].check);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(odds_of_one_component_are_as_by_hand),
        cmocka_unit_test(sides_that_can_be_parted_have_finite_weights),
        cmocka_unit_test(fidelity_is_measured_on_held_out_z),
        cmocka_unit_test(the_curve_is_of_probabilities),
        cmocka_unit_test(the_threshold_is_a_decision_or_else_the_median),
        cmocka_unit_test(the_threshold_of_a_class_is_the_decision_of_the_judge),
        cmocka_unit_test(a_target_that_never_changes_has_no_odds),
        cmocka_unit_test(every_target_has_odds_that_pass_their_checks),
        cmocka_unit_test(the_odds_are_the_same_for_all_z_and_any_threads),
        cmocka_unit_test(contributions_start_from_the_baseline),
        cmocka_unit_test(a_fit_that_was_kept_is_taken_if_it_is_whole),
        cmocka_unit_test(a_planted_fault_breaks_its_check),
    };
    return cmocka_run_group_tests_name("logistic", tests, NULL, NULL);
}
