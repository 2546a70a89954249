/* SPDX-License-Identifier: MIT */
/* An explanation as JSON: the one source of what explanation.txt and the figure say.
 * The page ganlens(7) says what there is. */
#include "present_detail.h"
#include <math.h>
#include <stdlib.h>

/* ---- Arrays ---- */

static json_t *shape_numbers(const named_array *v)
{
    json_t *shape = json_array();
    for (size_t i = 0; i < v->rank; i++)
        json_array_append_new(shape, json_unsigned(v->shape[i]));
    return shape;
}

static void add_row_words(json_t *o, const array_row *row)
{
    set_word(o, "space", array_spaces[row->space].name);
    set_word(o, "sign", array_signs[row->sign].name);
    set_word(o, "role", array_roles[row->role].name);
    set_word(o, "title", row->title);
    set_word(o, "unit", row->unit);
    set_word(o, "meaning", row->meaning);
    set_word(o, "error_of", row->error_of);
    set_word(o, "low_of", row->low_of);
    set_word(o, "high_of", row->high_of);
    set_word(o, "items_of", row->items_of);
    set_word(o, "part_of", row->part_of);
}

/* Of the n values that are known; nothing is known of none. */
static void add_extent(json_t *o, const float *known, size_t n)
{
    const double none = (double)NAN;
    float least = known[0], greatest = known[0];
    for (size_t i = 0; i < n; i++) {
        least = known[i] < least ? known[i] : least;
        greatest = known[i] > greatest ? known[i] : greatest;
    }
    set_number(o, "least", n ? (double)least : none);
    set_number(o, "greatest", n ? (double)greatest : none);
    set_number(o, "sum", n ? sum(known, n) : none);
    set_number(o, "norm", n ? norm(known, n) : none);
}

static json_t *array_numbers(const explanation *a, const named_array *v, size_t n_top)
{
    json_t *o = json_object();
    float *known = allocate(v->n, sizeof *known);
    size_t n_known = find_known(known, v);
    add_row_words(o, v->row);
    set_word(o, "method", v->method ? v->method->name : NULL);
    json_object_set_new(o, "shape", shape_numbers(v));
    add_extent(o, known, n_known);
    if (v->row->has_gaps)
        set_count(o, "unknown", v->n - n_known);
    spaces[v->row->space]->add_numbers(o, a, v, n_top);
    free(known);
    return o;
}

/* ---- Target ---- */

/* By their titles. */
static void add_parts(json_t *o, const explanation *a, const named_array *target)
{
    const named_array *part;
    json_t *parts = json_object();
    for (size_t i = 0; (part = find_part(a, target, i)); i++)
        set_number(parts, part->row->title, (double)part->data[0]);
    if (json_object_size(parts))
        json_object_set(o, "parts", parts);
    json_decref(parts);
}

static json_t *target_numbers(const explanation *a, const explainer *x)
{
    json_t *o = explain_target_describe(x);
    set_number(o, "value", (double)*a->target);
    set_word(o, "shared_by_checks", x->target.row->shared);
    if (x->target.row->tell)
        x->target.row->tell(o, x, a->x);
    for (size_t i = 0; i < a->n_arrays; i++)
        if (a->arrays[i].data == a->target)
            add_parts(o, a, &a->arrays[i]);
    return o;
}

/* ---- Checks ---- */

static json_t *check_numbers(const explanation *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->n_checks; i++) {
        const explain_check *c = &a->checks[i];
        json_t *o = json_object();
        set_word(o, "name", c->name);
        set_word(o, "meaning", c->meaning);
        set_number(o, "value", c->value);
        set_number(o, "tolerance", c->tolerance);
        json_object_set_new(o, "is_met", json_boolean(explain_check_is_met(c)));
        set_count(o, "samples", c->n_samples);
        set_count(o, "left_out", c->n_left_out);
        char *note = explain_check_note(c);
        set_word(o, "note", note);
        free(note);
        json_object_set_new(o, "is_empty", json_boolean(explain_check_is_empty(c)));
        set_word(o, "method", c->method ? c->method->name : NULL);
        json_array_append_new(list, o);
    }
    return list;
}

/* ---- Remarks ---- */

static json_t *remark_numbers(const explanation *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->n_remarks; i++) {
        const explanation_remark *r = &a->remarks[i];
        json_t *o = json_object();
        set_word(o, "by", r->by->name);
        set_word(o, "about", r->about->name);
        set_word(o, "words", r->words);
        json_array_append_new(list, o);
    }
    return list;
}

json_t *explanation_numbers(const explanation *a, const explainer *x,
                            const logit_quantiles *quantiles, size_t n_top)
{
    json_t *o = json_object(), *arrays = json_object();
    json_object_set_new(o, "target", target_numbers(a, x));
    if (a->logit)
        verdict_numbers(o, (double)*a->logit, quantiles);
    set_count(o, "z_dim", a->z_dim);
    for (size_t i = 0; i < a->n_arrays; i++)
        json_object_set_new(arrays, a->arrays[i].row->name, array_numbers(a, &a->arrays[i], n_top));
    json_object_set_new(o, "arrays", arrays);
    json_object_set_new(o, "checks", check_numbers(a));
    json_object_set_new(o, "remarks", remark_numbers(a));
    return o;
}
