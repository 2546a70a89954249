/* SPDX-License-Identifier: MIT */
/* The method `reach`: how far the gradient tells what happens. Along directions of z the target is
 * measured at some steps and compared with what its gradient predicts; single components are also
 * followed over the whole of their range.
 *
 * A step is in sigmas of the prior, which is N(0, I) in the z that programs draw: a fitted one is
 * folded into G. Predicted is g (z' - z). A move along a direction is made both ways. One whose
 * prediction is less than what float may round the target by says nothing: it counts nowhere.
 *
 * A picture that the target compares with is the one of z throughout, as it is for the gradient. */
#include "explain.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Arrays ---- */

static const array_row arrays[] = {
    {.name = "sweep",
     .space = SPACE_SWEEP,
     .sign = SIGN_PLAIN,
     .role = ROLE_ATTRIBUTION,
     .title = "What the strongest components do, one at a time",
     .unit = "place of the component, in prior sigmas",
     .noun = "value",
     .meaning = "the picture and the target as one component of z is moved from end to end, and "
                "around where it is now, while the others stay",
     .items_of = "gradient_z"},
    {.name = "reach",
     .space = SPACE_TABLE,
     .sign = SIGN_SIGNED,
     .role = ROLE_TRUST,
     .title = "How far the gradient tells what happens",
     .unit = "by steps of z in prior sigmas",
     .meaning = "what the gradient predicts of a step against what the target then does: the share "
                "of equal signs, the size over the predicted one (the sum of measured times "
                "predicted over that of predicted squared), the longest step up to which 9 of 10 "
                "moves are within 10 % and within 50 % of the predicted (0: not even the "
                "shortest), and the share of moves that float cannot resolve, which count nowhere"},
    {.name = "sign_reach",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "How far the sign can be trusted",
     .unit = "prior sigmas",
     .meaning = "the longest step up to which at least 95 % of the moves along the gradient and "
                "along the strongest components have the sign that the gradient predicts",
     .sentence = "Trust the sign of a predicted change for moves of up to # prior sigmas.",
     .sentence_if_zero = "Do not trust the sign of a predicted change, even for a small move.",
     .brief = "signs to # prior sigmas",
     .brief_if_zero = "not even the signs"},
    {.name = "size_reach",
     .space = SPACE_SCALAR,
     .sign = SIGN_MAGNITUDE,
     .role = ROLE_TRUST,
     .title = "How far the size can be trusted",
     .unit = "prior sigmas",
     .meaning = "the longest step up to which at least 90 % of the moves along the gradient and "
                "along the strongest components are within 50 % of the change that the gradient "
                "predicts",
     .sentence = "Trust the size of a predicted change, within a half of it, for moves of up to # "
                 "prior sigmas.",
     .sentence_if_zero = "Do not trust the size of a predicted change, even for a small move.",
     .brief = "sizes to #",
     .brief_if_zero = "no sizes"},
    {0}};

/* ---- Moves ---- */

enum { N_RANDOM = 10, N_STEPS = 4, N_MOVES = 2 * N_STEPS, N_PLACES = 5 };

static const double steps[N_STEPS] = {0.1, 0.5, 1, 2};
static const char *const step_names[N_STEPS] = {"0.1", "0.5", "1", "2"};

/* What is measured. Rows: N_MOVES of each direction, which are the gradient's, those of the n_top
 * components, the random ones; then the N_PLACES of each component. */
typedef struct {
    const explain_task *t;
    const float *reference; /* what the target compares with; NULL: nothing */
    size_t n_top, n_directions, n_rows;
    size_t *top;      /* (n_top): the components; owned, as the rest */
    float *direction; /* (n_directions, z_dim) */
    float *z;         /* (n_rows, z_dim) */
    float *value;     /* (n_rows) */
    size_t *point;    /* (n_rows): of the sweep that the row is, or NO_INDEX */
    float *sweep;     /* the array's, (n_top, N_POINTS, SWEEP_PICTURE + pixels) */
    double smallest;  /* prediction that counts */
} measured;

enum { N_POINTS = N_PLACES + 1 + N_MOVES };

/* The step of a direction's i-th move: down, then up. */
static double step_of(size_t i) { return i < N_STEPS ? -steps[i] : steps[i - N_STEPS]; }

