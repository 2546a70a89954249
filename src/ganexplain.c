/* SPDX-License-Identifier: MIT */
/* ganexplain: options, then one explanation a seed, or a table of many. */
#include "manual.h"
#include "present.h"
#include "session.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

typedef struct {
    common_settings common;
    checkpoint_options checkpoint;
    latent_options latents;
    subject_options subject;
    method_options methods;
    attribution_options attribution;
    trust_options trust;
    const char *output, *table, *depfile;
    style_words look;
    const char *format;
    double alpha, clip;
    uint64_t top;
    bool wants_pictures, wants_svg, wants_citation, wants_manual;
} settings;

static const settings defaults = {.common = {.progress = "auto"},
                                  .checkpoint = CHECKPOINT_DEFAULTS,
                                  .subject = SUBJECT_DEFAULTS,
                                  .look = {.overlay = "contour", .sign = "all", .scale = "image"},
                                  .format = "text",
                                  .alpha = 0.5,
                                  .top = 6,
                                  .wants_pictures = true};

static const option_row output_options[] = {
    OPTION_TEXT(
        settings, output, .name = "output", .letter = 'o', .value = "DIR",
        .summary =
            "Where the folders seed-0007 go, and the page of several; default: RUN/explain, or "
            "FILE-explain for a file."),
    OPTION_TEXT(settings, table, .name = "table", .value = "FILE",
                .summary = "Stream z, value and gradients of all seeds into one file instead of "
                           "folders, or, with -, as lines of JSON to standard output. FILE ends in",
                .more = explanation_table_tell),
    OPTION_FLAG(settings, wants_pictures, .name = "pictures",
                .summary = "Draw PNGs; --no-pictures keeps the folders without them."),
    OPTION_FLAG(settings, wants_svg, .name = "svg",
                .summary = "Write the figure as explanation.svg, too: lines and text stay sharp in "
                           "print."),
    OPTION_CHOICE(settings, format, .name = "format", .value = "FORMAT",
                  .choices = NAMES_OF(words_formats),
                  .summary = "Write the words as explanation.txt, or as explanation.md, which "
                             "shows the pictures, too."),
    OPTION_FLAG(settings, wants_citation, .name = "cite",
                .summary = "Print what a paper needs to say of these explanations (version, "
                           "checksums, settings, target, methods and their sources), make none, "
                           "and end."),
    OPTION_TEXT(settings, depfile, .name = "depfile", .value = "FILE",
                .summary = "Write a make rule with all inputs."),
};

static const option_row picture_options[] = {
    OPTION_COUNT(settings, top, .name = "top", .letter = 'k', .role = ROLE_RESULT, .low = 1,
                 .high = 32, .value = "K",
                 .summary = "How many of the strongest components of z are named and drawn."),
    OPTION_TEXT(settings, look.scale, .name = "scale", .role = ROLE_RESULT,
                .value = "image|run|VALUE|NAME=VALUE", .choices = NAMES_OF(explanation_scales),
                .summary = "What full colour, or half an axis, stands for: each array's own "
                           "largest magnitude, the largest over all seeds (two passes; what "
                           "--compare and its like draw keeps its own), or a number for all "
                           "arrays. NAME=VALUE is for one array; several by comma: "
                           "run,sensitivity=4."),
    OPTION_LIST(settings, look.maps, .name = "cmap", .role = ROLE_RESULT, .value = "LIST",
                .choices = NAMES_OF(colour_maps),
                .summary = "Colour maps: the first three are for signed maps (unless given "
                           "blue-orange), the others for magnitudes (unless given forest)."),
    OPTION_CHOICE(settings, look.overlay, .name = "overlay", .role = ROLE_RESULT, .value = "HOW",
                  .choices = NAMES_OF(explanation_overlays),
                  .summary = "How a map shows its picture: as a thin contour over full colour, or "
                             "blended with it."),
    OPTION_REAL(settings, alpha, .name = "alpha", .role = ROLE_RESULT, .low = 0.01, .high = 1,
                .value = "X",
                .summary = "The weight of a map's colour over the picture, with --overlay blend."),
    OPTION_CHOICE(settings, look.sign, .name = "sign", .role = ROLE_RESULT, .value = "WHICH",
                  .choices = NAMES_OF(explanation_signs),
                  .summary = "What of a signed map is drawn; what is hidden is said."),
    OPTION_REAL(settings, clip, .name = "clip", .role = ROLE_RESULT, .high = 50, .value = "PERCENT",
                .summary = "Let this share of a map's largest values run over the scale; how "
                           "many did is stated."),
};

