/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_CAUGHT = sizeof caught / sizeof *caught };

/* The globals of the library: a handler is given no other way to take and leave word. */
static volatile sig_atomic_t pending, was_stopped, was_asked;

/* What the handler says: made before, since it may not make it. */
static char stopping[128];
static size_t stopping_length;

/* Leaves the signal's number, and the default action for whichever comes second. A signal that was
 * ignored from the start (nohup) stays so. Calls only what POSIX allows in a handler. */
static void on_signal(int number)
{
    int reason = errno;
    for (size_t i = 0; i < N_CAUGHT; i++) {
        struct sigaction now;
        if (sigaction(caught[i], NULL, &now) == 0 && now.sa_handler == on_signal)
            signal(caught[i], SIG_DFL);
    }
    pending = number;
    stderr_write(stopping, stopping_length);
    errno = reason;
}

/* On a terminal over an open progress line and its own "^C". */
static void word_stopping(const voice *v)
{
    int n = v->quiet ? 0
                     : snprintf(stopping, sizeof stopping,
                                "%s%s: stopping; press again to end at once\n",
                                isatty(STDERR_FILENO) ? CLEAR_LINE : "", v->program);
    stopping_length = n < 0 || (size_t)n >= sizeof stopping ? 0 : (size_t)n;
}

static void on_continue(int number)
{
    (void)number;
    was_stopped = 1;
}

static void on_ask(int number)
{
    (void)number;
    was_asked = 1;
}

void signals_catch(voice *v)
{
    struct sigaction action = {0}, before;
    word_stopping(v);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART; /* reads and writes of libraries go on undisturbed */
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_CAUGHT; i++)
        sigaddset(&action.sa_mask, caught[i]);
    for (size_t i = 0; i < N_CAUGHT; i++)
        if (sigaction(caught[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(caught[i], &action, NULL);
    action.sa_handler = on_continue;
    sigaction(SIGCONT, &action, NULL);
}

void signals_expect_ask(void)
{
    struct sigaction action = {0};
    action.sa_handler = on_ask;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
}

int signal_pending(void) { return pending; }

bool signal_was_stopped(void)
{
    if (!was_stopped) /* and is not written: it may be set right now */
        return false;
    was_stopped = 0;
    return true;
}

bool signal_was_asked(void)
{
    if (!was_asked)
        return false;
    was_asked = 0;
    return true;
}

void signal_finish(int number)
{
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    signal(number, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
    _exit(128 + number); /* not reached by a signal whose default is to end the process */
}
