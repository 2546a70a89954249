/* SPDX-License-Identifier: MIT */
/* How few inputs an explanation is about. */
#include "measure_detail.h"
#include <math.h>
#include <stdlib.h>

/* Of n magnitudes that are sorted, least first, k from 1 on:
 * 1 - 2 sum (v_k / sum v) (n - k + 1/2) / n. */
static double find_gini(const float *sorted, size_t n)
{
    double all = 0, below = 0;
    for (size_t k = 0; k < n; k++) {
        all += (double)sorted[k];
        below += (double)sorted[k] * ((double)(n - k) - 0.5);
    }
    return all > 0 ? 1 - 2 * below / (all * (double)n) : (double)NAN;
}

static void measure(estimate *out, const trust_subject *s)
{
    size_t n = s->of->n;
    float *sorted = allocate(n, sizeof *sorted);
    uint32_t *room = allocate(2 * n, sizeof *room);
    for (size_t i = 0; i < n; i++)
        sorted[i] = fabsf(s->of->values[i]);
    floats_sort(sorted, n, room);
    *out = (estimate){find_gini(sorted, n), (double)NAN, (double)NAN};
    free(sorted);
    free(room);
}

const trust_measure sparseness_measure = {
    .name = "sparseness",
    .title = "How few inputs it is about",
    .definition = "The Gini index of the magnitudes v of its n values: with the least first, "
                  "1 - 2 sum over k = 1..n of v_k (n - k + 1/2) / (n sum of v). One input alone "
                  "has (n - 1) / n, equal ones have 0; not known where all values are 0.",
    .source = "Hurley & Rickard 2009, \"Comparing measures of sparsity\", table I; for "
              "explanations Chalasani et al. 2020, arXiv:1810.06583",
    .ideal = "none: the nearer to 1, the fewer inputs there are to read, be they the right ones or "
             "not",
    .better = TRUST_NEITHER,
    .measure = measure};
