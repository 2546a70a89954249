/* SPDX-License-Identifier: MIT */
/* The variational autoencoder and its losses: by hand, by central differences in double, and what
 * becomes of it in a file. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "autoencoders.h"
#include "use_threads.h"
#include <math.h>
#include <string.h>

enum { RECONSTRUCTION, KL, OBJECTIVE };

static train_options small_options(void)
{
    return (train_options){.model = "vae",
                           .encoder = "5:bn:tanh:dropout=0.3,4",
                           .generator = "4:lrelu=0.2:dropout=0.25,16:sigmoid",
                           .reconstruction = "bce",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .z_dim = Z,
                           .batch = B,
                           .seed = 7,
                           .range = {0, 1},
                           .beta = 1,
                           .lr = 1e-2,
                           .beta1 = 0.9,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9};
}

/* One layer each without a weight, so that biases are all there is; two pictures, of 0 and of 1. */
static model bare_model(train_options *o)
{
    o->encoder = "4", o->batch = 2, o->lr = 0;
    model m = model_of(o, &no_pictures);
    for (size_t i = 0; i < 2; i++)
        memset(m.parts[i].network.param, 0, m.parts[i].network.n_param * sizeof(float));
    for (size_t i = 0; i < N; i++) {
        model_real(&m, 0)[i] = 0;
        model_real(&m, 0)[N + i] = 1;
    }
    return m;
}

static float *bias_of(const model *m, const char *prefix)
{
    return model_find_part(m, prefix)->network.layers[0].bias;
}

static const float *bias_gradient(const model *m, const char *prefix)
{
    const model_part *p = model_find_part(m, prefix);
    return p->gradient + (p->network.layers[0].bias - p->network.param);
}

/* ---- By hand ---- */

/* Means 1 and -2, variances 1 and 4: (1 + 1 - 1 - 0) / 2 + (4 + 4 - 1 - log 4) / 2. Nothing comes
 * through G, whose weights are zero: by the means beta mean, by l beta (variance - 1) / 2. */
static void the_divergence_is_that_of_a_known_gaussian(void **state)
{
    train_options o = small_options();
    (void)state;
    o.generator = "16:sigmoid", o.beta = 3;
    model m = bare_model(&o);
    memcpy(bias_of(&m, "E"), (float[]){1, -2, 0, logf(4)}, 4 * sizeof(float));
    do_step(&m);
    assert_close(&m.numbers[KL], &(double){4 - log(2)}, 1, 1e-7, 0);
    assert_close(bias_gradient(&m, "E"), ((double[]){3, -6, 0, 4.5}), 4, 1e-6, 0);
    double objective = m.numbers[RECONSTRUCTION] + 3 * m.numbers[KL];
    assert_close(&m.numbers[OBJECTIVE], &objective, 1, 1e-14, 0);
    model_release(&m);
}

/* Nearly all of l's own part of the divergence is lost where exp(l) - 1 - l is taken literally. */
static void a_divergence_next_to_nothing_keeps_its_digits(void **state)
{
    train_options o = small_options();
    (void)state;
    o.generator = "16:sigmoid";
    model m = bare_model(&o);
    bias_of(&m, "E")[2] = 1e-4f;
    do_step(&m);
    assert_close(&m.numbers[KL], &(double){2.5e-9}, 1, 1e-4, 0); /* l^2 / 4 */
    assert_close(&bias_gradient(&m, "E")[2], &(double){5e-5}, 1, 1e-4, 0);
    model_release(&m);
}

/* z = mean + exp(l / 2) eps, and d z / d l = exp(l / 2) eps / 2. A G of weights 1 and no activation
 * makes pixels of z0: the error of 16 of them, and its gradient by z0. */
