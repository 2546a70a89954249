/* SPDX-License-Identifier: MIT */
#include "explain_progress.h"

#include <inttypes.h>
#include <stdio.h>

/* What is done before is not worth a line. */
static const double quiet_seconds = 1;

/* ---- Work ---- */

static uint64_t count_judged(const explain_plan *plan)
{
    uint64_t n = 0;
    for (size_t i = 0; i < plan->n; i++)
        n += !plan->methods[i]->judges;
    return n;
}

static uint64_t units_of(const explain_plan *plan, size_t i)
{
    uint64_t n_judged = count_judged(plan);
    return plan->methods[i]->judges && n_judged ? n_judged : 1;
}

/* A figure each. */
static uint64_t units_of_files(const explain_plan *plan) { return plan->n; }

/* ---- The line ---- */

static double share_done(const explain_progress *p)
{
    double done = (double)p->units_done;
    if (p->n == 1 && p->method)
        for (size_t i = 0; i < p->plan->n; i++)
            if (p->plan->methods[i] == p->method)
                done += p->part * (double)units_of(p->plan, i);
    return done / ((double)p->units * (double)p->n);
}

static bool is_due(explain_progress *p)
{
    double now = p->line->now();
    if (p->start == 0) {
        p->line->last = p->start = now;
        p->line->is_uneven = true;
        progress_show(p->line, 0, ""); /* what the ETA goes from; it is not due */
    }
    return now - p->start >= quiet_seconds && progress_is_due(p->line);
}

/* Of several how many are done. */
static void show(explain_progress *p, const char *words)
{
    text counted = {0};
    if (!is_due(p) || p->n_done == p->n)
        return;
    if (p->n > 1)
        text_add(&counted, "%" PRIu64 " of %" PRIu64 " %s", p->n_done, p->n, p->what);
    progress_show(p->line, share_done(p), p->n > 1 ? counted.data : words);
    text_release(&counted);
}

/* "explaining: shap", "judging lime: max-sensitivity". */
static void add_words(text *t, const explain_progress *p, const explain_method *m, const char *step)
{
    bool is_judged = p->method->judges && m != p->method;
    text_add(t, p->is_preparing ? "preparing" : p->method->judges ? "judging" : "explaining");
    text_add(t, is_judged ? " %s" : ": %s", m->name);
    if (step)
        text_add(t, is_judged ? ": %s" : ", %s", step);
}

/* Of one explanation alone. part: of what m, which runs, or is judged by what runs, does. */
static void show_step(explain_progress *p, const explain_method *m, const char *step, double part)
{
    text words = {0};
    p->part = !step || part > p->part ? part : p->part;
    p->method = step && p->method ? p->method : m;
    add_words(&words, p, m, step);
    show(p, words.data);
    text_release(&words);
}

/* A method begins where there is no step: i of n are those of the plan. What comes while another
 * thread is in here is not shown: the next is. */
static void hear(void *context, const explain_method *m, const char *step, size_t i, size_t n)
{
    explain_progress *p = context;
    if (!step && i > 0)
        p->units_done += units_of(p->plan, i - 1);
    if (atomic_flag_test_and_set(&p->is_busy))
        return;
    if (p->n == 1)
        show_step(p, m, step, step && n ? (double)i / (double)n : 0);
    else
        show(p, NULL);
    atomic_flag_clear(&p->is_busy);
}

static void finish_part(explain_progress *p, const char *words)
{
    if (atomic_flag_test_and_set(&p->is_busy))
        return;
    p->method = NULL;
    show(p, words);
    atomic_flag_clear(&p->is_busy);
}

void explain_progress_found(explain_progress *p)
{
    p->units_done += units_of(p->plan, p->plan->n - 1);
    finish_part(p, "drawing");
}

void explain_progress_saved(explain_progress *p)
{
    p->units_done += units_of_files(p->plan);
    p->n_done++;
    finish_part(p, "drawing");
}

void explain_progress_init(explain_progress *p, progress *line, const explain_plan *plan,
                           uint64_t n, const char *what)
{
    *p = (explain_progress){.listener = {.hear = hear, .should_stop = signal_pending, .context = p},
                            .line = line,
                            .plan = plan,
                            .n = n,
                            .what = what,
                            .units = units_of_files(plan),
                            .is_busy = ATOMIC_FLAG_INIT};
    for (size_t i = 0; i < plan->n; i++)
        p->units += units_of(plan, i);
}

void explain_progress_init_prepare(explain_progress *p, progress *line, const explain_plan *plan)
{
    explain_progress_init(p, line, plan, 1, NULL);
    p->is_preparing = true;
}
