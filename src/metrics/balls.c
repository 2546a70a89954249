/* SPDX-License-Identifier: MIT */
/* Who lies within the balls around whom. */
#include "found_once.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

int comparison_check_balls(const comparison *c, error *e)
{
    const size_t least = WIDE_BALL + 1;
    if (c->set->n >= least && c->real->n >= least)
        return 0;
    return fail(e, STATUS_USAGE,
                "there are %zu pictures and %zu real ones, expected at least %zu of either",
                c->set->n, c->real->n, least);
}

static const neighbours *own_neighbours(const judged_set *s)
{
    neighbours *own = &s->memory->own;
    if (!own->distance)
        neighbours_find_own(own, s->features, WIDE_BALL);
    return own;
}

/* ---- Counting ---- */

typedef struct {
    const neighbours *set, *real;
    float *half_radius; /* (n of set): half the squared radius of its narrow ball */
    ball_counts *out;
    uint8_t **is_real_like; /* as in out, of each thread */
    uint32_t **n_around;
} counting;

static double squared_radius(const neighbours *own, size_t i, size_t k)
{
    return own->distance[i * own->k + k - 1];
}

/* A real picture's row, and what is known of it. */
typedef struct {
    near_row row;
    size_t i;
    double narrow, wide; /* its squared radii */
    float reach;         /* of the wide ball, and so of the narrow one */
    float reach_of_set;  /* with half the radius of the other's ball */
} ball_row;

static bool any_is_near(const ball_row *b, const float *half_radius, size_t first, size_t end)
{
    const float *closeness = b->row.closeness;
    int n = 0;
    for (size_t c = first; c < end; c++)
        n += !(closeness[c] <= b->reach) | !(closeness[c] + half_radius[c] <= b->reach_of_set);
    return n > 0;
}

static void count_pair(counting *s, const ball_row *b, size_t c, size_t thread)
{
    size_t i = b->row.tile->first_b + c;
    if (near_row_is_below(&b->row, c, b->wide)) {
        s->n_around[thread][i]++;
        s->out->n_inside[b->i]++;
    }
    if (near_row_is_within(&b->row, c, b->narrow))
        s->is_real_like[thread][i] = 1;
    if (!s->out->is_set_like[b->i] &&
        near_row_is_within(&b->row, c, squared_radius(s->set, i, NARROW_BALL)))
        s->out->is_set_like[b->i] = 1;
}

static void count_row(counting *s, const near_tile *t, size_t r, size_t thread)
{
    enum { TOGETHER = 64 };
    size_t i = t->first_a + r, n = t->closeness.cols;
    ball_row b = {.row = near_row_of(t, r),
                  .i = i,
                  .narrow = squared_radius(s->real, i, NARROW_BALL),
                  .wide = squared_radius(s->real, i, WIDE_BALL)};
    b.reach = near_row_reach(&b.row, b.wide);
    b.reach_of_set = near_row_reach(&b.row, 0);
    for (size_t first = 0; first < n; first += TOGETHER) {
        size_t end = first + TOGETHER < n ? first + TOGETHER : n;
        if (s->out->is_set_like[i])
            b.reach_of_set = INFINITY;
        if (!any_is_near(&b, s->half_radius + t->first_b, first, end))
            continue;
        for (size_t c = first; c < end; c++)
            count_pair(s, &b, c, thread);
    }
}

static void count_tile(const near_tile *t, size_t thread, void *context)
{
    for (size_t r = 0; r < t->closeness.rows; r++)
        count_row(context, t, r, thread);
}

/* Counts in whole numbers are the same in any order. */
static void add_threads(counting *s, size_t n)
{
    for (size_t k = 0; k < tensor_threads(); k++) {
        for (size_t i = 0; i < n; i++) {
            s->out->n_around[i] += s->n_around[k][i];
            s->out->is_real_like[i] |= s->is_real_like[k][i];
        }
        free(s->n_around[k]);
        free(s->is_real_like[k]);
    }
    free(s->n_around);
    free(s->is_real_like);
}

static void count(ball_counts *out, const comparison *c)
{
    size_t n = c->set->n, n_threads = tensor_threads();
    counting s = {own_neighbours(c->set), own_neighbours(c->real), .out = out};
    s.half_radius = allocate(n, sizeof *s.half_radius);
    /* a little more for its rounding and the sum's, which the slack of a row does not know of */
    for (size_t i = 0; i < n; i++)
        s.half_radius[i] = (float)(squared_radius(s.set, i, NARROW_BALL) / 2 * (1 + 1e-6));
    s.is_real_like = allocate(n_threads, sizeof *s.is_real_like);
    s.n_around = allocate(n_threads, sizeof *s.n_around);
    for (size_t k = 0; k < n_threads; k++) {
        s.is_real_like[k] = allocate(n, 1);
        s.n_around[k] = allocate(n, sizeof **s.n_around);
    }
    near_tiles_visit(c->real->features, row_list_of(c->set->features), count_tile, &s);
    add_threads(&s, n);
    free(s.half_radius);
}

const ball_counts *comparison_balls(comparison *c)
{
    ball_counts *out = &c->memory->balls;
    if (out->n_around)
        return out;
    *out = (ball_counts){allocate(c->set->n, 1), allocate(c->real->n, 1),
                         allocate(c->set->n, sizeof *out->n_around),
                         allocate(c->real->n, sizeof *out->n_inside)};
    count(out, c);
    return out;
}

void ball_counts_release(ball_counts *b)
{
    free(b->is_real_like);
    free(b->is_set_like);
    free(b->n_around);
    free(b->n_inside);
    *b = (ball_counts){0};
}
