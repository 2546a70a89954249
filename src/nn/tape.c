/* SPDX-License-Identifier: MIT */
#include "nn.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void allocate_layers(tape *t, size_t n_layers)
{
    t->n_layers = n_layers;
    t->output = allocate(n_layers, sizeof *t->output);
    t->slope = allocate(n_layers, sizeof *t->slope);
    t->moments = allocate(n_layers, sizeof *t->moments);
}

void tape_init(tape *t, const network *net, size_t max_rows)
{
    assert(max_rows >= 1);
    *t = (tape){.max_rows = max_rows};
    allocate_layers(t, net->n_layers);
    for (size_t i = 0; i < net->n_layers; i++) {
        const layer *l = &net->layers[i];
        t->output[i] =
            matrix_view(allocate(max_rows * l->n_out, sizeof(float)), max_rows, l->n_out);
        t->slope[i] = allocate(max_rows * l->n_out, sizeof(float));
        if (l->has_batchnorm)
            t->moments[i] = (batch_moments){.x_hat = allocate(max_rows * l->n_out, sizeof(float)),
                                            .mean = allocate(l->n_out, sizeof(float)),
                                            .variance = allocate(l->n_out, sizeof(float)),
                                            .inverse_std = allocate(l->n_out, sizeof(float))};
    }
    for (int k = 0; k < 2; k++)
        t->scratch[k] = allocate(max_rows * network_widest(net), sizeof(float));
}

void tape_release(tape *t)
{
    for (size_t i = 0; !t->is_view && i < t->n_layers; i++) {
        if (!t->is_output_borrowed || i + 1 < t->n_layers)
            free(t->output[i].data);
        free(t->slope[i]);
        free(t->moments[i].x_hat);
        free(t->moments[i].mean);
        free(t->moments[i].variance);
        free(t->moments[i].inverse_std);
    }
    for (int k = 0; !t->is_view && k < 2; k++)
        free(t->scratch[k]);
    free(t->output);
    free(t->slope);
    free(t->moments);
    *t = (tape){0};
}

void tape_place_output(tape *t, float *data)
{
    assert(!t->is_view);
    if (!t->is_output_borrowed)
        free(t->output[t->n_layers - 1].data);
    t->output[t->n_layers - 1].data = data;
    t->is_output_borrowed = true;
}

void tape_view_init(tape *view, const tape *t)
{
    *view = (tape){.is_view = true, .max_rows = t->max_rows};
    allocate_layers(view, t->n_layers);
    memcpy(view->scratch, t->scratch, sizeof view->scratch);
}

void tape_view_rows(tape *view, const tape *t, size_t first, size_t n)
{
    view->rows = n;
    view->input = matrix_rows(t->input, first, n);
    view->classes = t->classes ? t->classes + first : NULL;
    for (size_t i = 0; i < t->n_layers; i++) {
        assert(!t->moments[i].x_hat);
        view->output[i] = matrix_rows(t->output[i], first, n);
        view->slope[i] = t->slope[i] + first * t->output[i].cols;
    }
}

void tangents_init(tangents *s, const network *net, size_t max_rows)
{
    *s = (tangents){.max_rows = max_rows};
    for (int k = 0; k < 2; k++)
        s->buffer[k] = allocate(max_rows * network_widest(net), sizeof(float));
}

void tangents_release(tangents *s)
{
    free(s->buffer[0]);
    free(s->buffer[1]);
    *s = (tangents){0};
}
