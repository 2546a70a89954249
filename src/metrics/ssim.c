/* SPDX-License-Identifier: MIT */
/* How alike a picture and its nearest real one look. */
#include "metrics_detail.h"
#include "similarity.h"
#include <stdlib.h>

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t n = c->set->n;
    (void)e;
    out->by_picture = allocate(n, sizeof *out->by_picture);
    for (size_t i = 0; i < n; i++)
        out->by_picture[i] = comparison_similarity(c)[i].ssim;
    out->value = mean_estimate(out->by_picture, n, c);
    return 0;
}

const metric ssim_metric = {
    .name = "ssim",
    .title = "SSIM to the nearest real picture",
    .says = SAYS_QUALITY,
    .definition = "How alike a picture and the real one that is nearest to it by its pixels look, "
                  "on average: SSIM, 1 for equal pictures, about 0 for unrelated ones.",
    .estimator = "Gaussian windows of 11 pixels, standard deviation 1.5, within the picture, "
                 "K1 = 0.01, K2 = 0.03; 95 % of 1,000 resamples of the pictures",
    .source = "Wang et al. 2004, \"Image quality assessment: from error visibility to structural "
              "similarity\", equations 13 to 15",
    .lies = "Copies of real pictures have the most, and so, of strokes, have the simplest ones: "
            "hold it against that of other real pictures.",
    .needs = NEEDS_PICTURES,
    .better = NEAR_REAL_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 2.0,
    .measure = measure};
