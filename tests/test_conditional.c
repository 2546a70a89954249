/* SPDX-License-Identifier: MIT */
/* A conditional model: what a step makes of the classes, and what is measured and stored of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "close.h"
#include "folder.h"
#include "model.h"
#include "use_threads.h"
#include <math.h>

enum { Z = 2, BATCH = 7, CLASSES = 3, PIXELS = 16, G = 0, D = 1, HIDDEN = 5 };
static const picture_shape shape = {4, 4, PIXELS};

/* Smooth networks, so that differences meet no kink. */
static train_options small_options(void)
{
    return (train_options){.model = "gan",
                           .conditional = true,
                           .n_classes = CLASSES,
                           .generator = "4:tanh,16:tanh",
                           .discriminator = "5:tanh,1",
                           .loss = "nonsaturating",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .z_dim = Z,
                           .batch = BATCH,
                           .seed = 3,
                           .range = {-1, 1},
                           .lr = 1e-2,
                           .lr_d = (double)NAN,
                           .beta1 = 0.5,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9,
                           .ema_kimg = 0.1};
}

/* n drawn pictures, whose classes are drawn, too; the caller releases both. */
static image_set drawn_pictures(size_t n)
{
    image_set s = {.pixels = allocate(n * PIXELS, 4), .n = n, .shape = shape};
    uint8_t *labels = allocate(n, 1);
    rng r = rng_init(8, rng_stream(STREAM_PROBE, 0));
    rng_fill_bits(&r, (uint32_t *)(void *)s.pixels, n * PIXELS);
    for (size_t i = 0; i < n; i++)
        labels[i] = (uint8_t)rng_below(&r, CLASSES);
    s.labels = labels;
    return s;
}

static void release_pictures(image_set *s)
{
    free((void *)(uintptr_t)s->pixels);
    free((void *)(uintptr_t)s->labels);
}

static model model_of(const train_options *o, const image_set *data)
{
    model m;
    error e = {0};
    assert_done(model_init(&m, o, data, &e), &e);
    return m;
}

static void train_to(model *m, uint64_t step)
{
    error e = {0};
    train_plan plan = {.n_steps = step};
    assert_int_equal(train(m, &plan, &(train_events){0}, &e), TRAIN_FINISHED);
}

/* ---- A step in double ---- */

/* Both networks before a step, and what it was made on: real pictures first, classes twice. */
typedef struct {
    twin g, d;
    double input[BATCH * (Z + CLASSES)], real[BATCH * PIXELS];
    uint8_t classes[2 * BATCH];
} step_in_double;

static void fill_step(step_in_double *s, const model *before, const model *after)
{
    twin_init(&s->g, &before->parts[G].network, BATCH);
    twin_init(&s->d, &before->parts[D].network, BATCH);
    s->d.classes = s->classes;
    memset(s->input, 0, sizeof s->input);
    for (size_t r = 0; r < BATCH; r++) {
        double *row = s->input + r * (Z + CLASSES);
        s->classes[r] = model_labels(after, 0)[r];
        for (size_t i = 0; i < Z; i++)
            row[i] = (double)model_z(after, 0)[r * Z + i];
        row[Z + s->classes[r]] = 1;
    }
    for (size_t i = 0; i < BATCH * PIXELS; i++)
        s->real[i] = (double)model_real(after, 0)[i];
}

static double mean_softplus(const double *logit, double sign)
{
    double all = 0;
    for (size_t r = 0; r < BATCH; r++)
        all += log1p(exp(sign * logit[r]));
    return all / BATCH;
}

static double loss_of_g(step_in_double *s)
{
    const double *x = twin_forward(&s->g, s->input, BATCH, (pass){0});
    return mean_softplus(twin_forward(&s->d, x, BATCH, (pass){0}), -1);
}

static double loss_of_d(step_in_double *s)
{
    const double *x = twin_forward(&s->g, s->input, BATCH, (pass){0});
    double fake = mean_softplus(twin_forward(&s->d, x, BATCH, (pass){0}), 1);
    return fake + mean_softplus(twin_forward(&s->d, s->real, BATCH, (pass){0}), -1);
}

