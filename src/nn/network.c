/* SPDX-License-Identifier: MIT */
#include "network_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PARAMETERS ((size_t)1 << 28)

/* ---- Blocks ---- */

/* 65536 x 65536 is more than a size_t of 32 bits holds. */
static uint64_t count_parameters(const layer *l)
{
    return (uint64_t)l->n_out * (l->n_in + (l->has_batchnorm ? 2 : 1));
}

/* Sizes of the blocks, for layers that are connected. */
static void count_values(network *net)
{
    const layer *last = &net->layers[net->n_layers - 1];
    size_t n = net->n_classes;
    net->n_param = n * last->n_in;
    net->n_stats = n > 0 && last->has_spectral_norm ? n + last->n_in : 0;
    net->n_normal = last->has_spectral_norm ? n * last->n_in : 0;
    for (const layer *l = net->layers; l <= last; l++) {
        net->n_param += (size_t)count_parameters(l);
        net->n_stats += l->has_batchnorm       ? 2 * l->n_out
                        : l->has_spectral_norm ? l->n_out + l->n_in
                                               : 0;
        net->n_normal += l->has_spectral_norm ? l->n_out * l->n_in : 0;
    }
}

/* Where the next value of each block lies. */
typedef struct {
    float *param, *stats, *normal;
} block_ends;

static float *take(float **end, size_t n)
{
    *end += n;
    return *end - n;
}

/* A matrix of parameters, or what spectral norm makes of one. */
static matrix take_matrix(block_ends *at, spectral_norm *norm, bool has_norm, size_t rows,
                          size_t cols)
{
    float *parameter = take(&at->param, rows * cols);
    if (!has_norm)
        return matrix_view(parameter, rows, cols);
    norm->original = parameter;
    norm->u = take(&at->stats, rows);
    norm->v = take(&at->stats, cols);
    return matrix_view(take(&at->normal, rows * cols), rows, cols);
}

static void place_layer(block_ends *at, layer *l)
{
    size_t n = l->n_out;
    l->weight_norm = l->embedding_norm = (spectral_norm){.sigma = 1.0f};
    l->weight = take_matrix(at, &l->weight_norm, l->has_spectral_norm, n, l->n_in);
    l->embedding = (matrix){0};
    l->bias = l->has_batchnorm ? NULL : take(&at->param, n);
    l->gamma = l->has_batchnorm ? take(&at->param, n) : NULL;
    l->beta = l->has_batchnorm ? take(&at->param, n) : NULL;
    l->running_mean = l->has_batchnorm ? take(&at->stats, n) : NULL;
    l->running_var = l->has_batchnorm ? take(&at->stats, n) : NULL;
}

/* Lays the layers' views into the blocks: weight, then bias or gamma and beta; the embedding last.
 */
static void place_views(network *net)
{
    block_ends at = {net->param, net->stats, net->normal};
    layer *last = &net->layers[net->n_layers - 1];
    for (size_t i = 0; i < net->n_layers; i++)
        place_layer(&at, &net->layers[i]);
    if (net->n_classes > 0)
        last->embedding = take_matrix(&at, &last->embedding_norm, last->has_spectral_norm,
                                      net->n_classes, last->n_in);
    assert(at.param == net->param + net->n_param && at.stats == net->stats + net->n_stats &&
           at.normal == net->normal + net->n_normal);
}

void network_allocate(network *net)
{
    count_values(net);
    net->param = allocate(net->n_param, sizeof *net->param);
    net->stats = allocate(net->n_stats, sizeof *net->stats);
    net->normal = allocate(net->n_normal, sizeof *net->normal);
    place_views(net);
    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t j = 0; net->layers[i].has_batchnorm && j < net->layers[i].n_out; j++)
            net->layers[i].gamma[j] = net->layers[i].running_var[j] = 1.0f;
}

/* The values of from, which has the same layers; behind them net may have an embedding of its own.
 */
static void copy_blocks(network *net, const network *from)
{
    memcpy(net->param, from->param, from->n_param * sizeof *net->param);
    memcpy(net->stats, from->stats, from->n_stats * sizeof *net->stats);
    memcpy(net->normal, from->normal, from->n_normal * sizeof *net->normal);
    for (size_t i = 0; i < net->n_layers; i++) {
        net->layers[i].weight_norm.sigma = from->layers[i].weight_norm.sigma;
        net->layers[i].embedding_norm.sigma = from->layers[i].embedding_norm.sigma;
    }
}

/* ---- Life ---- */

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
    network_allocate(net);
    return 0;
}

void network_release(network *net)
{
    free(net->spec);
    free(net->layers);
    free(net->param);
    free(net->stats);
    free(net->normal);
    *net = (network){0};
}

void network_copy_layers(network *copy, const network *net)
{
    *copy = *net;
    copy->spec = copy_text(net->spec);
    copy->layers = allocate(net->n_layers, sizeof *copy->layers);
    memcpy(copy->layers, net->layers, net->n_layers * sizeof *copy->layers);
}

void network_copy(network *copy, const network *net)
{
    network_copy_layers(copy, net);
    network_allocate(copy);
    copy_blocks(copy, net);
}

/* ---- Classes ---- */

void network_add_classes(network *net, size_t n_classes)
{
    network plain = *net;
    assert(net->n_out == 1 && net->n_classes == 0 && n_classes > 0);
    net->n_classes = n_classes;
    network_allocate(net);
    copy_blocks(net, &plain);
    free(plain.param);
    free(plain.stats);
    free(plain.normal);
}

void network_choose_class(network *net, size_t class)
{
    layer *last = &net->layers[net->n_layers - 1];
    assert(class < net->n_classes && !last->has_spectral_norm);
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

static matrix weight_parameter(const layer *l) { return parameter_of(l->weight, &l->weight_norm); }

/* Nothing is drawn where there is none. */
static void fill_embedding(network *net, rng *r)
{
    const layer *last = &net->layers[net->n_layers - 1];
    if (net->n_classes > 0)
        fill_matrix_glorot(parameter_of(last->embedding, &last->embedding_norm), r);
}

void network_fill_glorot(network *net, rng *r)
{
    for (size_t i = 0; i < net->n_layers; i++)
        fill_matrix_glorot(weight_parameter(&net->layers[i]), r);
    fill_embedding(net, r);
}

static void fill_matrix_he(matrix w, double divisor, rng *r)
{
    float std = (float)sqrt(2.0 / (divisor * (double)w.cols));
    rng_fill_normal(r, w.data, w.rows * w.cols);
    for (size_t k = 0; k < w.rows * w.cols; k++)
        w.data[k] *= std;
}

void network_fill_he(network *net, rng *r)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        const activation_traits *f = &activations[l->f.kind];
        if (f->he_divisor)
            fill_matrix_he(weight_parameter(l), f->he_divisor((double)l->f.parameter), r);
        else
            fill_matrix_glorot(weight_parameter(l), r);
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

static size_t widest_of(const network *net, size_t n_layers)
{
    size_t n = 1;
    for (size_t i = 0; i < n_layers; i++)
        n = net->layers[i].n_out > n ? net->layers[i].n_out : n;
    return n;
}

size_t network_widest(const network *net) { return widest_of(net, net->n_layers); }

size_t network_widest_hidden(const network *net) { return widest_of(net, net->n_layers - 1); }
