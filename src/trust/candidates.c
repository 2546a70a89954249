/* SPDX-License-Identifier: MIT */
/* What the reports left of each method, as what is known of it. */
#include "trust_detail.h"
#include <math.h>
#include <string.h>

/* ---- Tables ---- */

/* Which of n labels it is; n: none. */
static size_t label_index(char *const *labels, size_t n, const char *label)
{
    size_t i = 0;
    while (i < n && strcmp(labels[i], label) != 0)
        i++;
    return i;
}

double trust_cell(const explanation *a, const char *table, const char *row, const char *column)
{
    const named_array *v = explanation_find(a, table);
    if (!v || v->n_labels < v->shape[0] + v->shape[1])
        return (double)NAN;
    size_t rows = v->shape[0], cols = v->shape[1];
    size_t k = label_index(v->labels, cols, column), i = label_index(v->labels + cols, rows, row);
    return i < rows && k < cols ? (double)v->data[i * cols + k] : (double)NAN;
}

/* ---- Candidates ---- */

/* What misses all foretells nothing, and so does what misses more. */
static double foretold(double infidelity)
{
    return isnan(infidelity) ? infidelity : fmax(0, 1 - infidelity);
}

static estimate share_foretold(const explanation *a, const char *name, explain_input input,
                               const char *infidelity)
{
    return (estimate){foretold(trust_cell(a, quality_names_of[input].value, name, infidelity)),
                      foretold(trust_cell(a, quality_names_of[input].high, name, infidelity)),
                      foretold(trust_cell(a, quality_names_of[input].low, name, infidelity))};
}

static double passes_of(const explanation *a, const char *name, explain_input input)
{
    double passes = trust_cell(a, quality_names_of[input].value, name, "forward") +
                    trust_cell(a, quality_names_of[input].value, name, "backward");
    return isnan(passes) ? (double)INFINITY : passes;
}

static bool is_certified(const explanation *a, const explain_method *m)
{
    for (size_t i = 0; i < a->n_checks; i++)
        if (a->checks[i].method == m && !explain_check_is_met(&a->checks[i]))
            return false;
    return true;
}

/* A row of the raw array has no label: rows are those of the table. */
static void set_resamples(trust_candidate *c, const explanation *a, explain_input input)
{
    const named_array *v = explanation_find(a, quality_names_of[input].resampled);
    const named_array *table = explanation_find(a, quality_names_of[input].value);
    if (!v || isnan(c->faithfulness.value))
        return;
    size_t n = v->shape[1], rows = table->shape[0];
    size_t row = label_index(table->labels + table->shape[1], rows, c->name);
    c->resamples = v->data + row * n;
    c->n_resamples = n;
}

trust_candidate candidate_read(const explanation *a, const attribution *v, explain_input input)
{
    const explain_method *m = v->method;
    trust_candidate c = {.name = v->name,
                         .method = m,
                         .faithfulness = share_foretold(a, v->name, input, "infidelity"),
                         .near = share_foretold(a, v->name, input, "infidelity-near"),
                         .passes = m ? passes_of(a, v->name, input) : 0,
                         .is_signed = attribution_has_sign(v),
                         .is_rate = attribution_is_rate(v),
                         .is_untested = m && sanity_is_left_out(a, v->name, input),
                         .is_flagged = m && sanity_is_flagged(a, m, input),
                         .is_certified = m && is_certified(a, m)};
    set_resamples(&c, a, input);
    return c;
}
