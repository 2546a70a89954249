/* SPDX-License-Identifier: MIT */
/* What measures are of, and what those share that take inputs away. */
#ifndef GANLENS_MEASURE_DETAIL_H
#define GANLENS_MEASURE_DETAIL_H

#include "trust_detail.h"

/* ---- Inputs taken away ---- */

/* Random sets of inputs that were put at the baseline together, and what the target lost: the same
 * for all attributions. Of z sets of any size, of a picture squares of any side. */
typedef struct {
    size_t n;
    uint8_t *is_removed; /* (n, inputs); owned, as is */
    float *loss;         /* (n): target - target without them, mean over the baseline's rows; all 0
                            where none is more than rounding */
    double whole, nothing; /* the target, and where all inputs are at the baseline */
    float way;             /* the share of the way to the baseline that they go */
} removal_sample;

/* Of 512 sets, or of as many as the request has samples, but 128 at least. */
void removal_sample_init(removal_sample *s, const target_function *f, const baseline_rows *b);
/* The same sets, which go a tenth of the way to the baseline. */
void removal_sample_init_near(removal_sample *s, const target_function *f, const baseline_rows *b);
void removal_sample_release(removal_sample *s);
/* Those of removal_check, ended by one without name. */
extern const explain_check removal_checks[];
/* Losses of some removals, drawn from f's probe, beside those of the double-precision twin; f's
 * task has the gradients at z. */
explain_check removal_check(const removal_sample *s, const target_function *f,
                            const baseline_rows *b);
/* The target (n), mean over the baseline's rows, where those inputs that is_removed (n, inputs)
 * marks are there. */
void targets_without(double *value, const target_function *f, const baseline_rows *b,
                     const uint8_t *is_removed, size_t n);

/* ---- What is measured ---- */

struct trust_subject {
    const target_function *f;
    const baseline_rows *baseline;
    const removal_sample *removals;
    const removal_sample *near_removals; /* the same sets, near; NULL: none */
    const attribution_list *all;   /* with the one that is measured, controls behind methods */
    const attribution *of;         /* the one that is measured */
    const attribution_list *moved; /* (n_moved): the same methods at other z, with ... */
    size_t n_moved;
    const attribution_list *unmoved; /* ... the one at z, of as many samples */
    explain_cost cost;               /* of the method, alone; 0 of a control, and where it was not
                                        run alone */
    uint64_t seed;
};

/* (inputs): attribution_contributions of the one that is measured; where it has no sign, each moves
 * the target the way that all inputs together do. */
void subject_contributions(float *out, const trust_subject *s);
/* What the target should lose by each of the removals (s->removals->n), by the attribution: the sum
 * of the contributions of what was removed. */
void removal_predictions(double *out, const trust_subject *s);

extern const trust_measure infidelity_measure;

/* ---- Sums over removals ---- */

/* Sums over removals: of squares of what was foretold, of its products with what was lost, of
 * squares of that. */
typedef struct {
    double pp, pd, dd;
    size_t n;
} removal_sums;

typedef double value_of_sums(const removal_sums *sums);

/* The value for s->of, and unless NULL in each resample of the removals, the same resamples for
 * every attribution of an input: differences are paired. */
double removal_resamples(float resamples[N_RESAMPLES], const trust_subject *s,
                         value_of_sums *value);
estimate removal_estimate(const trust_subject *s, value_of_sums *value);
/* That of infidelity; NaN where it has none. */
double infidelity_resamples(float resamples[N_RESAMPLES], const trust_subject *s);

/* ---- Curves ---- */

/* Inputs leave for the baseline, or come back from it, in either case what adds most first. */
typedef enum { WAY_OUT, WAY_IN, N_WAYS } removal_way;

/* Points of a curve: 1 + its steps, at most 20 of z and 28 of a picture. */
size_t removal_curve_points(const target_function *f);
/* The share of the inputs that has moved at each of the points. */
void removal_curve_shares(float *share, const target_function *f);
/* The target (points), mean over the baseline's rows, where inputs move in the order of their
 * contributions (inputs), the greatest first, of equal ones the first. */
void removal_curve(double *value, const trust_subject *s, const float *contribution,
                   removal_way way);
/* The mean of the target over the share that has moved, by the trapezoidal rule. */
double removal_curve_area(const double *value, const target_function *f);
/* That of s->of. Nothing is sampled, so that there is no interval,
 * but of an attribution that is drawn: where another draw would lie. */
void removal_area(estimate *out, const trust_subject *s, removal_way way);

/* How the definitions of measures over removals begin. */
#define REMOVALS_MEANING                                                                           \
    "Random sets of inputs are put at the baseline together: of z, sets of any size; of a "        \
    "picture, squares of any side. D is what the target loses by it, p what the method says that " \
    "these inputs add to it, summed (a rate times the way from the baseline). "

#endif
