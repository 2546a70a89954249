/* SPDX-License-Identifier: MIT */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "file_detail.h"

bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

bool is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

char *join_path(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    text t = {0};
    text_add(&t, "%s%s%s", folder, n == 0 || folder[n - 1] == '/' ? "" : "/", name);
    return t.data;
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? path : slash + 1;
}

char *path_folder(const char *path)
{
    size_t n = (size_t)(path_name(path) - path);
    text t = {0};
    text_add_bytes(&t, n == 0 ? "." : path, n > 1 ? n - 1 : 1); /* "/" keeps its slash */
    return t.data;
}

char *path_beside(const char *path, const char *name)
{
    text t = {0};
    text_add_bytes(&t, path, (size_t)(path_name(path) - path));
    text_add(&t, "%s", name);
    return t.data;
}

/* Looking first costs less than a call that changes the disk: an explanation asks for some two
 * hundred names that it does not have. */
int file_remove(const char *path, error *e)
{
    struct stat s;
    bool is_gone = lstat(path, &s) != 0 && errno == ENOENT;
    if (is_gone || unlink(path) == 0 || errno == ENOENT)
        return 0;
    int reason = errno;
    return fail(e, STATUS_BAD_OUTPUT, "%s: cannot be removed: %s", path, strerror(reason));
}

/* Another process may make the same folder between a look and the call: only the call decides. */
static int folder_create_one(const char *path, error *e)
{
    int reason = mkdir(path, 0777) == 0 ? 0 : errno;
    if (reason == 0 || is_folder(path))
        return 0;
    if (reason == EEXIST || reason == ENOTDIR)
        return fail(e, STATUS_BAD_OUTPUT, "%s: is a file, expected a folder", path);
    return fail(e, STATUS_BAD_OUTPUT, "%s: cannot make this folder: %s", path, strerror(reason));
}

int folder_create(const char *path, error *e)
{
    char *partial = copy_text(path);
    int status = 0;
    for (char *c = partial; *c != '\0' && status == 0; c++) {
        if (*c != '/' || c == partial)
            continue;
        *c = '\0';
        status = folder_create_one(partial, e);
        *c = '/';
    }
    if (status == 0)
        status = folder_create_one(path, e);
    free(partial);
    return status;
}

DIR *folder_open(const char *path)
{
    DIR *d = opendir(path);
    if (!d && errno == ENOMEM)
        memory_end();
    return d;
}

void remove_temporaries(const char *folder)
{
    DIR *d = folder_open(folder);
    if (!d)
        return;
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        struct stat s;
        if (is_temporary(entry->d_name) &&
            fstatat(dirfd(d), entry->d_name, &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(s.st_mode))
            unlinkat(dirfd(d), entry->d_name, 0);
    }
    closedir(d);
}

/* Some file systems tell sizes of 0. */
uint64_t disk_room(const char *path)
{
    struct statvfs s;
    if (statvfs(path, &s) != 0 || s.f_blocks == 0)
        return UINT64_MAX;
    return (uint64_t)s.f_bavail * s.f_frsize;
}
