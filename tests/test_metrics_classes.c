/* SPDX-License-Identifier: MIT */
/* metrics: what is made of the classes that a judge sees, against cases solved by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "metrics.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 400, CLASSES = 4 };

static void assert_near(double got, double want, double rtol, double atol)
{
    assert_close(&got, &want, 1, rtol, atol);
}

/* A set of which nothing but logits and classes is there. */
typedef struct {
    float logits[N][CLASSES], feature[N];
    uint8_t seen[N];
    judged_set s;
} seen_set;

/* The first count[0] pictures are of class 0, ..., each with that logit and 0 for the others. */
static void see(seen_set *set, const size_t count[CLASSES], float logit)
{
    size_t i = 0;
    memset(set, 0, sizeof *set);
    for (uint8_t k = 0; k < CLASSES; k++)
        for (size_t j = 0; j < count[k]; j++, i++) {
            set->seen[i] = k;
            set->logits[i][k] = logit;
        }
    set->s = (judged_set){.n = i,
                          .features = matrix_view(set->feature, i, 1),
                          .n_classes = CLASSES,
                          .logits = set->logits[0],
                          .seen = set->seen};
}

static int try_seen(metric_result *out, const char *name, const judged_set *set,
                    const judged_set *real, error *e)
{
    metric_context context = {.seed = 2};
    comparison c = {0};
    comparison_init(&c, set, real, &context);
    int status = metric_measure(out, metric_find(name), &c, e);
    comparison_release(&c);
    return status;
}

static metric_result measure_seen(const char *name, const judged_set *set, const judged_set *real)
{
    metric_result r = {0};
    error e = {0};
    if (try_seen(&r, name, set, real, &e))
        fail_msg("%s", e.message);
    return r;
}

static double value_seen(const char *name, const judged_set *set, const judged_set *real)
{
    metric_result r = measure_seen(name, set, real);
    double value = r.value.value;
    metric_result_release(&r);
    return value;
}

/* ---- The score ---- */

/* Splits have 40 pictures each, in which classes do not come quite alike. */
static void the_score_of_sure_and_even_classes_is_nearly_their_number(void **state)
{
    static seen_set set;
    (void)state;
    see(&set, (const size_t[]){100, 100, 100, 100}, 40);
    metric_result r = measure_seen("is", &set.s, &set.s);
    assert_true(r.value.value < 4 && r.value.value > 3.8);
    assert_true(r.value.low < r.value.value && r.value.value < r.value.high);
    assert_true(r.value.high - r.value.low < 0.2 && r.value.high - r.value.low > 0.002);
}

static void the_score_of_one_class_or_of_no_opinion_is_one(void **state)
{
    static seen_set set;
    (void)state;
    see(&set, (const size_t[]){N, 0, 0, 0}, 40);
    assert_near(value_seen("is", &set.s, &set.s), 1, 1e-12, 0);
    see(&set, (const size_t[]){100, 100, 100, 100}, 0);
    assert_near(value_seen("is", &set.s, &set.s), 1, 1e-12, 0);
}

/* One picture of chances (0.7, 0.1, 0.1, 0.1), over and over but for its class: the same of a
 * whole, which the splits of a few pictures come near from below. */
static void the_score_is_that_of_the_mean_divergence(void **state)
{
    static seen_set set;
    double p = 0.7, q = 0.1, of_one = p * log(p) + 3 * q * log(q);
    (void)state;
    see(&set, (const size_t[]){100, 100, 100, 100}, logf(7));
    double whole = exp(of_one - log(0.25)), value = value_seen("is", &set.s, &set.s);
    assert_true(value < whole);
    assert_near(value, whole, 0.03, 0);
}

