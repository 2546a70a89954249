/* SPDX-License-Identifier: MIT */
/* What the files of cli share: how lines reach standard error, and when two names mean one file. */
#ifndef GANLENS_TALK_H
#define GANLENS_TALK_H

#include "cli.h"

/* Goes to the first column and clears the line. */
#define CLEAR_LINE "\r\033[K"

/* "PROGRAM: message\n" by one write, after clearing an open progress line. */
void voice_say(voice *v, const char *message);

/* One write to standard error; there is nobody to tell when it fails. */
void stderr_write(const char *data, size_t n);

/* Columns of the terminal that fd is, 80 where there is no knowing. */
size_t terminal_width(int fd);
/* Whether process_end ends by SIGPIPE. */
bool ends_by_broken_pipe(const error *e);

/* Whether both names mean one file, pipe or folder, be it there or still to be made. */
bool is_same_file(const char *a, const char *b);

#endif
