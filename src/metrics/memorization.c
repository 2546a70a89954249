/* SPDX-License-Identifier: MIT */
/* Whether pictures are nearer to training pictures than new real pictures are. */
#include "found_once.h"
#include "metrics_detail.h"
#include <math.h>
#include <stdlib.h>

enum { SHARES = 21 }; /* 5 % apart, so that the one in the middle is the median */

/* Of Euclidean distances. */
static void fill_quantiles(float quantile[SHARES], const neighbours *found)
{
    float *distance = allocate(found->n, sizeof *distance);
    for (size_t i = 0; i < found->n; i++)
        distance[i] = (float)sqrt(found->distance[i]);
    quantiles_find(quantile, SHARES, distance, found->n);
    free(distance);
}

static void fill_result(metric_result *out, const neighbours *found, const neighbours *of_real)
{
    float own[SHARES], real[SHARES];
    size_t n_nearer = 0;
    fill_quantiles(own, found);
    fill_quantiles(real, of_real);
    out->n = found->n;
    out->n_real = of_real->n;
    out->by_picture = allocate(found->n, sizeof *out->by_picture);
    for (size_t i = 0; i < found->n; i++) {
        out->by_picture[i] = sqrt(found->distance[i]);
        n_nearer += (float)out->by_picture[i] < real[1];
    }
    out->value = share_estimate(n_nearer, found->n);
    result_add_part(out, "median_distance", (double)own[SHARES / 2]);
    result_add_part(out, "median_distance_of_real", (double)real[SHARES / 2]);
    result_add_part(out, "limit_distance", (double)real[1]);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    const image_set *training = c->context->training;
    if (c->real->n < SHARES || training->n < 2)
        return fail(e, STATUS_USAGE,
                    "there are %zu real and %zu training pictures, expected at least %d and 2",
                    c->real->n, training->n, SHARES);
    fill_result(out, set_nearest_training(c->set, training),
                set_nearest_training(c->real, training));
    return 0;
}

const metric memorization_metric = {
    .name = "memorization",
    .title = "Nearer to training pictures than new real ones",
    .says = SAYS_MEMORY,
    .definition = "The share of pictures that are nearer, by their pixels, to some training "
                  "picture than 95 of 100 new real pictures are; 0.05 where none was learned by "
                  "heart, 1 for copies. The distance is that to the nearest training picture, "
                  "Euclidean, of pixels in 0..1.",
    .estimator = "the first 2,000 pictures and the first 2,000 real ones, the training picture "
                 "left out that a real one is itself; the limit is a quantile (type 7) of the real "
                 "ones' distances; Wilson's interval of the share, the limit fixed",
    .source = "Meehan, Chaudhuri & Dasgupta 2020, \"A non-parametric test to detect "
              "data-copying in generative models\", for the comparison with held-out pictures",
    .lies = "Blurred and very ordinary pictures are near to many training pictures without being "
            "copies: look at the closest pairs. A copy moved by a pixel is far away.",
    .needs = NEEDS_PICTURES | NEEDS_TRAINING,
    .better = NEAR_REAL_IS_BETTER,
    .decimals = 3,
    .cost = 4.0,
    .measure = measure};
