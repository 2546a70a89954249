/* SPDX-License-Identifier: MIT */
/* d G / d z at one z by forward mode: z_dim tangents through one row of a tape. */
#include "explain.h"
#include <math.h>
#include <string.h>

void explain_jacobian(const explainer *x, explain_workspace *w, size_t row, float *sensitivity,
                      float *jacobian, const size_t *which, size_t n_columns, float *columns)
{
    size_t n = x->z_dim;
    double squares[N_PIXELS] = {0};
    if (!w->t.max_rows)
        tangents_init(&w->t, &x->g, n);
    matrix transposed = network_jacobian(&x->g, &w->g, row, 1, &w->t);
    if (sensitivity) {
        add_column_squares(squares, transposed);
        for (size_t i = 0; i < N_PIXELS; i++)
            sensitivity[i] = (float)sqrt(squares[i]);
    }
    for (size_t k = 0; jacobian && k < n; k++)
        for (size_t i = 0; i < N_PIXELS; i++)
            jacobian[i * n + k] = transposed.data[k * N_PIXELS + i];
    for (size_t k = 0; k < n_columns; k++)
        memcpy(columns + k * N_PIXELS, transposed.data + which[k] * N_PIXELS,
               N_PIXELS * sizeof *columns);
}
