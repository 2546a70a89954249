/* SPDX-License-Identifier: MIT */
/* How checks of methods count what they find off. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../src/explain/method_detail.h"
#include <math.h>

static void the_worse_of_two_errors_is_the_larger(void **state)
{
    (void)state;
    assert_true(worse(1, 2) == 2);
    assert_true(worse(2, 1) == 2);
    assert_true(worse(0, (double)INFINITY) == (double)INFINITY);
}

static void what_is_not_a_number_is_worse_than_any_on_either_side(void **state)
{
    (void)state;
    assert_true(isnan(worse((double)NAN, 1)));
    assert_true(isnan(worse(1, (double)NAN)));
    assert_true(isnan(worse((double)NAN, (double)INFINITY)));
    assert_true(isnan(worse((double)INFINITY, (double)NAN)));
}

static void an_error_is_relative_to_a_size_that_float_can_tell_from_zero(void **state)
{
    (void)state;
    assert_true(relative_error(1, 4) == 0.25);
    assert_true(relative_error(0, 0) == 0);
    assert_true(relative_error(3e-28, 1e-30) == 3e-28 / 1e-28);
    assert_true(relative_error(3e-28, 2e-28) == 1.5);
    assert_true(isnan(relative_error((double)NAN, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worse_of_two_errors_is_the_larger),
        cmocka_unit_test(what_is_not_a_number_is_worse_than_any_on_either_side),
        cmocka_unit_test(an_error_is_relative_to_a_size_that_float_can_tell_from_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
