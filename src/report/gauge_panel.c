/* SPDX-License-Identifier: MIT */
/* Numbers with their intervals, each on a track of its own beside what it is held against. */
#include "axis.h"
#include "panel.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    MIN_TRACK = 220,
    MAX_NAME = 420, /* wider ones are cut */
    MAX_WORDS = 300,
    GAP = 14,
    ROW = 26,
    BAR = 12,        /* height of a track */
    OVER = 4,        /* how far a mark stands out of it */
    HEADING_GAP = 8, /* over a heading, but for the first */
};

#define TRACK_INK RGB(240, 240, 243)

static void keep(figure_panel *p, void *body)
{
    gauges_panel *v = body;
    gauge *own = allocate(v->n, sizeof *own);
    memcpy(own, v->gauges, v->n * sizeof *own);
    for (size_t i = 0; i < v->n; i++) {
        own[i].heading = panel_keep_text(p, own[i].heading);
        own[i].name = panel_keep_text(p, own[i].name);
        own[i].value_words = panel_keep_text(p, own[i].value_words);
        own[i].mark_words = panel_keep_text(p, own[i].mark_words);
        own[i].note = panel_keep_text(p, own[i].note);
    }
    v->gauges = panel_own(p, own);
    v->value_name = panel_keep_text(p, v->value_name);
    v->good_name = panel_keep_text(p, v->good_name);
    v->mark_name = panel_keep_text(p, v->mark_name);
}

/* ---- Columns ---- */

/* 2000 and not 2e3. */
static const char *end_words(number_text out, double end)
{
    return number_write_digits(out, end, 5, false);
}

typedef struct {
    int name, value, end, mark, note; /* widths of words; end: of the track's last number */
} gauge_columns;

static void widen(int *width, const char *words, int most)
{
    int own = words ? text_width(words, TEXT_PLAIN) : 0;
    own = own < most ? own : most;
    *width = own > *width ? own : *width;
}

static gauge_columns find_columns(const gauges_panel *v)
{
    gauge_columns w = {0};
    for (size_t i = 0; i < v->n; i++) {
        number_text end;
        widen(&w.name, v->gauges[i].name, MAX_NAME);
        widen(&w.value, v->gauges[i].value_words, MAX_WORDS);
        widen(&w.end, end_words(end, v->gauges[i].to), MAX_WORDS);
        widen(&w.mark, v->gauges[i].mark_words, MAX_WORDS);
        widen(&w.note, v->gauges[i].note, MAX_WORDS);
    }
    return w;
}

/* What all but the track takes. */
static int words_width(const gauge_columns *w)
{
    return w->name + w->value + w->end + 3 * GAP + (w->mark > 0 ? w->mark + GAP : 0) +
           (w->note > 0 ? w->note + GAP : 0);
}

static int width_of(const void *body)
{
    gauge_columns w = find_columns(body);
    int width = words_width(&w) + MIN_TRACK;
    return width < MAX_CONTENT ? width : MAX_CONTENT;
}

/* ---- Tracks ---- */

static int place(const gauge *g, box track, double value)
{
    double at = (value - g->from) / (g->to - g->from);
    return track.x + (int)lround(fmin(fmax(at, 0), 1) * (track.width - 1));
}

static void fill_between(canvas *c, const gauge *g, box track, double from, double to, colour ink)
{
    int a = place(g, track, from), b = place(g, track, to);
    int left = a < b ? a : b, right = a < b ? b : a;
    canvas_fill(c, (box){left, track.y, right - left + 1, track.height}, ink);
}

/* A line from low to high with ends that stand up. */
static void draw_whisker(canvas *c, const gauge *g, box track)
{
    int left = place(g, track, g->low), right = place(g, track, g->high);
    int middle = track.y + track.height / 2;
    if (!isfinite(g->low) || !isfinite(g->high))
        return;
    canvas_fill(c, (box){left, middle - 1, right - left + 1, 2}, INK);
    canvas_fill(c, (box){left, middle - 4, 1, 8}, INK);
    canvas_fill(c, (box){right, middle - 4, 1, 8}, INK);
}

