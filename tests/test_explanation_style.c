/* SPDX-License-Identifier: MIT */
/* How explanations are drawn: colour maps, and what full colour stands for. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "present.h"
#include "use_threads.h"
#include <stdlib.h>

static void colour_maps_are_set_by_their_kind(void **state)
{
    explanation_style style = {0};
    error e = {0};
    (void)state;
    assert_int_equal(explanation_style_read(&style,
                                            &(style_words){.maps = "cool,blue-red",
                                                           .overlay = "contour",
                                                           .sign = "all",
                                                           .scale = "run"},
                                            &e),
                     0);
    assert_string_equal(style.diverging->name, "blue-red");
    assert_string_equal(style.sequential->name, "cool");
    assert_int_equal(
        explanation_style_read(
            &style,
            &(style_words){.maps = "grey", .overlay = "contour", .sign = "all", .scale = "run"},
            &e),
        0);
    assert_string_equal(style.diverging->name, "blue-orange");
    assert_string_equal(style.sequential->name, "grey");
    assert_int_equal(
        explanation_style_read(
            &style, &(style_words){.overlay = "contour", .sign = "all", .scale = "run"}, &e),
        0);
    /* zero is white in maps of both kinds */
    const colour zero = colour_map_colour(style.sequential, 0);
    assert_memory_equal(&zero, &WHITE, sizeof zero);
}

/* ---- Scales ---- */

static void fill_rising(float *v, size_t n, float factor)
{
    for (size_t i = 0; i < n; i++)
        v[i] = factor * (float)(i + 1) * (i % 2 ? -1.0f : 1.0f);
}

/* Magnitudes 1 to 784 times a factor, 1 to 5 of gradient_z. */
static explanation rising_explanation(const char *gradient_x)
{
    explanation a = {.z_dim = 5, .shape = {PICTURE_ROWS, PICTURE_COLS, N_PIXELS}};
    fill_rising(put_array(&a, gradient_x, 0, 0), N_PIXELS, 1);
    fill_rising(put_array(&a, "gradient_z", 0, 0), 5, 1);
    fill_rising(put_array(&a, "sensitivity", 0, 0), N_PIXELS, 2);
    fill_rising(put_array(&a, "top_columns", 2, 0), 2 * N_PIXELS, 1);
    return a;
}

static double scale_in(const array_scales *scales, const explanation *a, const char *name)
{
    return array_scales_find(scales, whole_array_of(a, name)->row);
}

/* The scales of a map of the pixels, of gradient_z, sensitivity and top_columns. */
static void assert_scales(const explanation *a, double clip, const char *map, const double want[4])
{
    array_scales scales = {0};
    array_scales_measure(&scales, a, clip);
    const double got[] = {scale_in(&scales, a, map), scale_in(&scales, a, "gradient_z"),
                          scale_in(&scales, a, "sensitivity"), scale_in(&scales, a, "top_columns")};
    assert_int_equal(scales.n, 4);
    assert_close(got, want, 4, 0, 0);
    array_scales_release(&scales);
}

/* The one scale there is. */
static double only_scale(const explanation *a, double clip)
{
    array_scales scales = {0};
    array_scales_measure(&scales, a, clip);
    assert_int_equal(scales.n, 1);
    double value = scales.all[0].value;
    array_scales_release(&scales);
    return value;
}

static void a_scale_is_the_largest_magnitude_or_the_one_that_clip_percent_are_over(void **state)
{
    static const char *const names[] = {"gradient_x", "d_gradient_x"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        explanation a = rising_explanation(names[i]);
        assert_scales(&a, 0, names[i], (double[]){784, 5, 1568, 1568});
        assert_scales(&a, 25, names[i], (double[]){588, 5, 1176, 1176});
        assert_scales(&a, 50, names[i], (double[]){392, 5, 784, 784});
        explanation_release(&a);
    }
}

static void a_map_that_is_mostly_zero_is_not_clipped(void **state)
{
    explanation a = {.shape = {PICTURE_ROWS, PICTURE_COLS, N_PIXELS}};
    float *map = put_array(&a, "gradient_x", 0, 0);
    (void)state;
    map[9] = -7;
    assert_true(only_scale(&a, 25) == 7);
    explanation_release(&a);
}

