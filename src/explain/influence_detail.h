/* SPDX-License-Identifier: MIT */
/* What the parts of the method `influence` share. */
#ifndef GANLENS_INFLUENCE_DETAIL_H
#define GANLENS_INFLUENCE_DETAIL_H

#include "method_detail.h"

/* What each hidden unit on the way from z to the target has of f(z) - f(baseline), the mean over
 * the baselines: its conductance. The units of a layer share all of it out. */
typedef struct {
    const network *net; /* the way through G: its hidden layers are all but the last */
    size_t n_units;     /* in all of them */
    double *value;      /* (n_units), layer by layer; owned, as is */
    double *coarse;     /* (n_units): the same by steps of twice the length */
} unit_influence;

/* From t's z; leaves passes in its workspace. */
void unit_influence_find(unit_influence *u, const target_function *f, const baseline_rows *b);
void unit_influence_release(unit_influence *u);
/* Where layer i's units begin among all of them. */
size_t unit_influence_first(const unit_influence *u, size_t i);

#endif
