/* SPDX-License-Identifier: MIT */
/* The method `linear`: a straight line through z, beta0 + sum of beta_i z_i, fitted to the target
 * over the prior by least squares in double. The coefficients hold for every z; what a component of
 * this z contributes is its coefficient times how far it is from the baseline.
 *
 * A coefficient's standard error is the usual one: it takes what the line leaves for noise of one
 * spread, where it is what a straight line cannot follow. */
#include "surrogate_detail.h"
#include <math.h>
#include <stdlib.h>

static const array_row arrays[] = {
    {.name = "linear.z",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_ATTRIBUTION,
     .predicts = PREDICTS_CHANGE,
     .title = "What each component of z adds, by a straight line over all z",
     .unit = "coefficient times z, from the baseline",
     .noun = "contribution",
     .meaning =
         "what the component of this z adds to the target, if the same rate held for every z "
         "and all others",
     .sentence = "A straight line, fitted to the target over all z that may be drawn, puts most of "
                 "what is special about this one down to #",
     .if_zero = "no component of z moves the target along a straight line"},
    {.name = "linear.z_error",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "How sure those contributions are",
     .unit = "one standard error",
     .meaning = "how far a contribution may be off by the samples that were drawn",
     .error_of = "linear.z"},
    {.name = "linear.weights",
     .space = SPACE_Z,
     .sign = SIGN_SIGNED,
     .role = ROLE_EVIDENCE,
     .title = "How fast each component moves the target, over all z",
     .unit = "target per unit of z",
     .noun = "coefficient",
     .meaning = "by how much the target rises with the component, on average over the prior, the "
                "same for every picture",
     .sentence = "Over all z the target rises or falls fastest with #",
     .if_zero = "over all z no component moves the target along a straight line"},
    {.name = "linear.weights_error",
     .space = SPACE_Z,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_RAW,
     .title = "How sure those coefficients are",
     .unit = "one standard error",
     .meaning = "how far a coefficient may be off by the samples that were drawn",
     .error_of = "linear.weights"},
    {.name = "linear.residual",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "What a straight line leaves",
     .unit = "as the target",
     .meaning =
         "the standard deviation of the target about the line, over the z that it was fitted "
         "to",
     .sentence = "Around the straight line the target is spread by # (one standard deviation).",
     .sentence_if_zero = "The straight line leaves nothing of the target."},
    SURROGATE_TRIAL_ROWS("linear", "A straight line through z"),
    {0}};

enum { NORMAL_EQUATIONS, ADDS_UP, HELD_OUT };

static const explain_check checks[] = {
    [NORMAL_EQUATIONS] = {.name = "linear.normal_equations",
                          .meaning = "of each component over the samples: |z . residual| / |z| / "
                                     "|target less its mean|, in double, the most of them",
                          .tolerance = 1e-5},
    [ADDS_UP] = {.name = "linear.adds_up",
                 .meaning = "|sum of linear.z - (the line at z - the line at the baseline)| / sum "
                            "of magnitudes",
                 .tolerance = 1e-5,
                 .n_samples = 1},
    [HELD_OUT] = SURROGATE_TRIAL_CHECK("linear"),
    {0}};

/* ---- Fitting ---- */

/* Sums over the samples, all less their means. */
typedef struct {
    size_t n, z_dim;
    double *mean; /* (z_dim) */
    double y_mean;
    double *inverse; /* (z_dim, z_dim): products of components, in the end inverted */
    double *moment;  /* (z_dim): component times target, in the end the coefficients */
} normal_sums;

static void find_means(normal_sums *s, const prior_sample *p)
{
    for (size_t r = 0; r < p->n; r++)
        for (size_t i = 0; i < s->z_dim; i++)
            s->mean[i] += (double)p->z[r * s->z_dim + i] / (double)p->n;
    s->y_mean = sum(p->value, p->n) / (double)p->n;
}

/* A row's, of which the lower triangle is filled. */
static void add_products(normal_sums *s, const double *z, double y)
{
    for (size_t i = 0; i < s->z_dim; i++) {
        double *row = s->inverse + i * s->z_dim;
        for (size_t k = 0; k <= i; k++)
            row[k] += z[i] * z[k];
        s->moment[i] += z[i] * y;
    }
}

static void sums_init(normal_sums *s, const prior_sample *p, size_t z_dim)
{
    double *z = allocate(z_dim, sizeof *z);
    *s = (normal_sums){.n = p->n,
                       .z_dim = z_dim,
                       .mean = allocate(z_dim, sizeof(double)),
                       .inverse = allocate(z_dim * z_dim, sizeof(double)),
                       .moment = allocate(z_dim, sizeof(double))};
    find_means(s, p);
    for (size_t r = 0; r < p->n; r++) {
        for (size_t i = 0; i < z_dim; i++)
            z[i] = (double)p->z[r * z_dim + i] - s->mean[i];
        add_products(s, z, (double)p->value[r] - s->y_mean);
    }
    free(z);
}

