/* SPDX-License-Identifier: MIT */
/* What is measured of a run on its way, and which of its models was the best. */
#include "training_detail.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of all that is drawn here, whatever the run's own: two runs are measured alike. */
enum { MEASURE_SEED = 0 };

/* ---- Before the run ---- */

static metric_context context_of(const training *t)
{
    return (metric_context){
        .judge = &t->metrics.judge.judge, .training = &t->data.train, .seed = MEASURE_SEED};
}

/* What is made has classes only where they are asked for. */
static int check_needs(const training *t, error *e)
{
    const run_metrics *r = &t->metrics;
    const model_part *encoder = model_find_part(&t->model, "E");
    const metric_generator some = {0};
    const metric_autoencoder coding = {.has_moments = encoder && encoder->row->out == SIDE_MOMENTS};
    metric_context context = context_of(t);
    context.generator = &some;
    context.autoencoder = encoder ? &coding : NULL;
    judged_set made = r->real;
    made.labels = t->model.n_classes ? made.labels : NULL;
    const comparison c = {.set = &made, .real = &r->real, .context = &context};
    for (size_t i = 0; i < r->n_asked; i++) {
        const char *lacking = metric_lacks(r->asked[i], &c);
        if (lacking)
            return fail(e, STATUS_USAGE, "--metrics: %s needs %s, which this run has not",
                        r->asked[i]->name, lacking);
    }
    return 0;
}

/* A conditional model is asked for the classes of real pictures. */
static int check_classes(const training *t, error *e)
{
    size_t classes[MAX_CLASSES], n_classes = model_drawn_classes(classes, &t->model);
    bool is_drawn[MAX_CLASSES] = {false};
    for (size_t k = 0; k < n_classes && t->model.n_classes; k++)
        is_drawn[classes[k]] = true;
    for (size_t i = 0; i < t->metrics.n && t->model.n_classes; i++)
        if (!is_drawn[t->metrics.sets.labels[i]])
            return fail(e, STATUS_BAD_INPUT,
                        "--metrics: real pictures are of class %d, which no training picture is of",
                        t->metrics.sets.labels[i]);
    return 0;
}

/* Real pictures against real ones, of each that has a meaning there. Says, too, whether they are
 * enough. */
static int measure_floors(training *t, error *e)
{
    run_metrics *r = &t->metrics;
    const metric_context context = context_of(t);
    judged_set other = {0};
    comparison c = {0};
    int status = 0;
    judged_set_init(&other, &r->judge.judge, r->sets.pixels + r->n * t->data.shape.n,
                    r->sets.labels + r->n, r->n);
    other.training_places = r->sets.places + r->n;
    comparison_init(&c, &other, &r->real, &context);
    for (size_t i = 0; i < r->n_asked && status == 0; i++) {
        metric_result out = {0};
        r->floors[i] = (double)NAN;
        if (r->asked[i]->has_no_floor || metric_lacks(r->asked[i], &c))
            continue;
        status = metric_measure(&out, r->asked[i], &c, e);
        r->floors[i] = out.value.value;
        metric_result_release(&out);
    }
    comparison_release(&c);
    judged_set_release(&other);
    return status ? fail_in(e, "--metrics: real pictures against real ones") : 0;
}

int run_metrics_open(training *t, error *e)
{
    run_metrics *r = &t->metrics;
    const train_options *o = &t->set.train;
    size_t half = (t->data.test.n + t->data.train.n) / 2;
    r->n_asked = train_metrics(r->asked, o);
    if (r->n_asked == 0)
        return 0;
    if (judge_open(&r->judge, t->set.judge, t->data.shape, e))
        return fail_in(e, "--judge");
    r->n = o->metrics_samples < half ? (size_t)o->metrics_samples : half;
    if (r->n == 0)
        return fail(e, STATUS_USAGE, "--metrics: one picture is too few to compare with");
    real_sets_draw(&r->sets, &t->data, r->n, MEASURE_SEED);
    judged_set_init(&r->real, &r->judge.judge, r->sets.pixels, r->sets.labels, r->n);
    r->real.training_places = r->sets.places;
    run_folder_expect_metrics(&t->run, r->asked, r->n_asked, t->plan.metrics_every);
    return check_needs(t, e) || check_classes(t, e) || measure_floors(t, e) ? -1 : 0;
}

void run_metrics_release(run_metrics *r)
{
    judged_set_release(&r->real);
    judge_file_release(&r->judge);
    real_sets_release(&r->sets);
    json_decref(r->values);
    *r = (run_metrics){0};
}

/* ---- Generated pictures ---- */

/* The model as its file would have it, and what it draws. */
typedef struct {
    model_file file;
    drawn_pictures drawn;
} made_pictures;

static int read_model(model_file *file, const training *t, error *e)
{
    bytes written = {0};
    safetensors s = {0};
    int status = model_write(&written, &t->model, t->result, t->data.checksum, e) ||
                         safetensors_read(&s, written.data, written.size, RUN_BEST, e) ||
                         model_file_read(file, &s, &(model_source){.path = RUN_BEST}, e)
                     ? -1
                     : 0;
    safetensors_release(&s);
    bytes_release(&written);
    return status;
}

