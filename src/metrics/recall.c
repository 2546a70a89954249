/* SPDX-License-Identifier: MIT */
/* How many real pictures lie where generated ones do. */
#include "found_once.h"
#include "metrics_detail.h"

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t n = c->real->n, n_hits = 0;
    if (comparison_check_balls(c, e))
        return -1;
    const ball_counts *balls = comparison_balls(c);
    for (size_t i = 0; i < n; i++)
        n_hits += balls->is_set_like[i];
    out->value = share_estimate(n_hits, n);
    return 0;
}

const metric recall_metric = {
    .name = "recall",
    .title = "Recall",
    .fidelity_name = "recall",
    .says = SAYS_COVERAGE,
    .definition = "The share of real pictures that lie, in the judge's features, within a ball "
                  "around a picture that reaches to its third nearest one of the pictures "
                  "themselves: |r - x| <= radius(x).",
    .estimator = "k = 3, the picture itself left out, edges included, every pair counted exactly; "
                 "Wilson's interval of the share, the balls fixed",
    .source = "Kynkaanniemi et al. 2019, \"Improved precision and recall metric for assessing "
              "generative models\", equations 1 and 2",
    .lies = "A few odd pictures far from all others have balls so large that real ones lie in "
            "them: noise raises it (see coverage, whose balls are around real pictures).",
    .needs = NEEDS_FEATURES,
    .better = MORE_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 0.05,
    .measure = measure};
