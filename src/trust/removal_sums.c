/* SPDX-License-Identifier: MIT */
/* What the target lost without inputs, beside what a method foretold, summed over the removals. */
#include "measure_detail.h"
#include <stdlib.h>

static void add_product(removal_sums *sums, double foretold, double lost)
{
    sums->pp += foretold * foretold;
    sums->pd += foretold * lost;
    sums->dd += lost * lost;
    sums->n++;
}

/* value of as many removals as there are, drawn with repetition. */
static void resample(float out[N_RESAMPLES], const trust_subject *s, const double *foretold,
                     value_of_sums *value)
{
    size_t n = s->removals->n;
    uint32_t *which = allocate(n, sizeof *which);
    for (uint32_t k = 0; k < N_RESAMPLES; k++) {
        removal_sums sums = {0};
        rng r = trust_rng(s->seed, TRUST_RESAMPLE, k);
        rng_fill_below(&r, which, n, (uint32_t)n);
        for (size_t i = 0; i < n; i++)
            add_product(&sums, foretold[which[i]], (double)s->removals->loss[which[i]]);
        out[k] = (float)value(&sums);
    }
    free(which);
}

double removal_resamples(float resamples[N_RESAMPLES], const trust_subject *s, value_of_sums *value)
{
    removal_sums sums = {0};
    double *foretold = allocate(s->removals->n, sizeof *foretold);
    removal_predictions(foretold, s);
    for (size_t i = 0; i < s->removals->n; i++)
        add_product(&sums, foretold[i], (double)s->removals->loss[i]);
    if (resamples)
        resample(resamples, s, foretold, value);
    free(foretold);
    return value(&sums);
}

estimate removal_estimate(const trust_subject *s, value_of_sums *value)
{
    float resamples[N_RESAMPLES];
    double whole = removal_resamples(resamples, s, value);
    return estimate_of_resamples(whole, resamples, N_RESAMPLES);
}
