/* SPDX-License-Identifier: MIT */
/* The target and its gradient once more, in double and by plain loops, and by differences of that.
 *
 * All errors are relative. Three things are no errors of the float path, and are told apart here:
 * - z lies on a kink of a (leaky) ReLU to within rounding, and float and double stand on different
 * sides: both slopes are right. The twin takes the float path's side, and such units are counted.
 * - The gradient's terms cancel (z is near a minimum of rec, say): what is left of it has fewer
 * digits than float. So an error is compared with the gradient or, where that is larger, with a
 * tenth of its `spread`: the root of the sum of squares of its terms, propagated through the layers
 * as variances. A wrong weight or slope moves the gradient by as much at such a point as anywhere.
 * - The target hardly changes within the difference's step (a saturated pixel): the difference has
 * no more digits than its `noise`, the rounding of its two values over the step; no smaller error
 * counts. */
#include "explain.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Twice a direction are the rows of the twin: both ends of its difference. */
enum { N_ENDS = 2 * N_DIRECTIONS };

/* A gradient below this comes from slopes that float cannot tell from zero: its kernels take exp(v)
 * for v < -80 as exp(-80) = 1.8e-35, and below 1e-38 its numbers lose digits. */
static const double SMALLEST_NORM = 1e-28;

static const double TOLERANCE = 1e-3;

bool explain_check_is_met(const explain_check *c) { return c->value <= c->tolerance; }

int explain_check_judge(const explain_check *c, error *e)
{
    if (explain_check_is_met(c))
        return 0;
    return fail(e, STATUS_CHECK_FAILED, "check %s: %g, expected at most %g", c->name, c->value,
                c->tolerance);
}

/* ---- The target in double ------------------------------------------------------------------ */

static bool needs_d(const explainer *x) { return explain_targets[x->target.kind].needs_d; }

static void init_twin(explain_twin *t, const explainer *x)
{
    if (t->g.net || t->cut.net)
        return;
    if (x->cut.n_layers)
        twin_init_borrowing(&t->cut, &x->cut, N_ENDS);
    else
        twin_init_borrowing(&t->g, &x->g, N_ENDS);
    if (needs_d(x))
        twin_init_borrowing(&t->d, &x->d, N_ENDS);
}

static double softplus(double v) { return fmax(v, 0.0) + log1p(exp(-fabs(v))); }

static double logistic(double v) { return v >= 0 ? 1 / (1 + exp(-v)) : exp(v) / (1 + exp(v)); }

/* A target that is a function of picture and logit: its value and derivatives by both, and the
 * squares of the terms that make up its derivatives by the pixels. */
typedef struct {
    double value, d_logit, dx[N_PIXELS], dx_squares[N_PIXELS];
} target_terms;

static void add_rec(target_terms *t, const double *p, const float *reference)
{
    for (size_t i = 0; i < N_PIXELS; i++) {
        double wanted = (double)reference[i], d = p[i] - wanted, scale = 2.0 / N_PIXELS;
        t->value += d * d / N_PIXELS;
        t->dx[i] += scale * d;
        t->dx_squares[i] += scale * scale * (p[i] * p[i] + wanted * wanted);
    }
}

static void add_area(target_terms *out, const explain_target *t, const double *p)
{
    bool is_ink = t->kind == TARGET_INK;
    size_t bottom = is_ink ? PICTURE_ROWS - 1 : t->bottom,
           right = is_ink ? PICTURE_COLS - 1 : t->right;
    double n = is_ink ? 1.0 : (double)((bottom - t->top + 1) * (right - t->left + 1));
    for (size_t i = t->top; i <= bottom; i++)
        for (size_t j = t->left; j <= right; j++) {
            size_t at = i * PICTURE_COLS + j;
            out->value += p[at] / n;
            out->dx[at] = 1.0 / n;
            out->dx_squares[at] = 1.0 / (n * n);
        }
}

