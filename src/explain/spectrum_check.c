/* SPDX-License-Identifier: MIT */
/* What `spectrum` hands out, against the twin: each map against differences of the picture along
 * its direction, and pulled back to z by a backward pass, which no forward tangent has gone into;
 * the directions and maps against each other; the values against the norms of the Jacobian's rows.
 */
#include "check_detail.h"
#include "method_detail.h"
#include "spectrum_detail.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIFFERENCES, PULLED_BACK, ORTHOGONAL, ADDS_UP };

#define TOLERANCE 1e-3

const explain_check spectrum_checks[N_SPECTRUM_CHECKS + 1] = {
    [DIFFERENCES] =
        {.name = "spectrum.maps_against_differences",
         .meaning = "of the worst direction v: |J v - s u| / s, J v by central differences of the "
                    "picture in double, or over what float keeps of its terms where these cancel",
         .tolerance = TOLERANCE,
         .left_out = "# of the directions were left out, as a ReLU has a kink there.",
         .all_left_out = "says nothing here, as a ReLU has a kink too near to z in each of # "
                         "directions."},
    [PULLED_BACK] = {.name = "spectrum.maps_pulled_back",
                     .meaning = "of the worst direction v: |J' u - s v| / s, J' u by a backward "
                                "pass in double, or over what float keeps of its terms where "
                                "these cancel",
                     .tolerance = TOLERANCE,
                     .left_out = "At # units z lies on the kink of a ReLU."},
    [ORTHOGONAL] = {.name = "spectrum.is_orthonormal",
                    .meaning = "of the worst two directions: the product of both, or of their maps "
                               "over their values, less 1 of one with itself and 0 of others",
                    .tolerance = 1e-5},
    [ADDS_UP] = {.name = "spectrum.adds_up",
                 .meaning = "|sum of the squared values - |J|^2| / |J|^2, |J|^2 from the norms of "
                            "the Jacobian's rows",
                 .tolerance = 1e-5,
                 .n_samples = 1},
    {0}};

static const float *direction_of(const spectrum *s, size_t k)
{
    return s->direction + k * s->t->x->z_dim;
}

static const float *map_of(const spectrum *s, size_t k) { return s->map + k * s->t->x->shape.n; }

/* ---- Differences ---- */

/* G in double, at both ends of a step along direction k; the first row is one end. */
static const double *draw_ends(const spectrum *s, double *ends, size_t k, double h)
{
    size_t n = s->t->x->z_dim;
    for (size_t i = 0; i < n; i++) {
        double z = (double)s->t->rows->z[i], move = h * (double)direction_of(s, k)[i];
        ends[i] = z + move;
        ends[n + i] = z - move;
    }
    return twin_forward(&s->t->w->twin[NET_G], ends, 2, (pass){0});
}

/* The square of the map less the difference of both ends, but for what double loses of it. */
static double square_off(const spectrum *s, const double *pictures, size_t k, double h)
{
    size_t n = s->t->x->shape.n;
    double total = 0;
    for (size_t p = 0; p < n; p++) {
        double noise = 1e3 * DBL_EPSILON * fabs(pictures[p]) / h;
        double off = fabs((pictures[p] - pictures[n + p]) / (2 * h) - (double)map_of(s, k)[p]);
        off = off <= noise ? 0 : off - noise;
        total += off * off;
    }
    return total;
}

/* |J v - s u| / s; below 0: a kink lies in every step. */
static double judge_difference(const spectrum *s, double *ends, size_t k)
{
    const explainer *x = s->t->x;
    for (double h = 1e-4; h > 0.5e-7; h /= 10) {
        const double *pictures = draw_ends(s, ends, k, h);
        if (!twin_has_kink_between_rows(&s->t->w->twin[NET_G], 0, 1))
            return explain_judge_jacobian(square_off(s, pictures, k, h), s->value[k] * s->value[k],
                                          1.0 / (double)x->z_dim, &(jacobian_place){x, s->t->w, 0},
                                          NULL);
    }
    return -1;
}

