/* SPDX-License-Identifier: MIT */
/* What a run's settings are made of: a recipe, what is given, and the run that it goes on with. */
#include "run.h"
#include <stdlib.h>
#include <string.h>

static bool is_length_given(const run_settings *s)
{
    return invocation_given(&s->given, "steps") || invocation_given(&s->given, "epochs") ||
           invocation_given(&s->given, "max-time");
}

/* What ends the run, which a run that goes on knows where nothing else is said. Of --steps and
 * --epochs the command line's wins over the file's. */
static int resolve_length(run_settings *s, error *e)
{
    bool has_steps = invocation_given(&s->given, "steps");
    bool has_epochs = invocation_given(&s->given, "epochs");
    if (s->past.plan && !is_length_given(s))
        return 0;
    if (has_steps && has_epochs) {
        if (invocation_has_argument(&s->given, "steps") ==
            invocation_has_argument(&s->given, "epochs"))
            return fail(e, STATUS_USAGE, "--steps and --epochs exclude each other");
        has_steps = invocation_has_argument(&s->given, "steps");
        has_epochs = !has_steps;
    }
    if (!has_steps && (has_epochs || s->train->max_time > 0))
        s->train->steps = 0;
    if (!has_epochs)
        s->train->epochs = 0;
    return 0;
}

static bool has_batchnorm(const train_options *o)
{
    for (const part_row *row = model_class_find(o->model)->parts; row->prefix; row++)
        if (part_spec(row, o) && strstr(part_spec(row, o), ":bn"))
            return true;
    return false;
}

/* "--opt adam or momentum": the optimizers that read it. */
static void add_readers(text *out, unsigned setting)
{
    const char *join = "--opt ";
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++)
        if (rule->reads & setting) {
            text_add(out, "%s%s", join, rule->name);
            join = " or ";
        }
}

static int check_optimizer_uses(const run_settings *s, error *e)
{
    int status = 0;
    for (const optimizer_reading *r = optimizer_readings; !status && r->option; r++) {
        bool is_read = optimizer_find(s->train->opt)->reads & r->setting;
        text readers = {0};
        add_readers(&readers, r->setting);
        status =
            option_uses_check(&s->given, &(option_use){r->option, is_read, readers.data}, 1, e);
        text_release(&readers);
    }
    return status;
}

static int check_uses(const run_settings *s, error *e)
{
    const train_options *g = s->train;
    const option_use uses[] = {
        {"r1-every", g->r1 > 0, "--r1 above 0"},
        {"lambda", g->rec_pairs > 0, "--rec-pairs above 0"},
        {"r2-every", g->r2 > 0, "--r2 above 0"},
        {"gp-every", g->gp > 0, "--gp above 0"},
        {"beta-warmup", g->beta > 0, "--beta above 0"},
        {"bn-momentum", has_batchnorm(g), "a network with bn"},
        {"keep", g->checkpoint_every.n > 0, "--checkpoint-every above 0"},
        {"metrics", g->metrics_every.n > 0, "--metrics-every above 0"},
        {"metrics-samples", g->metrics_every.n > 0, "--metrics, --metrics-every or --stop-when"},
        {"stop-when", g->metrics_every.n > 0, "--metrics-every above 0"},
    };
    return option_uses_check(&s->given, uses, sizeof uses / sizeof *uses, e);
}

/* The recipe that is asked for, else that of the run that goes on, else the model's own. A name
 * that is none is refused with the other options. */
static const recipe *choose_recipe(const run_settings *s)
{
    const char *name = invocation_given(&s->given, "recipe");
    const char *asked = invocation_given(&s->given, "model");
    const past_file *past = earlier_run_file(&s->past);
    if (!asked && past)
        asked = json_string_value(json_object_get(past->settings, "model"));
    const model_class *kind = asked ? model_class_find(asked) : NULL;
    if (!name)
        name = json_string_value(json_object_get(s->past.plan, "recipe"));
    const recipe *r = name || kind ? recipe_find(name ? name : kind->recipe) : NULL;
    return r ? r : &recipes[0];
}

static int check_recipe(const run_settings *s, const char *its_model, error *e)
{
    const char *there = json_string_value(json_object_get(s->past.plan, "recipe"));
    if (there && strcmp(there, *s->recipe) != 0)
        return fail(e, STATUS_USAGE, "%s: cannot be resumed: '--recipe' is %s here and %s there",
                    s->past.state.path, *s->recipe, there);
    if (strcmp(its_model, s->train->model) == 0)
        return 0;
    return fail(e, STATUS_USAGE, "--recipe %s is for --model %s, not for %s", *s->recipe, its_model,
                s->train->model);
}

/* A conditional model has weights for as many classes as there were. */
static int check_classes(const run_settings *s, error *e)
{
    const json_t *there = json_object_get(s->past.plan, "n-classes");
    unsigned long long here = s->train->n_classes;
    if (!s->train->conditional || !json_is_integer(there) ||
        (unsigned long long)json_integer_value(there) == here)
        return 0;
    return fail(e, STATUS_USAGE, "%s: cannot be resumed: '--n-classes' is %llu here and %lld there",
                s->past.state.path, here, (long long)json_integer_value(there));
}

