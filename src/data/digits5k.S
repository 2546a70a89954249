/* SPDX-License-Identifier: MIT */
/* The four files of data/digits5k, as they are; paths start at the compiler's working folder, the
 * root of the project. NAME and NAME_size (64 bits) are declared in dataset.c. */
#ifdef __APPLE__
#define SYMBOL(name) _##name
    .section __TEXT,__const
#else
#define SYMBOL(name) name
    .section .rodata
#endif

.macro embed symbol, size, path
    .globl \symbol, \size
    .balign 8
\symbol:
    .incbin "\path"
9:
    .balign 8
\size:
    .quad 9b - \symbol
.endm

embed SYMBOL(digits5k_train_images), SYMBOL(digits5k_train_images_size), data/digits5k/train-images-idx3-ubyte.gz
embed SYMBOL(digits5k_train_labels), SYMBOL(digits5k_train_labels_size), data/digits5k/train-labels-idx1-ubyte.gz
embed SYMBOL(digits5k_test_images), SYMBOL(digits5k_test_images_size), data/digits5k/t10k-images-idx3-ubyte.gz
embed SYMBOL(digits5k_test_labels), SYMBOL(digits5k_test_labels_size), data/digits5k/t10k-labels-idx1-ubyte.gz

#ifdef __ELF__
    .section .note.GNU-stack, "", %progbits
#endif
