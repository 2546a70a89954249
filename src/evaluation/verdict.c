/* SPDX-License-Identifier: MIT */
/* What values come to: held against real pictures, against each other and against what is demanded.
 */
#include "evaluation_detail.h"
#include <math.h>

/* ---- The judge ---- */

bool evaluation_judge_quality(judge_quality *q, const evaluation *v)
{
    judged_set tested = v->real.real;
    tested.n = v->real.n_test;
    if (tested.n > 0)
        judge_quality_find(q, &tested);
    return tested.n > 0;
}

/* ---- Intervals ---- */

/* Where there is no interval, the value. */
static double low_end(const measurement *m)
{
    const estimate *v = &m->result.value;
    return isfinite(v->low) ? v->low : v->value;
}

static double high_end(const measurement *m)
{
    const estimate *v = &m->result.value;
    return isfinite(v->high) ? v->high : v->value;
}

static bool is_below(const measurement *a, const measurement *b)
{
    return high_end(a) < low_end(b);
}

/* ---- Against real pictures ---- */

static bool has_interval(const measurement *m)
{
    return !m->reason && isfinite(m->result.value.low) && isfinite(m->result.value.high);
}

verdict measurement_verdict(const measurement *m, const measurement *floor)
{
    metric_direction better = m->metric->better;
    if (!has_interval(m) || !has_interval(floor))
        return VERDICT_NONE;
    bool is_less = better != LESS_IS_BETTER && is_below(m, floor);
    bool is_more = better != MORE_IS_BETTER && is_below(floor, m);
    return is_less || is_more ? VERDICT_WORSE : VERDICT_LIKE_REAL;
}

/* ---- Against each other ---- */

/* Less of it is better. */
static double badness(const measurement *m, const measurement *floor)
{
    double v = m->result.value.value;
    if (m->metric->better == NEAR_REAL_IS_BETTER)
        return fabs(v - floor->result.value.value);
    return m->metric->better == LESS_IS_BETTER ? v : -v;
}

/* NULL where fewer than two have a value. */
static const measurement *best_of(const evaluation *v, size_t k)
{
    const measurement *best = NULL, *floor = &v->floors[k];
    size_t n = 0;
    for (size_t i = 0; i < v->n_candidates; i++) {
        const measurement *m = &v->candidates[i].measurements[k];
        if (m->reason)
            continue;
        n++;
        if (!best || badness(m, floor) < badness(best, floor))
            best = m;
    }
    return n > 1 ? best : NULL;
}

/* What is to be near needs something to be near to. */
bool candidate_is_best(const evaluation *v, size_t i, size_t k)
{
    const measurement *m = &v->candidates[i].measurements[k], *best = best_of(v, k);
    bool has_aim = v->metrics[k]->better != NEAR_REAL_IS_BETTER || !v->floors[k].reason;
    return best && !m->reason && has_aim && !is_below(m, best) && !is_below(best, m);
}

/* ---- Against what is demanded ---- */

static int check_finite(const evaluation *v, error *e)
{
    for (size_t i = 0; i < v->n_candidates; i++)
        for (size_t k = 0; k < v->n_metrics; k++) {
            const measurement *m = &v->candidates[i].measurements[k];
            if (m->is_diverged)
                return fail(e, STATUS_DIVERGED, "%s: %s: %s", v->candidates[i].path,
                            m->metric->name, m->reason);
        }
    return 0;
}

/* Adds what is wrong, if anything. */
static void check_threshold(text *out, const evaluation *v, const candidate *c, const threshold *t)
{
    const measurement *m = NULL;
    for (size_t k = 0; k < v->n_metrics; k++)
        if (v->metrics[k] == t->metric)
            m = &c->measurements[k];
    bool has_value = m && !m->reason;
    if (has_value && threshold_is_met(t, m->result.value.value))
        return;
    text_add(out, "%s", out->length ? "; " : "");
    if (v->n_candidates > 1)
        text_add(out, "%s: ", c->path);
    threshold_add(out, t);
    if (has_value)
        text_add(out, " is not met: it is %.9g", m->result.value.value);
    else
        text_add(out, " is not measured%s%s", m ? ": " : "", m ? m->reason : "");
}

int evaluation_check(const evaluation *v, error *e)
{
    text wrong = {0};
    if (check_finite(v, e))
        return -1;
    for (size_t i = 0; i < v->n_candidates; i++)
        for (size_t k = 0; k < v->request.n_required; k++)
            check_threshold(&wrong, v, &v->candidates[i], &v->request.required[k]);
    int status = wrong.length ? fail(e, STATUS_CHECK_FAILED, "%s", wrong.data) : 0;
    text_release(&wrong);
    return status;
}
