/* SPDX-License-Identifier: MIT */
/* A surrogate over the prior of a small scene, whose fit a test may change. After scene.h. */
#ifndef GANLENS_SURROGATE_SCENE_H
#define GANLENS_SURROGATE_SCENE_H

#include "../src/explain/surrogate_detail.h"
#include "scene.h"
#include "use_threads.h"

/* One method, prepared. */
typedef struct {
    scene *s;
    explain_request q;
    explain_plan plan;
} surrogate_run;

static inline surrogate_run surrogate_run_of(scene *s, const char *method, const explain_request *q)
{
    surrogate_run r = {.s = s, .q = *q};
    error e = {0};
    explain_plan_choose(&r.plan, method);
    if (explain_plan_prepare(&r.plan, &s->x, q, &e))
        fail_msg("%s", e.message);
    return r;
}

static inline void surrogate_run_release(surrogate_run *r) { explain_plan_release(&r->plan); }

static inline kept_arrays *kept_by(surrogate_run *r) { return r->plan.states[0]; }

static inline explanation surrogate_explained(surrogate_run *r, const float *z)
{
    explanation a;
    error e = {0};
    if (explain(&a, &r->s->x, &r->s->w, z, &r->q, &r->plan, &e))
        fail_msg("%s", e.message);
    return a;
}

static inline bool check_is_met(const explanation *a, const char *name)
{
    for (size_t i = 0; i < a->n_checks; i++)
        if (strcmp(a->checks[i].name, name) == 0)
            return explain_check_is_met(&a->checks[i]);
    fail_msg("no check %s", name);
    return false;
}

static const explain_request few_samples = {
    .n_top = 3, .black = -1, .white = 1, .n_samples = 64, .probe = 3};

/* Whether that check is met after `plant` changed what was fitted, where it was before. */
static inline bool is_met_with(const char *method, void (*plant)(kept_arrays *k), const char *check)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    surrogate_run r = surrogate_run_of(&s, method, &few_samples);
    explanation right = surrogate_explained(&r, z);
    assert_true(check_is_met(&right, check));
    plant(kept_by(&r));
    explanation wrong = surrogate_explained(&r, z);
    bool is_met = check_is_met(&wrong, check);
    explanation_release(&right);
    explanation_release(&wrong);
    surrogate_run_release(&r);
    free(z);
    scene_release(&s);
    return is_met;
}

static inline void assert_judged(scene *s, const char *method, const char *target)
{
    float *z = draw(Z, 4);
    error e = {0};
    explanation a = explained_by(s, method, z, 3);
    if (explanation_judge(&a, &e))
        fail_msg("%s of %s: %s", method, target, e.message);
    explanation_release(&a);
    free(z);
}

/* What a target that compares with the nearest of two pictures does. */
static inline size_t find_nearer(float *reference, const float *x, const void *context)
{
    const float *pictures = context;
    double away[2] = {0};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < N_PIXELS; i++)
            away[k] += pow((double)x[i] - (double)pictures[k * N_PIXELS + i], 2);
    size_t nearest = away[1] < away[0];
    memcpy(reference, pictures + nearest * N_PIXELS, N_PIXELS * sizeof *reference);
    return nearest;
}

static inline void every_target_passes(const char *method)
{
    static const char *const words[] = {
        "logit",    "gen",         "ink",        "pixel:14,14",
        "unit:1,5", "rec:nearest", "loss:a.png", "region:4,4,10,12"};
    float *pictures = draw(2 * N_PIXELS, 8);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        explain_target t = comparing(words[i], pictures);
        t.find_reference = find_nearer;
        aim_at(&s, t);
        assert_judged(&s, method, words[i]);
        scene_release(&s);
    }
    free(pictures);
}

/* For two z, one of them alone, and on one thread: one array has the same bytes. */
static inline void a_fit_is_shared_and_the_same_on_any_threads(const char *method, const char *name)
{
    scene s = trained_scene("logit");
    float *z = draw(2 * Z, 4);
    surrogate_run both = surrogate_run_of(&s, method, &few_samples);
    explanation a = surrogate_explained(&both, z), b = surrogate_explained(&both, z + Z);
    use_threads(1);
    surrogate_run alone = surrogate_run_of(&s, method, &few_samples);
    explanation c = surrogate_explained(&alone, z + Z);
    use_threads(2);
    const named_array *v = whole_array_of(&b, name);
    assert_memory_equal(array_of(&a, name), v->data, v->n * sizeof(float));
    for (size_t i = 0; i < b.n_arrays; i++)
        assert_memory_equal(b.arrays[i].data, c.arrays[i].data, b.arrays[i].n * sizeof(float));
    explanation_release(&a);
    explanation_release(&b);
    explanation_release(&c);
    surrogate_run_release(&both);
    surrogate_run_release(&alone);
    free(z);
    scene_release(&s);
}

