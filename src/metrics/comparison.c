/* SPDX-License-Identifier: MIT */
/* What several metrics need of two sets. */
#include "found_once.h"
#include <assert.h>
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

const neighbours *set_near_training(const judged_set *s, const image_set *training)
{
    neighbours *found = &s->memory->training;
    row_list all = {.n = training->n, .n_cols = training->shape.n, .bytes = training->pixels};
    if (!found->index)
        neighbours_find(found, pictures_of(s, s->n < MOST_MEMORIZED ? s->n : MOST_MEMORIZED), all,
                        N_NEAR_TRAINING, s->training_places);
    return found;
}

const uint32_t *comparison_nearest_training(comparison *c, size_t *n)
{
    const neighbours *found = set_near_training(c->set, c->context->training);
    uint32_t **nearest = &c->set->memory->nearest_training;
    *n = found->n;
    if (*nearest)
        return *nearest;
    *nearest = allocate(*n, sizeof **nearest);
    for (size_t i = 0; i < *n; i++)
        (*nearest)[i] = found->index[i * found->k];
    return *nearest;
}

/* ---- A set's memory ---- */

struct set_memory *set_memory_create(void) { return allocate(1, sizeof(struct set_memory)); }

void set_memory_free(struct set_memory *m)
{
    if (m) {
        neighbours_release(&m->own);
        neighbours_release(&m->training);
        free(m->nearest_training);
    }
    free(m);
}
