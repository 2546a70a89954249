/* SPDX-License-Identifier: MIT */
/* The kernels, compiled once per dispatch level by kernels_LEVEL.c, which defines LEVEL.
 *
 * Plain loops that the compiler vectorises for the level: one loop per kernel, so the tail has the
 * arithmetic of the body. Column sums are taken in double over blocks of columns. */
#include "kernels.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define CAT_(a, b) a##_##b
#define CAT(a, b) CAT_(a, b)

/* Columns whose sums are carried together, and elements handled between two passes over a row. */
enum { COLUMNS = 64, CHUNK = 1024 };

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* ---- Functions of one number ---- */

/* e^x and e^x - 1 for x <= 0: x = k ln 2 + r, p = e^r - 1 by its Taylor polynomial (the next term
 * is below 2^-26 of it), then 2^k p + 2^k and 2^k p + (2^k - 1): neither cancels. */
typedef struct {
    float exp, expm1;
} exponential;

static inline exponential exponential_of(float x)
{
    x = x < -80.0f ? -80.0f : x;
    float shifted = x * 1.44269504f + 0x1.8p23f; /* k in the low bits */
    float k = shifted - 0x1.8p23f;
    float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = (p * r) * r + r;
    uint32_t b;
    float scale;
    memcpy(&b, &shifted, sizeof b);
    b = (b + 127u) << 23;
    memcpy(&scale, &b, sizeof scale);
    return (exponential){scale * p + scale, scale * p + (scale - 1.0f)};
}

/* With e = exp(-2 |v|): tanh |v| = (1 - e) / (1 + e), its derivative 4 e / (1 + e)^2. Not 1 - y^2,
 * which near saturation would keep few digits or none. */
static inline float tanh_of(float *slope, float v)
{
    exponential e = exponential_of(-2.0f * fabsf(v));
    float q = 1.0f / (1.0f + e.exp);
    *slope = (4.0f * e.exp) * (q * q);
    return copysignf(-e.expm1 * q, v);
}

/* With e = exp(-|v|): 1 / (1 + e) above zero, e / (1 + e) below, its derivative e / (1 + e)^2. */
static inline float sigmoid_of(float *slope, float v)
{
    float e = exponential_of(-fabsf(v)).exp, q = 1.0f / (1.0f + e);
    *slope = e * (q * q);
    return v < 0.0f ? e * q : q;
}

/* exp(x) for x <= 0 in double, by the same steps; the first term left out is below 2^-57. */
static inline double exp_negative(double x)
{
    x = x < -700.0 ? -700.0 : x;
    double shifted = x * 1.4426950408889634 + 0x1.8p52, k = shifted - 0x1.8p52;
    double r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33, p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    uint64_t b;
    double scale;
    memcpy(&b, &shifted, sizeof b);
    b = (b + 1023u) << 52;
    memcpy(&scale, &b, sizeof scale);
    return scale * p;
}

/* log(1 + e) for 0 <= e <= 1 as 2 atanh(e / (2 + e)): s <= 1/3, the first term left out is below
 * 2^-61. */
static inline double log1p_of(double e)
{
    double s = e / (2.0 + e), q = s * s, t = 1.0 / 35;
    for (int k = 33; k >= 1; k -= 2)
        t = t * q + 1.0 / k;
    return 2.0 * s * t;
}

/* ---- Activations ---- */

static inline float biased(float y, const float *bias, size_t j) { return bias ? y + bias[j] : y; }

