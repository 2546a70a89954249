/* SPDX-License-Identifier: MIT */
/* --method auto: the method that is judged best on the first of what is to be explained. */
#include "explain_progress.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char word[] = "auto";

/* ---- Whether ---- */

bool method_is_auto(const method_options *o) { return o->method && strcmp(o->method, word) == 0; }

/* Whether a comma list has it. */
static bool lists_auto(const char *list)
{
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        size_t n = strcspn(at, ",");
        if (n == sizeof word - 1 && strncmp(at, word, n) == 0)
            return true;
    }
    return false;
}

int method_auto_check(const method_options *o, bool has_folders, error *e)
{
    if (!lists_auto(o->method))
        return 0;
    if (!method_is_auto(o))
        return fail(e, STATUS_USAGE,
                    "--method auto chooses one of all methods: leave out the others of the list");
    if (!has_folders)
        return fail(e, STATUS_USAGE,
                    "--table does not hold what the method finds that --method auto chooses: leave "
                    "out --table, or name a method that it holds");
    return 0;
}

/* ---- Of which ---- */

explain_input method_auto_input(const attribution_options *o)
{
    return o->space && strcmp(o->space, "x") == 0 ? INPUT_X : INPUT_Z;
}

void method_auto_plan(explain_plan *plan, explain_input input)
{
    plan->is_all = true;
    for (const explain_method *const *m = explain_methods; *m; m++)
        if (explain_method_attributes(*m, 1u << input))
            explain_plan_add(plan, *m);
}

/* ---- How they are judged ---- */

typedef struct {
    const auto_source *from;
    explanation_group all;
    explain_progress progress;
    size_t n; /* explanations */
    trust_ballot ballots[AUTO_SEEDS];
    bool is_broken[AUTO_SEEDS]; /* a check of it is */
} judging;

/* What has a broken check does not vote. */
static int keep_ballot(void *context, const explanation *a, size_t i, error *e)
{
    judging *j = context;
    error broken = {0};
    (void)e;
    explain_progress_found(&j->progress);
    j->is_broken[i] = explanation_judge(a, &broken) != 0;
    if (!j->is_broken[i])
        trust_ballot_read(&j->ballots[i], a, j->from->input);
    explain_progress_saved(&j->progress);
    return 0;
}

static int judge_all(block_loop *l, uint64_t first, size_t n, error *e)
{
    judging *j = l->context;
    size_t ignored;
    latents_fill(j->from->latents, j->all.z, first, n);
    for (size_t i = 0; i < n; i++)
        j->all.seed[i] = latent_number(j->from->latents, first + i);
    int status = explanation_group_run(&j->all, n, NULL, &ignored, e);
    return status && e->status == STATUS_CHECK_FAILED ? 0 : status;
}

static int run_judging(judging *j, error *e)
{
    const auto_source *from = j->from;
    block_loop all = {.voice = from->voice,
                      .progress = from->progress,
                      .what = "explanations judged",
                      .n = j->n,
                      .block = AUTO_SEEDS,
                      .work = judge_all,
                      .context = j};
    j->all = (explanation_group){.x = &from->subject->explainer,
                                 .workspaces = from->workspaces,
                                 .plan = from->plan,
                                 .request = from->request,
                                 .seed_key = from->latents->kind->key,
                                 .should_stop = signal_pending,
                                 .save = keep_ballot,
                                 .context = j};
    explain_progress_init(&j->progress, &all.line, from->plan, j->n, all.what);
    j->all.request.listener = &j->progress.listener;
    j->all.request.inputs = 1u << from->input;
    j->all.request.skips_evidence = true;
    explanation_group_init(&j->all);
    int status = block_loop_run(&all, e);
    explanation_group_release(&j->all);
    return status;
}

/* ---- What is said of it ---- */

static void add_seeds(text *t, const auto_source *from, size_t n)
{
    text_add(t, "%s%s ", from->latents->kind->key, n > 1 ? "s" : "");
    for (size_t i = 0; i < n; i++)
        text_add(t, "%s%" PRIu64, words_join(i, n), latent_number(from->latents, i));
}

static void add_interval(text *t, const estimate *v)
{
    if (!isnan(v->low))
        text_add(t, " (95 %% interval: %.0f to %.0f %%)", 100 * v->low, 100 * v->high);
}

static size_t count_methods(const trust_ranking *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += r->ranks[i].method != NULL;
    return n;
}

static const char *name_of(explain_input input) { return input == INPUT_Z ? "z" : "the pixels"; }

