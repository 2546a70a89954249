/* SPDX-License-Identifier: MIT */
/* How explainable a generator is, on models solved by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"

#include "../src/trust/explainability_rivals.h"
#include "scene.h"
#include "use_threads.h"

enum { N = 4 };

static explainability_subject subject_of(const scene *s, size_t n)
{
    return (explainability_subject){&s->x, -1, 1, 0, n, NULL};
}

static explainability found_of(const scene *s, size_t n)
{
    explainability v;
    error e = {0};
    explainability_subject subject = subject_of(s, n);
    if (explainability_find(&v, &subject, &e))
        fail_msg("%s", e.message);
    return v;
}

static explainability found(const scene *s) { return found_of(s, N); }

static void find_facts(explainability_facts facts[N], const scene *s)
{
    explainability_spread spread;
    error e = {0};
    explainability_subject subject = subject_of(s, N);
    memset(facts, 0, N * sizeof *facts);
    explainability_look_over_prior(&facts[0], &spread, &subject);
    for (size_t i = 1; i < N; i++)
        facts[i] = facts[0];
    if (explainability_find_facts(facts, &subject, &e))
        fail_msg("%s", e.message);
}

static size_t part_named(const char *name)
{
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
        if (strcmp(explainability_parts[i].name, name) == 0)
            return i;
    fail_msg("no part %s", name);
    return 0;
}

static double part_of(const explainability *v, const char *name)
{
    return v->part[part_named(name)].value;
}

static void assert_near(double found_value, double want, double tolerance)
{
    assert_close(&found_value, &want, 1, tolerance, tolerance);
}

/* Resamples are kept as floats. */
static void assert_estimate(const estimate *v)
{
    const double rounding = 1e-7;
    if (!(v->value >= 0 && v->value <= 1))
        fail_msg("%g is not in 0..1", v->value);
    if (isnan(v->low) != isnan(v->high) || v->low > v->value + rounding ||
        v->high < v->value - rounding)
        fail_msg("%g is not in %g..%g", v->value, v->low, v->high);
}

/* All are in 0..1 and in their intervals. */
static void assert_shares(const explainability *v)
{
    assert_estimate(&v->total);
    assert_estimate(&v->varies);
    for (size_t i = 0; i < N_EXPLAINABILITY_LEVELS; i++)
        assert_estimate(&v->level[i]);
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
        assert_estimate(&v->part[i]);
}

/* ---- A straight line ---- */

enum { LINE_Z = 3, LINE_PIXELS = 16 };

/* G copies component k to pixel k, 0.1 times as large, D adds up 1, 2 and 3 times these: the
 * logit is 0.1 z0 + 0.2 z1 + 0.3 z2 + 5. */
static scene line_scene(void)
{
    scene s = scene_of_shape("16", "1", LINE_Z, shape_of(4, 4));
    for (size_t k = 0; k < LINE_Z; k++) {
        s.g.layers[0].weight.data[k * LINE_Z + k] = 0.1f;
        s.d.layers[0].weight.data[k] = (float)(k + 1);
    }
    s.d.layers[0].bias[0] = 5;
    aim(&s, "logit");
    return s;
}

static void a_straight_line_is_foretold_adds_up_and_holds(void **state)
{
    scene s = line_scene();
    explainability_facts facts[N];
    (void)state;
    find_facts(facts, &s);
    for (size_t i = 0; i < N; i++) {
        assert_near(facts[i].faithfulness, 1, 1e-5);
        assert_near(facts[i].gap, 0, 1e-4);
        assert_near(facts[i].agreement, 1, 1e-12);
        assert_near(facts[i].change, 0, 1e-6);
        assert_near(facts[i].strongest, 1, 1e-6);
        assert_near(facts[i].rank, 3, 1e-6); /* equal singular values */
        assert_near(facts[i].parameters, LINE_PIXELS * (LINE_Z + 1), 0);
        assert_near(facts[i].dead, 0, 0);
    }
    scene_release(&s);
}

