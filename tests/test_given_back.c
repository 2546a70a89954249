/* SPDX-License-Identifier: MIT */
/* Pictures above what a model gives them back as. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "autoencoders.h"
#include "../src/training/training_detail.h"
#include "folder.h"
#include "use_threads.h"

/* A run of one step; more pictures to show than there is room for, and others to train on. */
static void run_init(training *t, const train_options *o)
{
    *t = (training){.set = {.train = *o}, .run = {.path = copy_text(folder), .lock = -1}};
    t->data.train = random_pictures();
    t->data.test = random_pictures();
    for (size_t i = 0; i < N_PICTURES * N; i++)
        t->data.test.pixels[i] ^= 0x55;
    t->data.shape = t->data.test.shape;
    t->model = model_of(&t->set.train, &t->data.train);
    train_to(&t->model, 1);
}

/* Without settings of a program, which training_release would ask for. */
static void run_release(training *t)
{
    given_back_release(&t->given_back);
    model_release(&t->model);
    dataset_release(&t->data);
    run_folder_release(&t->run);
}

static train_options ae_options(void)
{
    return (train_options){.model = "ae",
                           .encoder = "5:bn:tanh,2",
                           .generator = "4:bn:lrelu=0.2,16:sigmoid",
                           .reconstruction = "mse",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .z_dim = Z,
                           .batch = B,
                           .range = {0, 1},
                           .lr = 1e-2};
}

static void show(training *t)
{
    error e = {0};
    char *samples = join_path(folder, "samples");
    assert_done(folder_create(samples, &e), &e);
    assert_done(given_back_save(t, 12, &e), &e);
    free(samples);
}

/* Whether "samples/reconstruction-000012.png" is there; it and its folder go. */
static bool take_away(void)
{
    char *samples = join_path(folder, "samples");
    char *path = join_path(samples, "reconstruction-000012.png");
    bool is_there = unlink(path) == 0;
    assert_int_equal(rmdir(samples), 0);
    free(path);
    free(samples);
    return is_there;
}

/* n rows through that part, the class of each (NULL: none) as three more inputs. */
static void evaluate(float *y, const model *m, const char *prefix, const float *x, size_t n,
                     const uint8_t *label)
{
    network folded = {0};
    tiles t = {0};
    network_fold(&folded, &model_find_part(m, prefix)->network);
    tiles_init(&t, &folded);
    size_t n_in = folded.n_in, width = n_in - (label ? 3 : 0);
    float *rows = allocate(n * n_in, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        memcpy(rows + i * n_in, x + i * width, width * sizeof *rows);
        if (label)
            rows[i * n_in + width + label[i]] = 1;
    }
    tiles_forward(y, &t, rows, n);
    free(rows);
    tiles_release(&t);
    network_release(&folded);
}

/* What E makes of a picture is of the code its first Z numbers. */
static void check_pairs(const train_options *o, size_t n_moments)
{
    enum { SHOWN = 50 };
    training t;
    float x[SHOWN * N], moments[SHOWN * 2 * Z], code[SHOWN * Z], y[SHOWN * N];
    run_init(&t, o);
    const uint8_t *label = o->conditional ? t.data.test.labels : NULL;
    given_back_init(&t);
    assert_int_equal(t.given_back.n, SHOWN);
    show(&t);
    assert_true(take_away());
    floats_from_bytes(x, t.data.test.pixels, SHOWN * N, 0, 1);
    evaluate(moments, &t.model, "E", x, SHOWN, label);
    for (size_t i = 0; i < SHOWN; i++)
        memcpy(code + i * Z, moments + i * n_moments, Z * sizeof *code);
    evaluate(y, &t.model, "G", code, SHOWN, label);
    for (size_t i = 0; i < SHOWN; i++) {
        const uint8_t *pair = t.given_back.pairs + 2 * i * N;
        assert_memory_equal(pair, t.data.test.pixels + i * N, N);
        for (size_t k = 0; k < N; k++) /* by whitened codes, which round otherwise */
            assert_true(fabs((double)pair[N + k] - 255 * (double)y[i * N + k]) < 0.51);
    }
    run_release(&t);
}

static void pictures_stand_above_what_they_are_given_back_as(void **state)
{
    train_options o = ae_options();
    (void)state;
    check_pairs(&o, Z);
}

static void pictures_are_given_back_by_their_class(void **state)
{
    train_options o = ae_options();
    (void)state;
    o.model = "vae", o.encoder = "5:bn:tanh,4", o.beta = 1, o.reconstruction = "bce";
    o.conditional = true, o.n_classes = 3;
    check_pairs(&o, 2 * Z);
}

static void few_pictures_are_all_shown(void **state)
{
    train_options o = ae_options();
    training t;
    (void)state;
    run_init(&t, &o);
    t.data.test.n = 3;
    given_back_init(&t);
    assert_int_equal(t.given_back.n, 3);
    show(&t);
    assert_true(take_away());
    run_release(&t);
}

/* A GAN has no encoder, and there may be no picture that is not trained on. */
static void without_encoder_or_pictures_there_is_no_file(void **state)
{
    train_options o = ae_options();
    training t;
    (void)state;
    run_init(&t, &o);
    t.data.test.n = 0;
    given_back_init(&t);
    show(&t);
    assert_false(take_away());
    run_release(&t);
    o.model = "gan", o.discriminator = "3,1", o.loss = "nonsaturating", o.encoder = NULL;
    run_init(&t, &o);
    given_back_init(&t);
    show(&t);
    assert_false(take_away());
    run_release(&t);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_stand_above_what_they_are_given_back_as),
        cmocka_unit_test(pictures_are_given_back_by_their_class),
        cmocka_unit_test(few_pictures_are_all_shown),
        cmocka_unit_test(without_encoder_or_pictures_there_is_no_file),
    };
    return cmocka_run_group_tests_name("given back", tests, make_folder, remove_folder);
}
