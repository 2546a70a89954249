/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report.h"
#include "text_boxes.h"
#include "../src/report/panel.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 28, N = SIDE * SIDE, LARGE_PIXEL = 8 * 8, MANY = 3000 };

static size_t count_pixels(const picture *p, colour c)
{
    size_t n = 0;
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            colour found = picture_pixel(p, x, y);
            n += found.red == c.red && found.green == c.green && found.blue == c.blue;
        }
    return n;
}

/* Irregular, of both signs, the same in every run. */
static void fill_values(float *v, size_t n, float size)
{
    uint32_t word = 12345;
    for (size_t i = 0; i < n; i++) {
        word = word * 1664525u + 1013904223u;
        v[i] = ((float)(word >> 8) / 8388608.0f - 1.0f) * size;
    }
}

static picture draw_one_map(const map_panel *m)
{
    figure f = {0};
    picture p = {0};
    figure_init(&f, NULL, NULL);
    figure_add_map(&f, m);
    figure_draw(&p, &f);
    figure_release(&f);
    return p;
}

static picture draw_one_bars(const bars_panel *b)
{
    figure f = {0};
    picture p = {0};
    figure_init(&f, NULL, NULL);
    figure_add_bars(&f, b);
    figure_draw(&p, &f);
    figure_release(&f);
    return p;
}

/* ---- Maps ---- */

/* The top left corner of the only large map: under a frame's corner of the known size. */
static void find_map(const picture *p, int *left, int *top)
{
    for (*top = 1; *top < p->height; ++*top)
        for (*left = 1; *left + 225 < p->width; ++*left) {
            colour a = picture_pixel(p, *left - 1, *top - 1);
            colour b = picture_pixel(p, *left + 224, *top - 1);
            colour d = picture_pixel(p, *left - 1, *top + 100);
            if (a.red == 186 && b.red == 186 && d.red == 186 && a.blue == 190)
                return;
        }
    fail_msg("no map found");
}

static void map_pixels_have_the_colours_of_their_values(void **state)
{
    (void)state;
    float values[N];
    fill_values(values, N, 3);
    const char *names[] = {"blue-orange", "blue-red", "hot", "grey"};
    for (size_t k = 0; k < 4; k++) {
        const colour_map *m = colour_map_find(names[k]);
        picture p = draw_one_map(
            &(map_panel){.values = values, .rows = SIDE, .cols = SIDE, .scale = 2, .colours = m});
        int left, top;
        find_map(&p, &left, &top);
        for (int i = 0; i < N; i++) {
            colour want = colour_map_colour(m, values[i] / 2);
            for (int corner = 0; corner < 8; corner += 7) {
                colour got =
                    picture_pixel(&p, left + i % SIDE * 8 + corner, top + i / SIDE * 8 + corner);
                assert_memory_equal(&got, &want, sizeof want);
            }
        }
        picture_release(&p);
    }
}

static void overlay_mixes_with_the_picture_below_by_alpha(void **state)
{
    (void)state;
    float values[N];
    uint8_t under[N];
    fill_values(values, N, 1);
    for (int i = 0; i < N; i++)
        under[i] = (uint8_t)(i * 5);
    float alphas[] = {0 /* the default */, 0.25f, 1};
    for (size_t k = 0; k < 3; k++) {
        picture p = draw_one_map(&(map_panel){.values = values,
                                              .rows = SIDE,
                                              .cols = SIDE,
                                              .scale = 1,
                                              .under = under,
                                              .alpha = alphas[k]});
        int left, top;
        find_map(&p, &left, &top);
        for (int i = 0; i < N; i++) {
            colour want = colour_mix(colour_map_colour(colour_map_at(0), values[i]),
                                     RGB(under[i], under[i], under[i]), k == 0 ? 0.5f : alphas[k]);
            colour got = picture_pixel(&p, left + i % SIDE * 8, top + i / SIDE * 8);
            assert_memory_equal(&got, &want, sizeof want);
        }
        picture_release(&p);
    }
}

