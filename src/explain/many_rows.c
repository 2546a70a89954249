/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <math.h>
#include <stdlib.h>

typedef struct {
    const explainer *x;
    explain_workspace *workspaces;
    const explained_rows *rows;
    const uint64_t *probe;
    tile_check *checks;
} many_rows;

static float *rows_at(float *v, size_t first, size_t cols) { return v ? v + first * cols : NULL; }

static explained_rows tile_of(const explained_rows *r, size_t first, const explainer *x)
{
    size_t n = r->n - first < EXPLAIN_TILE ? r->n - first : EXPLAIN_TILE;
    size_t z_dim = x->z_dim, pixels = x->shape.n;
    explained_rows tile = {.n = n,
                           .z = r->z + first * z_dim,
                           .x = rows_at(r->x, first, pixels),
                           .logit = rows_at(r->logit, first, 1),
                           .value = rows_at(r->value, first, 1),
                           .gradient_z = rows_at(r->gradient_z, first, z_dim),
                           .gradient_x = rows_at(r->gradient_x, first, pixels)};
    for (size_t k = 0; k < MAX_TERMS; k++) {
        tile.parts[k] = rows_at(r->parts[k], first, 1);
        tile.part_gradient_z[k] = rows_at(r->part_gradient_z[k], first, z_dim);
    }
    return tile;
}

/* Whether a is farther from being met than b; what is not a number is farthest. */
static bool is_worse(const explain_check *a, const explain_check *b)
{
    return !isnan(b->value) && !(a->value / a->tolerance <= b->value / b->tolerance);
}

/* Which of a tile's n rows is checked: another one for other seeds. */
static size_t draw_row(uint64_t probe, size_t n)
{
    rng r = rng_init(probe, rng_stream(STREAM_PROBE, 1));
    return rng_below(&r, (uint32_t)n);
}

/* A body of parallel_for. */
static void explain_tile(size_t i, size_t thread, void *context)
{
    const many_rows *m = context;
    explain_workspace *w = &m->workspaces[thread];
    explain_check checks[N_GRADIENT_CHECKS], *worst = &m->checks[i].worst;
    size_t first = i * EXPLAIN_TILE;
    explained_rows tile = tile_of(m->rows, first, m->x);
    size_t row = draw_row(m->probe[first], tile.n);
    explain_rows(m->x, w, &tile);
    size_t n = explain_check_gradient(checks, m->x, w, &tile, row, m->probe[first + row], NULL);
    m->checks[i].row = first + row;
    *worst = checks[0];
    for (size_t k = 1; k < n; k++)
        if (is_worse(&checks[k], worst))
            *worst = checks[k];
}

void explain_many(const explainer *x, explain_workspace *workspaces, const explained_rows *r,
                  const uint64_t *probe, tile_check *checks)
{
    many_rows m = {x, workspaces, r, probe, checks};
    parallel_for((r->n + EXPLAIN_TILE - 1) / EXPLAIN_TILE, explain_tile, &m);
}

void explained_rows_init(explained_rows *r, const explainer *x, const float *z, size_t n)
{
    *r = (explained_rows){.n = n,
                          .z = z,
                          .value = allocate(n, sizeof(float)),
                          .gradient_z = allocate(n * x->z_dim, sizeof(float)),
                          .gradient_x = allocate(n * x->shape.n, sizeof(float))};
}

void explained_rows_release(explained_rows *r)
{
    free(r->value);
    free(r->gradient_z);
    free(r->gradient_x);
    *r = (explained_rows){0};
}

size_t explained_columns(explained_column c[MAX_COLUMNS], const explained_rows *r,
                         const explainer *x)
{
    size_t n = 0;
    c[n++] = (explained_column){"z", r->z, x->z_dim};
    c[n++] = (explained_column){"target", r->value, 0};
    c[n++] = (explained_column){"gradient_z", r->gradient_z, x->z_dim};
    if (explain_gradient_x_name(x))
        c[n++] = (explained_column){explain_gradient_x_name(x), r->gradient_x, x->shape.n};
    return n;
}

size_t explained_rows_not_finite(const explained_rows *r, const explainer *x)
{
    size_t i = 0, pixels = x->shape.n;
    while (i < r->n && isfinite(r->value[i]) &&
           find_not_finite(r->gradient_z + i * x->z_dim, x->z_dim) == x->z_dim &&
           find_not_finite(r->gradient_x + i * pixels, pixels) == pixels)
        i++;
    return i;
}
