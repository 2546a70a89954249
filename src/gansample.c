/* SPDX-License-Identifier: MIT */
/* gansample: a checkpoint and seeds -> pictures. */
#include "data.h"
#include "image.h"
#include "present.h"
#include "session.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

typedef struct {
    common_settings common;
    checkpoint_options checkpoint;
    latent_options latents;
    seed_list interpolate;
    const char *class, *output, *npy, *idx, *pairs, *depfile;
    uint64_t columns, frames; /* columns 0: nearly a square */
    double truncation;
    bool label, info, json;
} sample_settings;

static const option_row drawing_options[] = {
    OPTION_TEXT(sample_settings, class, .name = "class", .role = ROLE_RESULT, .value = "K|all",
                .choices = WORDS("all"),
                .summary = "Which class a conditional model draws; all, when not given: the same z "
                           "as each class, in a grid a class a row."),
    OPTION_SEEDS(sample_settings, interpolate, .name = "interpolate", .role = ROLE_RESULT,
                 .value = "A,B",
                 .summary = "The way from seed A to seed B on the great circle between them, "
                            "instead of seeds."),
    OPTION_COUNT(sample_settings, frames, .name = "frames", .role = ROLE_RESULT, .low = 2,
                 .high = 10000, .value = "N",
                 .summary = "Pictures on that way, both ends included."),
    OPTION_REAL(sample_settings, truncation, .name = "truncation", .role = ROLE_RESULT, .high = 100,
                .value = "PSI",
                .summary = "Multiply z by PSI: below 1 more typical and less varied pictures."),
};

static const option_row output_options[] = {
    OPTION_TEXT(sample_settings, output, .name = "output", .letter = 'o', .value = "FILE.png|DIR/",
                .summary = "A grid of all pictures, or a folder with a PNG for each; when "
                           "nothing is to be written: RUN/grid.png, or FILE-grid.png for a file."),
    OPTION_COUNT(sample_settings, columns, .name = "columns", .low = 1, .high = 1000, .value = "N",
                 .summary = "Columns of the grid; nearly a square when not given, one row for "
                            "--interpolate; of several classes each has its row."),
    OPTION_FLAG(sample_settings, label, .name = "label",
                .summary = "Write the seed under each picture of the grid."),
    OPTION_TEXT(sample_settings, npy, .name = "npy", .value = "FILE",
                .summary = "The pictures as a NumPy array, uint8 (N, rows * columns)."),
    OPTION_TEXT(sample_settings, idx, .name = "idx", .value = "FILE",
                .summary = "The pictures in MNIST's own format, (N, rows, columns)."),
    OPTION_TEXT(sample_settings, pairs, .name = "pairs", .value = "FILE",
                .summary = "A safetensors file with seed (where seeds were given), z and x = "
                           "G(z) as float32. Of a run with --rec-pairs N seeds 0 to N-1 are those "
                           "of its pairs."),
    OPTION_FLAG(sample_settings, info, .name = "info",
                .summary = "Print the checkpoint's layers, shapes, parameters and settings."),
    OPTION_FLAG(sample_settings, json, .name = "json", .summary = "Print --info as JSON."),
    OPTION_TEXT(sample_settings, depfile, .name = "depfile", .value = "FILE",
                .summary = "Write a make rule with all inputs of the first of the outputs."),
};

static const option_group groups[] = {
    LATENT_GROUP("What is drawn", sample_settings, latents),
    OPTION_GROUP("What is drawn", drawing_options, 0),
    OPTION_GROUP("What is written", output_options, 0),
    CHECKPOINT_GROUP(sample_settings, checkpoint),
};

static const sample_settings defaults = {.common = {.progress = "auto"},
                                         .checkpoint = CHECKPOINT_DEFAULTS,
                                         .frames = 10,
                                         .truncation = 1};

