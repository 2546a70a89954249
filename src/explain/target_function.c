/* SPDX-License-Identifier: MIT */
#include "check_detail.h"
#include "method_detail.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool target_function_init(target_function *f, const explain_task *t, const explanation *a,
                          explain_input input)
{
    const explainer *x = t->x;
    bool is_z = input == INPUT_Z;
    *f = (target_function){.t = t,
                           .input = input,
                           .n = is_z ? x->z_dim : x->shape.n,
                           .at = is_z ? t->rows->z : t->rows->x,
                           .reference = a->reference};
    bool is_wanted = !t->q->inputs || (t->q->inputs & 1u << input);
    return is_wanted && (is_z || explain_is_of_picture(x));
}

/* ---- In float ---- */

/* Fewer rows are not worth a thread of their own. */
enum { LEAST_ROWS = 16 };

typedef struct {
    const target_function *f;
    const float *rows;
    float *value, *gradients;
    size_t n, n_tile, n_parts;
} many_values;

static void evaluate_tile(const many_values *m, explain_workspace *w, size_t first)
{
    const target_function *f = m->f;
    const explainer *x = f->t->x;
    size_t n = m->n - first < m->n_tile ? m->n - first : m->n_tile;
    const float *rows = m->rows + first * f->n;
    float *gradients = m->gradients ? m->gradients + first * f->n : NULL;
    if (f->input == INPUT_X) {
        explain_pictures(x, w, rows, n, f->reference, m->value + first, gradients);
        return;
    }
    explain_rows(x, w,
                 &(explained_rows){.n = n,
                                   .z = rows,
                                   .reference = f->reference,
                                   .value = m->value + first,
                                   .gradient_z = gradients});
}

/* The room for part i. */
static explain_workspace *room_of(const many_values *m, size_t i)
{
    explain_workspace *w = m->f->t->w;
    while (i-- > 0)
        w = explain_workspace_second(w, m->f->t->x);
    return w;
}

/* A body of parallel_for: every n_parts-th tile, in a room of its own. */
static void evaluate_part(size_t i, size_t thread, void *context)
{
    const many_values *m = context;
    explain_workspace *w = room_of(m, i);
    (void)thread;
    for (size_t first = i * m->n_tile; first < m->n; first += m->n_parts * m->n_tile)
        evaluate_tile(m, w, first);
}

void target_values(const target_function *f, const float *rows, size_t n, float *value,
                   float *gradients)
{
    size_t n_parts = parallel_width((n + LEAST_ROWS - 1) / LEAST_ROWS);
    size_t n_each = (n + n_parts - 1) / n_parts;
    many_values m = {.f = f,
                     .rows = rows,
                     .value = value,
                     .gradients = gradients,
                     .n = n,
                     .n_tile = n_each < EXPLAIN_TILE ? n_each : EXPLAIN_TILE,
                     .n_parts = n_parts};
    room_of(&m, m.n_parts - 1); /* all rooms are there before threads ask for them */
    parallel_for(m.n_parts, evaluate_part, &m);
}

/* ---- Rounding ---- */

/* What exp(-80) is: tanh and sigmoid end there, instead of at FLT_MIN. */
static const double SMALLEST_ROUNDING = 2e-35;

double target_rounding(const explain_task *t)
{
    const explained_rows *r = t->rows;
    double magnitude = fabs((double)*r->value);
    size_t depth = 0;
    for (size_t i = 0; i < N_NETS; i++)
        depth += t->x->net[i] ? t->x->net[i]->n_layers : 0;
    for (size_t i = 0; i < t->x->z_dim; i++)
        magnitude += fabs((double)r->gradient_z[i] * (double)r->z[i]);
    for (size_t i = 0; explain_sees_picture(t->x) && i < t->x->shape.n; i++)
        magnitude += fabs((double)r->gradient_x[i] * (double)r->x[i]);
    return 8 * (double)FLT_EPSILON * (double)depth * magnitude + SMALLEST_ROUNDING;
}

/* ---- In double ---- */

/* Room for what target_evaluate leaves of one row. */
static target_slopes slopes_init(const explainer *x)
{
    target_slopes s = {0};
    for (size_t k = 0; k < x->target.row->n_terms; k++) {
        explain_net i = x->target.row->terms[k].reads;
        s.dy[i] = allocate(x->net[i]->n_out, sizeof(double));
        s.squares[i] = allocate(x->net[i]->n_out, sizeof(double));
    }
    return s;
}

static void slopes_release(target_slopes *s)
{
    for (size_t i = 0; i < N_NETS; i++) {
        free(s->dy[i]);
        free(s->squares[i]);
    }
}

