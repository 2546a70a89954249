/* SPDX-License-Identifier: MIT */
/* What training says of itself: the running means, the lines of the logs; and the values of the
 * recipes, as the documentation promises them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "digits.h"
#include "run.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Running means ---- */

enum { R1_EVERY = 3, R1 = 4, N_NUMBERS = 5 };

/* The means as they are defined, beside those of train. */
typedef struct {
    model m;
    double want[N_NUMBERS];
    size_t n_compared;
} means;

/* The mean of all so far, until the newest weighs `least`; from then on it keeps that weight. */
static void follow(double *mean, double value, double n_before, double least)
{
    double weight = 1 / (n_before + 1) > least ? 1 / (n_before + 1) : least;
    *mean = (1 - weight) * *mean + weight * value;
}

static void compare_means(void *context, uint64_t step, double done, double seconds)
{
    means *a = context;
    double before = (double)step - 1;
    (void)done, (void)seconds;
    for (size_t i = 0; i < R1; i++)
        follow(&a->want[i], a->m.numbers[i], before, 0.01);
    assert_int_equal(isnan(a->m.numbers[R1]), (step - 1) % R1_EVERY != 0);
    if ((step - 1) % R1_EVERY == 0)
        follow(&a->want[R1], a->m.numbers[R1], before / R1_EVERY, 0.1);
    assert_close(a->m.running, a->want, N_NUMBERS, 1e-12, 0);
    a->n_compared++;
}

static train_options small_options(void)
{
    return (train_options){.model = "gan",
                           .generator = "4:bn:lrelu=0.2,784:tanh",
                           .discriminator = "3:lrelu=0.2,1",
                           .loss = "nonsaturating",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .z_dim = 2,
                           .batch = 4,
                           .seed = 5,
                           .range = {-1, 1},
                           .lr = 1e-3,
                           .lr_d = 1e-3,
                           .beta1 = 0.5,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9,
                           .r1 = 0.1,
                           .r1_every = R1_EVERY};
}

/* Beyond a hundred steps and ten penalties, where the weights stop falling. */
static void running_means_are_of_the_last_hundred_steps_or_ten_penalties(void **state)
{
    train_options o = small_options();
    means a = {.n_compared = 0};
    train_events events = {.context = &a, .tick = compare_means};
    error e = {0};
    (void)state;
    assert_int_equal(model_init(&a.m, &o, &digits.train, &e), 0);
    assert_int_equal(train(&a.m, &(train_plan){.n_steps = 300}, &events, &e), 0);
    assert_int_equal(a.n_compared, 300);
    model_release(&a.m);
}

/* ---- Optimizers ---- */

static void each_network_is_moved_by_its_own_optimizer(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        train_options o = small_options();
        *(i == 0 ? &o.lr : &o.lr_d) = 0;
        model m, before;
        error e = {0};
        assert_int_equal(model_init(&m, &o, &digits.train, &e), 0);
        assert_int_equal(model_init(&before, &o, &digits.train, &e), 0);
        assert_int_equal(train(&m, &(train_plan){.n_steps = 2}, &(train_events){0}, &e), 0);
        for (size_t k = 0; k < 2; k++) {
            const network *now = &m.parts[k].network, *then = &before.parts[k].network;
            bool has_moved = memcmp(now->param, then->param, now->n_param * sizeof(float)) != 0;
            assert_true(has_moved == (k != i));
        }
        model_release(&m);
        model_release(&before);
    }
}

/* ---- Lines of the logs ---- */

/* A run folder in a new folder of its own, started. */
typedef struct {
    char path[32];
    run_folder r;
} started_run;

static void start_run(started_run *s)
{
    error e = {0};
    *s = (started_run){.path = "/tmp/ganlens-XXXXXX"};
    if (!mkdtemp(s->path) || run_folder_open(&s->r, s->path, &e) ||
        run_folder_start(&s->r, true, 0, 0, &e))
        fail_msg("%s", e.message);
}

static void end_run(started_run *s)
{
    text command = {0};
    run_folder_release(&s->r);
    text_add(&command, "rm -rf %s", s->path);
    assert_int_equal(system(command.data), 0);
    text_release(&command);
}

static void assert_holds(const started_run *s, const char *name, const char *want)
{
    char *path = run_folder_path(&s->r, name);
    bytes content = {0};
    error e = {0};
    assert_int_equal(file_load(&content, path, 1 << 16, &e), 0);
    assert_string_equal((const char *)content.data, want);
    bytes_release(&content);
    free(path);
}

