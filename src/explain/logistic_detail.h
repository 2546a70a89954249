/* SPDX-License-Identifier: MIT */
/* The odds that a target is above a threshold, as a weighted sum of z. */
#ifndef GANLENS_LOGISTIC_DETAIL_H
#define GANLENS_LOGISTIC_DETAIL_H

#include "method_detail.h"

/* Weights are held back by half the sum of their squares, the constant's too: where the two sides
 * can be parted without an error, or all z are on one, they would grow without end. */
#define LOGISTIC_RIDGE 1.0

/* 1 / (1 + exp(-v)), and log(1 + exp(v)), without overflow. */
double logistic_of(double v);
double logistic_loss(double v);

/* weight (1 + z_dim), the constant first, makes the log likelihood, less what the ridge takes,
 * greatest; errors (1 + z_dim): roots of the diagonal of the inverse of its curve there. */
void logistic_fit(double *weight, double *errors, const prior_sample *s, size_t z_dim,
                  double threshold);

#endif
