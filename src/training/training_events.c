/* SPDX-License-Identifier: MIT */
/* What is done between steps: samples, log lines, states, progress. */
#include "training_detail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRID_COLUMNS = 10, N_GRID = GRID_COLUMNS * GRID_COLUMNS };

/* ---- Pictures ---- */

static int save_grid(const training *t, const char *path, const uint8_t *pixels, size_t n, error *e)
{
    picture_grid grid = grid_of_samples(pixels, n, GRID_COLUMNS, t->data.shape);
    return grid_save(path, &grid, e);
}

/* The first n seeds to the sampler's pixels. */
static void draw_class(training *t, size_t class, size_t n)
{
    network folded = {0};
    model_fold_generator(&folded, &t->model, class);
    sampler_use(&t->sampler, &folded);
    sampler_draw(&t->sampler, n);
    network_release(&folded);
}

/* What the same seeds become, in rows: as each class, or of a model without, a hundred of them.
 * Watched only at its intervals: a warning must not depend on who asked for a snapshot. */
static int save_samples(training *t, const char *path, bool is_watched, error *e)
{
    size_t classes[MAX_CLASSES], n_classes = model_drawn_classes(classes, &t->model);
    size_t n_each = t->model.n_classes ? GRID_COLUMNS : N_GRID, n_pixels = n_each * t->data.shape.n;
    char names[MAX_CLASSES][4];
    const char *row_names[MAX_CLASSES];
    uint8_t *pixels = allocate(n_classes * n_pixels, 1);
    for (size_t i = 0; i < n_classes; i++) {
        draw_class(t, classes[i], n_each);
        memcpy(pixels + i * n_pixels, t->sampler.pixels, n_pixels);
        snprintf(names[i], sizeof names[i], "%u", (unsigned)(classes[i] % MAX_CLASSES));
        row_names[i] = names[i];
    }
    picture_grid grid = grid_of_samples(pixels, n_classes * n_each, GRID_COLUMNS, t->data.shape);
    grid.row_names = n_classes > 1 ? row_names : NULL;
    int status = grid_save(path, &grid, e);
    if (status == 0 && is_watched)
        model_watch_samples(&t->model, pixels, n_classes * n_each);
    free(pixels);
    return status;
}

static int on_sample(void *context, uint64_t step, error *e)
{
    training *t = context;
    char name[64];
    snprintf(name, sizeof name, "samples/step-%06llu.png", (unsigned long long)step);
    char *path = run_folder_path(&t->run, name);
    int status = run_folder_keep_samples(&t->run, e);
    if (status == 0)
        status = save_samples(t, path, true, e);
    if (status == 0)
        status = run_folder_add_sample(&t->run, step, e);
    if (status == 0)
        status = given_back_save(t, step, e);
    free(path);
    return status;
}

void samples_init(training *t)
{
    const double *range = t->set.train.range;
    size_t z_dim = (size_t)t->set.train.z_dim;
    sampler_init(&t->sampler, z_dim, t->data.shape, (float[]){(float)range[0], (float)range[1]},
                 N_GRID);
    for (size_t i = 0; i < N_GRID; i++)
        latent_of_seed(t->sampler.z + i * z_dim, z_dim, i);
}

int save_cleaned(const training *t, error *e)
{
    const char *list = t->data.cleaned;
    if (!list)
        return 0;
    char *path = run_folder_path(&t->run, RUN_CLEANED);
    int status = file_save(path, list, strlen(list), NOT_DURABLE, e);
    free(path);
    return status;
}

int save_real(const training *t, error *e)
{
    size_t n = t->data.train.n < N_GRID ? t->data.train.n : N_GRID;
    char *path = run_folder_path(&t->run, "real.png");
    int status = save_grid(t, path, t->data.train.pixels, n, e);
    free(path);
    return status;
}

/* ---- Between steps ---- */

static int on_measure(void *context, bool is_regular, error *e)
{
    return run_metrics_measure(context, is_regular, e);
}

static int on_log(void *context, uint64_t step, double seconds, error *e)
{
    training *t = context;
    (void)step;
    if (run_folder_log(&t->run, &t->model, run_metrics_values(t), e))
        return -1;
    return run_folder_time(&t->run, &t->model, seconds, e);
}

/* The log is on the disk before the state that vouches for it. */
static int save_state(training *t, double seconds, error *e)
{
    char *path = run_folder_path(&t->run, RUN_STATE);
    int status = -1;
    if (run_folder_time(&t->run, &t->model, seconds, e) == 0 &&
        line_file_sync(&t->run.log, e) == 0 && line_file_sync(&t->run.timing, e) == 0)
        status = model_save_state(&t->model, path, t->result, t->planned, t->data.checksum, e);
    if (status == 0)
        t->saved_step = t->model.step;
    free(path);
    return status;
}

