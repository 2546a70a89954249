/* SPDX-License-Identifier: MIT */
/* The products of a dense layer. Where it has an embedding e, the one output of row r is
 * (w + e[c]) x for its class c: a product that all rows share, and a dot product for each. */
#include "network_detail.h"
#include <assert.h>
#include <string.h>

/* The row of e that row r reads. */
static size_t class_at(const layer *l, const uint8_t *classes, size_t r)
{
    assert(classes && classes[r] < l->embedding.rows);
    return classes[r] * l->n_in;
}

void add_scaled(float *out, float a, const float *v, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] += a * v[k];
}

void dense_forward(matrix y, const layer *l, matrix x, const uint8_t *classes)
{
    matrix_multiply(y, 0.0f, x, AS_IS, l->weight, TRANSPOSED);
    for (size_t r = 0; l->embedding.data && r < x.rows; r++)
        y.data[r * y.stride] +=
            (float)dot(l->embedding.data + class_at(l, classes, r), x.data + r * x.stride, l->n_in);
}

void dense_to_input(matrix dx, const layer *l, matrix dy, const uint8_t *classes)
{
    matrix_multiply(dx, 0.0f, dy, AS_IS, l->weight, AS_IS);
    for (size_t r = 0; l->embedding.data && r < dy.rows; r++)
        add_scaled(dx.data + r * dx.stride, dy.data[r * dy.stride],
                   l->embedding.data + class_at(l, classes, r), l->n_in);
}

/* The gradient of parameters in a block laid out as the network's. */
static matrix gradient_of(float *dparam, const network *net, matrix w, const spectral_norm *norm)
{
    return matrix_view(dparam + (parameter_of(w, norm).data - net->param), w.rows, w.cols);
}

void dense_to_weight(float *dparam, const network *net, const layer *l, float keep, matrix dy,
                     matrix x, const uint8_t *classes)
{
    matrix_multiply(gradient_of(dparam, net, l->weight, &l->weight_norm), keep, dy, TRANSPOSED, x,
                    AS_IS);
    if (!l->embedding.data)
        return;
    matrix d_embedding = gradient_of(dparam, net, l->embedding, &l->embedding_norm);
    if (keep == 0.0f)
        memset(d_embedding.data, 0, d_embedding.rows * d_embedding.cols * sizeof(float));
    for (size_t r = 0; r < dy.rows; r++)
        add_scaled(d_embedding.data + class_at(l, classes, r), dy.data[r * dy.stride],
                   x.data + r * x.stride, l->n_in);
}