static void a_log_line_gives_each_mean_its_name_and_the_pictures_shown(void **state)
{
    model m = {.kind = model_class_find("gan"),
               .options = {.batch = 32, .r1 = 0.1, .r1_every = 8},
               .step = 250,
               .n_numbers = N_NUMBERS,
               .n_batches = 2,
               .running = {1.5, 2.5, 3.5, -4.5, 5.5}};
    started_run s;
    error e = {0};
    (void)state;
    start_run(&s);
    assert_int_equal(run_folder_log(&s.r, &m, NULL, &e), 0);
    m.options.r1 = 0;
    m.step = 500;
    assert_int_equal(run_folder_log(&s.r, &m, NULL, &e), 0);
    assert_holds(&s, "log.jsonl",
                 "{\"step\": 250, \"Progress/kimg\": 16.0, \"Loss/G/loss\": 1.5, \"Loss/D/loss\": "
                 "2.5, \"Loss/scores/real\": 3.5, \"Loss/scores/fake\": -4.5, \"Loss/r1_penalty\": "
                 "5.5}\n"
                 "{\"step\": 500, \"Progress/kimg\": 32.0, \"Loss/G/loss\": 1.5, \"Loss/D/loss\": "
                 "2.5, \"Loss/scores/real\": 3.5, \"Loss/scores/fake\": -4.5}\n");
    assert_holds(&s, "log.csv",
                 "step,Progress/kimg,Loss/G/loss,Loss/D/loss,Loss/scores/real,Loss/scores/fake,"
                 "Loss/r1_penalty\n"
                 "250,16,1.5,2.5,3.5,-4.5,5.5\n"
                 "500,32,1.5,2.5,3.5,-4.5,\n"); /* each in its own column, or none */
    end_run(&s);
}

static void a_timing_line_gives_the_speed_since_the_one_before(void **state)
{
    model m = {.options = {.batch = 64}, .n_batches = 1, .step = 250};
    started_run s;
    error e = {0};
    (void)state;
    start_run(&s);
    assert_int_equal(run_folder_time(&s.r, &m, 2, &e), 0); /* 16,000 pictures in 2 s */
    m.step = 1250;
    assert_int_equal(run_folder_time(&s.r, &m, 6, &e), 0); /* 64,000 in 4 s */
    assert_int_equal(run_folder_time(&s.r, &m, 6, &e), 0); /* the same step: no second line */
    assert_holds(&s, "timing.jsonl",
                 "{\"step\": 250, \"Timing/total_sec\": 2.0, \"Timing/steps_per_sec\": 125.0, "
                 "\"Timing/sec_per_kimg\": 0.125}\n"
                 "{\"step\": 1250, \"Timing/total_sec\": 6.0, \"Timing/steps_per_sec\": 250.0, "
                 "\"Timing/sec_per_kimg\": 0.0625}\n");
    end_run(&s);
}

/* ---- Recipes ---- */

static void assert_recipe(const char *name, const train_options *b)
{
    train_options read, *a = &read;
    invocation texts = {0};
    error e = {0};
    if (recipe_read(a, &texts, recipe_find(name), &e))
        fail_msg("%s", e.message);
    const double numbers[][2] = {{a->range[0], b->range[0]},
                                 {a->range[1], b->range[1]},
                                 {a->lr, b->lr},
                                 {a->beta1, b->beta1},
                                 {a->beta2, b->beta2},
                                 {a->eps, b->eps},
                                 {a->r1, b->r1},
                                 {a->ema_kimg, b->ema_kimg},
                                 {a->bn_momentum, b->bn_momentum},
                                 {a->max_time, b->max_time}};
    const uint64_t counts[][2] = {{a->z_dim, b->z_dim},
                                  {a->batch, b->batch},
                                  {a->seed, b->seed},
                                  {a->r1_every, b->r1_every},
                                  {a->n_classes, b->n_classes},
                                  {a->epochs, b->epochs},
                                  {a->steps, b->steps},
                                  {a->sample_every.n, b->sample_every.n},
                                  {a->log_every.n, b->log_every.n},
                                  {a->checkpoint_every.n, b->checkpoint_every.n}};
    assert_string_equal(a->model, b->model);
    assert_string_equal(a->generator, b->generator);
    assert_string_equal(a->discriminator, b->discriminator);
    assert_string_equal(a->loss, b->loss);
    assert_string_equal(a->opt, b->opt);
    assert_string_equal(a->init_weights, b->init_weights);
    assert_true(isnan(a->lr_d)); /* as lr */
    assert_true(a->lambda == 1 && a->d_steps == 1 && a->beta == 1 && a->l1 == 0 && a->subset == 0);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i][0] != numbers[i][1])
            fail_msg("%zu: %.9g, expected %.9g", i, numbers[i][0], numbers[i][1]);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_int_equal(counts[i][0], counts[i][1]);
    invocation_release(&texts);
}

