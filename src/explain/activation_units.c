/* SPDX-License-Identifier: MIT */
/* The activations of all layers over the prior, and G(z) with one unit at its mean. */
#include "activation_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Over the prior ---- */

/* All activations of n rows of z: (n, n_units), layer by layer, G's before D's. */
typedef struct {
    const explainer *x;
    explain_workspace *workspaces;
    float *z, *values;
    size_t n, n_units;
} prior_activations;

static const explain_net nets[] = {NET_G, NET_CRITIC};

enum { N_OWN_NETS = sizeof nets / sizeof *nets };

/* Copies the n rows that a pass left into columns from `column` on; returns the next column. */
static size_t copy_layers(const prior_activations *p, const tape *t, size_t first, size_t column)
{
    for (size_t i = 0; i < t->n_layers; i++) {
        matrix y = t->output[i];
        for (size_t r = 0; r < y.rows; r++)
            memcpy(p->values + (first + r) * p->n_units + column, y.data + r * y.cols,
                   y.cols * sizeof(float));
        column += y.cols;
    }
    return column;
}

/* A body of parallel_for. */
static void evaluate_tile(size_t i, size_t thread, void *context)
{
    const prior_activations *p = context;
    explain_workspace *w = &p->workspaces[thread];
    size_t first = i * EXPLAIN_TILE, n = p->n - first;
    n = n < EXPLAIN_TILE ? n : EXPLAIN_TILE;
    const float *pictures = explain_draw(p->x, w, p->z + first * p->x->z_dim, n);
    size_t column = copy_layers(p, &w->tape[NET_G], first, 0);
    if (!p->x->net[NET_CRITIC])
        return;
    packed_forward(&p->x->packed[NET_CRITIC], &w->tape[NET_CRITIC],
                   matrix_view_const(pictures, n, p->x->shape.n));
    copy_layers(p, &w->tape[NET_CRITIC], first, column);
}

static void prior_activations_init(prior_activations *p, const explainer *x, size_t n)
{
    size_t n_threads = tensor_threads(), n_tiles = (n + EXPLAIN_TILE - 1) / EXPLAIN_TILE;
    *p = (prior_activations){.x = x, .n = n, .z = allocate(n * x->z_dim, sizeof(float))};
    for (size_t k = 0; k < N_OWN_NETS; k++)
        for (size_t i = 0; x->net[nets[k]] && i < x->net[nets[k]]->n_layers; i++)
            p->n_units += x->net[nets[k]]->layers[i].n_out;
    p->values = allocate(n * p->n_units, sizeof *p->values);
    p->workspaces = allocate(n_threads, sizeof *p->workspaces);
    prior_fill(p->z, x->z_dim, DRAW_PRIOR, n);
    for (size_t i = 0; i < n_threads; i++)
        explain_workspace_init(&p->workspaces[i], x);
    parallel_for(n_tiles, evaluate_tile, p);
    for (size_t i = 0; i < n_threads; i++)
        explain_workspace_release(&p->workspaces[i]);
    free(p->workspaces);
    free(p->z);
}

/* ---- Statistics ---- */

/* Of an activation between two ends, near one: less than this share of the way from it. */
static const float NEAR = 0.01f;

/* A unit is constant where all it varies by is a float's rounding. */
static const float ROUNDING = 1e-6f;

static bool is_near_end(activation f, float y)
{
    float low = activations[f.kind].low, high = activations[f.kind].high;
    if (!isfinite(low) || !isfinite(high))
        return false;
    return y < low + NEAR * (high - low) || y > high - NEAR * (high - low);
}

/* Every activation function but the sigmoid has the sign of what it is applied to. */
static bool is_active(activation f, float y) { return y > (f.kind == SIGMOID ? 0.5f : 0.0f); }

/* Of column `column`. */
static unit_statistics find_unit(const prior_activations *p, activation f, size_t column)
{
    unit_statistics u = {0};
    const float *v = p->values + column;
    float least = v[0], most = v[0];
    double n = (double)p->n;
    for (size_t r = 0; r < p->n; r++) {
        float y = v[r * p->n_units];
        u.mean += (double)y / n;
        u.active += is_active(f, y) / n;
        u.near_end += is_near_end(f, y) / n;
        least = fminf(least, y);
        most = fmaxf(most, y);
    }
    for (size_t r = 0; r < p->n; r++)
        u.deviation += pow((double)v[r * p->n_units] - u.mean, 2) / (n - 1);
    u.deviation = sqrt(u.deviation);
    u.is_constant = most - least <= ROUNDING * fmaxf(fabsf(least), fabsf(most));
    return u;
}

