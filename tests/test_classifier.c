/* SPDX-License-Identifier: MIT */
/* The classifier: its loss and temperature by hand and by differences, its gradient by central
 * differences in double, and what becomes of it in a file. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "autoencoders.h"
#include "folder.h"
#include "use_threads.h"

static train_options small_options(void)
{
    return (train_options){.model = "classifier",
                           .classifier = "5:tanh:dropout=0.3,3",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .n_classes = 3,
                           .batch = B,
                           .seed = 7,
                           .range = {-1, 1},
                           .lr = 1e-2,
                           .beta1 = 0.9,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9};
}

/* ---- The loss ---- */

/* Logits ln 1, ln 2, ln 5 are shares 1/8, 1/4, 5/8 of e^v, whatever is added to all of them. */
static void the_cross_entropy_of_two_pictures_is_solved_by_hand(void **state)
{
    float v[6] = {0, 0.6931471806f, 1.6094379124f, 16, 16.6931472f, 17.6094379f}, d[6];
    size_t n_right;
    (void)state;
    double got = softmax_cross_entropy(matrix_view(d, 2, 3), &n_right, matrix_view(v, 2, 3),
                                       (uint8_t[]){2, 1});
    const double want = (log(8.0 / 5) + log(4)) / 2;
    const double gradient[6] = {0.0625, 0.125, -0.1875, 0.0625, -0.375, 0.3125};
    assert_close(&got, &want, 1, 1e-5, 0);
    assert_close(d, gradient, 6, 1e-4, 0);
    assert_int_equal(n_right, 1);
}

static void the_cross_entropy_gives_its_own_derivative(void **state)
{
    enum { ROWS = 4, CLASSES = 5 };
    const float h = 0x1p-7f;
    const uint8_t labels[ROWS] = {0, 4, 2, 2};
    float v[ROWS * CLASSES], d[ROWS * CLASSES], unused[ROWS * CLASSES];
    matrix logit = matrix_view(v, ROWS, CLASSES), dy = matrix_view(unused, ROWS, CLASSES);
    size_t n_right;
    rng r = rng_init(3, rng_stream(STREAM_PROBE, 0));
    (void)state;
    rng_fill_normal(&r, v, ROWS * CLASSES);
    softmax_cross_entropy(matrix_view(d, ROWS, CLASSES), &n_right, logit, labels);
    for (size_t i = 0; i < ROWS * CLASSES; i++) {
        float at = v[i];
        v[i] = at + h;
        double up = softmax_cross_entropy(dy, &n_right, logit, labels);
        v[i] = at - h;
        double slope = (up - softmax_cross_entropy(dy, &n_right, logit, labels)) / (2 * (double)h);
        v[i] = at;
        assert_close(&d[i], &slope, 1, 0, 1e-6);
    }
}

static void large_logits_cost_what_they_differ_by(void **state)
{
    float v[3] = {-1e30f, 1e4f, 1e30f}, d[3];
    size_t n_right;
    (void)state;
    double got =
        softmax_cross_entropy(matrix_view(d, 1, 3), &n_right, matrix_view(v, 1, 3), (uint8_t[]){1});
    assert_close(&got, &(double){1e30}, 1, 1e-6, 0);
    assert_close(d, ((double[]){0, -1, 1}), 3, 0, 0);
    v[0] = NAN;
    assert_true(isnan(softmax_cross_entropy(matrix_view(d, 1, 3), &n_right, matrix_view(v, 1, 3),
                                            (uint8_t[]){1})));
}

/* Of equal logits the first counts. */
static void the_first_of_equal_logits_is_what_is_told(void **state)
{
    float v[9] = {1, 1, 0, 1, 1, 0, 0, 2, 2}, d[9];
    size_t n_right;
    (void)state;
    softmax_cross_entropy(matrix_view(d, 3, 3), &n_right, matrix_view(v, 3, 3),
                          (uint8_t[]){0, 1, 1});
    assert_int_equal(n_right, 2);
}

/* ---- The temperature ---- */

/* Three of four are right by logits that differ by 2: sigmoid(2 / T) is to be 3/4, so 2 / T is
 * ln 3. Where 5 of 8 are, it is ln(5 / 3). */
static void the_temperature_of_pairs_is_solved_by_hand(void **state)
{
    static const float v[16] = {2, 0, 3, 1, 0, 2, 5, 3, 2, 0, 3, 1, 0, 2, 5, 3};
    const uint8_t four[4] = {0, 0, 1, 1}, eight[8] = {0, 0, 1, 1, 0, 0, 0, 1};
    (void)state;
    double t = temperature_find(matrix_view_const(v, 4, 2), four);
    assert_close(&t, &(double){2 / log(3)}, 1, 1e-9, 0);
    t = temperature_find(matrix_view_const(v, 8, 2), eight);
    assert_close(&t, &(double){2 / log(5.0 / 3)}, 1, 1e-9, 0);
}