static void its_scores_are_those_of_the_definition(void **state)
{
    scene s = line_scene();
    (void)state;
    explainability v = found(&s);
    assert_shares(&v);
    assert_near(part_of(&v, "parameters"), 1 - log10(65) / 8, 1e-12);
    assert_near(part_of(&v, "rank"), 10.0 / 12, 1e-6);
    assert_near(part_of(&v, "faithfulness"), 1, 1e-5);
    assert_near(part_of(&v, "completeness"), 1, 1e-4);
    assert_near(part_of(&v, "agreement"), 1, 1e-12);
    assert_near(part_of(&v, "robustness"), 1, 1e-6);
    /* 3 of 16 pixels vary by 0.1 of 2, the logit by sqrt(0.14) about 5, but for the draw */
    double pixel = sqrt(3.0 / 16) * 0.05, target = sqrt(0.14);
    assert_near(v.varies.value, pixel / (pixel + 1.0 / 255) * target / (target + 5e-6), 0.02);
    scene_release(&s);
}

static void the_whole_is_the_mean_of_levels_that_are_means_of_parts(void **state)
{
    scene s = trained_scene("logit");
    double sum_of_levels = 0, mean = 0;
    (void)state;
    explainability v = found(&s);
    for (size_t l = 0; l < N_EXPLAINABILITY_LEVELS; l++) {
        double all = 0, n = 0;
        for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
            if (explainability_parts[i].level == l) {
                all += v.part[i].value;
                n++;
            }
        assert_near(v.level[l].value, all / n, 1e-12);
        sum_of_levels += all / n;
    }
    for (size_t i = 0; i < N; i++)
        mean += v.by_seed[i] / N;
    assert_near(v.total.value, v.varies.value * sum_of_levels / N_EXPLAINABILITY_LEVELS, 1e-12);
    assert_near(v.total.value, mean, 1e-12);
    assert_true(v.total.low < v.total.value && v.total.high > v.total.value);
    scene_release(&s);
}

/* ---- Where there is nothing to explain ---- */

static void a_constant_generator_has_none(void **state)
{
    scene s = trained_scene(NULL);
    (void)state;
    memset(s.g.layers[0].weight.data, 0, s.g.layers[0].weight.rows * Z * sizeof(float));
    aim(&s, "logit");
    explainability v = found(&s);
    assert_shares(&v);
    assert_true(v.total.value == 0 && v.total.low == 0 && v.total.high == 0);
    assert_true(v.varies.value == 0);
    static const char *const without_meaning[] = {"rank",      "faithfulness", "completeness",
                                                  "questions", "fidelity",     "strongest",
                                                  "agreement", "robustness"};
    for (size_t i = 0; i < 8; i++)
        assert_true(part_of(&v, without_meaning[i]) == 0);
    scene_release(&s);
}

static void a_target_that_does_not_depend_on_z_has_none(void **state)
{
    scene s = trained_scene(NULL);
    (void)state;
    memset(s.d.layers[0].weight.data, 0, s.d.layers[0].weight.rows * N_PIXELS * sizeof(float));
    aim(&s, "logit");
    explainability v = found(&s);
    assert_shares(&v);
    assert_true(v.total.value == 0);
    scene_release(&s);
}

/* The line's, where pictures are made so many times as large. */
static explainability scaled_line(float factor)
{
    scene s = line_scene();
    for (size_t i = 0; i < LINE_PIXELS * LINE_Z; i++)
        s.g.layers[0].weight.data[i] *= factor;
    aim(&s, "logit");
    explainability v = found(&s);
    assert_shares(&v);
    scene_release(&s);
    return v;
}

static void the_less_pictures_vary_the_less_there_is_without_a_jump(void **state)
{
    static const float factors[] = {1, 0.3f, 0.1f, 0.03f, 1e-2f, 1e-3f, 1e-5f, 0};
    double before = 1;
    (void)state;
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        explainability v = scaled_line(factors[i]);
        if (!(v.total.value < before))
            fail_msg("%g of pictures that vary by %g, and %g before", v.total.value,
                     (double)factors[i], before);
        before = v.total.value;
    }
    assert_true(before == 0);
    /* by one grey of 255, as the root of the mean square, all else being the same: half */
    double grey = 1.0 / 255 / (sqrt(3.0 / 16) * 0.05);
    assert_near(scaled_line((float)grey).varies.value, 0.5, 0.02);
    assert_near(scaled_line(0.999f).total.value, scaled_line(1).total.value, 1e-3);
}

/* ---- Each part moves as its words say ---- */

/* A score over a fact: rising or falling, all the way. */
typedef struct {
    const char *part;
    size_t offset;
    double from, to; /* from the least score to the most */
} score_case;

