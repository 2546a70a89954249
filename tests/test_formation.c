/* SPDX-License-Identifier: MIT */
/* The picture as it forms, by hand where each hidden unit draws a pixel of its own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/explain/formation_detail.h"
#include <stdlib.h>

enum { ENDS, WAY, LAYERS };

static const float hand_z[3] = {1, -2, 0.5f};

/* Hidden unit k is z_k, and pixel k is unit k times 1, 3 and 2: at hand_z 1, -6 and 1. */
static scene linear_scene(void)
{
    scene s = scene_of("3,784", NULL, 3);
    for (size_t k = 0; k < 3; k++) {
        s.g.layers[0].weight.data[k * 3 + k] = 1;
        s.g.layers[1].weight.data[k * 3 + k] = k == 0 ? 1 : k == 1 ? 3 : 2;
    }
    aim(&s, "ink");
    return s;
}

/* What formation finds at z from that start (z_dim; NULL: zero); black is -1. */
static explanation formed(scene *s, const float *z, float *start)
{
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    explain_request q = {.n_top = 3, .black = -1, .white = 1, .probe = 3};
    const explain_baseline baseline = {.n = 1, .z = start};
    if (start)
        q.baseline = &baseline;
    explain_plan_choose(&plan, "formation");
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    return a;
}

static const explain_check *check_at(const explanation *a, size_t i)
{
    for (size_t k = 0; k < a->n_checks; k++)
        if (strcmp(a->checks[k].name, formation_checks[i].name) == 0)
            return &a->checks[k];
    fail_msg("no check %s", formation_checks[i].name);
    return NULL;
}

static void assert_met(const explanation *a, const char *words)
{
    error e = {0};
    if (explanation_judge(a, &e))
        fail_msg("%s: %s", words, e.message);
}

static const float *picture_of(const explanation *a, const char *name, size_t i)
{
    return array_of(a, name) + i * a->shape.n;
}

/* ---- By hand ---- */

static void z_grows_to_its_value_in_eighths(void **state)
{
    scene s = linear_scene();
    explanation a = formed(&s, hand_z, NULL);
    const float *curve = array_of(&a, "formation.target");
    (void)state;
    for (size_t i = 0; i < N_WAY_PICTURES; i++) {
        float share = (float)i / 8;
        assert_close(picture_of(&a, "formation.z", i), ((float[]){share, -6 * share, share, 0}), 4,
                     1e-6, 1e-6);
    }
    for (size_t i = 0; i <= N_WAY_STEPS; i++) {
        assert_close(&curve[i], &(float){(float)i / 32}, 1, 1e-6, 0);
        assert_close(&curve[33 + i], &(float){-4 * (float)i / 32}, 1, 1e-5, 1e-5);
    }
    assert_string_equal(whole_array_of(&a, "formation.z")->labels[2], "2/8  -1");
    assert_met(&a, "by hand");
    explanation_release(&a);
    scene_release(&s);
}

/* Unit 1 moves the picture by 6, the others by 1 each: the first of equal ones comes first. */
static void units_come_by_what_the_picture_loses_without_them(void **state)
{
    static const float pictures[4][3] = {{0, 0, 0}, {0, -6, 0}, {1, -6, 0}, {1, -6, 1}};
    const float all = sqrtf(38);
    scene s = linear_scene();
    explanation a = formed(&s, hand_z, NULL);
    const named_array *layers = whole_array_of(&a, "formation.layers");
    const named_array *share = whole_array_of(&a, "formation.share");
    (void)state;
    assert_int_equal(layers->shape[0], 4);
    for (size_t i = 0; i < 4; i++)
        assert_close(picture_of(&a, "formation.layers", i), pictures[i], 3, 1e-6, 1e-6);
    assert_string_equal(layers->labels[0], "layer 0, 3 units: 0");
    assert_string_equal(layers->labels[3], "layer 0, 3 units: all");
    assert_close(share->data, ((float[]){1 - sqrtf(2) / all, 1 - 1 / all, 1}), 3, 1e-6, 0);
    assert_string_equal(share->labels[1], "share of the way: 2");
    assert_string_equal(share->labels[3], "layer 0 (1, 0, 2)");
    assert_true(*array_of(&a, "formation.units") == 1);
    explanation_release(&a);
    scene_release(&s);
}

