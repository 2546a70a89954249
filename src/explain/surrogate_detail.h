/* SPDX-License-Identifier: MIT */
/* What surrogates share: simple functions of z that are fitted to the target over the prior, once
 * for all explanations, and tried on z that they were not fitted to.
 *
 * All that is fitted is in kept_arrays, among it what every surrogate has: "fitted_to", the target
 * at the z of DRAW_PRIOR; "held_out" and "predicted", the target at those of DRAW_HELD_OUT and what
 * the surrogate says there. */
#ifndef GANLENS_SURROGATE_DETAIL_H
#define GANLENS_SURROGATE_DETAIL_H

#include "method_detail.h"

/* Fitted to by most, unless --samples says fewer; half as many are held out. */
enum { SURROGATE_SAMPLES = 4096 };

typedef struct {
    prior_sample fit, held_out;
} surrogate_samples;

/* n to fit to, or as many as the request says where that is fewer, but at least `least` and 64. */
void surrogate_samples_init(surrogate_samples *s, const explainer *x, const explain_request *q,
                            size_t n, size_t least);
void surrogate_samples_release(surrogate_samples *s);

/* Fills predicted (n) with what a surrogate says of n rows of z (n, z_dim). */
typedef void surrogate_predict(float *predicted, const float *z, size_t n, size_t z_dim,
                               const kept_arrays *k);
/* The same of one z (z_dim) in double, by other code where that can be. */
typedef double surrogate_in_double(const float *z, size_t z_dim, const kept_arrays *k);

/* Adds what every surrogate has. */
void surrogate_keep(kept_arrays *k, const surrogate_samples *s, size_t z_dim,
                    surrogate_predict *predict);

/* Whether k, which came from a file, has what every surrogate has, of as many samples, and finite
 * numbers alone. */
bool surrogate_is_kept(const kept_arrays *k, const explain_request *q, size_t n, size_t least);

/* A surrogate that was fitted, and the explanation it is shown in. */
typedef struct {
    const explain_task *t;
    explanation *a;
    const kept_arrays *k;
    const char *name;  /* of the method */
    const char *model; /* in front of how many z it was fitted to: "straight line, of " */
    surrogate_in_double *predict;
} surrogate;

/* Adds the arrays of SURROGATE_TRIAL_ROWS: how well it does where it was not fitted. */
void surrogate_add_trial(const surrogate *s);
/* Draws some z of the held-out ones anew and compares the target and what is predicted, in double,
 * with what was kept of them: so what it was tried on are others than it was fitted to, and are
 * what was predicted. */
void surrogate_check_trial(const surrogate *s, const explain_check *check);
/* The standard deviation of what was kept, and a thousandth of its mean: errors below that share of
 * it may be rounding. */
double surrogate_spread(const kept_array *v);
/* What is drawn to fit: each use has numbers of its own, from its first on. */
enum {
    SURROGATE_WEIGHTS,   /* a network's, to begin with */
    SURROGATE_RESAMPLES, /* one a tree */
    SURROGATE_DIRECTIONS = 100,
    SURROGATE_EPOCHS = 200
};

/* Random numbers for what is fitted, the same for every explanation. */
rng surrogate_rng(uint64_t which);
/* Mean over the points of --baseline. z_dim of them; the caller frees it. */
double *surrogate_baseline(const explain_task *t, const explanation *a);

/* Its arrays in a method's rows; MODEL: "A straight line". */
#define SURROGATE_TRIAL_ROWS(METHOD, MODEL)                                                        \
    {.name = METHOD ".fidelity",                                                                   \
     .space = SPACE_SCALAR,                                                                        \
     .sign = SIGN_MAGNITUDE,                                                                       \
     .role = ROLE_TRUST,                                                                           \
     .title = "How much of the target it tells",                                                   \
     .unit = "R2 on held-out z",                                                                   \
     .meaning = "of how much the target varies over the prior, the share that is told right on z " \
                "that it was not fitted to: 1 is all; 0 is no more than the mean of the target",   \
     .sentence = MODEL " tells # of how the target varies from one z to another (1 is all), on z " \
                       "that it was not fitted to.",                                               \
     .sentence_if_zero = MODEL " tells no more of the target than its mean does, on z that it "    \
                               "was not fitted to: what it says of components counts nothing."},   \
        {.name = METHOD ".missed",                                                                 \
         .space = SPACE_SCALAR,                                                                    \
         .sign = SIGN_SIGNED,                                                                      \
         .role = ROLE_TRUST,                                                                       \
         .title = "What it misses here",                                                           \
         .unit = "as the target",                                                                  \
         .meaning = "the target of this z, less what it predicts",                                 \
         .sentence = "Here the target is # beside what it predicts.",                              \
         .sentence_if_zero = "Here it predicts the target exactly."},                              \
        {.name = METHOD ".trial",                                                                  \
         .space = SPACE_TABLE,                                                                     \
         .sign = SIGN_SIGNED,                                                                      \
         .role = ROLE_TRUST,                                                                       \
         .title = MODEL " beside a constant, on held-out z",                                       \
         .unit = "R2: 1 is exact, 0 what the held-out mean would have; errors as the target",      \
         .meaning = "how well it predicts the target of z that it was not fitted to, beside one "  \
                    "number for all, the mean of the target over those it was fitted to"},         \
    {                                                                                              \
        .name = METHOD ".predicted", .space = SPACE_CURVE, .sign = SIGN_PLAIN, .role = ROLE_TRUST, \
        .title = MODEL ": predicted and found", .unit = "target of held-out z",                    \
        .meaning = "held-out z in groups by what is predicted of them: the mean of what the "      \
                   "target then is, and between what bounds eight of ten lie",                     \
        .sentence =                                                                                \
            MODEL " is drawn against what was found: the nearer the mean found is to what "        \
                  "it would be were it exact, and the nearer its bounds, the better it predicts"   \
    }

/* The check that goes with them. */
#define SURROGATE_TRIAL_CHECK(METHOD)                                                              \
    {                                                                                              \
        .name = METHOD ".held_out_against_double",                                                 \
        .meaning = "of some held-out z, drawn anew: |target - target in double| and |predicted - " \
                   "predicted in double|, whichever is most, over their spread",                   \
        .tolerance = 1e-3                                                                          \
    }

#endif
