/* SPDX-License-Identifier: MIT */
/* Gradients at noisy copies of the input, batch by batch, until two halves of them agree.
 *
 * Agreement is Spearman's rank correlation of the two attributions as they are, signs included: a
 * component that one half finds to raise the target and the other to lower it stands at both ends.
 * Halves take turns, sample by sample. Where no half has an order, all being equal, they agree. */
#include "noise_detail.h"
#include "cli.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Options ---- */

typedef struct {
    double noise;
} noise_settings;

static const option_row rows[] = {
    OPTION_REAL(noise_settings, noise, .name = "noise", .role = ROLE_RESULT, .low = 0, .high = 10,
                .value = "X",
                .summary = "How far noise moves what gradients are taken at, as a standard "
                           "deviation: a share of the spread of a component of z, which is 1, or "
                           "of the range from black to white. 0.1 to 0.2 is advised; 1 is as far "
                           "away as another seed."),
};

static const noise_settings defaults = {.noise = 0.15};
const option_set noise_options = {OPTION_GROUP("Methods smoothgrad and vargrad", rows, 0),
                                  &defaults, sizeof defaults};

/* ---- Moments ---- */

void moments_init(moments *m, size_t width)
{
    double *room = allocate(4 * width, sizeof *room);
    *m = (moments){0, width, room, room + width, room + 2 * width, room + 3 * width};
}

void moments_release(moments *m)
{
    free(m->mean);
    *m = (moments){0};
}

void moments_add(moments *m, const double *v)
{
    double before = (double)m->n++, n = (double)m->n;
    for (size_t i = 0; i < m->width; i++) {
        double off = v[i] - m->mean[i], share = off / n, square = share * share;
        double term = off * share * before;
        m->fourth[i] += term * square * (n * n - 3 * n + 3) + 6 * square * m->second[i] -
                        4 * share * m->third[i];
        m->third[i] += term * share * (n - 2) - 3 * share * m->second[i];
        m->second[i] += term;
        m->mean[i] += share;
    }
}

/* ---- Taking gradients ---- */

enum { BATCH = 2 * EXPLAIN_TILE }; /* a tile for each of two threads */
static_assert(LEAST_NOISY_GRADIENTS % 4 == 0, "pairs in two halves");

/* Noise has places of its own in the stream, so that any row can be had from anywhere. */
void noise_fill_row(float *row, const noisy_gradients *g, size_t i)
{
    size_t n = g->f.n, which = g->method->is_paired ? i / 2 : i;
    double size = g->method->is_paired && i % 2 ? -g->sigma : g->sigma;
    rng r = method_rng(g->f.t, g->method->draw, g->f.input);
    r.position += which * ((n + 3) / 4);
    rng_fill_normal(&r, row, n);
    for (size_t k = 0; k < n; k++)
        row[k] = (float)((double)g->f.at[k] + size * (double)row[k]);
}

/* A body of parallel_for. */
static void fill_row_of_batch(size_t i, size_t thread, void *context)
{
    const noisy_gradients *g = context;
    (void)thread;
    noise_fill_row(g->rows + i * g->f.n, g, g->n + i);
}

/* What the checks look at. */
static void keep_projections(noisy_gradients *g, size_t i)
{
    const float *gradient = g->gradient + i * g->f.n;
    double slope = 0, distance = 0;
    for (size_t k = 0; k < g->f.n; k++) {
        double off = (double)gradient[k] - (double)g->plain[k];
        slope += (double)gradient[k] * g->direction[k];
        distance += off * off;
    }
    g->slopes[g->n + i] = slope;
    g->distances[g->n + i] = distance;
}

/* The sample that begins with gradient i of the batch. */
static void add_sample(noisy_gradients *g, size_t i)
{
    const float *first = g->gradient + i * g->f.n, *second = first + g->f.n;
    size_t which = (g->n + i) / (g->method->is_paired ? 2 : 1);
    for (size_t k = 0; k < g->f.n; k++)
        g->sample[k] =
            g->method->is_paired ? ((double)first[k] + (double)second[k]) / 2 : (double)first[k];
    moments_add(&g->all, g->sample);
    moments_add(&g->halves[which % 2], g->sample);
}

static void take_batch(noisy_gradients *g, size_t n)
{
    parallel_for(n, fill_row_of_batch, g);
    target_values(&g->f, g->rows, n, g->value, g->gradient);
    for (size_t i = 0; i < n; i++)
        keep_projections(g, i);
    for (size_t i = 0; i < n; i += g->method->is_paired ? 2 : 1)
        add_sample(g, i);
    g->n += n;
}

/* ---- When to stop ---- */

static const double ENOUGH_AGREEMENT = 0.95;

static void find_as_floats(float *value, float *deviation, const noisy_gradients *g,
                           const moments *m)
{
    double *found = allocate(2 * g->f.n, sizeof *found);
    g->method->find(found, deviation ? found + g->f.n : NULL, m);
    for (size_t k = 0; k < g->f.n; k++) {
        value[k] = (float)found[k];
        if (deviation)
            deviation[k] = (float)found[g->f.n + k];
    }
    free(found);
}

