/* SPDX-License-Identifier: MIT */
/* Four IDX files in a folder, as MNIST comes, or built in. */
#include "source.h"
#include <stdlib.h>
#include <string.h>

enum { TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS, N_FILES };

static const char *const standard_names[N_FILES] = {
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
};
static const size_t ranks[N_FILES] = {3, 1, 3, 1};

/* In digits5k.S. */
extern const unsigned char digits5k_train_images[], digits5k_train_labels[], digits5k_test_images[],
    digits5k_test_labels[];
extern const uint64_t digits5k_train_images_size, digits5k_train_labels_size,
    digits5k_test_images_size, digits5k_test_labels_size;

/* One of the four files, read apart from the others. */
typedef struct {
    char *name; /* owned: the path, or the name of the embedded file */
    uint8_t *data;
    size_t sizes[3];
    error e;
    bool is_bad;
} part;

typedef struct {
    part parts[N_FILES];
    const char *folder; /* NULL: embedded */
} loading;

/* ---- One file ---- */

/* The path of the plain file, or else of the .gz; NULL where there is neither. */
static char *find_file(const char *folder, const char *name)
{
    char *path = join_path(folder, name);
    if (is_file(path))
        return path;
    text zipped = {0};
    text_add(&zipped, "%s.gz", path);
    free(path);
    if (is_file(zipped.data))
        return zipped.data;
    text_release(&zipped);
    return NULL;
}

static int fail_missing(const char *folder, const char *name, error *e)
{
    char *path = join_path(folder, name);
    fail(e, STATUS_BAD_INPUT,
         "%s: no such file, nor %s.gz; `make mnist` fetches MNIST into data/mnist", path, name);
    free(path);
    return -1;
}

static int part_read(part *p, size_t rank)
{
    bytes file = {0};
    if (file_load(&file, p->name, MAX_DATA_BYTES, &p->e) != 0)
        return -1;
    int status = idx_read(&p->data, p->sizes, rank, file.data, file.size, p->name, &p->e);
    bytes_release(&file);
    return status;
}

static int part_load(part *p, const char *folder, size_t i)
{
    p->name = find_file(folder, standard_names[i]);
    if (!p->name)
        return fail_missing(folder, standard_names[i], &p->e);
    return part_read(p, ranks[i]);
}

static int part_read_embedded(part *p, size_t i)
{
    const unsigned char *const files[N_FILES] = {digits5k_train_images, digits5k_train_labels,
                                                 digits5k_test_images, digits5k_test_labels};
    const uint64_t file_sizes[N_FILES] = {digits5k_train_images_size, digits5k_train_labels_size,
                                          digits5k_test_images_size, digits5k_test_labels_size};
    text name = {0};
    text_add(&name, "embedded %s", standard_names[i]);
    p->name = name.data;
    return idx_read(&p->data, p->sizes, ranks[i], files[i], (size_t)file_sizes[i], p->name, &p->e);
}

/* A body of parallel_for. */
static void read_part(size_t i, size_t thread, void *context)
{
    loading *l = context;
    part *p = &l->parts[i];
    (void)thread;
    p->is_bad = (l->folder ? part_load(p, l->folder, i) : part_read_embedded(p, i)) != 0;
}

/* ---- The four against each other ---- */

static int check_images(picture_shape *shape, const part *p, error *e)
{
    if (picture_shape_init(shape, p->sizes[1], p->sizes[2], p->name, e) != 0)
        return -1;
    if (p->sizes[0] == 0)
        return fail(e, STATUS_BAD_INPUT, "%s: 0 pictures, expected at least 1", p->name);
    return 0;
}

static int check_same_shape(picture_shape test, picture_shape train, const part parts[N_FILES],
                            error *e)
{
    if (picture_shape_is_same(test, train))
        return 0;
    return fail(e, STATUS_BAD_INPUT, "%s: pictures are %zux%zu, expected %zux%zu, as those of %s",
                parts[TEST_IMAGES].name, test.rows, test.cols, train.rows, train.cols,
                parts[TRAIN_IMAGES].name);
}

static int check_labels(const part *labels, const part *images, size_t n_classes, error *e)
{
    if (labels->sizes[0] != images->sizes[0])
        return fail(e, STATUS_BAD_INPUT, "%s: %zu labels, expected %zu, one for each picture of %s",
                    labels->name, labels->sizes[0], images->sizes[0], images->name);
    for (size_t i = 0; i < labels->sizes[0]; i++)
        if (labels->data[i] >= n_classes)
            return fail(e, STATUS_BAD_INPUT, "%s: label %zu is %d, expected below %zu",
                        labels->name, i, labels->data[i], n_classes);
    return 0;
}

