/* SPDX-License-Identifier: MIT */
/* lime, by hand where all is a straight line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "local_scene.h"
#include "../src/explain/lime_detail.h"
#include "use_threads.h"

static const float hand_z[3] = {1, -2, 0.5f};

static void a_linear_target_is_found_exactly(void **state)
{
    scene s = linear_scene("logit");
    explanation a = explained_by(&s, "lime", hand_z, 3);
    error e = {0};
    (void)state;
    /* the slopes by z are (-2, 1.5, 1) */
    assert_close(array_of(&a, "lime.z"), ((float[]){-2, -3, 0.5f}), 3, 1e-5, 0);
    assert_close(array_of(&a, "lime.z_error"), ((float[]){0, 0, 0}), 3, 0, 1e-5);
    assert_close(array_of(&a, "lime.r2_z"), &(float){1}, 1, 1e-6, 0);
    /* pixel 0 is 2, pixel 29 is -6, and both are in the first block of 16, whose black is -1 */
    const float *x = array_of(&a, "lime.x");
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_close(&x[i], &(float){i / 28 < 4 && i % 28 < 4 ? -5.5f / 16 : 0}, 1, 1e-5, 1e-6);
    assert_close(array_of(&a, "lime.r2_x"), &(float){1}, 1, 1e-6, 0);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Masks ---- */

/* A fit by hand, of masks that were drawn for n groups; released by the caller. */
static lime_fit fit_of(size_t n_groups, size_t n_samples, uint64_t seed, const lime_settings *set)
{
    const explain_request q = {.probe = seed};
    const explain_task t = {.q = &q};
    const coalition_game g = {.f = {.t = &t}, .groups = {.n = n_groups}};
    lime_fit m;
    lime_fit_init(&m, &g, set, n_samples);
    return m;
}

static const uint8_t *mask_at(const lime_fit *m, size_t i) { return m->present + i * m->n_groups; }

static size_t count_missing(const lime_fit *m, size_t i)
{
    size_t n = 0;
    for (size_t k = 0; k < m->n_groups; k++)
        n += !mask_at(m, i)[k];
    return n;
}

static void solve(lime_fit *m, const lime_settings *set)
{
    error e = {0};
    if (lime_fit_solve(m, set, &e))
        fail_msg("%s", e.message);
}

static const lime_settings plain = {.width = 0.25, .ridge = 0},
                           usual = {.width = 0.25, .ridge = 1e-6};

static void the_kernel_is_local(void **state)
{
    const uint8_t masks[4][4] = {{1, 1, 1, 1}, {1, 0, 1, 1}, {0, 1, 1, 0}, {0, 0, 0, 0}};
    /* exp(-0), exp(-1/2), exp(-2), exp(-8) */
    const double want[4] = {1, 0.60653065971263342, 0.1353352832366127, 3.3546262790251185e-4};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_close(&(double){lime_weigh(masks[i], 4, 0.25)}, &want[i], 1, 1e-14, 0);
}

static void a_mask_weighs_by_what_it_lacks(void **state)
{
    lime_fit m = fit_of(8, 100, 3, &plain);
    double all = 0, squares = 0;
    size_t n_of[9] = {0};
    (void)state;
    for (size_t i = 0; i < m.n; i++) {
        double share = (double)count_missing(&m, i) / 8;
        assert_close(&m.weight[i], &(double){exp(-8 * share * share)}, 1, 1e-14, 0);
        n_of[count_missing(&m, i)]++;
        m.value[i] = (double)i;
    }
    assert_int_equal(n_of[0], 1);
    for (size_t k = 1; k < 9; k++)
        assert_true(n_of[k] > 5 && n_of[k] < 30);
    for (size_t i = 0; i < m.n_fitted; i++) {
        all += m.weight[i];
        squares += m.weight[i] * m.weight[i];
    }
    solve(&m, &plain);
    assert_close(&m.n_effective, &(double){all * all / squares}, 1, 1e-12, 0);
    lime_fit_release(&m);
}

static void masks_held_out_are_others_than_those_fitted(void **state)
{
    lime_fit m = fit_of(40, 200, 3, &plain);
    (void)state;
    assert_int_equal(m.n_fitted, 200);
    assert_int_equal(m.n, 250);
    for (size_t i = m.n_fitted; i < m.n; i++)
        for (size_t k = 0; k < m.n_fitted; k++)
            if (count_missing(&m, i) > 2 && count_missing(&m, i) < 38)
                assert_memory_not_equal(mask_at(&m, i), mask_at(&m, k), m.n_groups);
    lime_fit_release(&m);
}

