/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdlib.h>

void sampler_init(sampler *s, size_t z_dim, picture_shape shape, const float range[2], size_t most)
{
    *s = (sampler){.shape = shape, .low = range[0], .high = range[1]};
    s->z = allocate(most * z_dim, sizeof *s->z);
    s->x = allocate(most * shape.n, sizeof *s->x);
    s->pixels = allocate(most * shape.n, 1);
}

void sampler_use(sampler *s, const network *generator)
{
    tiles_release(&s->tiles);
    tiles_init(&s->tiles, generator);
}

void sampler_draw(sampler *s, size_t n)
{
    tiles_forward(s->x, &s->tiles, s->z, n);
    bytes_from_floats(s->pixels, s->x, n * s->shape.n, s->low, s->high);
}

void sampler_release(sampler *s)
{
    tiles_release(&s->tiles);
    free(s->z);
    free(s->x);
    free(s->pixels);
    *s = (sampler){0};
}

/* Pixels that the larger side of a picture is drawn with at least. */
enum { SHOWN_SIDE = 56 };

picture_grid grid_of_samples(const uint8_t *pixels, size_t n, size_t columns, picture_shape shape)
{
    int larger = (int)(shape.rows > shape.cols ? shape.rows : shape.cols);
    return (picture_grid){.pixels = pixels,
                          .n = n,
                          .columns = columns,
                          .width = (int)shape.cols,
                          .height = (int)shape.rows,
                          .factor = larger * 2 < SHOWN_SIDE ? SHOWN_SIDE / larger : 2,
                          .gap = 2};
}

int grid_save(const char *path, const picture_grid *g, error *e)
{
    picture p = {0};
    int status = picture_grid_draw(&p, g, e);
    if (status == 0)
        status = picture_save(path, &p, NULL, 0, LEVEL_FAST, e);
    picture_release(&p);
    return status;
}
