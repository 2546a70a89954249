/* SPDX-License-Identifier: MIT */
/* A network's blocks as named tensors. */
#include "nn.h"
#include <assert.h>
#include <stdio.h>

size_t network_count_tensors(const network *net)
{
    size_t n = net->n_classes > 0;
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

static named_tensor embedding_tensor(matrix e)
{
    return (named_tensor){"embedding.weight", 2, {e.rows, e.cols}, e.rows * e.cols, false, e.data};
}

named_tensor network_tensor(const network *net, size_t i)
{
    const layer *l = net->layers, *end = l + net->n_layers;
    for (; l < end && i >= (l->has_batchnorm ? 5u : 2u); l++)
        i -= l->has_batchnorm ? 5 : 2;
    assert(l < end || (i == 0 && net->n_classes > 0));
    return l < end ? layer_tensor(l, i) : embedding_tensor(end[-1].embedding);
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