/* All right: they stay as sure as they are; all wrong: never sure enough of nothing. */
static void the_temperature_of_what_is_all_right_or_all_wrong(void **state)
{
    static const float v[4] = {2, 0, 3, 1};
    (void)state;
    double sure = temperature_find(matrix_view_const(v, 2, 2), (uint8_t[]){0, 0});
    double unsure = temperature_find(matrix_view_const(v, 2, 2), (uint8_t[]){1, 1});
    assert_close(&sure, &(double){1}, 1, 0, 0);
    assert_close(&unsure, &(double){64}, 1, 1e-9, 0);
}

/* ---- A step ---- */

static double mean_cross_entropy(const double *logit, const uint8_t *labels)
{
    double total = 0;
    for (size_t i = 0; i < B; i++) {
        double sum_of_exp = 0;
        for (size_t k = 0; k < 3; k++)
            sum_of_exp += exp(logit[i * 3 + k]);
        total += log(sum_of_exp) - logit[i * 3 + labels[i]];
    }
    return total / B;
}

static double loss_of(twin *c, const model *m, const double *x)
{
    return mean_cross_entropy(twin_forward(c, x, B, model_pass(m, 0, 0)), model_labels(m, 0));
}

static void gradients_are_those_of_central_differences_of_c(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    double x[B * N], h = 1e-5;
    twin c;
    (void)state;
    o.lr = 0;
    model m = model_of(&o, &data);
    twin_init(&c, &m.parts[0].network, B);
    train_to(&m, 1);
    m.step = 0; /* whose dropout it was */
    for (size_t i = 0; i < B * N; i++)
        x[i] = (double)model_real(&m, 0)[i];
    assert_close(&m.numbers[0], &(double){loss_of(&c, &m, x)}, 1, 1e-5, 0);
    double *want = allocate(m.parts[0].network.n_param, sizeof *want);
    for (size_t i = 0; i < m.parts[0].network.n_param; i++) {
        double value = c.param[i];
        c.param[i] = value + h;
        want[i] = loss_of(&c, &m, x);
        c.param[i] = value - h;
        want[i] = (want[i] - loss_of(&c, &m, x)) / (2 * h);
        c.param[i] = value;
    }
    assert_close_by_norm(m.parts[0].gradient, want, m.parts[0].network.n_param, 1e-5);
    free(want);
    twin_release(&c);
    model_release(&m);
    release_pictures(&data);
}

/* Learned by heart: pictures without a pattern, which are three labels in turn. */
static void training_learns_the_labels(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    o.classifier = "32:lrelu,3";
    data.n = 60;
    model m = model_of(&o, &data);
    train_to(&m, 1);
    double first = m.running[0];
    train_to(&m, 1500);
    assert_true(first > 0.7 && m.running[0] < 0.1);
    assert_true(m.running[1] > 0.98);
    model_release(&m);
    release_pictures(&data);
}

/* What it sees differs by the changes alone, which are another draw at each step. */
static void pictures_are_changed_as_the_seed_draws(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    model plain = model_of(&o, &data);
    o.augment.shift = 2;
    model shifted = model_of(&o, &data), again = model_of(&o, &data);
    train_to(&plain, 1);
    train_to(&shifted, 1);
    train_to(&again, 1);
    const float *seen = shifted.parts[0].tape.input.data;
    assert_memory_equal(model_real(&plain, 0), model_real(&shifted, 0), B * N * sizeof(float));
    assert_memory_not_equal(seen, model_real(&shifted, 0), B * N * sizeof(float));
    assert_memory_equal(seen, again.parts[0].tape.input.data, B * N * sizeof(float));
    model_release(&plain);
    model_release(&shifted);
    model_release(&again);
    release_pictures(&data);
}

static void what_does_not_make_a_classifier_is_refused(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures(), bare = data;
    model m;
    error e = {0};
    (void)state;
    bare.labels = NULL;
    assert_int_equal(model_init(&m, &o, &bare, &e), -1);
    assert_message(&e, STATUS_USAGE, "have no labels");
    o.classifier = "5,4";
    assert_refused(&o, "its last width is 4, expected 3");
    o.classifier = "5,3:tanh";
    assert_refused(&o, "has an activation, expected none");
    o.classifier = "5:bn,3";
    assert_refused(&o, "bn would make a picture's class depend on the others");
    release_pictures(&data);
}

/* ---- For use ---- */

