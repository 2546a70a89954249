/* SPDX-License-Identifier: MIT */
/* What an explanation costs. */
#include "measure_detail.h"
#include <math.h>

/* Controls take none. A method takes one at least: the target's value at z; where there is none, it
 * was not run alone. */
static double passes_of(const trust_subject *s, uint64_t n)
{
    return s->of->method && !s->cost.forward ? (double)NAN : (double)n;
}

static void measure_forward(estimate *out, const trust_subject *s)
{
    *out = (estimate){passes_of(s, s->cost.forward), (double)NAN, (double)NAN};
}

static void measure_backward(estimate *out, const trust_subject *s)
{
    *out = (estimate){passes_of(s, s->cost.backward), (double)NAN, (double)NAN};
}

const trust_measure forward_measure = {
    .name = "forward",
    .title = "Forward passes it takes",
    .definition =
        "Vectors z, or pictures, that are taken through the networks to the target while the "
        "method alone explains this input, with its own number of samples, without its checks and "
        "without what else it shows. One of them is the target's value itself. What a method "
        "prepares once for all seeds is not counted; of one whose fit is kept it is not known.",
    .source = "counted",
    .ideal = "1: the target's value itself",
    .better = TRUST_LESS,
    .measure = measure_forward};

const trust_measure backward_measure = {
    .name = "backward",
    .title = "Backward passes it takes",
    .definition =
        "The same of the ways back, from the target to the picture or on to z, by which gradients "
        "are found: each costs about as much as a forward pass.",
    .source = "counted",
    .ideal = "0",
    .better = TRUST_LESS,
    .measure = measure_backward};
