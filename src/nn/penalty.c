/* SPDX-License-Identifier: MIT */
/* The gradient of P = gamma * mean phi(g), g = d D / d x, by the parameters, exactly.
 *
 * Write a_i = W_i h_{i-1} + b_i, h_i = f_i(a_i), h_0 = x, D = h_L, slopes s_i = f_i'(a_i).
 * Backward, eta_L = 1,  delta_i = eta_i s_i,  eta_{i-1} = delta_i W_i,  g = eta_0. d P = gamma / B
 * * sum phi'(g) . dg, so with v = gamma / B * phi'(g) held fixed, P's gradient is that of sum g .
 * v, which is the derivative of D along v: forward, hdot_0 = v,  adot_i = W_i hdot_{i-1},  hdot_i =
 * s_i adot_i, sum over rows of hdot_L. Its reverse has delta_i as the adjoint of adot_i, so each
 * weight gets delta_i' hdot_{i-1}. The slopes depend on a_i, too; that gives a_i the adjoint e_i =
 * eta_i adot_i f_i''(a_i) + s_i (e_{i+1} W_{i+1}), and the parameters e_i' h_{i-1} and the column
 * sums of e_i; zero for piecewise linear networks. */
#include "network_detail.h"
#include <assert.h>
#include <stdlib.h>

static double half_squares(matrix g) { return 0.5 * dot(g.data, g.data, g.rows * g.cols); }

const penalty_rule zero_centred_penalty = {.name = "zero-centred",
                                           .summary = "half the squared length of D's gradient by "
                                                      "the picture, mean over pictures: R1 on real "
                                                      "ones, R2 on generated ones",
                                           .source = "Mescheder et al. 2018, eq. 9",
                                           .value_and_direction = half_squares};

/* Each row g of length l becomes 2 (l - 1) g / l; at l = 0, where phi has no derivative, it stays
 * 0. */
static double squares_from_one(matrix g)
{
    double total = 0;
    for (size_t r = 0; r < g.rows; r++) {
        float *row = g.data + r * g.stride;
        double length = norm(row, g.cols), factor = length > 0 ? 2 * (length - 1) / length : 0;
        for (size_t c = 0; c < g.cols; c++)
            row[c] = (float)(factor * (double)row[c]);
        total += (length - 1) * (length - 1);
    }
    return total;
}

const penalty_rule one_centred_penalty = {.name = "one-centred",
                                          .summary =
                                              "the squared difference from one of the length "
                                              "of D's gradient by the picture, mean over "
                                              "points on the lines between real and "
                                              "generated pictures: --gp",
                                          .source = "Gulrajani et al. 2017, eq. 3",
                                          .value_and_direction = squares_from_one};

const penalty_rule *const penalty_rules[] = {&zero_centred_penalty, &one_centred_penalty, NULL};

static float **allocate_blocks(const network *net, size_t rows, bool is_input)
{
    float **block = allocate(net->n_layers, sizeof *block);
    for (size_t i = 0; i < net->n_layers; i++)
        block[i] = allocate(rows * (is_input ? net->layers[i].n_in : net->layers[i].n_out),
                            sizeof **block);
    return block;
}

void penalty_init(penalty *p, const network *net, size_t max_rows)
{
    assert(net->n_out == 1);
    *p = (penalty){.max_rows = max_rows, .n_layers = net->n_layers};
    p->eta = allocate_blocks(net, max_rows, false);
    p->delta = allocate_blocks(net, max_rows, false);
    p->pre_dot = allocate_blocks(net, max_rows, false);
    p->x_dot = allocate_blocks(net, max_rows, true);
    size_t n = max_rows * network_widest(net);
    p->extra[0] = allocate(n, sizeof(float));
    p->extra[1] = allocate(n, sizeof(float));
    p->curvature = allocate(n, sizeof(float));
}

