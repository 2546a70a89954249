/* SPDX-License-Identifier: MIT */
/* What an earlier run left in its folder, and whether this one is the same run. */
#include "model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Refuses a file of RUN that was made with other settings or data. */
static int check_same(const run_identity *id, const safetensors *s, error *e)
{
    const char *written = safetensors_metadata(s, "settings");
    const char *checksum = safetensors_metadata(s, "data_crc32");
    char here[16];
    if (!written || !checksum)
        return fail(e, STATUS_BAD_INPUT, "%s: was not written by gantrain", s->path);
    json_t *stored = json_read(written, strlen(written), 8, s->path, STATUS_BAD_INPUT, e);
    if (!stored)
        return -1;
    char *difference = id->difference(stored, id->context);
    int status = 0;
    snprintf(here, sizeof here, "%08lx", (unsigned long)id->data_checksum);
    if (difference)
        status = fail(e, STATUS_USAGE, "%s: cannot be resumed: %s", s->path, difference);
    else if (strcmp(here, checksum) != 0)
        status = fail(e, STATUS_USAGE,
                      "%s: cannot be resumed: '--data' has other pictures here (checksum %s) than "
                      "there (%s)",
                      s->path, here, checksum);
    free(difference);
    json_decref(stored);
    return status;
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

/* 1: loaded, 0: there is none. */
static int load_state(const run_folder *r, model *m, const run_identity *id, error *e)
{
    char *path = find_file(r, "state.safetensors");
    safetensors s = {0};
    int status = 1;
    if (!path)
        return 0;
    if (safetensors_load(&s, path, e)) {
        status = fail_in(e, "cannot be resumed");
    } else if (check_same(id, &s, e) || model_get_state(m, &s, e)) {
        status = -1;
    }
    safetensors_release(&s);
    free(path);
    return status;
}

/* 1 and its step: there is a model, 0: there is none. Beside a state one that cannot be read counts
 * as none, since it will be made again; alone it may be all that is left of a finished run. */
static int find_model(const run_folder *r, uint64_t *step, bool has_state, const run_identity *id,
                      error *e)
{
    char *path = find_file(r, "model.safetensors");
    safetensors s = {0};
    error unreadable = {0};
    int status = 0;
    if (path && safetensors_load(&s, path, &unreadable) == 0) {
        const char *written = safetensors_metadata(&s, "step"), *end;
        status = check_same(id, &s, e) ? -1 : written && count_read(step, written, &end);
    } else if (path && !has_state) {
        *e = unreadable;
        status = fail_in(e, "cannot be resumed, and there is no state");
    }
    safetensors_release(&s);
    free(path);
    return status;
}

/* There is no state: the run starts, unless it is finished and only its model was kept. */
static run_past start_or_finished(const run_folder *r, bool has_model, uint64_t model_step,
                                  const train_plan *plan, error *e)
{
    if (has_model && model_step == plan->n_steps)
        return PAST_FINISHED;
    if (has_model)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: holds a model of step %llu but no state to go on from; without --resume "
                    "the run starts afresh",
                    r->path, (unsigned long long)model_step);
    return run_folder_check(r, e) ? PAST_BAD : PAST_NONE;
}

run_past run_folder_resume(run_folder *r, model *m, train_plan *plan, const run_identity *id,
                           error *e)
{
    uint64_t model_step = 0;
    int has_state = load_state(r, m, id, e);
    int has_model = has_state < 0 ? -1 : find_model(r, &model_step, has_state, id, e);
    if (has_model < 0)
        return PAST_BAD;
    if (!has_state)
        return start_or_finished(r, has_model, model_step, plan, e);
    if (m->step > plan->n_steps)
        return fail(e, STATUS_USAGE,
                    "%s: is at step %llu already, which is more than the %llu asked for", r->path,
                    (unsigned long long)m->step, (unsigned long long)plan->n_steps);
    plan->time_before = run_folder_seconds(r, m->step);
    bool is_finished =
        has_model && model_step == m->step && train_is_done(plan, m->step, plan->time_before);
    return is_finished ? PAST_FINISHED : PAST_STATE;
}
