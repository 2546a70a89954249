/* SPDX-License-Identifier: MIT */
/* All components as thin upright bars, the strongest first: how many matter. */
#include "bars.h"

#include <math.h>
#include <stdio.h>

enum { MAX_BAR = 28, LABEL_GAP = 14 };

typedef struct {
    const sorted_bars *b;
    int n, left, width; /* of the plot */
    int top, zero, half, low;
} profile_layout;

/* ---- Places ---- */

/* Whole pixels per component, 0 where there are more components than pixels. */
static int bar_step(const profile_layout *g) { return g->width / g->n; }

static int bar_width(const profile_layout *g)
{
    int step = bar_step(g);
    return step >= MAX_BAR + 2 ? MAX_BAR : step >= 6 ? step - 2 : step >= 3 ? step - 1 : 1;
}

/* Evenly spaced bars are crisp, but where that would leave over 4 % of the plot empty they are
 * spread over all of it instead, with gaps that differ by a pixel. */
static int bar_left(const profile_layout *g, int rank)
{
    int step = bar_step(g), rest = g->width - step * g->n;
    if (rest * 25 <= g->width)
        return g->left + rest / 2 + rank * step + (step - bar_width(g)) / 2;
    return g->left + (int)((int64_t)rank * g->width / g->n);
}

/* ---- Axes ---- */

static void draw_value_axis(canvas *c, const profile_layout *g)
{
    bar_ticks t = bar_ticks_make(g->b, g->half, text_line(TEXT_PLAIN));
    for (int k = bar_low(g->b, -t.n); k <= t.n; k++) {
        number_text number;
        int y = g->zero - bar_length(g->b, k * t.step, g->half);
        canvas_fill(c, (box){g->left, y, g->width, 1}, k == 0 ? MUTED : FAINT);
        if (k % t.every == 0)
            canvas_text(c, g->left - AXIS_GAP, y - 5,
                        number_write(number, k * t.step, !g->b->v->is_magnitude), TEXT_PLAIN,
                        ALIGN_RIGHT, MUTED);
    }
}

/* Every 1, 2, 5, 10 ... -th rank, as close as they fit. */
static void draw_rank_axis(canvas *c, const profile_layout *g)
{
    int bottom = g->zero + g->low + 2;
    char number[24];
    snprintf(number, sizeof number, "%d", g->n);
    int64_t room = text_width(number, TEXT_PLAIN) + LABEL_GAP;
    int64_t every = nice_count(room * g->n / g->width + 1);
    for (int64_t rank = every; rank <= g->n; rank += every) {
        int middle = bar_left(g, (int)rank - 1) + bar_width(g) / 2;
        snprintf(number, sizeof number, "%d", (int)rank);
        int last = g->left + g->width - text_width(number, TEXT_PLAIN) / 2 - 1;
        canvas_fill(c, (box){middle, bottom, 1, 4}, MUTED);
        canvas_text(c, middle < last ? middle : last, bottom + AXIS_GAP, number, TEXT_PLAIN,
                    ALIGN_CENTRE, MUTED);
    }
}

/* ---- Bars ---- */

static void draw_bar(canvas *c, const profile_layout *g, int rank)
{
    size_t i = g->b->order[rank];
    int x = bar_left(g, rank), width = bar_width(g);
    bar_piece pieces[2];
    if (!isfinite(g->b->values[i])) {
        canvas_fill(c, (box){x, g->zero - 6, width, 13}, SIGNAL);
        return;
    }
    int n = find_bar_pieces(pieces, g->b, i, (size_t)rank < g->b->n_top, g->half);
    for (int k = 0; k < n; k++) {
        int top = g->zero - pieces[k].to + (pieces[k].to <= 0);
        canvas_fill(c, (box){x, top, width, pieces[k].to - pieces[k].from}, pieces[k].ink);
    }
    if (has_hidden_sum(g->b, i) && width >= 3)
        canvas_fill(
            c, (box){x, g->zero - bar_length(g->b, (double)g->b->values[i], g->half) - 1, width, 2},
            BLACK);
}

int draw_bar_profile(canvas *c, const sorted_bars *b, box area)
{
    profile_layout g = {.b = b, .n = (int)b->v->n, .top = area.y + text_line(TEXT_PLAIN)};
    int below = AXIS_GAP + text_line(TEXT_PLAIN);
    char words[64];
    snprintf(words, sizeof words, "all %d, the strongest first", g.n);
    canvas_short_text(c, area.x, area.y, area.width, words, TEXT_PLAIN, ALIGN_LEFT, MUTED);
    g.left = area.x + bar_numbers_width(b) + AXIS_GAP + 1;
    g.width = area.x + area.width - g.left - 1;
    g.half = (area.y + area.height - below - g.top - 3) / (b->v->is_magnitude ? 1 : 2);
    g.low = bar_low(b, g.half);
    g.zero = g.top + 1 + g.half;
    if (c->backend) {
        draw_value_axis(c, &g);
        for (int rank = g.n - 1; rank >= 0;
             rank--) /* where bars share a pixel the strongest is seen */
            draw_bar(c, &g, rank);
        draw_rank_axis(c, &g);
        canvas_frame(c, (box){g.left - 1, g.top, g.width + 2, g.low + g.half + 3}, FRAME);
    }
    return area.height;
}
