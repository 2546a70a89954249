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

/* ---- F16 ---- */

bool half_is_finite(uint16_t h);
/* Exact, for what is finite. */
float float_from_half(uint16_t h);
/* The nearest, of two the even one; from 65520 on, and for NaN, infinity. */
uint16_t half_from_float(float v);
/* The index of the first of n values of F16 that is not finite, or n. */
size_t halves_find_not_finite(const unsigned char *data, size_t n);
void floats_from_halves(float *out, const unsigned char *data, size_t n);

/* safetensors_get with a reason that ends the message where the tensor does not fit: "" or
 * " by the generator's spec '...'". */
int tensor_get(float *out, const safetensors *s, const char *name, size_t rank, const size_t *shape,
               const char *by, error *e);

#endif
