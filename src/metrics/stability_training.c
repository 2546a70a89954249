/* SPDX-License-Identifier: MIT */
/* How alike two trainings' pictures of the same z look. */
#include "metrics_detail.h"
#include "similarity.h"
#include <stdlib.h>

static int measure(metric_result *out, comparison *c, error *e)
{
    const judged_set *s = c->set, *other = c->context->twin;
    if (other->n != s->n || other->shape.rows != s->shape.rows ||
        other->shape.cols != s->shape.cols)
        return fail(e, STATUS_USAGE,
                    "the other training has %zu pictures of %zux%zu, expected %zu of %zux%zu",
                    other->n, other->shape.rows, other->shape.cols, s->n, s->shape.rows,
                    s->shape.cols);
    picture_pair *pairs = allocate(s->n, sizeof *pairs);
    similarity *found = allocate(s->n, sizeof *found);
    for (size_t i = 0; i < s->n; i++)
        pairs[i] = (picture_pair){(uint32_t)i, (uint32_t)i};
    similarities_find(found, s->pictures, other->pictures, s->shape, pairs, s->n);
    out->value = ssim_estimate(found, s->n, c);
    free(pairs);
    free(found);
    return 0;
}

const metric stability_training_metric = {
    .name = "stability-training",
    .title = "Stability over trainings",
    .says = SAYS_STABILITY,
    .definition = "How alike the pictures look that two trainings (of another seed, other settings "
                  "or other data) make of the same z, on average, by SSIM.",
    .estimator = "each pair of trainings by itself; windows as of ssim; 95 % of 1,000 resamples of "
                 "the pictures",
    .source = "SSIM: Wang et al. 2004, equation 13",
    .lies = "Nothing ties z to a picture but the initial weights, so trainings of other seeds have "
            "little more than stability-prior; two that collapsed alike have much.",
    .needs = NEEDS_PICTURES | NEEDS_TWIN,
    .better = MORE_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .has_no_floor = true,
    .cost = 0.2,
    .measure = measure};
