/* SPDX-License-Identifier: MIT */
/* The files of data/recipes as texts recipe_NAME; paths start at the compiler's working folder, the
 * root of the project. */
#ifdef __APPLE__
#define SYMBOL(name) _##name
    .section __TEXT,__const
#else
#define SYMBOL(name) name
    .section .rodata
#endif

.macro embed symbol, path
    .globl \symbol
\symbol:
    .incbin "\path"
    .byte 0
.endm

#define RECIPE(name, summary) embed SYMBOL(recipe_##name), data/recipes/name.json
#include "recipe_table.h"
embed SYMBOL(recipe_judge), data/recipes/judge.json

#ifdef __ELF__
    .section .note.GNU-stack, "", %progbits
#endif
