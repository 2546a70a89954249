/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* madvise */
#include "base.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { ALIGNMENT = 64, LARGE_PAGE = 2 << 20, KEPT = 28 << 20 };

/* Composed at the start, since there may be no room to do it later. */
static char message[80] = "not enough memory\n";

static void *json_allocate(size_t n) { return reallocate(NULL, n, 1); }

void memory_start(const char *program)
{
    snprintf(message, sizeof message, "%s: not enough memory\n", program);
    json_set_alloc_funcs(json_allocate, free);
}

/* _exit, not exit: another thread may be inside whatever an exit handler would take down. */
_Noreturn void memory_end(void)
{
    ssize_t ignored = write(STDERR_FILENO, message, strlen(message));
    (void)ignored;
    _exit(STATUS_FAILED);
}

bool checked_multiply(size_t *out, size_t a, size_t b)
{
    if (b != 0 && a > SIZE_MAX / b)
        return false;
    *out = a * b;
    return true;
}

bool checked_add(size_t *out, size_t a, size_t b)
{
    if (a > SIZE_MAX - b)
        return false;
    *out = a + b;
    return true;
}

void *allocate(size_t count, size_t size)
{
    size_t n, padded;
    if (!checked_multiply(&n, count, size) || !checked_add(&padded, n, ALIGNMENT - 1))
        memory_end();
    /* aligned_alloc wants a multiple of the alignment, and a size of zero may give NULL. */
    padded = n == 0 ? ALIGNMENT : padded / ALIGNMENT * ALIGNMENT;
    void *block = aligned_alloc(ALIGNMENT, padded);
    if (!block)
        memory_end();
    return memset(block, 0, padded);
}

void *reallocate(void *block, size_t count, size_t size)
{
    size_t n;
    if (!checked_multiply(&n, count, size))
        memory_end();
    void *grown = realloc(block, n == 0 ? 1 : n); /* realloc to zero may free and give NULL */
    if (!grown)
        memory_end();
    return grown;
}

/* Room before the first large page: nobody touches it. */
static void *skipped;

/* The first of what is kept: its pages are had by the hundreds, where the system can. */
static void use_large_pages(void)
{
#ifdef MADV_HUGEPAGE
    char *all = malloc(KEPT);
    if (!all)
        return;
    size_t before = LARGE_PAGE - (uintptr_t)all % LARGE_PAGE;
    madvise(all + before, KEPT - LARGE_PAGE, MADV_HUGEPAGE);
    free(all);
    skipped = malloc(before); /* where that was */
#endif
}

void memory_keep(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most that is taken */
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_ARENA_MAX, 1); /* what one thread released, another takes */
    use_large_pages();
#endif
}

char *copy_text(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(reallocate(NULL, n, 1), s, n);
}
