/* SPDX-License-Identifier: MIT */
#include "explainability_rivals.h"
#include "layer_chain.h"
#include <string.h>

const array_word compared_models[N_COMPARED] = {
    [COMPARED_OWN] = {"this model", "as it is"},
    [COMPARED_UNTRAINED] = {"untrained",
                            "of the same shape, as a training begins: Glorot's weights, biases of "
                            "0, a BatchNorm that saw nothing"},
    [COMPARED_RANDOM] = {"random", "all layers drawn anew, as large as they are"}};

/* Of layer k of network i; the same for every model of that shape. */
static rng draws_of(size_t i, size_t k)
{
    return trust_rng(0, TRUST_LAYERS, UINT32_MAX - (uint32_t)(i << 8 | k));
}

/* A BatchNorm that saw nothing changes nothing: it leaves no trace in a folded layer. */
static void begin(network *net, size_t i)
{
    rng r = draws_of(i, 0);
    memset(net->param, 0, net->n_param * sizeof *net->param);
    network_fill_glorot(net, &r);
}

static void randomise(network *net, size_t i)
{
    for (size_t k = 0; k < net->n_layers; k++) {
        rng r = draws_of(i, k);
        layer_randomise(&net->layers[k], &r);
    }
}

int compared_model_init(compared_model *m, const explainer *x, size_t which, error *e)
{
    static void (*const fill[N_COMPARED])(network *, size_t) = {
        [COMPARED_UNTRAINED] = begin, [COMPARED_RANDOM] = randomise};
    const network *net[] = {[NET_G] = x->net[NET_G], [NET_CRITIC] = x->net[NET_CRITIC]};
    for (size_t i = NET_G; fill[which] && i <= NET_CRITIC; i++)
        if (net[i]) {
            network_copy(&m->own[i], net[i]);
            fill[which](&m->own[i], i);
            net[i] = &m->own[i];
        }
    int status = explainer_init(&m->x, net[NET_G], net[NET_CRITIC], x->shape, &x->target, e);
    m->x.condition = x->condition;
    return status;
}

void compared_model_release(compared_model *m)
{
    explainer_release(&m->x);
    for (size_t i = 0; i < N_NETS; i++)
        network_release(&m->own[i]);
}