/* As the row of the last hidden layer, of 17 units, has it. */
static void the_units_of_half_the_way_are_those_of_the_last_layer(void **state)
{
    static const float counts[] = {1, 2, 4, 8, 16, 17};
    (void)state;
    for (uint64_t seed = 4; seed < 8; seed++) {
        scene s = trained_scene("logit");
        float *z = draw(Z, seed);
        explanation a = formed(&s, z, NULL);
        const named_array *share = whole_array_of(&a, "formation.share");
        const float *last = share->data + share->shape[1];
        size_t c = 0;
        while (last[c] < 0.5f)
            c++;
        assert_int_equal(share->shape[0], 2);
        assert_true(*array_of(&a, "formation.units") == counts[c]);
        explanation_release(&a);
        free(z);
        scene_release(&s);
    }
}

static void another_start_is_where_all_strips_begin(void **state)
{
    float start[3] = {1, -2, -1};
    scene s = linear_scene();
    explanation a = formed(&s, hand_z, start);
    const float *first = picture_of(&a, "formation.layers", 0);
    (void)state;
    assert_close(first, ((float[]){1, -6, -2}), 3, 1e-6, 1e-6);
    assert_memory_equal(picture_of(&a, "formation.z", 0), first, N_PIXELS * sizeof *first);
    assert_string_equal(whole_array_of(&a, "formation.share")->labels[3], "layer 0 (2, 0, 1)");
    assert_met(&a, "another start");
    explanation_release(&a);
    scene_release(&s);
}

static void of_several_baselines_the_start_is_their_mean(void **state)
{
    float rows[6] = {1, 0, 3, -1, 4, 1};
    const explain_baseline baseline = {.n = 2, .z = rows};
    scene s = linear_scene();
    explain_plan plan = {0};
    explain_request q = {.n_top = 3, .black = -1, .baseline = &baseline};
    explanation a;
    error e = {0};
    (void)state;
    explain_plan_choose(&plan, "formation");
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    assert_int_equal(explain(&a, &s.x, &s.w, hand_z, &q, &plan, &e), 0);
    assert_close(picture_of(&a, "formation.z", 0), ((float[]){0, 6, 4}), 3, 1e-6, 1e-6);
    assert_met(&a, "several");
    explain_plan_release(&plan);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Ends, odd shapes ---- */

static void ends_are_the_pictures_of_both_to_the_bit(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), *start = draw(Z, 5);
    explanation a = formed(&s, z, start);
    const named_array *layers = whole_array_of(&a, "formation.layers");
    size_t n = N_PIXELS * sizeof(float), at = 0;
    float *first = allocate(N_PIXELS, sizeof *first);
    (void)state;
    memcpy(first, explain_draw(&s.x, &s.w, start, 1), n);
    assert_memory_equal(picture_of(&a, "formation.z", 0), first, n);
    assert_memory_equal(picture_of(&a, "formation.z", 8), a.x, n);
    /* 24 units: 0, 1, 2, 4, 8, 16, all; 17 units: the same */
    assert_int_equal(layers->shape[0], 14);
    for (size_t i = 0; i < 2; i++, at += 7) {
        assert_memory_equal(picture_of(&a, "formation.layers", at), first, n);
        assert_memory_equal(picture_of(&a, "formation.layers", at + 6), a.x, n);
    }
    assert_true(check_at(&a, ENDS)->value == 0 && check_at(&a, ENDS)->n_samples == 6);
    free(first);
    free(start);
    free(z);
    explanation_release(&a);
    scene_release(&s);
}

