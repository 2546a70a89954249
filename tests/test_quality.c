/* SPDX-License-Identifier: MIT */
/* The report on how good explanations are, behind methods that are run. */
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

/* ---- The report ---- */

static explanation judged(scene *s, const char *methods, const float *z)
{
    explain_plan plan = {0};
    trust_settings settings = {.plan = &plan};
    explanation a = {0};
    error e = {0};
    explain_request q = {.n_top = 3, .black = -1, .white = 1, .n_samples = 128, .probe = 3};
    explain_plan_choose(&plan, methods);
    explain_plan_add(&plan, trust_report_find("quality"));
    explain_plan_set(&plan, trust_report_find("quality"), &settings);
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e) ||
        explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    return a;
}

static size_t count_columns(void)
{
    size_t n = 0;
    while (trust_measures[n])
        n++;
    return n;
}

/* Of the first column of that name, the labels of columns come first. */
static size_t label_of(const named_array *v, const char *label)
{
    for (size_t i = 0; i < v->n_labels; i++)
        if (strcmp(v->labels[i], label) == 0)
            return i;
    fail_msg("%s has no %s", v->row->name, label);
    return 0;
}

static float cell(const explanation *a, const char *table, const char *row, const char *measure)
{
    const named_array *v = whole_array_of(a, table);
    size_t n = v->shape[1];
    return v->data[(label_of(v, row) - n) * n + label_of(v, measure)];
}

