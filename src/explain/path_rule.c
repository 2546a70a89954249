/* SPDX-License-Identifier: MIT */
#include "path_detail.h"
#include <math.h>
#include <stdlib.h>

/* The Legendre polynomial of degree n at x, and its derivative there (|x| < 1), by recurrence. */
static double legendre(double *slope, double x, size_t n)
{
    double before = 1, now = x;
    for (size_t k = 2; k <= n; k++) {
        double next = ((2 * (double)k - 1) * x * now - ((double)k - 1) * before) / (double)k;
        before = now;
        now = next;
    }
    *slope = (double)n * (before - x * now) / (1 - x * x);
    return now;
}

/* More than Newton's method needs from the estimate below to the last bit, for any degree. */
enum { NEWTON_STEPS = 6 };

/* Its root i from above, and the weight of a rule on -1..1. */
static double legendre_root(double *weight, size_t i, size_t n)
{
    double x = cos(acos(-1.0) * ((double)i + 0.75) / ((double)n + 0.5)), slope;
    for (size_t k = 0; k < NEWTON_STEPS; k++) {
        double value = legendre(&slope, x, n);
        x -= value / slope;
    }
    legendre(&slope, x, n);
    *weight = 2 / ((1 - x * x) * slope * slope);
    return x;
}

static void make_room(path_rule *r, size_t n_more)
{
    if (r->n + n_more <= r->capacity)
        return;
    r->capacity = 2 * (r->n + n_more);
    r->t = reallocate(r->t, r->capacity, sizeof *r->t);
    r->weight = reallocate(r->weight, r->capacity, sizeof *r->weight);
}

/* Roots lie evenly about 0: both of a pair are made from one. */
void path_rule_add(path_rule *r, double from, double to, size_t n_nodes)
{
    double centre = (from + to) / 2, half = (to - from) / 2, weight;
    make_room(r, n_nodes);
    double *t = r->t + r->n, *w = r->weight + r->n;
    for (size_t i = 0; i < (n_nodes + 1) / 2; i++) {
        size_t mirrored = n_nodes - 1 - i;
        double x = legendre_root(&weight, i, n_nodes);
        t[i] = centre - half * x;
        t[mirrored] = centre + half * x;
        w[i] = w[mirrored] = half * weight;
    }
    r->n += n_nodes;
}

void path_rule_release(path_rule *r)
{
    free(r->t);
    free(r->weight);
    *r = (path_rule){0};
}
