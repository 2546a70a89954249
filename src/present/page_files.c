/* SPDX-License-Identifier: MIT */
/* The files of a page among those of others: which are ours, and how they come and go. Whoever
 * replaces a page, or what one lists, has the folder locked alone. */
#include "page_detail.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What each of them has near its beginning, and no other file by chance. The page comes first, so
 * that it lists nothing that is gone. */
static const struct {
    const char *name, *sign;
} files[] = {{PAGE_FILE, "<p class=\"of\">Model of step "},
             {SUMMARY_FILE, "\"n_unsound\": "},
             {SHEET_FILE, "Model SHA-256"},
             {FINDINGS_FILE, FINDINGS_SIGN}};
enum { N_FILES = sizeof files / sizeof *files };

static bool has_words(const char *data, size_t n, const char *words)
{
    size_t length = strlen(words);
    for (const char *at = data, *end = data + n;
         (at = memchr(at, *words, (size_t)(end - at))) && (size_t)(end - at) >= length; at++)
        if (memcmp(at, words, length) == 0)
            return true;
    return false;
}

/* A link is another's, whatever it leads to. */
static bool is_signed(const char *path, const char *sign)
{
    char begin[1 << 14];
    struct stat s;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n =
        fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) ? read(fd, begin, sizeof begin) : -1;
    if (fd >= 0)
        close(fd);
    return n > 0 && has_words(begin, (size_t)n, sign);
}

int explanation_page_check(const char *folder, error *e)
{
    int status = 0;
    for (size_t i = 0; i < N_FILES && !status; i++) {
        struct stat ignored;
        char *path = join_path(folder, files[i].name);
        if (lstat(path, &ignored) == 0 && !is_signed(path, files[i].sign))
            status = fail(e, STATUS_USAGE,
                          "%s: is there, and not of ganexplain, whose page would replace it; move "
                          "it away, or choose another --output",
                          path);
        free(path);
    }
    return status;
}

int explanation_page_remove(const char *folder, error *e)
{
    int status = 0;
    for (size_t i = 0; i < N_FILES && !status; i++) {
        char *path = join_path(folder, files[i].name);
        status = is_signed(path, files[i].sign) ? file_remove(path, e) : 0;
        free(path);
    }
    return status;
}

/* Another run may have replaced an explanation by one that has other files. */
static int check_listed(const explanation_page *p, error *e)
{
    const explanation_style *s = p->style;
    const char *const names[] = {NUMBERS_FILE, words_formats[s->format].file,
                                 s->has_pictures ? FIGURE_FILE : NULL,
                                 s->has_pictures ? SAMPLE_FILE : NULL};
    int status = 0;
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names && names[k] && !status; k++) {
            text path = {0};
            text_add(&path, "%s/%s/%s", p->folder, p->all[i].folder, names[k]);
            if (!is_file(path.data))
                status =
                    fail(e, STATUS_FAILED,
                         "%s: is gone: it was removed, maybe by another ganexplain that writes "
                         "there; start this again for a page of all",
                         path.data);
            text_release(&path);
        }
    return status;
}

static int publish(const char *folder, const char *staging, error *e)
{
    int status = explanation_page_check(folder, e);
    if (!status)
        status = explanation_page_remove(folder, e);
    for (size_t i = N_FILES; i-- > 0 && !status;) /* the page last */
        status = publish_file(folder, staging, files[i].name, e);
    return status;
}

int explanation_page_publish(const explanation_page *p, const char *staging, bool is_whole,
                             error *e)
{
    path_lock_held alone = {0};
    error changed = {0};
    path_lock(&alone, p->folder, LOCK_ALONE);
    int status = check_listed(p, &changed);
    if (status)
        *e = changed;
    else if (is_whole)
        status = publish(p->folder, staging, e);
    path_unlock(&alone);
    return status;
}
