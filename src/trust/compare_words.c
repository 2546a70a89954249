/* SPDX-License-Identifier: MIT */
/* What the report `compare` decided, for a reader who knows neither the measures nor the methods.
 */
#include "method_comparison.h"
#include <math.h>
#include <string.h>

/* Where what knows nothing foretells that much, foretelling is no merit. */
#define TRUST_ANYTHING 0.95

/* ---- Parts of sentences ---- */

static const char *input_words(explain_input input)
{
    return input == INPUT_Z ? "z" : "the pixels";
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
    text_add(t, ", and it takes ");
    text_add_grouped(t, (uint64_t)passes);
    text_add(t, " pass%s through the networks", passes == 1 ? "" : "es");
}

/* The standing, but of what says no sign that alone: it is why nothing could be measured. */
static trust_standing reason_of(const method_comparison *c, size_t i)
{
    trust_standing s = c->choice.standing[i];
    return s == STANDING_UNJUDGED && !c->candidates[i].is_signed ? STANDING_UNSIGNED : s;
}

/* "a, b and c" of those with that reason; returns how many there are. */
static size_t add_standing(text *t, const method_comparison *c, trust_standing reason)
{
    size_t n = 0, said = 0;
    for (size_t i = 0; i < c->choice.n; i++)
        n += reason_of(c, i) == reason;
    for (size_t k = 0; k < c->choice.n; k++) {
        size_t i = c->choice.order[k];
        if (reason_of(c, i) != reason)
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

/* What is said of each input in one remark, after some words; nothing where there is nothing. */
typedef void say_input(text *t, const explanation *a, const method_comparison *c);

static void remark_each(explanation *a, const method_comparison of[N_INPUTS], const char *before,
                        say_input *say)
{
    text t = {0};
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        text one = {0};
        if (of[i].all.n)
            say(&one, a, &of[i]);
        if (one.length)
            text_add(&t, "%s By %s:%s.", t.length ? "" : before, input_words(i), one.data);
        text_release(&one);
    }
    remark(a, &t);
}

/* ---- Which to trust ---- */

static bool is_most(const trust_candidate *c) { return c->faithfulness.value >= TRUST_MOST; }

/* "what the target does when random sets of components are put at the baseline" */
static void add_changes(text *t, explain_input input)
{
    text_add(t, "what the target does when random %s are put at the baseline together",
             input == INPUT_Z ? "sets of components" : "squares of the picture");
}

static void add_winner(text *t, const method_comparison *c)
{
    const trust_candidate *best = &c->candidates[c->choice.winner];
    text_add(t,
             is_most(best) ? "By %s, trust %s: it foretells "
                           : "By %s, rely on none for large changes: the best, %s, foretells only ",
             input_words(c->all.input), best->name);
    add_share(t, &best->faithfulness);
    text_add(t, " of ");
    add_changes(t, c->all.input);
}

/* Of what never changes no share is known, not even the controls'. */
static bool is_any_known(const method_comparison *c)
{
    return c->choice.control != NO_INDEX &&
           !isnan(c->candidates[c->choice.control].faithfulness.value);
}

/* Of controls, which one and how much. */
static void add_control(text *t, const method_comparison *c)
{
    if (!is_any_known(c))
        return;
    const trust_candidate *control = &c->candidates[c->choice.control];
    text_add(t, "; %s, the best map that knows nothing of what is explained, ", control->name);
    text_add(t, "foretells ");
    add_share(t, &control->faithfulness);
}

/* That others foretell as much, and what the one that is chosen is then chosen for. */
static void add_why(text *t, const explanation *a, const method_comparison *c)
{
    const trust_candidate *best = &c->candidates[c->choice.winner];
    text dearer = {0};
    size_t n = add_standing(&dearer, c, STANDING_DEARER);
    text_add(t, ". Its checks are met, %s",
             sanity_is_tested(a, best->name, c->all.input)
                 ? "its map changes when the networks' weights are made random"
                 : "whether it looks at the networks was not tested");
    add_passes(t, best->passes);
    if (n)
        text_add(t, "; %s foretell%s as much, as far as can be told, but %s not cheaper",
                 dearer.data, n == 1 ? "s" : "", n == 1 ? "is" : "are");
    text_add(t, ".");
    text_release(&dearer);
}

/* What a person does with two answers. */
static void add_which_when(text *t, const trust_candidate *near, const trust_candidate *winner,
                           const trust_candidate *winner_near)
{
    text_add(t, ", %s ", winner->name);
    add_percent(t, winner_near->faithfulness.value);
    if (!is_most(near) || is_most(winner_near))
        return;
    text_add(
        t,
        ": the target bends on the way, so that no one number is right about both. Ask %s what "
        "a small change does",
        near->name);
    if (is_most(winner))
        text_add(t, ", %s what is lost without a part", winner->name);
    else
        text_add(t, "; what is lost without many parts, no map tells well");
}

/* The winner, too, where none is better. */
static size_t best_near(const method_comparison *c)
{
    size_t best = c->near_choice.most_faithful, winner = c->choice.winner;
    if (best == NO_INDEX || winner == NO_INDEX)
        return best;
    double lead = c->near[best].faithfulness.value - c->near[winner].faithfulness.value;
    return lead <= TRUST_NO_DIFFERENCE ? winner : best;
}

/* Another question, which another method may be right about. */
static void add_near(text *t, const method_comparison *c)
{
    size_t best = best_near(c), winner = c->choice.winner;
    if (best == NO_INDEX)
        return;
    text_add(t, " Of small changes, a tenth of that way, %s foretells %s",
             best == winner ? "it" : c->near[best].name, best == winner ? "the most, " : "");
    add_share(t, &c->near[best].faithfulness);
    if (winner != NO_INDEX && best != winner)
        add_which_when(t, &c->near[best], &c->candidates[winner], &c->near[winner]);
    text_add(t, ".");
}

static void add_why_none(text *t, const method_comparison *c)
{
    text_add(t, "By %s, trust none: ", input_words(c->all.input));
    if (!is_any_known(c)) {
        text_add(t, "there is nothing to foretell of ");
        add_changes(t, c->all.input);
        text_add(t, ", for it stays as it is.");
        return;
    }
    const trust_candidate *control = &c->candidates[c->choice.control];
    text_add(t, "of those that were judged in full, none foretells clearly more of ");
    add_changes(t, c->all.input);
    text_add(t, " than the best map that knows nothing of what is explained, %s: ", control->name);
    add_share(t, &control->faithfulness);
    text_add(t, control->faithfulness.value >= TRUST_ANYTHING
                    ? ". So large a share does not make a map wrong: these changes are so simple "
                      "that they do not tell who knows the model."
                    : ".");
}

static void add_choice(text *t, const explanation *a, const method_comparison *c)
{
    if (c->choice.winner != NO_INDEX) {
        add_winner(t, c);
        add_control(t, c);
        add_why(t, a, c);
    } else {
        add_why_none(t, c);
    }
    add_near(t, c);
}

/* Each input in a paragraph; behind the last what the shares mean. */
static void say_choice(explanation *a, const method_comparison of[N_INPUTS])
{
    explain_input last = of[INPUT_X].all.n ? INPUT_X : INPUT_Z;
    for (explain_input i = INPUT_Z; i <= last; i++) {
        text t = {0};
        if (!of[i].all.n)
            continue;
        add_choice(&t, a, &of[i]);
        if (i == last)
            text_add(&t,
                     " To foretell 100 %% is to tell the sign and the size of every change, up to "
                     "one factor for all; 0 %% is no better than to say that nothing changes. In "
                     "brackets: the interval of 95 %%, over the changes that were tried.");
        remark(a, &t);
    }
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
    return mean >= 0.7 ? "much: what ranks high hardly hangs on the method"
           : mean >= 0.3
               ? "partly: a ranking hangs on the method, too, so name it"
               : "little: a ranking hangs on the method and the question it answers, so name "
                 "both";
}

static void add_extreme(text *t, const method_comparison *c, double value, const size_t pair[2])
{
    text_add_decimals(t, value, 2);
    text_add(t, " (%s and %s)", c->candidates[pair[0]].name, c->candidates[pair[1]].name);
}

static void say_agreement(text *t, const explanation *a, const method_comparison *c)
{
    agreement_summary s = summarize(c);
    (void)a;
    if (s.n == 0)
        return;
    text_add(t, " ");
    text_add_decimals(t, s.sum / (double)s.n, 2);
    if (s.n > 1) {
        text_add(t, " on average, from ");
        add_extreme(t, c, s.lowest, s.least);
        text_add(t, " to ");
        add_extreme(t, c, s.highest, s.most);
    }
    text_add(t, ", %s", agreement_words(s.sum / (double)s.n));
}

/* ---- What would change the verdict ---- */

static void add_runner_up(text *t, const method_comparison *c)
{
    const trust_choice *v = &c->choice;
    if (v->runner_up == NO_INDEX)
        return;
    text_add(t, " without %s%s it would be %s, which foretells ", c->candidates[v->winner].name,
             v->most_faithful == v->runner_up ? ", or did cost not count," : "",
             c->candidates[v->runner_up].name);
    add_share(t, &c->candidates[v->runner_up].faithfulness);
}

static void add_other_rules(text *t, const method_comparison *c)
{
    const trust_choice *v = &c->choice;
    if (v->most_faithful != v->winner && v->most_faithful != v->runner_up)
        text_add(t, "; did cost not count, it would be %s", c->candidates[v->most_faithful].name);
    if (v->cheapest != v->winner)
        text_add(t, "; did only cost count, it would be %s", c->candidates[v->cheapest].name);
}

/* The method that is best by a measure alone, whatever else is against it; NO_INDEX: none is
 * known. Equal ones by place. */
static size_t best_by(const explanation *a, const method_comparison *c, const trust_measure *m)
{
    size_t best = NO_INDEX;
    double of_best = 0, way = m->better == TRUST_LESS ? -1 : 1;
    for (size_t k = 0; k < c->all.n; k++) {
        size_t i = c->choice.order[k];
        double value = way * trust_cell(a, quality_names_of[c->all.input].value,
                                        c->candidates[i].name, m->name);
        if (!c->candidates[i].method || isnan(value) || (best != NO_INDEX && value <= of_best))
            continue;
        best = i;
        of_best = value;
    }
    return best;
}

/* Only by what sees a map that is random: to be stable or cheap is not to be right. */
static bool is_by(const explanation *a, const method_comparison *c, const trust_measure *m,
                  size_t who)
{
    return m->better != TRUST_NEITHER && m->sees_random && best_by(a, c, m) == who;
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
                add_measures_of(t, a, c, i, is_any ? "," : "; by one measure alone it would be");
    }
}

