/* SPDX-License-Identifier: MIT */
/* What is measured of a model at z of the prior. */
#include "explainability_detail.h"
#include "measure_detail.h"
#include <math.h>
#include <stdlib.h>

/* The score is of these: another method added to the program does not change it. They take the
 * slope here, slopes around, each component away alone, and away with any others. */
static const char methods[] = "gradient-x-input,smoothgrad,occlusion,shap";
static const char structure[] = "spectrum,tree";

enum { N_SAMPLES = 128, N_TREE_SAMPLES = 2048, N_MOVES = 4, N_STRONGEST = 10 };

/* In sigmas of the prior, along each component. What a gradient does not survive is far less than
 * what a picture is seen to change by: at 0.1 nearly all models have pictures that are alike. */
static const float short_move = 0.1f, long_move = 0.5f;

/* ---- Contributions ---- */

/* Of all methods. */
typedef struct {
    size_t n_methods, n;
    float *values; /* (n_methods, n); owned */
} contributions;

static const float *row_of(const contributions *c, size_t i) { return c->values + i * c->n; }

static void contributions_init(contributions *c, const trust_subject *s)
{
    const attribution_list *all = s->all;
    *c = (contributions){all->n, s->f->n, allocate(all->n * s->f->n, sizeof *c->values)};
    for (size_t i = 0; i < all->n; i++)
        attribution_contributions(c->values + i * c->n, &all->all[i], s->f, s->baseline);
}

/* Of the best method: how well the target can be foretold. */
static double find_faithfulness(trust_subject s)
{
    double best = 0;
    for (size_t i = 0; i < s.all->n; i++) {
        s.of = &s.all->all[i];
        best = fmax(best, 1 - infidelity_resamples(NULL, &s)); /* fmax passes over NaN */
    }
    return best;
}

/* How far they do not add up to the target's change: of nothing and no change, all of it. */
static double find_gap(const float *v, size_t n, double change)
{
    double all = sum(v, n), size = fabs(all) + fabs(change);
    return size > 0 ? fabs(all - change) / size : 1;
}

static double sum_of_magnitudes(const float *v, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += fabs((double)v[i]);
    return all;
}

static double find_strongest_share(const float *v, size_t n)
{
    size_t top[N_STRONGEST], n_top = find_strongest(top, N_STRONGEST, v, n);
    double all = sum_of_magnitudes(v, n), held = 0;
    for (size_t i = 0; i < n_top; i++)
        held += fabs((double)v[top[i]]);
    return all > 0 ? held / all : 0;
}

/* One component has one order: there methods agree on its sign. */
static double find_agreement(const float *a, const float *b, size_t n)
{
    double found = n > 1 ? rank_correlation(a, b, n) : (a[0] > 0) - (a[0] < 0);
    if (n == 1)
        found *= (b[0] > 0) - (b[0] < 0);
    return isnan(found) ? 0 : found;
}

static double agreement_of(const contributions *c)
{
    double all = 0;
    size_t n = 0;
    for (size_t i = 0; i < c->n_methods; i++)
        for (size_t k = 0; k < i; k++, n++)
            all += find_agreement(row_of(c, i), row_of(c, k), c->n);
    return n ? all / (double)n : 0;
}

static void fill_contributed(explainability_facts *f, const trust_subject *s)
{
    contributions c;
    double change = s->removals->whole - s->removals->nothing, n = (double)s->all->n;
    contributions_init(&c, s);
    for (size_t i = 0; i < c.n_methods; i++) {
        f->gap += find_gap(row_of(&c, i), c.n, change) / n;
        f->strongest += find_strongest_share(row_of(&c, i), c.n) / n;
    }
    f->faithfulness = find_faithfulness(*s);
    f->agreement = agreement_of(&c);
    free(c.values);
}

/* ---- Small moves ---- */

/* z and then moved ones: (1 + N_MOVES, z_dim), of the same r in the same directions; the caller
 * frees them. */