/* Of every eighth z: as good, and sorted sooner. */
static void find_distribution(layer_statistics *l, const prior_activations *p, size_t column)
{
    enum { EVERY = 8, N_QUANTILES = 21 };
    size_t n_rows = (p->n + EVERY - 1) / EVERY;
    float quantile[N_QUANTILES], *all = allocate(n_rows * l->n_units, sizeof *all);
    for (size_t r = 0; r < n_rows; r++)
        memcpy(all + r * l->n_units, p->values + r * EVERY * p->n_units + column,
               l->n_units * sizeof *all);
    quantiles_find(quantile, N_QUANTILES, all, n_rows * l->n_units);
    l->low = quantile[1];
    l->median = quantile[N_QUANTILES / 2];
    l->high = quantile[N_QUANTILES - 2];
    free(all);
}

static size_t find_layer(layer_statistics *l, const prior_activations *p, size_t column)
{
    const layer *of = &p->x->net[l->net]->layers[l->layer];
    l->n_units = of->n_out;
    l->units = allocate(l->n_units, sizeof *l->units);
    for (size_t j = 0; j < l->n_units; j++)
        l->units[j] = find_unit(p, of->f, column + j);
    find_distribution(l, p, column);
    return column + l->n_units;
}

void activation_statistics_find(activation_statistics *s, const explainer *x, size_t n)
{
    prior_activations p;
    size_t column = 0;
    *s = (activation_statistics){.n = n};
    prior_activations_init(&p, x, n);
    for (size_t k = 0; k < N_OWN_NETS; k++)
        s->n_layers += x->net[nets[k]] ? x->net[nets[k]]->n_layers : 0;
    s->layers = allocate(s->n_layers, sizeof *s->layers);
    layer_statistics *l = s->layers;
    for (size_t k = 0; k < N_OWN_NETS; k++)
        for (size_t i = 0; x->net[nets[k]] && i < x->net[nets[k]]->n_layers; i++, l++) {
            *l = (layer_statistics){.net = nets[k], .layer = i};
            column = find_layer(l, &p, column);
        }
    free(p.values);
}

void activation_statistics_release(activation_statistics *s)
{
    for (size_t i = 0; i < s->n_layers; i++)
        free(s->layers[i].units);
    free(s->layers);
    *s = (activation_statistics){0};
}

/* ---- Without a unit ---- */

/* Passes from one layer on: the first row has all units as they are, each other one is without one
 * of the n units that lie in it. */
typedef struct {
    const packed_network *g;
    const float *now; /* (n_out): the layer's activations */
    float *rows, *drawn;
    float *room[2];
    size_t which[EXPLAIN_TILE], n;
} layer_passes;

static void fill_rows(layer_passes *p, const scored_unit *units, size_t i)
{
    size_t width = p->g->net->layers[i].n_out;
    for (size_t k = 0; k <= p->n; k++)
        memcpy(p->rows + k * width, p->now, width * sizeof *p->rows);
    for (size_t k = 0; k < p->n; k++) {
        const scored_unit *u = &units[p->which[k]];
        p->rows[(1 + k) * width + u->unit] = u->usual;
    }
}

/* Returns how far the first row is from the picture x. */
static double draw_from(layer_passes *p, float *pictures, const scored_unit *units, size_t i,
                        const float *x)
{
    size_t pixels = p->g->net->n_out, n = 1 + p->n;
    double most = 0;
    fill_rows(p, units, i);
    packed_evaluate_from(matrix_view(p->drawn, n, pixels), p->g, i + 1, p->room,
                         matrix_view(p->rows, n, p->g->net->layers[i].n_out));
    for (size_t k = 0; k < pixels; k++)
        most = fmax(most, fabs((double)p->drawn[k] - (double)x[k]));
    for (size_t k = 0; k < p->n; k++)
        memcpy(pictures + p->which[k] * pixels, p->drawn + (1 + k) * pixels,
               pixels * sizeof *pictures);
    return most;
}

static void passes_init(layer_passes *p, const packed_network *g, size_t n)
{
    size_t rows = 1 + n, widest = network_widest_hidden(g->net);
    *p = (layer_passes){
        .g = g,
        .rows = allocate(rows * widest, sizeof(float)),
        .drawn = allocate(rows * g->net->n_out, sizeof(float)),
        .room = {allocate(rows * widest, sizeof(float)), allocate(rows * widest, sizeof(float))}};
}

static void passes_release(layer_passes *p)
{
    free(p->rows);
    free(p->drawn);
    free(p->room[0]);
    free(p->room[1]);
}

double activation_draw_without(float *pictures, const explain_task *t, const scored_unit *units,
                               size_t n)
{
    const explainer *x = t->x;
    layer_passes p;
    double most = 0;
    explain_draw(x, t->w, t->rows->z, 1);
    passes_init(&p, &x->packed[NET_G], n);
    for (size_t i = 0; i + 1 < x->net[NET_G]->n_layers; i++) {
        p.now = t->w->tape[NET_G].output[i].data;
        p.n = 0;
        for (size_t k = 0; k < n; k++)
            if (units[k].layer == i)
                p.which[p.n++] = k;
        most = fmax(most, draw_from(&p, pictures, units, i, t->rows->x));
    }
    passes_release(&p);
    return most;
}
