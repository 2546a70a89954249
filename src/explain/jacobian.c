/* SPDX-License-Identifier: MIT */
/* d G / d z at one z by forward mode: tangents along the components of z through one row of a tape,
 * some at a time, so that a wide z needs no more room than a narrow one. */
#include "explain.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOGETHER = 256 };

/* ---- The probe ---- */

jacobian_probe *jacobian_probe_create(const explainer *x, uint64_t seed)
{
    jacobian_probe *p = allocate(1, sizeof *p);
    rng r = rng_init(seed, rng_stream(STREAM_PROBE, 2));
    size_t n = x->shape.n;
    uint32_t *bits = allocate(n, sizeof *bits);
    *p = (jacobian_probe){.u = allocate(n, sizeof(float)),
                          .by_jacobian = allocate(x->z_dim, sizeof(float)),
                          .by_twin = allocate(x->z_dim, sizeof(double))};
    rng_fill_bits(&r, bits, n);
    for (size_t i = 0; i < n; i++)
        p->u[i] = bits[i] >> 31 ? 1.0f : -1.0f;
    free(bits);
    return p;
}

void jacobian_probe_free(jacobian_probe *p)
{
    if (!p)
        return;
    free(p->u);
    free(p->by_jacobian);
    free(p->by_twin);
    free(p);
}

/* ---- The columns ---- */

/* Columns k, k + 1 ..., which are the rows of `some`. */
static void take(const wanted_jacobian *j, matrix some, size_t k, size_t z_dim)
{
    size_t n = some.cols;
    for (size_t p = 0; j->jacobian && p < n; p++)
        for (size_t i = 0; i < some.rows; i++)
            j->jacobian[p * z_dim + k + i] = some.data[i * n + p];
    for (size_t c = 0; c < j->n_columns; c++)
        if (j->which[c] >= k && j->which[c] < k + some.rows)
            memcpy(j->columns + c * n, some.data + (j->which[c] - k) * n, n * sizeof(float));
    for (size_t i = 0; j->probe && i < some.rows; i++)
        j->probe->by_jacobian[k + i] = (float)dot(some.data + i * n, j->probe->u, n);
    for (size_t i = 0; j->along && i < some.rows; i++)
        for (size_t p = 0; p < n; p++)
            j->along[p] += j->direction[k + i] * some.data[i * n + p];
}

bool explain_output_is_bounded(const explainer *x)
{
    const network *g = x->net[NET_G];
    const activation_traits *f = &activations[g->layers[g->n_layers - 1].f.kind];
    return isfinite(f->low) && isfinite(f->high);
}

static void take_roots(float *out, const double *squares, size_t n)
{
    for (size_t p = 0; out && p < n; p++)
        out[p] = (float)sqrt(squares[p]);
}

void explain_jacobian(const explainer *x, explain_workspace *w, size_t row,
                      const wanted_jacobian *j)
{
    const packed_network *g = &x->packed[NET_G];
    size_t n = x->z_dim, together = n < TOGETHER ? n : TOGETHER, pixels = x->shape.n;
    if (!w->t.max_rows) {
        tangents_init(&w->t, g->net, together);
        w->squares = allocate(2 * pixels, sizeof *w->squares);
    }
    double *squares = w->squares, *before = w->squares + pixels;
    memset(squares, 0, 2 * pixels * sizeof *squares);
    if (j->along)
        memset(j->along, 0, pixels * sizeof *j->along);
    for (size_t k = 0; k < n; k += together) {
        size_t n_k = n - k < together ? n - k : together;
        const jacobian_part part = {row, 1, k, n_k};
        matrix some = packed_jacobian_before(g, &w->tape[NET_G], &w->t, part);
        if (j->before)
            add_column_squares(before, some);
        packed_jacobian_finish(some, g, &w->tape[NET_G], part);
        add_column_squares(squares, some);
        take(j, some, k, n);
    }
    take_roots(j->sensitivity, squares, pixels);
    take_roots(j->before, before, pixels);
}
