/* SPDX-License-Identifier: MIT */
/* explain: targets, gradients and Jacobians on nets solved by hand, against each other and PyTorch.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "checkpoint.h"
#include "use_threads.h"
#include "image.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Words ---- */

static void targets_are_read_and_malformed_ones_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "pixel",
                                      "pixel:",
                                      "pixel:1",
                                      "pixel:1,2,3",
                                      "pixel:-1,0",
                                      "pixel: 1,2",
                                      "pixel:1,2 ",
                                      "pixel:1,,2",
                                      "pixel:99999999999999999999,0",
                                      "region:4,4,3,9",
                                      "region:4,9,5,4",
                                      "region:1,2,3",
                                      "ink:1",
                                      "logit:",
                                      "Logit",
                                      "rec",
                                      "rec:",
                                      "loss",
                                      "unit:1",
                                      "unit:1,x",
                                      "class:3,4",
                                      "ink ",
                                      "unit:0x1,2"};
    error e;
    explain_target t;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (error){0};
        if (explain_target_read(&t, bad[i], &e) == 0 || e.status != STATUS_USAGE)
            fail_msg("'%s' was taken", bad[i]);
    }
    t = target_of("region:4,5,10,12");
    assert_string_equal(t.row->name, "region");
    assert_true(t.area.top == 4 && t.area.left == 5 && t.area.bottom == 10 && t.area.right == 12);
    t = target_of("pixel:3,27");
    assert_true(t.area.top == 3 && t.area.bottom == 3 && t.area.left == 27 && t.area.right == 27);
    t = target_of("unit:6,783");
    assert_true(t.layer_index == 6 && t.component == 783);
    assert_string_equal(target_of("loss:nearest").picture, "nearest");
}

static void target_words_of_artefacts_hold_no_folder(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"rec:/home/a/b.png", "rec:b.png"},
                                           {"loss:../x.png", "loss:x.png"},
                                           {"rec:nearest", "rec:nearest"},
                                           {"pixel:1,2", "pixel:1,2"}};
    for (size_t i = 0; i < 4; i++) {
        explain_target t = target_of(cases[i][0]);
        char *words = explain_target_words(&t, cases[i][0]);
        assert_string_equal(words, cases[i][1]);
        free(words);
    }
}

static void targets_start_with_their_name_and_what_goes_on_with_a_colon(void **state)
{
    (void)state;
    for (const target_word *w = explain_targets; w->name; w++) {
        assert_int_equal(strncmp(w->name, w->row->name, strlen(w->row->name)), 0);
        assert_int_equal(strncmp(w->row->form, w->row->name, strlen(w->row->name)), 0);
        assert_int_equal(strchr(w->row->form, ':') != NULL, strchr(w->name, ':') != NULL);
    }
}

static void every_target_is_told_once_with_its_form_and_meaning(void **state)
{
    text told = {0};
    (void)state;
    explain_targets_tell(&told);
    for (const target_word *w = explain_targets; w->name; w++) {
        text one = {0};
        text_add(&one, "%s (%s)", w->row->form, w->row->meaning);
        const char *found = strstr(told.data, one.data);
        if (!found || strstr(found + 1, one.data))
            fail_msg("'%s' is not told once", one.data);
        text_release(&one);
    }
    text_release(&told);
}

/* ---- A linear pair, by hand ---- */

/* x = W z + b with a few entries, logit = v x + 1. */
static scene linear_scene(void)
{
    scene s = scene_of("784", "1", 3);
    float *w = s.g.layers[0].weight.data, *v = s.d.layers[0].weight.data;
    w[0 * 3 + 0] = 2.0f; /* pixel 0,0 = 2 z0 - z2 + 0.5 */
    w[0 * 3 + 2] = -1.0f;
    s.g.layers[0].bias[0] = 0.5f;
    w[29 * 3 + 1] = 3.0f;  /* pixel 1,1 = 3 z1 */
    w[783 * 3 + 2] = 4.0f; /* pixel 27,27 = 4 z2 */
    v[0] = -1.0f;
    v[29] = 0.5f;
    s.d.layers[0].bias[0] = 1.0f;
    return s;
}

static const float hand_z[3] = {1.0f, 2.0f, -0.5f}; /* pixels 3, 6, -2; logit -3 + 3 + 1 = 1 */

