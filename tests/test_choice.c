/* SPDX-License-Identifier: MIT */
/* Which method is trusted, on cases decided by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "trust.h"

static const explain_method method = {.name = "method"};

/* Nothing is against it. */
static trust_candidate good(const char *name, double faithfulness, double passes)
{
    return (trust_candidate){
        .name = name,
        .method = &method,
        .faithfulness = {faithfulness, faithfulness - 0.02, faithfulness + 0.02},
        .passes = passes,
        .is_signed = true,
        .is_certified = true};
}

static trust_candidate control(const char *name, double faithfulness)
{
    trust_candidate c = good(name, faithfulness, 0);
    c.method = NULL;
    return c;
}

static void assert_winner(const trust_candidate *c, size_t n, size_t winner)
{
    trust_choice v;
    trust_choose_among(&v, c, n);
    assert_int_equal(v.winner, winner);
    if (winner != NO_INDEX)
        assert_int_equal(v.standing[winner], STANDING_TRUSTED);
    trust_choice_release(&v);
}

static void assert_standings(const trust_candidate *c, size_t n, const trust_standing *want)
{
    trust_choice v;
    trust_choose_among(&v, c, n);
    for (size_t i = 0; i < n; i++)
        if (v.standing[i] != want[i])
            fail_msg("%s: %s", c[i].name, trust_standings[v.standing[i]].name);
    trust_choice_release(&v);
}

/* ---- The rule ---- */

static void the_more_faithful_is_trusted_where_that_can_be_told(void **state)
{
    (void)state;
    assert_winner((trust_candidate[]){good("a", 0.5, 1), good("b", 0.8, 99), control("c", 0.1)}, 3,
                  1);
}

static void the_cheaper_is_trusted_where_it_cannot(void **state)
{
    (void)state;
    assert_winner((trust_candidate[]){good("a", 0.80, 99), good("b", 0.79, 1)}, 2, 1);
}

static void a_difference_below_one_in_a_hundred_is_none(void **state)
{
    trust_candidate c[] = {good("a", 0.999, 1), good("b", 1, 99)};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        c[i].faithfulness.low = c[i].faithfulness.high = c[i].faithfulness.value;
    assert_winner(c, 2, 0);
    c[0].faithfulness = (estimate){0.98, 0.98, 0.98};
    assert_winner(c, 2, 1);
}

static void of_equal_cost_the_more_faithful_is_trusted_then_the_first_by_name(void **state)
{
    (void)state;
    assert_winner((trust_candidate[]){good("a", 0.79, 5), good("b", 0.80, 5)}, 2, 1);
    assert_winner((trust_candidate[]){good("b", 0.8, 5), good("a", 0.8, 5)}, 2, 1);
}

static void one_method_alone_is_trusted_if_it_beats_the_controls(void **state)
{
    (void)state;
    assert_winner((trust_candidate[]){good("a", 0.5, 1)}, 1, 0);
    assert_winner((trust_candidate[]){good("a", 0.5, 1), control("c", 0.3)}, 2, 0);
    assert_winner((trust_candidate[]){good("a", 0.5, 1), control("c", 0.49)}, 2, NO_INDEX);
}

static void it_has_to_beat_each_control_that_was_judged(void **state)
{
    (void)state;
    assert_winner((trust_candidate[]){good("a", 0.5, 1), control("c", 0.1), control("d", 0.6)}, 3,
                  NO_INDEX);
    assert_winner((trust_candidate[]){good("a", 0.5, 1), control("c", (double)NAN)}, 2, 0);
}

/* It is right of a straight line, as all are. */
static void what_knows_the_model_may_foretell_as_much_but_not_more(void **state)
{
    trust_candidate c[] = {good("a", 0.8, 1), control("average", 0.8), control("c", 0.1)};
    (void)state;
    assert_winner(c, 3, NO_INDEX);
    c[1].knows_model = true;
    assert_winner(c, 3, 0);
    c[1].faithfulness = (estimate){0.9, 0.88, 0.92};
    assert_winner(c, 3, NO_INDEX);
}

