/* SPDX-License-Identifier: MIT */
#include "blas.h"
#include "room.h"
#include "tensor.h"
#include "threads.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef OPENBLAS_NAMES
#error "the Makefile says how OpenBLAS is called"
#endif

/* What 0.3.21 was seen to map: the libraries, and a buffer for each thread that is in a product. */
static const size_t LIBRARY_SIZE = (size_t)48 << 20, BUFFER_SIZE = (size_t)128 << 20;

blas_table blas;

/* ---- Opening ---- */

/* The first library of the list that can be opened; else NULL, and why the first could not. */
static void *open_first(char *reason, size_t size)
{
    char names[] = OPENBLAS_NAMES, *rest;
    *reason = 0;
    for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
        if (library)
            return library;
        if (!*reason)
            snprintf(reason, size, "%s", dlerror());
    }
    return NULL;
}

/* function: the address of a pointer to a function, which ISO C does not make of dlsym's. */
static bool find_function(void *function, void *library, const char *name)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol;
}

static int fail_to_open(error *e, const char *reason)
{
    return fail(e, STATUS_FAILED,
                "OpenBLAS cannot be opened: %s; on Debian and Ubuntu: apt-get install libopenblas0",
                reason);
}

/* Once, at one thread. */
static int open_blas(error *e)
{
    char reason[512];
    blas_table found = {0};
    if (blas.sgemm)
        return 0;
    /* One flavour takes a buffer as it is opened, if need be by asking for ever. */
    if (room_check(LIBRARY_SIZE + BUFFER_SIZE, 1, e))
        return fail_in(e, "OpenBLAS cannot be opened");
    /* Threads of its own would look for work for some 20 ms, on our cores; one flavour has OpenMP's
     * instead. */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    void *library = open_first(reason, sizeof reason);
    if (!library)
        return fail_to_open(e, reason);
    if (!find_function(&found.sgemm, library, "sgemm_") ||
        !find_function(&found.sgemv, library, "sgemv_") ||
        !find_function(&found.dgemm, library, "dgemm_") ||
        !find_function(&found.config, library, "openblas_get_config") ||
        !find_function(&found.set_num_threads, library, "openblas_set_num_threads") ||
        !find_function(&found.buffer_take, library, "blas_memory_alloc") ||
        !find_function(&found.buffer_give, library, "blas_memory_free"))
        return fail_to_open(e, dlerror());
    find_function(&found.dsyev, library, "dsyev_");
    find_function(&found.dgesdd, library, "dgesdd_");
    found.set_num_threads(1);
    blas = found;
    return 0;
}

const char *tensor_blas_info(void)
{
    static error e;
    return open_blas(&e) ? e.message : blas.config();
}

/* ---- Buffers ---- */

static void take_buffer(size_t thread, void *buffers)
{
    ((void **)buffers)[thread] = blas.buffer_take(0);
}

static void give_buffer(size_t thread, void *buffers)
{
    blas.buffer_give(((void **)buffers)[thread]);
}

/* Makes OpenBLAS map the threads' buffers now: later, a product that finds no memory would ask for
 * it again for ever. All at once, each by the thread that will use it: some builds keep a pool,
 * some one each. */
static void settle(size_t threads)
{
    void **buffers = allocate(threads, sizeof *buffers);
    run_team(threads, take_buffer, buffers);
    run_team(threads, give_buffer, buffers);
    free(buffers);
}

static int check_room(size_t threads, error *e)
{
    return room_check(threads * BUFFER_SIZE + (blas.sgemm ? 0 : LIBRARY_SIZE), threads, e);
}

int tensor_open_blas(error *e)
{
    size_t threads = tensor_threads();
    if (check_room(threads, e) || open_blas(e) || check_room(threads, e)) /* what it left */
        return -1;
    settle(threads);
    return 0;
}
