/* SPDX-License-Identifier: MIT */
/* The method `lime`: a line through the target at masks of what is explained, few of whose groups
 * are missing.
 *
 * The kernel is local: a mask of which a share s of the groups is missing weighs exp(-s^2 / (2
 * width^2)), with the width 0.25 0.61 of one without gaps where a quarter is missing, 0.14 where a
 * half is and 0.0003 where all are. */
#include "lime_detail.h"
#include "cli.h"
#include <math.h>
#include <stdlib.h>

/* ---- Options ---- */

static const option_row rows[] = {
    OPTION_REAL(lime_settings, width, .name = "lime-width", .low = 0.01, .high = 100, .value = "W",
                .summary = "How near masks must be to count: one of which a share s is missing "
                           "weighs exp(-s^2 / (2 W^2))."),
    OPTION_REAL(lime_settings, ridge, .name = "lime-ridge", .low = 0, .high = 1000, .value = "R",
                .summary = "How much large coefficients are held back, over the mean square that "
                           "they are found from; 0: not at all."),
};

static const lime_settings defaults = {.width = 0.25, .ridge = 1e-6};
static const option_set options = {OPTION_GROUP("Method lime", rows, 0), &defaults,
                                   sizeof defaults};

/* ---- Arrays ---- */

#define R2_OF(its_name, of, its_sentence)                                                          \
    {                                                                                              \
        .name = its_name, .space = SPACE_SCALAR, .sign = SIGN_SIGNED, .role = ROLE_TRUST,          \
        .title = "Local R2 of " of, .unit = "share of the weighted variance",                      \
        .meaning = "how much of what the target does at masks that were held out its line tells, " \
                   "by the kernel's weights: 1 is all, 0 no more than their mean; there is none "  \
                   "where the target does not change",                                             \
        .sentence = its_sentence, .sentence_if_zero = its_sentence                                 \
    }

static const array_row arrays[] = {
    {.name = "lime.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What the target loses near here without a component of z",
     .unit = "target with it - target without it",
     .noun = "change",
     .meaning = "how much more the target is with the component than with that of the baseline in "
                "its place, by a straight line through what it is where few components are "
                "replaced",
     .sentence = "When a few components of z at a time are put back to the baseline, the target "
                 "changes most with #",
     .if_zero = "no component that is put back to the baseline changes the target"},
    {.name = "lime.z_error",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "Standard error of lime.z",
     .unit = "target",
     .noun = "error",
     .meaning = "how far other masks would have moved the change",
     .error_of = "lime.z"},
    {.name = "lime.x",
     .space = SPACE_X,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What the target loses near here without a part of the picture",
     .unit = "target with it - target without it, a pixel's share",
     .noun = "change",
     .meaning = "how much more the target is with the pixel's part of the picture than with that "
                "of the baseline in its place, shared out over the pixels of the part, by a "
                "straight line through what it is where few parts are replaced",
     .sentence = "When a few parts of the picture at a time are blanked, the target changes most "
                 "with those #",
     .if_zero = "no part of the picture that is blanked changes the target"},
    {.name = "lime.x_error",
     .space = SPACE_X,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "Standard error of lime.x",
     .unit = "target, a pixel's share",
     .noun = "error",
     .meaning = "how far other masks would have moved the change",
     .error_of = "lime.x"},
    R2_OF("lime.r2_z", "lime.z",
          "The line that the effects of components are taken from tells a share of # of what "
          "the target does where a few of them are put back."),
    R2_OF("lime.r2_x", "lime.x",
          "That of the parts of the picture tells a share of # of what the target does where "
          "a few of them are blanked."),
    {.name = "lime.fit",
     .space = SPACE_TABLE,
     .sign = SIGN_PLAIN,
     .role = ROLE_TRUST,
     .title = "What the lines of lime rest on",
     .unit = "numbers",
     .meaning =
         "the groups that are there or missing, the masks that the line is fitted to, how "
         "many of equal weight they are worth, those that it was tried on, the kernel's "
         "width, the share of the changes that the ridge takes away and the largest standard "
         "error of a change"},
    {0}};

/* Where less than half is told, the same numbers say so. */
static const array_row poor_r2[N_INPUTS] = {
    [INPUT_Z] = R2_OF("lime.r2_z", "lime.z",
                      "Beware of the effects of components: their line tells a share of only "
                      "# of what the target does where a few of them are put back, less than "
                      "a half."),
    [INPUT_X] = R2_OF("lime.r2_x", "lime.x",
                      "Beware of the effects of parts of the picture: their line tells a "
                      "share of only # of what the target does where a few of them are "
                      "blanked, less than a half.")};

static const double TRUSTED_R2 = 0.5;

