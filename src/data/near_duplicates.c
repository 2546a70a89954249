/* SPDX-License-Identifier: MIT */
/* Pairs of pictures that are nearly equal, all of them and no other, without looking at all pairs.
 *
 * Sums over 16 blocks of a picture, over the root of a block's size each, are its place in 16
 * dimensions, where two pictures are never further apart than by their pixels (Cauchy & Schwarz).
 * Along the axis on which these places spread most only neighbours can be near: places are sorted
 * by it. The pixels of what is left are compared in integers, so that rounding decides nothing. */
#include "source.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 4, N_BLOCKS = SIDE * SIDE, PIECE = 64, PIECES_A_PART = 64, N_TURNS = 30 };

typedef struct {
    float sums[N_BLOCKS];
    float along; /* the axis */
    uint32_t i;
} place;

typedef struct {
    data_check *check;
    place *places; /* (n), by `along` */
    size_t n;
    uint32_t limit;     /* of squared distances */
    size_t first_piece; /* of the part that is searched */
} search;

/* ---- Places ---- */

static float block_sum(const uint8_t *pixels, picture_shape s, size_t block)
{
    size_t top = s.rows * (block / SIDE) / SIDE, bottom = s.rows * (block / SIDE + 1) / SIDE;
    size_t left = s.cols * (block % SIDE) / SIDE, right = s.cols * (block % SIDE + 1) / SIDE;
    uint32_t sum = 0;
    for (size_t y = top; y < bottom; y++)
        for (size_t x = left; x < right; x++)
            sum += pixels[y * s.cols + x];
    return (float)(sum / sqrt((double)((bottom - top) * (right - left))));
}

/* A body of parallel_for. */
static void fill_places(size_t piece, size_t thread, void *context)
{
    search *s = context;
    size_t end = (piece + 1) * PIECE < s->n ? (piece + 1) * PIECE : s->n;
    (void)thread;
    for (size_t k = piece * PIECE; k < end; k++)
        for (size_t b = 0; b < N_BLOCKS; b++)
            s->places[k].sums[b] =
                block_sum(data_check_pixels(s->check, s->places[k].i), s->check->data->shape, b);
}

/* The second moments about the mean. */
static void find_moments(double moments[N_BLOCKS][N_BLOCKS], const search *s)
{
    double mean[N_BLOCKS] = {0}, from_mean[N_BLOCKS];
    for (size_t k = 0; k < s->n; k++)
        for (size_t b = 0; b < N_BLOCKS; b++)
            mean[b] += (double)s->places[k].sums[b] / (double)s->n;
    for (size_t k = 0; k < s->n; k++) {
        for (size_t b = 0; b < N_BLOCKS; b++)
            from_mean[b] = (double)s->places[k].sums[b] - mean[b];
        for (size_t a = 0; a < N_BLOCKS; a++)
            for (size_t b = 0; b < N_BLOCKS; b++)
                moments[a][b] += from_mean[a] * from_mean[b];
    }
}

/* Nearly the axis of the greatest spread, by power iteration; any axis of length 1 would do. */
static void find_axis(double axis[N_BLOCKS], const search *s)
{
    double moments[N_BLOCKS][N_BLOCKS] = {{0}};
    find_moments(moments, s);
    for (size_t b = 0; b < N_BLOCKS; b++)
        axis[b] = b == 0 ? 1 : 0.1;
    for (size_t turn = 0; turn < N_TURNS; turn++) {
        double next[N_BLOCKS] = {0}, squares = 0;
        for (size_t a = 0; a < N_BLOCKS; a++) {
            for (size_t b = 0; b < N_BLOCKS; b++)
                next[a] += moments[a][b] * axis[b];
            squares += next[a] * next[a];
        }
        for (size_t a = 0; a < N_BLOCKS; a++)
            axis[a] = squares > 0 ? next[a] / sqrt(squares) : a == 0;
    }
}

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->along < y->along || x->along > y->along)
        return x->along < y->along ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

