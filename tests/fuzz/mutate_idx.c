/* SPDX-License-Identifier: MIT */
/* Changes what a gzip file holds, and packs it again with the right length and checksum. */
#include "mutation.h"

#include <string.h>

static uint8_t unpacked[UNPACKED_MAX], packed[UNPACKED_MAX];

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    int is_gzip = size > 2 && data[0] == 0x1f && data[1] == 0x8b;
    if (!is_gzip || draw_below(&seed, 4) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    size_t n = unpack(unpacked, data, size, WRAP_GZIP);
    n = LLVMFuzzerMutate(unpacked, n, UNPACKED_MAX);
    size_t limit = max_size < sizeof packed ? max_size : sizeof packed;
    n = pack(packed, limit, unpacked, n, WRAP_GZIP);
    if (n == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    memcpy(data, packed, n);
    return n;
}
