/* SPDX-License-Identifier: MIT */
/* A run from its start to its end. */
#include "training_detail.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void training_release(training *t)
{
    run_settings_release(&t->settings);
    invocation_release(&t->default_recipe);
    dataset_release(&t->data);
    model_release(&t->model);
    run_folder_release(&t->run);
    file_list_release(&t->files);
    sampler_release(&t->sampler);
    given_back_release(&t->given_back);
    run_metrics_release(&t->metrics);
    free(t->result);
    free(t->planned);
    free(t->init_path);
}

static int save_config(const training *t, error *e)
{
    json_t *all = settings_json(t->settings.program, &t->set, ALL_ROLES);
    char *path = run_folder_path(&t->run, RUN_CONFIG);
    json_object_del(all, "resume"); /* what was done, not how the model is made */
    json_object_del(all, "force");
    json_object_del(all, "list-recipes");
    json_object_del(all, "check-data");
    json_object_del(all, "json");
    for (size_t i = 0; i < N_LOOK_OPTIONS; i++)
        json_object_del(all, look_options[i].name);
    int status = json_save(path, all, e);
    free(path);
    json_decref(all);
    return status;
}

/* Said only where it takes more than a moment. */
static void on_logits(void *context, double done)
{
    training *t = context;
    if (seconds_now() - t->shown_seconds > 1 && progress_is_due(&t->progress))
        progress_show(&t->progress, done, "D's logits of real and generated pictures");
}

/* The quantiles that model.safetensors carries; the caller frees *q. */
static int measure_logits(training *t, logit_quantiles **q, error *e)
{
    progress_start(&t->progress, &t->voice, t->set.common.progress);
    t->shown_seconds = seconds_now();
    int status = model_measure_logits(q, &t->model, on_logits, t, e);
    progress_end(&t->progress);
    return status;
}

/* What ganexplain left speaks of another model than the one to come. */
static int remove_explanations(const training *t, error *e)
{
    char *path = run_folder_path(&t->run, RUN_EXPLANATIONS);
    int status = explanations_remove(path, e);
    free(path);
    return status;
}

/* Whenever this is interrupted, no explanation stands beside a model that it is not of. */
static int save_model(training *t, error *e)
{
    logit_quantiles *quantiles;
    char *path = run_folder_path(&t->run, RUN_MODEL);
    int status = measure_logits(t, &quantiles, e);
    if (status == 0)
        status = remove_explanations(t, e);
    if (status == 0)
        status = model_save(&t->model, path, quantiles, t->result, t->data.checksum, e);
    free(quantiles);
    free(path);
    return status;
}

static int start_run(training *t, run_past p, error *e)
{
    /* Before an older run is cleared, so that it survives a depfile that cannot be written, and
     * explanations that a ganexplain is writing. */
    bool has_folder = t->run.lock >= 0;
    if ((has_folder && file_list_save_rule(&t->files, e)) ||
        (p == PAST_NONE && remove_explanations(t, e)) ||
        run_folder_start(&t->run, p == PAST_NONE, t->model.step, t->plan.sample_every, e) ||
        (!has_folder && file_list_save_rule(&t->files, e)) ||
        run_folder_save_notes(&t->run, &t->model, e) || run_metrics_restore(t, e) ||
        (p == PAST_STATE && keep_state(t, false, e)) || save_config(t, e) || save_real(t, e) ||
        save_cleaned(t, e))
        return -1;
    samples_init(t);
    given_back_init(t);
    tell_start(t, p);
    progress_start(&t->progress, &t->voice, t->set.common.progress);
    t->saved_step = t->shown_step = t->model.step;
    t->shown_seconds = t->plan.time_before;
    return 0;
}

static int finish_run(training *t, error *e)
{
    if (keep_state(t, true, e) || history_save_curves(&t->run, e) || save_model(t, e))
        return -1;
    tell_finished(t);
    return 0;
}

int training_run(training *t, run_past past, error *e)
{
    const train_events events = training_events(t);
    signals_catch(&t->voice);
    if (start_run(t, past, e))
        return -1;
    train_end end = train(&t->model, &t->plan, &events, e);
    progress_end(&t->progress);
    if (end == TRAIN_FAILED || (end == TRAIN_FINISHED && finish_run(t, e)))
        return tell_failed(t, e);
    if (end == TRAIN_STOPPED)
        tell_resume(t);
    return 0;
}

/* ---- A finished run ---- */

static int touch_model(const training *t, error *e)
{
    char *path = run_folder_path(&t->run, RUN_MODEL);
    int status = utimensat(AT_FDCWD, path, NULL, 0);
    if (status != 0)
        fail(e, STATUS_BAD_OUTPUT, "%s: %s", path, strerror(errno));
    free(path);
    return status;
}

int training_touch(training *t, error *e)
{
    say(&t->voice, "%s: is finished; nothing to do", t->set.output);
    return file_list_save_rule(&t->files, e) ? -1 : touch_model(t, e);
}