static void a_code_is_drawn_around_its_mean(void **state)
{
    const float eps[4] = {0.5f, 9, -1.5f, 9};
    train_options o = small_options();
    error e = {0};
    (void)state;
    o.generator = "16", o.reconstruction = "mse", o.beta = 0;
    model m = bare_model(&o);
    memcpy(bias_of(&m, "E"), (float[]){1, 0, logf(4), 0}, 4 * sizeof(float));
    for (size_t i = 0; i < N; i++)
        model_find_part(&m, "G")->network.layers[0].weight.data[2 * i] = 1;
    memcpy(model_z(&m, 0), eps, sizeof eps);
    assert_int_equal(model_step_on(&m, &e), 0);
    double error_0 = 2 - 0, error_1 = -2 - 1; /* 1 + 2 * 0.5 and 1 - 2 * 1.5 */
    assert_close(&m.numbers[RECONSTRUCTION],
                 &(double){16 * (error_0 * error_0 + error_1 * error_1) / 2}, 1, 1e-6, 0);
    assert_close(
        bias_gradient(&m, "E"),
        ((double[]){16 * (error_0 + error_1), 0, 16 * (error_0 * 1 + error_1 * -3) / 2, 0}), 4,
        1e-6, 1e-12);
    model_release(&m);
}

/* ---- Cross-entropy ---- */

static double cross_entropy(matrix dy, matrix y, matrix x)
{
    return reconstruction_loss_find("bce")->evaluate(dy, y, x);
}

/* Of logit 0 every pixel costs log 2; of log 3, which is three to one for white, log 4 where it is
 * black and log(4 / 3) where it is white. Averaged over two rows. */
static void cross_entropy_is_minus_the_logarithm_of_a_chance(void **state)
{
    float logit[] = {0, logf(3), 0, logf(3)}, x[] = {0, 0, 1, 1}, d[4];
    (void)state;
    double value =
        cross_entropy(matrix_view(d, 2, 2), matrix_view(logit, 2, 2), matrix_view(x, 2, 2));
    assert_close(&value, &(double){(2 * log(2) + log(4) + log(4.0 / 3)) / 2}, 1, 1e-7, 0);
    assert_close(d, ((double[]){0.25, 0.375, -0.25, -0.125}), 4, 1e-6, 0);
}

/* Where a sigmoid in float is 0 or 1, the cost still grows as the logit. */
static void cross_entropy_of_the_surest_error_is_finite(void **state)
{
    float logit[] = {500, -500, 500, -500}, x[] = {0, 1, 1, 0}, d[4];
    (void)state;
    double value =
        cross_entropy(matrix_view(d, 1, 4), matrix_view(logit, 1, 4), matrix_view(x, 1, 4));
    assert_true(value == 1000);
    assert_close(d, ((double[]){1, -1, 0, 0}), 4, 0, 1e-30);
}

/* ---- By central differences ---- */

static double pixel_cost(bool is_bce, double y, double x)
{
    return is_bce ? -x * log(y) - (1 - x) * log1p(-y) : (y - x) * (y - x);
}

static double objective(reference *r, bool is_bce)
{
    double z[B * Z], joined[B * (N + 3)], joined_z[B * (Z + 3)], total = 0;
    const double *moments =
        twin_forward(&r->encoder, join_classes(joined, r, r->x, N), B, r->encoder_pass);
    for (size_t i = 0; i < B * Z; i++) {
        double mean = moments[i / Z * 2 * Z + i % Z], l = moments[i / Z * 2 * Z + Z + i % Z];
        z[i] = mean + exp(l / 2) * r->eps[i];
        total += r->beta * (mean * mean + exp(l) - 1 - l) / 2;
    }
    const double *y =
        twin_forward(&r->decoder, join_classes(joined_z, r, z, Z), B, r->decoder_pass);
    for (size_t i = 0; i < B * N; i++)
        total += pixel_cost(is_bce, y[i], r->x[i]);
    return total / B;
}

static double objective_bce(reference *r) { return objective(r, true); }

static double objective_mse(reference *r) { return objective(r, false); }

/* Of the first step, where a warm-up begins with a beta of 0. */
static void check_gradients(const train_options *o, double (*loss)(reference *r))
{
    image_set data = random_pictures();
    reference r;
    model m = model_of(o, &data);
    reference_init(&r, &m);
    train_to(&m, 1);
    for (size_t i = 0; i < B * N; i++)
        r.x[i] = (double)model_real(&m, 0)[i];
    for (size_t i = 0; i < B * Z; i++)
        r.eps[i] = (double)model_z(&m, 0)[i];
    r.beta = o->beta_warmup ? 0 : o->beta;
    r.loss = loss;
    r.n_classes = m.n_classes;
    r.label = model_labels(&m, 0);
    assert_close(&m.numbers[OBJECTIVE], &(double){loss(&r)}, 1, 1e-5, 0);
    assert_gradients(&r, &m);
    reference_release(&r);
    model_release(&m);
    release_pictures(&data);
}

