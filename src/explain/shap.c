/* SPDX-License-Identifier: MIT */
/* The method `shap`: the difference between the target here and at the baseline, shared out over
 * the components of z and over the parts of the picture.
 *
 * What is missing is as the baseline has it, the mean over several (Janzing, Minorics & Bloebaum
 * 2020): no conditional expectation. */
#include "shap_detail.h"
#include "cli.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

typedef struct {
    const char *by;  /* a name of shap_way_names; NULL: as there is room */
    uint64_t groups; /* of z; 0: each component by itself */
} shap_settings;

static const option_row rows[] = {
    OPTION_CHOICE(shap_settings, by, .name = "shap-by", .value = "exact|kernel|permutation",
                  .choices = WORDS("exact", "kernel", "permutation"),
                  .summary = "From all coalitions, which at most 16 groups have few enough of, by "
                             "weighted least squares over some of them, or by orders in which "
                             "groups come. When not given: exact as far as 65,536 evaluations "
                             "go, else kernel."),
    OPTION_COUNT(shap_settings, groups, .name = "shap-groups", .low = 0, .high = 1000000,
                 .value = "N",
                 .summary = "Components of z that follow each other in N groups; 0: each by "
                            "itself."),
};

static const shap_settings defaults = {0};
static const option_set options = {OPTION_GROUP("Method shap", rows, 0), &defaults,
                                   sizeof defaults};

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "shap.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What each component of z adds to the target, over all orders",
     .unit = "target here - target at the baseline, shared out",
     .noun = "part",
     .meaning = "what the target gains as the component takes its value in place of the "
                "baseline's, on average over all orders in which the components could; all parts "
                "add up to the target less what it is at the baseline",
     .sentence = "What the target gains from the baseline up to here is shared out fairly among "
                 "the components; the largest parts are those of #",
     .if_zero = "no component adds to the target"},
    {.name = "shap.z_error",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "Standard error of shap.z",
     .unit = "target",
     .noun = "error",
     .meaning = "how far other coalitions would have moved the part",
     .error_of = "shap.z"},
    {.name = "shap.x",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What each part of the picture adds to the target, over all orders",
     .unit = "target here - target at the baseline, shared out",
     .noun = "part",
     .meaning = "what the target gains as the block or stroke that the pixel is in takes the place "
                "of the baseline's, on average over all orders in which they could, shared out "
                "over its pixels; all add up to the target less what it is at the baseline",
     .sentence = "What it gains from the baseline's picture up to this one falls most on the "
                 "pixels #",
     .if_zero = "no part of the picture adds to the target"},
    {.name = "shap.x_error",
     .space = SPACE_X,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "Standard error of shap.x",
     .unit = "target, a pixel's share",
     .noun = "error",
     .meaning = "how far other coalitions would have moved the part",
     .error_of = "shap.x"},
    {.name = "shap.fit",
     .space = SPACE_TABLE,
     .sign = SIGN_PLAIN,
     .role = ROLE_TRUST,
     .title = "What the parts of shap rest on",
     .unit = "numbers",
     .meaning = "the groups that are shared out to, the coalitions of them that were evaluated, "
                "the target here and at the baseline, and the largest standard error of a part, "
                "which is 0 where all coalitions were",
     .if_zero = "nothing was evaluated"},
    {0}};

static const char *const parts[N_INPUTS] = {"shap.z", "shap.x"}, *const errors[N_INPUTS] = {
                                                                     "shap.z_error",
                                                                     "shap.x_error"};

/* ---- The table ---- */

enum { N_COLUMNS = 5 };

static double find_greatest(const double *v, size_t n)
{
    double greatest = 0;
    for (size_t i = 0; i < n; i++)
        greatest = fmax(greatest, v[i]);
    return greatest;
}

static void label_row(explanation *a, explain_input input, shap_way way)
{
    text label = {0};
    text_add(&label, "%s, %s", input == INPUT_Z ? "z" : "picture", shap_way_names[way]);
    explanation_add_label(a, label.data);
    text_release(&label);
}

static void add_table(explanation *a, const shap_sample samples[N_INPUTS])
{
    static const char *const columns[N_COLUMNS] = {"groups", "coalitions", "here", "at baseline",
                                                   "error at most"};
    size_t n_rows = 0, row = 0;
    for (size_t i = 0; i < N_INPUTS; i++)
        n_rows += samples[i].n_groups > 0;
    float *table = explanation_add(a, "shap.fit", n_rows, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, columns[c]);
    for (explain_input i = 0; i < N_INPUTS; i++) {
        const shap_sample *s = &samples[i];
        const double numbers[N_COLUMNS] = {(double)s->n_groups, (double)s->n, s->ends.all,
                                           s->ends.none, find_greatest(s->error, s->n_groups)};
        if (s->n_groups == 0)
            continue;
        label_row(a, i, s->way);
        for (size_t c = 0; c < N_COLUMNS; c++)
            table[row * N_COLUMNS + c] = (float)numbers[c];
        row++;
    }
}

