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

/* Of the k-th series. */
static colour ink_of(const curve_panel *v, size_t k)
{
    size_t place = v->series[k].colour ? v->series[k].colour - 1 : k;
    return INKS[place % N_INKS];
}

typedef struct {
    const curve_panel *v;
    axis x, y;
    box area; /* the plot's frame */
} curve_plot;

/* Where its curve goes through. */
static curve_points points_of(const curve_panel *v, const curve_series *s)
{
    return s->own_x ? (curve_points){s->own_x, s->values, s->own_n}
                    : (curve_points){v->x, s->values, v->n};
}

static curve_series keep_series(figure_panel *p, const curve_panel *v, const curve_series *s)
{
    size_t n = points_of(v, s).n * sizeof(float), n_raw = s->raw.n * sizeof(float);
    return (curve_series){
        .name = panel_keep_text(p, s->name),
        .values = panel_keep(p, s->values, n),
        .errors = panel_keep(p, s->errors, n),
        .own_x = panel_keep(p, s->own_x, n),
        .own_n = s->own_n,
        .raw = {panel_keep(p, s->raw.x, n_raw), panel_keep(p, s->raw.values, n_raw), s->raw.n},
        .colour = s->colour};
}

static void keep(figure_panel *p, void *body)
{
    curve_panel *v = body;
    curve_series *series = allocate(v->n_series, sizeof *series);
    for (size_t i = 0; i < v->n_series; i++)
        series[i] = keep_series(p, v, &v->series[i]);
    v->series = panel_own(p, series);
    v->x = panel_keep(p, v->x, v->n * sizeof(float));
    v->x_name = panel_keep_text(p, v->x_name);
    v->y_name = panel_keep_text(p, v->y_name);
}

static int width_of(const void *body)
{
    (void)body;
    return MIN_CURVES_WIDTH;
}

/* ---- Axes ---- */

typedef struct {
    double low, high;
} range;

static const range nothing = {(double)INFINITY, -(double)INFINITY};

/* Half the height of the band at point i; 0 without one. */
static double error_at(const float *errors, size_t i)
{
    return errors && isfinite(errors[i]) ? fabs((double)errors[i]) : 0;
}

static void widen(range *r, double value, double spread)
{
    if (isfinite(value)) {
        r->low = fmin(r->low, value - spread);
        r->high = fmax(r->high, value + spread);
    }
}

static void widen_by(range *of_x, range *of_y, curve_points p, const float *errors)
{
    for (size_t i = 0; i < p.n; i++) {
        widen(of_x, (double)p.x[i], 0);
        widen(of_y, (double)p.values[i], error_at(errors, i));
    }
}

static axis axis_of(range r)
{
    return r.low <= r.high ? axis_make(r.low, r.high, N_TICKS) : axis_make(0, 1, N_TICKS);
}

/* The axes of all that is drawn: bands, too. */
static curve_plot make_plot(const curve_panel *v)
{
    range x = nothing, y = nothing;
    for (size_t k = 0; k < v->n_series; k++) {
        widen_by(&x, &y, points_of(v, &v->series[k]), v->series[k].errors);
        widen_by(&x, &y, v->series[k].raw, NULL);
    }
    return (curve_plot){.v = v, .x = axis_of(x), .y = axis_of(y)};
}

static picture_point place(const curve_plot *g, double x, double y)
{
    return (picture_point){
        (float)(g->area.x + axis_place(&g->x, x) * (g->area.width - 1)),
        (float)(g->area.y + (1 - axis_place(&g->y, y)) * (g->area.height - 1)),
    };
}

/* ---- Curves ---- */

/* Places up to the next gap from point i on, side times the error beside them; returns how many. */
static size_t find_run(picture_point *places, const curve_plot *g, const curve_series *s, size_t i,
                       double side)
{
    curve_points p = points_of(g->v, s);
    size_t n = 0;
    for (; i + n < p.n && isfinite(p.values[i + n]); n++)
        places[n] = place(g, (double)p.x[i + n],
                          (double)p.values[i + n] + side * error_at(s->errors, i + n));
    return n;
}

static void draw_series(canvas *c, const curve_plot *g, const curve_series *s, float width,
                        colour ink)
{
    size_t n_points = points_of(g->v, s).n;
    picture_point *places = allocate(n_points, sizeof *places);
    picture_point *others = allocate(n_points, sizeof *others);
    for (size_t i = 0; i < n_points;) {
        if (s->errors) {
            size_t n = find_run(places, g, s, i, 1);
            find_run(others, g, s, i, -1);
            canvas_band(c, places, others, n, ink, 0.2f);
        }
        size_t n = find_run(places, g, s, i, 0);
        canvas_curve(c, places, n, n == 1 ? 3 * width : width, ink); /* a dot that is seen */
        i += n + 1;
    }
    free(places);
    free(others);
}

static void draw_raw(canvas *c, const curve_plot *g, const curve_series *s, colour ink)
{
    curve_series raw = {.values = s->raw.values, .own_x = s->raw.x, .own_n = s->raw.n};
    if (raw.own_n > 0)
        draw_series(c, g, &raw, 1, colour_mix(ink, WHITE, 0.35f));
}

/* ---- Words ---- */

/* Counts, such as steps, in full. */
static const char *write_place(number_text out, double x)
{
    return number_write_digits(out, x, floor(x) == x && fabs(x) < 1e8 ? 8 : 3, false);
}

static void add_series_words(text *t, const curve_panel *v, const curve_series *s)
{
    curve_points p = points_of(v, s);
    value_summary m = summarise(p.values, p.n);
    const char *at = v->x_name ? v->x_name : "x";
    number_text least, greatest, x_least, x_greatest, last;
    text_add(t, "%s: min %s (%s %s), max %s (%s %s), last %s", s->name,
             number_write(least, m.least, false), at, write_place(x_least, (double)p.x[m.i_least]),
             number_write(greatest, m.greatest, false), at,
             write_place(x_greatest, (double)p.x[m.i_greatest]),
             number_write(last, (double)p.values[p.n - 1], false));
    text_add_exceptions(t, p.n, 0, m.n_not_finite, "left out");
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
        entries[k] = (legend_entry){v->series[k].name, ink_of(v, k), true};
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
        draw_raw(c, g, &g->v->series[k], ink_of(g->v, k));
    for (size_t k = 0; k < g->v->n_series; k++)
        draw_series(c, g, &g->v->series[k], 2, ink_of(g->v, k));
    canvas_frame(c, g->area, FRAME);
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const curve_panel *v = body;
    int top = y;
    curve_plot g = make_plot(v);
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
    assert(p->n_series >= 1);
    for (size_t k = 0; k < p->n_series; k++)
        assert(points_of(p, &p->series[k]).n >= 1);
    return figure_add(f, &CURVE_PANEL, p, p->title, p->subtitle);
}
