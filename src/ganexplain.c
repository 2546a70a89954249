/* SPDX-License-Identifier: MIT */
/* ganexplain: options, then one explanation a seed, or a table of many. */
#include "cli.h"
#include "checkpoint.h"
#include "data.h"
#include "explain.h"
#include "report.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---------------------------------------------------------------------------------- */

typedef struct {
    common_settings common;
    seed_list seeds;
    const char *z, *method, *target, *output, *data, *generator, *discriminator, *weights, *table;
    const char *scale, *cmap, *sign, *depfile;
    double range[2], lambda, alpha, clip;
    uint64_t top, n_classes;
    bool wants_jacobian, wants_pictures, wants_list;
} settings;

static const settings defaults = {.common = {.progress = "auto"},
                                  .method = "gradient",
                                  .scale = "image",
                                  .sign = "all",
                                  .range = {NAN, NAN},
                                  .lambda = 1.0,
                                  .alpha = 0.5,
                                  .top = 8,
                                  .n_classes = 10,
                                  .wants_pictures = true};

#define AT(member) offsetof(settings, member)
static const option_row options[] = {
    {"seed", 's', OPTION_SEEDS, ROLE_RESULT, AT(seeds), 0, 0, NULL, "LIST",
     "The seeds to explain: numbers and ranges, such as 7 or 0-9,42.", "What to explain"},
    {"seeds", 0, OPTION_ALIAS, ROLE_RESULT, 0, 0, 0, "seed", NULL, "", "What to explain"},
    {"z", 0, OPTION_TEXT, ROLE_RESULT, AT(z), 0, 0, NULL, "FILE.safetensors:NAME",
     "Explain the rows of that tensor (N, z-dim) instead of seeds.", "What to explain"},
    {"target", 't', OPTION_TEXT, ROLE_RESULT, AT(target), 0, 0, NULL, "TARGET",
     "What is explained, a number made of z: logit (D's raw verdict; the default where there is a D), "
     "pixel:R,C, region:R0,C0,R1,C1 (mean, ends included), ink (sum of all pixels; the default without "
     "a D), gen (-log D(G(z))), rec:FILE.png|nearest|INDEX (squared distance to a picture, to the "
     "nearest training picture or to one of them, over 784), loss:... (rec + lambda gen), unit:LAYER,I "
     "(a unit of G before its activation, by Sequential index).",
     "What to explain"},
    {"lambda", 0, OPTION_REAL, ROLE_RESULT, AT(lambda), 0, 1e6, NULL, "X",
     "The weight of gen in the target loss.", "What to explain"},
    {"method", 'm', OPTION_LIST, ROLE_RESULT, AT(method), 0, 0, "gradient|all", "LIST",
     "The methods to explain with; --list-methods says what they are.", "What to explain"},
    {"list-methods", 0, OPTION_FLAG, ROLE_RUN, AT(wants_list), 0, 0, NULL, NULL,
     "Print the methods and their sources, and end.", "What to explain"},
    {"data", 'd', OPTION_TEXT, ROLE_RESULT, AT(data), 0, 0, NULL, "DIR",
     "The folder of IDX files for rec:nearest, rec:INDEX and loss; default: the embedded digits.",
     "What to explain"},
    {"n-classes", 0, OPTION_COUNT, ROLE_RESULT, AT(n_classes), 1, 256, NULL, "N",
     "The number of classes that the labels of --data may have.", "What to explain"},
    {"generator", 0, OPTION_TEXT, ROLE_RESULT, AT(generator), 0, 0, NULL, "SPEC",
     "The layers of a foreign file's generator.", "Checkpoint"},
    {"discriminator", 0, OPTION_TEXT, ROLE_RESULT, AT(discriminator), 0, 0, NULL, "SPEC",
     "The layers of a foreign file's discriminator.", "Checkpoint"},
    {"range", 0, OPTION_PAIR, ROLE_RESULT, AT(range), -1e6, 1e6, NULL, "LOW,HIGH",
     "The picture values of a foreign file; default: by its last activation.", "Checkpoint"},
    {"weights", 0, OPTION_CHOICE, ROLE_RESULT, AT(weights), 0, 0, "ema|raw", "WHICH",
     "Which generator of a state.safetensors to use; default: ema where there is one.", "Checkpoint"},
    {"output", 'o', OPTION_TEXT, ROLE_RUN, AT(output), 0, 0, NULL, "DIR",
     "Where the folders seed-0007 go; default: RUN/explain, or FILE-explain for a file.", "Output"},
    {"table", 0, OPTION_TEXT, ROLE_RUN, AT(table), 0, 0, NULL, "FILE",
     "Stream value and gradients of all seeds into one .safetensors or .jsonl file instead of folders.",
     "Output"},
    {"pictures", 0, OPTION_FLAG, ROLE_RUN, AT(wants_pictures), 0, 0, NULL, NULL,
     "Draw PNGs; --no-pictures keeps the folders without them.", "Output"},
    {"jacobian", 0, OPTION_FLAG, ROLE_RUN, AT(wants_jacobian), 0, 0, NULL, NULL,
     "Store the whole Jacobian (784, z-dim), too.", "Output"},
    {"depfile", 0, OPTION_TEXT, ROLE_RUN, AT(depfile), 0, 0, NULL, "FILE",
     "Write a make rule with all inputs.", "Output"},
    {"top", 'k', OPTION_COUNT, ROLE_RESULT, AT(top), 1, 32, NULL, "K",
     "How many of the strongest components of z are named and drawn.", "Pictures"},
    {"scale", 0, OPTION_TEXT, ROLE_RESULT, AT(scale), 0, 0, NULL, "image|run|VALUE",
     "What full colour stands for: each map's own largest magnitude, the largest over all seeds (two "
     "passes), or a number for all maps.",
     "Pictures"},
    {"cmap", 0, OPTION_LIST, ROLE_RESULT, AT(cmap), 0, 0, DIVERGING_MAPS "|" SEQUENTIAL_MAPS, "LIST",
     "Colour maps: the first three are for signed maps, the others for magnitudes.", "Pictures"},
    {"alpha", 0, OPTION_REAL, ROLE_RESULT, AT(alpha), 0.01, 1, NULL, "X",
     "The weight of a map's colour over the picture.", "Pictures"},
    {"sign", 0, OPTION_CHOICE, ROLE_RESULT, AT(sign), 0, 0, "all|positive|negative|absolute", "WHICH",
     "What of a signed map is drawn.", "Pictures"},
    {"clip", 0, OPTION_REAL, ROLE_RESULT, AT(clip), 0, 50, NULL, "PERCENT",
     "Let this share of a map's largest values run over the scale; how many did is stated.",
     "Pictures"},
};

