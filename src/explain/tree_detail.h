/* SPDX-License-Identifier: MIT */
/* A regression tree that is grown by least squares (CART). */
#ifndef GANLENS_TREE_DETAIL_H
#define GANLENS_TREE_DETAIL_H

#include "explain.h"

enum {
    TREE_DEPTH = 4,
    TREE_MAX_NODES = (1 << (TREE_DEPTH + 1)) - 1,
    TREE_LEAST_PART = 64 /* a leaf has at least 1 / 64 of the samples */
};

/* Samples, sorted once for all trees over them. */
typedef struct {
    size_t n, z_dim;
    const float *z, *y; /* (n, z_dim), (n): the caller's */
    double mean;        /* of y */
    uint32_t *order;    /* (z_dim, n): the samples by rising component, equal ones by rising y;
                           owned */
} tree_data;

void tree_data_init(tree_data *d, const float *z, const float *y, size_t n, size_t z_dim);
void tree_data_release(tree_data *d);

typedef struct {
    size_t n;
    float nodes[TREE_MAX_NODES * TREE_COLUMNS]; /* the root first, then level by level */
    double gain[TREE_MAX_NODES];                /* of a split: by how much it lessens the sum of
                                                   squares about the mean ... */
    double all;                                 /* ... of all that much */
} grown_tree;

/* Each sample counts weight times (n; NULL: once). A split is the one of all components and places
 * between two values that leaves the least squares; of equal ones that of the least component and
 * then place. The order of the samples is of no matter, to the bit. Makes no use of threads. */
void tree_grow(grown_tree *t, const tree_data *d, const uint32_t *weight);

/* The leaf of nodes (n, TREE_COLUMNS) where z comes to; path (TREE_DEPTH), unless NULL, gets the
 * splits on the way, whose number is returned. */
size_t tree_walk(const float *nodes, const float *z, size_t *leaf, size_t *path);

#endif
