/* SPDX-License-Identifier: MIT */
/* tensor: random numbers. Every test runs on every dispatch level; the hard-coded values are the
 * same on each, which is what makes z of a seed the same picture everywhere, for ever. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "levels.h"
#include "use_threads.h"
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* FNV-1a over the bytes: equal bits, equal hash. */
static uint64_t hash_of(const void *data, size_t n)
{
    const unsigned char *b = data;
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 0x100000001b3u;
    return h;
}

/* sum (count - expected)^2 / expected. */
static double chi_square(const size_t *counts, size_t n, double expected)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    return total;
}

/* ---- Philox and its counter ---- */

/* kat_vectors of the Random123 distribution: counter, key, result. */
static void philox_gives_the_known_answers_of_random123(void **state)
{
    (void)state;
    static const uint32_t kat[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1},
    };
    for (size_t i = 0; i < COUNT(kat); i++) {
        uint32_t out[4];
        philox4x32_10(out, kat[i], kat[i] + 4);
        assert_memory_equal(out, kat[i] + 6, sizeof out);
    }
}

static void the_counter_is_position_then_stream_and_the_key_is_the_seed(void **state)
{
    (void)state;
    rng r = {
        .seed = 0x299f31d0a4093822, .stream = 0x0370734413198a2e, .position = 0x85a308d3243f6a88};
    static const uint32_t want[4] = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
    uint32_t out[4];
    rng_fill_bits(&r, out, 4);
    assert_memory_equal(out, want, sizeof out);
    assert_true(r.position == 0x85a308d3243f6a89);
}

static void a_stream_is_its_purpose_in_the_top_byte_and_an_index(void **state)
{
    (void)state;
    assert_true(rng_stream(STREAM_LATENT, 0) == (uint64_t)1 << 56);
    assert_true(rng_stream(STREAM_DROPOUT, 12345) == ((uint64_t)STREAM_DROPOUT << 56 | 12345));
    rng r = rng_init(9, 8);
    assert_true(r.seed == 9 && r.stream == 8 && r.position == 0);
}

/* Whatever is asked for in one call, a block's words depend on its position alone. */
static void a_draw_depends_on_its_position_alone(void **state)
{
    (void)state;
    enum { N_BLOCKS = 300 };
    static uint32_t all[4 * N_BLOCKS], some[4 * N_BLOCKS];
    static const uint64_t starts[] = {0, 0xffffffff - 100, UINT64_MAX - 100}; /* over a carry */
    for (size_t k = 0; k < COUNT(starts); k++) {
        rng r = {5, 6, starts[k]};
        rng_fill_bits(&r, all, COUNT(all));
        for (size_t first = 0; first < N_BLOCKS; first += 37)
            for (size_t n = 1; first * 4 + n <= COUNT(all) && n < 300; n += 29) {
                r.position = starts[k] + first;
                rng_fill_bits(&r, some, n);
                assert_memory_equal(some, all + 4 * first, n * sizeof *some);
            }
    }
}

static void draws_carry_over_into_the_upper_half_of_the_position(void **state)
{
    (void)state;
    rng r = {.seed = 3, .stream = 4, .position = 0xffffffff};
    uint32_t got[8], want[8];
    rng_fill_bits(&r, got, 8);
    philox4x32_10(want, (uint32_t[]){0xffffffff, 0, 4, 0}, (uint32_t[]){3, 0});
    philox4x32_10(want + 4, (uint32_t[]){0, 1, 4, 0}, (uint32_t[]){3, 0});
    assert_memory_equal(got, want, sizeof got);
    assert_true(r.position == 0x100000001);
}

static void each_call_moves_on_by_whole_blocks(void **state)
{
    (void)state;
    uint32_t bits[1030];
    float v[1030];
    static const size_t sizes[] = {0, 1, 3, 4, 5, 255, 256, 257, 1030};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        uint64_t blocks = (sizes[i] + 3) / 4;
        rng a = rng_init(1, 2), b = a, c = a;
        rng_fill_bits(&a, bits, sizes[i]);
        rng_fill_uniform(&b, v, sizes[i]);
        rng_fill_normal(&c, v, sizes[i]);
        assert_int_equal(a.position, blocks);
        assert_int_equal(b.position, blocks);
        assert_int_equal(c.position, blocks);
    }
}

/* ---- Uniform ---- */

static void uniforms_are_the_words_plus_one_half_by_two_to_the_32(void **state)
{
    (void)state;
    enum { N = 100003 };
    static uint32_t bits[N];
    static float v[N];
    static size_t counts[256];
    memset(counts, 0, sizeof counts);
    rng r = rng_init(11, 0), s = r;
    rng_fill_bits(&r, bits, N);
    rng_fill_uniform(&s, v, N);
    for (size_t i = 0; i < N; i++) {
        assert_true(v[i] > 0.0f && v[i] <= 1.0f);
        assert_true(v[i] == (float)(((double)bits[i] + 0.5) / 4294967296.0));
        counts[v[i] == 1.0f ? 255 : (size_t)(v[i] * 256.0f)]++;
    }
    assert_in_range((long)chi_square(counts, 256, N / 256.0), 150, 370); /* 255 +- 5 deviations */
}

