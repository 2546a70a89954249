/* SPDX-License-Identifier: MIT */
/* What an earlier run left in its folder, and how a run goes on from it. */
#include "run.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What is there ---- */

/* A JSON object among the metadata; NULL, and no failure, where there is none. */
static int get_object(json_t **o, const safetensors *s, const char *key, error *e)
{
    const char *written = safetensors_metadata(s, key);
    *o = NULL;
    if (!written)
        return 0;
    *o = json_read(written, strlen(written), 8, s->path, STATUS_BAD_INPUT, e);
    if (*o && !json_is_object(*o))
        return fail(e, STATUS_BAD_INPUT, "%s: its %s are no JSON object", s->path, key);
    return *o ? 0 : -1;
}

/* What makes its result: the settings and the data. */
static int get_identity(past_file *f, const safetensors *s, error *e)
{
    const char *checksum = safetensors_metadata(s, "data_crc32");
    if (get_object(&f->settings, s, "settings", e))
        return -1;
    if (!f->settings || !checksum)
        return fail(e, STATUS_BAD_INPUT, "%s: was not written by gantrain", s->path);
    f->path = copy_text(s->path);
    f->checksum = copy_text(checksum);
    return 0;
}

static void release_file(past_file *f)
{
    free(f->path);
    free(f->checksum);
    json_decref(f->settings);
    *f = (past_file){0};
}

/* The path of RUN/name, which the caller frees; NULL where there is none to be trusted. */
static char *find_file(const run_folder *r, const char *name)
{
    char *path = run_folder_path(r, name);
    if (r->lock >= 0 && !run_folder_is_half_cleared(r) && is_file(path))
        return path;
    free(path);
    return NULL;
}

static int load_state(earlier_run *past, const run_folder *r, error *e)
{
    char *path = find_file(r, RUN_STATE);
    int status = 0;
    if (path && safetensors_load(&past->tensors, path, e))
        status = fail_in(e, "cannot be resumed");
    else if (path && (get_identity(&past->state, &past->tensors, e) ||
                      get_object(&past->plan, &past->tensors, "plan", e)))
        status = -1;
    free(path);
    return status;
}

/* Beside a state a model that cannot be read counts as none, since it will be made again; alone it
 * may be all that is left of a finished run. */
static int load_model(earlier_run *past, const run_folder *r, error *e)
{
    char *path = find_file(r, RUN_MODEL);
    safetensors s = {0};
    error unreadable = {0};
    int status = 0;
    if (path && safetensors_load(&s, path, &unreadable) == 0) {
        const char *written = safetensors_metadata(&s, "step"), *end;
        status = get_identity(&past->model, &s, e);
        past->has_model = status == 0 && written && count_read(&past->model_step, written, &end);
    } else if (path && !past->state.path) {
        *e = unreadable;
        status = fail_in(e, "cannot be resumed, and there is no state");
    }
    safetensors_release(&s);
    free(path);
    return status;
}

int earlier_run_load(earlier_run *past, const run_folder *r, error *e)
{
    return load_state(past, r, e) || load_model(past, r, e) ? -1 : 0;
}

const past_file *earlier_run_file(const earlier_run *past)
{
    return past->state.path ? &past->state : past->model.path ? &past->model : NULL;
}

void earlier_run_release(earlier_run *past)
{
    safetensors_release(&past->tensors);
    release_file(&past->state);
    release_file(&past->model);
    json_decref(past->plan);
    *past = (earlier_run){0};
}

/* ---- Going on ---- */

static int check_data(const past_file *f, uint32_t data_checksum, error *e)
{
    char here[16];
    snprintf(here, sizeof here, "%08" PRIx32, data_checksum);
    if (!f || strcmp(here, f->checksum) == 0)
        return 0;
    return fail(e, STATUS_USAGE,
                "%s: cannot be resumed: '--data' has other pictures here (checksum %s) than there "
                "(%s)",
                f->path, here, f->checksum);
}

/* Of a run that goes on the file it began from need not be there; one that is given is to be it. */
static int check_init(const earlier_run *past, const model *m, error *e)
{
    const char *there = safetensors_metadata(&past->tensors, "init_sha256");
    if (!*m->init_checksum || (there && strcmp(there, m->init_checksum) == 0))
        return 0;
    return fail(e, STATUS_USAGE,
                "%s: cannot be resumed: '--init' has another file here (SHA-256 %.8s) than there "
                "(%.8s)",
                past->state.path, m->init_checksum, there ? there : "none");
}

/* An older version's file may lack what the other has. */
static bool is_same_run(const past_file *a, const past_file *b)
{
    const char *key;
    json_t *value;
    json_object_foreach(a->settings, key, value)
    {
        const json_t *other = json_object_get(b->settings, key);
        if (other && !json_equal(value, other))
            return false;
    }
    return strcmp(a->checksum, b->checksum) == 0;
}

/* There is no state: the run starts, unless it is finished and only its model was kept. */
static run_past start_or_finished(const run_folder *r, const earlier_run *past,
                                  const train_plan *plan, error *e)
{
    if (past->has_model && past->model_step == plan->n_steps)
        return PAST_FINISHED;
    if (past->has_model)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: holds a model of step %" PRIu64
                    " but no state to go on from; with --force "
                    "instead of --resume the run starts afresh",
                    r->path, past->model_step);
    return run_folder_check(r, true, e) ? PAST_BAD : PAST_NONE;
}

run_past run_folder_resume(const run_folder *r, const earlier_run *past, model *m, train_plan *plan,
                           uint32_t data_checksum, error *e)
{
    if (check_data(earlier_run_file(past), data_checksum, e))
        return PAST_BAD;
    if (!past->state.path)
        return start_or_finished(r, past, plan, e);
    if (check_init(past, m, e) || model_get_state(m, &past->tensors, e))
        return PAST_BAD;
    if (m->step > plan->n_steps)
        return fail(e, STATUS_USAGE,
                    "%s: is at step %" PRIu64 " already, which is more than the %" PRIu64
                    " asked for",
                    r->path, m->step, plan->n_steps);
    plan->time_before = run_folder_seconds(r, m->step);
    bool is_finished = past->has_model && past->model_step == m->step &&
                       is_same_run(&past->state, &past->model) &&
                       train_is_done(plan, m, plan->time_before);
    return is_finished ? PAST_FINISHED : PAST_STATE;
}
