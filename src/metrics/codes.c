/* SPDX-License-Identifier: MIT */
/* Real pictures, coded and given back by an autoencoder. */
#include "metrics_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* What a thread works in. */
typedef struct {
    float *x, *y;        /* (TILE_ROWS, pixels) */
    float *moments, *z;  /* (TILE_ROWS, outputs of the encoder), (TILE_ROWS, n_z) */
    float *eps;          /* (n_z) */
    float *hidden[2][2]; /* of encoder and decoder: (TILE_ROWS, the widest hidden layer) */
} code_room;

typedef struct {
    const comparison *c;
    double (*find)(const coded_picture *);
    size_t n_codes, n_z;
    bool is_drawn;
    network_rows rows;
    size_t network;                  /* the one whose pictures are coded */
    packed_network encoder, decoder; /* of that one */
    code_room *rooms;                /* one a thread */
    double *found;                   /* (n) */
} coding;

/* z = mean + exp(l / 2) eps, l = log variance; code k of picture i has draws of its own. */
static void draw_code(code_room *room, const coding *p, size_t row, size_t i, size_t k)
{
    const float *mean = room->moments + row * p->encoder.net->n_out, *l = mean + p->n_z;
    float *z = room->z + row * p->n_z;
    rng r = metric_rng(p->c, DRAW_CODES);
    r.position = (i * p->n_codes + k) * ((p->n_z + 3) / 4);
    rng_fill_normal(&r, room->eps, p->n_z);
    for (size_t q = 0; q < p->n_z; q++)
        z[q] = (float)((double)mean[q] +
                       (p->is_drawn ? exp(0.5 * (double)l[q]) * (double)room->eps[q] : 0.0));
}

/* Adds what is found of code k of the n pictures at `which`. */
static void add_code(code_room *room, coding *p, const uint32_t *which, size_t n, size_t k)
{
    size_t n_pixels = p->encoder.net->n_in, n_moments = p->encoder.net->n_out;
    coded_picture seen = {
        p->c->context->autoencoder, room->x, room->y, room->moments, n_pixels, p->n_z};
    for (size_t r = 0; r < n; r++)
        draw_code(room, p, r, which[r], k);
    packed_evaluate(matrix_view(room->y, n, n_pixels), &p->decoder, room->hidden[1],
                    matrix_view(room->z, n, p->n_z));
    for (size_t r = 0; r < n; r++) {
        p->found[which[r]] += p->find(&seen) / (double)p->n_codes;
        seen.x += n_pixels;
        seen.y += n_pixels;
        seen.moments += n_moments;
    }
}

/* A body of parallel_for. */
static void code_tile(size_t tile, size_t thread, void *context)
{
    coding *p = context;
    code_room *room = &p->rooms[thread];
    const metric_autoencoder *a = p->c->context->autoencoder;
    size_t n_pixels = p->encoder.net->n_in, first = p->rows.first[p->network] + tile * TILE_ROWS;
    size_t left = p->rows.first[p->network + 1] - first, n = left < TILE_ROWS ? left : TILE_ROWS;
    const uint32_t *which = p->rows.order + first;
    for (size_t r = 0; r < n; r++)
        floats_from_bytes(room->x + r * n_pixels, p->c->real->pixels + which[r] * n_pixels,
                          n_pixels, a->low, a->high);
    packed_evaluate(matrix_view(room->moments, n, p->encoder.net->n_out), &p->encoder,
                    room->hidden[0], matrix_view(room->x, n, n_pixels));
    for (size_t k = 0; k < p->n_codes; k++)
        add_code(room, p, which, n, k);
}

static void room_init(code_room *room, const coding *p)
{
    const network *net[2] = {p->encoder.net, p->decoder.net};
    room->x = allocate(TILE_ROWS * net[0]->n_in, sizeof *room->x);
    room->y = allocate(TILE_ROWS * net[1]->n_out, sizeof *room->y);
    room->moments = allocate(TILE_ROWS * net[0]->n_out, sizeof *room->moments);
    room->z = allocate(TILE_ROWS * p->n_z, sizeof *room->z);
    room->eps = allocate(p->n_z, sizeof *room->eps);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++)
            room->hidden[i][k] = allocate(TILE_ROWS * network_widest_hidden(net[i]), sizeof(float));
}

static void room_release(code_room *room)
{
    free(room->x);
    free(room->y);
    free(room->moments);
    free(room->z);
    free(room->eps);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++)
            free(room->hidden[i][k]);
}

static void code_network(coding *p)
{
    const metric_autoencoder *a = p->c->context->autoencoder;
    size_t n = p->rows.first[p->network + 1] - p->rows.first[p->network];
    packed_network_init(&p->encoder, a->encoders[p->network], PASS_FORWARD);
    packed_network_init(&p->decoder, a->decoders[p->network], PASS_FORWARD);
    p->n_z = p->decoder.net->n_in;
    assert(p->encoder.net->n_out == p->n_z * (a->has_moments ? 2 : 1));
    p->rooms = allocate(tensor_threads(), sizeof *p->rooms);
    for (size_t i = 0; i < tensor_threads(); i++)
        room_init(&p->rooms[i], p);
    parallel_for((n + TILE_ROWS - 1) / TILE_ROWS, code_tile, p);
    for (size_t i = 0; i < tensor_threads(); i++)
        room_release(&p->rooms[i]);
    free(p->rooms);
    packed_network_release(&p->encoder);
    packed_network_release(&p->decoder);
}

double *measure_codes(const comparison *c, size_t n_codes, bool is_drawn,
                      double (*find)(const coded_picture *))
{
    const metric_autoencoder *a = c->context->autoencoder;
    coding p = {.c = c, .find = find, .n_codes = n_codes, .is_drawn = is_drawn};
    assert(!is_drawn || a->has_moments);
    assert(a->n_networks == 1 || c->real->labels);
    p.found = allocate(c->real->n, sizeof *p.found);
    network_rows_init(&p.rows, a->n_networks > 1 ? c->real->labels : NULL, c->real->n,
                      a->n_networks);
    for (; p.network < a->n_networks; p.network++)
        code_network(&p);
    network_rows_release(&p.rows);
    return p.found;
}
