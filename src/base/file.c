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
#include <time.h>
#include <unistd.h>

#include "file_detail.h"

/* ---- Reading ------------------------------------------------------------------------------ */

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

int file_load(bytes *out, const char *path, size_t max_size, error *e)
{
    struct stat s;
    bytes loaded = {0};
    int result = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s) != 0)
        fail(e, STATUS_BAD_INPUT, "%s: %s", path, strerror(errno));
    else if (S_ISDIR(s.st_mode))
        fail(e, STATUS_BAD_INPUT, "%s: is a folder, expected a file", path);
    else if (S_ISREG(s.st_mode) && (uintmax_t)s.st_size > max_size)
        fail(e, STATUS_BAD_INPUT, "%s: %ju bytes, at most %zu are expected here", path,
             (uintmax_t)s.st_size, max_size);
    else
        result =
            read_to_end(&loaded, fd, path, S_ISREG(s.st_mode) ? (size_t)s.st_size : 0, max_size, e);
    if (fd >= 0)
        close(fd);
    if (result == 0)
        *out = loaded;
    else
        bytes_release(&loaded);
    return result;
}

/* ---- Writing ------------------------------------------------------------------------------ */

int fail_output(error *e, const char *path)
{
    return fail(e, STATUS_BAD_OUTPUT, "%s: %s", path, strerror(errno));
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
    int result = -1;
    if (atomic_file_open(&f, path, e) == 0 && atomic_file_write(&f, data, n, e) == 0 &&
        atomic_file_commit(&f, d, e) == 0)
        result = 0;
    atomic_file_release(&f);
    return result;
}

/* The suffix of a temporary: a digit, four of 0-9A-Z, a letter. Narrower than mkstemp's, so that
 * remove_temporaries takes no ".eslintrc.config" for one. */
enum { SUFFIX_LENGTH = 6 };

static void suffix_fill(char *out, uint64_t number)
{
    static const char symbols[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t i = 0; i < SUFFIX_LENGTH; i++) {
        size_t first = i == SUFFIX_LENGTH - 1 ? 10 : 0;
        size_t last = i == 0 ? 10 : 36;
        out[i] = symbols[first + number % (last - first)];
        number /= last - first;
    }
}

bool is_temporary(const char *name)
{
    size_t n = strlen(name);
    if (n < SUFFIX_LENGTH + 3 || name[0] != '.' || name[n - SUFFIX_LENGTH - 1] != '.')
        return false;
    const char *suffix = name + n - SUFFIX_LENGTH;
    return strspn(suffix, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == SUFFIX_LENGTH &&
           strchr("0123456789", suffix[0]) != NULL &&
           strchr("0123456789", suffix[SUFFIX_LENGTH - 1]) == NULL;
}

/* Bits that differ between processes, and between calls: names need be no better than that, since
 * O_EXCL decides. splitmix64's finalizer. */
static uint64_t name_bits(uint64_t attempt)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t x = (uint64_t)t.tv_sec * 1000000007u + (uint64_t)t.tv_nsec;
    x += ((uint64_t)getpid() << 32) + attempt * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Creates ".NAME.XXXXXX" beside path. Not mkstemp: that gives mode 0600, and reading the umask to
 * mend it is a race between threads, while open applies the umask itself. */
static int temporary_create(atomic_file *f)
{
    const char *slash = strrchr(f->path, '/');
    const char *name = slash == NULL ? f->path : slash + 1;
    text t = {0};
    text_add_bytes(&t, f->path, (size_t)(name - f->path));
    text_add(&t, ".%s.XXXXXX", name);
    f->fd = -1;
    for (uint64_t attempt = 0; attempt < 1000 && f->fd < 0; attempt++) {
        suffix_fill(t.data + t.length - SUFFIX_LENGTH, name_bits(attempt));
        f->fd = open(t.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (f->fd < 0 && errno != EEXIST && errno != EINTR)
            break;
    }
    if (f->fd >= 0)
        f->temporary = t.data;
    else
        text_release(&t);
    return f->fd < 0 ? -1 : 0;
}

/* A rename would replace /dev/null or a pipe instead of writing to it; and /dev/stdout, which looks
 * like a regular file when the shell sends it to one. */
static bool is_written_in_place(const char *path)
{
    struct stat s;
    return strncmp(path, "/dev/std", 8) == 0 || strncmp(path, "/dev/fd/", 8) == 0 ||
           (stat(path, &s) == 0 && !S_ISREG(s.st_mode));
}

int atomic_file_open(atomic_file *f, const char *path, error *e)
{
    *f = (atomic_file){.fd = -1, .path = copy_text(path)};
    if (*path == '\0' || path[strlen(path) - 1] == '/' || is_folder(path)) {
        fail(e, STATUS_BAD_OUTPUT, "%s: is a folder, expected a file name", path);
    } else if (is_written_in_place(path)) {
        f->fd = open(path, O_WRONLY | O_CLOEXEC);
        if (f->fd < 0)
            fail_output(e, path);
    } else if (temporary_create(f) != 0) {
        fail_output(e, path);
    }
    f->is_open = f->fd >= 0;
    if (!f->is_open)
        atomic_file_release(f);
    return f->is_open ? 0 : -1;
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
    assert(f->is_open && offset <= INT64_MAX - n);
    size_t done = 0;
    while (done < n) {
        ssize_t put = pwrite(f->fd, (const char *)data + done, n - done, (off_t)(offset + done));
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
    const char *slash = strrchr(path, '/');
    text t = {0};
    if (slash == NULL)
        text_add(&t, ".");
    else
        text_add_bytes(&t, path, slash == path ? 1 : (size_t)(slash - path));
    int fd = open(t.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    text_release(&t);
    if (fd < 0)
        return -1;
    int result = fsync(fd);
    if (result != 0 && errno == EINVAL)
        result = 0; /* the file system does not sync folders */
    int reason = errno;
    close(fd);
    errno = reason;
    return result;
}

int atomic_file_commit(atomic_file *f, durability d, error *e)
{
    assert(f->is_open);
    bool in_place = f->temporary == NULL;
    if (d == DURABLE && !in_place && fsync(f->fd) != 0)
        return give_up(f, e);
    f->is_open = false;
    if (close(f->fd) != 0 && errno != EINTR)
        return give_up(f, e);
    if (in_place)
        return 0;
    if (rename(f->temporary, f->path) != 0)
        return give_up(f, e);
    free(f->temporary);
    f->temporary = NULL;
    if (d == DURABLE && folder_sync(f->path) != 0)
        return give_up(f, e);
    return 0;
}

void atomic_file_release(atomic_file *f)
{
    if (f->is_open)
        close(f->fd);
    if (f->temporary != NULL)
        unlink(f->temporary);
    free(f->temporary);
    free(f->path);
    *f = (atomic_file){0};
}
