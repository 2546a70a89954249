/* SPDX-License-Identifier: MIT */
/* metrics: what a judge makes of pictures, and what metrics make of that. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "judged.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 4, PIXELS = SIDE * SIDE, N = 3 };

/* Upper half, lower half, and the lower one brighter. */
static void fill(uint8_t pixels[N][PIXELS])
{
    memset(pixels, 0, N * PIXELS);
    memset(pixels[0], 255, PIXELS / 2);
    memset(pixels[1] + PIXELS / 2, 255, PIXELS / 2);
    memset(pixels[2], 51, PIXELS / 2);
    memset(pixels[2] + PIXELS / 2, 102, PIXELS / 2);
}

static void features_are_of_the_last_hidden_layer_and_classes_of_the_greatest_logit(void **state)
{
    uint8_t pixels[N][PIXELS];
    judge j = {0};
    judged_set s = {0};
    double probability[2];
    (void)state;
    judge_of_halves(&j, SIDE);
    fill(pixels);
    judged_set_init(&s, &j, pixels[0], NULL, N);
    assert_near((double)s.features.data[4], 0.2, 1e-6);
    assert_near((double)s.features.data[5], 0.4, 1e-6);
    assert_int_equal(s.seen[0], 0);
    assert_int_equal(s.seen[1], 1);
    assert_int_equal(s.seen[2], 1);
    judged_set_probability(probability, &s, 2);
    assert_near(probability[1], 1 / (1 + exp(-0.6)), 1e-6);
    assert_near(probability[0] + probability[1], 1, 1e-12);
    judged_set_release(&s);
    judge_release(&j);
}

static void of_equal_logits_the_first_class_is_seen(void **state)
{
    static const uint8_t black[PIXELS];
    judge j = {0};
    judged_set s = {0};
    (void)state;
    judge_of_halves(&j, SIDE);
    judged_set_init(&s, &j, black, NULL, 1);
    assert_true(s.logits[0] == s.logits[1]);
    assert_int_equal(s.seen[0], 0);
    judged_set_release(&s);
    judge_release(&j);
}

static void class_accuracy_is_the_share_that_is_seen_as_asked(void **state)
{
    static const uint8_t asked[N] = {0, 1, 0}, unknown[N] = {0, 2, 0};
    uint8_t pixels[N][PIXELS];
    judge j = {0};
    judged_set s = {0};
    metric_context context = {.judge = &j};
    comparison c = {0};
    metric_result r = {0};
    error e = {0};
    (void)state;
    judge_of_halves(&j, SIDE);
    fill(pixels);
    judged_set_init(&s, &j, pixels[0], asked, N);
    comparison_init(&c, &s, &s, &context);
    assert_int_equal(metric_measure(&r, metric_find("class_accuracy"), &c, &e), 0);
    assert_near(r.value.value, 2.0 / 3, 1e-12);
    assert_true(r.value.low < r.value.value && r.value.high > r.value.value);
    metric_result_release(&r);
    s.labels = unknown;
    assert_int_equal(metric_measure(&r, metric_find("class_accuracy"), &c, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    metric_result_release(&r);
    comparison_release(&c);
    judged_set_release(&s);
    judge_release(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_are_of_the_last_hidden_layer_and_classes_of_the_greatest_logit),
        cmocka_unit_test(of_equal_logits_the_first_class_is_seen),
        cmocka_unit_test(class_accuracy_is_the_share_that_is_seen_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
