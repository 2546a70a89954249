/* SPDX-License-Identifier: MIT */
/* Panels that show pictures: the sample, one map over it, a strip of small maps. */
#include "panel.h"

#include <math.h>

enum {
    MAP_SIDE = 224,
    SMALL_SIDE = 112,
    BAR_HEIGHT = 14,
    BAR_GAP = 12, /* picture to colour bar, and colour bar to its numbers */
    CELL_GAP = 17,
    MIN_WIDTH = MAP_SIDE + 2,
};

static int largest_factor(size_t cols, int side)
{
    return cols < (size_t)side ? side / (int)cols : 1;
}

/* What decides the colour of a value. */
typedef struct {
    const colour_map *colours;
    double scale;
    float alpha; /* used where there is a picture below */
} shading;

static shading make_shading(const colour_map *colours, double scale, float alpha,
                            const float *values, size_t n)
{
    shading s = {colours ? colours : colour_map_at(0), scale, alpha > 0 ? alpha : 0.5f};
    if (!(scale > 0) || !isfinite(scale))
        s.scale = summarise(values, n).largest;
    return s;
}

/* Clipped before it becomes a float: a value far over the scale is not infinite. */
static colour shade(const shading *s, float value)
{
    if (!isfinite(value))
        return SIGNAL;
    double t = s->scale > 0 ? (double)value / s->scale : 0;
    return colour_map_colour(s->colours, (float)fmin(fmax(t, -1), 1));
}

/* The map, framed; under may be NULL. Its size is cols * factor + 2 by rows * factor + 2. */
static void draw_map(canvas *c, int x, int y, const shading *s, const float *values,
                     const uint8_t *under, size_t rows, size_t cols, int factor)
{
    if (!c->picture)
        return;
    int width = (int)cols, height = (int)rows;
    canvas_frame(c, (box){x, y, width * factor + 2, height * factor + 2}, FRAME);
    for (int i = 0; i < width * height; i++) {
        colour pixel = shade(s, values[i]);
        if (under && isfinite(values[i]))
            pixel = colour_mix(pixel, RGB(under[i], under[i], under[i]), s->alpha);
        canvas_fill(c,
                    (box){x + 1 + i % width * factor, y + 1 + i / width * factor, factor, factor},
                    pixel);
    }
}

/* The bar's colours: over a picture they depend on what is below, so the upper half shows them over
 * white and the lower half over black. */
static void draw_bar_colours(canvas *c, box bar, const shading *s, bool is_over)
{
    double low = s->colours->kind == MAP_DIVERGING ? -1 : 0;
    for (int i = 0; i < bar.width; i++) {
        double t = low + (1 - low) * i / (bar.width - 1);
        colour pure = colour_map_colour(s->colours, (float)t);
        int half = bar.height / 2;
        canvas_fill(c, (box){bar.x + i, bar.y, 1, bar.height - half},
                    is_over ? colour_mix(pure, WHITE, s->alpha) : pure);
        canvas_fill(c, (box){bar.x + i, bar.y + bar.height - half, 1, half},
                    is_over ? colour_mix(pure, BLACK, s->alpha) : pure);
    }
}

/* The colour bar with its numbers; returns the height. */
static int draw_colour_bar(canvas *c, int x, int y, int width, const shading *s, bool is_over)
{
    box frame = {x, y, width, BAR_HEIGHT};
    bool is_signed = s->colours->kind == MAP_DIVERGING;
    if (c->picture)
        draw_bar_colours(c, (box){x + 1, y + 1, width - 2, BAR_HEIGHT - 2}, s, is_over);
    canvas_frame(c, frame, FRAME);
    int ends[3] = {x, x + width / 2, x + width - 1};
    for (int i = 0; i < 3; i++)
        if (i != 1 || is_signed)
            canvas_fill(c, (box){ends[i], y + BAR_HEIGHT, 1, 4}, MUTED);
    int below = y + BAR_HEIGHT + BAR_GAP - 4;
    number_text number;
    canvas_text(c, ends[0], below, is_signed ? number_write(number, -s->scale, true) : "0",
                TEXT_PLAIN, ALIGN_LEFT, INK);
    if (is_signed && s->scale > 0)
        canvas_text(c, ends[1], below, "0", TEXT_PLAIN, ALIGN_CENTRE, INK);
    canvas_text(c, x + width, below, number_write(number, s->scale, is_signed), TEXT_PLAIN,
                ALIGN_RIGHT, INK);
    return BAR_HEIGHT + BAR_GAP - 4 + text_line(TEXT_PLAIN);
}

/* "min -0.2, max +0.3, sum +1.2" and what does not fit the scale. */
static int draw_statistics(canvas *c, int x, int y, int width, const shading *s,
                           const float *values, size_t n)
{
    value_summary v = summarise(values, n);
    bool one_sided = s->colours->kind == MAP_SEQUENTIAL;
    number_text least, greatest, sum;
    text words = {0};
    text_add(&words, "min %s, max %s\nsum %s", number_write(least, v.least, !one_sided),
             number_write(greatest, v.greatest, !one_sided), number_write(sum, v.sum, !one_sided));
    text_add_exceptions(&words, n, count_outside(values, n, s->scale, one_sided), v.n_not_finite);
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}

