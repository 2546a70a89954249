/* SPDX-License-Identifier: MIT */
/* What a run says of itself. */
#include "training_detail.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run that is only tried may be shorter, so that it is no mistake. */
static void warn_of_warmup(training *t)
{
    const train_options *o = &t->set.train;
    if (o->warmup <= t->plan.n_steps)
        return;
    warn(&t->voice,
         "--warmup: %llu steps are more than the run's %llu: its rates never get to be those that "
         "are asked for",
         (unsigned long long)o->warmup, (unsigned long long)t->plan.n_steps);
}

void tell_start(training *t, run_past p)
{
    text words = {0};
    text_add(&words, "%s: ", t->set.output);
    if (p == PAST_STATE) {
        text_add(&words, "going on from step ");
        text_add_grouped(&words, t->model.step);
        text_add(&words, "; ");
    }
    text_add_grouped(&words, t->data.train.n);
    text_add(&words, " pictures, ");
    if (t->data.n_drawn > 0) {
        text_add_grouped(&words, t->data.n_drawn);
        text_add(&words, " others, drawn by the seed, kept for testing, ");
    }
    if (t->data.cleaned) {
        text_add_grouped(&words, t->data.n_cleaned);
        text_add(&words, " left out by --clean, ");
    }
    text_add(&words, "parameters:");
    for (size_t i = 0; i < t->model.n_parts; i++) {
        const model_part *part = &t->model.parts[i];
        text_add(&words, "%s %s ", i ? "," : "", part->row->prefix);
        text_add_grouped(&words, part->network.n_param);
    }
    say(&t->voice, "%s", words.data);
    text_release(&words);
    warn_of_warmup(t);
    run_metrics_tell_start(t);
}

void tell_resume(training *t)
{
    text command = {0};
    text_add_shell_word(&command, t->argv[0]);
    if (!t->set.resume)
        text_add(&command, " --resume");
    for (int i = 1; i < t->argc; i++) {
        text_add(&command, " ");
        text_add_shell_word(&command, t->argv[i]);
    }
    warn(&t->voice, "stopped after step %llu; go on with: %s", (unsigned long long)t->model.step,
         command.data);
    text_release(&command);
}

/* With the folder this program was called by, so that the command works as it is written. */
static void tell_next(training *t)
{
    char *ganexplain = path_beside(t->argv[0], "ganexplain");
    size_t classes[MAX_CLASSES];
    text command = {0};
    model_drawn_classes(classes, &t->model);
    text_add_shell_word(&command, ganexplain);
    text_add(&command, " --seed 7 ");
    if (classes[0] != NO_CLASS)
        text_add(&command, "--class %zu ", classes[0]);
    text_add_shell_word(&command, t->set.output);
    say(&t->voice, "next: %s", command.data);
    text_release(&command);
    free(ganexplain);
}

/* A run that ended before the log's first line has none. */
static void add_curves(text *t, const training *of)
{
    char *path = run_folder_path(&of->run, "curves.png");
    if (is_file(path))
        text_add(t, "; curves.png beside it shows how it went");
    free(path);
}

void tell_finished(training *t)
{
    char time[32];
    text words = {0};
    duration_text(time, t->run.timed_seconds);
    char *path = run_folder_path(&t->run, RUN_MODEL);
    text_add(&words, "%s: step ", path);
    free(path);
    text_add_grouped(&words, t->model.step);
    text_add(&words, ", after %s of training", time);
    add_curves(&words, t);
    say(&t->voice, "%s", words.data);
    text_release(&words);
    run_metrics_tell_end(t);
    tell_next(t);
}

int tell_failed(const training *t, error *e)
{
    char left[64] = "no state was saved";
    char *path = run_folder_path(&t->run, RUN_STATE);
    if (is_file(path))
        snprintf(left, sizeof left, "the state of step %llu is kept",
                 (unsigned long long)t->saved_step);
    size_t n = strlen(e->message);
    snprintf(e->message + n, sizeof e->message - n, "; %s", left);
    free(path);
    return -1;
}