static void assert_gradient(step_in_double *s, double loss(step_in_double *s), twin *t,
                            const model_part *p)
{
    size_t n = p->network.n_param;
    double *want = allocate(n, sizeof *want);
    for (size_t i = 0; i < n; i++) {
        double at = t->param[i], h = 1e-5;
        t->param[i] = at + h;
        double up = loss(s);
        t->param[i] = at - h;
        want[i] = (up - loss(s)) / (2 * h);
        t->param[i] = at;
    }
    assert_close_by_norm(p->gradient, want, n, 1e-5);
    free(want);
}

/* With the penalty off, which is tested with its network. The embedding is among D's parameters,
 * the columns of the classes are among G's. */
static void a_step_differentiates_what_the_classes_say(void **state)
{
    (void)state;
    image_set data = drawn_pictures(50);
    train_options o = small_options();
    model before = model_of(&o, &data), after = model_of(&o, &data);
    step_in_double s;
    train_to(&before, 3); /* from where weights, biases and embedding are anything */
    train_to(&after, 4);
    fill_step(&s, &before, &after);
    assert_int_equal(before.parts[G].network.n_in, Z + CLASSES);
    assert_int_equal(before.parts[D].network.n_in, PIXELS);
    assert_int_equal(before.parts[D].network.n_classes, CLASSES);
    assert_float_equal(after.numbers[0], loss_of_g(&s), 1e-5);
    assert_float_equal(after.numbers[1], loss_of_d(&s), 1e-5);
    assert_gradient(&s, loss_of_g, &s.g, &after.parts[G]);
    assert_gradient(&s, loss_of_d, &s.d, &after.parts[D]);
    twin_release(&s.g);
    twin_release(&s.d);
    model_release(&before);
    model_release(&after);
    release_pictures(&data);
}

/* Its pictures are those of the batch, mixed in pairs of one class. */
static void the_gradient_penalty_is_told_the_classes(void **state)
{
    (void)state;
    image_set data = drawn_pictures(50);
    train_options o = small_options();
    o.gp = 3, o.gp_every = 4;
    model before = model_of(&o, &data), after = model_of(&o, &data);
    step_in_double s;
    train_to(&before, 4); /* from where the embedding is anything */
    train_to(&after, 5);
    fill_step(&s, &before, &after);
    double x[BATCH * PIXELS], ones[BATCH], dx[BATCH * PIXELS], want = 0;
    float share[BATCH];
    rng r = rng_init(o.seed, rng_stream(STREAM_BETWEEN, 4));
    rng_fill_uniform(&r, share, BATCH);
    const float *fake = model_real(&after, 0) + BATCH * PIXELS;
    for (size_t i = 0; i < BATCH * PIXELS; i++) {
        double a = (double)share[i / PIXELS];
        x[i] = a * s.real[i] + (1 - a) * (double)fake[i];
        ones[i / PIXELS] = 1;
    }
    twin_forward(&s.d, x, BATCH, (pass){0});
    twin_backward(&s.d, ones, NULL, dx);
    for (size_t i = 0; i < BATCH; i++) {
        double length = sqrt(double_dot(dx + i * PIXELS, dx + i * PIXELS, PIXELS));
        want += o.gp * (length - 1) * (length - 1) / BATCH;
    }
    assert_close(&after.numbers[7], &want, 1, 1e-5, 0);
    twin_release(&s.g);
    twin_release(&s.d);
    model_release(&before);
    model_release(&after);
    release_pictures(&data);
}

/* The last batch of several is the one that G moves by. */
static void every_batch_has_its_own_classes(void **state)
{
    (void)state;
    image_set data = drawn_pictures(50);
    train_options o = small_options();
    o.d_steps = 2;
    o.lr_d = 0; /* D stays what it was before */
    model m = model_of(&o, &data);
    train_to(&m, 1);
    const float *fake = model_real(&m, 1) + BATCH * PIXELS;
    step_in_double s;
    model before = model_of(&o, &data);
    assert_memory_not_equal(model_labels(&m, 0), model_labels(&m, 1), BATCH);
    fill_step(&s, &before, &m);
    for (size_t r = 0; r < BATCH; r++) {
        double *row = s.input + r * (Z + CLASSES);
        for (size_t i = 0; i < Z; i++)
            row[i] = (double)model_z(&m, 1)[r * Z + i];
        for (size_t c = 0; c < CLASSES; c++)
            row[Z + c] = c == model_labels(&m, 1)[r];
    }
    for (size_t i = 0; i < BATCH * PIXELS; i++)
        s.real[i] = (double)model_real(&m, 1)[i];
    memcpy(s.classes, model_labels(&m, 1), BATCH);
    memcpy(s.classes + BATCH, model_labels(&m, 1), BATCH);
    assert_float_equal(m.numbers[1], loss_of_d(&s), 1e-5);
    assert_close(fake, twin_forward(&s.g, s.input, BATCH, (pass){0}), BATCH * PIXELS, 1e-5, 1e-5);
    twin_release(&s.g);
    twin_release(&s.d);
    model_release(&before);
    model_release(&m);
    release_pictures(&data);
}

