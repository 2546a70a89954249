/* SPDX-License-Identifier: MIT */
/* What the target lost by some of the removals once more: in double, one by one, on rows that are
 * made anew from what was removed. All measures over removals are made of these numbers. */
#include "measure_detail.h"
#include <math.h>
#include <stdlib.h>

/* Evaluated in double; of more rows of a baseline one removal is checked. */
enum { MOST_ROWS = 32 };

#define CHECKS_OF(input)                                                                           \
    {.name = "quality." input "_against_double", MEANING("to the baseline")},                      \
    {                                                                                              \
        .name = "quality." input "_near_against_double", MEANING("a tenth of the way there")       \
    }
#define MEANING(where)                                                                             \
    .meaning = "by norm over some of the random sets of inputs, put " where                        \
               ": |loss of the target - loss in double| / |loss in double|, or over what float "   \
               "keeps of the target",                                                              \
    .tolerance = 1e-3

const explain_check removal_checks[2 * N_INPUTS + 1] = {CHECKS_OF("z"), CHECKS_OF("x"), {0}};

static double loss_in_double(const removal_sample *s, size_t removal, const target_function *f,
                             const baseline_rows *b)
{
    const uint8_t *is_removed = s->is_removed + removal * f->n;
    double *row = allocate(f->n, sizeof *row), lost = 0;
    for (size_t i = 0; i < f->n; i++)
        row[i] = (double)f->at[i];
    double whole = target_in_double(f, row, NULL);
    for (size_t k = 0; k < b->n; k++) {
        for (size_t i = 0; i < f->n; i++) {
            double at = (double)f->at[i], base = (double)b->rows[k * f->n + i];
            row[i] = is_removed[i] ? at + (double)s->way * (base - at) : at;
        }
        lost += whole - target_in_double(f, row, NULL);
    }
    free(row);
    return lost / (double)b->n;
}

static size_t count_checked(const baseline_rows *b)
{
    return b->n < MOST_ROWS ? MOST_ROWS / b->n : 1;
}

explain_check removal_check(const removal_sample *s, const target_function *f,
                            const baseline_rows *b)
{
    explain_check check = removal_checks[2 * (size_t)f->input + (s->way < 1)];
    double wrong = 0, size = 0, kept = target_rounding(f->t) / check.tolerance;
    rng r = trust_rng(f->t->q->probe, TRUST_CHECK, f->input);
    check.n_samples = count_checked(b);
    for (size_t i = 0; i < check.n_samples; i++) {
        size_t removal = rng_below(&r, (uint32_t)s->n);
        double expected = loss_in_double(s, removal, f, b);
        double off = (double)s->loss[removal] - expected;
        wrong += off * off;
        size += expected * expected;
    }
    check.value = sqrt(wrong) / fmax(sqrt(size), kept * sqrt((double)check.n_samples));
    return check;
}
