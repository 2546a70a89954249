/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "data.h"
#include "use_threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 6, COLS = 9, N = ROWS * COLS, MANY = 4000 };
static const picture_shape shape = {ROWS, COLS, N};
static const augment_settings all = {.shift = 2, .rotate = 30, .scale = 0.25, .noise = 0};

static augmentation drawn(augment_settings set, float black, size_t rows, uint64_t seed)
{
    augmentation a;
    rng r = rng_init(seed, rng_stream(STREAM_AUGMENT, 3));
    augmentation_init(&a, set, shape, black, rows);
    augmentation_draw(&a, rows, &r);
    return a;
}

static void fill_random(float *x, size_t n, uint64_t index)
{
    rng r = rng_init(5, rng_stream(STREAM_PROBE, index));
    rng_fill_normal(&r, x, n);
}

/* One picture moved by m. */
static void move(float y[N], const float x[N], float black, picture_move m)
{
    augmentation a = drawn(all, black, 1, 0);
    a.moves[0] = m;
    augmentation_apply(y, &a, x, 1);
    augmentation_release(&a);
}

/* ---- Values ---- */

static void nothing_is_done_where_all_is_zero(void **state)
{
    (void)state;
    augmentation a;
    augmentation_init(&a, (augment_settings){0}, shape, 0, 1);
    assert_false(augmentation_is_on(&a));
    assert_null(a.moves);
    augmentation_release(&a);
}

static void a_shift_by_whole_pixels_is_a_copy_with_black_behind(void **state)
{
    (void)state;
    float x[N], y[N], want[N];
    fill_random(x, N, 0);
    move(y, x, -1, (picture_move){.cosine = 1, .down = 1, .right = -2});
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLS; c++)
            want[r * COLS + c] = r >= 1 && c + 2 < COLS ? x[(r - 1) * COLS + c + 2] : -1;
    assert_close(y, want, N, 1e-6, 1e-6);
}

static void a_shift_past_the_edge_leaves_black(void **state)
{
    (void)state;
    float x[N], y[N];
    fill_random(x, N, 0);
    move(y, x, 0.25f, (picture_move){.cosine = 1, .down = 100, .right = -1e6f});
    for (size_t i = 0; i < N; i++)
        assert_true(y[i] == 0.25f);
}

static void half_a_turn_is_the_picture_upside_down(void **state)
{
    (void)state;
    float x[N], y[N], want[N];
    fill_random(x, N, 1);
    move(y, x, 0, (picture_move){.cosine = -1});
    for (size_t i = 0; i < N; i++)
        want[i] = x[N - 1 - i];
    assert_close(y, want, N, 1e-6, 1e-6);
}

static double tent(double distance) { return fmax(0, 1 - fabs(distance)); }

/* Every pixel asked how much of it there is at (row, col); outside all is black. */
static double value_at_place(const float *x, double black, double row, double col)
{
    double total = black;
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLS; c++)
            total +=
                tent(row - (double)r) * tent(col - (double)c) * ((double)x[r * COLS + c] - black);
    return total;
}

static void pixels_are_between_their_neighbours_in_the_turned_and_scaled_picture(void **state)
{
    (void)state;
    const double angle = 0.4, size = 1.3, down = 0.7, right = -1.2, black = -0.5;
    float x[N], y[N];
    double want[N];
    fill_random(x, N, 2);
    move(y, x, (float)black,
         (picture_move){(float)(cos(angle) / size), (float)(sin(angle) / size), (float)down,
                        (float)right});
    for (size_t i = 0; i < N; i++) {
        double r = (double)(i / COLS) - 2.5 - down, c = (double)(i % COLS) - 4 - right;
        want[i] = value_at_place(x, black, 2.5 + (cos(angle) * r - sin(angle) * c) / size,
                                 4 + (sin(angle) * r + cos(angle) * c) / size);
    }
    assert_close(y, want, N, 1e-4, 2e-5);
}

/* ---- What is drawn ---- */

