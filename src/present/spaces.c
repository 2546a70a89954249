/* SPDX-License-Identifier: MIT */
/* What the spaces of arrays share. */
#include "present_detail.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const space_row *const spaces[] = {[SPACE_SCALAR] = &scalar_space, [SPACE_SWEEP] = &sweep_space,
                                   [SPACE_Z] = &z_space,           [SPACE_X] = &x_space,
                                   [SPACE_X_LIST] = &x_list_space, [SPACE_LAYER] = &layer_space,
                                   [SPACE_CURVE] = &curve_space,   [SPACE_MATRIX] = &matrix_space,
                                   [SPACE_TREE] = &tree_space,     [SPACE_NETWORK] = &network_space,
                                   [SPACE_TABLE] = &table_space,   [SPACE_CLASS] = &class_space};

/* ---- Which methods ---- */

/* The first that was run; NULL: none left anything. */
static const explain_method *first_method(const explanation *a)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        if (a->arrays[i].method)
            return a->arrays[i].method;
    return NULL;
}

static bool has_default(const explanation *a)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        if (a->arrays[i].method && a->arrays[i].method->is_default)
            return true;
    return false;
}

bool method_leads(const explanation *a, const explain_method *m)
{
    if (!m)
        return true;
    return has_default(a) ? m->is_default : m == first_method(a);
}

const explain_method *find_further_method(const explanation *a, size_t i)
{
    const explain_method *last = NULL;
    for (size_t k = 0; k < a->n_arrays; k++) {
        const explain_method *m = a->arrays[k].method;
        if (m == last || method_leads(a, m))
            continue;
        last = m;
        if (i-- == 0)
            return m;
    }
    return NULL;
}

bool is_viewed(const explanation_view *v, const explain_method *m)
{
    return v->method ? m == v->method : method_leads(v->a, m);
}

/* ---- Which arrays ---- */

bool is_presented_row(const array_row *row) { return row->role != ROLE_RAW && !row->part_of; }

bool is_presented(const named_array *v) { return is_presented_row(v->row); }

const named_array *find_leading(const explanation *a, array_space space)
{
    for (size_t i = 0; i < a->n_arrays; i++) {
        const named_array *v = &a->arrays[i];
        if (v->row->space == space && v->row->role == ROLE_ATTRIBUTION && is_presented(v))
            return v;
    }
    return NULL;
}

array_view view_array(const explanation_view *v, const named_array *array)
{
    const json_t *all = json_object_get(v->numbers, "arrays");
    return (array_view){.of = v, .v = array, .numbers = json_object_get(all, array->row->name)};
}

static bool is_named(const char *name, const named_array *v)
{
    return name && strcmp(name, v->row->name) == 0;
}

const named_array *find_part(const explanation *a, const named_array *v, size_t i)
{
    for (size_t k = 0; k < a->n_arrays; k++)
        if (is_named(a->arrays[k].row->part_of, v) && i-- == 0)
            return &a->arrays[k];
    return NULL;
}

const named_array *find_error(const explanation *a, const named_array *v)
{
    for (size_t k = 0; k < a->n_arrays; k++)
        if (is_named(a->arrays[k].row->error_of, v))
            return &a->arrays[k];
    return NULL;
}

array_interval find_interval(const explanation *a, const named_array *v)
{
    array_interval found = {0};
    for (size_t k = 0; k < a->n_arrays; k++) {
        if (is_named(a->arrays[k].row->low_of, v))
            found.low = &a->arrays[k];
        if (is_named(a->arrays[k].row->high_of, v))
            found.high = &a->arrays[k];
    }
    return found.low && found.high ? found : (array_interval){0};
}

/* ---- The target of an area ---- */

bool has_full(const explanation *a) { return a->full != a->empty; }

double share_of_full(const explanation *a, double value)
{
    return (value - a->empty) / (a->full - a->empty);
}

/* ---- Numbers ---- */

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

