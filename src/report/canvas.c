/* SPDX-License-Identifier: MIT */
#include "canvas.h"

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
    if (!c->backend || !*words)
        return;
    note_box(c->figure, text_box(x, y, words, style, side));
    c->backend->text(c->out, x, y, words, style, side, ink);
}

/* As many characters as leave room for the "..." behind them; the caller frees it. */
static char *shortened(const char *words, int width, text_style style)
{
    static const char dots[] = "…";
    size_t n = strlen(words);
    char *cut = allocate(n + sizeof dots, 1);
    do {
        do
            n -= n > 0;
        while (n > 0 && ((unsigned char)words[n] & 0xC0) == 0x80);
        memcpy(cut, words, n);
        memcpy(cut + n, dots, sizeof dots);
    } while (n > 0 && text_width(cut, style) > width);
    return cut;
}

void canvas_short_text(canvas *c, int x, int y, int width, const char *words, text_style style,
                       alignment side, colour ink)
{
    if (text_width(words, style) <= width) {
        canvas_text(c, x, y, words, style, side, ink);
        return;
    }
    char *cut = shortened(words, width, style);
    canvas_text(c, x, y, cut, style, side, ink);
    free(cut);
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
    if (c->backend && area.width > 0 && area.height > 0)
        c->backend->fill(c->out, area, ink);
}

void canvas_frame(canvas *c, box area, colour ink)
{
    canvas_fill(c, (box){area.x, area.y, area.width, 1}, ink);
    canvas_fill(c, (box){area.x, area.y + area.height - 1, area.width, 1}, ink);
    canvas_fill(c, (box){area.x, area.y, 1, area.height}, ink);
    canvas_fill(c, (box){area.x + area.width - 1, area.y, 1, area.height}, ink);
}

void canvas_curve(canvas *c, const picture_point *points, size_t n, float width, colour ink)
{
    if (c->backend && n > 0)
        c->backend->curve(c->out, points, n, width, ink);
}

void canvas_band(canvas *c, const picture_point *one, const picture_point *other, size_t n,
                 colour ink, float weight)
{
    if (c->backend && n > 0)
        c->backend->band(c->out, one, other, n, ink, weight);
}

void canvas_picture(canvas *c, int x, int y, const picture *p, int factor)
{
    if (c->backend)
        c->backend->picture(c->out, x, y, p, factor);
}

/* ---- Pixels ---- */

static void pixels_text(void *out, int x, int y, const char *words, text_style style,
                        alignment side, colour ink)
{
    picture_draw_text(out, x, y, words, style, side, ink);
}

static void pixels_fill(void *out, box area, colour ink) { picture_fill(out, area, ink); }

static void pixels_curve(void *out, const picture_point *points, size_t n, float width, colour ink)
{
    picture_draw_curve(out, points, n, width, ink);
}

static void pixels_band(void *out, const picture_point *one, const picture_point *other, size_t n,
                        colour ink, float weight)
{
    picture_draw_band(out, one, other, n, ink, weight);
}

static void pixels_picture(void *out, int x, int y, const picture *p, int factor)
{
    picture_draw_picture(out, x, y, p, factor);
}

const canvas_backend PIXELS = {pixels_text, pixels_fill, pixels_curve, pixels_band, pixels_picture};
