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
void image_set_drop_labels(image_set *s);
/* Where picture i was in its source. */
size_t image_set_place(const image_set *s, size_t i);
/* Adds a path to d->files, or d->folders, which owns it from now on. */
void dataset_add_file(dataset *d, char *path);
void dataset_add_folder(dataset *d, char *path);

/* The sum of squared differences of n bytes, at most MAX_PICTURE_SIDE^2. */
uint32_t pixel_distance(const uint8_t *a, const uint8_t *b, size_t n);

/* What rows of data_flaws find; the second finds what the first does, first. */
void find_duplicates(data_check *c);
void find_near_duplicates(data_check *c);

/* Only those of the group stay; none may. groups (n). */
void image_set_keep(image_set *s, const uint8_t *groups, uint8_t group);
/* Leaves out the training pictures with the flaws of c->clean, which is not NULL. */
int dataset_clean(dataset *d, const data_choice *c, error *e);

/* Does to d, which holds all of a source, what c asks for. */
int dataset_choose(dataset *d, const data_choice *c, error *e);

#endif
