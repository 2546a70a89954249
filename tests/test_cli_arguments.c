/* SPDX-License-Identifier: MIT */
/* What is written on a command line: options, and values of every kind. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "demo_program.h"

#include <string.h>

/* ---- Reading the command line ---- */

static void nothing_given_leaves_the_defaults(void **state)
{
    (void)state;
    outcome o = run(NULL);
    assert_int_equal(o.status, 0);
    assert_memory_equal(&o.s, &defaults, sizeof defaults);
    assert_null(invocation_given(&o.v, "batch"));
    done(&o);
}

static void values_follow_an_equals_sign_or_as_the_next_word_in_any_order(void **state)
{
    (void)state;
    outcome o =
        run("a.st", "--batch=64", "--data", "dir", "-orun", "-b", "7", "b.st", "--lr", "0.5");
    assert_int_equal(o.status, 0);
    assert_int_equal(o.s.batch, 7);
    assert_string_equal(o.s.data, "dir");
    assert_string_equal(o.s.output, "run");
    assert_true(o.s.rate == 0.5);
    assert_int_equal(o.v.n_operands, 2);
    assert_string_equal(o.v.operands[0], "a.st");
    assert_string_equal(o.v.operands[1], "b.st");
    assert_string_equal(invocation_given(&o.v, "batch"), "7");
    done(&o);
}

static void a_value_may_begin_with_a_dash(void **state)
{
    (void)state;
    outcome o = run("--range", "-3,-1", "--window=-1,-2", "-o", "-x");
    assert_int_equal(o.status, 0);
    assert_true(o.s.range[0] == -3 && o.s.range[1] == -1);
    assert_true(o.s.window[0] == -1 && o.s.window[1] == -2);
    assert_string_equal(o.s.output, "-x");
    done(&o);
}

static void two_dashes_end_the_options_and_one_is_an_operand(void **state)
{
    (void)state;
    outcome o = run("-", "--", "--batch=0");
    assert_int_equal(o.status, 0);
    assert_string_equal(o.v.operands[0], "-");
    assert_string_equal(o.v.operands[1], "--batch=0");
    done(&o);
    o = run("--", "--");
    assert_true(o.status == 0 && o.v.n_operands == 1);
    assert_string_equal(o.v.operands[0], "--");
    done(&o);
}

static void of_an_option_given_twice_the_last_counts(void **state)
{
    (void)state;
    outcome o = run("--batch=1", "-s", "1-9", "--resume", "--batch=2", "--seeds=5", "--no-resume");
    assert_int_equal(o.status, 0);
    assert_int_equal(o.s.batch, 2);
    assert_int_equal(seed_list_count(&o.s.seeds), 1);
    assert_int_equal(seed_list_at(&o.s.seeds, 0), 5);
    assert_false(o.s.resume);
    done(&o);
}

static void switches_are_turned_on_and_off(void **state)
{
    (void)state;
    outcome o = run("-rq", "--no-pictures", "--verbose=1");
    assert_int_equal(o.status, 0);
    assert_true(o.s.resume && o.s.common.quiet && o.s.common.verbose && !o.s.pictures);
    done(&o);
    o = run("--pictures=false", "--resume=true", "--verbose=0");
    assert_true(o.status == 0 && !o.s.pictures && o.s.resume && !o.s.common.verbose);
    done(&o);
    assert_refused("--resume: 'yes' is not one of true, false, 1, 0", "--resume=yes");
    assert_refused("--resume: '' is not one of true, false, 1, 0", "--resume=");
    assert_refused("--no-resume takes no value", "--no-resume=true");
    assert_refused("--help takes no value", "--help=1");
}

static void an_unknown_option_is_named_with_what_was_meant(void **state)
{
    (void)state;
    assert_refused("unknown option '--bacth'; did you mean '--batch'?", "--bacth=3");
    assert_refused("unknown option '--metric'; did you mean '--metrics'?", "--metric", "fcd");
    assert_refused("unknown option '--sample'; did you mean '--sample-every'?", "--sample");
    assert_refused("unknown option '--quietly'; did you mean '--quiet'?", "--quietly");
    assert_refused("unknown option '--xyzzy'; 'gandemo --help' lists them", "--xyzzy");
    assert_refused("unknown option '--no-batch'; 'gandemo --help' lists them", "--no-batch");
    assert_refused("unknown option '--no-help'; 'gandemo --help' lists them", "--no-help");
    assert_refused("unknown option '--print-ma'; 'gandemo --help' lists them", "--print-ma");
    assert_refused("unknown option '-x'; 'gandemo --help' lists them", "-rx");
}

static void a_beginning_of_a_name_is_no_abbreviation(void **state)
{
    (void)state;
    assert_refused("unknown option '--bat'; did you mean '--batch'?", "--bat=3");
}

static void a_missing_value_is_named(void **state)
{
    (void)state;
    assert_refused("--batch: a value is missing, expected N", "--resume", "--batch");
    assert_refused("--output: a value is missing, expected RUN", "-o");
}

static void too_many_operands_are_refused(void **state)
{
    (void)state;
    assert_refused("unexpected operand 'c'; usage: gandemo [OPTION ...] CHECKPOINT", "a", "b", "c");
}

