/* SPDX-License-Identifier: MIT */
/* What components of z and hidden units of G have of the target. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include <stdio.h>
#include <stdlib.h>

static const float hand_z[2] = {2, -1};

/* Units z0 and z0 + 2 z1 + 1; the one pixel is three times the first and as much as the second. */
static scene hand_scene(const char *spec)
{
    scene s = scene_of_shape(spec, NULL, 2, shape_of(1, 1));
    memcpy(s.g.layers[0].weight.data, (float[]){1, 0, 1, 2}, 4 * sizeof(float));
    s.g.layers[0].bias[1] = 1;
    memcpy(s.g.layers[1].weight.data, (float[]){3, 1}, 2 * sizeof(float));
    aim(&s, "ink");
    return s;
}

static double worst_value(const explanation *a, const char *name)
{
    return check_of(a, name) ? check_of(a, name)->value : (double)NAN;
}

/* With a baseline, unless it is NULL; released by the caller. */
static explanation influences(scene *s, const float *z, const explain_baseline *b)
{
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    explain_request q = {
        .n_top = 3, .black = -1, .white = 1, .n_samples = 64, .probe = 3, .baseline = b};
    explain_plan_choose(&plan, "influence");
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    return a;
}

/* ---- Hidden units ---- */

/* From 0 to z the first unit goes from 0 to 2; the second is 1 all the way. */
static void units_of_straight_layers_have_weight_times_change(void **state)
{
    scene s = hand_scene("2:linear,1");
    explanation a = influences(&s, hand_z, NULL);
    (void)state;
    assert_close(array_of(&a, "influence.units"), ((float[]){6, 0}), 2, 1e-6, 1e-6);
    const float *row = array_of(&a, "influence.layers"), *top = array_of(&a, "influence.strongest");
    assert_close(row, ((float[]){6, 6, 1, 2}), 4, 1e-5, 0);
    assert_close(top, ((float[]){6, 1}), 2, 1e-5, 0);
    assert_string_equal(whole_array_of(&a, "influence.strongest")->labels[2], "layer 0 unit 0");
    assert_true(*array_of(&a, "influence.unsettled") < 1e-6f);
    explanation_release(&a);
    scene_release(&s);
}

/* To (-2, -1) the second falls from 1 to -3, whose activation is -1.5, over its kink. */
static void a_kink_on_the_way_costs_nothing(void **state)
{
    static const float z[2] = {-2, -1};
    scene s = hand_scene("2:lrelu=0.5,1");
    explanation a = influences(&s, z, NULL);
    (void)state;
    assert_close(array_of(&a, "influence.units"), ((float[]){-3, -2.5f}), 2, 1e-5, 0);
    assert_true(worst_value(&a, "influence.adds_up") < 1e-6);
    explanation_release(&a);
    scene_release(&s);
}

/* An integral that is known: with one unit, what tanh makes of it. */
static void one_unit_has_all_of_the_change(void **state)
{
    scene s = scene_of_shape("1:tanh,1:tanh", "1", 1, shape_of(1, 1));
    static const float z[1] = {1.7f};
    (void)state;
    s.g.layers[0].weight.data[0] = 1.5f;
    s.g.layers[1].weight.data[0] = -2;
    s.g.layers[1].bias[0] = 0.3f;
    s.d.layers[0].weight.data[0] = 2;
    aim(&s, "gen");
    explanation a = influences(&s, z, NULL);
    double x0 = tanh(0.3), x1 = tanh(0.3 - 2 * tanh(1.5 * 1.7));
    double change = log1p(exp(-2 * x1)) - log1p(exp(-2 * x0));
    assert_close(array_of(&a, "influence.units"), &change, 1, 2e-5, 0);
    explanation_release(&a);
    scene_release(&s);
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* One pixel that all but stays at the lower end of its range, where neighbours on the way are the
 * same floats: what its unit has is what doubles tell. */
static void what_a_saturated_pixel_moves_by_is_told(void **state)
{
    static const float z[1] = {12};
    const double moved[2] = {tanh(-8.0) - tanh(-20.0), sigmoid(-28) - sigmoid(-40)};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        scene s =
            scene_of_shape(i ? "1:linear,1:sigmoid" : "1:linear,1:tanh", NULL, 1, shape_of(1, 1));
        s.g.layers[0].weight.data[0] = s.g.layers[1].weight.data[0] = 1;
        s.g.layers[1].bias[0] = i ? -40 : -20;
        aim(&s, "ink");
        explanation a = influences(&s, z, NULL);
        assert_close(array_of(&a, "influence.units"), &moved[i], 1, 1e-4, 0);
        assert_true(worst_value(&a, "influence.adds_up") < 1e-4);
        explanation_release(&a);
        scene_release(&s);
    }
}

