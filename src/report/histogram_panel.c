/* SPDX-License-Identifier: MIT */
/* Where a number stands among two sets of others. */
#include "axis.h"
#include "panel.h"

#include <assert.h>
#include <math.h>

enum {
    OUTLINED,
    FILLED,
    PLOT_HEIGHT = 170,
    BIN_WIDTH = 8,
    MAX_BINS = 64,
    HEAD = 4,
    N_TICKS = 3,
    WIDTH = 264
};

#define BAND_INK RGB(120, 120, 126)
#define BAND_WEIGHT 0.22f
#define BAND_LEGEND RGB(225, 225, 227) /* the band's ink of that weight on white */

static void keep(figure_panel *p, void *body)
{
    histogram_panel *v = body;
    for (size_t k = 0; k < 2; k++) {
        v->series[k].name = panel_keep_text(p, v->series[k].name);
        v->series[k].quantiles =
            panel_keep(p, v->series[k].quantiles, v->series[k].n * sizeof(float));
    }
    v->band_name = panel_keep_text(p, v->band_name);
    v->mark_name = panel_keep_text(p, v->mark_name);
    v->caption = panel_keep_text(p, v->caption);
}

static int width_of(const void *body)
{
    (void)body;
    return WIDTH;
}

/* ---- Shares ---- */

typedef struct {
    const histogram_panel *v;
    axis x;
    box area; /* the plot's frame */
    int n;    /* bins, all of one width */
    double share[2][MAX_BINS], most;
} histogram;

static double bin_start(const histogram *h, int i)
{
    return h->x.low + (h->x.high - h->x.low) * i / h->n;
}

/* Of the values in bin i; the last one holds its end, too. */
static double share_of(const histogram *h, size_t k, int i)
{
    const histogram_series *s = &h->v->series[k];
    double from = quantiles_share_below(s->quantiles, s->n, bin_start(h, i));
    return (i + 1 < h->n ? quantiles_share_below(s->quantiles, s->n, bin_start(h, i + 1)) : 1) -
           from;
}

static bool has_outline(const histogram_panel *v) { return v->series[OUTLINED].quantiles; }

static void find_shares(histogram *h)
{
    for (size_t k = has_outline(h->v) ? OUTLINED : FILLED; k < 2; k++)
        for (int i = 0; i < h->n; i++) {
            h->share[k][i] = share_of(h, k, i);
            h->most = fmax(h->most, h->share[k][i]);
        }
}

/* Where all are one number, it stands in the middle. */
static axis axis_of(const histogram_panel *v)
{
    const histogram_series *b = &v->series[FILLED], *a = has_outline(v) ? &v->series[OUTLINED] : b;
    double low = (double)fminf(a->quantiles[0], b->quantiles[0]);
    double high = (double)fmaxf(a->quantiles[a->n - 1], b->quantiles[b->n - 1]);
    double around = low < high ? 0 : fmax(fabs(low) / 2, 1);
    return axis_make(low - around, high + around, N_TICKS);
}

/* ---- The plot ---- */

static int place(const histogram *h, double value)
{
    double at = fmin(fmax(axis_place(&h->x, value), 0), 1);
    return h->area.x + (int)lround(at * (h->area.width - 1));
}

/* What a share is drawn as, with room for the mark's head above the highest. */
static int height_of(const histogram *h, double share)
{
    return (int)lround(share / h->most * (PLOT_HEIGHT - 3 * HEAD));
}

static void draw_filled(canvas *c, const histogram *h)
{
    for (int i = 0; i < h->n; i++) {
        int left = place(h, bin_start(h, i)), right = place(h, bin_start(h, i + 1));
        int height = height_of(h, h->share[FILLED][i]);
        canvas_fill(c, (box){left, h->area.y + PLOT_HEIGHT - height, right - left, height},
                    SECOND_INK);
    }
}

static void draw_outlined(canvas *c, const histogram *h)
{
    picture_point points[2 * MAX_BINS];
    for (int i = 0; i < h->n; i++) {
        float y = (float)(h->area.y + PLOT_HEIGHT - 1 - height_of(h, h->share[OUTLINED][i]));
        points[2 * i] = (picture_point){(float)place(h, bin_start(h, i)), y};
        points[2 * i + 1] = (picture_point){(float)place(h, bin_start(h, i + 1)), y};
    }
    canvas_curve(c, points, 2 * (size_t)h->n, 2, FIRST_INK);
}