/* Of all pictures, as m is for use; returns the cross entropy of the labels. */
static double evaluate(float *logit, size_t *n_right, const model *m, const image_set *s)
{
    network folded = {0};
    tiles t = {0};
    float *x = allocate(N_PICTURES * N, sizeof *x), *d = allocate(N_PICTURES * 3, sizeof *d);
    floats_from_bytes(x, s->pixels, N_PICTURES * N, -1, 1);
    network_fold(&folded, part_for_use(&m->parts[0]));
    tiles_init(&t, &folded);
    tiles_forward(logit, &t, x, N_PICTURES);
    double loss = softmax_cross_entropy(matrix_view(d, N_PICTURES, 3), n_right,
                                        matrix_view(logit, N_PICTURES, 3), s->labels);
    tiles_release(&t);
    network_release(&folded);
    free(x);
    free(d);
    return loss;
}

/* Half of the labels are other ones than C was taught, so that it is too sure of itself. */
static void calibrating_makes_held_labels_more_likely(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    float *logit = allocate(N_PICTURES * 3, sizeof *logit);
    float *cooled = allocate(N_PICTURES * 3, sizeof *cooled);
    size_t n_right, n_right_after;
    (void)state;
    o.classifier = "32:lrelu,3", o.ema_kimg = 0.1;
    model m = model_of(&o, &data);
    train_to(&m, 1000);
    for (size_t i = 0; i < N_PICTURES; i += 2)
        data.labels[i] = (uint8_t)((i / 2) % 3);
    double before = evaluate(logit, &n_right, &m, &data);
    double want = temperature_find(matrix_view(logit, N_PICTURES, 3), data.labels);
    double found = classifier_calibrate(&m, &data);
    double after = evaluate(cooled, &n_right_after, &m, &data);
    assert_close(&found, &want, 1, 1e-9, 0);
    assert_true(found > 1.05 && after < before);
    assert_int_equal(n_right, n_right_after);
    for (size_t i = 0; i < N_PICTURES * 3; i++)
        logit[i] = (float)((double)logit[i] / found);
    assert_close_by_norm(cooled, logit, N_PICTURES * 3, 1e-6);
    free(logit);
    free(cooled);
    model_release(&m);
    release_pictures(&data);
}

/* The mean of the variances of what the last hidden layer gives. */
static double variance_of_features(const network *net, const image_set *data)
{
    size_t n = net->layers[0].n_out;
    double total = 0;
    for (size_t c = 0; c < n; c++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < data->n; i++) {
            double v = net->layers[0].bias ? (double)net->layers[0].bias[c] : 0;
            for (size_t k = 0; k < net->n_in; k++)
                v += (double)net->layers[0].weight.data[c * net->n_in + k] *
                     ((double)data->pixels[i * net->n_in + k] / 127.5 - 1);
            v = v > 0 ? v : v * (double)net->layers[0].f.parameter;
            sum += v, squares += v * v;
        }
        total += (squares - sum * sum / (double)data->n) / (double)(data->n - 1) / (double)n;
    }
    return total;
}

static void scaling_makes_the_variance_of_features_one_and_keeps_the_logits(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    float *before = allocate(N_PICTURES * 3, sizeof *before);
    float *after = allocate(N_PICTURES * 3, sizeof *after);
    size_t n_right;
    (void)state;
    o.classifier = "32:lrelu=0.1,3", o.ema_kimg = 0.1;
    model m = model_of(&o, &data);
    train_to(&m, 200);
    evaluate(before, &n_right, &m, &data);
    classifier_scale_features(&m, &data);
    evaluate(after, &n_right, &m, &data);
    double variance = variance_of_features(part_for_use(&m.parts[0]), &data);
    assert_close(&variance, &(double){1}, 1, 1e-5, 0);
    assert_close_by_norm(after, before, N_PICTURES * 3, 1e-5);
    free(before);
    free(after);
    model_release(&m);
    release_pictures(&data);
}

static void features_that_do_not_scale_stay_as_they_are(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    (void)state;
    model m = model_of(&o, &data);
    train_to(&m, 20);
    const network *net = part_for_use(&m.parts[0]);
    float *param = allocate(net->n_param, sizeof *param);
    memcpy(param, net->param, net->n_param * sizeof *param);
    classifier_scale_features(&m, &data);
    assert_memory_equal(param, net->param, net->n_param * sizeof *param);
    free(param);
    model_release(&m);
    release_pictures(&data);
}