static void sums_release(normal_sums *s)
{
    free(s->mean);
    free(s->inverse);
    free(s->moment);
}

/* Coefficients in the moments' place, and the products inverted. Samples of the prior, more of them
 * than components, are never dependent. */
static void solve(normal_sums *s)
{
    size_t n = s->z_dim;
    double *unit = allocate(n * n, sizeof *unit);
    double_matrix l = double_matrix_view(s->inverse, n, n), b = double_matrix_view(unit, n, n);
    double_matrix moment = double_matrix_view(s->moment, n, 1);
    for (size_t i = 0; i < n; i++)
        unit[i * n + i] = 1;
    double_matrix_cholesky(l, 0);
    for (size_t k = 0; k < 2; k++) {
        double_matrix_solve(moment, l, k ? TRANSPOSED : AS_IS);
        double_matrix_solve(b, l, k ? TRANSPOSED : AS_IS);
    }
    free(s->inverse);
    s->inverse = unit;
}

/* What kept "coefficients" (1 + z_dim), the constant first, say of z. */
static double line_at(const float *z, size_t z_dim, const kept_arrays *k)
{
    const float *beta = kept_arrays_find(k, "coefficients")->data;
    return (double)beta[0] + dot(beta + 1, z, z_dim);
}

static void predict(float *predicted, const float *z, size_t n, size_t z_dim, const kept_arrays *k)
{
    for (size_t r = 0; r < n; r++)
        predicted[r] = (float)line_at(z + r * z_dim, z_dim, k);
}

/* The standard deviation of what is left, by the degrees of freedom. */
static double find_residual(const prior_sample *p, size_t z_dim, const kept_arrays *k)
{
    double square = 0;
    for (size_t r = 0; r < p->n; r++)
        square += pow((double)p->value[r] - line_at(p->z + r * z_dim, z_dim, k), 2);
    return sqrt(square / (double)(p->n - z_dim - 1));
}

static double constant_of(const normal_sums *s)
{
    return s->y_mean - double_dot(s->moment, s->mean, s->z_dim);
}

/* Of the constant and of each coefficient, where what is left has that spread. */
static void fill_errors(float *errors, const normal_sums *s, double residual)
{
    double constant = 1 / (double)s->n;
    for (size_t i = 0; i < s->z_dim; i++) {
        const double *row = s->inverse + i * s->z_dim;
        constant += s->mean[i] * double_dot(row, s->mean, s->z_dim);
        errors[1 + i] = (float)(residual * sqrt(row[i]));
    }
    errors[0] = (float)(residual * sqrt(constant));
}

static void fit(kept_arrays *k, const prior_sample *p, size_t z_dim)
{
    normal_sums s;
    sums_init(&s, p, z_dim);
    solve(&s);
    float *beta = kept_arrays_add(k, "coefficients", 1 + z_dim);
    beta[0] = (float)constant_of(&s);
    for (size_t i = 0; i < z_dim; i++)
        beta[1 + i] = (float)s.moment[i];
    double residual = find_residual(p, z_dim, k);
    *kept_arrays_add(k, "residual", 1) = (float)residual;
    fill_errors(kept_arrays_add(k, "errors", 1 + z_dim), &s, residual);
    sums_release(&s);
}

static int prepare(void **state, const explainer *x, const explain_request *q, const void *settings,
                   error *e)
{
    surrogate_samples s;
    kept_arrays *k = *state = allocate(1, sizeof *k);
    (void)settings;
    (void)e;
    surrogate_samples_init(&s, x, q, SURROGATE_SAMPLES, 4 * (1 + x->z_dim));
    fit(k, &s.fit, x->z_dim);
    surrogate_keep(k, &s, x->z_dim, predict);
    surrogate_samples_release(&s);
    return 0;
}

static bool accepts(const kept_arrays *k, const explainer *x, const explain_request *q,
                    const void *settings)
{
    size_t n = 1 + x->z_dim;
    (void)settings;
    return surrogate_is_kept(k, q, SURROGATE_SAMPLES, 4 * n) &&
           kept_arrays_count(k, "coefficients") == n && kept_arrays_count(k, "errors") == n &&
           kept_arrays_count(k, "residual") == 1;
}

/* ---- Checks ---- */

/* The residuals (n), and the norm of the target about its mean. */
static double fill_residuals(double *left, const float *z, const surrogate *s)
{
    const kept_array *y = kept_arrays_find(s->k, "fitted_to");
    size_t z_dim = s->t->x->z_dim;
    double mean = sum(y->data, y->n) / (double)y->n, square = 0;
    for (size_t r = 0; r < y->n; r++) {
        left[r] = (double)y->data[r] - line_at(z + r * z_dim, z_dim, s->k);
        square += pow((double)y->data[r] - mean, 2);
    }
    return sqrt(square);
}