/* Of build scripts. */
static const option_row build_options[] = {
    OPTION_FLAG(settings, wants_manual, .name = "print-manual",
                .summary = "Print the page ganlens(7)."),
};

static const option_group groups[] = {
    LATENT_GROUP("What to explain", settings, latents),
    SUBJECT_GROUP("What to explain", settings, subject),
    METHOD_GROUP("What to explain", settings, methods),
    ATTRIBUTION_GROUP("What to explain", settings, attribution),
    TRUST_GROUP("Which explanation to believe", settings, trust),
    CHECKPOINT_GROUP(settings, checkpoint),
    OPTION_GROUP("Output", output_options, 0),
    OPTION_GROUP("Pictures", picture_options, 0),
    OPTION_GROUP(NULL, build_options, 0),
};

static const program ganexplain = {
    .name = "ganexplain",
    .summary = "Explain which parts of z made which parts of a generated picture.",
    .usage = "CHECKPOINT --seed LIST [OPTION ...]",
    .details =
        "Backpropagates from the picture, or from the discriminator's verdict, to the noise vector "
        "z, and writes for each seed a folder with explanation.png (one figure), a METHOD.png for "
        "each further method, a PNG per map, explanation.txt (plain words; .md with --format "
        "markdown), explanation.json (numbers and checks) and maps.safetensors (raw arrays).\n"
        "CHECKPOINT is a run folder of gantrain, one of its files, or a foreign safetensors file "
        "with --generator. Every run checks values, gradients and Jacobians (their products, "
        "slopes and sums) against plain double-precision code and its differences; --table checks "
        "one row in 64. Reading the networks, folding them into plain layers, cutting them at a "
        "unit and drawing z are shared by both, as is the picture of rec, and not checked there.\n"
        "It takes some 30 MB, and about four times the size of the model's file: the weights are "
        "kept as they are and laid out for passes both ways.",
    .examples = "ganexplain --seed 7 RUN  # RUN/explain/seed-0007/explanation.png\n"
                "ganexplain --seed 7 --method all RUN  # a figure a method beside it\n"
                "ganexplain --seed 0-9 --target region:4,4,10,12 --scale run RUN\n"
                "ganexplain --seed 0-9999 --table gradients.safetensors RUN\n"
                "ganexplain --seed 0-99 --table - RUN | jq .target\n"
                "ganexplain --seed 7 --class 3 RUN  # of a conditional model: "
                "RUN/explain/seed-0007-of-3/\n"
                "ganexplain --seed 7 --cite RUN\n",
    .files =
        "RUN/model.safetensors: What is opened of a run folder.\n"
        "RUN/state.safetensors: What is opened where there is no model yet.\n" EXPLANATION_PAGE_FILES
        "DIR/seed-NNNN/: The folder of a seed, z-NNNN of a row of --z; a class and a target other "
        "than the default follow, as in seed-0007-of-3-pixel-4-5. It holds the following.\n" EXPLANATION_FILES,
    .groups = groups,
    .n_groups = sizeof groups / sizeof *groups,
    .min_operands = 0,
    .max_operands = 1,
    .defaults = &defaults,
    .operand_words = "file",
};

static bool is_on_stdout(const settings *set)
{
    return set->table && strcmp(set->table, TABLE_ON_STDOUT) == 0;
}

/* ---- What a run holds ---- */

typedef struct {
    method_settings options; /* with those of the methods */
    settings *set;           /* all of them; these come first */
    voice voice;
    const char *checkpoint;
    subject subject;
    latent_source latents;
    file_list files;
    explain_workspace *workspaces; /* one a thread */
    size_t n_threads;
    explain_plan plan;
    explain_request request;
    attribution_start start;
    trust_settings trust;
    auto_choice choice;
    judge_file control; /* of trust */
    explanation_style style;
    char *output; /* where the folders go */
} run;

static void run_release(run *r)
{
    for (size_t i = 0; r->workspaces && i < r->n_threads; i++)
        explain_workspace_release(&r->workspaces[i]);
    free(r->workspaces);
    subject_release(&r->subject);
    judge_file_release(&r->control);
    explanation_style_release(&r->style);
    explain_plan_release(&r->plan);
    attribution_start_release(&r->start);
    latent_source_release(&r->latents);
    file_list_release(&r->files);
    free(r->output);
    auto_choice_release(&r->choice);
    method_settings_release(&r->options);
}

/* ---- Checking and loading ---- */

