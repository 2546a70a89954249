/* SPDX-License-Identifier: MIT */
/* What came out, a row for each candidate and metric. */
#include "evaluation_detail.h"
#include <math.h>
#include <string.h>

/* In quotes where it holds what parts fields or lines (RFC 4180). */
static void add_field(text *out, const char *s)
{
    if (!s[strcspn(s, ",\"\r\n")]) {
        text_add(out, "%s", s);
        return;
    }
    text_add(out, "\"");
    for (; *s; s++)
        text_add(out, *s == '"' ? "\"\"" : "%c", *s);
    text_add(out, "\"");
}

/* Empty where there is none. */
static void add_number(text *out, double v)
{
    text_add(out, ",");
    if (isfinite(v))
        text_add(out, "%.9g", v);
}

static void add_result(text *out, const measurement *m)
{
    const estimate *v = &m->result.value;
    if (m->reason) {
        text_add(out, ",,,");
        return;
    }
    add_number(out, v->value);
    add_number(out, v->low);
    add_number(out, v->high);
}

static void add_row(text *out, const candidate *c, const measurement *m, const measurement *floor)
{
    add_field(out, c->path);
    text_add(out, ",%s", m->metric->name);
    add_result(out, m);
    text_add(out, m->reason ? ",," : ",%zu,%zu", m->result.n, m->result.n_real);
    add_result(out, floor);
    text_add(out, ",");
    add_field(out, m->reason ? m->reason : "");
    text_add(out, "\n");
}

void evaluation_csv(text *out, const evaluation *v)
{
    text_add(out,
             "candidate,metric,value,low,high,n,n_real,real_value,real_low,real_high,reason\n");
    for (size_t i = 0; i < v->n_candidates; i++)
        for (size_t k = 0; k < v->n_metrics; k++)
            add_row(out, &v->candidates[i], &v->candidates[i].measurements[k], &v->floors[k]);
}
