/* SPDX-License-Identifier: MIT */
/* Explanations of networks whose layers are drawn anew, beside methods that do not explain. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "seeing_scene.h"
#include "bad_explainers.h"
#include "use_threads.h"

/* ---- What is found ---- */

/* What the report finds of these methods at the z of a seed; control NULL: none. */
static explanation judged_beside(const network *control, scene *s,
                                 const explain_method *const *methods, size_t n, uint64_t seed)
{
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    const explain_request q = {
        .n_top = 3, .black = -1, .white = 1, .skips_checks = true, .probe = seed};
    const trust_settings settings = {.plan = &plan, .control = control};
    float *z = draw(s->x.z_dim, seed);
    for (size_t i = 0; i < n; i++)
        explain_plan_add(&plan, methods[i]);
    explain_plan_add(&plan, trust_report_find("sanity"));
    explain_plan_set(&plan, trust_report_find("sanity"), &settings);
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    free(z);
    return a;
}

static explanation judged(scene *s, const explain_method *const *methods, size_t n, uint64_t seed)
{
    return judged_beside(NULL, s, methods, n, seed);
}

static const explain_method *method_named(const char *name)
{
    for (size_t i = 0; explain_methods[i]; i++)
        if (strcmp(explain_methods[i]->name, name) == 0)
            return explain_methods[i];
    fail_msg("no method %s", name);
    return NULL;
}

/* ---- Verdicts ---- */

static void what_does_not_explain_is_flagged_and_gradients_are_not(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"),
                                             method_named("integrated-gradients"), &edge_method,
                                             &same_method, &without_d_method};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 5, 5);
    (void)state;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        for (size_t k = 0; k < 5; k++)
            if (sanity_is_flagged(&a, methods[k], i) != (k >= 2))
                fail_msg("%s by %s", methods[k]->name, i == INPUT_Z ? "z" : "x");
    explanation_release(&a);
    scene_release(&s);
}

static void controls_are_always_flagged(void **state)
{
    const explain_method *const methods[] = {method_named("gradient")};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 1, 5);
    (void)state;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        const named_array *v = whole_array_of(&a, i == INPUT_Z ? "sanity.z" : "sanity.x");
        assert_int_equal(v->shape[0], 4);
        for (size_t row = 1; row < 4; row++)
            assert_true(v->data[(row + 1) * v->shape[1] - 1] == 1);
    }
    explanation_release(&a);
    scene_release(&s);
}

static double cell(const explanation *a, const char *table, size_t row, const char *column)
{
    const named_array *v = whole_array_of(a, table);
    for (size_t k = 0; k < v->shape[1]; k++)
        if (strcmp(v->labels[k], column) == 0)
            return (double)v->data[row * v->shape[1] + k];
    fail_msg("%s has no column %s", table, column);
    return 0;
}

/* D is one layer, whose weights are the gradient by the pixels. */
static void the_likeness_of_a_linear_d_is_that_of_its_weights(void **state)
{
    const explain_method *const methods[] = {method_named("gradient")};
    scene s = scene_of_shape("64:tanh", "1", Z_DIM, shape_of(SIDE, SIDE));
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation a = judged(&s, methods, 1, 4); /* as make_random */
    double sum = 0;
    for (uint32_t i = 0; i < 3; i++) {
        other_model m;
        make_random(&m, &s, (layer_choice){0, 1, i});
        double one = fabs(rank_correlation(s.x.net[NET_CRITIC]->layers[0].weight.data,
                                           m.x.net[NET_CRITIC]->layers[0].weight.data, 64));
        if (i == 0) {
            const named_array *v = whole_array_of(&a, "sanity.cascade.x");
            assert_int_equal(v->shape[1], 2);
            assert_close(v->data + 2, ((float[]){1, (float)one}), 2, 1e-5, 0);
            assert_close(whole_array_of(&a, "sanity.independent.x")->data + 1, &(float){(float)one},
                         1, 1e-5, 0);
        }
        sum += one;
        other_model_release(&m);
    }
    double mean = cell(&a, "sanity.x", 0, "on support");
    assert_close(&mean, &(double){sum / 3}, 1, 1e-5, 0);
    assert_true(cell(&a, "sanity.x.low", 0, "on support") < mean);
    assert_true(cell(&a, "sanity.x.high", 0, "on support") > mean);
    explanation_release(&a);
    scene_release(&s);
}

