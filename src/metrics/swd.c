/* SPDX-License-Identifier: MIT */
/* How far pixels would have to be moved, along random directions. */
#include "metrics_detail.h"
#include <math.h>
#include <stdlib.h>

/* Directions come in tiles that are projected on by one product. */
enum { N_DIRECTIONS = 512, TILE = 64, N_VALUES = N_BLOCKS + 1 };

/* ---- One direction ---- */

/* The square of the Wasserstein distance of order 2 of two sorted samples: the mean of the squared
 * difference of their quantiles, which are steps of 1 / n and 1 / m. */
static double transport_cost(const float *a, size_t n, const float *b, size_t m)
{
    double total = 0;
    size_t at = 0; /* in steps of 1 / (n m) */
    for (size_t i = 0, j = 0; i < n && j < m;) {
        size_t end_a = (i + 1) * m, end_b = (j + 1) * n, end = end_a < end_b ? end_a : end_b;
        double apart = (double)a[i] - (double)b[j];
        total += apart * apart * (double)(end - at);
        at = end;
        i += end == end_a;
        j += end == end_b;
    }
    return total / ((double)n * (double)m);
}

/* ---- A tile of directions ---- */

/* A set's pictures along each direction of a tile. */
typedef struct {
    matrix pictures, along; /* (n, pixels), (n, TILE) */
    uint32_t *order;        /* of its blocks */
} projections;

/* A thread's room: the sorted values of both sets, and what sorting needs. */
typedef struct {
    float *sorted[2];
    uint32_t *keys;
} sorting;

typedef struct {
    projections of[2];
    sorting *room;               /* one a thread */
    double cost[TILE][N_VALUES]; /* one a direction: of the whole, then of the blocks */
} slices;

/* The places of pictures first .. first + n - 1 along direction k, in order. */
static void fill_sorted(float *v, const projections *p, size_t k, size_t first, size_t n,
                        uint32_t *keys)
{
    for (size_t i = 0; i < n; i++)
        v[i] = p->along.data[p->order[first + i] * p->along.stride + k];
    floats_sort(v, n, keys);
}

/* A body of parallel_for. */
static void find_costs(size_t k, size_t thread, void *context)
{
    slices *s = context;
    sorting *room = &s->room[thread];
    for (size_t i = 0; i < N_VALUES; i++) {
        size_t n[2], block = i ? i - 1 : 0;
        for (size_t set = 0; set < 2; set++) {
            n[set] = s->of[set].along.rows / (i ? N_BLOCKS : 1);
            fill_sorted(room->sorted[set], &s->of[set], k, block * n[set], n[set], room->keys);
        }
        s->cost[k][i] = transport_cost(room->sorted[0], n[0], room->sorted[1], n[1]);
    }
}

/* Unit vectors (TILE, d), uniform on the sphere. */
static void draw_directions(matrix directions, rng *r)
{
    rng_fill_normal(r, directions.data, directions.rows * directions.cols);
    for (size_t k = 0; k < directions.rows; k++) {
        float *row = directions.data + k * directions.cols;
        scale_all(row, directions.cols, (float)(1 / norm(row, directions.cols)));
    }
}

/* Adds the costs along TILE more directions. */
static void add_costs(double total[N_VALUES], slices *s, matrix directions, rng *r)
{
    packed_matrix packed = {0};
    draw_directions(directions, r);
    packed_matrix_init(&packed, directions, TRANSPOSED);
    for (size_t set = 0; set < 2; set++)
        packed_multiply(s->of[set].along, s->of[set].pictures, &packed, (epilogue){0});
    packed_matrix_release(&packed);
    parallel_for(TILE, find_costs, s);
    for (size_t k = 0; k < TILE; k++)
        for (size_t i = 0; i < N_VALUES; i++)
            total[i] += s->cost[k][i];
}

/* ---- The whole ---- */

static projections projections_of(const judged_set *s, const comparison *c, metric_draw what)
{
    return (projections){matrix_view(s->pictures, s->n, s->shape.n),
                         matrix_view(allocate(s->n * TILE, sizeof(float)), s->n, TILE),
                         draw_order(s->n, c, what)};
}

static void slices_init(slices *s, const comparison *c)
{
    size_t n[2] = {c->set->n, c->real->n}, most = n[0] > n[1] ? n[0] : n[1];
    s->of[0] = projections_of(c->set, c, DRAW_BLOCKS_OF_SET);
    s->of[1] = projections_of(c->real, c, DRAW_BLOCKS_OF_REAL);
    s->room = allocate(tensor_threads(), sizeof *s->room);
    for (size_t i = 0; i < tensor_threads(); i++) {
        for (size_t set = 0; set < 2; set++)
            s->room[i].sorted[set] = allocate(n[set], sizeof(float));
        s->room[i].keys = allocate(2 * most, sizeof(uint32_t));
    }
}

static void slices_release(slices *s)
{
    for (size_t i = 0; i < tensor_threads(); i++) {
        for (size_t set = 0; set < 2; set++)
            free(s->room[i].sorted[set]);
        free(s->room[i].keys);
    }
    for (size_t set = 0; set < 2; set++) {
        free(s->of[set].along.data);
        free(s->of[set].order);
    }
    free(s->room);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t n = c->set->n < c->real->n ? c->set->n : c->real->n, d = c->set->shape.n;
    double total[N_VALUES] = {0};
    slices s;
    rng r = metric_rng(c, DRAW_DIRECTIONS);
    if (n < N_BLOCKS)
        return fail(e, STATUS_USAGE, "%zu pictures, expected at least %d", n, N_BLOCKS);
    matrix directions = matrix_view(allocate(TILE * d, sizeof(float)), TILE, d);
    slices_init(&s, c);
    for (size_t first = 0; first < N_DIRECTIONS; first += TILE)
        add_costs(total, &s, directions, &r);
    for (size_t i = 0; i < N_VALUES; i++)
        total[i] = sqrt(total[i] / N_DIRECTIONS);
    out->value = block_estimate(total[0], total + 1, N_BLOCKS, 1.0 / N_BLOCKS);
    slices_release(&s);
    free(directions.data);
    return 0;
}

const metric swd_metric = {
    .name = "swd",
    .title = "Sliced Wasserstein distance",
    .says = SAYS_QUALITY,
    .definition =
        "How far the pixels (0..1) of the generated pictures would have to be moved to be those of "
        "the real ones: the root of the mean over directions of the squared Wasserstein distance "
        "of order 2 between the pictures' projections on them.",
    .estimator = "512 directions, uniform on the unit sphere; both sets sorted along each and "
                 "compared quantile by quantile; 95 %: Student's t (4) times the deviation of 5 "
                 "disjoint random blocks / sqrt(5)",
    .source =
        "Rabin et al. 2011, \"Wasserstein barycenter and its application to texture mixing\"; "
        "Deshpande et al. 2018, \"Generative modeling using the sliced Wasserstein distance\"",
    .lies = "It reads pixels, not what they show: a shift by one pixel moves many, a wrong stroke "
            "few. It is greater the fewer the pictures: compare it with its floor.",
    .needs = NEEDS_PICTURES,
    .better = LESS_IS_BETTER,
    .decimals = 4,
    .cost = 0.6,
    .measure = measure};
