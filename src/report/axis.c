/* SPDX-License-Identifier: MIT */
#include "axis.h"

#include <math.h>
#include <stdio.h>

enum { MOST_WHOLE = 6 }; /* digits of 100000, which is no harder to read than 1e5 */

/* ---- Axes ---- */

double nice_step(double limit)
{
    double power = pow(10, floor(log10(limit) + 1e-9)), slack = 1 + 1e-9;
    return power * (5 * power <= limit * slack ? 5 : 2 * power <= limit * slack ? 2 : 1);
}

int64_t nice_count(int64_t n)
{
    int64_t power = 1;
    while (power * 10 <= n)
        power *= 10;
    return power * (n <= power ? 1 : n <= 2 * power ? 2 : n <= 5 * power ? 5 : 10);
}

/* Sides are halved before they are taken apart: the range of finite numbers may not be finite. */
axis axis_make(double low, double high, int n)
{
    double half = high / 2 - low / 2, size = fmax(fabs(low), fabs(high));
    if (!(half > size * 1e-5)) /* finer than a number is written */
        half = size > 0 ? size / 10 : 1;
    axis a = {.step = nice_step(fmax(half, 1e-300) / n * 2)};
    a.first = (int64_t)floor(low / a.step + 1e-9);
    a.last = (int64_t)ceil(high / a.step - 1e-9);
    a.last += a.last == a.first;
    a.low = (double)a.first * a.step;
    a.high = (double)a.last * a.step;
    return a;
}

double axis_place(const axis *a, double v)
{
    return (v / a->step - (double)a->first) / (double)(a->last - a->first);
}

const char *axis_number(number_text out, const axis *a, int64_t k)
{
    double largest = fmax(fabs((double)a->first), fabs((double)a->last));
    int digits = (int)floor(log10(largest)) + 2; /* a step may be 2 or 5 times a power of ten */
    int whole = (int)floor(log10(largest * a->step) + 1e-9) + 1; /* before the point */
    digits = whole > digits && whole <= MOST_WHOLE ? whole : digits;
    return number_write_digits(out, (double)k * a->step, digits > 3 ? digits : 3, false);
}

int axis_numbers_width(const axis *a)
{
    int widest = 0;
    for (int64_t k = a->first; k <= a->last; k++) {
        number_text number;
        int width = text_width(axis_number(number, a, k), TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    return widest;
}

void draw_axis_left(canvas *c, const axis *a, box plot)
{
    int64_t n = a->last - a->first, every = nice_count(text_line(TEXT_PLAIN) * n / plot.height + 1);
    for (int64_t k = a->first; k <= a->last; k++) {
        number_text number;
        if (k % every != 0)
            continue;
        int y = plot.y + (int)((2 * (a->last - k) * (plot.height - 1) + n) / (2 * n));
        canvas_fill(c, (box){plot.x, y, plot.width, 1}, k == 0 ? MUTED : FAINT);
        canvas_text(c, plot.x - AXIS_GAP, y - 5, axis_number(number, a, k), TEXT_PLAIN, ALIGN_RIGHT,
                    MUTED);
    }
}

/* The number at the right end is moved inside, unless it would then touch the one before it. */
void draw_axis_below(canvas *c, const axis *a, box plot, int left, int right)
{
    enum { SPACE = 14 };
    int bottom = plot.y + plot.height, n = (int)(a->last - a->first);
    int64_t every = nice_count((axis_numbers_width(a) + SPACE) * n / plot.width + 1);
    for (int64_t k = a->first; k <= a->last; k++) {
        number_text number;
        int x = plot.x + (int)((k - a->first) * (plot.width - 1) / n);
        int half = text_width(axis_number(number, a, k), TEXT_PLAIN) / 2 + 1;
        int at = x + half > right ? right - half : x;
        canvas_fill(c, (box){x, bottom, 1, 4}, MUTED);
        if (k % every != 0 || at - half < left)
            continue;
        canvas_text(c, at, bottom + AXIS_GAP, number, TEXT_PLAIN, ALIGN_CENTRE, MUTED);
        left = at + half + SPACE / 2;
    }
}

/* ---- Legends ---- */

int draw_legend(canvas *c, int x, int y, int width, const legend_entry *entries, size_t n)
{
    int at = x, top = y;
    for (size_t i = 0; i < n; i++) {
        const legend_entry *e = &entries[i];
        int room = width - SWATCH - 6, words = text_width(e->name, TEXT_PLAIN);
        int entry = SWATCH + 6 + (words < room ? words : room);
        if (at > x && at + entry > x + width) {
            at = x;
            y += text_line(TEXT_PLAIN);
        }
        canvas_fill(c, (box){at, e->is_line ? y + 4 : y, SWATCH, e->is_line ? 2 : SWATCH}, e->ink);
        canvas_short_text(c, at + SWATCH + 6, y, room, e->name, TEXT_PLAIN, ALIGN_LEFT, INK);
        at += entry + 24;
    }
    return y + text_line(TEXT_PLAIN) + 4 - top;
}
