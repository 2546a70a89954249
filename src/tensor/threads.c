/* SPDX-License-Identifier: MIT */
#include "threads.h"
#include "tensor.h"
#include <assert.h>
#include <omp.h>

extern void openblas_set_num_threads(int n);
extern char *openblas_get_config(void);

void tensor_init(size_t threads)
{
    assert(threads >= 1);
    openblas_set_num_threads(1);
    omp_set_dynamic(0);
    omp_set_num_threads((int)threads);
}

size_t tensor_threads(void) { return (size_t)omp_get_max_threads(); }

const char *tensor_blas_info(void) { return openblas_get_config(); }

void parallel_for(size_t n, void (*body)(size_t i, size_t thread, void *context), void *context)
{
    /* In parallel even for n = 1: a body's products must never be split, or their bits would differ. */
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t i = 0; i < n; i++)
        body(i, (size_t)omp_get_thread_num(), context);
}

/* Not omp_in_parallel: that says no in a team of one thread. */
bool is_inside_parallel_for(void) { return omp_get_level() > 0; }

size_t count_parts(size_t steps, size_t steps_worth_a_thread)
{
    if (is_inside_parallel_for())
        return 1;
    size_t most = steps / steps_worth_a_thread, threads = tensor_threads();
    return most < 2 ? 1 : most < threads ? most : threads;
}

part part_of(size_t total, size_t unit, size_t i, size_t n)
{
    size_t units = (total + unit - 1) / unit;
    size_t first = units * i / n * unit, end = units * (i + 1) / n * unit;
    return (part){first, (end < total ? end : total) - first};
}