size_t find_known(float *out, const named_array *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        if (!(v->row->has_gaps && isnan(v->data[i])))
            out[n++] = v->data[i];
    return n;
}

double find_largest(const explanation *a, const named_array *v, double clip)
{
    float *sorted = allocate(v->n, sizeof *sorted), greatest = 0;
    size_t n = find_known(sorted, v);
    (void)a;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = fabsf(sorted[i]);
        greatest = fmaxf(greatest, sorted[i]);
    }
    if (clip > 0 && n > 0) {
        qsort(sorted, n, sizeof *sorted, compare);
        float clipped = sorted[(size_t)((double)(n - 1) * (1.0 - clip / 100.0))];
        greatest =
            clipped > 0 ? clipped : greatest; /* a map that is mostly zero has nothing to clip */
    }
    free(sorted);
    return (double)greatest;
}

void set_place(json_t *o, const explanation *a, const float *map)
{
    map_place p = find_place(map, &a->strokes);
    text where = {0};
    strokes_place(&where, &a->strokes, &p);
    set_number(o, "row", p.row);
    set_number(o, "column", p.col);
    json_object_set_new(o, "where", p.is_zero ? json_null() : json_string(where.data));
    set_number(o, "where_share", p.share);
    text_release(&where);
}

void add_item_name(text *t, const named_array *v, size_t i)
{
    if (v->items)
        text_add(t, "z%zu", v->items[i]);
    else
        add_label(t, v, i, "", 0);
}

void add_label(text *t, const named_array *v, size_t i, const char *prefix, size_t first)
{
    if (i < v->n_labels)
        text_add(t, "%s", v->labels[i]);
    else
        text_add(t, "%s%zu", prefix, i - first);
}

/* ---- JSON ---- */

void set_number(json_t *o, const char *key, double value)
{
    json_object_set_new(o, key, json_number(value));
}

void set_count(json_t *o, const char *key, size_t value)
{
    json_object_set_new(o, key, json_unsigned(value));
}

void set_word(json_t *o, const char *key, const char *value)
{
    if (value)
        json_object_set_new(o, key, json_text(value));
}

double number_at(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

const char *word_at(const json_t *o, const char *key)
{
    const char *word = json_string_value(json_object_get(o, key));
    return word ? word : "?";
}

/* ---- Words ---- */

void add_count_or_number(text *t, double value)
{
    const double most = 1e9;
    number_text a;
    if (value >= 0 && value <= most && value == floor(value))
        text_add_grouped(t, (uint64_t)value);
    else
        text_add(t, "%s", number_write(a, value, false));
}

const char *write_at(number_text out, const json_t *o, const char *key, bool with_plus)
{
    return number_write(out, number_at(o, key), with_plus);
}

const char *percent_at(number_text out, const json_t *o, const char *key)
{
    number_text digits;
    snprintf(out, sizeof(number_text), "%.10s %%",
             number_write(digits, 100 * number_at(o, key), false));
    return out;
}

void add_sentence(text *t, const char *words)
{
    size_t at = t->length + (t->length > 0);
    bool has_stop = *words && words[strlen(words) - 1] == '.';
    text_add(t, "%s%s%s", t->length ? " " : "", words, has_stop ? "" : ".");
    t->data[at] = (char)toupper((unsigned char)t->data[at]);
}

void fill_words(text *t, const char *words, const char *what)
{
    for (; *words; words++)
        if (*words == '#')
            text_add(t, "%s", what);
        else
            text_add_bytes(t, words, 1);
}

const char *noun_of(const array_row *row) { return row->noun ? row->noun : "value"; }

void say_range(text *t, const array_view *v)
{
    number_text a, b;
    if (v->v->row->sign == SIGN_MAGNITUDE)
        text_add(t, " The %ss reach %s", noun_of(v->v->row),
                 write_at(a, v->numbers, "greatest", false));
    else
        text_add(t, " The %ss run from %s to %s", noun_of(v->v->row),
                 write_at(a, v->numbers, "least", true), write_at(b, v->numbers, "greatest", true));
}
