/* SPDX-License-Identifier: MIT */
/* model: what is trained, the loop that trains it, and the folder a run leaves its files in.
 *
 * A model is its networks, their optimizers and a step count; one step function moves it on. All
 * its randomness is a function of (seed, step), so a state is complete with the step alone. The
 * trainer loop owns no file: for logs, pictures, states and progress it calls back.
 */
#ifndef GANLENS_MODEL_H
#define GANLENS_MODEL_H

#include "checkpoint.h"
#include "data.h"

/* ---- The GAN ---- */

typedef struct {
    const char *generator,
        *discriminator;  /* specs; G ends with shape.n; D with 1, a logit, and no bn */
    picture_shape shape; /* of the pictures to learn */
    size_t z_dim, batch;
    uint64_t seed;
    const adversarial_loss *loss;
    optimizer_settings g_optimizer, d_optimizer;
    bool is_he;         /* He's initial values instead of Glorot's */
    double bn_momentum; /* of the running statistics */
    double r1;          /* gamma; 0: no penalty */
    uint64_t r1_every;  /* steps between penalties, each counted r1_every times */
    double ema_kimg;    /* half-life of G's moving average in 1,000 pictures; 0: none */
    double low, high;   /* range of the pictures */
} gan_settings;

/* What a step tells. Scores are D's mean logits. */
typedef struct {
    double loss_g, loss_d, score_real, score_fake;
    bool has_r1; /* whether this step took the penalty */
    double r1;
} gan_numbers;

/* Zero-initialise. Everything is allocated by gan_init; a step allocates nothing. */
typedef struct {
    gan_settings set;
    network g, d, g_ema; /* g_ema.n_layers = 0 without a moving average */
    optimizer g_optimizer, d_optimizer;
    uint64_t step; /* done so far */

    tape g_tape, d_tape, d_real, d_fake; /* the last two are views of d_tape's halves */
    penalty d_penalty;
    float *pictures;                           /* (2 B, shape.n): real, then fake, as D sees them */
    float *z;                                  /* (B, z_dim) */
    float *d_logit, *d_fake_logit, *d_picture; /* gradients (2 B), (B), (B, shape.n) */
    float *g_gradient, *d_gradient;            /* laid out as the parameters */
    gan_numbers numbers;                       /* of the last step */
} gan;

/* Fills initial values from set.seed; set's texts must live as long as m. Fails only on the specs
 * (STATUS_USAGE, naming the option). */
int gan_init(gan *m, const gan_settings *set, error *e);
void gan_release(gan *m);
/* One simultaneous step on the real pictures that are in m->pictures' first B rows: one G forward,
 * both gradients at the parameters before the step, both updates. Fails with STATUS_DIVERGED naming
 * step and tensor when a loss, a parameter, Adam's v or a running statistic stops being finite;
 * the parameters are then of no use. */
int gan_step(gan *m, error *e);
/* The same with z given instead of drawn: for tests. */
int gan_step_on(gan *m, float *z, error *e);
/* G as it is for use: the moving average where there is one. */
const network *gan_generator(const gan *m);

/* ---- Options and recipes ---- */

/* Every option that makes the result or the length of a training, as it is written: what recipes
 * hold, --config and a state store, and a model starts from. Where a run is and how loud is not
 * among them. */
typedef struct {
    const char *generator, *discriminator; /* specs */
    const char *loss, *opt, *init_weights; /* "nonsaturating"; "adam"; "glorot" or "he" */
    uint64_t z_dim, batch, seed, r1_every;
    uint64_t n_classes; /* labels of the data are below */
    double range[2];    /* of the pictures */
    double lr, lr_d;    /* lr_d NaN: as lr */
    double beta1, beta2, eps;
    double r1, ema_kimg, bn_momentum;

    uint64_t steps, epochs; /* 0 where they do not end the run */
    double max_time;        /* seconds; 0: no limit */
    interval sample_every, log_every, checkpoint_every;
} train_options;

/* For pictures of that shape. The names must have been checked. */
gan_settings gan_settings_of(const train_options *o, picture_shape shape);

/* A named set of defaults. */
typedef struct {
    const char *name, *summary;
    train_options options;
} recipe;

/* The default first, ended by a row with name NULL. */
extern const recipe recipes[];
/* NULL where there is none of that name. */
const recipe *recipe_find(const char *name);
/* spec with its last layer n wide: a recipe's networks fitted to the pictures. The caller frees it.
 */
char *spec_fitted(const char *spec, size_t n);

/* ---- State ---- */

/* Numbers that go along with the state: what the log's running means carry. */
enum { N_RUNNING = 5 };

/* state.safetensors: all that is needed to go on, durable. settings: JSON text of the ROLE_RESULT
 * options; data_checksum: the dataset's. Refuses what is not finite (STATUS_DIVERGED), since it
 * could not be loaded again. */
int gan_save_state(const gan *m, const char *path, const char *settings, uint32_t data_checksum,
                   const double running[N_RUNNING], error *e);
