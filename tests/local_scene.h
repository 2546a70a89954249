/* SPDX-License-Identifier: MIT */
/* What a method is handed at a z, for tests of its parts and of the method alone. After <cmocka.h>.
 */
#ifndef GANLENS_LOCAL_SCENE_H
#define GANLENS_LOCAL_SCENE_H

#include "close.h"
#include "scene.h"
#include "../src/explain/feature_groups.h"
#include <stdlib.h>

/* Pixel 0 is 2 z0 - z2 + 0.5, pixel 29 is 3 z1, the others 0; the logit 1 - pixel 0 + pixel 29 / 2.
 */
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

/* The task of a method at z of a scene; what it reads may be changed before it is run. */
typedef struct {
    scene *s;
    explain_request q;
    explained_rows rows;
    explanation a;
    explain_task t;
    float *x, value;
} local_task;

static inline const explain_method *method_named(const char *name)
{
    for (size_t i = 0; explain_methods[i]; i++)
        if (strcmp(explain_methods[i]->name, name) == 0)
            return explain_methods[i];
    fail_msg("no method %s", name);
    return NULL;
}

/* task stays where it is: it points into itself. */
static inline void local_task_init(local_task *task, scene *s, const float *z, const char *method)
{
    const explain_method *m = method_named(method);
    float *x = allocate(s->shape.n, sizeof *x);
    *task = (local_task){.s = s, .x = x};
    task->q = (explain_request){.n_top = 3, .black = -1, .white = 1, .probe = 3};
    task->rows = (explained_rows){.n = 1, .z = z, .x = x, .value = &task->value};
    explain_rows(&s->x, &s->w, &task->rows);
    task->a = (explanation){.z_dim = s->x.z_dim, .shape = s->shape, .z = z, .x = x, .method = m};
    task->t = (explain_task){.x = &s->x,
                             .w = &s->w,
                             .q = &task->q,
                             .rows = &task->rows,
                             .settings = m->options->defaults};
}

static inline void local_task_run(local_task *task, const char *method)
{
    error e = {0};
    if (method_named(method)->run(&task->t, &task->a, &e))
        fail_msg("%s", e.message);
}

static inline void local_task_release(local_task *task)
{
    explanation_release(&task->a);
    free(task->x);
}

static inline const explain_check *local_check(const explanation *a, const char *name)
{
    for (size_t i = 0; i < a->n_checks; i++)
        if (strcmp(a->checks[i].name, name) == 0)
            return &a->checks[i];
    fail_msg("no check %s", name);
    return NULL;
}

#endif
