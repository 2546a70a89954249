/* SPDX-License-Identifier: MIT */
/* What the parts of the method `reach` share. */
#ifndef GANLENS_REACH_DETAIL_H
#define GANLENS_REACH_DETAIL_H

#include "explain.h"

/* Of a direction: its steps in prior sigmas, each made both ways. Of a component: the places that
 * it is put to besides, -2 .. 2, and the points of its sweep: all of these, and now. */
enum {
    N_RANDOM = 5,
    N_STEPS = 4,
    N_MOVES = 2 * N_STEPS,
    N_PLACES = 5,
    N_POINTS = N_MOVES + N_PLACES + 1
};

extern const double reach_steps[N_STEPS];

/* The step of a direction's i-th move: down, then up. */
double reach_step(size_t i);
double reach_place(size_t i);

/* What is measured. Rows: N_MOVES of each direction, which are the gradient's, those of the n_top
 * components and the N_RANDOM random ones; then the N_PLACES of each component. */
typedef struct {
    const explain_task *t;
    const float *reference; /* what the target compares with; NULL: nothing */
    size_t n_top, n_directions, n_moves, n_rows;
    size_t *top;      /* (n_top): the components; owned, as the rest */
    float *direction; /* (n_directions, z_dim): of unit length, or zeros */
    float *z;         /* (n_rows, z_dim) */
    float *value;     /* (n_rows): the target there */
    float *sweep;     /* the array's: (n_top, N_POINTS, point_size) */
    size_t point_size;
    size_t *point;   /* (n_rows): of the sweep that the row is, or NO_INDEX */
    double rounding; /* of the target in float, at most */
} reach_moves;

/* The random directions (N_RANDOM, z_dim), of unit length. */
void reach_draw(float *out, size_t z_dim, uint64_t seed);
/* Makes directions and rows of z, from the gradient of t. */
void reach_moves_init(reach_moves *m, const explain_task *t, const float *reference);
void reach_moves_release(reach_moves *m);
/* Lays out the points of m->sweep, by rising place, and fills what is known: places, and now. */
void reach_begin_sweep(reach_moves *m);
/* Fills values and sweep: one of two halves of the tiles, in room of its own. */
void reach_measure_half(reach_moves *m, size_t half);

/* ---- Checks ---- */

enum { N_REACH_CHECKS = 2 };

/* Ended by one without name. */
extern const explain_check reach_checks[N_REACH_CHECKS + 1];

/* A move and a point of the sweep, drawn from the probe, whose z is made anew and in double. */
typedef struct {
    size_t move, item, point;
    double place;          /* of the point */
    double *z;             /* (2, z_dim): of both; owned */
    double value[2];       /* of the target there */
    const double *picture; /* (n pixels) at the point: the twin's */
} reach_probe;

void reach_probe_init(reach_probe *p, const reach_moves *m);
/* By the twin alone: reads nothing that is measured. */
void reach_probe_evaluate(reach_probe *p, const reach_moves *m);
/* Of what was measured. */
void reach_probe_compare(explain_check checks[N_REACH_CHECKS], const reach_probe *p,
                         const reach_moves *m);
void reach_probe_release(reach_probe *p);

#endif
