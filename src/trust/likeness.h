/* SPDX-License-Identifier: MIT */
/* How far two maps of one method are the same map. */
#ifndef GANLENS_LIKENESS_H
#define GANLENS_LIKENESS_H

#include "trust_detail.h"

/* Spearman's rank correlations; 1: the same order, 0: nothing in common. That of values with a sign
 * is taken without its own: a map turned over shows the same. A map in which all are equal has no
 * order: beside another such one 1, beside any other 0. */
typedef enum {
    LIKE_VALUES,  /* of values as they are; NaN where they have no sign */
    LIKE_SIZES,   /* of their magnitudes */
    LIKE_SUPPORT, /* of values, or magnitudes where they have no sign, where either map is not 0:
                     what is 0 in both makes maps alike that are not */
    LIKE_SSIM,    /* of pictures of the maps, each by its own largest magnitude; NaN of z */
    N_LIKENESSES
} likeness_kind;

typedef struct {
    double of[N_LIKENESSES]; /* NaN, all: the first map, or the second, is not there, or the first
                                is 0 everywhere */
} likeness;

extern const char *const likeness_names[N_LIKENESSES];

/* b NULL: not there. shape: of maps over the pixels; NULL: of z. */
likeness likeness_of(const attribution *a, const attribution *b, const picture_shape *shape);
/* All its values are equal. */
bool attribution_is_flat(const attribution *v);

#endif
