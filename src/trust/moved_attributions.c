/* SPDX-License-Identifier: MIT */
/* What methods attribute near z, and what one of them costs alone. */
#include "trust_detail.h"
#include <stdlib.h>

/* In the L-infinity ball. */
static const float RADIUS = 0.02f;

/* ---- Of the methods and the controls ---- */

/* A picture's controls look at the picture of z. */
static void add_controls(attribution_list lists[N_INPUTS], const explain_task *t, const float *z)
{
    target_function f;
    const float *x = explain_draw(t->x, t->w, z, 1);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        if (lists[i].n && target_function_init(&f, t, &(explanation){0}, i)) {
            f.at = i == INPUT_Z ? z : x;
            attributions_add_controls(&lists[i], &f);
        }
}

int attributions_make(attribution_list lists[N_INPUTS], const reruns *r, const explain_task *t,
                      const float *z, error *e)
{
    if (reruns_make(lists, r, t->x, t->w, z, e))
        return -1;
    add_controls(lists, t, z);
    return 0;
}

/* ---- At small moves ---- */

static void move(float *z, const explain_task *t, uint32_t i)
{
    rng r = trust_rng(t->q->probe, TRUST_MOVES, i);
    rng_fill_uniform(&r, z, t->x->z_dim);
    for (size_t k = 0; k < t->x->z_dim; k++)
        z[k] = t->rows->z[k] + RADIUS * (2 * z[k] - 1);
}

int moved_attributions_find(moved_attributions *m, const reruns *r, const explain_task *t,
                            const explain_method *by, error *e)
{
    float *z = allocate(t->x->z_dim, sizeof *z);
    int status = attributions_make(m->unmoved, r, t, t->rows->z, e);
    for (size_t i = 0; !status && i < N_SMALL_MOVES; i++) {
        attribution_list lists[N_INPUTS] = {{0}};
        explain_tell(t->q, by, "how explanations change near z", i, N_SMALL_MOVES);
        move(z, t, (uint32_t)i);
        status = attributions_make(lists, r, t, z, e);
        for (explain_input input = INPUT_Z; input < N_INPUTS; input++)
            m->moved[input][i] = lists[input];
    }
    free(z);
    return status;
}

void moved_attributions_release(moved_attributions *m)
{
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
        attributions_release(&m->unmoved[input]);
        for (size_t i = 0; i < N_SMALL_MOVES; i++)
            attributions_release(&m->moved[input][i]);
    }
}

/* ---- Cost ---- */

static explain_cost cost_between(explain_cost before, explain_cost after)
{
    return (explain_cost){after.forward - before.forward, after.backward - before.backward};
}

static int run_alone(explain_cost *out, const explain_task *t, const explain_plan *alone,
                     explain_input input, error *e)
{
    explain_request q = *t->q;
    explanation a = {0};
    q.skips_checks = q.skips_evidence = true;
    q.listener = NULL;
    q.inputs = 1u << input;
    explain_cost before = explain_workspace_cost(t->w);
    if (explain(&a, t->x, t->w, t->rows->z, &q, alone, e))
        return -1;
    *out = cost_between(before, explain_workspace_cost(t->w));
    explanation_release(&a);
    return 0;
}

int method_cost(explain_cost *out, const explain_task *t, const explain_plan *plan,
                const explain_method *m, explain_input input, error *e)
{
    *out = (explain_cost){0};
    for (size_t i = 0; m && method_reruns(m) && plan && i < plan->n; i++)
        if (plan->methods[i] == m) {
            const explain_plan alone = {.methods = &plan->methods[i],
                                        .settings = &plan->settings[i],
                                        .states = &plan->states[i],
                                        .n = 1,
                                        .n_prepared = 1};
            return run_alone(out, t, &alone, input, e);
        }
    return 0;
}
