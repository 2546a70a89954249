/* SPDX-License-Identifier: MIT */
/* Places that have a name: parts of the shape, loops, gaps, ground; without a shape, of a grid. */
#include "strokes_detail.h"
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- Adding ---- */

static size_t add_place(strokes *s, size_t rank, const char *format, ...) PRINTF_LIKE(3, 4);

static size_t add_place(strokes *s, size_t rank, const char *format, ...)
{
    va_list arguments;
    assert(s->n_places < MAX_PLACES);
    stroke_place *p = &s->places[s->n_places];
    p->rank = rank;
    va_start(arguments, format);
    vsnprintf(p->name, sizeof p->name, format, arguments);
    va_end(arguments);
    return s->n_places++;
}

static size_t add_vague(strokes *s, const char *name)
{
    return add_place(s, VAGUE_RANK, "%s", name);
}

static size_t add_all(strokes *s, const char *name)
{
    size_t place = add_vague(s, name);
    s->places[place].is_all = true;
    return place;
}

static void mark(strokes *s, size_t place, size_t pixel)
{
    s->within[pixel] |= (uint64_t)1 << place;
    s->places[place].n_pixels++;
}

/* The band of n, an odd number of them, that i of 0..size - 1 lies in: the same from both ends. */
static size_t band(double i, double size, size_t n)
{
    double at = floor((i + 0.5) * (double)n / size);
    return at < 0 ? 0 : at >= (double)n ? n - 1 : (size_t)at;
}

/* ---- A grid ---- */

void strokes_mark_grid(strokes *s)
{
    static const char *const rows[5] = {"near the top edge", "above the middle", "at half height",
                                        "below the middle", "near the bottom edge"};
    static const char *const cols[5] = {", on the far left", ", left of the centre", "",
                                        ", right of the centre", ", on the far right"};
    for (size_t i = 0; i < 25; i++)
        if (i == 12)
            add_place(s, 2, "in the centre of the picture");
        else
            add_place(s, 2, "%s%s", rows[i / 5], i % 5 == 2 ? ", in the middle" : cols[i % 5]);
    size_t upper = add_vague(s, "in the upper half of the picture");
    size_t lower = add_vague(s, "in the lower half of the picture");
    size_t left = add_vague(s, "in the left half of the picture");
    size_t right = add_vague(s, "in the right half of the picture");
    size_t all = add_all(s, "all over the picture");
    for (size_t i = 0; i < s->shape.n; i++) {
        size_t row = i / s->shape.cols, col = i % s->shape.cols;
        mark(s,
             band((double)row, (double)s->shape.rows, 5) * 5 +
                 band((double)col, (double)s->shape.cols, 5),
             i);
        if (2 * row + 1 != s->shape.rows)
            mark(s, 2 * row + 1 < s->shape.rows ? upper : lower, i);
        if (2 * col + 1 != s->shape.cols)
            mark(s, 2 * col + 1 < s->shape.cols ? left : right, i);
        mark(s, all, i);
    }
}

/* ---- The shape ---- */

/* Whether a pixel belongs to the shape: ink, or so near to it that a stroke's edge lies there. */
static uint16_t reach_of(const strokes *s)
{
    double reach = fmax(1, floor((s->width + 1) / 3));
    return (uint16_t)(reach * DISTANCE_UNIT + 1);
}

static void measure_from(stroke_room *r, size_t kind)
{
    for (size_t i = 0; i < r->shape.n; i++)
        r->distance[i] = r->kind[i] == kind ? 0 : DISTANCE_FAR;
    distances_spread(r);
}

/* Nine parts; of a narrow shape only three that lie above each other, of a flat one three beside.
 */
static void mark_ninths(strokes *s, const stroke_room *r, uint16_t reach)
{
    static const char *const names[9] = {
        "in the upper left of the shape",  "at the top of the shape",
        "in the upper right of the shape", "on the left of the shape",
        "in the middle of the shape",      "on the right of the shape",
        "in the lower left of the shape",  "at the bottom of the shape",
        "in the lower right of the shape"};
    const box *b = &s->ink.area;
    bool is_narrow = b->width * 5 < b->height * 2, is_flat = b->height * 5 < b->width * 2;
    size_t first = s->n_places;
    for (size_t i = 0; i < 9; i++)
        add_place(s, 2, "%s", names[i]);
    for (size_t i = 0; i < s->shape.n; i++) {
        double row = (double)(i / s->shape.cols) - b->y, col = (double)(i % s->shape.cols) - b->x;
        size_t third_row = is_flat ? 1 : band(row, b->height, 3);
        size_t third_col = is_narrow ? 1 : band(col, b->width, 3);
        if (r->distance[i] <= reach)
            mark(s, first + third_row * 3 + third_col, i);
    }
}