static void zero_map_is_neutral_everywhere(void **state)
{
    (void)state;
    float values[N] = {0};
    picture p = draw_one_map(&(map_panel){.values = values, .rows = SIDE, .cols = SIDE});
    int left, top;
    find_map(&p, &left, &top);
    for (int i = 0; i < 224 * 224; i++) {
        colour c = picture_pixel(&p, left + i % 224, top + i / 224);
        assert_int_equal(c.red & c.green & c.blue, 255);
    }
    picture_release(&p);
}

static void signal_colour_marks_exactly_the_values_that_are_not_finite(void **state)
{
    (void)state;
    float values[N];
    uint8_t under[N] = {0};
    fill_values(values, N, 1);
    values[0] = NAN;
    values[400] = INFINITY;
    values[783] = -INFINITY;
    picture p =
        draw_one_map(&(map_panel){.values = values, .rows = SIDE, .cols = SIDE, .under = under});
    assert_int_equal(count_pixels(&p, SIGNAL), 3 * LARGE_PIXEL);
    picture_release(&p);
    for (int i = 0; i < N; i++)
        values[i] = NAN;
    p = draw_one_map(&(map_panel){.values = values, .rows = SIDE, .cols = SIDE});
    assert_int_equal(count_pixels(&p, SIGNAL), N * LARGE_PIXEL);
    picture_release(&p);
}

static void extreme_values_and_scales_are_drawn_without_overflow(void **state)
{
    (void)state;
    float values[N];
    double scales[] = {0, DBL_MIN, DBL_MAX, (double)INFINITY, (double)NAN, -1, 1};
    for (int i = 0; i < N; i++)
        values[i] = i % 3 == 0 ? FLT_MAX : i % 3 == 1 ? -FLT_MAX : FLT_TRUE_MIN;
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++) {
        picture p = draw_one_map(
            &(map_panel){.values = values, .rows = SIDE, .cols = SIDE, .scale = scales[k]});
        assert_int_equal(count_pixels(&p, SIGNAL), 0);
        picture_release(&p);
        p = draw_one_bars(&(bars_panel){
            .parts = {values, values}, .n = N, .prefix = "z", .n_top = 5, .scale = scales[k]});
        picture_release(&p);
    }
}

/* Magenta, so that its pixels can be counted: rows * cols * factor^2. */
static void maps_of_any_shape_are_enlarged_by_a_whole_factor(void **state)
{
    (void)state;
    static const struct {
        size_t rows, cols;
        size_t factor;
    } cases[] = {{28, 28, 8}, {20, 24, 10}, {24, 20, 10}, {4, 4, 56},  {64, 64, 4},
                 {64, 32, 5}, {4, 128, 3},  {128, 4, 3},  {1, 100, 4}, {128, 128, 2}};
    static float values[MAX_PICTURE_SIDE * MAX_PICTURE_SIDE];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        values[i] = NAN;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t rows = cases[i].rows, cols = cases[i].cols, factor = cases[i].factor;
        picture p = draw_one_map(&(map_panel){.values = values, .rows = rows, .cols = cols});
        assert_int_equal(count_pixels(&p, SIGNAL), rows * cols * factor * factor);
        picture_release(&p);
    }
}

/* Two maps 10 : 1 on one scale: the weaker one is as pale as it is weak. */
static void shared_scale_keeps_magnitudes_comparable(void **state)
{
    (void)state;
    float strong[N], weak[N];
    for (int i = 0; i < N; i++) {
        strong[i] = 5;
        weak[i] = 0.5f;
    }
    figure f = {0};
    picture p = {0};
    figure_init(&f, NULL, NULL);
    figure_add_map(&f, &(map_panel){.values = strong, .rows = SIDE, .cols = SIDE, .scale = 5});
    figure_add_map(&f, &(map_panel){.values = weak, .rows = SIDE, .cols = SIDE, .scale = 5});
    figure_draw(&p, &f);
    const colour_map *m = colour_map_at(0);
    assert_true(count_pixels(&p, colour_map_colour(m, 1)) >= N * LARGE_PIXEL);
    assert_true(count_pixels(&p, colour_map_colour(m, 0.1f)) >= N * LARGE_PIXEL);
    picture_release(&p);
    figure_release(&f);
}