static const score_case score_cases[] = {
    {"parameters", offsetof(explainability_facts, parameters), 1e8, 0},
    {"rank", offsetof(explainability_facts, rank), 1000, 1},
    {"living", offsetof(explainability_facts, dead), 1, 0},
    {"faithfulness", offsetof(explainability_facts, faithfulness), 0, 1},
    {"completeness", offsetof(explainability_facts, gap), 1, 0},
    {"questions", offsetof(explainability_facts, questions), 4, 1},
    {"fidelity", offsetof(explainability_facts, fidelity), 0, 1},
    {"strongest", offsetof(explainability_facts, strongest), 0, 1},
    {"agreement", offsetof(explainability_facts, agreement), 0, 1},
    {"robustness", offsetof(explainability_facts, change), 1, 0},
    {"likeness", offsetof(explainability_facts, likeness), 0, 1},
};

enum { N_CASES = sizeof score_cases / sizeof *score_cases };

static double score_at(const score_case *c, double fact)
{
    explainability_facts f = {0};
    *(double *)(void *)((char *)&f + c->offset) = fact;
    return explainability_parts[part_named(c->part)].score(&f);
}

static void a_score_rises_with_what_its_words_say(void **state)
{
    enum { STEPS = 8 };
    (void)state;
    assert_int_equal(N_CASES, N_EXPLAINABILITY_PARTS);
    for (size_t i = 0; i < N_CASES; i++) {
        const score_case *c = &score_cases[i];
        double before = -1;
        for (int k = 0; k <= STEPS; k++) {
            double v = score_at(c, c->from + (c->to - c->from) * k / STEPS);
            if (!(v > before && v >= 0 && v <= 1))
                fail_msg("%s: %g after %g", c->part, v, before);
            before = v;
        }
        assert_near(before, 1, 1e-12);
    }
}

static void a_fact_without_meaning_scores_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CASES; i++)
        assert_true(score_at(&score_cases[i], (double)NAN) == 0);
    assert_true(score_at(&score_cases[part_named("rank")], 0) == 0);
    assert_true(score_at(&score_cases[part_named("questions")], 0) == 0);
    assert_true(score_at(&score_cases[part_named("agreement")], -0.5) == 0);
}

/* ---- Of the model ---- */

/* 8 units of which the last n_dead see nothing of z and hand on 0, to 16 pixels. */
static scene half_dead_scene(size_t n_dead)
{
    scene s = scene_of_shape("8:relu,16", "1", LINE_Z, shape_of(4, 4));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    for (size_t i = 0; i < 8; i++)
        s.g.layers[0].bias[i] = i < 8 - n_dead ? 0 : -100;
    aim(&s, "logit");
    return s;
}

static void a_dead_unit_counts_for_the_size_and_against_the_reading(void **state)
{
    scene whole = half_dead_scene(0), half = half_dead_scene(4);
    explainability_facts of_whole[N], of_half[N];
    (void)state;
    find_facts(of_whole, &whole);
    find_facts(of_half, &half);
    assert_near(of_whole[0].dead, 0, 0);
    assert_near(of_whole[0].parameters, 8 * 4 + 16 * 9, 0);
    assert_near(of_half[0].dead, 0.5, 0);
    assert_near(of_half[0].parameters, 4 * 4 + 16 * 5, 0);
    scene_release(&whole);
    scene_release(&half);
}

static void a_unit_that_is_always_the_same_is_dead_whatever_it_hands_on(void **state)
{
    scene s = half_dead_scene(0);
    explainability_facts facts[N];
    (void)state;
    for (size_t k = 0; k < LINE_Z; k++)
        s.g.layers[0].weight.data[k] = 0;
    s.g.layers[0].bias[0] = 1.7f;
    aim(&s, "logit");
    find_facts(facts, &s);
    assert_near(facts[0].dead, 1.0 / 8, 0);
    scene_release(&s);
}

static void a_picture_of_one_direction_has_rank_one(void **state)
{
    scene s = line_scene();
    explainability_facts facts[N];
    (void)state;
    for (size_t k = 1; k < LINE_Z; k++)
        s.g.layers[0].weight.data[k * LINE_Z + k] = 0;
    aim(&s, "logit");
    find_facts(facts, &s);
    assert_near(facts[0].rank, 1, 1e-6);
    assert_near(facts[0].questions, 1, 1e-6); /* of the one component alone */
    assert_true(facts[0].fidelity > 0.95);
    scene_release(&s);
}