static void fewer_masks_than_a_line_needs_are_raised(void **state)
{
    (void)state;
    lime_fit m = fit_of(20, 3, 3, &plain);
    assert_int_equal(m.n_fitted, 42);
    lime_fit_release(&m);
}

/* ---- The line ---- */

/* 5 + sum of (k - 2) there_k, and a product. */
static void fill_values(lime_fit *m, double bend)
{
    for (size_t i = 0; i < m->n; i++) {
        const uint8_t *there = mask_at(m, i);
        m->value[i] = 5 + bend * there[0] * there[1] * there[2];
        for (size_t k = 0; k < m->n_groups; k++)
            m->value[i] += ((double)k - 2) * there[k];
    }
}

static void a_line_is_found_exactly_without_a_ridge(void **state)
{
    lime_fit m = fit_of(6, 30, 3, &plain);
    (void)state;
    fill_values(&m, 0);
    solve(&m, &plain);
    assert_close(m.coefficient, ((double[]){-2, -1, 0, 1, 2, 3}), 6, 1e-12, 1e-12);
    assert_close(&m.intercept, &(double){5}, 1, 1e-12, 0);
    assert_true(m.r2 == 1 && m.shrinkage == 0);
    lime_fit_release(&m);
}

/* Of one group the line goes through both means: the ridge takes r / (1 + r) of it. */
static void what_the_ridge_takes_is_reported(void **state)
{
    const lime_settings ridged = {.width = 0.25, .ridge = 0.25};
    lime_fit m = fit_of(1, 30, 3, &ridged);
    (void)state;
    fill_values(&m, 0);
    solve(&m, &ridged);
    assert_close(m.coefficient, &(double){-2 / 1.25}, 1, 1e-12, 0);
    assert_close(&m.shrinkage, &(double){0.25 / 1.25}, 1, 1e-12, 0);
    lime_fit_release(&m);
}

/* The second of two groups is there where the first is. */
static void double_a_group(lime_fit *m)
{
    for (size_t i = 0; i < m->n; i++)
        m->present[i * m->n_groups + 1] = m->present[i * m->n_groups];
}

static void groups_that_are_never_apart_share_alike(void **state)
{
    lime_fit m = fit_of(6, 60, 3, &usual);
    (void)state;
    double_a_group(&m);
    fill_values(&m, 0);
    solve(&m, &usual);
    assert_close(m.coefficient, ((double[]){-1.5, -1.5, 0, 1, 2, 3}), 6, 1e-4, 1e-4);
    assert_true(m.r2 > 0.999999 && m.shrinkage < 1e-4);
    lime_fit_release(&m);
}

/* Also where rounding would let them pass. */
static void without_a_ridge_they_are_refused(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        lime_fit m = fit_of(6, 60, seed, &plain);
        error e = {0};
        double_a_group(&m);
        fill_values(&m, 0);
        assert_int_equal(lime_fit_solve(&m, &plain, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_non_null(strstr(e.message, "do not tell 6 groups apart"));
        lime_fit_release(&m);
    }
}

static void a_target_that_does_not_change_has_no_r2(void **state)
{
    lime_fit m = fit_of(6, 60, 3, &usual);
    (void)state;
    for (size_t i = 0; i < m.n; i++)
        m.value[i] = -0.3;
    solve(&m, &usual);
    assert_true(isnan(m.r2));
    for (size_t k = 0; k < 6; k++)
        assert_true(fabs(m.coefficient[k]) < 1e-12 && fabs(m.error[k]) < 1e-12);
    lime_fit_release(&m);
}

/* Against the line of very many masks. */
static void intervals_hold_the_true_line_as_often_as_they_say(void **state)
{
    enum { N_SEEDS = 120, N_GROUPS = 8 };
    size_t n_covered = 0;
    (void)state;
    lime_fit all = fit_of(N_GROUPS, 40000, 1000, &usual);
    fill_values(&all, 4);
    solve(&all, &usual);
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        lime_fit m = fit_of(N_GROUPS, 400, seed, &usual);
        fill_values(&m, 4);
        solve(&m, &usual);
        for (size_t k = 0; k < N_GROUPS; k++)
            n_covered += fabs(m.coefficient[k] - all.coefficient[k]) <= 1.96 * m.error[k];
        lime_fit_release(&m);
    }
    double coverage = (double)n_covered / (N_SEEDS * N_GROUPS);
    if (!(coverage >= 0.93 && coverage <= 0.97))
        fail_msg("coverage %g", coverage);
    lime_fit_release(&all);
}

/* ---- On networks ---- */