/* y = f(y + bias) and its derivative over n elements; bias NULL: none. */
static void activate(float *restrict y, float *restrict slope, const float *restrict bias, size_t n,
                     activation f)
{
    switch (f.kind) {
    case LINEAR:
        for (size_t j = 0; j < n; j++) {
            y[j] = biased(y[j], bias, j);
            slope[j] = 1.0f;
        }
        break;
    case RELU:
        for (size_t j = 0; j < n; j++) {
            float v = biased(y[j], bias, j);
            slope[j] = v > 0.0f ? 1.0f : 0.0f;
            y[j] = v <= 0.0f ? 0.0f : v; /* a NaN stays one */
        }
        break;
    case LRELU:
        for (size_t j = 0; j < n; j++) {
            float v = biased(y[j], bias, j);
            slope[j] = v > 0.0f ? 1.0f : f.parameter;
            y[j] = v * slope[j];
        }
        break;
    case TANH:
        for (size_t j = 0; j < n; j++)
            y[j] = tanh_of(&slope[j], biased(y[j], bias, j));
        break;
    case SIGMOID:
        for (size_t j = 0; j < n; j++)
            y[j] = sigmoid_of(&slope[j], biased(y[j], bias, j));
        break;
    }
}

/* Multiplies y and slope (n <= CHUNK) by 0 or 1 / keep. draw: the first element's place in the
 * stream, a multiple of four. */
static void drop(float *restrict y, float *restrict slope, size_t n, dropout d, uint64_t draw,
                 const random_kernels *random)
{
    uint32_t bits[CHUNK];
    random->bits(bits, (n + 3) / 4, d.seed, d.stream, draw / 4);
    uint32_t limit = (uint32_t)(d.keep * 0x1p32f); /* keep < 1 */
    float factor = 1.0f / d.keep;
    for (size_t j = 0; j < n; j++) {
        float m = bits[j] < limit ? factor : 0.0f;
        y[j] *= m;
        slope[j] *= m;
    }
}

static void activation_forward_block(matrix y, float *slope, const float *bias, size_t first_row,
                                     activation f, dropout d, const random_kernels *random)
{
    float unused[CHUNK];
    for (size_t r = 0; r < y.rows; r++)
        for (size_t c = 0; c < y.cols; c += CHUNK) {
            size_t n = least(CHUNK, y.cols - c);
            float *at = y.data + r * y.stride + c, *s = slope ? slope + r * y.cols + c : unused;
            activate(at, s, bias ? bias + c : NULL, n, f);
            if (d.keep < 1.0f)
                drop(at, s, n, d, (first_row + r) * ((y.cols + 3) / 4 * 4) + c, random);
        }
}

static void activation_backward_block(matrix dy, const float *slope, size_t slope_stride,
                                      float *d_bias)
{
    for (size_t c = 0; c < dy.cols; c += COLUMNS) {
        size_t n = least(COLUMNS, dy.cols - c);
        double sums[COLUMNS] = {0};
        for (size_t r = 0; r < dy.rows; r++) {
            float *restrict g = dy.data + r * dy.stride + c;
            const float *restrict s = slope + r * slope_stride + c;
            for (size_t j = 0; j < n; j++) {
                float v = g[j] * s[j];
                g[j] = v;
                sums[j] += (double)v;
            }
        }
        if (d_bias)
            for (size_t j = 0; j < n; j++)
                d_bias[c + j] = (float)sums[j];
    }
}

/* f'' from y = f and slope = f', both of which carry dropout's factor m = 1 / keep where kept:
 * tanh'' = -2 tanh tanh', sigmoid'' = (1 - 2 sigmoid) sigmoid'. Where dropped, slope is 0. */
static void activation_curvature_block(float *restrict curvature, const float *restrict y,
                                       const float *restrict slope, size_t n, activation f,
                                       float keep)
{
    float by_slope = f.kind == SIGMOID ? 1.0f : 0.0f;
    float by_product = f.kind == TANH || f.kind == SIGMOID ? -2.0f * keep : 0.0f;
    for (size_t i = 0; i < n; i++)
        curvature[i] = (by_slope + by_product * y[i]) * slope[i];
}

static void scale_elementwise_block(float *restrict v, const float *restrict w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] *= w[i];
}

static void multiply_elementwise_block(float *restrict out, const float *restrict v,
                                       const float *restrict w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = v[i] * w[i];
}

#include "packed_body.h"

