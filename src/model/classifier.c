/* SPDX-License-Identifier: MIT */
/* A classifier: C makes a logit for each class of a picture, and learns to give the most to the
 * picture's own. It sees pictures changed at random, so that it knows a class however it lies. */
#include "class_detail.h"
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { PART_C };

static const part_row parts[] = {{.prefix = "C",
                                  .option = "classifier",
                                  .spec = offsetof(train_options, classifier),
                                  .lr = offsetof(train_options, lr),
                                  .in = SIDE_PICTURE,
                                  .out = SIDE_CLASSES,
                                  .linear_output = "logit for each class",
                                  .no_batchnorm = "would make a picture's class depend on the "
                                                  "others of its batch",
                                  .has_average = true},
                                 {0}};

enum { LOSS, ACCURACY };
static const number_row numbers[] = {
    [LOSS] = {.key = "Loss/C/loss",
              .meaning = "the cross entropy of the labels by C's probabilities",
              .label = "  loss",
              .decimals = 4,
              .is_loss = true,
              .unit = "nats",
              .memory = 100},
    [ACCURACY] = {.key = "Accuracy/C/train",
                  .meaning = "the share of pictures whose class C tells, changed as they are",
                  .label = "  right",
                  .decimals = 4,
                  .unit = "share of pictures",
                  .memory = 100},
    {0}};

typedef struct {
    augmentation changes;
    float *changed; /* (B, n): a batch, changed; NULL: C sees it as it is */
    float *d_logit; /* (B, n_classes) */
} classifier;

static int init(model *m, error *e)
{
    size_t n = (size_t)m->options.batch;
    if (!m->data->labels)
        return fail(e, STATUS_USAGE, "the pictures of the data have no labels to learn");
    classifier *w = m->work = allocate(1, sizeof *w);
    tape_init(&m->parts[PART_C].tape, &m->parts[PART_C].network, n);
    augmentation_init(&w->changes, m->options.augment, m->shape, (float)m->options.range[0], n);
    if (augmentation_is_on(&w->changes))
        w->changed = allocate(n * m->shape.n, sizeof(float));
    w->d_logit = allocate(n * m->n_classes, sizeof(float));
    return 0;
}

static void release(model *m)
{
    classifier *w = m->work;
    if (!w)
        return;
    augmentation_release(&w->changes);
    free(w->changed);
    free(w->d_logit);
    free(w);
}

static matrix what_c_sees(const model *m)
{
    classifier *w = m->work;
    size_t n = (size_t)m->options.batch;
    if (!w->changed)
        return matrix_view(model_real(m, 0), n, m->shape.n);
    rng r = rng_init(m->options.seed, rng_stream(STREAM_AUGMENT, m->step));
    augmentation_draw(&w->changes, n, &r);
    augmentation_apply(w->changed, &w->changes, model_real(m, 0), n);
    return matrix_view(w->changed, n, m->shape.n);
}

static int step(model *m, error *e)
{
    classifier *w = m->work;
    model_part *c = &m->parts[PART_C];
    size_t n = (size_t)m->options.batch, n_right;
    matrix d_logit = matrix_view(w->d_logit, n, m->n_classes), none = {0};
    matrix logit = network_forward(&c->network, &c->tape, what_c_sees(m), model_pass(m, PART_C, 0));
    m->numbers[LOSS] = softmax_cross_entropy(d_logit, &n_right, logit, model_labels(m, 0));
    m->numbers[ACCURACY] = (double)n_right / (double)n;
    network_backward(&c->network, &c->tape, d_logit, c->gradient, none);
    return model_update(m, e);
}

/* ---- Probabilities ---- */

/* The network of part_for_use. */
static network *network_for_use(model_part *p)
{
    return p->average.n_layers ? &p->average : &p->network;
}

double classifier_calibrate(model *m, const image_set *held)
{
    model_part *c = &m->parts[PART_C];
    float *logit = part_outputs(c, held, m->options.range);
    double t = temperature_find(matrix_view(logit, held->n, m->n_classes), held->labels);
    const network *net = network_for_use(c);
    const layer *last = &net->layers[net->n_layers - 1];
    assert(last->bias); /* a classifier's last layer has no bn */
    scale_all(last->weight.data, last->n_in * last->n_out, (float)(1.0 / t));
    scale_all(last->bias, last->n_out, (float)(1.0 / t));
    free(logit);
    return t;
}

/* ---- Features ---- */

/* The mean over columns of their variances. */
static double mean_variance(const float *v, size_t rows, size_t cols)
{
    double total = 0;
    for (size_t c = 0; c < cols; c++) {
        double mean = 0, squares = 0; /* Welford's */
        for (size_t r = 0; r < rows; r++) {
            double from_mean = (double)v[r * cols + c] - mean;
            mean += from_mean / (double)(r + 1);
            squares += from_mean * ((double)v[r * cols + c] - mean);
        }
        total += squares / (double)(rows - 1);
    }
    return total / (double)cols;
}

/* Of the features, 0 where they cannot be scaled: f(s v) must be s f(v). */
static double feature_variance(const network *net, const image_set *held, const double range[2])
{
    network folded = {0}, body = {0};
    size_t n = net->n_layers;
    if (n < 2 || held->n < 2 || activations[net->layers[n - 2].f.kind].is_curved)
        return 0;
    network_fold(&folded, net);
    network_part(&body, &folded, 0, n - 1);
    float *feature = network_outputs(&body, held, range);
    double variance = mean_variance(feature, held->n, body.n_out);
    free(feature);
    network_release(&body);
    network_release(&folded);
    return variance;
}

static void scale_layer(layer *l, double s)
{
    scale_all(l->weight.data, l->n_in * l->n_out, (float)s);
    scale_all(l->bias, l->n_out, (float)s);
}

void classifier_scale_features(model *m, const image_set *held)
{
    network *net = network_for_use(&m->parts[PART_C]);
    double variance = feature_variance(net, held, m->options.range);
    if (!(variance > 0) || !isfinite(variance))
        return;
    layer *last = &net->layers[net->n_layers - 1];
    scale_layer(last - 1, 1 / sqrt(variance));
    scale_all(last->weight.data, last->n_in * last->n_out, (float)sqrt(variance));
}

const model_class classifier_class = {.name = "classifier",
                                      .summary = "a network that tells classes",
                                      .recipe = "judge",
                                      .parts = parts,
                                      .numbers = numbers,
                                      .tells_classes = true,
                                      .is_stored_half = true,
                                      .n_blocks = 1,
                                      .init = init,
                                      .release = release,
                                      .step = step};
