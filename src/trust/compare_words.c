/* SPDX-License-Identifier: MIT */
/* What the report `compare` decided, for a reader who knows neither the measures nor the methods.
 */
#include "method_comparison.h"
#include <math.h>
#include <string.h>

/* ---- Parts of sentences ---- */

static const char *input_words(explain_input input)
{
    return input == INPUT_Z ? "z" : "the pixels";
}

static const char *parts_words(explain_input input)
{
    return input == INPUT_Z ? "components" : "pixels";
}

/* "62 %" of a share. */
static void add_percent(text *t, double share)
{
    text_add_decimals(t, 100 * share, fabs(share) < 0.0995 && share != 0 ? 1 : 0);
    text_add(t, " %%");
}

/* "62 % (57 % to 66 %)" */
static void add_share(text *t, const estimate *share)
{
    add_percent(t, share->value);
    if (isnan(share->low) || isnan(share->high))
        return;
    text_add(t, " (");
    add_percent(t, share->low);
    text_add(t, " to ");
    add_percent(t, share->high);
    text_add(t, ")");
}

static void add_passes(text *t, double passes)
{
    if (!isfinite(passes))
        return;
    text_add(t, ", in ");
    text_add_grouped(t, (uint64_t)passes);
    text_add(t, " pass%s through the networks", passes == 1 ? "" : "es");
}

/* "a, b and c" of those with that standing; returns how many there are. */
static size_t add_standing(text *t, const method_comparison *c, trust_standing standing)
{
    size_t n = 0, said = 0;
    for (size_t i = 0; i < c->choice.n; i++)
        n += c->choice.standing[i] == standing;
    for (size_t k = 0; k < c->choice.n; k++) {
        size_t i = c->choice.order[k];
        if (c->choice.standing[i] != standing)
            continue;
        text_add(t, "%s%s", said == 0 ? "" : said + 1 == n ? " and " : ", ", c->candidates[i].name);
        said++;
    }
    return n;
}

static void remark(explanation *a, text *t)
{
    if (t->length)
        explanation_add_remark(a, NULL, t->data);
    text_release(t);
}

/* ---- Which to trust ---- */

/* "the target's changes when components are put at the baseline" */
static void add_changes(text *t, explain_input input)
{
    text_add(t, "what the target does when %s are put at the baseline", parts_words(input));
}

static void add_winner(text *t, const explanation *a, const method_comparison *c)
{
    const trust_candidate *best = &c->candidates[c->choice.winner];
    bool is_most = best->faithfulness.value >= TRUST_MOST;
    text_add(t,
             is_most ? "Of the explanations by %s, trust that of %s: it foretells "
                     : "Of the explanations by %s, the best is that of %s, but it foretells only ",
             input_words(c->all.input), best->name);
    add_share(t, &best->faithfulness);
    text_add(t, " of ");
    add_changes(t, c->all.input);
    add_passes(t, best->passes);
    text_add(t, ". Its checks are met, and %s.",
             sanity_is_tested(a, best->name, c->all.input)
                 ? "it changes when the networks' weights are replaced by random ones"
                 : "whether it looks at the networks was not tested");
}

/* That others foretell as much, and what the one that is chosen is then chosen for. */
static void add_why_not_dearer(text *t, const method_comparison *c)
{
    text dearer = {0};
    size_t n = add_standing(&dearer, c, STANDING_DEARER);
    if (n)
        text_add(t,
                 " %s foretell%s as much, as far as can be told, but cost%s no less: it was "
                 "chosen for its cost.",
                 dearer.data, n == 1 ? "s" : "", n == 1 ? "s" : "");
    text_release(&dearer);
}

/* Over large changes one number a component may say little, even at its best. */
static void add_how_little(text *t, const method_comparison *c)
{
    if (c->candidates[c->choice.winner].faithfulness.value < TRUST_MOST)
        text_add(t,
                 " Over changes as large as these, no one number for each %s tells what the "
                 "target does.",
                 c->all.input == INPUT_Z ? "component" : "pixel");
}

/* Another question, which another method may be right about. */
static void add_near(text *t, const method_comparison *c)
{
    size_t best = c->near_choice.most_faithful, winner = c->choice.winner;
    if (best == NO_INDEX)
        return;
    const estimate *share = &c->near[best].faithfulness;
    text_add(t, " For small changes, a tenth of that way, ");
    if (best == winner)
        text_add(t, "none is better: it foretells ");
    else
        text_add(t, "%s that of %s: it foretells ",
                 share->value < TRUST_MOST ? "the best is" : "rather trust", c->near[best].name);
    add_share(t, share);
    if (winner != NO_INDEX && best != winner) {
        text_add(t, ", where %s foretells ", c->near[winner].name);
        add_percent(t, c->near[winner].faithfulness.value);
    }
    text_add(t, ".");
}

