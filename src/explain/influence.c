/* SPDX-License-Identifier: MIT */
/* The method `influence`: which components of z, and which hidden units of G, the target depends on
 * most, here and usually.
 *
 * Of a component: I_j = d target / d z_j, as a share of all of these, beside the mean of |I_j| over
 * the prior, which is found once. Of a hidden unit: what it has of the target's change on the way
 * from the baseline to z, its conductance, whose sum over a layer is that change. */
#include "influence_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_POPULATION = 512, LEAST_POPULATION = EXPLAIN_TILE };

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "influence.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_SCALED_RATE,
     .title = "How much of all influence each component of z has",
     .unit = "share of the sum of |d target / d z|",
     .noun = "influence",
     .meaning = "how fast the target rises with it, as a share of how fast it changes with all "
                "components together",
     .sentence = "Of all that small moves of z can do to the target here, the largest shares are "
                 "those of #",
     .if_zero = "no small move of z changes the target"},
    {.name = "influence.usual",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_EVIDENCE,
     .title = "How much the target depends on each component of z over many seeds",
     .unit = "mean of |d target / d z|",
     .noun = "mean rate",
     .meaning = "how fast the target changes with it, either way, on average over the prior",
     .sentence = "Over many seeds the target depends most on #, on average",
     .if_zero = "no small move of z changes the target of any seed"},
    {.name = "influence.usual_error",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "Standard error of the mean rates",
     .unit = "mean of |d target / d z|",
     .noun = "error",
     .meaning = "how far the mean over so many seeds may be from that over all",
     .error_of = "influence.usual"},
    {.name = "influence.agreement",
     .space = SPACE_SCALAR,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "How usual the order of the components is",
     .unit = "rank correlation",
     .meaning = "Spearman's rank correlation of the magnitudes of influence.z with "
                "influence.usual; there is no such array where one of them has no order",
     .sentence = "The order of the components by their influence on this picture has the rank "
                 "correlation # with the usual one: 1 is the same order, 0 none.",
     .sentence_if_zero = "The order of the components by their influence on this picture has "
                         "nothing of the usual one."},
    {.name = "influence.ranks",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The components with the most influence, here and usually",
     .unit = "shares of the sum of rates; rates in d target / d z",
     .meaning = "a component's rank here and over many seeds (1: the most influence), the shares "
                "it then has, its rate here, and how many times its usual rate that is, whatever "
                "its sign"},
    {.name = "influence.layers",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "How the target's change from the baseline goes through G's hidden layers",
     .unit = "of the target",
     .meaning = "the sum of what a layer's units have of the change, which is all of it in every "
                "layer; how much its units push up and down; and how few of them do half of that"},
    {.name = "influence.strongest",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "The hidden units that the target's change goes through most",
     .unit = "of the target",
     .meaning = "what a unit has of the target's change from the baseline to z, and the share "
                "that this is of all that the units of its layer push up and down"},
    {.name = "influence.units",
     .space = SPACE_LAYER,
     .sign = SIGN_SIGNED,
     .role = ROLE_RAW,
     .title = "What each hidden unit of G has of the target's change",
     .meaning = "layer by layer"},
    {.name = "influence.unsettled",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "What shorter steps change",
     .unit = "share of what the units push",
     .meaning =
         "the sum of what halving the steps from the baseline to z changed in the units of a "
         "layer, over the sum of their magnitudes, of the layer where that is most",
     .sentence = "Halving the steps on the way from the baseline changed what the hidden units "
                 "have of the change by a share of #.",
     .sentence_if_zero = "What the hidden units have of the change is exact."},
    {0}};

enum { Z_AGAINST_DOUBLE, USUAL_AGAINST_DOUBLE, ADDS_UP };

static const explain_check checks[] = {
    [Z_AGAINST_DOUBLE] = {.name = "influence.z_against_double",
                          .meaning = "|influence.z times the sum of rates - gradient by z in "
                                     "double| / |gradient in double|",
                          .tolerance = 1e-3,
                          .n_samples = 1},
    [USUAL_AGAINST_DOUBLE] = {.name = "influence.usual_against_double",
                              .meaning = "of one seed of each 64 that influence.usual is the mean "
                                         "of, the worst error of value or gradient against double",
                              .tolerance = 1e-3},
    [ADDS_UP] = {.name = "influence.adds_up",
                 .meaning = "|sum of influence.units over a layer - (target at z - mean of the "
                            "target over the baselines, both in double)| / max(|that|, a tenth of "
                            "the sum of their magnitudes), of the layer where that is most",
                 .tolerance = 1e-3},
    {0}};

/* ---- The population ---- */

/* Over the prior, for all explanations. */
typedef struct {
    float *mean, *error; /* (z_dim): of |d target / d z|; owned */
    explain_check check;
} population;

