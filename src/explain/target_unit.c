/* SPDX-License-Identifier: MIT */
/* A unit inside G before its activation: the network that ends there has it as an output. */
#include "target_detail.h"

static const target_term terms[] = {{.reads = NET_CUT,
                                     .evaluate = component_evaluate,
                                     .evaluate_in_double = component_evaluate_in_double}};

static int read_unit(explain_target *t, const char *words, const char *arguments, error *e)
{
    size_t v[2];
    if (target_numbers_read(v, 2, t, words, arguments, e))
        return -1;
    t->layer_index = v[0];
    t->component = v[1];
    return 0;
}

/* The layer whose dense or batchnorm has that Sequential index (folded, both are its
 * pre-activation), or n_layers. */
static size_t find_layer(const network *g, size_t index)
{
    size_t i = 0;
    while (i < g->n_layers && g->layers[i].dense_index != index &&
           g->layers[i].batchnorm_index != index)
        i++;
    return i;
}

int target_check_layer(const char *option, const network *g, size_t index, error *e)
{
    text known = {0};
    if (find_layer(g, index) < g->n_layers)
        return 0;
    for (size_t i = 0; i < g->n_layers; i++)
        text_add(&known, "%s%zu", i ? ", " : "", g->layers[i].dense_index);
    fail(e, STATUS_USAGE, "%s: G has no dense layer with index %zu; it has %s", option, index,
         known.data);
    text_release(&known);
    return -1;
}

static int fit_unit(explainer *x, error *e)
{
    const network *g = x->net[NET_G];
    size_t unit = x->target.component, index = x->target.layer_index, i = find_layer(g, index);
    if (target_check_layer("--target", g, index, e))
        return -1;
    if (unit >= g->layers[i].n_out)
        return fail(e, STATUS_USAGE,
                    "--target: unit %zu of layer %zu: the layer has units 0 to %zu", unit, index,
                    g->layers[i].n_out - 1);
    x->net[NET_CUT] = x->cut = allocate(1, sizeof *x->cut);
    network_cut(x->cut, g, i);
    return 0;
}

static void describe_unit(json_t *o, const explainer *x)
{
    const explain_target *t = &x->target;
    target_set_meaning(o, "unit %zu of G's layer %zu, before its activation", t->component,
                       t->layer_index);
    json_object_set_new(o, "layer", json_unsigned(t->layer_index));
    json_object_set_new(o, "unit", json_unsigned(t->component));
}

const target_row target_unit = {
    .name = "unit",
    .form = "unit:LAYER,I",
    .meaning = "unit I of G's layer with that Sequential index, before its activation",
    .unit = "pre-activation",
    .shared = "how G is cut at the unit",
    .terms = terms,
    .n_terms = 1,
    .read = read_unit,
    .fit = fit_unit,
    .describe = describe_unit};
