/* SPDX-License-Identifier: MIT */
/* What several metrics need of two sets. */
#include "metrics_detail.h"
#include <assert.h>
#include <stdlib.h>

struct comparison_memory {
    size_t unused;
};

void comparison_init(comparison *c, const judged_set *set, const judged_set *real,
                     const metric_context *context)
{
    assert(set->features.cols == real->features.cols && set->n > 0 && real->n > 0);
    *c = (comparison){set, real, context, allocate(1, sizeof *c->memory)};
}

void comparison_release(comparison *c)
{
    free(c->memory);
    *c = (comparison){0};
}
