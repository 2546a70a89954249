/* SPDX-License-Identifier: MIT */
#include "found_once.h"
#include "metrics_detail.h"
#include "similarity.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { WINDOW = 11, MOST_SCALES = 5 };

static const double scale_weights[MOST_SCALES] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

/* What windows are told of: means of a, b, a^2, b^2 and a b. */
enum { OF_A, OF_B, OF_AA, OF_BB, OF_AB, N_MOMENTS };

typedef struct {
    double *maps[N_MOMENTS];  /* (rows, cols); the pictures themselves are the first two */
    double *across;           /* (windows down, cols): means down the columns */
    double *means[N_MOMENTS]; /* (windows down, windows across) */
} moment_room;

typedef struct {
    similarity *out;
    const float *a, *b;
    picture_shape shape;
    const picture_pair *pairs;
    size_t n, n_scales;
    double weights[MOST_SCALES]; /* their sum is 1 */
    moment_room *room;           /* of a thread */
} comparing;

/* ---- Windows ---- */

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t window_of(size_t rows, size_t cols)
{
    size_t side = least(least(rows, cols), WINDOW);
    return side - (side % 2 == 0);
}

static void fill_window(double *w, size_t n)
{
    const double sigma = 1.5;
    double total = 0;
    for (size_t k = 0; k < n; k++) {
        double d = (double)k - (double)(n / 2);
        total += w[k] = exp(-d * d / (2 * sigma * sigma));
    }
    for (size_t k = 0; k < n; k++)
        w[k] /= total;
}

/* The weighted mean of each window: down the columns, then along the rows. */
static void fill_means(double *means, const double *map, size_t rows, size_t cols, double *across)
{
    double w[WINDOW];
    size_t n = window_of(rows, cols), down = rows - n + 1, along = cols - n + 1;
    fill_window(w, n);
    for (size_t y = 0; y < down; y++) {
        for (size_t x = 0; x < cols; x++)
            across[y * cols + x] = 0;
        for (size_t k = 0; k < n; k++)
            for (size_t x = 0; x < cols; x++)
                across[y * cols + x] += w[k] * map[(y + k) * cols + x];
    }
    for (size_t y = 0; y < down; y++) {
        for (size_t x = 0; x < along; x++)
            means[y * along + x] = 0;
        for (size_t k = 0; k < n; k++)
            for (size_t x = 0; x < along; x++)
                means[y * along + x] += w[k] * across[y * cols + x + k];
    }
}

/* ---- One scale ---- */

/* Means over its windows. */
typedef struct {
    double ssim, contrast;
} scale_similarity;

static void fill_products(moment_room *r, size_t n)
{
    const double *a = r->maps[OF_A], *b = r->maps[OF_B];
    for (size_t i = 0; i < n; i++) {
        r->maps[OF_AA][i] = a[i] * a[i];
        r->maps[OF_BB][i] = b[i] * b[i];
        r->maps[OF_AB][i] = a[i] * b[i];
    }
}

static scale_similarity compare_scale(moment_room *r, size_t rows, size_t cols)
{
    const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    size_t side = window_of(rows, cols), n = (rows - side + 1) * (cols - side + 1);
    scale_similarity total = {0, 0};
    fill_products(r, rows * cols);
    for (int m = 0; m < N_MOMENTS; m++)
        fill_means(r->means[m], r->maps[m], rows, cols, r->across);
    for (size_t i = 0; i < n; i++) {
        double a = r->means[OF_A][i], b = r->means[OF_B][i];
        double variances = r->means[OF_AA][i] - a * a + r->means[OF_BB][i] - b * b;
        double contrast = (2 * (r->means[OF_AB][i] - a * b) + c2) / (variances + c2);
        total.contrast += contrast;
        total.ssim += contrast * (2 * a * b + c1) / (a * a + b * b + c1);
    }
    return (scale_similarity){total.ssim / (double)n, total.contrast / (double)n};
}

/* ---- Scales ---- */

