/* SPDX-License-Identifier: MIT */
/* How a process begins and ends, as its shell sees it. */
#include "talk.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A folder can be neither read nor written as a file is, so that data for a closed descriptor is
 * not lost in silence; and it is there even where /dev is not. */
static void hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/", O_RDONLY) != fd)
            _exit(STATUS_FAILED);
}

/* Nothing is to be done: the write fails, and that is seen where it matters. Not SIG_IGN, which
 * would outlive an exec. */
static void on_failing_write(int number) { (void)number; }

/* Where it was ignored from the start it stays so. */
static void survive(int number)
{
    struct sigaction action = {0}, before;
    action.sa_handler = on_failing_write;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
        sigaction(number, &action, NULL);
}

void process_start(const char *name)
{
    hold_standard_descriptors();
    memory_start(name);
    memory_keep();
    survive(SIGPIPE);
    survive(SIGXFSZ);
}

bool ends_by_broken_pipe(const error *e)
{
    struct sigaction now;
    return e->status != STATUS_DONE && e->is_broken_pipe && sigaction(SIGPIPE, NULL, &now) == 0 &&
           now.sa_handler == on_failing_write;
}

int process_end(const error *e)
{
    if (ends_by_broken_pipe(e))
        signal_finish(SIGPIPE);
    if (signal_pending() && (e->status == STATUS_DONE || e->status == STATUS_STOPPED))
        signal_finish(signal_pending());
    return (int)e->status;
}
