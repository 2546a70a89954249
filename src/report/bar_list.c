/* SPDX-License-Identifier: MIT */
/* The strongest components in rows: name, what stands beside it, value, and a bar to the left or to
 * the right of zero. */
#include "bars.h"

#include <math.h>
#include <stdio.h>

enum { ROW = 20, BAR = 14, COLUMN_GAP = 18, MAX_NAME = 160, MAX_HEAD = 120, WHISKER = 8 };

typedef char name_text[48];

typedef struct {
    const sorted_bars *b;
    int name, beside, value; /* right ends of the columns */
    int zero, half, low;     /* of the axis: where it is 0, its length above that and below */
    int top, bottom;         /* of the plot */
} list_layout;

/* ---- Columns ---- */

static const char *write_name(name_text out, const sorted_bars *b, size_t rank)
{
    snprintf(out, sizeof(name_text), "%.32s%zu", b->v->prefix, b->order[rank]);
    return out;
}

static const char *write_beside(number_text out, const sorted_bars *b, size_t rank)
{
    return number_write(out, (double)b->v->beside[b->order[rank]], !b->v->is_magnitude);
}

static const char *write_value(number_text out, const sorted_bars *b, size_t rank)
{
    return number_write_floored(out, (double)b->values[b->order[rank]], b->floor,
                                !b->v->is_magnitude);
}

static int wider(int width, const char *words, text_style style, int limit)
{
    int of_words = words ? text_width(words, style) : 0;
    of_words = of_words < limit ? of_words : limit;
    return of_words > width ? of_words : width;
}

static list_layout list_layout_make(const sorted_bars *b, int x, int y, int width)
{
    list_layout g = {.b = b, .top = y + text_line(TEXT_PLAIN)};
    int name = 0, beside = wider(0, b->v->beside_name, TEXT_PLAIN, MAX_HEAD);
    int value = wider(0, b->v->value_name, TEXT_PLAIN, MAX_HEAD);
    for (size_t i = 0; i < b->n_top; i++) {
        name_text words;
        number_text number;
        name = wider(name, write_name(words, b, i), TEXT_BOLD, MAX_NAME);
        beside = b->v->beside ? wider(beside, write_beside(number, b, i), TEXT_PLAIN, MAX_HEAD) : 0;
        value = wider(value, write_value(number, b, i), TEXT_PLAIN, MAX_HEAD);
    }
    g.name = x + name;
    g.beside = g.name + (b->v->beside ? COLUMN_GAP + beside : 0);
    g.value = g.beside + COLUMN_GAP + value;
    g.half = (x + width - g.value - COLUMN_GAP - 3) / (b->v->is_magnitude ? 1 : 2);
    g.low = bar_low(b, g.half);
    g.zero = g.value + COLUMN_GAP + 1 + g.low;
    g.bottom = g.top + (int)b->n_top * ROW + 4;
    return g;
}

static void draw_heads(canvas *c, const list_layout *g, int y)
{
    const bars_panel *v = g->b->v;
    if (v->beside && v->beside_name)
        canvas_short_text(c, g->beside, y, MAX_HEAD, v->beside_name, TEXT_PLAIN, ALIGN_RIGHT,
                          MUTED);
    if (v->value_name)
        canvas_short_text(c, g->value, y, MAX_HEAD, v->value_name, TEXT_PLAIN, ALIGN_RIGHT, MUTED);
}

static void draw_words(canvas *c, const list_layout *g, size_t rank, int x, int y)
{
    name_text name;
    number_text number;
    canvas_short_text(c, x, y, MAX_NAME, write_name(name, g->b, rank), TEXT_BOLD, ALIGN_LEFT, INK);
    if (g->b->v->beside)
        canvas_text(c, g->beside, y, write_beside(number, g->b, rank), TEXT_PLAIN, ALIGN_RIGHT,
                    MUTED);
    canvas_text(c, g->value, y, write_value(number, g->b, rank), TEXT_PLAIN, ALIGN_RIGHT, INK);
}

/* ---- Bars ---- */

/* Zero has a column of pixels of its own. */
static void fill_piece(canvas *c, const list_layout *g, bar_piece p, int y)
{
    int left = g->zero + p.from + (p.to > 0);
    canvas_fill(c, (box){left, y, p.to - p.from, BAR}, p.ink);
}

/* A whisker that leaves the axis has no end. */
static void draw_error(canvas *c, const list_layout *g, size_t i, int y)
{
    double value = (double)g->b->values[i], spread = (double)g->b->v->errors[i];
    double ends[2] = {value - spread, value + spread};
    int at[2];
    if (!isfinite(spread))
        return;
    for (int k = 0; k < 2; k++) {
        at[k] = g->zero + bar_length(g->b, ends[k], g->half);
        if (ends[k] <= g->b->scale && ends[k] >= bar_low(g->b, -1) * g->b->scale)
            canvas_fill(c, (box){at[k], y + (BAR - WHISKER) / 2, 1, WHISKER}, INK);
    }
    canvas_fill(c, (box){at[0], y + BAR / 2, at[1] - at[0] + 1, 1}, INK);
}

static void draw_bar(canvas *c, const list_layout *g, size_t rank)
{
    size_t i = g->b->order[rank];
    int y = g->top + 2 + (int)rank * ROW + (ROW - BAR) / 2;
    bar_piece pieces[2];
    int n = find_bar_pieces(pieces, g->b, i, true, g->half);
    for (int k = 0; k < n; k++)
        fill_piece(c, g, pieces[k], y);
    if (has_hidden_sum(g->b, i))
        canvas_fill(c,
                    (box){g->zero + bar_length(g->b, (double)g->b->values[i], g->half) - 1, y - 2,
                          2, BAR + 4},
                    BLACK);
    if (g->b->v->errors)
        draw_error(c, g, i, y);
}

static void draw_ticks(canvas *c, const list_layout *g)
{
    bar_ticks t = bar_ticks_make(g->b, g->half, bar_numbers_width(g->b) + COLUMN_GAP);
    int start = g->zero - g->low, end = g->zero + g->half;
    for (int k = bar_low(g->b, -t.n); k <= t.n; k++) {
        number_text number;
        int x = g->zero + bar_length(g->b, k * t.step, g->half);
        canvas_fill(c, (box){x, g->top, 1, g->bottom - g->top}, k == 0 ? MUTED : FAINT);
        if (k % t.every != 0)
            continue;
        number_write(number, k * t.step, !g->b->v->is_magnitude);
        int half = text_width(number, TEXT_PLAIN) / 2 + 1;
        int at = x + half > end ? end - half : x - half < start ? start + half : x;
        canvas_text(c, at, g->bottom + AXIS_GAP, number, TEXT_PLAIN, ALIGN_CENTRE, MUTED);
    }
}

int draw_bar_list(canvas *c, const sorted_bars *b, int x, int y, int width)
{
    list_layout g = list_layout_make(b, x, y, width);
    draw_heads(c, &g, y);
    draw_ticks(c, &g);
    for (size_t rank = 0; rank < b->n_top; rank++) {
        draw_words(c, &g, rank, x, g.top + 7 + (int)rank * ROW);
        draw_bar(c, &g, rank);
    }
    canvas_frame(c, (box){g.zero - g.low - 1, g.top, g.low + g.half + 3, g.bottom - g.top}, FRAME);
    return g.bottom + AXIS_GAP + text_line(TEXT_PLAIN) - y;
}
