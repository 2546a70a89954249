/* SPDX-License-Identifier: MIT */
#include "image.h"

#include "font.h"

enum { GLYPH_GAP = 2 };

/* Goes through words one glyph at a time. */
typedef struct {
    const char *at;
    uint32_t previous;
} glyph_reader;

static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }

static bool is_letter(uint32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* The next glyph; false at the end. "-3" is shown with a minus sign, "step-3" and "0-9" are not. */
static bool glyph_next(glyph *g, glyph_reader *r)
{
    uint32_t c = character_read(&r->at);
    if (c == 0)
        return false;
    bool joins = is_letter(r->previous) || is_digit(r->previous);
    r->previous = c;
    bool is_minus = c == '-' && !joins && is_digit((unsigned char)*r->at);
    *g = font_glyph(is_minus ? CHARACTER_MINUS : c);
    return true;
}

static int style_factor(text_style style) { return style == TEXT_TITLE ? 2 : 1; }

/* Without the gap to the next glyph. */
static int glyph_width(glyph g, text_style style)
{
    return g.width * style_factor(style) + (style == TEXT_BOLD ? 1 : 0);
}

int text_width(const char *words, text_style style)
{
    glyph_reader reader = {words, 0};
    glyph g;
    int width = 0, gap = GLYPH_GAP * style_factor(style);
    while (glyph_next(&g, &reader))
        width += glyph_width(g, style) + gap;
    return width > 0 ? width - gap : 0;
}

int text_height(text_style style) { return FONT_ROWS * style_factor(style); }

int text_line(text_style style) { return style == TEXT_TITLE ? 34 : 18; }

static void draw_small(picture *p, int x, int y, glyph g, bool is_bold, colour ink)
{
    for (int v = 0; v < FONT_ROWS; v++)
        for (int u = 0; u < g.width + is_bold; u++)
            if (glyph_has_ink(g, u, v) || (is_bold && glyph_has_ink(g, u - 1, v)))
                picture_set_pixel(p, x + u, y + v, ink);
}

/* Twice as large by EPX (Johnston 1992): a quarter of a pixel takes the colour of its two nearer
 * neighbours where these agree and the others differ, which turns steps into slopes. */
static void draw_large(picture *p, int x, int y, glyph g, colour ink)
{
    for (int v = 0; v < FONT_ROWS; v++)
        for (int u = 0; u < g.width; u++) {
            bool is_ink = glyph_has_ink(g, u, v);
            bool near[2][2] = {{glyph_has_ink(g, u - 1, v), glyph_has_ink(g, u + 1, v)},
                               {glyph_has_ink(g, u, v - 1), glyph_has_ink(g, u, v + 1)}};
            for (int quarter = 0; quarter < 4; quarter++) {
                int right = quarter & 1, low = quarter >> 1;
                bool side = near[0][right], end = near[1][low];
                bool agrees = side == end && side != near[0][!right] && end != near[1][!low];
                if (agrees ? side : is_ink)
                    picture_set_pixel(p, x + 2 * u + right, y + 2 * v + low, ink);
            }
        }
}

box text_box(int x, int y, const char *words, text_style style, alignment side)
{
    box area = {x, y, text_width(words, style), text_height(style)};
    area.x -= side == ALIGN_CENTRE ? area.width / 2 : side == ALIGN_RIGHT ? area.width : 0;
    return area;
}

box picture_draw_text(picture *p, int x, int y, const char *words, text_style style, alignment side,
                      colour ink)
{
    box area = text_box(x, y, words, style, side);
    glyph_reader reader = {words, 0};
    glyph g;
    for (int at = area.x; glyph_next(&g, &reader);) {
        if (style == TEXT_TITLE)
            draw_large(p, at, y, g, ink);
        else
            draw_small(p, at, y, g, style == TEXT_BOLD, ink);
        at += glyph_width(g, style) + GLYPH_GAP * style_factor(style);
    }
    return area;
}

size_t text_fit(const char *words, text_style style, int max_width)
{
    glyph_reader reader = {words, 0};
    glyph g;
    int width = 0, gap = GLYPH_GAP * style_factor(style);
    size_t fits = 0, last_space = 0;
    for (;;) {
        size_t at = (size_t)(reader.at - words);
        if (words[at] == 0 || words[at] == '\n')
            return at;
        if (words[at] == ' ')
            last_space = at;
        glyph_next(&g, &reader);
        width += glyph_width(g, style);
        if (width > max_width && at > 0 && words[at] != ' ')
            return last_space > 0 ? last_space : fits;
        width += gap;
        fits = (size_t)(reader.at - words);
    }
}
