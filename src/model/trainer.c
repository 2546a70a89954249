/* SPDX-License-Identifier: MIT */
#include "model.h"
#include <math.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Two clocks: that of the world goes on while the process is stopped, that of its work does not. */
typedef struct {
    double world, work;
} moment;

static moment now(void)
{
    return (moment){seconds(CLOCK_MONOTONIC), seconds(CLOCK_THREAD_CPUTIME_ID)};
}

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

static int show(const model *m, const train_plan *plan, const train_events *ev, double used,
                error *e)
{
    if (ev->log && m->step && is_due(m->step, plan->log_every) &&
        ev->log(ev->context, m->step, used, e))
        return -1;
    if (ev->sample && is_due(m->step, plan->sample_every) && ev->sample(ev->context, m->step, e))
        return -1;
    return 0;
}

/* What is due after m->step steps, the checkpoint last: it vouches for all that came before. */
static int call_back(const model *m, const train_plan *plan, const train_events *ev, double used,
                     error *e)
{
    if (show(m, plan, ev, used, e))
        return -1;
    if (ev->checkpoint && m->step && is_due(m->step, plan->checkpoint_every) &&
        m->step < plan->n_steps && ev->checkpoint(ev->context, used, e))
        return -1;
    return 0;
}

static double fraction_done(const train_plan *plan, uint64_t step, double used)
{
    double by_steps = plan->n_steps < UINT64_MAX ? (double)step / (double)plan->n_steps : 0.0;
    double by_time = plan->max_time > 0 ? used / plan->max_time : 0.0;
    return fmax(by_steps, by_time);
}

bool train_is_done(const train_plan *plan, uint64_t step, double used)
{
    return step >= plan->n_steps || (plan->max_time > 0 && used >= plan->max_time);
}

static int step_on_batch(model *m, const image_set *data, data_order *order, error *e)
{
    size_t n = (size_t)m->options.batch;
    const double *range = m->options.range;
    const uint32_t *index = data_order_batch(order, m->step, n);
    image_set_fill(matrix_view(m->pictures, n, m->shape.n), data, index, (float)range[0],
                   (float)range[1]);
    return model_step(m, e);
}

/* After a failure: what was trained so far is not to be lost with a picture or a line. The next run
 * shows what is missing of this step. */
static void rescue(const model *m, const train_events *ev, double used, const error *e)
{
    error ignored = {0};
    if (ev->checkpoint && m->step && e->status != STATUS_DIVERGED)
        ev->checkpoint(ev->context, used, &ignored);
}

/* ---- The loop ---- */

/* A training on its way. */
typedef struct {
    model *m;
    const image_set *data;
    const train_plan *plan;
    const train_events *events;
    data_order order;
    double used; /* seconds of training in all */
    moment last;
} training;

/* One step and what is due after it. */
static int move_on(training *t, error *e)
{
    const train_events *ev = t->events;
    if (step_on_batch(t->m, t->data, &t->order, e))
        return -1;
    t->used += time_passed(&t->last, ev);
    if (ev->tick)
        ev->tick(ev->context, t->m->step, fraction_done(t->plan, t->m->step, t->used), t->used);
    return call_back(t->m, t->plan, ev, t->used, e);
}

static train_end loop(training *t, error *e)
{
    const train_events *ev = t->events;
    if (show(t->m, t->plan, ev, t->used, e))
        return TRAIN_FAILED;
    while (!train_is_done(t->plan, t->m->step, t->used)) {
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
    const train_events *ev = t->events;
    if (!ev->sample || !t->plan->sample_every || is_due(t->m->step, t->plan->sample_every))
        return 0;
    return ev->sample(ev->context, t->m->step, e);
}

train_end train(model *m, const image_set *data, const train_plan *plan, const train_events *ev,
                error *e)
{
    training t = {
        .m = m, .data = data, .plan = plan, .events = ev, .used = plan->time_before, .last = now()};
    data_order_init(&t.order, data->n, m->options.seed);
    train_end end = loop(&t, e);
    if (end == TRAIN_FINISHED && show_last(&t, e))
        end = TRAIN_FAILED;
    if (end != TRAIN_FAILED && ev->checkpoint && ev->checkpoint(ev->context, t.used, e))
        end = TRAIN_FAILED;
    if (end == TRAIN_FAILED)
        rescue(m, ev, t.used, e);
    data_order_release(&t.order);
    return end;
}
