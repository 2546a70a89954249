/* SPDX-License-Identifier: MIT */
/* What the files of checkpoint share and nobody else needs. */
#ifndef GANLENS_SAFETENSORS_DETAIL_H
#define GANLENS_SAFETENSORS_DETAIL_H

#include "checkpoint.h"

/* Values are copied to and from files as they lie in memory. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors is little-endian: swap the bytes in safetensors_read.c and safetensors_write.c"
#endif

enum {
    LENGTH_BYTES = 8,     /* the u64 before the header */
    MAX_HEADER = 1 << 24, /* 16 MB: the reference allows 100, ours are under 10 kB */
};

/* safetensors_get with a reason that ends the message where the tensor does not fit: "" or
 * " by the generator's spec '...'". */
int tensor_get(float *out, const safetensors *s, const char *name, size_t rank, const size_t *shape,
               const char *by, error *e);

#endif
