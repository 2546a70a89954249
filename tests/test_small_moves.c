/* SPDX-License-Identifier: MIT */
/* What is measured of one explanation and of it near z: by hand, and by a linear model. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/trust/measure_detail.h"
#include "scene.h"
#include "use_threads.h"
#include <stdlib.h>

static const float hand_z[3] = {1, -2, 0.5f};

/* The logit is 1 - 2 z0 + 1.5 z1 + z2 - 0.5. */
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

static const trust_measure *measure_named(const char *name)
{
    for (size_t i = 0; trust_measures[i]; i++)
        if (strcmp(trust_measures[i]->name, name) == 0)
            return trust_measures[i];
    fail_msg("no measure %s", name);
    return NULL;
}

static double measured(const char *name, const trust_subject *s)
{
    estimate found;
    measure_named(name)->measure(&found, s);
    return found.value;
}

/* ---- Of one explanation ---- */

static double measured_of(const char *name, float *of, size_t n)
{
    const attribution v = {.name = "hand", .n = n, .values = of};
    return measured(name, &(trust_subject){.of = &v});
}

static void sparseness_is_the_index_of_gini(void **state)
{
    (void)state;
    assert_close(&(double){measured_of("sparseness", (float[]){0, 0, -3, 0, 0}, 5)}, &(double){0.8},
                 1, 1e-12, 0);
    assert_close(&(double){measured_of("sparseness", (float[]){2, -2, 2}, 3)}, &(double){0}, 1, 0,
                 1e-12);
    /* half the mean difference over the mean: of 1 and 3 (2 / 4) / 2 */
    assert_close(&(double){measured_of("sparseness", (float[]){-3, 1}, 2)}, &(double){0.25}, 1,
                 1e-12, 0);
    assert_close(&(double){measured_of("sparseness", (float[]){7}, 1)}, &(double){0}, 1, 0, 1e-12);
    assert_true(isnan(measured_of("sparseness", (float[]){0, 0}, 2)));
}

static void entropy_is_in_nats(void **state)
{
    (void)state;
    assert_close(&(double){measured_of("entropy", (float[]){2, -2, 2, 2}, 4)}, &(double){log(4)}, 1,
                 1e-12, 0);
    assert_close(&(double){measured_of("entropy", (float[]){0, -5, 0}, 3)}, &(double){0}, 1, 0, 0);
    double by_hand = -0.25 * log(0.25) - 0.75 * log(0.75);
    assert_close(&(double){measured_of("entropy", (float[]){-1, 3}, 2)}, &by_hand, 1, 1e-12, 0);
    assert_true(isnan(measured_of("entropy", (float[]){0, -0.0f}, 2)));
}

static void neither_sees_how_large_all_is(void **state)
{
    float small[] = {1, -2, 3, 0.5f}, large[] = {1e6f, -2e6f, 3e6f, 0.5e6f};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *name = i ? "sparseness" : "entropy";
        assert_close(&(double){measured_of(name, small, 4)}, &(double){measured_of(name, large, 4)},
                     1, 1e-12, 0);
    }
}

/* ---- Near z ---- */

/* Values at z, and at two moved z. */
static double sensitivity_by_hand(float *here, float *first, float *second, size_t n)
{
    attribution at[3] = {{.name = "hand", .n = n, .values = here},
                         {.name = "hand", .n = n, .values = first},
                         {.name = "hand", .n = n, .values = second}};
    const attribution_list lists[3] = {
        {.all = at, .n = 1}, {.all = at + 1, .n = 1}, {.all = at + 2, .n = 1}};
    return measured("max-sensitivity",
                    &(trust_subject){.of = at, .unmoved = lists, .moved = lists + 1, .n_moved = 2});
}

static void the_largest_change_counts_as_a_share(void **state)
{
    (void)state;
    double found = sensitivity_by_hand((float[]){3, 4}, (float[]){3, 3}, (float[]){6, 0}, 2);
    assert_close(&found, &(double){1}, 1, 1e-12, 0);
    found = sensitivity_by_hand((float[]){3, 4}, (float[]){6, 0}, (float[]){3, 3}, 2);
    assert_close(&found, &(double){1}, 1, 1e-12, 0);
    found =
        sensitivity_by_hand((float[]){3000, 4000}, (float[]){3000, 3000}, (float[]){3000, 4000}, 2);
    assert_close(&found, &(double){0.2}, 1, 1e-12, 0);
}

