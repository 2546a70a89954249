/* SPDX-License-Identifier: MIT */
/* model: what is trained, and the loop that trains it.
 *
 * A model is its networks, their optimizers and a step count; one step function moves it on. All its
 * randomness is a function of (seed, step), so a state is complete with the step alone.
 * The trainer loop owns no file but the state: for logs, pictures and progress it calls back.
 */
#ifndef GANLENS_MODEL_H
#define GANLENS_MODEL_H

#include "checkpoint.h"
#include "data.h"

/* ---- The GAN ---------------------------------------------------------------------------------- */

typedef struct {
    const char *generator, *discriminator; /* specs; G ends with 784, D with 1 and has no bn */
    size_t z_dim, batch;
    uint64_t seed;
    const adversarial_loss *loss;
    optimizer_settings g_optimizer, d_optimizer;
    bool is_he;             /* He's initial values instead of Glorot's */
    double bn_momentum;     /* of the running statistics */
    double r1;              /* gamma; 0: no penalty */
    uint64_t r1_every;      /* steps between penalties, each counted r1_every times */
    double ema_kimg;        /* half-life of G's moving average in 1,000 pictures; 0: none */
    double low, high;       /* range of the pictures */
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
    float *pictures;         /* (2 B, 784): real, then fake, as D sees them */
    float *z;                /* (B, z_dim) */
    float *d_logit, *d_fake_logit, *d_picture; /* gradients (2 B), (B), (B, 784) */
    float *g_gradient, *d_gradient; /* laid out as the parameters */
    gan_numbers numbers;     /* of the last step */
} gan;

/* Fills initial values from set.seed. The specs must have been checked by network_init before: fails
 * only on them (STATUS_USAGE). */
int gan_init(gan *m, const gan_settings *set, error *e);
void gan_release(gan *m);
/* One simultaneous step on the real pictures that are in m->pictures' first B rows: one G forward, both gradients at the parameters before the step, both updates. Fails with
 * STATUS_DIVERGED naming step and tensor or loss when something stops being finite; the parameters
 * are then of no use. */
int gan_step(gan *m, error *e);
/* The same with z given instead of drawn: for tests. */
int gan_step_on(gan *m, float *z, error *e);
/* G as it is for use: the moving average where there is one. */
const network *gan_generator(const gan *m);

/* ---- State ------------------------------------------------------------------------------------ */

/* Numbers that go along with the state: what the log's running means carry. */
enum { N_RUNNING = 5 };

/* state.safetensors: all that is needed to go on, durable. settings: JSON text of the ROLE_RESULT
 * options; data_checksum: the dataset's. */
int gan_save_state(const gan *m, const char *path, const char *settings, uint32_t data_checksum,
                   const double running[N_RUNNING], error *e);
/* model.safetensors: G (the average where there is one) and D, for use. */
int gan_save_model(const gan *m, const char *path, const char *settings, uint32_t data_checksum,
                   error *e);
/* Fills m, which gan_init made with the same settings, from a state's file. */
int gan_get_state(gan *m, const safetensors *s, double running[N_RUNNING], error *e);

/* ---- The trainer -------------------------------------------------------------------------------- */

/* Intervals are in steps; 0: never. */
typedef struct {
    uint64_t n_steps;     /* the final step; UINT64_MAX where only time ends the run */
    double max_time;      /* seconds of training in all; 0: no limit */
    double time_before;   /* seconds of training before this process */
    uint64_t log_every, sample_every, checkpoint_every;
} train_plan;

/* Called back between steps; each may be NULL; a nonzero return ends the training as failed. */
typedef struct {
    void *context;
    int (*log)(void *context, uint64_t step, double seconds, error *e);
    int (*sample)(void *context, uint64_t step, error *e);
    int (*checkpoint)(void *context, error *e);
    void (*tick)(void *context, uint64_t step, double done, double seconds); /* after every step */
    bool (*should_stop)(void *context);
} train_events;

typedef enum { TRAIN_FAILED = -1, TRAIN_FINISHED, TRAIN_STOPPED } train_end;

/* Steps from m->step on until the plan or should_stop ends it. numbers' running means, weight 0.99
 * to the past, go to running: loss_g, loss_d, score_real, score_fake, r1. A checkpoint is called for at
 * its interval and at either end but failure. */
train_end train(gan *m, const image_set *data, const train_plan *plan, const train_events *events,
                double running[N_RUNNING], error *e);

#endif
