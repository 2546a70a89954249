/* SPDX-License-Identifier: MIT */
/* What the sources of pictures share. */
#ifndef GANLENS_SOURCE_H
#define GANLENS_SOURCE_H

#include "data.h"

enum { MAX_DATA_BYTES = 1 << 30 }; /* of a file, and of all pixels: MNIST has 47 MB */

extern const data_source idx_folder, npy_files, png_folder;

/* Zeroed room for that many pictures of s->shape; more than MAX_DATA_BYTES are refused, naming
 * what. */
int image_set_allocate(image_set *s, size_t n, const char *what, error *e);
void image_set_release(image_set *s);
/* Adds a path to d->files, which owns it from now on. */
void dataset_add_file(dataset *d, char *path);

/* Does to d, which holds all of a source, what c asks for. */
int dataset_choose(dataset *d, const data_choice *c, error *e);

#endif
