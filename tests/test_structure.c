/* SPDX-License-Identifier: MIT */
/* What flows through the networks, by hand where few units carry it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/explain/structure_detail.h"
#include <stdlib.h>

enum { ADDS_UP, FLOW, PATHS };

static const float hand_z[2] = {3, -2};

/* Hidden 0 is z0 + 2 z1 = -1 (of which a tenth is left), hidden 1 is z0 - z1 = 5; of 3 x 3 pixels
 * the first is 4 of the one, the last 2 of the other less one of the first. */
static scene hand_scene(const char *d, const char *target)
{
    scene s = scene_of_shape("2:lrelu=0.1,9", d, 2, shape_of(3, 3));
    memcpy(s.g.layers[0].weight.data, ((float[]){1, 2, 1, -1}), 4 * sizeof(float));
    s.g.layers[1].weight.data[0] = 4;
    s.g.layers[1].weight.data[8 * 2] = -1;
    s.g.layers[1].weight.data[8 * 2 + 1] = 2;
    aim(&s, target);
    return s;
}

static const explain_check *check_at(const explanation *a, size_t i)
{
    for (size_t k = 0; k < a->n_checks; k++)
        if (strcmp(a->checks[k].name, structure_checks[i].name) == 0)
            return &a->checks[k];
    fail_msg("no check %s", structure_checks[i].name);
    return NULL;
}

static void assert_met(const explanation *a, const char *words)
{
    error e = {0};
    if (explanation_judge(a, &e))
        fail_msg("%s: %s", words, e.message);
    assert_int_equal(a->n_checks, N_STRUCTURE_CHECKS);
}

static const float *unit_row(const explanation *a, size_t column, size_t unit, size_t *at)
{
    const named_array *v = whole_array_of(a, "structure.network");
    for (size_t i = 0; i < v->shape[0]; i++) {
        const float *row = v->data + i * NETWORK_COLUMNS;
        if (row[NETWORK_TO] < 0 && row[NETWORK_FROM] == (float)column &&
            row[NETWORK_INDEX] == (float)unit) {
            *at = i;
            return row;
        }
    }
    fail_msg("no unit %zu in column %zu", unit, column);
    return NULL;
}

/* What flows from a unit to one of the next column; 0 where there is no line. */
static float flow_of(const explanation *a, size_t column, size_t from, size_t to)
{
    const named_array *v = whole_array_of(a, "structure.network");
    size_t row_from, row_to;
    unit_row(a, column, from, &row_from);
    unit_row(a, column + 1, to, &row_to);
    for (size_t i = 0; i < v->shape[0]; i++) {
        const float *row = v->data + i * NETWORK_COLUMNS;
        if (row[NETWORK_TO] >= 0 && row[NETWORK_FROM] == (float)row_from &&
            row[NETWORK_TO] == (float)row_to)
            return row[NETWORK_VALUE];
    }
    return 0;
}

/* ---- By hand ---- */

/* The ink is 3 of hidden 0 and 2 of hidden 1: through the first come 0.1 * 3 * (3 - 4), through the
 * second 2 * (3 + 2). */
static void what_flows_along_lines_is_as_by_hand(void **state)
{
    scene s = hand_scene(NULL, "ink");
    explanation a = explained_by(&s, "structure", hand_z, 3);
    size_t at;
    (void)state;
    const float flows[] = {flow_of(&a, 0, 0, 0), flow_of(&a, 0, 1, 0), flow_of(&a, 0, 0, 1),
                           flow_of(&a, 0, 1, 1), flow_of(&a, 1, 0, 0), flow_of(&a, 1, 0, 8),
                           flow_of(&a, 1, 1, 8), flow_of(&a, 1, 1, 0)};
    assert_close(flows, ((float[]){0.9f, -1.2f, 6, 4, -0.4f, 0.1f, 10, 0}), 8, 1e-5, 1e-6);
    assert_close(&unit_row(&a, 0, 1, &at)[NETWORK_VALUE], &(float){-2}, 1, 0, 0);
    assert_close(&unit_row(&a, 1, 0, &at)[NETWORK_VALUE], &(float){-0.1f}, 1, 1e-6, 0);
    assert_close(&unit_row(&a, 1, 1, &at)[NETWORK_VALUE], &(float){5}, 1, 1e-6, 0);
    assert_close(&unit_row(&a, 2, 8, &at)[NETWORK_VALUE], &(float){10.1f}, 1, 1e-6, 0);
    /* 2 components, 2 units, 9 parts; 4 lines and 3 */
    assert_int_equal(whole_array_of(&a, "structure.network")->shape[0], 13 + 7);
    assert_null(explanation_find(&a, "structure.drawn"));
    assert_met(&a, "by hand");
    explanation_release(&a);
    scene_release(&s);
}

