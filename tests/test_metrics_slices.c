/* SPDX-License-Identifier: MIT */
/* metrics: the sliced Wasserstein distance of pictures, against closed forms. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "metrics.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 900, D = 16 };

static void assert_near(double got, double want, double rtol, double atol)
{
    assert_close(&got, &want, 1, rtol, atol);
}

/* n pictures of d pixels of N(mean, deviation^2), as floats alone. */
typedef struct {
    float *pixel, *feature;
    judged_set s;
} float_set;

static float_set draw_pictures(size_t n, size_t d, uint64_t seed, float mean, float deviation)
{
    static const uint8_t none;
    float_set f = {allocate(n * d, sizeof(float)), allocate(n, sizeof(float)), {0}};
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 2));
    rng_fill_normal(&r, f.pixel, n * d);
    for (size_t i = 0; i < n * d; i++)
        f.pixel[i] = mean + deviation * f.pixel[i];
    f.s = (judged_set){.n = n,
                       .shape = {1, d, d},
                       .pixels = &none,
                       .pictures = f.pixel,
                       .features = matrix_view(f.feature, n, 1)};
    return f;
}

static void release(float_set *f)
{
    free(f->pixel);
    free(f->feature);
}

static estimate distance_by(uint64_t seed, const float_set *set, const float_set *real)
{
    metric_context context = {.seed = seed};
    comparison c = {0};
    metric_result r = {0};
    error e = {0};
    comparison_init(&c, &set->s, &real->s, &context);
    if (metric_measure(&r, metric_find("swd"), &c, &e))
        fail_msg("%s", e.message);
    comparison_release(&c);
    return r.value;
}

static estimate distance_of(const float_set *set, const float_set *real)
{
    return distance_by(3, set, real);
}

/* Along any direction one pixel's shift is itself: the directions of one dimension are 1 and -1. */
static void pictures_of_one_pixel_move_by_their_quantiles(void **state)
{
    float_set a = draw_pictures(N, 1, 1, 0, 1), b = draw_pictures(N, 1, 1, 0, 1);
    (void)state;
    for (size_t i = 0; i < N; i++)
        b.pixel[i] = 3 * a.pixel[N - 1 - i];
    double squares = 0;
    for (size_t i = 0; i < N; i++)
        squares += 4 * (double)a.pixel[i] * (double)a.pixel[i];
    assert_near(distance_of(&b, &a).value, sqrt(squares / N), 1e-6, 0);
    release(&a), release(&b);
}

/* 0, 1, 2, 3, 4 against the same twice each, and against 0, 1, 2, 3, 4 and 5, 5, 5, 5, 5. */
static void sets_of_differing_sizes_are_compared_by_their_quantiles(void **state)
{
    float_set a = draw_pictures(5, 1, 1, 0, 1), b = draw_pictures(10, 1, 1, 0, 1);
    (void)state;
    for (size_t i = 0; i < 10; i++) {
        a.pixel[i / 2] = (float)(i / 2);
        b.pixel[i] = (float)(i / 2);
    }
    assert_near(distance_of(&a, &b).value, 0, 0, 1e-6);
    for (size_t i = 0; i < 10; i++)
        b.pixel[i] = i < 5 ? (float)i : 5;
    /* by tenths: 0 0 1 1 2 2 3 3 4 4 and 0 1 2 3 4 5 5 5 5 5 */
    assert_near(distance_of(&a, &b).value, sqrt((0 + 1 + 1 + 4 + 4 + 9 + 4 + 4 + 1 + 1) / 10.0),
                1e-6, 0);
    release(&a), release(&b);
}

static void a_set_is_at_no_distance_from_itself_in_any_order(void **state)
{
    float_set a = draw_pictures(N, D, 1, 0, 1), b = draw_pictures(N, D, 1, 0, 1);
    (void)state;
    for (size_t i = 0; i < N; i++)
        memcpy(b.pixel + i * D, a.pixel + (N - 1 - i) * D, D * sizeof(float));
    assert_near(distance_of(&b, &a).value, 0, 0, 1e-12);
    release(&a), release(&b);
}

/* Along a direction u a shift by s moves all by u . s, whose mean square is |s|^2 / D; 512
 * directions leave a relative error of sqrt(2 / 512) / 2. */
static void a_shift_moves_by_its_length_over_the_root_of_the_pixels(void **state)
{
    float_set a = draw_pictures(N, D, 1, 0, 1), b = draw_pictures(N, D, 1, 0, 1);
    double last = 0;
    (void)state;
    for (int step = 1; step < 4; step++) {
        for (size_t i = 0; i < N; i++)
            b.pixel[i * D] += 1.0f;
        double value = distance_of(&b, &a).value;
        assert_near(value, step / sqrt(D), 0.12, 0);
        assert_true(value > last);
        last = value;
    }
    release(&a), release(&b);
}

