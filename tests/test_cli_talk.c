/* SPDX-License-Identifier: MIT */
/* Threads, messages and progress. */
#define _XOPEN_SOURCE 700 /* a pseudo-terminal, to see what a terminal sees */
#define _DEFAULT_SOURCE   /* and to set its width */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "cli.h"
#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Fast for a minute, then nothing for another. */
static void of_uneven_steps_the_eta_goes_by_all_so_far(void **state)
{
    (void)state;
    capture c = capture_start(STDERR_FILENO);
    voice v = {.program = "gandemo"};
    progress p = progress_by_clock(&v, "plain");
    p.is_uneven = true;
    for (size_t i = 0; i <= 12; i++) {
        progress_show(&p, i < 6 ? (double)i / 12 : 0.5, "at");
        clock_time += 10;
    }
    text t = capture_end(c);
    assert_non_null(strstr(t.data, "gandemo:  41%  at  ETA 1m 10s\n"));
    assert_non_null(strstr(t.data, "gandemo:  50%  at  ETA 2m 00s\n"));
    assert_string_equal(strrchr(t.data, 'E'), "ETA 2m 00s\n");
    text_release(&t);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_come_from_the_option_then_make_then_the_machine),
        cmocka_unit_test(quiet_and_verbose_choose_what_is_said),
        cmocka_unit_test(complain_prints_one_line_and_gives_the_status),
        cmocka_unit_test(durations_are_written_in_two_units),
        cmocka_unit_test(plain_progress_prints_early_then_each_ten_seconds_and_at_the_end),
        cmocka_unit_test(of_uneven_steps_the_eta_goes_by_all_so_far),
        cmocka_unit_test(the_eta_goes_by_the_rate_of_the_last_half_minute),
        cmocka_unit_test(the_half_minute_begins_before_it_where_nothing_was_shown_since),
        cmocka_unit_test(what_is_no_number_is_nothing_done),
        cmocka_unit_test(no_progress_is_shown_when_none_or_quiet),
        cmocka_unit_test(a_terminal_gets_one_rewritten_line_that_fits),
        cmocka_unit_test(a_narrow_terminal_keeps_step_rate_and_eta),
        cmocka_unit_test(colour_needs_a_terminal_and_no_no_color),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
