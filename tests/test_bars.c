/* SPDX-License-Identifier: MIT */
/* Bars: which component is where, how long its bar is and what is said of it; looked for in the
 * figure's SVG, which says words and rectangles as they are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../src/report/bars.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BOXES = 64, HEIGHT = 14 /* of a bar in the list */ };

static const colour PART_A = {74, 98, 138}, PART_B = {224, 172, 72};

static char *svg_of(const bars_panel *p)
{
    figure f = {0};
    text t = {0};
    error e = {0};
    figure_add_bars(&f, p);
    if (figure_write_svg(&t, &f, &e) != 0)
        fail_msg("%s", e.message);
    figure_release(&f);
    return t.data;
}

static bool says(const char *svg, const char *words)
{
    text wanted = {0};
    text_add(&wanted, ">%s</text>", words);
    bool found = strstr(svg, wanted.data) != NULL;
    text_release(&wanted);
    return found;
}

static void assert_says(const char *svg, const char *words)
{
    if (!says(svg, words))
        fail_msg("'%s' is nowhere", words);
}

/* The height at which a line stands. */
static int line_of(const char *svg, const char *words)
{
    text wanted = {0};
    int y = -1;
    text_add(&wanted, ">%s</text>", words);
    const char *at = strstr(svg, wanted.data);
    if (!at)
        fail_msg("'%s' is nowhere", words);
    while (strncmp(at, " y=\"", 4) != 0)
        at--;
    assert_int_equal(sscanf(at, " y=\"%d\"", &y), 1);
    text_release(&wanted);
    return y;
}

/* Rectangles of one colour in the order in which they are drawn, in rows (HEIGHT high) or of the
 * profile (of any other height, squares of a legend left out); returns how many. */
static size_t find_boxes(box *out, const char *svg, colour ink, bool is_in_list)
{
    char fill[32];
    size_t n = 0;
    snprintf(fill, sizeof fill, " fill=\"#%02x%02x%02x\"", ink.red, ink.green, ink.blue);
    for (const char *at = svg; (at = strstr(at, "<rect ")); at++) {
        box b;
        const char *colour_at = strstr(at, " fill=");
        assert_int_equal(sscanf(at, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", &b.x,
                                &b.y, &b.width, &b.height),
                         4);
        bool is_legend = b.width == 11 && b.height == 11;
        if (strncmp(colour_at, fill, strlen(fill)) == 0 && !is_legend &&
            (b.height == HEIGHT) == is_in_list) {
            assert_true(n < MAX_BOXES);
            out[n++] = b;
        }
    }
    return n;
}

static colour full(float sign) { return colour_map_colour(colour_map_at(0), sign); }
static colour pale(float sign) { return colour_map_colour(colour_map_at(0), 0.4f * sign); }

/* ---- The list ---- */

static void rows_go_from_the_strongest_down(void **state)
{
    const float v[] = {0.25f, -1, 0.5f, NAN, 0, -0.125f}, z[] = {1.5f, -2.5f, 0.75f, 3, 4, -5};
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v},
                                     .n = 6,
                                     .prefix = "z",
                                     .n_top = 3,
                                     .value_name = "rate",
                                     .beside = z,
                                     .beside_name = "z now"});
    assert_true(line_of(svg, "z1") < line_of(svg, "z2"));
    assert_true(line_of(svg, "z2") < line_of(svg, "z0"));
    assert_false(says(svg, "z3") || says(svg, "z4") || says(svg, "z5"));
    assert_int_equal(line_of(svg, "z1"), line_of(svg, "-2.5"));
    assert_int_equal(line_of(svg, "z2"), line_of(svg, "+0.75"));
    assert_int_equal(line_of(svg, "z0"), line_of(svg, "+0.25"));
    assert_int_equal(line_of(svg, "rate"), line_of(svg, "z now"));
    assert_true(line_of(svg, "rate") < line_of(svg, "z1"));
    free(svg);
}

