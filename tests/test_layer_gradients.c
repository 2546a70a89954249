/* SPDX-License-Identifier: MIT */
/* The target's gradients by what G's layers make, and how these move. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

static const char layer_array[] = "gradient-x-input.layer", table[] = "gradient-x-input.layers";

/* Columns of the table. */
enum { UNITS, RAISE, LOWER, NEITHER, SMALL, SMALL_MEASURED, SMALL_MISSED, LARGE, LARGE_MEASURED };
enum { N_COLUMNS = 10, LAST_HIDDEN = -1 };

static int explain_layer(explanation *a, scene *s, const float *z, int wanted, error *e)
{
    explain_plan plan = {0};
    explain_request q = {.n_top = 3, .black = -1, .white = 1, .probe = 3};
    uint64_t index = wanted == LAST_HIDDEN ? UINT64_MAX : (uint64_t)wanted;
    explain_plan_choose(&plan, "gradient-x-input");
    explain_plan_set(&plan, plan.methods[0], &index);
    int status = explain_plan_prepare(&plan, &s->x, &q, e);
    status = status || explain(a, &s->x, &s->w, z, &q, &plan, e);
    explain_plan_release(&plan);
    return status;
}

static explanation with_layer(scene *s, const float *z, int wanted)
{
    explanation a = {0};
    error e = {0};
    if (explain_layer(&a, s, z, wanted, &e))
        fail_msg("%s", e.message);
    return a;
}

static double cell(const explanation *a, size_t row, size_t column)
{
    return (double)array_of(a, table)[row * N_COLUMNS + column];
}

static double check_value(const explanation *a, const char *name)
{
    for (size_t i = 0; i < a->n_checks; i++)
        if (strcmp(a->checks[i].name, name) == 0)
            return a->checks[i].value / a->checks[i].tolerance;
    fail_msg("no check %s", name);
    return 0;
}

/* ---- By hand ---- */

/* h = (2 z0, -z1) with the slope 1/2 below 0; pixel 0 is 3 h0 - h1, the others are 0. */
static scene hand_scene(void)
{
    scene s = scene_of("2:lrelu=0.5,784", NULL, 2);
    s.g.layers[0].weight.data[0] = 2;
    s.g.layers[0].weight.data[3] = -1;
    s.g.layers[1].weight.data[0] = 3;
    s.g.layers[1].weight.data[1] = -1;
    aim(&s, "ink");
    return s;
}