static size_t first_place(const measured *m) { return m->n_directions * N_MOVES; }

static size_t row_point_size(const measured *m) { return SWEEP_PICTURE + m->t->x->shape.n; }

/* To unit length; zeros stay. */
static void normalize(float *out, const float *v, size_t n)
{
    double length = norm(v, n);
    for (size_t i = 0; i < n; i++)
        out[i] = length > 0 ? (float)((double)v[i] / length) : 0.0f;
}

static void fill_directions(measured *m)
{
    size_t n = m->t->x->z_dim;
    float *at = m->direction;
    rng r = rng_init(m->t->q->probe, rng_stream(STREAM_PROBE, 3));
    normalize(at, m->t->rows->gradient_z, n);
    for (size_t k = 0; k < m->n_top; k++)
        (at += n)[m->top[k]] = 1.0f;
    for (size_t k = 0; k < N_RANDOM; k++) {
        rng_fill_normal(&r, at += n, n);
        normalize(at, at, n);
    }
}

static void fill_rows(measured *m)
{
    size_t n = m->t->x->z_dim, n_moves = first_place(m);
    for (size_t i = 0; i < m->n_rows; i++) {
        float *row = m->z + i * n;
        memcpy(row, m->t->rows->z, n * sizeof *row);
        if (i >= n_moves) {
            row[m->top[(i - n_moves) / N_PLACES]] = (float)((i - n_moves) % N_PLACES) - 2.0f;
            continue;
        }
        const float *d = m->direction + i / N_MOVES * n;
        for (size_t k = 0; k < n; k++)
            row[k] += (float)(step_of(i % N_MOVES) * (double)d[k]);
    }
}

static void measured_init(measured *m, const explain_task *t, const float *reference)
{
    size_t n = t->x->z_dim;
    *m = (measured){.t = t, .reference = reference, .top = allocate(t->q->n_top, sizeof *m->top)};
    m->n_top = find_strongest(m->top, t->q->n_top, t->rows->gradient_z, n);
    m->n_directions = 1 + m->n_top + N_RANDOM;
    m->n_rows = m->n_directions * N_MOVES + m->n_top * N_PLACES;
    m->direction = allocate(m->n_directions * n, sizeof *m->direction);
    m->z = allocate(m->n_rows * n, sizeof *m->z);
    m->value = allocate(m->n_rows, sizeof *m->value);
    m->point = allocate(m->n_rows, sizeof *m->point);
    fill_directions(m);
    fill_rows(m);
}

static void measured_release(measured *m)
{
    free(m->top);
    free(m->direction);
    free(m->z);
    free(m->value);
    free(m->point);
}

/* ---- Points of the sweep ---- */

/* Where a component is put, and the row that is; NO_INDEX: now. */
typedef struct {
    float place;
    size_t row;
} sweep_point;

static int compare_places(const void *a, const void *b)
{
    const sweep_point *p = a, *q = b;
    return p->place != q->place ? (p->place > q->place) - (p->place < q->place)
                                : (p->row > q->row) - (p->row < q->row);
}

/* Component k's, by rising place. */
static void find_points(const measured *m, size_t k, sweep_point out[N_POINTS])
{
    size_t n = 0, component = m->top[k], z_dim = m->t->x->z_dim;
    for (size_t i = 0; i < N_MOVES; i++)
        out[n++].row = (1 + k) * N_MOVES + i;
    for (size_t i = 0; i < N_PLACES; i++)
        out[n++].row = first_place(m) + k * N_PLACES + i;
    for (size_t i = 0; i < n; i++)
        out[i].place = m->z[out[i].row * z_dim + component];
    out[n] = (sweep_point){m->t->rows->z[component], NO_INDEX};
    qsort(out, N_POINTS, sizeof *out, compare_places);
}