/* Even within -most..most, but for those that are 0. */
static void assert_spread(const double *v, double most, size_t least_zero, size_t most_zero)
{
    double low = 0, high = 0, total = 0, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < MANY; i++) {
        low = fmin(low, v[i]), high = fmax(high, v[i]);
        total += v[i], squares += v[i] * v[i];
        n += fabs(v[i]) > 1e-6;
    }
    assert_in_range(MANY - n, least_zero, most_zero);
    assert_true(low >= -most * 1.0001 && low < -0.99 * most);
    assert_true(high <= most * 1.0001 && high > 0.99 * most);
    assert_true(fabs(total / (double)n) < 0.06 * most); /* four standard errors of such a mean */
    assert_true(fabs(squares / (double)n / (most * most) - 1.0 / 3) < 0.03);
}

/* -2..2, each as often. */
static void assert_whole(const double *v)
{
    size_t n[5] = {0};
    for (size_t i = 0; i < MANY; i++) {
        assert_true(v[i] == floor(v[i]) && fabs(v[i]) <= 2);
        n[(size_t)(v[i] + 2)]++;
    }
    for (size_t k = 0; k < 5; k++)
        assert_in_range(n[k], MANY / 5 - 102, MANY / 5 + 102); /* four standard deviations */
}

/* Their correlation is within four standard errors of zero. */
static void assert_unrelated(const double *a, const double *b)
{
    double product = 0, a_squares = 0, b_squares = 0;
    for (size_t i = 0; i < MANY; i++) {
        product += a[i] * b[i];
        a_squares += a[i] * a[i], b_squares += b[i] * b[i];
    }
    assert_true(fabs(product) < 4 / sqrt(MANY) * sqrt(a_squares * b_squares));
}

