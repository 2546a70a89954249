/* SPDX-License-Identifier: MIT */
/* What is said of a logit beside those of other pictures, whose distributions are known here. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "use_threads.h"
#include "../src/present/present_detail.h"
#include "../src/report/panel.h"
#include "text_boxes.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 10000 };

/* Of N draws from N(mean, sigma^2). */
static void fill_normal(float quantile[N_QUANTILES], float mean, float sigma, uint64_t seed)
{
    float *v = allocate(N, sizeof *v);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 0));
    rng_fill_normal(&r, v, N);
    for (size_t i = 0; i < N; i++)
        v[i] = mean + sigma * v[i];
    quantiles_find(quantile, N_QUANTILES, v, N);
    free(v);
}

/* Real around the one mean, generated around the other. */
static logit_quantiles normal(float real, float generated)
{
    logit_quantiles q = {.n_real = N, .n_generated = N};
    fill_normal(q.real, real, 1, 1);
    fill_normal(q.generated, generated, 1, 2);
    return q;
}

static logit_quantiles constant(float logit, size_t n)
{
    logit_quantiles q = {.n_real = n, .n_generated = n};
    for (size_t i = 0; i < N_QUANTILES; i++)
        q.real[i] = q.generated[i] = logit;
    return q;
}

static json_t *numbers_of(double logit, const logit_quantiles *q)
{
    json_t *o = json_object();
    verdict_numbers(o, logit, q);
    return o;
}

static double at(const json_t *numbers, const char *key)
{
    return json_number_value(json_object_get(json_object_get(numbers, "verdict"), key));
}

static double item_at(const json_t *numbers, const char *key, size_t i)
{
    return json_number_value(
        json_array_get(json_object_get(json_object_get(numbers, "verdict"), key), i));
}

static void assert_about(double got, double want) { assert_close(&got, &want, 1, 0, 0.03); }

static void assert_word(double logit, const logit_quantiles *q, const char *want)
{
    json_t *numbers = numbers_of(logit, q);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(numbers, "verdict"), "word")), want);
    json_decref(numbers);
}

/* ---- Numbers ---- */

static void two_normal_distributions_have_the_band_and_shares_of_their_formulas(void **state)
{
    (void)state;
    const double quartile = 0.6744897501960817; /* of N(0, 1) */
    logit_quantiles q = normal(2, -1);
    json_t *o = numbers_of(0, &q);
    assert_about(item_at(o, "band", 0), -1 + quartile);
    assert_about(item_at(o, "band", 1), 2 - quartile);
    assert_about(at(o, "real_below"), 0.02275013194817921); /* Phi(-2) */
    assert_about(at(o, "generated_below"), 0.8413447460685429);
    assert_true(at(o, "n_real") == N && at(o, "n_generated") == N);
    assert_about(item_at(o, "real_quantiles", 50), 2);
    assert_about(item_at(o, "generated_quantiles", 75), -1 + quartile);
    assert_true(item_at(o, "real_quantiles", 100) == (double)q.real[100]);
    json_decref(o);
}

static void what_is_in_the_band_with_its_ends_is_undecided(void **state)
{
    (void)state;
    logit_quantiles q = normal(2, -1);
    json_t *o = numbers_of(0, &q);
    double low = item_at(o, "band", 0), high = item_at(o, "band", 1);
    json_decref(o);
    assert_word(low, &q, "undecided");
    assert_word(high, &q, "undecided");
    assert_word(nextafter(low, -9), &q, "generated");
    assert_word(nextafter(high, 9), &q, "real");
}

/* Half of the pictures of either kind. */
static void of_equal_distributions_the_middle_half_is_undecided(void **state)
{
    (void)state;
    logit_quantiles q = normal(0, 0);
    memcpy(q.generated, q.real, sizeof q.real);
    json_t *o = numbers_of(0, &q);
    assert_true(item_at(o, "band", 0) == (double)q.real[25]);
    assert_true(item_at(o, "band", 1) == (double)q.real[75]);
    json_decref(o);
    assert_word(1, &q, "real");
    assert_word(-1, &q, "generated");
}

static void a_constant_logit_decides_nothing(void **state)
{
    (void)state;
    logit_quantiles q = constant(0.5f, 1);
    json_t *o = numbers_of(0.5, &q);
    assert_true(item_at(o, "band", 0) == 0.5 && item_at(o, "band", 1) == 0.5);
    assert_true(at(o, "real_below") == 0 && at(o, "n_real") == 1);
    json_decref(o);
    assert_word(0.5, &q, "undecided");
    assert_word(0.6, &q, "real");
    assert_word(0.4, &q, "generated");
}

