/* SPDX-License-Identifier: MIT */
/* What judges explanations, from the tables of the module trust. */
#include "cli.h"
#include "manual_detail.h"
#include "trust.h"

/* ---- Measures ---- */

/* " Random numbers and maps of another z come off worse by it; a turned sign need not." */
static void add_sight(text *out, const trust_measure *m)
{
    const struct {
        bool is_seen;
        const char *words;
    } all[] = {{m->sees_random, "random numbers"},
               {m->sees_other, "the map of another z"},
               {m->sees_sign, "a map whose signs are turned"}};
    size_t n_seen = 0, n_not_seen = 0;
    for (size_t i = 0; i < 3; i++)
        if (all[i].is_seen)
            text_add(out, "%s%s", n_seen++ ? ", " : " It sees: ", all[i].words);
    for (size_t i = 0; i < 3; i++)
        if (!all[i].is_seen)
            text_add(out, "%s%s",
                     n_not_seen++ ? ", "
                     : n_seen     ? "; not: "
                                  : " It does not see: ",
                     all[i].words);
    text_add(out, ".");
}

static void add_measure(text *out, const trust_measure *m)
{
    static const char *const better[] = {
        [TRUST_LESS] = " Less is better.", [TRUST_MORE] = " More is better.", [TRUST_NEITHER] = ""};
    text meaning = {0};
    text_add(&meaning, "%s. %s Ideal: %s.%s", m->title, m->definition, m->ideal, better[m->better]);
    add_sight(&meaning, m);
    text_add(&meaning, " (%s)", m->source);
    man_add_entry(out, m->name, meaning.data);
    text_release(&meaning);
}

void manual_add_measures(text *out)
{
    for (const trust_measure *const *m = trust_measures; *m; m++)
        add_measure(out, *m);
    for (const explain_method *const *m = trust_reports; *m; m++)
        manual_add_method(out, *m);
}

/* ---- The one to trust ---- */

void manual_add_standings(text *out)
{
    text rule = {0};
    text_add(
        &rule,
        "Faithfulness is the share of the target's changes that a method foretells: 1 less "
        "infidelity. A method may be trusted that says which way the target goes, was judged, "
        "meets its checks, changes with the networks (sanity), and is more faithful than every "
        "control that knows nothing of the model, and not less than the control average, the "
        "target's mean gradient over other z. A rate must tell small changes, too: one is left "
        "out where another method's rate foretells clearly more of these. Of those that may be "
        "trusted all count as equally faithful that do not differ from the best by more than %g, "
        "as far as can be told at 95 %%, on the same changes. Of them the one that takes the "
        "fewest passes is the one to trust; at equal cost the more faithful, then the "
        "first by name. One that foretells less than %g of the changes is the best there is, "
        "and no more is said of it. Where none is left, none is named. Each method stands as "
        "one of these:",
        TRUST_NO_DIFFERENCE, TRUST_MOST);
    man_add_prose(out, rule.data);
    text_release(&rule);
    for (const array_word *w = trust_standings; w->name; w++)
        man_add_entry(out, w->name, w->meaning);
}

/* ---- Explainability ---- */

void manual_add_explainability(text *out)
{
    for (size_t i = 0; explainability_levels[i].name; i++)
        man_add_entry(out, explainability_levels[i].name, explainability_levels[i].meaning);
    for (const explainability_part *p = explainability_parts; p->name; p++) {
        text meaning = {0};
        text_add(&meaning, "%s (%s). %s", p->title, explainability_levels[p->level].name,
                 p->definition);
        if (p->source)
            text_add(&meaning, " (%s)", p->source);
        man_add_entry(out, p->name, meaning.data);
        text_release(&meaning);
    }
}
