/* SPDX-License-Identifier: MIT */
/* Squared distances between the rows of two lists, and who is near whom, all of them exact.
 *
 * A product in float says of most pairs that they are too far apart to count; what is left is
 * measured in double. |a - b|^2 = |a|^2 - 2 (a . b - |b|^2 / 2), and what is in the brackets, the
 * closeness, is a product with a bias. Its rounding is bounded, so that no pair is missed and
 * nothing of it shows in a result: the same bytes on any CPU and any number of threads. */
#ifndef GANLENS_NEARNESS_H
#define GANLENS_NEARNESS_H

#include "tensor.h"

/* ---- Lists ---- */

/* n rows of so many numbers: as they are, or as bytes that stand for 0..1. Borrowed. */
typedef struct {
    size_t n, n_cols;
    const float *values;  /* (n, n_cols), or NULL: */
    const uint8_t *bytes; /* (n, n_cols) */
} row_list;

row_list row_list_of(matrix packed);

/* ---- Tiles ---- */

/* Some rows of a by some of b. */
typedef struct {
    size_t first_a, first_b;
    matrix closeness; /* (rows of a, rows of b) */
    const float *a, *b;
    size_t n_cols;
    double slack; /* per |a|^2 and greatest |b|^2: what rounding may do to a squared distance */
    double greatest_b;
} near_tile;

/* Tiles of the same rows of a are met one after the other, in the order of b; others at once, on
 * any thread. */
void near_tiles_visit(matrix a, row_list b,
                      void (*body)(const near_tile *t, size_t thread, void *context),
                      void *context);

/* Row r of a tile, of which some numbers are needed for every pair. */
typedef struct {
    const near_tile *tile;
    const float *closeness, *a;
    double square; /* |a|^2 */
    double slack;  /* of a squared distance */
} near_row;

near_row near_row_of(const near_tile *t, size_t r);
/* A pair that is as near as this has more closeness; or it is not a number. */
float near_row_reach(const near_row *row, double squared_distance);
/* To row c of the tile's part of b, in double. */
double near_row_distance(const near_row *row, size_t c);
/* Whether that is below the limit, or at most the limit. */
bool near_row_is_below(const near_row *row, size_t c, double limit);
bool near_row_is_within(const near_row *row, size_t c, double limit);

/* ---- Neighbours ---- */

#define NO_ROW UINT32_MAX

/* The k nearest of b's rows for each of a's. Zero-initialise; neighbours_release accepts that. */
typedef struct {
    size_t n, k;
    double *distance; /* (n, k), squared, the nearest first, of equals the first in b; INFINITY
                         where b has not so many; owned */
    uint32_t *index;  /* (n, k) in b, or NO_ROW; owned */
} neighbours;

/* skip (n): the row of b that is none for that row of a, or NO_ROW; NULL: all are. */
void neighbours_find(neighbours *out, matrix a, row_list b, size_t k, const uint32_t *skip);
/* Of a among itself, without itself. */
void neighbours_find_own(neighbours *out, matrix a, size_t k);
void neighbours_release(neighbours *n);

#endif
