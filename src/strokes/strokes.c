/* SPDX-License-Identifier: MIT */
/* Ink and ground of a picture: pieces, loops, gaps, and how they lie. */
#include "strokes_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Patches ---- */

static void widen(box *b, int x, int y)
{
    int right = b->x + b->width, bottom = b->y + b->height;
    if (b->width == 0) {
        *b = (box){x, y, 1, 1};
        return;
    }
    b->x = x < b->x ? x : b->x;
    b->y = y < b->y ? y : b->y;
    b->width = (x >= right ? x + 1 : right) - b->x;
    b->height = (y >= bottom ? y + 1 : bottom) - b->y;
}

/* n counts; row and col are sums until patch_end. */
static void patch_add(stroke_patch *p, size_t row, size_t col)
{
    p->n++;
    p->row += (double)row;
    p->col += (double)col;
    widen(&p->area, (int)col, (int)row);
}

static void patch_end(stroke_patch *p)
{
    p->row /= p->n ? (double)p->n : 1;
    p->col /= p->n ? (double)p->n : 1;
}

stroke_patch patch_fill(stroke_room *r, size_t start, uint8_t as, bool is_by_corners)
{
    const size_t cols = r->shape.cols;
    stroke_patch p = {0};
    uint8_t like = r->kind[start];
    size_t end = 1;
    r->queue[0] = (uint16_t)start;
    r->kind[start] = as;
    for (size_t at = 0; at < end; at++) {
        size_t row = r->queue[at] / cols, col = r->queue[at] % cols;
        patch_add(&p, row, col);
        for (size_t y = row - (row > 0); y <= row + (row + 1 < r->shape.rows); y++)
            for (size_t x = col - (col > 0); x <= col + (col + 1 < cols); x++) {
                size_t next = y * cols + x;
                if (r->kind[next] != like || !(is_by_corners || y == row || x == col))
                    continue;
                r->kind[next] = as;
                r->queue[end++] = (uint16_t)next;
            }
    }
    patch_end(&p);
    return p;
}

static bool touches_border(const stroke_patch *p, picture_shape shape)
{
    return p->area.x == 0 || p->area.y == 0 || p->area.x + p->area.width == (int)shape.cols ||
           p->area.y + p->area.height == (int)shape.rows;
}

static void relabel(stroke_room *r, const stroke_patch *p, size_t as)
{
    for (size_t i = 0; i < p->n; i++)
        r->kind[r->queue[i]] = (uint8_t)as;
}

/* ---- Ink ---- */

enum { N_LEVELS = 64 };

/* Of 0..N_LEVELS - 1; what is not a number is black. */
static size_t level_of(float x, float low, float high)
{
    float at = (x - low) / (high - low) * N_LEVELS;
    return at > 0 ? (size_t)fminf(at, N_LEVELS - 1) : 0;
}

/* The first level of ink: of all that part the levels in two, the one whose parts' means are
 * farthest apart for their sizes (Otsu 1979). Faint strokes hold together by it; it is kept between
 * a quarter of the range and the half, so that pale ground is none. */
static size_t find_level(const size_t counts[N_LEVELS], size_t n)
{
    double all = 0, below = 0, sum = 0, best = 0;
    size_t found = N_LEVELS / 2;
    for (size_t i = 0; i < N_LEVELS; i++)
        all += (double)i * (double)counts[i];
    for (size_t i = 0; i < N_LEVELS / 2; i++) {
        below += (double)counts[i];
        sum += (double)i * (double)counts[i];
        double above = (double)n - below;
        double apart = below > 0 && above > 0 ? sum / below - (all - sum) / above : 0;
        double score = below * above * apart * apart;
        found = score > best ? i + 1 : found;
        best = fmax(best, score);
    }
    return found < N_LEVELS / 4 ? N_LEVELS / 4 : found;
}

static size_t label_ink(stroke_room *r, const float *x, float low, float high)
{
    size_t n = 0, counts[N_LEVELS] = {0};
    for (size_t i = 0; i < r->shape.n; i++)
        counts[level_of(x[i], low, high)]++;
    size_t least = find_level(counts, r->shape.n);
    for (size_t i = 0; i < r->shape.n; i++) {
        bool is_ink = level_of(x[i], low, high) >= least;
        r->kind[i] = is_ink ? PIXEL_NEW_INK : PIXEL_NEW;
        n += is_ink;
    }
    return n;
}

