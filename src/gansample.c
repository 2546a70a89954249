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
    const char *output, *npy, *idx, *pairs, *depfile;
    uint64_t columns, frames; /* columns 0: nearly a square */
    double truncation;
    bool label, info, json;
} sample_settings;

static const option_row drawing_options[] = {
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
                            "--interpolate."),
    OPTION_FLAG(sample_settings, label, .name = "label",
                .summary = "Write the seed under each picture of the grid."),
    OPTION_TEXT(sample_settings, npy, .name = "npy", .value = "FILE",
                .summary = "The pictures as a NumPy array, uint8 (N, rows * columns)."),
    OPTION_TEXT(sample_settings, idx, .name = "idx", .value = "FILE",
                .summary = "The pictures in MNIST's own format, (N, rows, columns)."),
    OPTION_TEXT(sample_settings, pairs, .name = "pairs", .value = "FILE",
                .summary = "A safetensors file with seed (where seeds were given), z and x = "
                           "G(z) as float32."),
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
        "0-99 are drawn.",
    .examples = "gansample runs/a  # runs/a/grid.png, a hundred pictures\n"
                "gansample runs/a --seeds 0-99 -o grid.png  # elsewhere\n"
                "gansample runs/a --seeds 0-9 -o digits/  # digits/seed-0000.png ...\n"
                "gansample runs/a --interpolate 3,7 --frames 12 -o strip.png\n"
                "gansample runs/a --seeds 0-9999 --npy x.npy  # for NumPy\n"
                "gansample --info runs/a",
    .files = "RUN/model.safetensors: What is opened of a run folder.\n"
             "RUN/state.safetensors: What is opened where there is no model yet.\n"
             "RUN/grid.png: The pictures, where nothing else is asked for.\n"
             "DIR/seed-NNNN.png: With -o DIR/, the picture of a seed; z-NNNN.png of a row of "
             "--z, frame-NNNN.png of --interpolate.\n",
    .groups = groups,
    .n_groups = sizeof groups / sizeof *groups,
    .min_operands = 1,
    .max_operands = 1,
    .defaults = &defaults,
    .operand_words = "file",
    .build_info = tensor_blas_info};

/* ---- What sampling holds ---- */

enum { CHUNK = 16 * TILE_ROWS, MOST_IN_GRID = 1 << 16 };
static const uint64_t most_samples = UINT64_C(1) << 31;

typedef struct {
    voice voice;
    sample_settings set;
    invocation given;
    model_file model;
    network folded;
    tiles tiles;
    latent_source latents;
    file_list files;
    char *grid_path; /* where the grid goes when nothing is said */
    bool is_folder;  /* what -o means */
    float *z, *x;    /* of a chunk */
    uint8_t *pixels; /* of a chunk */
    uint8_t *grid;   /* (n, n_pixels), for a grid */
    uint64_t *seeds; /* of a chunk */
    atomic_file npy, idx;
    safetensors layout;
    safetensors_stream pairs;
} sampling;

static void sampling_release(sampling *s)
{
    settings_release(&description, &s->set);
    invocation_release(&s->given);
    model_file_release(&s->model);
    network_release(&s->folded);
    tiles_release(&s->tiles);
    latent_source_release(&s->latents);
    file_list_release(&s->files);
    atomic_file_release(&s->npy);
    atomic_file_release(&s->idx);
    safetensors_stream_release(&s->pairs);
    safetensors_release(&s->layout);
    void *const blocks[] = {s->grid_path, s->z, s->x, s->pixels, s->grid, s->seeds};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
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
    if (has_seeds(s) && s->set.latents.seeds.n_ranges == 0) {
        s->set.latents.seeds.ranges = allocate(1, sizeof *s->set.latents.seeds.ranges);
        s->set.latents.seeds.ranges[0] = (seed_range){0, 99};
        s->set.latents.seeds.n_ranges = 1;
    }
    return 0;
}

static int load_model(sampling *s, error *e)
{
    if (checkpoint_open(&s->model, &s->voice, s->given.operands[0], &s->set.checkpoint, e))
        return -1;
    return has_output(&s->set) ? model_generator(&s->folded, &s->model, NO_CLASS, e) : 0;
}

/* How many pictures, and from what. */
static int find_source(sampling *s, error *e)
{
    const seed_list *way = &s->set.interpolate;
    size_t z_dim = s->model.z_dim;
    if (way->n_ranges > 0)
        latents_between_seeds(&s->latents, (uint64_t[]){seed_list_at(way, 0), seed_list_at(way, 1)},
                              s->set.frames, z_dim);
    else if (latents_open(&s->latents, &s->set.latents, z_dim, e))
        return -1;
    if (s->latents.n > most_samples)
        return fail(e, STATUS_USAGE,
                    "--%s: %" PRIu64 " pictures are more than the %" PRIu64 " of one call",
                    s->set.latents.z ? "z" : "seed", s->latents.n, most_samples);
    return 0;
}

