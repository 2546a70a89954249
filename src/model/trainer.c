/* SPDX-License-Identifier: MIT */
#include "model.h"
#include <math.h>

/* Two clocks: that of the world goes on while the process is stopped, that of its work does not. */
typedef struct {
    double world, work;
} moment;

static moment now(void) { return (moment){seconds_now(), seconds_worked()}; }

/* What passed since *last, which moves on to now. Where the process was stopped in between, what
 * it worked. */
static double time_passed(moment *last, const train_events *ev)
{
    moment before = *last;
    *last = now();
    if (!ev->was_stopped || !ev->was_stopped(ev->context))
        return last->world - before.world;
    *last = now(); /* it may have been stopped after the first look */
    return last->work - before.work;
}

static bool is_due(uint64_t step, uint64_t every) { return every && step % every == 0; }

/* Of the step that m is at; NaN: it was not measured, or is no number. */
static double measured(const model *m, const metric *of)
{
    const json_t *told = m->memory.metrics, *step = json_object_get(told, "step");
    const json_t *value = json_object_get(json_object_get(told, "values"), of->name);
    bool is_there = json_is_integer(step) && (uint64_t)json_integer_value(step) == m->step;
    return is_there && json_is_number(value) ? json_number_value(value) : (double)NAN;
}

bool train_is_good(const train_plan *plan, const model *m)
{
    for (size_t i = 0; i < plan->n_stop_when; i++)
        if (!threshold_is_met(&plan->stop_when[i], measured(m, plan->stop_when[i].metric)))
            return false;
    return plan->n_stop_when > 0;
}

bool train_is_done(const train_plan *plan, const model *m, double used)
{
    return m->step >= plan->n_steps || (plan->max_time > 0 && used >= plan->max_time) ||
           train_is_good(plan, m);
}

/* ---- What is called back ---- */

/* A training on its way. */
typedef struct {
    model *m;
    const train_plan *plan;
    const train_events *events;
    data_order order;
    double used; /* seconds of training in all */
    moment last;
    size_t n_told; /* of m's notes */
} training;

/* Whether what is measured is, at this step. */
static bool is_measured(const training *t)
{
    uint64_t every = t->plan->metrics_every, step = t->m->step;
    return step && every && (is_due(step, every) || train_is_done(t->plan, t->m, t->used));
}

static int call_measure(training *t, error *e)
{
    const train_events *ev = t->events;
    bool is_regular = is_due(t->m->step, t->plan->metrics_every);
    if (!ev->measure)
        return 0;
    int status = model_fit(t->m, e) || ev->measure(ev->context, is_regular, e) ? -1 : 0;
    time_passed(&t->last, ev);
    return status;
}

static int call_log(const training *t, error *e)
{
    const train_events *ev = t->events;
    return ev->log ? ev->log(ev->context, t->m->step, t->used, e) : 0;
}

static int call_sample(const training *t, error *e)
{
    const train_events *ev = t->events;
    if (!ev->sample)
        return 0;
    return model_fit(t->m, e) ? -1 : ev->sample(ev->context, t->m->step, e);
}

static int call_checkpoint(const training *t, error *e)
{
    const train_events *ev = t->events;
    if (!ev->checkpoint)
        return 0;
    return model_fit(t->m, e) ? -1 : ev->checkpoint(ev->context, t->used, e);
}

static int call_snapshot(const training *t, error *e)
{
    const train_events *ev = t->events;
    if (!ev->wants_snapshot || !ev->wants_snapshot(ev->context))
        return 0;
    return model_fit(t->m, e) ? -1 : ev->snapshot(ev->context, t->used, e);
}

static double fraction_done(const training *t)
{
    const train_plan *plan = t->plan;
    double by_steps = plan->n_steps < UINT64_MAX ? (double)t->m->step / (double)plan->n_steps : 0.0;
    double by_time = plan->max_time > 0 ? t->used / plan->max_time : 0.0;
    return fmax(by_steps, by_time);
}

static void tick(const training *t)
{
    const train_events *ev = t->events;
    if (ev->tick)
        ev->tick(ev->context, t->m->step, fraction_done(t), t->used);
}

static int tell_notes(training *t, error *e)
{
    const train_events *ev = t->events;
    int status = 0;
    for (; status == 0 && t->n_told < json_array_size(t->m->memory.notes); t->n_told++)
        status = ev->note ? ev->note(ev->context, t->n_told, e) : 0;
    return status;
}