/* A file has it in halves, and gives it back as a classifier that takes pictures of its shape. */
static void a_file_has_the_classifier_in_halves(void **state)
{
    train_options o = small_options();
    image_set data = random_pictures();
    error e = {0};
    model_file f;
    network c = {0};
    char *path = join_path(folder, "judge.safetensors");
    (void)state;
    model m = model_of(&o, &data);
    train_to(&m, 20);
    assert_done(model_save(&m, path, NULL, "{\"model\":\"classifier\"}", 7, &e), &e);
    assert_done(model_file_load(&f, &(model_source){.path = path}, &e), &e);
    assert_string_equal(f.kind, "classifier");
    assert_true(f.z_dim == 0 && f.n_classes == 3 && f.shape.n == N && f.step == 20);
    assert_done(model_classifier(&c, &f, &e), &e);
    const network *net = &m.parts[0].network;
    assert_int_equal(c.n_param, net->n_param);
    assert_close(c.param, net->param, c.n_param, 0x1p-11, 0x1p-25);
    assert_memory_not_equal(c.param, net->param, c.n_param * sizeof *c.param);
    assert_int_equal(c.layers[0].dropout > 0, 0);
    network_release(&c);
    model_file_release(&f);
    model_release(&m);
    release_pictures(&data);
    free(path);
}

static void the_recipe_makes_a_classifier(void **state)
{
    train_options o;
    invocation texts = {0};
    error e = {0};
    image_set data = random_pictures();
    model m;
    (void)state;
    assert_done(judge_recipe_read(&o, &texts, &e), &e);
    assert_string_equal(o.model, "classifier");
    assert_null(recipe_find("judge"));
    assert_string_equal(model_class_find("classifier")->recipe, judge_recipe.name);
    for (size_t i = 0; model_classes[i]; i++)
        assert_string_not_equal(model_classes[i]->name, "classifier");
    assert_done(model_init(&m, &o, &data, &e), &e);
    assert_int_equal(m.parts[0].network.n_out, 10);
    model_release(&m);
    invocation_release(&texts);
    release_pictures(&data);
}

/* ---- What is held back ---- */

static void a_split_has_every_picture_once_and_is_the_seeds(void **state)
{
    image_set data = random_pictures(), kept[2], held[2], other_kept, other_held;
    size_t k = 0, h = 0;
    (void)state;
    for (size_t i = 0; i < 2; i++)
        image_set_split(&kept[i], &held[i], &data, 105, 3);
    image_set_split(&other_kept, &other_held, &data, 105, 4);
    assert_true(held[0].n == 105 && kept[0].n == N_PICTURES - 105);
    for (size_t i = 0; i < N_PICTURES; i++) {
        bool is_held = h < held[0].n && held[0].places[h] == i;
        const image_set *s = is_held ? &held[0] : &kept[0];
        size_t at = is_held ? h++ : k++;
        assert_int_equal(s->places[at], i);
        assert_memory_equal(s->pixels + at * N, data.pixels + i * N, N);
        assert_int_equal(s->labels[at], data.labels[i]);
    }
    assert_memory_equal(held[0].places, held[1].places, 105 * sizeof *held[0].places);
    assert_memory_not_equal(held[0].places, other_held.places, 105 * sizeof *held[0].places);
    for (size_t i = 0; i < 2; i++) {
        image_set_release(&kept[i]);
        image_set_release(&held[i]);
    }
    image_set_release(&other_kept);
    image_set_release(&other_held);
    release_pictures(&data);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cross_entropy_of_two_pictures_is_solved_by_hand),
        cmocka_unit_test(the_cross_entropy_gives_its_own_derivative),
        cmocka_unit_test(large_logits_cost_what_they_differ_by),
        cmocka_unit_test(the_first_of_equal_logits_is_what_is_told),
        cmocka_unit_test(the_temperature_of_pairs_is_solved_by_hand),
        cmocka_unit_test(the_temperature_of_what_is_all_right_or_all_wrong),
        cmocka_unit_test(gradients_are_those_of_central_differences_of_c),
        cmocka_unit_test(training_learns_the_labels),
        cmocka_unit_test(pictures_are_changed_as_the_seed_draws),
        cmocka_unit_test(what_does_not_make_a_classifier_is_refused),
        cmocka_unit_test(calibrating_makes_held_labels_more_likely),
        cmocka_unit_test(scaling_makes_the_variance_of_features_one_and_keeps_the_logits),
        cmocka_unit_test(features_that_do_not_scale_stay_as_they_are),
        cmocka_unit_test(a_file_has_the_classifier_in_halves),
        cmocka_unit_test(the_recipe_makes_a_classifier),
        cmocka_unit_test(a_split_has_every_picture_once_and_is_the_seeds),
    };
    return cmocka_run_group_tests_name("classifier", tests, make_folder, remove_folder);
}
