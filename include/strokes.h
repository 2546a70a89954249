/* SPDX-License-Identifier: MIT */
/* strokes: a picture as a person sees it, ink on a ground. Its strokes, loops, gaps and ends have
 * names, by which is said what it looks like, where a map of it lies and what becomes of its ink.
 *
 * Knows pictures alone, and neither networks nor explanations.
 */
#ifndef GANLENS_STROKES_H
#define GANLENS_STROKES_H

#include "image.h"

/* ---- What is seen ---- */

enum { MAX_LOOPS = 2, MAX_GAPS = 4, MAX_ENDS = 4, MAX_PLACES = 64, VAGUE_RANK = 3 };

/* A part of a picture that has a name. */
typedef struct {
    char name[64];   /* with its preposition: "at the top of the loop" */
    size_t rank;     /* 1: a part of a stroke, 2: of the shape or the ground, VAGUE_RANK: a half or
                        all, of which two better ones say more */
    bool is_all;     /* of the picture, the shape or the ground: says little by itself */
    size_t n_pixels; /* in it */
} stroke_place;

/* A patch of pixels, or a tip of a stroke. */
typedef struct {
    size_t n;
    double row, col; /* its centre */
    box area;
} stroke_patch;

/* Directions, as bits: where a pixel sees ink. */
enum { SEES_LEFT = 1, SEES_RIGHT = 2, SEES_UP = 4, SEES_DOWN = 8, SEES_ALL = 15 };

/* Ground inside the box of the ink that sees ink on three sides. */
typedef struct {
    stroke_patch patch;
    unsigned opens_to; /* the one that sees none */
} stroke_gap;

/* A picture as a person sees it: ink on a ground. Zero-initialise. Ink is what is brighter than the
 * level that parts the picture's values best (Otsu 1979), which is kept between a quarter of the
 * range and its half; patches of ink are 8-connected, of the ground 4-connected. */
typedef struct {
    picture_shape shape;
    float low, high; /* the values of ground and of full ink */
    bool is_clear;   /* few patches with an outline; else only ink_share is meant */
    bool is_lengthy; /* lean says something */
    double ink_share;
    double width;      /* of the strokes, in pixels */
    double lean;       /* degrees from upright to the right, within +-90 */
    double elongation; /* spread along over spread across */
    stroke_patch ink;  /* but for the specks */
    size_t n_pieces, n_specks;
    size_t n_loops;                /* patches of ground that ink closes; the ... */
    stroke_patch loops[MAX_LOOPS]; /* ... first two, by rows */
    size_t n_gaps;
    stroke_gap gaps[MAX_GAPS];
    size_t n_ends;               /* free tips of strokes; 0 where there are more than MAX_ENDS */
    stroke_patch ends[MAX_ENDS]; /* row and col alone, as of the next */
    bool has_crossing;           /* strokes meet in one place */
    stroke_patch crossing;
    size_t n_places;
    stroke_place places[MAX_PLACES];
    uint64_t *within; /* (shape.n) bit i: in place i; owned */
} strokes;

/* Fills s, also one that was filled before. x (shape.n), of range low..high; NULL: no picture is
 * known, and places are those of a grid. */
void strokes_find(strokes *s, const float *x, picture_shape shape, float low, float high);
void strokes_release(strokes *s);
/* What it looks like, without a full stop: "one stroke with a closed loop at the top, ..." */
void strokes_describe(text *out, const strokes *s);

/* ---- Where a map lies ---- */

enum { NO_PLACE = MAX_PLACES };

/* Where the weight of a map lies: the centre of its squares, and the smallest place of s (by pixels
 * times rank) that holds at least half of them, or two, with the share there; where that is all of
 * something, also the place in which they lie most densely, if any stands out. A map of zeros:
 * is_zero, the picture's centre and no place. */
typedef struct {
    bool is_zero;
    double row, col, share;
    size_t place, other, peak; /* indices; NO_PLACE: none */
} map_place;

/* map (shape.n). */
map_place find_place(const float *map, const strokes *s);
/* "at the top of the loop and left of the shape", "all over the shape, above all at the top of the
 * loop"; nothing of a map of zeros. */
void strokes_place(text *out, const strokes *s, const map_place *p);

/* ---- What becomes of ink ---- */

/* What becomes of a picture: the ink that comes and that goes, as shares of full ink (all pixels
 * white), and the places of s that hold half of it. */
typedef struct {
    bool is_visible; /* both together are at least 0.5 % of full ink */
    double gained, lost;
    map_place gained_where, lost_where;
} ink_change;

/* from, to (s->shape.n): pictures in the range of s, which names the places. */
ink_change find_change(const float *from, const float *to, const strokes *s);
/* "adds ink at the top of the loop and removes it left of the shape". */
void ink_change_describe(text *out, const strokes *s, const ink_change *c);

#endif
