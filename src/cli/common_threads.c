/* SPDX-License-Identifier: MIT */
#if defined(__linux__)
#define _GNU_SOURCE /* sched_getaffinity and CPU_COUNT: the CPUs taskset or a container left us */
#include <sched.h>
#endif
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_THREADS = 256 };

static long cpus_of_process(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
#endif
    return sysconf(_SC_NPROCESSORS_ONLN);
}

/* Whether make said -j; "--" ends its options and begins variables. */
static bool has_jobs(const char *flags)
{
    for (flags += strspn(flags, " "); *flags != '\0'; flags += strspn(flags, " ")) {
        if (begins_with(flags, "-- "))
            return false;
        if (begins_with(flags, "-j") || begins_with(flags, "--job")) /* --jobserver-auth=3,4 */
            return true;
        flags += strcspn(flags, " ");
    }
    return false;
}

uint64_t common_threads(const common_settings *c, bool *is_under_make)
{
    const char *flags = getenv("MAKEFLAGS");
    *is_under_make = false;
    if (c->threads > 0)
        return c->threads;
    if (flags && has_jobs(flags)) {
        *is_under_make = true;
        return 1;
    }
    long n = cpus_of_process();
    return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (uint64_t)n;
}