static void linear_targets_have_the_values_and_gradients_worked_out_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        float value, gradient[3];
    } cases[] = {{"logit", 1.0f, {-2.0f, 1.5f, 1.0f}},
                 {"pixel:0,0", 3.0f, {2.0f, 0.0f, -1.0f}},
                 {"pixel:1,1", 6.0f, {0.0f, 3.0f, 0.0f}},
                 {"region:0,0,1,1", 9.0f / 4, {0.5f, 0.75f, -0.25f}},
                 {"ink", 7.0f, {2.0f, 3.0f, 3.0f}},
                 {"unit:0,783", -2.0f, {0.0f, 0.0f, 4.0f}}};
    scene s = linear_scene();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float gradient[3];
        explain_check checks[N_GRADIENT_CHECKS];
        aim(&s, cases[i].target);
        float value = value_at_z(&s, hand_z, gradient, NULL);
        assert_true(value == cases[i].value);
        assert_memory_equal(gradient, cases[i].gradient, sizeof gradient); /* exact in floats */
        check_row(checks, &s, hand_z, value, gradient);
        assert_true(are_met(checks));
    }
    scene_release(&s);
}

/* Of pixels from -1 to 3: (7 + 784) / (4 * 784), (9 / 4 + 1) / 4, (3 + 1) / 4. */
static void areas_are_shares_of_what_white_would_give(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        double share;
    } cases[] = {{"ink", 791.0 / 3136}, {"region:0,0,1,1", 13.0 / 16}, {"pixel:0,0", 1.0}};
    scene s = linear_scene();
    picture_area area;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        aim(&s, cases[i].target);
        float value = value_at_z(&s, hand_z, NULL, NULL);
        double empty = explain_area_value(&s.x, -1), full = explain_area_value(&s.x, 3);
        double share = ((double)value - empty) / (full - empty);
        assert_true(explain_target_area(&s.x, &area));
        assert_close(&share, &cases[i].share, 1, 1e-7, 0);
    }
    assert_true(area.top == 0 && area.left == 0 && area.bottom == 0 && area.right == 0);
    aim(&s, "logit");
    assert_false(explain_target_area(&s.x, &area));
    scene_release(&s);
}

static void losses_are_those_worked_out_by_hand_and_their_parts_add_up(void **state)
{
    (void)state;
    float reference[N_PIXELS] = {0}, e = expf(-1.0f), gen = log1pf(e), d_gen = -e / (1 + e);
    reference[0] = 1.0f; /* distances 2, 6, -2 */
    scene s = linear_scene();
    aim(&s, "gen");
    assert_close(&(float){value_at_z(&s, hand_z, NULL, NULL)}, &gen, 1, 1e-6, 0);
    aim_at(&s, comparing("rec:x.png", reference));
    float rec = value_at_z(&s, hand_z, NULL, NULL), want = 44.0f / 784;
    assert_close(&rec, &want, 1, 1e-6, 0);

    explain_target t = comparing("loss:x.png", reference);
    t.lambda = 0.25;
    aim_at(&s, t);
    explanation a = explained(&s, hand_z, 3);
    float loss = want + 0.25f * gen, scale = 2.0f / 784;
    float of_rec[3] = {scale * 2 * 2, scale * 6 * 3, scale * (2 * -1 - 2 * 4)};
    float of_gen[3] = {0.25f * d_gen * -2, 0.25f * d_gen * 1.5f, 0.25f * d_gen};
    float sums[3];
    for (size_t k = 0; k < 3; k++)
        sums[k] = of_rec[k] + of_gen[k];
    assert_close(array_of(&a, "target"), &loss, 1, 1e-6, 0);
    assert_close(array_of(&a, "target_rec"), &want, 1, 1e-6, 0);
    assert_close(array_of(&a, "target_gen"), &(float){0.25f * gen}, 1, 1e-6, 0);
    assert_close(array_of(&a, "gradient_z_rec"), of_rec, 3, 1e-6, 0);
    assert_close(array_of(&a, "gradient_z_gen"), of_gen, 3, 1e-6, 0);
    assert_close(array_of(&a, "gradient_z"), sums, 3, 1e-6, 0);
    error none = {0};
    assert_int_equal(explanation_judge(&a, &none), 0);
    assert_int_equal(a.n_checks, N_GRADIENT_CHECKS + 2); /* the Jacobian's, the parts' */
    explanation_release(&a);
    scene_release(&s);
}

static void the_jacobian_of_a_linear_generator_is_its_weights(void **state)
{
    (void)state;
    scene s = linear_scene();
    float norms[N_PIXELS] = {0};
    norms[0] = sqrtf(5.0f), norms[29] = 3.0f, norms[783] = 4.0f;
    aim(&s, "ink");
    explanation a = explained(&s, hand_z, 32);
    assert_memory_equal(array_of(&a, "jacobian"), s.g.layers[0].weight.data,
                        3 * N_PIXELS * sizeof(float));
    assert_close(array_of(&a, "sensitivity"), norms, N_PIXELS, 1e-6, 0);
    assert_int_equal(whole_array_of(&a, "top_columns")->shape[0],
                     3); /* z_dim is smaller than what was asked for */
    explanation_release(&a);
    scene_release(&s);
}

