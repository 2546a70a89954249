/* SPDX-License-Identifier: MIT */
/* A few of the gradients that an average was made of, once more: by differences of the twin's value
 * at the very same noise.
 *
 * A difference whose two sides disagree has a kink of a ReLU inside; its step is made smaller.
 * Where rounding alone put float and double on two sides of a kink both slopes are right, and the
 * point is left out, as is one that has a kink in every step. */
#include "noise_detail.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

static const double FIRST_STEP = 1e-4, LAST_STEP = 1e-8;

typedef struct {
    const noisy_gradients *g;
    size_t which[N_PROBED_GRADIENTS];
    float *rows, *gradient, value[N_PROBED_GRADIENTS]; /* (N_PROBED_GRADIENTS, f.n) */
    double *at, *moved;                                /* (f.n) */
    double tolerance;
} noise_probe;

static void probe_init(noise_probe *p, const noisy_gradients *g)
{
    size_t n = g->f.n;
    rng r = method_rng(g->f.t, DRAW_CERTIFICATE, g->f.input);
    r.position += (n + 3) / 4; /* behind the direction */
    p->rows = allocate(2 * N_PROBED_GRADIENTS * n, sizeof *p->rows);
    p->gradient = p->rows + N_PROBED_GRADIENTS * n;
    p->at = allocate(2 * n, sizeof *p->at);
    p->moved = p->at + n;
    for (size_t k = 0; k < N_PROBED_GRADIENTS; k++) {
        p->which[k] = rng_below(&r, (uint32_t)g->n);
        noise_fill_row(p->rows + k * n, g, p->which[k]);
    }
    target_values(&g->f, p->rows, N_PROBED_GRADIENTS, p->value, p->gradient);
}

static double value_along(const noise_probe *p, double step)
{
    for (size_t k = 0; k < p->g->f.n; k++)
        p->moved[k] = p->at[k] + step * p->g->direction[k];
    return target_in_double(&p->g->f, p->moved, NULL);
}

/* The slope at a point with that value, where steps of some length have no kink. size: of a slope.
 * noise: what rounding leaves in a difference of that step. */
static bool find_slope(double *slope, double *noise, const noise_probe *p, double here, double size)
{
    for (double h = FIRST_STEP; h > LAST_STEP / 2; h /= 10) {
        double above = value_along(p, h), below = value_along(p, -h);
        double bend = fabs(above - 2 * here + below) / h;
        *slope = (above - below) / (2 * h);
        *noise = 1e3 * DBL_EPSILON * (1 + fabs(here)) / h;
        if (bend <= p->tolerance * fmax(size, fabs(*slope)) + *noise)
            return true;
    }
    return false;
}

/* Adds the squares of what slope k is off, and of its size; false: it is left out. */
static bool compare_slope(double *wrong, double *sizes, const noise_probe *p, size_t k)
{
    size_t n = p->g->f.n;
    double slope, noise, size = norm(p->gradient + k * n, n) / sqrt((double)n);
    for (size_t i = 0; i < n; i++)
        p->at[i] = (double)p->rows[k * n + i];
    double here = target_in_double(&p->g->f, p->at, NULL);
    if (target_kinks(&p->g->f, k) || !find_slope(&slope, &noise, p, here, size))
        return false;
    double off = fabs(p->g->slopes[p->which[k]] - slope);
    off = off <= noise ? 0 : off - noise; /* not fmax, which would drop a NaN */
    size = fmax(fabs(slope), size);
    if (off > p->tolerance * size)
        size = fmax(size,
                    target_gradient_rounding(&p->g->f, p->at, k) / p->tolerance / sqrt((double)n));
    *wrong += off * off;
    *sizes += size * size;
    return true;
}

void noise_check_differences(explain_check *c, const noisy_gradients *g)
{
    noise_probe p = {.g = g, .tolerance = c->tolerance};
    double wrong = 0, sizes = 0;
    probe_init(&p, g);
    for (size_t k = 0; k < N_PROBED_GRADIENTS; k++)
        c->n_left_out += !compare_slope(&wrong, &sizes, &p, k);
    c->value = relative_error(sqrt(wrong), sqrt(sizes));
    free(p.rows);
    free(p.at);
}
