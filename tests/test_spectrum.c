/* SPDX-License-Identifier: MIT */
/* The spectrum of the Jacobian, by hand where G is a straight line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include "../src/explain/spectrum_detail.h"
#include <stdlib.h>

enum { DIFFERENCES, PULLED_BACK, ORTHOGONAL, ADDS_UP };

static const float hand_z[3] = {1, -2, 0.5f};

/* Pixel 0 is 3 (0.6 z0 + 0.8 z1), pixel 29 is s (0.8 z0 - 0.6 z1); z2 does nothing. */
static scene linear_scene(float s)
{
    scene made = scene_of("784", NULL, 3);
    float *w = made.g.layers[0].weight.data;
    w[0] = 1.8f;
    w[1] = 2.4f;
    w[29 * 3] = 0.8f * s;
    w[29 * 3 + 1] = -0.6f * s;
    aim(&made, "ink");
    return made;
}

static const explain_check *check_at(const explanation *a, size_t i)
{
    for (size_t k = 0; k < a->n_checks; k++)
        if (strcmp(a->checks[k].name, spectrum_checks[i].name) == 0)
            return &a->checks[k];
    fail_msg("no check %s", spectrum_checks[i].name);
    return NULL;
}

static void assert_met(const explanation *a, const char *words)
{
    error e = {0};
    if (explanation_judge(a, &e))
        fail_msg("%s: %s", words, e.message);
    assert_int_equal(a->n_checks, N_SPECTRUM_CHECKS);
}

static float number_of(const explanation *a, const char *name) { return *array_of(a, name); }

/* ---- By hand ---- */

static void a_straight_line_has_the_directions_found_by_hand(void **state)
{
    scene s = linear_scene(2);
    explanation a = explained_by(&s, "spectrum", hand_z, 8);
    const float *v = array_of(&a, "spectrum.directions"), *m = array_of(&a, "spectrum.maps");
    (void)state;
    assert_close(array_of(&a, "spectrum.values"), ((float[]){1, 2, 3, 3, 2, 0}), 6, 1e-6, 1e-6);
    assert_close(v, ((float[]){0.6f, 0.8f, 0, 0.8f, -0.6f, 0, 0, 0, 1}), 9, 1e-6, 1e-6);
    for (size_t i = 0; i < 3 * N_PIXELS; i++) {
        float expected = i == 0 ? 3 : i == N_PIXELS + 29 ? 2 : 0;
        assert_close(&m[i], &expected, 1, 1e-6, 1e-6);
    }
    assert_met(&a, "by hand");
    explanation_release(&a);
    scene_release(&s);
}

/* The ink rises by 3 along the one and by 2 along the other: its gradient's square is 13, as is the
 * sum of the squared values. */
static void the_target_moves_along_them_as_its_gradient_says(void **state)
{
    scene s = linear_scene(2);
    explanation a = explained_by(&s, "spectrum", hand_z, 2);
    const float nine = 9.0f / 13, four = 4.0f / 13;
    const float rank = expf(-nine * logf(nine) - four * logf(four));
    (void)state;
    assert_close(array_of(&a, "spectrum.table"), ((float[]){3, nine, 3, nine, 2, four, 2, four}), 8,
                 1e-6, 0);
    assert_string_equal(whole_array_of(&a, "spectrum.table")->labels[4], "1: +z1 +z0");
    assert_string_equal(whole_array_of(&a, "spectrum.table")->labels[5], "2: +z0 -z1");
    assert_close(&(float){number_of(&a, "spectrum.rank")}, &rank, 1, 1e-6, 0);
    assert_true(number_of(&a, "spectrum.still") == 1);
    assert_null(explanation_find(&a, "spectrum.condition"));
    assert_null(explanation_find(&a, "spectrum.ties"));
    explanation_release(&a);
    scene_release(&s);
}

static void the_condition_is_the_largest_value_over_the_least(void **state)
{
    scene s = linear_scene(2);
    (void)state;
    s.g.layers[0].weight.data[2 * 3 + 2] = 0.5f;
    aim(&s, "ink");
    explanation a = explained_by(&s, "spectrum", hand_z, 2);
    assert_close(&(float){number_of(&a, "spectrum.condition")}, &(float){6}, 1, 1e-6, 0);
    assert_null(explanation_find(&a, "spectrum.still"));
    explanation_release(&a);
    scene_release(&s);
}