/* Along the gradient, at length 1: of ink (2, 3, 3), of the others one component. */
static void what_moves_with_a_target_is_worked_out_by_hand(void **state)
{
    (void)state;
    float length = sqrtf(22.0f);
    const struct {
        const char *target;
        float at[3]; /* pixels 0, 29, 783; the others stand still */
    } cases[] = {{"pixel:1,1", {0, 3, 0}},
                 {"unit:0,783", {-1, 0, 4}},
                 {"pixel:2,2", {0, 0, 0}},
                 {"region:0,0,0,1", {sqrtf(5.0f), 0, -4 / sqrtf(5.0f)}},
                 {"ink", {1 / length, 9 / length, 12 / length}}};
    scene s = linear_scene();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float want[N_PIXELS] = {0};
        aim(&s, cases[i].target);
        explanation a = explained(&s, hand_z, 3);
        want[0] = cases[i].at[0], want[29] = cases[i].at[1], want[783] = cases[i].at[2];
        assert_close(array_of(&a, "moves_with"), want, N_PIXELS, 1e-6, 0);
        assert_string_equal(a.checks[a.n_checks - 1].name, "moves_with_against_double");
        assert_true(explain_check_is_met(&a.checks[a.n_checks - 1]));
        explanation_release(&a);
    }
    aim(&s, "logit");
    explanation a = explained(&s, hand_z, 3);
    assert_null(explanation_find(&a, "moves_with"));
    assert_null(explanation_find(&a, "sensitivity_before")); /* nothing squashes */
    explanation_release(&a);
    scene_release(&s);
}

/* Both ends of a step along each component and, last, along the gradient g. */
enum { N_STEPS = Z + 1 };
static const double step_length = 1e-6;

static void fill_ends(double *ends, const float *z, const float *g)
{
    double length = norm(g, Z);
    for (size_t k = 0; k < 2 * N_STEPS * Z; k++) {
        size_t along = k / Z / 2, c = k % Z;
        double step = along < Z ? (double)(c == along) : (double)g[c] / length;
        ends[k] = (double)z[c] + (k / Z % 2 ? -1 : 1) * step_length * step;
    }
}

/* Of numbers (2 * N_STEPS, pixels) at those ends. */
static double slope_of(const double *of, size_t along, size_t pixel)
{
    double there = of[2 * along * N_PIXELS + pixel];
    return (there - of[(2 * along + 1) * N_PIXELS + pixel]) / (2 * step_length);
}

