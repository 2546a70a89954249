/* SPDX-License-Identifier: MIT */
/* gantrain: options -> a trained model in a run folder. */
#include "image.h"
#include "model.h"
#include "session.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Options ---- */

typedef struct {
    common_settings common;
    const char *data, *output, *recipe, *depfile;
    bool resume, wants_recipes;
    train_options train;
} train_settings;

static const option_row run_options[] = {
    OPTION_TEXT(train_settings, data, .name = "data", .value = "DIR",
                .summary = "Folder with the four IDX files of MNIST or the like, plain or .gz, "
                           "with pictures of 4x4 to 128x128. Without it: 5,000 digits that are "
                           "built in."),
    OPTION_TEXT(train_settings, output, .name = "output", .letter = 'o', .value = "RUN",
                .summary = "Folder of the run, made if missing; what an earlier run left in it "
                           "is replaced."),
    OPTION_FLAG(train_settings, resume, .name = "resume",
                .summary = "Go on from the state in RUN, with its settings where none are given, "
                           "or start where there is none."),
    OPTION_CHOICE(train_settings, recipe, .name = "recipe", .role = ROLE_PLAN, .value = "NAME",
                  .choices = NAMES_OF(recipes),
                  .summary = "Defaults of the options below, as --list-recipes tells them; "
                             "without it, the model's own."),
    OPTION_FLAG(train_settings, wants_recipes, .name = "list-recipes",
                .summary = "Print the recipes with their models, and end."),
    OPTION_TEXT(train_settings, depfile, .name = "depfile", .value = "FILE",
                .summary = "Write a make rule with all inputs of RUN/model.safetensors."),
};

static int fill_defaults(train_settings *s, invocation *texts, const recipe *r, error *e)
{
    *s = (train_settings){.common = {.progress = "auto"}, .recipe = r->name};
    return recipe_read(&s->train, texts, r, e);
}

static const program *program_of(const train_settings *defaults)
{
    static option_group groups[1 + N_TRAIN_GROUPS] = {OPTION_GROUP("The run", run_options, 0)};
    static program p = {
        .name = "gantrain",
        .summary = "Train a model of dense layers on small grey pictures.",
        .usage = "[--data DIR] -o RUN [OPTION ...]",
        .details =
            "RUN holds config.json (for --config), log.jsonl, timing.jsonl, real.png, "
            "samples/step-NNNNNN.png, state.safetensors to resume from, and at the end "
            "model.safetensors.\n\n"
            "Ended in any way, even by kill -9, the same command line with --resume goes on and "
            "leaves the same bytes as one that was never ended.",
        .examples =
            "gantrain -o runs/a --max-time 1m  # a minute on the digits that are built in\n"
            "gantrain --data data/mnist -o runs/b  # MNIST, as `make mnist` fetches it\n"
            "gantrain --data data/mnist -o runs/b --resume  # go on, or nothing if done\n"
            "gantrain --config runs/b/config.json --seed 2 -o runs/c  # the same, once more",
        .files = "RUN/config.json: The settings, as --config reads them.\n"
                 "RUN/log.jsonl: A line per --log-every steps: running means of losses and "
                 "scores.\n"
                 "RUN/timing.jsonl: The times that go with them.\n"
                 "RUN/real.png: What it is shown.\n"
                 "RUN/samples/step-NNNNNN.png: What the same 100 seeds become.\n"
                 "RUN/state.safetensors: All that --resume needs; replaced whole.\n"
                 "RUN/model.safetensors: The networks for use; appears once, at the end.\n",
        .groups = groups,
        .n_groups = sizeof groups / sizeof *groups,
        .build_info = tensor_blas_info};
    train_groups(groups + 1, MEMBER_AT(train_settings, train, train_options));
    p.defaults = defaults;
    return &p;
}

/* ---- What a training holds ---- */

enum { GRID_COLUMNS = 10, N_GRID = GRID_COLUMNS * GRID_COLUMNS };