/* It foretells more of large changes, but claims to be the rate, and is not. */
static void a_rate_is_held_to_small_changes(void **state)
{
    trust_candidate c[] = {good("elsewhere", 0.9, 1), good("gradient", 0.8, 1),
                           good("change", 0.7, 1)};
    static const trust_standing want[] = {STANDING_NO_RATE, STANDING_TRUSTED,
                                          STANDING_LESS_FAITHFUL};
    (void)state;
    c[0].near = (estimate){0.9, 0.88, 0.92};
    c[1].near = (estimate){0.99, 0.98, 1};
    c[2].near = (estimate){0.1, 0.05, 0.15};
    assert_winner(c, 3, 0);
    c[0].is_rate = c[1].is_rate = true;
    assert_standings(c, 3, want);
    c[0].near = (estimate){0.97, 0.95, 0.99};
    assert_winner(c, 3, 0);
}

static void what_is_no_rate_or_has_no_sign_does_not_make_a_rate_wrong(void **state)
{
    trust_candidate c[] = {good("gradient", 0.9, 1), good("other", 0.5, 1)};
    (void)state;
    c[0].is_rate = true;
    c[0].near = (estimate){0.8, 0.78, 0.82};
    c[1].near = (estimate){0.99, 0.98, 1};
    assert_winner(c, 2, 0);
    c[1].is_rate = true;
    assert_winner(c, 2, 1);
    c[1].is_signed = false;
    assert_winner(c, 2, 0);
}

static void no_control_is_trusted(void **state)
{
    trust_choice v;
    (void)state;
    assert_winner((trust_candidate[]){control("c", 0.9), control("d", 0.3)}, 2, NO_INDEX);
    trust_choose_among(&v, (trust_candidate[]){control("d", 0.3), control("c", 0.9)}, 2);
    assert_int_equal(v.control, 1);
    trust_choice_release(&v);
}

static void nothing_is_chosen_of_nothing(void **state)
{
    (void)state;
    assert_winner(NULL, 0, NO_INDEX);
}

/* ---- Why not ---- */

static void each_of_these_is_reason_enough(void **state)
{
    trust_candidate c[] = {good("unjudged", (double)NAN, 1), good("unsigned", 0.9, 1),
                           good("wrong", 0.9, 1), good("flagged", 0.9, 1),
                           good("untested", 0.9, 1)};
    static const trust_standing want[] = {STANDING_UNJUDGED, STANDING_UNSIGNED,
                                          STANDING_UNCERTIFIED, STANDING_FLAGGED,
                                          STANDING_UNTESTED};
    (void)state;
    c[1].is_signed = false;
    c[2].is_certified = false;
    c[3].is_flagged = true;
    c[4].is_untested = true;
    assert_winner(c, 5, NO_INDEX);
    assert_standings(c, 5, want);
}

static void each_that_is_passed_over_is_told_why(void **state)
{
    trust_candidate c[] = {good("a", 0.80, 9), good("b", 0.79, 1), good("c", 0.6, 1),
                           good("d", 0.2, 1), control("e", 0.19)};
    static const trust_standing want[] = {STANDING_DEARER, STANDING_TRUSTED, STANDING_LESS_FAITHFUL,
                                          STANDING_NO_BETTER, STANDING_CONTROL};
    (void)state;
    assert_standings(c, 5, want);
}

static void all_flagged_leaves_none(void **state)
{
    trust_candidate c[] = {good("a", 0.8, 9), good("b", 0.7, 1)};
    (void)state;
    c[0].is_flagged = c[1].is_flagged = true;
    assert_winner(c, 2, NO_INDEX);
    c[1].is_flagged = false;
    assert_winner(c, 2, 1);
}

static void none_that_is_certified_leaves_none(void **state)
{
    trust_candidate c[] = {good("a", 0.8, 9), good("b", 0.7, 1)};
    (void)state;
    c[0].is_certified = c[1].is_certified = false;
    assert_winner(c, 2, NO_INDEX);
}

static void one_that_may_not_be_trusted_does_not_make_others_worse(void **state)
{
    trust_candidate c[] = {good("a", 0.99, 1), good("b", 0.6, 9), good("c", 0.6, 1)};
    (void)state;
    c[0].is_flagged = true;
    assert_winner(c, 3, 2);
}

/* ---- Differences ---- */

