/* SPDX-License-Identifier: MIT */
/* Pictures drawn in a test's source: '#' is ink, anything else ground. Include after <cmocka.h>. */
#ifndef GANLENS_DRAWN_H
#define GANLENS_DRAWN_H

#include "image.h"
#include <stdlib.h>
#include <string.h>

/* Rows end with a newline and are equally long. */
static inline picture_shape drawn_shape(const char *lines)
{
    picture_shape s = {.cols = strcspn(lines, "\n")};
    s.rows = strlen(lines) / (s.cols + 1);
    s.n = s.rows * s.cols;
    assert_int_equal(strlen(lines), s.rows * (s.cols + 1));
    return s;
}

/* 0 and 1, each pixel `times` as large in both directions, shape->n of them, or mirrored left to
 * right; the caller frees it. */
static inline float *draw_lines(picture_shape *shape, const char *lines, size_t times,
                                bool is_mirrored)
{
    picture_shape s = drawn_shape(lines);
    *shape = (picture_shape){s.rows * times, s.cols * times, s.n * times * times};
    float *x = allocate(shape->n, sizeof *x);
    for (size_t i = 0; i < shape->n; i++) {
        size_t row = i / shape->cols / times, col = i % shape->cols / times;
        col = is_mirrored ? s.cols - 1 - col : col;
        x[i] = lines[row * (s.cols + 1) + col] == '#' ? 1 : 0;
    }
    return x;
}

#endif
