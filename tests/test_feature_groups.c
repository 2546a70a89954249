/* SPDX-License-Identifier: MIT */
/* Which features are taken together, and the target as a game of such groups. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "local_scene.h"
#include "use_threads.h"

/* Every feature is in a group, and each group has as many as it says, at least one. */
static void assert_partition(const feature_groups *g, size_t n_features)
{
    size_t *found = allocate(g->n, sizeof *found);
    assert_int_equal(g->n_features, n_features);
    for (size_t i = 0; i < n_features; i++) {
        assert_true(g->of[i] < g->n);
        found[g->of[i]]++;
    }
    for (size_t k = 0; k < g->n; k++)
        assert_true(found[k] > 0 && found[k] == g->size[k]);
    free(found);
}

static void runs_are_as_equal_as_they_can_be(void **state)
{
    feature_groups g;
    (void)state;
    feature_groups_init_runs(&g, 7, 3);
    assert_partition(&g, 7);
    assert_memory_equal(g.size, ((size_t[]){3, 2, 2}), 3 * sizeof *g.size);
    for (size_t i = 1; i < 7; i++)
        assert_true(g.of[i] >= g.of[i - 1]);
    feature_groups_release(&g);
}

static void blocks_lie_in_a_grid(void **state)
{
    feature_groups g;
    (void)state;
    feature_groups_init_blocks(&g, shape_of(28, 28), 4);
    assert_partition(&g, 784);
    assert_int_equal(g.n, 16);
    assert_int_equal(g.of[0], 0);
    assert_int_equal(g.of[6 * 28 + 6], 0);
    assert_int_equal(g.of[6 * 28 + 7], 1);
    assert_int_equal(g.of[7 * 28 + 6], 4);
    assert_int_equal(g.of[783], 15);
    feature_groups_release(&g);
    feature_groups_init_blocks(&g, shape_of(5, 2), 3);
    assert_partition(&g, 10);
    assert_int_equal(g.n, 6);
    feature_groups_release(&g);
}

/* ---- Strokes ---- */

/* Full ink in a ring about the middle. */
static strokes ring(void)
{
    strokes s = {0};
    float *x = allocate(N_PIXELS, sizeof *x);
    for (size_t i = 0; i < N_PIXELS; i++) {
        double far = hypot((double)(i / 28) - 13.5, (double)(i % 28) - 13.5);
        x[i] = far > 6 && far < 9 ? 1 : -1;
    }
    strokes_find(&s, x, shape_of(28, 28), -1, 1);
    free(x);
    return s;
}

static void strokes_are_parts_of_the_shape_and_of_the_ground(void **state)
{
    enum { CENTRE = 14 * 28 + 14, TOP = 6 * 28 + 14, BOTTOM = 21 * 28 + 14, CORNER = 0 };
    static const size_t apart[] = {CENTRE, TOP, BOTTOM, CORNER};
    strokes s = ring();
    feature_groups g;
    (void)state;
    feature_groups_init_strokes(&g, &s, 16);
    assert_partition(&g, N_PIXELS);
    for (size_t i = 0; i < g.n; i++)
        assert_true(g.size[i] >= 4);
    assert_true(g.n > 4 && g.n <= 16);
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(g.of[apart[i]], g.of[apart[k]]);
    feature_groups_release(&g);
    strokes_release(&s);
}

/* Of 6 pixels in both places: to the part of a stroke, which is larger than that of the shape. */
static void a_pixel_comes_to_the_most_special_of_its_places(void **state)
{
    uint64_t within[36] = {0};
    strokes s = {.shape = shape_of(6, 6), .n_places = 2, .within = within};
    feature_groups g;
    (void)state;
    s.places[0] = (stroke_place){.name = "here", .rank = 2, .n_pixels = 12};
    s.places[1] = (stroke_place){.name = "there", .rank = 1, .n_pixels = 18};
    for (size_t i = 0; i < 36; i++)
        within[i] = (i < 12 ? 1u : 0u) | (i >= 6 && i < 24 ? 2u : 0u);
    feature_groups_init_strokes(&g, &s, 16);
    assert_int_equal(g.n, 3);
    assert_int_equal(g.of[8], g.of[20]);
    assert_int_not_equal(g.of[8], g.of[2]);
    feature_groups_release(&g);
}

static void there_are_at_most_as_many_strokes_as_asked_for(void **state)
{
    strokes s = ring();
    (void)state;
    for (size_t n = 1; n < 20; n++) {
        feature_groups g;
        feature_groups_init_strokes(&g, &s, n);
        assert_partition(&g, N_PIXELS);
        assert_true(g.n <= n && g.n + 3 >= (n < 12 ? n : 12));
        feature_groups_release(&g);
    }
    strokes_release(&s);
}

static void what_a_group_has_is_shared_out_and_adds_up(void **state)
{
    const double value[3] = {1.5, -4, 7};
    double again[3];
    float out[7];
    feature_groups g;
    (void)state;
    feature_groups_init_runs(&g, 7, 3);
    feature_groups_share(&g, out, value);
    assert_close(out, ((float[]){0.5f, 0.5f, 0.5f, -2, -2, 3.5f, 3.5f}), 7, 0, 0);
    feature_groups_add_up(&g, again, out);
    assert_close(again, value, 3, 0, 0);
    feature_groups_release(&g);
}

/* ---- The game ---- */

static const float hand_z[3] = {1, -2, 0.5f};

