/* SPDX-License-Identifier: MIT */
/* Effects of single components and windows, by hand where all is a straight line. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "../src/explain/occlusion_detail.h"
#include "use_threads.h"
#include <stdlib.h>

static const float hand_z[3] = {1, -2, 0.5f};

/* Pixel 0 is 2 z0 - z2 + 0.5, pixel 29 is 3 z1, the others 0; the logit 1 - pixel 0 + pixel 29 / 2.
 */
static scene linear_scene(const char *target)
{
    scene s = scene_of("784", "1", 3);
    float *w = s.g.layers[0].weight.data, *v = s.d.layers[0].weight.data;
    w[0] = 2;
    w[2] = -1;
    s.g.layers[0].bias[0] = 0.5f;
    w[29 * 3 + 1] = 3;
    v[0] = -1;
    v[29] = 0.5f;
    s.d.layers[0].bias[0] = 1;
    aim(&s, target);
    return s;
}

/* ---- Running with settings ---- */

static const explain_method *occlusion_of_table(void)
{
    explain_plan plan = {0};
    explain_plan_choose(&plan, "occlusion");
    const explain_method *method = plan.methods[0];
    explain_plan_release(&plan);
    return method;
}

static void set_count_option(void *settings, const char *name, uint64_t value)
{
    const option_set *own = occlusion_of_table()->options;
    for (size_t i = 0; i < own->group.n; i++)
        if (strcmp(own->group.rows[i].name, name) == 0)
            *(uint64_t *)((char *)settings + own->group.rows[i].offset) = value;
}

static explain_request request(void)
{
    return (explain_request){.n_top = 3, .black = -1, .white = 1, .probe = 3};
}

typedef struct {
    uint64_t window, stride;
} windows;

static int try_windows(explanation *a, scene *s, const float *z, const explain_request *q,
                       windows given, error *e)
{
    explain_plan plan = {0};
    void *settings = allocate(1, occlusion_of_table()->options->size);
    set_count_option(settings, "window", given.window);
    set_count_option(settings, "stride", given.stride);
    explain_plan_choose(&plan, "occlusion");
    explain_plan_set(&plan, plan.methods[0], settings);
    int status = explain_plan_prepare(&plan, &s->x, q, e);
    if (!status)
        status = explain(a, &s->x, &s->w, z, q, &plan, e);
    explain_plan_release(&plan);
    free(settings);
    return status;
}

