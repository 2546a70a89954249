/* SPDX-License-Identifier: MIT */
/* The event file of a run: log.jsonl and samples/ once more, as TensorBoard reads them. */
#include "event_records.h"
#include "image.h"
#include "run_detail.h"
#include <stdlib.h>
#include <string.h>

int run_folder_keep_events(run_folder *r, const char *folder, error *e)
{
    size_t n = strlen(r->path), n_folder = strlen(folder);
    for (; n > 1 && r->path[n - 1] == '/'; n--)
        ;
    for (; n_folder > 1 && folder[n_folder - 1] == '/'; n_folder--)
        ;
    text run = {0}, path = {0};
    text_add_bytes(&run, r->path, n);
    const char *name = path_name(run.data);
    bool has_name = *name != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    bool is_run = n == n_folder && memcmp(run.data, folder, n) == 0;
    if (has_name && !is_run)
        text_add(&path, "%.*s/%s", (int)n_folder, folder, name);
    r->event_folder = path.data;
    text_release(&run);
    if (!has_name)
        return fail(e, STATUS_USAGE,
                    "--tensorboard calls the run by the name of its folder, and "
                    "'%s' has none",
                    r->path);
    if (is_run)
        return fail(e, STATUS_USAGE,
                    "--tensorboard: '%s' is the run's own folder; give the one "
                    "that it is in, or another",
                    folder);
    return 0;
}

/* ---- All that there is ---- */

static int add_sample(text *out, const char *folder, uint64_t step, error *e)
{
    char *path = sample_path(folder, step);
    bytes png = {0};
    size_t rows, cols;
    int status = file_load(&png, path, SIZE_MAX, e);
    if (status == 0)
        status = picture_read_size(&rows, &cols, png.data, png.size, path, e);
    if (status == 0)
        event_add_picture(out, step, &png, rows, cols);
    bytes_release(&png);
    free(path);
    return status;
}

static int flush(text *out, atomic_file *f, error *e)
{
    int status = atomic_file_write(f, out->data, out->length, e);
    text_release(out);
    return status;
}

/* The samples before step `end`, from the i-th on. */
static int write_samples(atomic_file *f, const char *folder, const sample_steps *s, size_t *i,
                         uint64_t end, error *e)
{
    text out = {0};
    int status = 0;
    for (; status == 0 && *i < s->n && s->steps[*i] < end; ++*i)
        status = add_sample(&out, folder, s->steps[*i], e) ? -1 : flush(&out, f, e);
    text_release(&out);
    return status;
}

/* By steps; of one step the numbers come first, as they do while it trains. */
static int write_all(atomic_file *f, const char *lines, const char *folder, const sample_steps *s,
                     error *e)
{
    text out = {0};
    size_t i = 0;
    int status = 0;
    event_add_version(&out);
    status = flush(&out, f, e);
    for (const char *end; status == 0 && (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
        json_t *line = json_read(lines, (size_t)(end - lines), 2, "line", STATUS_BAD_INPUT, e);
        uint64_t step = (uint64_t)json_integer_value(json_object_get(line, "step"));
        status = line ? write_samples(f, folder, s, &i, step, e) : -1;
        if (status == 0) {
            event_add_numbers(&out, step, line);
            status = flush(&out, f, e);
        }
        json_decref(line);
    }
    return status ? -1 : write_samples(f, folder, s, &i, UINT64_MAX, e);
}

static int make_anew(const char *path, const char *lines, const char *folder, const sample_steps *s,
                     error *e)
{
    atomic_file f = {0};
    int status = atomic_file_open(&f, path, e) || write_all(&f, lines, folder, s, e) ||
                         atomic_file_commit(&f, NOT_DURABLE, e)
                     ? -1
                     : 0;
    atomic_file_release(&f);
    return status;
}

int run_events_open(run_folder *r, error *e)
{
    if (!r->event_folder)
        return 0;
    char *path = join_path(r->event_folder, EVENT_FILE), *log = run_folder_path(r, "log.jsonl");
    char *folder = run_folder_path(r, "samples");
    bytes lines = {0};
    sample_steps s = {0};
    int status = folder_create(r->event_folder, e) || file_load(&lines, log, SIZE_MAX, e) ||
                         sample_steps_find(&s, folder, e) ||
                         make_anew(path, (const char *)lines.data, folder, &s, e) ||
                         line_file_open(&r->events, path, e)
                     ? -1
                     : 0;
    r->next_sample = s.n > 0 ? s.steps[s.n - 1] + 1 : 0;
    sample_steps_release(&s);
    bytes_release(&lines);
    free(folder);
    free(log);
    free(path);
    return status;
}

/* ---- What comes next ---- */

static int append(run_folder *r, text *out, error *e)
{
    int status = line_file_append_bytes(&r->events, out->data, out->length, e);
    text_release(out);
    return status;
}

int run_events_add_line(run_folder *r, uint64_t step, json_t *line, error *e)
{
    text out = {0};
    if (!r->event_folder)
        return 0;
    event_add_numbers(&out, step, line);
    return append(r, &out, e);
}

int run_folder_add_sample(run_folder *r, uint64_t step, error *e)
{
    text out = {0};
    if (!r->event_folder || step < r->next_sample)
        return 0;
    char *folder = run_folder_path(r, "samples");
    int status = add_sample(&out, folder, step, e) ? -1 : append(r, &out, e);
    text_release(&out);
    r->next_sample = step + 1;
    free(folder);
    return status;
}
