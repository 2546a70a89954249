/* SPDX-License-Identifier: MIT */
/* How much an explanation changes where z changes a little. */
#include "measure_detail.h"
#include <float.h>
#include <math.h>

/* |b - a| / |a|; of a that is 0: 0 where b is 0, too, else it has no meaning, nor where it is more
 * than a table holds: then a is rounding. */
static double relative_change(const attribution *a, const attribution *b)
{
    double change = 0, size = 0;
    for (size_t i = 0; i < a->n; i++) {
        double d = (double)b->values[i] - (double)a->values[i];
        change += d * d;
        size += (double)a->values[i] * (double)a->values[i];
    }
    if (change > 0) {
        double relative = sqrt(change / size);
        return relative <= (double)FLT_MAX ? relative : (double)NAN;
    }
    return 0;
}

static void measure(estimate *out, const trust_subject *s)
{
    const attribution *here = s->n_moved ? attributions_named(s->unmoved, s->of->name) : NULL;
    double most = here ? 0 : (double)NAN;
    for (size_t i = 0; here && i < s->n_moved; i++) {
        double change = relative_change(here, attributions_named(&s->moved[i], s->of->name));
        most = isnan(most) || change <= most ? most : change;
    }
    *out = (estimate){most, (double)NAN, (double)NAN};
}

const trust_measure max_sensitivity_measure = {
    .name = "max-sensitivity",
    .title = "How much it changes where z hardly does",
    .definition =
        "max over d of |phi(z + d) - phi(z)| / |phi(z)|, phi the values it attributes and |.| "
        "their Euclidean norm, over 10 moves d of z whose components are uniform in -0.02..0.02; "
        "the map of pixels is that of the picture of z + d. The method is run again with the same "
        "random numbers, with 256 samples at most. There is no interval: the largest change in "
        "reach may be larger, but with 95 % confidence at most 26 % of such moves make a larger "
        "one (1 - 0.05^(1/10), Wilks 1941). A map of zeros that stays one has 0; where it does "
        "not, and of a method whose fit is kept, it is not known. A map that does not look at the "
        "model has 0 or little, too.",
    .source = "Yeh et al. 2019, arXiv:1901.09392, definition 2.2",
    .ideal = "0: it stays as it is",
    .better = TRUST_LESS,
    .measure = measure};
