/* SPDX-License-Identifier: MIT */
/* A folder for a test's files, and what is expected of errors. Include after <cmocka.h>. */
#ifndef GANLENS_FOLDER_H
#define GANLENS_FOLDER_H

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char folder[] = "/tmp/ganlens-test-XXXXXX";

static inline int make_folder(void **state)
{
    (void)state;
    return !mkdtemp(folder) ? -1 : 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    DIR *d = opendir(folder);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        char *path = join_path(folder, entry->d_name);
        unlink(path);
        free(path);
    }
    closedir(d);
    return rmdir(folder);
}

static inline void assert_message(const error *e, exit_status status, const char *part)
{
    if (!strstr(e->message, part))
        print_error("'%s' is not in '%s'\n", part, e->message);
    assert_non_null(strstr(e->message, part));
    assert_int_equal(e->status, status);
}

static inline void assert_done(int status, const error *e)
{
    if (status != 0)
        print_error("%s\n", e->message);
    assert_int_equal(status, 0);
}

/* Saves s in the folder and gives the file back; the caller releases it. */
static inline bytes save(const safetensors *s, const char *name)
{
    error e = {0};
    bytes b = {0};
    char *path = join_path(folder, name);
    assert_done(safetensors_save(s, path, NOT_DURABLE, &e), &e);
    assert_done(file_load(&b, path, SIZE_MAX, &e), &e);
    free(path);
    return b;
}

static inline void write_bytes(const char *name, const void *data, size_t n)
{
    error e = {0};
    char *path = join_path(folder, name);
    assert_done(file_save(path, data, n, NOT_DURABLE, &e), &e);
    free(path);
}

#endif
