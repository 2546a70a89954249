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
    bool resume;
    train_options train;
} train_settings;

#define MOST ((double)INFINITY)

static const option_row run_options[] = {
    OPTION_TEXT(train_settings, data, .name = "data", .value = "DIR",
                .summary = "Folder with the four IDX files of MNIST or the like, plain or .gz, "
                           "with pictures of 4x4 to 128x128. Without it: 5,000 digits that are "
                           "built in."),
    OPTION_TEXT(train_settings, output, .name = "output", .letter = 'o', .value = "RUN",
                .summary = "Folder of the run, made if missing; what an earlier run left in it "
                           "is replaced."),
    OPTION_FLAG(train_settings, resume, .name = "resume",
                .summary = "Go on from the state in RUN, or start where there is none."),
    OPTION_CHOICE(train_settings, recipe, .name = "recipe", .value = "NAME",
                  .choices = NAMES_OF(recipes),
                  .summary = "Defaults of the options below: tuned, the best known, or classic, "
                             "the reference GAN."),
    OPTION_COUNT(train_settings, train.seed, .name = "seed", .role = ROLE_RESULT, .value = "S",
                 .summary = "Seed of weights, data order, noise and dropout."),
    OPTION_TEXT(train_settings, depfile, .name = "depfile", .value = "FILE",
                .summary = "Write a make rule with all inputs of RUN/model.safetensors."),
};

static const option_row length_options[] = {
    OPTION_COUNT(train_settings, train.steps, .name = "steps", .low = 1, .high = 1e12, .value = "N",
                 .summary = "Steps in all."),
    OPTION_COUNT(train_settings, train.epochs, .name = "epochs", .low = 1, .high = 1e9,
                 .value = "E", .summary = "Passes over the data, instead of --steps."),
    OPTION_DURATION(train_settings, train.max_time, .name = "max-time", .low = 0.001, .high = 1e9,
                    .value = "T",
                    .summary = "Training time in all, such as 90s or 3m, resumed parts included; "
                               "while the process is stopped (Ctrl-Z, a sleeping computer) none "
                               "passes. Without --steps or --epochs nothing else ends the run."),
};

static const option_row model_options[] = {
    OPTION_TEXT(
        train_settings, train.generator, .name = "generator", .role = ROLE_RESULT, .value = "SPEC",
        .summary = "Layers of G, as "
                   "WIDTH[:bn[=EPS]][:linear|relu|lrelu[=LEAK]|tanh|sigmoid][:dropout=P],...; "
                   "the last width is that of a picture, 784 for 28x28; a recipe's "
                   "follows the data."),
    OPTION_TEXT(train_settings, train.discriminator, .name = "discriminator", .role = ROLE_RESULT,
                .value = "SPEC", .summary = "Layers of D, without bn; the last width is 1."),
    OPTION_COUNT(train_settings, train.z_dim, .name = "z-dim", .role = ROLE_RESULT, .low = 1,
                 .high = 65536, .value = "N", .summary = "Width of the noise vector z."),
    OPTION_COUNT(train_settings, train.n_classes, .name = "n-classes", .low = 1, .high = 256,
                 .value = "N", .summary = "Labels of the data are below this."),
    OPTION_PAIR(train_settings, train.range, .name = "range", .role = ROLE_RESULT, .low = -1e6,
                .high = 1e6, .value = "LOW,HIGH",
                .summary = "Values of black and white as the networks see them."),
    OPTION_CHOICE(train_settings, train.init_weights, .name = "init-weights", .role = ROLE_RESULT,
                  .value = "HOW", .choices = WORDS("glorot", "he"),
                  .summary = "Initial weights: Glorot's uniform or He's normal."),
    OPTION_REAL(train_settings, train.bn_momentum, .name = "bn-momentum", .role = ROLE_RESULT,
                .high = 1, .value = "X",
                .summary = "Weight of the past in BatchNorm's running statistics."),
};