static void sort_places(search *s)
{
    double axis[N_BLOCKS];
    find_axis(axis, s);
    for (size_t k = 0; k < s->n; k++) {
        double along = 0;
        for (size_t b = 0; b < N_BLOCKS; b++)
            along += axis[b] * (double)s->places[k].sums[b];
        s->places[k].along = (float)along;
    }
    qsort(s->places, s->n, sizeof *s->places, compare_places);
}

/* ---- Pairs ---- */

/* Squared. Four sums, which the compiler keeps in one register. */
static float place_distance(const place *a, const place *b)
{
    float squares[4] = {0};
    for (size_t k = 0; k < N_BLOCKS; k += 4)
        for (size_t i = 0; i < 4; i++)
            squares[i] += (a->sums[k + i] - b->sums[k + i]) * (a->sums[k + i] - b->sums[k + i]);
    return (squares[0] + squares[1]) + (squares[2] + squares[3]);
}

/* How near a picture must be to be the nearest so far. */
typedef struct {
    uint32_t limit; /* squared, of pixels */
    float reach;    /* of places: never less; the slack covers the rounding of sums up to 8160 */
} bound;

static bound bound_of(uint32_t limit)
{
    return (bound){limit, sqrtf((float)limit) * 1.0001f + 0.1f};
}

/* The nearest one before it, the first of several. */
static void look_at(search *s, const place *own, const place *other, bound *best)
{
    data_check *c = s->check;
    uint32_t *twin = &c->twins[own->i];
    /* In this order: that places are near is rare, so the processor rarely guesses wrong. */
    if (place_distance(own, other) > best->reach * best->reach || other->i > own->i)
        return;
    uint32_t distance = pixel_distance(data_check_pixels(c, own->i), data_check_pixels(c, other->i),
                                       c->data->shape.n);
    if (distance > best->limit || (distance == best->limit && *twin != own->i && *twin < other->i))
        return;
    *best = bound_of(distance);
    *twin = other->i;
    c->flaws[own->i] |= 1u << FLAW_NEAR;
}

/* A body of parallel_for, of the pieces from s->first_piece on: each writes of its own pictures
 * alone. */
static void search_piece(size_t i, size_t thread, void *context)
{
    search *s = context;
    const place *all = s->places;
    size_t piece = s->first_piece + i;
    size_t end = (piece + 1) * PIECE < s->n ? (piece + 1) * PIECE : s->n;
    (void)thread;
    for (size_t k = piece * PIECE; k < end; k++) {
        bound best = bound_of(s->limit);
        for (size_t j = k + 1; j < s->n && all[j].along - all[k].along <= best.reach; j++)
            look_at(s, &all[k], &all[j], &best);
        for (size_t j = k; j-- > 0 && all[k].along - all[j].along <= best.reach;)
            look_at(s, &all[k], &all[j], &best);
    }
}

/* In parts, so that how far it is can be said between them. */
static void search_all(search *s)
{
    compare_watch watch = s->check->watch;
    size_t n = (s->n + PIECE - 1) / PIECE;
    for (s->first_piece = 0; s->first_piece < n; s->first_piece += PIECES_A_PART) {
        size_t left = n - s->first_piece;
        if (watch.call)
            watch.call(watch.context, (double)s->first_piece / (double)n);
        parallel_for(left < PIECES_A_PART ? left : PIECES_A_PART, search_piece, s);
    }
}

/* A picture that equals an earlier one is looked at in its place. */
void find_near_duplicates(data_check *c)
{
    search s = {.check = c, .limit = NEAR_LEVELS * NEAR_LEVELS * (uint32_t)c->data->shape.n};
    find_duplicates(c);
    s.places = allocate(c->n, sizeof *s.places);
    for (size_t i = 0; i < c->n; i++)
        if (c->twins[i] == i)
            s.places[s.n++].i = (uint32_t)i;
    parallel_for((s.n + PIECE - 1) / PIECE, fill_places, &s);
    sort_places(&s);
    search_all(&s);
    free(s.places);
}
