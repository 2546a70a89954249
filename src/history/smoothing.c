/* SPDX-License-Identifier: MIT */
/* Many values become a curve that can be looked at: means of neighbours over what they vary by. */
#include "history_detail.h"
#include <math.h>
#include <stdlib.h>

/* A plot is some hundreds of pixels wide. */
enum { MAX_POINTS = 500 };

size_t smoothing_reach(size_t n) { return n / 50; }

/* ---- Means ---- */

/* Of the finite values before each, (n + 1). */
static void add_up(double *sums, size_t *counts, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_finite = isfinite(values[i]);
        sums[i + 1] = sums[i] + (is_finite ? (double)values[i] : 0);
        counts[i + 1] = counts[i] + is_finite;
    }
}

/* As many after each as before, since curves begin steeply; towards the end, of what there is. The
 * caller frees them. */
static float *means_of_neighbours(const float *values, size_t n)
{
    size_t reach = smoothing_reach(n);
    float *means = allocate(n, sizeof *means);
    double *sums = allocate(n + 1, sizeof *sums);
    size_t *counts = allocate(n + 1, sizeof *counts);
    add_up(sums, counts, values, n);
    for (size_t i = 0; i < n; i++) {
        size_t side = i < reach ? i : reach, from = i - side;
        size_t to = i + side < n ? i + side + 1 : n;
        size_t count = counts[to] - counts[from];
        means[i] = count > 0 ? (float)((sums[to] - sums[from]) / (double)count) : NAN;
    }
    free(sums);
    free(counts);
    return means;
}

/* ---- Fewer points ---- */

static point_list make_points(size_t most)
{
    return (point_list){allocate(most, sizeof(float)), allocate(most, sizeof(float)), 0};
}

static void add_point(point_list *p, float x, float value)
{
    p->x[p->n] = x;
    p->values[p->n++] = value;
}

/* Values that stand for one point where there are to be at most `most`. */
static size_t values_each(size_t n, size_t most) { return (n + most - 1) / most; }

static point_list pick_some(const float *x, const float *values, size_t n)
{
    size_t every = values_each(n, MAX_POINTS);
    point_list p = make_points(MAX_POINTS + 1);
    for (size_t i = 0; i < n; i += every)
        add_point(&p, x[i], values[i]);
    if ((n - 1) % every != 0)
        add_point(&p, x[n - 1], values[n - 1]);
    return p;
}

/* The places of the least and the greatest of the finite values from..to - 1; `to`: there is none.
 */
static void find_extremes(size_t place[2], const float *values, size_t from, size_t to)
{
    place[0] = place[1] = to;
    for (size_t i = from; i < to; i++) {
        if (!isfinite(values[i]))
            continue;
        place[0] = place[0] == to || values[i] < values[place[0]] ? i : place[0];
        place[1] = place[1] == to || values[i] > values[place[1]] ? i : place[1];
    }
}

/* The extremes of every so many in their order: a line through them covers what one through all
 * values would. */
static point_list pick_extremes(const float *x, const float *values, size_t n)
{
    size_t every = values_each(n, MAX_POINTS / 2);
    point_list p = make_points(MAX_POINTS);
    for (size_t i = 0; i < n; i += every) {
        size_t to = i + every < n ? i + every : n, place[2];
        find_extremes(place, values, i, to);
        bool falls = place[1] < place[0];
        if (place[0] < to)
            add_point(&p, x[place[falls]], values[place[falls]]);
        if (place[0] != place[1])
            add_point(&p, x[place[!falls]], values[place[!falls]]);
    }
    return p;
}

/* ---- The curve ---- */

void smooth_curve_init(smooth_curve *c, const float *x, const float *values, size_t n)
{
    float *means = means_of_neighbours(values, n);
    *c = (smooth_curve){.line = pick_some(x, means, n)};
    if (smoothing_reach(n) > 0)
        c->raw = pick_extremes(x, values, n);
    free(means);
}

static void release_points(point_list *p)
{
    free(p->x);
    free(p->values);
}

void smooth_curve_release(smooth_curve *c)
{
    release_points(&c->line);
    release_points(&c->raw);
    *c = (smooth_curve){0};
}
