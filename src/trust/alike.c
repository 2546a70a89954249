/* SPDX-License-Identifier: MIT */
/* How alike two explanations or pictures are. */
#include "across.h"
#include "likeness.h"
#include <math.h>
#include <stdlib.h>

double alike_order(const attribution *a, const attribution *b)
{
    return b ? rank_correlation(a->values, b->values, a->n) : (double)NAN;
}

double alike_direction(const attribution *a, const attribution *b)
{
    if (!b)
        return (double)NAN;
    double of_a = dot(a->values, a->values, a->n), of_b = dot(b->values, b->values, a->n);
    double both = dot(a->values, b->values, a->n);
    return of_a == of_b && both == of_a && of_a > 0 ? 1 : both / (sqrt(of_a) * sqrt(of_b));
}

double alike_looks(const attribution *a, const attribution *b, picture_shape shape)
{
    return likeness_of(a, b, &shape).of[LIKE_SSIM];
}

/* In 0..1; a pixel beyond the range is at its end, as where it is drawn. */
static void fill_share(float *out, const float *x, size_t n, const explain_request *q)
{
    for (size_t i = 0; i < n; i++) {
        float share = (x[i] - q->black) / (q->white - q->black);
        out[i] = share < 0 ? 0 : share > 1 ? 1 : share;
    }
}

double alike_pictures(const float *a, const float *b, const explain_task *t)
{
    size_t n = t->x->shape.n;
    float *room = allocate(2 * n, sizeof *room);
    fill_share(room, a, n, t->q);
    fill_share(room + n, b, n, t->q);
    double ssim = pictures_ssim(room, room + n, t->x->shape);
    free(room);
    return ssim;
}