/* ---- What comes from a file ---- */

static inline bool is_accepted(surrogate_run *r)
{
    return r->plan.methods[0]->accepts(kept_by(r), &r->s->x, &r->q, r->plan.settings[0]);
}

static inline void only_whole_is_it_accepted(surrogate_run *r, kept_array *a)
{
    size_t n = a->n;
    a->data = reallocate(a->data, n + 1, sizeof *a->data);
    float last = a->data[n - 1], wrong[] = {NAN, INFINITY, -INFINITY};
    a->data[n] = 0;
    for (a->n = n - 1; a->n <= n + 1; a->n++)
        if (is_accepted(r) != (a->n == n))
            fail_msg("%s of %zu, not %zu", a->name, a->n, n);
    a->n = n;
    for (size_t i = 0; i < 3; i++) {
        a->data[n - 1] = wrong[i];
        if (is_accepted(r))
            fail_msg("%s with %g", a->name, (double)wrong[i]);
    }
    a->data[n - 1] = last;
    a->name[0] = '?';
    if (is_accepted(r))
        fail_msg("%s is not there", a->name + 1);
}

/* Without an array, with one too short or too long, with a number that is none, and for other
 * samples or z. */
static inline void what_is_not_whole_is_refused(const char *method)
{
    scene s = trained_scene("logit"), other = scene_of("784", "1", Z + 1);
    surrogate_run r = surrogate_run_of(&s, method, &few_samples);
    kept_arrays *k = kept_by(&r);
    aim(&other, "logit");
    r.q.n_samples = 200;
    assert_false(is_accepted(&r));
    r.q.n_samples = few_samples.n_samples;
    r.s = &other;
    assert_false(is_accepted(&r));
    r.s = &s;
    for (size_t i = 0; i < k->n; i++) {
        char first = k->arrays[i].name[0];
        only_whole_is_it_accepted(&r, &k->arrays[i]);
        k->arrays[i].name[0] = first;
    }
    assert_true(is_accepted(&r));
    surrogate_run_release(&r);
    scene_release(&s);
    scene_release(&other);
}

/* A kept_fits: what another run fitted. */
static inline bool copy_fit(kept_arrays *k, const explain_method *m, void *context)
{
    const kept_arrays *from = context;
    (void)m;
    for (size_t i = 0; i < from->n; i++) {
        const kept_array *a = &from->arrays[i];
        memcpy(kept_arrays_add(k, a->name, a->n), a->data, a->n * sizeof *a->data);
    }
    return true;
}

/* Prepares r's method anew where r's fit is kept. */
static inline surrogate_run recalled_run(surrogate_run *r, const kept_fits *fits)
{
    surrogate_run again = {.s = r->s, .q = r->q, .plan = {.kept = fits}};
    error e = {0};
    explain_plan_choose(&again.plan, r->plan.methods[0]->name);
    if (explain_plan_prepare(&again.plan, &r->s->x, &r->q, &e))
        fail_msg("%s", e.message);
    return again;
}

static inline void assert_same_explanation(surrogate_run *r, surrogate_run *other)
{
    float *z = draw(Z, 4);
    explanation a = surrogate_explained(r, z), b = surrogate_explained(other, z);
    assert_int_equal(a.n_arrays, b.n_arrays);
    for (size_t i = 0; i < a.n_arrays; i++)
        assert_memory_equal(a.arrays[i].data, b.arrays[i].data, a.arrays[i].n * sizeof(float));
    explanation_release(&a);
    explanation_release(&b);
    free(z);
}

/* What is whole is taken as it is, and what is not is fitted as if nothing had been there. */
static inline void what_was_kept_is_not_fitted_again(const char *method)
{
    scene s = trained_scene("logit");
    surrogate_run r = surrogate_run_of(&s, method, &few_samples);
    const kept_fits fits = {copy_fit, kept_by(&r)};
    assert_ptr_equal(explain_plan_fitted(&r.plan, 0), kept_by(&r));
    surrogate_run again = recalled_run(&r, &fits);
    assert_null(explain_plan_fitted(&again.plan, 0));
    assert_same_explanation(&r, &again);
    kept_by(&r)->arrays[0].name[0] ^= 1;
    surrogate_run anew = recalled_run(&r, &fits);
    assert_non_null(explain_plan_fitted(&anew.plan, 0));
    assert_same_explanation(&again, &anew);
    surrogate_run_release(&r);
    surrogate_run_release(&again);
    surrogate_run_release(&anew);
    scene_release(&s);
}

#endif
