/* SPDX-License-Identifier: MIT */
/* What `shap` left, tried by what Shapley values are: that they add up, that they come of values
 * that double precision has, too, and that they are found again another way. */
#include "shap_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHECKS_OF(of)                                                                              \
    {.name = of "_adds_up",                                                                        \
     .meaning = "|sum of " of " - (target here - its mean over the baselines)|, both in "          \
                "double / the larger one of that difference and 0.1 of the sum of magnitudes",     \
     .tolerance = 1e-6,                                                                            \
     .n_samples = 1},                                                                              \
        {.name = of "_against_double",                                                             \
         .meaning = "of some coalitions: |target - target in double| / how far apart those in "    \
                    "double are",                                                                  \
         .tolerance = 1e-3},                                                                       \
        {.name = of "_again",                                                                      \
         .meaning = "of " of ", |part - part found another way from the same coalitions| "         \
                    "/ largest part; of least squares the slope by a part, which is 0 where they " \
                    "are least / what it is made of",                                              \
         .tolerance = 1e-5,                                                                        \
         .n_samples = 1},                                                                          \
    {                                                                                              \
        .name = of "_sizes",                                                                       \
        .meaning = "how far the mean size of the coalitions that were drawn is from that by the "  \
                   "kernel / its standard deviation",                                              \
        .tolerance = 5, .n_samples = 1                                                             \
    }

const explain_check shap_checks[N_INPUTS * N_SHAP_CHECKS + 1] = {
    CHECKS_OF("shap.z"), CHECKS_OF("shap.x"), {0}};

/* ---- Adding up ---- */

static double judge_sum(const coalition_game *g, const float *array)
{
    coalition_ends ends = coalition_find_ends(g);
    double all = sum(array, g->f.n), size = 0, total = ends.all - ends.none;
    for (size_t i = 0; i < g->f.n; i++)
        size += fabs((double)array[i]);
    double wrong = fabs(all - total);
    return wrong == 0 ? 0 : wrong / fmax(fabs(total), 0.1 * size);
}

/* ---- Again ---- */

/* The mean over sizes of the mean of what a group adds to coalitions of that size. */
static double from_all_again(const shap_sample *s, size_t group)
{
    double gains[MAX_EXACT_GROUPS] = {0}, counts[MAX_EXACT_GROUPS] = {0}, mean = 0;
    for (size_t i = 0; i < s->n; i++) {
        const uint8_t *with = s->present + i * s->n_groups;
        size_t others = 0;
        if (!with[group])
            continue;
        for (size_t k = 0; k < s->n_groups; k++)
            others += k != group && with[k];
        gains[others] += s->value[i] - s->value[i - ((size_t)1 << group)];
        counts[others]++;
    }
    for (size_t k = 0; k < s->n_groups; k++)
        mean += gains[k] / counts[k] / (double)s->n_groups;
    return mean;
}

/* By rows, not by orders: where it comes, the value with it less the one before, and the same of
 * the complements. */
static double from_orders_again(const shap_sample *s, size_t group)
{
    size_t n_steps = s->n_groups - 1;
    double all = 0;
    for (size_t o = 0; o < s->n_orders; o++) {
        double none = s->ends.none, full = s->ends.all;
        double before = none, before_other = full, now = full, now_other = none;
        for (size_t j = 0; j < n_steps; j++) {
            size_t row = 2 * (o * n_steps + j);
            if (s->present[row * s->n_groups + group]) {
                now = s->value[row];
                now_other = s->value[row + 1];
                break;
            }
            before = s->value[row];
            before_other = s->value[row + 1];
        }
        all += (now - before + before_other - now_other) / 2;
    }
    return all / (double)s->n_orders;
}

static double judge_again(const shap_sample *s, const double *part)
{
    double worst = 0, size = 0;
    for (size_t k = 0; k < s->n_groups; k++) {
        double again = s->way == SHAP_EXACT ? from_all_again(s, k) : from_orders_again(s, k);
        double off = fabs(part[k] - again);
        worst = worse(off, worst);
        size = fmax(size, fabs(again));
    }
    return worst == 0 ? 0 : worst / size;
}

/* ---- Least squares ---- */

static size_t count_there(const shap_sample *s, size_t row)
{
    size_t n = 0;
    for (size_t k = 0; k < s->n_groups; k++)
        n += s->present[row * s->n_groups + k];
    return n;
}

/* By the definition, of one coalition and its complement; of those that were drawn, all the same.
 */
