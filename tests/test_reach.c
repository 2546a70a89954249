/* SPDX-License-Identifier: MIT */
/* How far the gradient tells what happens: cases solved by hand, and what its checks find. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "../src/explain/reach_detail.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

/* Signs and sizes at four steps, then ... */
enum { TENTH = 8, HALF, LEFT_OUT, COLUMNS };

static const float *row_of(const explanation *a, size_t i)
{
    return array_of(a, "reach") + i * COLUMNS;
}

/* Row i of the table. */
static void assert_row(const explanation *a, size_t i, const float expected[COLUMNS])
{
    assert_close(row_of(a, i), expected, COLUMNS, 1e-4, 0);
}

static void assert_met(const explanation *a)
{
    error e = {0};
    if (explanation_judge(a, &e))
        fail_msg("%s", e.message);
}

/* Every pixel is f(z0); the target is one of them. */
static scene scene_of_unit(const char *spec, size_t z_dim)
{
    scene s = scene_of(spec, NULL, z_dim);
    s.g.layers[0].weight.data[0] = 1;
    for (size_t i = 0; i < N_PIXELS; i++)
        s.g.layers[1].weight.data[i * s.g.layers[1].n_in] = 1;
    return s;
}

/* max(0, z0). */
static scene bent_scene(size_t z_dim)
{
    scene s = scene_of_unit("1:relu,784", z_dim);
    aim(&s, "pixel:2,3");
    return s;
}

/* ---- By hand ---- */

static void a_straight_line_is_told_at_every_step(void **state)
{
    static const float all[COLUMNS] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 0};
    scene s = scene_of("784", "1", Z);
    float *z = draw(Z, 4);
    (void)state;
    fill_trained(&s.g, 1);
    fill_trained(&s.d, 2);
    aim(&s, "logit");
    explanation a = explained_by(&s, "gradient,reach", z, 3);
    assert_int_equal(whole_array_of(&a, "reach")->shape[0], 1 + 3 + 1);
    for (size_t i = 0; i < 5; i++)
        assert_row(&a, i, all);
    assert_true(*array_of(&a, "sign_reach") == 2 && *array_of(&a, "size_reach") == 2);
    assert_null(explanation_find(&a, "left_out_moves"));
    assert_met(&a);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* Down from 0.3 the target falls by 0.3 at most. The one direction of z is the gradient, the
 * component and, up to its sign, every random one. */
static void a_bend_cuts_predictions_short(void **state)
{
    static const float cut[COLUMNS] = {1, 1, 1, 1, 1, 0.8f, 0.65f, 0.575f, 0.1f, 0.5f, 0};
    const float z = 0.3f;
    scene s = bent_scene(1);
    (void)state;
    explanation a = explained_by(&s, "gradient,reach", &z, 8);
    assert_int_equal(whole_array_of(&a, "sweep")->shape[0], 1); /* of the 8 asked for */
    for (size_t i = 0; i < 2; i++)
        assert_row(&a, i, cut);
    /* of all together only half are as predicted, once the kink is reached */
    assert_close(row_of(&a, 2), cut, TENTH, 1e-4, 0);
    assert_true(*array_of(&a, "sign_reach") == 2);
    assert_true(*array_of(&a, "size_reach") == 0.5f);
    assert_met(&a);
    explanation_release(&a);
    scene_release(&s);
}

/* |z0|. */
static scene turned_scene(void)
{
    scene s = scene_of_unit("2:relu,784", 2);
    s.g.layers[0].weight.data[2] = -1;
    for (size_t i = 0; i < N_PIXELS; i++)
        s.g.layers[1].weight.data[2 * i + 1] = 1;
    aim(&s, "pixel:2,3");
    return s;
}