static void the_recipes_are_what_they_are(void **state)
{
    static const train_options tuned = {.model = "gan",
                                        .generator = "256:bn:lrelu=0.2,256:bn:lrelu=0.2,"
                                                     "256:bn:lrelu=0.2,784:tanh",
                                        .discriminator = "256:lrelu=0.2,256:lrelu=0.2,1",
                                        .loss = "nonsaturating",
                                        .opt = "adam",
                                        .init_weights = "he",
                                        .z_dim = 64,
                                        .batch = 32,
                                        .range = {-1, 1},
                                        .lr = 2e-3,
                                        .beta1 = 0.5,
                                        .beta2 = 0.999,
                                        .eps = 1e-8,
                                        .r1 = 0.1,
                                        .r1_every = 8,
                                        .ema_kimg = 150,
                                        .bn_momentum = 0.99,
                                        .n_classes = 10,
                                        .steps = 100000,
                                        .sample_every = {.n = 5000},
                                        .log_every = {.n = 100},
                                        .checkpoint_every = {.n = 10000}};
    static const train_options classic = {.model = "gan",
                                          .generator = "256:bn:lrelu=0.3,512:bn:lrelu=0.3,784:tanh",
                                          .discriminator = "256:lrelu=0.3:dropout=0.4,1",
                                          .loss = "nonsaturating",
                                          .opt = "adam",
                                          .init_weights = "glorot",
                                          .z_dim = 100,
                                          .batch = 32,
                                          .range = {-1, 1},
                                          .lr = 1e-4,
                                          .beta1 = 0.9,
                                          .beta2 = 0.999,
                                          .eps = 1e-7,
                                          .r1 = 0,
                                          .r1_every = 1,
                                          .ema_kimg = 0,
                                          .bn_momentum = 0.99,
                                          .n_classes = 10,
                                          .steps = 37500,
                                          .sample_every = {.n = 200},
                                          .log_every = {.n = 100},
                                          .checkpoint_every = {.n = 5000}};
    train_options shorter = tuned; /* but for its length */
    shorter.steps = 30000;
    shorter.sample_every.n = 2500;
    shorter.checkpoint_every.n = 5000;
    (void)state;
    assert_recipe("tuned", &tuned);
    assert_recipe("digits", &shorter);
    train_options varied = tuned; /* but for a stronger R1 */
    varied.r1 = 0.3;
    assert_recipe("fashion", &varied);
    assert_recipe("classic", &classic);
}

static void recipes_are_found_by_name_and_the_default_comes_first(void **state)
{
    (void)state;
    assert_string_equal(recipes[0].name, "tuned");
    assert_string_equal(recipe_find("tuned")->name, "tuned");
    assert_string_equal(recipe_find("classic")->name, "classic");
    assert_null(recipe_find("other"));
}

static void every_model_has_a_recipe_that_is_for_it(void **state)
{
    (void)state;
    for (size_t i = 0; model_classes[i]; i++) {
        train_options o;
        invocation texts = {0};
        error e = {0};
        assert_non_null(recipe_find(model_classes[i]->recipe));
        assert_int_equal(recipe_read(&o, &texts, recipe_find(model_classes[i]->recipe), &e), 0);
        assert_string_equal(o.model, model_classes[i]->name);
        invocation_release(&texts);
    }
}

static void a_damaged_recipe_is_refused(void **state)
{
    static const recipe bad[] = {{"one", "", "{\"bacth\": 3}"},
                                 {"two", "", "{\"batch\": 0}"},
                                 {"three", "", "{\"output\": \"x\"}"},
                                 {"four", "", "{"}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        train_options o;
        invocation texts = {0};
        error e = {0};
        assert_int_equal(recipe_read(&o, &texts, &bad[i], &e), -1);
        assert_non_null(strstr(e.message, bad[i].name));
        invocation_release(&texts);
    }
}