static double weight_of(const shap_sample *s, size_t pair)
{
    double n = (double)s->n_groups, k = (double)count_there(s, 2 * pair), all = 0, whole = 0;
    if (pair < s->n_enumerated)
        return 2 * (n - 1) / (shap_choose(s->n_groups, (size_t)k) * k * (n - k));
    for (size_t size = 1; size < s->n_groups; size++)
        all += (n - 1) / ((double)size * (n - (double)size));
    for (size_t i = 0; i < s->n_enumerated; i++)
        whole += weight_of(s, i);
    return (all - whole) / (double)(s->n / 2 - s->n_enumerated);
}

/* v of the coalition of that row, as the parts have it. */
static double predict(const shap_sample *s, const double *part, size_t row)
{
    double y = s->ends.none;
    for (size_t k = 0; k < s->n_groups; k++)
        y += s->present[row * s->n_groups + k] ? part[k] : 0;
    return y;
}

/* Where the weighted squares are least of all parts of that sum, their slopes by all parts are the
 * same; slope (n_groups). Returns the sum of magnitudes. */
static double add_slopes(const shap_sample *s, const double *part, double *slope)
{
    double size = 0, drawn = 0;
    for (size_t row = 0; row < s->n; row++) {
        double w = row / 2 < s->n_enumerated ? weight_of(s, row / 2)
                   : drawn > 0               ? drawn
                                             : (drawn = weight_of(s, row / 2));
        double off = w * (s->value[row] - predict(s, part, row));
        size += w * fabs(s->value[row] - (s->ends.all + s->ends.none) / 2);
        for (size_t k = 0; k < s->n_groups; k++)
            slope[k] += s->present[row * s->n_groups + k] ? off : 0;
    }
    return size;
}

static double judge_squares(const shap_sample *s, const double *part)
{
    double mean = 0, worst = 0, *slope = allocate(s->n_groups, sizeof *slope);
    double size = add_slopes(s, part, slope);
    for (size_t k = 0; k < s->n_groups; k++)
        mean += slope[k] / (double)s->n_groups;
    for (size_t k = 0; k < s->n_groups; k++) {
        double off = fabs(slope[k] - mean);
        worst = worse(off, worst);
    }
    free(slope);
    return worst == 0 ? 0 : worst / size;
}

/* ---- Sizes ---- */

/* Moments of the smaller size of a pair, among those above the sizes that are all there. */
static void find_moments(size_t n, size_t above, double *mean, double *deviation)
{
    double all = 0, first = 0, second = 0;
    for (size_t k = above + 1; k < n - above; k++) {
        double w = 1 / ((double)k * (double)(n - k)), size = (double)(k < n - k ? k : n - k);
        all += w;
        first += w * size;
        second += w * size * size;
    }
    *mean = first / all;
    *deviation = sqrt(fmax(second / all - *mean * *mean, 0));
}

static double judge_sizes(const shap_sample *s)
{
    size_t n_pairs = s->n / 2, n = s->n_groups, above = 0;
    double mean, deviation, found = 0, n_drawn = (double)(n_pairs - s->n_enumerated);
    if (n_pairs == s->n_enumerated)
        return 0;
    for (size_t i = 0; i < s->n_enumerated; i++)
        above = count_there(s, 2 * i);
    for (size_t i = s->n_enumerated; i < n_pairs; i++) {
        size_t k = count_there(s, 2 * i);
        found += (double)(k < n - k ? k : n - k) / n_drawn;
    }
    find_moments(n, above, &mean, &deviation);
    double off = fabs(found - mean);
    return off < 1e-9 ? 0 : off / (deviation / sqrt(n_drawn));
}

/* ---- All ---- */

size_t shap_check(explain_check found[N_SHAP_CHECKS], const shap_sample *s, const coalition_game *g,
                  const float *array)
{
    double *part = allocate(s->n_groups, sizeof *part);
    for (size_t i = 0; i < N_SHAP_CHECKS; i++)
        found[i] = shap_checks[g->f.input * N_SHAP_CHECKS + i];
    feature_groups_add_up(&g->groups, part, array);
    found[SHAP_EFFICIENCY].value = judge_sum(g, array);
    coalition_check_spots(&found[SHAP_VALUES], g, s->value, s->present, s->n);
    if (s->way == SHAP_KERNEL) {
        found[SHAP_AGAIN].value = judge_squares(s, part);
        found[SHAP_SIZES].value = judge_sizes(s);
    } else
        found[SHAP_AGAIN].value = judge_again(s, part);
    free(part);
    return s->way == SHAP_KERNEL ? N_SHAP_CHECKS : SHAP_SIZES;
}
