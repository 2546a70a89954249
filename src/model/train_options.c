/* SPDX-License-Identifier: MIT */
/* How train_options are written. */
#include "model.h"
#include <assert.h>
#include <math.h>
#include <string.h>

#define MOST ((double)INFINITY)

static const option_row seed_options[] = {
    OPTION_COUNT(train_options, seed, .name = "seed", .role = ROLE_RESULT, .value = "S",
                 .summary = "Seed of weights, data order, noise and dropout."),
};

static const option_row length_options[] = {
    OPTION_COUNT(train_options, steps, .name = "steps", .role = ROLE_PLAN, .low = 1, .high = 1e12,
                 .value = "N", .summary = "Steps in all."),
    OPTION_COUNT(train_options, epochs, .name = "epochs", .role = ROLE_PLAN, .low = 1, .high = 1e9,
                 .value = "E", .summary = "Passes over the data, instead of --steps."),
    OPTION_DURATION(train_options, max_time, .name = "max-time", .role = ROLE_PLAN, .low = 0.001,
                    .high = 1e9, .value = "T",
                    .summary = "Training time in all, such as 90s or 3m, resumed parts included; "
                               "while the process is stopped (Ctrl-Z, a sleeping computer) none "
                               "passes. Without --steps or --epochs nothing else ends the run."),
};

static const option_row model_options[] = {
    OPTION_CHOICE(train_options, model, .name = "model", .role = ROLE_RESULT, .before = "gan",
                  .value = "NAME", .choices = NAMES_POINTED(model_class, model_classes),
                  .summary = "What is trained."),
    OPTION_TEXT(train_options, generator, .name = "generator", .role = ROLE_RESULT, .value = "SPEC",
                .summary =
                    "Layers of G, by commas; the last width is that of a picture, and widths at "
                    "the end of a recipe's networks follow the data and --z-dim. A layer is",
                .more = network_spec_tell),
    OPTION_TEXT(train_options, discriminator, .name = "discriminator", .role = ROLE_RESULT,
                .models = "gan", .is_optional = true, .value = "SPEC",
                .summary = "Layers of D, without bn; the last width is 1."),
    OPTION_TEXT(train_options, encoder, .name = "encoder", .role = ROLE_RESULT, .models = "ae|vae",
                .is_optional = true, .before = "", .value = "SPEC",
                .summary = "Layers of E, the last without activation; its width is that of z, of a "
                           "vae twice that: means, then logarithms of variances."),
    OPTION_FLAG(train_options, conditional, .name = "conditional", .role = ROLE_RESULT,
                .models = "gan|vae", .before = "false",
                .summary = "Tell the networks the class of each picture, so that one can be asked "
                           "for: G and E as a further input, D by an embedding."),
    OPTION_COUNT(train_options, z_dim, .name = "z-dim", .role = ROLE_RESULT, .low = 1,
                 .high = 65536, .value = "N", .summary = "Width of z."),
    OPTION_CHOICE(train_options, init_weights, .name = "init-weights", .role = ROLE_RESULT,
                  .value = "HOW", .choices = NAMES_OF(weight_fillings),
                  .summary = "Initial weights: Glorot's uniform or He's normal."),
    OPTION_CHOICE(train_options, init_output, .name = "init-output", .role = ROLE_RESULT,
                  .before = "weights", .value = "HOW", .choices = WORDS("weights", "data"),
                  .summary = "Initial values of the layer that ends in pictures: as --init-weights "
                             "says, or such that pictures begin as normal draws with the data's "
                             "mean and principal components: for short runs and first looks."),
    OPTION_REAL(train_options, bn_momentum, .name = "bn-momentum", .role = ROLE_RESULT, .high = 1,
                .value = "X", .summary = "Weight of the past in BatchNorm's running statistics."),
};