static void strip_shows_all_maps_on_the_largest_scale(void **state)
{
    (void)state;
    float values[3 * N];
    for (int i = 0; i < 3 * N; i++)
        values[i] = i < N ? 1.0f : i < 2 * N ? -4.0f : 2.0f;
    const char *labels[] = {"z17  -0.42", "z3  +0.1", "z99  +0"};
    figure f = {0};
    picture p = {0};
    figure_init(&f, NULL, NULL);
    figure_add_strip(
        &f, &(strip_panel){.values = values, .labels = labels, .n = 3, .rows = SIDE, .cols = SIDE});
    figure_draw(&p, &f);
    assert_int_equal(f.width, 3 * 114 + 2 * 17 + 80); /* cells as wide as their maps */
    const colour_map *m = colour_map_at(0);
    assert_true(count_pixels(&p, colour_map_colour(m, 0.25f)) >= N * 16);
    assert_true(count_pixels(&p, colour_map_colour(m, -1)) >= N * 16);
    assert_true(count_pixels(&p, colour_map_colour(m, 0.5f)) >= N * 16);
    picture_release(&p);
    figure_release(&f);
}

/* ---- Lines over maps ---- */

enum { MAP_TOP = MARGIN + 1 }; /* of a map without title, which is 224 pixels wide and high */

/* Draws a map of zeros or ones, with a contour around what is white in grey, or an outline. */
static picture draw_lines(float value, const uint8_t *grey, const picture_area *outline)
{
    float values[N];
    for (int i = 0; i < N; i++)
        values[i] = value;
    return draw_one_map(&(map_panel){.values = values,
                                     .rows = SIDE,
                                     .cols = SIDE,
                                     .scale = 1,
                                     .colours = colour_map_find("grey"),
                                     .contour = grey,
                                     .outline = outline});
}

static int luma_at(const picture *p, int x, int y)
{
    return colour_luma(picture_pixel(p, MAP_TOP + x, MAP_TOP + y));
}

static void a_contour_runs_around_the_bright_part_and_is_seen_on_black_and_white(void **state)
{
    uint8_t grey[N] = {0};
    (void)state;
    for (int i = 0; i < 4; i++) /* 16 x 16 pixels at (48, 40) */
        grey[(5 + i / 2) * SIDE + 6 + i % 2] = 120;
    grey[9 * SIDE + 9] = 60; /* not over half of 120 */
    for (int light = 0; light < 2; light++) {
        picture p = draw_lines((float)light, grey, NULL);
        for (int y = 0; y < 224; y++)
            for (int x = 0; x < 224; x++) {
                bool is_in = x >= 48 && x < 64 && y >= 40 && y < 56;
                bool is_edge = is_in && (x == 48 || x == 63 || y == 40 || y == 55);
                bool is_like_ground = abs(luma_at(&p, x, y) - 255 * light) < 128;
                assert_int_equal(is_like_ground, !is_edge);
            }
        picture_release(&p);
    }
}

static void a_flat_picture_has_no_contour(void **state)
{
    uint8_t grey[N] = {0};
    (void)state;
    grey[30] = 23;
    picture p = draw_lines(1, grey, NULL);
    for (int i = 0; i < 224 * 224; i++)
        assert_int_equal(luma_at(&p, i % 224, i / 224), 255);
    picture_release(&p);
}

/* A line of black and one of white, outside of what they surround. */
static void an_outline_is_seen_on_black_and_white_and_at_the_border(void **state)
{
    static const picture_area areas[] = {{3, 4, 5, 6}, {0, 0, 0, 0}, {27, 27, 27, 27}};
    (void)state;
    for (int i = 0; i < 6; i++) {
        const picture_area *a = &areas[i / 2];
        picture p = draw_lines((float)(i % 2), NULL, a);
        int left = (int)a->left * 8, top = (int)a->top * 8, right = (int)a->right * 8 + 7,
            bottom = (int)a->bottom * 8 + 7, middle = (top + bottom) / 2;
        for (int line = 1; line <= 4; line++) {
            int want = line <= 2 ? 255 : 0;
            assert_int_equal(luma_at(&p, left - line, middle), want);
            assert_int_equal(luma_at(&p, right + line, middle), want);
            assert_int_equal(luma_at(&p, (left + right) / 2, top - line), want);
            assert_int_equal(luma_at(&p, left - line, bottom + line), want);
        }
        assert_int_equal(luma_at(&p, left, top), 255 * (i % 2));
        assert_int_equal(luma_at(&p, right, bottom), 255 * (i % 2));
        picture_release(&p);
    }
}