static void too_few_operands_give_the_usage(void **state)
{
    (void)state;
    program p = demo;
    p.min_operands = 1;
    invocation v;
    error e = {0};
    char *argv[] = {(char[]){"gandemo"}, (char[]){"-q"}, NULL};
    assert_int_equal(program_read(&v, &p, 1, argv, &e), -1);
    assert_string_equal(e.message,
                        "usage: gandemo [OPTION ...] CHECKPOINT; 'gandemo --help' says more");
    invocation_release(&v);
    assert_int_equal(program_read(&v, &p, 2, argv, &e), -1);
    assert_memory_equal(e.message, "an operand is missing; usage: ", 30);
    assert_int_equal(e.status, STATUS_USAGE);
    invocation_release(&v);
}

/* ---- Values ---- */

static void a_count_is_digits_in_its_range(void **state)
{
    (void)state;
    outcome o = run("--batch=65536", "--steps=3M");
    assert_true(o.status == 0 && o.s.batch == 65536 && o.s.steps == 3000000);
    done(&o);
    o = run("--batch=5k", "--steps", "18446744073709551615");
    assert_true(o.status == 0 && o.s.batch == 5000 && o.s.steps == UINT64_MAX);
    done(&o);
    assert_refused("--batch: '12x' is not a number in 1..65536", "--batch", "12x");
    assert_refused("--batch: '' is not a number in 1..65536", "--batch=");
    assert_refused("--batch: '0' is not a number in 1..65536", "--batch=0");
    assert_refused("--batch: '65537' is not a number in 1..65536", "--batch=65537");
    assert_refused("--batch: '66k' is not a number in 1..65536", "--batch=66k");
    assert_refused("--batch: ' 1' is not a number in 1..65536", "--batch= 1");
    assert_refused("--batch: '0x10' is not a number in 1..65536", "--batch=0x10");
    assert_refused("--batch: '1.5' is not a whole number in 1..65536", "--batch=1.5");
    assert_refused("--batch: '-1' is not a whole number in 1..65536", "--batch", "-1");
    assert_refused("--steps: 'x' is not a number in 0..18446744073709551615", "--steps=x");
    assert_refused(
        "--steps: '18446744073709551616' is not a whole number in 0..18446744073709551615",
        "--steps=18446744073709551616");
    assert_refused("--steps: '18446744073709552k' is not a number in 0..18446744073709551615",
                   "--steps=18446744073709552k");
}

static void a_real_is_finite_decimal_and_in_its_range(void **state)
{
    (void)state;
    outcome o = run("--lr=2.5e-4");
    assert_true(o.status == 0 && o.s.rate == 2.5e-4);
    done(&o);
    const char *const bad[] = {"--lr=nan",   "--lr=inf", "--lr=1e999", "--lr=-0.1", "--lr=1.1",
                               "--lr=1e-4f", "--lr=0x1", "--lr=0,5",   "--lr="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o = run(bad[i]);
        assert_int_equal(o.status, -1);
        assert_holds(o.e.message, "is not a number in 0..1");
        done(&o);
    }
}

static void a_real_keeps_the_nine_digits_that_json_prints(void **state)
{
    (void)state;
    outcome o = run("--lr=0.12345678949");
    assert_true(o.status == 0 && o.s.rate == 0.123456789);
    done(&o);
}

static void a_choice_is_one_of_its_words(void **state)
{
    (void)state;
    outcome o = run("--recipe=classic", "--progress", "plain");
    assert_int_equal(o.status, 0);
    assert_string_equal(o.s.recipe, "classic");
    assert_string_equal(o.s.common.progress, "plain");
    done(&o);
    assert_refused("--recipe: 'clasic' is not one of tuned|classic; did you mean 'classic'?",
                   "--recipe=clasic");
    assert_refused("--recipe: 'tune' is not one of tuned|classic; did you mean 'tuned'?",
                   "--recipe=tune");
    assert_refused("--recipe: 'x' is not one of tuned|classic", "--recipe=x");
    assert_refused("--recipe: '' is empty, expected NAME", "--recipe=");
}

static void a_list_holds_words_parted_by_commas(void **state)
{
    (void)state;
    outcome o = run("--metrics", "is,fcd");
    assert_int_equal(o.status, 0);
    assert_string_equal(o.s.metrics, "is,fcd");
    done(&o);
    assert_refused("--metrics: 'fid' is not one of fcd|kid|is; did you mean 'fcd'?",
                   "--metrics=is,fid");
    assert_refused("--metrics: 'is,,fcd' has an empty item", "--metrics=is,,fcd");
    assert_refused("--metrics: 'is,' has an empty item", "--metrics=is,");
}

static void a_text_is_not_empty(void **state)
{
    (void)state;
    assert_refused("--data: '' is empty, expected DIR", "--data", "");
}

