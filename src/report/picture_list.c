/* SPDX-License-Identifier: MIT */
/* Pictures that are shown, put together one by one. */
#include "report.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

void picture_list_init(picture_list *l, size_t room, picture_shape shape)
{
    *l = (picture_list){.pixels = allocate(room, shape.n),
                        .labels = allocate(room, sizeof *l->labels),
                        .room = room,
                        .shape = shape};
}

void picture_list_release(picture_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->labels[i]);
    free(l->labels);
    free(l->pixels);
    *l = (picture_list){0};
}

void picture_list_add(picture_list *l, const uint8_t *pixels, char *label)
{
    assert(l->n < l->room);
    memcpy(l->pixels + l->n * l->shape.n, pixels, l->shape.n);
    l->labels[l->n++] = label ? label : copy_text("");
}

void figure_add_pictures(figure *f, const picture_list *l, const char *title, const char *subtitle,
                         size_t columns, int side)
{
    bool has_words = l->n > 0 && *l->labels[0];
    if (l->n > 0)
        figure_add_sheet(f,
                         &(sheet_panel){.title = title,
                                        .subtitle = subtitle,
                                        .pixels = l->pixels,
                                        .labels = has_words ? (const char *const *)l->labels : NULL,
                                        .n = l->n,
                                        .rows = l->shape.rows,
                                        .cols = l->shape.cols,
                                        .columns = columns,
                                        .side = side});
}
