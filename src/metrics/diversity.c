/* SPDX-License-Identifier: MIT */
/* How different pictures of one class look. */
#include "metrics_detail.h"
#include "similarity.h"
#include <stdlib.h>

enum { MOST_PAIRS = 500 };

/* Pairs of class k, in which no picture is twice. */
static size_t draw_pairs(picture_pair *pairs, const comparison *c, size_t k)
{
    const judged_set *s = c->set;
    uint32_t *members = allocate(s->n, sizeof *members), *order = allocate(s->n, sizeof *order);
    rng r = metric_rng(c, DRAW_PAIRS);
    size_t n = 0, n_pairs;
    for (size_t i = 0; i < s->n; i++)
        if (s->seen[i] == k)
            members[n++] = (uint32_t)i;
    r.position = k << 32;
    rng_fill_permutation(&r, order, n);
    n_pairs = n / 2 < MOST_PAIRS ? n / 2 : MOST_PAIRS;
    for (size_t i = 0; i < n_pairs; i++)
        pairs[i] = (picture_pair){members[order[2 * i]], members[order[2 * i + 1]]};
    free(members);
    free(order);
    return n_pairs;
}

/* What the pairs, n_of[k] of class k, make of the result. */
static void fill_result(metric_result *out, const comparison *c, const similarity *s,
                        const size_t *n_of, size_t n)
{
    double *different = allocate(n, sizeof *different), total_ssim = 0;
    size_t n_classes = c->set->n_classes;
    estimate *by_class = result_add_classes(out, n_classes);
    for (size_t i = 0; i < n; i++) {
        different[i] = 1 - s[i].ms_ssim;
        total_ssim += s[i].ssim;
    }
    for (size_t k = 0, first = 0; k < n_classes; first += n_of[k], k++)
        if (n_of[k] > 0)
            by_class[k] = mean_estimate(different + first, n_of[k], c);
    out->value = mean_estimate(different, n, c);
    result_add_part(out, "by_ssim", 1 - total_ssim / (double)n);
    result_add_part(out, "pairs", (double)n);
    free(different);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    const judged_set *s = c->set;
    picture_pair *pairs = allocate(s->n / 2 + 1, sizeof *pairs);
    size_t *n_of = allocate(s->n_classes, sizeof *n_of), n = 0;
    int status = 0;
    for (size_t k = 0; k < s->n_classes; k++)
        n += n_of[k] = draw_pairs(pairs + n, c, k);
    if (n > 0) {
        similarity *found = allocate(n, sizeof *found);
        similarities_find(found, s->pictures, s->pictures, s->shape, pairs, n);
        fill_result(out, c, found, n_of, n);
        free(found);
    } else
        status = fail(e, STATUS_USAGE, "of %zu pictures no two are seen as one class", s->n);
    free(pairs);
    free(n_of);
    return status;
}

const metric diversity_metric = {
    .name = "diversity",
    .title = "Diversity within a class",
    .says = SAYS_DIVERSITY,
    .definition = "How different two pictures look in which the judge sees the same class, on "
                  "average: 1 - MS-SSIM, 0 where all pictures of a class are one.",
    .estimator =
        "up to 500 random pairs a class, no picture in two of them; windows as of ms_ssim; "
        "95 % of 1,000 resamples of the pairs",
    .source = "Odena et al. 2017, \"Conditional image synthesis with auxiliary classifier GANs\", "
              "section 4.2; Wang, Simoncelli & Bovik 2003, equation 7",
    .lies = "Noise is different, too: more than real pictures have is no merit. Classes that are "
            "missing are not noticed (see class_kl).",
    .class_quality = "How different the class's pictures look (1 - MS-SSIM)",
    .needs = NEEDS_PICTURES | NEEDS_CLASSES,
    .better = NEAR_REAL_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .cost = 0.12,
    .measure = measure};
