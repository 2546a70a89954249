/* SPDX-License-Identifier: MIT */
#include "data.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *file, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *file, size_t n)
{
    for (size_t rank = 1; rank <= 3; rank += 2) { /* labels and images */
        uint8_t *data = NULL;
        size_t sizes[3];
        error e = {0};
        if (idx_read(&data, sizes, rank, file, n, "input", &e) == 0) {
            size_t last = sizes[0] * sizes[1] * sizes[2];
            volatile uint8_t end = last > 0 ? data[last - 1] : 0; /* what was promised is there */
            (void)end;
        } else if (data || e.status != STATUS_BAD_INPUT || e.message[0] == '\0') {
            abort();
        }
        free(data);
    }
    return 0;
}
