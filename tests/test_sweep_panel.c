/* SPDX-License-Identifier: MIT */
/* Sweeps: which picture stands where, what is said of it, and where the curve and its tangent go.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report.h"
#include "text_boxes.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_POINTS = 16, MAX_SHOWN = 6, MAX_PIXELS = 128 * 128, MAX_SWEEPS = 32 };

static const colour TANGENT = {213, 94, 0};

/* What a sweep_panel borrows. */
typedef struct {
    float places[MAX_SWEEPS][MAX_POINTS], values[MAX_SWEEPS][MAX_POINTS];
    size_t shown[MAX_SHOWN];
    uint8_t pixels[MAX_SHOWN * MAX_PIXELS];
    char names[MAX_SWEEPS][80];
    sweep sweeps[MAX_SWEEPS];
    sweep_panel panel;
} scene;

/* n sweeps over -2 .. 2 of rows x cols pictures, shown at points 0, 3, 6 ...; picture k is grey
 * 40 k. */
static scene *scene_make(size_t n, size_t n_points, size_t rows, size_t cols)
{
    scene *s = allocate(1, sizeof *s);
    size_t n_shown = (n_points + 2) / 3;
    for (size_t k = 0; k < n_shown; k++) {
        s->shown[k] = 3 * k;
        memset(s->pixels + k * rows * cols, (int)(40 * k), rows * cols);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n_points; k++) {
            s->places[i][k] = n_points > 1 ? 4.0f * (float)k / (float)(n_points - 1) - 2 : 0.5f;
            s->values[i][k] = s->places[i][k] * (float)(i + 1);
        }
        snprintf(s->names[i], sizeof s->names[i], "z%zu", i);
        s->sweeps[i] = (sweep){.name = s->names[i],
                               .places = s->places[i],
                               .values = s->values[i],
                               .n_points = n_points,
                               .now = 3 * (i % n_shown),
                               .slope = (double)(i + 1),
                               .shown = s->shown,
                               .pixels = s->pixels,
                               .n_shown = n_shown};
    }
    s->panel = (sweep_panel){.sweeps = s->sweeps, .n = n, .rows = rows, .cols = cols};
    return s;
}

static picture draw_scene(figure *f, const scene *s)
{
    picture p = {0};
    figure_add_sweeps(f, &s->panel);
    figure_draw(&p, f);
    return p;
}

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

static bool has_colour(colour a, colour b)
{
    return a.red == b.red && a.green == b.green && a.blue == b.blue;
}

/* ---- Pictures ---- */

static void each_picture_has_its_place_above_and_its_number_below(void **state)
{
    (void)state;
    scene *s = scene_make(1, 7, 28, 28);
    figure f = {0};
    s->sweeps[0].now = 3;
    s->values[0][3] = 0.25f;
    picture p = draw_scene(&f, s);
    char *svg = svg_of(&f);
    const char *at = strstr(svg, ">z0</text>");
    static const char *const words[] = {">now 0</text>", ">-2</text>",    ">-2</text>",
                                        ">now 0</text>", ">+0.25</text>", ">+2</text>",
                                        ">+2</text>"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        at = at ? strstr(at + 1, words[i]) : NULL;
        if (!at)
            fail_msg("'%s' is missing", words[i]);
    }
    assert_int_equal(count_of(svg, "<image "), 3);
    free(svg);
    picture_release(&p);
    figure_release(&f);
    free(s);
}

/* ---- Curves ---- */

/* Where a colour is first and last seen, from the top; fails where it is nowhere. */
static void find_rows(const picture *p, colour ink, int *first, int *last)
{
    *first = -1;
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            if (has_colour(picture_pixel(p, x, y), ink)) {
                *first = *first < 0 ? y : *first;
                *last = y;
            }
    assert_true(*first >= 0);
}

