/* SPDX-License-Identifier: MIT */
/* What integrals along a path are made of: the path, its kinks, and rules of nodes and weights. */
#ifndef GANLENS_PATH_DETAIL_H
#define GANLENS_PATH_DETAIL_H

#include "method_detail.h"

/* ---- Paths ---- */

/* The way from a baseline (t = 0) to what f is explained at (t = 1), both bit for bit. */
typedef struct {
    const target_function *f;
    const float *from; /* (f->n) */
    bool is_spherical; /* as latent_between goes; else straight */
} target_path;

/* The points at t (n), as rows (n, f->n). */
void path_fill(float *rows, const target_path *p, const double *t, size_t n);
/* The path's derivative by t there: (f->n). */
void path_slope(float *slope, const target_path *p, double t);

/* ---- Kinks ---- */

typedef struct kink_room kink_room;

/* Finds where on paths of one f a (leaky) ReLU's pre-activation changes sign: between such places f
 * is smooth. Zero-initialise. */
typedef struct {
    const target_function *f;
    size_t n_units; /* that have a kink; 0: f has none */
    size_t n_rooms;
    kink_room *rooms; /* (n_rooms): one for what runs at a time; owned */
} kink_finder;

void kink_finder_init(kink_finder *k, const target_function *f);
void kink_finder_release(kink_finder *k);
/* Evaluates the twin at t (n, rising) and puts a kink where a straight line between neighbours
 * changes sign: as near to it as these are. Fills *kinks (rising; the caller frees it) and returns
 * how many. The same bytes for any number of threads. */
size_t kink_finder_find(double **kinks, kink_finder *k, const target_path *p, const double *t,
                        size_t n);

/* ---- Rules ---- */

/* Nodes on 0..1 and weights, whose sum is 1. Zero-initialise. */
typedef struct {
    size_t n, capacity;
    double *t, *weight; /* (n), rising; owned */
} path_rule;

/* Adds the Gauss-Legendre rule of so many nodes for from..to: exact for polynomials of degree
 * 2 n_nodes - 1. */
void path_rule_add(path_rule *r, double from, double to, size_t n_nodes);
void path_rule_release(path_rule *r);

#endif
