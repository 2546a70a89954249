/* SPDX-License-Identifier: MIT */
/* What the files of base share about writing. */
#ifndef GANLENS_FILE_DETAIL_H
#define GANLENS_FILE_DETAIL_H

#include "base.h"

/* "PATH: reason", the reason from errno; returns -1. */
int fail_output(error *e, const char *path);

/* The number of bytes written, fewer than n on failure (then errno says why). */
size_t write_fully(int fd, const void *data, size_t n);

/* Whether name has the form that atomic_file gives its temporaries, ".NAME.XXXXXX". */
bool is_temporary(const char *name);

#endif