static void classic_has_the_parameters_of_the_reference_gan(void **state)
{
    (void)state;
    model m;
    train_options o;
    invocation texts = {0};
    error e = {0};
    assert_int_equal(recipe_read(&o, &texts, recipe_find("classic"), &e), 0);
    assert_int_equal(model_init(&m, &o, &digits.train, &e), 0);
    const network *g = &m.parts[0].network, *d = &m.parts[1].network;
    assert_true(g->layers[0].eps == 1e-3f && g->n_param + d->n_param == 761617);
    model_release(&m);
    invocation_release(&texts);
}

static model model_of(const train_options *o)
{
    model m;
    error e = {0};
    if (model_init(&m, o, &digits.train, &e))
        fail_msg("%s", e.message);
    return m;
}

static void each_part_is_trained_as_the_options_say(void **state)
{
    train_options o = small_options();
    (void)state;
    o.opt = "momentum";
    o.lr = 7, o.lr_d = 8, o.beta1 = 0.25, o.beta2 = 0.5, o.eps = 0.125, o.weight_decay = 3;
    model m = model_of(&o);
    for (size_t i = 0; i < 2; i++) {
        optimizer_settings s = m.parts[i].optimizer.set;
        assert_ptr_equal(s.rule, optimizer_find("momentum"));
        assert_true(s.lr == (i == 0 ? 7 : 8));
        assert_true(s.beta1 == 0.25 && s.beta2 == 0.5 && s.eps == 0.125 && s.decay == 3);
    }
    assert_int_equal(number_interval(&m, R1), R1_EVERY);
    model_release(&m);
    o.lr_d = (double)NAN;
    m = model_of(&o);
    assert_true(m.parts[1].optimizer.set.lr == 7); /* D has the rate of G */
    model_release(&m);
}

/* Glorot's values end at sqrt(6 / (784 + 3)), He's, of std sqrt(2 / (1.04 * 784)), do not. */
static void initial_weights_are_drawn_as_the_option_says(void **state)
{
    train_options o = small_options();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        float largest = 0;
        o.init_weights = i == 0 ? "glorot" : "he";
        model m = model_of(&o);
        const layer *first = &m.parts[1].network.layers[0];
        for (size_t k = 0; k < first->n_in * first->n_out; k++)
            largest = fmaxf(largest, fabsf(first->weight.data[k]));
        assert_true(largest > 0.08f && (largest < 0.0874f) == (i == 0));
        model_release(&m);
    }
}

/* Streams of passes that may draw masks in one training; a network has at most 64 layers. */
static void no_two_passes_share_a_dropout_stream(void **state)
{
    static const uint64_t steps[] = {0, 1, UINT64_C(1) << 33, (UINT64_C(1) << 40) - 1};
    enum { N_STEPS = 4, N_PASSES = 5, N = N_STEPS * MAX_MODEL_PARTS * N_PASSES };
    uint64_t streams[N];
    size_t n = 0;
    (void)state;
    for (size_t s = 0; s < N_STEPS; s++)
        for (size_t i = 0; i < MAX_MODEL_PARTS; i++)
            for (size_t k = 0; k < N_PASSES; k++)
                streams[n++] = model_pass(&(model){.step = steps[s]}, i, k).stream;
    for (size_t a = 0; a < N; a++)
        for (size_t b = 0; b < a; b++)
            assert_true(streams[a] >= streams[b] + 64 || streams[b] >= streams[a] + 64);
    for (size_t a = 0; a < N; a++)
        assert_int_equal(streams[a] >> 56, STREAM_DROPOUT);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_means_are_of_the_last_hundred_steps_or_ten_penalties),
        cmocka_unit_test(each_network_is_moved_by_its_own_optimizer),
        cmocka_unit_test(a_log_line_gives_each_mean_its_name_and_the_pictures_shown),
        cmocka_unit_test(a_timing_line_gives_the_speed_since_the_one_before),
        cmocka_unit_test(recipes_are_found_by_name_and_the_default_comes_first),
        cmocka_unit_test(every_model_has_a_recipe_that_is_for_it),
        cmocka_unit_test(a_damaged_recipe_is_refused),
        cmocka_unit_test(the_recipes_are_what_they_are),
        cmocka_unit_test(classic_has_the_parameters_of_the_reference_gan),
        cmocka_unit_test(each_part_is_trained_as_the_options_say),
        cmocka_unit_test(initial_weights_are_drawn_as_the_option_says),
        cmocka_unit_test(no_two_passes_share_a_dropout_stream),
    };
    return cmocka_run_group_tests_name("training numbers", tests, load_digits, release_digits);
}
