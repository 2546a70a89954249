/* SPDX-License-Identifier: MIT */
/* Breiman, Friedman, Olshen & Stone 1984, "Classification and Regression Trees", chapter 8. Grown
 * level by level: for each component one walk over the sorted samples looks at all nodes of the
 * level at once. */
#include "tree_detail.h"
#include <math.h>
#include <stdlib.h>

/* ---- Sorting ---- */

typedef struct {
    float z, y;
    uint32_t i;
} sorted_sample;

static int compare_samples(const void *a, const void *b)
{
    const sorted_sample *p = a, *q = b;
    if (p->z != q->z)
        return p->z > q->z ? 1 : -1;
    return (p->y > q->y) - (p->y < q->y);
}

typedef struct {
    tree_data *d;
    sorted_sample *room; /* (threads, n) */
} sorting;

/* A body of parallel_for: by component c. */
static void sort_component(size_t c, size_t thread, void *context)
{
    const sorting *s = context;
    const tree_data *d = s->d;
    sorted_sample *samples = s->room + thread * d->n;
    for (size_t i = 0; i < d->n; i++)
        samples[i] = (sorted_sample){d->z[i * d->z_dim + c], d->y[i], (uint32_t)i};
    qsort(samples, d->n, sizeof *samples, compare_samples);
    for (size_t i = 0; i < d->n; i++)
        d->order[c * d->n + i] = samples[i].i;
}

void tree_data_init(tree_data *d, const float *z, const float *y, size_t n, size_t z_dim)
{
    *d = (tree_data){.n = n, .z_dim = z_dim, .z = z, .y = y};
    d->order = allocate(z_dim * n, sizeof *d->order);
    sorting s = {d, allocate(tensor_threads() * n, sizeof *s.room)};
    parallel_for(z_dim, sort_component, &s);
    for (size_t i = 0; i < n; i++)
        d->mean += (double)y[d->order[i]] / (double)n;
    free(s.room);
}

void tree_data_release(tree_data *d)
{
    free(d->order);
    *d = (tree_data){0};
}

/* ---- Growing ---- */

/* How many samples, and the sum of their targets less the mean of all. */
typedef struct {
    double n, sum;
} tree_sums;

typedef struct {
    double gain;
    size_t component;
    float threshold;
} tree_split;

/* Of a tree that grows: its sums and the best split of each node so far. */
typedef struct {
    const tree_data *d;
    const uint32_t *weight;
    uint8_t *node; /* (n): where each sample is */
    double least;  /* samples of a leaf */
    size_t first;  /* node of the level */
    size_t n;      /* of nodes */
    tree_sums all[TREE_MAX_NODES], below[TREE_MAX_NODES];
    float last[TREE_MAX_NODES]; /* value of the component that was looked at */
    tree_split best[TREE_MAX_NODES];
} growth;

static double weight_of(const growth *g, size_t i) { return g->weight ? (double)g->weight[i] : 1; }

static void add_sample(tree_sums *s, const growth *g, size_t i)
{
    double weight = weight_of(g, i);
    s->n += weight;
    s->sum += weight * ((double)g->d->y[i] - g->d->mean);
}

/* In an order that is not the caller's. */
static void sum_level(growth *g)
{
    for (size_t k = g->first; k < g->n; k++)
        g->all[k] = (tree_sums){0, 0};
    for (size_t k = 0; k < g->d->n; k++) {
        size_t i = g->d->order[k];
        if (g->node[i] >= g->first)
            add_sample(&g->all[g->node[i]], g, i);
    }
}

static double sum_squares(const growth *g)
{
    double all = 0;
    for (size_t k = 0; k < g->d->n; k++) {
        size_t i = g->d->order[k];
        double y = (double)g->d->y[i] - g->d->mean;
        all += weight_of(g, i) * y * y;
    }
    return all;
}

/* Between two floats, above the lower one. */
static float middle_of(float low, float high)
{
    float middle = (float)(((double)low + (double)high) / 2);
    return middle > low ? middle : high;
}

