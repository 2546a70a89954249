/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4), in plain C but for the choice of what adds the blocks. */
#include "sha256_detail.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = SHA256_BLOCK, LENGTH_AT = 56 };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotated(uint32_t x, int n) { return x >> n | x << (32 - n); }

static uint32_t word_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void write_word(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (24 - 8 * i));
}

/* The 64 words that a block becomes (6.2.2, step 1). */
static void schedule(uint32_t w[64], const unsigned char *block)
{
    for (int t = 0; t < 16; t++)
        w[t] = word_at(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        uint32_t a = w[t - 15], b = w[t - 2];
        w[t] = w[t - 16] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) + w[t - 7] +
               (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
    }
}

/* A round (6.2.2, step 3) on the state s, whose letters a to h are at i, i + 1 ... of a ring: the
 * next round's begin one earlier, so that nothing is moved. */
static inline void round_once(uint32_t s[8], int i, uint32_t sum)
{
    uint32_t a = s[i & 7], b = s[(i + 1) & 7], c = s[(i + 2) & 7], e = s[(i + 4) & 7];
    uint32_t f = s[(i + 5) & 7], g = s[(i + 6) & 7], h = s[(i + 7) & 7];
    uint32_t t1 =
        h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + ((e & f) ^ (~e & g)) + sum;
    s[(i + 3) & 7] += t1;
    s[(i + 7) & 7] =
        t1 + (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
}

/* One block into the state. The ring has turned once in eight rounds, which the compiler is to
 * write out: then its places are registers. */
static void add_block(uint32_t h[8], const unsigned char *block)
{
    uint32_t w[64], s[8];
    schedule(w, block);
    memcpy(s, h, sizeof s);
    for (int t = 0; t < 64; t += 8) {
        const uint32_t *k = sha256_constants + t, *v = w + t;
        round_once(s, 8, k[0] + v[0]);
        round_once(s, 7, k[1] + v[1]);
        round_once(s, 6, k[2] + v[2]);
        round_once(s, 5, k[3] + v[3]);
        round_once(s, 4, k[4] + v[4]);
        round_once(s, 3, k[5] + v[5]);
        round_once(s, 2, k[6] + v[6]);
        round_once(s, 1, k[7] + v[7]);
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}

void sha256_blocks_plain(uint32_t state[8], const unsigned char *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_block(state, blocks + i * BLOCK);
}

/* ---- The kernel ---- */

static sha256_kernel *_Atomic chosen; /* written once, unless by a test */

void sha256_use(sha256_kernel *kernel)
{
    sha256_kernel *best = kernel ? kernel : sha256_blocks_ni();
    atomic_store_explicit(&chosen, best ? best : sha256_blocks_plain, memory_order_relaxed);
}

static void add_blocks(sha256_stream *s, const unsigned char *blocks, size_t n)
{
    if (!atomic_load_explicit(&chosen, memory_order_relaxed))
        sha256_use(NULL);
    atomic_load_explicit(&chosen, memory_order_relaxed)(s->state, blocks, n);
}

/* ---- Streams ---- */

void sha256_start(sha256_stream *s)
{
    *s = (sha256_stream){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                   0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

/* Of what a block is begun with; the number of bytes taken. */
static size_t fill_block(sha256_stream *s, const unsigned char *p, size_t n)
{
    size_t held = s->n_bytes % BLOCK, take = BLOCK - held < n ? BLOCK - held : n;
    if (take > 0)
        memcpy(s->block + held, p, take);
    s->n_bytes += take;
    if (held + take == BLOCK)
        add_blocks(s, s->block, 1);
    return take;
}

void sha256_add(sha256_stream *s, const void *data, size_t n)
{
    const unsigned char *p = data;
    size_t taken = s->n_bytes % BLOCK ? fill_block(s, p, n) : 0;
    size_t n_blocks = (n - taken) / BLOCK;
    if (n_blocks > 0)
        add_blocks(s, p + taken, n_blocks);
    s->n_bytes += n_blocks * BLOCK;
    taken += n_blocks * BLOCK;
    fill_block(s, p + taken, n - taken);
}

/* A bit, zeros and the length in bits fill the last block. */
static void pad(sha256_stream *s)
{
    static const unsigned char padding[BLOCK] = {0x80};
    unsigned char length[8];
    uint64_t n_bits = s->n_bytes * 8;
    size_t held = s->n_bytes % BLOCK;
    write_word(length, (uint32_t)(n_bits >> 32));
    write_word(length + 4, (uint32_t)n_bits);
    sha256_add(s, padding, held < LENGTH_AT ? LENGTH_AT - held : BLOCK + LENGTH_AT - held);
    sha256_add(s, length, sizeof length);
}

void sha256_end(sha256_stream *s, char out[SHA256_SIZE])
{
    pad(s);
    for (int i = 0; i < 8; i++)
        snprintf(out + 8 * i, 9, "%08lx", (unsigned long)s->state[i]);
}

void sha256_of(char out[SHA256_SIZE], const void *data, size_t n)
{
    sha256_stream s;
    sha256_start(&s);
    sha256_add(&s, data, n);
    sha256_end(&s, out);
}