/* Beyond 0 a fall becomes a rise. */
static void a_turn_ends_the_trust_in_signs(void **state)
{
    static const float turned[COLUMNS] = {1, 1, 0.5f, 0.5f, 1, 0.6f, 0.3f, 0.15f, 0.1f, 0.1f, 0};
    const float z[2] = {0.3f, 5};
    scene s = turned_scene();
    (void)state;
    explanation a = explained_by(&s, "gradient,reach", z, 1);
    for (size_t i = 0; i < 2; i++)
        assert_row(&a, i, turned);
    assert_true(*array_of(&a, "sign_reach") == 0.5f && *array_of(&a, "size_reach") == 0.1f);
    assert_met(&a);
    explanation_release(&a);
    scene_release(&s);
}

/* z0 up to 0.2 to both sides, falling to 0.6, and rising again, steeper: a step of 1 has the right
 * sign and size, but one of 0.5 has not. */
static void trust_ends_where_it_first_fails(void **state)
{
    static const float weights[5] = {1, 1, 1, -1, -1}, biases[5] = {5, -0.2f, -0.6f, -0.2f, -0.6f};
    static const float factors[5] = {1, -4, 8, 4, -8}, z = 0;
    static const float expected[COLUMNS] = {1, 0, 1, 1, 1, -1.4f, 1, 3, 0.1f, 0.1f, 0};
    scene s = scene_of_unit("5:relu,784", 1);
    (void)state;
    memcpy(s.g.layers[0].weight.data, weights, sizeof weights);
    memcpy(s.g.layers[0].bias, biases, sizeof biases);
    for (size_t i = 0; i < 5 * N_PIXELS; i++)
        s.g.layers[1].weight.data[i] = factors[i % 5];
    aim(&s, "pixel:2,3");
    explanation a = explained_by(&s, "gradient,reach", &z, 1);
    for (size_t i = 0; i < 3; i++)
        assert_row(&a, i, expected);
    assert_true(*array_of(&a, "sign_reach") == 0.1f && *array_of(&a, "size_reach") == 0.1f);
    assert_met(&a);
    explanation_release(&a);
    scene_release(&s);
}

/* |z0| at 0.3, and five times each of the others: of the 2 + 2 n moves of a step that are counted
 * one has the wrong size beyond 0.3, and the wrong sign beyond 0.6. */
static explanation explained_with_one_turn(scene *s, size_t n)
{
    enum { MOST = 9 };
    float z[MOST] = {0.3f};
    network *g;
    *s = scene_of("10:relu,784", NULL, n);
    g = &s->g;
    g->layers[0].weight.data[0] = 1;
    g->layers[0].weight.data[MOST * n] = -1;
    for (size_t c = 1; c < n; c++) {
        g->layers[0].weight.data[c * n + c] = 1;
        g->layers[0].bias[c] = 10; /* a straight line as far as it is moved */
    }
    for (size_t i = 0; i < N_PIXELS; i++)
        for (size_t c = 0; c <= MOST; c++)
            g->layers[1].weight.data[i * (MOST + 1) + c] = c == 0 || c == MOST ? 1 : 5;
    aim(s, "pixel:2,3");
    return explained_by(s, "gradient,reach", z, n);
}

/* One of 10 moves, and of 20. */
static void trust_asks_for_19_of_20_signs_and_9_of_10_sizes(void **state)
{
    scene s;
    (void)state;
    explanation ten = explained_with_one_turn(&s, 4);
    assert_true(*array_of(&ten, "sign_reach") == 0.5f && *array_of(&ten, "size_reach") == 2);
    explanation_release(&ten);
    scene_release(&s);
    explanation twenty = explained_with_one_turn(&s, 9);
    assert_true(*array_of(&twenty, "sign_reach") == 2 && *array_of(&twenty, "size_reach") == 2);
    explanation_release(&twenty);
    scene_release(&s);
}

