/* SPDX-License-Identifier: MIT */
#include "shading.h"

#include <assert.h>
#include <string.h>

enum { SMALL_SIDE = 112, CELL_GAP = 17, MAX_LABEL = 260 };

static void keep(figure_panel *p, void *body)
{
    strip_panel *v = body;
    size_t n = v->rows * v->cols;
    v->values = panel_keep(p, v->values, v->n * n * sizeof *v->values);
    v->contour = panel_keep(p, v->contour, n);
    v->under = panel_keep(p, v->under, n);
    v->outline = panel_keep(p, v->outline, sizeof *v->outline);
    v->caption = panel_keep_text(p, v->caption);
    v->labels = panel_keep_texts(p, v->labels, v->n);
}

/* ---- Groups ---- */

/* How many letters of a label name its group: 7 of "layer 1: 4", 0 of "z17". */
static size_t group_length(const char *label)
{
    const char *end = strstr(label, ": ");
    return end ? (size_t)(end - label) : 0;
}

/* What stands over a cell: what follows the group. */
static const char *name_of(const char *label)
{
    size_t n = group_length(label);
    return n ? label + n + 2 : label;
}

static bool begins_group(const strip_panel *v, size_t i)
{
    size_t n = group_length(v->labels[i]);
    return n && (i == 0 || strncmp(v->labels[i], v->labels[i - 1], n + 2) != 0);
}

/* Of all groups, or of all cells where there are none. */
static int longest_group(const strip_panel *v)
{
    int longest = 0, n = 0;
    for (size_t i = 0; i < v->n; i++) {
        n = begins_group(v, i) ? 1 : n + 1;
        longest = n > longest ? n : longest;
    }
    return longest;
}

static int draw_group(canvas *c, const strip_panel *v, size_t i, int x, int y, int width)
{
    text name = {0};
    text_add_bytes(&name, v->labels[i], group_length(v->labels[i]));
    canvas_short_text(c, x, y, width, name.data, TEXT_BOLD, ALIGN_LEFT, MUTED);
    text_release(&name);
    return text_line(TEXT_BOLD) + 2;
}

/* ---- Cells ---- */

/* A cell of a strip is as wide as its map or the longest label, as far as that is shown. */
static int cell_width_of(const strip_panel *v, int factor)
{
    int widest = (int)v->cols * factor + 2;
    for (size_t i = 0; i < v->n; i++) {
        int width = text_width(name_of(v->labels[i]), TEXT_PLAIN);
        width = width < MAX_LABEL ? width : MAX_LABEL;
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* Rows that are about equally long, in as many columns as cells of the least size have room. */
static int columns_in(const strip_panel *v, int width)
{
    int cell = cell_width_of(v, enlargement(v->rows, v->cols, SMALL_SIDE)), n = longest_group(v);
    int most = (width + CELL_GAP) / (cell + CELL_GAP), n_rows = (n + most - 1) / most;
    return (n + n_rows - 1) / n_rows;
}

/* Maps are enlarged as far as those columns have room, at most twice. */
static int strip_factor(const strip_panel *v, int width)
{
    int columns = columns_in(v, width), room = (width + CELL_GAP) / columns - CELL_GAP;
    int least = enlargement(v->rows, v->cols, SMALL_SIDE);
    int factor = (room - 2) / (int)v->cols;
    return factor < least ? least : factor > 2 * least ? 2 * least : factor;
}

static int width_of(const void *body)
{
    const strip_panel *v = body;
    int cell = cell_width_of(v, enlargement(v->rows, v->cols, SMALL_SIDE));
    int width = columns_in(v, MAX_CONTENT) * (cell + CELL_GAP) - CELL_GAP;
    return width > MIN_MAP_WIDTH ? width : MIN_MAP_WIDTH;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const strip_panel *v = body;
    int factor = strip_factor(v, width), top = y;
    int cell_width = cell_width_of(v, factor), columns = columns_in(v, width);
    int label_height = text_line(TEXT_PLAIN);
    int cell_height = label_height + (int)v->rows * factor + 2 + CELL_GAP;
    size_t n_values = v->rows * v->cols;
    shading s = shading_make(v->colours, v->scale, v->hidden, v->values, v->n * n_values);
    shaded_map m = {v->values, v->rows, v->cols, v->contour, v->under, v->alpha, v->outline};
    for (size_t i = 0, column = 0; i < v->n; i++, column++) {
        if (i && (column == (size_t)columns || begins_group(v, i))) {
            y += cell_height;
            column = 0;
        }
        if (begins_group(v, i))
            y += draw_group(c, v, i, x, y, width);
        int left = x + (int)column * (cell_width + CELL_GAP);
        canvas_short_text(c, left, y, cell_width, name_of(v->labels[i]), TEXT_PLAIN, ALIGN_LEFT,
                          INK);
        m.values = v->values + i * n_values;
        draw_shaded(c, left, y + label_height, &s, &m, factor);
    }
    y += cell_height;
    int bar_height = draw_colour_bar(c, x, y, MIN_MAP_WIDTH, &s);
    int beside = MIN_MAP_WIDTH + CELL_GAP;
    bool has_room = width >= 2 * beside; /* the statistics go to the right of the bar, else below */
    int words_height =
        draw_shaded_words(c, has_room ? x + beside : x, has_room ? y : y + bar_height + 2,
                          has_room ? width - beside : width, &s, v->caption);
    if (!has_room)
        return y - top + bar_height + 2 + words_height;
    return y - top + (bar_height > words_height ? bar_height : words_height);
}

const panel_kind STRIP_PANEL = {sizeof(strip_panel), keep, width_of, draw, .stretches = true,
                                .is_aligned = true};

size_t figure_add_strip(figure *f, const strip_panel *p)
{
    assert(p->n >= 1 && is_map_size(p->rows, p->cols) && p->alpha >= 0 && p->alpha <= 1);
    return figure_add(f, &STRIP_PANEL, p, p->title, p->subtitle);
}
