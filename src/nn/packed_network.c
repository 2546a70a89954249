/* SPDX-License-Identifier: MIT */
/* Passes over a network whose weights stay what they are: every layer is one product, and what
 * follows it is done while its rows are in the first cache. */
#include "network_detail.h"
#include <assert.h>
#include <stdlib.h>

/* ---- Packing ---- */

/* A body of parallel_for: one layer, one way. */
static void pack_layer(size_t i, size_t thread, void *context)
{
    packed_network *p = context;
    const layer *l = &p->net->layers[i / 2];
    (void)thread;
    assert(!l->has_batchnorm);
    if (i % 2 == 0 && p->to_output)
        packed_matrix_init(&p->to_output[i / 2], l->weight, TRANSPOSED);
    if (i % 2 == 1 && p->to_input)
        packed_matrix_init(&p->to_input[i / 2], l->weight, AS_IS);
}

void packed_network_init(packed_network *p, const network *net, unsigned passes)
{
    size_t n = net->n_layers;
    assert(!net->n_classes);
    *p = (packed_network){.net = net, .n_layers = n};
    if (passes & PASS_FORWARD)
        p->to_output = allocate(n, sizeof *p->to_output);
    if (passes & PASS_BACKWARD)
        p->to_input = allocate(n, sizeof *p->to_input);
    parallel_for(2 * n, pack_layer, p);
}

void packed_network_release(packed_network *p)
{
    for (size_t i = 0; p->to_output && i < p->n_layers; i++)
        packed_matrix_release(&p->to_output[i]);
    for (size_t i = 0; p->to_input && i < p->n_layers; i++)
        packed_matrix_release(&p->to_input[i]);
    free(p->to_output);
    free(p->to_input);
    *p = (packed_network){0};
}

/* ---- Forward and backward ---- */

static void evaluate_layer(const packed_network *p, size_t i, matrix y, float *slope, matrix x)
{
    const layer *l = &p->net->layers[i];
    packed_multiply(y, x, &p->to_output[i], (epilogue){.bias = l->bias, .f = l->f, .slope = slope});
}

void packed_evaluate(matrix y, const packed_network *p, float *const room[2], matrix x)
{
    packed_evaluate_from(y, p, 0, room, x);
}

void packed_evaluate_from(matrix y, const packed_network *p, size_t first, float *const room[2],
                          matrix x)
{
    size_t last = p->n_layers - 1;
    for (size_t i = first; i < last; i++) {
        matrix hidden = matrix_view(room[i % 2], x.rows, p->net->layers[i].n_out);
        evaluate_layer(p, i, hidden, NULL, x);
        x = hidden;
    }
    evaluate_layer(p, last, y, NULL, x);
}

matrix packed_forward(const packed_network *p, tape *t, matrix x)
{
    assert(x.rows <= t->max_rows && !t->is_view);
    t->rows = x.rows;
    t->input = x;
    for (size_t i = 0; i < p->n_layers; i++) {
        t->output[i] = matrix_view(t->output[i].data, x.rows, p->net->layers[i].n_out);
        evaluate_layer(p, i, t->output[i], t->slope[i], x);
        x = t->output[i];
    }
    return x;
}

void packed_backward(const packed_network *p, tape *t, matrix dy, matrix dx)
{
    packed_backward_from(p, t, p->n_layers - 1, dy, dx);
}

void packed_backward_from(const packed_network *p, tape *t, size_t i, matrix dy, matrix dx)
{
    assert(dy.rows == t->rows && dx.rows == t->rows && dy.stride == dy.cols);
    float *at_product = t->scratch[(i + 1) % 2];
    multiply_elementwise(at_product, dy.data, t->slope[i], dy.rows * dy.cols);
    dy.data = at_product;
    for (; i > 0; i--) {
        matrix below = matrix_view(t->scratch[i % 2], t->rows, p->net->layers[i].n_in);
        packed_multiply(below, dy, &p->to_input[i],
                        (epilogue){.factor = t->slope[i - 1], .rows_a_factor = 1});
        dy = below;
    }
    packed_multiply(dx, dy, p->to_input, (epilogue){0});
}

