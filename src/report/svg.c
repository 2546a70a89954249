/* SPDX-License-Identifier: MIT */
/* The canvas as SVG 1.1. The same figure gives the same text on every machine, but for the bytes of
 * its PNGs, which are zlib's. */
#include "canvas.h"

#include <string.h>

/* ---- Text ---- */

static void add_colour(text *t, const char *attribute, colour c)
{
    text_add(t, " %s=\"#%02x%02x%02x\"", attribute, c.red, c.green, c.blue);
}

/* Fonts differ, so every line is told to be as long as the bitmap font makes it; a reader that
 * cannot do that keeps at least its place. Capitals reach from the top of the line to its base. */
static void svg_text(void *out, int x, int y, const char *words, text_style style, alignment side,
                     colour ink)
{
    enum { CAPITALS = 10, SIZE = 13 };
    text *t = ((svg_page *)out)->out;
    int factor = style == TEXT_TITLE ? 2 : 1;
    text_add(t, "<text x=\"%d\" y=\"%d\"", x, y + CAPITALS * factor);
    if (style == TEXT_TITLE)
        text_add(t, " font-size=\"%d\"", 2 * SIZE);
    if (style == TEXT_BOLD)
        text_add(t, " font-weight=\"bold\"");
    if (side != ALIGN_LEFT)
        text_add(t, " text-anchor=\"%s\"", side == ALIGN_CENTRE ? "middle" : "end");
    text_add(t, " textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\"", text_width(words, style));
    add_colour(t, "fill", ink);
    text_add(t, ">");
    text_add_markup(t, words);
    text_add(t, "</text>\n");
}

/* ---- Shapes ---- */

static void svg_fill(void *out, box area, colour ink)
{
    text *t = ((svg_page *)out)->out;
    text_add(t, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", area.x, area.y, area.width,
             area.height);
    add_colour(t, "fill", ink);
    text_add(t, "/>\n");
}

/* In SVG whole numbers are the edges of pixels. */
static void add_point(text *t, picture_point p)
{
    text_add(t, " %.2f,%.2f", (double)p.x + 0.5, (double)p.y + 0.5);
}

static void svg_curve(void *out, const picture_point *points, size_t n, float width, colour ink)
{
    text *t = ((svg_page *)out)->out;
    text_add(t, "<polyline fill=\"none\" stroke-width=\"%.2f\" stroke-linecap=\"round\" ",
             (double)width);
    text_add(t, "stroke-linejoin=\"round\"");
    add_colour(t, "stroke", ink);
    text_add(t, " points=\"");
    for (size_t i = 0; i < n; i++)
        add_point(t, points[i]);
    if (n == 1) /* a point alone is a dot, as in pixels */
        add_point(t, points[0]);
    text_add(t, "\"/>\n");
}

static void svg_band(void *out, const picture_point *one, const picture_point *other, size_t n,
                     colour ink, float weight)
{
    text *t = ((svg_page *)out)->out;
    text_add(t, "<polygon fill-opacity=\"%.2f\"", (double)weight);
    add_colour(t, "fill", ink);
    text_add(t, " points=\"");
    for (size_t i = 0; i < n; i++)
        add_point(t, one[i]);
    for (size_t i = n; i-- > 0;)
        add_point(t, other[i]);
    text_add(t, "\"/>\n");
}

/* ---- Pictures ---- */

static void add_base64(text *t, const unsigned char *data, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t word = (uint32_t)data[i] << 16 | (i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0) |
                        (i + 2 < n ? data[i + 2] : 0);
        char four[4];
        for (int k = 0; k < 4; k++)
            four[k] = i + (size_t)k > n ? '=' : digits[word >> (18 - 6 * k) & 63];
        text_add_bytes(t, four, 4);
    }
}

/* Enlarged before it is embedded: where a reader smooths pictures in spite of what is asked for,
 * only the edges of our large pixels are blurred. */
static int embed(text *t, const picture *p, int factor, error *e)
{
    picture large = {0};
    bytes png = {0};
    picture_init(&large, p->width * factor, p->height * factor, p->channels, WHITE);
    picture_draw_picture(&large, 0, 0, p, factor);
    int status = picture_write(&png, &large, NULL, 0, LEVEL_SMALL, e);
    if (status == 0)
        add_base64(t, png.data, png.size);
    bytes_release(&png);
    picture_release(&large);
    return status;
}

static void svg_picture(void *out, int x, int y, const picture *p, int factor)
{
    svg_page *s = out;
    text_add(s->out, "<image x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" ", x, y,
             p->width * factor, p->height * factor);
    text_add(s->out, "image-rendering=\"optimizeSpeed\" style=\"image-rendering:pixelated\" ");
    text_add(s->out, "xlink:href=\"data:image/png;base64,");
    if (s->status == 0)
        s->status = embed(s->out, p, factor, s->e);
    text_add(s->out, "\"/>\n");
}

/* ---- The page ---- */

void svg_begin(svg_page *s, int width, int height, const char *title)
{
    text_add(
        s->out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" "
        "xmlns:xlink=\"http://www.w3.org/1999/xlink\" version=\"1.1\" "
        "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" style=\"white-space:pre\" xml:space=\"preserve\" "
        "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">\n",
        width, height, width, height);
    if (title) {
        text_add(s->out, "<title>");
        text_add_markup(s->out, title);
        text_add(s->out, "</title>\n");
    }
    svg_fill(s, (box){0, 0, width, height}, WHITE);
}

void svg_end(svg_page *s) { text_add(s->out, "</svg>\n"); }

const canvas_backend SVG = {svg_text, svg_fill, svg_curve, svg_band, svg_picture};
