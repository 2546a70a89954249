/* SPDX-License-Identifier: MIT */
/* What limits leave of memory: asked before work begins, where a refusal can still be worded. Fail
 * with STATUS_FAILED, naming the limit, what it is and what is needed. */
#ifndef GANLENS_ROOM_H
#define GANLENS_ROOM_H

#include "base.h"
#include <stdbool.h>
#include <stddef.h>

/* Whether size bytes more can be had for that many threads, and what a small model needs. */
int room_check(size_t size, size_t threads, error *e);

/* Of the thread that is there already: the others have stacks of our size. */
int room_check_stack(error *e);

#endif