static void a_table_has_a_row_a_method_and_control_and_a_column_a_measure(void **state)
{
    static const char *const rows[] = {"gradient", "vargrad", "random", "constant", "size"};
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = judged(&s, "gradient,vargrad,reach", z);
    const named_array *v = whole_array_of(&a, "quality.z");
    (void)state;
    assert_int_equal(v->shape[0], 5);
    assert_int_equal(v->shape[1], count_columns());
    assert_int_equal(v->n_labels, 5 + count_columns());
    for (size_t k = 0; k < v->shape[1]; k++)
        assert_string_equal(v->labels[k], trust_measures[k]->name);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(v->labels[v->shape[1] + i], rows[i]);
    assert_int_equal(label_of(whole_array_of(&a, "quality.x"), "edge"), v->shape[1] + 4);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void check_ends(const explanation *a, const char *table)
{
    text low = {0}, high = {0};
    text_add(&low, "%s.low", table);
    text_add(&high, "%s.high", table);
    const float *v = array_of(a, table), *l = array_of(a, low.data), *h = array_of(a, high.data);
    assert_string_equal(whole_array_of(a, low.data)->row->low_of, table);
    assert_string_equal(whole_array_of(a, high.data)->row->high_of, table);
    for (size_t i = 0; i < whole_array_of(a, table)->n; i++) {
        assert_false(isinf(v[i]) || isinf(l[i]) || isinf(h[i]));
        assert_true(isnan(l[i]) == isnan(h[i]));
        assert_true(isnan(l[i]) || (l[i] <= v[i] && v[i] <= h[i]));
    }
    text_release(&low);
    text_release(&high);
}

static void each_value_lies_within_its_interval(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = judged(&s, "gradient,integrated-gradients,vargrad", z);
    (void)state;
    check_ends(&a, "quality.z");
    check_ends(&a, "quality.x");
    assert_true(!isnan(cell(&a, "quality.z.low", "gradient", "infidelity")));
    assert_true(isnan(cell(&a, "quality.z", "vargrad", "infidelity")));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Of a target that is linear, what gradient x input foretells of it is all. */
static void methods_that_are_right_of_a_linear_model_foretell_all_of_it(void **state)
{
    static const char *const methods[] = {"gradient", "gradient-x-input", "integrated-gradients",
                                          "occlusion", "shap"};
    scene s = linear_scene("logit");
    explanation a =
        judged(&s, "gradient,gradient-x-input,integrated-gradients,occlusion,shap", hand_z);
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_close(&(float){cell(&a, "quality.z", methods[i], "infidelity")}, &(float){0}, 1, 0,
                     1e-9);
        assert_close(&(float){cell(&a, "quality.z", methods[i], "infidelity-plain")}, &(float){0},
                     1, 0, 1e-9);
        assert_close(&(float){cell(&a, "quality.z", methods[i], "deletion")}, &(float){-8.75f / 3},
                     1, 1e-6, 0);
        assert_close(&(float){cell(&a, "quality.z", methods[i], "insertion")}, &(float){-1.75f / 3},
                     1, 1e-6, 0);
    }
    for (size_t i = 0; i < 3; i++)
        assert_close(&(float){cell(&a, "quality.x", methods[i], "infidelity")}, &(float){0}, 1, 0,
                     1e-9);
    assert_true(cell(&a, "quality.z", "random", "infidelity") > 0.01f);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Curves ---- */

static void curves_drawn_are_the_best_methods_and_the_controls(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = judged(
        &s, "gradient,gradient-x-input,vargrad,smoothgrad,integrated-gradients,influence", z);
    const named_array *all = whole_array_of(&a, "quality.deletion.z");
    const named_array *best = whole_array_of(&a, "quality.deletion.z.best");
    float last = -(float)INFINITY;
    (void)state;
    assert_int_equal(all->shape[0], 1 + 6 + 3);
    assert_int_equal(best->shape[0], 1 + 5 + 3);
    assert_string_equal(best->labels[6], "random");
    for (size_t i = 1; i <= 5; i++) {
        float area = cell(&a, "quality.z", best->labels[i], "deletion");
        size_t at = label_of(all, best->labels[i]) * all->shape[1];
        assert_true(area >= last);
        assert_memory_equal(best->data + i * all->shape[1], all->data + at,
                            all->shape[1] * sizeof(float));
        last = area;
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void all_curves_begin_and_end_at_the_same_values(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = judged(&s, "gradient,vargrad", z);
    const named_array *out = whole_array_of(&a, "quality.deletion.x");
    const named_array *in = whole_array_of(&a, "quality.insertion.x");
    (void)state;
    for (size_t i = 1; i < out->shape[0]; i++) {
        size_t first = i * out->shape[1], last = first + out->shape[1] - 1;
        assert_close(&out->data[first], array_of(&a, "target"), 1, 1e-6, 0);
        assert_true(out->data[first] == in->data[last] && out->data[last] == in->data[first]);
        assert_true(out->data[last] == out->data[2 * out->shape[1] - 1]);
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- Words ---- */

static const char *remark_with(const explanation *a, const char *part)
{
    for (size_t i = 0; i < a->n_remarks; i++)
        if (strstr(a->remarks[i].words, part))
            return a->remarks[i].words;
    fail_msg("no remark has %s", part);
    return NULL;
}

static void words_say_what_was_measured_and_who_is_best(void **state)
{
    scene s = linear_scene("logit");
    explanation a = judged(&s, "gradient", hand_z);
    (void)state;
    const char *what = remark_with(&a, "By z, 1 method and 3 controls");
    assert_non_null(strstr(what, "128 random sets of components"));
    assert_non_null(strstr(what, "Look at infidelity first"));
    const char *best = remark_with(&a, "Who is best by z:");
    assert_non_null(strstr(best, "less is better): gradient, 0; of the controls "));
    assert_non_null(strstr(best, "more is better): gradient, -0.583"));
    assert_non_null(strstr(remark_with(&a, "By the pixels, "), "128 random squares"));
    explanation_release(&a);
    scene_release(&s);
}

/* The map of zeros that vargrad has of a linear model goes by index. */
static void the_best_is_the_one_with_the_better_area(void **state)
{
    scene s = linear_scene("logit");
    explanation a = judged(&s, "vargrad,gradient", hand_z);
    (void)state;
    assert_non_null(remark_with(&a, "By z, 2 methods and 3 controls"));
    const char *best = remark_with(&a, "Who is best by z:");
    assert_non_null(strstr(best, "less is better): gradient, -2.92"));
    assert_null(strstr(best, "By forward")); /* cheap is not right */
    assert_non_null(strstr(best, "more is better): gradient, -0.583"));
    explanation_release(&a);
    scene_release(&s);
}

static void a_target_that_never_changes_is_said_to(void **state)
{
    scene s = linear_scene("pixel:5,5");
    explanation a = judged(&s, "gradient", hand_z);
    (void)state;
    assert_non_null(strstr(remark_with(&a, "By z, "), "It stays as it is whatever is put there"));
    assert_true(isnan(cell(&a, "quality.z", "gradient", "infidelity")));
    assert_true(cell(&a, "quality.z", "gradient", "deletion") == 0);
    explanation_release(&a);
    scene_release(&s);
}

/* A map of which a control has the same area is no better than it. */
static void a_method_that_is_no_better_than_a_control_is_said_not_to_be(void **state)
{
    scene s = linear_scene("pixel:5,5");
    explanation a = judged(&s, "gradient", hand_z);
    (void)state;
    assert_non_null(
        strstr(remark_with(&a, "Who is best by z:"), "gradient, 0; no better than the control "));
    explanation_release(&a);
    scene_release(&s);
}

/* ---- What nothing depends on ---- */

static const char *const own_arrays[] = {"quality.deletion.z", "quality.deletion.x",
                                         "quality.insertion.z", "quality.insertion.x"};

static void threads_change_no_byte(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    use_threads(1);
    explanation one = judged(&s, "gradient,smoothgrad", z);
    use_threads(2);
    explanation two = judged(&s, "gradient,smoothgrad", z);
    for (size_t i = 0; i < one.n_arrays; i++)
        if (one.arrays[i].method == trust_report_find("quality"))
            assert_memory_equal(one.arrays[i].data, two.arrays[i].data,
                                one.arrays[i].n * sizeof(float));
    explanation_release(&one);
    explanation_release(&two);
    free(z);
    scene_release(&s);
}

/* Agreement is with the others, and so not of one alone. */
static void the_company_of_other_methods_changes_no_byte(void **state)
{
    static const char *const measures[] = {"infidelity", "infidelity-plain", "deletion",
                                           "insertion"};
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation alone = judged(&s, "smoothgrad", z),
                many = judged(&s, "vargrad,smoothgrad,gradient", z);
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        float a = cell(&alone, "quality.x", "smoothgrad", measures[i]);
        float b = cell(&many, "quality.x", "smoothgrad", measures[i]);
        assert_memory_equal(&a, &b, sizeof a);
        a = cell(&alone, "quality.x.low", "random", measures[i]);
        b = cell(&many, "quality.x.low", "random", measures[i]);
        assert_true(a == b || (isnan(a) && isnan(b)));
        const named_array *v = whole_array_of(&alone, own_arrays[i]);
        const named_array *w = whole_array_of(&many, own_arrays[i]);
        assert_memory_equal(v->data + label_of(v, "smoothgrad") * v->shape[1],
                            w->data + label_of(w, "smoothgrad") * v->shape[1],
                            v->shape[1] * sizeof(float));
    }
    explanation_release(&alone);
    explanation_release(&many);
    free(z);
    scene_release(&s);
}

/* ---- Degenerate cases ---- */

static void one_component_and_one_pixel_are_judged(void **state)
{
    scene s = scene_of_shape("1", NULL, 1, shape_of(1, 1));
    (void)state;
    s.g.layers[0].weight.data[0] = 3;
    aim(&s, "ink");
    explanation a = judged(&s, "gradient", (float[]){2});
    assert_true(cell(&a, "quality.z", "gradient", "infidelity") < 1e-9f);
    assert_close(&(float){cell(&a, "quality.z", "gradient", "deletion")}, &(float){3}, 1, 1e-6, 0);
    check_ends(&a, "quality.z");
    explanation_release(&a);
    scene_release(&s);
}

static void a_target_inside_g_is_judged_by_z_alone(void **state)
{
    scene s = trained_scene("unit:0,3");
    float *z = draw(Z, 4);
    explanation a = judged(&s, "gradient,integrated-gradients", z);
    (void)state;
    assert_non_null(explanation_find(&a, "quality.z"));
    assert_null(explanation_find(&a, "quality.x"));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void without_a_method_that_attributes_nothing_is_left(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = judged(&s, "spectrum", z);
    (void)state;
    assert_null(explanation_find(&a, "quality.z"));
    assert_int_equal(a.n_remarks, 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_a_row_a_method_and_control_and_a_column_a_measure),
        cmocka_unit_test(each_value_lies_within_its_interval),
        cmocka_unit_test(methods_that_are_right_of_a_linear_model_foretell_all_of_it),
        cmocka_unit_test(curves_drawn_are_the_best_methods_and_the_controls),
        cmocka_unit_test(all_curves_begin_and_end_at_the_same_values),
        cmocka_unit_test(words_say_what_was_measured_and_who_is_best),
        cmocka_unit_test(the_best_is_the_one_with_the_better_area),
        cmocka_unit_test(a_target_that_never_changes_is_said_to),
        cmocka_unit_test(a_method_that_is_no_better_than_a_control_is_said_not_to_be),
        cmocka_unit_test(threads_change_no_byte),
        cmocka_unit_test(the_company_of_other_methods_changes_no_byte),
        cmocka_unit_test(one_component_and_one_pixel_are_judged),
        cmocka_unit_test(a_target_inside_g_is_judged_by_z_alone),
        cmocka_unit_test(without_a_method_that_attributes_nothing_is_left),
    };
    return cmocka_run_group_tests_name("quality", tests, NULL, NULL);
}
