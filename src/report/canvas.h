/* SPDX-License-Identifier: MIT */
/* What panels are drawn on: pixels or SVG, or nothing where only sizes are asked for. */
#ifndef GANLENS_CANVAS_H
#define GANLENS_CANVAS_H

#include "report.h"

#define INK RGB(28, 28, 30)      /* titles and numbers */
#define MUTED RGB(96, 96, 100)   /* everything that explains them */
#define FRAME RGB(186, 186, 190) /* thin lines */
#define FAINT RGB(226, 226, 230) /* grid lines */

enum { MAX_CONTENT = 1560, MARGIN = 40 };

/* What a picture file is made by; `out` is the backend's own. Places are pixels of the figure,
 * whole numbers of a point the middles of pixels. */
typedef struct {
    void (*text)(void *out, int x, int y, const char *words, text_style style, alignment side,
                 colour ink);
    void (*fill)(void *out, box area, colour ink);
    void (*curve)(void *out, const picture_point *points, size_t n, float width, colour ink);
    void (*band)(void *out, const picture_point *one, const picture_point *other, size_t n,
                 colour ink, float weight);
    void (*picture)(void *out, int x, int y, const picture *p, int factor);
} canvas_backend;

typedef struct {
    const canvas_backend *backend; /* NULL: nothing is drawn, the same code only measures */
    void *out;
    figure *figure; /* notes the text boxes */
} canvas;

/* out is a picture. */
extern const canvas_backend PIXELS;

/* out is a svg_page: what is drawn is appended to its text. */
typedef struct {
    text *out;
    int status; /* -1 once something failed, as e says */
    error *e;
} svg_page;
extern const canvas_backend SVG;
void svg_begin(svg_page *s, int width, int height, const char *title);
void svg_end(svg_page *s);

/* One line, as picture_draw_text. */
void canvas_text(canvas *c, int x, int y, const char *words, text_style style, alignment side,
                 colour ink);
/* The same, cut to width with "..." at its end where it is longer. */
void canvas_short_text(canvas *c, int x, int y, int width, const char *words, text_style style,
                       alignment side, colour ink);
/* Words wrapped at width from (x, y) down; returns the height used, 0 for NULL or no words. */
int canvas_paragraph(canvas *c, int x, int y, int width, const char *words, text_style style,
                     colour ink);
void canvas_fill(canvas *c, box area, colour ink);
/* The one-pixel border just inside area. */
void canvas_frame(canvas *c, box area, colour ink);
/* As picture_draw_curve and picture_draw_band; n 0 draws nothing. */
void canvas_curve(canvas *c, const picture_point *points, size_t n, float width, colour ink);
/* How a line looks: `on` pixels drawn, `off` left out, in turn; off 0: a full line. */
typedef struct {
    colour ink;
    float width, on, off;
} line_look;
/* The same in dashes. */
void canvas_dashes(canvas *c, const picture_point *points, size_t n, const line_look *look);
void canvas_band(canvas *c, const picture_point *one, const picture_point *other, size_t n,
                 colour ink, float weight);
/* p with its top left corner at (x, y), every pixel factor x factor large. */
void canvas_picture(canvas *c, int x, int y, const picture *p, int factor);

#endif
