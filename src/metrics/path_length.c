/* SPDX-License-Identifier: MIT */
/* How fast what the judge sees changes on the way from one z to another. */
#include "metrics_detail.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* ---- A tile of paths ---- */

/* What a thread works in: a pass of G and of the judge's body over TILE_ROWS rows. */
typedef struct {
    tape of_generator, of_judge;
    tangents generator_tangents, judge_tangents;
    float *z, *z_dot;   /* (TILE_ROWS, n_z) */
    float *start, *end; /* (n_z) */
    float *seen;        /* (TILE_ROWS, pixels): as the judge reads them */
} path_room;

typedef struct {
    const comparison *c;
    network_rows rows;
    size_t network;                  /* the one whose paths are measured */
    packed_network generator, judge; /* generator: of that one */
    path_room *rooms;                /* one a thread */
    double *squares;                 /* (n): of the speed on each path */
} paths;

/* z and its derivative on the path from the z of picture i. */
static void find_place(path_room *room, const paths *p, size_t row, size_t i)
{
    size_t n_z = p->generator.net->n_in;
    float t;
    rng ends = metric_rng(p->c, DRAW_PATH_ENDS), places = metric_rng(p->c, DRAW_PATH_PLACES);
    ends.position = i * ((n_z + 3) / 4);
    places.position = i;
    latent_of_seed(room->start, n_z, p->c->context->generator->first_seed + i);
    rng_fill_normal(&ends, room->end, n_z);
    rng_fill_uniform(&places, &t, 1);
    latent_between(room->z + row * n_z, room->start, room->end, n_z, (double)t);
    latent_between_slope(room->z_dot + row * n_z, room->start, room->end, n_z, (double)t);
}

/* The judge's features of what G makes of z, along z_dot. */
static matrix find_speeds(path_room *room, const paths *p, size_t n)
{
    const metric_generator *g = p->c->context->generator;
    const judge *j = p->c->context->judge;
    size_t n_z = p->generator.net->n_in, n_pixels = p->judge.net->n_in;
    float scale = (j->high - j->low) / (g->high - g->low);
    matrix y = packed_forward(&p->generator, &room->of_generator, matrix_view(room->z, n, n_z));
    matrix y_dot = packed_jvp(&p->generator, &room->of_generator, &room->generator_tangents,
                              matrix_view(room->z_dot, n, n_z));
    for (size_t i = 0; i < n * n_pixels; i++)
        room->seen[i] = j->low + (y.data[i] - g->low) * scale;
    scale_all(y_dot.data, n * n_pixels, scale);
    packed_forward(&p->judge, &room->of_judge, matrix_view(room->seen, n, n_pixels));
    return packed_jvp(&p->judge, &room->of_judge, &room->judge_tangents, y_dot);
}

/* A body of parallel_for. */
static void measure_tile(size_t tile, size_t thread, void *context)
{
    paths *p = context;
    path_room *room = &p->rooms[thread];
    size_t first = p->rows.first[p->network] + tile * TILE_ROWS;
    size_t left = p->rows.first[p->network + 1] - first, n = left < TILE_ROWS ? left : TILE_ROWS;
    for (size_t r = 0; r < n; r++)
        find_place(room, p, r, p->rows.order[first + r]);
    matrix speed = find_speeds(room, p, n);
    for (size_t r = 0; r < n; r++) {
        const float *row = speed.data + r * speed.cols;
        p->squares[p->rows.order[first + r]] = dot(row, row, speed.cols);
    }
}

/* ---- All paths ---- */

static void room_init(path_room *room, const network *generator, const network *body)
{
    tape_init(&room->of_generator, generator, TILE_ROWS);
    tape_init(&room->of_judge, body, TILE_ROWS);
    tangents_init(&room->generator_tangents, generator, TILE_ROWS);
    tangents_init(&room->judge_tangents, body, TILE_ROWS);
    room->z = allocate(TILE_ROWS * generator->n_in, sizeof *room->z);
    room->z_dot = allocate(TILE_ROWS * generator->n_in, sizeof *room->z_dot);
    room->start = allocate(generator->n_in, sizeof *room->start);
    room->end = allocate(generator->n_in, sizeof *room->end);
    room->seen = allocate(TILE_ROWS * body->n_in, sizeof *room->seen);
}

static void room_release(path_room *room)
{
    tape_release(&room->of_generator);
    tape_release(&room->of_judge);
    tangents_release(&room->generator_tangents);
    tangents_release(&room->judge_tangents);
    free(room->z);
    free(room->z_dot);
    free(room->start);
    free(room->end);
    free(room->seen);
}

static void measure_network(paths *p, const network *generator)
{
    size_t n = p->rows.first[p->network + 1] - p->rows.first[p->network];
    p->rooms = allocate(tensor_threads(), sizeof *p->rooms);
    packed_network_init(&p->generator, generator, PASS_FORWARD);
    for (size_t i = 0; i < tensor_threads(); i++)
        room_init(&p->rooms[i], generator, p->judge.net);
    parallel_for((n + TILE_ROWS - 1) / TILE_ROWS, measure_tile, p);
    for (size_t i = 0; i < tensor_threads(); i++)
        room_release(&p->rooms[i]);
    packed_network_release(&p->generator);
    free(p->rooms);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    const metric_generator *g = c->context->generator;
    size_t n = c->set->n, low = (n - 1) / 100, high = (99 * (n - 1) + 99) / 100;
    paths p = {.c = c, .squares = allocate(n, sizeof *p.squares)};
    (void)e;
    network_rows_init(&p.rows, g->which, n, g->n_networks);
    packed_network_init(&p.judge, &c->context->judge->body, PASS_FORWARD);
    for (; p.network < g->n_networks; p.network++)
        measure_network(&p, g->networks[p.network]);
    sort_doubles(p.squares, n);
    out->value = mean_estimate(p.squares + low, high - low + 1, c);
    out->n_real = 0;
    packed_network_release(&p.judge);
    network_rows_release(&p.rows);
    free(p.squares);
    return 0;
}

const metric path_length_metric = {
    .name = "path_length",
    .title = "Path length",
    .says = SAYS_STABILITY,
    .definition =
        "How much the judge sees change as z goes along the great circle from one point to "
        "another: the mean over paths of |d features / d t|^2 at a random place t in 0..1 of each.",
    .estimator =
        "one path for each picture, from its z to a random one of the same class; the derivative "
        "exact, by forward mode; means leave out what is below 1 % and above 99 % of all; 95 % of "
        "1,000 resamples of the rest",
    .source = "after the perceptual path length of Karras et al. 2019, \"A style-based generator "
              "architecture for generative adversarial networks\", section 4.1, which takes steps "
              "of 1e-4 and the features of VGG16",
    .lies = "A generator that makes one picture has paths of length 0. Values by other judges have "
            "another scale, and none is a PPL.",
    .needs = NEEDS_CLASSES | NEEDS_GENERATOR,
    .better = LESS_IS_BETTER,
    .decimals = 1,
    .has_no_floor = true,
    .cost = 1.5,
    .measure = measure};