/* |z0| again: down along a direction the sign is right until 2 times 0.3 is gone. */
static void random_directions_are_told_together(void **state)
{
    enum { N = 2 };
    const float z[N] = {0.3f, 5};
    float directions[N_RANDOM * N];
    scene s = turned_scene();
    (void)state;
    reach_draw(directions, N, 3);
    explanation a = explained_by(&s, "gradient,reach", z, 1);
    for (size_t i = 0; i < N_STEPS; i++) {
        double n_right = N_RANDOM;
        for (size_t k = 0; k < N_RANDOM; k++)
            n_right += reach_steps[i] * fabs((double)directions[k * N]) < 0.6;
        assert_close(&row_of(&a, 2)[i], &(double){n_right / (2 * N_RANDOM)}, 1, 1e-6, 0);
    }
    explanation_release(&a);
    scene_release(&s);
}

/* The component that does nothing has nothing to predict. */
static void what_float_cannot_resolve_counts_nowhere(void **state)
{
    static const float none[COLUMNS] = {[LEFT_OUT] = 1};
    const float z[2] = {3, 1};
    scene s = bent_scene(2);
    (void)state;
    explanation a = explained_by(&s, "gradient,reach", z, 2);
    assert_row(&a, 2, none);
    assert_true(*array_of(&a, "left_out_moves") == 8);
    assert_true(*array_of(&a, "sign_reach") == 2 && *array_of(&a, "size_reach") == 2);
    assert_met(&a);
    explanation_release(&a);
    scene_release(&s);
}

static void without_a_gradient_nothing_is_said_of_trust(void **state)
{
    static const float none[COLUMNS] = {[LEFT_OUT] = 1};
    const float z[2] = {-0.3f, 1};
    scene s = bent_scene(2);
    (void)state;
    explanation a = explained_by(&s, "gradient,reach", z, 2);
    for (size_t i = 0; i < 4; i++)
        assert_row(&a, i, none);
    assert_true(*array_of(&a, "left_out_moves") == 8 * (1 + 2 + N_RANDOM));
    assert_null(explanation_find(&a, "sign_reach"));
    assert_null(explanation_find(&a, "size_reach"));
    assert_met(&a);
    explanation_release(&a);
    scene_release(&s);
}

static void assert_left_out(const explanation *a, size_t row)
{
    static const float none[COLUMNS] = {[LEFT_OUT] = 1};
    assert_row(a, row, none);
    assert_met(a);
}

/* Thousandths of z0 beside 10,000, which is a bias, what other components add and take away, or
 * what pixels do. */
static void thousandths_beside_thousands_are_rounding(void **state)
{
    static const float z[3] = {1, 1, 0}, weights[3] = {1e4f, -1e4f, 1e-3f};
    scene by_bias = scene_of("784", NULL, 1), by_z = scene_of("784", NULL, 3);
    scene by_pixels = scene_of("784", "1", 1);
    (void)state;
    by_bias.g.layers[0].bias[0] = 1e4f;
    by_bias.g.layers[0].weight.data[0] = 1e-3f;
    memcpy(by_z.g.layers[0].weight.data, weights, sizeof weights);
    by_pixels.g.layers[0].bias[0] = by_pixels.g.layers[0].bias[1] = 1;
    by_pixels.g.layers[0].weight.data[2] = 1;
    memcpy(by_pixels.d.layers[0].weight.data, weights, sizeof weights);
    aim(&by_bias, "pixel:0,0");
    aim(&by_z, "pixel:0,0");
    aim(&by_pixels, "logit");
    explanation of_bias = explained_by(&by_bias, "gradient,reach", &z[2], 1);
    explanation of_z = explained_by(&by_z, "gradient,reach", z, 3);
    explanation of_pixels = explained_by(&by_pixels, "gradient,reach", &z[2], 1);
    assert_left_out(&of_bias, 0);
    assert_left_out(&of_z, 3);
    assert_left_out(&of_pixels, 0);
    explanation_release(&of_bias);
    explanation_release(&of_z);
    explanation_release(&of_pixels);
    scene_release(&by_bias);
    scene_release(&by_z);
    scene_release(&by_pixels);
}

/* 10,000 + 0.05 z0, which float has to a thousandth: steps of 0.1 are left out, all others right.
 */