static void networks_stay_as_they_are(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"), &edge_method};
    scene s = seeing_scene("logit");
    network copy[2];
    (void)state;
    for (size_t i = 0; i < 2; i++)
        network_copy(&copy[i], &s.folded[i]);
    explanation a = judged(&s, methods, 2, 5);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(copy[i].param, s.folded[i].param, copy[i].n_param * sizeof(float));
        network_release(&copy[i]);
    }
    explanation_release(&a);
    scene_release(&s);
}

/* By each input, over z of many seeds: at most one of 20. */
static void gradients_are_hardly_ever_flagged(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"),
                                             method_named("integrated-gradients")};
    enum { N = 20 };
    scene s = seeing_scene("logit");
    size_t n_flagged = 0;
    double sum = 0;
    (void)state;
    for (uint64_t seed = 0; seed < N; seed++) {
        explanation a = judged(&s, methods, 2, seed);
        for (size_t k = 0; k < 2; k++)
            n_flagged += (size_t)sanity_is_flagged(&a, methods[k], INPUT_Z) +
                         (size_t)sanity_is_flagged(&a, methods[k], INPUT_X);
        sum += cell(&a, "sanity.x", 0, "on support");
        explanation_release(&a);
    }
    assert_true(n_flagged <= 4 * N / 20);
    /* chance makes 0.80 / sqrt(63) */
    assert_true(fabs(sum / N - 0.1) < 0.05);
    scene_release(&s);
}

static bool is_said(const explanation *a, const explain_method *about, const char *words)
{
    for (size_t i = 0; i < a->n_remarks; i++)
        if (a->remarks[i].about == about && strstr(a->remarks[i].words, words))
            return true;
    return false;
}

static void a_method_is_told_of_its_flag(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"), &edge_method,
                                             &without_d_method};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 3, 5);
    (void)state;
    assert_true(is_said(&a, &edge_method,
                        "Do not believe its map of z: it stays the same when all "
                        "that the network learned is replaced"));
    assert_true(is_said(&a, &without_d_method,
                        "when all that sees the picture is replaced by random numbers"));
    assert_false(is_said(&a, methods[0], ""));
    assert_true(is_said(&a, trust_report_find("sanity"),
                        "By z, these maps stay the same and are not to be believed: edge-filter, "
                        "without-d."));
    explanation_release(&a);
    scene_release(&s);
}

static void sizes_that_stay_are_told_and_not_flagged(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"), &in_place_method};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 2, 5);
    (void)state;
    assert_true(cell(&a, "sanity.x", 1, "sizes") > 0.999);
    assert_false(sanity_is_flagged(&a, methods[1], INPUT_X));
    assert_true(is_said(&a, trust_report_find("sanity"), "read the signs: in-place."));
    explanation_release(&a);
    scene_release(&s);
}

/* In one of eight draws of three it is made again by chance. */
static void a_map_of_two_values_is_not_judged(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"), &halves_method};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 2, 5);
    (void)state;
    assert_true(cell(&a, "sanity.x", 1, "on support") >= 0);
    assert_true(isnan(cell(&a, "sanity.x", 1, "flagged")));
    assert_false(sanity_is_flagged(&a, methods[1], INPUT_X));
    assert_true(is_said(&a, trust_report_find("sanity"), "to be told from chance: halves."));
    explanation_release(&a);
    scene_release(&s);
}

static void what_is_not_judged_beside_others_is_left_out(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"), &halves_method};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 2, 5);
    (void)state;
    assert_true(sanity_is_left_out(&a, "halves", INPUT_X));
    assert_false(sanity_is_left_out(&a, "gradient", INPUT_X));
    explanation_release(&a);
    assert_false(sanity_is_left_out(&a, "gradient", INPUT_X));
    scene_release(&s);
}

static void where_nothing_is_judged_none_is_left_out(void **state)
{
    const explain_method *const methods[] = {method_named("gradient")};
    scene s = scene_of_shape("5:relu,1:tanh", "4:relu,1", 1, shape_of(1, 1));
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation a = judged(&s, methods, 1, 5);
    assert_false(sanity_is_tested(&a, "gradient", INPUT_Z));
    assert_false(sanity_is_left_out(&a, "gradient", INPUT_Z));
    explanation_release(&a);
    scene_release(&s);
}