typedef struct {
    voice voice;
    progress progress;
    char **argv;
    int argc;
    const program *program;
    train_settings defaults, set;
    /* Which the texts of the settings are in; planned: the plan of an earlier run. */
    invocation default_recipe, recipe, planned, given;
    earlier_run past; /* empty without --resume */
    dataset data;
    model model;
    run_folder run;
    file_list files;
    train_plan plan;
    char *specs[MAX_MODEL_PARTS]; /* the recipe's, fitted to the data; NULL where one is given */
    char *settings;               /* JSON of what makes the result */
    char *planned_text;           /* and of how long and how often */
    uint64_t saved_step;          /* of state.safetensors; 0: none */
    uint64_t shown_step;
    double shown_seconds;

    sampler sampler; /* of N_GRID */
} training;

static void training_release(training *t)
{
    settings_release(t->program, &t->set);
    invocation_release(&t->given);
    invocation_release(&t->planned);
    invocation_release(&t->recipe);
    invocation_release(&t->default_recipe);
    earlier_run_release(&t->past);
    dataset_release(&t->data);
    model_release(&t->model);
    run_folder_release(&t->run);
    file_list_release(&t->files);
    sampler_release(&t->sampler);
    free(t->settings);
    free(t->planned_text);
    for (size_t i = 0; i < MAX_MODEL_PARTS; i++)
        free(t->specs[i]);
}

/* ---- Before anything is made ---- */

static bool is_length_given(const training *t)
{
    return invocation_given(&t->given, "steps") || invocation_given(&t->given, "epochs") ||
           invocation_given(&t->given, "max-time");
}

/* What ends the run, which a run that goes on knows where nothing else is said. Of --steps and
 * --epochs the command line's wins over the file's. */
static int resolve_length(training *t, error *e)
{
    bool has_steps = invocation_given(&t->given, "steps");
    bool has_epochs = invocation_given(&t->given, "epochs");
    if (t->past.plan && !is_length_given(t))
        return 0;
    if (has_steps && has_epochs) {
        if (invocation_has_argument(&t->given, "steps") ==
            invocation_has_argument(&t->given, "epochs"))
            return fail(e, STATUS_USAGE, "--steps and --epochs exclude each other");
        has_steps = invocation_has_argument(&t->given, "steps");
        has_epochs = !has_steps;
    }
    if (!has_steps && (has_epochs || t->set.train.max_time > 0))
        t->set.train.steps = 0;
    if (!has_epochs)
        t->set.train.epochs = 0;
    return 0;
}

static bool has_batchnorm(const train_options *o)
{
    for (const part_row *row = model_class_find(o->model)->parts; row->prefix; row++)
        if (part_spec(row, o) && strstr(part_spec(row, o), ":bn"))
            return true;
    return false;
}

static int check_uses(const training *t, error *e)
{
    const train_options *g = &t->set.train;
    bool is_adam = strcmp(g->opt, "adam") == 0;
    const option_use uses[] = {
        {"beta1", strcmp(g->opt, "sgd") != 0, "--opt adam and momentum"},
        {"beta2", is_adam, "--opt adam"},
        {"eps", is_adam, "--opt adam"},
        {"r1-every", g->r1 > 0, "--r1 above 0"},
        {"bn-momentum", has_batchnorm(g), "a network with bn"},
    };
    return option_uses_check(&t->given, uses, sizeof uses / sizeof *uses, e);
}

/* The recipe that is asked for, else that of the run that goes on, else the model's own. A name
 * that is none is refused with the other options. */
static const recipe *choose_recipe(const training *t)
{
    const char *name = invocation_given(&t->given, "recipe");
    const char *asked = invocation_given(&t->given, "model");
    const model_class *kind = asked ? model_class_find(asked) : NULL;
    if (!name)
        name = json_string_value(json_object_get(t->past.plan, "recipe"));
    const recipe *r = name || kind ? recipe_find(name ? name : kind->recipe) : NULL;
    return r ? r : &recipes[0];
}

static int check_recipe(const training *t, const char *its_model, error *e)
{
    const char *there = json_string_value(json_object_get(t->past.plan, "recipe"));
    if (there && strcmp(there, t->set.recipe) != 0)
        return fail(e, STATUS_USAGE, "%s: cannot be resumed: '--recipe' is %s here and %s there",
                    t->past.state.path, t->set.recipe, there);
    if (strcmp(its_model, t->set.train.model) == 0)
        return 0;
    return fail(e, STATUS_USAGE, "--recipe %s is for --model %s, not for %s", t->set.recipe,
                its_model, t->set.train.model);
}

