/* SPDX-License-Identifier: MIT */
#include "sanity_verdict.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_MAP 0.5
/* Of maps of z, where G stays as it is and only what sees its picture is another: which pixels z
 * moves, G decides alone, and of unlike judges it makes maps alike, of 0.4 or so, up to 0.9. */
#define SAME_BLIND 0.99

/* ---- Over draws ---- */

/* In this order NaN stays NaN. */
static estimate mean_of_draws(const double v[N_DRAWS])
{
    estimate mean = estimate_of_few(v, N_DRAWS);
    mean.low = mean.low < -1 ? -1 : mean.low;
    mean.high = mean.high > 1 ? 1 : mean.high;
    return mean;
}

static estimate estimate_full(const random_runs *r, explain_input input, size_t row, size_t kind)
{
    double v[N_DRAWS];
    for (uint32_t draw = 0; draw < N_DRAWS; draw++)
        v[draw] = random_runs_full(r, draw, input, row)->of[kind];
    return mean_of_draws(v);
}

static double likeness_of_first(const random_runs *r, explain_input input, size_t row, size_t n)
{
    return random_runs_find(r, (layer_choice){0, n, 0}, input, row)->of[LIKE_SUPPORT];
}

static double least_of_cascade(const random_runs *r, explain_input input, size_t row)
{
    double least = (double)NAN;
    for (size_t k = 1; k <= r->n_layers[input]; k++)
        least = fmin(least, likeness_of_first(r, input, row, k));
    return least;
}

/* ---- The rule ---- */

/* How many values of a map could have been others: those that inputs share, such as the parts of a
 * picture, count once, and 0 does not. */
static size_t count_free(const attribution *v)
{
    float *sorted = allocate(v->n, sizeof *sorted);
    uint32_t *room = allocate(2 * v->n, sizeof *room);
    size_t n = 0;
    memcpy(sorted, v->values, v->n * sizeof *sorted);
    floats_sort(sorted, v->n, room);
    for (size_t i = 0; i < v->n; i++)
        n += sorted[i] != 0 && (i == 0 || sorted[i] != sorted[i - 1]);
    free(sorted);
    free(room);
    return n;
}

/* What the mean of n_draws magnitudes of chance correlations of n values is over once in 100: such
 * a correlation is normal, of variance 1 / (n - 1); its magnitude has mean 0.798 and deviation
 * 0.603, in units of that deviation. */
static double chance_limit(size_t n, size_t n_draws)
{
    double once_in_100 = 0.798 + 2.326 * 0.603 / sqrt((double)n_draws);
    return n > 1 ? once_in_100 / sqrt((double)n - 1) : (double)INFINITY;
}

/* A map that is the same everywhere is not made again by chance. */
static double limit_of(const attribution *v, size_t n_draws)
{
    return attribution_is_flat(v) ? SAME_MAP : fmax(SAME_MAP, chance_limit(count_free(v), n_draws));
}

static double compare(double value, double limit)
{
    return isnan(value) || limit >= 1 ? (double)NAN : value >= limit;
}

static void decide(sanity_verdict *v, double limit_of_control)
{
    double full = v->full[LIKE_SUPPORT].value;
    v->is_same = compare(full, v->limit);
    if (v->is_same == 1) {
        v->when = "all that the network learned is replaced by random numbers";
        v->value = full;
    } else if (v->blind >= SAME_BLIND) {
        v->is_same = 1;
        v->when = "all that sees the picture is replaced by random numbers";
        v->value = v->blind;
    }
    if (!v->control)
        return;
    double control = v->control->of[LIKE_SUPPORT];
    v->is_same_by_control = compare(control, limit_of_control);
    if (v->is_same_by_control == 1 && !v->when) {
        v->when = "the judge is one that learned labels at random";
        v->value = control;
    }
}

void sanity_judge(sanity_verdict *v, const random_runs *r, explain_input input, size_t row)
{
    const attribution *of = &r->own[input].all[row];
    bool has_sight = input == INPUT_Z && r->chain.n_seeing > 0;
    *v = (sanity_verdict){.least = least_of_cascade(r, input, row),
                          .blind = (double)NAN,
                          .control = random_runs_control(r, input, row),
                          .limit = limit_of(of, N_DRAWS),
                          .is_same_by_control = (double)NAN};
    for (size_t k = 0; k < N_LIKENESSES; k++)
        v->full[k] = estimate_full(r, input, row, k);
    if (has_sight)
        v->blind = likeness_of_first(r, input, row, r->chain.n_seeing);
    decide(v, input == INPUT_Z ? SAME_BLIND : limit_of(of, 1));
}

bool sanity_stays_in_place(const sanity_verdict *v, const attribution *of)
{
    return of->sign == SIGN_SIGNED && compare(v->full[LIKE_SIZES].value, v->limit) == 1;
}
