/* SPDX-License-Identifier: MIT */
/* How good explanations are, by each measure, beside controls. */
#include "quality_detail.h"
#include <stdlib.h>

#define TABLE                                                                                      \
    .space = SPACE_TABLE, .sign = SIGN_SIGNED, .role = ROLE_TRUST, .has_gaps = true,               \
    .meaning = "a row a method, and, behind these, a control that knows nothing of the model"
#define END_OF_INTERVAL                                                                            \
    .space = SPACE_TABLE, .sign = SIGN_SIGNED, .role = ROLE_RAW, .has_gaps = true

#define CURVES .space = SPACE_CURVE, .sign = SIGN_PLAIN, .role = ROLE_RAW
#define DRAWN_CURVES .space = SPACE_CURVE, .sign = SIGN_PLAIN, .role = ROLE_TRUST
#define OUT(parts)                                                                                 \
    .title = "The target while the " parts " that add most to it go first",                        \
    .unit = "share gone: of the " parts ", at the baseline",                                       \
    .sentence = "Where the " parts " that add most to the target go first, as the method that is " \
                "best at it has them, it is # of the way: the lower, the better that method knew " \
                "what holds the target up"
#define IN(parts)                                                                                  \
    .title = "The target while the " parts " that add most to it come first",                      \
    .unit = "share back: of the " parts ", from the baseline",                                     \
    .sentence = "Where they come back first, it is #: the higher, the better"

#define RESAMPLED                                                                                  \
    .space = SPACE_MATRIX, .sign = SIGN_SIGNED, .role = ROLE_RAW, .has_gaps = true,                \
    .title = "Shares foretold in resamples of the removals",                                       \
    .meaning = "a row as in the table; columns are the same resamples for all, so that "           \
               "differences between methods are paired"

static const array_row arrays[] = {
    {.name = "quality.z", TABLE, .title = "How good each explanation by z is"},
    {.name = "quality.z.low", END_OF_INTERVAL, .low_of = "quality.z"},
    {.name = "quality.z.high", END_OF_INTERVAL, .high_of = "quality.z"},
    {.name = "quality.z.resampled", RESAMPLED},
    {.name = "quality.deletion.z", CURVES},
    {.name = "quality.insertion.z", CURVES},
    {.name = "quality.deletion.z.best", DRAWN_CURVES, OUT("components of z")},
    {.name = "quality.insertion.z.best", DRAWN_CURVES, IN("components of z")},
    {.name = "quality.x", TABLE, .title = "How good each explanation by the pixels is"},
    {.name = "quality.x.low", END_OF_INTERVAL, .low_of = "quality.x"},
    {.name = "quality.x.high", END_OF_INTERVAL, .high_of = "quality.x"},
    {.name = "quality.x.resampled", RESAMPLED},
    {.name = "quality.deletion.x", CURVES},
    {.name = "quality.insertion.x", CURVES},
    {.name = "quality.deletion.x.best", DRAWN_CURVES, OUT("pixels")},
    {.name = "quality.insertion.x.best", DRAWN_CURVES, IN("pixels")},
    {0}};

const quality_names quality_names_of[N_INPUTS] = {
    [INPUT_Z] = {"quality.z", "quality.z.low", "quality.z.high", "quality.z.resampled"},
    [INPUT_X] = {"quality.x", "quality.x.low", "quality.x.high", "quality.x.resampled"}};

/* ---- Tables ---- */

static size_t count_measures(void)
{
    size_t n = 0;
    while (trust_measures[n])
        n++;
    return n;
}

/* One row an attribution, one column a measure. */
static float *add_table(explanation *a, const char *name, const attribution_list *all)
{
    float *table = explanation_add(a, name, all->n, count_measures());
    for (size_t k = 0; trust_measures[k]; k++)
        explanation_add_label(a, trust_measures[k]->name);
    for (size_t i = 0; i < all->n; i++)
        explanation_add_label(a, all->all[i].name);
    return table;
}

/* costs: one an attribution. */
static void fill_tables(explanation *a, const explain_task *t, trust_subject *s,
                        const explain_cost *costs)
{
    explain_input input = s->f->input;
    size_t n = s->all->n, n_measures = count_measures();
    float *value = add_table(a, quality_names_of[input].value, s->all);
    float *low = add_table(a, quality_names_of[input].low, s->all);
    float *high = add_table(a, quality_names_of[input].high, s->all);
    for (size_t i = 0; i < n * n_measures && !explain_is_stopped(t->q); i++) {
        const trust_measure *m = trust_measures[i % n_measures];
        estimate found;
        s->of = &s->all->all[i / n_measures];
        s->cost = costs[i / n_measures];
        if (s->of->method)
            explain_tell(t->q, s->of->method, m->name, i, n * n_measures);
        m->measure(&found, s);
        value[i] = (float)found.value;
        low[i] = (float)found.low;
        high[i] = (float)found.high;
    }
    quality_tell(a, s, value, n_measures);
}