/* Mean and standard error of the magnitudes in column j of n rows. */
static void find_mean(population *p, const float *gradients, size_t n, size_t z_dim, size_t j)
{
    double mean = 0, squares = 0;
    for (size_t r = 0; r < n; r++)
        mean += fabs((double)gradients[r * z_dim + j]) / (double)n;
    for (size_t r = 0; r < n; r++)
        squares += pow(fabs((double)gradients[r * z_dim + j]) - mean, 2);
    p->mean[j] = (float)mean;
    p->error[j] = (float)sqrt(squares / (double)(n - 1) / (double)n);
}

static explain_check worst_of(const tile_check *checked, size_t n)
{
    explain_check check = checks[USUAL_AGAINST_DOUBLE];
    check.n_samples = n;
    for (size_t i = 0; i < n; i++) {
        double value = checked[i].worst.value * check.tolerance / checked[i].worst.tolerance;
        check.value = worse(value, check.value);
    }
    return check;
}

/* The gradients (n, z_dim) at z; sets the check. */
static void explain_population(population *p, const explainer *x, const explained_rows *rows)
{
    size_t n_threads = tensor_threads(), n_tiles = (rows->n + EXPLAIN_TILE - 1) / EXPLAIN_TILE;
    explain_workspace *workspaces = allocate(n_threads, sizeof *workspaces);
    uint64_t *probe = allocate(rows->n, sizeof *probe);
    tile_check *checked = allocate(n_tiles, sizeof *checked);
    for (size_t r = 0; r < rows->n; r++)
        probe[r] = r;
    for (size_t i = 0; i < n_threads; i++)
        explain_workspace_init(&workspaces[i], x);
    explain_many(x, workspaces, rows, probe, checked);
    p->check = worst_of(checked, n_tiles);
    for (size_t i = 0; i < n_threads; i++)
        explain_workspace_release(&workspaces[i]);
    free(workspaces);
    free(probe);
    free(checked);
}

static size_t count_population(const explain_request *q)
{
    size_t n = q->n_samples && q->n_samples < N_POPULATION ? q->n_samples : N_POPULATION;
    return n < LEAST_POPULATION ? LEAST_POPULATION : n;
}

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    size_t n = count_population(q), z_dim = x->z_dim;
    population *p = allocate(1, sizeof *p);
    float *z = allocate(n * z_dim, sizeof *z);
    explained_rows rows = {.n = n,
                           .z = z,
                           .value = allocate(n, sizeof(float)),
                           .gradient_z = allocate(n * z_dim, sizeof(float))};
    (void)settings;
    (void)e;
    *p = (population){allocate(z_dim, sizeof(float)), allocate(z_dim, sizeof(float)), {0}};
    prior_fill(z, z_dim, DRAW_PRIOR, n);
    explain_population(p, x, &rows);
    for (size_t j = 0; j < z_dim; j++)
        find_mean(p, rows.gradient_z, n, z_dim, j);
    free(z);
    explained_rows_release(&rows);
    *state = p;
    return 0;
}

static void release(void *state)
{
    population *p = state;
    free(p->mean);
    free(p->error);
    free(p);
}

/* ---- Components ---- */

static double sum_of_magnitudes(const float *v, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += fabs((double)v[i]);
    return all;
}

/* 1 for the largest magnitude; equal ones by index. */
static size_t rank_of(const float *v, size_t n, size_t j)
{
    size_t rank = 1;
    for (size_t i = 0; i < n; i++)
        rank += fabsf(v[i]) > fabsf(v[j]) || (fabsf(v[i]) == fabsf(v[j]) && i < j);
    return rank;
}

static double ratio(double a, double b) { return b > 0 ? a / b : 0; }

static void add_ranks(explanation *a, const explain_task *t, const population *p)
{
    enum { RANK, USUAL_RANK, SHARE, USUAL_SHARE, RATE, TIMES, N_COLUMNS };
    static const char *const labels[N_COLUMNS] = {"rank here",     "rank usually", "share here",
                                                  "share usually", "rate here",    "times usual"};
    size_t z_dim = t->x->z_dim, *top = allocate(t->q->n_top, sizeof *top);
    const float *rate = t->rows->gradient_z;
    size_t n = find_strongest(top, t->q->n_top, rate, z_dim);
    double all = sum_of_magnitudes(rate, z_dim), usual = sum_of_magnitudes(p->mean, z_dim);
    float *out = explanation_add(a, "influence.ranks", n, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, labels[c]);
    for (size_t k = 0; k < n; k++, out += N_COLUMNS) {
        size_t j = top[k];
        double size = fabs((double)rate[j]), mean = (double)p->mean[j];
        out[RANK] = (float)(k + 1);
        out[USUAL_RANK] = (float)rank_of(p->mean, z_dim, j);
        out[SHARE] = (float)ratio(size, all);
        out[USUAL_SHARE] = (float)ratio(mean, usual);
        out[RATE] = rate[j];
        out[TIMES] = (float)ratio(size, mean);
        text label = {0};
        text_add(&label, "z%zu", j);
        explanation_add_label(a, label.data);
        text_release(&label);
    }
    free(top);
}