/* How long and how often, as the run that goes on had it. A length that is given is one as a
 * whole. */
static int apply_plan(training *t, error *e)
{
    static const char *const length[] = {"steps", "epochs", "max-time"};
    if (!t->past.plan)
        return 0;
    if (!is_length_given(t))
        t->set.train.steps = t->set.train.epochs = 0; /* where they are not in the plan */
    for (size_t i = 0; is_length_given(t) && i < 3; i++)
        json_object_del(t->past.plan, length[i]);
    text plan = {0};
    json_write(&plan, t->past.plan, 0);
    int status = program_read_json(&t->planned, t->program, plan.data, t->past.state.path, e);
    text_release(&plan);
    if (status == 0 && program_apply(&t->set, &t->planned, e) == 0)
        return 0;
    e->status = STATUS_BAD_INPUT;
    return fail_in(e, "cannot be resumed");
}

/* The settings of the run that goes on, where there is one. */
static int apply_past(training *t, error *e)
{
    const past_file *past = earlier_run_file(&t->past);
    if (!past || settings_resume(&t->set, &t->given, past->settings, e) == 0)
        return 0;
    return fail_in(e, "%s: cannot be resumed", past->path);
}

/* Defaults, the plan of an earlier run, what is given, the settings of an earlier run: what is said
 * later wins, but a given one that differs from an earlier run's is refused. */
static int apply_settings(training *t, error *e)
{
    invocation_release(&t->recipe);
    if (fill_defaults(&t->set, &t->recipe, choose_recipe(t), e))
        return -1;
    const char *its_model = t->set.train.model;
    if (apply_plan(t, e) || program_apply(&t->set, &t->given, e) || apply_past(t, e))
        return -1;
    t->voice.quiet = t->set.common.quiet;
    t->voice.verbose = t->set.common.verbose;
    return check_recipe(t, its_model, e);
}

static int resolve_settings(training *t, error *e)
{
    if (run_folder_open(&t->run, t->set.output, e) ||
        (t->set.resume && (earlier_run_load(&t->past, &t->run, e) || apply_settings(t, e))))
        return -1;
    if (option_models_check(&t->given, t->set.train.model, e) || resolve_length(t, e) ||
        check_uses(t, e))
        return -1;
    return settings_check_texts(t->program, &t->set, e);
}

static int list_recipes(error *e)
{
    text list = {0};
    for (const recipe *r = recipes; r->name; r++) {
        train_options o;
        invocation texts = {0};
        if (recipe_read(&o, &texts, r, e) == 0)
            text_add(&list, "%s\t%s\t%s\n", r->name, o.model, r->summary);
        invocation_release(&texts);
    }
    int status = e->status ? -1 : stdout_write(list.data, list.length, e);
    text_release(&list);
    return status;
}

/* Returns 1 when the program is to end. */
static int read_settings(training *t, error *e)
{
    t->program = program_of(&t->defaults);
    if (fill_defaults(&t->defaults, &t->default_recipe, &recipes[0], e))
        return -1;
    int status = program_read(&t->given, t->program, t->argc, t->argv, e);
    if (status == 0)
        status = apply_settings(t, e);
    if (status == 0 && t->set.wants_recipes)
        return list_recipes(e) ? -1 : 1;
    if (status == 0 && !t->set.output)
        return fail(e, STATUS_USAGE, "-o RUN is missing; usage: gantrain %s", t->program->usage);
    return status == 0 ? resolve_settings(t, e) : status;
}

static uint64_t steps_of(interval i, uint64_t epoch)
{
    return !i.is_epochs ? i.n : i.n <= UINT64_MAX / epoch ? i.n * epoch : 0;
}

static void plan_training(training *t)
{
    const train_options *o = &t->set.train;
    uint64_t epoch = t->data.train.n / o->batch;
    uint64_t steps = o->epochs ? steps_of((interval){o->epochs, true}, epoch) : o->steps;
    t->plan = (train_plan){.n_steps = steps ? steps : UINT64_MAX,
                           .max_time = o->max_time,
                           .log_every = steps_of(o->log_every, epoch),
                           .sample_every = steps_of(o->sample_every, epoch),
                           .checkpoint_every = steps_of(o->checkpoint_every, epoch)};
}

