/* SPDX-License-Identifier: MIT */
/* How explainable a model is, in sentences. */
#include "explainability_rivals.h"
#include <math.h>

static void remark(explanation *a, text *words)
{
    explanation_add_remark(a, NULL, words->data);
    text_release(words);
}

/* ---- The number ---- */

static void tell_total(explanation *a, const explainability *v)
{
    text words = {0};
    text_add(&words,
             "How explainable this model is: %.2f, where 1 is the most (95 %% interval: %.2f to "
             "%.2f, over %zu z). That is the mean of %.2f for the model (%s), %.2f for the "
             "decision (%s) and %.2f for the result (%s), times %.2f for how far pictures and "
             "target vary.",
             v->total.value, v->total.low, v->total.high, v->n, v->level[EXPLAINS_MODEL].value,
             explainability_levels[EXPLAINS_MODEL].meaning, v->level[EXPLAINS_DECISION].value,
             explainability_levels[EXPLAINS_DECISION].meaning, v->level[EXPLAINS_RESULT].value,
             explainability_levels[EXPLAINS_RESULT].meaning, v->varies.value);
    remark(a, &words);
}

/* ---- Its parts ---- */

/* The first of those with the most, or with sign -1 with the least. */
static size_t find_extreme(const explainability *v, double sign)
{
    size_t found = 0;
    for (size_t i = 1; i < N_EXPLAINABILITY_PARTS; i++)
        if (sign * v->part[i].value > sign * v->part[found].value)
            found = i;
    return found;
}

static void tell_parts(explanation *a, const explainability *v)
{
    size_t most = find_extreme(v, 1), least = find_extreme(v, -1);
    text words = {0};
    text_add(&words,
             "Of what would make it explainable, \"%s\" (%s) holds most, %.2f of 1, and \"%s\" "
             "(%s) least, %.2f.",
             explainability_parts[most].title, explainability_parts[most].name, v->part[most].value,
             explainability_parts[least].title, explainability_parts[least].name,
             v->part[least].value);
    remark(a, &words);
}

/* ---- Beside the others ---- */

/* The part by which two models differ most. */
static size_t find_difference(const explainability *v, const explainability *w)
{
    size_t found = 0;
    double most = -1;
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++) {
        double off = fabs(v->part[i].value - w->part[i].value);
        if (off > most) {
            most = off;
            found = i;
        }
    }
    return found;
}

static const char *conclusion(const explainability *own, const explainability *untrained)
{
    if (own->total.low > untrained->total.high)
        return "So it is more explainable than its shape alone makes it: training did that.";
    if (own->total.high < untrained->total.low)
        return "So training made it less explainable: what learned nothing does little, and that "
               "is easily explained. The number says how easily a model is explained, and never "
               "how good its pictures are; ganeval measures these.";
    return "So it is no more explainable than what learned nothing, which does little: the number "
           "says how easily a model is explained, and never how good its pictures are; ganeval "
           "measures these.";
}

static void tell_others(explanation *a, const explained_models *m)
{
    const explainability *own = &m->of[COMPARED_OWN], *untrained = &m->of[COMPARED_UNTRAINED];
    size_t part = find_difference(own, untrained);
    text words = {0};
    text_add(&words,
             "A model of its shape that was not trained has %.2f, and one whose weights were drawn "
             "anew, as large as these, %.2f. %s Of the parts, \"%s\" (%s) differs most: %.2f here, "
             "%.2f untrained.",
             untrained->total.value, m->of[COMPARED_RANDOM].total.value, conclusion(own, untrained),
             explainability_parts[part].title, explainability_parts[part].name,
             own->part[part].value, untrained->part[part].value);
    remark(a, &words);
}

void explained_models_tell(explanation *a, const explained_models *m)
{
    const explainability *own = &m->of[COMPARED_OWN];
    if (own->total.value == 0) {
        explanation_add_remark(a, NULL,
                               "Explainability is 0: over all z the picture or the target stays "
                               "the same, so there is nothing to explain.");
        return;
    }
    tell_total(a, own);
    tell_parts(a, own);
    tell_others(a, m);
}