static float *move_z(const float *z, size_t n, float move, rng r)
{
    float *rows = allocate((1 + N_MOVES) * n, sizeof *rows);
    rng_fill_normal(&r, rows + n, N_MOVES * n);
    for (size_t i = 0; i < n; i++)
        rows[i] = z[i];
    for (size_t i = n; i < (1 + N_MOVES) * n; i++)
        rows[i] = z[i % n] + move * rows[i];
    return rows;
}

/* |b - a| / |a|; where a is 0 all has changed. */
static double relative_change(const float *a, const float *b, size_t n)
{
    double square = 0, size = norm(a, n);
    for (size_t i = 0; i < n; i++)
        square += ((double)b[i] - (double)a[i]) * ((double)b[i] - (double)a[i]);
    return size > 0 ? sqrt(square) / size : 1;
}

static void fill_change(explainability_facts *facts, const target_function *f, const float *rows)
{
    float value[1 + N_MOVES], *gradient = allocate((1 + N_MOVES) * f->n, sizeof *gradient);
    target_values(f, rows, 1 + N_MOVES, value, gradient);
    for (size_t k = 1; k <= N_MOVES; k++)
        facts->change += fmin(relative_change(gradient, gradient + k * f->n, f->n), 1) / N_MOVES;
    free(gradient);
}

/* Their pictures in 0..1, which the caller frees. */
static float *draw_moved(const explainability_subject *s, explain_workspace *w, const float *rows)
{
    size_t n = (1 + N_MOVES) * s->x->shape.n;
    const float *drawn = explain_draw(s->x, w, rows, 1 + N_MOVES);
    float *pictures = allocate(n, sizeof *pictures);
    for (size_t i = 0; i < n; i++)
        pictures[i] = (drawn[i] - s->black) / (s->white - s->black);
    return pictures;
}

static void fill_likeness(explainability_facts *f, const explainability_subject *s,
                          explain_workspace *w, const float *rows)
{
    size_t n = s->x->shape.n;
    float *pictures = draw_moved(s, w, rows);
    for (size_t k = 1; k <= N_MOVES; k++)
        f->likeness += pictures_ssim(pictures, pictures + k * n, s->x->shape) / N_MOVES;
    free(pictures);
}

/* ---- At one z ---- */

typedef struct {
    const explainability_subject *s;
    explain_listener listener; /* of the requests */
    explain_request q, tree_q;
    explain_plan methods, structure; /* prepared for q and for tree_q */
    explain_workspace *workspaces;   /* one a thread; owned */
    explainability_facts *facts;     /* (s->n) */
    error *errors;                   /* (s->n); owned */
} seeds_task;

static void fill_structure(explainability_facts *f, const explanation *a)
{
    const named_array *way = explanation_find(a, "tree.z");
    double all = sum_of_magnitudes(way->data, way->n), square = dot(way->data, way->data, way->n);
    f->rank = (double)*explanation_find(a, "spectrum.rank")->data;
    f->fidelity = (double)*explanation_find(a, "tree.fidelity")->data;
    f->questions = square > 0 ? all * all / square : 0;
}

/* a: the explanation of f's z. */
static void fill_decision(explainability_facts *facts, const target_function *f,
                          const explanation *a)
{
    attribution_list all = {0};
    baseline_rows b;
    removal_sample removals;
    attributions_find(&all, a, INPUT_Z);
    baseline_rows_init(&b, f);
    removal_sample_init(&removals, f, &b);
    fill_contributed(facts,
                     &(trust_subject){.f = f, .baseline = &b, .removals = &removals, .all = &all});
    removal_sample_release(&removals);
    baseline_rows_release(&b);
    attributions_release(&all);
}

