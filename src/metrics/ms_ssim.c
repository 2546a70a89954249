/* SPDX-License-Identifier: MIT */
/* The same as ssim, seen at several sizes. */
#include "metrics_detail.h"
#include "similarity.h"
#include <stdlib.h>

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t n = c->set->n;
    (void)e;
    out->by_picture = allocate(n, sizeof *out->by_picture);
    for (size_t i = 0; i < n; i++)
        out->by_picture[i] = comparison_similarity(c)[i].ms_ssim;
    out->value = mean_estimate(out->by_picture, n, c);
    return 0;
}

const metric ms_ssim_metric = {
    .name = "ms_ssim",
    .title = "MS-SSIM to the nearest real picture",
    .says = SAYS_QUALITY,
    .definition = "How alike a picture and the real one that is nearest to it by its pixels look "
                  "at several sizes, on average: the contrast of each size but the last, and the "
                  "SSIM of the last, to the power of its weight, multiplied.",
    .estimator = "as ssim; sizes halved by the means of 2 by 2 pixels as long as a window of 11 "
                 "fits (28 and 14 pixels), weights 0.0448, 0.2856, 0.3001, 0.2363 and 0.1333, as "
                 "many as there are sizes, over their sum",
    .source = "Wang, Simoncelli & Bovik 2003, \"Multi-scale structural similarity for image "
              "quality assessment\", equation 7",
    .lies = "As ssim; and with two sizes it is the smaller picture's, by 86 parts of 100.",
    .needs = NEEDS_PICTURES,
    .better = NEAR_REAL_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 0.05,
    .measure = measure};
