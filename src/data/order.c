/* SPDX-License-Identifier: MIT */
#include "data.h"

#include <assert.h>
#include <stdlib.h>

/* Of classes that are drawn alike. `order` holds the permutation of each class's own pictures, one
 * class after the other, in the places that `members` has them in. */
struct class_turns {
    uint32_t *members; /* (n): pictures by their classes; owned */
    uint32_t *batch;   /* (most); owned */
    size_t most, n_classes;
    uint8_t labels[MAX_LABELS];   /* (n_classes): of classes with pictures, rising */
    size_t first[MAX_LABELS + 1]; /* (n_classes + 1): where the pictures of each begin */
    uint64_t epochs[MAX_LABELS];  /* each is drawn for, plus 1; 0: none */
    uint64_t round;               /* that turn is drawn for, plus 1; 0: none */
    uint32_t turn[MAX_LABELS];    /* (n_classes): their order in that round */
};

void data_order_init(data_order *o, size_t n, uint64_t seed)
{
    assert(n >= 1 && n <= UINT32_MAX);
    *o = (data_order){.order = allocate(n, sizeof *o->order), .n = n, .seed = seed};
}

static void sort_members(struct class_turns *t, const uint8_t *labels, size_t n)
{
    size_t end = 0;
    for (size_t label = 0; label < MAX_LABELS; label++) {
        size_t first = end;
        for (size_t i = 0; i < n; i++)
            if ((labels ? labels[i] : 0) == label)
                t->members[end++] = (uint32_t)i;
        if (end == first)
            continue;
        t->labels[t->n_classes] = (uint8_t)label;
        t->first[t->n_classes++] = first;
    }
    t->first[t->n_classes] = end;
}

void data_order_init_balanced(data_order *o, const uint8_t *labels, size_t n, uint64_t seed,
                              size_t most)
{
    struct class_turns *t = allocate(1, sizeof *t);
    t->members = allocate(n, sizeof *t->members);
    t->batch = allocate(most, sizeof *t->batch);
    t->most = most;
    sort_members(t, labels, n);
    data_order_init(o, n, seed);
    o->turns = t;
}

void data_order_release(data_order *o)
{
    if (o->turns) {
        free(o->turns->members);
        free(o->turns->batch);
    }
    free(o->turns);
    free(o->order);
    *o = (data_order){0};
}

/* ---- Classes drawn alike ---- */

/* Draws of a class are far from those of the others and of the turns. */
static rng draws_of(const data_order *o, uint64_t index, size_t what)
{
    rng r = rng_init(o->seed, rng_stream(STREAM_CLASS_ORDER, index));
    r.position = (uint64_t)what << 48;
    return r;
}

/* Which class has place `place` of a round. */
static size_t class_at(data_order *o, uint64_t round, size_t place)
{
    struct class_turns *t = o->turns;
    if (t->round != round + 1) {
        rng r = draws_of(o, round, MAX_LABELS);
        rng_fill_permutation(&r, t->turn, t->n_classes);
        t->round = round + 1;
    }
    return t->turn[place];
}

/* The picture that the k-th class has in a round. */
static uint32_t picture_of(data_order *o, size_t k, uint64_t round)
{
    struct class_turns *t = o->turns;
    size_t first = t->first[k], n = t->first[k + 1] - first;
    uint64_t epoch = round / n;
    if (t->epochs[k] != epoch + 1) {
        rng r = draws_of(o, epoch, t->labels[k]);
        rng_fill_permutation(&r, o->order + first, n);
        t->epochs[k] = epoch + 1;
    }
    return t->members[first + o->order[first + round % n]];
}

static const uint32_t *balanced_batch(data_order *o, uint64_t step, size_t batch_size)
{
    struct class_turns *t = o->turns;
    assert(batch_size >= 1 && batch_size <= t->most);
    for (size_t i = 0; i < batch_size; i++) {
        uint64_t draw = step * batch_size + i, round = draw / t->n_classes;
        t->batch[i] = picture_of(o, class_at(o, round, draw % t->n_classes), round);
    }
    return t->batch;
}

const uint32_t *data_order_batch(data_order *o, uint64_t step, size_t batch_size)
{
    if (o->turns)
        return balanced_batch(o, step, batch_size);
    assert(batch_size >= 1 && batch_size <= o->n);
    uint64_t batches = o->n / batch_size;
    uint64_t epoch = step / batches;
    if (!o->is_drawn || epoch != o->epoch) {
        rng r = rng_init(o->seed, rng_stream(STREAM_ORDER, epoch));
        rng_fill_permutation(&r, o->order, o->n);
        o->epoch = epoch;
        o->is_drawn = true;
    }
    return o->order + (size_t)(step % batches) * batch_size;
}
