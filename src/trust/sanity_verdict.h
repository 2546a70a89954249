/* SPDX-License-Identifier: MIT */
/* Whether a map changes with the network: the rule. */
#ifndef GANLENS_SANITY_VERDICT_H
#define GANLENS_SANITY_VERDICT_H

#include "random_runs.h"

/* Likenesses on the support, which decide, as the others are told. */
typedef struct {
    estimate full[N_LIKENESSES]; /* with all layers drawn anew: means over the draws */
    double least;                /* of any number of layers, from the target's end */
    double blind;                /* of z: with all layers drawn anew that see the picture, and G as
                                    it is; NaN: there are none */
    const likeness *control;     /* NULL: there is none */
    double limit;                /* from which on a map has not changed, 1 or more: chance alone may
                                    make it again */
    /* 1 where the map does not change, 0 where it does, NaN where that is not known. */
    double is_same, is_same_by_control;
    /* Where it does not change: when, and how alike it is then; NULL: it changes. */
    const char *when;
    double value;
} sanity_verdict;

/* A map is the same where its likeness with all layers drawn anew is 0.5 or more, and more than
 * chance makes of as many values once in 100; or where D or the judge may be another and nothing
 * happens to it (0.99, of z). */
void sanity_judge(sanity_verdict *v, const random_runs *r, explain_input input, size_t row);
/* Whether what stays of a map with a sign is where it is large: its magnitudes are the same. */
bool sanity_stays_in_place(const sanity_verdict *v, const attribution *of);

#endif