/* How long and how often, as the run that goes on had it. A length that is given is one as a
 * whole. */
static int apply_plan(run_settings *s, error *e)
{
    static const char *const length[] = {"steps", "epochs", "max-time"};
    if (!s->past.plan)
        return 0;
    if (!is_length_given(s))
        s->train->steps = s->train->epochs = 0; /* where they are not in the plan */
    for (size_t i = 0; is_length_given(s) && i < 3; i++)
        json_object_del(s->past.plan, length[i]);
    text plan = {0};
    json_write(&plan, s->past.plan, 0);
    int status = program_read_json(&s->planned, s->program, plan.data, s->past.state.path, e);
    text_release(&plan);
    if (status == 0 && program_apply(s->set, &s->planned, e) == 0)
        return 0;
    e->status = STATUS_BAD_INPUT;
    return fail_in(e, "cannot be resumed");
}

/* The settings of the run that goes on, where there is one. */
static int apply_past(run_settings *s, error *e)
{
    const past_file *past = earlier_run_file(&s->past);
    if (!past || settings_resume(s->set, &s->given, past->settings, e) == 0)
        return 0;
    return fail_in(e, "%s: cannot be resumed", past->path);
}

/* What a loss that is given in place of the recipe's goes with. A name that is none is refused with
 * the other options. */
static int apply_companions(run_settings *s, error *e)
{
    const char *name = invocation_given(&s->given, "loss");
    const adversarial_loss *loss = name ? adversarial_loss_find(name) : NULL;
    invocation_release(&s->loss_texts);
    if (!loss || !loss->brings || (s->train->loss && strcmp(s->train->loss, name) == 0))
        return 0;
    if (program_read_json(&s->loss_texts, s->program, loss->brings, loss->name, e))
        return -1;
    return program_apply(s->set, &s->loss_texts, e);
}

int run_settings_apply(run_settings *s, error *e)
{
    const recipe *r = choose_recipe(s);
    invocation_release(&s->recipe_texts);
    if (recipe_read(s->train, &s->recipe_texts, r, e))
        return -1;
    const char *its_model = s->train->model;
    *s->recipe = r->name;
    if (apply_companions(s, e) || apply_plan(s, e) || program_apply(s->set, &s->given, e) ||
        apply_past(s, e))
        return -1;
    return check_classes(s, e) || check_recipe(s, its_model, e) ? -1 : 0;
}

static int check_smoothing(const train_options *o, error *e)
{
    const char *join = "";
    if (!(o->label_smoothing > 0) || !o->loss || adversarial_loss_find(o->loss)->smoothing)
        return 0;
    text with_targets = {0};
    for (const adversarial_loss *l = adversarial_losses; l->name; l++)
        if (l->smoothing) {
            text_add(&with_targets, "%s%s", join, l->name);
            join = " or ";
        }
    fail(e, STATUS_USAGE, "--label-smoothing: --loss %s has no targets; it is for %s", o->loss,
         with_targets.data);
    text_release(&with_targets);
    return -1;
}

/* What is asked for is measured now and then, unless it is said how often. */
static int resolve_metrics(run_settings *s, error *e)
{
    enum { EVERY = 1000 };
    train_options *o = s->train;
    threshold ignored[MAX_THRESHOLDS];
    size_t n;
    if (o->stop_when && thresholds_read(ignored, &n, o->stop_when, e))
        return fail_in(e, "--stop-when");
    if ((o->metrics || o->stop_when) && !invocation_given(&s->given, "metrics-every") &&
        !o->metrics_every.n)
        o->metrics_every = (interval){.n = EVERY};
    return 0;
}

int run_settings_check(run_settings *s, error *e)
{
    if (option_models_check(&s->given, s->train->model, e) || resolve_length(s, e) ||
        resolve_metrics(s, e) || check_optimizer_uses(s, e) || check_uses(s, e) ||
        check_smoothing(s->train, e))
        return -1;
    return settings_check_texts(s->program, s->set, e);
}

void run_settings_fit(run_settings *s, picture_shape shape)
{
    const part_row *parts = model_class_find(s->train->model)->parts;
    for (size_t i = 0; parts[i].prefix; i++)
        if (!invocation_given(&s->given, parts[i].option) && part_spec(&parts[i], s->train))
            s->specs[i] = part_fit_spec(s->train, &parts[i], shape);
}

char *run_settings_text(const run_settings *s, unsigned roles)
{
    json_t *settings = settings_json(s->program, s->set, roles);
    text written = {0};
    json_write(&written, settings, 0);
    json_decref(settings);
    return written.data;
}

void run_settings_release(run_settings *s)
{
    settings_release(s->program, s->set);
    invocation_release(&s->given);
    invocation_release(&s->planned);
    invocation_release(&s->recipe_texts);
    invocation_release(&s->loss_texts);
    earlier_run_release(&s->past);
    for (size_t i = 0; i < MAX_MODEL_PARTS; i++)
        free(s->specs[i]);
}
