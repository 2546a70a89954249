/* SPDX-License-Identifier: MIT */
/* What `activation` found, by other code: maps in double, means by other z. */
#include "activation_detail.h"
#include "check_detail.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const explain_check activation_checks[N_ACTIVATION_CHECKS + 1] = {
    [CHECK_NONE] = {.name = "activation.none_is_same",
                    .meaning = "the largest difference to G(z) that a pass from a hidden layer "
                               "makes where no unit is changed",
                    .tolerance = 1e-6},
    [CHECK_WITHOUT] = {.name = "activation.without_against_double",
                       .meaning = "|activation.without - the same in double| / max(|the same in "
                                  "double|, |picture| / 100), of the unit where that is most",
                       .tolerance = 1e-3},
    [CHECK_MEANS] = {.name = "activation.means_against_held_out",
                     .meaning = "of G's hidden units: |mean - mean over other z, in double| / "
                                "standard error of the difference, of the unit where that is most",
                     .tolerance = 8},
    {0}};

/* Float's kernels end at exp(-80), as check.c says. */
static const double SMALLEST_NORM = 1e-28;

/* ---- Means ---- */

enum { N_HELD_OUT = 256 };

/* Sums over z of one layer's units. */
typedef struct {
    double *value, *square; /* (n_units) */
} unit_sums;

static void add_rows(unit_sums *s, const double *y, size_t rows, size_t n_units)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n_units; j++) {
            s->value[j] += y[r * n_units + j];
            s->square[j] += y[r * n_units + j] * y[r * n_units + j];
        }
}

/* In standard errors. */
static double compare_means(const layer_statistics *l, const unit_sums *s, size_t n)
{
    double most = 0, held_out = N_HELD_OUT;
    for (size_t j = 0; j < l->n_units; j++) {
        const unit_statistics *u = &l->units[j];
        double mean = s->value[j] / held_out;
        double variance = fmax(s->square[j] / held_out - mean * mean, 0);
        double spread = sqrt(u->deviation * u->deviation / (double)n + variance / held_out);
        double off = fabs(u->mean - mean);
        double rounding = 1e-5 * (fabs(mean) + fabs(u->mean)) + 1e-12;
        most = worse(most, off <= rounding ? 0 : off / fmax(spread, rounding));
    }
    return most;
}

/* G's hidden layers over the held-out z (N_HELD_OUT, z_dim). */
static void add_held_out(unit_sums *sums, const network *hidden, const float *z)
{
    enum { ROWS = 64 };
    twin t;
    double *rows = allocate(ROWS * hidden->n_in, sizeof *rows);
    twin_init_borrowing(&t, hidden, ROWS);
    for (size_t first = 0; first < N_HELD_OUT; first += ROWS) {
        for (size_t i = 0; i < ROWS * hidden->n_in; i++)
            rows[i] = (double)z[first * hidden->n_in + i];
        twin_forward(&t, rows, ROWS, (pass){0});
        for (size_t i = 0; i < hidden->n_layers; i++)
            add_rows(&sums[i], t.output[i], ROWS, hidden->layers[i].n_out);
    }
    twin_release(&t);
    free(rows);
}

explain_check activation_check_means(const activation_statistics *s, const explainer *x)
{
    explain_check check = activation_checks[CHECK_MEANS];
    network hidden = *x->net[NET_G]; /* all but its last layer */
    size_t n = --hidden.n_layers;
    unit_sums *sums = allocate(n, sizeof *sums);
    float *z = allocate(N_HELD_OUT * x->z_dim, sizeof *z);
    for (size_t i = 0; i < n; i++)
        sums[i] = (unit_sums){allocate(hidden.layers[i].n_out, sizeof(double)),
                              allocate(hidden.layers[i].n_out, sizeof(double))};
    prior_fill(z, x->z_dim, DRAW_HELD_OUT, N_HELD_OUT);
    if (n)
        add_held_out(sums, &hidden, z);
    for (size_t i = 0; i < n; i++) {
        check.value = worse(check.value, compare_means(&s->layers[i], &sums[i], s->n));
        check.n_samples += s->layers[i].n_units;
        free(sums[i].value);
        free(sums[i].square);
    }
    free(sums);
    free(z);
    return check;
}

/* ---- Maps ---- */

/* G(z) in double and what comes after one of its layers. */
typedef struct {
    const twin *whole; /* at z */
    network part;      /* what follows that layer */
    twin after;
} rest_of_g;

static void rest_init(rest_of_g *r, const network *g, const twin *whole, size_t i)
{
    *r = (rest_of_g){.whole = whole, .part = *g};
    r->part.layers += i + 1;
    r->part.n_layers -= i + 1;
    r->part.n_in = r->part.layers->n_in;
    twin_init_borrowing(&r->after, &r->part, 1);
}

/* How far the map is from the same in double, over that or a hundredth of the picture, of which a
 * float keeps no more. */
static double compare_map(rest_of_g *r, const float *map, const scored_unit *u)
{
    const network *g = r->whole->net;
    size_t width = g->layers[u->layer].n_out;
    const double *now = r->whole->output[g->n_layers - 1];
    double wrong = 0, size = 0, all = 0, *row = allocate(width, sizeof *row);
    memcpy(row, r->whole->output[u->layer], width * sizeof *row);
    row[u->unit] = (double)u->usual;
    const double *without = twin_forward(&r->after, row, 1, (pass){0});
    for (size_t i = 0; i < g->n_out; i++) {
        double expected = now[i] - without[i];
        wrong += pow((double)map[i] - expected, 2);
        size += expected * expected;
        all += now[i] * now[i];
    }
    free(row);
    return wrong == 0 ? 0 : sqrt(wrong) / fmax(fmax(sqrt(size), sqrt(all) / 100), SMALLEST_NORM);
}

explain_check activation_check_maps(const float *maps, const explain_task *t,
                                    const scored_unit *units, size_t n)
{
    explain_check check = activation_checks[CHECK_WITHOUT];
    const network *g = t->x->net[NET_G];
    twin *whole = &t->w->twin[NET_G];
    double *z = allocate(t->x->z_dim, sizeof *z);
    for (size_t i = 0; i < t->x->z_dim; i++)
        z[i] = (double)t->rows->z[i];
    explain_twin_init(t->w->twin, t->x);
    twin_forward(whole, z, 1, (pass){0});
    for (size_t k = 0; k < n; k++) {
        rest_of_g rest;
        rest_init(&rest, g, whole, units[k].layer);
        check.value = worse(check.value, compare_map(&rest, maps + k * g->n_out, &units[k]));
        twin_release(&rest.after);
    }
    check.n_samples = n;
    free(z);
    return check;
}