static const option_row data_options[] = {
    OPTION_COUNT(train_options, n_classes, .name = "n-classes", .role = ROLE_PLAN, .low = 1,
                 .high = 256, .value = "N", .summary = "Labels of the data are below this."),
    OPTION_PAIR(train_options, range, .name = "range", .role = ROLE_RESULT, .low = -1e6,
                .high = 1e6, .value = "LOW,HIGH",
                .summary = "Values of black and white as the networks see them."),
    OPTION_LIST(train_options, classes, .name = "classes", .role = ROLE_RESULT, .is_optional = true,
                .before = "", .value = "LIST",
                .summary = "Only pictures of these labels, such as 3,7; they stay what they are."),
    OPTION_LIST(train_options, clean, .name = "clean", .role = ROLE_RESULT, .is_optional = true,
                .before = "", .value = "FLAWS", .choices = NAMES_OF(data_flaws),
                .summary = "Leave out training pictures with these flaws, by commas; "
                           "RUN/cleaned.txt says which they are. --check-data shows what there "
                           "is, ganlens(7) what each means."),
    OPTION_COUNT(train_options, subset, .name = "subset", .role = ROLE_RESULT, .is_optional = true,
                 .before = "", .low = 1, .high = 1e9, .value = "N",
                 .summary = "Only N of the training pictures: the first in an order drawn by "
                            "--seed, so that a larger N holds a smaller one."),
    OPTION_FLAG(train_options, balance, .name = "balance", .role = ROLE_RESULT, .before = "false",
                .summary = "Draw every class alike, however many pictures it has: for data that "
                           "have few of some. An epoch is as many draws as there are pictures: "
                           "rare ones come several times in it, and some of the others not."),
};

static const option_row loss_options[] = {
    OPTION_CHOICE(train_options, loss, .name = "loss", .role = ROLE_RESULT, .models = "gan",
                  .is_optional = true, .value = "NAME", .choices = NAMES_OF(adversarial_losses),
                  .summary =
                      "Adversarial loss; wgan and wgan-gp bring settings of their own, which "
                      "others that are given win over: see ganlens(7)."),
    OPTION_REAL(train_options, label_smoothing, .name = "label-smoothing", .role = ROLE_RESULT,
                .models = "gan", .before = "0", .high = 0.5, .value = "S",
                .summary = "Have D take real pictures for real by 1 - S alone: a D that is too "
                           "sure teaches G little. For losses with such a target; 0: none."),
    OPTION_COUNT(train_options, d_steps, .name = "d-steps", .role = ROLE_RESULT, .models = "gan",
                 .before = "1", .low = 1, .high = 100, .value = "K",
                 .summary = "Updates of D a step, each by a batch of its own; the last one goes "
                            "with the update of G."),
    OPTION_REAL(train_options, r1, .name = "r1", .role = ROLE_RESULT, .models = "gan", .high = 1e9,
                .value = "GAMMA", .summary = "Weight of the R1 gradient penalty on D; 0: none."),
    OPTION_COUNT(train_options, r1_every, .name = "r1-every", .role = ROLE_RESULT, .models = "gan",
                 .is_optional = true, .low = 1, .high = 1e6, .value = "N",
                 .summary = "Steps between penalties, each counted N times."),
    OPTION_REAL(train_options, r2, .name = "r2", .role = ROLE_RESULT, .models = "gan",
                .before = "0", .high = 1e9, .value = "GAMMA",
                .summary = "Weight of the R2 gradient penalty on D, which is R1 at generated "
                           "pictures; 0: none."),
    OPTION_COUNT(train_options, r2_every, .name = "r2-every", .role = ROLE_RESULT, .models = "gan",
                 .before = "1", .low = 1, .high = 1e6, .value = "N",
                 .summary = "As --r1-every, for --r2."),
    OPTION_REAL(train_options, gp, .name = "gp", .role = ROLE_RESULT, .models = "gan",
                .before = "0", .high = 1e9, .value = "LAMBDA",
                .summary = "Weight of the gradient penalty on D between real and generated "
                           "pictures; 0: none."),
    OPTION_COUNT(train_options, gp_every, .name = "gp-every", .role = ROLE_RESULT, .models = "gan",
                 .before = "1", .low = 1, .high = 1e6, .value = "N",
                 .summary = "As --r1-every, for --gp."),
    OPTION_COUNT(train_options, rec_pairs, .name = "rec-pairs", .role = ROLE_RESULT,
                 .models = "gan", .before = "0", .high = 1e9, .value = "N",
                 .summary = "Have G make picture i of the data of seed i, for the first N: their "
                            "mean squared distance (rec) is added to G's loss; 0: none. For "
                            "pictures that are to be found again in z; gansample --seeds shows "
                            "them."),
    OPTION_REAL(train_options, lambda, .name = "lambda", .role = ROLE_RESULT, .models = "gan",
                .before = "1", .high = 1e6, .value = "X",
                .summary = "Weight of G's loss beside that distance, as in ganexplain's loss: "
                           "below 1 the pairs count for more."),
    OPTION_CHOICE(train_options, reconstruction, .name = "reconstruction", .role = ROLE_RESULT,
                  .models = "ae|vae", .is_optional = true, .before = "", .value = "NAME",
                  .choices = NAMES_OF(reconstruction_losses),
                  .summary = "What a picture costs that is not given back whole."),
    OPTION_REAL(train_options, beta, .name = "beta", .role = ROLE_RESULT, .models = "vae",
                .high = 1e9, .before = "1", .value = "X",
                .summary = "Weight of the divergence of codes from N(0, I): above 1 smoother "
                           "pictures from z, below 1 sharper ones given back."),
    OPTION_COUNT(train_options, beta_warmup, .name = "beta-warmup", .role = ROLE_RESULT,
                 .models = "vae", .high = 1e12, .before = "0", .value = "N",
                 .summary = "Steps in which that weight grows from 0 in a line; 0: none."),
};

