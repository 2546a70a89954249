/* SPDX-License-Identifier: MIT */
/* What a model says of its D's logits, against passes and draws made here, a picture at a time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "close.h"
#include "folder.h"
#include "model.h"
#include "use_threads.h"

enum { Z = 5, PIXELS = 16, N_GENERATED = 10000 };

static const picture_shape shape = {4, 4, PIXELS};

/* With all that is not there any more once it is folded, and an average, which is what is saved. */
static train_options small_options(void)
{
    return (train_options){.model = "gan",
                           .generator = "8:bn:lrelu=0.2,16:tanh",
                           .discriminator = "9:lrelu=0.2:dropout=0.3,1",
                           .loss = "nonsaturating",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .z_dim = Z,
                           .batch = 16,
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

/* n pictures, their pixels drawn; the caller releases pixels. */
static image_set drawn_pictures(size_t n)
{
    image_set s = {.pixels = allocate(n * PIXELS, 4), .n = n, .shape = shape};
    rng r = rng_init(8, rng_stream(STREAM_PROBE, 0));
    rng_fill_bits(&r, (uint32_t *)(void *)s.pixels, n * PIXELS);
    return s;
}

static model trained_on(const image_set *data)
{
    model m;
    error e = {0};
    train_options o = small_options();
    train_plan plan = {.n_steps = 20};
    assert_done(model_init(&m, &o, data, &e), &e);
    assert_int_equal(train(&m, &plan, &(train_events){0}, &e), TRAIN_FINISHED);
    return m;
}

static logit_quantiles measured(const model *m)
{
    logit_quantiles *q, copy;
    error e = {0};
    assert_done(model_measure_logits(&q, m, NULL, NULL, &e), &e);
    copy = *q;
    free(q);
    return copy;
}

/* y = net(x) of n rows. */
static void pass_through(float *y, const network *net, const float *x, size_t n)
{
    tiles t = {0};
    tiles_init(&t, net);
    for (size_t i = 0; i < n; i++)
        tiles_forward(y + i * net->n_out, &t, x + i * net->n_in, 1);
    tiles_release(&t);
}

/* The networks as they are saved. */
typedef struct {
    model_file file;
    network g, critic;
} reopened;

static reopened reopen(const model *m, const logit_quantiles *q)
{
    reopened r = {0};
    error e = {0};
    char *path = join_path(folder, "model.safetensors");
    assert_done(model_save(m, path, q, "{}", 0, &e), &e);
    assert_done(model_file_load(&r.file, &(model_source){.path = path}, &e), &e);
    assert_done(model_generator(&r.g, &r.file, NO_CLASS, &e), &e);
    assert_done(model_critic(&r.critic, &r.file, NO_CLASS, &e), &e);
    free(path);
    return r;
}

static void reopened_release(reopened *r)
{
    network_release(&r->g);
    network_release(&r->critic);
    model_file_release(&r->file);
}

/* Of n logits; both ways of a pass may differ by rounding. */
static void assert_quantiles(const float got[N_QUANTILES], float *logits, size_t n)
{
    float want[N_QUANTILES];
    quantiles_find(want, N_QUANTILES, logits, n);
    assert_close(got, want, N_QUANTILES, 1e-4, 1e-5);
    assert_true(want[N_QUANTILES - 1] - want[0] > 0.01f); /* they tell something */
}

static void real_pictures_are_those_of_the_training(void **state)
{
    (void)state;
    enum { N = 700 };
    image_set data = drawn_pictures(N);
    model m = trained_on(&data);
    logit_quantiles q = measured(&m);
    reopened r = reopen(&m, NULL);
    float *x = allocate(N * PIXELS, sizeof *x), logits[N];
    floats_from_bytes(x, data.pixels, N * PIXELS, -1, 1);
    pass_through(logits, &r.critic, x, N);
    assert_true(q.n_real == N);
    assert_quantiles(q.real, logits, N);
    free(x);
    reopened_release(&r);
    model_release(&m);
    free(data.pixels);
}

static void generated_pictures_are_of_the_saved_generator(void **state)
{
    (void)state;
    image_set data = drawn_pictures(64);
    model m = trained_on(&data);
    logit_quantiles q = measured(&m);
    reopened r = reopen(&m, NULL);
    float *z = allocate(N_GENERATED * Z, sizeof *z), *x = allocate(N_GENERATED * PIXELS, sizeof *x);
    float *logits = allocate(N_GENERATED, sizeof *logits);
    rng latents = rng_init(3, rng_stream(STREAM_REFERENCE, 1));
    rng_fill_normal(&latents, z, N_GENERATED * Z);
    pass_through(x, &r.g, z, N_GENERATED);
    pass_through(logits, &r.critic, x, N_GENERATED);
    assert_true(q.n_generated == N_GENERATED);
    assert_quantiles(q.generated, logits, N_GENERATED);
    free(z);
    free(x);
    free(logits);
    reopened_release(&r);
    model_release(&m);
    free(data.pixels);
}

/* The last ones differ from all others: no first 10,000 would have any. */
static void of_more_pictures_a_drawn_choice_is_taken(void **state)
{
    (void)state;
    enum { N = 10000 + 500 };
    image_set data = drawn_pictures(N);
    memset(data.pixels, 0, 10000 * PIXELS);
    memset(data.pixels + 10000 * PIXELS, 255, 500 * PIXELS);
    model m = trained_on(&data);
    logit_quantiles q = measured(&m);
    assert_true(q.n_real == 10000);
    assert_true(q.real[0] != q.real[N_QUANTILES - 1]);
    assert_true(q.real[1] == q.real[90] || q.real[10] == q.real[99]); /* but of few */
    model_release(&m);
    free(data.pixels);
}

static void threads_do_not_count(void **state)
{
    (void)state;
    image_set data = drawn_pictures(1000);
    use_threads(1);
    model m = trained_on(&data);
    logit_quantiles one = measured(&m);
    for (size_t threads = 2; threads < 4; threads++) {
        use_threads(threads);
        logit_quantiles more = measured(&m);
        assert_memory_equal(&one, &more, sizeof one);
    }
    use_threads(1);
    model_release(&m);
    free(data.pixels);
}

static void they_are_saved_and_loaded(void **state)
{
    (void)state;
    image_set data = drawn_pictures(64);
    model m = trained_on(&data);
    logit_quantiles q = measured(&m);
    reopened r = reopen(&m, &q);
    assert_memory_equal(&q, r.file.quantiles, sizeof q);
    reopened_release(&r);
    r = reopen(&m, NULL);
    assert_null(r.file.quantiles);
    reopened_release(&r);
    model_release(&m);
    free(data.pixels);
}

static void note(void *context, double done)
{
    double *last = context;
    assert_true(done > *last);
    *last = done;
}

static void progress_rises_to_one(void **state)
{
    (void)state;
    image_set data = drawn_pictures(64);
    model m = trained_on(&data);
    logit_quantiles *q;
    double last = 0;
    error e = {0};
    assert_done(model_measure_logits(&q, &m, note, &last, &e), &e);
    assert_true(last == 1);
    free(q);
    model_release(&m);
    free(data.pixels);
}

static void a_logit_that_is_not_finite_is_told(void **state)
{
    (void)state;
    image_set data = drawn_pictures(64);
    model m = trained_on(&data);
    logit_quantiles *q;
    error e = {0};
    m.step = 7;
    m.parts[1].network.layers[1].bias[0] = INFINITY;
    assert_int_equal(model_measure_logits(&q, &m, NULL, NULL, &e), -1);
    assert_message(&e, STATUS_DIVERGED, "step 7: a logit of D is not finite");
    assert_null(q);
    model_release(&m);
    free(data.pixels);
}

static void without_a_d_there_are_none(void **state)
{
    (void)state;
    image_set data = drawn_pictures(64);
    train_options o = small_options();
    o.model = "ae", o.encoder = "8:lrelu=0.2,5", o.generator = "8:lrelu=0.2,16:tanh";
    o.reconstruction = "mse";
    model m;
    logit_quantiles *q;
    error e = {0};
    assert_done(model_init(&m, &o, &data, &e), &e);
    assert_done(model_measure_logits(&q, &m, NULL, NULL, &e), &e);
    assert_null(q);
    model_release(&m);
    free(data.pixels);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_pictures_are_those_of_the_training),
        cmocka_unit_test(generated_pictures_are_of_the_saved_generator),
        cmocka_unit_test(of_more_pictures_a_drawn_choice_is_taken),
        cmocka_unit_test(threads_do_not_count),
        cmocka_unit_test(they_are_saved_and_loaded),
        cmocka_unit_test(progress_rises_to_one),
        cmocka_unit_test(a_logit_that_is_not_finite_is_told),
        cmocka_unit_test(without_a_d_there_are_none),
    };
    return cmocka_run_group_tests_name("logit quantiles", tests, make_folder, remove_folder);
}
