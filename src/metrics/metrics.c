/* SPDX-License-Identifier: MIT */
/* The table of metrics, and how one is measured. */
#include "metrics_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* To add a metric: a file with its object, its row here. */
#define METRICS(METRIC)                                                                            \
    METRIC(fcd_metric)                                                                             \
    METRIC(kid_metric)                                                                             \
    METRIC(swd_metric)                                                                             \
    METRIC(is_metric)                                                                              \
    METRIC(precision_metric)                                                                       \
    METRIC(density_metric)                                                                         \
    METRIC(ssim_metric)                                                                            \
    METRIC(ms_ssim_metric)                                                                         \
    METRIC(class_accuracy_metric)                                                                  \
    METRIC(diversity_metric)                                                                       \
    METRIC(recall_metric)                                                                          \
    METRIC(coverage_metric)                                                                        \
    METRIC(class_kl_metric)                                                                        \
    METRIC(memorization_metric)                                                                    \
    METRIC(stability_prior_metric)                                                                 \
    METRIC(stability_local_metric)                                                                 \
    METRIC(stability_training_metric)                                                              \
    METRIC(path_length_metric)                                                                     \
    METRIC(fairness_metric)                                                                        \
    METRIC(elbo_metric)                                                                            \
    METRIC(reconstruction_metric)                                                                  \
    METRIC(explainability_metric)

#define DECLARE(name) extern const metric name;
METRICS(DECLARE)
#define ADDRESS(name) &name,
const metric *const metrics[] = {METRICS(ADDRESS) NULL};

const char *const metric_sayings[N_SAYINGS] = {
    "quality", "diversity", "coverage", "stability", "fairness", "memory", "explainability"};

const metric *metric_find(const char *name)
{
    for (size_t i = 0; metrics[i]; i++)
        if (strcmp(metrics[i]->name, name) == 0)
            return metrics[i];
    return NULL;
}

const char *metric_need_words(unsigned need)
{
    static const struct {
        unsigned need;
        const char *words;
    } all[] = {{NEEDS_FEATURES, "features"},
               {NEEDS_PICTURES, "pictures"},
               {NEEDS_CLASSES, "a judge"},
               {NEEDS_LABELS, "the class that each picture was asked for"},
               {NEEDS_TRAINING, "the pictures it was trained on"},
               {NEEDS_GENERATOR, "a generator"},
               {NEEDS_AUTOENCODER, "an encoder"},
               {NEEDS_MOMENTS, "a vae's encoder, of means and variances"},
               {NEEDS_REAL_LABELS, "the classes of the real pictures"},
               {NEEDS_TWIN, "pictures of another training"}};
    size_t i = 0;
    while (i + 1 < sizeof all / sizeof *all && all[i].need != need)
        i++;
    assert(all[i].need == need);
    return all[i].words;
}

static unsigned find_needs(const comparison *c)
{
    const judged_set *s = c->set;
    const metric_context *context = c->context;
    const metric_autoencoder *coder = context->autoencoder;
    return (s->features.data ? NEEDS_FEATURES : 0) | (s->pixels ? NEEDS_PICTURES : 0) |
           (s->logits ? NEEDS_CLASSES : 0) | (s->labels ? NEEDS_LABELS : 0) |
           (context->training ? NEEDS_TRAINING : 0) | (context->generator ? NEEDS_GENERATOR : 0) |
           (coder ? NEEDS_AUTOENCODER : 0) | (coder && coder->has_moments ? NEEDS_MOMENTS : 0) |
           (c->real->labels ? NEEDS_REAL_LABELS : 0) | (context->twin ? NEEDS_TWIN : 0);
}

const char *metric_lacks(const metric *m, const comparison *c)
{
    unsigned lacking = m->needs & ~find_needs(c);
    return lacking ? metric_need_words(lacking & -lacking) : NULL;
}

/* An interval without end says nothing. */
static void drop_endless(estimate *v)
{
    if (!isfinite(v->low) || !isfinite(v->high))
        v->low = v->high = (double)NAN;
}

int metric_measure(metric_result *out, const metric *m, comparison *c, error *e)
{
    assert(!metric_lacks(m, c));
    *out = (metric_result){
        .value = {(double)NAN, (double)NAN, (double)NAN}, .n = c->set->n, .n_real = c->real->n};
    int status = m->measure(out, c, e);
    if (status == 0 && !isfinite(out->value.value))
        status = fail(e, STATUS_DIVERGED, "the value is not finite");
    drop_endless(&out->value);
    return status ? fail_in(e, "%s", m->name) : 0;
}

/* ---- Results ---- */

void result_add_part(metric_result *r, const char *name, double value)
{
    assert(r->n_parts < MAX_METRIC_PARTS);
    r->parts[r->n_parts++] = (metric_part){name, value};
}

estimate *result_add_classes(metric_result *r, size_t n)
{
    r->n_classes = n;
    r->by_class = allocate(n, sizeof *r->by_class);
    for (size_t i = 0; i < n; i++)
        r->by_class[i] = (estimate){(double)NAN, (double)NAN, (double)NAN};
    return r->by_class;
}

void metric_result_release(metric_result *r)
{
    free(r->by_class);
    free(r->by_picture);
    *r = (metric_result){0};
}
