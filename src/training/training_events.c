/* SPDX-License-Identifier: MIT */
/* What is done between steps: samples, log lines, states, progress. */
#include "training_detail.h"
#include <stdio.h>
#include <stdlib.h>

enum { GRID_COLUMNS = 10, N_GRID = GRID_COLUMNS * GRID_COLUMNS };

/* ---- Pictures ---- */

static int save_grid(const training *t, const char *path, const uint8_t *pixels, size_t n, error *e)
{
    picture_grid grid = grid_of_samples(pixels, n, GRID_COLUMNS, t->data.shape);
    return grid_save(path, &grid, e);
}

static int on_sample(void *context, uint64_t step, error *e)
{
    training *t = context;
    network folded = {0};
    char name[64];
    model_fold_generator(&folded, &t->model);
    sampler_use(&t->sampler, &folded);
    sampler_draw(&t->sampler, N_GRID);
    snprintf(name, sizeof name, "samples/step-%06llu.png", (unsigned long long)step);
    char *path = run_folder_path(&t->run, name);
    int status = run_folder_keep_samples(&t->run, e);
    if (status == 0)
        status = save_grid(t, path, t->sampler.pixels, N_GRID, e);
    if (status == 0)
        status = given_back_save(t, &folded, step, e);
    network_release(&folded);
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

int save_real(const training *t, error *e)
{
    size_t n = t->data.train.n < N_GRID ? t->data.train.n : N_GRID;
    char *path = run_folder_path(&t->run, "real.png");
    int status = save_grid(t, path, t->data.train.pixels, n, e);
    free(path);
    return status;
}

/* ---- Between steps ---- */

static int on_log(void *context, uint64_t step, double seconds, error *e)
{
    training *t = context;
    (void)step;
    if (run_folder_log(&t->run, &t->model, e))
        return -1;
    return run_folder_time(&t->run, &t->model, seconds, e);
}

/* The log is on the disk before the state that vouches for it. */
static int on_checkpoint(void *context, double seconds, error *e)
{
    training *t = context;
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

/* The state first: the run goes on from there whenever it is killed from now on. */
static int on_go_back(void *context, double seconds, error *e)
{
    training *t = context;
    if (on_checkpoint(t, seconds, e))
        return -1;
    t->shown_step = t->model.step;
    return run_folder_go_back(&t->run, t->model.step, t->plan.sample_every, e);
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
                          .log = on_log,
                          .sample = on_sample,
                          .checkpoint = on_checkpoint,
                          .go_back = on_go_back,
                          .note = on_note,
                          .tick = on_tick,
                          .should_stop = should_stop,
                          .was_stopped = was_stopped};
}
