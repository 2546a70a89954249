/* SPDX-License-Identifier: MIT */
/* How far a method misses what the target loses without inputs, in the target's own unit. */
#include "measure_detail.h"
#include <math.h>

/* Rounding must not leave less than nothing. */
static double mean_square(const removal_sums *sums)
{
    return fmax(0, sums->pp - 2 * sums->pd + sums->dd) / (double)sums->n;
}

static void measure(estimate *out, const trust_subject *s)
{
    bool has_unit = s->of->predicts == PREDICTS_RATE || s->of->predicts == PREDICTS_CHANGE;
    *out = (estimate){(double)NAN, (double)NAN, (double)NAN};
    if (has_unit && s->of->sign == SIGN_SIGNED)
        *out = removal_estimate(s, mean_square);
}

const trust_measure infidelity_plain_measure = {
    .name = "infidelity-plain",
    .title = "How far off it is from what the target loses, squared",
    .definition = REMOVALS_MEANING
    "It is E[(p - D)^2], in the target's unit squared, and only of methods that foretell in "
    "that unit: a map ten times too large is off by it. Interval: as of infidelity.",
    .source = "Yeh et al. 2019, arXiv:1901.09392, definition 2.1",
    .ideal = "0: it foretells every change in full",
    .better = TRUST_LESS,
    .sees_random = true,
    .sees_other = true,
    .sees_sign = true,
    .measure = measure};