static void values_of_the_hidden_sign_are_drawn_as_zero(void **state)
{
    float values[N];
    (void)state;
    const colour_map *m = colour_map_at(0);
    for (int hidden = -1; hidden <= 1; hidden += 2) {
        for (int i = 0; i < N; i++)
            values[i] = i % 2 ? 1 : -1;
        picture p = draw_one_map(
            &(map_panel){.values = values, .rows = SIDE, .cols = SIDE, .hidden = hidden});
        colour shown = colour_map_colour(m, (float)-hidden);
        colour gone = colour_map_colour(m, (float)hidden);
        assert_true(count_pixels(&p, shown) >= N / 2 * LARGE_PIXEL);
        assert_int_equal(count_pixels(&p, gone), 0); /* its half of the bar is hatched */
        picture_release(&p);
    }
}

/* ---- Bars ---- */

/* The map alone is of the neutral colour. */
static void a_signed_colour_bar_goes_from_end_to_end(void **state)
{
    (void)state;
    float values[N] = {0};
    const colour_map *m = colour_map_at(0);
    picture p = draw_one_map(
        &(map_panel){.values = values, .rows = SIDE, .cols = SIDE, .scale = 1, .colours = m});
    assert_true(count_pixels(&p, colour_map_colour(m, -1)) > 0);
    assert_true(count_pixels(&p, colour_map_colour(m, 1)) > 0);
    picture_release(&p);
}

static int widest_words(float least, float greatest)
{
    float values[N] = {least, greatest};
    figure f = {0};
    picture p = {0};
    figure_init(&f, NULL, NULL);
    figure_add_map(&f, &(map_panel){.values = values, .rows = SIDE, .cols = SIDE, .scale = 1});
    figure_draw(&p, &f);
    int widest = 0;
    for (size_t i = 0; i < f.n_text_boxes; i++)
        widest = f.text_boxes[i].width > widest ? f.text_boxes[i].width : widest;
    picture_release(&p);
    figure_release(&f);
    return widest;
}

static void values_over_and_under_the_scale_are_stated(void **state)
{
    (void)state;
    int stated = text_width("% outside the scale", TEXT_PLAIN);
    assert_true(widest_words(-2, 0) > stated && widest_words(0, 2) > stated);
    assert_true(widest_words(-1, 1) < stated);
}

/* ---- Layout ---- */

#define LONG_TITLE                                                                                 \
    "Integrated gradients over the noise, from the mean of the prior along a straight path, "      \
    "for squared distance to the nearest training picture"
#define LONG_UNITS                                                                                 \
    "d (reconstruction + 0.0001 × generator) / d pixel, in units of the loss (‖x−x₀‖²)"
#define LONG_WORD "Donaudampfschifffahrtsgesellschaftskapitaenspatentsverlaengerungsantragsformular"

static void add_long_maps(figure *f, const float *values, const uint8_t *under, size_t n_maps)
{
    for (size_t i = 0; i < n_maps; i++)
        figure_add_map(f, &(map_panel){.title = i % 2 ? LONG_TITLE : LONG_WORD,
                                       .subtitle = LONG_UNITS,
                                       .values = values,
                                       .rows = SIDE,
                                       .cols = SIDE,
                                       .scale = i % 3 ? 0 : 1.23e-12,
                                       .colours = colour_map_at(i),
                                       .under = i % 2 ? under : NULL});
}

static void add_long_strip(figure *f, const float *values, const uint8_t *under, size_t n)
{
    const char *labels[24];
    for (size_t i = 0; i < 24; i++)
        labels[i] = i % 2 ? "z511  -1.23e-12" : "z4  +0.1";
    figure_add_strip(f, &(strip_panel){.title = LONG_TITLE LONG_TITLE,
                                       .subtitle = LONG_UNITS LONG_UNITS,
                                       .values = values,
                                       .labels = labels,
                                       .n = n,
                                       .rows = SIDE,
                                       .cols = SIDE,
                                       .under = under});
}

