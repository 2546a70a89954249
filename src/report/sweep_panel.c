/* SPDX-License-Identifier: MIT */
/* Sweeps: a row each, its pictures by rising place and beside them the curve over the place. */
#include "axis.h"
#include "shading.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PICTURE_SIDE = 96, /* about */
    PICTURE_GAP = 12,
    MIN_NAME = 70,
    MAX_NAME = 130,
    MIN_CURVE = 360,
    MIN_PLOT = 64, /* height */
    SWEEP_GAP = 18,
    N_PLACES = 4, /* ticks, at least */
    N_VALUES = 6,
    DASH = 7,
    DASH_GAP = 5,
};

#define CURVE_INK RGB(0, 114, 178)
#define TANGENT_INK RGB(213, 94, 0)
#define FINEST 1e-3 /* of a tick: less is written as 0 */
#define SHADE_INK RGB(252, 229, 208)

/* What all rows share; the picture's coordinates are a row's own. */
typedef struct {
    const sweep_panel *v;
    axis x, y;
    int factor, cell, name; /* enlargement of pictures; widths of one and of the names */
    int numbers;            /* width of the numbers beside the curve */
    size_t columns;         /* of pictures */
} sweep_layout;

static void keep_sweep(figure_panel *p, sweep *s, size_t n_pixels)
{
    s->name = panel_keep_text(p, s->name);
    s->note = panel_keep_text(p, s->note);
    s->places = panel_keep(p, s->places, s->n_points * sizeof *s->places);
    s->values = panel_keep(p, s->values, s->n_points * sizeof *s->values);
    s->shown = panel_keep(p, s->shown, s->n_shown * sizeof *s->shown);
    s->pixels = panel_keep(p, s->pixels, s->n_shown * n_pixels);
}

static void keep(figure_panel *p, void *body)
{
    sweep_panel *v = body;
    sweep *sweeps = allocate(v->n, sizeof *sweeps);
    for (size_t i = 0; i < v->n; i++) {
        sweeps[i] = v->sweeps[i];
        keep_sweep(p, &sweeps[i], v->rows * v->cols);
    }
    v->sweeps = panel_own(p, sweeps);
    v->x_name = panel_keep_text(p, v->x_name);
    v->y_name = panel_keep_text(p, v->y_name);
    v->unit = panel_keep_text(p, v->unit);
}

/* ---- Words ---- */

typedef char place_text[32];

/* "-2", and "now +1.04" of the point that it stands at. */
static const char *place_words(place_text out, const sweep *s, size_t point)
{
    number_text number;
    snprintf(out, sizeof(place_text), "%s%s", point == s->now ? "now " : "",
             number_write(number, (double)s->places[point], true));
    return out;
}

static int wider(int width, const char *words, text_style style)
{
    int of_words = words ? text_width(words, style) : 0;
    return of_words > width ? of_words : width;
}

static int names_width(const sweep_panel *v)
{
    int width = MIN_NAME;
    for (size_t i = 0; i < v->n; i++) {
        place_text now;
        width = wider(width, v->sweeps[i].name, TEXT_BOLD);
        width = wider(width, v->sweeps[i].note, TEXT_PLAIN);
        width = wider(width, place_words(now, &v->sweeps[i], v->sweeps[i].now), TEXT_PLAIN);
    }
    return width < MAX_NAME ? width : MAX_NAME;
}

/* ---- Layout ---- */

static int picture_width(const sweep_panel *v, int factor) { return (int)v->cols * factor + 2; }

static int cells_width(const sweep_panel *v, int factor)
{
    int width = picture_width(v, factor);
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->sweeps[i].n_shown; k++) {
            place_text place;
            width =
                wider(width, place_words(place, &v->sweeps[i], v->sweeps[i].shown[k]), TEXT_BOLD);
        }
    return width;
}

static axis shared_axis(const sweep_panel *v, bool is_of_places)
{
    int n_ticks = is_of_places ? N_PLACES : N_VALUES;
    double low = (double)INFINITY, high = -low;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->sweeps[i].n_points; k++) {
            const sweep *s = &v->sweeps[i];
            double value = (double)(is_of_places ? s->places[k] : s->values[k]);
            low = isfinite(value) ? fmin(low, value) : low;
            high = isfinite(value) ? fmax(high, value) : high;
        }
    return low <= high ? axis_make(low, high, n_ticks) : axis_make(0, 1, n_ticks);
}

static int pictures_width(const sweep_layout *g)
{
    return (int)g->columns * (g->cell + PICTURE_GAP) - PICTURE_GAP;
}

