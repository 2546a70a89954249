/* SPDX-License-Identifier: MIT */
/* metrics: pictures that are nearer to training pictures than new ones are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "judged.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 4, PIXELS = SIDE * SIDE, N_TRAINING = 1500, N = 1200 };

/* Training pictures, new ones, and those to be measured, all of the same noise. */
typedef struct {
    uint8_t training[N_TRAINING * PIXELS], real[N * PIXELS], set[N * PIXELS];
} noise;

static noise *draw_noise(void)
{
    noise *v = allocate(1, sizeof *v);
    rng r = rng_init(6, rng_stream(STREAM_PROBE, 0));
    for (size_t i = 0; i < sizeof *v; i++)
        (&v->training[0])[i] = (uint8_t)rng_below(&r, 256);
    return v;
}

typedef struct {
    metric_result result;
    uint32_t nearest[N];
    double distance[N];
} found;

/* places (N), of the set in the training pictures, and of the real ones, or NULL. */
static found *measure(const noise *v, const uint32_t *places, const uint32_t *real_places)
{
    found *f = allocate(1, sizeof *f);
    uint8_t *training = allocate(sizeof v->training, 1);
    memcpy(training, v->training, sizeof v->training);
    judge j = {0};
    judge_of_halves(&j, SIDE);
    image_set learned = {.pixels = training, .n = N_TRAINING, .shape = j.shape};
    judged_set set = {0}, real = {0};
    metric_context context = {.training = &learned};
    comparison c = {0};
    judged_set_init(&set, &j, v->set, NULL, N);
    judged_set_init(&real, &j, v->real, NULL, N);
    set.training_places = places;
    real.training_places = real_places;
    comparison_init(&c, &set, &real, &context);
    f->result = measured("memorization", &c);
    const training_neighbours *near = judged_set_near_training(&set, &learned);
    assert_true(f->result.n == N && near->n == N);
    memcpy(f->nearest, near->nearest, sizeof f->nearest);
    memcpy(f->distance, near->distance, sizeof f->distance);
    comparison_release(&c);
    judged_set_release(&set);
    judged_set_release(&real);
    judge_release(&j);
    free(training);
    return f;
}

static void found_free(found *f)
{
    metric_result_release(&f->result);
    free(f);
}

static void of_new_pictures_5_of_100_are_nearer_than_95_of_100_new_ones(void **state)
{
    (void)state;
    noise *v = draw_noise();
    found *f = measure(v, NULL, NULL);
    const metric_result *r = &f->result;
    assert_near(r->value.value, 0.05, 0.02);
    assert_true(r->value.low < r->value.value && r->value.high > r->value.value);
    assert_near(part_of(r, "median_distance"), part_of(r, "median_distance_of_real"), 0.02);
    assert_true(part_of(r, "limit") > 0.5 && part_of(r, "limit") < 1);
    found_free(f);
    free(v);
}

/* A tenth are copies. */
static void copies_are_found_with_what_they_copy(void **state)
{
    (void)state;
    noise *v = draw_noise();
    size_t n_below = 0;
    for (size_t i = 0; i < N; i += 10)
        memcpy(v->set + i * PIXELS, v->training + (N_TRAINING - 1 - i) * PIXELS, PIXELS);
    found *f = measure(v, NULL, NULL);
    assert_near(f->result.value.value, 0.1 + 0.9 * 0.05, 0.02);
    for (size_t i = 0; i < N; i++)
        n_below += f->result.by_picture[i] < part_of(&f->result, "limit");
    assert_near(f->result.value.value, (double)n_below / N, 1e-15);
    for (size_t i = 0; i < N; i += 10) {
        assert_near(f->result.by_picture[i], 0, 0);
        assert_int_equal(f->nearest[i], N_TRAINING - 1 - i);
    }
    found_free(f);
    free(v);
}