/* Peaks next to each other and at both ends, where labels are most crowded. */
static void crowd(float *z, size_t n)
{
    for (size_t i = 0; i < n && i < 20; i++) {
        z[i] = 3 + (float)i * 0.01f;
        z[n - 1 - i] = -4 - (float)i * 0.01f;
        z[n / 2] = 9.87e-3f;
    }
}

static void no_texts_overlap_or_leave_the_figure(void **state)
{
    (void)state;
    static float values[24 * N], z[MANY], other[MANY];
    uint8_t under[N] = {0};
    fill_values(values, 24 * N, 1.2345e-7f);
    values[5] = NAN;
    size_t counts[] = {1, 2, 3, 7, 64, 100, 190, 512, 1500, MANY};
    const char *prefixes[] = {"z", "", "generator.3.unit"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t k = 0; k < 3; k++) {
            size_t n = counts[i];
            fill_values(z, n, 1e-3f);
            fill_values(other, n, 123);
            crowd(z, n);
            figure f = {0};
            picture p = {0};
            figure_init(&f, LONG_TITLE LONG_TITLE, LONG_UNITS LONG_UNITS LONG_UNITS);
            figure_add_picture(&f, &(picture_panel){.title = LONG_TITLE,
                                                    .subtitle = LONG_UNITS,
                                                    .caption = LONG_TITLE "\n" LONG_WORD,
                                                    .pixels = under,
                                                    .rows = SIDE,
                                                    .cols = SIDE});
            add_long_maps(&f, values, under, i);
            figure_add_bars(&f, &(bars_panel){.title = LONG_TITLE,
                                              .subtitle = LONG_UNITS,
                                              .parts = {z},
                                              .n = n,
                                              .prefix = prefixes[k],
                                              .value_name = i % 2 ? LONG_WORD : "rate",
                                              .beside = i % 3 ? other : NULL,
                                              .beside_name = i % 2 ? "z now" : LONG_WORD,
                                              .errors = i % 3 ? NULL : other,
                                              .n_top = 32});
            figure_new_row(&f);
            figure_add_bars(&f, &(bars_panel){.title = LONG_TITLE,
                                              .parts = {z, other},
                                              .part_names = {"reconstruction", "λ × generator"},
                                              .n = n,
                                              .prefix = prefixes[k],
                                              .n_top = 3 * k,
                                              .scale = k == 1 ? 1e-7 : 0});
            figure_add_text(&f,
                            &(text_panel){.title = LONG_TITLE,
                                          .words = LONG_TITLE "\n\n" LONG_WORD "\n" LONG_UNITS});
            add_long_strip(&f, values, under, 1 + 7 * k + i);
            figure_draw(&p, &f);
            assert_int_equal(p.width, f.width);
            assert_int_equal(p.height, f.height);
            assert_true(f.width <= 1640);
            assert_text_is_apart_and_inside(&f);
            for (size_t panel = 0; panel < f.n_panels; panel++) {
                figure one = {0};
                figure_init_panel(&one, &f, panel, panel % 2 ? "Seed 7 · logit" : NULL);
                figure_draw(&p, &one);
                assert_text_is_apart_and_inside(&one);
                figure_release(&one);
            }
            picture_release(&p);
            figure_release(&f);
        }
}

static void a_row_that_is_too_wide_is_broken(void **state)
{
    (void)state;
    float values[N] = {0};
    int heights[2];
    for (size_t k = 0; k < 2; k++) {
        figure f = {0};
        picture p = {0};
        figure_init(&f, NULL, NULL);
        for (size_t i = 0; i < 6 + k; i++)
            figure_add_map(&f, &(map_panel){.values = values, .rows = SIDE, .cols = SIDE});
        figure_draw(&p, &f);
        assert_int_equal(f.width, 6 * 226 + 5 * 40 + 80);
        heights[k] = f.height;
        picture_release(&p);
        figure_release(&f);
    }
    assert_true(heights[1] > heights[0] + 226);
}

/* How many pixels of a figure's maps are magenta: three maps in a row, under bars of all the width,
 * or beside a panel that stretches. */
