/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_detail.h"

int line_file_open(line_file *f, const char *path, error *e)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail_output(e, path);
    *f = (line_file){.fd = fd, .is_open = true, .path = copy_text(path)};
    return 0;
}

/* Takes back the part of a line that was written before the disk was full. */
static void take_back(int fd, size_t n)
{
    struct stat s;
    int reason = errno;
    if (n > 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size >= (off_t)n) {
        int ignored =
            ftruncate(fd, s.st_size - (off_t)n); /* the write's error is the one to tell */
        (void)ignored;
    }
    errno = reason;
}

int line_file_append_bytes(line_file *f, const void *data, size_t n, error *e)
{
    assert(f->is_open);
    size_t done = write_fully(f->fd, data, n);
    if (done == n)
        return 0;
    take_back(f->fd, done);
    return fail_output(e, f->path);
}

int line_file_append(line_file *f, const char *line, error *e)
{
    assert(!strchr(line, '\n'));
    text t = {0};
    text_add(&t, "%s\n", line);
    int status = line_file_append_bytes(f, t.data, t.length, e);
    text_release(&t);
    return status;
}

int line_file_sync(line_file *f, error *e)
{
    assert(f->is_open);
    if (fsync(f->fd) != 0 && errno != EINVAL) /* EINVAL: a pipe, nothing to wait for */
        return fail_output(e, f->path);
    return 0;
}

/* The length of the leading lines to keep. A NUL, as a crash of the machine can leave, ends them.
 */
static size_t kept_length(bytes *content, bool (*keep)(const char *, void *), void *context)
{
    size_t start = 0;
    for (;;) {
        char *line = (char *)content->data + start;
        char *end = memchr(line, '\n', content->size - start);
        if (!end)
            return start;
        *end = '\0';
        if (strlen(line) != (size_t)(end - line) || !keep(line, context))
            return start;
        start += (size_t)(end - line) + 1;
    }
}

int line_file_cut(line_file *f, bool (*keep)(const char *line, void *context), void *context,
                  error *e)
{
    assert(f->is_open);
    bytes content = {0};
    if (file_load(&content, f->path, SIZE_MAX, e) != 0) {
        e->status = STATUS_BAD_OUTPUT; /* which this file is */
        return -1;
    }
    size_t kept = kept_length(&content, keep, context);
    int status = 0;
    if (kept < content.size && ftruncate(f->fd, (off_t)kept) != 0)
        status = fail_output(e, f->path);
    bytes_release(&content);
    return status;
}

void line_file_release(line_file *f)
{
    if (f->is_open)
        close(f->fd);
    free(f->path);
    *f = (line_file){0};
}
