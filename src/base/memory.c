/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

enum { ALIGNMENT = 64 };

/* _exit, not exit: another thread may be inside whatever an exit handler would take down. */
static _Noreturn void end_without_memory(void)
{
    static const char message[] = "not enough memory\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
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
        end_without_memory();
    /* aligned_alloc wants a multiple of the alignment, and a size of zero may give NULL. */
    padded = n == 0 ? ALIGNMENT : padded / ALIGNMENT * ALIGNMENT;
    void *block = aligned_alloc(ALIGNMENT, padded);
    if (block == NULL)
        end_without_memory();
    return memset(block, 0, padded);
}

void *reallocate(void *block, size_t count, size_t size)
{
    size_t n;
    if (!checked_multiply(&n, count, size))
        end_without_memory();
    void *grown = realloc(block, n == 0 ? 1 : n); /* realloc to zero may free and give NULL */
    if (grown == NULL)
        end_without_memory();
    return grown;
}

void memory_keep(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 32 << 20); /* the most that is taken */
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}

char *copy_text(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(reallocate(NULL, n, 1), s, n);
}
