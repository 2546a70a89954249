/* SPDX-License-Identifier: MIT */
/* The pictures of a generator. */
#include "metrics_detail.h"
#include <stdlib.h>
#include <string.h>

enum { TOGETHER = 16 * TILE_ROWS };

/* Pictures of one network, some at a time. */
typedef struct {
    const metric_generator *g;
    const z_move *move;
    const network *net;
    tiles tiles;
    float *z, *x;    /* (TOGETHER, n_z), (TOGETHER, n_pixels) */
    uint8_t *levels; /* (TOGETHER, n_pixels) */
    uint8_t *pixels; /* of all pictures */
    size_t bad;      /* the first that is not finite */
} drawing;

static void fill_z(float *z, const drawing *d, size_t i)
{
    latent_of_seed(z, d->net->n_in, d->g->first_seed + i);
    if (d->move)
        d->move->add(z, d->net->n_in, i, d->move->context);
}

/* Those of n places, which rise. */
static void draw_some(drawing *d, const uint32_t *place, size_t n)
{
    size_t n_z = d->net->n_in, size = d->net->n_out;
    for (size_t k = 0; k < n; k++)
        fill_z(d->z + k * n_z, d, place[k]);
    tiles_forward(d->x, &d->tiles, d->z, n);
    bytes_from_floats(d->levels, d->x, n * size, d->g->low, d->g->high);
    for (size_t k = 0; k < n; k++)
        memcpy(d->pixels + place[k] * size, d->levels + k * size, size);
    size_t bad = find_not_finite(d->x, n * size);
    if (bad < n * size && place[bad / size] < d->bad)
        d->bad = place[bad / size];
}

static void draw_network(drawing *d, const uint32_t *place, size_t n)
{
    d->z = allocate(TOGETHER * d->net->n_in, sizeof *d->z);
    d->x = allocate(TOGETHER * d->net->n_out, sizeof *d->x);
    d->levels = allocate(TOGETHER * d->net->n_out, 1);
    tiles_init(&d->tiles, d->net);
    for (size_t first = 0; first < n; first += TOGETHER)
        draw_some(d, place + first, n - first < TOGETHER ? n - first : TOGETHER);
    tiles_release(&d->tiles);
    free(d->z);
    free(d->x);
    free(d->levels);
}

size_t generator_draw_moved(uint8_t *pixels, const metric_generator *g, size_t n,
                            const z_move *move)
{
    drawing d = {.g = g, .move = move, .pixels = pixels, .bad = n};
    network_rows rows;
    network_rows_init(&rows, g->which, n, g->n_networks);
    for (size_t k = 0; k < g->n_networks; k++) {
        d.net = g->networks[k];
        draw_network(&d, rows.order + rows.first[k], rows.first[k + 1] - rows.first[k]);
    }
    network_rows_release(&rows);
    return d.bad;
}

size_t metric_generator_draw(uint8_t *pixels, const metric_generator *g, size_t n)
{
    return generator_draw_moved(pixels, g, n, NULL);
}
