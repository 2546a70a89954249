/* SPDX-License-Identifier: MIT */
/* A number a class of a conditional model: bars, and the strongest by name. */
#include "present_detail.h"
#include <stdlib.h>

enum { MOST_NAMED = 32 };

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *list = json_array();
    size_t top[MOST_NAMED], n = find_strongest(top, MOST_NAMED, v->data, v->n);
    (void)a;
    (void)n_top;
    for (size_t k = 0; k < n; k++) {
        json_t *class = json_object();
        set_count(class, "class", top[k]);
        set_number(class, "value", (double)v->data[top[k]]);
        json_array_append_new(list, class);
    }
    set_count(o, "n_classes", v->n);
    json_object_set_new(o, "strongest", list);
}

static size_t draw(figure *f, const array_view *v)
{
    const array_row *row = v->v->row;
    text subtitle = {0};
    text_add(&subtitle, "%s%s%s", row->unit ? row->unit : "", row->unit && row->meaning ? ": " : "",
             row->meaning ? row->meaning : "");
    bars_panel p = {.title = row->title,
                    .subtitle = subtitle.data,
                    .parts = {v->v->data, NULL},
                    .n = v->v->n,
                    .prefix = "class ",
                    .value_name = noun_of(row),
                    .n_top = json_array_size(json_object_get(v->numbers, "strongest")),
                    .scale = array_scales_find(v->of->scales, row),
                    .colours = v->of->style->diverging};
    size_t panel = figure_add_bars(f, &p);
    text_release(&subtitle);
    return panel;
}

/* "4 (+1.2), 9 (-0.7) and 7 (-0.5)", in brief the first two; nothing where all are 0. */
static void add_finding(text *t, const array_view *v, bool is_brief)
{
    const json_t *list = json_object_get(v->numbers, "strongest");
    number_text a;
    size_t n = is_brief ? N_NAMED_IN_BRIEF : N_NAMED;
    while (n > 0 && number_at(json_array_get(list, n - 1), "value") == 0)
        n--;
    for (size_t k = 0; k < n; k++) {
        const json_t *one = json_array_get(list, k);
        text_add(t, "%s%.0f (%s)", words_join(k, n), number_at(one, "class"),
                 write_at(a, one, "value", true));
    }
}

static void say(text *t, const array_view *v)
{
    text strongest = {0};
    add_finding(&strongest, v, false);
    say_range(t, v);
    text_add(t, strongest.length ? "; the strongest are those of %s." : ".", strongest.data);
    text_release(&strongest);
}

const space_row class_space = {.find_scale = find_largest,
                               .add_numbers = add_numbers,
                               .draw = draw,
                               .add_finding = add_finding,
                               .say = say};