static void fill_terms(target_terms *out, const explain_target *t, const double *p, double logit,
                       const float *reference)
{
    double weight = t->kind == TARGET_LOSS ? t->lambda : 1.0;
    *out = (target_terms){0};
    if (t->kind == TARGET_REC || t->kind == TARGET_LOSS)
        add_rec(out, p, reference);
    if (t->kind == TARGET_GEN || t->kind == TARGET_LOSS) {
        out->value += weight * softplus(-logit);
        out->d_logit = -weight * logistic(-logit);
    }
    if (t->kind == TARGET_LOGIT) {
        out->value = logit;
        out->d_logit = 1.0;
    }
    if (t->kind == TARGET_PIXEL || t->kind == TARGET_REGION || t->kind == TARGET_INK)
        add_area(out, t, p);
}

/* The targets of n rows of z; where terms is not NULL, n is 1 and they are left there (of a unit:
 * the value alone). */
static void evaluate(const explainer *x, explain_twin *t, const double *z, size_t n,
                     const float *reference, double *value, target_terms *terms)
{
    target_terms own;
    if (x->cut.n_layers) {
        const double *y = twin_forward(&t->cut, z, n, (pass){0});
        for (size_t r = 0; r < n; r++)
            value[r] = y[r * x->cut.n_out + x->target.unit];
        return;
    }
    const double *p = twin_forward(&t->g, z, n, (pass){0});
    const double *logit = needs_d(x) ? twin_forward(&t->d, p, n, (pass){0}) : NULL;
    for (size_t r = 0; r < n; r++) {
        fill_terms(terms ? terms : &own, &x->target, p + r * N_PIXELS, logit ? logit[r] : 0,
                   reference);
        value[r] = terms ? terms->value : own.value;
    }
}

/* The gradient by z (of one row that was just evaluated) and the size of what the value is added up
 * from: |value| and every |dx x|. Takes the float path's side of kinks; returns at how many units.
 */
static size_t differentiate(const explainer *x, explain_workspace *w, size_t row,
                            target_terms *terms, double value, double *gradient, double *magnitude)
{
    explain_twin *t = &w->twin;
    size_t n_kinks = 0;
    *magnitude = fabs(value);
    if (x->cut.n_layers) {
        double *dy = allocate(x->cut.n_out, sizeof *dy);
        dy[x->target.unit] = 1.0;
        n_kinks = twin_take_sides(&t->cut, &w->cut, row);
        twin_backward(&t->cut, dy, NULL, gradient);
        for (size_t k = 0; k < x->z_dim; k++)
            *magnitude += fabs(gradient[k] * t->cut.input[k]);
        free(dy);
        return n_kinks;
    }
    if (needs_d(x)) {
        double through_d[N_PIXELS];
        n_kinks = twin_take_sides(&t->d, &w->d, row);
        twin_backward(&t->d, &terms->d_logit, NULL, through_d);
        for (size_t i = 0; i < N_PIXELS; i++)
            terms->dx[i] += through_d[i];
    }
    for (size_t i = 0; i < N_PIXELS; i++)
        *magnitude += fabs(terms->dx[i] * t->g.output[x->g.n_layers - 1][i]);
    n_kinks += twin_take_sides(&t->g, &w->g, row);
    twin_backward(&t->g, terms->dx, NULL, gradient);
    return n_kinks;
}

/* ---- The gradient's spread ----------------------------------------------------------------- */

/* A backward pass of variances: those by the output in v (as wide as the widest layer), those by
 * the input there on return. Slopes as the float path took them. */
static void propagate_squares(const network *net, const tape *f, size_t row, double *v,
                              double *scratch)
{
    for (size_t i = net->n_layers; i-- > 0;) {
        const layer *l = &net->layers[i];
        memset(scratch, 0, l->n_in * sizeof *scratch);
        for (size_t o = 0; o < l->n_out; o++) {
            double slope = (double)f->slope[i][row * l->n_out + o], squared = slope * slope * v[o];
            for (size_t k = 0; k < l->n_in; k++)
                scratch[k] += squared * pow((double)l->weight.data[o * l->n_in + k], 2);
        }
        memcpy(v, scratch, l->n_in * sizeof *v);
    }
}

static size_t widest(const network *net, size_t least)
{
    for (size_t i = 0; i < net->n_layers; i++)
        least = net->layers[i].n_out > least ? net->layers[i].n_out : least;
    return least;
}