static const option_row training_options[] = {
    OPTION_COUNT(train_settings, train.batch, .name = "batch", .role = ROLE_RESULT, .low = 1,
                 .high = 65536, .value = "B",
                 .summary = "Real pictures a step, and as many generated ones."),
    OPTION_CHOICE(train_settings, train.loss, .name = "loss", .role = ROLE_RESULT, .value = "NAME",
                  .choices = NAMES_OF(adversarial_losses), .summary = "Adversarial loss."),
    OPTION_CHOICE(train_settings, train.opt, .name = "opt", .role = ROLE_RESULT, .value = "NAME",
                  .choices = NAMES_OF(optimizer_rules), .summary = "Optimizer of both networks."),
    OPTION_REAL(train_settings, train.lr, .name = "lr", .role = ROLE_RESULT, .high = MOST,
                .value = "X", .summary = "Learning rate."),
    OPTION_REAL(train_settings, train.lr_d, .name = "lr-d", .role = ROLE_RESULT,
                .is_optional = true, .high = MOST, .value = "X",
                .summary = "Learning rate of D, where it is not that of G."),
    OPTION_REAL(train_settings, train.beta1, .name = "beta1", .role = ROLE_RESULT, .high = 0.999999,
                .value = "X", .summary = "Adam's beta1, or the momentum of --opt momentum."),
    OPTION_REAL(train_settings, train.beta2, .name = "beta2", .role = ROLE_RESULT, .high = 0.999999,
                .value = "X", .summary = "Adam's beta2."),
    /* At first v is (1 - beta2) g^2, at least 1e-6 g^2, which float holds with all its digits down
     * to 1.2e-38: below |g| = 1.1e-16 v has fewer, at last none. A smaller eps would let that
     * count. */
    OPTION_REAL(train_settings, train.eps, .name = "eps", .role = ROLE_RESULT, .low = 1e-15,
                .high = 1, .value = "X",
                .summary = "Adam's epsilon, added after the bias correction."),
    OPTION_REAL(train_settings, train.r1, .name = "r1", .role = ROLE_RESULT, .high = 1e9,
                .value = "GAMMA", .summary = "Weight of the R1 gradient penalty on D; 0: none."),
    OPTION_COUNT(train_settings, train.r1_every, .name = "r1-every", .role = ROLE_RESULT, .low = 1,
                 .high = 1e6, .value = "N",
                 .summary = "Steps between penalties, each counted N times."),
    OPTION_REAL(train_settings, train.ema_kimg, .name = "ema-kimg", .role = ROLE_RESULT,
                .high = 1e9, .value = "X",
                .summary = "Half-life of the moving average of G, in 1,000 pictures; 0: none."),
};

static const option_row output_options[] = {
    OPTION_INTERVAL(train_settings, train.sample_every, .name = "sample-every", .low = 1,
                    .high = 1e12, .value = "N[e]",
                    .summary = "Steps (epochs) between pictures of the same 100 seeds, which the "
                               "final step has, too; 0: never."),
    OPTION_INTERVAL(train_settings, train.log_every, .name = "log-every", .low = 1, .high = 1e12,
                    .value = "N[e]",
                    .summary = "Steps (epochs) between lines of log.jsonl; 0: never."),
    OPTION_INTERVAL(train_settings, train.checkpoint_every, .name = "checkpoint-every", .low = 1,
                    .high = 1e12, .value = "N[e]",
                    .summary = "Steps (epochs) between states to resume from; 0: only at the "
                               "end, or when interrupted."),
};

static const option_group groups[] = {
    OPTION_GROUP("The run", run_options, 0),
    OPTION_GROUP("Length", length_options, 0),
    OPTION_GROUP("The model", model_options, 0),
    OPTION_GROUP("Training", training_options, 0),
    OPTION_GROUP("What is left in RUN", output_options, 0),
};

static void fill_defaults(train_settings *s, const recipe *r)
{
    *s = (train_settings){.common = {.progress = "auto"}, .recipe = r->name, .train = r->options};
}

