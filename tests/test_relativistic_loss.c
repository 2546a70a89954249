/* SPDX-License-Identifier: MIT */
/* The loss that compares each real logit with a generated one, through the GAN's step. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "nets.h"
#include "model.h"
#include "use_threads.h"
#include <string.h>

/* ---- A model that takes it ---- */

enum { B = 5, Z = 3, PIXELS = 20, G = 0, D = 1, LOSS_G = 0 };

/* tanh everywhere: no kinks near which differences mean nothing. */
static const train_options options = {.model = "gan",
                                      .generator = "7:tanh,20:tanh",
                                      .discriminator = "9:tanh,1",
                                      .loss = "relativistic",
                                      .opt = "adam",
                                      .init_weights = "glorot",
                                      .z_dim = Z,
                                      .batch = B,
                                      .seed = 3,
                                      .range = {-1, 1},
                                      .lr = 1e-2,
                                      .lr_d = (double)NAN,
                                      .beta1 = 0.5,
                                      .beta2 = 0.999,
                                      .eps = 1e-8,
                                      .bn_momentum = 0.9,
                                      .r1_every = 1};

static const image_set no_pictures = {.shape = {4, 5, PIXELS}};

static model relativistic_model(double r1)
{
    train_options o = options;
    o.r1 = r1;
    model m;
    error e = {0};
    if (model_init(&m, &o, &no_pictures, &e))
        fail_msg("%s", e.message);
    return m;
}

/* ---- Its gradients ---- */

static double softplus(double v) { return (v > 0 ? v : 0) + log1p(exp(-fabs(v))); }

/* D's loss by D's twin, of x: B real pictures, then B generated ones. */
static double loss_d(twin *t, const double *x, size_t rows, pass p, const void *context)
{
    const double *logit = twin_forward(t, x, rows, p);
    double total = 0;
    (void)context;
    for (size_t i = 0; i < B; i++)
        total += softplus(logit[B + i] - logit[i]) / B;
    return total;
}

/* What G's loss needs beside G. */
typedef struct {
    twin *d;
    const double *real; /* (B) logits */
} judge;

static double loss_g(twin *t, const double *z, size_t rows, pass p, const void *context)
{
    const judge *j = context;
    const double *logit = twin_forward(j->d, twin_forward(t, z, rows, p), rows, p);
    double total = 0;
    for (size_t i = 0; i < B; i++)
        total += softplus(j->real[i] - logit[i]) / B;
    return total;
}

/* Of a net at the parameters it has now, which a step is about to move. */
typedef struct {
    network net;
    twin up, down;
} pair_of_twins;

static void twins_init(pair_of_twins *t, const network *net, size_t rows)
{
    network_copy(&t->net, net);
    twin_init(&t->up, &t->net, rows);
    twin_init(&t->down, &t->net, rows);
}

static void twins_release(pair_of_twins *t)
{
    twin_release(&t->up), twin_release(&t->down), network_release(&t->net);
}

static void assert_gradient(const model_part *part, differences d)
{
    size_t n = part->network.n_param;
    double *want = allocate(n, sizeof *want);
    assert_int_equal(take_differences(want, d, d.up->param, d.down->param, n), 0);
    assert_close_by_norm(part->gradient, want, n, 1e-5);
    free(want);
}

static void both_gradients_of_a_step_are_those_of_central_differences(void **state)
{
    (void)state;
    model m = relativistic_model(0.0);
    error e = {0};
    pair_of_twins g, d;
    twins_init(&g, &m.parts[G].network, B);
    twins_init(&d, &m.parts[D].network, 2 * B);
    float *real = draw(B * PIXELS, 1);
    memcpy(m.pictures, real, B * PIXELS * sizeof *real);
    assert_int_equal(model_step(&m, &e), 0);
    double *pictures = doubles_of(m.pictures, 2 * B * PIXELS), *z = doubles_of(m.z, B * Z);
    double real_logit[B];
    pass p = {0};
    memcpy(real_logit, twin_forward(&d.up, pictures, B, p), sizeof real_logit);
    judge j = {&d.up, real_logit};
    double want[] = {loss_g(&g.up, z, B, p, &j), loss_d(&d.up, pictures, 2 * B, p, NULL)};
    assert_close(&m.numbers[LOSS_G], &want[0], 2, 1e-6, 0);
    assert_gradient(&m.parts[G], (differences){loss_g, &j, &g.up, &g.down, z, z, B, p});
    assert_gradient(&m.parts[D],
                    (differences){loss_d, NULL, &d.up, &d.down, pictures, pictures, 2 * B, p});
    twins_release(&g), twins_release(&d), model_release(&m);
    free(real), free(pictures), free(z);
}

/* ---- Its training ---- */

static double mean_distance(const model *m, float want)
{
    double total = 0;
    for (size_t i = B * PIXELS; i < 2 * B * PIXELS; i++)
        total += fabs((double)(m->pictures[i] - want)) / (B * PIXELS);
    return total;
}

static void generated_pictures_come_nearer_to_the_real_ones(void **state)
{
    (void)state;
    model m = relativistic_model(1.0);
    error e = {0};
    const float grey = 0.5f;
    double before = 0;
    for (size_t i = 0; i < B * PIXELS; i++)
        m.pictures[i] = grey;
    for (int step = 0; step < 300; step++) {
        assert_int_equal(model_step(&m, &e), 0);
        before = step == 0 ? mean_distance(&m, grey) : before;
    }
    assert_true(mean_distance(&m, grey) < 0.5 * before);
    model_release(&m);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_gradients_of_a_step_are_those_of_central_differences),
        cmocka_unit_test(generated_pictures_come_nearer_to_the_real_ones),
    };
    return cmocka_run_group_tests_name("relativistic_loss", tests, NULL, NULL);
}
