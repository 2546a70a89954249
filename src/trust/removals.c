/* SPDX-License-Identifier: MIT */
/* Inputs put at the baseline together, and what the target loses by it.
 *
 * Of z any set of components may be: each is one of as many as the others. Of a picture it is
 * squares: pixels that lie apart are not what a stroke or D's eye is made of, and without a few of
 * them the target hardly changes (Yeh et al. 2019, "On the (in)fidelity and sensitivity of
 * explanations", section 2.2, square removal).
 */
#include "measure_detail.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of 128 intervals are twice as wide as of 512; wider ones would no longer tell methods apart. */
enum { MOST_REMOVALS = 512, LEAST_REMOVALS = 128 };

/* What is near: so much of the way from what is explained to the baseline. */
static const float NEAR_SHARE = 0.1f;

/* ---- The target without inputs ---- */

/* Rows that are evaluated at a time; several tiles, for the threads. */
enum { BLOCK_ROWS = 8 * EXPLAIN_TILE };

static void fill_row(float *row, const target_function *f, const float *base,
                     const uint8_t *is_removed)
{
    for (size_t i = 0; i < f->n; i++)
        row[i] = is_removed[i] ? base[i] : f->at[i];
}

void targets_without(double *value, const target_function *f, const baseline_rows *b,
                     const uint8_t *is_removed, size_t n)
{
    float *rows = allocate(BLOCK_ROWS * f->n, sizeof *rows), found[BLOCK_ROWS];
    memset(value, 0, n * sizeof *value);
    for (size_t first = 0; first < n * b->n; first += BLOCK_ROWS) {
        size_t n_some = n * b->n - first < BLOCK_ROWS ? n * b->n - first : BLOCK_ROWS;
        for (size_t i = 0; i < n_some; i++)
            fill_row(rows + i * f->n, f, b->rows + (first + i) % b->n * f->n,
                     is_removed + (first + i) / b->n * f->n);
        target_values(f, rows, n_some, found, NULL);
        for (size_t i = 0; i < n_some; i++)
            value[(first + i) / b->n] += (double)found[i] / (double)b->n;
    }
    free(rows);
}

/* ---- Random sets ---- */

/* Of any size, each as often as another; room: (n). */
static void remove_some(uint8_t *is_removed, rng *r, size_t n, uint32_t *room)
{
    size_t n_removed = 1 + rng_below(r, (uint32_t)n);
    rng_fill_permutation(r, room, n);
    for (size_t i = 0; i < n_removed; i++)
        is_removed[room[i]] = 1;
}

/* Of any side, each as often as another, within the picture; of a picture that is no square, a part
 * of its shape. */
static void remove_square(uint8_t *is_removed, rng *r, picture_shape shape)
{
    size_t longer = shape.rows > shape.cols ? shape.rows : shape.cols;
    size_t k = rng_below(r, (uint32_t)longer);
    size_t rows = 1 + k * shape.rows / longer, cols = 1 + k * shape.cols / longer;
    size_t top = rng_below(r, (uint32_t)(shape.rows - rows + 1));
    size_t left = rng_below(r, (uint32_t)(shape.cols - cols + 1));
    for (size_t i = top; i < top + rows; i++)
        memset(is_removed + i * shape.cols + left, 1, cols);
}

static void draw_removals(removal_sample *s, const target_function *f)
{
    rng r = trust_rng(f->t->q->probe, TRUST_REMOVALS, f->input);
    uint32_t *room = allocate(f->n, sizeof *room);
    for (size_t i = 0; i < s->n; i++)
        if (f->input == INPUT_Z)
            remove_some(s->is_removed + i * f->n, &r, f->n, room);
        else
            remove_square(s->is_removed + i * f->n, &r, f->t->x->shape);
    free(room);
}

/* ---- What the target loses ---- */

/* What rounding the target's float alone may make of nothing. */
static double smallest_loss(const removal_sample *s)
{
    return 4 * (double)FLT_EPSILON * fmax(fabs(s->whole), fabs(s->nothing));
}

/* Losses none of which is more than rounding are none. */
static void fill_losses(removal_sample *s, const double *without)
{
    bool is_lost = false;
    for (size_t i = 0; i < s->n; i++) {
        s->loss[i] = (float)(s->whole - without[i]);
        is_lost |= fabs((double)s->loss[i]) > smallest_loss(s);
    }
    if (!is_lost)
        memset(s->loss, 0, s->n * sizeof *s->loss);
}

static size_t count_removals(size_t n_samples)
{
    if (!n_samples || n_samples > MOST_REMOVALS)
        return MOST_REMOVALS;
    return n_samples < LEAST_REMOVALS ? LEAST_REMOVALS : n_samples;
}

/* Behind the sets that are drawn stand the one of nothing and the one of all. */
void removal_sample_init(removal_sample *s, const target_function *f, const baseline_rows *b)
{
    size_t n = count_removals(f->t->q->n_samples);
    double *without = allocate(n + 2, sizeof *without);
    *s = (removal_sample){.n = n,
                          .is_removed = allocate((n + 2) * f->n, 1),
                          .loss = allocate(n, sizeof *s->loss),
                          .way = 1};
    draw_removals(s, f);
    memset(s->is_removed + (n + 1) * f->n, 1, f->n);
    targets_without(without, f, b, s->is_removed, n + 2);
    s->whole = without[n];
    s->nothing = without[n + 1];
    fill_losses(s, without);
    free(without);
}

/* To a baseline that is near. */
void removal_sample_init_near(removal_sample *s, const target_function *f, const baseline_rows *b)
{
    baseline_rows near = {.n = b->n, .rows = allocate(b->n * f->n, sizeof *near.rows)};
    for (size_t i = 0; i < b->n * f->n; i++)
        near.rows[i] = f->at[i % f->n] + NEAR_SHARE * (b->rows[i] - f->at[i % f->n]);
    removal_sample_init(s, f, &near);
    s->way = NEAR_SHARE;
    baseline_rows_release(&near);
}

void removal_sample_release(removal_sample *s)
{
    free(s->is_removed);
    free(s->loss);
    *s = (removal_sample){0};
}

/* ---- What an attribution foretells ---- */

void subject_contributions(float *out, const trust_subject *s)
{
    attribution_contributions(out, s->of, s->f, s->baseline);
    if (s->of->sign == SIGN_SIGNED || s->removals->whole >= s->removals->nothing)
        return;
    for (size_t i = 0; i < s->f->n; i++)
        out[i] = -out[i];
}

void removal_predictions(double *out, const trust_subject *s)
{
    float *contribution = allocate(s->f->n, sizeof *contribution);
    subject_contributions(contribution, s);
    for (size_t k = 0; k < s->removals->n; k++) {
        const uint8_t *is_removed = s->removals->is_removed + k * s->f->n;
        out[k] = 0;
        for (size_t i = 0; i < s->f->n; i++)
            out[k] += is_removed[i] ? (double)contribution[i] : 0;
    }
    free(contribution);
}
