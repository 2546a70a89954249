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

/* ---- Points ---- */

/* One item's points at places of their own, by rising place; the caller frees both. */
typedef struct {
    float *places, *targets; /* (n) */
    const float **points;    /* (n) of the array */
    size_t n, now;           /* now: the one at z's own place */
    double rate;             /* of the target there, by z; NAN where it is not known */
} item_points;

static double rate_at(const explanation *a, const named_array *v, size_t component)
{
    const named_array *rates = explanation_find(a, v->row->items_of);
    return rates ? (double)rates->data[component] : (double)NAN;
}

static item_points find_points(const explanation *a, const named_array *v, size_t item)
{
    size_t n = v->shape[1];
    item_points p = {.places = allocate(n, sizeof *p.places),
                     .targets = allocate(n, sizeof *p.targets),
                     .points = allocate(n, sizeof *p.points),
                     .rate = rate_at(a, v, v->items[item])};
    for (size_t i = 0; i < n; i++) {
        const float *point = point_at(v, item, i);
        if (p.n > 0 && point[SWEEP_PLACE] == p.places[p.n - 1])
            continue;
        if (point[SWEEP_PLACE] == a->z[v->items[item]])
            p.now = p.n;
        p.places[p.n] = point[SWEEP_PLACE];
        p.targets[p.n] = point[SWEEP_TARGET];
        p.points[p.n++] = point;
    }
    return p;
}

static void item_points_release(item_points *p)
{
    free(p->places);
    free(p->targets);
    free(p->points);
}

/* How far the gradient's prediction is off at point i, over the change that it predicts. */
static double find_fault(const item_points *p, size_t i)
{
    double predicted = p->rate * ((double)p->places[i] - (double)p->places[p->now]);
    double found = (double)p->targets[i] - (double)p->targets[p->now];
    return fabs(found - predicted) / fabs(predicted);
}

/* From now on to one side (-1, 1): the place up to which the prediction is off by less than a half
 * at each point; between two points what it is off by is taken to change evenly. */
static double find_good_end(const item_points *p, int side)
{
    size_t last = side < 0 ? 0 : p->n - 1;
    double end = (double)p->places[p->now], fault = 0;
    for (size_t i = p->now; i != last;) {
        i += side < 0 ? (size_t)-1 : 1;
        double next = find_fault(p, i), place = (double)p->places[i];
        if (!isfinite(next))
            break;
        if (next > 0.5)
            return end + (place - end) * (0.5 - fault) / (next - fault);
        end = place;
        fault = next;
    }
    return end;
}

/* ---- Numbers ---- */

static json_t *point_numbers(const explanation *a, const item_points *p, size_t i)
{
    json_t *o = json_object();
    set_number(o, "place", (double)p->places[i]);
    set_number(o, "target", (double)p->targets[i]);
    if (has_full(a))
        set_number(o, "share", share_of_full(a, (double)p->targets[i]));
    return o;
}

static json_t *item_numbers(const explanation *a, const named_array *v, size_t item)
{
    json_t *o = json_object(), *list = json_array();
    item_points p = find_points(a, v, item);
    text name = {0};
    add_item_name(&name, v, item);
    set_word(o, "name", name.data);
    set_count(o, "component", v->items[item]);
    json_object_set_new(o, "now", point_numbers(a, &p, p.now));
    set_number(o, "rate", p.rate);
    set_number(o, "good_from", find_good_end(&p, -1));
    set_number(o, "good_to", find_good_end(&p, 1));
    for (size_t i = 0; i < p.n; i++)
        json_array_append_new(list, point_numbers(a, &p, i));
    json_object_set_new(o, "points", list);
    text_release(&name);
    item_points_release(&p);
    return o;
}

static void add_numbers(json_t *o, const explanation *a, const named_array *v, size_t n_top)
{
    json_t *list = json_array();
    (void)n_top;
    for (size_t k = 0; k < v->shape[0]; k++) {
        json_t *item = item_numbers(a, v, k);
        set_sweep_change(item, a, v, k);
        json_array_append_new(list, item);
    }
    json_object_set_new(o, "items", list);
}

/* ---- The panel ---- */

static bool has_picture(const item_points *p, size_t i)
{
    float place = p->places[i];
    return i == p->now || (fabsf(place) <= SWEEP_LAST_PLACE && place == rintf(place));
}

/* What a sweep of the panel borrows; all owned. */
typedef struct {
    item_points p;
    text name, note;
    size_t *shown, n_shown;
    uint8_t *pixels;
} drawn_item;

