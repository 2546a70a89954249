/* SPDX-License-Identifier: MIT */
/* Curves, matrices, tables, trees and layers: what they say, and where. Words are looked for in the
 * figure's SVG, which says them as they are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report.h"
#include "text_boxes.h"

#include "../src/report/axis.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_NAME "Donaudampfschifffahrtsgesellschaftskapitaenspatentsverlaengerungsantragsformular"

static char *svg_of(figure *f)
{
    text t = {0};
    error e = {0};
    if (figure_write_svg(&t, f, &e) != 0)
        fail_msg("%s", e.message);
    return t.data;
}

/* Where a line stands: x as given, y of its base. */
typedef struct {
    int x, y;
} spot;

/* The line that says just these words, the n-th of them; fails where there is none. */
static spot spot_of(const char *svg, const char *words, size_t n)
{
    text wanted = {0};
    text_add(&wanted, ">%s</text>", words);
    const char *at = strstr(svg, wanted.data);
    for (; at && n > 0; n--)
        at = strstr(at + 1, wanted.data);
    text_release(&wanted);
    if (!at)
        fail_msg("'%s' is nowhere", words);
    while (at > svg && strncmp(at, "<text", 5) != 0)
        at--;
    spot s = {0};
    assert_int_equal(sscanf(at, "<text x=\"%d\" y=\"%d\"", &s.x, &s.y), 2);
    return s;
}

static bool says(const char *svg, const char *words) { return strstr(svg, words) != NULL; }

