/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Rec. 709 weights in 1/65536, rounded; they sum to 65536, so white is 255. */
uint8_t colour_luma(colour c)
{
    uint32_t sum = 13933u * c.red + 46871u * c.green + 4732u * c.blue;
    return (uint8_t)((sum + 32768u) >> 16);
}

static uint8_t mix_bytes(uint8_t over, uint8_t under, float weight)
{
    float v = (float)over * weight + (float)under * (1.0f - weight);
    return (uint8_t)(v + 0.5f);
}

colour colour_mix(colour over, colour under, float weight)
{
    assert(weight >= 0 && weight <= 1);
    return RGB(mix_bytes(over.red, under.red, weight), mix_bytes(over.green, under.green, weight),
               mix_bytes(over.blue, under.blue, weight));
}

static uint8_t *pixel_at(const picture *p, int x, int y)
{
    return p->data + ((size_t)y * (size_t)p->width + (size_t)x) * (size_t)p->channels;
}

static void put_colour(uint8_t *pixel, int channels, colour c)
{
    pixel[0] = channels == 1 ? colour_luma(c) : c.red;
    if (channels == 3) {
        pixel[1] = c.green;
        pixel[2] = c.blue;
    }
}

int picture_shape_init(picture_shape *s, size_t rows, size_t cols, const char *what, error *e)
{
    if (rows < MIN_PICTURE_SIDE || cols < MIN_PICTURE_SIDE || rows > MAX_PICTURE_SIDE ||
        cols > MAX_PICTURE_SIDE)
        return fail(e, STATUS_BAD_INPUT,
                    "%s: pictures of %zu rows and %zu columns, expected %d to %d of each", what,
                    rows, cols, MIN_PICTURE_SIDE, MAX_PICTURE_SIDE);
    *s = (picture_shape){rows, cols, rows * cols};
    return 0;
}

bool picture_shape_is_same(picture_shape a, picture_shape b)
{
    return a.rows == b.rows && a.cols == b.cols;
}

void picture_init(picture *p, int width, int height, int channels, colour background)
{
    assert(width > 0 && width <= PICTURE_MAX_SIDE && height > 0 && height <= PICTURE_MAX_SIDE);
    assert(channels == 1 || channels == 3);
    *p = (picture){.width = width, .height = height, .channels = channels};
    /* not zeroed: a large figure is written once, not twice */
    p->data = reallocate(NULL, (size_t)width * (size_t)height, (size_t)channels);
    picture_fill(p, (box){0, 0, width, height}, background);
}

void picture_init_grey(picture *p, const uint8_t *grey, int width, int height)
{
    picture_init(p, width, height, 1, BLACK);
    memcpy(p->data, grey, (size_t)width * (size_t)height);
}

void picture_release(picture *p)
{
    free(p->data);
    *p = (picture){0};
}

colour picture_pixel(const picture *p, int x, int y)
{
    assert(x >= 0 && x < p->width && y >= 0 && y < p->height);
    const uint8_t *pixel = pixel_at(p, x, y);
    return p->channels == 1 ? RGB(pixel[0], pixel[0], pixel[0]) : RGB(pixel[0], pixel[1], pixel[2]);
}

void picture_set_pixel(picture *p, int x, int y, colour c)
{
    if (x >= 0 && x < p->width && y >= 0 && y < p->height)
        put_colour(pixel_at(p, x, y), p->channels, c);
}

/* The end of [start, start + length), not past limit; written so that nothing overflows. */
static int clipped_end(int start, int length, int limit)
{
    return length > limit - start ? limit : start + length;
}

void picture_fill(picture *p, box area, colour c)
{
    if (area.x >= p->width || area.y >= p->height)
        return;
    int right = clipped_end(area.x, area.width, p->width), left = area.x > 0 ? area.x : 0;
    int bottom = clipped_end(area.y, area.height, p->height), top = area.y > 0 ? area.y : 0;
    if (left >= right || top >= bottom)
        return;
    uint8_t *first = pixel_at(p, left, top);
    size_t row_size = (size_t)(right - left) * (size_t)p->channels;
    for (int x = left; x < right; x++)
        put_colour(first + (x - left) * p->channels, p->channels, c);
    for (int y = top + 1; y < bottom; y++)
        memcpy(pixel_at(p, left, y), first, row_size);
}

void picture_draw_picture(picture *p, int x, int y, const picture *source, int factor)
{
    assert(factor >= 1 && source != p);
    for (int v = 0; v < source->height; v++)
        for (int u = 0; u < source->width; u++)
            picture_fill(p, (box){x + u * factor, y + v * factor, factor, factor},
                         picture_pixel(source, u, v));
}