static explain_check check_differences(const spectrum *s)
{
    explain_check check = spectrum_checks[DIFFERENCES];
    double *ends = allocate(2 * s->t->x->z_dim, sizeof *ends);
    check.n_samples = s->n_top;
    for (size_t k = 0; k < s->n_top; k++) {
        double off = judge_difference(s, ends, k);
        check.n_left_out += off < 0;
        check.value = worse(off, check.value);
    }
    free(ends);
    return check;
}

/* ---- Pulled back ---- */

/* |J' u - s v| / s, from the map s u. */
static double judge_pulled_back(const spectrum *s, size_t k, double *cotangent, double *pulled)
{
    const explainer *x = s->t->x;
    double value = s->value[k], wrong = 0;
    if (!(value > 0))
        return 0;
    for (size_t p = 0; p < x->shape.n; p++)
        cotangent[p] = (double)map_of(s, k)[p] / value;
    twin_backward(&s->t->w->twin[NET_G], cotangent, NULL, pulled);
    for (size_t i = 0; i < x->z_dim; i++) {
        double off = pulled[i] - value * (double)direction_of(s, k)[i];
        wrong += off * off;
    }
    for (size_t p = 0; p < x->shape.n; p++)
        cotangent[p] *= cotangent[p];
    return explain_judge_jacobian(wrong, value * value, 1.0, &(jacobian_place){x, s->t->w, 0},
                                  cotangent);
}

static explain_check check_pulled_back(const spectrum *s)
{
    const explainer *x = s->t->x;
    explain_check check = spectrum_checks[PULLED_BACK];
    twin *g = &s->t->w->twin[NET_G];
    double *z = allocate(2 * x->z_dim + x->shape.n, sizeof *z), *pulled = z + x->z_dim;
    for (size_t i = 0; i < x->z_dim; i++)
        z[i] = (double)s->t->rows->z[i];
    twin_forward(g, z, 1, (pass){0});
    check.n_samples = s->n_top;
    check.n_left_out = twin_take_sides(g, &s->t->w->tape[NET_G], 0, 0);
    for (size_t k = 0; k < s->n_top; k++)
        check.value = worse(judge_pulled_back(s, k, pulled + x->z_dim, pulled), check.value);
    free(z);
    return check;
}

/* ---- Without the twin ---- */

/* Of two unit vectors, or of their maps: values that are rounding have none. */
static double off_orthogonal(const spectrum *s, size_t i, size_t k)
{
    double one = i == k, sizes = s->value[i] * s->value[k];
    double v = dot(direction_of(s, i), direction_of(s, k), s->t->x->z_dim) - one;
    double u = dot(map_of(s, i), map_of(s, k), s->t->x->shape.n) - one * sizes;
    bool has_maps = s->value[k] > s->floor && s->value[i] > s->floor;
    return has_maps ? worse(fabs(v), fabs(u) / sizes) : fabs(v);
}

/* Directions that z's side does not give are 0 where they have no effect. */
static bool is_direction(const spectrum *s, size_t k)
{
    return s->n == s->t->x->z_dim || s->value[k] > s->floor;
}

static explain_check check_orthogonal(const spectrum *s)
{
    explain_check check = spectrum_checks[ORTHOGONAL];
    for (size_t i = 0; i < s->n_top; i++)
        for (size_t k = 0; k <= i; k++)
            if (is_direction(s, i) && is_direction(s, k)) {
                check.value = worse(off_orthogonal(s, i, k), check.value);
                check.n_samples++;
            }
    return check;
}

static explain_check check_sum(const spectrum *s)
{
    explain_check check = spectrum_checks[ADDS_UP];
    double all = dot(s->sensitivity, s->sensitivity, s->t->x->shape.n);
    double off = double_dot(s->value, s->value, s->n) - all;
    check.value = all > 0 ? fabs(off) / all : fabs(off);
    return check;
}

void spectrum_check(explain_check checks[N_SPECTRUM_CHECKS], const spectrum *s)
{
    explain_twin_init(s->t->w->twin, s->t->x);
    checks[DIFFERENCES] = check_differences(s);
    checks[PULLED_BACK] = check_pulled_back(s);
    checks[ORTHOGONAL] = check_orthogonal(s);
    checks[ADDS_UP] = check_sum(s);
}
