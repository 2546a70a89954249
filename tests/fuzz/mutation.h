/* SPDX-License-Identifier: MIT */
/* What the mutators share: they change what is inside a container and make the container whole
 * again, since a reader refuses a broken one before it looks at anything else. */
#ifndef GANLENS_MUTATION_H
#define GANLENS_MUTATION_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own mutation in place: the new size, at most max_size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
/* What libFuzzer calls, where it is linked, instead of LLVMFuzzerMutate. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* The most a packed stream is unpacked to. */
enum { UNPACKED_MAX = 1 << 16 };

/* zlib's window bits, which choose the wrapper. */
typedef enum { WRAP_ZLIB = 15, WRAP_GZIP = 15 + 16 } wrapper;

/* Unpacks what can be unpacked of the stream to out (UNPACKED_MAX); returns how much. */
size_t unpack(uint8_t *out, const uint8_t *data, size_t size, wrapper w);
/* Packs to out, with the right checksum; returns how much, 0 where max_size is too small. */
size_t pack(uint8_t *out, size_t max_size, const uint8_t *data, size_t size, wrapper w);

/* A number below n from *state, and the next state. */
size_t draw_below(unsigned *state, size_t n);

#endif
