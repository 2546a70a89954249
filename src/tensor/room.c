/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#define _DARWIN_C_SOURCE
#include "room.h"
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Asked for at a time: systems refuse at once what is more than all memory, and only then. */
static const size_t PIECE_SIZE = (size_t)128 << 20;
/* For what a small model needs of its own. */
static const size_t OWN_SIZE = (size_t)16 << 20;
/* Of a stack less than 96 KiB were seen to be used. */
enum { LEAST_STACK = 256 << 10 };

static bool can_map(size_t size)
{
    size_t n = size < PIECE_SIZE ? size : PIECE_SIZE;
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

int room_check(size_t size, size_t threads, error *e)
{
    struct rlimit limit;
    const char *hint = threads > 1 ? "; --threads 1 needs less" : "";
    size += OWN_SIZE;
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

int room_check_stack(error *e)
{
    struct rlimit limit;
    if (!has_limit(&limit, RLIMIT_STACK) || limit.rlim_cur >= LEAST_STACK)
        return 0;
    return fail(e, STATUS_FAILED,
                "the limit on the stack (ulimit -s) is %llu kB; at least %d kB are needed here",
                (unsigned long long)limit.rlim_cur / 1024, LEAST_STACK / 1024);
}
