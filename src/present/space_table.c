/* SPDX-License-Identifier: MIT */
/* Rows and columns as numbers, with intervals where these are known. */
#include "cells_detail.h"
#include <math.h>
#include <stdlib.h>

/* ---- Numbers ---- */

static json_t *row_numbers(const named_array *v)
{
    json_t *rows = json_array();
    for (size_t r = 0; r < v->shape[0]; r++) {
        char *name = name_cell(row_names(v), "row", r);
        json_t *row = json_object(), *values = json_array();
        for (size_t c = 0; c < v->shape[1]; c++)
            json_array_append_new(values, json_number((double)v->data[r * v->shape[1] + c]));
        set_word(row, "name", name);
        json_object_set_new(row, "values", values);
        json_array_append_new(rows, row);
        free(name);
    }
    return rows;
}

/* Least and greatest are of the values that are known. */
static json_t *column_numbers(const named_array *v, size_t c)
{
    json_t *column = json_object();
    char *name = name_cell(column_names(v), "column", c);
    double least = (double)NAN, greatest = least;
    for (size_t r = 0; r < v->shape[0]; r++) {
        double value = (double)v->data[r * v->shape[1] + c];
        least = fmin(least, value);
        greatest = fmax(greatest, value);
    }
    set_word(column, "name", name);
    set_number(column, "least", least);
    set_number(column, "greatest", greatest);
    free(name);
    return column;
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *columns = json_array();
    (void)a;
    (void)n_top;
    for (size_t c = 0; c < v->shape[1]; c++)
        json_array_append_new(columns, column_numbers(v, c));
    set_count(o, "n_rows", v->shape[0]);
    json_object_set_new(o, "columns", columns);
    json_object_set_new(o, "rows", row_numbers(v));
}

/* ---- Intervals ---- */

/* How far the farther end of each value's interval is from it; NaN where one is not known. The
 * caller frees it; NULL: there are no intervals. */
static float *find_spreads(const array_view *v)
{
    array_interval ends = find_interval(v->of->a, v->v);
    if (!ends.low)
        return NULL;
    float *spreads = allocate(v->v->n, sizeof *spreads);
    for (size_t i = 0; i < v->v->n; i++) {
        float below = v->v->data[i] - ends.low->data[i], above = ends.high->data[i] - v->v->data[i];
        spreads[i] = isnan(below) || isnan(above) ? NAN : fmaxf(fmaxf(below, above), 0);
    }
    return spreads;
}

/* ---- As a panel ---- */

static char *caption_of(const array_view *v, bool has_spreads)
{
    text t = {0};
    if (has_spreads)
        text_add(&t, "±: how far the farther end of the interval of 95 %% is.");
    say_columns(&t, v);
    return t.data;
}

static size_t draw(figure *f, const array_view *v)
{
    size_t cols = v->v->shape[1];
    char **names = allocate(cols, sizeof *names);
    for (size_t i = 0; i < cols; i++)
        names[i] = name_cell(column_names(v->v), "column", i);
    float *spreads = find_spreads(v);
    bool *are_best = allocate(v->v->n, sizeof *are_best);
    find_best(are_best, v);
    char *caption = caption_of(v, spreads);
    table_panel p = {.title = v->v->row->title,
                     .subtitle = v->v->row->unit,
                     .values = v->v->data,
                     .row_names = row_names(v->v),
                     .col_names = (const char *const *)names,
                     .rows = v->v->shape[0],
                     .cols = cols,
                     .spreads = spreads,
                     .are_bold = are_best,
                     .line_above = first_control(v),
                     .caption = caption};
    size_t panel = figure_add_table(f, &p);
    for (size_t i = 0; i < cols; i++)
        free(names[i]);
    free(names);
    free(spreads);
    free(are_best);
    free(caption);
    return panel;
}

/* ---- As words ---- */

/* As the figure has it. */
static void add_number(text *t, double value, bool is_share)
{
    number_text a;
    double shown = is_share ? 100 * value : value;
    if (fabs(shown) < 1e9 && shown == floor(shown))
        text_add(t, "%.0f", shown);
    else
        text_add(t, "%s", number_write(a, shown, false));
}

/* Of a table's numbers; NULL: there are none. */
static const json_t *cell_at(const json_t *numbers, size_t row, size_t column)
{
    const json_t *one = json_array_get(json_object_get(numbers, "rows"), row);
    return json_array_get(json_object_get(one, "values"), column);
}

/* "0.83", "83 %", "0.83 (0.79 to 0.86)", and "-" of what is not known. */
static void add_cell(words_table *t, const json_t *value, bool is_share, const json_t *ends[2])
{
    text words = {0};
    if (!json_is_number(value)) {
        words_table_add(t, "-");
        return;
    }
    add_number(&words, json_number_value(value), is_share);
    text_add(&words, is_share ? " %%" : "");
    if (json_is_number(ends[0]) && json_is_number(ends[1])) {
        text_add(&words, " (");
        add_number(&words, json_number_value(ends[0]), is_share);
        text_add(&words, " to ");
        add_number(&words, json_number_value(ends[1]), is_share);
        text_add(&words, ")");
    }
    words_table_add(t, "%s", words.data);
    text_release(&words);
}

static void fill_table(words_table *t, const array_view *v)
{
    array_interval ends = find_interval(v->of->a, v->v);
    const json_t *columns = json_object_get(v->numbers, "columns"), *column, *low = NULL,
                 *high = NULL;
    size_t i;
    if (ends.low) {
        low = view_array(v->of, ends.low).numbers;
        high = view_array(v->of, ends.high).numbers;
    }
    t->n_columns = 1 + v->v->shape[1];
    words_table_add(t, "%s", "");
    json_array_foreach(columns, i, column) words_table_add(t, "%s", word_at(column, "name"));
    for (size_t r = 0; r < v->v->shape[0]; r++) {
        words_table_add(t, "%s",
                        word_at(json_array_get(json_object_get(v->numbers, "rows"), r), "name"));
        json_array_foreach(columns, i, column)
            add_cell(t, cell_at(v->numbers, r, i), table_is_share(word_at(column, "name")),
                     (const json_t *[]){cell_at(low, r, i), cell_at(high, r, i)});
    }
}

static void add_notes(text *t, const array_view *v)
{
    if (number_at(v->numbers, "unknown") > 0)
        text_add(t, "A dash, -, stands where a number is not known or has no meaning.");
    if (find_interval(v->of->a, v->v).low)
        text_add(t, "%sIn brackets: the interval of 95 %%.", t->length ? " " : "");
}

const space_row table_space = {
    .add_numbers = add_numbers, .draw = draw, .fill_table = fill_table, .add_notes = add_notes};
