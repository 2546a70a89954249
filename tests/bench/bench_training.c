/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include "model.h"
#include <stdio.h>
#include <stdlib.h>

enum { Z = 100, H1 = 256, H2 = 512, X = 784, D1 = 256 };

typedef struct {
    model model;
    int batch;
    float *w1, *w2, *w3, *v1, *v2, *g, *x, *h1, *h2, *d, *logit, *dx;
    float *p, *m, *v;
} training;

static void train_once(void *context)
{
    training *t = context;
    error e = {0};
    if (model_step(&t->model, &e))
        give_up(&e);
}

static size_t count_parameters(const model *m)
{
    return m->parts[0].network.n_param + m->parts[1].network.n_param;
}

/* Every product of one simultaneous step in order; then Adam over all parameters. */
static void training_floor(void *context)
{
    training *t = context;
    int n = t->batch;
    adam_rates a = {1e-9f, 1.1f, 0.9f, 0.1f, 0.999f, 0.001f, 1e-7f};
    floor_threads_start();
    floor_forward(n, Z, H1, t->x, t->w1, t->h1);
    floor_forward(n, H1, H2, t->h1, t->w2, t->h2);
    floor_forward(n, H2, X, t->h2, t->w3, t->x);
    floor_forward(2 * n, X, D1, t->x, t->v1, t->d);
    floor_forward(2 * n, D1, 1, t->d, t->v2, t->logit);
    floor_to_weights(2 * n, D1, 1, t->d, t->logit, t->g);
    floor_to_input(2 * n, D1, 1, t->logit, t->v2, t->d);
    floor_to_weights(2 * n, X, D1, t->x, t->d, t->g);
    floor_to_input(n, D1, 1, t->logit, t->v2, t->d);
    floor_to_input(n, X, D1, t->d, t->v1, t->dx);
    floor_to_weights(n, H2, X, t->h2, t->dx, t->g);
    floor_to_input(n, H2, X, t->dx, t->w3, t->h2);
    floor_to_weights(n, H1, H2, t->h1, t->h2, t->g);
    floor_to_input(n, H1, H2, t->h2, t->w2, t->h1);
    floor_to_weights(n, Z, H1, t->x, t->h1, t->g);
    floor_threads_end();
    adam_update(t->p, t->g, t->m, t->v, count_parameters(&t->model), a);
}

static const train_options reference = {
    .model = "gan",
    .generator = "256:bn:lrelu=0.3,512:bn:lrelu=0.3,784:tanh",
    .discriminator = "256:lrelu=0.3:dropout=0.4,1",
    .loss = "nonsaturating",
    .opt = "adam",
    .init_weights = "glorot",
    .z_dim = Z,
    .seed = 1,
    .range = {-1, 1},
    .lr = 1e-4,
    .lr_d = 1e-4,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .eps = 1e-7,
    .bn_momentum = 0.99,
};

static const image_set no_pictures = {.shape = {28, 28, X}};

static void training_init(training *t, size_t batch)
{
    train_options o = reference;
    error e = {0};
    o.batch = batch;
    *t = (training){.batch = (int)batch};
    if (model_init(&t->model, &o, &no_pictures, &e))
        give_up(&e);
    size_t n = count_parameters(&t->model);
    float **const blocks[] = {&t->w1, &t->w2, &t->w3, &t->v1, &t->v2,    &t->g,  &t->x, &t->h1,
                              &t->h2, &t->d,  &t->p,  &t->m,  &t->logit, &t->dx, &t->v};
    const size_t sizes[] = {Z * H1,        H1 * H2,       H2 * X,     X * D1,         D1, n,
                            2 * batch * X, batch * H1,    batch * H2, 2 * batch * D1, n,  n,
                            2 * batch,     2 * batch * X, n};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        *blocks[i] = random_floats(sizes[i]);
    for (size_t i = 0; i < n; i++)
        t->v[i] = t->v[i] * t->v[i];
    rng r = rng_init(3, rng_stream(STREAM_PROBE, 2));
    rng_fill_uniform(&r, t->model.pictures, batch * X);
}

static void training_release(training *t)
{
    float *const blocks[] = {t->w1, t->w2, t->w3, t->v1, t->v2, t->g,     t->x, t->h1,
                             t->h2, t->d,  t->p,  t->m,  t->v,  t->logit, t->dx};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    model_release(&t->model);
}

void bench_training(size_t batch)
{
    training t;
    char name[64];
    snprintf(name, sizeof name, "training step, B=%zu", batch);
    training_init(&t, batch);
    compare(&(measured_work){.name = name,
                             .work = train_once,
                             .floor = training_floor,
                             .context = &t,
                             .repeat = 1600 / batch,
                             .n_parts = 1,
                             .unit = milliseconds,
                             /* 5.306 MFLOP a picture: the products above, counted */
                             .amount = 5.306368e-3 * (double)batch,
                             .amount_unit = "GFLOP/s"});
    training_release(&t);
}
