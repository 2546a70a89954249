/* SPDX-License-Identifier: MIT */
/* The map of an evaluation: the plane, and what is drawn in it, for pictures of any shape, number
 * and number of classes. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "evaluation_scene.h"
#include "text_boxes.h"
#include "use_threads.h"

#include "../src/evaluation/plane.h"

/* ---- The plane ---- */

/* Along (3, 4): the first component has all of the variance. */
static void the_first_component_is_the_direction_of_most_variance(void **state)
{
    float features[8] = {1, 1, 4, 5, 7, 9, 10, 13};
    principal_plane p = {0};
    point_set s;
    error e = {0};
    (void)state;
    assert_int_equal(principal_plane_init(&p, matrix_view(features, 4, 2), &e), 0);
    assert_true(fabs(p.share[0] - 1) < 1e-12 && p.share[1] < 1e-12);
    point_set_init(&s, &p, matrix_view(features, 4, 2));
    assert_close(s.x, ((float[]){-7.5f, -2.5f, 2.5f, 7.5f}), 4, 1e-6, 0);
    assert_close(s.y, ((float[]){0, 0, 0, 0}), 4, 0, 1e-6);
    point_set_release(&s);
    principal_plane_release(&p);
}

static void pictures_without_differences_have_no_plane(void **state)
{
    float features[6] = {1, 2, 1, 2, 1, 2};
    principal_plane p = {0};
    error e = {0};
    (void)state;
    assert_int_equal(principal_plane_init(&p, matrix_view(features, 3, 2), &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    principal_plane_release(&p);
    p = (principal_plane){0};
    assert_int_equal(principal_plane_init(&p, matrix_view(features, 1, 2), &e), -1);
    principal_plane_release(&p);
}

/* Two heaps far apart. */
static void densities_tell_where_one_set_is_alone(void **state)
{
    float x[3] = {0, 0, 10}, y[3] = {0, 0, 5}, other_x[2] = {0, 0}, other_y[2] = {0, 0};
    point_set s = {x, y, 3}, t = {other_x, other_y, 2};
    const double spread[2] = {0.6, 0.6};
    (void)state;
    plane_area a = plane_area_around(&s, &t);
    assert_true(a.low[0] < 0 && a.high[0] > 10 && a.low[1] < 0 && a.high[1] > 5);
    assert_true(fabs((a.high[0] - a.low[0]) / (double)a.cols -
                     (a.high[1] - a.low[1]) / (double)a.rows) < 1e-3);
    size_t n = a.rows * a.cols;
    float *own = allocate(n, sizeof *own), *other = allocate(n, sizeof *other);
    find_density(own, &a, &s, spread);
    find_density(other, &a, &t, spread);
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += (double)own[i];
    assert_true(fabs(total - 1) < 1e-5);
    float at_two = own[plane_cell(&a, 0, 0)], at_one = own[plane_cell(&a, 10, 5)];
    assert_close(&at_two, ((float[]){2 * at_one}), 1, 1e-5, 0);
    assert_true(fabs(share_alone(own, other, &a, &s) - 1.0 / 3) < 1e-12);
    assert_true(share_alone(other, own, &a, &t) == 0);
    assert_true(density_below(own, &a, &s, 0.0) == (double)at_one);
    free(own);
    free(other);
}

/* Of a judge that sees differences too small for a point to be moved by them. */
static void points_of_one_place_have_an_area(void **state)
{
    enum { N = 3 };
    float x[N] = {5, 5, 5}, y[N] = {-2, -2, -2};
    point_set s = {x, y, N};
    double spread[2];
    (void)state;
    plane_area a = plane_area_around(&s, &s);
    assert_true(a.rows > 0 && a.cols > 0 && a.rows * a.cols < 1000000);
    assert_true(a.low[0] < 5 && a.high[0] > 5 && a.low[1] < -2 && a.high[1] > -2);
    find_spread(spread, &a, &s);
    assert_true(spread[0] > 0 && spread[1] > 0);
}

static void points_without_end_are_told(void **state)
{
    float x[2] = {0, 1}, y[2] = {0, 1};
    point_set s = {x, y, 2};
    (void)state;
    assert_true(point_set_is_finite(&s));
    y[1] = (float)NAN;
    assert_false(point_set_is_finite(&s));
    y[1] = 0;
    x[0] = (float)INFINITY;
    assert_false(point_set_is_finite(&s));
}

/* The first row is at the top, and what lies outside belongs to the border. */
static void cells_are_counted_from_the_upper_left(void **state)
{
    const plane_area a = {{0, 0}, {4, 2}, 2, 4};
    (void)state;
    assert_int_equal(plane_cell(&a, 0.5, 1.5), 0);
    assert_int_equal(plane_cell(&a, 3.5, 1.5), 3);
    assert_int_equal(plane_cell(&a, 3.5, 0.5), 7);
    assert_int_equal(plane_cell(&a, -1, 9), 0);
    assert_int_equal(plane_cell(&a, 9, -1), 7);
}

static void a_map_can_be_read_for_any_shape_number_and_classes(void **state)
{
    static const size_t shapes[][4] = {/* rows, cols, n, classes */
                                       {4, 4, 2, 2},   {28, 28, 300, 10}, {128, 128, 40, 5},
                                       {5, 90, 30, 3}, {90, 5, 30, 3},    {8, 8, 600, 256}};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        figure f = {0};
        error e = {0};
        scene *s = scene_make(shape_of(shapes[i][0], shapes[i][1]), shapes[i][2], shapes[i][3], 1);
        if (evaluation_map_figure(&f, &s->v, &e))
            fail_msg("%s", e.message);
        char *svg = svg_of(&f);
        assert_text_is_apart_and_inside(&f);
        assert_true(says(svg, ">Where the pictures of first lie</text>"));
        const plane_panel *real = panel_of(&f, &PLANE_PANEL, 2);
        assert_true(real->n_pictures > 0 && real->picture_rows <= 64 && real->picture_cols <= 64);
        free(svg);
        figure_release(&f);
        scene_release(s);
    }
}

/* The same pictures as the real ones: nothing is missing, and nothing is too much. */
static void equal_sets_differ_nowhere_in_the_plane(void **state)
{
    figure f = {0};
    error e = {0};
    scene *s = scene_make(shape_of(8, 8), 50, 3, 1);
    (void)state;
    judged_set_release(&s->candidates[0].set);
    judged_set_init(&s->candidates[0].set, &s->v.judge.judge, s->pixels, NULL, 50);
    assert_int_equal(evaluation_map_figure(&f, &s->v, &e), 0);
    const plane_panel *p = panel_of(&f, &PLANE_PANEL, 1);
    for (size_t i = 0; i < p->rows * p->cols; i++)
        assert_true(p->values[i] == 0);
    char *svg = svg_of(&f);
    assert_true(says(svg, "0.0 % of real pictures lie where"));
    free(svg);
    figure_release(&f);
    scene_release(s);
}

/* A picture stands in its own place, enlarged or made smaller. */
static void small_pictures_are_those_that_lie_there(void **state)
{
    static const size_t sides[][3] = {{8, 48, 6}, {128, 64, 1}, {28, 56, 2}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        figure f = {0};
        error e = {0};
        size_t side = sides[i][0], n = side * side;
        scene *s = scene_make(shape_of(side, side), 2, 2, 1);
        memset(s->pixels, 40, n); /* the real ones */
        memset(s->pixels + n, 200, n);
        judged_set_release(&s->v.real.real);
        judged_set_init(&s->v.real.real, &s->v.judge.judge, s->pixels, s->labels, 2);
        judged_set_release(&s->candidates[0].set);
        judged_set_init(&s->candidates[0].set, &s->v.judge.judge, s->pixels, NULL, 2);
        assert_int_equal(evaluation_map_figure(&f, &s->v, &e), 0);
        const plane_panel *p = panel_of(&f, &PLANE_PANEL, 2);
        assert_int_equal(p->n_pictures, 2);
        assert_true(p->picture_rows == sides[i][1] && p->picture_cols == sides[i][1]);
        const plane_panel *dots = panel_of(&f, &PLANE_PANEL, 0);
        for (size_t k = 0; k < 2; k++) {
            uint8_t grey = p->pixels[k * p->picture_rows * p->picture_cols];
            size_t real = grey == 40 ? 0 : 1;
            assert_true(grey == 40 || grey == 200);
            assert_true(fabsf(p->picture_x[k] - dots->sets[0].x[real]) <
                        (float)(p->x_high - p->x_low) / 10);
        }
        figure_release(&f);
        scene_release(s);
    }
}

static void figures_are_the_same_bytes_for_any_threads(void **state)
{
    char *svg[2];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        text all = {0};
        figure f = {0};
        error e = {0};
        use_threads(i == 0 ? 1 : 3);
        scene *s = scene_make(shape_of(28, 28), 200, 10, 1);
        evaluation_report_figure(&f, &s->v);
        assert_int_equal(figure_write_svg(&all, &f, &e), 0);
        figure_release(&f);
        assert_int_equal(evaluation_map_figure(&f, &s->v, &e), 0);
        assert_int_equal(figure_write_svg(&all, &f, &e), 0);
        figure_release(&f);
        scene_release(s);
        svg[i] = all.data;
    }
    assert_string_equal(svg[0], svg[1]);
    free(svg[0]);
    free(svg[1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_the_same_bytes_for_any_threads),
        cmocka_unit_test(the_first_component_is_the_direction_of_most_variance),
        cmocka_unit_test(pictures_without_differences_have_no_plane),
        cmocka_unit_test(densities_tell_where_one_set_is_alone),
        cmocka_unit_test(points_of_one_place_have_an_area),
        cmocka_unit_test(points_without_end_are_told),
        cmocka_unit_test(cells_are_counted_from_the_upper_left),
        cmocka_unit_test(a_map_can_be_read_for_any_shape_number_and_classes),
        cmocka_unit_test(equal_sets_differ_nowhere_in_the_plane),
        cmocka_unit_test(small_pictures_are_those_that_lie_there),
    };
    return cmocka_run_group_tests_name("evaluation map", tests, NULL, NULL);
}