/* The intervals overlap, but b is better in every resample. */
static void resamples_tell_what_intervals_do_not(void **state)
{
    static const float a[] = {0.3f, 0.5f, 0.7f, 0.4f}, b[] = {0.4f, 0.6f, 0.8f, 0.5f};
    trust_candidate c[] = {good("a", 0.5, 1), good("b", 0.6, 9)};
    (void)state;
    c[0].faithfulness = (estimate){0.5, 0.3, 0.7};
    c[1].faithfulness = (estimate){0.6, 0.4, 0.8};
    assert_winner(c, 2, 0);
    c[0].resamples = a;
    c[1].resamples = b;
    c[0].n_resamples = c[1].n_resamples = 4;
    assert_winner(c, 2, 1);
    estimate lead = trust_lead(&c[1], &c[0]);
    assert_close(&lead.value, &(double){0.1}, 1, 0, 1e-12);
    assert_close(&lead.low, &(double){0.1}, 1, 0, 1e-6);
    assert_close(&lead.high, &(double){0.1}, 1, 0, 1e-6);
}

static void the_interval_holds_95_percent_of_the_resamples(void **state)
{
    enum { N = 201 };
    float a[N], b[N];
    trust_candidate c[] = {good("a", 0.5, 1), good("b", 0.5, 1)};
    (void)state;
    for (size_t i = 0; i < N; i++) {
        a[i] = (float)(i * 77 % N) / 200;
        b[i] = 0;
    }
    c[0].resamples = a;
    c[1].resamples = b;
    c[0].n_resamples = c[1].n_resamples = N;
    estimate lead = trust_lead(&c[0], &c[1]);
    assert_close(&lead.low, &(double){0.025}, 1, 0, 1e-6);
    assert_close(&lead.high, &(double){0.975}, 1, 0, 1e-6);
}

/* Widths 0.03 and 0.04 make 0.05. */
static void without_resamples_the_intervals_count_as_independent(void **state)
{
    trust_candidate a = good("a", 0.7, 1), b = good("b", 0.6, 1);
    (void)state;
    a.faithfulness = (estimate){0.7, 0.67, 0.73};
    b.faithfulness = (estimate){0.6, 0.56, 0.64};
    estimate lead = trust_lead(&a, &b);
    assert_close(&lead.low, &(double){0.05}, 1, 0, 1e-12);
    assert_close(&lead.high, &(double){0.15}, 1, 0, 1e-12);
    a.faithfulness = (estimate){0.7, 0.67, 0.78}; /* one way 0.03 and 0.04, the other 0.08, 0.06 */
    b.faithfulness = (estimate){0.6, 0.54, 0.64};
    lead = trust_lead(&a, &b);
    assert_close(&lead.low, &(double){0.05}, 1, 0, 1e-12);
    assert_close(&lead.high, &(double){0.2}, 1, 0, 1e-12);
}

static void what_has_no_interval_counts_as_it_is(void **state)
{
    trust_candidate a = good("a", 0.7, 1), b = good("b", 0.6, 1);
    (void)state;
    a.faithfulness.low = a.faithfulness.high = b.faithfulness.low = b.faithfulness.high =
        (double)NAN;
    assert_close(&(double){trust_lead(&a, &b).low}, &(double){0.1}, 1, 0, 1e-12);
}

/* ---- What would change it ---- */

static void the_runner_up_would_win_were_there_no_winner(void **state)
{
    trust_candidate c[] = {good("a", 0.80, 9), good("b", 0.79, 1), good("c", 0.77, 2),
                           good("d", 0.5, 1)};
    trust_choice v;
    (void)state;
    trust_choose_among(&v, c, 4);
    assert_int_equal(v.winner, 1);
    assert_int_equal(v.runner_up, 2);
    assert_close(&v.lead.value, &(double){0.02}, 1, 0, 1e-12);
    trust_choice_release(&v);
    assert_winner((trust_candidate[]){c[0], c[2], c[3]}, 3, 1);
}

static void the_winner_alone_has_no_runner_up(void **state)
{
    trust_choice v;
    (void)state;
    trust_choose_among(&v, (trust_candidate[]){good("a", 0.8, 9), control("b", 0)}, 2);
    assert_int_equal(v.runner_up, NO_INDEX);
    assert_true(isnan(v.lead.value));
    trust_choice_release(&v);
}

static void other_rules_name_others(void **state)
{
    trust_candidate c[] = {good("a", 0.80, 9), good("b", 0.79, 5), good("c", 0.6, 1),
                           control("d", 0.1)};
    trust_choice v;
    (void)state;
    trust_choose_among(&v, c, 4);
    assert_int_equal(v.winner, 1);
    assert_int_equal(v.most_faithful, 0);
    assert_int_equal(v.cheapest, 2);
    trust_choice_release(&v);
}

/* ---- Order ---- */