/* ---- Words ---- */

static void assert_says(double logit, const logit_quantiles *q, const char *want)
{
    text t = {0};
    json_t *numbers = numbers_of(logit, q);
    verdict_say(&t, numbers);
    assert_string_equal(t.data, want);
    text_release(&t);
    json_decref(numbers);
}

static void among_others_the_shares_are_told(void **state)
{
    (void)state;
    logit_quantiles q = normal(0.5f, 0);
    assert_says(
        0.25, &q,
        "The discriminator D gives it the logit +0.25: 40 % of real and 60 % of generated pictures get less, so D cannot tell this one apart.");
    assert_says(
        -1.5, &q,
        "The discriminator D gives it the logit -1.5: 2 % of real and 6 % of generated pictures get less, so D takes it for generated.");
    assert_says(
        -2.5, &q,
        "The discriminator D gives it the logit -2.5: fewer than 1 % of real and fewer than 1 % of generated pictures get less, so D takes it for generated.");
    assert_says(
        3, &q,
        "The discriminator D gives it the logit +3: more than 99 % of real and more than 99 % of generated pictures get less, so D takes it for real.");
}

static void outside_of_all_it_is_said_that_it_is(void **state)
{
    (void)state;
    logit_quantiles q = normal(20, -20);
    assert_says(
        -19, &q,
        "The discriminator D gives it the logit -19: all 10,000 real pictures get more and 84 % of generated pictures get less, which is between most generated and most real ones, so D is undecided.");
    assert_says(
        0, &q,
        "The discriminator D gives it the logit 0: all 10,000 real pictures get more and all 10,000 generated pictures get less, which is between most generated and most real ones, so D is undecided.");
    assert_says(
        25, &q,
        "The discriminator D gives it the logit +25: all 10,000 real pictures get less and all 10,000 generated pictures get less, so D takes it for real.");
    assert_says(
        -30, &q,
        "The discriminator D gives it the logit -30: all 10,000 real pictures get more and all 10,000 generated pictures get more, so D takes it for generated.");
}

static char *said_of(double logit, const logit_quantiles *q)
{
    text t = {0};
    json_t *numbers = numbers_of(logit, q);
    verdict_say(&t, numbers);
    json_decref(numbers);
    return t.data;
}

static void the_greatest_of_all_is_not_above_all(void **state)
{
    (void)state;
    logit_quantiles q = normal(0.5f, 0);
    q.n_real = 321;
    char *at = said_of((double)q.real[100], &q), *over = said_of((double)q.real[100] + 1, &q);
    assert_non_null(strstr(at, "more than 99 % of real"));
    assert_non_null(strstr(over, "all 321 real pictures get less"));
    assert_non_null(strstr(over, "all 10,000 generated"));
    free(at);
    free(over);
}

static void one_picture_is_no_plural(void **state)
{
    (void)state;
    logit_quantiles q = constant(2, 1);
    char *under = said_of(1.5, &q), *over = said_of(3, &q);
    assert_non_null(strstr(under, "the one real picture gets more and the one generated"));
    assert_non_null(strstr(over, "the one real picture gets less and the one generated"));
    free(under);
    free(over);
}

/* A share of 0 belongs to the least of all, too. */
static void the_least_of_all_is_not_below_all(void **state)
{
    (void)state;
    logit_quantiles q = normal(0.5f, 0);
    text t = {0};
    json_t *numbers = numbers_of((double)q.real[0], &q);
    assert_true(at(numbers, "real_below") == 0);
    verdict_say(&t, numbers);
    assert_non_null(strstr(t.data, "fewer than 1 % of real"));
    text_release(&t);
    json_decref(numbers);
}

