/* SPDX-License-Identifier: MIT */
/* What the parts of the method `formation` share. */
#ifndef GANLENS_FORMATION_DETAIL_H
#define GANLENS_FORMATION_DETAIL_H

#include "method_detail.h"

/* Of the way from the start to z: the steps between two points, and those between two that have a
 * picture. */
enum { N_WAY_STEPS = 32, WAY_PICTURE = 4, N_WAY_PICTURES = N_WAY_STEPS / WAY_PICTURE + 1 };

/* A hidden layer of G whose units are at their values at the start but for some, which are at those
 * at z. The networks are views of what G's explainer holds. */
typedef struct {
    network rest_net;    /* the layers behind it */
    packed_network rest; /* ... as they are packed */
    size_t n, n_levels;
    float *before, *now;   /* (n): values at the start and at z; owned, as are ... */
    float *strength;       /* (n): how much the picture loses without the unit, and ... */
    size_t *order;         /* (n): the units, strongest first */
    const float *pictures; /* (n_levels, n pixels) */
} formed_layer;

typedef struct {
    const explain_task *t;
    float *start;         /* (z_dim): owned, as are ... */
    float *way, *value;   /* (N_WAY_STEPS + 1, z_dim), the target there; ... */
    formed_layer *layers; /* ... (n_layers): the hidden ones */
    size_t n_layers;
    const float *pictures; /* (N_WAY_PICTURES, n pixels) */
} formation;

/* How many units are at their values at level i: 0, 1, 2, 4 ... all. */
size_t formation_level(const formed_layer *l, size_t i);

enum { N_FORMATION_CHECKS = 3 };

/* Ended by one without name. */
extern const explain_check formation_checks[N_FORMATION_CHECKS + 1];
/* Fills all of them; those of layers compare nothing where there are none. */
void formation_check(explain_check checks[N_FORMATION_CHECKS], const formation *f,
                     const explanation *a);

#endif
