/* SPDX-License-Identifier: MIT */
/* In how many real pictures' balls pictures lie. */
#include "found_once.h"
#include "metrics_detail.h"
#include <stdlib.h>

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t n = c->set->n;
    if (comparison_check_balls(c, e))
        return -1;
    out->by_picture = allocate(n, sizeof *out->by_picture);
    for (size_t i = 0; i < n; i++)
        out->by_picture[i] = comparison_balls(c)->n_around[i] / (double)WIDE_BALL;
    out->value = mean_estimate(out->by_picture, n, c);
    return 0;
}

const metric density_metric = {
    .name = "density",
    .title = "Density",
    .says = SAYS_QUALITY,
    .definition = "How many balls of real pictures a picture lies in, over k, on average; a ball "
                  "reaches, in the judge's features, to the fifth nearest real picture: "
                  "|x - r| < radius(r). Pictures like the real ones have about 1.",
    .estimator = "k = 5, the picture itself left out, edges excluded, every pair counted exactly; "
                 "95 % of 1,000 resamples of the pictures, the balls fixed",
    .source = "Naeem et al. 2020, \"Reliable fidelity and diversity metrics for generative "
              "models\", equation 3",
    .lies = "It has no upper limit: pictures that crowd where real ones are densest, the most "
            "ordinary ones, have more than real pictures have.",
    .needs = NEEDS_FEATURES,
    .better = NEAR_REAL_IS_BETTER,
    .decimals = 3,
    .cost = 0.05,
    .measure = measure};
