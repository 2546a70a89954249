/* SPDX-License-Identifier: MIT */
/* How much a picture changes where z changes a little. */
#include "metrics_detail.h"
#include "similarity.h"
#include <stdlib.h>

enum { MOST_PICTURES = 2000, N_SIGMAS = 4, OF_VALUE = 1 };

/* How far z is moved, and the names of the parts. */
static const struct {
    double sigma;
    const char *name;
} moves[N_SIGMAS] = {
    {0.05, "sigma_0.05"}, {0.1, "sigma_0.1"}, {0.2, "sigma_0.2"}, {0.5, "sigma_0.5"}};

/* sigma of N(0, 1). */
typedef struct {
    const comparison *c;
    double sigma;
    float *room; /* (n_z) */
} small_move;

static void add_move(float *z, size_t n_z, size_t i, void *context)
{
    const small_move *m = context;
    rng r = metric_rng(m->c, DRAW_MOVES);
    r.position = i << 32;
    rng_fill_normal(&r, m->room, n_z);
    for (size_t k = 0; k < n_z; k++)
        z[k] += (float)m->sigma * m->room[k];
}

/* The first n pictures as bytes have them, in 0..1, of moved z. */
static void draw(float *pictures, const comparison *c, size_t n, double sigma)
{
    const metric_generator *g = c->context->generator;
    const network *net = g->networks[0];
    small_move m = {c, sigma, allocate(net->n_in, sizeof *m.room)};
    uint8_t *pixels = allocate(n * net->n_out, 1);
    generator_draw_moved(pixels, g, n, &(z_move){add_move, &m});
    floats_from_bytes(pictures, pixels, n * net->n_out, 0.0f, 1.0f);
    free(pixels);
    free(m.room);
}

static int measure(metric_result *out, comparison *c, error *e)
{
    const judged_set *s = c->set;
    size_t n = s->n < MOST_PICTURES ? s->n : MOST_PICTURES;
    float *as_is = allocate(n * s->shape.n, sizeof *as_is);
    float *moved = allocate(n * s->shape.n, sizeof *moved);
    picture_pair *pairs = allocate(n, sizeof *pairs);
    similarity *found = allocate(n, sizeof *found);
    (void)e;
    for (size_t i = 0; i < n; i++)
        pairs[i] = (picture_pair){(uint32_t)i, (uint32_t)i};
    draw(as_is, c, n, 0);
    for (size_t k = 0; k < N_SIGMAS; k++) {
        draw(moved, c, n, moves[k].sigma);
        similarities_find(found, as_is, moved, s->shape, pairs, n);
        estimate mean = ssim_estimate(found, n, c);
        if (k == OF_VALUE)
            out->value = mean;
        else
            result_add_part(out, moves[k].name, mean.value);
    }
    out->n = n;
    free(as_is);
    free(moved);
    free(pairs);
    free(found);
    return 0;
}

const metric stability_local_metric = {
    .name = "stability-local",
    .title = "Stability under small changes of z",
    .says = SAYS_STABILITY,
    .definition = "How alike the pictures of z and of z + 0.1 e look, e from the prior N(0, 1), on "
                  "average, by SSIM; 1 where such a change is not seen.",
    .estimator = "the first 2,000 seeds, one e each, the same for every sigma (0.05, 0.2 and 0.5 "
                 "stand beside it); windows as of ssim; 95 % of 1,000 resamples of the pictures",
    .source = "smoothness in z as of Karras et al. 2019, \"A style-based generator architecture\", "
              "section 4.1, with SSIM (Wang et al. 2004, equation 13) in place of features",
    .lies = "A generator that ignores z is perfectly stable: see stability-prior.",
    .needs = NEEDS_PICTURES | NEEDS_GENERATOR,
    .better = MORE_IS_BETTER,
    .is_share = true,
    .decimals = 3,
    .has_no_floor = true,
    .cost = 0.35,
    .measure = measure};
