/* SPDX-License-Identifier: MIT */
/* Which method to trust over all explanations: numbers, words, a table and a panel. */
#include "page_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By explain_input. */
static const struct {
    const char *key, *by, *moved;
} inputs[N_INPUTS] = {
    [INPUT_Z] = {"z", "z", "components of z"}, [INPUT_X] = {"x", "the pixels", "pixels"}};

/* ---- Numbers ---- */

static json_t *rank_numbers(const trust_rank *rank)
{
    json_t *o = json_object();
    set_word(o, "method", rank->name);
    json_object_set_new(o, "is_control", json_boolean(!rank->method));
    set_word(o, "standing", trust_standings[rank->standing].name);
    set_number(o, "faithfulness", rank->faithfulness.value);
    set_number(o, "low", rank->faithfulness.low);
    set_number(o, "high", rank->faithfulness.high);
    set_number(o, "place", rank->place);
    set_number(o, "passes", rank->passes);
    set_count(o, "n_chosen", rank->n_won);
    set_count(o, "n_flagged", rank->n_flagged);
    return o;
}

static json_t *lead_numbers(const trust_ranking *r)
{
    json_t *o = json_object();
    set_number(o, "value", r->lead.value);
    set_number(o, "low", r->lead.low);
    set_number(o, "high", r->lead.high);
    return o;
}

static void set_name(json_t *o, const char *key, const trust_rank *rank)
{
    json_object_set_new(o, key, rank ? json_text(rank->name) : json_null());
}

static json_t *ranking_numbers(const trust_ranking *r, size_t n_left_out)
{
    json_t *o = json_object(), *list = json_array();
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(list, rank_numbers(&r->ranks[i]));
    set_count(o, "n", r->n_ballots);
    set_count(o, "n_left_out", n_left_out);
    set_name(o, "chosen", r->has_winner ? &r->ranks[0] : NULL);
    set_name(o, "runner_up", r->has_runner_up ? &r->ranks[r->runner_up] : NULL);
    json_object_set_new(o, "lead", lead_numbers(r));
    set_count(o, "n_other", r->n_other);
    set_count(o, "n_without", r->n_without);
    set_number(o, "share_of_changes", r->changes);
    json_object_set_new(o, "methods", list);
    return o;
}

/* NULL where none of them was judged. */
static json_t *rank_input(const explanation_digest *const *sorted, size_t n, explain_input input)
{
    size_t n_sound = 0, n_left_out = 0;
    trust_ranking r = {0};
    const trust_ballot **ballots = allocate(n, sizeof *ballots);
    for (size_t i = 0; i < n; i++) {
        const trust_ballot *b = &sorted[i]->ballots[input];
        if (sorted[i]->is_sound)
            ballots[n_sound++] = b;
        else
            n_left_out += b->n > 0;
    }
    trust_ranking_make(&r, ballots, n_sound);
    json_t *o = r.n_ballots || n_left_out ? ranking_numbers(&r, n_left_out) : NULL;
    trust_ranking_release(&r);
    free(ballots);
    return o;
}

json_t *explanation_page_ranking(const explanation_page *p, const explanation_digest *const *sorted)
{
    json_t *all = json_object();
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        json_t *one = rank_input(sorted, p->n, i);
        if (one)
            json_object_set_new(all, inputs[i].key, one);
    }
    if (json_object_size(all))
        return all;
    json_decref(all);
    return NULL;
}

/* ---- Parts of the words ---- */

/* "35 %" */
static void add_percent(text *t, const json_t *o, const char *key)
{
    text_add(t, "%.0f %%", 100 * number_at(o, key));
}

/* "14 to 57 %"; nothing where there is no interval. */
static void add_ends(text *t, const json_t *o)
{
    if (json_is_number(json_object_get(o, "low")))
        text_add(t, "%.0f to %.0f %%", 100 * number_at(o, "low"), 100 * number_at(o, "high"));
}

static bool is_known(const json_t *o, const char *key)
{
    return json_is_number(json_object_get(o, key));
}

/* NULL where there is none of that name. */
static const json_t *method_named(const json_t *ranking, const char *name)
{
    size_t i;
    const json_t *o;
    json_array_foreach(json_object_get(ranking, "methods"), i,
                       o) if (name && strcmp(word_at(o, "method"), name) == 0) return o;
    return NULL;
}

static const json_t *chosen_of(const json_t *ranking)
{
    return method_named(ranking, json_string_value(json_object_get(ranking, "chosen")));
}