static void equal_values_are_said_to_be_ties_and_still_span_the_same(void **state)
{
    scene s = linear_scene(3);
    explanation a = explained_by(&s, "spectrum", hand_z, 8);
    const float *v = array_of(&a, "spectrum.directions");
    (void)state;
    assert_true(number_of(&a, "spectrum.ties") == 2);
    assert_close(&(float){number_of(&a, "spectrum.rank")}, &(float){2}, 1, 1e-6, 0);
    assert_close(&(float){v[0] * v[0] + v[3] * v[3]}, &(float){1}, 1, 1e-6, 0);
    assert_close(&(float){v[1] * v[1] + v[4] * v[4]}, &(float){1}, 1, 1e-6, 0);
    assert_met(&a, "ties");
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Odd shapes ---- */

static scene narrow_scene(size_t rows, size_t cols, size_t z_dim)
{
    char g[32];
    snprintf(g, sizeof g, "7:lrelu=0.3,%zu:tanh", rows * cols);
    scene s = scene_of_shape(g, NULL, z_dim, shape_of(rows, cols));
    fill_trained(&s.g, 3);
    aim(&s, "ink");
    return s;
}

static void any_shape_of_the_jacobian_passes(void **state)
{
    static const size_t shapes[][3] = {{1, 1, 1}, {1, 1, 5}, {1, 2, 6},
                                       {3, 3, 9}, {2, 4, 1}, {4, 4, 15}};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        scene s = narrow_scene(shapes[i][0], shapes[i][1], shapes[i][2]);
        float *z = draw(shapes[i][2], 4);
        explanation a = explained_by(&s, "spectrum", z, 8);
        assert_met(&a, "shape");
        const named_array *v = whole_array_of(&a, "spectrum.directions");
        for (size_t k = 0; k < v->shape[0]; k++) {
            float largest = 0;
            for (size_t c = 0; c < v->shape[1]; c++) {
                float value = v->data[k * v->shape[1] + c];
                largest = fabsf(value) > fabsf(largest) ? value : largest;
            }
            assert_true(largest >= 0);
        }
        explanation_release(&a);
        free(z);
        scene_release(&s);
    }
}

