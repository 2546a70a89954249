/* SPDX-License-Identifier: MIT */
/* Every measure of the table against explainers that are bad on purpose: what it claims to see must
 * come off worse by it than the true gradient. A new measure is tested without a line here.
 *
 * All that is planted says what inputs add (as gradient x input does), so that each measure has a
 * value for it; the mean is over several z. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "trust_scene.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

/* ---- What is planted ---- */

typedef enum {
    TRUE_GRADIENT,
    RANDOM, /* normal numbers, as large as the gradient's, */
    OTHER,  /* what the gradient of another z has of that one */
    TURNED, /* the sign of each value turned */
    CONSTANT,
    INPUT_ALONE, /* edges, or the size of z */
    N_PLANTED
} planted;

static const char *const planted_names[N_PLANTED] = {
    "the gradient", "random numbers", "another z", "a turned sign", "a constant", "the input"};

static bool is_seen(const trust_measure *m, planted p)
{
    return p == OTHER ? m->sees_other : p == TURNED ? m->sees_sign : m->sees_random;
}

/* What inputs add by the gradient, at k's z. */
static float *contributions_at(const trust_scene *k)
{
    float *v = gradient_at(k);
    for (size_t i = 0; i < k->f.n; i++)
        v[i] *= k->f.at[i] - k->b.rows[i];
    return v;
}

/* As another method, of which the target loses what one input alone takes with it. */
static void put_occlusion(trust_scene *k)
{
    size_t n = k->f.n;
    uint8_t *sets = allocate(n * n, 1);
    double *without = allocate(n, sizeof *without);
    float *loss = allocate(n, sizeof *loss);
    for (size_t i = 0; i < n; i++)
        sets[i * n + i] = 1;
    targets_without(without, &k->f, &k->b, sets, n);
    for (size_t i = 0; i < n; i++)
        loss[i] = (float)(k->removals.whole - without[i]);
    put_attribution(k, "occlusion", PREDICTS_CHANGE, loss, 1);
    free(sets);
    free(without);
    free(loss);
}

/* In the order of planted, behind it the other method. */
static void put_all(trust_scene *k, const float *own, const float *other)
{
    float *random = draw(k->f.n, k->q.probe + 100);
    attribution_list controls = {.input = k->f.input};
    double size = norm(own, k->f.n) / norm(random, k->f.n);
    put_attribution(k, "gradient", PREDICTS_CHANGE, own, 1);
    put_attribution(k, "drawn", PREDICTS_CHANGE, random, (float)size);
    put_attribution(k, "other", PREDICTS_CHANGE, other, 1);
    put_attribution(k, "turned", PREDICTS_CHANGE, own, -1);
    attributions_add_controls(&controls, &k->f);
    for (size_t i = 1; i < controls.n; i++) {
        put_attribution(k, controls.all[i].name, controls.all[i].predicts, controls.all[i].values,
                        1);
        k->all.all[k->all.n - 1].sign = controls.all[i].sign;
    }
    put_occlusion(k);
    attributions_release(&controls);
    free(random);
}

/* ---- Measures ---- */

enum { N_Z = 4, MOST_MEASURES = 32 };

/* Sums over z; a value that is not known makes its sum so. */
typedef struct {
    double value[MOST_MEASURES][N_PLANTED];
} planted_table;

/* Of one planted map among a single other method. */
static double measure_one(trust_scene *k, const trust_measure *m, planted p)
{
    attribution pair[] = {k->all.all[p], k->all.all[N_PLANTED]};
    attribution_list two = {.input = k->f.input, .all = pair, .n = 2};
    trust_subject s = k->subject;
    estimate found;
    s.all = &two;
    s.of = &pair[0];
    m->measure(&found, &s);
    return found.value;
}

static scene linear_model(void)
{
    scene s = scene_of("784", "1", Z);
    fill_trained(&s.g, 3);
    fill_trained(&s.d, 4);
    aim(&s, "logit");
    return s;
}

/* They bend, but little: the gradient of nets that bend much is itself no good explanation. */
static scene small_nets(void)
{
    scene s = scene_of("24:bn=1e-3:lrelu=0.7,17:lrelu=0.7,784:tanh", "19:lrelu=0.7,1", Z);
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    return s;
}

