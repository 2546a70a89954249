/* SPDX-License-Identifier: MIT */
/* What is made of arrays with gaps, and of remarks: by methods made up here, on an explanation by
 * hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "trust.h"
#include "use_threads.h"
#include "../src/present/present_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { Z_DIM = 3 };

/* ---- Made-up methods ---- */

static const array_row first_arrays[] = {{.name = "first.z",
                                          .space = SPACE_Z,
                                          .sign = SIGN_SIGNED,
                                          .role = ROLE_ATTRIBUTION,
                                          .title = "First",
                                          .unit = "u",
                                          .meaning = "m"},
                                         {0}};
static const array_row other_arrays[] = {{.name = "other.z",
                                          .space = SPACE_Z,
                                          .sign = SIGN_SIGNED,
                                          .role = ROLE_ATTRIBUTION,
                                          .title = "Other",
                                          .unit = "u",
                                          .meaning = "m"},
                                         {0}};
static const array_row judge_arrays[] = {{.name = "judge.table",
                                          .space = SPACE_TABLE,
                                          .sign = SIGN_SIGNED,
                                          .role = ROLE_TRUST,
                                          .has_gaps = true,
                                          .title = "How good they are",
                                          .meaning = "a row a method"},
                                         {.name = "judge.curve",
                                          .space = SPACE_CURVE,
                                          .sign = SIGN_SIGNED,
                                          .role = ROLE_TRUST,
                                          .has_gaps = true,
                                          .title = "How good over steps",
                                          .unit = "u",
                                          .meaning = "m"},
                                         {0}};
static const explain_method first = {
    .name = "first", .summary = "first sum", .arrays = first_arrays, .is_default = true};
static const explain_method other = {
    .name = "other", .summary = "other sum", .arrays = other_arrays};
static const explain_method judging = {
    .name = "judge", .summary = "judge sum", .arrays = judge_arrays, .judges = true};

static const array_row early_arrays[] = {{.name = "early.number",
                                          .space = SPACE_SCALAR,
                                          .sign = SIGN_SIGNED,
                                          .role = ROLE_TRUST,
                                          .title = "Early number",
                                          .unit = "u",
                                          .meaning = "m"},
                                         {0}};
static const explain_method early = {
    .name = "early", .summary = "early sum", .arrays = early_arrays, .judges = true};

static const float unknown[4] = {NAN, NAN, NAN, NAN};

/* What first and other found, and a table and a curve of the judge's. */
static explanation judged_by_hand(const float table[4], const float curve[4])
{
    explanation a = begun_by_hand((float[]){1, -2, 0.5f}, Z_DIM, 0.25f);
    a.method = &first;
    memcpy(explanation_add(&a, "first.z", 0, 0), ((float[]){3, -4, 0}), 3 * sizeof(float));
    a.method = &other;
    memcpy(explanation_add(&a, "other.z", 0, 0), ((float[]){0, 0, 2}), 3 * sizeof(float));
    a.method = &early;
    *explanation_add(&a, "early.number", 0, 0) = 1;
    a.method = &judging;
    memcpy(explanation_add(&a, "judge.table", 2, 2), table, 4 * sizeof *table);
    float *v = explanation_add(&a, "judge.curve", 2, 4);
    memcpy(v, ((float[]){0, 1, 2, 3}), 4 * sizeof *v);
    memcpy(v + 4, curve, 4 * sizeof *v);
    return a;
}

static json_t *numbers_of(const explanation *a)
{
    explainer x = {.z_dim = Z_DIM, .shape = shape_of(PICTURE_ROWS, PICTURE_COLS)};
    error e = {0};
    assert_int_equal(explain_target_read(&x.target, "ink", &e), 0);
    return explanation_numbers(a, &x, NULL, 2);
}

static explanation_view view_of(const explanation *a, const json_t *numbers)
{
    static const explanation_style style = {.low = -1, .high = 1};
    static const uint8_t sample[N_PIXELS];
    static const array_scales scales;
    return (explanation_view){.title = "Seed 12",
                              .numbers = numbers,
                              .shape = a->shape,
                              .sample = sample,
                              .a = a,
                              .scales = &scales,
                              .style = &style};
}

