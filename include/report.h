/* SPDX-License-Identifier: MIT */
/* report: numbers and pictures become one figure.
 *
 * Knows no mathematics: what a number means is said by the caller's titles. A figure is a title
 * and panels, laid out from left to right in rows; everything handed to figure_add_... is COPIED,
 * so the caller's arrays and texts may go away at once.
 *
 *     figure f = {0};
 *     figure_init(&f, "Seed 7", "logit +2.31: D takes the picture for real");
 *     figure_add_picture(&f, &(picture_panel){.title = "Sample", .pixels = x, .rows = 28,
 *                                             .cols = 28});
 *     size_t i = figure_add_map(&f, &(map_panel){.title = "Gradient by the pixels", ...});
 *     figure_new_row(&f);
 *     figure_add_bars(&f, &(bars_panel){...});
 *     picture p = {0};
 *     figure_draw(&p, &f);          the whole figure
 *     figure one = {0};
 *     figure_init_panel(&one, &f, i, "Seed 7"); one panel alone, to be drawn as a figure
 *     text svg = {0};
 *     figure_write_svg(&svg, &f, e); the whole figure, sharp at any size
 *     figure_release(&f);
 *
 * Every panel says its numbers: scale, least, greatest, sum, how many were clipped. Titles that are
 * too long for their panel are wrapped; no text runs into another or out of the picture.
 */
#ifndef GANLENS_REPORT_H
#define GANLENS_REPORT_H

#include "image.h"
#include "tensor.h"

/* ---- Panels ---- */

/* In all panels: title is the bold line above, subtitle the line under it (units: "d logit / d
 * pixel"); both may be NULL. rows x cols is the size of a map, 1..MAX_PICTURE_SIDE each; it is
 * enlarged by a whole factor to a size that can be read. Labels, names and prefixes are not
 * wrapped: short ones, say under 30 characters; where there is no room for one it ends in "...". */

/* A grey picture, enlarged. */
typedef struct {
    const char *title, *subtitle;
    const char *caption;   /* words under it, wrapped; or NULL */
    const uint8_t *pixels; /* (rows, cols) */
    size_t rows, cols;
    const picture_area *outline; /* pixels to draw a line around, or NULL */
} picture_panel;

/* Numbers as colours, with a colour bar, which shows the map's own colours, unmixed. A diverging
 * colour map shows -scale..scale, a sequential one 0..scale. Values over the scale get its end
 * colour and are counted under the map, and a zigzag breaks the bar at that end; values that are
 * not finite are magenta and counted, too. */
typedef struct {
    const char *title, *subtitle;
    const float *values; /* (rows, cols) */
    size_t rows, cols;
    double scale;                /* what full colour stands for; <= 0: the largest |value| */
    const colour_map *colours;   /* NULL: the default diverging map */
    const uint8_t *contour;      /* (rows, cols) grey picture, drawn as a thin line along half its
                                    own range, or NULL */
    const uint8_t *under;        /* (rows, cols) grey picture to show through, or NULL */
    float alpha;                 /* weight of the colour over `under`, in (0, 1]; 0 is 0.5 */
    const picture_area *outline; /* pixels to draw a line around, or NULL */
    int hidden;          /* -1, +1: values of that sign are drawn as 0, which is said; 0: none */
    const char *caption; /* what else the words under it say, or NULL: "scale set to 2" */
} map_panel;

/* n small maps of one scale under one colour bar. Neighbours called "GROUP: NAME" stand by their
 * names under the group's, which begins a row. */
typedef struct {
    const char *title, *subtitle;
    const float *values;       /* (n, rows * cols) */
    const char *const *labels; /* n: "z17  -0.42" */
    size_t n, rows, cols;
    double scale; /* as in map_panel, the largest over all n */
    const colour_map *colours;
    const uint8_t *contour, *under; /* (rows, cols), the same for all; or NULL */
    float alpha;
    const picture_area *outline;
    int hidden;
    const char *caption;
} strip_panel;

/* A signed bar per component, the strongest first: the n_top strongest in rows with name, what
 * stands beside it and value, and, where there are more, all of them as thin bars beside. With
 * parts[1] every bar is two parts that add up, stacked, and a mark at their sum (strength then goes
 * by the sum). */
