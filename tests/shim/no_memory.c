/* SPDX-License-Identifier: MIT */
/* Preloaded into a program, makes the n-th of its allocations fail. Apart from the other shim,
 * since it cannot be preloaded where a sanitizer allocates before anything else has started.
 *
 *   FAULT_AT=N       which allocation, counted from 1; 0 or not set: none
 *   FAULT_COUNT=FILE where the number of allocations is written when the program ends
 *
 * Those of libraries that start before this one do not count. */
#define _GNU_SOURCE /* RTLD_NEXT, dladdr */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_long n_allocations;
static atomic_int is_counting;

typedef void *malloc_function(size_t);
typedef void *calloc_function(size_t, size_t);
typedef void *realloc_function(void *, size_t);
typedef void *aligned_alloc_function(size_t, size_t);
typedef int posix_memalign_function(void **, size_t, size_t);

/* The next function of that name. An older dlsym allocates, and takes NULL for an answer. */
#define NEXT(type, name)                                                                           \
    static type name##_next;                                                                       \
    static _Thread_local int is_looking;                                                           \
    if (!name##_next && !is_looking) {                                                             \
        is_looking = 1;                                                                            \
        void *name##_symbol = dlsym(RTLD_NEXT, #name);                                             \
        memcpy(&name##_next, &name##_symbol, sizeof name##_next);                                  \
        is_looking = 0;                                                                            \
    }

/* OpenBLAS's kernels for small products write where malloc pointed without a look (0.3.21, on CPUs
 * with AVX-512); libgfortran, which it loads, ends the program itself when its start has no memory,
 * and may crash in that. */
static int is_of_blas(void *caller)
{
    Dl_info found;
    return dladdr(caller, &found) && found.dli_fname &&
           (strstr(found.dli_fname, "openblas") || strstr(found.dli_fname, "libgfortran"));
}

static int is_hit(void *caller)
{
    const char *at = getenv("FAULT_AT");
    if (!is_counting || is_of_blas(caller))
        return 0;
    int hit = ++n_allocations == (at ? strtol(at, NULL, 10) : 0);
    if (hit)
        errno = ENOMEM;
    return hit;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t n)
{
    NEXT(malloc_function *, malloc);
    return is_hit(CALLER) ? NULL : malloc_next(n);
}

void *calloc(size_t count, size_t size)
{
    NEXT(calloc_function *, calloc);
    return !calloc_next || is_hit(CALLER) ? NULL : calloc_next(count, size);
}

void *realloc(void *block, size_t n)
{
    NEXT(realloc_function *, realloc);
    return is_hit(CALLER) ? NULL : realloc_next(block, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    NEXT(aligned_alloc_function *, aligned_alloc);
    return is_hit(CALLER) ? NULL : aligned_alloc_next(alignment, n);
}

int posix_memalign(void **block, size_t alignment, size_t n)
{
    NEXT(posix_memalign_function *, posix_memalign);
    return is_hit(CALLER) ? ENOMEM : posix_memalign_next(block, alignment, n);
}

__attribute__((constructor)) static void start(void) { is_counting = 1; }

__attribute__((destructor)) static void write_count(void)
{
    is_counting = 0;
    const char *path = getenv("FAULT_COUNT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%ld\n", (long)n_allocations);
    fclose(f);
}
