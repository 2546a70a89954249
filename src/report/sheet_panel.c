/* SPDX-License-Identifier: MIT */
/* A contact sheet. */
#include "shading.h"

#include <assert.h>

enum { SHEET_SIDE = 84, SHEET_GAP = 12 };

static void keep(figure_panel *p, void *body)
{
    sheet_panel *v = body;
    v->pixels = panel_keep(p, v->pixels, v->n * v->rows * v->cols);
    v->labels = panel_keep_texts(p, v->labels, v->n);
}

static int picture_width(const sheet_panel *v)
{
    return (int)v->cols * enlargement(v->rows, v->cols, SHEET_SIDE) + 2;
}

/* As wide as a picture or the longest label. */
static int cell_width(const sheet_panel *v)
{
    int widest = picture_width(v);
    for (size_t i = 0; i < v->n; i++) {
        int width = text_width(v->labels[i], TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    return widest < MAX_CONTENT ? widest : MAX_CONTENT;
}

static int columns_of(const sheet_panel *v, int width)
{
    int columns = (width + SHEET_GAP) / (cell_width(v) + SHEET_GAP);
    columns = columns < 1 ? 1 : columns;
    return v->n < (size_t)columns ? (int)v->n : columns;
}

static int width_of(const void *body)
{
    const sheet_panel *v = body;
    return columns_of(v, MAX_CONTENT) * (cell_width(v) + SHEET_GAP) - SHEET_GAP;
}

static void draw_cell(canvas *c, const sheet_panel *v, size_t i, int x, int y, int factor)
{
    picture p = {0};
    int height = (int)v->rows * factor + 2;
    picture_init_grey(&p, v->pixels + i * v->rows * v->cols, (int)v->cols, (int)v->rows);
    canvas_frame(c, (box){x, y, picture_width(v), height}, FRAME);
    canvas_picture(c, x + 1, y + 1, &p, factor);
    picture_release(&p);
    canvas_short_text(c, x, y + height + 1, cell_width(v), v->labels[i], TEXT_PLAIN, ALIGN_LEFT,
                      INK);
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const sheet_panel *v = body;
    int factor = enlargement(v->rows, v->cols, SHEET_SIDE), columns = columns_of(v, width);
    int cell_height = (int)v->rows * factor + 3 + text_line(TEXT_PLAIN) + SHEET_GAP;
    for (int i = 0; i < (int)v->n; i++)
        draw_cell(c, v, (size_t)i, x + i % columns * (cell_width(v) + SHEET_GAP),
                  y + i / columns * cell_height, factor);
    return ((int)v->n + columns - 1) / columns * cell_height;
}

const panel_kind SHEET_PANEL = {sizeof(sheet_panel), keep, width_of, draw, .is_aligned = true};

size_t figure_add_sheet(figure *f, const sheet_panel *p)
{
    assert(p->n >= 1 && is_map_size(p->rows, p->cols));
    return figure_add(f, &SHEET_PANEL, p, p->title, p->subtitle);
}