typedef struct {
    const char *title, *subtitle;
    const float *parts[2];     /* (n) each; parts[1] may be NULL */
    const char *part_names[2]; /* for the legend of two parts */
    size_t n;
    const char *prefix;        /* component i is called prefix + i: "z" gives z0, z1, ... */
    const char *value_name;    /* over the values, or NULL */
    const float *beside;       /* (n): another number of each component, or NULL ... */
    const char *beside_name;   /* ... and what stands over it */
    const float *errors;       /* (n): whiskers of +- this; or NULL */
    size_t n_top;              /* at most 32 */
    bool is_magnitude;         /* nothing is below 0: the axis begins there, numbers have no sign */
    double scale;              /* half the axis, or all; <= 0: what the bars need */
    const colour_map *colours; /* of one part: a diverging map, NULL: the default */
} bars_panel;

/* Values over an abscissa, which is finite and rising. */
typedef struct {
    const float *x, *values; /* (n) */
    size_t n;
} curve_points;

/* What a line is to those beside it. */
typedef enum {
    CURVE_USUAL,
    CURVE_MEASURE, /* what the others are held against: black and thick */
    CURVE_CONTROL, /* what the others should differ from: grey and thin */
} curve_kind;

/* Series over one abscissa, or each over its own, as curves, with axes in round numbers and a
 * legend. A value that is not finite leaves a gap and is counted. Of more than 7 series the first
 * usual ones are coloured, 7 of them or 6 beside a measure, and the others grey; each has its name
 * at its right end (a legend beyond 24), and of the numbers only the range is said. */
typedef struct {
    const char *name;
    const float *values;     /* (n) */
    const float *errors;     /* (n): a band of +- this; NULL: none */
    const float *low, *high; /* (n): a band of an interval of 95 %, NaN: none there; or NULL */
    const float *own_x;      /* (own_n), and so are values and errors; NULL: the panel's */
    size_t own_n;
    curve_points raw; /* what it was smoothed from, drawn thin and pale behind; n 0: nothing */
    size_t colour;    /* its colour is the one of this series, from 1 on; 0: of its own place */
    curve_kind kind;
} curve_series;

typedef struct {
    const char *title, *subtitle;
    const char *x_name, *y_name; /* of the axes; or NULL */
    const float *x;              /* (n), finite, rising; NULL where all series have their own */
    const curve_series *series;
    size_t n, n_series;
    const char *const *x_names; /* (n): of the places, instead of their numbers; or NULL */
} curve_panel;

/* One thing moved along a line while all else stays: pictures at some of its places, a number at
 * all. */
typedef struct {
    const char *name, *note; /* "z17"; a line under it, or NULL */
    const float *places;     /* (n_points), finite, rising */
    const float *values;     /* (n_points): the number there; one that is not finite leaves a gap */
    size_t n_points, now;    /* now: the point at which the thing stands */
    double slope;            /* of values by places at now; not finite: no tangent is drawn */
    double good_from, good_to; /* between them the tangent is good: shaded; equal: nowhere */
    const size_t *shown;       /* (n_shown): the points that have a picture, rising */
    const uint8_t *pixels;     /* (n_shown, rows * cols) */
    size_t n_shown;            /* at least 1 */
} sweep;

/* A row each: the pictures by rising place, under each its number, and beside them the curve of
 * the number with its tangent at now. All rows share both axes. */
typedef struct {
    const char *title, *subtitle;
    const char *x_name, *y_name; /* of places and values; or NULL */
    const char *unit; /* behind each value, such as " %": what has one has no plus; or NULL */
    const sweep *sweeps;
    size_t n, rows, cols;
} sweep_panel;

/* A table of numbers as colours, a cell each: rows down, columns across. Where cells are large
 * enough they say their number. Of few columns whose names have no room each has a number, which
 * stands beside the row of that name, or is said below. */
