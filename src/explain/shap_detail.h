/* SPDX-License-Identifier: MIT */
/* What the parts of the method `shap` share.
 *
 * The Shapley values of a game v depend on its odd part alone, d(S) = v(S) - v(all but S): both
 * ways of sampling draw coalitions in pairs, S and all but S, and are estimates from d. */
#ifndef GANLENS_SHAP_DETAIL_H
#define GANLENS_SHAP_DETAIL_H

#include "feature_groups.h"

enum { MAX_EXACT_GROUPS = 16 };

typedef enum {
    SHAP_EXACT,       /* all coalitions: row i holds group k where bit k of i is set */
    SHAP_KERNEL,      /* weighted least squares over pairs, those of few groups all there */
    SHAP_PERMUTATION, /* orders in which the groups come, each forth and back */
} shap_way;

extern const char *const shap_way_names[];

/* Coalitions, the target there, and what follows. */
typedef struct {
    shap_way way;
    size_t n, n_groups;
    size_t n_enumerated; /* kernel: of the n / 2 pairs, the first, which are all of their sizes */
    uint8_t *present;    /* (n, n_groups); of pairs, one after the other; owned, as the rest */
    uint32_t *order;     /* permutation: (n_orders, n_groups) */
    size_t n_orders;
    double *value;        /* (n) */
    double *weight;       /* kernel: (n / 2), of the pairs */
    coalition_ends ends;  /* in double */
    double *part, *error; /* (n_groups): the Shapley values and, of samples, standard errors */
} shap_sample;

/* Room and coalitions: all of them where way is SHAP_EXACT, else at most n of them, but for those
 * that are needed. */
void shap_sample_init(shap_sample *s, const coalition_game *g, shap_way way, size_t n);
/* Evaluates all of them, the ends in double. */
void shap_sample_evaluate(shap_sample *s, const coalition_game *g);
/* Fills part and error: the parts add up to the difference of the ends. */
void shap_sample_solve(shap_sample *s);
void shap_sample_release(shap_sample *s);

/* Of the kernel (Lundberg & Lee 2017, theorem 2): what all pairs with k of n groups on one side
 * weigh together, 1 <= k <= n / 2. */
double shap_size_weight(size_t n, size_t k);
/* d of pair i. */
double shap_difference(const shap_sample *s, size_t i);
/* n over k, as far as a double holds it. */
double shap_choose(size_t n, size_t k);

/* ---- Checks ---- */

enum { SHAP_EFFICIENCY, SHAP_VALUES, SHAP_AGAIN, SHAP_SIZES, N_SHAP_CHECKS };

/* Of z, then of x; ended by one without name. */
extern const explain_check shap_checks[N_INPUTS * N_SHAP_CHECKS + 1];

/* What was left: the parts shared out over the features, as floats. Returns how many were found. */
size_t shap_check(explain_check found[N_SHAP_CHECKS], const shap_sample *s, const coalition_game *g,
                  const float *array);

#endif