static int check_contradictions(const run *r, error *e)
{
    const settings *set = r->set;
    if (!set->latents.z && !set->latents.seeds.n_ranges)
        return fail(e, STATUS_USAGE, "what to explain is missing: --seed LIST, or --z FILE:NAME");
    if (set->latents.z && set->latents.seeds.n_ranges)
        return fail(e, STATUS_USAGE, "--seed and --z exclude each other");
    if (set->trust.compare && method_is_auto(&set->methods))
        return fail(e, STATUS_USAGE,
                    "--method auto explains with one method, and --compare compares several, and "
                    "names the one to trust: leave out one of them");
    if (!set->table)
        return 0;
    if (set->output)
        return fail(e, STATUS_USAGE, "--table writes one file and no folders: leave out --output");
    for (size_t i = 0; i < r->plan.n; i++)
        if (!r->plan.methods[i]->is_streamed)
            return fail(e, STATUS_USAGE,
                        "--table does not hold what method %s finds: leave out --table, or that "
                        "method",
                        r->plan.methods[i]->name);
    if (is_on_stdout(set) && set->depfile)
        return fail(e, STATUS_USAGE,
                    "--depfile needs a file as its target, and --table - writes none");
    return explanation_table_check(set->table, seed_list_count(&set->latents.seeds), e);
}

static int check_uses(const run *r, const invocation *v, error *e)
{
    static const char folders[] = "folders: leave out --table";
    static const char pictures[] = "pictures: leave out --table and --no-pictures";
    static const char blended[] = "maps over pictures: ask for --overlay blend";
    bool has_folders = !r->set->table, has_pictures = has_folders && r->set->wants_pictures;
    const option_use uses[] = {
        {"top", has_folders, folders},
        {"pictures", has_folders, folders},
        {"scale", has_folders, folders}, /* what they do to the scales is in explanation.json */
        {"sign", has_folders, folders},
        {"clip", has_folders, folders},
        {"svg", has_pictures, pictures},
        {"cmap", has_pictures, pictures},
        {"overlay", has_pictures, pictures},
        {"alpha", has_pictures, pictures},
        {"alpha", r->style.overlay == OVERLAY_BLEND, blended},
        {"format", has_folders, folders},
    };
    return option_uses_check(v, uses, sizeof uses / sizeof *uses, e);
}

/* Of --method auto those that it chooses from. */
static void plan_methods(run *r)
{
    const settings *set = r->set;
    method_default choice = set->table                     ? METHODS_STREAMED
                            : trust_is_wanted(&set->trust) ? METHODS_JUDGED
                                                           : METHODS_LEADING;
    if (method_is_auto(&set->methods)) {
        method_auto_plan(&r->plan, method_auto_input(&set->attribution));
        method_settings_apply(&r->options, &r->plan);
        return;
    }
    method_settings_choose(&r->options, &r->plan, set->methods.method, choice);
    trust_choose(&r->plan, &r->trust, &set->trust);
}

/* All that can be said of the options without opening a file. */
static int check_options(run *r, const invocation *v, error *e)
{
    if (v->n_operands != 1)
        return fail(e, STATUS_USAGE, "expected a CHECKPOINT; try --help");
    r->checkpoint = v->operands[0];
    if (method_auto_check(&r->set->methods, !r->set->table, e))
        return -1;
    plan_methods(r);
    if (check_contradictions(r, e) || subject_read(&r->subject, &r->set->subject, v, e) ||
        explanation_style_read(&r->style, &r->set->look, e) || check_uses(r, v, e) ||
        method_uses_check(&r->plan, !r->set->table, v, e) ||
        attribution_check(&r->set->attribution, &r->plan, v, e))
        return -1;
    r->style.alpha = (float)r->set->alpha;
    r->style.clip = r->set->clip;
    r->style.n_top = r->set->top;
    r->style.has_pictures = r->set->wants_pictures;
    r->style.has_svg = r->set->wants_svg;
    r->style.format = words_format_find(r->set->format);
    return 0;
}

static int load(run *r, const invocation *v, error *e)
{
    const subject_source from = {&r->voice, r->checkpoint, &r->set->checkpoint, v};
    if (subject_open(&r->subject, &r->set->subject, &from, e))
        return -1;
    if (trust_open(&r->trust, &r->set->trust, &r->subject, &from, e) ||
        explain_plan_fit(&r->plan, &r->subject.explainer, e) ||
        trust_open_control(&r->control, &r->trust, &r->set->trust, &r->subject, e))
        return -1;
    r->style.low = r->subject.model.low;
    r->style.high = r->subject.model.high;
    r->request =
        (explain_request){.n_top = r->set->top, .black = r->style.low, .white = r->style.high};
    if (attribution_open(&r->start, &r->set->attribution, r->subject.model.z_dim, e))
        return -1;
    return latents_open(&r->latents, &r->set->latents, r->subject.model.z_dim, e);
}

