/* SPDX-License-Identifier: MIT */
/* Rows and columns: a matrix as colours, a table as numbers. Labels are those of the columns, then
 * those of the rows, where they have any. */
#include "present_detail.h"
#include <math.h>
#include <stdlib.h>

/* The names of n columns or rows, or NULL. */
static const char *const *labels_from(const named_array *v, size_t first, size_t n)
{
    return v->n_labels >= first + n ? (const char *const *)v->labels + first : NULL;
}

static const char *const *column_names(const named_array *v)
{
    return labels_from(v, 0, v->shape[1]);
}

static const char *const *row_names(const named_array *v)
{
    return labels_from(v, v->shape[1], v->shape[0]);
}

/* "row 3", unless it has a label; the caller frees it. */
static char *name_one(const char *const *names, const char *kind, size_t i)
{
    text name = {0};
    if (names)
        text_add(&name, "%s", names[i]);
    else
        text_add(&name, "%s %zu", kind, i);
    return name.data;
}

/* ---- A matrix ---- */

/* Whether a cell is the mirror of another, in a matrix that is its own mirror. */
static bool is_mirrored(const named_array *v, size_t cell)
{
    size_t rows = v->shape[0], cols = v->shape[1];
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < r; c++)
            if (rows != cols || v->data[r * cols + c] != v->data[c * cols + r])
                return false;
    return rows > 1 && cell % cols < cell / cols;
}

static json_t *cell_numbers(const named_array *v, size_t cell)
{
    size_t cols = v->shape[1];
    char *row = name_one(row_names(v), "row", cell / cols);
    char *column = name_one(column_names(v), "column", cell % cols);
    json_t *o = json_object();
    set_word(o, "row", row);
    set_word(o, "column", column);
    set_number(o, "value", (double)v->data[cell]);
    free(row);
    free(column);
    return o;
}

/* Those that are not 0, one of each two that mirror each other. */
static json_t *strongest_cells(const named_array *v)
{
    size_t top[2 * N_NAMED], n = find_strongest(top, 2 * N_NAMED, v->data, v->n);
    json_t *list = json_array();
    for (size_t k = 0; k < n && json_array_size(list) < N_NAMED; k++)
        if (v->data[top[k]] != 0 && !is_mirrored(v, top[k]))
            json_array_append_new(list, cell_numbers(v, top[k]));
    return list;
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    size_t top = 0;
    (void)a;
    (void)n_top;
    find_strongest(&top, 1, v->data, v->n);
    json_object_set_new(o, "strongest", cell_numbers(v, top));
    json_object_set_new(o, "strongest_cells", strongest_cells(v));
}

static size_t draw(figure *f, const array_view *v)
{
    const explanation_style *style = v->of->style;
    return figure_add_matrix(
        f, &(matrix_panel){.title = v->v->row->title,
                           .subtitle = v->v->row->unit,
                           .values = v->v->data,
                           .row_names = row_names(v->v),
                           .col_names = column_names(v->v),
                           .rows = v->v->shape[0],
                           .cols = v->v->shape[1],
                           .scale = array_scales_find(v->of->scales, v->v->row),
                           .colours = v->v->row->sign == SIGN_MAGNITUDE ? style->sequential
                                                                        : style->diverging});
}

/* "z3 and z17 (+0.2), z5 and z9 (-0.1)" */
static void add_finding(text *t, const array_view *v, bool is_brief)
{
    size_t i;
    const json_t *o;
    json_array_foreach(json_object_get(v->numbers, "strongest_cells"), i, o)
    {
        number_text a;
        if (!is_brief || i < N_NAMED_IN_BRIEF)
            text_add(t, "%s%s and %s (%s)", i ? ", " : "", word_at(o, "row"), word_at(o, "column"),
                     write_at(a, o, "value", v->v->row->sign == SIGN_SIGNED));
    }
}

static void say(text *t, const array_view *v)
{
    number_text a;
    const json_t *strongest = json_object_get(v->numbers, "strongest");
    say_range(t, v);
    text_add(t, "; the strongest, %s, is that of %s and %s.",
             write_at(a, strongest, "value", v->v->row->sign == SIGN_SIGNED),
             word_at(strongest, "row"), word_at(strongest, "column"));
}

const space_row matrix_space = {.find_scale = find_largest,
                                .add_numbers = add_numbers,
                                .draw = draw,
                                .add_finding = add_finding,
                                .say = say};

/* ---- A table ---- */

static json_t *row_numbers(const named_array *v)
{
    json_t *rows = json_array();
    for (size_t r = 0; r < v->shape[0]; r++) {
        char *name = name_one(row_names(v), "row", r);
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

static void add_table_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *columns = json_array();
    (void)a;
    (void)n_top;
    for (size_t c = 0; c < v->shape[1]; c++) {
        char *name = name_one(column_names(v), "column", c);
        double least = (double)v->data[c], greatest = least;
        for (size_t r = 1; r < v->shape[0]; r++) {
            double value = (double)v->data[r * v->shape[1] + c];
            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
        }
        json_t *column = json_object();
        set_word(column, "name", name);
        set_number(column, "least", least);
        set_number(column, "greatest", greatest);
        json_array_append_new(columns, column);
        free(name);
    }
    set_count(o, "n_rows", v->shape[0]);
    json_object_set_new(o, "columns", columns);
    json_object_set_new(o, "rows", row_numbers(v));
}

static size_t draw_table(figure *f, const array_view *v)
{
    size_t cols = v->v->shape[1];
    char **names = allocate(cols, sizeof *names);
    for (size_t i = 0; i < cols; i++)
        names[i] = name_one(column_names(v->v), "column", i);
    table_panel p = {.title = v->v->row->title,
                     .subtitle = v->v->row->unit,
                     .values = v->v->data,
                     .row_names = row_names(v->v),
                     .col_names = (const char *const *)names,
                     .rows = v->v->shape[0],
                     .cols = cols};
    size_t panel = figure_add_table(f, &p);
    for (size_t i = 0; i < cols; i++)
        free(names[i]);
    free(names);
    return panel;
}

/* As the figure has it. */
static void add_cell(words_table *t, const json_t *column, double value)
{
    text words = {0};
    bool is_share = table_is_share(word_at(column, "name"));
    number_text a;
    double shown = is_share ? 100 * value : value;
    if (fabs(shown) < 1e9 && shown == floor(shown))
        text_add(&words, "%.0f", shown);
    else
        text_add(&words, "%s", number_write(a, shown, false));
    words_table_add(t, "%s%s", words.data, is_share ? " %" : "");
    text_release(&words);
}

static void fill_table(words_table *t, const array_view *v)
{
    size_t i, k;
    const json_t *row, *value, *columns = json_object_get(v->numbers, "columns");
    t->n_columns = 1 + v->v->shape[1];
    words_table_add(t, "%s", "");
    json_array_foreach(columns, i, row) words_table_add(t, "%s", word_at(row, "name"));
    json_array_foreach(json_object_get(v->numbers, "rows"), i, row)
    {
        words_table_add(t, "%s", word_at(row, "name"));
        json_array_foreach(json_object_get(row, "values"), k, value)
            add_cell(t, json_array_get(columns, k), json_number_value(value));
    }
}

const space_row table_space = {
    .add_numbers = add_table_numbers, .draw = draw_table, .fill_table = fill_table};
