/* SPDX-License-Identifier: MIT */
/* How well pictures are given back, and the end of a step that learns to: a decoder and its loss.
 */
#include "class_detail.h"
#include <stdlib.h>
#include <string.h>

/* ---- Losses ---- */

/* With picture x in 0..1 and logit v: -x log s(v) - (1 - x) log(1 - s(v)) = softplus(v) - x v,
 * whose derivative by v is s(v) - x. No sigmoid s can be rounded to 0 or 1 on the way to a
 * logarithm. */
static double cross_entropy(matrix dy, matrix y, matrix x)
{
    size_t n = y.rows * y.cols;
    float weight = 1.0f / (float)y.rows;
    double total = softplus_sum(y.data, n, 1.0f, weight, dy.data) - dot(x.data, y.data, n);
    for (size_t i = 0; i < n; i++)
        dy.data[i] -= weight * x.data[i];
    return total / (double)y.rows;
}

static double squared_error(matrix dy, matrix y, matrix x)
{
    double total = 0;
    for (size_t r = 0; r < y.rows; r++) {
        double of_row = 0;
        for (size_t i = r * y.cols; i < (r + 1) * y.cols; i++) {
            double difference = (double)y.data[i] - (double)x.data[i];
            of_row += difference * difference;
            dy.data[i] = (float)(2.0 * difference / (double)y.rows);
        }
        total += of_row;
    }
    return total / (double)y.rows;
}

const reconstruction_loss reconstruction_losses[] = {
    {.name = "bce",
     .summary = "sum of -x log y - (1 - x) log(1 - y), a pixel y being the chance of white; needs "
                "--range 0,1 and a G that ends in sigmoid",
     .source = "Kingma & Welling 2014, appendix C.1",
     .when = "For strokes, which are nearly black and white.",
     .reads_logits = true,
     .evaluate = cross_entropy},
    {.name = "mse",
     .summary = "sum of (y - x)^2, minus the logarithm of a Gaussian of variance 1/2 around y "
                "without its constant; another variance v of it is --beta 2v",
     .source = "Hinton & Salakhutdinov 2006",
     .when = "For greys, and for any range of pixels.",
     .evaluate = squared_error},
    {0}};

const reconstruction_loss *reconstruction_loss_find(const char *name)
{
    for (const reconstruction_loss *l = reconstruction_losses; l->name; l++)
        if (strcmp(l->name, name) == 0)
            return l;
    return NULL;
}

/* ---- What goes together ---- */

/* Where logits are read: of pictures from 0 to 1, by a last layer that makes chances of them. */
static int check_logits(const model *m, const model_part *g, error *e)
{
    const double *range = m->options.range;
    const layer *last = &g->network.layers[g->network.n_layers - 1];
    const char *name = m->options.reconstruction;
    if (range[0] != 0 || range[1] != 1)
        return fail(e, STATUS_USAGE,
                    "--reconstruction %s is for pixels from 0 to 1: --range is %.9g,%.9g, expected "
                    "0,1",
                    name, range[0], range[1]);
    if (!activations[last->f.kind].is_probability)
        return fail(e, STATUS_USAGE,
                    "--reconstruction %s is for pictures from a sigmoid: --%s: '%.200s': its last "
                    "layer has none",
                    name, g->row->option, g->network.spec);
    if (last->dropout > 0)
        return fail(e, STATUS_USAGE,
                    "--reconstruction %s is for pixels from 0 to 1: --%s: '%.200s': dropout in its "
                    "last layer would leave that range",
                    name, g->row->option, g->network.spec);
    return 0;
}

/* ---- A step ---- */

/* net with parameters and all, but for the activation it ends in. */
static void share_without_activation(network *logits, const network *net)
{
    *logits = *net;
    logits->layers = allocate(net->n_layers, sizeof *logits->layers);
    memcpy(logits->layers, net->layers, net->n_layers * sizeof *logits->layers);
    logits->layers[net->n_layers - 1].f = (activation){LINEAR, 0.0f};
}

int decoding_init(decoding *d, model *m, size_t part, error *e)
{
    size_t n = (size_t)m->options.batch;
    model_part *g = &m->parts[part];
    if (!m->options.reconstruction)
        return fail(e, STATUS_USAGE, "--reconstruction is not set; --model %s needs it",
                    m->kind->name);
    d->loss = reconstruction_loss_find(m->options.reconstruction);
    d->part = part;
    if (d->loss->reads_logits && check_logits(m, g, e))
        return -1;
    if (d->loss->reads_logits)
        share_without_activation(&d->logits, &g->network);
    tape_init(&g->tape, &g->network, n);
    d->d_picture = allocate(n * m->shape.n, sizeof *d->d_picture);
    return 0;
}

void decoding_release(decoding *d)
{
    free(d->logits.layers);
    free(d->d_picture);
}

double decode(decoding *d, model *m, matrix d_code, matrix code, matrix x)
{
    model_part *g = &m->parts[d->part];
    const network *net = d->loss->reads_logits ? &d->logits : &g->network;
    matrix d_picture = matrix_view(d->d_picture, x.rows, x.cols);
    matrix y = network_forward(net, &g->tape, code, model_pass(m, d->part, 0));
    double value = d->loss->evaluate(d_picture, y, x);
    network_backward(net, &g->tape, d_picture, g->gradient, d_code);
    return value;
}
