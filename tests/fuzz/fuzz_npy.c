/* SPDX-License-Identifier: MIT */
/* Any bytes as a .npy: refused with a message, or an array that lies in them. */
#include "data.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *file, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *file, size_t n)
{
    npy_array a;
    error e = {0};
    if (npy_read(&a, file, n, "input", &e)) {
        if (e.status != STATUS_BAD_INPUT || e.message[0] == '\0')
            abort();
        return 0;
    }
    size_t n_elements = 1;
    for (size_t i = 0; i < a.rank; i++)
        n_elements *= a.sizes[i];
    if (a.rank > NPY_MAX_RANK || a.n != n_elements || a.data + a.n * a.item_size != file + n)
        abort();
    volatile uint8_t end =
        a.n > 0 ? a.data[a.n * a.item_size - 1] : 0; /* what was promised is there */
    (void)end;
    return 0;
}
