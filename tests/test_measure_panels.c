/* SPDX-License-Identifier: MIT */
/* Gauges, columns, planes and sheets: where numbers are drawn, and that words can be read. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report.h"
#include "text_boxes.h"

#include "../src/report/panel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE ((double)NAN)

static char *svg_of(figure *f)
{
    text t = {0};
    error e = {0};
    if (figure_write_svg(&t, f, &e) != 0)
        fail_msg("%s", e.message);
    return t.data;
}

static size_t count_of(const char *svg, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(svg, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

static bool is_colour(const picture *p, int x, int y, colour want)
{
    colour got = picture_pixel(p, x, y);
    return got.red == want.red && got.green == want.green && got.blue == want.blue;
}

/* Where a colour is, over the whole picture; fails where it is nowhere. */
typedef struct {
    int left, right, top, bottom;
} extent;

static extent extent_of(const picture *p, colour ink)
{
    extent e = {p->width, -1, p->height, -1};
    for (int i = 0; i < p->width * p->height; i++) {
        int x = i % p->width, y = i / p->width;
        if (!is_colour(p, x, y, ink))
            continue;
        e.left = x < e.left ? x : e.left;
        e.right = x > e.right ? x : e.right;
        e.top = y < e.top ? y : e.top;
        e.bottom = y > e.bottom ? y : e.bottom;
    }
    assert_true(e.right >= 0);
    return e;
}

static bool has_colour(const picture *p, colour ink)
{
    for (int i = 0; i < p->width * p->height; i++)
        if (is_colour(p, i % p->width, i / p->width, ink))
            return true;
    return false;
}

static const colour TRACK = {240, 240, 243};

/* ---- Gauges ---- */

static gauge gauge_from(double value, double low, double high, double mark)
{
    return (gauge){.name = "coverage",
                   .value_words = "0.5 (0.4 to 0.6)",
                   .mark_words = "real 0.9",
                   .note = "more is better",
                   .value = value,
                   .low = low,
                   .high = high,
                   .mark = mark,
                   .mark_low = NONE,
                   .mark_high = NONE,
                   .from = 0,
                   .to = 1};
}

static picture draw_gauges(figure *f, const gauge *g, size_t n)
{
    picture p = {0};
    figure_add_gauges(f, &(gauges_panel){.gauges = g, .n = n});
    figure_draw(&p, f);
    return p;
}

/* How far along a track, from 0 to 1. */
static double along(extent track, int x)
{
    return (double)(x - track.left) / (double)(track.right - track.left);
}

/* From the mark at three quarters down to a value of a quarter. */
static void a_gauge_reaches_from_its_mark_to_its_value(void **state)
{
    figure f = {0};
    gauge g = gauge_from(0.25, NONE, NONE, 0.75);
    (void)state;
    picture p = draw_gauges(&f, &g, 1);
    extent bar = extent_of(&p, SECOND_INK), mark = extent_of(&p, FIRST_INK);
    extent track = extent_of(&p, TRACK), value = extent_of(&p, SECOND_DARK);
    assert_true(fabs(along(track, (value.left + value.right) / 2) - 0.25) < 0.01);
    assert_true(fabs(along(track, (mark.left + mark.right) / 2) - 0.75) < 0.01);
    assert_true(bar.left > value.left && bar.left - value.left <= 6);
    assert_true(bar.right < mark.right && mark.right - bar.right <= 4);
    assert_true(mark.top < track.top && mark.bottom > track.bottom);
    assert_false(has_colour(&p, GOOD_INK));
    picture_release(&p);
    figure_release(&f);
}

static void a_whisker_reaches_from_low_to_high(void **state)
{
    figure f = {0};
    gauge g = gauge_from(0.5, 0.25, 0.75, NONE);
    (void)state;
    g.name = ""; /* words are of the same ink */
    g.value_words = g.mark_words = g.note = NULL;
    picture p = draw_gauges(&f, &g, 1);
    extent track = extent_of(&p, TRACK), whisker = extent_of(&p, INK);
    assert_true(fabs(along(track, whisker.left) - 0.25) < 0.01);
    assert_true(fabs(along(track, whisker.right) - 0.75) < 0.01);
    picture_release(&p);
    figure_release(&f);
}

