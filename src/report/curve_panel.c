/* SPDX-License-Identifier: MIT */
#include "axis.h"
#include "panel.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    MIN_CURVES_WIDTH = 480,
    CROWD_WIDTH = 640, /* names stand beside the plot */
    PLOT_HEIGHT = 220,
    N_TICKS = 5,
    N_INKS = 8,
    MOST_COLOURED = 7,
    MOST_LABELS = 24,
    MOST_INTERVALS = 4
};

/* Told apart with any eyes (Okabe and Ito 2008), yellow left out: it is lost on white. */
static const colour INKS[N_INKS] = {{0, 114, 178},  {213, 94, 0},  {0, 158, 115}, {204, 121, 167},
                                    {86, 180, 233}, {230, 159, 0}, {28, 28, 30},  {150, 150, 155}};

#define GREY INKS[N_INKS - 1]

static bool is_grey(colour ink) { return ink.red == GREY.red && ink.blue == GREY.blue; }

/* More lines than anyone tells apart by colour. */
static bool is_crowded(const curve_panel *v) { return v->n_series > MOST_COLOURED; }

static bool has_end_labels(const curve_panel *v)
{
    return is_crowded(v) && v->n_series <= MOST_LABELS;
}

/* How many of a kind are among the first n. */
static size_t count_kind(const curve_panel *v, curve_kind kind, size_t n)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++)
        count += v->series[k].kind == kind;
    return count;
}

/* Of the k-th series. A measure takes black from the others. */
static colour ink_of(const curve_panel *v, size_t k)
{
    const curve_series *s = &v->series[k];
    size_t place = s->colour ? s->colour - 1 : count_kind(v, CURVE_USUAL, k);
    size_t most = MOST_COLOURED - (count_kind(v, CURVE_MEASURE, v->n_series) > 0);
    if (s->kind == CURVE_MEASURE)
        return INK;
    if (s->kind == CURVE_CONTROL || (is_crowded(v) && place >= most))
        return GREY;
    return INKS[place % N_INKS];
}

/* Grey lines are thin, and differ by their dashes. */
static line_look grey_look(const curve_panel *v, size_t k)
{
    static const float dashes[][2] = {{0, 0}, {7, 4}, {2, 3}};
    size_t place = 0;
    for (size_t i = 0; i < k; i++)
        place += is_grey(ink_of(v, i));
    return (line_look){GREY, 1, dashes[place % 3][0], dashes[place % 3][1]};
}

static line_look look_of(const curve_panel *v, size_t k)
{
    const curve_series *s = &v->series[k];
    colour ink = ink_of(v, k);
    if (is_grey(ink) && (is_crowded(v) || s->kind == CURVE_CONTROL))
        return grey_look(v, k);
    return (line_look){.ink = ink, .width = s->kind == CURVE_MEASURE ? 3 : 2};
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
        .low = panel_keep(p, s->low, n),
        .high = panel_keep(p, s->high, n),
        .own_x = panel_keep(p, s->own_x, n),
        .own_n = s->own_n,
        .raw = {panel_keep(p, s->raw.x, n_raw), panel_keep(p, s->raw.values, n_raw), s->raw.n},
        .colour = s->colour,
        .kind = s->kind};
}

static void keep(figure_panel *p, void *body)
{
    curve_panel *v = body;
    curve_series *series = allocate(v->n_series, sizeof *series);
    for (size_t i = 0; i < v->n_series; i++)
        series[i] = keep_series(p, v, &v->series[i]);
    v->series = panel_own(p, series);
    v->x = panel_keep(p, v->x, v->n * sizeof(float));
    v->x_names = panel_keep_texts(p, v->x_names, v->n);
    v->x_name = panel_keep_text(p, v->x_name);
    v->y_name = panel_keep_text(p, v->y_name);
}

static int width_of(const void *body)
{
    return has_end_labels(body) ? CROWD_WIDTH : MIN_CURVES_WIDTH;
}

/* ---- Axes ---- */

typedef struct {
    double low, high;
} range;

static const range nothing = {(double)INFINITY, -(double)INFINITY};

/* An end of the band at point i, above the value or below it: the value itself without one. */
static double band_end(const curve_series *s, size_t i, bool is_above)
{
    double value = (double)s->values[i];
    const float *end = is_above ? s->high : s->low;
    if (end)
        return isfinite(end[i]) ? (double)end[i] : value;
    double spread = s->errors && isfinite(s->errors[i]) ? fabs((double)s->errors[i]) : 0;
    return is_above ? value + spread : value - spread;
}

static void widen(range *r, double low, double high)
{
    if (isfinite(low) && isfinite(high)) {
        r->low = fmin(r->low, low);
        r->high = fmax(r->high, high);
    }
}

/* Bands of intervals, which are wide, are no help where there are many. */
static bool has_band(const curve_panel *v, const curve_series *s)
{
    return (s->errors && !is_crowded(v)) || (s->low && s->high && v->n_series <= MOST_INTERVALS);
}