/* ---- The loop ---- */

/* Batches follow one another whatever a step reads of them. */
static void fill_batch(training *t, size_t k)
{
    model *m = t->m;
    size_t n = (size_t)m->options.batch;
    const double *range = m->options.range;
    const uint32_t *index = data_order_batch(&t->order, m->step * m->n_batches + k, n);
    image_set_fill(matrix_view(model_real(m, k), n, m->shape.n), m->data, index, (float)range[0],
                   (float)range[1]);
    for (size_t i = 0; i < n; i++)
        model_labels(m, k)[i] = m->data->labels ? m->data->labels[index[i]] : 0;
}

static int step_on_batches(training *t, error *e)
{
    for (size_t k = 0; k < t->m->n_batches; k++)
        fill_batch(t, k);
    t->m->progress = fraction_done(t);
    return model_step(t->m, e);
}

static int show(training *t, error *e)
{
    uint64_t step = t->m->step;
    bool measures = is_measured(t);
    if (measures && call_measure(t, e))
        return -1;
    if (step && (measures || is_due(step, t->plan->log_every)) && call_log(t, e))
        return -1;
    return is_due(step, t->plan->sample_every) ? call_sample(t, e) : 0;
}

/* The step diverged, as e says. */
static int go_back(training *t, error *e)
{
    const train_events *ev = t->events;
    if (model_roll_back(t->m, e))
        return -1;
    t->used += time_passed(&t->last, ev);
    t->n_told = json_array_size(t->m->memory.notes) - 1;
    return ev->go_back && ev->go_back(ev->context, t->used, e) ? -1 : tell_notes(t, e);
}

/* One step and what is due after it, the checkpoint last: it vouches for all that came before. */
static int move_on(training *t, error *e)
{
    if (model_keep_good(t->m, e) || step_on_batches(t, e))
        return go_back(t, e);
    model_watch(t->m);
    t->used += time_passed(&t->last, t->events);
    tick(t);
    if (show(t, e))
        return -1;
    if (call_snapshot(t, e) || tell_notes(t, e))
        return -1;
    uint64_t step = t->m->step;
    bool is_last = step >= t->plan->n_steps; /* whose checkpoint comes at the end */
    return !is_last && is_due(step, t->plan->checkpoint_every) ? call_checkpoint(t, e) : 0;
}

static train_end loop(training *t, error *e)
{
    const train_events *ev = t->events;
    if (show(t, e))
        return TRAIN_FAILED;
    while (!train_is_done(t->plan, t->m, t->used)) {
        if (ev->should_stop && ev->should_stop(ev->context))
            return TRAIN_STOPPED;
        if (move_on(t, e))
            return TRAIN_FAILED;
    }
    return TRAIN_FINISHED;
}

/* The final step has a sample whatever the interval. */
static int show_last(const training *t, error *e)
{
    uint64_t every = t->plan->sample_every;
    return every && !is_due(t->m->step, every) ? call_sample(t, e) : 0;
}

/* After a failure: what was trained so far is not to be lost with a picture or a line, nor saved
 * with what was fitted at an earlier step. The next run shows what is missing of this step. */
static void rescue(const training *t, const error *e)
{
    const train_events *ev = t->events;
    error ignored = {0};
    if (ev->checkpoint && t->m->step && e->status != STATUS_DIVERGED) {
        model_fit(t->m, &ignored);
        ev->checkpoint(ev->context, t->used, &ignored);
    }
}

train_end train(model *m, const train_plan *plan, const train_events *events, error *e)
{
    training t = {.m = m, .plan = plan, .events = events, .used = plan->time_before, .last = now()};
    t.n_told = json_array_size(m->memory.notes);
    model_order_init(&t.order, m, (size_t)m->options.batch);
    train_end end = loop(&t, e);
    if (end == TRAIN_FINISHED && (show_last(&t, e) || model_fit(m, e)))
        end = TRAIN_FAILED;
    if (end != TRAIN_FAILED && call_checkpoint(&t, e))
        end = TRAIN_FAILED;
    if (end == TRAIN_FAILED)
        rescue(&t, e);
    data_order_release(&t.order);
    return end;
}
