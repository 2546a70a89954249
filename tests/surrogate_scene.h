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

#endif
