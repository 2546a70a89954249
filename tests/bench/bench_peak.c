/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

/* CHAINS: enough to hide how long a multiply-add takes. */
enum { CHAINS = 12, STEPS = 1 << 18 };

/* Multiply-adds in registers; the sum keeps them from being left out. */
#define DEFINE_MULTIPLY_ADDS(name, needs, vector, all, multiply_add)                               \
    __attribute__((target(needs))) static float name(void)                                         \
    {                                                                                              \
        vector s[CHAINS], sum = all(0.0f);                                                         \
        for (int i = 0; i < CHAINS; i++)                                                           \
            s[i] = all((float)i);                                                                  \
        for (int k = 0; k < STEPS; k++)                                                            \
            _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) s[i] =                       \
                multiply_add(s[i], all(0.99f), all(0.01f));                                        \
        for (int i = 0; i < CHAINS; i++)                                                           \
            sum += s[i];                                                                           \
        return sum[0];                                                                             \
    }
DEFINE_MULTIPLY_ADDS(with_avx512, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps)
DEFINE_MULTIPLY_ADDS(with_avx2, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps)

typedef struct {
    const char *level;
    float (*multiply_adds)(void);
    size_t width;
} peak;

static const peak peaks[] = {{"avx512", with_avx512, 16}, {"avx2", with_avx2, 8}};

static void multiply_adds(size_t i, size_t thread, void *context)
{
    const peak *p = context;
    volatile float sum = p->multiply_adds();
    (void)sum, (void)i, (void)thread;
}

static void tell(peak p)
{
    double least = (double)INFINITY;
    char name[NAME_SIZE];
    add_threads(name, "multiply-adds alone");
    for (size_t r = 0; r < ROUNDS; r++) {
        double start = seconds_now();
        parallel_for(tensor_threads(), multiply_adds, &p);
        least = fmin(least, seconds_now() - start);
    }
    printf("%-34s %32s %8.1f GFLOP/s\n", name, "",
           2e-9 * (double)(tensor_threads() * p.width * CHAINS * STEPS) / least);
}

void bench_peak(void)
{
    for (size_t i = 0; i < sizeof peaks / sizeof *peaks; i++)
        if (strcmp(peaks[i].level, tensor_level()) == 0)
            tell(peaks[i]);
}
#else
void bench_peak(void) {}
#endif
