/* SPDX-License-Identifier: MIT */
/* A folder of explanations is of one model: those of another go.
 *
 * Who looks at the mark, changes it or removes anything has the folder locked alone, which is
 * short; who writes explanations has the mark locked for as long as that lasts, shared with others
 * of the same model. */
#include "present_detail.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark_name[] = ".model.sha256";

/* ---- What is ours ---- */

/* By lstat: what a link leads to is another's. */
static bool is_plain_file(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static bool is_plain_folder(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

/* "seed-0007", "z-0007" and what has more behind them. */
static bool is_name_of_ours(const char *name)
{
    static const char *const prefixes[] = {"seed-", "z-"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (begins_with(name, prefixes[i]) && strspn(name + strlen(prefixes[i]), "0123456789"))
            return true;
    return false;
}

static bool has_file(const char *folder, const char *name)
{
    char *path = join_path(folder, name);
    bool has = is_plain_file(path);
    free(path);
    return has;
}

static int remove_in(const char *folder, const char *name, error *e)
{
    char *path = join_path(folder, name);
    int status = is_plain_file(path) ? file_remove(path, e) : 0;
    free(path);
    return status;
}

/* What a killed writer left goes when the next one opens its folder there. */
static void remove_abandoned(const char *folder)
{
    staging_folder s = {0};
    error ignored = {0};
    char *name = join_path(folder, "explanation");
    if (staging_open(&s, name, &ignored) == 0)
        staging_release(&s);
    free(name);
}

/* The numbers first, so that nothing is whole that is not, and the arrays last: where this is
 * interrupted, the next finds the folder by them. */
static int remove_explanation(const char *folder, error *e)
{
    const char *name;
    json_t *ignored, *ours = explanation_files(folder, NULL);
    int status = remove_in(folder, NUMBERS_FILE, e);
    json_object_del(ours, ARRAYS_FILE);
    json_object_foreach(ours, name, ignored) if (!status) status = remove_in(folder, name, e);
    remove_abandoned(folder);
    if (!status)
        status = remove_in(folder, ARRAYS_FILE, e);
    if (!status)
        rmdir(folder); /* stays where others left something in it */
    json_decref(ours);
    return status;
}

static bool is_of_an_explanation(const char *folder, const char *name)
{
    return is_name_of_ours(name) && is_plain_folder(folder) &&
           (has_file(folder, NUMBERS_FILE) || has_file(folder, ARRAYS_FILE));
}

/* What explanation.json states of the model; the digits of a checksum are nothing else by chance.
 */
static bool is_of_model(const char *folder, const char *sha256)
{
    enum { MAX_BYTES = 1 << 24 };
    bytes file = {0};
    error ignored = {0};
    char *path = join_path(folder, NUMBERS_FILE);
    bool is_so = is_plain_file(path) && file_load(&file, path, MAX_BYTES, &ignored) == 0 &&
                 strstr((const char *)file.data, sha256);
    bytes_release(&file);
    free(path);
    return is_so;
}

/* kept: the model whose explanations stay, or NULL. */
static int remove_explanations(const char *folder, const char *kept, size_t *n_removed, error *e)
{
    int status = 0;
    DIR *d = folder_open(folder);
    for (struct dirent *entry = d ? readdir(d) : NULL; entry && !status; entry = readdir(d)) {
        char *path = join_path(folder, entry->d_name);
        if (is_of_an_explanation(path, entry->d_name) && !(kept && is_of_model(path, kept))) {
            status = remove_explanation(path, e);
            (*n_removed)++;
        }
        free(path);
    }
    if (d)
        closedir(d);
    return status;
}

/* "linear-0123456789abcdef.safetensors" */
static bool is_name_of_fit(const char *name)
{
    enum { N_DIGITS = 16 };
    size_t n = strlen(name), end = strlen(EXPLANATION_CACHE_SUFFIX);
    if (n <= N_DIGITS + end + 1 || strcmp(name + n - end, EXPLANATION_CACHE_SUFFIX) != 0)
        return false;
    const char *digits = name + n - end - N_DIGITS;
    return digits[-1] == '-' && strspn(digits, "0123456789abcdef") == N_DIGITS;
}

/* What was fitted to one model is of no use to another. */
static int remove_fits(const char *folder, error *e)
{
    int status = 0;
    char *cache = join_path(folder, EXPLANATION_CACHE);
    DIR *d = is_plain_folder(cache) ? folder_open(cache) : NULL;
    for (struct dirent *entry = d ? readdir(d) : NULL; entry && !status; entry = readdir(d))
        if (is_name_of_fit(entry->d_name))
            status = remove_in(cache, entry->d_name, e);
    if (d) {
        closedir(d);
        remove_temporaries(cache);
        rmdir(cache); /* stays where others left something in it */
    }
    free(cache);
    return status;
}

/* ---- The mark ---- */

static char *mark_of(const char *folder) { return join_path(folder, mark_name); }

static bool has_mark_of(const char *mark, const char *sha256)
{
    bytes file = {0};
    error ignored = {0};
    bool is_so = is_plain_file(mark) && file_load(&file, mark, SHA256_SIZE, &ignored) == 0 &&
                 file.size > 0 && begins_with((const char *)file.data, sha256);
    bytes_release(&file);
    return is_so;
}

static int fail_busy(const char *folder, error *e)
{
    return fail(e, STATUS_FAILED,
                "%s: a ganexplain writes explanations of another model there; try again when "
                "it has ended",
                folder);
}

static int set_mark(const char *mark, const char *sha256, error *e)
{
    char line[SHA256_SIZE + 1];
    if (!file_is_replaced(mark)) /* opening a pipe would wait */
        return fail(e, STATUS_BAD_OUTPUT, "%s: is no file, expected the mark of a model", mark);
    memcpy(line, sha256, SHA256_SIZE - 1);
    line[SHA256_SIZE - 1] = '\n';
    return file_save(mark, line, SHA256_SIZE, NOT_DURABLE, e);
}

/* All but the mark; kept as in remove_explanations. */
static int empty_folder(const char *folder, const char *mark, const char *kept, size_t *n_removed,
                        error *e)
{
    path_lock_held writers = {0};
    if (!path_lock(&writers, mark, LOCK_ALONE_NOW))
        return fail_busy(folder, e);
    int status = explanation_page_remove(folder, e);
    if (!status)
        status = remove_fits(folder, e);
    if (!status)
        status = remove_explanations(folder, kept, n_removed, e);
    path_unlock(&writers);
    return status;
}

static int take_over(explanation_place *p, const char *folder, const char *sha256, error *e)
{
    char *mark = mark_of(folder);
    int status = 0;
    if (!has_mark_of(mark, sha256)) {
        status = empty_folder(folder, mark, sha256, &p->n_removed, e);
        if (!status)
            status = set_mark(mark, sha256, e);
    }
    if (!status)
        path_lock(&p->held, mark, LOCK_SHARED);
    free(mark);
    return status;
}

static int join_others(const char *folder, const char *sha256, error *e)
{
    char *mark = mark_of(folder);
    int status = is_plain_file(mark) && !has_mark_of(mark, sha256) ? file_remove(mark, e) : 0;
    free(mark);
    return status;
}

/* ---- The folder ---- */

int explanation_place_open(explanation_place *p, const char *folder, const char *sha256,
                           bool is_named, error *e)
{
    path_lock_held alone = {0};
    if (folder_create(folder, e))
        return -1;
    path_lock(&alone, folder, LOCK_ALONE);
    int status = is_named ? join_others(folder, sha256, e) : take_over(p, folder, sha256, e);
    path_unlock(&alone);
    return status;
}

void explanation_place_release(explanation_place *p)
{
    path_unlock(&p->held);
    *p = (explanation_place){0};
}

int explanations_remove(const char *folder, error *e)
{
    path_lock_held alone = {0};
    size_t ignored = 0;
    if (!is_folder(folder))
        return 0;
    path_lock(&alone, folder, LOCK_ALONE);
    char *mark = mark_of(folder);
    int status = empty_folder(folder, mark, NULL, &ignored, e);
    if (!status)
        status = file_remove(mark, e);
    if (!status)
        rmdir(folder); /* stays where others left something in it */
    path_unlock(&alone);
    free(mark);
    return status;
}