static void a_mark_has_its_interval_above_and_below_the_track(void **state)
{
    figure f = {0};
    gauge g = gauge_from(NONE, NONE, NONE, 0.5);
    (void)state;
    g.mark_low = 0.25;
    g.mark_high = 0.625;
    picture p = draw_gauges(&f, &g, 1);
    extent track = extent_of(&p, TRACK), band = extent_of(&p, FIRST_PALE);
    assert_true(fabs(along(track, band.left) - 0.25) < 0.01);
    assert_true(fabs(along(track, band.right) - 0.625) < 0.01);
    assert_true(band.top < track.top && band.bottom > track.bottom);
    picture_release(&p);
    figure_release(&f);
}

static void what_is_good_has_its_colour_and_what_is_no_number_no_bar(void **state)
{
    figure f = {0};
    gauge g[2] = {gauge_from(0.5, NONE, NONE, 0.75), gauge_from(NONE, NONE, NONE, 0.5)};
    (void)state;
    g[0].is_good = true;
    picture p = draw_gauges(&f, g, 2);
    extent bar = extent_of(&p, GOOD_INK), value = extent_of(&p, GOOD_DARK);
    assert_false(has_colour(&p, SECOND_INK) || has_colour(&p, SECOND_DARK));
    assert_true(bar.bottom - bar.top < 14 && value.bottom - value.top < 14);
    picture_release(&p);
    figure_release(&f);
}

/* A track from -1 to 1. */
static void a_value_below_zero_goes_to_the_left_of_zero(void **state)
{
    figure f = {0};
    gauge g = gauge_from(-0.5, NONE, NONE, 0);
    (void)state;
    g.from = -1;
    picture p = draw_gauges(&f, &g, 1);
    extent track = extent_of(&p, TRACK), value = extent_of(&p, SECOND_DARK);
    assert_true(fabs(along(track, (value.left + value.right) / 2) - 0.25) < 0.01);
    assert_true(fabs(along(track, extent_of(&p, SECOND_INK).right) - 0.5) < 0.01);
    picture_release(&p);
    figure_release(&f);
}

static void words_of_gauges_stand_apart_however_long(void **state)
{
    static const char longest[] =
        "a name that is much longer than the place that a name can have before its track, surely";
    (void)state;
    for (size_t n = 1; n <= 40; n += 13) {
        figure f = {0};
        gauge *g = allocate(n, sizeof *g);
        for (size_t i = 0; i < n; i++) {
            g[i] = gauge_from(0.5, 0.4, 0.6, 0.9);
            g[i].heading = i % 3 == 0 ? longest : NULL;
            g[i].name = i % 2 ? longest : "x";
            g[i].to = i % 2 ? 12345.678 : 1;
        }
        figure_add_gauges(&f, &(gauges_panel){.title = longest,
                                              .subtitle = longest,
                                              .value_name = longest,
                                              .good_name = longest,
                                              .mark_name = longest,
                                              .gauges = g,
                                              .n = n});
        free(g); /* texts and numbers are copies */
        char *svg = svg_of(&f);
        assert_text_is_apart_and_inside(&f);
        assert_int_equal(count_of(svg, ">0.5 (0.4 to 0.6)</text>"), n);
        assert_true(n < 2 || count_of(svg, "…</text>") >= n / 2); /* every second name is cut */
        free(svg);
        figure_release(&f);
    }
}

/* ---- Columns ---- */

