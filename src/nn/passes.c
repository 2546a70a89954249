/* SPDX-License-Identifier: MIT */
/* Forward and backward. One loop over the layers each; every layer is one product and one fused
 * pass over its elements. */
#include "network_detail.h"
#include <assert.h>

dropout layer_dropout(const layer *l, pass p, size_t i)
{
    return (dropout){p.is_training ? 1.0f - l->dropout : 1.0f, p.seed, p.stream + i};
}

matrix network_forward(const network *net, tape *t, matrix x, pass p)
{
    assert(x.cols == net->n_in && x.rows <= t->max_rows && !t->is_view);
    t->rows = x.rows;
    t->input = x;
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        matrix y = t->output[i] = matrix_view(t->output[i].data, x.rows, l->n_out);
        dense_forward(y, l, x, t->classes);
        dropout d = layer_dropout(l, p, i);
        assert(p.is_training || !l->has_batchnorm);
        if (l->has_batchnorm)
            batchnorm_forward(y, t->slope[i], t->moments[i], (batchnorm){l->gamma, l->beta, l->eps},
                              l->f, d);
        else
            activation_forward(y, t->slope[i], l->bias, l->f, d);
        x = y;
    }
    return x;
}

/* The gradient of a layer's parameters in a block laid out as the network's. */
static float *gradient_of(const network *net, const float *parameter, float *dparam)
{
    return dparam ? dparam + (parameter - net->param) : NULL;
}

void network_backward(const network *net, tape *t, matrix dy, float *dparam, matrix dx)
{
    assert(dy.rows == t->rows && dy.cols == net->n_out);
    for (size_t i = net->n_layers; i-- > 0;) {
        const layer *l = &net->layers[i];
        if (l->has_batchnorm)
            batchnorm_backward(dy, t->slope[i], t->moments[i], l->gamma,
                               gradient_of(net, l->gamma, dparam),
                               gradient_of(net, l->beta, dparam));
        else
            activation_backward(dy, t->slope[i], gradient_of(net, l->bias, dparam));
        if (dparam)
            dense_to_weight(dparam, net, l, 0.0f, dy, i ? t->output[i - 1] : t->input, t->classes);
        if (i == 0 && !dx.data)
            return;
        matrix below = i ? matrix_view(t->scratch[i % 2], t->rows, l->n_in) : dx;
        dense_to_input(below, l, dy, t->classes);
        dy = below;
    }
}

void network_update_stats(network *net, const tape *t, float momentum)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        layer *l = &net->layers[i];
        if (!l->has_batchnorm)
            continue;
        running_update(l->running_mean, t->moments[i].mean, momentum, l->n_out);
        running_update(l->running_var, t->moments[i].variance, momentum, l->n_out);
    }
}
