/* SPDX-License-Identifier: MIT */
/* How the public functions split their work. */
#ifndef GANLENS_THREADS_H
#define GANLENS_THREADS_H

#include <stdbool.h>
#include <stddef.h>

bool is_inside_parallel_for(void);

/* Into how many parts to cut work of that many elementary steps: 1 when it is small or the caller
 * is itself on one of several threads. */
size_t count_parts(size_t steps, size_t steps_worth_a_thread);

/* Part i of n parts of 0..total-1, cut at multiples of unit. */
typedef struct {
    size_t first, n;
} part;
part part_of(size_t total, size_t unit, size_t i, size_t n);

#endif
