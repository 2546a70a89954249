/* SPDX-License-Identifier: MIT */
/* A network's blocks as named tensors, with the names that torch gives them. */
#include "nn.h"
#include <assert.h>
#include <stdio.h>

static size_t count_fields(const layer *l)
{
    return l->has_batchnorm ? 5 : l->has_spectral_norm ? 4 : 2;
}

static size_t count_embedding_fields(const network *net)
{
    const layer *last = &net->layers[net->n_layers - 1];
    return !last->embedding.data ? 0 : last->has_spectral_norm ? 3 : 1;
}

size_t network_count_tensors(const network *net)
{
    size_t n = count_embedding_fields(net);
    for (size_t i = 0; i < net->n_layers; i++)
        n += count_fields(&net->layers[i]);
    return n;
}

static named_tensor vector(float *data, size_t n, bool is_statistic)
{
    return (named_tensor){
        .rank = 1, .shape = {n}, .n = n, .is_statistic = is_statistic, .data = data};
}

static named_tensor name(named_tensor t, size_t index, const char *field)
{
    snprintf(t.name, sizeof t.name, "%zu.%s", index, field);
    return t;
}

/* Field k of a matrix: itself, or what is normalised, u and v. */
static named_tensor matrix_tensor(matrix w, const spectral_norm *norm, size_t k, const char *prefix)
{
    static const char *const fields[] = {"weight_orig", "weight_u", "weight_v"};
    named_tensor t = k == 1   ? vector(norm->u, w.rows, true)
                     : k == 2 ? vector(norm->v, w.cols, true)
                              : (named_tensor){.rank = 2,
                                               .shape = {w.rows, w.cols},
                                               .n = w.rows * w.cols,
                                               .data = norm->original ? norm->original : w.data};
    snprintf(t.name, sizeof t.name, "%s.%s", prefix, norm->original ? fields[k] : "weight");
    return t;
}

/* Field k of a layer, from 1 on: gamma, beta, running mean, running variance. */
static named_tensor batchnorm_tensor(const layer *l, size_t k)
{
    static const char *const names[] = {"weight", "bias", "running_mean", "running_var"};
    float *const fields[] = {l->gamma, l->beta, l->running_mean, l->running_var};
    return name(vector(fields[k - 1], l->n_out, k >= 3), l->batchnorm_index, names[k - 1]);
}

/* Field k of a layer: weight, then batchnorm's or the bias, then u and v. */
static named_tensor layer_tensor(const layer *l, size_t k)
{
    char index[24];
    snprintf(index, sizeof index, "%zu", l->dense_index);
    if (k > 0 && l->has_batchnorm)
        return batchnorm_tensor(l, k);
    if (k == 1)
        return name(vector(l->bias, l->n_out, false), l->dense_index, "bias");
    return matrix_tensor(l->weight, &l->weight_norm, k > 0 ? k - 1 : 0, index);
}

named_tensor network_tensor(const network *net, size_t i)
{
    const layer *l = net->layers, *end = l + net->n_layers;
    for (; l < end && i >= count_fields(l); l++)
        i -= count_fields(l);
    assert(l < end || i < count_embedding_fields(net));
    return l < end ? layer_tensor(l, i)
                   : matrix_tensor(end[-1].embedding, &end[-1].embedding_norm, i, "embedding");
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
