/* SPDX-License-Identifier: MIT */
#include "tensor.h"

#include <assert.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

void quantiles_find(float *quantile, size_t n_quantiles, float *v, size_t n)
{
    assert(n_quantiles >= 2 && n >= 1);
    qsort(v, n, sizeof *v, compare);
    for (size_t i = 0; i < n_quantiles; i++) {
        size_t place = i * (n - 1), steps = n_quantiles - 1, below = place / steps;
        double low = (double)v[below], high = (double)v[below + (below + 1 < n)];
        quantile[i] = (float)(low + (high - low) * (double)(place % steps) / (double)steps);
    }
}

double quantiles_share_below(const float *quantile, size_t n_quantiles, double v)
{
    size_t i = 0;
    while (i < n_quantiles && (double)quantile[i] < v)
        i++;
    if (i == 0 || i == n_quantiles)
        return i > 0;
    double low = (double)quantile[i - 1], high = (double)quantile[i];
    return ((double)(i - 1) + (v - low) / (high - low)) / (double)(n_quantiles - 1);
}
