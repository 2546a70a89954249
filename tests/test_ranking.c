/* SPDX-License-Identifier: MIT */
/* Who is trusted over many explanations, of ballots that are made up. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "trust.h"
#include "use_threads.h"
#include <stdlib.h>
#include <string.h>

static const array_row some_z = {.name = "some_z",
                                 .space = SPACE_Z,
                                 .sign = SIGN_SIGNED,
                                 .role = ROLE_ATTRIBUTION,
                                 .predicts = PREDICTS_CHANGE},
                       size_z = {.name = "size_z",
                                 .space = SPACE_Z,
                                 .sign = SIGN_MAGNITUDE,
                                 .role = ROLE_ATTRIBUTION,
                                 .predicts = PREDICTS_ORDER};
static const explain_method dear = {.name = "dear"}, cheap = {.name = "cheap"};

enum { DEAR, CHEAP, CONTROL, N };

/* ---- Ballots ---- */

typedef struct {
    trust_ballot *all;
    const trust_ballot **list;
    size_t n;
} ballots;

static trust_candidate candidate(const char *name, const explain_method *m, double faithfulness,
                                 double passes)
{
    return (trust_candidate){.name = name,
                             .method = m,
                             .faithfulness = {faithfulness, (double)NAN, (double)NAN},
                             .passes = passes,
                             .is_signed = true,
                             .is_certified = true};
}

static void add(ballots *b, const trust_candidate *c, size_t n)
{
    b->all = reallocate(b->all, b->n + 1, sizeof *b->all);
    trust_ballot_fill(&b->all[b->n++], c, n);
}

/* A dear method, a cheap one and a control. */
static void add_two(ballots *b, double of_dear, double of_cheap)
{
    const trust_candidate c[N] = {candidate("dear", &dear, of_dear, 100),
                                  candidate("cheap", &cheap, of_cheap, 1),
                                  candidate("random", NULL, 0, 0)};
    add(b, c, N);
}

static trust_ranking rank(ballots *b)
{
    trust_ranking r = {0};
    b->list = reallocate(b->list, b->n, sizeof *b->list);
    for (size_t i = 0; i < b->n; i++)
        b->list[i] = &b->all[i];
    trust_ranking_make(&r, b->list, b->n);
    return r;
}

static void release(ballots *b, trust_ranking *r)
{
    trust_ranking_release(r);
    for (size_t i = 0; i < b->n; i++)
        trust_ballot_release(&b->all[i]);
    free(b->all);
    free(b->list);
    *b = (ballots){0};
}

static const trust_rank *named(const trust_ranking *r, const char *name)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->ranks[i].name, name) == 0)
            return &r->ranks[i];
    fail_msg("%s is not ranked", name);
    return NULL;
}

static void assert_number(double got, double want) { assert_close(&got, &want, 1, 1e-6, 1e-9); }

/* ---- Who wins ---- */

static void a_method_that_wins_everywhere_never_changes(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 10; i++)
        add_two(&b, 0.9, 0.5);
    trust_ranking r = rank(&b);
    assert_int_equal(r.n_ballots, 10);
    assert_int_equal(r.n, N);
    assert_true(r.has_winner);
    assert_string_equal(r.ranks[0].name, "dear");
    assert_ptr_equal(r.ranks[0].method, &dear);
    assert_int_equal(r.ranks[0].n_won, 10);
    assert_number(r.ranks[0].place, 1);
    assert_number(r.ranks[0].faithfulness.value, 0.9);
    assert_number(r.ranks[0].faithfulness.low, 0.9);
    assert_number(r.ranks[0].faithfulness.high, 0.9);
    assert_number(r.ranks[0].passes, 100);
    assert_number(named(&r, "cheap")->place, 2);
    assert_number(named(&r, "random")->place, 3);
    assert_int_equal(r.ranks[0].standing, STANDING_TRUSTED);
    assert_int_equal(named(&r, "cheap")->standing, STANDING_LESS_FAITHFUL);
    assert_int_equal(named(&r, "random")->standing, STANDING_CONTROL);
    assert_true(r.has_runner_up && r.runner_up == 1);
    assert_number(r.lead.value, 0.4);
    assert_int_equal(r.n_other + r.n_without, 0);
    assert_number(r.changes, 0);
    release(&b, &r);
}

