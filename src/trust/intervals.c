/* SPDX-License-Identifier: MIT */
/* How far chance may have moved a value. */
#include "trust_detail.h"
#include <assert.h>
#include <math.h>

static size_t drop_unknown(float *v, size_t n)
{
    size_t n_known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i]))
            v[n_known++] = v[i];
    return n_known;
}

/* 2.5 % are outside on either side. */
estimate estimate_of_resamples(double value, float *resamples, size_t n)
{
    enum { N_ENDS = 41 };
    float ends[N_ENDS];
    size_t n_known = drop_unknown(resamples, n);
    if (isnan(value) || n_known == 0)
        return (estimate){value, (double)NAN, (double)NAN};
    quantiles_find(ends, N_ENDS, resamples, n_known);
    return (estimate){value, (double)ends[1], (double)ends[N_ENDS - 2]};
}

estimate estimate_of_few(const double *v, size_t n)
{
    static const double t[] = {[3] = 4.302653, [4] = 3.182446}; /* Student's, of n - 1 */
    double mean = 0, squares = 0;
    assert(n == 3 || n == 4);
    for (size_t i = 0; i < n; i++)
        mean += v[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (v[i] - mean) * (v[i] - mean);
    double half = t[n] * sqrt(squares / (double)(n - 1) / (double)n);
    return (estimate){mean, mean - half, mean + half};
}
