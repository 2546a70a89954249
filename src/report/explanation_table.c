/* SPDX-License-Identifier: MIT */
#include "report.h"
#include <assert.h>
#include <inttypes.h>
#include <string.h>

static bool ends_with(const char *words, const char *end)
{
    size_t n = strlen(words), n_end = strlen(end);
    return n >= n_end && strcmp(words + n - n_end, end) == 0;
}

/* Keeps every size of a table within 64 bits. */
static const uint64_t MAX_ROWS = (uint64_t)1 << 40;

int explanation_table_check(const char *path, uint64_t n, error *e)
{
    if (n > MAX_ROWS)
        return fail(e, STATUS_USAGE, "--table: %" PRIu64 " rows, at most %" PRIu64 " are written",
                    n, MAX_ROWS);
    if (ends_with(path, ".safetensors") || ends_with(path, ".jsonl"))
        return 0;
    return fail(e, STATUS_USAGE, "--table: '%s' ends neither in .safetensors nor in .jsonl", path);
}

int explanation_table_open(explanation_table *t, const char *path, const char *name_key, uint64_t n,
                           const explainer *x, const char *target, error *e)
{
    assert(n <= MAX_ROWS);
    size_t by_z[2] = {n, x->z_dim}, by_x[2] = {n, N_PIXELS};
    *t = (explanation_table){.is_lines = ends_with(path, ".jsonl"),
                             .name_key = name_key,
                             .gradient_x_name = explain_gradient_x_name(x),
                             .z_dim = x->z_dim};
    if (t->is_lines)
        return atomic_file_open(&t->lines, path, e);
    safetensors_set_metadata(&t->layout, "format", "ganlens-table");
    safetensors_set_metadata(&t->layout, "target", target);
    safetensors_add(&t->layout, name_key, DTYPE_U64, 1, by_z, NULL);
    safetensors_add(&t->layout, "z", DTYPE_F32, 2, by_z, NULL);
    safetensors_add(&t->layout, "target", DTYPE_F32, 1, by_z, NULL);
    safetensors_add(&t->layout, "gradient_z", DTYPE_F32, 2, by_z, NULL);
    if (t->gradient_x_name)
        safetensors_add(&t->layout, t->gradient_x_name, DTYPE_F32, 2, by_x, NULL);
    return safetensors_stream_open(&t->stream, &t->layout, path, e);
}

/* As a text where many readers would round it: json_unsigned's rule. */
static void add_name(text *line, const char *key, uint64_t name)
{
    const char *quote = name > INT64_MAX ? "\"" : "";
    text_add(line, "{\"%s\": %s%" PRIu64 "%s", key, quote, name, quote);
}

static void add_list(text *line, const char *name, const float *v, size_t n)
{
    text_add(line, ", \"%s\": [", name);
    for (size_t i = 0; i < n; i++)
        text_add(line, i ? ", %.9g" : "%.9g", (double)v[i]);
    text_add(line, "]");
}

static int write_lines(explanation_table *t, const uint64_t *name, const explained_rows *r,
                       error *e)
{
    text lines = {0};
    for (size_t i = 0; i < r->n; i++) {
        add_name(&lines, t->name_key, name[i]);
        add_list(&lines, "z", r->z + i * t->z_dim, t->z_dim);
        text_add(&lines, ", \"target\": %.9g", (double)r->value[i]);
        add_list(&lines, "gradient_z", r->gradient_z + i * t->z_dim, t->z_dim);
        if (t->gradient_x_name)
            add_list(&lines, t->gradient_x_name, r->gradient_x + i * N_PIXELS, N_PIXELS);
        text_add(&lines, "}\n");
    }
    int status = atomic_file_write(&t->lines, lines.data, lines.length, e);
    text_release(&lines);
    return status;
}

int explanation_table_write(explanation_table *t, uint64_t first, const uint64_t *name,
                            const explained_rows *r, error *e)
{
    if (t->is_lines)
        return write_lines(t, name, r, e);
    const struct {
        const char *name;
        const void *data;
        size_t cols;
    } columns[] = {{t->name_key, name, 1},
                   {"z", r->z, t->z_dim},
                   {"target", r->value, 1},
                   {"gradient_z", r->gradient_z, t->z_dim},
                   {t->gradient_x_name, r->gradient_x, N_PIXELS}};
    for (size_t k = 0; k < (t->gradient_x_name ? 5 : 4); k++)
        if (safetensors_stream_write(&t->stream, columns[k].name, first * columns[k].cols,
                                     columns[k].data, r->n * columns[k].cols, e))
            return -1;
    return 0;
}

int explanation_table_commit(explanation_table *t, error *e)
{
    return t->is_lines ? atomic_file_commit(&t->lines, NOT_DURABLE, e)
                       : safetensors_stream_commit(&t->stream, e);
}

void explanation_table_release(explanation_table *t)
{
    atomic_file_release(&t->lines);
    safetensors_stream_release(&t->stream);
    safetensors_release(&t->layout);
}