static void a_method_that_wins_in_half_of_them_is_said_to(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 20; i++)
        add_two(&b, i % 2 ? 0.9 : 0.3, i % 2 ? 0.3 : 0.9);
    trust_ranking r = rank(&b);
    assert_string_equal(r.ranks[0].name, "cheap");
    assert_int_equal(r.ranks[0].n_won, 10);
    assert_int_equal(named(&r, "dear")->n_won, 10);
    assert_true(r.has_runner_up && r.runner_up == 1);
    assert_int_equal(named(&r, "dear")->standing, STANDING_DEARER);
    assert_int_equal(r.n_other, 10);
    assert_number(r.ranks[0].place, 1.5);
    assert_number(r.ranks[0].faithfulness.value, 0.6);
    release(&b, &r);
}

/* The standard error of a mean of 20, half of which are 0.3 and half 0.9, is 0.3 / sqrt(20). */
static void intervals_are_those_of_a_mean_over_ballots(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 20; i++)
        add_two(&b, i % 2 ? 0.9 : 0.3, 0.5);
    trust_ranking r = rank(&b);
    const estimate *e = &named(&r, "dear")->faithfulness;
    const double want[] = {0.6 - 1.96 * 0.3 / sqrt(20), 0.6 + 1.96 * 0.3 / sqrt(20)};
    const double got[] = {e->low, e->high};
    assert_close(got, want, 2, 0, 0.02);
    release(&b, &r);
}

/* Each is 0.1 apart on every ballot, which vary by far more than that. */
static void methods_are_compared_on_the_same_ballots(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 8; i++)
        add_two(&b, 0.2 + 0.1 * (double)i, 0.1 + 0.1 * (double)i);
    trust_ranking r = rank(&b);
    assert_true(r.ranks[0].faithfulness.low < named(&r, "cheap")->faithfulness.high);
    assert_string_equal(r.ranks[0].name, "dear");
    assert_number(r.lead.value, 0.1);
    assert_true(fabs(r.lead.low - 0.1) < 1e-6 && fabs(r.lead.high - 0.1) < 1e-6);
    assert_number(r.changes, 0);
    release(&b, &r);
}

static void a_winner_that_hangs_on_few_ballots_changes(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 12; i++)
        add_two(&b, i < 3 ? 0.9 : 0.5, 0.5);
    trust_ranking r = rank(&b);
    assert_true(r.changes > 0.2 && r.changes < 0.8);
    release(&b, &r);
}

/* Of two ballots a quarter of the repetitions has the first alone, which tells them apart. */
static void a_repetition_decides_by_its_own_ballots(void **state)
{
    ballots b = {0};
    (void)state;
    add_two(&b, 0.9, 0.5);
    add_two(&b, 0.5, 0.5);
    trust_ranking r = rank(&b);
    assert_string_equal(r.ranks[0].name, "cheap");
    assert_close(&r.changes, &(double){0.25}, 1, 0, 0.1);
    release(&b, &r);
}

static void of_equals_the_cheaper_wins_then_the_first_by_name(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        add_two(&b, 0.7, 0.7);
    trust_ranking r = rank(&b);
    assert_string_equal(r.ranks[0].name, "cheap");
    release(&b, &r);
    for (size_t i = 0; i < 4; i++)
        add(&b,
            (trust_candidate[]){candidate("dear", &dear, 0.7, 1),
                                candidate("cheap", &cheap, 0.7, 1)},
            2);
    r = rank(&b);
    assert_string_equal(r.ranks[0].name, "cheap");
    assert_number(r.changes, 0);
    release(&b, &r);
}

/* ---- What is held against a method ---- */

/* Flagged by the first n_flagged of 10. */
static trust_ranking rank_flagged(ballots *b, size_t n_flagged)
{
    for (size_t i = 0; i < 10; i++) {
        trust_candidate c[] = {candidate("dear", &dear, 0.9, 100),
                               candidate("cheap", &cheap, 0.5, 1)};
        c[0].is_flagged = i < n_flagged;
        add(b, c, 2);
    }
    return rank(b);
}