static void fewer_components_that_carry_it_are_the_stronger_ten(void **state)
{
    enum { LONG = 40 };
    scene s = scene_of_shape("40", "1", LONG, shape_of(5, 8));
    explainability_facts facts[N];
    (void)state;
    for (size_t k = 0; k < LONG; k++) {
        s.g.layers[0].weight.data[k * LONG + k] = 0.1f;
        s.d.layers[0].weight.data[k] = 1;
    }
    aim(&s, "logit");
    find_facts(facts, &s);
    double spread_out = facts[0].strongest;
    for (size_t k = 0; k < 10; k++)
        s.d.layers[0].weight.data[k] = 100;
    aim(&s, "logit");
    find_facts(facts, &s);
    assert_true(spread_out > 0.25 && spread_out < 0.7);
    assert_true(facts[0].strongest > 0.95);
    scene_release(&s);
}

/* ---- Of what is said ---- */

/* A straight G, and a D whose units are at the ends of tanh the more, the larger that is. */
static scene curved_scene(float curve)
{
    scene s = scene_of_shape("16", "8:tanh,1", LINE_Z, shape_of(4, 4));
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    for (size_t i = 0; i < 8 * 16; i++)
        s.d.layers[0].weight.data[i] *= curve;
    aim(&s, "logit");
    return s;
}

static void what_is_curved_is_less_explained_than_what_is_straight(void **state)
{
    static const char *const parts[] = {"faithfulness", "completeness", "agreement", "robustness"};
    scene straight = curved_scene(0.05f), curved = curved_scene(5);
    (void)state;
    explainability a = found_of(&straight, 16), b = found_of(&curved, 16);
    for (size_t i = 0; i < 4; i++)
        if (!(part_of(&a, parts[i]) > part_of(&b, parts[i]) + 0.05))
            fail_msg("%s: %g and %g", parts[i], part_of(&a, parts[i]), part_of(&b, parts[i]));
    scene_release(&straight);
    scene_release(&curved);
}

static void rougher_pictures_are_less_alike(void **state)
{
    scene smooth = trained_scene("logit"), rough = trained_scene(NULL);
    (void)state;
    for (size_t i = 0; i < 24 * Z; i++)
        rough.g.layers[0].weight.data[i] *= 10;
    aim(&rough, "logit");
    explainability a = found(&smooth), b = found(&rough);
    assert_true(part_of(&a, "likeness") > part_of(&b, "likeness") + 0.05);
    scene_release(&smooth);
    scene_release(&rough);
}

/* ---- Whatever there is ---- */

static void z_of_one_component_and_pictures_of_one_pixel_have_a_score(void **state)
{
    scene s = scene_of_shape("4:tanh,1", "3:tanh,1", 1, shape_of(1, 1));
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explainability v = found(&s);
    assert_shares(&v);
    assert_true(v.total.value > 0);
    assert_near(part_of(&v, "rank"), 1, 1e-9);
    assert_near(part_of(&v, "strongest"), 1, 1e-9);
    scene_release(&s);
}

static void other_targets_and_models_without_d_have_a_score(void **state)
{
    static const char *const words[] = {"ink", "pixel:3,4", "unit:1,2"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene s = scene_of(scene_g, NULL, Z);
        fill_trained(&s.g, 1);
        aim(&s, words[i]);
        explainability v = found(&s);
        assert_shares(&v);
        assert_true(v.total.value > 0);
        scene_release(&s);
    }
}

static void saturated_pictures_have_a_score(void **state)
{
    scene s = trained_scene(NULL);
    (void)state;
    for (size_t i = 0; i < 784 * 17; i++)
        s.g.layers[2].weight.data[i] *= 1000;
    aim(&s, "logit");
    explainability v = found(&s);
    assert_shares(&v);
    scene_release(&s);
}

