/* SPDX-License-Identifier: MIT */
/* run: the folder that a training leaves its files in, how a later one goes on from it, and what
 * its settings are made of.
 *
 * RUN is one process's at a time, which a lock on the folder sees to. What is in it vouches for
 * itself at every moment: files appear whole, and logs and samples are cut back to the state.
 */
#ifndef GANLENS_RUN_H
#define GANLENS_RUN_H

#include "model.h"

/* ---- The run folder ---- */

/* What is in it, as man pages say it. */
#define RUN_FILES                                                                                  \
    "RUN/config.json: The settings, as --config reads them.\n"                                     \
    "RUN/log.jsonl: A line per --log-every steps: running means of the model's numbers.\n"         \
    "RUN/log.csv: The same as a table, for spreadsheets.\n"                                        \
    "RUN/timing.jsonl: The times that go with them.\n"                                             \
    "RUN/notes.jsonl: What went wrong, where something did: warnings, and --on-nan rollback.\n"    \
    "RUN/curves.svg, RUN/curves.png: At the end, the log's numbers over the steps.\n"              \
    "RUN/cleaned.txt: What --clean left out: names, flaws, and what a duplicate is like.\n"        \
    "RUN/real.png: Pictures it is trained on.\n"                                                   \
    "RUN/samples/step-NNNNNN.png: What the same 100 seeds become, at the last step, too.\n"        \
    "RUN/samples/reconstruction-NNNNNN.png: Of a model with an encoder, at the same steps: "       \
    "pictures that it is not trained on, each above what it is given back as.\n"                   \
    "RUN/state.safetensors: All that --resume needs; replaced whole.\n"                            \
    "RUN/state-NNNNNN.safetensors: The last states, as --keep asks for.\n"                         \
    "RUN/snapshot-NNNNNN.png, RUN/snapshot-NNNNNN.safetensors: Samples and state of when a "       \
    "SIGUSR1 came.\n"                                                                              \
    "RUN/model.safetensors: The networks for use; appears once, at the end: a target for make.\n"  \
    "RUN/best.safetensors: The same as they were when the first of --metrics was best; of a run "  \
    "that --on-nan rollback took back, also of a step before that.\n"                              \
    "DIR/NAME-OF-RUN/events.out.tfevents.ganlens: What --tensorboard DIR asks for: log.jsonl and " \
    "samples/ as events; the time of an event is its step, in seconds.\n"                          \
    "RUN/film.png: What --film adds.\n"                                                            \
    "RUN/grid.png, RUN/explain/: What gansample and ganexplain add.\n"

/* A fixed name: a time or a host in it would make every run another. */
#define EVENT_FILE "events.out.tfevents.ganlens"
#define RUN_NOTES "notes.jsonl"
#define METRIC_KEYS "Metrics/" /* what keys of metrics begin with in a line of log.jsonl */
/* What --clean left out. */
#define RUN_CLEANED "cleaned.txt"

/* RUN, held by one process at a time. Zero-initialise; run_folder_release accepts that. */
typedef struct {
    char *path; /* owned; NULL: not opened */
    int lock;   /* the folder's descriptor, which flock holds; -1: no folder yet */
    line_file log, table, timing; /* open from run_folder_start on */
    char *event_folder;           /* of the event file; owned; NULL: there is none */
    line_file events;             /* that file, */
    uint64_t next_sample;         /* and from which step on it lacks samples */
    json_t *columns;              /* keys of lines of log.jsonl, which head log.csv; owned */
    json_t *metrics;              /* keys that lines get where metrics are measured: columns, too;
                                     owned; NULL: none */
    uint64_t metrics_every;       /* steps between such lines */
    uint64_t logged_step;         /* of log.jsonl's last line */
    uint64_t timed_step;          /* of timing.jsonl's last line */
    double timed_seconds;
} run_folder;

/* Takes the lock if the folder is there (STATUS_FAILED when another process has it); makes nothing.
 */
int run_folder_open(run_folder *r, const char *path, error *e);
/* Refuses (STATUS_USAGE) a folder that holds anything but what runs and explanations leave, or,
 * unless may_be_finished, a model. */
int run_folder_check(const run_folder *r, bool may_be_finished, error *e);
/* Whether clearing it for a new run was begun and killed: what it holds is then not to be trusted.
 */
bool run_folder_is_half_cleared(const run_folder *r);

/* ---- What an earlier run left ---- */

/* A file of it, and what makes its result. */
typedef struct {
    char *path;       /* NULL: there is none to be trusted; owned */
    char *checksum;   /* of the data, as it is written there; owned */
    json_t *settings; /* options of ROLE_RESULT */
} past_file;

/* Zero-initialise; earlier_run_release accepts that. */
typedef struct {
    past_file state, model;
    safetensors tensors; /* of the state */
    json_t *plan;        /* options of ROLE_PLAN; NULL in a state of version 0.1.0 */
    bool has_model;      /* whether the model says its step: */
    uint64_t model_step;
} earlier_run;

/* Reads what is in r, which is open, before this run's settings are resolved. Fails on files that
 * are damaged or not gantrain's. */
int earlier_run_load(earlier_run *past, const run_folder *r, error *e);
/* The file whose settings the run goes on with: the state, else the model; NULL: neither is there.
 */
