/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <string.h>

/* Read by memcpy: what the pointers of a table point to are structs of any type. */
static const char *name_in_table(const name_list *names, size_t i)
{
    const void *table = names->pointers ? names->pointers : names->first;
    const void *row = (const char *)table + i * names->stride;
    const char *name = NULL;
    if (names->pointers)
        memcpy(&row, row, sizeof row);
    if (row)
        memcpy(&name, (const char *)row + names->offset, sizeof name);
    return name;
}

const char *name_at(const name_list *names, size_t i)
{
    if (!names->lists)
        return name_in_table(names, i);
    for (const name_list *const *part = names->lists; *part; part++) {
        const char *name;
        for (size_t j = 0; (name = name_at(*part, j)); j++)
            if (i-- == 0)
                return name;
    }
    return NULL;
}

void names_add(text *out, const name_list *names, const char *join)
{
    const char *name;
    for (size_t i = 0; (name = name_at(names, i)); i++)
        text_add(out, "%s%s", i == 0 ? "" : join, name);
}
