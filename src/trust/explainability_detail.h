/* SPDX-License-Identifier: MIT */
/* What the files of explainability share. */
#ifndef GANLENS_EXPLAINABILITY_DETAIL_H
#define GANLENS_EXPLAINABILITY_DETAIL_H

#include "trust_detail.h"

/* What is measured, before it is a score. */
struct explainability_facts {
    /* Of the model, the same at every z: */
    double parameters; /* of G, that lead from and to units that are not dead */
    double dead;       /* the share of G's hidden units whose output no z of the prior changes */
    double fidelity;   /* R2 of a tree on z that it was not fitted to, 0..1 */
    /* At this z: */
    double rank;         /* the effective rank of J'J, J the Jacobian of the picture */
    double faithfulness; /* of the best method: 1 - infidelity, 0..1 */
    double gap;          /* mean over methods: how far contributions do not add up, 0..1 */
    double questions;    /* of the tree, that count on this z's way */
    double strongest;    /* mean over methods: the share of contributions that ten hold */
    double agreement;    /* mean over pairs of methods: rank correlation, -1..1 */
    double change;       /* mean over moves of z: of the gradient by z, relative */
    double likeness;     /* mean over longer moves: SSIM of the pictures */
};

/* Whether pictures and target vary over the prior. */
typedef struct {
    double picture; /* root mean square of a pixel about its mean, in 0..1 of black to white */
    double target;  /* standard deviation ... */
    double mean;    /* ... about this */
} explainability_spread;

/* What of the facts is of the model, but for the fidelity, and how pictures and target vary: over
 * EXPLAINED_PRIOR z. */
enum { EXPLAINED_PRIOR = 512 };
void explainability_look_over_prior(explainability_facts *f, explainability_spread *spread,
                                    const explainability_subject *s);

/* The facts (s->n) at each z, those of the model the same in all. */
int explainability_find_facts(explainability_facts *facts, const explainability_subject *s,
                              error *e);

/* The mean of v (n), a number of each z, with its interval; of the same z by the same resamples. */
estimate explainability_mean(const double *v, size_t n, uint64_t seed);

#endif
