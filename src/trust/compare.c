/* SPDX-License-Identifier: MIT */
/* All methods of one explanation beside each other: their maps, how alike they are, what was
 * measured of them, and which one to trust. */
#include "method_comparison.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arrays ---- */

#define TABLE                                                                                      \
    .space = SPACE_TABLE, .sign = SIGN_SIGNED, .role = ROLE_TRUST, .has_gaps = true,               \
    .meaning = "a row a method, by place, and, behind these, controls that know nothing of the "   \
               "model; share foretold is that of what the target does when inputs are put at the " \
               "baseline, with its interval of 95 %, and share near that of changes a tenth as "   \
               "large; passes are forward and backward; passes sanity: 1 where the map changes "   \
               "when the networks' weights are made random; certified: 1 where its checks are met"
#define MAPS                                                                                       \
    .sign = SIGN_SIGNED, .role = ROLE_TRUST, .unit = "each divided by its own largest magnitude",  \
    .meaning = "what an input adds to the target, as the method has it: a rate is multiplied by "  \
               "the way from the baseline; of a method without signs only how much it matters"
#define AGREEMENT                                                                                  \
    .space = SPACE_MATRIX, .sign = SIGN_SIGNED, .role = ROLE_TRUST, .has_gaps = true,              \
    .unit = "rank correlation: 1 the same order, 0 no more alike than chance",                     \
    .meaning = "of what each input adds; of magnitudes where one of the two has no sign"

static const array_row arrays[] = {
    {.name = "compare.table.z", TABLE, .title = "Which explanation by z to trust"},
    {.name = "compare.table.x", TABLE, .title = "Which explanation by the pixels to trust"},
    {.name = "compare.x",
     .space = SPACE_X_LIST,
     MAPS,
     .title = "What each pixel adds to the target, by each method"},
    {.name = "compare.z",
     .space = SPACE_MATRIX,
     MAPS,
     .title = "What each component of z adds to the target, by each method"},
    {.name = "compare.agreement.z", AGREEMENT, .title = "How alike the methods order z"},
    {.name = "compare.agreement.x", AGREEMENT, .title = "How alike the methods order the pixels"},
    {0}};

static const struct {
    const char *table, *maps, *agreement;
} names[N_INPUTS] = {[INPUT_Z] = {"compare.table.z", "compare.z", "compare.agreement.z"},
                     [INPUT_X] = {"compare.table.x", "compare.x", "compare.agreement.x"}};

/* ---- Labels ---- */

/* "integrated-gradients <- trust"; what foretells less than most is the best there is. */
static void add_label(explanation *a, const method_comparison *c, size_t i)
{
    text label = {0};
    bool is_most = c->candidates[i].faithfulness.value >= TRUST_MOST;
    text_add(&label, "%s%s", c->all.all[i].name,
             i != c->choice.winner ? ""
             : is_most             ? " <- trust"
                                   : " <- best, but weak");
    explanation_add_label(a, label.data);
    text_release(&label);
}

/* Of rows, or of items, by place. */
static void add_labels(explanation *a, const method_comparison *c)
{
    for (size_t k = 0; k < c->all.n; k++)
        add_label(a, c, c->choice.order[k]);
}

/* ---- The table ---- */

enum {
    COLUMN_SHARE,
    COLUMN_LOW,
    COLUMN_HIGH,
    COLUMN_NEAR,
    COLUMN_PASSES,
    COLUMN_SANE,
    COLUMN_CERTIFIED,
    COLUMN_AGREEMENT,
    COLUMN_PLACE,
    N_TABLE_COLUMNS
};

static const char *const columns[N_TABLE_COLUMNS] = {
    [COLUMN_SHARE] = "share foretold", [COLUMN_LOW] = "share at least",
    [COLUMN_HIGH] = "share at most",   [COLUMN_NEAR] = "share near",
    [COLUMN_PASSES] = "passes",        [COLUMN_SANE] = "passes sanity",
    [COLUMN_CERTIFIED] = "certified",  [COLUMN_AGREEMENT] = "agreement",
    [COLUMN_PLACE] = "place"};

