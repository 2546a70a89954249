/* SPDX-License-Identifier: MIT */
/* What tests of models with an encoder and a decoder share: pictures, steps, and gradients by
 * central differences of a loss in double. Include after <cmocka.h>. */
#ifndef GANLENS_AUTOENCODERS_H
#define GANLENS_AUTOENCODERS_H

#include "close.h"
#include "model.h"
#include <stdlib.h>
#include <string.h>

/* More pictures than are encoded at once. */
enum { N = 16, Z = 2, B = 6, N_PICTURES = 1050 };

static const image_set no_pictures = {.shape = {4, 4, N}};

/* Pictures of 4x4 without a pattern, the same every time; their labels are 0, 1, 2, 0, 1 ... */
static inline image_set random_pictures(void)
{
    image_set s = {.pixels = allocate(N_PICTURES * N, 1),
                   .labels = allocate(N_PICTURES, 1),
                   .n = N_PICTURES,
                   .shape = {4, 4, N}};
    uint32_t bits[N_PICTURES * N];
    rng r = rng_init(1, rng_stream(STREAM_PROBE, 0));
    rng_fill_bits(&r, bits, N_PICTURES * N);
    for (size_t i = 0; i < N_PICTURES * N; i++)
        s.pixels[i] = (uint8_t)(bits[i] >> 24);
    for (size_t i = 0; i < N_PICTURES; i++)
        s.labels[i] = (uint8_t)(i % 3);
    return s;
}

static inline void release_pictures(image_set *s)
{
    free(s->pixels);
    free(s->labels);
}

static inline model model_of(const train_options *o, const image_set *data)
{
    model m;
    error e = {0};
    if (model_init(&m, o, data, &e))
        fail_msg("%s", e.message);
    return m;
}

static inline void do_step(model *m)
{
    error e = {0};
    if (model_step(m, &e))
        fail_msg("%s", e.message);
}

static inline void train_to(model *m, uint64_t step)
{
    error e = {0};
    train_plan plan = {.n_steps = step};
    if (train(m, &plan, &(train_events){0}, &e) != TRAIN_FINISHED)
        fail_msg("%s", e.message);
}

static inline void assert_refused(const train_options *o, const char *words)
{
    model m;
    error e = {0};
    assert_int_equal(model_init(&m, o, &no_pictures, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    if (!strstr(e.message, words))
        fail_msg("'%s' does not say '%s'", e.message, words);
}

/* Both networks in double, with parameters of their own, and the loss of a batch. */
typedef struct reference reference;
struct reference {
    twin encoder, decoder;
    pass encoder_pass, decoder_pass;
    double x[B * N], eps[B * Z];
    double beta;
    size_t n_classes;     /* of a conditional model, */
    const uint8_t *label; /* (B) */
    double (*loss)(reference *r);
};

/* Of m as it is before a step; what the step sees is filled in by the test. */
static inline void reference_init(reference *r, const model *m)
{
    *r = (reference){.encoder_pass = model_pass(m, 0, 0), .decoder_pass = model_pass(m, 1, 0)};
    twin_init(&r->encoder, &model_find_part(m, "E")->network, B);
    twin_init(&r->decoder, &model_find_part(m, "G")->network, B);
}

/* Rows of that many numbers with the class of each as a one-hot vector behind them, which is all
 * they are told of it; the rows where the model is told none. */
static inline const double *join_classes(double *joined, const reference *r, const double *rows,
                                         size_t width)
{
    size_t n = width + r->n_classes;
    for (size_t i = 0; i < B; i++)
        for (size_t k = 0; k < n; k++)
            joined[i * n + k] =
                k < width ? rows[i * width + k] : (double)(k - width == r->label[i]);
    return joined;
}

static inline void reference_release(reference *r)
{
    twin_release(&r->encoder);
    twin_release(&r->decoder);
}

static inline void assert_gradient(reference *r, double *param, const float *gradient, size_t n)
{
    double *want = allocate(n, sizeof *want);
    for (size_t i = 0; i < n; i++) {
        double value = param[i], h = 1e-5;
        param[i] = value + h;
        want[i] = r->loss(r);
        param[i] = value - h;
        want[i] = (want[i] - r->loss(r)) / (2 * h);
        param[i] = value;
    }
    assert_close_by_norm(gradient, want, n, 1e-5);
    free(want);
}

static inline void assert_gradients(reference *r, const model *m)
{
    const model_part *e = model_find_part(m, "E"), *g = model_find_part(m, "G");
    assert_gradient(r, r->encoder.param, e->gradient, e->network.n_param);
    assert_gradient(r, r->decoder.param, g->gradient, g->network.n_param);
}

#endif