/* Room for as many threads as there is work for. */
static void make_workspaces(run *r)
{
    uint64_t n = r->latents.n;
    if (r->set->table)
        n = n / EXPLAIN_TILE + 1;
    r->n_threads = n < tensor_threads() ? (size_t)n : tensor_threads();
    r->workspaces = allocate(r->n_threads, sizeof *r->workspaces);
    for (size_t i = 0; i < r->n_threads; i++)
        explain_workspace_init(&r->workspaces[i], &r->subject.explainer);
}

/* ---- --method auto ---- */

/* From here on r is as if the user had named the method. */
static int choose_method(run *r, error *e)
{
    const auto_source from = {.voice = &r->voice,
                              .progress = r->set->common.progress,
                              .subject = &r->subject,
                              .latents = &r->latents,
                              .plan = &r->plan,
                              .request = r->request,
                              .workspaces = r->workspaces,
                              .input = method_auto_input(&r->set->attribution)};
    if (auto_choice_make(&r->choice, &from, e))
        return -1;
    explain_plan_release(&r->plan);
    method_settings_choose(&r->options, &r->plan, r->choice.method->name, METHODS_LEADING);
    trust_choose(&r->plan, &r->trust, &r->set->trust);
    return 0;
}

/* ---- Folders for seeds ---- */

static folder_run folders_of(run *r)
{
    return (folder_run){.voice = &r->voice,
                        .progress = r->set->common.progress,
                        .subject = &r->subject,
                        .latents = &r->latents,
                        .plan = &r->plan,
                        .request = r->request,
                        .baseline = r->start.words,
                        .choice = r->choice.method ? &r->choice : NULL,
                        .style = &r->style,
                        .workspaces = r->workspaces,
                        .folder = r->output,
                        .is_named = r->set->output};
}

/* Those of methods that do not lead. */
static bool has_further_figures(const explain_plan *p)
{
    size_t n_default = 0;
    for (size_t i = 0; i < p->n; i++)
        n_default += p->methods[i]->is_default;
    return n_default ? n_default < p->n : p->n > 1;
}

/* The last that judges, which names what to believe; NULL: none does. */
static const explain_method *find_judging(const explain_plan *p)
{
    const explain_method *last = p->n ? p->methods[p->n - 1] : NULL;
    return last && last->judges ? last : NULL;
}

/* Also of explanations whose checks are broken. */
static void tell_folders(run *r, const folder_run *folders)
{
    char *look = folder_run_look(folders);
    const explain_method *judging = find_judging(&r->plan);
    bool has_others = r->latents.n == 1 && r->style.has_pictures && has_further_figures(&r->plan);
    say(&r->voice, "%" PRIu64 " explained in %s; open %s%s%s%s%s", r->latents.n, r->output, look,
        has_others ? ", and beside it " : "", has_others && judging ? judging->name : "",
        has_others && judging ? ".png and " : "",
        has_others ? "METHOD.png of each further method" : "");
    free(look);
}

static int save_folders(run *r, error *e)
{
    folder_run folders = folders_of(r);
    int status = folder_run_save(&folders, e);
    if (!status || e->status == STATUS_CHECK_FAILED)
        tell_folders(r, &folders);
    folder_run_release(&folders);
    return status;
}

/* ---- A table for many seeds ---- */

typedef struct {
    const run *r;
    explanation_table table;
    table_block block;
} row_stream;

static int explain_rows_of(block_loop *l, uint64_t first, size_t n, error *e)
{
    row_stream *s = l->context;
    latents_fill(&s->r->latents, s->block.now->z, first, n);
    for (size_t i = 0; i < n; i++)
        s->block.now->seed[i] = latent_number(&s->r->latents, first + i);
    return table_block_save(&s->block, first, n, e);
}

