/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* a pseudo-terminal, to see what a terminal sees */
#define _DEFAULT_SOURCE   /* and to set its width */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cli.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- A program with one option of each kind ---- */

typedef struct {
    common_settings common;
    bool resume, pictures;
    uint64_t batch, steps;
    double rate, time, range[2], window[2];
    const char *data, *recipe, *metrics, *output, *start;
    seed_list seeds;
    interval every;
} settings;

static const option_row data_rows[] = {
    OPTION_TEXT(settings, data, .name = "data", .value = "DIR", .summary = "Where the data is."),
    OPTION_PAIR(settings, range, .name = "range", .role = ROLE_RESULT, .value = "A,B",
                .summary = "Values."),
    OPTION_PAIR(settings, window, .name = "window", .low = 1, .high = 0, .value = "A,B",
                .summary = "Any order."),
};

static const option_row run_rows[] = {
    OPTION_TEXT(settings, start, .name = "start", .value = "mean|row:N",
                .choices = WORDS("mean", "row:"), .summary = "From; or else... there. Not more."),
    OPTION_TEXT(settings, output, .name = "output", .letter = 'o', .value = "RUN",
                .summary = "The folder."),
    OPTION_CHOICE(settings, recipe, .name = "recipe", .role = ROLE_RESULT, .value = "NAME",
                  .choices = WORDS("tuned", "classic"),
                  .summary = "Where the settings start. It's the first to be read."),
    OPTION_COUNT(settings, batch, .name = "batch", .letter = 'b', .role = ROLE_RESULT, .low = 1,
                 .high = 65536, .value = "N", .summary = "Samples."),
    OPTION_COUNT(settings, steps, .name = "steps", .value = "N", .summary = "Steps."),
    OPTION_REAL(settings, rate, .name = "lr", .role = ROLE_RESULT, .high = 1, .value = "X",
                .summary = "Step size."),
    OPTION_DURATION(settings, time, .name = "max-time", .high = 1e6, .value = "T",
                    .summary = "Time."),
    OPTION_INTERVAL(settings, every, .name = "sample-every", .low = 1, .high = 1e6, .value = "N[e]",
                    .summary = "Often."),
    OPTION_SEEDS(settings, seeds, .name = "seed", .alias = "seeds", .letter = 's',
                 .role = ROLE_RESULT, .value = "LIST", .summary = "Seeds."),
    OPTION_LIST(settings, metrics, .name = "metrics", .value = "LIST",
                .choices = WORDS("fcd", "kid", "is"), .summary = "What."),
    OPTION_FLAG(settings, resume, .name = "resume", .letter = 'r', .summary = "Go on."),
    OPTION_FLAG(settings, pictures, .name = "pictures", .summary = "Draw."),
};

static const option_group groups[] = {
    OPTION_GROUP("Data", data_rows, 0),
    OPTION_GROUP("Run", run_rows, 0),
};

static const settings defaults = {
    .common = {.progress = "auto"},
    .pictures = true,
    .batch = 32,
    .steps = 100,
    .rate = 1e-4,
    .time = 180,
    .range = {-1, 1},
    .recipe = "tuned",
    .every = {200, false},
};

static const char *openblas(void) { return "OpenBLAS 0.3"; }

static const program demo = {
    .name = "gandemo",
    .summary = "show one option of each kind",
    .usage = "[OPTION ...] CHECKPOINT",
    .details = "A first paragraph that goes on until it has to be wrapped, since it is longer than "
               "a line may be.\n\n.A second one.",
    .examples = "gandemo -o run a.safetensors  # the usual",
    .files = "RUN/log-1: What it says: a line a step.\n.hidden: Nothing.\n",
    .groups = groups,
    .n_groups = sizeof groups / sizeof *groups,
    .min_operands = 0,
    .max_operands = 2,
    .defaults = &defaults,
    .operand_words = "file",
    .build_info = openblas,
};

/* What one command line leads to. */
typedef struct {
    invocation v;
    settings s;
    error e;
    int result;
} outcome;

enum { MAX_WORDS = 16 };

static outcome run_words(const char *const *words)
{
    outcome o = {.s = defaults};
    char *argv[MAX_WORDS + 1] = {copy_text("gandemo")};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = copy_text(words[argc - 1]);
    o.result = program_read(&o.v, &demo, argc, argv, &o.e);
    for (int i = 0; i < argc; i++)
        free(argv[i]); /* nothing may point into argv */
    if (o.result == 0)
        o.result = program_apply(&o.s, &o.v, &o.e);
    return o;
}

#define run(...) run_words((const char *const[MAX_WORDS]){__VA_ARGS__})

static void done(outcome *o)
{
    settings_release(&demo, &o->s);
    invocation_release(&o->v);
}

static void assert_refused_words(const char *const *words, exit_status status, const char *message)
{
    outcome o = run_words(words);
    assert_int_equal(o.result, -1);
    assert_string_equal(o.e.message, message);
    assert_int_equal(o.e.status, status);
    done(&o);
}

#define assert_refused(message, ...)                                                               \
    assert_refused_words((const char *const[MAX_WORDS]){__VA_ARGS__}, STATUS_USAGE, message)

/* ---- What goes to a descriptor ---- */

typedef struct {
    int fd, kept, file;
} capture;

static capture capture_start(int fd)
{
    char name[] = "/tmp/test_cli.XXXXXX";
    fflush(NULL);
    capture c = {.fd = fd, .kept = dup(fd), .file = mkstemp(name)};
    assert_true(c.kept >= 0 && c.file >= 0);
    unlink(name);
    dup2(c.file, fd);
    return c;
}

static text capture_end(capture c)
{
    char piece[4096];
    text all = {0};
    dup2(c.kept, c.fd);
    close(c.kept);
    text_add(&all, "%s", "");
    lseek(c.file, 0, SEEK_SET);
    for (ssize_t n = read(c.file, piece, sizeof piece); n > 0;
         n = read(c.file, piece, sizeof piece))
        text_add_bytes(&all, piece, (size_t)n);
    close(c.file);
    return all;
}

static text printed_by(const char *option, const char *value)
{
    capture c = capture_start(STDOUT_FILENO);
    outcome o = run(option, value);
    text all = capture_end(c);
    assert_int_equal(o.result, 1);
    done(&o);
    return all;
}

static void assert_holds(const char *whole, const char *part)
{
    if (!strstr(whole, part))
        fail_msg("no '%s' in:\n%s", part, whole);
}

