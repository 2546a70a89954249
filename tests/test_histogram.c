/* SPDX-License-Identifier: MIT */
/* The histogram panel: what its shapes stand for, read from its SVG, which says where they are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report.h"
#include "text_boxes.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_Q = 101, N_FEW = 21, LEFT = 40, WIDTH = 264, HEIGHT = 170, MAX_BINS = 64 };

/* Of a panel whose axis is -6..6: a uniform distribution each, from the first to the second; the
 * filled one is known by fewer quantiles. */
static char *drawn(const double real[2], const double generated[2], const double band[2],
                   double mark)
{
    float q[2][N_Q];
    figure f = {0};
    picture p = {0};
    text svg = {0};
    error e = {0};
    for (size_t i = 0; i < N_Q; i++) {
        double share = (double)i / (N_Q - 1), coarse = (double)i / (N_FEW - 1);
        q[0][i] = (float)(real[0] + (real[1] - real[0]) * share);
        q[1][i] = (float)(generated[0] + (generated[1] - generated[0]) * coarse);
    }
    figure_add_histogram(
        &f, &(histogram_panel){.series = {{"real", q[0], N_Q}, {"generated", q[1], N_FEW}},
                               .band = {band[0], band[1]},
                               .band_name = "undecided",
                               .mark = mark,
                               .mark_name = "seed 7"});
    figure_draw(&p, &f);
    assert_text_is_apart_and_inside(&f);
    assert_int_equal(f.width, WIDTH + 2 * LEFT);
    assert_int_equal(figure_write_svg(&svg, &f, &e), 0);
    picture_release(&p);
    figure_release(&f);
    return svg.data;
}

/* Where a number is on that axis. */
static int place(double v) { return LEFT + (int)lround((v + 6) / 12 * (WIDTH - 1)); }

static const double narrow[] = {-1, 1}, wide[] = {-6, 6}, band[] = {-2, 0.5};

/* ---- Reading ---- */

/* The boxes of a colour, at most MAX_BINS; returns how many. */
static size_t find_boxes(box *boxes, const char *svg, const char *wanted)
{
    size_t n = 0;
    for (const char *at = strstr(svg, "<rect"); at; at = strstr(at + 1, "<rect")) {
        box b;
        char ink[8];
        if (sscanf(at, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%7s\"", &b.x,
                   &b.y, &b.width, &b.height, ink) == 5 &&
            strcmp(ink, wanted) == 0 && n < MAX_BINS)
            boxes[n++] = b;
    }
    return n;
}

static const char filled_ink[] = "#f0b060", mark_ink[] = "#1c1c1e";

/* Bars of the filled set, without the legend's square. */
static size_t find_bars(box *bars, const char *svg)
{
    return find_boxes(bars, svg, filled_ink) - 1;
}

/* The points of the outlined set; returns how many. */
static size_t find_outline(double *x, double *y, const char *svg)
{
    const char *at = strstr(svg, "<polyline");
    size_t n = 0;
    int used;
    at = strstr(at, "points=\"") + strlen("points=\"");
    for (; n < 2 * MAX_BINS && sscanf(at, " %lf,%lf%n", &x[n], &y[n], &used) == 2; n++)
        at += used;
    return n;
}

/* ---- Areas ---- */

static int area_of(const box *bars, size_t n)
{
    int area = 0;
    for (size_t i = 0; i < n; i++)
        area += bars[i].width * bars[i].height;
    return area;
}

/* Above the foot of the bars. */
static double area_under(const double *x, const double *y, size_t n, const box *bar)
{
    double area = 0;
    for (size_t i = 0; i + 1 < n; i += 2)
        area += (x[i + 1] - x[i]) * (bar->y + bar->height - 0.5 - y[i]);
    return area;
}

/* A set that is six times as narrow is six times as high. */
static void both_sets_have_one_area(void **state)
{
    (void)state;
    box bars[MAX_BINS];
    double x[2 * MAX_BINS], y[2 * MAX_BINS];
    char *svg = drawn(narrow, wide, band, 0);
    size_t n_bars = find_bars(bars, svg), n_points = find_outline(x, y, svg);
    assert_true(n_bars >= 30 && n_points == 2 * n_bars);
    double filled = area_of(bars, n_bars), outlined = area_under(x, y, n_points, bars);
    assert_true(fabs(filled - outlined) < 0.05 * filled);
    assert_true(outlined > 2000);
    free(svg);
}

/* The axis is that of both, whichever reaches farther. */
static void a_narrow_set_beside_a_wide_one_has_its_area(void **state)
{
    (void)state;
    static const double sets[][2] = {{-6, 2}, {-2, 6}, {-6, 6}};
    for (size_t i = 0; i < 3; i++) {
        box bars[MAX_BINS];
        double x[2 * MAX_BINS], y[2 * MAX_BINS];
        char *svg = drawn(sets[i], narrow, band, 0);
        size_t n_bars = find_bars(bars, svg), n_points = find_outline(x, y, svg);
        double filled = area_of(bars, n_bars), outlined = area_under(x, y, n_points, bars);
        assert_true(5 * n_bars < n_points); /* 2 of the axis's 8 or 12 */
        assert_true(fabs(filled - outlined) < 0.08 * filled);
        free(svg);
    }
}