/* A recipe's networks are made for 28x28 and its own z-dim, and fitted to what there is; a given
 * one is taken as it is. */
static void fit_specs(training *t)
{
    train_options *o = &t->set.train;
    const part_row *parts = model_class_find(o->model)->parts;
    for (size_t i = 0; parts[i].prefix; i++)
        if (!invocation_given(&t->given, parts[i].option) && part_spec(&parts[i], o))
            t->specs[i] = part_fit_spec(o, &parts[i], t->data.shape);
}

/* Those of these roles as JSON; the caller frees it. */
static char *settings_text(const training *t, unsigned roles)
{
    json_t *settings = settings_json(t->program, &t->set, roles);
    text written = {0};
    json_write(&written, settings, 0);
    json_decref(settings);
    return written.data;
}

static int load_inputs(training *t, error *e)
{
    const train_settings *s = &t->set;
    if (session_start(&t->voice, &t->set.common, e) ||
        dataset_load(&t->data, s->data, (size_t)s->train.n_classes, e))
        return -1;
    fit_specs(t);
    if (model_init(&t->model, &s->train, t->data.shape, e))
        return -1;
    if (s->train.batch > t->data.train.n)
        return fail(e, STATUS_USAGE, "--batch: %llu is more than the %zu pictures there are",
                    (unsigned long long)s->train.batch, t->data.train.n);
    plan_training(t);
    t->settings = settings_text(t, 1u << ROLE_RESULT);
    t->planned_text = settings_text(t, 1u << ROLE_PLAN);
    return 0;
}

static int check_files(training *t, error *e)
{
    char *target = join_path(t->set.output, "model.safetensors");
    for (size_t i = 0; t->set.data && i < 4; i++)
        file_list_read(&t->files, t->data.files[i]);
    file_list_read(&t->files, t->given.config_path);
    file_list_rule(&t->files, t->set.depfile, target);
    free(target);
    return file_list_check(&t->files, e);
}

/* ---- What an earlier run left ---- */

/* How to go on in RUN. */
static run_past find_past(training *t, error *e)
{
    if (!t->set.resume)
        return run_folder_check(&t->run, e) ? PAST_BAD : PAST_NONE;
    return run_folder_resume(&t->run, &t->past, &t->model, &t->plan, t->data.checksum, e);
}

/* ---- Pictures ---- */

static int save_grid(const training *t, const char *path, const uint8_t *pixels, size_t n, error *e)
{
    picture_grid grid = grid_of_samples(pixels, n, GRID_COLUMNS, t->data.shape);
    return grid_save(path, &grid, e);
}

static int on_sample(void *context, uint64_t step, error *e)
{
    training *t = context;
    network folded = {0};
    char name[64];
    model_fold_generator(&folded, &t->model);
    sampler_draw(&t->sampler, &folded, N_GRID);
    network_release(&folded);
    snprintf(name, sizeof name, "samples/step-%06llu.png", (unsigned long long)step);
    char *path = run_folder_path(&t->run, name);
    int status = run_folder_keep_samples(&t->run, e);
    if (status == 0)
        status = save_grid(t, path, t->sampler.pixels, N_GRID, e);
    free(path);
    return status;
}

static void allocate_samples(training *t)
{
    const double *range = t->set.train.range;
    size_t z_dim = (size_t)t->set.train.z_dim;
    network folded = {0};
    model_fold_generator(&folded, &t->model);
    sampler_init(&t->sampler, &folded, t->data.shape, (float[]){(float)range[0], (float)range[1]},
                 N_GRID);
    network_release(&folded);
    for (size_t i = 0; i < N_GRID; i++)
        latent_of_seed(t->sampler.z + i * z_dim, z_dim, i);
}

/* ---- Between steps ---- */

static int on_log(void *context, uint64_t step, double seconds, error *e)
{
    training *t = context;
    (void)step;
    if (run_folder_log(&t->run, &t->model, e))
        return -1;
    return run_folder_time(&t->run, &t->model, seconds, e);
}

