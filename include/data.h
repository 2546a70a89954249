/* SPDX-License-Identifier: MIT */
/* data: files to a dataset, a dataset to batches.
 *
 * A source is a kind of files; the first of the table that knows a path reads it:
 *   idx   a folder of four IDX files, plain or gzip, under the names of MNIST
 *           train-images-idx3-ubyte train-labels-idx1-ubyte
 *           t10k-images-idx3-ubyte t10k-labels-idx1-ubyte
 *         (each also with .gz; the plain one wins where both are there). IDX: big-endian magic
 *         00 00 08 RANK, RANK 32-bit sizes, unsigned bytes.
 *   npy   NumPy's X.npy of uint8 (n, rows, cols), or (n, side * side), with its labels, integers
 *         (n), in X-labels.npy; or a folder with train-images.npy, train-labels.npy and, for the
 *         test part, test-images.npy and test-labels.npy, which may be missing. Of any
 *         X-images.npy the labels are X-labels.npy.
 *   png   a folder with a folder of PNGs for each class: CLASS/NAME.png, or train/CLASS/NAME.png
 *         and, for the test part, test/CLASS/NAME.png. Names that are all numbers are the labels
 *         themselves, others are numbered from 0 on as strcmp sorts them; pictures come by class
 *         and name. Colours become grey as picture_load_grey makes them. Hidden files are no part
 *         of it.
 */
#ifndef GANLENS_DATA_H
#define GANLENS_DATA_H

#include "base.h"
#include "image.h"
#include "tensor.h"

enum { MAX_LABELS = 256 }; /* a label is a byte */

/* n pictures of one shape, in bytes, and their labels. */
typedef struct {
    uint8_t *pixels; /* (n, shape.n), owned */
    uint8_t *labels; /* (n), owned; NULL: none */
    size_t n;
    picture_shape shape;
    uint32_t *places; /* (n), owned: where each was in its source; NULL: at its own index */
} image_set;

/* Zero-initialise; dataset_release accepts that. */
typedef struct {
    image_set train, test;
    picture_shape shape; /* of both */
    uint32_t checksum;   /* CRC-32 of the train pixels, train labels, test pixels, test labels */
    char **files;        /* (n_files), owned paths as opened; NULL for the embedded set */
    size_t n_files;
    char **folders; /* (n_folders), owned: whose entries say which files there are */
    size_t n_folders;
    bool has_picture_files; /* a picture's file is files[its place] */
    char **class_names;     /* (MAX_LABELS), owned: of labels that stand for names; or NULL */
    size_t n_drawn;         /* test pictures that were drawn, as the source has none; or 0 */
    size_t n_cleaned;       /* training pictures left out for their flaws, */
    char *cleaned; /* owned: and which, a line each: name, flaws, what it is like; NULL: none were
                      to go */
} dataset;

/* Whom to call while pictures are compared, with what part of the work is done, 0..1; call NULL:
 * nobody. */
typedef struct {
    void (*call)(void *context, double done);
    void *context;
} compare_watch;

/* What of a source makes a dataset. */
typedef struct {
    size_t n_classes;    /* labels of the source are below this */
    uint64_t seed;       /* of what is drawn: the test part of a source without one, the subset */
    size_t subset;       /* that many of the training pictures; 0: all */
    const char *classes; /* "3,7": pictures of these labels alone; NULL: of all */
    const char *clean;   /* "blank,outlier": training pictures without these flaws; NULL: all */
    compare_watch watch; /* of looking for flaws */
} data_choice;

/* Reads path, or the embedded digits5k where path is NULL, and checks what is there: one shape of
 * pictures that picture_shape_init accepts, a label for each, labels below n_classes, exact
 * lengths. A gzip that inflates to more than its header's sizes say is refused without being
 * inflated further. Then, in this order:
 *   - of a source without a test part a tenth of the pictures, at least one, drawn by the seed,
 *     becomes it;
 *   - pictures of other classes go, from both parts;
 *   - training pictures with the flaws of `clean` go;
 *   - the first `subset` of the training pictures in an order drawn by the seed stay, so that a
 *     larger subset holds a smaller one.
 * What stays keeps its order. Failure: STATUS_BAD_INPUT naming file, item, found, expected; a
 * choice that the pictures do not have: STATUS_USAGE. */
int dataset_load(dataset *d, const char *path, const data_choice *c, error *e);
/* Pictures that were made, of which all are taken as they are: train of d, without labels where
 * none are known, its shape and files. path is what a data_source calls made; labels are below
 * MAX_LABELS. Fails as dataset_load. */
