/* SPDX-License-Identifier: MIT */
/* Rows and columns as colours. */
#include "cells_detail.h"
#include <math.h>
#include <stdlib.h>

/* The names of n columns or rows, or NULL. */
static const char *const *labels_from(const named_array *v, size_t first, size_t n)
{
    return v->n_labels >= first + n ? (const char *const *)v->labels + first : NULL;
}

const char *const *column_names(const named_array *v) { return labels_from(v, 0, v->shape[1]); }

const char *const *row_names(const named_array *v)
{
    return labels_from(v, v->shape[1], v->shape[0]);
}

char *name_cell(const char *const *names, const char *kind, size_t i)
{
    text name = {0};
    if (names)
        text_add(&name, "%s", names[i]);
    else
        text_add(&name, "%s %zu", kind, i);
    return name.data;
}

/* What is not known is equal to itself. */
static bool are_equal(float a, float b) { return a == b || (isnan(a) && isnan(b)); }

/* Whether a cell is the mirror of another, in a matrix that is its own mirror. */
static bool is_mirrored(const named_array *v, size_t cell)
{
    size_t rows = v->shape[0], cols = v->shape[1];
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < r; c++)
            if (rows != cols || !are_equal(v->data[r * cols + c], v->data[c * cols + r]))
                return false;
    return rows > 1 && cell % cols < cell / cols;
}

static json_t *cell_numbers(const named_array *v, size_t cell)
{
    size_t cols = v->shape[1];
    char *row = name_cell(row_names(v), "row", cell / cols);
    char *column = name_cell(column_names(v), "column", cell % cols);
    json_t *o = json_object();
    set_word(o, "row", row);
    set_word(o, "column", column);
    set_number(o, "value", (double)v->data[cell]);
    free(row);
    free(column);
    return o;
}

/* Whether it is its own mirror and all things are the same to themselves, which says nothing. */
static bool has_trivial_diagonal(const named_array *v)
{
    size_t n = v->shape[0];
    bool is_trivial = n > 1 && n == v->shape[1] && is_mirrored(v, n);
    for (size_t i = 1; is_trivial && i < n; i++)
        is_trivial = are_equal(v->data[i * n + i], v->data[0]);
    return is_trivial;
}

/* The k strongest that are known, not 0 and say something; returns how many there are. */
static size_t find_strongest_known(size_t *which, size_t k, const named_array *v)
{
    size_t cols = v->shape[1];
    bool skips_diagonal = has_trivial_diagonal(v);
    float *values = allocate(v->n, sizeof *values);
    for (size_t i = 0; i < v->n; i++)
        values[i] = isnan(v->data[i]) || (skips_diagonal && i % cols == i / cols) ? 0 : v->data[i];
    size_t n = find_strongest(which, k, values, v->n);
    while (n > 0 && values[which[n - 1]] == 0)
        n--;
    free(values);
    return n;
}

/* One of each two that mirror each other. */
static json_t *strongest_cells(const named_array *v)
{
    size_t top[2 * N_NAMED], n = find_strongest_known(top, 2 * N_NAMED, v);
    json_t *list = json_array();
    for (size_t k = 0; k < n && json_array_size(list) < N_NAMED; k++)
        if (!is_mirrored(v, top[k]))
            json_array_append_new(list, cell_numbers(v, top[k]));
    return list;
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    size_t top = 0;
    (void)a;
    (void)n_top;
    find_strongest_known(&top, 1, v);
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
                           .has_gaps = v->v->row->has_gaps,
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
    if (json_is_null(json_object_get(strongest, "value"))) {
        text_add(t, " None of the %ss is known.", noun_of(v->v->row));
        return;
    }
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
