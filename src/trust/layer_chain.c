/* SPDX-License-Identifier: MIT */
#include "layer_chain.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The chain ---- */

/* The network whose weights a layer of it is made of: what is cut is G. */
static explain_net source_of(explain_net i) { return i == NET_CUT ? NET_G : i; }

static void add_layers(layer_chain *c, const explainer *x, explain_net net)
{
    for (size_t i = x->net[net]->n_layers; i-- > 0;)
        c->layers[c->n++] = (chain_layer){source_of(net), i};
}

void layer_chain_init(layer_chain *c, const explainer *x)
{
    static const explain_net seeing[] = {NET_CRITIC, NET_CLASSIFIER};
    size_t n = 0;
    for (size_t i = 0; i < N_NETS; i++)
        n += x->net[i] ? x->net[i]->n_layers : 0;
    *c = (layer_chain){.layers = allocate(n, sizeof *c->layers)};
    for (size_t i = 0; i < sizeof seeing / sizeof *seeing; i++)
        if (explain_target_reads(&x->target, seeing[i]))
            add_layers(c, x, seeing[i]);
    c->n_seeing = c->n;
    add_layers(c, x, explain_is_of_picture(x) ? NET_G : NET_CUT);
}

void layer_chain_release(layer_chain *c)
{
    free(c->layers);
    *c = (layer_chain){0};
}

static const char *const owners[N_NETS] = {
    [NET_G] = "G", [NET_CRITIC] = "D", [NET_CLASSIFIER] = "judge"};

void layer_chain_tell(text *out, const layer_chain *c, const explainer *x, size_t i)
{
    const chain_layer *l = &c->layers[i];
    text_add(out, "%s%s's layer %zu", l->net == NET_CLASSIFIER ? "the " : "", owners[l->net],
             x->net[l->net]->layers[l->index].dense_index);
}

void layer_chain_name(text *out, const layer_chain *c, const explainer *x, size_t i)
{
    const chain_layer *l = &c->layers[i];
    text_add(out, "%s %zu", owners[l->net], x->net[l->net]->layers[l->index].dense_index);
}

/* ---- Layers drawn anew ---- */

static double root_mean_square(const float *v, size_t n)
{
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (double)v[i] * (double)v[i];
    return sqrt(squares / (double)n);
}

/* v (n) = normal numbers of that size. */
static void draw_of_size(float *v, size_t n, double size, rng *r)
{
    rng_fill_normal(r, v, n);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)(size * (double)v[i]);
}

/* A unit takes the size of any unit, so that none keeps the scale that BatchNorm gave it, and none
 * has one that the layer does not know. */
void layer_randomise(layer *l, rng *r)
{
    double *size = allocate(l->n_out, sizeof *size);
    for (size_t i = 0; i < l->n_out; i++)
        size[i] = root_mean_square(l->weight.data + i * l->n_in, l->n_in);
    for (size_t i = 0; i < l->n_out; i++) {
        double of_any = size[rng_below(r, (uint32_t)l->n_out)];
        draw_of_size(l->weight.data + i * l->n_in, l->n_in, of_any, r);
    }
    free(size);
    draw_of_size(l->bias, l->n_out, root_mean_square(l->bias, l->n_out), r);
}

/* ---- Models ---- */

/* A reference_finder: the picture that the first model was compared with. */
static size_t find_same(float *reference, const float *x, const void *context)
{
    const other_model *m = context;
    (void)x;
    memcpy(reference, m->reference.data, m->reference.n * sizeof *reference);
    return NO_INDEX;
}

/* Makes m of networks that are its own, or else x's. */
static int open_model(other_model *m, const explainer *x, const network *const net[N_NETS],
                      const float *reference, error *e)
{
    explain_target t = x->target;
    t.classifier = net[NET_CLASSIFIER];
    m->reference.data = reference;
    m->reference.n = x->shape.n;
    if (reference) {
        t.find_reference = find_same;
        t.context = m;
    }
    if (explainer_init(&m->x, net[NET_G], net[NET_CRITIC], x->shape, &t, e))
        return -1;
    m->x.condition = x->condition;
    explain_workspace_init(&m->w, &m->x);
    return 0;
}

/* Of a layer and a draw: the same whatever else is drawn. */
static uint32_t draw_index(const chain_layer *l, uint32_t draw)
{
    return draw << 16 | (uint32_t)l->net << 8 | (uint32_t)l->index;
}

int random_model_init(other_model *m, const explainer *x, const layer_chain *c,
                      const layer_choice *which, uint64_t seed, const float *reference, error *e)
{
    const network *net[N_NETS];
    memcpy(net, x->net, sizeof net);
    *m = (other_model){0};
    for (size_t i = which->first; i < which->first + which->n; i++) {
        const chain_layer *l = &c->layers[i];
        network *own = &m->own[l->net];
        rng r = trust_rng(seed, TRUST_LAYERS, draw_index(l, which->draw));
        if (!own->layers)
            network_copy(own, net[l->net]);
        layer_randomise(&own->layers[l->index], &r);
        net[l->net] = own;
    }
    return open_model(m, x, net, reference, e);
}

int control_model_init(other_model *m, const explainer *x, const network *classifier,
                       const float *reference, error *e)
{
    const network *net[N_NETS];
    memcpy(net, x->net, sizeof net);
    *m = (other_model){0};
    net[NET_CLASSIFIER] = classifier;
    return open_model(m, x, net, reference, e);
}

void other_model_release(other_model *m)
{
    explain_workspace_release(&m->w);
    explainer_release(&m->x);
    for (size_t i = 0; i < N_NETS; i++)
        network_release(&m->own[i]);
    *m = (other_model){0};
}
