/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <stdlib.h>
#include <string.h>

const void *panel_keep(figure_panel *p, const void *data, size_t n)
{
    if (!data)
        return NULL;
    void *copy = allocate(n, 1);
    if (n > 0)
        memcpy(copy, data, n);
    p->owned = reallocate(p->owned, p->n_owned + 1, sizeof *p->owned);
    p->owned[p->n_owned++] = copy;
    return copy;
}

const char *panel_keep_text(figure_panel *p, const char *words)
{
    return panel_keep(p, words, words ? strlen(words) + 1 : 0);
}

void panel_release(figure_panel *p)
{
    for (size_t i = 0; i < p->n_owned; i++)
        free(p->owned[i]);
    free(p->owned);
}