static bool is_due(const training *t)
{
    uint64_t every = t->plan.checkpoint_every, step = t->model.step;
    return every > 0 && step > 0 && step % every == 0;
}

int keep_state(training *t, bool is_end, error *e)
{
    const run_folder *r = &t->run;
    if (!t->set.train.keep || !(is_due(t) || is_end))
        return 0;
    return run_folder_name_state(r, "state", t->model.step, e) ||
                   run_folder_trim_states(r, t->set.train.keep, e)
               ? -1
               : 0;
}

/* Whether a state that may come later has to, for want of room. A run that goes on loses nothing:
 * the older state is there, and room may be made. */
static bool has_to_wait(training *t)
{
    size_t need = model_state_size(&t->model);
    uint64_t room = disk_room(t->run.path);
    bool may_wait = t->model.step < t->plan.n_steps && is_due(t) && !signal_pending();
    if (!may_wait || room >= need)
        return t->is_waiting = false;
    if (!t->is_waiting)
        warn(&t->voice,
             "%s: no room for the state of step %llu: it needs %.1f MB, and %.1f MB are free; the "
             "run goes on, its last state is of step %llu",
             t->run.path, (unsigned long long)t->model.step, (double)need / 1e6, (double)room / 1e6,
             (unsigned long long)t->saved_step);
    return t->is_waiting = true;
}

static int on_checkpoint(void *context, double seconds, error *e)
{
    training *t = context;
    if (has_to_wait(t))
        return 0;
    return save_state(t, seconds, e) ? -1 : keep_state(t, false, e);
}

static bool wants_snapshot(void *context)
{
    (void)context;
    return signal_was_asked();
}

static int on_snapshot(void *context, double seconds, error *e)
{
    training *t = context;
    char name[64];
    snprintf(name, sizeof name, "snapshot-%06llu.png", (unsigned long long)t->model.step);
    char *path = run_folder_path(&t->run, name);
    int status = save_state(t, seconds, e);
    if (status == 0)
        status = run_folder_name_state(&t->run, "snapshot", t->model.step, e);
    if (status == 0)
        status = save_samples(t, path, false, e);
    if (status == 0)
        say(&t->voice, "%s, and the state beside it", path);
    free(path);
    return status;
}

/* The state first: the run goes on from there whenever it is killed from now on. */
static int on_go_back(void *context, double seconds, error *e)
{
    training *t = context;
    if (save_state(t, seconds, e))
        return -1;
    t->shown_step = t->model.step;
    return run_folder_go_back(&t->run, t->model.step, t->plan.sample_every, e) ||
                   keep_state(t, false, e)
               ? -1
               : 0;
}

static int on_note(void *context, size_t i, error *e)
{
    training *t = context;
    const json_t *note = json_array_get(t->model.memory.notes, i);
    warn(&t->voice, "%s", json_string_value(json_object_get(note, "text")));
    return run_folder_save_notes(&t->run, &t->model, e);
}

static void on_tick(void *context, uint64_t step, double done, double seconds)
{
    training *t = context;
    if (!progress_is_due(&t->progress) && done < 1)
        return;
    text line = {0};
    text_add(&line, "step ");
    text_add_grouped(&line, step);
    if (t->plan.n_steps < UINT64_MAX) {
        text_add(&line, " of ");
        text_add_grouped(&line, t->plan.n_steps);
    }
    model_add_numbers(&line, &t->model);
    run_metrics_add(&line, &t->metrics);
    if (seconds > t->shown_seconds)
        text_add(&line, "  %.0f steps/s",
                 (double)(step - t->shown_step) / (seconds - t->shown_seconds));
    t->shown_step = step;
    t->shown_seconds = seconds;
    progress_show(&t->progress, done, line.data);
    text_release(&line);
}

static bool should_stop(void *context)
{
    (void)context;
    return signal_pending() != 0;
}

static bool was_stopped(void *context)
{
    (void)context;
    return signal_was_stopped();
}

train_events training_events(training *t)
{
    return (train_events){.context = t,
                          .measure = on_measure,
                          .log = on_log,
                          .sample = on_sample,
                          .checkpoint = on_checkpoint,
                          .wants_snapshot = wants_snapshot,
                          .snapshot = on_snapshot,
                          .go_back = on_go_back,
                          .note = on_note,
                          .tick = on_tick,
                          .should_stop = should_stop,
                          .was_stopped = was_stopped};
}