static void fill_row(float *row, const explanation *a, const method_comparison *c, size_t i)
{
    const trust_candidate *one = &c->candidates[i];
    row[COLUMN_SHARE] = (float)one->faithfulness.value;
    row[COLUMN_LOW] = (float)one->faithfulness.low;
    row[COLUMN_HIGH] = (float)one->faithfulness.high;
    row[COLUMN_NEAR] = (float)c->near[i].faithfulness.value;
    row[COLUMN_PASSES] = one->method && isfinite(one->passes) ? (float)one->passes : NAN;
    row[COLUMN_SANE] = !one->method || !sanity_is_tested(a, one->name, c->all.input) ? NAN
                       : one->is_flagged                                             ? 0
                                                                                     : 1;
    row[COLUMN_CERTIFIED] = !one->method ? NAN : one->is_certified ? 1 : 0;
    row[COLUMN_AGREEMENT] =
        (float)trust_cell(a, quality_names_of[c->all.input].value, one->name, "agreement");
}

static void add_table(explanation *a, const method_comparison *c)
{
    size_t n = c->all.n;
    float *table = explanation_add(a, names[c->all.input].table, n, N_TABLE_COLUMNS);
    for (size_t k = 0; k < N_TABLE_COLUMNS; k++)
        explanation_add_label(a, columns[k]);
    add_labels(a, c);
    for (size_t k = 0; k < n; k++) {
        fill_row(table + k * N_TABLE_COLUMNS, a, c, c->choice.order[k]);
        table[k * N_TABLE_COLUMNS + COLUMN_PLACE] = (float)(k + 1);
    }
}

/* ---- Maps ---- */

/* out (n): v by its largest magnitude; a map of zeros stays one. */
static void divide_by_largest(float *out, const float *v, size_t n)
{
    float largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmaxf(largest, fabsf(v[i]));
    for (size_t i = 0; i < n; i++)
        out[i] = largest > 0 ? v[i] / largest : 0;
}

static void add_component_labels(explanation *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        text label = {0};
        text_add(&label, "z%zu", i);
        explanation_add_label(a, label.data);
        text_release(&label);
    }
}

static void add_maps(explanation *a, const method_comparison *c, size_t n)
{
    bool is_z = c->all.input == INPUT_Z;
    float *maps = explanation_add(a, names[c->all.input].maps, c->all.n, is_z ? n : 0);
    if (is_z)
        add_component_labels(a, n);
    add_labels(a, c);
    for (size_t k = 0; k < c->all.n; k++)
        divide_by_largest(maps + k * n, c->contributions + c->choice.order[k] * n, n);
}

/* ---- Agreement ---- */