static void every_target_passes_its_checks(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        error e = {0};
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "lime", z, 3);
        if (explanation_judge(&a, &e))
            fail_msg("%s: %s", words[i], e.message);
        assert_true(!explanation_find(&a, "lime.x") == !explain_is_of_picture(&s.x));
        assert_true(local_check(&a, "lime.z_against_double")->value > 0);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

static void z_at_the_baseline_changes_nothing(void **state)
{
    scene s = trained_scene("logit");
    const float zeros[Z] = {0};
    error e = {0};
    (void)state;
    explanation a = explained_by(&s, "lime", zeros, 3);
    for (size_t i = 0; i < Z; i++)
        assert_true(fabsf(array_of(&a, "lime.z")[i]) < 1e-6f);
    assert_null(explanation_find(&a, "lime.r2_z"));
    assert_non_null(explanation_find(&a, "lime.r2_x"));
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    scene_release(&s);
}

static void the_smallest_networks_are_explained(void **state)
{
    scene s = scene_of_shape("3:relu,1:tanh", "1", 1, shape_of(1, 1));
    const float z = 0.7f;
    error e = {0};
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    float at_zero = value_at_z(&s, (float[]){0}, NULL, NULL);
    float here = value_at_z(&s, &z, NULL, NULL);
    explanation a = explained_by(&s, "lime", &z, 3);
    assert_close(array_of(&a, "lime.z"), &(float){here - at_zero}, 1, 1e-4, 1e-6);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    scene_release(&s);
}

/* A number for all pixels: |the sum of z|. */
static scene kinked_sum(void)
{
    scene s = scene_of("2:relu,784", NULL, Z);
    for (size_t i = 0; i < 2 * Z; i++)
        s.g.layers[0].weight.data[i] = i < Z ? 1 : -1;
    for (size_t i = 0; i < 2 * N_PIXELS; i++)
        s.g.layers[1].weight.data[i] = 0.01f;
    aim(&s, "ink");
    return s;
}

/* The R2 at z, and whether its words are a warning. */
static float r2_at(const float *z, bool *is_warning)
{
    scene s = kinked_sum();
    explanation a = explained_by(&s, "lime", z, 3);
    const named_array *r2 = whole_array_of(&a, "lime.r2_z");
    float value = *r2->data;
    *is_warning = strstr(r2->row->sentence, "Beware");
    explanation_release(&a);
    scene_release(&s);
    return value;
}

static void a_poor_line_is_warned_of(void **state)
{
    static const float one_sign[Z] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const float two_signs[Z] = {1.4f, -1, 1, -1, 1, -1, 1, -1, 1};
    bool is_warning;
    (void)state;
    assert_true(r2_at(one_sign, &is_warning) > 0.999f && !is_warning);
    assert_true(r2_at(two_signs, &is_warning) < 0.5f && is_warning);
}

/* Between no line and a straight one, the words change at a half. */
static void a_warning_begins_below_a_half(void **state)
{
    size_t n_between = 0;
    bool is_warning;
    (void)state;
    for (size_t k = 0; k <= 20; k++) {
        float z[Z];
        for (size_t i = 0; i < Z; i++)
            z[i] = (i % 2 ? -1.0f : 1.0f) + 0.05f * (float)k;
        float value = r2_at(z, &is_warning);
        assert_true(is_warning == (value < 0.5f));
        n_between += value > 0.1f && value < 0.5f;
    }
    assert_true(n_between > 0);
}

