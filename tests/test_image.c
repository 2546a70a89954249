/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "image.h"

#include "../src/image/flat_deflate.h"
#include "../src/image/font.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static bool is_same(colour a, colour b)
{
    return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

static void assert_same_pictures(const picture *a, const picture *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->channels, b->channels);
    assert_memory_equal(a->data, b->data,
                        (size_t)a->width * (size_t)a->height * (size_t)a->channels);
}

static size_t count_pixels(const picture *p, colour c)
{
    size_t n = 0;
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            n += is_same(picture_pixel(p, x, y), c);
    return n;
}

/* ---- Pictures ---- */

static void fill_is_clipped_at_every_edge(void **state)
{
    (void)state;
    picture p = {0};
    picture_init(&p, 7, 5, 3, WHITE);
    picture_fill(&p, (box){-3, -2, 5, 4}, BLACK); /* leaves 2 x 2 */
    assert_int_equal(count_pixels(&p, BLACK), 4);
    picture_fill(&p, (box){6, 4, 100, 1 << 29}, BLACK);
    assert_int_equal(count_pixels(&p, BLACK), 5);
    box outside[] = {{7, 0, 1, 1},  {0, 5, 1, 1}, {-4, 0, 4, 1},
                     {0, -1, 1, 1}, {1, 1, 0, 9}, {1, 1, -2, 9}};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        picture_fill(&p, outside[i], BLACK);
    assert_int_equal(count_pixels(&p, BLACK), 5);
    picture_release(&p);
}

static void pixels_outside_are_left_out(void **state)
{
    (void)state;
    picture p = {0};
    const int outside[][2] = {{7, 0}, {-1, 1}, {3, 5}, {3, -1}, {7, 4}};
    picture_init(&p, 7, 5, 3, WHITE);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        picture_set_pixel(&p, outside[i][0], outside[i][1], BLACK);
    assert_int_equal(count_pixels(&p, BLACK), 0);
    picture_set_pixel(&p, 6, 4, BLACK);
    assert_int_equal(count_pixels(&p, BLACK), 1);
    picture_release(&p);
}

static void enlarged_picture_repeats_each_pixel(void **state)
{
    (void)state;
    const uint8_t grey[] = {0, 50, 100, 150, 200, 250};
    picture small = {0}, large = {0};
    picture_init_grey(&small, grey, 3, 2);
    picture_init(&large, 14, 10, 3, RGB(1, 2, 3));
    picture_draw_picture(&large, 1, 1, &small, 4);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 12; x++) {
            uint8_t v = grey[y / 4 * 3 + x / 4];
            assert_true(is_same(picture_pixel(&large, 1 + x, 1 + y), RGB(v, v, v)));
        }
    assert_int_equal(count_pixels(&large, RGB(1, 2, 3)), 14 * 10 - 12 * 8);
    picture_draw_picture(&large, -5, -5, &small, 4);
    picture_draw_picture(&large, 12, 9, &small, 4);
    picture_release(&small);
    picture_release(&large);
}

static void luma_weighs_green_most_and_keeps_greys(void **state)
{
    (void)state;
    for (int v = 0; v < 256; v++)
        assert_int_equal(colour_luma(RGB((uint8_t)v, (uint8_t)v, (uint8_t)v)), v);
    assert_int_equal(colour_luma(RGB(255, 0, 0)), 54);  /* 0.2126 */
    assert_int_equal(colour_luma(RGB(0, 255, 0)), 182); /* 0.7152 */
    assert_int_equal(colour_luma(RGB(0, 0, 255)), 18);  /* 0.0722 */
}

static void a_shape_has_sides_of_4_to_128(void **state)
{
    (void)state;
    picture_shape s = {1, 2, 3};
    error e = {0};
    assert_int_equal(picture_shape_init(&s, 3, 28, "FILE", &e), -1);
    assert_string_equal(e.message,
                        "FILE: pictures of 3 rows and 28 columns, expected 4 to 128 of each");
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    assert_int_equal(picture_shape_init(&s, 28, 129, "FILE", &e), -1);
    assert_int_equal(s.n, 3);
    assert_int_equal(picture_shape_init(&s, 4, 128, "FILE", &e), 0);
    assert_true(s.rows == 4 && s.cols == 128 && s.n == 512);
    assert_true(picture_shape_is_same(s, (picture_shape){4, 128, 512}));
    assert_false(picture_shape_is_same(s, (picture_shape){128, 4, 512}));
}

static void mix_rounds_and_reaches_both_ends(void **state)
{
    (void)state;
    assert_true(is_same(colour_mix(RGB(10, 20, 30), RGB(200, 100, 0), 1), RGB(10, 20, 30)));
    assert_true(is_same(colour_mix(RGB(10, 20, 30), RGB(200, 100, 0), 0), RGB(200, 100, 0)));
    assert_true(is_same(colour_mix(WHITE, BLACK, 0.5f), RGB(128, 128, 128)));
    assert_true(is_same(colour_mix(RGB(255, 0, 3), RGB(0, 255, 0), 0.25f), RGB(64, 191, 1)));
}

/* ---- Curves ---- */

static picture white_picture(void)
{
    picture p = {0};
    picture_init(&p, 40, 30, 3, WHITE);
    return p;
}

static void a_curve_covers_whole_and_half_pixels(void **state)
{
    (void)state;
    const picture_point whole[] = {{5, 10}, {15, 10}}, half[] = {{5, 10.5f}, {15, 10.5f}};
    picture p = white_picture();
    picture_draw_curve(&p, whole, 2, 3, BLACK);
    for (int y = 8; y <= 12; y++)
        assert_true(is_same(picture_pixel(&p, 10, y), y >= 9 && y <= 11 ? BLACK : WHITE));
    assert_true(is_same(picture_pixel(&p, 2, 10), WHITE));
    assert_true(is_same(picture_pixel(&p, 4, 10), BLACK)); /* its round end */
    picture_release(&p);
    p = white_picture();
    picture_draw_curve(&p, half, 2, 2, BLACK);
    assert_true(is_same(picture_pixel(&p, 10, 10), BLACK));
    assert_true(is_same(picture_pixel(&p, 10, 11), BLACK));
    assert_true(is_same(picture_pixel(&p, 10, 9), WHITE));
    picture_release(&p);
    p = white_picture();
    picture_draw_curve(&p, half, 2, 1, BLACK);
    assert_int_equal(picture_pixel(&p, 10, 10).red, 127); /* half of both */
    assert_int_equal(picture_pixel(&p, 10, 11).red, 127);
    picture_release(&p);
}

