/* SPDX-License-Identifier: MIT */
/* What steps tell, and the means of it. */
#include "class_detail.h"
#include <math.h>

uint64_t number_interval(const model *m, size_t i)
{
    const number_row *row = &m->kind->numbers[i];
    return row->interval ? row->interval(&m->options) : 1;
}

bool number_is_due(const model *m, size_t i)
{
    uint64_t every = number_interval(m, i);
    return every && m->step % every == 0;
}

static int refuse_number(const model *m, size_t i, error *e)
{
    text where = {0};
    text_add(&where, "%s", "");
    for (size_t k = 0; k < m->n_parts; k++)
        if (part_add_not_finite(&where, &m->parts[k]))
            break;
    fail(e, STATUS_DIVERGED, "step %llu: '%s' became %s%s; try a smaller --lr",
         (unsigned long long)m->step + 1, m->kind->numbers[i].key, not_finite_name(m->numbers[i]),
         where.data);
    text_release(&where);
    return -1;
}

int check_numbers(const model *m, error *e)
{
    for (size_t i = 0; i < m->n_numbers; i++)
        if (number_is_due(m, i) && !isfinite(m->numbers[i]))
            return refuse_number(m, i, e);
    return 0;
}

/* The newest value's weight in a mean over all so far, but never less than `least`. */
static double newest_weight(double n_before, double least)
{
    return fmin(1.0, fmax(1.0 / (n_before + 1.0), least));
}

/* Means that need no interval of the log: what a state holds must not depend on how often something
 * is logged. */
void update_running(model *m)
{
    for (size_t i = 0; i < m->n_numbers; i++) {
        if (!number_is_due(m, i))
            continue;
        double n_before = (double)m->step / (double)number_interval(m, i);
        m->running[i] += (m->numbers[i] - m->running[i]) *
                         newest_weight(n_before, 1.0 / m->kind->numbers[i].memory);
    }
}

void model_add_numbers(text *line, const model *m)
{
    for (size_t i = 0; i < m->n_numbers; i++) {
        const number_row *row = &m->kind->numbers[i];
        if (row->label && number_interval(m, i))
            text_add(line, row->is_signed ? "%s %+.*f" : "%s %.*f", row->label, row->decimals,
                     m->running[i]);
    }
}
