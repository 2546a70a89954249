/* SPDX-License-Identifier: MIT */
/* An autoencoder (Hinton & Salakhutdinov 2006): E makes a code of a picture and G, the decoder, the
 * picture of its code; both learn to give the picture back.
 *
 * Codes are whatever E makes of them; so that pictures can be drawn, N(mu, Sigma) is fitted to the
 * codes of all pictures of the training set, Sigma + ridge I = L L^T, and z ~ N(0, I) stands for
 * the code mu + L z. */
#include "class_detail.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { PART_E, PART_G };

static const part_row parts[] = {{.prefix = "E",
                                  .option = "encoder",
                                  .spec = offsetof(train_options, encoder),
                                  .lr = offsetof(train_options, lr),
                                  .in = SIDE_PICTURE,
                                  .out = SIDE_Z,
                                  .linear_output = "code"},
                                 {.prefix = "G",
                                  .option = "generator",
                                  .spec = offsetof(train_options, generator),
                                  .lr = offsetof(train_options, lr),
                                  .in = SIDE_Z,
                                  .out = SIDE_PICTURE},
                                 {0}};

enum { RECONSTRUCTION };
static const number_row numbers[] = {
    [RECONSTRUCTION] = {.key = "Loss/reconstruction",
                        .is_loss = true,
                        .meaning = "what a picture costs that is not given back whole, summed over "
                                   "its pixels",
                        .label = "  reconstruction",
                        .decimals = 2,
                        .unit = "summed over the pixels",
                        .memory = 100},
    {0}};

typedef struct {
    decoding decoding;
    float *d_code; /* (B, z_dim) */
} ae;

/* Sigma has the square of it, in double. */
enum { MOST_CODES = 1024 };

static int init(model *m, error *e)
{
    size_t n = (size_t)m->options.batch, z_dim = (size_t)m->options.z_dim;
    if (z_dim > MOST_CODES)
        return fail(e, STATUS_USAGE,
                    "--z-dim: %zu is more than the %d that --model ae can fit a prior to", z_dim,
                    MOST_CODES);
    ae *w = m->work = allocate(1, sizeof *w);
    if (decoding_init(&w->decoding, m, PART_G, e))
        return -1;
    tape_init(&m->parts[PART_E].tape, &m->parts[PART_E].network, n);
    w->d_code = allocate(n * z_dim, sizeof(float));
    return 0;
}

static void release(model *m)
{
    ae *w = m->work;
    if (!w)
        return;
    decoding_release(&w->decoding);
    free(w->d_code);
    free(w);
}

/* ---- A step ---- */

static int step(model *m, error *e)
{
    ae *w = m->work;
    size_t n = (size_t)m->options.batch;
    model_part *encoder = &m->parts[PART_E];
    matrix x = matrix_view(model_real(m, 0), n, m->shape.n), none = {0};
    matrix d_code = matrix_view(w->d_code, n, (size_t)m->options.z_dim);
    matrix code = network_forward(&encoder->network, &encoder->tape, x, model_pass(m, PART_E, 0));
    m->numbers[RECONSTRUCTION] = decode(&w->decoding, m, d_code, code, x);
    network_backward(&encoder->network, &encoder->tape, d_code, encoder->gradient, none);
    return model_update(m, e);
}

/* ---- The prior ---- */

/* A code that is nearly a function of the others must not make Sigma singular; one that is constant
 * in all pictures leaves some width, too. */
static double ridge_of(double_matrix covariance)
{
    double trace = 0;
    for (size_t i = 0; i < covariance.rows; i++)
        trace += covariance.data[i * covariance.cols + i];
    return 1e-6 * trace / (double)covariance.rows + 1e-12;
}

static float *floats_of(const double *v, size_t n)
{
    float *f = allocate(n, sizeof *f);
    for (size_t i = 0; i < n; i++)
        f[i] = (float)v[i];
    return f;
}

/* Whether it was finite. */
static bool fit_to_codes(model *m, float *codes, size_t n)
{
    size_t z_dim = (size_t)m->options.z_dim;
    double *mean = allocate(z_dim, sizeof *mean);
    double *square = allocate(z_dim * z_dim, sizeof *square);
    double_matrix covariance = double_matrix_view(square, z_dim, z_dim);
    double_matrix_covariance(covariance, mean, matrix_view(codes, n, z_dim));
    bool is_fitted = double_matrix_cholesky(covariance, ridge_of(covariance));
    free(m->prior_mean);
    free(m->prior_factor);
    m->prior_mean = is_fitted ? floats_of(mean, z_dim) : NULL;
    m->prior_factor = is_fitted ? floats_of(square, z_dim * z_dim) : NULL;
    free(mean);
    free(square);
    return is_fitted;
}

/* Codes (data->n, z_dim) of the pictures become those of as many draws of classes alike. */
static void draw_alike(float *codes, const model *m)
{
    size_t z_dim = (size_t)m->options.z_dim, n = m->data->n;
    float *drawn = allocate(n * z_dim, sizeof *drawn);
    data_order o;
    model_order_init(&o, m, n);
    const uint32_t *index = data_order_batch(&o, 0, n);
    for (size_t i = 0; i < n; i++)
        memcpy(drawn + i * z_dim, codes + index[i] * z_dim, z_dim * sizeof *drawn);
    memcpy(codes, drawn, n * z_dim * sizeof *codes);
    data_order_release(&o);
    free(drawn);
}

static int fit(model *m, error *e)
{
    if (m->data->n < 2)
        return fail(e, STATUS_BAD_INPUT, "--data: one picture is too few to fit a prior to");
    float *codes = part_outputs(&m->parts[PART_E], m->data, m->options.range);
    if (m->options.balance)
        draw_alike(codes, m);
    bool is_fitted = fit_to_codes(m, codes, m->data->n);
    free(codes);
    if (!is_fitted)
        return fail(e, STATUS_DIVERGED,
                    "step %llu: codes are not finite or too large to fit a prior to; try a smaller "
                    "--lr",
                    (unsigned long long)m->step);
    return 0;
}

const model_class ae_class = {.name = "ae",
                              .summary = "an autoencoder with a Gaussian fitted to its codes",
                              .recipe = "ae",
                              .parts = parts,
                              .numbers = numbers,
                              .n_blocks = 1,
                              .init = init,
                              .release = release,
                              .step = step,
                              .fit = fit};