/* ---- Reading the command line ---- */

static void nothing_given_leaves_the_defaults(void **state)
{
    (void)state;
    outcome o = run(NULL);
    assert_int_equal(o.result, 0);
    assert_memory_equal(&o.s, &defaults, sizeof defaults);
    assert_null(invocation_given(&o.v, "batch"));
    done(&o);
}

static void values_follow_an_equals_sign_or_as_the_next_word_in_any_order(void **state)
{
    (void)state;
    outcome o =
        run("a.st", "--batch=64", "--data", "dir", "-orun", "-b", "7", "b.st", "--lr", "0.5");
    assert_int_equal(o.result, 0);
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
    assert_int_equal(o.result, 0);
    assert_true(o.s.range[0] == -3 && o.s.range[1] == -1);
    assert_true(o.s.window[0] == -1 && o.s.window[1] == -2);
    assert_string_equal(o.s.output, "-x");
    done(&o);
}

static void two_dashes_end_the_options_and_one_is_an_operand(void **state)
{
    (void)state;
    outcome o = run("-", "--", "--batch=0");
    assert_int_equal(o.result, 0);
    assert_string_equal(o.v.operands[0], "-");
    assert_string_equal(o.v.operands[1], "--batch=0");
    done(&o);
    o = run("--", "--");
    assert_true(o.result == 0 && o.v.n_operands == 1);
    assert_string_equal(o.v.operands[0], "--");
    done(&o);
}

static void of_an_option_given_twice_the_last_counts(void **state)
{
    (void)state;
    outcome o = run("--batch=1", "-s", "1-9", "--resume", "--batch=2", "--seeds=5", "--no-resume");
    assert_int_equal(o.result, 0);
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
    assert_int_equal(o.result, 0);
    assert_true(o.s.resume && o.s.common.quiet && o.s.common.verbose && !o.s.pictures);
    done(&o);
    o = run("--pictures=false", "--resume=true", "--verbose=0");
    assert_true(o.result == 0 && !o.s.pictures && o.s.resume && !o.s.common.verbose);
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
    assert_true(o.result == 0 && o.s.batch == 65536 && o.s.steps == 3000000);
    done(&o);
    o = run("--batch=5k", "--steps", "18446744073709551615");
    assert_true(o.result == 0 && o.s.batch == 5000 && o.s.steps == UINT64_MAX);
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
    assert_true(o.result == 0 && o.s.rate == 2.5e-4);
    done(&o);
    const char *const bad[] = {"--lr=nan",   "--lr=inf", "--lr=1e999", "--lr=-0.1", "--lr=1.1",
                               "--lr=1e-4f", "--lr=0x1", "--lr=0,5",   "--lr="};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o = run(bad[i]);
        assert_int_equal(o.result, -1);
        assert_holds(o.e.message, "is not a number in 0..1");
        done(&o);
    }
}

static void a_real_keeps_the_nine_digits_that_json_prints(void **state)
{
    (void)state;
    outcome o = run("--lr=0.12345678949");
    assert_true(o.result == 0 && o.s.rate == 0.123456789);
    done(&o);
}

static void a_choice_is_one_of_its_words(void **state)
{
    (void)state;
    outcome o = run("--recipe=classic", "--progress", "plain");
    assert_int_equal(o.result, 0);
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
    assert_int_equal(o.result, 0);
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
    assert_int_equal(o.result, 0);
    const uint64_t expected[] = {7, 0, 1, 2, UINT64_MAX};
    assert_int_equal(seed_list_count(&o.s.seeds), 5);
    for (uint64_t i = 0; i < 5; i++)
        assert_true(seed_list_at(&o.s.seeds, i) == expected[i]);
    done(&o);
    o = run("--seed=0-18446744073709551615,3");
    assert_int_equal(o.result, 0);
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
        assert_int_equal(o.result, -1);
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
        assert_int_equal(o.result, 0);
        assert_true(o.s.time == good[i].seconds);
        done(&o);
    }
    const char *const bad[] = {"--max-time=",      "--max-time=m",     "--max-time=3x",
                               "--max-time=30s1m", "--max-time=1m1m",  "--max-time=1m30",
                               "--max-time=-1",    "--max-time=1h-5m", "--max-time=nan"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        outcome o = run(bad[i]);
        assert_int_equal(o.result, -1);
        assert_holds(o.e.message, "is not a duration such as");
        done(&o);
    }
    assert_refused("--max-time: '12d' is not a number of seconds in 0..1000000", "--max-time=12d");
}