static size_t count_in_row(size_t rows, size_t cols, bool is_beside)
{
    static float values[MAX_PICTURE_SIDE * MAX_PICTURE_SIDE], z[300];
    figure f = {0};
    picture p = {0};
    for (size_t i = 0; i < rows * cols; i++)
        values[i] = NAN;
    figure_init(&f, NULL, NULL);
    figure_add_text(&f, &(text_panel){.words = "word"});
    figure_add_map(&f, &(map_panel){.values = z, .rows = 1, .cols = 1});
    figure_add_map(&f, &(map_panel){.values = z, .rows = 1, .cols = 1});
    figure_add_map(&f, &(map_panel){.values = z, .rows = 1, .cols = 1});
    figure_add_map(&f, &(map_panel){.values = z, .rows = 1, .cols = 1});
    figure_new_row(&f);
    for (int i = 0; i < 3; i++)
        figure_add_map(&f, &(map_panel){.values = values, .rows = rows, .cols = cols});
    if (is_beside)
        figure_add_text(&f, &(text_panel){.words = "word"});
    figure_draw(&p, &f);
    size_t n = count_pixels(&p, SIGNAL);
    assert_text_is_apart_and_inside(&f);
    picture_release(&p);
    figure_release(&f);
    return n / (3 * rows * cols);
}

/* The first row is 4 * 226 + 460 + 4 * 40 = 1524 wide. A map of three has (1524 - 80) / 3 = 481
 * there, but is enlarged to at most 3/2 of 224; beside text three share half of the 266 that are
 * left. */
static void maps_are_enlarged_by_whole_factors_to_fill_their_row(void **state)
{
    (void)state;
    assert_int_equal(count_in_row(28, 28, false), 12 * 12);
    assert_int_equal(count_in_row(20, 24, false), 15 * 15);
    assert_int_equal(count_in_row(4, 4, false), 84 * 84);
    assert_int_equal(count_in_row(128, 128, false), 3 * 3);
    assert_int_equal(count_in_row(28, 28, true), 9 * 9);
}

/* Maps of a strip are magenta. */
static void a_strip_fills_its_rows_evenly(void **state)
{
    static float values[32 * N];
    static const char *labels[32];
    static const struct {
        size_t n, factor;
    } cases[] = {{1, 8}, {8, 6}, {13, 7}, {32, 4}};
    (void)state;
    for (size_t i = 0; i < 32 * N; i++)
        values[i] = NAN;
    for (size_t i = 0; i < 32; i++)
        labels[i] = "z1";
    for (size_t i = 0; i < 4; i++) {
        figure f = {0};
        picture p = {0};
        figure_init(&f, NULL, NULL);
        figure_add_strip(
            &f,
            &(strip_panel){
                .values = values, .labels = labels, .n = cases[i].n, .rows = SIDE, .cols = SIDE});
        p = (picture){0};
        canvas measure = {.backend = &PIXELS, .out = &p, .figure = &f};
        picture_init(&p, MAX_CONTENT, 2000, 3, WHITE);
        f.panels[0].kind->draw(&measure, f.panels[0].body, 0, 0, MAX_CONTENT);
        assert_int_equal(count_pixels(&p, SIGNAL),
                         cases[i].n * N * cases[i].factor * cases[i].factor);
        picture_release(&p);
        figure_release(&f);
    }
}

/* A line of words over the panel, and a rule. */
static void a_panel_alone_is_under_the_line_it_is_given(void **state)
{
    float values[N] = {0};
    figure f = {0}, with = {0}, without = {0};
    picture p = {0};
    (void)state;
    figure_init(&f, "Seed 7: logit 3", NULL);
    figure_add_map(&f, &(map_panel){.title = "Map", .values = values, .rows = SIDE, .cols = SIDE});
    figure_add_map(&f, &(map_panel){.values = values, .rows = SIDE, .cols = SIDE});
    figure_init_panel(&without, &f, 0, NULL);
    figure_init_panel(&with, &f, 0, "Seed 7 · logit");
    figure_draw(&p, &without);
    figure_draw(&p, &with);
    assert_int_equal(with.n_text_boxes, without.n_text_boxes + 1);
    assert_int_equal(with.text_boxes[0].width, text_width("Seed 7 · logit", TEXT_PLAIN));
    assert_true(with.height > without.height && with.width == without.width);
    figure_release(&with);
    figure_release(&without);
    figure_draw(&p, &f); /* still has its panels */
    assert_int_equal(f.width, 2 * 226 + 40 + 80);
    picture_release(&p);
    figure_release(&f);
}