static void add_agreement(explanation *a, const explain_task *t, const population *p)
{
    size_t n = t->x->z_dim;
    float *size = allocate(n, sizeof *size);
    for (size_t i = 0; i < n; i++)
        size[i] = fabsf(t->rows->gradient_z[i]);
    double agreement = rank_correlation(size, p->mean, n);
    if (!isnan(agreement))
        *explanation_add(a, "influence.agreement", 0, 0) = (float)agreement;
    free(size);
}

/* The rates again, from the shares, are checked as the method gradient checks its own. */
static void check_shares(explanation *a, const explain_task *t, const float *share, double all)
{
    explain_check found[N_GRADIENT_CHECKS], check = checks[Z_AGAINST_DOUBLE];
    explained_rows rows = *t->rows;
    rows.gradient_z = allocate(t->x->z_dim, sizeof(float));
    for (size_t i = 0; i < t->x->z_dim; i++)
        rows.gradient_z[i] = (float)((double)share[i] * all);
    explain_check_gradient(found, t->x, t->w, &rows, 0, t->q->probe, NULL);
    check.value = found[1].value;
    explanation_add_check(a, &check);
    free(rows.gradient_z);
}

static void add_components(explanation *a, const explain_task *t)
{
    const population *p = t->state;
    size_t n = t->x->z_dim;
    const float *rate = t->rows->gradient_z;
    double all = sum_of_magnitudes(rate, n);
    float *share = explanation_add(a, "influence.z", 0, 0);
    for (size_t i = 0; i < n; i++)
        share[i] = all > 0 ? (float)((double)rate[i] / all) : 0.0f;
    memcpy(explanation_add(a, "influence.usual", 0, 0), p->mean, n * sizeof *p->mean);
    memcpy(explanation_add(a, "influence.usual_error", 0, 0), p->error, n * sizeof *p->error);
    add_agreement(a, t, p);
    add_ranks(a, t, p);
    if (t->q->skips_checks)
        return;
    check_shares(a, t, share, all);
    explanation_add_check(a, &p->check);
}

/* ---- Hidden units ---- */

static double layer_sum(const unit_influence *u, size_t i, double *magnitudes)
{
    const double *value = u->value + unit_influence_first(u, i);
    double all = 0;
    *magnitudes = 0;
    for (size_t j = 0; j < u->net->layers[i].n_out; j++) {
        all += value[j];
        *magnitudes += fabs(value[j]);
    }
    return all;
}

static int compare_magnitudes(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x < y) - (x > y);
}

/* How few units of layer i have half of its magnitudes. */
static size_t units_for_half(const unit_influence *u, size_t i, double magnitudes)
{
    size_t n = u->net->layers[i].n_out, k = 0;
    double *sorted = allocate(n, sizeof *sorted), so_far = 0;
    memcpy(sorted, u->value + unit_influence_first(u, i), n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_magnitudes);
    while (k < n && so_far < magnitudes / 2)
        so_far += fabs(sorted[k++]);
    free(sorted);
    return k;
}

static void add_layers(explanation *a, const unit_influence *u)
{
    enum { SUM, PUSH, FOR_HALF, UNITS, N_COLUMNS };
    static const char *const labels[N_COLUMNS] = {"sum", "pushed up and down", "units for half",
                                                  "units"};
    size_t n = u->net->n_layers - 1;
    float *out = explanation_add(a, "influence.layers", n, N_COLUMNS);
    for (size_t c = 0; c < N_COLUMNS; c++)
        explanation_add_label(a, labels[c]);
    for (size_t i = 0; i < n; i++, out += N_COLUMNS) {
        double magnitudes, all = layer_sum(u, i, &magnitudes);
        out[SUM] = (float)all;
        out[PUSH] = (float)magnitudes;
        out[FOR_HALF] = (float)units_for_half(u, i, magnitudes);
        out[UNITS] = (float)u->net->layers[i].n_out;
        text label = {0};
        text_add(&label, "layer %zu", u->net->layers[i].dense_index);
        explanation_add_label(a, label.data);
        text_release(&label);
    }
}

/* The layer of unit `at` of all; *unit: which one of it that is. */
static size_t layer_of(const unit_influence *u, size_t at, size_t *unit)
{
    size_t i = 0;
    for (*unit = at; *unit >= u->net->layers[i].n_out; i++)
        *unit -= u->net->layers[i].n_out;
    return i;
}

