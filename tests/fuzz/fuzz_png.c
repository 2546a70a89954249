/* SPDX-License-Identifier: MIT */
/* Any bytes as a 28 x 28 PNG: refused with a message and no picture, or a grey picture. */
#include "image.h"

#include <stdlib.h>

enum { SIDE = 28 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    picture p = {0};
    error e = {0};
    if (picture_read_grey(&p, data, size, SIDE, SIDE, "fuzz", &e) == 0) {
        if (p.width != SIDE || p.height != SIDE || p.channels != 1)
            abort();
        volatile uint8_t last = p.data[SIDE * SIDE - 1]; /* all of it is there */
        (void)last;
    } else if (p.data || e.status != STATUS_BAD_INPUT || e.message[0] == '\0') {
        abort();
    }
    picture_release(&p);
    return 0;
}
