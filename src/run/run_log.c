/* SPDX-License-Identifier: MIT */
/* Lines of log.jsonl and timing.jsonl, under the names of StyleGAN2-ADA's stats.jsonl, so that
 * existing plot scripts work. */
#include "run_detail.h"
#include <stdlib.h>
#include <string.h>

static int append(line_file *f, const json_t *line, error *e)
{
    text t = {0};
    json_write(&t, line, 0);
    int status = line_file_append(f, t.data, e);
    text_release(&t);
    return status;
}

/* ---- log.csv ---- */

static void add_header(text *out, json_t *columns)
{
    const char *key, *join = "";
    json_t *value;
    json_object_foreach(columns, key, value)
    {
        text_add(out, "%s%s", join, key);
        join = ",";
    }
}

/* A copy of its own: lines come and go. */
static void add_columns(json_t **columns, json_t *line)
{
    if (!*columns)
        *columns = json_object();
    json_object_update_missing(*columns, line);
}

/* What log.jsonl has as null is an empty cell. */
static void add_row(text *out, json_t *columns, const json_t *line)
{
    const char *key, *join = "";
    json_t *value;
    json_object_foreach(columns, key, value)
    {
        const json_t *cell = json_object_get(line, key);
        text_add(out, "%s", join);
        if (json_is_integer(cell))
            text_add(out, "%lld", (long long)json_integer_value(cell));
        else if (json_is_number(cell))
            text_add(out, "%.9g", json_number_value(cell));
        join = ",";
    }
}

/* Calls add with each line. */
static void for_each_line(const char *lines, void (*add)(void *context, json_t *line),
                          void *context)
{
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
        error ignored = {0};
        json_t *line =
            json_read(lines, (size_t)(end - lines), 2, "line", STATUS_BAD_INPUT, &ignored);
        add(context, line);
        json_decref(line);
    }
}

typedef struct {
    text *out;
    json_t **columns;
} table;

static void add_line_columns(void *context, json_t *line)
{
    const table *t = context;
    add_columns(t->columns, line);
}

static void add_line_row(void *context, json_t *line)
{
    const table *t = context;
    add_row(t->out, *t->columns, line);
    text_add(t->out, "\n");
}

void log_table_fill(text *out, json_t **columns, json_t *more, const char *lines)
{
    table t = {out, columns};
    for_each_line(lines, add_line_columns, &t);
    if (!*columns)
        return;
    add_columns(columns, more);
    add_header(out, *columns);
    text_add(out, "\n");
    for_each_line(lines, add_line_row, &t);
}

static int append_row(run_folder *r, json_t *line, error *e)
{
    text row = {0};
    int status = 0;
    if (!r->columns) {
        add_columns(&r->columns, line);
        add_columns(&r->columns, r->metrics);
        add_header(&row, r->columns);
        status = line_file_append(&r->table, row.data, e);
        text_release(&row);
    }
    add_row(&row, r->columns, line);
    if (status == 0)
        status = line_file_append(&r->table, row.data, e);
    text_release(&row);
    return status;
}

/* ---- Lines ---- */

static double kimg(const model *m, uint64_t steps)
{
    return (double)steps * (double)m->n_batches * (double)m->options.batch / 1000.0;
}

static void add_metrics(json_t *line, json_t *values)
{
    const char *name;
    json_t *value;
    json_object_foreach(values, name, value)
    {
        text key = {0};
        text_add(&key, METRIC_KEYS "%s", name);
        json_object_set(line, key.data, value);
        text_release(&key);
    }
}

void run_folder_expect_metrics(run_folder *r, const metric *const *expected, size_t n,
                               uint64_t every)
{
    json_t *values = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(values, expected[i]->name, json_null());
    r->metrics = json_object();
    r->metrics_every = every;
    add_metrics(r->metrics, values);
    json_decref(values);
}

int run_folder_log(run_folder *r, const model *m, json_t *values, error *e)
{
    if (m->step <= r->logged_step)
        return 0;
    r->logged_step = m->step;
    json_t *line = json_object();
    json_object_set_new(line, "step", json_unsigned(m->step));
    json_object_set_new(line, "Progress/kimg", json_number(kimg(m, m->step)));
    for (size_t i = 0; i < m->n_numbers; i++)
        if (number_interval(m, i))
            json_object_set_new(line, m->kind->numbers[i].key, json_number(m->running[i]));
    add_metrics(line, values);
    int status = append(&r->log, line, e) || append_row(r, line, e) ||
                         run_events_add_line(r, m->step, line, e)
                     ? -1
                     : 0;
    json_decref(line);
    return status;
}

int run_folder_time(run_folder *r, const model *m, double seconds, error *e)
{
    if (m->step <= r->timed_step)
        return 0;
    double passed = seconds - r->timed_seconds;
    uint64_t steps = m->step - r->timed_step;
    json_t *line = json_object();
    json_object_set_new(line, "step", json_unsigned(m->step));
    json_object_set_new(line, "Timing/total_sec", json_number(seconds));
    json_object_set_new(line, "Timing/steps_per_sec", json_number((double)steps / passed));
    json_object_set_new(line, "Timing/sec_per_kimg", json_number(passed / kimg(m, steps)));
    r->timed_step = m->step;
    r->timed_seconds = seconds;
    int status = append(&r->timing, line, e);
    json_decref(line);
    return status;
}

int run_folder_save_notes(const run_folder *r, const model *m, error *e)
{
    char *path = run_folder_path(r, RUN_NOTES);
    text lines = {0};
    size_t i;
    json_t *note;
    json_array_foreach(m->memory.notes, i, note)
    {
        json_write(&lines, note, 0);
        text_add(&lines, "\n");
    }
    int status = lines.length ? file_save(path, lines.data, lines.length, NOT_DURABLE, e)
                              : file_remove(path, e);
    text_release(&lines);
    free(path);
    return status;
}