/* In full, in brief and under the histogram. */
static void a_picture_of_a_class_stands_beside_those_of_all(void **state)
{
    (void)state;
    logit_quantiles q = normal(20, -20), mixed = normal(0.5f, 0);
    text full = {0}, brief = {0};
    json_t *numbers = numbers_of(0.25, &mixed), *outside = numbers_of(25, &q);
    json_object_set_new(numbers, "class", json_integer(3));
    json_object_set_new(outside, "class", json_integer(3));
    verdict_say(&full, numbers);
    assert_non_null(strstr(
        full.data, ": 40 % of real and 60 % of generated pictures of all classes get less, so"));
    verdict_say(&full, outside);
    assert_non_null(strstr(full.data, "all 10,000 real pictures of all classes get less and"));
    verdict_say_briefly(&brief, numbers);
    assert_non_null(strstr(brief.data, "(40 % of real pictures of all classes get less)"));
    figure f = {0};
    figure_init(&f, NULL, NULL);
    verdict_draw(&f, numbers, "Seed 7");
    assert_non_null(strstr(((const histogram_panel *)f.panels[0].body)->caption,
                           "generated pictures of all classes. Un"));
    figure_release(&f);
    text_release(&full);
    text_release(&brief);
    json_decref(numbers);
    json_decref(outside);
}

static void one_logit_for_all_is_said(void **state)
{
    (void)state;
    logit_quantiles q = constant(0.5f, 1);
    assert_says(
        0.5, &q,
        "The discriminator D gives it the logit +0.5, as of every other picture: D tells none apart.");
}

static void without_a_reference_there_is_no_verdict(void **state)
{
    (void)state;
    json_t *numbers = numbers_of(-1.25, NULL);
    assert_null(json_object_get(numbers, "verdict"));
    json_decref(numbers);
    assert_says(
        -1.25, NULL,
        "The discriminator D gives it the logit -1.25, by its own measure a probability of 0.223 of being real; the model's file does not say what logits real and generated pictures get, so there is no verdict.");
}

/* ---- The histogram ---- */

static char *svg_of(double logit, const logit_quantiles *q)
{
    figure f = {0};
    text svg = {0};
    error e = {0};
    picture p = {0};
    json_t *numbers = numbers_of(logit, q);
    figure_init(&f, NULL, NULL);
    verdict_draw(&f, numbers, "Seed 7");
    assert_int_equal(f.n_panels, q ? 1 : 0);
    if (f.n_panels) {
        figure_draw(&p, &f);
        assert_text_is_apart_and_inside(&f);
        assert_int_equal(figure_write_svg(&svg, &f, &e), 0);
    }
    picture_release(&p);
    figure_release(&f);
    json_decref(numbers);
    return svg.data;
}

static void the_histogram_names_what_it_shows(void **state)
{
    (void)state;
    logit_quantiles q = normal(2, -1);
    const double logits[] = {0, -3.5, 4.5, -1e9, 1e30};
    for (size_t i = 0; i < sizeof logits / sizeof *logits; i++) {
        char *svg = svg_of(logits[i], &q);
        number_text number;
        text mark = {0};
        text_add(&mark, ">Seed 7: %s<", number_write(number, logits[i], true));
        assert_non_null(strstr(svg, mark.data));
        assert_non_null(strstr(svg, ">real<"));
        assert_non_null(strstr(svg, ">generated<"));
        assert_non_null(strstr(svg, ">undecided<"));
        text_release(&mark);
        free(svg);
    }
    assert_null(svg_of(0, NULL));
}

static void distributions_at_the_limits_are_drawn(void **state)
{
    (void)state;
    const logit_quantiles all[] = {constant(0, 1), constant(-3e38f, 1), normal(3e4f, -3e4f),
                                   normal(0, 0)};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(svg_of((double)all[i].real[50], &all[i]));
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_normal_distributions_have_the_band_and_shares_of_their_formulas),
        cmocka_unit_test(what_is_in_the_band_with_its_ends_is_undecided),
        cmocka_unit_test(of_equal_distributions_the_middle_half_is_undecided),
        cmocka_unit_test(a_constant_logit_decides_nothing),
        cmocka_unit_test(among_others_the_shares_are_told),
        cmocka_unit_test(outside_of_all_it_is_said_that_it_is),
        cmocka_unit_test(the_greatest_of_all_is_not_above_all),
        cmocka_unit_test(one_picture_is_no_plural),
        cmocka_unit_test(the_least_of_all_is_not_below_all),
        cmocka_unit_test(a_picture_of_a_class_stands_beside_those_of_all),
        cmocka_unit_test(one_logit_for_all_is_said),
        cmocka_unit_test(without_a_reference_there_is_no_verdict),
        cmocka_unit_test(the_histogram_names_what_it_shows),
        cmocka_unit_test(distributions_at_the_limits_are_drawn),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