/* The wider layer has more levels than the other. */
static void layers_of_any_width_are_formed(void **state)
{
    static const char *const specs[] = {"1:relu,9:tanh", "9:tanh", "2:relu,100:lrelu=0.2,9:tanh"};
    static const size_t n_levels[] = {2, 0, 3 + 9};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene s = scene_of_shape(specs[i], NULL, 1, shape_of(3, 3));
        fill_trained(&s.g, 3);
        aim(&s, "ink");
        explanation a = formed(&s, (float[]){0.7f}, NULL);
        const named_array *layers = explanation_find(&a, "formation.layers");
        assert_int_equal(layers ? layers->shape[0] : 0, n_levels[i]);
        assert_met(&a, specs[i]);
        if (i == 2) { /* 1, 2, 4 ... 64, 100; both of two are all */
            const named_array *share = whole_array_of(&a, "formation.share");
            assert_int_equal(share->shape[1], 8);
            for (size_t c = 1; c < 8; c++)
                assert_true(share->data[c] == 1);
        }
        explanation_release(&a);
        scene_release(&s);
    }
}

static void a_z_that_is_its_own_start_is_all_there_and_no_nan(void **state)
{
    scene s = trained_scene("ink");
    float *z = draw(Z, 4);
    explanation a = formed(&s, z, z);
    const named_array *share = whole_array_of(&a, "formation.share");
    (void)state;
    for (size_t i = 0; i < share->n; i++)
        assert_true(share->data[i] == 1);
    assert_null(explanation_find(&a, "formation.units"));
    assert_met(&a, "its own start");
    explanation_release(&a);
    free(z);
    scene_release(&s);
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
        explanation a = formed(&s, z, NULL);
        assert_met(&a, i ? "no target" : "black");
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
}

static void every_target_passes_the_checks_of_its_formation(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        aim_at(&s, comparing(words[i], reference));
        explanation a = formed(&s, z, NULL);
        assert_met(&a, words[i]);
        assert_true(array_of(&a, "formation.target")[2 * N_WAY_STEPS + 1] == *a.target);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

/* ---- What is planted ---- */

static scene small_scene(void)
{
    scene s = scene_of_shape("6:bn=1e-3:lrelu=0.3,5:lrelu=0.2,9:tanh", NULL, 4, shape_of(3, 3));
    fill_trained(&s.g, 1);
    aim(&s, "ink");
    return s;
}

/* The packed weights stay; the twin reads the others. */
static void a_weight_one_percent_off_is_caught_in_any_layer(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene s = small_scene();
        float *z = draw(4, 4);
        matrix w = s.folded[0].layers[i].weight;
        for (size_t k = 0; k < w.rows * w.cols; k++)
            w.data[k] *= 1.01f;
        explanation a = formed(&s, z, NULL);
        assert_false(explain_check_is_met(check_at(&a, WAY)));
        assert_false(explain_check_is_met(check_at(&a, LAYERS)));
        explanation_release(&a);
        free(z);
        scene_release(&s);
    }
}

/* What formation made at z, taken apart so that parts of it can be changed; made by hand, from what
 * was handed out. */
typedef struct {
    explain_request q;
    explained_rows rows;
    explain_task t;
    formation f;
    float *pictures, *level_pictures;
} handed_out;

