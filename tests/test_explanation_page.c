/* SPDX-License-Identifier: MIT */
/* The page of many explanations, of digests that are made up. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scene.h"
#include "../src/present/page_detail.h"
#include "../src/report/panel.h"
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

static void assert_number(const json_t *o, const char *key, double want)
{
    double got = json_number_value(json_object_get(o, key));
    if (!(fabs(got - want) <= 1e-7))
        fail_msg("%s is %.9g, expected %.9g", key, got, want);
}

/* Five values, whose components are of one sign, of two that change places, and 0. */
static explanation_page page_of_five(const scene *s, const explanation_style *style)
{
    static const double values[] = {10, 0, 4, 1, 2};
    static const char *const words[] = {"real", "generated", "real", "undecided", "real"};
    explanation_page p = page_of(s, style);
    for (unsigned i = 0; i < 5; i++) {
        add(&p, i, values[i], (const float[]){-1, i % 2 ? 3 : -3, 0});
        p.all[i].verdict = copy_text(words[i]);
        p.all[i].is_sound = i != 3;
    }
    return p;
}

/* numpy.quantile and mean of 0 1 2 4 10; sqrt(2 / (5 pi)). */
static void values_verdicts_and_checks_are_counted(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    logit_quantiles q = {.n_real = 7, .n_generated = 9};
    (void)state;
    explanation_page p = page_of_five(&s, &style);
    p.quantiles = &q;
    json_t *numbers = numbers_of(&p);
    const json_t *values = json_object_get(numbers, "values");
    const json_t *counts = json_object_get(numbers, "verdicts");
    const json_t *components = json_object_get(numbers, "components");
    assert_number(values, "least", 0);
    assert_number(values, "lower_quartile", 1);
    assert_number(values, "median", 2);
    assert_number(values, "upper_quartile", 4);
    assert_number(values, "greatest", 10);
    assert_number(values, "mean", 3.4);
    assert_number(counts, "real", 3);
    assert_number(counts, "generated", 1);
    assert_number(counts, "undecided", 1);
    assert_number(counts, "n_real", 7);
    assert_number(counts, "n_generated", 9);
    assert_number(numbers, "n_unsound", 1);
    assert_number(components, "sign_consistency_by_chance", 0.356824823);
    assert_true(fabs(number_of(json_object_get(components, "strongest"), 0, "component") - 1) <= 0);
    json_decref(numbers);
    release(&p, &s);
}

static bool are_found(const json_t *numbers, const char *words)
{
    size_t i;
    const json_t *o;
    bool is_there = false;
    json_t *list = explanation_page_findings(numbers, "seed");
    json_array_foreach(list, i, o) is_there |= strstr(json_string_value(o), words) != NULL;
    json_decref(list);
    return is_there;
}

static void signs_are_judged_by_what_chance_gives(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    for (int is_constant = 0; is_constant < 2; is_constant++) {
        explanation_page p = page_of(&s, &style);
        for (unsigned i = 0; i < 40; i++) {
            float sign = is_constant || i % 2 ? 1 : -1;
            add(&p, i, 0, (const float[]){sign, -sign, 2 * sign});
        }
        json_t *numbers = numbers_of(&p);
        assert_true(are_found(numbers, "most components push the same way") == is_constant);
        assert_true(are_found(numbers, "says little about") == !is_constant);
        json_decref(numbers);
        json_decref(p.model);
        explanation_page_release(&p);
    }
    scene_release(&s);
}

/* The figure; a picture of none is there to be drawn. */
static figure figure_with(const explanation_page *p, size_t n_panels)
{
    figure f = {0};
    error ignored = {0};
    const explanation_digest **sorted = explanation_page_sort(p);
    json_t *numbers = explanation_page_numbers(p, sorted);
    explanation_page_figure(&f, p, numbers, sorted, &ignored);
    json_decref(numbers);
    free(sorted);
    assert_int_equal(f.n_panels, n_panels);
    return f;
}

