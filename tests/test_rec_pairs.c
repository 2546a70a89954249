/* SPDX-License-Identifier: MIT */
/* Pictures that a GAN's G is to make of seeds: which rows they are, their distance by hand, the
 * gradient of the whole objective by central differences in double, and what comes of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "autoencoders.h"
#include "use_threads.h"
#include <math.h>

enum { REC = 5 };

static train_options small_options(void)
{
    return (train_options){.model = "gan",
                           .generator = "7:bn:tanh,16:tanh",
                           .discriminator = "9:tanh,1",
                           .loss = "nonsaturating",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .z_dim = Z,
                           .batch = B,
                           .seed = 3,
                           .range = {-1, 1},
                           .d_steps = 2,
                           .rec_pairs = 4,
                           .lambda = 0.3,
                           .lr = 1e-2,
                           .lr_d = (double)NAN,
                           .beta1 = 0.5,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9};
}

/* Of the step's last batch, row r is pair i: its picture, its label, the noise of its seed. */
static void assert_pair(const model *m, size_t r, size_t i)
{
    float x[N], z[Z];
    floats_from_bytes(x, m->data->pixels + i * N, N, (float)m->options.range[0],
                      (float)m->options.range[1]);
    latent_of_seed(z, Z, i);
    assert_memory_equal(model_real(m, 1) + r * N, x, sizeof x);
    assert_memory_equal(model_z(m, 1) + r * Z, z, sizeof z);
    assert_int_equal(model_labels(m, 1)[r], i % 3);
}

/* Three of a batch of six, so that four are gone through in a ring; what is not a pair, and the
 * batches that only D reads, stay what they are without pairs. */
static void half_of_the_last_batch_are_pairs_in_turn(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.lr = 0, o.range[0] = -0.5;
    model m = model_of(&o, &data);
    o.rec_pairs = 0;
    model plain = model_of(&o, &data);
    for (size_t step = 0; step < 5; step++) {
        train_to(&m, step + 1);
        train_to(&plain, step + 1);
        for (size_t r = 0; r < 3; r++)
            assert_pair(&m, r, (3 * step + r) % 4);
        assert_memory_equal(model_real(&m, 0), model_real(&plain, 0), B * N * sizeof(float));
        assert_memory_equal(model_z(&m, 0), model_z(&plain, 0), B * Z * sizeof(float));
        assert_memory_equal(model_real(&m, 1) + 3 * N, model_real(&plain, 1) + 3 * N,
                            3 * N * sizeof(float));
        assert_memory_equal(model_z(&m, 1) + 3 * Z, model_z(&plain, 1) + 3 * Z,
                            3 * Z * sizeof(float));
    }
    model_release(&plain);
    model_release(&m);
    release_pictures(&data);
}

static void few_pairs_are_there_once_a_step(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.rec_pairs = 2;
    model m = model_of(&o, &data);
    train_to(&m, 3);
    assert_pair(&m, 0, 0);
    assert_pair(&m, 1, 1);
    float third[Z];
    latent_of_seed(third, Z, 2);
    assert_memory_not_equal(model_z(&m, 1) + 2 * Z, third, sizeof third);
    model_release(&m);
    release_pictures(&data);
}

/* G makes pixels of 1/2 whatever z; pictures are of -1 and of 1: distances are 9/4 and 1/4. Its
 * gradient by the bias of a pixel, lambda being 0: 2 (3/2 - 1/2) / (2 * 16). */
static void the_distance_is_the_mean_square_of_a_pixel(void **state)
{
    uint8_t pixels[2 * N] = {0};
    const image_set data = {.pixels = pixels, .n = 2, .shape = {4, 4, N}};
    train_options o = small_options();
    (void)state;
    for (size_t i = N; i < 2 * N; i++)
        pixels[i] = 255;
    o.generator = "16", o.lambda = 0, o.batch = 4, o.rec_pairs = 2;
    model m = model_of(&o, &data);
    model_part *g = &m.parts[0];
    for (size_t i = 0; i < g->network.n_param; i++)
        g->network.param[i] = 0;
    for (size_t i = 0; i < N; i++)
        g->network.layers[0].bias[i] = 0.5f;
    do_step(&m);
    assert_close(&m.numbers[REC], &(double){1.25}, 1, 1e-7, 0);
    const float *by_bias = g->gradient + (g->network.layers[0].bias - g->network.param);
    for (size_t i = 0; i < N; i++)
        assert_close(&by_bias[i], &(double){1.0 / 16}, 1, 1e-6, 0);
    model_release(&m);
}