/* What stands before the plot of the curve. */
static int left_width(const sweep_layout *g)
{
    return g->name + PICTURE_GAP + pictures_width(g) + 2 * PICTURE_GAP + g->numbers + AXIS_GAP;
}

static sweep_layout layout_make(const sweep_panel *v)
{
    sweep_layout g = {.v = v, .factor = enlargement(v->rows, v->cols, PICTURE_SIDE)};
    for (size_t i = 0; i < v->n; i++)
        g.columns = v->sweeps[i].n_shown > g.columns ? v->sweeps[i].n_shown : g.columns;
    g.x = shared_axis(v, true);
    g.y = shared_axis(v, false);
    g.name = names_width(v);
    g.cell = cells_width(v, g.factor);
    g.numbers = axis_numbers_width(&g.y);
    return g;
}

static int width_of(const void *body)
{
    sweep_layout g = layout_make(body);
    int width = left_width(&g) + MIN_CURVE;
    return width < MAX_CONTENT ? width : MAX_CONTENT;
}

/* ---- The curve ---- */

static picture_point place(const sweep_layout *g, box plot, double x, double y)
{
    return (picture_point){
        (float)(plot.x + axis_place(&g->x, x) * (plot.width - 1)),
        (float)(plot.y + (1 - axis_place(&g->y, y)) * (plot.height - 1)),
    };
}

static void draw_dashes(canvas *c, picture_point from, picture_point to, colour ink)
{
    float dx = to.x - from.x, dy = to.y - from.y, length = sqrtf(dx * dx + dy * dy);
    for (float at = 0; at < length; at += DASH + DASH_GAP) {
        float a = at / length, b = fminf((at + DASH) / length, 1);
        picture_point ends[2] = {{from.x + a * dx, from.y + a * dy},
                                 {from.x + b * dx, from.y + b * dy}};
        canvas_curve(c, ends, 2, 2, ink);
    }
}

/* From now as far as the plot goes to one side (-1, 1). */
static void draw_half_tangent(canvas *c, const sweep_layout *g, box plot, const sweep *s, int side)
{
    double x = (double)s->places[s->now], y = (double)s->values[s->now];
    double far = (side > 0 ? g->x.high : g->x.low) - x, rise = s->slope * far;
    double room = (rise > 0 ? g->y.high : g->y.low) - y;
    double part = fabs(rise) > fabs(room) ? room / rise : 1;
    if (isfinite(y) && isfinite(rise))
        draw_dashes(c, place(g, plot, x, y), place(g, plot, x + part * far, y + part * rise),
                    TANGENT_INK);
}

static void draw_curve(canvas *c, const sweep_layout *g, box plot, const sweep *s)
{
    picture_point *points = allocate(s->n_points, sizeof *points);
    for (size_t i = 0, n; i < s->n_points; i += n + 1) {
        for (n = 0; i + n < s->n_points && isfinite(s->values[i + n]); n++) {
            points[n] = place(g, plot, (double)s->places[i + n], (double)s->values[i + n]);
            canvas_curve(c, &points[n], 1, 5, CURVE_INK);
        }
        canvas_curve(c, points, n, 2, CURVE_INK);
    }
    free(points);
}

static void draw_plot(canvas *c, const sweep_layout *g, box plot, const sweep *s)
{
    int from = (int)lroundf(place(g, plot, s->good_from, g->y.low).x);
    int to = (int)lroundf(place(g, plot, s->good_to, g->y.low).x);
    canvas_fill(c, (box){from, plot.y, to - from, plot.height}, SHADE_INK);
    draw_axis_left(c, &g->y, plot);
    draw_axis_below(c, &g->x, plot, plot.x - AXIS_GAP, plot.x + plot.width);
    draw_half_tangent(c, g, plot, s, -1);
    draw_half_tangent(c, g, plot, s, 1);
    draw_curve(c, g, plot, s);
    if (isfinite(s->values[s->now])) {
        picture_point now = place(g, plot, (double)s->places[s->now], (double)s->values[s->now]);
        canvas_curve(c, &now, 1, 10, INK);
    }
    canvas_frame(c, plot, FRAME);
}

/* ---- Names and pictures ---- */

static void draw_name(canvas *c, const sweep_layout *g, const sweep *s, int x, int y)
{
    place_text now;
    int line = text_line(TEXT_PLAIN);
    canvas_short_text(c, x, y, g->name, s->name, TEXT_BOLD, ALIGN_LEFT, INK);
    canvas_short_text(c, x, y + line, g->name, place_words(now, s, s->now), TEXT_PLAIN, ALIGN_LEFT,
                      INK);
    if (s->note)
        canvas_short_text(c, x, y + 2 * line, g->name, s->note, TEXT_PLAIN, ALIGN_LEFT, MUTED);
}

