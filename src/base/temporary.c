/* SPDX-License-Identifier: MIT */
/* Files and folders that one writer fills before they get their names. Their own names are counted,
 * so that the next writer finds what a killed one left, and each is locked as long as its writer
 * lives, so that it knows that one from another's. Where a file system has no locks nothing is
 * taken for abandoned. */
/* For flock, which is not in POSIX: its lock ends with the process, however that ends. */
#define _DEFAULT_SOURCE
#include "base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_detail.h"

/* The suffix of a temporary: a digit, four of 0-9A-Z, a letter. Narrower than mkstemp's, so that
 * remove_temporaries takes no ".eslintrc.config" for one. */
enum { SUFFIX_LENGTH = 6, MOST_AT_ONCE = 1000 };

/* So many writers to one file at once can leave gaps in the count: those that end well. */
enum { FREE_IN_A_ROW = 8 };

static void suffix_fill(char *name, size_t number)
{
    static const char symbols[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char *out = name + strlen(name) - SUFFIX_LENGTH;
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
           strchr("0123456789", suffix[0]) && !strchr("0123456789", suffix[SUFFIX_LENGTH - 1]);
}

static void empty_folder(int fd, const char *name)
{
    DIR *d = opendir(name);
    for (struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d))
        unlinkat(fd, entry->d_name, 0); /* fails for "." and "..", as it should */
    if (d)
        closedir(d);
}

/* What fd is open on; unlinked before its lock goes, since the name may be another's after that. */
static void remove_open(int fd, const char *name)
{
    struct stat s;
    if (fstat(fd, &s) != 0)
        return;
    if (S_ISDIR(s.st_mode)) {
        empty_folder(fd, name);
        rmdir(name);
    } else if (S_ISREG(s.st_mode)) {
        unlink(name);
    }
}

/* Between open and flock another may have removed it, and made it anew. */
static bool is_named(int fd, const char *name)
{
    struct stat open_one, named_one;
    return fstat(fd, &open_one) == 0 && lstat(name, &named_one) == 0 &&
           open_one.st_dev == named_one.st_dev && open_one.st_ino == named_one.st_ino;
}

/* Whether there was anything under that name. */
static bool remove_abandoned(const char *name)
{
    int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno != ENOENT;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_named(fd, name))
        remove_open(fd, name);
    close(fd);
    return true;
}

/* Not mkstemp and mkdtemp: they give modes of their own, and reading the umask to mend it is a race
 * between threads, while open applies the umask itself. */
static int create_one(const char *name, bool is_folder)
{
    if (!is_folder)
        return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (mkdir(name, 0777) != 0)
        return -1;
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        errno = EEXIST; /* taken for abandoned and removed just now */
    return fd;
}

static bool is_lost(int fd, const char *name)
{
    return (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) || !is_named(fd, name);
}

int temporary_create(char **temporary, const char *path, bool is_folder)
{
    const char *name = path_name(path);
    size_t attempt = 0;
    int fd = -1;
    text t = {0};
    text_add_bytes(&t, path, (size_t)(name - path));
    text_add(&t, ".%s.XXXXXX", name);
    for (; attempt < MOST_AT_ONCE && fd < 0; attempt++) {
        suffix_fill(t.data, attempt);
        remove_abandoned(t.data);
        fd = create_one(t.data, is_folder);
        if (fd < 0 && errno != EEXIST && errno != EINTR)
            break;
        if (fd >= 0 && is_lost(fd, t.data)) {
            close(fd);
            fd = -1;
            errno = EEXIST;
        }
    }
    if (fd < 0) {
        text_release(&t);
        return -1;
    }
    *temporary = copy_text(t.data);
    for (size_t n_free = 0; attempt < MOST_AT_ONCE && n_free < FREE_IN_A_ROW; attempt++) {
        suffix_fill(t.data, attempt); /* what several left that were killed at once */
        n_free = remove_abandoned(t.data) ? 0 : n_free + 1;
    }
    text_release(&t);
    return fd;
}

int staging_open(staging_folder *s, const char *path, error *e)
{
    *s = (staging_folder){0};
    s->fd = temporary_create(&s->path, path, true);
    return s->fd < 0 ? fail_output(e, path) : 0;
}

void staging_release(staging_folder *s)
{
    if (s->path) {
        remove_open(s->fd, s->path);
        close(s->fd);
    }
    free(s->path);
    *s = (staging_folder){0};
}
