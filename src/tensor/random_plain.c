/* SPDX-License-Identifier: MIT */
/* The Makefile compiles this file for its level's instructions, always without FMA. */
#define LEVEL plain
#include "random_body.h"