static void the_strongest_path_to_each_part_is_as_by_hand(void **state)
{
    scene s = hand_scene(NULL, "ink");
    explanation a = explained_by(&s, "structure", hand_z, 3);
    const named_array *v = whole_array_of(&a, "structure.paths");
    (void)state;
    assert_int_equal(v->shape[0], 9);
    /* -2 * 2 * 0.1 * 4 beside 3 * 0.1 * 4; 3 * 2 beside 2 * 2, -0.3 and 0.4 */
    assert_close(v->data, ((float[]){-1.6f, -0.4f, 1.6f / 2.8f}), 3, 1e-5, 0);
    assert_close(v->data + 8 * 3, ((float[]){6, 10.1f, 6 / 10.7f}), 3, 1e-5, 0);
    assert_close(v->data + 4 * 3, ((float[]){0, 0, 0}), 3, 0, 0);
    assert_string_equal(v->labels[3], "top left: z1 > 0");
    assert_string_equal(v->labels[3 + 8], "bottom right: z0 > 1");
    assert_close(array_of(&a, "structure.carried"), &(float){760 / 13.5f}, 1, 1e-5, 0);
    explanation_release(&a);
    scene_release(&s);
}

/* D is 2 of the first pixel above black (-1) and 1 of the last: 2 * 0.6 and 11.1. */
static void through_d_flows_what_pixels_add_above_black(void **state)
{
    scene s = hand_scene("2:relu,1", "logit");
    float *w = s.d.layers[0].weight.data;
    (void)state;
    w[0] = 1;
    w[8] = 1;
    w[9] = -1;
    memcpy(s.d.layers[1].weight.data, ((float[]){2, 5}), 2 * sizeof(float));
    aim(&s, "logit");
    explanation a = explained_by(&s, "structure", hand_z, 3);
    const float flows[] = {flow_of(&a, 2, 0, 0), flow_of(&a, 2, 8, 0), flow_of(&a, 3, 0, 0)};
    assert_close(flows, ((float[]){2 * 0.6f, 2 * 11.1f, 2 * 11.7f}), 3, 1e-5, 0);
    assert_int_equal(whole_array_of(&a, "structure.network")->n_labels, 5);
    assert_string_equal(whole_array_of(&a, "structure.network")->labels[2], "picture: 3 x 3");
    assert_string_equal(whole_array_of(&a, "structure.network")->labels[3], "D 0: 2 relu");
    assert_met(&a, "through D");
    explanation_release(&a);
    scene_release(&s);
}