static void of_zeros_that_stay_it_is_none_and_else_not_known(void **state)
{
    (void)state;
    assert_true(sensitivity_by_hand((float[]){0}, (float[]){0}, (float[]){0}, 1) == 0);
    assert_true(isnan(sensitivity_by_hand((float[]){0}, (float[]){1}, (float[]){0}, 1)));
    assert_true(isnan(sensitivity_by_hand((float[]){0}, (float[]){0}, (float[]){1}, 1)));
}

/* The squares of a saturated network's slopes. */
static void of_next_to_nothing_it_is_not_known(void **state)
{
    (void)state;
    assert_true(isnan(sensitivity_by_hand((float[]){1e-30f}, (float[]){1e30f}, (float[]){0}, 1)));
    assert_true(sensitivity_by_hand((float[]){1e-10f}, (float[]){1e10f}, (float[]){0}, 1) > 1e19);
}

/* What a report has, of methods that are planned; m: of them near z. */
typedef struct {
    scene s;
    explain_plan plan;
    explain_request q;
    explanation a;
    explain_task t;
    reruns again;
    moved_attributions near;
    explained_rows rows;
} near_scene;

static void near_init(near_scene *n, scene s, const char *methods, const float *z)
{
    error e = {0};
    *n = (near_scene){.s = s, .q = {.n_top = 3, .black = -1, .white = 1, .probe = 3}};
    explain_plan_choose(&n->plan, methods);
    if (explain_plan_prepare(&n->plan, &n->s.x, &n->q, &e) ||
        explain(&n->a, &n->s.x, &n->s.w, z, &n->q, &n->plan, &e) ||
        reruns_init(&n->again, &n->plan, &n->s.x, &n->q, &e))
        fail_msg("%s", e.message);
    n->rows = (explained_rows){.n = 1, .z = n->a.z};
    n->t = (explain_task){.x = &n->s.x, .w = &n->s.w, .q = &n->q, .rows = &n->rows};
    if (moved_attributions_find(&n->near, &n->again, &n->t, n->plan.methods[0], &e))
        fail_msg("%s", e.message);
}

static void near_release(near_scene *n)
{
    moved_attributions_release(&n->near);
    reruns_release(&n->again);
    explanation_release(&n->a);
    explain_plan_release(&n->plan);
    scene_release(&n->s);
}

static double sensitivity_of(const near_scene *n, const char *name, explain_input input,
                             size_t n_moved)
{
    const attribution *of = attributions_named(&n->near.unmoved[input], name);
    assert_non_null(of);
    return measured("max-sensitivity", &(trust_subject){.of = of,
                                                        .unmoved = &n->near.unmoved[input],
                                                        .moved = n->near.moved[input],
                                                        .n_moved = n_moved});
}

static void the_gradient_of_a_linear_target_does_not_change(void **state)
{
    near_scene n;
    (void)state;
    near_init(&n, linear_scene(), "gradient,smoothgrad,gradient-x-input", hand_z);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        assert_true(sensitivity_of(&n, "gradient", i, N_SMALL_MOVES) == 0);
        assert_true(sensitivity_of(&n, "smoothgrad", i, N_SMALL_MOVES) < 1e-6);
        assert_true(sensitivity_of(&n, "constant", i, N_SMALL_MOVES) == 0);
        assert_true(sensitivity_of(&n, "random", i, N_SMALL_MOVES) == 0);
    }
    /* values (-2, -3, 0.5) move by (2, 1.5, 1) times 0.02 at most */
    double most = 0.02 * sqrt(4 + 2.25 + 1) / sqrt(4 + 9 + 0.25);
    double found = sensitivity_of(&n, "gradient-x-input", INPUT_Z, N_SMALL_MOVES);
    assert_true(found > most / 4 && found <= most * (1 + 1e-5));
    near_release(&n);
}

static void more_moves_never_find_less(void **state)
{
    near_scene n;
    float *z = draw(Z, 4);
    (void)state;
    near_init(&n, trained_scene("logit"), "gradient,integrated-gradients,shap", z);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        for (size_t k = 2; k <= N_SMALL_MOVES; k++) {
            const char *names[] = {"gradient", "integrated-gradients", "shap"};
            const char *name = names[k % 3];
            assert_true(sensitivity_of(&n, name, i, k) >= sensitivity_of(&n, name, i, k - 1));
        }
    assert_true(sensitivity_of(&n, "shap", INPUT_Z, N_SMALL_MOVES) > 0);
    near_release(&n);
    free(z);
}

