/* SPDX-License-Identifier: MIT */
/* Forward, backward, forward mode. One loop over the layers each; every layer is one product and
 * one fused pass over its elements. */
#include "network_detail.h"
#include <assert.h>
#include <string.h>

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
        matrix_multiply(y, 0.0f, x, AS_IS, l->weight, TRANSPOSED);
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
            matrix_multiply(
                matrix_view(gradient_of(net, l->weight.data, dparam), l->n_out, l->n_in), 0.0f, dy,
                TRANSPOSED, i ? t->output[i - 1] : t->input, AS_IS);
        if (i == 0 && !dx.data)
            return;
        matrix below = i ? matrix_view(t->scratch[i % 2], t->rows, l->n_in) : dx;
        matrix_multiply(below, 0.0f, dy, AS_IS, l->weight, AS_IS);
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

/* Tangents of row r all meet the same slopes. */
static void scale_tangents(matrix y_dot, const float *slope, size_t n)
{
    for (size_t r = 0; r < y_dot.rows; r += n)
        scale_rows(matrix_rows(y_dot, r, n), slope + r / n * y_dot.cols);
}

matrix network_jvp(const network *net, const tape *t, tangents *s, size_t n, matrix x_dot)
{
    assert(t->rows * n <= s->max_rows && x_dot.cols == net->n_in);
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        assert(!l->has_batchnorm);
        matrix y_dot = matrix_view(s->buffer[i % 2], t->rows * n, l->n_out);
        matrix_multiply(y_dot, 0.0f, x_dot, AS_IS, l->weight, TRANSPOSED);
        scale_tangents(y_dot, t->slope[i], n);
        x_dot = y_dot;
    }
    return x_dot;
}

/* Unit directions k .. k + n_k - 1 through the first layer: those columns of its weights, times the
 * slopes of each row. They are left lying as the weights do, transposed, (n_out, n * n_k): the next
 * product takes that. */
static matrix push_unit_directions(float *out, const layer *l, const float *slope, size_t n,
                                   size_t k, size_t n_k)
{
    matrix y = matrix_view(out, l->n_out, n * n_k);
    for (size_t o = 0; o < l->n_out; o++)
        for (size_t r = 0; r < n; r++)
            for (size_t i = 0; i < n_k; i++)
                y.data[o * y.cols + r * n_k + i] =
                    l->weight.data[o * l->n_in + k + i] * slope[r * l->n_out + o];
    return y;
}

/* The same before the slopes, and not transposed. */
static matrix copy_unit_directions(float *out, const layer *l, size_t n, size_t k, size_t n_k)
{
    matrix y = matrix_view(out, n * n_k, l->n_out);
    for (size_t r = 0; r < y.rows; r++)
        for (size_t o = 0; o < l->n_out; o++)
            y.data[r * y.cols + o] = l->weight.data[o * l->n_in + k + r % n_k];
    return y;
}

matrix network_jacobian_before(const network *net, const tape *t, size_t first, size_t n, size_t k,
                               size_t n_k, tangents *s)
{
    const layer *l = net->layers;
    assert(first + n <= t->rows && n * n_k <= s->max_rows && !l->has_batchnorm);
    assert(k + n_k <= net->n_in);
    if (net->n_layers == 1)
        return copy_unit_directions(s->buffer[0], l, n, k, n_k);
    matrix y_dot = push_unit_directions(s->buffer[0], l, t->slope[0] + first * l->n_out, n, k, n_k);
    for (size_t i = 1; i < net->n_layers; i++) {
        l = &net->layers[i];
        matrix x_dot = y_dot;
        assert(!l->has_batchnorm);
        y_dot = matrix_view(s->buffer[i % 2], n * n_k, l->n_out);
        matrix_multiply(y_dot, 0.0f, x_dot, i == 1 ? TRANSPOSED : AS_IS, l->weight, TRANSPOSED);
        if (i + 1 < net->n_layers)
            scale_tangents(y_dot, t->slope[i] + first * l->n_out, n_k);
    }
    return y_dot;
}

void network_jacobian_finish(matrix before, const network *net, const tape *t, size_t first,
                             size_t n_k)
{
    scale_tangents(before, t->slope[net->n_layers - 1] + first * net->n_out, n_k);
}

matrix network_jacobian(const network *net, const tape *t, size_t first, size_t n, size_t k,
                        size_t n_k, tangents *s)
{
    matrix y_dot = network_jacobian_before(net, t, first, n, k, n_k, s);
    network_jacobian_finish(y_dot, net, t, first, n_k);
    return y_dot;
}