/* What is known without measuring: all places, and all of now. */
static void begin_sweep(measured *m, explanation *a)
{
    size_t size = row_point_size(m);
    m->sweep = explanation_add(a, "sweep", m->n_top, N_POINTS);
    explanation_set_items(a, m->top);
    for (size_t i = 0; i < m->n_rows; i++)
        m->point[i] = NO_INDEX;
    for (size_t k = 0; k < m->n_top; k++) {
        sweep_point points[N_POINTS];
        find_points(m, k, points);
        for (size_t i = 0; i < N_POINTS; i++) {
            float *at = m->sweep + (k * N_POINTS + i) * size;
            at[SWEEP_PLACE] = points[i].place;
            if (points[i].row != NO_INDEX) {
                m->point[points[i].row] = k * N_POINTS + i;
                continue;
            }
            at[SWEEP_TARGET] = *a->target;
            memcpy(at + SWEEP_PICTURE, a->x, a->shape.n * sizeof *at);
        }
    }
}

/* ---- Measuring ---- */

static void measure_tile(measured *m, explain_workspace *w, size_t first)
{
    size_t left = m->n_rows - first, n = left < EXPLAIN_TILE ? left : EXPLAIN_TILE;
    size_t pixels = m->t->x->shape.n, size = row_point_size(m);
    const explained_rows rows = {.n = n,
                                 .z = m->z + first * m->t->x->z_dim,
                                 .value = m->value + first,
                                 .reference = m->reference};
    const float *pictures = explain_rows(m->t->x, w, &rows);
    for (size_t i = 0; i < n; i++) {
        if (m->point[first + i] == NO_INDEX)
            continue;
        float *at = m->sweep + m->point[first + i] * size;
        at[SWEEP_TARGET] = rows.value[i];
        memcpy(at + SWEEP_PICTURE, pictures + i * pixels, pixels * sizeof *at);
    }
}

/* A body of parallel_for: every other tile, in room of its own. */
static void measure_half(size_t i, size_t thread, void *context)
{
    measured *m = context;
    (void)thread;
    explain_workspace *w = i ? explain_workspace_second(m->t->w, m->t->x) : m->t->w;
    for (size_t first = i * EXPLAIN_TILE; first < m->n_rows; first += 2 * EXPLAIN_TILE)
        measure_tile(m, w, first);
}

/* What float may round the target by, as far as it is known what it is added up from. */
static double find_rounding(const explain_task *t)
{
    const explained_rows *r = t->rows;
    double magnitude = fabs((double)*r->value);
    for (size_t i = 0; i < t->x->z_dim; i++)
        magnitude += fabs((double)r->gradient_z[i] * (double)r->z[i]);
    for (size_t i = 0; explain_sees_picture(t->x) && i < t->x->shape.n; i++)
        magnitude += fabs((double)r->gradient_x[i] * (double)r->x[i]);
    return 16 * (double)FLT_EPSILON * magnitude;
}

/* ---- Predicted against measured ---- */

/* Moves of one step. */
typedef struct {
    size_t n, n_left_out, n_sign, n_tenth, n_half;
    double product, square; /* sums: measured times predicted, predicted squared */
} tally;

static void count_move(tally *all, const measured *m, size_t row)
{
    const explained_rows *r = m->t->rows;
    size_t n = m->t->x->z_dim;
    double predicted = 0, found = (double)m->value[row] - (double)*r->value;
    for (size_t i = 0; i < n; i++)
        predicted += (double)r->gradient_z[i] * ((double)m->z[row * n + i] - (double)r->z[i]);
    double off = fabs(found - predicted), size = fabs(predicted);
    all->n++;
    if (size <= m->smallest) {
        all->n_left_out++;
        return;
    }
    all->n_sign += found * predicted > 0;
    all->n_tenth += off <= 0.1 * size;
    all->n_half += off <= 0.5 * size;
    all->product += found * predicted;
    all->square += predicted * predicted;
}

/* Of n directions from first on, by step. */
static void count_moves(tally all[N_STEPS], const measured *m, size_t first, size_t n)
{
    memset(all, 0, N_STEPS * sizeof *all);
    for (size_t i = first * N_MOVES; i < (first + n) * N_MOVES; i++)
        count_move(&all[i % N_STEPS], m, i);
}

/* 0 of none. */
static double share_of(size_t n, const tally *t)
{
    size_t counted = t->n - t->n_left_out;
    return counted ? (double)n / (double)counted : 0;
}

typedef struct {
    double sign, tenth, half;
} radii;