static void what_is_fitted_is_not_judged(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"), method_named("linear")};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 2, 5);
    (void)state;
    assert_true(is_said(&a, trust_report_find("sanity"), "fitted anew: linear."));
    assert_int_equal(whole_array_of(&a, "sanity.z")->shape[0], 4);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- A judge that learned labels at random ---- */

static void a_control_changes_maps_unless_nothing_does(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"), &without_d_method};
    scene s = scene_of_shape("40:relu,64:tanh", NULL, Z_DIM, shape_of(SIDE, SIDE));
    network classifier = network_of("20:relu,10", 64), control = network_of("24:relu,10", 64);
    explain_target t = target_of("class:3");
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&classifier, 2);
    fill_trained(&control, 3);
    t.classifier = &classifier;
    aim_at(&s, t);
    explanation a = judged_beside(&control, &s, methods, 2, 5);
    assert_true(cell(&a, "sanity.labels.x", 0, "on support") < 0.4);
    assert_true(cell(&a, "sanity.labels.x", 0, "flagged") == 0);
    assert_true(cell(&a, "sanity.labels.x", 1, "flagged") == 1);
    assert_true(cell(&a, "sanity.labels.z", 0, "flagged") == 0);
    assert_true(cell(&a, "sanity.labels.z", 1, "flagged") == 1);
    explanation_release(&a);
    /* itself in its place changes nothing, and is no pass of the test */
    a = judged_beside(&classifier, &s, methods, 1, 5);
    assert_true(cell(&a, "sanity.labels.x", 0, "on support") > 0.999);
    assert_true(sanity_is_flagged(&a, methods[0], INPUT_X));
    assert_true(is_said(&a, methods[0], "when the judge is one that learned labels at random"));
    explanation_release(&a);
    network_release(&classifier);
    network_release(&control);
    scene_release(&s);
}

/* ---- Targets and values of little ---- */

static void assert_told(scene *s, const char *words)
{
    const explain_method *const methods[] = {method_named("gradient"),
                                             method_named("integrated-gradients")};
    error e = {0};
    explanation a = judged(s, methods, 2, 5);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    assert_true(is_said(&a, trust_report_find("sanity"), words));
    assert_false(sanity_is_flagged(&a, methods[0], INPUT_Z));
    explanation_release(&a);
    scene_release(s);
}

static void without_a_network_that_sees_it_the_picture_is_not_judged(void **state)
{
    scene s = seeing_scene("ink");
    (void)state;
    assert_told(&s, "By the pixels there is nothing to replace");
    s = seeing_scene("unit:3,1");
    assert_told(&s, "By z, no map that could be judged stays the same.");
}

static size_t find_grey(float *reference, const float *x, const void *context)
{
    (void)x;
    (void)context;
    memset(reference, 0, SIDE * SIDE * sizeof *reference);
    return NO_INDEX;
}

/* The gradient by the pixels is left, but no network makes it. */
static void a_distance_to_a_picture_is_judged_by_z_alone(void **state)
{
    const explain_method *const methods[] = {method_named("gradient")};
    scene s = seeing_scene(NULL);
    explain_target t = target_of("rec:0");
    (void)state;
    t.find_reference = find_grey;
    aim_at(&s, t);
    explanation a = judged(&s, methods, 1, 5);
    assert_non_null(explanation_find(&a, "gradient_x"));
    assert_null(explanation_find(&a, "sanity.x"));
    assert_true(cell(&a, "sanity.z", 0, "flagged") == 0);
    explanation_release(&a);
    assert_told(&s, "By the pixels there is nothing to replace");
}

/* A method may refuse what is of z where the pixels alone are asked for. */
static int prepare_with_z(void **state, const explainer *x, const explain_request *q,
                          const void *settings, error *e)
{
    (void)state;
    (void)x;
    (void)settings;
    if (q->inputs != 1u << INPUT_X)
        return 0;
    e->status = STATUS_USAGE;
    return -1;
}

static void settings_of_z_hold_where_pixels_are_compared(void **state)
{
    explain_method with_z = edge_method;
    with_z.prepare = prepare_with_z;
    const explain_method *const methods[] = {&with_z};
    scene s = seeing_scene("logit");
    (void)state;
    explanation a = judged(&s, methods, 1, 5);
    assert_true(sanity_is_flagged(&a, &with_z, INPUT_X));
    explanation_release(&a);
    scene_release(&s);
}

static void a_map_of_zeros_is_not_judged(void **state)
{
    scene s = seeing_scene(NULL);
    (void)state;
    memset(s.g.layers[0].weight.data, 0, Z_DIM * 40 * sizeof(float));
    aim(&s, "ink");
    assert_told(&s, "Not judged, for the map is 0 or has too few values to be told from chance: "
                    "gradient, integrated-gradients.");
}

