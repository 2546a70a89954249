/* SPDX-License-Identifier: MIT */
/* What the files of this module share: the copied panel, and what is said of its numbers. */
#ifndef GANLENS_PANEL_H
#define GANLENS_PANEL_H

#include "canvas.h"

/* ---- Panels ---- */

typedef struct panel_kind panel_kind;

struct figure_panel {
    const panel_kind *kind;
    bool starts_row;
    const char *title, *subtitle; /* may be NULL */
    const void *body;             /* the kind's struct of report.h */
    void **owned;                 /* body, and the blocks that its pointers lead to */
    size_t n_owned;
};

/* A kind of panel: one object in a file of its own, which also has its figure_add_... */
struct panel_kind {
    size_t size; /* of its struct in report.h */
    /* Makes body, a copy of the caller's struct, point to copies that p owns. */
    void (*keep)(figure_panel *p, void *body);
    int (*width)(const void *body); /* that a body wants, at most MAX_CONTENT */
    /* Draws the body, without title and subtitle, in width pixels from (x, y) down and returns its
     * height. */
    int (*draw)(canvas *c, const void *body, int x, int y, int width);
    /* The width that a body takes of `room`, at least what it wants, where its row has more: maps
     * are enlarged by whole factors, to half as much again. NULL: what it wants. */
    int (*grow)(const void *body, int room);
    bool stretches;  /* takes the width that is left in its row, after those that grow */
    bool is_aligned; /* its body starts on one line with the others of its row */
};

extern const panel_kind PICTURE_PANEL, MAP_PANEL, STRIP_PANEL, BARS_PANEL, CURVE_PANEL, SWEEP_PANEL,
    MATRIX_PANEL, TABLE_PANEL, TREE_PANEL, NETWORK_PANEL, LAYER_PANEL, HISTOGRAM_PANEL, SHEET_PANEL,
    GAUGES_PANEL, COLUMNS_PANEL, PLANE_PANEL, TEXT_PANEL;

/* Appends a copy of body, which is a struct of the kind; returns the panel's index. */
size_t figure_add(figure *f, const panel_kind *kind, const void *body, const char *title,
                  const char *subtitle);

/* The panel releases block from now on; returns it. */
const void *panel_own(figure_panel *p, void *block);
/* A copy of n bytes, of a text, of n texts, that lives as long as the panel; NULL for NULL. */
const void *panel_keep(figure_panel *p, const void *data, size_t n);
const char *panel_keep_text(figure_panel *p, const char *words);
const char *const *panel_keep_texts(figure_panel *p, const char *const *words, size_t n);
void panel_release(figure_panel *p);

/* Names that may be left out. */
typedef char item_name[24];
/* The i-th of names; where names is NULL, i as written into own. */
const char *item_name_at(item_name own, const char *const *names, size_t i);

/* ---- Two sets ---- */

#define FIRST_INK RGB(0, 84, 148) /* dark, */
#define FIRST_PALE RGB(132, 172, 208)
#define SECOND_INK RGB(240, 176, 96) /* light: told apart in grey, too */
#define SECOND_DARK RGB(213, 94, 0)  /* the same, for lines and dots */
#define GOOD_INK RGB(132, 200, 152)
#define GOOD_DARK RGB(24, 128, 64)

/* ---- Numbers ---- */

/* Of the finite values. */
typedef struct {
    double least, greatest, sum, largest; /* largest: of |value|; all 0 where there is none */
    size_t i_least, i_greatest;
    size_t n, n_not_finite;
} value_summary;

/* What is below this share of the largest of values that were computed together is rounding. */
#define FLOOR_SHARE 1e-6

value_summary summarise(const float *values, size_t n);
/* How many finite values lie over scale, or under -scale (under 0 where one_sided). */
size_t count_outside(const float *values, size_t n, double scale, bool one_sided);

/* ", 0.3 % outside the scale, 2 not finite (magenta)", as far as there are any; fate is what became
 * of those that are not finite. */
void text_add_exceptions(text *t, size_t n, size_t n_outside, size_t n_not_finite,
                         const char *fate);

#endif
