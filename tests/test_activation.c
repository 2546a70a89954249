/* SPDX-License-Identifier: MIT */
/* What layers do over the prior, and what the picture has from the most unusual units. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "../src/explain/method_detail.h"
#include "scene.h"
#include "use_threads.h"
#include <stdlib.h>

enum { N_PRIOR = 64 };

/* Units z0, 3 z0 + 5 and, below 0 always, z0 - 100; the pixels are the first and twice the second.
 */
static scene hand_scene(const char *spec)
{
    scene s = scene_of_shape(spec, NULL, 1, shape_of(1, 2));
    memcpy(s.g.layers[0].weight.data, (float[]){1, 3, 1}, 3 * sizeof(float));
    memcpy(s.g.layers[0].bias, (float[]){0, 5, -100}, 3 * sizeof(float));
    memcpy(s.g.layers[1].weight.data, (float[]){1, 0, 7, 0, 2, 0}, 6 * sizeof(float));
    aim(&s, "pixel:0,1");
    return s;
}

/* Mean and deviation of z0 over the prior that the methods draw. */
static void find_prior(double *mean, double *deviation)
{
    float z[N_PRIOR];
    *mean = *deviation = 0;
    prior_fill(z, 1, DRAW_PRIOR, N_PRIOR);
    for (size_t i = 0; i < N_PRIOR; i++)
        *mean += (double)z[i] / N_PRIOR;
    for (size_t i = 0; i < N_PRIOR; i++)
        *deviation += pow((double)z[i] - *mean, 2) / (N_PRIOR - 1);
    *deviation = sqrt(*deviation);
}

static void units_are_put_back_to_their_mean_not_to_zero(void **state)
{
    static const float z[1] = {2};
    scene s = hand_scene("3:linear,2");
    explanation a = explained_by(&s, "activation", z, 3);
    const named_array *maps = whole_array_of(&a, "activation.without");
    double mean, deviation;
    (void)state;
    find_prior(&mean, &deviation);
    /* all three are as unusual; the third of them is read by the first pixel */
    for (size_t k = 0; k < 3; k++) {
        double off = 2 - mean;
        size_t unit = (size_t)(maps->labels[k][strlen("layer 0 unit ")] - '0');
        double want[3][2] = {{off, 0}, {0, 2 * 3 * off}, {7 * off, 0}};
        assert_close(maps->data + 2 * k, want[unit], 2, 1e-4, 1e-6);
        const float *row = array_of(&a, "activation.strongest") + 5 * k;
        assert_close(&row[2], &(double){off / deviation}, 1, 1e-4, 0);
        assert_close(&row[3], &(double){want[unit][0] + want[unit][1]}, 1, 1e-4, 0);
        assert_close(&row[4], &want[unit][1], 1, 1e-4, 1e-6);
    }
    explanation_release(&a);
    scene_release(&s);
}