/* The log is on the disk before the state that vouches for it. */
static int on_checkpoint(void *context, double seconds, error *e)
{
    training *t = context;
    char *path = run_folder_path(&t->run, "state.safetensors");
    int status = -1;
    if (run_folder_time(&t->run, &t->model, seconds, e) == 0 &&
        line_file_sync(&t->run.log, e) == 0 && line_file_sync(&t->run.timing, e) == 0)
        status =
            model_save_state(&t->model, path, t->settings, t->planned_text, t->data.checksum, e);
    if (status == 0)
        t->saved_step = t->model.step;
    free(path);
    return status;
}

/* 1234567 as 1,234,567. */
static void add_grouped(text *out, uint64_t v)
{
    if (v >= 1000)
        add_grouped(out, v / 1000);
    text_add(out, v >= 1000 ? ",%03llu" : "%llu", (unsigned long long)(v % 1000));
}

static void add_numbers(text *line, const model *m)
{
    for (size_t i = 0; i < m->n_numbers; i++) {
        const number_row *row = &m->kind->numbers[i];
        if (row->label && number_interval(m, i))
            text_add(line, row->is_signed ? "%s %+.*f" : "%s %.*f", row->label, row->decimals,
                     m->running[i]);
    }
}

static void on_tick(void *context, uint64_t step, double done, double seconds)
{
    training *t = context;
    if (!progress_is_due(&t->progress) && done < 1)
        return;
    text line = {0};
    text_add(&line, "step ");
    add_grouped(&line, step);
    if (t->plan.n_steps < UINT64_MAX) {
        text_add(&line, " of ");
        add_grouped(&line, t->plan.n_steps);
    }
    add_numbers(&line, &t->model);
    if (seconds > t->shown_seconds)
        text_add(&line, "  %.0f steps/s",
                 (double)(step - t->shown_step) / (seconds - t->shown_seconds));
    t->shown_step = step;
    t->shown_seconds = seconds;
    progress_show(&t->progress, done, line.data);
    text_release(&line);
}

static bool should_stop(void *context)
{
    (void)context;
    return signal_pending() != 0;
}

static bool was_stopped(void *context)
{
    (void)context;
    return signal_was_stopped();
}

/* ---- The run ---- */

static int save_config(const training *t, error *e)
{
    json_t *all = settings_json(t->program, &t->set, ALL_ROLES);
    char *path = run_folder_path(&t->run, "config.json");
    json_object_del(all, "resume"); /* what was done, not how the model is made */
    json_object_del(all, "list-recipes");
    int status = json_save(path, all, e);
    free(path);
    json_decref(all);
    return status;
}

static int save_real(const training *t, error *e)
{
    size_t n = t->data.train.n < N_GRID ? t->data.train.n : N_GRID;
    char *path = run_folder_path(&t->run, "real.png");
    int status = save_grid(t, path, t->data.train.pixels, n, e);
    free(path);
    return status;
}

static int save_model(const training *t, error *e)
{
    char *path = run_folder_path(&t->run, "model.safetensors");
    int status = model_save(&t->model, path, t->settings, t->data.checksum, e);
    free(path);
    return status;
}

static int touch_model(const training *t, error *e)
{
    char *path = run_folder_path(&t->run, "model.safetensors");
    int status = utimensat(AT_FDCWD, path, NULL, 0);
    if (status != 0)
        fail(e, STATUS_BAD_OUTPUT, "%s: %s", path, strerror(errno));
    free(path);
    return status;
}

static void tell_resume(training *t)
{
    text command = {0};
    text_add_shell_word(&command, t->argv[0]);
    if (!t->set.resume)
        text_add(&command, " --resume");
    for (int i = 1; i < t->argc; i++) {
        text_add(&command, " ");
        text_add_shell_word(&command, t->argv[i]);
    }
    warn(&t->voice, "stopped after step %llu; go on with: %s", (unsigned long long)t->model.step,
         command.data);
    text_release(&command);
}

/* With the folder this program was called by, so that the command works as it is written. */
static void tell_next(training *t)
{
    char *ganexplain = path_beside(t->argv[0], "ganexplain");
    text command = {0};
    text_add_shell_word(&command, ganexplain);
    text_add(&command, " --seed 7 ");
    text_add_shell_word(&command, t->set.output);
    say(&t->voice, "next: %s", command.data);
    text_release(&command);
    free(ganexplain);
}

