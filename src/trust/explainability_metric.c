/* SPDX-License-Identifier: MIT */
/* How explainable a generator is, as a metric: what the report of that name says of the model as it
 * is. */
#include "explainability_detail.h"
#include <stdlib.h>

/* Of the networks of class k. */
static int find_one(explainability *out, const comparison *c, size_t k, error *e)
{
    const metric_generator *g = c->context->generator;
    explain_target target;
    explainer x = {0};
    int status = explain_target_read(&target, g->critics ? "logit" : "ink", e) ||
                         explainer_init(&x, g->networks[k], g->critics ? g->critics[k] : NULL,
                                        c->set->shape, &target, e)
                     ? -1
                     : 0;
    const explainability_subject s = {.x = &x,
                                      .black = g->low,
                                      .white = g->high,
                                      .seed = c->context->seed,
                                      .n = explainability_count(g->which ? g->n_networks : 0)};
    status = status || explainability_find(out, &s, e) ? -1 : 0;
    explainer_release(&x);
    return status;
}

/* ---- Classes ---- */

/* Which class network k is of, as the pictures' labels have it; NO_INDEX: none is of it. */
static size_t class_of(const comparison *c, size_t k)
{
    const uint8_t *which = c->context->generator->which;
    for (size_t i = 0; i < c->set->n; i++)
        if (which[i] == k)
            return c->set->labels[i];
    return NO_INDEX;
}

static void add_classes(metric_result *out, const comparison *c, const explainability *all)
{
    estimate *by_class = result_add_classes(out, c->set->n_classes);
    for (size_t k = 0; k < c->context->generator->n_networks; k++) {
        size_t class = class_of(c, k);
        if (class < out->n_classes)
            by_class[class] = all[k].total;
    }
}

/* ---- The whole ---- */

/* The number of the first, at the same place in all n. */
static double mean_of(const explainability *all, const double *in_first, size_t n)
{
    double mean = 0;
    size_t place = (size_t)((const char *)in_first - (const char *)all);
    for (size_t k = 0; k < n; k++)
        mean += *(const double *)(const void *)((const char *)&all[k] + place) / (double)n;
    return mean;
}

/* Means over the n networks. */
static void summarise(metric_result *out, const comparison *c, const explainability *all, size_t n)
{
    double *by_seed = allocate(n * all->n, sizeof *by_seed);
    for (size_t i = 0; i < n * all->n; i++)
        by_seed[i] = all[i / all->n].by_seed[i % all->n];
    out->value = explainability_mean(by_seed, n * all->n, c->context->seed);
    out->n = n * all->n;
    result_add_part(out, "varies", mean_of(all, &all->varies.value, n));
    for (size_t i = 0; i < N_EXPLAINABILITY_LEVELS; i++)
        result_add_part(out, explainability_levels[i].name, mean_of(all, &all->level[i].value, n));
    for (size_t i = 0; i < N_EXPLAINABILITY_PARTS; i++)
        result_add_part(out, explainability_parts[i].name, mean_of(all, &all->part[i].value, n));
    free(by_seed);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    const metric_generator *g = c->context->generator;
    explainability *all = allocate(g->n_networks, sizeof *all);
    int status = 0;
    for (size_t k = 0; !status && k < g->n_networks; k++)
        status = find_one(&all[k], c, k, e);
    if (!status) {
        summarise(out, c, all, g->n_networks);
        if (g->which && c->set->labels && c->set->n_classes)
            add_classes(out, c, all);
    }
    free(all);
    return status;
}

const metric explainability_metric = {
    .name = "explainability",
    .title = "How explainable the generator is",
    .says = SAYS_EXPLAINABILITY,
    .definition =
        "How easily it can be said which parts of z make a picture, and the verdict of the model's "
        "own D on it (the picture's ink where there is no D): the mean of scores at three levels, "
        "each of measured parts. 1 is what nothing could be more explainable than; 0 is a "
        "generator that makes the same picture of every z.",
    .estimator = "32 z of the prior, the same for every model (of a conditional one at least 4 a "
                 "class); 95 % of 1,000 resamples of these",
    .source = "the parts' own, below",
    .lies = "It says nothing of how good pictures are: what does little is easily explained. An "
            "untrained generator may have more; ganexplain --explainability shows both.",
    .needs = NEEDS_PICTURES | NEEDS_GENERATOR,
    .better = MORE_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .has_no_floor = true,
    .cost = 1.0,
    .measure = measure};
