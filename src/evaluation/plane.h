/* SPDX-License-Identifier: MIT */
/* Pictures as points of a plane, and how densely they lie in it. */
#ifndef GANLENS_PLANE_H
#define GANLENS_PLANE_H

#include "metrics.h"

/* The first two principal components of the features of a set. Zero-initialise. */
typedef struct {
    double *mean;      /* (d), owned */
    double *direction; /* (2, d), of length 1, owned */
    double share[2];   /* of the whole variance */
    size_t d;
} principal_plane;

/* STATUS_USAGE where there are fewer than two pictures, or all have one place. */
int principal_plane_init(principal_plane *p, matrix features, error *e);
void principal_plane_release(principal_plane *p);

/* Points, and the area that holds them. Zero-initialise. */
typedef struct {
    float *x, *y; /* (n), owned */
    size_t n;
} point_set;

void point_set_init(point_set *s, const principal_plane *p, matrix features);
void point_set_release(point_set *s);
bool point_set_is_finite(const point_set *s);

typedef struct {
    double low[2], high[2]; /* x, y */
    size_t rows, cols;      /* of a grid over it; the first row is at the top: high[1] */
} plane_area;

/* Around all points of both, which are finite, with cells of about equal sides. */
plane_area plane_area_around(const point_set *a, const point_set *b);
/* The cell a point lies in, by rows. */
size_t plane_cell(const plane_area *a, double x, double y);

/* density (rows * cols): the share of the points in each cell, spread by a Gaussian of those
 * standard deviations (cells by columns, by rows), cut off at three of them. */
void find_density(float *density, const plane_area *a, const point_set *s, const double spread[2]);
/* Half of Scott's rule (1992) for those points, in cells: what is left of several heaps is told
 * apart. At least half a cell. */
void find_spread(double spread[2], const plane_area *a, const point_set *s);
/* The density that a share of the points has less than. */
double density_below(const float *density, const plane_area *a, const point_set *s, double share);
/* The share of the points that lie where other is below a tenth of own. */
double share_alone(const float *own, const float *other, const plane_area *a, const point_set *s);

#endif
