/* SPDX-License-Identifier: MIT */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* Puts a struct behind the settings so far, aligned as any type may need it; returns where. */
static size_t place(settings_layout *l, const void *defaults, size_t size)
{
    const size_t alignment = _Alignof(max_align_t);
    size_t at = (l->size + alignment - 1) / alignment * alignment;
    char *grown = allocate(1, at + size);
    if (l->size > 0)
        memcpy(grown, l->defaults, l->size);
    memcpy(grown + at, defaults, size);
    free(l->defaults);
    l->defaults = grown;
    l->size = at + size;
    l->program.defaults = grown;
    return at;
}

static void append(settings_layout *l, option_group group)
{
    size_t n = l->program.n_groups;
    l->groups = reallocate(l->groups, n + 1, sizeof *l->groups);
    l->groups[n] = group;
    l->program.groups = l->groups;
    l->program.n_groups = n + 1;
}

void settings_layout_init(settings_layout *l, const program *p, size_t size)
{
    *l = (settings_layout){.program = *p};
    l->program.n_groups = 0;
    for (size_t i = 0; i < p->n_groups; i++)
        append(l, p->groups[i]);
    place(l, p->defaults, size);
}

size_t settings_layout_add(settings_layout *l, const option_set *set)
{
    option_group placed = set->group;
    placed.base = place(l, set->defaults, set->size);
    append(l, placed);
    return placed.base;
}

void *settings_layout_fill(const settings_layout *l)
{
    void *settings = allocate(1, l->size);
    memcpy(settings, l->defaults, l->size);
    return settings;
}

void settings_layout_release(settings_layout *l)
{
    free(l->groups);
    free(l->defaults);
    *l = (settings_layout){0};
}
