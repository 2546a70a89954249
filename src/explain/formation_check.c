/* SPDX-License-Identifier: MIT */
/* What `formation` drew, once more by the twin: a point of the way, a level of a layer, and whether
 * a unit that was taken for that level is as strong as one that was not. And both ends of all
 * strips, which must be the pictures of the start and of z to the bit. */
#include "check_detail.h"
#include "formation_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ENDS, WAY, LAYERS };

#define TOLERANCE 1e-3

const explain_check formation_checks[N_FORMATION_CHECKS + 1] = {
    [ENDS] = {.name = "formation.ends",
              .meaning = "the largest difference of a pixel between the first picture of a strip "
                         "and that of the baseline, or its last and that of z"},
    [WAY] = {.name = "formation.way_against_double",
             .meaning = "of one point of the way: |picture - picture in double| / |picture in "
                        "double|, or |target - target in double| / (|target in double| + sum of "
                        "|gradient z| + sum of |gradient x|, as far as the target has these)",
             .tolerance = TOLERANCE,
             .n_samples = 1},
    [LAYERS] = {.name = "formation.layers_against_double",
                .meaning = "of one level of one layer: |picture - picture in double| / |picture in "
                           "double|, or by how much a unit that was left out is stronger in double "
                           "than one that was taken / |picture in double|",
                .tolerance = TOLERANCE},
    {0}};

/* Float's kernels end at exp(-80), as check.c says. */
static const double SMALLEST_SIZE = 1e-28;

/* ---- Ends ---- */

static double largest_difference(const float *a, const float *b, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = worse(fabs((double)a[i] - (double)b[i]), largest);
    return largest;
}

/* The start is made anew, from the baseline that was asked for. */
static void make_start(double *start, const target_function *of)
{
    baseline_rows b;
    baseline_rows_init(&b, of);
    for (size_t r = 0; r < b.n; r++)
        for (size_t c = 0; c < of->n; c++)
            start[c] += (double)b.rows[r * of->n + c] / (double)b.n;
    baseline_rows_release(&b);
}

static explain_check check_ends(const formation *f, const double *start)
{
    const explainer *x = f->t->x;
    size_t n = x->shape.n;
    explain_check check = formation_checks[ENDS];
    float *z = allocate(x->z_dim, sizeof *z);
    for (size_t c = 0; c < x->z_dim; c++)
        z[c] = (float)start[c];
    const float *first = explain_draw(x, f->t->w, z, 1), *last = f->t->rows->x;
    check.value = worse(largest_difference(f->pictures, first, n),
                        largest_difference(f->pictures + (N_WAY_PICTURES - 1) * n, last, n));
    for (size_t i = 0; i < f->n_layers; i++) {
        const formed_layer *l = &f->layers[i];
        const float *whole = l->pictures + (l->n_levels - 1) * n;
        check.value = worse(largest_difference(l->pictures, first, n), check.value);
        check.value = worse(largest_difference(whole, last, n), check.value);
    }
    check.n_samples = 2 * (1 + f->n_layers);
    free(z);
    return check;
}

/* ---- The way ---- */

static double norm_in_double(const double *v, size_t n) { return sqrt(double_dot(v, v, n)); }

static double off_picture(const float *drawn, const double *expected, size_t n)
{
    double wrong = 0, size = norm_in_double(expected, n);
    for (size_t i = 0; i < n; i++) {
        double off = (double)drawn[i] - expected[i];
        wrong += off * off;
    }
    return wrong == 0 ? 0 : sqrt(wrong) / fmax(size, SMALLEST_SIZE);
}

static double sum_of_products(const double *a, const double *b, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += fabs(a[i] * b[i]);
    return total;
}

/* What the target at row (of->n) is added up from, as far as that is known; value: itself. */
static double size_of_target(const target_function *of, const double *row, double *value)
{
    double *gradient = allocate(of->n, sizeof *gradient);
    *value = target_in_double(of, row, gradient);
    double size = fabs(*value) + sum_of_products(gradient, row, of->n);
    free(gradient);
    return size;
}

static double off_target(const formation *f, const target_function *of, const target_function *by_x,
                         const double *z, size_t i)
{
    const explainer *x = f->t->x;
    double value, size = size_of_target(of, z, &value), again;
    if (explain_sees_picture(x)) {
        double *p = allocate(x->shape.n, sizeof *p);
        twin *g = &f->t->w->twin[NET_G];
        memcpy(p, g->output[x->net[NET_G]->n_layers - 1], x->shape.n * sizeof *p);
        size += size_of_target(by_x, p, &again);
        free(p);
    }
    double off = fabs((double)f->value[i] - value);
    return off == 0 ? 0 : off / fmax(size, SMALLEST_SIZE);
}

