/* SPDX-License-Identifier: MIT */
/* checkpoint: F16 by known bit patterns, by all of them, and as networks are saved and read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "../src/checkpoint/safetensors_detail.h"

static const struct {
    uint16_t half;
    float value;
} known[] = {
    {0x0000, 0.0f},         {0x3c00, 1.0f},
    {0xc000, -2.0f},        {0x3555, 0.333251953125f},  /* nearest to a third */
    {0x7bff, 65504.0f},                                 /* the greatest */
    {0x0400, 0x1p-14f},                                 /* the least normal one */
    {0x03ff, 0x1.ff8p-15f},                             /* the greatest below it */
    {0x0001, 0x1p-24f},                                 /* the least of all */
    {0x8001, -0x1p-24f},    {0x2e66, 0.0999755859375f}, /* nearest to a tenth */
};

static void known_bits_have_their_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        assert_true(float_from_half(known[i].half) == known[i].value);
        assert_int_equal(half_from_float(known[i].value), known[i].half);
    }
    assert_true(signbit(float_from_half(0x8000)) && float_from_half(0x8000) == 0);
    assert_int_equal(half_from_float(-0.0f), 0x8000);
}

/* By the definition in double: fraction 2^-24 below the least exponent, 2^(e - 15) (1 + f / 1024).
 */
static void every_finite_half_is_exact_and_comes_back(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        int exponent = (int)(h >> 10 & 31), fraction = (int)(h & 1023);
        if (exponent == 31) {
            assert_false(half_is_finite((uint16_t)h));
            continue;
        }
        double want =
            exponent == 0 ? ldexp(fraction, -24) : ldexp(1.0 + fraction / 1024.0, exponent - 15);
        want = h & 0x8000 ? -want : want;
        assert_true((double)float_from_half((uint16_t)h) == want);
        assert_int_equal(half_from_float((float)want), h);
    }
}

/* Between each half and the next: the middle goes to the even one, a float less or more to the
 * nearer one. */
static void halves_are_rounded_to_the_nearest_even(void **state)
{
    (void)state;
    for (uint16_t h = 0; h < 0x7bff; h++) {
        uint16_t next = (uint16_t)(h + 1), even = h % 2 ? next : h;
        float middle = 0.5f * (float_from_half(h) + float_from_half(next));
        assert_int_equal(half_from_float(middle), even);
        assert_int_equal(half_from_float(-middle), even | 0x8000);
        assert_int_equal(half_from_float(nextafterf(middle, 0)), h);
        assert_int_equal(half_from_float(nextafterf(middle, INFINITY)), next);
    }
    assert_int_equal(half_from_float(65519.996f), 0x7bff);
    assert_int_equal(half_from_float(65520.0f), 0x7c00);
    assert_int_equal(half_from_float(0x1p-25f), 0);
    assert_int_equal(half_from_float(0x1p-149f), 0);
    assert_false(half_is_finite(half_from_float(NAN)));
    assert_false(half_is_finite(half_from_float(-INFINITY)));
}

/* ---- In files ---- */

static const float third[3] = {1.0f / 3, -1.0f / 3, 0.1f};

/* A bias of F16 and, to be left alone, a step. */
static safetensors halved(bytes *values, const float bias[3])
{
    static const uint64_t step = 7;
    safetensors s = {0};
    error e = {0};
    safetensors_add(&s, "C.0.bias", DTYPE_F32, 1, (size_t[]){3}, bias);
    safetensors_add(&s, "step", DTYPE_U64, 0, NULL, &step);
    assert_done(safetensors_halve(&s, values, &e), &e);
    return s;
}

static void halved_tensors_are_saved_and_read_as_floats(void **state)
{
    bytes values = {0};
    safetensors s = halved(&values, third), read;
    error e = {0};
    float got[3];
    (void)state;
    bytes file = save(&s, "half.safetensors");
    assert_done(safetensors_read(&read, file.data, file.size, "half", &e), &e);
    const tensor_entry *t = safetensors_find(&read, "C.0.bias");
    assert_true(t->type == DTYPE_F16 && t->n_bytes == 6);
    assert_memory_equal(t->data, ((uint16_t[]){0x3555, 0xb555, 0x2e66}), 6);
    assert_int_equal(safetensors_find(&read, "step")->type, DTYPE_U64);
    assert_done(safetensors_get(got, &read, "C.0.bias", 1, (size_t[]){3}, &e), &e);
    assert_true(got[0] == 0.333251953125f && got[1] == -got[0] && got[2] == 0.0999755859375f);
    safetensors_release(&read);
    safetensors_release(&s);
    bytes_release(&values);
    bytes_release(&file);
}

static void what_a_half_cannot_hold_is_not_saved(void **state)
{
    static const float bad[] = {65520.0f, -1e9f, NAN, INFINITY};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        safetensors s = {0};
        bytes values = {0};
        error e = {0};
        const float bias[2] = {1, bad[i]};
        safetensors_add(&s, "C.0.bias", DTYPE_F32, 1, (size_t[]){2}, bias);
        assert_int_equal(safetensors_halve(&s, &values, &e), -1);
        assert_message(&e, STATUS_DIVERGED, "tensor 'C.0.bias': element 1 is");
        safetensors_release(&s);
        bytes_release(&values);
    }
}

/* Of each bit pattern that is no number, wherever it is. */
static void halves_that_are_no_numbers_are_refused(void **state)
{
    static const uint16_t bad[] = {0x7c00, 0xfc00, 0x7e00, 0x7c01, 0xffff};
    (void)state;
    for (size_t i = 0; i < COUNT(bad) * 3; i++) {
        uint16_t bits[3] = {0x3c00, 0x7bff, 0x0001};
        safetensors s = {0}, read;
        error e = {0};
        text part = {0};
        bits[i % 3] = bad[i / 3];
        safetensors_add(&s, "C.0.bias", DTYPE_F16, 1, (size_t[]){3}, bits);
        bytes file = save(&s, "half.safetensors");
        text_add(&part, "half: tensor 'C.0.bias': element %zu is not a finite number", i % 3);
        assert_int_equal(safetensors_read(&read, file.data, file.size, "half", &e), -1);
        assert_message(&e, STATUS_BAD_INPUT, part.data);
        text_release(&part);
        safetensors_release(&s);
        bytes_release(&file);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_bits_have_their_values),
        cmocka_unit_test(every_finite_half_is_exact_and_comes_back),
        cmocka_unit_test(halves_are_rounded_to_the_nearest_even),
        cmocka_unit_test(halved_tensors_are_saved_and_read_as_floats),
        cmocka_unit_test(what_a_half_cannot_hold_is_not_saved),
        cmocka_unit_test(halves_that_are_no_numbers_are_refused),
    };
    return cmocka_run_group_tests_name("half", tests, make_folder, remove_folder);
}
