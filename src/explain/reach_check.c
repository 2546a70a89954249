/* SPDX-License-Identifier: MIT */
/* One move and one point of the sweep, of all that `reach` measured, once more: by the twin, and at
 * a z that is made anew in double from what the move or the point says of itself. So a wrong step,
 * sign, component or row is found, and numbers or a picture that went astray between tiles. */
#include "check_detail.h"
#include "method_detail.h"
#include "reach_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHECK_MOVE, CHECK_POINT };

#define TOLERANCE 1e-3

/* Of a value that is larger than at z, what float may lose. */
static const double ROUNDING = 1e-6;

const explain_check reach_checks[N_REACH_CHECKS + 1] = {
    [CHECK_MOVE] = {.name = "reach_against_double",
                    .meaning = "of one of the moves: |measured change - change in double| / "
                               "|change in double|, or over what float keeps of the target",
                    .tolerance = TOLERANCE,
                    .n_samples = 1},
    [CHECK_POINT] = {.name = "sweep_against_double",
                     .meaning = "of one of the points: |place - expected place| / (1 + |expected "
                                "place|), |target - target in double| / (|target in double| + "
                                "what it is made of) or |picture - picture in double| / |picture "
                                "in double|, whichever is most",
                     .tolerance = TOLERANCE,
                     .n_samples = 1},
    {0}};

/* ---- z made anew ---- */

/* The direction as it is defined; the caller frees it. */
static double *make_direction(const reach_moves *m, size_t direction)
{
    size_t n = m->t->x->z_dim;
    const float *g = m->t->rows->gradient_z;
    double *out = allocate(n, sizeof *out), length = norm(g, n);
    float *random = allocate(N_RANDOM * n, sizeof *random);
    reach_draw(random, n, m->t->q->probe);
    for (size_t c = 0; c < n; c++)
        if (direction > m->n_top)
            out[c] = (double)random[(direction - m->n_top - 1) * n + c];
        else if (direction > 0)
            out[c] = c == m->top[direction - 1];
        else
            out[c] = length > 0 ? (double)g[c] / length : 0;
    free(random);
    return out;
}

static void make_move(double *z, const reach_probe *p, const reach_moves *m)
{
    size_t n = m->t->x->z_dim;
    double *direction = make_direction(m, p->move / N_MOVES);
    for (size_t c = 0; c < n; c++)
        z[c] = (double)m->t->rows->z[c] + reach_step(p->move % N_MOVES) * direction[c];
    free(direction);
}

static int compare_places(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Where the point is, counted by rising place. */
static double find_place_of(const reach_probe *p, double now)
{
    double places[N_POINTS] = {now};
    for (size_t i = 0; i < N_MOVES; i++)
        places[1 + i] = now + reach_step(i);
    for (size_t i = 0; i < N_PLACES; i++)
        places[1 + N_MOVES + i] = reach_place(i);
    qsort(places, N_POINTS, sizeof *places, compare_places);
    return places[p->point];
}

static size_t draw_below(rng *r, size_t n) { return rng_below(r, (uint32_t)n); }

void reach_probe_init(reach_probe *p, const reach_moves *m)
{
    size_t n = m->t->x->z_dim;
    rng r = rng_init(m->t->q->probe, rng_stream(STREAM_PROBE, 4));
    *p = (reach_probe){.move = draw_below(&r, m->n_moves),
                       .item = draw_below(&r, m->n_top),
                       .point = draw_below(&r, N_POINTS),
                       .z = allocate(2 * n, sizeof *p->z)};
    make_move(p->z, p, m);
    double *z = p->z + n;
    for (size_t c = 0; c < n; c++)
        z[c] = (double)m->t->rows->z[c];
    z[m->top[p->item]] = p->place = find_place_of(p, z[m->top[p->item]]);
}

void reach_probe_release(reach_probe *p)
{
    free(p->z);
    *p = (reach_probe){0};
}

/* ---- Both, compared ---- */

void reach_probe_evaluate(reach_probe *p, const reach_moves *m)
{
    const explainer *x = m->t->x;
    twin *t = m->t->w->twin;
    size_t pixels = x->shape.n;
    explain_twin_init(t, x);
    target_evaluate(x, t, p->z, 2, m->reference, p->value, NULL);
    if (explain_is_of_picture(x))
        p->picture = t[NET_G].output[x->net[NET_G]->n_layers - 1] + pixels;
    else
        p->picture = twin_forward(&t[NET_G], p->z + x->z_dim, 1, (pass){0});
}

/* What is left of an error, over its size or over what rounding makes the tolerance. */
static double judge(double off, double size, double rounding)
{
    return off == 0 ? 0 : fabs(off) / fmax(size, rounding / TOLERANCE);
}

static double judge_move(const reach_probe *p, const reach_moves *m)
{
    double here = (double)*m->t->rows->value, there = (double)m->value[p->move];
    double change = p->value[0] - here;
    return judge(there - p->value[0], fabs(change), m->rounding + ROUNDING * fabs(p->value[0]));
}

static double judge_picture(const reach_probe *p, const float *drawn, size_t n)
{
    double wrong = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        double off = (double)drawn[i] - p->picture[i];
        wrong += off * off;
        size += p->picture[i] * p->picture[i];
    }
    return judge(sqrt(wrong), sqrt(size), 0);
}

static double judge_point(const reach_probe *p, const reach_moves *m)
{
    const float *at = m->sweep + (p->item * N_POINTS + p->point) * m->point_size;
    double size = fabs(p->value[1]);
    double place = ((double)at[SWEEP_PLACE] - p->place) / (1 + fabs(p->place));
    double target = judge((double)at[SWEEP_TARGET] - p->value[1], size, m->rounding);
    double pixels = judge_picture(p, at + SWEEP_PICTURE, m->t->x->shape.n);
    return worse(fabs(place), worse(target, pixels));
}

void reach_probe_compare(explain_check checks[N_REACH_CHECKS], const reach_probe *p,
                         const reach_moves *m)
{
    memcpy(checks, reach_checks, N_REACH_CHECKS * sizeof *checks);
    checks[CHECK_MOVE].value = judge_move(p, m);
    checks[CHECK_POINT].value = judge_point(p, m);
}