/* Over what is filled, so that its ends are seen there, too. */
static void draw_band(canvas *c, const histogram *h)
{
    float left = (float)place(h, h->v->band[0]), right = (float)place(h, h->v->band[1]);
    float top = (float)h->area.y, bottom = (float)(h->area.y + PLOT_HEIGHT - 1);
    canvas_band(c, (picture_point[]){{left, top}, {right, top}},
                (picture_point[]){{left, bottom}, {right, bottom}}, 2, BAND_INK, BAND_WEIGHT);
}

/* ---- The mark ---- */

/* At that end of the plot, towards what is beyond it. */
static void draw_arrow(canvas *c, const histogram *h, int x, int side)
{
    enum { LENGTH = 6 * HEAD };
    int y = h->area.y + PLOT_HEIGHT / 2;
    for (int i = 0; i < 2 * HEAD; i++)
        canvas_fill(c, (box){x - side * (i + 2), y - i, 1, 2 * i + 1}, INK);
    canvas_fill(c, (box){side > 0 ? x - LENGTH : x + 2, y - 1, LENGTH - 1, 3}, INK);
}

/* A line with a head, or where the number is outside the axis an arrow. */
static void draw_mark(canvas *c, const histogram *h)
{
    double value = h->v->mark;
    int x = place(h, value), side = (value > h->x.high) - (value < h->x.low);
    if (side) {
        draw_arrow(c, h, x, side);
        return;
    }
    canvas_fill(c, (box){x - 1, h->area.y, 2, PLOT_HEIGHT}, INK);
    for (int i = 0; i <= HEAD; i++)
        canvas_fill(c, (box){x - 1 - HEAD + i, h->area.y + i, 2 * (HEAD - i) + 2, 1}, INK);
}

/* Above the plot, as near to the mark as fits; returns the height. */
static int draw_mark_name(canvas *c, const histogram *h, int x, int y, int width)
{
    number_text number;
    text words = {0};
    text_add(&words, "%s: %s", h->v->mark_name, number_write(number, h->v->mark, true));
    int half = text_width(words.data, TEXT_BOLD) / 2 + 1, at = place(h, h->v->mark);
    at = at + half > x + width ? x + width - half : at;
    at = at - half < x ? x + half : at;
    canvas_text(c, at, y, words.data, TEXT_BOLD, ALIGN_CENTRE, INK);
    text_release(&words);
    return text_line(TEXT_BOLD);
}

/* ---- The panel ---- */

static int draw_names(canvas *c, const histogram_panel *v, int x, int y, int width)
{
    legend_entry entries[3];
    size_t n = 0;
    if (has_outline(v))
        entries[n++] = (legend_entry){v->series[OUTLINED].name, FIRST_INK, true};
    entries[n++] = (legend_entry){v->series[FILLED].name, SECOND_INK, false};
    if (v->band_name)
        entries[n++] = (legend_entry){v->band_name, BAND_LEGEND, false};
    return draw_legend(c, x, y, width, entries, n);
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const histogram_panel *v = body;
    int top = y;
    histogram h = {.v = v, .x = axis_of(v), .area = {x, y, width, PLOT_HEIGHT}};
    h.n = width / BIN_WIDTH < MAX_BINS ? width / BIN_WIDTH : MAX_BINS;
    find_shares(&h);
    y += draw_mark_name(c, &h, x, y, width);
    h.area.y = y;
    draw_filled(c, &h);
    if (v->band_name)
        draw_band(c, &h);
    if (has_outline(v))
        draw_outlined(c, &h);
    draw_mark(c, &h);
    canvas_frame(c, h.area, FRAME);
    draw_axis_below(c, &h.x, h.area, x, x + width);
    y += PLOT_HEIGHT + AXIS_GAP + text_line(TEXT_PLAIN) + 4;
    y += draw_names(c, v, x, y, width);
    return y - top + canvas_paragraph(c, x, y, width, v->caption, TEXT_PLAIN, MUTED);
}

const panel_kind HISTOGRAM_PANEL = {sizeof(histogram_panel), keep, width_of, draw,
                                    .is_aligned = true};

size_t figure_add_histogram(figure *f, const histogram_panel *p)
{
    assert(p->series[FILLED].n >= 2 && (!has_outline(p) || p->series[OUTLINED].n >= 2));
    return figure_add(f, &HISTOGRAM_PANEL, p, p->title, p->subtitle);
}
