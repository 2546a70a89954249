/* SPDX-License-Identifier: MIT */
/* A network fitted over the prior: its steps and its gradient by hand, and broken on purpose. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "surrogate_scene.h"
#include "use_threads.h"
#include "../src/explain/fitted_network.h"
#include <math.h>
#include <stdlib.h>

enum { N = 64, BATCH = 32, EPOCHS = 10 };

/* ---- Fitting ---- */

/* y = 3 z0 - z1 + 2, and a sample of it. */
static prior_sample line_sample(void)
{
    prior_sample s = {.n = N, .z = allocate(2 * N, sizeof *s.z), .value = allocate(N, sizeof *s.z)};
    prior_fill(s.z, 2, DRAW_PRIOR, N);
    for (size_t i = 0; i < N; i++)
        s.value[i] = 3 * s.z[2 * i] - s.z[2 * i + 1] + 2;
    return s;
}

/* Adam's way of a weighted sum of two, from its definition. */
static void run_adam(double w[3], const prior_sample *s, double mean, double scale)
{
    double m[3] = {0}, v[3] = {0}, step = 0;
    uint32_t order[N];
    for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
        rng r = surrogate_rng(SURROGATE_EPOCHS + epoch);
        rng_fill_permutation(&r, order, N);
        for (size_t at = 0; at < N; at += BATCH) {
            double g[3] = {0};
            step++;
            for (size_t i = at; i < at + BATCH; i++) {
                const float *z = s->z + 2 * order[i];
                double x[3] = {(double)z[0], (double)z[1], 1};
                double off =
                    w[0] * x[0] + w[1] * x[1] + w[2] - ((double)s->value[order[i]] - mean) / scale;
                for (size_t k = 0; k < 3; k++)
                    g[k] += 2 * off * x[k] / BATCH;
            }
            for (size_t k = 0; k < 3; k++) {
                m[k] = 0.9 * m[k] + 0.1 * g[k];
                v[k] = 0.999 * v[k] + 0.001 * g[k] * g[k];
                w[k] -= 1e-3 * (m[k] / (1 - pow(0.9, step))) /
                        (sqrt(v[k] / (1 - pow(0.999, step))) + 1e-8);
            }
        }
    }
}

static void steps_are_those_of_adam_on_batches(void **state)
{
    prior_sample s = line_sample();
    network net, begun;
    double mean = sum(s.value, N) / N, scale = 0;
    rng r = surrogate_rng(SURROGATE_WEIGHTS);
    (void)state;
    for (size_t i = 0; i < N; i++)
        scale += pow((double)s.value[i] - mean, 2) / N;
    scale = sqrt(scale);
    network_fit_init(&net, (float[]){1}, 1, 2);
    network_fit_init(&begun, (float[]){1}, 1, 2);
    network_fill_glorot(&begun, &r);
    double w[3] = {(double)begun.layers[0].weight.data[0], (double)begun.layers[0].weight.data[1],
                   0};
    double off = network_fit(&net, &s);
    run_adam(w, &s, mean, scale);
    assert_close(net.layers[0].weight.data, ((double[]){w[0] * scale, w[1] * scale}), 2, 1e-5, 0);
    assert_close(net.layers[0].bias, &(double){w[2] * scale + mean}, 1, 1e-5, 0);
    assert_true(off < 1e-4);
    network_release(&net);
    network_release(&begun);
    prior_sample_release(&s);
}

static void a_deep_network_goes_by_its_gradient(void **state)
{
    prior_sample s = line_sample();
    network net;
    (void)state;
    network_fit_init(&net, (float[]){7, 5, 3, 1}, 4, 2);
    assert_int_equal(net.n_layers, 4);
    assert_true(net.layers[2].f.kind == RELU && net.layers[3].f.kind == LINEAR);
    assert_true(network_fit(&net, &s) < 1e-4);
    network_release(&net);
    prior_sample_release(&s);
}

/* Twenty steps of Adam at 1e-3 lead a weight no farther than 0.064. */
static void a_deep_network_begins_with_weights_of_glorot(void **state)
{
    prior_sample s = line_sample();
    network net, begun;
    rng r = surrogate_rng(SURROGATE_WEIGHTS);
    (void)state;
    network_fit_init(&net, (float[]){7, 5, 1}, 3, 2);
    network_fit_init(&begun, (float[]){7, 5, 1}, 3, 2);
    network_fill_glorot(&begun, &r);
    network_fit(&net, &s);
    for (size_t i = 0; i < 2; i++)
        assert_close(net.layers[i].weight.data, begun.layers[i].weight.data,
                     net.layers[i].n_in * net.layers[i].n_out, 0, 0.064);
    network_release(&net);
    network_release(&begun);
    prior_sample_release(&s);
}