static void add_clause(text *t, const method_comparison *c, trust_standing standing,
                       const char *singular, const char *plural)
{
    text some = {0};
    size_t n = add_standing(&some, c, standing);
    if (n)
        text_add(t, " %s %s.", some.data, n == 1 ? singular : plural);
    text_release(&some);
}

/* Of controls, which one and how much. */
static void add_control(text *t, const method_comparison *c)
{
    if (c->choice.control == NO_INDEX)
        return;
    const trust_candidate *control = &c->candidates[c->choice.control];
    text_add(t, " For comparison: %s, the best map that knows nothing of the model, foretells ",
             control->name);
    add_share(t, &control->faithfulness);
    text_add(t, ".");
}

static void add_why_none(text *t, const method_comparison *c)
{
    text_add(t,
             "None of the explanations by %s can be trusted to tell what the target does when "
             "%s are put at the baseline.",
             input_words(c->all.input), parts_words(c->all.input));
    add_clause(t, c, STANDING_NO_BETTER,
               "foretells no more than a map that knows nothing of the model",
               "foretell no more than a map that knows nothing of the model");
}

/* What else is against some, whether one is trusted or none. */
static void add_objections(text *t, const method_comparison *c)
{
    add_clause(t, c, STANDING_NO_RATE,
               "says how fast the target rises, and another method's rates foretell better what "
               "small changes do",
               "say how fast the target rises, and another method's rates foretell better what "
               "small changes do");
    add_clause(t, c, STANDING_FLAGGED, "does not change where the networks' weights are random",
               "do not change where the networks' weights are random");
    add_clause(t, c, STANDING_UNCERTIFIED, "fails a check of its own arithmetic",
               "fail a check of their own arithmetic");
}

static void say_choice(explanation *a, const method_comparison *c)
{
    text t = {0};
    if (c->choice.winner != NO_INDEX) {
        add_winner(&t, a, c);
        add_why_not_dearer(&t, c);
        add_how_little(&t, c);
    } else {
        add_why_none(&t, c);
    }
    add_control(&t, c);
    add_near(&t, c);
    add_objections(&t, c);
    remark(a, &t);
}

/* ---- How far they agree ---- */

typedef struct {
    double sum;
    size_t n, least[2], most[2];
    double lowest, highest;
} agreement_summary;

static bool has_sign(const trust_candidate *c) { return c->method && c->is_signed; }

static void add_pair(agreement_summary *s, double value, size_t i, size_t k)
{
    if (s->n == 0 || value < s->lowest) {
        s->lowest = value;
        s->least[0] = i;
        s->least[1] = k;
    }
    if (s->n == 0 || value > s->highest) {
        s->highest = value;
        s->most[0] = i;
        s->most[1] = k;
    }
    s->sum += value;
    s->n++;
}

/* Over pairs of methods that say which way, by place, so that their order does not count. */
static agreement_summary summarize(const method_comparison *c)
{
    agreement_summary s = {0};
    for (size_t p = 0; p < c->all.n; p++)
        for (size_t q = p + 1; q < c->all.n; q++) {
            size_t i = c->choice.order[p], k = c->choice.order[q];
            double value = (double)c->agreement[i * c->all.n + k];
            if (has_sign(&c->candidates[i]) && has_sign(&c->candidates[k]) && !isnan(value))
                add_pair(&s, value, i, k);
        }
    return s;
}

static const char *agreement_words(double mean)
{
    return mean >= 0.7 ? "much alike: what they agree on does not hang on the method"
           : mean >= 0.3
               ? "partly alike: the strongest parts recur, the rest hangs on the method"
               : "differently: they answer different questions, such as what a small change does "
                 "and what is lost when a part is missing, so say which one was asked";
}

static void say_agreement(explanation *a, const method_comparison *c)
{
    agreement_summary s = summarize(c);
    text t = {0};
    if (s.n == 0)
        return;
    text_add(&t, "The methods order %s %s (rank correlation ",
             c->all.input == INPUT_Z ? "the components of z" : "the pixels",
             agreement_words(s.sum / (double)s.n));
    text_add_decimals(&t, s.sum / (double)s.n, 2);
    text_add(&t, "%s; 1 is the same order, 0 chance)", s.n > 1 ? " on average" : "");
    if (s.n > 1) {
        text_add(&t, "; most alike are %s and %s (", c->candidates[s.most[0]].name,
                 c->candidates[s.most[1]].name);
        text_add_decimals(&t, s.highest, 2);
        text_add(&t, "), least %s and %s (", c->candidates[s.least[0]].name,
                 c->candidates[s.least[1]].name);
        text_add_decimals(&t, s.lowest, 2);
        text_add(&t, ")");
    }
    text_add(&t, ".");
    remark(a, &t);
}

/* ---- What would change the verdict ---- */

