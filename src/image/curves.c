/* SPDX-License-Identifier: MIT */
/* Smooth curves and areas under them. Only correctly rounded operations decide a pixel. */
#include "image.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* How much of each pixel of area is covered, 0..255. */
typedef struct {
    box area;
    uint8_t *covered; /* (height, width), owned */
} coverage;

/* The pixels of p within reach of the points. */
static box reached_area(const picture *p, const picture_point *points, size_t n, float reach)
{
    float left = (float)p->width, right = -1, top = (float)p->height, bottom = -1;
    for (size_t i = 0; i < n; i++) {
        left = fminf(left, points[i].x - reach);
        right = fmaxf(right, points[i].x + reach);
        top = fminf(top, points[i].y - reach);
        bottom = fmaxf(bottom, points[i].y + reach);
    }
    int x = (int)ceilf(fmaxf(left, 0)), y = (int)ceilf(fmaxf(top, 0));
    int last_x = (int)floorf(fminf(right, (float)p->width - 1));
    int last_y = (int)floorf(fminf(bottom, (float)p->height - 1));
    return (box){x, y, last_x - x + 1, last_y - y + 1};
}

static double distance_to_segment(double x, double y, picture_point a, picture_point b)
{
    double dx = (double)b.x - (double)a.x, dy = (double)b.y - (double)a.y;
    double u = x - (double)a.x, v = y - (double)a.y, length = dx * dx + dy * dy;
    double t = length > 0 ? fmin(fmax((u * dx + v * dy) / length, 0), 1) : 0;
    u -= t * dx;
    v -= t * dy;
    return sqrt(u * u + v * v);
}

/* Where lines meet, the better covered one counts: joints are no darker than lines. */
static void cover_segment(coverage *c, const picture *p, const picture_point ends[2], float width)
{
    box near = reached_area(p, ends, 2, width / 2 + 1);
    for (int y = near.y; y < near.y + near.height; y++)
        for (int x = near.x; x < near.x + near.width; x++) {
            double distance = distance_to_segment(x, y, ends[0], ends[1]);
            double part = fmin(fmax((double)width / 2 + 0.5 - distance, 0), 1);
            uint8_t level = (uint8_t)(part * 255 + 0.5);
            uint8_t *pixel = &c->covered[(size_t)(y - c->area.y) * (size_t)c->area.width +
                                         (size_t)(x - c->area.x)];
            *pixel = level > *pixel ? level : *pixel;
        }
}

static void mix_pixel(picture *p, int x, int y, colour c, float weight)
{
    picture_set_pixel(p, x, y, colour_mix(c, picture_pixel(p, x, y), weight));
}

void picture_draw_curve(picture *p, const picture_point *points, size_t n, float width, colour c)
{
    assert(n >= 1 && width > 0);
    coverage s = {.area = reached_area(p, points, n, width / 2 + 1)};
    if (s.area.width <= 0 || s.area.height <= 0)
        return;
    s.covered = allocate((size_t)s.area.width * (size_t)s.area.height, 1);
    for (size_t i = 0; i + 1 < n || i == 0; i++)
        cover_segment(&s, p, (picture_point[]){points[i], points[n > 1 ? i + 1 : i]}, width);
    for (int i = 0; i < s.area.width * s.area.height; i++)
        if (s.covered[i])
            mix_pixel(p, s.area.x + i % s.area.width, s.area.y + i / s.area.width, c,
                      (float)s.covered[i] / 255.0f);
    free(s.covered);
}

/* The y of a curve at x, which is between the points a and b. */
static float height_at(picture_point a, picture_point b, float x)
{
    return b.x > a.x ? a.y + (b.y - a.y) * ((x - a.x) / (b.x - a.x)) : a.y;
}

static void mix_column(picture *p, int x, float from, float to, colour c, float weight)
{
    float top = fmaxf(fminf(from, to), 0), bottom = fminf(fmaxf(from, to), (float)p->height - 1);
    for (int y = (int)ceilf(top); y <= (int)floorf(bottom); y++)
        mix_pixel(p, x, y, c, weight);
}

/* A column belongs to the first pair of points around it, so that none is mixed twice. */
void picture_draw_band(picture *p, const picture_point *one, const picture_point *other, size_t n,
                       colour c, float weight)
{
    int x = n > 0 ? (int)ceilf(fmaxf(one[0].x, 0)) : 0;
    for (size_t i = 0; i + 1 < n; i++)
        for (; x < p->width && (float)x <= one[i + 1].x; x++)
            mix_column(p, x, height_at(one[i], one[i + 1], (float)x),
                       height_at(other[i], other[i + 1], (float)x), c, weight);
}