static void gradients_of_bce_are_those_of_central_differences(void **state)
{
    train_options o = small_options();
    (void)state;
    o.lr = 0, o.beta = 0.7;
    check_gradients(&o, objective_bce);
}

static void gradients_of_mse_are_those_of_central_differences(void **state)
{
    train_options o = small_options();
    (void)state;
    o.lr = 0, o.beta = 2, o.reconstruction = "mse";
    o.generator = "4:bn:lrelu=0.2,16:tanh", o.range[0] = -1;
    check_gradients(&o, objective_mse);
}

static void gradients_of_a_warm_up_are_those_of_central_differences(void **state)
{
    train_options o = small_options();
    (void)state;
    o.lr = 0, o.beta = 3, o.beta_warmup = 2;
    check_gradients(&o, objective_bce);
}

static void gradients_of_a_conditional_one_are_those_of_central_differences(void **state)
{
    train_options o = small_options();
    (void)state;
    o.lr = 0, o.conditional = true, o.n_classes = 3;
    check_gradients(&o, objective_bce);
}

/* ---- Training ---- */

static void training_lowers_the_objective(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    model m = model_of(&o, &data);
    train_to(&m, 1);
    double first = m.running[OBJECTIVE];
    train_to(&m, 400);
    assert_true(m.running[OBJECTIVE] < 0.98 * first);
    model_release(&m);
    release_pictures(&data);
}

static void beta_grows_in_a_line(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.beta = 2, o.beta_warmup = 4;
    model m = model_of(&o, &data);
    for (size_t step = 0; step < 6; step++) {
        do_step(&m);
        double beta = step < 4 ? (double)step / 2 : 2;
        double want = m.numbers[RECONSTRUCTION] + beta * m.numbers[KL];
        assert_close(&m.numbers[OBJECTIVE], &want, 1, 1e-14, 0);
    }
    model_release(&m);
    release_pictures(&data);
}

static void the_running_numbers_are_of_the_last_hundred_steps(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    double want[3] = {0};
    (void)state;
    model m = model_of(&o, &data);
    for (uint64_t step = 0; step < 200; step++) {
        train_to(&m, step + 1);
        for (size_t i = 0; i < 3; i++)
            want[i] += (m.numbers[i] - want[i]) / (step < 100 ? (double)(step + 1) : 100);
        assert_close(m.running, want, 3, 1e-12, 0);
    }
    model_release(&m);
    release_pictures(&data);
}

/* ---- In a file ---- */

static void forward(float *y, const network *net, const float *x, size_t n)
{
    tiles t = {0};
    tiles_init(&t, net);
    tiles_forward(y, &t, x, n);
    tiles_release(&t);
}

static void a_file_encodes_by_the_means(void **state)
{
    char path[] = "/tmp/ganlens-test-vae-XXXXXX";
    train_options o = small_options();
    image_set data = random_pictures();
    network folded = {0}, encoder = {0};
    model_file file = {0};
    float moments[B * 2 * Z], code[B * Z];
    error e = {0};
    (void)state;
    assert_true(mkstemp(path) >= 0);
    model m = model_of(&o, &data);
    train_to(&m, 5);
    if (model_fit(&m, &e) || model_save(&m, path, NULL, "{}", 0, &e) ||
        model_file_load(&file, &(model_source){.path = path}, &e) ||
        model_encoder(&encoder, &file, NO_CLASS, &e))
        fail_msg("%s", e.message);
    assert_string_equal(file.kind, "vae");
    assert_null(file.prior_mean);
    network_fold(&folded, &model_find_part(&m, "E")->network);
    forward(moments, &folded, model_real(&m, 0), B);
    forward(code, &encoder, model_real(&m, 0), B);
    for (size_t r = 0; r < B; r++)
        assert_memory_equal(code + r * Z, moments + r * 2 * Z, Z * sizeof(float));
    remove(path);
    network_release(&folded);
    network_release(&encoder);
    model_file_release(&file);
    model_release(&m);
    release_pictures(&data);
}

