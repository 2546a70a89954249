/* SPDX-License-Identifier: MIT */
#include "mutation.h"

#include <zlib.h>

size_t unpack(uint8_t *out, const uint8_t *data, size_t size, wrapper w)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data,
                  .avail_in = (uInt)size,
                  .next_out = out,
                  .avail_out = UNPACKED_MAX};
    if (inflateInit2(&z, (int)w) != Z_OK)
        return 0;
    inflate(&z, Z_FINISH);
    inflateEnd(&z);
    return UNPACKED_MAX - z.avail_out;
}

size_t pack(uint8_t *out, size_t max_size, const uint8_t *data, size_t size, wrapper w)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data,
                  .avail_in = (uInt)size,
                  .next_out = out,
                  .avail_out = (uInt)max_size};
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, (int)w, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    int result = deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return result == Z_STREAM_END ? max_size - z.avail_out : 0;
}

/* Knuth's 64-bit linear congruence, whose high bits are the better ones, in 32 bits. */
size_t draw_below(unsigned *state, size_t n)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % n;
}
