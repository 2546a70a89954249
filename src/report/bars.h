/* SPDX-License-Identifier: MIT */
/* What the list and the profile of a bars_panel share: its components by strength, and what a bar
 * consists of. */
#ifndef GANLENS_BARS_H
#define GANLENS_BARS_H

#include "axis.h"
#include "panel.h"

typedef struct {
    const bars_panel *v;
    float *values; /* (n), owned: the only part, or the sums */
    size_t *order; /* (n), owned: components by falling magnitude, those that are not finite last */
    size_t n_top;  /* finite, at most v->n_top: the first ones of order are listed */
    double scale;  /* half the axis; 0: all are 0 */
    double floor;  /* smaller magnitudes are written as 0 */
} sorted_bars;

/* ---- Along the axis ---- */

/* How far the axis goes below zero if it goes `half` above it. */
int bar_low(const sorted_bars *b, int half);
/* Pixels from zero, of `half` to a side; not past the axis's end. */
int bar_length(const sorted_bars *b, double value, int half);

/* A part of a bar, in pixels from zero: from < to <= 0 or 0 <= from < to. */
typedef struct {
    int from, to;
    colour ink;
} bar_piece;

/* What component i is drawn of; at least a pixel for what is not 0. Returns how many. */
int find_bar_pieces(bar_piece out[2], const sorted_bars *b, size_t i, bool is_top, int half);
/* Whether parts of both signs hide the sum, which a mark shows then. */
bool has_hidden_sum(const sorted_bars *b, size_t i);

/* Ticks at k * step, k = -n..n (of magnitudes 0..n), 2 to 4 to a side; where k % every is 0 there
 * is room for their number, of `room` pixels. */
typedef struct {
    double step;
    int n, every;
} bar_ticks;
bar_ticks bar_ticks_make(const sorted_bars *b, int half, int room);
/* The widest of their numbers. */
int bar_numbers_width(const sorted_bars *b);

/* ---- Drawings: each returns its height ---- */

/* A row a component, the strongest first: name, what stands beside it, value, bar. */
int draw_bar_list(canvas *c, const sorted_bars *b, int x, int y, int width);
/* All components as thin bars from left to right, the strongest first. */
int draw_bar_profile(canvas *c, const sorted_bars *b, box area);

#endif
