/* SPDX-License-Identifier: MIT */
/* How far chance may have moved a value. */
#include "metrics_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- Resamples ---- */

typedef struct {
    const double *items;
    size_t n;
    rng start; /* each resample has draws of its own */
    double *means;
} resampling;

/* A body of parallel_for. */
static void resample(size_t k, size_t thread, void *context)
{
    enum { TOGETHER = 1024 };
    const resampling *s = context;
    uint32_t which[TOGETHER];
    rng r = s->start;
    double total = 0;
    (void)thread;
    r.position = k << 32;
    for (size_t first = 0; first < s->n; first += TOGETHER) {
        size_t n = s->n - first < TOGETHER ? s->n - first : TOGETHER;
        rng_fill_below(&r, which, n, (uint32_t)s->n);
        for (size_t i = 0; i < n; i++)
            total += s->items[which[i]];
    }
    s->means[k] = total / (double)s->n;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void sort_doubles(double *v, size_t n) { qsort(v, n, sizeof *v, compare_doubles); }

estimate mean_estimate(const double *items, size_t n, const comparison *c)
{
    enum { BELOW = N_RESAMPLES / 40 }; /* 2.5 % of them are outside on either side */
    double means[N_RESAMPLES];
    resampling s = {items, n, metric_rng(c, DRAW_RESAMPLES), means};
    assert(n > 0 && n <= UINT32_MAX);
    parallel_for(N_RESAMPLES, resample, &s);
    sort_doubles(means, N_RESAMPLES);
    return (estimate){mean(items, n), means[BELOW], means[N_RESAMPLES - 1 - BELOW]};
}

/* ---- Shares ---- */

estimate share_estimate(size_t n_hits, size_t n)
{
    double z = 1.959963985, share = (double)n_hits / (double)n, w = z * z / (double)n;
    double centre = (share + w / 2) / (1 + w);
    double reach = sqrt(w * (share * (1 - share) + w / 4)) / (1 + w);
    /* rounding must not leave 0 and 1 outside */
    return (estimate){share, n_hits == 0 ? 0 : centre - reach, n_hits == n ? 1 : centre + reach};
}

estimate share_difference(estimate share, estimate less)
{
    double value = share.value - less.value;
    double down = hypot(share.value - share.low, less.high - less.value);
    double up = hypot(share.high - share.value, less.value - less.low);
    return (estimate){value, value - down, value + up};
}

/* ---- Blocks ---- */

/* What Student's t is below with a chance of 97.5 %, by its degrees of freedom. */
static const double t_quantile[] = {(double)NAN, 12.706205, 4.302653, 3.182446, 2.776445,
                                    2.570582,    2.446912,  2.364624, 2.306004, 2.262157};

estimate block_estimate(double value, const double *block, size_t n, double share)
{
    double middle = mean(block, n), squares = 0;
    assert(n >= 2 && n - 1 < sizeof t_quantile / sizeof *t_quantile);
    for (size_t k = 0; k < n; k++)
        squares += (block[k] - middle) * (block[k] - middle);
    double reach = t_quantile[n - 1] * sqrt(squares / (double)(n - 1) * share);
    return (estimate){value, value - reach, value + reach};
}

uint32_t *draw_order(size_t n, const comparison *c, metric_draw what)
{
    rng r = metric_rng(c, what);
    uint32_t *order = allocate(n, sizeof *order);
    assert(n <= UINT32_MAX);
    rng_fill_permutation(&r, order, n);
    return order;
}

matrix take_rows(matrix m, const uint32_t *row, size_t n)
{
    matrix taken = matrix_view(allocate(n * m.cols, sizeof(float)), n, m.cols);
    for (size_t i = 0; i < n; i++)
        memcpy(taken.data + i * m.cols, m.data + row[i] * m.stride, m.cols * sizeof(float));
    return taken;
}
