/* SPDX-License-Identifier: MIT */
/* Pictures and labels as NumPy saves arrays. */
#include "source.h"
#include <stdlib.h>
#include <string.h>

static const char train_images[] = "train-images.npy", test_images[] = "test-images.npy";

/* ---- Pictures ---- */

/* What is found, for messages: "f4 (10, 784)". */
static void add_found(text *out, const npy_array *a)
{
    text_add(out, "%c%zu (", a->kind, a->item_size);
    for (size_t i = 0; i < a->rank; i++)
        text_add(out, "%s%zu", i ? ", " : "", a->sizes[i]);
    text_add(out, a->rank == 1 ? ",)" : ")");
}

static int fail_array(const npy_array *a, const char *name, const char *expected, error *e)
{
    text found = {0};
    add_found(&found, a);
    fail(e, STATUS_BAD_INPUT, "%s: holds %s, expected %s", name, found.data, expected);
    text_release(&found);
    return -1;
}

/* The side of a square of n pixels; 0 where it is none that can be read. */
static size_t find_side(size_t n)
{
    for (size_t side = MIN_PICTURE_SIDE; side <= MAX_PICTURE_SIDE; side++)
        if (side * side == n)
            return side;
    return 0;
}

static int read_pictures(image_set *s, const npy_array *a, const char *name, error *e)
{
    size_t side = a->rank == 2 ? find_side(a->sizes[1]) : 0;
    bool is_flat = side > 0;
    if (a->kind != 'u' || a->item_size != 1 || (a->rank != 3 && !is_flat))
        return fail_array(a, name, "u1 (n, rows, cols), or u1 (n, side * side) of squares", e);
    if (picture_shape_init(&s->shape, is_flat ? side : a->sizes[1], is_flat ? side : a->sizes[2],
                           name, e) ||
        image_set_allocate(s, a->sizes[0], name, e))
        return -1;
    memcpy(s->pixels, a->data, a->n);
    return 0;
}

/* ---- Labels ---- */

/* Element i as a label, 256 where it is none: below 0, or 256 and more. */
static unsigned label_at(const npy_array *a, size_t i)
{
    const unsigned char *item = a->data + i * a->item_size;
    for (size_t k = 1; k < a->item_size; k++)
        if (item[k] != 0)
            return 256;
    return a->kind == 'i' && a->item_size == 1 && item[0] > 127 ? 256 : item[0];
}

static int read_labels(image_set *s, const npy_array *a, size_t n_classes, const char *name,
                       error *e)
{
    if ((a->kind != 'u' && a->kind != 'i') || a->rank != 1)
        return fail_array(a, name, "integers (n,)", e);
    if (a->n != s->n)
        return fail(e, STATUS_BAD_INPUT, "%s: %zu labels, expected %zu, one for each picture", name,
                    a->n, s->n);
    for (size_t i = 0; i < a->n; i++) {
        unsigned label = label_at(a, i);
        if (label >= n_classes)
            return fail(e, STATUS_BAD_INPUT, "%s: label %zu is not in 0..%zu (--n-classes)", name,
                        i, n_classes - 1);
        s->labels[i] = (uint8_t)label;
    }
    return 0;
}

/* ---- Files ---- */

/* Owned by d from now on. */
static int load_array(dataset *d, npy_array *a, bytes *file, char *path, error *e)
{
    dataset_add_file(d, path);
    if (file_load(file, path, MAX_DATA_BYTES, e))
        return -1;
    return npy_read(a, file->data, file->size, path, e);
}

/* path: owned by d from now on. */
static int load_pictures(dataset *d, image_set *s, char *path, error *e)
{
    npy_array a;
    bytes file = {0};
    int status = load_array(d, &a, &file, path, e) || read_pictures(s, &a, path, e) ? -1 : 0;
    bytes_release(&file);
    return status;
}

static int load_labels(dataset *d, image_set *s, char *path, size_t n_classes, error *e)
{
    npy_array a;
    bytes file = {0};
    int status =
        load_array(d, &a, &file, path, e) || read_labels(s, &a, n_classes, path, e) ? -1 : 0;
    bytes_release(&file);
    return status;
}

/* images: owned by d from now on. */
static int load_part(dataset *d, image_set *s, char *images, size_t n_classes, error *e)
{
    char *labels = label_file_path(images);
    if (load_pictures(d, s, images, e) == 0)
        return load_labels(d, s, labels, n_classes, e);
    free(labels);
    return -1;
}

static int check_same_shape(const dataset *d, const char *test, error *e)
{
    picture_shape found = d->test.shape, expected = d->train.shape;
    if (picture_shape_is_same(found, expected))
        return 0;
    return fail(e, STATUS_BAD_INPUT, "%s: pictures are %zux%zu, expected %zux%zu, as those of %s",
                test, found.rows, found.cols, expected.rows, expected.cols, d->files[0]);
}

static int load(dataset *d, const char *path, size_t n_classes, error *e)
{
    bool has_folder = is_folder(path);
    char *train = has_folder ? join_path(path, train_images) : copy_text(path);
    if (load_part(d, &d->train, train, n_classes, e))
        return -1;
    d->shape = d->train.shape;
    char *test = has_folder ? join_path(path, test_images) : NULL;
    if (test && is_file(test))
        return load_part(d, &d->test, test, n_classes, e) || check_same_shape(d, test, e) ? -1 : 0;
    free(test);
    return 0;
}

static int load_made(dataset *d, const char *path, error *e)
{
    char *labels = label_file_path(path);
    int status = load_pictures(d, &d->train, copy_text(path), e);
    d->shape = d->train.shape;
    if (status == 0 && is_file(labels))
        return load_labels(d, &d->train, labels, MAX_LABELS, e);
    free(labels);
    image_set_drop_labels(&d->train);
    return status;
}

static bool detects(const char *path)
{
    if (!is_folder(path))
        return ends_with(path, ".npy");
    char *file = join_path(path, train_images);
    bool is_found = is_file(file);
    free(file);
    return is_found;
}

static bool detects_made(const char *path) { return !is_folder(path) && ends_with(path, ".npy"); }

const data_source npy_files = {
    .name = "npy",
    .summary = "X.npy of uint8 (n, rows, cols) or (n, side * side) with its labels beside it in "
               "X-labels.npy; or a folder with train-images.npy and train-labels.npy, and "
               "test-images.npy and test-labels.npy where there is a test part.",
    .detects = detects,
    .load = load,
    .made = "X.npy of uint8 (n, rows, cols) or (n, side * side). Labels may be beside it in "
            "X-labels.npy.",
    .detects_made = detects_made,
    .load_made = load_made,
};