static void intervals_are_steps_or_epochs(void **state)
{
    (void)state;
    outcome o = run("--sample-every=5e");
    assert_true(o.result == 0 && o.s.every.n == 5 && o.s.every.is_epochs);
    done(&o);
    o = run("--sample-every=0");
    assert_true(o.result == 0 && o.s.every.n == 0 && !o.s.every.is_epochs);
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

/* ---- The configuration file ---- */

static char config_path[] = "/tmp/test_cli_config.XXXXXX";

static int make_config(void **state)
{
    (void)state;
    int fd = mkstemp(config_path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_config(void **state)
{
    (void)state;
    return unlink(config_path);
}

static void write_config(const char *content)
{
    error e = {0};
    assert_int_equal(file_save(config_path, content, strlen(content), NOT_DURABLE, &e), 0);
}

static void a_config_file_takes_every_kind_of_json_value(void **state)
{
    (void)state;
    write_config(
        "{\"batch\": 64, \"lr\": 1e-3, \"recipe\": \"classic\", \"pictures\": false, \"range\": "
        "[-2, 2.5], \"seeds\": [3, \"5-6\"], \"metrics\": [\"fcd\", \"is\"], \"data\": null, "
        "\"sample-every\": \"2e\", \"max-time\": \"1m\", \"threads\": 3}");
    outcome o = run("--config", config_path);
    assert_int_equal(o.result, 0);
    assert_true(o.s.batch == 64 && o.s.rate == 1e-3 && !o.s.pictures && o.s.time == 60);
    assert_true(o.s.range[0] == -2 && o.s.range[1] == 2.5 && o.s.common.threads == 3);
    assert_string_equal(o.s.recipe, "classic");
    assert_string_equal(o.s.metrics, "fcd,is");
    assert_null(o.s.data);
    assert_true(seed_list_count(&o.s.seeds) == 3 && seed_list_at(&o.s.seeds, 2) == 6);
    assert_true(o.s.every.n == 2 && o.s.every.is_epochs);
    done(&o);
}

static void a_count_in_a_config_file_has_64_bits(void **state)
{
    (void)state;
    write_config("{\"data\": \"18446744073709551615 \\\" 9223372036854775808\",\"seed\": "
                 "[9223372036854775808, 1], \"steps\":18446744073709551615}");
    outcome o = run("--config", config_path);
    assert_int_equal(o.result, 0);
    assert_true(o.s.steps == UINT64_MAX && seed_list_at(&o.s.seeds, 0) == 1ull << 63);
    assert_string_equal(o.s.data, "18446744073709551615 \" 9223372036854775808");
    done(&o);
}

static void the_command_line_wins_over_the_file_wherever_it_stands(void **state)
{
    (void)state;
    write_config("{\"batch\": 64, \"steps\": 5}");
    outcome o = run("--batch=7", "--config", config_path);
    assert_true(o.result == 0 && o.s.batch == 7 && o.s.steps == 5);
    done(&o);
}

static void assert_config_refused(const char *content, exit_status status, const char *message)
{
    write_config(content);
    outcome o = run("--config", config_path);
    assert_int_equal(o.result, -1);
    assert_memory_equal(o.e.message, config_path, strlen(config_path));
    assert_holds(o.e.message, message);
    assert_int_equal(o.e.status, status);
    done(&o);
}

static void a_wrong_key_or_value_names_file_and_key(void **state)
{
    (void)state;
    assert_config_refused("{\"bacth\": 1}", STATUS_USAGE,
                          ": unknown key 'bacth'; did you mean 'batch'?");
    assert_config_refused("{\"help\": true}", STATUS_USAGE, ": unknown key 'help'");
    assert_config_refused("{\"config\": \"a\"}", STATUS_USAGE, ": unknown key 'config'");
    assert_config_refused("{\"batch\": 0}", STATUS_USAGE,
                          ": key 'batch': '0' is not a number in 1..65536");
    assert_config_refused("{\"steps\": 18446744073709551616}", STATUS_USAGE,
                          ": key 'steps': '18446744073709551616' is not a whole number in 0..");
    assert_config_refused("{\"batch\": {}}", STATUS_USAGE,
                          ": key 'batch': expected a text, a number");
    assert_config_refused("{\"range\": [[1], 2]}", STATUS_USAGE, ": key 'range': expected");
    assert_config_refused("{\"metrics\": []}", STATUS_USAGE, ": key 'metrics': '' is empty");
}

static void a_missing_or_damaged_file_is_bad_input(void **state)
{
    (void)state;
    assert_config_refused("{\"batch\": }", STATUS_BAD_INPUT, ": line 1, column 11: not valid JSON");
    assert_config_refused("[1]", STATUS_BAD_INPUT, ": expected a JSON object of options");
    assert_refused_words((const char *const[MAX_WORDS]){"--config=/none"}, STATUS_BAD_INPUT,
                         "/none: No such file or directory");
}

static text written_settings(const settings *s, unsigned roles)
{
    text t = {0};
    json_t *v = settings_json(&demo, s, roles);
    json_write(&t, v, 0);
    json_decref(v);
    return t;
}

enum { ALL_ROLES = 1 << ROLE_RUN | 1 << ROLE_RESULT };

static void settings_as_json_read_back_as_a_config_are_the_same(void **state)
{
    (void)state;
    outcome first =
        run("--batch=9", "--steps=18446744073709551615", "--lr=0.333333333333", "--max-time=1m0.5s",
            "--sample-every=5e", "--seeds=9,0-18446744073709551615", "--range=0,0.1",
            "--data=a \"b\"", "--metrics=is", "--no-pictures", "--threads=2", "--dry-run");
    assert_int_equal(first.result, 0);
    text before = written_settings(&first.s, ALL_ROLES);
    write_config(before.data);
    outcome second = run("--config", config_path);
    assert_int_equal(second.result, 0);
    text after = written_settings(&second.s, ALL_ROLES);
    assert_string_equal(after.data, before.data);
    assert_false(second.s.common.dry_run);
    assert_true(second.s.rate == first.s.rate && second.s.time == first.s.time);
    assert_memory_equal(second.s.range, first.s.range, sizeof first.s.range);
    text_release(&before);
    text_release(&after);
    done(&first);
    done(&second);
}

static void a_text_that_json_cannot_hold_is_refused_by_name(void **state)
{
    (void)state;
    outcome o = run("--data=caf\xc3\xa9", "-o", "r\xff");
    assert_int_equal(o.result, 0);
    assert_int_equal(settings_print(&demo, &o.s, &o.e), -1);
    assert_int_equal(o.e.status, STATUS_USAGE);
    assert_holds(o.e.message, "--output: 'r\xff' is not UTF-8");
    o.s.output = NULL;
    assert_int_equal(settings_check_texts(&demo, &o.s, &o.e), 0);
    done(&o);
}

static void defaults_as_json_hold_null_for_what_is_not_set(void **state)
{
    (void)state;
    text t = written_settings(&defaults, ALL_ROLES);
    assert_holds(t.data, "\"data\": null, \"range\": [-1.0, 1.0]");
    assert_holds(t.data, "\"sample-every\": 200, \"seed\": null");
    assert_holds(t.data, "\"threads\": null, \"progress\": \"auto\"}");
    write_config(t.data);
    outcome o = run("--config", config_path);
    assert_int_equal(o.result, 0);
    done(&o);
    text_release(&t);
}

static void only_the_roles_wanted_are_written(void **state)
{
    (void)state;
    text t = written_settings(&defaults, 1 << ROLE_RESULT);
    assert_string_equal(t.data, "{\"range\": [-1.0, 1.0], \"recipe\": \"tuned\", \"batch\": 32, "
                                "\"lr\": 0.0001, \"seed\": null}");
    text_release(&t);
}

static void a_difference_is_one_of_results_and_names_both_values(void **state)
{
    (void)state;
    outcome o = run("--batch=64", "--steps=7", "--seed=3");
    json_t *here = settings_json(&demo, &o.s, ALL_ROLES);
    json_t *there = settings_json(&demo, &defaults, ALL_ROLES);
    char *difference = settings_difference(&demo, here, there);
    assert_string_equal(difference, "'--batch' is 64 here and 32 there");
    free(difference);
    json_object_set_new(there, "batch", json_real(64)); /* another writer's 64 */
    difference = settings_difference(&demo, here, there);
    assert_string_equal(difference, "'--seed' is 3 here and not set there");
    free(difference);
    json_object_del(there, "seed"); /* an older version did not know it */
    assert_null(settings_difference(&demo, here, there));
    json_decref(here);
    json_decref(there);
    done(&o);
}

static void an_option_that_argv_gives_without_a_use_is_refused(void **state)
{
    (void)state;
    write_config("{\"batch\": 64, \"resume\": true}");
    outcome o = run("--config", config_path, "--lr=0.5", "--no-resume");
    assert_int_equal(o.result, 0);
    const option_use fine[] = {{"lr", true, "this"},
                               {"batch", false, "that"},
                               {"steps", false, "that"},
                               {"resume", false, ""}};
    assert_int_equal(option_uses_check(&o.v, fine, 4, &o.e), 0);
    const option_use useless[] = {{"steps", false, "that"}, {"lr", false, "training"}};
    assert_int_equal(option_uses_check(&o.v, useless, 2, &o.e), -1);
    assert_string_equal(o.e.message, "--lr is for training");
    assert_int_equal(o.e.status, STATUS_USAGE);
    done(&o);
}

/* ---- Documents ---- */

static void every_option_is_in_help_man_and_completions(void **state)
{
    (void)state;
    const char *const names[] = {
        "data", "range",    "window",       "start",   "output",  "recipe",  "batch",   "steps",
        "lr",   "max-time", "sample-every", "seed",    "seeds",   "metrics", "resume",  "pictures",
        "help", "version",  "quiet",        "verbose", "threads", "config",  "dry-run", "progress"};
    const char *const documents[][2] = {{"--help", NULL},
                                        {"--print-completion", "bash"},
                                        {"--print-completion", "zsh"},
                                        {"--print-completion", "fish"}};
    for (size_t d = 0; d < 4; d++) {
        text t = printed_by(documents[d][0], documents[d][1]);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            char spelling[64];
            snprintf(spelling, sizeof spelling, d == 3 ? "-l %s" : "--%s", names[i]);
            assert_holds(t.data, spelling);
        }
        assert_null(strstr(t.data, "print-man"));
        text_release(&t);
    }
}

static void assert_lines_fit(const char *s, size_t width)
{
    for (; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n')
        if (strcspn(s, "\n") > width)
            fail_msg("too wide: %.*s", (int)strcspn(s, "\n"), s);
}

static void help_shows_values_ranges_defaults_and_fits_80_columns(void **state)
{
    (void)state;
    text t = printed_by("-h", NULL);
    assert_memory_equal(t.data, "Usage: gandemo [OPTION ...] CHECKPOINT\n", 39);
    assert_holds(t.data, "\n  -b, --batch N           Samples. (1..65536; default 32)\n");
    assert_holds(t.data, "\n  -s, --seed, --seeds LIST\n                          Seeds.\n");
    assert_holds(t.data, "(one of tuned, classic;");
    assert_holds(t.data, "(any of fcd, kid, is)");
    assert_holds(t.data, "\n      --pictures, --no-pictures\n");
    assert_holds(t.data, "default -1,1");
    assert_holds(t.data, "Often. (0 or 1..1000000; default 200)");
    assert_holds(t.data, "\nExit status:\n  0       Done.\n");
    assert_holds(t.data, "\nExamples:\n  gandemo -o run a.safetensors  # the usual\n");
    assert_true(strstr(t.data, "\nCommon options:\n") > strstr(t.data, "\nRun:\n"));
    assert_lines_fit(t.data, 80);
    text_release(&t);
}

static void version_names_program_product_and_build(void **state)
{
    (void)state;
    text t = printed_by("--version", NULL);
    assert_string_equal(t.data, "gandemo (ganlens) " GANLENS_VERSION "\nOpenBLAS 0.3\n");
    text_release(&t);
}

static void the_man_page_is_roff_whose_text_starts_no_request(void **state)
{
    (void)state;
    text t = printed_by("--print-man", NULL);
    const char *const parts[] = {
        ".TH GANDEMO 1 \"",
        "\n.SH NAME\ngandemo \\- show one option of each kind\n",
        "\n.SH SYNOPSIS\n",
        "\n.SH DESCRIPTION\n",
        "\n.PP\n\\&.A second one.\n",
        "\n.SH OPTIONS\n.SS Data\n",
        "\n.TP\n\\fB\\-b, \\-\\-batch N\\fR\nSamples.\n(1..65536; default 32)\n",
        "It\\(aqs the first",
        "\n.SH FILES\n.TP\n\\fBRUN/log\\-1\\fR\nWhat it says: a line a step.\n",
        "\n.TP\n\\fB\\&.hidden\\fR\nNothing.\n",
        "\n.SH EXIT STATUS\n",
        "\n.SH EXAMPLES\n.nf\n",
        "\n.SH SEE ALSO\n\\fBganexplain\\fR(1),\n\\fBgansample\\fR(1),\n\\fBgantrain\\fR(1)\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_holds(t.data, parts[i]);
    for (const char *line = t.data; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '.' && !strchr("TSPnf", line[1]))
            fail_msg("a request by accident: %.20s", line);
    }
    assert_lines_fit(t.data, 79);
    text_release(&t);
}

static void completions_offer_choices_and_files(void **state)
{
    (void)state;
    text t = printed_by("--print-completion", "bash");
    assert_holds(t.data, "--recipe)\n        words='tuned classic'\n");
    assert_holds(t.data, "--output|-o)\n        return\n");
    assert_holds(t.data, "--start)\n        words='mean row:'\n        files=yes\n");
    assert_holds(t.data, "--no-pictures");
    text_release(&t);
    t = printed_by("--print-completion=zsh", NULL);
    assert_holds(t.data, "'--recipe=[Where the settings start]:NAME:(tuned classic)'");
    assert_holds(t.data, "'--data=[Where the data is]:DIR:_files'");
    assert_holds(t.data,
                 "'--start=[From; or else... there]:mean|row\\:N:compadd -S \"\" - mean row\\:'");
    text_release(&t);
    t = printed_by("--print-completion=fish", NULL);
    assert_holds(t.data, "-l recipe -x -a 'tuned classic' -d 'Where the settings start'\n");
    assert_holds(t.data, "-l output -s o -r -F -d 'The folder'\n");
    assert_holds(t.data, "-l start -x -a 'mean row:' -d 'From; or else... there'\n");
    text_release(&t);
    assert_refused("--print-completion: 'power' is not one of bash|zsh|fish",
                   "--print-completion=power");
}

static void help_that_cannot_be_written_is_bad_output(void **state)
{
    (void)state;
    fflush(NULL);
    int kept = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
    dup2(full, STDOUT_FILENO);
    outcome o = run("--help");
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(full);
    assert_int_equal(o.result, -1);
    assert_int_equal(o.e.status, STATUS_BAD_OUTPUT);
    done(&o);
}

/* ---- Threads ---- */

static void threads_come_from_the_option_then_make_then_the_machine(void **state)
{
    (void)state;
    bool is_make = false;
    common_settings c = {.threads = 5};
    setenv("MAKEFLAGS", " -j8 --jobserver-auth=3,4", 1);
    assert_true(common_threads(&c, &is_make) == 5 && !is_make);
    c.threads = 0;
    const char *const parallel[] = {" -j8 --jobserver-auth=3,4", "ks -j", "--jobserver-fds=3,4"};
    for (size_t i = 0; i < 3; i++) {
        setenv("MAKEFLAGS", parallel[i], 1);
        assert_true(common_threads(&c, &is_make) == 1 && is_make);
    }
    const char *const serial[] = {"", "ks", " -- CFLAGS=-j4 -j", "--no-print-directory"};
    for (size_t i = 0; i < 4; i++) {
        setenv("MAKEFLAGS", serial[i], 1);
        uint64_t n = common_threads(&c, &is_make);
        assert_true(n >= 1 && n <= 256 && !is_make);
    }
    unsetenv("MAKEFLAGS");
}

/* ---- Talking ---- */

static void quiet_and_verbose_choose_what_is_said(void **state)
{
    (void)state;
    capture c = capture_start(STDERR_FILENO);
    voice v = {.program = "gandemo"};
    say(&v, "said %d", 1);
    detail(&v, "hidden");
    v.verbose = true;
    detail(&v, "detail");
    v.quiet = true;
    say(&v, "hidden");
    detail(&v, "hidden");
    warn(&v, "warned");
    text t = capture_end(c);
    assert_string_equal(t.data, "gandemo: said 1\ngandemo: detail\ngandemo: warned\n");
    text_release(&t);
}

static void complain_prints_one_line_and_gives_the_status(void **state)
{
    (void)state;
    error e = {0};
    voice v = {.program = "gandemo", .quiet = true};
    capture c = capture_start(STDERR_FILENO);
    assert_int_equal(complain(&v, &e), 0);
    (fail)(&e, STATUS_BAD_INPUT, "a\nb\033[2J: missing");
    assert_int_equal(complain(&v, &e), STATUS_BAD_INPUT);
    text t = capture_end(c);
    assert_string_equal(t.data, "gandemo: a b?[2J: missing\n");
    text_release(&t);
}

static void durations_are_written_in_two_units(void **state)
{
    (void)state;
    const struct {
        double seconds;
        const char *written;
    } cases[] = {{0, "0s"},         {59.6, "1m 00s"}, {200, "3m 20s"},         {7500, "2h 05m"},
                 {93600, "1d 02h"}, {-1, "?"},        {(double)INFINITY, "?"}, {(double)NAN, "?"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[32];
        duration_text(out, cases[i].seconds);
        assert_string_equal(out, cases[i].written);
    }
}

/* The clock of progress that a test turns. */
static double clock_time;

static double clock_now(void) { return clock_time; }

static progress progress_by_clock(voice *v, const char *how)
{
    progress p;
    progress_start(&p, v, how);
    p.now = clock_now;
    clock_time = 1000;
    return p;
}

static void plain_progress_prints_early_then_each_ten_seconds_and_at_the_end(void **state)
{
    (void)state;
    capture c = capture_start(STDERR_FILENO);
    voice v = {.program = "gandemo"};
    progress p = progress_by_clock(&v, "auto"); /* a file is no terminal */
    assert_true(progress_is_due(&p));
    progress_show(&p, 0.25, "step 1");
    assert_false(progress_is_due(&p));
    clock_time += 9;
    progress_show(&p, 0.26, "step 2");
    clock_time += 91;
    assert_true(progress_is_due(&p));
    progress_show(&p, 0.75, "step 3");
    progress_show(&p, 1, "step 4");
    progress_end(&p);
    text t = capture_end(c);
    assert_string_equal(t.data, "gandemo:  25%  step 1\ngandemo:  75%  step 3  ETA 46s\n"
                                "gandemo: 100%  step 4\n");
    text_release(&t);
}

/* What the last line of a run says that was shown each so many seconds, at these rates a second. */
static text last_line_at(double pause, const double rates[2], double seconds_of_each)
{
    capture c = capture_start(STDERR_FILENO);
    voice v = {.program = "gandemo"};
    progress p = progress_by_clock(&v, "plain");
    double done = 0;
    for (size_t i = 0; i < 2; i++)
        for (double t = 0; t < seconds_of_each; t += pause) {
            progress_show(&p, done, "at");
            done += rates[i] * pause;
            clock_time += pause;
        }
    p.last = 0;
    progress_show(&p, done, "at");
    text all = capture_end(c), line = {0};
    all.data[all.length - 1] = '\0';
    text_add(&line, "%s", strrchr(all.data, '\n') + 1);
    text_release(&all);
    return line;
}

static void the_eta_goes_by_the_rate_of_the_last_half_minute(void **state)
{
    (void)state;
    const double intervals[] = {0.125, 1, 10};
    const double faster[2] = {1.0 / 2048, 1.0 / 512}, slower[2] = {1.0 / 256, 1.0 / 2048};
    for (size_t i = 0; i < 3; i++) {
        text t = last_line_at(intervals[i], faster, 100); /* the mean since the start: 10 min */
        assert_string_equal(t.data, "gandemo:  24%  at  ETA 6m 27s");
        text_release(&t);
        t = last_line_at(intervals[i], slower, 100);
        assert_string_equal(t.data, "gandemo:  43%  at  ETA 19m 08s");
        text_release(&t);
    }
}

static void the_half_minute_begins_before_it_where_nothing_was_shown_since(void **state)
{
    (void)state;
    const double times[] = {0, 20, 31}, done[] = {0, 0.1, 0.31};
    capture c = capture_start(STDERR_FILENO);
    voice v = {.program = "gandemo"};
    progress p = progress_by_clock(&v, "plain");
    for (size_t i = 0; i < 3; i++) {
        clock_time = 1000 + times[i];
        progress_show(&p, done[i], "at");
    }
    text t = capture_end(c);
    assert_string_equal(t.data, "gandemo:   0%  at\ngandemo:  10%  at  ETA 3m 00s\n"
                                "gandemo:  31%  at  ETA 1m 09s\n");
    text_release(&t);
}

static void what_is_no_number_is_nothing_done(void **state)
{
    (void)state;
    capture c = capture_start(STDERR_FILENO);
    voice v = {.program = "gandemo"};
    progress p = progress_by_clock(&v, "plain");
    progress_show(&p, (double)NAN, "at");
    text t = capture_end(c);
    assert_string_equal(t.data, "gandemo:   0%  at\n");
    text_release(&t);
}

static void no_progress_is_shown_when_none_or_quiet(void **state)
{
    (void)state;
    capture c = capture_start(STDERR_FILENO);
    voice v = {.program = "gandemo"};
    progress p;
    progress_start(&p, &v, "none");
    assert_false(progress_is_due(&p));
    progress_show(&p, 0.5, "step");
    progress_end(&p);
    v.quiet = true;
    progress_start(&p, &v, "plain");
    progress_show(&p, 0.5, "step");
    progress_end(&p);
    text t = capture_end(c);
    assert_string_equal(t.data, "");
    text_release(&t);
}

/* Runs body with standard error on a terminal; gives what the terminal was sent. */
static text seen_on_terminal(void (*body)(void))
{
    text all = {0};
    char piece[4096];
    int outer = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(outer >= 0 && grantpt(outer) == 0 && unlockpt(outer) == 0);
    pid_t child = fork();
    if (child == 0) {
        int inner = open(ptsname(outer), O_RDWR | O_NOCTTY);
        dup2(inner, STDERR_FILENO);
        dup2(inner, STDOUT_FILENO);
        body();
        _exit(0);
    }
    int inner = open(ptsname(outer), O_RDWR | O_NOCTTY); /* else reading fails before all is read */
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(write(inner, "\x04", 1), 1); /* marks the end of what the child wrote */
    while (all.length == 0 || all.data[all.length - 1] != '\x04') {
        ssize_t n = read(outer, piece, sizeof piece);
        assert_true(n > 0);
        text_add_bytes(&all, piece, (size_t)n);
    }
    all.data[--all.length] = '\0';
    close(inner);
    close(outer);
    return all;
}

static void show_two_ticks(void)
{
    voice v = {.program = "gandemo"};
    progress p = progress_by_clock(&v, "auto");
    progress_show(&p, 0.1, "step 1");
    clock_time += 10;
    progress_show(&p, 0.2,
                  "a line that is too wide for the 80 columns of a terminal: "
                  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 and more and more");
    say(&v, "between");
    clock_time += 1;
    progress_show(&p, 1, "end");
    progress_end(&p);
}

static void a_terminal_gets_one_rewritten_line_that_fits(void **state)
{
    (void)state;
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    text t = seen_on_terminal(show_two_ticks);
    assert_string_equal(t.data,
                        "\r\033[K 10%  step 1"
                        "\r\033[K 20%  a line that is too wide for the 80 columns of a terminal: "
                        "\xc3\xa9\xc3\xa9\xc3\xa9  ETA 1m 20s"
                        "\r\033[Kgandemo: between\r\n"
                        "\r\033[K100%  end\r\n");
    text_release(&t);
}

static void set_width(unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    if (ioctl(STDERR_FILENO, TIOCSWINSZ, &size) != 0)
        _exit(1);
}

static void show_training_at_many_widths(void)
{
    static const unsigned short widths[] = {100, 76, 60, 40, 24, 9};
    voice v = {.program = "gandemo"};
    progress p = progress_by_clock(&v, "auto");
    progress_show(&p, 0, "step 0");
    for (size_t i = 0; i < 6; i++) {
        set_width(widths[i]);
        p.last = 0;
        p.n_marks = 1;
        clock_time = 1050;
        progress_show(&p, 0.5, "step 576 of 3,000  loss G 0.867 D 1.2  D(real) +0.31  157 steps/s");
    }
}

static void a_narrow_terminal_keeps_step_rate_and_eta(void **state)
{
    (void)state;
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    text t = seen_on_terminal(show_training_at_many_widths);
    assert_string_equal(
        t.data,
        "\r\033[K  0%  step 0\r\033[K 50%  step 576 of 3,000  loss G 0.867 D 1.2  D(real) +0.31  "
        "157 steps/s  ETA 50s\r\033[K 50%  step 576 of 3,000  D(real) +0.31  157 steps/s  ETA "
        "50s\r\033[K 50%  step 576 of 3,000  157 steps/s  ETA 50s\r\033[K 50%  step 576 of 3,000  "
        "ETA 50s\r\033[K 50%  step 576  ETA 50s\r\033[K 50%    ");
    text_release(&t);
}

static void print_help_at_a_width(unsigned short columns)
{
    set_width(columns);
    outcome o = run("--help");
    done(&o);
}

static void print_help_at_90(void) { print_help_at_a_width(90); }
static void print_help_at_45(void) { print_help_at_a_width(45); }
static void print_help_at_5(void) { print_help_at_a_width(5); }
static void print_help_at_500(void) { print_help_at_a_width(500); }

static size_t widest_line(const char *s)
{
    size_t widest = 0;
    for (; *s != '\0'; s += strcspn(s, "\n"), s += *s == '\n')
        widest = strcspn(s, "\r\n") > widest ? strcspn(s, "\r\n") : widest;
    return widest;
}

static void help_is_as_wide_as_the_terminal_within_40_to_100(void **state)
{
    (void)state;
    static void (*const prints[])(void) = {print_help_at_90, print_help_at_45, print_help_at_500,
                                           print_help_at_5, print_help_at_90};
    static const size_t widths[] = {90, 45, 100, 43, 56}; /* an example line is never broken */
    unsetenv("COLUMNS");
    for (size_t i = 0; i < 5; i++) {
        if (i == 4)
            setenv("COLUMNS", "56", 1);
        text t = seen_on_terminal(prints[i]);
        size_t widest = widest_line(t.data);
        if (widest > widths[i] || widest + 9 < widths[i])
            fail_msg("%zu columns, expected %zu or a few less:\n%s", widest, widths[i], t.data);
        text_release(&t);
    }
    unsetenv("COLUMNS");
}

static void colour_needs_a_terminal_and_no_no_color(void **state)
{
    (void)state;
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "", 1); /* set but empty does not count */
    text t = seen_on_terminal(show_two_ticks);
    assert_holds(t.data, "\033[1m 10%\033[0m");
    text_release(&t);
    setenv("TERM", "dumb", 1);
    t = seen_on_terminal(show_two_ticks);
    assert_null(strchr(t.data, '\033'));
    assert_holds(t.data, "gandemo:  10%  step 1\r\n");
    text_release(&t);
    unsetenv("NO_COLOR");
}

/* ---- Signals ---- */

/* The status that waitpid gives for a child that runs body with its errors into a file. */
static int wait_status(void (*body)(void), text *said)
{
    capture c = capture_start(STDERR_FILENO);
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(77);
    }
    waitpid(child, &status, 0);
    *said = capture_end(c);
    return status;
}

static void catch_with(bool quiet)
{
    voice v = {.program = "gandemo", .quiet = quiet};
    signals_catch(&v);
}

static void interrupt_once_and_finish(void)
{
    catch_with(false);
    if (signal_pending() != 0)
        _exit(1);
    raise(SIGINT);
    if (signal_pending() != SIGINT)
        _exit(2);
    signal_finish(SIGINT);
}

static void the_first_signal_is_told_and_finish_dies_of_it(void **state)
{
    (void)state;
    text said;
    int status = wait_status(interrupt_once_and_finish, &said);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
    assert_string_equal(said.data, "gandemo: stopping; press again to end at once\n");
    text_release(&said);
}

static void interrupt_then_terminate(void)
{
    catch_with(true);
    raise(SIGINT);
    raise(SIGTERM);
}

static void a_second_signal_of_any_kind_ends_at_once(void **state)
{
    (void)state;
    text said;
    int status = wait_status(interrupt_then_terminate, &said);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    assert_string_equal(said.data, "");
    text_release(&said);
}

static void hang_up_under_nohup(void)
{
    signal(SIGHUP, SIG_IGN);
    catch_with(true);
    raise(SIGHUP);
    raise(SIGINT);
    raise(SIGHUP);
    _exit(signal_pending() == SIGINT ? 0 : 1);
}

static void a_signal_that_was_ignored_stays_ignored(void **state)
{
    (void)state;
    text said;
    assert_int_equal(wait_status(hang_up_under_nohup, &said), 0);
    text_release(&said);
}

/* ---- A process's beginning and end ---- */

static void start_with_all_closed(void)
{
    char byte;
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    process_start("gandemo");
    int next = open("/dev/null", O_RDWR);
    bool is_held = next > STDERR_FILENO;
    for (int fd = 0; fd < 3; fd++)
        is_held = is_held && read(fd, &byte, 1) < 0 && write(fd, "x", 1) < 0;
    _exit(is_held ? 0 : 1);
}

static void closed_descriptors_are_held_and_fail(void **state)
{
    (void)state;
    text said;
    assert_int_equal(wait_status(start_with_all_closed, &said), 0);
    text_release(&said);
}

/* Standard error and output are a pipe without a reader. */
static void break_pipes(void)
{
    int both[2];
    if (pipe(both) != 0)
        _exit(78);
    close(both[0]);
    dup2(both[1], STDOUT_FILENO);
    dup2(both[1], STDERR_FILENO);
}

static void talk_to_nobody(void)
{
    error e = {0};
    voice v = {.program = "gandemo"};
    signal(SIGPIPE, SIG_DFL);
    process_start("gandemo");
    break_pipes();
    warn(&v, "not heard");
    _exit(process_end(&e));
}

static void a_broken_stderr_ends_nothing(void **state)
{
    (void)state;
    text said;
    assert_int_equal(wait_status(talk_to_nobody, &said), 0);
    text_release(&said);
}

/* The end of a main whose data nobody reads; stderr is whole. */
static void print_to_nobody(void (*action)(int))
{
    error e = {0};
    voice v = {.program = "gandemo"};
    int kept = dup(STDERR_FILENO);
    signal(SIGPIPE, action);
    process_start("gandemo");
    break_pipes();
    dup2(kept, STDERR_FILENO);
    stdout_write("data", 4, &e);
    complain(&v, &e);
    _exit(process_end(&e));
}

static void print_as_usual(void) { print_to_nobody(SIG_DFL); }
static void print_without_sigpipe(void) { print_to_nobody(SIG_IGN); }

static void data_that_nobody_reads_ends_by_sigpipe_in_silence(void **state)
{
    (void)state;
    text said;
    int status = wait_status(print_as_usual, &said);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGPIPE);
    assert_string_equal(said.data, "");
    text_release(&said);
}

static void where_sigpipe_was_ignored_it_is_an_output_that_fails(void **state)
{
    (void)state;
    text said;
    int status = wait_status(print_without_sigpipe, &said);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), STATUS_BAD_OUTPUT);
    assert_string_equal(said.data, "gandemo: standard output: Broken pipe\n");
    text_release(&said);
}

