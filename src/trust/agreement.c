/* SPDX-License-Identifier: MIT */
/* How far a method orders the inputs as the others do. */
#include "trust_detail.h"
#include <math.h>
#include <stdlib.h>

static void measure(estimate *out, const trust_subject *s)
{
    double sum = 0;
    size_t n = 0;
    float *own = allocate(2 * s->f->n, sizeof *own), *other = own + s->f->n;
    attribution_contributions(own, s->of, s->f, s->baseline);
    for (size_t i = 0; i < s->all->n; i++) {
        const attribution *v = &s->all->all[i];
        if (v == s->of || !v->method || v->sign != SIGN_SIGNED)
            continue;
        attribution_contributions(other, v, s->f, s->baseline);
        sum += rank_correlation(own, other, s->f->n);
        n++;
    }
    free(own);
    *out = (estimate){n ? sum / (double)n : (double)NAN, (double)NAN, (double)NAN};
}

const trust_measure agreement_measure = {
    .name = "agreement",
    .title = "How far it orders the inputs as the other methods do",
    .definition = "Spearman's rank correlation of what each input adds, by this method and by "
                  "another, mean over the other methods whose values have a sign.",
    .source = "Spearman 1904",
    .ideal = "1: the same order",
    .better = TRUST_NEITHER,
    .sees_random = true,
    .sees_other = true,
    .sees_sign = true,
    .measure = measure};
