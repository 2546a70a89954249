/* SPDX-License-Identifier: MIT */
/* The target and its gradient once more, in double and by plain loops, and by differences of that. */
#include "explain.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool explain_check_is_met(const explain_check *c) { return c->value <= c->tolerance; }

static void init_twins(explain_workspace *w, const explainer *x)
{
    for (size_t k = 0; k < 2 && !w->twins[k].g.net; k++) {
        twin_init(&w->twins[k].g, &x->g, N_DIRECTIONS);
        if (x->d.n_layers)
            twin_init(&w->twins[k].d, &x->d, N_DIRECTIONS);
        if (x->cut.n_layers)
            twin_init(&w->twins[k].cut, &x->cut, N_DIRECTIONS);
    }
}

static double softplus(double v) { return fmax(v, 0.0) + log1p(exp(-fabs(v))); }

static double logistic(double v) { return v >= 0 ? 1 / (1 + exp(-v)) : exp(v) / (1 + exp(v)); }

/* Adds weight * |p - reference|^2 / 784 and its gradient. */
static double add_rec(const double *p, const float *reference, double *dx)
{
    double total = 0;
    for (size_t i = 0; i < N_PIXELS; i++) {
        double d = p[i] - (double)reference[i];
        total += d * d / N_PIXELS;
        dx[i] += 2.0 * d / N_PIXELS;
    }
    return total;
}

static double add_area(const explain_target *t, const double *p, double *dx)
{
    bool is_ink = t->kind == TARGET_INK;
    double total = 0;
    size_t bottom = is_ink ? PICTURE_ROWS - 1 : t->bottom, right = is_ink ? PICTURE_COLS - 1 : t->right;
    double n = is_ink ? 1.0 : (double)((bottom - t->top + 1) * (right - t->left + 1));
    for (size_t i = t->top; i <= bottom; i++)
        for (size_t j = t->left; j <= right; j++) {
            total += p[i * PICTURE_COLS + j] / n;
            dx[i * PICTURE_COLS + j] += 1.0 / n;
        }
    return total;
}

/* The target of one row: its picture p and logit; gradients by both are added. */
static double target_of(const explain_target *t, const double *p, double logit,
                        const float *reference, double *dx, double *d_logit)
{
    double weight = t->kind == TARGET_LOSS ? t->lambda : 1.0, value = 0;
    if (t->kind == TARGET_REC || t->kind == TARGET_LOSS)
        value += add_rec(p, reference, dx);
    if (t->kind == TARGET_GEN || t->kind == TARGET_LOSS) {
        value += weight * softplus(-logit);
        *d_logit -= weight * logistic(-logit);
    }
    if (t->kind == TARGET_LOGIT) {
        value += logit;
        *d_logit += 1.0;
    }
    if (t->kind == TARGET_PIXEL || t->kind == TARGET_REGION || t->kind == TARGET_INK)
        value += add_area(t, p, dx);
    return value;
}

/* The targets of n rows of z into value; where gradient is not NULL, n is 1 and it gets d / d z. */
static void evaluate(const explainer *x, explain_twin *w, const double *z, size_t n,
                     const float *reference, double *value, double *gradient)
{
    if (x->target.kind == TARGET_UNIT) {
        const double *y = twin_forward(&w->cut, z, n, (pass){0});
        for (size_t r = 0; r < n; r++)
            value[r] = y[r * x->cut.n_out + x->target.unit];
        if (!gradient)
            return;
        double *dy = allocate(x->cut.n_out, sizeof *dy);
        dy[x->target.unit] = 1.0;
        twin_backward(&w->cut, dy, NULL, gradient);
        free(dy);
        return;
    }
    const double *p = twin_forward(&w->g, z, n, (pass){0}), *logit = NULL;
    if (x->d.n_layers)
        logit = twin_forward(&w->d, p, n, (pass){0});
    for (size_t r = 0; r < n; r++) {
        double dx[N_PIXELS] = {0}, through_d[N_PIXELS] = {0}, d_logit = 0;
        value[r] = target_of(&x->target, p + r * N_PIXELS, logit ? logit[r] : 0, reference, dx, &d_logit);
        if (!gradient)
            continue;
        if (x->d.n_layers)
            twin_backward(&w->d, &d_logit, NULL, through_d);
        for (size_t i = 0; i < N_PIXELS; i++)
            dx[i] += through_d[i];
        twin_backward(&w->g, dx, NULL, gradient);
    }
}