static void take(handed_out *h, scene *s, const explanation *a, size_t orders[2][6])
{
    const network *g = s->x.net[NET_G];
    const float *levels = array_of(a, "formation.layers");
    const named_array *curve = whole_array_of(a, "formation.target");
    *h = (handed_out){.q = {.black = -1, .probe = 3}, .rows = {.n = 1, .z = a->z}};
    h->rows.x = memcpy(allocate(9, sizeof(float)), a->x, 9 * sizeof(float));
    h->t = (explain_task){.x = &s->x, .w = &s->w, .q = &h->q, .rows = &h->rows};
    h->pictures = memcpy(allocate(81, sizeof(float)), array_of(a, "formation.z"), 81 * 4);
    h->level_pictures = memcpy(allocate(10 * 9, sizeof(float)), levels, 10 * 9 * 4);
    h->f = (formation){.t = &h->t, .n_layers = 2, .pictures = h->pictures};
    h->f.value = memcpy(allocate(33, sizeof(float)), curve->data + 33, 33 * 4);
    h->f.layers = allocate(2, sizeof *h->f.layers);
    for (size_t i = 0; i < 2; i++) {
        formed_layer *l = &h->f.layers[i];
        *l = (formed_layer){.rest_net = *g, .n = i ? 5 : 6, .n_levels = 5};
        l->rest_net.layers += i + 1;
        l->rest_net.n_layers -= i + 1;
        l->rest_net.n_in = l->n;
        l->order = memcpy(allocate(6, sizeof(size_t)), orders[i], 6 * sizeof(size_t));
        l->pictures = h->level_pictures + i * 45;
    }
}

static bool is_met(handed_out *h, const explanation *a, size_t check)
{
    explain_check checks[N_FORMATION_CHECKS];
    formation_check(checks, &h->f, a);
    for (size_t i = 0; i < 2; i++)
        free(h->f.layers[i].order);
    free(h->f.layers);
    free(h->f.value);
    free(h->pictures);
    free(h->level_pictures);
    free(h->rows.x);
    return explain_check_is_met(&checks[check]);
}

/* The units of both layers, strongest first, by what is left of the picture without them. */
static void find_orders(size_t orders[2][6], scene *s, const float *z)
{
    const network *g = s->x.net[NET_G];
    double ends[8] = {0};
    for (size_t c = 0; c < 4; c++)
        ends[4 + c] = (double)z[c];
    for (size_t i = 0; i < 2; i++) {
        network rest = *g;
        float strength[6] = {0};
        twin whole = {0}, t = {0};
        size_t n = g->layers[i].n_out;
        twin_init(&whole, g, 2);
        twin_forward(&whole, ends, 2, (pass){0});
        rest.layers += i + 1;
        rest.n_layers -= i + 1;
        rest.n_in = n;
        twin_init_borrowing(&t, &rest, 1);
        for (size_t k = 0; k < n; k++) {
            double units[6], total = 0;
            memcpy(units, whole.output[i] + n, n * sizeof *units);
            units[k] = whole.output[i][k];
            const double *p = twin_forward(&t, units, 1, (pass){0}), *q = whole.output[2] + 9;
            for (size_t c = 0; c < 9; c++)
                total += (p[c] - q[c]) * (p[c] - q[c]);
            strength[k] = (float)total;
        }
        find_strongest(orders[i], n, strength, n);
        twin_release(&t);
        twin_release(&whole);
    }
}

