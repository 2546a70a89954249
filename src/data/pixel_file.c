/* SPDX-License-Identifier: MIT */
#include "data.h"
#include <assert.h>
#include <string.h>

static void put_big_endian(unsigned char out[4], size_t v)
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (unsigned char)(v >> (24 - 8 * i));
}

/* shape NULL: of labels, a number each. */
static int write_idx_header(atomic_file *f, size_t n, const picture_shape *shape, error *e)
{
    unsigned char header[16] = {0, 0, 8, shape ? 3 : 1};
    put_big_endian(header + 4, n);
    if (shape) {
        put_big_endian(header + 8, shape->rows);
        put_big_endian(header + 12, shape->cols);
    }
    return atomic_file_write(f, header, shape ? 16 : 8, e);
}

/* numpy.lib.format, version 1.0: magic, version, length of the text (2 bytes, little-endian), the
 * text with blanks and a newline up to a multiple of 64. */
static int write_npy_header(atomic_file *f, size_t n, const picture_shape *shape, error *e)
{
    enum { BEFORE_TEXT = 10, ALIGNMENT = 64 };
    static const char magic[] = "\x93NUMPY\x01";
    text t = {0};
    text_add(&t, "{'descr': '|u1', 'fortran_order': False, 'shape': (%zu,", n);
    if (shape)
        text_add(&t, " %zu", shape->n);
    text_add(&t, "), }");
    while ((BEFORE_TEXT + t.length + 1) % ALIGNMENT != 0)
        text_add(&t, " ");
    text_add(&t, "\n");
    unsigned char length[2] = {(unsigned char)(t.length & 0xff), (unsigned char)(t.length >> 8)};
    int status = atomic_file_write(f, magic, sizeof magic, e); /* its NUL is the minor version */
    if (status == 0)
        status = atomic_file_write(f, length, sizeof length, e);
    if (status == 0)
        status = atomic_file_write(f, t.data, t.length, e);
    text_release(&t);
    return status;
}

static int open_file(atomic_file *file, const char *path, pixel_format format, size_t n,
                     const picture_shape *shape, error *e)
{
    assert(n <= UINT32_MAX);
    if (atomic_file_open(file, path, e))
        return -1;
    return format == PIXELS_NPY ? write_npy_header(file, n, shape, e)
                                : write_idx_header(file, n, shape, e);
}

int pixel_file_open(atomic_file *file, const char *path, pixel_format format, size_t n,
                    picture_shape shape, error *e)
{
    return open_file(file, path, format, n, &shape, e);
}

int label_file_open(atomic_file *file, const char *path, pixel_format format, size_t n, error *e)
{
    return open_file(file, path, format, n, NULL, e);
}

/* "x-labels.npy" of "x.npy" and of "x-images.npy": before the end of the name, which begins with
 * its last stop. */
static void add_labels(text *out, const char *name)
{
    const char *stop = strrchr(name, '.');
    size_t n = stop && stop > name ? (size_t)(stop - name) : strlen(name);
    size_t n_images = strlen("-images");
    bool is_of_images = n > n_images && strncmp(name + n - n_images, "-images", n_images) == 0;
    text_add_bytes(out, name, is_of_images ? n - n_images : n);
    text_add(out, "-labels%s", name + n);
}

char *label_file_path(const char *path)
{
    static const char pictures[] = "images-idx3-ubyte";
    const char *name = path_name(path), *found = strstr(name, pictures);
    text out = {0};
    text_add_bytes(&out, path, (size_t)((found ? found : name) - path));
    if (found)
        text_add(&out, "labels-idx1-ubyte%s", found + strlen(pictures));
    else
        add_labels(&out, name);
    return out.data;
}
