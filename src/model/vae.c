/* SPDX-License-Identifier: MIT */
/* A variational autoencoder (Kingma & Welling 2014): E says where the code of a picture lies, as
 * mean and logarithm of the variance of a Gaussian, G, the decoder, makes a picture of a code.
 *
 * Lowered is what a picture costs that is not given back whole, plus beta times what its code tells
 * beside N(0, I) (Higgins et al. 2017; beta = 1 is minus the evidence lower bound):
 *
 *     z  = mean + exp(l / 2) eps,  eps ~ N(0, I),  l = log variance
 *     KL = sum over the code of (mean^2 + exp(l) - 1 - l) / 2
 *
 * averaged over the batch; both gradients go through z to mean and l (their section 2.4). */
#include "class_detail.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { PART_E, PART_G };

static const part_row parts[] = {{.prefix = "E",
                                  .option = "encoder",
                                  .spec = offsetof(train_options, encoder),
                                  .lr = offsetof(train_options, lr),
                                  .in = SIDE_PICTURE,
                                  .out = SIDE_MOMENTS,
                                  .class = CLASS_AS_INPUT,
                                  .linear_output = "mean and log variance"},
                                 {.prefix = "G",
                                  .option = "generator",
                                  .spec = offsetof(train_options, generator),
                                  .lr = offsetof(train_options, lr),
                                  .in = SIDE_Z,
                                  .out = SIDE_PICTURE,
                                  .class = CLASS_AS_INPUT},
                                 {0}};

enum { RECONSTRUCTION, KL, OBJECTIVE };
static const number_row numbers[] = {
    [RECONSTRUCTION] = {.key = "Loss/reconstruction",
                        .meaning = "what a picture costs that is not given back whole, summed over "
                                   "its pixels",
                        .label = "  reconstruction",
                        .decimals = 2,
                        .panel = "Losses",
                        .unit = "mean over pictures",
                        .memory = 100},
    [KL] = {.key = "Loss/kl",
            .meaning = "the divergence of a picture's code from N(0, I), in nats",
            .label = "  KL",
            .decimals = 2,
            .panel = "Losses",
            .unit = "mean over pictures",
            .memory = 100},
    [OBJECTIVE] = {.key = "Loss/objective",
                   .is_loss = true,
                   .meaning = "what is lowered: the reconstruction and beta times the KL; of bce "
                              "with --beta 1, once that is warm, minus the evidence lower bound",
                   .panel = "Losses",
                   .unit = "mean over pictures",
                   .memory = 100},
    {0}};

typedef struct {
    decoding decoding;
    condition of_picture, of_code;
    float *code, *spread; /* (B, z_dim) */
    float *d_code;        /* (B, the inputs of G) */
    float *d_moments;     /* (B, 2 z_dim) */
} vae;

static int init(model *m, error *e)
{
    size_t n = (size_t)m->options.batch, z_dim = (size_t)m->options.z_dim;
    vae *w = m->work = allocate(1, sizeof *w);
    if (decoding_init(&w->decoding, m, PART_G, e))
        return -1;
    tape_init(&m->parts[PART_E].tape, &m->parts[PART_E].network, n);
    condition_init(&w->of_picture, m, m->shape.n, 1);
    condition_init(&w->of_code, m, z_dim, 1);
    w->code = allocate(n * z_dim, sizeof *w->code);
    w->spread = allocate(n * z_dim, sizeof *w->spread);
    w->d_code = allocate(n * m->parts[PART_G].network.n_in, sizeof *w->d_code);
    w->d_moments = allocate(2 * n * z_dim, sizeof *w->d_moments);
    return 0;
}

static void release(model *m)
{
    vae *w = m->work;
    if (!w)
        return;
    decoding_release(&w->decoding);
    condition_release(&w->of_picture);
    condition_release(&w->of_code);
    free(w->code);
    free(w->spread);
    free(w->d_code);
    free(w->d_moments);
    free(w);
}

