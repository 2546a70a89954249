/* SPDX-License-Identifier: MIT */
/* The curves that deletion and insertion are the areas of: all of them, and, to be looked at, those
 * of the best methods beside the controls'. */
#include "quality_detail.h"
#include <stdlib.h>
#include <string.h>

/* With three controls as many as there are colours. */
enum { MOST_DRAWN = 5 };

/* What is left of an input, by the way that its parts go. */
static const struct {
    const char *all, *best;
} names[N_INPUTS][N_WAYS] = {[INPUT_Z] = {{"quality.deletion.z", "quality.deletion.z.best"},
                                          {"quality.insertion.z", "quality.insertion.z.best"}},
                             [INPUT_X] = {{"quality.deletion.x", "quality.deletion.x.best"},
                                          {"quality.insertion.x", "quality.insertion.x.best"}}};

static const char *const abscissa[N_WAYS] = {"share gone", "share back"};

/* All curves of a way. */
typedef struct {
    const trust_subject *s;
    removal_way way;
    size_t n_points;
    float *value; /* (attributions, n_points) */
    double *area; /* (attributions) */
} curve_set;

static void find_curves(curve_set *c, trust_subject *s)
{
    float *contribution = allocate(s->f->n, sizeof *contribution);
    double *value = allocate(c->n_points, sizeof *value);
    for (size_t i = 0; i < s->all->n; i++) {
        s->of = &s->all->all[i];
        subject_contributions(contribution, s);
        removal_curve(value, s, contribution, c->way);
        c->area[i] = removal_curve_area(value, s->f);
        for (size_t k = 0; k < c->n_points; k++)
            c->value[i * c->n_points + k] = (float)value[k];
    }
    free(contribution);
    free(value);
}

/* Those curves as an array. */
static void add_curves(explanation *a, const curve_set *c, const char *name, const size_t *which,
                       size_t n)
{
    float *row = explanation_add(a, name, 1 + n, c->n_points);
    explanation_add_label(a, abscissa[c->way]);
    removal_curve_shares(row, c->s->f);
    for (size_t i = 0; i < n; i++) {
        explanation_add_label(a, c->s->all->all[which[i]].name);
        memcpy(row + (1 + i) * c->n_points, c->value + which[i] * c->n_points,
               c->n_points * sizeof *row);
    }
}

/* The methods' before the controls', the better first, of equal ones the first. */
static bool comes_before(const curve_set *c, size_t i, size_t than)
{
    const attribution *all = c->s->all->all;
    if (!all[i].method || !all[than].method)
        return all[i].method != NULL && !all[than].method;
    return c->way == WAY_OUT ? c->area[i] < c->area[than] : c->area[i] > c->area[than];
}

/* Sorts by insertion: there are few, and equal ones stay in order. */
static void order_curves(size_t *which, const curve_set *c)
{
    for (size_t i = 0; i < c->s->all->n; i++) {
        size_t at = i;
        for (; at > 0 && comes_before(c, i, which[at - 1]); at--)
            which[at] = which[at - 1];
        which[at] = i;
    }
}

/* Of the methods only the first ones; returns how many are left. */
static size_t keep_best(size_t *which, const curve_set *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->s->all->n; i++)
        if (i < MOST_DRAWN || !c->s->all->all[which[i]].method)
            which[n++] = which[i];
    return n;
}

static void add_way(explanation *a, trust_subject *s, removal_way way)
{
    size_t n = s->all->n, n_points = removal_curve_points(s->f);
    size_t *which = allocate(n, sizeof *which);
    curve_set c = {.s = s,
                   .way = way,
                   .n_points = n_points,
                   .value = allocate(n * n_points, sizeof *c.value),
                   .area = allocate(n, sizeof *c.area)};
    find_curves(&c, s);
    for (size_t i = 0; i < n; i++)
        which[i] = i;
    add_curves(a, &c, names[s->f->input][way].all, which, n);
    order_curves(which, &c);
    add_curves(a, &c, names[s->f->input][way].best, which, keep_best(which, &c));
    free(which);
    free(c.value);
    free(c.area);
}

void quality_add_curves(explanation *a, trust_subject *s)
{
    for (removal_way way = WAY_OUT; way < N_WAYS; way++)
        add_way(a, s, way);
}
