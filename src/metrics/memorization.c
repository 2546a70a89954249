/* SPDX-License-Identifier: MIT */
/* Whether pictures are nearer to training pictures than new real pictures are. */
#include "metrics_detail.h"
#include <stdlib.h>

enum { SHARES = 21 }; /* 5 % apart, so that the one in the middle is the median */

static void fill_quantiles(float quantile[SHARES], const double *v, size_t n)
{
    float *copy = allocate(n, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = (float)v[i];
    quantiles_find(quantile, SHARES, copy, n);
    free(copy);
}

static double median_distance(const training_neighbours *near)
{
    float quantile[SHARES];
    fill_quantiles(quantile, near->distance, near->n);
    return (double)quantile[SHARES / 2];
}

/* Nearness and not distance: where pictures lie close together, as all slim digits do, they count
 * as elsewhere. */
static void fill_result(metric_result *out, const training_neighbours *near,
                        const training_neighbours *of_real)
{
    float of_new[SHARES];
    size_t n_nearer = 0;
    fill_quantiles(of_new, of_real->nearness, of_real->n);
    out->n = near->n;
    out->n_real = of_real->n;
    out->by_picture = allocate(near->n, sizeof *out->by_picture);
    for (size_t i = 0; i < near->n; i++) {
        out->by_picture[i] = near->nearness[i];
        n_nearer += (float)near->nearness[i] < of_new[1];
    }
    out->value = share_estimate(n_nearer, near->n);
    result_add_part(out, "limit", (double)of_new[1]);
    result_add_part(out, "median_distance", median_distance(near));
    result_add_part(out, "median_distance_of_real", median_distance(of_real));
}

static int measure(metric_result *out, comparison *c, error *e)
{
    const image_set *training = c->context->training;
    const size_t least = 11; /* ten others */
    if (c->real->n < SHARES || training->n < least)
        return fail(e, STATUS_USAGE,
                    "there are %zu real and %zu training pictures, expected at least %d and %zu",
                    c->real->n, training->n, SHARES, least);
    fill_result(out, judged_set_near_training(c->set, training),
                judged_set_near_training(c->real, training));
    return 0;
}

const metric memorization_metric = {
    .name = "memorization",
    .title = "Nearer to training pictures than new real ones",
    .says = SAYS_MEMORY,
    .definition = "The share of pictures that are nearer to some training picture than 95 of 100 "
                  "new real pictures are: 0.05 where none was learned by heart, 1 for copies. How "
                  "near is how far the nearest training picture is, by its pixels, over how far "
                  "the tenth is: much less than 1 where one alone is near.",
    .estimator = "the first 2,000 pictures and the first 2,000 real ones, the training picture "
                 "left out that one is itself; Euclidean distances; the limit is a quantile (type "
                 "7) of the real ones'; Wilson's interval of the share, the limit fixed",
    .source = "the quotient as of Carlini et al. 2023, \"Extracting training data from diffusion "
              "models\", equation 1; new pictures beside it as of Meehan et al. 2020, \"A "
              "non-parametric test to detect data-copying in generative models\"",
    .lies =
        "A copy that was moved or turned a little is far away by its pixels, and a picture that "
        "the data hold ten times has ten near ones: look at the closest pairs.",
    .needs = NEEDS_PICTURES | NEEDS_TRAINING,
    .better = LESS_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 3.0,
    .measure = measure};
