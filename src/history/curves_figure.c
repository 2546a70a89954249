/* SPDX-License-Identifier: MIT */
/* The numbers of runs over their steps, as a figure. */
#include "history_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a number of that key is; NULL: no class of models has it. */
static const number_row *find_row(const char *key)
{
    for (const model_class *const *c = model_classes; *c; c++)
        for (const number_row *row = (*c)->numbers; row->key; row++)
            if (strcmp(row->key, key) == 0)
                return row;
    return NULL;
}

/* The metric that a key is of; NULL: none. */
static const metric *find_metric(const char *key)
{
    size_t n = strlen(METRIC_KEYS);
    return begins_with(key, METRIC_KEYS) ? metric_find(key + n) : NULL;
}

/* "Frechet classifier distance"; NULL: not known here. */
static const char *meaning_of(const char *key)
{
    const number_row *row = find_row(key);
    const metric *m = find_metric(key);
    return row ? row->meaning : m ? m->title : NULL;
}

/* ---- A panel ---- */

typedef struct {
    curve_series *series;
    smooth_curve *curves;
    size_t n;
} series_list;

static series_list make_series(size_t most)
{
    return (series_list){allocate(most, sizeof(curve_series)), allocate(most, sizeof(smooth_curve)),
                         0};
}

/* Lines between two that have a metric tell nothing of it; elsewhere what is missing leaves a gap.
 */
static void init_curve(smooth_curve *c, const history *h, const char *key)
{
    const float *values = history_values(h, key);
    float *x = allocate(h->n, sizeof *x), *y = allocate(h->n, sizeof *y);
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (begins_with(key, METRIC_KEYS) && isnan(values[i]))
            continue;
        x[n] = h->steps[i];
        y[n++] = values[i];
    }
    if (n == 0) { /* none was a number */
        x[n] = h->steps[0];
        y[n++] = NAN;
    }
    smooth_curve_init(c, x, y, n);
    free(x);
    free(y);
}

static void add_series(series_list *l, const history *h, const char *key, const char *name)
{
    smooth_curve *c = &l->curves[l->n];
    init_curve(c, h, key);
    l->series[l->n++] = (curve_series){.name = name,
                                       .values = c->line.values,
                                       .own_x = c->line.x,
                                       .own_n = c->line.n,
                                       .raw = {c->raw.x, c->raw.values, c->raw.n}};
}

/* The list goes with it. */
static void add_panel(figure *f, series_list *l, const char *title, const char *subtitle,
                      const number_row *row)
{
    figure_add_curve(f, &(curve_panel){.title = title,
                                       .subtitle = subtitle,
                                       .x_name = "step",
                                       .y_name = row ? row->unit : NULL,
                                       .series = l->series,
                                       .n_series = l->n});
    for (size_t i = 0; i < l->n; i++)
        smooth_curve_release(&l->curves[i]);
    free(l->curves);
    free(l->series);
    *l = (series_list){0};
}

/* ---- One run ---- */

static bool share_panel(const number_row *a, const number_row *b)
{
    return a && b && a->panel && b->panel && strcmp(a->panel, b->panel) == 0;
}

static bool is_drawn_earlier(const history *h, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (share_panel(find_row(h->keys[i]), find_row(h->keys[k])))
            return true;
    return false;
}

/* The panel of the k-th number, with those that share it. */
static void add_kind(figure *f, const history *h, size_t k)
{
    const number_row *row = find_row(h->keys[k]);
    series_list l = make_series(h->n_keys);
    for (size_t i = k; i < h->n_keys; i++) {
        const number_row *other = find_row(h->keys[i]);
        if (i == k || share_panel(row, other))
            add_series(&l, h, h->keys[i],
                       meaning_of(h->keys[i]) ? meaning_of(h->keys[i]) : h->keys[i]);
    }
    add_panel(f, &l, row && row->panel ? row->panel : h->keys[k], NULL, row);
}

static void add_kinds(figure *f, const history *h)
{
    for (size_t k = 0; k < h->n_keys; k++)
        if (!is_drawn_earlier(h, k))
            add_kind(f, h, k);
}

/* ---- Several runs ---- */

static void compare_number(figure *f, const history *runs, size_t n_runs, const char *key)
{
    const number_row *row = find_row(key);
    series_list l = make_series(n_runs);
    for (size_t i = 0; i < n_runs; i++)
        if (history_values(&runs[i], key)) {
            add_series(&l, &runs[i], key, runs[i].name);
            l.series[l.n - 1].colour = i + 1; /* a run has one in all panels */
        }
    add_panel(f, &l, key, meaning_of(key), row);
}

static bool has_earlier(const history *runs, size_t i_run, const char *key)
{
    for (size_t i = 0; i < i_run; i++)
        if (history_values(&runs[i], key))
            return true;
    return false;
}

static void compare_all(figure *f, const history *runs, size_t n_runs)
{
    for (size_t i = 0; i < n_runs; i++)
        for (size_t k = 0; k < runs[i].n_keys; k++)
            if (!has_earlier(runs, i, runs[i].keys[k]))
                compare_number(f, runs, n_runs, runs[i].keys[k]);
}

/* ---- The figure ---- */

static void add_words(text *title, text *words, const history *runs, size_t n_runs)
{
    double last = 0;
    bool is_smoothed = false;
    for (size_t i = 0; i < n_runs; i++) {
        double end = (double)runs[i].steps[runs[i].n - 1];
        last = end > last ? end : last;
        is_smoothed = is_smoothed || smoothing_reach(runs[i].n) > 0;
    }
    if (n_runs > 1)
        text_add(title, "%zu runs compared, ", n_runs);
    text_add(title, n_runs > 1 ? "up to step " : "Training up to step ");
    text_add_grouped(title, (uint64_t)last);
    text_add(words, "As log.jsonl has them: running means of the steps.");
    if (is_smoothed)
        text_add(words, " Pale: every line of the log; over it the mean of those from 2 %% of its "
                        "lines before to 2 %% after it.");
}

void history_figure(figure *f, const history *runs, size_t n_runs)
{
    text title = {0}, words = {0};
    assert(n_runs > 0);
    add_words(&title, &words, runs, n_runs);
    figure_init(f, title.data, words.data);
    if (n_runs == 1)
        add_kinds(f, &runs[0]);
    else
        compare_all(f, runs, n_runs);
    text_release(&title);
    text_release(&words);
}
