/* SPDX-License-Identifier: MIT */
/* How alike explanations stay near z and from model to model. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/trust/across.h"
#include "scene.h"
#include "use_threads.h"
#include <stdlib.h>

/* ---- How alike ---- */

static attribution map_of(float *v, size_t n)
{
    return (attribution){.name = "map", .sign = SIGN_SIGNED, .n = n, .values = v};
}

static void order_direction_and_looks_of_a_map_and_itself_are_1(void **state)
{
    float v[N_PIXELS];
    (void)state;
    for (int i = 0; i < N_PIXELS; i++)
        v[i] = (float)(i * i * 37 % 101 - 50);
    const attribution a = map_of(v, N_PIXELS);
    assert_close(&(double){alike_order(&a, &a)}, &(double){1}, 1, 0, 1e-14);
    assert_true(alike_direction(&a, &a) == 1);
    assert_close(&(double){alike_looks(&a, &a, shape_of(28, 28))}, &(double){1}, 1, 0, 1e-12);
}

static void a_map_turned_over_is_the_opposite(void **state)
{
    float v[] = {1, -2, 3, 0.5f}, w[] = {-1, 2, -3, -0.5f};
    const attribution a = map_of(v, 4), b = map_of(w, 4);
    (void)state;
    assert_close(&(double){alike_order(&a, &b)}, &(double){-1}, 1, 0, 1e-14);
    assert_close(&(double){alike_direction(&a, &b)}, &(double){-1}, 1, 0, 1e-12);
}

static void direction_is_a_cosine_and_sees_no_size(void **state)
{
    float v[] = {3, 4}, w[] = {40, 0};
    const attribution a = map_of(v, 2), b = map_of(w, 2);
    (void)state;
    assert_close(&(double){alike_direction(&a, &b)}, &(double){0.6}, 1, 1e-12, 0);
}

static void of_no_map_and_of_zeros_nothing_is_known(void **state)
{
    float v[] = {3, 4}, zeros[] = {0, 0};
    const attribution a = map_of(v, 2), none = map_of(zeros, 2);
    (void)state;
    assert_true(isnan(alike_order(&a, NULL)) && isnan(alike_direction(&a, NULL)));
    assert_true(isnan(alike_order(&a, &none)) && isnan(alike_direction(&a, &none)));
    assert_true(isnan(alike_direction(&none, &none)));
}

static void pictures_are_compared_in_their_range(void **state)
{
    float black[N_PIXELS], white[N_PIXELS], beyond[N_PIXELS];
    const explain_request q = {.black = -1, .white = 1};
    const explainer x = {.shape = {28, 28, N_PIXELS}};
    const explain_task t = {.x = &x, .q = &q};
    (void)state;
    for (int i = 0; i < N_PIXELS; i++) {
        black[i] = -1;
        white[i] = 1;
        beyond[i] = 7;
    }
    assert_true(alike_pictures(black, black, &t) == 1);
    assert_true(alike_pictures(white, beyond, &t) == 1);
    /* of flat ones C1 / (1 + C1), C1 = 0.0001 */
    assert_close(&(double){alike_pictures(black, white, &t)}, &(double){0.0001 / 1.0001}, 1, 1e-9,
                 0);
}

/* ---- The report ---- */

typedef struct {
    trust_settings set;
    explain_plan plan;
} judging;

