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
#include "method_detail.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-3

/* Of z, along a direction. */
static const double FIRST_STEP = 1e-4;

/* What float may lose in one layer, over the spread. On trained nets of 2 to 90 layers it lost at
 * most 3e-8, 2e-6 and 9e-6. On the whole way it is most: the rounding of the picture is no random
 * one, but in the directions in which z moves the picture, too. */
static const double ROUNDING_TO_PIXELS = 1e-6, ROUNDING_TO_Z = 5e-6, ROUNDING_OF_ALL = 3e-5;

static_assert(N_DIRECTIONS == 4, "a sentence below says so");
static const char on_kinks[] = "At # units z lies on the kink of a ReLU.";

#define PIXELS_MEANING(name)                                                                       \
    "|" name " - the same in double| / |the same in double|, or over what float keeps of its "     \
    "terms where these cancel"

enum {
    CHECK_VALUE,
    CHECK_GRADIENT,
    CHECK_DIFFERENCES,
    CHECK_PIXELS,
    CHECK_PIXELS_OF_LOGIT,
    CHECK_JACOBIAN,
    CHECK_ALONG
};

const explain_check explain_checks[] = {
    [CHECK_VALUE] = {.name = "value_against_double",
                     .meaning = "|value - value in double| / (|value in double| + sum of "
                                "|gradient_x x| + sum of |gradient_z z| + the terms of D's "
                                "last sum, as far as the target has these)",
                     .tolerance = TOLERANCE,
                     .n_samples = 1},
    [CHECK_GRADIENT] = {.name = "gradient_against_double",
                        .meaning = "|gradient_z - J' gradient_x in double| / |J' gradient_x in "
                                   "double| (for areas and units from their own 1s), or over what "
                                   "float keeps of its terms where these cancel",
                        .tolerance = TOLERANCE,
                        .n_samples = 1,
                        .left_out = on_kinks},
    [CHECK_DIFFERENCES] =
        {.name = "gradient_against_differences",
         .meaning = "by norm over random directions: slope by the gradient against central "
                    "differences in double, beyond their rounding",
         .tolerance = TOLERANCE,
         .n_samples = N_DIRECTIONS,
         .left_out = "# of 4 directions were left out, as a ReLU has a kink there.",
         .all_left_out = "says nothing here, as a ReLU has a kink too near to z in each of # "
                         "directions."},
    [CHECK_PIXELS] = {.name = "gradient_x_against_double",
                      .meaning = PIXELS_MEANING("gradient_x"),
                      .tolerance = TOLERANCE,
                      .n_samples = 1,
                      .left_out = on_kinks},
    [CHECK_PIXELS_OF_LOGIT] = {.name = "d_gradient_x_against_double",
                               .meaning = PIXELS_MEANING("d_gradient_x"),
                               .tolerance = TOLERANCE,
                               .n_samples = 1,
                               .left_out = on_kinks},
    [CHECK_JACOBIAN] = {.name = "jacobian_against_double",
                        .meaning = "|J' u - J' u in double| / |J' u in double|, or over what float "
                                   "keeps of its terms where these cancel, for a random u of signs",
                        .tolerance = TOLERANCE,
                        .n_samples = 1,
                        .left_out = on_kinks},
    [CHECK_ALONG] = {.name = "moves_with_against_double",
                     .meaning = "|u' moves_with - (J' u in double)' gradient_z / |gradient_z|| / "
                                "|moves_with|, or over what float keeps of its terms where these "
                                "cancel, for a random u of signs",
                     .tolerance = TOLERANCE,
                     .n_samples = 1,
                     .left_out = on_kinks},
    {0}};

bool explain_check_is_met(const explain_check *c) { return c->value <= c->tolerance; }

int explain_check_judge(const explain_check *c, error *e)
{
    if (explain_check_is_met(c))
        return 0;
    return fail(e, STATUS_CHECK_FAILED, "check %s: %g, expected at most %g", c->name, c->value,
                c->tolerance);
}

bool explain_check_is_empty(const explain_check *c)
{
    return c->all_left_out && c->n_left_out == c->n_samples;
}

char *explain_check_note(const explain_check *c)
{
    const char *words = explain_check_is_empty(c) ? c->all_left_out : c->left_out;
    text out = {0};
    if (!c->n_left_out || !words)
        return NULL;
    size_t before = strcspn(words, "#");
    text_add_bytes(&out, words, before);
    if (words[before])
        text_add(&out, "%zu%s", c->n_left_out, words + before + 1);
    return out.data;
}

