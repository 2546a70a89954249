/* SPDX-License-Identifier: MIT */
/* What the files of this module's figures share. */
#ifndef GANLENS_FIGURES_DETAIL_H
#define GANLENS_FIGURES_DETAIL_H

#include "evaluation_detail.h"

/* ---- What there is to show ---- */

/* Of the k-th metric; NULL where it has no value. */
const measurement *measured(const candidate *c, size_t k);
const measurement *floor_of(const evaluation *v, size_t k);

/* The name of a class, or its number. The caller frees it. */
char *class_words(const evaluation *v, size_t label);
/* "seed 12" of a model's picture, "number 12" of others. */
const char *picture_kind(const candidate *c);
uint64_t picture_number(const evaluation *v, const candidate *c, size_t i);

/* ---- Numbers ---- */

/* Gauges, and three texts for each; owned. */
typedef struct {
    gauge *all;
    size_t n;
    text *words;
} gauge_list;

/* An empty one with room for so many. */
gauge_list gauge_list_make(size_t most);
/* Adds a panel of these words with the gauges of l, unless that is empty, and releases l. */
void gauge_list_draw(figure *f, gauge_list *l, gauges_panel words);

/* "less is better", ... by metric_direction. */
extern const char *const metric_directions[];

/* "36.8  (35.9 to 37.7)" */
void add_estimate_words(text *out, const metric *m, estimate v);
/* "real 2.0"; nothing where there is no floor. */
void add_floor_words(text *out, const metric *m, const measurement *floor);
/* "Frechet classifier distance (fcd)" */
void add_metric_words(text *out, const metric *m);
/* Value, floor (or NULL) and note of a gauge, with a track in round numbers that holds them, and is
 * 0..1 for shares. */
gauge gauge_of(const measurement *m, const measurement *floor);

/* Of classes by what the judge sees: (n_classes) in percent, to be freed. */
float *find_class_shares(const judged_set *s);

/* ---- Pages ---- */

/* All candidates side by side. */
void compare_candidates(figure *f, const evaluation *v);

/* ---- Parts of the report, each a row or more; nothing where they have nothing to show ---- */

void add_verdict(figure *f, const evaluation *v, const candidate *c);
void add_numbers(figure *f, const evaluation *v, const candidate *c);
void add_not_measured(figure *f, const evaluation *v, const candidate *c);
void add_samples(figure *f, const evaluation *v, const candidate *c);
void add_classes(figure *f, const evaluation *v, const candidate *c);
/* Beside these, as far as there is room. */
void add_confusion(figure *f, const evaluation *v, const candidate *c);
void add_contrast(figure *f, const evaluation *v, const candidate *c);
void add_extremes(figure *f, const evaluation *v, const candidate *c);
void add_pairs(figure *f, const evaluation *v, candidate *c);

#endif
