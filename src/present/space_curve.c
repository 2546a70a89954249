/* SPDX-License-Identifier: MIT */
/* Series over an abscissa, which is row 0 of the array and label 0. */
#include "present_detail.h"
#include <stdlib.h>

static const float *row_at(const named_array *v, size_t i) { return v->data + i * v->shape[1]; }

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

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *list = json_array();
    size_t last = v->shape[1] - 1;
    (void)a;
    (void)n_top;
    for (size_t i = 0; i < v->shape[0]; i++) {
        const float *y = row_at(v, i);
        size_t top = 0;
        json_t *series = json_object();
        char *name = name_series(v, i);
        for (size_t k = 1; k <= last; k++)
            top = y[k] > y[top] ? k : top;
        set_word(series, "name", name);
        set_number(series, "first", (double)y[0]);
        set_number(series, "last", (double)y[last]);
        set_number(series, "greatest", (double)y[top]);
        set_number(series, "greatest_at", (double)v->data[top]);
        json_array_append_new(list, series);
        free(name);
    }
    set_count(o, "n_points", v->shape[1]);
    json_object_set_new(o, "series", list);
}

static void say(text *t, const array_view *v)
{
    const json_t *all = json_object_get(v->numbers, "series"), *x = json_array_get(all, 0), *o;
    number_text a, b, c, d;
    size_t i;
    json_array_foreach(all, i, o)
    {
        if (i == 0)
            continue;
        text_add(t, " As %s goes from %s to %s, ", word_at(x, "name"),
                 write_at(a, x, "first", false), write_at(b, x, "last", false));
        text_add(t, "%s goes from %s to %s", word_at(o, "name"), write_at(c, o, "first", false),
                 write_at(d, o, "last", false));
        text_add(t, " and is greatest, %s, at %s.", write_at(a, o, "greatest", false),
                 write_at(b, o, "greatest_at", false));
    }
}

const space_row curve_space = {.name = "curve", .add_numbers = add_numbers, .say = say};