static const option_row augment_options[] = {
    OPTION_COUNT(train_options, augment.shift, .name = "augment-shift", .role = ROLE_RESULT,
                 .models = "gan", .before = "0", .high = 128, .value = "PIXELS",
                 .summary =
                     "Before D sees them, real and generated pictures are shifted at random, "
                     "up to so many pixels; with few pictures D learns them by heart else."),
    OPTION_REAL(train_options, augment.rotate, .name = "augment-rotate", .role = ROLE_RESULT,
                .models = "gan", .before = "0", .high = 180, .value = "DEGREES",
                .summary = "The same: one half is turned, up to so far either way."),
    OPTION_REAL(train_options, augment.scale, .name = "augment-scale", .role = ROLE_RESULT,
                .models = "gan", .before = "0", .high = 9, .value = "FRACTION",
                .summary =
                    "The same: one half is made larger or smaller, up to 1 + FRACTION times."),
    OPTION_REAL(train_options, augment.noise, .name = "instance-noise", .role = ROLE_RESULT,
                .models = "gan", .before = "0", .high = 1e6, .value = "SIGMA",
                .summary = "The same: N(0, SIGMA^2) is added to every pixel, in units of --range."),
};

static const option_row optimizer_options[] = {
    OPTION_COUNT(train_options, batch, .name = "batch", .role = ROLE_RESULT, .low = 1,
                 .high = 65536, .value = "B",
                 .summary = "Real pictures a step; of a gan as many generated ones."),
    OPTION_CHOICE(train_options, opt, .name = "opt", .role = ROLE_RESULT, .value = "NAME",
                  .choices = NAMES_OF(optimizer_rules), .summary = "Optimizer of all networks."),
    OPTION_REAL(train_options, lr, .name = "lr", .role = ROLE_RESULT, .high = MOST, .value = "X",
                .summary = "Learning rate."),
    OPTION_REAL(train_options, lr_d, .name = "lr-d", .role = ROLE_RESULT, .models = "gan",
                .is_optional = true, .high = MOST, .value = "X",
                .summary = "Learning rate of D, where it is not that of G."),
    OPTION_CHOICE(train_options, schedule, .name = "schedule", .role = ROLE_RESULT,
                  .before = "constant", .value = "NAME", .choices = NAMES_OF(rate_schedules),
                  .summary =
                      "How the rates change over the run: by its steps or, with --max-time, by its "
                      "time too, and then not to the same bytes each time. Resumed with another "
                      "length a run takes the rates that a run of that length has there."),
    OPTION_COUNT(train_options, warmup, .name = "warmup", .role = ROLE_RESULT, .before = "0",
                 .high = 1e12, .value = "N",
                 .summary =
                     "Steps over which the rates grow at first, in a line from an N-th of what "
                     "they are then; 0: none."),
    OPTION_REAL(train_options, beta1, .name = "beta1", .role = ROLE_RESULT, .high = 0.999999,
                .value = "X", .summary = "Adam's beta1, or the momentum."),
    OPTION_REAL(train_options, beta2, .name = "beta2", .role = ROLE_RESULT, .high = 0.999999,
                .value = "X",
                .summary = "Weight of the past in the mean of squared gradients: Adam's beta2."),
    /* At first v is (1 - beta2) g^2, at least 1e-6 g^2, which float holds with all its digits down
     * to 1.2e-38: below |g| = 1.1e-16 v has fewer, at last none. A smaller eps would let that
     * count. */
    OPTION_REAL(train_options, eps, .name = "eps", .role = ROLE_RESULT, .low = 1e-15, .high = 1,
                .value = "X",
                .summary = "What is added to the root of that mean, after Adam's bias correction."),
    OPTION_REAL(train_options, weight_decay, .name = "weight-decay", .role = ROLE_RESULT,
                .before = "0.01", .high = 1e9, .value = "X",
                .summary = "What part of all parameters, times the rate, a step of --opt adamw "
                           "takes away; for others there is --l2."),
    OPTION_CHOICE(train_options, on_nan, .name = "on-nan", .role = ROLE_RESULT, .before = "stop",
                  .value = "WHAT", .choices = WORDS("stop", "rollback"),
                  .summary = "What to do when a number stops being finite: end the run, or go back "
                             "to a state of up to 1,000 steps before with half the rates, up to 10 "
                             "times."),
    OPTION_REAL(train_options, ema_kimg, .name = "ema-kimg", .role = ROLE_RESULT, .models = "gan",
                .high = 1e9, .value = "X",
                .summary =
                    "Half-life of the moving average of G, in 1,000 real pictures, but at most "
                    "a twentieth of those seen so far; 0: none."),
};

