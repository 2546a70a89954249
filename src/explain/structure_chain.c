/* SPDX-License-Identifier: MIT */
#include "structure_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Links ---- */

static size_t group_of(const size_t *group, size_t i) { return group ? group[i] : i; }

/* Of layer i: weight times slope, times the input at the first and the gradient at the last; those
 * of points that are one are added up. */
static void fill_link(chain *c, const straight_network *s, size_t i)
{
    const layer *l = &s->net->layers[i];
    const size_t *from = i == 0 ? s->input_group : NULL;
    bool is_last = i + 1 == s->net->n_layers;
    const size_t *to = is_last ? s->output_group : NULL;
    for (size_t o = 0; o < l->n_out; o++) {
        double after = s->slope[i][o] * (is_last ? s->gradient[o] : 1);
        double *row = c->link[i] + group_of(to, o) * c->n[i];
        const float *weight = l->weight.data + o * l->weight.stride;
        for (size_t k = 0; k < l->n_in; k++)
            row[group_of(from, k)] += (double)weight[k] * (i == 0 ? s->input[k] : 1) * after;
    }
}

void chain_init(chain *c, const straight_network *s)
{
    size_t n = s->net->n_layers;
    assert(n < MAX_LEVELS);
    *c = (chain){
        .n_links = n, .n = allocate(n + 1, sizeof *c->n), .link = allocate(n, sizeof *c->link)};
    c->n[0] = s->n_inputs;
    for (size_t i = 0; i < n; i++) {
        c->n[i + 1] = i + 1 == n ? s->n_outputs : s->net->layers[i].n_out;
        c->link[i] = allocate(c->n[i] * c->n[i + 1], sizeof **c->link);
        fill_link(c, s, i);
    }
}

void chain_release(chain *c)
{
    for (size_t i = 0; i < c->n_links; i++)
        free(c->link[i]);
    free(c->link);
    free(c->n);
    *c = (chain){0};
}

static size_t widest_of(const chain *c)
{
    size_t widest = 0;
    for (size_t i = 0; i <= c->n_links; i++)
        widest = c->n[i] > widest ? c->n[i] : widest;
    return widest;
}

/* ---- Sums ---- */

/* The sums over the paths that come to each point of the next level. */
static void add_up(double *next, const double *sums, const chain *c, size_t i, bool of_magnitudes)
{
    for (size_t o = 0; o < c->n[i + 1]; o++) {
        const double *row = c->link[i] + o * c->n[i];
        next[o] = 0;
        for (size_t k = 0; k < c->n[i]; k++)
            next[o] += (of_magnitudes ? fabs(row[k]) : row[k]) * sums[k];
    }
}

/* The sums (n[level]) over the paths that come to each point of a level. The caller frees them. */
static double *sums_before(const chain *c, size_t level)
{
    size_t widest = widest_of(c);
    double *sums = allocate(widest, sizeof *sums), *next = allocate(widest, sizeof *next);
    for (size_t k = 0; k < c->n[0]; k++)
        sums[k] = 1;
    for (size_t i = 0; i < level; i++) {
        add_up(next, sums, c, i, false);
        memcpy(sums, next, c->n[i + 1] * sizeof *sums);
    }
    free(next);
    return sums;
}

/* The same over the paths that go on from them. */
static double *sums_after(const chain *c, size_t level)
{
    size_t widest = widest_of(c);
    double *sums = allocate(widest, sizeof *sums), *next = allocate(widest, sizeof *next);
    for (size_t k = 0; k < c->n[c->n_links]; k++)
        sums[k] = 1;
    for (size_t i = c->n_links; i-- > level;) {
        memset(next, 0, widest * sizeof *next);
        for (size_t o = 0; o < c->n[i + 1]; o++)
            for (size_t k = 0; k < c->n[i]; k++)
                next[k] += c->link[i][o * c->n[i] + k] * sums[o];
        memcpy(sums, next, c->n[i] * sizeof *sums);
    }
    free(next);
    return sums;
}

void chain_flow(float *flow, const chain *c, size_t i)
{
    double *before = sums_before(c, i), *after = sums_after(c, i + 1);
    for (size_t o = 0; o < c->n[i + 1]; o++)
        for (size_t k = 0; k < c->n[i]; k++) {
            size_t at = o * c->n[i] + k;
            flow[at] = (float)(before[k] * c->link[i][at] * after[o]);
        }
    free(after);
    free(before);
}

double chain_sum(const chain *c, size_t end, bool of_magnitudes)
{
    size_t widest = widest_of(c), last = c->n_links;
    double *room = allocate(2 * widest, sizeof *room), total = 0;
    for (size_t k = 0; k < c->n[0]; k++)
        room[k] = 1;
    for (size_t i = 0; i < last; i++)
        add_up(room + (i + 1) % 2 * widest, room + i % 2 * widest, c, i, of_magnitudes);
    for (size_t k = 0; k < c->n[last]; k++)
        total += end == NO_INDEX || k == end ? room[last % 2 * widest + k] : 0;
    free(room);
    return total;
}

/* ---- Paths ---- */

/* From the best paths to a level's points those to the next one's, and by which point they come. */
static void go_on(double *next, size_t *before, const double *best, const chain *c, size_t i)
{
    for (size_t o = 0; o < c->n[i + 1]; o++) {
        const double *row = c->link[i] + o * c->n[i];
        next[o] = 0;
        before[o] = 0;
        for (size_t k = 0; k < c->n[i]; k++)
            if (fabs(row[k] * best[k]) > fabs(next[o])) {
                next[o] = row[k] * best[k];
                before[o] = k;
            }
    }
}

chain_path chain_find(const chain *c, size_t end)
{
    size_t widest = widest_of(c), last = c->n_links;
    double *room = allocate(2 * widest, sizeof *room);
    size_t *before = allocate(last * widest, sizeof *before);
    chain_path p = {0};
    p.point[last] = end;
    for (size_t k = 0; k < c->n[0]; k++)
        room[k] = 1;
    for (size_t i = 0; i < last; i++)
        go_on(room + (i + 1) % 2 * widest, before + i * widest, room + i % 2 * widest, c, i);
    p.value = room[last % 2 * widest + end];
    for (size_t i = last; i-- > 0;)
        p.point[i] = before[i * widest + p.point[i + 1]];
    free(before);
    free(room);
    return p;
}

double chain_follow(const chain *c, const chain_path *p)
{
    double product = 1;
    for (size_t i = 0; i < c->n_links; i++)
        product *= c->link[i][p->point[i + 1] * c->n[i] + p->point[i]];
    return product;
}
