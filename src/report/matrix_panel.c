/* SPDX-License-Identifier: MIT */
/* A table of numbers as colours, with names beside its rows and over its columns. */
#include "axis.h"
#include "shading.h"

#include <assert.h>
#include <math.h>

enum {
    MATRIX_SIDE = 320, /* wanted, ... */
    MANY = 40,         /* ... but for more rows or columns than that */
    MANY_SIDE = 640,
    MAX_CELL = 56,
    MAX_NAME = 240, /* of a row, wider ones are cut */
    NAME_GAP = 8,
    NAME_SPACE = 10,      /* at least, between the names of columns */
    MIN_NUMBER_CELL = 18, /* the least side of a cell that holds its number */
    MAX_SIDE = 1024,
};

typedef struct {
    const matrix_panel *v;
    shading shades;
    int cell, names; /* side of a cell; width of the names of rows, with their gap */
} matrix_layout;

static void keep(figure_panel *p, void *body)
{
    matrix_panel *v = body;
    v->values = panel_keep(p, v->values, v->rows * v->cols * sizeof *v->values);
    v->row_names = panel_keep_texts(p, v->row_names, v->rows);
    v->col_names = panel_keep_texts(p, v->col_names, v->cols);
}

static int widest_name(const char *const *names, size_t n)
{
    int widest = 0;
    for (size_t i = 0; i < n; i++) {
        item_name name;
        int width = text_width(item_name_at(name, names, i), TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    return widest < MAX_NAME ? widest : MAX_NAME;
}

/* Whole pixels, so that all cells are alike; the widest matrix still has its place. */
static matrix_layout lay_out(const matrix_panel *v)
{
    int longest = (int)(v->rows > v->cols ? v->rows : v->cols);
    matrix_layout l = {.v = v, .names = widest_name(v->row_names, v->rows) + NAME_GAP};
    int side = longest > MANY ? MANY_SIDE : MATRIX_SIDE;
    int cell = (side + longest / 2) / longest;
    cell = cell < MAX_CELL ? cell : MAX_CELL;
    l.cell = cell > 1 ? cell : 1;
    l.shades = shading_make(v->colours, v->scale, 0, v->values, v->rows * v->cols);
    return l;
}

static int width_of(const void *body)
{
    const matrix_panel *v = body;
    matrix_layout l = lay_out(v);
    int width = l.names + l.cell * (int)v->cols + 2;
    return width > MIN_MAP_WIDTH ? width : MIN_MAP_WIDTH;
}

/* Every how many rows or columns are named: names of usual length then have the room they need. */
static size_t name_step(const matrix_layout *l, int wanted)
{
    return (size_t)nice_count((wanted + l->cell - 1) / l->cell);
}

/* Over the middle of their columns, cut to the room between left and right and up to the next. */
static void draw_column_names(canvas *c, const matrix_layout *l, int left, int right, int y)
{
    int widest = widest_name(l->v->col_names, l->v->cols);
    size_t step = name_step(l, (widest < MAX_CELL ? widest : MAX_CELL) + NAME_SPACE);
    for (size_t i = 0; i < l->v->cols; i += step) {
        item_name name;
        int middle = left + l->names + 1 + (int)i * l->cell + l->cell / 2;
        int room = (int)step * l->cell - NAME_SPACE, beside = right - middle;
        beside = beside < middle - left ? beside : middle - left;
        room = room < 2 * beside ? room : 2 * beside;
        if (room >= MIN_NUMBER_CELL || room >= widest)
            canvas_short_text(c, middle, y, room, item_name_at(name, l->v->col_names, i),
                              TEXT_PLAIN, ALIGN_CENTRE, MUTED);
    }
}

/* Each beside the middle of its row. */
static void draw_row_names(canvas *c, const matrix_layout *l, int x, int y)
{
    size_t step = name_step(l, text_line(TEXT_PLAIN));
    for (size_t i = 0; i < l->v->rows; i += step) {
        item_name name;
        int middle = y + (int)i * l->cell + l->cell / 2;
        canvas_short_text(c, x + l->names - NAME_GAP, middle - 5, l->names - NAME_GAP,
                          item_name_at(name, l->v->row_names, i), TEXT_PLAIN, ALIGN_RIGHT, MUTED);
    }
}

static bool have_cells_room(const matrix_layout *l)
{
    bool has_room = l->cell >= MIN_NUMBER_CELL;
    for (size_t i = 0; i < l->v->rows * l->v->cols && has_room; i++) {
        number_text number;
        number_write(number, (double)l->v->values[i], false);
        has_room = text_width(number, TEXT_PLAIN) <= l->cell - 6;
    }
    return has_room;
}

/* Each in its cell, where all of them have room; black or white, whichever is seen. */
static void draw_numbers(canvas *c, const matrix_layout *l, int x, int y)
{
    if (!have_cells_room(l))
        return;
    for (size_t i = 0; i < l->v->rows * l->v->cols; i++) {
        number_text number;
        colour back = shading_colour(&l->shades, l->v->values[i]);
        int row = (int)(i / l->v->cols), col = (int)(i % l->v->cols);
        canvas_text(c, x + col * l->cell + l->cell / 2, y + row * l->cell + l->cell / 2 - 5,
                    number_write(number, (double)l->v->values[i], false), TEXT_PLAIN, ALIGN_CENTRE,
                    colour_luma(back) > 120 ? BLACK : WHITE);
    }
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const matrix_panel *v = body;
    matrix_layout l = lay_out(v);
    int top = y, left = x + l.names;
    draw_column_names(c, &l, x, x + width, y);
    y += text_line(TEXT_PLAIN);
    draw_row_names(c, &l, x, y + 1);
    draw_shaded(c, left, y, &l.shades,
                &(shaded_map){.values = v->values, .rows = v->rows, .cols = v->cols}, l.cell);
    draw_numbers(c, &l, left + 1, y + 1);
    y += (int)v->rows * l.cell + 2 + BAR_GAP;
    y += draw_colour_bar(c, x, y, MIN_MAP_WIDTH, &l.shades) + 2;
    return y - top + draw_shaded_words(c, x, y, width, &l.shades, NULL);
}

const panel_kind MATRIX_PANEL = {sizeof(matrix_panel), keep, width_of, draw, .is_aligned = true};

size_t figure_add_matrix(figure *f, const matrix_panel *p)
{
    assert(p->rows >= 1 && p->rows <= MAX_SIDE && p->cols >= 1 && p->cols <= MAX_SIDE);
    return figure_add(f, &MATRIX_PANEL, p, p->title, p->subtitle);
}
