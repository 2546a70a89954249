/* SPDX-License-Identifier: MIT */
/* The nearest neighbours of each row. */
#include "nearness.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    neighbours *out;
    const uint32_t *skip;
} search;

/* Puts it before all that are further; what comes later in b is no nearer where it is as near. */
static void insert(double *distance, uint32_t *index, size_t k, double d, uint32_t i)
{
    size_t at = k - 1;
    for (; at > 0 && d < distance[at - 1]; at--) {
        distance[at] = distance[at - 1];
        index[at] = index[at - 1];
    }
    distance[at] = d;
    index[at] = i;
}

static bool any_above(const float *v, size_t n, float limit)
{
    int n_above = 0;
    for (size_t i = 0; i < n; i++)
        n_above += !(v[i] <= limit);
    return n_above > 0;
}

static void search_row(search *s, const near_tile *t, size_t r)
{
    enum { TOGETHER = 64 };
    const near_row row = near_row_of(t, r);
    size_t k = s->out->k, own = t->first_a + r, n = t->closeness.cols;
    double *distance = s->out->distance + own * k, *furthest = distance + k - 1;
    uint32_t skip = s->skip ? s->skip[own] : NO_ROW;
    float reach = near_row_reach(&row, *furthest);
    /* nothing is nearer than 0, and of equals the first counts */
    for (size_t first = 0; first<n && * furthest> 0; first += TOGETHER) {
        size_t end = first + TOGETHER < n ? first + TOGETHER : n;
        if (!any_above(row.closeness + first, end - first, reach))
            continue;
        for (size_t c = first; c < end; c++) {
            uint32_t i = (uint32_t)(t->first_b + c);
            double d;
            if (row.closeness[c] <= reach || i == skip ||
                !((d = near_row_distance(&row, c)) < *furthest))
                continue;
            insert(distance, s->out->index + own * k, k, d, i);
            reach = near_row_reach(&row, *furthest);
        }
    }
}

static void search_tile(const near_tile *t, size_t thread, void *context)
{
    (void)thread;
    for (size_t r = 0; r < t->closeness.rows; r++)
        search_row(context, t, r);
}

void neighbours_find(neighbours *out, matrix a, row_list b, size_t k, const uint32_t *skip)
{
    search s = {out, skip};
    assert(k >= 1 && b.n < NO_ROW);
    *out = (neighbours){.n = a.rows, .k = k};
    out->distance = allocate(a.rows * k, sizeof *out->distance);
    out->index = allocate(a.rows * k, sizeof *out->index);
    for (size_t i = 0; i < a.rows * k; i++) {
        out->distance[i] = (double)INFINITY;
        out->index[i] = NO_ROW;
    }
    near_tiles_visit(a, b, search_tile, &s);
}

void neighbours_find_own(neighbours *out, matrix a, size_t k)
{
    uint32_t *skip = allocate(a.rows, sizeof *skip);
    for (size_t i = 0; i < a.rows; i++)
        skip[i] = (uint32_t)i;
    neighbours_find(out, a, row_list_of(a), k, skip);
    free(skip);
}

void neighbours_release(neighbours *n)
{
    free(n->distance);
    free(n->index);
    *n = (neighbours){0};
}