static void pictures_values_and_units_that_are_others_are_caught(void **state)
{
    scene s = small_scene();
    float *z = draw(4, 4);
    size_t orders[2][6] = {{0}};
    handed_out h;
    (void)state;
    explanation a = formed(&s, z, NULL);
    find_orders(orders, &s, z);
    for (size_t i = 0; i < N_FORMATION_CHECKS; i++) {
        take(&h, &s, &a, orders);
        assert_true(is_met(&h, &a, i));
    }
    take(&h, &s, &a, orders);
    h.pictures[3] += 1e-6f;
    assert_false(is_met(&h, &a, ENDS));
    take(&h, &s, &a, orders);
    h.level_pictures[44] += 1e-6f; /* the last of the first layer's last */
    assert_false(is_met(&h, &a, ENDS));
    take(&h, &s, &a, orders);
    h.level_pictures[45] = (float)NAN;
    assert_false(is_met(&h, &a, ENDS));
    take(&h, &s, &a, orders);
    for (size_t i = 9; i < 72; i++)
        h.pictures[i] *= 1.01f;
    assert_false(is_met(&h, &a, WAY));
    take(&h, &s, &a, orders);
    for (size_t i = 1; i < 32; i++)
        h.f.value[i] += 1;
    assert_false(is_met(&h, &a, WAY));
    take(&h, &s, &a, orders);
    for (size_t i = 0; i < 90; i++)
        h.level_pictures[i] *= i / 9 % 5 % 4 ? 1.01f : 1; /* levels between the ends */
    assert_false(is_met(&h, &a, LAYERS));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* The weakest first: whichever is drawn, one that was left out is stronger, and the levels are
 * other pictures than those. */
static void units_in_the_wrong_order_are_caught(void **state)
{
    scene s = small_scene();
    float *z = draw(4, 4);
    size_t orders[2][6] = {{0}};
    handed_out h;
    (void)state;
    explanation a = formed(&s, z, NULL);
    find_orders(orders, &s, z);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < (6 - i) / 2; k++) {
            size_t kept = orders[i][k];
            orders[i][k] = orders[i][5 - i - k];
            orders[i][5 - i - k] = kept;
        }
    take(&h, &s, &a, orders);
    assert_false(is_met(&h, &a, LAYERS));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Another start than the strips began at. */
static void a_start_that_was_swapped_is_caught(void **state)
{
    float other[4] = {0, 0, 0.1f, 0};
    const explain_baseline baseline = {.n = 1, .z = other};
    scene s = small_scene();
    float *z = draw(4, 4);
    size_t orders[2][6] = {{0}};
    handed_out h;
    (void)state;
    explanation a = formed(&s, z, NULL);
    find_orders(orders, &s, z);
    for (size_t i = 0; i < N_FORMATION_CHECKS; i++) {
        take(&h, &s, &a, orders);
        h.q.baseline = &baseline;
        assert_false(is_met(&h, &a, i));
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- The same bytes ---- */

static void assert_same(const explanation *a, const explanation *b)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        if (strncmp(a->arrays[i].row->name, "formation.", 10) == 0)
            assert_memory_equal(a->arrays[i].data, array_of(b, a->arrays[i].row->name),
                                a->arrays[i].n * sizeof(float));
}

static void bytes_depend_neither_on_threads_nor_on_other_methods(void **state)
{
    scene s = scene_of("150:relu,70:relu,784:tanh", "5:relu,1", Z);
    float *z = draw(Z, 4);
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation alone = explained_by(&s, "formation", z, 4);
    explanation among = explained_by(&s, "reach,gradient,formation", z, 4);
    use_threads(1);
    explanation one = explained_by(&s, "formation", z, 4);
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
        cmocka_unit_test(z_grows_to_its_value_in_eighths),
        cmocka_unit_test(units_come_by_what_the_picture_loses_without_them),
        cmocka_unit_test(another_start_is_where_all_strips_begin),
        cmocka_unit_test(of_several_baselines_the_start_is_their_mean),
        cmocka_unit_test(ends_are_the_pictures_of_both_to_the_bit),
        cmocka_unit_test(layers_of_any_width_are_formed),
        cmocka_unit_test(a_z_that_is_its_own_start_is_all_there_and_no_nan),
        cmocka_unit_test(what_floats_do_not_tell_from_zero_is_no_error),
        cmocka_unit_test(every_target_passes_the_checks_of_its_formation),
        cmocka_unit_test(a_weight_one_percent_off_is_caught_in_any_layer),
        cmocka_unit_test(pictures_values_and_units_that_are_others_are_caught),
        cmocka_unit_test(units_in_the_wrong_order_are_caught),
        cmocka_unit_test(a_start_that_was_swapped_is_caught),
        cmocka_unit_test(bytes_depend_neither_on_threads_nor_on_other_methods),
        cmocka_unit_test(the_units_of_half_the_way_are_those_of_the_last_layer),
    };
    return cmocka_run_group_tests_name("formation", tests, NULL, NULL);
}
