/* SPDX-License-Identifier: MIT */
/* What controls attribute, what contributions are, and where z is moved to, by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "trust_scene.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>

enum { SIDE = 5 };

/* G draws one bright pixel, in the middle, whatever z is. */
static scene bright_scene(void)
{
    scene s = scene_of_shape("25", "1", 25, shape_of(SIDE, SIDE));
    s.g.layers[0].bias[2 * SIDE + 2] = 1;
    s.d.layers[0].weight.data[2 * SIDE + 2] = 1;
    aim(&s, "logit");
    return s;
}

static void edges_are_those_of_sobel(void **state)
{
    const float d = (float)sqrt(2), want[SIDE * SIDE] = {0, 0, 0, 0, 0, 0, d, 2, d, 0, 0, 2, 0,
                                                         2, 0, 0, d, 2, d, 0, 0, 0, 0, 0, 0};
    trust_scene k;
    float *z = draw(25, 4);
    (void)state;
    trust_scene_init(&k, bright_scene(), z, INPUT_X, 0);
    attributions_add_controls(&k.all, &k.f);
    assert_close(attributions_named(&k.all, "edge")->values, want, SIDE * SIDE, 0, 1e-6);
    free(z);
    trust_scene_release(&k);
}

static void random_maps_of_z_and_of_the_picture_are_others(void **state)
{
    trust_scene k[N_INPUTS];
    float *z = draw(25, 4);
    (void)state;
    for (explain_input i = INPUT_Z; i < N_INPUTS; i++) {
        trust_scene_init(&k[i], bright_scene(), z, i, 0);
        attributions_add_controls(&k[i].all, &k[i].f);
    }
    assert_memory_not_equal(k[0].all.all[0].values, k[1].all.all[0].values, 25 * sizeof(float));
    free(z);
    for (size_t i = 0; i < N_INPUTS; i++)
        trust_scene_release(&k[i]);
}

static void a_rate_is_taken_from_the_mean_of_the_baselines(void **state)
{
    trust_scene k;
    float rows[] = {1, 2, 3, 3, 6, 5}, found[3];
    const baseline_rows two = {.n = 2, .rows = rows}; /* mean 2, 4, 4 */
    (void)state;
    trust_scene_init(&k, linear_scene("logit"), hand_z, INPUT_Z, 0);
    put_attribution(&k, "rate", PREDICTS_RATE, (float[]){1, 2, -1}, 1);
    attribution_contributions(found, &k.all.all[0], &k.f, &two);
    assert_close(found, ((float[]){-1, -12, 3.5f}), 3, 0, 1e-6);
    trust_scene_release(&k);
}

/* ---- Moves ---- */

static int run_place(const explain_task *t, explanation *a, error *e)
{
    (void)t, (void)e;
    memcpy(explanation_add(a, "place.z", 0, 0), a->z, a->z_dim * sizeof *a->z);
    return 0;
}

static const array_row place_arrays[] = {{.name = "place.z",
                                          .space = SPACE_Z,
                                          .sign = SIGN_SIGNED,
                                          .role = ROLE_ATTRIBUTION,
                                          .predicts = PREDICTS_CHANGE},
                                         {0}};
static const explain_method place = {.name = "place", .arrays = place_arrays, .run = run_place};

/* By the moves (N_SMALL_MOVES): how far each of z, in all and at most. */
static void assert_moves(const moved_attributions *m, const float *z, size_t n)
{
    double sum = 0, most = 0;
    for (size_t k = 0; k < N_SMALL_MOVES; k++) {
        const float *there = m->moved[INPUT_Z][k].all[0].values;
        for (size_t i = 0; i < n; i++) {
            double d = (double)there[i] - (double)z[i];
            sum += d;
            most = fmax(most, fabs(d));
        }
        for (size_t j = 0; j < k; j++)
            assert_memory_not_equal(there, m->moved[INPUT_Z][j].all[0].values, n * sizeof *z);
    }
    assert_true(most > 0.019 && most < 0.0201);
    assert_true(fabs(sum / (double)(n * N_SMALL_MOVES)) < 0.003); /* sigma 0.0007 */
}

static void z_is_moved_down_as_often_as_up_and_each_time_elsewhere(void **state)
{
    scene s = bright_scene();
    explain_plan plan = {0};
    error e = {0};
    float *z = draw(25, 4), x[SIDE * SIDE], value;
    const explain_request q = {.n_top = 3, .black = -1, .white = 1, .probe = 3};
    explained_rows rows = {.n = 1, .z = z, .x = x, .value = &value};
    const explain_task t = {.x = &s.x, .w = &s.w, .q = &q, .rows = &rows};
    moved_attributions m = {0};
    (void)state;
    explain_plan_add(&plan, &place);
    explain_rows(&s.x, &s.w, &rows);
    reruns *r = reruns_create(&plan, &s.x, &q, &e);
    assert_int_equal(moved_attributions_find(&m, r, &t, &place, &e), 0);
    assert_moves(&m, z, 25);
    moved_attributions_release(&m);
    reruns_free(r);
    explain_plan_release(&plan);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_are_those_of_sobel),
        cmocka_unit_test(random_maps_of_z_and_of_the_picture_are_others),
        cmocka_unit_test(a_rate_is_taken_from_the_mean_of_the_baselines),
        cmocka_unit_test(z_is_moved_down_as_often_as_up_and_each_time_elsewhere),
    };
    return cmocka_run_group_tests_name("attributions", tests, NULL, NULL);
}