/* There, back and half the way again: half covered pixels are mixed once. */
static void joints_are_no_darker_than_lines(void **state)
{
    (void)state;
    const picture_point straight[] = {{3.3f, 4}, {33, 21.7f}};
    const picture_point broken[] = {{3.3f, 4}, {33, 21.7f}, {3.3f, 4}, {18.15f, 12.85f}};
    picture a = white_picture(), b = white_picture();
    picture_draw_curve(&a, straight, 2, 2, BLACK);
    picture_draw_curve(&b, broken, 4, 2, BLACK);
    for (int y = 0; y < a.height; y++)
        for (int x = 0; x < a.width; x++)
            assert_true(abs(picture_pixel(&a, x, y).red - picture_pixel(&b, x, y).red) <= 1);
    assert_true(count_pixels(&a, WHITE) < 40 * 30 - 60);
    picture_release(&a);
    picture_release(&b);
}

static void curves_end_at_the_edges_of_their_picture(void **state)
{
    (void)state;
    const picture_point across[] = {{-1e5f, 10}, {1e5f, 10}}, outside[] = {{-9, -9}, {90, -9}};
    picture p = white_picture();
    picture_draw_curve(&p, across, 2, 1, BLACK);
    assert_int_equal(count_pixels(&p, BLACK), p.width);
    picture_draw_curve(&p, outside, 2, 3, BLACK);
    picture_draw_curve(&p, outside, 1, 3, BLACK);
    assert_int_equal(count_pixels(&p, BLACK), p.width);
    picture_release(&p);
}

static void a_band_mixes_each_column_once_between_its_curves(void **state)
{
    (void)state;
    const picture_point upper[] = {{-5, 5}, {10, 5}, {20, 15}, {50, 15}};
    const picture_point lower[] = {{-5, 8}, {10, 8}, {20, 10}, {50, 10}};
    picture p = white_picture();
    picture_draw_band(&p, upper, lower, 4, BLACK, 0.25f);
    colour mixed = colour_mix(BLACK, WHITE, 0.25f);
    assert_int_equal(count_pixels(&p, mixed) + count_pixels(&p, WHITE), p.width * p.height);
    for (int y = 0; y < p.height; y++) {
        assert_true(is_same(picture_pixel(&p, 0, y), y >= 5 && y <= 8 ? mixed : WHITE));
        assert_true(is_same(picture_pixel(&p, 10, y), y >= 5 && y <= 8 ? mixed : WHITE));
        assert_true(is_same(picture_pixel(&p, 12, y), y >= 7 && y <= 8 ? mixed : WHITE));
        assert_true(is_same(picture_pixel(&p, 39, y), y >= 10 && y <= 15 ? mixed : WHITE));
    }
    picture_release(&p);
}

/* ---- Words ---- */

static bool is_box(uint32_t character)
{
    glyph a = font_glyph(character), b = font_glyph(CHARACTER_UNKNOWN);
    return a.rows == b.rows && a.left == b.left;
}

static void every_printable_ascii_character_and_sign_has_a_glyph(void **state)
{
    (void)state;
    const char *signs = "−×·±²∂∇Δλσ≤≥→‖…√";
    for (uint32_t c = 32; c < 127; c++)
        assert_false(is_box(c));
    for (uint32_t c = character_read(&signs); c; c = character_read(&signs))
        assert_false(is_box(c));
    assert_true(is_box(0x4E2D));
    assert_true(is_box(7));
}

static void no_two_glyphs_look_alike(void **state)
{
    (void)state;
    for (uint32_t a = 33; a < 127; a++)
        for (uint32_t b = a + 1; b < 127; b++) {
            glyph g = font_glyph(a), h = font_glyph(b);
            bool differs = g.width != h.width;
            for (int i = 0; i < FONT_ROWS * FONT_MAX_WIDTH && !differs; i++)
                differs = glyph_has_ink(g, i % FONT_MAX_WIDTH, i / FONT_MAX_WIDTH) !=
                          glyph_has_ink(h, i % FONT_MAX_WIDTH, i / FONT_MAX_WIDTH);
            assert_true(differs);
        }
}

static void glyphs_keep_to_the_lines_of_type(void **state)
{
    (void)state;
    for (uint32_t c = 33; c < 127; c++) {
        glyph g = font_glyph(c);
        assert_in_range(g.width, 1, FONT_MAX_WIDTH);
        bool first = false, last = false;
        for (int y = 0; y < FONT_ROWS; y++) {
            first |= glyph_has_ink(g, 0, y);
            last |= glyph_has_ink(g, g.width - 1, y);
            bool is_capital = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            assert_false(is_capital && y >= 10 && glyph_has_ink(g, g.width / 2, y));
        }
        bool is_digit = c >= '0' && c <= '9'; /* equally wide, so that columns stand in line */
        assert_true((first && last) || is_digit);
    }
    for (uint32_t c = '0'; c <= '9'; c++)
        assert_int_equal(font_glyph(c).width, font_glyph('0').width);
}

/* Draws words on white and returns the inked columns as {x, 0, width, 0}. */
static box inked(const char *words, text_style style, picture *p)
{
    picture_init(p, 600, 40, 1, WHITE);
    picture_draw_text(p, 5, 2, words, style, ALIGN_LEFT, BLACK);
    int first = 600, last = -1;
    for (int y = 0; y < 40; y++)
        for (int x = 0; x < 600; x++)
            if (is_same(picture_pixel(p, x, y), BLACK)) {
                first = x < first ? x : first;
                last = x > last ? x : last;
            }
    return (box){first, 0, last - first + 1, 0};
}

static void text_width_is_the_inked_width_in_every_style(void **state)
{
    (void)state;
    const char *words[] = {"A", "i", "Hello, World", "−0.0123", "‖∂x/∂z‖", "\xFF", "gjpqy|"};
    for (int style = TEXT_PLAIN; style <= TEXT_TITLE; style++)
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            picture p = {0};
            box ink = inked(words[i], (text_style)style, &p);
            assert_int_equal(ink.x, 5);
            assert_int_equal(ink.width, text_width(words[i], (text_style)style));
            picture_release(&p);
        }
    assert_int_equal(text_width("", TEXT_PLAIN), 0);
}