/* ---- What is shown ---- */

static void replace(kept_arrays *k, const char *name, const float *data, size_t n)
{
    kept_array *old = (kept_array *)(uintptr_t)kept_arrays_find(k, name);
    old->data = reallocate(old->data, n, sizeof *old->data);
    memcpy(old->data, data, n * sizeof *data);
    old->n = n;
}

/* max(0, 2 z0 + z1 + 1) 3 - max(0, -z1) + 0.5 at (1, -1, ...): the rates are 6 and 4. */
static explanation hand_network(scene *s, surrogate_run *r, const float *z)
{
    float w[Z * 2 + 2 + 2 + 1] = {2, 1};
    w[Z + 1] = -1;
    w[2 * Z] = 1;
    w[2 * Z + 2] = 3;
    w[2 * Z + 3] = -1;
    w[2 * Z + 4] = 0.5f;
    *r = surrogate_run_of(s, "network", &few_samples);
    replace(kept_by(r), "widths", (float[]){2, 1}, 2);
    replace(kept_by(r), "parameters", w, sizeof w / sizeof *w);
    return surrogate_explained(r, z);
}

static void contributions_are_rates_times_z(void **state)
{
    scene s = trained_scene("logit");
    surrogate_run r;
    const float z[Z] = {1, -1, 2};
    explanation a = hand_network(&s, &r, z);
    (void)state;
    assert_close(array_of(&a, "network.gradient"), ((float[Z]){6, 4}), Z, 1e-6, 1e-6);
    assert_close(array_of(&a, "network.z"), ((float[Z]){6, -4}), Z, 1e-6, 1e-6);
    /* 3 (2 - 1 + 1) - 1 + 0.5 */
    assert_close(array_of(&a, "network.missed"), &(float){*a.target - 5.5f}, 1, 1e-5, 1e-5);
    assert_true(check_is_met(&a, "network.z_against_differences"));
    float explained = *array_of(&a, "network.explained");
    assert_true(explained > 0.5f && explained < 0.999f);
    explanation_release(&a);
    surrogate_run_release(&r);
    scene_release(&s);
}

/* Far from its kinks it is straight. */
static void a_straight_network_is_all_explained(void **state)
{
    scene s = trained_scene("logit");
    surrogate_run r;
    const float z[Z] = {90, 90};
    explanation a = hand_network(&s, &r, z);
    (void)state;
    assert_close(array_of(&a, "network.explained"), &(float){1}, 1, 1e-5, 0);
    explanation_release(&a);
    surrogate_run_release(&r);
    scene_release(&s);
}

static void a_component_on_a_kink_is_left_out_of_the_check(void **state)
{
    scene s = trained_scene("logit");
    surrogate_run r;
    const float z[Z] = {1, 0};
    explanation a = hand_network(&s, &r, z);
    (void)state;
    for (size_t i = 0; i < a.n_checks; i++)
        if (strcmp(a.checks[i].name, "network.z_against_differences") == 0)
            assert_true(a.checks[i].n_left_out == 1 && a.checks[i].n_samples == Z);
    assert_true(check_is_met(&a, "network.z_against_differences"));
    explanation_release(&a);
    surrogate_run_release(&r);
    scene_release(&s);
}

static void contributions_start_from_the_baseline(void **state)
{
    scene s = trained_scene("logit");
    float *rows = draw(Z, 3), *z = draw(Z, 4);
    const explain_baseline one = {.n = 1, .z = rows};
    explain_request q = few_samples;
    q.baseline = &one;
    surrogate_run r = surrogate_run_of(&s, "network", &q);
    explanation a = surrogate_explained(&r, z);
    (void)state;
    for (size_t i = 0; i < Z; i++)
        assert_close(&array_of(&a, "network.z")[i],
                     &(float){array_of(&a, "network.gradient")[i] * (z[i] - rows[i])}, 1, 1e-5,
                     1e-7);
    assert_true(check_is_met(&a, "network.z_against_differences"));
    explanation_release(&a);
    surrogate_run_release(&r);
    free(rows);
    free(z);
    scene_release(&s);
}

static void unless_it_is_said_it_has_five_layers(void **state)
{
    scene s = trained_scene("logit");
    surrogate_run r = surrogate_run_of(&s, "network", &few_samples);
    const kept_array *widths = kept_arrays_find(kept_by(&r), "widths");
    (void)state;
    assert_int_equal(widths->n, 5);
    assert_close(widths->data, ((float[]){128, 64, 32, 16, 1}), 5, 0, 0);
    surrogate_run_release(&r);
    scene_release(&s);
}

