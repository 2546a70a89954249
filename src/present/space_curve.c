/* SPDX-License-Identifier: MIT */
/* Series over an abscissa, which is row 0 of the array and label 0. */
#include "cells_detail.h"
#include <math.h>
#include <stdlib.h>

static const float *row_at(const named_array *v, size_t i) { return v->data + i * v->shape[1]; }

/* NULL: places have no names. */
static const char *const *place_names(const named_array *v)
{
    return v->n_labels == v->shape[0] + v->shape[1] ? (const char *const *)v->labels + v->shape[0]
                                                    : NULL;
}

/* "series 1", unless it has a label; the caller frees it. */
static char *name_series(const named_array *v, size_t i)
{
    text name = {0};
    if (i == 0 && !v->n_labels)
        text_add(&name, "abscissa");
    else
        add_label(&name, v, i, "series ", 0);
    return name.data;
}

/* Of the first series: at the first place above 0, halfway from there, and at the last. */
static json_t *stated_numbers(const named_array *v)
{
    const float *x = v->data, *y = row_at(v, 1);
    json_t *list = json_array();
    size_t first = 0, last = v->shape[1] - 1;
    while (first < last && x[first] <= 0)
        first++;
    const size_t points[] = {first, (first + last) / 2, last};
    for (size_t i = 0; i < 3; i++) {
        if (i > 0 && points[i] == points[i - 1])
            continue;
        json_t *o = json_object();
        set_number(o, "at", (double)x[points[i]]);
        set_number(o, "value", (double)y[points[i]]);
        json_array_append_new(list, o);
    }
    return list;
}

/* Of the points that are known; where there is none, of one that is not. */
static json_t *series_numbers(const named_array *v, size_t i)
{
    const float *y = row_at(v, i);
    size_t first = 0, last = v->shape[1] - 1;
    json_t *series = json_object();
    char *name = name_series(v, i);
    while (first < last && isnan(y[first]))
        first++;
    while (last > first && isnan(y[last]))
        last--;
    size_t top = first;
    for (size_t k = first; k <= last; k++)
        top = y[k] > y[top] ? k : top;
    set_word(series, "name", name);
    set_number(series, "first", (double)y[first]);
    set_number(series, "last", (double)y[last]);
    set_number(series, "greatest", (double)y[top]);
    set_number(series, "greatest_at", isnan(y[top]) ? (double)NAN : (double)v->data[top]);
    free(name);
    return series;
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *list = json_array();
    (void)a;
    (void)n_top;
    for (size_t i = 0; i < v->shape[0]; i++)
        json_array_append_new(list, series_numbers(v, i));
    set_count(o, "n_points", v->shape[1]);
    json_object_set_new(o, "series", list);
    json_object_set_new(o, "stated", stated_numbers(v));
    const char *const *names = place_names(v);
    json_t *places = names ? json_array() : NULL;
    for (size_t i = 0; places && i < v->shape[1]; i++)
        json_array_append_new(places, json_string(names[i]));
    if (places)
        json_object_set_new(o, "places", places);
}

/* ---- As a panel ---- */

/* Where lines are of methods, what stands before these is what they are held against, and what
 * stands behind them knows nothing of the model. */
static void find_kinds(curve_series *series, size_t n)
{
    size_t first = 0, end = n;
    while (first < n && !is_method(series[first].name))
        first++;
    while (end > first && !is_method(series[end - 1].name))
        end--;
    for (size_t i = 0; first < n && i < n; i++)
        series[i].kind = i < first ? CURVE_MEASURE : i < end ? CURVE_USUAL : CURVE_CONTROL;
}

static const float *row_of(const named_array *v, size_t i) { return v ? row_at(v, i) : NULL; }

/* (n) of them with those names, the abscissa's the first; the caller frees them. */
static curve_series *find_series(const array_view *v, char *const *names, size_t n)
{
    const named_array *error_of_v = find_error(v->of->a, v->v);
    array_interval ends = find_interval(v->of->a, v->v);
    curve_series *series = allocate(n, sizeof *series);
    for (size_t i = 0; i < n; i++)
        series[i] = (curve_series){.name = names[i + 1],
                                   .values = row_at(v->v, i + 1),
                                   .errors = row_of(error_of_v, i + 1),
                                   .low = row_of(ends.low, i + 1),
                                   .high = row_of(ends.high, i + 1)};
    find_kinds(series, n);
    return series;
}

