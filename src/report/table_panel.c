/* SPDX-License-Identifier: MIT */
/* Numbers in columns under their names. */
#include "panel.h"

#include <assert.h>

enum { CELL_GAP = 20, MAX_NAME = 200, MIN_TABLE_WIDTH = 226, USUAL_ROWS = 64, MAX_COLS = 64 };

static void keep(figure_panel *p, void *body)
{
    table_panel *v = body;
    v->values = panel_keep(p, v->values, v->rows * v->cols * sizeof *v->values);
    v->row_names = panel_keep_texts(p, v->row_names, v->rows);
    v->col_names = panel_keep_texts(p, v->col_names, v->cols);
}

static size_t shown_rows(const table_panel *v)
{
    size_t most = v->max_rows ? v->max_rows : USUAL_ROWS;
    return v->rows < most ? v->rows : most;
}

static const char *cell_words(number_text out, const table_panel *v, size_t row, size_t col)
{
    return number_write(out, (double)v->values[row * v->cols + col], false);
}

static size_t shown_cols(const table_panel *v) { return v->cols < MAX_COLS ? v->cols : MAX_COLS; }

/* ---- Widths ---- */

static int wider(int width, const char *words, text_style style)
{
    int of_words = text_width(words, style);
    of_words = of_words < MAX_NAME ? of_words : MAX_NAME;
    return of_words > width ? of_words : width;
}

static int names_width(const table_panel *v)
{
    int width = 0;
    for (size_t i = 0; i < shown_rows(v); i++) {
        item_name name;
        width = wider(width, item_name_at(name, v->row_names, i), TEXT_PLAIN);
    }
    return width;
}

static int column_width(const table_panel *v, size_t col)
{
    int width = wider(0, v->col_names[col], TEXT_BOLD);
    for (size_t i = 0; i < shown_rows(v); i++) {
        number_text number;
        width = wider(width, cell_words(number, v, i, col), TEXT_PLAIN);
    }
    return width;
}

/* The columns first .. first + n - 1 that fit side by side into width, at least one. */
static size_t count_columns(const table_panel *v, size_t first, int width)
{
    int used = names_width(v);
    size_t n = 0;
    for (; first + n < shown_cols(v); n++) {
        used += CELL_GAP + column_width(v, first + n);
        if (n > 0 && used > width)
            break;
    }
    return n;
}

static int width_of(const void *body)
{
    const table_panel *v = body;
    int width = names_width(v);
    for (size_t k = 0; k < shown_cols(v); k++)
        width += CELL_GAP + column_width(v, k);
    width = width < MAX_CONTENT ? width : MAX_CONTENT;
    return width > MIN_TABLE_WIDTH ? width : MIN_TABLE_WIDTH;
}

/* ---- Drawing ---- */

/* One column with its right end at x. */
static void draw_column(canvas *c, const table_panel *v, size_t col, int x, int y, int width)
{
    canvas_short_text(c, x, y, width, v->col_names[col], TEXT_BOLD, ALIGN_RIGHT, INK);
    for (size_t i = 0; i < shown_rows(v); i++) {
        number_text number;
        canvas_text(c, x, y + (int)(i + 1) * text_line(TEXT_PLAIN) + 4,
                    cell_words(number, v, i, col), TEXT_PLAIN, ALIGN_RIGHT, INK);
    }
}

static void draw_row_names(canvas *c, const table_panel *v, int x, int y)
{
    for (size_t i = 0; i < shown_rows(v); i++) {
        item_name name;
        canvas_short_text(c, x, y + (int)(i + 1) * text_line(TEXT_PLAIN) + 4, MAX_NAME,
                          item_name_at(name, v->row_names, i), TEXT_PLAIN, ALIGN_LEFT, MUTED);
    }
}

/* n columns with the names of the rows before them; returns the height. */
static int draw_block(canvas *c, const table_panel *v, size_t first, size_t n, int x, int y)
{
    int at = x + names_width(v);
    for (size_t k = first; k < first + n; k++) {
        int width = column_width(v, k);
        at += CELL_GAP + width;
        draw_column(c, v, k, at, y, width);
    }
    canvas_fill(c, (box){x, y + text_line(TEXT_PLAIN), at - x, 1}, FRAME);
    draw_row_names(c, v, x, y);
    return (int)(shown_rows(v) + 1) * text_line(TEXT_PLAIN) + 4;
}

static int draw_words(canvas *c, const table_panel *v, int x, int y, int width)
{
    value_summary s = summarise(v->values, v->rows * v->cols);
    number_text least, greatest;
    text words = {0};
    text_add(&words, "%zu × %zu numbers", v->rows, v->cols);
    if (shown_rows(v) < v->rows)
        text_add(&words, " (the first %zu rows are shown)", shown_rows(v));
    if (shown_cols(v) < v->cols)
        text_add(&words, " (the first %zu columns are shown)", shown_cols(v));
    text_add(&words, ": min %s, max %s", number_write(least, s.least, false),
             number_write(greatest, s.greatest, false));
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

static int draw(canvas *c, const void *body, int x, int y, int width)
{
    const table_panel *v = body;
    int top = y;
    for (size_t first = 0, n; first < shown_cols(v); first += n) {
        n = count_columns(v, first, width);
        y += draw_block(c, v, first, n, x, y) + 10;
    }
    return y - top + draw_words(c, v, x, y, width);
}

const panel_kind TABLE_PANEL = {sizeof(table_panel), keep, width_of, draw, .is_aligned = true};

size_t figure_add_table(figure *f, const table_panel *p)
{
    assert(p->rows >= 1 && p->cols >= 1 && p->col_names);
    return figure_add(f, &TABLE_PANEL, p, p->title, p->subtitle);
}
