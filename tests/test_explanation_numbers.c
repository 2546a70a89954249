/* SPDX-License-Identifier: MIT */
/* explanation.json and what is said of it, against cases solved by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/report/explanation_detail.h"
#include <stdlib.h>

static double real_at(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_number(v))
        fail_msg("no number '%s'", key);
    return json_number_value(v);
}

static void assert_real(const json_t *o, const char *key, double want)
{
    double got = real_at(o, key);
    if (!(fabs(got - want) <= 1e-6 * fabs(want) + 1e-12))
        fail_msg("'%s' is %.9g, expected %.9g", key, got, want);
}

/* The numbers of one explanation; released by the caller. */
static json_t *numbers_of(scene *s, const float *z)
{
    explanation a = explained(s, z, 8);
    json_t *numbers = explanation_numbers(&a, &s->x);
    explanation_release(&a);
    return numbers;
}

/* D is a bias alone: log(odds). */
static void the_probability_is_that_of_the_logit(void **state)
{
    static const struct {
        float logit;
        double probability;
        const char *verdict;
    } cases[] = {{1.0986123f, 0.75, "real"},
                 {-1.0986123f, 0.25, "generated"},
                 {0, 0.5, "undecided"},
                 {1000, 1, "real"},
                 {-1000, 0, "generated"}};
    float z[1] = {1};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene s = scene_of("784", "1", 1);
        s.d.layers[0].bias[0] = cases[i].logit;
        aim(&s, "logit");
        json_t *o = numbers_of(&s, z);
        assert_real(o, "logit", (double)cases[i].logit);
        assert_real(o, "probability_real", cases[i].probability);
        assert_string_equal(json_string_value(json_object_get(o, "verdict")), cases[i].verdict);
        json_decref(o);
        scene_release(&s);
    }
}

/* The pixel (0, 0) is 3 z0 - 4 z2, the pixel (27, 27) is z2: shares go by squares. */
static void shares_are_of_the_squared_gradient(void **state)
{
    static const struct {
        double component, z, gradient, share, share_so_far, picture_norm, row, where_share;
        const char *where;
    } want[] = {{2, 7, -4, 0.64, 0.64, 4.12310563, 27.0 / 17, 16.0 / 17, "upper left"},
                {0, 5, 3, 0.36, 1, 3, 0, 1, "upper left"},
                {1, 6, 0, 0, 1, 0, 13.5, 0, NULL}};
    float z[3] = {5, 6, 7};
    scene s = scene_of("784", NULL, 3);
    (void)state;
    s.g.layers[0].weight.data[0] = 3;
    s.g.layers[0].weight.data[2] = -4;
    s.g.layers[0].weight.data[783 * 3 + 2] = 1;
    aim(&s, "pixel:0,0");
    json_t *o = numbers_of(&s, z);
    const json_t *top = json_object_get(o, "top");
    assert_int_equal(json_array_size(top), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *t = json_array_get(top, i);
        assert_real(t, "component", want[i].component);
        assert_real(t, "z", want[i].z);
        assert_real(t, "gradient", want[i].gradient);
        assert_real(t, "share", want[i].share);
        assert_real(t, "share_so_far", want[i].share_so_far);
        assert_real(t, "picture_norm", want[i].picture_norm);
        assert_real(t, "row", want[i].row);
        assert_real(t, "column", want[i].row);
        assert_real(t, "where_share", want[i].where_share);
        if (want[i].where)
            assert_string_equal(json_string_value(json_object_get(t, "where")), want[i].where);
        else
            assert_true(json_is_null(json_object_get(t, "where")));
    }
    assert_real(o, "n_top", 3);
    assert_real(o, "top_share", 1);
    assert_real(o, "top_share_if_all_were_equal", 1);
    json_decref(o);

    explanation a = explained(&s, z, 1);
    o = explanation_numbers(&a, &s.x);
    assert_real(o, "top_share", 0.64);
    assert_real(o, "top_share_if_all_were_equal", 1.0 / 3);
    json_decref(o);
    explanation_release(&a);
    scene_release(&s);
}

static void an_arrays_numbers_are_its_own(void **state)
{
    float z[3] = {5, -6, 7};
    scene s = scene_of("784", NULL, 3);
    (void)state;
    s.g.layers[0].weight.data[0] = 3;
    s.g.layers[0].weight.data[2] = -4;
    aim(&s, "pixel:0,0");
    json_t *o = numbers_of(&s, z);
    const json_t *g = json_object_get(o, "gradient_z"), *its_z = json_object_get(o, "z");
    const json_t *sensitivity = json_object_get(o, "sensitivity");
    assert_real(g, "least", -4);
    assert_real(g, "greatest", 3);
    assert_real(g, "sum", -1);
    assert_real(g, "norm", 5);
    assert_real(its_z, "least", -6);
    assert_real(its_z, "greatest", 7);
    assert_real(its_z, "sum", 6);
    assert_real(sensitivity, "greatest", 5);
    assert_real(sensitivity, "row", 0);
    assert_real(sensitivity, "column", 0);
    json_decref(o);
    scene_release(&s);
}