static explain_check check_way(const formation *f, const explanation *a, const double *start,
                               rng *r)
{
    const explainer *x = f->t->x;
    explain_check check = formation_checks[WAY];
    target_function of, by_x;
    size_t k = 1 + rng_below(r, N_WAY_PICTURES - 2), i = k * WAY_PICTURE;
    double *z = allocate(x->z_dim, sizeof *z), share = (double)i / N_WAY_STEPS;
    for (size_t c = 0; c < x->z_dim; c++)
        z[c] = start[c] + share * ((double)f->t->rows->z[c] - start[c]);
    const double *drawn = twin_forward(&f->t->w->twin[NET_G], z, 1, (pass){0});
    check.value = off_picture(f->pictures + k * x->shape.n, drawn, x->shape.n);
    target_function_init(&of, f->t, a, INPUT_Z);
    target_function_init(&by_x, f->t, a, INPUT_X);
    check.value = worse(off_target(f, &of, &by_x, z, i), check.value);
    free(z);
    return check;
}

/* ---- A layer ---- */

enum { MIXED, WITHOUT_TAKEN, WITHOUT_LEFT, WHOLE, N_ROWS };

/* Of a level: the units that are tried beside it, one that was taken, one that was left out. */
typedef struct {
    size_t i, level, taken, left;
} tried_level;

static tried_level draw_level(const formation *f, rng *r)
{
    tried_level t = {.i = rng_below(r, (uint32_t)f->n_layers)};
    const formed_layer *l = &f->layers[t.i];
    t.level = l->n_levels > 2 ? 1 + rng_below(r, (uint32_t)l->n_levels - 2) : 1;
    size_t n = formation_level(l, t.level);
    t.taken = l->order[rng_below(r, (uint32_t)n)];
    t.left = n < l->n ? l->order[n + rng_below(r, (uint32_t)(l->n - n))] : t.taken;
    return t;
}

/* rows (N_ROWS, l->n) of the layer's units, from g's passes at the start and at z. */
static void mix_units(double *rows, const formed_layer *l, const tried_level *t, const twin *g)
{
    const double *before = g->output[t->i], *now = before + l->n;
    for (size_t k = MIXED; k < N_ROWS; k++)
        memcpy(rows + k * l->n, k == MIXED ? before : now, l->n * sizeof *rows);
    for (size_t k = 0; k < formation_level(l, t->level); k++)
        rows[l->order[k]] = now[l->order[k]];
    rows[WITHOUT_TAKEN * l->n + t->taken] = before[t->taken];
    rows[WITHOUT_LEFT * l->n + t->left] = before[t->left];
}

static double distance(const double *a, const double *b, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(total);
}

static double judge_level(const formed_layer *l, const tried_level *t, const double *drawn)
{
    size_t n = l->rest_net.n_out;
    const double *whole = drawn + WHOLE * n;
    double taken = distance(drawn + WITHOUT_TAKEN * n, whole, n);
    double left = distance(drawn + WITHOUT_LEFT * n, whole, n);
    double order =
        left > taken ? (left - taken) / fmax(norm_in_double(whole, n), SMALLEST_SIZE) : 0;
    return worse(off_picture(l->pictures + t->level * n, drawn, n), order);
}

static explain_check check_layers(const formation *f, const double *start, rng *r)
{
    const explainer *x = f->t->x;
    explain_check check = formation_checks[LAYERS];
    if (!f->n_layers)
        return check;
    tried_level t = draw_level(f, r);
    const formed_layer *l = &f->layers[t.i];
    double *rows = allocate(N_ROWS * l->n + 2 * x->z_dim, sizeof *rows),
           *ends = rows + N_ROWS * l->n;
    twin rest = {0}, *g = &f->t->w->twin[NET_G];
    for (size_t c = 0; c < x->z_dim; c++) {
        ends[c] = start[c];
        ends[x->z_dim + c] = (double)f->t->rows->z[c];
    }
    twin_forward(g, ends, 2, (pass){0});
    mix_units(rows, l, &t, g);
    twin_init_borrowing(&rest, &l->rest_net, N_ROWS);
    check.value = judge_level(l, &t, twin_forward(&rest, rows, N_ROWS, (pass){0}));
    check.n_samples = 1;
    twin_release(&rest);
    free(rows);
    return check;
}

void formation_check(explain_check checks[N_FORMATION_CHECKS], const formation *f,
                     const explanation *a)
{
    target_function of;
    rng r = method_rng(f->t, DRAW_CERTIFICATE, INPUT_Z);
    double *start = allocate(f->t->x->z_dim, sizeof *start);
    target_function_init(&of, f->t, a, INPUT_Z);
    make_start(start, &of);
    explain_twin_init(f->t->w->twin, f->t->x);
    checks[ENDS] = check_ends(f, start);
    checks[WAY] = check_way(f, a, start, &r);
    checks[LAYERS] = check_layers(f, start, &r);
    free(start);
}