int pictures_load(dataset *d, const char *path, error *e);
/* Whether one of them may be at path. */
bool pictures_are_at(const char *path);
void dataset_release(dataset *d);
/* Copies of n_held pictures of s, which has labels, drawn by the seed, and of the others, all in
 * their order; neither may be none. image_set_release frees what a set owns. */
void image_set_split(image_set *kept, image_set *held, const image_set *s, size_t n_held,
                     uint64_t seed);
void image_set_release(image_set *s);
/* "digits/3/a.png", "picture 17" or "test picture 17": what picture i of a part (train or test) is
 * in its source. */
void dataset_add_name(text *out, const dataset *d, const image_set *part, size_t i);
/* "3", or "0 cat" where the label stands for a name. */
void dataset_add_class(text *out, const dataset *d, uint8_t label);
/* The name a label stands for, or NULL. */
const char *dataset_class_name(const dataset *d, uint8_t label);

/* ---- Flaws ---- */

enum { FLAW_BLANK, FLAW_DUPLICATE, FLAW_NEAR, FLAW_OUTLIER, N_FLAWS };
enum { BLANK_RANGE = 16, NEAR_LEVELS = 8, OUTLIER_DISTANCE = 5 }; /* as data_flaws says them */

/* What is found. Pictures are counted through both parts: the test part's first, then the training
 * part's, which is why a training picture may be a duplicate of a test picture, and never the other
 * way round. Zero-initialise. */
typedef struct {
    const dataset *data; /* borrowed */
    compare_watch watch;
    size_t n;
    uint8_t *flaws;  /* (n), owned: bits 1 << FLAW_... */
    uint32_t *twins; /* (n), owned: the earliest picture that it equals, or the nearest earlier one
                        that it nearly equals; itself where there is none */
    double *distances; /* (n), owned: how far from the mean of its class's training pictures, over
                          the median of theirs, in units of 1.4826 median absolute deviations */
} data_check;

typedef struct {
    const char *name, *summary;
    void (*find)(data_check *c);
} data_flaw;

/* By FLAW_..., ended by a row with name NULL. Each finds all of its kind and no other, on any
 * number of threads the same. */
extern const data_flaw data_flaws[];

/* Finds the flaws of those bits in d, which must stay as it is. */
void data_check_find(data_check *c, const dataset *d, unsigned flaws, compare_watch watch);
void data_check_release(data_check *c);
/* Adds what picture i is called. */
void data_check_add_name(text *out, const data_check *c, size_t i);
/* Adds its flaws, by commas, and after a tab the name of its twin, if it has one. */
void data_check_add_flaws(text *out, const data_check *c, size_t i);
/* The pixels of picture i, of either part, its label, and its place in the source. */
const uint8_t *data_check_pixels(const data_check *c, size_t i);
uint8_t data_check_label(const data_check *c, size_t i);
size_t data_check_place(const data_check *c, size_t i);
bool data_check_is_test(const data_check *c, size_t i);

/* ---- Sources ---- */

/* A kind of files, one file each in src/data. */
typedef struct {
    const char *name, *summary;
    bool (*detects)(const char *path); /* path exists */
    /* Fills train and, where there is one, test, shape and files; d is zeroed, and released by the
     * caller in any case. */
    int (*load)(dataset *d, const char *path, size_t n_classes, error *e);
    /* The same of pictures that were made: what there is to be, whether path may be it (which need
     * not exist), and how it becomes train, its labels NULL where there are none. */
    const char *made;
    bool (*detects_made)(const char *path);
    int (*load_made)(dataset *d, const char *path, error *e);
} data_source;

/* Ended by NULL. */
extern const data_source *const data_sources[];

/* One IDX file of any rank 1..3 from memory, plain or gzip; sizes past the rank are 1. The caller
 * frees *data. Used by the fuzz target, too. name is for messages. */
int idx_read(uint8_t **data, size_t sizes[3], size_t rank, const void *file, size_t n,
             const char *name, error *e);

enum { NPY_MAX_RANK = 4 };

/* What a .npy file holds, by rows. */
typedef struct {
    char kind;        /* of its elements: 'u', 'i', 'f', ... as NumPy's dtype has it */
    size_t item_size; /* bytes of each, 1..16, little-endian */
    size_t rank, sizes[NPY_MAX_RANK];
    size_t n;                  /* elements */
    const unsigned char *data; /* (n * item_size), in the file's block */
} npy_array;

