/* SPDX-License-Identifier: MIT */
#include "kernels.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Below this many multiplications a second thread costs more than it brings. */
enum { WORTH_A_THREAD = 1 << 17, LINE = 64 };

static size_t count_panels(size_t cols) { return (cols + PANEL - 1) / PANEL; }

/* Columns of op(m) into a panel, zeros beside them. */
static void fill_panel(float *restrict panel, matrix m, orientation of_m, part columns)
{
    size_t inner = of_m == AS_IS ? m.rows : m.cols;
    size_t step = of_m == AS_IS ? m.stride : 1, across = of_m == AS_IS ? 1 : m.stride;
    const float *restrict from = m.data + columns.first * across;
    if (columns.n < PANEL)
        memset(panel, 0, inner * PANEL * sizeof *panel);
    for (size_t k = 0; k < inner; k++)
        for (size_t j = 0; j < columns.n; j++)
            panel[k * PANEL + j] = from[k * step + j * across];
}

void packed_matrix_init(packed_matrix *p, matrix m, orientation of_m)
{
    size_t inner = of_m == AS_IS ? m.rows : m.cols, cols = of_m == AS_IS ? m.cols : m.rows;
    size_t n_panels = count_panels(cols);
    *p = (packed_matrix){.inner = inner, .cols = cols};
    /* not cleared first, as every float is written below */
    p->block = reallocate(NULL, n_panels * inner * PANEL * sizeof(float) + LINE, 1);
    p->panels = (float *)((char *)p->block + (LINE - (uintptr_t)p->block % LINE));
    for (size_t i = 0; i < n_panels; i++) {
        size_t first = i * PANEL, left = cols - first;
        fill_panel(p->panels + first * inner, m, of_m, (part){first, left < PANEL ? left : PANEL});
    }
}

void packed_matrix_release(packed_matrix *p)
{
    free(p->block);
    *p = (packed_matrix){0};
}

void packed_matrix_row(float *out, const packed_matrix *p, size_t k)
{
    assert(k < p->inner);
    for (size_t c = 0; c < p->cols; c += PANEL) {
        size_t left = p->cols - c, n = left < PANEL ? left : PANEL;
        memcpy(out + c, p->panels + c * p->inner + k * PANEL, n * sizeof *out);
    }
}

/* ---- Products ---- */

static void multiply_part_of_rows(part rows, const void *context)
{
    const packed_product *t = context;
    kernels_now()->packed_multiply(t, rows, (part){0, count_panels(t->p->cols)});
}

static void multiply_part_of_panels(part panels, const void *context)
{
    const packed_product *t = context;
    kernels_now()->packed_multiply(t, (part){0, t->y.rows}, panels);
}

void packed_multiply(matrix y, matrix x, const packed_matrix *p, epilogue e)
{
    assert(x.cols == p->inner && y.cols == p->cols && x.rows == y.rows);
    assert(!e.factor || (!e.bias && !e.slope && e.f.kind == LINEAR && e.rows_a_factor));
    const packed_product t = {y, x, p, e};
    size_t n_parts = count_parts(y.rows * y.cols * p->inner, WORTH_A_THREAD);
    if (y.rows >= y.cols)
        for_each_part(y.rows, 1, n_parts, multiply_part_of_rows, &t);
    else
        for_each_part(count_panels(y.cols), 1, n_parts, multiply_part_of_panels, &t);
}