/* What they do in full, and when to use them, is in update_rules. */
static const option_row weight_options[] = {
    OPTION_REAL(train_options, l1, .name = "l1", .role = ROLE_RESULT, .before = "0", .high = 1e9,
                .value = "X",
                .summary = "Weight of the sum of |w| over all weight matrices in the loss."),
    OPTION_REAL(train_options, l2, .name = "l2", .role = ROLE_RESULT, .before = "0", .high = 1e9,
                .value = "X",
                .summary = "Twice the weight of the sum of w^2 over all weight matrices."),
    OPTION_REAL(train_options, clip_grad, .name = "clip-grad", .role = ROLE_RESULT, .before = "0",
                .high = MOST, .value = "X",
                .summary = "Most that the norm of a network's gradient may be; 0: any."),
    OPTION_REAL(train_options, clip_weights, .name = "clip-weights", .role = ROLE_RESULT,
                .models = "gan", .before = "0", .high = MOST, .value = "X",
                .summary = "Most that the size of a parameter of D may be; 0: any."),
};

static const option_row trace_options[] = {
    OPTION_INTERVAL(train_options, sample_every, .name = "sample-every", .role = ROLE_PLAN,
                    .low = 1, .high = 1e12, .value = "N[e]",
                    .summary = "Steps (epochs) between pictures of the same 100 seeds, which the "
                               "final step has, too; 0: never."),
    OPTION_INTERVAL(train_options, log_every, .name = "log-every", .role = ROLE_PLAN, .low = 1,
                    .high = 1e12, .value = "N[e]",
                    .summary = "Steps (epochs) between lines of log.jsonl; 0: never."),
    OPTION_INTERVAL(train_options, checkpoint_every, .name = "checkpoint-every", .role = ROLE_PLAN,
                    .low = 1, .high = 1e12, .value = "N[e]",
                    .summary = "Steps (epochs) between states to resume from; 0: only at the "
                               "end, or when interrupted."),
    OPTION_COUNT(train_options, keep, .name = "keep", .role = ROLE_PLAN, .high = 1e6, .value = "N",
                 .summary = "Keep the states of the last N of these steps, and of the end, as "
                            "state-NNNNNN.safetensors, too: to go back by hand, or to compare."),
};

static const option_row metric_options[] = {
    OPTION_LIST(train_options, metrics, .name = "metrics", .role = ROLE_PLAN, .is_optional = true,
                .before = "", .value = "LIST", .choices = NAMES_POINTED(metric, metrics),
                .summary = "Measure these now and then, as ganeval does: they stand in log, curves "
                           "and TensorBoard, and RUN/best.safetensors is the model that was the "
                           "best by the first. Nothing else changes by it. Without it those of "
                           "--stop-when, or fcd; ganlens(7) says what each means."),
    OPTION_INTERVAL(train_options, metrics_every, .name = "metrics-every", .role = ROLE_PLAN,
                    .low = 1, .high = 1e12, .value = "N[e]",
                    .summary = "Steps (epochs) between that, which the end has, too; 0: never. "
                               "With --metrics or --stop-when 1000, unless it is given. What it "
                               "takes is no training time, and not of --max-time."),
    OPTION_COUNT(train_options, metrics_samples, .name = "metrics-samples", .role = ROLE_PLAN,
                 .before = "5000", .low = 1, .high = 1e7, .value = "N",
                 .summary = "Generated pictures that it is of, and as many real ones, if there are "
                            "twice as many: fewer cost less and say less."),
    OPTION_TEXT(train_options, stop_when, .name = "stop-when", .role = ROLE_PLAN,
                .is_optional = true, .before = "", .value = "WHAT",
                .summary = "End the run as finished as soon as all of this is measured, such as "
                           "'fcd<1.5,coverage>0.7'; rates of a --schedule stay those of the length "
                           "that was planned."),
};