/* Of one sign they are added, of two signs they are on two sides. */
static void the_scale_of_a_losss_bars_holds_the_parts_stacked(void **state)
{
    explanation a = {.z_dim = 3};
    (void)state;
    memcpy(put_array(&a, "gradient_z", 0, 0), (float[]){8, -9, -3}, 3 * sizeof(float));
    memcpy(put_array(&a, "gradient_z_rec", 0, 0), (float[]){3, -8, 4}, 3 * sizeof(float));
    memcpy(put_array(&a, "gradient_z_gen", 0, 0), (float[]){5, -1, -7}, 3 * sizeof(float));
    assert_true(only_scale(&a, 0) == 9);
    explanation_release(&a);
    a = (explanation){.z_dim = 1};
    put_array(&a, "gradient_z", 0, 0)[0] = -7;
    put_array(&a, "gradient_z_rec", 0, 0)[0] = 4;
    put_array(&a, "gradient_z_gen", 0, 0)[0] = -11;
    assert_true(only_scale(&a, 0) == 11);
    explanation_release(&a);
}

static void the_scale_of_bars_holds_their_errors(void **state)
{
    explanation a = {.z_dim = 3};
    (void)state;
    memcpy(put_array(&a, "linear.z", 0, 0), (float[]){8, -9, -3}, 3 * sizeof(float));
    memcpy(put_array(&a, "linear.z_error", 0, 0), (float[]){1, 0.5f, 7}, 3 * sizeof(float));
    array_scales scales = {0};
    array_scales_measure(&scales, &a, 0);
    assert_true(array_scales_find(&scales, a.arrays[0].row) == 10);
    array_scales_release(&scales);
    explanation_release(&a);
}

/* 0.1f + 0.2f is larger as a float than in double. */
static void no_bar_of_a_loss_is_outside_its_scale_by_rounding(void **state)
{
    explanation a = {.z_dim = 1};
    volatile float first = 0.1f, second = 0.2f, bar = first + second;
    (void)state;
    assert_true((double)bar > (double)first + (double)second);
    put_array(&a, "gradient_z", 0, 0)[0] = bar;
    put_array(&a, "gradient_z_rec", 0, 0)[0] = first;
    put_array(&a, "gradient_z_gen", 0, 0)[0] = second;
    assert_true(only_scale(&a, 0) == (double)bar);
    explanation_release(&a);
}

static void a_runs_scale_is_the_larger_of_each_array(void **state)
{
    static const array_row rows[3];
    struct array_scale first[] = {{&rows[0], 1}, {&rows[1], 8}},
                       second[] = {{&rows[1], 2}, {&rows[0], 5}, {&rows[2], 7}};
    array_scales all = {0};
    (void)state;
    array_scales_widen(&all, &(array_scales){first, 2});
    assert_true(array_scales_find(&all, &rows[0]) == 1 && array_scales_find(&all, &rows[1]) == 8);
    assert_true(array_scales_find(&all, &rows[2]) == 0);
    array_scales_widen(&all, &(array_scales){second, 3});
    assert_true(array_scales_find(&all, &rows[0]) == 5 && array_scales_find(&all, &rows[1]) == 8);
    assert_true(array_scales_find(&all, &rows[2]) == 7 && all.n == 3);
    array_scales_release(&all);
}

static json_t *saved_pictures(scene *s, const explanation_style *style)
{
    static const float z[3] = {5, 6, 7};
    char folder[] = "/tmp/ganlens-XXXXXX", *path;
    explanation a = explained(s, z, 2);
    json_t *facts = json_object();
    text command = {0};
    error e = {0};
    if (!mkdtemp(folder) || explanation_save(folder, &a, &s->x, style,
                                             &(explanation_report){.title = "Seed 7",
                                                                   .seed_key = "seed",
                                                                   .seed = 7,
                                                                   .target_facts = facts,
                                                                   .facts = facts},
                                             &e))
        fail_msg("%s", e.message);
    path = join_path(folder, "explanation.json");
    json_t *all = json_load_file(path, 0, NULL);
    json_t *pictures = json_incref(json_object_get(all, "pictures"));
    json_decref(all);
    json_decref(facts);
    explanation_release(&a);
    free(path);
    text_add(&command, "rm -r %s", folder);
    assert_int_equal(system(command.data), 0);
    text_release(&command);
    return pictures;
}

static void assert_full_colour(scene *s, const explanation_style *style, double gradient_z,
                               double sensitivity, double top_columns)
{
    json_t *pictures = saved_pictures(s, style);
    const json_t *full = json_object_get(pictures, "full_colour");
    assert_true(json_number_value(json_object_get(full, "gradient_z")) == gradient_z);
    assert_true(json_number_value(json_object_get(full, "sensitivity")) == sensitivity);
    assert_true(json_number_value(json_object_get(full, "top_columns")) == top_columns);
    assert_int_equal(json_object_size(full), 4);
    json_decref(pictures);
}

