/* SPDX-License-Identifier: MIT */
/* Which kernels this CPU gets. The one table of the library that is written after start-up: once, to
 * a value that depends on the CPU alone, so a race can only write it twice alike. */
#include "kernels.h"
#include <string.h>

static const kernels *const levels[] = {
#if defined(__x86_64__)
    &kernels_avx512,
    &kernels_avx2,
#endif
    &kernels_plain,
};
enum { N_LEVELS = sizeof levels / sizeof *levels };

static const kernels *chosen;

const kernels *kernels_now(void)
{
    for (size_t i = 0; !chosen; i++)
        if (levels[i]->is_supported())
            chosen = levels[i];
    return chosen;
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
            chosen = levels[k];
            return true;
        }
    return false;
}

const char *tensor_level(void) { return kernels_now()->name; }