static void mark_whole(strokes *s, const stroke_room *r, uint16_t reach)
{
    const box *b = &s->ink.area;
    size_t upper = add_vague(s, "in the upper half of the shape");
    size_t lower = add_vague(s, "in the lower half of the shape");
    size_t left = add_vague(s, "in the left half of the shape");
    size_t right = add_vague(s, "in the right half of the shape");
    size_t all = add_all(s, "all over the shape");
    for (size_t i = 0; i < s->shape.n; i++) {
        int row = 2 * ((int)(i / s->shape.cols) - b->y) + 1;
        int col = 2 * ((int)(i % s->shape.cols) - b->x) + 1;
        if (r->distance[i] > reach)
            continue;
        mark(s, all, i);
        if (row != b->height)
            mark(s, row < b->height ? upper : lower, i);
        if (col != b->width)
            mark(s, col < b->width ? left : right, i);
    }
}

/* Pixels within reach of the first ink that a line meets from one side of the picture. */
static void mark_edge(strokes *s, stroke_room *r, uint16_t reach, unsigned side)
{
    static const char *const names[] = {[SEES_LEFT] = "along the left edge of the shape",
                                        [SEES_RIGHT] = "along the right edge of the shape",
                                        [SEES_UP] = "along the top edge of the shape",
                                        [SEES_DOWN] = "along the bottom edge of the shape"};
    size_t place = add_place(s, 2, "%s", names[side]);
    for (size_t i = 0; i < s->shape.n; i++)
        r->distance[i] = r->kind[i] == PIXEL_INK && !(r->seen[i] & side) ? 0 : DISTANCE_FAR;
    distances_spread(r);
    for (size_t i = 0; i < s->shape.n; i++)
        if (r->distance[i] < reach && !(r->kind[i] != PIXEL_INK && (r->seen[i] & side)))
            mark(s, place, i);
}

/* ---- Loops ---- */

/* "loop", or which of two: one above the other, or beside it. */
static const char *name_loop(const strokes *s, size_t i)
{
    const stroke_patch *a = &s->loops[i], *b = &s->loops[1 - i];
    if (s->n_loops == 1)
        return "the loop";
    double down = b->row - a->row, right = b->col - a->col;
    return fabs(down) >= fabs(right) ? (down > 0 ? "the upper loop" : "the lower loop")
                                     : (right > 0 ? "the left loop" : "the right loop");
}

/* Sides of a loop as seen from its middle, which is measured by its own height and width. */
static void mark_side(strokes *s, size_t first, size_t i_loop, size_t pixel)
{
    const stroke_patch *p = &s->loops[i_loop];
    const box *b = &p->area;
    double row = (double)(pixel / s->shape.cols) - (b->y + (b->height - 1) / 2.0);
    double col = (double)(pixel % s->shape.cols) - (b->x + (b->width - 1) / 2.0);
    double down = row / (b->height + s->width), right = col / (b->width + s->width);
    if (fabs(down) >= fabs(right))
        mark(s, first + (down > 0 ? 1 : 0), pixel);
    if (fabs(right) >= fabs(down))
        mark(s, first + (right > 0 ? 3 : 2), pixel);
}

static void mark_loop(strokes *s, stroke_room *r, size_t i_loop)
{
    static const char *const sides[4] = {"at the top", "at the bottom", "on the left",
                                         "on the right"};
    const char *name = name_loop(s, i_loop);
    uint16_t far = (uint16_t)((s->width + 1) * DISTANCE_UNIT), inside = DISTANCE_UNIT + 1;
    size_t first = s->n_places;
    for (size_t k = 0; k < 4; k++)
        add_place(s, 1, "%s of %s", sides[k], name);
    size_t within = add_place(s, 1, "inside %s", name), around = add_place(s, 1, "around %s", name);
    measure_from(r, PIXEL_LOOP + i_loop);
    for (size_t i = 0; i < s->shape.n; i++) {
        if (r->distance[i] > far)
            continue;
        mark(s, around, i);
        if (r->distance[i] == 0)
            mark(s, within, i);
        if (r->distance[i] > 0 || s->loops[i_loop].n <= 2 * inside)
            mark_side(s, first, i_loop, i);
    }
}

static void mark_loops(strokes *s, stroke_room *r)
{
    for (size_t i = 0; s->n_loops <= MAX_LOOPS && i < s->n_loops; i++)
        mark_loop(s, r, i);
}

/* ---- Ends and crossings ---- */

/* "upper", "upper right", "right" ..., each an eighth of all ways; "" where there is none to go. */
static const char *name_way(double down, double right)
{
    static const char *const names[9] = {"upper left", "upper", "upper right", "left", "", "right",
                                         "lower left", "lower", "lower right"};
    static const double tangent = 0.41421356237309503; /* of 22.5 degrees */
    bool is_level = fabs(down) < tangent * fabs(right),
         is_upright = fabs(right) < tangent * fabs(down);
    int row = is_level ? 0 : (down > 0) - (down < 0);
    int col = is_upright ? 0 : (right > 0) - (right < 0);
    return names[3 * (row + 1) + col + 1];
}