/* In place: what is read of a picture lies behind what was written. */
static void halve(double *map, size_t rows, size_t cols)
{
    for (size_t y = 0; y < rows / 2; y++)
        for (size_t x = 0; x < cols / 2; x++) {
            const double *at = map + 2 * y * cols + 2 * x;
            map[y * (cols / 2) + x] = (at[0] + at[1] + at[cols] + at[cols + 1]) / 4;
        }
}

static size_t fill_weights(double weights[MOST_SCALES], picture_shape shape)
{
    size_t n = 1, side = least(shape.rows, shape.cols);
    double total = 0;
    while (n < MOST_SCALES && (side >> n) >= WINDOW)
        n++;
    for (size_t i = 0; i < n; i++)
        total += scale_weights[i];
    for (size_t i = 0; i < n; i++)
        weights[i] = scale_weights[i] / total;
    return n;
}

/* A body of parallel_for. */
static void compare_pair(size_t i, size_t thread, void *context)
{
    comparing *c = context;
    moment_room *r = &c->room[thread];
    size_t rows = c->shape.rows, cols = c->shape.cols;
    similarity *out = &c->out[i];
    for (size_t k = 0; k < c->shape.n; k++) {
        r->maps[OF_A][k] = (double)c->a[c->pairs[i].a * c->shape.n + k];
        r->maps[OF_B][k] = (double)c->b[c->pairs[i].b * c->shape.n + k];
    }
    out->ms_ssim = 1;
    for (size_t s = 0; s < c->n_scales; s++) {
        scale_similarity of = compare_scale(r, rows, cols);
        double factor = s + 1 < c->n_scales ? of.contrast : of.ssim;
        if (s == 0)
            out->ssim = of.ssim;
        out->ms_ssim *= pow(fmax(factor, 0), c->weights[s]);
        for (int m = OF_A; m <= OF_B; m++)
            halve(r->maps[m], rows, cols);
        rows /= 2;
        cols /= 2;
    }
}

static void room_init(moment_room *r, size_t n)
{
    for (int m = 0; m < N_MOMENTS; m++) {
        r->maps[m] = allocate(n, sizeof(double));
        r->means[m] = allocate(n, sizeof(double));
    }
    r->across = allocate(n, sizeof(double));
}

static void room_release(moment_room *r)
{
    for (int m = 0; m < N_MOMENTS; m++) {
        free(r->maps[m]);
        free(r->means[m]);
    }
    free(r->across);
}

void similarities_find(similarity *out, const float *a, const float *b, picture_shape shape,
                       const picture_pair *pairs, size_t n)
{
    comparing c = {out, a, b, shape, pairs, n, .room = NULL};
    size_t n_threads = tensor_threads();
    c.n_scales = fill_weights(c.weights, shape);
    c.room = allocate(n_threads, sizeof *c.room);
    for (size_t i = 0; i < n_threads; i++)
        room_init(&c.room[i], shape.n);
    parallel_for(n, compare_pair, &c);
    for (size_t i = 0; i < n_threads; i++)
        room_release(&c.room[i]);
    free(c.room);
}

double pictures_ssim(const float *a, const float *b, picture_shape shape)
{
    similarity found;
    similarities_find(&found, a, b, shape, &(picture_pair){0, 0}, 1);
    return found.ssim;
}

/* ---- To the nearest real picture ---- */

const similarity *comparison_similarity(comparison *c)
{
    const judged_set *s = c->set;
    picture_pair *pairs;
    if (c->memory->similarity)
        return c->memory->similarity;
    pairs = allocate(s->n, sizeof *pairs);
    for (size_t i = 0; i < s->n; i++)
        pairs[i] = (picture_pair){(uint32_t)i, comparison_nearest_real(c)[i]};
    c->memory->similarity = allocate(s->n, sizeof *c->memory->similarity);
    similarities_find(c->memory->similarity, s->pictures, c->real->pictures, s->shape, pairs, s->n);
    free(pairs);
    return c->memory->similarity;
}

estimate ssim_estimate(const similarity *s, size_t n, const comparison *c)
{
    double *ssim = allocate(n, sizeof *ssim);
    for (size_t i = 0; i < n; i++)
        ssim[i] = s[i].ssim;
    estimate mean = mean_estimate(ssim, n, c);
    free(ssim);
    return mean;
}