/* ---- A step ---- */

static double beta_now(const model *m)
{
    const train_options *o = &m->options;
    return m->step < o->beta_warmup ? o->beta * ((double)m->step / (double)o->beta_warmup)
                                    : o->beta;
}

/* code = mean + spread, spread = exp(l / 2) eps. */
static void draw_codes(matrix code, float *spread, matrix moments, const float *eps)
{
    for (size_t r = 0; r < code.rows; r++) {
        const float *mean = moments.data + r * moments.cols, *l = mean + code.cols;
        for (size_t k = 0, i = r * code.cols; k < code.cols; k++, i++) {
            spread[i] = (float)exp(0.5 * (double)l[k]) * eps[i];
            code.data[i] = mean[k] + spread[i];
        }
    }
}

/* The mean KL; d_moments gets beta times its gradient. */
static double divergence(matrix d_moments, matrix moments, double beta)
{
    size_t z_dim = moments.cols / 2;
    double weight = beta / (double)moments.rows, total = 0;
    for (size_t r = 0; r < moments.rows; r++) {
        const float *mean = moments.data + r * moments.cols, *l = mean + z_dim;
        float *d_mean = d_moments.data + r * moments.cols, *d_l = d_mean + z_dim;
        for (size_t k = 0; k < z_dim; k++) {
            double mu = (double)mean[k], more = expm1((double)l[k]); /* variance - 1 */
            total += 0.5 * (mu * mu + more - (double)l[k]);
            d_mean[k] = (float)(weight * mu);
            d_l[k] = (float)(weight * 0.5 * more);
        }
    }
    return total / (double)moments.rows;
}

/* Adds the gradient that comes through the codes, d code / d l being spread / 2; what d_code (B,
 * the inputs of G) has behind them is by the class. */
static void add_through_codes(matrix d_moments, matrix d_code, const float *spread)
{
    size_t z_dim = d_moments.cols / 2;
    for (size_t r = 0; r < d_code.rows; r++) {
        const float *d = d_code.data + r * d_code.cols;
        float *d_mean = d_moments.data + r * d_moments.cols, *d_l = d_mean + z_dim;
        for (size_t k = 0; k < z_dim; k++) {
            d_mean[k] += d[k];
            d_l[k] += 0.5f * spread[r * z_dim + k] * d[k];
        }
    }
}

static int step(model *m, error *e)
{
    vae *w = m->work;
    size_t n = (size_t)m->options.batch, z_dim = (size_t)m->options.z_dim;
    model_part *encoder = &m->parts[PART_E];
    matrix x = matrix_view(model_real(m, 0), n, m->shape.n), none = {0};
    matrix code = matrix_view(w->code, n, z_dim);
    matrix d_code = matrix_view(w->d_code, n, m->parts[PART_G].network.n_in);
    matrix d_moments = matrix_view(w->d_moments, n, 2 * z_dim);
    matrix moments =
        network_forward(&encoder->network, &encoder->tape, condition_join(&w->of_picture, m, 0, x),
                        model_pass(m, PART_E, 0));
    double beta = beta_now(m), *number = m->numbers;
    draw_codes(code, w->spread, moments, model_z(m, 0));
    number[RECONSTRUCTION] =
        decode(&w->decoding, m, d_code, condition_join(&w->of_code, m, 0, code), x);
    number[KL] = divergence(d_moments, moments, beta);
    number[OBJECTIVE] = number[RECONSTRUCTION] + beta * number[KL];
    add_through_codes(d_moments, d_code, w->spread);
    network_backward(&encoder->network, &encoder->tape, d_moments, encoder->gradient, none);
    return model_update(m, e);
}

const model_class vae_class = {
    .name = "vae",
    .summary = "a variational autoencoder: soft and varied pictures, and a code for each",
    .recipe = "vae",
    .parts = parts,
    .numbers = numbers,
    .draws_z = true,
    .n_blocks = 1,
    .init = init,
    .release = release,
    .step = step};
