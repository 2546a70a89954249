/* SPDX-License-Identifier: MIT */
/* What the parts of the method `spectrum` share. */
#ifndef GANLENS_SPECTRUM_DETAIL_H
#define GANLENS_SPECTRUM_DETAIL_H

#include "explain.h"

/* The Jacobian J = d G / d z at one z (n pixels, z_dim) as the sum of u_k s_k v_k': the n values s
 * and the strongest of their directions. */
typedef struct {
    const explain_task *t;
    size_t n, n_top;        /* n: the lesser of z_dim and the pixels */
    double *value;          /* (n): s, largest first; owned */
    double floor;           /* what float cannot tell from 0 */
    float *sensitivity;     /* (n pixels): the norms of J's rows; owned */
    const float *direction; /* (n_top, z_dim): v, and ... */
    const float *map;       /* (n_top, n pixels): ... u s, both as they are handed out */
} spectrum;

enum { N_SPECTRUM_CHECKS = 4 };

/* Ended by one without name. */
extern const explain_check spectrum_checks[N_SPECTRUM_CHECKS + 1];

/* Fills all of them. What t->w holds is still the pass at z. */
void spectrum_check(explain_check checks[N_SPECTRUM_CHECKS], const spectrum *s);

#endif