static figure figure_of(const explanation_page *p) { return figure_with(p, 3); }

static void real_pictures_have_all_their_quantiles_beside_few_values(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {.n_top = 2};
    logit_quantiles q = {.n_real = 500, .n_generated = 500};
    (void)state;
    for (size_t i = 0; i < N_QUANTILES; i++)
        q.real[i] = q.generated[i] = (float)(i * i) / 64;
    explanation_page p = page_of_five(&s, &style);
    p.quantiles = &q;
    p.folder = "/nowhere";
    figure f = figure_of(&p);
    assert_ptr_equal(f.panels[0].kind, &HISTOGRAM_PANEL);
    const histogram_series *of = ((const histogram_panel *)f.panels[0].body)->series;
    assert_int_equal(of[0].n, N_QUANTILES);
    assert_memory_equal(of[0].quantiles, q.real, sizeof q.real);
    assert_int_equal(of[1].n, 6);
    assert_true(of[1].quantiles[0] == 0 && of[1].quantiles[5] == 10);
    figure_release(&f);
    release(&p, &s);
}

static void bars_of_components_stand_by_index(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {.n_top = 2};
    static const float mean[] = {1, 3, 0}, consistency[] = {1, 0.2f, 0};
    (void)state;
    explanation_page p = page_of_five(&s, &style);
    for (size_t i = 0; i < 3; i++)
        p.sums[i].squares = (double)(i * i) * 4;
    p.folder = "/nowhere";
    figure f = figure_of(&p);
    assert_ptr_equal(f.panels[1].kind, &BARS_PANEL);
    const bars_panel *bars = f.panels[1].body;
    for (size_t i = 0; i < 3; i++) {
        assert_true(bars->parts[0][i] == mean[i]);
        assert_true(bars->errors[i] == (float)i);
        assert_true(bars->beside[i] == consistency[i]);
    }
    figure_release(&f);
    release(&p, &s);
}