/* Moments of pictures of class 1, and logits of codes, or with another loss chances. */
static void a_file_gives_both_networks_as_the_loss_reads_them(void **state)
{
    static const char *const losses[] = {"{\"reconstruction\": \"bce\"}",
                                         "{\"reconstruction\": \"mse\"}"};
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.conditional = true, o.n_classes = 3;
    model m = model_of(&o, &data);
    train_to(&m, 5);
    for (size_t k = 0; k < 2; k++) {
        char path[] = "/tmp/ganlens-test-vae-XXXXXX";
        network net[2] = {0}, folded[2] = {0};
        model_file file = {0};
        bool reads_logits = false;
        float x[N + 3], got[N], want[N];
        error e = {0};
        assert_true(mkstemp(path) >= 0);
        if (model_save(&m, path, NULL, losses[k], 0, &e) ||
            model_file_load(&file, &(model_source){.path = path}, &e) ||
            model_autoencoder(&net[0], &net[1], &reads_logits, &file, 1, &e))
            fail_msg("%s", e.message);
        assert_int_equal(reads_logits, k == 0);
        for (size_t i = 0; i < 2; i++) {
            size_t n_in = i ? Z : N, n_out = i ? N : 2 * Z;
            network_fold(&folded[i], &model_find_part(&m, i ? "G" : "E")->network);
            assert_true(net[i].n_in == n_in && net[i].n_out == n_out);
            memcpy(x, model_real(&m, 0), n_in * sizeof *x);
            memcpy(x + n_in, (float[]){0, 1, 0}, 3 * sizeof *x);
            forward(got, &net[i], x, 1);
            forward(want, &folded[i], x, 1);
            for (size_t j = 0; i && reads_logits && j < n_out; j++)
                got[j] = 1 / (1 + expf(-got[j]));
            assert_close(got, want, n_out, 1e-5, 1e-6);
            network_release(&net[i]), network_release(&folded[i]);
        }
        remove(path);
        model_file_release(&file);
    }
    model_release(&m);
    release_pictures(&data);
}

/* ---- Refusals ---- */

static void what_does_not_go_together_is_refused(void **state)
{
    train_options o = small_options();
    (void)state;
    o.encoder = "5,2";
    assert_refused(&o, "--encoder: '5,2': its last width is 2, expected 4");
    o.encoder = "4:tanh";
    assert_refused(&o, "its output is the mean and log variance");
    o = small_options(), o.reconstruction = NULL;
    assert_refused(&o, "--reconstruction is not set; --model vae needs it");
    o = small_options(), o.range[0] = -1;
    assert_refused(&o, "--reconstruction bce is for pixels from 0 to 1: --range is -1,1");
    o = small_options(), o.range[1] = 2;
    assert_refused(&o, "--range is 0,2, expected 0,1");
    o = small_options(), o.generator = "16:relu";
    assert_refused(&o, "--generator: '16:relu': its last layer has none");
    o.generator = "16:sigmoid:dropout=0.1";
    assert_refused(&o, "dropout in its last layer would leave that range");
    o = small_options(), o.generator = "16:relu", o.reconstruction = "mse", o.range[1] = 2;
    model m = model_of(&o, &no_pictures);
    model_release(&m);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_divergence_is_that_of_a_known_gaussian),
        cmocka_unit_test(a_divergence_next_to_nothing_keeps_its_digits),
        cmocka_unit_test(a_code_is_drawn_around_its_mean),
        cmocka_unit_test(cross_entropy_is_minus_the_logarithm_of_a_chance),
        cmocka_unit_test(cross_entropy_of_the_surest_error_is_finite),
        cmocka_unit_test(gradients_of_bce_are_those_of_central_differences),
        cmocka_unit_test(gradients_of_mse_are_those_of_central_differences),
        cmocka_unit_test(gradients_of_a_warm_up_are_those_of_central_differences),
        cmocka_unit_test(gradients_of_a_conditional_one_are_those_of_central_differences),
        cmocka_unit_test(training_lowers_the_objective),
        cmocka_unit_test(beta_grows_in_a_line),
        cmocka_unit_test(the_running_numbers_are_of_the_last_hundred_steps),
        cmocka_unit_test(a_file_encodes_by_the_means),
        cmocka_unit_test(a_file_gives_both_networks_as_the_loss_reads_them),
        cmocka_unit_test(what_does_not_go_together_is_refused),
    };
    return cmocka_run_group_tests_name("variational autoencoder", tests, NULL, NULL);
}
