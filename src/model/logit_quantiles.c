/* SPDX-License-Identifier: MIT */
/* What D says of real and of generated pictures, once the training is over: the reference that a
 * single logit is judged by. */
#include "model.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 10000 /* pictures of a kind */, TOGETHER = 8 * TILE_ROWS };

/* Networks and room; with streams of their own, so that nothing else that is drawn moves. */
typedef struct {
    const model *m;
    network generator, critic;
    tiles of_generator, of_critic;
    uint32_t *order, *chosen; /* which real pictures, as many as there are; (MOST) of a class */
    rng latents;
    float *z, *x, *logit; /* (TOGETHER, z_dim), (TOGETHER, pixels), (MOST) */
    logit_tick *tick;
    void *context;
    size_t n_done, n_all;
} measurement;

static void measurement_init(measurement *w, const model *m)
{
    rng r = rng_init(m->options.seed, rng_stream(STREAM_REFERENCE, 0));
    w->m = m;
    w->chosen = allocate(MOST, sizeof *w->chosen);
    w->order = allocate(m->data->n, sizeof *w->order);
    rng_fill_permutation(&r, w->order, m->data->n);
    w->latents = rng_init(m->options.seed, rng_stream(STREAM_REFERENCE, 1));
    w->z = allocate(TOGETHER * (size_t)m->options.z_dim, sizeof *w->z);
    w->x = allocate(TOGETHER * m->shape.n, sizeof *w->x);
    w->logit = allocate(MOST, sizeof *w->logit);
}

static void release_networks(measurement *w)
{
    tiles_release(&w->of_generator);
    tiles_release(&w->of_critic);
    network_release(&w->generator);
    network_release(&w->critic);
}

/* Both networks as they are for that class. */
static void fold_networks(measurement *w, size_t class)
{
    release_networks(w);
    model_fold_generator(&w->generator, w->m, class);
    model_fold_critic(&w->critic, w->m, class);
    tiles_init(&w->of_generator, &w->generator);
    tiles_init(&w->of_critic, &w->critic);
}

static void measurement_release(measurement *w)
{
    release_networks(w);
    free(w->chosen);
    free(w->order);
    free(w->z);
    free(w->x);
    free(w->logit);
}

/* n pictures into w->x. */
typedef void picture_source(measurement *w, size_t first, size_t n);

static void take_real(measurement *w, size_t first, size_t n)
{
    const double *range = w->m->options.range;
    image_set_fill(matrix_view(w->x, n, w->m->shape.n), w->m->data, w->chosen + first,
                   (float)range[0], (float)range[1]);
}

static void take_generated(measurement *w, size_t first, size_t n)
{
    (void)first;
    rng_fill_normal(&w->latents, w->z, n * (size_t)w->m->options.z_dim);
    tiles_forward(w->x, &w->of_generator, w->z, n);
}

/* Of the first n pictures in the order, which begins again where it ends, those of the class.
 * Returns how many. */
static size_t choose(measurement *w, size_t class, size_t n)
{
    const image_set *data = w->m->data;
    size_t n_chosen = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t index = w->order[i % data->n];
        if (class == NO_CLASS || data->labels[index] == class)
            w->chosen[n_chosen++] = index;
    }
    return n_chosen;
}

/* The logits (n) of as many pictures. */
static void measure_pictures(measurement *w, picture_source *take, float *logit, size_t n)
{
    for (size_t first = 0; first < n; first += TOGETHER) {
        size_t some = n - first < TOGETHER ? n - first : TOGETHER;
        take(w, first, some);
        tiles_forward(logit + first, &w->of_critic, w->x, some);
        w->n_done += some;
        if (w->tick)
            w->tick(w->context, (double)w->n_done / (double)w->n_all);
    }
}

/* Class by class, which quantiles know nothing of. */
static int measure(float quantile[N_QUANTILES], measurement *w, picture_source *take, size_t n,
                   error *e)
{
    size_t classes[MAX_CLASSES], n_classes = model_drawn_classes(classes, w->m), n_done = 0;
    for (size_t c = 0; c < n_classes; c++) {
        size_t n_chosen = choose(w, classes[c], n);
        fold_networks(w, classes[c]);
        measure_pictures(w, take, w->logit + n_done, n_chosen);
        n_done += n_chosen;
    }
    size_t at = find_not_finite(w->logit, n);
    if (at < n)
        return fail(e, STATUS_DIVERGED, "step %llu: a logit of D is not finite; try a smaller --lr",
                    (unsigned long long)w->m->step);
    quantiles_find(quantile, N_QUANTILES, w->logit, n);
    return 0;
}

static int measure_both(logit_quantiles *q, measurement *w, error *e)
{
    q->n_real = w->m->data->n < MOST ? w->m->data->n : MOST;
    q->n_generated = MOST;
    w->n_all = q->n_real + q->n_generated;
    if (measure(q->real, w, take_real, q->n_real, e))
        return -1;
    return measure(q->generated, w, take_generated, q->n_generated, e);
}

int model_measure_logits(logit_quantiles **q, const model *m, logit_tick *tick, void *context,
                         error *e)
{
    measurement w = {.tick = tick, .context = context};
    *q = NULL;
    if (!model_find_part(m, "D"))
        return 0;
    *q = allocate(1, sizeof **q);
    measurement_init(&w, m);
    int status = measure_both(*q, &w, e);
    measurement_release(&w);
    if (status == 0)
        return 0;
    free(*q);
    *q = NULL;
    return -1;
}
