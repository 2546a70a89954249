/* SPDX-License-Identifier: MIT */
#include "sanity_detail.h"
#include <math.h>
#include <stdlib.h>

/* ---- Findings ---- */

int sanity_findings_make(sanity_findings *f, const explain_task *t, const explanation *a, error *e)
{
    *f = (sanity_findings){0};
    if (random_runs_make(&f->runs, t, a, t->settings, e))
        return -1;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        size_t n = f->runs.own[i].n;
        f->verdicts[i] = allocate(n, sizeof *f->verdicts[i]);
        for (size_t row = 0; row < n; row++)
            sanity_judge(&f->verdicts[i][row], &f->runs, i, row);
    }
    return 0;
}

void sanity_findings_release(sanity_findings *f)
{
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        free(f->verdicts[i]);
    random_runs_release(&f->runs);
    *f = (sanity_findings){0};
}

/* ---- Words ---- */

static const char *const input_words[N_INPUTS] = {"z", "the pixels"};

static void remark_flagged(explanation *a, const attribution *of, const sanity_verdict *v,
                           explain_input input)
{
    text words = {0};
    text_add(&words,
             "Do not believe its map of %s: it stays the same when %s (rank correlation %.2f; 1 is "
             "the same map).",
             input_words[input], v->when, v->value);
    explanation_add_remark(a, of->method, words.data);
    text_release(&words);
}

static void add_name(text *names, const char *name)
{
    text_add(names, "%s%s", names->length ? ", " : "", name);
}

/* Methods by what was found of their maps of an input. */
typedef struct {
    text same, in_place, unclear;
} method_names;

static void sort_methods(method_names *names, const sanity_findings *f, explain_input input)
{
    const attribution_list *own = &f->runs.own[input];
    for (size_t i = 0; i < own->n && own->all[i].method; i++) {
        const sanity_verdict *v = &f->verdicts[input][i];
        if (v->when)
            add_name(&names->same, own->all[i].name);
        else if (isnan(v->is_same))
            add_name(&names->unclear, own->all[i].name);
        else if (sanity_stays_in_place(v, &own->all[i]))
            add_name(&names->in_place, own->all[i].name);
    }
}

static void say_names(text *words, const method_names *names, explain_input input)
{
    const char *by = input_words[input];
    if (names->same.length)
        text_add(words, " By %s, these maps stay the same and are not to be believed: %s.", by,
                 names->same.data);
    else
        text_add(words, " By %s, no map that could be judged stays the same.", by);
    if (names->in_place.length)
        text_add(words,
                 " Of some the signs change, but not where the map is large, for the input itself "
                 "is a factor of it; read the signs: %s.",
                 names->in_place.data);
    if (names->unclear.length)
        text_add(words,
                 " Not judged, for the map is 0 or has too few values to be told from chance: %s.",
                 names->unclear.data);
}

static void say_input(text *words, const sanity_findings *f, explain_input input)
{
    method_names names = {{0}, {0}, {0}};
    sort_methods(&names, f, input);
    say_names(words, &names, input);
    text_release(&names.same);
    text_release(&names.in_place);
    text_release(&names.unclear);
}

/* " The layers from the target's end: D's layer 2, D's layer 0 ..." */
static void say_layers(text *words, const random_runs *r)
{
    text_add(words, " The layers from the target's end");
    for (size_t k = 0; k < r->chain.n; k++) {
        text_add(words, "%s ", k ? "," : ":");
        layer_chain_tell(words, &r->chain, r->t->x, k);
    }
    text_add(words, ".");
}

static void say_report(text *words, const sanity_findings *f)
{
    const random_runs *r = &f->runs;
    text_add(words,
             "What the network learned was replaced by random numbers, layer by layer from the "
             "target's end, and each method run again, with at most %d samples. A map that stays "
             "the same, by a rank correlation of 0.5 or more over %d draws, shows nothing that was "
             "learned; chance makes one in less than 1 of 100 cases.",
             RERUN_SAMPLES, N_DRAWS);
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++)
        if (r->own[i].n)
            say_input(words, f, i);
    if (!r->n_layers[INPUT_X] && explain_is_of_picture(r->t->x))
        text_add(words, " By the pixels there is nothing to replace: no network stands between "
                        "the picture and the target.");
    reruns_tell_left_out(words, r->settings->plan);
    say_layers(words, r);
}

void sanity_say(explanation *a, const sanity_findings *f)
{
    text words = {0};
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++)
        for (size_t i = 0; i < f->runs.own[input].n; i++)
            if (f->runs.own[input].all[i].method && f->verdicts[input][i].when)
                remark_flagged(a, &f->runs.own[input].all[i], &f->verdicts[input][i], input);
    say_report(&words, f);
    explanation_add_remark(a, NULL, words.data);
    text_release(&words);
}
