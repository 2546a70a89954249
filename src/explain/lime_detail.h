/* SPDX-License-Identifier: MIT */
/* What the parts of the method `lime` share. */
#ifndef GANLENS_LIME_DETAIL_H
#define GANLENS_LIME_DETAIL_H

#include "feature_groups.h"

typedef struct {
    double width; /* of the kernel, as a share of the groups */
    double ridge; /* over the mean of the squares that the coefficients are found from */
} lime_settings;

/* Masks, the target there, and the line through it: value = intercept + sum of the coefficients of
 * the groups that are there. The first n_fitted masks make the line, the others try it out. */
typedef struct {
    size_t n, n_fitted, n_groups;
    uint8_t *present; /* (n, n_groups); owned, as the rest */
    double *value;    /* (n) */
    double *weight;   /* (n) */
    double intercept;
    double *coefficient, *error; /* (n_groups), and the standard errors */
    double r2;                   /* of the masks that were held out; NAN: the target is constant */
    double n_effective;          /* (sum of the weights)^2 / sum of their squares, of the fitted */
    double shrinkage;            /* of the coefficients, the share that the ridge takes, by norm */
} lime_fit;

/* exp(-share^2 / (2 width^2)), share: of the groups that are missing. */
double lime_weigh(const uint8_t *present, size_t n_groups, double width);
/* Room, masks and their weights. n_samples: how many are fitted, a quarter as many are held out; as
 * many as the coefficients need where that is more. */
void lime_fit_init(lime_fit *m, const coalition_game *g, const lime_settings *set,
                   size_t n_samples);
/* Finds the line of the values, and all that is said of it. -1 where it is not determined, which
 * only without a ridge can be. */
int lime_fit_solve(lime_fit *m, const lime_settings *set, error *e);
void lime_fit_release(lime_fit *m);

/* ---- Checks ---- */

enum { LIME_VALUES, LIME_LINE, LIME_FIDELITY, N_LIME_CHECKS };

/* Of z, then of x; ended by one without name. */
extern const explain_check lime_checks[N_INPUTS * N_LIME_CHECKS + 1];

/* What was left of the fit: the coefficients shared out over the features, as floats. */
void lime_check(explain_check found[N_LIME_CHECKS], const lime_fit *m, const coalition_game *g,
                const lime_settings *set, const float *array);

#endif