/* A table whose checks are broken is there to be looked at. */
static int write_table(run *r, row_stream *s, error *e)
{
    error not_saved = {0};
    block_loop all = {.voice = &r->voice,
                      .progress = r->set->common.progress,
                      .what = "rows",
                      .n = r->latents.n,
                      .work = explain_rows_of,
                      .context = s};
    json_t *facts = subject_table_facts(&r->subject);
    int opened = explanation_table_open(&s->table, r->set->table, r->latents.kind->key,
                                        r->latents.n, &r->subject.explainer, facts, e);
    json_decref(facts);
    if (opened)
        return -1;
    table_block_init(&s->block, &s->table, r->workspaces);
    all.block = s->block.most;
    block_loop_run(&all, e);
    table_block_finish(&s->block, &not_saved);
    error_keep_gravest(e, &not_saved);
    if (!e->status || e->status == STATUS_CHECK_FAILED)
        explanation_table_commit(&s->table, &not_saved);
    error_keep_gravest(e, &not_saved);
    return e->status ? -1 : 0;
}

/* Also of a table whose checks are broken. */
static void tell_table(run *r)
{
    say(&r->voice, "%" PRIu64 " explained in %s", r->latents.n,
        is_on_stdout(r->set) ? "standard output" : r->set->table);
}

static int save_table(run *r, error *e)
{
    row_stream *s = allocate(1, sizeof *s);
    s->r = r;
    int status = write_table(r, s, e);
    table_block_release(&s->block);
    explanation_table_release(&s->table);
    free(s);
    if (!status || e->status == STATUS_CHECK_FAILED)
        tell_table(r);
    return status;
}

/* ---- Main ---- */

static int print(void write(text *out), error *e)
{
    text t = {0};
    write(&t);
    int status = stdout_write(t.data, t.length, e);
    text_release(&t);
    return status;
}

static int cite(const run *r, error *e)
{
    const citation c = {ganexplain.name, &r->subject, &r->set->latents, &r->plan,
                        r->choice.method ? &r->choice : NULL};
    return citation_print(&c, e);
}

/* What the rule of --depfile makes; the caller frees it. */
static char *main_output(run *r)
{
    folder_run folders = folders_of(r);
    return r->set->table ? copy_text(r->set->table) : folder_run_target(&folders);
}

static int check_files(run *r, const invocation *v, error *e)
{
    char *target = main_output(r);
    subject_list_inputs(&r->subject, &r->files);
    file_list_read(&r->files, r->latents.path);
    file_list_read(&r->files, r->start.path);
    file_list_read(&r->files, r->control.path);
    file_list_read(&r->files, v->config_path);
    file_list_write(&r->files, is_on_stdout(r->set) ? NULL : r->set->table);
    file_list_rule(&r->files, r->set->depfile, target);
    free(target);
    return file_list_check(&r->files, e);
}

static int work(run *r, const invocation *v, error *e)
{
    error not_saved = {0};
    if (r->set->methods.wants_list)
        return print(methods_list, e);
    if (r->set->wants_manual)
        return print(manual_write, e);
    if (check_options(r, v, e) || load(r, v, e))
        return -1;
    bool is_auto = method_is_auto(&r->set->methods);
    if (r->set->wants_citation && !is_auto)
        return cite(r, e);
    r->output = r->set->output ? copy_text(r->set->output) : explanation_output(r->checkpoint);
    if (check_files(r, v, e))
        return -1;
    if (r->set->common.dry_run)
        return settings_print(&r->options.layout.program, r->set, e);
    if (session_start(&r->voice, &r->set->common, false, e))
        return -1;
    attribution_fill(&r->request, &r->start, &r->set->attribution, &r->subject.explainer);
    make_workspaces(r);
    signals_catch(&r->voice);
    if (is_auto && choose_method(r, e))
        return -1;
    if (r->set->wants_citation)
        return cite(r, e);
    int status = r->set->table ? save_table(r, e) : save_folders(r, e);
    if (status && e->status != STATUS_CHECK_FAILED)
        return status;
    if (!file_list_save_rule(&r->files, &not_saved))
        return status;
    *e = not_saved;
    return -1;
}

int main(int argc, char **argv)
{
    process_start(ganexplain.name);
    run r = {0};
    invocation v = {0};
    error e = {0};
    r.voice = (voice){.program = "ganexplain"};
    method_settings_init(&r.options, &ganexplain, sizeof *r.set);
    r.set = r.options.all;
    int read = program_read(&v, &r.options.layout.program, argc, argv, &e);
    if (read == 0 && program_apply(r.set, &v, &e) == 0) {
        r.voice.quiet = r.set->common.quiet;
        r.voice.verbose = r.set->common.verbose;
        if (work(&r, &v, &e) && !e.status)
            e.status = STATUS_FAILED;
    }
    complain(&r.voice, &e);
    invocation_release(&v); /* reads the program, which is r's */
    run_release(&r);
    return process_end(&e);
}