static void add_runner_up(text *t, const method_comparison *c)
{
    const trust_choice *v = &c->choice;
    if (v->runner_up == NO_INDEX)
        return;
    text_add(t, "Without %s it would be %s, which foretells ", c->candidates[v->winner].name,
             c->candidates[v->runner_up].name);
    add_share(t, &c->candidates[v->runner_up].faithfulness);
    add_passes(t, c->candidates[v->runner_up].passes);
    text_add(t, ".");
}

static void add_other_rules(text *t, const method_comparison *c)
{
    const trust_choice *v = &c->choice;
    if (v->most_faithful != v->winner)
        text_add(t, " Did cost not count, it would be %s.", c->candidates[v->most_faithful].name);
    if (v->cheapest != v->winner)
        text_add(t, " Did only cost count, it would be %s.", c->candidates[v->cheapest].name);
}

/* The method that is best by a measure alone, whatever else is against it; NO_INDEX: none is
 * known. Equal ones by place. */
static size_t best_by(const explanation *a, const method_comparison *c, const trust_measure *m)
{
    size_t best = NO_INDEX;
    double of_best = 0, way = m->better == TRUST_LESS ? -1 : 1;
    for (size_t k = 0; k < c->all.n; k++) {
        size_t i = c->choice.order[k];
        double value =
            way * trust_cell(a, quality_table(c->all.input), c->candidates[i].name, m->name);
        if (!c->candidates[i].method || isnan(value) || (best != NO_INDEX && value <= of_best))
            continue;
        best = i;
        of_best = value;
    }
    return best;
}

static bool is_by(const explanation *a, const method_comparison *c, const trust_measure *m,
                  size_t who)
{
    return m->better != TRUST_NEITHER && best_by(a, c, m) == who;
}

/* "gradient (infidelity-near, max-sensitivity)"; returns whether there is any. */
static bool add_measures_of(text *t, const explanation *a, const method_comparison *c, size_t who,
                            const char *before)
{
    size_t n = 0;
    for (const trust_measure *const *m = trust_measures; *m; m++) {
        if (!is_by(a, c, *m, who))
            continue;
        if (n++ == 0)
            text_add(t, "%s %s (", before, c->candidates[who].name);
        else
            text_add(t, ", ");
        text_add(t, "%s", (*m)->name);
    }
    text_add(t, "%s", n ? ")" : "");
    return n > 0;
}

/* Whom each measure alone would name, if it is another. */
static void add_measures(text *t, const explanation *a, const method_comparison *c)
{
    bool is_any = false;
    for (size_t k = 0; k < c->all.n; k++) {
        size_t i = c->choice.order[k];
        if (c->candidates[i].method && i != c->choice.winner)
            is_any |=
                add_measures_of(t, a, c, i, is_any ? "," : " By one measure alone it would be");
    }
    text_add(t, "%s", is_any ? "." : "");
}

static void say_changes(explanation *a, const method_comparison *c)
{
    text t = {0};
    if (c->choice.winner == NO_INDEX)
        return;
    text_add(&t, "What would change the verdict for %s:", input_words(c->all.input));
    size_t begin = t.length;
    text changes = {0};
    add_runner_up(&changes, c);
    add_other_rules(&changes, c);
    add_measures(&changes, a, c);
    if (changes.length)
        text_add(&t, "%s%s", *changes.data == ' ' ? "" : " ", changes.data);
    if (t.length == begin)
        text_add(&t, " nothing that was measured.");
    text_release(&changes);
    remark(a, &t);
}

/* ---- What was not judged ---- */

static void say_not_judged(explanation *a, const method_comparison *c)
{
    text t = {0};
    add_clause(&t, c, STANDING_UNTESTED,
               "was fitted beforehand and would have to be fitted again to random networks: "
               "its sanity is not judged, and so it is not chosen",
               "were fitted beforehand and would have to be fitted again to random networks: "
               "their sanity is not judged, and so they are not chosen");
    add_clause(&t, c, STANDING_UNJUDGED, "was not judged: how much it foretells is not known",
               "were not judged: how much they foretell is not known");
    add_clause(&t, c, STANDING_UNSIGNED,
               "says how much, but not which way, and so cannot foretell what the target does",
               "say how much, but not which way, and so cannot foretell what the target does");
    text words = {0};
    if (t.length)
        text_add(&words, "Explanations by %s that are not compared in full:%s",
                 input_words(c->all.input), t.data);
    text_release(&t);
    remark(a, &words);
}

/* ---- In order ---- */

void method_comparison_remark(explanation *a, const method_comparison of[N_INPUTS])
{
    static void (*const parts[])(explanation *, const method_comparison *) = {
        say_choice, say_agreement, say_changes, say_not_judged};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
        for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
            if (of[i].all.n)
                parts[k](a, &of[i]);
}