static double spread(const explainer *x, const explain_workspace *w, size_t row,
                     const target_terms *terms)
{
    size_t width = widest(&x->cut, widest(&x->g, widest(&x->d, x->z_dim)));
    double *v = allocate(2 * width, sizeof *v), all = 0;
    if (x->cut.n_layers) {
        v[x->target.unit] = 1.0;
        propagate_squares(&x->cut, &w->cut, row, v, v + width);
    } else {
        v[0] = terms->d_logit * terms->d_logit;
        if (needs_d(x))
            propagate_squares(&x->d, &w->d, row, v, v + width);
        for (size_t i = 0; i < N_PIXELS; i++)
            v[i] = (needs_d(x) ? v[i] : 0) + terms->dx_squares[i];
        propagate_squares(&x->g, &w->g, row, v, v + width);
    }
    for (size_t k = 0; k < x->z_dim; k++)
        all += v[k];
    free(v);
    return sqrt(all);
}

/* ---- Differences --------------------------------------------------------------------------- */

static bool has_kink(const explainer *x, const explain_twin *t, size_t a, size_t b)
{
    if (x->cut.n_layers)
        return twin_has_kink_between_rows(&t->cut, a, b);
    return twin_has_kink_between_rows(&t->g, a, b) ||
           (needs_d(x) && twin_has_kink_between_rows(&t->d, a, b));
}

/* Central differences of the target at z along the directions (unit length). */
typedef struct {
    const float *direction; /* (N_DIRECTIONS, z_dim) */
    double slope[N_DIRECTIONS], step[N_DIRECTIONS];
    bool is_smooth[N_DIRECTIONS]; /* no kink inside the step */
} differences;

/* Takes those that are not smooth yet, again with step h. */
static void take(differences *d, const explainer *x, explain_workspace *w, const float *z,
                 const float *reference, double h)
{
    size_t n = x->z_dim, which[N_DIRECTIONS], n_taken = 0;
    double *ends = allocate(N_ENDS * n, sizeof *ends), value[N_ENDS];
    for (size_t k = 0; k < N_DIRECTIONS; k++) {
        if (d->is_smooth[k])
            continue;
        for (size_t i = 0; i < n; i++) {
            double move = h * (double)d->direction[k * n + i];
            ends[2 * n_taken * n + i] = (double)z[i] + move;
            ends[(2 * n_taken + 1) * n + i] = (double)z[i] - move;
        }
        which[n_taken++] = k;
    }
    if (n_taken)
        evaluate(x, &w->twin, ends, 2 * n_taken, reference, value, NULL);
    for (size_t k = 0; k < n_taken; k++) {
        d->slope[which[k]] = (value[2 * k] - value[2 * k + 1]) / (2 * h);
        d->step[which[k]] = h;
        d->is_smooth[which[k]] = !has_kink(x, &w->twin, 2 * k, 2 * k + 1);
    }
    free(ends);
}

static void draw_directions(float *v, size_t n, uint64_t probe)
{
    rng r = rng_init(probe, rng_stream(STREAM_PROBE, 0));
    for (size_t k = 0; k < N_DIRECTIONS; k++) {
        rng_fill_normal(&r, v + k * n, n);
        float length = (float)norm(v + k * n, n);
        for (size_t i = 0; i < n; i++)
            v[k * n + i] /= length;
    }
}

/* What is left of the difference of two slopes beyond the rounding of the second. */
static double beyond_noise(double got, double expected, double magnitude, double h)
{
    double noise = 1e3 * DBL_EPSILON * magnitude / h, d = fabs(got - expected);
    return d <= noise ? 0 : d - noise; /* not fmax, which would drop a NaN */
}

/* ---- The checks ---------------------------------------------------------------------------- */

/* |wrong| / |size| from their squares: 0 where both are zero. */
static double relative(double wrong, double size)
{
    return wrong == 0 ? 0 : sqrt(wrong) / fmax(sqrt(size), SMALLEST_NORM);
}

/* One row that is checked, and what is known of it in double. */
typedef struct {
    const explainer *x;
    explain_workspace *w;
    size_t row;
    const float *z, *gradient, *reference;
    target_terms terms;
    double value, magnitude, *exact; /* exact: the gradient in double, owned */
    size_t n_kinks;
    uint64_t probe;
} checked_row;

