/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of what is not there yet: the same name in the same folder. */
static bool is_same_name(const char *a, const char *b)
{
    char *folder_a = path_folder(a), *folder_b = path_folder(b);
    bool is_same = strcmp(path_name(a), path_name(b)) == 0 && is_same_file(folder_a, folder_b);
    free(folder_a);
    free(folder_b);
    return is_same;
}

/* A name and what is there, looked at once: of many files each look takes its time. */
typedef struct {
    const char *name;
    bool is_there;
    struct stat at;
} place;

static place look_at(const char *name)
{
    place p = {.name = name};
    p.is_there = stat(name, &p.at) == 0;
    return p;
}

/* Devices such as /dev/null may be written by many; a pipe would mix them. */
static bool is_same_place(const place *a, const place *b)
{
    if (!a->is_there && !b->is_there)
        return strcmp(a->name, b->name) == 0 || is_same_name(a->name, b->name);
    return a->is_there && b->is_there && !S_ISCHR(a->at.st_mode) && !S_ISBLK(a->at.st_mode) &&
           a->at.st_dev == b->at.st_dev && a->at.st_ino == b->at.st_ino;
}

bool is_same_file(const char *a, const char *b)
{
    place place_a = look_at(a), place_b = look_at(b);
    return is_same_place(&place_a, &place_b);
}

int output_check(const char *path, exit_status if_missing, error *e)
{
    char *folder = path_folder(path);
    int status = 0;
    if (is_folder(path)) {
        status = fail(e, STATUS_BAD_OUTPUT, "%s: is a folder, expected a file name", path);
    } else if (file_is_replaced(path) && access(folder, W_OK | X_OK) != 0) {
        exit_status why = errno == ENOENT ? if_missing : STATUS_BAD_OUTPUT;
        status = fail(e, why, "%s: cannot be made in %s: %s", path, folder, strerror(errno));
    }
    free(folder);
    return status;
}

/* The first of them that p is, or NULL. */
static const place *find_same(const place *p, const place *places, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_same_place(p, &places[i]))
            return &places[i];
    return NULL;
}

/* places (n_outputs): those that are named; their number goes to n. */
static int look_at_outputs(place *places, size_t *n, const char *const *outputs, size_t n_outputs,
                           error *e)
{
    for (size_t i = 0; i < n_outputs; i++) {
        if (!outputs[i])
            continue;
        if (strcmp(outputs[i], "-") == 0)
            return fail(e, STATUS_USAGE,
                        "-: is no name of a file; write /dev/stdout for standard output");
        places[*n] = look_at(outputs[i]);
        if (find_same(&places[*n], places, *n))
            return fail(e, STATUS_USAGE, "%s: two outputs have this name", outputs[i]);
        ++*n;
    }
    return 0;
}

static int check_inputs(const char *const *inputs, size_t n_inputs, const place *outputs,
                        size_t n_outputs, error *e)
{
    for (size_t i = 0; n_outputs > 0 && i < n_inputs; i++) {
        if (!inputs[i])
            continue;
        place input = look_at(inputs[i]);
        const place *same = find_same(&input, outputs, n_outputs);
        if (same)
            return fail(e, STATUS_USAGE, "%s: is read here and would be written over", same->name);
    }
    return 0;
}

int outputs_check(const char *const *outputs, size_t n_outputs, const char *const *inputs,
                  size_t n_inputs, error *e)
{
    size_t n = 0;
    place *places = allocate(n_outputs, sizeof *places);
    int status = look_at_outputs(places, &n, outputs, n_outputs, e);
    if (status == 0)
        status = check_inputs(inputs, n_inputs, places, n, e);
    free(places);
    return status;
}
