/* SPDX-License-Identifier: MIT */
/* Tables whose rows are methods, with controls behind these, or whose columns are measures of the
 * module trust: told by their labels. */
#include "cells_detail.h"
#include "trust.h"
#include <stdlib.h>
#include <string.h>

static const trust_measure *measure_of_column(const named_array *v, size_t column)
{
    const char *const *names = column_names(v);
    for (const trust_measure *const *m = trust_measures; names && *m; m++)
        if (strcmp((*m)->name, names[column]) == 0)
            return *m;
    return NULL;
}

bool is_method(const char *name)
{
    const explain_method *m;
    for (size_t i = 0; (m = find_declared_method(i)); i++) {
        size_t n = strlen(m->name);
        if (strncmp(m->name, name, n) == 0 && (!name[n] || name[n] == ' '))
            return true;
    }
    return false;
}

size_t first_control(const array_view *v)
{
    const char *const *names = row_names(v->v);
    size_t n_methods = 0, rows = v->v->shape[0];
    while (names && n_methods < rows && is_method(names[n_methods]))
        n_methods++;
    return n_methods < rows ? n_methods : 0;
}

/* ---- What is best ---- */

/* Rows of methods, before those of controls. */
static void mark_best(bool *are_best, const named_array *v, size_t column, double sign, size_t rows)
{
    size_t cols = v->shape[1], best = rows;
    for (size_t r = 0; r < rows; r++) {
        double value = sign * (double)v->data[r * cols + column];
        if (value == value &&
            (best == rows || value > sign * (double)v->data[best * cols + column]))
            best = r;
    }
    for (size_t r = 0; best < rows && r < rows; r++)
        are_best[r * cols + column] = v->data[r * cols + column] == v->data[best * cols + column];
}

void find_best(bool *are_best, const array_view *v)
{
    size_t control = first_control(v), rows = control ? control : v->v->shape[0];
    for (size_t c = 0; c < v->v->shape[1]; c++) {
        const trust_measure *m = measure_of_column(v->v, c);
        if (m && m->better != TRUST_NEITHER)
            mark_best(are_best, v->v, c, m->better == TRUST_LESS ? -1 : 1, rows);
    }
}

/* ---- What the columns say ---- */

/* "infidelity: how far it misses what the target does. Less is better; ideal: 0, ..." */
static void add_measure(text *t, const trust_measure *m)
{
    static const char *const best[] = {[TRUST_LESS] = "Less is better; ideal: ",
                                       [TRUST_MORE] = "More is better; ideal: ",
                                       [TRUST_NEITHER] = "Ideal: "};
    text_add(t, "%s: %s. %s%s.", m->name, m->title, best[m->better], m->ideal);
}

void say_columns(text *t, const array_view *v)
{
    for (size_t c = 0; c < v->v->shape[1]; c++) {
        const trust_measure *m = measure_of_column(v->v, c);
        if (!m)
            continue;
        text_add(t, "%s", t->length ? "\n" : "");
        add_measure(t, m);
    }
}

static bool has_measure(const explanation_view *v, const trust_measure *m)
{
    for (size_t i = 0; i < v->a->n_arrays; i++) {
        const named_array *array = &v->a->arrays[i];
        if (array->row->space != SPACE_TABLE || !is_presented(array) ||
            !is_viewed(v, array->method))
            continue;
        for (size_t c = 0; c < array->shape[1]; c++)
            if (measure_of_column(array, c) == m)
                return true;
    }
    return false;
}

void add_measures(text *out, const explanation_view *v, const words_layout *layout)
{
    bool is_first = true;
    for (const trust_measure *const *m = trust_measures; *m; m++) {
        text t = {0};
        if (!has_measure(v, *m))
            continue;
        add_measure(&t, *m);
        text_add(out, is_first ? "\n" : "");
        layout->add_item(out, t.data);
        is_first = false;
        text_release(&t);
    }
}
