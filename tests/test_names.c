/* SPDX-License-Identifier: MIT */
/* Names that are read from the tables that have them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base.h"

typedef struct {
    int number;
    const char *name;
} row;

static const row fruit[] = {{1, "apple"}, {2, "pear"}, {0, NULL}};
static const row nothing[] = {{0, NULL}};
static const row *const chosen[] = {&fruit[1], &fruit[0], NULL};

static const name_list *const names = NAMES_OF(fruit);
static const name_list *const pointed = NAMES_POINTED(row, chosen);
static const name_list *const words = WORDS("some", "none");
static const name_list *const none = NAMES_OF(nothing);
static const name_list *const joined =
    NAMES_JOINED(NAMES_OF(nothing), NAMES_POINTED(row, chosen), WORDS("all"), NAMES_OF(nothing));
static const name_list *const nested =
    NAMES_JOINED(WORDS("first"), NAMES_JOINED(NAMES_OF(fruit), WORDS("all")), WORDS("last"));

static void assert_names(const name_list *list, const char *expected)
{
    text t = {0};
    text_add(&t, "<");
    names_add(&t, list, "|");
    text_add(&t, ">");
    assert_string_equal(t.data, expected);
    text_release(&t);
}

static void names_are_those_of_the_rows_in_their_order(void **state)
{
    (void)state;
    assert_names(names, "<apple|pear>");
    assert_names(pointed, "<pear|apple>");
    assert_names(words, "<some|none>");
    assert_names(none, "<>");
}

static void joined_lists_follow_each_other_without_a_gap(void **state)
{
    (void)state;
    assert_names(joined, "<pear|apple|all>");
    assert_names(nested, "<first|apple|pear|all|last>");
}

static void behind_the_last_name_is_none(void **state)
{
    (void)state;
    assert_ptr_equal(name_at(names, 1), fruit[1].name);
    assert_null(name_at(names, 2));
    assert_null(name_at(pointed, 2));
    assert_null(name_at(joined, 3));
    assert_null(name_at(none, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_of_the_rows_in_their_order),
        cmocka_unit_test(joined_lists_follow_each_other_without_a_gap),
        cmocka_unit_test(behind_the_last_name_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
