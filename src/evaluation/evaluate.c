/* SPDX-License-Identifier: MIT */
/* From what is asked for to values. */
#include "evaluation_detail.h"
#include <stdlib.h>
#include <string.h>

/* ---- Inputs ---- */

/* Whether the list has the name among what its commas part. */
static bool is_listed(const char *name, const char *list)
{
    size_t n = strlen(name);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strcspn(at, ",") == n && strncmp(at, name, n) == 0)
            return true;
    return false;
}

static bool is_required(const metric *m, const evaluation_request *r)
{
    for (size_t i = 0; i < r->n_required; i++)
        if (r->required[i].metric == m)
            return true;
    return false;
}

/* All, or those of the list, which holds names of the table, and those that are required. */
static void choose_metrics(evaluation *v)
{
    size_t n = 0;
    while (metrics[n])
        n++;
    v->metrics = allocate(n, sizeof *v->metrics);
    for (size_t i = 0; i < n; i++)
        if (!v->request.metrics || is_listed(metrics[i]->name, v->request.metrics) ||
            is_required(metrics[i], &v->request))
            v->metrics[v->n_metrics++] = metrics[i];
}

static int fail_shape(const char *name, picture_shape found, picture_shape expected, const char *as,
                      error *e)
{
    return fail(e, STATUS_BAD_INPUT, "%s: pictures are %zux%zu, expected %zux%zu, as those of %s",
                name, found.rows, found.cols, expected.rows, expected.cols, as);
}

static int open_candidates(evaluation *v, error *e)
{
    const evaluation_request *r = &v->request;
    v->candidates = allocate(r->n_paths, sizeof *v->candidates);
    for (; v->n_candidates < r->n_paths; v->n_candidates++)
        if (candidate_open(&v->candidates[v->n_candidates], r, r->paths[v->n_candidates], e)) {
            v->n_candidates++;
            return -1;
        }
    v->shape = candidate_shape(&v->candidates[0]);
    for (size_t i = 1; i < v->n_candidates; i++) {
        picture_shape found = candidate_shape(&v->candidates[i]);
        if (!picture_shape_is_same(found, v->shape))
            return fail_shape(r->paths[i], found, v->shape, r->paths[0], e);
    }
    return 0;
}

/* By whose training the real pictures are found. */
static const model_file *first_model(const evaluation *v)
{
    for (size_t i = 0; i < v->n_candidates; i++)
        if (candidate_is_model(&v->candidates[i]))
            return &v->candidates[i].model;
    return NULL;
}

static int check_labels(const evaluation *v, const image_set *part, error *e)
{
    size_t n = judge_n_classes(&v->judge.judge);
    const char *data = v->request.data;
    for (size_t i = 0; i < part->n; i++)
        if (part->labels[i] >= n)
            return fail(e, STATUS_BAD_INPUT,
                        "%s: label %d, expected below %zu, as the judge knows them; --train-judge "
                        "makes one that knows others",
                        data ? data : "the real pictures", part->labels[i], n);
    return 0;
}

static int open_real(evaluation *v, error *e)
{
    const evaluation_request *r = &v->request;
    const dataset *d = &v->real.data;
    if (real_pictures_load(&v->real, r, first_model(v), e))
        return -1;
    if (!picture_shape_is_same(d->shape, v->shape))
        return fail_shape(d->n_files ? d->files[0] : "the built-in digits", d->shape, v->shape,
                          r->paths[0], e);
    if (judge_open(&v->judge, r->judge, v->shape, e))
        return -1;
    return check_labels(v, &d->train, e) || check_labels(v, &d->test, e) ? -1 : 0;
}

static int choose_number(evaluation *v, error *e)
{
    size_t most = real_pictures_most(&v->real);
    v->n = most < v->request.n ? most : v->request.n;
    for (size_t i = 0; i < v->n_candidates; i++) {
        size_t n = candidate_count(&v->candidates[i]);
        v->n = n < v->n ? n : v->n;
    }
    if (v->n == 0)
        return fail(e, STATUS_BAD_INPUT, "there is one real picture, expected two at least");
    return 0;
}

int evaluation_open(evaluation *v, const evaluation_request *r, error *e)
{
    v->request = *r;
    choose_metrics(v);
    if (r->features)
        return features_open(v, e);
    if (open_candidates(v, e) || open_real(v, e) || choose_number(v, e))
        return -1;
    real_pictures_draw(&v->real, v->n, r->seed);
    for (size_t i = 0; i < v->n_candidates; i++)
        if (candidate_prepare(&v->candidates[i], v, e))
            return -1;
    return 0;
}

