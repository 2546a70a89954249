/* SPDX-License-Identifier: MIT */
/* metrics: what values are demanded to be. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "metrics.h"
#include <math.h>
#include <string.h>

static void thresholds_say_metric_relation_and_limit(void **state)
{
    threshold t[MAX_THRESHOLDS];
    size_t n = 0;
    error e = {0};
    text words = {0};
    (void)state;
    assert_int_equal(
        thresholds_read(t, &n, "class_accuracy<0.5,class_accuracy >= -2e1 ,class_accuracy>1", &e),
        0);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(t[i].metric, metric_find("class_accuracy"));
        threshold_add(&words, &t[i]);
        text_add(&words, "\n");
    }
    assert_string_equal(words.data,
                        "class_accuracy < 0.5\nclass_accuracy >= -20\nclass_accuracy > 1\n");
    text_release(&words);
}

static void a_threshold_is_met_on_its_side_of_the_limit(void **state)
{
    static const struct {
        const char *given;
        bool is_met[4]; /* by 0, 1, 2, NaN */
    } cases[] = {{"class_accuracy<1", {true, false, false, false}},
                 {"class_accuracy<=1", {true, true, false, false}},
                 {"class_accuracy>1", {false, false, true, false}},
                 {"class_accuracy>=1", {false, true, true, false}}};
    const double numbers[] = {0, 1, 2, (double)NAN};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        threshold t[MAX_THRESHOLDS];
        size_t n = 0;
        error e = {0};
        assert_int_equal(thresholds_read(t, &n, cases[i].given, &e), 0);
        for (size_t k = 0; k < 4; k++)
            assert_int_equal(threshold_is_met(&t[0], numbers[k]), cases[i].is_met[k]);
    }
}

static void what_is_no_threshold_is_refused_by_name(void **state)
{
    static const char *const cases[][2] = {
        {"", "'': the name of a metric is missing before ''"},
        {"class_accuracy<1,", "the name of a metric is missing before ''"},
        {"<1", "the name of a metric is missing before '<1'"},
        {"class_acuracy<1", "did you mean 'class_accuracy'?"},
        {"class_accuracy", "class_accuracy is followed by '' and not by <, <=, > or >="},
        {"class_accuracy=1", "followed by '='"},
        {"class_accuracy==1", "followed by '=='"},
        {"class_accuracy<>1", "followed by '<>'"},
        {"class_accuracy<==1", "followed by '<=='"},
        {"class_accuracy 1", "followed by '1'"},
        {"class_accuracy<", "the limit of class_accuracy, '', is not a number"},
        {"class_accuracy<a,class_accuracy<1", "'a', is not a number"},
        {"class_accuracy<nan", "'nan', is not a number"},
        {"class_accuracy<0x1", "'0x1', is not a number"},
        {"class_accuracy<1 2", "'1 2', is not a number"},
        {"class_accuracy<1;class_accuracy<2", "is not a number"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        threshold t[MAX_THRESHOLDS];
        size_t n = 0;
        error e = {0};
        assert_int_equal(thresholds_read(t, &n, cases[i][0], &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_non_null(strstr(e.message, cases[i][1]));
    }
}

static void thresholds_have_an_end(void **state)
{
    threshold t[MAX_THRESHOLDS];
    size_t n = 0;
    error e = {0};
    text many = {0};
    (void)state;
    for (size_t i = 0; i < MAX_THRESHOLDS; i++)
        text_add(&many, "%sclass_accuracy>%zu", i ? "," : "", i);
    assert_int_equal(thresholds_read(t, &n, many.data, &e), 0);
    assert_int_equal(n, MAX_THRESHOLDS);
    text_add(&many, ",class_accuracy>0");
    assert_int_equal(thresholds_read(t, &n, many.data, &e), -1);
    assert_non_null(strstr(e.message, "more than 32 thresholds"));
    text_release(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_say_metric_relation_and_limit),
        cmocka_unit_test(a_threshold_is_met_on_its_side_of_the_limit),
        cmocka_unit_test(what_is_no_threshold_is_refused_by_name),
        cmocka_unit_test(thresholds_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
