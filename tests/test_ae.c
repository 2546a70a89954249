/* SPDX-License-Identifier: MIT */
/* The autoencoder: its loss by hand, its gradients by central differences in double, the prior by
 * plain sums, and what becomes of both in a file. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "autoencoders.h"
#include "use_threads.h"
#include <string.h>

static train_options small_options(void)
{
    return (train_options){.model = "ae",
                           .encoder = "5:bn:tanh:dropout=0.3,2",
                           .generator = "4:lrelu=0.2:dropout=0.25,16:tanh",
                           .reconstruction = "mse",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .z_dim = Z,
                           .batch = B,
                           .seed = 7,
                           .range = {-1, 1},
                           .lr = 1e-2,
                           .beta1 = 0.9,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9};
}

/* ---- A step ---- */

/* Codes are 0.5, whatever the picture, and given back is 2 * 0.5 in every pixel: of pictures of
 * zeros and of ones the errors are 16 and 0, their mean 8. Its gradient by a pixel is 2 / 2 and 0.
 */
static void the_loss_is_the_squared_error_of_a_picture(void **state)
{
    train_options o = small_options();
    (void)state;
    o.encoder = "1", o.generator = "16", o.z_dim = 1, o.batch = 2, o.lr = 0;
    model m = model_of(&o, &no_pictures);
    const model_part *e = model_find_part(&m, "E"), *g = model_find_part(&m, "G");
    memset(e->network.param, 0, e->network.n_param * sizeof(float));
    memset(g->network.param, 0, g->network.n_param * sizeof(float));
    e->network.layers[0].bias[0] = 0.5f;
    for (size_t i = 0; i < N; i++) {
        g->network.layers[0].weight.data[i] = 2;
        model_real(&m, 0)[i] = 0;
        model_real(&m, 0)[N + i] = 1;
    }
    do_step(&m);
    assert_true(m.numbers[0] == 8);
    for (size_t i = 0; i < N; i++)
        assert_true(g->gradient[i] == 0.5f && g->gradient[N + i] == 1);
    assert_true(e->gradient[N] == 32); /* by the bias: 16 pixels times the weight 2 */
    model_release(&m);
}

static double squared_error(reference *r)
{
    double total = 0;
    const double *code = twin_forward(&r->encoder, r->x, B, r->encoder_pass);
    const double *y = twin_forward(&r->decoder, code, B, r->decoder_pass);
    for (size_t i = 0; i < B * N; i++)
        total += (y[i] - r->x[i]) * (y[i] - r->x[i]);
    return total / B;
}

static void gradients_are_those_of_central_differences(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.lr = 0;
    model m = model_of(&o, &data);
    reference r;
    reference_init(&r, &m);
    train_to(&m, 1);
    r.loss = squared_error;
    for (size_t i = 0; i < B * N; i++)
        r.x[i] = (double)model_real(&m, 0)[i];
    assert_close(&m.numbers[0], &(double){squared_error(&r)}, 1, 1e-5, 0);
    assert_gradients(&r, &m);
    reference_release(&r);
    model_release(&m);
    release_pictures(&data);
}

static void training_lowers_the_error(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    model m = model_of(&o, &data);
    train_to(&m, 1);
    double first = m.running[0];
    train_to(&m, 400);
    assert_true(m.running[0] < 0.95 * first);
    model_release(&m);
    release_pictures(&data);
}

/* As in training_numbers, which has no autoencoder. */
static void the_running_error_is_of_the_last_hundred_steps(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    double want = 0;
    (void)state;
    model m = model_of(&o, &data);
    for (uint64_t step = 0; step < 200; step++) {
        train_to(&m, step + 1);
        want += (m.numbers[0] - want) / (step < 100 ? (double)(step + 1) : 100);
        assert_close(&m.running[0], &want, 1, 1e-12, 0);
    }
    model_release(&m);
    release_pictures(&data);
}

/* ---- The prior ---- */

/* Codes of all pictures, by the networks as they are for use. */
static void encode(float *codes, const network *encoder, const image_set *data,
                   const double range[2])
{
    float x[N_PICTURES * N];
    uint32_t index[N_PICTURES];
    tiles t = {0};
    for (size_t i = 0; i < N_PICTURES; i++)
        index[i] = (uint32_t)i;
    image_set_fill(matrix_view(x, N_PICTURES, N), data, index, (float)range[0], (float)range[1]);
    tiles_init(&t, encoder);
    tiles_forward(codes, &t, x, N_PICTURES);
    tiles_release(&t);
}

static void find_moments(double mean[Z], double covariance[Z * Z], const float *codes)
{
    for (size_t k = 0; k < Z; k++) {
        mean[k] = 0;
        for (size_t i = 0; i < N_PICTURES; i++)
            mean[k] += (double)codes[i * Z + k] / N_PICTURES;
    }
    for (size_t j = 0; j < Z; j++)
        for (size_t k = 0; k < Z; k++) {
            covariance[j * Z + k] = 0;
            for (size_t i = 0; i < N_PICTURES; i++)
                covariance[j * Z + k] += ((double)codes[i * Z + j] - mean[j]) *
                                         ((double)codes[i * Z + k] - mean[k]) / (N_PICTURES - 1);
        }
}

