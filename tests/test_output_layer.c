/* SPDX-License-Identifier: MIT */
/* --init-output data: the pictures that an untrained generator makes against the data's. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "digits.h"
#include "model.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static train_options options_with(const char *generator)
{
    return (train_options){.model = "gan",
                           .generator = generator,
                           .discriminator = "3:lrelu=0.2,1",
                           .loss = "nonsaturating",
                           .opt = "adam",
                           .init_weights = "he",
                           .init_output = "data",
                           .z_dim = 64,
                           .batch = 4,
                           .seed = 5,
                           .range = {-1, 1},
                           .lr = 1e-3,
                           .lr_d = 1e-3,
                           .eps = 1e-8,
                           .bn_momentum = 0.9};
}

static model model_on(const image_set *pictures, const train_options *o)
{
    model m;
    error e = {0};
    if (model_init(&m, o, pictures, &e))
        fail_msg("%s", e.message);
    return m;
}

/* ---- On the digits ---- */

enum { ROWS = 2000 };

/* What the values of a picture become before tanh, a 200th of its range from its ends. */
static double before_tanh(double x) { return atanh(fmin(fmax(x, -0.99), 0.99)); }

/* The mean (n) and the covariance of rows before tanh; the caller frees them. */
static double *moments_of(double *mean, const float *x, size_t rows, size_t n)
{
    float *v = allocate(rows * n, sizeof *v);
    double *covariance = allocate(n * n, sizeof *covariance);
    for (size_t i = 0; i < rows * n; i++)
        v[i] = (float)before_tanh((double)x[i]);
    double_matrix_covariance(double_matrix_view(covariance, n, n), mean, matrix_view(v, rows, n));
    free(v);
    return covariance;
}

static float *real_pictures(size_t rows)
{
    uint32_t index[ROWS];
    float *x = allocate(rows * digits.shape.n, sizeof *x);
    for (size_t i = 0; i < rows; i++)
        index[i] = (uint32_t)(2 * i);
    image_set_fill(matrix_view(x, rows, digits.shape.n), &digits.train, index, -1, 1);
    return x;
}

/* Of noise that its initial layers were not measured with. */
static float *first_pictures(const train_options *o, size_t rows)
{
    model m = model_on(&digits.train, o);
    const network *g = &m.parts[0].network;
    float *x = allocate(rows * g->n_out, sizeof *x), *z = allocate(rows * g->n_in, sizeof *z);
    tape t = {0};
    rng r = rng_init(77, 0);
    rng_fill_normal(&r, z, rows * g->n_in);
    tape_init(&t, g, rows);
    tape_place_output(&t, x);
    network_forward(g, &t, matrix_view(z, rows, g->n_in), (pass){.is_training = true});
    tape_release(&t);
    free(z);
    model_release(&m);
    return x;
}

static double trace_of(const double *covariance, size_t n)
{
    double trace = 0;
    for (size_t i = 0; i < n; i++)
        trace += covariance[i * n + i];
    return trace;
}

/* The cosine between two matrices as vectors. */
static double likeness(const double *a, const double *b, size_t n)
{
    return double_dot(a, b, n) / sqrt(double_dot(a, a, n) * double_dot(b, b, n));
}

static void check_first_pictures(const char *generator)
{
    size_t n = digits.shape.n;
    train_options o = options_with(generator);
    double *mean = allocate(n, sizeof *mean), *want_mean = allocate(n, sizeof *want_mean);
    float *x = first_pictures(&o, ROWS), *real = real_pictures(ROWS);
    double *got = moments_of(mean, x, ROWS, n), *want = moments_of(want_mean, real, ROWS, n);
    double away = 0;
    for (size_t i = 0; i < n; i++)
        away += (mean[i] - want_mean[i]) * (mean[i] - want_mean[i]);
    double ratio = trace_of(got, n) / trace_of(want, n);
    assert_true(away < 0.05 * trace_of(want, n));
    assert_true(ratio > 0.58 && ratio < 1.2); /* what is beyond tanh's range is lost */
    assert_true(likeness(got, want, n * n) > 0.7);
    free(mean), free(want_mean), free(x), free(real), free(got), free(want);
}

static void first_pictures_have_the_moments_of_the_data(void **state)
{
    (void)state;
    check_first_pictures("128:bn:lrelu=0.2,256:bn:lrelu=0.2,784:tanh");
    check_first_pictures("256:lrelu=0.2,784:tanh");
    check_first_pictures("784:tanh");
    check_first_pictures("64:sigmoid,784:tanh"); /* variances of a few hundredths */
}

/* The first half are black, the second white: on the mean grey, however many are looked at. */
static void pictures_of_all_the_data_are_looked_at(void **state)
{
    (void)state;
    enum { N = 16, HALF = 4096 };
    uint8_t *pixels = allocate(2 * HALF, N);
    const image_set sorted = {.pixels = pixels, .n = 2 * HALF, .shape = {4, 4, N}};
    train_options o = options_with("16");
    memset(pixels + HALF * N, 255, HALF * N);
    model m = model_on(&sorted, &o);
    const float *bias = m.parts[0].network.layers[0].bias;
    for (size_t i = 0; i < N; i++)
        assert_true(fabsf(bias[i]) < 0.5f);
    model_release(&m);
    free(pixels);
}

