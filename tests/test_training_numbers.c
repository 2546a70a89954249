/* SPDX-License-Identifier: MIT */
/* What training says of itself: the running means, the lines of the logs; and the values of the
 * recipes, as the documentation promises them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "model.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static dataset digits;

static int set_up(void **state)
{
    error e = {0};
    (void)state;
    return dataset_load(&digits, NULL, 10, &e);
}

static int tear_down(void **state)
{
    (void)state;
    dataset_release(&digits);
    return 0;
}

/* ---- Running means ----------------------------------------------------------------------------
 */

enum { R1_EVERY = 3 };

/* The means as they are defined, beside those of train. */
typedef struct {
    gan m;
    double want[N_RUNNING], got[N_RUNNING];
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
    const gan_numbers *n = &a->m.numbers;
    double before = (double)step - 1;
    (void)done, (void)seconds;
    follow(&a->want[0], n->loss_g, before, 0.01);
    follow(&a->want[1], n->loss_d, before, 0.01);
    follow(&a->want[2], n->score_real, before, 0.01);
    follow(&a->want[3], n->score_fake, before, 0.01);
    assert_int_equal(n->has_r1, (step - 1) % R1_EVERY == 0);
    if (n->has_r1)
        follow(&a->want[4], n->r1, before / R1_EVERY, 0.1);
    assert_close(a->got, a->want, N_RUNNING, 1e-12, 0);
    a->n_compared++;
}

static gan_settings small_settings(void)
{
    optimizer_settings adam = {optimizer_find("adam"), 1e-3, 0.5, 0.999, 1e-8};
    return (gan_settings){.generator = "4:bn:lrelu=0.2,784:tanh",
                          .discriminator = "3:lrelu=0.2,1",
                          .shape = {28, 28, 784},
                          .z_dim = 2,
                          .batch = 4,
                          .seed = 5,
                          .loss = adversarial_loss_find("nonsaturating"),
                          .g_optimizer = adam,
                          .d_optimizer = adam,
                          .bn_momentum = 0.9,
                          .r1 = 0.1,
                          .r1_every = R1_EVERY,
                          .low = -1,
                          .high = 1};
}

/* Beyond a hundred steps and ten penalties, where the weights stop falling. */
static void running_means_are_of_the_last_hundred_steps_or_ten_penalties(void **state)
{
    gan_settings set = small_settings();
    means a = {.n_compared = 0};
    train_events events = {.context = &a, .tick = compare_means};
    error e = {0};
    (void)state;
    assert_int_equal(gan_init(&a.m, &set, &e), 0);
    assert_int_equal(train(&a.m, &digits.train, &(train_plan){.n_steps = 300}, &events, a.got, &e),
                     0);
    assert_int_equal(a.n_compared, 300);
    gan_release(&a.m);
}

/* ---- Optimizers -------------------------------------------------------------------------------
 */

static void each_network_is_moved_by_its_own_optimizer(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        gan_settings set = small_settings();
        (i == 0 ? &set.g_optimizer : &set.d_optimizer)->lr = 0;
        gan m, before;
        double running[N_RUNNING] = {0};
        error e = {0};
        assert_int_equal(gan_init(&m, &set, &e) | gan_init(&before, &set, &e), 0);
        assert_int_equal(
            train(&m, &digits.train, &(train_plan){.n_steps = 2}, &(train_events){0}, running, &e),
            0);
        bool has_g_moved = memcmp(m.g.param, before.g.param, m.g.n_param * sizeof(float)) != 0;
        bool has_d_moved = memcmp(m.d.param, before.d.param, m.d.n_param * sizeof(float)) != 0;
        assert_true(has_g_moved == (i != 0) && has_d_moved == (i != 1));
        gan_release(&m);
        gan_release(&before);
    }
}

/* ---- Lines of the logs ------------------------------------------------------------------------
 */

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
    const double running[N_RUNNING] = {1.5, 2.5, 3.5, -4.5, 5.5};
    gan m = {.set = {.batch = 64, .r1 = 0.1}, .step = 250};
    started_run s;
    error e = {0};
    (void)state;
    start_run(&s);
    assert_int_equal(run_folder_log(&s.r, &m, running, &e), 0);
    m.set.r1 = 0;
    m.step = 500;
    assert_int_equal(run_folder_log(&s.r, &m, running, &e), 0);
    assert_holds(&s, "log.jsonl",
                 "{\"step\": 250, \"Progress/kimg\": 16.0, \"Loss/G/loss\": 1.5, \"Loss/D/loss\": "
                 "2.5, \"Loss/scores/real\": 3.5, \"Loss/scores/fake\": -4.5, \"Loss/r1_penalty\": "
                 "5.5}\n"
                 "{\"step\": 500, \"Progress/kimg\": 32.0, \"Loss/G/loss\": 1.5, \"Loss/D/loss\": "
                 "2.5, \"Loss/scores/real\": 3.5, \"Loss/scores/fake\": -4.5}\n");
    end_run(&s);
}