static void columns_are_as_high_as_their_numbers(void **state)
{
    static const float real[2] = {2, NAN}, own[2] = {1, 4}, low[2] = {NAN, 3}, high[2] = {NAN, 4};
    column_series series[2] = {{"real", real, NULL, NULL}, {"own", own, low, high}};
    figure f = {0};
    picture p = {0};
    (void)state;
    figure_add_columns(&f, &(columns_panel){.series = series,
                                            .n = 2,
                                            .n_series = 2,
                                            .line = NONE,
                                            .marked = {{1, "best: 1"}, {0, NULL}}});
    figure_draw(&p, &f);
    char *svg = svg_of(&f);
    int x = 0, y[3] = {0}, width = 0, height[3] = {0};
    const char *const inks[3] = {"#84acd0", "#f0b060", "#188040"}; /* real, own, the best */
    for (int k = 0; k < 3; k++) { /* the last of an ink: swatches of the legend come first */
        const char *at = svg, *last = NULL;
        while ((at = strstr(at + 1, inks[k])) != NULL)
            last = at;
        assert_non_null(last);
        while (strncmp(last, "<rect", 5) != 0)
            last--;
        assert_int_equal(sscanf(last, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", &x,
                                &y[k], &width, &height[k]),
                         4);
    }
    assert_true(abs(height[0] - 2 * height[1]) <= 2 && abs(height[2] - 4 * height[1]) <= 4);
    assert_int_equal(y[0] + height[0], y[2] + height[2]);
    assert_int_equal(count_of(svg, "#84acd0"), 2); /* one is not finite; and the legend */
    free(svg);
    picture_release(&p);
    figure_release(&f);
}

static void names_of_columns_stand_apart_for_any_number_of_them(void **state)
{
    static const size_t counts[] = {1, 2, 3, 10, 47, 256, 390};
    static const char *const kinds[] = {"7", "a name of some length", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t kind = 0; kind < 3; kind++) {
            figure f = {0};
            size_t n = counts[i];
            float *values = allocate(n, sizeof *values);
            const char **names = allocate(n, sizeof *names);
            for (size_t k = 0; k < n; k++) {
                values[k] = (float)(k % 7);
                names[k] = kinds[kind];
            }
            column_series s = {"share", values, NULL, NULL};
            columns_panel p = {.series = &s, .n = n, .n_series = 1, .line = 3, .line_name = "mean"};
            p.names = kinds[kind] ? names : NULL;
            figure_add_columns(&f, &p);
            figure_add_columns(&f, &p);
            free(values);
            free(names);
            free(svg_of(&f));
            assert_text_is_apart_and_inside(&f);
            figure_release(&f);
        }
}

/* ---- Planes ---- */

enum { GRID = 20 };

static plane_panel plane_of_unit(void)
{
    return (plane_panel){.x_name = "first",
                         .y_name = "second",
                         .x_low = 0,
                         .x_high = 1,
                         .y_low = 0,
                         .y_high = 1,
                         .rows = GRID,
                         .cols = GRID};
}

/* Frames of pictures and words are muted; the frame of the plane is not. */
static const colour PLANE_FRAME = {186, 186, 190};

static void dots_lie_where_they_belong(void **state)
{
    static const float x[1] = {0.25f}, y[1] = {0.75f};
    figure f = {0};
    picture p = {0};
    plane_panel v = plane_of_unit();
    (void)state;
    v.sets[0] = (plane_set){NULL, x, y, 1, NULL, 0};
    figure_add_plane(&f, &v);
    figure_draw(&p, &f);
    extent frame = extent_of(&p, PLANE_FRAME);
    extent dot = extent_of(&p, colour_mix(FIRST_INK, WHITE, 0.45f));
    int side = frame.right - frame.left;
    assert_true(abs(dot.left - frame.left - side / 4) <= 2);
    assert_true(abs(dot.top - frame.top - side / 4) <= 2);
    assert_true(dot.right - dot.left == 1 && dot.bottom - dot.top == 1);
    picture_release(&p);
    figure_release(&f);
}

/* The density is the column's number: 7.25 is crossed a quarter of the way from column 7, whose
 * middle is 7.5 cells from the left, to column 8. */
