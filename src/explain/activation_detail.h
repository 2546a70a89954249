/* SPDX-License-Identifier: MIT */
/* What the parts of the method `activation` share. */
#ifndef GANLENS_ACTIVATION_DETAIL_H
#define GANLENS_ACTIVATION_DETAIL_H

#include "method_detail.h"

/* One unit over the prior. */
typedef struct {
    double mean, deviation; /* standard */
    double active;          /* share of z at which its pre-activation is above 0 */
    double near_end;        /* share of z at which it is near an end of its range; 0: has no ends */
    bool is_constant;       /* to float's precision */
} unit_statistics;

/* A layer of G or of D, and its units over the prior. */
typedef struct {
    explain_net net;
    size_t layer, n_units;
    unit_statistics *units;  /* (n_units); owned */
    float low, median, high; /* of all activations: 5 %, 50 % and 95 % are less */
} layer_statistics;

/* All layers of G, then those of D. */
typedef struct {
    size_t n; /* z that it is known from */
    size_t n_layers;
    layer_statistics *layers; /* owned */
} activation_statistics;

void activation_statistics_find(activation_statistics *s, const explainer *x, size_t n);
void activation_statistics_release(activation_statistics *s);

/* ---- Without a unit ---- */

/* One hidden unit of G. */
typedef struct {
    size_t layer, unit;
    float now, usual; /* its activation at z, and its mean over the prior */
    double score;     /* now less usual, in standard deviations */
} scored_unit;

/* G(z) and G(z) again with each of n units at its usual activation alone: fills the pictures
 * (n, n pixels). Returns the largest difference that passes from the middle without any change make
 * to G(z), which is 0 if they are right. Leaves G's pass at z in t's workspace. */
double activation_draw_without(float *pictures, const explain_task *t, const scored_unit *units,
                               size_t n);

/* ---- Checks ---- */

enum { N_ACTIVATION_CHECKS = 3, CHECK_NONE = 0, CHECK_WITHOUT, CHECK_MEANS };

/* Ended by one without name. */
extern const explain_check activation_checks[N_ACTIVATION_CHECKS + 1];

/* The means of G's hidden units, by other z and in double. */
explain_check activation_check_means(const activation_statistics *s, const explainer *x);
/* The maps (n, n pixels): G(z) less the pictures without each unit. */
explain_check activation_check_maps(const float *maps, const explain_task *t,
                                    const scored_unit *units, size_t n);

#endif
