/* SPDX-License-Identifier: MIT */
#include "nn.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static void fill(float *v, size_t n, float value)
{
    for (size_t i = 0; i < n; i++)
        v[i] = value;
}

/* ---- Cross entropy: sigmoid(D) is the probability of a real picture ---- */

static double logistic_discriminator(const float *real, const float *fake, size_t n, float *d_real,
                                     float *d_fake)
{
    float weight = 1.0f / (float)n;
    return (softplus_sum(real, n, -1.0f, weight, d_real) +
            softplus_sum(fake, n, 1.0f, weight, d_fake)) /
           (double)n;
}

static double nonsaturating_generator(const float *real, const float *fake, size_t n, float *d_fake)
{
    (void)real;
    return softplus_sum(fake, n, -1.0f, 1.0f / (float)n, d_fake) / (double)n;
}

static double minimax_generator(const float *real, const float *fake, size_t n, float *d_fake)
{
    (void)real;
    return -softplus_sum(fake, n, 1.0f, -1.0f / (float)n, d_fake) / (double)n;
}

/* (1 - s) softplus(-D) + s softplus(D) is softplus(-D) + s D. */
static double logistic_smoothing(const float *real, size_t n, double s, float *d_real)
{
    for (size_t i = 0; i < n; i++)
        d_real[i] += (float)(s / (double)n);
    return s * sum(real, n) / (double)n;
}

/* ---- Squares: D is 1 for a real picture, 0 for a generated one ---- */

/* Half the mean of (v - target)^2. */
static double half_squares_from(double target, const float *v, size_t n, float *d)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double gap = (double)v[i] - target;
        total += gap * gap;
        d[i] = (float)(gap / (double)n);
    }
    return 0.5 * total / (double)n;
}

static double squares_discriminator(const float *real, const float *fake, size_t n, float *d_real,
                                    float *d_fake)
{
    return half_squares_from(1.0, real, n, d_real) + half_squares_from(0.0, fake, n, d_fake);
}

static double squares_generator(const float *real, const float *fake, size_t n, float *d_fake)
{
    (void)real;
    return half_squares_from(1.0, fake, n, d_fake);
}

/* (D - 1 + s)^2 / 2 is (D - 1)^2 / 2 + s (D - 1) + s^2 / 2. */
static double squares_smoothing(const float *real, size_t n, double s, float *d_real)
{
    return logistic_smoothing(real, n, s, d_real) - s + 0.5 * s * s;
}

/* ---- Differences: D is a score without a scale of its own ---- */

static double wasserstein_generator(const float *real, const float *fake, size_t n, float *d_fake)
{
    (void)real;
    fill(d_fake, n, -1.0f / (float)n);
    return -sum(fake, n) / (double)n;
}

static double wasserstein_discriminator(const float *real, const float *fake, size_t n,
                                        float *d_real, float *d_fake)
{
    fill(d_real, n, -1.0f / (float)n);
    fill(d_fake, n, 1.0f / (float)n);
    return (sum(fake, n) - sum(real, n)) / (double)n;
}

/* The mean of max(0, 1 + sign v). */
static double hinge(float sign, const float *v, size_t n, float *d)
{
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double over = 1.0 + (double)(sign * v[i]);
        total += over < 0 ? 0 : over; /* a NaN stays one */
        d[i] = over > 0 ? sign / (float)n : 0.0f;
    }
    return total / (double)n;
}

static double hinge_discriminator(const float *real, const float *fake, size_t n, float *d_real,
                                  float *d_fake)
{
    return hinge(-1.0f, real, n, d_real) + hinge(1.0f, fake, n, d_fake);
}

/* ---- Pairs: whether a real picture has more than a generated one ---- */

/* The mean of softplus(sign (fake - real)), and its gradient by fake. */
static double paired(float sign, const float *real, const float *fake, size_t n, float *d_fake)
{
    for (size_t i = 0; i < n; i++)
        d_fake[i] = fake[i] - real[i];
    return softplus_sum(d_fake, n, sign, 1.0f / (float)n, d_fake) / (double)n;
}

static double paired_discriminator(const float *real, const float *fake, size_t n, float *d_real,
                                   float *d_fake)
{
    double value = paired(1.0f, real, fake, n, d_fake);
    for (size_t i = 0; i < n; i++)
        d_real[i] = -d_fake[i];
    return value;
}

static double paired_generator(const float *real, const float *fake, size_t n, float *d_fake)
{
    return paired(-1.0f, real, fake, n, d_fake);
}