/* The logit is -1/2 - 2 z0 + 3/2 z1 + z2 + ..., and the baselines are mixed one by one. */
static void a_coalition_is_the_mean_over_the_baselines(void **state)
{
    static const uint8_t present[3][3] = {{1, 1, 1}, {0, 1, 1}, {0, 0, 0}};
    scene s = linear_scene("logit");
    local_task task;
    coalition_game g;
    explain_baseline points = {0};
    float *z = memcpy(allocate(6, sizeof *z), (float[]){3, 4, 0, 1, 0, 0}, 6 * sizeof *z);
    double value[3], at_zero = (double)value_at_z(&s, (float[3]){0}, NULL, NULL);
    const double want[3] = {at_zero - 4.5, at_zero - 6.5, at_zero - 1};
    (void)state;
    explain_baseline_init(&points, &s.x, z, 2);
    local_task_init(&task, &s, hand_z, "shap");
    task.q.baseline = &points;
    assert_true(coalition_game_init(&g, &task.t, &task.a, INPUT_Z, (group_counts){0}));
    coalition_values(&g, value, present[0], 3);
    assert_close(value, want, 3, 1e-5, 1e-6);
    for (size_t i = 0; i < 3; i++)
        assert_close(&(double){coalition_in_double(&g, present[i])}, &want[i], 1, 1e-6, 1e-7);
    coalition_ends ends = coalition_find_ends(&g);
    assert_close(&ends.all, &want[0], 1, 1e-6, 0);
    assert_close(&ends.none, &want[2], 1, 1e-6, 0);
    coalition_game_release(&g);
    local_task_release(&task);
    explain_baseline_release(&points);
    scene_release(&s);
}

/* More than a block of rows, with several baselines: each coalition is what it is alone. */
static void a_coalition_does_not_depend_on_its_neighbours(void **state)
{
    enum { N = 400 };
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    local_task task;
    coalition_game g;
    explain_baseline points = {0};
    uint8_t *present = allocate(N * Z, 1);
    double value[N], alone;
    (void)state;
    explain_baseline_init(&points, &s.x, draw(3 * Z, 6), 3);
    local_task_init(&task, &s, z, "shap");
    task.q.baseline = &points;
    assert_true(coalition_game_init(&g, &task.t, &task.a, INPUT_Z, (group_counts){0}));
    for (size_t i = 0; i < N * Z; i++)
        present[i] = i / Z >> i % Z & 1;
    coalition_values(&g, value, present, N);
    for (size_t i = 0; i < N; i += 7) {
        coalition_values(&g, &alone, present + i * Z, 1);
        assert_true(alone == value[i]);
        assert_close(&alone, &(double){coalition_in_double(&g, present + i * Z)}, 1, 1e-5, 1e-5);
    }
    free(present);
    coalition_game_release(&g);
    local_task_release(&task);
    explain_baseline_release(&points);
    free(z);
    scene_release(&s);
}

static void a_value_that_is_no_number_is_caught(void **state)
{
    static const uint8_t present[2][Z] = {{1, 1}, {0, 1, 1}};
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    local_task task;
    coalition_game g;
    double value[2];
    explain_check right = {.tolerance = 1e-3}, wrong = right;
    (void)state;
    local_task_init(&task, &s, z, "shap");
    assert_true(coalition_game_init(&g, &task.t, &task.a, INPUT_Z, (group_counts){0}));
    coalition_values(&g, value, present[0], 2);
    coalition_check_spots(&right, &g, value, present[0], 2);
    assert_true(explain_check_is_met(&right));
    value[0] = value[1] = (double)NAN;
    coalition_check_spots(&wrong, &g, value, present[0], 2);
    assert_false(explain_check_is_met(&wrong));
    coalition_game_release(&g);
    local_task_release(&task);
    free(z);
    scene_release(&s);
}

/* What of the picture is taken together, as the request says. */
static size_t count_groups(explain_segments segments)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    local_task task;
    coalition_game g;
    local_task_init(&task, &s, z, "lime");
    task.q.segments = segments;
    assert_true(coalition_game_init(&g, &task.t, &task.a, INPUT_X, (group_counts){.side = 6}));
    size_t n = g.groups.n;
    coalition_game_release(&g);
    local_task_release(&task);
    free(z);
    scene_release(&s);
    return n;
}

static void the_request_says_what_is_taken_together(void **state)
{
    (void)state;
    assert_int_equal(count_groups((explain_segments){SEGMENT_BLOCKS, 0}), 36);
    assert_int_equal(count_groups((explain_segments){SEGMENT_BLOCKS, 2}), 4);
    assert_int_not_equal(count_groups((explain_segments){SEGMENT_STROKES, 0}), 36);
    assert_true(count_groups((explain_segments){SEGMENT_STROKES, 2}) <= 4);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_as_equal_as_they_can_be),
        cmocka_unit_test(blocks_lie_in_a_grid),
        cmocka_unit_test(strokes_are_parts_of_the_shape_and_of_the_ground),
        cmocka_unit_test(a_pixel_comes_to_the_most_special_of_its_places),
        cmocka_unit_test(there_are_at_most_as_many_strokes_as_asked_for),
        cmocka_unit_test(what_a_group_has_is_shared_out_and_adds_up),
        cmocka_unit_test(a_coalition_is_the_mean_over_the_baselines),
        cmocka_unit_test(a_value_that_is_no_number_is_caught),
        cmocka_unit_test(a_coalition_does_not_depend_on_its_neighbours),
        cmocka_unit_test(the_request_says_what_is_taken_together),
    };
    return cmocka_run_group_tests_name("feature groups", tests, NULL, NULL);
}
