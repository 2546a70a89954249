/* SPDX-License-Identifier: MIT */
/* Lines of log.jsonl and timing.jsonl, under the names of StyleGAN2-ADA's stats.jsonl, so that
 * existing plot scripts work. */
#include "model.h"

static int append(line_file *f, json_t *line, error *e)
{
    text t = {0};
    json_write(&t, line, 0);
    int status = line_file_append(f, t.data, e);
    text_release(&t);
    json_decref(line);
    return status;
}

static double kimg(const model *m, uint64_t steps)
{
    return (double)steps * (double)m->options.batch / 1000.0;
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
    return append(&r->log, line, e);
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
    return append(&r->timing, line, e);
}
