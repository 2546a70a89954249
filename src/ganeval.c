/* SPDX-License-Identifier: MIT */
/* ganeval: pictures and real ones -> how good they are, in numbers. */
#include "evaluation.h"
#include "training.h"
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

typedef struct {
    common_settings common;
    checkpoint_options checkpoint;
    const char *data, *judge, *metrics, *features, *compare, *require;
    const char *json, *csv, *report, *map, *output, *depfile;
    uint64_t samples, seed, width;
    bool trains_judge, random_labels, lists_metrics;
} eval_settings;

static const option_row measuring_options[] = {
    OPTION_TEXT(eval_settings, data, .name = "data", .letter = 'd', .role = ROLE_RESULT,
                .value = "DIR",
                .summary = "The real pictures, as gantrain reads them; when not given, those the "
                           "model was trained on, as RUN/config.json names them, or the built-in "
                           "digits."),
    OPTION_LIST(eval_settings, metrics, .name = "metrics", .role = ROLE_RESULT, .value = "LIST",
                .choices = NAMES_POINTED(metric, metrics),
                .summary = "What is measured, by comma; all that the input allows when not "
                           "given."),
    OPTION_COUNT(eval_settings, samples, .name = "samples", .letter = 'n', .role = ROLE_RESULT,
                 .low = 1, .high = 1e6, .value = "N",
                 .summary = "Pictures of each set: as many as there are, half of the real ones at "
                            "most. Values of other N are not to be compared."),
    OPTION_COUNT(eval_settings, seed, .name = "seed", .role = ROLE_RESULT, .value = "S",
                 .summary = "Of all that is drawn; a model draws the pictures of seeds S, S+1, "
                            "..."),
    OPTION_TEXT(eval_settings, judge, .name = "judge", .role = ROLE_RESULT, .value = "FILE",
                .summary = "The classifier that looks at the pictures, as --train-judge makes it; "
                           "one for MNIST's digits is built in. Values by other judges are not to "
                           "be compared."),
    OPTION_TEXT(eval_settings, compare, .name = "compare", .role = ROLE_RESULT, .value = "A,B",
                .summary = "Measure all of these, checkpoints, folders or files, on the same real "
                           "pictures and seeds, side by side."),
    OPTION_TEXT(eval_settings, features, .name = "features", .role = ROLE_RESULT,
                .value = "A.npy,B.npy",
                .summary = "Measure given features, float32 or float64 (n, d) of generated and of "
                           "real pictures, in place of pictures and a judge: of Inception's fcd is "
                           "the FID."),
    OPTION_TEXT(eval_settings, require, .name = "require", .value = "EXPR",
                .summary = "End with status 6 unless all of it is met, such as "
                           "'fcd<1.5,coverage>=0.7'."),
    OPTION_FLAG(eval_settings, lists_metrics, .name = "list-metrics",
                .summary = "Print what can be measured, what it says and its source, and end."),
};

static const option_row judge_options[] = {
    OPTION_FLAG(eval_settings, trains_judge, .name = "train-judge",
                .summary = "Train a judge on --data instead, and save it as -o FILE."),
    OPTION_FLAG(eval_settings, random_labels, .name = "random-labels", .role = ROLE_RESULT,
                .summary = "Give each picture the label of another, drawn by the seed: a control, "
                           "which judges nothing, for ganexplain --judge-control."),
    OPTION_COUNT(eval_settings, width, .name = "judge-width", .role = ROLE_RESULT, .low = 8,
                 .high = 8192, .value = "N",
                 .summary = "Outputs of its first layer, for one that differs; the recipe's when "
                            "not given."),
};

static const option_row output_options[] = {
    OPTION_TEXT(eval_settings, json, .name = "json", .value = "FILE",
                .summary = "All values with intervals, parts and classes, as JSON; - prints it in "
                           "place of the table. ganlens(7) says what it holds."),
    OPTION_TEXT(eval_settings, csv, .name = "csv", .value = "FILE",
                .summary = "A row for each candidate and metric; - prints it in place of the "
                           "table."),
    OPTION_TEXT(eval_settings, report, .name = "report", .value = "FILE",
                .summary = "A page that shows what the values say, .png or .svg: beside real "
                           "pictures, by class, the best and the worst, what may be learned by "
                           "heart; with --compare pictures of the same seeds side by side."),
    OPTION_TEXT(eval_settings, map, .name = "map", .value = "FILE",
                .summary = "A map of where pictures and real ones lie, .png or .svg: the plane of "
                           "the first two principal components of what the judge sees in real "
                           "ones. It shows what is never drawn, and what real ones never are."),
    OPTION_TEXT(eval_settings, output, .name = "output", .letter = 'o', .value = "FILE",
                .summary = "The judge that --train-judge makes."),
    OPTION_TEXT(eval_settings, depfile, .name = "depfile", .value = "FILE",
                .summary = "Write a make rule with all inputs of the first of the outputs."),
};

