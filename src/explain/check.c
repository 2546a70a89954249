/* SPDX-License-Identifier: MIT */
/* The float path's numbers against the twin's: value, gradient by the pixels, gradient by z, the
 * Jacobian's product with a random u; and the gradient by z against differences of the twin's
 * value.
 *
 * Where the target sees the whole picture, the gradient by z is checked from the gradient by the
 * pixels that was handed out on: |gradient_z - J' gradient_x|, J' gradient_x by the twin. So each
 * half of the way answers for itself, and at a minimum of rec, where the picture's own rounding
 * moves the gradient by much, the way through G is still known to float's precision.
 *
 * All errors are relative. Three things are no errors of the float path, and are told apart here:
 * - z lies on a kink of a (leaky) ReLU to within rounding, and float and double stand on different
 * sides: both slopes are right. The twin takes the float path's side, and such units are counted.
 * - The gradient's terms cancel (z is near a minimum of rec, say): what is left of it has fewer
 * digits than float. So an error is compared with the gradient or, where that is larger, with what
 * makes float's rounding the tolerance: a share, per layer, of its `spread`, the root of the sum of
 * squares of its terms, propagated through the layers as variances. A wrong weight or slope moves
 * the gradient by as much at such a point as anywhere.
 * - The target hardly changes within the difference's step (a saturated pixel): the difference has
 * no more digits than its `noise`, the rounding of its two values over the step; no smaller error
 * counts.
 *
 * Not checked here, since the twin is handed the same: z, the folded and cut networks, the picture
 * that rec compares with. */
#include "check_detail.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A gradient below this comes from slopes that float cannot tell from zero: its kernels take exp(v)
 * for v < -80 as exp(-80) = 1.8e-35, and below 1e-38 its numbers lose digits. */
static const double SMALLEST_NORM = 1e-28;

static const double TOLERANCE = 1e-3;

/* What float may lose in one layer, over the spread. On trained nets of 2 to 90 layers it lost at
 * most 3e-8, 2e-6 and 9e-6. On the whole way it is most: the rounding of the picture is no random
 * one, but in the directions in which z moves the picture, too. */
static const double ROUNDING_TO_PIXELS = 1e-6, ROUNDING_TO_Z = 5e-6, ROUNDING_OF_ALL = 3e-5;

bool explain_check_is_met(const explain_check *c) { return c->value <= c->tolerance; }

int explain_check_judge(const explain_check *c, error *e)
{
    if (explain_check_is_met(c))
        return 0;
    return fail(e, STATUS_CHECK_FAILED, "check %s: %g, expected at most %g", c->name, c->value,
                c->tolerance);
}

/* ---- The gradient's spread ---- */

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

static double norm_of_squares(const double *v, size_t n)
{
    double all = 0;
    for (size_t k = 0; k < n; k++)
        all += v[k];
    return sqrt(all);
}

/* A backward pass: where it starts (a unit, or the logit and the pixels) and ends. */
typedef struct {
    const explainer *x;
    const explain_workspace *w;
    size_t row;
    bool from_unit, to_z; /* to_z: else to the pixels */
    double rounding;
    double d_logit;
    const double *dx_squares; /* NULL: none */
} backward_pass;

static double spread(const backward_pass *b)
{
    const explainer *x = b->x;
    size_t width = widest(&x->cut, widest(&x->g, widest(&x->d, x->z_dim)));
    double *v = allocate(2 * width, sizeof *v), all;
    if (b->from_unit) {
        v[x->target.unit] = 1.0;
        propagate_squares(&x->cut, &b->w->cut, b->row, v, v + width);
    } else {
        v[0] = b->d_logit * b->d_logit;
        if (b->d_logit != 0)
            propagate_squares(&x->d, &b->w->d, b->row, v, v + width);
        for (size_t i = 0; b->dx_squares && i < N_PIXELS; i++)
            v[i] += b->dx_squares[i];
        if (b->to_z)
            propagate_squares(&x->g, &b->w->g, b->row, v, v + width);
    }
    all = norm_of_squares(v, b->to_z ? x->z_dim : N_PIXELS);
    free(v);
    return all;
}

/* The layers that rounding came through, forward and back. */
static size_t depth(const backward_pass *b)
{
    if (b->from_unit)
        return b->x->cut.n_layers;
    return b->x->g.n_layers + (b->d_logit != 0 ? b->x->d.n_layers : 0);
}

/* |wrong| / |size| from their squares: 0 where both are zero. */
static double relative(double wrong, double size)
{
    return wrong == 0 ? 0 : sqrt(wrong) / fmax(sqrt(size), SMALLEST_NORM);
}

