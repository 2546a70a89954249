/* SPDX-License-Identifier: MIT */
/* Components of z, each moved from end to end while the others stay. */
#include "present_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float *point_at(const named_array *v, size_t item, size_t i)
{
    return v->data + (item * v->shape[1] + i) * v->shape[2];
}

/* ---- Numbers ---- */

static json_t *point_numbers(const float *point)
{
    json_t *o = json_object();
    set_number(o, "place", (double)point[SWEEP_PLACE]);
    set_number(o, "target", (double)point[SWEEP_TARGET]);
    return o;
}

/* The first point that is where z is. */
static const float *point_now(const explanation *a, const named_array *v, size_t item)
{
    size_t i = 0;
    while (i + 1 < v->shape[1] && point_at(v, item, i)[SWEEP_PLACE] != a->z[v->items[item]])
        i++;
    return point_at(v, item, i);
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *list = json_array();
    (void)n_top;
    for (size_t k = 0; k < v->shape[0]; k++) {
        json_t *item = json_object(), *points = json_array();
        text name = {0};
        add_item_name(&name, v, k);
        set_word(item, "name", name.data);
        set_count(item, "component", v->items[k]);
        json_object_set_new(item, "now", point_numbers(point_now(a, v, k)));
        for (size_t i = 0; i < v->shape[1]; i++)
            json_array_append_new(points, point_numbers(point_at(v, k, i)));
        json_object_set_new(item, "points", points);
        json_array_append_new(list, item);
        text_release(&name);
    }
    json_object_set_new(o, "items", list);
}

/* ---- The panel ---- */

/* "z17 at -2: +0.42" */
static char *label_point(const named_array *v, size_t item, const float *point)
{
    text label = {0};
    number_text place, value;
    add_item_name(&label, v, item);
    text_add(&label, " at %s: %s", number_write(place, (double)point[SWEEP_PLACE], true),
             number_write(value, (double)point[SWEEP_TARGET], true));
    return label.data;
}

/* Points at round places are drawn. */
static size_t draw(figure *f, const array_view *v)
{
    size_t n = 0, all = v->v->shape[0] * v->v->shape[1], pixels = v->of->shape.n;
    float *shown = allocate(all * pixels, sizeof *shown);
    char **labels = allocate(all, sizeof *labels);
    for (size_t i = 0; i < all; i++) {
        const float *point = v->v->data + i * v->v->shape[2];
        if (point[SWEEP_PLACE] != rintf(point[SWEEP_PLACE]))
            continue;
        for (size_t p = 0; p < pixels; p++)
            shown[n * pixels + p] = point[SWEEP_PICTURE + p] - v->of->style->low;
        labels[n++] = label_point(v->v, i / v->v->shape[1], point);
    }
    strip_panel p = {.title = v->v->row->title,
                     .subtitle = v->v->row->unit,
                     .values = shown,
                     .labels = (const char *const *)labels,
                     .n = n,
                     .rows = v->of->shape.rows,
                     .cols = v->of->shape.cols,
                     .scale = (double)(v->of->style->high - v->of->style->low),
                     .colours = colour_map_find("grey")};
    size_t panel = figure_add_strip(f, &p);
    for (size_t i = 0; i < n; i++)
        free(labels[i]);
    free(labels);
    free(shown);
    return panel;
}

/* ---- Words ---- */

static void say(text *t, const array_view *v)
{
    size_t i;
    const json_t *o;
    number_text a, b, c;
    json_array_foreach(json_object_get(v->numbers, "items"), i, o)
    {
        const json_t *points = json_object_get(o, "points");
        const json_t *low = json_array_get(points, 0);
        const json_t *high = json_array_get(points, json_array_size(points) - 1);
        text_add(t, " %s: the target is %s at %s", word_at(o, "name"),
                 write_at(a, low, "target", true), write_at(b, low, "place", true));
        text_add(t, ", %s now", write_at(c, json_object_get(o, "now"), "target", true));
        text_add(t, ", %s at %s.", write_at(a, high, "target", true),
                 write_at(b, high, "place", true));
    }
}

const space_row sweep_space = {.add_numbers = add_numbers, .draw = draw, .say = say};