/* As seen from the middle of two ends, or from that of the ink's box. */
static const char *name_end(const strokes *s, size_t i)
{
    const stroke_patch *p = s->ends;
    const box *b = &s->ink.area;
    if (s->n_ends == 2)
        return name_way(p[i].row - p[1 - i].row, p[i].col - p[1 - i].col);
    return name_way(p[i].row - (b->y + (b->height - 1) / 2.0),
                    p[i].col - (b->x + (b->width - 1) / 2.0));
}

static bool is_only_name(const strokes *s, size_t i)
{
    for (size_t k = 0; k < s->n_ends; k++)
        if (k != i && strcmp(name_end(s, k), name_end(s, i)) == 0)
            return false;
    return true;
}

/* Of middles of patches: keeps what is as far to the left and to the right the same. */
static const double rounding = 1e-9;

/* What of the shape is around the middle of a patch. */
static void mark_around(strokes *s, const stroke_room *r, uint16_t reach, const stroke_patch *p,
                        size_t place)
{
    for (size_t i = 0; i < s->shape.n; i++) {
        double down = (double)(i / s->shape.cols) - p->row,
               right = (double)(i % s->shape.cols) - p->col;
        if (r->distance[i] <= reach && hypot(down, right) <= s->width + 1 + rounding)
            mark(s, place, i);
    }
}

static void mark_ends(strokes *s, const stroke_room *r, uint16_t reach)
{
    const char *stroke = s->n_pieces == 1 ? "the stroke" : "a stroke";
    for (size_t i = 0; i < s->n_ends; i++) {
        const char *name = s->n_ends == 1 ? "" : name_end(s, i);
        if (s->n_ends > 1 && !(*name && is_only_name(s, i)))
            continue;
        size_t place = add_place(s, 1, "at the %s%send of %s", name, *name ? " " : "", stroke);
        mark_around(s, r, reach, &s->ends[i], place);
    }
    if (s->has_crossing)
        mark_around(s, r, reach, &s->crossing, add_place(s, 1, "where the strokes meet"));
}

/* ---- Ground ---- */

static void mark_gaps(strokes *s, stroke_room *r)
{
    static const char *const names[] = {[SEES_LEFT] = "in the gap open to the left",
                                        [SEES_RIGHT] = "in the gap open to the right",
                                        [SEES_UP] = "in the gap open to the top",
                                        [SEES_DOWN] = "in the gap open to the bottom"};
    unsigned named = 0;
    for (size_t g = 0; g < s->n_gaps; g++) {
        unsigned to = s->gaps[g].opens_to;
        if (named & to)
            continue;
        named |= to;
        size_t place = add_place(s, 1, "%s", names[to]);
        for (size_t i = 0; i < s->shape.n; i++)
            if (r->kind[i] == PIXEL_GROUND && r->seen[i] == SEES_ALL - to)
                mark(s, place, i);
    }
}

/* -1, 0 or 1: before the shape, beside it, or after it, along one axis. */
static int side_of(int at, int start, int size, bool sees_before, bool sees_after)
{
    if (at < start || at >= start + size)
        return at < start ? -1 : 1;
    return sees_after - sees_before;
}

static void mark_ground(strokes *s, const stroke_room *r, uint16_t reach)
{
    static const char *const names[9] = {"to the upper left of the shape",
                                         "above the shape",
                                         "to the upper right of the shape",
                                         "left of the shape",
                                         "between the strokes",
                                         "right of the shape",
                                         "to the lower left of the shape",
                                         "below the shape",
                                         "to the lower right of the shape"};
    const box *b = &s->ink.area;
    size_t first = s->n_places;
    for (size_t i = 0; i < 9; i++)
        add_place(s, 2, "%s", names[i]);
    size_t all = add_all(s, "in the background");
    for (size_t i = 0; i < s->shape.n; i++) {
        unsigned seen = r->seen[i];
        int row =
            side_of((int)(i / s->shape.cols), b->y, b->height, seen & SEES_UP, seen & SEES_DOWN);
        int col =
            side_of((int)(i % s->shape.cols), b->x, b->width, seen & SEES_LEFT, seen & SEES_RIGHT);
        if (r->distance[i] <= reach || r->kind[i] >= PIXEL_LOOP)
            continue;
        mark(s, all, i);
        mark(s, first + (size_t)(3 * (row + 1) + col + 1), i);
    }
}

void strokes_mark(strokes *s, stroke_room *r)
{
    uint16_t reach = reach_of(s);
    measure_from(r, PIXEL_INK);
    mark_ninths(s, r, reach);
    mark_whole(s, r, reach);
    mark_ground(s, r, reach);
    mark_ends(s, r, reach);
    for (unsigned side = SEES_LEFT; side <= SEES_DOWN; side *= 2)
        mark_edge(s, r, reach, side);
    mark_loops(s, r);
    mark_gaps(s, r);
    size_t all = add_all(s, "all over the picture");
    for (size_t i = 0; i < s->shape.n; i++)
        mark(s, all, i);
}
