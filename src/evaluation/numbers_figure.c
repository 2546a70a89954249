/* SPDX-License-Identifier: MIT */
/* The numbers of one candidate beside those of real pictures. */
#include "figures_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FLOORS_SHOWN = 20 };

/* By metric_saying. */
static const char *const questions[N_SAYINGS] = {
    "Quality: does each picture look real?",
    "Diversity: do pictures differ as real ones do?",
    "Coverage: is every kind of real picture made?",
    "Stability: does the output change as it should?",
    "Fairness: are all classes made equally well?",
    "Memory: were training pictures learned by heart?"};

/* By metric_direction. */
const char *const metric_directions[] = {"less is better", "more is better", "as real is best"};

/* ---- Tracks ---- */

/* 2 for 1.7: a round number that is at least that (> 0). */
static double round_end(double least)
{
    static const double steps[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10};
    double power = pow(10, floor(log10(least)));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] * power >= least * (1 - 1e-9))
            return steps[i] * power;
    return 10 * power;
}

static double greater(double a, double b) { return isfinite(b) && !(a > b) ? b : a; }

static double greatest_of(const measurement *m)
{
    const estimate *v = m ? &m->result.value : NULL;
    return v ? greater(greater(v->value, v->low), v->high) : 0;
}

static double least_of(const measurement *m)
{
    const estimate *v = m ? &m->result.value : NULL;
    return v ? fmin(v->value, fmin(v->low, v->high)) : 0;
}

/* ---- One number ---- */

/* A share has the track 0..1, a distance one that holds FLOORS_SHOWN times that of other real
 * pictures, so that figures of the same data have the same tracks; what is below 0 alone ends
 * there. */
static double end_of_track(const metric *m, double start, double greatest, double floor)
{
    if (m->is_share && greatest <= 1)
        return 1;
    double least = m->better == LESS_IS_BETTER ? FLOORS_SHOWN * floor : 0;
    greatest = greater(least, greatest);
    return greatest > 0 ? round_end(greatest) : start < 0 ? 0 : 1;
}

gauge gauge_of(const measurement *m, const measurement *floor)
{
    static const estimate none = {(double)NAN, (double)NAN, (double)NAN};
    const estimate *v = &m->result.value, *real = floor ? &floor->result.value : &none;
    double least = fmin(0, fmin(least_of(m), least_of(floor)));
    double greatest = greater(greatest_of(m), greatest_of(floor));
    gauge g = {.note = metric_directions[m->metric->better],
               .value = v->value,
               .low = v->low,
               .high = v->high,
               .mark = real->value,
               .mark_low = real->low,
               .mark_high = real->high};
    g.from = least < 0 ? -round_end(-least) : 0;
    g.to = end_of_track(m->metric, g.from, greatest, greatest_of(floor));
    g.is_good = floor && measurement_verdict(m, floor) == VERDICT_LIKE_REAL;
    return g;
}

void add_estimate_words(text *out, const metric *m, estimate v)
{
    text_add_decimals(out, v.value, m->decimals);
    if (!isfinite(v.low) || !isfinite(v.high))
        return;
    text_add(out, "  (");
    text_add_decimals(out, v.low, m->decimals);
    text_add(out, " to ");
    text_add_decimals(out, v.high, m->decimals);
    text_add(out, ")");
}

void add_floor_words(text *out, const metric *m, const measurement *floor)
{
    if (!floor)
        return;
    text_add(out, "real ");
    text_add_decimals(out, floor->result.value.value, m->decimals);
}

void add_metric_words(text *out, const metric *m)
{
    text_add(out, "%s", m->title);
    if (strcmp(m->title + 1, m->name + 1) != 0)
        text_add(out, " (%s)", m->name);
}

/* ---- All of them ---- */

gauge_list gauge_list_make(size_t most)
{
    return (gauge_list){.all = allocate(most, sizeof(gauge)),
                        .words = allocate(3 * most, sizeof(text))};
}

void gauge_list_draw(figure *f, gauge_list *l, gauges_panel words)
{
    words.gauges = l->all;
    words.n = l->n;
    if (l->n > 0)
        figure_add_gauges(f, &words);
    for (size_t i = 0; i < 3 * l->n; i++)
        text_release(&l->words[i]);
    free(l->words);
    free(l->all);
}

static void gauge_list_add(gauge_list *l, const evaluation *v, const candidate *c, size_t k)
{
    const metric *m = v->metrics[k];
    const measurement *own = measured(c, k), *floor = floor_of(v, k);
    text *words = &l->words[3 * l->n];
    gauge *g = &l->all[l->n++];
    *g = gauge_of(own, floor);
    add_metric_words(&words[0], m);
    add_estimate_words(&words[1], m, own->result.value);
    add_floor_words(&words[2], m, floor);
    g->name = words[0].data;
    g->value_words = words[1].data;
    g->mark_words = words[2].data;
}

static void add_group(gauge_list *l, const evaluation *v, const candidate *c, metric_saying s)
{
    size_t first = l->n;
    for (size_t k = 0; k < v->n_metrics; k++)
        if (v->metrics[k]->says == s && measured(c, k))
            gauge_list_add(l, v, c, k);
    if (l->n > first)
        l->all[first].heading = questions[s];
}

void add_numbers(figure *f, const evaluation *v, const candidate *c)
{
    gauge_list l = gauge_list_make(v->n_metrics);
    for (size_t s = 0; s < N_SAYINGS; s++)
        add_group(&l, v, c, (metric_saying)s);
    gauge_list_draw(f, &l,
                    (gauges_panel){.title = "The numbers, each with its interval of 95 %",
                                   .subtitle = "A bar reaches from what other real pictures "
                                               "have to what these have: the shorter, the better",
                                   .value_name = "these pictures",
                                   .good_name = "these pictures, like real ones or better",
                                   .mark_name = "other real pictures"});
}

void add_not_measured(figure *f, const evaluation *v, const candidate *c)
{
    text words = {0};
    add_reasons(&words, v, c);
    if (words.length > 0)
        figure_add_text(f, &(text_panel){.title = "Not measured", .words = words.data});
    text_release(&words);
}
