/* SPDX-License-Identifier: MIT */
/* The share of what the target does without inputs that a method does not foretell.
 *
 * Infidelity (infidelity_plain.c) is E[(p - D)^2] of what is foretold, p, and lost, D. A map that
 * is right up to its unit is not wrong: so the best factor b >= 0 comes first. The derivative by b
 * of E[(b p - D)^2] = b^2 E[p^2] - 2 b E[p D] + E[D^2] is 0 at b = E[p D] / E[p^2]. Where that is
 * above 0, 1 - E[p D]^2 / (E[p^2] E[D^2]) of E[D^2] is left; else b = 0 is best, and all of it is.
 */
#include "measure_detail.h"
#include <math.h>

/* Rounding must not leave less than nothing. */
static double share_left(const removal_sums *sums)
{
    if (!(sums->dd > 0))
        return (double)NAN;
    if (!(sums->pd > 0))
        return 1;
    return fmax(0, 1 - sums->pd / sums->pp * (sums->pd / sums->dd));
}

double infidelity_resamples(float resamples[N_RESAMPLES], const trust_subject *s)
{
    if (s->of->predicts != PREDICTS_ORDER)
        return removal_resamples(resamples, s, share_left);
    for (size_t k = 0; resamples && k < N_RESAMPLES; k++)
        resamples[k] = (float)NAN;
    return (double)NAN;
}

static void measure(estimate *out, const trust_subject *s)
{
    float resamples[N_RESAMPLES];
    double whole = infidelity_resamples(resamples, s);
    *out = estimate_of_resamples(whole, resamples, N_RESAMPLES);
}

const trust_measure infidelity_measure = {
    .name = "infidelity",
    .title = "The share of the target's changes that it does not foretell",
    .definition = REMOVALS_MEANING
    "Of all maps' units the best is taken: min over b >= 0 of E[(b p - D)^2] / E[D^2] = "
    "1 - E[p D]^2 / (E[p^2] E[D^2]), or 1 where E[p D] <= 0, as of a map with its sign "
    "turned. A map without signs is read as if each input moved the target the way that all of "
    "them together do. Interval: the middle 95 % of 1,000 resamples of the removals. "
    "Of 512 removals, 95 in 100 such intervals hold the share of all removals there are; of 128, "
    "the fewest, 91 (of small networks with random weights).",
    .source = "Yeh et al. 2019, arXiv:1901.09392, definition 2.1, with its best factor, over "
              "E[D^2]",
    .ideal = "0: it foretells every change; 1: none",
    .better = TRUST_LESS,
    .sees_random = true,
    .sees_other = true,
    .sees_sign = true,
    .measure = measure};