/* ---- Files ---- */

static model_file reopened(const model *m)
{
    model_file f;
    error e = {0};
    char *path = join_path(folder, "model.safetensors");
    assert_done(model_save(m, path, NULL, "{}", 0, &e), &e);
    assert_done(model_file_load(&f, &(model_source){.path = path}, &e), &e);
    free(path);
    return f;
}

static void the_file_draws_what_the_model_does(void **state)
{
    (void)state;
    image_set data = drawn_pictures(50);
    train_options o = small_options();
    model m = model_of(&o, &data);
    error e = {0};
    train_to(&m, 5);
    model_file f = reopened(&m);
    assert_int_equal(f.n_classes, CLASSES);
    for (size_t class = 0; class < CLASSES; class ++) {
        network g[2], d[2];
        model_fold_generator(&g[0], &m, class);
        model_fold_critic(&d[0], &m, class);
        assert_done(model_generator(&g[1], &f, class, &e), &e);
        assert_done(model_critic(&d[1], &f, class, &e), &e);
        assert_memory_equal(g[0].param, g[1].param, g[0].n_param * sizeof(float));
        assert_memory_equal(d[0].param, d[1].param, d[0].n_param * sizeof(float));
        assert_int_equal(g[0].n_in, Z);
        for (size_t i = 0; i < 2; i++) {
            network_release(&g[i]);
            network_release(&d[i]);
        }
    }
    model_file_release(&f);
    model_release(&m);
    release_pictures(&data);
}

static void a_state_goes_on_bit_for_bit(void **state)
{
    (void)state;
    image_set data = drawn_pictures(50);
    train_options o = small_options();
    model whole = model_of(&o, &data), half = model_of(&o, &data), rest = model_of(&o, &data);
    safetensors s = {0};
    error e = {0};
    char *path = join_path(folder, "state.safetensors");
    train_to(&whole, 9);
    train_to(&half, 4);
    assert_done(model_save_state(&half, path, "{}", "{}", 0, &e), &e);
    assert_done(safetensors_load(&s, path, &e), &e);
    assert_non_null(safetensors_find(&s, "D.embedding.weight"));
    assert_done(model_get_state(&rest, &s, &e), &e);
    train_to(&rest, 9);
    for (size_t i = 0; i < 2; i++) {
        const model_part *p = &whole.parts[i], *q = &rest.parts[i];
        assert_memory_equal(p->network.param, q->network.param, p->network.n_param * sizeof(float));
        assert_memory_equal(p->optimizer.v, q->optimizer.v, p->network.n_param * sizeof(float));
    }
    safetensors_release(&s);
    model_release(&whole);
    model_release(&half);
    model_release(&rest);
    release_pictures(&data);
    free(path);
}

/* ---- What D says ---- */

/* The logit of D, told the class, of one picture. */
static float logit_of(const model_file *f, size_t class, const float *x)
{
    network d;
    tiles t = {0};
    error e = {0};
    float logit;
    assert_done(model_critic(&d, f, class, &e), &e);
    tiles_init(&t, &d);
    tiles_forward(&logit, &t, x, 1);
    tiles_release(&t);
    network_release(&d);
    return logit;
}

static void real_pictures_are_judged_as_what_they_are(void **state)
{
    (void)state;
    enum { N = 60 };
    image_set data = drawn_pictures(N);
    train_options o = small_options();
    model m = model_of(&o, &data);
    logit_quantiles *q;
    error e = {0};
    float logits[N], x[PIXELS], want[N_QUANTILES];
    train_to(&m, 40);
    model_file f = reopened(&m);
    for (size_t i = 0; i < N; i++) {
        floats_from_bytes(x, data.pixels + i * PIXELS, PIXELS, -1, 1);
        logits[i] = logit_of(&f, data.labels[i], x);
    }
    quantiles_find(want, N_QUANTILES, logits, N);
    assert_done(model_measure_logits(&q, &m, NULL, NULL, &e), &e);
    assert_close(q->real, want, N_QUANTILES, 1e-4, 1e-5);
    free(q);
    model_file_release(&f);
    model_release(&m);
    release_pictures(&data);
}