static void the_prior_has_mean_and_covariance_of_all_codes(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    network encoder = {0};
    float codes[N_PICTURES * Z];
    double mean[Z], want[Z * Z], got[Z * Z];
    (void)state;
    o.range[0] = 0.5, o.range[1] = 3;
    model m = model_of(&o, &data);
    train_to(&m, 30);
    network_fold(&encoder, &model_find_part(&m, "E")->network);
    encode(codes, &encoder, &data, o.range);
    find_moments(mean, want, codes);
    assert_close(m.prior_mean, mean, Z, 1e-5, 1e-6);
    const float *l = m.prior_factor;
    assert_true(l[0] > 0 && l[1] == 0 && l[3] > 0);
    for (size_t j = 0; j < Z; j++)
        for (size_t k = 0; k < Z; k++)
            got[j * Z + k] =
                (double)l[j * Z] * (double)l[k * Z] + (double)l[j * Z + 1] * (double)l[k * Z + 1];
    for (size_t k = 0; k < Z; k++) /* a millionth of the mean variance */
        got[k * Z + k] -= 1e-6 * (want[0] + want[3]) / Z;
    assert_close_by_norm(got, want, Z * Z, 3e-7);
    network_release(&encoder);
    model_release(&m);
    release_pictures(&data);
}

static void codes_that_never_change_have_a_prior(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    error e = {0};
    (void)state;
    memset(data.pixels, 0, N_PICTURES * N);
    model m = model_of(&o, &data);
    assert_int_equal(model_fit(&m, &e), 0);
    for (size_t k = 0; k < Z; k++) /* as wide as a millionth */
        assert_close(&m.prior_factor[k * Z + k], &(float){1e-6f}, 1, 1e-3, 0);
    model_release(&m);
    release_pictures(&data);
}

/* White pictures are of a class, a tenth of all, black ones of another. */
static void classes_drawn_alike_count_alike_in_the_prior(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    network encoder = {0};
    float codes[N_PICTURES * Z], want[Z];
    error e = {0};
    (void)state;
    for (size_t i = 0; i < N_PICTURES; i++) {
        data.labels[i] = i % 10 == 0;
        memset(data.pixels + i * N, i % 10 == 0 ? 255 : 0, N);
    }
    o.balance = true;
    model m = model_of(&o, &data);
    assert_int_equal(model_fit(&m, &e), 0);
    network_fold(&encoder, &model_find_part(&m, "E")->network);
    encode(codes, &encoder, &data, o.range);
    for (size_t k = 0; k < Z; k++)
        want[k] = (codes[k] + codes[Z + k]) / 2; /* of a white one and a black one */
    assert_close(m.prior_mean, want, Z, 1e-5, 1e-6);
    network_release(&encoder);
    model_release(&m);
    release_pictures(&data);
}

/* What a file gives of it: encoder and generator around N(0, I). */
static void a_file_has_the_codes_whitened(void **state)
{
    char path[] = "/tmp/ganlens-test-ae-XXXXXX";
    train_options o = small_options();
    image_set data = random_pictures();
    network encoder = {0};
    model_file file = {0};
    float codes[N_PICTURES * Z];
    double mean[Z], covariance[Z * Z], none[Z] = {0}, one[Z * Z] = {1, 0, 0, 1};
    error e = {0};
    (void)state;
    assert_true(mkstemp(path) >= 0);
    model m = model_of(&o, &data);
    train_to(&m, 30);
    if (model_save(&m, path, NULL, "{}", 0, &e) ||
        model_file_load(&file, &(model_source){.path = path}, &e) ||
        model_encoder(&encoder, &file, NO_CLASS, &e))
        fail_msg("%s", e.message);
    assert_string_equal(file.kind, "ae");
    assert_false(model_has(&file, "D"));
    encode(codes, &encoder, &data, o.range);
    find_moments(mean, covariance, codes);
    assert_close(mean, none, Z, 0, 1e-5);
    assert_close(covariance, one, Z * Z, 1e-4, 1e-4);
    remove(path);
    network_release(&encoder);
    model_file_release(&file);
    model_release(&m);
    release_pictures(&data);
}

/* ---- Refusals ---- */

static void what_has_no_code_to_fit_is_refused(void **state)
{
    train_options o = small_options();
    (void)state;
    o.encoder = "5,2:tanh";
    assert_refused(&o, "--encoder: '5,2:tanh': its last layer has an activation");
    o.encoder = "5,3";
    assert_refused(&o, "--encoder: '5,3': its last width is 3, expected 2");
    o.encoder = "1025", o.z_dim = 1025;
    assert_refused(&o, "--z-dim: 1025 is more than the 1024");
}

static void one_picture_is_too_few_for_a_prior(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    error e = {0};
    (void)state;
    data.n = 1;
    model m = model_of(&o, &data);
    assert_int_equal(model_fit(&m, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    data.n = 2;
    assert_int_equal(model_fit(&m, &e), 0);
    model_release(&m);
    release_pictures(&data);
}

static void codes_that_are_not_finite_are_divergence(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    error e = {0};
    (void)state;
    model m = model_of(&o, &data);
    assert_int_equal(model_fit(&m, &e), 0);
    m.is_fitted = false;
    m.parts[0].network.layers[1].bias[0] = (float)INFINITY;
    assert_int_equal(model_fit(&m, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_null(m.prior_mean);
    assert_null(m.prior_factor);
    model_release(&m);
    release_pictures(&data);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loss_is_the_squared_error_of_a_picture),
        cmocka_unit_test(gradients_are_those_of_central_differences),
        cmocka_unit_test(training_lowers_the_error),
        cmocka_unit_test(the_running_error_is_of_the_last_hundred_steps),
        cmocka_unit_test(the_prior_has_mean_and_covariance_of_all_codes),
        cmocka_unit_test(codes_that_never_change_have_a_prior),
        cmocka_unit_test(classes_drawn_alike_count_alike_in_the_prior),
        cmocka_unit_test(a_file_has_the_codes_whitened),
        cmocka_unit_test(what_has_no_code_to_fit_is_refused),
        cmocka_unit_test(one_picture_is_too_few_for_a_prior),
        cmocka_unit_test(codes_that_are_not_finite_are_divergence),
    };
    return cmocka_run_group_tests_name("autoencoder", tests, NULL, NULL);
}