/* What methods and the report find at z; rivals (n), or none. */
static explanation judged(scene *s, const char *methods, const float *z, judging *j,
                          unsigned inputs)
{
    explanation a = {0};
    error e = {0};
    const explain_method *report = trust_report_find("stability");
    const explain_request q = {
        .n_top = 3, .black = -1, .white = 1, .n_samples = 16, .probe = 3, .inputs = inputs};
    explain_plan_choose(&j->plan, methods);
    explain_plan_add(&j->plan, report);
    explain_plan_set(&j->plan, report, &j->set);
    j->set.plan = &j->plan;
    if (explain_plan_prepare(&j->plan, &s->x, &q, &e) ||
        explain(&a, &s->x, &s->w, z, &q, &j->plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&j->plan);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    return a;
}

/* Of a curve, its series of that name (n points). */
static const float *series_of(const explanation *a, const char *name, const char *series)
{
    const named_array *v = whole_array_of(a, name);
    for (size_t i = 0; i < v->n_labels; i++)
        if (strcmp(v->labels[i], series) == 0)
            return v->data + i * v->shape[1];
    fail_msg("no series %s", series);
    return NULL;
}

static const char *all_remarks(const explanation *a)
{
    static text words;
    text_release(&words);
    for (size_t i = 0; i < a->n_remarks; i++)
        text_add(&words, "%s\n", a->remarks[i].words);
    return words.data;
}

/* The logit is a straight line of z, through pixels 0 and 29. */
static scene linear_scene(void)
{
    scene s = scene_of("784", "1", 3);
    float *w = s.g.layers[0].weight.data, *v = s.d.layers[0].weight.data;
    w[0] = 0.2f;
    w[2] = -0.1f;
    w[29 * 3 + 1] = 0.3f;
    v[0] = -1;
    v[29] = 0.5f;
    aim(&s, "logit");
    return s;
}

static const float hand_z[3] = {1, -2, 0.5f};

static void the_gradient_of_a_straight_line_stays_and_the_picture_moves(void **state)
{
    scene s = linear_scene();
    judging j = {0};
    explanation a = judged(&s, "gradient,gradient-x-input", hand_z, &j, 0);
    const char *names[] = {"stability.near.z", "stability.near.x", "stability.looks.x"};
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 5; i++) {
            assert_close(&series_of(&a, names[k], "gradient")[i], &(float){1}, 1, 0, 1e-6);
            assert_true(series_of(&a, names[k], "picture")[i] <= 1);
        }
    for (size_t k = 0; k < 3; k++)
        assert_true(series_of(&a, names[k], "picture")[4] < series_of(&a, names[k], "picture")[2]);
    assert_close(series_of(&a, "stability.near.z", "sigma"),
                 ((float[]){0.02f, 0.05f, 0.1f, 0.2f, 0.5f}), 5, 1e-7, 0);
    assert_non_null(strstr(all_remarks(&a), "gradient 1.00"));
    assert_null(strstr(all_remarks(&a), "slopes jump"));
    explanation_release(&a);
    scene_release(&s);
}

static void intervals_hold_their_values(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    judging j = {0};
    explanation a = judged(&s, "gradient,shap", z, &j, 0);
    const named_array *v = whole_array_of(&a, "stability.near.z");
    const float *low = array_of(&a, "stability.near.z.low");
    const float *high = array_of(&a, "stability.near.z.high");
    size_t n_open = 0;
    (void)state;
    for (size_t i = v->shape[1]; i < v->n; i++) {
        assert_true(low[i] <= v->data[i] && v->data[i] <= high[i]);
        assert_true(low[i] >= -1 && high[i] <= 1);
        n_open += low[i] < high[i];
    }
    assert_true(n_open > 5);
    explanation_release(&a);
    scene_release(&s);
    free(z);
}

/* Pixel 30 is made of 300 units that are all near their kinks at z. */
static void slopes_that_jump_at_kinks_are_said_to(void **state)
{
    scene s = scene_of("300:relu,784", NULL, 40);
    layer *l = s.g.layers;
    rng r = rng_init(5, 1);
    float *z = draw(40, 4);
    judging j = {0};
    (void)state;
    rng_fill_normal(&r, l[0].weight.data, (size_t)300 * 40);
    rng_fill_normal(&r, l[0].bias, 300);
    rng_fill_normal(&r, l[1].weight.data + (size_t)30 * 300, 300);
    for (size_t i = 0; i < 300; i++) {
        l[0].bias[i] *= 0.001f;
        l[1].weight.data[(size_t)30 * 300 + i] *= 0.01f;
        for (size_t k = 0; k < 40; k++)
            l[0].bias[i] -= l[0].weight.data[i * 40 + k] * z[k];
    }
    aim(&s, "pixel:1,2");
    explanation a = judged(&s, "gradient,gradient-x-input", z, &j, 0);
    const char *words = all_remarks(&a);
    assert_non_null(strstr(words, "Its values by z"));
    bool is_about_gradient = false;
    for (size_t i = 0; i < a.n_remarks; i++)
        if (strstr(a.remarks[i].words, "slopes jump")) {
            assert_string_equal(a.remarks[i].about->name, "gradient");
            is_about_gradient = true;
        }
    assert_true(is_about_gradient);
    explanation_release(&a);
    scene_release(&s);
    free(z);
}