/* model.safetensors: G (the average where there is one) and D, for use. */
int gan_save_model(const gan *m, const char *path, const char *settings, uint32_t data_checksum,
                   error *e);
/* Fills m, which gan_init made with the same settings, from a state's file. */
int gan_get_state(gan *m, const safetensors *s, double running[N_RUNNING], error *e);

/* ---- The trainer ---- */

/* Intervals are in steps; 0: never. The final step has a sample whatever the interval. */
typedef struct {
    uint64_t n_steps;   /* the final step; UINT64_MAX where only time ends the run */
    double max_time;    /* seconds of training in all; 0: no limit */
    double time_before; /* seconds of training before this process */
    uint64_t log_every, sample_every, checkpoint_every;
} train_plan;

/* Called back between steps; each may be NULL; a nonzero return ends the training as failed. */
typedef struct {
    void *context;
    int (*log)(void *context, uint64_t step, double seconds, error *e);
    int (*sample)(void *context, uint64_t step, error *e);
    int (*checkpoint)(void *context, double seconds, error *e);
    void (*tick)(void *context, uint64_t step, double done, double seconds); /* after every step */
    bool (*should_stop)(void *context);
    bool (*was_stopped)(void *context); /* by SIGSTOP or the like, since it was last asked */
} train_events;

typedef enum { TRAIN_FAILED = -1, TRAIN_FINISHED, TRAIN_STOPPED } train_end;

/* Whether a run that has come to that step in that many seconds needs no further one. */
bool train_is_done(const train_plan *plan, uint64_t step, double seconds);

/* Steps from m->step on until the plan or should_stop ends it. numbers' running means, weight 0.99
 * to the past, go to running: loss_g, loss_d, score_real, score_fake, r1. A checkpoint is called
 * for at its interval, after the log and sample of its step, and at every end but divergence: after
 * another failure, which stays the one told, it is tried. What is due at m->step is called first:
 * after such a failure it is missing.
 * seconds: of training in all, time_before included; time for which the process was stopped is
 * none. */
train_end train(gan *m, const image_set *data, const train_plan *plan, const train_events *events,
                double running[N_RUNNING], error *e);

/* ---- The run folder ---- */

/* RUN, held by one process at a time. Zero-initialise; run_folder_release accepts that. */
typedef struct {
    char *path;            /* owned; NULL: not opened */
    int lock;              /* the folder's descriptor, which flock holds; -1: no folder yet */
    line_file log, timing; /* open from run_folder_start on */
    uint64_t logged_step;  /* of log.jsonl's last line */
    uint64_t timed_step;   /* of timing.jsonl's last line */
    double timed_seconds;
} run_folder;

/* Takes the lock if the folder is there (STATUS_FAILED when another process has it); makes nothing.
 */
int run_folder_open(run_folder *r, const char *path, error *e);
/* Refuses (STATUS_USAGE) a folder that holds anything but what runs and explanations leave. */
int run_folder_check(const run_folder *r, error *e);
/* Whether clearing it for a new run was begun and killed: what it holds is then not to be trusted.
 */
bool run_folder_is_half_cleared(const run_folder *r);
/* What makes a run's result: runs that agree on it are the same run. */
typedef struct {
    uint32_t data_checksum;
    /* A message that names the first setting that differs, for the caller to free; or NULL. */
    char *(*difference)(const json_t *stored, const void *context);
    const void *context;
} run_identity;

typedef enum {
    PAST_BAD = -1, /* e says why */
    PAST_NONE,     /* the run starts */
    PAST_STATE,    /* it goes on: m, running and plan->time_before were filled from the state */
    PAST_FINISHED, /* model.safetensors is what this run would end with */
} run_past;

/* What is to be done to go on in r, which is open; makes nothing. */
run_past run_folder_resume(run_folder *r, gan *m, double running[N_RUNNING], train_plan *plan,
                           const run_identity *id, error *e);
/* Seconds of training up to that step, from timing.jsonl; 0 where it does not tell. */
double run_folder_seconds(const run_folder *r, uint64_t step);
/* Makes the folder where it is missing, then readies it for a run that goes on from step `from` and
 * samples every so many steps (0: never): temporaries are removed, logs are cut and samples removed
 * after that step. A sample of `from` itself that is there only because the run once ended there
 * goes, too: an unbroken run would not have drawn it. Where is_fresh, all that an earlier run left
 * goes first. */
int run_folder_start(run_folder *r, bool is_fresh, uint64_t from, uint64_t sample_every, error *e);
void run_folder_release(run_folder *r);
/* RUN/name; the caller frees it. */
char *run_folder_path(const run_folder *r, const char *name);

/* Makes RUN/samples again where somebody removed it. */
int run_folder_keep_samples(const run_folder *r, error *e);

/* A line each for log.jsonl and timing.jsonl; seconds as in train_events. At most one line of each
 * is written for a step. */
int run_folder_log(run_folder *r, const gan *m, const double running[N_RUNNING], error *e);
int run_folder_time(run_folder *r, const gan *m, double seconds, error *e);

#endif
