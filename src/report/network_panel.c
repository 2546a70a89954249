/* SPDX-License-Identifier: MIT */
/* Columns of units from left to right, lines between them behind the units. */
#include "shading.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    HEIGHT = 520,    /* of the columns */
    UNIT_SIDE = 11,  /* at most */
    LABEL_GAP = 3,   /* between a unit and what stands beside it */
    LEAST_ROOM = 48, /* for words, else they are left out */
    LEAST_GAP = 100, /* between two columns */
    WIDEST_LINE = 5,
    PICTURE_SIDE = 400, /* about */
};

static void keep(figure_panel *p, void *body)
{
    network_panel *v = body;
    network_column *columns = allocate(v->n, sizeof *columns);
    for (size_t i = 0; i < v->n; i++) {
        const network_column *c = &v->columns[i];
        columns[i] = *c;
        columns[i].name = panel_keep_text(p, c->name);
        columns[i].note = panel_keep_text(p, c->note);
        columns[i].values = panel_keep(p, c->values, c->n * sizeof *c->values);
        columns[i].pixels = panel_keep(p, c->pixels, c->rows * c->cols);
        columns[i].labels = panel_keep_texts(p, c->labels, c->n);
    }
    v->columns = panel_own(p, columns);
    v->lines = panel_keep(p, v->lines, v->n_lines * sizeof *v->lines);
    v->caption = panel_keep_text(p, v->caption);
}

/* ---- Layout ---- */

static int factor_of(const network_column *c)
{
    return enlargement(c->rows, c->cols, PICTURE_SIDE);
}

static int column_width(const network_column *c)
{
    return c->pixels ? (int)c->cols * factor_of(c) + 2 : UNIT_SIDE;
}

static int width_of(const void *body)
{
    const network_panel *v = body;
    int width = LEAST_GAP;
    for (size_t i = 0; i < v->n; i++)
        width += column_width(&v->columns[i]) + (i + 1 < v->n ? LEAST_GAP : 0);
    width = width > MIN_MAP_WIDTH ? width : MIN_MAP_WIDTH;
    return width < MAX_CONTENT ? width : MAX_CONTENT;
}

/* What is left of the width lies between the columns, and at both ends half of that. */
static int gap_between(const network_panel *v, int width)
{
    for (size_t i = 0; i < v->n; i++)
        width -= column_width(&v->columns[i]);
    return width > 0 ? width / (int)v->n : 0;
}

static int column_left(const network_panel *v, size_t column, int width)
{
    int gap = gap_between(v, width), left = gap / 2;
    for (size_t i = 0; i < column; i++)
        left += column_width(&v->columns[i]) + gap;
    return left;
}

/* The middle of a unit, or of a part of the picture; aside: how far to the right of it, in parts.
 */
static picture_point place_of(const network_panel *v, size_t column, size_t i, float aside,
                              int width)
{
    const network_column *c = &v->columns[column];
    float left = (float)column_left(v, column, width);
    if (!c->pixels)
        return (picture_point){left + UNIT_SIDE / 2.0f, HEIGHT * ((float)i + 0.5f) / (float)c->n};
    float parts = (float)c->parts, size_y = (float)((int)c->rows * factor_of(c));
    float size_x = (float)((int)c->cols * factor_of(c));
    return (picture_point){left + 1 + size_x * ((float)(i % c->parts) + 0.5f + aside) / parts,
                           (HEIGHT - size_y) / 2 + size_y * ((float)(i / c->parts) + 0.5f) / parts};
}

/* ---- Drawing ---- */

static double largest_beside(const network_panel *v, size_t column)
{
    double largest = 0;
    for (size_t i = 0; i < v->n_lines; i++)
        if (v->lines[i].column == column)
            largest = fmax(largest, fabs((double)v->lines[i].weight));
    return largest;
}

static void draw_line(canvas *c, const network_panel *v, const network_line *line, int x, int y,
                      int width)
{
    double largest = largest_beside(v, line->column);
    float share = largest > 0 ? (float)((double)line->weight / largest) : 0;
    const colour_map *map = v->colours ? v->colours : colour_map_at(0);
    colour ink = colour_map_colour(map, share < 0 ? -0.8f : 0.8f);
    picture_point ends[2] = {place_of(v, line->column, line->from, 0.3f, width),
                             place_of(v, line->column + 1, line->to, -0.3f, width)};
    for (size_t i = 0; i < 2; i++)
        ends[i] = (picture_point){(float)x + ends[i].x, (float)y + ends[i].y};
    canvas_curve(c, ends, 2, 1 + (WIDEST_LINE - 1) * fabsf(share), ink);
}

static void draw_unit(canvas *c, const network_panel *v, size_t column, size_t i, box area)
{
    const network_column *all = &v->columns[column];
    shading s = shading_make(v->colours, 0, 0, all->values, all->n);
    canvas_fill(c, area, shading_colour(&s, all->values[i]));
    canvas_frame(c, area, MUTED);
}

