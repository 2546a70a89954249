/* SPDX-License-Identifier: MIT */
/* How far chance may have moved a value. */
#include "metrics_detail.h"
#include <assert.h>
#include <stdlib.h>

rng metric_rng(const comparison *c, metric_draw what)
{
    return rng_init(c->context->seed, rng_stream(STREAM_METRIC, what));
}

static double mean(const double *items, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += items[i];
    return total / (double)n;
}

typedef struct {
    const double *items;
    size_t n;
    rng start; /* each resample has draws of its own */
    float *means;
} resampling;

/* A body of parallel_for. */
static void resample(size_t k, size_t thread, void *context)
{
    const resampling *s = context;
    rng r = s->start;
    double total = 0;
    (void)thread;
    r.position = k << 32;
    for (size_t i = 0; i < s->n; i++)
        total += s->items[rng_below(&r, (uint32_t)s->n)];
    s->means[k] = (float)(total / (double)s->n);
}

estimate mean_estimate(const double *items, size_t n, const comparison *c)
{
    enum { SHARES = 41 }; /* 2.5 % apart */
    float means[N_RESAMPLES], quantile[SHARES];
    resampling s = {items, n, metric_rng(c, DRAW_RESAMPLES), means};
    assert(n > 0);
    parallel_for(N_RESAMPLES, resample, &s);
    quantiles_find(quantile, SHARES, means, N_RESAMPLES);
    return (estimate){mean(items, n), (double)quantile[1], (double)quantile[SHARES - 2]};
}