static explanation with_windows(scene *s, const float *z, const explain_request *q, windows given)
{
    explanation a;
    error e = {0};
    if (try_windows(&a, s, z, q, given, &e) || explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    return a;
}

/* ---- By hand ---- */

static void a_linear_target_is_shared_out_over_z(void **state)
{
    scene s = linear_scene("logit");
    explain_request q = request();
    explanation a = with_windows(&s, hand_z, &q, (windows){0});
    const float *table = array_of(&a, "occlusion.moves");
    (void)state;
    /* the gradient by z is (-2, 1.5, 1) */
    assert_close(array_of(&a, "occlusion.z"), ((float[]){-2, -3, 0.5f}), 3, 1e-6, 0);
    assert_close(array_of(&a, "occlusion.all_moves"), ((float[]){2, -1.5f, -1, -2, 1.5f, 1}), 6,
                 1e-6, 0);
    /* z now, down, up, to 0: of z1, then z0, then z2 */
    assert_close(table, ((float[]){-2, -1.5f, 1.5f, 3, 1, 2, -2, 2, 0.5f, -1, 1, -0.5f}), 12, 1e-6,
                 0);
    explanation_release(&a);
    scene_release(&s);
}

/* The ink is relu(z0 - 0.5) + 1 + 0.1 z1: at 0 nothing is lost, and only up moves z0 farther. */
static void moves_either_way_choose_what_is_listed(void **state)
{
    scene s = scene_of("2:relu,784", NULL, 2);
    explain_request q = request();
    (void)state;
    s.g.layers[0].weight.data[0] = 1;
    s.g.layers[0].weight.data[3] = 0.1f;
    s.g.layers[0].bias[0] = -0.5f;
    s.g.layers[0].bias[1] = 1;
    s.g.layers[1].weight.data[0] = s.g.layers[1].weight.data[1] = 1;
    aim(&s, "ink");
    explanation a = with_windows(&s, (float[]){0, 0}, &q, (windows){0});
    const named_array *table = whole_array_of(&a, "occlusion.moves");
    assert_string_equal(table->labels[4], "z0");
    assert_close(table->data, ((float[]){0, 0, 0.5f, 0, 0, -0.1f, 0.1f, 0}), 8, 1e-5, 1e-6);
    explanation_release(&a);
    scene_release(&s);
}

/* Pixel 0 in row 0, column 0, pixel 29 in row 1, column 1: of windows 4 wide, every 2nd, only the
 * first covers them. Black is -1: it loses -(2 + 1) + (-6 + 1) / 2. */
static void where_windows_overlap_a_pixel_has_their_mean(void **state)
{
    scene s = linear_scene("logit");
    explain_request q = request();
    explanation a = with_windows(&s, hand_z, &q, (windows){4, 2});
    const float *x = array_of(&a, "occlusion.x");
    (void)state;
    assert_close(x, ((float[]){-5.5f, -5.5f, -2.75f, -2.75f, 0, 0}), 6, 1e-6, 0);
    assert_close(x + 28, ((float[]){-5.5f, -5.5f, -2.75f, -2.75f, 0, 0}), 6, 1e-6, 0);
    assert_close(x + 56, ((float[]){-2.75f, -2.75f, -1.375f, -1.375f, 0, 0}), 6, 1e-6, 0);
    assert_close(x + 112, ((float[]){0, 0, 0, 0, 0, 0}), 6, 0, 0);
    assert_true(*array_of(&a, "occlusion.window") == 4);
    explanation_release(&a);
    scene_release(&s);
}

static void windows_of_one_pixel_share_out_an_additive_target(void **state)
{
    scene s = linear_scene("logit");
    explain_request q = request();
    explanation a = with_windows(&s, hand_z, &q, (windows){1, 1});
    const float *x = array_of(&a, "occlusion.x");
    (void)state;
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_close(&x[i], &(float){i == 0 ? -3 : i == 29 ? -2.5f : 0}, 1, 1e-6, 0);
    explanation_release(&a);
    scene_release(&s);
}

/* Grey, 0, is no black: against it pixel 0 loses -2, and pixel 29 loses -3. */
static void windows_are_filled_from_the_pictures_own_range(void **state)
{
    scene s = linear_scene("logit");
    explain_request q = request();
    float *grey = allocate(N_PIXELS, sizeof *grey), zero[3] = {0};
    (void)state;
    q.baseline = &(explain_baseline){.n = 1, .z = zero, .x = grey};
    explanation a = with_windows(&s, hand_z, &q, (windows){1, 1});
    assert_close(&array_of(&a, "occlusion.x")[0], &(float){-2}, 1, 1e-6, 0);
    assert_close(&array_of(&a, "occlusion.x")[29], &(float){-3}, 1, 1e-6, 0);
    assert_true(array_of(&a, "occlusion.x")[1] == 0);
    explanation_release(&a);
    free(grey);
    scene_release(&s);
}

static void of_several_references_the_effects_are_the_mean(void **state)
{
    scene s = linear_scene("logit");
    explain_request q = request();
    float *pictures = allocate(2 * N_PIXELS, sizeof *pictures);
    float z[6] = {0, 0, 0, 3, 1, -1};
    (void)state;
    pictures[0] = 1;
    pictures[N_PIXELS] = -3;
    q.baseline = &(explain_baseline){.n = 2, .z = z, .x = pictures};
    explanation a = with_windows(&s, hand_z, &q, (windows){1, 1});
    /* against (1.5, 0.5, -0.5), and pixel 0 against -1 */
    assert_close(array_of(&a, "occlusion.z"), ((float[]){1, -3.75f, 1}), 3, 1e-6, 0);
    assert_close(&array_of(&a, "occlusion.x")[0], &(float){-3}, 1, 1e-6, 0);
    explanation_release(&a);
    free(pictures);
    scene_release(&s);
}

static void a_component_at_its_reference_has_no_effect(void **state)
{
    scene s = trained_scene("logit");
    explain_request q = request();
    float z[Z] = {0};
    explanation a = with_windows(&s, z, &q, (windows){0});
    (void)state;
    for (size_t i = 0; i < Z; i++)
        assert_true(array_of(&a, "occlusion.z")[i] == 0);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Windows ---- */

static void check_windows(const window_grid *g)
{
    size_t *pixels = allocate(g->side * g->side, sizeof *pixels);
    size_t *n = allocate(g->shape.n, sizeof *n);
    for (size_t i = 0; i < window_grid_count(g); i++) {
        window_grid_pixels(pixels, g, i);
        for (size_t k = 0; k < g->side * g->side; k++) {
            assert_true(pixels[k] < g->shape.n);
            assert_true(pixels[k] % g->shape.cols == pixels[0] % g->shape.cols + k % g->side);
            n[pixels[k]]++;
        }
    }
    for (size_t p = 0; p < g->shape.n; p++)
        if (n[p] == 0)
            fail_msg("%zux%zu, window %zu, stride %zu: pixel %zu is left out", g->shape.rows,
                     g->shape.cols, g->side, g->stride, p);
    free(n);
    free(pixels);
}

static void every_pixel_of_every_shape_is_covered(void **state)
{
    window_grid g;
    error e = {0};
    (void)state;
    for (size_t rows = 1; rows < 9; rows++)
        for (size_t cols = 1; cols < 9; cols++)
            for (size_t side = 1; side <= rows && side <= cols; side++)
                for (size_t stride = 1; stride <= side; stride++) {
                    assert_int_equal(window_grid_init(&g, shape_of(rows, cols), side, stride, &e),
                                     0);
                    check_windows(&g);
                }
}

/* 4 and 2 of 28: 13 windows along each side. */
static void windows_and_strides_follow_from_the_shape(void **state)
{
    window_grid g;
    error e = {0};
    (void)state;
    assert_int_equal(window_grid_init(&g, shape_of(28, 28), 0, 0, &e), 0);
    assert_true(g.side == 4 && g.stride == 2 && window_grid_count(&g) == 169);
    assert_int_equal(window_grid_init(&g, shape_of(64, 32), 0, 0, &e), 0);
    assert_true(g.side == 4 && g.n_down == 31 && g.n_across == 15);
    assert_int_equal(window_grid_init(&g, shape_of(1, 1), 0, 0, &e), 0);
    assert_true(window_grid_count(&g) == 1);
}

static void windows_that_leave_pixels_out_are_refused(void **state)
{
    scene s = linear_scene("logit");
    explain_request q = request();
    explanation a;
    error e = {0};
    (void)state;
    assert_int_equal(try_windows(&a, &s, hand_z, &q, (windows){3, 4}, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message, "method occlusion: --stride 4: at most the window, 3, or "
                                   "pixels between windows are left out");
    e = (error){0};
    assert_int_equal(try_windows(&a, &s, hand_z, &q, (windows){29, 1}, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_string_equal(e.message, "method occlusion: --window 29: pictures are 28x28");
    scene_release(&s);
}

/* ---- Targets and inputs ---- */

static void every_target_passes_its_checks(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",        "pixel:14,14",
                                        "unit:1,5", "rec:a.png", "loss:a.png", "region:4,4,10,12"};
    float *reference = draw(N_PIXELS, 8), *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        scene s = trained_scene(NULL);
        error e = {0};
        aim_at(&s, comparing(words[i], reference));
        explanation a = explained_by(&s, "occlusion", z, 3);
        if (explanation_judge(&a, &e))
            fail_msg("%s: %s", words[i], e.message);
        assert_non_null(explanation_find(&a, "occlusion.z"));
        assert_true(!explanation_find(&a, "occlusion.x") == (words[i][0] == 'u'));
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
    free(reference);
}

static void only_the_space_that_is_asked_for_is_explained(void **state)
{
    scene s = trained_scene("logit");
    explain_request q = request();
    float *z = draw(Z, 4);
    (void)state;
    q.inputs = 1u << INPUT_X;
    explanation a = with_windows(&s, z, &q, (windows){0});
    assert_null(explanation_find(&a, "occlusion.z"));
    assert_null(explanation_find(&a, "occlusion.moves"));
    assert_non_null(explanation_find(&a, "occlusion.x"));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

static void a_target_that_never_moves_has_no_effects(void **state)
{
    scene s = scene_of("784", "1", 1);
    explain_request q = request();
    (void)state;
    aim(&s, "logit");
    explanation a = with_windows(&s, &(float){2}, &q, (windows){0});
    assert_true(*array_of(&a, "occlusion.z") == 0);
    assert_true(norm(array_of(&a, "occlusion.x"), N_PIXELS) == 0);
    explanation_release(&a);
    scene_release(&s);
}

/* ---- Planted faults ---- */

/* What a method is handed at a z, of all that effects are made of. */
typedef struct {
    scene s;
    float *z, *x, value;
    explain_request q;
    explained_rows rows;
    float *gradient_z, *gradient_x;
    explanation a;
    explain_task t;
} task_scene;

static void task_init(task_scene *k)
{
    k->s = trained_scene("logit");
    k->z = draw(Z, 4);
    k->x = allocate(N_PIXELS, sizeof *k->x);
    k->gradient_z = allocate(Z, sizeof(float));
    k->gradient_x = allocate(N_PIXELS, sizeof(float));
    k->q = request();
    k->rows = (explained_rows){.n = 1,
                               .z = k->z,
                               .x = k->x,
                               .value = &k->value,
                               .gradient_z = k->gradient_z,
                               .gradient_x = k->gradient_x};
    explain_rows(&k->s.x, &k->s.w, &k->rows);
    k->a = (explanation){0};
    k->t = (explain_task){.x = &k->s.x, .w = &k->s.w, .q = &k->q, .rows = &k->rows};
}

static void task_release(task_scene *k)
{
    free(k->z);
    free(k->x);
    free(k->gradient_z);
    free(k->gradient_x);
    scene_release(&k->s);
}

static void list_pixels(size_t *indices, size_t i, const void *context)
{
    window_grid_pixels(indices, context, i);
}

/* Windows' effects, and the map, of a task whose black may be another than that of its checks. */
typedef struct {
    target_function f;
    window_grid g;
    size_t n;
    double *effect;
    float *map;
} windows_found;

static windows_found find_windows(task_scene *k, float filled_with)
{
    windows_found w = {0};
    error e = {0};
    baseline_rows b;
    float black = k->q.black;
    window_grid_init(&w.g, shape_of(28, 28), 0, 0, &e);
    w.n = window_grid_count(&w.g);
    w.effect = allocate(w.n, sizeof *w.effect);
    w.map = allocate(N_PIXELS, sizeof *w.map);
    k->q.black = filled_with;
    assert_true(target_function_init(&w.f, &k->t, &k->a, INPUT_X));
    baseline_rows_init(&b, &w.f);
    occlusion_measure(
        w.effect,
        &(occlusion){.f = &w.f, .n = w.n, .replace = window_grid_replace, .context = &w.g}, &b);
    window_grid_average(w.map, &w.g, w.effect);
    baseline_rows_release(&b);
    k->q.black = black;
    return w;
}

static void windows_found_release(windows_found *w)
{
    free(w->effect);
    free(w->map);
}

static bool effects_are_right(const windows_found *w)
{
    explain_check c = occlusion_check_effects(&(checked_effects){.f = &w->f,
                                                                 .effect = w->effect,
                                                                 .n = w->n,
                                                                 .n_indices = w->g.side * w->g.side,
                                                                 .list = list_pixels,
                                                                 .context = &w->g});
    assert_int_equal(c.n_samples, 85);
    return explain_check_is_met(&c);
}

static bool map_is_right(const windows_found *w)
{
    explain_check c = occlusion_check_cover(&w->g, w->effect, w->map);
    return explain_check_is_met(&c);
}

static void a_reference_that_is_not_black_is_caught(void **state)
{
    task_scene k;
    (void)state;
    task_init(&k);
    windows_found right = find_windows(&k, -1), wrong = find_windows(&k, 0);
    assert_true(effects_are_right(&right) && map_is_right(&right));
    assert_false(effects_are_right(&wrong));
    windows_found_release(&right);
    windows_found_release(&wrong);
    task_release(&k);
}

static void a_window_that_is_dropped_is_caught(void **state)
{
    task_scene k;
    (void)state;
    task_init(&k);
    windows_found w = find_windows(&k, -1);
    for (size_t i = 0; i < w.n; i++) {
        double was = w.effect[i];
        w.effect[i] = 0;
        assert_true(was == 0 || !map_is_right(&w));
        w.effect[i] = was;
    }
    w.map[N_PIXELS - 1] = (float)NAN;
    assert_false(map_is_right(&w));
    windows_found_release(&w);
    task_release(&k);
}

/* Those that are looked at again are lost, all the others are not. */
static void effects_of_windows_that_are_lost_are_caught(void **state)
{
    task_scene k;
    size_t n_caught = 0;
    (void)state;
    task_init(&k);
    windows_found w = find_windows(&k, -1);
    for (size_t i = 0; i < w.n; i++) {
        double was = w.effect[i];
        w.effect[i] = 2 * was + 1;
        n_caught += !effects_are_right(&w);
        w.effect[i] = was;
    }
    assert_int_equal(n_caught, 85);
    windows_found_release(&w);
    task_release(&k);
}

static size_t n_broken(const explanation *a, const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n_checks; i++)
        n += strstr(a->checks[i].name, part) && !explain_check_is_met(&a->checks[i]);
    return n;
}

/* The twin reads the weights, the passes a copy of what they were. */
static void a_weight_that_is_off_is_caught(void **state)
{
    float *z = draw(Z, 4);
    (void)state;
    for (size_t net = 0; net < 2; net++) {
        scene s = trained_scene("logit");
        explanation a = explained_by(&s, "occlusion", z, 3);
        assert_int_equal(n_broken(&a, "occlusion"), 0);
        explanation_release(&a);
        layer *l = &s.folded[net].layers[s.folded[net].n_layers - 1];
        for (size_t i = 0; i < l->n_in * l->n_out; i++)
            l->weight.data[i] *= 1.01f;
        a = explained_by(&s, "occlusion", z, 3);
        assert_int_equal(n_broken(&a, "occlusion.z_"), 1);
        assert_int_equal(n_broken(&a, "occlusion.moves_"), 1);
        assert_int_equal(n_broken(&a, "occlusion.x_against"), net);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
}

static void moves_of_the_wrong_sign_are_caught(void **state)
{
    task_scene k;
    target_function f;
    float z[2 * Z], value[2 * Z], *rows = allocate(2 * Z * Z, sizeof *rows);
    (void)state;
    task_init(&k);
    assert_true(target_function_init(&f, &k.t, &k.a, INPUT_Z));
    for (size_t i = 0; i < 2 * Z; i++) {
        memcpy(rows + i * Z, k.z, Z * sizeof *rows);
        rows[i * Z + i % Z] += i < Z ? -1.0f : 1.0f;
    }
    target_values(&f, rows, 2 * Z, value, NULL);
    for (size_t i = 0; i < 2 * Z; i++)
        z[i] = value[i] - k.value;
    explain_check right = occlusion_check_moves(&f, z);
    assert_true(explain_check_is_met(&right) && right.n_samples == (Z + 1) / 2);
    for (size_t i = 0; i < 2 * Z; i++)
        z[i] = -z[i];
    explain_check wrong = occlusion_check_moves(&f, z);
    assert_false(explain_check_is_met(&wrong));
    free(rows);
    task_release(&k);
}

/* ---- Bytes ---- */

static void assert_same(const explanation *a, const explanation *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n_arrays; i++) {
        const named_array *v = &b->arrays[i], *found = explanation_find(a, v->row->name);
        if (strncmp(v->row->name, "occlusion", 9) != 0)
            continue;
        assert_true(found && found->n == v->n);
        assert_memory_equal(found->data, v->data, v->n * sizeof *v->data);
        n++;
    }
    assert_true(n >= 5);
}

static void bytes_depend_neither_on_threads_nor_on_other_methods(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(Z, 4);
    (void)state;
    explanation alone = explained_by(&s, "occlusion", z, 3);
    explanation among = explained_by(&s, "reach,occlusion,gradient", z, 3);
    assert_same(&among, &alone);
    use_threads(1);
    explanation slow = explained_by(&s, "occlusion", z, 3);
    assert_same(&slow, &alone);
    use_threads(2);
    explanation_release(&alone);
    explanation_release(&among);
    explanation_release(&slow);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_target_is_shared_out_over_z),
        cmocka_unit_test(moves_either_way_choose_what_is_listed),
        cmocka_unit_test(where_windows_overlap_a_pixel_has_their_mean),
        cmocka_unit_test(windows_of_one_pixel_share_out_an_additive_target),
        cmocka_unit_test(windows_are_filled_from_the_pictures_own_range),
        cmocka_unit_test(of_several_references_the_effects_are_the_mean),
        cmocka_unit_test(a_component_at_its_reference_has_no_effect),
        cmocka_unit_test(every_pixel_of_every_shape_is_covered),
        cmocka_unit_test(windows_and_strides_follow_from_the_shape),
        cmocka_unit_test(windows_that_leave_pixels_out_are_refused),
        cmocka_unit_test(every_target_passes_its_checks),
        cmocka_unit_test(only_the_space_that_is_asked_for_is_explained),
        cmocka_unit_test(a_target_that_never_moves_has_no_effects),
        cmocka_unit_test(a_reference_that_is_not_black_is_caught),
        cmocka_unit_test(a_window_that_is_dropped_is_caught),
        cmocka_unit_test(effects_of_windows_that_are_lost_are_caught),
        cmocka_unit_test(a_weight_that_is_off_is_caught),
        cmocka_unit_test(moves_of_the_wrong_sign_are_caught),
        cmocka_unit_test(bytes_depend_neither_on_threads_nor_on_other_methods),
    };
    return cmocka_run_group_tests_name("occlusion", tests, NULL, NULL);
}
