/* SPDX-License-Identifier: MIT */
#include "threads.h"
#include "tensor.h"
#include <assert.h>
#include <omp.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

extern void openblas_set_num_threads(int n);
extern char *openblas_get_config(void);
#ifdef __ELF__
extern void blas_thread_shutdown_(void) __attribute__((weak));
#else
static void (*const blas_thread_shutdown_)(void) = NULL;
#endif

void tensor_init(size_t threads)
{
    assert(threads >= 1);
    openblas_set_num_threads(1);
    /* The threads it made while it was loaded would look for work for some 20 ms, on our cores.
     * What its build with OpenMP lacks, it needs not. */
    if (blas_thread_shutdown_)
        blas_thread_shutdown_();
    omp_set_dynamic(0);
    omp_set_num_threads((int)threads);
}

/* Some microseconds: longer than the gaps between products, shorter than what sleeping costs. */
#define SPINS "2000"

void tensor_restart_without_spinning(char **argv)
{
#ifdef __linux__
    char program[4096]; /* by its name, not as /proc/self/exe: ps and killall shall know it */
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n <= 0 || getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY"))
        return;
    program[n] = 0;
    setenv("GOMP_SPINCOUNT", SPINS, 1);
    execv(program, argv);
#else
    (void)argv;
#endif
}

size_t tensor_threads(void) { return (size_t)omp_get_max_threads(); }

const char *tensor_blas_info(void) { return openblas_get_config(); }

void parallel_for(size_t n, void (*body)(size_t i, size_t thread, void *context), void *context)
{
    /* A region even for n = 1: a body's products must never be split, or their bits would differ.
     * No more threads than bodies: one alone may hand out work of its own. */
    size_t threads = n < tensor_threads() ? (n ? n : 1) : tensor_threads();
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)threads)
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
