/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

void image_set_fill(matrix x, const image_set *s, const uint32_t *index, float low, float high)
{
    size_t n_pixels = s->shape.n;
    assert(x.cols == n_pixels);
    for (size_t r = 0; r < x.rows; r++) {
        assert(index[r] < s->n);
        floats_from_bytes(x.data + r * x.stride, s->pixels + index[r] * n_pixels, n_pixels, low,
                          high);
    }
}

/* ---- The nearest picture ----
 * Bytes are compared with x rounded to bytes, in integers and 16 at a time; by the triangle
 * inequality the distance to x itself differs from that by at most |x - rounded x|. Only pictures
 * that can still win by it are measured in double, so the answer is the exact search's. */

typedef struct {
    size_t n;         /* pixels */
    double *x;        /* (n), owned: in units of a byte, not rounded */
    uint8_t *rounded; /* (n), owned: nearest byte to each */
    double rounding;  /* Euclidean norm of x - rounded */
} query;

static query query_of(const float *x, size_t n, float low, float high)
{
    query q = {.n = n, .x = allocate(n, sizeof *q.x), .rounded = allocate(n, 1)};
    double squares = 0;
    double scale = 255 / ((double)high - (double)low);
    for (size_t i = 0; i < n; i++) {
        q.x[i] = ((double)x[i] - (double)low) * scale;
        double clipped = q.x[i] > 0 ? fmin(q.x[i], 255) : 0;
        q.rounded[i] = (uint8_t)(clipped + 0.5);
        squares += (q.x[i] - q.rounded[i]) * (q.x[i] - q.rounded[i]);
    }
    q.rounding = sqrt(squares);
    return q;
}

static void query_release(query *q)
{
    free(q->x);
    free(q->rounded);
}

/* The differences fit 16 bits, which lets the compiler multiply and add them in pairs. */
uint32_t pixel_distance(const uint8_t *a, const uint8_t *b, size_t n)
{
    int32_t squares = 0; /* at most 128^2 * 255^2 = 1,065 million */
    for (size_t i = 0; i < n; i++) {
        int16_t difference = (int16_t)(a[i] - b[i]);
        squares += difference * difference;
    }
    return (uint32_t)squares;
}

/* Four sums in a fixed order: short chains of additions, the same bits everywhere. */
static double exact_distance(const double *x, const uint8_t *b, size_t n)
{
    double squares[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            squares[k] += (x[i + k] - b[i + k]) * (x[i + k] - b[i + k]);
    for (size_t k = 0; i + k < n; k++)
        squares[k] += (x[i + k] - b[i + k]) * (x[i + k] - b[i + k]);
    return (squares[0] + squares[1]) + (squares[2] + squares[3]);
}

/* The largest rounded distance a picture can have that is at most `best` (squared) away from x; the
 * slack covers the rounding of these few operations. Where x is not finite: everything. */
static uint32_t reach(double best, double rounding)
{
    double r = sqrt(best) + rounding;
    double squared = r * r * (1 + 1e-9) + 1;
    return squared < UINT32_MAX ? (uint32_t)squared : UINT32_MAX;
}

size_t image_set_nearest(const image_set *s, const float *x, float low, float high)
{
    assert(s->n >= 1);
    query q = query_of(x, s->shape.n, low, high);
    size_t nearest = 0;
    double best = (double)INFINITY;
    uint32_t limit = UINT32_MAX;
    for (size_t i = 0; i < s->n; i++) {
        const uint8_t *pixels = s->pixels + i * q.n;
        if (pixel_distance(q.rounded, pixels, q.n) > limit)
            continue;
        double distance = exact_distance(q.x, pixels, q.n);
        if (distance < best) {
            best = distance;
            nearest = i;
            limit = reach(best, q.rounding);
        }
    }
    query_release(&q);
    return nearest;
}
