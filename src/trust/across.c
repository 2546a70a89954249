/* SPDX-License-Identifier: MIT */
/* The same z explained in several models: trainings, or steps of one. */
#include "across.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Explaining ---- */

/* Of each model what it makes of z; that of the model explained is borrowed. */
typedef struct {
    const explain_task *t;
    const trust_settings *set;
    const explained_z *here;
    explained_z *own; /* (set->n_rivals); owned */
} models;

static const explained_z *model_at(const models *m, size_t i)
{
    return m->set->rivals[i].x == m->t->x ? m->here : &m->own[i];
}

/* The request with the pictures that this model makes of the baseline. */
static explain_request request_for(explain_baseline *b, const explain_request *q,
                                   const explainer *x)
{
    explain_request own = *q;
    if (!q->baseline)
        return own;
    float *z = allocate(q->baseline->n * x->z_dim, sizeof *z);
    memcpy(z, q->baseline->z, q->baseline->n * x->z_dim * sizeof *z);
    explain_baseline_init(b, x, z, q->baseline->n);
    own.baseline = b;
    return own;
}

static int explain_in(explained_z *out, const models *m, const explainer *x, error *e)
{
    reruns r = {0};
    explain_workspace w = {0};
    explain_baseline b = {0};
    const explain_request q = request_for(&b, m->t->q, x);
    explain_task own = *m->t;
    own.x = x;
    own.w = &w;
    own.q = &q;
    int status = reruns_init(&r, m->set->plan, x, &q, e);
    if (!status) {
        explain_workspace_init(&w, x);
        status = explained_z_make(out, &r, &own, m->t->rows->z, e);
        explain_workspace_release(&w);
    }
    reruns_release(&r);
    explain_baseline_release(&b);
    return status;
}

static int models_make(models *m, const explain_method *by, error *e)
{
    const trust_settings *set = m->set;
    m->own = allocate(set->n_rivals, sizeof *m->own);
    for (size_t i = 0; i < set->n_rivals; i++) {
        explain_tell(m->t->q, by, "how other models explain it", i, set->n_rivals);
        if (set->rivals[i].x != m->t->x && explain_in(&m->own[i], m, set->rivals[i].x, e))
            return fail_in(e, "%s", set->rivals[i].name);
    }
    return 0;
}

/* ---- Tables ---- */

enum { ORDER, DIRECTION, LOOKS, N_ALIKE_WAYS };

/* The tables; NULL: there is none. */
static const char *const tables[N_INPUTS][N_ALIKE_WAYS] = {
    {"stability.across.z", "stability.across.z.direction", NULL},
    {"stability.across.x", "stability.across.x.direction", "stability.across.x.looks"}};

static double compare(const models *m, size_t i, const attribution *v, explain_input input,
                      size_t way)
{
    const attribution *other = attributions_named(&model_at(m, i)->of[input], v->name);
    return way == ORDER       ? alike_order(v, other)
           : way == DIRECTION ? alike_direction(v, other)
                              : alike_looks(v, other, m->t->x->shape);
}

static void add_table(explanation *a, const models *m, explain_input input, size_t way)
{
    const attribution_list *l = &m->here->of[input];
    size_t n = m->set->n_rivals;
    float *values = explanation_add(a, tables[input][way], l->n, n);
    for (size_t i = 0; i < n; i++)
        explanation_add_label(a, m->set->rivals[i].name);
    for (size_t row = 0; row < l->n; row++) {
        explanation_add_label(a, l->all[row].name);
        for (size_t i = 0; i < n; i++)
            values[row * n + i] = (float)compare(m, i, &l->all[row], input, way);
    }
}

static double looks_of(const models *m, size_t i)
{
    return alike_pictures(m->here->x, model_at(m, i)->x, m->t);
}

static void add_targets(explanation *a, const models *m)
{
    static const char *const columns[] = {"target", "change", "picture"};
    size_t n = m->set->n_rivals;
    float *values = explanation_add(a, "stability.across.target", n, 3);
    for (size_t k = 0; k < 3; k++)
        explanation_add_label(a, columns[k]);
    for (size_t i = 0; i < n; i++) {
        explanation_add_label(a, m->set->rivals[i].name);
        values[3 * i] = model_at(m, i)->target;
        values[3 * i + 1] = model_at(m, i)->target - m->here->target;
        values[3 * i + 2] = (float)looks_of(m, i);
    }
}

static void add_pictures(explanation *a, const models *m)
{
    size_t n = m->set->n_rivals, pixels = m->t->x->shape.n;
    float *values = explanation_add(a, "stability.across.pictures", n, 0);
    for (size_t i = 0; i < n; i++) {
        memcpy(values + i * pixels, model_at(m, i)->x, pixels * sizeof *values);
        explanation_add_label(a, m->set->rivals[i].name);
    }
}

