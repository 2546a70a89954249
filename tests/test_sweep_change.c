/* SPDX-License-Identifier: MIT */
/* What a sweep visibly does, by hand: pictures of 4 x 6 pixels at six places of one component. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"

#include "../src/present/present_detail.h"
#include <string.h>

enum { ROWS = 4, COLS = 6, N = ROWS * COLS, POINTS = 6 };

static const array_row row = {.name = "own",
                              .space = SPACE_SWEEP,
                              .sign = SIGN_PLAIN,
                              .role = ROLE_ATTRIBUTION,
                              .title = "Own",
                              .items_of = "gradient_z"};
static const float places[POINTS] = {-2.5f, -2, -1, 0.5f, 2, 3};

/* Component 1 at places; the picture is black but for what the test puts there. */
static explanation swept(const float targets[POINTS])
{
    static const float z[2] = {0, 0.5f};
    explanation a = {.z_dim = 2, .shape = {ROWS, COLS, N}, .z = z};
    strokes_find(&a.strokes, NULL, a.shape, -1, 1);
    float *v = explanation_add_row(&a, &row, 1, POINTS);
    explanation_set_items(&a, (size_t[]){1});
    for (size_t i = 0; i < POINTS; i++) {
        float *point = v + i * (SWEEP_PICTURE + N);
        point[SWEEP_PLACE] = places[i];
        point[SWEEP_TARGET] = targets[i];
        for (size_t p = 0; p < N; p++)
            point[SWEEP_PICTURE + p] = -1;
    }
    return a;
}

static float *picture_at(explanation *a, size_t i)
{
    return a->arrays[0].data + i * (SWEEP_PICTURE + N) + SWEEP_PICTURE;
}

static json_t *change_of(const explanation *a)
{
    json_t *o = json_object();
    set_sweep_change(o, a, &a->arrays[0], 0);
    return o;
}

static void assert_course(const float targets[POINTS], const char *course)
{
    explanation a = swept(targets);
    json_t *o = change_of(&a);
    assert_string_equal(word_at(o, "target_course"), course);
    json_decref(o);
    explanation_release(&a);
}

static void ink_comes_and_goes_between_the_ends_that_are_drawn(void **state)
{
    (void)state;
    explanation a = swept((float[]){9, 1, 2, 3, 4, 9});
    picture_at(&a, 0)[12] = 1; /* not drawn */
    picture_at(&a, 1)[0] = 1;
    picture_at(&a, 4)[N - 1] = 0; /* half of full ink */
    json_t *o = change_of(&a), *gained = json_object_get(o, "ink_gained");
    assert_true(number_at(o, "from") == -2 && number_at(o, "to") == 2);
    assert_true(number_at(o, "target_from") == 1 && number_at(o, "target_to") == 4);
    assert_close(&(double){number_at(gained, "share")}, &(double){0.5 / N}, 1, 1e-6, 0);
    assert_close(&(double){number_at(json_object_get(o, "ink_lost"), "share")}, &(double){1.0 / N},
                 1, 1e-6, 0);
    assert_string_equal(word_at(gained, "where"), "near the bottom edge, on the far right");
    assert_string_equal(word_at(o, "change"), "adds ink near the bottom edge, on the far right and "
                                              "removes it near the top edge, on the far left");
    json_decref(o);
    explanation_release(&a);
}

static void places_are_named_for_ink_and_not_for_its_squares(void **state)
{
    (void)state;
    explanation a = swept((float[POINTS]){0});
    picture_at(&a, 4)[0] = picture_at(&a, 4)[3] = 0.6f; /* 1.6 of ink, squares 1.28 */
    for (size_t i = 0; i < 6; i++)
        picture_at(&a, 4)[N / 2 + i] = -0.4f; /* 1.8, squares 0.54 */
    json_t *o = change_of(&a), *gained = json_object_get(o, "ink_gained");
    assert_string_equal(word_at(gained, "where"), "in the lower half of the picture");
    assert_true(json_is_null(json_object_get(json_object_get(o, "ink_lost"), "where")));
    json_decref(o);
    explanation_release(&a);
}

static void what_is_hardly_to_be_seen_is_said_to_be_so(void **state)
{
    (void)state;
    explanation a = swept((float[POINTS]){0});
    picture_at(&a, 4)[7] = -0.8f; /* a tenth of a pixel of 24: 0.42 % */
    json_t *o = change_of(&a);
    assert_string_equal(word_at(o, "change"), "hardly changes the picture");
    json_decref(o);
    picture_at(&a, 4)[7] = -0.7f; /* 0.63 % */
    o = change_of(&a);
    assert_non_null(strstr(word_at(o, "change"), "adds ink"));
    assert_null(strstr(word_at(o, "change"), "removes"));
    json_decref(o);
    for (size_t i = 0; i < N; i++)
        picture_at(&a, 4)[i] = i % 2 ? 0.5f : -0.5f; /* from -1 or 0: all over it */
    for (size_t i = 0; i < N; i++)
        picture_at(&a, 1)[i] = 0;
    o = change_of(&a);
    assert_non_null(strstr(word_at(o, "change"), "adds and removes ink "));
    json_decref(o);
    explanation_release(&a);
}

