/* SPDX-License-Identifier: MIT */
/* Explanations of networks whose layers are drawn anew, beside methods that do not explain. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/trust/layer_chain.h"
#include "../src/trust/likeness.h"

enum { Z_DIM = 24, SIDE = 8 };

/* ---- Methods that do not explain ---- */

#define PLANTED(NAME, SIGN)                                                                        \
    {                                                                                              \
        {.name = NAME ".z",                                                                        \
         .space = SPACE_Z,                                                                         \
         .sign = SIGN,                                                                             \
         .role = ROLE_ATTRIBUTION,                                                                 \
         .predicts = PREDICTS_SCALED_CHANGE},                                                      \
            {.name = NAME ".x",                                                                    \
             .space = SPACE_X,                                                                     \
             .sign = SIGN,                                                                         \
             .role = ROLE_ATTRIBUTION,                                                             \
             .predicts = PREDICTS_SCALED_CHANGE},                                                  \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* Where the picture changes from pixel to pixel; of z its size. */
static int run_edge(const explain_task *t, explanation *a, error *e)
{
    float *z = explanation_add(a, "edge-filter.z", 0, 0);
    float *x = explanation_add(a, "edge-filter.x", 0, 0);
    (void)e;
    for (size_t i = 0; i < t->x->z_dim; i++)
        z[i] = fabsf(a->z[i]);
    for (size_t i = 1; i < a->shape.n; i++)
        x[i] = fabsf(a->x[i] - a->x[i - 1]);
    return 0;
}

static const array_row edge_arrays[] = PLANTED("edge-filter", SIGN_MAGNITUDE);
static const explain_method edge_method = {
    .name = "edge-filter", .arrays = edge_arrays, .run = run_edge};

/* The same everywhere. */
static int run_same(const explain_task *t, explanation *a, error *e)
{
    float *z = explanation_add(a, "same.z", 0, 0), *x = explanation_add(a, "same.x", 0, 0);
    (void)e;
    for (size_t i = 0; i < t->x->z_dim; i++)
        z[i] = -2;
    for (size_t i = 0; i < a->shape.n; i++)
        x[i] = -2;
    return 0;
}

static const array_row same_arrays[] = PLANTED("same", SIGN_SIGNED);
static const explain_method same_method = {.name = "same", .arrays = same_arrays, .run = run_same};

/* What the sum of the pixels is made of, whatever D says of them. */
static int run_without_d(const explain_task *t, explanation *a, error *e)
{
    float *z = explanation_add(a, "without-d.z", 0, 0);
    float *x = explanation_add(a, "without-d.x", 0, 0);
    (void)e;
    float *ones = allocate(a->shape.n, sizeof *ones);
    for (size_t i = 0; i < a->shape.n; i++)
        ones[i] = 1;
    explain_draw(t->x, t->w, a->z, 1);
    explain_pull_back(t->x, t->w, ones, 1, z);
    free(ones);
    memcpy(x, a->x, a->shape.n * sizeof *x);
    return 0;
}

static const array_row without_d_arrays[] = PLANTED("without-d", SIGN_SIGNED);
static const explain_method without_d_method = {
    .name = "without-d", .arrays = without_d_arrays, .run = run_without_d};

/* ---- A scene ---- */

static scene seeing_scene(const char *words)
{
    scene s = scene_of_shape("40:bn=1e-3:lrelu=0.3,32:bn=1e-3:relu,64:tanh",
                             "32:lrelu=0.2,24:lrelu=0.2,1", Z_DIM, shape_of(SIDE, SIDE));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, words);
    return s;
}

/* What the report finds of these methods at the z of a seed. */
static explanation judged(scene *s, const explain_method *const *methods, size_t n, uint64_t seed)
{
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    const explain_request q = {
        .n_top = 3, .black = -1, .white = 1, .skips_checks = true, .probe = seed};
    trust_settings settings = {.plan = &plan};
    float *z = draw(s->x.z_dim, seed);
    for (size_t i = 0; i < n; i++)
        explain_plan_add(&plan, methods[i]);
    explain_plan_add(&plan, trust_report_find("sanity"));
    explain_plan_set(&plan, trust_report_find("sanity"), &settings);
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    free(z);
    return a;
}

