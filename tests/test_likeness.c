/* SPDX-License-Identifier: MIT */
/* How far maps are the same, by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "nets.h"
#include "use_threads.h"
#include "../src/trust/likeness.h"

enum { SIDE = 8 };

/* ---- Likeness ---- */

static attribution map_of(float *v, size_t n, array_sign sign)
{
    return (attribution){.name = "map", .n = n, .values = v, .sign = sign};
}

static void assert_likeness(double got, double want) { assert_close(&got, &want, 1, 0, 1e-9); }

/* Ranks 2 3 4 1 and 4 3 2 1: 0.2; without the common 0 3 2 1 and 1 2 3: -1. */
static void common_zeros_do_not_make_maps_alike(void **state)
{
    float a[4] = {1, 2, 3, 0}, b[4] = {3, 2, 1, 0};
    attribution one = map_of(a, 4, SIGN_SIGNED), two = map_of(b, 4, SIGN_SIGNED);
    (void)state;
    likeness l = likeness_of(&one, &two, NULL);
    assert_likeness(l.of[LIKE_VALUES], 0.2);
    assert_likeness(l.of[LIKE_SIZES], 0.2);
    assert_likeness(l.of[LIKE_SUPPORT], 1);
    assert_true(isnan(l.of[LIKE_SSIM]));
    one.sign = two.sign = SIGN_MAGNITUDE;
    l = likeness_of(&one, &two, NULL);
    assert_true(isnan(l.of[LIKE_VALUES]));
    assert_likeness(l.of[LIKE_SUPPORT], 1);
}

static void sizes_and_values_are_told_apart(void **state)
{
    float a[5] = {1, -2, 3, -4, 5}, b[5] = {1, 2, 3, 4, 5};
    attribution one = map_of(a, 5, SIGN_SIGNED), two = map_of(b, 5, SIGN_SIGNED);
    (void)state;
    likeness l = likeness_of(&one, &two, NULL);
    assert_likeness(l.of[LIKE_SIZES], 1);
    assert_likeness(l.of[LIKE_VALUES], 0.3); /* ranks 3 2 4 1 5 and 1 2 3 4 5 */
}

static void a_map_turned_over_is_the_same_map(void **state)
{
    float a[4] = {1, 2, 3, 7}, b[4] = {-1, -2, -3, -7};
    attribution one = map_of(a, 4, SIGN_SIGNED), two = map_of(b, 4, SIGN_SIGNED);
    (void)state;
    assert_likeness(likeness_of(&one, &two, NULL).of[LIKE_SUPPORT], 1);
}

static void maps_without_an_order_are_alike_only_to_each_other(void **state)
{
    float flat[4] = {2, 2, 2, 2}, zero[4] = {0}, other[4] = {1, 2, 3, 7};
    attribution f = map_of(flat, 4, SIGN_SIGNED), z = map_of(zero, 4, SIGN_SIGNED);
    attribution o = map_of(other, 4, SIGN_SIGNED);
    (void)state;
    assert_likeness(likeness_of(&f, &f, NULL).of[LIKE_SUPPORT], 1);
    assert_likeness(likeness_of(&f, &o, NULL).of[LIKE_SUPPORT], 0);
    assert_likeness(likeness_of(&o, &z, NULL).of[LIKE_SUPPORT], 0);
    assert_true(isnan(likeness_of(&z, &o, NULL).of[LIKE_SUPPORT]));
    assert_true(isnan(likeness_of(&o, NULL, NULL).of[LIKE_SUPPORT]));
    o.n = 1;
    assert_true(isnan(likeness_of(&o, &o, NULL).of[LIKE_SUPPORT]));
}

/* Whatever their scale. */
static void pictures_of_equal_maps_are_alike(void **state)
{
    picture_shape shape = {SIDE, SIDE, SIDE * SIDE};
    float *a = draw(SIDE * SIDE, 1), b[SIDE * SIDE], *c = draw(SIDE * SIDE, 2);
    attribution one = map_of(a, shape.n, SIGN_SIGNED), two = map_of(b, shape.n, SIGN_SIGNED);
    attribution other = map_of(c, shape.n, SIGN_SIGNED);
    (void)state;
    for (size_t i = 0; i < shape.n; i++)
        b[i] = 8 * a[i];
    double same = likeness_of(&one, &two, &shape).of[LIKE_SSIM];
    assert_close(&same, &(double){1}, 1, 1e-6, 0);
    assert_true(likeness_of(&one, &other, &shape).of[LIKE_SSIM] < 0.3);
    free(a);
    free(c);
}

/* Grey is 0, and the largest magnitude, which is not the first, black or white. */
static void maps_with_signs_are_pictures_around_grey(void **state)
{
    float a[SIDE * SIDE], b[SIDE * SIDE], seen_a[SIDE * SIDE], seen_b[SIDE * SIDE];
    const picture_shape shape = {SIDE, SIDE, SIDE * SIDE};
    rng r = rng_init(1, 1);
    (void)state;
    rng_fill_normal(&r, a, SIDE * SIDE);
    rng_fill_normal(&r, b, SIDE * SIDE);
    a[9] = -8;
    b[20] = 16;
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        seen_a[i] = 0.5f + a[i] / 16;
        seen_b[i] = 0.5f + b[i] / 32;
    }
    attribution one = map_of(a, SIDE * SIDE, SIGN_SIGNED),
                two = map_of(b, SIDE * SIDE, SIGN_SIGNED);
    assert_close(&(double){likeness_of(&one, &two, &shape).of[LIKE_SSIM]},
                 &(double){pictures_ssim(seen_a, seen_b, shape)}, 1, 0, 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_zeros_do_not_make_maps_alike),
        cmocka_unit_test(sizes_and_values_are_told_apart),
        cmocka_unit_test(a_map_turned_over_is_the_same_map),
        cmocka_unit_test(maps_without_an_order_are_alike_only_to_each_other),
        cmocka_unit_test(maps_with_signs_are_pictures_around_grey),
        cmocka_unit_test(pictures_of_equal_maps_are_alike),
    };
    use_threads(2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