static void add_strongest(explanation *a, const unit_influence *u, const float *value, size_t n_top)
{
    size_t *top = allocate(n_top, sizeof *top), n = find_strongest(top, n_top, value, u->n_units);
    float *out = explanation_add(a, "influence.strongest", n, 2);
    explanation_add_label(a, "of the change");
    explanation_add_label(a, "share of its layer's");
    for (size_t k = 0; k < n; k++, out += 2) {
        size_t unit, i = layer_of(u, top[k], &unit);
        double magnitudes;
        text label = {0};
        layer_sum(u, i, &magnitudes);
        out[0] = value[top[k]];
        out[1] = (float)ratio(fabs((double)value[top[k]]), magnitudes);
        text_add(&label, "layer %zu unit %zu", u->net->layers[i].dense_index, unit);
        explanation_add_label(a, label.data);
        text_release(&label);
    }
    free(top);
}

/* What halving the steps changed, of the layer where that is most. */
static double find_unsettled(const unit_influence *u)
{
    double most = 0;
    for (size_t i = 0; i + 1 < u->net->n_layers; i++) {
        size_t first = unit_influence_first(u, i);
        double magnitudes, change = 0;
        layer_sum(u, i, &magnitudes);
        for (size_t j = first; j < first + u->net->layers[i].n_out; j++)
            change += fabs(u->value[j] - u->coarse[j]);
        most = fmax(most, ratio(change, magnitudes));
    }
    return most;
}

/* ---- The sum's check ---- */

/* f(z) - the mean of f over the baselines, in double; size: of what that is the difference. */
static double change_in_double(double *size, const target_function *f, const baseline_rows *b)
{
    double *row = allocate(f->n, sizeof *row), change = 0;
    *size = 0;
    for (size_t r = 0; r <= b->n; r++) {
        const float *from = r < b->n ? b->rows + r * f->n : f->at;
        for (size_t i = 0; i < f->n; i++)
            row[i] = (double)from[i];
        double value = target_in_double(f, row, NULL);
        change += r < b->n ? -value / (double)b->n : value;
        *size += r < b->n ? fabs(value) / (double)b->n : fabs(value);
    }
    free(row);
    return change;
}

/* Less than rounding in double leaves of the two targets is no error. */
static void check_sums(explanation *a, const unit_influence *u, const target_function *f,
                       const baseline_rows *b)
{
    explain_check check = checks[ADDS_UP];
    double size, change = change_in_double(&size, f, b), least = 1e-10 * size + 1e-25;
    check.n_samples = u->net->n_layers - 1;
    for (size_t i = 0; i < check.n_samples; i++) {
        double magnitudes, wrong = fabs(layer_sum(u, i, &magnitudes) - change);
        double value = wrong == 0 ? 0 : wrong / fmax(fmax(fabs(change), 0.1 * magnitudes), least);
        check.value = value <= check.value ? check.value : value;
    }
    explanation_add_check(a, &check);
}

static void add_units(explanation *a, const target_function *f)
{
    baseline_rows b;
    unit_influence u;
    baseline_rows_init(&b, f);
    unit_influence_find(&u, f, &b);
    if (u.n_units) {
        float *value = explanation_add(a, "influence.units", u.n_units, 0);
        for (size_t j = 0; j < u.n_units; j++)
            value[j] = (float)u.value[j];
        add_layers(a, &u);
        add_strongest(a, &u, value, f->t->q->n_top);
        *explanation_add(a, "influence.unsettled", 0, 0) = (float)find_unsettled(&u);
        if (!f->t->q->skips_checks)
            check_sums(a, &u, f, &b);
    }
    unit_influence_release(&u);
    baseline_rows_release(&b);
}

/* ---- Running ---- */

static int run(const explain_task *t, explanation *a, error *e)
{
    target_function f;
    (void)e;
    if (!target_function_init(&f, t, a, INPUT_Z))
        return 0;
    add_components(a, t);
    if (!t->q->skips_evidence)
        add_units(a, &f);
    return 0;
}

const explain_method influence_method = {
    .name = "influence",
    .summary = "which components of z and which hidden units of G the target depends on most, "
               "here and over many seeds",
    .source = "Leino et al. 2018, arXiv:1802.03788; of units Dhamdhere, Sundararajan & Yan 2018, "
              "arXiv:1805.12233",
    .lies = "Of z it is the gradient again, as shares, and misleads as that does. Units of a "
            "layer push up and down by far more than is left in the end, so that one unit's "
            "part says little where its layer's push is many times the sum.",
    .arrays = arrays,
    .checks = checks,
    .wants = WANTS_GRADIENT_Z,
    .reads = READS_INPUTS | READS_BASELINE | READS_SAMPLES,
    .prepare = prepare,
    .run = run,
    .release = release,
};
