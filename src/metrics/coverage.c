/* SPDX-License-Identifier: MIT */
/* How many real pictures have a generated one near them. */
#include "found_once.h"
#include "metrics_detail.h"

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t n = c->real->n, n_hits = 0;
    if (comparison_check_balls(c, e))
        return -1;
    const ball_counts *balls = comparison_balls(c);
    for (size_t i = 0; i < n; i++)
        n_hits += balls->n_inside[i] > 0;
    out->value = share_estimate(n_hits, n);
    return 0;
}

const metric coverage_metric = {
    .name = "coverage",
    .title = "Coverage",
    .says = SAYS_COVERAGE,
    .definition = "The share of real pictures that have a picture within their ball, which "
                  "reaches, in the judge's features, to the fifth nearest real one: "
                  "|x - r| < radius(r). As many pictures like the real ones have 0.969.",
    .estimator = "k = 5, the picture itself left out, edges excluded, every pair counted exactly; "
                 "Wilson's interval of the share, the balls fixed",
    .source = "Naeem et al. 2020, \"Reliable fidelity and diversity metrics for generative "
              "models\", equation 4",
    .lies = "It depends on the numbers of pictures: only values of equally many of either kind "
            "may be compared. One picture in a ball covers it, be it in few or many.",
    .needs = NEEDS_FEATURES,
    .better = MORE_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 0.05,
    .measure = measure};