/* With as many digits as tell values from each other that differ by a tenth of a tick. */
static const char *value_words(place_text out, const sweep_layout *g, double value)
{
    const char *unit = g->v->unit;
    number_text number;
    double largest = fmax(fabs((double)g->y.first), fabs((double)g->y.last));
    int digits = (int)floor(log10(largest)) + 3;
    number_write_digits(number, fabs(value) < g->y.step * FINEST ? 0 : value, digits, !unit);
    snprintf(out, sizeof(place_text), "%s%s", number, unit ? unit : "");
    return out;
}

/* Picture k with its place above and its value below; `height` is the place's of the picture. */
static void draw_picture(canvas *c, const sweep_layout *g, const sweep *s, size_t k, box cell)
{
    const sweep_panel *v = g->v;
    size_t point = s->shown[k];
    bool is_now = point == s->now;
    place_text words;
    place_text value;
    int width = picture_width(v, g->factor), middle = cell.x + cell.width / 2;
    int left = middle - width / 2, top = cell.y + text_line(TEXT_PLAIN);
    int height = (int)v->rows * g->factor + 2;
    picture p = {0};
    canvas_text(c, middle, cell.y, place_words(words, s, point), is_now ? TEXT_BOLD : TEXT_PLAIN,
                ALIGN_CENTRE, is_now ? INK : MUTED);
    if (is_now)
        canvas_fill(c, (box){left - 2, top - 2, width + 4, height + 4}, INK);
    canvas_frame(c, (box){left, top, width, height}, is_now ? INK : FRAME);
    picture_init_grey(&p, s->pixels + k * v->rows * v->cols, (int)v->cols, (int)v->rows);
    canvas_picture(c, left + 1, top + 1, &p, g->factor);
    picture_release(&p);
    canvas_text(c, middle, top + height + AXIS_GAP, value_words(value, g, (double)s->values[point]),
                TEXT_PLAIN, ALIGN_CENTRE, is_now ? INK : MUTED);
}

/* Returns its height: a line of places, the pictures, a line of numbers. */
static int draw_sweep(canvas *c, const sweep_layout *g, const sweep *s, int x, int y, int width)
{
    int line = text_line(TEXT_PLAIN), height = (int)g->v->rows * g->factor + 2;
    int left = left_width(g), room = width - left, left_of_pictures = x + g->name + PICTURE_GAP;
    height = height > MIN_PLOT ? height : MIN_PLOT;
    draw_name(c, g, s, x, y);
    for (size_t k = 0; k < s->n_shown; k++)
        draw_picture(c, g, s, k,
                     (box){left_of_pictures + (int)k * (g->cell + PICTURE_GAP), y, g->cell, 0});
    draw_plot(c, g, (box){x + left, y, room, height + line}, s);
    return line + height + AXIS_GAP + line;
}

/* ---- The panel ---- */

static int draw_sweep_legend(canvas *c, const sweep_panel *v, int x, int y, int width)
{
    const legend_entry entries[] = {{v->y_name ? v->y_name : "value", CURVE_INK, true},
                                    {"now", INK, false},
                                    {"what the gradient predicts", TANGENT_INK, true},
                                    {"where that is off by less than a half", SHADE_INK, false}};
    return draw_legend(c, x, y, width, entries, sizeof entries / sizeof *entries);
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const sweep_panel *v = body;
    sweep_layout g = layout_make(v);
    int top = y, left = left_width(&g);
    y += draw_sweep_legend(c, v, x, y, width) + 4;
    for (size_t i = 0; i < v->n; i++)
        y += draw_sweep(c, &g, &v->sweeps[i], x, y, width) + SWEEP_GAP;
    if (v->x_name)
        canvas_short_text(c, x + width, y - SWEEP_GAP, width - left, v->x_name, TEXT_PLAIN,
                          ALIGN_RIGHT, MUTED);
    return y - top;
}

const panel_kind SWEEP_PANEL = {sizeof(sweep_panel), keep, width_of, draw, .stretches = true,
                                .is_aligned = true};

size_t figure_add_sweeps(figure *f, const sweep_panel *p)
{
    assert(p->n >= 1 && is_map_size(p->rows, p->cols));
    for (size_t i = 0; i < p->n; i++)
        assert(p->sweeps[i].now < p->sweeps[i].n_points && p->sweeps[i].n_shown >= 1);
    return figure_add(f, &SWEEP_PANEL, p, p->title, p->subtitle);
}
