/* SPDX-License-Identifier: MIT */
#include "network_detail.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARAMETERS ((size_t)1 << 28)

/* Lays the layers' views into the two blocks: weight, then bias or gamma and beta. */
static void place_views(network *net)
{
    float *p = net->param, *s = net->stats;
    for (size_t i = 0; i < net->n_layers; i++) {
        layer *l = &net->layers[i];
        l->weight = matrix_view(p, l->n_out, l->n_in);
        p += l->n_out * l->n_in;
        l->bias = l->has_batchnorm ? NULL : p;
        l->gamma = l->has_batchnorm ? p : NULL;
        l->beta = l->has_batchnorm ? p + l->n_out : NULL;
        p += l->has_batchnorm ? 2 * l->n_out : l->n_out;
        l->running_mean = l->has_batchnorm ? s : NULL;
        l->running_var = l->has_batchnorm ? s + l->n_out : NULL;
        s += l->has_batchnorm ? 2 * l->n_out : 0;
    }
    assert(p == net->param + net->n_param && s == net->stats + net->n_stats);
}

/* Blocks for the layers that net has, all zero but gamma and running_var, which are one. */
static void allocate_blocks(network *net)
{
    net->param = allocate(net->n_param, sizeof *net->param);
    net->stats = allocate(net->n_stats, sizeof *net->stats);
    place_views(net);
    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t j = 0; net->layers[i].has_batchnorm && j < net->layers[i].n_out; j++)
            net->layers[i].gamma[j] = net->layers[i].running_var[j] = 1.0f;
}

static int count_parameters(network *net, error *e)
{
    size_t width = net->n_in;
    for (size_t i = 0; i < net->n_layers; i++) {
        layer *l = &net->layers[i];
        l->n_in = width;
        width = l->n_out;
        /* 65536 x 65536 is more than a size_t of 32 bits holds. */
        uint64_t n = (uint64_t)l->n_out * (l->n_in + (l->has_batchnorm ? 2 : 1));
        if (n > MAX_PARAMETERS - net->n_param)
            return fail(e, STATUS_USAGE, "network '%.200s': more than %zu parameters", net->spec,
                        MAX_PARAMETERS);
        net->n_param += (size_t)n;
        net->n_stats += l->has_batchnorm ? 2 * l->n_out : 0;
    }
    net->n_out = width;
    return 0;
}

int network_init(network *net, const char *spec, size_t n_in, error *e)
{
    assert(n_in >= 1);
    *net = (network){.n_in = n_in};
    if (spec_read(&net->layers, &net->n_layers, spec, e))
        return -1;
    net->spec = copy_text(spec);
    if (count_parameters(net, e)) {
        network_release(net);
        return -1;
    }
    allocate_blocks(net);
    return 0;
}

void network_release(network *net)
{
    free(net->spec);
    free(net->layers);
    free(net->param);
    free(net->stats);
    *net = (network){0};
}

/* The shape of net in new blocks. */
static void copy_shape(network *copy, const network *net)
{
    *copy = *net;
    copy->spec = copy_text(net->spec);
    copy->layers = allocate(net->n_layers, sizeof *copy->layers);
    memcpy(copy->layers, net->layers, net->n_layers * sizeof *copy->layers);
}

void network_copy(network *copy, const network *net)
{
    copy_shape(copy, net);
    allocate_blocks(copy);
    memcpy(copy->param, net->param, net->n_param * sizeof *net->param);
    memcpy(copy->stats, net->stats, net->n_stats * sizeof *net->stats);
}

static void fill_uniform(matrix w, float limit, rng *r)
{
    rng_fill_uniform(r, w.data, w.rows * w.cols);
    for (size_t i = 0; i < w.rows * w.cols; i++)
        w.data[i] = (2.0f * w.data[i] - 1.0f) * limit;
}

static void fill_layer_glorot(const layer *l, rng *r)
{
    fill_uniform(l->weight, (float)sqrt(6.0 / (double)(l->n_in + l->n_out)), r);
}

void network_fill_glorot(network *net, rng *r)
{
    for (size_t i = 0; i < net->n_layers; i++)
        fill_layer_glorot(&net->layers[i], r);
}

static void fill_layer_he(const layer *l, double divisor, rng *r)
{
    float std = (float)sqrt(2.0 / (divisor * (double)l->n_in));
    rng_fill_normal(r, l->weight.data, l->n_out * l->n_in);
    for (size_t k = 0; k < l->n_out * l->n_in; k++)
        l->weight.data[k] *= std;
}

void network_fill_he(network *net, rng *r)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        const activation_traits *f = &activations[l->f.kind];
        if (f->he_divisor)
            fill_layer_he(l, f->he_divisor((double)l->f.parameter), r);
        else
            fill_layer_glorot(l, r);
    }
}

const weight_filling weight_fillings[] = {
    {"glorot", network_fill_glorot}, {"he", network_fill_he}, {0}};

