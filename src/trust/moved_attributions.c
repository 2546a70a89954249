/* SPDX-License-Identifier: MIT */
/* What methods attribute near z, and what one of them costs alone. */
#include "trust_detail.h"
#include <stdlib.h>
#include <string.h>

/* In the L-infinity ball. */
static const float RADIUS = 0.02f;

static void move(float *z, const explain_task *t, uint32_t i)
{
    rng r = trust_rng(t->q->probe, TRUST_MOVES, i);
    rng_fill_uniform(&r, z, t->x->z_dim);
    for (size_t k = 0; k < t->x->z_dim; k++)
        z[k] = t->rows->z[k] + RADIUS * (2 * z[k] - 1);
}

/* The lists become m's. */
static void take(moved_attributions *m, explained_z *all)
{
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++)
        for (size_t i = 0; i <= N_SMALL_MOVES; i++) {
            *(i ? &m->moved[input][i - 1] : &m->unmoved[input]) = all[i].of[input];
            all[i].of[input] = (attribution_list){0};
        }
}

int moved_attributions_find(moved_attributions *m, const reruns *r, const explain_task *t,
                            const explain_method *by, error *e)
{
    size_t z_dim = t->x->z_dim;
    explained_z *all = allocate(1 + N_SMALL_MOVES, sizeof *all);
    float *z = allocate((1 + N_SMALL_MOVES) * z_dim, sizeof *z);
    memcpy(z, t->rows->z, z_dim * sizeof *z);
    for (uint32_t i = 0; i < N_SMALL_MOVES; i++)
        move(z + (1 + i) * z_dim, t, i);
    int status = explained_z_make_all(all, r, t, &(z_list){z, 1 + N_SMALL_MOVES, by}, e);
    take(m, all);
    explained_z_release(all, 1 + N_SMALL_MOVES);
    free(all);
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
    const explain_listener listener = listener_within(q.listener);
    explanation a = {0};
    q.skips_checks = q.skips_evidence = true;
    q.listener = &listener;
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
