/* SPDX-License-Identifier: MIT */
/* summary.json in sentences, and as summary.txt. */
#include "page_detail.h"

static void add_values(text *t, const json_t *summary, const char *seed_key)
{
    number_text a, b, c, d, e;
    const json_t *values = json_object_get(summary, "values");
    text_add(t,
             "Over these %.0f %ss %s runs from %s to %s; half of the values lie between %s and %s, "
             "and the median is %s.",
             number_at(summary, "n"), seed_key,
             word_at(json_object_get(summary, "target"), "option"),
             write_at(a, values, "least", true), write_at(b, values, "greatest", true),
             write_at(c, values, "lower_quartile", true),
             write_at(d, values, "upper_quartile", true), write_at(e, values, "median", true));
}

static void add_verdicts(text *t, const json_t *summary)
{
    number_text a, b;
    double band[2];
    const json_t *v = json_object_get(summary, "verdicts");
    if (!read_band(band, v))
        return;
    text_add(t,
             "D takes %.0f of these pictures for real and %.0f for generated; %.0f are undecided: ",
             number_at(v, "real"), number_at(v, "generated"), number_at(v, "undecided"));
    text_add(t, "D's logit is then between %s and %s, judged by ", number_write(a, band[0], true),
             number_write(b, band[1], true));
    text_add_grouped(t, (uint64_t)number_at(v, "n_real"));
    text_add(t, " real and ");
    text_add_grouped(t, (uint64_t)number_at(v, "n_generated"));
    text_add(t, " generated pictures.");
}

/* "z17 (0.42, spread 0.2; one sign in 95 % of them)" */
static void add_component(text *t, const json_t *c)
{
    number_text a, b, share;
    text_add(t, "z%.0f (%s, spread %s, the same sign in %s of them)", number_at(c, "component"),
             write_at(a, c, "mean_magnitude", false), write_at(b, c, "spread", false),
             percent_at(share, c, "same_sign_share"));
}

static void add_strongest(text *t, const json_t *components, const char *seed_key)
{
    const json_t *list = json_object_get(components, "strongest");
    size_t n = json_array_size(list) < N_NAMED ? json_array_size(list) : N_NAMED;
    text_add(t, "What moves it most on average over the %ss", seed_key);
    if (json_object_get(components, "unit"))
        text_add(t, ", by the mean magnitude of %s", word_at(components, "unit"));
    text_add(t, ": ");
    for (size_t i = 0; i < n; i++) {
        text_add(t, "%s", words_join(i, n));
        add_component(t, json_array_get(list, i));
    }
    text_add(t, ".");
}

/* The median component against chance: what a reader may carry over from one picture to others. */
static void add_consistency(text *t, const json_t *components, const char *seed_key)
{
    number_text a, b;
    double median = number_at(components, "median_sign_consistency");
    double chance = number_at(components, "sign_consistency_by_chance");
    text_add(t,
             " How constant the sign is, from 0 (as often up as down) to 1 (the same everywhere), "
             "is %s for the median of all %zu components, where chance alone gives about %s: ",
             number_write(a, median, false),
             json_array_size(json_object_get(components, "strongest")),
             number_write(b, chance, false));
    if (median < 2 * chance)
        text_add(t, "what most components do in one %s says little about what they do in another.",
                 seed_key);
    else
        text_add(t, "most components push the same way in most %ss.", seed_key);
}

/* A seed, which is a text where JSON has no such number. */
static void add_seed(text *t, const json_t *seed)
{
    if (json_is_string(seed))
        text_add(t, "%s", json_string_value(seed));
    else
        text_add(t, "%lld", (long long)json_integer_value(seed));
}

/* "The least robust pictures are those of seeds 4, 9 and 0." */
static void add_ranked(text *t, const json_t *ranked, const char *seed_key)
{
    const char *name;
    json_t *one, *highest;
    size_t i;
    json_object_foreach((json_t *)(uintptr_t)ranked, name, one)
    {
        text which = {0};
        const json_t *list = json_object_get(one, "highest");
        size_t n = json_array_size(list);
        text_add(&which, "%s%s ", seed_key, n > 1 ? "s" : "");
        json_array_foreach(list, i, highest)
        {
            text_add(&which, "%s", words_join(i, n));
            add_seed(&which, json_object_get(highest, seed_key));
        }
        text_add(t, t->length ? " " : "");
        fill_words(t, word_at(one, "words"), which.data);
        text_release(&which);
    }
}

static void add_unsound(text *t, const json_t *summary)
{
    double n = number_at(summary, "n_unsound");
    if (n > 0)
        text_add(t, "%.0f of the explanations %s a check that is not met: %s not to be trusted.", n,
                 n == 1 ? "has" : "have", n == 1 ? "it is" : "they are");
}

static void add_choice(text *t, const json_t *choice)
{
    if (choice)
        text_add(t, "%s.", word_at(choice, "sentence"));
}

static void append(json_t *list, text *t)
{
    if (t->length)
        json_array_append_new(list, json_text(t->data));
    text_release(t);
}

json_t *explanation_page_findings(const json_t *summary, const char *seed_key)
{
    json_t *list = json_array();
    const json_t *components = json_object_get(summary, "components");
    text t = {0};
    add_values(&t, summary, seed_key);
    append(list, &t);
    add_verdicts(&t, summary);
    append(list, &t);
    if (components) {
        add_strongest(&t, components, seed_key);
        add_consistency(&t, components, seed_key);
        append(list, &t);
    }
    add_ranked(&t, json_object_get(summary, "ranked"), seed_key);
    append(list, &t);
    explanation_page_say_ranking(list, summary, seed_key);
    add_choice(&t, json_object_get(summary, "method_choice"));
    append(list, &t);
    add_unsound(&t, summary);
    append(list, &t);
    return list;
}

/* ---- summary.txt ---- */

void explanation_page_title(text *t, const explanation_page *p)
{
    text_add(t, "%zu %ss", p->n, p->seed_key);
    class_say(t, " of class ", p->class);
    text_add(t, " explained: %s", p->target);
}

void explanation_page_target(text *t, const json_t *summary)
{
    const json_t *target = json_object_get(summary, "target");
    text_add(t, FINDINGS_SIGN "%s: %s.", word_at(target, "option"), word_at(target, "meaning"));
}

void explanation_page_model(text *t, const json_t *summary)
{
    const json_t *model = json_object_get(summary, "model");
    text_add(t, "Model of step %.0f, SHA-256 %s.", number_at(model, "step"),
             word_at(model, "sha256"));
}

static void add_paragraph(text *out, void say(text *t, const json_t *summary),
                          const json_t *summary)
{
    text t = {0};
    say(&t, summary);
    text_layout.add_paragraph(out, t.data);
    text_release(&t);
}

void explanation_page_words(text *out, const explanation_page *p, const json_t *summary)
{
    size_t i;
    const json_t *finding;
    text title = {0};
    json_t *findings = explanation_page_findings(summary, p->seed_key);
    explanation_page_title(&title, p);
    text_layout.add_heading(out, title.data, true);
    add_paragraph(out, explanation_page_target, summary);
    add_paragraph(out, explanation_page_model, summary);
    text_layout.add_heading(out, "What is found in all of them", false);
    json_array_foreach(findings, i, finding)
        text_layout.add_paragraph(out, json_string_value(finding));
    explanation_page_add_ranking_tables(out, summary);
    json_decref(findings);
    text_release(&title);
}
