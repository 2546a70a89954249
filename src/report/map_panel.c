/* SPDX-License-Identifier: MIT */
#include "shading.h"

#include <assert.h>

static void keep(figure_panel *p, void *body)
{
    map_panel *v = body;
    v->values = panel_keep(p, v->values, v->rows * v->cols * sizeof *v->values);
    v->contour = panel_keep(p, v->contour, v->rows * v->cols);
    v->under = panel_keep(p, v->under, v->rows * v->cols);
    v->outline = panel_keep(p, v->outline, sizeof *v->outline);
    v->caption = panel_keep_text(p, v->caption);
}

static int width_of(const void *body)
{
    const map_panel *v = body;
    return map_width(v->rows, v->cols);
}

static int grow(const void *body, int room)
{
    const map_panel *v = body;
    return grown_map_width(v->rows, v->cols, room);
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const map_panel *v = body;
    size_t n = v->rows * v->cols;
    int factor = factor_in(v->rows, v->cols, width), top = y;
    shading s = shading_make(v->colours, v->scale, v->hidden, v->values, n);
    shaded_map m = {v->values, v->rows, v->cols, v->contour, v->under, v->alpha, v->outline};
    draw_shaded(c, x, y, &s, &m, factor);
    y += (int)v->rows * factor + 2 + BAR_GAP;
    y += draw_colour_bar(c, x, y, grown_map_width(v->rows, v->cols, width), &s) + 2;
    return y - top + draw_shaded_words(c, x, y, width, &s, v->caption);
}

const panel_kind MAP_PANEL = {sizeof(map_panel), keep, width_of, draw, .grow = grow,
                              .is_aligned = true};

size_t figure_add_map(figure *f, const map_panel *p)
{
    assert(is_map_size(p->rows, p->cols) && p->alpha >= 0 && p->alpha <= 1);
    return figure_add(f, &MAP_PANEL, p, p->title, p->subtitle);
}