/* In the last bin. */
static void what_lies_at_the_end_of_the_axis_counts(void **state)
{
    (void)state;
    static const double end[] = {6, 6};
    box bars[MAX_BINS];
    char *svg = drawn(wide, end, band, 0);
    assert_int_equal(find_bars(bars, svg), 1);
    assert_int_equal(bars[0].x + bars[0].width, place(6));
    free(svg);
}

static void bars_of_one_share_are_of_one_height(void **state)
{
    (void)state;
    box bars[MAX_BINS];
    char *svg = drawn(narrow, wide, band, 0);
    size_t n = find_bars(bars, svg);
    assert_int_equal(bars[0].x, LEFT);
    for (size_t i = 0; i < n; i++) {
        assert_true(abs(bars[i].height - bars[0].height) <= 1 && bars[i].height > 20);
        assert_int_equal(bars[i].y + bars[i].height, bars[0].y + bars[0].height);
        assert_true(i == 0 || bars[i].x == bars[i - 1].x + bars[i - 1].width);
    }
    free(svg);
}

static void equal_sets_cover_each_other(void **state)
{
    (void)state;
    box bars[MAX_BINS];
    double x[2 * MAX_BINS], y[2 * MAX_BINS];
    char *svg = drawn(wide, wide, band, 0);
    size_t n = find_bars(bars, svg);
    assert_int_equal(find_outline(x, y, svg), 2 * n);
    for (size_t i = 0; i < n; i++) {
        assert_true(x[2 * i] == bars[i].x + 0.5);
        assert_true(y[2 * i] == bars[i].y - 0.5); /* the line is drawn on the bar's edge */
    }
    free(svg);
}

/* ---- Places ---- */

static void the_band_goes_from_its_start_to_its_end(void **state)
{
    (void)state;
    double left, right;
    char *svg = drawn(narrow, wide, band, 0);
    const char *at = strstr(svg, "<polygon");
    assert_int_equal(sscanf(strstr(at, "points=\""), "points=\" %lf,%*f %lf", &left, &right), 2);
    assert_true(left == place(-2) + 0.5 && right == place(0.5) + 0.5);
    free(svg);
}

/* The line of the mark, if there is one: as high as the plot. */
static bool has_line(const char *svg, int x)
{
    box boxes[MAX_BINS];
    size_t n = find_boxes(boxes, svg, mark_ink);
    for (size_t i = 0; i < n; i++)
        if (boxes[i].height == HEIGHT)
            return boxes[i].x == x;
    return false;
}

static void the_mark_stands_at_its_number(void **state)
{
    (void)state;
    static const double marks[] = {-6, -1.25, 0, 5.9, 6};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char *svg = drawn(narrow, wide, band, marks[i]);
        assert_true(has_line(svg, place(marks[i]) - 1));
        free(svg);
    }
}

/* The middle column of the arrow's head grows with the distance from its tip. */
static void a_mark_outside_is_an_arrow_that_points_there(void **state)
{
    (void)state;
    static const double marks[] = {-6.01, 6.01, -1e30, 1e30};
    for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
        box boxes[MAX_BINS], tip = {0}, back = {0};
        char *svg = drawn(narrow, wide, band, marks[k]);
        size_t n = find_boxes(boxes, svg, mark_ink);
        assert_false(has_line(svg, place(marks[k] < 0 ? -6 : 6) - 1));
        for (size_t i = 0; i < n; i++)
            if (boxes[i].width == 1) {
                tip = boxes[i].height == 1 ? boxes[i] : tip;
                back = boxes[i].height > back.height ? boxes[i] : back;
            }
        assert_true(back.height > 8 && tip.height == 1);
        assert_true(marks[k] < 0 ? tip.x < back.x : tip.x > back.x);
        assert_true(abs(tip.x - place(marks[k] < 0 ? -6 : 6)) < 4);
        free(svg);
    }
}

static void one_number_stands_in_the_middle(void **state)
{
    (void)state;
    static const double numbers[] = {0, 3.5, -1e5};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const double one[] = {numbers[i], numbers[i]};
        box bars[MAX_BINS];
        char *svg = drawn(one, one, one, numbers[i]);
        size_t n = find_bars(bars, svg);
        assert_int_equal(n, 1); /* all in one bin */
        assert_true(bars[0].x > LEFT + WIDTH / 4 && bars[0].x < LEFT + WIDTH * 3 / 4);
        free(svg);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sets_have_one_area),
        cmocka_unit_test(a_narrow_set_beside_a_wide_one_has_its_area),
        cmocka_unit_test(what_lies_at_the_end_of_the_axis_counts),
        cmocka_unit_test(bars_of_one_share_are_of_one_height),
        cmocka_unit_test(equal_sets_cover_each_other),
        cmocka_unit_test(the_band_goes_from_its_start_to_its_end),
        cmocka_unit_test(the_mark_stands_at_its_number),
        cmocka_unit_test(a_mark_outside_is_an_arrow_that_points_there),
        cmocka_unit_test(one_number_stands_in_the_middle),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