/* An error that is over the tolerance by the gradient's norm is looked at again by its spread;
 * share: of the gradient's degrees of freedom that the squares hold. */
static double judge(double wrong, double size, double share, const backward_pass *b)
{
    double value = relative(wrong, size);
    if (value <= TOLERANCE)
        return value;
    double least = spread(b) * b->rounding * (double)depth(b) / TOLERANCE;
    return relative(wrong, fmax(size, least * least * share));
}

/* ---- Differences ---- */

static bool has_kink(const explainer *x, const explain_twin *t, size_t a, size_t b)
{
    if (x->cut.n_layers)
        return twin_has_kink_between_rows(&t->cut, a, b);
    return twin_has_kink_between_rows(&t->g, a, b) ||
           (target_needs_d(x) && twin_has_kink_between_rows(&t->d, a, b));
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
        target_evaluate(x, &w->twin, ends, 2 * n_taken, reference, value, NULL);
    for (size_t k = 0; k < n_taken; k++) {
        d->slope[which[k]] = (value[2 * k] - value[2 * k + 1]) / (2 * h);
        d->step[which[k]] = h;
        d->is_smooth[which[k]] = !has_kink(x, &w->twin, 2 * k, 2 * k + 1);
    }
    free(ends);
}

static void draw_directions(float *v, size_t n, uint64_t seed)
{
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
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

/* ---- The checks ---- */

static backward_pass whole_pass(const checked_row *c)
{
    return (backward_pass){.x = c->x,
                           .w = c->w,
                           .row = c->row,
                           .from_unit = c->x->cut.n_layers > 0,
                           .to_z = true,
                           .rounding = ROUNDING_OF_ALL,
                           .d_logit = c->terms.d_logit,
                           .dx_squares = c->terms.dx_squares};
}

static backward_pass pass_to_pixels(const checked_row *c)
{
    backward_pass b = whole_pass(c);
    b.to_z = b.from_unit = false;
    b.rounding = ROUNDING_TO_PIXELS;
    if (!explain_sees_picture(c->x)) {
        b.d_logit = 1.0;
        b.dx_squares = NULL;
    }
    return b;
}

/* The squared norms of got - expected and expected. */
static void compare(double *wrong, double *size, const float *got, const double *expected, size_t n)
{
    *wrong = *size = 0;
    for (size_t k = 0; k < n; k++) {
        double d = (double)got[k] - expected[k];
        *wrong += d * d;
        *size += expected[k] * expected[k];
    }
}

static explain_check check_value(const checked_row *c, float value)
{
    double d = (double)value - c->value;
    return (explain_check){.name = "value_against_double",
                           .meaning = "|value - value in double| / (|value in double| + sum of "
                                      "|gradient_x x| + sum of |gradient_z z| + the terms of D's "
                                      "last sum, as far as the target has these)",
                           .value = relative(d * d, c->magnitude * c->magnitude),
                           .tolerance = TOLERANCE,
                           .n_samples = 1};
}

static explain_check check_gradient(const checked_row *c)
{
    double wrong, size, squares[N_PIXELS];
    backward_pass from_pixels = whole_pass(c);
    for (size_t i = 0; i < N_PIXELS; i++)
        squares[i] = c->cotangent[i] * c->cotangent[i];
    from_pixels.rounding = ROUNDING_TO_Z;
    from_pixels.d_logit = 0;
    from_pixels.dx_squares = squares;
    compare(&wrong, &size, c->gradient, c->exact, c->x->z_dim);
    return (explain_check){
        .name = "gradient_against_double",
        .meaning = "|gradient_z - J' gradient_x in double| / |J' gradient_x in double| (for areas "
                   "and units from their own 1s), or over what float keeps of its terms where "
                   "these cancel; kinks: units whose kink z lies on",
        .value = judge(wrong, size, 1.0, &from_pixels),
        .tolerance = TOLERANCE,
        .n_samples = 1,
        .n_kinks = c->n_kinks};
}

static explain_check check_pixels(const checked_row *c)
{
    double wrong, size;
    backward_pass b = pass_to_pixels(c);
    compare(&wrong, &size, c->gradient_x, c->dx, N_PIXELS);
    return (explain_check){.name = explain_sees_picture(c->x) ? "gradient_x_against_double"
                                                              : "d_gradient_x_against_double",
                           .meaning = "the same of the gradient by the pixels",
                           .value = judge(wrong, size, 1.0, &b),
                           .tolerance = TOLERANCE,
                           .n_samples = 1,
                           .n_kinks = c->n_kinks_of_d};
}

static explain_check check_differences(const checked_row *c)
{
    explain_check result = {
        .name = "gradient_against_differences",
        .meaning =
            "by norm over random directions: slope by the gradient against central differences in "
            "double, beyond their rounding; kinks: directions left out, with a kink of a (leaky) "
            "ReLU in every step",
        .tolerance = TOLERANCE,
        .n_samples = N_DIRECTIONS};
    size_t n = c->x->z_dim;
    float *direction = allocate(N_DIRECTIONS * n, sizeof *direction);
    differences d = {.direction = direction};
    double wrong = 0, size = 0;
    backward_pass b = whole_pass(c);
    draw_directions(direction, n, c->seed);
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
    result.value = judge(wrong, size, (double)(N_DIRECTIONS - result.n_kinks) / (double)n, &b);
    free(direction);
    return result;
}

/* ---- The Jacobian ---- */

jacobian_probe *jacobian_probe_create(const explainer *x, uint64_t seed)
{
    jacobian_probe *p = allocate(1, sizeof *p);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 2));
    uint32_t bits[N_PIXELS];
    *p = (jacobian_probe){.by_jacobian = allocate(x->z_dim, sizeof(float)),
                          .by_twin = allocate(x->z_dim, sizeof(double))};
    rng_fill_bits(&r, bits, N_PIXELS);
    for (size_t i = 0; i < N_PIXELS; i++)
        p->u[i] = bits[i] >> 31 ? 1.0f : -1.0f;
    return p;
}

