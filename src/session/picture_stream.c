/* SPDX-License-Identifier: MIT */
/* A file of pictures, and one of their classes beside it. */
#include "picture_stream.h"

#include "data.h"
#include <stdlib.h>
#include <string.h>

void picture_stream_plan(picture_stream *s, const char *path, bool has_classes)
{
    *s = (picture_stream){.path = path,
                          .labels_path = path && has_classes ? label_file_path(path) : NULL};
}

int picture_stream_open(picture_stream *s, pixel_format format, size_t n, picture_shape shape,
                        error *e)
{
    if (s->path && pixel_file_open(&s->pixels, s->path, format, n, shape, e))
        return -1;
    return s->labels_path ? label_file_open(&s->labels, s->labels_path, format, n, e) : 0;
}

static int write_labels(picture_stream *s, size_t n, size_t class, error *e)
{
    enum { PIECE = 4096 };
    unsigned char labels[PIECE];
    int status = 0;
    memset(labels, (int)class, sizeof labels);
    for (size_t i = 0; !status && i < n; i += PIECE)
        status = atomic_file_write(&s->labels, labels, n - i < PIECE ? n - i : PIECE, e);
    return status;
}

int picture_stream_write(picture_stream *s, const uint8_t *pixels, size_t n, picture_shape shape,
                         size_t class, error *e)
{
    if (s->path && atomic_file_write(&s->pixels, pixels, n * shape.n, e))
        return -1;
    return s->labels_path ? write_labels(s, n, class, e) : 0;
}

int picture_stream_commit(picture_stream *s, error *e)
{
    if (s->labels_path && atomic_file_commit(&s->labels, NOT_DURABLE, e))
        return -1;
    return s->path ? atomic_file_commit(&s->pixels, NOT_DURABLE, e) : 0;
}

void picture_stream_release(picture_stream *s)
{
    atomic_file_release(&s->pixels);
    atomic_file_release(&s->labels);
    free(s->labels_path);
    *s = (picture_stream){0};
}
