/* SPDX-License-Identifier: MIT */
/* How blocks get into the state of a SHA-256. */
#ifndef GANLENS_SHA256_DETAIL_H
#define GANLENS_SHA256_DETAIL_H

#include "base.h"

enum { SHA256_BLOCK = 64 };

/* n blocks of SHA256_BLOCK bytes, which need not be aligned. */
typedef void sha256_kernel(uint32_t state[8], const unsigned char *blocks, size_t n);

/* The words that the standard adds, one a round (4.2.2). */
extern const uint32_t sha256_constants[64];

sha256_kernel sha256_blocks_plain;
/* By the instructions that x86 has for it; NULL where this CPU lacks them. */
sha256_kernel *sha256_blocks_ni(void);

/* All that follow go by that kernel: for tests. NULL: the best there is, as from the start. */
void sha256_use(sha256_kernel *kernel);

#endif
