/* SPDX-License-Identifier: MIT */
/* What explanation.json and explanation.txt say of an explanation that is small enough to be worked
 * out by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/present/present_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { Z_DIM = 3, N_TOP = 2, LAST = N_PIXELS - 1 };

static void add(explanation *a, const char *name, const float v[Z_DIM])
{
    memcpy(put_array(a, name, 0, 0), v, Z_DIM * sizeof *v);
}

static void add_one(explanation *a, const char *name, float value)
{
    *put_array(a, name, 0, 0) = value;
}

static void add_logit(explanation *a, float value)
{
    add_one(a, "logit", value);
    a->logit = explanation_find(a, "logit")->data;
}

/* A map of zeros but for two pixels. */
static void add_map(explanation *a, const char *name, size_t i, float v, size_t j, float w)
{
    float *map = put_array(a, name, 0, 0);
    map[i] = v;
    map[j] = w;
}

/* The squared gradient is 9 + 16 + 0; component 1 moves a pixel of the first ninth, 0 two of the
 * last. */
static explanation by_hand(void)
{
    explanation a = begun_by_hand((float[]){1, -2, 0.5f}, Z_DIM, 0.25f);
    add(&a, "gradient_z", (float[]){3, -4, 0});
    add_map(&a, "gradient_x", PICTURE_COLS - 1, -2, LAST - 27, 1);
    add_map(&a, "sensitivity", 14 * PICTURE_COLS + 13, 3, 0, 1);
    float *columns = put_array(&a, "top_columns", N_TOP, 0);
    columns[0] = 2;
    columns[N_PIXELS + LAST] = 3;
    columns[N_PIXELS + LAST - 1] = -4;
    explanation_set_items(&a, (size_t[]){1, 0});
    return a;
}

static explainer aimed_at(const char *words)
{
    explainer x = {.z_dim = Z_DIM, .shape = shape_of(PICTURE_ROWS, PICTURE_COLS)};
    error e = {0};
    assert_int_equal(explain_target_read(&x.target, words, &e), 0);
    return x;
}

/* The number at a path such as "top 1 share", NaN for null. */
static double at(const json_t *o, const char *path)
{
    char key[64];
    for (size_t n; *path; path += n + (path[n] == ' ')) {
        n = strcspn(path, " ");
        memcpy(key, path, n);
        key[n] = 0;
        o = json_is_array(o) ? json_array_get(o, (size_t)atoi(key)) : json_object_get(o, key);
        if (!o)
            fail_msg("no '%s'", key);
    }
    return json_is_number(o) ? json_number_value(o) : (double)NAN;
}

static void assert_near(double got, double want) { assert_close(&got, &want, 1, 1e-9, 1e-12); }

