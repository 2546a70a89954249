/* SPDX-License-Identifier: MIT */
/* The target as a function of z and of the picture, as methods evaluate it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "../src/explain/method_detail.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

/* What a method is handed at the z of the scene, of all that it reads here. */
typedef struct {
    scene s;
    float *z, *x;
    explain_request q;
    explained_rows rows;
    explanation a;
    explain_task t;
} task_scene;

static void task_init(task_scene *k, const char *target)
{
    k->s = trained_scene(target);
    k->z = draw(Z, 4);
    k->x = allocate(N_PIXELS, sizeof *k->x);
    k->q = (explain_request){.black = -1, .probe = 5};
    k->rows = (explained_rows){.n = 1, .z = k->z, .x = k->x};
    if (target)
        explain_rows(&k->s.x, &k->s.w, &k->rows);
    k->a = (explanation){0};
    k->t = (explain_task){.x = &k->s.x, .w = &k->s.w, .q = &k->q, .rows = &k->rows};
}

static void task_release(task_scene *k)
{
    free(k->z);
    free(k->x);
    scene_release(&k->s);
}

static target_function function_of(task_scene *k, explain_input input)
{
    target_function f;
    assert_true(target_function_init(&f, &k->t, &k->a, input));
    return f;
}

static const char *const targets[] = {"logit", "ink", "gen", "pixel:3,4"};

static void check_rows(task_scene *k, size_t n)
{
    target_function f = function_of(k, INPUT_Z);
    float *z = draw(n * Z, 9), *value = allocate(n, sizeof *value);
    float *gradient = allocate(n * Z, sizeof *gradient);
    double *exact = allocate(n, sizeof *exact);
    target_values(&f, z, n, value, gradient);
    targets_in_double(&f, z, n, exact);
    for (size_t i = 0; i < n; i++) {
        float own_gradient[Z], own = value_at_z(&k->s, z + i * Z, own_gradient, NULL);
        double *row = doubles_of(z + i * Z, Z);
        assert_true(own == value[i]);
        assert_memory_equal(own_gradient, gradient + i * Z, sizeof own_gradient);
        assert_close(&exact[i], &(double){target_in_double(&f, row, NULL)}, 1, 1e-13, 0);
        free(row);
    }
    free(z);
    free(value);
    free(gradient);
    free(exact);
}

static void a_function_of_many_rows_is_the_target_of_each(void **state)
{
    static const size_t n[] = {1, 7, 20, 50, EXPLAIN_TILE, 2 * EXPLAIN_TILE + 3};
    task_scene k;
    (void)state;
    task_init(&k, "logit");
    for (size_t i = 0; i < sizeof n / sizeof *n; i++)
        check_rows(&k, n[i]);
    task_release(&k);
}

/* In float and in double, of z and of its picture. */
static void check_gradient(task_scene *k, explain_input input)
{
    target_function f = function_of(k, input);
    double *at = doubles_of(f.at, f.n), *exact = allocate(f.n, sizeof *exact);
    double *slopes = allocate(f.n, sizeof *slopes);
    float *gradient = allocate(f.n, sizeof *gradient), value;
    target_values(&f, f.at, 1, &value, gradient);
    double in_double = target_in_double(&f, at, exact);
    for (size_t i = 0; i < f.n; i++) {
        const double h = 1e-6, here = at[i];
        at[i] = here + h;
        double above = target_in_double(&f, at, NULL);
        at[i] = here - h;
        slopes[i] = (above - target_in_double(&f, at, NULL)) / (2 * h);
        at[i] = here;
    }
    double *rounded = doubles_of(gradient, f.n);
    assert_close(&(double){(double)value}, &in_double, 1, 1e-5, 1e-5);
    assert_close(exact, slopes, f.n, 1e-5, 1e-6);
    assert_close(rounded, exact, f.n, 1e-3, 1e-5);
    free(at);
    free(exact);
    free(slopes);
    free(gradient);
    free(rounded);
}

static void gradients_are_those_of_differences_in_double(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
            task_scene k;
            task_init(&k, targets[i]);
            check_gradient(&k, input);
            task_release(&k);
        }
}

