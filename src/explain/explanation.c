/* SPDX-License-Identifier: MIT */
#include "explain.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void explanation_release(explanation *a)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        free(a->arrays[i].data);
    free(a->arrays);
    free(a->checks);
    free(a->top);
    *a = (explanation){0};
}

float *explanation_add(explanation *a, const char *name, size_t rank, size_t rows, size_t cols)
{
    assert(rank <= 2 && !explanation_find(a, name));
    a->arrays = reallocate(a->arrays, a->n_arrays + 1, sizeof *a->arrays);
    named_array *v = &a->arrays[a->n_arrays++];
    size_t n = (rank > 0 ? rows : 1) * (rank > 1 ? cols : 1);
    *v = (named_array){.rank = rank, .shape = {rows, cols}, .n = n};
    snprintf(v->name, sizeof v->name, "%s", name);
    v->data = allocate(n, sizeof *v->data);
    return v->data;
}

const named_array *explanation_find(const explanation *a, const char *name)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        if (strcmp(a->arrays[i].name, name) == 0)
            return &a->arrays[i];
    return NULL;
}

void explanation_add_check(explanation *a, const explain_check *c)
{
    a->checks = reallocate(a->checks, a->n_checks + 1, sizeof *a->checks);
    a->checks[a->n_checks++] = *c;
}

int explain(explanation *a, const explainer *x, explain_workspace *w, const float *z,
            const explain_request *q, const explain_method *const *methods, size_t n_methods,
            error *e)
{
    *a = (explanation){0};
    memcpy(explanation_add(a, "z", 1, x->z_dim, 0), z, x->z_dim * sizeof *z);
    for (size_t i = 0; i < n_methods; i++)
        if (methods[i]->run(x, w, q, a, e)) {
            explanation_release(a);
            return -1;
        }
    return 0;
}

/* 9, 10, 9 pixels: the same from both ends. */
static size_t third(size_t i) { return (3 * i + 1) / PICTURE_ROWS; }

map_place find_place(const float *map)
{
    double ninths[9] = {0}, row = 0, col = 0, all = 0;
    for (size_t r = 0; r < PICTURE_ROWS; r++)
        for (size_t c = 0; c < PICTURE_COLS; c++) {
            double v = (double)map[r * PICTURE_COLS + c], square = v * v;
            ninths[third(r) * 3 + third(c)] += square;
            row += square * (double)r;
            col += square * (double)c;
            all += square;
        }
    map_place p = {.is_zero = all == 0,
                   .row = (PICTURE_ROWS - 1) / 2.0,
                   .col = (PICTURE_COLS - 1) / 2.0,
                   .ninth = 4};
    if (p.is_zero)
        return p;
    for (size_t i = 0; i < 9; i++)
        p.ninth = ninths[i] > ninths[p.ninth] ? i : p.ninth;
    p.row = row / all;
    p.col = col / all;
    p.share = ninths[p.ninth] / all;
    return p;
}

const char *ninth_name(size_t ninth)
{
    static const char *const names[9] = {"upper left",  "upper middle", "upper right",
                                         "middle left", "centre",       "middle right",
                                         "lower left",  "lower middle", "lower right"};
    return names[ninth];
}
