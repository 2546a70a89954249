/* SPDX-License-Identifier: MIT */
/* model: what a step does to parts with spectral norm. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "model.h"
#include "use_threads.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dataset digits;

enum { G, D };

static model model_with(const char *opt, double lr)
{
    const train_options o = {.model = "gan",
                             .generator = "8:sn:lrelu=0.2,7:bn:relu,784:sn:tanh",
                             .discriminator = "9:sn:lrelu=0.2:dropout=0.3,1:sn",
                             .loss = "nonsaturating",
                             .opt = opt,
                             .init_weights = "glorot",
                             .z_dim = 5,
                             .batch = 16,
                             .seed = 3,
                             .range = {-1, 1},
                             .lr = lr,
                             .lr_d = (double)NAN,
                             .beta1 = 0.5,
                             .beta2 = 0.999,
                             .eps = 1e-8,
                             .r1 = 0.1,
                             .r1_every = 2,
                             .ema_kimg = 0.1,
                             .bn_momentum = 0.9};
    model m;
    error e = {0};
    if (model_init(&m, &o, &digits.train, &e))
        fail_msg("%s", e.message);
    return m;
}

static void take_steps(model *m, uint64_t n)
{
    error e = {0};
    if (train(m, &(train_plan){.n_steps = m->step + n}, &(train_events){0}, &e))
        fail_msg("%s", e.message);
}

/* N = W / sigma does not change with W's length, so its gradient has nothing along W: a step of SGD
 * leaves the product with the old W what it was. R1 of the first step is in it. */
static void a_step_turns_originals_and_does_not_stretch_them(void **state)
{
    (void)state;
    model m = model_with("sgd", 1);
    network before[2];
    for (size_t i = 0; i < 2; i++)
        network_copy(&before[i], &m.parts[i].network);
    take_steps(&m, 1);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < before[i].n_layers; k++) {
            const layer *old = &before[i].layers[k], *now = &m.parts[i].network.layers[k];
            size_t n = old->n_out * old->n_in;
            const float *w = old->weight_norm.original, *moved = now->weight_norm.original;
            float change[784 * 9];
            for (size_t j = 0; w && j < n; j++)
                change[j] = moved[j] - w[j];
            assert_true(!w || norm(change, n) > 0);
            assert_true(!w || fabs(dot(change, w, n)) < 1e-4 * norm(change, n) * norm(w, n));
        }
    for (size_t i = 0; i < 2; i++)
        network_release(&before[i]);
    model_release(&m);
}

/* As torch's next forward pass would. */
static void a_step_ends_with_one_power_iteration(void **state)
{
    (void)state;
    model m = model_with("adam", 1e-2);
    for (size_t i = 0; i < 2; i++) {
        network follower;
        network_copy(&follower, &m.parts[i].network);
        take_steps(&m, 1);
        const network *now = &m.parts[i].network;
        memcpy(follower.param, now->param, now->n_param * sizeof(float));
        network_normalise(&follower, 1);
        for (size_t k = 0; k < now->n_layers; k++) {
            const layer *want = &follower.layers[k], *got = &now->layers[k];
            size_t n = got->n_out * got->n_in * sizeof(float);
            if (!got->has_spectral_norm)
                continue;
            assert_memory_equal(got->weight.data, want->weight.data, n);
            assert_memory_equal(got->weight_norm.u, want->weight_norm.u,
                                got->n_out * sizeof(float));
            assert_memory_equal(got->weight_norm.v, want->weight_norm.v, got->n_in * sizeof(float));
        }
        network_release(&follower);
    }
    model_release(&m);
}

/* Its own u and v follow the average of the originals, so that its largest singular value is 1. */
static void the_average_is_normal_as_well(void **state)
{
    (void)state;
    model m = model_with("adam", 1e-2);
    take_steps(&m, 40);
    const network *average = &m.parts[G].average;
    const layer *l = &average->layers[0];
    network anew;
    network_copy(&anew, average);
    network_normalise(&anew, 0);
    assert_memory_equal(anew.normal, average->normal, average->n_normal * sizeof(float));
    network_normalise(&anew, 500);
    assert_close(&l->weight_norm.sigma, &anew.layers[0].weight_norm.sigma, 1, 1e-2, 0);
    double length = norm(l->weight_norm.u, l->n_out);
    assert_close(&length, &(double){1}, 1, 1e-5, 0);
    network_release(&anew);
    model_release(&m);
}

int main(void)
{
    use_threads(2);
    error e = {0};
    if (dataset_load(&digits, NULL, &(data_choice){.n_classes = 10}, &e)) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_turns_originals_and_does_not_stretch_them),
        cmocka_unit_test(a_step_ends_with_one_power_iteration),
        cmocka_unit_test(the_average_is_normal_as_well),
    };
    int status = cmocka_run_group_tests(tests, NULL, NULL);
    dataset_release(&digits);
    return status;
}
