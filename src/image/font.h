/* SPDX-License-Identifier: MIT */
/* The bitmap font, for words.c and its test only. */
#ifndef GANLENS_FONT_H
#define GANLENS_FONT_H

#include <stdbool.h>
#include <stdint.h>

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

/* The character at *at, which moves on by it; 0 at the end. A damaged byte is one U+FFFD. */
uint32_t character_read(const char **at);

enum { CHARACTER_UNKNOWN = 0xFFFD, CHARACTER_MINUS = 0x2212 };

#endif
