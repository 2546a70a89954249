/* SPDX-License-Identifier: MIT */
/* Methods beside each other, the true gradient among them and others that do not explain, and what
 * is decided and said. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "../src/trust/method_comparison.h"
#include "trust_scene.h"
#include "use_threads.h"

enum { Z_DIM = 24, SIDE = 8, N_SEEDS = 8 };

/* ---- Methods that do not explain ---- */

#define ROW(NAME, SPACE, SIGN, PREDICTS)                                                           \
    {                                                                                              \
        .name = NAME, .space = SPACE, .sign = SIGN, .role = ROLE_ATTRIBUTION, .predicts = PREDICTS \
    }
#define ARRAYS(NAME, SIGN, PREDICTS)                                                               \
    {                                                                                              \
        ROW(NAME ".z", SPACE_Z, SIGN, PREDICTS), ROW(NAME ".x", SPACE_X, SIGN, PREDICTS), { 0 }    \
    }

static int run_random(const explain_task *t, explanation *a, error *e)
{
    rng r = rng_init(t->q->probe, 77);
    (void)e;
    rng_fill_normal(&r, explanation_add(a, "planted-random.z", 0, 0), a->z_dim);
    rng_fill_normal(&r, explanation_add(a, "planted-random.x", 0, 0), a->shape.n);
    return 0;
}

static int run_constant(const explain_task *t, explanation *a, error *e)
{
    float *z = explanation_add(a, "planted-constant.z", 0, 0);
    float *x = explanation_add(a, "planted-constant.x", 0, 0);
    (void)t;
    (void)e;
    for (size_t i = 0; i < a->z_dim; i++)
        z[i] = 2;
    for (size_t i = 0; i < a->shape.n; i++)
        x[i] = 2;
    return 0;
}

/* Where neighbours differ. */
static int run_edge(const explain_task *t, explanation *a, error *e)
{
    float *z = explanation_add(a, "planted-edge.z", 0, 0);
    float *x = explanation_add(a, "planted-edge.x", 0, 0);
    (void)t;
    (void)e;
    for (size_t i = 1; i < a->z_dim; i++)
        z[i] = fabsf(a->z[i] - a->z[i - 1]);
    for (size_t i = 1; i < a->shape.n; i++)
        x[i] = fabsf(a->x[i] - a->x[i - 1]);
    return 0;
}

/* The gradient at z, times factor. */
static void add_gradient(const explain_task *t, explanation *a, const char *const names[2],
                         const float *z, float factor)
{
    float *by_z = explanation_add(a, names[0], 0, 0), *by_x = explanation_add(a, names[1], 0, 0);
    explain_rows(t->x, t->w,
                 &(explained_rows){.n = 1, .z = z, .gradient_z = by_z, .gradient_x = by_x});
    for (size_t i = 0; i < a->z_dim; i++)
        by_z[i] *= factor;
    for (size_t i = 0; i < a->shape.n; i++)
        by_x[i] *= factor;
}

static int run_other(const explain_task *t, explanation *a, error *e)
{
    float *z = draw(a->z_dim, 1000 + t->q->probe);
    (void)e;
    add_gradient(t, a, (const char *const[]){"planted-other.z", "planted-other.x"}, z, 1);
    free(z);
    return 0;
}

static int run_turned(const explain_task *t, explanation *a, error *e)
{
    (void)e;
    add_gradient(t, a, (const char *const[]){"planted-turned.z", "planted-turned.x"}, a->z, -1);
    return 0;
}

#define PLANTED(WHAT, SIGN, PREDICTS)                                                              \
    static const array_row WHAT##_arrays[] = ARRAYS("planted-" #WHAT, SIGN, PREDICTS);             \
    static const explain_method WHAT##_method = {                                                  \
        .name = "planted-" #WHAT, .arrays = WHAT##_arrays, .run = run_##WHAT}

PLANTED(random, SIGN_SIGNED, PREDICTS_SCALED_CHANGE);
PLANTED(constant, SIGN_SIGNED, PREDICTS_SCALED_CHANGE);
PLANTED(edge, SIGN_SIGNED, PREDICTS_SCALED_CHANGE);
PLANTED(other, SIGN_SIGNED, PREDICTS_RATE);
PLANTED(turned, SIGN_SIGNED, PREDICTS_RATE);

static const explain_method *method_named(const char *name)
{
    for (size_t i = 0; explain_methods[i]; i++)
        if (strcmp(explain_methods[i]->name, name) == 0)
            return explain_methods[i];
    fail_msg("no method %s", name);
    return NULL;
}

/* ---- A scene ---- */

/* Bends, but so little that the gradient is right about most. */
static scene bent_scene(const char *words)
{
    scene s = scene_of_shape("40:lrelu=0.5,64", "24:lrelu=0.5,1", Z_DIM, shape_of(SIDE, SIDE));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, words);
    return s;
}