static void fail_after_interrupt(void)
{
    error e = {0};
    catch_with(true);
    raise(SIGINT);
    (fail)(&e, STATUS_BAD_OUTPUT, "no space");
    _exit(process_end(&e));
}

static void stop_after_interrupt(void)
{
    error e = {0};
    catch_with(true);
    raise(SIGINT);
    (fail)(&e, STATUS_STOPPED, "stopped");
    _exit(process_end(&e));
}

static void the_signal_that_stopped_the_work_ends_the_process(void **state)
{
    (void)state;
    text said;
    int status = wait_status(stop_after_interrupt, &said);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    text_release(&said);
    status = wait_status(fail_after_interrupt, &said);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_BAD_OUTPUT);
    text_release(&said);
}

/* ---- Make ---- */

static void a_depfile_names_all_inputs_as_make_reads_them(void **state)
{
    (void)state;
    error e = {0};
    bytes b = {0};
    const char *const inputs[] = {"a.gz", "my data/b#1", "c$d", "e:f%g", "h\\ i"};
    assert_int_equal(depfile_save(config_path, "run 1/m%", inputs, 5, &e), 0);
    assert_int_equal(file_load(&b, config_path, 1000, &e), 0);
    assert_string_equal((char *)b.data,
                        "run\\ 1/m\\%: a.gz my\\ data/b\\#1 c$$d e\\:f%g h\\\\\\ i\n"
                        "\na.gz:\n\nmy\\ data/b\\#1:\n\nc$$d:\n\ne\\:f\\%g:\n\nh\\\\\\ i:\n");
    bytes_release(&b);
}

