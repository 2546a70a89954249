/* SPDX-License-Identifier: MIT */
/* What lime and shap share: features in groups that are there or missing together, and the target
 * as a game of those groups, where what is missing is as the baseline has it. */
#ifndef GANLENS_FEATURE_GROUPS_H
#define GANLENS_FEATURE_GROUPS_H

#include "method_detail.h"

/* ---- Groups ---- */

/* A partition of the components of z, or of the pixels. */
typedef struct {
    size_t n, n_features;
    size_t *of;   /* (n_features): the group of each; owned, as is */
    size_t *size; /* (n): how many features it has, at least 1 */
} feature_groups;

/* Features in n runs of equal length, as far as they can be; n is at most n_features. */
void feature_groups_init_runs(feature_groups *g, size_t n_features, size_t n);
/* Pixels in side x side blocks, fewer of a picture that is smaller. */
void feature_groups_init_blocks(feature_groups *g, picture_shape shape, size_t side);
/* Pixels by the named parts of the picture that s has found, the most special part of each; those
 * of no part are one group. The smallest parts are given up until there are at most n groups (n >=
 * 1), and no part has fewer than four pixels. */
void feature_groups_init_strokes(feature_groups *g, const strokes *s, size_t n);
void feature_groups_release(feature_groups *g);
/* What a group has is shared out equally: out (n_features) adds up to value (n). */
void feature_groups_share(const feature_groups *g, float *out, const double *value);
/* The sums of in (n_features) over each group: value (n). */
void feature_groups_add_up(const feature_groups *g, double *value, const float *in);

/* ---- The game ---- */

/* v(S): the mean over the baselines of the target, where the groups of S are those of what is
 * explained and the others those of the baseline. */
typedef struct {
    target_function f;
    feature_groups groups;
    baseline_rows baselines;
} coalition_game;

/* How many groups there are unless the request says it. */
typedef struct {
    size_t side;     /* of x: blocks down and across, or at most side * side parts */
    size_t n_runs_z; /* of z: runs of components; 0: each by itself */
} group_counts;

/* False, and nothing to release, where there is no such function. */
bool coalition_game_init(coalition_game *g, const explain_task *t, const explanation *a,
                         explain_input input, group_counts counts);
void coalition_game_release(coalition_game *g);
/* v of n coalitions present (n, groups), each 1 where the group is there: the passes in float, the
 * means in double. */
void coalition_values(const coalition_game *g, double *value, const uint8_t *present, size_t n);
/* v of one coalition, in double throughout and with the baselines read anew. */
double coalition_in_double(const coalition_game *g, const uint8_t *present);
/* What is explained, and the mean over the baselines, in double: v of all groups and of none. */
typedef struct {
    double all, none;
} coalition_ends;
coalition_ends coalition_find_ends(const coalition_game *g);
/* Of some of the n coalitions, drawn anew: the largest |value - value in double|, over how far
 * apart those in double are and 0.01 of the largest of them. c gets value and n_samples. */
enum { COALITION_SPOTS = 8 };
void coalition_check_spots(explain_check *c, const coalition_game *g, const double *value,
                           const uint8_t *present, size_t n);

#endif
