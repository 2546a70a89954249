/* SPDX-License-Identifier: MIT */
#include "nearness.h"
#include <assert.h>
#include <float.h>
#include <stdlib.h>

enum { TILE_HEIGHT = 64, TILE_WIDTH = 1024 };

typedef struct {
    matrix a;
    size_t first_b, n_b;
    float *values;   /* (TILE_WIDTH, n_cols): what bytes stand for; NULL where b has values */
    const float *b;  /* (n_b, n_cols) */
    float *bias;     /* (TILE_WIDTH): -|b|^2 / 2 */
    double greatest; /* |b|^2 */
    packed_matrix packed;
    float **room; /* of a thread: (TILE_HEIGHT, TILE_WIDTH) */
    void (*body)(const near_tile *t, size_t thread, void *context);
    void *context;
} visit;

row_list row_list_of(matrix packed)
{
    assert(packed.stride == packed.cols || packed.rows <= 1);
    return (row_list){.n = packed.rows, .n_cols = packed.cols, .values = packed.data};
}

/* ---- Parts of b ---- */

static void take_part(visit *v, row_list b, size_t first)
{
    size_t left = b.n - first, at = first * b.n_cols;
    v->first_b = first;
    v->n_b = left < TILE_WIDTH ? left : TILE_WIDTH;
    v->b = b.values ? b.values + at : v->values;
    if (!b.values)
        floats_from_bytes(v->values, b.bytes + at, v->n_b * b.n_cols, 0.0f, 1.0f);
    v->greatest = 0;
    for (size_t i = 0; i < v->n_b; i++) {
        const float *row = v->b + i * b.n_cols;
        double square = dot(row, row, b.n_cols);
        v->bias[i] = (float)(-square / 2);
        v->greatest = square > v->greatest ? square : v->greatest;
    }
    packed_matrix_init(&v->packed, matrix_view_const(v->b, v->n_b, b.n_cols), TRANSPOSED);
}

/* A body of parallel_for.
 *
 * A sum of n products by n multiply-adds is off by n u |a| |b| at most, u = 2^-24 (Higham 2002,
 * section 3.1), and 2 |a| |b| <= |a|^2 + |b|^2; the eight more are for the bias, adding it, and
 * for limits that become floats. */
static void visit_tile(size_t i, size_t thread, void *context)
{
    const visit *v = context;
    size_t first = i * TILE_HEIGHT, left = v->a.rows - first;
    matrix rows = matrix_rows(v->a, first, left < TILE_HEIGHT ? left : TILE_HEIGHT);
    near_tile t = {.first_a = first,
                   .first_b = v->first_b,
                   .closeness = matrix_view(v->room[thread], rows.rows, v->n_b),
                   .a = rows.data,
                   .b = v->b,
                   .n_cols = rows.cols,
                   .slack = (double)(rows.cols + 8) * (double)FLT_EPSILON / 2,
                   .greatest_b = v->greatest};
    packed_multiply(t.closeness, rows, &v->packed, (epilogue){.bias = v->bias});
    v->body(&t, thread, v->context);
}

void near_tiles_visit(matrix a, row_list b,
                      void (*body)(const near_tile *t, size_t thread, void *context), void *context)
{
    size_t n_threads = tensor_threads();
    visit v = {.a = a, .body = body, .context = context};
    assert(a.cols == b.n_cols && a.stride == a.cols);
    v.values = b.values ? NULL : allocate(TILE_WIDTH * b.n_cols, sizeof *v.values);
    v.bias = allocate(TILE_WIDTH, sizeof *v.bias);
    v.room = allocate(n_threads, sizeof *v.room);
    for (size_t i = 0; i < n_threads; i++)
        v.room[i] = allocate((size_t)TILE_HEIGHT * TILE_WIDTH, sizeof **v.room);
    for (size_t first = 0; first < b.n; first += TILE_WIDTH) {
        take_part(&v, b, first);
        parallel_for((a.rows + TILE_HEIGHT - 1) / TILE_HEIGHT, visit_tile, &v);
        packed_matrix_release(&v.packed);
    }
    for (size_t i = 0; i < n_threads; i++)
        free(v.room[i]);
    free(v.room);
    free(v.bias);
    free(v.values);
}

/* ---- Rows ---- */

near_row near_row_of(const near_tile *t, size_t r)
{
    const float *a = t->a + r * t->n_cols;
    double square = dot(a, a, t->n_cols);
    return (near_row){t, t->closeness.data + r * t->closeness.stride, a, square,
                      t->slack * (square + t->greatest_b)};
}

float near_row_reach(const near_row *row, double squared_distance)
{
    return (float)((row->square - row->slack - squared_distance) / 2);
}

/* Four sums, which the compiler keeps in registers. */
double near_row_distance(const near_row *row, size_t c)
{
    size_t n = row->tile->n_cols, k = 0;
    const float *a = row->a, *b = row->tile->b + c * n;
    double sums[4] = {0};
    for (; k + 4 <= n; k += 4)
        for (size_t i = 0; i < 4; i++) {
            double d = (double)a[k + i] - (double)b[k + i];
            sums[i] += d * d;
        }
    for (; k < n; k++) {
        double d = (double)a[k] - (double)b[k];
        sums[k % 4] += d * d;
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* -1 or 1 where the product says on which side of the limit the distance is, 0 where it is in
 * doubt. */
static int side_of(const near_row *row, size_t c, double limit)
{
    double from_limit = row->square - 2 * (double)row->closeness[c] - limit;
    return from_limit > row->slack ? 1 : from_limit < -row->slack ? -1 : 0;
}

bool near_row_is_below(const near_row *row, size_t c, double limit)
{
    int side = side_of(row, c, limit);
    return side ? side < 0 : near_row_distance(row, c) < limit;
}

bool near_row_is_within(const near_row *row, size_t c, double limit)
{
    int side = side_of(row, c, limit);
    return side ? side < 0 : near_row_distance(row, c) <= limit;
}
