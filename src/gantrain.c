/* SPDX-License-Identifier: MIT */
/* gantrain: options -> a trained model in a run folder. */
#include "image.h"
#include "model.h"
#include "present.h"
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
    bool resume, force, wants_recipes;
    train_options train;
} train_settings;

static const option_row run_options[] = {
    OPTION_TEXT(train_settings, data, .name = "data", .value = "DIR",
                .summary = "Folder with the four IDX files of MNIST or the like, plain or .gz, "
                           "with pictures of 4x4 to 128x128. Without it: 5,000 digits that are "
                           "built in."),
    OPTION_TEXT(train_settings, output, .name = "output", .letter = 'o', .value = "RUN",
                .summary = "Folder of the run, made if missing; what an earlier run left "
                           "unfinished in it is replaced."),
    OPTION_FLAG(train_settings, resume, .name = "resume",
                .summary = "Go on from the state in RUN, with its settings where none are given, "
                           "or start where there is none."),
    OPTION_FLAG(train_settings, force, .name = "force",
                .summary =
                    "Start afresh where RUN holds a finished model, too: it is replaced, and "
                    "what ganexplain left of it in RUN/explain goes."),
    OPTION_CHOICE(train_settings, recipe, .name = "recipe", .role = ROLE_PLAN, .value = "NAME",
                  .choices = NAMES_OF(recipes),
                  .summary = "Defaults of the options below: those told here are of tuned, "
                             "--dry-run prints those of any; without it, the model's own."),
    OPTION_FLAG(train_settings, wants_recipes, .name = "list-recipes",
                .summary = "Print the recipes, their models and what they are, and end."),
    OPTION_TEXT(train_settings, depfile, .name = "depfile", .value = "FILE",
                .summary = "Write a make rule with all inputs of RUN/model.safetensors."),
};

static const train_settings initial = {.common = {.progress = "auto"}};

