/* SPDX-License-Identifier: MIT */
#include "data.h"

#include <assert.h>
#include <stdlib.h>

void data_order_init(data_order *o, size_t n, uint64_t seed)
{
    assert(n >= 1 && n <= UINT32_MAX);
    *o = (data_order){.order = allocate(n, sizeof *o->order), .n = n, .seed = seed};
}

void data_order_release(data_order *o)
{
    free(o->order);
    *o = (data_order){0};
}

const uint32_t *data_order_batch(data_order *o, uint64_t step, size_t batch_size)
{
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