/* What lies below is known of node k; z comes next. */
static void consider(growth *g, size_t k, size_t component, float z)
{
    tree_sums low = g->below[k], all = g->all[k], high = {all.n - low.n, all.sum - low.sum};
    if (low.n < g->least || high.n < g->least)
        return;
    double gain =
        low.sum * low.sum / low.n + high.sum * high.sum / high.n - all.sum * all.sum / all.n;
    if (gain > g->best[k].gain)
        g->best[k] = (tree_split){gain, component, middle_of(g->last[k], z)};
}

static void look_at(growth *g, size_t component)
{
    const tree_data *d = g->d;
    for (size_t k = g->first; k < g->n; k++)
        g->below[k] = (tree_sums){0, 0};
    for (size_t at = 0; at < d->n; at++) {
        size_t i = d->order[component * d->n + at], k = g->node[i];
        float z = d->z[i * d->z_dim + component];
        if (k < g->first || weight_of(g, i) == 0)
            continue;
        if (g->below[k].n > 0 && z > g->last[k])
            consider(g, k, component, z);
        add_sample(&g->below[k], g, i);
        g->last[k] = z;
    }
}

static void write_node(grown_tree *t, const growth *g, size_t k)
{
    float *node = t->nodes + k * TREE_COLUMNS;
    node[TREE_COMPONENT] = -1;
    node[TREE_THRESHOLD] = node[TREE_BELOW] = node[TREE_ABOVE] = 0;
    node[TREE_VALUE] = (float)(g->d->mean + g->all[k].sum / g->all[k].n);
    node[TREE_SHARE] = (float)(g->all[k].n / g->all[0].n);
    t->gain[k] = 0;
}

/* Makes node k a split, with two nodes more. */
static void split_node(grown_tree *t, growth *g, size_t k)
{
    float *node = t->nodes + k * TREE_COLUMNS;
    node[TREE_COMPONENT] = (float)g->best[k].component;
    node[TREE_THRESHOLD] = g->best[k].threshold;
    node[TREE_BELOW] = (float)g->n;
    node[TREE_ABOVE] = (float)(g->n + 1);
    t->gain[k] = g->best[k].gain;
    g->n += 2;
}

static void move_samples(growth *g, const grown_tree *t)
{
    for (size_t i = 0; i < g->d->n; i++) {
        const float *node = t->nodes + g->node[i] * TREE_COLUMNS;
        if (node[TREE_COMPONENT] < 0)
            continue;
        float z = g->d->z[i * g->d->z_dim + (size_t)node[TREE_COMPONENT]];
        g->node[i] = (uint8_t)node[z < node[TREE_THRESHOLD] ? TREE_BELOW : TREE_ABOVE];
    }
}

/* Splits the nodes of the level that gain by it more than rounding makes. */
static void grow_level(grown_tree *t, growth *g)
{
    size_t end = g->n;
    for (size_t k = g->first; k < end; k++)
        g->best[k].gain = 1e-12 * t->all;
    for (size_t c = 0; c < g->d->z_dim; c++)
        look_at(g, c);
    for (size_t k = g->first; k < end; k++)
        if (g->best[k].gain > 1e-12 * t->all)
            split_node(t, g, k);
    move_samples(g, t);
    g->first = end;
}

void tree_grow(grown_tree *t, const tree_data *d, const uint32_t *weight)
{
    growth g = {.d = d, .weight = weight, .node = allocate(d->n, sizeof *g.node), .n = 1};
    g.least = fmax(1, floor((double)d->n / TREE_LEAST_PART));
    t->all = sum_squares(&g);
    for (size_t depth = 0; depth <= TREE_DEPTH && g.first < g.n; depth++) {
        sum_level(&g);
        for (size_t k = g.first; k < g.n; k++)
            write_node(t, &g, k);
        if (depth < TREE_DEPTH)
            grow_level(t, &g);
    }
    t->n = g.n;
    free(g.node);
}

size_t tree_walk(const float *nodes, const float *z, size_t *leaf, size_t *path)
{
    size_t at = 0, length = 0;
    while (nodes[at * TREE_COLUMNS + TREE_COMPONENT] >= 0) {
        const float *node = nodes + at * TREE_COLUMNS;
        bool is_below = z[(size_t)node[TREE_COMPONENT]] < node[TREE_THRESHOLD];
        if (path)
            path[length] = at;
        length++;
        at = (size_t)node[is_below ? TREE_BELOW : TREE_ABOVE];
    }
    *leaf = at;
    return length;
}