static void what_comes_directly_and_through_d_is_added(void **state)
{
    float *reference = draw(N_PIXELS, 8);
    (void)state;
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
        task_scene k;
        task_init(&k, NULL);
        aim_at(&k.s, comparing("loss:a.png", reference));
        k.s.x.target.lambda = 1;
        k.a.reference = reference;
        explain_rows(&k.s.x, &k.s.w, &k.rows);
        check_gradient(&k, input);
        task_release(&k);
    }
    free(reference);
}

static void a_target_inside_g_is_no_function_of_pictures(void **state)
{
    task_scene k;
    target_function f;
    (void)state;
    task_init(&k, "unit:0,3");
    assert_false(target_function_init(&f, &k.t, &k.a, INPUT_X));
    check_gradient(&k, INPUT_Z);
    task_release(&k);
}

static void what_was_not_asked_for_is_no_function(void **state)
{
    task_scene k;
    target_function f;
    (void)state;
    task_init(&k, "logit");
    k.q.inputs = 1u << INPUT_X;
    assert_false(target_function_init(&f, &k.t, &k.a, INPUT_Z));
    assert_true(target_function_init(&f, &k.t, &k.a, INPUT_X));
    task_release(&k);
}

/* What the target finds for another picture is not what it is compared with. */
static void all_rows_are_compared_with_the_reference_of_z(void **state)
{
    float *found = draw(N_PIXELS, 8), *own = draw(N_PIXELS, 9);
    (void)state;
    for (explain_input input = INPUT_Z; input < N_INPUTS; input++) {
        task_scene k;
        float value;
        task_init(&k, NULL);
        aim_at(&k.s, comparing("rec:a.png", found));
        k.a.reference = own;
        explain_rows(&k.s.x, &k.s.w, &k.rows);
        target_function f = function_of(&k, input);
        double *at = doubles_of(f.at, f.n);
        target_values(&f, f.at, 1, &value, NULL);
        assert_close(&(double){(double)value}, &(double){target_in_double(&f, at, NULL)}, 1, 1e-5,
                     0);
        free(at);
        task_release(&k);
    }
    free(found);
    free(own);
}

/* By its parts: the value, and what z and the pixels put into it. */
static void rounding_grows_with_all_that_the_target_is_added_up_from(void **state)
{
    task_scene k;
    float value = 2, gradient_z[Z] = {0}, *gradient_x = allocate(N_PIXELS, sizeof *gradient_x);
    (void)state;
    task_init(&k, "logit");
    k.rows.value = &value;
    k.rows.gradient_z = gradient_z;
    k.rows.gradient_x = gradient_x;
    double of_value = target_rounding(&k.t);
    gradient_z[3] = 2 / k.z[3];
    assert_close(&(double){target_rounding(&k.t)}, &(double){2 * of_value}, 1, 1e-5, 0);
    gradient_x[5] = -2 / k.x[5];
    assert_close(&(double){target_rounding(&k.t)}, &(double){3 * of_value}, 1, 1e-5, 0);
    free(gradient_x);
    task_release(&k);
}

static void pictures_of_baselines_beyond_a_tile_are_their_own(void **state)
{
    enum { N = EXPLAIN_TILE + 2 };
    task_scene k;
    explain_baseline b;
    (void)state;
    task_init(&k, "logit");
    explain_baseline_init(&b, &k.s.x, draw(N * Z, 3), N);
    assert_memory_equal(b.x + (N - 1) * N_PIXELS,
                        explain_draw(&k.s.x, &k.s.w, b.z + (N - 1) * Z, 1), N_PIXELS * sizeof *b.x);
    explain_baseline_release(&b);
    task_release(&k);
}

static void baselines_are_not_what_surrogates_are_fitted_to(void **state)
{
    task_scene k;
    explain_baseline b;
    float z[Z];
    (void)state;
    task_init(&k, "logit");
    explain_baseline_of_prior(&b, &k.s.x);
    prior_fill(z, Z, DRAW_PRIOR, 1);
    assert_true(z[0] != b.z[0]);
    explain_baseline_release(&b);
    task_release(&k);
}