static void places_go_by_standing_then_by_faithfulness(void **state)
{
    trust_candidate c[] = {control("d", 0.1), good("c", 0.6, 1),  good("e", 0.5, 1),
                           good("a", 0.8, 9), good("b", 0.79, 5), good("f", (double)NAN, 1)};
    static const size_t want[] = {4, 3, 1, 2, 5, 0};
    trust_choice v;
    (void)state;
    trust_choose_among(&v, c, 6);
    assert_memory_equal(v.order, want, sizeof want);
    trust_choice_release(&v);
}

static void controls_that_were_not_judged_stand_last(void **state)
{
    trust_candidate c[] = {control("a", (double)NAN), control("b", 0.1), good("c", 0.9, 1)};
    static const size_t want[] = {2, 1, 0};
    trust_choice v;
    (void)state;
    trust_choose_among(&v, c, 3);
    assert_memory_equal(v.order, want, sizeof want);
    assert_int_equal(v.control, 1);
    trust_choice_release(&v);
}

/* From the winner it cannot be told; from the best, which is dear, it can. */
static void what_is_clearly_worse_than_the_best_is_less_faithful(void **state)
{
    trust_candidate c[] = {good("best", 0.8, 99), good("cheap", 0.78, 1), good("c", 0.75, 50)};
    static const trust_standing want[] = {STANDING_DEARER, STANDING_TRUSTED,
                                          STANDING_LESS_FAITHFUL};
    (void)state;
    assert_standings(c, 3, want);
}

static void the_order_of_the_candidates_does_not_count(void **state)
{
    trust_candidate c[] = {good("a", 0.80, 9), good("b", 0.79, 5), good("c", 0.79, 5),
                           good("d", 0.6, 1), control("e", 0.1)};
    trust_choice v;
    (void)state;
    for (size_t turn = 0; turn < 5; turn++) {
        trust_candidate turned[5];
        for (size_t i = 0; i < 5; i++)
            turned[i] = c[(i + turn) % 5];
        trust_choose_among(&v, turned, 5);
        for (size_t i = 0; i < 5; i++)
            assert_string_equal(turned[v.order[i]].name,
                                ((const char *[]){"b", "a", "c", "d", "e"})[i]);
        assert_string_equal(turned[v.runner_up].name, "c");
        trust_choice_release(&v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_more_faithful_is_trusted_where_that_can_be_told),
        cmocka_unit_test(the_cheaper_is_trusted_where_it_cannot),
        cmocka_unit_test(a_difference_below_one_in_a_hundred_is_none),
        cmocka_unit_test(of_equal_cost_the_more_faithful_is_trusted_then_the_first_by_name),
        cmocka_unit_test(one_method_alone_is_trusted_if_it_beats_the_controls),
        cmocka_unit_test(it_has_to_beat_each_control_that_was_judged),
        cmocka_unit_test(what_knows_the_model_may_foretell_as_much_but_not_more),
        cmocka_unit_test(a_rate_is_held_to_small_changes),
        cmocka_unit_test(what_is_no_rate_or_has_no_sign_does_not_make_a_rate_wrong),
        cmocka_unit_test(no_control_is_trusted),
        cmocka_unit_test(nothing_is_chosen_of_nothing),
        cmocka_unit_test(each_of_these_is_reason_enough),
        cmocka_unit_test(each_that_is_passed_over_is_told_why),
        cmocka_unit_test(all_flagged_leaves_none),
        cmocka_unit_test(none_that_is_certified_leaves_none),
        cmocka_unit_test(one_that_may_not_be_trusted_does_not_make_others_worse),
        cmocka_unit_test(resamples_tell_what_intervals_do_not),
        cmocka_unit_test(the_interval_holds_95_percent_of_the_resamples),
        cmocka_unit_test(without_resamples_the_intervals_count_as_independent),
        cmocka_unit_test(what_has_no_interval_counts_as_it_is),
        cmocka_unit_test(the_runner_up_would_win_were_there_no_winner),
        cmocka_unit_test(the_winner_alone_has_no_runner_up),
        cmocka_unit_test(other_rules_name_others),
        cmocka_unit_test(places_go_by_standing_then_by_faithfulness),
        cmocka_unit_test(controls_that_were_not_judged_stand_last),
        cmocka_unit_test(what_is_clearly_worse_than_the_best_is_less_faithful),
        cmocka_unit_test(the_order_of_the_candidates_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