static void full_colour_is_an_images_own_or_that_of_the_run_or_a_number(void **state)
{
    scene s = scene_of("784", NULL, 3);
    explanation_style style = {.low = -1, .high = 1, .n_top = 2};
    error e = {0};
    (void)state;
    s.g.layers[0].weight.data[0] = 3;
    s.g.layers[0].weight.data[2] = -4;
    aim(&s, "pixel:0,0");
    assert_int_equal(
        explanation_style_read(
            &style, &(style_words){.overlay = "contour", .sign = "all", .scale = "image"}, &e),
        0);
    assert_full_colour(&s, &style, 4, 5, 4);
    assert_int_equal(
        explanation_style_read(
            &style, &(style_words){.overlay = "contour", .sign = "all", .scale = "run"}, &e),
        0);
    explanation a = explained(&s, (float[]){5, 6, 7}, 2);
    array_scales_measure(&style.scales, &a, 0);
    for (size_t i = 0; i < style.scales.n; i++)
        style.scales.all[i].value = 10 * (double)(i + 1);
    assert_full_colour(&s, &style, 10, 30, 40); /* 20: moves_with */
    explanation_release(&a);
    assert_int_equal(
        explanation_style_read(
            &style, &(style_words){.overlay = "contour", .sign = "all", .scale = "0.5"}, &e),
        0);
    assert_full_colour(&s, &style, 0.5, 0.5, 0.5);
    explanation_style_release(&style);
    scene_release(&s);
}

static int read_scale(explanation_style *style, const char *scale, error *e)
{
    *style = (explanation_style){.low = -1, .high = 1, .n_top = 2};
    return explanation_style_read(
        style, &(style_words){.overlay = "contour", .sign = "all", .scale = scale}, e);
}

/* Own scales are 4, 5, 4, as above. */
static void single_arrays_have_the_scale_that_is_given_to_them(void **state)
{
    static const struct {
        const char *scale;
        double gradient_z, sensitivity, top_columns;
    } cases[] = {{"sensitivity=0.25", 4, 0.25, 4},
                 {"image,top_columns=7,gradient_z=8", 8, 5, 7},
                 {"gradient_z=8,2", 8, 2, 2}};
    scene s = scene_of("784", NULL, 3);
    error e = {0};
    (void)state;
    s.g.layers[0].weight.data[0] = 3;
    s.g.layers[0].weight.data[2] = -4;
    aim(&s, "pixel:0,0");
    for (size_t i = 0; i < 3; i++) {
        explanation_style style;
        assert_int_equal(read_scale(&style, cases[i].scale, &e), 0);
        assert_full_colour(&s, &style, cases[i].gradient_z, cases[i].sensitivity,
                           cases[i].top_columns);
        explanation_style_release(&style);
    }
    scene_release(&s);
}

static void a_scale_for_no_array_or_of_no_number_is_refused(void **state)
{
    static const char *const cases[][2] = {{"sensitivty=2", "did you mean 'sensitivity'?"},
                                           {"x=1", "'x' is not one of gradient_z|"},
                                           {"sensitivity=0", "does not end in a number"},
                                           {"sensitivity=", "does not end in"},
                                           {"run,2", "'2' is a second rule"},
                                           {"run,", "'' is a second rule"},
                                           {"", "'' is not image, run or a number"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        explanation_style style;
        error e = {0};
        assert_int_equal(read_scale(&style, cases[i][0], &e), -1);
        assert_int_equal(e.status, STATUS_USAGE);
        if (!strstr(e.message, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], e.message);
        explanation_style_release(&style);
    }
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(colour_maps_are_set_by_their_kind),
        cmocka_unit_test(a_scale_is_the_largest_magnitude_or_the_one_that_clip_percent_are_over),
        cmocka_unit_test(a_map_that_is_mostly_zero_is_not_clipped),
        cmocka_unit_test(the_scale_of_a_losss_bars_holds_the_parts_stacked),
        cmocka_unit_test(the_scale_of_bars_holds_their_errors),
        cmocka_unit_test(no_bar_of_a_loss_is_outside_its_scale_by_rounding),
        cmocka_unit_test(a_runs_scale_is_the_larger_of_each_array),
        cmocka_unit_test(full_colour_is_an_images_own_or_that_of_the_run_or_a_number),
        cmocka_unit_test(single_arrays_have_the_scale_that_is_given_to_them),
        cmocka_unit_test(a_scale_for_no_array_or_of_no_number_is_refused),
    };
    return cmocka_run_group_tests_name("explanation style", tests, NULL, NULL);
}
