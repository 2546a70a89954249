/* SPDX-License-Identifier: MIT */
/* What the hidden units of D or the judge add to the target, and where they look. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include <stdlib.h>

static const float hand_z[2] = {2, 1};

/* The picture is z; D has the units x0 + 2 x1 + 1 and x1 - x0, with half the slope below 0, and the
 * logit is 3 times the first less twice the second, plus a quarter. */
static scene hand_scene(void)
{
    scene s = scene_of_shape("2", "2:lrelu=0.5,1", 2, shape_of(1, 2));
    float *d = s.d.layers[0].weight.data;
    s.g.layers[0].weight.data[0] = s.g.layers[0].weight.data[3] = 1;
    memcpy(d, (float[]){1, 2, -1, 1}, 4 * sizeof *d);
    s.d.layers[0].bias[0] = 1;
    memcpy(s.d.layers[1].weight.data, (float[]){3, -2}, 2 * sizeof *d);
    s.d.layers[1].bias[0] = 0.25f;
    aim(&s, "logit");
    return s;
}

static void units_and_their_maps_are_as_by_hand(void **state)
{
    scene s = hand_scene();
    explanation a = explained_by(&s, "cam", hand_z, 2);
    error e = {0};
    (void)state;
    /* the units are 5 and -0.5, and the second has half its slope */
    assert_close(array_of(&a, "cam.contributions"), ((float[]){15, 1}), 2, 1e-6, 0);
    assert_close(array_of(&a, "cam.units"), ((float[]){15, 30, -0.5f, 0.5f}), 4, 1e-6, 0);
    assert_close(array_of(&a, "cam.x"), ((float[]){14.5f, 30.5f}), 2, 1e-6, 0);
    assert_close(array_of(&a, "cam.rest"), &(float){0.25f}, 1, 1e-6, 0);
    assert_string_equal(whole_array_of(&a, "cam.units")->labels[1], "unit 1, +1");
    assert_string_equal(whole_array_of(&a, "cam.contributions")->labels[0], "D's layer 0");
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* No weights of the last layer but one: only the strongest is asked for. */
static void the_strongest_unit_comes_first_and_alone(void **state)
{
    scene s = hand_scene();
    (void)state;
    s.d.layers[1].weight.data[0] = 0.1f;
    aim(&s, "logit");
    explanation a = explained_by(&s, "cam", hand_z, 1);
    assert_int_equal(whole_array_of(&a, "cam.units")->shape[0], 1);
    assert_close(array_of(&a, "cam.units"), ((float[]){-0.5f, 0.5f}), 2, 1e-6, 0);
    explanation_release(&a);
    scene_release(&s);
}

static void a_logit_is_what_its_units_add_and_a_bias(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = explained_by(&s, "cam", z, 3);
    (void)state;
    assert_close(array_of(&a, "cam.rest"), s.d.layers[1].bias, 1, 1e-5, 1e-6);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Of softplus(-logit) the units have the slope times what they have of the logit. */
static void units_of_a_bent_target_add_what_its_slope_says(void **state)
{
    scene s = hand_scene();
    aim(&s, "gen");
    s.d.layers[1].bias[0] = s.folded[1].layers[1].bias[0] = -15;
    explanation a = explained_by(&s, "cam", hand_z, 2);
    error e = {0};
    double slope = -1 / (1 + exp(1));
    (void)state;
    assert_close(array_of(&a, "cam.contributions"), ((double[]){15 * slope, slope}), 2, 1e-5, 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

static void the_units_of_the_judge_explain_a_class(void **state)
{
    scene s = trained_scene(NULL);
    network judge = network_of("11:tanh,7:sigmoid,10", N_PIXELS);
    explain_target t = target_of("class:3");
    float *z = draw(Z, 4);
    error e = {0};
    (void)state;
    fill_trained(&judge, 3);
    t.classifier = &judge;
    aim_at(&s, t);
    explanation a = explained_by(&s, "cam", z, 3);
    assert_int_equal(whole_array_of(&a, "cam.contributions")->n, 7);
    assert_string_equal(whole_array_of(&a, "cam.contributions")->labels[0], "the judge's layer 2");
    assert_close(array_of(&a, "cam.rest"), &judge.layers[2].bias[3], 1, 1e-5, 1e-6);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    free(z);
    scene_release(&s);
    network_release(&judge);
}

static void targets_that_a_network_sees_pass_the_checks(void **state)
{
    static const char *const words[] = {"logit", "gen", "loss:a.png"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene s = trained_scene(NULL);
        error e = {0};
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "cam", z, 3);
        if (explanation_judge(&a, &e))
            fail_msg("%s: %s", words[i], e.message);
        assert_int_equal(a.n_checks, 2);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

/* How many methods are left of a list of them for the target; -1: it is refused. */
static int fit_methods(const char *words, const char *list, const float *reference, error *e)
{
    scene s = trained_scene(NULL);
    explain_plan plan = {0};
    aim_at(&s, comparing(words, reference));
    explain_plan_choose(&plan, list);
    int n = explain_plan_fit(&plan, &s.x, e) ? -1 : (int)plan.n;
    explain_plan_release(&plan);
    scene_release(&s);
    return n;
}

static void targets_that_no_network_sees_are_refused(void **state)
{
    static const char *const words[] = {"ink", "pixel:3,4", "region:4,4,10,12", "rec:a.png",
                                        "unit:3,5"};
    float *reference = draw(N_PIXELS, 8);
    error e = {0};
    (void)state;
    int n_all = fit_methods("logit", "all", reference, &e);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        e = (error){0};
        assert_int_equal(fit_methods(words[i], "cam", reference, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_string_equal(e.message, "method cam is for targets that D or the judge sees the "
                                       "picture for, and this is none");
        assert_int_equal(fit_methods(words[i], "all", reference, &e), n_all - 1);
    }
    free(reference);
}

static void a_critic_without_hidden_units_leaves_nothing(void **state)
{
    scene s = scene_of_shape("2", "1", 2, shape_of(1, 2));
    aim(&s, "logit");
    explanation a = explained_by(&s, "cam", hand_z, 2);
    (void)state;
    assert_null(explanation_find(&a, "cam.x"));
    explanation_release(&a);
    scene_release(&s);
}

/* Nothing is stretched: a map of zeros stays one, and a unit that is off has none. */
static void units_that_add_nothing_have_no_map(void **state)
{
    scene s = scene_of_shape("2", "2:relu,1", 2, shape_of(1, 2));
    error e = {0};
    (void)state;
    s.g.layers[0].weight.data[0] = 1;
    memcpy(s.d.layers[0].weight.data, (float[]){-1, 0, 0, 0}, 4 * sizeof(float));
    s.d.layers[0].bias[1] = 1;
    memcpy(s.d.layers[1].weight.data, (float[]){5, 1}, 2 * sizeof(float));
    aim(&s, "logit");
    explanation a = explained_by(&s, "cam", hand_z, 1);
    assert_string_equal(whole_array_of(&a, "cam.units")->labels[0], "unit 1, +1");
    for (size_t p = 0; p < 2; p++)
        assert_true(array_of(&a, "cam.x")[p] == 0 && array_of(&a, "cam.units")[p] == 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Checks ---- */

/* The float path keeps D, the twin has one that differs. */
static bool is_caught(scene *s, const network *other, const char *name)
{
    const network *own = s->x.net[NET_CRITIC];
    s->x.net[NET_CRITIC] = other;
    explanation a = explained_by(s, "cam", hand_z, 2);
    bool is_met = explain_check_is_met(check_of(&a, name));
    explanation_release(&a);
    explain_workspace_release(&s->w);
    s->x.net[NET_CRITIC] = own;
    explain_workspace_init(&s->w, &s->x);
    return !is_met;
}

static void a_wrong_weight_or_slope_of_the_critic_is_caught(void **state)
{
    scene s = hand_scene();
    network other = {0};
    (void)state;
    network_copy(&other, &s.folded[1]);
    assert_false(is_caught(&s, &other, "cam.against_double"));
    assert_false(is_caught(&s, &other, "cam.adds_up"));
    other.layers[0].weight.data[1] *= 1.01f;
    assert_true(is_caught(&s, &other, "cam.against_double"));
    assert_true(is_caught(&s, &other, "cam.adds_up"));
    other.layers[0].weight.data[1] = 2;
    other.layers[1].weight.data[0] *= 1.01f;
    assert_true(is_caught(&s, &other, "cam.against_double"));
    assert_true(is_caught(&s, &other, "cam.adds_up"));
    other.layers[1].weight.data[0] = 3;
    other.layers[0].f.parameter *= -1;
    assert_true(is_caught(&s, &other, "cam.against_double"));
    assert_true(is_caught(&s, &other, "cam.adds_up"));
    network_release(&other);
    scene_release(&s);
}

/* ---- The same bytes ---- */

static void assert_same(const explanation *a, const explanation *b)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        if (strncmp(v->row->name, "cam.", 4) == 0)
            assert_memory_equal(array_of(b, v->row->name), v->data, v->n * sizeof *v->data);
    }
}

static void all_is_the_same_with_any_threads_and_beside_any_methods(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    explanation two = explained_by(&s, "cam", z, 3);
    explanation among = explained_by(&s, "gradient,reach,cam", z, 3);
    use_threads(1);
    explanation one = explained_by(&s, "cam", z, 3);
    use_threads(2);
    assert_same(&two, &among);
    assert_same(&two, &one);
    explanation_release(&two);
    explanation_release(&among);
    explanation_release(&one);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_and_their_maps_are_as_by_hand),
        cmocka_unit_test(the_strongest_unit_comes_first_and_alone),
        cmocka_unit_test(a_logit_is_what_its_units_add_and_a_bias),
        cmocka_unit_test(units_of_a_bent_target_add_what_its_slope_says),
        cmocka_unit_test(the_units_of_the_judge_explain_a_class),
        cmocka_unit_test(targets_that_a_network_sees_pass_the_checks),
        cmocka_unit_test(targets_that_no_network_sees_are_refused),
        cmocka_unit_test(a_critic_without_hidden_units_leaves_nothing),
        cmocka_unit_test(units_that_add_nothing_have_no_map),
        cmocka_unit_test(a_wrong_weight_or_slope_of_the_critic_is_caught),
        cmocka_unit_test(all_is_the_same_with_any_threads_and_beside_any_methods),
    };
    return cmocka_run_group_tests_name("cam", tests, NULL, NULL);
}
