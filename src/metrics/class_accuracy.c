/* SPDX-License-Identifier: MIT */
/* How often the judge sees the class that was asked for. */
#include "metrics_detail.h"
#include <stdlib.h>

static int measure(metric_result *out, comparison *c, error *e)
{
    const judged_set *s = c->set;
    size_t n_right = 0;
    if (check_classes(s->labels, s->n, s->n_classes, e))
        return -1;
    out->by_picture = allocate(s->n, sizeof *out->by_picture);
    for (size_t i = 0; i < s->n; i++) {
        out->by_picture[i] = s->seen[i] == s->labels[i];
        n_right += s->seen[i] == s->labels[i];
    }
    out->value = share_estimate(n_right, s->n);
    return 0;
}

const metric class_accuracy_metric = {
    .name = "class_accuracy",
    .title = "Asked class seen",
    .says = SAYS_QUALITY,
    .definition = "The share of pictures in which the judge sees the class that was asked for.",
    .estimator = "the share of pictures; Wilson's interval",
    .source = "Odena et al. 2017, \"Conditional image synthesis with auxiliary classifier GANs\", "
              "section 4",
    .lies = "Pictures that look alike within a class are right, too; and the judge errs itself: "
            "see what it makes of real pictures.",
    .needs = NEEDS_CLASSES | NEEDS_LABELS,
    .better = MORE_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 0.05,
    .measure = measure};