/* ---- Running ---- */

/* Coalitions that are drawn, the sides of the grid of blocks, and the evaluations that all
 * coalitions may cost, unless it is said. */
enum { N_SAMPLES = 4096, SIDE = 4, MAX_EVALUATIONS = 1 << MAX_EXACT_GROUPS };

static shap_way find_way(const char *name)
{
    shap_way way = SHAP_EXACT;
    while (strcmp(shap_way_names[way], name) != 0)
        way++;
    return way;
}

static size_t most_coalitions(const coalition_game *g)
{
    const explain_request *q = g->f.t->q;
    return q->keeps_to_samples ? q->n_samples : MAX_EVALUATIONS / g->baselines.n;
}

/* What was asked for, or exact where that is cheap. */
static int choose_way(shap_way *way, const shap_settings *set, const coalition_game *g, error *e)
{
    size_t n = g->groups.n;
    bool is_small = n <= MAX_EXACT_GROUPS;
    bool is_cheap = is_small && ((size_t)1 << n) <= most_coalitions(g);
    *way = set->by ? find_way(set->by) : is_cheap ? SHAP_EXACT : SHAP_KERNEL;
    if (*way == SHAP_EXACT && !is_small)
        return fail(e, STATUS_USAGE,
                    "--shap-by exact shares out to at most %d groups, and %s has %zu: ask for "
                    "fewer by %s, or leave it out by --space",
                    MAX_EXACT_GROUPS, g->f.input == INPUT_Z ? "z" : "the picture", n,
                    g->f.input == INPUT_Z ? "--shap-groups" : "--segment-grid");
    return 0;
}

static void add_parts(explanation *a, const shap_sample *s, const coalition_game *g)
{
    explain_check found[N_SHAP_CHECKS];
    explain_input input = g->f.input;
    float *part = explanation_add(a, parts[input], 0, 0);
    feature_groups_share(&g->groups, part, s->part);
    if (s->way != SHAP_EXACT)
        feature_groups_share(&g->groups, explanation_add(a, errors[input], 0, 0), s->error);
    if (g->f.t->q->skips_checks)
        return;
    size_t n = shap_check(found, s, g, part);
    for (size_t i = 0; i < n; i++)
        explanation_add_check(a, &found[i]);
}

static void find_parts(shap_sample *s, const explain_task *t, explanation *a,
                       const coalition_game *g, shap_way way)
{
    shap_sample_init(s, g, way, t->q->n_samples ? t->q->n_samples : N_SAMPLES);
    shap_sample_evaluate(s, g);
    shap_sample_solve(s);
    add_parts(a, s, g);
}

static int share_out(shap_sample *s, const explain_task *t, explanation *a, explain_input input,
                     error *e)
{
    coalition_game g;
    shap_way way;
    const shap_settings *set = t->settings;
    const group_counts counts = {.side = SIDE, .n_runs_z = (size_t)set->groups};
    if (!coalition_game_init(&g, t, a, input, counts))
        return 0;
    int status = choose_way(&way, set, &g, e);
    if (!status)
        find_parts(s, t, a, &g, way);
    coalition_game_release(&g);
    return status;
}

static int run(const explain_task *t, explanation *a, error *e)
{
    shap_sample samples[N_INPUTS] = {{0}};
    int status = 0;
    for (explain_input i = 0; !status && i < N_INPUTS; i++)
        status = share_out(&samples[i], t, a, i, e);
    if (!status)
        add_table(a, samples);
    for (size_t i = 0; i < N_INPUTS; i++)
        shap_sample_release(&samples[i]);
    return status;
}

const explain_method shap_method = {
    .name = "shap",
    .summary = "the target less what it is at the baseline, shared out over the components of z "
               "and the parts of the picture by Shapley values",
    .source = "Lundberg & Lee 2017, arXiv:1705.07874; pairs as in Covert & Lee 2021, "
              "arXiv:2012.01536",
    .lies = "It asks the networks about the same mixtures as lime. That the parts add up makes "
            "them no causes: what two do together is divided between them, and another baseline "
            "gives other parts.",
    .arrays = arrays,
    .checks = shap_checks,
    .reads = READS_INPUTS | READS_BASELINE | READS_SAMPLES | READS_SEGMENTS,
    .options = &options,
    .run = run,
};
