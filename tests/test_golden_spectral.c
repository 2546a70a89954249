/* SPDX-License-Identifier: MIT */
/* The golden numbers of tests/golden/make_golden_spectral.py: steps of a discriminator with
 * spectral norm, a projection and R1, as torch.nn.utils.spectral_norm makes them. Never to be
 * loosened. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"

#include "checkpoint.h"
#include "levels.h"
#include "use_threads.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char path[] = "tests/golden/golden_spectral.safetensors";
static const char spec[] = "8:sn:lrelu=0.2,5:sn:tanh,1:sn";

enum { STEPS = 5, ROWS = 6, N_IN = 30 };
static const float gamma_r1 = 0.5f, lr = 0.1f;
static const double tolerance = 1e-6;

static safetensors golden;

static void get(float *out, const char *name, size_t rank, size_t rows, size_t cols)
{
    error e = {0};
    if (safetensors_get(out, &golden, name, rank, (size_t[]){rows, cols}, &e))
        fail_msg("%s", e.message);
}

static network network_from(const char *prefix)
{
    network net;
    error e = {0};
    if (network_init(&net, spec, N_IN, &e))
        fail_msg("%s", e.message);
    network_add_classes(&net, 3);
    if (checkpoint_get_network(&net, &golden, prefix, &e))
        fail_msg("%s", e.message);
    return net;
}

/* A critic and its batch. */
typedef struct {
    network net;
    tape tape;
    penalty penalty;
    float x[ROWS * N_IN], *gradient;
    uint8_t classes[ROWS];
} critic;

static void critic_init(critic *c)
{
    float classes[ROWS];
    c->net = network_from("before.");
    tape_init(&c->tape, &c->net, ROWS);
    penalty_init(&c->penalty, &c->net, ROWS);
    c->gradient = allocate(c->net.n_param, sizeof *c->gradient);
    get(c->x, "x", 2, ROWS, N_IN);
    get(classes, "classes", 1, ROWS, 0);
    for (size_t r = 0; r < ROWS; r++)
        c->classes[r] = (uint8_t)classes[r];
    c->tape.classes = c->classes;
}

static void critic_release(critic *c)
{
    network_release(&c->net);
    tape_release(&c->tape);
    penalty_release(&c->penalty);
    free(c->gradient);
}

static const float *evaluate(critic *c)
{
    return network_forward(&c->net, &c->tape, matrix_view(c->x, ROWS, N_IN), (pass){0}).data;
}

/* mean softplus(-y) of the logits and its gradient by them. */
static double loss_of(float *dy, const float *y)
{
    double total = 0;
    for (size_t r = 0; r < ROWS; r++) {
        total += log1p(exp(-(double)y[r])) / ROWS;
        dy[r] = (float)(-1 / (1 + exp((double)y[r])) / ROWS);
    }
    return total;
}

static void step(critic *c, double losses[2])
{
    float dy[ROWS];
    network_normalise(&c->net, 1);
    losses[0] = loss_of(dy, evaluate(c));
    network_backward(&c->net, &c->tape, matrix_view(dy, ROWS, 1), c->gradient, (matrix){0});
    losses[1] = penalty_add(&c->penalty, &zero_centred_penalty, &c->net, &c->tape, gamma_r1, 1.0f,
                            c->gradient);
    network_finish_gradient(&c->net, c->gradient);
    for (size_t k = 0; k < c->net.n_param; k++)
        c->net.param[k] -= lr * c->gradient[k];
}

static void assert_same_network(const network *net, const network *want)
{
    assert_int_equal(network_count_tensors(net), 3 * 4 + 3);
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor got = network_tensor(net, i), wanted = network_tensor(want, i);
        assert_string_equal(got.name, wanted.name);
        assert_close_by_norm(got.data, wanted.data, got.n, tolerance);
    }
}

static void five_steps_with_spectral_norm_match(void **state)
{
    (void)state;
    critic c;
    float logits[2 * ROWS], losses[STEPS * 2];
    critic_init(&c);
    get(logits, "logits", 2, 2, ROWS);
    get(losses, "losses", 2, STEPS, 2);
    network after = network_from("after.");
    assert_close_by_norm(evaluate(&c), logits, ROWS, tolerance);
    for (size_t i = 0; i < STEPS; i++) {
        double got[2];
        step(&c, got);
        assert_close(got, losses + 2 * i, 2, tolerance, 0);
    }
    assert_same_network(&c.net, &after);
    network_normalise(&c.net, 0);
    assert_close_by_norm(evaluate(&c), logits + ROWS, ROWS, tolerance);
    network_release(&after);
    critic_release(&c);
}

int main(void)
{
    use_threads(2);
    error e = {0};
    if (safetensors_load(&golden, path, &e)) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_steps_with_spectral_norm_match),
    };
    int status = run_on_every_level("golden spectral", tests, sizeof tests / sizeof *tests);
    safetensors_release(&golden);
    return status;
}
