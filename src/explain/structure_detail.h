/* SPDX-License-Identifier: MIT */
/* A network as the sums that it is at one point: what goes along its lines to the target. */
#ifndef GANLENS_STRUCTURE_DETAIL_H
#define GANLENS_STRUCTURE_DETAIL_H

#include "explain.h"

/* A network at one point: what it reads, the slopes of its layers there and how fast the target
 * rises with what it makes. All borrowed. */
typedef struct {
    const network *net;
    const double *const *slope; /* per layer (n_out) */
    const double *input;        /* (n_in) */
    const double *gradient;     /* (n_out) */
    const size_t *input_group;  /* (n_in): inputs that are one point of the chain; NULL: each is */
    const size_t *output_group; /* (n_out), the same */
    size_t n_inputs, n_outputs; /* points at its ends */
} straight_network;

/* Points in levels, and what one unit of a point adds to one of the next level: a path's product of
 * all links, with the input before them and the gradient after them, is what it adds to the target
 * as far as that is a straight line. Zero-initialise. */
typedef struct {
    size_t n_links, *n; /* (n_links + 1): points of the levels; owned, as is ... */
    double **link;      /* ... (n_links): (n[i + 1], n[i]) */
} chain;

void chain_init(chain *c, const straight_network *s);
void chain_release(chain *c);
/* The sum of all paths to that end (NO_INDEX: to all ends), or of their magnitudes. */
double chain_sum(const chain *c, size_t end, bool of_magnitudes);

/* What all paths through each link i add to the target: flow (n[i + 1], n[i]). */
void chain_flow(float *flow, const chain *c, size_t i);

enum { MAX_LEVELS = 66 };

/* A path: a point of each level, and what it adds to the target. */
typedef struct {
    size_t point[MAX_LEVELS];
    double value;
} chain_path;

/* The path of the greatest magnitude to an end, the first of equal ones. */
chain_path chain_find(const chain *c, size_t end);
/* What the path along these points adds in c. */
double chain_follow(const chain *c, const chain_path *p);

/* ---- What is found at one z ---- */

enum { N_PARTS = NETWORK_SIDE * NETWORK_SIDE };

typedef struct {
    const explain_task *t;
    explain_net made_by, seen_by; /* N_NETS: the target sees no picture through one network */
    size_t *part;                 /* (n pixels) */
    float *dx;                    /* (n pixels), or (units), where the target is one */
    chain from_z, to_target;
    size_t n_paths;
    chain_path paths[N_PARTS]; /* from z, by part */
} structure;

/* Else the paths end at a unit inside G. */
static inline bool structure_has_picture(const structure *s) { return s->made_by == NET_G; }

/* The chain from z by these slopes (per layer) and rates: those of float, or the twin's. */
void structure_make_chain(chain *c, const structure *s, const double *const *slope,
                          const double *gradient);
/* Adds the array structure.network, which lies over what t->w holds of z; returns the least share
 * of the magnitudes of what flows between two columns that its lines there have, 1 where nothing
 * flows. */
double structure_add_network(explanation *a, const structure *s);

enum { N_STRUCTURE_CHECKS = 3 };

/* Ended by one without name. */
extern const explain_check structure_checks[N_STRUCTURE_CHECKS + 1];
void structure_check(explain_check checks[N_STRUCTURE_CHECKS], const structure *s,
                     const explanation *a);

#endif
