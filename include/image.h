/* SPDX-License-Identifier: MIT */
/* image: pictures in memory, words on them, colours for numbers, PNG files.
 *
 * A picture is bytes: grey (1 channel) or RGB (3). It is drawn on by functions that clip at its
 * edges, so a caller may place things partly outside. Words are set in a bitmap font of this
 * project (src/image/font.c), so the same words give the same pixels on every machine; all
 * arithmetic that decides a pixel is in integers or in single correctly rounded operations.
 *
 *     picture p = {0};
 *     picture_init(&p, 320, 200, 3, WHITE);
 *     picture_draw_text(&p, 160, 8, "d logit / d pixel", TEXT_BOLD, ALIGN_CENTRE, BLACK);
 *     if (picture_save("map.png", &p, NULL, 0, LEVEL_FAST, e)) ...
 *     picture_release(&p);
 */
#ifndef GANLENS_IMAGE_H
#define GANLENS_IMAGE_H

#include "base.h"

/* ---- Colours and pictures ---- */

/* sRGB. On a grey picture a colour is drawn as its luma (Rec. 709 weights). */
typedef struct {
    uint8_t red, green, blue;
} colour;

#define RGB(r, g, b) ((colour){(r), (g), (b)})
#define BLACK RGB(0, 0, 0)
#define WHITE RGB(255, 255, 255)
#define SIGNAL RGB(255, 0, 255) /* a number that is not finite: magenta, in no colour map */

uint8_t colour_luma(colour c);
/* Round(weight * over + (1 - weight) * under), weight in 0..1. */
colour colour_mix(colour over, colour under, float weight);

/* x to the right, y down; positions are signed because things may start outside a picture. Numbers
 * within +-2^29. */
typedef struct {
    int x, y, width, height;
} box;

/* The size of the pictures of a data set, a model, an explanation. */
typedef struct {
    size_t rows, cols, n; /* n = rows * cols */
} picture_shape;

/* Pixels of a picture by rows and columns; both ends are included. */
typedef struct {
    size_t top, left, bottom, right;
} picture_area;

enum { MIN_PICTURE_SIDE = 4, MAX_PICTURE_SIDE = 128 };

/* Refuses (STATUS_BAD_INPUT, after "WHAT: ") sides outside MIN_PICTURE_SIDE..MAX_PICTURE_SIDE. */
int picture_shape_init(picture_shape *s, size_t rows, size_t cols, const char *what, error *e);
bool picture_shape_is_same(picture_shape a, picture_shape b);

enum { PICTURE_MAX_SIDE = 1 << 15 };

/* Zero-initialise; picture_release accepts that. */
typedef struct {
    int width, height, channels; /* 1..PICTURE_MAX_SIDE; 1 grey or 3 RGB */
    uint8_t *data;               /* (height, width, channels), owned */
} picture;

void picture_init(picture *p, int width, int height, int channels, colour background);
/* A grey picture that copies width * height bytes. */
void picture_init_grey(picture *p, const uint8_t *grey, int width, int height);
void picture_release(picture *p);

colour picture_pixel(const picture *p, int x, int y); /* inside only */
void picture_set_pixel(picture *p, int x, int y, colour c);
void picture_fill(picture *p, box area, colour c);

/* Whole numbers are the middles of pixels. Finite, within +-2^20. */
typedef struct {
    float x, y;
} picture_point;

/* The lines between n >= 1 points, width pixels wide with round ends and joints, smoothed. */
void picture_draw_curve(picture *p, const picture_point *points, size_t n, float width, colour c);
/* The area between two curves over the same rising x, mixed in by weight 0..1; a column of pixels
 * is filled from the one to the other, wherever these lie. */
void picture_draw_band(picture *p, const picture_point *one, const picture_point *other, size_t n,
                       colour c, float weight);
/* source (not p itself) with its top left corner at (x, y), every pixel factor x factor large. */
void picture_draw_picture(picture *p, int x, int y, const picture *source, int factor);

/* ---- Words ---- */

/* Capitals are 10 pixels high, small letters 7, tails reach 3 below the line; TITLE is twice that
 * with its diagonals smoothed, BOLD has strokes of two pixels. Words are UTF-8: ASCII 32..126 and
 * the signs listed in font.c; any other character, and every damaged byte, is drawn as a box. A
 * hyphen right before a digit and not after a letter or digit is drawn as a minus sign. */
typedef enum { TEXT_PLAIN, TEXT_BOLD, TEXT_TITLE } text_style;
typedef enum { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT } alignment;

/* Pixels from the first inked column to the last: no space around. */
int text_width(const char *words, text_style style);
/* From the top of the capitals to the end of the tails. */
int text_height(text_style style);
/* The usual distance between the tops of two lines. */
int text_line(text_style style);

/* The box that a line occupies (text_width by text_height): the top of its capitals is at y, its
 * left end, middle or right end at x. */
