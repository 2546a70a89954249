/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const void *panel_own(figure_panel *p, void *block)
{
    p->owned = reallocate(p->owned, p->n_owned + 1, sizeof *p->owned);
    p->owned[p->n_owned++] = block;
    return block;
}

const void *panel_keep(figure_panel *p, const void *data, size_t n)
{
    if (!data)
        return NULL;
    void *copy = allocate(n, 1);
    if (n > 0)
        memcpy(copy, data, n);
    return panel_own(p, copy);
}

const char *panel_keep_text(figure_panel *p, const char *words)
{
    return panel_keep(p, words, words ? strlen(words) + 1 : 0);
}

const char *const *panel_keep_texts(figure_panel *p, const char *const *words, size_t n)
{
    if (!words)
        return NULL;
    const char **copy = allocate(n, sizeof *copy);
    for (size_t i = 0; i < n; i++)
        copy[i] = panel_keep_text(p, words[i]);
    panel_own(p, copy);
    return copy;
}

const char *item_name_at(item_name own, const char *const *names, size_t i)
{
    if (names)
        return names[i];
    snprintf(own, sizeof(item_name), "%zu", i);
    return own;
}

void panel_release(figure_panel *p)
{
    for (size_t i = 0; i < p->n_owned; i++)
        free(p->owned[i]);
    free(p->owned);
}
