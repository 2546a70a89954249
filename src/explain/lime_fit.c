/* SPDX-License-Identifier: MIT */
/* The masks of `lime` and the line through the target there: weighted ridge regression in double,
 * with an intercept that is not shrunk. */
#include "lime_detail.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Masks ---- */

double lime_weigh(const uint8_t *present, size_t n_groups, double width)
{
    size_t n_missing = 0;
    for (size_t k = 0; k < n_groups; k++)
        n_missing += !present[k];
    double far = (double)n_missing / (double)n_groups / width;
    return exp(-far * far / 2);
}

/* So many groups are missing as is drawn from 1 .. n_groups, as in the paper; which, too. */
static void draw_mask(uint8_t *present, size_t n_groups, rng *r, uint32_t *order)
{
    size_t n_missing = 1 + rng_below(r, (uint32_t)n_groups);
    rng_fill_permutation(r, order, n_groups);
    memset(present, 1, n_groups);
    for (size_t k = 0; k < n_missing; k++)
        present[order[k]] = 0;
}

static void draw_masks(lime_fit *m, const coalition_game *g)
{
    uint32_t *order = allocate(m->n_groups, sizeof *order);
    rng fitted = method_rng(g->f.t, DRAW_LIME, g->f.input);
    rng held_out = method_rng(g->f.t, DRAW_HELD_OUT, g->f.input);
    memset(m->present, 1, m->n_groups); /* nothing is missing of the first */
    for (size_t i = 1; i < m->n; i++)
        draw_mask(m->present + i * m->n_groups, m->n_groups, i < m->n_fitted ? &fitted : &held_out,
                  order);
    free(order);
}

void lime_fit_init(lime_fit *m, const coalition_game *g, const lime_settings *set, size_t n_samples)
{
    size_t n_groups = g->groups.n, least = 2 * (n_groups + 1);
    size_t n_fitted = n_samples > least ? n_samples : least, n = n_fitted + (n_fitted + 3) / 4;
    *m = (lime_fit){.n = n,
                    .n_fitted = n_fitted,
                    .n_groups = n_groups,
                    .present = allocate(n * n_groups, 1),
                    .value = allocate(n, sizeof *m->value),
                    .weight = allocate(n, sizeof *m->weight),
                    .coefficient = allocate(n_groups, sizeof *m->coefficient),
                    .error = allocate(n_groups, sizeof *m->error)};
    draw_masks(m, g);
    for (size_t i = 0; i < n; i++)
        m->weight[i] = lime_weigh(m->present + i * n_groups, n_groups, set->width);
}

void lime_fit_release(lime_fit *m)
{
    free(m->present);
    free(m->value);
    free(m->weight);
    free(m->coefficient);
    free(m->error);
    *m = (lime_fit){0};
}

/* ---- The line ---- */

/* The normal equations of the fitted masks, about their weighted means. */
typedef struct {
    lime_fit *m;
    size_t n;     /* groups */
    double *mean; /* (n): how often each group is there */
    double mean_value, weight;
    double *row;           /* (n): room for a mask less the means */
    double_matrix squares; /* (n, n), then its Cholesky factor */
    double *product;       /* (n) */
    double ridge;          /* over the mean of the squares; then times that */
} line;

static line line_init(lime_fit *m)
{
    size_t n = m->n_groups;
    return (line){.m = m,
                  .n = n,
                  .mean = allocate(n, sizeof(double)),
                  .row = allocate(n, sizeof(double)),
                  .squares = double_matrix_view(allocate(n * n, sizeof(double)), n, n),
                  .product = allocate(n, sizeof(double))};
}

static void line_release(line *l)
{
    free(l->mean);
    free(l->row);
    free(l->squares.data);
    free(l->product);
}

static void find_means(line *l)
{
    const lime_fit *m = l->m;
    for (size_t i = 0; i < m->n_fitted; i++)
        l->weight += m->weight[i];
    for (size_t i = 0; i < m->n_fitted; i++) {
        double share = m->weight[i] / l->weight;
        l->mean_value += share * m->value[i];
        for (size_t k = 0; k < l->n; k++)
            l->mean[k] += share * (double)m->present[i * l->n + k];
    }
}

static const double *centre(const line *l, size_t i)
{
    for (size_t k = 0; k < l->n; k++)
        l->row[k] = (double)l->m->present[i * l->n + k] - l->mean[k];
    return l->row;
}

static void add_up(line *l)
{
    for (size_t i = 0; i < l->m->n_fitted; i++) {
        const double *row = centre(l, i);
        double w = l->m->weight[i], y = l->m->value[i] - l->mean_value;
        for (size_t j = 0; j < l->n; j++) {
            l->product[j] += w * y * row[j];
            for (size_t k = 0; k <= j; k++)
                l->squares.data[j * l->n + k] += w * row[j] * row[k];
        }
    }
}

