/* SPDX-License-Identifier: MIT */
/* For flock, which is not in POSIX: its lock ends with the process, however that ends. */
#define _DEFAULT_SOURCE
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* A file system without locks has to do without. */
static bool is_busy(int fd, int operation)
{
    int status;
    do
        status = flock(fd, operation);
    while (status != 0 && errno == EINTR);
    return status != 0 && errno == EWOULDBLOCK;
}

bool path_lock(path_lock_held *l, const char *path, lock_kind kind)
{
    static const int operations[] = {
        [LOCK_ALONE] = LOCK_EX, [LOCK_ALONE_NOW] = LOCK_EX | LOCK_NB, [LOCK_SHARED] = LOCK_SH};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && is_busy(fd, operations[kind])) {
        close(fd);
        return false;
    }
    *l = (path_lock_held){.fd = fd, .is_open = fd >= 0};
    return true;
}

void path_unlock(path_lock_held *l)
{
    if (l->is_open)
        close(l->fd);
    *l = (path_lock_held){0};
}
