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

/* The newest value's weight in a mean over all so far, but never less than `least`. */
static double newest_weight(double n_before, double least)
{
    return fmin(1.0, fmax(1.0 / (n_before + 1.0), least));
}

/* Means over the last hundred steps or so that need no interval: what a state holds must not depend
 * on how often something is logged. */
static void update_running(double running[N_RUNNING], const gan *m)
{
    const gan_numbers *n = &m->numbers;
    const double values[] = {n->loss_g, n->loss_d, n->score_real, n->score_fake};
    double before = (double)(m->step - 1);
    for (size_t i = 0; i < 4; i++)
        running[i] += (values[i] - running[i]) * newest_weight(before, 0.01);
    if (n->has_r1)
        running[4] += (n->r1 - running[4]) * newest_weight(before / (double)m->set.r1_every, 0.1);
}

static int show(const gan *m, const train_plan *plan, const train_events *ev, double used, error *e)
{
    if (ev->log && m->step && is_due(m->step, plan->log_every) &&
        ev->log(ev->context, m->step, used, e))
        return -1;
    if (ev->sample && is_due(m->step, plan->sample_every) && ev->sample(ev->context, m->step, e))
        return -1;
    return 0;
}

/* What is due after m->step steps, the checkpoint last: it vouches for all that came before. */
static int call_back(const gan *m, const train_plan *plan, const train_events *ev, double used,
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

static int step_on_batch(gan *m, const image_set *data, data_order *order, error *e)
{
    const uint32_t *index = data_order_batch(order, m->step, m->set.batch);
    image_set_fill(matrix_view(m->pictures, m->set.batch, data->shape.n), data, index,
                   (float)m->set.low, (float)m->set.high);
    return gan_step(m, e);
}

/* After a failure: what was trained so far is not to be lost with a picture or a line. The next run
 * shows what is missing of this step. */
static void rescue(const gan *m, const train_events *ev, double used, const error *e)
{
    error ignored = {0};
    if (ev->checkpoint && m->step && e->status != STATUS_DIVERGED)
        ev->checkpoint(ev->context, used, &ignored);
}

train_end train(gan *m, const image_set *data, const train_plan *plan, const train_events *ev,
                double running[N_RUNNING], error *e)
{
    train_end end = TRAIN_FINISHED;
    data_order order = {0};
    double used = plan->time_before;
    moment last = now();
    data_order_init(&order, data->n, m->set.seed);
    if (show(m, plan, ev, used, e))
        end = TRAIN_FAILED;
    while (end == TRAIN_FINISHED && !train_is_done(plan, m->step, used)) {
        if (ev->should_stop && ev->should_stop(ev->context)) {
            end = TRAIN_STOPPED;
            break;
        }
        if (step_on_batch(m, data, &order, e)) {
            end = TRAIN_FAILED;
            break;
        }
        update_running(running, m);
        used += time_passed(&last, ev);
        if (ev->tick)
            ev->tick(ev->context, m->step, fraction_done(plan, m->step, used), used);
        if (call_back(m, plan, ev, used, e))
            end = TRAIN_FAILED;
    }
    if (end == TRAIN_FINISHED && ev->sample && plan->sample_every &&
        !is_due(m->step, plan->sample_every) && ev->sample(ev->context, m->step, e))
        end = TRAIN_FAILED;
    if (end != TRAIN_FAILED && ev->checkpoint && ev->checkpoint(ev->context, used, e))
        end = TRAIN_FAILED;
    if (end == TRAIN_FAILED)
        rescue(m, ev, used, e);
    data_order_release(&order);
    return end;
}