static void a_name_make_cannot_read_is_refused(void **state)
{
    (void)state;
    error e = {0};
    const char *const bad[] = {"a\nb", "a;b", "a|b", "a=b"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(depfile_save(config_path, "t", &bad[i], 1, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_int_equal(depfile_check(config_path, bad[i], NULL, 0, &e), -1);
    }
}

static void a_depfile_lies_in_a_folder_that_is_there_or_made_for_its_target(void **state)
{
    (void)state;
    error e = {0};
    const char *const good[][2] = {{"d", "run/m"},       {"run/d", "run/m"}, {"run/d", "run/a/b"},
                                   {"./run/d", "run/m"}, {"/tmp/d", "m"},    {NULL, "m"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(depfile_check(good[i][0], good[i][1], NULL, 0, &e), 0);
    const char *const bad[][2] = {
        {"none/d", "m"}, {"ru/d", "run/m"}, {"run/a/d", "run/m"}, {"/none/d", "m"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(depfile_check(bad[i][0], bad[i][1], NULL, 0, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_holds(e.message, "No such file or directory");
    }
}

static void a_depfile_is_no_folder(void **state)
{
    (void)state;
    error e = {0};
    const char *const made[][2] = {{"run", "run/m"}, {"./run", "run/a/b"}, {"run/a", "./run/a/b"}};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        assert_int_equal(depfile_check(made[i][0], made[i][1], NULL, 0, &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        assert_holds(e.message, "is a folder that");
    }
    assert_int_equal(depfile_check("/tmp", "m", NULL, 0, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_OUTPUT);
    assert_holds(e.message, "/tmp: is a folder, expected a file name");
}

static void an_output_is_no_input_and_no_other_output(void **state)
{
    (void)state;
    const char *const inputs[] = {NULL, config_path}, *const none[] = {NULL};
    const char *const different[] = {"/tmp/no-a", NULL, "/tmp/no-b"};
    const char *const twice[] = {"/tmp/no-a", NULL, "/tmp/no-a"};
    const char *const spelled[][2] = {{"no-a", "./no-a"}, {"no/b/c", ".//no/b/c"}};
    const char *const devices[] = {"/dev/null", "/dev/null"};
    text other = {0};
    error e = {0};
    text_add(&other, "/tmp/./%s", strrchr(config_path, '/') + 1);
    assert_int_equal(outputs_check(different, 3, inputs, 2, &e), 0);
    assert_int_equal(outputs_check(devices, 2, none, 1, &e), 0);
    assert_int_equal(outputs_check(twice, 3, none, 1, &e), -1);
    assert_string_equal(e.message, "/tmp/no-a: two outputs have this name");
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(outputs_check(spelled[i], 2, none, 1, &e), -1);
    assert_int_equal(outputs_check((const char *const[]){other.data}, 1, inputs, 2, &e), -1);
    assert_holds(e.message, "is read here and would be written over");
    text_release(&other);
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
        cmocka_unit_test(a_config_file_takes_every_kind_of_json_value),
        cmocka_unit_test(a_count_in_a_config_file_has_64_bits),
        cmocka_unit_test(the_command_line_wins_over_the_file_wherever_it_stands),
        cmocka_unit_test(a_wrong_key_or_value_names_file_and_key),
        cmocka_unit_test(a_missing_or_damaged_file_is_bad_input),
        cmocka_unit_test(settings_as_json_read_back_as_a_config_are_the_same),
        cmocka_unit_test(a_text_that_json_cannot_hold_is_refused_by_name),
        cmocka_unit_test(defaults_as_json_hold_null_for_what_is_not_set),
        cmocka_unit_test(only_the_roles_wanted_are_written),
        cmocka_unit_test(a_difference_is_one_of_results_and_names_both_values),
        cmocka_unit_test(an_option_that_argv_gives_without_a_use_is_refused),
        cmocka_unit_test(every_option_is_in_help_man_and_completions),
        cmocka_unit_test(help_shows_values_ranges_defaults_and_fits_80_columns),
        cmocka_unit_test(version_names_program_product_and_build),
        cmocka_unit_test(the_man_page_is_roff_whose_text_starts_no_request),
        cmocka_unit_test(completions_offer_choices_and_files),
        cmocka_unit_test(help_that_cannot_be_written_is_bad_output),
        cmocka_unit_test(threads_come_from_the_option_then_make_then_the_machine),
        cmocka_unit_test(quiet_and_verbose_choose_what_is_said),
        cmocka_unit_test(complain_prints_one_line_and_gives_the_status),
        cmocka_unit_test(durations_are_written_in_two_units),
        cmocka_unit_test(plain_progress_prints_early_then_each_ten_seconds_and_at_the_end),
        cmocka_unit_test(the_eta_goes_by_the_rate_of_the_last_half_minute),
        cmocka_unit_test(the_half_minute_begins_before_it_where_nothing_was_shown_since),
        cmocka_unit_test(what_is_no_number_is_nothing_done),
        cmocka_unit_test(no_progress_is_shown_when_none_or_quiet),
        cmocka_unit_test(a_terminal_gets_one_rewritten_line_that_fits),
        cmocka_unit_test(a_narrow_terminal_keeps_step_rate_and_eta),
        cmocka_unit_test(help_is_as_wide_as_the_terminal_within_40_to_100),
        cmocka_unit_test(colour_needs_a_terminal_and_no_no_color),
        cmocka_unit_test(the_first_signal_is_told_and_finish_dies_of_it),
        cmocka_unit_test(a_second_signal_of_any_kind_ends_at_once),
        cmocka_unit_test(a_signal_that_was_ignored_stays_ignored),
        cmocka_unit_test(closed_descriptors_are_held_and_fail),
        cmocka_unit_test(a_broken_stderr_ends_nothing),
        cmocka_unit_test(data_that_nobody_reads_ends_by_sigpipe_in_silence),
        cmocka_unit_test(where_sigpipe_was_ignored_it_is_an_output_that_fails),
        cmocka_unit_test(the_signal_that_stopped_the_work_ends_the_process),
        cmocka_unit_test(a_depfile_names_all_inputs_as_make_reads_them),
        cmocka_unit_test(a_name_make_cannot_read_is_refused),
        cmocka_unit_test(a_depfile_lies_in_a_folder_that_is_there_or_made_for_its_target),
        cmocka_unit_test(a_depfile_is_no_folder),
        cmocka_unit_test(an_output_is_no_input_and_no_other_output),
    };
    return cmocka_run_group_tests(tests, make_config, remove_config);
}
