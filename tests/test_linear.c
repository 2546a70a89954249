/* SPDX-License-Identifier: MIT */
/* A straight line over the prior: found by hand, by a plain twin, and broken on purpose. */
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

static const float hand_z[3] = {1, -2, 0.5f};

/* The logit is 0.5 - 2 z0 + 1.5 z1 + z2. */
static scene linear_scene(void)
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
    aim(&s, "logit");
    return s;
}

static void a_straight_line_is_found_as_by_hand(void **state)
{
    scene s = linear_scene();
    explanation a = explained_by(&s, "linear", hand_z, 3);
    error e = {0};
    (void)state;
    assert_close(array_of(&a, "linear.weights"), ((float[]){-2, 1.5f, 1}), 3, 1e-5, 0);
    assert_close(array_of(&a, "linear.z"), ((float[]){-2, -3, 0.5f}), 3, 1e-5, 0);
    assert_close(array_of(&a, "linear.weights_error"), ((float[]){0, 0, 0}), 3, 0, 1e-6);
    assert_close(array_of(&a, "linear.fidelity"), &(float){1}, 1, 1e-6, 0);
    assert_close(array_of(&a, "linear.missed"), &(float){0}, 1, 0, 1e-5);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Against a plain twin ---- */

enum { P = Z + 1 };

/* The design and its products with the target: by Gauss-Jordan, the inverse and the solution. */
static void solve_plainly(double inverse[P][P], double *solution, const double *y, const float *z,
                          size_t n)
{
    double a[P][2 * P] = {{0}}, moment[P] = {0};
    for (size_t r = 0; r < n; r++)
        for (size_t i = 0; i < P; i++) {
            double v = i ? (double)z[r * Z + i - 1] : 1;
            for (size_t k = 0; k < P; k++)
                a[i][k] += v * (k ? (double)z[r * Z + k - 1] : 1);
            moment[i] += v * y[r];
        }
    for (size_t i = 0; i < P; i++)
        a[i][P + i] = 1;
    for (size_t i = 0; i < P; i++) {
        double pivot = a[i][i];
        for (size_t k = 0; k < 2 * P; k++)
            a[i][k] /= pivot;
        for (size_t r = 0; r < P; r++) {
            double factor = a[r][i];
            for (size_t k = 0; r != i && k < 2 * P; k++)
                a[r][k] -= factor * a[i][k];
        }
    }
    for (size_t i = 0; i < P; i++) {
        solution[i] = 0;
        for (size_t k = 0; k < P; k++) {
            inverse[i][k] = a[i][P + k];
            solution[i] += inverse[i][k] * moment[k];
        }
    }
}

/* The target at z of the prior, one by one. */
static double *values_of(scene *s, const float *z, size_t n)
{
    double *y = allocate(n, sizeof *y);
    for (size_t r = 0; r < n; r++)
        y[r] = (double)value_at_z(s, z + r * Z, NULL, NULL);
    return y;
}

/* Coefficients and errors of a logit that is no straight line, from the definition. */
static void a_curved_logit_is_fitted_as_by_the_definition(void **state)
{
    enum { N = 64 };
    scene s = trained_scene("logit");
    float *z = allocate(N * Z, sizeof *z), *here = draw(Z, 4);
    double inverse[P][P], beta[P], square = 0;
    explanation a = explained_by(&s, "linear", here, 3);
    (void)state;
    prior_fill(z, Z, DRAW_PRIOR, N);
    double *y = values_of(&s, z, N);
    solve_plainly(inverse, beta, y, z, N);
    for (size_t r = 0; r < N; r++) {
        double left = y[r] - beta[0];
        for (size_t i = 0; i < Z; i++)
            left -= beta[1 + i] * (double)z[r * Z + i];
        square += left * left;
    }
    double residual = sqrt(square / (N - P)), error_of[Z];
    for (size_t i = 0; i < Z; i++)
        error_of[i] = residual * sqrt(inverse[1 + i][1 + i]);
    assert_close_by_norm(array_of(&a, "linear.weights"), beta + 1, Z, 1e-5);
    assert_close_by_norm(array_of(&a, "linear.weights_error"), error_of, Z, 1e-5);
    assert_close(array_of(&a, "linear.residual"), &residual, 1, 1e-5, 0);
    for (size_t i = 0; i < Z; i++)
        assert_close(&array_of(&a, "linear.z_error")[i],
                     &(double){error_of[i] * fabs((double)here[i])}, 1, 1e-5, 0);
    free(z);
    free(y);
    free(here);
    explanation_release(&a);
    scene_release(&s);
}

typedef struct {
    double as_in_the_table[3];
} scores;

/* Of the mean over the z that was fitted to, on targets y (n) of others. */
static scores find_constant_scores(scene *s, const double *y, size_t n)
{
    enum { N_FITTED = 64 };
    float *z = allocate(N_FITTED * Z, sizeof *z);
    double constant = 0, mean = 0, square = 0, all = 0, absolute = 0;
    prior_fill(z, Z, DRAW_PRIOR, N_FITTED);
    double *fitted = values_of(s, z, N_FITTED);
    for (size_t r = 0; r < N_FITTED; r++)
        constant += fitted[r] / N_FITTED;
    for (size_t r = 0; r < n; r++)
        mean += y[r] / (double)n;
    for (size_t r = 0; r < n; r++) {
        square += (y[r] - constant) * (y[r] - constant);
        all += (y[r] - mean) * (y[r] - mean);
        absolute += fabs(y[r] - constant) / (double)n;
    }
    free(fitted);
    free(z);
    return (scores){{1 - square / all, absolute, sqrt(square / (double)n)}};
}

/* R2 and errors over z that nothing was fitted to, from what the explanation says of the line. */
static void fidelity_is_measured_on_held_out_z(void **state)
{
    enum { N = 32 };
    scene s = trained_scene("logit");
    float *z = allocate(N * Z, sizeof *z), *here = draw(Z, 4);
    explanation a = explained_by(&s, "linear", here, 3);
    const float *beta = array_of(&a, "linear.weights"), *table = array_of(&a, "linear.trial");
    double mean = 0, square = 0, all = 0, absolute = 0, constant;
    (void)state;
    constant = (double)*a.target - (double)*array_of(&a, "linear.missed") - dot(beta, here, Z);
    prior_fill(z, Z, DRAW_HELD_OUT, N);
    double *y = values_of(&s, z, N);
    for (size_t r = 0; r < N; r++)
        mean += y[r] / N;
    for (size_t r = 0; r < N; r++) {
        double off = y[r] - constant - dot(beta, z + r * Z, Z);
        square += off * off;
        absolute += fabs(off) / N;
        all += (y[r] - mean) * (y[r] - mean);
    }
    assert_close(table, ((double[]){1 - square / all, absolute, sqrt(square / N)}), 3, 1e-4, 0);
    assert_string_equal(whole_array_of(&a, "linear.trial")->labels[0], "R2 on 32 others");
    assert_close(array_of(&a, "linear.fidelity"), &(double){1 - square / all}, 1, 1e-4, 0);
    assert_true(table[3] <= 0 && table[5] > table[2]);
    assert_close(table + 3, find_constant_scores(&s, y, N).as_in_the_table, 3, 1e-4, 1e-6);
    free(z);
    free(y);
    free(here);
    explanation_release(&a);
    scene_release(&s);
}

/* Of 32 held-out z the 12 groups begin with the two that least is predicted of. */
static void the_first_group_is_that_of_the_least_predictions(void **state)
{
    enum { N = 32, N_GROUPS = 12 };
    scene s = trained_scene("logit");
    float *here = draw(Z, 4);
    surrogate_run r = surrogate_run_of(&s, "linear", &few_samples);
    explanation a = surrogate_explained(&r, here);
    const float *predicted = kept_arrays_find(kept_by(&r), "predicted")->data;
    const float *found = kept_arrays_find(kept_by(&r), "held_out")->data;
    const named_array *curve = whole_array_of(&a, "linear.predicted");
    size_t least = 0, next = 1;
    (void)state;
    for (size_t i = 0; i < N; i++)
        least = predicted[i] < predicted[least] ? i : least;
    next = least == 0;
    for (size_t i = 0; i < N; i++)
        next = i != least && predicted[i] < predicted[next] ? i : next;
    double x = ((double)predicted[least] + (double)predicted[next]) / 2;
    double y = ((double)found[least] + (double)found[next]) / 2;
    double away = fabs((double)found[least] - (double)found[next]) / 2;
    assert_int_equal(curve->shape[1], N_GROUPS);
    const double want[] = {x, x, y, y - 0.8 * away, y + 0.8 * away};
    for (size_t i = 0; i < 5; i++)
        assert_close(&curve->data[i * N_GROUPS], &want[i], 1, 1e-5, 1e-6);
    explanation_release(&a);
    surrogate_run_release(&r);
    free(here);
    scene_release(&s);
}

/* ---- Any run ---- */

static void every_target_has_a_line_that_passes_its_checks(void **state)
{
    (void)state;
    every_target_passes("linear");
}

static void the_line_is_the_same_for_all_z_and_any_threads(void **state)
{
    (void)state;
    a_fit_is_shared_and_the_same_on_any_threads("linear", "linear.weights");
}

static void contributions_start_from_the_baseline(void **state)
{
    scene s = linear_scene();
    float rows[6] = {1, 0, 0, 3, 2, -1};
    const explain_baseline two = {.n = 2, .z = rows};
    explain_request q = {.n_top = 3, .black = -1, .probe = 3, .n_samples = 64, .baseline = &two};
    surrogate_run r = surrogate_run_of(&s, "linear", &q);
    explanation a = surrogate_explained(&r, hand_z);
    (void)state;
    /* their mean is (2, 1, -0.5) */
    assert_close(array_of(&a, "linear.z"), ((float[]){2, -4.5f, 1}), 3, 1e-5, 0);
    assert_true(check_is_met(&a, "linear.adds_up"));
    explanation_release(&a);
    surrogate_run_release(&r);
    scene_release(&s);
}

static void a_target_that_never_changes_has_no_rates(void **state)
{
    scene s = scene_of("784", "1", 1);
    error e = {0};
    (void)state;
    s.d.layers[0].bias[0] = 3;
    aim(&s, "logit");
    explanation a = explained_by(&s, "linear", hand_z, 3);
    assert_true(*array_of(&a, "linear.weights") == 0 && *array_of(&a, "linear.z") == 0);
    assert_true(*array_of(&a, "linear.fidelity") == 0 && *array_of(&a, "linear.residual") == 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

static void samples_are_at_most_as_many_as_are_needed(void **state)
{
    scene s = linear_scene();
    explain_request q = few_samples;
    (void)state;
    q.n_samples = 10000;
    surrogate_run r = surrogate_run_of(&s, "linear", &q);
    assert_int_equal(kept_arrays_find(kept_by(&r), "fitted_to")->n, SURROGATE_SAMPLES);
    surrogate_run_release(&r);
    scene_release(&s);
}

static void there_are_more_samples_than_components_whatever_is_asked_for(void **state)
{
    scene s = scene_of("784", "1", 40);
    float *z = draw(40, 4);
    error e = {0};
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation a = explained_by(&s, "linear", z, 3);
    assert_string_equal(whole_array_of(&a, "linear.trial")->labels[3], "straight line, of 164 z");
    assert_close(array_of(&a, "linear.fidelity"), &(float){1}, 1, 1e-5, 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- What comes from a file ---- */

static void a_fit_that_was_kept_is_taken_if_it_is_whole(void **state)
{
    (void)state;
    what_is_not_whole_is_refused("linear");
    what_was_kept_is_not_fitted_again("linear");
}

/* ---- Planted faults ---- */

/* Predictions of the samples that it was fitted to, in place of the others. */
static void leak(kept_arrays *k)
{
    size_t n = kept_arrays_find(k, "held_out")->n;
    const float *beta = kept_arrays_find(k, "coefficients")->data;
    const float *fitted = kept_arrays_find(k, "fitted_to")->data;
    float *z = allocate(n * Z, sizeof *z);
    prior_fill(z, Z, DRAW_PRIOR, n);
    for (size_t r = 0; r < n; r++) {
        kept_arrays_find(k, "held_out")->data[r] = fitted[r];
        kept_arrays_find(k, "predicted")->data[r] =
            (float)((double)beta[0] + dot(beta + 1, z + r * Z, Z));
    }
    free(z);
}

/* A line that leaves component 2 alone, and says so of the held-out z, too. */
static void drop(kept_arrays *k)
{
    size_t n = kept_arrays_find(k, "held_out")->n;
    float *beta = kept_arrays_find(k, "coefficients")->data, *z = allocate(n * Z, sizeof *z);
    beta[3] = 0;
    prior_fill(z, Z, DRAW_HELD_OUT, n);
    for (size_t r = 0; r < n; r++)
        kept_arrays_find(k, "predicted")->data[r] =
            (float)((double)beta[0] + dot(beta + 1, z + r * Z, Z));
    free(z);
}

static void shift(kept_arrays *k) { kept_arrays_find(k, "coefficients")->data[0] += 0.1f; }

static void predict_nothing(kept_arrays *k)
{
    kept_arrays_find(k, "predicted")->data[0] = NAN;
    for (size_t i = 0; i < kept_arrays_find(k, "predicted")->n; i++)
        kept_arrays_find(k, "predicted")->data[i] = NAN;
}

static void a_planted_fault_breaks_its_check(void **state)
{
    static const struct {
        void (*plant)(kept_arrays *k);
        const char *check;
    } faults[] = {{leak, "linear.held_out_against_double"},
                  {shift, "linear.held_out_against_double"},
                  {predict_nothing, "linear.held_out_against_double"},
                  {drop, "linear.normal_equations"},
                  {shift, "linear.normal_equations"}};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (is_met_with("linear", faults[i].plant, faults[i].check))
            fail_msg("fault %zu is not seen by %s", i, faults[i].check);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_is_found_as_by_hand),
        cmocka_unit_test(a_curved_logit_is_fitted_as_by_the_definition),
        cmocka_unit_test(fidelity_is_measured_on_held_out_z),
        cmocka_unit_test(the_first_group_is_that_of_the_least_predictions),
        cmocka_unit_test(samples_are_at_most_as_many_as_are_needed),
        cmocka_unit_test(every_target_has_a_line_that_passes_its_checks),
        cmocka_unit_test(the_line_is_the_same_for_all_z_and_any_threads),
        cmocka_unit_test(contributions_start_from_the_baseline),
        cmocka_unit_test(a_target_that_never_changes_has_no_rates),
        cmocka_unit_test(there_are_more_samples_than_components_whatever_is_asked_for),
        cmocka_unit_test(a_fit_that_was_kept_is_taken_if_it_is_whole),
        cmocka_unit_test(a_planted_fault_breaks_its_check),
    };
    return cmocka_run_group_tests_name("linear", tests, NULL, NULL);
}