static const program description = {
    .name = "gansample",
    .summary = "Draw pictures from a trained generator.",
    .usage = "CHECKPOINT [--seed LIST] [-o FILE.png|DIR/] [OPTION ...]",
    .details =
        "CHECKPOINT is a run folder, its model.safetensors or state.safetensors, or a safetensors "
        "file made elsewhere with --generator SPEC. The picture of a seed is the same bytes for "
        "any number of threads, alone or among others. Without --seed, --z and --interpolate seeds "
        "0-99 are drawn, or 0-9 as each class of a conditional model.\n"
        "Of a conditional model pictures come by class, then by seed; the classes of --npy x.npy "
        "are written to x-labels.npy, those of --idx likewise or under MNIST's own name.",
    .examples =
        "gansample runs/a  # runs/a/grid.png, a hundred pictures\n"
        "gansample runs/a --seeds 0-99 -o grid.png  # elsewhere\n"
        "gansample runs/a --seeds 0-9 -o digits/  # digits/seed-0000.png ...\n"
        "gansample runs/a --interpolate 3,7 --frames 12 -o strip.png\n"
        "gansample runs/a --seeds 0-9999 --npy x.npy  # for NumPy\n"
        "gansample runs/digits --seeds 0-19 --class 7 -o sevens/  # of a conditional model\n"
        "gansample --info runs/a",
    .files = "RUN/model.safetensors: What is opened of a run folder.\n"
             "RUN/state.safetensors: What is opened where there is no model yet.\n"
             "RUN/grid.png: The pictures, where nothing else is asked for.\n"
             "DIR/seed-NNNN.png: With -o DIR/, the picture of a seed; z-NNNN.png of a row of "
             "--z, frame-NNNN.png of --interpolate; of a class seed-NNNN-of-3.png.\n",
    .groups = groups,
    .n_groups = sizeof groups / sizeof *groups,
    .min_operands = 1,
    .max_operands = 1,
    .defaults = &defaults,
    .operand_words = "file"};

/* ---- What sampling holds ---- */

enum { BLOCK = 16 * TILE_ROWS };

typedef struct {
    voice voice;
    sample_settings set;
    invocation given;
    model_file model;
    class_list classes;
    network folded; /* for the class ... */
    size_t i_class; /* ... of that number in the list */
    sampler sampler;
    latent_source latents;
    picture_files pictures;
    file_list files;
    char *grid_path; /* where the grid goes when nothing is said */
    bool is_folder;  /* what -o means */
} sampling;

static void sampling_release(sampling *s)
{
    settings_release(&description, &s->set);
    invocation_release(&s->given);
    model_file_release(&s->model);
    network_release(&s->folded);
    sampler_release(&s->sampler);
    latent_source_release(&s->latents);
    picture_files_release(&s->pictures);
    file_list_release(&s->files);
    free(s->grid_path);
}

static bool has_seeds(const sampling *s)
{
    return !s->set.latents.z && s->set.interpolate.n_ranges == 0;
}

static bool is_given(const sampling *s, const char *name)
{
    return invocation_given(&s->given, name);
}

/* ---- Before anything is made ---- */

/* The first of the outputs, which the rule of --depfile makes; NULL: none. */
static const char *main_output(const sample_settings *set)
{
    return set->output ? set->output : set->npy ? set->npy : set->idx ? set->idx : set->pairs;
}

static bool has_output(const sample_settings *set) { return main_output(set); }

/* Once check_outputs knows what -o means. */
static bool wants_grid(const sampling *s) { return s->set.output && !s->is_folder; }

static int check_outputs(sampling *s, error *e)
{
    const sample_settings *set = &s->set;
    if (!has_output(set) && !set->info)
        s->set.output = s->grid_path = grid_output(s->given.operands[0]);
    s->is_folder = set->output && (ends_with(set->output, "/") || is_folder(set->output));
    if (set->output && !s->is_folder && !ends_with(set->output, ".png"))
        return fail(e, STATUS_USAGE,
                    "--output: '%s' is neither FILE.png nor a folder; end a new folder with '/'",
                    set->output);
    return 0;
}

