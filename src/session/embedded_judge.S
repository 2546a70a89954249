/* SPDX-License-Identifier: MIT */
/* data/judge/judge.safetensors as it is; paths start at the compiler's working folder, the root of
 * the project. It and its size (64 bits) are declared in open_judge.c. */
#ifdef __APPLE__
#define SYMBOL(name) _##name
    .section __TEXT,__const
#else
#define SYMBOL(name) name
    .section .rodata
#endif

    .globl SYMBOL(embedded_judge), SYMBOL(embedded_judge_size)
    .balign 8
SYMBOL(embedded_judge):
    .incbin "data/judge/judge.safetensors"
9:
    .balign 8
SYMBOL(embedded_judge_size):
    .quad 9b - SYMBOL(embedded_judge)

#ifdef __ELF__
    .section .note.GNU-stack, "", %progbits
#endif
