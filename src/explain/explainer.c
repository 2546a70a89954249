/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <assert.h>
#include <stdlib.h>

/* ---- Networks and a target ---- */

bool explain_target_reads(const explain_target *t, explain_net i)
{
    for (size_t k = 0; k < t->row->n_terms; k++)
        if (t->row->terms[k].reads == i)
            return true;
    return false;
}

size_t explain_n_parts(const explainer *x)
{
    return x->target.row->n_terms > 1 ? x->target.row->n_terms : 0;
}

bool explain_is_of_picture(const explainer *x)
{
    return !explain_target_reads(&x->target, NET_CUT);
}

bool explain_sees_picture(const explainer *x) { return x->target.row->sees_picture; }

const char *explain_gradient_x_name(const explainer *x)
{
    return explain_sees_picture(x) ? "gradient_x" : x->net[NET_CRITIC] ? "d_gradient_x" : NULL;
}

static int refuse_missing(const explainer *x, explain_net i, error *e)
{
    static const char *const words[N_NETS] = {
        [NET_CRITIC] = "a discriminator", [NET_CLASSIFIER] = "a classifier"};
    return fail(e, STATUS_BAD_INPUT, "target '%s' needs %s, and there is none", x->target.row->name,
                words[i]);
}

/* A pass back to what a network reads is made through all but a G of whose inside the target is. */
static void pack_networks(explainer *x)
{
    for (size_t i = 0; i < N_NETS; i++) {
        bool goes_back = i != NET_G || explain_is_of_picture(x);
        if (x->net[i])
            packed_network_init(&x->packed[i], x->net[i],
                                PASS_FORWARD | (goes_back ? PASS_BACKWARD : 0));
    }
}

int explainer_init(explainer *x, const network *g, const network *critic, picture_shape shape,
                   const explain_target *t, error *e)
{
    assert(g->n_out == shape.n && (!critic || critic->n_in == shape.n));
    *x = (explainer){.net = {[NET_G] = g, [NET_CRITIC] = critic, [NET_CLASSIFIER] = t->classifier},
                     .target = *t,
                     .shape = shape,
                     .z_dim = g->n_in};
    for (size_t i = 0; i < N_NETS; i++)
        if (!x->net[i] && i != NET_CUT && explain_target_reads(&x->target, (explain_net)i))
            return refuse_missing(x, (explain_net)i, e);
    if (t->row->fit && t->row->fit(x, e))
        return -1;
    pack_networks(x);
    return 0;
}

void explainer_release(explainer *x)
{
    for (size_t i = 0; i < N_NETS; i++)
        packed_network_release(&x->packed[i]);
    if (x->cut)
        network_release(x->cut);
    free(x->cut);
    *x = (explainer){0};
}

/* ---- Room ---- */

void explain_workspace_init(explain_workspace *w, const explainer *x)
{
    size_t n = EXPLAIN_TILE, pixels = n * x->shape.n, widest = 0;
    *w = (explain_workspace){0};
    for (size_t i = 0; i < N_NETS; i++) {
        if (!x->net[i])
            continue;
        tape_init(&w->tape[i], x->net[i], n);
        widest = x->net[i]->n_out > widest ? x->net[i]->n_out : widest;
    }
    w->dy = allocate(n * widest, sizeof(float));
    w->dx = allocate(pixels, sizeof(float));
    w->part_dx = x->target.row->n_terms > 1 ? allocate(pixels, sizeof(float)) : NULL;
    w->reference = x->target.row->needs_picture ? allocate(pixels, sizeof(float)) : NULL;
}

explain_workspace *explain_workspace_second(explain_workspace *w, const explainer *x)
{
    if (!w->second) {
        w->second = allocate(1, sizeof *w->second);
        explain_workspace_init(w->second, x);
    }
    return w->second;
}

explain_cost explain_workspace_cost(const explain_workspace *w)
{
    explain_cost all = {0};
    for (; w; w = w->second) {
        all.forward += w->cost.forward;
        all.backward += w->cost.backward;
    }
    return all;
}

void explain_workspace_release(explain_workspace *w)
{
    if (w->second)
        explain_workspace_release(w->second);
    free(w->second);
    for (size_t i = 0; i < N_NETS; i++) {
        tape_release(&w->tape[i]);
        twin_release(&w->twin[i]);
    }
    tangents_release(&w->t);
    free(w->squares);
    float *const blocks[] = {w->dy, w->dx, w->part_dx, w->reference};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    *w = (explain_workspace){0};
}
