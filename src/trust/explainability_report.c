/* SPDX-License-Identifier: MIT */
/* How explainable the model is, beside two that learned nothing. It is the same for every z that is
 * explained: found once, and shown with each. */
#include "explainability_detail.h"
#include "explainability_rivals.h"
#include <stdlib.h>

/* ---- Arrays ---- */

static const char table[] = "explainability.parts", low[] = "explainability.parts.low",
                  high[] = "explainability.parts.high";

#define TITLE "How explainable the model is, and what that is made of"

static const array_row arrays[] = {
    {.name = table,
     .space = SPACE_TABLE,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = TITLE,
     .unit = "0 to 1: of 1 nothing could be more explainable",
     .meaning = "a row a part, a level (mean of its parts) and the whole; a column a model: this "
                "one, one of the same shape that was not trained, and this one with its weights "
                "drawn anew"},
    {.name = low,
     .space = SPACE_TABLE,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .has_gaps = true,
     .title = TITLE,
     .low_of = table},
    {.name = high,
     .space = SPACE_TABLE,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .has_gaps = true,
     .title = TITLE,
     .high_of = table},
    {0}};

enum {
    ROW_TOTAL,
    ROW_VARIES,
    ROW_LEVELS,
    N_ROWS = ROW_LEVELS + N_EXPLAINABILITY_LEVELS + N_EXPLAINABILITY_PARTS
};

/* ---- The table ---- */

/* The rows of one model: a level before its parts. */
static void fill_column(estimate rows[N_ROWS], const explainability *v)
{
    size_t n = ROW_LEVELS;
    rows[ROW_TOTAL] = v->total;
    rows[ROW_VARIES] = v->varies;
    for (size_t level = 0; level < N_EXPLAINABILITY_LEVELS; level++) {
        rows[n++] = v->level[level];
        for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
            if (explainability_parts[i].level == level)
                rows[n++] = v->part[i];
    }
}

/* "rank: the picture changes in few ways" */
static void add_label(explanation *a, const char *before, const char *name, const char *meaning)
{
    text label = {0};
    text_add(&label, "%s%s: %s", before, name, meaning);
    explanation_add_label(a, label.data);
    text_release(&label);
}

static void add_labels(explanation *a)
{
    for (size_t k = 0; k < N_COMPARED; k++)
        explanation_add_label(a, compared_models[k].name);
    explanation_add_label(a, "explainability: mean times factor");
    explanation_add_label(a, "factor: pictures and target vary");
    for (size_t level = 0; level < N_EXPLAINABILITY_LEVELS; level++) {
        const array_word *l = &explainability_levels[level];
        add_label(a, "level ", l->name, l->meaning);
        for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++) {
            const explainability_part *p = &explainability_parts[i];
            if (p->level == level)
                add_label(a, ". ", p->name, p->title);
        }
    }
}

static void add_tables(explanation *a, const explained_models *m)
{
    estimate rows[N_COMPARED][N_ROWS];
    static const char *const names[] = {table, low, high};
    for (size_t k = 0; k < N_COMPARED; k++)
        fill_column(rows[k], &m->of[k]);
    for (size_t i = 0; i < 3; i++) {
        float *values = explanation_add(a, names[i], N_ROWS, N_COMPARED);
        add_labels(a);
        for (size_t k = 0; k < N_ROWS * N_COMPARED; k++) {
            const estimate *v = &rows[k % N_COMPARED][k / N_COMPARED];
            values[k] = (float)(i == 0 ? v->value : i == 1 ? v->low : v->high);
        }
    }
}

/* ---- Running ---- */

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    explained_models *m = *state = allocate(1, sizeof *m);
    int status = 0;
    (void)settings;
    for (size_t k = 0; !status && k < N_COMPARED; k++) {
        compared_model other = {0};
        explain_tell(q, &explainability_report, compared_models[k].name, k, N_COMPARED);
        status = compared_model_init(&other, x, k, e);
        const explainability_subject s = {
            .x = &other.x,
            .black = q->black,
            .white = q->white,
            .listener = q->listener,
            .n = explainability_count(x->condition.g ? x->condition.n_known : 0)};
        status = status || explainability_find(&m->of[k], &s, e) ? -1 : 0;
        compared_model_release(&other);
    }
    return status;
}

static int run(const explain_task *t, explanation *a, error *e)
{
    (void)e;
    add_tables(a, t->state);
    explained_models_tell(a, t->state);
    return 0;
}

const explain_method explainability_report = {
    .name = "explainability",
    .summary = "how explainable the model is, beside one that was not trained and one with random "
               "weights",
    .source = "a source for each part: ganlens(7)",
    .lies = "It says how easily a model is explained, and not how good its pictures are: one that "
            "does little is easily explained.",
    .arrays = arrays,
    .judges = true,
    .prepare = prepare,
    .run = run,
    .release = free};
