/* SPDX-License-Identifier: MIT */
/* Layers as columns of units, with lines between them. */
#include "present_detail.h"
#include <stdlib.h>
#include <string.h>

static float cell(const named_array *v, size_t row, size_t column)
{
    return v->data[row * NETWORK_COLUMNS + column];
}

static bool is_unit(const named_array *v, size_t row) { return cell(v, row, NETWORK_TO) < 0; }

static size_t count_units(const named_array *v)
{
    size_t n = 0;
    while (n < v->shape[0] && is_unit(v, n))
        n++;
    return n;
}

static size_t column_of(const named_array *v, size_t row)
{
    return (size_t)cell(v, row, NETWORK_FROM);
}

/* ---- Numbers ---- */

static json_t *column_numbers(const named_array *v, size_t column)
{
    json_t *o = json_object(), *units = json_array();
    set_word(o, "name", v->labels[column]);
    for (size_t i = 0; i < count_units(v); i++)
        if (column_of(v, i) == column) {
            json_t *unit = json_object();
            set_count(unit, "unit", (size_t)cell(v, i, NETWORK_INDEX));
            set_number(unit, "value", (double)cell(v, i, NETWORK_VALUE));
            json_array_append_new(units, unit);
        }
    json_object_set_new(o, "units", units);
    return o;
}

static json_t *line_numbers(const named_array *v, size_t row)
{
    size_t from = (size_t)cell(v, row, NETWORK_FROM), to = (size_t)cell(v, row, NETWORK_TO);
    json_t *o = json_object();
    set_count(o, "column", column_of(v, from));
    set_count(o, "from", (size_t)cell(v, from, NETWORK_INDEX));
    set_count(o, "to", (size_t)cell(v, to, NETWORK_INDEX));
    set_number(o, "value", (double)cell(v, row, NETWORK_VALUE));
    return o;
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *columns = json_array(), *lines = json_array();
    (void)a;
    (void)n_top;
    for (size_t c = 0; c < v->n_labels; c++)
        json_array_append_new(columns, column_numbers(v, c));
    for (size_t i = count_units(v); i < v->shape[0]; i++)
        json_array_append_new(lines, line_numbers(v, i));
    json_object_set_new(o, "columns", columns);
    json_object_set_new(o, "lines", lines);
}

/* ---- The figure ---- */

/* What the panel's columns borrow; all owned. */
typedef struct {
    network_column *columns; /* (n) */
    network_line *lines;     /* (n_lines) */
    size_t n, n_lines;
    float *values;          /* (units) */
    char **names, **labels; /* (n); (units), NULL for those without a line */
    size_t n_units;
} drawn_network;

static void mark_units(bool *has_line, const named_array *v, size_t n_units)
{
    for (size_t i = n_units; i < v->shape[0]; i++)
        has_line[(size_t)cell(v, i, NETWORK_FROM)] = has_line[(size_t)cell(v, i, NETWORK_TO)] =
            true;
}

/* Units are named where a line comes or goes: "z23", "37". */
static void label_units(drawn_network *d, const named_array *v)
{
    bool *has_line = allocate(d->n_units, sizeof *has_line);
    mark_units(has_line, v, d->n_units);
    for (size_t i = 0; i < d->n_units; i++) {
        text label = {0};
        d->values[i] = cell(v, i, NETWORK_VALUE);
        if (has_line[i])
            text_add(&label, "%s%.0f", column_of(v, i) == 0 ? "z" : "",
                     (double)cell(v, i, NETWORK_INDEX));
        d->labels[i] = label.data;
    }
    free(has_line);
}

/* "z" over and "64 numbers" under the column. */
static void name_column(network_column *c, char *label)
{
    char *end = strstr(label, ": ");
    c->name = label;
    if (!end)
        return;
    *end = '\0';
    c->note = end + 2;
}

static void fill_columns(drawn_network *d, const array_view *view)
{
    const named_array *v = view->v;
    size_t first = 0;
    for (size_t c = 0; c < d->n; c++) {
        network_column *column = &d->columns[c];
        *column = (network_column){.values = d->values + first,
                                   .labels = (const char *const *)d->labels + first};
        while (first + column->n < d->n_units && column_of(v, first + column->n) == c)
            column->n++;
        first += column->n;
        d->names[c] = copy_text(v->labels[c]);
        name_column(column, d->names[c]);
        if (strcmp(column->name, "picture") != 0)
            continue;
        column->pixels = view->of->sample;
        column->rows = view->of->shape.rows;
        column->cols = view->of->shape.cols;
        column->parts = NETWORK_SIDE;
    }
}

/* The place of a unit's row in its column. */
static size_t place_in_column(const named_array *v, size_t row)
{
    size_t first = row;
    while (first > 0 && column_of(v, first - 1) == column_of(v, row))
        first--;
    return row - first;
}

static void fill_lines(drawn_network *d, const named_array *v)
{
    for (size_t i = 0; i < d->n_lines; i++) {
        size_t row = d->n_units + i, from = (size_t)cell(v, row, NETWORK_FROM);
        d->lines[i] = (network_line){.column = column_of(v, from),
                                     .from = place_in_column(v, from),
                                     .to = place_in_column(v, (size_t)cell(v, row, NETWORK_TO)),
                                     .weight = cell(v, row, NETWORK_VALUE)};
    }
}

static void drawn_network_init(drawn_network *d, const array_view *view)
{
    const named_array *v = view->v;
    size_t n_units = count_units(v), n_lines = v->shape[0] - n_units;
    *d = (drawn_network){.columns = allocate(v->n_labels, sizeof *d->columns),
                         .lines = allocate(n_lines + 1, sizeof *d->lines),
                         .n = v->n_labels,
                         .n_lines = n_lines,
                         .values = allocate(n_units, sizeof *d->values),
                         .names = allocate(v->n_labels, sizeof *d->names),
                         .labels = allocate(n_units, sizeof *d->labels),
                         .n_units = n_units};
    label_units(d, v);
    fill_columns(d, view);
    fill_lines(d, v);
}

static void drawn_network_release(drawn_network *d)
{
    for (size_t i = 0; i < d->n_units; i++)
        free(d->labels[i]);
    for (size_t c = 0; c < d->n; c++)
        free(d->names[c]);
    free(d->labels);
    free(d->names);
    free(d->values);
    free(d->lines);
    free(d->columns);
}

static size_t draw(figure *f, const array_view *v)
{
    drawn_network d;
    drawn_network_init(&d, v);
    size_t panel = figure_add_network(
        f, &(network_panel){.title = v->v->row->title,
                            .subtitle = v->v->row->unit,
                            .columns = d.columns,
                            .lines = d.lines,
                            .n = d.n,
                            .n_lines = d.n_lines,
                            .caption = "A number beside a square is the unit's place in its layer; "
                                       "of large layers the strongest units alone are drawn.",
                            .colours = v->of->style->diverging});
    drawn_network_release(&d);
    return panel;
}

/* ---- Words ---- */

static void say(text *t, const array_view *v)
{
    size_t i;
    const json_t *o;
    text_add(t, " From left to right:");
    json_array_foreach(json_object_get(v->numbers, "columns"), i, o)
        text_add(t, "%s %s", i ? ";" : "", word_at(o, "name"));
    text_add(t, ".");
}

const space_row network_space = {.add_numbers = add_numbers, .draw = draw, .say = say};