static const program *program_of(const train_settings *defaults)
{
    static option_group groups[1 + N_TRAIN_GROUPS] = {OPTION_GROUP("The run", run_options, 0)};
    static program p = {
        .name = "gantrain",
        .summary = "Train a model of dense layers on small grey pictures.",
        .usage = "[--data DIR] -o RUN [OPTION ...]",
        .details =
            "RUN holds config.json (for --config), log.jsonl, log.csv, timing.jsonl, real.png, "
            "samples/step-NNNNNN.png, state.safetensors to resume from, and at the end "
            "model.safetensors.\n\n"
            "Ended in any way, even by kill -9, the same command line with --resume goes on and "
            "leaves the same bytes as one that was never ended.",
        .examples =
            "gantrain -o runs/a --max-time 1m  # a minute on the digits that are built in\n"
            "gantrain --data data/mnist -o runs/b  # MNIST, as `make mnist` fetches it\n"
            "gantrain --data data/mnist -o runs/b --resume  # go on, or nothing if done\n"
            "gantrain --config runs/b/config.json --seed 2 -o runs/c  # the same, once more",
        .files = RUN_FILES,
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
    train_settings defaults, set;
    invocation default_recipe; /* which the texts of the defaults are in */
    run_settings settings;
    dataset data;
    model model;
    run_folder run;
    file_list files;
    train_plan plan;
    char *result, *planned; /* JSON of what makes the result; of how long and how often */
    uint64_t saved_step;    /* of state.safetensors; 0: none */
    uint64_t shown_step;
    double shown_seconds;

    sampler sampler; /* of N_GRID */
} training;

static void training_release(training *t)
{
    run_settings_release(&t->settings);
    invocation_release(&t->default_recipe);
    dataset_release(&t->data);
    model_release(&t->model);
    run_folder_release(&t->run);
    file_list_release(&t->files);
    sampler_release(&t->sampler);
    free(t->result);
    free(t->planned);
}

/* ---- Before anything is made ---- */

static int list_recipes(error *e)
{
    text list = {0};
    int status = recipes_list(&list, e) || stdout_write(list.data, list.length, e) ? -1 : 0;
    text_release(&list);
    return status;
}

static int apply_settings(training *t, error *e)
{
    run_settings *s = &t->settings;
    t->set = initial;
    if (run_settings_apply(s, e))
        return -1;
    t->voice.quiet = t->set.common.quiet;
    t->voice.verbose = t->set.common.verbose;
    return 0;
}

static int resolve_settings(training *t, error *e)
{
    run_settings *s = &t->settings;
    if (run_folder_open(&t->run, t->set.output, e) ||
        (t->set.resume && (earlier_run_load(&s->past, &t->run, e) || apply_settings(t, e))))
        return -1;
    return run_settings_check(s, e);
}

/* Returns 1 when the program is to end. */
static int read_settings(training *t, error *e)
{
    t->defaults = initial;
    t->defaults.recipe = recipes[0].name;
    t->settings = (run_settings){.program = program_of(&t->defaults),
                                 .set = &t->set,
                                 .train = &t->set.train,
                                 .recipe = &t->set.recipe};
    if (recipe_read(&t->defaults.train, &t->default_recipe, &recipes[0], e))
        return -1;
    int status = program_read(&t->settings.given, t->settings.program, t->argc, t->argv, e);
    if (status == 0)
        status = apply_settings(t, e);
    if (status == 0 && t->set.wants_recipes)
        return list_recipes(e) ? -1 : 1;
    if (status == 0 && t->set.resume && t->set.force)
        return fail(e, STATUS_USAGE,
                    "--resume goes on, and --force starts afresh: leave one of them out");
    if (status == 0 && !t->set.output)
        return fail(e, STATUS_USAGE, "-o RUN is missing; usage: gantrain %s",
                    t->settings.program->usage);
    return status == 0 ? resolve_settings(t, e) : status;
}

static int load_inputs(training *t, error *e)
{
    const train_settings *s = &t->set;
    if (session_start(&t->voice, &t->set.common, true, e) ||
        dataset_load(&t->data, s->data, (size_t)s->train.n_classes, e))
        return -1;
    run_settings_fit(&t->settings, t->data.shape);
    if (model_init(&t->model, &s->train, &t->data.train, e))
        return -1;
    if (s->train.batch > t->data.train.n)
        return fail(e, STATUS_USAGE, "--batch: %llu is more than the %zu pictures there are",
                    (unsigned long long)s->train.batch, t->data.train.n);
    t->plan = train_plan_of(&s->train, t->data.train.n);
    t->result = run_settings_text(&t->settings, 1u << ROLE_RESULT);
    t->planned = run_settings_text(&t->settings, 1u << ROLE_PLAN);
    return 0;
}

static int check_files(training *t, error *e)
{
    char *target = join_path(t->set.output, RUN_MODEL);
    for (size_t i = 0; t->set.data && i < 4; i++)
        file_list_read(&t->files, t->data.files[i]);
    file_list_read(&t->files, t->settings.given.config_path);
    file_list_rule(&t->files, t->set.depfile, target);
    free(target);
    return file_list_check(&t->files, e);
}

/* ---- What an earlier run left ---- */

/* How to go on in RUN. */
static run_past find_past(training *t, error *e)
{
    bool may_replace = t->set.force || t->set.common.dry_run;
    if (!t->set.resume)
        return run_folder_check(&t->run, may_replace, e) ? PAST_BAD : PAST_NONE;
    return run_folder_resume(&t->run, &t->settings.past, &t->model, &t->plan, t->data.checksum, e);
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
    sampler_use(&t->sampler, &folded);
    sampler_draw(&t->sampler, N_GRID);
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
    sampler_init(&t->sampler, z_dim, t->data.shape, (float[]){(float)range[0], (float)range[1]},
                 N_GRID);
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
    char *path = run_folder_path(&t->run, RUN_STATE);
    int status = -1;
    if (run_folder_time(&t->run, &t->model, seconds, e) == 0 &&
        line_file_sync(&t->run.log, e) == 0 && line_file_sync(&t->run.timing, e) == 0)
        status = model_save_state(&t->model, path, t->result, t->planned, t->data.checksum, e);
    if (status == 0)
        t->saved_step = t->model.step;
    free(path);
    return status;
}

static void on_tick(void *context, uint64_t step, double done, double seconds)
{
    training *t = context;
    if (!progress_is_due(&t->progress) && done < 1)
        return;
    text line = {0};
    text_add(&line, "step ");
    text_add_grouped(&line, step);
    if (t->plan.n_steps < UINT64_MAX) {
        text_add(&line, " of ");
        text_add_grouped(&line, t->plan.n_steps);
    }
    model_add_numbers(&line, &t->model);
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
    json_t *all = settings_json(t->settings.program, &t->set, ALL_ROLES);
    char *path = run_folder_path(&t->run, RUN_CONFIG);
    json_object_del(all, "resume"); /* what was done, not how the model is made */
    json_object_del(all, "force");
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

/* Said only where it takes more than a moment. */
static void on_logits(void *context, double done)
{
    training *t = context;
    if (seconds_now() - t->shown_seconds > 1 && progress_is_due(&t->progress))
        progress_show(&t->progress, done, "D's logits of real and generated pictures");
}

/* The quantiles that model.safetensors carries; the caller frees *q. */
static int measure_logits(training *t, logit_quantiles **q, error *e)
{
    progress_start(&t->progress, &t->voice, t->set.common.progress);
    t->shown_seconds = seconds_now();
    int status = model_measure_logits(q, &t->model, on_logits, t, e);
    progress_end(&t->progress);
    return status;
}

/* What ganexplain left speaks of another model than the one to come. */
static int remove_explanations(const training *t, error *e)
{
    char *path = run_folder_path(&t->run, RUN_EXPLANATIONS);
    int status = explanations_remove(path, e);
    free(path);
    return status;
}

/* Whenever this is interrupted, no explanation stands beside a model that it is not of. */
static int save_model(training *t, error *e)
{
    logit_quantiles *quantiles;
    char *path = run_folder_path(&t->run, RUN_MODEL);
    int status = measure_logits(t, &quantiles, e);
    if (status == 0)
        status = remove_explanations(t, e);
    if (status == 0)
        status = model_save(&t->model, path, quantiles, t->result, t->data.checksum, e);
    free(quantiles);
    free(path);
    return status;
}

static int touch_model(const training *t, error *e)
{
    char *path = run_folder_path(&t->run, RUN_MODEL);
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
        text_add_grouped(&words, t->model.step);
        text_add(&words, "; ");
    }
    text_add_grouped(&words, t->data.train.n);
    text_add(&words, " pictures, parameters:");
    for (size_t i = 0; i < t->model.n_parts; i++) {
        const model_part *part = &t->model.parts[i];
        text_add(&words, "%s %s ", i ? "," : "", part->row->prefix);
        text_add_grouped(&words, part->network.n_param);
    }
    say(&t->voice, "%s", words.data);
    text_release(&words);
}

static int start_run(training *t, run_past p, error *e)
{
    /* Before an older run is cleared, so that it survives a depfile that cannot be written, and
     * explanations that a ganexplain is writing. */
    bool has_folder = t->run.lock >= 0;
    if ((has_folder && file_list_save_rule(&t->files, e)) ||
        (p == PAST_NONE && remove_explanations(t, e)) ||
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
    char *path = run_folder_path(&t->run, RUN_MODEL);
    text_add(&words, "%s: step ", path);
    free(path);
    text_add_grouped(&words, t->model.step);
    say(&t->voice, "%s, after %s of training", words.data, time);
    text_release(&words);
    tell_next(t);
    return 0;
}

/* Says what is left of a training that failed. */
static int fail_run(const training *t, error *e)
{
    char left[64] = "no state was saved";
    char *path = run_folder_path(&t->run, RUN_STATE);
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
    train_end end = train(&t->model, &t->plan, &events, e);
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
        return settings_print(t->settings.program, &t->set, e);
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