static void more_components_than_pixels_leave_the_others_still(void **state)
{
    scene s = narrow_scene(1, 2, 6);
    float *z = draw(6, 4);
    explanation a = explained_by(&s, "spectrum", z, 8);
    (void)state;
    assert_true(number_of(&a, "spectrum.still") == 4);
    assert_int_equal(whole_array_of(&a, "spectrum.values")->shape[1], 2);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void a_picture_that_never_changes_has_no_directions_and_no_nan(void **state)
{
    scene s = scene_of("5:relu,784:tanh", NULL, 3);
    (void)state;
    aim(&s, "ink");
    explanation a = explained_by(&s, "spectrum", hand_z, 2);
    assert_true(number_of(&a, "spectrum.rank") == 0);
    assert_null(explanation_find(&a, "spectrum.still"));
    assert_null(explanation_find(&a, "spectrum.ties"));
    assert_met(&a, "constant");
    explanation_release(&a);
    scene_release(&s);
}

static void directions_that_a_still_picture_does_not_have_are_zero(void **state)
{
    scene s = scene_of_shape("3:relu,2:tanh", NULL, 6, shape_of(1, 2));
    float *z = draw(6, 4);
    (void)state;
    aim(&s, "ink");
    explanation a = explained_by(&s, "spectrum", z, 8);
    for (size_t i = 0; i < 12; i++)
        assert_true(array_of(&a, "spectrum.directions")[i] == 0);
    assert_met(&a, "still");
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void saturated_pixels_are_no_error(void **state)
{
    scene s = trained_scene("ink");
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < N_PIXELS; i++)
        s.g.layers[2].bias[i] += i % 2 ? 9 : -9;
    aim(&s, "ink");
    explanation a = explained_by(&s, "spectrum", z, 8);
    assert_met(&a, "saturated");
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void every_target_passes_the_checks_of_its_spectrum(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "spectrum", z, 4);
        assert_met(&a, words[i]);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

/* Both directions go over the kink: the picture moves with the sum of both components. */
static void kinks_make_the_step_smaller_or_are_left_out_and_counted(void **state)
{
    static const struct {
        float bias;
        size_t n_left_out;
    } cases[] = {{0, 2}, {3e-6f, 0}, {1, 0}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene s = kinked_scene(cases[i].bias);
        explanation a = explained_by(&s, "spectrum", (float[]){0, 1}, 8);
        assert_int_equal(check_at(&a, DIFFERENCES)->n_left_out, cases[i].n_left_out);
        assert_int_equal(check_at(&a, DIFFERENCES)->n_samples, 2);
        assert_true(explain_check_is_empty(check_at(&a, DIFFERENCES)) == (i == 0));
        assert_met(&a, "kink");
        explanation_release(&a);
        scene_release(&s);
    }
}

/* ---- What is planted ---- */

/* What a handed out, as it is checked with the networks as they now are. */
typedef struct {
    explain_request q;
    explained_rows rows;
    explain_task t;
    spectrum s;
    float *direction, *map;
} handed_out;

static void take(handed_out *h, scene *s, const explanation *a)
{
    const named_array *curve = whole_array_of(a, "spectrum.values");
    const named_array *v = whole_array_of(a, "spectrum.directions");
    const named_array *m = whole_array_of(a, "spectrum.maps");
    *h = (handed_out){.rows = {.n = 1, .z = a->z}};
    h->t = (explain_task){.x = &s->x, .w = &s->w, .q = &h->q, .rows = &h->rows};
    h->s = (spectrum){.t = &h->t, .n = curve->shape[1], .n_top = v->shape[0]};
    h->s.value = doubles_of(curve->data + h->s.n, h->s.n);
    h->s.sensitivity = allocate(s->shape.n, sizeof(float));
    h->s.direction = h->direction = memcpy(allocate(v->n, sizeof(float)), v->data, 4 * v->n);
    h->s.map = h->map = memcpy(allocate(m->n, sizeof(float)), m->data, 4 * m->n);
    explain_draw(&s->x, &s->w, a->z, 1);
    explain_jacobian(&s->x, &s->w, 0, &(wanted_jacobian){.sensitivity = h->s.sensitivity});
}

/* Whether that check is met; releases h. */
static bool is_met(handed_out *h, size_t check)
{
    explain_check checks[N_SPECTRUM_CHECKS];
    spectrum_check(checks, &h->s);
    free(h->s.value);
    free(h->s.sensitivity);
    free(h->direction);
    free(h->map);
    return explain_check_is_met(&checks[check]);
}

static scene small_scene(void)
{
    scene s = scene_of_shape("6:bn=1e-3:lrelu=0.3,5:lrelu=0.2,9:tanh", NULL, 4, shape_of(3, 3));
    fill_trained(&s.g, 1);
    aim(&s, "ink");
    return s;
}

static void what_is_right_is_met_when_it_is_checked_alone(void **state)
{
    scene s = small_scene();
    float *z = draw(4, 4);
    (void)state;
    explanation a = explained_by(&s, "spectrum", z, 4);
    for (size_t i = 0; i < N_SPECTRUM_CHECKS; i++) {
        handed_out h;
        take(&h, &s, &a);
        assert_true(is_met(&h, i));
    }
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* The packed weights stay; the twin reads the others. */
static void a_weight_one_percent_off_is_caught_in_any_layer(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        scene s = small_scene();
        float *z = draw(4, 4);
        matrix w = s.folded[0].layers[i].weight;
        for (size_t k = 0; k < w.rows * w.cols; k++)
            w.data[k] *= 1.01f;
        explanation a = explained_by(&s, "spectrum", z, 4);
        assert_false(explain_check_is_met(check_at(&a, DIFFERENCES)));
        assert_false(explain_check_is_met(check_at(&a, PULLED_BACK)));
        explanation_release(&a);
        free(z);
        scene_release(&s);
    }
}

static void a_slope_of_the_other_sign_is_caught(void **state)
{
    scene s = small_scene();
    float *z = draw(4, 4), *leak = &s.folded[0].layers[0].f.parameter;
    handed_out h;
    (void)state;
    *leak = -*leak;
    explanation a = explained_by(&s, "spectrum", z, 4);
    *leak = -*leak;
    take(&h, &s, &a);
    assert_false(is_met(&h, DIFFERENCES));
    take(&h, &s, &a);
    assert_false(is_met(&h, PULLED_BACK));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Folded by other statistics than the running ones. */
static void batchnorm_by_a_batch_is_caught(void **state)
{
    scene s = small_scene();
    float *z = draw(4, 4);
    network batch;
    handed_out h;
    (void)state;
    explanation a = explained_by(&s, "spectrum", z, 4);
    for (size_t i = 0; i < 6; i++)
        s.g.layers[0].running_var[i] *= 1.1f;
    network_fold(&batch, &s.g);
    memcpy(s.folded[0].param, batch.param, batch.n_param * sizeof *batch.param);
    take(&h, &s, &a);
    assert_false(is_met(&h, DIFFERENCES));
    network_release(&batch);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void maps_and_directions_that_are_others_are_caught(void **state)
{
    scene s = small_scene();
    float *z = draw(4, 4);
    handed_out h;
    (void)state;
    explanation a = explained_by(&s, "spectrum", z, 4);
    take(&h, &s, &a);
    h.map[9] = -h.map[9]; /* of the second direction */
    assert_false(is_met(&h, DIFFERENCES));
    take(&h, &s, &a);
    memcpy(h.direction, h.direction + 4, 4 * sizeof *h.direction);
    assert_false(is_met(&h, ORTHOGONAL));
    take(&h, &s, &a);
    memcpy(h.map, h.map + 9, 9 * sizeof *h.map);
    assert_false(is_met(&h, ORTHOGONAL));
    take(&h, &s, &a);
    h.s.value[0] *= 1.001;
    assert_false(is_met(&h, ADDS_UP));
    take(&h, &s, &a);
    h.s.value[3] = (double)NAN;
    assert_false(is_met(&h, ADDS_UP));
    take(&h, &s, &a);
    h.direction[5] = (float)NAN;
    assert_false(is_met(&h, ORTHOGONAL));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void a_jacobian_that_is_not_finite_is_named(void **state)
{
    scene s = linear_scene(2);
    explain_plan plan = {0};
    explain_request q = {.n_top = 3, .black = -1, .white = 1, .probe = 3};
    explanation a;
    error e = {0};
    (void)state;
    s.g.layers[0].weight.data[0] = INFINITY;
    aim(&s, "ink");
    explain_plan_choose(&plan, "spectrum");
    assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
    assert_int_equal(explain(&a, &s.x, &s.w, hand_z, &q, &plan, &e), -1);
    assert_int_equal(e.status, STATUS_DIVERGED);
    explain_plan_release(&plan);
    scene_release(&s);
}

/* ---- The same bytes ---- */

static void assert_same(const explanation *a, const explanation *b)
{
    for (size_t i = 0; i < a->n_arrays; i++)
        if (strncmp(a->arrays[i].row->name, "spectrum.", 9) == 0)
            assert_memory_equal(a->arrays[i].data, array_of(b, a->arrays[i].row->name),
                                a->arrays[i].n * sizeof(float));
}

static void bytes_depend_neither_on_threads_nor_on_other_methods(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    explanation alone = explained_by(&s, "spectrum", z, 4);
    explanation among = explained_by(&s, "reach,gradient,spectrum", z, 4);
    (void)state;
    use_threads(1);
    explanation one = explained_by(&s, "spectrum", z, 4);
    use_threads(2);
    assert_same(&alone, &among);
    assert_same(&alone, &one);
    explanation_release(&alone);
    explanation_release(&among);
    explanation_release(&one);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_has_the_directions_found_by_hand),
        cmocka_unit_test(the_target_moves_along_them_as_its_gradient_says),
        cmocka_unit_test(the_condition_is_the_largest_value_over_the_least),
        cmocka_unit_test(equal_values_are_said_to_be_ties_and_still_span_the_same),
        cmocka_unit_test(any_shape_of_the_jacobian_passes),
        cmocka_unit_test(more_components_than_pixels_leave_the_others_still),
        cmocka_unit_test(a_picture_that_never_changes_has_no_directions_and_no_nan),
        cmocka_unit_test(directions_that_a_still_picture_does_not_have_are_zero),
        cmocka_unit_test(saturated_pixels_are_no_error),
        cmocka_unit_test(every_target_passes_the_checks_of_its_spectrum),
        cmocka_unit_test(kinks_make_the_step_smaller_or_are_left_out_and_counted),
        cmocka_unit_test(what_is_right_is_met_when_it_is_checked_alone),
        cmocka_unit_test(a_weight_one_percent_off_is_caught_in_any_layer),
        cmocka_unit_test(a_slope_of_the_other_sign_is_caught),
        cmocka_unit_test(batchnorm_by_a_batch_is_caught),
        cmocka_unit_test(maps_and_directions_that_are_others_are_caught),
        cmocka_unit_test(a_jacobian_that_is_not_finite_is_named),
        cmocka_unit_test(bytes_depend_neither_on_threads_nor_on_other_methods),
    };
    return cmocka_run_group_tests_name("spectrum", tests, NULL, NULL);
}
