/* SPDX-License-Identifier: MIT */
/* model: what is warned of, of steps and samples that are made up. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "model.h"
#include "use_threads.h"
#include <math.h>
#include <string.h>

enum { B = 4, N = 4, N_PICTURES = 100, LOSS_G = 0, LOSS_D = 1, D = 1 };

/* Sorted: the first half is black, the second white. */
static uint8_t pixels[N_PICTURES * N];
static const image_set sorted = {.pixels = pixels, .n = N_PICTURES, .shape = {2, 2, N}};

static model model_of(const char *loss)
{
    const train_options o = {.model = "gan",
                             .generator = "4:tanh",
                             .discriminator = "3:tanh,1",
                             .loss = loss,
                             .opt = "sgd",
                             .init_weights = "glorot",
                             .z_dim = 2,
                             .batch = B,
                             .seed = 1,
                             .range = {-1, 1},
                             .lr = 0.1,
                             .lr_d = (double)NAN,
                             .bn_momentum = 0.9};
    model m;
    error e = {0};
    if (model_init(&m, &o, &sorted, &e) || model_step(&m, &e))
        fail_msg("%s", e.message);
    m.step = 0;
    return m;
}

static bool was_warned(const model *m, const char *name)
{
    for (size_t i = 0; i < json_array_size(m->memory.notes); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(m->memory.notes, i), "note")),
                   name) == 0)
            return true;
    return false;
}

/* A block of steps, each with losses of the middle one or, in turn, `swing` more or less. */
static void watch_block(model *m, double g, double d, double g_swing, double d_swing)
{
    for (size_t i = 0; i < WATCH_BLOCK; i++) {
        double side = i % 2 ? 1 : -1;
        m->numbers[LOSS_G] = g + side * g_swing;
        m->numbers[LOSS_D] = d + side * d_swing;
        m->step++;
        model_watch(m);
    }
}

static bool is_flat(double g, double d, double g_swing, double d_swing)
{
    model m = model_of("wgan");
    watch_block(&m, g, d, g_swing, d_swing);
    bool said = was_warned(&m, "flat-losses");
    model_release(&m);
    return said;
}

/* The limit is a ten-thousandth. The loss of a dead D is 0 in every step where D compares. */
static void losses_are_flat_that_hardly_move_or_not_at_all(void **state)
{
    (void)state;
    assert_true(is_flat(0.7, -1.4, 0.5e-4, 1e-4));
    assert_false(is_flat(0.7, -1.4, 1e-4, 1e-4));
    assert_false(is_flat(0.7, -1.4, 0.5e-4, 2e-4));
    assert_true(is_flat(0.7, 0, 0, 0));
    assert_true(is_flat(0, 0, 0, 0));
    assert_false(is_flat(0.7, 0, 0, 1e-9));
    assert_false(is_flat((double)NAN, 1, 0, 0));
}

/* D's logits of a step: of B real pictures, then of as many generated ones. */
static void set_logits(model *m, float real, float fake)
{
    float *logit = m->parts[D].tape.output[1].data;
    for (size_t i = 0; i < B; i++)
        logit[i] = real, logit[B + i] = fake;
}

static bool is_sure(const char *loss, float real, float fake, float fake_before)
{
    model m = model_of(loss);
    for (size_t i = 0; i < WATCH_BLOCK; i++) {
        set_logits(&m, real, i < 50 ? fake_before : fake);
        m.step++;
        model_watch(&m);
    }
    bool said = was_warned(&m, "sure-d");
    model_release(&m);
    return said;
}

static void d_is_sure_on_both_sides_of_the_loss_s_boundary(void **state)
{
    (void)state;
    assert_true(is_sure("nonsaturating", 0.1f, -0.1f, -0.1f));
    assert_false(is_sure("nonsaturating", 0.1f, 0.1f, 0.1f));
    assert_false(is_sure("nonsaturating", -0.1f, -0.2f, -0.2f));
    assert_false(is_sure("nonsaturating", 0.1f, -0.1f, 0.1f)); /* right on 97.5 % */
    assert_true(is_sure("lsgan", 0.6f, 0.4f, 0.4f));
    assert_false(is_sure("lsgan", 0.4f, -0.4f, -0.4f));
    assert_false(is_sure("wgan", 3, -3, -3));
    assert_false(is_sure("relativistic", 3, -3, -3));
}

/* What D was wrong on in one block is nothing to the next. */
static void every_block_is_judged_by_itself(void **state)
{
    (void)state;
    model m = model_of("nonsaturating");
    for (size_t i = 0; i < 2 * WATCH_BLOCK; i++) {
        assert_false(was_warned(&m, "sure-d"));
        set_logits(&m, 1, i < WATCH_BLOCK ? 1 : -1);
        m.step++;
        model_watch(&m);
    }
    assert_true(was_warned(&m, "sure-d"));
    model_release(&m);
}

/* Of two black and two white pictures of the data two pairs of six are alike: the mean distance is
 * 2/3 of 255 sqrt(4), 340, whose quarter is 85. Of samples one of four differs from the others. */
static void samples_are_compared_with_pictures_from_all_over_the_data(void **state)
{
    (void)state;
    memset(pixels + sizeof pixels / 2, 255, sizeof pixels / 2);
    for (uint8_t level = 84; level <= 86; level += 2) {
        uint8_t samples[4 * N] = {0};
        memset(samples, level, N); /* 2 level apart in three pairs of six: level on the mean */
        model m = model_of("nonsaturating");
        model_watch_samples(&m, samples, 4);
        assert_false(was_warned(&m, "collapse")); /* not before a block of steps */
        m.step = WATCH_BLOCK;
        model_watch_samples(&m, samples, 4);
        assert_int_equal(was_warned(&m, "collapse"), level == 84);
        model_release(&m);
    }
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_flat_that_hardly_move_or_not_at_all),
        cmocka_unit_test(d_is_sure_on_both_sides_of_the_loss_s_boundary),
        cmocka_unit_test(every_block_is_judged_by_itself),
        cmocka_unit_test(samples_are_compared_with_pictures_from_all_over_the_data),
    };
    return cmocka_run_group_tests_name("warnings", tests, NULL, NULL);
}