void evaluation_list_inputs(const evaluation *v, file_list *f)
{
    for (size_t i = 0; i < v->n_candidates; i++) {
        file_list_read(f, v->candidates[i].model.path);
        file_list_read_data(f, &v->candidates[i].found);
    }
    file_list_read(f, v->request.judge);
    file_list_read_data(f, &v->real.data);
    file_list_read(f, v->real.data_config);
    for (size_t i = 0; i < 2; i++)
        file_list_read(f, v->feature_paths[i]);
}

/* ---- Progress ---- */

/* Seconds that drawing and judging a set of 10,000 take, about. */
static const double set_cost = 0.5;

typedef struct {
    progress line;
    double start, done, all; /* seconds: of the clock, of the costs */
    size_t i, n;             /* metrics */
} watch;

static void watch_start(watch *w, const evaluation *v)
{
    *w = (watch){.start = seconds_now(), .all = set_cost * (double)(v->n_candidates + 2)};
    for (size_t k = 0; k < v->n_metrics; k++)
        w->all += v->metrics[k]->cost * (double)(v->n_candidates + 1);
    w->n = v->n_metrics;
    progress_start(&w->line, v->request.voice, v->request.progress);
}

/* Said only where it takes more than a moment. STATUS_STOPPED by a signal. */
static int watch_show(watch *w, const char *what, error *e)
{
    if (signal_pending())
        return fail(e, STATUS_STOPPED, "stopped after %zu of %zu metrics; no file was made", w->i,
                    w->n);
    if (seconds_now() - w->start > 1 && progress_is_due(&w->line))
        progress_show(&w->line, w->done / w->all, what);
    return 0;
}

/* ---- Sets ---- */

static int judge_candidate(candidate *c, const evaluation *v, error *e)
{
    if (candidate_draw(c, e))
        return -1;
    judged_set_init(&c->set, &v->judge.judge, c->drawn.pixels, c->labels, v->n);
    comparison_init(&c->against_real, &c->set, &v->real.real, &c->context);
    return 0;
}

static void judge_real(evaluation *v)
{
    real_pictures *r = &v->real;
    size_t n = v->n;
    const judge *j = &v->judge.judge;
    judged_set_init(&r->real, j, r->sets.pixels, r->sets.labels, n);
    judged_set_init(&r->other, j, r->sets.pixels + n * v->shape.n, r->sets.labels + n, n);
    r->real.training_places = r->sets.places;
    r->other.training_places = r->sets.places + n;
    r->context = (metric_context){.judge = j, .training = &r->data.train, .seed = v->request.seed};
    comparison_init(&r->floor, &r->other, &r->real, &r->context);
}

/* Whether both draw of the same z, for the same classes. */
static bool are_twins(const candidate *a, const candidate *b)
{
    const model_file *m = &a->model, *other = &b->model;
    return a != b && candidate_is_model(a) && candidate_is_model(b) && m->z_dim == other->z_dim &&
           m->n_classes == other->n_classes;
}

/* Each gets the next one that it can be held against. */
static void find_twins(evaluation *v)
{
    for (size_t i = 0; i < v->n_candidates; i++)
        for (size_t k = 1; k < v->n_candidates && !v->candidates[i].context.twin; k++) {
            const candidate *next = &v->candidates[(i + k) % v->n_candidates];
            if (are_twins(&v->candidates[i], next))
                v->candidates[i].context.twin = &next->set;
        }
}

static int judge_sets(evaluation *v, watch *w, error *e)
{
    if (v->request.features)
        return 0;
    judge_real(v);
    w->done += 2 * set_cost;
    for (size_t i = 0; i < v->n_candidates; i++) {
        if (watch_show(w, "drawing and judging pictures", e) ||
            judge_candidate(&v->candidates[i], v, e))
            return -1;
        w->done += set_cost;
    }
    find_twins(v);
    return 0;
}

/* ---- Metrics ---- */

/* What was asked for by name can be had of one candidate at least. */
static int check_asked(const evaluation *v, error *e)
{
    const char *list = v->request.metrics;
    for (size_t k = 0; list && k < v->n_metrics; k++) {
        const char *lacks = NULL;
        size_t i = 0;
        if (!is_listed(v->metrics[k]->name, list))
            continue;
        while (i < v->n_candidates &&
               (lacks = metric_lacks(v->metrics[k], &v->candidates[i].against_real)))
            i++;
        if (i == v->n_candidates)
            return fail(e, STATUS_USAGE, "--metrics: %s needs %s", v->metrics[k]->name, lacks);
    }
    return 0;
}

