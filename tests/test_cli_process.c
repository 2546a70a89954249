/* SPDX-License-Identifier: MIT */
/* Signals, and a process's beginning and end. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture.h"
#include "cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_signal_is_told_and_finish_dies_of_it),
        cmocka_unit_test(a_second_signal_of_any_kind_ends_at_once),
        cmocka_unit_test(a_signal_that_was_ignored_stays_ignored),
        cmocka_unit_test(closed_descriptors_are_held_and_fail),
        cmocka_unit_test(a_broken_stderr_ends_nothing),
        cmocka_unit_test(data_that_nobody_reads_ends_by_sigpipe_in_silence),
        cmocka_unit_test(where_sigpipe_was_ignored_it_is_an_output_that_fails),
        cmocka_unit_test(the_signal_that_stopped_the_work_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