/* ---- Normal ---- */

/* Box & Muller in long double by libm, from the same words. */
static void box_muller(long double pair[2], uint32_t radius, uint32_t angle)
{
    long double two_pi = 8.0L * atanl(1.0L);
    long double u = ((long double)radius + 0.5L) / 4294967296.0L;
    long double a = two_pi * (((long double)angle + 0.5L) / 4294967296.0L);
    long double length = sqrtl(-2.0L * logl(u));
    pair[0] = length * cosl(a);
    pair[1] = length * sinl(a);
}

static void normals_are_those_of_box_and_muller_to_one_float(void **state)
{
    (void)state;
    enum { N = 40002 };
    static uint32_t bits[N];
    static float v[N];
    rng r = rng_init(12, 0), s = r;
    rng_fill_bits(&r, bits, N);
    rng_fill_normal(&s, v, N);
    for (size_t i = 0; i < N; i += 2) {
        long double pair[2];
        box_muller(pair, bits[i], bits[i + 1]);
        for (size_t k = 0; k < 2; k++) {
            float want = (float)pair[k];
            assert_true(v[i + k] >= nextafterf(want, -INFINITY) &&
                        v[i + k] <= nextafterf(want, INFINITY));
        }
    }
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void normals_have_the_moments_and_the_distribution_of_n_0_1(void **state)
{
    (void)state;
    enum { N = 100000 };
    static float v[N];
    rng r = rng_init(13, 0);
    rng_fill_normal(&r, v, N);
    double moment[5] = {0};
    for (size_t i = 0; i < N; i++)
        for (int k = 1; k <= 4; k++)
            moment[k] += pow((double)v[i], k) / N;
    static const double want[] = {0, 0, 1, 0, 3}, deviation[] = {0, 1, 1.42, 3.88, 9.8};
    for (int k = 1; k <= 4; k++)
        assert_close(&moment[k], &want[k], 1, 0, 4 * deviation[k] / sqrt(N));
    qsort(v, N, sizeof *v, compare_floats);
    double distance = 0; /* Kolmogorov & Smirnov */
    for (size_t i = 0; i < N; i++)
        distance = fmax(distance, fabs(0.5 * erfc(-(double)v[i] / sqrt(2.0)) - (double)i / N));
    assert_true(distance * sqrt(N) < 1.95); /* one in a thousand seeds fails */
}

static void normals_have_the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    enum { N = 80003 };
    static float v[N];
    for (size_t threads = 1; threads <= 3; threads++) {
        use_threads(threads);
        rng r = rng_init(14, 15);
        rng_fill_normal(&r, v, N);
        assert_true(hash_of(v, sizeof v) == 0x2902c446948155fdu);
    }
    use_threads(1);
}

/* ---- z of a seed ---- */

/* These bits may never change: a seed names a picture. Python's math module gives the same. */
static void z_of_a_seed_is_the_same_for_ever(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        float z[6];
    } want[] = {
        {7,
         {0x1.0d7a12p-1f, 0x1.93e158p+0f, 0x1.ea84ap-2f, 0x1.24254cp+0f, -0x1.0091ep-1f,
          -0x1.8c4184p-1f}},
        {0,
         {0x1.1d755ep-1f, 0x1.d14ed4p-1f, 0x1.e14cc6p-1f, -0x1.046452p+0f, -0x1.767c34p-5f,
          0x1.a87762p-3f}},
        {UINT64_MAX,
         {-0x1.f22b22p-1f, 0x1.09dd44p-4f, -0x1.9372f4p+0f, 0x1.6968aap-1f, 0x1.71308cp-3f,
          -0x1.03cf54p-3f}},
    };
    for (size_t i = 0; i < COUNT(want); i++) {
        float z[6];
        latent_of_seed(z, 6, want[i].seed);
        assert_memory_equal(z, want[i].z, sizeof z);
    }
}

static void a_shorter_z_is_the_start_of_a_longer_one(void **state)
{
    (void)state;
    float all[130], some[130];
    latent_of_seed(all, 130, 99);
    for (size_t n = 0; n <= 130; n++) {
        latent_of_seed(some, n, 99);
        assert_memory_equal(some, all, n * sizeof *all);
    }
}

/* ---- Choices ---- */

static void bernoulli_is_one_as_often_as_asked(void **state)
{
    (void)state;
    enum { N = 50001 };
    static uint8_t v[N];
    static uint32_t bits[N];
    static const double p[] = {0, 0.001, 0.3, 0.5, 0.999, 1};
    for (size_t i = 0; i < COUNT(p); i++) {
        rng r = rng_init(16, i), s = r;
        rng_fill_bernoulli(&r, v, N, p[i]);
        rng_fill_bits(&s, bits, N);
        size_t n_ones = 0;
        for (size_t k = 0; k < N; k++) {
            assert_int_equal(v[k], (double)bits[k] < floor(p[i] * 4294967296.0));
            n_ones += v[k];
        }
        double want = p[i] * N;
        double got = (double)n_ones;
        assert_close(&got, &want, 1, 0, 4 * sqrt(want * (1 - p[i])));
        assert_int_equal(r.position, s.position);
    }
}