static const char *text_at(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static void arrays_are_summed_up(void **state)
{
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("ink");
    json_t *o = explanation_numbers(&a, &x, NULL, N_TOP);
    assert_true(at(o, "target value") == 0.25 && at(o, "z_dim") == 3);
    assert_true(at(o, "arrays gradient_z least") == -4 && at(o, "arrays gradient_z greatest") == 3);
    assert_true(at(o, "arrays gradient_z sum") == -1 && at(o, "arrays gradient_z norm") == 5);
    assert_true(at(o, "arrays gradient_x least") == -2 && at(o, "arrays gradient_x greatest") == 1);
    assert_near(at(o, "arrays gradient_x norm"), sqrt(5));
    assert_near(at(o, "arrays gradient_x where_share"), 0.8);
    assert_near(at(o, "arrays gradient_x share_of_strongest_tenth"), 1);
    assert_near(at(o, "arrays gradient_x row"), 0.2 * 27);
    assert_near(at(o, "arrays gradient_x column"), 0.8 * 27);
    assert_string_equal(
        text_at(json_object_get(json_object_get(o, "arrays"), "gradient_x"), "where"),
        "near the top edge, on the far right");
    json_decref(o);
    explanation_release(&a);
}

static void the_strongest_have_shares_of_the_sum_of_squares(void **state)
{
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("ink");
    json_t *o = explanation_numbers(&a, &x, NULL, N_TOP), *arrays = json_object_get(o, "arrays");
    json_t *g = json_object_get(arrays, "gradient_z"), *top = json_object_get(g, "strongest");
    assert_true(at(top, "0 component") == 1 && at(top, "1 component") == 0);
    assert_true(at(top, "0 z") == -2 && at(top, "0 value") == -4);
    assert_near(at(top, "0 share"), 0.64);
    assert_near(at(top, "1 share"), 0.36);
    assert_near(at(top, "0 share_so_far"), 0.64);
    assert_near(at(top, "1 share_so_far"), 1);
    assert_near(at(g, "strongest_share"), 1);
    assert_near(at(g, "share_if_all_were_equal"), 2.0 / 3);
    assert_true(at(g, "n_components") == 3 && at(g, "n_strongest") == 2);
    json_decref(o);

    o = explanation_numbers(&a, &x, NULL, 1);
    assert_near(at(o, "arrays gradient_z strongest_share"), 0.64);
    assert_near(at(o, "arrays gradient_z share_if_all_were_equal"), 1.0 / 3);
    json_decref(o);
    explanation_release(&a);
}

static void components_are_joined_with_the_maps_that_are_theirs(void **state)
{
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("ink");
    json_t *o = explanation_numbers(&a, &x, NULL, N_TOP), *arrays = json_object_get(o, "arrays");
    json_t *top = json_object_get(json_object_get(arrays, "gradient_z"), "strongest");
    json_t *first =
        json_object_get(json_object_get(json_array_get(top, 0), "items"), "top_columns");
    json_t *other =
        json_object_get(json_object_get(json_array_get(top, 1), "items"), "top_columns");
    json_t *items = json_object_get(json_object_get(arrays, "top_columns"), "items");
    assert_true(at(first, "norm") == 2 && at(other, "norm") == 5);
    assert_string_equal(text_at(first, "where"), "near the top edge, on the far left");
    assert_string_equal(text_at(other, "where"), "near the bottom edge, on the far right");
    assert_string_equal(text_at(json_array_get(items, 0), "name"), "z1");
    assert_true(at(items, "1 component") == 0 && at(items, "1 norm") == 5);
    json_decref(o);

    explanation_find(&a, "top_columns")->data[0] = 0;
    o = explanation_numbers(&a, &x, NULL, N_TOP);
    items = json_object_get(json_object_get(json_object_get(o, "arrays"), "top_columns"), "items");
    first = json_array_get(items, 0);
    assert_true(at(first, "norm") == 0 && at(first, "where_share") == 0);
    assert_true(json_is_null(json_object_get(first, "where")));
    json_decref(o);
    explanation_release(&a);
}

/* Its numbers are places and targets before they are pictures. */
static void a_sweep_is_no_map_of_its_components(void **state)
{
    static const array_row moves = {.name = "own.sweep",
                                    .space = SPACE_SWEEP,
                                    .sign = SIGN_PLAIN,
                                    .title = "sweep",
                                    .items_of = "gradient_z"};
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("ink");
    explanation_add_row(&a, &moves, N_TOP, 3);
    explanation_set_items(&a, (size_t[]){1, 0});
    json_t *o = explanation_numbers(&a, &x, NULL, N_TOP), *arrays = json_object_get(o, "arrays");
    json_t *top = json_object_get(json_object_get(arrays, "gradient_z"), "strongest");
    json_t *items = json_object_get(json_array_get(top, 0), "items");
    assert_int_equal(json_object_size(items), 1);
    assert_non_null(json_object_get(items, "top_columns"));
    json_decref(o);
    explanation_release(&a);
}

/* What a reader needs to make sense of the numbers. */
static void an_array_says_what_it_is(void **state)
{
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("ink");
    json_t *o = explanation_numbers(&a, &x, NULL, N_TOP), *arrays = json_object_get(o, "arrays");
    const json_t *list = json_object_get(arrays, "top_columns");
    assert_string_equal(text_at(list, "space"), "x-list");
    assert_string_equal(text_at(list, "sign"), "signed");
    assert_string_equal(text_at(list, "role"), "evidence");
    assert_string_equal(text_at(list, "items_of"), "gradient_z");
    assert_string_equal(text_at(list, "unit"), "d pixel / d z of each");
    assert_true(at(list, "shape 0") == N_TOP && at(list, "shape 1") == N_PIXELS);
    assert_string_equal(text_at(json_object_get(arrays, "z"), "role"), "raw");
    assert_string_equal(text_at(json_object_get(arrays, "sensitivity"), "sign"), "magnitude");
    assert_true(at(arrays, "target value") == 0.25);
    json_decref(o);
    explanation_release(&a);
}

static void the_probability_follows_the_logit(void **state)
{
    static const struct {
        float logit;
        double probability;
    } cases[] = {{1, 0.731058578630005},
                 {-1, 0.268941421369995},
                 {0, 0.5},
                 {0.25f, 0.562176500885798},
                 {1000, 1},
                 {-1000, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explanation a = by_hand();
        explainer x = aimed_at("logit");
        add_logit(&a, cases[i].logit);
        json_t *o = explanation_numbers(&a, &x, NULL, N_TOP);
        assert_near(at(o, "probability_real"), cases[i].probability);
        assert_null(json_object_get(o, "verdict")); /* nothing says what others get */
        json_decref(o);
        explanation_release(&a);
    }
}

static void an_infinity_anywhere_in_an_array_is_named(void **state)
{
    (void)state;
    explanation a = by_hand();
    error e = {0};
    assert_int_equal(explanation_judge(&a, &e), 0);
    ((float *)explanation_find(&a, "sensitivity")->data)[LAST] = (float)INFINITY;
    assert_int_equal(explanation_judge(&a, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    assert_string_equal(e.message, "'sensitivity' is not finite");
    explanation_release(&a);
}

/* The numbers of one explanation; released by the caller. */
static json_t *numbers_of(scene *s, const float *z)
{
    explanation a = explained(s, z, 8);
    json_t *numbers = explanation_numbers(&a, &s->x, NULL, 8);
    explanation_release(&a);
    return numbers;
}

static void a_region_is_reported_by_its_first_and_last_rows_and_columns(void **state)
{
    scene s = trained_scene("region:4,5,10,12");
    float *z = draw(Z, 4);
    (void)state;
    json_t *o = numbers_of(&s, z), *target = json_object_get(o, "target");
    assert_true(at(target, "area top") == 4 && at(target, "area bottom") == 10);
    assert_true(at(target, "area left") == 5 && at(target, "area right") == 12);
    assert_string_equal(json_string_value(json_object_get(target, "meaning")),
                        "the mean of the pixels in rows 4 to 10, columns 5 to 12");
    json_decref(o);
    free(z);
    scene_release(&s);
}

/* Then gradients by z are as long as maps of the pixels. */
static void a_z_as_wide_as_a_picture_has_no_places_in_it(void **state)
{
    scene s = scene_of("784", "1", N_PIXELS);
    float *z = draw(N_PIXELS, 4);
    (void)state;
    s.g.layers[0].weight.data[0] = s.d.layers[0].weight.data[0] = 1;
    aim(&s, "logit");
    json_t *o = numbers_of(&s, z);
    const json_t *arrays = json_object_get(o, "arrays");
    assert_null(json_object_get(json_object_get(arrays, "z"), "where"));
    assert_null(json_object_get(json_object_get(arrays, "gradient_z"), "where"));
    assert_non_null(json_object_get(json_object_get(arrays, "gradient_x"), "where"));
    assert_non_null(json_object_get(json_object_get(arrays, "sensitivity"), "where"));
    json_decref(o);
    free(z);
    scene_release(&s);
}

/* ---- In words ---- */

/* What is said of those numbers, with one space between words; the caller frees it. */
static char *words_of(const explanation *a, const json_t *numbers)
{
    text words = {0};
    explanation_style style = {.low = -1, .high = 1};
    explanation_view v = {
        .title = "Seed 12", .numbers = numbers, .shape = a->shape, .a = a, .style = &style};
    explanation_words(&words, &v);
    char *to = words.data;
    for (const char *c = words.data; *c; c++)
        if (!strchr(" \n", *c))
            *to++ = *c;
        else if (!strchr(" \n", c[1]))
            *to++ = ' ';
    *to = '\0';
    return words.data;
}

static void assert_says(const char *words, const char *sentence)
{
    if (!strstr(words, sentence))
        fail_msg("'%s' is not in '%s'", sentence, words);
}

static void the_text_says_it_in_words(void **state)
{
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("pixel:3,4");
    add_logit(&a, -1);
    explanation_add_check(&a, &(explain_check){.name = "value_against_double",
                                               .meaning = "m",
                                               .value = 1e-6,
                                               .tolerance = 1e-3,
                                               .n_samples = 1});
    explanation_add_check(&a, &(explain_check){.name = "gradient_against_differences",
                                               .meaning = "m",
                                               .value = 0.25,
                                               .tolerance = 1e-3,
                                               .n_samples = 8,
                                               .n_left_out = 3,
                                               .left_out = "# of 8 were left out."});
    json_t *o = explanation_numbers(&a, &x, NULL, N_TOP);
    char *words = words_of(&a, o);
    assert_says(words, "Seed 12: pixel +0.25 ==================== DO NOT TRUST WHAT FOLLOWS: its "
                       "arithmetic is wrong. The check gradient_against_differences is NOT MET: "
                       "its error is 0.25, where at most 0.001 is allowed. Seed 12 stands for 3 "
                       "numbers, z0 to z2, of which the model made a picture.");
    assert_says(words,
                "gives it the logit -1, by its own measure a probability of 0.269 of being real");
    assert_says(words, "the pixel in row 3, column 4, counted from 0. It is +0.25.");
    assert_says(words, "For small steps of z it depends most on z1 and z0.");
    assert_says(
        words,
        "decided most by the brightness of the pixels near the top edge, on the far right (a tenth of all pixels has 100 % of the effect).");
    assert_says(
        words,
        "component z rate share what raising it does to the picture z1 -2 -4 64 % "
        "changes the picture most near the top edge, on the far left z0 +1 +3 36 % changes the picture "
        "most near the bottom edge, on the far right Rate of a component, d target / d z: how fast");
    assert_says(words, "the strongest 2 of the 3 have 100 %, where equally strong ones would have "
                       "66.7 %.");
    assert_says(words,
                "The pixels that any move of z changes most are those in the centre of the picture "
                "(a tenth of all pixels has 100 % of the effect).");
    assert_says(words, "The arithmetic is WRONG: what was found was computed again by other code, "
                       "in double precision, and the error nearest to its limit is 0.25 of at most "
                       "0.001 (gradient_against_differences).");
    assert_says(words, "check error limit outcome value_against_double 1e-6 0.001 met "
                       "gradient_against_differences 0.25 0.001 NOT MET. 3 of 8 were left out. ");
    const json_t *check = json_array_get(json_object_get(o, "checks"), 1);
    assert_true(at(check, "samples") == 8 && at(check, "left_out") == 3);
    free(words);
    json_decref(o);
    explanation_release(&a);
}

static void each_part_of_a_loss_is_reported_under_its_name(void **state)
{
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("loss:7");
    x.target.lambda = 0.5;
    add_one(&a, "target_rec", 0.75f);
    add_one(&a, "target_gen", -0.5f);
    add(&a, "gradient_z_rec", (float[]){3, -8, 0});
    add(&a, "gradient_z_gen", (float[]){0, 4, 0});
    json_t *o = explanation_numbers(&a, &x, NULL, N_TOP);
    json_object_set_new(json_object_get(o, "target"), "reference",
                        json_string("training picture 7"));
    const json_t *parts = json_object_get(json_object_get(o, "target"), "parts");
    assert_true(at(parts, "rec") == 0.75);
    assert_true(json_number_value(json_object_get(parts, "lambda gen")) == -0.5);
    assert_true(at(o, "target lambda") == 0.5 && at(o, "target value") == 0.25);
    assert_true(at(o, "arrays gradient_z_rec least") == -8);
    assert_true(at(o, "arrays gradient_z_gen greatest") == 4);
    char *words = words_of(&a, o);
    assert_says(words, "It is +0.25: rec is +0.75, and lambda gen is -0.5 (lambda is 0.5).");
    assert_says(words, "is training picture 7.");
    assert_says(words,
                "The rates are sums: those of rec have the norm 8.54, those of lambda gen 4.");
    free(words);
    json_decref(o);
    explanation_release(&a);
}

static void assert_answer(const explanation *a, json_t *numbers, const char *answer)
{
    explanation_answer(numbers, a);
    assert_string_equal(text_at(numbers, "answer"), answer);
}

static void the_answer_is_one_sentence_of_the_arrays_briefs(void **state)
{
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("logit");
    logit_quantiles q = {.n_real = 9, .n_generated = 9};
    for (size_t i = 0; i < N_QUANTILES; i++) {
        q.real[i] = (float)i;
        q.generated[i] = (float)i - 100;
    }
    add_logit(&a, 31);
    json_t *o = explanation_numbers(&a, &x, &q, N_TOP);
    assert_answer(
        &a, o,
        "D's logit +31 says real (31 % of real pictures get less): for small steps it depends most on z1 "
        "and z0, and on the pixels near the top edge, on the far right.");
    add_one(&a, "sign_reach", 2);
    add_one(&a, "size_reach", 0);
    json_decref(o);
    x = aimed_at("rec:7");
    o = explanation_numbers(&a, &x, NULL, N_TOP);
    set_word(json_object_get(o, "target"), "reference", "training picture 7");
    assert_answer(
        &a, o,
        "rec +0.25, compared with training picture 7: for small steps it depends most on z1 and z0, and "
        "on the pixels near the top edge, on the far right; trust which way it goes for "
        "steps up to 2, not how far.");
    json_decref(o);
    explanation_release(&a);
}

static void the_answer_tells_zeros_and_broken_checks(void **state)
{
    (void)state;
    explanation a = by_hand();
    explainer x = aimed_at("pixel:3,4");
    memset(explanation_find(&a, "gradient_z")->data, 0, Z_DIM * sizeof(float));
    memset(explanation_find(&a, "gradient_x")->data, 0, N_PIXELS * sizeof(float));
    json_t *o = explanation_numbers(&a, &x, NULL, N_TOP);
    assert_answer(&a, o, "pixel +0.25: no small change of z changes it.");
    json_decref(o);
    explanation_add_check(&a, &(explain_check){.name = "n", .value = (double)NAN, .tolerance = 1});
    o = explanation_numbers(&a, &x, NULL, N_TOP);
    assert_answer(&a, o,
                  "DO NOT TRUST THIS, ITS ARITHMETIC IS WRONG: pixel +0.25: no small change "
                  "of z changes it.");
    json_decref(o);
    explanation_release(&a);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_summed_up),
        cmocka_unit_test(the_strongest_have_shares_of_the_sum_of_squares),
        cmocka_unit_test(components_are_joined_with_the_maps_that_are_theirs),
        cmocka_unit_test(a_sweep_is_no_map_of_its_components),
        cmocka_unit_test(an_array_says_what_it_is),
        cmocka_unit_test(the_probability_follows_the_logit),
        cmocka_unit_test(a_region_is_reported_by_its_first_and_last_rows_and_columns),
        cmocka_unit_test(a_z_as_wide_as_a_picture_has_no_places_in_it),
        cmocka_unit_test(an_infinity_anywhere_in_an_array_is_named),
        cmocka_unit_test(the_text_says_it_in_words),
        cmocka_unit_test(the_answer_is_one_sentence_of_the_arrays_briefs),
        cmocka_unit_test(the_answer_tells_zeros_and_broken_checks),
        cmocka_unit_test(each_part_of_a_loss_is_reported_under_its_name),
    };
    return cmocka_run_group_tests_name("explanation numbers", tests, NULL, NULL);
}