/* |column . left| / |column| of a component; the constant's, where i is z_dim. */
static double product_with(const float *z, size_t z_dim, size_t i, const double *left, size_t n)
{
    double product = 0, square = 0;
    for (size_t r = 0; r < n; r++) {
        double v = i < z_dim ? (double)z[r * z_dim + i] : 1;
        product += v * left[r];
        square += v * v;
    }
    return fabs(product) / sqrt(square);
}

/* What float keeps of the coefficients is relative to the size of the target, too. */
static void check_normal_equations(const surrogate *s)
{
    const kept_array *y = kept_arrays_find(s->k, "fitted_to");
    size_t z_dim = s->t->x->z_dim;
    explain_check c = checks[NORMAL_EQUATIONS];
    float *z = allocate(y->n * z_dim, sizeof *z);
    double *left = allocate(y->n, sizeof *left), most = 0;
    prior_fill(z, z_dim, DRAW_PRIOR, y->n);
    double size = fill_residuals(left, z, s) + norm(y->data, y->n) * 1e-2;
    for (size_t i = 0; i <= z_dim; i++) {
        double product = product_with(z, z_dim, i, left, y->n);
        most = worse(product, most);
    }
    c.value = most == 0 ? 0 : most / size;
    c.n_samples = y->n;
    explanation_add_check(s->a, &c);
    free(z);
    free(left);
}

/* The line at the baseline, from its coefficients. */
static double line_at_baseline(const surrogate *s, const double *baseline)
{
    const float *beta = kept_arrays_find(s->k, "coefficients")->data;
    double value = (double)beta[0];
    for (size_t i = 0; i < s->t->x->z_dim; i++)
        value += (double)beta[1 + i] * baseline[i];
    return value;
}

static void check_sum(const surrogate *s, const double *baseline, const float *found)
{
    size_t z_dim = s->t->x->z_dim;
    explain_check c = checks[ADDS_UP];
    double here = line_at(s->t->rows->z, z_dim, s->k), there = line_at_baseline(s, baseline);
    double size = fabs(here) + fabs(there);
    for (size_t i = 0; i < z_dim; i++)
        size += fabs((double)found[i]);
    c.value = size == 0 ? 0 : fabs(sum(found, z_dim) - (here - there)) / size;
    explanation_add_check(s->a, &c);
}

/* ---- Running ---- */

/* values (1 + z_dim, the constant's first) times how far z is from the baseline. */
static void fill_contributions(float *out, const float *values, const surrogate *s,
                               const double *baseline)
{
    for (size_t i = 0; i < s->t->x->z_dim; i++)
        out[i] = (float)((double)values[1 + i] * ((double)s->t->rows->z[i] - baseline[i]));
}

static void add_line(const surrogate *s, const double *baseline)
{
    size_t n = s->t->x->z_dim;
    const float *beta = kept_arrays_find(s->k, "coefficients")->data;
    const float *errors = kept_arrays_find(s->k, "errors")->data;
    float *found = explanation_add(s->a, "linear.z", 0, 0);
    fill_contributions(found, beta, s, baseline);
    float *found_error = explanation_add(s->a, "linear.z_error", 0, 0);
    fill_contributions(found_error, errors, s, baseline);
    float *weights = explanation_add(s->a, "linear.weights", 0, 0);
    float *weights_error = explanation_add(s->a, "linear.weights_error", 0, 0);
    for (size_t i = 0; i < n; i++) {
        found_error[i] = fabsf(found_error[i]);
        weights[i] = beta[1 + i];
        weights_error[i] = errors[1 + i];
    }
    *explanation_add(s->a, "linear.residual", 0, 0) = *kept_arrays_find(s->k, "residual")->data;
}

static void add_checks(const surrogate *s, const double *baseline)
{
    check_normal_equations(s);
    check_sum(s, baseline, explanation_find(s->a, "linear.z")->data);
    surrogate_check_trial(s, &checks[HELD_OUT]);
}

static int run(const explain_task *t, explanation *a, error *e)
{
    const surrogate s = {t, a, t->state, "linear", "straight line, of ", line_at};
    double *baseline = surrogate_baseline(t, a);
    (void)e;
    add_line(&s, baseline);
    surrogate_add_trial(&s);
    if (!t->q->skips_checks)
        add_checks(&s, baseline);
    free(baseline);
    return 0;
}

const explain_method linear_method = {
    .name = "linear",
    .summary = "a straight line through z, fitted to the target over the prior: one rate a "
               "component that holds for every z, and how much of the target that tells",
    .source = "least squares, as of Hastie, Tibshirani & Friedman 2009, The Elements of "
              "Statistical Learning, section 3.2",
    .lies = "It is one rule for all z, and of this picture it tells no more than its R2 and "
            "what it misses here allow: a coefficient may have the other sign than the slope "
            "here.",
    .arrays = arrays,
    .checks = checks,
    .reads = READS_BASELINE | READS_SAMPLES,
    .prepare = prepare,
    .run = run,
    .release = kept_arrays_free,
    .accepts = accepts,
};