/* Over seeds it spreads as much as 512 directions that have nothing of each other leave open. */
static void all_directions_are_other_ones(void **state)
{
    enum { TIMES = 30, FEW = 20 };
    float_set a = draw_pictures(FEW, D, 1, 0, 1), b = draw_pictures(FEW, D, 1, 0, 1);
    double value[TIMES], middle = 0, squares = 0;
    (void)state;
    for (size_t i = 0; i < FEW; i++)
        b.pixel[i * D] += 1.0f;
    for (uint64_t k = 0; k < TIMES; k++) {
        value[k] = distance_by(k, &b, &a).value;
        middle += value[k] / TIMES;
    }
    for (size_t k = 0; k < TIMES; k++)
        squares += (value[k] - middle) * (value[k] - middle) / (TIMES - 1);
    assert_true(sqrt(squares) / middle < 0.05 && sqrt(squares) / middle > 0.01);
    release(&a), release(&b);
}

/* Two Gaussians of deviations 1 and 2 are at |2 - 1| along any direction. */
static void gaussians_are_apart_by_their_deviations(void **state)
{
    float_set a = draw_pictures(N, D, 1, 0, 1), b = draw_pictures(N, D, 2, 0, 2);
    (void)state;
    assert_near(distance_of(&b, &a).value, 1, 0.06, 0);
    release(&a), release(&b);
}

static void swd_sees_a_collapse_but_not_duplicates(void **state)
{
    float_set real = draw_pictures(N, D, 1, 0, 1), set = draw_pictures(N, D, 2, 0, 1);
    float_set twice = draw_pictures(2 * N, D, 2, 0, 1);
    double of_set = distance_of(&set, &real).value;
    (void)state;
    memcpy(twice.pixel, set.pixel, N * D * sizeof(float));
    memcpy(twice.pixel + N * D, set.pixel, N * D * sizeof(float));
    assert_near(distance_of(&twice, &real).value, of_set, 1e-6, 0);
    for (size_t i = 0; i < N * D; i++)
        set.pixel[i] = 0;
    assert_near(distance_of(&set, &real).value, 1, 0.03, 0);
    release(&real), release(&set), release(&twice);
}

static void the_interval_of_swd_is_as_wide_as_values_spread(void **state)
{
    enum { TIMES = 30, FEW = 250 };
    double value[TIMES], middle = 0, squares = 0, reach = 0;
    (void)state;
    for (uint64_t k = 0; k < TIMES; k++) {
        float_set a = draw_pictures(FEW, 4, 100 + k, 0.5f, 1);
        float_set b = draw_pictures(FEW, 4, 300 + k, 0, 1);
        estimate e = distance_of(&a, &b);
        value[k] = e.value;
        middle += e.value / TIMES;
        reach += (e.high - e.low) / 2 / TIMES;
        release(&a), release(&b);
    }
    for (size_t k = 0; k < TIMES; k++)
        squares += (value[k] - middle) * (value[k] - middle) / (TIMES - 1);
    assert_near(reach / sqrt(squares), 2.776 * 0.94, 0.3, 0);
}

static void swd_is_the_same_on_any_number_of_threads(void **state)
{
    float_set a = draw_pictures(N, D, 1, 0, 1), b = draw_pictures(N / 2, D, 2, 0, 2);
    estimate e[2];
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        use_threads(k + 1);
        e[k] = distance_of(&a, &b);
    }
    assert_memory_equal(&e[0], &e[1], sizeof *e);
    release(&a), release(&b);
}

static int open_blas(void **state)
{
    error e = {0};
    (void)state;
    return tensor_open_blas(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_of_one_pixel_move_by_their_quantiles),
        cmocka_unit_test(sets_of_differing_sizes_are_compared_by_their_quantiles),
        cmocka_unit_test(a_set_is_at_no_distance_from_itself_in_any_order),
        cmocka_unit_test(a_shift_moves_by_its_length_over_the_root_of_the_pixels),
        cmocka_unit_test(all_directions_are_other_ones),
        cmocka_unit_test(gaussians_are_apart_by_their_deviations),
        cmocka_unit_test(swd_sees_a_collapse_but_not_duplicates),
        cmocka_unit_test(the_interval_of_swd_is_as_wide_as_values_spread),
        cmocka_unit_test(swd_is_the_same_on_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, open_blas, NULL);
}