static const program ganexplain = {
    .name = "ganexplain",
    .summary = "explain which parts of z made which parts of the picture",
    .usage = "CHECKPOINT --seed LIST [OPTION ...]",
    .details =
        "Backpropagates from the picture, or from the discriminator's verdict, to the noise vector z, and "
        "writes for each seed a folder with explanation.png (one figure), a PNG per map, explanation.txt "
        "(plain words), explanation.json (numbers and checks) and maps.safetensors (raw arrays).\n"
        "CHECKPOINT is a run folder of gantrain, one of its files, or a foreign safetensors file with "
        "--generator. Every run checks values and gradients against plain double-precision code and its "
        "differences.",
    .examples = "ganexplain --seed 7 RUN  # RUN/explain/seed-0007/explanation.png\n"
                "ganexplain --seed 0-9 --target region:4,4,10,12 --scale run RUN\n"
                "ganexplain --seed 0-9999 --table gradients.safetensors RUN\n",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .min_operands = 0,
    .max_operands = 1,
    .defaults = &defaults,
    .operand_words = "file",
    .build_info = tensor_blas_info,
};

/* ---- What a run holds --------------------------------------------------------------------------- */

typedef struct {
    settings set;
    voice voice;
    const char *checkpoint;
    model_file model;
    dataset data;      /* loaded for targets that need it */
    bool has_data;
    picture reference; /* of rec:FILE.png */
    float *reference_values;
    float *z_rows;     /* of --z, else NULL */
    size_t n_z_rows;
    char *z_path;
    explainer explainer;
    explain_workspace *workspaces; /* one a thread */
    size_t n_threads;
    const explain_method *methods[16];
    size_t n_methods;
    explanation_style style;
    double fixed_scale;    /* of --scale VALUE, else 0 */
    map_scales run_scales; /* of --scale run */
    char *output;
} run;

static uint64_t count_rows(const run *r)
{
    return r->z_rows ? r->n_z_rows : seed_list_count(&r->set.seeds);
}

/* z of row i, and its name: the seed, or the row of --z. */
static uint64_t fill_z(const run *r, uint64_t i, float *z)
{
    size_t n = r->explainer.z_dim;
    if (r->z_rows) {
        memcpy(z, r->z_rows + i * n, n * sizeof *z);
        return i;
    }
    uint64_t seed = seed_list_at(&r->set.seeds, i);
    latent_of_seed(z, n, seed);
    return seed;
}