/* The frame of the only plot: the last long line from the top down that is grey. */
static int top_of_plot(const picture *p)
{
    for (int y = 40; y < p->height; y++)
        if (has_colour(picture_pixel(p, p->width - 41, y), RGB(186, 186, 190)))
            return y;
    fail_msg("no plot");
    return 0;
}

static void a_steep_tangent_ends_where_the_plot_ends(void **state)
{
    (void)state;
    scene *s = scene_make(1, 7, 28, 28);
    figure f = {0};
    int first, last = 0;
    s->sweeps[0].now = 3;
    s->sweeps[0].slope = 1e6;
    picture p = draw_scene(&f, s);
    int top = top_of_plot(&p), bottom = top;
    while (has_colour(picture_pixel(&p, p.width - 41, bottom + 1), RGB(186, 186, 190)))
        bottom++;
    assert_true(bottom - top > 80);
    p.height = bottom + 20; /* not the words below */
    int legend = top - 1;   /* above the plot */
    picture plot = {.width = p.width, .channels = 3, .height = p.height - legend};
    plot.data = p.data + (size_t)legend * (size_t)p.width * 3;
    find_rows(&plot, TANGENT, &first, &last);
    assert_in_range(first + legend, top - 1, top + 3);
    assert_in_range(last + legend, bottom - 10, bottom + 1);
    picture_release(&p);
    figure_release(&f);
    free(s);
}

static void a_gap_divides_the_curve_and_is_no_number(void **state)
{
    (void)state;
    scene *s = scene_make(1, 7, 8, 8);
    figure f = {0};
    picture p = draw_scene(&f, s);
    char *whole = svg_of(&f);
    figure_release(&f);
    picture_release(&p);
    s->values[0][2] = NAN;
    p = draw_scene(&f, s);
    char *divided = svg_of(&f);
    assert_int_equal(count_of(divided, "<polyline"), count_of(whole, "<polyline")); /* +1 -1 dot */
    assert_null(strstr(divided, "nan"));
    free(whole);
    free(divided);
    picture_release(&p);
    figure_release(&f);
    free(s);
}

static void all_rows_share_their_axes(void **state)
{
    (void)state;
    scene *s = scene_make(4, 7, 28, 28);
    figure f = {0};
    picture p = draw_scene(&f, s);
    char *svg = svg_of(&f);
    assert_int_equal(count_of(svg, ">8</text>"), 4); /* that of the fourth curve goes to 8 */
    free(svg);
    picture_release(&p);
    figure_release(&f);
    free(s);
}

/* Of an axis from -2 to 2. */
static void the_part_where_the_tangent_is_good_is_shaded(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        scene *s = scene_make(1, 7, 28, 28);
        figure f = {0};
        box shade = {0}, frame = {0};
        s->sweeps[0].good_from = -1;
        s->sweeps[0].good_to = i ? 0.5 : -1;
        picture p = draw_scene(&f, s);
        char *svg = svg_of(&f);
        const char *end = strstr(svg, "fill=\"#fce5d0\""), *at = end; /* the legend's */
        at = strstr(at + 1, "fill=\"#fce5d0\"");
        assert_int_equal(at != NULL, i);
        for (; at && strncmp(at, "<rect ", 6) != 0; at--) {
        }
        if (at)
            assert_int_equal(sscanf(at, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"",
                                    &shade.x, &shade.y, &shade.width, &shade.height),
                             4);
        int right = p.width - 40, left = right;
        for (int y = top_of_plot(&p);
             has_colour(picture_pixel(&p, left - 1, y), RGB(186, 186, 190));)
            left--;
        frame.width = right - left;
        if (i) {
            assert_in_range(shade.width, frame.width * 3 / 8 - 2, frame.width * 3 / 8 + 2);
            assert_in_range(shade.x - left, frame.width / 4 - 2, frame.width / 4 + 2);
        }
        free(svg);
        picture_release(&p);
        figure_release(&f);
        free(s);
    }
}

