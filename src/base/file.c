/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_detail.h"

/* ---- Reading ---- */

void bytes_release(bytes *b)
{
    free(b->data);
    *b = (bytes){0};
}

/* Reads up to n bytes, fewer only at the end of the file; -1 with errno. */
static ssize_t read_fully(int fd, unsigned char *data, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = read(fd, data + done, n - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* The size fstat told is only where to start: pipes tell none, and a file may grow meanwhile. */
static int read_to_end(bytes *out, int fd, const char *path, size_t expected, size_t max_size,
                       error *e)
{
    size_t limit = max_size < SSIZE_MAX ? max_size + 1 : SSIZE_MAX; /* one more shows "too large" */
    size_t capacity = expected + 1 < limit ? expected + 1 : limit;
    for (;;) {
        out->data = reallocate(out->data, capacity, 1);
        ssize_t got = read_fully(fd, out->data + out->size, capacity - out->size);
        if (got < 0)
            return fail(e, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
        out->size += (size_t)got;
        if (out->size < capacity)
            break;
        if (capacity == limit)
            return fail(e, STATUS_BAD_INPUT, "%s: larger than %zu bytes, which is the limit here",
                        path, max_size);
        capacity = capacity > limit / 2 ? limit : capacity * 2;
        capacity = capacity < 4096 && limit > 4096 ? 4096 : capacity;
    }
    out->data[out->size] = '\0';
    return 0;
}

/* A file for reading, of which s tells the size, or -1. */
static int open_to_read(struct stat *s, const char *path, error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, s) != 0)
        fail(e, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    else if (S_ISDIR(s->st_mode))
        fail(e, STATUS_BAD_INPUT, "%s: is a folder, expected a file", path);
    else
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* loaded goes to out, or away. */
static int hand_out(bytes *out, bytes *loaded, int fd, int status)
{
    close(fd);
    if (status == 0)
        *out = *loaded;
    else
        bytes_release(loaded);
    return status;
}

int file_load(bytes *out, const char *path, size_t max_size, error *e)
{
    struct stat s;
    bytes loaded = {0};
    int status = -1, fd = open_to_read(&s, path, e);
    if (fd < 0)
        return -1;
    if (S_ISREG(s.st_mode) && (uintmax_t)s.st_size > max_size)
        fail(e, STATUS_BAD_INPUT, "%s: %ju bytes, at most %zu are expected here", path,
             (uintmax_t)s.st_size, max_size);
    else
        status =
            read_to_end(&loaded, fd, path, S_ISREG(s.st_mode) ? (size_t)s.st_size : 0, max_size, e);
    return hand_out(out, &loaded, fd, status);
}

int file_load_start(bytes *out, const char *path, size_t n, error *e)
{
    struct stat s;
    int fd = open_to_read(&s, path, e);
    if (fd < 0)
        return -1;
    bytes loaded = {.data = reallocate(NULL, n + 1, 1)};
    ssize_t got = read_fully(fd, loaded.data, n);
    if (got < 0)
        fail(e, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    loaded.size = got < 0 ? 0 : (size_t)got;
    loaded.data[loaded.size] = '\0';
    return hand_out(out, &loaded, fd, got < 0 ? -1 : 0);
}

/* ---- Writing ---- */

int fail_output(error *e, const char *path)
{
    int reason = errno;
    fail(e, STATUS_BAD_OUTPUT, "%s: %s", path, strerror(reason));
    e->is_broken_pipe = reason == EPIPE;
    return -1;
}

size_t write_fully(int fd, const void *data, size_t n)
{
    size_t done = 0;
    while (done < n) {
        ssize_t put = write(fd, (const char *)data + done, n - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            break;
        done += (size_t)put;
    }
    return done;
}

int stdout_write(const void *data, size_t n, error *e)
{
    if (write_fully(STDOUT_FILENO, data, n) < n)
        return fail_output(e, "standard output");
    return 0;
}

int file_save(const char *path, const void *data, size_t n, durability d, error *e)
{
    atomic_file f = {0};
    int status = -1;
    if (atomic_file_open(&f, path, e) == 0 && atomic_file_write(&f, data, n, e) == 0 &&
        atomic_file_commit(&f, d, e) == 0)
        status = 0;
    atomic_file_release(&f);
    return status;
}

/* The descriptor that path means, or -1. */
static int named_descriptor(const char *path)
{
    static const char *const streams[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    uint64_t number;
    const char *end;
    for (int i = 0; i < 3; i++)
        if (strcmp(path, streams[i]) == 0)
            return i;
    for (size_t i = 0; i < 2; i++) {
        if (begins_with(path, folders[i]) && count_read(&number, path + strlen(folders[i]), &end) &&
            *end == '\0' && number <= INT_MAX)
            return (int)number;
    }
    return -1;
}

/* A copy goes on where the descriptor stands; to open its name would begin at the first byte of a
 * file that a shell appends to. What closes on exec was not given to this program: it is another of
 * its files. */
static int copy_descriptor(int fd)
{
    int flags = fcntl(fd, F_GETFD), mode = fcntl(fd, F_GETFL);
    if (flags >= 0 && mode >= 0 && !(flags & FD_CLOEXEC) && (mode & O_ACCMODE) != O_RDONLY)
        return fcntl(fd, F_DUPFD_CLOEXEC, 0);
    errno = EBADF;
    return -1;
}

/* A rename would replace /dev/null or a pipe instead of writing to it. */
static bool is_written_in_place(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && !S_ISREG(s.st_mode);
}

bool file_is_replaced(const char *path)
{
    return named_descriptor(path) < 0 && !is_written_in_place(path);
}

int atomic_file_open(atomic_file *f, const char *path, error *e)
{
    int descriptor = named_descriptor(path);
    *f = (atomic_file){.fd = -1, .path = copy_text(path)};
    if (*path == '\0' || ends_with(path, "/") || is_folder(path)) {
        fail(e, STATUS_BAD_OUTPUT, "%s: is a folder, expected a file name", path);
    } else {
        f->fd = descriptor >= 0             ? copy_descriptor(descriptor)
                : is_written_in_place(path) ? open(path, O_WRONLY | O_CLOEXEC)
                                            : temporary_create(&f->temporary, path, false);
        if (f->fd < 0)
            fail_output(e, path);
    }
    f->is_open = f->fd >= 0;
    f->start = f->is_open ? lseek(f->fd, 0, SEEK_CUR) : -1;
    if (!f->is_open)
        atomic_file_release(f);
    return f->is_open ? 0 : -1;
}

int atomic_file_check_order(const atomic_file *f, error *e)
{
    if (f->start >= 0 && !(fcntl(f->fd, F_GETFL) & O_APPEND))
        return 0;
    return fail(e, STATUS_BAD_OUTPUT,
                "%s: is a pipe or is appended to; this form is not written in order, so that it "
                "needs a file of its own",
                f->path);
}

/* After a failed write nothing may be committed, even if the caller forgets to look. */
static int give_up(atomic_file *f, error *e)
{
    fail_output(e, f->path);
    atomic_file_release(f);
    return -1;
}

int atomic_file_write(atomic_file *f, const void *data, size_t n, error *e)
{
    assert(f->is_open);
    if (write_fully(f->fd, data, n) < n)
        return give_up(f, e);
    return 0;
}

int atomic_file_write_at(atomic_file *f, uint64_t offset, const void *data, size_t n, error *e)
{
    assert(f->is_open && f->start >= 0 && offset <= (uint64_t)(INT64_MAX - f->start) - n);
    size_t done = 0;
    off_t at = f->start + (off_t)offset;
    f->end = at + (off_t)n > f->end ? at + (off_t)n : f->end;
    while (done < n) {
        ssize_t put = pwrite(f->fd, (const char *)data + done, n - done, at + (off_t)done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return give_up(f, e);
        done += (size_t)put;
    }
    return 0;
}

/* Makes the rename itself last: the entry lives in the folder. */
static int folder_sync(const char *path)
{
    char *folder = path_folder(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return -1;
    int status = fsync(fd);
    if (status != 0 && errno == EINVAL)
        status = 0; /* the file system does not sync folders */
    int reason = errno;
    close(fd);
    errno = reason;
    return status;
}

/* What closing the file would tell (that the disk is full, on some networks): closing a copy tells
 * it as well, and the file stays locked until it has its name. */
static int tell_close(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy >= 0 && (close(copy) == 0 || errno == EINTR) ? 0 : -1;
}

/* Whoever writes to the same descriptor next goes on behind what is there now. */
static int finish_in_place(atomic_file *f, error *e)
{
    if ((f->end > 0 && lseek(f->fd, f->end, SEEK_SET) < 0) || tell_close(f->fd) != 0)
        return give_up(f, e);
    return 0;
}

int atomic_file_commit(atomic_file *f, durability d, error *e)
{
    assert(f->is_open);
    if (!f->temporary)
        return finish_in_place(f, e);
    if ((d == DURABLE && fsync(f->fd) != 0) || tell_close(f->fd) != 0 ||
        rename(f->temporary, f->path) != 0)
        return give_up(f, e);
    free(f->temporary);
    f->temporary = NULL;
    if (d == DURABLE && folder_sync(f->path) != 0)
        return give_up(f, e);
    return 0;
}

void atomic_file_release(atomic_file *f)
{
    if (f->temporary)
        unlink(f->temporary);
    if (f->is_open)
        close(f->fd);
    free(f->temporary);
    free(f->path);
    *f = (atomic_file){0};
}
