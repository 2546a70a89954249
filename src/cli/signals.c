/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_CAUGHT = sizeof caught / sizeof *caught };

/* The globals of the library: a handler is given no other way to leave word. */
static volatile sig_atomic_t pending, was_stopped;

static void on_signal_quietly(int number);
static void on_signal(int number);
static void on_signal_at_terminal(int number);

static bool is_ours(const struct sigaction *action)
{
    return action->sa_handler == on_signal || action->sa_handler == on_signal_quietly ||
           action->sa_handler == on_signal_at_terminal;
}

/* Leaves the signal's number, and the default action for whichever comes second. A signal that was
 * ignored from the start (nohup) stays so. Calls only what POSIX allows in a handler. */
static void on_signal_quietly(int number)
{
    int reason = errno;
    for (size_t i = 0; i < N_CAUGHT; i++) {
        struct sigaction now;
        if (sigaction(caught[i], NULL, &now) == 0 && is_ours(&now))
            signal(caught[i], SIG_DFL);
    }
    pending = number;
    errno = reason;
}

#define STOPPING "stopping; press again to end at once\n"

static void on_signal(int number)
{
    on_signal_quietly(number);
    stderr_write(STOPPING, sizeof STOPPING - 1);
}

/* Over an open progress line and the terminal's own "^C". */
static void on_signal_at_terminal(int number)
{
    on_signal_quietly(number);
    stderr_write(CLEAR_LINE STOPPING, sizeof CLEAR_LINE STOPPING - 1);
}

static void on_continue(int number)
{
    (void)number;
    was_stopped = 1;
}

void signals_catch(voice *v)
{
    struct sigaction action = {0}, before;
    action.sa_handler = v->quiet                ? on_signal_quietly
                        : isatty(STDERR_FILENO) ? on_signal_at_terminal
                                                : on_signal;
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

int signal_pending(void) { return pending; }

bool signal_was_stopped(void)
{
    if (!was_stopped) /* and is not written: it may be set right now */
        return false;
    was_stopped = 0;
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
