/* SPDX-License-Identifier: MIT */
/* A fast zlib stream for drawings: rows that are like the one above, and runs of one colour. */
#ifndef GANLENS_FLAT_DEFLATE_H
#define GANLENS_FLAT_DEFLATE_H

#include "image.h"

/* out (released before) becomes the zlib stream of a PNG's image data: n_rows rows of `stride`
 * bytes, each after a filter byte 0. `pixel` is the size of one, 1 or 3. A drawing needs a third of
 * zlib's time at its fastest and about as many bytes; a photograph gets larger than it is. */
void flat_deflate(bytes *out, const uint8_t *rows, size_t stride, size_t n_rows, size_t pixel);

#endif
