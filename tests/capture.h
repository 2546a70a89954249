/* SPDX-License-Identifier: MIT */
/* What a test writes to a descriptor. Include after <cmocka.h>. */
#ifndef GANLENS_CAPTURE_H
#define GANLENS_CAPTURE_H

#include "base.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    int fd, kept, file;
} capture;

static inline capture capture_start(int fd)
{
    char name[] = "/tmp/test_capture.XXXXXX";
    fflush(NULL);
    capture c = {.fd = fd, .kept = dup(fd), .file = mkstemp(name)};
    assert_true(c.kept >= 0 && c.file >= 0);
    unlink(name);
    dup2(c.file, fd);
    return c;
}

static inline text capture_end(capture c)
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

static inline void assert_holds(const char *whole, const char *part)
{
    if (!strstr(whole, part))
        fail_msg("no '%s' in:\n%s", part, whole);
}

#endif
