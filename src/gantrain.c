/* SPDX-License-Identifier: MIT */
/* gantrain: options -> a trained model in a run folder. */
#include "training.h"
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

static const option_row run_options[] = {
    OPTION_TEXT(train_settings, data, .name = "data", .value = "DIR",
                .summary = "Grey pictures of 4x4 to 128x128 with labels: a folder with the four "
                           "IDX files of MNIST or the like, a folder of PNGs for each class, or a "
                           ".npy; ganlens(7) says how each is laid out. Without it: 5,000 digits "
                           "that are built in."),
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
    OPTION_FLAG(train_settings, checks_data, .name = "check-data",
                .summary =
                    "Train nothing: print how many pictures each class has, and how many are "
                    "blank, duplicates or outliers; with -o FILE.png or FILE.svg, also draw "
                    "it: the mean of each class, and those pictures."),
    OPTION_TEXT(train_settings, init, .name = "init", .value = "CHECKPOINT",
                .summary = "Begin with the networks of a run folder, a model or a state, of the "
                           "same layers, in place of random ones: to go on with other data or "
                           "settings. Of a state its raw weights; the optimizer begins anew."),
    OPTION_TEXT(train_settings, judge, .name = "judge", .value = "FILE",
                .summary = "Judge by this classifier, which ganeval --train-judge makes, in place "
                           "of the one of digits that is built in."),
    OPTION_TEXT(train_settings, tensorboard, .name = "tensorboard", .value = "DIR",
                .summary = "Write the log and the samples for TensorBoard, too, into a folder of "
                           "RUN's name in DIR: what `tensorboard --logdir DIR` shows."),
    OPTION_FLAG(train_settings, json, .name = "json",
                .summary = "Print --check-data as JSON, with all flawed pictures: for scripts; "
                           "ganlens(7) says what it holds."),
    OPTION_TEXT(
        train_settings, depfile, .name = "depfile", .value = "FILE",
        .summary =
            "Write a make rule with all inputs of RUN/model.safetensors; the folders of PNGs "
            "are among them, so that an added picture makes it old."),
};

static const train_settings initial = {.common = {.progress = "auto"}, .look = {.rate = FILM_RATE}};

static const program *program_of(const train_settings *defaults)
{
    static option_group groups[2 + MAX_TRAIN_GROUPS] = {OPTION_GROUP("The run", run_options, 0)};
    static const option_group looking = OPTION_GROUP(
        "Looking at runs", look_options, MEMBER_AT(train_settings, look, look_settings));
    static program p = {
        .name = "gantrain",
        .summary = "Train a model of dense layers on small grey pictures.",
        .usage = "[--data DIR] -o RUN [OPTION ...]",
        .details =
            "RUN holds config.json (for --config), log.jsonl, log.csv, timing.jsonl, real.png, "
            "samples/step-NNNNNN.png, state.safetensors to resume from, and at the end curves.svg, "
            "curves.png and model.safetensors.\n\n"
            "Ended in any way, even by kill -9, the same command line with --resume goes on and "
            "leaves the same bytes as one that was never ended.",
        .examples =
            "gantrain -o runs/a --max-time 1m  # a minute on the digits that are built in\n"
            "gantrain --data data/mnist -o runs/b  # MNIST, as `make mnist` fetches it\n"
            "gantrain --data data/mnist -o runs/b --resume  # go on, or nothing if done\n"
            "gantrain --config runs/b/config.json --seed 2 -o runs/c  # the same, once more\n"
            "gantrain --plot runs/b,runs/c -o both.svg  # compare their numbers\n"
            "gantrain --film film.png -o runs/b  # its samples as an animation",
        .files = RUN_FILES,
        .groups = groups,
        .build_info = tensor_blas_info};
    p.n_groups = 1 + train_groups(groups + 1, MEMBER_AT(train_settings, train, train_options));
    groups[p.n_groups++] = looking;
    p.defaults = defaults;
    return &p;
}

/* ---- Before anything is made ---- */

static int list_recipes(error *e)
{
    text list = {0};
    int status = recipes_list(&list, e) || stdout_write(list.data, list.length, e) ? -1 : 0;
    text_release(&list);
    return status;
}

static int show_look(training *t, error *e)
{
    char *path = NULL;
    int status = look_back(&t->set.look, &path, t->set.output, e);
    if (status == 0)
        say(&t->voice, "%s", path);
    free(path);
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
        (t->set.tensorboard && run_folder_keep_events(&t->run, t->set.tensorboard, e)) ||
        (t->set.resume && (earlier_run_load(&s->past, &t->run, e) || apply_settings(t, e))))
        return -1;
    if (run_settings_check(s, e))
        return -1;
    const option_use use = {"judge", t->set.train.metrics_every.n > 0,
                            "--metrics, --metrics-every or --stop-when"};
    return option_uses_check(&s->given, &use, 1, e);
}