static void layers_of_a_small_net_move_as_by_hand(void **state)
{
    scene s = hand_scene();
    explanation a = with_layer(&s, (float[]){1, 1}, LAST_HIDDEN);
    error e = {0};
    (void)state;
    const double length = sqrt(36.25); /* of the gradient by z, (6, 1/2) */
    assert_close(array_of(&a, layer_array), ((double[]){3, -1}), 2, 1e-6, 0);
    assert_int_equal(whole_array_of(&a, table)->shape[0], 3);
    const double hidden[] = {2, 0.5, 0.5, 0, 0.1 * hypot(12, 0.25) / length / sqrt(2)};
    const double pixels[] = {784, 1, 0, 0, 0.1 * length / 28};
    const double target[] = {1, 1, 0, 0, 0.1 * length};
    const double *const rows[] = {hidden, pixels, target};
    for (size_t r = 0; r < 3; r++) {
        for (size_t c = UNITS; c <= SMALL; c++)
            assert_close(&(double){cell(&a, r, c)}, &rows[r][c], 1, 1e-6, 0);
        assert_close(&(double){cell(&a, r, SMALL_MEASURED)}, &rows[r][SMALL], 1, 1e-5, 0);
        assert_close(&(double){cell(&a, r, LARGE)}, &(double){10 * rows[r][SMALL]}, 1, 1e-6, 0);
        assert_true(cell(&a, r, SMALL_MISSED) < 1e-5);
    }
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* From z1 = -0.01 on, h1 = 0.01 comes to its bend on the way: there the slope is half as steep. */
static void a_bend_on_the_way_is_missed(void **state)
{
    scene s = hand_scene();
    explanation a = with_layer(&s, (float[]){0.5f, -0.01f}, LAST_HIDDEN);
    (void)state;
    const double length = hypot(6, 1), step = 1 / length, turned = (step - 0.01) / 2;
    const double move = sqrt(pow(2 * 6 / length, 2) + step * step);
    assert_close(&(double){cell(&a, 0, LARGE)}, &(double){move / sqrt(2)}, 1, 1e-5, 0);
    assert_close(&(double){cell(&a, 0, LARGE + 2)}, &(double){turned / move}, 1, 1e-4, 0);
    assert_close(&(double){cell(&a, 2, LARGE + 2)}, &(double){turned / length}, 1, 1e-4, 0);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Against other ways ---- */

/* What follows a layer, as a G of its own. */
static scene rest_of(const scene *s, size_t first)
{
    static const char *const specs[] = {NULL, "17:relu,784:tanh", "784:tanh"};
    scene rest = scene_of(specs[first], scene_d, s->folded[0].layers[first].n_in);
    for (size_t i = first; i < 3; i++) {
        const layer *from = &s->folded[0].layers[i], *to = &rest.g.layers[i - first];
        memcpy(to->weight.data, from->weight.data, from->n_in * from->n_out * sizeof(float));
        memcpy(to->bias, from->bias, from->n_out * sizeof(float));
    }
    fill_trained(&rest.d, 2);
    aim(&rest, "logit");
    return rest;
}

static void a_layers_gradient_is_that_of_what_follows_it(void **state)
{
    static const int indices[] = {0, 3};
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    for (size_t l = 0; l < 2; l++) {
        scene rest = rest_of(&s, l + 1);
        explain_draw(&s.x, &s.w, z, 1);
        size_t n = s.folded[0].layers[l].n_out;
        float *gradient = allocate(n, sizeof *gradient);
        float *made = allocate(n, sizeof *made);
        memcpy(made, s.w.tape[NET_G].output[l].data, n * sizeof *made);
        value_at_z(&rest, made, gradient, NULL);
        explanation a = with_layer(&s, z, indices[l]);
        assert_int_equal(whole_array_of(&a, layer_array)->n, n);
        assert_close_by_norm(array_of(&a, layer_array), gradient, n, 1e-5);
        explanation_release(&a);
        free(gradient);
        free(made);
        scene_release(&rest);
    }
    free(z);
    scene_release(&s);
}

/* The picture's and the target's moves for a step of 1 along the gradient. */
static void a_measured_move_is_where_z_then_is(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), gradient[Z], moved[Z], x[N_PIXELS];
    (void)state;
    explanation a = with_layer(&s, z, LAST_HIDDEN);
    float here = value_at_z(&s, z, gradient, NULL);
    for (size_t c = 0; c < Z; c++)
        moved[c] = (float)((double)z[c] + (double)gradient[c] / norm(gradient, Z));
    float there = value_at_z(&s, moved, NULL, NULL);
    const float *drawn = explain_draw(&s.x, &s.w, moved, 1);
    for (size_t i = 0; i < N_PIXELS; i++)
        x[i] = drawn[i] - a.x[i];
    assert_close(&(double){cell(&a, 2, LARGE_MEASURED)}, &(double){norm(x, N_PIXELS) / 28}, 1, 1e-5,
                 0);
    assert_close(&(double){cell(&a, 3, LARGE_MEASURED)},
                 &(double){fabs((double)there - (double)here)}, 1, 1e-4, 0);
    assert_close(&(double){cell(&a, 3, LARGE)}, &(double){norm(gradient, Z)}, 1, 1e-6, 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void bytes_do_not_depend_on_threads(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    explanation on_two = with_layer(&s, z, 0);
    use_threads(1);
    explanation on_one = with_layer(&s, z, 0);
    use_threads(2);
    for (size_t i = 0; i < on_two.n_arrays; i++)
        assert_memory_equal(on_two.arrays[i].data, on_one.arrays[i].data,
                            on_two.arrays[i].n * sizeof(float));
    explanation_release(&on_two);
    explanation_release(&on_one);
    free(z);
    scene_release(&s);
}

/* ---- Which layer ---- */

static void a_layer_is_asked_for_by_its_index_or_that_of_its_batchnorm(void **state)
{
    static const struct {
        int index;
        size_t n;
    } cases[] = {{0, 24}, {1, 24}, {3, 17}, {5, N_PIXELS}, {LAST_HIDDEN, 17}};
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explanation a = with_layer(&s, z, cases[i].index);
        assert_int_equal(whole_array_of(&a, layer_array)->n, cases[i].n);
        explanation_release(&a);
    }
    free(z);
    scene_release(&s);
}

static void a_layer_that_is_not_there_is_refused(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = {0};
    error e = {0};
    (void)state;
    assert_int_not_equal(explain_layer(&a, &s, z, 4, &e), 0);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message, "method gradient-x-input: --layer: G has no dense layer with "
                                   "index 4; it has 0, 3, 5");
    free(z);
    scene_release(&s);
}

static void layers_behind_the_unit_that_is_the_target_are_left_out(void **state)
{
    scene s = trained_scene("unit:3,5");
    float *z = draw(Z, 4);
    (void)state;
    explanation a = with_layer(&s, z, 5);
    assert_null(explanation_find(&a, layer_array));
    assert_int_equal(whole_array_of(&a, table)->shape[0], 3); /* two layers and the target */
    assert_true(cell(&a, 1, NEITHER) == (double)(float)(16.0 / 17));
    explanation_release(&a);
    a = with_layer(&s, z, LAST_HIDDEN);
    assert_int_equal(whole_array_of(&a, layer_array)->n, 24);
    explanation_release(&a);
    aim(&s, "unit:0,5");
    a = with_layer(&s, z, LAST_HIDDEN);
    assert_null(explanation_find(&a, layer_array));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- Where there is nothing to find ---- */

static void a_target_that_never_changes_moves_nothing(void **state)
{
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4);
    error e = {0};
    (void)state;
    memset(s.d.layers[1].weight.data, 0, 19 * sizeof(float));
    aim(&s, "logit");
    explanation a = with_layer(&s, z, LAST_HIDDEN);
    for (size_t r = 0; r < 4; r++)
        for (size_t c = r < 3 ? RAISE : SMALL; c < N_COLUMNS; c++)
            assert_true(cell(&a, r, c) == (c == NEITHER));
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- Checks ---- */

static const char *const names[] = {"gradient-x-input.layers_against_double",
                                    "gradient-x-input.layers_add_up"};

/* The shares of their tolerances that both checks reach where float passes through G are made with
 * another network: those there, those back, or both. */
static void find_errors(double error_of[2], scene *s, const network *faulty, bool there, bool back)
{
    float *z = draw(4, 4);
    packed_network sound = s->x.packed[NET_G], other;
    packed_network_init(&other, faulty, PASS_FORWARD | PASS_BACKWARD);
    s->x.packed[NET_G].net = there ? other.net : sound.net;
    s->x.packed[NET_G].to_output = there ? other.to_output : sound.to_output;
    s->x.packed[NET_G].to_input = back ? other.to_input : sound.to_input;
    explanation a = with_layer(s, z, LAST_HIDDEN);
    for (size_t k = 0; k < 2; k++)
        error_of[k] = check_value(&a, names[k]);
    explanation_release(&a);
    packed_network_release(&other);
    s->x.packed[NET_G] = sound;
    free(z);
}

static scene tiny_scene(void)
{
    scene s = scene_of_shape("12:bn=1e-3:lrelu=0.3,16:lrelu=0.1,16:tanh", "8:lrelu=0.2,1", 4,
                             shape_of(4, 4));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    return s;
}

static void a_weight_one_percent_off_is_caught(void **state)
{
    scene s = tiny_scene();
    network faulty;
    double error_of[2];
    (void)state;
    network_copy(&faulty, s.x.net[NET_G]);
    find_errors(error_of, &s, &faulty, true, true);
    assert_true(error_of[0] < 1 && error_of[1] < 1);
    for (size_t l = 0; l < 3; l++) {
        float *w = faulty.layers[l].weight.data;
        size_t at = 0;
        find_strongest(&at, 1, w, faulty.layers[l].n_in * faulty.layers[l].n_out);
        w[at] *= 1.01f;
        find_errors(error_of, &s, &faulty, true, false);
        assert_true(error_of[1] > 1);
        find_errors(error_of, &s, &faulty, false, true);
        assert_true(error_of[l ? 0 : 1] > 1); /* to z, a gradient goes through the first one */
        w[at] /= 1.01f;
    }
    network_release(&faulty);
    scene_release(&s);
}

static void a_slope_of_the_other_sign_and_batchnorm_as_in_training_are_caught(void **state)
{
    scene s = tiny_scene();
    network faulty, training;
    double error_of[2];
    (void)state;
    network_copy(&faulty, s.x.net[NET_G]);
    faulty.layers[1].f.parameter = -0.1f;
    find_errors(error_of, &s, &faulty, true, true);
    assert_true(error_of[0] > 1);
    network_release(&faulty);
    network_copy(&training, &s.g);
    for (size_t k = 0; k < 12; k++)
        training.layers[0].running_var[k] *= 1.5f;
    network_fold(&faulty, &training);
    find_errors(error_of, &s, &faulty, true, false);
    assert_true(error_of[1] > 1);
    network_release(&faulty);
    network_release(&training);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_of_a_small_net_move_as_by_hand),
        cmocka_unit_test(a_bend_on_the_way_is_missed),
        cmocka_unit_test(a_layers_gradient_is_that_of_what_follows_it),
        cmocka_unit_test(a_measured_move_is_where_z_then_is),
        cmocka_unit_test(bytes_do_not_depend_on_threads),
        cmocka_unit_test(a_layer_is_asked_for_by_its_index_or_that_of_its_batchnorm),
        cmocka_unit_test(a_layer_that_is_not_there_is_refused),
        cmocka_unit_test(layers_behind_the_unit_that_is_the_target_are_left_out),
        cmocka_unit_test(a_target_that_never_changes_moves_nothing),
        cmocka_unit_test(a_weight_one_percent_off_is_caught),
        cmocka_unit_test(a_slope_of_the_other_sign_and_batchnorm_as_in_training_are_caught),
    };
    return cmocka_run_group_tests_name("layer gradients", tests, NULL, NULL);
}
