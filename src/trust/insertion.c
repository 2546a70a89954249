/* SPDX-License-Identifier: MIT */
/* How high the target is while what adds most to it comes back first. */
#include "measure_detail.h"

static void measure(estimate *out, const trust_subject *s) { removal_area(out, s, WAY_IN); }

const trust_measure insertion_measure = {
    .name = "insertion",
    .title = "The target while what adds most to it comes first",
    .definition =
        "As deletion, but all inputs are at the baseline first and come back one after another, "
        "first what the method says adds most to the target. It is the mean of the target on this "
        "way, in its own unit.",
    .source = "Petsiuk et al. 2018, arXiv:1806.07421, section 4.2, for targets with a sign",
    .ideal = "high: what it names first is what makes the target",
    .better = TRUST_MORE,
    .sees_random = true,
    .sees_other = true,
    .sees_sign = true,
    .measure = measure};
