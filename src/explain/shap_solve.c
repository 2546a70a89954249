/* SPDX-License-Identifier: MIT */
/* Shapley values from what is known of coalitions, in double. */
#include "shap_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- From all ---- */

/* weight (n): of a group that joins k others. */
static void fill_joining(double *weight, size_t n)
{
    for (size_t k = 0; k < n; k++)
        weight[k] = 1 / ((double)n * shap_choose(n - 1, k));
}

static size_t count_bits(size_t i) { return (size_t)__builtin_popcountll(i); }

static void solve_all(shap_sample *s)
{
    double joining[MAX_EXACT_GROUPS];
    assert(s->n_groups <= MAX_EXACT_GROUPS);
    fill_joining(joining, s->n_groups);
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->n_groups; k++)
            if (!(i >> k & 1))
                s->part[k] += joining[count_bits(i)] * (s->value[i | (size_t)1 << k] - s->value[i]);
}

/* ---- From orders ---- */

static double total_of(const shap_sample *s) { return s->ends.all - s->ends.none; }

/* Half of what d gains as group j of the order comes: the mean of what v gains as it comes in this
 * order, and in the other direction. */
static double gain(const shap_sample *s, size_t o, size_t j)
{
    size_t n_steps = s->n_groups - 1;
    double before = j ? shap_difference(s, o * n_steps + j - 1) : -total_of(s);
    double after = j < n_steps ? shap_difference(s, o * n_steps + j) : total_of(s);
    return (after - before) / 2;
}

/* The spread of what single orders say is that of the mean times the root of their number. */
static void solve_orders(shap_sample *s)
{
    double n = (double)s->n_orders;
    for (size_t o = 0; o < s->n_orders; o++)
        for (size_t j = 0; j < s->n_groups; j++)
            s->part[s->order[o * s->n_groups + j]] += gain(s, o, j) / n;
    for (size_t o = 0; o < s->n_orders; o++)
        for (size_t j = 0; j < s->n_groups; j++) {
            size_t k = s->order[o * s->n_groups + j];
            double off = gain(s, o, j) - s->part[k];
            s->error[k] += off * off / (n * (n - 1));
        }
    for (size_t k = 0; k < s->n_groups; k++)
        s->error[k] = sqrt(s->error[k]);
}

/* ---- From pairs ---- */

/* A pair is one equation: d is the sum of +-parts, + of the groups that are there. That the parts
 * add up to the total is exact: they are total / n, and the rest is sought among vectors that add
 * up to 0. */
typedef struct {
    const shap_sample *s;
    size_t n;
    double *sign;          /* (n): +-1 of a pair, less their mean */
    double_matrix squares; /* (n, n), then its Cholesky factor */
    double *rest;          /* (n): parts less total / n */
} pair_equations;

/* Fills q->sign; returns what is left of d. */
static double fill_equation(const pair_equations *q, size_t i)
{
    const uint8_t *present = q->s->present + 2 * i * q->n;
    double mean = 0;
    for (size_t k = 0; k < q->n; k++)
        mean += (present[k] ? 1.0 : -1.0) / (double)q->n;
    for (size_t k = 0; k < q->n; k++)
        q->sign[k] = (present[k] ? 1 : -1) - mean;
    return shap_difference(q->s, i) - mean * total_of(q->s);
}

static void add_equations(pair_equations *q)
{
    for (size_t i = 0; i < q->s->n / 2; i++) {
        double left = fill_equation(q, i), w = q->s->weight[i];
        for (size_t j = 0; j < q->n; j++) {
            q->rest[j] += w * left * q->sign[j];
            for (size_t k = 0; k <= j; k++)
                q->squares.data[j * q->n + k] += w * q->sign[j] * q->sign[k];
        }
    }
}

/* Vectors that add up to 0 do not see what is added here, and all others are then determined. */
static void fix_sum(pair_equations *q)
{
    double size = 0;
    for (size_t k = 0; k < q->n; k++)
        size += q->squares.data[k * (q->n + 1)] / (double)q->n;
    size = size > 0 ? size : 1;
    for (size_t i = 0; i < q->n * q->n; i++)
        q->squares.data[i] += size / (double)q->n;
}

static void solve(const pair_equations *q, double *v)
{
    double_matrix column = double_matrix_view(v, q->n, 1);
    double_matrix_solve(column, q->squares, AS_IS);
    double_matrix_solve(column, q->squares, TRANSPOSED);
}

static double residual(const pair_equations *q, size_t i)
{
    double left = fill_equation(q, i);
    return left - double_dot(q->sign, q->rest, q->n);
}

/* What pair i pulls each part by: (n). */
static void fill_pull(const pair_equations *q, size_t i, double *pull)
{
    double r = q->s->weight[i] * residual(q, i);
    for (size_t k = 0; k < q->n; k++)
        pull[k] = r * q->sign[k];
    solve(q, pull);
}

/* By how the pairs that were drawn pull; those that are all there have no error. Corrected for the
 * parts that were fitted to them. */
static void find_errors(const pair_equations *q)
{
    const shap_sample *s = q->s;
    double *square = s->error;
    size_t n_drawn = s->n / 2 - s->n_enumerated;
    double n = (double)n_drawn, fitted = fmin((double)q->n, n / 2);
    double *pull = allocate(q->n, sizeof *pull), *mean = allocate(q->n, sizeof *mean);
    for (size_t i = s->n_enumerated; i < s->n / 2; i++) {
        fill_pull(q, i, pull);
        for (size_t k = 0; k < q->n; k++) {
            mean[k] += pull[k] / n;
            square[k] += pull[k] * pull[k];
        }
    }
    for (size_t k = 0; n_drawn && k < q->n; k++)
        s->error[k] = sqrt(fmax(square[k] - n * mean[k] * mean[k], 0) * n / (n - fitted));
    free(pull);
    free(mean);
}

static void solve_pairs(shap_sample *s)
{
    size_t n = s->n_groups;
    pair_equations q = {.s = s,
                        .n = n,
                        .sign = allocate(n, sizeof(double)),
                        .squares = double_matrix_view(allocate(n * n, sizeof(double)), n, n),
                        .rest = allocate(n, sizeof(double))};
    add_equations(&q);
    fix_sum(&q);
    bool is_determined = double_matrix_cholesky(q.squares, 0);
    assert(is_determined && "pairs with one group alone are all there");
    if (is_determined)
        solve(&q, q.rest);
    for (size_t k = 0; k < n; k++)
        s->part[k] = total_of(s) / (double)n + q.rest[k];
    find_errors(&q);
    free(q.sign);
    free(q.squares.data);
    free(q.rest);
}

/* ---- Solving ---- */

void shap_sample_solve(shap_sample *s)
{
    memset(s->part, 0, s->n_groups * sizeof *s->part);
    memset(s->error, 0, s->n_groups * sizeof *s->error);
    if (s->way == SHAP_EXACT)
        solve_all(s);
    else if (s->way == SHAP_KERNEL)
        solve_pairs(s);
    else
        solve_orders(s);
}