static const explain_method *method_named(const char *name)
{
    for (size_t i = 0; explain_methods[i]; i++)
        if (strcmp(explain_methods[i]->name, name) == 0)
            return explain_methods[i];
    fail_msg("no method %s", name);
    return NULL;
}

/* ---- The chain ---- */

static void assert_chain(const char *target, const char *expected, size_t n_seeing)
{
    scene s = seeing_scene(target);
    layer_chain c;
    text words = {0};
    layer_chain_init(&c, &s.x);
    for (size_t i = 0; i < c.n; i++) {
        text_add(&words, "%s", i ? ", " : "");
        layer_chain_tell(&words, &c, &s.x, i);
    }
    assert_string_equal(words.data, expected);
    assert_int_equal(c.n_seeing, n_seeing);
    text_release(&words);
    layer_chain_release(&c);
    scene_release(&s);
}

static void layers_stand_from_the_end_of_the_target_down(void **state)
{
    (void)state;
    assert_chain("logit",
                 "D's layer 4, D's layer 2, D's layer 0, G's layer 6, G's layer 3, G's layer 0", 3);
    assert_chain("ink", "G's layer 6, G's layer 3, G's layer 0", 0);
    assert_chain("unit:3,1", "G's layer 3, G's layer 0", 0);
}

/* ---- Verdicts ---- */

static void what_does_not_explain_is_flagged_and_gradients_are_not(void **state)
{
    const explain_method *const methods[] = {method_named("gradient"),
                                             method_named("integrated-gradients"), &edge_method,
                                             &same_method, &without_d_method};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 5, 5);
    (void)state;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        for (size_t k = 0; k < 5; k++)
            if (sanity_is_flagged(&a, methods[k], i) != (k >= 2))
                fail_msg("%s by %s", methods[k]->name, i == INPUT_Z ? "z" : "x");
    explanation_release(&a);
    scene_release(&s);
}

static void controls_are_always_flagged(void **state)
{
    const explain_method *const methods[] = {method_named("gradient")};
    scene s = seeing_scene("logit");
    explanation a = judged(&s, methods, 1, 5);
    (void)state;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        const named_array *v = whole_array_of(&a, i == INPUT_Z ? "sanity.z" : "sanity.x");
        assert_int_equal(v->shape[0], 4);
        for (size_t row = 1; row < 4; row++)
            assert_true(v->data[(row + 1) * v->shape[1] - 1] == 1);
    }
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Cost ---- */

static void gradients_along_a_path_keep_to_the_samples_where_they_must(void **state)
{
    scene s = seeing_scene("logit");
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    const explain_request q = {
        .black = -1, .white = 1, .n_samples = 96, .keeps_to_samples = true, .skips_checks = true};
    float *z = draw(Z_DIM, 3);
    (void)state;
    explain_plan_add(&plan, method_named("integrated-gradients"));
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    assert_int_equal(explain(&a, &s.x, &s.w, z, &q, &plan, &e), 0);
    explanation exact = explained_by(&s, "integrated-gradients", z, 3);
    assert_true(array_of(&a, "integrated-gradients.z_nodes")[0] == 96);
    assert_close_by_norm(array_of(&a, "integrated-gradients.z"),
                         array_of(&exact, "integrated-gradients.z"), Z_DIM, 0.05);
    explanation_release(&exact);
    explanation_release(&a);
    explain_plan_release(&plan);
    free(z);
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_stand_from_the_end_of_the_target_down),
        cmocka_unit_test(what_does_not_explain_is_flagged_and_gradients_are_not),
        cmocka_unit_test(controls_are_always_flagged),
        cmocka_unit_test(gradients_along_a_path_keep_to_the_samples_where_they_must),
    };
    use_threads(2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
