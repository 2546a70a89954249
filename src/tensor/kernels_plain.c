/* SPDX-License-Identifier: MIT */
/* The Makefile compiles this file for its level's instructions. */
#define LEVEL plain
#include "kernels_body.h"
