/* SPDX-License-Identifier: MIT */
/* Windows that cover a picture: its last row and column, too. Where the stride does not divide what
 * is left beside a window, the last window begins where it just ends with the picture. */
#include "occlusion_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Windows of a side along n pixels. */
static size_t count_along(size_t n, size_t side, size_t stride)
{
    return (n - side + stride - 1) / stride + 1;
}

int window_grid_init(window_grid *g, picture_shape shape, size_t side, size_t stride, error *e)
{
    size_t shorter = shape.rows < shape.cols ? shape.rows : shape.cols;
    size_t seventh = shorter < 7 ? 1 : shorter / 7;
    side = side ? side : seventh;
    stride = stride ? stride : (side + 1) / 2;
    if (side > shorter)
        return fail(e, STATUS_USAGE, "--window %zu: pictures are %zux%zu", side, shape.rows,
                    shape.cols);
    if (stride > side)
        return fail(e, STATUS_USAGE,
                    "--stride %zu: at most the window, %zu, or pixels between windows are left out",
                    stride, side);
    *g = (window_grid){.shape = shape, .side = side, .stride = stride};
    g->n_down = count_along(shape.rows, side, stride);
    g->n_across = count_along(shape.cols, side, stride);
    return 0;
}

size_t window_grid_count(const window_grid *g) { return g->n_down * g->n_across; }

/* Where the i-th window along n pixels begins. */
static size_t begin_of(const window_grid *g, size_t i, size_t n)
{
    return i * g->stride + g->side <= n ? i * g->stride : n - g->side;
}

void window_grid_pixels(size_t *pixels, const window_grid *g, size_t i)
{
    size_t top = begin_of(g, i / g->n_across, g->shape.rows);
    size_t left = begin_of(g, i % g->n_across, g->shape.cols);
    for (size_t r = 0; r < g->side; r++)
        for (size_t c = 0; c < g->side; c++)
            pixels[r * g->side + c] = (top + r) * g->shape.cols + left + c;
}

void window_grid_replace(float *row, const float *to, size_t i, const void *grid)
{
    const window_grid *g = grid;
    size_t top = begin_of(g, i / g->n_across, g->shape.rows);
    size_t left = begin_of(g, i % g->n_across, g->shape.cols);
    for (size_t r = top; r < top + g->side; r++) {
        size_t at = r * g->shape.cols + left;
        memcpy(row + at, to + at, g->side * sizeof *row);
    }
}

void window_grid_average(float *map, const window_grid *g, const double *effect)
{
    size_t *pixels = allocate(g->side * g->side, sizeof *pixels);
    size_t *n = allocate(g->shape.n, sizeof *n);
    double *all = allocate(g->shape.n, sizeof *all);
    for (size_t i = 0; i < window_grid_count(g); i++) {
        window_grid_pixels(pixels, g, i);
        for (size_t k = 0; k < g->side * g->side; k++) {
            all[pixels[k]] += effect[i];
            n[pixels[k]]++;
        }
    }
    for (size_t p = 0; p < g->shape.n; p++)
        map[p] = (float)(all[p] / (double)n[p]);
    free(all);
    free(n);
    free(pixels);
}

/* Whether window i along n pixels covers that place: said by distances, not by lists. */
static bool covers(const window_grid *g, size_t i, size_t n, size_t place)
{
    size_t last = n - g->side, begin = i * g->stride < last ? i * g->stride : last;
    return place >= begin && place - begin < g->side;
}

double window_grid_average_at(const window_grid *g, const double *effect, size_t pixel)
{
    size_t row = pixel / g->shape.cols, col = pixel % g->shape.cols, n = 0;
    double all = 0;
    for (size_t i = 0; i < g->n_down; i++)
        for (size_t k = 0; k < g->n_across; k++)
            if (covers(g, i, g->shape.rows, row) && covers(g, k, g->shape.cols, col)) {
                all += effect[i * g->n_across + k];
                n++;
            }
    return n ? all / (double)n : (double)NAN;
}