static bool has_order(const float *v, size_t n) { return !isnan(rank_correlation(v, v, n)); }

static double find_agreement(const noisy_gradients *g)
{
    size_t n = g->f.n;
    float *first = allocate(2 * n, sizeof *first), *second = first + n;
    find_as_floats(first, NULL, g, &g->halves[0]);
    find_as_floats(second, NULL, g, &g->halves[1]);
    double found = rank_correlation(first, second, n);
    if (isnan(found))
        found = !has_order(first, n) && !has_order(second, n);
    free(first);
    return found;
}

static void take_all(noisy_gradients *g)
{
    while (g->n < g->cap && !(g->agreement > ENOUGH_AGREEMENT)) {
        size_t left = g->cap - g->n;
        take_batch(g, left < BATCH ? left : BATCH);
        g->agreement = find_agreement(g);
    }
}

/* ---- One input ---- */

/* Whole pairs in two equal halves. */
static size_t find_cap(const explain_request *q)
{
    size_t n = q->n_samples ? q->n_samples : MAX_NOISY_GRADIENTS;
    n = n < LEAST_NOISY_GRADIENTS ? LEAST_NOISY_GRADIENTS : n;
    return n - n % 4;
}

static void draw_direction(noisy_gradients *g)
{
    size_t n = g->f.n;
    rng r = method_rng(g->f.t, DRAW_CERTIFICATE, g->f.input);
    rng_fill_normal(&r, g->rows, n);
    double length = norm(g->rows, n);
    for (size_t k = 0; k < n; k++)
        g->direction[k] = (double)g->rows[k] / length;
}

static void noisy_gradients_init(noisy_gradients *g)
{
    size_t n = g->f.n;
    g->rows = allocate(BATCH * n, sizeof *g->rows);
    g->gradient = allocate(BATCH * n, sizeof *g->gradient);
    g->value = allocate(BATCH, sizeof *g->value);
    g->plain = allocate(n, sizeof *g->plain);
    g->sample = allocate(2 * n + 2 * g->cap, sizeof *g->sample);
    g->direction = g->sample + n;
    g->slopes = g->direction + n;
    g->distances = g->slopes + g->cap;
    moments *const all[] = {&g->all, &g->halves[0], &g->halves[1]};
    for (size_t i = 0; i < 3; i++)
        moments_init(all[i], n);
    draw_direction(g);
    target_values(&g->f, g->f.at, 1, g->value, g->plain);
}

static void noisy_gradients_release(noisy_gradients *g)
{
    float *const rows_of[] = {g->rows, g->gradient, g->value, g->plain};
    for (size_t i = 0; i < sizeof rows_of / sizeof *rows_of; i++)
        free(rows_of[i]);
    free(g->sample);
    moments_release(&g->all);
    moments_release(&g->halves[0]);
    moments_release(&g->halves[1]);
}

/* ---- What is left ---- */

/* The array METHOD.INPUT and what is behind it. */
static float *add_array(explanation *a, const noisy_gradients *g, const char *what)
{
    text name = {0};
    text_add(&name, "%s.%s%s", g->method->name, g->f.input == INPUT_Z ? "z" : "x", what);
    float *data = explanation_add(a, name.data, 0, 0);
    text_release(&name);
    return data;
}

static float *add_arrays(explanation *a, const noisy_gradients *g, double noise)
{
    bool is_enough = g->agreement > ENOUGH_AGREEMENT;
    float *attribution = add_array(a, g, ""), *deviation = add_array(a, g, "_error");
    find_as_floats(attribution, deviation, g, &g->all);
    *add_array(a, g, "_noise") = (float)noise;
    *add_array(a, g, "_samples") = (float)g->n;
    *add_array(a, g, is_enough ? "_agreement" : "_agreement_at_cap") = (float)g->agreement;
    return attribution;
}

static void add_checks(explanation *a, const noisy_gradients *g, const float *attribution)
{
    const explain_check *c = g->method->checks + g->f.input * N_NOISE_CHECKS;
    explain_check differences = c[NOISE_AGAINST_DIFFERENCES], sums = c[NOISE_ADDS_UP];
    noise_check_differences(&differences, g);
    sums.value = g->method->compare_sums(g, attribution);
    explanation_add_check(a, &differences);
    explanation_add_check(a, &sums);
}

void noise_run(const explain_task *t, explanation *a, const noise_method *method)
{
    const noise_settings *set = t->settings;
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
        noisy_gradients g = {.method = method, .cap = find_cap(t->q)};
        if (!target_function_init(&g.f, t, a, input))
            continue;
        double range = input == INPUT_Z ? 1 : (double)t->q->white - (double)t->q->black;
        g.sigma = set->noise * range;
        noisy_gradients_init(&g);
        take_all(&g);
        const float *attribution = add_arrays(a, &g, set->noise);
        if (!t->q->skips_checks)
            add_checks(a, &g, attribution);
        noisy_gradients_release(&g);
    }
}