static void moves_and_sensitivity_are_those_of_the_twins_differences(void **state)
{
    (void)state;
    static const char *const targets[] = {"ink", "unit:0,3"};
    float *z = draw(Z, 4);
    for (size_t i = 0; i < 2; i++) {
        scene s = trained_scene(targets[i]);
        explanation a = explained(&s, z, 2);
        double ends[2 * N_STEPS * Z], moves[N_PIXELS], before[N_PIXELS];
        fill_ends(ends, z, array_of(&a, "gradient_z"));
        twin t = {0};
        twin_init(&t, &s.folded[0], 2 * N_STEPS);
        const double *x = twin_forward(&t, ends, 2 * N_STEPS, (pass){0});
        for (size_t p = 0; p < N_PIXELS; p++) {
            double squares = 0;
            for (size_t k = 0; k < Z; k++)
                squares += pow(slope_of(t.pre[t.net->n_layers - 1], k, p), 2);
            before[p] = sqrt(squares);
            moves[p] = slope_of(x, Z, p);
        }
        assert_close_by_norm(array_of(&a, "moves_with"), moves, N_PIXELS, 1e-5);
        assert_close_by_norm(array_of(&a, "sensitivity_before"), before, N_PIXELS, 1e-5);
        twin_release(&t);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
}

/* The columns are there for programs; drawn they look all alike. */
static void columns_are_spoken_of_only_where_strips_are_asked_for(void **state)
{
    (void)state;
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    explain_request q = {.n_top = 2, .black = -1, .skips_checks = true};
    scene s = linear_scene();
    aim(&s, "ink");
    explain_plan_choose(&plan, "gradient");
    if (explain_plan_prepare(&plan, &s.x, &q, &e) || explain(&a, &s.x, &s.w, hand_z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explanation all = explained(&s, hand_z, 2);
    const named_array *kept = whole_array_of(&a, "top_columns");
    const named_array *shown = whole_array_of(&all, "top_columns");
    assert_true(kept->row->role == ROLE_RAW && shown->row->role == ROLE_EVIDENCE);
    assert_int_equal(kept->n, shown->n);
    assert_memory_equal(kept->data, shown->data, kept->n * sizeof(float));
    assert_memory_equal(kept->items, shown->items, 2 * sizeof(size_t));
    explain_plan_release(&plan);
    explanation_release(&a);
    explanation_release(&all);
    scene_release(&s);
}

/* tanh(a z) changes by a (1 - tanh^2); before it, by a. */
static void what_a_tanh_hides_is_seen_before_it(void **state)
{
    (void)state;
    static const char *const specs[] = {"784:tanh", "784:sigmoid", "784:relu"};
    static const float z[2] = {1.0f, 0.0f};
    for (size_t i = 0; i < 3; i++) {
        scene s = scene_of(specs[i], NULL, 2);
        float want[N_PIXELS] = {0};
        s.g.layers[0].weight.data[0] = 30.0f; /* saturated to the last bit */
        s.g.layers[0].weight.data[2 * 29] = 3.0f;
        s.g.layers[0].weight.data[2 * 29 + 1] = -4.0f;
        want[0] = 30.0f, want[29] = 5.0f;
        aim(&s, "ink");
        explanation a = explained(&s, z, 2);
        const named_array *before = explanation_find(&a, "sensitivity_before");
        assert_int_equal(before != NULL, i < 2);
        if (before)
            assert_close(before->data, want, N_PIXELS, 1e-6, 0);
        float slope = 1 - tanhf(3.0f) * tanhf(3.0f);
        if (i == 0)
            assert_close(&array_of(&a, "sensitivity")[29], &(float){5 * slope}, 1, 1e-5, 0);
        explanation_release(&a);
        scene_release(&s);
    }
}

static void a_wide_z_takes_no_more_room_for_its_jacobian(void **state)
{
    (void)state;
    enum { WIDE = 1000 };
    scene s = scene_of("784", NULL, WIDE);
    float *weights = draw(N_PIXELS * WIDE, 5), *z = draw(WIDE, 6);
    memcpy(s.g.layers[0].weight.data, weights, N_PIXELS * WIDE * sizeof *weights);
    aim(&s, "ink");
    explanation a = explained(&s, z, 32);
    assert_memory_equal(array_of(&a, "jacobian"), weights, N_PIXELS * WIDE * sizeof *weights);
    for (size_t c = 0; c < 32; c++)
        for (size_t i = 0; i < N_PIXELS; i++)
            assert_true(array_of(&a, "top_columns")[c * N_PIXELS + i] ==
                        weights[i * WIDE + top_of(&a)[c]]);
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_close(&array_of(&a, "sensitivity")[i],
                     &(float){(float)norm(weights + i * WIDE, WIDE)}, 1, 1e-6, 0);
    for (size_t i = 0; i < N_PIXELS; i++) { /* ink's gradient is the sum of the rows */
        const float *g = array_of(&a, "gradient_z");
        double along = dot(weights + i * WIDE, g, WIDE) / norm(g, WIDE);
        assert_close(&array_of(&a, "moves_with")[i], &(float){(float)along}, 1, 1e-4, 1e-4);
    }
    assert_true(s.w.t.max_rows < WIDE / 2);
    explanation_release(&a);
    free(weights);
    free(z);
    scene_release(&s);
}

static void what_was_explained_before_leaves_nothing_behind(void **state)
{
    static const char *const names[] = {"sensitivity", "sensitivity_before", "moves_with"};
    float *z = draw(2 * Z, 4);
    scene fresh = trained_scene("ink"), used = trained_scene("ink");
    (void)state;
    explanation before = explained(&used, z, 3);
    explanation a = explained(&fresh, z + Z, 3), b = explained(&used, z + Z, 3);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_memory_equal(array_of(&a, names[i]), array_of(&b, names[i]),
                            N_PIXELS * sizeof(float));
    explanation_release(&before);
    explanation_release(&a);
    explanation_release(&b);
    scene_release(&fresh);
    scene_release(&used);
    free(z);
}

static void equally_strong_components_come_by_index(void **state)
{
    (void)state;
    static const float column[6] = {1.0f, -3.0f, 3.0f, 0.0f, 1.0f, 3.0f};
    static const size_t order[6] = {1, 2, 5, 0, 4, 3};
    scene s = scene_of("784", NULL, 6);
    memcpy(s.g.layers[0].weight.data, column, sizeof column);
    aim(&s, "ink");
    for (size_t n = 1; n <= 6; n++) {
        explanation a = explained(&s, column, n);
        assert_int_equal(whole_array_of(&a, "top_columns")->shape[0], n);
        assert_memory_equal(top_of(&a), order, n * sizeof *order);
        explanation_release(&a);
    }
    scene_release(&s);
}

/* Two of 11 to 20 values, one of up to 10. */
static void the_strongest_tenth_is_rounded_up_and_taken_by_magnitude(void **state)
{
    (void)state;
    float v[20], zeros[20] = {0};
    for (int i = 0; i < 20; i++)
        v[i] = (float)((i % 2 ? -1 : 1) * (i + 1));
    const double got[] = {find_share_of_tenth(v, 20), find_share_of_tenth(v, 11),
                          find_share_of_tenth(v, 10), find_share_of_tenth(v, 1),
                          find_share_of_tenth(zeros, 20)};
    const double want[] = {(400 + 361) / 2870.0, (121 + 100) / 506.0, 100 / 385.0, 1, 0};
    assert_close(got, want, 5, 1e-12, 0);
}

/* ---- Relations ---- */

static void regions_pixels_and_ink_agree(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    float *z = draw(Z, 4), all[Z], mean[Z], sums[Z] = {0}, one[Z], two[Z];
    float ink = value_at_z(&s, z, all, NULL);
    aim(&s, "region:0,0,27,27");
    float whole = value_at_z(&s, z, mean, NULL);
    assert_close(&(float){whole * N_PIXELS}, &ink, 1, 1e-5, 0);
    for (size_t k = 0; k < Z; k++)
        mean[k] *= N_PIXELS;
    assert_close_by_norm(mean, all, Z, 1e-5);
    aim(&s, "region:9,4,10,4");
    float both = value_at_z(&s, z, two, NULL), value = 0;
    static const char *const pixels[] = {"pixel:9,4", "pixel:10,4"};
    for (size_t i = 0; i < 2; i++) {
        aim(&s, pixels[i]);
        value += value_at_z(&s, z, one, NULL) / 2;
        for (size_t k = 0; k < Z; k++)
            sums[k] += one[k] / 2;
    }
    assert_close(&value, &both, 1, 1e-6, 0);
    assert_close_by_norm(sums, two, Z, 1e-6);
    free(z);
    scene_release(&s);
}

static void the_jacobian_is_what_backward_passes_of_pixels_say(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    float *z = draw(Z, 4), gradient[Z], columns[Z], norms[N_PIXELS];
    explanation a = explained(&s, z, Z);
    const float *jacobian = array_of(&a, "jacobian"), *top = array_of(&a, "top_columns");
    for (size_t i = 0; i < N_PIXELS; i++)
        norms[i] = (float)norm(jacobian + i * Z, Z);
    assert_close(array_of(&a, "sensitivity"), norms, N_PIXELS, 1e-6, 0);
    for (size_t k = 0; k < Z; k++) {
        double total = 0;
        for (size_t i = 0; i < N_PIXELS; i++) {
            total += (double)jacobian[i * Z + top_of(&a)[k]];
            assert_true(top[k * N_PIXELS + i] == jacobian[i * Z + top_of(&a)[k]]);
        }
        columns[top_of(&a)[k]] = (float)total;
    }
    assert_close_by_norm(columns, array_of(&a, "gradient_z"), Z, 1e-5);
    for (size_t i = 0; i < N_PIXELS; i += 97) {
        char words[32];
        snprintf(words, sizeof words, "pixel:%zu,%zu", i / PICTURE_COLS, i % PICTURE_COLS);
        aim(&s, words);
        value_at_z(&s, z, gradient, NULL);
        assert_close_by_norm(gradient, jacobian + i * Z, Z, 1e-5);
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Unit 3 of the first layer by its definition: gamma (w z - mean) / sqrt(var + eps) + beta. */
static void a_unit_is_its_pre_activation_under_either_index_of_its_layer(void **state)
{
    (void)state;
    static const char *const words[] = {"unit:0,3", "unit:1,3"};
    scene s = trained_scene(NULL);
    const layer *l = &s.g.layers[0];
    float *z = draw(Z, 4), want[Z], got[Z];
    double g = (double)l->gamma[3] / sqrt((double)l->running_var[3] + (double)l->eps);
    double value =
        (dot(l->weight.data + 3 * Z, z, Z) - (double)l->running_mean[3]) * g + (double)l->beta[3];
    for (size_t k = 0; k < Z; k++)
        want[k] = (float)((double)l->weight.data[3 * Z + k] * g);
    for (size_t i = 0; i < 2; i++) {
        aim(&s, words[i]);
        assert_close(&(float){value_at_z(&s, z, got, NULL)}, &(float){(float)value}, 1, 1e-5, 1e-6);
        assert_close_by_norm(got, want, Z, 1e-6);
    }
    free(z);
    scene_release(&s);
}

static void a_unit_of_the_last_layer_is_what_tanh_is_taken_of(void **state)
{
    (void)state;
    scene s = trained_scene("unit:5,300"); /* 0 dense 1 bn 2 lrelu 3 dense 4 relu 5 dense 6 tanh */
    float *z = draw(Z, 4), value = value_at_z(&s, z, NULL, NULL), squashed = tanhf(value);
    aim(&s, "pixel:10,20");
    float pixel = value_at_z(&s, z, NULL, NULL);
    assert_close(&pixel, &squashed, 1, 1e-6, 1e-7);
    free(z);
    scene_release(&s);
}

static void pixels_and_units_that_are_not_there_are_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"unit:2,0",   "unit:0,24",  "unit:7,0",        "unit:6,0",
                                        "pixel:28,0", "pixel:0,28", "region:4,4,10,28"};
    scene s = trained_scene(NULL);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        explain_target t = target_of(words[i]);
        error e = {0};
        assert_int_equal(try_to_aim_at(&s, t, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
    }
    s.has_d = false;
    error e = {0};
    assert_int_equal(try_to_aim_at(&s, target_of("logit"), &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    scene_release(&s);
}

static void the_gradient_by_the_pixels_is_the_targets_own_or_the_logits(void **state)
{
    (void)state;
    static const struct {
        const char *target, *name, *without_d;
    } cases[] = {{"logit", "gradient_x", NULL},      {"gen", "gradient_x", NULL},
                 {"ink", "d_gradient_x", NULL},      {"pixel:1,1", "d_gradient_x", NULL},
                 {"unit:0,1", "d_gradient_x", NULL}, {"rec:a.png", "gradient_x", "gradient_x"},
                 {"loss:a.png", "gradient_x", NULL}};
    float reference[N_PIXELS] = {0}, own[N_PIXELS], logits[N_PIXELS], *z = draw(Z, 4);
    scene s = trained_scene("logit");
    value_at_z(&s, z, NULL, logits);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explain_target t = comparing(cases[i].target, reference);
        s.has_d = true;
        aim_at(&s, t);
        assert_string_equal(explain_gradient_x_name(&s.x), cases[i].name);
        value_at_z(&s, z, NULL, own);
        if (strcmp(cases[i].name, "d_gradient_x") == 0)
            assert_memory_equal(own, logits, sizeof own);
        s.has_d = false;
        if (explain_target_reads(&s.x.target, NET_CRITIC))
            continue;
        aim_at(&s, t);
        if (cases[i].without_d)
            assert_string_equal(explain_gradient_x_name(&s.x), cases[i].without_d);
        else
            assert_null(explain_gradient_x_name(&s.x));
    }
    free(z);
    scene_release(&s);
}

/* ---- Many rows ---- */

static void a_row_has_the_same_bytes_alone_among_others_and_on_any_threads(void **state)
{
    (void)state;
    enum { N = 3 * EXPLAIN_TILE / 2 };
    scene s = trained_scene("logit");
    float *z = draw(N * Z, 6), alone_z[Z], alone_x[N_PIXELS];
    uint64_t probe[N] = {0};
    tile_check checks[2];
    explained_rows first = {0}, again = {0};
    for (size_t threads = 1; threads <= 2; threads++) {
        explained_rows *r = threads == 1 ? &first : &again;
        explain_workspace w[2];
        use_threads(threads);
        for (size_t i = 0; i < 2; i++)
            explain_workspace_init(&w[i], &s.x);
        explained_rows_init(r, &s.x, z, N);
        explain_many(&s.x, w, r, probe, checks);
        assert_true(explain_check_is_met(&checks[0].worst));
        assert_true(explain_check_is_met(&checks[1].worst));
        assert_int_equal(explained_rows_not_finite(r, &s.x), N);
        for (size_t i = 0; i < 2; i++)
            explain_workspace_release(&w[i]);
    }
    assert_memory_equal(first.value, again.value, N * sizeof(float));
    assert_memory_equal(first.gradient_z, again.gradient_z, N * Z * sizeof(float));
    assert_memory_equal(first.gradient_x, again.gradient_x, N * N_PIXELS * sizeof(float));
    for (size_t i = 0; i < N; i += 5) {
        assert_true(value_at_z(&s, z + i * Z, alone_z, alone_x) == first.value[i]);
        assert_memory_equal(alone_z, first.gradient_z + i * Z, sizeof alone_z);
        assert_memory_equal(alone_x, first.gradient_x + i * N_PIXELS, sizeof alone_x);
    }
    explained_rows_release(&first);
    explained_rows_release(&again);
    free(z);
    scene_release(&s);
}

static void another_row_of_a_tile_is_checked_for_other_seeds(void **state)
{
    (void)state;
    enum { N = EXPLAIN_TILE + 1, TIMES = 30 };
    scene s = trained_scene("logit");
    float *z = draw(N * Z, 6);
    bool is_checked[EXPLAIN_TILE] = {false};
    explained_rows r = {0};
    explain_workspace w[2];
    size_t n_rows = 0;
    double first_value = 0;
    bool has_others = false;
    for (size_t i = 0; i < 2; i++)
        explain_workspace_init(&w[i], &s.x);
    explained_rows_init(&r, &s.x, z, N);
    for (uint64_t seed = 0; seed < TIMES; seed++) {
        uint64_t probe[N];
        tile_check checks[2];
        for (size_t i = 0; i < N; i++)
            probe[i] = seed * EXPLAIN_TILE + i; /* as one table has them */
        explain_many(&s.x, w, &r, probe, checks);
        assert_true(checks[0].row < EXPLAIN_TILE && checks[1].row == EXPLAIN_TILE);
        n_rows += !is_checked[checks[0].row];
        is_checked[checks[0].row] = true;
        first_value = seed ? first_value : checks[1].worst.value;
        has_others |= checks[1].worst.value != first_value; /* along other directions */
    }
    assert_true(n_rows > TIMES / 2 && has_others);
    for (size_t i = 0; i < 2; i++)
        explain_workspace_release(&w[i]);
    explained_rows_release(&r);
    free(z);
    scene_release(&s);
}

static void the_worst_check_of_a_tile_survives_one_that_is_no_number(void **state)
{
    (void)state;
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    uint64_t probe = 0;
    tile_check check;
    explained_rows r = {0};
    explain_workspace w[2];
    s.x.net[NET_CRITIC]->layers[1].bias[0] =
        NAN; /* the value alone: its gradients stay as they are */
    for (size_t i = 0; i < 2; i++)
        explain_workspace_init(&w[i], &s.x);
    explained_rows_init(&r, &s.x, z, 1);
    explain_many(&s.x, w, &r, &probe, &check);
    assert_false(explain_check_is_met(&check.worst));
    for (size_t i = 0; i < 2; i++)
        explain_workspace_release(&w[i]);
    explained_rows_release(&r);
    free(z);
    scene_release(&s);
}

/* ---- References ---- */

static const picture_shape digits = {PICTURE_ROWS, PICTURE_COLS, N_PIXELS};

static void references_come_from_the_training_set(void **state)
{
    (void)state;
    const reference_source source = {.n_classes = 10};
    explain_reference r = {.shape = digits, .low = -1, .high = 1};
    explain_target t = target_of("rec:42");
    error e = {0};
    float found[N_PIXELS], want[N_PIXELS];
    assert_int_equal(explain_reference_load(&r, &t, &source, &e), 0);
    assert_int_equal(t.find_reference(found, NULL, t.context), 42);
    floats_from_bytes(want, r.data.train.pixels + 42 * N_PIXELS, N_PIXELS, -1, 1);
    assert_memory_equal(found, want, sizeof found);
    explain_reference_release(&r);

    r = (explain_reference){.shape = digits, .low = -1, .high = 1};
    t = target_of("rec:nearest");
    assert_int_equal(explain_reference_load(&r, &t, &source, &e), 0);
    want[300] += 0.01f;
    assert_int_equal(t.find_reference(found, want, t.context), 42);
    explain_reference_release(&r);

    r = (explain_reference){.shape = digits, .low = 0, .high = 1};
    t = target_of("rec:nearest");
    assert_int_equal(explain_reference_load(&r, &t, &source, &e), 0);
    for (size_t i = 0; i < N_PIXELS; i++)
        want[i] = (want[i] + 1) / 2;
    assert_int_equal(t.find_reference(found, want, t.context), 42);
    assert_close(found, want, N_PIXELS, 0, 0.01);
    explain_reference_release(&r);

    static const char *const bad[] = {"rec:4500", "rec:5000000", "rec:99999999999999999999999"};
    for (size_t i = 0; i < 3; i++) {
        r = (explain_reference){.shape = digits, .low = -1, .high = 1};
        t = target_of(bad[i]);
        e = (error){0};
        assert_int_equal(explain_reference_load(&r, &t, &source, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        explain_reference_release(&r);
    }
}

static void a_reference_from_a_file_has_the_values_of_its_bytes(void **state)
{
    (void)state;
    char path[] = "/tmp/ganlens-reference-XXXXXX";
    uint8_t grey[N_PIXELS];
    float found[N_PIXELS], want[N_PIXELS];
    picture p = {0};
    error e = {0};
    close(mkstemp(path));
    for (size_t i = 0; i < N_PIXELS; i++)
        grey[i] = (uint8_t)(i % 256);
    picture_init_grey(&p, grey, PICTURE_COLS, PICTURE_ROWS);
    assert_int_equal(picture_save(path, &p, NULL, 0, LEVEL_FAST, &e), 0);
    explain_reference r = {.shape = digits, .low = -1, .high = 3};
    explain_target t = target_of("rec:x");
    t.picture = path;
    assert_int_equal(explain_reference_load(&r, &t, &(reference_source){0}, &e), 0);
    assert_int_equal(t.find_reference(found, NULL, t.context), NO_INDEX);
    floats_from_bytes(want, grey, N_PIXELS, -1, 3);
    assert_memory_equal(found, want, sizeof found);
    explain_reference_release(&r);
    picture_release(&p);
    unlink(path);
}

/* ---- Golden numbers ---- */

static float *golden(const safetensors *s, const char *name)
{
    const tensor_entry *t = safetensors_find(s, name);
    error e = {0};
    if (!t)
        fail_msg("%s is missing", name);
    float *v = allocate(t->n, sizeof *v);
    if (safetensors_get(v, s, name, t->rank, t->shape, &e))
        fail_msg("%s", e.message);
    return v;
}

static void assert_golden(const float *got, const safetensors *s, const char *name, size_t n)
{
    float *want = golden(s, name);
    assert_close_by_norm(got, want, n, 1e-5);
    free(want);
}

static void explained_rows_are_those_of_pytorch(void **state)
{
    (void)state;
    enum { B = 8, GOLDEN_Z = 16 };
    safetensors s = {0};
    scene c = scene_of("32:bn=1e-3:lrelu=0.3,48:bn=1e-3:lrelu=0.3,784:tanh",
                       "32:lrelu=0.3:dropout=0,1", GOLDEN_Z);
    error e = {0};
    if (safetensors_load(&s, "tests/golden/golden.safetensors", &e) ||
        checkpoint_get_network(&c.g, &s, "G.", &e) || checkpoint_get_network(&c.d, &s, "D.", &e))
        fail_msg("%s", e.message);
    float *z = golden(&s, "z"), x[B * N_PIXELS], logit[B], gradient_x[B * N_PIXELS];
    float gradient_z[B * GOLDEN_Z];
    aim(&c, "logit");
    const explained_rows all = {
        .n = B, .z = z, .x = x, .logit = logit, .gradient_z = gradient_z, .gradient_x = gradient_x};
    explain_rows(&c.x, &c.w, &all);
    assert_golden(x, &s, "eval.x", B * N_PIXELS);
    assert_golden(logit, &s, "eval.logit", B);
    assert_golden(gradient_z, &s, "eval.dlogit_dz", B * GOLDEN_Z);
    assert_golden(gradient_x, &s, "eval.dlogit_dx", B * N_PIXELS);
    float *jacobian = golden(&s, "eval.jacobian");
    for (size_t i = 0; i < 2; i++) {
        explanation a = explained(&c, z + i * GOLDEN_Z, 4);
        assert_close_by_norm(array_of(&a, "jacobian"), jacobian + i * N_PIXELS * GOLDEN_Z,
                             N_PIXELS * GOLDEN_Z, 1e-5);
        explanation_release(&a);
    }
    aim(&c, "ink");
    explain_rows(&c.x, &c.w, &(explained_rows){.n = B, .z = z, .gradient_z = gradient_z});
    assert_golden(gradient_z, &s, "eval.dpixelsum_dz", B * GOLDEN_Z);
    free(jacobian);
    free(z);
    scene_release(&c);
    safetensors_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_are_read_and_malformed_ones_refused),
        cmocka_unit_test(target_words_of_artefacts_hold_no_folder),
        cmocka_unit_test(targets_start_with_their_name_and_what_goes_on_with_a_colon),
        cmocka_unit_test(every_target_is_told_once_with_its_form_and_meaning),
        cmocka_unit_test(linear_targets_have_the_values_and_gradients_worked_out_by_hand),
        cmocka_unit_test(areas_are_shares_of_what_white_would_give),
        cmocka_unit_test(losses_are_those_worked_out_by_hand_and_their_parts_add_up),
        cmocka_unit_test(the_jacobian_of_a_linear_generator_is_its_weights),
        cmocka_unit_test(what_moves_with_a_target_is_worked_out_by_hand),
        cmocka_unit_test(the_strongest_tenth_is_rounded_up_and_taken_by_magnitude),
        cmocka_unit_test(moves_and_sensitivity_are_those_of_the_twins_differences),
        cmocka_unit_test(columns_are_spoken_of_only_where_strips_are_asked_for),
        cmocka_unit_test(what_a_tanh_hides_is_seen_before_it),
        cmocka_unit_test(a_wide_z_takes_no_more_room_for_its_jacobian),
        cmocka_unit_test(what_was_explained_before_leaves_nothing_behind),
        cmocka_unit_test(equally_strong_components_come_by_index),
        cmocka_unit_test(regions_pixels_and_ink_agree),
        cmocka_unit_test(the_jacobian_is_what_backward_passes_of_pixels_say),
        cmocka_unit_test(a_unit_is_its_pre_activation_under_either_index_of_its_layer),
        cmocka_unit_test(a_unit_of_the_last_layer_is_what_tanh_is_taken_of),
        cmocka_unit_test(pixels_and_units_that_are_not_there_are_refused),
        cmocka_unit_test(the_gradient_by_the_pixels_is_the_targets_own_or_the_logits),
        cmocka_unit_test(a_row_has_the_same_bytes_alone_among_others_and_on_any_threads),
        cmocka_unit_test(another_row_of_a_tile_is_checked_for_other_seeds),
        cmocka_unit_test(the_worst_check_of_a_tile_survives_one_that_is_no_number),
        cmocka_unit_test(references_come_from_the_training_set),
        cmocka_unit_test(a_reference_from_a_file_has_the_values_of_its_bytes),
        cmocka_unit_test(explained_rows_are_those_of_pytorch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
