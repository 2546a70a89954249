/* SPDX-License-Identifier: MIT */
/* What several metrics need of two sets. */
#include "found_once.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>

void comparison_init(comparison *c, const judged_set *set, const judged_set *real,
                     const metric_context *context)
{
    assert(set->features.cols == real->features.cols && set->n > 0 && real->n > 0);
    *c = (comparison){set, real, context, allocate(1, sizeof *c->memory)};
}

void comparison_release(comparison *c)
{
    if (c->memory) {
        neighbours_release(&c->memory->real);
        ball_counts_release(&c->memory->balls);
        free(c->memory->similarity);
    }
    free(c->memory);
    *c = (comparison){0};
}

/* ---- Nearest pictures ---- */

static matrix pictures_of(const judged_set *s, size_t n)
{
    return matrix_view_const(s->pictures, n, s->shape.n);
}

const uint32_t *comparison_nearest_real(comparison *c)
{
    neighbours *found = &c->memory->real;
    if (!found->index)
        neighbours_find(found, pictures_of(c->set, c->set->n),
                        row_list_of(pictures_of(c->real, c->real->n)), 1, NULL);
    return found->index;
}

/* To the last of the k that there are. */
static double furthest_distance(const neighbours *found, size_t i)
{
    size_t k = found->k;
    while (k > 1 && found->index[i * found->k + k - 1] == NO_ROW)
        k--;
    return sqrt(found->distance[i * found->k + k - 1]);
}

static void keep_nearest(training_neighbours *out, const neighbours *found)
{
    out->n = found->n;
    out->nearest = allocate(out->n, sizeof *out->nearest);
    out->nearness = allocate(out->n, sizeof *out->nearness);
    out->distance = allocate(out->n, sizeof *out->distance);
    for (size_t i = 0; i < out->n; i++) {
        double furthest = furthest_distance(found, i);
        out->nearest[i] = found->index[i * found->k];
        out->distance[i] = sqrt(found->distance[i * found->k]);
        out->nearness[i] = furthest > 0 ? out->distance[i] / furthest : 0;
    }
}

const training_neighbours *judged_set_near_training(const judged_set *s, const image_set *training)
{
    enum { MOST = 2000, K = 10 };
    training_neighbours *out = &s->memory->training;
    row_list all = {.n = training->n, .n_cols = training->shape.n, .bytes = training->pixels};
    neighbours found = {0};
    if (out->nearest)
        return out;
    neighbours_find(&found, pictures_of(s, s->n < MOST ? s->n : MOST), all, K, s->training_places);
    keep_nearest(out, &found);
    neighbours_release(&found);
    return out;
}

/* ---- A set's memory ---- */

struct set_memory *set_memory_create(void) { return allocate(1, sizeof(struct set_memory)); }

void set_memory_free(struct set_memory *m)
{
    if (m) {
        neighbours_release(&m->own);
        free(m->training.nearest);
        free(m->training.nearness);
        free(m->training.distance);
    }
    free(m);
}