/* ---- Drift ---- */

static void add_drift(explanation *a, const models *m, explain_input input)
{
    const attribution_list *l = &m->here->of[input];
    size_t n_series = attributions_count_methods(l), n = m->set->n_rivals;
    const char *name = input == INPUT_X ? "stability.across.drift.x" : "stability.across.drift.z";
    float *values = explanation_add(a, name, 2 + n_series, n);
    explanation_add_label(a, "step");
    explanation_add_label(a, "picture");
    for (size_t i = 0; i < n; i++) {
        values[i] = (float)m->set->rivals[i].step;
        values[n + i] = (float)looks_of(m, i);
    }
    for (size_t s = 0; s < n_series; s++) {
        explanation_add_label(a, l->all[s].name);
        for (size_t i = 0; i < n; i++)
            values[(2 + s) * n + i] = (float)compare(m, i, &l->all[s], input, ORDER);
    }
}

/* ---- Words ---- */

/* The middle one over the methods; NaN: there is none. */
static double median_order(const models *m, size_t i, explain_input input)
{
    const attribution_list *l = &m->here->of[input];
    size_t n_methods = attributions_count_methods(l), n = 0;
    float middle = (float)NAN, *found = allocate(n_methods, sizeof *found);
    for (size_t s = 0; s < n_methods; s++) {
        double value = compare(m, i, &l->all[s], input, ORDER);
        if (!isnan(value))
            found[n++] = (float)value;
    }
    float quantile[3];
    if (n) {
        quantiles_find(quantile, 3, found, n);
        middle = quantile[1];
    }
    free(found);
    return (double)middle;
}

static void tell_order(text *words, double value, const char *by)
{
    if (!isnan(value))
        text_add(words, ", explanations by %s %.2f", by, value);
}

static void tell_model(text *words, const models *m, size_t i)
{
    const explained_z *there = model_at(m, i);
    if (there == m->here)
        return;
    text_add(words, " %s: target %.4g (%+.4g), picture %.2f alike", m->set->rivals[i].name,
             (double)there->target, (double)there->target - (double)m->here->target,
             looks_of(m, i));
    tell_order(words, median_order(m, i, INPUT_Z), "z");
    tell_order(words, median_order(m, i, INPUT_X), "the pixels");
    text_add(words, ".");
}

static const char drift_words[] =
    "The same z was explained at several steps of one training; this one has target %.4g. Of each "
    "other step, with 1 for the same: how alike its picture looks (SSIM), and how far it puts the "
    "inputs in the same order (rank correlation, the middle one of the methods).";
static const char drift_advice[] =
    " Low numbers at earlier steps say that the training changed what this z does after them, not "
    "that an explanation was wrong. Where the picture is the same and explanations are not, the "
    "way from z to the picture still moved, and what is said of this step holds for this step.";
static const char training_words[] =
    "The same z was explained in several models; this one has target %.4g. Of each other model, "
    "with 1 for the same: how alike its picture looks (SSIM), and how far it puts the inputs in "
    "the same order (rank correlation, the middle one of the methods).";
static const char training_advice[] =
    " Each training gives the components of z meanings of its own: z17 of one model is not z17 of "
    "another. So numbers near 0 by z are what to expect, and say nothing against an explanation; "
    "they do say that what it tells of a component cannot be carried over to another training. "
    "Pixels are the same places in all models, yet maps of pictures that differ differ, too: only "
    "where the pictures are alike do maps that are not say that an explanation hangs on the "
    "training's chance.";

static void tell(explanation *a, const models *m)
{
    text words = {0};
    text_add(&words, m->set->is_drift ? drift_words : training_words, (double)m->here->target);
    for (size_t i = 0; i < m->set->n_rivals; i++)
        tell_model(&words, m, i);
    text_add(&words, "%s", m->set->is_drift ? drift_advice : training_advice);
    explanation_add_remark(a, NULL, words.data);
    text_release(&words);
}

/* ---- All ---- */

static void add_all(explanation *a, const models *m)
{
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++)
        for (size_t way = 0; m->here->of[input].n && way < N_ALIKE_WAYS; way++)
            if (tables[input][way])
                add_table(a, m, input, way);
    add_targets(a, m);
    for (explain_input input = INPUT_Z; m->set->is_drift && input < N_INPUTS; input++)
        if (m->here->of[input].n)
            add_drift(a, m, input);
    add_pictures(a, m);
    tell(a, m);
}

int across_add(explanation *a, const explain_task *t, const explained_z *here, error *e)
{
    models m = {.t = t, .set = t->settings, .here = here};
    if (!m.set->n_rivals)
        return 0;
    int status = models_make(&m, a->method, e);
    if (!status)
        add_all(a, &m);
    explained_z_release(m.own, m.set->n_rivals);
    free(m.own);
    return status;
}