static void widen_by(range *of_x, range *of_y, curve_points p)
{
    for (size_t i = 0; i < p.n; i++) {
        widen(of_x, (double)p.x[i], (double)p.x[i]);
        widen(of_y, (double)p.values[i], (double)p.values[i]);
    }
}

static void widen_by_band(range *of_y, const curve_series *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(s->values[i]))
            widen(of_y, band_end(s, i, false), band_end(s, i, true));
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
        const curve_series *s = &v->series[k];
        widen_by(&x, &y, points_of(v, s));
        widen_by(&x, &y, s->raw);
        if (has_band(v, s))
            widen_by_band(&y, s, points_of(v, s).n);
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

/* What of a series is drawn: its values, or an end of its band. */
typedef enum { LOWER_END = -1, VALUES, UPPER_END } curve_edge;

/* Places up to the next gap from point i on; returns how many. */
static size_t find_run(picture_point *places, const curve_plot *g, const curve_series *s, size_t i,
                       curve_edge edge)
{
    curve_points p = points_of(g->v, s);
    size_t n = 0;
    for (; i + n < p.n && isfinite(p.values[i + n]); n++)
        places[n] =
            place(g, (double)p.x[i + n],
                  edge == VALUES ? (double)p.values[i + n] : band_end(s, i + n, edge == UPPER_END));
    return n;
}

static void draw_series(canvas *c, const curve_plot *g, const curve_series *s, line_look look)
{
    size_t n_points = points_of(g->v, s).n;
    picture_point *places = allocate(n_points, sizeof *places);
    picture_point *others = allocate(n_points, sizeof *others);
    for (size_t i = 0; i < n_points;) {
        if (has_band(g->v, s)) {
            size_t n = find_run(places, g, s, i, UPPER_END);
            find_run(others, g, s, i, LOWER_END);
            canvas_band(c, places, others, n, look.ink, 0.2f);
        }
        size_t n = find_run(places, g, s, i, VALUES);
        line_look own = look;
        own.width *= n == 1 ? 3 : 1; /* a dot that is seen */
        canvas_dashes(c, places, n, &own);
        i += n + 1;
    }
    free(places);
    free(others);
}

static void draw_raw(canvas *c, const curve_plot *g, const curve_series *s, colour ink)
{
    curve_series raw = {.values = s->raw.values, .own_x = s->raw.x, .own_n = s->raw.n};
    if (raw.own_n > 0)
        draw_series(c, g, &raw, (line_look){colour_mix(ink, WHITE, 0.35f), 1, 0, 0});
}

/* ---- Words ---- */

/* Where point i of a series lies: "step 1000", or the name of the place. Counts in full. */
static void add_place(text *t, const curve_panel *v, const curve_series *s, size_t i)
{
    number_text number;
    double x = (double)points_of(v, s).x[i];
    if (v->x_names && !s->own_x)
        text_add(t, "%s", v->x_names[i]);
    else
        text_add(t, "%s %s", v->x_name ? v->x_name : "x",
                 number_write_digits(number, x, floor(x) == x && fabs(x) < 1e8 ? 8 : 3, false));
}

static void add_series_words(text *t, const curve_panel *v, const curve_series *s)
{
    curve_points p = points_of(v, s);
    value_summary m = summarise(p.values, p.n);
    number_text number;
    text_add(t, "%s: min %s (", s->name, number_write(number, m.least, false));
    add_place(t, v, s, m.i_least);
    text_add(t, "), max %s (", number_write(number, m.greatest, false));
    add_place(t, v, s, m.i_greatest);
    text_add(t, "), last %s", number_write(number, (double)p.values[p.n - 1], false));
    text_add_exceptions(t, p.n, 0, m.n_not_finite, "left out");
    text_add(t, "\n");
}

/* "from 0.01 to 1", of all series. */
static void add_range_words(text *t, const curve_panel *v)
{
    range all = nothing;
    size_t n = 0, n_not_finite = 0;
    number_text low, high;
    for (size_t k = 0; k < v->n_series; k++) {
        curve_points p = points_of(v, &v->series[k]);
        value_summary m = summarise(p.values, p.n);
        if (m.n_not_finite < p.n)
            widen(&all, m.least, m.greatest);
        n += p.n;
        n_not_finite += m.n_not_finite;
    }
    if (all.low <= all.high)
        text_add(t, "from %s to %s", number_write(low, all.low, false),
                 number_write(high, all.high, false));
    text_add_exceptions(t, n, 0, n_not_finite, "left out");
    text_add(t, "\n");
}

static bool has_interval(const curve_panel *v)
{
    for (size_t k = 0; k < v->n_series; k++)
        if (v->series[k].low && has_band(v, &v->series[k]))
            return true;
    return false;
}