static void seeds_are_64_bit_numbers_and_ranges_in_the_order_written(void **state)
{
    (void)state;
    outcome o = run("--seeds", "7,0-2,18446744073709551615");
    assert_int_equal(o.status, 0);
    const uint64_t expected[] = {7, 0, 1, 2, UINT64_MAX};
    assert_int_equal(seed_list_count(&o.s.seeds), 5);
    for (uint64_t i = 0; i < 5; i++)
        assert_true(seed_list_at(&o.s.seeds, i) == expected[i]);
    done(&o);
    o = run("--seed=0-18446744073709551615,3");
    assert_int_equal(o.status, 0);
    assert_true(seed_list_count(&o.s.seeds) == UINT64_MAX);
    assert_true(seed_list_at(&o.s.seeds, 1ull << 63) == 1ull << 63);
    done(&o);
}

static void malformed_seeds_are_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"--seed=",   "--seed=1,", "--seed=,1",
                               "--seed=-1", "--seed=1-", "--seed=1-2-3",
                               "--seed=1 ", "--seed=x",  "--seed=18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        outcome o = run(bad[i]);
        assert_int_equal(o.status, -1);
        assert_holds(o.e.message, "is not a seed (0..18446744073709551615) or a range A-B of them");
        done(&o);
    }
    assert_refused("--seed: '5-3' is a range that runs backwards; write 3-5", "--seed=1-2,5-3");
}

static void durations_are_seconds_or_falling_units(void **state)
{
    (void)state;
    const struct {
        const char *option;
        double seconds;
    } good[] = {{"--max-time=90", 90},    {"--max-time=90s", 90},
                {"--max-time=3m", 180},   {"--max-time=1.5h", 5400},
                {"--max-time=1m30s", 90}, {"--max-time=1d2h3m4.5s", 93784.5},
                {"--max-time=0", 0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        outcome o = run(good[i].option);
        assert_int_equal(o.status, 0);
        assert_true(o.s.time == good[i].seconds);
        done(&o);
    }
    const char *const bad[] = {"--max-time=",      "--max-time=m",     "--max-time=3x",
                               "--max-time=30s1m", "--max-time=1m1m",  "--max-time=1m30",
                               "--max-time=-1",    "--max-time=1h-5m", "--max-time=nan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        outcome o = run(bad[i]);
        assert_int_equal(o.status, -1);
        assert_holds(o.e.message, "is not a duration such as");
        done(&o);
    }
    assert_refused("--max-time: '12d' is not a number of seconds in 0..1000000", "--max-time=12d");
}

static void intervals_are_steps_or_epochs(void **state)
{
    (void)state;
    outcome o = run("--sample-every=5e");
    assert_true(o.status == 0 && o.s.every.n == 5 && o.s.every.is_epochs);
    done(&o);
    o = run("--sample-every=0");
    assert_true(o.status == 0 && o.s.every.n == 0 && !o.s.every.is_epochs);
    done(&o);
    assert_refused("--sample-every: '5ee' is not a number of steps N or of epochs Ne",
                   "--sample-every=5ee");
    assert_refused("--sample-every: '-5' is not a number of steps N or of epochs Ne",
                   "--sample-every=-5");
}

static void a_pair_is_ordered_unless_its_row_says_otherwise(void **state)
{
    (void)state;
    assert_refused("--range: '1,-1' is not a pair of numbers A,B with A below B", "--range=1,-1");
    assert_refused("--range: '1,1' is not a pair of numbers A,B with A below B", "--range=1,1");
    assert_refused("--range: '1' is not a pair of numbers A,B with A below B", "--range=1");
    assert_refused("--range: '0,1,2' is not a pair of numbers A,B with A below B", "--range=0,1,2");
    assert_refused("--window: 'a,1' is not a pair of numbers A,B", "--window=a,1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_leaves_the_defaults),
        cmocka_unit_test(values_follow_an_equals_sign_or_as_the_next_word_in_any_order),
        cmocka_unit_test(a_value_may_begin_with_a_dash),
        cmocka_unit_test(two_dashes_end_the_options_and_one_is_an_operand),
        cmocka_unit_test(of_an_option_given_twice_the_last_counts),
        cmocka_unit_test(switches_are_turned_on_and_off),
        cmocka_unit_test(an_unknown_option_is_named_with_what_was_meant),
        cmocka_unit_test(a_beginning_of_a_name_is_no_abbreviation),
        cmocka_unit_test(a_missing_value_is_named),
        cmocka_unit_test(too_many_operands_are_refused),
        cmocka_unit_test(too_few_operands_give_the_usage),
        cmocka_unit_test(a_count_is_digits_in_its_range),
        cmocka_unit_test(a_real_is_finite_decimal_and_in_its_range),
        cmocka_unit_test(a_real_keeps_the_nine_digits_that_json_prints),
        cmocka_unit_test(a_choice_is_one_of_its_words),
        cmocka_unit_test(a_list_holds_words_parted_by_commas),
        cmocka_unit_test(a_text_is_not_empty),
        cmocka_unit_test(seeds_are_64_bit_numbers_and_ranges_in_the_order_written),
        cmocka_unit_test(malformed_seeds_are_refused),
        cmocka_unit_test(durations_are_seconds_or_falling_units),
        cmocka_unit_test(intervals_are_steps_or_epochs),
        cmocka_unit_test(a_pair_is_ordered_unless_its_row_says_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
