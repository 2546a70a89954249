/* SPDX-License-Identifier: MIT */
/* history: what runs went through, read from their folders, as figures and films.
 *
 * Reads what a run leaves and no more, so that a figure is the same whenever it is made, and a run
 * that is still going on can be looked at.
 */
#ifndef GANLENS_HISTORY_H
#define GANLENS_HISTORY_H

#include "report.h"
#include "run.h"

/* ---- Numbers ---- */

/* The numbers of log.jsonl. Zero-initialise; history_release accepts that. */
typedef struct {
    char *name;    /* of the run, as it was given; owned */
    char **keys;   /* (n_keys), in the order lines come with them; owned */
    float *steps;  /* (n), rising; owned */
    float *values; /* (n_keys, n); NaN where a line has no number; owned */
    size_t n_keys, n;
} history;

/* Of the folder run. A last line that is still being written is left out. STATUS_BAD_INPUT where
 * the file is missing or a line is none of a log. */
int history_load(history *h, const char *run, error *e);
void history_release(history *h);
/* Of that key, (n); NULL: there is none. */
const float *history_values(const history *h, const char *key);

/* f becomes curves over the steps: of one run a panel a kind of number, of several a panel a
 * number. Each run has at least one line. */
void history_figure(figure *f, const history *runs, size_t n_runs);

/* RUN/curves.svg and RUN/curves.png, of a run whose log has a line. */
int history_save_curves(const run_folder *r, error *e);

/* ---- Looking back ---- */

/* What gantrain is asked to show in place of training. */
typedef struct {
    const char *plot, *film; /* NULL: not asked for */
    double rate;             /* frames of a film a second; 0: a strip */
} look_settings;

enum { N_LOOK_OPTIONS = 3, FILM_RATE = 5 }; /* FILM_RATE: the default */
extern const option_row look_options[N_LOOK_OPTIONS];

bool look_is_asked(const look_settings *s);
/* Refuses (STATUS_USAGE) what does not go together. */
int look_check(const look_settings *s, const invocation *given, error *e);
/* Makes it; *path: of the file, which the caller frees in any case. output: of -o; NULL: not given.
 */
int look_back(const look_settings *s, char **path, const char *output, error *e);

#endif