static size_t draw(figure *f, const array_view *v)
{
    size_t n = v->v->shape[0] - 1;
    char **names = allocate(n + 1, sizeof *names);
    for (size_t i = 0; i <= n; i++)
        names[i] = name_series(v->v, i);
    curve_series *series = find_series(v, names, n);
    curve_panel p = {.title = v->v->row->title,
                     .subtitle = v->v->row->unit,
                     .x_name = names[0],
                     .x = v->v->data,
                     .x_names = place_names(v->v),
                     .series = series,
                     .n = v->v->shape[1],
                     .n_series = n};
    size_t panel = figure_add_curve(f, &p);
    for (size_t i = 0; i <= n; i++)
        free(names[i]);
    free(names);
    free(series);
    return panel;
}

/* ---- As words ---- */

/* "0.021 at 0.1, 0.15 at 0.5 and 0.4 at 2" */
static void add_finding(text *t, const array_view *v, bool is_brief)
{
    const json_t *list = json_object_get(v->numbers, "stated");
    size_t n = is_brief ? 1 : json_array_size(list);
    for (size_t i = 0; i < n; i++) {
        number_text a, b;
        const json_t *o = json_array_get(list, i);
        text_add(t, "%s%s at %s", words_join(i, n), write_at(a, o, "value", false),
                 write_at(b, o, "at", false));
    }
}

static bool is_known(const json_t *series)
{
    return json_is_number(json_object_get(series, "greatest"));
}

static void say_series(text *t, const json_t *series, const char *before)
{
    number_text a, b;
    text_add(t, "%s %s goes from %s to %s", before, word_at(series, "name"),
             write_at(a, series, "first", false), write_at(b, series, "last", false));
    text_add(t, " and is greatest, %s, at %s", write_at(a, series, "greatest", false),
             write_at(b, series, "greatest_at", false));
}

/* Each of few. */
static void say_each(text *t, const json_t *all)
{
    const json_t *x = json_array_get(all, 0), *o;
    number_text a, b;
    size_t i, n_known = 0;
    json_array_foreach(all, i, o)
    {
        if (i == 0 || !is_known(o))
            continue;
        if (n_known == 0)
            text_add(t, " As %s goes from %s to %s", word_at(x, "name"),
                     write_at(a, x, "first", false), write_at(b, x, "last", false));
        say_series(t, o, n_known++ ? ";" : ",");
    }
    text_add(t, n_known ? "." : " Nothing of it is known.");
}

/* Of many, where they end: the highest and the lowest. */
static void say_ends(text *t, const json_t *all)
{
    const json_t *low = NULL, *high = NULL, *o;
    number_text a, b;
    size_t i;
    json_array_foreach(all, i, o)
    {
        if (i == 0 || !is_known(o))
            continue;
        low = !low || number_at(o, "last") < number_at(low, "last") ? o : low;
        high = !high || number_at(o, "last") > number_at(high, "last") ? o : high;
    }
    if (!low)
        text_add(t, " Nothing of it is known.");
    else
        text_add(t, " Of %zu lines, %s ends highest, at %s, and %s lowest, at %s.",
                 json_array_size(all) - 1, word_at(high, "name"), write_at(a, high, "last", false),
                 word_at(low, "name"), write_at(b, low, "last", false));
}

static void say(text *t, const array_view *v)
{
    enum { FEW = 7 }; /* as the panel has colours for */
    const json_t *all = json_object_get(v->numbers, "series");
    (v->v->shape[0] - 1 <= FEW ? say_each : say_ends)(t, all);
}

const space_row curve_space = {.draws_errors = true,
                               .add_numbers = add_numbers,
                               .draw = draw,
                               .add_finding = add_finding,
                               .say = say};
