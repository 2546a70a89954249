/* SPDX-License-Identifier: MIT */
/* What one explanation says of who is to be trusted, apart from it. */
#include "trust_detail.h"
#include <stdlib.h>
#include <string.h>

static trust_candidate candidate_of(const explanation *a, const char *name,
                                    const attribution_list *methods)
{
    const attribution *v = attributions_named(methods, name);
    return candidate_read(a, v ? v : &(attribution){.name = name}, methods->input);
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
    const named_array *table = explanation_find(a, quality_names_of[input].value);
    if (!table)
        return;
    attributions_find(&methods, a, input);
    size_t n = table->shape[0];
    trust_candidate *all = allocate(n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        all[i] = candidate_of(a, table->labels[table->shape[1] + i], &methods);
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
