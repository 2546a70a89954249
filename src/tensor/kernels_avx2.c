/* SPDX-License-Identifier: MIT */
/* The Makefile compiles this file for its level's instructions. */
#if defined(__x86_64__)
#define LEVEL avx2
#include "kernels_body.h"
#endif