/* Maps in magenta, so that they are found in the picture. */
static void bodies_of_a_row_start_on_one_line_under_all_titles(void **state)
{
    (void)state;
    float values[N];
    for (int i = 0; i < N; i++)
        values[i] = NAN;
    const char *titles[] = {NULL, LONG_TITLE, "Title"};
    figure f = {0};
    picture p = {0};
    figure_init(&f, NULL, NULL);
    for (size_t i = 0; i < 3; i++)
        figure_add_map(
            &f, &(map_panel){.title = titles[i], .values = values, .rows = SIDE, .cols = SIDE});
    figure_draw(&p, &f);
    assert_int_equal(count_pixels(&p, SIGNAL), 3 * N * LARGE_PIXEL); /* nothing drawn over them */
    int n_rows = 0;
    for (int y = 0; y < p.height; y++) {
        int n = 0;
        for (int x = 0; x < p.width; x++)
            n += picture_pixel(&p, x, y).green == 0 && picture_pixel(&p, x, y).red == 255;
        assert_true(n == 0 || n == 3 * 224);
        n_rows += n > 0;
    }
    assert_int_equal(n_rows, 224);
    picture_release(&p);
    figure_release(&f);
}

static void figure_keeps_its_own_copies(void **state)
{
    (void)state;
    float values[N], z[10];
    uint8_t under[N];
    char title[] = "Title", label[] = "z1  +2", words[] = "Words.";
    const char *labels[] = {label};
    fill_values(values, N, 1);
    fill_values(z, 10, 1);
    memset(under, 77, sizeof under);
    figure f = {0};
    picture before = {0}, after = {0};
    figure_init(&f, title, title);
    figure_add_picture(&f, &(picture_panel){.title = title,
                                            .subtitle = title,
                                            .caption = title,
                                            .pixels = under,
                                            .rows = SIDE,
                                            .cols = SIDE});
    figure_add_map(
        &f,
        &(map_panel){.title = title, .values = values, .rows = SIDE, .cols = SIDE, .under = under});
    figure_add_strip(&f, &(strip_panel){.title = title,
                                        .values = values,
                                        .labels = labels,
                                        .n = 1,
                                        .rows = SIDE,
                                        .cols = SIDE});
    figure_add_bars(&f, &(bars_panel){.title = title, .parts = {z, z}, .n = 10, .prefix = title});
    figure_add_text(&f, &(text_panel){title, words});
    figure_draw(&before, &f);
    memset(values, 0, sizeof values);
    memset(z, 0, sizeof z);
    memset(under, 0, sizeof under);
    title[0] = label[0] = words[0] = '?';
    labels[0] = NULL;
    figure_draw(&after, &f);
    assert_int_equal(before.height, after.height);
    assert_memory_equal(before.data, after.data, (size_t)before.width * (size_t)before.height * 3);
    picture_release(&before);
    picture_release(&after);
    figure_release(&f);
}

static void an_empty_figure_is_a_white_picture(void **state)
{
    (void)state;
    figure f = {0};
    picture p = {0};
    figure_release(&f);
    figure_draw(&p, &f);
    assert_int_equal(count_pixels(&p, WHITE), p.width * p.height);
    picture_release(&p);
    figure_release(&f);
}

/* ---- Numbers, text and JSON ---- */

