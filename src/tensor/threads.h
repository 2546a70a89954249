/* SPDX-License-Identifier: MIT */
/* How the public functions split their work. */
#ifndef GANLENS_THREADS_H
#define GANLENS_THREADS_H

#include <stdbool.h>
#include <stddef.h>

/* run(thread, context) once on each of the threads 0..threads-1 at the same time, the caller being
 * thread 0; threads <= tensor_threads(). Returns when all are done. Not from inside a team. */
void run_team(size_t threads, void (*run)(size_t thread, void *context), void *context);

/* Into how many parts to cut work of that many elementary steps: 1 when it is small or the caller
 * is itself on one of several threads. */
size_t count_parts(size_t steps, size_t steps_worth_a_thread);

/* n of something from first on. */
typedef struct {
    size_t first, n;
} part;

/* body(p, context) for each of n_parts (of count_parts) parts p of 0..total-1, cut at multiples of
 * unit, each on a thread of its own: which part is whose depends on the numbers alone. */
void for_each_part(size_t total, size_t unit, size_t n_parts,
                   void (*body)(part p, const void *context), const void *context);

#endif
