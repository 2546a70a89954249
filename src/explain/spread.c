/* SPDX-License-Identifier: MIT */
/* What makes a gradient's size where its terms cancel: the root of the sum of their squares. */
#include "check_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A backward pass of variances: those by the output in v (as wide as the widest layer), those by
 * the input there on return. Slopes as the float path took them. */
static void propagate_squares(const network *net, const tape *f, size_t row, double *v,
                              double *scratch)
{
    for (size_t i = net->n_layers; i-- > 0;) {
        const layer *l = &net->layers[i];
        memset(scratch, 0, l->n_in * sizeof *scratch);
        for (size_t o = 0; o < l->n_out; o++) {
            double slope = (double)f->slope[i][row * l->n_out + o], squared = slope * slope * v[o];
            for (size_t k = 0; k < l->n_in; k++)
                scratch[k] += squared * pow((double)l->weight.data[o * l->n_in + k], 2);
        }
        memcpy(v, scratch, l->n_in * sizeof *v);
    }
}

static size_t widest(const explainer *x)
{
    size_t most = x->z_dim;
    for (size_t i = 0; i < N_NETS; i++)
        if (x->net[i] && network_widest(x->net[i]) > most)
            most = network_widest(x->net[i]);
    return most;
}

static double norm_of_squares(const double *v, size_t n)
{
    double all = 0;
    for (size_t k = 0; k < n; k++)
        all += v[k];
    return sqrt(all);
}

/* Adds to sum (n_in) the variances at the input of network i that come of those at its output
 * (n_out; NULL: none); scratch: two of the widest. */
static void add_pulled_back(double *sum, const backward_pass *b, explain_net i,
                            const double *at_output, double *scratch)
{
    const network *net = b->x->net[i];
    if (!at_output)
        return;
    memcpy(scratch, at_output, net->n_out * sizeof *scratch);
    propagate_squares(net, &b->w->tape[i], b->row, scratch, scratch + widest(b->x));
    for (size_t k = 0; k < net->n_in; k++)
        sum[k] += scratch[k];
}

double backward_spread(const backward_pass *b)
{
    size_t width = widest(b->x), n_pixels = b->x->shape.n;
    double *room = allocate(4 * width, sizeof *room), *at_pixels = room, *at_z = room + width;
    double *scratch = room + 2 * width;
    add_pulled_back(at_pixels, b, NET_CRITIC, b->squares[NET_CRITIC], scratch);
    add_pulled_back(at_pixels, b, NET_CLASSIFIER, b->squares[NET_CLASSIFIER], scratch);
    for (size_t k = 0; b->squares[NET_G] && k < n_pixels; k++)
        at_pixels[k] += b->squares[NET_G][k];
    if (b->to_z) {
        add_pulled_back(at_z, b, NET_CUT, b->squares[NET_CUT], scratch);
        add_pulled_back(at_z, b, NET_G, at_pixels, scratch);
    }
    double all =
        b->to_z ? norm_of_squares(at_z, b->x->z_dim) : norm_of_squares(at_pixels, n_pixels);
    free(room);
    return all;
}

size_t backward_depth(const backward_pass *b)
{
    size_t n = 0;
    for (size_t i = 0; i < N_NETS; i++)
        if (b->squares[i] || (i == NET_G && !b->squares[NET_CUT]))
            n += b->x->net[i]->n_layers;
    return n;
}
