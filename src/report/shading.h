/* SPDX-License-Identifier: MIT */
/* Numbers as colours, for the panels that show them so. */
#ifndef GANLENS_SHADING_H
#define GANLENS_SHADING_H

#include "panel.h"

enum {
    MAP_SIDE = 224, /* of a map alone, about */
    BAR_GAP = 12,   /* picture to colour bar, and colour bar to its numbers */
    MIN_MAP_WIDTH = MAP_SIDE + 2,
};

/* How many times a picture of rows x cols is enlarged to show about as much as one of side x side,
 * at most twice as long. */
int enlargement(size_t rows, size_t cols, int side);
bool is_map_size(size_t rows, size_t cols);

/* What decides the colour of a value. */
typedef struct {
    const colour_map *colours;
    double scale;
    float alpha; /* used where there is a picture below */
} shading;

/* As a map_panel says it: NULL, 0 and 0 are the default map, the largest |value| and a half. */
shading shading_make(const colour_map *colours, double scale, float alpha, const float *values,
                     size_t n);
colour shading_colour(const shading *s, float value);

/* The map, framed; under may be NULL. Its size is cols * factor + 2 by rows * factor + 2. */
void draw_shaded(canvas *c, int x, int y, const shading *s, const float *values,
                 const uint8_t *under, size_t rows, size_t cols, int factor);
/* The colour bar with its numbers; returns the height. */
int draw_colour_bar(canvas *c, int x, int y, int width, const shading *s, bool is_over);
/* "min -0.2, max +0.3, sum +1.2" and what does not fit the scale; returns the height. */
int draw_shaded_statistics(canvas *c, int x, int y, int width, const shading *s,
                           const float *values, size_t n);

#endif