static void a_method_that_half_of_the_ballots_flag_is_not_trusted(void **state)
{
    ballots b = {0};
    (void)state;
    trust_ranking r = rank_flagged(&b, 4);
    assert_string_equal(r.ranks[0].name, "dear");
    assert_int_equal(r.ranks[0].n_flagged, 4);
    assert_int_equal(r.ranks[0].n_won, 6);
    assert_int_equal(r.n_other, 4);
    assert_true(r.changes > 0.1 && r.changes < 0.5);
    release(&b, &r);
    r = rank_flagged(&b, 5);
    assert_string_equal(r.ranks[0].name, "cheap");
    assert_int_equal(named(&r, "dear")->standing, STANDING_FLAGGED);
    release(&b, &r);
}

static void a_check_that_is_not_met_is_held_against_a_method(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        trust_candidate c[] = {candidate("dear", &dear, 0.9, 100),
                               candidate("cheap", &cheap, 0.5, 1)};
        c[0].is_certified = false;
        c[1].is_untested = true;
        add(&b, c, 2);
    }
    trust_ranking r = rank(&b);
    assert_false(r.has_winner);
    assert_int_equal(named(&r, "dear")->standing, STANDING_UNCERTIFIED);
    assert_int_equal(named(&r, "cheap")->standing, STANDING_UNTESTED);
    release(&b, &r);
}

static void where_nothing_beats_a_control_nothing_wins(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 5; i++)
        add(&b,
            (trust_candidate[]){candidate("dear", &dear, 0.1, 100),
                                candidate("random", NULL, 0.3, 0)},
            2);
    trust_ranking r = rank(&b);
    assert_false(r.has_winner || r.has_runner_up);
    assert_int_equal(r.n_without, 5);
    assert_int_equal(r.n_other, 0);
    assert_number(r.changes, 0);
    assert_true(isnan(r.lead.value));
    assert_int_equal(r.ranks[0].standing, STANDING_NO_BETTER);
    release(&b, &r);
}

/* ---- Few, and gaps ---- */

static void one_ballot_says_what_it_says_alone(void **state)
{
    ballots b = {0};
    trust_candidate c[] = {candidate("dear", &dear, 0.9, 100), candidate("cheap", &cheap, 0.8, 1)};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        c[i].faithfulness.low = c[i].faithfulness.value - 0.2;
        c[i].faithfulness.high = c[i].faithfulness.value + 0.2;
    }
    add(&b, c, 2);
    trust_ranking r = rank(&b);
    assert_string_equal(r.ranks[0].name, "cheap");
    assert_number(r.ranks[0].faithfulness.low, 0.6);
    assert_number(r.ranks[0].faithfulness.high, 1);
    assert_int_equal(r.n_ballots, 1);
    assert_int_equal(r.n_other, 0);
    assert_true(isnan(r.changes));
    release(&b, &r);
}

static void ballots_of_nothing_are_passed_over(void **state)
{
    ballots b = {0};
    const trust_ballot none = {0};
    (void)state;
    add_two(&b, 0.9, 0.5);
    add_two(&b, 0.9, 0.5);
    trust_ranking r = {0};
    trust_ranking_make(&r, (const trust_ballot *[]){&none, &b.all[0], &none, &b.all[1]}, 4);
    assert_int_equal(r.n_ballots, 2);
    assert_int_equal(r.ranks[0].n_won, 2);
    release(&b, &r);
    trust_ranking_make(&r, (const trust_ballot *[]){&none, &none}, 2);
    assert_int_equal(r.n_ballots, 0);
    assert_int_equal(r.n, 0);
    assert_false(r.has_winner);
    trust_ranking_release(&r);
    trust_ranking_make(&r, NULL, 0);
    assert_int_equal(r.n_ballots, 0);
    trust_ranking_release(&r);
}

