/* SPDX-License-Identifier: MIT */
/* Threads and OpenBLAS where a failure is the test's. After cmocka.h. */
#ifndef GANLENS_USE_THREADS_H
#define GANLENS_USE_THREADS_H

#include "tensor.h"

static inline void use_threads(size_t threads)
{
    error e = {0};
    if (tensor_init(threads, &e) || tensor_open_blas(&e))
        fail_msg("%s", e.message);
}

#endif