static void a_line_is_where_the_density_crosses_its_level(void **state)
{
    float density[GRID * GRID];
    figure f = {0};
    picture p = {0};
    plane_panel v = plane_of_unit();
    (void)state;
    for (size_t i = 0; i < GRID * GRID; i++)
        density[i] = (float)(i % GRID);
    v.sets[1] = (plane_set){NULL, NULL, NULL, 0, density, 7.25};
    figure_add_plane(&f, &v);
    figure_draw(&p, &f);
    extent frame = extent_of(&p, PLANE_FRAME), line = extent_of(&p, SECOND_DARK);
    int side = frame.right - frame.left;
    assert_true(abs((line.left + line.right) / 2 - frame.left - side * 31 / (4 * GRID)) <= 2);
    assert_true(line.right - line.left <= 3);
    assert_true(line.top < frame.top + side / GRID && line.bottom > frame.bottom - side / GRID);
    picture_release(&p);
    figure_release(&f);
}

/* Of one hot cell, and of all but one: a closed line around it, which is half a cell away. */
static void a_line_goes_around_a_heap_and_around_a_hole(void **state)
{
    (void)state;
    for (int is_hole = 0; is_hole < 2; is_hole++) {
        float density[GRID * GRID];
        figure f = {0};
        picture p = {0};
        plane_panel v = plane_of_unit();
        for (size_t i = 0; i < GRID * GRID; i++)
            density[i] = (i == 5 * GRID + 10) != is_hole;
        v.sets[0] = (plane_set){NULL, NULL, NULL, 0, density, 0.5};
        figure_add_plane(&f, &v);
        figure_draw(&p, &f);
        extent frame = extent_of(&p, PLANE_FRAME), line = extent_of(&p, FIRST_INK);
        int side = frame.right - frame.left;
        assert_true(abs(line.left - frame.left - side * 10 / GRID) <= 3);
        assert_true(abs(line.right - frame.left - side * 11 / GRID) <= 3);
        assert_true(abs(line.top - frame.top - side * 5 / GRID) <= 3);
        assert_true(abs(line.bottom - frame.top - side * 6 / GRID) <= 3);
        picture_release(&p);
        figure_release(&f);
    }
}

/* Row 0 is on top. */
static void colours_of_a_plane_start_at_its_upper_left_corner(void **state)
{
    float values[GRID * GRID] = {1};
    figure f = {0};
    picture p = {0};
    plane_panel v = plane_of_unit();
    (void)state;
    v.values = values;
    v.scale = 1;
    figure_add_plane(&f, &v);
    figure_draw(&p, &f);
    extent frame = extent_of(&p, PLANE_FRAME);
    assert_true(
        is_colour(&p, frame.left + 3, frame.top + 3, colour_map_colour(colour_map_at(0), 1)));
    assert_true(is_colour(&p, frame.right - 3, frame.top + 3, WHITE));
    picture_release(&p);
    figure_release(&f);
}

static void small_pictures_stay_inside_the_plane(void **state)
{
    static const float x[2] = {0.5f, 1}, y[2] = {0.5f, 0};
    uint8_t pixels[2 * 30 * 20];
    figure f = {0};
    picture p = {0};
    plane_panel v = plane_of_unit();
    (void)state;
    memset(pixels, 77, sizeof pixels);
    v.pixels = pixels;
    v.picture_x = x;
    v.picture_y = y;
    v.n_pictures = 2;
    v.picture_rows = 30;
    v.picture_cols = 20;
    figure_add_plane(&f, &v);
    figure_draw(&p, &f);
    extent frame = extent_of(&p, PLANE_FRAME), grey = extent_of(&p, RGB(77, 77, 77));
    int middle = (frame.left + frame.right) / 2;
    assert_true(abs(grey.left - middle + 10) <= 2);
    assert_true(grey.right < frame.right && grey.right > frame.right - 4);
    assert_true(grey.bottom < frame.bottom);
    picture_release(&p);
    figure_release(&f);
}

