/* SPDX-License-Identifier: MIT */
/* SHA-256 by the SHA extensions of x86 ("Intel SHA Extensions", 2013): sha256rnds2 does two rounds,
 * sha256msg1 and msg2 the sums of the schedule. Chosen at run time: the binary runs anywhere. */
#include "sha256_detail.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,ssse3,sse4.1")))

/* Both halves of the state in the order of the instructions: c d g h and a b e f from the lowest
 * word up are h g d c and f e b a. */
typedef struct {
    __m128i abef, cdgh;
} halves;

static inline WITH_SHA halves halves_load(const uint32_t state[8])
{
    __m128i abcd = _mm_loadu_si128((const __m128i *)(const void *)state);
    __m128i efgh = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
    abcd = _mm_shuffle_epi32(abcd, 0xB1); /* c d a b */
    efgh = _mm_shuffle_epi32(efgh, 0x1B); /* e f g h, from the top down */
    return (halves){_mm_alignr_epi8(abcd, efgh, 8), _mm_blend_epi16(efgh, abcd, 0xF0)};
}

static inline WITH_SHA void halves_store(uint32_t state[8], halves s)
{
    __m128i feba = _mm_shuffle_epi32(s.abef, 0x1B), dchg = _mm_shuffle_epi32(s.cdgh, 0xB1);
    __m128i abcd = _mm_blend_epi16(feba, dchg, 0xF0), efgh = _mm_alignr_epi8(dchg, feba, 8);
    _mm_storeu_si128((__m128i *)(void *)state, abcd);
    _mm_storeu_si128((__m128i *)(void *)(state + 4), efgh);
}

/* Four rounds with the words w of the schedule. */
static inline WITH_SHA halves rounds(halves s, __m128i w, const uint32_t *constants)
{
    __m128i sums = _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)(const void *)constants));
    s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, sums);
    s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(sums, 0x0E));
    return s;
}

/* The four words after w[0..3], which are sixteen. */
static inline WITH_SHA __m128i next_words(const __m128i w[4])
{
    __m128i sevenths = _mm_alignr_epi8(w[3], w[2], 4);
    __m128i sums = _mm_add_epi32(_mm_sha256msg1_epu32(w[0], w[1]), sevenths);
    return _mm_sha256msg2_epu32(sums, w[3]);
}

static inline WITH_SHA halves add_block(halves s, const unsigned char *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i w[4];
    halves before = s;
    for (int i = 0; i < 4; i++) {
        w[i] =
            _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)block + i), big_endian);
        s = rounds(s, w[i], sha256_constants + 4 * i);
    }
    for (int i = 4; i < 16; i++) {
        __m128i next = next_words(w);
        w[0] = w[1], w[1] = w[2], w[2] = w[3], w[3] = next;
        s = rounds(s, next, sha256_constants + 4 * i);
    }
    return (halves){_mm_add_epi32(s.abef, before.abef), _mm_add_epi32(s.cdgh, before.cdgh)};
}

static WITH_SHA void blocks_ni(uint32_t state[8], const unsigned char *blocks, size_t n)
{
    halves s = halves_load(state);
    for (size_t i = 0; i < n; i++)
        s = add_block(s, blocks + i * SHA256_BLOCK);
    halves_store(state, s);
}

sha256_kernel *sha256_blocks_ni(void)
{
    unsigned a, b, c, d;
    bool has_sse = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) && (c & bit_SSE4_1);
    return has_sse && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) ? blocks_ni : NULL;
}

#else

sha256_kernel *sha256_blocks_ni(void) { return NULL; }

#endif