/* The longest step up to which such shares hold at all steps. */
static radii find_radii(const tally all[N_STEPS], double sign_share, double size_share)
{
    radii r = {0, 0, 0};
    bool sign = true, tenth = true, half = true;
    for (size_t s = 0; s < N_STEPS; s++) {
        const tally *t = &all[s];
        sign = sign && share_of(t->n_sign, t) >= sign_share;
        tenth = tenth && share_of(t->n_tenth, t) >= size_share;
        half = half && share_of(t->n_half, t) >= size_share;
        r.sign = sign ? steps[s] : r.sign;
        r.tenth = tenth ? steps[s] : r.tenth;
        r.half = half ? steps[s] : r.half;
    }
    return r;
}

/* ---- The table ---- */

enum {
    COLUMN_RATIO = N_STEPS,
    COLUMN_TENTH = 2 * N_STEPS,
    COLUMN_HALF,
    COLUMN_LEFT_OUT,
    N_COLUMNS
};

/* At least so many of the moves have the predicted sign, so many nearly the predicted size. */
static const double SIGN_SHARE = 0.95, SIZE_SHARE = 0.9;

static void fill_table_row(float *out, const tally all[N_STEPS])
{
    radii r = find_radii(all, SIGN_SHARE, SIZE_SHARE);
    size_t n = 0, n_left_out = 0;
    for (size_t s = 0; s < N_STEPS; s++) {
        const tally *t = &all[s];
        out[s] = (float)share_of(t->n_sign, t);
        out[COLUMN_RATIO + s] = t->square > 0 ? (float)(t->product / t->square) : 0.0f;
        n += t->n;
        n_left_out += t->n_left_out;
    }
    out[COLUMN_TENTH] = (float)r.tenth;
    out[COLUMN_HALF] = (float)r.half;
    out[COLUMN_LEFT_OUT] = (float)((double)n_left_out / (double)n);
}

static void add_labels(explanation *a, const measured *m)
{
    text label = {0};
    for (size_t i = 0; i < 2 * N_STEPS; i++) {
        text_release(&label);
        text_add(&label, "%s %s", i < N_STEPS ? "signs at" : "size at", step_names[i % N_STEPS]);
        explanation_add_label(a, label.data);
    }
    explanation_add_label(a, "within 10 %");
    explanation_add_label(a, "within 50 %");
    explanation_add_label(a, "left out");
    explanation_add_label(a, "along the gradient");
    for (size_t k = 0; k < m->n_top; k++) {
        text_release(&label);
        text_add(&label, "z%zu", m->top[k]);
        explanation_add_label(a, label.data);
    }
    explanation_add_label(a, "random directions");
    text_release(&label);
}

static void add_table(explanation *a, const measured *m)
{
    tally all[N_STEPS];
    float *table = explanation_add(a, "reach", 2 + m->n_top, N_COLUMNS);
    add_labels(a, m);
    for (size_t i = 0; i < 2 + m->n_top; i++) {
        count_moves(all, m, i, i > m->n_top ? N_RANDOM : 1);
        fill_table_row(table + i * N_COLUMNS, all);
    }
}

static void add_radii(explanation *a, const measured *m)
{
    tally all[N_STEPS];
    count_moves(all, m, 0, 1 + m->n_top);
    radii r = find_radii(all, SIGN_SHARE, SIZE_SHARE);
    *explanation_add(a, "sign_reach", 0, 0) = (float)r.sign;
    *explanation_add(a, "size_reach", 0, 0) = (float)r.half;
}

/* ---- Running ---- */

static int run(const explain_task *t, explanation *a, error *e)
{
    measured m;
    (void)e;
    measured_init(&m, t, a->reference);
    m.smallest = find_rounding(t);
    begin_sweep(&m, a);
    parallel_for(2, measure_half, &m);
    add_table(a, &m);
    add_radii(a, &m);
    measured_release(&m);
    return 0;
}

const explain_method reach_method = {
    .name = "reach",
    .summary = "how far the gradient tells what happens: predicted against measured moves of z",
    .source = "predicted and measured moves compared as in a check of gradients, over longer steps",
    .arrays = arrays,
    .wants = WANTS_GRADIENT_Z | WANTS_GRADIENT_X,
    .is_default = true,
    .run = run,
};
