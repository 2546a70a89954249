/* SPDX-License-Identifier: MIT */
/* Numbers in columns under their names. */
#include "panel.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    CELL_GAP = 20,
    MAX_NAME = 480,

    MIN_TABLE_WIDTH = 226,
    USUAL_ROWS = 64,
    MAX_COLS = 64
};

static void keep(figure_panel *p, void *body)
{
    table_panel *v = body;
    v->values = panel_keep(p, v->values, v->rows * v->cols * sizeof *v->values);
    v->row_names = panel_keep_texts(p, v->row_names, v->rows);
    v->col_names = panel_keep_texts(p, v->col_names, v->cols);
    v->spreads = panel_keep(p, v->spreads, v->rows * v->cols * sizeof *v->spreads);
    v->are_bold = panel_keep(p, v->are_bold, v->rows * v->cols * sizeof *v->are_bold);
    v->caption = panel_keep_text(p, v->caption);
}

static size_t shown_rows(const table_panel *v)
{
    size_t most = v->max_rows ? v->max_rows : USUAL_ROWS;
    return v->rows < most ? v->rows : most;
}

/* ---- Columns ---- */

/* Of "GROUP: NAME", without the colon; 0: in no group. */
static size_t group_length(const char *name)
{
    const char *end = strstr(name, ": ");
    return end ? (size_t)(end - name) : 0;
}

static const char *own_name(const char *name)
{
    size_t n = group_length(name);
    return n > 0 ? name + n + 2 : name;
}

/* How many columns from col on, before end, stand under one group's name; 1 without one. */
static size_t run_length(const table_panel *v, size_t col, size_t end)
{
    size_t n = 1, length = group_length(v->col_names[col]);
    while (length > 0 && col + n < end && group_length(v->col_names[col + n]) == length &&
           strncmp(v->col_names[col], v->col_names[col + n], length) == 0)
        n++;
    return n;
}

bool table_is_share(const char *name) { return strncmp(name, "share ", 6) == 0; }

/* As it is written: a share is in percent. */
static double shown_value(const table_panel *v, size_t row, size_t col)
{
    double value = (double)v->values[row * v->cols + col];
    return table_is_share(v->col_names[col]) ? 100 * value : value;
}

/* Whether all numbers of a column are as good with so many decimals as with `most` of them. */
static bool is_enough(const table_panel *v, size_t col, int decimals, int most)
{
    double coarse = pow(10, decimals), fine = pow(10, most);
    for (size_t i = 0; i < shown_rows(v); i++) {
        double value = shown_value(v, i, col);
        if (isfinite(value) &&
            fabs(round(value * coarse) / coarse - round(value * fine) / fine) > 0.5 / fine)
            return false;
    }
    return true;
}

static bool are_counts(const table_panel *v, size_t col)
{
    for (size_t i = 0; i < shown_rows(v); i++) {
        double value = shown_value(v, i, col);
        if (isfinite(value) && (fabs(value) > 1e9 || value != floor(value)))
            return false;
    }
    return true;
}

/* Decimals that the column's largest number has three digits with, or fewer where those are zeros;
 * -1 where it is so large or small that each number has digits of its own.
 * Counts are written in full. */
static int find_decimals(const table_panel *v, size_t col)
{
    double largest = 0;
    int decimals = 0;
    for (size_t i = 0; i < shown_rows(v); i++) {
        double value = fabs(shown_value(v, i, col));
        largest = isfinite(value) && value > largest ? value : largest;
    }
    if (largest != 0 && !are_counts(v, col) && (largest < 0.01 || largest >= 1e5))
        return -1;
    int most = largest < 1 ? 3 : largest < 10 ? 2 : largest < 100 ? 1 : 0;
    while (decimals < most && !is_enough(v, col, decimals, most))
        decimals++;
    return decimals;
}

typedef char cell_text[24];

static const char *cell_words(cell_text out, const table_panel *v, size_t row, size_t col,
                              int decimals)
{
    double value = shown_value(v, row, col);
    text words = {0};
    number_text number;
    if (decimals < 0 || !isfinite(value)) {
        text_add(&words, "%s", isnan(value) ? "-" : number_write(number, value, false));
    } else {
        text_add_decimals(&words, value, decimals);
    }
    snprintf(out, sizeof(cell_text), "%s%s", words.data,
             table_is_share(v->col_names[col]) && isfinite(value) ? " %" : "");
    text_release(&words);
    return out;
}

