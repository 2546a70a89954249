/* SPDX-License-Identifier: MIT */
/* The Makefile compiles this file for its level's instructions, always without FMA. */
#if defined(__x86_64__)
#define LEVEL avx2
#include "random_body.h"
#endif
