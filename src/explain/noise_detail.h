/* SPDX-License-Identifier: MIT */
/* What `smoothgrad` and `vargrad` share: the target's gradients at copies of its input that noise
 * has moved, and what is found over them.
 *
 * The noise is N(0, sigma^2) a number: of z, sigma is the option's share of the prior's spread,
 * which is 1; of a picture, of the range from black to white, which a moved pixel may leave. */
#ifndef GANLENS_NOISE_DETAIL_H
#define GANLENS_NOISE_DETAIL_H

#include "method_detail.h"

/* The option --noise, of both. */
extern const struct option_set noise_options;

/* ---- Moments ---- */

/* Of n samples of `width` numbers each: their means, and the sums of the second, third and fourth
 * powers of what they are off these (Welford 1962; Pebay 2008, SAND2008-6212, eqs. 2.1 and 3.1).
 * Zero-initialise; moments_release accepts that. */
typedef struct {
    size_t n, width;
    double *mean, *second, *third, *fourth; /* mean owns all */
} moments;

void moments_init(moments *m, size_t width);
void moments_release(moments *m);
void moments_add(moments *m, const double *v);

/* ---- Noisy gradients ---- */

struct noisy_gradients;

/* What tells one method from the other. */
typedef struct {
    const char *name;
    method_draw draw;
    bool is_paired; /* noise is taken with both signs, and the mean of the two is one sample */
    const explain_check *checks; /* those of z, then those of x, as NOISE_CHECKS has them */
    /* The attribution and, unless NULL, its standard error, (width) each. */
    void (*find)(double *value, double *deviation, const moments *m);
    /* How far the attribution is off what the gradients' projections say of it. */
    double (*compare_sums)(const struct noisy_gradients *g, const float *attribution);
} noise_method;

enum { MAX_NOISY_GRADIENTS = 2048, LEAST_NOISY_GRADIENTS = 16 };

typedef struct noisy_gradients {
    const noise_method *method;
    target_function f;
    double sigma;  /* in f's own units */
    size_t n, cap; /* gradients that were taken, and that may be */
    moments all, halves[2];
    double agreement;  /* the rank correlation of what both halves find */
    float *plain;      /* (f.n): the gradient where nothing is moved */
    double *direction; /* (f.n): of unit length */
    double *slopes;    /* (cap): of each gradient, its product with that direction ... */
    double *distances; /* ... and the square of its distance from the plain one */
    float *rows, *gradient, *value; /* (a batch, f.n), (a batch) */
    double *sample;                 /* (f.n) */
} noisy_gradients;

/* The input of gradient i (f.n). */
void noise_fill_row(float *row, const noisy_gradients *g, size_t i);
/* Takes gradients until both halves agree or the cap is reached, and adds the arrays and checks of
 * that method, for all inputs that were asked for. */
void noise_run(const explain_task *t, explanation *a, const noise_method *method);

/* ---- Arrays ---- */

/* What stands behind METHOD.INPUT, whose errors have that unit. WHERE: "component of z was moved by
 * noise of #"; BY: what the gradients are by; THINGS: what is ranked. */
#define NOISE_ARRAYS(METHOD, INPUT, SPACE, UNIT, WHERE, BY, THINGS)                                \
    {.name = METHOD "." INPUT "_error",                                                            \
     .space = SPACE,                                                                               \
     .sign = SIGN_MAGNITUDE,                                                                       \
     .role = ROLE_RAW,                                                                             \
     .title = "Standard error of " METHOD "." INPUT,                                               \
     .unit = UNIT,                                                                                 \
     .meaning = "how far another set of samples would put a value off, as a standard deviation",   \
     .error_of = METHOD "." INPUT},                                                                \
        {.name = METHOD "." INPUT "_noise",                                                        \
         .space = SPACE_SCALAR,                                                                    \
         .sign = SIGN_MAGNITUDE,                                                                   \
         .role = ROLE_TRUST,                                                                       \
         .title = "Noise of " METHOD "." INPUT,                                                    \
         .unit = "share of the prior's spread, or of the range from black to white",               \
         .meaning = "the standard deviation of the noise",                                         \
         .sentence = "Each " WHERE ".",                                                            \
         .sentence_if_zero = "For " METHOD " by " BY " there was no noise: all its gradients are " \
                             "the same one."},                                                     \
        {.name = METHOD "." INPUT "_samples",                                                      \
         .space = SPACE_SCALAR,                                                                    \
         .sign = SIGN_MAGNITUDE,                                                                   \
         .role = ROLE_TRUST,                                                                       \
         .title = "Gradients behind " METHOD "." INPUT,                                            \
         .unit = "gradients",                                                                      \
         .meaning = "how many were taken",                                                         \
         .sentence = "So # gradients by " BY " were taken for " METHOD "."},                       \
        {.name = METHOD "." INPUT "_agreement",                                                    \
         .space = SPACE_SCALAR,                                                                    \
         .sign = SIGN_SIGNED,                                                                      \
         .role = ROLE_TRUST,                                                                       \
         .title = "Agreement of both halves of " METHOD "." INPUT,                                 \
         .unit = "rank correlation",                                                               \
         .meaning = "how alike both halves of the gradients rank the " THINGS                      \
                    ", signs included; it is over 0.95, where no more gradients are taken",        \
         .sentence = "Both halves of " METHOD "'s then ranked the " THINGS                         \
                     " alike (rank correlation #, over 0.95), and no more were taken."},           \
    {                                                                                              \
        .name = METHOD "." INPUT "_agreement_at_cap", .space = SPACE_SCALAR, .sign = SIGN_SIGNED,  \
        .role = ROLE_TRUST, .title = "Agreement of both halves of " METHOD "." INPUT,              \
        .unit = "rank correlation",                                                                \
        .meaning = "how alike both halves of the gradients rank the " THINGS                       \
                   ", signs included; it is not over 0.95, and the gradients are as many as may "  \
                   "be taken",                                                                     \
        .sentence =                                                                                \
            "More may not be taken (--samples), though both halves of " METHOD                     \
            "'s still rank the " THINGS " differently (rank correlation #, not over 0.95)."        \
    }

/* ---- Checks ---- */

enum { NOISE_AGAINST_DIFFERENCES, NOISE_ADDS_UP, N_NOISE_CHECKS };

/* Of one input, by these; ended by one without name. */
#define NOISE_CHECKS(METHOD, INPUT, SUMS)                                                          \
    {.name = METHOD "." INPUT "_against_differences",                                              \
     .meaning = "of a few of the gradients that " METHOD "." INPUT                                 \
                " is made of, by norm: slope along a random direction against central "            \
                "differences in double, beyond their rounding",                                    \
     .tolerance = 1e-4,                                                                            \
     .n_samples = N_PROBED_GRADIENTS,                                                              \
     .left_out = "# of 4 gradients were left out, as a ReLU has a kink there.",                    \
     .all_left_out = "says nothing here, as a ReLU has a kink at each of # points."},              \
    {                                                                                              \
        .name = METHOD "." INPUT "_adds_up", .meaning = SUMS, .tolerance = 1e-5, .n_samples = 1    \
    }

enum { N_PROBED_GRADIENTS = 4 };

/* The value, n_left_out with it, of the first check, whose words c has. */
void noise_check_differences(explain_check *c, const noisy_gradients *g);

#endif
