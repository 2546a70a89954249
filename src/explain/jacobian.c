/* SPDX-License-Identifier: MIT */
/* d G / d z at one z by forward mode: z_dim tangents through one row of a tape. */
#include "explain.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void explain_jacobian(const explainer *x, explain_workspace *w, const float *z, float *sensitivity,
                      float *jacobian, const size_t *which, size_t n_columns, float *columns)
{
    size_t n = x->z_dim;
    double squares[N_PIXELS] = {0};
    if (!w->t.max_rows)
        tangents_init(&w->t, &x->g, n);
    /* A whole tile, as explain_rows does it, so that the slopes have the same bits. */
    memset(w->input, 0, EXPLAIN_TILE * n * sizeof *w->input);
    memcpy(w->input, z, n * sizeof *z);
    network_forward(&x->g, &w->g, matrix_view(w->input, EXPLAIN_TILE, n), (pass){0});
    w->g.rows = 1;
    matrix y_dot = network_jvp(&x->g, &w->g, &w->t, n, (matrix){0});
    if (sensitivity) {
        add_column_squares(squares, y_dot);
        for (size_t i = 0; i < N_PIXELS; i++)
            sensitivity[i] = (float)sqrt(squares[i]);
    }
    for (size_t k = 0; jacobian && k < n; k++)
        for (size_t i = 0; i < N_PIXELS; i++)
            jacobian[i * n + k] = y_dot.data[k * N_PIXELS + i];
    for (size_t k = 0; k < n_columns; k++)
        memcpy(columns + k * N_PIXELS, y_dot.data + which[k] * N_PIXELS, N_PIXELS * sizeof *columns);
}
