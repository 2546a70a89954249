/* SPDX-License-Identifier: MIT */
#include "axis.h"
#include "panel.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { MIN_CURVES_WIDTH = 480, PLOT_HEIGHT = 220, N_TICKS = 5, N_INKS = 8 };

/* Told apart with any eyes (Okabe and Ito 2008), yellow left out: it is lost on white. */
static const colour INKS[N_INKS] = {{0, 114, 178},  {213, 94, 0},  {0, 158, 115}, {204, 121, 167},
                                    {86, 180, 233}, {230, 159, 0}, {28, 28, 30},  {150, 150, 155}};

static colour ink_of(size_t i) { return INKS[i % N_INKS]; }

typedef struct {
    const curve_panel *v;
    axis x, y;
    box area; /* the plot's frame */
} curve_plot;

static void keep(figure_panel *p, void *body)
{
    curve_panel *v = body;
    size_t n = v->n * sizeof(float);
    curve_series *series = allocate(v->n_series, sizeof *series);
    for (size_t i = 0; i < v->n_series; i++)
        series[i] = (curve_series){panel_keep_text(p, v->series[i].name),
                                   panel_keep(p, v->series[i].values, n),
                                   panel_keep(p, v->series[i].errors, n)};
    v->series = panel_own(p, series);
    v->x = panel_keep(p, v->x, n);
    v->x_name = panel_keep_text(p, v->x_name);
    v->y_name = panel_keep_text(p, v->y_name);
}

static int width_of(const void *body)
{
    (void)body;
    return MIN_CURVES_WIDTH;
}

/* ---- Axes ---- */

/* Half the height of the band at point i; 0 without one. */
static double error_at(const curve_series *s, size_t i)
{
    return s->errors && isfinite(s->errors[i]) ? fabs((double)s->errors[i]) : 0;
}

/* Of all that is drawn: bands, too. */
static axis value_axis(const curve_panel *v)
{
    double low = (double)INFINITY, high = -low;
    for (size_t k = 0; k < v->n_series; k++)
        for (size_t i = 0; i < v->n; i++) {
            double value = (double)v->series[k].values[i], spread = error_at(&v->series[k], i);
            if (isfinite(value)) {
                low = fmin(low, value - spread);
                high = fmax(high, value + spread);
            }
        }
    return low <= high ? axis_make(low, high, N_TICKS) : axis_make(0, 1, N_TICKS);
}

static picture_point place(const curve_plot *g, double x, double y)
{
    return (picture_point){
        (float)(g->area.x + axis_place(&g->x, x) * (g->area.width - 1)),
        (float)(g->area.y + (1 - axis_place(&g->y, y)) * (g->area.height - 1)),
    };
}

/* ---- Curves ---- */

/* The points from i on up to the next gap, at most n - i; returns how many. */
static size_t find_run(picture_point *points, const curve_plot *g, const curve_series *s, size_t i,
                       double side)
{
    size_t n = 0;
    for (; i + n < g->v->n && isfinite(s->values[i + n]); n++)
        points[n] =
            place(g, (double)g->v->x[i + n], (double)s->values[i + n] + side * error_at(s, i + n));
    return n;
}

static void draw_series(canvas *c, const curve_plot *g, const curve_series *s, colour ink)
{
    picture_point *points = allocate(g->v->n, sizeof *points);
    picture_point *others = allocate(g->v->n, sizeof *others);
    for (size_t i = 0; i < g->v->n;) {
        if (s->errors) {
            size_t n = find_run(points, g, s, i, 1);
            find_run(others, g, s, i, -1);
            canvas_band(c, points, others, n, ink, 0.2f);
        }
        size_t n = find_run(points, g, s, i, 0);
        canvas_curve(c, points, n, 2, ink);
        i += n + 1;
    }
    free(points);
    free(others);
}

/* ---- Words ---- */

static void add_series_words(text *t, const curve_panel *v, const curve_series *s)
{
    value_summary m = summarise(s->values, v->n);
    const char *at = v->x_name ? v->x_name : "x";
    number_text least, greatest, x_least, x_greatest, last;
    text_add(t, "%s: min %s (%s %s), max %s (%s %s), last %s", s->name,
             number_write(least, m.least, false), at,
             number_write(x_least, (double)v->x[m.i_least], false),
             number_write(greatest, m.greatest, false), at,
             number_write(x_greatest, (double)v->x[m.i_greatest], false),
             number_write(last, (double)s->values[v->n - 1], false));
    text_add_exceptions(t, v->n, 0, m.n_not_finite, "left out");
    text_add(t, "\n");
}

static int draw_statistics(canvas *c, const curve_panel *v, int x, int y, int width)
{
    text words = {0};
    for (size_t k = 0; k < v->n_series; k++)
        add_series_words(&words, v, &v->series[k]);
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

static int draw_curve_legend(canvas *c, const curve_panel *v, int x, int y, int width)
{
    legend_entry *entries = allocate(v->n_series, sizeof *entries);
    for (size_t k = 0; k < v->n_series; k++)
        entries[k] = (legend_entry){v->series[k].name, ink_of(k), true};
    int height = draw_legend(c, x, y, width, entries, v->n_series);
    free(entries);
    return height;
}

/* ---- The panel ---- */

static void draw_plot(canvas *c, const curve_plot *g, int left, int right)
{
    draw_axis_left(c, &g->y, g->area);
    draw_axis_below(c, &g->x, g->area, left, right);
    for (size_t k = 0; k < g->v->n_series; k++)
        draw_series(c, g, &g->v->series[k], ink_of(k));
    canvas_frame(c, g->area, FRAME);
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const curve_panel *v = body;
    int top = y;
    curve_plot g = {.v = v, .y = value_axis(v)};
    g.x = axis_make((double)v->x[0], (double)v->x[v->n - 1], N_TICKS);
    y += draw_curve_legend(c, v, x, y, width);
    y += canvas_paragraph(c, x, y, width, v->y_name, TEXT_PLAIN, MUTED) + 4;
    int left = x + axis_numbers_width(&g.y) + AXIS_GAP;
    g.area = (box){left, y, x + width - left, PLOT_HEIGHT};
    draw_plot(c, &g, x, x + width);
    y += PLOT_HEIGHT + AXIS_GAP + text_line(TEXT_PLAIN);
    if (v->x_name)
        canvas_short_text(c, x + width, y, width, v->x_name, TEXT_PLAIN, ALIGN_RIGHT, MUTED);
    y += v->x_name ? text_line(TEXT_PLAIN) : 0;
    return y + 6 - top + draw_statistics(c, v, x, y + 6, width);
}

const panel_kind CURVE_PANEL = {sizeof(curve_panel), keep, width_of, draw, .stretches = true,
                                .is_aligned = true};

size_t figure_add_curve(figure *f, const curve_panel *p)
{
    assert(p->n >= 1 && p->n_series >= 1);
    return figure_add(f, &CURVE_PANEL, p, p->title, p->subtitle);
}