static void draw_mark(canvas *c, const gauge *g, box track)
{
    if (!isfinite(g->mark))
        return;
    box tall = {track.x, track.y - OVER, track.width, track.height + 2 * OVER};
    if (isfinite(g->mark_low) && isfinite(g->mark_high)) {
        fill_between(c, g, (box){tall.x, tall.y, tall.width, OVER}, g->mark_low, g->mark_high,
                     FIRST_PALE);
        fill_between(c, g, (box){tall.x, track.y + track.height, tall.width, OVER}, g->mark_low,
                     g->mark_high, FIRST_PALE);
    }
    canvas_fill(c, (box){place(g, tall, g->mark) - 1, tall.y, 3, tall.height}, FIRST_INK);
}

/* The bar is what lies between the mark and the value. */
static void draw_track(canvas *c, const gauge *g, box track)
{
    canvas_fill(c, track, TRACK_INK);
    if (isfinite(g->value) && isfinite(g->mark))
        fill_between(c, g, track, g->mark, g->value, g->is_good ? GOOD_INK : SECOND_INK);
    draw_mark(c, g, track);
    draw_whisker(c, g, track);
    if (isfinite(g->value))
        canvas_fill(c, (box){place(g, track, g->value) - 2, track.y, 5, track.height},
                    g->is_good ? GOOD_DARK : SECOND_DARK);
}

/* ---- Rows ---- */

static int draw_gauge(canvas *c, const gauge *g, const gauge_columns *w, int x, int y, int track)
{
    number_text end;
    canvas_short_text(c, x, y, w->name, g->name, TEXT_PLAIN, ALIGN_LEFT, INK);
    x += w->name + GAP;
    if (g->value_words)
        canvas_short_text(c, x + w->value, y, w->value, g->value_words, TEXT_PLAIN, ALIGN_RIGHT,
                          INK);
    x += w->value + GAP;
    draw_track(c, g, (box){x, y - 1, track, BAR});
    x += track + GAP / 2;
    canvas_text(c, x, y, end_words(end, g->to), TEXT_PLAIN, ALIGN_LEFT, MUTED);
    x += w->end + GAP;
    if (g->mark_words)
        canvas_short_text(c, x, y, w->mark, g->mark_words, TEXT_PLAIN, ALIGN_LEFT, MUTED);
    x += w->mark > 0 ? w->mark + GAP : 0;
    if (g->note)
        canvas_short_text(c, x, y, w->note, g->note, TEXT_PLAIN, ALIGN_LEFT, MUTED);
    return ROW;
}

static int draw_names(canvas *c, const gauges_panel *v, int x, int y, int width)
{
    legend_entry entries[3];
    size_t n = 0;
    if (v->value_name)
        entries[n++] = (legend_entry){v->value_name, SECOND_DARK, false};
    if (v->good_name)
        entries[n++] = (legend_entry){v->good_name, GOOD_DARK, false};
    if (v->mark_name)
        entries[n++] = (legend_entry){v->mark_name, FIRST_INK, true};
    return n > 0 ? draw_legend(c, x, y, width, entries, n) + OVER : 0;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const gauges_panel *v = body;
    gauge_columns w = find_columns(v);
    int top = y, track = width - words_width(&w);
    y += draw_names(c, v, x, y, width) + OVER;
    for (size_t i = 0; i < v->n; i++) {
        const gauge *g = &v->gauges[i];
        if (g->heading) {
            y += i > 0 ? HEADING_GAP : 0;
            canvas_short_text(c, x, y, width, g->heading, TEXT_BOLD, ALIGN_LEFT, INK);
            y += text_line(TEXT_BOLD) + OVER;
        }
        y += draw_gauge(c, g, &w, x, y, track);
    }
    return y - top;
}

const panel_kind GAUGES_PANEL = {sizeof(gauges_panel), keep, width_of, draw, .stretches = true};

size_t figure_add_gauges(figure *f, const gauges_panel *p)
{
    assert(p->n >= 1);
    for (size_t i = 0; i < p->n; i++)
        assert(isfinite(p->gauges[i].from) && p->gauges[i].to > p->gauges[i].from);
    return figure_add(f, &GAUGES_PANEL, p, p->title, p->subtitle);
}