static void a_unit_that_is_off_for_good_is_counted_and_not_named(void **state)
{
    static const float z[1] = {2};
    scene s = hand_scene("3:relu,2");
    explanation a = explained_by(&s, "activation", z, 3);
    const float *layers = array_of(&a, "activation.layers");
    error e = {0};
    (void)state;
    assert_int_equal(whole_array_of(&a, "activation.without")->shape[0], 2);
    /* never active, constant, saturated, units */
    assert_close(layers + 5, ((float[]){1, 1, 0, 3}), 4, 0, 0);
    assert_true(array_of(&a, "activation.scores")[2] == 0);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* The first unit is within 1 % of an end for a fifth of all z, the second for all. */
static void saturated_units_are_those_near_an_end_for_nearly_all_seeds(void **state)
{
    static const float z[1] = {2};
    scene s = scene_of_shape("2:tanh,2", NULL, 1, shape_of(1, 2));
    (void)state;
    memcpy(s.g.layers[0].weight.data, (float[]){2, 1}, 2 * sizeof(float));
    s.g.layers[0].bias[1] = 9;
    aim(&s, "ink");
    explanation a = explained_by(&s, "activation", z, 3);
    assert_close(array_of(&a, "activation.layers") + 5, ((float[]){0, 0, 1, 2}), 4, 0, 0);
    explanation_release(&a);
    scene_release(&s);
}

/* A layer of one unit: put back, the picture is the same whatever z was. */
static void with_all_of_a_layer_put_back_the_picture_is_a_constant(void **state)
{
    static const float z[2][1] = {{2}, {-0.7f}};
    scene s = scene_of_shape("1:lrelu=0.2,2:tanh", NULL, 1, shape_of(1, 2));
    float left[2][2];
    (void)state;
    s.g.layers[0].weight.data[0] = 1.5f;
    memcpy(s.g.layers[1].weight.data, (float[]){1, -0.5f}, 2 * sizeof(float));
    aim(&s, "ink");
    for (size_t k = 0; k < 2; k++) {
        explanation a = explained_by(&s, "activation", z[k], 3);
        for (size_t p = 0; p < 2; p++)
            left[k][p] = a.x[p] - array_of(&a, "activation.without")[p];
        explanation_release(&a);
    }
    assert_close(left[0], left[1], 2, 1e-6, 1e-6);
    scene_release(&s);
}

static void with_no_unit_put_back_the_picture_is_the_same_to_the_bit(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = explained_by(&s, "activation", z, 3);
    (void)state;
    assert_true(check_of(&a, "activation.none_is_same")->value == 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void layers_of_both_networks_are_listed_by_their_index(void **state)
{
    static const char *const names[] = {"G layer 0", "G layer 3", "G layer 5", "D layer 0",
                                        "D layer 2"};
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation a = explained_by(&s, "activation", z, 3);
    const named_array *v = whole_array_of(&a, "activation.layers");
    (void)state;
    assert_int_equal(v->shape[0], 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(v->labels[v->shape[1] + i], names[i]);
    assert_true(v->data[4 * v->shape[1] + v->shape[1] - 1] == 1);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void every_target_passes_the_checks(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:3,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        error e = {0};
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "activation", z, 3);
        if (explanation_judge(&a, &e))
            fail_msg("%s: %s", words[i], e.message);
        assert_int_equal(a.n_checks, 3);
        assert_int_equal(whole_array_of(&a, "activation.strongest")->shape[1],
                         strncmp(words[i], "unit", 4) == 0 ? 4 : 5);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

static void a_picture_that_floats_do_not_tell_from_black_is_no_error(void **state)
{
    scene s = scene_of("7:relu,784:sigmoid", NULL, Z);
    float *z = draw(Z, 4);
    error e = {0};
    (void)state;
    fill_trained(&s.g, 1);
    for (size_t p = 0; p < N_PIXELS; p++)
        s.g.layers[1].bias[p] = -100;
    aim(&s, "ink");
    explanation a = explained_by(&s, "activation", z, 3);
    assert_int_equal(explanation_judge(&a, &e), 0);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void a_generator_without_hidden_layers_has_only_its_output(void **state)
{
    static const float z[1] = {2};
    scene s = scene_of_shape("2:tanh", NULL, 1, shape_of(1, 2));
    error e = {0};
    (void)state;
    s.g.layers[0].weight.data[0] = 1;
    aim(&s, "ink");
    explanation a = explained_by(&s, "activation", z, 3);
    assert_null(explanation_find(&a, "activation.without"));
    assert_close(array_of(&a, "activation.layers") + 5, ((float[]){1, 1, 0, 2}), 4, 0, 0);
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
    explanation a = explained_by(s, "activation", z, 3);
    bool is_met = explain_check_is_met(check_of(&a, name));
    explanation_release(&a);
    explain_workspace_release(&s->w);
    s->x.net[NET_G] = own;
    explain_workspace_init(&s->w, &s->x);
    return !is_met;
}

static void a_wrong_weight_slope_or_mean_is_caught(void **state)
{
    static const float z[1] = {2};
    scene s = hand_scene("3:lrelu=0.5,2");
    network other = {0};
    (void)state;
    network_copy(&other, &s.folded[0]);
    assert_false(is_caught(&s, &other, z, "activation.without_against_double"));
    assert_false(is_caught(&s, &other, z, "activation.means_against_held_out"));
    other.layers[1].weight.data[2] *= 1.01f;
    assert_true(is_caught(&s, &other, z, "activation.without_against_double"));
    other.layers[1].weight.data[2] = 7;
    other.layers[0].f.parameter *= -1;
    assert_true(is_caught(&s, &other, z, "activation.without_against_double"));
    assert_true(is_caught(&s, &other, z, "activation.means_against_held_out"));
    other.layers[0].f.parameter *= -1;
    other.layers[0].bias[1] = 0; /* the mean of another unit, or 0 */
    assert_true(is_caught(&s, &other, z, "activation.means_against_held_out"));
    network_release(&other);
    scene_release(&s);
}

/* ---- The same bytes ---- */

static void assert_same(const explanation *a, const explanation *b)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        if (strncmp(v->row->name, "activation.", 11) == 0)
            assert_memory_equal(array_of(b, v->row->name), v->data, v->n * sizeof *v->data);
    }
}

static void all_is_the_same_with_any_threads_and_beside_any_methods(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    explanation two = explained_by(&s, "activation", z, 3);
    explanation among = explained_by(&s, "gradient,reach,activation,influence", z, 3);
    use_threads(1);
    explanation one = explained_by(&s, "activation", z, 3);
    use_threads(2);
    assert_same(&two, &among);
    assert_same(&two, &one);
    explanation_release(&two);
    explanation_release(&among);
    explanation_release(&one);
    free(z);
    scene_release(&s);
}

/* ---- The table of layers ---- */

enum { LOW, MEDIAN, HIGH, SPREAD, ACTIVE, NEVER, CONSTANT, SATURATED, UNITS, N_COLUMNS };

/* Of unit j, by the definition of each number; y (N_PRIOR, n): the layer's activations. */
static void add_unit(double row[N_COLUMNS], const float *y, size_t n, size_t j, activation f)
{
    double mean = 0, square = 0, active = 0, near_end = 0, boundary = f.kind == SIGMOID ? 0.5 : 0;
    double low = (double)activations[f.kind].low, high = (double)activations[f.kind].high;
    for (size_t i = 0; i < N_PRIOR; i++)
        mean += (double)y[i * n + j] / N_PRIOR;
    for (size_t i = 0; i < N_PRIOR; i++) {
        double v = (double)y[i * n + j], end = 0.01 * (high - low);
        square += (v - mean) * (v - mean);
        active += v > boundary;
        near_end += isfinite(end) && (v < low + end || v > high - end);
    }
    row[SPREAD] += sqrt(square / (N_PRIOR - 1)) / (double)n;
    row[ACTIVE] += active / N_PRIOR / (double)n;
    row[NEVER] += active == 0;
    row[SATURATED] += near_end >= 0.95 * N_PRIOR;
}

/* The share of the activations of every 8th z that are below v. */
static double share_below(double v, const float *y, size_t n)
{
    double below = 0;
    for (size_t i = 0; i < N_PRIOR; i += 8)
        for (size_t j = 0; j < n; j++)
            below += (double)y[i * n + j] < v;
    return below / (double)(N_PRIOR / 8 * n);
}

/* Of a layer without equal activations, as a sigmoid's. */
static void check_ends(const float *row, const float *y, size_t n)
{
    double low = share_below((double)row[LOW], y, n), high = share_below((double)row[HIGH], y, n);
    double middle = share_below((double)row[MEDIAN], y, n), step = 2.0 / (double)(N_PRIOR / 8 * n);
    assert_close(((double[]){low, middle, high}), ((double[]){0.05, 0.5, 0.95}), 3, 0, step);
}

static void the_table_of_layers_is_what_they_do_over_the_prior(void **state)
{
    scene s = scene_of("24:sigmoid,17:relu,784:tanh", "19:lrelu=0.2,1", Z);
    float *z = draw(Z, 4), *prior = allocate(N_PRIOR * Z, sizeof *prior);
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation a = explained_by(&s, "activation", z, 3);
    const float *table = array_of(&a, "activation.layers");
    prior_fill(prior, Z, DRAW_PRIOR, N_PRIOR);
    explain_draw(&s.x, &s.w, prior, N_PRIOR);
    for (size_t k = 0; k < s.folded[0].n_layers; k++, table += N_COLUMNS) {
        const layer *l = &s.folded[0].layers[k];
        const float *y = s.w.tape[NET_G].output[k].data;
        double row[N_COLUMNS] = {0};
        for (size_t j = 0; j < l->n_out; j++)
            add_unit(row, y, l->n_out, j, l->f);
        assert_close(&table[SPREAD], &row[SPREAD], 1, 1e-5, 0);
        assert_close(&table[ACTIVE], &row[ACTIVE], 1, 1e-5, 0);
        assert_true((double)table[NEVER] == row[NEVER] &&
                    (double)table[SATURATED] == row[SATURATED]);
        assert_true(table[UNITS] == (float)l->n_out);
        if (k == 0)
            check_ends(table, y, l->n_out);
    }
    explanation_release(&a);
    free(z);
    free(prior);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_put_back_to_their_mean_not_to_zero),
        cmocka_unit_test(a_unit_that_is_off_for_good_is_counted_and_not_named),
        cmocka_unit_test(saturated_units_are_those_near_an_end_for_nearly_all_seeds),
        cmocka_unit_test(with_all_of_a_layer_put_back_the_picture_is_a_constant),
        cmocka_unit_test(with_no_unit_put_back_the_picture_is_the_same_to_the_bit),
        cmocka_unit_test(layers_of_both_networks_are_listed_by_their_index),
        cmocka_unit_test(every_target_passes_the_checks),
        cmocka_unit_test(a_picture_that_floats_do_not_tell_from_black_is_no_error),
        cmocka_unit_test(a_generator_without_hidden_layers_has_only_its_output),
        cmocka_unit_test(a_wrong_weight_slope_or_mean_is_caught),
        cmocka_unit_test(all_is_the_same_with_any_threads_and_beside_any_methods),
        cmocka_unit_test(the_table_of_layers_is_what_they_do_over_the_prior),
    };
    return cmocka_run_group_tests_name("activation", tests, NULL, NULL);
}
