/* SPDX-License-Identifier: MIT */
/* What the report quality says in words. */
#include "quality_detail.h"
#include <math.h>

/* What the parts of an input are called. */
static const struct {
    const char *by, *sets;
} words[N_INPUTS] = {
    [INPUT_Z] = {"z", "sets of components"}, [INPUT_X] = {"the pixels", "squares"}};

static size_t count_controls(const attribution_list *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        n += l->all[i].method == NULL;
    return n;
}

/* ---- What was measured ---- */

static bool is_anything_lost(const removal_sample *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->loss[i] != 0)
            return true;
    return false;
}

/* What is said of both inputs is said of the first. */
static bool is_second(const explanation *a, const trust_subject *s)
{
    return s->f->input != INPUT_Z && explanation_find(a, quality_names_of[INPUT_Z].value);
}

static void tell_subject(explanation *a, const trust_subject *s)
{
    size_t n_controls = count_controls(s->all), n = s->all->n - n_controls;
    text t = {0};
    text_add(&t,
             "By %s, %zu method%s and %zu controls, which know nothing of the model, are held to "
             "what the target does where parts of it are put at the baseline together: %zu random "
             "%s. ",
             words[s->f->input].by, n, n == 1 ? "" : "s", n_controls, s->removals->n,
             words[s->f->input].sets);
    if (is_anything_lost(s->removals) && is_second(a, s))
        text_add(&t, "Read as above");
    else if (is_anything_lost(s->removals))
        text_add(&t, "Look at infidelity first, the share of this that a method does not foretell: "
                     "0 is best, 1 worst. A method that is no better there than the controls says "
                     "no more than they do; one without a value says no amounts");
    else
        text_add(&t, "It stays as it is whatever is put there, so that nothing can be foretold: "
                     "infidelity has no value");
    text_add(&t, ".");
    explanation_add_remark(a, NULL, t.data);
    text_release(&t);
}

/* ---- Who is best ---- */

/* Column k of a table. */
typedef struct {
    const attribution_list *all;
    const float *value;
    size_t n_measures, k;
} quality_column;

static float value_in(const quality_column *c, size_t i)
{
    return c->value[i * c->n_measures + c->k];
}

/* Whether i's value is the better one. */
static bool is_better(const quality_column *c, size_t i, size_t than)
{
    float a = value_in(c, i), b = value_in(c, than);
    return trust_measures[c->k]->better == TRUST_MORE ? a > b : a < b;
}

/* Of the methods or the controls, of equal ones the first; NO_INDEX: none has a value. */
static size_t find_best(const quality_column *c, bool is_control)
{
    size_t best = NO_INDEX;
    for (size_t i = 0; i < c->all->n; i++)
        if ((c->all->all[i].method == NULL) == is_control && !isnan(value_in(c, i)) &&
            (best == NO_INDEX || is_better(c, i, best)))
            best = i;
    return best;
}

static void add_one(text *t, const quality_column *c, size_t i)
{
    text_add(t, "%s, %.3g", c->all->all[i].name, (double)value_in(c, i));
}

/* Only by what sees a map that is random: to be stable or cheap is not to be right.
 * " infidelity (less is better): lime, 0.25; of the controls constant, 0.5." */
static void add_best(text *t, const quality_column *c)
{
    const trust_measure *m = trust_measures[c->k];
    size_t method = find_best(c, false);
    size_t control = find_best(c, true);
    if (m->better == TRUST_NEITHER || !m->sees_random || method == NO_INDEX)
        return;
    text_add(t, " By %s (%s is better): ", m->name, m->better == TRUST_MORE ? "more" : "less");
    add_one(t, c, method);
    if (control != NO_INDEX) {
        bool leads = is_better(c, method, control);
        text_add(t, leads ? "; of the controls " : "; no better than the control ");
        add_one(t, c, control);
    }
    text_add(t, ".");
}

static void tell_best(explanation *a, const trust_subject *s, const float *value, size_t n_measures)
{
    text t = {0};
    text_add(&t, "Who is best by %s:", words[s->f->input].by);
    for (size_t k = 0; k < n_measures; k++)
        add_best(&t, &(quality_column){s->all, value, n_measures, k});
    explanation_add_remark(a, NULL, t.data);
    text_release(&t);
}

void quality_tell(explanation *a, const trust_subject *s, const float *value, size_t n_measures)
{
    tell_subject(a, s);
    tell_best(a, s, value, n_measures);
}