/* Without the option, or with its other word, nothing is as the data. */
static void weights_alone_know_nothing_of_the_data(void **state)
{
    (void)state;
    train_options o = options_with("4:bn:lrelu=0.2,784:tanh");
    o.init_output = "weights";
    model m = model_on(&digits.train, &o);
    o.init_output = NULL;
    model without = model_on(&digits.train, &o);
    o.init_output = "data";
    model with = model_on(&digits.train, &o);
    const network *g = &m.parts[0].network, *same = &without.parts[0].network;
    const network *other = &with.parts[0].network, *d = &with.parts[1].network;
    assert_memory_equal(g->param, same->param, g->n_param * sizeof *g->param);
    assert_memory_not_equal(g->layers[1].weight.data, other->layers[1].weight.data, 16);
    assert_memory_equal(g->layers[0].weight.data, other->layers[0].weight.data, 16);
    assert_memory_equal(m.parts[1].network.param, d->param, d->n_param * sizeof *d->param);
    model_release(&m);
    model_release(&without);
    model_release(&with);
}

/* ---- Solved by hand ---- */

/* Two pictures of two pixels: black and white, then both white. White is 0.99 before tanh is
 * undone. The first pixel is -w and w there, of mean 0 and variance 2 w^2, the second always w. */
static void two_pictures_are_solved_by_hand(void **state)
{
    (void)state;
    enum { Z = 4 };
    uint8_t pixels[4] = {0, 255, 255, 255};
    image_set two = {.pixels = pixels, .n = 2, .shape = {1, 2, 2}};
    train_options o = options_with("2:tanh");
    o.z_dim = Z;
    o.batch = 1;
    model m = model_on(&two, &o);
    const layer *l = &m.parts[0].network.layers[0];
    double w = atanh(0.99), square = 0, got = (double)l->bias[1];
    assert_close(&got, &w, 1, 1e-6, 0);
    for (size_t k = 0; k < Z; k++) {
        assert_true(fabsf(l->weight.data[Z + k]) < 1e-6f);
        square += (double)l->weight.data[k] * (double)l->weight.data[k];
    }
    assert_true(square > 0.2 * w * w && square < 8 * w * w); /* 2 w^2 times a mean of 4 squares */
    assert_true(fabs((double)l->bias[0]) < 0.25 * sqrt(square)); /* what noise's mean takes */
    model_release(&m);
}

/* Of a sigmoid and without activation, where both pictures are the same. */
static void the_bias_is_the_mean_before_the_activation(void **state)
{
    (void)state;
    uint8_t pixels[4] = {51, 255, 51, 255};
    image_set same = {.pixels = pixels, .n = 2, .shape = {1, 2, 2}};
    train_options o = options_with("2:sigmoid");
    o.z_dim = 2, o.batch = 1;
    o.range[0] = 0;
    double want[2][2] = {{log(0.2 / 0.8), log(0.995 / 0.005)}, {0.2, 1}};
    for (size_t i = 0; i < 2; i++) {
        o.generator = i == 0 ? "2:sigmoid" : "2";
        model m = model_on(&same, &o);
        assert_close(m.parts[0].network.layers[0].bias, want[i], 2, 1e-6, 0);
        model_release(&m);
    }
}

/* ---- Refusals ---- */

static void assert_refused(const image_set *pictures, const train_options *o, const char *part)
{
    model m;
    error e = {0};
    assert_int_equal(model_init(&m, o, pictures, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    if (!strstr(e.message, part) || !strstr(e.message, "--init-output data: "))
        fail_msg("'%s' does not say '%s'", e.message, part);
}

static void what_has_no_mean_to_begin_at_is_refused(void **state)
{
    (void)state;
    train_options o = options_with("784:relu");
    assert_refused(&digits.train, &o, "has relu, expected tanh");
    o.generator = "784:bn:tanh";
    assert_refused(&digits.train, &o, "has bn, expected tanh");
    o.generator = "784:sn:tanh";
    assert_refused(&digits.train, &o, "has sn, expected tanh");
    image_set one = digits.train;
    one.n = 1;
    o.generator = "784:tanh";
    o.batch = 1;
    assert_refused(&one, &o, "one picture");
    image_set large = {.pixels = digits.train.pixels, .n = 2, .shape = {1, 2049, 2049}};
    o.generator = "2049:tanh";
    assert_refused(&large, &o, "2049 pixels");
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_pictures_have_the_moments_of_the_data),
        cmocka_unit_test(pictures_of_all_the_data_are_looked_at),
        cmocka_unit_test(weights_alone_know_nothing_of_the_data),
        cmocka_unit_test(two_pictures_are_solved_by_hand),
        cmocka_unit_test(the_bias_is_the_mean_before_the_activation),
        cmocka_unit_test(what_has_no_mean_to_begin_at_is_refused),
    };
    return cmocka_run_group_tests_name("output_layer", tests, load_digits, release_digits);
}
