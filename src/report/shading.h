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
/* The width of a map alone with its frame, or of the colour bar that is longer. */
int map_width(size_t rows, size_t cols);
/* How far it is enlarged in a panel of that width: as in map_width, to half as much again. */
int factor_in(size_t rows, size_t cols, int width);
/* The width that such a map takes of room. */
int grown_map_width(size_t rows, size_t cols, int room);

/* What decides the colour of a value, and what is known of the values. */
typedef struct {
    const colour_map *colours;
    double scale;
    int hidden; /* as in map_panel */
    value_summary values;
    size_t n_below, n_above; /* how many of those that are shown the scale leaves out */
    bool has_gaps;           /* NaN is grey: not known */
} shading;

/* As a map_panel says it: NULL and 0 are the default map and the largest |value|. */
shading shading_make(const colour_map *colours, double scale, int hidden, const float *values,
                     size_t n);
colour shading_colour(const shading *s, float value);

/* A map, and the picture it belongs to as map_panel has it. */
typedef struct {
    const float *values; /* (rows, cols) */
    size_t rows, cols;
    const uint8_t *contour, *under;
    float alpha;
    const picture_area *outline;
} shaded_map;

/* The map, framed. Its size is cols * factor + 2 by rows * factor + 2. */
void draw_shaded(canvas *c, int x, int y, const shading *s, const shaded_map *m, int factor);
/* The colour bar with its numbers; returns the height. */
int draw_colour_bar(canvas *c, int x, int y, int width, const shading *s);
/* "from -0.2 to +0.3", what is hidden, what does not fit the scale, and the caption (or NULL);
 * returns the height. */
int draw_shaded_words(canvas *c, int x, int y, int width, const shading *s, const char *caption);

#endif
