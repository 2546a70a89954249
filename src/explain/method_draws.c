/* SPDX-License-Identifier: MIT */
/* What methods draw, and the samples of the prior that some are fitted to. */
#include "method_detail.h"
#include <stdlib.h>
#include <string.h>

rng method_rng(const explain_task *t, method_draw what, explain_input input)
{
    return rng_init(t->q->probe, rng_stream(STREAM_METHOD, N_INPUTS * (uint64_t)what + input));
}

/* ---- Samples of the prior ---- */

/* No explanation's seed is in it: what is fitted to these serves all. */
void prior_fill(float *z, size_t z_dim, method_draw what, size_t n)
{
    rng r = rng_init(0, rng_stream(STREAM_METHOD, N_INPUTS * (uint64_t)what));
    rng_fill_normal(&r, z, n * z_dim);
}

typedef struct {
    const explainer *x;
    explain_workspace *workspaces;
    prior_sample *s;
} prior_values;

/* A body of parallel_for. */
static void evaluate_tile(size_t i, size_t thread, void *context)
{
    prior_values *p = context;
    size_t first = i * EXPLAIN_TILE, n = p->s->n - first;
    explain_rows(p->x, &p->workspaces[thread],
                 &(explained_rows){.n = n < EXPLAIN_TILE ? n : EXPLAIN_TILE,
                                   .z = p->s->z + first * p->x->z_dim,
                                   .value = p->s->value + first});
}

static void evaluate(prior_sample *s, const explainer *x)
{
    size_t n_tiles = (s->n + EXPLAIN_TILE - 1) / EXPLAIN_TILE, n_threads = tensor_threads();
    prior_values p = {x, allocate(n_threads, sizeof *p.workspaces), s};
    for (size_t i = 0; i < n_threads; i++)
        explain_workspace_init(&p.workspaces[i], x);
    parallel_for(n_tiles, evaluate_tile, &p);
    for (size_t i = 0; i < n_threads; i++)
        explain_workspace_release(&p.workspaces[i]);
    free(p.workspaces);
}

void prior_sample_init(prior_sample *s, const explainer *x, method_draw what, size_t n)
{
    *s = (prior_sample){
        .n = n, .z = allocate(n * x->z_dim, sizeof *s->z), .value = allocate(n, sizeof *s->value)};
    prior_fill(s->z, x->z_dim, what, n);
    evaluate(s, x);
}

void prior_sample_release(prior_sample *s)
{
    free(s->z);
    free(s->value);
    *s = (prior_sample){0};
}

/* ---- Baselines ---- */

void explain_baseline_init(explain_baseline *b, const explainer *x, float *z, size_t n)
{
    explain_workspace w;
    *b = (explain_baseline){n, z, allocate(n * x->shape.n, sizeof(float))};
    explain_workspace_init(&w, x);
    for (size_t first = 0; first < n; first += EXPLAIN_TILE) {
        size_t n_tile = n - first < EXPLAIN_TILE ? n - first : EXPLAIN_TILE;
        const float *pictures = explain_draw(x, &w, z + first * x->z_dim, n_tile);
        memcpy(b->x + first * x->shape.n, pictures, n_tile * x->shape.n * sizeof(float));
    }
    explain_workspace_release(&w);
}

void explain_baseline_of_prior(explain_baseline *b, const explainer *x)
{
    enum { N = 16 };
    float *z = allocate(N * x->z_dim, sizeof *z);
    prior_fill(z, x->z_dim, DRAW_BASELINES, N);
    explain_baseline_init(b, x, z, N);
}

void explain_baseline_release(explain_baseline *b)
{
    free(b->z);
    free(b->x);
    *b = (explain_baseline){0};
}

void baseline_rows_init(baseline_rows *b, const target_function *f)
{
    const explain_baseline *given = f->t->q->baseline;
    *b = (baseline_rows){.n = given ? given->n : 1};
    b->rows = allocate(b->n * f->n, sizeof *b->rows);
    if (given)
        memcpy(b->rows, f->input == INPUT_Z ? given->z : given->x, b->n * f->n * sizeof *b->rows);
    else
        for (size_t i = 0; f->input == INPUT_X && i < f->n; i++)
            b->rows[i] = f->t->q->black;
}

void baseline_rows_release(baseline_rows *b)
{
    free(b->rows);
    *b = (baseline_rows){0};
}
