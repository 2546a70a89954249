/* SPDX-License-Identifier: MIT */
/* What one explanation says of who is to be trusted, apart from it. */
#include "trust_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Tables ---- */

/* Column `name` of a row of a table; NaN where there is none. */
static double number_in(const named_array *table, size_t row, const char *name)
{
    for (size_t k = 0; k < table->shape[1]; k++)
        if (strcmp(table->labels[k], name) == 0)
            return (double)table->data[row * table->shape[1] + k];
    return (double)NAN;
}

static bool is_certified(const explanation *a, const explain_method *m)
{
    for (size_t i = 0; i < a->n_checks; i++)
        if (a->checks[i].method == m && !explain_check_is_met(&a->checks[i]))
            return false;
    return true;
}

/* What misses all foretells nothing, and so does what misses more. */
static double faithfulness_of(double infidelity)
{
    return isnan(infidelity) ? infidelity : fmax(0, 1 - infidelity);
}

static trust_candidate candidate_of(const explanation *a, const named_array *table, size_t row,
                                    const attribution_list *methods)
{
    const char *name = table->labels[table->shape[1] + row];
    const attribution *v = attributions_named(methods, name);
    return (trust_candidate){.name = name,
                             .method = v ? v->method : NULL,
                             .faithfulness = {faithfulness_of(number_in(table, row, "infidelity")),
                                              (double)NAN, (double)NAN},
                             .passes = number_in(table, row, "forward") +
                                       number_in(table, row, "backward"),
                             .is_signed = v && v->sign == SIGN_SIGNED,
                             .is_flagged = v && sanity_is_flagged(a, v->method, methods->input),
                             .is_certified = !v || is_certified(a, v->method)};
}

/* ---- Ballots ---- */

void trust_ballot_fill(trust_ballot *b, const trust_candidate *c, size_t n)
{
    trust_choice v;
    trust_choose_among(&v, c, n);
    *b = (trust_ballot){.candidates = allocate(n, sizeof *c),
                        .places = allocate(n, sizeof *b->places),
                        .n = n,
                        .winner = v.winner};
    for (size_t i = 0; i < n; i++) {
        b->candidates[i] = c[i];
        b->candidates[i].name = copy_text(c[i].name);
        b->candidates[i].resamples = NULL;
        b->candidates[i].n_resamples = 0;
        b->places[v.order[i]] = i + 1;
    }
    trust_choice_release(&v);
}

void trust_ballot_read(trust_ballot *b, const explanation *a, explain_input input)
{
    attribution_list methods = {0};
    const named_array *table = explanation_find(a, input == INPUT_Z ? "quality.z" : "quality.x");
    if (!table)
        return;
    attributions_find(&methods, a, input);
    size_t n = table->shape[0];
    trust_candidate *all = allocate(n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i] = candidate_of(a, table, i, &methods);
    trust_ballot_fill(b, all, n);
    free(all);
    attributions_release(&methods);
}

void trust_ballot_release(trust_ballot *b)
{
    for (size_t i = 0; i < b->n; i++)
        free((char *)(uintptr_t)b->candidates[i].name);
    free(b->candidates);
    free(b->places);
    *b = (trust_ballot){0};
}
