/* SPDX-License-Identifier: MIT */
/* What the target loses where things are put to a reference, in float over tiles and, for checks,
 * one by one in double. */
#include "occlusion_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are made at a time: two tiles for each of two threads, whatever the picture's size. */
enum { TOGETHER = 4 * EXPLAIN_TILE };

/* Of a value that is larger than at z, what float may lose. */
static const double ROUNDING = 1e-6;

/* ---- In float ---- */

typedef struct {
    float *rows, *value; /* (TOGETHER, f->n), (TOGETHER) */
} batch;

/* Adds what the target loses by things first ... first + n - 1, each put to `to`. */
static void add_losses(double *effect, const occlusion *o, const float *to, size_t first, batch b)
{
    const target_function *f = o->f;
    size_t n = o->n - first < TOGETHER ? o->n - first : TOGETHER;
    for (size_t i = 0; i < n; i++) {
        memcpy(b.rows + i * f->n, f->at, f->n * sizeof *b.rows);
        o->replace(b.rows + i * f->n, to, first + i, o->context);
    }
    target_values(f, b.rows, n, b.value, NULL);
    for (size_t i = 0; i < n; i++)
        effect[first + i] += (double)*f->t->rows->value - (double)b.value[i];
}

void occlusion_measure(double *effect, const occlusion *o, const baseline_rows *b)
{
    batch room = {.rows = allocate(TOGETHER * o->f->n, sizeof *room.rows),
                  .value = allocate(TOGETHER, sizeof *room.value)};
    memset(effect, 0, o->n * sizeof *effect);
    for (size_t k = 0; k < b->n; k++)
        for (size_t i = 0; i < o->n; i += TOGETHER)
            add_losses(effect, o, b->rows + k * o->f->n, i, room);
    for (size_t i = 0; i < o->n; i++)
        effect[i] /= (double)b->n;
    free(room.rows);
    free(room.value);
}

void occlusion_replace_component(float *row, const float *to, size_t i, const void *context)
{
    (void)context;
    row[i] = to[i];
}

/* ---- In double ---- */

size_t occlusion_n_references(const target_function *f)
{
    return f->t->q->baseline ? f->t->q->baseline->n : 1;
}

double occlusion_reference(const target_function *f, size_t k, size_t i)
{
    const explain_request *q = f->t->q;
    bool is_z = f->input == INPUT_Z;
    if (!q->baseline)
        return is_z ? 0 : (double)q->black;
    return (double)(is_z ? q->baseline->z : q->baseline->x)[k * f->n + i];
}

double occlusion_at(const target_function *f, const size_t *indices, size_t n, size_t k)
{
    double *row = allocate(f->n, sizeof *row);
    for (size_t i = 0; i < f->n; i++)
        row[i] = (double)f->at[i];
    for (size_t i = 0; i < n; i++)
        row[indices[i]] = occlusion_reference(f, k, indices[i]);
    double value = target_in_double(f, row, NULL);
    free(row);
    return value;
}

double occlusion_in_double(const target_function *f, double here, const size_t *indices, size_t n)
{
    size_t n_references = occlusion_n_references(f);
    double effect = 0;
    for (size_t k = 0; k < n_references; k++)
        effect += here - occlusion_at(f, indices, n, k);
    return effect / (double)n_references;
}

/* ---- Compared ---- */

void occlusion_compare(occlusion_errors *all, double got, double expected)
{
    double off = got - expected;
    all->wrong += off * off;
    all->size += expected * expected;
    all->largest = fmax(all->largest, fabs(expected));
    all->n++;
}

double occlusion_error(const occlusion_errors *all, const target_function *f, double tolerance)
{
    double kept = (target_rounding(f->t) + ROUNDING * all->largest) * sqrt((double)all->n);
    return all->wrong == 0 ? 0 : sqrt(all->wrong) / fmax(sqrt(all->size), kept / tolerance);
}

size_t occlusion_n_checked(const target_function *f, size_t n)
{
    size_t half = (n + 1) / 2 / occlusion_n_references(f);
    return half ? half : 1;
}

uint32_t *occlusion_choose(const target_function *f, size_t n)
{
    rng r = method_rng(f->t, DRAW_CERTIFICATE, f->input);
    uint32_t *order = allocate(n, sizeof *order);
    rng_fill_permutation(&r, order, n);
    return order;
}
