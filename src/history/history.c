/* SPDX-License-Identifier: MIT */
/* log.jsonl, as numbers. */
#include "history.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a line says beside its numbers. */
static bool is_number_of_model(const char *key)
{
    return strcmp(key, "step") != 0 && !begins_with(key, "Progress/");
}

static size_t count_lines(const bytes *content)
{
    size_t n = 0;
    for (size_t i = 0; i < content->size; i++)
        n += content->data[i] == '\n';
    return n;
}

static bool has_key(const history *h, const char *key)
{
    for (size_t k = 0; k < h->n_keys; k++)
        if (strcmp(h->keys[k], key) == 0)
            return true;
    return false;
}

/* The lines before had no number of that key. */
static void add_key(history *h, const char *key, size_t capacity)
{
    size_t k = h->n_keys++;
    h->keys = reallocate(h->keys, h->n_keys, sizeof *h->keys);
    h->keys[k] = copy_text(key);
    h->values = reallocate(h->values, h->n_keys * capacity, sizeof *h->values);
    for (size_t i = 0; i < h->n; i++)
        h->values[k * capacity + i] = NAN;
}

static void take_keys(history *h, json_t *line, size_t capacity)
{
    const char *key;
    json_t *value;
    json_object_foreach(line, key, value)
    {
        if (is_number_of_model(key) && !has_key(h, key))
            add_key(h, key, capacity);
    }
}

/* Adds a line; capacity: of lines. */
static int take_line(history *h, json_t *line, size_t capacity, const char *where, error *e)
{
    const json_t *step = json_object_get(line, "step");
    double at = json_is_integer(step) ? (double)json_integer_value(step) : -1;
    if (at < 0 || (h->n > 0 && (float)at < h->steps[h->n - 1]))
        return fail(e, STATUS_BAD_INPUT, "%s: no \"step\", or one before that of the line above",
                    where);
    take_keys(h, line, capacity);
    h->steps[h->n] = (float)at;
    for (size_t k = 0; k < h->n_keys; k++) {
        const json_t *value = json_object_get(line, h->keys[k]);
        h->values[k * capacity + h->n] =
            json_is_number(value) ? (float)json_number_value(value) : NAN;
    }
    h->n++;
    return 0;
}

static int take_lines(history *h, const bytes *content, const char *path, error *e)
{
    size_t n = count_lines(content);
    const char *at = (const char *)content->data;
    int status = 0;
    h->steps = allocate(n, sizeof *h->steps);
    for (size_t i = 0; status == 0 && i < n; i++) {
        const char *end = memchr(at, '\n', content->size - (size_t)(at - (char *)content->data));
        text where = {0};
        text_add(&where, "%s: line %zu", path, i + 1);
        json_t *line = json_read(at, (size_t)(end - at), 2, where.data, STATUS_BAD_INPUT, e);
        status = line ? take_line(h, line, n, where.data, e) : -1;
        json_decref(line);
        text_release(&where);
        at = end + 1;
    }
    return status;
}

int history_load(history *h, const char *run, error *e)
{
    bytes content = {0};
    *h = (history){.name = copy_text(run)};
    if (is_file(run) && !is_folder(run))
        return fail(e, STATUS_BAD_INPUT, "%s: is a file; the folder of a run is meant", run);
    char *path = join_path(run, "log.jsonl");
    int status = file_load(&content, path, SIZE_MAX, e);
    if (status == 0)
        status = take_lines(h, &content, path, e);
    bytes_release(&content);
    free(path);
    return status;
}

void history_release(history *h)
{
    for (size_t k = 0; k < h->n_keys; k++)
        free(h->keys[k]);
    free(h->keys);
    free(h->name);
    free(h->steps);
    free(h->values);
    *h = (history){0};
}

const float *history_values(const history *h, const char *key)
{
    for (size_t k = 0; k < h->n_keys; k++)
        if (strcmp(h->keys[k], key) == 0)
            return h->values + k * h->n;
    return NULL;
}