/* ---- Checking and loading --------------------------------------------------------------------------- */

static int read_scale(run *r, error *e)
{
    const char *s = r->set.scale;
    if (strcmp(s, "image") == 0 || strcmp(s, "run") == 0)
        return 0;
    const char *end;
    if (!real_read(&r->fixed_scale, s, &end) || *end || !(r->fixed_scale > 0))
        return fail(e, STATUS_USAGE, "--scale: '%s' is not image, run or a number above 0", s);
    return 0;
}

static int read_maps(run *r, error *e)
{
    static const char *const signs[] = {"all", "positive", "negative", "absolute"};
    for (size_t i = 0; i < 4; i++)
        if (strcmp(r->set.sign, signs[i]) == 0)
            r->style.sign = (shown_sign)i;
    r->style.diverging = colour_map_find("blue-orange");
    r->style.sequential = colour_map_find("hot");
    for (const char *at = r->set.cmap; at && *at;) {
        char name[32];
        size_t n = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)n, at);
        const colour_map *m = colour_map_find(name);
        if (!m)
            return fail(e, STATUS_USAGE, "--cmap: '%s' is none of " DIVERGING_MAPS "|" SEQUENTIAL_MAPS,
                        name);
        *(m->kind == MAP_DIVERGING ? &r->style.diverging : &r->style.sequential) = m;
        at += n + (at[n] == ',');
    }
    return 0;
}

