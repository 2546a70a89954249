/* SPDX-License-Identifier: MIT */
/* How far a method orders the inputs as the others do. */
#include "measure_detail.h"
#include <math.h>
#include <stdlib.h>

static void fill_magnitudes(float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = fabsf(v[i]);
}

/* Of what each input adds or, where the one measured has no sign, of how much. room: 2 n. */
static double agreement_with(const attribution *v, const trust_subject *s, float *room)
{
    size_t n = s->of->n;
    attribution_contributions(room, s->of, s->f, s->baseline);
    attribution_contributions(room + n, v, s->f, s->baseline);
    if (s->of->sign != SIGN_SIGNED)
        fill_magnitudes(room, 2 * n);
    return rank_correlation(room, room + n, n);
}

static void measure(estimate *out, const trust_subject *s)
{
    double all = 0;
    size_t n = 0;
    float *room = allocate(2 * s->of->n, sizeof *room);
    for (size_t i = 0; i < s->all->n; i++) {
        const attribution *v = &s->all->all[i];
        if (v == s->of || !v->method || v->sign != SIGN_SIGNED)
            continue;
        double found = agreement_with(v, s, room);
        if (isnan(found)) /* one of them has no order */
            continue;
        all += found;
        n++;
    }
    free(room);
    *out = (estimate){n ? all / (double)n : (double)NAN, (double)NAN, (double)NAN};
}

const trust_measure agreement_measure = {
    .name = "agreement",
    .title = "How far it orders the inputs as the other methods do",
    .definition =
        "Spearman's rank correlation (equal values share the mean of their ranks) of what each "
        "input adds, by this method and by another, mean over the other methods whose values have "
        "a sign; of a method whose own have none, of the magnitudes of both. Not with the "
        "controls: they know nothing, and to agree with them is no merit. Methods that share a "
        "fault agree, too.",
    .source = "Spearman 1904; between explanations Krishna et al. 2022, arXiv:2202.01602",
    .ideal = "1: the same order; 0 is what chance has",
    .better = TRUST_NEITHER,
    .sees_random = true,
    .sees_other = true,
    .sees_sign = true,
    .measure = measure};
