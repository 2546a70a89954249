/* SPDX-License-Identifier: MIT */
/* How far chance may have moved a value. */
#include "trust_detail.h"
#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t drop_unknown(double *v, size_t n)
{
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i]))
            v[n_known++] = v[i];
    return n_known;
}

estimate estimate_of_resamples(double value, double *resamples, size_t n)
{
    size_t n_known = drop_unknown(resamples, n), n_below = n_known / 40; /* 2.5 % on either side */
    if (isnan(value) || n_known == 0)
        return (estimate){value, (double)NAN, (double)NAN};
    qsort(resamples, n_known, sizeof *resamples, compare_doubles);
    return (estimate){value, resamples[n_below], resamples[n_known - 1 - n_below]};
}