void jacobian_probe_free(jacobian_probe *p)
{
    if (!p)
        return;
    free(p->by_jacobian);
    free(p->by_twin);
    free(p);
}

/* At the row whose pass through G lies in the twin. */
static void fill_probe(jacobian_probe *p, const checked_row *c)
{
    double u[N_PIXELS];
    for (size_t i = 0; i < N_PIXELS; i++)
        u[i] = (double)p->u[i];
    twin_backward(&c->w->twin.g, u, NULL, p->by_twin);
    p->n_kinks = c->n_kinks_of_g;
}

explain_check explain_check_jacobian(const explainer *x, const explain_workspace *w, size_t row,
                                     const jacobian_probe *p)
{
    double wrong, size, ones[N_PIXELS];
    backward_pass b = {
        .x = x, .w = w, .row = row, .to_z = true, .rounding = ROUNDING_TO_Z, .dx_squares = ones};
    for (size_t i = 0; i < N_PIXELS; i++)
        ones[i] = 1.0;
    compare(&wrong, &size, p->by_jacobian, p->by_twin, x->z_dim);
    return (explain_check){
        .name = "jacobian_against_double",
        .meaning = "|J' u - J' u in double| / |J' u in double|, or over what float keeps of its "
                   "terms where these cancel, for a random u of signs; kinks: units of G whose "
                   "kink z lies on",
        .value = judge(wrong, size, 1.0, &b),
        .tolerance = TOLERANCE,
        .n_samples = 1,
        .n_kinks = p->n_kinks};
}

/* ---- All ---- */

/* What was handed out, or what the gradient by z was made from; NULL: neither. */
static const float *find_gradient_x(const explainer *x, const explain_workspace *w,
                                    const explained_rows *rows, size_t i)
{
    if (rows->gradient_x && explain_gradient_x_name(x))
        return rows->gradient_x + i * N_PIXELS;
    return explain_sees_picture(x) ? w->dx + i * N_PIXELS : NULL;
}

size_t explain_check_gradient(explain_check checks[N_GRADIENT_CHECKS], const explainer *x,
                              explain_workspace *w, const explained_rows *rows, size_t i,
                              uint64_t seed, jacobian_probe *p)
{
    size_t n = x->z_dim, n_checks = 3;
    double *z = allocate(2 * n, sizeof *z);
    checked_row c = {.x = x,
                     .w = w,
                     .row = i,
                     .z = rows->z + i * n,
                     .gradient = rows->gradient_z + i * n,
                     .reference = w->reference ? w->reference + i * N_PIXELS : NULL,
                     .gradient_x = find_gradient_x(x, w, rows, i),
                     .exact = z + n,
                     .seed = seed};
    assert(i < rows->n && rows->value && rows->gradient_z);
    explain_twin_init(&w->twin, x);
    for (size_t k = 0; k < n; k++)
        z[k] = (double)c.z[k];
    target_evaluate(x, &w->twin, z, 1, c.reference, &c.value, &c.terms);
    target_differentiate(&c, z);
    if (p)
        fill_probe(p, &c);
    checks[0] = check_value(&c, rows->value[i]);
    checks[1] = check_gradient(&c);
    checks[2] = check_differences(&c);
    if (c.gradient_x)
        checks[n_checks++] = check_pixels(&c);
    free(z);
    return n_checks;
}