typedef struct {
    const char *title, *subtitle;
    const float *values;                             /* (rows, cols), at most 1024 each */
    const char *const *row_names, *const *col_names; /* NULL: 0, 1, 2, ... */
    size_t rows, cols;
    double scale; /* as in map_panel */
    const colour_map *colours;
    bool has_gaps; /* NaN is not known: grey, and counted as such */
} matrix_panel;

/* Numbers in columns. Neighbours called "GROUP: NAME" stand by their names under the group's; what
 * is called "share ..." is written in percent. Columns that do not fit side by side go on below;
 * the first 64 are shown. NaN is not known: a dash, which is said. */
typedef struct {
    const char *title, *subtitle;
    const float *values;          /* (rows, cols) */
    const char *const *row_names; /* NULL: 0, 1, 2, ... */
    const char *const *col_names;
    size_t rows, cols;
    size_t max_rows;      /* the first ones that are shown, 0: 64; how many are not is said */
    const float *spreads; /* (rows, cols): +- that far, behind the number; NaN: none; or NULL */
    const bool *are_bold; /* (rows, cols); or NULL */
    size_t line_above;    /* a thin line parts the rows before this one from it; 0: none */
    const char *caption;  /* words under it, wrapped; or NULL */
} table_panel;

/* A binary tree, from its root on the left to its leaves on the right; at most 12 splits deep. */
typedef struct {
    const char *split;  /* "z17 < -0.42"; NULL: a leaf */
    size_t children[2]; /* nodes behind this one: where the split holds (drawn above), where not */
    float value;        /* of a leaf */
    const char *note;   /* beside the value: "120 of 400"; or NULL */
    bool is_marked;     /* on the way of this z: bold, as are the lines between such */
} tree_node;

typedef struct {
    const char *title, *subtitle;
    const tree_node *nodes; /* n, the root first */
    size_t n;
    double scale;              /* of the leaves' colours, as in map_panel */
    const colour_map *colours; /* NULL: the default diverging map */
} tree_panel;

/* The layers of a network as columns of units from left to right, coloured by their values, and
 * lines between units of neighbouring columns. */
typedef struct {
    const char *name, *note;   /* over and under it */
    const float *values;       /* (n): full colour is the column's own largest |value| */
    const char *const *labels; /* (n): beside units, NULL for those without; or NULL */
    size_t n;
    const uint8_t *pixels; /* (rows, cols), drawn instead of n = parts * parts units, which are its
                              parts, by rows; NULL: none */
    size_t rows, cols, parts;
} network_column;

typedef struct {
    size_t column, from, to; /* from that column's unit to one of the next column */
    float weight;            /* its sign is the colour; full width is the largest |weight| of the
                                lines beside it */
} network_line;

typedef struct {
    const char *title, *subtitle;
    const network_column *columns; /* n, at least 1 */
    const network_line *lines;
    size_t n, n_lines;
    const char *caption;       /* words under it; or NULL */
    const colour_map *colours; /* a diverging map; NULL: the default */
} network_panel;

/* How many units of a layer have which value, the n_top strongest named. */
typedef struct {
    const char *title, *subtitle;
    const float *values; /* (n) */
    size_t n;
    const char *prefix; /* unit i is called prefix + i */
    size_t n_top;       /* at most 32 */
} layer_panel;

/* Two sets of numbers as histograms of one area over one axis, and where one number stands among
 * them: the first set, if there is one, as an outline, the second filled. A mark outside the axis
 * is an arrow at its end. */
typedef struct {
    const char *name;       /* for the legend */
    const float *quantiles; /* (n) as quantiles_find gives them; of the first: or NULL */
    size_t n;               /* >= 2, each set its own */
} histogram_series;

typedef struct {
    const char *title, *subtitle;
    histogram_series series[2];
    double band[2];        /* shaded from the first to the second */
    const char *band_name; /* NULL: there is no band */
    double mark;
    const char *mark_name; /* "seed 7": the number stands behind it */
    const char *caption;   /* words under it, wrapped; or NULL */
} histogram_panel;

/* Many small grey pictures, each with a line under it, "7  -0.42", or close together without. */
typedef struct {
    const char *title, *subtitle;
    const uint8_t *pixels;     /* (n, rows * cols) */
    const char *const *labels; /* n; NULL: none */
    size_t n, rows, cols;
    size_t columns; /* at most; 0: as many as a page has room for */
    int side;       /* of a picture, about; 0: 84 */
} sheet_panel;

