/* SPDX-License-Identifier: MIT */
/* How far a method names the same inputs as the others do. */
#include "measure_detail.h"
#include <math.h>
#include <stdlib.h>

enum { TOP_OF_Z = 10 };

/* Of few components half, of pixels a tenth. */
static size_t count_top(const trust_subject *s)
{
    size_t half = s->of->n / 2;
    return s->all->input == INPUT_X ? (s->of->n + 9) / 10 : half < TOP_OF_Z ? half : TOP_OF_Z;
}

/* False where all are equal: then there are no strongest. */
static bool mark_top(uint8_t *is_top, const attribution *v, const trust_subject *s, size_t k)
{
    size_t n = v->n, *top = allocate(k, sizeof *top);
    float *size = allocate(n, sizeof *size);
    bool has_order = false;
    attribution_contributions(size, v, s->f, s->baseline);
    for (size_t i = 0; i < n; i++) {
        has_order = has_order || fabsf(size[i]) != fabsf(size[0]);
        is_top[i] = 0;
    }
    size_t found = find_strongest(top, k, size, n);
    for (size_t i = 0; i < found; i++)
        is_top[top[i]] = 1;
    free(top);
    free(size);
    return has_order;
}

static double share_of(const uint8_t *own, const uint8_t *other, size_t n, size_t k)
{
    size_t n_both = 0;
    for (size_t i = 0; i < n; i++)
        n_both += own[i] && other[i];
    return (double)n_both / (double)k;
}

static void measure(estimate *out, const trust_subject *s)
{
    size_t n = s->of->n, k = count_top(s), n_others = 0;
    uint8_t *own = allocate(2 * n, 1), *other = own + n;
    double all = 0;
    bool has_top = k > 0 && mark_top(own, s->of, s, k);
    for (size_t i = 0; has_top && i < s->all->n; i++) {
        const attribution *v = &s->all->all[i];
        if (v == s->of || !v->method || !mark_top(other, v, s, k))
            continue;
        all += share_of(own, other, n, k);
        n_others++;
    }
    free(own);
    *out = (estimate){n_others ? all / (double)n_others : (double)NAN, (double)NAN, (double)NAN};
}

const trust_measure top_overlap_measure = {
    .name = "top-overlap",
    .title = "How far it names the same inputs as the other methods do",
    .definition =
        "Which share of the k inputs that add most, whatever their sign, are among the k of "
        "another method, too, mean over the other methods; k is 10 of z, or half of fewer than 20 "
        "components, and a tenth of the pixels. By chance alone it is k / n of n inputs: of 64 "
        "components 0.16, of pixels 0.1. Not with the controls. Not known where all add the same.",
    .source = "feature agreement of Krishna et al. 2022, arXiv:2202.01602",
    .ideal = "1: the same inputs; k / n is what chance has",
    .better = TRUST_NEITHER,
    .sees_random = true,
    .sees_other = true,
    .measure = measure};
