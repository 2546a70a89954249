/* SPDX-License-Identifier: MIT */
/* The rows of a table as text: one format a section. Numbers have nine digits, which give a float
 * back, and a point in every locale. */
#include "present_detail.h"
#include <inttypes.h>
#include <string.h>

/* Numbers i of a column. */
static void add_numbers(text *line, const explained_column *c, size_t i, const char *between)
{
    size_t cols = c->cols ? c->cols : 1, n = strlen(between);
    for (size_t k = 0; k < cols; k++) {
        text_add_bytes(line, between, k ? n : 0);
        text_add_number(line, c->data[i * cols + k]);
    }
}

/* ---- Lines of JSON ---- */

static void json_add_row(text *line, const explanation_table *t, const explained_rows *r, size_t i,
                         uint64_t seed)
{
    explained_column columns[MAX_COLUMNS];
    size_t n = explained_columns(columns, r, t->x);
    /* as a text where many readers would round it: json_unsigned's rule */
    const char *quote = seed > INT64_MAX ? "\"" : "";
    text_add(line, "{\"%s\": %s%" PRIu64 "%s", t->seed_key, quote, seed, quote);
    for (size_t k = 0; k < n; k++) {
        text_add(line, ", \"%s\": %s", columns[k].name, columns[k].cols ? "[" : "");
        add_numbers(line, &columns[k], i, ", ");
        text_add(line, columns[k].cols ? "]" : "");
    }
    text_add(line, "}\n");
}

/* ---- Comma-separated values ---- */

/* Single numbers come first. */
static void csv_add_header(text *line, const explanation_table *t)
{
    explained_column columns[MAX_COLUMNS];
    size_t n = explained_columns(columns, &(explained_rows){0}, t->x);
    text_add(line, "%s", t->seed_key);
    for (size_t k = 0; k < n; k++)
        if (!columns[k].cols)
            text_add(line, ",%s", columns[k].name);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < columns[k].cols; i++)
            text_add(line, ",%s%zu", columns[k].name, i);
    text_add(line, "\n");
}

static void csv_add_columns(text *line, const explained_column *columns, size_t n, size_t i,
                            bool is_single)
{
    for (size_t k = 0; k < n; k++) {
        if (is_single != (columns[k].cols == 0))
            continue;
        text_add(line, ",");
        add_numbers(line, &columns[k], i, ",");
    }
}

static void csv_add_row(text *line, const explanation_table *t, const explained_rows *r, size_t i,
                        uint64_t seed)
{
    explained_column columns[MAX_COLUMNS];
    size_t n = explained_columns(columns, r, t->x);
    text_add(line, "%" PRIu64, seed);
    csv_add_columns(line, columns, n, i, true);
    csv_add_columns(line, columns, n, i, false);
    text_add(line, "\n");
}

/* ---- All ---- */

/* The first is what standard output gets. */
const row_format row_formats[] = {
    {".jsonl", NULL, json_add_row}, {".csv", csv_add_header, csv_add_row}, {0}};

const row_format *row_format_find(const char *path)
{
    if (strcmp(path, TABLE_ON_STDOUT) == 0)
        return &row_formats[0];
    for (const row_format *f = row_formats; f->suffix; f++)
        if (ends_with(path, f->suffix))
            return f;
    return NULL;
}
