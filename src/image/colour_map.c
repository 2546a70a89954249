/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <math.h>
#include <string.h>

/* The stops were placed in OKLCH (Ottosson 2020) at evenly spaced lightness L* and a slowly turning
 * hue, with the chroma lowered to what sRGB holds. No map needs red and green told apart. */
/* clang-format off: half a map a line */
const colour_map colour_maps[] = {
    {"blue-orange",
     MAP_DIVERGING,
     "blue below 0, white at 0, orange above",
     9,
     {{51, 135, 253},
      {98, 168, 254},
      {148, 198, 254},
      {200, 228, 255},
      {255, 255, 255},
      {255, 219, 179},
      {249, 181, 115},
      {241, 140, 44},
      {214, 108, 7}}},
    {"blue-red",
     MAP_DIVERGING,
     "blue below 0, white at 0, red above",
     9,
     {{51, 135, 253},
      {98, 168, 254},
      {148, 198, 254},
      {200, 228, 255},
      {255, 255, 255},
      {254, 216, 209},
      {254, 174, 165},
      {253, 127, 119},
      {242, 78, 80}}},
    {"purple-olive",
     MAP_DIVERGING,
     "purple below 0, white at 0, olive above",
     9,
     {{178, 102, 235},
      {197, 141, 247},
      {217, 179, 255},
      {234, 218, 255},
      {255, 255, 255},
      {222, 229, 178},
      {190, 201, 112},
      {158, 174, 23},
      {128, 145, 7}}},
    {"forest",
     MAP_SEQUENTIAL,
     "white over green to dark green",
     6,
     {{255, 255, 255}, {148, 226, 160}, {73, 184, 108}, {33, 139, 69}, {13, 94, 43}, {28, 49, 25}}},
    {"hot",
     MAP_SEQUENTIAL,
     "black over red and orange to white",
     6,
     {{0, 0, 0}, {104, 0, 7}, {192, 0, 0}, {232, 109, 0}, {254, 186, 48}, {255, 255, 255}}},
    {"cool",
     MAP_SEQUENTIAL,
     "near white over cyan to dark blue",
     6,
     {{250, 250, 250}, {162, 210, 215}, {60, 165, 188}, {0, 116, 162}, {1, 64, 134}, {13, 24, 65}}},
    {"lagoon",
     MAP_SEQUENTIAL,
     "dark violet over teal to yellow",
     6,
     {{52, 18, 81}, {70, 57, 145}, {0, 116, 163}, {22, 168, 141}, {142, 210, 100}, {251, 237, 38}}},
    {"grey", MAP_SEQUENTIAL, "black to white", 2, {{0, 0, 0}, {255, 255, 255}}},
    {0},
};
/* clang-format on */

enum { N_MAPS = sizeof colour_maps / sizeof *colour_maps - 1 };

const colour_map *colour_map_at(size_t i) { return i < N_MAPS ? &colour_maps[i] : NULL; }

const colour_map *colour_map_find(const char *name)
{
    for (size_t i = 0; i < N_MAPS; i++)
        if (strcmp(colour_maps[i].name, name) == 0)
            return &colour_maps[i];
    return NULL;
}

/* Round(a + (b - a) * part / whole) for 0 <= part < whole. */
static uint8_t between(uint8_t a, uint8_t b, int part, int whole)
{
    return (uint8_t)((a * (whole - part) + b * part + whole / 2) / whole);
}

/* Level 0..top; integers only, so that it is the same colour on every machine. */
static colour level_colour(const colour_map *m, int level, int top)
{
    int at = level * (m->n_stops - 1), segment = at / top, part = at % top;
    colour a = m->stops[segment], b = m->stops[segment + (part > 0)];
    return RGB(between(a.red, b.red, part, top), between(a.green, b.green, part, top),
               between(a.blue, b.blue, part, top));
}

colour colour_map_colour(const colour_map *m, float t)
{
    if (!isfinite(t))
        return SIGNAL;
    bool is_diverging = m->kind == MAP_DIVERGING;
    float low = is_diverging ? -1.0f : 0.0f, steps = is_diverging ? 127.0f : 255.0f;
    float clipped = t < low ? low : t > 1.0f ? 1.0f : t;
    int level = (int)roundf(clipped * steps);
    return is_diverging ? level_colour(m, level + 127, 254) : level_colour(m, level, 255);
}
