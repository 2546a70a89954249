/* SPDX-License-Identifier: MIT */
/* How far two sets are apart, by the kernel (x . y / d + 1)^3 of features. */
#include "metrics_detail.h"
#include <stdlib.h>

enum { N_SUBSETS = 100, SUBSET = 1000, TILE = 128 };

/* ---- One distance ---- */

/* The sum of (p / d + 1)^3, in eight lanes. */
static double sum_of_cubes(const double *p, size_t n, double d)
{
    double lane[8] = {0}, total = 0;
    for (size_t i = 0; i < n; i++) {
        double k = p[i] / d + 1;
        lane[i % 8] += k * k * k;
    }
    for (size_t i = 0; i < 8; i++)
        total += lane[i];
    return total;
}

static double_matrix rows_from(double_matrix m, size_t first, size_t n)
{
    return double_matrix_view(m.data + first * m.cols, n, m.cols);
}

/* The mean of the kernel over pairs of a row of a and a row of b; where they are the same rows, of
 * two different ones: the kernel is symmetric, so each pair is met once. room: TILE * b.rows. */
static double mean_kernel(double_matrix a, double_matrix b, double *room)
{
    bool is_same = a.data == b.data;
    size_t n = a.rows;
    double total = 0;
    for (size_t first = 0; first < n; first += TILE) {
        size_t rows = n - first < TILE ? n - first : TILE, start = is_same ? first : 0;
        double_matrix part = rows_from(b, start, b.rows - start);
        double_matrix tile = double_matrix_view(room, rows, part.rows);
        double_matrix_multiply(tile, 0.0, rows_from(a, first, rows), AS_IS, part, TRANSPOSED);
        for (size_t r = 0; r < rows; r++) {
            size_t skipped = is_same ? r + 1 : 0;
            total +=
                sum_of_cubes(room + r * tile.cols + skipped, tile.cols - skipped, (double)a.cols);
        }
    }
    return is_same ? 2 * total / ((double)n * (double)(n - 1)) : total / (double)(n * b.rows);
}

/* Those rows in double; the caller frees data. */
static double_matrix take_doubles(matrix m, const uint32_t *row, size_t n)
{
    double_matrix taken = double_matrix_view(allocate(n * m.cols, sizeof(double)), n, m.cols);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m.cols; k++)
            taken.data[i * m.cols + k] = (double)m.data[row[i] * m.stride + k];
    return taken;
}

/* The unbiased square of the maximum mean discrepancy of n rows of each. */
static double find_discrepancy(matrix set, const uint32_t *of_set, matrix real,
                               const uint32_t *of_real, size_t n)
{
    double_matrix x = take_doubles(set, of_set, n), y = take_doubles(real, of_real, n);
    double *room = allocate(TILE * n, sizeof *room);
    double found = mean_kernel(x, x, room) + mean_kernel(y, y, room) - 2 * mean_kernel(x, y, room);
    free(room);
    free(x.data);
    free(y.data);
    return found;
}

/* ---- Subsets and blocks ---- */

typedef struct {
    const comparison *c;
    size_t n;           /* pictures of each set in a subset */
    uint32_t *order[2]; /* of blocks */
    double *value;      /* one a subset or block */
} discrepancies;

/* The first n of an order of its own. */
static uint32_t *draw_subset(const comparison *c, size_t of, metric_draw what, size_t k)
{
    rng r = metric_rng(c, what);
    uint32_t *order = allocate(of, sizeof *order);
    r.position = k << 32;
    rng_fill_permutation(&r, order, of);
    return order;
}

/* A body of parallel_for. */
static void find_subset(size_t k, size_t thread, void *context)
{
    discrepancies *d = context;
    const judged_set *set = d->c->set, *real = d->c->real;
    uint32_t *of_set = draw_subset(d->c, set->n, DRAW_SUBSETS_OF_SET, k);
    uint32_t *of_real = draw_subset(d->c, real->n, DRAW_SUBSETS_OF_REAL, k);
    (void)thread;
    d->value[k] = find_discrepancy(set->features, of_set, real->features, of_real, d->n);
    free(of_set);
    free(of_real);
}

/* A body of parallel_for. */
static void find_block(size_t k, size_t thread, void *context)
{
    discrepancies *d = context;
    (void)thread;
    d->value[k] = find_discrepancy(d->c->set->features, d->order[0] + k * d->n,
                                   d->c->real->features, d->order[1] + k * d->n, d->n);
}

/* Subsets overlap, so that their deviation would say too little. */
static estimate find_interval(double value, const comparison *c, size_t n)
{
    double block[N_BLOCKS];
    size_t of_block = n / N_BLOCKS < SUBSET ? n / N_BLOCKS : SUBSET;
    discrepancies d = {c,
                       of_block,
                       {draw_order(c->set->n, c, DRAW_BLOCKS_OF_SET),
                        draw_order(c->real->n, c, DRAW_BLOCKS_OF_REAL)},
                       block};
    parallel_for(N_BLOCKS, find_block, &d);
    free(d.order[0]);
    free(d.order[1]);
    return block_estimate(value, block, N_BLOCKS, (double)of_block / (double)n);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t n = c->set->n < c->real->n ? c->set->n : c->real->n, n_subsets = N_SUBSETS;
    double value[N_SUBSETS], total = 0;
    if (n < 2 * N_BLOCKS)
        return fail(e, STATUS_USAGE, "%zu pictures, expected at least %d", n, 2 * N_BLOCKS);
    if (n <= SUBSET && c->set->n == c->real->n) /* all subsets are the whole */
        n_subsets = 1;
    discrepancies d = {c, n < SUBSET ? n : SUBSET, {NULL, NULL}, value};
    parallel_for(n_subsets, find_subset, &d);
    for (size_t k = 0; k < n_subsets; k++)
        total += value[k];
    out->value = find_interval(total / (double)n_subsets, c, n);
    return 0;
}

const metric kid_metric = {
    .name = "kid",
    .title = "Kernel distance of features",
    .fidelity_name = "kernel_inception_distance_mean",
    .says = SAYS_QUALITY,
    .definition =
        "How far apart the generated pictures x and the real ones y are by a kernel of their "
        "features: mean k(x, x') + mean k(y, y') - 2 mean k(x, y) over pairs of different pictures, "
        "k(x, y) = (x . y / d + 1)^3 with d features. On features of Inception it is the KID.",
    .estimator = "unbiased; the mean of 100 random subsets of 1,000 pictures of each set (or all "
                 "there are), products in double; 95 %: Student's t (4) times the deviation of 5 "
                 "disjoint random blocks of n <= 1,000 times sqrt(n / N): too wide, if anything, "
                 "where the sets are alike",
    .source = "Binkowski et al. 2018, \"Demystifying MMD GANs\", section 4",
    .lies = "It is below 0 by chance where the sets are alike. As fcd it sees features alone, no "
            "copies of training pictures, and has the scale of its judge.",
    .needs = NEEDS_FEATURES,
    .better = LESS_IS_BETTER,
    .decimals = 4,
    .cost = 3,
    .measure = measure};