static int check_uses(const sampling *s, error *e)
{
    static const char a_grid[] = "a grid, -o FILE.png", pictures[] = "pictures: give -o FILE.png";
    bool has_pictures = has_output(&s->set);
    const option_use uses[] = {
        {"columns", wants_grid(s), a_grid},
        {"class", has_pictures, pictures},
        {"label", wants_grid(s), a_grid},
        {"frames", is_given(s, "interpolate"), "--interpolate"},
        {"seed", has_pictures, pictures},
        {"z", has_pictures, pictures},
        {"interpolate", has_pictures, pictures},
        {"truncation", has_pictures, pictures},
        {"depfile", has_pictures, "files that are written: give -o FILE.png"},
        {"json", s->set.info, "--info"},
    };
    return option_uses_check(&s->given, uses, sizeof uses / sizeof *uses, e);
}

static int check_source(const sampling *s, error *e)
{
    static const char *const names[] = {"seed", "z", "interpolate"};
    const char *found = NULL;
    for (size_t i = 0; i < 3; i++) {
        if (found && is_given(s, names[i]))
            return fail(e, STATUS_USAGE, "--%s and --%s exclude each other", found, names[i]);
        found = is_given(s, names[i]) ? names[i] : found;
    }
    if (is_given(s, "interpolate") && seed_list_count(&s->set.interpolate) != 2)
        return fail(e, STATUS_USAGE, "--interpolate: '%s' is not two seeds A,B",
                    invocation_given(&s->given, "interpolate"));
    return 0;
}

/* Returns 1 when the program is to end. */
static int read_settings(sampling *s, int argc, char **argv, error *e)
{
    int status = program_read(&s->given, &description, argc, argv, e);
    if (status != 0)
        return status;
    s->set = defaults;
    if (program_apply(&s->set, &s->given, e) || check_outputs(s, e) || check_source(s, e) ||
        check_uses(s, e))
        return -1;
    s->voice.quiet = s->set.common.quiet;
    s->voice.verbose = s->set.common.verbose;
    return 0;
}

/* Of several classes ten each. */
static void choose_seeds(sampling *s)
{
    seed_list *seeds = &s->set.latents.seeds;
    if (!has_seeds(s) || seeds->n_ranges > 0)
        return;
    seeds->ranges = allocate(1, sizeof *seeds->ranges);
    seeds->ranges[0] = (seed_range){0, s->classes.n > 1 ? 9 : 99};
    seeds->n_ranges = 1;
}

static int fold_class(sampling *s, size_t i, error *e)
{
    network_release(&s->folded);
    s->i_class = i;
    return model_generator(&s->folded, &s->model, s->classes.all[i], e);
}

/* --columns is for a grid that is free to have any. */
static int check_columns(const sampling *s, error *e)
{
    const option_use use = {"columns", s->classes.n == 1, "one class: each of several has its row"};
    return option_uses_check(&s->given, &use, 1, e);
}

static int load_model(sampling *s, error *e)
{
    if (checkpoint_open(&s->model, &s->voice, s->given.operands[0], &s->set.checkpoint, s->set.info,
                        e))
        return -1;
    if (!has_output(&s->set))
        return 0;
    if (classes_choose(&s->classes, &s->model, s->set.class, e) || check_columns(s, e))
        return -1;
    choose_seeds(s);
    return fold_class(s, 0, e);
}

/* How many pictures of a class, and from what. */
static int find_source(sampling *s, error *e)
{
    const seed_list *way = &s->set.interpolate;
    size_t z_dim = s->model.z_dim;
    if (way->n_ranges == 0)
        return latents_open(&s->latents, &s->set.latents, z_dim, e);
    latents_between_seeds(&s->latents, (uint64_t[]){seed_list_at(way, 0), seed_list_at(way, 1)},
                          s->set.frames, z_dim);
    return 0;
}

static int check_files(sampling *s, error *e)
{
    const sample_settings *set = &s->set;
    file_list_read(&s->files, s->model.path);
    file_list_read(&s->files, s->latents.path);
    file_list_read(&s->files, s->given.config_path);
    picture_files_list(&s->pictures, &s->files);
    file_list_rule(&s->files, set->depfile, main_output(set));
    return file_list_check(&s->files, e);
}

