/* SPDX-License-Identifier: MIT */
/* The target as inputs are put at the baseline one after another, or come back from there. */
#include "measure_detail.h"
#include <math.h>
#include <stdlib.h>

enum { MOST_STEPS_Z = 20, MOST_STEPS_X = 28 };

/* ---- Order ---- */

typedef struct {
    float contribution;
    uint32_t index;
} ranked_input;

/* What adds most first; of equal ones the first. */
static int compare_inputs(const void *a, const void *b)
{
    const ranked_input *x = a, *y = b;
    if (x->contribution != y->contribution)
        return x->contribution > y->contribution ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static ranked_input *rank_inputs(const float *contribution, size_t n)
{
    ranked_input *order = allocate(n, sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = (ranked_input){contribution[i], (uint32_t)i};
    qsort(order, n, sizeof *order, compare_inputs);
    return order;
}

/* ---- Curves ---- */

size_t removal_curve_points(const target_function *f)
{
    size_t most = f->input == INPUT_Z ? MOST_STEPS_Z : MOST_STEPS_X;
    return 1 + (f->n < most ? f->n : most);
}

/* How many of the inputs have moved at a point. */
static size_t count_moved(const target_function *f, size_t point)
{
    return point * f->n / (removal_curve_points(f) - 1);
}

void removal_curve_shares(float *share, const target_function *f)
{
    for (size_t k = 0; k < removal_curve_points(f); k++)
        share[k] = (float)((double)count_moved(f, k) / (double)f->n);
}

void removal_curve(double *value, const trust_subject *s, const float *contribution,
                   removal_way way)
{
    const target_function *f = s->f;
    size_t n_points = removal_curve_points(f);
    uint8_t *is_removed = allocate(n_points * f->n, 1);
    ranked_input *order = rank_inputs(contribution, f->n);
    for (size_t k = 0; k < n_points; k++)
        for (size_t i = 0; i < f->n; i++)
            is_removed[k * f->n + order[i].index] = (i < count_moved(f, k)) == (way == WAY_OUT);
    targets_without(value, f, s->baseline, is_removed, n_points);
    free(order);
    free(is_removed);
}

/* ---- Areas ---- */

double removal_curve_area(const double *value, const target_function *f)
{
    double area = 0;
    for (size_t k = 1; k < removal_curve_points(f); k++) {
        size_t n_moved = count_moved(f, k) - count_moved(f, k - 1);
        area += (double)n_moved / (double)f->n * (value[k] + value[k - 1]) / 2;
    }
    return area;
}

static double area_of(const trust_subject *s, const float *contribution, removal_way way)
{
    double *value = allocate(removal_curve_points(s->f), sizeof *value);
    removal_curve(value, s, contribution, way);
    double area = removal_curve_area(value, s->f);
    free(value);
    return area;
}

/* Where another map drawn by chance would have its area, with a chance of 95 %: between the ends of
 * N_CHANCES such maps, of which this one is the first. */
static void find_range(estimate *out, const trust_subject *s, removal_way way)
{
    enum { N_CHANCES = 40 };
    float *map = allocate(s->f->n, sizeof *map);
    out->low = out->high = out->value;
    for (uint32_t k = 1; k < N_CHANCES; k++) {
        rng r = trust_rng(s->seed, TRUST_CONTROL, k * N_INPUTS + (uint32_t)s->f->input);
        rng_fill_normal(&r, map, s->f->n);
        double area = area_of(s, map, way);
        out->low = fmin(out->low, area);
        out->high = fmax(out->high, area);
    }
    free(map);
}

void removal_area(estimate *out, const trust_subject *s, removal_way way)
{
    float *contribution = allocate(s->f->n, sizeof *contribution);
    subject_contributions(contribution, s);
    *out = (estimate){area_of(s, contribution, way), (double)NAN, (double)NAN};
    free(contribution);
    if (s->of->is_drawn)
        find_range(out, s, way);
}
