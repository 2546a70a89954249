/* SPDX-License-Identifier: MIT */
/* Several candidates side by side. */
#include "figures_detail.h"
#include <math.h>
#include <stdlib.h>

enum { N_SIDE_BY_SIDE = 20, SIDE = 56 };

/* ---- Their pictures ---- */

static void add_row_of(figure *f, const judged_set *s, const char *title, const char *subtitle)
{
    picture_list l;
    size_t n = s->n < N_SIDE_BY_SIDE ? s->n : N_SIDE_BY_SIDE;
    if (!s->pixels)
        return;
    picture_list_init(&l, n, s->shape);
    for (size_t i = 0; i < n; i++)
        picture_list_add(&l, s->pixels + i * s->shape.n, NULL);
    figure_new_row(f);
    figure_add_pictures(f, &l, title, subtitle, N_SIDE_BY_SIDE, SIDE);
    picture_list_release(&l);
}

static void add_rows(figure *f, const evaluation *v)
{
    for (size_t i = 0; i < v->n_candidates; i++) {
        text words = {0};
        const candidate *c = &v->candidates[i];
        text_add(&words, "From %s ", picture_kind(c));
        text_add_grouped(&words, picture_number(v, c, 0));
        text_add(&words, " on");
        add_row_of(f, &c->set, c->path, words.data);
        text_release(&words);
    }
    add_row_of(f, &v->real.real, "Real pictures", "Drawn from the data");
}

/* ---- Their numbers ---- */

/* The one that is better than all others by more than chance; n_candidates where none is. */
static size_t find_best(const evaluation *v, size_t k)
{
    size_t best = v->n_candidates, n = 0;
    for (size_t i = 0; i < v->n_candidates; i++)
        if (candidate_is_best(v, i, k)) {
            best = i;
            n++;
        }
    return n == 1 ? best : v->n_candidates;
}

/* The gauges of one metric have one track. */
static double common_end(const evaluation *v, size_t k)
{
    double end = 0;
    for (size_t i = 0; i < v->n_candidates; i++) {
        const measurement *m = measured(&v->candidates[i], k);
        if (m)
            end = fmax(end, gauge_of(m, floor_of(v, k)).to);
    }
    return end;
}

static double common_start(const evaluation *v, size_t k)
{
    double start = 0;
    for (size_t i = 0; i < v->n_candidates; i++) {
        const measurement *m = measured(&v->candidates[i], k);
        if (m)
            start = fmin(start, gauge_of(m, floor_of(v, k)).from);
    }
    return start;
}

static void compare_metric(gauge_list *l, const evaluation *v, size_t k)
{
    size_t best = find_best(v, k), first = l->n;
    double from = common_start(v, k), to = common_end(v, k);
    const metric *m = v->metrics[k];
    for (size_t i = 0; i < v->n_candidates; i++) {
        const measurement *own = measured(&v->candidates[i], k), *floor = floor_of(v, k);
        if (!own)
            continue;
        text *words = &l->words[3 * l->n];
        gauge *g = &l->all[l->n++];
        *g = gauge_of(own, floor);
        add_estimate_words(&words[0], m, own->result.value);
        add_floor_words(&words[1], m, floor);
        g->name = v->candidates[i].path;
        g->value_words = words[0].data;
        g->mark_words = words[1].data;
        g->note = i == best ? "best" : NULL;
        g->is_good = i == best;
        g->from = from;
        g->to = to;
    }
    if (l->n > first) {
        text *words = &l->words[3 * first + 2];
        add_metric_words(words, m);
        text_add(words, ": %s", metric_directions[m->better]);
        l->all[first].heading = words->data;
    }
}

static void add_all_numbers(figure *f, const evaluation *v)
{
    gauge_list l = gauge_list_make(v->n_metrics * v->n_candidates);
    for (size_t k = 0; k < v->n_metrics; k++)
        compare_metric(&l, v, k);
    figure_new_row(f);
    gauge_list_draw(f, &l,
                    (gauges_panel){.title = "Their numbers, each with its interval of 95 %",
                                   .subtitle = "One is called best where its interval lies beyond "
                                               "those of all others",
                                   .value_name = "a candidate",
                                   .good_name = "the best",
                                   .mark_name = "other real pictures"});
}

void compare_candidates(figure *f, const evaluation *v)
{
    text title = {0}, words = {0};
    text_add(&title, "Which of these %zu is the best?", v->n_candidates);
    text_add_grouped(&words, v->n);
    text_add(&words, " pictures of each, held against as many real ones; one seed, one judge");
    figure_init(f, title.data, words.data);
    add_rows(f, v);
    add_all_numbers(f, v);
    text_release(&title);
    text_release(&words);
}