/* ---- By central differences ---- */

/* L_rec of the first three rows and lambda times L_gen of all, by both networks in double. */
static double gan_objective(reference *r)
{
    double rec = 0, gen = 0;
    const double *made = twin_forward(&r->encoder, r->eps, B, r->encoder_pass);
    for (size_t i = 0; i < 3 * N; i++)
        rec += (made[i] - r->x[i]) * (made[i] - r->x[i]) / (3 * N);
    const double *logit = twin_forward(&r->decoder, made, B, r->decoder_pass);
    for (size_t i = 0; i < B; i++)
        gen += log1p(exp(-logit[i])) / B;
    return rec + r->beta * gen;
}

/* D, which moves before G's gradient is taken, has a rate of 0, too. */
static void the_gradient_is_that_of_both_losses(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.lr = 0;
    model m = model_of(&o, &data);
    reference r = {.beta = o.lambda,
                   .loss = gan_objective,
                   .encoder_pass = model_pass(&m, 0, 1),
                   .decoder_pass = model_pass(&m, 1, 1)};
    twin_init(&r.encoder, &m.parts[0].network, B);
    twin_init(&r.decoder, &m.parts[1].network, B);
    train_to(&m, 1);
    for (size_t i = 0; i < B * Z; i++)
        r.eps[i] = (double)model_z(&m, 1)[i];
    for (size_t i = 0; i < B * N; i++)
        r.x[i] = (double)model_real(&m, 1)[i];
    assert_gradient(&r, r.encoder.param, m.parts[0].gradient, m.parts[0].network.n_param);
    reference_release(&r);
    model_release(&m);
    release_pictures(&data);
}

/* D alone is shown changed pictures: without its share G's gradient is the same. */
static void pairs_are_compared_as_they_are(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.lambda = 0;
    model plain = model_of(&o, &data);
    o.augment = (augment_settings){.shift = 1, .rotate = 25, .scale = 0.2};
    model changed = model_of(&o, &data);
    train_to(&plain, 1);
    train_to(&changed, 1);
    const model_part *g = &plain.parts[0];
    assert_true(norm(g->gradient, g->network.n_param) > 0);
    for (size_t i = 0; i < g->network.n_param; i++)
        assert_true(changed.parts[0].gradient[i] == g->gradient[i]);
    model_release(&plain);
    model_release(&changed);
    release_pictures(&data);
}

/* ---- What comes of it ---- */

static void training_brings_seeds_to_their_pictures(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.generator = "32:tanh,16:tanh", o.batch = 16, o.lambda = 0.01;
    model m = model_of(&o, &data);
    train_to(&m, 1);
    double first = m.running[REC];
    train_to(&m, 600);
    assert_true(m.running[REC] < 0.2 * first);
    model_release(&m);
    release_pictures(&data);
}

static void a_model_without_pairs_has_no_number_of_them(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    model m = model_of(&o, &data);
    assert_int_equal(m.n_numbers, REC + 1);
    model_release(&m);
    o.rec_pairs = 0;
    m = model_of(&o, &data);
    assert_int_equal(m.n_numbers, REC);
    model_release(&m);
    release_pictures(&data);
}

static void a_batch_without_room_for_fresh_noise_is_refused(void **state)
{
    train_options o = small_options();
    (void)state;
    o.batch = 1, o.generator = "16";
    assert_refused(&o, "--batch is 1, expected at least 2");
}

static void more_pairs_than_pictures_are_refused(void **state)
{
    train_options o = small_options();
    (void)state;
    assert_refused(&o, "--rec-pairs: 4 is more than the 0 pictures there are");
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_the_last_batch_are_pairs_in_turn),
        cmocka_unit_test(few_pairs_are_there_once_a_step),
        cmocka_unit_test(the_distance_is_the_mean_square_of_a_pixel),
        cmocka_unit_test(the_gradient_is_that_of_both_losses),
        cmocka_unit_test(pairs_are_compared_as_they_are),
        cmocka_unit_test(training_brings_seeds_to_their_pictures),
        cmocka_unit_test(a_model_without_pairs_has_no_number_of_them),
        cmocka_unit_test(a_batch_without_room_for_fresh_noise_is_refused),
        cmocka_unit_test(more_pairs_than_pictures_are_refused),
    };
    return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
