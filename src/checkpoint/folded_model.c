/* SPDX-License-Identifier: MIT */
/* A model as plain dense networks.
 *
 * A class enters the first layer through one column of its weights, which becomes part of the bias.
 * A projection discriminator's logit is (w + e_class) h + b. Codes z' = mu + L z of a fitted prior:
 *
 *     G's first layer    W (mu + L z) + b = (W L) z + (b + W mu)
 *     E's last layer     L^-1 (V h + c - mu) = (L^-1 V) h + L^-1 (c - mu)
 */
#include "model_detail.h"

#include <stdlib.h>
#include <string.h>

/* ---- What was asked for ---- */

static const network *find_part(const model_file *m, const char *name, error *e)
{
    const network *stored = model_file_part(m, name);
    if (!stored)
        fail(e, STATUS_USAGE, "%s: this %s has no %s", m->path, m->kind, part_role(name));
    return stored;
}

/* The part `name`, folded by its running statistics, once class is one to ask for. */
static int fold_part(network *net, const model_file *m, const char *name, size_t class, error *e)
{
    const network *stored = find_part(m, name, e);
    if (!stored || model_file_check_class(m, class, e) != 0)
        return -1;
    network_fold(net, stored);
    return 0;
}

/* ---- Foldings ---- */

static layer *last_layer(network *net) { return &net->layers[net->n_layers - 1]; }

/* Leaves the first n_in inputs; the others become the class, where there is one. */
static void fold_class(network *net, size_t n_in, size_t class)
{
    layer *first = &net->layers[0];
    if (class == NO_CLASS)
        return;
    for (size_t r = 0; r < first->n_out; r++)
        first->bias[r] += first->weight.data[r * first->n_in + n_in + class];
    network whole = *net;
    network_narrow(net, &whole, n_in, whole.n_out);
    network_release(&whole);
}

/* Row w (z_dim) times the factor; row is scratch. */
static void multiply_by_factor(float *w, double *row, const model_file *m)
{
    for (size_t c = 0; c < m->z_dim; c++)
        row[c] = 0;
    for (size_t k = 0; k < m->z_dim; k++)
        for (size_t c = 0; c <= k; c++)
            row[c] += (double)w[k] * (double)m->prior_factor[k * m->z_dim + c];
    for (size_t c = 0; c < m->z_dim; c++)
        w[c] = (float)row[c];
}

/* The first z_dim inputs of g become those of a standard normal. */
static void fold_prior(network *g, const model_file *m)
{
    layer *first = &g->layers[0];
    double *row = allocate(m->z_dim, sizeof *row);
    for (size_t r = 0; m->prior_mean && r < first->n_out; r++) {
        float *w = first->weight.data + r * first->n_in;
        double bias = (double)first->bias[r];
        for (size_t k = 0; k < m->z_dim; k++)
            bias += (double)w[k] * (double)m->prior_mean[k];
        first->bias[r] = (float)bias;
        multiply_by_factor(w, row, m);
    }
    free(row);
}

/* Its output becomes L^-1 (V h + c - mu), L the factor: the rows of [V | c - mu] are solved for. */
static void whiten_layer(layer *last, const model_file *m)
{
    size_t n = last->n_in, width = n + 1, z_dim = m->z_dim;
    double *rows = allocate(z_dim * width, sizeof *rows);
    double *factor = allocate(z_dim * z_dim, sizeof *factor);
    for (size_t i = 0; i < z_dim * z_dim; i++)
        factor[i] = (double)m->prior_factor[i];
    for (size_t i = 0; i < z_dim; i++) {
        for (size_t c = 0; c < n; c++)
            rows[i * width + c] = (double)last->weight.data[i * n + c];
        rows[i * width + n] = (double)last->bias[i] - (double)m->prior_mean[i];
    }
    double_matrix_solve(double_matrix_view(rows, z_dim, width),
                        double_matrix_view(factor, z_dim, z_dim), AS_IS);
    for (size_t i = 0; i < z_dim; i++) {
        for (size_t c = 0; c < n; c++)
            last->weight.data[i * n + c] = (float)rows[i * width + c];
        last->bias[i] = (float)rows[i * width + n];
    }
    free(rows);
    free(factor);
}

static int whiten(network *encoder, const model_file *m, error *e)
{
    if (!m->prior_mean)
        return 0;
    if (last_layer(encoder)->f.kind != LINEAR)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: the encoder '%s' ends in an activation, which no prior can be taken out "
                    "of",
                    m->path, encoder->spec);
    whiten_layer(last_layer(encoder), m);
    return 0;
}

/* Of a vae's encoder the means. */
static void keep_means(network *encoder, size_t z_dim)
{
    network whole = *encoder;
    network_narrow(encoder, &whole, whole.n_in, z_dim);
    network_release(&whole);
}

static void take_off_sigmoid(network *net)
{
    layer *last = last_layer(net);
    if (activations[last->f.kind].is_probability)
        last->f = (activation){LINEAR, 0.0f};
}

/* ---- The networks ---- */

int model_generator(network *net, const model_file *m, size_t class, error *e)
{
    if (fold_part(net, m, "G", class, e) != 0)
        return -1;
    fold_prior(net, m);
    fold_class(net, m->z_dim, class);
    return 0;
}

int model_generator_with_class(network *net, const model_file *m, error *e)
{
    size_t known[MAX_CLASSES];
    if (fold_part(net, m, "G", model_file_classes(known, m) ? known[0] : 0, e) != 0)
        return -1;
    fold_prior(net, m);
    return 0;
}

int model_critic(network *net, const model_file *m, size_t class, error *e)
{
    if (fold_part(net, m, "D", class, e) != 0)
        return -1;
    if (net->n_classes > 0)
        network_choose_class(net, class);
    else
        fold_class(net, m->shape.n, class);
    take_off_sigmoid(net);
    return 0;
}

int model_encoder(network *net, const model_file *m, size_t class, error *e)
{
    if (fold_part(net, m, "E", class, e) != 0)
        return -1;
    fold_class(net, m->shape.n, class);
    keep_means(net, m->z_dim);
    if (whiten(net, m, e) == 0)
        return 0;
    network_release(net);
    return -1;
}

/* Files of before there was a choice have none: their decoders are read as they are. */
static bool has_logit_loss(const model_file *m)
{
    const char *loss = json_string_value(json_object_get(m->settings, "reconstruction"));
    return loss && strcmp(loss, "bce") == 0;
}

int model_autoencoder(network *encoder, network *decoder, bool *reads_logits, const model_file *m,
                      size_t class, error *e)
{
    if (fold_part(encoder, m, "E", class, e) != 0)
        return -1;
    if (fold_part(decoder, m, "G", class, e) != 0) {
        network_release(encoder);
        return -1;
    }
    fold_class(encoder, m->shape.n, class);
    fold_class(decoder, m->z_dim, class);
    *reads_logits = has_logit_loss(m);
    if (*reads_logits)
        take_off_sigmoid(decoder);
    return 0;
}

int model_classifier(network *net, const model_file *m, error *e)
{
    const network *stored = find_part(m, "C", e);
    if (!stored)
        return -1;
    network_fold(net, stored);
    take_off_sigmoid(net);
    return 0;
}