size_t train_groups(option_group groups[MAX_TRAIN_GROUPS], size_t base)
{
    const option_group all[] = {
        OPTION_GROUP("The run", seed_options, base),
        OPTION_GROUP("Length", length_options, base),
        OPTION_GROUP("The model", model_options, base),
        OPTION_GROUP("The loss", loss_options, base),
        OPTION_GROUP("Augmentation", augment_options, base),
        OPTION_GROUP("The optimizer", optimizer_options, base),
        OPTION_GROUP("Weights and gradients", weight_options, base),
        OPTION_GROUP("The data", data_options, base),
        OPTION_GROUP("What is left in RUN", trace_options, base),
        OPTION_GROUP("What is measured", metric_options, base),
    };
    static_assert(sizeof all <= MAX_TRAIN_GROUPS * sizeof *all, "there is room for all");
    memcpy(groups, all, sizeof all);
    return sizeof all / sizeof *all;
}

/* ---- What they make of the data ---- */

data_choice train_data_choice(const train_options *o)
{
    return (data_choice){.n_classes = (size_t)o->n_classes,
                         .seed = o->seed,
                         .subset = (size_t)o->subset,
                         .classes = o->classes,
                         .clean = o->clean};
}

/* ---- What is measured ---- */

static void add_metric(const metric *out[MAX_TRAIN_METRICS], size_t *n, const metric *m)
{
    for (size_t i = 0; i < *n; i++)
        if (out[i] == m)
            return;
    if (m && *n < MAX_TRAIN_METRICS)
        out[(*n)++] = m;
}

static void add_named(const metric *out[MAX_TRAIN_METRICS], size_t *n, const char *names)
{
    while (names && *names) {
        text name = {0};
        size_t length = strcspn(names, ",");
        text_add_bytes(&name, names, length);
        add_metric(out, n, metric_find(name.data));
        text_release(&name);
        names += length + (names[length] == ',');
    }
}

size_t train_metrics(const metric *out[MAX_TRAIN_METRICS], const train_options *o)
{
    threshold t[MAX_THRESHOLDS];
    size_t n = 0, n_thresholds = 0;
    error checked = {0};
    if (!o->metrics_every.n)
        return 0;
    add_named(out, &n, o->metrics);
    if (o->stop_when && thresholds_read(t, &n_thresholds, o->stop_when, &checked) == 0)
        for (size_t i = 0; i < n_thresholds; i++)
            add_metric(out, &n, t[i].metric);
    if (n == 0)
        add_named(out, &n, "fcd");
    return n;
}

/* ---- Their plan ---- */

static uint64_t steps_of(interval i, uint64_t epoch)
{
    return !i.is_epochs ? i.n : i.n <= UINT64_MAX / epoch ? i.n * epoch : 0;
}

/* Batches follow one another: those too few for a step are the next epoch's first. */
static uint64_t steps_an_epoch(const train_options *o, size_t n_pictures)
{
    uint64_t steps = n_pictures / o->batch / model_batches(o);
    return steps ? steps : 1;
}

train_plan train_plan_of(const train_options *o, size_t n_pictures)
{
    uint64_t epoch = steps_an_epoch(o, n_pictures);
    uint64_t steps = o->epochs ? steps_of((interval){o->epochs, true}, epoch) : o->steps;
    train_plan plan = {.n_steps = steps ? steps : UINT64_MAX,
                       .max_time = o->max_time,
                       .log_every = steps_of(o->log_every, epoch),
                       .sample_every = steps_of(o->sample_every, epoch),
                       .checkpoint_every = steps_of(o->checkpoint_every, epoch),
                       .metrics_every = steps_of(o->metrics_every, epoch)};
    error checked = {0};
    if (o->stop_when)
        thresholds_read(plan.stop_when, &plan.n_stop_when, o->stop_when, &checked);
    return plan;
}
