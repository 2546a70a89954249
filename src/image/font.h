/* SPDX-License-Identifier: MIT */
/* The bitmap font, for words.c and its test only. */
#ifndef GANLENS_FONT_H
#define GANLENS_FONT_H

#include "base.h"

/* Rows 0..9 hold capitals and figures, 3..9 small letters, 10..12 tails. */
enum { FONT_ROWS = 13, FONT_MAX_WIDTH = 11 };

/* Columns left .. left + width - 1 of rows. */
typedef struct {
    const char *const *rows;
    int left, width;
} glyph;

/* The glyph of a Unicode character; that of U+FFFD, a box, where the font has none. */
glyph font_glyph(uint32_t character);

/* Whether the glyph has ink there; false outside of it. */
bool glyph_has_ink(glyph g, int x, int y);

enum { CHARACTER_MINUS = 0x2212 };

#endif
