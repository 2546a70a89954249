/* SPDX-License-Identifier: MIT */
#include "session.h"

int session_start(voice *v, const common_settings *c, error *e)
{
    bool is_under_make;
    size_t threads = (size_t)common_threads(c, &is_under_make);
    if (is_under_make)
        say(v, "one thread under make -j; --threads N says otherwise");
    if (tensor_init(threads, e))
        return -1;
    detail(v, "%zu threads, kernels for %s, %s", tensor_threads(), tensor_level(),
           tensor_blas_info());
    return 0;
}
