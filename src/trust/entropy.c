/* SPDX-License-Identifier: MIT */
/* Over how many inputs an explanation is spread. */
#include "measure_detail.h"
#include <math.h>

static double find_entropy(const float *v, size_t n)
{
    double all = 0, entropy = 0;
    for (size_t i = 0; i < n; i++)
        all += fabs((double)v[i]);
    for (size_t i = 0; i < n; i++) {
        double share = fabs((double)v[i]) / all;
        entropy -= share > 0 ? share * log(share) : 0;
    }
    return all > 0 ? entropy : (double)NAN;
}

static void measure(estimate *out, const trust_subject *s)
{
    *out = (estimate){find_entropy(s->of->values, s->of->n), (double)NAN, (double)NAN};
}

const trust_measure entropy_measure = {
    .name = "entropy",
    .title = "Over how many inputs it is spread",
    .definition = "With p the magnitude of a value as a share of the sum of all magnitudes: "
                  "-sum p ln p, in nats. One input alone has 0, n equal ones have ln n; "
                  "exp(entropy) is about how many inputs there are to read. Not known where all "
                  "values are 0.",
    .source = "Bhatt, Weller & Moura 2020, arXiv:2005.00631, definition 4",
    .ideal = "none: the nearer to 0, the fewer inputs there are to read, be they the right ones or "
             "not",
    .better = TRUST_NEITHER,
    .measure = measure};