static void one_component_or_pixel_is_not_judged(void **state)
{
    scene s = scene_of_shape("5:relu,1:tanh", "4:relu,1", 1, shape_of(1, 1));
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    assert_told(&s, "Not judged, for the map is 0 or has too few values to be told from chance: "
                    "gradient, integrated-gradients.");
}

/* ---- The same bytes ---- */

static bool is_same_array(const explanation *a, const explanation *b, const char *name)
{
    const named_array *v = whole_array_of(a, name), *w = whole_array_of(b, name);
    return v->n == w->n && memcmp(v->data, w->data, v->n * sizeof *v->data) == 0;
}

static void threads_change_no_byte(void **state)
{
    static const char *const names[] = {"sanity.z", "sanity.x", "sanity.cascade.z",
                                        "sanity.independent.x", "sanity.z.low"};
    const explain_method *const methods[] = {method_named("gradient"), method_named("smoothgrad"),
                                             method_named("lime")};
    scene s = seeing_scene("logit");
    (void)state;
    explanation two = judged(&s, methods, 3, 5);
    use_threads(1);
    explanation one = judged(&s, methods, 3, 5);
    use_threads(2);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_true(is_same_array(&one, &two, names[i]));
    explanation_release(&one);
    explanation_release(&two);
    scene_release(&s);
}

static void company_changes_no_number(void **state)
{
    const explain_method *const methods[] = {method_named("smoothgrad"), &edge_method};
    scene s = seeing_scene("logit");
    (void)state;
    explanation alone = judged(&s, methods, 1, 5), both = judged(&s, methods, 2, 5);
    const named_array *v = whole_array_of(&alone, "sanity.x"),
                      *w = whole_array_of(&both, "sanity.x");
    assert_memory_equal(v->data, w->data, v->shape[1] * sizeof *v->data);
    explanation_release(&alone);
    explanation_release(&both);
    scene_release(&s);
}

/* ---- Cost ---- */

static void gradients_along_a_path_keep_to_the_samples_where_they_must(void **state)
{
    scene s = seeing_scene("logit");
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    const explain_request q = {
        .black = -1, .white = 1, .n_samples = 96, .keeps_to_samples = true, .skips_checks = true};
    float *z = draw(Z_DIM, 3);
    (void)state;
    explain_plan_add(&plan, method_named("integrated-gradients"));
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    assert_int_equal(explain(&a, &s.x, &s.w, z, &q, &plan, &e), 0);
    explanation exact = explained_by(&s, "integrated-gradients", z, 3);
    assert_true(array_of(&a, "integrated-gradients.z_nodes")[0] == 96);
    assert_close_by_norm(array_of(&a, "integrated-gradients.z"),
                         array_of(&exact, "integrated-gradients.z"), Z_DIM, 0.05);
    explanation_release(&exact);
    explanation_release(&a);
    explain_plan_release(&plan);
    free(z);
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_explain_is_flagged_and_gradients_are_not),
        cmocka_unit_test(controls_are_always_flagged),
        cmocka_unit_test(the_likeness_of_a_linear_d_is_that_of_its_weights),
        cmocka_unit_test(networks_stay_as_they_are),
        cmocka_unit_test(gradients_are_hardly_ever_flagged),
        cmocka_unit_test(a_method_is_told_of_its_flag),
        cmocka_unit_test(sizes_that_stay_are_told_and_not_flagged),
        cmocka_unit_test(a_map_of_two_values_is_not_judged),
        cmocka_unit_test(what_is_not_judged_beside_others_is_left_out),
        cmocka_unit_test(where_nothing_is_judged_none_is_left_out),
        cmocka_unit_test(what_is_fitted_is_not_judged),
        cmocka_unit_test(a_control_changes_maps_unless_nothing_does),
        cmocka_unit_test(without_a_network_that_sees_it_the_picture_is_not_judged),
        cmocka_unit_test(a_distance_to_a_picture_is_judged_by_z_alone),
        cmocka_unit_test(settings_of_z_hold_where_pixels_are_compared),
        cmocka_unit_test(a_map_of_zeros_is_not_judged),
        cmocka_unit_test(one_component_or_pixel_is_not_judged),
        cmocka_unit_test(threads_change_no_byte),
        cmocka_unit_test(company_changes_no_number),
        cmocka_unit_test(gradients_along_a_path_keep_to_the_samples_where_they_must),
    };
    use_threads(2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