static float *magnitudes(const float *v, size_t n)
{
    float *out = allocate(n, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = fabsf(v[i]);
    return out;
}

static double correlation(const method_comparison *c, size_t i, size_t k, size_t n)
{
    const float *v = c->contributions + i * n, *w = c->contributions + k * n;
    if (attribution_has_sign(&c->all.all[i]) && attribution_has_sign(&c->all.all[k]))
        return rank_correlation(v, w, n);
    float *of_v = magnitudes(v, n), *of_w = magnitudes(w, n);
    double found = rank_correlation(of_v, of_w, n);
    free(of_v);
    free(of_w);
    return found;
}

static void find_agreement(method_comparison *c, size_t n)
{
    size_t n_all = c->all.n;
    c->agreement = allocate(n_all * n_all, sizeof *c->agreement);
    for (size_t i = 0; i < n_all; i++)
        for (size_t k = i; k < n_all; k++)
            c->agreement[i * n_all + k] = c->agreement[k * n_all + i] =
                (float)correlation(c, i, k, n);
}

/* By place those whose map has an order: which (n attributions); returns how many. */
static size_t find_ordered(size_t *which, const method_comparison *c)
{
    size_t n = 0;
    for (size_t k = 0; k < c->all.n; k++) {
        size_t i = c->choice.order[k];
        if (!isnan(c->agreement[i * c->all.n + i]))
            which[n++] = i;
    }
    return n;
}

/* What is the same everywhere is not alike, nor unlike, anything. */
static void add_agreement(explanation *a, const method_comparison *c)
{
    size_t *which = allocate(c->all.n, sizeof *which), n = find_ordered(which, c);
    float *cells = n ? explanation_add(a, names[c->all.input].agreement, n, n) : NULL;
    for (size_t twice = 0; twice < 2; twice++)
        for (size_t k = 0; k < n; k++)
            explanation_add_label(a, c->all.all[which[k]].name);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            cells[i * n + k] = c->agreement[which[i] * c->all.n + which[k]];
    free(which);
}

/* ---- Running ---- */

static void find_contributions(method_comparison *c, const target_function *f,
                               const baseline_rows *b)
{
    c->contributions = allocate(c->all.n * f->n, sizeof *c->contributions);
    for (size_t i = 0; i < c->all.n; i++)
        attribution_contributions(c->contributions + i * f->n, &c->all.all[i], f, b);
}

/* What it is where only small changes count. */
static trust_candidate near_candidate(const trust_candidate *c)
{
    trust_candidate near = *c;
    near.faithfulness = c->near;
    near.resamples = NULL;
    near.n_resamples = 0;
    return near;
}

/* The average stands last, and is not in the tables of quality. */
static void decide(method_comparison *c, const explanation *a, const target_function *f,
                   const baseline_rows *b)
{
    size_t n = c->all.n, last = n - 1;
    c->candidates = allocate(n, sizeof *c->candidates);
    c->near = allocate(n, sizeof *c->near);
    for (size_t i = 0; i < last; i++)
        c->candidates[i] = candidate_read(a, &c->all.all[i], c->all.input);
    c->candidates[last] = average_candidate(c->average_resamples, &c->all.all[last], f, b);
    for (size_t i = 0; i < n; i++)
        c->near[i] = near_candidate(&c->candidates[i]);
    trust_choose_among(&c->choice, c->candidates, n);
    trust_choose_among(&c->near_choice, c->near, n);
}

static void leave(explanation *a, const method_comparison *c, size_t n)
{
    add_table(a, c);
    add_maps(a, c, n);
    add_agreement(a, c);
}

/* Leaves it empty where no method attributes anything to that input. */
static void compare_input(method_comparison *c, explanation *a, const explain_task *t,
                          explain_input input)
{
    target_function f;
    baseline_rows b;
    if (!target_function_init(&f, t, a, input))
        return;
    attributions_find(&c->all, a, input);
    if (!c->all.n)
        return;
    attributions_add_controls(&c->all, &f);
    attributions_add_average(&c->all, &f);
    baseline_rows_init(&b, &f);
    find_contributions(c, &f, &b);
    find_agreement(c, f.n);
    decide(c, a, &f, &b);
    baseline_rows_release(&b);
    leave(a, c, f.n);
}

static void method_comparison_release(method_comparison *c)
{
    attributions_release(&c->all);
    free(c->contributions);
    free(c->agreement);
    free(c->candidates);
    free(c->near);
    trust_choice_release(&c->choice);
    trust_choice_release(&c->near_choice);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    method_comparison of[N_INPUTS] = {0};
    (void)e;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        compare_input(&of[i], a, t, i);
    method_comparison_remark(a, of);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        method_comparison_release(&of[i]);
    return 0;
}

const explain_method compare_report = {
    .name = "compare",
    .summary = "all methods beside each other, and which one to trust",
    .source = "a source for each measure: ganlens(7)",
    .lies = "The one to trust foretells best what the target loses when inputs are put at the "
            "baseline: another question has another answer.",
    .arrays = arrays,
    .judges = true,
    .run = run};