/* Controls are ordered among themselves. */
static const json_t *best_control(const json_t *ranking)
{
    size_t i;
    const json_t *o;
    json_array_foreach(json_object_get(ranking, "methods"), i, o)
    {
        if (json_is_true(json_object_get(o, "is_control")))
            return o;
    }
    return NULL;
}

/* ---- Words ---- */

static void add_control(text *t, const json_t *control)
{
    if (!is_known(control, "faithfulness"))
        return;
    text_add(t,
             "; 100 %% would be all, and the best map that knows nothing of the model, the control "
             "%s, foretells ",
             word_at(control, "method"));
    add_percent(t, control, "faithfulness");
}

/* What foretells less than half is the best there is, and no more. */
static bool is_relied_on(const json_t *chosen)
{
    return number_at(chosen, "faithfulness") >= TRUST_MOST;
}

static void add_chosen(text *t, const json_t *ranking, const char *seed_key, explain_input input)
{
    const json_t *o = chosen_of(ranking);
    text_add(t,
             "Of the explanations by %s, that of %s is %s for this model and target: over %.0f %ss "
             "it foretells ",
             inputs[input].by, word_at(o, "method"),
             is_relied_on(o) ? "the one to trust" : "the best, but none is to be relied on",
             number_at(ranking, "n"), seed_key);
    add_percent(t, o, "faithfulness");
    if (is_known(o, "low")) {
        text_add(t, " (95 %% interval: ");
        add_ends(t, o);
        text_add(t, ")");
    }
    text_add(t, " of what the target does when %s are put at the baseline", inputs[input].moved);
    add_control(t, best_control(ranking));
    text_add(t, ".");
}

static void add_passes(text *t, const json_t *chosen, const json_t *next)
{
    text_add(t, ", and takes ");
    add_count_or_number(t, round(number_at(next, "passes")));
    text_add(t, " passes through the networks, not ");
    add_count_or_number(t, round(number_at(chosen, "passes")));
}

static void add_runner_up(text *t, const json_t *ranking)
{
    const json_t *chosen = chosen_of(ranking);
    const json_t *next =
        method_named(ranking, json_string_value(json_object_get(ranking, "runner_up")));
    if (!next)
        return;
    text_add(t, " Without it %s would be, which ", word_at(next, "method"));
    if (strcmp(word_at(next, "standing"), trust_standings[STANDING_DEARER].name) == 0) {
        text_add(t, "cannot be told from it by what it foretells");
        if (number_at(next, "passes") > number_at(chosen, "passes"))
            add_passes(t, chosen, next);
    } else {
        text_add(t, "foretells less, by ");
        add_percent(t, json_object_get(ranking, "lead"), "value");
        text_add(t, " of what the target does");
    }
    text_add(t, ".");
}

/* " (shap: 7, lime: 3, no method: 2)" */
static void add_others(text *t, const json_t *ranking)
{
    size_t i;
    const json_t *o, *chosen = chosen_of(ranking);
    const char *before = " (";
    json_array_foreach(json_object_get(ranking, "methods"), i, o)
    {
        if (o == chosen || !(number_at(o, "n_chosen") > 0))
            continue;
        text_add(t, "%s%s: %.0f", before, word_at(o, "method"), number_at(o, "n_chosen"));
        before = ", ";
    }
    if (number_at(ranking, "n_without") > 0 && (chosen || *before == ','))
        text_add(t, "%sno method: %.0f", before, number_at(ranking, "n_without"));
    text_add(t, ")");
}

static void add_agreement(text *t, const json_t *ranking, const char *seed_key)
{
    double n = number_at(ranking, "n"), n_other = number_at(ranking, "n_other");
    const char *what = chosen_of(ranking) ? "it" : "none";
    if (n < 2)
        return;
    if (!(n_other > 0)) {
        text_add(t, " Each %s by itself says the same.", seed_key);
        return;
    }
    text_add(t, " By themselves %.0f of the %.0f %ss name %s, the others do not", n - n_other, n,
             seed_key, what);
    add_others(t, ranking);
    text_add(t, ".");
}

/* Below what share of changes a choice is called sure, or likely. */
static const double is_sure = 0.05, is_likely = 0.3;

static void add_certainty(text *t, const json_t *ranking, const char *seed_key)
{
    double changes = number_at(ranking, "share_of_changes");
    if (!is_known(ranking, "share_of_changes"))
        return;
    text_add(t, " Were other %ss like these taken, the choice over all would be another in about ",
             seed_key);
    add_percent(t, ranking, "share_of_changes");
    text_add(t, " of the cases (they were drawn anew %d times): that it is the best is ",
             RANKING_REPETITIONS);
    text_add(t,
             changes < is_sure     ? "sure."
             : changes < is_likely ? "likely, but not sure."
                                   : "not sure; look at more than one method, or at more %ss.",
             seed_key);
}