static size_t count_of(const char *svg, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(svg, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

static void assert_colour(const picture *p, int x, int y, colour want)
{
    colour got = picture_pixel(p, x, y);
    assert_memory_equal(&got, &want, sizeof want);
}

/* ---- Axes ---- */

static void axes_are_in_round_numbers_around_what_they_hold(void **state)
{
    static const struct {
        double low, high;
        int n;
        double step;
        int64_t first, last;
    } cases[] = {{0, 1, 5, 0.2, 0, 5},
                 {-3.2, 3.1, 5, 1, -4, 4},
                 {0, 160, 5, 20, 0, 8},
                 {1000.2, 1000.7, 5, 0.1, 10002, 10007},
                 {2, 2, 4, 0.1, 18, 22},
                 {0, 0, 5, 0.2, 0, 1},
                 {-1e-30, 2e-30, 3, 1e-30, -1, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        axis a = axis_make(cases[i].low, cases[i].high, cases[i].n);
        if (i != 4) { /* around one number: any that hold it */
            assert_true(fabs(a.step - cases[i].step) <= 1e-12 * cases[i].step);
            assert_int_equal(a.first, cases[i].first);
            assert_int_equal(a.last, cases[i].last);
        }
        assert_true(axis_place(&a, cases[i].low) >= -1e-9);
        assert_true(axis_place(&a, cases[i].high) <= 1 + 1e-9);
        assert_true(a.last > a.first && (double)(a.last - a.first) <= 2.5 * cases[i].n + 2);
    }
    assert_true(isfinite(axis_make(-DBL_MAX, DBL_MAX, 5).step));
}

static void numbers_of_an_axis_tell_its_ticks_apart(void **state)
{
    static const double ends[][2] = {{0, 1},          {1000.2, 1000.7}, {-0.001, 12345},
                                     {1e6, 1e6 + 20}, {3, 3.0001},      {-7e20, -6.9e20}};
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        axis a = axis_make(ends[i][0], ends[i][1], 5);
        for (int64_t k = a.first; k < a.last; k++) {
            number_text one, next;
            axis_number(one, &a, k);
            assert_string_not_equal(one, axis_number(next, &a, k + 1));
            assert_true(fabs(atof(one) - (double)k * a.step) <= a.step * 1e-3);
        }
    }
}

static void names_are_left_out_by_round_counts(void **state)
{
    static const int64_t cases[][2] = {{1, 1},   {2, 2},   {3, 5},     {5, 5},      {6, 10},
                                       {10, 10}, {11, 20}, {101, 200}, {501, 1000}, {1000, 1000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(nice_count(cases[i][0]), cases[i][1]);
}

/* ---- Curves ---- */

/* From (0, 0) to (1, 1) with a gap in the middle, and a flat one with a band. */
static void curves_go_through_their_points_and_leave_gaps(void **state)
{
    const float x[] = {0, 0.25f, 0.5f, 0.75f, 1}, rising[] = {0, 0.25f, NAN, 0.75f, 1};
    const float flat[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f}, errors[] = {0.25f, 0.25f, NAN, 0, 0.25f};
    const curve_series series[] = {{.name = "rising", .values = rising},
                                   {.name = "flat", .values = flat, .errors = errors}};
    figure f = {0};
    picture p = {0};
    (void)state;
    figure_add_curve(
        &f,
        &(curve_panel){
            .x_name = "alpha", .y_name = "logit", .x = x, .series = series, .n = 5, .n_series = 2});
    char *svg = svg_of(&f);
    assert_int_equal(count_of(svg, "<polyline"), 3);
    assert_int_equal(count_of(svg, "<polygon"), 1);
    assert_true(says(svg, ">rising</text>") && says(svg, ">flat</text>"));
    assert_true(says(svg, ">alpha</text>") && says(svg, ">logit</text>"));
    assert_true(says(svg, "rising: min 0 (alpha 0), max 1 (alpha 1), last 1, 1 not finite (left "));
    assert_true(says(svg, "flat: min 0.5 (alpha 0), max 0.5 (alpha 0), last 0.5"));
    figure_draw(&p, &f);
    spot zero = spot_of(svg, "0", 0), one = spot_of(svg, "1", 0);
    int left = spot_of(svg, "0", 1).x, right = f.width - MARGIN - 1;
    int bottom = zero.y - 5, top = one.y - 5;
    colour blue = RGB(0, 114, 178), red = RGB(213, 94, 0);
    for (int k = 1; k < 20; k++) { /* a line two pixels wide: at its middle it is full */
        if (k >= 5 && k <= 15)
            continue;
        int at_x = left + (right - left) * k / 20;
        float y =
            (float)bottom + (float)(top - bottom) * (float)(at_x - left) / (float)(right - left);
        colour got = picture_pixel(&p, at_x, (int)lroundf(y));
        assert_in_range(got.red, 0, 60);
    }
    assert_true(top < bottom);
    int middle = (bottom + top) / 2;
    assert_colour(&p, left + (right - left) / 10, middle, red);
    assert_int_equal(blue.red, 0);
    colour in_band = picture_pixel(&p, left + (right - left) / 10, middle - (bottom - top) / 8);
    assert_true(in_band.red > in_band.blue && in_band.blue > 180);
    free(svg);
    picture_release(&p);
    figure_release(&f);
}

static void an_axis_holds_the_whole_band(void **state)
{
    const float x[] = {0, 1}, values[] = {0.5f, 0.5f}, errors[] = {1, 0};
    const curve_series series[] = {{.name = "flat", .values = values, .errors = errors}};
    figure f = {0};
    (void)state;
    figure_add_curve(&f, &(curve_panel){.x = x, .series = series, .n = 2, .n_series = 1});
    char *svg = svg_of(&f);
    assert_true(spot_of(svg, "-0.6", 0).y > spot_of(svg, "1.6", 0).y);
    free(svg);
    figure_release(&f);
}

/* A short one over its own places, smoothed from one of 3 values behind it. */
static void a_series_has_its_own_places_and_a_pale_one_behind(void **state)
{
    const float x[] = {0, 1000}, line[] = {2, 1}, raw_x[] = {0, 500, 2000}, raw[] = {0, 4, 1};
    const float other_x[] = {250, 12345}, other[] = {3, 3};
    const curve_series series[] = {
        {.name = "a", .values = line, .own_x = x, .own_n = 2, .raw = {raw_x, raw, 3}},
        {.name = "b", .values = other, .own_x = other_x, .own_n = 2}};
    figure f = {0};
    (void)state;
    figure_add_curve(&f, &(curve_panel){.x_name = "step", .series = series, .n_series = 2});
    char *svg = svg_of(&f);
    assert_int_equal(count_of(svg, "<polyline"), 3);
    assert_int_equal(count_of(svg, "stroke-width=\"1.00\""), 1);
    assert_int_equal(count_of(svg, "stroke=\"#a6cee4\""), 1); /* 35 % of a's colour over white */
    assert_true(strstr(svg, "#a6cee4") < strstr(svg, "stroke=\"#0072b2\""));
    assert_true(says(svg, "a: min 1 (step 1000), max 2 (step 0), last 1"));
    assert_true(says(svg, "b: min 3 (step 250), max 3 (step 250), last 3"));
    assert_true(spot_of(svg, "0", 0).y > spot_of(svg, "4", 0).y); /* the axes hold what is behind */
    assert_true(says(svg, ">10000</text>"));
    free(svg);
    figure_release(&f);
}

static void a_value_alone_is_a_dot(void **state)
{
    const float x[] = {1, 2, 3}, values[] = {1, NAN, 2};
    const curve_series series[] = {{.name = "a", .values = values}};
    figure f = {0};
    (void)state;
    figure_add_curve(&f, &(curve_panel){.x = x, .series = series, .n = 3, .n_series = 1});
    char *svg = svg_of(&f);
    assert_int_equal(count_of(svg, "stroke-width=\"6.00\""), 2);
    free(svg);
    figure_release(&f);
}

enum { N_CROWD = 9 };

/* Line k goes from 0 to k, so that the last ends highest. */
static void fill_crowd(curve_series *series, float values[][2], const char *const *names, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        values[k][0] = 0;
        values[k][1] = (float)k;
        series[k] = (curve_series){.name = names[k], .values = values[k]};
    }
}

static const char *const crowd_names[N_CROWD] = {"a0", "b1", "c2", "d3", "e4",
                                                 "f5", "g6", "h7", "i8"};

/* The first 7 are coloured; the others are grey, thin and in other dashes. */
static void many_lines_have_their_names_at_their_ends(void **state)
{
    const float x[] = {0, 1};
    float values[N_CROWD][2];
    curve_series series[N_CROWD];
    figure f = {0};
    (void)state;
    fill_crowd(series, values, crowd_names, N_CROWD);
    figure_add_curve(
        &f, &(curve_panel){.x_name = "u", .x = x, .series = series, .n = 2, .n_series = N_CROWD});
    char *svg = svg_of(&f);
    for (size_t k = 1; k < N_CROWD; k++) {
        spot here = spot_of(svg, crowd_names[k], 0), below = spot_of(svg, crowd_names[k - 1], 0);
        assert_true(here.x == below.x && below.y - here.y >= 14);
    }
    assert_int_equal(count_of(svg, ">a0</text>"), 1);
    assert_int_equal(count_of(svg, "stroke=\"#0072b2\""), 2);  /* a line and beside its name */
    assert_int_equal(count_of(svg, "stroke=\"#1c1c1e\""), 2);  /* the 7th */
    assert_true(count_of(svg, "stroke=\"#96969b\"") > 2 + 20); /* the 8th, and dashes of the 9th */
    assert_true(says(svg, ">from 0 to 8</text>") && !says(svg, "min "));
    assert_true(spot_of(svg, "u", 0).x < spot_of(svg, "a0", 0).x);
    free(svg);
    figure_release(&f);
}

static void ends_that_meet_are_named_apart_and_inside(void **state)
{
    const float x[] = {0, 1}, values[] = {0, 0}, unknown[] = {NAN, NAN};
    curve_series series[N_CROWD];
    figure f = {0};
    (void)state;
    for (size_t k = 0; k < N_CROWD; k++)
        series[k] = (curve_series){.name = crowd_names[k], .values = k ? values : unknown};
    figure_add_curve(&f, &(curve_panel){.x = x, .series = series, .n = 2, .n_series = N_CROWD});
    char *svg = svg_of(&f);
    for (size_t k = 2; k < N_CROWD; k++)
        assert_true(spot_of(svg, crowd_names[k], 0).y - spot_of(svg, crowd_names[k - 1], 0).y >=
                    14);
    assert_true(spot_of(svg, "a0", 0).y > spot_of(svg, "i8", 0).y); /* it has no end */
    assert_true(spot_of(svg, "a0", 0).y < spot_of(svg, "0", 0).y + 14);
    assert_true(says(svg, ">from 0 to 0, 2 not finite (left out)</text>"));
    free(svg);
    figure_release(&f);
}

/* Where the first line of that width and colour stands; NULL: nowhere. */
static const char *line_of(const char *svg, const char *width, const char *ink)
{
    text wanted = {0};
    const char *at = svg;
    text_add(&wanted, "stroke-width=\"%s\"", width);
    while ((at = strstr(at, wanted.data)) && strncmp(strstr(at, "stroke=\"") + 8, ink, 7) != 0)
        at++;
    text_release(&wanted);
    return at;
}

static void a_measure_is_black_and_a_control_grey(void **state)
{
    const float x[] = {0, 1};
    float values[N_CROWD][2];
    curve_series series[N_CROWD];
    figure f = {0};
    (void)state;
    fill_crowd(series, values, crowd_names, 3);
    series[0].kind = CURVE_MEASURE;
    series[2].kind = CURVE_CONTROL;
    figure_add_curve(&f, &(curve_panel){.x = x, .series = series, .n = 2, .n_series = 3});
    char *svg = svg_of(&f);
    const char *thick = line_of(svg, "3.00", "#1c1c1e"), *usual = line_of(svg, "2.00", "#0072b2");
    const char *thin = line_of(svg, "1.00", "#96969b");
    assert_true(thin && usual && thick && thin < usual && usual < thick); /* the measure on top */
    free(svg);
    figure_release(&f);
}

static void no_line_is_as_black_as_the_measure(void **state)
{
    const float x[] = {0, 1};
    float values[N_CROWD][2];
    curve_series series[N_CROWD];
    figure f = {0};
    (void)state;
    fill_crowd(series, values, crowd_names, N_CROWD);
    series[0].kind = CURVE_MEASURE;
    figure_add_curve(&f, &(curve_panel){.x = x, .series = series, .n = 2, .n_series = N_CROWD});
    char *svg = svg_of(&f);
    assert_int_equal(count_of(svg, "stroke=\"#1c1c1e\""), 2); /* its own, and beside its name */
    free(svg);
    figure_release(&f);
}

static void an_interval_is_a_band_that_is_said(void **state)
{
    const float x[] = {0, 1}, values[] = {0.5f, 0.5f}, low[] = {0, 0.4f}, high[] = {0.6f, NAN};
    curve_series series[5];
    (void)state;
    for (size_t k = 0; k < 5; k++)
        series[k] =
            (curve_series){.name = crowd_names[k], .values = values, .low = low, .high = high};
    for (size_t n = 4; n <= 5; n++) { /* of five it would be no help */
        figure f = {0};
        figure_add_curve(&f, &(curve_panel){.x = x, .series = series, .n = 2, .n_series = n});
        char *svg = svg_of(&f);
        assert_int_equal(count_of(svg, "<polygon"), n == 4 ? 4 : 0);
        assert_int_equal(says(svg, ">shaded: the interval of 95 %</text>"), n == 4);
        if (n == 4)
            assert_true(spot_of(svg, "0", 0).y > spot_of(svg, "0.6", 0).y);
        free(svg);
        figure_release(&f);
    }
}

static void places_have_names_and_an_axis_a_long_one(void **state)
{
    const float x[] = {0, 1, 2}, values[] = {3, 1, 2};
    const char *const places[] = {"none", "D 4", "G 0"};
    const curve_series series[] = {{.name = "a", .values = values}};
    figure f = {0};
    (void)state;
    figure_add_curve(&f, &(curve_panel){.x_name = "these are many words that together are longer "
                                                  "than a plot is wide, and the end of them",
                                        .x = x,
                                        .series = series,
                                        .n = 3,
                                        .n_series = 1,
                                        .x_names = places});
    char *svg = svg_of(&f);
    assert_true(spot_of(svg, "none", 0).x < spot_of(svg, "D 4", 0).x);
    assert_true(spot_of(svg, "D 4", 0).x < spot_of(svg, "G 0", 0).x);
    assert_true(says(svg, "a: min 1 (D 4), max 3 (none), last 2"));
    assert_true(says(svg, "these are many words") && says(svg, "the end of them</text>"));
    assert_false(says(svg, "...") || says(svg, "a plot is wide, and the end of them"));
    free(svg);
    figure_release(&f);
}

/* ---- Layers ---- */

static void a_layer_counts_its_units_and_names_the_strongest(void **state)
{
    const float units[] = {0.05f, 0.15f, 0.15f, 0.15f, -0.9f, 0.95f, 1, NAN};
    figure f = {0};
    (void)state;
    figure_add_layer(&f, &(layer_panel){.values = units, .n = 8, .prefix = "u", .n_top = 3});
    char *svg = svg_of(&f);
    assert_true(says(svg, "8 units: min -0.9 (u4), max +1 (u6), sum +1.55, 1 not"));
    assert_true(says(svg, "Strongest: u6 +1, u5 +0.95, u4 -0.9"));
    /* from -1 in steps of 0.2: 1 unit, then 4 in the bin from 0, and 2 in the last, its end too */
    int heights[3] = {0}, n = 0;
    for (const char *at = svg; (at = strstr(at, "<rect ")); at++) {
        int x, y, width, height;
        const char *end = strchr(at, '>');
        assert_int_equal(sscanf(at, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", &x, &y,
                                &width, &height),
                         4);
        if (strncmp(end - 9, "#4a628a\"/", 9) == 0) {
            assert_true(n < 3);
            heights[n++] = height;
        }
    }
    assert_int_equal(n, 3);
    assert_in_range(heights[1], 4 * heights[0] - 3, 4 * heights[0] + 3);
    assert_in_range(heights[2], 2 * heights[0] - 2, 2 * heights[0] + 2);
    free(svg);
    figure_release(&f);
}

/* ---- Matrices ---- */

static void cells_stand_at_their_names_in_their_colours(void **state)
{
    const float values[] = {1, -2, 0.5f, 4, 0, -4};
    const char *const rows[] = {"up", "down"}, *const cols[] = {"a", "b", "c"};
    figure f = {0};
    picture p = {0};
    (void)state;
    figure_add_matrix(
        &f, &(matrix_panel){
                .values = values, .rows = 2, .cols = 3, .row_names = rows, .col_names = cols});
    char *svg = svg_of(&f);
    figure_draw(&p, &f);
    for (size_t i = 0; i < 6; i++) {
        spot row = spot_of(svg, rows[i / 3], 0), col = spot_of(svg, cols[i % 3], 0);
        number_text number;
        spot cell = spot_of(svg, number_write(number, (double)values[i], false), 0);
        assert_int_equal(cell.x, col.x);
        assert_int_equal(cell.y, row.y);
        assert_colour(&p, cell.x - 20, cell.y - 20,
                      colour_map_colour(colour_map_at(0), values[i] / 4));
    }
    assert_true(says(svg, ">from -4 to +4</text>"));
    free(svg);
    picture_release(&p);
    figure_release(&f);
}

static void narrow_columns_are_all_named_by_short_names(void **state)
{
    static const float values[12 * 12];
    const char *const cols[] = {"z0", "z1", "z2", "z3", "z4",  "z5",
                                "z6", "z7", "z8", "z9", "z10", "z11"};
    figure f = {0};
    (void)state;
    figure_add_matrix(&f,
                      &(matrix_panel){.values = values, .rows = 12, .cols = 10, .col_names = cols});
    char *svg = svg_of(&f);
    for (size_t i = 1; i < 10; i++)
        assert_true(spot_of(svg, cols[i], 0).x > spot_of(svg, cols[i - 1], 0).x);
    free(svg);
    figure_release(&f);
}

/* Its names have no room over the columns, and the constant has no rank. */
static void methods_are_named_once_where_they_are_rows_and_columns(void **state)
{
    enum { N_METHODS = 12 };
    static char own[N_METHODS][24];
    const char *names[N_METHODS], *others[N_METHODS];
    float values[N_METHODS * N_METHODS];
    (void)state;
    for (size_t i = 0; i < N_METHODS; i++) {
        snprintf(own[i], sizeof own[i], "a method called %zu", i);
        names[i] = own[i];
        others[i] = i ? own[i] : "another";
    }
    for (size_t i = 0; i < N_METHODS * N_METHODS; i++)
        values[i] = i % N_METHODS == 3 ? NAN : 1;
    for (int are_same = 0; are_same < 2; are_same++) {
        figure f = {0};
        figure_add_matrix(&f, &(matrix_panel){.values = values,
                                              .rows = N_METHODS,
                                              .cols = N_METHODS,
                                              .row_names = names,
                                              .col_names = are_same ? names : others,
                                              .has_gaps = true});
        char *svg = svg_of(&f);
        for (size_t i = 1; i <= N_METHODS; i++) {
            char number[8];
            snprintf(number, sizeof number, "%zu", i);
            spot_of(svg, number, 0);
        }
        assert_int_equal(says(svg, ">a method called 3  4</text>"), are_same);
        assert_int_equal(says(svg, ">a method called 3</text>"), !are_same);
        assert_int_equal(says(svg, "1 another, 2 a method called 1, "), !are_same);
        assert_true(says(svg, "12 not finite (grey: not known)"));
        free(svg);
        figure_release(&f);
    }
}

static void a_large_matrix_names_every_tenth(void **state)
{
    static float values[100 * 100];
    figure f = {0};
    (void)state;
    figure_add_matrix(&f, &(matrix_panel){.values = values, .rows = 100, .cols = 100, .scale = 1});
    char *svg = svg_of(&f);
    spot first = spot_of(svg, "0", 0), tenth = spot_of(svg, "10", 0), row = spot_of(svg, "10", 1);
    assert_int_equal(tenth.x - first.x, 60);
    assert_int_equal(row.y - spot_of(svg, "0", 1).y, 60);
    assert_false(says(svg, ">9</text>") || says(svg, ">11</text>"));
    free(svg);
    figure_release(&f);
}

/* ---- Tables ---- */

static void numbers_stand_under_their_column_beside_their_row(void **state)
{
    static const char *const words[] = {"1.50", "-2", "0.25", "4000000", "0.00", "7"};
    const float values[] = {1.5f, -2, 0.25f, 4e6f, 1e-9f, 7};
    const char *const rows[] = {"first", "second", "third"}, *const cols[] = {"mean", "n of it"};
    figure f = {0};
    (void)state;
    figure_add_table(
        &f, &(table_panel){
                .values = values, .rows = 3, .cols = 2, .row_names = rows, .col_names = cols});
    char *svg = svg_of(&f);
    for (size_t i = 0; i < 6; i++) {
        spot cell = spot_of(svg, words[i], 0);
        assert_int_equal(cell.x, spot_of(svg, cols[i % 2], 0).x);
        assert_int_equal(cell.y, spot_of(svg, rows[i / 2], 0).y);
    }
    assert_false(says(svg, "The first"));
    free(svg);
    figure_release(&f);
}

/* The first has three decimals, the second none, the third one; the last goes below 0.01. */
static void numbers_of_a_column_have_its_decimals(void **state)
{
    static const char *const words[] = {"-0.004", "0.980", "-inf", "0.000", "100",    "7",
                                        "0.5",    "2.0",   "-1.3", "0.0",   "0.0012", "-1e-9"};
    const float values[] = {-0.0042f,  100, 0.5f,  1.2e-3f, 0.98f,    7, 2, -1e-9f,
                            -INFINITY, 7,   -1.3f, 0.0012f, -0.0001f, 7, 0, 0.0012f};
    const char *const cols[] = {"a", "b", "c", "d"};
    figure f = {0};
    (void)state;
    figure_add_table(&f, &(table_panel){.values = values, .rows = 4, .cols = 4, .col_names = cols});
    char *svg = svg_of(&f);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        spot_of(svg, words[i], 0);
    free(svg);
    figure_release(&f);
}

static void counts_are_written_in_full(void **state)
{
    static const char *const words[] = {"200960", "257", "2.01e5", "0.5"};
    const float values[] = {200960, 200960, 257, 0.5f};
    const char *const cols[] = {"counts", "numbers"};
    figure f = {0};
    (void)state;
    figure_add_table(&f, &(table_panel){.values = values, .rows = 2, .cols = 2, .col_names = cols});
    char *svg = svg_of(&f);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        spot_of(svg, words[i], 0);
    free(svg);
    figure_release(&f);
}

static void rows_that_are_not_shown_are_counted(void **state)
{
    static float values[70];
    const char *const cols[] = {"x"};
    (void)state;
    for (size_t most = 0; most <= 70; most += 35) {
        figure f = {0};
        figure_add_table(
            &f, &(table_panel){
                    .values = values, .rows = 70, .cols = 1, .col_names = cols, .max_rows = most});
        char *svg = svg_of(&f);
        size_t shown = most ? most : 64;
        char words[80];
        snprintf(words, sizeof words, ">The first %zu of 70 rows</text>", shown);
        assert_int_equal(says(svg, words), shown < 70);
        assert_int_equal(count_of(svg, ">0</text>"), shown + 1);
        free(svg);
        figure_release(&f);
    }
}

static void columns_of_one_group_stand_under_its_name(void **state)
{
    const float values[] = {0.5f, 0.98f, 1, NAN, 7, -3, 8};
    const char *const cols[] = {"share of equal signs: 0.1",
                                "share of equal signs: 2",
                                "share left out",
                                "share of equal signs: 3",
                                "reach: 10 %",
                                "again: 6",
                                "plain"};
    figure f = {0};
    (void)state;
    figure_add_table(&f, &(table_panel){.values = values, .rows = 1, .cols = 7, .col_names = cols});
    char *svg = svg_of(&f);
    spot group = spot_of(svg, "share of equal signs", 0), one = spot_of(svg, "0.1", 0);
    spot two = spot_of(svg, "2", 0);
    assert_int_equal(count_of(svg, ">share of equal signs</text>"), 2); /* that of 3 is alone */
    assert_true(group.y < one.y && one.y == two.y && two.y == spot_of(svg, "plain", 0).y);
    assert_int_equal(group.x, two.x);
    assert_int_equal(spot_of(svg, "50 %", 0).x, one.x);
    assert_int_equal(spot_of(svg, "98 %", 0).x, two.x);
    assert_int_equal(spot_of(svg, "100 %", 0).x, spot_of(svg, "share left out", 0).x);
    assert_int_equal(spot_of(svg, "-", 0).x, spot_of(svg, "3", 0).x);
    assert_int_equal(spot_of(svg, "7", 0).x, spot_of(svg, "reach", 0).x);
    assert_int_equal(spot_of(svg, "-3", 0).x, spot_of(svg, "again", 0).x);
    assert_int_equal(spot_of(svg, "8", 0).x, spot_of(svg, "plain", 0).x);
    assert_true(spot_of(svg, "3", 0).x > spot_of(svg, "share left out", 0).x);
    free(svg);
    figure_release(&f);
}

/* Numbers end in one line, and so do their spreads. */
static void spreads_stand_behind_their_numbers(void **state)
{
    const float values[] = {0.5f, 12, 0.25f, NAN}, spreads[] = {0.125f, NAN, 0.02f, NAN};
    const char *const cols[] = {"measure", "steps"};
    const bool are_bold[] = {true, false, false, false};
    figure f = {0};
    (void)state;
    figure_add_table(&f, &(table_panel){.values = values,
                                        .rows = 2,
                                        .cols = 2,
                                        .col_names = cols,
                                        .spreads = spreads,
                                        .are_bold = are_bold,
                                        .line_above = 1,
                                        .caption = "less is better"});
    char *svg = svg_of(&f);
    assert_int_equal(spot_of(svg, "0.50", 0).x, spot_of(svg, "0.25", 0).x);
    assert_int_equal(spot_of(svg, " ±0.12", 0).x, spot_of(svg, "measure", 0).x);
    assert_int_equal(spot_of(svg, " ±0.02", 0).x, spot_of(svg, "measure", 0).x);
    assert_true(spot_of(svg, "0.50", 0).x < spot_of(svg, "measure", 0).x);
    assert_int_equal(count_of(svg, "±"), 2);
    assert_int_equal(spot_of(svg, "-", 0).x, spot_of(svg, "12", 0).x);
    assert_true(says(svg, ">-: not known</text>") && says(svg, ">less is better</text>"));
    assert_int_equal(count_of(svg, "font-weight=\"bold\""), 3); /* two heads and a number */
    free(svg);
    figure_release(&f);
}

/* ---- Trees ---- */

static void a_split_stands_between_its_sides_the_true_one_above(void **state)
{
    const tree_node nodes[] = {{"z1 < 0", {2, 1}, 0, NULL, false},
                               {"z2 < 3", {3, 4}, 0, "half", false},
                               {NULL, {0}, 0.5f, "12 of 40", false},
                               {NULL, {0}, -2, NULL, false},
                               {NULL, {0}, 1, NULL, false}};
    figure f = {0};
    picture p = {0};
    (void)state;
    figure_add_tree(&f, &(tree_panel){.nodes = nodes, .n = 5});
    char *svg = svg_of(&f);
    spot root = spot_of(svg, "z1 &lt; 0", 0), split = spot_of(svg, "z2 &lt; 3 (half)", 0);
    spot yes = spot_of(svg, "+0.5 (12 of 40)", 0), least = spot_of(svg, "-2", 0);
    spot most = spot_of(svg, "+1", 0);
    assert_true(yes.y < least.y && least.y < most.y);
    assert_int_equal(split.y, (least.y + most.y) / 2);
    assert_int_equal(root.y, (yes.y + split.y) / 2);
    assert_true(root.x < split.x && split.x < least.x && least.x == most.x);
    assert_true(says(svg, ">Leaves: 3, depth 2; min -2, max +1.</text>"));
    figure_draw(&p, &f);
    assert_colour(&p, least.x - 10, least.y - 5, colour_map_colour(colour_map_at(0), -1));
    assert_colour(&p, most.x - 10, most.y - 5, colour_map_colour(colour_map_at(0), 0.5f));
    free(svg);
    picture_release(&p);
    figure_release(&f);
}

/* Two columns beside a picture of two by two parts: white, black; black, white. */
static void a_network_has_units_and_lines_where_they_are_due(void **state)
{
    static const uint8_t pixels[] = {255, 0, 0, 255};
    const network_column columns[] = {{.name = "in",
                                       .note = "2 units",
                                       .values = (float[]){2, -4},
                                       .n = 2,
                                       .labels = (const char *const[]){"z0", NULL}},
                                      {.name = "picture",
                                       .values = (float[4]){0},
                                       .n = 4,
                                       .pixels = pixels,
                                       .rows = 2,
                                       .cols = 2,
                                       .parts = 2},
                                      {.name = "out", .values = (float[]){0}, .n = 1}};
    const network_line lines[] = {{0, 0, 1, 3}, {0, 1, 2, -1}, {1, 3, 0, -8}};
    figure f = {0};
    picture p = {0};
    (void)state;
    figure_add_network(
        &f, &(network_panel){
                .columns = columns, .lines = lines, .n = 3, .n_lines = 3, .caption = "And more."});
    char *svg = svg_of(&f);
    spot in = spot_of(svg, "in", 0), out = spot_of(svg, "out", 0), z0 = spot_of(svg, "z0", 0);
    assert_true(in.x < spot_of(svg, "picture", 0).x && spot_of(svg, "picture", 0).x < out.x);
    assert_true(in.y == out.y && spot_of(svg, "2 units", 0).y > in.y && z0.y > in.y);
    assert_true(says(svg, "And more."));
    figure_draw(&p, &f);
    const colour_map *map = colour_map_at(0);
    assert_colour(&p, z0.x + 9, z0.y - 5, colour_map_colour(map, 0.5f));
    assert_colour(&p, z0.x + 9, z0.y - 5 + 260, colour_map_colour(map, -1));
    /* one of each sign leaves the column of two: lines a third of the width and all of it */
    size_t up = 0, down = 0, beyond = 0;
    colour adds = colour_map_colour(map, 0.8f), takes = colour_map_colour(map, -0.8f);
    for (int y = z0.y - 20; y < z0.y + 400; y++) {
        colour left = picture_pixel(&p, z0.x + 40, y), right = picture_pixel(&p, out.x - 30, y);
        up += memcmp(&left, &adds, sizeof adds) == 0;
        down += memcmp(&left, &takes, sizeof takes) == 0;
        beyond += memcmp(&right, &takes, sizeof takes) == 0;
    }
    assert_true(up >= 4 && down >= 1 && down < up && beyond >= 4);
    free(svg);
    picture_release(&p);
    figure_release(&f);
}

/* How many pixels of a column are dark, from one height to another. */
static size_t count_dark(const picture *p, int x, int top, int bottom)
{
    size_t n = 0;
    for (int y = top; y <= bottom; y++)
        n += picture_pixel(p, x, y).red < 64;
    return n;
}

static void the_way_of_this_z_is_bold(void **state)
{
    const tree_node nodes[] = {
        {"z1 < 0", {1, 2}, 0, NULL, true}, {NULL, {0}, 3, NULL, false}, {NULL, {0}, 5, NULL, true}};
    figure f = {0};
    picture p = {0};
    (void)state;
    figure_add_tree(&f, &(tree_panel){.nodes = nodes, .n = 3});
    char *svg = svg_of(&f);
    spot yes = spot_of(svg, "+3", 0), no = spot_of(svg, "+5", 0);
    assert_true(says(svg, "Bold:"));
    figure_draw(&p, &f);
    /* left of the leaves' squares the line to the one is thick, and that to the other thin */
    int x = no.x - 27;
    assert_int_equal(count_dark(&p, x, no.y - 16, no.y + 8), 3);
    assert_int_equal(count_dark(&p, x, yes.y - 16, yes.y + 4), 0);
    free(svg);
    picture_release(&p);
    figure_release(&f);
}

/* ---- All of them ---- */

enum { MANY = 200 * 200 };

/* Names of every length, some in groups. */
static const char *const *many_names(size_t shift)
{
    static char names[2][200][100];
    static const char *texts[2][200];
    for (size_t i = 0; i < 200; i++) {
        snprintf(names[shift][i], sizeof names[shift][i], "%.*s%s%zu",
                 (int)((i / (1 + shift * 3) * 7 + shift) % 80), LONG_NAME, i / 8 % 2 ? "" : ": ",
                 i);
        texts[shift][i] = names[shift][i];
    }
    return texts[shift];
}

static size_t grow(tree_node *nodes, size_t *n, int depth, const char *const *names)
{
    size_t i = (*n)++;
    nodes[i] = (tree_node){.value = (float)i, .note = i % 3 ? NULL : names[(i + 9) % 200]};
    if (depth > 0) {
        nodes[i].split = names[i % 200];
        nodes[i].children[0] = grow(nodes, n, i % 7 == 3 ? 0 : depth - 1, names);
        nodes[i].children[1] = grow(nodes, n, depth - 1, names);
    }
    return i;
}

static void assert_readable(figure *f)
{
    picture p = {0};
    text svg = {0};
    error e = {0};
    figure_draw(&p, f);
    assert_text_is_apart_and_inside(f);
    assert_true(p.width <= 1640);
    assert_int_equal(figure_write_svg(&svg, f, &e), 0);
    assert_text_is_apart_and_inside(f);
    assert_false(says(svg.data, "nan\"") || says(svg.data, "inf\""));
    picture_release(&p);
    text_release(&svg);
}

/* n columns, every other one of n units, the middle one a picture. */
static void add_network(figure *f, const float *values, size_t n, const char *const *names)
{
    enum { MOST = 64 };
    static const uint8_t pixels[9 * 9];
    network_column columns[MOST];
    size_t n_columns = n < MOST ? n : MOST;
    const network_line line = {.weight = values[0]};
    for (size_t i = 0; i < n_columns; i++)
        columns[i] = (network_column){.name = names[i],
                                      .note = names[i],
                                      .values = values,
                                      .labels = names,
                                      .n = i % 2 ? 1 : n};
    if (n_columns > 2)
        columns[1] = (network_column){.name = "picture",
                                      .values = values,
                                      .n = 9,
                                      .pixels = pixels,
                                      .rows = 9,
                                      .cols = 9,
                                      .parts = 3};
    figure_add_network(f, &(network_panel){.title = "network",
                                           .columns = columns,
                                           .lines = &line,
                                           .n = n_columns,
                                           .n_lines = n_columns > 1});
}

/* As many curves as there are values at each place, and names of places. */
static void add_crowd(figure *f, const float *values, size_t n, const char *const *names)
{
    static const float x[] = {0, 1, 2};
    curve_series series[30];
    for (size_t k = 0; k < 30; k++)
        series[k] = (curve_series){
            .name = names[k], .values = values + k, .kind = (curve_kind)(k % 3), .low = values};
    figure_add_curve(f, &(curve_panel){.x_name = names[n],
                                       .x = x,
                                       .series = series,
                                       .n = 3,
                                       .n_series = 1 + n % 30,
                                       .x_names = n % 2 ? names : NULL});
}

static void add_all(figure *f, const float *values, size_t n, const char *const *names,
                    const char *const *others)
{
    static float x[MANY];
    static tree_node nodes[1 << 9];
    const curve_series series[] = {{.name = names[n % 90], .values = values},
                                   {.name = "b", .values = values, .errors = values},
                                   {.name = LONG_NAME LONG_NAME LONG_NAME, .values = values}};
    size_t n_nodes = 0;
    for (size_t i = 0; i < n; i++)
        x[i] = (float)i * 1e3f - 7;
    figure_add_curve(f, &(curve_panel){.title = LONG_NAME,
                                       .x_name = names[n % 200],
                                       .y_name = LONG_NAME,
                                       .x = x,
                                       .series = series,
                                       .n = n,
                                       .n_series = 3});
    figure_add_layer(f, &(layer_panel){.values = values, .n = n, .prefix = "layer.", .n_top = 32});
    figure_add_matrix(f, &(matrix_panel){.values = values,
                                         .rows = n,
                                         .cols = 1 + n % 200,
                                         .row_names = n % 2 ? names : NULL,
                                         .col_names = n % 3 ? others : NULL});
    figure_add_table(f, &(table_panel){.values = values,
                                       .rows = n,
                                       .cols = 1 + n % 200,
                                       .row_names = n % 2 ? NULL : others,
                                       .col_names = names,
                                       .spreads = n % 4 ? values + n : NULL,
                                       .line_above = n / 2,
                                       .caption = n % 3 ? NULL : LONG_NAME});
    add_crowd(f, values, n, names);
    grow(nodes, &n_nodes, (int)(n % 9), names);
    figure_add_tree(f, &(tree_panel){.title = "tree", .nodes = nodes, .n = n_nodes});
    add_network(f, values, n, names);
}

static void no_words_of_any_panel_overlap_or_leave_the_figure(void **state)
{
    static float values[MANY];
    static const size_t counts[] = {1, 2, 3, 6, 17, 64, 120, 199};
    static const float sizes[] = {0, 1e-30f, 1.23e-3f, 1, FLT_MAX};
    const char *const *names = many_names(0), *const *others = many_names(1);
    uint32_t word = 7;
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (size_t m = 0; m < MANY; m++) {
            word = word * 1664525u + 1013904223u;
            values[m] = m % 97 == 5 ? NAN : ((float)(word >> 8) / 8388608.0f - 1) * sizes[i % 5];
        }
        figure f = {0};
        picture p = {0};
        add_all(&f, values, counts[i], names, others);
        assert_readable(&f);
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

static void panels_keep_their_own_copies(void **state)
{
    float values[6] = {1, 2, 3, 4, 5, 6}, x[3] = {0, 1, 2};
    bool are_bold[6] = {true};
    char name[] = "name";
    const char *names[3] = {name, name, name};
    curve_series series[1] = {
        {.name = name, .values = values, .low = values, .high = values, .raw = {x, values, 3}}};
    tree_node nodes[3] = {
        {name, {1, 2}, 0, name, true}, {NULL, {0}, 1, name, true}, {NULL, {0}, 2, NULL, false}};
    figure f = {0};
    (void)state;
    figure_add_curve(&f, &(curve_panel){name, name, name, name, x, series, 3, 1, names});
    figure_add_layer(&f, &(layer_panel){.values = values, .n = 6, .prefix = name, .n_top = 1});
    figure_add_matrix(&f, &(matrix_panel){name, name, values, names, names, 3, 2, 0, NULL, false});
    figure_add_table(&f, &(table_panel){.title = name,
                                        .subtitle = name,
                                        .values = values,
                                        .row_names = names,
                                        .col_names = names,
                                        .rows = 3,
                                        .cols = 2,
                                        .spreads = values,
                                        .are_bold = are_bold,
                                        .caption = name});
    figure_add_tree(&f, &(tree_panel){.nodes = nodes, .n = 3});
    char *before = svg_of(&f);
    memset(values, 0, sizeof values);
    memset(x, 0, sizeof x);
    memset(nodes, 0, sizeof nodes);
    memset(are_bold, 0, sizeof are_bold);
    memset(series, 0, sizeof series);
    memset(names, 0, sizeof names);
    name[0] = '?';
    char *after = svg_of(&f);
    assert_string_equal(before, after);
    free(before);
    free(after);
    figure_release(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_are_in_round_numbers_around_what_they_hold),
        cmocka_unit_test(numbers_of_an_axis_tell_its_ticks_apart),
        cmocka_unit_test(names_are_left_out_by_round_counts),
        cmocka_unit_test(curves_go_through_their_points_and_leave_gaps),
        cmocka_unit_test(an_axis_holds_the_whole_band),
        cmocka_unit_test(a_series_has_its_own_places_and_a_pale_one_behind),
        cmocka_unit_test(a_value_alone_is_a_dot),
        cmocka_unit_test(many_lines_have_their_names_at_their_ends),
        cmocka_unit_test(ends_that_meet_are_named_apart_and_inside),
        cmocka_unit_test(a_measure_is_black_and_a_control_grey),
        cmocka_unit_test(no_line_is_as_black_as_the_measure),
        cmocka_unit_test(an_interval_is_a_band_that_is_said),
        cmocka_unit_test(places_have_names_and_an_axis_a_long_one),
        cmocka_unit_test(a_layer_counts_its_units_and_names_the_strongest),
        cmocka_unit_test(cells_stand_at_their_names_in_their_colours),
        cmocka_unit_test(narrow_columns_are_all_named_by_short_names),
        cmocka_unit_test(methods_are_named_once_where_they_are_rows_and_columns),
        cmocka_unit_test(a_large_matrix_names_every_tenth),
        cmocka_unit_test(numbers_stand_under_their_column_beside_their_row),
        cmocka_unit_test(numbers_of_a_column_have_its_decimals),
        cmocka_unit_test(counts_are_written_in_full),
        cmocka_unit_test(rows_that_are_not_shown_are_counted),
        cmocka_unit_test(columns_of_one_group_stand_under_its_name),
        cmocka_unit_test(spreads_stand_behind_their_numbers),
        cmocka_unit_test(a_split_stands_between_its_sides_the_true_one_above),
        cmocka_unit_test(a_network_has_units_and_lines_where_they_are_due),
        cmocka_unit_test(the_way_of_this_z_is_bold),
        cmocka_unit_test(no_words_of_any_panel_overlap_or_leave_the_figure),
        cmocka_unit_test(panels_keep_their_own_copies),
    };
    return cmocka_run_group_tests_name("panels", tests, NULL, NULL);
}
