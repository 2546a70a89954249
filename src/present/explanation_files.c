/* SPDX-License-Identifier: MIT */
/* Which files in a folder are of an explanation, and how it goes away. */
#include "present_detail.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *panel_file_name(const char *array)
{
    text name = {0};
    text_add(&name, "%s.png", array);
    return name.data;
}

/* A set of names: an object whose keys they are. */
static void add_name(json_t *names, const char *name)
{
    json_object_set_new(names, name, json_true());
}

static void add_panel_name(json_t *names, const char *array)
{
    char *name = panel_file_name(array);
    add_name(names, name);
    free(name);
}

static void add_declared(json_t *names)
{
    for (const explain_method *const *m = explain_methods; *m; m++)
        for (const array_row *row = (*m)->arrays; row->name; row++)
            add_panel_name(names, row->name);
}

/* Whether it may be an array's: it leads to no other folder, and to no hidden file. */
static bool is_plain_name(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/') && strlen(name) < 64;
}

/* Those of the arrays that the explanation in the folder names, which another version, or a method
 * that is gone, may have left. One that cannot be read names none, nor does a pipe, where opening
 * would wait, or one that no version wrote, with names without end. */
static void add_older(json_t *names, const char *folder)
{
    enum { MAX_BYTES = 1 << 24, MAX_DEPTH = 16, MAX_ARRAYS = 1024 };
    bytes file = {0};
    error ignored = {0};
    const char *name;
    json_t *array;
    char *path = join_path(folder, NUMBERS_FILE);
    json_t *older =
        !file_is_replaced(path) || file_load(&file, path, MAX_BYTES, &ignored)
            ? NULL
            : json_read(file.data, file.size, MAX_DEPTH, path, STATUS_BAD_INPUT, &ignored);
    json_t *arrays = json_object_get(older, "arrays");
    bool is_ours = json_object_size(arrays) <= MAX_ARRAYS;
    json_object_foreach(arrays, name, array) if (is_ours && is_plain_name(name))
        add_panel_name(names, name);
    json_decref(older);
    bytes_release(&file);
    free(path);
}

json_t *explanation_files(const char *folder, const explanation *a)
{
    const char *const always[] = {ARRAYS_FILE, SAMPLE_FILE, FIGURE_FILE, SVG_FILE};
    json_t *names = json_object();
    for (const words_format *f = words_formats; f->name; f++)
        add_name(names, f->file);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        add_name(names, always[i]);
    for (size_t i = 0; a && i < a->n_arrays; i++)
        add_panel_name(names, a->arrays[i].row->name);
    add_declared(names);
    add_older(names, folder);
    return names;
}

/* ---- Folders that go ---- */

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

int explanations_remove(const char *folder, error *e)
{
    int status = 0;
    DIR *d = folder_open(folder);
    for (struct dirent *entry = d ? readdir(d) : NULL; entry && !status; entry = readdir(d)) {
        char *path = join_path(folder, entry->d_name);
        if (is_of_an_explanation(path, entry->d_name))
            status = remove_explanation(path, e);
        free(path);
    }
    if (!d)
        return 0;
    closedir(d);
    if (!status)
        rmdir(folder);
    return status;
}