static void add_resamples(explanation *a, trust_subject *s)
{
    float *share =
        explanation_add(a, quality_names_of[s->f->input].resampled, s->all->n, N_RESAMPLES);
    for (size_t i = 0; i < s->all->n; i++) {
        float *of = share + i * N_RESAMPLES;
        s->of = &s->all->all[i];
        infidelity_resamples(of, s);
        for (size_t k = 0; k < N_RESAMPLES; k++)
            of[k] = 1 - of[k];
    }
}

static void add_checks(explanation *a, const trust_subject *s)
{
    if (s->f->t->q->skips_checks)
        return;
    explain_check all = removal_check(s->removals, s->f, s->baseline);
    explain_check near = removal_check(s->near_removals, s->f, s->baseline);
    explanation_add_check(a, &all);
    explanation_add_check(a, &near);
}

/* ---- Running ---- */

/* The caller frees them; NULL: a method failed. */
static explain_cost *find_costs(const explain_task *t, const attribution_list *all, error *e)
{
    const trust_settings *set = t->settings;
    explain_cost *costs = allocate(all->n, sizeof *costs);
    for (size_t i = 0; i < all->n; i++)
        if (method_cost(&costs[i], t, set ? set->plan : NULL, all->all[i].method, all->input, e)) {
            free(costs);
            return NULL;
        }
    return costs;
}

static int judge_all(explanation *a, const target_function *f, const attribution_list *all,
                     const moved_attributions *near, error *e)
{
    baseline_rows b;
    removal_sample removals, near_removals;
    trust_subject s = {.f = f,
                       .baseline = &b,
                       .removals = &removals,
                       .near_removals = &near_removals,
                       .all = all,
                       .moved = near->moved[f->input],
                       .n_moved = f->t->state ? N_SMALL_MOVES : 0,
                       .unmoved = &near->unmoved[f->input],
                       .seed = f->t->q->probe};
    explain_cost *costs = find_costs(f->t, all, e);
    if (!costs)
        return -1;
    explain_tell(f->t->q, a->method, "what the target does without parts of its input", 0, 1);
    baseline_rows_init(&b, f);
    removal_sample_init(&removals, f, &b);
    removal_sample_init_near(&near_removals, f, &b);
    add_checks(a, &s);
    fill_tables(a, f->t, &s, costs);
    if (!explain_is_stopped(f->t->q)) {
        add_resamples(a, &s);
        quality_add_curves(a, &s);
    }
    removal_sample_release(&removals);
    removal_sample_release(&near_removals);
    baseline_rows_release(&b);
    free(costs);
    return 0;
}

static int judge_input(explanation *a, const explain_task *t, explain_input input,
                       const moved_attributions *near, error *e)
{
    target_function f;
    attribution_list all = {0};
    int status = 0;
    if (!target_function_init(&f, t, a, input))
        return 0;
    attributions_find(&all, a, input);
    if (all.n) {
        attributions_add_controls(&all, &f);
        status = judge_all(a, &f, &all, near, e);
    }
    attributions_release(&all);
    return status;
}

/* The methods, to be run again; nothing where it is not said which. */
static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    const trust_settings *set = settings;
    *state = set ? reruns_create(set->plan, x, q, e) : NULL;
    return set && !*state ? -1 : 0;
}

static int run(const explain_task *t, explanation *a, error *e)
{
    moved_attributions near = {0};
    int status = t->state ? moved_attributions_find(&near, t->state, t, a->method, e) : 0;
    for (explain_input i = INPUT_Z; !status && i < N_INPUTS; i++)
        status = judge_input(a, t, i, &near, e);
    moved_attributions_release(&near);
    return status;
}

const explain_method quality_report = {
    .name = "quality",
    .summary = "how good the explanations are, by measures that can be checked",
    .source = "a source for each measure: ganlens(7)",
    .lies =
        "Without some of its parts an input is one that the networks were hardly trained on: what "
        "they then do may not be what the parts are for. No measure sees all: a map may be good "
        "by one and bad by another.",
    .arrays = arrays,
    .checks = removal_checks,
    .wants = WANTS_GRADIENT_Z | WANTS_GRADIENT_X,
    .judges = true,
    .prepare = prepare,
    .run = run,
    .release = reruns_free};