static void what_goes_is_parted_from_where_most_comes(void **state)
{
    (void)state;
    strokes s = {.places = {{.name = "all over"}, {.name = "at the top"}}};
    ink_change c = {.is_visible = true,
                    .gained = 0.1,
                    .lost = 0.1,
                    .gained_where = {.place = 0, .other = NO_PLACE, .peak = 1},
                    .lost_where = {.place = 1, .other = NO_PLACE, .peak = NO_PLACE}};
    text t = {0};
    ink_change_describe(&t, &s, &c);
    assert_string_equal(t.data, "adds ink all over, above all at the top, and removes it at the "
                                "top");
    text_release(&t);
    c.gained_where.peak = NO_PLACE;
    ink_change_describe(&t, &s, &c);
    assert_string_equal(t.data, "adds ink all over and removes it at the top");
    text_release(&t);
}

static void a_target_rises_falls_or_turns(void **state)
{
    (void)state;
    assert_course((float[]){9, 0, 1, 2, 3, -9}, "rises");
    assert_course((float[]){0, 3, 2, 1, 0, 0}, "falls");
    assert_course((float[]){0, 0, 2, 1, 0, 0}, "rises, then falls");
    assert_course((float[]){0, 0, -2, -1, 0, 0}, "falls, then rises");
    assert_course((float[]){0, 0, 2, -2, 0, 0}, "turns more than once");
    assert_course((float[]){0, 1, 1, 1, 1, 0}, "stays");
    assert_course((float[]){0, 0, 10, 11, 10, 0}, "rises"); /* back by less than a tenth */
    assert_course((float[]){0, 0, 9, 11, 9, 0}, "rises, then falls");
}

static void all_items_are_said_in_one_sentence(void **state)
{
    (void)state;
    explanation a = swept((float[]){0, 1, 2, 3, 4, 5});
    json_t *o = change_of(&a), *items = json_array();
    text t = {0};
    set_word(o, "name", "z1");
    json_array_append(items, o);
    json_array_append(items, o);
    say_sweep_changes(&t, items, 9);
    assert_string_equal(t.data,
                        " Raised from -2 to +2, z1 hardly changes the picture (the target rises: "
                        "+1 to +4); z1 hardly changes the picture (the target rises: +1 to "
                        "+4).");
    text_release(&t);
    say_sweep_changes(&t, items, 1);
    assert_string_equal(t.data, " Raised from -2 to +2, z1 hardly changes the picture (the target "
                                "rises: +1 to +4).");
    text_release(&t);
    set_number(o, "target_from", 0.003);
    say_sweep_changes(&t, items, 1);
    assert_non_null(strstr(t.data, "(the target rises: 0 to +4)"));
    text_release(&t);
    set_number(o, "target_from", 0.01);
    say_sweep_changes(&t, items, 1);
    assert_non_null(strstr(t.data, "(the target rises: +0.01 to +4)"));
    text_release(&t);
    json_decref(items);
    json_decref(o);
    explanation_release(&a);
}

/* Black is -4, white 4: 1 and 4 are five and eight of eight. */
static void targets_of_an_area_are_said_as_shares_of_the_full_one(void **state)
{
    (void)state;
    explanation a = swept((float[]){9, 1, 2, 3, 4, 9});
    text t = {0};
    a.empty = -4;
    a.full = 4;
    json_t *o = change_of(&a), *items = json_pack("[O]", o);
    set_word(o, "name", "z1");
    assert_true(number_at(o, "target_from") == 1 && number_at(o, "share_from") == 0.625);
    assert_true(number_at(o, "share_to") == 1 && number_at(o, "share_least") == 0.625);
    say_sweep_changes(&t, items, 1);
    assert_non_null(strstr(t.data, "(the target rises: 62.5 % to 100 %)"));
    text_release(&t);
    json_decref(items);
    json_decref(o);
    explanation_release(&a);
}

static void add_item(json_t *items, const char *name, const float targets[POINTS])
{
    explanation a = swept(targets);
    json_t *o = change_of(&a);
    set_word(o, "name", name);
    json_array_append_new(items, o);
    explanation_release(&a);
}

static void what_changes_the_target_most_over_the_range_is_named(void **state)
{
    (void)state;
    json_t *items = json_array();
    text t = {0};
    add_item(items, "z1", (float[]){-9, 1, 2, 3, 4, 9}); /* what is not drawn does not count */
    say_widest_sweep(&t, items);
    assert_int_equal(t.length, 0); /* one alone */
    add_item(items, "z2", (float[]){0, 1, -5, 2, 1, 0});
    add_item(items, "z3", (float[]){0, 1, 8, 2, 1, 0});
    say_widest_sweep(&t, items);
    assert_string_equal(t.data, " Of the 3 tried, z2 changes it most over that range: between -5 "
                                "and +2.");
    text_release(&t);
    json_array_clear(items);
    add_item(items, "z1", (float[]){9, 1, 1, 1, 1, 9});
    add_item(items, "z2", (float[]){9, 2, 2, 2, 2, 9});
    assert_null(widest_sweep(items)); /* none changes it */
    say_widest_sweep(&t, items);
    assert_int_equal(t.length, 0);
    json_decref(items);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_of_an_area_are_said_as_shares_of_the_full_one),
        cmocka_unit_test(ink_comes_and_goes_between_the_ends_that_are_drawn),
        cmocka_unit_test(places_are_named_for_ink_and_not_for_its_squares),
        cmocka_unit_test(what_is_hardly_to_be_seen_is_said_to_be_so),
        cmocka_unit_test(what_goes_is_parted_from_where_most_comes),
        cmocka_unit_test(a_target_rises_falls_or_turns),
        cmocka_unit_test(all_items_are_said_in_one_sentence),
        cmocka_unit_test(what_changes_the_target_most_over_the_range_is_named),
    };
    return cmocka_run_group_tests_name("sweep_change", tests, NULL, NULL);
}
