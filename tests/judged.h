/* SPDX-License-Identifier: MIT */
/* A judge that can be followed by hand, and measuring by it. Include after <cmocka.h>. */
#ifndef GANLENS_JUDGED_H
#define GANLENS_JUDGED_H

#include "close.h"
#include "metric_sets.h"
#include <math.h>

static inline void assert_near(double got, double want, double atol)
{
    assert_close(&got, &want, 1, 0.0, atol);
}

/* Two layers: the upper half's mean and the lower half's, in 0..1; the class is the brighter half.
 */
static inline void judge_of_halves(judge *j, size_t side)
{
    network net = {0};
    error e = {0};
    picture_shape shape = {side, side, side * side};
    assert_int_equal(network_init(&net, "2:relu,2", shape.n, &e), 0);
    for (size_t k = 0; k < shape.n; k++)
        net.layers[0].weight.data[(k < shape.n / 2 ? 0 : shape.n) + k] = 2.0f / (float)shape.n;
    net.layers[1].weight.data[0] = net.layers[1].weight.data[3] = 3.0f;
    judge_init(j, &net, shape, 0.0f, 1.0f, "");
    network_release(&net);
}

/* What that metric says of c, which it must not refuse; the caller releases it. */
static inline metric_result measured(const char *name, comparison *c)
{
    metric_result r = {0};
    error e = {0};
    if (metric_measure(&r, metric_find(name), c, &e))
        fail_msg("%s", e.message);
    return r;
}

/* The value alone. */
static inline double value_of(const char *name, comparison *c)
{
    metric_result r = measured(name, c);
    double value = r.value.value;
    assert_true(isnan(r.value.low) || r.value.low <= value);
    assert_true(isnan(r.value.high) || r.value.high >= value);
    metric_result_release(&r);
    return value;
}

#endif
