/* SPDX-License-Identifier: MIT */
/* How alike two pictures look: SSIM (Wang et al. 2004, "Image quality assessment", equations 13 to
 * 15) and MS-SSIM (Wang, Simoncelli & Bovik 2003, "Multi-scale structural similarity", equation 7).
 *
 * Windows are Gaussian, of 11 pixels and a standard deviation of 1.5, and lie within the picture;
 * where a side is shorter, they are of the greatest odd number that fits. C1 = 0.01^2 and
 * C2 = 0.03^2 for pictures in 0..1; variances are those of the windows' weights. A further scale
 * has the means of 2 by 2 pixels (an odd last row or column goes), and there are as many scales,
 * five at most, as have sides that are not shorter than 11 pixels: two at 28 by 28. Their weights
 * are the first of the paper's (0.0448, 0.2856, 0.3001, 0.2363, 0.1333) over their sum; contrasts
 * and similarities below 0, which have no powers, count as 0. */
#ifndef GANLENS_SIMILARITY_H
#define GANLENS_SIMILARITY_H

#include "metrics.h"

typedef struct similarity {
    double ssim, ms_ssim; /* at most 1; 1 of equal pictures */
} similarity;

/* Picture a of the first pictures beside picture b of the second. */
typedef struct {
    uint32_t a, b;
} picture_pair;

/* out (n), on all threads; a and b hold pictures in 0..1. */
void similarities_find(similarity *out, const float *a, const float *b, picture_shape shape,
                       const picture_pair *pairs, size_t n);
/* (set->n): of each to its nearest real picture; c keeps them. */
const similarity *comparison_similarity(comparison *c);
/* The mean of the SSIM of n pairs, with its interval. */
estimate ssim_estimate(const similarity *s, size_t n, const comparison *c);

#endif
