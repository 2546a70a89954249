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

/* Makes a file, open for writing, or a folder, ".NAME.XXXXXX" beside path, that other writers keep
 * away from while the descriptor returned is open. -1 with errno; the caller frees *temporary. What
 * killed writers to the same path left is removed. */
int temporary_create(char **temporary, const char *path, bool is_folder);

#endif
