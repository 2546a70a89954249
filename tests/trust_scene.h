/* SPDX-License-Identifier: MIT */
/* What a measure is handed: a target at one z, the removals, and attributions put there by a test.
 * Include after scene.h. */
#ifndef GANLENS_TRUST_SCENE_H
#define GANLENS_TRUST_SCENE_H

#include "../src/trust/measure_detail.h"

/* ---- A model solved by hand ---- */

static const float hand_z[] = {1, -2, 0.5f};

/* Pixel 0 is 2 z0 - z2 + 0.5, pixel 29 is 3 z1, D = 1 - pixel 0 + pixel 29 / 2: its gradient by
 * z is (-2, 1.5, 1), and z adds -2, -3 and 0.5 to the 0.5 at z = 0. */
static inline scene linear_scene(const char *target)
{
    scene s = scene_of("784", "1", 3);
    float *w = s.g.layers[0].weight.data, *v = s.d.layers[0].weight.data;
    w[0] = 2;
    w[2] = -1;
    s.g.layers[0].bias[0] = 0.5f;
    w[29 * 3 + 1] = 3;
    v[0] = -1;
    v[29] = 0.5f;
    s.d.layers[0].bias[0] = 1;
    aim(&s, target);
    return s;
}

/* ---- What a measure is handed ---- */

typedef struct {
    scene s;
    float *z, *x, value;
    explain_request q;
    explained_rows rows;
    explanation a;
    explain_task t;
    target_function f;
    baseline_rows b;
    removal_sample removals, near_removals;
    attribution_list all;
    trust_subject subject;
} trust_scene;

/* Takes over s, which is aimed at a target; z is copied. */
static inline void trust_scene_init(trust_scene *k, scene s, const float *z, explain_input input,
                                    size_t n_samples)
{
    *k = (trust_scene){.s = s};
    k->z = allocate(s.x.z_dim, sizeof *k->z);
    memcpy(k->z, z, s.x.z_dim * sizeof *z);
    k->x = allocate(s.shape.n, sizeof *k->x);
    k->q = (explain_request){.black = -1, .white = 1, .n_samples = n_samples, .probe = 5};
    k->rows = (explained_rows){.n = 1, .z = k->z, .x = k->x, .value = &k->value};
    explain_rows(&k->s.x, &k->s.w, &k->rows);
    k->a = (explanation){.z_dim = s.x.z_dim, .shape = s.shape};
    k->t = (explain_task){.x = &k->s.x, .w = &k->s.w, .q = &k->q, .rows = &k->rows};
    assert_true(target_function_init(&k->f, &k->t, &k->a, input));
    baseline_rows_init(&k->b, &k->f);
    removal_sample_init(&k->removals, &k->f, &k->b);
    removal_sample_init_near(&k->near_removals, &k->f, &k->b);
    k->all.input = input;
    k->subject = (trust_subject){.f = &k->f,
                                 .baseline = &k->b,
                                 .removals = &k->removals,
                                 .near_removals = &k->near_removals,
                                 .all = &k->all,
                                 .seed = k->q.probe};
}

static inline void trust_scene_release(trust_scene *k)
{
    attributions_release(&k->all);
    removal_sample_release(&k->removals);
    removal_sample_release(&k->near_removals);
    baseline_rows_release(&k->b);
    free(k->z);
    free(k->x);
    scene_release(&k->s);
}

/* Adds factor times map (f.n) as the attribution of some method. */
static inline void put_attribution(trust_scene *k, const char *name, array_prediction predicts,
                                   const float *map, float factor)
{
    attribution_list *l = &k->all;
    l->all = reallocate(l->all, l->n + 1, sizeof *l->all);
    attribution *v = &l->all[l->n++];
    *v = (attribution){.name = name,
                       .method = explain_methods[0],
                       .predicts = predicts,
                       .sign = SIGN_SIGNED,
                       .n = k->f.n,
                       .values = allocate(k->f.n, sizeof *map)};
    for (size_t i = 0; i < k->f.n; i++)
        v->values[i] = factor * map[i];
}

/* The target's gradient by the input; the caller frees it. */
static inline float *gradient_at(const trust_scene *k)
{
    float value, *gradient = allocate(k->f.n, sizeof *gradient);
    target_values(&k->f, k->f.at, 1, &value, gradient);
    return gradient;
}

static inline const trust_measure *measure_named(const char *name)
{
    for (const trust_measure *const *m = trust_measures; *m; m++)
        if (strcmp((*m)->name, name) == 0)
            return *m;
    fail_msg("no measure %s", name);
    return NULL;
}

/* What the measure says of the i-th attribution. */
static inline estimate estimate_of(trust_scene *k, const char *measure, size_t i)
{
    estimate found;
    k->subject.of = &k->all.all[i];
    measure_named(measure)->measure(&found, &k->subject);
    return found;
}

static inline double measured(trust_scene *k, const char *measure, size_t i)
{
    return estimate_of(k, measure, i).value;
}

#endif
