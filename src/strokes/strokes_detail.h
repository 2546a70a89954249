/* SPDX-License-Identifier: MIT */
/* How strokes are found: labels of pixels, then places of them. */
#ifndef GANLENS_STROKES_DETAIL_H
#define GANLENS_STROKES_DETAIL_H

#include "strokes.h"

/* What a pixel is. */
enum {
    PIXEL_GROUND,     /* of a patch that touches the picture's border */
    PIXEL_HOLE,       /* of one that ink closes, but too small to be a loop */
    PIXEL_SPECK,      /* ink, too little to be a piece */
    PIXEL_INK,        /* of a piece */
    PIXEL_LOOP,       /* of loop 0; that of loop i has i more */
    PIXEL_NEW = 0xfe, /* ground not looked at yet, and ... */
    PIXEL_NEW_INK,    /* ... ink */
};

/* Distances are in thirds of a pixel. */
enum { DISTANCE_UNIT = 3, DISTANCE_FAR = UINT16_MAX - 4 };

/* Room of one search. */
typedef struct {
    picture_shape shape;
    uint8_t *kind;      /* (n) */
    uint8_t *seen;      /* (n): directions in which there is ink */
    uint16_t *queue;    /* (n): pixels of the last patch */
    uint16_t *distance; /* (n): of the last transform */
    uint16_t *mark;     /* (n) */
} stroke_room;

/* The patch of pixels like the one at start, which become `as`: 4-connected, or 8-connected. */
stroke_patch patch_fill(stroke_room *r, size_t start, uint8_t as, bool is_by_corners);
/* distance becomes that to the nearest 0 in it (chamfer 3-4: Borgefors 1986). */
void distances_spread(stroke_room *r);
/* Fills in ends and crossing of s; distance is that of ink to the ground. More ends than there is
 * room for are none, more crossings than one as well. */
void strokes_find_ends(strokes *s, stroke_room *r);
/* Fills in s->places and s->within; without a picture those of a grid. */
void strokes_mark(strokes *s, stroke_room *r);
void strokes_mark_grid(strokes *s);

#endif