static void words_in_a_plane_do_not_stand_on_each_other(void **state)
{
    static const char *const words[] = {"a", "b", "c", "d", "far", "a name that is rather long"};
    static const float x[] = {0.5f, 0.5f, 0.5f, 0.5f, 1, 0}, y[] = {0.5f, 0.5f, 0.5f, 0.5f, 1, 0};
    plane_mark marks[6];
    figure f = {0};
    plane_panel v = plane_of_unit();
    (void)state;
    for (size_t i = 0; i < 6; i++)
        marks[i] = (plane_mark){words[i], x[i], y[i]};
    v.marks = marks;
    v.n_marks = 6;
    figure_add_plane(&f, &v);
    char *svg = svg_of(&f);
    assert_text_is_apart_and_inside(&f);
    for (size_t i = 0; i < 6; i++) {
        text line = {0};
        text_add(&line, ">%s</text>", words[i]);
        assert_int_equal(count_of(svg, line.data), i != 3); /* three of one place have room */
        text_release(&line);
    }
    free(svg);
    figure_release(&f);
}

/* ---- Sheets ---- */

static void a_sheet_without_words_is_close_and_as_broad_as_asked(void **state)
{
    uint8_t pixels[6 * 28 * 28];
    figure f = {0};
    picture p = {0};
    (void)state;
    memset(pixels, 200, sizeof pixels);
    figure_add_sheet(
        &f,
        &(sheet_panel){.pixels = pixels, .n = 6, .rows = 28, .cols = 28, .columns = 3, .side = 56});
    figure_draw(&p, &f);
    assert_int_equal(f.n_text_boxes, 0);
    extent grey = extent_of(&p, RGB(200, 200, 200));
    assert_int_equal(grey.right - grey.left + 1, 3 * 56 + 2 * (2 + 4));
    assert_int_equal(grey.bottom - grey.top + 1, 2 * 56 + (2 + 4));
    picture_release(&p);
    figure_release(&f);
}

static void a_list_of_pictures_becomes_a_sheet_of_them(void **state)
{
    picture_shape shape = {4, 5, 20};
    uint8_t one[20] = {9};
    picture_list l;
    figure f = {0};
    (void)state;
    picture_list_init(&l, 3, shape);
    figure_add_pictures(&f, &l, "none", NULL, 0, 0);
    assert_int_equal(f.n_panels, 0);
    picture_list_add(&l, one, copy_text("first"));
    picture_list_add(&l, one, NULL);
    figure_add_pictures(&f, &l, "two", NULL, 0, 0);
    const sheet_panel *s = f.panels[0].body;
    assert_true(s->n == 2 && s->rows == 4 && s->cols == 5 && s->pixels[20] == 9);
    assert_string_equal(s->labels[0], "first");
    assert_string_equal(s->labels[1], "");
    picture_list_release(&l);
    figure_release(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gauge_reaches_from_its_mark_to_its_value),
        cmocka_unit_test(a_mark_has_its_interval_above_and_below_the_track),
        cmocka_unit_test(a_whisker_reaches_from_low_to_high),
        cmocka_unit_test(what_is_good_has_its_colour_and_what_is_no_number_no_bar),
        cmocka_unit_test(a_value_below_zero_goes_to_the_left_of_zero),
        cmocka_unit_test(words_of_gauges_stand_apart_however_long),
        cmocka_unit_test(columns_are_as_high_as_their_numbers),
        cmocka_unit_test(names_of_columns_stand_apart_for_any_number_of_them),
        cmocka_unit_test(dots_lie_where_they_belong),
        cmocka_unit_test(a_line_is_where_the_density_crosses_its_level),
        cmocka_unit_test(a_line_goes_around_a_heap_and_around_a_hole),
        cmocka_unit_test(colours_of_a_plane_start_at_its_upper_left_corner),
        cmocka_unit_test(small_pictures_stay_inside_the_plane),
        cmocka_unit_test(words_in_a_plane_do_not_stand_on_each_other),
        cmocka_unit_test(a_sheet_without_words_is_close_and_as_broad_as_asked),
        cmocka_unit_test(a_list_of_pictures_becomes_a_sheet_of_them),
    };
    return cmocka_run_group_tests_name("measure panels", tests, NULL, NULL);
}
