/* SPDX-License-Identifier: MIT */
/* A judge from its recipe to its file. */
#include "training.h"
#include <stdlib.h>
#include <string.h>

enum { HELD_SHARE = 10, MOST_HELD = 5000 };

/* A training on its way. */
typedef struct {
    voice *voice;
    progress progress;
    const judge_training *asked;
    train_options options;
    invocation texts;         /* of options */
    char *spec, *fitted;      /* the layers of C; owned */
    image_set pictures, held; /* of the training part */
    model model;
    train_plan plan;
} judge_run;

/* ---- Settings ---- */

/* Labels from 0 to the greatest that a training picture has. */
static size_t count_classes(const image_set *s)
{
    uint8_t greatest = 0;
    for (size_t i = 0; i < s->n; i++)
        greatest = s->labels[i] > greatest ? s->labels[i] : greatest;
    return (size_t)greatest + 1;
}

/* The recipe's layers, the first and the last as wide as is asked for. */
static void fit_spec(judge_run *r, picture_shape shape)
{
    text spec = {0};
    const char *written = r->options.classifier;
    const part_row *c = model_class_find(r->options.model)->parts;
    if (r->asked->width)
        text_add(&spec, "%llu%s", (unsigned long long)r->asked->width,
                 written + strspn(written, "0123456789"));
    else
        text_add(&spec, "%s", written);
    r->options.classifier = r->spec = spec.data;
    r->fitted = part_fit_spec(&r->options, c, shape);
}

static int read_settings(judge_run *r, const dataset *d, error *e)
{
    if (!d->train.labels)
        return fail(e, STATUS_BAD_INPUT,
                    "--data: the pictures have no labels for a judge to learn");
    if (judge_recipe_read(&r->options, &r->texts, e))
        return -1;
    r->options.seed = r->asked->seed;
    r->options.n_classes = count_classes(&d->train);
    if (r->options.n_classes < 2)
        return fail(e, STATUS_BAD_INPUT,
                    "--data: all training pictures are of class 0, and a judge tells two or more "
                    "apart");
    fit_spec(r, d->shape);
    return 0;
}

/* What the file says of how it was made: the recipe, with what was asked for in it. */
static char *settings_text(const judge_run *r)
{
    text out = {0};
    error never = {0}; /* it was read already */
    json_t *all = json_read(judge_recipe.json, strlen(judge_recipe.json), 2, judge_recipe.name,
                            STATUS_BAD_INPUT, &never);
    json_object_set_new(all, "model", json_text(r->options.model));
    json_object_set_new(all, "classifier", json_text(r->options.classifier));
    json_object_set_new(all, "n-classes", json_unsigned(r->options.n_classes));
    json_object_set_new(all, "seed", json_unsigned(r->options.seed));
    if (r->asked->has_random_labels)
        json_object_set_new(all, JUDGE_CONTROL_KEY, json_true());
    json_write(&out, all, 0);
    json_decref(all);
    return out.data;
}

/* ---- The run ---- */

/* As many of each as before, at other pictures. */
static void mix_labels(image_set *s, uint64_t seed, uint64_t index)
{
    rng r = rng_init(seed, rng_stream(STREAM_LABELS, index));
    uint32_t *from = allocate(s->n, sizeof *from);
    uint8_t *mixed = allocate(s->n, sizeof *mixed);
    rng_fill_permutation(&r, from, s->n);
    for (size_t i = 0; i < s->n; i++)
        mixed[i] = s->labels[from[i]];
    memcpy(s->labels, mixed, s->n);
    free(mixed);
    free(from);
}

static int begin(judge_run *r, const dataset *d, error *e)
{
    size_t n_held = d->train.n / HELD_SHARE;
    n_held = n_held > MOST_HELD ? MOST_HELD : n_held;
    if (read_settings(r, d, e))
        return -1;
    if (n_held == 0 || d->train.n - n_held < r->options.batch)
        return fail(e, STATUS_BAD_INPUT,
                    "--data: %zu training pictures, a tenth of them held back, are too few for a "
                    "judge: a step takes %llu",
                    d->train.n, (unsigned long long)r->options.batch);
    image_set_split(&r->pictures, &r->held, &d->train, n_held, r->options.seed);
    if (r->asked->has_random_labels) {
        mix_labels(&r->pictures, r->options.seed, 0);
        mix_labels(&r->held, r->options.seed, 1);
    }
    r->plan = train_plan_of(&r->options, r->pictures.n);
    return model_init(&r->model, &r->options, &r->pictures, e);
}

static void on_tick(void *context, uint64_t step, double done, double seconds)
{
    judge_run *r = context;
    text line = {0};
    (void)seconds;
    if (!progress_is_due(&r->progress))
        return;
    text_add(&line, "step ");
    text_add_grouped(&line, step);
    text_add(&line, " of ");
    text_add_grouped(&line, r->plan.n_steps);
    model_add_numbers(&line, &r->model);
    progress_show(&r->progress, done, line.data);
    text_release(&line);
}

static bool on_should_stop(void *context)
{
    (void)context;
    return signal_pending();
}

static int run(judge_run *r, error *e)
{
    const train_events events = {.context = r, .tick = on_tick, .should_stop = on_should_stop};
    progress_start(&r->progress, r->voice, r->asked->progress);
    train_end end = train(&r->model, &r->plan, &events, e);
    progress_end(&r->progress);
    if (end == TRAIN_STOPPED)
        return fail(e, STATUS_STOPPED, "stopped after %llu of %llu steps; no file was made",
                    (unsigned long long)r->model.step, (unsigned long long)r->plan.n_steps);
    return end == TRAIN_FINISHED ? 0 : -1;
}

static void say_result(const judge_run *r, double temperature)
{
    text words = {0};
    text_add_grouped(&words, r->pictures.n);
    text_add(&words, " training pictures, and a temperature of %.3f was found by ", temperature);
    text_add_grouped(&words, r->held.n);
    say(r->voice,
        r->asked->has_random_labels
            ? "%s: learned labels at random from %s others; ganexplain --judge-control reads it"
            : "%s: learned from %s others; each ganeval --judge says how often it is right",
        r->asked->output, words.data);
    text_release(&words);
}

static int finish(judge_run *r, uint32_t data_checksum, error *e)
{
    double t = classifier_calibrate(&r->model, &r->held);
    classifier_scale_features(&r->model, &r->held);
    char *settings = settings_text(r);
    int status = model_save(&r->model, r->asked->output, NULL, settings, data_checksum, e);
    free(settings);
    if (status == 0)
        say_result(r, t);
    return status;
}

static void judge_run_release(judge_run *r)
{
    model_release(&r->model);
    image_set_release(&r->pictures);
    image_set_release(&r->held);
    invocation_release(&r->texts);
    free(r->spec);
    free(r->fitted);
}

int judge_train(voice *v, const dataset *d, const judge_training *t, error *e)
{
    judge_run r = {.voice = v, .asked = t};
    int status = begin(&r, d, e) || run(&r, e) || finish(&r, d->checksum, e) ? -1 : 0;
    judge_run_release(&r);
    return status;
}