/* Where the pictures go. */
static int find_files(sampling *s, error *e)
{
    const sample_settings *set = &s->set;
    s->pictures = (picture_files){.latents = &s->latents,
                                  .classes = &s->classes,
                                  .shape = s->model.shape,
                                  .grid = s->is_folder ? NULL : set->output,
                                  .folder = s->is_folder ? set->output : NULL,
                                  .npy = set->npy,
                                  .idx = set->idx,
                                  .pairs = set->pairs,
                                  .columns = (size_t)set->columns,
                                  .has_labels = set->label};
    return picture_files_plan(&s->pictures, e) || check_files(s, e) ? -1 : 0;
}

/* ---- The work ---- */

/* n pictures of one class, the i-th in the list. */
static int sample_class(sampling *s, size_t i, uint64_t first, size_t n, error *e)
{
    float *z = s->sampler.z;
    if (i != s->i_class) {
        if (fold_class(s, i, e))
            return -1;
        sampler_use(&s->sampler, &s->folded);
    }
    latents_fill(&s->latents, z, first - i * s->latents.n, n);
    for (size_t k = 0; s->set.truncation != 1.0 && k < n * s->latents.z_dim; k++)
        z[k] *= (float)s->set.truncation;
    sampler_draw(&s->sampler, n);
    return picture_files_write(&s->pictures, &s->sampler, first, n, e);
}

static int sample_block(block_loop *l, uint64_t first, size_t n, error *e)
{
    sampling *s = l->context;
    int status = 0;
    for (uint64_t end = first + n, next; !status && first < end; first = next) {
        uint64_t i = first / s->latents.n;
        next = end < (i + 1) * s->latents.n ? end : (i + 1) * s->latents.n;
        status = sample_class(s, (size_t)i, first, (size_t)(next - first), e);
    }
    return status;
}

static int sample(sampling *s, error *e)
{
    block_loop all = {.voice = &s->voice,
                      .progress = s->set.common.progress,
                      .what = "pictures",
                      .folder = s->pictures.folder,
                      .n = picture_files_count(&s->pictures),
                      .block = BLOCK,
                      .work = sample_block,
                      .context = s};
    size_t most = s->latents.n < BLOCK ? (size_t)s->latents.n : BLOCK;
    signals_catch(&s->voice);
    if (picture_files_open(&s->pictures, e))
        return -1;
    sampler_init(&s->sampler, s->folded.n_in, s->model.shape,
                 (float[]){s->model.low, s->model.high}, most);
    sampler_use(&s->sampler, &s->folded);
    if (block_loop_run(&all, e) || picture_files_commit(&s->pictures, e))
        return -1;
    return file_list_save_rule(&s->files, e);
}

/* ---- Printing ---- */

static int print_info(const sampling *s, error *e)
{
    text out = {0};
    if (s->set.json) {
        json_t *info = model_info(&s->model);
        json_write(&out, info, 2);
        text_add(&out, "\n");
        json_decref(info);
    } else {
        model_info_words(&out, &s->model);
    }
    int status = stdout_write(out.data, out.length, e);
    text_release(&out);
    return status;
}

static void tell_outputs(sampling *s)
{
    uint64_t n = picture_files_count(&s->pictures);
    text names = {0};
    picture_files_tell(&s->pictures, &names);
    say(&s->voice, "%" PRIu64 " picture%s in %s", n, n == 1 ? "" : "s", names.data);
    text_release(&names);
}

/* Returns 1 when there was nothing more to do. */
static int work(sampling *s, int argc, char **argv, error *e)
{
    int status = read_settings(s, argc, argv, e);
    if (status != 0)
        return status;
    if (load_model(s, e) || (has_output(&s->set) && (find_source(s, e) || find_files(s, e))))
        return -1;
    if (s->set.common.dry_run)
        return settings_print(&description, &s->set, e);
    if (s->set.info && print_info(s, e))
        return -1;
    if (!has_output(&s->set))
        return 0;
    if (session_start(&s->voice, &s->set.common, false, e) || sample(s, e))
        return -1;
    tell_outputs(s);
    return 0;
}

int main(int argc, char **argv)
{
    process_start(description.name);
    sampling s = {.voice = {.program = description.name}};
    error e = {0};
    if (work(&s, argc, argv, &e) >= 0)
        e = (error){0};
    complain(&s.voice, &e);
    sampling_release(&s);
    return process_end(&e);
}