static void hyphen_before_a_digit_is_a_minus_sign(void **state)
{
    (void)state;
    const struct {
        const char *words, *shown;
        bool is_minus;
    } cases[] = {{"-3", "−3", true},
                 {"z17 -0.5", "z17 −0.5", true},
                 {"0-9", "0−9", false},
                 {"step-2", "step−2", false},
                 {"-x", "−x", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        picture a = {0}, b = {0};
        inked(cases[i].words, TEXT_PLAIN, &a);
        inked(cases[i].shown, TEXT_PLAIN, &b);
        assert_int_equal(memcmp(a.data, b.data, 600 * 40) == 0, cases[i].is_minus);
        picture_release(&a);
        picture_release(&b);
    }
}

static void text_is_aligned_where_it_is_asked_to_be(void **state)
{
    (void)state;
    picture p = {0};
    picture_init(&p, 100, 30, 3, WHITE);
    int width = text_width("logit", TEXT_BOLD);
    for (int side = ALIGN_LEFT; side <= ALIGN_RIGHT; side++) {
        int x[] = {50, 50 - width / 2, 50 - width};
        box b = picture_draw_text(&p, 50, 7, "logit", TEXT_BOLD, (alignment)side, BLACK);
        assert_int_equal(b.x, x[side]);
        assert_int_equal(b.y, 7);
        assert_int_equal(b.width, width);
        assert_int_equal(b.height, text_height(TEXT_BOLD));
    }
    picture_draw_text(&p, -20, -5, "clipped on all sides", TEXT_TITLE, ALIGN_LEFT, BLACK);
    picture_draw_text(&p, 90, 25, "clipped", TEXT_TITLE, ALIGN_LEFT, BLACK);
    picture_release(&p);
}

static void wrapped_lines_fit_and_lose_no_letter(void **state)
{
    (void)state;
    const char *all = "The logit rises by 0.042 where Donaudampfschifffahrt brightens;\nnew line";
    assert_int_equal(text_fit("fits", TEXT_PLAIN, text_width("fits", TEXT_PLAIN)), 4);
    for (int width = 1; width < 300; width += 7) {
        char joined[200] = {0};
        for (const char *words = all; *words;) {
            size_t n = text_fit(words, TEXT_PLAIN, width);
            char line[200] = {0};
            memcpy(line, words, n);
            assert_null(strchr(line, '\n'));
            assert_true(text_width(line, TEXT_PLAIN) <= width || n == 1);
            strcat(joined, line);
            words += n;
            while (*words == ' ')
                words++;
            words += *words == '\n';
            assert_true(n > 0);
        }
        size_t k = 0;
        for (const char *c = all; *c; c++) {
            if (*c == ' ' || *c == '\n')
                continue;
            while (joined[k] == ' ')
                k++;
            assert_int_equal(joined[k++], *c);
        }
    }
    assert_int_equal(text_fit("one two", TEXT_PLAIN, text_width("one tw", TEXT_PLAIN)), 3);
}

/* ---- Colour maps ---- */

static double linear(uint8_t v)
{
    double s = v / 255.0;
    return s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4);
}

/* CIE L*. */
static double lightness(colour c)
{
    double y = 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y;
}

static void maps_are_found_by_name_and_the_diverging_ones_come_first(void **state)
{
    (void)state;
    size_t n = 0;
    for (const colour_map *m = colour_maps; m->name; m++, n++) {
        assert_ptr_equal(colour_map_find(m->name), m);
        assert_ptr_equal(colour_map_at(n), m);
        assert_true(strlen(m->summary) > 0);
        assert_true(m == colour_maps || m->kind >= m[-1].kind);
    }
    assert_int_equal(n, 8);
    assert_null(colour_map_at(n));
    assert_null(colour_map_find("jet"));
    assert_null(colour_map_find(""));
    assert_int_equal(colour_map_at(0)->kind, MAP_DIVERGING);
}

static void diverging_maps_are_white_at_zero_and_equally_light_on_both_sides(void **state)
{
    (void)state;
    for (const colour_map *m = colour_map_at(0); m->kind == MAP_DIVERGING; m++) {
        assert_true(is_same(colour_map_colour(m, 0), WHITE));
        assert_true(is_same(colour_map_colour(m, -0.0f), WHITE));
        double previous = 100.1;
        for (int level = 0; level <= 127; level++) {
            float t = (float)level / 127;
            double up = lightness(colour_map_colour(m, t)),
                   down = lightness(colour_map_colour(m, -t));
            assert_true(fabs(up - down) < 1.0);
            assert_true(up < previous);
            previous = up;
        }
    }
}

static void sequential_maps_have_monotonic_lightness(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; colour_map_at(i); i++) {
        const colour_map *m = colour_map_at(i);
        if (m->kind != MAP_SEQUENTIAL)
            continue;
        double first = lightness(colour_map_colour(m, 0)),
               last = lightness(colour_map_colour(m, 1));
        assert_true(fabs(last - first) > 70);
        for (int level = 1; level < 256; level++) {
            double step = lightness(colour_map_colour(m, (float)level / 255)) -
                          lightness(colour_map_colour(m, (float)(level - 1) / 255));
            assert_true(last > first ? step >= 0 : step <= 0);
        }
        n++;
    }
    assert_int_equal(n, 5);
}

/* A pixel of a map gives its value back within half a level: 1/254 of the scale. */
static void every_level_has_a_colour_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; colour_map_at(i); i++) {
        const colour_map *m = colour_map_at(i);
        bool is_diverging = m->kind == MAP_DIVERGING;
        int n = is_diverging ? 255 : 256;
        for (int a = 0; a < n; a++)
            for (int b = a + 1; b < n; b++) {
                float t = is_diverging ? (float)(a - 127) / 127 : (float)a / 255;
                float u = is_diverging ? (float)(b - 127) / 127 : (float)b / 255;
                assert_false(is_same(colour_map_colour(m, t), colour_map_colour(m, u)));
            }
    }
    const colour_map *m = colour_map_at(0);
    assert_true(is_same(colour_map_colour(m, 0.49f / 127), WHITE));
    assert_false(is_same(colour_map_colour(m, 0.51f / 127), WHITE));
}

