/* SPDX-License-Identifier: MIT */
/* What a paper says of its explanations: enough to make them again, and whose methods they are. */
#include "model.h"
#include "report.h"
#include "session.h"
#include <inttypes.h>
#include <stdlib.h>

enum { COLUMNS = 88 };

/* ---- Facts ---- */

/* The line after one that is full begins with blanks: no words of a model's settings look like the
 * next fact, nor, since line feeds go, make one. */
static void add_fact(text *out, const char *name, const text *fact)
{
    text line = {0}, wrapped = {0};
    text_add(&line, "%s: %s", name, fact->data);
    make_printable(line.data);
    text_add_wrapped(&wrapped, line.data, COLUMNS - 2, "");
    for (const char *c = wrapped.data; *c; c++)
        text_add(out, *c == '\n' && c[1] ? "%c  " : "%c", *c);
    text_release(&line);
    text_release(&wrapped);
}

/* "the file's settings: seed 0, model gan ..."; those that are not set, or had no reader, are left
 * out. */
static void add_training(text *out, const model_file *m)
{
    text t = {0};
    const char *key;
    json_t *value, *settings = train_settings_read(m->settings);
    json_object_foreach(settings, key, value)
    {
        char *words =
            json_is_string(value)
                ? copy_text(json_string_value(value))
                : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
        if (!json_is_null(value))
            text_add(&t, "%s%s %s", t.length ? ", " : "", key, words);
        free(words);
    }
    text_add(&t, t.length ? "" : "not stated in the model's file");
    if (m->has_data_checksum)
        text_add(&t, ", data of checksum %08" PRIx32, m->data_checksum);
    add_fact(out, "training", &t);
    text_release(&t);
    json_decref(settings);
}

/* "seeds 0-9, 12", "seed 7" or "rows of FILE:NAME". */
static void add_latents(text *t, const latent_options *o)
{
    const seed_list *s = &o->seeds;
    if (o->z) {
        text_add(t, "the rows of %s", o->z);
        return;
    }
    text_add(t, seed_list_count(s) == 1 ? "seed " : "seeds ");
    for (size_t i = 0; i < s->n_ranges; i++) {
        const seed_range *r = &s->ranges[i];
        text_add(t, "%s%" PRIu64, i ? ", " : "", r->first);
        if (r->last != r->first)
            text_add(t, "-%" PRIu64, r->last);
    }
}

/* " as class 3". */
static void add_class(text *t, const subject *s)
{
    if (s->class != NO_CLASS)
        text_add(t, " as class %zu", s->class);
}

/* "logit, D's raw verdict on the picture". */
static void add_target(text *t, const subject *s)
{
    json_t *o = explain_target_describe(&s->explainer);
    text_add(t, "%s, %s", json_string_value(s->option),
             json_string_value(json_object_get(o, "meaning")));
    if (s->target.classifier)
        text_add(t, " (the judge with SHA-256 checksum %s)", s->judge.checksum);
    json_decref(o);
}

static void add_facts(text *out, const citation *c)
{
    const model_file *m = &c->subject->model;
    text_add(out, "program: %s (ganlens) %s\n", c->program, GANLENS_VERSION);
    text_add(out, "model: SHA-256 %s, step %" PRIu64 "\n", model_file_checksum(m), m->step);
    add_training(out, m);
    text t = {0};
    add_target(&t, c->subject);
    add_fact(out, "target", &t);
    text_release(&t);
    add_latents(&t, c->latents);
    add_class(&t, c->subject);
    add_fact(out, "explained", &t);
    text_release(&t);
    for (size_t i = 0; i < c->plan->n; i++) {
        const explain_method *method = c->plan->methods[i];
        text_add(&t, "%s: %s. Source: %s.", method->name, method->summary, method->source);
        add_fact(out, "method", &t);
        text_release(&t);
    }
    if (c->choice) {
        text_add(&t, "%s.", auto_choice_sentence(c->choice));
        add_fact(out, "choice", &t);
        text_release(&t);
    }
}

/* ---- How to say it ---- */

static void add_methods(text *t, const explain_plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        text_add(t, "%s%s (%s)", words_join(i, p->n), p->methods[i]->name, p->methods[i]->source);
}

static void add_paragraph(text *out, const citation *c)
{
    const model_file *m = &c->subject->model;
    text t = {0};
    text_add(&t, "We explain ");
    add_latents(&t, c->latents);
    add_class(&t, c->subject);
    text_add(&t, " of the model with SHA-256 checksum %s (step %" PRIu64 "). The target is ",
             model_file_checksum(m), m->step);
    add_target(&t, c->subject);
    text_add(&t, ". The methods are ");
    add_methods(&t, c->plan);
    if (c->choice)
        text_add(&t, " (%s)", auto_choice_sentence(c->choice));
    text_add(&t,
             ", as in %s of ganlens %s; values and gradients are checked against double-precision "
             "code.",
             c->program, GANLENS_VERSION);
    make_printable(t.data);
    text_add_wrapped(out, t.data, COLUMNS, "");
    text_release(&t);
}

static void add_entry(text *out, const citation *c)
{
    text_add(out,
             "@software{ganlens,\n"
             "  title = {ganlens},\n"
             "  version = {%s},\n"
             "  note = {%s, model SHA-256 %s, step %" PRIu64 "}\n"
             "}\n",
             GANLENS_VERSION, c->program, model_file_checksum(&c->subject->model),
             c->subject->model.step);
}

int citation_print(const citation *c, error *e)
{
    text t = {0};
    add_facts(&t, c);
    text_add(&t, "\n");
    add_paragraph(&t, c);
    text_add(&t, "\n");
    add_entry(&t, c);
    int status = stdout_write(t.data, t.length, e);
    text_release(&t);
    return status;
}