/* In one line with one space between words; the caller frees it. */
static char *words_of(const explanation *a, const json_t *numbers)
{
    text words = {0};
    explanation_view v = view_of(a, numbers);
    explanation_words(&words, &v);
    char *to = words.data;
    for (const char *c = words.data; *c; c++) {
        bool is_space = *c == '\n' || *c == ' ';
        if (!is_space)
            *to++ = *c;
        else if (to > words.data && to[-1] != ' ')
            *to++ = ' ';
    }
    *to = '\0';
    return words.data;
}

/* The place of words, which must be there. */
static size_t place_of(const char *all, const char *words)
{
    const char *found = strstr(all, words);
    if (!found)
        fail_msg("'%s' is not in: %s", words, all);
    return (size_t)(found - all);
}

/* ---- Gaps ---- */

static void what_is_known_is_summed_up_without_the_gaps(void **state)
{
    explanation a = judged_by_hand((float[]){NAN, 3, -4, NAN}, (float[]){NAN, 1, 7, NAN});
    json_t *o = numbers_of(&a), *arrays = json_object_get(o, "arrays");
    const json_t *table = json_object_get(arrays, "judge.table");
    const json_t *curve = json_object_get(arrays, "judge.curve");
    (void)state;
    assert_true(number_at(table, "least") == -4 && number_at(table, "greatest") == 3);
    assert_true(number_at(table, "sum") == -1 && number_at(table, "norm") == 5);
    assert_true(number_at(table, "unknown") == 2);
    const json_t *series = json_array_get(json_object_get(curve, "series"), 1);
    assert_true(number_at(series, "first") == 1 && number_at(series, "last") == 7);
    assert_true(number_at(series, "greatest") == 7 && number_at(series, "greatest_at") == 2);
    assert_null(json_object_get(json_object_get(arrays, "first.z"), "unknown"));
    json_decref(o);
    explanation_release(&a);
}

static void what_is_not_known_at_all_is_null_and_no_zero(void **state)
{
    explanation a = judged_by_hand(unknown, unknown);
    json_t *o = numbers_of(&a), *arrays = json_object_get(o, "arrays");
    const json_t *table = json_object_get(arrays, "judge.table");
    (void)state;
    assert_true(json_is_null(json_object_get(table, "least")));
    assert_true(json_is_null(json_object_get(table, "norm")));
    char *words = words_of(&a, o);
    assert_null(strstr(words, "are 0"));
    assert_null(strstr(words, "goes from 0 to 0"));
    place_of(words, "row 0 - - row 1 - -");
    place_of(words, "A dash, -, stands where a number is not known");
    place_of(words, "How good over steps (u): m. Nothing of it is known.");
    free(words);
    json_decref(o);
    explanation_release(&a);
}

static void a_figure_of_gaps_alone_is_drawn(void **state)
{
    explanation a = judged_by_hand(unknown, unknown);
    json_t *o = numbers_of(&a);
    explanation_view v = view_of(&a, o);
    explanation_panels panels = {0};
    figure f = {0};
    picture p = {0};
    (void)state;
    v.method = &judging;
    explanation_figure(&f, &panels, &v);
    assert_int_equal(panels.n, 2);
    figure_draw(&p, &f);
    picture_release(&p);
    figure_release(&f);
    explanation_panels_release(&panels);
    json_decref(o);
    explanation_release(&a);
}

/* ---- Remarks ---- */

static explanation remarked_by_hand(void)
{
    explanation a =
        judged_by_hand((float[]){1, 2, 3, 4}, (float[]){1, 2, 3, 4}); /* run by the judge */
    a.method = &early;
    explanation_add_remark(&a, NULL, "early is heard in its part");
    a.method = &judging;
    explanation_add_remark(&a, NULL, "believe first");
    explanation_add_remark(&a, &other, "it fails");
    explanation_add_remark(&a, &first, "it passes");
    a.method = &other;
    explanation_add_remark(&a, NULL, "I saw little");
    return a;
}

static void remarks_are_in_the_numbers(void **state)
{
    explanation a = remarked_by_hand();
    json_t *o = numbers_of(&a);
    const json_t *all = json_object_get(o, "remarks"), *one = json_array_get(all, 2);
    (void)state;
    assert_int_equal(json_array_size(all), 5);
    assert_string_equal(word_at(one, "by"), "judge");
    assert_string_equal(word_at(one, "about"), "other");
    assert_string_equal(word_at(one, "words"), "it fails");
    assert_string_equal(word_at(json_array_get(all, 1), "about"), "judge");
    json_decref(o);
    explanation_release(&a);
}

