/* SPDX-License-Identifier: MIT */
/* How good explanations are, by each measure, beside controls. */
#include "trust_detail.h"
#include <string.h>

static const array_row arrays[] = {
    {.name = "quality.z",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_TRUST,
     .has_gaps = true,
     .title = "How good each explanation by z is",
     .meaning = "a row a method, and, behind these, a control that knows nothing of the model"},
    {.name = "quality.x",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_TRUST,
     .has_gaps = true,
     .title = "How good each explanation by the pixels is",
     .meaning = "a row a method, and, behind these, a control that knows nothing of the model"},
    {0}};

static void fill_row(float *row, trust_subject *s, const explain_task *t, size_t i, size_t n)
{
    s->of = &s->all->all[i];
    for (size_t k = 0; trust_measures[k]; k++) {
        estimate found;
        if (s->of->method)
            explain_tell(t->q, s->of->method, trust_measures[k]->title, i, n);
        trust_measures[k]->measure(&found, s);
        row[k] = (float)found.value;
    }
}

static void add_table(explanation *a, const explain_task *t, trust_subject *s)
{
    size_t n_measures = 0;
    while (trust_measures[n_measures])
        n_measures++;
    float *values = explanation_add(a, s->f->input == INPUT_Z ? "quality.z" : "quality.x",
                                    s->all->n, n_measures);
    for (size_t k = 0; k < n_measures; k++)
        explanation_add_label(a, trust_measures[k]->name);
    for (size_t i = 0; i < s->all->n; i++) {
        explanation_add_label(a, s->all->all[i].name);
        fill_row(values + i * n_measures, s, t, i, s->all->n);
    }
}

static void judge_input(explanation *a, const explain_task *t, explain_input input)
{
    target_function f;
    attribution_list all = {0};
    baseline_rows b;
    if (!target_function_init(&f, t, a, input))
        return;
    attributions_find(&all, a, input);
    if (all.n) {
        attributions_add_controls(&all, &f);
        baseline_rows_init(&b, &f);
        add_table(a, t,
                  &(trust_subject){.f = &f, .baseline = &b, .all = &all, .seed = t->q->probe});
        baseline_rows_release(&b);
    }
    attributions_release(&all);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    (void)e;
    judge_input(a, t, INPUT_Z);
    judge_input(a, t, INPUT_X);
    return 0;
}

const explain_method quality_report = {
    .name = "quality",
    .summary = "how good the explanations are, by measures that can be checked",
    .source = "a source for each measure: ganlens(7)",
    .lies = "A measure sees what it is made for.",
    .arrays = arrays,
    .judges = true,
    .run = run};