/* A number with its interval on a track of its own, a mark to hold it against, and a bar between
 * the two: the shorter, the nearer. NaN: there is none. */
typedef struct {
    const char *heading;                  /* a bold line above, which begins a group; or NULL */
    const char *name;                     /* before the track, */
    const char *value_words, *mark_words; /* and these numbers beside it; or NULL */
    const char *note;                     /* behind all, or NULL */
    double value, low, high;
    double mark, mark_low, mark_high;
    double from, to; /* ends of the track, from < to; what lies outside is drawn at its end */
    bool is_good;    /* drawn in the colour of what is good */
} gauge;

typedef struct {
    const char *title, *subtitle;
    const char *value_name, *good_name, *mark_name; /* for the legend; NULL: not in it */
    const gauge *gauges;
    size_t n;
} gauges_panel;

/* Numbers of n named things as columns from 0 up, those of a thing side by side; what is not finite
 * is left out. */
typedef struct {
    const char *name;        /* for the legend, or NULL */
    const float *values;     /* (n) */
    const float *low, *high; /* (n) each: whiskers; or NULL */
} column_series;

typedef struct {
    const char *title, *subtitle;
    const char *const *names; /* n; NULL: 0, 1, 2, ... */
    const column_series *series;
    size_t n, n_series; /* n at most 390, n_series at most 2 */
    struct {
        size_t i;         /* that thing's column of the last series is drawn in its own colour: */
        const char *name; /* for the legend; NULL: none */
    } marked[2];          /* the best, the worst */
    double line;          /* a line across at that number; NaN: none */
    const char *line_name;
} columns_panel;

/* Things that have places in a plane: colours and lines by densities, dots, words and small
 * pictures where they lie. Both axes have one scale. */
typedef struct {
    const char *name;   /* for the legend */
    const float *x, *y; /* (n), finite; n 0: no dots */
    size_t n;
    const float *density; /* (rows, cols) of the panel, or NULL: a line where it crosses level */
    double level;
} plane_set;

typedef struct {
    const char *words;
    float x, y;
} plane_mark;

typedef struct {
    const char *title, *subtitle;
    const char *x_name, *y_name;         /* of the axes */
    double x_low, x_high, y_low, y_high; /* the plane: (rows, cols) are spread over it */
    size_t rows, cols;                   /* 2..1024 each; the first row is at y_high */
    const float *values;                 /* (rows, cols): colours, as in map_panel; NULL: none */
    double scale;
    const colour_map *colours;
    const char *caption;     /* what else the words under the colour bar say; or NULL */
    plane_set sets[2];       /* name NULL: there is none */
    const plane_mark *marks; /* (n_marks): where one would stand on another it is left out */
    size_t n_marks;
    const uint8_t *pixels; /* (n_pictures, picture_rows * picture_cols): small ones, as they are */
    const float *picture_x, *picture_y; /* (n_pictures): their middles */
    size_t n_pictures, picture_rows, picture_cols;
} plane_panel;

/* Plain words, wrapped; a newline ends a paragraph. */
typedef struct {
    const char *title;
    const char *words;
} text_panel;

/* ---- Pictures one by one ---- */

/* What a sheet_panel shows, as it is put together. */
typedef struct {
    uint8_t *pixels; /* (room, shape.n), owned */
    char **labels;   /* (room), owned */
    size_t n, room;
    picture_shape shape;
} picture_list;

void picture_list_init(picture_list *l, size_t room, picture_shape shape);
void picture_list_release(picture_list *l);
/* Copies the picture; label is the list's from now on, NULL: no words. At most room. */
void picture_list_add(picture_list *l, const uint8_t *pixels, char *label);

/* ---- Figures ---- */

typedef struct figure_panel figure_panel; /* one of the above, copied: src/report/panel.h */