/* G's own class columns give the pictures of each class a value of their own, whatever z is, so
 * that the quantiles count classes. */
static void generated_pictures_have_the_classes_of_real_ones(void **state)
{
    (void)state;
    enum { N = 40 };
    image_set data = drawn_pictures(N);
    train_options o = small_options();
    o.generator = "16";
    o.discriminator = "1";
    o.ema_kimg = 0;
    model m = model_of(&o, &data);
    logit_quantiles *q;
    error e = {0};
    network *g = &m.parts[G].network, *d = &m.parts[D].network;
    memset(g->param, 0, g->n_param * sizeof(float));
    memset(d->param, 0, d->n_param * sizeof(float));
    for (size_t c = 0; c < CLASSES; c++)
        g->layers[0].weight.data[Z + c] = (float)c; /* of pixel 0 */
    d->layers[0].weight.data[0] = 1;
    size_t n_of[CLASSES] = {0};
    for (size_t i = 0; i < N; i++)
        n_of[data.labels[i]]++;
    assert_done(model_measure_logits(&q, &m, NULL, NULL, &e), &e);
    size_t n_below = 0;
    for (size_t c = 0; c < CLASSES; c++) {
        size_t middle = 100 * (2 * n_below + n_of[c]) / (2 * N);
        assert_true(q->generated[middle] == (float)c);
        n_below += n_of[c];
    }
    free(q);
    model_release(&m);
    release_pictures(&data);
}

/* ---- What does not go together ---- */

static void the_classes_that_are_drawn_are_those_of_the_data(void **state)
{
    (void)state;
    size_t classes[MAX_CLASSES];
    image_set data = drawn_pictures(50);
    train_options o = small_options();
    for (size_t i = 0; i < data.n; i++)
        ((uint8_t *)(uintptr_t)data.labels)[i] = i % 2 ? 2 : 0;
    o.classes = "0,2";
    model m = model_of(&o, &data);
    assert_int_equal(model_drawn_classes(classes, &m), 2);
    assert_true(classes[0] == 0 && classes[1] == 2);
    model_release(&m);
    o.conditional = false;
    m = model_of(&o, &data);
    assert_int_equal(model_drawn_classes(classes, &m), 1);
    assert_true(classes[0] == NO_CLASS);
    model_release(&m);
    release_pictures(&data);
}

static void a_class_without_pictures_is_refused(void **state)
{
    (void)state;
    image_set data = drawn_pictures(50);
    train_options o = small_options();
    model m;
    error e = {0};
    for (size_t i = 0; i < data.n; i++)
        ((uint8_t *)(uintptr_t)data.labels)[i] = i % 2 ? 2 : 0;
    assert_int_equal(model_init(&m, &o, &data, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_non_null(strstr(e.message, "--conditional: no training picture is of class 1, and there "
                                      "are to be 3"));
    o.conditional = false;
    m = model_of(&o, &data);
    model_release(&m);
    release_pictures(&data);
}

static void pictures_without_labels_are_refused(void **state)
{
    (void)state;
    image_set data = drawn_pictures(50), bare = data;
    train_options o = small_options();
    model m;
    error e = {0};
    bare.labels = NULL;
    assert_int_equal(model_init(&m, &o, &bare, &e), -1);
    assert_message(&e, STATUS_USAGE, "--conditional: the pictures of the data have no labels");
    release_pictures(&data);
}

static int start(void **state)
{
    use_threads(1);
    return make_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_differentiates_what_the_classes_say),
        cmocka_unit_test(the_gradient_penalty_is_told_the_classes),
        cmocka_unit_test(every_batch_has_its_own_classes),
        cmocka_unit_test(the_file_draws_what_the_model_does),
        cmocka_unit_test(a_state_goes_on_bit_for_bit),
        cmocka_unit_test(real_pictures_are_judged_as_what_they_are),
        cmocka_unit_test(generated_pictures_have_the_classes_of_real_ones),
        cmocka_unit_test(the_classes_that_are_drawn_are_those_of_the_data),
        cmocka_unit_test(a_class_without_pictures_is_refused),
        cmocka_unit_test(pictures_without_labels_are_refused),
    };
    return cmocka_run_group_tests(tests, start, remove_folder);
}
