/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "source.h"
#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

const data_source *const data_sources[] = {&idx_folder, &npy_files, &png_folder, NULL};

/* ---- Pieces ---- */

int image_set_allocate(image_set *s, size_t n, const char *what, error *e)
{
    size_t n_bytes;
    if (n == 0)
        return fail(e, STATUS_BAD_INPUT, "%s: 0 pictures, expected at least 1", what);
    if (!checked_multiply(&n_bytes, n, s->shape.n) || n_bytes > MAX_DATA_BYTES)
        return fail(e, STATUS_BAD_INPUT, "%s: %zu pictures of %zux%zu, at most %d bytes expected",
                    what, n, s->shape.rows, s->shape.cols, MAX_DATA_BYTES);
    s->n = n;
    s->pixels = reallocate(NULL, n_bytes, 1);
    s->labels = allocate(n, 1);
    return 0;
}

void image_set_release(image_set *s)
{
    free(s->pixels);
    free(s->labels);
    free(s->places);
}

void image_set_drop_labels(image_set *s)
{
    free(s->labels);
    s->labels = NULL;
}

size_t image_set_place(const image_set *s, size_t i) { return s->places ? s->places[i] : i; }

/* Room grows by doubling: whenever the number is a power of two. */
static void add_path(char ***paths, size_t *n, char *path)
{
    if ((*n & (*n - 1)) == 0)
        *paths = reallocate(*paths, *n ? 2 * *n : 1, sizeof **paths);
    (*paths)[(*n)++] = path;
}

static void release_paths(char **paths, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(paths[i]);
    free(paths);
}

void dataset_add_file(dataset *d, char *path) { add_path(&d->files, &d->n_files, path); }

void dataset_add_folder(dataset *d, char *path) { add_path(&d->folders, &d->n_folders, path); }

void dataset_release(dataset *d)
{
    image_set_release(&d->train);
    image_set_release(&d->test);
    release_paths(d->files, d->n_files);
    release_paths(d->folders, d->n_folders);
    for (size_t i = 0; d->class_names && i < MAX_LABELS; i++)
        free(d->class_names[i]);
    free(d->class_names);
    free(d->cleaned);
    *d = (dataset){0};
}

void dataset_add_name(text *out, const dataset *d, const image_set *part, size_t i)
{
    size_t place = image_set_place(part, i);
    if (d->has_picture_files) {
        char *name = copy_text(d->files[place]);
        make_printable(name);
        text_add(out, "%s", name);
        free(name);
    } else
        text_add(out, "%spicture %zu", part == &d->test && d->n_drawn == 0 ? "test " : "", place);
}

const char *dataset_class_name(const dataset *d, uint8_t label)
{
    return d->class_names ? d->class_names[label] : NULL;
}

void dataset_add_class(text *out, const dataset *d, uint8_t label)
{
    const char *name = dataset_class_name(d, label);
    text_add(out, "%d", label);
    if (name)
        text_add(out, " %s", name);
}

/* ---- Checksum ---- */

typedef struct {
    const uint8_t *data[4];
    size_t sizes[4];
    uint32_t checksums[4];
} checksum_parts;

/* A body of parallel_for. */
static void sum_part(size_t i, size_t thread, void *context)
{
    checksum_parts *p = context;
    (void)thread;
    p->checksums[i] = (uint32_t)crc32(0, p->data[i], (uInt)p->sizes[i]); /* at most 1 GB */
}

static uint32_t dataset_checksum(const dataset *d)
{
    const image_set *train = &d->train, *test = &d->test;
    uint32_t checksum = 0;
    checksum_parts p = {
        .data = {train->pixels, train->labels, test->pixels, test->labels},
        .sizes = {train->n * d->shape.n, train->n, test->n * d->shape.n, test->n},
    };
    parallel_for(4, sum_part, &p);
    for (size_t i = 0; i < 4; i++)
        if (p.sizes[i] > 0)
            checksum = (uint32_t)crc32_combine(checksum, p.checksums[i], (z_off_t)p.sizes[i]);
    return checksum;
}

/* ---- The whole ---- */

/* NULL and an error where there is none that knows path. */
static const data_source *find_source(const char *path, error *e)
{
    static const char hint[] = "`make mnist` fetches MNIST into data/mnist";
    if (!is_file(path)) {
        fail(e, STATUS_BAD_INPUT, "%s: no such folder; %s", path, hint);
        return NULL;
    }
    for (const data_source *const *s = data_sources; *s; s++)
        if ((*s)->detects(path))
            return *s;
    if (is_folder(path))
        fail(e, STATUS_BAD_INPUT,
             "%s: no pictures, expected IDX files, train-images.npy or a folder of PNGs for each "
             "class; %s",
             path, hint);
    else
        fail(e, STATUS_BAD_INPUT, "%s: is a file, expected a folder or a .npy; %s", path, hint);
    return NULL;
}

int dataset_load(dataset *d, const char *path, const data_choice *c, error *e)
{
    assert(c->n_classes >= 1);
    *d = (dataset){0};
    const data_source *source = path ? find_source(path, e) : &idx_folder;
    if (!source)
        return -1;
    if (source->load(d, path, c->n_classes, e) || dataset_choose(d, c, e)) {
        dataset_release(d);
        return -1;
    }
    d->checksum = dataset_checksum(d);
    return 0;
}

/* ---- Pictures that were made ---- */

static const data_source *find_made(const char *path)
{
    for (const data_source *const *s = data_sources; *s; s++)
        if ((*s)->detects_made(path))
            return *s;
    return NULL;
}

bool pictures_are_at(const char *path) { return find_made(path) != NULL; }

int pictures_load(dataset *d, const char *path, error *e)
{
    const data_source *source = find_made(path);
    *d = (dataset){0};
    if (!source)
        return fail(e, STATUS_BAD_INPUT, "%s: %s", path,
                    is_file(path) ? "no pictures, expected a folder of PNGs, a .npy or an IDX file"
                                  : "No such file or directory");
    if (source->load_made(d, path, e) == 0)
        return 0;
    dataset_release(d);
    return -1;
}