static void values_past_the_ends_are_clipped_and_not_finite_ones_signalled(void **state)
{
    (void)state;
    for (size_t i = 0; colour_map_at(i); i++) {
        const colour_map *m = colour_map_at(i);
        float low = m->kind == MAP_DIVERGING ? -1.0f : 0.0f;
        assert_true(is_same(colour_map_colour(m, 1e30f), colour_map_colour(m, 1)));
        assert_true(is_same(colour_map_colour(m, -1e30f), colour_map_colour(m, low)));
        assert_true(is_same(colour_map_colour(m, NAN), SIGNAL));
        assert_true(is_same(colour_map_colour(m, INFINITY), SIGNAL));
        for (int level = -255; level < 256; level++)
            assert_false(is_same(colour_map_colour(m, (float)level / 255), SIGNAL));
    }
}

/* Yellow to blue (CIE b*-like: y - z) as eyes without red cones or without green cones see it, by
 * the matrices of Vienot, Brettel and Mollon 1999 in linear RGB, where blue is left as it is and
 * red and green become one. */
static double blueness(colour c, double red_weight)
{
    double yellow = red_weight * linear(c.red) + (1 - red_weight) * linear(c.green);
    return linear(c.blue) - yellow;
}

static void the_signs_stay_apart_for_eyes_blind_to_red_or_green(void **state)
{
    (void)state;
    for (const colour_map *m = colour_map_at(0); m->kind == MAP_DIVERGING; m++)
        for (int level = 32; level <= 127; level++) {
            colour plus = colour_map_colour(m, (float)level / 127);
            colour minus = colour_map_colour(m, (float)-level / 127);
            double need = 0.002 * level;
            assert_true(blueness(minus, 0.11) - blueness(plus, 0.11) > need); /* protan */
            assert_true(blueness(minus, 0.29) - blueness(plus, 0.29) > need); /* deutan */
        }
}

/* ---- PNG ---- */

/* Decodes with libpng's other reader; format as in png.h. */
static uint8_t *decode(const bytes *file, png_uint_32 format, int width, int height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_memory(&image, file->data, file->size));
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    image.format = format;
    uint8_t *pixels = malloc(PNG_IMAGE_SIZE(image));
    assert_true(png_image_finish_read(&image, NULL, pixels, 0, NULL));
    return pixels;
}

enum { TYPE_AT = 25 }; /* IHDR's colour type in the file */

static void fill_noise(picture *p, unsigned n_colours)
{
    uint32_t word = 1;
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            word = word * 1664525u + 1013904223u;
            unsigned v = (word >> 8) % n_colours;
            picture_set_pixel(p, x, y, RGB((uint8_t)v, (uint8_t)(v >> 3), (uint8_t)(v >> 8)));
        }
}

static void written_pictures_are_read_back_by_an_independent_reader(void **state)
{
    (void)state;
    const struct {
        int width, height, channels;
        unsigned n_colours;
        int type;
    } cases[] = {{28, 28, 1, 256, PNG_COLOR_TYPE_GRAY},   {1, 1, 1, 2, PNG_COLOR_TYPE_GRAY},
                 {33, 9, 3, 2, PNG_COLOR_TYPE_PALETTE},   {64, 64, 3, 256, PNG_COLOR_TYPE_PALETTE},
                 {64, 64, 3, 257, PNG_COLOR_TYPE_RGB},    {301, 77, 3, 65536, PNG_COLOR_TYPE_RGB},
                 {1, 1, 3, 65536, PNG_COLOR_TYPE_PALETTE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int level = 0; level <= 9; level += 3) {
            picture p = {0};
            bytes file = {0};
            error e = {0};
            picture_init(&p, cases[i].width, cases[i].height, cases[i].channels, BLACK);
            fill_noise(&p, cases[i].n_colours);
            assert_int_equal(picture_write(&file, &p, NULL, 0, level, &e), 0);
            assert_int_equal(file.data[TYPE_AT], cases[i].type);
            uint8_t *pixels = decode(&file, p.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB,
                                     p.width, p.height);
            assert_memory_equal(pixels, p.data,
                                (size_t)p.width * (size_t)p.height * (size_t)p.channels);
            free(pixels);
            bytes_release(&file);
            picture_release(&p);
        }
}

static void colours_that_share_a_byte_are_told_apart(void **state)
{
    (void)state;
    for (int same = 0; same < 3; same++) {
        picture p = {0};
        bytes file = {0};
        error e = {0};
        picture_init(&p, 256, 2, 3, BLACK);
        for (size_t i = 0; i < 512; i++)
            for (int k = 0; k < 3; k++)
                p.data[3 * i + (size_t)k] = k == same ? 7 : (uint8_t)(k == 2 ? i : 255 - i);
        assert_int_equal(picture_write(&file, &p, NULL, 0, LEVEL_DRAWING, &e), 0);
        assert_int_equal(file.data[TYPE_AT], PNG_COLOR_TYPE_PALETTE);
        uint8_t *pixels = decode(&file, PNG_FORMAT_RGB, p.width, p.height);
        assert_memory_equal(pixels, p.data, 512 * 3);
        free(pixels);
        bytes_release(&file);
        picture_release(&p);
    }
}

static void a_plain_picture_makes_a_small_file(void **state)
{
    (void)state;
    const int levels[] = {LEVEL_DRAWING, LEVEL_FAST, LEVEL_SMALL};
    for (size_t i = 0; i < 3; i++) {
        picture p = {0};
        bytes file = {0};
        error e = {0};
        picture_init(&p, 500, 500, 1, WHITE);
        assert_int_equal(picture_write(&file, &p, NULL, 0, levels[i], &e), 0);
        assert_true(file.size < 500 * 500 / 50);
        bytes_release(&file);
        picture_release(&p);
    }
}

static void same_picture_gives_same_bytes_without_a_time(void **state)
{
    (void)state;
    picture p = {0};
    bytes a = {0}, b = {0};
    error e = {0};
    picture_note notes[] = {{"Target", "logit"}, {"Scale", "0.0123"}};
    picture_init(&p, 50, 50, 3, WHITE);
    fill_noise(&p, 1000);
    assert_int_equal(picture_write(&a, &p, notes, 2, LEVEL_SMALL, &e), 0);
    assert_int_equal(picture_write(&b, &p, notes, 2, LEVEL_SMALL, &e), 0);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    for (size_t i = 0; i + 4 <= a.size; i++)
        assert_true(memcmp(a.data + i, "tIME", 4) != 0);
    bytes_release(&a);
    bytes_release(&b);
    picture_release(&p);
}

/* The bytes of a chunk's data from its type on, or NULL. */
static const unsigned char *find_bytes(const bytes *file, const void *wanted, size_t n)
{
    for (size_t i = 0; i + n <= file->size; i++)
        if (memcmp(file->data + i, wanted, n) == 0)
            return file->data + i;
    return NULL;
}

static void notes_are_stored_as_text_chunks(void **state)
{
    (void)state;
    picture p = {0};
    bytes file = {0};
    error e = {0};
    picture_note notes[] = {{"Scale", "0.0123"}, {"Target", "‖∂x/∂z‖"}, {"Empty", ""}};
    picture_init(&p, 3, 3, 1, WHITE);
    assert_int_equal(picture_write(&file, &p, notes, 3, LEVEL_DRAWING, &e), 0);
    static const char plain[] = "tEXtScale\0"
                                "0.0123";
    static const char international[] = "iTXtTarget\0\0\0\0\0‖∂x/∂z‖";
    assert_non_null(find_bytes(&file, plain, sizeof plain - 1));
    assert_non_null(find_bytes(&file, international, sizeof international - 1));
    assert_non_null(find_bytes(&file, "tEXtEmpty\0", 10));
    free(decode(&file, PNG_FORMAT_GRAY, 3, 3));
    bytes_release(&file);
    picture_release(&p);
}

static void collect(png_structp png, png_bytep data, size_t n)
{
    text_add_bytes(png_get_io_ptr(png), data, n);
}

static void flush_nothing(png_structp png) { (void)png; }

/* A PNG of any kind, rows given as libpng wants them; the caller releases it. */
static text foreign_png(int side, int depth, int type, int interlace, const uint8_t *row,
                        const png_color *palette, const png_byte *alphas)
{
    text file = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &file, collect, flush_nothing);
    png_set_IHDR(png, info, (png_uint_32)side, (png_uint_32)side, depth, type, interlace, 0, 0);
    if (palette)
        png_set_PLTE(png, info, palette, 4);
    if (alphas)
        png_set_tRNS(png, info, alphas, 4, NULL);
    png_write_info(png, info);
    for (int pass = png_set_interlace_handling(png); pass > 0; pass--)
        for (int y = 0; y < side; y++)
            png_write_row(png, row);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return file;
}

