/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

float *kept_arrays_add(kept_arrays *k, const char *name, size_t n)
{
    k->arrays = reallocate(k->arrays, k->n + 1, sizeof *k->arrays);
    kept_array *one = &k->arrays[k->n++];
    *one = (kept_array){.n = n, .data = allocate(n, sizeof(float))};
    snprintf(one->name, sizeof one->name, "%s", name);
    return one->data;
}

const kept_array *kept_arrays_find(const kept_arrays *k, const char *name)
{
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->arrays[i].name, name) == 0)
            return &k->arrays[i];
    return NULL;
}

size_t kept_arrays_count(const kept_arrays *k, const char *name)
{
    const kept_array *found = kept_arrays_find(k, name);
    return found ? found->n : 0;
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
