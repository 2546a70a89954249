/* SPDX-License-Identifier: MIT */
/* What the files of training share. */
#ifndef GANLENS_TRAINING_DETAIL_H
#define GANLENS_TRAINING_DETAIL_H

#include "training.h"

/* ---- Pictures ---- */

/* Samples of the same seeds, which every step shows; the sampler is made by training_start. */
void samples_init(training *t);
/* The first pictures of the data, as samples are laid out. */
int save_real(const training *t, error *e);
/* What was left out of the data, where --clean asked for it: an empty list where nothing was. */
int save_cleaned(const training *t, error *e);

/* The same pictures of the data, none that is trained on, where the model has an encoder. */
void given_back_init(training *t);
void given_back_release(given_back *g);
/* They and what the generator makes of their codes; nothing where there is no encoder. */
int given_back_save(training *t, uint64_t step, error *e);

/* ---- Between steps ---- */

train_events training_events(training *t);
/* Gives the state that was saved last, which is of m's step, the name that --keep asks for, if its
 * step has a checkpoint or is the end of the run. */
int keep_state(training *t, bool is_end, error *e);

/* ---- What is measured ---- */

/* Once the run is gone on with: best.safetensors becomes what it was at the state's step. */
int run_metrics_restore(training *t, error *e);
/* Measures the model, unless the log has this step already, and keeps it if it is the best. is_due:
 * as in train_events. */
int run_metrics_measure(training *t, bool is_due, error *e);
/* {NAME: number or null} of this step, for its log line; NULL: it was not measured. */
json_t *run_metrics_values(const training *t);
/* What is measured, and the same of real pictures. */
void run_metrics_tell_start(training *t);
/* The best, and what became of --stop-when. */
void run_metrics_tell_end(training *t);
/* Adds the last values, as a progress line has them. */
void run_metrics_add(text *line, const run_metrics *r);
void run_metrics_release(run_metrics *r);

/* ---- Words ---- */

void tell_start(training *t, run_past p);
/* After a signal: the command that goes on. */
void tell_resume(training *t);
void tell_finished(training *t);
/* Adds to the message of a training that failed what is left of it; returns -1. */
int tell_failed(const training *t, error *e);

/* ---- What the data hold ---- */

/* Pictures of a class: of both parts, and flawed ones among both. */
typedef struct {
    size_t train, test, flawed[N_FLAWS];
} class_count;

typedef struct {
    data_check check;
    class_count classes[MAX_LABELS], all;
    uint8_t least, greatest; /* pixel of all, */
    double mean;             /* and their mean */
    size_t n_equal, n_near;  /* training pictures that a test picture equals, or nearly */
} data_facts;

/* Adds one JSON object and a newline; path: of the data, NULL: built in. */
void data_facts_json(text *out, const data_facts *f, const char *path);
/* An SVG where path ends so, else a PNG. */
int data_facts_draw(const char *path, const data_facts *f, error *e);

#endif