/* ---- What is no error ---- */

/* |wrong| / |size| from their squares: 0 where both are zero. */
static double relative(double wrong, double size)
{
    return relative_error(sqrt(wrong), sqrt(size));
}

/* An error that is over the tolerance by the gradient's norm is looked at again by its spread;
 * share: of the gradient's degrees of freedom that the squares hold. */
static double judge(double wrong, double size, double share, const backward_pass *b)
{
    double value = relative(wrong, size);
    if (value <= TOLERANCE)
        return value;
    double least = backward_spread(b) * b->rounding * (double)backward_depth(b) / TOLERANCE;
    return relative(wrong, fmax(size, least * least * share));
}

/* ---- Differences ---- */

/* Between two rows of the twin, in a network that the target depends on. */
static bool has_kink(const explainer *x, const twin t[N_NETS], size_t a, size_t b)
{
    for (size_t i = 0; i < N_NETS; i++) {
        bool is_on_way = i == NET_G ? explain_is_of_picture(x)
                                    : explain_target_reads(&x->target, (explain_net)i);
        if (is_on_way && twin_has_kink_between_rows(&t[i], a, b))
            return true;
    }
    return false;
}

/* The ends of a step of length h from z along those directions that are not smooth yet, two rows of
 * out each; which (N_DIRECTIONS): these. Returns how many. */
static size_t list_ends(double *out, size_t which[N_DIRECTIONS], const checked_row *c, double h)
{
    size_t n = c->x->z_dim, n_taken = 0;
    for (size_t k = 0; k < N_DIRECTIONS; k++) {
        if (c->slope[k].is_smooth)
            continue;
        for (size_t i = 0; i < n; i++) {
            double move = h * (double)c->direction[k * n + i];
            out[2 * n_taken * n + i] = (double)c->z[i] + move;
            out[(2 * n_taken + 1) * n + i] = (double)c->z[i] - move;
        }
        which[n_taken++] = k;
    }
    return n_taken;
}

/* From the ends' values, whose rows in the twin begin at `first`. */
static void take_differences(checked_row *c, const size_t *which, size_t n, double h,
                             const double *value, size_t first)
{
    for (size_t k = 0; k < n; k++) {
        size_t at = first + 2 * k;
        c->slope[which[k]] = (difference){.slope = (value[2 * k] - value[2 * k + 1]) / (2 * h),
                                          .step = h,
                                          .is_smooth = !has_kink(c->x, c->w->twin, at, at + 1)};
    }
}