static int check_files(sampling *s, error *e)
{
    const sample_settings *set = &s->set;
    file_list_read(&s->files, s->model.path);
    file_list_read(&s->files, s->latents.path);
    file_list_read(&s->files, s->given.config_path);
    file_list_write(&s->files, s->is_folder ? NULL : set->output);
    file_list_write(&s->files, set->npy);
    file_list_write(&s->files, set->idx);
    file_list_write(&s->files, set->pairs);
    file_list_rule(&s->files, set->depfile, main_output(set));
    return file_list_check(&s->files, e);
}

/* ---- The grid ---- */

static char *label_of(const sampling *s, uint64_t i)
{
    text t = {0};
    latent_label(&s->latents, &t, i);
    return t.data;
}

/* With pixels NULL only checks whether it can be drawn. */
static int draw_grid(picture *p, const sampling *s, const uint8_t *pixels, error *e)
{
    size_t n = (size_t)s->latents.n;
    char **labels = s->set.label ? allocate(n, sizeof *labels) : NULL;
    for (size_t i = 0; labels && i < n; i++)
        labels[i] = label_of(s, i);
    bool is_strip = s->set.columns == 0 && s->set.interpolate.n_ranges > 0;
    picture_grid grid = {.pixels = pixels,
                         .n = n,
                         .columns = is_strip ? n : (size_t)s->set.columns,
                         .width = (int)s->model.shape.cols,
                         .height = (int)s->model.shape.rows,
                         .factor = 2,
                         .gap = 2,
                         .labels = (const char *const *)labels};
    int status = pixels ? picture_grid_draw(p, &grid, e) : picture_grid_check(&grid, e);
    for (size_t i = 0; labels && i < n; i++)
        free(labels[i]);
    free(labels);
    return status;
}

static int check_grid(const sampling *s, error *e)
{
    if (!wants_grid(s))
        return 0;
    if (s->latents.n > MOST_IN_GRID)
        return fail(e, STATUS_USAGE, "--output: a grid takes at most %d pictures, not %llu",
                    MOST_IN_GRID, (unsigned long long)s->latents.n);
    return draw_grid(NULL, s, NULL, e) ? fail_in(e, "--output") : 0;
}

static int save_grid(const sampling *s, error *e)
{
    picture p = {0};
    int status = draw_grid(&p, s, s->grid, e);
    if (status == 0)
        status = picture_save(s->set.output, &p, NULL, 0, LEVEL_FAST, e);
    picture_release(&p);
    return status;
}

/* ---- One chunk ---- */

static void fill_latents(sampling *s, uint64_t first, size_t n)
{
    latents_fill(&s->latents, s->z, first, n);
    for (size_t i = 0; i < n; i++)
        s->seeds[i] = latent_number(&s->latents, first + i);
    for (size_t i = 0; s->set.truncation != 1.0 && i < n * s->latents.z_dim; i++)
        s->z[i] *= (float)s->set.truncation;
}

/* NaN would be drawn as black. */
static int check_finite(const sampling *s, uint64_t first, size_t n, error *e)
{
    size_t n_pixels = s->model.shape.n, at = find_not_finite(s->x, n * n_pixels);
    if (at == n * n_pixels)
        return 0;
    uint64_t i = at / n_pixels;
    return fail(e, STATUS_DIVERGED, "%s %llu: its picture is not finite", s->latents.kind->key,
                (unsigned long long)latent_number(&s->latents, first + i));
}

static int save_picture(const sampling *s, uint64_t i, const uint8_t *pixels, error *e)
{
    picture p = {0};
    char *path = latent_path(&s->latents, s->set.output, i, ".png");
    picture_init_grey(&p, pixels, (int)s->model.shape.cols, (int)s->model.shape.rows);
    int status = picture_save(path, &p, NULL, 0, LEVEL_SMALL, e);
    picture_release(&p);
    free(path);
    return status;
}

static int write_pairs(sampling *s, uint64_t first, size_t n, error *e)
{
    size_t z_dim = s->model.z_dim, n_pixels = s->model.shape.n;
    if (has_seeds(s) && safetensors_stream_write(&s->pairs, "seed", first, s->seeds, n, e))
        return -1;
    if (safetensors_stream_write(&s->pairs, "z", first * z_dim, s->z, n * z_dim, e))
        return -1;
    return safetensors_stream_write(&s->pairs, "x", first * n_pixels, s->x, n * n_pixels, e);
}