/* gen at a logit of 120 is less than a float holds. */
static void a_target_that_floats_do_not_tell_from_zero_is_no_error(void **state)
{
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4);
    error e = {0};
    (void)state;
    s.d.layers[1].bias[0] = 120;
    aim(&s, "gen");
    explanation a = influences(&s, z, NULL);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Of two tanh units below another one: by a fine midpoint rule in double. */
static double by_midpoints(const double w[2], double t_end, size_t unit)
{
    enum { N = 20000 };
    double all = 0;
    for (size_t i = 0; i < N; i++) {
        double t = t_end * ((double)i + 0.5) / N, h[2] = {tanh(w[0] * t), tanh(w[1] * t)};
        double outer = 1 - pow(tanh(h[0] - 2 * h[1]), 2), weight = unit ? -2 : 1;
        all += outer * weight * w[unit] * (1 - h[unit] * h[unit]) * t_end / N;
    }
    return all;
}

static void conductance_is_the_integral_along_the_way(void **state)
{
    static const float z[1] = {1.4f};
    const double w[2] = {2, 0.7};
    scene s = scene_of_shape("2:tanh,1:tanh", NULL, 1, shape_of(1, 1));
    (void)state;
    memcpy(s.g.layers[0].weight.data, (float[]){2, 0.7f}, 2 * sizeof(float));
    memcpy(s.g.layers[1].weight.data, (float[]){1, -2}, 2 * sizeof(float));
    aim(&s, "ink");
    explanation a = influences(&s, z, NULL);
    double want[] = {by_midpoints(w, 1.4, 0), by_midpoints(w, 1.4, 1)};
    assert_close(array_of(&a, "influence.units"), want, 2, 2e-4, 0);
    explanation_release(&a);
    scene_release(&s);
}

