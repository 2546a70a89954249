/* SPDX-License-Identifier: MIT */
#include "manual_detail.h"
#include "run.h"
#include <assert.h>

/* ---- Layers ---- */

void manual_add_activations(text *out)
{
    for (const activation_traits *f = activations; f->name; f++) {
        text label = {0}, meaning = {0};
        text_add(&label, f->has_parameter ? "%s[=a]" : "%s", f->name);
        text_add(&meaning, "%s", f->formula);
        if (f->has_parameter)
            text_add(&meaning, "; a is from %g to below %g, and %g unless it is written",
                     (double)f->least_parameter, (double)f->parameter_end, (double)f->parameter);
        man_add_entry(out, label.data, meaning.data);
        text_release(&label);
        text_release(&meaning);
    }
}

/* ---- Models and recipes ---- */

static void add_part(text *out, const part_row *part)
{
    static const char *const sides[] = {[SIDE_Z] = "z",
                                        [SIDE_PICTURE] = "a picture",
                                        [SIDE_LOGIT] = "a logit",
                                        [SIDE_CLASSES] = "a logit for each class",
                                        [SIDE_MOMENTS] = "mean and log variance of z"};
    text meaning = {0};
    text_add(&meaning, "The network from %s to %s; its layers: --%s.", sides[part->in],
             sides[part->out], part->option);
    if (part->linear_output)
        text_add(&meaning, " What it ends in is its %s, so its last layer has no activation.",
                 part->linear_output);
    if (part->no_batchnorm)
        text_add(&meaning, " It takes no bn, which %s.", part->no_batchnorm);
    if (part->has_average)
        text_add(&meaning, " With --ema-kimg above 0 its moving average is what is used.");
    man_add_entry(out, part->prefix, meaning.data);
    text_release(&meaning);
}

static void add_model(text *out, const model_class *c)
{
    text summary = {0};
    text_add(&summary, "%s; its recipe is %s unless one is given.", c->summary, c->recipe);
    man_add_subheading(out, c->name);
    man_add_prose(out, summary.data);
    for (const part_row *part = c->parts; part->prefix; part++)
        add_part(out, part);
    for (const number_row *number = c->numbers; number->key; number++)
        man_add_entry(out, number->key, number->meaning);
    text_release(&summary);
}

void manual_add_models(text *out)
{
    for (const model_class *const *c = model_classes; *c; c++)
        add_model(out, *c);
}

void manual_add_recipes(text *out)
{
    for (const recipe *r = recipes; r->name; r++) {
        train_options o;
        invocation texts = {0};
        text meaning = {0};
        error e = {0};
        int status = recipe_read(&o, &texts, r, &e);
        assert(status == 0); /* it is built in */
        (void)status;
        text_add(&meaning, "Model %s: %s.", o.model, r->summary);
        man_add_entry(out, r->name, meaning.data);
        text_release(&meaning);
        invocation_release(&texts);
    }
}

/* ---- Data ---- */

void manual_add_data(text *out)
{
    for (const data_source *const *s = data_sources; *s; s++)
        man_add_entry(out, (*s)->name, (*s)->summary);
}

void manual_add_flaws(text *out)
{
    for (const data_flaw *f = data_flaws; f->name; f++)
        man_add_entry(out, f->name, f->summary);
}

/* ---- Steps ---- */

static void add_sourced(text *out, const char *name, const char *summary, const char *source)
{
    text meaning = {0};
    text_add(&meaning, "%s (%s)", summary, source);
    man_add_entry(out, name, meaning.data);
    text_release(&meaning);
}

/* The same of what there is to choose from: when says when to take it. */
static void add_choice(text *out, const char *name, const char *summary, const char *source,
                       const char *when)
{
    text meaning = {0};
    text_add(&meaning, "%s (%s). %s", summary, source, when);
    man_add_entry(out, name, meaning.data);
    text_release(&meaning);
}

/* " It brings --d-steps 5, --opt rmsprop." */
static void add_companions(text *out, const char *settings)
{
    const char *key, *join = " It brings --";
    json_t *all = json_loads(settings, 0, NULL), *value;
    json_object_foreach(all, key, value)
    {
        text_add(out, "%s%s ", join, key);
        if (json_is_string(value))
            text_add(out, "%s", json_string_value(value));
        else
            text_add(out, "%.9g", json_number_value(value));
        join = ", --";
    }
    text_add(out, ", unless they are given.");
    json_decref(all);
}

void manual_add_losses(text *out)
{
    for (const adversarial_loss *l = adversarial_losses; l->name; l++) {
        text when = {0};
        text_add(&when, "%s", l->when);
        if (l->brings)
            add_companions(&when, l->brings);
        add_choice(out, l->name, l->summary, l->source, when.data);
        text_release(&when);
    }
}

void manual_add_reconstructions(text *out)
{
    for (const reconstruction_loss *l = reconstruction_losses; l->name; l++)
        add_choice(out, l->name, l->summary, l->source, l->when);
}

void manual_add_optimizers(text *out)
{
    for (const optimizer_rule *o = optimizer_rules; o->name; o++)
        add_choice(out, o->name, o->summary, o->source, o->when);
}

void manual_add_rate_schedules(text *out)
{
    for (const rate_schedule *s = rate_schedules; s->name; s++)
        add_choice(out, s->name, s->summary, s->source, s->when);
}

void manual_add_update_rules(text *out)
{
    for (const update_rule *r = update_rules; r->option; r++) {
        text label = {0};
        text_add(&label, "--%s", r->option);
        add_choice(out, label.data, r->summary, r->source, r->when);
        text_release(&label);
    }
}

void manual_add_penalties(text *out)
{
    for (const penalty_rule *const *p = penalty_rules; *p; p++)
        add_sourced(out, (*p)->name, (*p)->summary, (*p)->source);
}

void manual_add_run_files(text *out) { man_add_entries(out, RUN_FILES); }
