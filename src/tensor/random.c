/* SPDX-License-Identifier: MIT */
#include "kernels.h"
#include "threads.h"
#include <assert.h>
#include <string.h>

enum { WORTH_A_THREAD = 512 }; /* blocks */

uint64_t rng_stream(stream_purpose purpose, uint64_t index)
{
    assert(index < (uint64_t)1 << 56);
    return (uint64_t)purpose << 56 | index;
}

rng rng_init(uint64_t seed, uint64_t stream) { return (rng){seed, stream, 0}; }

void philox4x32_10(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    kernels_now()->random->bits(out, 1, (uint64_t)key[1] << 32 | key[0],
                                (uint64_t)counter[3] << 32 | counter[2],
                                (uint64_t)counter[1] << 32 | counter[0]);
}

void rng_fill_bits(rng *r, uint32_t *out, size_t n)
{
    const random_kernels *k = kernels_now()->random;
    k->bits(out, n / 4, r->seed, r->stream, r->position);
    r->position += n / 4;
    if (n % 4 == 0)
        return;
    uint32_t last[4];
    k->bits(last, 1, r->seed, r->stream, r->position++);
    memcpy(out + n / 4 * 4, last, n % 4 * sizeof *out);
}

void rng_fill_uniform(rng *r, float *out, size_t n)
{
    uint32_t bits[256];
    for (size_t at = 0; at < n; at += 256) {
        size_t some = n - at < 256 ? n - at : 256;
        rng_fill_bits(r, bits, some);
        for (size_t i = 0; i < some; i++)
            out[at + i] = (float)(((double)bits[i] + 0.5) * 0x1p-32);
    }
}

typedef struct {
    const random_kernels *kernels;
    const rng *from;
    float *out;
} normals_job;

static void fill_normals(part p, const void *context)
{
    const normals_job *j = context;
    j->kernels->normals(j->out + 4 * p.first, p.n, j->from->seed, j->from->stream,
                        j->from->position + p.first);
}

void rng_fill_normal(rng *r, float *out, size_t n)
{
    const random_kernels *k = kernels_now()->random;
    size_t blocks = n / 4;
    const normals_job j = {k, r, out};
    for_each_part(blocks, 64, count_parts(blocks, WORTH_A_THREAD), fill_normals, &j);
    r->position += blocks;
    if (n % 4 == 0)
        return;
    float last[4];
    k->normals(last, 1, r->seed, r->stream, r->position++);
    memcpy(out + 4 * blocks, last, n % 4 * sizeof *out);
}

void rng_fill_bernoulli(rng *r, uint8_t *out, size_t n, double p)
{
    assert(p >= 0.0 && p <= 1.0);
    uint32_t bits[256];
    uint64_t limit = (uint64_t)(p * 0x1p32);
    for (size_t at = 0; at < n; at += 256) {
        size_t some = n - at < 256 ? n - at : 256;
        rng_fill_bits(r, bits, some);
        for (size_t i = 0; i < some; i++)
            out[at + i] = bits[i] < limit;
    }
}

/* Maps 32 bits to 0..n-1 by multiplication; false for the few words that would bias the result. */
static bool is_below(uint32_t *out, uint32_t bits, uint32_t n)
{
    uint64_t product = (uint64_t)bits * n;
    *out = (uint32_t)(product >> 32);
    return (uint32_t)product >= n || (uint32_t)product >= -n % n;
}

uint32_t rng_below(rng *r, uint32_t n)
{
    assert(n >= 1);
    uint32_t bits, value;
    do
        rng_fill_bits(r, &bits, 1);
    while (!is_below(&value, bits, n));
    return value;
}

void rng_fill_below(rng *r, uint32_t *out, size_t n, uint32_t below)
{
    assert(below >= 1);
    uint32_t bits[256];
    size_t at = 256;
    for (size_t i = 0; i < n; i++)
        do {
            if (at == 256) {
                rng_fill_bits(r, bits, 256);
                at = 0;
            }
        } while (!is_below(&out[i], bits[at++], below));
}

/* Draws whole chunks of words: one block a draw, as rng_below has it, would cost four times as
 * much. */
void rng_fill_permutation(rng *r, uint32_t *out, size_t n)
{
    uint32_t bits[256], j;
    size_t at = 256;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint32_t)i;
    for (size_t i = n; i > 1; i--) {
        do {
            if (at == 256) {
                rng_fill_bits(r, bits, 256);
                at = 0;
            }
        } while (!is_below(&j, bits[at++], (uint32_t)i));
        uint32_t swapped = out[i - 1];
        out[i - 1] = out[j];
        out[j] = swapped;
    }
}

void latent_of_seed(float *z, size_t n, uint64_t seed)
{
    rng r = rng_init(seed, rng_stream(STREAM_LATENT, 0));
    rng_fill_normal(&r, z, n);
}