/* Targets in percent of the full one. */
static void show_shares(item_points *p, const explanation *a)
{
    for (size_t i = 0; i < p->n; i++)
        p->targets[i] = (float)(100 * share_of_full(a, (double)p->targets[i]));
    p->rate *= 100 / (a->full - a->empty);
}

static void drawn_item_init(drawn_item *d, const array_view *v, size_t item)
{
    size_t pixels = v->of->shape.n;
    const json_t *o = json_array_get(json_object_get(v->numbers, "items"), item);
    number_text rate;
    *d = (drawn_item){.p = find_points(v->of->a, v->v, item)};
    d->shown = allocate(d->p.n, sizeof *d->shown);
    d->pixels = allocate(d->p.n, pixels);
    for (size_t i = 0; i < d->p.n; i++) {
        if (!has_picture(&d->p, i))
            continue;
        bytes_from_floats(d->pixels + d->n_shown * pixels, d->p.points[i] + SWEEP_PICTURE, pixels,
                          v->of->style->low, v->of->style->high);
        d->shown[d->n_shown++] = i;
    }
    if (has_full(v->of->a))
        show_shares(&d->p, v->of->a);
    text_add(&d->name, "%s", word_at(o, "name"));
    text_add(&d->note, "rate %s", write_at(rate, o, "rate", true));
}

static void drawn_item_release(drawn_item *d)
{
    item_points_release(&d->p);
    text_release(&d->name);
    text_release(&d->note);
    free(d->shown);
    free(d->pixels);
}

static sweep sweep_of(const drawn_item *d)
{
    return (sweep){.name = d->name.data,
                   .note = d->note.data,
                   .places = d->p.places,
                   .values = d->p.targets,
                   .n_points = d->p.n,
                   .now = d->p.now,
                   .slope = d->p.rate,
                   .good_from = find_good_end(&d->p, -1),
                   .good_to = find_good_end(&d->p, 1),
                   .shown = d->shown,
                   .pixels = d->pixels,
                   .n_shown = d->n_shown};
}

static size_t draw(figure *f, const array_view *v)
{
    size_t n = v->v->shape[0];
    const json_t *o = json_object_get(v->of->numbers, "target");
    bool is_share = has_full(v->of->a);
    text target = {0};
    text_add(&target, "%s", word_at(o, "name"));
    if (is_share)
        text_add(&target, ", %% of %s", word_at(o, "full"));
    drawn_item *items = allocate(n, sizeof *items);
    sweep *sweeps = allocate(n, sizeof *sweeps);
    text subtitle = {0};
    for (size_t k = 0; k < n; k++) {
        drawn_item_init(&items[k], v, k);
        sweeps[k] = sweep_of(&items[k]);
    }
    text_add(&subtitle,
             "Each row: one component of z is moved from -2 to +2 and all others are kept; under "
             "each picture the target (%s); beside the pictures the target along the way",
             target.data);
    size_t panel = figure_add_sweeps(f, &(sweep_panel){.title = v->v->row->title,
                                                       .subtitle = subtitle.data,
                                                       .x_name = v->v->row->unit,
                                                       .y_name = target.data,
                                                       .unit = is_share ? " %" : NULL,
                                                       .sweeps = sweeps,
                                                       .n = n,
                                                       .rows = v->of->shape.rows,
                                                       .cols = v->of->shape.cols});
    for (size_t k = 0; k < n; k++)
        drawn_item_release(&items[k]);
    text_release(&subtitle);
    text_release(&target);
    free(sweeps);
    free(items);
    return panel;
}

/* ---- Words ---- */

static void say_item(text *t, const array_row *row, const json_t *item)
{
    (void)row;
    text_add(t, "%s", word_at(item, "change"));
}

/* "z26 (of 8 tried)": what a rate puts first need not change most over the whole range. */
static void add_finding(text *t, const array_view *v, bool is_brief)
{
    const json_t *items = json_object_get(v->numbers, "items"), *widest = widest_sweep(items);
    (void)is_brief;
    if (widest && json_array_size(items) > 1)
        text_add(t, "%s (of %zu tried)", word_at(widest, "name"), json_array_size(items));
}

static void say(text *t, const array_view *v)
{
    const json_t *items = json_object_get(v->numbers, "items");
    say_sweep_changes(t, items, json_array_size(items));
}

const space_row sweep_space = {.add_numbers = add_numbers,
                               .draw = draw,
                               .add_finding = add_finding,
                               .say_item = say_item,
                               .say = say};