static void add_result(text *t, const trust_ranking *r)
{
    const trust_rank *first = &r->ranks[0];
    if (isnan(first->faithfulness.value))
        text_add(t, "how much it foretells could not be measured");
    else
        text_add(t, "it foretells %.0f %% of what the target does",
                 100 * first->faithfulness.value);
    add_interval(t, &first->faithfulness);
    if (!r->has_winner)
        text_add(t, ", but none is to be trusted there: %s",
                 trust_standings[first->standing].meaning);
}

/* "--method auto chose lime of the 14 methods that attribute to z, by seeds 0, 1, 2 and 3: ..." */
static void add_sentence(text *t, const judging *j, const trust_ranking *r)
{
    text_add(t, "--method auto chose %s of the %zu methods that attribute to %s, by ",
             r->ranks[0].name, count_methods(r), name_of(j->from->input));
    if (r->n_ballots < j->n)
        text_add(t, "%zu, whose checks are met, of ", r->n_ballots);
    add_seeds(t, j->from, j->n);
    text_add(t, ": ");
    add_result(t, r);
}

static void set_number(json_t *o, const char *key, double value)
{
    json_object_set_new(o, key, isnan(value) ? json_null() : json_number(value));
}

static json_t *facts_of(const judging *j, const trust_ranking *r, const char *sentence)
{
    const trust_rank *first = &r->ranks[0];
    json_t *o = json_object(), *seeds = json_array(), *methods = json_array();
    for (size_t i = 0; i < j->n; i++)
        json_array_append_new(seeds, json_unsigned(latent_number(j->from->latents, i)));
    for (size_t i = 0; i < r->n; i++)
        if (r->ranks[i].method)
            json_array_append_new(methods, json_text(r->ranks[i].name));
    json_object_set_new(o, "method", json_text(first->name));
    json_object_set_new(o, "input", json_text(j->from->input == INPUT_Z ? "z" : "x"));
    json_object_set_new(o, "is_trusted", json_boolean(r->has_winner));
    json_object_set_new(o, "judged_by", seeds);
    json_object_set_new(o, "methods", methods);
    set_number(o, "faithfulness", first->faithfulness.value);
    set_number(o, "low", first->faithfulness.low);
    set_number(o, "high", first->faithfulness.high);
    json_object_set_new(o, "sentence", json_text(sentence));
    return o;
}

/* ---- The choice ---- */

static int fail_unjudged(const judging *j, error *e)
{
    for (size_t i = 0; i < j->n; i++)
        if (j->is_broken[i])
            return fail(e, STATUS_CHECK_FAILED,
                        "--method auto: what it chooses by has checks that are not met; name a "
                        "method with --method");
    return fail(e, STATUS_USAGE, "--method auto: no method says what %s of this target; name one",
                j->from->input == INPUT_Z ? "z makes" : "the pixels make");
}

static int choose(auto_choice *c, const judging *j, error *e)
{
    text sentence = {0};
    trust_ranking r = {0};
    const trust_ballot *list[AUTO_SEEDS];
    for (size_t i = 0; i < j->n; i++)
        list[i] = &j->ballots[i];
    trust_ranking_make(&r, list, j->n);
    bool is_judged = r.n_ballots && r.ranks[0].method;
    if (is_judged) {
        add_sentence(&sentence, j, &r);
        *c = (auto_choice){.method = r.ranks[0].method, .facts = facts_of(j, &r, sentence.data)};
    }
    text_release(&sentence);
    trust_ranking_release(&r);
    return is_judged ? 0 : fail_unjudged(j, e);
}

int auto_choice_make(auto_choice *c, const auto_source *from, error *e)
{
    trust_settings settings = {0};
    judging j = {.from = from,
                 .n = from->latents->n < AUTO_SEEDS ? (size_t)from->latents->n : AUTO_SEEDS};
    trust_choose(from->plan, &settings, &(trust_options){.quality = true, .sanity = true});
    int status = explain_plan_prepare(from->plan, &from->subject->explainer, &from->request, e);
    if (!status)
        status = run_judging(&j, e);
    if (!status)
        status = choose(c, &j, e);
    for (size_t i = 0; i < j.n; i++)
        trust_ballot_release(&j.ballots[i]);
    if (!status)
        say(from->voice, "%s", auto_choice_sentence(c));
    return status;
}

const char *auto_choice_sentence(const auto_choice *c)
{
    return json_string_value(json_object_get(c->facts, "sentence"));
}

void auto_choice_release(auto_choice *c)
{
    json_decref(c->facts);
    *c = (auto_choice){0};
}