static void the_table_says_what_the_line_rests_on(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), greatest = 0;
    explanation a = explained_by(&s, "lime", z, 3);
    const float *table = array_of(&a, "lime.fit");
    (void)state;
    for (size_t i = 0; i < Z; i++)
        greatest = fmaxf(greatest, array_of(&a, "lime.z_error")[i]);
    assert_close(table, ((float[]){Z, 2 * (Z + 1)}), 2, 0, 0);
    assert_close(table + 3, ((float[]){(Z + 1) / 2.0f, 0.25f}), 2, 0, 0);
    assert_close(table + 6, &greatest, 1, 1e-6, 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- Planted faults ---- */

typedef struct {
    scene s;
    local_task task;
    coalition_game g;
    lime_fit m;
    float z[Z], array[Z];
} trial;

static void trial_init(trial *t)
{
    float *z = draw(Z, 4);
    *t = (trial){.s = trained_scene("logit")};
    memcpy(t->z, z, sizeof t->z);
    free(z);
    local_task_init(&t->task, &t->s, t->z, "lime");
    coalition_game_init(&t->g, &t->task.t, &t->task.a, INPUT_Z, (group_counts){0});
    lime_fit_init(&t->m, &t->g, &usual, 100);
    coalition_values(&t->g, t->m.value, t->m.present, t->m.n);
    solve(&t->m, &usual);
}

static explain_check trial_check(trial *t, size_t which)
{
    explain_check found[N_LIME_CHECKS];
    feature_groups_share(&t->g.groups, t->array, t->m.coefficient);
    lime_check(found, &t->m, &t->g, &usual, t->array);
    return found[which];
}

static void notices(void (*plant)(trial *t), size_t which)
{
    trial t;
    trial_init(&t);
    explain_check c = trial_check(&t, which);
    if (!explain_check_is_met(&c))
        fail_msg("%s is %g", c.name, c.value);
    plant(&t);
    c = trial_check(&t, which);
    if (explain_check_is_met(&c))
        fail_msg("%s is only %g", c.name, c.value);
    lime_fit_release(&t.m);
    coalition_game_release(&t.g);
    local_task_release(&t.task);
    scene_release(&t.s);
}

static void evaluate_again(trial *t)
{
    coalition_values(&t->g, t->m.value, t->m.present, t->m.n);
    solve(&t->m, &usual);
}

/* Group 2 is always there. */
static void drop_group(trial *t)
{
    t->g.baselines.rows[2] = t->z[2];
    evaluate_again(t);
}

static void swap_baseline(trial *t)
{
    memcpy(t->g.baselines.rows, (float[Z]){1, -1, 1, 1, -1, 1, 1, 1, -1}, sizeof t->z);
    evaluate_again(t);
}

static void invert_kernel(trial *t)
{
    for (size_t i = 0; i < t->m.n; i++)
        t->m.weight[i] = 1 / t->m.weight[i];
    solve(&t->m, &usual);
}

static void drop_coefficient(trial *t) { t->m.coefficient[2] = 0; }

/* The line is fitted to what is held out, too. */
static void leak_into_the_fit(trial *t)
{
    size_t n_fitted = t->m.n_fitted;
    double r2 = t->m.r2;
    t->m.n_fitted = t->m.n - 1;
    solve(&t->m, &usual);
    t->m.n_fitted = n_fitted;
    t->m.r2 = r2;
}

/* The R2 is that of masks that the line was fitted to. */
static void leak_into_the_fidelity(trial *t)
{
    lime_fit *m = &t->m;
    for (size_t i = m->n_fitted; i < m->n; i++) {
        memcpy(m->present + i * Z, mask_at(m, i - m->n_fitted), Z);
        m->weight[i] = m->weight[i - m->n_fitted];
        m->value[i] = m->value[i - m->n_fitted];
    }
    solve(m, &usual);
    double leaked = m->r2;
    lime_fit_release(m);
    lime_fit_init(m, &t->g, &usual, 100);
    evaluate_again(t);
    m->r2 = leaked;
}

static void planted_faults_break_their_checks(void **state)
{
    (void)state;
    notices(drop_group, LIME_VALUES);
    notices(swap_baseline, LIME_VALUES);
    notices(invert_kernel, LIME_LINE);
    notices(drop_coefficient, LIME_LINE);
    notices(leak_into_the_fit, LIME_LINE);
    notices(leak_into_the_fidelity, LIME_FIDELITY);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_target_is_found_exactly),
        cmocka_unit_test(the_kernel_is_local),
        cmocka_unit_test(a_mask_weighs_by_what_it_lacks),
        cmocka_unit_test(masks_held_out_are_others_than_those_fitted),
        cmocka_unit_test(fewer_masks_than_a_line_needs_are_raised),
        cmocka_unit_test(a_line_is_found_exactly_without_a_ridge),
        cmocka_unit_test(what_the_ridge_takes_is_reported),
        cmocka_unit_test(groups_that_are_never_apart_share_alike),
        cmocka_unit_test(without_a_ridge_they_are_refused),
        cmocka_unit_test(a_target_that_does_not_change_has_no_r2),
        cmocka_unit_test(intervals_hold_the_true_line_as_often_as_they_say),
        cmocka_unit_test(every_target_passes_its_checks),
        cmocka_unit_test(z_at_the_baseline_changes_nothing),
        cmocka_unit_test(the_smallest_networks_are_explained),
        cmocka_unit_test(a_poor_line_is_warned_of),
        cmocka_unit_test(a_warning_begins_below_a_half),
        cmocka_unit_test(the_table_says_what_the_line_rests_on),
        cmocka_unit_test(planted_faults_break_their_checks),
    };
    return cmocka_run_group_tests_name("lime", tests, NULL, NULL);
}