box text_box(int x, int y, const char *words, text_style style, alignment side);
/* Draws it there; returns that box, also where it is outside p. */
box picture_draw_text(picture *p, int x, int y, const char *words, text_style style, alignment side,
                      colour ink);

/* The number of leading bytes of words to put on a line at most max_width wide: it ends at a
 * space or newline where there is one, else after the last character that fits, but at least one.
 * The next line starts after the spaces (or the one newline) that follow. */
size_t text_fit(const char *words, text_style style, int max_width);

/* ---- Colours for numbers ---- */

typedef enum {
    MAP_DIVERGING,  /* t in -1..1; white at 0, both sides equally light at equal |t| */
    MAP_SEQUENTIAL, /* t in 0..1; lightness rises or falls all the way */
} colour_map_kind;

typedef struct {
    const char *name;
    colour_map_kind kind;
    const char *summary; /* for help */
    int n_stops;
    colour stops[9]; /* at equal distances over the range of t, linear between */
} colour_map;

/* Ended by a row with name NULL; the diverging ones come first. */
extern const colour_map colour_maps[];
/* NULL where there is none of that name. */
const colour_map *colour_map_find(const char *name);
/* The i-th row of the table, NULL past the end; row 0 is the default for signed maps. */
const colour_map *colour_map_at(size_t i);

/* The colour of t. t is clipped to its range and rounded to one of 255 levels -127..127 over 127
 * (diverging) or 256 levels (sequential), each with a colour of its own, so that a pixel can be
 * turned back into its value within half a level. Not finite: SIGNAL. */
colour colour_map_colour(const colour_map *m, float t);

/* ---- PNG ---- */

/* Key: 1..79 printable ASCII characters. Value: UTF-8; stored as tEXt where it is ASCII, else as
 * iTXt. Same picture, notes and level: same bytes; no time is stored. */
typedef struct {
    const char *key, *value;
} picture_note;

/* zlib's level, 0..9, or of drawings, which are flat colour, the matches at the pixel before and in
 * the row above alone. */
enum { LEVEL_DRAWING = -1, LEVEL_FAST = 2, LEVEL_SMALL = 6 };

/* Appends nothing: out is replaced (release with bytes_release). RGB of at most 256 colours is
 * stored as a palette. Fails with STATUS_FAILED. */
int picture_write(bytes *out, const picture *p, const picture_note *notes, size_t n_notes,
                  int level, error *e);
/* The same into a file (base's file_save, not durable). */
int picture_save(const char *path, const picture *p, const picture_note *notes, size_t n_notes,
                 int level, error *e);

/* A PNG of exactly width x height as 8-bit grey: colours by luma (Rec. 709), 16 bits rounded to 8,
 * transparency over black. Any other file: STATUS_BAD_INPUT naming path and found and expected
 * size. p is untouched on failure. */
int picture_load_grey(picture *p, const char *path, int width, int height, error *e);
/* The same from memory; name is for messages. */
int picture_read_grey(picture *p, const void *data, size_t n, int width, int height,
                      const char *name, error *e);

/* The size that a PNG says it has, whatever follows. */
int picture_read_size(size_t *rows, size_t *cols, const void *data, size_t n, const char *name,
                      error *e);

/* The same of any size that gantrain's own pictures have. */
int picture_load_own(picture *p, const char *path, error *e);

/* ---- Animations ---- */

/* A film of grey pictures of one size as APNG, with a still picture, no frame of it, that is shown
 * where animations are not known. Same pictures: same bytes. Open, add n_frames, commit; release
 * (always). Zero-initialise. */
typedef struct {
    atomic_file file;
    uint32_t n_frames, i_frame;
    uint32_t n_chunks; /* of frames, which are numbered */
} animation;

/* Fails as atomic_file_open. */
int animation_open(animation *a, const char *path, const picture *still, uint32_t n_frames,
                   error *e);
/* Shown for that long, below 65,536. */
int animation_add(animation *a, const picture *p, unsigned milliseconds, error *e);
int animation_commit(animation *a, error *e);
void animation_release(animation *a);

/* ---- Grids of samples ---- */

/* n >= 1 grey pictures of one size in rows of `columns`. */
typedef struct {
    const uint8_t *pixels;        /* (n, height * width) */
    size_t n, columns;            /* columns 0: the nearest to a square, at most 32 */
    int width, height;            /* of one picture */
    int factor;                   /* enlargement, 0 is 1 */
    int gap;                      /* between and around the pictures */
    const char *const *labels;    /* n texts under the pictures, or NULL; cells get wide enough */
    const char *const *row_names; /* a text a row, at its left, or NULL */
} picture_grid;

/* Whether it can be drawn, before its pixels are made: STATUS_USAGE where it would be larger than
 * PICTURE_MAX_SIDE. */
int picture_grid_check(const picture_grid *g, error *e);
/* p (zero-initialised) becomes a grey picture, white where no picture is. Fails as the check. */
int picture_grid_draw(picture *p, const picture_grid *g, error *e);

#endif
