/* SPDX-License-Identifier: MIT */
/* What moves parameters and what is done to their gradients: a part of kernels_body.h. */

/* The bits of |v| as an integer order as the magnitudes do, infinity before NaN: the largest tells
 * whether all were finite. */
enum { INFINITE = 0x7f800000 };

static inline int32_t magnitude_of(float v)
{
    uint32_t b;
    memcpy(&b, &v, sizeof b);
    return (int32_t)(b & 0x7fffffffu);
}

static inline int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/* A parameter's magnitude, or that of its v. */
static inline int32_t larger_of(float p, float v)
{
    return larger(magnitude_of(p), magnitude_of(v));
}

static bool adam_update_block(float *restrict p, const float *restrict g, float *restrict m,
                              float *restrict v, size_t n, adam_rates a)
{
    int32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        m[i] = a.beta1 * m[i] + a.rest1 * g[i];
        v[i] = a.beta2 * v[i] + a.rest2 * g[i] * g[i];
        p[i] -= a.step_size * m[i] / (sqrtf(v[i] * a.v_scale) + a.eps);
        most = larger(most, larger_of(p[i], v[i]));
    }
    return most < INFINITE;
}

static bool rmsprop_update_block(float *restrict p, const float *restrict g, float *restrict v,
                                 size_t n, rmsprop_rates r)
{
    int32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = r.beta2 * v[i] + r.rest2 * g[i] * g[i];
        p[i] -= r.lr * g[i] / (sqrtf(v[i]) + r.eps);
        most = larger(most, larger_of(p[i], v[i]));
    }
    return most < INFINITE;
}

static bool sgd_update_block(float *restrict p, const float *restrict g, float *restrict m,
                             size_t n, sgd_rates s)
{
    int32_t most = 0;
    for (size_t i = 0; m && i < n; i++) {
        m[i] = s.momentum * m[i] + g[i];
        p[i] -= s.lr * (s.is_nesterov ? g[i] + s.momentum * m[i] : m[i]);
        most = larger(most, magnitude_of(p[i]));
    }
    for (size_t i = 0; !m && i < n; i++) {
        p[i] -= s.lr * g[i];
        most = larger(most, magnitude_of(p[i]));
    }
    return most < INFINITE;
}

static void average_update_block(float *restrict average, const float *restrict p, size_t n,
                                 float rate)
{
    for (size_t i = 0; i < n; i++)
        average[i] += (p[i] - average[i]) * rate;
}

static void add_shrinkage_block(float *restrict g, const float *restrict w, size_t n, float l1,
                                float l2)
{
    for (size_t i = 0; i < n; i++) {
        float sign = w[i] > 0.0f ? 1.0f : w[i] < 0.0f ? -1.0f : 0.0f;
        g[i] += l1 * sign + l2 * w[i];
    }
}

static void scale_all_block(float *v, size_t n, float factor)
{
    for (size_t i = 0; i < n; i++)
        v[i] *= factor;
}

/* A NaN stays one. */
static void clip_all_block(float *v, size_t n, float limit)
{
    for (size_t i = 0; i < n; i++) {
        v[i] = v[i] > limit ? limit : v[i];
        v[i] = v[i] < -limit ? -limit : v[i];
    }
}
