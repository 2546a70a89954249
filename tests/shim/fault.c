/* SPDX-License-Identifier: MIT */
/* Preloaded into a program, makes the n-th of its calls that change the disk fail or be its last.
 *
 *   FAULT_AT=N       which call, counted from 1; 0 or not set: none
 *   FAULT=WHAT       kill (default), or ENOSPC, EACCES, EIO; INT, STOP: that signal, then it
 *                    succeeds
 *   FAULT_CALLS=LIST calls that count, of write pwrite fsync rename open mkdir unlink ftruncate
 *                    link; default: all
 *   FAULT_ROOM=N     bytes that the disk is said to have left
 *   FAULT_COUNT=FILE where the number of calls is written when the program ends
 *   FAULT_SINCE=1    every call from the n-th on fails, as on a full disk
 *   FAULT_LOG=FILE   gets a line for each call that counts and does not fail, "rename run/x": the
 *                    path that was given, or the descriptor's
 *
 * Killed in a write, the program leaves half of the bytes; a write that fails for want of space,
 * too. Only open for writing counts, and no write to standard output and error. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long n_calls;

/* The next function of that name; a detour that ISO C allows from an object pointer. */
#define NEXT(type, name)                                                                           \
    type name##_next;                                                                              \
    void *name##_symbol = dlsym(RTLD_NEXT, #name);                                                 \
    memcpy(&name##_next, &name##_symbol, sizeof name##_next)

typedef ssize_t write_function(int, const void *, size_t);
typedef ssize_t pwrite_function(int, const void *, size_t, off_t);
typedef int fsync_function(int);
typedef int rename_function(const char *, const char *);
typedef int open_function(const char *, int, ...);
typedef int mkdir_function(const char *, mode_t);
typedef int unlink_function(const char *);
typedef int ftruncate_function(int, off_t);
typedef int statvfs_function(const char *, struct statvfs *);

int fsync(int fd);
int ftruncate(int fd, off_t length);

static long number_of(const char *name)
{
    const char *value = getenv(name);
    return value ? strtol(value, NULL, 10) : 0;
}

static int is_counted(const char *call)
{
    const char *list = getenv("FAULT_CALLS");
    size_t n = strlen(call);
    for (const char *at = list; at && (at = strstr(at, call)); at += n)
        if ((at == list || at[-1] == ',') && (at[n] == ',' || at[n] == '\0'))
            return 1;
    return !list;
}

static int is_fault(const char *name)
{
    const char *what = getenv("FAULT");
    return strcmp(what ? what : "kill", name) == 0;
}

/* A line of FAULT_LOG; path NULL: that of fd. */
static void note(const char *call, int fd, const char *path)
{
    NEXT(open_function *, open);
    NEXT(write_function *, write);
    const char *file = getenv("FAULT_LOG");
    char link[64], found[1024] = "", line[2048];
    if (!file)
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (!path && readlink(link, found, sizeof found - 1) < 0)
        found[0] = '?';
    int n = snprintf(line, sizeof line, "%s %s\n", call, path ? path : found);
    int log = open_next(file, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (log < 0 || write_next(log, line, (size_t)n) != n)
        abort(); /* a log with a gap would prove nothing */
    close(log);
}

/* Whether this call, on path or else fd, is the one. */
static int is_hit(const char *call, int fd, const char *path)
{
    if (!is_counted(call))
        return 0;
    long n = ++n_calls, at = number_of("FAULT_AT");
    int is_one = at > 0 && (n == at || (n > at && number_of("FAULT_SINCE")));
    int signal_number = is_fault("INT") ? SIGINT : is_fault("STOP") ? SIGSTOP : 0;
    if (is_one && signal_number)
        kill(getpid(), signal_number); /* as a terminal does: no thread's own */
    int hit = is_one && !signal_number;
    if (!hit)
        note(call, fd, path);
    return hit;
}

/* Ends the program, or sets errno and returns -1. */
static int strike(void)
{
    if (is_fault("kill"))
        kill(getpid(), SIGKILL);
    errno = is_fault("ENOSPC") ? ENOSPC : is_fault("EACCES") ? EACCES : EIO;
    return -1;
}

/* A write is cut short before the program dies, or before there is no space at all. */
static int leaves_half(void) { return is_fault("kill") || is_fault("ENOSPC"); }

ssize_t write(int fd, const void *data, size_t n)
{
    NEXT(write_function *, write);
    if (fd <= STDERR_FILENO || !is_hit("write", fd, NULL))
        return write_next(fd, data, n);
    if (leaves_half() && n > 1)
        return write_next(fd, data, n / 2) < 0 ? -1 : strike();
    return strike();
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t offset)
{
    NEXT(pwrite_function *, pwrite);
    if (!is_hit("pwrite", fd, NULL))
        return pwrite_next(fd, data, n, offset);
    if (leaves_half())
        pwrite_next(fd, data, n / 2, offset);
    return strike();
}

int fsync(int fd)
{
    NEXT(fsync_function *, fsync);
    return is_hit("fsync", fd, NULL) ? strike() : fsync_next(fd);
}

int rename(const char *from, const char *to)
{
    NEXT(rename_function *, rename);
    return is_hit("rename", -1, to) ? strike() : rename_next(from, to);
}

int open(const char *path, int flags, ...)
{
    NEXT(open_function *, open);
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if ((flags & (O_WRONLY | O_RDWR)) && is_hit("open", -1, path))
        return strike();
    return open_next(path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir_function *, mkdir);
    return is_hit("mkdir", -1, path) ? strike() : mkdir_next(path, mode);
}

int unlink(const char *path)
{
    NEXT(unlink_function *, unlink);
    return is_hit("unlink", -1, path) ? strike() : unlink_next(path);
}

int ftruncate(int fd, off_t length)
{
    NEXT(ftruncate_function *, ftruncate);
    return is_hit("ftruncate", fd, NULL) ? strike() : ftruncate_next(fd, length);
}

int link(const char *from, const char *to)
{
    NEXT(rename_function *, link);
    return is_hit("link", -1, to) ? strike() : link_next(from, to);
}

int statvfs(const char *path, struct statvfs *s)
{
    NEXT(statvfs_function *, statvfs);
    const char *room = getenv("FAULT_ROOM");
    int status = statvfs_next(path, s);
    if (room)
        s->f_bavail = (fsblkcnt_t)number_of("FAULT_ROOM") / s->f_frsize;
    return status;
}

__attribute__((destructor)) static void write_count(void)
{
    const char *path = getenv("FAULT_COUNT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (!f)
        return;
    fprintf(f, "%ld\n", (long)n_calls);
    fclose(f);
}