void packed_backward_layer(const packed_network *p, tape *t, size_t i, matrix dy, matrix dx)
{
    assert(dy.rows == t->rows && dx.rows == t->rows && dy.stride == dy.cols);
    multiply_elementwise(t->scratch[0], dy.data, t->slope[i], dy.rows * dy.cols);
    dy.data = t->scratch[0];
    packed_multiply(dx, dy, &p->to_input[i], (epilogue){0});
}

void packed_pre_activation(matrix y, const packed_network *p, const tape *t, size_t i)
{
    matrix x = i ? t->output[i - 1] : t->input;
    packed_multiply(y, x, &p->to_output[i], (epilogue){.bias = p->net->layers[i].bias});
}

/* ---- Forward mode ---- */

/* The slopes of layer i at the first row. */
static const float *slopes_at(const tape *t, size_t i, jacobian_part j)
{
    return t->slope[i] + j.first * t->output[i].cols;
}

/* Tangents of one row all meet the same slopes. */
static void scale_tangents(matrix y_dot, const float *slope, size_t n)
{
    for (size_t r = 0; r < y_dot.rows; r += n)
        scale_rows(matrix_rows(y_dot, r, n), slope + r / n * y_dot.cols);
}

/* Unit directions through the first layer's weights: rows of what is packed. */
static matrix push_unit_directions(const packed_network *p, tangents *s, jacobian_part j)
{
    matrix y = matrix_view(s->buffer[0], j.n * j.n_k, p->net->layers->n_out);
    for (size_t r = 0; r < y.rows; r++)
        packed_matrix_row(y.data + r * y.cols, p->to_output, j.k + r % j.n_k);
    return y;
}

/* The slopes of the first n_scaled layers are met. */
static matrix push(const packed_network *p, const tape *t, tangents *s, jacobian_part j,
                   size_t n_scaled)
{
    assert(j.first + j.n <= t->rows && j.n * j.n_k <= s->max_rows && j.k + j.n_k <= p->net->n_in);
    matrix y_dot = push_unit_directions(p, s, j);
    if (n_scaled > 0)
        scale_tangents(y_dot, slopes_at(t, 0, j), j.n_k);
    for (size_t i = 1; i < p->n_layers; i++) {
        matrix x_dot = y_dot;
        const float *slopes = i < n_scaled ? slopes_at(t, i, j) : NULL;
        y_dot = matrix_view(s->buffer[i % 2], x_dot.rows, p->net->layers[i].n_out);
        packed_multiply(y_dot, x_dot, &p->to_output[i],
                        (epilogue){.factor = slopes, .rows_a_factor = j.n_k});
    }
    return y_dot;
}

matrix packed_jacobian(const packed_network *p, const tape *t, tangents *s, jacobian_part j)
{
    return push(p, t, s, j, p->n_layers);
}

matrix packed_jacobian_before(const packed_network *p, const tape *t, tangents *s, jacobian_part j)
{
    return push(p, t, s, j, p->n_layers - 1);
}

void packed_jacobian_finish(matrix before, const packed_network *p, const tape *t, jacobian_part j)
{
    scale_tangents(before, slopes_at(t, p->n_layers - 1, j), j.n_k);
}

matrix packed_jvp(const packed_network *p, const tape *t, tangents *s, matrix x_dot)
{
    assert(x_dot.rows == t->rows && x_dot.rows <= s->max_rows && x_dot.cols == p->net->n_in);
    for (size_t i = 0; i < p->n_layers; i++) {
        matrix y_dot = matrix_view(s->buffer[i % 2], x_dot.rows, p->net->layers[i].n_out);
        packed_multiply(y_dot, x_dot, &p->to_output[i],
                        (epilogue){.factor = t->slope[i], .rows_a_factor = 1});
        x_dot = y_dot;
    }
    return x_dot;
}