static void equally_strong_ones_keep_their_order(void **state)
{
    const float v[] = {-1, 1, -1};
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v}, .n = 3, .prefix = "z", .n_top = 3});
    assert_true(line_of(svg, "z0") < line_of(svg, "z1"));
    assert_true(line_of(svg, "z1") < line_of(svg, "z2"));
    free(svg);
}

static void a_bar_is_as_long_as_its_value_on_the_side_of_its_sign(void **state)
{
    const float v[] = {1, -0.5f, 0.25f};
    box plus[MAX_BOXES], minus[MAX_BOXES];
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v}, .n = 3, .prefix = "z", .n_top = 3});
    assert_int_equal(find_boxes(plus, svg, full(1), true), 2);
    assert_int_equal(find_boxes(minus, svg, full(-1), true), 1);
    assert_in_range(plus[1].width, plus[0].width / 4 - 1, plus[0].width / 4 + 1);
    assert_in_range(minus[0].width, plus[0].width / 2 - 1, plus[0].width / 2 + 1);
    assert_int_equal(plus[0].x, plus[1].x);
    assert_int_equal(minus[0].x + minus[0].width + 1, plus[0].x); /* a pixel for zero */
    assert_true(plus[0].width > 150);                             /* the frame is filled */
    free(svg);
}

static void a_scale_that_is_given_is_half_the_axis(void **state)
{
    const float v[] = {1, -8};
    box own[MAX_BOXES], shared[MAX_BOXES], over[MAX_BOXES], frame[MAX_BOXES];
    (void)state;
    char *a = svg_of(&(bars_panel){.parts = {v}, .n = 1, .prefix = "z", .n_top = 2});
    char *b = svg_of(&(bars_panel){.parts = {v}, .n = 2, .prefix = "z", .n_top = 2, .scale = 4});
    assert_int_equal(find_boxes(own, a, full(1), true), 1);
    assert_int_equal(find_boxes(shared, b, full(1), true), 1);
    assert_in_range(shared[0].width, own[0].width / 4 - 4, own[0].width / 4 + 4);
    assert_int_equal(find_boxes(over, b, full(-1), true), 1);
    assert_in_range(over[0].width, 4 * shared[0].width - 2, 4 * shared[0].width + 2);
    assert_true(find_boxes(frame, b, RGB(186, 186, 190), false) > 0);
    assert_int_equal(over[0].x, frame[0].x + 1); /* to the end of the axis, and not past it */
    assert_says(b, "min -8 (z1), max +1 (z0), sum -7, 50 % outside the scale");
    free(a);
    free(b);
}

static void what_is_far_below_the_largest_is_written_as_zero(void **state)
{
    const float v[] = {1, -9e-7f, 2e-6f};
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v}, .n = 3, .prefix = "z", .n_top = 3});
    assert_int_equal(line_of(svg, "z2"), line_of(svg, "+2e-6"));
    assert_null(strstr(svg, "e-7"));
    free(svg);
}

static void zeros_have_no_bar(void **state)
{
    const float v[] = {0, -0.0f, 0};
    box boxes[MAX_BOXES];
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v}, .n = 3, .prefix = "z", .n_top = 2});
    for (int sign = -1; sign <= 1; sign += 2)
        for (int is_in_list = 0; is_in_list < 2; is_in_list++) {
            assert_int_equal(find_boxes(boxes, svg, full((float)sign), is_in_list), 0);
            assert_int_equal(find_boxes(boxes, svg, pale((float)sign), is_in_list), 0);
        }
    free(svg);
}

static void whiskers_reach_from_below_the_value_to_above_it(void **state)
{
    const float v[] = {1, -0.5f}, errors[] = {0.25f, NAN};
    box bar[MAX_BOXES], ends[MAX_BOXES];
    (void)state;
    char *svg =
        svg_of(&(bars_panel){.parts = {v}, .n = 2, .prefix = "z", .n_top = 2, .errors = errors});
    assert_int_equal(find_boxes(bar, svg, full(1), true), 1);
    assert_int_equal(find_boxes(ends, svg, RGB(28, 28, 30), false), 3); /* two ends, a line */
    int unit = bar[0].width;
    assert_in_range(ends[0].x - bar[0].x, unit * 3 / 4 - 2, unit * 3 / 4 + 2);
    assert_in_range(ends[1].x - bar[0].x, unit * 5 / 4 - 2, unit * 5 / 4 + 2);
    assert_int_equal(ends[2].width, ends[1].x - ends[0].x + 1);
    free(svg);
}

