/* SPDX-License-Identifier: MIT */
/* A network of z that is fitted to the target. */
#ifndef GANLENS_FITTED_NETWORK_H
#define GANLENS_FITTED_NETWORK_H

#include "nn.h"
#include "surrogate_detail.h"

/* A network of n ReLU layers of these widths, the last one linear. */
void network_fit_init(network *net, const float *widths, size_t n, size_t z_dim);
/* Fits net, which has one output, to s: the mean of the squared errors of the target, scaled to a
 * spread of 1, by Adam in batches of 32, ten times through the samples. From nothing but s and
 * net's shape: the same bits on any number of threads. s has at least a batch. Returns by how much
 * the gradient that it last went by is off differences in double, beside its size. */
double network_fit(network *net, const prior_sample *s);

#endif
