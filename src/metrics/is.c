/* SPDX-License-Identifier: MIT */
/* How surely the judge sees classes, and how many. */
#include "metrics_detail.h"
#include <math.h>
#include <stdlib.h>

enum { N_SPLITS = 10, LEAST_OF_SPLIT = 10 };

static double negative_entropy(const double *p, size_t n)
{
    double total = 0;
    for (size_t k = 0; k < n; k++)
        total += p[k] > 0 ? p[k] * log(p[k]) : 0;
    return total;
}

/* The mean of KL(p || mean p) is the mean of sum p log p less the same of the mean. room: 2 *
 * n_classes. */
static double find_score(const judged_set *s, const uint32_t *which, size_t n, double *room)
{
    size_t n_classes = s->n_classes;
    double *p = room, *mean = room + n_classes, total = 0;
    for (size_t k = 0; k < n_classes; k++)
        mean[k] = 0;
    for (size_t i = 0; i < n; i++) {
        judged_set_probability(p, s, which[i]);
        total += negative_entropy(p, n_classes);
        for (size_t k = 0; k < n_classes; k++)
            mean[k] += p[k] / (double)n;
    }
    return exp(total / (double)n - negative_entropy(mean, n_classes));
}

static int measure(metric_result *out, comparison *c, error *e)
{
    const judged_set *s = c->set;
    double split[N_SPLITS], mean = 0;
    if (s->n < N_SPLITS * LEAST_OF_SPLIT)
        return fail(e, STATUS_USAGE, "%zu pictures, expected at least %d, %d in each of %d splits",
                    s->n, N_SPLITS * LEAST_OF_SPLIT, LEAST_OF_SPLIT, N_SPLITS);
    uint32_t *order = draw_order(s->n, c, DRAW_SPLITS);
    double *room = allocate(2 * s->n_classes, sizeof *room);
    for (size_t k = 0; k < N_SPLITS; k++) {
        size_t first = k * s->n / N_SPLITS, end = (k + 1) * s->n / N_SPLITS;
        split[k] = find_score(s, order + first, end - first, room);
        mean += split[k] / N_SPLITS;
    }
    out->value = block_estimate(mean, split, N_SPLITS, 1.0 / N_SPLITS);
    free(room);
    free(order);
    return 0;
}

const metric is_metric = {
    .name = "is",
    .title = "Inception-type score",
    .says = SAYS_QUALITY,
    .definition = "exp(mean KL(p(y|x) || p(y))), with p(y|x) the judge's chances of the classes y "
                  "for a picture x and p(y) their mean: from 1 to the number of classes, great "
                  "where each picture is surely of a class and all classes come alike.",
    .estimator = "the mean over 10 splits of the pictures in random order, softmax in double; "
                 "95 %: Student's t (9) times the splits' deviation / sqrt(10)",
    .source = "Salimans et al. 2016, \"Improved techniques for training GANs\", section 4",
    .lies =
        "It never reads real pictures: one good picture a class has the full score, and what is "
        "above the real pictures' is no better than they are. It is less the fewer the "
        "pictures in a split (Chong & Forsyth 2020).",
    .needs = NEEDS_CLASSES,
    .better = NEAR_REAL_IS_BETTER,
    .decimals = 3,
    .cost = 0.02,
    .measure = measure};
