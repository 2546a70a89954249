/* SPDX-License-Identifier: MIT */
#include "nn.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

void tiles_init(tiles *t, const network *net)
{
    *t = (tiles){.n_threads = tensor_threads()};
    t->tapes = allocate(t->n_threads, sizeof *t->tapes);
    t->input = allocate(t->n_threads, sizeof *t->input);
    for (size_t i = 0; i < t->n_threads; i++) {
        tape_init(&t->tapes[i], net, TILE_ROWS);
        t->input[i] = allocate(TILE_ROWS * net->n_in, sizeof(float));
    }
}

void tiles_release(tiles *t)
{
    for (size_t i = 0; i < t->n_threads; i++) {
        tape_release(&t->tapes[i]);
        free(t->input[i]);
    }
    free(t->tapes);
    free(t->input);
    *t = (tiles){0};
}

typedef struct {
    float *y;
    tiles *t;
    const network *net;
    const float *x;
    size_t n;
} tiled_pass;

/* A body of parallel_for. */
static void forward_tile(size_t i, size_t thread, void *context)
{
    const tiled_pass *p = context;
    size_t first = i * TILE_ROWS, n_in = p->net->n_in, n_out = p->net->n_out;
    size_t rows = p->n - first < TILE_ROWS ? p->n - first : TILE_ROWS;
    float *input = p->t->input[thread];
    memset(input, 0, TILE_ROWS * n_in * sizeof *input);
    memcpy(input, p->x + first * n_in, rows * n_in * sizeof *input);
    matrix y = network_forward(p->net, &p->t->tapes[thread], matrix_view(input, TILE_ROWS, n_in),
                               (pass){0});
    memcpy(p->y + first * n_out, y.data, rows * n_out * sizeof *y.data);
}

void tiles_forward(float *y, tiles *t, const network *net, const float *x, size_t n)
{
    tiled_pass p = {y, t, net, x, n};
    parallel_for((n + TILE_ROWS - 1) / TILE_ROWS, forward_tile, &p);
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
