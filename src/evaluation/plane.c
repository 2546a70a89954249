/* SPDX-License-Identifier: MIT */
#include "plane.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_SIDE = 152 }; /* cells */

/* ---- Principal components ---- */

static int keep_two(principal_plane *p, const double *value, double_matrix vectors, error *e)
{
    double total = 0;
    for (size_t i = 0; i < p->d; i++)
        total += value[i] > 0 ? value[i] : 0;
    if (!(value[0] > 0))
        return fail(e, STATUS_USAGE, "the judge sees no difference between real pictures");
    for (size_t i = 0; i < 2; i++)
        p->share[i] = p->d > i && value[i] > 0 ? value[i] / total : 0;
    memcpy(p->direction, vectors.data, (p->d < 2 ? p->d : 2) * p->d * sizeof *p->direction);
    return 0;
}

int principal_plane_init(principal_plane *p, matrix features, error *e)
{
    size_t d = features.cols;
    if (features.rows < 2)
        return fail(e, STATUS_USAGE, "there are fewer than two real pictures");
    *p = (principal_plane){.mean = allocate(d, sizeof *p->mean),
                           .direction = allocate(2 * d, sizeof *p->direction),
                           .d = d};
    double *value = allocate(d, sizeof *value);
    double_matrix covariance = {allocate(d * d, sizeof(double)), d, d};
    double_matrix_covariance(covariance, p->mean, features);
    int status = double_matrix_eigen(value, covariance)
                     ? keep_two(p, value, covariance, e)
                     : fail(e, STATUS_DIVERGED, "the judge's features are not finite");
    free(covariance.data);
    free(value);
    return status;
}

void principal_plane_release(principal_plane *p)
{
    free(p->mean);
    free(p->direction);
    *p = (principal_plane){0};
}

/* ---- Points ---- */

static float place_on(const principal_plane *p, size_t axis, const float *feature)
{
    double sum = 0;
    for (size_t k = 0; k < p->d; k++)
        sum += ((double)feature[k] - p->mean[k]) * p->direction[axis * p->d + k];
    return (float)sum;
}

void point_set_init(point_set *s, const principal_plane *p, matrix features)
{
    *s = (point_set){allocate(features.rows, sizeof *s->x), allocate(features.rows, sizeof *s->y),
                     features.rows};
    for (size_t i = 0; i < s->n; i++) {
        s->x[i] = place_on(p, 0, matrix_rows(features, i, 1).data);
        s->y[i] = place_on(p, 1, matrix_rows(features, i, 1).data);
    }
}

void point_set_release(point_set *s)
{
    free(s->x);
    free(s->y);
    *s = (point_set){0};
}

bool point_set_is_finite(const point_set *s)
{
    return find_not_finite(s->x, s->n) == s->n && find_not_finite(s->y, s->n) == s->n;
}

/* ---- The area ---- */

static void widen(double *low, double *high, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *low = fmin(*low, (double)values[i]);
        *high = fmax(*high, (double)values[i]);
    }
}

static void add_margin(plane_area *a, int axis, double least)
{
    double length = fmax(a->high[axis] - a->low[axis], least);
    double middle = (a->high[axis] + a->low[axis]) / 2;
    a->low[axis] = middle - 0.53 * length;
    a->high[axis] = middle + 0.53 * length;
}

plane_area plane_area_around(const point_set *s, const point_set *t)
{
    plane_area a = {.low = {(double)INFINITY, (double)INFINITY},
                    .high = {-(double)INFINITY, -(double)INFINITY}};
    widen(&a.low[0], &a.high[0], s->x, s->n);
    widen(&a.low[0], &a.high[0], t->x, t->n);
    widen(&a.low[1], &a.high[1], s->y, s->n);
    widen(&a.low[1], &a.high[1], t->y, t->n);
    double longer = fmax(a.high[0] - a.low[0], a.high[1] - a.low[1]);
    longer = longer > 0 ? longer : 1;
    add_margin(&a, 0, longer / 2);
    add_margin(&a, 1, longer / 2);
    double cell = 1.06 * longer / LONG_SIDE;
    a.cols = (size_t)lround((a.high[0] - a.low[0]) / cell);
    a.rows = (size_t)lround((a.high[1] - a.low[1]) / cell);
    return a;
}

static size_t cell_on(double at, size_t n)
{
    double cell = floor(at * (double)n);
    return cell < 0 ? 0 : cell > (double)(n - 1) ? n - 1 : (size_t)cell;
}

size_t plane_cell(const plane_area *a, double x, double y)
{
    size_t col = cell_on((x - a->low[0]) / (a->high[0] - a->low[0]), a->cols);
    size_t row = cell_on((a->high[1] - y) / (a->high[1] - a->low[1]), a->rows);
    return row * a->cols + col;
}

/* ---- Densities ---- */

/* n numbers `step` apart, each replaced by the mean around it; past the ends there is nothing. */
static void smooth(double *values, size_t n, size_t step, double spread, double *room)
{
    long reach = (long)ceil(3 * spread);
    double total = 0;
    for (long k = -reach; k <= reach; k++)
        total += exp(-0.5 * (double)(k * k) / (spread * spread));
    for (long i = 0; i < (long)n; i++) {
        room[i] = 0;
        for (long k = -reach; k <= reach; k++)
            if (i + k >= 0 && i + k < (long)n)
                room[i] += values[(size_t)(i + k) * step] *
                           exp(-0.5 * (double)(k * k) / (spread * spread)) / total;
    }
    for (size_t i = 0; i < n; i++)
        values[i * step] = room[i];
}

void find_density(float *density, const plane_area *a, const point_set *s, const double spread[2])
{
    size_t n = a->rows * a->cols;
    double *sums = allocate(n, sizeof *sums), room[2 * LONG_SIDE];
    for (size_t i = 0; i < s->n; i++)
        sums[plane_cell(a, (double)s->x[i], (double)s->y[i])] += 1 / (double)s->n;
    for (size_t row = 0; row < a->rows; row++)
        smooth(sums + row * a->cols, a->cols, 1, spread[0], room);
    for (size_t col = 0; col < a->cols; col++)
        smooth(sums + col, a->rows, a->cols, spread[1], room);
    for (size_t i = 0; i < n; i++)
        density[i] = (float)sums[i];
    free(sums);
}

static double deviation(const float *values, size_t n)
{
    double mean = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        mean += (double)values[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += ((double)values[i] - mean) * ((double)values[i] - mean);
    return sqrt(sum / (double)n);
}

void find_spread(double spread[2], const plane_area *a, const point_set *s)
{
    const float *values[2] = {s->x, s->y};
    const size_t cells[2] = {a->cols, a->rows};
    for (int k = 0; k < 2; k++) {
        double half = 0.5 * deviation(values[k], s->n) * pow((double)s->n, -1.0 / 6);
        spread[k] = fmax(half / (a->high[k] - a->low[k]) * (double)cells[k], 0.5);
    }
}

static float at_point(const float *density, const plane_area *a, const point_set *s, size_t i)
{
    return density[plane_cell(a, (double)s->x[i], (double)s->y[i])];
}

double density_below(const float *density, const plane_area *a, const point_set *s, double share)
{
    float quantile[21], *at = allocate(s->n, sizeof *at);
    for (size_t i = 0; i < s->n; i++)
        at[i] = at_point(density, a, s, i);
    quantiles_find(quantile, 21, at, s->n);
    free(at);
    return (double)quantile[lround(20 * share)];
}

double share_alone(const float *own, const float *other, const plane_area *a, const point_set *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += 10 * at_point(other, a, s, i) < at_point(own, a, s, i);
    return (double)n / (double)s->n;
}
