/* SPDX-License-Identifier: MIT */
#include "network_detail.h"
#include <assert.h>
#include <math.h>
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
    layer *last = &net->layers[net->n_layers - 1];
    last->embedding = net->n_classes ? matrix_view(p, net->n_classes, last->n_in) : (matrix){0};
    p += net->n_classes * last->n_in;
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

/* 65536 x 65536 is more than a size_t of 32 bits holds. */
static uint64_t count_parameters(const layer *l)
{
    return (uint64_t)l->n_out * (l->n_in + (l->has_batchnorm ? 2 : 1));
}

static int connect_layers(network *net, error *e)
{
    uint64_t n = 0;
    net->n_out = net->n_in;
    for (size_t i = 0; i < net->n_layers; i++) {
        net->layers[i].n_in = net->n_out;
        net->n_out = net->layers[i].n_out;
        n += count_parameters(&net->layers[i]);
    }
    if (n > MAX_PARAMETERS)
        return fail(e, STATUS_USAGE, "network '%.200s': more than %zu parameters", net->spec,
                    MAX_PARAMETERS);
    return 0;
}

/* Sizes of the blocks, for layers that are connected. */
static void count_values(network *net)
{
    net->n_param = net->n_classes * net->layers[net->n_layers - 1].n_in;
    net->n_stats = 0;
    for (size_t i = 0; i < net->n_layers; i++) {
        net->n_param += (size_t)count_parameters(&net->layers[i]);
        net->n_stats += net->layers[i].has_batchnorm ? 2 * net->layers[i].n_out : 0;
    }
}

int network_init(network *net, const char *spec, size_t n_in, error *e)
{
    assert(n_in >= 1);
    *net = (network){.n_in = n_in};
    if (spec_read(&net->layers, &net->n_layers, spec, e))
        return -1;
    net->spec = copy_text(spec);
    if (connect_layers(net, e)) {
        network_release(net);
        return -1;
    }
    count_values(net);
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

/* ---- Classes ---- */

void network_add_classes(network *net, size_t n_classes)
{
    network plain = *net;
    assert(net->n_out == 1 && net->n_classes == 0 && n_classes > 0);
    net->n_classes = n_classes;
    count_values(net);
    allocate_blocks(net);
    memcpy(net->param, plain.param, plain.n_param * sizeof *net->param);
    memcpy(net->stats, plain.stats, plain.n_stats * sizeof *net->stats);
    free(plain.param);
    free(plain.stats);
}

void network_choose_class(network *net, size_t class)
{
    layer *last = &net->layers[net->n_layers - 1];
    assert(class < net->n_classes);
    for (size_t k = 0; k < last->n_in; k++)
        last->weight.data[k] += last->embedding.data[class * last->n_in + k];
    net->n_classes = 0;
    count_values(net);
    place_views(net);
}

/* ---- Initial values ---- */

/* Glorot's, of a matrix that maps cols values to rows. */
static void fill_matrix_glorot(matrix w, rng *r)
{
    float limit = (float)sqrt(6.0 / (double)(w.cols + w.rows));
    rng_fill_uniform(r, w.data, w.rows * w.cols);
    for (size_t i = 0; i < w.rows * w.cols; i++)
        w.data[i] = (2.0f * w.data[i] - 1.0f) * limit;
}

/* Nothing is drawn where there is none. */
static void fill_embedding(network *net, rng *r)
{
    if (net->n_classes > 0)
        fill_matrix_glorot(net->layers[net->n_layers - 1].embedding, r);
}

void network_fill_glorot(network *net, rng *r)
{
    for (size_t i = 0; i < net->n_layers; i++)
        fill_matrix_glorot(net->layers[i].weight, r);
    fill_embedding(net, r);
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
            fill_matrix_glorot(l->weight, r);
    }
    fill_embedding(net, r);
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

/* ---- Folding and cutting ---- */

static void multiply_by(float *out, const float *in, double g, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] = (float)((double)in[k] * g);
}

/* With g = gamma / sqrt(running_var + eps): weight * g by rows, bias = beta - running_mean * g. */
static void fold_layer(layer *out, const layer *in)
{
    for (size_t r = 0; r < in->n_out; r++) {
        double g = 1.0;
        if (in->has_batchnorm)
            g = (double)in->gamma[r] / sqrt((double)in->running_var[r] + (double)in->eps);
        multiply_by(out->weight.data + r * in->n_in, in->weight.data + r * in->n_in, g, in->n_in);
        multiply_by(out->embedding.data, in->embedding.data, g, in->embedding.rows * in->n_in);
        out->bias[r] = in->has_batchnorm
                           ? (float)((double)in->beta[r] - (double)in->running_mean[r] * g)
                           : in->bias[r];
    }
}

void network_fold(network *folded, const network *net)
{
    copy_shape(folded, net);
    for (size_t i = 0; i < folded->n_layers; i++) {
        folded->layers[i].has_batchnorm = false;
        folded->layers[i].dropout = 0.0f;
    }
    count_values(folded);
    allocate_blocks(folded);
    for (size_t i = 0; i < folded->n_layers; i++)
        fold_layer(&folded->layers[i], &net->layers[i]);
}

void network_cut(network *cut, const network *net, size_t i_last)
{
    assert(i_last < net->n_layers && !net->n_classes);
    copy_shape(cut, net);
    cut->n_layers = i_last + 1;
    cut->n_out = net->layers[i_last].n_out;
    count_values(cut);
    assert(cut->n_stats == 0);
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
    assert(n_in <= net->n_in && n_out <= net->n_out && !net->n_classes && !net->n_stats);
    copy_shape(narrow, net);
    narrow->n_in = narrow->layers[0].n_in = n_in;
    narrow->n_out = narrow->layers[net->n_layers - 1].n_out = n_out;
    count_values(narrow);
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