/* What chooses the data that are checked, and the figure. */
static bool is_for_check(const char *name)
{
    static const char *const names[] = {"check-data", "data",  "output", "seed",   "json",
                                        "n-classes",  "clean", "subset", "classes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* A check of the data has no run. */
static int check_uses_of_check(const training *t, error *e)
{
    static const char run[] = "a run, and --check-data makes none";
    const invocation *given = &t->settings.given;
    const program *p = given->program;
    int status = option_uses_check(given, &(option_use){"dry-run", false, run}, 1, e);
    for (size_t g = 0; g < p->n_groups; g++)
        for (size_t i = 0; i < p->groups[g].n && status == 0; i++) {
            const char *name = p->groups[g].rows[i].name;
            status = option_uses_check(given, &(option_use){name, is_for_check(name), run}, 1, e);
        }
    return status;
}

static int check_uses_of_run(const training *t, error *e)
{
    const option_use json = {"json", false, "--check-data"};
    return option_uses_check(&t->settings.given, &json, 1, e);
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
    if (status == 0)
        status = look_check(&t->set.look, &t->settings.given, e);
    if (status == 0 && look_is_asked(&t->set.look))
        return show_look(t, e) ? -1 : 1;
    if (status == 0 && t->set.resume && t->set.force)
        return fail(e, STATUS_USAGE,
                    "--resume goes on, and --force starts afresh: leave one of them out");
    if (status == 0 && t->set.checks_data)
        return check_uses_of_check(t, e);
    if (status == 0)
        status = check_uses_of_run(t, e);
    if (status == 0 && !t->set.output)
        return fail(e, STATUS_USAGE, "-o RUN is missing; usage: gantrain %s",
                    t->settings.program->usage);
    return status == 0 ? resolve_settings(t, e) : status;
}

static int load_data(training *t, error *e)
{
    data_choice choice = train_data_choice(&t->set.train);
    if (session_start(&t->voice, &t->set.common, true, e))
        return -1;
    choice.watch = training_watch_comparing(t);
    int status = dataset_load(&t->data, t->set.data, &choice, e);
    progress_end(&t->progress);
    return status;
}

/* Of a state the raw weights, which training goes on with, and not their averages. */
static int open_initial(model_file *f, const char *path, error *e)
{
    if (model_file_load(f, &(model_source){.path = path, .wants_checksum = true}, e))
        return -1;
    if (!f->is_state)
        return 0;
    model_file_release(f);
    return model_file_load(
        f, &(model_source){.path = path, .weights = "raw", .wants_checksum = true}, e);
}

static int begin(training *t, error *e)
{
    model_file f = {0};
    text taken = {0};
    if (!t->set.init)
        return 0;
    if (strcmp(t->set.train.init_output, "data") == 0)
        return fail(e, STATUS_USAGE, "--init-output data is for a run without --init");
    int status = open_initial(&f, t->set.init, e);
    if (status == 0)
        status = model_begin_from(&t->model, &f, &taken, e);
    if (status == 0) {
        t->init_path = copy_text(f.path);
        say(&t->voice, "%s: %s", f.path, taken.data);
    }
    text_release(&taken);
    model_file_release(&f);
    return status ? fail_in(e, "--init") : 0;
}

static int load_inputs(training *t, error *e)
{
    const train_settings *s = &t->set;
    if (load_data(t, e))
        return -1;
    run_settings_fit(&t->settings, t->data.shape);
    if (model_init(&t->model, &s->train, &t->data.train, e) || begin(t, e))
        return -1;
    if (s->train.batch > t->data.train.n)
        return fail(e, STATUS_USAGE, "--batch: %llu is more than the %zu pictures there are",
                    (unsigned long long)s->train.batch, t->data.train.n);
    t->plan = train_plan_of(&s->train, t->data.train.n);
    t->result = run_settings_text(&t->settings, 1u << ROLE_RESULT);
    t->planned = run_settings_text(&t->settings, 1u << ROLE_PLAN);
    return run_metrics_open(t, e);
}

/* The networks that a run begins with are still to be there when it is begun again. */
static int check_init_place(const training *t, error *e)
{
    const char *run = t->set.output;
    if (!t->init_path)
        return 0;
    char *folder = path_folder(t->init_path);
    int status = outputs_check(&run, 1, (const char *const *)&folder, 1, e);
    free(folder);
    return status ? fail_in(e, "--init") : 0;
}

static int check_files(training *t, error *e)
{
    char *target = join_path(t->set.output, RUN_MODEL);
    file_list_read_data(&t->files, &t->data);
    file_list_read(&t->files, t->settings.given.config_path);
    file_list_read(&t->files, t->init_path);
    file_list_read(&t->files, t->metrics.judge.path);
    file_list_rule(&t->files, t->set.depfile, target);
    free(target);
    return check_init_place(t, e) || file_list_check(&t->files, e) ? -1 : 0;
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

/* ---- The program ---- */

/* Returns 1 when there was nothing to do. */
static int work(training *t, error *e)
{
    int status = read_settings(t, e);
    if (status != 0)
        return status;
    if (t->set.checks_data)
        return load_data(t, e) || training_check_data(t, e) ? -1 : 0;
    if (load_inputs(t, e) || check_files(t, e))
        return -1;
    run_past p = find_past(t, e);
    if (p == PAST_BAD)
        return -1;
    if (t->set.common.dry_run)
        return settings_print(t->settings.program, &t->set, e);
    return p == PAST_FINISHED ? training_touch(t, e) : training_run(t, p, e);
}

int main(int argc, char **argv)
{
    process_start("gantrain");
    signals_expect_ask();
    training t = {.voice = {.program = "gantrain"}, .argc = argc, .argv = argv};
    error e = {0};
    if (work(&t, &e) >= 0)
        e = (error){0};
    complain(&t.voice, &e);
    training_release(&t);
    return process_end(&e);
}