static void add_flagged(text *t, const json_t *ranking, const char *seed_key)
{
    size_t i, n = 0, n_all = 0;
    const json_t *o, *list = json_object_get(ranking, "methods");
    json_array_foreach(list, i, o) n_all += number_at(o, "n_flagged") > 0;
    if (!n_all)
        return;
    text_add(t, " What stays as it is where the networks' weights are random does not explain "
                "them: ");
    json_array_foreach(list, i, o)
    {
        if (!(number_at(o, "n_flagged") > 0))
            continue;
        text_add(t, "%s%s in %.0f of the %ss", words_join(n, n_all), word_at(o, "method"),
                 number_at(o, "n_flagged"), seed_key);
        n++;
    }
    text_add(t, ".");
}

/* What is against the one that has least against it. */
static const char *why_none(const json_t *ranking)
{
    const json_t *first = json_array_get(json_object_get(ranking, "methods"), 0);
    for (const array_word *w = trust_standings; first && w->name; w++)
        if (strcmp(w->name, word_at(first, "standing")) == 0)
            return w->meaning;
    return "no method was judged";
}

static void add_none(text *t, const json_t *ranking, const char *seed_key, explain_input input)
{
    const json_t *first = json_array_get(json_object_get(ranking, "methods"), 0);
    text_add(t, "Of the explanations by %s none is to be trusted over these %.0f %ss. ",
             inputs[input].by, number_at(ranking, "n"), seed_key);
    text_add(t, "Nearest comes %s, but %s.", word_at(first, "method"), why_none(ranking));
}

static void add_left_out(text *t, const json_t *ranking, const char *seed_key)
{
    double n = number_at(ranking, "n_left_out");
    if (n > 0)
        text_add(t, " %.0f %s%s left out of this, for a check %s is not met.", n, seed_key,
                 n > 1 ? "s are" : " is", n > 1 ? "of theirs" : "of its");
}

static void say_ranking(text *t, const json_t *ranking, const char *seed_key, explain_input input)
{
    if (!(number_at(ranking, "n") > 0)) {
        text_add(t,
                 "Which explanation by %s to trust cannot be said: each has a check that is not "
                 "met.",
                 inputs[input].by);
        return;
    }
    if (chosen_of(ranking)) {
        add_chosen(t, ranking, seed_key, input);
        add_runner_up(t, ranking);
    } else
        add_none(t, ranking, seed_key, input);
    add_agreement(t, ranking, seed_key);
    add_certainty(t, ranking, seed_key);
    add_flagged(t, ranking, seed_key);
    add_left_out(t, ranking, seed_key);
}

void explanation_page_say_ranking(json_t *findings, const json_t *summary, const char *seed_key)
{
    const json_t *all = json_object_get(summary, "ranking");
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        text t = {0};
        const json_t *ranking = json_object_get(all, inputs[i].key);
        if (ranking) {
            say_ranking(&t, ranking, seed_key, i);
            json_array_append_new(findings, json_text(t.data));
        }
        text_release(&t);
    }
}

/* ---- A table ---- */

static void add_table_row(words_table *t, const json_t *o)
{
    number_text place;
    text share = {0}, ends = {0}, passes = {0};
    if (is_known(o, "faithfulness"))
        add_percent(&share, o, "faithfulness");
    add_ends(&ends, o);
    if (is_known(o, "passes") && !json_is_true(json_object_get(o, "is_control")))
        add_count_or_number(&passes, round(number_at(o, "passes")));
    words_table_add(t, "%s", word_at(o, "method"));
    words_table_add(t, "%s", share.data ? share.data : "");
    words_table_add(t, "%s", ends.data ? ends.data : "");
    words_table_add(t, "%.0f", number_at(o, "n_chosen"));
    words_table_add(t, "%s", number_write(place, number_at(o, "place"), false));
    words_table_add(t, "%s", passes.data ? passes.data : "");
    words_table_add(t, "%s", word_at(o, "standing"));
    text_release(&share);
    text_release(&ends);
    text_release(&passes);
}

static void add_ranking_table(text *out, const json_t *ranking, explain_input input)
{
    static const char *const columns[] = {"method", "share",  "interval", "chosen",
                                          "place",  "passes", "and so"};
    size_t i;
    const json_t *o;
    text heading = {0};
    words_table t = {.n_columns = sizeof columns / sizeof *columns, .has_words = true};
    text_add(&heading, "The methods by %s, over all", inputs[input].by);
    text_layout.add_heading(out, heading.data, false);
    for (i = 0; i < t.n_columns; i++)
        words_table_add(&t, "%s", columns[i]);
    json_array_foreach(json_object_get(ranking, "methods"), i, o) add_table_row(&t, o);
    text_layout.add_table(out, &t);
    words_table_release(&t);
    text_release(&heading);
}

