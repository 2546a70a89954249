/* SPDX-License-Identifier: MIT */
/* An explanation's numbers as JSON: the one source of what explanation.txt and the figure say. */
#include "explain.h"
#include <math.h>
#include <string.h>

static void set(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, json_number(value));
}

static void set_count(json_t *object, const char *key, size_t value)
{
    json_object_set_new(object, key, json_unsigned(value));
}

static void set_array_value(json_t *object, const char *key, const explanation *a, const char *name)
{
    const named_array *v = explanation_find(a, name);
    if (v)
        set(object, key, (double)v->data[0]);
}

static json_t *target_numbers(const explanation *a, const explainer *x)
{
    json_t *o = explain_target_describe(x);
    set_array_value(o, "value", a, "target");
    set_array_value(o, "rec", a, "target_rec");
    set_array_value(o, "lambda_gen", a, "target_gen");
    return o;
}

static void set_place(json_t *o, const float *map, picture_shape shape)
{
    map_place p = find_place(map, shape);
    set(o, "row", p.row);
    set(o, "column", p.col);
    json_object_set_new(o, "where", p.is_zero ? json_null() : json_string(ninth_name(p.ninth)));
    set(o, "where_share", p.share);
}

static bool is_map(const named_array *v)
{
    return v->row->space == SPACE_X && v->row->role != ROLE_RAW;
}

static json_t *array_numbers(const named_array *v, picture_shape shape)
{
    json_t *o = json_object();
    float least = v->data[0], greatest = v->data[0];
    for (size_t i = 0; i < v->n; i++) {
        least = fminf(least, v->data[i]);
        greatest = fmaxf(greatest, v->data[i]);
    }
    set(o, "least", (double)least);
    set(o, "greatest", (double)greatest);
    set(o, "sum", sum(v->data, v->n));
    set(o, "norm", norm(v->data, v->n));
    if (is_map(v))
        set_place(o, v->data, shape);
    return o;
}

/* The strongest components: their share of the squared gradient, and where they move the picture.
 */
static json_t *top_numbers(const explanation *a, picture_shape shape)
{
    json_t *list = json_array();
    const float *z = explanation_find(a, "z")->data, *g = explanation_find(a, "gradient_z")->data;
    const named_array *list_of = explanation_find(a, "top_columns");
    const float *columns = list_of->data;
    double all = dot(g, g, explanation_find(a, "gradient_z")->n), so_far = 0;
    for (size_t k = 0; k < list_of->shape[0]; k++) {
        size_t i = list_of->items[k];
        double share = all > 0 ? (double)g[i] * (double)g[i] / all : 0;
        json_t *o = json_object();
        so_far += share;
        set_count(o, "component", i);
        set(o, "z", (double)z[i]);
        set(o, "gradient", (double)g[i]);
        set(o, "share", share);
        set(o, "share_so_far", so_far);
        set(o, "picture_norm", norm(columns + k * shape.n, shape.n));
        set_place(o, columns + k * shape.n, shape);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *check_numbers(const explanation *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < a->n_checks; i++) {
        const explain_check *c = &a->checks[i];
        json_t *o = json_object();
        json_object_set_new(o, "name", json_string(c->name));
        json_object_set_new(o, "meaning", json_string(c->meaning));
        set(o, "value", c->value);
        set(o, "tolerance", c->tolerance);
        json_object_set_new(o, "is_met", json_boolean(explain_check_is_met(c)));
        set_count(o, "samples", c->n_samples);
        set_count(o, "kinks", c->n_left_out);
        json_array_append_new(list, o);
    }
    return list;
}

static void set_verdict(json_t *o, const explanation *a)
{
    const named_array *logit = explanation_find(a, "logit");
    if (!logit)
        return;
    double v = (double)logit->data[0];
    set(o, "logit", v);
    set(o, "probability_real", v >= 0 ? 1.0 / (1.0 + exp(-v)) : exp(v) / (1.0 + exp(v)));
    json_object_set_new(o, "verdict",
                        json_string(v > 0   ? "real"
                                    : v < 0 ? "generated"
                                            : "undecided"));
}

json_t *explanation_numbers(const explanation *a, const explainer *x)
{
    json_t *o = json_object();
    json_object_set_new(o, "target", target_numbers(a, x));
    set_verdict(o, a);
    set_count(o, "z_dim", x->z_dim);
    for (size_t i = 0; i < a->n_arrays; i++)
        if (a->arrays[i].rank == 1)
            json_object_set_new(o, a->arrays[i].row->name, array_numbers(&a->arrays[i], x->shape));
    json_t *top = top_numbers(a, x->shape);
    size_t n_top = json_array_size(top);
    set_count(o, "n_top", n_top);
    set(o, "top_share",
        json_number_value(json_object_get(json_array_get(top, n_top - 1), "share_so_far")));
    set(o, "top_share_if_all_were_equal", (double)n_top / (double)x->z_dim);
    json_object_set_new(o, "top", top);
    json_object_set_new(o, "checks", check_numbers(a));
    return o;
}