static void baselines_are_black_unless_given(void **state)
{
    task_scene k;
    baseline_rows b;
    (void)state;
    task_init(&k, "logit");
    target_function z = function_of(&k, INPUT_Z), x = function_of(&k, INPUT_X);
    baseline_rows_init(&b, &x);
    assert_int_equal(b.n, 1);
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_true(b.rows[i] == -1);
    baseline_rows_release(&b);
    float *given = draw(2 * Z, 3);
    explain_baseline points;
    explain_baseline_init(&points, &k.s.x, given, 2);
    k.q.baseline = &points;
    baseline_rows_init(&b, &z);
    assert_int_equal(b.n, 2);
    assert_memory_equal(b.rows, given, 2 * Z * sizeof *given);
    baseline_rows_release(&b);
    baseline_rows_init(&b, &x);
    assert_int_equal(b.n, 2);
    assert_memory_equal(b.rows + N_PIXELS, explain_draw(&k.s.x, &k.s.w, given + Z, 1),
                        N_PIXELS * sizeof *given);
    baseline_rows_release(&b);
    explain_baseline_release(&points);
    task_release(&k);
}

static void a_mean_is_over_points_of_the_prior_and_their_pictures(void **state)
{
    task_scene k;
    explain_baseline b, again;
    (void)state;
    task_init(&k, "logit");
    explain_baseline_of_prior(&b, &k.s.x);
    explain_baseline_of_prior(&again, &k.s.x);
    assert_int_equal(b.n, 16);
    assert_true(fabs(norm(b.z, b.n * Z) / sqrt((double)b.n * Z) - 1) < 0.2);
    assert_memory_equal(b.x, again.x, b.n * N_PIXELS * sizeof *b.x);
    explain_baseline_release(&b);
    explain_baseline_release(&again);
    task_release(&k);
}

static void no_two_uses_draw_the_same(void **state)
{
    task_scene k;
    uint32_t of_first, of_other, of_picture;
    (void)state;
    task_init(&k, "logit");
    rng a = method_rng(&k.t, DRAW_LIME, INPUT_Z), b = method_rng(&k.t, DRAW_SHAP, INPUT_Z);
    rng c = method_rng(&k.t, DRAW_LIME, INPUT_X);
    rng_fill_bits(&a, &of_first, 1);
    rng_fill_bits(&b, &of_other, 1);
    rng_fill_bits(&c, &of_picture, 1);
    assert_true(of_first != of_other && of_first != of_picture && of_other != of_picture);
    task_release(&k);
}

static void samples_of_the_prior_are_the_same_for_every_seed(void **state)
{
    enum { N = EXPLAIN_TILE + 2 };
    task_scene k;
    prior_sample s, held_out;
    (void)state;
    task_init(&k, "logit");
    prior_sample_init(&s, &k.s.x, DRAW_PRIOR, N);
    prior_sample_init(&held_out, &k.s.x, DRAW_HELD_OUT, N);
    assert_true(s.z[0] != held_out.z[0]);
    for (size_t i = 0; i < N; i++)
        assert_true(s.value[i] == value_at_z(&k.s, s.z + i * Z, NULL, NULL));
    prior_sample_release(&s);
    prior_sample_release(&held_out);
    task_release(&k);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_function_of_many_rows_is_the_target_of_each),
        cmocka_unit_test(gradients_are_those_of_differences_in_double),
        cmocka_unit_test(what_comes_directly_and_through_d_is_added),
        cmocka_unit_test(a_target_inside_g_is_no_function_of_pictures),
        cmocka_unit_test(what_was_not_asked_for_is_no_function),
        cmocka_unit_test(baselines_are_black_unless_given),
        cmocka_unit_test(a_mean_is_over_points_of_the_prior_and_their_pictures),
        cmocka_unit_test(no_two_uses_draw_the_same),
        cmocka_unit_test(samples_of_the_prior_are_the_same_for_every_seed),
        cmocka_unit_test(all_rows_are_compared_with_the_reference_of_z),
        cmocka_unit_test(rounding_grows_with_all_that_the_target_is_added_up_from),
        cmocka_unit_test(pictures_of_baselines_beyond_a_tile_are_their_own),
        cmocka_unit_test(baselines_are_not_what_surrogates_are_fitted_to),
    };
    return cmocka_run_group_tests_name("target function", tests, NULL, NULL);
}