static void of_many_pictures_some_are_shown_from_end_to_end(void **state)
{
    enum { N = 119, SHOWN = 60 };
    scene s = trained_scene("logit");
    explanation_style style = {.n_top = 2};
    (void)state;
    explanation_page p = page_of(&s, &style);
    p.folder = "/nowhere";
    for (unsigned i = 0; i < N; i++)
        add(&p, i, -(double)i, (const float[3]){0});
    figure f = figure_of(&p);
    assert_ptr_equal(f.panels[2].kind, &SHEET_PANEL);
    const sheet_panel *sheet = f.panels[2].body;
    assert_int_equal(sheet->n, SHOWN);
    for (size_t i = 0; i < SHOWN; i++)
        assert_int_equal(strtol(sheet->labels[i], NULL, 10), 2 * i);
    figure_release(&f);
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

/* ---- Which method to trust ---- */

static const explain_method dear = {.name = "dear"}, cheap = {.name = "cheap"};

/* A ballot by z of two methods and a control, on the explanation that was added last. */
static void vote(explanation_page *p, double of_dear, double of_cheap, double of_control)
{
    const trust_candidate none = {.is_signed = true, .is_certified = true};
    trust_candidate c[] = {none, none, none};
    const double shares[] = {of_dear, of_cheap, of_control}, passes[] = {4000, 1, 0};
    static const char *const names[] = {"dear", "cheap", "random"};
    for (size_t i = 0; i < 3; i++) {
        c[i].name = names[i];
        c[i].method = (const explain_method *[]){&dear, &cheap, NULL}[i];
        c[i].faithfulness = (estimate){shares[i], (double)NAN, (double)NAN};
        c[i].passes = passes[i];
    }
    trust_ballot_fill(&p->all[p->n - 1].ballots[INPUT_Z], c, 3);
}

/* In half of n the dear one foretells more; all are sound but one more, which says otherwise. */
static explanation_page page_of_ballots(const scene *s, const explanation_style *style, unsigned n)
{
    explanation_page p = page_of(s, style);
    for (unsigned i = 0; i < n; i++) {
        add(&p, i, i, (const float[3]){0});
        vote(&p, i % 2 ? 0.9 : 0.3, i % 2 ? 0.3 : 0.9, 0.1);
    }
    add(&p, n, n, (const float[3]){0});
    p.all[n].is_sound = false;
    vote(&p, 1, 0, 0);
    return p;
}

static void a_method_that_wins_in_half_of_the_seeds_is_reported_so(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    explanation_page p = page_of_ballots(&s, &style, 10);
    json_t *numbers = numbers_of(&p);
    const json_t *ranking = json_object_get(json_object_get(numbers, "ranking"), "z");
    const json_t *methods = json_object_get(ranking, "methods");
    assert_null(json_object_get(json_object_get(numbers, "ranking"), "x"));
    assert_string_equal(json_string_value(json_object_get(ranking, "chosen")), "cheap");
    assert_string_equal(json_string_value(json_object_get(ranking, "runner_up")), "dear");
    assert_number(ranking, "n", 10);
    assert_number(ranking, "n_left_out", 1);
    assert_number(ranking, "n_other", 5);
    assert_number(ranking, "n_without", 0);
    assert_true(fabs(number_of(methods, 0, "faithfulness") - 0.6) < 1e-7);
    assert_true(number_of(methods, 0, "low") > 0.35 && number_of(methods, 0, "high") < 0.85);
    assert_true(fabs(number_of(methods, 1, "n_chosen") - 5) <= 0);
    assert_true(fabs(number_of(methods, 0, "place") - 1.5) <= 0);
    assert_true(json_is_true(json_object_get(json_array_get(methods, 2), "is_control")));
    assert_true(are_found(numbers, "that of cheap is the one to trust"));
    assert_true(are_found(numbers, "over 10 seeds it foretells 60 %"));
    assert_true(are_found(numbers, "the control random, foretells 10 %"));
    assert_true(are_found(numbers, "takes 4,000 passes through the networks, not 1."));
    assert_true(are_found(numbers,
                          "By themselves 5 of the 10 seeds name it, the others do not (dear: 5)."));
    assert_true(are_found(numbers, "1 seed is left out of this"));
    json_decref(numbers);
    release(&p, &s);
}

static void the_panel_of_methods_leaves_controls_to_a_mark(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {.n_top = 2};
    (void)state;
    explanation_page p = page_of_ballots(&s, &style, 4);
    p.folder = "/nowhere";
    figure f = figure_with(&p, 4);
    assert_ptr_equal(f.panels[2].kind, &GAUGES_PANEL);
    const gauges_panel *g = f.panels[2].body;
    assert_int_equal(g->n, 2);
    assert_string_equal(f.panels[2].title, "Which explanation by z to trust: cheap");
    assert_string_equal(g->gauges[0].name, "cheap");
    assert_true(g->gauges[0].is_good && !g->gauges[1].is_good);
    assert_true(fabs(g->gauges[0].value - 60) < 1e-4 && fabs(g->gauges[1].mark - 10) < 1e-4);
    assert_string_equal(g->gauges[1].note, "dearer; chosen in 2 of 4");
    assert_non_null(strstr(g->mark_name, "random"));
    figure_release(&f);
    release(&p, &s);
}

static void where_all_agree_the_words_are_sure(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    explanation_page p = page_of(&s, &style);
    for (unsigned i = 0; i < 3; i++) {
        add(&p, i, i, (const float[3]){0});
        vote(&p, 0.9, 0.5, 0.1);
    }
    json_t *numbers = numbers_of(&p);
    assert_true(are_found(numbers, "Each seed by itself says the same."));
    assert_true(are_found(numbers, "foretells less, by 40 %"));
    assert_true(are_found(numbers, "in about 0 % of the cases"));
    assert_true(are_found(numbers, "that it is the best is sure."));
    assert_false(are_found(numbers, "left out"));
    json_decref(numbers);
    release(&p, &s);
}

static void what_foretells_less_than_half_is_not_called_the_one_to_trust(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    explanation_page p = page_of(&s, &style);
    add(&p, 0, 0, (const float[3]){0});
    vote(&p, 0.4, 0.3, 0.1);
    json_t *numbers = numbers_of(&p);
    assert_true(are_found(numbers, "that of dear is the best, but none is to be relied on"));
    assert_false(are_found(numbers, "the one to trust"));
    json_decref(numbers);
    release(&p, &s);
}

static void a_choice_that_hangs_on_the_seeds_is_not_called_sure(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    explanation_page p = page_of(&s, &style);
    for (unsigned i = 0; i < 2; i++) {
        add(&p, i, i, (const float[3]){0});
        vote(&p, i ? 0.9 : 0.5, 0.5, 0.1);
    }
    json_t *numbers = numbers_of(&p);
    assert_true(are_found(numbers, "that of cheap is the one"));
    assert_true(are_found(numbers, "that it is the best is likely, but not sure."));
    assert_false(are_found(numbers, "that it is the best is sure."));
    json_decref(numbers);
    release(&p, &s);
}

static void where_no_method_is_to_be_trusted_the_words_say_why(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    explanation_page p = page_of(&s, &style);
    for (unsigned i = 0; i < 3; i++) {
        add(&p, i, i, (const float[3]){0});
        vote(&p, 0.2, 0.1, 0.5);
    }
    json_t *numbers = numbers_of(&p);
    const json_t *ranking = json_object_get(json_object_get(numbers, "ranking"), "z");
    assert_true(json_is_null(json_object_get(ranking, "chosen")));
    assert_number(ranking, "n_without", 3);
    assert_true(are_found(numbers, "by z none is to be trusted over these 3 seeds. Nearest comes "
                                   "dear, but it foretells no more than a map"));
    json_decref(numbers);
    release(&p, &s);
}

static void where_every_check_is_broken_nothing_is_chosen(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    explanation_page p = page_of_ballots(&s, &style, 0);
    json_t *numbers = numbers_of(&p);
    const json_t *ranking = json_object_get(json_object_get(numbers, "ranking"), "z");
    assert_number(ranking, "n", 0);
    assert_number(ranking, "n_left_out", 1);
    assert_int_equal(json_array_size(json_object_get(ranking, "methods")), 0);
    assert_true(are_found(numbers, "by z to trust cannot be said: each has a check"));
    json_decref(numbers);
    release(&p, &s);
}

static void the_order_of_the_seeds_changes_no_number_of_the_ranking(void **state)
{
    scene s = trained_scene("logit");
    explanation_style style = {0};
    char *dumped[2];
    (void)state;
    for (unsigned turn = 0; turn < 2; turn++) {
        explanation_page p = page_of(&s, &style);
        for (unsigned k = 0; k < 8; k++) {
            unsigned i = turn ? 7 - k : k;
            add(&p, i, sin(i), (const float[3]){0});
            vote(&p, 0.5 + 0.4 * sin(i), 0.5 + 0.4 * cos(i), 0.1);
        }
        json_t *numbers = numbers_of(&p);
        dumped[turn] = json_dumps(json_object_get(numbers, "ranking"), JSON_SORT_KEYS);
        json_decref(numbers);
        json_decref(p.model);
        explanation_page_release(&p);
    }
    assert_string_equal(dumped[0], dumped[1]);
    free(dumped[0]);
    free(dumped[1]);
    scene_release(&s);
}

static bool has(const char *folder, const char *name)
{
    char *path = join_path(folder, name);
    bool is_there = is_file(path);
    free(path);
    return is_there;
}

static void remove_named(const char *folder, const char *name)
{
    error e = {0};
    char *path = join_path(folder, name);
    assert_int_equal(file_remove(path, &e), 0);
    free(path);
}

/* They share a folder, which has what a page of words leads to. */
static void list_one_folder(explanation_page *p)
{
    error e = {0};
    char *listed = join_path(p->folder, "seed");
    const char *const files[] = {"explanation.json", "explanation.txt"};
    assert_int_equal(folder_create(listed, &e), 0);
    for (size_t i = 0; i < 2; i++) {
        char *path = join_path(listed, files[i]);
        assert_int_equal(file_save(path, "1", 1, NOT_DURABLE, &e), 0);
        free(path);
    }
    for (size_t i = 0; i < p->n; i++) {
        free(p->all[i].folder);
        p->all[i].folder = copy_text("seed");
    }
    free(listed);
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
    list_one_folder(&p);
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
    remove_named(folder, "seed/explanation.json");
    remove_named(folder, "seed/explanation.txt");
    char *listed = join_path(folder, "seed");
    assert_int_equal(rmdir(listed), 0);
    assert_int_equal(rmdir(folder), 0);
    free(listed);
    bytes_release(&page);
    free(path);
    release(&p, &s);
}

/* What another run put in its place may have other files. */
static void a_page_is_refused_whose_explanations_have_changed(void **state)
{
    const char *const files[] = {"seed/explanation.json", "seed/explanation.txt"};
    char folder[] = "/tmp/ganlens-test-XXXXXX";
    const float one[3] = {1, 1, 1};
    scene s = trained_scene("logit");
    explanation_style style = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    explanation_page p = page_of(&s, &style);
    p.folder = folder;
    add(&p, 1, 1, one);
    for (size_t i = 0; i < 2; i++) {
        error e = {0};
        list_one_folder(&p);
        assert_int_equal(explanation_page_save(&p, &e), 0);
        assert_true(has(folder, "index.html"));
        assert_int_equal(explanation_page_remove(folder, &e), 0);
        remove_named(folder, files[i]);
        assert_int_equal(explanation_page_save(&p, &e), -1);
        assert_int_equal(e.status, STATUS_FAILED);
        assert_non_null(strstr(e.message, files[i]));
        assert_false(has(folder, "index.html") || has(folder, "summary.json"));
        remove_named(folder, files[1 - i]);
        char *listed = join_path(folder, "seed");
        assert_int_equal(rmdir(listed), 0);
        free(listed);
    }
    assert_int_equal(rmdir(folder), 0);
    release(&p, &s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(components_are_summed_up_by_magnitude_spread_and_sign),
        cmocka_unit_test(values_verdicts_and_checks_are_counted),
        cmocka_unit_test(signs_are_judged_by_what_chance_gives),
        cmocka_unit_test(real_pictures_have_all_their_quantiles_beside_few_values),
        cmocka_unit_test(bars_of_components_stand_by_index),
        cmocka_unit_test(of_many_pictures_some_are_shown_from_end_to_end),
        cmocka_unit_test(the_highest_value_comes_first_and_of_equals_the_lower_number),
        cmocka_unit_test(a_method_that_wins_in_half_of_the_seeds_is_reported_so),
        cmocka_unit_test(the_panel_of_methods_leaves_controls_to_a_mark),
        cmocka_unit_test(where_all_agree_the_words_are_sure),
        cmocka_unit_test(what_foretells_less_than_half_is_not_called_the_one_to_trust),
        cmocka_unit_test(a_choice_that_hangs_on_the_seeds_is_not_called_sure),
        cmocka_unit_test(where_no_method_is_to_be_trusted_the_words_say_why),
        cmocka_unit_test(where_every_check_is_broken_nothing_is_chosen),
        cmocka_unit_test(the_order_of_the_seeds_changes_no_number_of_the_ranking),
        cmocka_unit_test(of_very_many_the_ends_and_the_middle_are_listed),
        cmocka_unit_test(a_page_is_refused_whose_explanations_have_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
