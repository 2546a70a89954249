/* SPDX-License-Identifier: MIT */
/* Infidelity of small changes: a method may be right about what happens near z, or near the
 * picture, and wrong about what is lost all the way to the baseline. */
#include "measure_detail.h"
#include <math.h>

static void measure(estimate *out, const trust_subject *s)
{
    trust_subject near = *s;
    near.removals = s->near_removals;
    *out = (estimate){(double)NAN, (double)NAN, (double)NAN};
    if (s->near_removals)
        infidelity_measure.measure(out, &near);
}

const trust_measure infidelity_near_measure = {
    .name = "infidelity-near",
    .title = "The share of small changes that it does not foretell",
    .definition = "As infidelity, of the same sets of inputs, which go a tenth of the way to the "
                  "baseline: what a gradient is made for.",
    .source = "Yeh et al. 2019, arXiv:1901.09392, definition 2.1, of a small perturbation",
    .ideal = "0: it foretells every small change; 1: none",
    .better = TRUST_LESS,
    .sees_random = true,
    .sees_other = true,
    .sees_sign = true,
    .measure = measure};
