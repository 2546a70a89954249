/* SPDX-License-Identifier: MIT */
/* Philox and Box-Muller, compiled once per dispatch level by random_LEVEL.c, which defines LEVEL.
 *
 * Only IEEE additions, multiplications, divisions and square roots of doubles, in one fixed order
 * and never contracted to FMA, so that every level and machine gives the same bits; libm would not.
 */
#include "kernels.h"
#include <math.h>
#include <string.h>

#define CAT_(a, b) a##_##b
#define CAT(a, b) CAT_(a, b)

/* Blocks drawn together: enough for any vector width, small enough for the first cache. */
enum { CHUNK = 64 };

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

/* words[j][i] = word j of block position + i. */
static void draw_chunk(uint32_t words[4][CHUNK], uint64_t seed, uint64_t stream, uint64_t position)
{
    for (size_t i = 0; i < CHUNK; i++) {
        words[0][i] = (uint32_t)(position + i);
        words[1][i] = (uint32_t)((position + i) >> 32);
        words[2][i] = (uint32_t)stream;
        words[3][i] = (uint32_t)(stream >> 32);
    }
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++, k0 += PHILOX_W0, k1 += PHILOX_W1)
        for (size_t i = 0; i < CHUNK; i++) {
            uint64_t p0 = (uint64_t)PHILOX_M0 * words[0][i], p1 = (uint64_t)PHILOX_M1 * words[2][i];
            words[0][i] = (uint32_t)(p1 >> 32) ^ words[1][i] ^ k0;
            words[1][i] = (uint32_t)p1;
            words[2][i] = (uint32_t)(p0 >> 32) ^ words[3][i] ^ k1;
            words[3][i] = (uint32_t)p0;
        }
}

static void fill_bits(uint32_t *out, size_t n_blocks, uint64_t seed, uint64_t stream,
                      uint64_t position)
{
    uint32_t words[4][CHUNK];
    for (size_t at = 0; at < n_blocks; at += CHUNK) {
        size_t n = n_blocks - at < CHUNK ? n_blocks - at : CHUNK;
        draw_chunk(words, seed, stream, position + at);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < 4; j++)
                out[4 * (at + i) + j] = words[j][i];
    }
}

/* log u for u = (w + 1/2) / 2^32: the exponent and log m = 2 atanh((m - 1) / (m + 1)), m within a
 * factor sqrt 2 of 1, by its series (the last term is below 2^-56 of the sum). */
static inline double log_of_word(uint32_t w)
{
    double u = ((double)w + 0.5) * 0x1p-32;
    uint64_t b, high;
    memcpy(&b, &u, sizeof b);
    high = (b + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu)) >> 52; /* exponent, from sqrt 1/2 on */
    b -= (high - 1023) << 52;
    double m, e;
    memcpy(&m, &b, sizeof m);
    b = high | 0x4330000000000000u; /* 2^52 + high, exactly: no 64-bit conversion in AVX2 */
    memcpy(&e, &b, sizeof e);
    double s = (m - 1.0) / (m + 1.0), q = s * s, t = 1.0 / 23;
    t = t * q + 1.0 / 21;
    t = t * q + 1.0 / 19;
    t = t * q + 1.0 / 17;
    t = t * q + 1.0 / 15;
    t = t * q + 1.0 / 13;
    t = t * q + 1.0 / 11;
    t = t * q + 1.0 / 9;
    t = t * q + 1.0 / 7;
    t = t * q + 1.0 / 5;
    t = t * q + 1.0 / 3;
    t = t * q + 1.0;
    return (e - (0x1p52 + 1023.0)) * 0x1.62e42fefa39efp-1 + 2.0 * s * t;
}

/* cos and sin of 2 pi (w + 1/2) / 2^32: the quadrant is taken off exactly, in integers; the rest,
 * at most pi / 4, goes through the Taylor series. */
static inline void cos_sin_of_word(double *c, double *s, uint32_t w)
{
    uint32_t quadrant = (w + 0x20000000u) >> 30;
    uint32_t rest = w - (quadrant << 30) + 0x20000000u; /* shifted to 0 .. 2^30 - 1 */
    double a = ((double)(int32_t)rest - 0x1p29 + 0.5) * (0x1.921fb54442d18p+2 * 0x1p-32), q = a * a;
    double odd = -1.0 / 1307674368000.0, even = -1.0 / 87178291200.0;
    odd = odd * q + 1.0 / 6227020800.0;
    even = even * q + 1.0 / 479001600.0;
    odd = odd * q - 1.0 / 39916800.0;
    even = even * q - 1.0 / 3628800.0;
    odd = odd * q + 1.0 / 362880.0;
    even = even * q + 1.0 / 40320.0;
    odd = odd * q - 1.0 / 5040.0;
    even = even * q - 1.0 / 720.0;
    odd = odd * q + 1.0 / 120.0;
    even = even * q + 1.0 / 24.0;
    odd = odd * q - 1.0 / 6.0;
    even = even * q - 0.5;
    odd = (odd * q) * a + a;
    even = even * q + 1.0;
    double swapped_c = (quadrant & 1) ? odd : even, swapped_s = (quadrant & 1) ? even : odd;
    *c = ((quadrant + 1) & 2) ? -swapped_c : swapped_c;
    *s = (quadrant & 2) ? -swapped_s : swapped_s;
}

/* The words of a block give two pairs of normals: (w0, w1) and (w2, w3). */
static void normals_of_words(float *a, float *b, const uint32_t *radius, const uint32_t *angle)
{
    for (size_t i = 0; i < CHUNK; i++) {
        double c, s, r = sqrt(-2.0 * log_of_word(radius[i]));
        cos_sin_of_word(&c, &s, angle[i]);
        a[i] = (float)(r * c);
        b[i] = (float)(r * s);
    }
}

static void fill_normals(float *out, size_t n_blocks, uint64_t seed, uint64_t stream,
                         uint64_t position)
{
    uint32_t words[4][CHUNK];
    float v[4][CHUNK];
    for (size_t at = 0; at < n_blocks; at += CHUNK) {
        size_t n = n_blocks - at < CHUNK ? n_blocks - at : CHUNK;
        draw_chunk(words, seed, stream, position + at);
        normals_of_words(v[0], v[1], words[0], words[1]);
        normals_of_words(v[2], v[3], words[2], words[3]);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < 4; j++)
                out[4 * (at + i) + j] = v[j][i];
    }
}

const random_kernels CAT(random, LEVEL) = {fill_bits, fill_normals};