static void a_step_too_short_to_resolve_ends_no_trust(void **state)
{
    static const float right[COLUMNS] = {0, 1, 1, 1, 0, 1, 1, 1, 2, 2, 0.25f}, z = 0;
    scene s = scene_of("784", NULL, 1);
    (void)state;
    s.g.layers[0].bias[0] = 1e4f;
    s.g.layers[0].weight.data[0] = 0.05f;
    aim(&s, "pixel:0,0");
    explanation a = explained_by(&s, "gradient,reach", &z, 1);
    assert_close(row_of(&a, 1), right, COLUMNS, 0.05, 0);
    assert_true(*array_of(&a, "sign_reach") == 2 && *array_of(&a, "size_reach") == 2);
    assert_met(&a);
    explanation_release(&a);
    scene_release(&s);
}

/* A sigmoid of -85 - 5 z0, which is less than FLT_MIN from z0 = 1 / 2 on. */
static void what_float_rounds_to_zero_is_no_error(void **state)
{
    static const float z = 0.1f;
    scene s = scene_of("784:sigmoid", NULL, 1);
    (void)state;
    s.g.layers[0].bias[0] = -85;
    s.g.layers[0].weight.data[0] = -5;
    aim(&s, "pixel:0,0");
    for (uint64_t probe = 0; probe < 40; probe++) {
        explain_plan plan = {0};
        explanation a = {0};
        error e = {0};
        explain_request q = {.n_top = 1, .black = 0, .white = 1, .probe = probe};
        explain_plan_choose(&plan, "gradient,reach");
        assert_int_equal(explain_plan_prepare(&plan, &s.x, &q, &e), 0);
        assert_int_equal(explain(&a, &s.x, &s.w, &z, &q, &plan, &e), 0);
        assert_met(&a);
        explain_plan_release(&plan);
        explanation_release(&a);
    }
    scene_release(&s);
}

/* ---- Random directions ---- */

/* Evenly on the sphere: the n components of one have squares of mean 1 / n, and fourth powers of
 * mean 3 / (n (n + 2)). */
static void random_directions_go_everywhere_alike(void **state)
{
    enum { N = 6, DRAWS = 500, N_ALL = DRAWS * N_RANDOM * N };
    double first = 0, fourth = 0;
    (void)state;
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        float d[N_RANDOM * N];
        reach_draw(d, N, seed);
        for (size_t i = 0; i < N_RANDOM * N; i++) {
            first += (double)d[i] / N_ALL;
            fourth += pow((double)d[i], 4) / N_ALL;
        }
        for (size_t k = 0; k < N_RANDOM; k++)
            assert_close(&(double){norm(d + k * N, N)}, &(double){1}, 1, 1e-6, 0);
    }
    assert_true(fabs(first) < 0.01 && fabs(fourth - 3.0 / (N * (N + 2))) < 0.003);
}

/* ---- Sweeps ---- */

/* Of max(0, z0), now at z0. */
static void assert_sweep(const float *points, float now)
{
    size_t size = SWEEP_PICTURE + N_PIXELS, n_now = 0;
    for (size_t i = 0; i < N_POINTS; i++) {
        const float *p = points + i * size, place = p[SWEEP_PLACE];
        assert_true(i == 0 || p[-(ptrdiff_t)size] <= place);
        assert_true(i < 2 || p[-2 * (ptrdiff_t)size] < place); /* twice at most */
        assert_true(p[SWEEP_TARGET] == fmaxf(0, place));
        for (size_t k = 0; k < N_PIXELS; k++)
            assert_true(p[SWEEP_PICTURE + k] == fmaxf(0, place));
        n_now += place == now;
    }
    assert_true(n_now == 1 || n_now == 2);
    assert_true(points[0] == fminf(-2, now - 2));
    assert_true(points[(N_POINTS - 1) * size] == fmaxf(2, now + 2));
}

