/* SPDX-License-Identifier: MIT */
#include "bench.h"
#include <stdlib.h>

/* As many at once as gansample draws. */
enum { PICTURES = 10000, AT_ONCE = 16 * TILE_ROWS };

typedef struct {
    network g;
    tiles tiles;
    float *z, *x; /* (PICTURES, n_in), (AT_ONCE, n_out) */
    floor_blocks blocks;
} drawing;

static size_t rows_from(size_t first)
{
    return PICTURES - first < AT_ONCE ? PICTURES - first : AT_ONCE;
}

static void draw(void *context)
{
    drawing *t = context;
    for (size_t first = 0; first < PICTURES; first += AT_ONCE)
        tiles_forward(t->x, &t->tiles, t->z + first * t->g.n_in, rows_from(first));
}

static void draw_floor(void *context)
{
    drawing *t = context;
    floor_threads_start();
    for (size_t first = 0; first < PICTURES; first += AT_ONCE)
        floor_forward_pass(&t->blocks, &t->g, 0, (int)rows_from(first));
    floor_threads_end();
}

void bench_pictures(void)
{
    drawing t = {0};
    folded_network_init(&t.g, "256:lrelu=0.2,512:lrelu=0.2,784:tanh", 64);
    tiles_init(&t.tiles, &t.g);
    t.z = random_floats(PICTURES * t.g.n_in);
    t.x = random_floats(AT_ONCE * t.g.n_out);
    floor_blocks_init(&t.blocks, AT_ONCE * t.g.n_out);
    compare(&(measured_work){.name = "10,000 pictures",
                             .work = draw,
                             .floor = draw_floor,
                             .context = &t,
                             .repeat = 1,
                             .n_parts = 1,
                             .unit = milliseconds,
                             .amount = PICTURES,
                             .amount_unit = "pictures/s"});
    floor_blocks_release(&t.blocks);
    free(t.z);
    free(t.x);
    tiles_release(&t.tiles);
    network_release(&t.g);
}