static void which_to_believe_comes_right_after_the_answer(void **state)
{
    explanation a = remarked_by_hand();
    json_t *o = numbers_of(&a);
    char *words = words_of(&a, o);
    size_t judged = place_of(words, "Which explanation to believe ----");
    (void)state;
    assert_true(judged > place_of(words, "The target, the number that is explained here"));
    assert_true(judged < place_of(words, "The strongest components"));
    place_of(words, "- Believe first. Judge says of first: it passes. The strongest");
    place_of(words, "other ----- Judge says of other: it fails. Other sum. Other (u): m.");
    place_of(words, "I saw little.");
    place_of(words, "early ----- Early sum. Early is heard in its part."); /* not the last one */
    place_of(words, "judge ----- Judge sum. How good they are: a row a method."); /* said above */
    free(words);
    json_decref(o);
    explanation_release(&a);
}

static void without_remarks_nothing_says_which_to_believe(void **state)
{
    explanation a = judged_by_hand((float[]){1, 2, 3, 4}, (float[]){1, 2, 3, 4});
    json_t *o = numbers_of(&a);
    char *words = words_of(&a, o);
    (void)state;
    assert_null(strstr(words, "believe"));
    free(words);
    json_decref(o);
    explanation_release(&a);
}

static void assert_lead(const explanation *a, const explain_method *m, const char *lead,
                        const char *subtitle)
{
    json_t *o = numbers_of(a);
    explanation_view v = view_of(a, o);
    explanation_panels panels = {0};
    figure f = {0};
    v.method = m;
    explanation_figure(&f, &panels, &v);
    if (lead)
        assert_string_equal(f.lead, lead);
    else
        assert_null(f.lead);
    if (subtitle)
        assert_int_equal(strncmp(f.subtitle, subtitle, strlen(subtitle)), 0);
    explanation_panels_release(&panels);
    figure_release(&f);
    json_decref(o);
}

static void a_figure_begins_with_what_is_said_of_its_method(void **state)
{
    explanation a = remarked_by_hand();
    (void)state;
    assert_lead(&a, NULL, "Judge says of first: it passes.", NULL);
    assert_lead(&a, &other, "Judge says of other: it fails.", "Other sum.\nI saw little.");
    assert_lead(&a, &judging, NULL, "Believe first.");
    explanation_release(&a);
    a = judged_by_hand(unknown, unknown);
    assert_lead(&a, &other, NULL, "Other sum.");
    explanation_release(&a);
}

/* ---- Files ---- */

static void assert_ours(const json_t *files, const char *of, bool is_svg)
{
    char *name = picture_file_name(of, is_svg);
    if (!json_object_get(files, name))
        fail_msg("%s may stay where it is older", name);
    free(name);
}

static void what_methods_and_reports_leave_is_known(void **state)
{
    json_t *files = explanation_files("no such folder", NULL);
    (void)state;
    for (size_t i = 0; explain_methods[i]; i++)
        assert_ours(files, explain_methods[i]->name, true);
    for (size_t i = 0; trust_reports[i]; i++) {
        assert_ours(files, trust_reports[i]->name, false);
        assert_ours(files, trust_reports[i]->name, true);
        for (const array_row *row = trust_reports[i]->arrays; row->name; row++)
            assert_ours(files, row->name, false);
    }
    json_decref(files);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_is_summed_up_without_the_gaps),
        cmocka_unit_test(what_is_not_known_at_all_is_null_and_no_zero),
        cmocka_unit_test(a_figure_of_gaps_alone_is_drawn),
        cmocka_unit_test(remarks_are_in_the_numbers),
        cmocka_unit_test(which_to_believe_comes_right_after_the_answer),
        cmocka_unit_test(without_remarks_nothing_says_which_to_believe),
        cmocka_unit_test(a_figure_begins_with_what_is_said_of_its_method),
        cmocka_unit_test(what_methods_and_reports_leave_is_known),
    };
    return cmocka_run_group_tests_name("judged words", tests, NULL, NULL);
}