/* Zero-initialise; figure_release accepts that. */
typedef struct {
    char *title, *lead, *subtitle; /* owned */
    figure_panel *panels;          /* owned */
    size_t n_panels;
    bool borrows;    /* the panels are another figure's */
    bool starts_row; /* the next panel opens a row */
    /* Where the last drawing put each line of text, and how large the picture was: for tests. */
    box *text_boxes; /* owned */
    size_t n_text_boxes;
    int width, height;
} figure;

void figure_init(figure *f, const char *title, const char *subtitle);
/* Words in bold between title and subtitle. */
void figure_set_lead(figure *f, const char *words);
void figure_release(figure *f);
/* f becomes one panel of another figure, which must outlive it, as large as it needs, under a line
 * that says what it belongs to (or NULL). Figures of one may be made and drawn at the same time. */
void figure_init_panel(figure *f, const figure *of, size_t i_panel, const char *header);

/* Each returns the panel's index. */
size_t figure_add_picture(figure *f, const picture_panel *p);
size_t figure_add_map(figure *f, const map_panel *p);
size_t figure_add_strip(figure *f, const strip_panel *p);
size_t figure_add_bars(figure *f, const bars_panel *p);
size_t figure_add_curve(figure *f, const curve_panel *p);
size_t figure_add_sweeps(figure *f, const sweep_panel *p);
size_t figure_add_matrix(figure *f, const matrix_panel *p);
size_t figure_add_table(figure *f, const table_panel *p);
/* Whether a column of that name is of shares, which are written in percent. */
bool table_is_share(const char *name);
size_t figure_add_tree(figure *f, const tree_panel *p);
size_t figure_add_network(figure *f, const network_panel *p);
size_t figure_add_layer(figure *f, const layer_panel *p);
size_t figure_add_histogram(figure *f, const histogram_panel *p);
size_t figure_add_sheet(figure *f, const sheet_panel *p);
/* The pictures of a list, under title and subtitle; columns and side as in sheet_panel. Without
 * labels where its first has none. Nothing where the list is empty. */
void figure_add_pictures(figure *f, const picture_list *l, const char *title, const char *subtitle,
                         size_t columns, int side);
size_t figure_add_gauges(figure *f, const gauges_panel *p);
size_t figure_add_columns(figure *f, const columns_panel *p);
size_t figure_add_plane(figure *f, const plane_panel *p);
size_t figure_add_text(figure *f, const text_panel *p);
/* The next panel starts a row; a row that gets wider than 1640 pixels is broken anyway. */
void figure_new_row(figure *f);

/* p (zero-initialised, or a picture that is replaced) becomes the whole figure, RGB on white. Bars,
 * curves, sweeps and text take the width that is left in their row. What lies below
 * PICTURE_MAX_SIDE is cut off (some hundreds of maps in a strip, a thousand leaves of a tree). */
void figure_draw(picture *p, figure *f);
/* Appends the whole figure as SVG: the same layout, with words as words, lines as lines and maps as
 * embedded PNGs. Fails as picture_write. */
int figure_write_svg(text *out, figure *f, error *e);
/* Whether path names such a file: STATUS_USAGE where it ends in neither .png nor .svg. */
int figure_check_path(const char *path, error *e);
/* The whole figure as SVG where path ends in .svg, else as PNG; the file is there whole or not at
 * all. */
int figure_save(const char *path, figure *f, error *e);

/* ---- Numbers and text ---- */

/* v with three significant digits as figures show it: "0.0123", "1.2e-5", "-3"; "nan", "inf". A
 * plus before positive numbers if with_plus. Returns out. */
typedef char number_text[16];
const char *number_write(number_text out, double v, bool with_plus);
/* The same, but "0" below floor (>= 0) in magnitude: what rounding alone may have left of sums of
 * much larger values. */
const char *number_write_floored(number_text out, double v, double floor, bool with_plus);
/* The same as number_write with 1..8 digits. */
const char *number_write_digits(number_text out, double v, int digits, bool with_plus);

/* Appends words wrapped at `columns` characters, each line after `indent`, with a newline at the
 * end. A newline in words starts a new line; words longer than a line stay whole. */
void text_add_wrapped(text *t, const char *words, size_t columns, const char *indent);
enum { TEXT_COLUMNS = 88 };

#endif