static void say_changes(text *t, const explanation *a, const method_comparison *c)
{
    text changes = {0};
    if (c->choice.winner == NO_INDEX)
        return;
    add_runner_up(&changes, c);
    add_other_rules(&changes, c);
    add_measures(&changes, a, c);
    text_add(t, "%s",
             !changes.length        ? " nothing that was measured"
             : *changes.data == ';' ? changes.data + 1
                                    : changes.data);
    text_release(&changes);
}

/* ---- What was left out ---- */

/* " linear and tree (why)" */
static void add_reason(text *t, const method_comparison *c, trust_standing reason, const char *why)
{
    text names = {0};
    if (add_standing(&names, c, reason))
        text_add(t, "%s %s (%s)", t->length ? ";" : "", names.data, why);
    text_release(&names);
}

static void say_left_out(text *t, const explanation *a, const method_comparison *c)
{
    (void)a;
    add_reason(t, c, STANDING_FLAGGED, "no change where the networks' weights are random");
    add_reason(t, c, STANDING_UNCERTIFIED, "a check of the arithmetic failed");
    add_reason(t, c, STANDING_NO_BETTER,
               "not clearly better than a map that knows nothing of what is explained");
    add_reason(t, c, STANDING_NO_RATE,
               "as rates held to small changes, of which another rate foretells more");
    add_reason(t, c, STANDING_UNTESTED,
               "not tested on random networks, to which they would have to be fitted again");
    add_reason(t, c, STANDING_UNSIGNED, "without signs: how much, but not which way");
    add_reason(t, c, STANDING_UNJUDGED, "how much is foretold could not be measured");
}

/* ---- In order ---- */

void method_comparison_remark(explanation *a, const method_comparison of[N_INPUTS])
{
    say_choice(a, of);
    remark_each(a, of,
                "How far the methods agree (rank correlation of what each part adds: 1 the same "
                "order, 0 chance).",
                say_agreement);
    remark_each(a, of, "What would change the verdict.", say_changes);
    remark_each(a, of, "Left out of the choice.", say_left_out);
}
