/* SPDX-License-Identifier: MIT */
/* data: IDX files to a dataset, a dataset to batches.
 *
 * IDX (the format of MNIST): big-endian magic 00 00 08 RANK, RANK 32-bit sizes, unsigned bytes.
 * A folder holds four such files, plain or gzip, under the standard names
 *   train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte
 * (each also with .gz; the plain one wins where both are there).
 */
#ifndef GANLENS_DATA_H
#define GANLENS_DATA_H

#include "base.h"
#include "image.h"
#include "tensor.h"

/* n pictures of one shape, in bytes, and their labels. */
typedef struct {
    uint8_t *pixels; /* (n, shape.n), owned */
    uint8_t *labels; /* (n), owned; NULL: none */
    size_t n;
    picture_shape shape;
} image_set;

/* Zero-initialise; dataset_release accepts that. */
typedef struct {
    image_set train, test;
    picture_shape shape; /* of both */
    uint32_t checksum;   /* CRC-32 of the train pixels, train labels, test pixels, test labels */
    char *files[4];      /* owned paths as opened, in the order above; NULL for the embedded set */
} dataset;

/* Reads folder, or the embedded digits5k where folder is NULL, and checks the four files against
 * each other: magic, sizes, exact length, one shape of pictures that picture_shape_init accepts,
 * images against labels, labels below n_classes. A gzip that inflates to more than its header's
 * sizes say is refused without being inflated further. Failure: STATUS_BAD_INPUT naming file, item,
 * found, expected. */
int dataset_load(dataset *d, const char *folder, size_t n_classes, error *e);
void dataset_release(dataset *d);

/* One IDX file of any rank 1..3 from memory, plain or gzip; sizes past the rank are 1. The caller
 * frees *data. Used by the fuzz target, too. name is for messages. */
int idx_read(uint8_t **data, size_t sizes[3], size_t rank, const void *file, size_t n,
             const char *name, error *e);

/* The order of an epoch without replacement: a permutation of the train set that depends on seed
 * and epoch only. Batch b of an epoch is order[b * B .. b * B + B - 1]; the short rest is dropped.
 */
typedef struct {
    uint32_t *order; /* (n), owned */
    size_t n;
    uint64_t seed, epoch;
    bool is_drawn;
} data_order;

void data_order_init(data_order *o, size_t n, uint64_t seed);
void data_order_release(data_order *o);
/* The B indices of a training step (0-based); the permutation is drawn when the epoch changes. */
const uint32_t *data_order_batch(data_order *o, uint64_t step, size_t batch_size);

/* x (B, shape.n) = pictures index[0..B-1], byte 0 as low and byte 255 as high. */
void image_set_fill(matrix x, const image_set *s, const uint32_t *index, float low, float high);

/* The index of the train picture with the smallest squared distance to x (one row, as floats in
 * low..high), the first where several are equal. */
size_t image_set_nearest(const image_set *s, const float *x, float low, float high);

/* ---- Pictures to files ---- */

/* n pictures as bytes in one file, written in pieces. Zero-initialise. */
typedef enum {
    PIXELS_NPY, /* NumPy 1.0: uint8 (n, shape.n) */
    PIXELS_IDX, /* IDX of rank 3: (n, rows, cols) */
} pixel_format;

/* Writes the header; then n * shape.n bytes go to file by atomic_file_write, which the caller
 * commits and releases. n must be below 2^32. */
int pixel_file_open(atomic_file *file, const char *path, pixel_format format, size_t n,
                    picture_shape shape, error *e);

#endif
