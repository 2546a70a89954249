/* SPDX-License-Identifier: MIT */
/* What several metrics need of sets: found when it is first asked for, then kept. */
#ifndef GANLENS_FOUND_ONCE_H
#define GANLENS_FOUND_ONCE_H

#include "metrics.h"
#include "nearness.h"

/* ---- Of a set alone, for every comparison that it is part of ---- */

struct set_memory {
    neighbours own; /* in features */
    training_neighbours training;
};

struct set_memory *set_memory_create(void);
/* m may be NULL. */
void set_memory_free(struct set_memory *m);

/* ---- Balls ---- */

/* Around each picture, in features, to its k-th neighbour among those of its own set. */
enum { NARROW_BALL = 3, WIDE_BALL = 5 };

/* Who lies in whose balls. Their edge belongs to narrow balls, and not to wide ones, as those who
 * defined the metrics have it. */
typedef struct {
    uint8_t *is_real_like; /* (n of set): in a narrow ball of a real picture */
    uint8_t *is_set_like;  /* (n of real): in a narrow ball of one of the set */
    uint32_t *n_around;    /* (n of set): how many wide balls of real pictures it is in */
    uint32_t *n_inside;    /* (n of real): how many of the set are in its wide ball */
} ball_counts;

const ball_counts *comparison_balls(comparison *c);
/* Fails where a set has too few pictures to have balls. */
int comparison_check_balls(const comparison *c, error *e);

/* ---- Of two sets ---- */

struct comparison_memory {
    neighbours real; /* by pixels, of each of the set */
    ball_counts balls;
    struct similarity *similarity; /* (n of set): to its nearest real picture; or NULL */
};

void ball_counts_release(ball_counts *b);

#endif