static const option_group groups[] = {
    OPTION_GROUP("What is measured", measuring_options, 0),
    OPTION_GROUP("What is written", output_options, 0),
    OPTION_GROUP("A judge", judge_options, 0),
    CHECKPOINT_GROUP(eval_settings, checkpoint),
};

static const eval_settings defaults = {
    .common = {.progress = "auto"}, .checkpoint = CHECKPOINT_DEFAULTS, .samples = 10000};

static const program description = {
    .name = "ganeval",
    .summary = "Measure how good generated pictures are.",
    .usage = "CHECKPOINT|DIR|FILE.npy|FILE.idx [--data DIR] [OPTION ...]",
    .details =
        "What is measured is a checkpoint, as gansample takes it, a folder of PNGs (in a folder "
        "for each class, they are also what was asked for), a .npy of uint8 (n, rows, cols) or (n, "
        "rows * cols), or an IDX file; labels beside it (X-labels.npy, X-labels-idx1-ubyte) are what "
        "was asked for.\n"
        "It is held against real pictures, test pictures as far as there are enough. Each value "
        "has an interval, what chance leaves open, and beside it the value of other real pictures: "
        "what is no worse than that is not told from real ones. ganlens(7) says what each metric is and "
        "when it misleads.",
    .examples =
        "ganeval runs/a  # a table of all that can be measured\n"
        "ganeval runs/a --report a.png --map a-map.png  # what is good and bad, in pictures\n"
        "ganeval runs/a --data data/mnist --metrics fcd --require 'fcd<1.5'  # for make\n"
        "ganeval --compare runs/a,runs/b --csv both.csv  # side by side\n"
        "ganeval pictures/ --data data/mnist --json -  # pictures made elsewhere\n"
        "ganeval --features fake.npy,real.npy --metrics fcd  # the FID of Inception's\n"
        "ganeval --train-judge --data data/fashion -o judge.safetensors",
    .files = "FILE of --json: One object, the same bytes for the same pictures, judge and seed.\n"
             "FILE of --csv: The same values in rows; empty fields where there is none.\n"
             "FILE of --report and --map: A figure, PNG or SVG as its name ends.\n"
             "FILE of --train-judge: A classifier of kind F16, which ganeval --judge reads and "
             "gansample --info describes.\n",
    .groups = groups,
    .n_groups = sizeof groups / sizeof *groups,
    .min_operands = 0,
    .max_operands = 1,
    .defaults = &defaults,
    .operand_words = "file"};

/* ---- What the program holds ---- */

typedef struct {
    voice voice;
    eval_settings set;
    invocation given;
    char *list; /* --compare, its commas replaced by ends; owned */
    const char **paths;
    size_t n_paths;
    threshold required[MAX_THRESHOLDS];
    size_t n_required;
    evaluation evaluation;
    file_list files;
} evaluating;

static void evaluating_release(evaluating *v)
{
    evaluation_release(&v->evaluation);
    file_list_release(&v->files);
    settings_release(&description, &v->set);
    invocation_release(&v->given);
    free(v->list);
    free(v->paths);
}

/* ---- Before anything is made ---- */

static bool is_stdout(const char *path) { return path && strcmp(path, "-") == 0; }

/* Of files that are read as checkpoints, not of pictures or features. */
static int check_checkpoint_uses(const evaluating *v, bool has_model, error *e)
{
    static const char models[] = "checkpoints";
    const option_use uses[] = {{"generator", has_model, models},
                               {"discriminator", has_model, models},
                               {"range", has_model, models},
                               {"weights", has_model, models}};
    return option_uses_check(&v->given, uses, sizeof uses / sizeof *uses, e);
}

static int check_uses(const evaluating *v, error *e)
{
    static const char measuring[] = "measuring, and not --train-judge";
    const eval_settings *set = &v->set;
    bool measures = !set->trains_judge, has_pictures = measures && !set->features;
    const option_use uses[] = {
        {"judge-width", set->trains_judge, "--train-judge"},
        {"random-labels", set->trains_judge, "--train-judge"},
        {"output", set->trains_judge, "--train-judge"},
        {"metrics", measures, measuring},
        {"samples", has_pictures, "pictures"},
        {"judge", has_pictures, "pictures"},
        {"compare", has_pictures, "pictures"},
        {"data", !set->features, "pictures"},
        {"features", measures, measuring},
        {"require", measures, measuring},
        {"json", measures, measuring},
        {"csv", measures, measuring},
        {"report", measures, measuring},
        {"map", has_pictures && v->n_paths == 1, "pictures of one candidate"},
    };
    if (is_stdout(set->json) && is_stdout(set->csv))
        return fail(e, STATUS_USAGE, "--json - and --csv - exclude each other");
    if (option_uses_check(&v->given, uses, sizeof uses / sizeof *uses, e))
        return -1;
    return has_pictures ? 0 : check_checkpoint_uses(v, false, e);
}

