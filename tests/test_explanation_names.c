/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "present.h"
#include <stdlib.h>
#include <string.h>

static void assert_suffix(const char *class, const char *target, const char *want)
{
    char *found = explanation_suffix(class, target);
    assert_string_equal(found, want);
    free(found);
}

static void the_default_target_leaves_its_part_out(void **state)
{
    (void)state;
    assert_suffix(NULL, "", "");
    assert_suffix("3", "", "-of-3");
    assert_suffix("3", "ink", "-of-3-ink");
}

static void numbers_are_joined_by_dashes(void **state)
{
    (void)state;
    assert_suffix(NULL, "pixel:4,5", "-pixel-4-5");
    assert_suffix("3", "region:0,0,27,27", "-of-3-region-0-0-27-27");
    assert_suffix(NULL, "rec:nearest", "-rec-nearest");
    assert_suffix(NULL, "rec:seed-0007.png", "-rec-seed-0007.png");
}

static bool is_safe(const char *name)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
           strlen(name);
}

static void names_are_safe_and_bounded_and_no_two_targets_share_one(void **state)
{
    char length[400], other_end[sizeof length];
    memset(length, 'a', sizeof length);
    memcpy(length, "rec:", 4);
    length[sizeof length - 1] = '\0';
    memcpy(other_end, length, sizeof length);
    other_end[sizeof length - 2] = 'b';
    const char *const targets[] = {"rec:my file.png",
                                   "rec:my,file.png",
                                   "rec:my-file.png",
                                   "rec:other/my-file.png",
                                   "rec:../my-file.png",
                                   "rec:4-5",
                                   "rec:4,5",
                                   "rec:-",
                                   "rec:\xc3\xa4.png",
                                   "rec:..",
                                   "rec:a\nb",
                                   "rec:a:b",
                                   "loss:nearest",
                                   "loss:nearest lambda 0.5",
                                   length,
                                   length + 1,
                                   other_end};
    enum { N = sizeof targets / sizeof *targets };
    char *names[N];
    (void)state;
    for (size_t i = 0; i < N; i++) {
        names[i] = explanation_suffix(NULL, targets[i]);
        assert_true(is_safe(names[i]) && strlen(names[i]) < 80);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(names[i], names[k]);
    }
    assert_int_equal(strncmp(names[0], "-rec-my-file.png-", 17), 0);
    assert_string_equal(names[2], "-rec-my-file.png");
    for (size_t i = 0; i < N; i++)
        free(names[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_target_leaves_its_part_out),
        cmocka_unit_test(numbers_are_joined_by_dashes),
        cmocka_unit_test(names_are_safe_and_bounded_and_no_two_targets_share_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