static int draw_statistics(canvas *c, const curve_panel *v, int x, int y, int width)
{
    text words = {0};
    if (is_crowded(v))
        add_range_words(&words, v);
    for (size_t k = 0; !is_crowded(v) && k < v->n_series; k++)
        add_series_words(&words, v, &v->series[k]);
    if (has_interval(v))
        text_add(&words, "shaded: the interval of 95 %%\n");
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

/* Where a series ends that is known: its last value. */
static picture_point end_of(const curve_plot *g, const curve_series *s)
{
    curve_points p = points_of(g->v, s);
    size_t n = p.n;
    while (n > 0 && !isfinite(p.values[n - 1]))
        n--;
    return n ? place(g, (double)p.x[n - 1], (double)p.values[n - 1]) : (picture_point){NAN, NAN};
}

/* The caller frees them. */
static end_label *find_end_labels(const curve_plot *g)
{
    end_label *labels = allocate(g->v->n_series, sizeof *labels);
    for (size_t k = 0; k < g->v->n_series; k++)
        labels[k] =
            (end_label){g->v->series[k].name, look_of(g->v, k), end_of(g, &g->v->series[k])};
    return labels;
}

static void draw_labels(canvas *c, const curve_plot *g)
{
    end_label *labels = find_end_labels(g);
    draw_end_labels(c, g->area, labels, g->v->n_series);
    free(labels);
}

/* What the names at the right ends take of the plot's width. */
static int labels_width(const curve_plot *g)
{
    if (!has_end_labels(g->v))
        return 0;
    end_label *labels = find_end_labels(g);
    int width = end_labels_width(labels, g->v->n_series);
    free(labels);
    return width;
}

/* ---- The panel ---- */

/* A tick at each place and its name, as far as there is room. */
static void draw_names_below(canvas *c, const curve_plot *g, int left, int right)
{
    int bottom = g->area.y + g->area.height;
    for (size_t i = 0; i < g->v->n; i++) {
        const char *name = g->v->x_names[i];
        int x = (int)lround((double)place(g, (double)g->v->x[i], 0).x);
        int half = text_width(name, TEXT_PLAIN) / 2 + 1;
        int at = x + half > right ? right - half : x;
        canvas_fill(c, (box){x, bottom, 1, 4}, MUTED);
        if (at - half < left)
            continue;
        canvas_text(c, at, bottom + AXIS_GAP, name, TEXT_PLAIN, ALIGN_CENTRE, MUTED);
        left = at + half + AXIS_GAP;
    }
}

static void draw_lines(canvas *c, const curve_plot *g, float width)
{
    for (size_t k = 0; k < g->v->n_series; k++)
        if (look_of(g->v, k).width == width)
            draw_series(c, g, &g->v->series[k], look_of(g->v, k));
}

static void draw_plot(canvas *c, const curve_plot *g, int left, int right)
{
    draw_axis_left(c, &g->y, g->area);
    if (g->v->x_names)
        draw_names_below(c, g, left, right);
    else
        draw_axis_below(c, &g->x, g->area, left, right);
    for (size_t k = 0; k < g->v->n_series; k++)
        draw_raw(c, g, &g->v->series[k], ink_of(g->v, k));
    for (int width = 1; width <= 3; width++) /* thick ones lie over thin ones */
        draw_lines(c, g, (float)width);
    canvas_frame(c, g->area, FRAME);
}

/* At the right, or, where it is longer, wrapped; returns the height. */
static int draw_x_name(canvas *c, const char *name, int x, int y, int width)
{
    if (!name)
        return 0;
    if (text_width(name, TEXT_PLAIN) > width)
        return canvas_paragraph(c, x, y, width, name, TEXT_PLAIN, MUTED);
    canvas_text(c, x + width, y, name, TEXT_PLAIN, ALIGN_RIGHT, MUTED);
    return text_line(TEXT_PLAIN);
}

static int plot_height(const curve_panel *v)
{
    int of_labels = has_end_labels(v) ? (int)v->n_series * text_line(TEXT_PLAIN) : 0;
    return of_labels > PLOT_HEIGHT ? of_labels : PLOT_HEIGHT;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const curve_panel *v = body;
    int top = y;
    curve_plot g = make_plot(v);
    y += has_end_labels(v) ? 0 : draw_curve_legend(c, v, x, y, width);
    y += canvas_paragraph(c, x, y, width, v->y_name, TEXT_PLAIN, MUTED) + 4;
    int left = x + axis_numbers_width(&g.y) + AXIS_GAP;
    g.area = (box){left, y, x + width - left - labels_width(&g), plot_height(v)};
    draw_plot(c, &g, x, x + width);
    if (has_end_labels(v))
        draw_labels(c, &g);
    y += g.area.height + AXIS_GAP + text_line(TEXT_PLAIN);
    y += draw_x_name(c, v->x_name, x, y, g.area.x + g.area.width - x);
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
