/* SPDX-License-Identifier: MIT */
/* How far two sets are apart, each taken for a Gaussian in the space of features. */
#include "metrics_detail.h"
#include <math.h>
#include <stdlib.h>

/* ---- One distance ---- */

typedef struct {
    matrix x;
    double *mean, trace;
    double_matrix factor; /* F F' = covariance */
} gaussian;

typedef struct {
    double of_means, of_covariances;
} distance;

static double_matrix square_matrix(size_t n)
{
    return double_matrix_view(allocate(n * n, sizeof(double)), n, n);
}

/* A body of parallel_for. */
static void find_gaussian(size_t i, size_t thread, void *context)
{
    gaussian *g = (gaussian *)context + i;
    size_t d = g->x.cols;
    double_matrix covariance = square_matrix(d);
    (void)thread;
    double_matrix_covariance(covariance, g->mean, g->x);
    for (size_t k = 0; k < d; k++)
        g->trace += covariance.data[k * d + k];
    double_matrix_factor(g->factor, covariance);
    free(covariance.data);
}

static void gaussian_init(gaussian *g, matrix x)
{
    *g = (gaussian){x, allocate(x.cols, sizeof *g->mean), 0, square_matrix(x.cols)};
}

static void gaussian_release(gaussian *g)
{
    free(g->mean);
    free(g->factor.data);
}

/* The singular values of C1^1/2 C2^1/2 are those of F1' F2, as F is C^1/2 but for a rotation; no
 * root is taken of what rounding leaves of a small eigenvalue, so that equal sets are at 0. */
static double of_covariances(const gaussian g[2])
{
    double_matrix product = square_matrix(g->x.cols);
    double_matrix_multiply(product, 0.0, g[0].factor, TRANSPOSED, g[1].factor, AS_IS);
    double norm = double_matrix_nuclear_norm(product);
    free(product.data);
    return g[0].trace + g[1].trace - 2 * norm;
}

static distance find_distance(matrix a, matrix b)
{
    gaussian g[2];
    distance found = {0};
    gaussian_init(&g[0], a);
    gaussian_init(&g[1], b);
    parallel_for(2, find_gaussian, g);
    for (size_t k = 0; k < a.cols; k++)
        found.of_means += pow(g[0].mean[k] - g[1].mean[k], 2);
    found.of_covariances = of_covariances(g);
    gaussian_release(&g[0]);
    gaussian_release(&g[1]);
    return found;
}

/* ---- The whole and its blocks ---- */

typedef struct {
    matrix set, real;
    uint32_t *order[2];
    double block[N_BLOCKS];
} block_distances;

/* A body of parallel_for. */
static void find_block(size_t k, size_t thread, void *context)
{
    block_distances *b = context;
    size_t n = b->set.rows / N_BLOCKS, n_real = b->real.rows / N_BLOCKS;
    matrix set = take_rows(b->set, b->order[0] + k * n, n);
    matrix real = take_rows(b->real, b->order[1] + k * n_real, n_real);
    distance found = find_distance(set, real);
    (void)thread;
    b->block[k] = found.of_means + found.of_covariances;
    free(set.data);
    free(real.data);
}

static estimate find_interval(double value, const comparison *c)
{
    block_distances b = {c->set->features,
                         c->real->features,
                         {draw_order(c->set->n, c, DRAW_BLOCKS_OF_SET),
                          draw_order(c->real->n, c, DRAW_BLOCKS_OF_REAL)},
                         {0}};
    parallel_for(N_BLOCKS, find_block, &b);
    free(b.order[0]);
    free(b.order[1]);
    return block_estimate(value, b.block, N_BLOCKS, 1.0 / N_BLOCKS);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    size_t d = c->set->features.cols, n = c->set->n < c->real->n ? c->set->n : c->real->n;
    if (n <= d)
        return fail(e, STATUS_USAGE,
                    "%zu pictures, expected at least %zu, one more than a picture has features", n,
                    d + 1);
    distance found = find_distance(c->set->features, c->real->features);
    double value = fmax(found.of_means + found.of_covariances, 0); /* below by rounding alone */
    if (isnan(found.of_covariances))
        return fail(e, STATUS_DIVERGED, "the singular values were not found");
    out->value =
        n / N_BLOCKS > d ? find_interval(value, c) : (estimate){value, (double)NAN, (double)NAN};
    result_add_part(out, "of_means", found.of_means);
    result_add_part(out, "of_covariances", found.of_covariances);
    result_add_part(out, "pictures_a_feature", (double)n / (double)d);
    return 0;
}

const metric fcd_metric = {
    .name = "fcd",
    .title = "Frechet classifier distance",
    .fidelity_name = "frechet_inception_distance",
    .says = SAYS_QUALITY,
    .definition =
        "How far apart the generated and the real pictures are, each set taken for a Gaussian in "
        "the space of features: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2), with the means m and "
        "the covariances C of the features. On features of Inception it is the FID.",
    .estimator = "C = sum (x - m)(x - m)' / (N - 1), sums in double, the root's trace as the sum "
                 "of the singular values of C1^1/2 C2^1/2; 95 %: Student's t (4) times the "
                 "deviation of 5 disjoint random blocks / sqrt(5), none where a block has no more "
                 "pictures than features",
    .source = "Heusel et al. 2017, \"GANs trained by a two time-scale update rule converge to a "
              "local Nash equilibrium\", equation 6",
    .lies = "It is greater the fewer the pictures (Chong & Forsyth 2020), much so below 10 a "
            "feature: compare values of equal N, and with its floor. It sees means and "
            "covariances alone: neither copies of training pictures nor what differs beyond "
            "them. Values by other judges have another scale.",
    .needs = NEEDS_FEATURES,
    .better = LESS_IS_BETTER,
    .decimals = 2,
    .cost = 0.1,
    .measure = measure};
