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

/* The angle between a and b; 0 where the way is straight. */
static double angle_between(const float *a, const float *b, size_t n)
{
    double norms = norm(a, n) * norm(b, n);
    double cosine = norms > 0 ? dot(a, b, n) / norms : 1.0;
    double angle = acos(fmin(fmax(cosine, -1.0), 1.0));
    return sin(angle) < 1e-4 ? 0.0 : angle;
}

static void add_weighted(float *z, const float *a, double from_a, const float *b, double from_b,
                         size_t n)
{
    for (size_t i = 0; i < n; i++)
        z[i] = (float)(from_a * (double)a[i] + from_b * (double)b[i]);
}

void latent_between(float *z, const float *a, const float *b, size_t n, double t)
{
    double angle = angle_between(a, b, n);
    double from_a = angle > 0 ? sin((1.0 - t) * angle) / sin(angle) : 1.0 - t;
    double from_b = angle > 0 ? sin(t * angle) / sin(angle) : t;
    if (t <= 0.0 || t >= 1.0)
        memcpy(z, t <= 0.0 ? a : b, n * sizeof *z);
    else
        add_weighted(z, a, from_a, b, from_b, n);
}

void latent_between_slope(float *z_dot, const float *a, const float *b, size_t n, double t)
{
    double angle = angle_between(a, b, n);
    double from_a = angle > 0 ? -angle * cos((1.0 - t) * angle) / sin(angle) : -1.0;
    double from_b = angle > 0 ? angle * cos(t * angle) / sin(angle) : 1.0;
    add_weighted(z_dot, a, from_a, b, from_b, n);
}