/* Of the picture that was just evaluated: dx (n pixels). */
static void differentiate_picture(const explainer *x, twin t[N_NETS], const target_slopes *s,
                                  double *dx)
{
    size_t n = x->shape.n;
    double *through = allocate(n, sizeof *through);
    for (size_t p = 0; p < n; p++)
        dx[p] = s->dy[NET_G] ? s->dy[NET_G][p] : 0;
    for (size_t i = NET_CRITIC; i <= NET_CLASSIFIER; i++) {
        if (!s->dy[i])
            continue;
        twin_backward(&t[i], s->dy[i], NULL, through);
        for (size_t p = 0; p < n; p++)
            dx[p] += through[p];
    }
    free(through);
}

static void differentiate(const target_function *f, const target_slopes *s, double *gradient)
{
    const explainer *x = f->t->x;
    twin *t = f->t->w->twin;
    if (!explain_is_of_picture(x)) {
        twin_backward(&t[NET_CUT], s->dy[NET_CUT], NULL, gradient);
        return;
    }
    double *dx = allocate(x->shape.n, sizeof *dx);
    differentiate_picture(x, t, s, dx);
    if (f->input == INPUT_Z)
        twin_backward(&t[NET_G], dx, NULL, gradient);
    else
        memcpy(gradient, dx, x->shape.n * sizeof *gradient);
    free(dx);
}

/* n rows (n, f->n), at most TWIN_ROWS; slopes: of the first, or NULL. */
static void evaluate_rows_in_double(const target_function *f, const double *rows, size_t n,
                                    double *value, const target_slopes *slopes)
{
    const explainer *x = f->t->x;
    twin *t = f->t->w->twin;
    explain_twin_init(t, x);
    if (f->input == INPUT_Z)
        target_evaluate(x, t, rows, n, f->reference, value, slopes);
    else
        target_evaluate_pictures(x, t, rows, n, f->reference, value, slopes);
}

static double evaluate_in_double(const target_function *f, const double *row,
                                 const target_slopes *slopes)
{
    double value;
    evaluate_rows_in_double(f, row, 1, &value, slopes);
    return value;
}

void targets_in_double(const target_function *f, const float *rows, size_t n, double *value)
{
    double *some = allocate(TWIN_ROWS * f->n, sizeof *some);
    for (size_t first = 0; first < n; first += TWIN_ROWS) {
        size_t n_some = n - first < TWIN_ROWS ? n - first : TWIN_ROWS;
        for (size_t i = 0; i < n_some * f->n; i++)
            some[i] = (double)rows[first * f->n + i];
        evaluate_rows_in_double(f, some, n_some, value + first, NULL);
    }
    free(some);
}

double target_in_double(const target_function *f, const double *row, double *gradient)
{
    const explainer *x = f->t->x;
    target_slopes slopes = gradient ? slopes_init(x) : (target_slopes){0};
    double value = evaluate_in_double(f, row, gradient ? &slopes : NULL);
    if (gradient)
        differentiate(f, &slopes, gradient);
    slopes_release(&slopes);
    return value;
}

/* ---- What float cannot tell ---- */

size_t target_kinks(const target_function *f, size_t i)
{
    explain_workspace *w = f->t->w;
    size_t depth = f->input == INPUT_Z ? f->t->x->net[NET_G]->n_layers : 0, n = 0;
    for (size_t k = 0; k < f->t->x->target.row->n_terms; k++) {
        explain_net reads = f->t->x->target.row->terms[k].reads;
        if (reads != NET_G)
            n += twin_take_sides(&w->twin[reads], &w->tape[reads], i, reads == NET_CUT ? 0 : depth);
    }
    if (f->input == INPUT_Z && explain_is_of_picture(f->t->x))
        n += twin_take_sides(&w->twin[NET_G], &w->tape[NET_G], i, 0);
    return n;
}

/* A layer's rounding over the spread, for the whole way: the most that check.c has seen. */
static const double ROUNDING = 1e-5;

double target_gradient_rounding(const target_function *f, const double *row, size_t i)
{
    const explainer *x = f->t->x;
    target_slopes s = slopes_init(x);
    backward_pass b = {.x = x, .w = f->t->w, .row = i, .to_z = f->input == INPUT_Z};
    evaluate_in_double(f, row, &s);
    for (size_t k = 0; k < N_NETS; k++)
        b.squares[k] = s.squares[k];
    double lost = ROUNDING * (double)backward_depth(&b) * backward_spread(&b);
    slopes_release(&s);
    return lost;
}