const adversarial_loss adversarial_losses[] = {
    {.name = "nonsaturating",
     .summary = "D: mean softplus(-D(x)) + mean softplus(D(G(z))); G: mean softplus(-D(G(z)))",
     .source = "Goodfellow et al. 2014, section 3",
     .when = "The one to begin with; with R1 it is steady.",
     .discriminator = logistic_discriminator,
     .generator = nonsaturating_generator,
     .smoothing = logistic_smoothing},
    {.name = "minimax",
     .summary = "D: as nonsaturating; G: mean -softplus(D(G(z)))",
     .source = "Goodfellow et al. 2014, eq. 1",
     .when = "To see the game of the theory: without R1 G hardly learns while D is sure of its "
             "pictures; with it, it is as good as nonsaturating.",
     .discriminator = logistic_discriminator,
     .generator = minimax_generator,
     .smoothing = logistic_smoothing},
    {.name = "lsgan",
     .summary = "D: mean (D(x) - 1)^2 / 2 + mean D(G(z))^2 / 2; G: mean (D(G(z)) - 1)^2 / 2",
     .source = "Mao et al. 2017, eq. 9",
     .when = "Where D gets too sure: also pictures that it tells well still teach G.",
     .boundary = 0.5,
     .discriminator = squares_discriminator,
     .generator = squares_generator,
     .smoothing = squares_smoothing,
     .brings = "{\"lr\": 1e-3}"},
    {.name = "wgan",
     .summary = "D: mean D(G(z)) - mean D(x); G: mean -D(G(z))",
     .source = "Arjovsky et al. 2017, algorithm 1",
     .when = "Where D's loss is to tell how far apart the pictures are; D's weights are clipped.",
     .boundary = (double)NAN,
     .discriminator = wasserstein_discriminator,
     .generator = wasserstein_generator,
     .brings =
         "{\"clip-weights\": 0.01, \"d-steps\": 5, \"r1\": 0, \"opt\": \"rmsprop\", \"lr\": 5e-4}"},
    {.name = "wgan-gp",
     .summary = "As wgan, with a gradient penalty in place of clipped weights",
     .source = "Gulrajani et al. 2017, eq. 3",
     .when = "As wgan, where clipping makes D too simple.",
     .boundary = (double)NAN,
     .discriminator = wasserstein_discriminator,
     .generator = wasserstein_generator,
     .brings = "{\"gp\": 10, \"d-steps\": 5, \"r1\": 0}"},
    {.name = "hinge",
     .summary = "D: mean max(0, 1 - D(x)) + mean max(0, 1 + D(G(z))); G: mean -D(G(z))",
     .source = "Lim and Ye 2017; Miyato et al. 2018",
     .when =
         "D leaves alone what it tells well enough: with R1 as sharp as nonsaturating; its papers take "
         "spectral norm in place of R1.",
     .discriminator = hinge_discriminator,
     .generator = wasserstein_generator},
    {.name = "relativistic",
     .summary = "D: mean softplus(D(G(z)) - D(x)); G: mean softplus(D(x) - D(G(z))), in pairs",
     .source = "Jolicoeur-Martineau 2018, RSGAN",
     .when = "Where G falls into few kinds of pictures: each real one has to be matched.",
     .boundary = (double)NAN,
     .discriminator = paired_discriminator,
     .generator = paired_generator,
     .generator_reads_real = true},
    {0}};

/* ---- Classes ---- */

/* log(sum of exp(v)) as greatest + log(sum of exp(v - greatest)), which never overflows; e (n) gets
 * the terms of that sum over it: the softmax. */
static double log_sum_exp(double *e, const float *v, size_t n, size_t greatest)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += e[i] = exp((double)v[i] - (double)v[greatest]);
    for (size_t i = 0; i < n; i++)
        e[i] /= total;
    return (double)v[greatest] + log(total);
}

static size_t find_greatest(const float *v, size_t n)
{
    size_t greatest = 0;
    for (size_t i = 1; i < n; i++)
        if (v[i] > v[greatest])
            greatest = i;
    return greatest;
}

double softmax_cross_entropy(matrix dy, size_t *n_right, matrix logit, const uint8_t *labels)
{
    double total = 0, share[UINT8_MAX + 1]; /* labels are bytes */
    size_t n = logit.cols;
    assert(n <= UINT8_MAX + 1);
    *n_right = 0;
    for (size_t r = 0; r < logit.rows; r++) {
        const float *v = logit.data + r * logit.stride;
        size_t label = labels[r], greatest = find_greatest(v, n);
        assert(label < n);
        total += log_sum_exp(share, v, n, greatest) - (double)v[label];
        *n_right += greatest == label;
        for (size_t i = 0; i < n; i++)
            dy.data[r * dy.stride + i] =
                (float)((share[i] - (i == label ? 1.0 : 0.0)) / (double)logit.rows);
    }
    return total / (double)logit.rows;
}

const adversarial_loss *adversarial_loss_find(const char *name)
{
    for (const adversarial_loss *l = adversarial_losses; l->name; l++)
        if (strcmp(l->name, name) == 0)
            return l;
    return NULL;
}
