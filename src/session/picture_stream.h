/* SPDX-License-Identifier: MIT */
/* What picture_files.c does with each of its streams. */
#ifndef GANLENS_PICTURE_STREAM_H
#define GANLENS_PICTURE_STREAM_H

#include "session.h"

/* path may be NULL: then nothing of it is there, now and later. */
void picture_stream_plan(picture_stream *s, const char *path, bool has_classes);
int picture_stream_open(picture_stream *s, pixel_format format, size_t n, picture_shape shape,
                        error *e);
int picture_stream_write(picture_stream *s, const uint8_t *pixels, size_t n, picture_shape shape,
                         size_t class, error *e);
/* The labels first: where the pictures are, their classes are, too. */
int picture_stream_commit(picture_stream *s, error *e);
void picture_stream_release(picture_stream *s);

#endif
