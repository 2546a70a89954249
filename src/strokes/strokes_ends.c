/* SPDX-License-Identifier: MIT */
/* Tips and crossings: a circle about a pixel in the middle of a stroke cuts the ink that hangs
 * together with it inside the circle once at a tip, twice along a stroke, three times or more where
 * strokes meet. */
#include "strokes_detail.h"
#include <math.h>
#include <string.h>

/* What is seen of one pixel. */
typedef struct {
    size_t n_cuts;
    bool has_hole; /* a hole borders on the ink inside: a small loop looks like a tip */
} circle_look;

typedef struct {
    stroke_room *r;
    long row, col, radius; /* of the circle */
    uint16_t stamp;        /* what pixels inside are marked by, those of a cut by the next one */
    size_t n;              /* of the queue */
} circle;

static circle circle_at(stroke_room *r, size_t pixel, long radius, uint16_t stamp)
{
    return (circle){r, (long)(pixel / r->shape.cols), (long)(pixel % r->shape.cols), radius, stamp,
                    0};
}

/* 0 outside of the circle, 1 inside, 2 on its rim. */
static int side_of(const circle *c, long row, long col)
{
    long far = (row - c->row) * (row - c->row) + (col - c->col) * (col - c->col);
    return far > c->radius * c->radius ? 0 : far > (c->radius - 1) * (c->radius - 1) ? 2 : 1;
}

/* Queues and marks the neighbours of a pixel that are new: ink inside, or (is_rim) those of them on
 * the rim. Returns whether a hole is among the neighbours. */
static bool add_neighbours(circle *c, size_t pixel, bool is_rim)
{
    const long rows = (long)c->r->shape.rows, cols = (long)c->r->shape.cols;
    long row = (long)pixel / cols, col = (long)pixel % cols;
    bool has_hole = false;
    for (long y = row > 0 ? row - 1 : 0; y <= row + 1 && y < rows; y++)
        for (long x = col > 0 ? col - 1 : 0; x <= col + 1 && x < cols; x++) {
            size_t at = (size_t)(y * cols + x);
            uint8_t kind = c->r->kind[at];
            uint16_t mark = c->r->mark[at];
            has_hole = has_hole || kind >= PIXEL_LOOP || kind == PIXEL_HOLE;
            bool is_next = is_rim ? mark == c->stamp && side_of(c, y, x) == 2
                                  : mark < c->stamp && side_of(c, y, x) > 0;
            if (kind != PIXEL_INK || !is_next)
                continue;
            c->r->mark[at] = (uint16_t)(c->stamp + is_rim);
            c->r->queue[c->n++] = (uint16_t)at;
        }
    return has_hole;
}

/* The pieces of the rim that are marked by stamp. They are queued behind what is inside. */
static size_t count_cuts(circle *c)
{
    size_t n_inside = c->n, n_cuts = 0;
    const size_t cols = c->r->shape.cols;
    for (size_t i = 0; i < n_inside; i++) {
        size_t pixel = c->r->queue[i];
        if (c->r->mark[pixel] != c->stamp ||
            side_of(c, (long)(pixel / cols), (long)(pixel % cols)) != 2)
            continue;
        n_cuts++;
        c->r->mark[pixel] = (uint16_t)(c->stamp + 1);
        c->n = n_inside;
        add_neighbours(c, pixel, true);
        for (size_t at = n_inside; at < c->n; at++)
            add_neighbours(c, c->r->queue[at], true);
    }
    return n_cuts;
}

static circle_look look(circle *c, size_t pixel)
{
    circle_look l = {0};
    c->r->queue[c->n++] = (uint16_t)pixel;
    c->r->mark[pixel] = c->stamp;
    for (size_t at = 0; at < c->n; at++)
        l.has_hole |= add_neighbours(c, c->r->queue[at], false);
    l.n_cuts = count_cuts(c);
    return l;
}

/* ---- Patches of tips and crossings ---- */

/* In the middle of its stroke: no neighbour is farther from the ground. */
static bool is_ridge(const stroke_room *r, size_t pixel)
{
    const size_t cols = r->shape.cols, row = pixel / cols, col = pixel % cols;
    const uint16_t *d = r->distance;
    return r->kind[pixel] == PIXEL_INK && !(row > 0 && d[pixel - cols] > d[pixel]) &&
           !(row + 1 < r->shape.rows && d[pixel + cols] > d[pixel]) &&
           !(col > 0 && d[pixel - 1] > d[pixel]) && !(col + 1 < cols && d[pixel + 1] > d[pixel]);
}

/* Counts the pixel to the patch whose middle is within radius, else to a new one; row and col are
 * middles throughout. Returns how many there are, or more than most. */
static size_t add_pixel(stroke_patch *patches, size_t n, size_t most, const circle *c)
{
    size_t i = 0;
    while (i < n && i < most &&
           hypot(patches[i].row - (double)c->row, patches[i].col - (double)c->col) >
               (double)c->radius)
        i++;
    if (i >= most)
        return most + 1;
    stroke_patch *p = &patches[i];
    *p = i < n ? *p : (stroke_patch){0};
    p->n++;
    p->row += ((double)c->row - p->row) / (double)p->n;
    p->col += ((double)c->col - p->col) / (double)p->n;
    return i < n ? n : n + 1;
}

/* Pixels that see one; fewer is a knot of a stroke. */
enum { LEAST_CROSSING = 3 };

void strokes_find_ends(strokes *s, stroke_room *r)
{
    long radius = lround(s->width) + 2;
    size_t n_crossings = 0;
    uint16_t stamp = 1;
    memset(r->mark, 0, r->shape.n * sizeof *r->mark);
    for (size_t i = 0; i < r->shape.n; i++, stamp = (uint16_t)(stamp + 2)) {
        if (!is_ridge(r, i))
            continue;
        circle c = circle_at(r, i, radius, stamp);
        circle_look l = look(&c, i);
        if (l.n_cuts == 1 && !l.has_hole)
            s->n_ends = add_pixel(s->ends, s->n_ends, MAX_ENDS, &c);
        if (l.n_cuts > 2)
            n_crossings = add_pixel(&s->crossing, n_crossings, 1, &c);
    }
    s->n_ends = s->n_ends > MAX_ENDS ? 0 : s->n_ends;
    s->has_crossing = n_crossings == 1 && s->crossing.n >= LEAST_CROSSING;
}
