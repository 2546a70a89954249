/* SPDX-License-Identifier: MIT */
/* A table of numbers as colours, with names beside its rows and over its columns. */
#include "axis.h"
#include "shading.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    MATRIX_SIDE = 320, /* wanted, ... */
    MANY = 40,         /* ... but for more rows or columns than that */
    MANY_SIDE = 640,
    MAX_CELL = 56,
    NAMED_CELL = 18, /* at least, where each row or column is to be named */
    MAX_NAME = 240,  /* of a row, wider ones are cut */
    NAME_GAP = 8,
    NAME_SPACE = 10,      /* at least, between the names of columns */
    MIN_NUMBER_CELL = 18, /* the least side of a cell that holds its number */
    MAX_SIDE = 1024,
};

typedef struct {
    const matrix_panel *v;
    shading shades;
    int cell, names; /* side of a cell; width of the names of rows, with their gap */
    bool is_numbered, are_rows_numbered; /* the columns; by which rows have the same names */
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

/* ---- Numbers for names ---- */

/* Every how many rows or columns are named: names of usual length then have the room they need. */
static size_t name_step(int cell, int wanted)
{
    return (size_t)nice_count((wanted + cell - 1) / cell);
}

static int name_room(const matrix_panel *v)
{
    int widest = widest_name(v->col_names, v->cols);
    return (widest < MAX_CELL ? widest : MAX_CELL) + NAME_SPACE;
}

static bool are_names_shared(const matrix_panel *v)
{
    bool are_shared = v->rows == v->cols && v->row_names && v->col_names;
    for (size_t i = 0; are_shared && i < v->rows; i++)
        are_shared = strcmp(v->row_names[i], v->col_names[i]) == 0;
    return are_shared;
}

/* "3 lime", where rows are numbered as the columns are. */
static text row_name_at(const matrix_layout *l, size_t i)
{
    item_name name;
    text words = {0};
    if (l->are_rows_numbered)
        text_add(&words, "%s  %zu", item_name_at(name, l->v->row_names, i), i + 1);
    else
        text_add(&words, "%s", item_name_at(name, l->v->row_names, i));
    return words;
}

/* What the numbers of columns stand for, where no row says it. */
static int draw_column_key(canvas *c, const matrix_layout *l, int x, int y, int width)
{
    text words = {0};
    if (!l->is_numbered || l->are_rows_numbered)
        return 0;
    for (size_t i = 0; i < l->v->cols; i++)
        text_add(&words, "%s%zu %s", i ? ", " : "", i + 1, l->v->col_names[i]);
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

/* ---- Layout ---- */

static int cell_of(const matrix_panel *v)
{
    int longest = (int)(v->rows > v->cols ? v->rows : v->cols);
    int side = longest > MANY ? MANY_SIDE : MATRIX_SIDE;
    int cell = (side + longest / 2) / longest;
    bool names_all = v->row_names && v->rows <= MANY && v->cols * NAMED_CELL <= MAX_SIDE + MAX_NAME;
    int least = names_all ? NAMED_CELL : 1;
    cell = cell < MAX_CELL ? cell : MAX_CELL;
    return cell > least ? cell : least;
}

/* Whole pixels, so that all cells are alike; the widest matrix still has its place. */
static matrix_layout lay_out(const matrix_panel *v)
{
    matrix_layout l = {.v = v, .cell = cell_of(v)};
    l.is_numbered = v->col_names && v->cols <= MANY && l.cell >= NAMED_CELL &&
                    name_step(l.cell, name_room(v)) > 1;
    l.are_rows_numbered = l.is_numbered && are_names_shared(v);
    l.names = widest_name(v->row_names, v->rows) + NAME_GAP;
    l.names += l.are_rows_numbered ? text_width("  00", TEXT_PLAIN) : 0;
    l.shades = shading_make(v->colours, v->scale, 0, v->values, v->rows * v->cols);
    l.shades.has_gaps = v->has_gaps;
    return l;
}

static int width_of(const void *body)
{
    const matrix_panel *v = body;
    matrix_layout l = lay_out(v);
    int width = l.names + l.cell * (int)v->cols + 2;
    return width > MIN_MAP_WIDTH ? width : MIN_MAP_WIDTH;
}

/* Over the middle of their columns, cut to the room between left and right and up to the next. */
static void draw_column_names(canvas *c, const matrix_layout *l, int left, int right, int y)
{
    const char *const *names = l->is_numbered ? NULL : l->v->col_names;
    int widest = l->is_numbered ? 0 : widest_name(names, l->v->cols);
    size_t step = l->is_numbered ? 1 : name_step(l->cell, name_room(l->v));
    for (size_t i = 0; i < l->v->cols; i += step) {
        item_name name;
        int middle = left + l->names + 1 + (int)i * l->cell + l->cell / 2;
        int room = (int)step * l->cell - (l->is_numbered ? 2 : NAME_SPACE), beside = right - middle;
        beside = beside < middle - left ? beside : middle - left;
        room = room < 2 * beside ? room : 2 * beside;
        if (room >= MIN_NUMBER_CELL || room >= widest)
            canvas_short_text(c, middle, y, room, item_name_at(name, names, i + l->is_numbered),
                              TEXT_PLAIN, ALIGN_CENTRE, MUTED);
    }
}

/* Each beside the middle of its row. */
static void draw_row_names(canvas *c, const matrix_layout *l, int x, int y)
{
    size_t step = name_step(l->cell, text_line(TEXT_PLAIN));
    for (size_t i = 0; i < l->v->rows; i += step) {
        text name = row_name_at(l, i);
        int middle = y + (int)i * l->cell + l->cell / 2;
        canvas_short_text(c, x + l->names - NAME_GAP, middle - 5, l->names - NAME_GAP, name.data,
                          TEXT_PLAIN, ALIGN_RIGHT, MUTED);
        text_release(&name);
    }
}

static bool is_gap(const matrix_layout *l, size_t i)
{
    return l->v->has_gaps && isnan(l->v->values[i]);
}

static bool have_cells_room(const matrix_layout *l)
{
    bool has_room = l->cell >= MIN_NUMBER_CELL;
    for (size_t i = 0; i < l->v->rows * l->v->cols && has_room; i++) {
        number_text number;
        if (is_gap(l, i))
            continue;
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
        if (is_gap(l, i))
            continue;
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
    y += draw_shaded_words(c, x, y, width, &l.shades, NULL);
    return y - top + draw_column_key(c, &l, x, y, width);
}

const panel_kind MATRIX_PANEL = {sizeof(matrix_panel), keep, width_of, draw, .is_aligned = true};

size_t figure_add_matrix(figure *f, const matrix_panel *p)
{
    assert(p->rows >= 1 && p->rows <= MAX_SIDE && p->cols >= 1 && p->cols <= MAX_SIDE);
    return figure_add(f, &MATRIX_PANEL, p, p->title, p->subtitle);
}
