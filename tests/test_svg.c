/* SPDX-License-Identifier: MIT */
/* A figure as SVG says the same words in the same places as its pixels, and shows the same maps. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 28, N = SIDE * SIDE };

static char *svg_of(figure *f)
{
    text t = {0};
    error e = {0};
    if (figure_write_svg(&t, f, &e) != 0)
        fail_msg("%s", e.message);
    return t.data;
}

static size_t count_of(const char *words, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(words, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

/* The number behind the next NAME=" from at on. */
static int number_after(const char *at, const char *name)
{
    char start[40];
    snprintf(start, sizeof start, " %s=\"", name);
    const char *found = strstr(at, start);
    if (!found)
        fail_msg("no %s", name);
    return found ? atoi(found + strlen(start)) : 0;
}

/* Maps, bars, words that need more than one line. */
static figure make_figure(void)
{
    static float values[N], z[10];
    static uint8_t under[N];
    figure f = {0};
    for (int i = 0; i < N; i++) {
        values[i] = (float)(i % 29 - 14);
        under[i] = (uint8_t)(i * 7);
    }
    for (int i = 0; i < 10; i++)
        z[i] = (float)(i - 4);
    figure_init(&f, "Seed 7", "a & b < c > d");
    figure_add_picture(&f, &(picture_panel){.pixels = under, .rows = SIDE, .cols = SIDE});
    figure_add_map(&f, &(map_panel){.title = "A title that is too long for its map, by far",
                                    .values = values,
                                    .rows = SIDE,
                                    .cols = SIDE,
                                    .under = under});
    figure_add_bars(&f, &(bars_panel){.parts = {z}, .n = 10, .prefix = "z", .n_top = 3});
    figure_add_text(&f, &(text_panel){.title = "z17  -0.42", .words = "One.\nTwo."});
    return f;
}

/* Well-formed as far as it goes: tags are closed, and nothing else begins as one. */
static void assert_well_formed(const char *svg)
{
    size_t depth = 0;
    assert_int_equal(strncmp(svg, "<svg ", 5), 0);
    for (const char *at = strchr(svg, '<'); at; at = strchr(at + 1, '<')) {
        const char *end = at + strcspn(at, ">");
        assert_true(*end == '>' && strcspn(at + 1, "<") > (size_t)(end - at - 1));
        if (at[1] == '/')
            depth--;
        else
            depth += end[-1] != '/';
        assert_true(depth > 0 || strcmp(end, ">\n") == 0);
    }
    assert_int_equal(depth, 0);
    for (const char *at = strchr(svg, '&'); at; at = strchr(at + 1, '&'))
        assert_true(!strncmp(at, "&amp;", 5) || !strncmp(at, "&lt;", 4) ||
                    !strncmp(at, "&gt;", 4) || !strncmp(at, "&quot;", 6));
}

static void a_svg_is_well_formed_whatever_the_words(void **state)
{
    static const char *const words[] = {"a<b> & \"c\" 'd' &amp; ]]>", "\x01\x1F\x7F",
                                        "\xFF \xE2\x88 \xED\xA0\x80", "\xEF\xBF\xBE\xEF\xBF\xBF",
                                        "∂x/∂z"};
    static const char *const want[] = {
        ">a&lt;b&gt; &amp; &quot;c&quot; 'd' &amp;amp; ]]&gt;</text>", ">\uFFFD\uFFFD\x7F</text>",
        ">\uFFFD \uFFFD\uFFFD \uFFFD\uFFFD\uFFFD</text>", ">\uFFFD\uFFFD</text>", ">∂x/∂z</text>"};
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        figure f = {0};
        figure_init(&f, words[i], NULL);
        figure_add_text(&f, &(text_panel){.title = words[i], .words = words[i]});
        char *svg = svg_of(&f);
        assert_well_formed(svg);
        assert_int_equal(count_of(svg, want[i]), 3);
        free(svg);
        figure_release(&f);
    }
}

static void every_line_is_text_where_and_as_wide_as_its_pixels(void **state)
{
    (void)state;
    figure f = make_figure();
    picture p = {0};
    figure_draw(&p, &f);
    size_t n = f.n_text_boxes;
    box *boxes = allocate(n, sizeof *boxes);
    memcpy(boxes, f.text_boxes, n * sizeof *boxes);
    char *svg = svg_of(&f);
    assert_well_formed(svg);
    assert_int_equal(f.n_text_boxes, n);
    assert_int_equal(count_of(svg, "<text "), n);
    const char *at = svg;
    for (size_t i = 0; i < n; i++) {
        at = strstr(at + 1, "<text ");
        int x = number_after(at, "x"), y = number_after(at, "y");
        int width = number_after(at, "textLength");
        bool is_title = boxes[i].height == text_height(TEXT_TITLE);
        const char *end = strchr(at, '>'), *anchor = strstr(at, "text-anchor=\"");
        int before = !anchor || anchor > end ? 0 : anchor[13] == 'e' ? width : width / 2;
        assert_int_equal(width, boxes[i].width);
        assert_int_equal(x - before, boxes[i].x);
        assert_int_equal(y, boxes[i].y + (is_title ? 20 : 10));
    }
    assert_int_equal(number_after(svg, "width"), p.width);
    assert_int_equal(number_after(svg, "height"), p.height);
    assert_int_equal(count_of(svg, ">z17  -0.42</text>"), 1);
    assert_int_equal(count_of(svg, ">a &amp; b &lt; c &gt; d</text>"), 1);
    free(boxes);
    free(svg);
    picture_release(&p);
    figure_release(&f);
}