static void points_lie_by_rising_place_wherever_now_is(void **state)
{
    static const float places[] = {-2, -1, 0, 1, 2, 4, -4, 0.25f};
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const float z[2] = {places[i], 7};
        scene s = bent_scene(2);
        explanation a = explained_by(&s, "gradient,reach", z, 2);
        const named_array *sweep = whole_array_of(&a, "sweep");
        size_t own = sweep->items[0] == 0 ? 0 : 1;
        assert_int_equal(sweep->items[own], 0);
        assert_sweep(sweep->data + own * N_POINTS * sweep->shape[2], z[0]);
        /* the other component is put elsewhere and changes nothing */
        for (size_t k = 0; k < N_POINTS; k++)
            assert_true(sweep->data[((1 - own) * N_POINTS + k) * sweep->shape[2] + SWEEP_TARGET] ==
                        fmaxf(0, z[0]));
        assert_met(&a);
        explanation_release(&a);
        scene_release(&s);
    }
}

static size_t n_found;

static size_t count_found(float *reference, const float *x, const void *context)
{
    (void)x;
    (void)context;
    n_found++;
    memset(reference, 0, N_PIXELS * sizeof *reference);
    return n_found;
}

static void moves_compare_with_the_picture_of_z(void **state)
{
    explain_target t = target_of("rec:nearest");
    scene s = trained_scene(NULL);
    float *z = draw(Z, 4);
    (void)state;
    n_found = 0;
    t.find_reference = count_found;
    aim_at(&s, t);
    explanation a = explained_by(&s, "gradient,reach", z, 3);
    assert_int_equal(n_found, 1);
    assert_int_equal(a.reference_index, 1);
    assert_met(&a);
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

/* ---- Threads ---- */

typedef struct {
    scene *s;
    const float *z;
    explanation found[2];
} two_seeds;

static void explain_one(size_t i, size_t thread, void *context)
{
    two_seeds *both = context;
    explain_plan plan = {0};
    explain_workspace w;
    error e = {0};
    explain_request q = {.n_top = 3, .black = -1, .probe = 3};
    (void)thread;
    explain_workspace_init(&w, &both->s->x);
    explain_plan_choose(&plan, "gradient,reach");
    if (explain_plan_prepare(&plan, &both->s->x, &q, &e) ||
        explain(&both->found[i], &both->s->x, &w, both->z + i * Z, &q, &plan, &e))
        fail_msg("%s", e.message);
    explain_plan_release(&plan);
    explain_workspace_release(&w);
}

static void assert_same_arrays(const explanation *a, const explanation *b)
{
    static const char *const names[] = {"sweep", "reach", "sign_reach", "size_reach"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_memory_equal(array_of(a, names[i]), array_of(b, names[i]),
                            whole_array_of(a, names[i])->n * sizeof(float));
}

static void bytes_depend_neither_on_threads_nor_on_other_seeds(void **state)
{
    scene s = trained_scene("logit");
    float *z = draw(2 * Z, 4);
    two_seeds beside = {.s = &s, .z = z}, alone = beside;
    (void)state;
    parallel_for(2, explain_one, &beside);
    for (size_t threads = 1; threads <= 2; threads++) {
        use_threads(threads);
        parallel_for(1, explain_one, &alone);
        assert_same_arrays(&beside.found[0], &alone.found[0]);
        explanation_release(&alone.found[0]);
    }
    for (size_t i = 0; i < 2; i++)
        explanation_release(&beside.found[i]);
    free(z);
    scene_release(&s);
}

/* ---- Checks ---- */

static void every_target_is_met_by_its_twin(void **state)
{
    static const char *const words[] = {"logit",    "gen",       "ink",       "pixel:3,4",
                                        "unit:1,5", "rec:a.png", "loss:a.png"};
    float *reference = draw(N_PIXELS, 8);
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            scene s = trained_scene(NULL);
            float *z = draw(Z, seed);
            aim_at(&s, comparing(words[i], reference));
            explanation a = explained_by(&s, "reach", z, 3);
            assert_int_equal(a.n_checks, N_REACH_CHECKS);
            assert_met(&a);
            explanation_release(&a);
            free(z);
            scene_release(&s);
        }
    free(reference);
}

/* What was measured at z, and what it is checked by. */
typedef struct {
    scene s;
    float *z, *x, *gradient_z, *gradient_x, value;
    explained_rows rows;
    explain_request q;
    explain_task t;
    reach_moves moves;
    reach_probe probe;
} checked_moves;

/* The scene becomes c's. */
static void measure_in(checked_moves *c, scene s, uint64_t probe)
{
    *c = (checked_moves){.s = s,
                         .z = draw(Z, 4),
                         .x = draw(N_PIXELS, 0),
                         .gradient_z = draw(Z, 0),
                         .gradient_x = draw(N_PIXELS, 0),
                         .q = {.n_top = 3, .probe = probe}};
    c->rows = (explained_rows){.n = 1,
                               .z = c->z,
                               .x = c->x,
                               .value = &c->value,
                               .gradient_z = c->gradient_z,
                               .gradient_x = c->gradient_x};
    c->t = (explain_task){.x = &c->s.x, .w = &c->s.w, .q = &c->q, .rows = &c->rows};
    explain_rows(&c->s.x, &c->s.w, &c->rows);
    reach_moves_init(&c->moves, &c->t, NULL);
    c->moves.sweep = allocate(3 * N_POINTS * c->moves.point_size, sizeof(float));
    reach_begin_sweep(&c->moves);
    reach_probe_init(&c->probe, &c->moves);
    for (size_t i = 0; i < 2; i++)
        reach_measure_half(&c->moves, i);
    reach_probe_evaluate(&c->probe, &c->moves);
}

static void measure(checked_moves *c, uint64_t probe)
{
    measure_in(c, trained_scene("logit"), probe);
}

static void checked_moves_release(checked_moves *c)
{
    free(c->moves.sweep);
    reach_probe_release(&c->probe);
    reach_moves_release(&c->moves);
    free(c->z);
    free(c->x);
    free(c->gradient_z);
    free(c->gradient_x);
    scene_release(&c->s);
}

/* Of the moves (0) or of the sweep (1). */
static bool is_met(const checked_moves *c, size_t i)
{
    explain_check checks[N_REACH_CHECKS];
    reach_probe_compare(checks, &c->probe, &c->moves);
    return explain_check_is_met(&checks[i]);
}

static float *checked_point(const checked_moves *c)
{
    return c->moves.sweep + (c->probe.item * N_POINTS + c->probe.point) * c->moves.point_size;
}

/* A number that is off, and one that is none, are found; it is what it was afterwards. */
static void assert_watched(const checked_moves *c, float *v, size_t i_check)
{
    float right = *v, wrong[] = {right + 0.01f * (1 + fabsf(right)), NAN};
    assert_true(is_met(c, i_check));
    for (size_t i = 0; i < 2; i++) {
        *v = wrong[i];
        assert_false(is_met(c, i_check));
        assert_true(is_met(c, 1 - i_check));
    }
    *v = right;
}

static void what_was_drawn_is_found_where_it_is_off(void **state)
{
    bool is_of_kind[3] = {false}; /* along the gradient, a component, a random direction */
    (void)state;
    for (uint64_t probe = 0; probe < 12 || !(is_of_kind[0] && is_of_kind[1] && is_of_kind[2]);
         probe++) {
        assert_true(probe < 200);
        checked_moves c;
        measure(&c, probe);
        size_t direction = c.probe.move / N_MOVES;
        is_of_kind[direction == 0 ? 0 : direction <= 3 ? 1 : 2] = true;
        assert_watched(&c, &c.moves.value[c.probe.move], 0);
        float *point = checked_point(&c);
        assert_watched(&c, &point[SWEEP_PLACE], 1);
        assert_watched(&c, &point[SWEEP_TARGET], 1);
        for (size_t i = 0; i < N_PIXELS; i++)
            point[SWEEP_PICTURE + i] *= 1.01f;
        assert_false(is_met(&c, 1));
        checked_moves_release(&c);
    }
}

/* 5 + 0.1 (z0 + z1 ...): what is off counts by the change, not by the target. */
static scene shallow_scene(float slope)
{
    scene s = scene_of("784", NULL, Z);
    for (size_t i = 0; i < Z * N_PIXELS; i++)
        s.g.layers[0].weight.data[i] = slope;
    for (size_t i = 0; i < N_PIXELS; i++)
        s.g.layers[0].bias[i] = 5;
    aim(&s, "pixel:2,3");
    return s;
}

static void a_change_one_percent_off_is_found(void **state)
{
    size_t n_seen = 0;
    (void)state;
    for (uint64_t probe = 0; probe < 40; probe++) {
        checked_moves c;
        measure_in(&c, shallow_scene(0.1f), probe);
        float *there = &c.moves.value[c.probe.move], change = *there - c.value;
        assert_true(is_met(&c, 0));
        if (fabsf(change) > 0.02f) {
            *there += 0.01f * change;
            assert_false(is_met(&c, 0));
            n_seen++;
        }
        checked_moves_release(&c);
    }
    assert_true(n_seen > 10);
}

/* No direction, or changes that are rounding. */
static void what_cannot_be_told_is_no_error(void **state)
{
    (void)state;
    for (uint64_t probe = 0; probe < 120; probe++) {
        static const float slopes[] = {0, 1e-7f};
        for (size_t i = 0; i < 2; i++) {
            checked_moves c;
            measure_in(&c, shallow_scene(slopes[i]), probe);
            assert_true(is_met(&c, 0) && is_met(&c, 1));
            checked_moves_release(&c);
        }
    }
}

/* All are drawn in their turn. */
static void another_probe_draws_other_moves_and_points(void **state)
{
    bool items[3] = {false}, points[N_POINTS] = {false};
    checked_moves c;
    (void)state;
    measure(&c, 0);
    for (c.q.probe = 0; c.q.probe < 200; c.q.probe++) {
        reach_probe p;
        reach_probe_init(&p, &c.moves);
        assert_true(p.move < c.moves.n_moves);
        items[p.item] = points[p.point] = true;
        reach_probe_release(&p);
    }
    checked_moves_release(&c);
    for (size_t i = 0; i < 3; i++)
        assert_true(items[i]);
    for (size_t i = 0; i < N_POINTS; i++)
        assert_true(points[i]);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_straight_line_is_told_at_every_step),
        cmocka_unit_test(a_bend_cuts_predictions_short),
        cmocka_unit_test(a_turn_ends_the_trust_in_signs),
        cmocka_unit_test(trust_ends_where_it_first_fails),
        cmocka_unit_test(trust_asks_for_19_of_20_signs_and_9_of_10_sizes),
        cmocka_unit_test(random_directions_are_told_together),
        cmocka_unit_test(what_float_cannot_resolve_counts_nowhere),
        cmocka_unit_test(without_a_gradient_nothing_is_said_of_trust),
        cmocka_unit_test(thousandths_beside_thousands_are_rounding),
        cmocka_unit_test(a_step_too_short_to_resolve_ends_no_trust),
        cmocka_unit_test(what_float_rounds_to_zero_is_no_error),
        cmocka_unit_test(random_directions_go_everywhere_alike),
        cmocka_unit_test(points_lie_by_rising_place_wherever_now_is),
        cmocka_unit_test(moves_compare_with_the_picture_of_z),
        cmocka_unit_test(bytes_depend_neither_on_threads_nor_on_other_seeds),
        cmocka_unit_test(every_target_is_met_by_its_twin),
        cmocka_unit_test(what_was_drawn_is_found_where_it_is_off),
        cmocka_unit_test(a_change_one_percent_off_is_found),
        cmocka_unit_test(what_cannot_be_told_is_no_error),
        cmocka_unit_test(another_probe_draws_other_moves_and_points),
    };
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
