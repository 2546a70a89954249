/* SPDX-License-Identifier: MIT */
/* How many pictures lie where real ones do. */
#include "found_once.h"
#include "metrics_detail.h"
#include <stdlib.h>

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t n = c->set->n, n_hits = 0;
    if (comparison_check_balls(c, e))
        return -1;
    out->by_picture = allocate(n, sizeof *out->by_picture);
    const ball_counts *balls = comparison_balls(c);
    for (size_t i = 0; i < n; i++) {
        out->by_picture[i] = balls->is_real_like[i];
        n_hits += balls->is_real_like[i];
    }
    out->value = share_estimate(n_hits, n);
    return 0;
}

const metric precision_metric = {
    .name = "precision",
    .title = "Precision",
    .fidelity_name = "precision",
    .says = SAYS_QUALITY,
    .definition = "The share of pictures that lie, in the judge's features, within a ball around a "
                  "real picture that reaches to its third nearest real one: |x - r| <= radius(r).",
    .estimator = "k = 3, the picture itself left out, edges included, every pair counted exactly; "
                 "Wilson's interval of the share, the balls fixed",
    .source = "Kynkaanniemi et al. 2019, \"Improved precision and recall metric for assessing "
              "generative models\", equations 1 and 2",
    .lies = "One odd real picture has a ball so large that poor pictures lie in it (see density); "
            "copies of a single good picture are precise, too.",
    .needs = NEEDS_FEATURES,
    .better = MORE_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 1.0,
    .measure = measure};
