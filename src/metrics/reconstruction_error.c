/* SPDX-License-Identifier: MIT */
/* How well an autoencoder gives real pictures back. */
#include "metrics_detail.h"
#include <math.h>
#include <stdlib.h>

static double mean_square(const coded_picture *p)
{
    const metric_autoencoder *a = p->by;
    double total = 0, range = (double)a->high - (double)a->low;
    for (size_t i = 0; i < p->n_pixels; i++) {
        double y = (double)p->y[i];
        y = a->is_logit ? 1 / (1 + exp(-y)) : y;
        total += pow((y - (double)p->x[i]) / range, 2);
    }
    return total / (double)p->n_pixels;
}

static int measure(metric_result *out, comparison *c, error *e)
{
    double *of_each = measure_codes(c, 1, false, mean_square);
    (void)e;
    out->value = mean_estimate(of_each, c->real->n, c);
    out->n = c->real->n;
    free(of_each);
    return 0;
}

const metric reconstruction_metric = {
    .name = "reconstruction",
    .title = "Reconstruction error",
    .says = SAYS_COVERAGE,
    .definition = "The mean over the pixels (0..1) of real pictures of the squared difference "
                  "between a picture and what the decoder makes of its code, of a vae's the mean.",
    .estimator = "the mean over the real pictures; 95 % of 1,000 resamples of them",
    .source = "Hinton & Salakhutdinov 2006, \"Reducing the dimensionality of data with neural "
              "networks\"",
    .lies = "The longer the code the less it is, whatever pictures of random codes look like; and "
            "means of squares are least for blurred pictures.",
    .needs = NEEDS_PICTURES | NEEDS_AUTOENCODER,
    .better = LESS_IS_BETTER,
    .decimals = 5,
    .has_no_floor = true,
    .cost = 0.3,
    .measure = measure};