static int write_chunk(sampling *s, uint64_t first, size_t n, error *e)
{
    size_t n_pixels = s->model.shape.n, n_bytes = n * n_pixels;
    if ((s->set.npy && atomic_file_write(&s->npy, s->pixels, n_bytes, e)) ||
        (s->set.idx && atomic_file_write(&s->idx, s->pixels, n_bytes, e)) ||
        (s->set.pairs && write_pairs(s, first, n, e)))
        return -1;
    if (s->grid)
        memcpy(s->grid + (size_t)first * n_pixels, s->pixels, n_bytes);
    for (size_t i = 0; s->is_folder && i < n; i++)
        if (save_picture(s, first + i, s->pixels + i * n_pixels, e))
            return -1;
    return 0;
}

/* ---- All of them ---- */

static int open_pairs(sampling *s, error *e)
{
    size_t n = (size_t)s->latents.n;
    if (has_seeds(s))
        safetensors_add(&s->layout, "seed", DTYPE_U64, 1, &n, NULL);
    safetensors_add(&s->layout, "z", DTYPE_F32, 2, (size_t[]){n, s->model.z_dim}, NULL);
    safetensors_add(&s->layout, "x", DTYPE_F32, 2, (size_t[]){n, s->model.shape.n}, NULL);
    return safetensors_stream_open(&s->pairs, &s->layout, s->set.pairs, e);
}

static int open_outputs(sampling *s, error *e)
{
    const sample_settings *set = &s->set;
    picture_shape shape = s->model.shape;
    if ((s->is_folder && folder_create(set->output, e)) ||
        (set->npy &&
         pixel_file_open(&s->npy, set->npy, PIXELS_NPY, (size_t)s->latents.n, shape, e)) ||
        (set->idx &&
         pixel_file_open(&s->idx, set->idx, PIXELS_IDX, (size_t)s->latents.n, shape, e)) ||
        (set->pairs && open_pairs(s, e)))
        return -1;
    return 0;
}

static int commit_outputs(sampling *s, error *e)
{
    if ((s->grid && save_grid(s, e)) ||
        (s->set.npy && atomic_file_commit(&s->npy, NOT_DURABLE, e)) ||
        (s->set.idx && atomic_file_commit(&s->idx, NOT_DURABLE, e)) ||
        (s->set.pairs && safetensors_stream_commit(&s->pairs, e)))
        return -1;
    return file_list_save_rule(&s->files, e);
}

static void allocate_chunk(sampling *s)
{
    size_t rows = s->latents.n < CHUNK ? (size_t)s->latents.n : CHUNK, n_pixels = s->model.shape.n;
    tiles_init(&s->tiles, &s->folded);
    s->z = allocate(rows * s->model.z_dim, sizeof *s->z);
    s->x = allocate(rows * n_pixels, sizeof *s->x);
    s->pixels = allocate(rows * n_pixels, 1);
    s->seeds = allocate(rows, sizeof *s->seeds);
    if (wants_grid(s))
        s->grid = allocate((size_t)s->latents.n * n_pixels, 1);
}

static int sample_block(block_loop *l, uint64_t first, size_t n, error *e)
{
    sampling *s = l->context;
    fill_latents(s, first, n);
    tiles_forward(s->x, &s->tiles, &s->folded, s->z, n);
    if (check_finite(s, first, n, e))
        return -1;
    bytes_from_floats(s->pixels, s->x, n * s->model.shape.n, s->model.low, s->model.high);
    return write_chunk(s, first, n, e);
}

static int sample(sampling *s, error *e)
{
    block_loop all = {.voice = &s->voice,
                      .progress = s->set.common.progress,
                      .what = "pictures",
                      .folder = s->is_folder ? s->set.output : NULL,
                      .n = s->latents.n,
                      .block = CHUNK,
                      .work = sample_block,
                      .context = s};
    signals_catch(&s->voice);
    if (open_outputs(s, e))
        return -1;
    allocate_chunk(s);
    return block_loop_run(&all, e) ? -1 : commit_outputs(s, e);
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
    const sample_settings *set = &s->set;
    const char *const outputs[] = {set->output, set->npy, set->idx, set->pairs};
    text names = {0};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        if (outputs[i])
            text_add(&names, "%s%s", names.length > 0 ? ", " : "", outputs[i]);
    say(&s->voice, "%llu picture%s in %s", (unsigned long long)s->latents.n,
        s->latents.n == 1 ? "" : "s", names.data);
    text_release(&names);
}

/* Returns 1 when there was nothing more to do. */
static int work(sampling *s, int argc, char **argv, error *e)
{
    int status = read_settings(s, argc, argv, e);
    if (status != 0)
        return status;
    if (load_model(s, e) || find_source(s, e) || check_files(s, e) || check_grid(s, e))
        return -1;
    if (s->set.common.dry_run)
        return settings_print(&description, &s->set, e);
    if (s->set.info && print_info(s, e))
        return -1;
    if (!has_output(&s->set))
        return 0;
    if (session_start(&s->voice, &s->set.common, e) || sample(s, e))
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