static void choose_methods(run *r)
{
    for (const explain_method *m = explain_methods; m->name; m++) {
        size_t n = strlen(m->name);
        bool is_asked = false;
        for (const char *at = r->set.method; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
            is_asked = is_asked || strncmp(at, "all", 3) == 0 ||
                       (strncmp(at, m->name, n) == 0 && (at[n] == ',' || !at[n]));
        if (is_asked)
            r->methods[r->n_methods++] = m;
    }
}

/* FILE.safetensors:NAME, (N, z_dim). */
static int load_z(run *r, error *e)
{
    const char *colon = strrchr(r->set.z, ':');
    safetensors s = {0};
    if (!colon || colon == r->set.z || !colon[1])
        return fail(e, STATUS_USAGE, "--z: '%s': expected FILE.safetensors:NAME", r->set.z);
    r->z_path = copy_text(r->set.z);
    r->z_path[colon - r->set.z] = 0;
    if (safetensors_load(&s, r->z_path, e))
        return -1;
    const tensor_entry *t = safetensors_find(&s, colon + 1);
    int status = 0;
    if (!t)
        status = fail(e, STATUS_BAD_INPUT, "%s: tensor '%s' is missing", r->z_path, colon + 1);
    else if (t->type != DTYPE_F32 || t->rank != 2 || t->shape[1] != r->model.z_dim || !t->shape[0])
        status = fail(e, STATUS_BAD_INPUT, "%s: tensor '%s': expected F32 of shape (N, %zu), N > 0",
                      r->z_path, colon + 1, r->model.z_dim);
    else {
        r->n_z_rows = t->shape[0];
        r->z_rows = allocate(t->n, sizeof *r->z_rows);
        memcpy(r->z_rows, t->data, t->n_bytes);
    }
    safetensors_release(&s);
    return status;
}

static void fixed_reference(float *reference, const float *x, void *context)
{
    (void)x;
    memcpy(reference, ((const run *)context)->reference_values, N_PIXELS * sizeof *reference);
}

/* Bytes of a picture in the network's range. */
static void floats_of(const run *r, float *out, const uint8_t *pixels)
{
    floats_from_bytes(out, pixels, N_PIXELS, r->model.low, r->model.high);
}

static void nearest_reference(float *reference, const float *x, void *context)
{
    const run *r = context;
    size_t i = image_set_nearest(&r->data.train, x, r->model.low, r->model.high);
    floats_of(r, reference, r->data.train.pixels + i * N_PIXELS);
}

/* What rec and loss compare with: a file, a training picture, or the nearest one of each row. */
static int load_reference(run *r, explain_target *t, error *e)
{
    const char *words = t->picture;
    uint64_t index = 0;
    bool is_nearest = strcmp(words, "nearest") == 0, is_index = strspn(words, "0123456789") == strlen(words);
    t->context = r;
    t->find_reference = is_nearest ? nearest_reference : fixed_reference;
    r->reference_values = allocate(N_PIXELS, sizeof *r->reference_values);
    if (!is_nearest && !is_index) {
        if (picture_load_grey(&r->reference, words, PICTURE_SIDE, PICTURE_SIDE, e))
            return -1;
        floats_of(r, r->reference_values, r->reference.data);
        return 0;
    }
    if (dataset_load(&r->data, r->set.data, r->set.n_classes, e))
        return -1;
    r->has_data = true;
    if (is_nearest)
        return 0;
    const char *end;
    if (!count_read(&index, words, &end) || index >= r->data.train.n)
        return fail(e, STATUS_USAGE, "--target: training picture %s: there are 0 to %zu", words,
                    r->data.train.n - 1);
    floats_of(r, r->reference_values, r->data.train.pixels + index * N_PIXELS);
    return 0;
}

static int load(run *r, error *e)
{
    explain_target target;
    model_source source = {.path = r->checkpoint,
                           .weights = r->set.weights,
                           .generator = r->set.generator,
                           .discriminator = r->set.discriminator,
                           .range = isnan(r->set.range[0]) ? NULL : r->set.range};
    if (model_file_load(&r->model, &source, e))
        return -1;
    if (r->model.warning)
        warn(&r->voice, "%s", r->model.warning);
    bool has_d = r->model.d.n_layers > 0;
    if (!r->set.target)
        r->set.target = has_d ? "logit" : "ink";
    if (explain_target_read(&target, r->set.target, e))
        return -1;
    target.lambda = r->set.lambda;
    if (target.picture && load_reference(r, &target, e))
        return -1;
    if (r->set.z && load_z(r, e))
        return -1;
    if (explainer_init(&r->explainer, &r->model.g, has_d ? &r->model.d : NULL, &target, e))
        return fail_in(e, "%s", r->model.path);
    r->workspaces = allocate(r->n_threads, sizeof *r->workspaces);
    for (size_t i = 0; i < r->n_threads; i++)
        explain_workspace_init(&r->workspaces[i], &r->explainer);
    return 0;
}

/* RUN/explain, or FILE without its suffix plus -explain. */
static void choose_output(run *r)
{
    if (r->set.output)
        r->output = copy_text(r->set.output);
    else if (is_folder(r->checkpoint))
        r->output = join_path(r->checkpoint, "explain");
    else {
        text t = {0};
        const char *slash = strrchr(r->checkpoint, '/'), *dot = strrchr(r->checkpoint, '.');
        size_t n = dot && (!slash || dot > slash + 1) ? (size_t)(dot - r->checkpoint)
                                                      : strlen(r->checkpoint);
        text_add_bytes(&t, r->checkpoint, n);
        text_add(&t, "-explain");
        r->output = t.data;
    }
}

static void run_release(run *r)
{
    for (size_t i = 0; r->workspaces && i < r->n_threads; i++)
        explain_workspace_release(&r->workspaces[i]);
    free(r->workspaces);
    explainer_release(&r->explainer);
    model_file_release(&r->model);
    dataset_release(&r->data);
    picture_release(&r->reference);
    free(r->reference_values);
    free(r->z_rows);
    free(r->z_path);
    free(r->output);
    settings_release(&ganexplain, &r->set);
}

/* ---- One explanation ------------------------------------------------------------------------------ */

/* What the checkpoint and the run add to the numbers of an explanation. */
static json_t *circumstances(const run *r, const explanation *a)
{
    json_t *o = json_object();
    if (r->explainer.target.find_reference == nearest_reference)
        json_object_set_new(o, "nearest_training_picture",
                            json_unsigned(image_set_nearest(&r->data.train,
                                                            explanation_find(a, "x")->data,
                                                            r->model.low, r->model.high)));
    json_object_set_new(o, "target_option", json_string(r->set.target));
    json_object_set_new(o, "range",
                        json_pack("[ff]", (double)r->model.low, (double)r->model.high));
    json_object_set_new(o, "checkpoint_step", json_unsigned(r->model.step));
    json_object_set_new(o, "training",
                        r->model.settings ? json_incref(r->model.settings) : json_null());
    json_object_set_new(o, "cpu_level", json_string(tensor_level()));
    json_object_set_new(o, "version", json_string(GANLENS_VERSION));
    return o;
}

/* Its folder, with all files. */
static int save(const run *r, const explain_workspace *w, const explanation *a, uint64_t name, error *e)
{
    text folder = {0}, title = {0};
    text_add(&folder, "%s/%s-%04" PRIu64, r->output, r->z_rows ? "z" : "seed", name);
    text_add(&title, "%s %" PRIu64, r->z_rows ? "Row" : "Seed", name);
    json_t *facts = circumstances(r, a);
    map_scales scales = r->run_scales;
    if (r->fixed_scale > 0)
        scales = (map_scales){r->fixed_scale, r->fixed_scale, r->fixed_scale, r->fixed_scale};
    else if (strcmp(r->set.scale, "run"))
        scales = explanation_scales(a, r->set.clip);
    explanation_report report = {.title = title.data,
                                 .name_key = r->z_rows ? "row" : "seed",
                                 .name = name,
                                 .facts = facts,
                                 .reference = r->explainer.target.find_reference ? w->reference : NULL,
                                 .scales = scales};
    int status = explanation_save(folder.data, a, &r->explainer, &r->style, &report, e);
    json_decref(facts);
    text_release(&folder);
    text_release(&title);
    return status;
}

/* ---- Folders for seeds ---------------------------------------------------------------------------------- */

/* Seeds whose outcome is kept until all are done: what bounds the memory. */
enum { GROUP = 64 };

typedef struct {
    run *r;
    uint64_t first;
    bool only_scales;
    map_scales scales[GROUP];
    error errors[GROUP]; /* status 0: none */
} group;

/* A broken check ends the run with 6, but only after its files are there to be looked at; numbers that
 * are not finite end it at once. */
static void judge(const explanation *a, const char *kind, uint64_t name, error *e)
{
    const char *bad = explanation_not_finite(a);
    if (bad)
        fail(e, STATUS_DIVERGED, "%s %" PRIu64 ": '%s' is not finite", kind, name, bad);
    else if (!explanation_is_sound(a))
        for (size_t i = 0; i < a->n_checks; i++)
            if (!explain_check_is_met(&a->checks[i])) {
                fail(e, STATUS_CHECK_FAILED, "%s %" PRIu64 ": check %s: %g, expected at most %g", kind,
                     name, a->checks[i].name, a->checks[i].value, a->checks[i].tolerance);
                return;
            }
}

static void explain_one(size_t i, size_t thread, void *context)
{
    group *g = context;
    run *r = g->r;
    explain_workspace *w = &r->workspaces[thread];
    explanation a = {0};
    error *e = &g->errors[i];
    float *z = allocate(r->explainer.z_dim, sizeof *z);
    uint64_t name = fill_z(r, g->first + i, z);
    explain_request q = {.n_top = r->set.top, .wants_jacobian = r->set.wants_jacobian, .probe = name};
    if (explain(&a, &r->explainer, w, z, &q, r->methods, r->n_methods, e) == 0) {
        judge(&a, r->z_rows ? "row" : "seed", name, e);
        if (g->only_scales)
            g->scales[i] = explanation_scales(&a, r->set.clip);
        else if (e->status != STATUS_DIVERGED) {
            error not_saved = {0};
            if (save(r, w, &a, name, &not_saved))
                *e = not_saved;
        }
    }
    explanation_release(&a);
    free(z);
}

static void widen(map_scales *all, const map_scales *one)
{
    all->gradient_x = fmax(all->gradient_x, one->gradient_x);
    all->gradient_z = fmax(all->gradient_z, one->gradient_z);
    all->sensitivity = fmax(all->sensitivity, one->sensitivity);
    all->top_columns = fmax(all->top_columns, one->top_columns);
}

/* Keeps the first failure but lets a graver one win: not finite over a broken check. */
static bool is_graver(const error *a, const error *b)
{
    return a->status && (!b->status || (b->status == STATUS_CHECK_FAILED && a->status != b->status));
}

static int explain_all(run *r, bool only_scales, error *e)
{
    uint64_t n = count_rows(r);
    progress line;
    group *g = allocate(1, sizeof *g);
    error worst = {0};
    progress_start(&line, &r->voice, r->set.common.progress);
    for (uint64_t first = 0; first < n; first += GROUP) {
        size_t some = n - first < GROUP ? (size_t)(n - first) : GROUP;
        *g = (group){.r = r, .first = first, .only_scales = only_scales};
        parallel_for(some, explain_one, g);
        for (size_t i = 0; i < some; i++) {
            widen(&r->run_scales, &g->scales[i]);
            if (is_graver(&g->errors[i], &worst))
                worst = g->errors[i];
        }
        if (worst.status && (worst.status != STATUS_CHECK_FAILED || only_scales))
            break;
        if (progress_is_due(&line)) {
            char words[80];
            snprintf(words, sizeof words, "%s %" PRIu64 " of %" PRIu64,
                     only_scales ? "measured" : "explained", first + some, n);
            progress_show(&line, (double)(first + some) / (double)n, words);
        }
    }
    progress_end(&line);
    free(g);
    if (!worst.status)
        return 0;
    *e = worst;
    return -1;
}

/* ---- A table for many seeds --------------------------------------------------------------------------------- */

/* Tiles between two writes: enough for any number of threads, little memory. */
enum { TILES = 16, BLOCK = TILES * EXPLAIN_TILE };

typedef struct {
    run *r;
    uint64_t first;
    size_t n; /* rows in this block */
    uint64_t name[BLOCK];
    float *z, *value, *gradient_z, *gradient_x; /* BLOCK rows */
    explain_check worst[TILES];                 /* one row of each tile is checked */
    size_t n_kinks[TILES];
} table_block;

static void table_block_init(table_block *b, run *r)
{
    size_t n = r->explainer.z_dim;
    b->r = r;
    b->z = allocate(BLOCK * n, sizeof(float));
    b->value = allocate(BLOCK, sizeof(float));
    b->gradient_z = allocate(BLOCK * n, sizeof(float));
    b->gradient_x = allocate(BLOCK * N_PIXELS, sizeof(float));
}

static void table_block_release(table_block *b)
{
    free(b->z);
    free(b->value);
    free(b->gradient_z);
    free(b->gradient_x);
    free(b);
}

static void explain_tile(size_t i, size_t thread, void *context)
{
    table_block *b = context;
    explain_workspace *w = &b->r->workspaces[thread];
    size_t at = i * EXPLAIN_TILE, n = b->r->explainer.z_dim;
    explained_rows rows = {.n = b->n - at < EXPLAIN_TILE ? b->n - at : EXPLAIN_TILE,
                           .z = b->z + at * n,
                           .value = b->value + at,
                           .gradient_z = b->gradient_z + at * n,
                           .gradient_x = b->gradient_x + at * N_PIXELS};
    explain_check checks[N_GRADIENT_CHECKS];
    for (size_t k = 0; k < rows.n; k++)
        b->name[at + k] = fill_z(b->r, b->first + at + k, b->z + (at + k) * n);
    explain_rows(&b->r->explainer, w, &rows);
    explain_check_gradient(checks, &b->r->explainer, w, &rows, 0, b->name[at]);
    b->worst[i] = checks[0];
    for (size_t k = 1; k < N_GRADIENT_CHECKS; k++)
        if (!(checks[k].value / checks[k].tolerance <= b->worst[i].value / b->worst[i].tolerance))
            b->worst[i] = checks[k];
}

/* Where a table goes: rank-1 and rank-2 tensors by blocks, or a line of JSON a row. */
typedef struct {
    bool is_lines;
    atomic_file lines;
    safetensors layout;
    safetensors_stream stream;
} table_file;

static int table_open(table_file *t, const run *r, error *e)
{
    const char *path = r->set.table, *dot = strrchr(path, '.');
    size_t n = (size_t)count_rows(r), by_z[2] = {n, r->explainer.z_dim}, by_x[2] = {n, N_PIXELS};
    t->is_lines = dot && strcmp(dot, ".jsonl") == 0;
    if (t->is_lines)
        return atomic_file_open(&t->lines, path, e);
    safetensors_set_metadata(&t->layout, "format", "ganlens-table");
    safetensors_set_metadata(&t->layout, "target", r->set.target);
    safetensors_add(&t->layout, r->z_rows ? "row" : "seed", DTYPE_U64, 1, by_z, NULL);
    safetensors_add(&t->layout, "z", DTYPE_F32, 2, by_z, NULL);
    safetensors_add(&t->layout, "target", DTYPE_F32, 1, by_z, NULL);
    safetensors_add(&t->layout, "gradient_z", DTYPE_F32, 2, by_z, NULL);
    safetensors_add(&t->layout, "gradient_x", DTYPE_F32, 2, by_x, NULL);
    return safetensors_stream_open(&t->stream, &t->layout, path, e);
}

static void table_release(table_file *t)
{
    atomic_file_release(&t->lines);
    safetensors_stream_release(&t->stream);
    safetensors_release(&t->layout);
}

static int table_write_tensors(table_file *t, const table_block *b, error *e)
{
    size_t n = b->r->explainer.z_dim;
    const char *name = b->r->z_rows ? "row" : "seed";
    if (safetensors_stream_write(&t->stream, name, b->first, b->name, b->n, e) ||
        safetensors_stream_write(&t->stream, "z", b->first * n, b->z, b->n * n, e) ||
        safetensors_stream_write(&t->stream, "target", b->first, b->value, b->n, e) ||
        safetensors_stream_write(&t->stream, "gradient_z", b->first * n, b->gradient_z, b->n * n, e) ||
        safetensors_stream_write(&t->stream, "gradient_x", b->first * N_PIXELS, b->gradient_x,
                                 b->n * N_PIXELS, e))
        return -1;
    return 0;
}

static void add_list(text *line, const char *name, const float *v, size_t n)
{
    text_add(line, ", \"%s\": [", name);
    for (size_t i = 0; i < n; i++)
        text_add(line, i ? ", %.9g" : "%.9g", (double)v[i]);
    text_add(line, "]");
}

static int table_write_lines(table_file *t, const table_block *b, error *e)
{
    size_t n = b->r->explainer.z_dim;
    text lines = {0};
    for (size_t i = 0; i < b->n; i++) {
        text_add(&lines, "{\"%s\": %" PRIu64, b->r->z_rows ? "row" : "seed", b->name[i]);
        add_list(&lines, "z", b->z + i * n, n);
        text_add(&lines, ", \"target\": %.9g", (double)b->value[i]);
        add_list(&lines, "gradient_z", b->gradient_z + i * n, n);
        add_list(&lines, "gradient_x", b->gradient_x + i * N_PIXELS, N_PIXELS);
        text_add(&lines, "}\n");
    }
    int status = atomic_file_write(&t->lines, lines.data, lines.length, e);
    text_release(&lines);
    return status;
}

/* Not finite ends the table; a broken check is kept in broken until the table is whole. */
static int judge_block(const table_block *b, error *broken, error *e)
{
    size_t n = b->r->explainer.z_dim;
    for (size_t i = 0; i < b->n; i++)
        if (!isfinite(b->value[i]) || find_not_finite(b->gradient_z + i * n, n) < n ||
            find_not_finite(b->gradient_x + i * N_PIXELS, N_PIXELS) < N_PIXELS)
            return fail(e, STATUS_DIVERGED, "%s %" PRIu64 ": target or gradient is not finite",
                        b->r->z_rows ? "row" : "seed", b->name[i]);
    for (size_t i = 0; i * EXPLAIN_TILE < b->n; i++)
        if (!explain_check_is_met(&b->worst[i]) && !broken->status)
            fail(broken, STATUS_CHECK_FAILED, "%s %" PRIu64 ": check %s: %g, expected at most %g",
                 b->r->z_rows ? "row" : "seed", b->name[i * EXPLAIN_TILE], b->worst[i].name,
                 b->worst[i].value, b->worst[i].tolerance);
    return 0;
}

static int write_table(run *r, table_file *t, table_block *b, error *broken, error *e)
{
    uint64_t n = count_rows(r);
    progress line;
    int status = 0;
    double worst = 0;
    progress_start(&line, &r->voice, r->set.common.progress);
    for (uint64_t first = 0; !status && first < n; first += BLOCK) {
        b->first = first;
        b->n = n - first < BLOCK ? (size_t)(n - first) : BLOCK;
        size_t n_tiles = (b->n + EXPLAIN_TILE - 1) / EXPLAIN_TILE;
        parallel_for(n_tiles, explain_tile, b);
        status = judge_block(b, broken, e);
        if (!status)
            status = t->is_lines ? table_write_lines(t, b, e) : table_write_tensors(t, b, e);
        for (size_t i = 0; i < n_tiles; i++)
            worst = fmax(worst, b->worst[i].value / b->worst[i].tolerance);
        if (progress_is_due(&line)) {
            char words[80];
            snprintf(words, sizeof words, "row %" PRIu64 " of %" PRIu64, first + b->n, n);
            progress_show(&line, (double)(first + b->n) / (double)n, words);
        }
    }
    progress_end(&line);
    if (!status)
        detail(&r->voice, "%s: every 64th row was checked; the worst check is at %.3g of its tolerance",
               r->set.table, worst);
    return status;
}

static int save_table(run *r, error *e)
{
    table_file t = {0};
    error broken = {0};
    table_block *b = allocate(1, sizeof *b);
    table_block_init(b, r);
    int status = table_open(&t, r, e);
    if (!status)
        status = write_table(r, &t, b, &broken, e);
    if (!status)
        status = t.is_lines ? atomic_file_commit(&t.lines, NOT_DURABLE, e)
                            : safetensors_stream_commit(&t.stream, e);
    if (!status && broken.status) {
        *e = broken;
        status = -1;
    }
    table_block_release(b);
    table_release(&t);
    return status;
}

/* ---- Main ------------------------------------------------------------------------------------------------------ */

static int list_methods(error *e)
{
    text t = {0};
    for (const explain_method *m = explain_methods; m->name; m++)
        text_add(&t, "%s\t%s\t%s\n", m->name, m->summary, m->source);
    int status = stdout_write(t.data, t.length, e);
    text_release(&t);
    return status;
}

/* All that can be said of the options without opening a file. */
static int check_options(run *r, const invocation *v, error *e)
{
    if (v->n_operands != 1)
        return fail(e, STATUS_USAGE, "expected a CHECKPOINT; try --help");
    r->checkpoint = v->operands[0];
    if (!r->set.z && !r->set.seeds.n_ranges)
        return fail(e, STATUS_USAGE, "what to explain is missing: --seed LIST, or --z FILE:NAME");
    if (r->set.z && r->set.seeds.n_ranges)
        return fail(e, STATUS_USAGE, "--seed and --z exclude each other");
    if (r->set.table && r->set.output)
        return fail(e, STATUS_USAGE, "--table writes one file and no folders: leave out --output");
    choose_methods(r);
    if (read_scale(r, e) || read_maps(r, e))
        return -1;
    r->style.alpha = (float)r->set.alpha;
    r->style.scale_rule = r->set.scale;
    r->style.clip = r->set.clip;
    r->style.has_pictures = r->set.wants_pictures;
    return 0;
}

static int save_depfile(const run *r, error *e)
{
    text target = {0};
    const char *inputs[8] = {r->model.path};
    size_t n = 1;
    float *unused = allocate(r->explainer.z_dim, sizeof *unused);
    if (r->z_path)
        inputs[n++] = r->z_path;
    if (r->explainer.target.picture && !r->has_data)
        inputs[n++] = r->explainer.target.picture;
    for (size_t i = 0; r->has_data && i < 4 && r->data.files[i]; i++)
        inputs[n++] = r->data.files[i];
    if (r->set.table)
        text_add(&target, "%s", r->set.table);
    else
        text_add(&target, "%s/%s-%04" PRIu64 "/explanation.json", r->output, r->z_rows ? "z" : "seed",
                 fill_z(r, 0, unused));
    int status = depfile_save(r->set.depfile, target.data, inputs, n, e);
    free(unused);
    text_release(&target);
    return status;
}

static int work(run *r, const invocation *v, error *e)
{
    if (r->set.wants_list)
        return list_methods(e);
    if (check_options(r, v, e) || load(r, e))
        return -1;
    r->style.low = r->model.low;
    r->style.high = r->model.high;
    choose_output(r);
    if (r->set.common.dry_run) {
        text t = {0};
        json_t *o = settings_json(&ganexplain, &r->set, 1 << ROLE_RUN | 1 << ROLE_RESULT);
        json_write(&t, o, 2);
        text_add(&t, "\n");
        int status = stdout_write(t.data, t.length, e);
        json_decref(o);
        text_release(&t);
        return status;
    }
    int status = 0;
    if (r->set.table)
        status = save_table(r, e);
    else if (strcmp(r->set.scale, "run") == 0 && explain_all(r, true, e) && e->status != STATUS_CHECK_FAILED)
        status = -1;
    else {
        *e = (error){0};
        status = explain_all(r, false, e);
        if (!status || e->status == STATUS_CHECK_FAILED)
            say(&r->voice, "%" PRIu64 " explained in %s", count_rows(r), r->output);
    }
    if ((!status || e->status == STATUS_CHECK_FAILED) && r->set.depfile) {
        error not_saved = {0};
        if (save_depfile(r, &not_saved)) {
            *e = not_saved;
            status = -1;
        }
    }
    return status;
}

int main(int argc, char **argv)
{
    run r = {.set = defaults};
    invocation v = {0};
    error e = {0};
    bool is_under_make = false;
    r.voice = (voice){.program = "ganexplain"};
    int read = program_read(&v, &ganexplain, argc, argv, &e);
    if (read == 0 && program_apply(&r.set, &v, &e) == 0) {
        r.voice.quiet = r.set.common.quiet;
        r.voice.verbose = r.set.common.verbose;
        r.n_threads = (size_t)common_threads(&r.set.common, &is_under_make);
        if (is_under_make)
            say(&r.voice, "1 thread, as make runs jobs side by side; --threads N for more");
        tensor_init(r.n_threads);
        if (work(&r, &v, &e) && !e.status)
            e.status = STATUS_FAILED;
    }
    int status = e.status ? complain(&r.voice, &e) : STATUS_DONE;
    run_release(&r);
    invocation_release(&v);
    return status;
}
