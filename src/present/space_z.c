/* SPDX-License-Identifier: MIT */
/* A number a component of z: bars, and the strongest components by name. What lists of maps say of
 * the same components is told with them. */
#include "present_detail.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARTS = 2 }; /* that bars are stacked of */

/* Bars with what stands for their error at both ends. */
static double find_end(const named_array *v, const named_array *error_of_v)
{
    float greatest = 0;
    for (size_t i = 0; i < v->n; i++)
        greatest = fmaxf(greatest, fabsf(v->data[i]) + error_of_v->data[i]);
    return (double)greatest;
}

/* Parts of one sign are drawn stacked, up to their sum as a float; those of two lie on both sides.
 */
static double find_scale(const explanation *a, const named_array *v, double clip)
{
    const named_array *first = find_part(a, v, 0), *second = find_part(a, v, 1);
    const named_array *error_of_v = find_error(a, v);
    float greatest = 0;
    (void)clip;
    if (error_of_v)
        return find_end(v, error_of_v);
    if (!first || !second)
        return find_largest(a, v, 0);
    for (size_t i = 0; i < v->n; i++) {
        float p = fabsf(first->data[i]), q = fabsf(second->data[i]);
        float stacked = fabsf(first->data[i] + second->data[i]);
        greatest = fmaxf(greatest, fmaxf(stacked, fmaxf(p, q)));
    }
    return (double)greatest;
}

/* ---- Numbers ---- */

/* Of the maps that belong to components of v, those of component i. */
static void join_items(json_t *o, const explanation *a, const named_array *v, size_t component)
{
    json_t *items = json_object();
    for (size_t k = 0; k < a->n_arrays; k++) {
        const named_array *list = &a->arrays[k];
        bool is_of_v = list->row->space == SPACE_X_LIST && list->row->items_of &&
                       strcmp(list->row->items_of, v->row->name) == 0;
        for (size_t i = 0; is_of_v && list->items && i < list->shape[0]; i++) {
            if (list->items[i] != component)
                continue;
            const float *map = list->data + i * list->shape[1];
            json_t *item = json_object();
            set_number(item, "norm", norm(map, list->shape[1]));
            set_place(item, a, map);
            json_object_set_new(items, list->row->name, item);
        }
    }
    json_object_set_new(o, "items", items);
}

static json_t *component_numbers(const explanation *a, const named_array *v, size_t i, double all)
{
    const named_array *error_of_v = find_error(a, v);
    double value = (double)v->data[i];
    json_t *o = json_object();
    set_count(o, "component", i);
    set_number(o, "z", (double)a->z[i]);
    set_number(o, "value", value);
    if (error_of_v)
        set_number(o, "error", (double)error_of_v->data[i]);
    set_number(o, "share", all > 0 ? value * value / all : 0);
    join_items(o, a, v, i);
    return o;
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    if (!is_presented(v))
        return;
    json_t *list = json_array();
    size_t *top = allocate(n_top, sizeof *top), n = find_strongest(top, n_top, v->data, v->n);
    while (n > 1 && v->data[top[n - 1]] == 0)
        n--;
    double all = dot(v->data, v->data, v->n), so_far = 0;
    for (size_t k = 0; k < n; k++) {
        json_t *component = component_numbers(a, v, top[k], all);
        so_far += number_at(component, "share");
        set_number(component, "share_so_far", so_far);
        json_array_append_new(list, component);
    }
    set_count(o, "n_components", v->n);
    set_count(o, "n_strongest", n);
    set_number(o, "strongest_share", so_far);
    set_number(o, "share_if_all_were_equal", (double)n / (double)v->n);
    json_object_set_new(o, "strongest", list);
    free(top);
}

/* ---- Figure ---- */

static void add_part(text *t, const char *words)
{
    if (words)
        text_add(t, "%s%s", t->length ? "; " : "", words);
}

/* The unit, what is stacked, and what the strongest carry where not all are among them. */
static text subtitle_of(const array_view *v, const char *one, const char *other)
{
    text t = {0}, stacked = {0}, share = {0};
    number_text percent;
    double n_top = number_at(v->numbers, "n_strongest");
    if (one)
        text_add(&stacked, "the sum of %s and %s", one, other);
    if (n_top < (double)v->v->n)
        text_add(&share, "the %.0f strongest of %zu %s %s of the sum of the squared %ss", n_top,
                 v->v->n, n_top > 1 ? "carry" : "carries",
                 percent_at(percent, v->numbers, "strongest_share"), noun_of(v->v->row));
    add_part(&t, v->v->row->unit);
    add_part(&t, stacked.data);
    add_part(&t, share.data);
    text_release(&stacked);
    text_release(&share);
    return t;
}

static size_t draw(figure *f, const array_view *v)
{
    const explanation *a = v->of->a;
    const named_array *parts[MAX_PARTS] = {find_part(a, v->v, 0), find_part(a, v->v, 1)};
    const named_array *error_of_v = find_error(a, v->v);
    bool is_stacked = parts[0] && parts[1];
    text subtitle = subtitle_of(v, is_stacked ? parts[0]->row->title : NULL,
                                is_stacked ? parts[1]->row->title : NULL);
    bars_panel p = {
        .title = v->v->row->title,
        .subtitle = subtitle.data,
        .parts = {is_stacked ? parts[0]->data : v->v->data, is_stacked ? parts[1]->data : NULL},
        .n = v->v->n,
        .prefix = "z",
        .value_name = noun_of(v->v->row),
        .beside = a->z,
        .beside_name = "z now",
        .errors = error_of_v ? error_of_v->data : NULL,
        .n_top = (size_t)number_at(v->numbers, "n_strongest"),
        .is_magnitude = v->v->row->sign == SIGN_MAGNITUDE,
        .scale = array_scales_find(v->of->scales, v->v->row),
        .colours = v->of->style->diverging};
    for (size_t i = 0; is_stacked && i < MAX_PARTS; i++)
        p.part_names[i] = parts[i]->row->title;
    size_t panel = figure_add_bars(f, &p);
    text_release(&subtitle);
    return panel;
}

/* ---- Words ---- */

/* "z21, z8 and z17", in brief "z21 and z8"; of a method that does not lead, which has no table of
 * components, "z21 (+0.3), z8 (-0.2) and z17 (+0.1)". */
static void add_finding(text *t, const array_view *v, bool is_brief)
{
    size_t n = is_brief ? N_NAMED_IN_BRIEF : N_NAMED;
    while (n > 0 && !strongest_component(v->numbers, n - 1))
        n--;
    for (size_t k = 0; k < n; k++) {
        number_text a;
        const json_t *o = strongest_component(v->numbers, k);
        text_add(t, "%sz%.0f", words_join(k, n), number_at(o, "component"));
        if (!is_brief && v->of->method)
            text_add(t, " (%s)", write_at(a, o, "value", v->v->row->sign == SIGN_SIGNED));
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

const space_row z_space = {.draws_errors = true,
                           .find_scale = find_scale,
                           .add_numbers = add_numbers,
                           .draw = draw,
                           .add_finding = add_finding,
                           .say = say};
