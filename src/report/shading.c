/* SPDX-License-Identifier: MIT */
#include "shading.h"

#include <math.h>

enum { BAR_HEIGHT = 14 };

int enlargement(size_t rows, size_t cols, int side)
{
    long wanted = lround(side / sqrt((double)rows * (double)cols));
    long limit = 2 * side / (long)(rows > cols ? rows : cols);
    wanted = wanted < limit ? wanted : limit;
    return wanted > 1 ? (int)wanted : 1;
}

bool is_map_size(size_t rows, size_t cols)
{
    return rows >= 1 && rows <= MAX_PICTURE_SIDE && cols >= 1 && cols <= MAX_PICTURE_SIDE;
}

shading shading_make(const colour_map *colours, double scale, float alpha, const float *values,
                     size_t n)
{
    shading s = {colours ? colours : colour_map_at(0), scale, alpha > 0 ? alpha : 0.5f};
    if (!(scale > 0) || !isfinite(scale))
        s.scale = summarise(values, n).largest;
    return s;
}

/* Clipped before it becomes a float: a value far over the scale is not infinite. */
colour shading_colour(const shading *s, float value)
{
    if (!isfinite(value))
        return SIGNAL;
    double t = s->scale > 0 ? (double)value / s->scale : 0;
    return colour_map_colour(s->colours, (float)fmin(fmax(t, -1), 1));
}

void draw_shaded(canvas *c, int x, int y, const shading *s, const float *values,
                 const uint8_t *under, size_t rows, size_t cols, int factor)
{
    int width = (int)cols, height = (int)rows;
    picture map = {0};
    if (!c->backend)
        return;
    canvas_frame(c, (box){x, y, width * factor + 2, height * factor + 2}, FRAME);
    picture_init(&map, width, height, 3, WHITE);
    for (int i = 0; i < width * height; i++) {
        colour pixel = shading_colour(s, values[i]);
        if (under && isfinite(values[i]))
            pixel = colour_mix(pixel, RGB(under[i], under[i], under[i]), s->alpha);
        picture_set_pixel(&map, i % width, i / width, pixel);
    }
    canvas_picture(c, x + 1, y + 1, &map, factor);
    picture_release(&map);
}

/* The bar's colours: over a picture they depend on what is below, so the upper half shows them over
 * white and the lower half over black. */
static void draw_bar_colours(canvas *c, box bar, const shading *s, bool is_over)
{
    double low = s->colours->kind == MAP_DIVERGING ? -1 : 0;
    picture colours = {0};
    picture_init(&colours, bar.width, bar.height, 3, WHITE);
    for (int i = 0; i < bar.width; i++) {
        double t = low + (1 - low) * i / (bar.width - 1);
        colour pure = colour_map_colour(s->colours, (float)t);
        int half = bar.height / 2;
        picture_fill(&colours, (box){i, 0, 1, bar.height - half},
                     is_over ? colour_mix(pure, WHITE, s->alpha) : pure);
        picture_fill(&colours, (box){i, bar.height - half, 1, half},
                     is_over ? colour_mix(pure, BLACK, s->alpha) : pure);
    }
    canvas_picture(c, bar.x, bar.y, &colours, 1);
    picture_release(&colours);
}

int draw_colour_bar(canvas *c, int x, int y, int width, const shading *s, bool is_over)
{
    box frame = {x, y, width, BAR_HEIGHT};
    bool is_signed = s->colours->kind == MAP_DIVERGING;
    if (c->backend)
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

int draw_shaded_statistics(canvas *c, int x, int y, int width, const shading *s,
                           const float *values, size_t n)
{
    value_summary v = summarise(values, n);
    bool one_sided = s->colours->kind == MAP_SEQUENTIAL;
    number_text least, greatest, sum;
    text words = {0};
    text_add(&words, "min %s, max %s\nsum %s", number_write(least, v.least, !one_sided),
             number_write(greatest, v.greatest, !one_sided), number_write(sum, v.sum, !one_sided));
    text_add_exceptions(&words, n, count_outside(values, n, s->scale, one_sided), v.n_not_finite,
                        "magenta");
    int height = canvas_paragraph(c, x, y, width, words.data, TEXT_PLAIN, MUTED);
    text_release(&words);
    return height;
}