static bool any_is_model(const evaluation *v)
{
    for (size_t i = 0; i < v->n_candidates; i++)
        if (v->candidates[i].model.path)
            return true;
    return false;
}

static int check_picture(const char *option, const char *path, error *e)
{
    return path && figure_check_path(path, e) ? fail_in(e, "--%s", option) : 0;
}

static void add_path(evaluating *v, const char *path)
{
    v->paths = reallocate(v->paths, v->n_paths + 1, sizeof *v->paths);
    v->paths[v->n_paths++] = path;
}

/* The operand, and all of --compare. */
static int list_paths(evaluating *v, error *e)
{
    if (v->given.n_operands > 0)
        add_path(v, v->given.operands[0]);
    v->list = v->set.compare ? copy_text(v->set.compare) : NULL;
    for (char *at = v->list; at;) {
        char *comma = strchr(at, ',');
        if (*at == '\0' || at == comma)
            return fail(e, STATUS_USAGE, "--compare: '%s' has an empty item", v->set.compare);
        add_path(v, at);
        if (comma)
            *comma = '\0';
        at = comma ? comma + 1 : NULL;
    }
    return 0;
}

static int check_paths(const evaluating *v, error *e)
{
    const eval_settings *set = &v->set;
    const char *instead = set->features ? "--features" : set->trains_judge ? "--train-judge" : NULL;
    if (instead && v->n_paths > 0)
        return fail(e, STATUS_USAGE, "%s and '%s' exclude each other", instead, v->paths[0]);
    if (!instead && v->n_paths == 0)
        return fail(e, STATUS_USAGE,
                    "an operand is missing: a checkpoint, a folder of PNGs, a .npy or an IDX file");
    if (set->compare && v->n_paths == 1)
        return fail(e, STATUS_USAGE, "--compare: '%s' alone has nothing to be compared with",
                    set->compare);
    if (set->trains_judge && !set->output)
        return fail(e, STATUS_USAGE, "--train-judge: say by -o FILE where the judge goes");
    return 0;
}

/* Returns 1 when the program is to end. */
static int read_settings(evaluating *v, int argc, char **argv, error *e)
{
    int status = program_read(&v->given, &description, argc, argv, e);
    if (status != 0)
        return status;
    v->set = defaults;
    if (program_apply(&v->set, &v->given, e))
        return -1;
    v->voice.quiet = v->set.common.quiet;
    v->voice.verbose = v->set.common.verbose;
    if (v->set.lists_metrics)
        return 0;
    if (list_paths(v, e) || check_paths(v, e) || check_uses(v, e) ||
        check_picture("report", v->set.report, e) || check_picture("map", v->set.map, e))
        return -1;
    if (v->set.require && thresholds_read(v->required, &v->n_required, v->set.require, e))
        return fail_in(e, "--require");
    return 0;
}

/* ---- Files ---- */

/* The first of the files, which the rule of --depfile makes; NULL: none. */
static const char *main_output(const eval_settings *set)
{
    const char *outputs[] = {set->output, set->json, set->csv, set->report, set->map};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (outputs[i] && !is_stdout(outputs[i]))
            return outputs[i];
    return NULL;
}

static int check_files(evaluating *v, error *e)
{
    const eval_settings *set = &v->set;
    const option_use use = {"depfile", main_output(set),
                            "files that are written: give --json FILE"};
    file_list_read(&v->files, v->given.config_path);
    file_list_write(&v->files, set->output);
    file_list_write(&v->files, is_stdout(set->json) ? NULL : set->json);
    file_list_write(&v->files, is_stdout(set->csv) ? NULL : set->csv);
    file_list_write(&v->files, set->report);
    file_list_write(&v->files, set->map);
    file_list_rule(&v->files, set->depfile, main_output(set));
    return option_uses_check(&v->given, &use, 1, e) || file_list_check(&v->files, e) ? -1 : 0;
}

/* To stdout or a file. */
static int put(const char *path, const text *t, error *e)
{
    return is_stdout(path) ? stdout_write(t->data, t->length, e)
                           : file_save(path, t->data, t->length, NOT_DURABLE, e);
}

