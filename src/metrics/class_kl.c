/* SPDX-License-Identifier: MIT */
/* How far the classes that the judge sees are from those of the real pictures. */
#include "metrics_detail.h"
#include <math.h>
#include <stdlib.h>

static int count_classes(size_t *count, size_t n_classes, const uint8_t *class, size_t n, error *e)
{
    if (check_classes(class, n, n_classes, e))
        return -1;
    for (size_t i = 0; i < n; i++)
        count[class[i]]++;
    return 0;
}

/* surprise[k] = log(share of the set / share of the real ones), 0 of a class that is not seen. */
static void find_surprises(double *surprise, metric_result *out, const size_t *count,
                           const size_t *real)
{
    size_t n_classes = out->n_classes, n_hit = 0;
    double least = (double)INFINITY;
    for (size_t k = 0; k < n_classes; k++) {
        double of_real = ((double)real[k] + 0.5) / ((double)out->n_real + 0.5 * (double)n_classes);
        out->by_class[k] = share_estimate(count[k], out->n);
        double ratio = out->by_class[k].value / of_real;
        surprise[k] = count[k] ? log(ratio) : 0;
        n_hit += count[k] > 0;
        least = fmin(least, ratio);
    }
    result_add_part(out, "modes", (double)n_hit);
    result_add_part(out, "least_ratio", least);
}

/* The mean of the pictures' surprises is the divergence. */
static void find_value(metric_result *out, const double *surprise, comparison *c)
{
    double *item = allocate(c->set->n, sizeof *item);
    for (size_t i = 0; i < c->set->n; i++)
        item[i] = surprise[c->set->seen[i]];
    out->value = mean_estimate(item, c->set->n, c);
    out->value.low = fmax(out->value.low, 0);
    free(item);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    const judged_set *s = c->set, *real = c->real;
    size_t n = s->n_classes, *count = allocate(2 * n, sizeof *count);
    double *surprise = allocate(n, sizeof *surprise);
    result_add_classes(out, n);
    int status = count_classes(count, n, s->seen, s->n, e);
    if (status == 0)
        status = count_classes(count + n, n, real->labels ? real->labels : real->seen, real->n, e);
    if (status == 0) {
        find_surprises(surprise, out, count, count + n);
        find_value(out, surprise, c);
    }
    free(surprise);
    free(count);
    return status;
}

const metric class_kl_metric = {
    .name = "class_kl",
    .title = "Divergence of classes",
    .says = SAYS_COVERAGE,
    .definition =
        "KL(generated || real) = sum q log(q / p) in nats, with q the shares of the classes that "
        "the judge sees in the generated pictures and p those of the real ones (their labels, or "
        "what it sees where they have none). By class: q. modes: the classes seen at all; "
        "least_ratio: the least q / p.",
    .estimator = "1/2 is added to each count of the real ones, so that no p is 0; 95 % of 1,000 "
                 "resamples of the pictures' log(q / p), of the classes' shares Wilson's",
    .source = "Che et al. 2017, \"Mode regularized generative adversarial networks\", section 4; "
              "Srivastava et al. 2017, \"VEEGAN\", section 4.1",
    .lies = "It sees no collapse within a class. Where classes were asked for it tells what the "
            "judge makes of them, not the generator's choice. The judge's own errors hit modes "
            "that are not there: see the shares.",
    .needs = NEEDS_CLASSES,
    .better = LESS_IS_BETTER,
    .decimals = 4,
    .cost = 0.1,
    .measure = measure};