static double mean_square(const line *l)
{
    double total = 0;
    for (size_t k = 0; k < l->n; k++)
        total += l->squares.data[k * (l->n + 1)];
    return total / (double)l->n;
}

/* v = (squares + ridge)^-1 v. */
static void solve(const line *l, double *v)
{
    double_matrix column = double_matrix_view(v, l->n, 1);
    double_matrix_solve(column, l->squares, AS_IS);
    double_matrix_solve(column, l->squares, TRANSPOSED);
}

static double norm_of(const double *v, size_t n) { return sqrt(double_dot(v, v, n)); }

/* To first order: what the ridge takes, once the line is known. */
static double find_shrinkage(const line *l)
{
    const double *found = l->m->coefficient;
    double *taken = allocate(l->n, sizeof *taken), size = norm_of(found, l->n);
    for (size_t k = 0; k < l->n; k++)
        taken[k] = l->ridge * found[k];
    solve(l, taken);
    double share = size > 0 ? norm_of(taken, l->n) / size : 0;
    free(taken);
    return share;
}

static double predict(const lime_fit *m, size_t i)
{
    double y = m->intercept;
    for (size_t k = 0; k < m->n_groups; k++)
        y += m->present[i * m->n_groups + k] ? m->coefficient[k] : 0;
    return y;
}

/* By the residuals of each mask, whose spread may differ (White 1980, with the correction for the
 * coefficients that were fitted). */
static void find_errors(line *l)
{
    lime_fit *m = l->m;
    double *pull = allocate(l->n, sizeof *pull);
    double n = (double)m->n_fitted, correction = n / (n - (double)l->n - 1);
    for (size_t i = 0; i < m->n_fitted; i++) {
        double residual = m->weight[i] * (m->value[i] - predict(m, i));
        memcpy(pull, centre(l, i), l->n * sizeof *pull);
        solve(l, pull);
        for (size_t k = 0; k < l->n; k++)
            m->error[k] += residual * residual * pull[k] * pull[k];
    }
    for (size_t k = 0; k < l->n; k++)
        m->error[k] = sqrt(correction * m->error[k]);
    free(pull);
}

/* ---- How good it is ---- */

/* What float leaves of a value, at best. */
static const double ROUNDING = 4 * (double)FLT_EPSILON;

/* Against a predictor that knows the mean of the fitted masks alone. */
static double find_r2(const lime_fit *m, double mean_value)
{
    double wrong = 0, all = 0, size = 0;
    for (size_t i = m->n_fitted; i < m->n; i++) {
        double w = m->weight[i], residual = m->value[i] - predict(m, i);
        double off = m->value[i] - mean_value;
        wrong += w * residual * residual;
        all += w * off * off;
        size += w * m->value[i] * m->value[i];
    }
    return all > ROUNDING * ROUNDING * size ? 1 - wrong / all : (double)NAN;
}

static double find_effective(const lime_fit *m)
{
    double all = 0, squares = 0;
    for (size_t i = 0; i < m->n_fitted; i++) {
        all += m->weight[i];
        squares += m->weight[i] * m->weight[i];
    }
    return all * all / squares;
}

static void fill_fit(line *l)
{
    lime_fit *m = l->m;
    memcpy(m->coefficient, l->product, l->n * sizeof *m->coefficient);
    memset(m->error, 0, l->n * sizeof *m->error);
    solve(l, m->coefficient);
    m->intercept = l->mean_value - double_dot(l->mean, m->coefficient, l->n);
    m->shrinkage = find_shrinkage(l);
    m->r2 = find_r2(m, l->mean_value);
    m->n_effective = find_effective(m);
    find_errors(l);
}

/* Factorises; false where the masks leave a coefficient open, but for rounding. */
static bool is_determined(line *l)
{
    double least = (double)INFINITY, size = mean_square(l);
    l->ridge *= size;
    if (!double_matrix_cholesky(l->squares, l->ridge))
        return false;
    for (size_t k = 0; k < l->n; k++)
        least = fmin(least, l->squares.data[k * (l->n + 1)]);
    return least * least > (double)l->n * DBL_EPSILON * size;
}

int lime_fit_solve(lime_fit *m, const lime_settings *set, error *e)
{
    line l = line_init(m);
    int status = 0;
    find_means(&l);
    add_up(&l);
    l.ridge = set->ridge;
    if (is_determined(&l))
        fill_fit(&l);
    else
        status = fail(e, STATUS_USAGE,
                      "%zu masks do not tell %zu groups apart: ask for more --samples, a wider "
                      "--lime-width or a --lime-ridge above 0",
                      m->n_fitted, l.n);
    line_release(&l);
    return status;
}
