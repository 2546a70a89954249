/* SPDX-License-Identifier: MIT */
/* Numbers of named things as columns. */
#include "axis.h"
#include "panel.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    PLOT_HEIGHT = 190,
    MIN_PLACE = 4, /* of a thing, in pixels */
    MAX_PLACE = 96,
    WIDTH = 460,
    N_TICKS = 4,
    MAX_SERIES = 2,
};

#define BAD_INK RGB(196, 60, 60)

static void keep(figure_panel *p, void *body)
{
    columns_panel *v = body;
    column_series *own = allocate(v->n_series, sizeof *own);
    memcpy(own, v->series, v->n_series * sizeof *own);
    for (size_t k = 0; k < v->n_series; k++) {
        own[k].name = panel_keep_text(p, own[k].name);
        own[k].values = panel_keep(p, own[k].values, v->n * sizeof(float));
        own[k].low = panel_keep(p, own[k].low, v->n * sizeof(float));
        own[k].high = panel_keep(p, own[k].high, v->n * sizeof(float));
    }
    v->series = panel_own(p, own);
    v->names = panel_keep_texts(p, v->names, v->n);
    v->line_name = panel_keep_text(p, v->line_name);
    for (int k = 0; k < 2; k++)
        v->marked[k].name = panel_keep_text(p, v->marked[k].name);
}

static int width_of(const void *body)
{
    const columns_panel *v = body;
    int least = (int)v->n * MIN_PLACE + 80;
    return least > WIDTH ? least < MAX_CONTENT ? least : MAX_CONTENT : WIDTH;
}

/* ---- The plot ---- */

typedef struct {
    const columns_panel *v;
    axis y;
    box area;
    int place; /* pixels a thing has */
} columns_plot;

/* 0 where there is none. */
static double top_of(const columns_panel *v, size_t k, size_t i)
{
    const column_series *s = &v->series[k];
    double value = isfinite(s->values[i]) ? (double)s->values[i] : 0;
    return s->high && isfinite(s->high[i]) ? fmax(value, (double)s->high[i]) : value;
}

static axis find_axis(const columns_panel *v)
{
    double most = isfinite(v->line) ? fmax(v->line, 0) : 0;
    for (size_t k = 0; k < v->n_series; k++)
        for (size_t i = 0; i < v->n; i++)
            most = fmax(most, top_of(v, k, i));
    return axis_make(0, most > 0 ? most : 1, N_TICKS);
}

static int level(const columns_plot *p, double value)
{
    double at = fmin(fmax(axis_place(&p->y, value), 0), 1);
    return p->area.y + p->area.height - 1 - (int)lround(at * (p->area.height - 1));
}

/* Columns of a thing stand together, with air to the next thing where there is room. */
static box column_box(const columns_plot *p, size_t k, size_t i)
{
    int n = (int)p->v->n_series, air = p->place >= 10 ? p->place / 4 : p->place > 2;
    int width = (p->place - air) / n > 0 ? (p->place - air) / n : 1;
    int left = p->area.x + (int)i * p->place + (p->place - width * n) / 2 + (int)k * width;
    int top = level(p, (double)p->v->series[k].values[i]);
    return (box){left, top, width, p->area.y + p->area.height - top};
}

static colour marked_ink(int m) { return m == 0 ? GOOD_DARK : BAD_INK; }

/* The last series is the one of interest. */
static colour series_ink(const columns_panel *v, size_t k)
{
    return k + 1 == v->n_series ? SECOND_INK : FIRST_PALE;
}

static colour column_ink(const columns_panel *v, size_t k, size_t i)
{
    for (int m = 0; m < 2; m++)
        if (v->marked[m].name && v->marked[m].i == i && k + 1 == v->n_series)
            return marked_ink(m);
    return series_ink(v, k);
}

