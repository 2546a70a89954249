/* SPDX-License-Identifier: MIT */
#include "contour.h"

enum { FLAT = 24 }; /* a range of greys that shows nothing */

/* ---- The contour of a picture ---- */

typedef struct {
    const uint8_t *grey;
    const picture *ground;
    int level; /* pixels over it are inside; past 255 none is */
    int x, y, factor;
} contour;

static int find_level(const uint8_t *grey, int n)
{
    int least = 255, greatest = 0;
    for (int i = 0; i < n; i++) {
        least = grey[i] < least ? grey[i] : least;
        greatest = grey[i] > greatest ? grey[i] : greatest;
    }
    return greatest - least < FLAT ? 255 : (least + greatest) / 2;
}

/* Outside the picture there is nothing inside. */
static bool is_inside(const contour *o, int row, int col)
{
    const picture *g = o->ground;
    return row >= 0 && row < g->height && col >= 0 && col < g->width &&
           o->grey[row * g->width + col] > o->level;
}

/* What is seen on the inner one of two neighbours. */
static colour ink_on(const contour *o, int row, int col)
{
    return colour_luma(picture_pixel(o->ground, col, row)) > 96 ? INK : WHITE;
}

/* The edge between a pixel and its neighbour: inside the inner one, so that a line of the border
 * stays in the picture. */
static void draw_edge(canvas *c, const contour *o, int row, int col, int down, int right)
{
    int left = o->x + col * o->factor, top = o->y + row * o->factor, last = o->factor - 1;
    box edge = {left + (right > 0 ? last : 0), top + (down > 0 ? last : 0), right ? 1 : o->factor,
                down ? 1 : o->factor};
    if (!is_inside(o, row + down, col + right))
        canvas_fill(c, edge, ink_on(o, row, col));
}

void draw_contour(canvas *c, int x, int y, const uint8_t *grey, const picture *ground, int factor)
{
    int n = ground->width * ground->height;
    contour o = {grey, ground, find_level(grey, n), x, y, factor};
    for (int i = 0; i < n; i++) {
        int row = i / ground->width, col = i % ground->width;
        if (!is_inside(&o, row, col))
            continue;
        draw_edge(c, &o, row, col, -1, 0);
        draw_edge(c, &o, row, col, 1, 0);
        draw_edge(c, &o, row, col, 0, -1);
        draw_edge(c, &o, row, col, 0, 1);
    }
}

/* ---- The outline of an area ---- */

static box grown(box b, int by)
{
    return (box){b.x - by, b.y - by, b.width + 2 * by, b.height + 2 * by};
}

void draw_outline(canvas *c, int x, int y, const picture_area *area, int factor)
{
    int width = (int)(area->right - area->left + 1), height = (int)(area->bottom - area->top + 1);
    int line = factor >= 8 ? 2 : 1;
    box inner = {x + (int)area->left * factor, y + (int)area->top * factor, width * factor,
                 height * factor};
    for (int i = 1; i <= 2 * line; i++)
        canvas_frame(c, grown(inner, i), i <= line ? WHITE : BLACK);
}
