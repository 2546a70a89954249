/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <assert.h>

enum { LABEL_GAP = 4, LABEL_SPACE = 6 /* at least, between two */, MAX_SQUARE_COLUMNS = 32 };

/* Everything in pixels of the result. */
typedef struct {
    size_t columns, rows;
    size_t cell_width, cell_height; /* without the gap */
    int left;                       /* of it lie the names of the rows */
    int picture_width, picture_height, factor;
} grid_layout;

static size_t square_columns(size_t n)
{
    size_t columns = 1;
    while (columns * columns < n && columns < MAX_SQUARE_COLUMNS)
        columns++;
    return columns;
}

/* Of the widest name of a row, with the gap before it; 0 where there are none. */
static int names_width(const picture_grid *g, size_t rows)
{
    int widest = 0;
    for (size_t i = 0; g->row_names && i < rows; i++) {
        int width = g->gap + text_width(g->row_names[i], TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    return widest ? widest + LABEL_GAP : 0;
}

static grid_layout lay_out(const picture_grid *g)
{
    grid_layout l = {.factor = g->factor > 0 ? g->factor : 1};
    l.columns = g->columns > 0 ? g->columns : square_columns(g->n);
    if (l.columns > g->n)
        l.columns = g->n;
    l.rows = (g->n - 1) / l.columns + 1;
    l.left = names_width(g, l.rows);
    l.picture_width = g->width * l.factor;
    l.picture_height = g->height * l.factor;
    int cell_width = l.picture_width;
    int apart = g->gap < LABEL_SPACE ? LABEL_SPACE - g->gap : 0;
    for (size_t i = 0; g->labels && i < g->n; i++) {
        int width = text_width(g->labels[i], TEXT_PLAIN) + apart;
        cell_width = width > cell_width ? width : cell_width;
    }
    l.cell_width = (size_t)cell_width;
    l.cell_height =
        (size_t)(l.picture_height + (g->labels ? LABEL_GAP + text_height(TEXT_PLAIN) : 0));
    return l;
}

/* n cells with gaps between and around, after what is before; false where that is too much. */
static bool total_side(int *out, int before, size_t n, size_t cell, int gap)
{
    size_t side;
    if (!checked_multiply(&side, n, cell + (size_t)gap) || side > PICTURE_MAX_SIDE ||
        side + (size_t)(before + gap) > PICTURE_MAX_SIDE)
        return false;
    *out = before + (int)side + gap;
    return true;
}

/* In the middle of the row's pictures. */
static void draw_row_name(picture *p, const picture_grid *g, const grid_layout *l, size_t row)
{
    int top = g->gap + (int)row * ((int)l->cell_height + g->gap);
    int y = top + (l->picture_height - text_height(TEXT_PLAIN)) / 2;
    picture_draw_text(p, l->left - LABEL_GAP, y > top ? y : top, g->row_names[row], TEXT_PLAIN,
                      ALIGN_RIGHT, BLACK);
}

static void draw_cell(picture *p, const picture_grid *g, const grid_layout *l, size_t i)
{
    int x = l->left + g->gap + (int)(i % l->columns) * ((int)l->cell_width + g->gap);
    int y = g->gap + (int)(i / l->columns) * ((int)l->cell_height + g->gap);
    picture sample = {0};
    picture_init_grey(&sample, g->pixels + i * (size_t)g->width * (size_t)g->height, g->width,
                      g->height);
    int middle = x + (int)l->cell_width / 2;
    picture_draw_picture(p, middle - l->picture_width / 2, y, &sample, l->factor);
    picture_release(&sample);
    if (g->labels)
        picture_draw_text(p, middle, y + l->picture_height + LABEL_GAP, g->labels[i], TEXT_PLAIN,
                          ALIGN_CENTRE, BLACK);
}

/* Width and height of the whole. */
static int measure(int *width, int *height, const picture_grid *g, const grid_layout *l, error *e)
{
    assert(g->n >= 1 && g->width >= 1 && g->height >= 1 && g->gap >= 0);
    if (!total_side(width, l->left, l->columns, l->cell_width, g->gap) ||
        !total_side(height, 0, l->rows, l->cell_height, g->gap))
        return fail(e, STATUS_USAGE,
                    "a grid of %zu pictures in %zu columns is larger than %d pixels a side; fewer "
                    "pictures or other columns fit",
                    g->n, l->columns, PICTURE_MAX_SIDE);
    return 0;
}

int picture_grid_check(const picture_grid *g, error *e)
{
    grid_layout l = lay_out(g);
    int width = 0, height = 0;
    return measure(&width, &height, g, &l, e);
}

int picture_grid_draw(picture *p, const picture_grid *g, error *e)
{
    grid_layout l = lay_out(g);
    int width = 0, height = 0;
    if (measure(&width, &height, g, &l, e) != 0)
        return -1;
    picture_release(p);
    picture_init(p, width, height, 1, WHITE);
    for (size_t i = 0; i < g->n; i++)
        draw_cell(p, g, &l, i);
    for (size_t row = 0; g->row_names && row < l.rows; row++)
        draw_row_name(p, g, &l, row);
    return 0;
}
