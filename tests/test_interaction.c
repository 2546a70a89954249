/* SPDX-License-Identifier: MIT */
/* Which components of z act together. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "../src/explain/occlusion_detail.h"
#include "use_threads.h"
#include <stdlib.h>

/* Pixel 0 is relu(z0 + z1), pixel 29 is z2; the target is their sum. */
static scene paired_scene(void)
{
    scene s = scene_of("2:relu,784", NULL, 3);
    float *w = s.g.layers[0].weight.data, *v = s.g.layers[1].weight.data;
    w[0] = w[1] = 1;
    w[3 + 2] = 1;
    v[0] = 1;
    v[29 * 2 + 1] = 1;
    aim(&s, "ink");
    return s;
}

static explain_request request(void)
{
    return (explain_request){.n_top = 3, .black = -1, .white = 1, .probe = 3};
}

static explanation asked(scene *s, const float *z, const explain_request *q)
{
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    explain_plan_choose(&plan, "interaction");
    if (explain_plan_prepare(&plan, &s->x, q, &e) || explain(&a, &s->x, &s->w, z, q, &plan, &e) ||
        explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    return a;
}

/* At (1, -2, 3) the pair is off; without z1 it is 1, without z0, or both, 0. So z0 loses 0, z1
 * loses -1, both 0: together they add 1 less than one by one. */
static void a_pair_is_told_apart_from_single_components(void **state)
{
    scene s = paired_scene();
    explain_request q = request();
    explanation a = asked(&s, (float[]){1, -2, 3}, &q);
    const named_array *table = whole_array_of(&a, "interaction.strongest");
    (void)state;
    assert_close(array_of(&a, "interaction.pairs"), ((float[]){0, -1, 0, -1, 0, 0, 0, 0, 0}), 9,
                 1e-6, 0);
    assert_close(array_of(&a, "interaction.z"), ((float[]){1, 1, 0}), 3, 1e-6, 0);
    assert_int_equal(table->shape[0], 1);
    assert_close(table->data, ((float[]){0, -1, 0, -1}), 4, 1e-6, 0);
    assert_string_equal(table->labels[4], "z0 and z1");
    assert_null(explanation_find(&a, "interaction.components"));
    explanation_release(&a);
    scene_release(&s);
}

/* Where the reference is (4, 1, 0): f is 0, without z0 2, without z1 2, without both 5. */
static void the_reference_is_that_of_the_request(void **state)
{
    scene s = paired_scene();
    explain_request q = request();
    float z[3] = {4, 1, 0}, *x = allocate(N_PIXELS, sizeof *x);
    (void)state;
    q.baseline = &(explain_baseline){.n = 1, .z = z, .x = x};
    explanation a = asked(&s, (float[]){1, -2, 3}, &q);
    assert_close(&array_of(&a, "interaction.pairs")[1], &(float){1}, 1, 1e-6, 0);
    assert_close(array_of(&a, "interaction.strongest"), ((float[]){-2, -2, -5, 1}), 4, 1e-6, 0);
    explanation_release(&a);
    free(x);
    scene_release(&s);
}

static void of_several_references_interactions_are_the_mean(void **state)
{
    scene s = paired_scene();
    explain_request q = request();
    float z[6] = {4, 1, 0}, *x = allocate(2 * N_PIXELS, sizeof *x);
    (void)state;
    q.baseline = &(explain_baseline){.n = 2, .z = z, .x = x};
    explanation a = asked(&s, (float[]){1, -2, 3}, &q);
    assert_true(fabsf(array_of(&a, "interaction.pairs")[1]) < 1e-6f); /* of 1 and -1 */
    explanation_release(&a);
    free(x);
    scene_release(&s);
}

/* Rounding is not taken for a pair: the weights are no powers of two. */
static void components_that_add_up_do_not_act_together(void **state)
{
    scene s = scene_of("784", "1", Z);
    explain_request q = request();
    float *z = draw(Z, 4), *w = draw(N_PIXELS * Z, 5), *v = draw(N_PIXELS, 6);
    (void)state;
    memcpy(s.g.layers[0].weight.data, w, N_PIXELS * Z * sizeof *w);
    memcpy(s.d.layers[0].weight.data, v, N_PIXELS * sizeof *v);
    aim(&s, "logit");
    explanation a = asked(&s, z, &q);
    for (size_t i = 0; i < Z * Z; i++)
        assert_true(array_of(&a, "interaction.pairs")[i] == 0);
    for (size_t i = 0; i < Z; i++)
        assert_true(array_of(&a, "interaction.z")[i] == 0);
    assert_null(explanation_find(&a, "interaction.strongest"));
    explanation_release(&a);
    free(z);
    free(w);
    free(v);
    scene_release(&s);
}

static void the_matrix_is_its_own_mirror(void **state)
{
    scene s = trained_scene("logit");
    explain_request q = request();
    float *z = draw(Z, 4);
    explanation a = asked(&s, z, &q);
    const float *v = array_of(&a, "interaction.pairs");
    (void)state;
    assert_true(norm(v, Z * Z) > 1e-3);
    for (size_t i = 0; i < Z; i++)
        for (size_t j = 0; j < Z; j++)
            assert_true(i == j ? v[i * Z + j] == 0 : v[i * Z + j] == v[j * Z + i]);
    for (size_t i = 0; i < Z; i++) {
        double all = norm(v + i * Z, Z);
        assert_close(&array_of(&a, "interaction.z")[i], &all, 1, 1e-6, 0);
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void a_single_component_has_no_pairs(void **state)
{
    scene s = scene_of("784:tanh", "1", 1);
    explain_request q = request();
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation a = asked(&s, (float[]){2}, &q);
    assert_true(array_of(&a, "interaction.z")[0] == 0);
    assert_null(explanation_find(&a, "interaction.strongest"));
    explanation_release(&a);
    scene_release(&s);
}

static void components_at_their_reference_act_with_none(void **state)
{
    scene s = trained_scene("logit");
    explain_request q = request();
    float z[Z] = {0};
    explanation a = asked(&s, z, &q);
    (void)state;
    assert_true(norm(array_of(&a, "interaction.pairs"), Z * Z) == 0);
    explanation_release(&a);
    scene_release(&s);
}

/* Pairs of the strongest 100 components alone, and with 16 references of the strongest 25. */
static void pairs_are_bounded_and_it_is_said(void **state)
{
    enum { WIDE = 120 };
    scene s = scene_of("6:relu,784", NULL, WIDE);
    explain_request q = request();
    explain_baseline b;
    float *z = draw(WIDE, 4);
    (void)state;
    fill_trained(&s.g, 1);
    for (size_t i = 0; i < 6; i++) /* the first 20 do nothing */
        memset(s.g.layers[0].weight.data + i * WIDE, 0, 20 * sizeof(float));
    aim(&s, "ink");
    explanation a = asked(&s, z, &q);
    assert_true(*array_of(&a, "interaction.components") == 100);
    assert_int_equal(whole_array_of(&a, "interaction.pairs")->shape[0], 100);
    assert_string_equal(whole_array_of(&a, "interaction.pairs")->labels[0], "z20");
    assert_string_equal(whole_array_of(&a, "interaction.pairs")->labels[199], "z119");
    explanation_release(&a);
    explain_baseline_of_prior(&b, &s.x);
    q.baseline = &b;
    a = asked(&s, z, &q);
    assert_true(*array_of(&a, "interaction.components") == 25);
    explanation_release(&a);
    explain_baseline_release(&b);
    free(z);
    scene_release(&s);
}

static void every_target_passes_its_checks(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        error e = {0};
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "interaction", z, 3);
        if (explanation_judge(&a, &e))
            fail_msg("%s: %s", words[i], e.message);
        assert_int_equal(a.n_checks, 2);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

/* ---- Planted faults ---- */

/* The twin reads the weights, the passes a copy of what they were. */
static void a_weight_that_is_off_is_caught(void **state)
{
    float *z = draw(Z, 4);
    (void)state;
    for (size_t net = 0; net < 2; net++) {
        scene s = trained_scene("logit");
        layer *l = &s.folded[net].layers[s.folded[net].n_layers - 1];
        for (size_t i = 0; i < l->n_in * l->n_out; i++)
            l->weight.data[i] *= 1.01f;
        explanation a = explained_by(&s, "interaction", z, 3);
        assert_false(explain_check_is_met(&a.checks[0]));
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
}

/* A task at z, of all that the check of pairs reads. */
static bool pairs_are_right(scene *s, const float *z, const float *pairs,
                            const explain_baseline *baseline)
{
    float value, gradient_z[Z], *pictures = allocate(2 * N_PIXELS, sizeof *pictures);
    explained_rows rows = {.n = 1,
                           .z = z,
                           .x = pictures,
                           .value = &value,
                           .gradient_z = gradient_z,
                           .gradient_x = pictures + N_PIXELS};
    explain_request q = request();
    explain_task t = {.x = &s->x, .w = &s->w, .q = &q, .rows = &rows};
    explanation a = {0};
    target_function f;
    size_t which[Z];
    for (size_t i = 0; i < Z; i++)
        which[i] = i;
    q.baseline = baseline;
    explain_rows(&s->x, &s->w, &rows);
    assert_true(target_function_init(&f, &t, &a, INPUT_Z));
    explain_check c = interaction_check_pairs(&f, pairs, which, Z, 16);
    assert_int_equal(c.n_samples, 16);
    free(pictures);
    return explain_check_is_met(&c);
}

static void wrong_pairs_and_references_are_caught(void **state)
{
    scene s = trained_scene("logit");
    explain_request q = request();
    float *z = draw(Z, 4), other[Z] = {0.3f}, v[Z * Z];
    explanation a = asked(&s, z, &q);
    const explain_baseline wrong = {.n = 1, .z = other};
    (void)state;
    memcpy(v, array_of(&a, "interaction.pairs"), sizeof v);
    assert_true(pairs_are_right(&s, z, v, NULL));
    assert_false(pairs_are_right(&s, z, v, &wrong));
    for (size_t i = 0; i < Z * Z; i++)
        v[i] *= 1.01f;
    assert_false(pairs_are_right(&s, z, v, NULL));
    for (size_t i = 0; i < Z * Z; i++)
        v[i] = -v[i];
    assert_false(pairs_are_right(&s, z, v, NULL));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static bool is_symmetric(const float *v)
{
    explain_check c = interaction_check_symmetry(v, 3);
    return explain_check_is_met(&c);
}

static void a_matrix_that_is_no_mirror_is_caught(void **state)
{
    (void)state;
    assert_true(is_symmetric((float[]){0, 1, -2, 1, 0, 3, -2, 3, 0}));
    assert_true(is_symmetric((float[9]){0}));
    assert_false(is_symmetric((float[]){0, 1, -2, 1, 0, 3, 2, 3, 0}));
    assert_false(is_symmetric((float[]){0, 1, -2, 1, 0.1f, 3, -2, 3, 0}));
    assert_false(is_symmetric((float[]){0, 1, -2, 1, 0, (float)NAN, -2, 3, 0}));
}

/* ---- Bytes ---- */

static void bytes_depend_neither_on_threads_nor_on_other_methods(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation alone = explained_by(&s, "interaction", z, 3);
    explanation among = explained_by(&s, "occlusion,reach,interaction", z, 3);
    (void)state;
    use_threads(1);
    explanation slow = explained_by(&s, "interaction", z, 3);
    use_threads(2);
    assert_memory_equal(array_of(&alone, "interaction.pairs"),
                        array_of(&among, "interaction.pairs"), Z * Z * sizeof(float));
    assert_memory_equal(array_of(&alone, "interaction.pairs"), array_of(&slow, "interaction.pairs"),
                        Z * Z * sizeof(float));
    explanation_release(&alone);
    explanation_release(&among);
    explanation_release(&slow);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_is_told_apart_from_single_components),
        cmocka_unit_test(the_reference_is_that_of_the_request),
        cmocka_unit_test(of_several_references_interactions_are_the_mean),
        cmocka_unit_test(components_that_add_up_do_not_act_together),
        cmocka_unit_test(the_matrix_is_its_own_mirror),
        cmocka_unit_test(a_single_component_has_no_pairs),
        cmocka_unit_test(components_at_their_reference_act_with_none),
        cmocka_unit_test(pairs_are_bounded_and_it_is_said),
        cmocka_unit_test(every_target_passes_its_checks),
        cmocka_unit_test(a_weight_that_is_off_is_caught),
        cmocka_unit_test(wrong_pairs_and_references_are_caught),
        cmocka_unit_test(a_matrix_that_is_no_mirror_is_caught),
        cmocka_unit_test(bytes_depend_neither_on_threads_nor_on_other_methods),
    };
    return cmocka_run_group_tests_name("interaction", tests, NULL, NULL);
}
