/* SPDX-License-Identifier: MIT */
/* base: a float as text is what printf makes of it, and gives the float back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static float float_of(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void assert_as_printf(text *t, float v)
{
    char want[64];
    t->length = 0;
    text_add_number(t, v);
    snprintf(want, sizeof want, "%.9g", (double)v);
    if (strcmp(t->data, want) != 0)
        fail_msg("%a: %s, expected %s", (double)v, t->data, want);
}

static void numbers_of_every_size_are_as_printf_writes_them(void **state)
{
    (void)state;
    text t = {0};
    uint32_t bits = 1;
    for (int i = 0; i < 300000; i++) {
        bits = bits * 1664525u + 1013904223u;
        assert_as_printf(&t, float_of(bits ^ bits >> 16));
    }
    text_release(&t);
}

static void numbers_beside_powers_of_ten_are_as_printf_writes_them(void **state)
{
    (void)state;
    text t = {0};
    for (int e = -45; e <= 38; e++) {
        float v = (float)pow(10, e), below = nextafterf(v, 0), above = nextafterf(v, FLT_MAX);
        assert_as_printf(&t, v), assert_as_printf(&t, -v);
        assert_as_printf(&t, below), assert_as_printf(&t, above);
    }
    text_release(&t);
}

/* An odd number of eighths from 2^20 on has ten digits, the last a 5: the ninth becomes even. */
static void numbers_in_the_middle_are_as_printf_writes_them(void **state)
{
    (void)state;
    text t = {0};
    for (uint32_t m = (1u << 23) + 1; m < 1u << 24; m += 254)
        assert_as_printf(&t, (float)m * 0x1p-3f);
    text_release(&t);
}

static void special_numbers_are_as_printf_writes_them(void **state)
{
    (void)state;
    static const float special[] = {
        0,         -0.0f, 1,     -1,   FLT_MIN,      FLT_MAX, 0x1p-149f,    INFINITY,
        -INFINITY, 1e-4f, 1e-5f, 1e8f, 999999999.0f, 1e9f,    123456792.0f, 16777216.0f};
    text t = {0};
    for (size_t i = 0; i < COUNT(special); i++)
        assert_as_printf(&t, special[i]);
    text_release(&t);
}

static void numbers_are_added_behind_what_is_there(void **state)
{
    (void)state;
    text t = {0};
    text_add(&t, "[");
    text_add_number(&t, -0.25f);
    text_add(&t, ",");
    text_add_number(&t, 0x1p-100f);
    assert_string_equal(t.data, "[-0.25,7.88860905e-31");
    text_release(&t);
}

static void a_number_that_rounds_to_0_has_no_sign(void **state)
{
    static const struct {
        double value;
        int decimals;
        const char *words;
    } cases[] = {{-0.004, 2, "0.00"}, {-0.0, 1, "0.0"},     {-0.4, 0, "0"},
                 {-0.5, 0, "0"},      {0.005, 2, "0.01"},   {-0.005, 2, "-0.01"},
                 {-0.6, 0, "-1"},     {-0.006, 2, "-0.01"}, {0.004, 2, "0.00"},
                 {2.5, 1, "2.5"},     {-12.345, 1, "-12.3"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        text t = {0};
        text_add_decimals(&t, cases[i].value, cases[i].decimals);
        assert_string_equal(t.data, cases[i].words);
        text_release(&t);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_every_size_are_as_printf_writes_them),
        cmocka_unit_test(numbers_beside_powers_of_ten_are_as_printf_writes_them),
        cmocka_unit_test(numbers_in_the_middle_are_as_printf_writes_them),
        cmocka_unit_test(special_numbers_are_as_printf_writes_them),
        cmocka_unit_test(numbers_are_added_behind_what_is_there),
        cmocka_unit_test(a_number_that_rounds_to_0_has_no_sign),
    };
    return cmocka_run_group_tests_name("text_number", tests, NULL, NULL);
}