static void numbers_that_are_none_end_it(void **state)
{
    scene s = trained_scene(NULL);
    explainability v;
    error e = {0};
    (void)state;
    s.g.layers[0].weight.data[0] = NAN;
    aim(&s, "logit");
    explainability_subject subject = subject_of(&s, N);
    assert_int_equal(explainability_find(&v, &subject, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    scene_release(&s);
}

static int stops(void) { return 1; }

static void a_signal_ends_it(void **state)
{
    const explain_listener listener = {.should_stop = stops};
    scene s = trained_scene("logit");
    explainability v;
    error e = {0};
    (void)state;
    explainability_subject subject = subject_of(&s, N);
    subject.listener = &listener;
    assert_int_equal(explainability_find(&v, &subject, &e), -1);
    assert_int_equal(e.status, STATUS_STOPPED);
    scene_release(&s);
}

/* ---- Bytes ---- */

static void it_is_the_same_on_any_threads(void **state)
{
    scene s = trained_scene("logit");
    (void)state;
    explainability two = found(&s);
    use_threads(1);
    explainability one = found(&s);
    use_threads(2);
    assert_memory_equal(&two, &one, offsetof(explainability, by_seed) + N * sizeof(double));
    scene_release(&s);
}

static void a_z_has_the_same_whichever_are_beside_it(void **state)
{
    scene s = trained_scene("logit");
    (void)state;
    explainability few = found_of(&s, 2), more = found_of(&s, 6);
    assert_memory_equal(few.by_seed, more.by_seed, 2 * sizeof(double));
    assert_true(more.by_seed[0] != more.by_seed[1]);
    scene_release(&s);
}

static void classes_share_the_z(void **state)
{
    (void)state;
    assert_int_equal(explainability_count(0), EXPLAINABILITY_SEEDS);
    assert_int_equal(explainability_count(2), EXPLAINABILITY_SEEDS / 2);
    assert_int_equal(explainability_count(10), 4);
}

/* ---- The models beside it ---- */

static bool is_zero(const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] != 0)
            return false;
    return true;
}

static void an_untrained_one_has_initial_values(void **state)
{
    scene s = trained_scene("logit");
    compared_model m = {0};
    error e = {0};
    (void)state;
    assert_int_equal(compared_model_init(&m, &s.x, COMPARED_UNTRAINED, &e), 0);
    for (size_t i = NET_G; i <= NET_CRITIC; i++)
        for (size_t k = 0; k < m.x.net[i]->n_layers; k++) {
            const layer *l = &m.x.net[i]->layers[k];
            size_t n = l->n_in * l->n_out;
            double limit = sqrt(6.0 / (double)(l->n_in + l->n_out));
            assert_true(is_zero(l->bias, l->n_out));
            assert_false(is_zero(l->weight.data, n));
            for (size_t j = 0; j < n; j++)
                assert_true(fabs((double)l->weight.data[j]) <= limit * (1 + 1e-6));
            assert_int_equal(l->n_out, s.x.net[i]->layers[k].n_out);
        }
    compared_model_release(&m);
    scene_release(&s);
}

static void a_random_one_is_as_large_and_another(void **state)
{
    scene s = trained_scene("logit");
    compared_model m = {0}, own = {0};
    error e = {0};
    (void)state;
    assert_int_equal(compared_model_init(&m, &s.x, COMPARED_RANDOM, &e), 0);
    assert_int_equal(compared_model_init(&own, &s.x, COMPARED_OWN, &e), 0);
    assert_ptr_equal(own.x.net[NET_G], s.x.net[NET_G]);
    for (size_t i = NET_G; i <= NET_CRITIC; i++)
        for (size_t k = 0; k < m.x.net[i]->n_layers; k++) {
            const layer *l = &m.x.net[i]->layers[k], *from = &s.x.net[i]->layers[k];
            size_t n = l->n_in * l->n_out;
            double size = norm(l->weight.data, n) / norm(from->weight.data, n);
            assert_true(size > 0.5 && size < 2);
            assert_true(memcmp(l->weight.data, from->weight.data, n * sizeof(float)) != 0);
        }
    compared_model_release(&m);
    compared_model_release(&own);
    scene_release(&s);
}

/* ---- The report ---- */