static void fill_result(explainability_facts *facts, const explainability_subject *s,
                        const target_function *f, rng moves)
{
    float *near = move_z(f->at, f->n, short_move, moves);
    float *far = move_z(f->at, f->n, long_move, moves);
    fill_change(facts, f, near);
    fill_likeness(facts, s, f->t->w, far);
    free(near);
    free(far);
}

static int find_facts_at(explainability_facts *f, const seeds_task *task, size_t i,
                         explain_workspace *w, const float *z, error *e)
{
    explain_request q = task->q, tree_q = task->tree_q;
    explanation by_methods = {0}, by_structure = {0};
    uint32_t index = (uint32_t)i;
    q.probe = tree_q.probe = i;
    const explainer *x = task->s->x;
    int status = explain(&by_methods, x, w, z, &q, &task->methods, e) ||
                         explain(&by_structure, x, w, z, &tree_q, &task->structure, e)
                     ? -1
                     : 0;
    if (!status) {
        explained_rows rows = {.n = 1, .z = z};
        const explain_task t = {.x = x, .w = w, .q = &q, .rows = &rows};
        target_function target;
        target_function_init(&target, &t, &by_methods, INPUT_Z);
        fill_structure(f, &by_structure);
        fill_decision(f, &target, &by_methods);
        fill_result(f, task->s, &target, trust_rng(task->s->seed, TRUST_MOVES, index));
    }
    explanation_release(&by_methods);
    explanation_release(&by_structure);
    return status;
}

/* A body of parallel_for. */
static void find_facts(size_t i, size_t thread, void *context)
{
    seeds_task *task = context;
    size_t n = task->s->x->z_dim;
    float *z = allocate(n, sizeof *z);
    rng r = trust_rng(task->s->seed, TRUST_PRIOR, (uint32_t)i);
    rng_fill_normal(&r, z, n);
    find_facts_at(&task->facts[i], task, i, &task->workspaces[thread], z, &task->errors[i]);
    free(z);
}

/* ---- At all z ---- */

static explain_request request_of(const seeds_task *task, size_t n_samples)
{
    return (explain_request){.n_top = 1,
                             .black = task->s->black,
                             .white = task->s->white,
                             .listener = &task->listener,
                             .inputs = 1u << INPUT_Z,
                             .n_samples = n_samples,
                             .skips_checks = true,
                             .skips_evidence = true};
}

static int prepare(seeds_task *task, error *e)
{
    const explainer *x = task->s->x;
    task->q = request_of(task, N_SAMPLES);
    task->tree_q = request_of(task, N_TREE_SAMPLES);
    explain_plan_choose(&task->methods, methods);
    explain_plan_choose(&task->structure, structure);
    return explain_plan_prepare(&task->methods, x, &task->q, e) ||
                   explain_plan_prepare(&task->structure, x, &task->tree_q, e)
               ? -1
               : 0;
}

static void release(seeds_task *task)
{
    for (size_t i = 0; task->workspaces && i < tensor_threads(); i++)
        explain_workspace_release(&task->workspaces[i]);
    free(task->workspaces);
    free(task->errors);
    explain_plan_release(&task->methods);
    explain_plan_release(&task->structure);
}

static int find_all(seeds_task *task, error *e)
{
    const explainability_subject *s = task->s;
    task->errors = allocate(s->n, sizeof *task->errors);
    task->workspaces = allocate(tensor_threads(), sizeof *task->workspaces);
    for (size_t i = 0; i < tensor_threads(); i++)
        explain_workspace_init(&task->workspaces[i], s->x);
    parallel_for(s->n, find_facts, task);
    for (size_t i = 0; i < s->n; i++)
        if (task->errors[i].status) {
            *e = task->errors[i];
            return -1;
        }
    return 0;
}

int explainability_find_facts(explainability_facts *facts, const explainability_subject *s,
                              error *e)
{
    seeds_task task = {.s = s, .listener = listener_within(s->listener), .facts = facts};
    int status = prepare(&task, e) || find_all(&task, e) ? -1 : 0;
    release(&task);
    return status;
}