void explanation_page_add_ranking_tables(text *out, const json_t *summary)
{
    const json_t *all = json_object_get(summary, "ranking");
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        const json_t *ranking = json_object_get(all, inputs[i].key);
        if (json_array_size(json_object_get(ranking, "methods")))
            add_ranking_table(out, ranking, i);
    }
    if (all)
        text_layout.add_paragraph(
            out,
            "share: of what the target does, foretold, the mean; interval: 95 % of it; chosen: in "
            "how many of them by itself; place: in the order of what is to be trusted, the mean; "
            "passes: through the networks, forward and backward, for one.");
}

/* ---- A panel ---- */

enum { N_GAUGE_WORDS = 2 };

/* NaN where it is not known. */
static double percent_of(const json_t *o, const char *key)
{
    return is_known(o, key) ? 100 * number_at(o, key) : (double)NAN;
}

static void fill_gauge(gauge *g, text *words, const json_t *o, const json_t *ranking)
{
    if (is_known(o, "faithfulness"))
        add_percent(&words[0], o, "faithfulness");
    text_add(&words[1], "%s; chosen in %.0f of %.0f", word_at(o, "standing"),
             number_at(o, "n_chosen"), number_at(ranking, "n"));
    *g = (gauge){.name = word_at(o, "method"),
                 .value_words = words[0].data,
                 .note = words[1].data,
                 .value = percent_of(o, "faithfulness"),
                 .low = percent_of(o, "low"),
                 .high = percent_of(o, "high"),
                 .mark = percent_of(best_control(ranking), "faithfulness"),
                 .mark_low = (double)NAN,
                 .mark_high = (double)NAN,
                 .to = 100,
                 .is_good = o == chosen_of(ranking)};
}

static void draw_gauges(figure *f, const json_t *ranking, const gauge *gauges, size_t n,
                        const gauges_panel *words)
{
    text control = {0};
    gauges_panel p = *words;
    const json_t *o = best_control(ranking);
    text_add(&control, "the best map that knows nothing of the model: %s", word_at(o, "method"));
    p.value_name = "a method";
    p.good_name = !chosen_of(ranking)                ? NULL
                  : is_relied_on(chosen_of(ranking)) ? "the one to trust"
                                                     : "the best, but weak";
    p.mark_name = is_known(o, "faithfulness") ? control.data : NULL;
    p.gauges = gauges;
    p.n = n;
    figure_new_row(f);
    figure_add_gauges(f, &p);
    text_release(&control);
}

static void draw_ranking(figure *f, const json_t *ranking, const char *seed_key,
                         explain_input input)
{
    size_t i, n = 0, most = json_array_size(json_object_get(ranking, "methods"));
    const json_t *o;
    text title = {0}, subtitle = {0};
    gauge *gauges = allocate(most, sizeof *gauges);
    text *words = allocate(N_GAUGE_WORDS * most, sizeof *words);
    json_array_foreach(json_object_get(ranking, "methods"), i, o)
    {
        if (json_is_true(json_object_get(o, "is_control")))
            continue;
        fill_gauge(&gauges[n], &words[N_GAUGE_WORDS * n], o, ranking);
        n++;
    }
    text_add(&title, "Which explanation by %s to trust: %s", inputs[input].by,
             chosen_of(ranking) ? word_at(chosen_of(ranking), "method") : "none");
    text_add(&subtitle,
             "how much of what the target does when %s are put at the baseline a method foretells, "
             "in percent: the mean over %.0f %ss, and its interval of 95 %%",
             inputs[input].moved, number_at(ranking, "n"), seed_key);
    if (n)
        draw_gauges(f, ranking, gauges, n,
                    &(gauges_panel){.title = title.data, .subtitle = subtitle.data});
    for (i = 0; i < N_GAUGE_WORDS * most; i++)
        text_release(&words[i]);
    free(words);
    free(gauges);
    text_release(&title);
    text_release(&subtitle);
}

void explanation_page_draw_ranking(figure *f, const json_t *summary, const char *seed_key)
{
    const json_t *all = json_object_get(summary, "ranking");
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        const json_t *ranking = json_object_get(all, inputs[i].key);
        if (ranking)
            draw_ranking(f, ranking, seed_key, i);
    }
}