/* An error that is over the tolerance by the gradient's norm is looked at again by its spread; n:
 * how many of the gradient's z_dim degrees of freedom the squares hold. */
static double judge_by_spread(const checked_row *c, double wrong, double size, double n)
{
    double value = relative(wrong, size);
    if (value <= TOLERANCE)
        return value;
    double tenth = spread(c->x, c->w, c->row, &c->terms) / 10;
    return relative(wrong, fmax(size, tenth * tenth * n / (double)c->x->z_dim));
}

static explain_check check_value(const checked_row *c, float value)
{
    double d = (double)value - c->value;
    return (explain_check){.name = "value_against_double",
                           .meaning =
                               "|value - value in double| / (|value in double| + sum of |dx x|)",
                           .value = relative(d * d, c->magnitude * c->magnitude),
                           .tolerance = TOLERANCE,
                           .n_samples = 1};
}

static explain_check check_gradient(const checked_row *c)
{
    double wrong = 0, size = 0;
    for (size_t k = 0; k < c->x->z_dim; k++) {
        double d = (double)c->gradient[k] - c->exact[k];
        wrong += d * d;
        size += c->exact[k] * c->exact[k];
    }
    return (explain_check){
        .name = "gradient_against_double",
        .meaning = "|gradient - gradient in double| / |gradient in double|, or over a tenth of the "
                   "spread of its terms where these cancel; kinks: units whose kink z lies on",
        .value = judge_by_spread(c, wrong, size, (double)c->x->z_dim),
        .tolerance = TOLERANCE,
        .n_samples = 1,
        .n_kinks = c->n_kinks};
}

static explain_check check_differences(const checked_row *c)
{
    explain_check result = {
        .name = "gradient_against_differences",
        .meaning =
            "by norm over random directions: slope by the gradient against central differences "
            "in double, beyond their rounding; kinks: directions left out, with a kink of a "
            "(leaky) ReLU in every step",
        .tolerance = TOLERANCE,
        .n_samples = N_DIRECTIONS};
    size_t n = c->x->z_dim;
    float *direction = allocate(N_DIRECTIONS * n, sizeof *direction);
    differences d = {.direction = direction};
    double wrong = 0, size = 0;
    draw_directions(direction, n, c->probe);
    /* On a kink, steps that are smaller than its distance would take the other side's slope. */
    for (double h = 1e-4; h > (c->n_kinks ? 0.5e-4 : 0.5e-7); h /= 10)
        take(&d, c->x, c->w, c->z, c->reference, h);
    for (size_t k = 0; k < N_DIRECTIONS; k++) {
        if (!d.is_smooth[k]) {
            result.n_kinks++;
            continue;
        }
        double got = dot(c->gradient, direction + k * n, n);
        double off = beyond_noise(got, d.slope[k], c->magnitude, d.step[k]);
        wrong += off * off;
        size += d.slope[k] * d.slope[k];
    }
    result.value = judge_by_spread(c, wrong, size, (double)(N_DIRECTIONS - result.n_kinks));
    free(direction);
    return result;
}

void explain_check_gradient(explain_check checks[N_GRADIENT_CHECKS], const explainer *x,
                            explain_workspace *w, const explained_rows *rows, size_t i,
                            uint64_t probe)
{
    size_t n = x->z_dim;
    double *z = allocate(2 * n, sizeof *z);
    checked_row c = {.x = x,
                     .w = w,
                     .row = i,
                     .z = rows->z + i * n,
                     .gradient = rows->gradient_z + i * n,
                     .reference = w->reference ? w->reference + i * N_PIXELS : NULL,
                     .exact = z + n,
                     .probe = probe};
    assert(i < rows->n && rows->value && rows->gradient_z);
    init_twin(&w->twin, x);
    for (size_t k = 0; k < n; k++)
        z[k] = (double)c.z[k];
    evaluate(x, &w->twin, z, 1, c.reference, &c.value, &c.terms);
    c.n_kinks = differentiate(x, w, i, &c.terms, c.value, c.exact, &c.magnitude);
    checks[0] = check_value(&c, rows->value[i]);
    checks[1] = check_gradient(&c);
    checks[2] = check_differences(&c);
    free(z);
}