static void a_timing_line_gives_the_speed_since_the_one_before(void **state)
{
    gan m = {.set = {.batch = 64}, .step = 250};
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

/* ---- Recipes ----------------------------------------------------------------------------------
 */

static void assert_recipe(const recipe *got, const recipe *want)
{
    const train_options *a = &got->options, *b = &want->options;
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
    assert_string_equal(a->generator, b->generator);
    assert_string_equal(a->discriminator, b->discriminator);
    assert_string_equal(a->loss, b->loss);
    assert_string_equal(a->opt, b->opt);
    assert_string_equal(a->init_weights, b->init_weights);
    assert_true(isnan(a->lr_d)); /* as lr */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i][0] != numbers[i][1])
            fail_msg("%zu: %.9g, expected %.9g", i, numbers[i][0], numbers[i][1]);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        assert_int_equal(counts[i][0], counts[i][1]);
}

static void the_recipes_are_what_they_are(void **state)
{
    static const recipe tuned = {
        .options = {.generator = "256:bn:lrelu=0.2,512:bn:lrelu=0.2,784:tanh",
                    .discriminator = "512:lrelu=0.2,256:lrelu=0.2,1",
                    .loss = "nonsaturating",
                    .opt = "adam",
                    .init_weights = "he",
                    .z_dim = 64,
                    .batch = 64,
                    .range = {-1, 1},
                    .lr = 1e-3,
                    .beta1 = 0.5,
                    .beta2 = 0.999,
                    .eps = 1e-8,
                    .r1 = 0.1,
                    .r1_every = 8,
                    .ema_kimg = 50,
                    .bn_momentum = 0.99,
                    .n_classes = 10,
                    .steps = 25000,
                    .sample_every = {.n = 1000},
                    .log_every = {.n = 100},
                    .checkpoint_every = {.n = 5000}}};
    static const recipe classic = {
        .options = {.generator = "256:bn:lrelu=0.3,512:bn:lrelu=0.3,784:tanh",
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
                    .checkpoint_every = {.n = 5000}}};
    (void)state;
    assert_recipe(recipe_find("tuned"), &tuned);
    assert_recipe(recipe_find("classic"), &classic);
}

static void recipes_are_found_by_name_and_the_default_comes_first(void **state)
{
    (void)state;
    assert_string_equal(recipes[0].name, "tuned");
    assert_string_equal(recipe_find("tuned")->name, "tuned");
    assert_string_equal(recipe_find("classic")->name, "classic");
    assert_null(recipe_find("other"));
}

static void classic_has_the_parameters_of_the_reference_gan(void **state)
{
    (void)state;
    gan_settings s =
        gan_settings_of(&recipe_find("classic")->options, (picture_shape){28, 28, 784});
    gan m;
    error e = {0};
    assert_int_equal(gan_init(&m, &s, &e), 0);
    assert_true(m.g.layers[0].eps == 1e-3f && m.g.n_param + m.d.n_param == 761617);
    gan_release(&m);
}

/* Every option reaches the setting of its name. */
static void settings_are_what_the_options_say(void **state)
{
    train_options o = {.generator = "g",
                       .discriminator = "d",
                       .loss = "nonsaturating",
                       .opt = "momentum",
                       .init_weights = "he",
                       .z_dim = 1,
                       .batch = 2,
                       .seed = 3,
                       .r1_every = 4,
                       .range = {5, 6},
                       .lr = 7,
                       .lr_d = 8,
                       .beta1 = 9,
                       .beta2 = 10,
                       .eps = 11,
                       .r1 = 12,
                       .ema_kimg = 13,
                       .bn_momentum = 14};
    gan_settings s = gan_settings_of(&o, (picture_shape){28, 28, 784});
    const optimizer_settings *both[] = {&s.g_optimizer, &s.d_optimizer};
    (void)state;
    assert_string_equal(s.generator, "g");
    assert_string_equal(s.discriminator, "d");
    assert_ptr_equal(s.loss, adversarial_loss_find("nonsaturating"));
    assert_true(s.is_he && s.z_dim == 1 && s.batch == 2 && s.seed == 3 && s.r1_every == 4);
    assert_true(s.low == 5 && s.high == 6 && s.r1 == 12 && s.ema_kimg == 13);
    assert_true(s.bn_momentum == 14 && s.g_optimizer.lr == 7 && s.d_optimizer.lr == 8);
    for (size_t i = 0; i < 2; i++)
        assert_true(both[i]->rule == optimizer_find("momentum") && both[i]->beta1 == 9 &&
                    both[i]->beta2 == 10 && both[i]->eps == 11);
    o.init_weights = "glorot";
    o.lr_d = (double)NAN;
    s = gan_settings_of(&o, (picture_shape){28, 28, 784});
    assert_true(!s.is_he && s.d_optimizer.lr == 7); /* D has the rate of G */
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
        cmocka_unit_test(the_recipes_are_what_they_are),
        cmocka_unit_test(classic_has_the_parameters_of_the_reference_gan),
        cmocka_unit_test(settings_are_what_the_options_say),
    };
    return cmocka_run_group_tests_name("training numbers", tests, set_up, tear_down);
}