static void a_method_alone_with_fewer_or_other_company_changes_the_same(void **state)
{
    near_scene one, other;
    float *z = draw(Z, 4);
    (void)state;
    use_threads(1);
    near_init(&one, trained_scene("logit"), "shap", z);
    use_threads(2);
    near_init(&other, trained_scene("logit"), "gradient,lime,shap", z);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        double alone = sensitivity_of(&one, "shap", i, N_SMALL_MOVES);
        assert_true(alone == sensitivity_of(&other, "shap", i, N_SMALL_MOVES));
    }
    near_release(&one);
    near_release(&other);
    free(z);
}

static void a_fit_that_is_kept_is_not_judged(void **state)
{
    near_scene n;
    float *z = draw(Z, 4);
    (void)state;
    near_init(&n, trained_scene("logit"), "gradient,linear", z);
    attribution_list all = {0};
    attributions_find(&all, &n.a, INPUT_Z);
    const trust_subject s = {.of = attributions_named(&all, "linear"),
                             .unmoved = &n.near.unmoved[INPUT_Z],
                             .moved = n.near.moved[INPUT_Z],
                             .n_moved = N_SMALL_MOVES};
    assert_non_null(s.of);
    assert_true(isnan(measured("max-sensitivity", &s)));
    assert_true(isnan(measured("forward", &s)) && isnan(measured("backward", &s)));
    attributions_release(&all);
    near_release(&n);
    free(z);
}

/* ---- Cost ---- */

static explain_cost cost_of(const near_scene *n, const char *name, explain_input input)
{
    explain_cost cost = {99, 99};
    error e = {0};
    for (size_t i = 0; i < n->plan.n; i++)
        if (strcmp(n->plan.methods[i]->name, name) == 0)
            assert_int_equal(method_cost(&cost, &n->t, &n->plan, n->plan.methods[i], input, &e), 0);
    return cost;
}

static void assert_cost(explain_cost got, uint64_t forward, uint64_t backward)
{
    assert_int_equal(got.forward, forward);
    assert_int_equal(got.backward, backward);
}

static void a_method_costs_what_it_takes_alone(void **state)
{
    near_scene n;
    (void)state;
    near_init(&n, linear_scene(), "gradient,smoothgrad,occlusion,linear", hand_z);
    assert_cost(cost_of(&n, "gradient", INPUT_Z), 1, 1);
    assert_cost(cost_of(&n, "gradient", INPUT_X), 1, 1);
    /* the gradient at z and those at 128 places beside it, each with its value */
    assert_cost(cost_of(&n, "smoothgrad", INPUT_Z), 130, 129);
    /* the gradient that its checks read, and the target without each of three components */
    assert_cost(cost_of(&n, "occlusion", INPUT_Z), 1 + 3, 1);
    assert_cost(cost_of(&n, "linear", INPUT_Z), 0, 0);
    explain_cost cost = {9, 9};
    error e = {0};
    assert_int_equal(method_cost(&cost, &n.t, &n.plan, NULL, INPUT_Z, &e), 0);
    assert_cost(cost, 0, 0);
    near_release(&n);
}

static void a_control_costs_nothing_and_what_was_not_run_is_not_known(void **state)
{
    const attribution control = {.name = "random"};
    const attribution method = {.name = "gradient", .method = explain_methods[0]};
    (void)state;
    assert_true(measured("forward", &(trust_subject){.of = &control}) == 0);
    assert_true(measured("backward", &(trust_subject){.of = &control}) == 0);
    assert_true(isnan(measured("forward", &(trust_subject){.of = &method})));
    const trust_subject run = {.of = &method, .cost = {7, 0}};
    assert_true(measured("forward", &run) == 7 && measured("backward", &run) == 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sparseness_is_the_index_of_gini),
        cmocka_unit_test(entropy_is_in_nats),
        cmocka_unit_test(neither_sees_how_large_all_is),
        cmocka_unit_test(the_largest_change_counts_as_a_share),
        cmocka_unit_test(of_zeros_that_stay_it_is_none_and_else_not_known),
        cmocka_unit_test(of_next_to_nothing_it_is_not_known),
        cmocka_unit_test(the_gradient_of_a_linear_target_does_not_change),
        cmocka_unit_test(more_moves_never_find_less),
        cmocka_unit_test(a_method_alone_with_fewer_or_other_company_changes_the_same),
        cmocka_unit_test(a_fit_that_is_kept_is_not_judged),
        cmocka_unit_test(a_method_costs_what_it_takes_alone),
        cmocka_unit_test(a_control_costs_nothing_and_what_was_not_run_is_not_known),
    };
    return cmocka_run_group_tests_name("small moves", tests, NULL, NULL);
}
