/* SPDX-License-Identifier: MIT */
/* What is measured of a run on its way, and which of its models was the best. */
#include "training_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of all that is drawn here, whatever the run's own: two runs are measured alike. */
enum { MEASURE_SEED = 0 };

/* ---- Before the run ---- */

static metric_context context_of(const training *t, const metric_generator *g)
{
    return (metric_context){.judge = &t->metrics.judge.judge,
                            .training = &t->data.train,
                            .generator = g,
                            .seed = MEASURE_SEED};
}

/* What is made has classes only where they are asked for. */
static int check_needs(const training *t, error *e)
{
    const run_metrics *r = &t->metrics;
    const metric_generator some = {0};
    const metric_context context = context_of(t, &some);
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

/* Real pictures against real ones, of each that has a meaning there. Says, too, whether they are
 * enough. */
static int measure_floors(training *t, error *e)
{
    run_metrics *r = &t->metrics;
    const metric_context context = context_of(t, NULL);
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
    return check_needs(t, e) || measure_floors(t, e) ? -1 : 0;
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

/* A model as it is for use, and its pictures, that of seed i of the class of real picture i. */
typedef struct {
    network networks[MAX_CLASSES];
    const network *pointers[MAX_CLASSES];
    metric_generator generator;
    uint8_t *which, *pixels;
} made_pictures;

/* Those of the k-th network, some at a time. */
static void draw_with(made_pictures *p, const training *t, sampler *s, size_t k, size_t most)
{
    size_t z_dim = (size_t)t->model.options.z_dim, size = t->data.shape.n, n = t->metrics.n;
    uint32_t *seeds = allocate(most, sizeof *seeds);
    sampler_use(s, &p->networks[k]);
    for (size_t i = 0, n_some = 0; i <= n; i++) {
        if (n_some == most || i == n) {
            sampler_draw(s, n_some);
            for (size_t j = 0; j < n_some; j++)
                memcpy(p->pixels + seeds[j] * size, s->pixels + j * size, size);
            n_some = 0;
        }
        if (i == n || p->which[i] != k)
            continue;
        latent_of_seed(s->z + n_some * z_dim, z_dim, i);
        seeds[n_some++] = (uint32_t)i;
    }
    free(seeds);
}

/* The class that a picture is asked for, by its place among those drawn; one that the training part
 * lacks is that of the first. */
static uint8_t place_of(const size_t *classes, size_t n_classes, uint8_t label)
{
    for (size_t k = 0; k < n_classes; k++)
        if (classes[k] == label)
            return (uint8_t)k;
    return 0;
}

static void make_pictures(made_pictures *p, const training *t)
{
    enum { TOGETHER = 8 * TILE_ROWS };
    const model *m = &t->model;
    const double *range = m->options.range;
    float both[] = {(float)range[0], (float)range[1]};
    size_t classes[MAX_CLASSES], n_classes = model_drawn_classes(classes, m), n = t->metrics.n;
    sampler s = {0};
    p->which = allocate(n, 1);
    p->pixels = allocate(n * t->data.shape.n, 1);
    for (size_t i = 0; i < n; i++)
        p->which[i] = place_of(classes, n_classes, t->metrics.sets.labels[i]);
    sampler_init(&s, (size_t)m->options.z_dim, t->data.shape, both, TOGETHER);
    for (size_t k = 0; k < n_classes; k++) {
        model_fold_generator(&p->networks[k], m, classes[k]);
        p->pointers[k] = &p->networks[k];
        draw_with(p, t, &s, k, TOGETHER);
    }
    sampler_release(&s);
    p->generator = (metric_generator){.networks = p->pointers,
                                      .n_networks = n_classes,
                                      .which = p->which,
                                      .low = both[0],
                                      .high = both[1]};
}

static void release_pictures(made_pictures *p)
{
    for (size_t k = 0; k < MAX_CLASSES; k++)
        network_release(&p->networks[k]);
    free(p->which);
    free(p->pixels);
}

/* ---- What comes out ---- */

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
    json_object_set_new(values, m->name, is_number ? json_number(out.value.value) : json_null());
    metric_result_release(&out);
    return status;
}

static int measure_all(json_t *values, const training *t, error *e)
{
    const run_metrics *r = &t->metrics;
    made_pictures *p = allocate(1, sizeof *p);
    judged_set made = {0};
    comparison c = {0};
    int status = 0;
    make_pictures(p, t);
    const metric_context context = context_of(t, &p->generator);
    judged_set_init(&made, &r->judge.judge, p->pixels, t->model.n_classes ? r->sets.labels : NULL,
                    r->n);
    comparison_init(&c, &made, &r->real, &context);
    for (size_t i = 0; i < r->n_asked && status == 0; i++)
        status = measure_one(values, r->asked[i], &c, e);
    comparison_release(&c);
    judged_set_release(&made);
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
