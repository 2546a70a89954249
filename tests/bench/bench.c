/* SPDX-License-Identifier: MIT */
/* make bench: each piece of work beside its floor, in one run, as a ratio.
 *
 * The floor of a training step is its matrix products alone, in the order they are needed, on
 * OpenBLAS with its own threads, plus one Adam pass over all parameters; that of explaining and
 * drawing, its products alone: those of a single seed are products of a matrix and a vector. Work
 * and floor are timed in turn, round by round, so that a machine whose speed drifts slows both; the
 * ratio is the median over the rounds. What the CPU does in registers alone bounds both.
 *
 * Usage: bench [GANTRAIN GANEXPLAIN], or bench constant: only what works with constant networks, at
 * the level that the environment sets. */
#include "bench.h"
#include "cli.h"
#include <stdio.h>
#include <string.h>

static void use_threads(size_t threads)
{
    error e = {0};
    if (tensor_init(threads, &e) || tensor_open_blas(&e))
        give_up(&e);
}

static void bench_constant(void)
{
    printf("\nConstant networks: %s; kernels %s\n", tensor_blas_info(), tensor_level());
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        bench_peak();
        bench_products();
        bench_neighbours();
        bench_explaining();
        bench_pictures();
    }
}

/* OpenBLAS chooses its kernels when it is opened: a process of its own is needed for others. */
static void bench_constant_with_avx2(const char *self)
{
    command c = {.argv = {self, "constant"},
                 .variables = {"OPENBLAS_CORETYPE=Haswell", "GANLENS_CPU=avx2"},
                 .is_shown = true};
    run_command(&c);
}

int main(int argc, char **argv)
{
    memory_keep(); /* as ganexplain does */
    use_threads(1);
    if (argc == 2 && strcmp(argv[1], "constant") == 0) {
        bench_constant();
        return 0;
    }
    printf("ganlens " GANLENS_VERSION "\n%-34s %9s %9s %9s\n", "", "median", "least", "floor");
    if (argc > 2)
        bench_start(argv[1], argv[2]); /* a child begins with the memory that its parent has */
    printf("\nTraining: %s; kernels %s\n", tensor_blas_info(), tensor_level());
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        bench_training(32);
        bench_training(128);
    }
    bench_constant();
    if (strcmp(tensor_level(), "avx512") == 0)
        bench_constant_with_avx2(argv[0]);
    return 0;
}