static void a_region_is_reported_by_its_first_and_last_rows_and_columns(void **state)
{
    scene s = trained_scene("region:4,5,10,12");
    float *z = draw(Z, 4);
    (void)state;
    json_t *o = numbers_of(&s, z), *target = json_object_get(o, "target");
    char *rows = json_dumps(json_object_get(target, "rows"), JSON_COMPACT);
    char *columns = json_dumps(json_object_get(target, "columns"), JSON_COMPACT);
    assert_string_equal(rows, "[4,10]");
    assert_string_equal(columns, "[5,12]");
    assert_string_equal(json_string_value(json_object_get(target, "meaning")),
                        "the mean of the pixels in rows 4 to 10, columns 5 to 12");
    free(rows);
    free(columns);
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
    assert_null(json_object_get(json_object_get(o, "z"), "where"));
    assert_null(json_object_get(json_object_get(o, "gradient_z"), "where"));
    assert_non_null(json_object_get(json_object_get(o, "gradient_x"), "where"));
    assert_non_null(json_object_get(json_object_get(o, "sensitivity"), "where"));
    json_decref(o);
    free(z);
    scene_release(&s);
}

/* Pixel 0 is z and D(x) is pixel 0, so at z = 0.5 against black rec is 0.25 / 784 with the gradient
 * 1 / 784, and gen is log(1 + exp(-0.5)) with the gradient -1 / (1 + exp(0.5)). */
static scene scene_of_a_loss(const float *black)
{
    scene s = scene_of("784", "1", 1);
    explain_target t = comparing("loss:black.png", black);
    t.lambda = 2;
    s.g.layers[0].weight.data[0] = 1;
    s.d.layers[0].weight.data[0] = 1;
    aim_at(&s, t);
    return s;
}

static void the_parts_of_a_loss_are_each_reported_under_their_name(void **state)
{
    static const float black[N_PIXELS];
    const double lambda = 2, gen = 0.474076984, gen_gradient = 0.377540669;
    scene s = scene_of_a_loss(black);
    (void)state;
    json_t *o = numbers_of(&s, (float[]){0.5f});
    const json_t *target = json_object_get(o, "target");
    assert_string_equal(json_string_value(json_object_get(target, "name")), "loss");
    assert_real(target, "lambda", lambda);
    assert_real(target, "rec", 0.25 / 784);
    assert_real(target, "lambda_gen", lambda * gen);
    assert_real(target, "value", 0.25 / 784 + lambda * gen);
    assert_real(json_object_get(o, "gradient_z_rec"), "greatest", 1.0 / 784);
    assert_real(json_object_get(o, "gradient_z_gen"), "greatest", -lambda * gen_gradient);
    assert_real(json_object_get(o, "gradient_z"), "greatest", 1.0 / 784 - lambda * gen_gradient);
    json_decref(o);
    scene_release(&s);
}

/* ---- In words ---------------------------------------------------------------------------------
 */

/* Whether the words of those numbers hold that passage, whatever the line breaks. */
static void assert_says(const json_t *numbers, const char *passage)
{
    text words = {0};
    explanation_words(&words, "Seed 7", numbers);
    for (char *c = words.data; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    if (!strstr(words.data, passage))
        fail_msg("'%s' is not in '%s'", passage, words.data);
    text_release(&words);
}

static void the_words_say_each_number_of_a_logit_in_its_place(void **state)
{
    float z[3] = {5, -6, 7};
    scene s = scene_of("784", "1", 3);
    (void)state;
    s.g.layers[0].weight.data[0] = 3;
    s.g.layers[0].weight.data[2] = -4;
    s.g.layers[0].weight.data[783 * 3 + 2] = 1;
    s.d.layers[0].weight.data[0] = 1; /* 3 * 5 - 4 * 7 = -13 */
    s.d.layers[0].bias[0] = 13 - 1.0986123f;
    aim(&s, "logit");
    explanation a = explained(&s, z, 2);
    json_t *o = explanation_numbers(&a, &s.x);
    assert_says(o, "the logit -1.1, a probability of 0.25 of being real: it takes the picture for "
                   "generated.");
    assert_says(o, "The gradient by z has the norm 5:");
    assert_says(o, "The strongest 2 of the 3 components of z carry 100 % of the gradient's square, "
                   "where equally strong ones would carry 66.7 %.");
    assert_says(o, "z2 is +7. Raising it lowers the target at the rate -4 (64 % of the gradient's "
                   "square) and changes the picture most in the upper left (94.1 % of its squared "
                   "effect).");
    assert_says(o, "z0 is +5. Raising it raises the target at the rate +3 (36 % of");
    assert_says(o, "changes the logit at rates from 0 to +1.");
    assert_says(o, "changes the most sensitive pixel by up to 5 times s;");
    json_decref(o);
    explanation_release(&a);
    scene_release(&s);
}

static void the_words_say_each_part_of_a_loss_in_its_place(void **state)
{
    static const float black[N_PIXELS];
    scene s = scene_of_a_loss(black);
    (void)state;
    json_t *o = numbers_of(&s, (float[]){0.5f});
    assert_says(o, "It is +0.948: rec is +0.000319, and lambda gen with lambda 2 is +0.948.");
    assert_says(o, "that of rec has the norm 0.00128, that of lambda gen 0.755.");
    json_decref(o);
    scene_release(&s);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_probability_is_that_of_the_logit),
        cmocka_unit_test(shares_are_of_the_squared_gradient),
        cmocka_unit_test(an_arrays_numbers_are_its_own),
        cmocka_unit_test(a_region_is_reported_by_its_first_and_last_rows_and_columns),
        cmocka_unit_test(a_z_as_wide_as_a_picture_has_no_places_in_it),
        cmocka_unit_test(the_parts_of_a_loss_are_each_reported_under_their_name),
        cmocka_unit_test(the_words_say_each_number_of_a_logit_in_its_place),
        cmocka_unit_test(the_words_say_each_part_of_a_loss_in_its_place),
    };
    return cmocka_run_group_tests_name("explanation numbers", tests, NULL, NULL);
}
