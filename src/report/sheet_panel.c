/* SPDX-License-Identifier: MIT */
/* A contact sheet. */
#include "shading.h"

#include <assert.h>

enum { SHEET_SIDE = 84, SHEET_GAP = 12, CLOSE_GAP = 4 };

static void keep(figure_panel *p, void *body)
{
    sheet_panel *v = body;
    v->pixels = panel_keep(p, v->pixels, v->n * v->rows * v->cols);
    v->labels = panel_keep_texts(p, v->labels, v->n);
}

static int factor_of(const sheet_panel *v)
{
    return enlargement(v->rows, v->cols, v->side > 0 ? v->side : SHEET_SIDE);
}

static int picture_width(const sheet_panel *v) { return (int)v->cols * factor_of(v) + 2; }

static int gap_of(const sheet_panel *v) { return v->labels ? SHEET_GAP : CLOSE_GAP; }

/* As wide as a picture or the longest label. */
static int cell_width(const sheet_panel *v)
{
    int widest = picture_width(v);
    for (size_t i = 0; v->labels && i < v->n; i++) {
        int width = text_width(v->labels[i], TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    return widest < MAX_CONTENT ? widest : MAX_CONTENT;
}

static int columns_of(const sheet_panel *v, int width)
{
    int columns = (width + gap_of(v)) / (cell_width(v) + gap_of(v));
    size_t most = v->columns > 0 && v->columns < v->n ? v->columns : v->n;
    columns = columns < 1 ? 1 : columns;
    return most < (size_t)columns ? (int)most : columns;
}

static int width_of(const void *body)
{
    const sheet_panel *v = body;
    return columns_of(v, MAX_CONTENT) * (cell_width(v) + gap_of(v)) - gap_of(v);
}

static void draw_cell(canvas *c, const sheet_panel *v, size_t i, int x, int y, int factor)
{
    picture p = {0};
    int height = (int)v->rows * factor + 2;
    picture_init_grey(&p, v->pixels + i * v->rows * v->cols, (int)v->cols, (int)v->rows);
    canvas_frame(c, (box){x, y, picture_width(v), height}, FRAME);
    canvas_picture(c, x + 1, y + 1, &p, factor);
    picture_release(&p);
    if (v->labels)
        canvas_short_text(c, x, y + height + 1, cell_width(v), v->labels[i], TEXT_PLAIN, ALIGN_LEFT,
                          INK);
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const sheet_panel *v = body;
    int factor = factor_of(v), columns = columns_of(v, width);
    int cell_height = (int)v->rows * factor + 2 + gap_of(v);
    cell_height += v->labels ? 1 + text_line(TEXT_PLAIN) : 0;
    for (int i = 0; i < (int)v->n; i++)
        draw_cell(c, v, (size_t)i, x + i % columns * (cell_width(v) + gap_of(v)),
                  y + i / columns * cell_height, factor);
    return ((int)v->n + columns - 1) / columns * cell_height;
}

const panel_kind SHEET_PANEL = {sizeof(sheet_panel), keep, width_of, draw, .is_aligned = true};

size_t figure_add_sheet(figure *f, const sheet_panel *p)
{
    assert(p->n >= 1 && is_map_size(p->rows, p->cols));
    return figure_add(f, &SHEET_PANEL, p, p->title, p->subtitle);
}