static void it_may_have_the_widths_of_g(void **state)
{
    scene s = trained_scene("logit");
    explain_plan plan = {0};
    error e = {0};
    (void)state;
    explain_plan_choose(&plan, "network");
    void *settings = all_on(plan.methods[0]);
    explain_plan_set(&plan, plan.methods[0], settings);
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &few_samples, &e), 0);
    const kept_array *widths = kept_arrays_find(plan.states[0], "widths");
    assert_int_equal(widths->n, 3);
    assert_close(widths->data, ((float[]){24, 17, 1}), 3, 0, 0);
    explain_plan_release(&plan);
    free(settings);
    scene_release(&s);
}

/* ---- Any run ---- */

static void a_target_that_never_changes_comes_of_no_component(void **state)
{
    scene s = scene_of("784", "1", 2);
    error e = {0};
    (void)state;
    s.d.layers[0].bias[0] = 3;
    aim(&s, "logit");
    explanation a = explained_by(&s, "network", (float[]){1, 2}, 3);
    for (size_t i = 0; i < a.n_arrays; i++)
        assert_int_equal(find_not_finite(a.arrays[i].data, a.arrays[i].n), a.arrays[i].n);
    assert_true(array_of(&a, "network.z")[0] == 0 && *array_of(&a, "network.fidelity") == 0);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    scene_release(&s);
}

static void every_target_has_a_network_that_passes_its_checks(void **state)
{
    (void)state;
    every_target_passes("network");
}

static void the_network_is_the_same_for_all_z_and_any_threads(void **state)
{
    (void)state;
    a_fit_is_shared_and_the_same_on_any_threads("network", "network.trial");
}

/* ---- What comes from a file ---- */

static void a_fit_that_was_kept_is_taken_if_it_is_whole(void **state)
{
    (void)state;
    what_is_not_whole_is_refused("network");
    what_was_kept_is_not_fitted_again("network");
}

static void a_fit_of_other_widths_is_not_taken(void **state)
{
    scene s = trained_scene("logit");
    surrogate_run r = surrogate_run_of(&s, "network", &few_samples);
    float *widths = kept_arrays_find(kept_by(&r), "widths")->data;
    void *like_g = all_on(r.plan.methods[0]);
    (void)state;
    widths[1] = 32;
    assert_false(is_accepted(&r));
    widths[1] = 64;
    assert_true(is_accepted(&r));
    assert_false(r.plan.methods[0]->accepts(kept_by(&r), &s.x, &r.q, like_g));
    free(like_g);
    surrogate_run_release(&r);
    scene_release(&s);
}

/* ---- Planted faults ---- */

static void leak(kept_arrays *k)
{
    memcpy(kept_arrays_find(k, "held_out")->data, kept_arrays_find(k, "fitted_to")->data,
           kept_arrays_find(k, "held_out")->n * sizeof(float));
}

static void change_a_weight(kept_arrays *k)
{
    float *w = kept_arrays_find(k, "parameters")->data;
    for (size_t i = 0; i < 128; i++)
        w[i] *= 1.01f;
}

static void misjudge(kept_arrays *k) { *kept_arrays_find(k, "fit_gradient")->data = 0.01f; }

static void a_planted_fault_breaks_its_check(void **state)
{
    static const struct {
        void (*plant)(kept_arrays *k);
        const char *check;
    } faults[] = {{leak, "network.held_out_against_double"},
                  {change_a_weight, "network.held_out_against_double"},
                  {misjudge, "network.fit_gradient_against_differences"}};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (is_met_with("network", faults[i].plant, faults[i].check))
            fail_msg("fault %zu is not seen by %s", i, faults[i].check);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_those_of_adam_on_batches),
        cmocka_unit_test(a_deep_network_goes_by_its_gradient),
        cmocka_unit_test(a_deep_network_begins_with_weights_of_glorot),
        cmocka_unit_test(contributions_are_rates_times_z),
        cmocka_unit_test(a_straight_network_is_all_explained),
        cmocka_unit_test(a_component_on_a_kink_is_left_out_of_the_check),
        cmocka_unit_test(contributions_start_from_the_baseline),
        cmocka_unit_test(unless_it_is_said_it_has_five_layers),
        cmocka_unit_test(it_may_have_the_widths_of_g),
        cmocka_unit_test(a_target_that_never_changes_comes_of_no_component),
        cmocka_unit_test(every_target_has_a_network_that_passes_its_checks),
        cmocka_unit_test(the_network_is_the_same_for_all_z_and_any_threads),
        cmocka_unit_test(a_fit_that_was_kept_is_taken_if_it_is_whole),
        cmocka_unit_test(a_fit_of_other_widths_is_not_taken),
        cmocka_unit_test(a_planted_fault_breaks_its_check),
    };
    return cmocka_run_group_tests_name("network surrogate", tests, NULL, NULL);
}