static void foreign_pngs_are_read_as_grey(void **state)
{
    (void)state;
    const png_color palette[4] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}};
    const png_byte alphas[4] = {255, 255, 128, 0};
    const struct {
        int depth, type, interlace;
        uint8_t row[32];
        bool has_palette, has_alphas;
        uint8_t want[4]; /* of the first 4 pixels */
    } cases[] = {
        {8, PNG_COLOR_TYPE_GRAY, 0, {0, 7, 128, 255}, false, false, {0, 7, 128, 255}},
        {8, PNG_COLOR_TYPE_GRAY, 1, {0, 7, 128, 255}, false, false, {0, 7, 128, 255}},
        {1, PNG_COLOR_TYPE_GRAY, 0, {0x50}, false, false, {0, 255, 0, 255}},
        {2, PNG_COLOR_TYPE_GRAY, 0, {0x1B}, false, false, {0, 85, 170, 255}},
        {16,
         PNG_COLOR_TYPE_GRAY,
         0,
         {0, 200, 0, 100, 127, 255, 255, 255},
         false,
         false,
         {1, 0, 127, 255}}, /* 200, 100, 32767 of 65535: 0.78, 0.39, 127.5 less a little of 255 */
        {8,
         PNG_COLOR_TYPE_RGB,
         0,
         {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9},
         false,
         false,
         {54, 182, 18, 9}},
        {8,
         PNG_COLOR_TYPE_GRAY_ALPHA,
         0,
         {255, 255, 255, 0, 255, 128, 100, 51},
         false,
         false,
         {255, 0, 128, 20}},
        {8,
         PNG_COLOR_TYPE_RGB_ALPHA,
         0,
         {255, 255, 255, 255, 255, 255, 255, 0, 0, 255, 0, 128, 10, 10, 10, 255},
         false,
         false,
         {255, 0, 91, 10}},
        {8, PNG_COLOR_TYPE_PALETTE, 0, {0, 1, 2, 3}, true, false, {54, 182, 18, 255}},
        {2, PNG_COLOR_TYPE_PALETTE, 1, {0x1B}, true, true, {54, 182, 9, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text file =
            foreign_png(4, cases[i].depth, cases[i].type, cases[i].interlace, cases[i].row,
                        cases[i].has_palette ? palette : NULL, cases[i].has_alphas ? alphas : NULL);
        picture p = {0};
        error e = {0};
        assert_int_equal(picture_read_grey(&p, file.data, file.length, 4, 4, "x.png", &e), 0);
        assert_int_equal(p.channels, 1);
        for (int y = 0; y < 4; y++)
            assert_memory_equal(p.data + 4 * y, cases[i].want, 4);
        picture_release(&p);
        text_release(&file);
    }
}

static bytes small_png(void)
{
    picture p = {0};
    bytes file = {0};
    error e = {0};
    picture_note note = {"Target", "logit"};
    picture_init(&p, 28, 28, 3, WHITE);
    fill_noise(&p, 40);
    assert_int_equal(picture_write(&file, &p, &note, 1, LEVEL_SMALL, &e), 0);
    picture_release(&p);
    return file;
}

static void a_png_of_another_size_is_refused_with_both_sizes(void **state)
{
    (void)state;
    bytes file = small_png();
    picture p = {0};
    error e = {0};
    picture_init(&p, 2, 2, 1, WHITE);
    assert_int_equal(picture_read_grey(&p, file.data, file.size, 32, 30, "seven.png", &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    assert_string_equal(e.message,
                        "seven.png: 28 rows and 28 columns of pixels, expected 30 and 32");
    assert_int_equal(picture_read_grey(&p, file.data, file.size, 28, 30, "seven.png", &e), -1);
    assert_int_equal(picture_read_grey(&p, file.data, file.size, 32, 28, "seven.png", &e), -1);
    assert_int_equal(p.width, 2); /* untouched */
    picture_release(&p);
    bytes_release(&file);
}

static void cut_or_changed_files_are_refused_or_read_but_never_worse(void **state)
{
    (void)state;
    bytes file = small_png();
    for (size_t n = 0; n < file.size; n++) { /* every byte is needed, IEND too */
        unsigned char *cut = malloc(n ? n : 1);
        memcpy(cut, file.data, n);
        picture p = {0};
        error e = {0};
        assert_int_equal(picture_read_grey(&p, cut, n, 28, 28, "cut", &e), -1);
        assert_int_equal(e.status, STATUS_BAD_INPUT);
        assert_null(p.data);
        free(cut);
    }
    for (size_t i = 0; i < file.size; i++)
        for (unsigned change = 1; change < 256; change *= 2) {
            picture p = {0};
            error e = {0};
            file.data[i] = (unsigned char)(file.data[i] ^ change);
            if (picture_read_grey(&p, file.data, file.size, 28, 28, "changed", &e))
                assert_int_equal(e.status, STATUS_BAD_INPUT);
            file.data[i] = (unsigned char)(file.data[i] ^ change);
            picture_release(&p);
        }
    bytes_release(&file);
}

/* The byte after which a chunk's CRC starts; a chunk is its length, kind, body and CRC. */
static size_t find_crc(const bytes *file, const char *kind)
{
    const unsigned char *d = file->data;
    for (size_t at = 8; at + 12 <= file->size;) {
        size_t n = (size_t)d[at] << 24 | (size_t)d[at + 1] << 16 | (size_t)d[at + 2] << 8 |
                   (size_t)d[at + 3];
        if (memcmp(d + at + 4, kind, 4) == 0)
            return at + 8 + n;
        at += 12 + n;
    }
    fail_msg("no chunk %s", kind);
    return 0;
}

static void a_wrong_crc_of_a_chunk_that_counts_is_refused(void **state)
{
    static const char *const kinds[] = {"IHDR", "PLTE", "IDAT"};
    (void)state;
    bytes file = small_png();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds * 4; i++) {
        picture p = {0};
        error e = {0};
        size_t at = find_crc(&file, kinds[i / 4]) + i % 4;
        file.data[at] ^= 1;
        assert_int_equal(picture_read_grey(&p, file.data, file.size, 28, 28, "crc.png", &e), -1);
        assert_int_equal(e.status, STATUS_BAD_INPUT);
        assert_non_null(strstr(e.message, "crc.png: not a readable PNG: "));
        assert_non_null(strstr(e.message, "CRC error"));
        assert_null(p.data);
        file.data[at] ^= 1;
    }
    bytes_release(&file);
}

static void a_file_is_saved_and_loaded_by_name(void **state)
{
    (void)state;
    char path[] = "/tmp/test_image.XXXXXX";
    close(mkstemp(path));
    uint8_t grey[784];
    for (int i = 0; i < 784; i++)
        grey[i] = (uint8_t)(i * 7);
    picture p = {0}, q = {0};
    error e = {0};
    picture_init_grey(&p, grey, 28, 28);
    assert_int_equal(picture_save(path, &p, NULL, 0, LEVEL_SMALL, &e), 0);
    assert_int_equal(picture_load_grey(&q, path, 28, 28, &e), 0);
    assert_same_pictures(&p, &q);
    unlink(path);
    assert_int_equal(picture_load_grey(&q, path, 28, 28, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_INPUT);
    assert_non_null(strstr(e.message, path));
    assert_int_equal(picture_save("/nonexistent/x.png", &p, NULL, 0, LEVEL_SMALL, &e), -1);
    assert_int_equal(e.status, STATUS_BAD_OUTPUT);
    picture_release(&p);
    picture_release(&q);
}

/* ---- Grids ---- */

static void a_grid_puts_each_picture_in_its_cell(void **state)
{
    (void)state;
    uint8_t pixels[5 * 6];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(10 + i);
    picture p = {0};
    error e = {0};
    picture_grid g = {
        .pixels = pixels, .n = 5, .columns = 3, .width = 3, .height = 2, .factor = 2, .gap = 4};
    assert_int_equal(picture_grid_draw(&p, &g, &e), 0);
    assert_int_equal(p.channels, 1);
    assert_int_equal(p.width, 3 * (6 + 4) + 4);
    assert_int_equal(p.height, 2 * (4 + 4) + 4);
    for (int i = 0; i < 30; i++) {
        int cell = i / 6, x = i % 3, y = i % 6 / 3;
        int left = 4 + cell % 3 * 10 + 2 * x, top = 4 + cell / 3 * 8 + 2 * y;
        assert_int_equal(picture_pixel(&p, left, top).red, 10 + i);
        assert_int_equal(picture_pixel(&p, left + 1, top + 1).red, 10 + i);
    }
    assert_int_equal(count_pixels(&p, WHITE), p.width * p.height - 30 * 4);
    picture_release(&p);
}

static void a_grid_without_columns_is_nearly_square(void **state)
{
    (void)state;
    const size_t counts[][3] = {{1, 1, 1}, {2, 2, 1}, {5, 3, 2}, {100, 10, 10}, {2000, 32, 63}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        uint8_t *pixels = calloc(counts[i][0], 1);
        picture p = {0};
        error e = {0};
        picture_grid g = {.pixels = pixels, .n = counts[i][0], .width = 1, .height = 1};
        assert_int_equal(picture_grid_draw(&p, &g, &e), 0);
        assert_int_equal(p.width, counts[i][1]);
        assert_int_equal(p.height, counts[i][2]);
        picture_release(&p);
        free(pixels);
    }
}

static void grid_labels_are_under_their_pictures_and_widen_the_cells(void **state)
{
    (void)state;
    uint8_t pixels[2 * 784];
    memset(pixels, 200, sizeof pixels);
    const char *labels[] = {"7", "18446744073709551615"};
    picture p = {0};
    error e = {0};
    picture_grid g = {.pixels = pixels,
                      .n = 2,
                      .columns = 2,
                      .width = 28,
                      .height = 28,
                      .gap = 6,
                      .labels = labels};
    assert_int_equal(picture_grid_draw(&p, &g, &e), 0);
    assert_int_equal(p.width, 2 * (text_width(labels[1], TEXT_PLAIN) + 6) + 6);
    assert_int_equal(count_pixels(&p, RGB(200, 200, 200)), 2 * 784);
    for (int x = 0; x < p.width; x++) { /* all ink is between the gaps */
        bool is_gap = x < 6 || x >= p.width - 6 || (x >= p.width / 2 - 3 && x < p.width / 2 + 3);
        for (int y = 0; y < p.height; y++) {
            bool is_ink = is_same(picture_pixel(&p, x, y), BLACK);
            assert_false(is_ink && (is_gap || y < 6 + 28 || y >= p.height - 6));
        }
    }
    picture_release(&p);
    g.gap = 2; /* less than labels need to be told apart */
    assert_int_equal(picture_grid_draw(&p, &g, &e), 0);
    assert_int_equal(p.width, 2 * (text_width(labels[1], TEXT_PLAIN) + 6) + 2);
    picture_release(&p);
}

static void names_of_rows_stand_left_of_them(void **state)
{
    (void)state;
    uint8_t pixels[4 * 400];
    memset(pixels, 200, sizeof pixels);
    const char *names[] = {"3", "class 10"};
    picture p = {0};
    error e = {0};
    picture_grid g = {.pixels = pixels,
                      .n = 4,
                      .columns = 2,
                      .width = 20,
                      .height = 20,
                      .gap = 4,
                      .row_names = names};
    assert_int_equal(picture_grid_draw(&p, &g, &e), 0);
    int left = p.width - (2 * (20 + 4) + 4), widest = text_width(names[1], TEXT_PLAIN);
    assert_true(left >= widest + 4);
    assert_int_equal(p.height, 2 * (20 + 4) + 4);
    assert_int_equal(count_pixels(&p, RGB(200, 200, 200)), 4 * 400);
    size_t ink[2] = {0, 0};
    for (int y = 0; y < p.height; y++)
        for (int x = 0; x < p.width; x++)
            if (is_same(picture_pixel(&p, x, y), BLACK)) {
                assert_true(x >= 4 && x < left);
                assert_true(y % 24 >= 4); /* no name in a gap */
                ink[y / 24]++;
            }
    assert_true(ink[0] > 0 && ink[1] > 3 * ink[0]);
    picture_release(&p);
}

static void a_grid_that_is_too_large_is_a_usage_error(void **state)
{
    (void)state;
    uint8_t *pixels = calloc(4000, 1);
    picture p = {0};
    error e = {0};
    picture_grid g = {
        .pixels = pixels, .n = 4000, .columns = 4000, .width = 1, .height = 1, .factor = 10};
    assert_int_equal(picture_grid_draw(&p, &g, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_null(p.data);
    free(pixels);
}

/* ---- Drawings ---- */

/* Rows of runs and of copies of the row above, the rest noise: a share of `order` in 256. */
static void fill_drawing(uint8_t *rows, size_t stride, size_t n_rows, size_t pixel, unsigned order)
{
    uint32_t word = 77;
    for (size_t i = 0; i < stride * n_rows; i++) {
        word = word * 1664525u + 1013904223u;
        bool is_like = (word >> 24) < order;
        bool has_above = i >= stride && i / stride % 3 > 0;
        rows[i] = !is_like || i < pixel ? (uint8_t)(word >> 16)
                  : has_above           ? rows[i - stride]
                                        : rows[i - pixel];
    }
}

/* zlib gives the rows back, each after a byte 0. */
static void assert_inflates(const bytes *stream, const uint8_t *rows, size_t stride, size_t n_rows)
{
    uLongf n = (stride + 1) * n_rows;
    uint8_t *got = malloc(n + 1);
    assert_int_equal(uncompress(got, &n, stream->data, stream->size), Z_OK);
    assert_int_equal(n, (stride + 1) * n_rows);
    for (size_t y = 0; y < n_rows; y++) {
        assert_int_equal(got[y * (stride + 1)], 0);
        assert_memory_equal(got + y * (stride + 1) + 1, rows + y * stride, stride);
    }
    free(got);
}

static void drawings_are_deflated_and_come_back(void **state)
{
    static const size_t strides[] = {1, 2, 3, 9, 258, 259, 261, 777, 4920, 32766, 32768, 40000};
    static const unsigned orders[] = {0, 128, 230, 250, 255, 256};
    static uint8_t rows[7 * 40000];
    (void)state;
    for (size_t i = 0; i < sizeof strides / sizeof *strides; i++)
        for (size_t k = 0; k < sizeof orders / sizeof *orders; k++)
            for (size_t pixel = 1; pixel <= 3; pixel += 2) {
                bytes stream = {0};
                fill_drawing(rows, strides[i], 7, pixel, orders[k]);
                flat_deflate(&stream, rows, strides[i], 7, pixel);
                assert_inflates(&stream, rows, strides[i], 7);
                bytes_release(&stream);
            }
}

/* 13 bits for 258 bytes, or 23 with the distance to the row above. */
static void flat_drawings_are_deflated_to_little(void **state)
{
    static uint8_t rows[100 * 3000];
    bytes stream = {0};
    (void)state;
    flat_deflate(&stream, rows, 3000, 100, 3);
    assert_true(stream.size < 100 * (3000 / 258 + 2) * 23 / 8 + 20);
    fill_drawing(rows, 3000, 1, 1, 0);
    for (size_t y = 1; y < 100; y++)
        memcpy(rows + y * 3000, rows, 3000);
    flat_deflate(&stream, rows, 3000, 100, 3);
    assert_true(stream.size < 3000 * 9 / 8 + 100 * (3000 / 258 + 2) * 26 / 8 + 20);
    bytes_release(&stream);
}

/* ---- Animations ---- */

static size_t chunk_u32(const unsigned char *b)
{
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* The names of a PNG's chunks; each checksum is right, frames' chunks are numbered from 0 on. */
static char *chunks_of(const bytes *png)
{
    text names = {0};
    size_t n_numbered = 0;
    for (size_t at = 8; at + 12 <= png->size;) {
        const unsigned char *chunk = png->data + at;
        size_t n = chunk_u32(chunk);
        assert_true(at + 12 + n <= png->size);
        text_add(&names, "%.4s ", (const char *)chunk + 4);
        assert_int_equal(chunk_u32(chunk + 8 + n), crc32(0, chunk + 4, (uInt)n + 4));
        if (memcmp(chunk + 4, "fcTL", 4) == 0 || memcmp(chunk + 4, "fdAT", 4) == 0)
            assert_int_equal(chunk_u32(chunk + 8), n_numbered++);
        at += 12 + n;
    }
    return names.data;
}

/* Where a chunk of that name has its body. */
static const unsigned char *body_of(const bytes *png, const char *name)
{
    size_t at = 8;
    while (memcmp(png->data + at + 4, name, 4) != 0)
        at += 12 + chunk_u32(png->data + at);
    return png->data + at + 8;
}

/* Adds frames of the greys 0 and 7, of which the second is the still picture, too. */
static void save_film_of_two(const char *path, bytes *second, error *e)
{
    animation a = {0};
    picture p[2] = {{0}, {0}};
    for (uint8_t i = 0; i < 2; i++)
        picture_init(&p[i], 20, 10, 1, RGB(7 * i, 7 * i, 7 * i));
    assert_int_equal(animation_open(&a, path, &p[1], 2, e), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(animation_add(&a, &p[i], 200u + 50u * i, e), 0);
    assert_int_equal(picture_write(second, &p[1], NULL, 0, LEVEL_SMALL, e), 0);
    assert_int_equal(animation_commit(&a, e), 0);
    animation_release(&a);
    picture_release(&p[0]);
    picture_release(&p[1]);
}

static void an_animation_is_its_frames_after_one_header_and_a_still_picture(void **state)
{
    char path[] = "/tmp/ganlens-film-XXXXXX";
    int fd = mkstemp(path);
    error e = {0};
    bytes film = {0}, second = {0};
    (void)state;
    close(fd);
    save_film_of_two(path, &second, &e);
    assert_int_equal(file_load(&film, path, SIZE_MAX, &e), 0);
    char *names = chunks_of(&film);
    assert_string_equal(names, "IHDR acTL IDAT fcTL fdAT fcTL fdAT IEND ");
    assert_int_equal(chunk_u32(body_of(&film, "acTL")), 2);
    assert_memory_equal(body_of(&film, "fcTL") + 4,
                        "\0\0\0\24\0\0\0\12\0\0\0\0\0\0\0\0\0\310\3\350", 20);
    const unsigned char *pixels = body_of(&second, "IDAT"), *frame = body_of(&film, "fdAT");
    size_t n = chunk_u32(pixels - 8);
    assert_memory_equal(body_of(&film, "IDAT"), pixels, n);
    assert_true(chunk_u32(frame - 8) != n + 4 || memcmp(frame + 4, pixels, n) != 0);
    frame += chunk_u32(frame - 8) + 4; /* to the chunk after it, a control of 26 bytes */
    assert_memory_equal(frame + 12 + 26 + 12, pixels, n);
    picture still = {0};
    assert_int_equal(picture_load_own(&still, path, &e), 0); /* what readers of PNG see */
    assert_true(still.width == 20 && still.height == 10 && still.data[0] == 7);
    picture_release(&still);
    bytes_release(&film);
    bytes_release(&second);
    free(names);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawings_are_deflated_and_come_back),
        cmocka_unit_test(flat_drawings_are_deflated_to_little),
        cmocka_unit_test(fill_is_clipped_at_every_edge),
        cmocka_unit_test(pixels_outside_are_left_out),
        cmocka_unit_test(enlarged_picture_repeats_each_pixel),
        cmocka_unit_test(luma_weighs_green_most_and_keeps_greys),
        cmocka_unit_test(a_shape_has_sides_of_4_to_128),
        cmocka_unit_test(mix_rounds_and_reaches_both_ends),
        cmocka_unit_test(a_curve_covers_whole_and_half_pixels),
        cmocka_unit_test(joints_are_no_darker_than_lines),
        cmocka_unit_test(curves_end_at_the_edges_of_their_picture),
        cmocka_unit_test(a_band_mixes_each_column_once_between_its_curves),
        cmocka_unit_test(every_printable_ascii_character_and_sign_has_a_glyph),
        cmocka_unit_test(no_two_glyphs_look_alike),
        cmocka_unit_test(glyphs_keep_to_the_lines_of_type),
        cmocka_unit_test(text_width_is_the_inked_width_in_every_style),
        cmocka_unit_test(hyphen_before_a_digit_is_a_minus_sign),
        cmocka_unit_test(text_is_aligned_where_it_is_asked_to_be),
        cmocka_unit_test(wrapped_lines_fit_and_lose_no_letter),
        cmocka_unit_test(maps_are_found_by_name_and_the_diverging_ones_come_first),
        cmocka_unit_test(diverging_maps_are_white_at_zero_and_equally_light_on_both_sides),
        cmocka_unit_test(sequential_maps_have_monotonic_lightness),
        cmocka_unit_test(every_level_has_a_colour_of_its_own),
        cmocka_unit_test(values_past_the_ends_are_clipped_and_not_finite_ones_signalled),
        cmocka_unit_test(the_signs_stay_apart_for_eyes_blind_to_red_or_green),
        cmocka_unit_test(written_pictures_are_read_back_by_an_independent_reader),
        cmocka_unit_test(colours_that_share_a_byte_are_told_apart),
        cmocka_unit_test(a_plain_picture_makes_a_small_file),
        cmocka_unit_test(same_picture_gives_same_bytes_without_a_time),
        cmocka_unit_test(notes_are_stored_as_text_chunks),
        cmocka_unit_test(foreign_pngs_are_read_as_grey),
        cmocka_unit_test(a_png_of_another_size_is_refused_with_both_sizes),
        cmocka_unit_test(a_wrong_crc_of_a_chunk_that_counts_is_refused),
        cmocka_unit_test(cut_or_changed_files_are_refused_or_read_but_never_worse),
        cmocka_unit_test(a_file_is_saved_and_loaded_by_name),
        cmocka_unit_test(a_grid_puts_each_picture_in_its_cell),
        cmocka_unit_test(a_grid_without_columns_is_nearly_square),
        cmocka_unit_test(grid_labels_are_under_their_pictures_and_widen_the_cells),
        cmocka_unit_test(names_of_rows_stand_left_of_them),
        cmocka_unit_test(a_grid_that_is_too_large_is_a_usage_error),
        cmocka_unit_test(an_animation_is_its_frames_after_one_header_and_a_still_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
