/* SPDX-License-Identifier: MIT */
/* What the files of metrics share. */
#ifndef GANLENS_METRICS_DETAIL_H
#define GANLENS_METRICS_DETAIL_H

#include "metrics.h"

/* ---- Chance ---- */

/* What is drawn, each by a stream of its own: the index of STREAM_METRIC. */
typedef enum {
    DRAW_RESAMPLES,      /* of the items of a mean */
    DRAW_BLOCKS_OF_SET,  /* which pictures are in which of its disjoint blocks */
    DRAW_BLOCKS_OF_REAL, /* and of the real ones' */
    DRAW_SUBSETS_OF_SET, /* which pictures are in subsets that may overlap */
    DRAW_SUBSETS_OF_REAL,
    DRAW_SPLITS,      /* which pictures are in which part of one set */
    DRAW_DIRECTIONS,  /* in the space of pixels */
    DRAW_PAIRS,       /* of pictures, of class k from position k << 32 on */
    DRAW_MOVES,       /* of z, for picture i from position i << 32 on */
    DRAW_PATH_ENDS,   /* z that paths lead to */
    DRAW_PATH_PLACES, /* and where on them */
    DRAW_CODES,       /* of pictures, from what an encoder makes of them */
} metric_draw;

rng metric_rng(const comparison *c, metric_draw what);

enum { N_RESAMPLES = 1000, N_BLOCKS = 5 };

/* The mean of n items, and the 2.5 and 97.5 % quantiles of the means of N_RESAMPLES resamples of
 * them, drawn with replacement (Efron 1979): items that were measured against something that stays
 * as it is. */
estimate mean_estimate(const double *items, size_t n, const comparison *c);

/* Least first. */
void sort_doubles(double *v, size_t n);

/* n_hits of n, and its interval of 95 % (Wilson 1927, "Probable inference, the law of succession,
 * and statistical inference"), which holds at 0 and n, too. */
estimate share_estimate(size_t n_hits, size_t n);
/* One share less another, of other items, with the interval of both of theirs (Newcombe 1998,
 * "Interval estimation for the difference between independent proportions", method 10). */
estimate share_difference(estimate share, estimate less);

/* A value of the whole, with the interval that the same of n (2..10) disjoint blocks tells, each
 * with `share` of the pictures: Student's t times their deviation times sqrt(share). It is for what
 * resamples would bias, as their duplicates do Frechet distances and nearest neighbours; that
 * blocks' values are biased by their size does no harm, as their deviation alone is read. */
estimate block_estimate(double value, const double *block, size_t n, double share);
/* 0..n-1 in a random order, so that blocks do not follow the files' order; the caller frees it. */
uint32_t *draw_order(size_t n, const comparison *c, metric_draw what);
/* Those n rows of m, packed; the caller frees data. */
matrix take_rows(matrix m, const uint32_t *row, size_t n);

/* ---- Rows by the network that is theirs ---- */

enum { MAX_NETWORKS_OF_CLASSES = 256 };

/* Rows first[k] .. first[k + 1] - 1 of order are of network k. */
typedef struct {
    uint32_t *order; /* (n), rising within a network; owned */
    size_t first[MAX_NETWORKS_OF_CLASSES + 1];
    size_t n_networks;
} network_rows;

/* which (n): the network of each row, below n_networks; NULL: all are of the first. */
void network_rows_init(network_rows *r, const uint8_t *which, size_t n, size_t n_networks);
void network_rows_release(network_rows *r);

/* ---- Moved pictures ---- */

/* What is added to the z (n_z) of picture i before it is drawn. */
typedef struct {
    void (*add)(float *z, size_t n_z, size_t i, void *context);
    void *context;
} z_move;

/* As metric_generator_draw; move NULL: as it is. */
size_t generator_draw_moved(uint8_t *pixels, const metric_generator *g, size_t n,
                            const z_move *move);

/* ---- Codes ---- */

/* A picture as an autoencoder reads it and as it gives it back by one code. */
typedef struct {
    const metric_autoencoder *by;
    const float *x, *y;   /* (n_pixels): in its range; what its decoder makes of the code */
    const float *moments; /* what its encoder makes of x */
    size_t n_pixels, n_z;
} coded_picture;

/* The mean over n_codes codes of what is found of each real picture, of its labels' networks; the
 * caller frees it. is_drawn: codes are drawn from the moments; else they are the mean, or what the
 * encoder says where it has no moments. */
double *measure_codes(const comparison *c, size_t n_codes, bool is_drawn,
                      double (*find)(const coded_picture *));

/* ---- Labels ---- */

/* Refuses (STATUS_USAGE) labels (n) that the judge does not know. */
int check_classes(const uint8_t *labels, size_t n, size_t n_classes, error *e);

#endif
