/* SPDX-License-Identifier: MIT */
/* Which kernels this CPU gets. The one table of the library that is written after start-up: when it
 * is first asked for, to a value that depends on the CPU alone, so that threads that ask at once
 * all get the same; and by who chooses a level, before there are threads. */
#include "kernels.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const kernels *const levels[] = {
#if defined(__x86_64__)
    &kernels_avx512,
    &kernels_avx2,
#endif
    &kernels_plain,
};
enum { N_LEVELS = sizeof levels / sizeof *levels };

static _Atomic(const kernels *) chosen;

const kernels *kernels_now(void)
{
    const kernels *now = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (now)
        return now;
    size_t i = 0;
    while (!levels[i]->is_supported())
        i++;
    atomic_store_explicit(&chosen, levels[i], memory_order_relaxed);
    return levels[i];
}

const char *tensor_level_name(size_t i)
{
    for (size_t k = 0; k < N_LEVELS; k++)
        if (levels[k]->is_supported() && i-- == 0)
            return levels[k]->name;
    return NULL;
}

bool tensor_use_level(const char *name)
{
    for (size_t k = 0; k < N_LEVELS; k++)
        if (strcmp(levels[k]->name, name) == 0 && levels[k]->is_supported()) {
            atomic_store_explicit(&chosen, levels[k], memory_order_relaxed);
            return true;
        }
    return false;
}

const char *tensor_level(void) { return kernels_now()->name; }

static int fail_at_level(const char *name, error *e)
{
    text names = {0};
    for (size_t i = 0; tensor_level_name(i); i++)
        text_add(&names, "%s%s", i > 0 ? ", " : "", tensor_level_name(i));
    int status = fail(e, STATUS_USAGE, "GANLENS_CPU is '%s'; this CPU has: %s", name, names.data);
    text_release(&names);
    return status;
}

int kernels_choose(error *e)
{
    const char *name = getenv("GANLENS_CPU");
    if (!name || *name == '\0' || tensor_use_level(name))
        return 0;
    return fail_at_level(name, e);
}