/* ---- The profile ---- */

static void magnitudes_have_the_whole_axis_and_no_sign(void **state)
{
    const float v[] = {2, 1, 0.5f, 0.25f}, spread[] = {1, 3, 0, 0}, beside[] = {0.5f, 1, 0, 0};
    box of_signed[MAX_BOXES], own[MAX_BOXES], ends[MAX_BOXES];
    (void)state;
    bars_panel p = {
        .parts = {v}, .n = 4, .prefix = "z", .n_top = 2, .errors = spread, .beside = beside};
    char *svg = svg_of(&p);
    assert_int_equal(find_boxes(of_signed, svg, full(1), true), 2);
    assert_true(says(svg, "-2") && says(svg, "+2") && says(svg, "+0.5"));
    free(svg);
    p.is_magnitude = true;
    svg = svg_of(&p);
    assert_int_equal(find_boxes(own, svg, full(1), true), 2);
    assert_true(own[0].width * 10 > of_signed[0].width * 19);
    assert_in_range(own[1].width, own[0].width / 2 - 1, own[0].width / 2 + 1);
    assert_int_equal(find_boxes(ends, svg, RGB(28, 28, 30), false), 5); /* z1's lower end is off */
    assert_in_range(own[1].x - ends[4].x, 0, 1);                        /* its line ends at 0 */
    assert_true(says(svg, "2") && says(svg, "0.5"));
    assert_says(svg, "min 0.25 (z3), max 2 (z0), sum 3.75");
    assert_null(strstr(svg, ">+"));
    assert_null(strstr(svg, ">-"));
    free(svg);
}

static void all_components_stand_beside_the_strongest(void **state)
{
    const float v[] = {0.25f, -1, 0.5f, NAN, 0, -0.75f};
    box strong[2][MAX_BOXES], weak[2][MAX_BOXES], broken[MAX_BOXES];
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v}, .n = 6, .prefix = "z", .n_top = 2});
    assert_says(svg, "all 6, the strongest first");
    assert_int_equal(find_boxes(strong[0], svg, full(-1), false), 2);
    assert_int_equal(find_boxes(weak[1], svg, pale(1), false), 2); /* the weakest is drawn first */
    assert_int_equal(find_boxes(strong[1], svg, full(1), false), 0);
    assert_int_equal(find_boxes(weak[0], svg, pale(-1), false), 0);
    assert_int_equal(find_boxes(broken, svg, SIGNAL, false), 1);
    assert_true(strong[0][1].x < strong[0][0].x && strong[0][0].x < weak[1][1].x);
    assert_true(weak[1][1].x < weak[1][0].x && weak[1][0].x < broken[0].x);
    assert_true(weak[1][1].y + weak[1][1].height < strong[0][1].y); /* above and below zero */
    assert_in_range(strong[0][1].height, 2 * weak[1][1].height - 2, 2 * weak[1][1].height + 2);
    free(svg);
}

static void the_axis_is_positive_above_zero_and_to_the_right(void **state)
{
    const float v[] = {0.25f, -1, 0.5f};
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v}, .n = 3, .prefix = "z"});
    assert_true(line_of(svg, "+1") < line_of(svg, "0") && line_of(svg, "0") < line_of(svg, "-1"));
    free(svg);
    svg = svg_of(&(bars_panel){.parts = {v}, .n = 3, .prefix = "z", .n_top = 3, .scale = 4});
    assert_true(strstr(svg, ">-4</text>") < strstr(svg, ">+4</text>"));
    free(svg);
}

static void there_is_no_profile_where_all_are_listed(void **state)
{
    const float v[] = {0.25f, -1};
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v}, .n = 2, .prefix = "z", .n_top = 2});
    assert_null(strstr(svg, "the strongest first"));
    free(svg);
}