/* Names by input. */
static const char *const effects[N_INPUTS] = {"lime.z", "lime.x"},
                         *const errors[N_INPUTS] = {"lime.z_error", "lime.x_error"},
                         *const r2s[N_INPUTS] = {"lime.r2_z", "lime.r2_x"};

/* ---- The table ---- */

enum { N_COLUMNS = 7 };

static double find_greatest(const double *v, size_t n)
{
    double greatest = 0;
    for (size_t i = 0; i < n; i++)
        greatest = fmax(greatest, v[i]);
    return greatest;
}

static void add_table(explanation *a, const lime_fit fits[N_INPUTS], const lime_settings *set)
{
    static const char *const columns[N_COLUMNS] = {
        "groups", "masks", "worth", "held out", "kernel width", "taken by ridge", "error at most"};
    static const char *const names[N_INPUTS] = {"z", "picture"};
    size_t n_rows = 0, row = 0;
    for (size_t i = 0; i < N_INPUTS; i++)
        n_rows += fits[i].n > 0;
    float *table = explanation_add(a, "lime.fit", n_rows, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, columns[c]);
    for (size_t i = 0; i < N_INPUTS; i++) {
        const lime_fit *m = &fits[i];
        const double numbers[N_COLUMNS] = {(double)m->n_groups,
                                           (double)m->n_fitted,
                                           m->n_effective,
                                           (double)(m->n - m->n_fitted),
                                           set->width,
                                           m->shrinkage,
                                           find_greatest(m->error, m->n_groups)};
        if (m->n == 0)
            continue;
        explanation_add_label(a, names[i]);
        for (size_t c = 0; c < N_COLUMNS; c++)
            table[row * N_COLUMNS + c] = (float)numbers[c];
        row++;
    }
}

/* ---- Running ---- */

/* Masks that are fitted, and the sides of the grid of blocks, unless it is said. */
enum { N_SAMPLES = 1000, SIDE = 7 };

static void add_r2(explanation *a, const lime_fit *m, explain_input input)
{
    if (isnan(m->r2))
        return;
    float *r2 = m->r2 < TRUSTED_R2 ? explanation_add_row(a, &poor_r2[input], 0, 0)
                                   : explanation_add(a, r2s[input], 0, 0);
    *r2 = (float)m->r2;
}

static void add_fit(explanation *a, const lime_fit *m, const coalition_game *g,
                    const lime_settings *set)
{
    explain_check found[N_LIME_CHECKS];
    explain_input input = g->f.input;
    float *effect = explanation_add(a, effects[input], 0, 0);
    feature_groups_share(&g->groups, effect, m->coefficient);
    feature_groups_share(&g->groups, explanation_add(a, errors[input], 0, 0), m->error);
    add_r2(a, m, input);
    if (g->f.t->q->skips_checks)
        return;
    lime_check(found, m, g, set, effect);
    for (size_t i = 0; i < N_LIME_CHECKS; i++)
        explanation_add_check(a, &found[i]);
}

static int fit_input(lime_fit *m, const explain_task *t, explanation *a, explain_input input,
                     error *e)
{
    coalition_game g;
    const lime_settings *set = t->settings;
    if (!coalition_game_init(&g, t, a, input, (group_counts){.side = SIDE}))
        return 0;
    lime_fit_init(m, &g, set, t->q->n_samples ? t->q->n_samples : N_SAMPLES);
    coalition_values(&g, m->value, m->present, m->n);
    int status = lime_fit_solve(m, set, e);
    if (!status)
        add_fit(a, m, &g, set);
    coalition_game_release(&g);
    return status;
}

static int run(const explain_task *t, explanation *a, error *e)
{
    lime_fit fits[N_INPUTS] = {{0}};
    int status = 0;
    for (explain_input i = 0; !status && i < N_INPUTS; i++)
        status = fit_input(&fits[i], t, a, i, e);
    if (!status)
        add_table(a, fits, t->settings);
    for (size_t i = 0; i < N_INPUTS; i++)
        lime_fit_release(&fits[i]);
    return status;
}

const explain_method lime_method = {
    .name = "lime",
    .summary = "a straight line through the target where a few components of z, or a few parts of "
               "the picture, are replaced by the baseline",
    .source = "Ribeiro, Singh & Guestrin 2016, arXiv:1602.04938",
    .lies = "Where its mixtures are like nothing that the networks have seen: D may mind the "
            "edge of a black block more than what the block hides. A line with a local R2 below "
            "0.5 misses most of what happens, and other groups or another width give other "
            "lines.",
    .arrays = arrays,
    .checks = lime_checks,
    .reads = READS_INPUTS | READS_BASELINE | READS_SAMPLES | READS_SEGMENTS,
    .options = &options,
    .run = run,
};