/* A .npy file in memory, of version 1 to 3. Refuses structured and big-endian elements, more than
 * NPY_MAX_RANK dimensions, storage by columns where that differs, and any length but the exact one.
 */
int npy_read(npy_array *a, const void *file, size_t n, const char *name, error *e);

/* The order of an epoch without replacement: a permutation of the train set that depends on seed
 * and epoch only. Batch b of an epoch is order[b * B .. b * B + B - 1]; the short rest is dropped.
 */
typedef struct {
    uint32_t *order; /* (n), owned */
    size_t n;
    uint64_t seed, epoch;
    bool is_drawn;
    struct class_turns *turns; /* owned; NULL: pictures come whatever their classes are */
} data_order;

void data_order_init(data_order *o, size_t n, uint64_t seed);
/* The same of pictures with these labels (n; NULL: all of one class), of which each class that has
 * any is drawn alike: in rounds that have one picture of each, the classes in an order drawn for
 * the round. The pictures of a class come in epochs of their own, each a permutation of them that
 * depends on seed, class and epoch only; a batch begins where the one before it ended. Batches are
 * of at most that many. */
void data_order_init_balanced(data_order *o, const uint8_t *labels, size_t n, uint64_t seed,
                              size_t most);
void data_order_release(data_order *o);
/* The B indices of a training step (0-based), until the next call; what is drawn for an epoch is
 * drawn when it changes. */
const uint32_t *data_order_batch(data_order *o, uint64_t step, size_t batch_size);

/* x (B, shape.n) = pictures index[0..B-1], byte 0 as low and byte 255 as high. */
void image_set_fill(matrix x, const image_set *s, const uint32_t *index, float low, float high);

/* The index of the train picture with the smallest squared distance to x (one row, as floats in
 * low..high), the first where several are equal. */
size_t image_set_nearest(const image_set *s, const float *x, float low, float high);

/* ---- Augmentation ---- */

/* How far pictures are changed at random, each in its own way, before a discriminator sees them:
 * real and generated ones alike, so that it cannot learn the few real ones by heart, nor a
 * generator to draw the changes (Karras et al. 2020, "Training GANs with limited data"; Zhao et al.
 * 2020). All 0: not at all. */
typedef struct {
    uint64_t shift; /* whole pixels, up to, down or up and right or left */
    double rotate;  /* degrees, up to, either way; one half of the pictures are not turned */
    double scale;   /* sizes from 1 / (1 + scale) to 1 + scale times, evenly by their logarithm; one
                       half of the pictures stay as large */
    double noise; /* standard deviation, in the units of the pictures, of N(0, 1) in every pixel */
} augment_settings;

/* One picture's. */
typedef struct {
    float cosine, sine; /* of the angle, over the size */
    float down, right;  /* pixels */
} picture_move;

/* Linear in the picture but for the noise. Zero-initialise; augmentation_release accepts that. */
typedef struct {
    augment_settings set;
    picture_shape shape;
    float black; /* what is around a picture */
    size_t max_rows;
    picture_move *moves; /* (max_rows), owned as what follows */
    float *frames;       /* a thread's: (rows + 2, cols + 2) */
    float *noise;        /* a thread's: (shape.n) */
    rng draws;           /* of all of it */
} augmentation;

void augmentation_init(augmentation *a, augment_settings set, picture_shape shape, float black,
                       size_t max_rows);
void augmentation_release(augmentation *a);
/* Whether it changes anything; else the functions below are not to be called. */
bool augmentation_is_on(const augmentation *a);
/* Draws the changes of that many pictures from r on; those of a picture depend on its row alone. */
void augmentation_draw(augmentation *a, size_t rows, const rng *r);
/* y (rows, shape.n) = x changed as drawn; neither overlaps the other. */
void augmentation_apply(float *y, const augmentation *a, const float *x, size_t rows);
/* dx (n, shape.n): the gradient by x of what has gradient dy by y, for rows first .. first + n - 1
 * of those that were drawn. dx may be dy. */
void augmentation_pull_back(float *dx, const augmentation *a, const float *dy, size_t first,
                            size_t n);

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
/* The same of n labels, a byte each: uint8 (n), IDX of rank 1. */
int label_file_open(atomic_file *file, const char *path, pixel_format format, size_t n, error *e);
/* Where the labels of the pictures in that file go: "x-labels.npy", or MNIST's own name beside
 * MNIST's. The caller frees it. */
char *label_file_path(const char *path);

#endif
