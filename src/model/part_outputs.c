/* SPDX-License-Identifier: MIT */
/* What a network makes of many pictures. */
#include "class_detail.h"
#include <stdlib.h>

enum { TOGETHER = 16 * TILE_ROWS }; /* pictures that go through it at once */

/* n pictures from the first-th on, as networks see them. */
static void fill_pictures(float *x, const image_set *s, const double range[2], size_t first,
                          size_t n)
{
    uint32_t index[TOGETHER];
    for (size_t i = 0; i < n; i++)
        index[i] = (uint32_t)(first + i);
    image_set_fill(matrix_view(x, n, s->shape.n), s, index, (float)range[0], (float)range[1]);
}

float *network_outputs(const network *net, const image_set *s, const double range[2])
{
    tiles t = {0};
    tiles_init(&t, net);
    float *y = allocate(s->n * net->n_out, sizeof *y);
    float *x = allocate(TOGETHER * s->shape.n, sizeof *x);
    for (size_t first = 0; first < s->n; first += TOGETHER) {
        size_t n = s->n - first < TOGETHER ? s->n - first : TOGETHER;
        fill_pictures(x, s, range, first, n);
        tiles_forward(y + first * net->n_out, &t, x, n);
    }
    tiles_release(&t);
    free(x);
    return y;
}

float *part_outputs(const model_part *p, const image_set *s, const double range[2])
{
    network folded = {0};
    network_fold(&folded, part_for_use(p));
    float *y = network_outputs(&folded, s, range);
    network_release(&folded);
    return y;
}