static int make_pictures(made_pictures *p, const training *t, error *e)
{
    const run_metrics *r = &t->metrics;
    *p = (made_pictures){0};
    return read_model(&p->file, t, e) ||
                   drawn_pictures_init(&p->drawn, &p->file, r->sets.labels, r->n, 0, e) ||
                   drawn_pictures_draw(&p->drawn, e)
               ? -1
               : 0;
}

static void release_pictures(made_pictures *p)
{
    drawn_pictures_release(&p->drawn);
    model_file_release(&p->file);
}

/* ---- What comes out ---- */

/* In the nine digits of a state, so that a run that is gone on with compares what an unbroken one
 * does. */
static double as_written(double v)
{
    char digits[32];
    const char *end;
    snprintf(digits, sizeof digits, "%.9g", v);
    (void)real_read(&v, digits, &end);
    return v;
}

/* A value that is no number is none, and does not end the run. */
static int measure_one(json_t *values, const metric *m, comparison *c, error *e)
{
    metric_result out = {0};
    int status = metric_measure(&out, m, c, e);
    bool is_number = status == 0;
    if (status != 0 && e->status == STATUS_DIVERGED) {
        *e = (error){0};
        status = 0;
    }
    json_object_set_new(values, m->name,
                        is_number ? json_number(as_written(out.value.value)) : json_null());
    metric_result_release(&out);
    return status;
}

static int measure_made(json_t *values, const training *t, const made_pictures *p, error *e)
{
    const run_metrics *r = &t->metrics;
    judged_set made = {0};
    comparison c = {0};
    int status = 0;
    metric_context context = context_of(t);
    drawn_pictures_tell(&context, &p->drawn);
    judged_set_init(&made, &r->judge.judge, p->drawn.pixels,
                    t->model.n_classes ? r->sets.labels : NULL, r->n);
    comparison_init(&c, &made, &r->real, &context);
    for (size_t i = 0; i < r->n_asked && status == 0; i++)
        status = measure_one(values, r->asked[i], &c, e);
    comparison_release(&c);
    judged_set_release(&made);
    return status;
}

/* Pictures that are no numbers have no values. */
static int measure_all(json_t *values, const training *t, error *e)
{
    made_pictures *p = allocate(1, sizeof *p);
    int status = make_pictures(p, t, e);
    if (status == 0)
        status = measure_made(values, t, p, e);
    else if (e->status == STATUS_DIVERGED) {
        *e = (error){0};
        status = 0;
        for (size_t i = 0; i < t->metrics.n_asked; i++)
            json_object_set_new(values, t->metrics.asked[i]->name, json_null());
    }
    release_pictures(p);
    free(p);
    return status;
}

/* ---- The best ---- */

/* What its value can be compared with: one of the same kind. */
static json_t *best_kind(const run_metrics *r)
{
    return json_pack("{s:s, s:I, s:s}", "metric", r->asked[0]->name, "samples", (json_int_t)r->n,
                     "judge", r->judge.checksum);
}

/* What the state remembers, if that is of the kind that is asked for now. */
static void recall_best(training *t)
{
    run_metrics *r = &t->metrics;
    json_t *best = json_object_get(t->model.memory.metrics, "best");
    json_t *kind = best_kind(r), *there = json_object_get(best, "of");
    r->best = (double)NAN;
    if (there && json_equal(there, kind)) {
        r->best = json_number_value(json_object_get(best, "value"));
        r->best_step = (uint64_t)json_integer_value(json_object_get(best, "step"));
    }
    json_decref(kind);
}

static void recall_values(training *t)
{
    json_t *told = t->model.memory.metrics, *step = json_object_get(told, "step");
    if (json_is_integer(step) && (uint64_t)json_integer_value(step) == t->model.step) {
        t->metrics.values = json_incref(json_object_get(told, "values"));
        t->metrics.step = t->model.step;
    }
}

/* How far it is from the best that can be. */
static double distance_of(const run_metrics *r, double value)
{
    switch (r->asked[0]->better) {
    case MORE_IS_BETTER:
        return -value;
    case NEAR_REAL_IS_BETTER:
        return isfinite(r->floors[0]) ? fabs(value - r->floors[0]) : value;
    case LESS_IS_BETTER:
        break;
    }
    return value;
}

static bool is_best(const run_metrics *r, double value)
{
    return isfinite(value) && !(distance_of(r, r->best) <= distance_of(r, value));
}

static int save_bytes(const training *t, const bytes *file, error *e)
{
    char *path = run_folder_path(&t->run, RUN_BEST);
    int status = file_save(path, file->data, file->size, NOT_DURABLE, e);
    free(path);
    return status;
}

static int save_best(training *t, bytes *file, double value, error *e)
{
    const char *name = t->metrics.asked[0]->name;
    return model_write_best(file, &t->model, t->result, t->data.checksum, name, value, e) ||
                   save_bytes(t, file, e)
               ? -1
               : 0;
}