static void nearness_is_euclidean_over_that_of_the_tenth(void **state)
{
    (void)state;
    noise *v = draw_noise();
    double squares[N_TRAINING], tenth = 0;
    memcpy(v->set, v->training + 5 * PIXELS, PIXELS);
    v->set[0] = (uint8_t)(v->set[0] < 128 ? v->set[0] + 30 : v->set[0] - 30);
    v->set[1] = (uint8_t)(v->set[1] < 128 ? v->set[1] + 40 : v->set[1] - 40);
    found *f = measure(v, NULL, NULL);
    assert_int_equal(f->nearest[0], 5);
    assert_near(f->distance[0], 50.0 / 255, 1e-6);
    for (size_t i = 0; i < N_TRAINING; i++) {
        squares[i] = 0;
        for (size_t k = 0; k < PIXELS; k++)
            squares[i] += pow(v->training[i * PIXELS + k] - v->set[k], 2);
    }
    for (int turn = 0; turn < 10; turn++) {
        double least = (double)INFINITY;
        for (size_t i = 0; i < N_TRAINING; i++)
            least = squares[i] > tenth ? fmin(least, squares[i]) : least;
        tenth = least;
    }
    assert_near(f->result.by_picture[0], 50 / sqrt(tenth), 1e-6);
    found_free(f);
    free(v);
}

/* The median distance is not moved by much, and yet they are found. */
static void copies_with_noise_are_found(void **state)
{
    (void)state;
    noise *v = draw_noise();
    for (size_t i = 0; i < N * PIXELS; i++)
        v->set[i] = (uint8_t)(v->training[i] < 128 ? v->training[i] + 20 : v->training[i] - 20);
    found *f = measure(v, NULL, NULL);
    assert_true(f->result.value.value > 0.95);
    assert_near(part_of(&f->result, "median_distance"), 80.0 / 255, 1e-3);
    assert_true(part_of(&f->result, "median_distance_of_real") > 2 * 80.0 / 255);
    found_free(f);
    free(v);
}

static void a_picture_that_the_data_hold_often_is_a_copy(void **state)
{
    (void)state;
    noise *v = draw_noise();
    for (size_t i = 0; i < 20; i++)
        memcpy(v->training + i * PIXELS, v->set, PIXELS);
    found *f = measure(v, NULL, NULL);
    assert_near(f->result.by_picture[0], 0, 0);
    found_free(f);
    free(v);
}

/* 5 away (3 one way, 4 another), and 12. */
static void of_few_the_last_is_what_nearness_is_of(void **state)
{
    (void)state;
    uint8_t training[2 * PIXELS] = {3, 4}, made[PIXELS] = {0};
    judge j = {0};
    judged_set s = {0};
    judge_of_halves(&j, SIDE);
    image_set learned = {.pixels = training, .n = 2, .shape = j.shape};
    training[PIXELS] = 12;
    judged_set_init(&s, &j, made, NULL, 1);
    const training_neighbours *near = judged_set_near_training(&s, &learned);
    assert_int_equal(near->nearest[0], 0);
    assert_near(near->nearness[0], 5.0 / 12, 1e-6);
    judged_set_release(&s);
    judge_release(&j);
}

/* Both sets are training pictures. */
static void a_training_picture_is_not_its_own_copy(void **state)
{
    (void)state;
    noise *v = draw_noise();
    uint32_t first[N], last[N];
    for (uint32_t i = 0; i < N; i++) {
        first[i] = i;
        last[i] = N_TRAINING - N + i;
    }
    memcpy(v->real, v->training, sizeof v->real);
    memcpy(v->set, v->training + (N_TRAINING - N) * PIXELS, sizeof v->set);
    found *f = measure(v, last, first);
    assert_near(f->result.value.value, 0.05, 0.02);
    assert_true(part_of(&f->result, "limit") > 0.1);
    found_free(f);
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_new_pictures_5_of_100_are_nearer_than_95_of_100_new_ones),
        cmocka_unit_test(copies_are_found_with_what_they_copy),
        cmocka_unit_test(nearness_is_euclidean_over_that_of_the_tenth),
        cmocka_unit_test(copies_with_noise_are_found),
        cmocka_unit_test(a_picture_that_the_data_hold_often_is_a_copy),
        cmocka_unit_test(of_few_the_last_is_what_nearness_is_of),
        cmocka_unit_test(a_training_picture_is_not_its_own_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