static int save_json(const evaluating *v, error *e)
{
    text out = {0};
    json_t *all = evaluation_json(&v->evaluation);
    json_write(&out, all, 2);
    text_add(&out, "\n");
    int status = put(v->set.json, &out, e);
    json_decref(all);
    text_release(&out);
    return status;
}

/* The table, the default, has no path. */
static int save_text(const evaluating *v, const char *path,
                     void (*write)(text *out, const evaluation *v), error *e)
{
    text out = {0};
    write(&out, &v->evaluation);
    int status = put(path, &out, e);
    text_release(&out);
    return status;
}

static int save_report(evaluating *v, error *e)
{
    figure f = {0};
    evaluation_report_figure(&f, &v->evaluation);
    int status = figure_save(v->set.report, &f, e);
    figure_release(&f);
    return status;
}

static int save_map(const evaluating *v, error *e)
{
    figure f = {0};
    int status = evaluation_map_figure(&f, &v->evaluation, e) ? fail_in(e, "--map")
                                                              : figure_save(v->set.map, &f, e);
    figure_release(&f);
    return status;
}

static int save_all(evaluating *v, error *e)
{
    const eval_settings *set = &v->set;
    if ((set->json && save_json(v, e)) || (set->csv && save_text(v, set->csv, evaluation_csv, e)) ||
        (set->report && save_report(v, e)) || (set->map && save_map(v, e)) ||
        file_list_save_rule(&v->files, e))
        return -1;
    bool is_taken = is_stdout(set->json) || is_stdout(set->csv);
    return is_taken ? 0 : save_text(v, "-", evaluation_words, e);
}

/* ---- The work ---- */

static int measure(evaluating *v, error *e)
{
    const eval_settings *set = &v->set;
    const evaluation_request request = {.voice = &v->voice,
                                        .progress = set->common.progress,
                                        .paths = v->paths,
                                        .n_paths = v->n_paths,
                                        .checkpoint = &set->checkpoint,
                                        .data = set->data,
                                        .judge = set->judge,
                                        .metrics = set->metrics,
                                        .features = set->features,
                                        .required = v->required,
                                        .n_required = v->n_required,
                                        .seed = set->seed,
                                        .n = (size_t)set->samples};
    signals_catch(&v->voice);
    if (evaluation_open(&v->evaluation, &request, e))
        return -1;
    evaluation_list_inputs(&v->evaluation, &v->files);
    if (check_checkpoint_uses(v, any_is_model(&v->evaluation), e) || check_files(v, e))
        return -1;
    if (set->common.dry_run)
        return settings_print(&description, set, e);
    if (evaluation_run(&v->evaluation, e) || save_all(v, e))
        return -1;
    return evaluation_check(&v->evaluation, e);
}

static int train_judge(evaluating *v, error *e)
{
    dataset data = {0};
    const eval_settings *set = &v->set;
    const data_choice all = {.n_classes = MAX_LABELS, .seed = set->seed};
    const judge_training asked = {.output = set->output,
                                  .progress = set->common.progress,
                                  .seed = set->seed,
                                  .width = set->width,
                                  .has_random_labels = set->random_labels};
    if (dataset_load(&data, set->data, &all, e))
        return -1;
    file_list_read_data(&v->files, &data);
    int status = check_files(v, e);
    signals_catch(&v->voice);
    if (status == 0 && set->common.dry_run)
        status = settings_print(&description, set, e);
    else if (status == 0)
        status =
            judge_train(&v->voice, &data, &asked, e) || file_list_save_rule(&v->files, e) ? -1 : 0;
    dataset_release(&data);
    return status;
}

static int list_metrics(error *e)
{
    text list = {0};
    evaluation_list_metrics(&list);
    int status = stdout_write(list.data, list.length, e);
    text_release(&list);
    return status;
}

/* Returns 1 when there was nothing more to do. */
static int work(evaluating *v, int argc, char **argv, error *e)
{
    int status = read_settings(v, argc, argv, e);
    if (status != 0)
        return status;
    if (v->set.lists_metrics)
        return list_metrics(e);
    if (session_start(&v->voice, &v->set.common, true, e))
        return -1;
    return v->set.trains_judge ? train_judge(v, e) : measure(v, e);
}

int main(int argc, char **argv)
{
    process_start(description.name);
    evaluating v = {.voice = {.program = description.name}};
    error e = {0};
    if (work(&v, argc, argv, &e) >= 0)
        e = (error){0};
    complain(&v.voice, &e);
    evaluating_release(&v);
    return process_end(&e);
}