/* what: of metric_measure, with the name before it. */
static void give_reason(measurement *m, const char *before, const char *what)
{
    text reason = {0};
    size_t n = strlen(m->metric->name);
    bool is_named = begins_with(what, m->metric->name) && begins_with(what + n, ": ");
    text_add(&reason, "%s%s", before, is_named ? what + n + 2 : what);
    m->reason = reason.data;
}

/* Too few pictures, and a value that is not finite, are reasons. */
static int measure(measurement *m, comparison *c, error *e)
{
    error why = {0};
    const char *lacks = metric_lacks(m->metric, c);
    if (lacks) {
        give_reason(m, "needs ", lacks);
        return 0;
    }
    if (metric_measure(&m->result, m->metric, c, &why) == 0)
        return 0;
    m->is_diverged = why.status == STATUS_DIVERGED;
    if (why.status != STATUS_USAGE && !m->is_diverged) {
        *e = why;
        return -1;
    }
    metric_result_release(&m->result);
    give_reason(m, "", why.message);
    return 0;
}

static int measure_floor(measurement *m, evaluation *v, error *e)
{
    bool has_other = v->real.other.n > 0;
    if (has_other && !m->metric->has_no_floor)
        return measure(m, &v->real.floor, e);
    give_reason(m, has_other ? "has no meaning on real pictures" : "needs other real pictures", "");
    return 0;
}

/* One metric, of all. */
static int measure_all(evaluation *v, size_t k, watch *w, error *e)
{
    for (size_t i = 0; i <= v->n_candidates; i++) {
        measurement *m = i == v->n_candidates ? &v->floors[k] : &v->candidates[i].measurements[k];
        m->metric = v->metrics[k];
        if (watch_show(w, m->metric->name, e))
            return -1;
        int status = i == v->n_candidates ? measure_floor(m, v, e)
                                          : measure(m, &v->candidates[i].against_real, e);
        if (status != 0)
            return -1;
        w->done += m->metric->cost;
    }
    w->i++;
    return 0;
}

static void allocate_measurements(evaluation *v)
{
    v->floors = allocate(v->n_metrics, sizeof *v->floors);
    for (size_t i = 0; i < v->n_candidates; i++)
        v->candidates[i].measurements =
            allocate(v->n_metrics, sizeof *v->candidates[i].measurements);
}

/* What was asked for by name and came out for nobody: there were too few pictures. */
static int check_found(const evaluation *v, error *e)
{
    for (size_t k = 0; v->request.metrics && k < v->n_metrics; k++) {
        size_t n_found = 0;
        for (size_t i = 0; i < v->n_candidates; i++) {
            const measurement *m = &v->candidates[i].measurements[k];
            n_found += !m->reason || m->is_diverged;
        }
        if (n_found == 0 && is_listed(v->metrics[k]->name, v->request.metrics))
            return fail(e, STATUS_USAGE, "--metrics: %s: %s", v->metrics[k]->name,
                        v->candidates[0].measurements[k].reason);
    }
    return 0;
}

int evaluation_run(evaluation *v, error *e)
{
    watch w;
    watch_start(&w, v);
    allocate_measurements(v);
    int status = judge_sets(v, &w, e) || check_asked(v, e) ? -1 : 0;
    for (size_t k = 0; status == 0 && k < v->n_metrics; k++)
        status = measure_all(v, k, &w, e);
    progress_end(&w.line);
    return status == 0 ? check_found(v, e) : status;
}

/* ---- The end ---- */

static void measurements_release(measurement *all, size_t n)
{
    for (size_t k = 0; all && k < n; k++) {
        metric_result_release(&all[k].result);
        free(all[k].reason);
    }
    free(all);
}

void evaluation_release(evaluation *v)
{
    for (size_t i = 0; i < v->n_candidates; i++) {
        measurements_release(v->candidates[i].measurements, v->n_metrics);
        candidate_release(&v->candidates[i]);
    }
    measurements_release(v->floors, v->n_metrics);
    real_pictures_release(&v->real);
    judge_file_release(&v->judge);
    for (size_t i = 0; i < 2; i++) {
        free(v->features[i]);
        free(v->feature_paths[i]);
    }
    free(v->candidates);
    free(v->metrics);
    *v = (evaluation){0};
}