static explanation reported(scene *s, const float *z)
{
    explain_plan plan = {0};
    explanation a = {0};
    error e = {0};
    const explain_request q = {.n_top = 3, .black = -1, .white = 1, .probe = 3};
    explain_plan_add(&plan, trust_report_find("explainability"));
    if (explain_plan_prepare(&plan, &s->x, &q, &e) || explain(&a, &s->x, &s->w, z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    return a;
}

static const char *row_label(const named_array *v, size_t row)
{
    return v->labels[v->shape[1] + row];
}

static void the_report_shows_every_part_beside_the_whole(void **state)
{
    scene s = half_dead_scene(2);
    float *z = draw(LINE_Z, 4);
    (void)state;
    explanation a = reported(&s, z);
    explainability v = found_of(&s, EXPLAINABILITY_SEEDS);
    const named_array *t = whole_array_of(&a, "explainability.parts");
    const float *low = array_of(&a, "explainability.parts.low");
    size_t n_parts = 0;
    assert_int_equal(t->shape[1], N_COMPARED);
    assert_true(t->data[0] == (float)v.total.value && low[0] == (float)v.total.low);
    for (size_t r = 0; r < t->shape[0]; r++)
        for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
            if (strncmp(row_label(t, r) + 2, explainability_parts[i].name,
                        strlen(explainability_parts[i].name)) == 0) {
                assert_true(t->data[r * N_COMPARED] == (float)v.part[i].value);
                assert_true(isnan(low[r * N_COMPARED]) == explainability_parts[i].is_of_model);
                n_parts++;
            }
    assert_int_equal(n_parts, N_EXPLAINABILITY_PARTS);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static bool remarks_have(const explanation *a, const char *words)
{
    for (size_t i = 0; i < a->n_remarks; i++)
        if (strstr(a->remarks[i].words, words))
            return true;
    return false;
}

static void it_says_what_a_simple_untrained_one_means(void **state)
{
    explained_models m = {0};
    explanation more = {0}, less = {0}, none = {0};
    (void)state;
    m.of[COMPARED_OWN].total = (estimate){0.5, 0.45, 0.55};
    m.of[COMPARED_UNTRAINED].total = (estimate){0.7, 0.65, 0.75};
    explained_models_tell(&less, &m);
    assert_true(remarks_have(&less, "training made it less explainable"));
    assert_true(remarks_have(&less, "never how good"));
    m.of[COMPARED_UNTRAINED].total = (estimate){0.3, 0.25, 0.35};
    explained_models_tell(&more, &m);
    assert_true(remarks_have(&more, "more explainable than its shape alone"));
    m.of[COMPARED_OWN].total.value = 0;
    explained_models_tell(&none, &m);
    assert_int_equal(none.n_remarks, 1);
    assert_true(remarks_have(&none, "nothing to explain"));
    explanation_release(&more);
    explanation_release(&less);
    explanation_release(&none);
}

/* ---- The metric ---- */

/* Of nets that stand for those of a class each. */
static metric_result measured(const metric_generator *g, picture_shape shape, const uint8_t *labels,
                              size_t n)
{
    metric_result out = {0};
    error e = {0};
    const judged_set set = {.n = n, .shape = shape, .labels = labels, .n_classes = 10};
    const metric_context context = {.generator = g};
    comparison c = {.set = &set, .context = &context};
    if (metric_find("explainability")->measure(&out, &c, &e))
        fail_msg("%s", e.message);
    return out;
}

static double named_part(const metric_result *r, const char *name)
{
    for (size_t i = 0; i < r->n_parts; i++)
        if (strcmp(r->parts[i].name, name) == 0)
            return r->parts[i].value;
    fail_msg("no part %s", name);
    return 0;
}

static void the_metric_is_the_number_of_the_report(void **state)
{
    scene s = half_dead_scene(2);
    (void)state;
    explainability v = found_of(&s, EXPLAINABILITY_SEEDS);
    metric_result r = measured(&(metric_generator){.networks = &s.x.net[NET_G],
                                                   .critics = &s.x.net[NET_CRITIC],
                                                   .n_networks = 1,
                                                   .low = -1,
                                                   .high = 1},
                               s.shape, NULL, 5);
    assert_memory_equal(&r.value, &v.total, sizeof r.value);
    assert_int_equal(r.n, EXPLAINABILITY_SEEDS);
    assert_near(named_part(&r, "varies"), v.varies.value, 1e-15);
    for (size_t i = 0; i < N_EXPLAINABILITY_LEVELS; i++)
        assert_near(named_part(&r, explainability_levels[i].name), v.level[i].value, 1e-15);
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
        assert_near(named_part(&r, explainability_parts[i].name), v.part[i].value, 1e-15);
    metric_result_release(&r);
    scene_release(&s);
}

static void a_conditional_one_has_a_number_for_each_class(void **state)
{
    static const uint8_t which[] = {1, 0, 1}, labels[] = {7, 2, 7};
    scene two = half_dead_scene(0), seven = half_dead_scene(4);
    (void)state;
    const network *g[] = {two.x.net[NET_G], seven.x.net[NET_G]};
    const network *d[] = {two.x.net[NET_CRITIC], seven.x.net[NET_CRITIC]};
    size_t n = explainability_count(2);
    metric_result r = measured(
        &(metric_generator){
            .networks = g, .critics = d, .n_networks = 2, .which = which, .low = -1, .high = 1},
        two.shape, labels, 3);
    explainability of_two = found_of(&two, n), of_seven = found_of(&seven, n);
    assert_memory_equal(&r.by_class[2], &of_two.total, sizeof(estimate));
    assert_memory_equal(&r.by_class[7], &of_seven.total, sizeof(estimate));
    assert_true(isnan(r.by_class[0].value));
    assert_near(r.value.value, (of_two.total.value + of_seven.total.value) / 2, 1e-12);
    metric_result_release(&r);
    scene_release(&two);
    scene_release(&seven);
}

static void without_d_it_is_of_the_ink(void **state)
{
    scene s = scene_of_shape("8:relu,16", NULL, LINE_Z, shape_of(4, 4));
    (void)state;
    fill_trained(&s.g, 1);
    aim(&s, "ink");
    explainability v = found_of(&s, EXPLAINABILITY_SEEDS);
    metric_result r = measured(
        &(metric_generator){.networks = &s.x.net[NET_G], .n_networks = 1, .low = -1, .high = 1},
        s.shape, NULL, 5);
    assert_memory_equal(&r.value, &v.total, sizeof r.value);
    metric_result_release(&r);
    scene_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_is_foretold_adds_up_and_holds),
        cmocka_unit_test(its_scores_are_those_of_the_definition),
        cmocka_unit_test(the_whole_is_the_mean_of_levels_that_are_means_of_parts),
        cmocka_unit_test(a_constant_generator_has_none),
        cmocka_unit_test(a_target_that_does_not_depend_on_z_has_none),
        cmocka_unit_test(the_less_pictures_vary_the_less_there_is_without_a_jump),
        cmocka_unit_test(a_score_rises_with_what_its_words_say),
        cmocka_unit_test(a_fact_without_meaning_scores_nothing),
        cmocka_unit_test(a_dead_unit_counts_for_the_size_and_against_the_reading),
        cmocka_unit_test(a_unit_that_is_always_the_same_is_dead_whatever_it_hands_on),
        cmocka_unit_test(a_picture_of_one_direction_has_rank_one),
        cmocka_unit_test(fewer_components_that_carry_it_are_the_stronger_ten),
        cmocka_unit_test(what_is_curved_is_less_explained_than_what_is_straight),
        cmocka_unit_test(rougher_pictures_are_less_alike),
        cmocka_unit_test(z_of_one_component_and_pictures_of_one_pixel_have_a_score),
        cmocka_unit_test(other_targets_and_models_without_d_have_a_score),
        cmocka_unit_test(saturated_pictures_have_a_score),
        cmocka_unit_test(numbers_that_are_none_end_it),
        cmocka_unit_test(a_signal_ends_it),
        cmocka_unit_test(it_is_the_same_on_any_threads),
        cmocka_unit_test(a_z_has_the_same_whichever_are_beside_it),
        cmocka_unit_test(classes_share_the_z),
        cmocka_unit_test(an_untrained_one_has_initial_values),
        cmocka_unit_test(a_random_one_is_as_large_and_another),
        cmocka_unit_test(the_report_shows_every_part_beside_the_whole),
        cmocka_unit_test(it_says_what_a_simple_untrained_one_means),
        cmocka_unit_test(the_metric_is_the_number_of_the_report),
        cmocka_unit_test(a_conditional_one_has_a_number_for_each_class),
        cmocka_unit_test(without_d_it_is_of_the_ink),
    };
    use_threads(2);
    return cmocka_run_group_tests_name("explainability", tests, NULL, NULL);
}