/* Without Lemire's rejection the values 0, 3, 6, ... below 3 * 2^30 would come twice as often. */
static void numbers_below_n_are_without_bias(void **state)
{
    (void)state;
    static const uint32_t limits[] = {3, 7, (uint32_t)3 << 30};
    for (size_t i = 0; i < COUNT(limits); i++) {
        enum { DRAWS = 21000 };
        size_t counts[7] = {0}, classes = limits[i] == 7 ? 7 : 3;
        rng r = rng_init(17, i);
        for (int k = 0; k < DRAWS; k++) {
            uint32_t v = rng_below(&r, limits[i]);
            assert_true(v < limits[i]);
            counts[v % classes]++;
        }
        assert_true(chi_square(counts, classes, (double)DRAWS / (double)classes) < 23);
    }
    rng r = rng_init(17, 9);
    for (int k = 0; k < 100; k++)
        assert_int_equal(rng_below(&r, 1), 0);
}

/* Every residue of `below` within five deviations of equally often, and none beyond it. */
static void many_integers_below_fill_evenly(void **state)
{
    enum { DRAWS = 90000 };
    static const uint32_t limits[] = {1, 2, 7, 1000};
    static uint32_t out[DRAWS];
    (void)state;
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
        size_t counts[1000] = {0};
        rng r = rng_init(7, 0);
        rng_fill_below(&r, out, DRAWS, limits[k]);
        for (size_t i = 0; i < DRAWS; i++) {
            assert_in_range(out[i], 0, limits[k] - 1);
            counts[out[i]]++;
        }
        double want = (double)DRAWS / limits[k];
        for (size_t i = 0; i < limits[k]; i++)
            assert_true(fabs((double)counts[i] - want) <= 5 * sqrt(want));
    }
}

/* Of 3 * 2^30 values a third would come twice as often without Lemire's rejection. */
static void many_integers_below_a_large_number_are_not_biased(void **state)
{
    enum { DRAWS = 30000 };
    static uint32_t out[DRAWS];
    size_t n_aligned = 0;
    rng r = rng_init(8, 0);
    (void)state;
    rng_fill_below(&r, out, DRAWS, (uint32_t)3 << 30);
    for (size_t i = 0; i < DRAWS; i++)
        n_aligned += out[i] % 3 == 0;
    assert_in_range(n_aligned, 9600, 10400);
}

static void a_permutation_holds_each_number_once(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 3, 33, 257, 1025};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        uint32_t order[1025];
        bool is_seen[1025] = {false};
        rng r = rng_init(18, i);
        rng_fill_permutation(&r, order, sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++) {
            assert_true(order[k] < sizes[i] && !is_seen[order[k]]);
            is_seen[order[k]] = true;
        }
    }
}

static void a_permutation_puts_every_number_at_every_place_equally_often(void **state)
{
    (void)state;
    enum { N = 7, DRAWS = 14000 };
    size_t counts[N * N] = {0};
    rng r = rng_init(19, 0);
    for (int i = 0; i < DRAWS; i++) {
        uint32_t order[N];
        rng_fill_permutation(&r, order, N);
        for (size_t k = 0; k < N; k++)
            counts[k * N + order[k]]++;
    }
    assert_true(chi_square(counts, N * N, (double)DRAWS / N) < 80); /* 36 degrees of freedom */
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_known_answers_of_random123),
        cmocka_unit_test(the_counter_is_position_then_stream_and_the_key_is_the_seed),
        cmocka_unit_test(a_stream_is_its_purpose_in_the_top_byte_and_an_index),
        cmocka_unit_test(a_draw_depends_on_its_position_alone),
        cmocka_unit_test(draws_carry_over_into_the_upper_half_of_the_position),
        cmocka_unit_test(each_call_moves_on_by_whole_blocks),
        cmocka_unit_test(uniforms_are_the_words_plus_one_half_by_two_to_the_32),
        cmocka_unit_test(normals_are_those_of_box_and_muller_to_one_float),
        cmocka_unit_test(normals_have_the_moments_and_the_distribution_of_n_0_1),
        cmocka_unit_test(normals_have_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(z_of_a_seed_is_the_same_for_ever),
        cmocka_unit_test(a_shorter_z_is_the_start_of_a_longer_one),
        cmocka_unit_test(bernoulli_is_one_as_often_as_asked),
        cmocka_unit_test(numbers_below_n_are_without_bias),
        cmocka_unit_test(many_integers_below_fill_evenly),
        cmocka_unit_test(many_integers_below_a_large_number_are_not_biased),
        cmocka_unit_test(a_permutation_holds_each_number_once),
        cmocka_unit_test(a_permutation_puts_every_number_at_every_place_equally_often),
    };
    return run_on_every_level("tensor_random", tests, COUNT(tests));
}