static void the_score_refuses_too_few_pictures_for_its_splits(void **state)
{
    static seen_set set;
    metric_result r = {0};
    error e = {0};
    (void)state;
    see(&set, (const size_t[]){99, 0, 0, 0}, 1);
    assert_int_equal(try_seen(&r, "is", &set.s, &set.s, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message,
                        "is: 99 pictures, expected at least 100, 10 in each of 10 splits");
}

/* ---- The divergence ---- */

/* The real ones have 1/2 more of each class. */
static double real_share(size_t count, size_t n)
{
    return ((double)count + 0.5) / ((double)n + 0.5 * CLASSES);
}

static void the_divergence_is_that_of_the_shares(void **state)
{
    static seen_set set, real;
    static const size_t of_set[] = {200, 100, 60, 0}, of_real[] = {40, 80, 40, 40};
    double want = 0;
    (void)state;
    see(&set, of_set, 1);
    see(&real, of_real, 1);
    for (size_t k = 0; k < 3; k++)
        want +=
            (double)of_set[k] / 360 * log((double)of_set[k] / 360 / real_share(of_real[k], 200));
    metric_result r = measure_seen("class_kl", &set.s, &real.s);
    assert_near(r.value.value, want, 1e-12, 0);
    assert_true(r.value.low > 0 && r.value.low < want && want < r.value.high);
    assert_int_equal(r.n_classes, CLASSES);
    assert_near(r.by_class[0].value, 200.0 / 360, 1e-15, 0);
    assert_true(r.by_class[3].value == 0 && r.by_class[3].high > 0.005);
    assert_string_equal(r.parts[0].name, "modes");
    assert_near(r.parts[0].value, 3, 0, 0);
    assert_near(r.parts[1].value, 0, 0, 0);
    metric_result_release(&r);
}

static void equal_shares_do_not_diverge_and_a_collapse_does(void **state)
{
    static seen_set set, real;
    (void)state;
    see(&real, (const size_t[]){100, 100, 100, 100}, 1);
    assert_near(value_seen("class_kl", &real.s, &real.s), 0, 0, 1e-12);
    see(&set, (const size_t[]){0, N, 0, 0}, 1);
    assert_near(value_seen("class_kl", &set.s, &real.s), log(4), 1e-12, 0);
}

static void the_least_ratio_is_that_of_the_class_that_comes_off_worst(void **state)
{
    static seen_set set, real;
    (void)state;
    see(&set, (const size_t[]){100, 20, 80, 200}, 1);
    see(&real, (const size_t[]){100, 100, 100, 100}, 1);
    metric_result r = measure_seen("class_kl", &set.s, &real.s);
    assert_string_equal(r.parts[1].name, "least_ratio");
    assert_near(r.parts[1].value, 0.05 / real_share(100, 400), 1e-12, 0);
    metric_result_release(&r);
}

/* Of shares that are nearly alike the resamples are below 0 as often as above. */
static void no_interval_of_the_divergence_is_below_0(void **state)
{
    static seen_set set, real;
    (void)state;
    see(&set, (const size_t[]){101, 99, 100, 100}, 1);
    see(&real, (const size_t[]){100, 100, 100, 100}, 1);
    metric_result r = measure_seen("class_kl", &set.s, &real.s);
    assert_true(r.value.low == 0 && r.value.high > r.value.value);
    metric_result_release(&r);
}

/* A class that no real picture has: 1/2 of one stands for it. */
static void an_empty_class_of_real_pictures_does_not_make_it_infinite(void **state)
{
    static seen_set set, real;
    (void)state;
    see(&set, (const size_t[]){0, 0, 0, 100}, 1);
    see(&real, (const size_t[]){200, 0, 0, 0}, 1);
    assert_near(value_seen("class_kl", &set.s, &real.s), log(202 / 0.5), 1e-12, 0);
}

static void the_real_ones_labels_go_before_what_is_seen(void **state)
{
    static seen_set set, real;
    uint8_t labels[N];
    metric_result r = {0};
    error e = {0};
    (void)state;
    see(&set, (const size_t[]){N, 0, 0, 0}, 1);
    see(&real, (const size_t[]){N, 0, 0, 0}, 1);
    for (size_t i = 0; i < N; i++)
        labels[i] = i % 2;
    real.s.labels = labels;
    assert_near(value_seen("class_kl", &set.s, &real.s), log(402 / 200.5), 1e-12, 0);
    labels[7] = CLASSES;
    assert_int_equal(try_seen(&r, "class_kl", &set.s, &real.s, &e), -1);
    assert_string_equal(e.message, "class_kl: a picture of class 4, expected one of the judge's 4");
    metric_result_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_score_of_sure_and_even_classes_is_nearly_their_number),
        cmocka_unit_test(the_score_of_one_class_or_of_no_opinion_is_one),
        cmocka_unit_test(the_score_is_that_of_the_mean_divergence),
        cmocka_unit_test(the_score_refuses_too_few_pictures_for_its_splits),
        cmocka_unit_test(the_divergence_is_that_of_the_shares),
        cmocka_unit_test(equal_shares_do_not_diverge_and_a_collapse_does),
        cmocka_unit_test(the_least_ratio_is_that_of_the_class_that_comes_off_worst),
        cmocka_unit_test(no_interval_of_the_divergence_is_below_0),
        cmocka_unit_test(an_empty_class_of_real_pictures_does_not_make_it_infinite),
        cmocka_unit_test(the_real_ones_labels_go_before_what_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