static scene straight_scene(const char *words)
{
    scene s = scene_of_shape("64", "1", Z_DIM, shape_of(SIDE, SIDE));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, words);
    return s;
}

static void add_reports(explain_plan *plan, const trust_settings *settings)
{
    static const char *const names[] = {"quality", "sanity", "compare"};
    for (size_t i = 0; i < 3; i++) {
        explain_plan_add(plan, trust_report_find(names[i]));
        explain_plan_set(plan, trust_report_find(names[i]), settings);
    }
}

static explanation compared(scene *s, const explain_method *const *methods, size_t n, uint64_t seed)
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
    add_reports(&plan, &settings);
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    free(z);
    return a;
}

/* The label of row i. */
static const char *row_label(const named_array *v, size_t i) { return v->labels[v->shape[1] + i]; }

#define TRUSTED "gradient <- trust"

/* That a remark holds these words. */
static void assert_said(const explanation *a, const char *words)
{
    for (size_t i = 0; i < a->n_remarks; i++)
        if (strstr(a->remarks[i].words, words))
            return;
    fail_msg("'%s' is not said", words);
}

/* In how many remarks. */
static size_t count_said(const explanation *a, const char *words)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n_remarks; i++)
        n += strstr(a->remarks[i].words, words) != NULL;
    return n;
}

/* Whether the gradient is; nothing else may be. */
static bool is_trusted(const explanation *a, const char *name)
{
    const named_array *table = whole_array_of(a, name);
    bool is_gradient = strcmp(row_label(table, 0), TRUSTED) == 0;
    for (size_t i = is_gradient; i < table->shape[0]; i++)
        if (strstr(row_label(table, i), "<-"))
            fail_msg("%s: %s", name, row_label(table, i));
    return is_gradient;
}

/* ---- Who is trusted ---- */

static void nothing_that_does_not_explain_is_ever_trusted(void **state)
{
    const explain_method *const methods[] = {&random_method, &constant_method,
                                             &edge_method,   &other_method,
                                             &turned_method, method_named("gradient")};
    scene s = bent_scene("logit");
    size_t n_true = 0;
    (void)state;
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        explanation a = compared(&s, methods, 6, seed);
        n_true += is_trusted(&a, "compare.table.z") + is_trusted(&a, "compare.table.x");
        explanation_release(&a);
    }
    assert_true(n_true >= N_SEEDS);
    scene_release(&s);
}

static void where_all_fail_none_is_trusted(void **state)
{
    const explain_method *const methods[] = {&random_method, &constant_method, &edge_method,
                                             &turned_method};
    scene s = bent_scene("logit");
    explanation a = compared(&s, methods, 4, 3);
    const named_array *table = whole_array_of(&a, "compare.table.z");
    (void)state;
    for (size_t i = 0; i < table->shape[0]; i++)
        assert_null(strstr(row_label(table, i), "trust"));
    assert_said(&a, "By z, trust none: ");
    assert_said(&a, "By the pixels, trust none: ");
    assert_said(&a, "Left out of the choice. By z: ");
    assert_int_equal(count_said(&a, "What would change the verdict"), 0);
    explanation_release(&a);
    scene_release(&s);
}

/* Nothing was lost, so that no share of it is known, not even the controls'. */
static void of_a_target_that_never_changes_nothing_is_foretold(void **state)
{
    const explain_method *const methods[] = {method_named("gradient-x-input")};
    scene s = scene_of_shape("64", "1", Z_DIM, shape_of(SIDE, SIDE)); /* all weights are 0 */
    (void)state;
    aim(&s, "logit");
    explanation a = compared(&s, methods, 1, 3);
    assert_said(&a, "By z, trust none: there is nothing to foretell");
    assert_said(&a, "By the pixels, trust none: there is nothing to foretell");
    for (size_t i = 0; i < a.n_remarks; i++)
        assert_null(strstr(a.remarks[i].words, "nan"));
    explanation_release(&a);
    scene_release(&s);
}

/* Where the model bends, a slope from elsewhere may do for large changes, but foretells less than
 * the mean of many. */
static void what_foretells_less_than_any_z_would_is_not_trusted(void **state)
{
    const explain_method *const methods[] = {&other_method};
    scene s = bent_scene("logit");
    explanation a = compared(&s, methods, 1, 2);
    const named_array *table = whole_array_of(&a, "compare.table.z");
    (void)state;
    assert_string_equal(row_label(table, 0), "planted-other");
    assert_string_equal(row_label(table, 1), "average");
    assert_true(table->data[table->shape[1]] > table->data[0] + 0.01f);
    assert_said(&a, "By z, trust none: ");
    explanation_release(&a);
    scene_release(&s);
}