/* A speck is less than a twentieth of the ink. */
static void find_pieces(strokes *s, stroke_room *r, size_t n_ink)
{
    for (size_t i = 0; i < r->shape.n; i++) {
        if (r->kind[i] != PIXEL_NEW_INK)
            continue;
        stroke_patch p = patch_fill(r, i, PIXEL_INK, true);
        bool is_speck = p.n * 20 < n_ink;
        s->n_pieces += !is_speck;
        s->n_specks += is_speck;
        if (is_speck)
            relabel(r, &p, PIXEL_SPECK);
    }
    for (size_t i = 0; i < r->shape.n; i++)
        if (r->kind[i] == PIXEL_INK)
            patch_add(&s->ink, i / r->shape.cols, i % r->shape.cols);
    patch_end(&s->ink);
}

/* A loop has at least a fortieth of the ink's area: less is a flaw of a thick stroke. */
static void find_loops(strokes *s, stroke_room *r)
{
    for (size_t i = 0; i < r->shape.n; i++) {
        if (r->kind[i] != PIXEL_NEW)
            continue;
        stroke_patch p = patch_fill(r, i, PIXEL_GROUND, false);
        if (touches_border(&p, r->shape))
            continue;
        if (p.n * 40 < s->ink.n) {
            relabel(r, &p, PIXEL_HOLE);
            continue;
        }
        if (s->n_loops < MAX_LOOPS)
            s->loops[s->n_loops] = p;
        relabel(r, &p, s->n_loops < MAX_LOOPS ? PIXEL_LOOP + s->n_loops : PIXEL_HOLE);
        s->n_loops++;
    }
}

/* ---- Measures ---- */

static uint16_t least_of(uint16_t a, size_t b) { return b < a ? (uint16_t)b : a; }

/* What pixel i has from its neighbours of the rows before (or, backward, after) and of its own. */
static void spread_from(stroke_room *r, size_t row, size_t col, bool is_backward)
{
    const size_t cols = r->shape.cols, i = row * cols + col;
    const size_t last_row = r->shape.rows - 1, last_col = cols - 1;
    uint16_t *d = r->distance;
    bool has_row = is_backward ? row < last_row : row > 0;
    size_t other = is_backward ? i + cols : i - cols;
    if (is_backward ? col < last_col : col > 0)
        d[i] = least_of(d[i], d[is_backward ? i + 1 : i - 1] + (size_t)DISTANCE_UNIT);
    if (!has_row)
        return;
    d[i] = least_of(d[i], d[other] + (size_t)DISTANCE_UNIT);
    if (col > 0)
        d[i] = least_of(d[i], d[other - 1] + (size_t)DISTANCE_UNIT + 1);
    if (col < last_col)
        d[i] = least_of(d[i], d[other + 1] + (size_t)DISTANCE_UNIT + 1);
}

void distances_spread(stroke_room *r)
{
    for (size_t i = 0; i < r->shape.n; i++)
        spread_from(r, i / r->shape.cols, i % r->shape.cols, false);
    for (size_t i = r->shape.n; i-- > 0;)
        spread_from(r, i / r->shape.cols, i % r->shape.cols, true);
}

/* The mean distance d to the ground in a strip of width w is about (w + 2) / 4. */
static void measure_width(strokes *s, stroke_room *r)
{
    double all = 0;
    for (size_t i = 0; i < r->shape.n; i++)
        r->distance[i] = r->kind[i] == PIXEL_INK ? DISTANCE_FAR : 0;
    distances_spread(r);
    for (size_t i = 0; i < r->shape.n; i++)
        all += r->kind[i] == PIXEL_INK ? (double)r->distance[i] / DISTANCE_UNIT : 0;
    s->width = fmax(1, 4 * all / (double)s->ink.n - 2);
}

/* By the axes of the ink's spread. Rows grow downwards: what leans right has x falling with them.
 */
static void measure_lean(strokes *s, const stroke_room *r)
{
    double xx = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < r->shape.n; i++) {
        double y = (double)(i / r->shape.cols) - s->ink.row;
        double x = (double)(i % r->shape.cols) - s->ink.col;
        bool is_ink = r->kind[i] == PIXEL_INK;
        xx += is_ink ? x * x : 0;
        xy += is_ink ? x * y : 0;
        yy += is_ink ? y * y : 0;
    }
    double middle = (xx + yy) / 2, half = hypot((xx - yy) / 2, xy);
    s->elongation = sqrt((middle + half) / fmax(middle - half, 1e-9 * (middle + half) + 1e-30));
    s->lean = half > 0 ? atan2(-2 * xy, yy - xx) / 2 * 57.29577951308232 : 0;
    s->is_lengthy = s->elongation >= 2.6;
}