/* On white, since lines end there. */
static void draw_label(canvas *c, const char *words, int right, int middle, int room)
{
    int width = text_width(words, TEXT_PLAIN), height = text_height(TEXT_PLAIN);
    int top = middle - height / 2;
    width = width < room ? width : room;
    canvas_fill(c, (box){right - width - 1, top, width + 1, height}, WHITE);
    canvas_short_text(c, right, top, room, words, TEXT_PLAIN, ALIGN_RIGHT, INK);
}

/* Names that would run into the one above are left out. */
static void draw_units(canvas *c, const network_panel *v, size_t column, int x, int y, int width)
{
    const network_column *all = &v->columns[column];
    int side = HEIGHT / (int)all->n - 2, last = y - HEIGHT, line = text_line(TEXT_PLAIN);
    int room = gap_between(v, width) / 2 - 2 * LABEL_GAP;
    side = side < 3 ? 3 : side < UNIT_SIDE ? side : UNIT_SIDE;
    for (size_t i = 0; i < all->n; i++) {
        picture_point at = place_of(v, column, i, 0, width);
        int left = x + (int)at.x - side / 2, top = y + (int)at.y - side / 2;
        draw_unit(c, v, column, i, (box){left, top, side, side});
        if (!all->labels || !all->labels[i] || top + side / 2 - last < line ||
            room < LEAST_ROOM / 2)
            continue;
        last = top + side / 2;
        draw_label(c, all->labels[i], left - LABEL_GAP, last, room);
    }
}

/* The picture, with lines between its parts. */
static void draw_picture(canvas *c, const network_panel *v, size_t column, int x, int y, int width)
{
    const network_column *all = &v->columns[column];
    int factor = factor_of(all), rows = (int)all->rows * factor, cols = (int)all->cols * factor;
    int left = x + column_left(v, column, width), top = y + (HEIGHT - rows) / 2;
    picture p = {0};
    picture_init_grey(&p, all->pixels, (int)all->cols, (int)all->rows);
    canvas_picture(c, left + 1, top + 1, &p, factor);
    picture_release(&p);
    canvas_frame(c, (box){left, top, cols + 2, rows + 2}, FRAME);
    for (int k = 1; k < (int)all->parts; k++) {
        canvas_fill(c, (box){left + 1 + cols * k / (int)all->parts, top + 1, 1, rows}, MUTED);
        canvas_fill(c, (box){left + 1, top + 1 + rows * k / (int)all->parts, cols, 1}, MUTED);
    }
}

/* As far as there is room for them between the columns beside it. */
static void draw_names(canvas *c, const network_panel *v, size_t column, int x, int y, int width)
{
    const network_column *all = &v->columns[column];
    int middle = x + column_left(v, column, width) + column_width(all) / 2;
    int room = gap_between(v, width) + UNIT_SIDE - 8;
    if (room < LEAST_ROOM)
        return;
    if (all->name)
        canvas_short_text(c, middle, y, room, all->name, TEXT_BOLD, ALIGN_CENTRE, INK);
    if (all->note)
        canvas_short_text(c, middle, y + text_line(TEXT_PLAIN), room, all->note, TEXT_PLAIN,
                          ALIGN_CENTRE, MUTED);
}

static int draw_words(canvas *c, const network_panel *v, int x, int y, int width)
{
    text words = {0};
    text_add(&words,
             "Squares: the value of a unit, as the colour bar has it, each column by its own "
             "largest. Lines: what comes along them adds to the target in the colour of what is "
             "above 0, or takes from it in the other, and the wider a line the more, beside the "
             "widest between the same columns.");
    if (v->caption)
        text_add(&words, " %s", v->caption);
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const network_panel *v = body;
    const float ends[2] = {-1, 1};
    shading bar = shading_make(v->colours, 1, 0, ends, 2);
    int names = 2 * text_line(TEXT_PLAIN) + 10, top = y + names;
    for (size_t i = 0; i < v->n; i++) {
        draw_names(c, v, i, x, y, width);
        if (v->columns[i].pixels)
            draw_picture(c, v, i, x, top, width);
    }
    for (size_t i = 0; i < v->n_lines; i++)
        draw_line(c, v, &v->lines[i], x, top, width);
    for (size_t i = 0; i < v->n; i++)
        if (!v->columns[i].pixels)
            draw_units(c, v, i, x, top, width);
    top += HEIGHT + 10;
    top += draw_colour_bar(c, x, top, MIN_MAP_WIDTH, &bar) + 4;
    return top + draw_words(c, v, x, top, width) - y;
}

const panel_kind NETWORK_PANEL = {sizeof(network_panel), keep, width_of, draw, .stretches = true,
                                  .is_aligned = true};

size_t figure_add_network(figure *f, const network_panel *p)
{
    assert(p->n >= 1);
    return figure_add(f, &NETWORK_PANEL, p, p->title, p->subtitle);
}