static bool has_kink(const explainer *x, const explain_workspace *w)
{
    const explain_twin *a = &w->twins[0], *b = &w->twins[1];
    if (x->target.kind == TARGET_UNIT)
        return twin_has_kink_between(&a->cut, &b->cut);
    return twin_has_kink_between(&a->g, &b->g) ||
           (x->d.n_layers && twin_has_kink_between(&a->d, &b->d));
}

/* The central difference of the target along v (unit length) at z into *slope; false when there is a
 * kink within even the smallest step. */
static bool difference(const explainer *x, explain_workspace *w, const float *z, const double *v,
                       const float *reference, double *slope)
{
    size_t n = x->z_dim;
    double *ends = allocate(2 * n, sizeof *ends), value[2];
    bool is_smooth = false;
    for (double h = 1e-4; h > 0.5e-7 && !is_smooth; h /= 10) {
        for (size_t i = 0; i < n; i++) {
            ends[i] = (double)z[i] + h * v[i];
            ends[n + i] = (double)z[i] - h * v[i];
        }
        for (size_t k = 0; k < 2; k++)
            evaluate(x, &w->twins[k], ends + k * n, 1, reference, &value[k], NULL);
        is_smooth = !has_kink(x, w);
        *slope = (value[0] - value[1]) / (2 * h);
    }
    free(ends);
    return is_smooth;
}

static void draw_direction(double *v, size_t n, rng *r)
{
    float *normal = allocate(n, sizeof *normal);
    rng_fill_normal(r, normal, n);
    double length = norm(normal, n);
    for (size_t i = 0; i < n; i++)
        v[i] = (double)normal[i] / length;
    free(normal);
}

/* |difference| / |reference|, both by their squares; 0 where both are zero. */
static double relative(double difference_squared, double reference_squared)
{
    if (difference_squared == 0)
        return 0;
    return sqrt(difference_squared / reference_squared);
}

/* Along random directions: the float gradient's slope against the twin's difference. */
static void check_differences(explain_check *c, const explainer *x, explain_workspace *w,
                              const float *z, const float *gradient, const float *reference,
                              uint64_t probe)
{
    double *v = allocate(x->z_dim, sizeof *v), wrong = 0, all = 0;
    rng r = rng_init(probe, rng_stream(STREAM_PROBE, 0));
    for (size_t k = 0; k < N_DIRECTIONS; k++) {
        double expected, got = 0;
        draw_direction(v, x->z_dim, &r);
        if (!difference(x, w, z, v, reference, &expected)) {
            c->n_kinks++;
            continue;
        }
        for (size_t i = 0; i < x->z_dim; i++)
            got += (double)gradient[i] * v[i];
        wrong += (got - expected) * (got - expected);
        all += expected * expected;
    }
    c->n_samples = N_DIRECTIONS;
    c->value = relative(wrong, all);
    free(v);
}

void explain_check_gradient(explain_check checks[N_GRADIENT_CHECKS], const explainer *x,
                            explain_workspace *w, const explained_rows *rows, size_t i, uint64_t probe)
{
    size_t n = x->z_dim;
    const float *z = rows->z + i * n, *gradient = rows->gradient_z + i * n, *reference = w->reference;
    double *exact = allocate(2 * n, sizeof *exact), *z64 = exact + n, value, wrong = 0, all = 0;
    init_twins(w, x);
    reference += i * N_PIXELS;
    for (size_t k = 0; k < n; k++)
        z64[k] = (double)z[k];
    evaluate(x, &w->twins[0], z64, 1, reference, &value, exact);
    for (size_t k = 0; k < n; k++) {
        double d = (double)gradient[k] - exact[k];
        wrong += d * d;
        all += exact[k] * exact[k];
    }
    checks[0] = (explain_check){
        .name = "value_against_double",
        .meaning = "|value - value in double| / (|value in double| + |gradient|)",
        .value = relative(pow((double)rows->value[i] - value, 2), pow(fabs(value) + sqrt(all), 2)),
        .tolerance = 1e-3,
        .n_samples = 1};
    checks[1] = (explain_check){.name = "gradient_against_double",
                                .meaning = "|gradient - gradient in double| / |gradient in double|",
                                .value = relative(wrong, all),
                                .tolerance = 1e-3,
                                .n_samples = 1};
    checks[2] = (explain_check){
        .name = "gradient_against_differences",
        .meaning = "by norm over random directions: slope by the gradient against central differences "
                   "in double; a direction with a kink of a (leaky) ReLU in every step is left out",
        .tolerance = 1e-3};
    check_differences(&checks[2], x, w, z, gradient, reference, probe);
    free(exact);
}
