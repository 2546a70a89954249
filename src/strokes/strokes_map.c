/* SPDX-License-Identifier: MIT */
/* Where the weight of a map lies: in which places, and where its centre is. */
#include "strokes_detail.h"
#include <assert.h>

static double square_of(float v) { return (double)v * (double)v; }

/* Of the squares of pixels that are not in `but`, what lies in each place. */
static double add_up(double *held, const float *map, const strokes *s, size_t but)
{
    double all = 0;
    for (size_t k = 0; k < s->n_places; k++)
        held[k] = 0;
    for (size_t i = 0; i < s->shape.n; i++) {
        double square = square_of(map[i]);
        all += square;
        if (square == 0 || (but != NO_PLACE && (s->within[i] >> but & 1)))
            continue;
        for (uint64_t in = s->within[i]; in; in &= in - 1) /* a pixel is in few of the places */
            held[__builtin_ctzll(in)] += square;
    }
    return all;
}

static size_t cost(const strokes *s, size_t place)
{
    return s->places[place].rank * s->places[place].n_pixels;
}

/* The best place that holds half; the whole picture does. */
static size_t smallest_half(const strokes *s, const double *held, double all)
{
    size_t best = s->n_places - 1;
    for (size_t k = 0; k < s->n_places; k++)
        if (2 * held[k] >= all && cost(s, k) < cost(s, best))
            best = k;
    return best;
}

static size_t fullest_sharp(const strokes *s, const double *held)
{
    size_t best = NO_PLACE;
    for (size_t k = 0; k < s->n_places; k++)
        if (s->places[k].rank < VAGUE_RANK && (best == NO_PLACE || held[k] > held[best]))
            best = k;
    return best;
}

/* Two places that say more than a vague one: they hold half, too, in two thirds of its pixels. */
static void look_for_two(map_place *p, const float *map, const strokes *s, const double *held)
{
    double rest[MAX_PLACES];
    size_t one = fullest_sharp(s, held);
    double all = add_up(rest, map, s, one);
    size_t two = fullest_sharp(s, rest);
    size_t n = s->places[one].n_pixels + s->places[two].n_pixels;
    if (2 * (held[one] + rest[two]) < all || 3 * n > 2 * s->places[p->place].n_pixels)
        return;
    p->place = one;
    p->other = two;
    p->share = (held[one] + rest[two]) / all;
}

static double density(const strokes *s, const double *held, size_t place)
{
    size_t n = s->places[place].n_pixels;
    return n ? held[place] / (double)n : 0;
}

/* Whether most pixels of a place are of the whole, too. */
static bool is_part_of(const strokes *s, size_t place, size_t whole)
{
    uint64_t both = (uint64_t)1 << place | (uint64_t)1 << whole;
    size_t n = 0;
    for (size_t i = 0; i < s->shape.n; i++)
        n += (s->within[i] & both) == both;
    return 2 * n > s->places[place].n_pixels;
}

/* Of what is spread over all of a place: its sharp part that is densest, if that holds a tenth and
 * is half again as dense as the whole. */
static size_t find_peak(const strokes *s, const double *held, size_t whole, double all)
{
    size_t best = NO_PLACE;
    for (size_t k = 0; k < s->n_places; k++)
        if (s->places[k].rank < VAGUE_RANK && 10 * held[k] >= all &&
            2 * density(s, held, k) >= 3 * density(s, held, whole) &&
            (best == NO_PLACE || density(s, held, k) > density(s, held, best)) &&
            is_part_of(s, k, whole))
            best = k;
    return best;
}

static void find_centre(map_place *p, const float *map, picture_shape shape)
{
    double row = 0, col = 0, all = 0;
    for (size_t i = 0; i < shape.n; i++) {
        double square = square_of(map[i]);
        row += square * (double)(i / shape.cols);
        col += square * (double)(i % shape.cols);
        all += square;
    }
    p->is_zero = all == 0;
    p->row = p->is_zero ? ((double)shape.rows - 1) / 2 : row / all;
    p->col = p->is_zero ? ((double)shape.cols - 1) / 2 : col / all;
}

map_place find_place(const float *map, const strokes *s)
{
    double held[MAX_PLACES];
    assert(s->n_places && "a picture was looked at");
    map_place p = {.place = NO_PLACE, .other = NO_PLACE, .peak = NO_PLACE};
    find_centre(&p, map, s->shape);
    if (p.is_zero)
        return p;
    double all = add_up(held, map, s, NO_PLACE);
    p.place = smallest_half(s, held, all);
    p.share = held[p.place] / all;
    if (s->places[p.place].rank == VAGUE_RANK)
        look_for_two(&p, map, s, held);
    if (s->places[p.place].is_all)
        p.peak = find_peak(s, held, p.place, all);
    return p;
}
