/* SPDX-License-Identifier: MIT */
#include "present_detail.h"
#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* Keeps every size of a table within 64 bits. */
static const uint64_t MAX_ROWS = (uint64_t)1 << 40;

static const char tensors_suffix[] = ".safetensors";

void explanation_table_tell(text *out)
{
    text_add(out, "%s", tensors_suffix);
    for (const row_format *f = row_formats; f->suffix; f++)
        text_add(out, "%s%s", f[1].suffix ? ", " : " or ", f->suffix);
}

int explanation_table_check(const char *path, uint64_t n, error *e)
{
    if (n > MAX_ROWS)
        return fail(e, STATUS_USAGE, "--table: %" PRIu64 " rows, at most %" PRIu64 " are written",
                    n, MAX_ROWS);
    if (ends_with(path, tensors_suffix) || row_format_find(path))
        return 0;
    text known = {0};
    for (const row_format *f = row_formats; f->suffix; f++)
        text_add(&known, ", %s", f->suffix);
    fail(e, STATUS_USAGE, "--table: '%s' ends in none of %s%s, nor is it '%s'", path,
         tensors_suffix, known.data, TABLE_ON_STDOUT);
    text_release(&known);
    return -1;
}

/* ---- Lines ---- */

static int write_text(explanation_table *t, const text *lines, error *e)
{
    return t->is_on_stdout ? stdout_write(lines->data, lines->length, e)
                           : atomic_file_write(&t->lines, lines->data, lines->length, e);
}

static int open_lines(explanation_table *t, const char *path, error *e)
{
    text header = {0};
    int status = 0;
    if (!t->is_on_stdout && atomic_file_open(&t->lines, path, e))
        return -1;
    if (t->format->add_header) {
        t->format->add_header(&header, t);
        status = write_text(t, &header, e);
    }
    text_release(&header);
    return status;
}

static int write_lines(explanation_table *t, const uint64_t *seed, const explained_rows *r,
                       error *e)
{
    t->room.length = 0;
    for (size_t i = 0; i < r->n; i++)
        t->format->add_row(&t->room, t, r, i, seed[i]);
    return write_text(t, &t->room, e);
}

/* ---- Tensors ---- */

static int open_tensors(explanation_table *t, const char *path, uint64_t n, const json_t *facts,
                        error *e)
{
    const char *key;
    const json_t *fact;
    explained_column columns[MAX_COLUMNS];
    size_t n_columns = explained_columns(columns, &(explained_rows){0}, t->x);
    safetensors_set_metadata(&t->layout, "format", "ganlens-table");
    json_object_foreach((json_t *)(uintptr_t)facts, key, fact)
        safetensors_set_metadata(&t->layout, key, json_string_value(fact));
    safetensors_add(&t->layout, t->seed_key, DTYPE_U64, 1, (size_t[]){n}, NULL);
    for (size_t k = 0; k < n_columns; k++)
        safetensors_add(&t->layout, columns[k].name, DTYPE_F32, columns[k].cols ? 2 : 1,
                        (size_t[]){n, columns[k].cols}, NULL);
    return safetensors_stream_open(&t->stream, &t->layout, path, e);
}

static int write_tensors(explanation_table *t, uint64_t first, const uint64_t *seed,
                         const explained_rows *r, error *e)
{
    explained_column columns[MAX_COLUMNS];
    size_t n_columns = explained_columns(columns, r, t->x);
    int status = safetensors_stream_write(&t->stream, t->seed_key, first, seed, r->n, e);
    for (size_t k = 0; !status && k < n_columns; k++) {
        size_t cols = columns[k].cols ? columns[k].cols : 1;
        status = safetensors_stream_write(&t->stream, columns[k].name, first * cols,
                                          columns[k].data, r->n * cols, e);
    }
    return status;
}

/* ---- Either ---- */

int explanation_table_open(explanation_table *t, const char *path, const char *seed_key, uint64_t n,
                           const explainer *x, const json_t *facts, error *e)
{
    assert(n <= MAX_ROWS);
    *t = (explanation_table){.format = row_format_find(path),
                             .is_on_stdout = strcmp(path, TABLE_ON_STDOUT) == 0,
                             .seed_key = seed_key,
                             .x = x};
    return t->format ? open_lines(t, path, e) : open_tensors(t, path, n, facts, e);
}

int explanation_table_write(explanation_table *t, uint64_t first, const uint64_t *seed,
                            const explained_rows *r, error *e)
{
    return t->format ? write_lines(t, seed, r, e) : write_tensors(t, first, seed, r, e);
}

int explanation_table_commit(explanation_table *t, error *e)
{
    if (t->is_on_stdout)
        return 0;
    return t->format ? atomic_file_commit(&t->lines, NOT_DURABLE, e)
                     : safetensors_stream_commit(&t->stream, e);
}

void explanation_table_release(explanation_table *t)
{
    text_release(&t->room);
    atomic_file_release(&t->lines);
    safetensors_stream_release(&t->stream);
    safetensors_release(&t->layout);
}
