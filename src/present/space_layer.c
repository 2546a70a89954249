/* SPDX-License-Identifier: MIT */
/* A number a unit of a layer. */
#include "present_detail.h"
#include <stdlib.h>

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *list = json_array();
    size_t *top = allocate(n_top, sizeof *top), n = find_strongest(top, n_top, v->data, v->n);
    (void)a;
    for (size_t k = 0; k < n; k++) {
        json_t *unit = json_object();
        set_count(unit, "unit", top[k]);
        set_number(unit, "value", (double)v->data[top[k]]);
        json_array_append_new(list, unit);
    }
    set_word(o, "layer", v->n_labels ? v->labels[0] : NULL);
    set_count(o, "n_strongest", n);
    json_object_set_new(o, "strongest", list);
    free(top);
}

static size_t draw(figure *f, const array_view *v)
{
    text subtitle = {0};
    const char *where = v->v->n_labels ? v->v->labels[0] : NULL, *unit = v->v->row->unit;
    text_add(&subtitle, "%s%s%s", where ? where : "", where && unit ? ", " : "", unit ? unit : "");
    layer_panel p = {.title = v->v->row->title,
                     .subtitle = subtitle.data,
                     .values = v->v->data,
                     .n = v->v->n,
                     .prefix = "unit ",
                     .n_top = (size_t)number_at(v->numbers, "n_strongest")};
    size_t panel = figure_add_layer(f, &p);
    text_release(&subtitle);
    return panel;
}

static void say(text *t, const array_view *v)
{
    size_t i;
    const json_t *o;
    number_text a;
    say_range(t, v);
    text_add(t, "; the strongest of %zu units", v->v->n);
    text_add(t, v->v->n_labels ? " of %s are " : " are ", v->v->n_labels ? v->v->labels[0] : "");
    json_array_foreach(json_object_get(v->numbers, "strongest"), i, o)
        text_add(t, "%s%.0f (%s)", i ? ", " : "", number_at(o, "unit"),
                 write_at(a, o, "value", v->v->row->sign == SIGN_SIGNED));
    text_add(t, ".");
}

const space_row layer_space = {.add_numbers = add_numbers, .draw = draw, .say = say};
