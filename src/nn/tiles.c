/* SPDX-License-Identifier: MIT */
#include "nn.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void tiles_init(tiles *t, const network *net)
{
    size_t hidden = TILE_ROWS * network_widest_hidden(net);
    *t = (tiles){.n_threads = tensor_threads()};
    packed_network_init(&t->net, net, PASS_FORWARD);
    t->room = allocate(t->n_threads, sizeof *t->room);
    for (size_t i = 0; i < t->n_threads; i++)
        for (int k = 0; k < 2; k++)
            t->room[i][k] = allocate(hidden, sizeof(float));
}

void tiles_release(tiles *t)
{
    for (size_t i = 0; i < t->n_threads; i++)
        for (int k = 0; k < 2; k++)
            free(t->room[i][k]);
    free(t->room);
    packed_network_release(&t->net);
    *t = (tiles){0};
}

typedef struct {
    matrix y;
    const tiles *t;
    matrix x;
} tiled_pass;

/* A body of parallel_for. */
static void evaluate_tile(size_t i, size_t thread, void *context)
{
    const tiled_pass *p = context;
    size_t first = i * TILE_ROWS, left = p->x.rows - first, n = left < TILE_ROWS ? left : TILE_ROWS;
    packed_evaluate(matrix_rows(p->y, first, n), &p->t->net, p->t->room[thread],
                    matrix_rows(p->x, first, n));
}

void tiles_forward(float *y, tiles *t, const float *x, size_t n)
{
    const network *net = t->net.net;
    tiled_pass p = {matrix_view(y, n, net->n_out), t, matrix_view_const(x, n, net->n_in)};
    parallel_for((n + TILE_ROWS - 1) / TILE_ROWS, evaluate_tile, &p);
}

void latent_between(float *z, const float *a, const float *b, size_t n, double t)
{
    double norms = norm(a, n) * norm(b, n);
    double cosine = norms > 0 ? dot(a, b, n) / norms : 1.0;
    double angle = acos(fmin(fmax(cosine, -1.0), 1.0));
    bool is_straight = sin(angle) < 1e-4;
    double from_a = is_straight ? 1.0 - t : sin((1.0 - t) * angle) / sin(angle);
    double from_b = is_straight ? t : sin(t * angle) / sin(angle);
    if (t <= 0.0 || t >= 1.0)
        memcpy(z, t <= 0.0 ? a : b, n * sizeof *z);
    else
        for (size_t i = 0; i < n; i++)
            z[i] = (float)(from_a * (double)a[i] + from_b * (double)b[i]);
}
