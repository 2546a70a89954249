/* SPDX-License-Identifier: MIT */
/* Axes in round numbers, and legends. */
#ifndef GANLENS_AXIS_H
#define GANLENS_AXIS_H

#include "canvas.h"

enum {
    AXIS_GAP = 8, /* axis to its numbers */
    SWATCH = 11,  /* side of a square in a legend */
};

/* The largest of 1, 2, 5 times a power of ten that is at most limit (> 0). */
double nice_step(double limit);
/* The smallest of 1, 2, 5 times a power of ten that is at least n (>= 1): every how many things are
 * named, where one in n has room for its name. */
int64_t nice_count(int64_t n);

/* From first * step to last * step, with a tick at each multiple. */
typedef struct {
    double step;
    int64_t first, last;
    double low, high; /* first * step, last * step */
} axis;

/* The shortest axis in steps of a nice number that holds low..high (finite), with n to 2.5 n of
 * them; where both are equal, a little around them. */
axis axis_make(double low, double high, int n);
/* Where v lies, 0 at low and 1 at high. */
double axis_place(const axis *a, double v);
/* Tick k's number, with as many digits as tell it from its neighbours. Returns out. */
const char *axis_number(number_text out, const axis *a, int64_t k);
/* The widest of its numbers, in pixels. */
int axis_numbers_width(const axis *a);

/* Lines over the plot and their numbers before it, as many as have room. */
void draw_axis_left(canvas *c, const axis *a, box plot);
/* Ticks and numbers under the plot, between left and right. */
void draw_axis_below(canvas *c, const axis *a, box plot, int left, int right);

/* A square, or a thin line where is_line, and what it stands for. */
typedef struct {
    const char *name;
    colour ink;
    bool is_line;
} legend_entry;

/* Entries side by side as far as width goes, then below; returns the height. */
int draw_legend(canvas *c, int x, int y, int width, const legend_entry *entries, size_t n);

/* What stands beside a line's right end. */
typedef struct {
    const char *name;
    line_look look;    /* of the line */
    picture_point end; /* of the line, in pixels; y not finite: it has none */
} end_label;

/* The width that draw_end_labels takes right of a plot. */
int end_labels_width(const end_label *labels, size_t n);
/* The names right of plot, which is n lines of text high or more: in the order of the ends from top
 * to bottom, each as near to its own as the others leave room and led to it; last those without
 * one. Sorts labels. */
void draw_end_labels(canvas *c, box plot, end_label *labels, size_t n);

#endif
