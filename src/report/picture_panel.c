/* SPDX-License-Identifier: MIT */
#include "contour.h"
#include "shading.h"

#include <assert.h>

static void keep(figure_panel *p, void *body)
{
    picture_panel *v = body;
    v->caption = panel_keep_text(p, v->caption);
    v->pixels = panel_keep(p, v->pixels, v->rows * v->cols);
    v->outline = panel_keep(p, v->outline, sizeof *v->outline);
}

static int width_of(const void *body)
{
    const picture_panel *v = body;
    return map_width(v->rows, v->cols);
}

static int grow(const void *body, int room)
{
    const picture_panel *v = body;
    return grown_map_width(v->rows, v->cols, room);
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const picture_panel *v = body;
    int factor = factor_in(v->rows, v->cols, width);
    int bottom = y + (int)v->rows * factor + 2;
    picture sample = {0};
    picture_init_grey(&sample, v->pixels, (int)v->cols, (int)v->rows);
    canvas_frame(c, (box){x, y, (int)v->cols * factor + 2, bottom - y}, FRAME);
    canvas_picture(c, x + 1, y + 1, &sample, factor);
    if (v->outline)
        draw_outline(c, x + 1, y + 1, v->outline, factor);
    picture_release(&sample);
    if (v->caption)
        bottom += BAR_GAP;
    return bottom - y + canvas_paragraph(c, x, bottom, width, v->caption, TEXT_PLAIN, MUTED);
}

const panel_kind PICTURE_PANEL = {sizeof(picture_panel), keep, width_of, draw, .grow = grow,
                                  .is_aligned = true};

size_t figure_add_picture(figure *f, const picture_panel *p)
{
    assert(is_map_size(p->rows, p->cols));
    return figure_add(f, &PICTURE_PANEL, p, p->title, p->subtitle);
}
