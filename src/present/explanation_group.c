/* SPDX-License-Identifier: MIT */
#include "present.h"

#include <inttypes.h>
#include <stdlib.h>

void explanation_group_init(explanation_group *g)
{
    g->z = allocate(EXPLANATION_GROUP * g->x->z_dim, sizeof *g->z);
}

static bool is_saved(const error *e)
{
    return e->status == STATUS_DONE || e->status == STATUS_CHECK_FAILED;
}

static void use_explanation(explanation_group *g, size_t i, const explanation *a)
{
    error *e = &g->errors[i], not_saved = {0};
    if (!e->status)
        explanation_judge(a, e);
    if (e->status && e->status != STATUS_STOPPED)
        fail_in(e, "%s %" PRIu64, g->seed_key, g->seed[i]);
    if (!g->save && !e->status)
        array_scales_measure(&g->scales[i], a, g->clip);
    if (g->save && is_saved(e) && g->save(g->context, a, i, &not_saved))
        *e = not_saved;
}

/* A body of parallel_for. */
static void explain_one(size_t i, size_t thread, void *context)
{
    explanation_group *g = context;
    explanation a = {0};
    if (g->should_stop()) {
        g->errors[i].status = STATUS_STOPPED;
        return;
    }
    explain_request q = g->request;
    q.skips_checks = !g->save;
    q.probe = g->seed[i];
    explain(&a, g->x, &g->workspaces[thread], g->z + i * g->x->z_dim, &q, g->plan, &g->errors[i]);
    use_explanation(g, i, &a);
    explanation_release(&a);
}

int explanation_group_run(explanation_group *g, size_t n, array_scales *scales, size_t *n_saved,
                          error *e)
{
    error worst = {0};
    *n_saved = 0;
    for (size_t i = 0; i < n; i++)
        g->errors[i] = (error){0};
    parallel_for(n, explain_one, g);
    for (size_t i = 0; i < n; i++) {
        if (scales)
            array_scales_widen(scales, &g->scales[i]);
        array_scales_release(&g->scales[i]);
        error_keep_gravest(&worst, &g->errors[i]);
        *n_saved += is_saved(&g->errors[i]);
    }
    if (!worst.status)
        return 0;
    *e = worst;
    return -1;
}

void explanation_group_release(explanation_group *g)
{
    for (size_t i = 0; i < EXPLANATION_GROUP; i++)
        array_scales_release(&g->scales[i]);
    free(g->z);
    *g = (explanation_group){0};
}