int width_of_picture_panel(const figure_panel *p)
{
    int width = (int)p->as.picture.cols * largest_factor(p->as.picture.cols, MAP_SIDE) + 2;
    return width > MIN_WIDTH ? width : MIN_WIDTH;
}

int draw_picture_panel(canvas *c, const figure_panel *p, int x, int y, int width)
{
    const picture_panel *v = &p->as.picture;
    int factor = largest_factor(v->cols, MAP_SIDE), bottom = y + (int)v->rows * factor + 2;
    if (c->picture) {
        picture sample = {0};
        picture_init_grey(&sample, v->pixels, (int)v->cols, (int)v->rows);
        canvas_frame(c, (box){x, y, (int)v->cols * factor + 2, bottom - y}, FRAME);
        picture_draw_picture(c->picture, x + 1, y + 1, &sample, factor);
        picture_release(&sample);
    }
    if (v->caption)
        bottom += BAR_GAP;
    return bottom - y + canvas_paragraph(c, x, bottom, width, v->caption, TEXT_PLAIN, MUTED);
}

int width_of_map_panel(const figure_panel *p)
{
    int width = (int)p->as.map.cols * largest_factor(p->as.map.cols, MAP_SIDE) + 2;
    return width > MIN_WIDTH ? width : MIN_WIDTH;
}

int draw_map_panel(canvas *c, const figure_panel *p, int x, int y, int width)
{
    const map_panel *v = &p->as.map;
    size_t n = v->rows * v->cols;
    int factor = largest_factor(v->cols, MAP_SIDE), top = y;
    shading s = make_shading(v->colours, v->scale, v->alpha, v->values, n);
    draw_map(c, x, y, &s, v->values, v->under, v->rows, v->cols, factor);
    y += (int)v->rows * factor + 2 + BAR_GAP;
    y += draw_colour_bar(c, x, y, MIN_WIDTH, &s, v->under) + 2;
    return y - top + draw_statistics(c, x, y, width, &s, v->values, n);
}

/* A cell of a strip is as wide as its map or the longest label. */
static int strip_cell_width(const strip_panel *v)
{
    int widest = (int)v->cols * largest_factor(v->cols, SMALL_SIDE) + 2;
    for (size_t i = 0; i < v->n; i++) {
        int width = text_width(v->labels[i], TEXT_PLAIN);
        widest = width > widest ? width : widest;
    }
    return widest < MAX_CONTENT ? widest : MAX_CONTENT;
}

static int strip_columns(int width, int cell) { return (width + CELL_GAP) / (cell + CELL_GAP); }

int width_of_strip_panel(const figure_panel *p)
{
    int cell = strip_cell_width(&p->as.strip), columns = strip_columns(MAX_CONTENT, cell);
    columns = p->as.strip.n < (size_t)columns ? (int)p->as.strip.n : columns;
    int width = columns * (cell + CELL_GAP) - CELL_GAP;
    return width > MIN_WIDTH ? width : MIN_WIDTH;
}

int draw_strip_panel(canvas *c, const figure_panel *p, int x, int y, int width)
{
    const strip_panel *v = &p->as.strip;
    int factor = largest_factor(v->cols, SMALL_SIDE), top = y, n = (int)v->n;
    int cell_width = strip_cell_width(v), columns = strip_columns(width, cell_width);
    int label_height = text_line(TEXT_PLAIN);
    int cell_height = label_height + (int)v->rows * factor + 2 + CELL_GAP;
    size_t n_values = v->rows * v->cols;
    shading s = make_shading(v->colours, v->scale, v->alpha, v->values, v->n * n_values);
    for (int i = 0; i < n; i++) {
        int left = x + i % columns * (cell_width + CELL_GAP), up = y + i / columns * cell_height;
        canvas_text(c, left, up, v->labels[i], TEXT_PLAIN, ALIGN_LEFT, INK);
        draw_map(c, left, up + label_height, &s, v->values + (size_t)i * n_values, v->under,
                 v->rows, v->cols, factor);
    }
    y += (n + columns - 1) / columns * cell_height;
    int bar_height = draw_colour_bar(c, x, y, MIN_WIDTH, &s, v->under);
    int beside = MIN_WIDTH + CELL_GAP;
    bool has_room = width >= 2 * beside; /* the statistics go to the right of the bar, else below */
    int words_height =
        draw_statistics(c, has_room ? x + beside : x, has_room ? y : y + bar_height + 2,
                        has_room ? width - beside : width, &s, v->values, v->n * n_values);
    if (!has_room)
        return y - top + bar_height + 2 + words_height;
    return y - top + (bar_height > words_height ? bar_height : words_height);
}