static void layers_are_counted_as_they_are_folded(void **state)
{
    scene s = hand_scene("2:relu,1", "ink");
    explanation a = explained_by(&s, "structure", hand_z, 3);
    const named_array *v = whole_array_of(&a, "structure.layers");
    (void)state;
    assert_int_equal(v->shape[0], 4);
    assert_close(v->data, ((float[]){2, 2, 6, 0.5f, 2.55f, 5}), 6, 1e-6, 0);
    assert_close(v->data + 6, ((float[]){2, 9, 27, 1.0f / 9, 10.5f / 9, 10.1f}), 6, 1e-6, 0);
    assert_close(v->data + 12, ((float[]){9, 2, 20}), 3, 0, 0);
    assert_string_equal(v->labels[6], "G 0 lrelu");
    /* D is drawn, but the ink does not come through it */
    assert_true(flow_of(&a, 2, 0, 0) == 0);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Any target, any shape ---- */

static void every_target_passes_the_checks_of_its_structure(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "structure", z, 3);
        assert_met(&a, words[i]);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

static void a_unit_has_one_path_that_ends_at_it(void **state)
{
    scene s = hand_scene(NULL, "unit:0,1");
    explanation a = explained_by(&s, "structure", hand_z, 3);
    (void)state;
    assert_close(array_of(&a, "structure.paths"), ((float[]){3, 5, 0.6f}), 3, 1e-6, 0);
    assert_true(flow_of(&a, 0, 0, 1) == 3 && flow_of(&a, 0, 1, 1) == 2);
    assert_met(&a, "unit");
    explanation_release(&a);
    scene_release(&s);
}

static void of_wide_layers_forty_units_are_drawn_and_it_is_said_what_lines_carry(void **state)
{
    scene s = scene_of("100:lrelu=0.2,784:tanh", "1", Z);
    float *z = draw(Z, 4);
    size_t counts[4] = {0};
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation a = explained_by(&s, "structure", z, 3);
    const named_array *v = whole_array_of(&a, "structure.network");
    for (size_t i = 0; i < v->shape[0]; i++)
        if (v->data[i * NETWORK_COLUMNS + NETWORK_TO] < 0)
            counts[(size_t)v->data[i * NETWORK_COLUMNS + NETWORK_FROM]]++;
    assert_true(counts[0] == Z && counts[1] == 40 && counts[2] == 9 && counts[3] == 1);
    float drawn = *array_of(&a, "structure.drawn");
    assert_true(drawn > 0 && drawn < 100);
    assert_met(&a, "wide");
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void what_flows_nowhere_is_zero_and_no_nan(void **state)
{
    static const size_t shapes[][3] = {{1, 1, 1}, {2, 2, 1}, {3, 3, 4}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char g[32];
        snprintf(g, sizeof g, "2:relu,%zu:tanh", shapes[i][0] * shapes[i][1]);
        scene s = scene_of_shape(g, NULL, shapes[i][2], shape_of(shapes[i][0], shapes[i][1]));
        float *z = draw(shapes[i][2], 4);
        aim(&s, "ink");
        explanation a = explained_by(&s, "structure", z, 3);
        assert_null(explanation_find(&a, "structure.carried"));
        assert_null(explanation_find(&a, "structure.drawn"));
        assert_met(&a, "nowhere");
        explanation_release(&a);
        free(z);
        scene_release(&s);
    }
}

/* A picture that no float tells from black, and a target that none tells from 0. */
static void what_floats_do_not_tell_from_zero_is_no_error(void **state)
{
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        scene s = scene_of(i ? scene_g : "7:relu,784:sigmoid", scene_d, Z);
        fill_trained(&s.g, 1);
        fill_trained(&s.d, 2);
        s.d.layers[1].bias[0] = 120;
        for (size_t p = 0; !i && p < N_PIXELS; p++)
            s.g.layers[1].bias[p] = -100;
        aim(&s, i ? "gen" : "ink");
        explanation a = explained_by(&s, "structure", z, 3);
        assert_met(&a, i ? "no target" : "black");
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
}

/* ---- What is planted ---- */

static scene small_scene(const char *target)
{
    scene s = scene_of_shape("6:bn=1e-3:lrelu=0.3,5:lrelu=0.2,9:tanh", "3:lrelu=0.2,1", 4,
                             shape_of(3, 3));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, target);
    return s;
}

/* The packed weights stay, by which values, slopes and rates are made; the twin reads the others.
 */
static void a_weight_one_percent_off_is_caught_in_g_and_d(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        scene s = small_scene("logit");
        float *z = draw(4, 4);
        matrix w = s.folded[i / 3].layers[i % 3].weight;
        for (size_t k = 0; k < w.rows * w.cols; k++)
            w.data[k] *= 1.01f;
        explanation a = explained_by(&s, "structure", z, 4);
        /* weights are read from one place by both: what is off are G's slopes and D's rates */
        bool is_met = explain_check_is_met(check_at(&a, ADDS_UP)) &&
                      explain_check_is_met(check_at(&a, FLOW)) &&
                      explain_check_is_met(check_at(&a, PATHS));
        assert_false(is_met);
        explanation_release(&a);
        free(z);
        scene_release(&s);
    }
}

