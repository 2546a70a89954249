/* SPDX-License-Identifier: MIT */
/* Sets of features drawn as told, and what a metric says of two. After cmocka.h. */
#ifndef GANLENS_METRIC_SETS_H
#define GANLENS_METRIC_SETS_H

#include "metrics.h"
#include <stdlib.h>
#include <string.h>

/* (n, d) of N(mean, deviation^2) each, the same for the same seed; the caller frees data. */
static inline matrix draw_features(size_t n, size_t d, uint64_t seed, double mean, double deviation)
{
    matrix m = matrix_view(allocate(n * d, sizeof(float)), n, d);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 1));
    rng_fill_normal(&r, m.data, n * d);
    for (size_t i = 0; i < n * d; i++)
        m.data[i] = (float)(mean + deviation * (double)m.data[i]);
    return m;
}

/* What the metric says of features, or its failure; the caller releases out. */
static inline int try_features(metric_result *out, const char *name, matrix set, matrix real,
                               error *e)
{
    judged_set sets[2] = {0};
    metric_context context = {.seed = 1};
    comparison c = {0};
    judged_set_init_features(&sets[0], set);
    judged_set_init_features(&sets[1], real);
    comparison_init(&c, &sets[0], &sets[1], &context);
    int status = metric_measure(out, metric_find(name), &c, e);
    comparison_release(&c);
    for (int i = 0; i < 2; i++)
        judged_set_release(&sets[i]);
    return status;
}

/* Where a failure is the test's. Results of features alone own nothing. */
static inline metric_result measure_features(const char *name, matrix set, matrix real)
{
    metric_result r = {0};
    error e = {0};
    if (try_features(&r, name, set, real, &e))
        fail_msg("%s", e.message);
    return r;
}

static inline double part_of(const metric_result *r, const char *name)
{
    for (size_t i = 0; i < r->n_parts; i++)
        if (strcmp(r->parts[i].name, name) == 0)
            return r->parts[i].value;
    fail_msg("no part %s", name);
    return 0;
}

#endif
