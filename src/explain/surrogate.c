/* SPDX-License-Identifier: MIT */
#include "surrogate_detail.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Samples ---- */

static size_t count_samples(const explain_request *q, size_t n, size_t least)
{
    n = q->n_samples && q->n_samples < n ? q->n_samples : n;
    n = n < least ? least : n;
    return n < EXPLAIN_TILE ? EXPLAIN_TILE : n;
}

void surrogate_samples_init(surrogate_samples *s, const explainer *x, const explain_request *q,
                            size_t n, size_t least)
{
    n = count_samples(q, n, least);
    prior_sample_init(&s->fit, x, DRAW_PRIOR, n);
    prior_sample_init(&s->held_out, x, DRAW_HELD_OUT, (n + 1) / 2);
}

void surrogate_samples_release(surrogate_samples *s)
{
    prior_sample_release(&s->fit);
    prior_sample_release(&s->held_out);
}

void surrogate_keep(kept_arrays *k, const surrogate_samples *s, size_t z_dim,
                    surrogate_predict *predict)
{
    size_t n = s->held_out.n;
    memcpy(kept_arrays_add(k, "fitted_to", s->fit.n), s->fit.value,
           s->fit.n * sizeof *s->fit.value);
    memcpy(kept_arrays_add(k, "held_out", n), s->held_out.value, n * sizeof *s->held_out.value);
    predict(kept_arrays_add(k, "predicted", n), s->held_out.z, n, z_dim, k);
}

bool surrogate_is_kept(const kept_arrays *k, const explain_request *q, size_t n, size_t least)
{
    n = count_samples(q, n, least);
    for (size_t i = 0; i < k->n; i++)
        if (find_not_finite(k->arrays[i].data, k->arrays[i].n) < k->arrays[i].n)
            return false;
    return kept_arrays_count(k, "fitted_to") == n &&
           kept_arrays_count(k, "held_out") == (n + 1) / 2 &&
           kept_arrays_count(k, "predicted") == (n + 1) / 2;
}

double *surrogate_baseline(const explain_task *t, const explanation *a)
{
    target_function f;
    baseline_rows b;
    double *mean = allocate(t->x->z_dim, sizeof *mean);
    target_function_init(&f, t, a, INPUT_Z);
    baseline_rows_init(&b, &f);
    for (size_t i = 0; i < b.n * f.n; i++)
        mean[i % f.n] += (double)b.rows[i] / (double)b.n;
    baseline_rows_release(&b);
    return mean;
}

/* ---- How well it does ---- */

static double mean_of(const float *v, size_t n) { return sum(v, n) / (double)n; }

double surrogate_spread(const kept_array *v)
{
    double mean = mean_of(v->data, v->n), square = 0;
    for (size_t i = 0; i < v->n; i++)
        square += pow((double)v->data[i] - mean, 2);
    return sqrt(square / (double)v->n) + 1e-3 * fabs(mean) + (double)FLT_MIN;
}

rng surrogate_rng(uint64_t which)
{
    return rng_init(which, rng_stream(STREAM_METHOD, N_INPUTS * (uint64_t)DRAW_SURROGATE));
}

/* Of predictions (n), or of one number for all where predicted is NULL. */
typedef struct {
    double r2, absolute, square; /* square: the root of the mean */
} trial_errors;

static trial_errors errors_of(const float *predicted, double constant, const kept_array *found)
{
    double mean = mean_of(found->data, found->n), absolute = 0, square = 0, all = 0;
    for (size_t i = 0; i < found->n; i++) {
        double y = (double)found->data[i], off = y - (predicted ? (double)predicted[i] : constant);
        absolute += fabs(off);
        square += off * off;
        all += (y - mean) * (y - mean);
    }
    double n = (double)found->n;
    return (trial_errors){all > 0 ? 1 - square / all : 0, absolute / n, sqrt(square / n)};
}

static float *add_under(const surrogate *s, const char *what, size_t rows, size_t cols)
{
    text name = {0};
    text_add(&name, "%s.%s", s->name, what);
    float *data = explanation_add(s->a, name.data, rows, cols);
    text_release(&name);
    return data;
}

enum { N_ERRORS = 3 };

static void fill_row(float out[N_ERRORS], trial_errors e)
{
    out[0] = (float)e.r2;
    out[1] = (float)e.absolute;
    out[2] = (float)e.square;
}

static void add_label(const surrogate *s, const char *before, size_t n, const char *behind)
{
    text label = {0};
    text_add(&label, "%s%zu%s", before, n, behind);
    explanation_add_label(s->a, label.data);
    text_release(&label);
}

static void add_table(const surrogate *s, trial_errors own, trial_errors constant)
{
    float *table = add_under(s, "trial", 2, N_ERRORS);
    add_label(s, "R2 on ", kept_arrays_find(s->k, "held_out")->n, " others");
    explanation_add_label(s->a, "mean absolute error");
    explanation_add_label(s->a, "root mean square error");
    add_label(s, s->model, kept_arrays_find(s->k, "fitted_to")->n, " z");
    explanation_add_label(s->a, "constant, of the same");
    fill_row(table, own);
    fill_row(table + N_ERRORS, constant);
}

/* ---- Predicted and found ---- */

enum { N_GROUPS = 12, PREDICTED = 0, EXACT, FOUND, LOW, HIGH, N_SERIES };

typedef struct {
    float predicted, found;
} trial_point;

static int compare_points(const void *a, const void *b)
{
    const trial_point *p = a, *q = b;
    if (p->predicted != q->predicted)
        return p->predicted > q->predicted ? 1 : -1;
    return (p->found > q->found) - (p->found < q->found);
}