static void each_layer_adds_up_to_the_change_for_every_target(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:3,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        error e = {0};
        aim_at(&s, comparing(words[i], reference));
        explanation a = influences(&s, z, NULL);
        if (explanation_judge(&a, &e))
            fail_msg("%s: %s", words[i], e.message);
        if (!(worst_value(&a, "influence.adds_up") < 1e-4))
            fail_msg("%s: %g", words[i], worst_value(&a, "influence.adds_up"));
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

static void a_class_of_the_judge_adds_up_too(void **state)
{
    scene s = trained_scene(NULL);
    network judge = network_of("11:relu,7:sigmoid,10", N_PIXELS);
    explain_target t = target_of("class:3");
    float *z = draw(Z, 4);
    error e = {0};
    (void)state;
    fill_trained(&judge, 3);
    t.classifier = &judge;
    aim_at(&s, t);
    explanation a = influences(&s, z, NULL);
    if (explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explanation_release(&a);
    free(z);
    scene_release(&s);
    network_release(&judge);
}

/* Layers behind the unit have nothing of it, and those of its own layer are not before it. */
static void a_unit_inside_g_is_shared_out_among_the_layers_before_it(void **state)
{
    scene s = trained_scene("unit:3,5");
    float *z = draw(Z, 4);
    explanation a = influences(&s, z, NULL);
    (void)state;
    assert_int_equal(whole_array_of(&a, "influence.units")->n, 24);
    explanation_release(&a);
    aim(&s, "unit:0,3");
    a = influences(&s, z, NULL);
    assert_null(explanation_find(&a, "influence.units"));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- Baselines ---- */

static explain_baseline baseline_of(const explainer *x, const float *z, size_t n)
{
    explain_baseline b;
    float *own = allocate(n * x->z_dim, sizeof *own);
    memcpy(own, z, n * x->z_dim * sizeof *own);
    explain_baseline_init(&b, x, own, n);
    return b;
}

static void several_baselines_are_averaged(void **state)
{
    static const float both[4] = {1, 0, 0, -1};
    scene s = hand_scene("2:linear,1");
    error e = {0};
    explain_baseline b = baseline_of(&s.x, both, 2);
    explanation a = influences(&s, hand_z, &b);
    (void)state;
    /* the first unit is 1 and 0 there, the second 2 and -1; at z they are 2 and 1 */
    assert_close(array_of(&a, "influence.units"), ((float[]){4.5f, 0.5f}), 2, 1e-5, 0);
    assert_close(array_of(&a, "influence.layers"), ((float[]){5, 5, 1, 2}), 4, 1e-5, 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    explain_baseline_release(&b);
    scene_release(&s);
}

static void there_is_no_influence_where_z_is_the_baseline(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    error e = {0};
    explain_baseline b = baseline_of(&s.x, z, 1);
    explanation a = influences(&s, z, &b);
    const named_array *v = whole_array_of(&a, "influence.units");
    (void)state;
    for (size_t i = 0; i < v->n; i++)
        assert_true(v->data[i] == 0);
    assert_true(*array_of(&a, "influence.unsettled") == 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    explain_baseline_release(&b);
    free(z);
    scene_release(&s);
}

/* ---- Components ---- */

/* The rates are 2, -1 and 0 everywhere. */
static scene line_scene(void)
{
    scene s = scene_of_shape("1", NULL, 3, shape_of(1, 1));
    memcpy(s.g.layers[0].weight.data, (float[]){2, -1, 0}, 3 * sizeof(float));
    aim(&s, "ink");
    return s;
}

static void components_have_shares_of_all_rates(void **state)
{
    static const float z[3] = {1, 1, 1};
    scene s = line_scene();
    explanation a = influences(&s, z, NULL);
    (void)state;
    assert_close(array_of(&a, "influence.z"), ((double[]){2.0 / 3, -1.0 / 3, 0}), 3, 1e-6, 0);
    assert_close(array_of(&a, "influence.usual"), ((float[]){2, 1, 0}), 3, 1e-6, 0);
    assert_close(array_of(&a, "influence.usual_error"), ((float[]){0, 0, 0}), 3, 0, 1e-7);
    assert_close(array_of(&a, "influence.agreement"), &(float){1}, 1, 1e-6, 0);
    /* ranks here and usually, shares here and usually, rate, times the usual */
    const float *row = array_of(&a, "influence.ranks") + 6;
    assert_close(row, ((double[]){2, 2, 1.0 / 3, 1.0 / 3, -1, 1}), 6, 1e-6, 0);
    assert_string_equal(whole_array_of(&a, "influence.ranks")->labels[7], "z1");
    assert_null(explanation_find(&a, "influence.units"));
    explanation_release(&a);
    scene_release(&s);
}

/* Whether a ReLU is on decides: it is for half of all z. */
static void the_usual_rate_is_a_mean_with_its_standard_error(void **state)
{
    static const float z[1] = {-1};
    scene s = scene_of_shape("1:relu,1", NULL, 1, shape_of(1, 1));
    (void)state;
    s.g.layers[0].weight.data[0] = 4;
    s.g.layers[1].weight.data[0] = 1;
    aim(&s, "ink");
    explanation a = influences(&s, z, NULL);
    double usual = (double)*array_of(&a, "influence.usual"), share = usual / 4;
    double spread = 4 * sqrt(share * (1 - share) / 63);
    assert_true(fabs(usual - 2) < 1);
    assert_close(array_of(&a, "influence.usual_error"), &spread, 1, 1e-5, 0);
    assert_true(*array_of(&a, "influence.z") == 0);
    assert_null(explanation_find(&a, "influence.agreement"));
    explanation_release(&a);
    scene_release(&s);
}

static void a_constant_target_has_no_influence_and_no_nan(void **state)
{
    scene s = scene_of_shape("2:relu,1", NULL, 1, shape_of(1, 1));
    static const float z[1] = {1};
    error e = {0};
    (void)state;
    s.g.layers[1].bias[0] = 3;
    aim(&s, "ink");
    explanation a = influences(&s, z, NULL);
    assert_true(*array_of(&a, "influence.z") == 0);
    assert_true(array_of(&a, "influence.ranks")[2] == 0 &&
                array_of(&a, "influence.layers")[0] == 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Checks ---- */

/* The float path keeps G, the twin has one that differs. */
static bool is_caught(scene *s, const network *other, const float *z, const char *name)
{
    const network *own = s->x.net[NET_G];
    s->x.net[NET_G] = other;
    explanation a = influences(s, z, NULL);
    bool is_met = explain_check_is_met(check_of(&a, name));
    explanation_release(&a);
    explain_workspace_release(&s->w);
    s->x.net[NET_G] = own;
    explain_workspace_init(&s->w, &s->x);
    return !is_met;
}

static void a_wrong_weight_or_slope_of_g_is_caught(void **state)
{
    static const char *const names[] = {"influence.adds_up", "influence.z_against_double",
                                        "influence.usual_against_double"};
    static const float z[2] = {-2, -1};
    scene s = hand_scene("2:lrelu=0.5,1");
    network other = {0};
    (void)state;
    network_copy(&other, &s.folded[0]);
    for (size_t i = 0; i < 3; i++) {
        float *weight = &other.layers[0].weight.data[3];
        assert_false(is_caught(&s, &other, z, names[i]));
        *weight *= 1.01f;
        assert_true(is_caught(&s, &other, z, names[i]));
        *weight = 2;
        other.layers[0].f.parameter *= -1;
        assert_true(is_caught(&s, &other, z, names[i]));
        other.layers[0].f.parameter *= -1;
    }
    network_release(&other);
    scene_release(&s);
}

/* BatchNorm as a batch would have it, not as training left it. */
static void batch_statistics_in_place_of_running_ones_are_caught(void **state)
{
    scene s = trained_scene("logit");
    network trained = {0}, folded = {0};
    float *z = draw(Z, 4);
    (void)state;
    network_copy(&trained, &s.g);
    for (size_t i = 0; i < trained.layers[0].n_out; i++)
        trained.layers[0].running_var[i] *= 1.1f;
    network_fold(&folded, &trained);
    assert_true(is_caught(&s, &folded, z, "influence.adds_up"));
    assert_true(is_caught(&s, &folded, z, "influence.z_against_double"));
    network_release(&folded);
    network_release(&trained);
    free(z);
    scene_release(&s);
}

/* ---- The same bytes ---- */

static void assert_same(const explanation *a, const explanation *b)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        if (strncmp(v->row->name, "influence.", 10) == 0)
            assert_memory_equal(array_of(b, v->row->name), v->data, v->n * sizeof *v->data);
    }
}

static void all_is_the_same_with_any_threads_and_beside_any_methods(void **state)
{
    scene s = trained_scene("loss:a.png");
    float *z = draw(Z, 4), *reference = draw(N_PIXELS, 8);
    (void)state;
    aim_at(&s, comparing("loss:a.png", reference));
    explanation two = explained_by(&s, "influence", z, 3);
    explanation among = explained_by(&s, "gradient,reach,cam,influence", z, 3);
    use_threads(1);
    explanation one = explained_by(&s, "influence", z, 3);
    use_threads(2);
    assert_same(&two, &among);
    assert_same(&two, &one);
    explanation_release(&two);
    explanation_release(&among);
    explanation_release(&one);
    free(z);
    free(reference);
    scene_release(&s);
}

/* ---- Tables, of what other arrays hold ---- */

static double sum_of_magnitudes(const float *v, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += fabs((double)v[i]);
    return all;
}

/* A row: its rank here and usually, both shares, the rate here, and how many times the usual. */
static void the_table_of_components_is_that_of_their_rates(void **state)
{
    enum { N_TOP = 3, COLUMNS = 6 };
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), rate[Z];
    char label[64];
    explanation a = influences(&s, z, NULL);
    const named_array *ranks = whole_array_of(&a, "influence.ranks");
    const float *usual = array_of(&a, "influence.usual");
    size_t top[N_TOP];
    (void)state;
    value_at_z(&s, z, rate, NULL);
    find_strongest(top, N_TOP, rate, Z);
    for (size_t k = 0; k < N_TOP; k++) {
        double size = fabs((double)rate[top[k]]), mean = (double)usual[top[k]], rank = 1;
        for (size_t i = 0; i < Z; i++)
            rank += usual[i] > usual[top[k]];
        const double row[COLUMNS] = {(double)k + 1,
                                     rank,
                                     size / sum_of_magnitudes(rate, Z),
                                     mean / sum_of_magnitudes(usual, Z),
                                     (double)rate[top[k]],
                                     size / mean};
        assert_close(ranks->data + k * COLUMNS, row, COLUMNS, 1e-5, 0);
        snprintf(label, sizeof label, "z%zu", top[k]);
        assert_string_equal(ranks->labels[COLUMNS + k], label);
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Hidden layers of 24 and 17 units, whose places among all modules are 0 and 3. */
static void the_table_of_units_is_that_of_their_parts(void **state)
{
    enum { N_TOP = 3, FIRST = 24, SECOND = 17 };
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = influences(&s, z, NULL);
    const named_array *strongest = whole_array_of(&a, "influence.strongest");
    const float *units = array_of(&a, "influence.units");
    size_t top[N_TOP];
    char label[64];
    (void)state;
    find_strongest(top, N_TOP, units, FIRST + SECOND);
    for (size_t k = 0; k < N_TOP; k++) {
        bool is_first = top[k] < FIRST;
        double all =
            is_first ? sum_of_magnitudes(units, FIRST) : sum_of_magnitudes(units + FIRST, SECOND);
        const double row[2] = {(double)units[top[k]], fabs((double)units[top[k]]) / all};
        assert_close(strongest->data + 2 * k, row, 2, 1e-5, 0);
        snprintf(label, sizeof label, "layer %d unit %zu", is_first ? 0 : 3,
                 is_first ? top[k] : top[k] - FIRST);
        assert_string_equal(strongest->labels[2 + k], label);
    }
    assert_string_equal(whole_array_of(&a, "influence.layers")->labels[4], "layer 0");
    assert_string_equal(whole_array_of(&a, "influence.layers")->labels[5], "layer 3");
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_of_straight_layers_have_weight_times_change),
        cmocka_unit_test(a_kink_on_the_way_costs_nothing),
        cmocka_unit_test(one_unit_has_all_of_the_change),
        cmocka_unit_test(what_a_saturated_pixel_moves_by_is_told),
        cmocka_unit_test(a_target_that_floats_do_not_tell_from_zero_is_no_error),
        cmocka_unit_test(conductance_is_the_integral_along_the_way),
        cmocka_unit_test(each_layer_adds_up_to_the_change_for_every_target),
        cmocka_unit_test(a_class_of_the_judge_adds_up_too),
        cmocka_unit_test(a_unit_inside_g_is_shared_out_among_the_layers_before_it),
        cmocka_unit_test(several_baselines_are_averaged),
        cmocka_unit_test(there_is_no_influence_where_z_is_the_baseline),
        cmocka_unit_test(components_have_shares_of_all_rates),
        cmocka_unit_test(the_usual_rate_is_a_mean_with_its_standard_error),
        cmocka_unit_test(a_constant_target_has_no_influence_and_no_nan),
        cmocka_unit_test(a_wrong_weight_or_slope_of_g_is_caught),
        cmocka_unit_test(batch_statistics_in_place_of_running_ones_are_caught),
        cmocka_unit_test(all_is_the_same_with_any_threads_and_beside_any_methods),
        cmocka_unit_test(the_table_of_components_is_that_of_their_rates),
        cmocka_unit_test(the_table_of_units_is_that_of_their_parts),
    };
    return cmocka_run_group_tests_name("influence", tests, NULL, NULL);
}
