/* SPDX-License-Identifier: MIT */
/* The moves of z that `reach` makes, and the target and the pictures there. */
#include "method_detail.h"
#include "reach_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const double reach_steps[N_STEPS] = {0.1, 0.5, 1, 2};

double reach_step(size_t i) { return i < N_STEPS ? -reach_steps[i] : reach_steps[i - N_STEPS]; }

double reach_place(size_t i) { return (double)i - (N_PLACES - 1) / 2; }

/* ---- Rows of z ---- */

/* To unit length; zeros stay. */
static void normalize(float *out, const float *v, size_t n)
{
    double length = norm(v, n);
    for (size_t i = 0; i < n; i++)
        out[i] = length > 0 ? (float)((double)v[i] / length) : 0.0f;
}

void reach_draw(float *out, size_t z_dim, uint64_t seed)
{
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 3));
    for (size_t k = 0; k < N_RANDOM; k++) {
        rng_fill_normal(&r, out + k * z_dim, z_dim);
        normalize(out + k * z_dim, out + k * z_dim, z_dim);
    }
}

static void fill_directions(reach_moves *m)
{
    size_t n = m->t->x->z_dim;
    normalize(m->direction, m->t->rows->gradient_z, n);
    for (size_t k = 0; k < m->n_top; k++)
        m->direction[(1 + k) * n + m->top[k]] = 1.0f;
    reach_draw(m->direction + (1 + m->n_top) * n, n, m->t->q->probe);
}

/* Row i, which is z as yet. */
static void move_row(float *row, const reach_moves *m, size_t i)
{
    size_t n = m->t->x->z_dim, k = i - m->n_moves;
    const float *direction = m->direction + i / N_MOVES * n;
    if (i >= m->n_moves) {
        row[m->top[k / N_PLACES]] = (float)reach_place(k % N_PLACES);
        return;
    }
    for (size_t c = 0; c < n; c++)
        row[c] = (float)((double)row[c] + reach_step(i % N_MOVES) * (double)direction[c]);
}

static void fill_rows(reach_moves *m)
{
    size_t n = m->t->x->z_dim;
    for (size_t i = 0; i < m->n_rows; i++) {
        memcpy(m->z + i * n, m->t->rows->z, n * sizeof *m->z);
        move_row(m->z + i * n, m, i);
    }
}

void reach_moves_init(reach_moves *m, const explain_task *t, const float *reference)
{
    size_t n = t->x->z_dim;
    *m = (reach_moves){.t = t,
                       .reference = reference,
                       .top = allocate(t->q->n_top, sizeof *m->top),
                       .point_size = SWEEP_PICTURE + t->x->shape.n,
                       .rounding = target_rounding(t)};
    m->n_top = find_strongest(m->top, t->q->n_top, t->rows->gradient_z, n);
    m->n_directions = 1 + m->n_top + N_RANDOM;
    m->n_moves = m->n_directions * N_MOVES;
    m->n_rows = m->n_moves + m->n_top * N_PLACES;
    m->direction = allocate(m->n_directions * n, sizeof *m->direction);
    m->z = allocate(m->n_rows * n, sizeof *m->z);
    m->value = allocate(m->n_rows, sizeof *m->value);
    m->point = allocate(m->n_rows, sizeof *m->point);
    fill_directions(m);
    fill_rows(m);
}

void reach_moves_release(reach_moves *m)
{
    free(m->top);
    free(m->direction);
    free(m->z);
    free(m->value);
    free(m->point);
    *m = (reach_moves){0};
}

/* ---- The sweep ---- */

/* Where a component is put, and the row that is; NO_INDEX: now. */
typedef struct {
    float place;
    size_t row;
} sweep_point;

static int compare_points(const void *a, const void *b)
{
    const sweep_point *p = a, *q = b;
    if (p->place != q->place)
        return p->place > q->place ? 1 : -1;
    return (p->row > q->row) - (p->row < q->row);
}

/* Component k's, by rising place. */
static void find_points(const reach_moves *m, size_t k, sweep_point out[N_POINTS])
{
    size_t component = m->top[k], z_dim = m->t->x->z_dim;
    for (size_t i = 0; i < N_POINTS - 1; i++) {
        size_t row = i < N_MOVES ? (1 + k) * N_MOVES + i : m->n_moves + k * N_PLACES + i - N_MOVES;
        out[i] = (sweep_point){m->z[row * z_dim + component], row};
    }
    out[N_POINTS - 1] = (sweep_point){m->t->rows->z[component], NO_INDEX};
    qsort(out, N_POINTS, sizeof *out, compare_points);
}

static void fill_point(const reach_moves *m, size_t i, float target, const float *drawn)
{
    float *at = m->sweep + i * m->point_size;
    at[SWEEP_TARGET] = target;
    memcpy(at + SWEEP_PICTURE, drawn, m->t->x->shape.n * sizeof *at);
}

void reach_begin_sweep(reach_moves *m)
{
    for (size_t i = 0; i < m->n_rows; i++)
        m->point[i] = NO_INDEX;
    for (size_t i = 0; i < m->n_top * N_POINTS; i++) {
        sweep_point points[N_POINTS], *p = &points[i % N_POINTS];
        find_points(m, i / N_POINTS, points);
        m->sweep[i * m->point_size + SWEEP_PLACE] = p->place;
        if (p->row == NO_INDEX)
            fill_point(m, i, *m->t->rows->value, m->t->rows->x);
        else
            m->point[p->row] = i;
    }
}

/* ---- Measuring ---- */

static void measure_tile(reach_moves *m, explain_workspace *w, size_t first)
{
    size_t left = m->n_rows - first, n = left < EXPLAIN_TILE ? left : EXPLAIN_TILE;
    const explained_rows rows = {.n = n,
                                 .z = m->z + first * m->t->x->z_dim,
                                 .value = m->value + first,
                                 .reference = m->reference};
    const float *pictures = explain_rows(m->t->x, w, &rows);
    for (size_t i = 0; i < n; i++)
        if (m->point[first + i] != NO_INDEX)
            fill_point(m, m->point[first + i], rows.value[i], pictures + i * m->t->x->shape.n);
}

void reach_measure_half(reach_moves *m, size_t half)
{
    explain_workspace *w = half ? explain_workspace_second(m->t->w, m->t->x) : m->t->w;
    for (size_t i = half; i * EXPLAIN_TILE < m->n_rows; i += 2)
        measure_tile(m, w, i * EXPLAIN_TILE);
}
