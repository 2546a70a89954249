/* SPDX-License-Identifier: MIT */
/* What a run folder says of the pictures its model was trained on. */
#include "checkpoint.h"

#include <stdlib.h>

enum { MAX_CONFIG_SIZE = 1 << 20, MAX_CONFIG_DEPTH = 4 };

/* The config.json beside path; NULL where there is none. */
static char *find_config(const char *path)
{
    char *config = path_beside(path, RUN_CONFIG);
    if (is_file(config))
        return config;
    free(config);
    return NULL;
}

/* A file that is not gantrain's says nothing. */
static char *read_folder(const char *config)
{
    bytes content = {0};
    error ignored = {0};
    if (file_load(&content, config, MAX_CONFIG_SIZE, &ignored) != 0)
        return NULL;
    json_t *all =
        json_read(content.data, content.size, MAX_CONFIG_DEPTH, config, STATUS_BAD_INPUT, &ignored);
    const char *folder = json_string_value(json_object_get(all, "data"));
    char *copy = folder ? copy_text(folder) : NULL;
    json_decref(all);
    bytes_release(&content);
    return copy;
}

char *model_file_data_folder(char **config, const model_file *m)
{
    char *folder = NULL;
    *config = m->is_foreign ? NULL : find_config(m->path);
    if (*config != NULL)
        folder = read_folder(*config);
    if (!folder) {
        free(*config);
        *config = NULL;
    }
    return folder;
}

/* ---- What of them ---- */

/* 0 where it is missing or none; over 2^63 - 1 a number is a text of digits. */
static uint64_t read_count(const json_t *v)
{
    const char *words = json_string_value(v), *end;
    uint64_t count = 0;
    if (json_is_integer(v) && json_integer_value(v) >= 0)
        count = (uint64_t)json_integer_value(v);
    else if (words && (!count_read(&count, words, &end) || *end != '\0'))
        count = 0;
    return count;
}

data_choice model_file_data_choice(const model_file *m)
{
    enum { ANY_LABEL = 256 };
    return (data_choice){
        .n_classes = ANY_LABEL,
        .seed = read_count(json_object_get(m->settings, "seed")),
        .subset = (size_t)read_count(json_object_get(m->settings, "subset")),
        .classes = json_string_value(json_object_get(m->settings, "classes")),
        .clean = json_string_value(json_object_get(m->settings, "clean")),
    };
}
