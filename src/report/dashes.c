/* SPDX-License-Identifier: MIT */
#include "canvas.h"

#include <math.h>

static picture_point between(picture_point a, picture_point b, float share)
{
    return (picture_point){a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

/* What of the way from a to b is drawn, `from` pixels having been gone before a. */
static void draw_stretch(canvas *c, picture_point a, picture_point b, float from,
                         const line_look *look)
{
    float length = hypotf(b.x - a.x, b.y - a.y), period = look->on + look->off;
    for (float start = -fmodf(from, period); start < length; start += period) {
        float first = fmaxf(start, 0), end = fminf(start + look->on, length);
        picture_point ends[] = {between(a, b, first / length), between(a, b, end / length)};
        if (end > first)
            canvas_curve(c, ends, 2, look->width, look->ink);
    }
}

void canvas_dashes(canvas *c, const picture_point *points, size_t n, const line_look *look)
{
    float gone = 0;
    if (look->off <= 0 || n < 2) {
        canvas_curve(c, points, n, look->width, look->ink);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        draw_stretch(c, points[i - 1], points[i], gone, look);
        gone += hypotf(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
    }
}