/* ---- Batch normalisation ---- */

/* Two passes for the moments (the second over centred values: the stable form), one to normalise.
 */
static void normalise_block(matrix y, batch_moments m, size_t x_hat_stride, batchnorm b)
{
    double inverse_rows = 1.0 / (double)y.rows;
    for (size_t c = 0; c < y.cols; c += COLUMNS) {
        size_t n = least(COLUMNS, y.cols - c);
        double sums[COLUMNS] = {0}, squares[COLUMNS] = {0};
        for (size_t r = 0; r < y.rows; r++)
            for (size_t j = 0; j < n; j++)
                sums[j] += (double)y.data[r * y.stride + c + j];
        for (size_t j = 0; j < n; j++)
            sums[j] *= inverse_rows;
        for (size_t r = 0; r < y.rows; r++)
            for (size_t j = 0; j < n; j++) {
                double v = (double)y.data[r * y.stride + c + j] - sums[j];
                squares[j] += v * v;
            }
        float mean[COLUMNS], inverse[COLUMNS];
        for (size_t j = 0; j < n; j++) {
            double variance = squares[j] * inverse_rows;
            m.mean[c + j] = mean[j] = (float)sums[j];
            m.variance[c + j] = (float)variance;
            m.inverse_std[c + j] = inverse[j] = (float)(1.0 / sqrt(variance + (double)b.eps));
        }
        for (size_t r = 0; r < y.rows; r++) {
            float *restrict out = y.data + r * y.stride + c;
            float *restrict hat = m.x_hat + r * x_hat_stride + c;
            for (size_t j = 0; j < n; j++) {
                hat[j] = (out[j] - mean[j]) * inverse[j];
                out[j] = b.gamma[c + j] * hat[j] + b.beta[c + j];
            }
        }
    }
}

/* With g = dy * slope: d_beta = sum g, d_gamma = sum g x_hat, and the gradient by the product is
 * gamma inverse_std (g - d_beta / B - x_hat d_gamma / B) (Ioffe & Szegedy 2015, section 3). */
static void normalise_backward_block(matrix dy, const float *slope, batch_moments m,
                                     size_t packed_stride, const float *gamma, float *d_gamma,
                                     float *d_beta)
{
    double inverse_rows = 1.0 / (double)dy.rows;
    for (size_t c = 0; c < dy.cols; c += COLUMNS) {
        size_t n = least(COLUMNS, dy.cols - c);
        double sums[COLUMNS] = {0}, products[COLUMNS] = {0};
        for (size_t r = 0; r < dy.rows; r++) {
            float *restrict g = dy.data + r * dy.stride + c;
            const float *restrict s = slope + r * packed_stride + c;
            const float *restrict hat = m.x_hat + r * packed_stride + c;
            for (size_t j = 0; j < n; j++) {
                float v = g[j] * s[j];
                g[j] = v;
                sums[j] += (double)v;
                products[j] += (double)v * (double)hat[j];
            }
        }
        float mean[COLUMNS], slant[COLUMNS], factor[COLUMNS];
        for (size_t j = 0; j < n; j++) {
            mean[j] = (float)(sums[j] * inverse_rows);
            slant[j] = (float)(products[j] * inverse_rows);
            factor[j] = gamma[c + j] * m.inverse_std[c + j];
        }
        if (d_gamma)
            for (size_t j = 0; j < n; j++) {
                d_gamma[c + j] = (float)products[j];
                d_beta[c + j] = (float)sums[j];
            }
        for (size_t r = 0; r < dy.rows; r++) {
            float *restrict g = dy.data + r * dy.stride + c;
            const float *restrict hat = m.x_hat + r * packed_stride + c;
            for (size_t j = 0; j < n; j++)
                g[j] = factor[j] * (g[j] - mean[j] - hat[j] * slant[j]);
        }
    }
}

/* ---- Losses ---- */