const weight_filling *weight_filling_find(const char *name)
{
    for (const weight_filling *f = weight_fillings; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

/* With g = gamma / sqrt(running_var + eps): weight * g by rows, bias = beta - running_mean * g. */
static void fold_layer(layer *out, const layer *in)
{
    for (size_t r = 0; r < in->n_out; r++) {
        double g = 1.0;
        if (in->has_batchnorm)
            g = (double)in->gamma[r] / sqrt((double)in->running_var[r] + (double)in->eps);
        for (size_t c = 0; c < in->n_in; c++)
            out->weight.data[r * in->n_in + c] =
                (float)((double)in->weight.data[r * in->n_in + c] * g);
        out->bias[r] = in->has_batchnorm
                           ? (float)((double)in->beta[r] - (double)in->running_mean[r] * g)
                           : in->bias[r];
    }
}

void network_fold(network *folded, const network *net)
{
    copy_shape(folded, net);
    folded->n_param = folded->n_stats = 0;
    for (size_t i = 0; i < folded->n_layers; i++) {
        layer *l = &folded->layers[i];
        l->has_batchnorm = false;
        l->dropout = 0.0f;
        folded->n_param += (l->n_in + 1) * l->n_out;
    }
    allocate_blocks(folded);
    for (size_t i = 0; i < folded->n_layers; i++)
        fold_layer(&folded->layers[i], &net->layers[i]);
}

void network_cut(network *cut, const network *net, size_t i_last)
{
    assert(i_last < net->n_layers);
    copy_shape(cut, net);
    cut->n_layers = i_last + 1;
    cut->n_out = net->layers[i_last].n_out;
    cut->n_param = cut->n_stats = 0;
    for (size_t i = 0; i <= i_last; i++) {
        assert(!net->layers[i].has_batchnorm);
        cut->n_param += (net->layers[i].n_in + 1) * net->layers[i].n_out;
    }
    cut->layers[i_last].f = (activation){LINEAR, 0.0f};
    allocate_blocks(cut);
    memcpy(cut->param, net->param, cut->n_param * sizeof *cut->param);
}

/* What both have of weights and biases. */
static void copy_corner(layer *out, const layer *in)
{
    for (size_t r = 0; r < out->n_out; r++)
        memcpy(out->weight.data + r * out->n_in, in->weight.data + r * in->n_in,
               out->n_in * sizeof(float));
    memcpy(out->bias, in->bias, out->n_out * sizeof(float));
}

void network_narrow(network *narrow, const network *net, size_t n_in, size_t n_out)
{
    assert(n_in <= net->n_in && n_out <= net->n_out);
    copy_shape(narrow, net);
    narrow->n_in = narrow->layers[0].n_in = n_in;
    narrow->n_out = narrow->layers[net->n_layers - 1].n_out = n_out;
    narrow->n_param = narrow->n_stats = 0;
    for (size_t i = 0; i < net->n_layers; i++) {
        assert(!net->layers[i].has_batchnorm);
        narrow->n_param += (narrow->layers[i].n_in + 1) * narrow->layers[i].n_out;
    }
    allocate_blocks(narrow);
    for (size_t i = 0; i < net->n_layers; i++)
        copy_corner(&narrow->layers[i], &net->layers[i]);
}

static size_t widest_of(const network *net, size_t n_layers)
{
    size_t n = 1;
    for (size_t i = 0; i < n_layers; i++)
        n = net->layers[i].n_out > n ? net->layers[i].n_out : n;
    return n;
}

size_t network_widest(const network *net) { return widest_of(net, net->n_layers); }

size_t network_widest_hidden(const network *net) { return widest_of(net, net->n_layers - 1); }

size_t network_count_tensors(const network *net)
{
    size_t n = 0;
    for (size_t i = 0; i < net->n_layers; i++)
        n += net->layers[i].has_batchnorm ? 5 : 2;
    return n;
}

/* Field k of a layer: weight, then bias or gamma, beta, running mean, running variance. */
static named_tensor layer_tensor(const layer *l, size_t k)
{
    named_tensor t = {.rank = 1, .shape = {l->n_out, 0}, .n = l->n_out, .is_statistic = k >= 3};
    const char *field = k == 0   ? "weight"
                        : k == 1 ? (l->has_batchnorm ? "weight" : "bias")
                        : k == 2 ? "bias"
                        : k == 3 ? "running_mean"
                                 : "running_var";
    size_t index = k > 0 && l->has_batchnorm ? l->batchnorm_index : l->dense_index;
    float *const fields[] = {l->weight.data, l->has_batchnorm ? l->gamma : l->bias, l->beta,
                             l->running_mean, l->running_var};
    t.data = fields[k];
    if (k == 0) {
        t.rank = 2;
        t.shape[1] = l->n_in;
        t.n *= l->n_in;
    }
    snprintf(t.name, sizeof t.name, "%zu.%s", index, field);
    return t;
}

named_tensor network_tensor(const network *net, size_t i)
{
    const layer *l = net->layers;
    for (; i >= (l->has_batchnorm ? 5u : 2u); l++)
        i -= l->has_batchnorm ? 5 : 2;
    assert(l < net->layers + net->n_layers);
    return layer_tensor(l, i);
}

named_tensor network_tensor_at(const network *net, size_t at)
{
    assert(at < net->n_param);
    size_t n = network_count_tensors(net);
    for (size_t i = 0; i < n; i++) {
        named_tensor t = network_tensor(net, i);
        if (!t.is_statistic && at < (size_t)(t.data - net->param) + t.n)
            return t;
    }
    return network_tensor(net, n - 1);
}