static void what_some_ballots_do_not_know_is_a_mean_of_the_others(void **state)
{
    ballots b = {0};
    (void)state;
    for (size_t i = 0; i < 6; i++)
        add_two(&b, i < 2 ? (double)NAN : 0.8, 0.3);
    add(&b, (trust_candidate[]){candidate("cheap", &cheap, 0.3, 1)}, 1);
    trust_ranking r = rank(&b);
    assert_string_equal(r.ranks[0].name, "dear");
    assert_number(r.ranks[0].faithfulness.value, 0.8);
    assert_number(r.ranks[0].faithfulness.low, 0.8);
    assert_int_equal(r.ranks[0].n_won, 4);
    assert_int_equal(r.n_other, 3);
    release(&b, &r);
    for (size_t i = 0; i < 3; i++)
        add_two(&b, i ? (double)NAN : 0.8, 0.3);
    r = rank(&b);
    assert_number(r.ranks[0].faithfulness.low, 0.8);
    assert_number(r.ranks[0].faithfulness.high, 0.8);
    assert_string_equal(r.ranks[0].name, "dear");
    release(&b, &r);
    for (size_t i = 0; i < 3; i++)
        add_two(&b, (double)NAN, 0.3);
    r = rank(&b);
    assert_int_equal(named(&r, "dear")->standing, STANDING_UNJUDGED);
    assert_true(isnan(named(&r, "dear")->faithfulness.value));
    assert_string_equal(r.ranks[0].name, "cheap");
    release(&b, &r);
}

/* ---- Bytes ---- */

static void add_various(ballots *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_two(b, 0.5 + 0.4 * sin((double)i), 0.5 + 0.3 * sin(2.0 * (double)i));
}

static void threads_change_no_byte(void **state)
{
    ballots b = {0}, c = {0};
    (void)state;
    add_various(&b, 15);
    add_various(&c, 15);
    trust_ranking one = rank(&b);
    use_threads(2);
    trust_ranking two = rank(&c);
    use_threads(1);
    assert_memory_equal(&one.changes, &two.changes, sizeof one.changes);
    assert_memory_equal(&one.lead, &two.lead, sizeof one.lead);
    for (size_t i = 0; i < N; i++) {
        assert_string_equal(one.ranks[i].name, two.ranks[i].name);
        assert_memory_equal(&one.ranks[i].faithfulness, &two.ranks[i].faithfulness,
                            sizeof one.ranks[i].faithfulness);
    }
    release(&b, &one);
    release(&c, &two);
}

/* ---- What is read of an explanation ---- */

/* What `dear` and `cheap` attribute, and a table of them beside a control. */
static void judge_two(explanation *a, const float *infidelity)
{
    static const array_row rows[] = {{.name = "quality.z", .space = SPACE_TABLE, .has_gaps = true}};
    static const char *const labels[] = {"forward", "infidelity", "backward",
                                         "dear",    "cheap",      "random"};
    a->z_dim = 2;
    a->method = &dear;
    explanation_add_row(a, &some_z, 0, 0);
    a->method = &cheap;
    explanation_add_row(a, &size_z, 0, 0);
    a->method = NULL;
    float *table = explanation_add_row(a, rows, 3, 3);
    for (size_t i = 0; i < 6; i++)
        explanation_add_label(a, labels[i]);
    for (size_t i = 0; i < 3; i++) {
        table[3 * i] = (float)(10 * i);
        table[3 * i + 1] = infidelity[i];
        table[3 * i + 2] = (float)i;
    }
}

static void a_ballot_is_read_by_the_names_of_columns(void **state)
{
    explanation a = {0};
    trust_ballot b = {0};
    (void)state;
    judge_two(&a, (const float[]){0.25f, 1.5f, NAN});
    trust_ballot_read(&b, &a, INPUT_Z);
    assert_int_equal(b.n, 3);
    explanation_release(&a);
    assert_string_equal(b.candidates[0].name, "dear");
    assert_ptr_equal(b.candidates[0].method, &dear);
    assert_null(b.candidates[2].method);
    assert_number(b.candidates[0].faithfulness.value, 0.75);
    assert_number(b.candidates[1].faithfulness.value, 0);
    assert_true(isnan(b.candidates[2].faithfulness.value));
    assert_true(b.candidates[0].is_signed && !b.candidates[1].is_signed);
    assert_number(b.candidates[1].passes, 11);
    assert_int_equal(b.winner, 0);
    assert_int_equal(b.places[0], 1);
    trust_ballot_release(&b);
}

static const array_row table_rows[] = {
    {.name = "quality.z.low", .space = SPACE_TABLE, .has_gaps = true},
    {.name = "quality.z.high", .space = SPACE_TABLE, .has_gaps = true},
    {.name = "sanity.z", .space = SPACE_TABLE, .has_gaps = true}};

