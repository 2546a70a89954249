/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <stdlib.h>
#include <string.h>

float *kept_arrays_add(kept_arrays *k, const char *name, size_t n)
{
    k->arrays = reallocate(k->arrays, k->n + 1, sizeof *k->arrays);
    k->arrays[k->n] = (kept_array){name, n, allocate(n, sizeof(float))};
    return k->arrays[k->n++].data;
}

const kept_array *kept_arrays_find(const kept_arrays *k, const char *name)
{
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->arrays[i].name, name) == 0)
            return &k->arrays[i];
    return NULL;
}

void kept_arrays_free(void *state)
{
    kept_arrays *k = state;
    for (size_t i = 0; k && i < k->n; i++)
        free(k->arrays[i].data);
    if (k)
        free(k->arrays);
    free(k);
}