static void add_values(planted_table *t, scene (*model)(void), explain_input input, uint64_t seed)
{
    trust_scene k, there;
    float *z = draw(Z, seed), *far = draw(Z, seed + 50);
    trust_scene_init(&k, model(), z, input, 0);
    trust_scene_init(&there, model(), far, input, 128);
    k.q.probe = seed;
    float *own = contributions_at(&k), *other = contributions_at(&there);
    put_all(&k, own, other);
    for (size_t i = 0; trust_measures[i]; i++)
        for (planted p = TRUE_GRADIENT; p < N_PLANTED; p++)
            t->value[i][p] += measure_one(&k, trust_measures[i], p) / N_Z;
    free(own);
    free(other);
    free(z);
    free(far);
    trust_scene_release(&k);
    trust_scene_release(&there);
}

/* Less is worse where neither is better: what a bad map has less of is likeness to the rest. */
static void check_measure(const trust_measure *m, const double value[N_PLANTED])
{
    double sign = m->better == TRUST_LESS ? -1 : 1;
    for (planted p = RANDOM; p < N_PLANTED; p++) {
        bool may_be_unknown = p == CONSTANT || p == INPUT_ALONE;
        if (!is_seen(m, p) || (may_be_unknown && isnan(value[p])))
            continue;
        if (!(sign * value[TRUE_GRADIENT] > sign * value[p]))
            fail_msg("%s: %s has %g, the gradient %g", m->name, planted_names[p], value[p],
                     value[TRUE_GRADIENT]);
    }
}

static void check_model(scene (*model)(void), explain_input input)
{
    planted_table t = {{{0}}};
    for (uint64_t seed = 1; seed <= N_Z; seed++)
        add_values(&t, model, input, seed);
    for (size_t i = 0; trust_measures[i]; i++)
        check_measure(trust_measures[i], t.value[i]);
}

static void bad_explanations_by_z_of_a_linear_model_come_off_worse(void **state)
{
    (void)state;
    check_model(linear_model, INPUT_Z);
}

static void bad_explanations_by_pixels_of_a_linear_model_come_off_worse(void **state)
{
    (void)state;
    check_model(linear_model, INPUT_X);
}

static void bad_explanations_by_z_of_small_nets_come_off_worse(void **state)
{
    (void)state;
    check_model(small_nets, INPUT_Z);
}

static void bad_explanations_by_pixels_of_small_nets_come_off_worse(void **state)
{
    (void)state;
    check_model(small_nets, INPUT_X);
}

/* ---- The table ---- */

static void each_measure_says_what_it_is(void **state)
{
    size_t n_seeing = 0;
    (void)state;
    for (size_t i = 0; trust_measures[i]; i++) {
        const trust_measure *m = trust_measures[i];
        assert_true(i < MOST_MEASURES);
        assert_true(m->title[0] && m->definition[0] && m->source[0] && m->ideal[0] && m->measure);
        assert_ptr_equal(measure_named(m->name), m);
        n_seeing += m->sees_random && m->sees_other && m->sees_sign;
    }
    assert_true(n_seeing >= 4);
}

/* Maps of zeros and targets that never change: a value or a gap, but no infinity. */
static void no_measure_of_nothing_is_infinite(void **state)
{
    (void)state;
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
        trust_scene k;
        trust_scene_init(&k, linear_scene("pixel:5,5"), hand_z, input, 0);
        float *zero = allocate(k.f.n, sizeof *zero);
        put_attribution(&k, "zero", PREDICTS_CHANGE, zero, 1);
        put_attribution(&k, "also zero", PREDICTS_RATE, zero, 1);
        for (size_t i = 0; trust_measures[i]; i++) {
            estimate e = estimate_of(&k, trust_measures[i]->name, 0);
            assert_false(isinf(e.value) || isinf(e.low) || isinf(e.high));
        }
        free(zero);
        trust_scene_release(&k);
    }
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_explanations_by_z_of_a_linear_model_come_off_worse),
        cmocka_unit_test(bad_explanations_by_pixels_of_a_linear_model_come_off_worse),
        cmocka_unit_test(bad_explanations_by_z_of_small_nets_come_off_worse),
        cmocka_unit_test(bad_explanations_by_pixels_of_small_nets_come_off_worse),
        cmocka_unit_test(each_measure_says_what_it_is),
        cmocka_unit_test(no_measure_of_nothing_is_infinite),
    };
    return cmocka_run_group_tests_name("trust measures", tests, NULL, NULL);
}
