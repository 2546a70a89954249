/* SPDX-License-Identifier: MIT */
/* How low the target stays while what adds most to it is taken away first. */
#include "measure_detail.h"

static void measure(estimate *out, const trust_subject *s) { removal_area(out, s, WAY_OUT); }

const trust_measure deletion_measure = {
    .name = "deletion",
    .title = "The target while what adds most to it goes first",
    .definition =
        "Inputs are put at the baseline one after another, first what the method says adds most to "
        "the target, last what lowers it most, of equal ones the first: z in 20 steps, a picture "
        "in 28, or in as many as it has inputs. It is the mean of the target on this way, in its "
        "own unit: the area under the curve over the share of the inputs that has gone. A map "
        "without signs is read as if each input moved the target the way that all of them together "
        "do: else it would be off for what it does not say. Nothing is sampled, so that there is "
        "no interval; that of the random control is where 95 % of random orders lie, and so what "
        "an area has to be outside of.",
    .source = "Petsiuk et al. 2018, arXiv:1806.07421, section 4.2, for targets with a sign",
    .ideal = "low: what it names first is what held the target up",
    .better = TRUST_LESS,
    .sees_random = true,
    .sees_other = true,
    .sees_sign = true,
    .measure = measure};