/* The state has it, too, so that a run that is killed goes on from the file that was the best at
 * its step. That of an end which is not due is no part of it: a longer run does not have it. */
static int keep_best(training *t, double value, bool is_due, error *e)
{
    run_metrics *r = &t->metrics;
    bytes file = {0};
    if (!is_best(r, value))
        return 0;
    int status = save_best(t, is_due ? &t->model.memory.best : &file, value, e);
    bytes_release(&file);
    r->best = value;
    r->best_step = t->model.step;
    if (is_due)
        json_object_set_new(t->model.memory.metrics, "best",
                            json_pack("{s:o, s:I, s:f}", "of", best_kind(r), "step",
                                      (json_int_t)r->best_step, "value", value));
    return status;
}

int run_metrics_restore(training *t, error *e)
{
    train_memory *memory = &t->model.memory;
    if (t->metrics.n_asked > 0) {
        recall_values(t);
        recall_best(t);
        if (isnan(t->metrics.best))
            bytes_release(&memory->best);
    }
    if (memory->best.size > 0)
        return save_bytes(t, &memory->best, e);
    char *path = run_folder_path(&t->run, RUN_BEST);
    int status = file_remove(path, e);
    free(path);
    return status;
}

/* ---- Between steps ---- */

static void remember(training *t)
{
    train_memory *memory = &t->model.memory;
    if (!memory->metrics)
        memory->metrics = json_object();
    json_object_set_new(memory->metrics, "step", json_unsigned(t->model.step));
    json_object_set(memory->metrics, "values", t->metrics.values);
}

int run_metrics_measure(training *t, bool is_due, error *e)
{
    run_metrics *r = &t->metrics;
    if (t->model.step <= t->run.logged_step) /* before the run was gone on with */
        return 0;
    json_t *values = json_object();
    if (measure_all(values, t, e)) {
        json_decref(values);
        return -1;
    }
    json_decref(r->values);
    r->values = values;
    r->step = t->model.step;
    if (is_due)
        remember(t);
    const json_t *first = json_object_get(values, r->asked[0]->name);
    return json_is_number(first) ? keep_best(t, json_number_value(first), is_due, e) : 0;
}

json_t *run_metrics_values(const training *t)
{
    return t->metrics.step == t->model.step ? t->metrics.values : NULL;
}

/* "fcd (2.31 of real pictures), path_length" */
static void add_floors(text *out, const run_metrics *r)
{
    const char *join = "";
    for (size_t i = 0; i < r->n_asked; i++) {
        text_add(out, "%s%s", join, r->asked[i]->name);
        if (isfinite(r->floors[i]))
            text_add(out, " (%.*f of real pictures)", r->asked[i]->decimals, r->floors[i]);
        join = ", ";
    }
}

void run_metrics_tell_start(training *t)
{
    const run_metrics *r = &t->metrics;
    text words = {0};
    if (r->n_asked == 0)
        return;
    text_add(&words, "%s: every ", t->set.output);
    text_add_grouped(&words, t->plan.metrics_every);
    text_add(&words, " steps, by ");
    text_add_grouped(&words, r->n);
    text_add(&words, " pictures: ");
    add_floors(&words, r);
    say(&t->voice, "%s", words.data);
    text_release(&words);
}

/* Why the run ended before its length, or that it might have. */
static void add_thresholds(text *out, const training *t)
{
    const train_plan *plan = &t->plan;
    for (size_t i = 0; i < plan->n_stop_when; i++) {
        const threshold *one = &plan->stop_when[i];
        json_t *value = json_object_get(t->metrics.values, one->metric->name);
        text_add(out, "%s", i > 0 ? ", " : "");
        threshold_add(out, one);
        text_add(out, " (%.*f)", one->metric->decimals,
                 json_is_number(value) ? json_number_value(value) : (double)NAN);
    }
}

static void tell_stop(training *t)
{
    text words = {0};
    bool is_good = train_is_good(&t->plan, &t->model);
    text_add(&words, "%s: %s: ", t->set.output,
             is_good ? "ended as --stop-when says" : "--stop-when was not met");
    add_thresholds(&words, t);
    say(&t->voice, "%s", words.data);
    text_release(&words);
}

void run_metrics_tell_end(training *t)
{
    const run_metrics *r = &t->metrics;
    text words = {0};
    if (t->plan.n_stop_when > 0 && r->n_asked > 0)
        tell_stop(t);
    if (r->n_asked == 0 || !isfinite(r->best))
        return;
    text_add(&words, "%s/" RUN_BEST ": step ", t->set.output);
    text_add_grouped(&words, r->best_step);
    text_add(&words, ", %s %.*f", r->asked[0]->name, r->asked[0]->decimals, r->best);
    say(&t->voice, "%s", words.data);
    text_release(&words);
}

void run_metrics_add(text *line, const run_metrics *r)
{
    for (size_t i = 0; i < r->n_asked; i++) {
        const json_t *value = json_object_get(r->values, r->asked[i]->name);
        if (json_is_number(value))
            text_add(line, "  %s %.*f", r->asked[i]->name, r->asked[i]->decimals,
                     json_number_value(value));
    }
}
