/* SPDX-License-Identifier: MIT */
/* d G / d z at one z by forward mode: tangents along the components of z through one row of a tape,
 * some at a time, so that a wide z needs no more room than a narrow one. */
#include "explain.h"
#include <math.h>
#include <string.h>

enum { TOGETHER = 256 };

/* Columns k, k + 1 ..., which are the rows of `some`. */
static void take(const wanted_jacobian *j, matrix some, size_t k, size_t z_dim)
{
    for (size_t p = 0; j->jacobian && p < N_PIXELS; p++)
        for (size_t i = 0; i < some.rows; i++)
            j->jacobian[p * z_dim + k + i] = some.data[i * N_PIXELS + p];
    for (size_t c = 0; c < j->n_columns; c++)
        if (j->which[c] >= k && j->which[c] < k + some.rows)
            memcpy(j->columns + c * N_PIXELS, some.data + (j->which[c] - k) * N_PIXELS,
                   N_PIXELS * sizeof(float));
    for (size_t i = 0; j->probe && i < some.rows; i++)
        j->probe->by_jacobian[k + i] = (float)dot(some.data + i * N_PIXELS, j->probe->u, N_PIXELS);
}

void explain_jacobian(const explainer *x, explain_workspace *w, size_t row,
                      const wanted_jacobian *j)
{
    size_t n = x->z_dim, together = n < TOGETHER ? n : TOGETHER;
    double squares[N_PIXELS] = {0};
    if (!w->t.max_rows)
        tangents_init(&w->t, &x->g, together);
    for (size_t k = 0; k < n; k += together) {
        size_t n_k = n - k < together ? n - k : together;
        matrix some = network_jacobian(&x->g, &w->g, row, 1, k, n_k, &w->t);
        add_column_squares(squares, some);
        take(j, some, k, n);
    }
    for (size_t p = 0; j->sensitivity && p < N_PIXELS; p++)
        j->sensitivity[p] = (float)sqrt(squares[p]);
}