static void ranks_are_named_up_to_the_last(void **state)
{
    static float v[100];
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {v}, .n = 100, .prefix = "z", .n_top = 2});
    assert_int_equal(line_of(svg, "100"), line_of(svg, "50"));
    free(svg);
}

/* ---- Two parts ---- */

static void two_parts_are_stacked_and_their_sum_is_marked(void **state)
{
    const float rec[] = {0.5f, -0.5f, 0.75f}, gen[] = {0.5f, -0.25f, -0.25f};
    box a[MAX_BOXES], b[MAX_BOXES], marks[MAX_BOXES];
    (void)state;
    char *svg = svg_of(&(bars_panel){
        .parts = {rec, gen}, .n = 3, .prefix = "z", .part_names = {"rec", "gen"}, .n_top = 3});
    assert_says(svg, "rec");
    assert_says(svg, "gen");
    assert_int_equal(find_boxes(a, svg, PART_A, true), 3); /* 1, -0.75, 0.5 */
    assert_int_equal(find_boxes(b, svg, PART_B, true), 3);
    int unit = a[0].width * 2;
    assert_int_equal(b[0].x, a[0].x + a[0].width);
    assert_in_range(b[0].width, unit / 2 - 1, unit / 2 + 1);
    assert_int_equal(b[1].x + b[1].width, a[1].x);
    assert_in_range(b[1].width, unit / 4 - 1, unit / 4 + 1);
    assert_int_equal(b[2].x + b[2].width + 1, a[2].x); /* each on its side of zero */
    assert_in_range(a[2].width, unit * 3 / 4 - 1, unit * 3 / 4 + 1);
    assert_int_equal(find_boxes(marks, svg, BLACK, false), 2); /* the legend's, and one at +0.5 */
    assert_in_range(marks[1].x + 1 - a[2].x, unit / 2 - 2, unit / 2 + 2);
    free(svg);
}

static void the_sum_decides_what_is_strong(void **state)
{
    const float one[] = {1, -2, 4}, other[] = {0.5f, -1, -4.5f};
    (void)state;
    char *svg = svg_of(&(bars_panel){.parts = {one, other}, .n = 3, .prefix = "z", .n_top = 1});
    assert_int_equal(line_of(svg, "z1"), line_of(svg, "-3"));
    assert_says(svg, "min -3 (z1), max +1.5 (z0), sum -2");
    free(svg);
}

/* A tick past the end of the axis would be drawn at the end. */
static void ticks_end_with_the_axis(void **state)
{
    (void)state;
    const bars_panel v = {.n = 1};
    for (double scale = 1e-30; scale < 1e30; scale *= 1.0371) {
        bar_ticks t = bar_ticks_make(&(sorted_bars){.v = &v, .scale = scale}, 200, 30);
        assert_true(t.n >= 2 && t.n <= 4);
        assert_true(t.n * t.step <= scale * (1 + 1e-8) && (t.n + 1) * t.step > scale);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_from_the_strongest_down),
        cmocka_unit_test(equally_strong_ones_keep_their_order),
        cmocka_unit_test(ticks_end_with_the_axis),
        cmocka_unit_test(a_bar_is_as_long_as_its_value_on_the_side_of_its_sign),
        cmocka_unit_test(a_scale_that_is_given_is_half_the_axis),
        cmocka_unit_test(what_is_far_below_the_largest_is_written_as_zero),
        cmocka_unit_test(zeros_have_no_bar),
        cmocka_unit_test(whiskers_reach_from_below_the_value_to_above_it),
        cmocka_unit_test(magnitudes_have_the_whole_axis_and_no_sign),
        cmocka_unit_test(all_components_stand_beside_the_strongest),
        cmocka_unit_test(the_axis_is_positive_above_zero_and_to_the_right),
        cmocka_unit_test(there_is_no_profile_where_all_are_listed),
        cmocka_unit_test(ranks_are_named_up_to_the_last),
        cmocka_unit_test(two_parts_are_stacked_and_their_sum_is_marked),
        cmocka_unit_test(the_sum_decides_what_is_strong),
    };
    return cmocka_run_group_tests_name("bars", tests, NULL, NULL);
}