static void tell_start(training *t, run_past p)
{
    text words = {0};
    text_add(&words, "%s: ", t->set.output);
    if (p == PAST_STATE) {
        text_add(&words, "going on from step ");
        add_grouped(&words, t->model.step);
        text_add(&words, "; ");
    }
    add_grouped(&words, t->data.train.n);
    text_add(&words, " pictures, parameters:");
    for (size_t i = 0; i < t->model.n_parts; i++) {
        const model_part *part = &t->model.parts[i];
        text_add(&words, "%s %s ", i ? "," : "", part->row->prefix);
        add_grouped(&words, part->network.n_param);
    }
    say(&t->voice, "%s", words.data);
    text_release(&words);
}

static int start_run(training *t, run_past p, error *e)
{
    /* Before an older run is cleared, so that it survives a depfile that cannot be written. */
    bool has_folder = t->run.lock >= 0;
    if ((has_folder && file_list_save_rule(&t->files, e)) ||
        run_folder_start(&t->run, p == PAST_NONE, t->model.step, t->plan.sample_every, e) ||
        (!has_folder && file_list_save_rule(&t->files, e)) || save_config(t, e) || save_real(t, e))
        return -1;
    allocate_samples(t);
    tell_start(t, p);
    progress_start(&t->progress, &t->voice, t->set.common.progress);
    t->saved_step = t->shown_step = t->model.step;
    t->shown_seconds = t->plan.time_before;
    return 0;
}

static int finish_run(training *t, error *e)
{
    char time[32];
    text words = {0};
    if (save_model(t, e))
        return -1;
    duration_text(time, t->run.timed_seconds);
    char *path = run_folder_path(&t->run, "model.safetensors");
    text_add(&words, "%s: step ", path);
    free(path);
    add_grouped(&words, t->model.step);
    say(&t->voice, "%s, after %s of training", words.data, time);
    text_release(&words);
    tell_next(t);
    return 0;
}

/* Says what is left of a training that failed. */
static int fail_run(const training *t, error *e)
{
    char left[64] = "no state was saved";
    char *path = run_folder_path(&t->run, "state.safetensors");
    if (t->saved_step && is_file(path))
        snprintf(left, sizeof left, "the state of step %llu is kept",
                 (unsigned long long)t->saved_step);
    size_t n = strlen(e->message);
    snprintf(e->message + n, sizeof e->message - n, "; %s", left);
    free(path);
    return -1;
}

static int run(training *t, run_past p, error *e)
{
    const train_events events = {.context = t,
                                 .log = on_log,
                                 .sample = on_sample,
                                 .checkpoint = on_checkpoint,
                                 .tick = on_tick,
                                 .should_stop = should_stop,
                                 .was_stopped = was_stopped};
    signals_catch(&t->voice);
    if (start_run(t, p, e))
        return -1;
    train_end end = train(&t->model, &t->data.train, &t->plan, &events, e);
    progress_end(&t->progress);
    if (end == TRAIN_FAILED)
        return fail_run(t, e);
    if (end == TRAIN_FINISHED && finish_run(t, e))
        return fail_run(t, e);
    if (end == TRAIN_STOPPED)
        tell_resume(t);
    return 0;
}

/* Returns 1 when there was nothing to do. */
static int work(training *t, error *e)
{
    int status = read_settings(t, e);
    if (status != 0)
        return status;
    if (load_inputs(t, e) || check_files(t, e))
        return -1;
    run_past p = find_past(t, e);
    if (p == PAST_BAD)
        return -1;
    if (t->set.common.dry_run)
        return settings_print(t->program, &t->set, e);
    if (p == PAST_FINISHED) {
        say(&t->voice, "%s: is finished; nothing to do", t->set.output);
        return file_list_save_rule(&t->files, e) ? -1 : touch_model(t, e);
    }
    return run(t, p, e);
}

int main(int argc, char **argv)
{
    process_start("gantrain");
    training t = {.voice = {.program = "gantrain"}, .argc = argc, .argv = argv};
    error e = {0};
    if (work(&t, &e) >= 0)
        e = (error){0};
    complain(&t.voice, &e);
    training_release(&t);
    return process_end(&e);
}
