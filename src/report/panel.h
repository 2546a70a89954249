/* SPDX-License-Identifier: MIT */
/* What the files of this module share: the copied panel, and the canvas it is drawn on. */
#ifndef GANLENS_PANEL_H
#define GANLENS_PANEL_H

#include "report.h"

/* ---- Panels ---- */

typedef enum { PANEL_PICTURE, PANEL_MAP, PANEL_STRIP, PANEL_BARS, PANEL_TEXT } panel_kind;

struct figure_panel {
    panel_kind kind;
    bool starts_row;
    const char *title, *subtitle; /* may be NULL */
    union {
        picture_panel picture;
        map_panel map;
        strip_panel strip;
        bars_panel bars;
        text_panel text;
    } as; /* all its pointers lead to blocks in `owned` */
    void **owned;
    size_t n_owned;
};

/* A copy of n bytes, or of a text, that lives as long as the panel; NULL for NULL. */
const void *panel_keep(figure_panel *p, const void *data, size_t n);
const char *panel_keep_text(figure_panel *p, const char *words);
void panel_release(figure_panel *p);

/* ---- The canvas ---- */

#define INK RGB(28, 28, 30)      /* titles and numbers */
#define MUTED RGB(96, 96, 100)   /* everything that explains them */
#define FRAME RGB(186, 186, 190) /* thin lines */
#define FAINT RGB(226, 226, 230) /* grid lines */

enum { MAX_CONTENT = 1560, MARGIN = 40 };

/* With picture NULL nothing is drawn: the same code then only measures. */
typedef struct {
    picture *picture;
    figure *figure; /* notes the text boxes */
} canvas;

/* One line, as picture_draw_text. */
void canvas_text(canvas *c, int x, int y, const char *words, text_style style, alignment side,
                 colour ink);
/* Words wrapped at width from (x, y) down; returns the height used, 0 for NULL or no words. */
int canvas_paragraph(canvas *c, int x, int y, int width, const char *words, text_style style,
                     colour ink);
void canvas_fill(canvas *c, box area, colour ink);
void canvas_frame(canvas *c, box area, colour ink);

/* ---- Drawing of each kind ---- */

/* Each draws the body, without title and subtitle, in width pixels from (x, y) down and returns
 * its height. */
int draw_picture_panel(canvas *c, const figure_panel *p, int x, int y, int width);
int draw_map_panel(canvas *c, const figure_panel *p, int x, int y, int width);
int draw_strip_panel(canvas *c, const figure_panel *p, int x, int y, int width);
int draw_bars_panel(canvas *c, const figure_panel *p, int x, int y, int width);
int draw_text_panel(canvas *c, const figure_panel *p, int x, int y, int width);

/* The width a body wants, at most MAX_CONTENT. */
int width_of_picture_panel(const figure_panel *p);
int width_of_map_panel(const figure_panel *p);
int width_of_strip_panel(const figure_panel *p);
int width_of_bars_panel(const figure_panel *p);
int width_of_text_panel(const figure_panel *p);

/* ---- Numbers ---- */

/* Of the finite values. */
typedef struct {
    double least, greatest, sum, largest; /* largest: of |value|; all 0 where there is none */
    size_t i_least, i_greatest;
    size_t n, n_not_finite;
} value_summary;

value_summary summarise(const float *values, size_t n);
/* How many finite values lie over scale, or under -scale (under 0 where one_sided). */
size_t count_outside(const float *values, size_t n, double scale, bool one_sided);

/* ", 0.3 % over the scale, 2 not finite (magenta)", as far as there are any. */
void text_add_exceptions(text *t, size_t n, size_t n_outside, size_t n_not_finite);

#endif
