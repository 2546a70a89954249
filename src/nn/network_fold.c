/* SPDX-License-Identifier: MIT */
/* Networks made of others: what is for use only, and parts of that. */
#include "network_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* spec without the words "sn"; the caller frees it. */
static char *spec_without_norm(const char *spec)
{
    text out = {0};
    text_add(&out, "%s", "");
    for (size_t n; *spec; spec += n) {
        n = 1 + strcspn(spec + 1, ":,"); /* a word with the separator before it */
        if (n != strlen(":sn") || strncmp(spec, ":sn", n) != 0)
            text_add_bytes(&out, spec, n);
    }
    return out.data;
}

/* Of layers without blocks. */
static void forget_norms(network *net)
{
    char *spec = spec_without_norm(net->spec);
    free(net->spec);
    net->spec = spec;
    for (size_t i = 0; i < net->n_layers; i++)
        net->layers[i].has_spectral_norm = false;
}

/* Nothing where there is none. */
static void copy_floats(float *out, const float *in, size_t n)
{
    if (out)
        memcpy(out, in, n * sizeof *out);
}

static void copy_layer(layer *out, const layer *in)
{
    copy_floats(out->weight.data, in->weight.data, in->n_out * in->n_in);
    copy_floats(out->embedding.data, in->embedding.data, in->embedding.rows * in->n_in);
    copy_floats(out->bias, in->bias, in->n_out);
    copy_floats(out->gamma, in->gamma, in->n_out);
    copy_floats(out->beta, in->beta, in->n_out);
    copy_floats(out->running_mean, in->running_mean, in->n_out);
    copy_floats(out->running_var, in->running_var, in->n_out);
}

void network_remove_norms(network *plain, const network *net)
{
    network_copy_layers(plain, net);
    forget_norms(plain);
    network_allocate(plain);
    for (size_t i = 0; i < plain->n_layers; i++)
        copy_layer(&plain->layers[i], &net->layers[i]);
}

static void multiply_by(float *out, const float *in, double g, size_t n)
{
    for (size_t k = 0; k < n; k++)
        out[k] = (float)((double)in[k] * g);
}

/* With g = gamma / sqrt(running_var + eps): weight * g by rows, bias = beta - running_mean * g. */
static void fold_layer(layer *out, const layer *in)
{
    for (size_t r = 0; r < in->n_out; r++) {
        double g = 1.0;
        if (in->has_batchnorm)
            g = (double)in->gamma[r] / sqrt((double)in->running_var[r] + (double)in->eps);
        multiply_by(out->weight.data + r * in->n_in, in->weight.data + r * in->n_in, g, in->n_in);
        multiply_by(out->embedding.data, in->embedding.data, g, in->embedding.rows * in->n_in);
        out->bias[r] = in->has_batchnorm
                           ? (float)((double)in->beta[r] - (double)in->running_mean[r] * g)
                           : in->bias[r];
    }
}

void network_fold(network *folded, const network *net)
{
    network_copy_layers(folded, net);
    forget_norms(folded);
    for (size_t i = 0; i < folded->n_layers; i++) {
        folded->layers[i].has_batchnorm = false;
        folded->layers[i].dropout = 0.0f;
    }
    network_allocate(folded);
    for (size_t i = 0; i < folded->n_layers; i++)
        fold_layer(&folded->layers[i], &net->layers[i]);
}

void network_cut(network *cut, const network *net, size_t i_last)
{
    assert(i_last < net->n_layers && !net->n_classes);
    network_copy_layers(cut, net);
    cut->n_layers = i_last + 1;
    cut->n_out = net->layers[i_last].n_out;
    cut->layers[i_last].f = (activation){LINEAR, 0.0f};
    network_allocate(cut);
    assert(cut->n_stats == 0);
    memcpy(cut->param, net->param, cut->n_param * sizeof *cut->param);
}

void network_part(network *part, const network *net, size_t first, size_t n)
{
    assert(n > 0 && first + n <= net->n_layers && !net->n_classes && !net->n_stats);
    network_copy_layers(part, net);
    memmove(part->layers, part->layers + first, n * sizeof *part->layers);
    part->n_layers = n;
    part->n_in = part->layers[0].n_in;
    part->n_out = part->layers[n - 1].n_out;
    network_allocate(part);
    for (size_t i = 0; i < n; i++)
        copy_layer(&part->layers[i], &net->layers[first + i]);
}

/* What both have of weights and biases. */
static void copy_corner(layer *out, const layer *in)
{
    for (size_t r = 0; r < out->n_out; r++)
        memcpy(out->weight.data + r * out->n_in, in->weight.data + r * in->n_in,
               out->n_in * sizeof(float));
    memcpy(out->bias, in->bias, out->n_out * sizeof(float));
}

void network_narrow(network *narrow, const network *net, size_t n_in, size_t n_out)
{
    assert(n_in <= net->n_in && n_out <= net->n_out && !net->n_classes && !net->n_stats);
    network_copy_layers(narrow, net);
    narrow->n_in = narrow->layers[0].n_in = n_in;
    narrow->n_out = narrow->layers[net->n_layers - 1].n_out = n_out;
    network_allocate(narrow);
    for (size_t i = 0; i < net->n_layers; i++)
        copy_corner(&narrow->layers[i], &net->layers[i]);
}

/* W (scale x + shift) + b is (scale W) x + (b + shift times the sum of W's row). */
void network_rescale_input(network *net, double scale, double shift)
{
    layer *first = &net->layers[0];
    assert(!first->has_batchnorm && !first->has_spectral_norm);
    for (size_t r = 0; r < first->n_out; r++) {
        float *w = first->weight.data + r * first->n_in;
        double bias = (double)first->bias[r];
        for (size_t k = 0; k < first->n_in; k++) {
            bias += shift * (double)w[k];
            w[k] = (float)(scale * (double)w[k]);
        }
        first->bias[r] = (float)bias;
    }
}
