/* SPDX-License-Identifier: MIT */
/* What z of the prior tell of a model: which units of G are dead, and how pictures and target vary.
 */
#include "explainability_detail.h"
#include <math.h>
#include <stdlib.h>

/* ---- Units ---- */

/* The least and the greatest output of each of G's hidden units, layer after layer. */
typedef struct {
    size_t n;
    float *least, *greatest; /* (n); owned */
} unit_ranges;

static void ranges_init(unit_ranges *r, const network *g)
{
    *r = (unit_ranges){0};
    for (size_t i = 0; i + 1 < g->n_layers; i++)
        r->n += g->layers[i].n_out;
    r->least = allocate(r->n, sizeof *r->least);
    r->greatest = allocate(r->n, sizeof *r->greatest);
    for (size_t i = 0; i < r->n; i++) {
        r->least[i] = INFINITY;
        r->greatest[i] = -INFINITY;
    }
}

static void ranges_release(unit_ranges *r)
{
    free(r->least);
    free(r->greatest);
}

/* Of the n rows that t holds. */
static void ranges_add(unit_ranges *r, const tape *t, size_t n)
{
    size_t first = 0;
    for (size_t i = 0; i + 1 < t->n_layers; i++) {
        size_t width = t->output[i].cols;
        for (size_t k = 0; k < n * width; k++) {
            size_t unit = first + k % width;
            r->least[unit] = fminf(r->least[unit], t->output[i].data[k]);
            r->greatest[unit] = fmaxf(r->greatest[unit], t->output[i].data[k]);
        }
        first += width;
    }
}

/* Float keeps no more of an output than about a ten-millionth. */
static bool is_dead(const unit_ranges *r, size_t unit)
{
    float size = fmaxf(fabsf(r->least[unit]), fabsf(r->greatest[unit]));
    return r->greatest[unit] - r->least[unit] <= 1e-6f * size;
}

static size_t count_living(const unit_ranges *r, size_t first, size_t n)
{
    size_t living = 0;
    for (size_t i = first; i < first + n; i++)
        living += !is_dead(r, i);
    return living;
}

/* A layer's weights between units that are not dead, and the biases of these. */
static void fill_units(explainability_facts *f, const unit_ranges *r, const network *g)
{
    size_t n_in = g->n_in, first = 0;
    for (size_t i = 0; i < g->n_layers; i++) {
        bool is_hidden = i + 1 < g->n_layers;
        size_t width = g->layers[i].n_out;
        size_t n_out = is_hidden ? count_living(r, first, width) : width;
        f->parameters += (double)n_out * (double)(n_in + 1);
        n_in = n_out;
        first += width;
    }
    f->dead = r->n ? 1 - (double)count_living(r, 0, r->n) / (double)r->n : 0;
}

/* ---- Pictures and the target ---- */

/* Numbers, less the first of them: so those that are all the same leave exactly 0. */
typedef struct {
    double first, sum, square;
} spread_sums;

static void spread_add(spread_sums *s, double v, bool is_first)
{
    s->first = is_first ? v : s->first;
    s->sum += v - s->first;
    s->square += (v - s->first) * (v - s->first);
}

static double variance_of(const spread_sums *s, double n)
{
    return fmax(s->square / n - (s->sum / n) * (s->sum / n), 0);
}

/* All that is added up over the prior. */
typedef struct {
    unit_ranges units;
    spread_sums *pixels; /* (n pixels); owned */
    spread_sums target;
} prior_sums;

/* Of n rows of z, the first of all or further ones. */
static void add_tile(prior_sums *p, const explainer *x, explain_workspace *w, const float *z,
                     size_t n, bool is_first)
{
    float value[EXPLAIN_TILE];
    const float *pictures = explain_rows(x, w, &(explained_rows){.n = n, .z = z, .value = value});
    ranges_add(&p->units, &w->tape[NET_G], n);
    for (size_t i = 0; i < n; i++) {
        spread_add(&p->target, (double)value[i], is_first && i == 0);
        for (size_t k = 0; k < x->shape.n; k++)
            spread_add(&p->pixels[k], (double)pictures[i * x->shape.n + k], is_first && i == 0);
    }
}

static void fill_spread(explainability_spread *spread, const prior_sums *p,
                        const explainability_subject *s)
{
    double square = 0, n = EXPLAINED_PRIOR, range = (double)s->white - (double)s->black;
    for (size_t k = 0; k < s->x->shape.n; k++)
        square += variance_of(&p->pixels[k], n) / (double)s->x->shape.n;
    *spread = (explainability_spread){.picture = sqrt(square) / range,
                                      .target = sqrt(variance_of(&p->target, n)),
                                      .mean = p->target.first + p->target.sum / n};
}

void explainability_look_over_prior(explainability_facts *f, explainability_spread *spread,
                                    const explainability_subject *s)
{
    const explainer *x = s->x;
    explain_workspace w;
    prior_sums p = {.pixels = allocate(x->shape.n, sizeof *p.pixels)};
    float *z = allocate(EXPLAIN_TILE * x->z_dim, sizeof *z);
    rng r = trust_rng(s->seed, TRUST_PRIOR, EXPLAINABILITY_SEEDS);
    ranges_init(&p.units, x->net[NET_G]);
    explain_workspace_init(&w, x);
    for (size_t first = 0; first < EXPLAINED_PRIOR; first += EXPLAIN_TILE) {
        rng_fill_normal(&r, z, EXPLAIN_TILE * x->z_dim);
        add_tile(&p, x, &w, z, EXPLAIN_TILE, first == 0);
    }
    fill_units(f, &p.units, x->net[NET_G]);
    fill_spread(spread, &p, s);
    explain_workspace_release(&w);
    ranges_release(&p.units);
    free(p.pixels);
    free(z);
}
