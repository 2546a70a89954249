/* SPDX-License-Identifier: MIT */
#include "session.h"

int session_start(voice *v, const common_settings *c, bool needs_blas, error *e)
{
    bool is_under_make;
    size_t threads = (size_t)common_threads(c, &is_under_make);
    if (is_under_make)
        say(v, "one thread under make -j; --threads N says otherwise");
    if (tensor_init(threads, e) || (needs_blas && tensor_open_blas(e)))
        return -1;
    detail(v, "%zu threads, kernels for %s%s%s", tensor_threads(), tensor_level(),
           needs_blas ? ", " : "", needs_blas ? tensor_blas_info() : "");
    return 0;
}
