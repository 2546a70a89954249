/* SPDX-License-Identifier: MIT */
/* Targets that see the picture through the critic: its logit, and G's loss at it. */
#include "target_detail.h"
#include <math.h>

static const target_term logit_terms[] = {{.reads = NET_CRITIC,
                                           .evaluate = component_evaluate,
                                           .evaluate_in_double = component_evaluate_in_double}};

const target_row target_logit = {.name = "logit",
                                 .form = "logit",
                                 .meaning = "D's raw verdict on the picture, D(G(z))",
                                 .unit = "logit",
                                 .terms = logit_terms,
                                 .n_terms = 1,
                                 .sees_picture = true,
                                 .read = target_read_nothing};

void gen_evaluate(const term_tile *t, float *value, float *dy)
{
    float lambda = (float)t->x->target.lambda;
    for (size_t r = 0; r < t->n; r++)
        value[r] = (float)softplus_sum(t->y + r, 1, -1.0f, lambda, dy + r) * lambda;
}

static double softplus(double v) { return fmax(v, 0.0) + log1p(exp(-fabs(v))); }

static double logistic(double v) { return v >= 0 ? 1 / (1 + exp(-v)) : exp(v) / (1 + exp(v)); }

double gen_evaluate_in_double(const term_row *t, double *dy, double *squares)
{
    double lambda = t->x->target.lambda, logit = t->y[0];
    if (dy) {
        dy[0] = -lambda * logistic(-logit);
        squares[0] = dy[0] * dy[0];
    }
    return lambda * softplus(-logit);
}

static const target_term gen_terms[] = {
    {.reads = NET_CRITIC, .evaluate = gen_evaluate, .evaluate_in_double = gen_evaluate_in_double}};

const target_row target_gen = {
    .name = "gen",
    .form = "gen",
    .meaning = "G's loss, which is lower the more real D finds the picture: -log D(G(z)) = "
               "softplus(-logit)",
    .unit = "nats",
    .terms = gen_terms,
    .n_terms = 1,
    .sees_picture = true,
    .read = target_read_nothing};
