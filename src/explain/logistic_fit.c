/* SPDX-License-Identifier: MIT */
/* Logistic regression by Newton's method. */
#include "logistic_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

double logistic_loss(double v) { return fmax(v, 0) + log1p(exp(-fabs(v))); }

double logistic_of(double v) { return v >= 0 ? 1 / (1 + exp(-v)) : exp(v) / (1 + exp(v)); }

/* A weighted sum of z with a constant, and what Newton's method needs of it. */
typedef struct {
    const prior_sample *s;
    size_t n; /* 1 + z_dim */
    double threshold;
    double *row;    /* (n): 1 and z */
    double *weight; /* (n) */
    double *slope;  /* (n): of the log likelihood */
    double *curve;  /* (n, n): less its second derivative */
} odds;

static void odds_init(odds *o, const prior_sample *s, size_t z_dim, double threshold)
{
    size_t n = 1 + z_dim;
    *o = (odds){.s = s, .n = n, .threshold = threshold};
    o->row = allocate(n, sizeof *o->row);
    o->weight = allocate(n, sizeof *o->weight);
    o->slope = allocate(n, sizeof *o->slope);
    o->curve = allocate(n * n, sizeof *o->curve);
    o->row[0] = 1;
}

static void odds_release(odds *o)
{
    free(o->row);
    free(o->weight);
    free(o->slope);
    free(o->curve);
}

static void add_sample(odds *o, size_t r)
{
    for (size_t i = 1; i < o->n; i++)
        o->row[i] = (double)o->s->z[r * (o->n - 1) + i - 1];
    double p = logistic_of(double_dot(o->weight, o->row, o->n));
    double left = ((double)o->s->value[r] > o->threshold) - p, curve = p * (1 - p);
    for (size_t i = 0; i < o->n; i++) {
        double *out = o->curve + i * o->n, by = curve * o->row[i];
        o->slope[i] += left * o->row[i];
        for (size_t k = 0; k <= i; k++)
            out[k] += by * o->row[k];
    }
}

/* The ridge holds the constant, too, which then is finite where all targets are on one side. */
static void differentiate(odds *o)
{
    memset(o->slope, 0, o->n * sizeof *o->slope);
    memset(o->curve, 0, o->n * o->n * sizeof *o->curve);
    for (size_t r = 0; r < o->s->n; r++)
        add_sample(o, r);
    for (size_t i = 0; i < o->n; i++)
        o->slope[i] -= LOGISTIC_RIDGE * o->weight[i];
}

/* Of the weights, less what the ridge takes. */
static double likelihood(odds *o)
{
    double all = -LOGISTIC_RIDGE / 2 * double_dot(o->weight, o->weight, o->n);
    for (size_t r = 0; r < o->s->n; r++) {
        for (size_t i = 1; i < o->n; i++)
            o->row[i] = (double)o->s->z[r * (o->n - 1) + i - 1];
        double v = double_dot(o->weight, o->row, o->n);
        all -= logistic_loss((double)o->s->value[r] > o->threshold ? -v : v);
    }
    return all;
}

/* Along the slope, which holds a step: shorter by halves until the likelihood is no less. Returns
 * how far the weights went, beside their size. */
static double take_step(odds *o, double before)
{
    double factor = 1, taken = 0, length = 0;
    for (; factor > 1e-9; factor /= 2) {
        for (size_t i = 0; i < o->n; i++)
            o->weight[i] += (factor - taken) * o->slope[i];
        taken = factor;
        if (likelihood(o) >= before - 1e-12 * fabs(before))
            break;
    }
    for (size_t i = 0; i < o->n; i++)
        length = fmax(length, fabs(taken * o->slope[i]) / (1 + fabs(o->weight[i])));
    return length;
}

/* Newton's steps, which are those of iteratively reweighted least squares, until they are nothing
 * beside the weights. */
static void maximise(odds *o)
{
    enum { MAX_STEPS = 50 };
    double_matrix curve = double_matrix_view(o->curve, o->n, o->n);
    double_matrix slope = double_matrix_view(o->slope, o->n, 1);
    double length = 1;
    for (size_t step = 0; step < MAX_STEPS && length > 1e-10; step++) {
        differentiate(o);
        double_matrix_cholesky(curve, LOGISTIC_RIDGE);
        double_matrix_solve(slope, curve, AS_IS);
        double_matrix_solve(slope, curve, TRANSPOSED);
        length = take_step(o, likelihood(o));
    }
}

/* By the curve at the maximum: roots of the diagonal of its inverse. */
static void fill_errors(double *errors, odds *o)
{
    double *unit = allocate(o->n * o->n, sizeof *unit);
    double_matrix l = double_matrix_view(o->curve, o->n, o->n);
    double_matrix b = double_matrix_view(unit, o->n, o->n);
    for (size_t i = 0; i < o->n; i++)
        unit[i * o->n + i] = 1;
    differentiate(o);
    double_matrix_cholesky(l, LOGISTIC_RIDGE);
    double_matrix_solve(b, l, AS_IS);
    for (size_t i = 0; i < o->n; i++) {
        double square = 0;
        for (size_t k = 0; k < o->n; k++)
            square += unit[k * o->n + i] * unit[k * o->n + i];
        errors[i] = sqrt(square);
    }
    free(unit);
}

void logistic_fit(double *weight, double *errors, const prior_sample *s, size_t z_dim,
                  double threshold)
{
    odds o;
    odds_init(&o, s, z_dim, threshold);
    maximise(&o);
    memcpy(weight, o.weight, o.n * sizeof *weight);
    fill_errors(errors, &o);
    odds_release(&o);
}