/* softplus(v) = max(v, 0) + log1p(exp(-|v|)); its derivative is the sigmoid of v. */
static double softplus_sum_block(const float *logit, size_t n, float sign, float weight, float *d)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double v = (double)sign * (double)logit[i], e = exp_negative(-fabs(v));
        total += (v < 0 ? 0 : v) + log1p_of(e); /* a NaN stays one */
        if (d)
            d[i] = (float)((double)weight * (double)sign * (v < 0 ? e : 1.0) / (1.0 + e));
    }
    return total;
}

#include "updates_body.h"

/* ---- Sums and conversions ---- */

/* Lane j holds every eighth product: a fixed order at every level. */
enum { LANES = 8 };

static double add_lanes(const double lane[LANES])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static double dot_block(const float *a, const float *b, size_t n)
{
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += (double)a[i + j] * (double)b[i + j];
    for (size_t j = 0; i + j < n; j++)
        lane[j] += (double)a[i + j] * (double)b[i + j];
    return add_lanes(lane);
}

static double sum_block(const float *v, size_t n)
{
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += (double)v[i + j];
    for (size_t j = 0; i + j < n; j++)
        lane[j] += (double)v[i + j];
    return add_lanes(lane);
}

static void add_column_squares_block(double *restrict out, const float *restrict v, size_t stride,
                                     size_t rows, size_t cols)
{
    for (size_t c = 0; c < cols; c += COLUMNS) {
        size_t n = least(COLUMNS, cols - c);
        double sums[COLUMNS] = {0};
        for (size_t r = 0; r < rows; r++)
            for (size_t j = 0; j < n; j++) {
                double x = (double)v[r * stride + c + j];
                sums[j] += x * x;
            }
        for (size_t j = 0; j < n; j++)
            out[c + j] += sums[j];
    }
}

/* The division keeps a compiler from contracting this to FMA, whose bits would differ by CPU. */
static void floats_from_bytes_block(float *restrict v, const uint8_t *restrict b, size_t n,
                                    float low, float high)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (float)b[i] * (high - low) / 255.0f + low;
}

static void bytes_from_floats_block(uint8_t *restrict b, const float *restrict v, size_t n,
                                    float low, float high)
{
    for (size_t i = 0; i < n; i++) {
        float t = (v[i] - low) / (high - low) * 255.0f;
        t = t > 0.0f ? t : 0.0f; /* a NaN becomes 0 */
        t = t < 255.0f ? t : 255.0f;
        b[i] = (uint8_t)(int32_t)((t + 0x1.8p23f) - 0x1.8p23f);
    }
}

#include "double_body.h"

static bool is_supported(void)
{
#if defined(__AVX512F__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("fma");
#elif defined(__AVX2__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return true;
#endif
}

#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

const kernels CAT(kernels, LEVEL) = {
    .name = TEXT(LEVEL),
    .is_supported = is_supported,
    .random = &CAT(random, LEVEL),
    .activation_forward = activation_forward_block,
    .activation_backward = activation_backward_block,
    .activation_curvature = activation_curvature_block,
    .packed_multiply = packed_multiply_block,
    .scale_elementwise = scale_elementwise_block,
    .multiply_elementwise = multiply_elementwise_block,
    .normalise = normalise_block,
    .normalise_backward = normalise_backward_block,
    .softplus_sum = softplus_sum_block,
    .adam_update = adam_update_block,
    .rmsprop_update = rmsprop_update_block,
    .sgd_update = sgd_update_block,
    .average_update = average_update_block,
    .add_shrinkage = add_shrinkage_block,
    .scale_all = scale_all_block,
    .clip_all = clip_all_block,
    .dot = dot_block,
    .sum = sum_block,
    .add_column_squares = add_column_squares_block,
    .floats_from_bytes = floats_from_bytes_block,
    .bytes_from_floats = bytes_from_floats_block,
    .double_dense_forward = double_dense_forward_block,
    .double_dense_backward = double_dense_backward_block,
};