static void the_average_is_of_many_z_and_judged_by_the_same_removals(void **state)
{
    enum { N_OWN = 4096 };
    static float resamples[N_RESAMPLES];
    trust_scene k;
    float *z = draw(Z_DIM, 4), *others = draw(N_OWN * Z_DIM, 6), value[N_OWN];
    float *gradients = allocate(N_OWN * Z_DIM, sizeof *gradients);
    double off = 0, spread = 0;
    (void)state;
    trust_scene_init(&k, bent_scene("logit"), z, INPUT_Z, 0);
    attributions_add_average(&k.all, &k.f);
    target_values(&k.f, others, N_OWN, value, gradients);
    for (size_t i = 0; i < Z_DIM; i++) {
        double sum = 0, squares = 0;
        for (size_t n = 0; n < N_OWN; n++) {
            double g = (double)gradients[n * Z_DIM + i];
            sum += g;
            squares += g * g;
        }
        double mean = sum / N_OWN, d = (double)k.all.all[0].values[i] - mean;
        off += d * d;
        spread += squares / N_OWN - mean * mean;
    }
    assert_in_range((size_t)(1000 * 64 * off / spread), 300, 2500);
    trust_candidate c = average_candidate(resamples, &k.all.all[0], &k.f, &k.b);
    assert_true(c.faithfulness.value == 1 - measured(&k, "infidelity", 0));
    assert_true(c.near.value == 1 - measured(&k, "infidelity-near", 0));
    assert_true(c.faithfulness.value != c.near.value);
    free(gradients);
    free(others);
    free(z);
    trust_scene_release(&k);
}

/* ---- What is left ---- */

/* A straight line: both foretell all, and the gradient takes fewer passes, or as many. */
static void of_a_straight_line_the_gradient_foretells_all(void **state)
{
    const explain_method *const methods[] = {method_named("integrated-gradients"),
                                             method_named("gradient")};
    scene s = straight_scene("logit");
    explanation a = compared(&s, methods, 2, 3);
    const named_array *table = whole_array_of(&a, "compare.table.z");
    const named_array *agreement = whole_array_of(&a, "compare.agreement.z");
    (void)state;
    assert_string_equal(row_label(table, 0), TRUSTED);
    assert_close(table->data, &(float){1}, 1, 0, 1e-6);
    assert_close(table->data + table->shape[1], &(float){1}, 1, 0, 1e-6);
    assert_close(agreement->data + 1, &(float){1}, 1, 0, 1e-6);
    assert_said(&a, "By z, trust gradient: it foretells 100 % (100 % to 100 %)");
    assert_said(&a, "integrated-gradients foretells as much");
    assert_said(&a, "it foretells the most, 100 %");
    assert_said(&a, "By z: 1.00, much");
    assert_said(&a, "By z: without gradient it would be integrated-gradients");
    assert_int_equal(count_said(&a, "To foretell 100 % is"), 1);
    explanation_release(&a);
    scene_release(&s);
}

static void what_is_the_same_everywhere_has_no_agreement(void **state)
{
    const explain_method *const methods[] = {&constant_method, method_named("gradient")};
    scene s = straight_scene("logit");
    explanation a = compared(&s, methods, 2, 3);
    const named_array *v = whole_array_of(&a, "compare.agreement.x");
    (void)state;
    for (size_t i = 0; i < v->n_labels; i++)
        assert_null(strstr(v->labels[i], "constant"));
    for (size_t i = 0; i < v->n; i++)
        assert_true(!isnan(v->data[i]));
    explanation_release(&a);
    scene_release(&s);
}

static void maps_are_divided_by_their_largest_and_stand_by_place(void **state)
{
    const explain_method *const methods[] = {&constant_method, method_named("gradient")};
    scene s = straight_scene("logit");
    explanation a = compared(&s, methods, 2, 3);
    const named_array *maps = whole_array_of(&a, "compare.x");
    (void)state;
    assert_string_equal(maps->labels[0], TRUSTED);
    for (size_t i = 0; i < maps->shape[0]; i++) {
        float largest = 0;
        for (size_t k = 0; k < maps->shape[1]; k++)
            largest = fmaxf(largest, fabsf(maps->data[i * maps->shape[1] + k]));
        assert_close(&largest, &(float){1}, 1, 0, 1e-6);
    }
    explanation_release(&a);
    scene_release(&s);
}

/* Its column, in a row that stands at place k. */
static float cell_at(const explanation *a, const char *name, size_t k, const char *column)
{
    const named_array *v = whole_array_of(a, name);
    for (size_t i = 0; i < v->shape[1]; i++)
        if (strcmp(v->labels[i], column) == 0)
            return v->data[k * v->shape[1] + i];
    fail_msg("%s has no %s", name, column);
    return NAN;
}