/* A chain of what the tape left while the network's slope was another. */
static void a_slope_of_the_other_sign_is_caught(void **state)
{
    scene s = small_scene("ink");
    float *z = draw(4, 4), value, gradient[4];
    const explained_rows rows = {.n = 1, .z = z, .value = &value, .gradient_z = gradient};
    explain_request q = {.black = -1};
    explain_task t = {.x = &s.x, .w = &s.w, .q = &q, .rows = NULL};
    explained_rows own = rows;
    explanation a = {.z_dim = 4, .shape = s.shape};
    (void)state;
    t.rows = &own;
    for (size_t turned = 0; turned < 2; turned++) {
        float ones[9], pixels[9], back = turned ? -1.0f : 1.0f;
        explain_check checks[N_STRUCTURE_CHECKS];
        size_t part[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
        double *slope[3];
        memcpy(pixels, explain_rows(&s.x, &s.w, &rows), sizeof pixels);
        structure found = {
            .t = &t, .made_by = NET_G, .seen_by = N_NETS, .part = part, .dx = ones, .n_paths = 9};
        for (size_t i = 0; i < 3; i++) {
            slope[i] = doubles_of(s.w.tape[NET_G].slope[i], s.x.net[NET_G]->layers[i].n_out);
            for (size_t k = 0; i == 0 && k < 6; k++)
                slope[i][k] *= slope[i][k] < 1 ? (double)back : 1;
        }
        for (size_t p = 0; p < 9; p++)
            ones[p] = 1;
        double rates[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
        structure_make_chain(&found.from_z, &found, (const double *const *)slope, rates);
        for (size_t r = 0; r < 9; r++)
            found.paths[r] = chain_find(&found.from_z, r);
        structure_check(checks, &found, &a);
        assert_true(explain_check_is_met(&checks[ADDS_UP]) == !turned);
        assert_true(explain_check_is_met(&checks[FLOW]) == !turned);
        found.paths[8].value *= 1.5;
        structure_check(checks, &found, &a);
        assert_false(explain_check_is_met(&checks[PATHS]));
        found.paths[8].value /= 1.5;
        found.paths[8].point[0] = (found.paths[8].point[0] + 1) % 4;
        structure_check(checks, &found, &a);
        assert_false(explain_check_is_met(&checks[PATHS]));
        chain_release(&found.from_z);
        for (size_t i = 0; i < 3; i++)
            free(slope[i]);
    }
    free(z);
    scene_release(&s);
}

/* ---- The same bytes ---- */

static void assert_same(const explanation *a, const explanation *b)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        if (strncmp(a->arrays[i].row->name, "structure.", 10) == 0)
            assert_memory_equal(a->arrays[i].data, array_of(b, a->arrays[i].row->name),
                                a->arrays[i].n * sizeof(float));
}

static void bytes_depend_neither_on_threads_nor_on_other_methods(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation alone = explained_by(&s, "structure", z, 4);
    explanation among = explained_by(&s, "reach,gradient,formation,structure", z, 4);
    (void)state;
    use_threads(1);
    explanation one = explained_by(&s, "structure", z, 4);
    use_threads(2);
    assert_same(&alone, &among);
    assert_same(&alone, &one);
    explanation_release(&alone);
    explanation_release(&among);
    explanation_release(&one);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_flows_along_lines_is_as_by_hand),
        cmocka_unit_test(the_strongest_path_to_each_part_is_as_by_hand),
        cmocka_unit_test(through_d_flows_what_pixels_add_above_black),
        cmocka_unit_test(layers_are_counted_as_they_are_folded),
        cmocka_unit_test(every_target_passes_the_checks_of_its_structure),
        cmocka_unit_test(a_unit_has_one_path_that_ends_at_it),
        cmocka_unit_test(of_wide_layers_forty_units_are_drawn_and_it_is_said_what_lines_carry),
        cmocka_unit_test(what_flows_nowhere_is_zero_and_no_nan),
        cmocka_unit_test(what_floats_do_not_tell_from_zero_is_no_error),
        cmocka_unit_test(a_weight_one_percent_off_is_caught_in_g_and_d),
        cmocka_unit_test(a_slope_of_the_other_sign_is_caught),
        cmocka_unit_test(bytes_depend_neither_on_threads_nor_on_other_methods),
    };
    return cmocka_run_group_tests_name("structure", tests, NULL, NULL);
}