static void threads_and_company_leave_the_bytes(void **state)
{
    float *z = draw(Z, 4), kept[3 * 5];
    (void)state;
    for (size_t n = 1; n <= 2; n++) {
        scene s = trained_scene("logit");
        judging j = {0};
        use_threads(n);
        explanation a = judged(&s, n == 1 ? "shap" : "gradient,lime,shap", z, &j, 0);
        const char *names[] = {"stability.near.z", "stability.near.x", "stability.looks.x"};
        for (size_t k = 0; k < 3; k++) {
            const float *got = series_of(&a, names[k], "shap");
            if (n == 1)
                memcpy(kept + 5 * k, got, 5 * sizeof *got);
            else
                assert_memory_equal(kept + 5 * k, got, 5 * sizeof *got);
        }
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
}

static void a_fit_that_is_kept_is_said_not_to_be_judged(void **state)
{
    scene s = linear_scene();
    judging j = {0};
    explanation a = judged(&s, "gradient,linear", hand_z, &j, 0);
    (void)state;
    assert_non_null(strstr(all_remarks(&a), "Not judged, for each would have to be fitted anew: "
                                            "linear."));
    assert_int_equal(whole_array_of(&a, "stability.near.z")->shape[0], 3);
    explanation_release(&a);
    scene_release(&s);
}

static void one_component_and_a_target_without_z_leave_gaps_and_no_numbers(void **state)
{
    scene s = scene_of("784", NULL, 1);
    judging j = {0};
    (void)state;
    aim(&s, "pixel:0,0"); /* all weights are 0 */
    explanation a = judged(&s, "gradient,occlusion", hand_z, &j, 0);
    for (size_t i = 0; i < 5; i++) {
        assert_true(isnan(series_of(&a, "stability.near.z", "gradient")[i]));
        assert_true(series_of(&a, "stability.near.z", "picture")[i] == 1);
    }
    assert_non_null(strstr(all_remarks(&a), "not known, for the map is the same everywhere"));
    explanation_release(&a);
    scene_release(&s);
}

static void only_the_inputs_asked_for_are_there(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    judging j = {0};
    explanation a = judged(&s, "gradient,gradient-x-input", z, &j, 1u << INPUT_Z);
    (void)state;
    assert_non_null(explanation_find(&a, "stability.near.z"));
    /* the gradient by the pixels is there whatever is asked for */
    assert_null(explanation_find(&a, "stability.across.z"));
    explanation_release(&a);
    scene_release(&s);
    free(z);
}

/* ---- Several models ---- */

static void a_model_and_its_double_explain_alike(void **state)
{
    scene s = trained_scene("logit"), other = trained_scene("logit");
    float *z = draw(Z, 4);
    const trust_rival rivals[] = {{"itself", 2, &s.x}, {"its double", 3, &other.x}};
    judging j = {.set = {.rivals = rivals, .n_rivals = 2, .is_drift = true}};
    explanation a = judged(&s, "gradient,shap,smoothgrad,lime", z, &j, 0);
    const char *names[] = {"stability.across.z", "stability.across.z.direction",
                           "stability.across.x", "stability.across.x.direction",
                           "stability.across.x.looks"};
    (void)state;
    for (size_t k = 0; k < 5; k++) {
        const named_array *v = whole_array_of(&a, names[k]);
        for (size_t i = 0; i < v->n; i++)
            if (!isnan(v->data[i])) /* ones have no order */
                assert_close(&v->data[i], &(float){1}, 1, 0, 1e-6);
    }
    const float *targets = array_of(&a, "stability.across.target");
    for (size_t i = 0; i < 2; i++) {
        assert_true(targets[3 * i] == *a.target);
        assert_true(targets[3 * i + 1] == 0 && targets[3 * i + 2] == 1);
    }
    const float *pictures = array_of(&a, "stability.across.pictures");
    assert_memory_equal(pictures, pictures + N_PIXELS, N_PIXELS * sizeof *pictures);
    assert_memory_equal(pictures, a.x, N_PIXELS * sizeof *pictures);
    explanation_release(&a);
    scene_release(&s);
    scene_release(&other);
    free(z);
}

static void another_model_changes_target_and_map_as_by_hand(void **state)
{
    scene s = linear_scene(), other = linear_scene();
    float *w = other.g.layers[0].weight.data;
    w[0] = -0.1f; /* d logit / d z: (-0.2, 0.15, 0.1) here, (0.1, 0.15, -0.2) there */
    w[2] = 0.2f;
    aim(&other, "logit");
    const trust_rival rivals[] = {{"here", 600, &s.x}, {"there", 200, &other.x}};
    judging j = {.set = {.rivals = rivals, .n_rivals = 2}};
    explanation a = judged(&s, "gradient", hand_z, &j, 0);
    (void)state;
    assert_close(array_of(&a, "stability.across.z"), ((float[]){1, 0.5f}), 2, 0, 1e-6);
    double cosine = (-0.02 + 0.0225 - 0.02) / (0.04 + 0.0225 + 0.01);
    assert_close(array_of(&a, "stability.across.z.direction"), ((float[]){1, (float)cosine}), 2, 0,
                 1e-5);
    /* logits -0.45 and -0.3 */
    assert_close(array_of(&a, "stability.across.target"), ((float[]){-0.45f, 0, 1, -0.3f, 0.15f}),
                 5, 1e-5, 1e-6);
    assert_null(explanation_find(&a, "stability.across.drift.z"));
    assert_non_null(strstr(all_remarks(&a), "z17 of one model is not z17 of another"));
    assert_non_null(strstr(all_remarks(&a), "there: target -0.3 (+0.15)"));
    explanation_release(&a);
    scene_release(&s);
    scene_release(&other);
}

static void steps_of_one_training_make_curves(void **state)
{
    scene s = trained_scene("logit"), before = trained_scene(NULL);
    float *z = draw(Z, 4);
    fill_trained(&before.g, 9);
    aim(&before, "logit");
    const trust_rival rivals[] = {{"step 200", 200, &before.x}, {"step 600", 600, &s.x}};
    judging j = {.set = {.rivals = rivals, .n_rivals = 2, .is_drift = true}};
    explanation a = judged(&s, "gradient,shap", z, &j, 0);
    (void)state;
    const char *name = "stability.across.drift.z";
    assert_close(series_of(&a, name, "step"), ((float[]){200, 600}), 2, 0, 0);
    assert_close(&series_of(&a, name, "gradient")[1], &(float){1}, 1, 0, 1e-6);
    assert_true(series_of(&a, name, "gradient")[0] == array_of(&a, "stability.across.z")[0]);
    assert_true(series_of(&a, name, "gradient")[0] < 0.9f);
    assert_true(series_of(&a, name, "picture")[1] == 1);
    assert_true(series_of(&a, name, "picture")[0] < 0.9f);
    assert_non_null(strstr(all_remarks(&a), "several steps of one training"));
    explanation_release(&a);
    scene_release(&s);
    scene_release(&before);
    free(z);
}

/* Each model measures from the pictures that it makes itself of the baseline. */
static void a_baseline_is_seen_by_each_model(void **state)
{
    scene s = linear_scene(), other = linear_scene();
    other.g.layers[0].bias[0] = 0.4f;
    aim(&other, "logit");
    const trust_rival rivals[] = {{"here", 1, &s.x}, {"there", 2, &other.x}};
    judging j = {.set = {.rivals = rivals, .n_rivals = 2}};
    explain_baseline b = {0};
    float *start = allocate(3, sizeof *start);
    explain_baseline_init(&b, &s.x, start, 1);
    explanation a = {0};
    error e = {0};
    const explain_method *report = trust_report_find("stability");
    const explain_request q = {
        .n_top = 3, .black = -1, .white = 1, .n_samples = 16, .probe = 3, .baseline = &b};
    (void)state;
    explain_plan_choose(&j.plan, "integrated-gradients");
    explain_plan_add(&j.plan, report);
    explain_plan_set(&j.plan, report, &j.set);
    j.set.plan = &j.plan;
    assert_int_equal(explain_plan_prepare(&j.plan, &s.x, &q, &e), 0);
    assert_int_equal(explain(&a, &s.x, &s.w, hand_z, &q, &j.plan, &e), 0);
    /* from z = 0 the shift of pixel 0 is in the picture and in the baseline: it cancels */
    assert_close(array_of(&a, "stability.across.x.direction"), ((float[]){1, 1}), 2, 0, 1e-6);
    explain_plan_release(&j.plan);
    explanation_release(&a);
    explain_baseline_release(&b);
    scene_release(&s);
    scene_release(&other);
}

/* ---- A signal ---- */

static int n_asked;

static int stops_at_the_second(void) { return ++n_asked >= 2; }

static int n_heard;

static void count_heard(void *context, const explain_method *m, const char *step, size_t i,
                        size_t n)
{
    (void)context;
    (void)m;
    (void)step;
    (void)i;
    (void)n;
    n_heard++;
}

static void methods_run_again_end_by_a_signal_and_are_not_heard(void **state)
{
    const explain_listener listener = {.hear = count_heard, .should_stop = stops_at_the_second};
    const explain_request q = {.n_top = 3, .black = -1, .white = 1, .listener = &listener};
    scene s = linear_scene();
    explain_plan plan = {0};
    reruns r;
    attribution_list lists[N_INPUTS] = {{0}};
    error e = {0};
    (void)state;
    n_asked = n_heard = 0;
    explain_plan_choose(&plan, "gradient");
    assert_int_equal(reruns_init(&r, &plan, &s.x, &q, &e), 0);
    assert_int_equal(reruns_make(lists, &r, &s.x, &s.w, hand_z, &e), -1);
    assert_int_equal(e.status, STATUS_STOPPED);
    assert_int_equal(n_heard, 0);
    reruns_release(&r);
    explain_plan_release(&plan);
    scene_release(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_direction_and_looks_of_a_map_and_itself_are_1),
        cmocka_unit_test(a_map_turned_over_is_the_opposite),
        cmocka_unit_test(direction_is_a_cosine_and_sees_no_size),
        cmocka_unit_test(of_no_map_and_of_zeros_nothing_is_known),
        cmocka_unit_test(pictures_are_compared_in_their_range),
        cmocka_unit_test(the_gradient_of_a_straight_line_stays_and_the_picture_moves),
        cmocka_unit_test(intervals_hold_their_values),
        cmocka_unit_test(slopes_that_jump_at_kinks_are_said_to),
        cmocka_unit_test(threads_and_company_leave_the_bytes),
        cmocka_unit_test(a_fit_that_is_kept_is_said_not_to_be_judged),
        cmocka_unit_test(one_component_and_a_target_without_z_leave_gaps_and_no_numbers),
        cmocka_unit_test(only_the_inputs_asked_for_are_there),
        cmocka_unit_test(a_model_and_its_double_explain_alike),
        cmocka_unit_test(another_model_changes_target_and_map_as_by_hand),
        cmocka_unit_test(steps_of_one_training_make_curves),
        cmocka_unit_test(a_baseline_is_seen_by_each_model),
        cmocka_unit_test(methods_run_again_end_by_a_signal_and_are_not_heard),
    };
    return cmocka_run_group_tests_name("stability of explanations", tests, NULL, NULL);
}
