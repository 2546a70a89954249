/* SPDX-License-Identifier: MIT */
/* A bound on how likely a variational autoencoder holds real pictures to be. */
#include "metrics_detail.h"
#include <math.h>
#include <stdlib.h>

enum { N_CODES = 4 };

/* Of a picture x in 0..1 by logits v: sum x v - softplus(v). */
static double bernoulli_likelihood(const coded_picture *p)
{
    return dot(p->x, p->y, p->n_pixels) - softplus_sum(p->y, p->n_pixels, 1.0f, 0.0f, NULL);
}

/* Of variance 1/2 around y: what the loss `mse` is minus the logarithm of. */
static double gaussian_likelihood(const coded_picture *p)
{
    double total = 0;
    for (size_t i = 0; i < p->n_pixels; i++)
        total += pow((double)p->x[i] - (double)p->y[i], 2);
    return -total - 0.5 * (double)p->n_pixels * log(acos(-1.0));
}

/* KL(N(mean, exp(l)) || N(0, 1)), summed over the code. */
static double divergence(const coded_picture *p)
{
    const float *mean = p->moments, *l = mean + p->n_z;
    double total = 0;
    for (size_t k = 0; k < p->n_z; k++)
        total += 0.5 * (pow((double)mean[k], 2) + expm1((double)l[k]) - (double)l[k]);
    return total;
}

static double bound(const coded_picture *p)
{
    return (p->by->is_logit ? bernoulli_likelihood(p) : gaussian_likelihood(p)) - divergence(p);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    double *of_each = measure_codes(c, N_CODES, true, bound);
    (void)e;
    out->value = mean_estimate(of_each, c->real->n, c);
    out->n = c->real->n;
    free(of_each);
    return 0;
}

const metric elbo_metric = {
    .name = "elbo",
    .title = "Evidence lower bound",
    .says = SAYS_COVERAGE,
    .definition =
        "A bound from below on the log likelihood of a real picture x, in nats: the mean of log "
        "p(x|z) over codes z that the encoder draws for x, less KL(q(z|x) || N(0, I)). p(x|z) is "
        "the model's: with --reconstruction bce sum x v - log(1 + exp v), v the decoder's logits, "
        "with mse -|x - y|^2 - d/2 log(pi), a Gaussian of variance 1/2 around y.",
    .estimator = "4 codes a picture, the KL exact; the mean over the real pictures; 95 % of 1,000 "
                 "resamples of them",
    .source = "Kingma & Welling 2014, \"Auto-encoding variational Bayes\", equation 3 and "
              "appendix B",
    .lies = "It says how well real pictures are given back by codes that tell little, not how good "
            "generated ones look. Of greys bce is no likelihood, as it lacks its constant: compare "
            "models of one reconstruction loss and range alone.",
    .needs = NEEDS_PICTURES | NEEDS_MOMENTS,
    .better = MORE_IS_BETTER,
    .decimals = 2,
    .has_no_floor = true,
    .cost = 1,
    .measure = measure};
