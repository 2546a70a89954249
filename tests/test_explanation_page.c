/* SPDX-License-Identifier: MIT */
/* The page of many explanations, of digests that are made up. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scene.h"
#include "../src/present/page_detail.h"
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static const array_row rates = {
    .name = "rates", .space = SPACE_Z, .title = "Rates", .unit = "d target / d z"};

/* One with that value and three components. */
static void add(explanation_page *p, uint64_t number, double value, const float components[3])
{
    text folder = {0};
    text_add(&folder, "seed-%04u", (unsigned)number);
    explanation_digest d = {.is_saved = true,
                            .is_sound = true,
                            .number = number,
                            .value = value,
                            .folder = folder.data,
                            .row = &rates,
                            .components = allocate(3, sizeof *components),
                            .n_components = 3};
    memcpy(d.components, components, 3 * sizeof *components);
    explanation_page_add(p, &d);
}

static explanation_page page_of(const scene *s, const explanation_style *style)
{
    json_t *model = json_pack("{s:s, s:i}", "sha256", "00ff", "step", 3);
    return (explanation_page){.seed_key = "seed",
                              .title = "Seed",
                              .target = "logit",
                              .x = &s->x,
                              .style = style,
                              .model = model};
}

static void release(explanation_page *p, scene *s)
{
    json_decref(p->model);
    explanation_page_release(p);
    scene_release(s);
}

static json_t *numbers_of(const explanation_page *p)
{
    const explanation_digest **sorted = explanation_page_sort(p);
    json_t *numbers = explanation_page_numbers(p, sorted);
    free(sorted);
    return numbers;
}

static double number_of(const json_t *list, size_t i, const char *key)
{
    return json_number_value(json_object_get(json_array_get(list, i), key));
}

static void components_are_summed_up_by_magnitude_spread_and_sign(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    explanation_page p = page_of(&s, &style);
    add(&p, 1, 0.5, (const float[]){1, -2, 0});
    add(&p, 2, 1.5, (const float[]){-1, -4, 0});
    add(&p, 3, -1, (const float[]){1, -6, 1});
    json_t *numbers = numbers_of(&p);
    const json_t *components = json_object_get(numbers, "components");
    const json_t *list = json_object_get(components, "strongest");
    const double want[3][6] = {{1, 4, 2, -4, 1, 1},
                               {0, 1, 0, 1. / 3, 1. / 3, 2. / 3},
                               {2, 1. / 3, 0.5773502692, 1. / 3, 1. / 3, 1. / 3}};
    const char *const keys[] = {"component", "mean_magnitude",   "spread",
                                "mean",      "sign_consistency", "same_sign_share"};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 6; k++)
            assert_true(fabs(number_of(list, i, keys[k]) - want[i][k]) <= 1e-9);
    assert_true(fabs(json_number_value(json_object_get(components, "median_sign_consistency")) -
                     1. / 3) <= 1e-7);
    json_decref(numbers);
    release(&p, &s);
}

static void the_highest_value_comes_first_and_of_equals_the_lower_number(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    const float none[3] = {0};
    const double want[] = {5, 2, 9, 1};
    (void)state;
    explanation_page p = page_of(&s, &style);
    add(&p, 9, 0, none);
    add(&p, 1, -1, none);
    add(&p, 2, 0, none);
    add(&p, 5, 2, none);
    json_t *numbers = numbers_of(&p), *list = json_object_get(numbers, "explanations");
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(number_of(list, i, "seed") - want[i]) <= 0);
    json_decref(numbers);
    release(&p, &s);
}

static size_t count_words(const char *all, const char *words)
{
    size_t n = 0;
    for (const char *at = all; (at = strstr(at, words)); at++)
        n++;
    return n;
}

static void of_very_many_the_ends_and_the_middle_are_listed(void **state)
{
    enum { N = 2501 };
    char folder[] = "/tmp/ganlens-test-XXXXXX";
    const float one[3] = {1, 1, 1};
    scene s = trained_scene("logit");
    explanation_style style = {0};
    error e = {0};
    bytes page = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    explanation_page p = page_of(&s, &style);
    p.folder = folder;
    for (unsigned i = 0; i < N; i++)
        add(&p, i, (double)i, one);
    assert_int_equal(explanation_page_save(&p, &e), 0);
    char *path = join_path(folder, "index.html");
    assert_int_equal(file_load(&page, path, 1 << 24, &e), 0);
    const char *words = (const char *)page.data;
    assert_int_equal(count_words(words, "<li>"), 3 * 666);
    assert_int_equal(count_words(words, "between these are left out"), 2);
    assert_non_null(strstr(words, ">251 between")); /* 2501 - 3 * 666 = 503 = 251 + 252 */
    assert_non_null(strstr(words, ">252 between"));
    assert_non_null(strstr(words, "Seed 2500:"));
    assert_non_null(strstr(words, "Seed 1250:"));
    assert_non_null(strstr(words, "Seed 0:"));
    assert_int_equal(explanation_page_remove(folder, &e), 0);
    assert_int_equal(rmdir(folder), 0);
    bytes_release(&page);
    free(path);
    release(&p, &s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_summed_up_by_magnitude_spread_and_sign),
        cmocka_unit_test(the_highest_value_comes_first_and_of_equals_the_lower_number),
        cmocka_unit_test(of_very_many_the_ends_and_the_middle_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
