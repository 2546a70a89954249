/* SPDX-License-Identifier: MIT */
/* The Makefile compiles this file for its level's instructions, always without FMA. */
#include "kernels.h" /* elsewhere than on x86-64, all there is: ISO C wants a file not empty */
#if defined(__x86_64__)
#define LEVEL avx512
#include "random_body.h"
#endif
