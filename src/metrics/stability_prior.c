/* SPDX-License-Identifier: MIT */
/* How alike pictures of different z look. */
#include "metrics_detail.h"
#include "similarity.h"
#include <stdlib.h>

enum { MOST_PAIRS = 5000 };

static int measure(metric_result *out, comparison *c, error *e)
{
    const judged_set *s = c->set;
    size_t n = s->n / 2 < MOST_PAIRS ? s->n / 2 : MOST_PAIRS;
    if (n == 0)
        return fail(e, STATUS_USAGE, "there is 1 picture, expected at least 2");
    uint32_t *order = allocate(s->n, sizeof *order);
    picture_pair *pairs = allocate(n, sizeof *pairs);
    similarity *found = allocate(n, sizeof *found);
    rng r = metric_rng(c, DRAW_PAIRS);
    rng_fill_permutation(&r, order, s->n);
    for (size_t i = 0; i < n; i++)
        pairs[i] = (picture_pair){order[2 * i], order[2 * i + 1]};
    similarities_find(found, s->pictures, s->pictures, s->shape, pairs, n);
    out->value = ssim_estimate(found, n, c);
    result_add_part(out, "pairs", (double)n);
    free(order);
    free(pairs);
    free(found);
    return 0;
}

const metric stability_prior_metric = {
    .name = "stability-prior",
    .title = "Stability over the prior",
    .says = SAYS_STABILITY,
    .definition = "How alike two pictures of different z look, on average, by SSIM, whatever "
                  "their classes; 1 where every z gives one picture: the generator collapsed.",
    .estimator = "up to 5,000 random pairs, no picture in two of them; windows as of ssim; 95 % of "
                 "1,000 resamples of the pairs",
    .source = "pairs of random pictures as of Odena et al. 2017, section 4.2; SSIM: Wang et al. "
              "2004, equation 13",
    .lies = "Dark margins are alike in every picture: hold it against that of real pictures. A few "
            "modes that look unlike each other keep it low.",
    .needs = NEEDS_PICTURES,
    .better = NEAR_REAL_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 0.12,
    .measure = measure};
