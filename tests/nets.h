/* SPDX-License-Identifier: MIT */
/* Small networks with random values, in float and as the double twin sees them, and derivatives by
 * central differences of a scalar of the twin. Include after <cmocka.h>. */
#ifndef GANLENS_NETS_H
#define GANLENS_NETS_H

#include "nn.h"
#include <math.h>
#include <stdlib.h>

static inline network network_of(const char *spec, size_t n_in)
{
    network net = {0};
    error e = {0};
    if (network_init(&net, spec, n_in, &e))
        fail_msg("%s", e.message);
    return net;
}

/* n floats of N(0, 1), the same ones for the same seed; the caller frees them. */
static inline float *draw(size_t n, uint64_t seed)
{
    float *v = allocate(n, sizeof *v);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
    rng_fill_normal(&r, v, n);
    return v;
}

static inline double *doubles_of(const float *v, size_t n)
{
    double *copy = allocate(n, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = (double)v[i];
    return copy;
}

/* Parameters and statistics as training might leave them: outputs neither die nor saturate. */
static inline void fill_trained(network *net, uint64_t seed)
{
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 1));
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        rng_fill_normal(&r, t.data, t.n);
        for (size_t k = 0; t.rank == 2 && k < t.n; k++)
            t.data[k] /= sqrtf((float)t.shape[1]);
    }
    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t k = 0; net->layers[i].has_batchnorm && k < net->layers[i].n_out; k++)
            net->layers[i].running_var[k] = fabsf(net->layers[i].running_var[k]) + 0.1f;
    network_normalise(net, 2);
}

/* A scalar of a twin that has just been evaluated; context is the test's. */
typedef double (*twin_scalar)(twin *t, const double *x, size_t rows, pass p, const void *context);

/* Central differences of f by the n values at v (parameters of both twins, or x), which a step
 * moves in one twin at a time. Where a kink lies between, out[i] stays as it was (the caller puts
 * the gradient to be compared there); how many did, is returned. */
typedef struct {
    twin_scalar f;
    const void *context;
    twin *up, *down; /* of one network */
    double *x_up, *x_down;
    size_t rows;
    pass p;
} differences;

static inline size_t take_differences(double *out, differences d, double *up, double *down,
                                      size_t n)
{
    const double h = 1e-6;
    size_t n_kinks = 0;
    for (size_t i = 0; i < n; i++) {
        double at = up[i];
        up[i] = at + h;
        down[i] = at - h;
        double step = up[i] - down[i];
        double high = d.f(d.up, d.x_up, d.rows, d.p, d.context);
        double low = d.f(d.down, d.x_down, d.rows, d.p, d.context);
        if (twin_has_kink_between(d.up, d.down))
            n_kinks++;
        else
            out[i] = (high - low) / step;
        up[i] = down[i] = at;
    }
    return n_kinks;
}

#endif
