/* SPDX-License-Identifier: MIT */
/* What a terminal sees. Include after <cmocka.h>; the file defines _XOPEN_SOURCE as 700, for
 * pseudo-terminals, and _DEFAULT_SOURCE, for their width. */
#ifndef GANLENS_TERMINAL_H
#define GANLENS_TERMINAL_H

#include "base.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs body with standard error on a terminal; gives what the terminal was sent. */
static inline text seen_on_terminal(void (*body)(void))
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

static inline void set_width(unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    if (ioctl(STDERR_FILENO, TIOCSWINSZ, &size) != 0)
        _exit(1);
}

#endif