static const program *program_of(const train_settings *defaults)
{
    static program p = {
        .name = "gantrain",
        .summary = "Train a GAN of dense layers on small grey pictures.",
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
                 "RUN/log.jsonl: A line per --log-every steps: losses, D's scores on real and "
                 "generated pictures.\n"
                 "RUN/timing.jsonl: The times that go with them.\n"
                 "RUN/real.png: What it is shown.\n"
                 "RUN/samples/step-NNNNNN.png: What the same 100 seeds become.\n"
                 "RUN/state.safetensors: All that --resume needs; replaced whole.\n"
                 "RUN/model.safetensors: The networks for use; appears once, at the end.\n",
        .groups = groups,
        .n_groups = sizeof groups / sizeof *groups,
        .build_info = tensor_blas_info};
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
    invocation given;
    dataset data;
    model model;
    run_folder run;
    file_list files;
    train_plan plan;
    char *generator;     /* the recipe's, fitted to the data; NULL where one is given */
    char *settings;      /* JSON of what makes the result */
    uint64_t saved_step; /* of state.safetensors; 0: none */
    uint64_t shown_step;
    double shown_seconds;

    tiles tiles;
    float *z, *x;    /* (N_GRID, z_dim), (N_GRID, n_pixels) */
    uint8_t *pixels; /* (N_GRID, n_pixels) */
} training;

static void training_release(training *t)
{
    settings_release(t->program, &t->set);
    invocation_release(&t->given);
    dataset_release(&t->data);
    model_release(&t->model);
    run_folder_release(&t->run);
    file_list_release(&t->files);
    tiles_release(&t->tiles);
    free(t->settings);
    free(t->generator);
    free(t->z);
    free(t->x);
    free(t->pixels);
}

/* ---- Before anything is made ---- */