/* A column of what judge_two has rows of. */
static void add_table(explanation *a, const array_row *row, const char *column, const float *cells)
{
    memcpy(explanation_add_row(a, row, 3, 1), cells, 3 * sizeof *cells);
    explanation_add_label(a, column);
    explanation_add_label(a, "dear");
    explanation_add_label(a, "cheap");
    explanation_add_label(a, "random");
}

static void the_share_is_at_least_what_is_left_of_the_most_that_is_missed(void **state)
{
    explanation a = {0};
    trust_ballot b = {0};
    (void)state;
    judge_two(&a, (const float[]){0.25f, 0.5f, 1});
    add_table(&a, &table_rows[0], "infidelity", (const float[]){0.125f, 0.25f, 1});
    add_table(&a, &table_rows[1], "infidelity", (const float[]){0.5f, 0.75f, 1});
    trust_ballot_read(&b, &a, INPUT_Z);
    assert_number(b.candidates[0].faithfulness.low, 0.5);
    assert_number(b.candidates[0].faithfulness.high, 0.875);
    trust_ballot_release(&b);
    explanation_release(&a);
}

static void what_the_test_of_sanity_says_is_read(void **state)
{
    explanation a = {0};
    trust_ballot b = {0};
    (void)state;
    judge_two(&a, (const float[]){0.25f, 0.5f, 1});
    trust_ballot_read(&b, &a, INPUT_Z);
    assert_false(b.candidates[0].is_flagged || b.candidates[0].is_untested);
    trust_ballot_release(&b);
    add_table(&a, &table_rows[2], "flagged", (const float[]){1, NAN, 1});
    trust_ballot_read(&b, &a, INPUT_Z);
    assert_true(b.candidates[0].is_flagged && !b.candidates[0].is_untested);
    assert_true(b.candidates[1].is_untested && !b.candidates[1].is_flagged);
    trust_ballot_release(&b);
    explanation_release(&a);
}

static void a_broken_check_of_a_method_is_its_own(void **state)
{
    explanation a = {0};
    trust_ballot b = {0};
    (void)state;
    judge_two(&a, (const float[]){0.25f, 0.5f, 1});
    a.method = &dear;
    explanation_add_check(&a, &(explain_check){.name = "c", .value = 2, .tolerance = 1});
    trust_ballot_read(&b, &a, INPUT_Z);
    assert_false(b.candidates[0].is_certified);
    assert_true(b.candidates[1].is_certified);
    assert_true(b.winner == NO_INDEX);
    trust_ballot_release(&b);
    explanation_release(&a);
}

static void what_is_not_judged_leaves_no_ballot(void **state)
{
    explanation a = {0};
    trust_ballot b = {0};
    (void)state;
    trust_ballot_read(&b, &a, INPUT_X);
    assert_int_equal(b.n, 0);
    trust_ballot_release(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_method_that_wins_everywhere_never_changes),
        cmocka_unit_test(a_method_that_wins_in_half_of_them_is_said_to),
        cmocka_unit_test(intervals_are_those_of_a_mean_over_ballots),
        cmocka_unit_test(methods_are_compared_on_the_same_ballots),
        cmocka_unit_test(a_winner_that_hangs_on_few_ballots_changes),
        cmocka_unit_test(a_repetition_decides_by_its_own_ballots),
        cmocka_unit_test(of_equals_the_cheaper_wins_then_the_first_by_name),
        cmocka_unit_test(a_method_that_half_of_the_ballots_flag_is_not_trusted),
        cmocka_unit_test(a_check_that_is_not_met_is_held_against_a_method),
        cmocka_unit_test(where_nothing_beats_a_control_nothing_wins),
        cmocka_unit_test(one_ballot_says_what_it_says_alone),
        cmocka_unit_test(ballots_of_nothing_are_passed_over),
        cmocka_unit_test(what_some_ballots_do_not_know_is_a_mean_of_the_others),
        cmocka_unit_test(threads_change_no_byte),
        cmocka_unit_test(a_ballot_is_read_by_the_names_of_columns),
        cmocka_unit_test(the_share_is_at_least_what_is_left_of_the_most_that_is_missed),
        cmocka_unit_test(what_the_test_of_sanity_says_is_read),
        cmocka_unit_test(a_broken_check_of_a_method_is_its_own),
        cmocka_unit_test(what_is_not_judged_leaves_no_ballot),
    };
    use_threads(1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