/* The points (n), sorted; the caller frees them. */
static trial_point *sort_points(const kept_arrays *k, size_t n)
{
    const float *predicted = kept_arrays_find(k, "predicted")->data;
    const float *found = kept_arrays_find(k, "held_out")->data;
    trial_point *points = allocate(n, sizeof *points);
    for (size_t i = 0; i < n; i++)
        points[i] = (trial_point){predicted[i], found[i]};
    qsort(points, n, sizeof *points, compare_points);
    return points;
}

/* Of n points: one number a series. */
static void fill_group(float group[N_SERIES], const trial_point *p, size_t n)
{
    enum { N_TENTHS = 11 };
    float tenth[N_TENTHS], *found = allocate(n, sizeof *found);
    double predicted = 0;
    for (size_t i = 0; i < n; i++) {
        found[i] = p[i].found;
        predicted += (double)p[i].predicted / (double)n;
    }
    group[PREDICTED] = group[EXACT] = (float)predicted;
    group[FOUND] = (float)mean_of(found, n);
    quantiles_find(tenth, N_TENTHS, found, n);
    group[LOW] = tenth[1];
    group[HIGH] = tenth[N_TENTHS - 2];
    free(found);
}

/* The first points of groups of about equal size: z of one prediction stay together. Returns how
 * many, and their end follows. */
static size_t find_groups(size_t first[N_GROUPS + 1], const trial_point *p, size_t n)
{
    size_t n_groups = 0, at = 0;
    for (size_t i = 1; i <= N_GROUPS && at < n; i++) {
        size_t end = i * n / N_GROUPS;
        while (end > at && end < n && p[end].predicted == p[end - 1].predicted)
            end++;
        if (end <= at)
            continue;
        first[n_groups++] = at;
        at = end;
    }
    first[n_groups] = n;
    return n_groups;
}

static void add_curve(const surrogate *s)
{
    static const char *const names[N_SERIES] = {"predicted", "were it exact", "mean found",
                                                "one in ten is below", "one in ten is above"};
    size_t n = kept_arrays_find(s->k, "held_out")->n, first[N_GROUPS + 1];
    trial_point *points = sort_points(s->k, n);
    size_t n_groups = find_groups(first, points, n);
    float *curve = add_under(s, "predicted", N_SERIES, n_groups), group[N_SERIES];
    for (size_t i = 0; i < N_SERIES; i++)
        explanation_add_label(s->a, names[i]);
    for (size_t i = 0; i < n_groups; i++) {
        fill_group(group, points + first[i], first[i + 1] - first[i]);
        for (size_t k = 0; k < N_SERIES; k++)
            curve[k * n_groups + i] = group[k];
    }
    free(points);
}

void surrogate_add_trial(const surrogate *s)
{
    const kept_array *fitted = kept_arrays_find(s->k, "fitted_to");
    const kept_array *found = kept_arrays_find(s->k, "held_out");
    trial_errors constant = errors_of(NULL, mean_of(fitted->data, fitted->n), found);
    trial_errors own = errors_of(kept_arrays_find(s->k, "predicted")->data, 0, found);
    double here = s->predict(s->t->rows->z, s->t->x->z_dim, s->k);
    *add_under(s, "fidelity", 0, 0) = own.r2 > 0 ? (float)own.r2 : 0.0f;
    *add_under(s, "missed", 0, 0) = (float)((double)*s->t->rows->value - here);
    add_table(s, own, constant);
    add_curve(s);
}

/* ---- The check ---- */

/* Held-out z that are drawn anew. */
enum { N_CHECKED = 16 };

/* The target of z (z_dim) in double, compared with what it finds for the picture of z itself. */
static double find_target(const surrogate *s, const float *z)
{
    const explainer *x = s->t->x;
    float *reference = allocate(x->shape.n, sizeof *reference);
    double *exact = allocate(x->z_dim, sizeof *exact);
    target_function f = {.t = s->t, .input = INPUT_Z, .n = x->z_dim, .at = z};
    if (x->target.find_reference) {
        const float *drawn = explain_draw(x, s->t->w, z, 1);
        x->target.find_reference(reference, drawn, x->target.context);
        f.reference = reference;
    }
    for (size_t i = 0; i < x->z_dim; i++)
        exact[i] = (double)z[i];
    double value = target_in_double(&f, exact, NULL);
    free(reference);
    free(exact);
    return value;
}

void surrogate_check_trial(const surrogate *s, const explain_check *check)
{
    const kept_array *held_out = kept_arrays_find(s->k, "held_out");
    const kept_array *predicted = kept_arrays_find(s->k, "predicted");
    size_t z_dim = s->t->x->z_dim;
    double found = 0, said = 0;
    float *z = allocate(held_out->n * z_dim, sizeof *z);
    explain_check c = *check;
    rng r = method_rng(s->t, DRAW_CERTIFICATE, INPUT_Z);
    prior_fill(z, z_dim, DRAW_HELD_OUT, held_out->n);
    for (c.n_samples = 0; c.n_samples < N_CHECKED; c.n_samples++) {
        size_t i = rng_below(&r, (uint32_t)held_out->n);
        const float *row = z + i * z_dim;
        double now = s->predict(row, z_dim, s->k);
        found = worse(fabs(find_target(s, row) - (double)held_out->data[i]), found);
        said = worse(fabs(now - (double)predicted->data[i]), said);
    }
    c.value = worse(found / surrogate_spread(held_out), said / surrogate_spread(predicted));
    explanation_add_check(s->a, &c);
    free(z);
}