/* *shape: of all pictures. */
static int check_parts(picture_shape *shape, const part parts[N_FILES], size_t n_classes, error *e)
{
    picture_shape test;
    for (size_t i = 0; i < N_FILES; i++) {
        if (parts[i].is_bad) {
            *e = parts[i].e;
            return -1;
        }
    }
    if (check_images(shape, &parts[TRAIN_IMAGES], e) != 0 ||
        check_labels(&parts[TRAIN_LABELS], &parts[TRAIN_IMAGES], n_classes, e) != 0 ||
        check_images(&test, &parts[TEST_IMAGES], e) != 0 ||
        check_labels(&parts[TEST_LABELS], &parts[TEST_IMAGES], n_classes, e) != 0)
        return -1;
    return check_same_shape(test, *shape, parts, e);
}

/* ---- The whole ---- */

/* Takes pixels and labels out of the parts. */
static image_set image_set_of(part *images, part *labels, picture_shape shape)
{
    image_set s = {
        .pixels = images->data, .labels = labels->data, .n = images->sizes[0], .shape = shape};
    images->data = labels->data = NULL;
    return s;
}

static void release_parts(part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(parts[i].name);
        free(parts[i].data);
    }
}

static int load(dataset *d, const char *folder, size_t n_classes, error *e)
{
    loading l = {.folder = folder};
    part *parts = l.parts;
    parallel_for(N_FILES, read_part, &l);
    int status = check_parts(&d->shape, parts, n_classes, e);
    if (status == 0) {
        for (size_t i = 0; folder && i < N_FILES; i++) {
            dataset_add_file(d, parts[i].name);
            parts[i].name = NULL;
        }
        d->train = image_set_of(&parts[TRAIN_IMAGES], &parts[TRAIN_LABELS], d->shape);
        d->test = image_set_of(&parts[TEST_IMAGES], &parts[TEST_LABELS], d->shape);
    }
    release_parts(parts, N_FILES);
    return status;
}

/* ---- Pictures that were made ---- */

static int read_found(part parts[2], picture_shape *shape, error *e)
{
    bool has_labels = is_file(parts[1].name);
    parts[0].is_bad = part_read(&parts[0], 3) != 0;
    parts[1].is_bad = has_labels && part_read(&parts[1], 1) != 0;
    for (size_t i = 0; i < 2; i++)
        if (parts[i].is_bad) {
            *e = parts[i].e;
            return -1;
        }
    if (check_images(shape, &parts[0], e))
        return -1;
    return has_labels ? check_labels(&parts[1], &parts[0], MAX_LABELS, e) : 0;
}

static int load_made(dataset *d, const char *path, error *e)
{
    part parts[2] = {{.name = copy_text(path)}, {.name = label_file_path(path)}};
    int status = read_found(parts, &d->shape, e);
    if (status == 0) {
        for (size_t i = 0; i < 2 && parts[i].data; i++) {
            dataset_add_file(d, parts[i].name);
            parts[i].name = NULL;
        }
        d->train = image_set_of(&parts[0], &parts[1], d->shape);
    }
    release_parts(parts, 2);
    return status;
}

static bool detects(const char *path)
{
    bool is_found = false;
    for (size_t i = 0; i < N_FILES && !is_found; i++) {
        char *file = find_file(path, standard_names[i]);
        is_found = file != NULL;
        free(file);
    }
    return is_found;
}

/* By its first bytes: a header of IDX, or of gzip. */
static bool detects_made(const char *path)
{
    static const unsigned char idx[] = {0, 0}, zipped[] = {0x1f, 0x8b};
    bytes start = {0};
    error ignored = {0};
    if (is_folder(path) || file_load_start(&start, path, 2, &ignored))
        return false;
    bool is_idx =
        start.size == 2 && (memcmp(start.data, idx, 2) == 0 || memcmp(start.data, zipped, 2) == 0);
    bytes_release(&start);
    return is_idx;
}

const data_source idx_folder = {
    .name = "idx",
    .summary = "A folder with the four IDX files of MNIST or the like, plain or .gz.",
    .detects = detects,
    .load = load,
    .made = "One IDX file, plain or .gz. Labels of X-images-idx3-ubyte may be beside it in "
            "X-labels-idx1-ubyte, those of another X.idx in X-labels.idx.",
    .detects_made = detects_made,
    .load_made = load_made,
};