/* Takes those that are not smooth yet, again with step h. */
static void take_again(checked_row *c, double h)
{
    double value[N_ENDS];
    size_t which[N_DIRECTIONS], n = list_ends(c->points, which, c, h);
    if (n)
        target_evaluate(c->x, c->w->twin, c->points, 2 * n, c->reference, value, NULL);
    take_differences(c, which, n, h, value, 0);
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

/* The target at z, its slopes, and its first differences from one pass: each weight is read once.
 * Leaves z's own row in the twin. */
static void evaluate_with_ends(checked_row *c)
{
    size_t n = c->x->z_dim, which[N_DIRECTIONS];
    double value[TWIN_ROWS];
    for (size_t i = 0; i < n; i++)
        c->points[i] = (double)c->z[i];
    list_ends(c->points + n, which, c, FIRST_STEP);
    target_evaluate(c->x, c->w->twin, c->points, TWIN_ROWS, c->reference, value, &c->slopes);
    c->value = value[0];
    take_differences(c, which, N_DIRECTIONS, FIRST_STEP, value + 1, 1);
    for (size_t i = 0; i < N_NETS; i++)
        twin_keep_first_row(&c->w->twin[i]);
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
    backward_pass b = {
        .x = c->x, .w = c->w, .row = c->row, .to_z = true, .rounding = ROUNDING_OF_ALL};
    for (size_t i = 0; i < N_NETS; i++)
        b.squares[i] = c->slopes.squares[i];
    return b;
}

/* From what the gradient by the pixels that is handed out starts from. */
static backward_pass pass_to_pixels(const checked_row *c)
{
    static const double one = 1.0;
    backward_pass b = whole_pass(c);
    b.to_z = false;
    b.rounding = ROUNDING_TO_PIXELS;
    if (!explain_sees_picture(c->x)) {
        memset(b.squares, 0, sizeof b.squares);
        b.squares[NET_CRITIC] = &one;
    }
    return b;
}

/* From the pixels alone, whose squares are given. */
static backward_pass pass_from_pixels(const explainer *x, const explain_workspace *w, size_t row,
                                      const double *squares)
{
    return (backward_pass){.x = x,
                           .w = w,
                           .row = row,
                           .to_z = true,
                           .rounding = ROUNDING_TO_Z,
                           .squares = {[NET_G] = squares}};
}

/* From the pixels, where the target is of these, else from inside G. */
static backward_pass pass_to_z(const checked_row *c)
{
    backward_pass b = pass_from_pixels(c->x, c->w, c->row, c->scratch);
    for (size_t i = 0; i < c->x->shape.n; i++)
        c->scratch[i] = c->cotangent[i] * c->cotangent[i];
    if (!explain_is_of_picture(c->x)) {
        b.squares[NET_G] = NULL;
        b.squares[NET_CUT] = c->slopes.squares[NET_CUT];
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
    explain_check check = explain_checks[CHECK_VALUE];
    double d = (double)value - c->value;
    check.value = relative(d * d, c->magnitude * c->magnitude);
    return check;
}

/* Units on whose kink z lies, on the way from z to the target. */
static size_t kinks_on_way(const checked_row *c)
{
    if (!explain_is_of_picture(c->x))
        return c->n_kinks[NET_CUT];
    return c->n_kinks[NET_G] + c->n_kinks[NET_CRITIC] + c->n_kinks[NET_CLASSIFIER];
}

static explain_check check_gradient(const checked_row *c)
{
    explain_check check = explain_checks[CHECK_GRADIENT];
    double wrong, size;
    backward_pass b = pass_to_z(c);
    compare(&wrong, &size, c->gradient, c->exact, c->x->z_dim);
    check.value = judge(wrong, size, 1.0, &b);
    check.n_left_out = kinks_on_way(c);
    return check;
}

static explain_check check_pixels(const checked_row *c)
{
    explain_check check =
        explain_checks[explain_sees_picture(c->x) ? CHECK_PIXELS : CHECK_PIXELS_OF_LOGIT];
    double wrong, size;
    backward_pass b = pass_to_pixels(c);
    compare(&wrong, &size, c->gradient_x, c->dx, c->x->shape.n);
    check.value = judge(wrong, size, 1.0, &b);
    check.n_left_out = c->n_kinks[NET_CRITIC] + c->n_kinks[NET_CLASSIFIER];
    return check;
}

static explain_check check_differences(checked_row *c)
{
    explain_check check = explain_checks[CHECK_DIFFERENCES];
    size_t n = c->x->z_dim;
    double wrong = 0, size = 0;
    backward_pass b = whole_pass(c);
    /* On a kink, steps that are smaller than its distance would take the other side's slope. */
    for (double h = FIRST_STEP / 10; h > 0.5e-7 && !kinks_on_way(c); h /= 10)
        take_again(c, h);
    for (size_t k = 0; k < N_DIRECTIONS; k++) {
        const difference *d = &c->slope[k];
        if (!d->is_smooth) {
            check.n_left_out++;
            continue;
        }
        double got = dot(c->gradient, c->direction + k * n, n);
        double off = beyond_noise(got, d->slope, c->magnitude, d->step);
        wrong += off * off;
        size += d->slope * d->slope;
    }
    check.value = judge(wrong, size, (double)(N_DIRECTIONS - check.n_left_out) / (double)n, &b);
    return check;
}

/* ---- The Jacobian ---- */

/* At the row whose pass through G lies in the twin. */
static void fill_probe(jacobian_probe *p, const checked_row *c)
{
    for (size_t i = 0; i < c->x->shape.n; i++)
        c->scratch[i] = (double)p->u[i];
    twin_backward(&c->w->twin[NET_G], c->scratch, NULL, p->by_twin);
    p->n_kinks = c->n_kinks[NET_G];
}

double explain_judge_jacobian(double wrong, double size, double share, const jacobian_place *at,
                              const double *squares)
{
    size_t n = at->x->shape.n;
    double *ones = allocate(n, sizeof *ones);
    for (size_t i = 0; i < n; i++)
        ones[i] = 1.0;
    backward_pass b = pass_from_pixels(at->x, at->w, at->row, squares ? squares : ones);
    double value = judge(wrong, size, share, &b);
    free(ones);
    return value;
}

explain_check explain_check_jacobian(const explainer *x, const explain_workspace *w, size_t row,
                                     const jacobian_probe *p)
{
    explain_check check = explain_checks[CHECK_JACOBIAN];
    double wrong, size;
    compare(&wrong, &size, p->by_jacobian, p->by_twin, x->z_dim);
    check.value = explain_judge_jacobian(wrong, size, 1.0, &(jacobian_place){x, w, row}, NULL);
    check.n_left_out = p->n_kinks;
    return check;
}

/* u' J g / |g| both ways: J' u is known in double. */
explain_check explain_check_along(const explainer *x, const explain_workspace *w, size_t row,
                                  const jacobian_probe *p, const float *gradient_z,
                                  const float *along)
{
    explain_check check = explain_checks[CHECK_ALONG];
    double expected = 0, length = norm(gradient_z, x->z_dim), size = norm(along, x->shape.n);
    for (size_t k = 0; k < x->z_dim && length > 0; k++)
        expected += (double)gradient_z[k] / length * p->by_twin[k];
    double wrong = dot(along, p->u, x->shape.n) - expected;
    check.value = explain_judge_jacobian(wrong * wrong, size * size, 1.0 / (double)x->z_dim,
                                         &(jacobian_place){x, w, row}, NULL);
    check.n_left_out = p->n_kinks;
    return check;
}

/* ---- All ---- */

/* What was handed out, or what the gradient by z was made from; NULL: neither. */
static const float *find_gradient_x(const explainer *x, const explain_workspace *w,
                                    const explained_rows *rows, size_t i)
{
    if (rows->gradient_x && explain_gradient_x_name(x))
        return rows->gradient_x + i * x->shape.n;
    return explain_sees_picture(x) ? w->dx + i * x->shape.n : NULL;
}

/* Cuts the row's arrays out of one block. */
static void make_room(checked_row *c)
{
    const explainer *x = c->x;
    size_t n = (TWIN_ROWS + 1) * x->z_dim + 3 * x->shape.n;
    for (size_t i = 0; i < N_NETS; i++)
        n += explain_target_reads(&x->target, (explain_net)i) ? 2 * x->net[i]->n_out : 0;
    double *at = c->room = allocate(n, sizeof *c->room);
    c->points = at;
    c->exact = at += TWIN_ROWS * x->z_dim;
    c->dx = at += x->z_dim;
    c->cotangent = at += x->shape.n;
    c->scratch = at += x->shape.n;
    at += x->shape.n;
    for (size_t i = 0; i < N_NETS; i++) {
        if (!explain_target_reads(&x->target, (explain_net)i))
            continue;
        c->slopes.dy[i] = at;
        c->slopes.squares[i] = at += x->net[i]->n_out;
        at += x->net[i]->n_out;
    }
    c->direction = allocate(N_DIRECTIONS * x->z_dim, sizeof *c->direction);
}

size_t explain_check_gradient(explain_check checks[N_GRADIENT_CHECKS], const explainer *x,
                              explain_workspace *w, const explained_rows *rows, size_t i,
                              uint64_t seed, jacobian_probe *p)
{
    size_t n_checks = 3;
    checked_row c = {.x = x,
                     .w = w,
                     .row = i,
                     .z = rows->z + i * x->z_dim,
                     .gradient = rows->gradient_z + i * x->z_dim,
                     .reference = w->reference ? w->reference + i * x->shape.n : NULL,
                     .gradient_x = find_gradient_x(x, w, rows, i)};
    assert(i < rows->n && rows->value && rows->gradient_z);
    make_room(&c);
    explain_twin_init(w->twin, x);
    draw_directions(c.direction, x->z_dim, seed);
    evaluate_with_ends(&c);
    target_differentiate(&c);
    if (p)
        fill_probe(p, &c);
    checks[0] = check_value(&c, rows->value[i]);
    checks[1] = check_gradient(&c);
    checks[2] = check_differences(&c);
    if (c.gradient_x)
        checks[n_checks++] = check_pixels(&c);
    free(c.direction);
    free(c.room);
    return n_checks;
}