/* " ±0.04", with the decimals of its column; nothing where there is no spread. */
static const char *spread_words(cell_text out, const table_panel *v, size_t row, size_t col,
                                int decimals)
{
    double spread = v->spreads ? (double)v->spreads[row * v->cols + col] : (double)NAN;
    text words = {0};
    number_text number;
    text_add(&words, "%s", isfinite(spread) ? " ±" : "");
    spread = table_is_share(v->col_names[col]) ? 100 * spread : spread;
    if (isfinite(spread) && decimals >= 0)
        text_add_decimals(&words, spread, decimals);
    else if (isfinite(spread))
        text_add(&words, "%s", number_write_digits(number, spread, 2, false));
    snprintf(out, sizeof(cell_text), "%s", words.data);
    text_release(&words);
    return out;
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

static text group_of(const char *name)
{
    text group = {0};
    text_add_bytes(&group, name, group_length(name));
    return group;
}

/* The part of its group's width that each column has at least. */
static int group_share(const table_panel *v, size_t col)
{
    size_t first = col;
    while (first > 0 && run_length(v, first - 1, col + 1) == col + 2 - first)
        first--;
    int n = (int)run_length(v, first, shown_cols(v));
    text group = group_of(v->col_names[col]);
    int width = wider(0, group.data, TEXT_BOLD) - (n - 1) * CELL_GAP;
    text_release(&group);
    return (width + n - 1) / n;
}

static text_style style_at(const table_panel *v, size_t row, size_t col)
{
    return v->are_bold && v->are_bold[row * v->cols + col] ? TEXT_BOLD : TEXT_PLAIN;
}

static int spreads_width(const table_panel *v, size_t col)
{
    int width = 0, decimals = find_decimals(v, col);
    for (size_t i = 0; i < shown_rows(v); i++) {
        cell_text spread;
        width = wider(width, spread_words(spread, v, i, col, decimals), TEXT_PLAIN);
    }
    return width;
}

static int column_width(const table_panel *v, size_t col)
{
    int width = 0, decimals = find_decimals(v, col);
    for (size_t i = 0; i < shown_rows(v); i++) {
        cell_text number;
        width = wider(width, cell_words(number, v, i, col, decimals), style_at(v, i, col));
    }
    width += spreads_width(v, col);
    int named = wider(group_share(v, col), own_name(v->col_names[col]), TEXT_BOLD);
    return width > named ? width : named;
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

enum { PART_GAP = 7 }; /* around the line between two rows */

static int row_top(const table_panel *v, int y, size_t row)
{
    int gap = v->line_above && row >= v->line_above ? PART_GAP : 0;
    return y + (int)row * text_line(TEXT_PLAIN) + 6 + gap;
}

/* One column with its right end at x; y is under the heads. */
static void draw_column(canvas *c, const table_panel *v, size_t col, int x, int y)
{
    int decimals = find_decimals(v, col), spreads = spreads_width(v, col);
    canvas_short_text(c, x, y - text_line(TEXT_PLAIN), column_width(v, col),
                      own_name(v->col_names[col]), TEXT_BOLD, ALIGN_RIGHT, INK);
    for (size_t i = 0; i < shown_rows(v); i++) {
        cell_text number, spread;
        int top = row_top(v, y, i);
        canvas_text(c, x - spreads, top, cell_words(number, v, i, col, decimals),
                    style_at(v, i, col), ALIGN_RIGHT, INK);
        canvas_text(c, x, top, spread_words(spread, v, i, col, decimals), TEXT_PLAIN, ALIGN_RIGHT,
                    MUTED);
    }
}

static void draw_row_names(canvas *c, const table_panel *v, int x, int y)
{
    for (size_t i = 0; i < shown_rows(v); i++) {
        item_name name;
        canvas_short_text(c, x, row_top(v, y, i), MAX_NAME, item_name_at(name, v->row_names, i),
                          TEXT_PLAIN, ALIGN_LEFT, MUTED);
    }
}

/* The name of a run of columns that takes width up to x, and a line that spans them. */
static void draw_group(canvas *c, const char *name, int x, int y, int width)
{
    text group = group_of(name);
    canvas_short_text(c, x, y, width, group.data, TEXT_BOLD, ALIGN_RIGHT, INK);
    text_release(&group);
    canvas_fill(c, (box){x - width, y + text_line(TEXT_PLAIN) - 2, width, 1}, FRAME);
}

static bool has_groups(const table_panel *v)
{
    for (size_t k = 0; k < shown_cols(v); k++)
        if (group_length(v->col_names[k]) > 0)
            return true;
    return false;
}

/* n columns with the names of the rows before them; returns the height. */
static int draw_block(canvas *c, const table_panel *v, size_t first, size_t n, int x, int y)
{
    int at = x + names_width(v), line = text_line(TEXT_PLAIN);
    int heads = has_groups(v) ? 2 * line + 2 : line;
    for (size_t k = first, n_run; k < first + n; k += n_run) {
        int start = at + CELL_GAP;
        n_run = run_length(v, k, first + n);
        for (size_t i = k; i < k + n_run; i++) {
            at += CELL_GAP + column_width(v, i);
            draw_column(c, v, i, at, y + heads);
        }
        if (group_length(v->col_names[k]) > 0)
            draw_group(c, v->col_names[k], at, y, at - start);
    }
    canvas_fill(c, (box){x, y + heads, at - x, 1}, FRAME);
    if (v->line_above && v->line_above < shown_rows(v))
        canvas_fill(c, (box){x, row_top(v, y + heads, v->line_above) - PART_GAP, at - x, 1}, FRAME);
    draw_row_names(c, v, x, y + heads);
    return row_top(v, heads, shown_rows(v));
}

static bool has_unknown(const table_panel *v)
{
    for (size_t i = 0; i < shown_rows(v); i++)
        for (size_t k = 0; k < shown_cols(v); k++)
            if (isnan(v->values[i * v->cols + k]))
                return true;
    return false;
}

/* What is left out and what is not known, and the caption. */
static int draw_words(canvas *c, const table_panel *v, int x, int y, int width)
{
    text words = {0};
    bool has_all_rows = shown_rows(v) == v->rows, has_all_cols = shown_cols(v) == v->cols;
    if (!has_all_rows)
        text_add(&words, "The first %zu of %zu rows", shown_rows(v), v->rows);
    if (!has_all_cols)
        text_add(&words, "%s%zu of %zu columns", has_all_rows ? "The first " : ", ", shown_cols(v),
                 v->cols);
    if (has_unknown(v))
        text_add(&words, "%s-: not known", words.length ? "; " : "");
    if (v->caption)
        text_add(&words, "%s%s", words.length ? "\n" : "", v->caption);
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