static int sextet(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digits, c);
    if (!at || !c)
        fail_msg("'%c' is no digit of base64", c);
    return (int)(at - digits);
}

/* The bytes of n characters of base64, which the caller frees. */
static unsigned char *decoded(size_t *size, const char *from, size_t n)
{
    assert_int_equal(n % 4, 0);
    unsigned char *out = allocate(n / 4 * 3, 1);
    *size = 0;
    for (size_t i = 0; i < n; i += 4) {
        int padding = (from[i + 3] == '=') + (from[i + 2] == '=');
        uint32_t word = 0;
        for (size_t k = 0; k < 4; k++)
            word = word << 6 | (from[i + k] == '=' ? 0 : (uint32_t)sextet(from[i + k]));
        for (int k = 0; k < 3 - padding; k++)
            out[(*size)++] = (unsigned char)(word >> (16 - 8 * k));
    }
    return out;
}

/* Of every length modulo 3, since pictures of many sizes are embedded. */
static void pictures_are_embedded_as_png_in_their_size_on_the_page(void **state)
{
    static uint8_t pixels[128 * 128];
    size_t n_lengths[3] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i * 31 >> 3);
    for (size_t side = 4; side <= 128; side += side < 30 ? 1 : 49) {
        figure f = {0};
        picture page = {0}, embedded = {0};
        error e = {0};
        figure_add_picture(&f,
                           &(picture_panel){.pixels = pixels, .rows = side, .cols = 132 - side});
        figure_draw(&page, &f);
        char *svg = svg_of(&f);
        const char *image = strstr(svg, "<image "), *data = strstr(svg, "base64,") + 7;
        int width = number_after(image, "width"), height = number_after(image, "height");
        int left = number_after(image, "x"), top = number_after(image, "y");
        size_t size;
        unsigned char *png = decoded(&size, data, strcspn(data, "\""));
        n_lengths[size % 3]++;
        if (picture_read_grey(&embedded, png, size, width, height, "PNG", &e) != 0)
            fail_msg("%s", e.message);
        for (int k = 0; k < width * height; k++)
            assert_int_equal(picture_pixel(&embedded, k % width, k / width).red,
                             picture_pixel(&page, left + k % width, top + k / width).red);
        free(png);
        free(svg);
        picture_release(&embedded);
        picture_release(&page);
        figure_release(&f);
    }
    assert_true(n_lengths[0] && n_lengths[1] && n_lengths[2]);
}

/* Of a narrow map, wide enough for its numbers. */
static void a_colour_bar_is_as_wide_as_its_map(void **state)
{
    static const struct {
        size_t rows, cols;
        int width;
    } shapes[] = {{28, 28, 224}, {20, 24, 240}, {4, 128, 384}, {128, 4, 224}};
    static float values[28 * 28] = {1};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        figure f = {0};
        figure_add_map(&f, &(map_panel){.title = "A map",
                                        .values = values,
                                        .rows = shapes[i].rows,
                                        .cols = shapes[i].cols});
        char *svg = svg_of(&f), *bar = strstr(strstr(svg, "<image ") + 1, "<image ");
        assert_int_equal(number_after(bar, "width"), shapes[i].width);
        free(svg);
        figure_release(&f);
    }
}

static void the_same_figure_gives_the_same_bytes(void **state)
{
    (void)state;
    figure f = make_figure(), g = make_figure();
    picture p = {0};
    char *first = svg_of(&f), *again = svg_of(&f), *other = svg_of(&g);
    assert_string_equal(first, again);
    assert_string_equal(first, other);
    figure_draw(&p, &f);
    free(again);
    again = svg_of(&f);
    assert_string_equal(first, again);
    free(first);
    free(again);
    free(other);
    picture_release(&p);
    figure_release(&f);
    figure_release(&g);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_svg_is_well_formed_whatever_the_words),
        cmocka_unit_test(every_line_is_text_where_and_as_wide_as_its_pixels),
        cmocka_unit_test(pictures_are_embedded_as_png_in_their_size_on_the_page),
        cmocka_unit_test(a_colour_bar_is_as_wide_as_its_map),
        cmocka_unit_test(the_same_figure_gives_the_same_bytes),
    };
    return cmocka_run_group_tests_name("svg", tests, NULL, NULL);
}
