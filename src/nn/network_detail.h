/* SPDX-License-Identifier: MIT */
/* What the files of nn share. */
#ifndef GANLENS_NETWORK_DETAIL_H
#define GANLENS_NETWORK_DETAIL_H

#include "nn.h"

/* Layers of a spec, with shapes, options and indices but without n_in and views; the caller frees.
 */
int spec_read(layer **layers, size_t *n_layers, const char *spec, error *e);

/* How layer i of a pass draws its dropout mask. */
dropout layer_dropout(const layer *l, pass p, size_t i);

/* The parameter that w of a network is, or that norm makes it of. */
matrix parameter_of(matrix w, const spectral_norm *norm);

/* out += a v. */
void add_scaled(float *out, float a, const float *v, size_t n);

/* The layers of net and what they are written as, without blocks. */
void network_copy_layers(network *copy, const network *net);
/* Blocks for the layers that net has: zero, but gamma and running_var are one. */
void network_allocate(network *net);

/* The products of a layer, whose weights for row r are what they are for classes[r], where it has
 * an embedding; else classes is not read. */

/* y (rows, n_out) = W x, x (rows, n_in). */
void dense_forward(matrix y, const layer *l, matrix x, const uint8_t *classes);
/* dx (rows, n_in) = dy W, dy (rows, n_out). */
void dense_to_input(matrix dx, const layer *l, matrix dy, const uint8_t *classes);
/* dparam's share of W (and of the embedding) = keep times what it is + dy' x; a block laid out as
 * net's parameters. keep is 0 or 1. */
void dense_to_weight(float *dparam, const network *net, const layer *l, float keep, matrix dy,
                     matrix x, const uint8_t *classes);

#endif
