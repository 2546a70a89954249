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

void log_table_fill(text *out, json_t **columns, const char *lines)
{
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
        error ignored = {0};
        json_t *line =
            json_read(lines, (size_t)(end - lines), 2, "line", STATUS_BAD_INPUT, &ignored);
        if (!*columns && line) {
            *columns = json_incref(line);
            add_header(out, line);
            text_add(out, "\n");
        }
        add_row(out, *columns, line);
        text_add(out, "\n");
        json_decref(line);
    }
}

static int append_row(run_folder *r, json_t *line, error *e)
{
    text row = {0};
    int status = 0;
    if (!r->columns) {
        r->columns = json_incref(line);
        add_header(&row, line);
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

int run_folder_log(run_folder *r, const model *m, error *e)
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