const past_file *earlier_run_file(const earlier_run *past);
void earlier_run_release(earlier_run *past);

typedef enum {
    PAST_BAD = -1, /* e says why */
    PAST_NONE,     /* the run starts */
    PAST_STATE,    /* it goes on: m and plan->time_before were filled from the state */
    PAST_FINISHED, /* model.safetensors is what this run would end with */
} run_past;

/* What is to be done to go on in r; makes nothing. m was made with the settings of the past, which
 * may be empty. */
run_past run_folder_resume(const run_folder *r, const earlier_run *past, model *m, train_plan *plan,
                           uint32_t data_checksum, error *e);
/* Seconds of training up to that step, from timing.jsonl; 0 where it does not tell. */
double run_folder_seconds(const run_folder *r, uint64_t step);
/* Makes the folder where it is missing, then readies it for a run that goes on from step `from` and
 * samples every so many steps (0: never): temporaries are removed, logs are cut and samples removed
 * after that step. A sample of `from` itself that is there only because the run once ended there
 * goes, too: an unbroken run would not have drawn it. Where is_fresh, all that an earlier run left
 * goes first. */
int run_folder_start(run_folder *r, bool is_fresh, uint64_t from, uint64_t sample_every, error *e);
/* The same for one that was started, and goes back to step `from`, whose state is saved. */
int run_folder_go_back(run_folder *r, uint64_t from, uint64_t sample_every, error *e);
void run_folder_release(run_folder *r);
/* Whether path is a file that gantrain writes into a run folder: no other program may replace it.
 */
bool run_folder_keeps(const char *path);
/* RUN/name; the caller frees it. */
char *run_folder_path(const run_folder *r, const char *name);

/* Gives state.safetensors, which is of that step, a second name, KIND-NNNNNN.safetensors, unless
 * that is there. */
int run_folder_name_state(const run_folder *r, const char *kind, uint64_t step, error *e);
/* Leaves the newest so many of the states that are named "state". */
int run_folder_trim_states(const run_folder *r, uint64_t most, error *e);
/* From run_folder_start on, r is open, numbers and samples go to an event file, too: in folder, by
 * the run's name. STATUS_USAGE where it has none, or folder is RUN itself. */
int run_folder_keep_events(run_folder *r, const char *folder, error *e);
/* From run_folder_start on, r is open, log.csv has columns for these metrics, and of a run that
 * goes on its log has them at every so many steps alone: at another one it ended and now does not.
 */
void run_folder_expect_metrics(run_folder *r, const metric *const *expected, size_t n,
                               uint64_t every);
/* Adds the sample of that step, which is there, unless it has it. */
int run_folder_add_sample(run_folder *r, uint64_t step, error *e);

/* The steps that have a samples/step-NNNNNN.png. Zero-initialise; sample_steps_release accepts
 * that.
 */
typedef struct {
    uint64_t *steps; /* (n), rising; owned */
    size_t n;
} sample_steps;

/* In that folder; one that is not there has none. */
int sample_steps_find(sample_steps *s, const char *folder, error *e);
void sample_steps_release(sample_steps *s);
/* The caller frees it. */
char *sample_path(const char *folder, uint64_t step);

/* Makes RUN/samples again where somebody removed it. */
int run_folder_keep_samples(const run_folder *r, error *e);

/* A line each for log.jsonl and timing.jsonl; seconds as in train_events. At most one line of each
 * is written for a step. values: {NAME: number or null} of metrics that were measured; NULL: none
 * were. */
int run_folder_log(run_folder *r, const model *m, json_t *values, error *e);
int run_folder_time(run_folder *r, const model *m, double seconds, error *e);

/* Makes notes.jsonl what m's notes are: a line each; it is not there where there are none. */
int run_folder_save_notes(const run_folder *r, const model *m, error *e);

/* ---- The settings of a run ---- */

/* What they are made of. Fill in the first part; run_settings_release frees the rest. */
typedef struct {
    const program *program;
    void *set;            /* its settings, */
    train_options *train; /* what trains in them, */
    const char **recipe;  /* and the recipe's name */

    invocation given, planned, recipe_texts, loss_texts; /* which hold their texts */
    earlier_run past;             /* what the run goes on with; empty: nothing */
    char *specs[MAX_MODEL_PARTS]; /* of networks, fitted to the data; NULL where one is given */
} run_settings;

/* The recipe, the plan of the past, what is given, the settings of the past: what is said later
 * wins, but a given value that differs from a setting of the past is refused, as is another recipe
 * (STATUS_USAGE). To be called again once the past is loaded; given is read, set holds what the
 * program sets first. */
int run_settings_apply(run_settings *s, error *e);
/* Decides what ends the run, and refuses what does not go together or has no use. */
int run_settings_check(run_settings *s, error *e);
/* Fits the networks of a recipe, which are made for 28x28 and its own z-dim, to what there is; a
 * given one is taken as it is. */
void run_settings_fit(run_settings *s, picture_shape shape);
/* Those of these roles (bits, as for settings_json) as JSON; the caller frees it. */
char *run_settings_text(const run_settings *s, unsigned roles);
void run_settings_release(run_settings *s);

#endif
