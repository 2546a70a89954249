/* SPDX-License-Identifier: MIT */
/* The units of a layer as a histogram of their values, the strongest named below. */
#include "axis.h"
#include "panel.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { LAYER_WIDTH = 360, PLOT_HEIGHT = 140, MAX_BINS = 44, MAX_TOP = 32 };

#define BIN_INK RGB(74, 98, 138)

static void keep(figure_panel *p, void *body)
{
    layer_panel *v = body;
    v->values = panel_keep(p, v->values, v->n * sizeof *v->values);
    v->prefix = panel_keep_text(p, v->prefix);
}

static int width_of(const void *body)
{
    (void)body;
    return LAYER_WIDTH;
}

/* ---- Counting ---- */

/* Bin i holds from i to i + 1 steps over the axis's low; the last one its end, too. */
typedef struct {
    axis values, counts;
    int n;
    size_t count[MAX_BINS];
} histogram;

static void fill_bins(histogram *h, const layer_panel *v)
{
    for (size_t i = 0; i < v->n; i++) {
        double place = axis_place(&h->values, (double)v->values[i]) * h->n;
        if (isfinite(v->values[i]))
            h->count[place < h->n ? (int)fmax(place, 0) : h->n - 1]++;
    }
}

/* About as many bins as the root of how many units there are. */
static histogram make_histogram(const layer_panel *v, const value_summary *s)
{
    double wanted = fmin(fmax(sqrt((double)v->n), 5), 16);
    histogram h = {.values = axis_make(s->least, s->greatest, (int)wanted)};
    h.n = (int)(h.values.last - h.values.first);
    assert(h.n <= MAX_BINS);
    fill_bins(&h, v);
    size_t most = 1;
    for (int i = 0; i < h.n; i++)
        most = h.count[i] > most ? h.count[i] : most;
    h.counts = axis_make(0, (double)most, most > 4 ? 3 : 1);
    return h;
}

/* ---- Drawing ---- */

static int height_at(const histogram *h, double count)
{
    return (int)lround(axis_place(&h->counts, count) * (PLOT_HEIGHT - 1));
}

static void draw_counts(canvas *c, const histogram *h, box plot)
{
    int bottom = plot.y + plot.height - 1;
    for (int64_t k = 0; k <= h->counts.last; k++) {
        number_text number;
        int y = bottom - height_at(h, (double)k * h->counts.step);
        canvas_fill(c, (box){plot.x, y, plot.width, 1}, FAINT);
        canvas_text(c, plot.x - AXIS_GAP, y - 5, axis_number(number, &h->counts, k), TEXT_PLAIN,
                    ALIGN_RIGHT, MUTED);
    }
}

static int bin_left(const histogram *h, box plot, int i) { return plot.x + i * plot.width / h->n; }

/* A bin that holds any is at least a pixel high. */
static void draw_bins(canvas *c, const histogram *h, box plot)
{
    for (int i = 0; i < h->n; i++) {
        int left = bin_left(h, plot, i), right = bin_left(h, plot, i + 1);
        int height = height_at(h, (double)h->count[i]);
        height = h->count[i] > 0 && height == 0 ? 1 : height;
        canvas_fill(c, (box){left, plot.y + plot.height - height, right - left - 1, height},
                    BIN_INK);
    }
}

/* ---- Words ---- */

typedef struct {
    size_t unit;
    float size;
} ranked_unit;

/* By size, the largest first; then by unit, so that the order is the same everywhere. */
static int compare_units(const void *a, const void *b)
{
    const ranked_unit *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x->unit > y->unit) - (x->unit < y->unit);
}

/* "Strongest: u17 +2.3, u4 -1.9." as far as there are units that are not 0. */
static void add_strongest(text *t, const layer_panel *v)
{
    ranked_unit *ranked = allocate(v->n, sizeof *ranked);
    for (size_t i = 0; i < v->n; i++)
        ranked[i] = (ranked_unit){i, isfinite(v->values[i]) ? fabsf(v->values[i]) : 0};
    qsort(ranked, v->n, sizeof *ranked, compare_units);
    for (size_t k = 0; k < v->n_top && k < v->n && ranked[k].size > 0; k++) {
        number_text number;
        text_add(t, "%s%s%zu %s", k == 0 ? "Strongest: " : ", ", v->prefix, ranked[k].unit,
                 number_write(number, (double)v->values[ranked[k].unit], true));
    }
    free(ranked);
}

static int draw_words(canvas *c, const layer_panel *v, const value_summary *s, int x, int y,
                      int width)
{
    number_text least, greatest, sum;
    text words = {0};
    text_add(&words, "%zu units: min %s (%s%zu), max %s (%s%zu), sum %s", v->n,
             number_write(least, s->least, true), v->prefix, s->i_least,
             number_write(greatest, s->greatest, true), v->prefix, s->i_greatest,
             number_write(sum, s->sum, true));
    text_add_exceptions(&words, v->n, 0, s->n_not_finite, "left out");
    text_add(&words, "\n");
    add_strongest(&words, v);
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

/* ---- The panel ---- */

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const layer_panel *v = body;
    value_summary s = summarise(v->values, v->n);
    histogram h = make_histogram(v, &s);
    int left = x + axis_numbers_width(&h.counts) + AXIS_GAP;
    box plot = {left, y + 6, x + width - left, PLOT_HEIGHT};
    draw_counts(c, &h, plot);
    draw_bins(c, &h, plot);
    canvas_frame(c, plot, FRAME);
    draw_axis_below(c, &h.values, plot, x, x + width);
    int below = plot.y + PLOT_HEIGHT + AXIS_GAP + text_line(TEXT_PLAIN) + 6;
    return below - y + draw_words(c, v, &s, x, below, width);
}

const panel_kind LAYER_PANEL = {sizeof(layer_panel), keep, width_of, draw, .is_aligned = true};

size_t figure_add_layer(figure *f, const layer_panel *p)
{
    assert(p->n >= 1 && p->n_top <= MAX_TOP && p->prefix);
    return figure_add(f, &LAYER_PANEL, p, p->title, p->subtitle);
}
