/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <stdlib.h>
#include <string.h>

static void note_box(figure *f, box area)
{
    f->text_boxes = reallocate(f->text_boxes, f->n_text_boxes + 1, sizeof *f->text_boxes);
    f->text_boxes[f->n_text_boxes++] = area;
}

void canvas_text(canvas *c, int x, int y, const char *words, text_style style, alignment side,
                 colour ink)
{
    if (c->picture && *words)
        note_box(c->figure, picture_draw_text(c->picture, x, y, words, style, side, ink));
}

int canvas_paragraph(canvas *c, int x, int y, int width, const char *words, text_style style,
                     colour ink)
{
    int top = y;
    while (words && *words) {
        size_t n = text_fit(words, style, width);
        char *line = allocate(n + 1, 1);
        memcpy(line, words, n);
        canvas_text(c, x, y, line, style, ALIGN_LEFT, ink);
        free(line);
        words += n;
        while (*words == ' ')
            words++;
        words += *words == '\n';
        y += text_line(style);
    }
    return y - top;
}

void canvas_fill(canvas *c, box area, colour ink)
{
    if (c->picture)
        picture_fill(c->picture, area, ink);
}

void canvas_frame(canvas *c, box area, colour ink)
{
    if (c->picture)
        picture_draw_frame(c->picture, area, ink);
}