static void draw_column(canvas *c, const columns_plot *p, size_t k, size_t i)
{
    const column_series *s = &p->v->series[k];
    if (!isfinite(s->values[i]))
        return;
    box b = column_box(p, k, i);
    canvas_fill(c, b, column_ink(p->v, k, i));
    if (!s->low || !s->high || !isfinite(s->low[i]) || !isfinite(s->high[i]))
        return;
    int top = level(p, (double)s->high[i]), bottom = level(p, (double)s->low[i]);
    int middle = b.x + b.width / 2, half = b.width >= 8 ? 3 : 0;
    canvas_fill(c, (box){middle, top, 1, bottom - top + 1}, INK);
    canvas_fill(c, (box){middle - half, top, 2 * half + 1, 1}, INK);
    canvas_fill(c, (box){middle - half, bottom, 2 * half + 1, 1}, INK);
}

/* Each under the middle of its columns, in the room that a step of them has right of left. */
static void draw_thing_names(canvas *c, const columns_plot *p, int left, int y)
{
    enum { AIR = 8 };
    int widest = 1;
    item_name own;
    for (size_t i = 0; i < p->v->n; i++) {
        int width = text_width(item_name_at(own, p->v->names, i), TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    widest = widest < MAX_PLACE - AIR ? widest : MAX_PLACE - AIR;
    size_t step = (size_t)nice_count((widest + AIR + p->place - 1) / p->place);
    for (size_t i = 0; i + step / 2 < p->v->n; i += step) {
        int middle = p->area.x + (int)i * p->place + p->place / 2;
        int room = (int)step * p->place - AIR, most = 2 * (middle - left);
        canvas_short_text(c, middle, y, room < most ? room : most,
                          item_name_at(own, p->v->names, i), TEXT_PLAIN, ALIGN_CENTRE, MUTED);
    }
}

/* ---- The panel ---- */

static void draw_line(canvas *c, const columns_plot *p)
{
    if (isfinite(p->v->line))
        canvas_fill(c, (box){p->area.x, level(p, p->v->line), p->area.width, 2}, INK);
}

static int draw_names(canvas *c, const columns_panel *v, int x, int y, int width)
{
    legend_entry entries[MAX_SERIES + 3];
    size_t n = 0;
    for (size_t k = 0; k < v->n_series; k++)
        if (v->series[k].name)
            entries[n++] = (legend_entry){v->series[k].name, series_ink(v, k), false};
    for (int k = 0; k < 2; k++)
        if (v->marked[k].name)
            entries[n++] = (legend_entry){v->marked[k].name, marked_ink(k), false};
    if (isfinite(v->line) && v->line_name)
        entries[n++] = (legend_entry){v->line_name, INK, true};
    return n > 0 ? draw_legend(c, x, y, width, entries, n) + 4 : 0;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const columns_panel *v = body;
    int top = y;
    columns_plot p = {.v = v, .y = find_axis(v)};
    int left = axis_numbers_width(&p.y) + AXIS_GAP;
    p.place = (width - left) / (int)v->n;
    p.place = p.place < 1 ? 1 : p.place > MAX_PLACE ? MAX_PLACE : p.place;
    y += draw_names(c, v, x, y, width) + text_line(TEXT_PLAIN) / 2;
    p.area = (box){x + left, y, p.place * (int)v->n, PLOT_HEIGHT};
    draw_axis_left(c, &p.y, p.area);
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->n_series; k++)
            draw_column(c, &p, k, i);
    draw_line(c, &p);
    y += PLOT_HEIGHT + AXIS_GAP;
    draw_thing_names(c, &p, x, y);
    return y + text_line(TEXT_PLAIN) - top;
}

const panel_kind COLUMNS_PANEL = {sizeof(columns_panel), keep, width_of, draw, .stretches = true,
                                  .is_aligned = true};

size_t figure_add_columns(figure *f, const columns_panel *p)
{
    assert(p->n >= 1 && p->n <= MAX_CONTENT / MIN_PLACE && p->n_series >= 1 &&
           p->n_series <= MAX_SERIES);
    return figure_add(f, &COLUMNS_PANEL, p, p->title, p->subtitle);
}