static void what_is_finer_than_the_axis_is_written_as_zero(void **state)
{
    (void)state;
    scene *s = scene_make(1, 7, 28, 28);
    figure f = {0};
    s->values[0][0] = 4e-4f; /* ticks are at every 1 */
    s->values[0][3] = -1.5e-3f;
    picture p = draw_scene(&f, s);
    char *svg = svg_of(&f);
    assert_null(strstr(svg, "0.0004"));
    assert_int_equal(count_of(svg, ">-0.0015</text>"), 1);
    free(svg);
    picture_release(&p);
    figure_release(&f);
    free(s);
}

static void values_that_differ_on_the_axis_differ_in_words(void **state)
{
    (void)state;
    scene *s = scene_make(1, 7, 28, 28);
    figure f = {0};
    for (size_t i = 0; i < 7; i++)
        s->values[0][i] = -10.9f + 0.1f * (float)i;
    s->values[0][3] = -10.87f; /* between two ticks */
    picture p = draw_scene(&f, s);
    char *svg = svg_of(&f);
    assert_int_equal(count_of(svg, ">-10.87</text>"), 1);
    free(svg);
    picture_release(&p);
    figure_release(&f);
    free(s);
}

/* ---- All of it ---- */

static void words_are_apart_and_inside_at_any_size(void **state)
{
    static const struct {
        size_t n, n_points, rows, cols;
        float size;
    } cases[] = {{1, 1, 4, 4, 1},      {32, 14, 28, 28, 1},   {8, 16, 128, 128, 1e-30f},
                 {3, 14, 4, 128, 123}, {3, 14, 128, 4, 1e9f}, {2, 14, 20, 24, FLT_MAX / 8}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene *s = scene_make(cases[i].n, cases[i].n_points, cases[i].rows, cases[i].cols);
        figure f = {0};
        for (size_t k = 0; k < cases[i].n; k++) {
            for (size_t m = 0; m < cases[i].n_points; m++)
                s->values[k][m] *= cases[i].size;
            s->sweeps[k].slope *= (double)cases[i].size;
            s->sweeps[k].note = k % 2 ? "a note that is much longer than its place" : NULL;
        }
        s->values[0][0] = NAN;
        s->panel.x_name = s->panel.y_name = "prior sigmas";
        picture p = draw_scene(&f, s);
        assert_text_is_apart_and_inside(&f);
        assert_true(p.width <= 1640);
        char *svg = svg_of(&f);
        assert_text_is_apart_and_inside(&f);
        assert_null(strstr(svg, "nan\""));
        assert_null(strstr(svg, "inf\""));
        free(svg);
        picture_release(&p);
        figure_release(&f);
        free(s);
    }
}

static void a_panel_keeps_its_own_copies(void **state)
{
    (void)state;
    scene *s = scene_make(2, 7, 8, 8);
    figure f = {0};
    s->panel.x_name = s->panel.y_name = s->sweeps[0].note = s->names[1];
    picture p = draw_scene(&f, s);
    char *before = svg_of(&f);
    memset(s, 0x55, sizeof *s);
    free(s);
    char *after = svg_of(&f);
    assert_string_equal(before, after);
    free(before);
    free(after);
    picture_release(&p);
    figure_release(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_picture_has_its_place_above_and_its_number_below),
        cmocka_unit_test(a_steep_tangent_ends_where_the_plot_ends),
        cmocka_unit_test(a_gap_divides_the_curve_and_is_no_number),
        cmocka_unit_test(all_rows_share_their_axes),
        cmocka_unit_test(the_part_where_the_tangent_is_good_is_shaded),
        cmocka_unit_test(what_is_finer_than_the_axis_is_written_as_zero),
        cmocka_unit_test(values_that_differ_on_the_axis_differ_in_words),
        cmocka_unit_test(words_are_apart_and_inside_at_any_size),
        cmocka_unit_test(a_panel_keeps_its_own_copies),
    };
    return cmocka_run_group_tests_name("sweep_panel", tests, NULL, NULL);
}