static void numbers_have_three_significant_digits(void **state)
{
    (void)state;
    const struct {
        double v;
        bool with_plus;
        const char *want;
    } cases[] = {{0, true, "0"},
                 {-0.0, true, "0"},
                 {0.012345, true, "+0.0123"},
                 {0.012345, false, "0.0123"},
                 {-0.42, true, "-0.42"},
                 {1.2345e-5, false, "1.23e-5"},
                 {-1.5e-300, true, "-1.5e-300"},
                 {123456, false, "1.23e5"},
                 {999.6, true, "+1e3"},
                 {100, false, "100"},
                 {(double)INFINITY, true, "+inf"},
                 {(double)-INFINITY, false, "-inf"},
                 {(double)NAN, true, "nan"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        number_text out;
        assert_string_equal(number_write(out, cases[i].v, cases[i].with_plus), cases[i].want);
    }
}

static void numbers_below_the_floor_are_zero(void **state)
{
    number_text out;
    (void)state;
    assert_string_equal(number_write_floored(out, 8.23e-7, 7.75e-6, false), "0");
    assert_string_equal(number_write_floored(out, -8.23e-7, 7.75e-6, true), "0");
    assert_string_equal(number_write_floored(out, -7.75e-6, 7.75e-6, true), "-7.75e-6");
    assert_string_equal(number_write_floored(out, 3, 0, true), "+3");
    assert_string_equal(number_write_floored(out, (double)NAN, 1, true), "nan");
}

static void words_are_wrapped_by_characters_not_bytes(void **state)
{
    (void)state;
    text t = {0};
    text_add_wrapped(&t, "one two  three ‖∂x/∂z‖ four", 15, "  ");
    assert_string_equal(t.data, "  one two three\n  ‖∂x/∂z‖ four\n");
    text_release(&t);
    text_add_wrapped(&t, "a\n\nb averyveryverylongword c\n", 10, "");
    assert_string_equal(t.data, "a\n\nb\naveryveryverylongword\nc\n");
    text_release(&t);
    text_add_wrapped(&t, "", 10, "");
    assert_string_equal(t.data, "\n");
    text_release(&t);
}

static void wrapped_lines_are_as_long_as_they_may_be(void **state)
{
    (void)state;
    const char *words = "aa bbb c dddd ee f ggg hhhhh i jj kkk";
    for (size_t columns = 5; columns < 45; columns++) {
        text t = {0};
        text_add_wrapped(&t, words, columns, "");
        size_t previous = 0;
        for (char *line = strtok(t.data, "\n"); line; line = strtok(NULL, "\n")) {
            assert_true(strlen(line) <= columns);
            if (previous > 0) /* the first word would not have fitted above */
                assert_true(previous + 1 + strcspn(line, " ") > columns);
            previous = strlen(line);
        }
        text_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_pixels_have_the_colours_of_their_values),
        cmocka_unit_test(overlay_mixes_with_the_picture_below_by_alpha),
        cmocka_unit_test(zero_map_is_neutral_everywhere),
        cmocka_unit_test(signal_colour_marks_exactly_the_values_that_are_not_finite),
        cmocka_unit_test(extreme_values_and_scales_are_drawn_without_overflow),
        cmocka_unit_test(maps_of_any_shape_are_enlarged_by_a_whole_factor),
        cmocka_unit_test(shared_scale_keeps_magnitudes_comparable),
        cmocka_unit_test(strip_shows_all_maps_on_the_largest_scale),
        cmocka_unit_test(a_contour_runs_around_the_bright_part_and_is_seen_on_black_and_white),
        cmocka_unit_test(a_flat_picture_has_no_contour),
        cmocka_unit_test(an_outline_is_seen_on_black_and_white_and_at_the_border),
        cmocka_unit_test(values_of_the_hidden_sign_are_drawn_as_zero),
        cmocka_unit_test(a_signed_colour_bar_goes_from_end_to_end),
        cmocka_unit_test(values_over_and_under_the_scale_are_stated),
        cmocka_unit_test(no_texts_overlap_or_leave_the_figure),
        cmocka_unit_test(a_row_that_is_too_wide_is_broken),
        cmocka_unit_test(maps_are_enlarged_by_whole_factors_to_fill_their_row),
        cmocka_unit_test(a_strip_fills_its_rows_evenly),
        cmocka_unit_test(a_panel_alone_is_under_the_line_it_is_given),
        cmocka_unit_test(bodies_of_a_row_start_on_one_line_under_all_titles),
        cmocka_unit_test(figure_keeps_its_own_copies),
        cmocka_unit_test(an_empty_figure_is_a_white_picture),
        cmocka_unit_test(numbers_have_three_significant_digits),
        cmocka_unit_test(numbers_below_the_floor_are_zero),
        cmocka_unit_test(words_are_wrapped_by_characters_not_bytes),
        cmocka_unit_test(wrapped_lines_are_as_long_as_they_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