/* What ends the run. Of --steps and --epochs the command line's wins over the file's. */
static int resolve_length(training *t, error *e)
{
    bool has_steps = invocation_given(&t->given, "steps");
    bool has_epochs = invocation_given(&t->given, "epochs");
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

static int check_uses(const training *t, error *e)
{
    const train_options *g = &t->set.train;
    bool is_adam = strcmp(g->opt, "adam") == 0;
    const option_use uses[] = {
        {"beta1", strcmp(g->opt, "sgd") != 0, "--opt adam and momentum"},
        {"beta2", is_adam, "--opt adam"},
        {"eps", is_adam, "--opt adam"},
        {"r1-every", g->r1 > 0, "--r1 above 0"},
        {"bn-momentum", strstr(g->generator, ":bn"), "a --generator with bn"},
    };
    return option_uses_check(&t->given, uses, sizeof uses / sizeof *uses, e);
}

/* Returns 1 when the program is to end. */
static int read_settings(training *t, error *e)
{
    fill_defaults(&t->defaults, recipe_find("tuned"));
    t->program = program_of(&t->defaults);
    int status = program_read(&t->given, t->program, t->argc, t->argv, e);
    if (status != 0)
        return status;
    const char *name = invocation_given(&t->given, "recipe");
    const recipe *r = recipe_find(name ? name : "tuned");
    fill_defaults(&t->set, r ? r : recipe_find("tuned")); /* an unknown one is refused below */
    if (program_apply(&t->set, &t->given, e) || resolve_length(t, e) || check_uses(t, e) ||
        settings_check_texts(t->program, &t->set, e))
        return -1;
    if (!t->set.output)
        return fail(e, STATUS_USAGE, "-o RUN is missing; usage: gantrain %s", t->program->usage);
    t->voice.quiet = t->set.common.quiet;
    t->voice.verbose = t->set.common.verbose;
    return 0;
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

/* A recipe's generator is made for 28x28 and fitted to what there is; a given one is taken as it
 * is. */
static void fit_generator(training *t)
{
    if (invocation_given(&t->given, "generator"))
        return;
    t->generator = spec_fitted(t->set.train.generator, t->data.shape.n);
    t->set.train.generator = t->generator;
}

static int load_inputs(training *t, error *e)
{
    const train_settings *s = &t->set;
    if (session_start(&t->voice, &t->set.common, e) ||
        dataset_load(&t->data, s->data, (size_t)s->train.n_classes, e))
        return -1;
    fit_generator(t);
    if (model_init(&t->model, &s->train, t->data.shape, e))
        return -1;
    if (s->train.batch > t->data.train.n)
        return fail(e, STATUS_USAGE, "--batch: %llu is more than the %zu pictures there are",
                    (unsigned long long)s->train.batch, t->data.train.n);
    plan_training(t);
    json_t *settings = settings_json(t->program, s, 1u << ROLE_RESULT);
    text written = {0};
    json_write(&written, settings, 0);
    json_decref(settings);
    t->settings = written.data;
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

static char *find_difference(const json_t *stored, const void *context)
{
    const training *t = context;
    json_t *here = settings_json(t->program, &t->set, 1u << ROLE_RESULT);
    char *difference = settings_difference(t->program, here, stored);
    json_decref(here);
    return difference;
}

/* Opens RUN and says how to go on there. */
static run_past find_past(training *t, error *e)
{
    if (run_folder_open(&t->run, t->set.output, e))
        return PAST_BAD;
    if (!t->set.resume)
        return run_folder_check(&t->run, e) ? PAST_BAD : PAST_NONE;
    run_identity id = {t->data.checksum, find_difference, t};
    return run_folder_resume(&t->run, &t->model, &t->plan, &id, e);
}

/* ---- Pictures ---- */

static int save_grid(const char *path, const uint8_t *pixels, size_t n, picture_shape shape,
                     error *e)
{
    picture_grid grid = {.pixels = pixels,
                         .n = n,
                         .columns = GRID_COLUMNS,
                         .width = (int)shape.cols,
                         .height = (int)shape.rows,
                         .factor = 2,
                         .gap = 2};
    picture p = {0};
    int status = picture_grid_draw(&p, &grid, e);
    if (status == 0)
        status = picture_save(path, &p, NULL, 0, LEVEL_FAST, e);
    picture_release(&p);
    return status;
}

static int on_sample(void *context, uint64_t step, error *e)
{
    training *t = context;
    network folded = {0};
    char name[64];
    model_fold_generator(&folded, &t->model);
    tiles_forward(t->x, &t->tiles, &folded, t->z, N_GRID);
    network_release(&folded);
    bytes_from_floats(t->pixels, t->x, N_GRID * t->data.shape.n, (float)t->set.train.range[0],
                      (float)t->set.train.range[1]);
    snprintf(name, sizeof name, "samples/step-%06llu.png", (unsigned long long)step);
    char *path = run_folder_path(&t->run, name);
    int status = run_folder_keep_samples(&t->run, e);
    if (status == 0)
        status = save_grid(path, t->pixels, N_GRID, t->data.shape, e);
    free(path);
    return status;
}

static void allocate_samples(training *t)
{
    size_t z_dim = (size_t)t->set.train.z_dim, n_values = N_GRID * t->data.shape.n;
    network folded = {0};
    model_fold_generator(&folded, &t->model);
    tiles_init(&t->tiles, &folded);
    network_release(&folded);
    t->z = allocate(N_GRID * z_dim, sizeof *t->z);
    t->x = allocate(n_values, sizeof *t->x);
    t->pixels = allocate(n_values, 1);
    for (size_t i = 0; i < N_GRID; i++)
        latent_of_seed(t->z + i * z_dim, z_dim, i);
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
        status = model_save_state(&t->model, path, t->settings, t->data.checksum, e);
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
    json_t *all = settings_json(t->program, &t->set, 1u << ROLE_RUN | 1u << ROLE_RESULT);
    char *path = run_folder_path(&t->run, "config.json");
    json_object_del(all, "resume"); /* what was done, not how the model is made */
    int status = json_save(path, all, e);
    free(path);
    json_decref(all);
    return status;
}

static int save_real(const training *t, error *e)
{
    size_t n = t->data.train.n < N_GRID ? t->data.train.n : N_GRID;
    char *path = run_folder_path(&t->run, "real.png");
    int status = save_grid(path, t->data.train.pixels, n, t->data.shape, e);
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
