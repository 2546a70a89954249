/* SPDX-License-Identifier: MIT */
/* What `lime` left, tried by what it says of itself: values of masks in double, the equations of
 * the line with the kernel written out once more, and how it does on masks that it has not seen. */
#include "lime_detail.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

#define CHECKS_OF(of)                                                                              \
    {.name = of "_against_double",                                                                 \
     .meaning = "of some masks: |target - target in double| / how far apart those in double are",  \
     .tolerance = 1e-3},                                                                           \
        {.name = of "_is_best",                                                                    \
         .meaning = "slope of the weighted squares plus the ridge by a coefficient of " of         \
                    ", which is 0 where they are least / what it is made of",                      \
         .tolerance = 1e-5,                                                                        \
         .n_samples = 1},                                                                          \
    {                                                                                              \
        .name = of "_held_out",                                                                    \
        .meaning = "|local R2 that is reported - that of " of " on the masks held out|",           \
        .tolerance = 1e-4, .n_samples = 1                                                          \
    }

const explain_check lime_checks[N_INPUTS * N_LIME_CHECKS + 1] = {
    CHECKS_OF("lime.z"), CHECKS_OF("lime.x"), {0}};

/* What is checked, and what is known of it in the check's own terms. */
typedef struct {
    const lime_fit *m;
    double *coefficient; /* (n_groups): from the array that was left; owned */
    double width, intercept, mean, weight;
} lime_trial;

/* The kernel, by how many groups are there. */
static double weight_of(const lime_trial *t, size_t i)
{
    size_t n = t->m->n_groups, n_there = 0;
    for (size_t k = 0; k < n; k++)
        n_there += t->m->present[i * n + k];
    double missing = 1 - (double)n_there / (double)n;
    return exp(-missing * missing / (2 * t->width * t->width));
}

static double sum_of_there(const lime_trial *t, size_t i)
{
    double total = 0;
    for (size_t k = 0; k < t->m->n_groups; k++)
        total += t->coefficient[k] * t->m->present[i * t->m->n_groups + k];
    return total;
}

/* The intercept that makes the weighted residuals of the fitted masks 0 in all. */
static void find_intercept(lime_trial *t)
{
    for (size_t i = 0; i < t->m->n_fitted; i++) {
        double w = weight_of(t, i);
        t->weight += w;
        t->mean += w * t->m->value[i];
        t->intercept += w * (t->m->value[i] - sum_of_there(t, i));
    }
    t->mean /= t->weight;
    t->intercept /= t->weight;
}

static double residual(const lime_trial *t, size_t i)
{
    return t->m->value[i] - t->intercept - sum_of_there(t, i);
}

/* sum of w (there - how often it is there)^2. */
static double square_of(const lime_trial *t, size_t k)
{
    double there = 0;
    for (size_t i = 0; i < t->m->n_fitted; i++)
        there += weight_of(t, i) * t->m->present[i * t->m->n_groups + k];
    return there * (1 - there / t->weight);
}

static double slope_by(const lime_trial *t, size_t k, double ridge)
{
    double slope = -ridge * t->coefficient[k];
    for (size_t i = 0; i < t->m->n_fitted; i++)
        if (t->m->present[i * t->m->n_groups + k])
            slope += weight_of(t, i) * residual(t, i);
    return slope;
}

static const double ROUNDING = (double)FLT_EPSILON;

/* At most so large a slope could be, were there no line at all, with what float may round values
 * by.
 */
static double size_of_slopes(const lime_trial *t)
{
    double size = 0;
    for (size_t i = 0; i < t->m->n_fitted; i++)
        size += weight_of(t, i) * (fabs(t->m->value[i] - t->mean) + ROUNDING * fabs(t->mean));
    return size;
}

static double judge_line(const lime_trial *t, double ridge)
{
    double square = 0, worst = 0, size = size_of_slopes(t);
    for (size_t k = 0; k < t->m->n_groups; k++)
        square += square_of(t, k) / (double)t->m->n_groups;
    for (size_t k = 0; k < t->m->n_groups; k++) {
        double slope = fabs(slope_by(t, k, ridge * square));
        worst = worse(slope, worst);
    }
    return worst == 0 ? 0 : worst / size;
}

static double judge_fidelity(const lime_trial *t)
{
    double wrong = 0, all = 0;
    if (isnan(t->m->r2))
        return 0;
    for (size_t i = t->m->n_fitted; i < t->m->n; i++) {
        double w = weight_of(t, i), off = t->m->value[i] - t->mean, left = residual(t, i);
        wrong += w * left * left;
        all += w * off * off;
    }
    return fabs(t->m->r2 - (1 - wrong / all));
}

void lime_check(explain_check found[N_LIME_CHECKS], const lime_fit *m, const coalition_game *g,
                const lime_settings *set, const float *array)
{
    lime_trial t = {
        .m = m, .coefficient = allocate(m->n_groups, sizeof *t.coefficient), .width = set->width};
    for (size_t i = 0; i < N_LIME_CHECKS; i++)
        found[i] = lime_checks[g->f.input * N_LIME_CHECKS + i];
    feature_groups_add_up(&g->groups, t.coefficient, array);
    find_intercept(&t);
    coalition_check_spots(&found[LIME_VALUES], g, m->value, m->present, m->n);
    found[LIME_LINE].value = judge_line(&t, set->ridge);
    found[LIME_FIDELITY].value = judge_fidelity(&t);
    free(t.coefficient);
}
