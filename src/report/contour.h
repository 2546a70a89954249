/* SPDX-License-Identifier: MIT */
/* Lines over enlarged pictures. In all, (x, y) is the top left corner of pixel (0, 0). */
#ifndef GANLENS_CONTOUR_H
#define GANLENS_CONTOUR_H

#include "canvas.h"

/* Where grey, a picture of the size of ground, crosses the middle of its own range, as lines along
 * the edges of pixels: dark where ground is light, light where it is dark. Nothing of a picture
 * that is nearly flat. */
void draw_contour(canvas *c, int x, int y, const uint8_t *grey, const picture *ground, int factor);
/* A white line around the area and a black one around that: seen on any ground. */
void draw_outline(canvas *c, int x, int y, const picture_area *area, int factor);

#endif
