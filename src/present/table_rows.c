/* SPDX-License-Identifier: MIT */
/* The rows of a table as text: one format a section. Numbers have nine digits, which give a float
 * back, and a point in every locale. */
#include "present_detail.h"
#include <inttypes.h>
#include <string.h>

/* ---- Lines of JSON ---- */

static void json_add_list(text *line, const char *name, const float *v, size_t n)
{
    text_add(line, ", \"%s\": [", name);
    for (size_t i = 0; i < n; i++)
        text_add(line, i ? ", %.9g" : "%.9g", (double)v[i]);
    text_add(line, "]");
}

static void json_add_row(text *line, const explanation_table *t, const explained_rows *r, size_t i,
                         uint64_t name)
{
    /* as a text where many readers would round it: json_unsigned's rule */
    const char *quote = name > INT64_MAX ? "\"" : "";
    text_add(line, "{\"%s\": %s%" PRIu64 "%s", t->name_key, quote, name, quote);
    json_add_list(line, "z", r->z + i * t->z_dim, t->z_dim);
    text_add(line, ", \"target\": %.9g", (double)r->value[i]);
    json_add_list(line, "gradient_z", r->gradient_z + i * t->z_dim, t->z_dim);
    if (t->gradient_x_name)
        json_add_list(line, t->gradient_x_name, r->gradient_x + i * N_PIXELS, N_PIXELS);
    text_add(line, "}\n");
}

/* ---- Comma-separated values ---- */

static void csv_add_names(text *line, const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text_add(line, ",%s%zu", name, i);
}

static void csv_add_header(text *line, const explanation_table *t)
{
    text_add(line, "%s,target", t->name_key);
    csv_add_names(line, "z", t->z_dim);
    csv_add_names(line, "gradient_z", t->z_dim);
    if (t->gradient_x_name)
        csv_add_names(line, t->gradient_x_name, N_PIXELS);
    text_add(line, "\n");
}

static void csv_add_list(text *line, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text_add(line, ",%.9g", (double)v[i]);
}

static void csv_add_row(text *line, const explanation_table *t, const explained_rows *r, size_t i,
                        uint64_t name)
{
    text_add(line, "%" PRIu64 ",%.9g", name, (double)r->value[i]);
    csv_add_list(line, r->z + i * t->z_dim, t->z_dim);
    csv_add_list(line, r->gradient_z + i * t->z_dim, t->z_dim);
    if (t->gradient_x_name)
        csv_add_list(line, r->gradient_x + i * N_PIXELS, N_PIXELS);
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