static void the_table_tells_the_ends_and_places_from_1(void **state)
{
    const explain_method *const methods[] = {method_named("gradient")};
    scene s = bent_scene("logit");
    explanation a = compared(&s, methods, 1, 3);
    const char *table = "compare.table.z";
    (void)state;
    float share = cell_at(&a, table, 0, "share foretold");
    assert_true(cell_at(&a, table, 0, "share at least") < share);
    assert_true(share < cell_at(&a, table, 0, "share at most"));
    assert_true(cell_at(&a, table, 0, "share near") > share);
    assert_true(cell_at(&a, table, 0, "place") == 1 && cell_at(&a, table, 1, "place") == 2);
    explanation_release(&a);
    scene_release(&s);
}

/* The row of maps in which the name stands first. */
static const float *map_of(const named_array *maps, const char *name)
{
    for (size_t i = 0; i < maps->shape[0]; i++)
        if (strncmp(row_label(maps, i), name, strlen(name)) == 0)
            return maps->data + i * maps->shape[1];
    fail_msg("no map of %s", name);
    return NULL;
}

static void with_a_map_without_signs_magnitudes_are_compared(void **state)
{
    const explain_method *const methods[] = {method_named("gradient")};
    scene s = bent_scene("logit");
    explanation a = compared(&s, methods, 1, 3);
    const named_array *maps = whole_array_of(&a, "compare.z");
    const float *gradient = map_of(maps, "gradient"), *of_size = map_of(maps, "size");
    const named_array *v = whole_array_of(&a, "compare.agreement.z");
    float size[Z_DIM];
    (void)state;
    for (size_t i = 0; i < Z_DIM; i++)
        size[i] = fabsf(gradient[i]);
    double want = rank_correlation(size, of_size, Z_DIM);
    size_t row = 0, col = 0;
    while (strcmp(v->labels[col], "size") != 0)
        col++;
    while (strcmp(v->labels[row], "gradient") != 0)
        row++;
    assert_close(&v->data[row * v->shape[1] + col], &(float){(float)want}, 1, 0, 1e-6);
    explanation_release(&a);
    scene_release(&s);
}

static void a_target_inside_g_is_compared_by_z_alone(void **state)
{
    const explain_method *const methods[] = {method_named("gradient")};
    scene s = bent_scene("unit:0,1");
    explanation a = compared(&s, methods, 1, 3);
    (void)state;
    assert_non_null(explanation_find(&a, "compare.table.z"));
    assert_null(explanation_find(&a, "compare.table.x"));
    explanation_release(&a);
    scene_release(&s);
}

static void assert_same(const explanation *a, const explanation *b, const char *name)
{
    const named_array *v = whole_array_of(a, name), *w = whole_array_of(b, name);
    assert_int_equal(v->n, w->n);
    assert_memory_equal(v->data, w->data, v->n * sizeof *v->data);
    for (size_t i = 0; i < v->n_labels; i++)
        assert_string_equal(v->labels[i], w->labels[i]);
}

static void the_order_of_methods_does_not_count(void **state)
{
    const explain_method *const methods[] = {&edge_method, method_named("gradient"),
                                             &random_method},
                                *const turned[] = {&random_method, &edge_method,
                                                   method_named("gradient")};
    scene s = bent_scene("logit");
    explanation a = compared(&s, methods, 3, 3), b = compared(&s, turned, 3, 3);
    (void)state;
    static const char *const names[] = {"compare.table.z",     "compare.table.x",
                                        "compare.z",           "compare.x",
                                        "compare.agreement.z", "compare.agreement.x"};
    for (size_t i = 0; i < 6; i++)
        assert_same(&a, &b, names[i]);
    explanation_release(&a);
    explanation_release(&b);
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_does_not_explain_is_ever_trusted),
        cmocka_unit_test(of_a_target_that_never_changes_nothing_is_foretold),
        cmocka_unit_test(where_all_fail_none_is_trusted),
        cmocka_unit_test(what_foretells_less_than_any_z_would_is_not_trusted),
        cmocka_unit_test(the_average_is_of_many_z_and_judged_by_the_same_removals),
        cmocka_unit_test(of_a_straight_line_the_gradient_foretells_all),
        cmocka_unit_test(what_is_the_same_everywhere_has_no_agreement),
        cmocka_unit_test(maps_are_divided_by_their_largest_and_stand_by_place),
        cmocka_unit_test(the_table_tells_the_ends_and_places_from_1),
        cmocka_unit_test(with_a_map_without_signs_magnitudes_are_compared),
        cmocka_unit_test(a_target_inside_g_is_compared_by_z_alone),
        cmocka_unit_test(the_order_of_methods_does_not_count),
    };
    use_threads(2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