/* ---- Gaps ---- */

/* Ink in the line of n pixels from start on, one every step. */
static void look_along(stroke_room *r, size_t start, ptrdiff_t step, size_t n, unsigned direction)
{
    bool has_ink = false;
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)((ptrdiff_t)start + (ptrdiff_t)i * step);
        if (has_ink)
            r->seen[at] = (uint8_t)(r->seen[at] | direction);
        has_ink = has_ink || r->kind[at] == PIXEL_INK;
    }
}

static void look_around(stroke_room *r)
{
    const size_t rows = r->shape.rows, cols = r->shape.cols;
    for (size_t y = 0; y < rows; y++) {
        look_along(r, y * cols, 1, cols, SEES_LEFT);
        look_along(r, y * cols + cols - 1, -1, cols, SEES_RIGHT);
    }
    for (size_t x = 0; x < cols; x++) {
        look_along(r, x, (ptrdiff_t)cols, rows, SEES_UP);
        look_along(r, (rows - 1) * cols + x, -(ptrdiff_t)cols, rows, SEES_DOWN);
    }
}

static bool is_ground_of_gap(const stroke_room *r, size_t i, unsigned opens_to)
{
    return r->kind[i] == PIXEL_GROUND && r->seen[i] == SEES_ALL - opens_to;
}

/* Less than a sixteenth of the ink's box, or than two squares of the stroke's width, is a dent. */
static void add_gap(strokes *s, const stroke_patch *p, unsigned opens_to)
{
    size_t all = (size_t)s->ink.area.width * (size_t)s->ink.area.height;
    bool is_dent = p->n * 16 < all || (double)p->n < 2 * s->width * s->width;
    if (!is_dent && s->n_gaps < MAX_GAPS)
        s->gaps[s->n_gaps++] = (stroke_gap){*p, opens_to};
}

/* Labels of the ground are borrowed to fill its gaps, and put back. */
static void find_gaps(strokes *s, stroke_room *r)
{
    look_around(r);
    for (unsigned to = SEES_LEFT; to <= SEES_DOWN; to *= 2) {
        for (size_t i = 0; i < r->shape.n; i++)
            if (is_ground_of_gap(r, i, to))
                r->kind[i] = PIXEL_NEW;
        for (size_t i = 0; i < r->shape.n; i++)
            if (r->kind[i] == PIXEL_NEW) {
                stroke_patch p = patch_fill(r, i, PIXEL_GROUND, false);
                add_gap(s, &p, to);
            }
    }
}

/* ---- A picture ---- */

/* What has few pieces that hold most of the ink, and ground around it. */
static bool is_clear(const strokes *s, size_t n_ink)
{
    return n_ink > 0 && s->n_pieces >= 1 && s->n_pieces <= 4 && s->ink.n * 10 >= n_ink * 7 &&
           n_ink * 10 <= s->shape.n * 6 && s->n_loops <= 4;
}

static void find_all(strokes *s, stroke_room *r, size_t n_ink)
{
    find_pieces(s, r, n_ink);
    find_loops(s, r);
    s->is_clear = is_clear(s, n_ink);
    if (!s->is_clear)
        return;
    measure_width(s, r);
    strokes_find_ends(s, r);
    measure_lean(s, r);
    find_gaps(s, r);
}

void strokes_find(strokes *s, const float *x, picture_shape shape, float low, float high)
{
    assert(shape.n <= (size_t)MAX_PICTURE_SIDE * MAX_PICTURE_SIDE);
    strokes_release(s);
    s->shape = shape;
    s->low = low;
    s->high = high;
    s->within = allocate(shape.n, sizeof *s->within);
    uint16_t *room = allocate(shape.n, 4 * sizeof *room);
    stroke_room r = {
        .shape = shape, .queue = room, .distance = room + shape.n, .mark = room + 2 * shape.n};
    r.kind = (uint8_t *)(room + 3 * shape.n);
    r.seen = r.kind + shape.n;
    size_t n_ink = x ? label_ink(&r, x, low, high) : 0;
    s->ink_share = (double)n_ink / (double)shape.n;
    if (n_ink > 0)
        find_all(s, &r, n_ink);
    if (s->is_clear)
        strokes_mark(s, &r);
    else
        strokes_mark_grid(s);
    free(room);
}

void strokes_release(strokes *s)
{
    free(s->within);
    *s = (strokes){0};
}
