/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#define _DARWIN_C_SOURCE
#include "blas.h"
#include "tensor.h"
#include "threads.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef OPENBLAS_NAMES
#error "the Makefile says how OpenBLAS is called"
#endif

/* What 0.3.21 was seen to map: the libraries, and a buffer for each thread that is in a product. */
static const size_t LIBRARY_SIZE = (size_t)48 << 20, BUFFER_SIZE = (size_t)128 << 20;
/* For what a small model needs of its own. */
static const size_t OWN_SIZE = (size_t)16 << 20;
/* Of a stack less than 96 KiB were seen to be used. */
enum { LEAST_STACK = 256 << 10 };

blas_table blas;

/* ---- Room ---- */

/* In pieces: systems refuse at once what is more than all memory, and only then. */
static bool can_map(size_t size)
{
    size_t n = size < BUFFER_SIZE ? size : BUFFER_SIZE;
    void *block = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool is_mapped = block != MAP_FAILED, is_enough = is_mapped && (n == size || can_map(size - n));
    if (is_mapped)
        munmap(block, n);
    return is_enough;
}

/* Of this process, as far as that can be told. */
static size_t mapped_size(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%llu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static bool has_limit(struct rlimit *limit, int resource)
{
    return getrlimit(resource, limit) == 0 && limit->rlim_cur != RLIM_INFINITY;
}

static int check_room(size_t size, const char *hint, error *e)
{
    struct rlimit limit;
    if (can_map(size))
        return 0;
    bool is_space = has_limit(&limit, RLIMIT_AS);
    unsigned long long least = (mapped_size() + size + 1023) / 1024;
    if (is_space || has_limit(&limit, RLIMIT_DATA))
        return fail(e, STATUS_FAILED,
                    "the limit on %s is %llu kB; at least %llu kB are needed here%s",
                    is_space ? "address space (ulimit -v)" : "data (ulimit -d)",
                    (unsigned long long)limit.rlim_cur / 1024, least, hint);
    return fail(e, STATUS_FAILED, "not enough memory: at least %llu kB are needed here%s", least,
                hint);
}

/* Of the thread that is there already; the others have stacks of our size. */
static int check_stack(error *e)
{
    struct rlimit limit;
    if (!has_limit(&limit, RLIMIT_STACK) || limit.rlim_cur >= LEAST_STACK)
        return 0;
    return fail(e, STATUS_FAILED,
                "the limit on the stack (ulimit -s) is %llu kB; at least %d kB are needed here",
                (unsigned long long)limit.rlim_cur / 1024, LEAST_STACK / 1024);
}

int blas_check_room(size_t threads, size_t stack_size, error *e)
{
    if (check_stack(e))
        return -1;
    size_t size = OWN_SIZE + threads * (BUFFER_SIZE + stack_size);
    return check_room(blas.sgemm ? size : size + LIBRARY_SIZE,
                      threads > 1 ? "; --threads 1 needs less" : "", e);
}

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

int blas_open(error *e)
{
    char reason[512];
    blas_table found = {0};
    if (blas.sgemm)
        return 0;
    /* One flavour takes a buffer as it is opened, if need be by asking for ever. */
    if (check_room(LIBRARY_SIZE + BUFFER_SIZE, "", e))
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
    found.set_num_threads(1);
    blas = found;
    return 0;
}

const char *tensor_blas_info(void)
{
    static error e;
    return blas_open(&e) ? e.message : blas.config();
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

void blas_settle(size_t threads)
{
    /* All at once, each by the thread that will use it: some builds keep a pool, some one each. */
    void **buffers = allocate(threads, sizeof *buffers);
    run_team(threads, take_buffer, buffers);
    run_team(threads, give_buffer, buffers);
    free(buffers);
}
