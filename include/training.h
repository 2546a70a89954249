/* SPDX-License-Identifier: MIT */
/* training: a run of gantrain on its way, between its options and the files it leaves.
 *
 * The program reads its settings and what an earlier run left; from there on this makes the run: it
 * starts or goes on, does what is due between steps, says what is to be said, and ends.
 */
#ifndef GANLENS_TRAINING_H
#define GANLENS_TRAINING_H

#include "history.h"
#include "session.h"

/* The settings of gantrain. */
typedef struct {
    common_settings common;
    const char *data, *output, *recipe, *depfile, *tensorboard, *init, *judge;
    bool resume, force, wants_recipes, checks_data, json;
    look_settings look;
    train_options train;
} train_settings;

/* Pictures beside what an encoder and a generator make of them; without n there is nothing to show.
 */
typedef struct {
    size_t n;
    sampler sampler; /* whose z are codes of the pictures */
    float *pictures; /* (n, shape.n) */
    uint8_t *pairs;  /* (n, 2, shape.n): one above the other */
} given_back;

/* What is measured of a run on its way; without metrics that are asked for there is nothing. */
typedef struct {
    const metric *asked[MAX_TRAIN_METRICS]; /* (n_asked), the first says which model is the best */
    size_t n_asked;
    judge_file judge;
    size_t n;                         /* pictures of each set */
    real_sets sets;                   /* of n each */
    judged_set real;                  /* the first n */
    double floors[MAX_TRAIN_METRICS]; /* of real pictures against real ones; NaN: has none */
    json_t *values;                   /* {NAME: number or null} that were measured last; owned */
    uint64_t step;                    /* at which; 0: not yet */
    double best;                      /* value of the first in best.safetensors; NaN: none */
    uint64_t best_step;
} run_metrics;

/* All that a run holds. Zero-initialise; training_release accepts that. */
typedef struct {
    voice voice;
    progress progress;
    char **argv;
    int argc;
    train_settings defaults, set;
    invocation default_recipe; /* which the texts of the defaults are in */
    run_settings settings;
    dataset data;
    model model;
    char *init_path; /* of the file that it began from; owned; NULL: none */
    run_folder run;
    file_list files;
    train_plan plan;
    char *result, *planned; /* JSON of what makes the result; of how long and how often; owned */
    uint64_t saved_step;    /* of state.safetensors, where there is one */
    bool is_waiting;        /* a state is, for room on the disk, which was said */
    uint64_t shown_step;    /* of the last progress line, */
    double shown_seconds;   /* and its time */
    sampler sampler;        /* of what every sample shows */
    given_back given_back;
    run_metrics metrics;
} training;

void training_release(training *t);

/* Readies what is to be measured of t's model and data, which are there, if anything is: opens the
 * judge, and measures real pictures against real ones. Fails (STATUS_USAGE) on metrics that need
 * what there is not. */
int run_metrics_open(training *t, error *e);

/* Makes the run, all of whose settings, inputs and past are read: trains to the end, or until a
 * signal, of which it says how to go on. Fails as train does, and on outputs. */
int training_run(training *t, run_past past, error *e);
/* Says what the data hold and what may be wrong with them, on stdout, in words or, where the
 * settings ask for it, as JSON; and draws it into output, an
 * SVG where its name says so, else a PNG, unless NULL. */
int training_check_data(training *t, error *e);
/* Starts t's progress line, which the caller ends; it shows how far pictures are compared. */
compare_watch training_watch_comparing(training *t);
/* ---- A judge ---- */

/* How a classifier is trained that is to judge pictures. */
typedef struct {
    const char *output;   /* the file */
    const char *progress; /* as --progress says */
    uint64_t seed;
    uint64_t width;         /* of its first layer; 0: the recipe's */
    bool has_random_labels; /* each picture has the label of another: a control, which learns
                               nothing of what pictures show, as its settings say */
} judge_training;

/* Trains it by the recipe `judge` on the training pictures of d but for a tenth, at most 5,000,
 * drawn by the seed, by which its logits are then divided by a temperature; saves it whole, F16.
 * The test pictures are not looked at. The same data, seed, width and kind of CPU make the same
 * bytes. After a signal there is no file (STATUS_STOPPED). */
int judge_train(voice *v, const dataset *d, const judge_training *t, error *e);

/* What there is to do for a run that is finished: for make its model is new again. */
int training_touch(training *t, error *e);

#endif