static void moves_are_even_within_their_limits(void **state)
{
    (void)state;
    static double down[MANY], right[MANY], angle[MANY], size[MANY];
    augmentation a = drawn(all, 0, MANY, 1);
    for (size_t i = 0; i < MANY; i++) {
        picture_move m = a.moves[i];
        down[i] = (double)m.down, right[i] = (double)m.right;
        angle[i] = atan2((double)m.sine, (double)m.cosine) * 180 / acos(-1);
        size[i] = -log(hypot((double)m.sine, (double)m.cosine));
    }
    assert_whole(down);
    assert_whole(right);
    assert_spread(angle, 30, MANY / 2 - 127, MANY / 2 + 127);
    assert_spread(size, log(1.25), MANY / 2 - 127, MANY / 2 + 127);
    assert_unrelated(down, right);
    assert_unrelated(right, angle);
    assert_unrelated(angle, size);
    augmentation_release(&a);
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Of 54,000 floats some are equal by chance. */
static void no_draw_is_used_twice(void **state)
{
    (void)state;
    const size_t rows = 1000, n = rows * N;
    static double down[MANY], squares[MANY];
    float *x = allocate(MANY * N, sizeof *x), *y = allocate(MANY * N, sizeof *y);
    size_t n_equal = 0;
    augmentation a = drawn((augment_settings){.shift = 1, .noise = 1}, 0, MANY, 12);
    augmentation_apply(y, &a, x, MANY);
    for (size_t i = 0; i < MANY; i++) {
        down[i] = (double)a.moves[i].down;
        for (size_t k = 0; k < 2; k++)
            squares[i] += (double)y[i * N + k] * (double)y[i * N + k] / 2 - 0.5;
    }
    assert_unrelated(down, squares);
    qsort(y, n, sizeof *y, compare);
    for (size_t i = 1; i < n; i++)
        n_equal += y[i] == y[i - 1];
    assert_true(n_equal < n / 100);
    augmentation_release(&a);
    free(x), free(y);
}

static void noise_is_normal_in_every_pixel(void **state)
{
    (void)state;
    const size_t rows = 300, n = rows * N;
    float *x = allocate(n, sizeof *x), *y = allocate(n, sizeof *y);
    augmentation a = drawn((augment_settings){.noise = 0.5}, 0, rows, 2);
    double total = 0, squares = 0, beside = 0, below = 0;
    augmentation_apply(y, &a, x, rows);
    for (size_t i = 0; i < n; i++) {
        total += (double)y[i], squares += (double)y[i] * (double)y[i];
        beside += (double)y[i] * (double)y[(i + 1) % n];
        below += (double)y[i] * (double)y[(i + N) % n];
    }
    double four_errors = 4 / sqrt((double)n);
    assert_true(fabs(total / (double)n) < 0.5 * four_errors);
    assert_true(fabs(squares / (double)n / 0.25 - 1) < 1.5 * four_errors);
    assert_true(fabs(beside / (double)n / 0.25) < four_errors &&
                fabs(below / (double)n / 0.25) < four_errors);
    augmentation_release(&a);
    free(x), free(y);
}

static void a_picture_is_changed_alike_on_any_threads_and_beside_any_others(void **state)
{
    (void)state;
    augment_settings set = all;
    set.noise = 0.1;
    float x[7 * N], want[7 * N], got[7 * N];
    fill_random(x, 7 * N, 4);
    for (size_t threads = 1; threads <= 3; threads++)
        for (size_t rows = 7; rows >= 1; rows -= 2) {
            use_threads(threads);
            augmentation a = drawn(set, -1, rows, 9);
            bool is_first = threads == 1 && rows == 7;
            augmentation_apply(is_first ? want : got, &a, x, rows);
            augmentation_release(&a);
            if (!is_first)
                assert_memory_equal(got, want, rows * N * sizeof *got);
            if (rows == 1)
                break;
        }
}

/* ---- Gradients ---- */

static double inner(const float *a, const float *b, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += (double)a[i] * (double)b[i];
    return total;
}

/* y is linear in x - black: <T x, dy> = <x, T' dy>. */
static void the_gradient_is_the_transpose(void **state)
{
    (void)state;
    enum { B = 40 };
    static float x[B * N], y[B * N], dy[B * N], dx[B * N];
    augmentation a = drawn(all, 0, B, 6);
    fill_random(x, B * N, 5);
    fill_random(dy, B * N, 6);
    augmentation_apply(y, &a, x, B);
    augmentation_pull_back(dx, &a, dy, 0, B);
    for (size_t i = 0; i < B; i++) {
        double want = inner(y + i * N, dy + i * N, N);
        assert_close(&(double){inner(x + i * N, dx + i * N, N)}, &want, 1, 1e-4, 1e-4);
    }
    augmentation_release(&a);
}

static void rows_are_pulled_back_by_their_own_moves_in_place(void **state)
{
    (void)state;
    static float dy[5 * N], whole[5 * N];
    augmentation a = drawn(all, 0, 5, 7);
    fill_random(dy, 5 * N, 7);
    augmentation_pull_back(whole, &a, dy, 0, 5);
    augmentation_pull_back(dy + 3 * N, &a, dy + 3 * N, 3, 2);
    assert_memory_equal(dy + 3 * N, whole + 3 * N, 2 * N * sizeof *dy);
    augmentation_release(&a);
}

static void noise_leaves_the_gradient_as_it_is(void **state)
{
    (void)state;
    float dy[N], dx[N];
    augmentation a = drawn((augment_settings){.noise = 3}, 0, 1, 8);
    fill_random(dy, N, 8);
    augmentation_pull_back(dx, &a, dy, 0, 1);
    assert_memory_equal(dx, dy, sizeof dx);
    augmentation_release(&a);
}

static int set_up(void **state)
{
    (void)state;
    use_threads(2);
    return 0;
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_done_where_all_is_zero),
        cmocka_unit_test(a_shift_by_whole_pixels_is_a_copy_with_black_behind),
        cmocka_unit_test(a_shift_past_the_edge_leaves_black),
        cmocka_unit_test(half_a_turn_is_the_picture_upside_down),
        cmocka_unit_test(pixels_are_between_their_neighbours_in_the_turned_and_scaled_picture),
        cmocka_unit_test(moves_are_even_within_their_limits),
        cmocka_unit_test(no_draw_is_used_twice),
        cmocka_unit_test(noise_is_normal_in_every_pixel),
        cmocka_unit_test(a_picture_is_changed_alike_on_any_threads_and_beside_any_others),
        cmocka_unit_test(the_gradient_is_the_transpose),
        cmocka_unit_test(rows_are_pulled_back_by_their_own_moves_in_place),
        cmocka_unit_test(noise_leaves_the_gradient_as_it_is),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