void penalty_release(penalty *p)
{
    float **const blocks[] = {p->eta, p->delta, p->pre_dot, p->x_dot};
    for (size_t k = 0; k < 4; k++) {
        for (size_t i = 0; i < p->n_layers; i++)
            free(blocks[k][i]);
        free(blocks[k]);
    }
    free(p->extra[0]);
    free(p->extra[1]);
    free(p->curvature);
    *p = (penalty){0};
}

/* eta, delta of every layer; g into x_dot[0]. */
static void pull_back(penalty *p, const network *net, const tape *t)
{
    for (size_t i = net->n_layers; i-- > 0;) {
        const layer *l = &net->layers[i];
        size_t n = t->rows * l->n_out;
        for (size_t k = 0; i + 1 == net->n_layers && k < n; k++)
            p->eta[i][k] = 1.0f;
        multiply_elementwise(p->delta[i], p->eta[i], t->slope[i], n);
        dense_to_input(matrix_view(i ? p->eta[i - 1] : p->x_dot[0], t->rows, l->n_in), l,
                       matrix_view(p->delta[i], t->rows, l->n_out), t->classes);
    }
}

/* Tangents forward, and the weights' part delta' hdot. */
static void push_forward(penalty *p, const network *net, const tape *t, float *dparam)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        matrix x_dot = matrix_view(p->x_dot[i], t->rows, l->n_in);
        dense_to_weight(dparam, net, l, 1.0f, matrix_view(p->delta[i], t->rows, l->n_out), x_dot,
                        t->classes);
        dense_forward(matrix_view(p->pre_dot[i], t->rows, l->n_out), l, x_dot, t->classes);
        if (i + 1 < net->n_layers)
            multiply_elementwise(p->x_dot[i + 1], p->pre_dot[i], t->slope[i], t->rows * l->n_out);
    }
}

static void add_column_sums(float *out, matrix m)
{
    for (size_t c = 0; c < m.cols; c++) {
        double total = 0;
        for (size_t r = 0; r < m.rows; r++)
            total += (double)m.data[r * m.stride + c];
        out[c] += (float)total;
    }
}

/* The part through the slopes, from the last curved layer down. */
static void add_curvature(penalty *p, const network *net, const tape *t, float *dparam)
{
    bool is_reached = false;
    for (size_t i = net->n_layers; i-- > 0;) {
        const layer *l = &net->layers[i];
        size_t n = t->rows * l->n_out;
        matrix e = matrix_view(p->extra[i % 2], t->rows, l->n_out);
        if (is_reached) {
            const layer *above = l + 1;
            dense_to_input(e, above, matrix_view(p->extra[(i + 1) % 2], t->rows, above->n_out),
                           t->classes);
            scale_elementwise(e.data, t->slope[i], n);
        }
        if (activations[l->f.kind].is_curved) {
            activation_curvature(p->curvature, t->output[i], t->slope[i], l->f, 1.0f - l->dropout);
            for (size_t k = 0; k < n; k++)
                e.data[k] = (is_reached ? e.data[k] : 0.0f) +
                            p->eta[i][k] * p->pre_dot[i][k] * p->curvature[k];
            is_reached = true;
        }
        if (!is_reached)
            continue;
        dense_to_weight(dparam, net, l, 1.0f, e, i ? t->output[i - 1] : t->input, t->classes);
        add_column_sums(dparam + (l->bias - net->param), e);
    }
}

double penalty_add(penalty *p, const penalty_rule *rule, const network *net, const tape *t,
                   float gamma, float gain, float *dparam)
{
    assert(t->rows <= p->max_rows && net->n_layers == p->n_layers);
    pull_back(p, net, t);
    matrix g = matrix_view(p->x_dot[0], t->rows, net->n_in);
    double value = (double)gamma / (double)t->rows * rule->value_and_direction(g);
    float scale = gain * gamma / (float)t->rows;
    for (size_t i = 0; i < g.rows * g.cols; i++)
        g.data[i] *= scale;
    push_forward(p, net, t, dparam);
    add_curvature(p, net, t, dparam);
    return value;
}
