/* SPDX-License-Identifier: MIT */
/* Where the checks of an explanation begin to fail, in nets of a few numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "use_threads.h"
#include <stdlib.h>

enum { VALUE, TO_Z, DIFFERENCES, TO_PIXELS };

/* ---- What float may lose ---- */

/* Pixels 0 and 1 are z and sign * z. D's hidden units are pixel 0 and pixel b, its logit the first
 * less the second. */
static scene cancelling_scene(float sign, size_t b)
{
    scene s = scene_of("784", "2,1", 1);
    s.g.layers[0].weight.data[0] = 1;
    s.g.layers[0].weight.data[1] = sign;
    s.d.layers[0].weight.data[0] = 1;
    s.d.layers[0].weight.data[N_PIXELS + b] = 1;
    s.d.layers[1].weight.data[0] = 1;
    s.d.layers[1].weight.data[1] = -1;
    return s;
}

/* Whether check i is met where that much is added to what it checks. */
static bool is_met(scene *s, size_t i, float added)
{
    float z = 1.5f, gradient, pixels[N_PIXELS], value = value_at_z(s, &z, &gradient, pixels);
    explain_check checks[N_GRADIENT_CHECKS];
    float *const what[] = {&value, &gradient, &gradient, pixels};
    *what[i] += added;
    explained_rows r = {
        .n = 1, .z = &z, .value = &value, .gradient_z = &gradient, .gradient_x = pixels};
    explain_check_gradient(checks, &s->x, &s->w, &r, 0, 5, NULL);
    return explain_check_is_met(&checks[i]);
}

/* Its pixels, 1.5 each, come to 3, as do the terms of its last sum, the second an eighth of eight
 * times its pixel; its bias, which is its value, is 4. */
static void a_value_may_be_off_by_a_thousandth_of_all_it_is_added_up_from(void **state)
{
    (void)state;
    scene s = cancelling_scene(1, 1);
    s.d.layers[1].bias[0] = 4;
    s.d.layers[0].weight.data[N_PIXELS + 1] *= 8;
    s.d.layers[1].weight.data[1] /= 8;
    aim(&s, "logit");
    assert_true(is_met(&s, VALUE, 0.98f * 14e-3f));
    assert_false(is_met(&s, VALUE, 1.02f * 14e-3f));
    scene_release(&s);
}

static void float_may_lose_its_share_of_the_terms_and_no_more(void **state)
{
    (void)state;
    /* Layers: those of G behind the pixels, of G and D before them and for differences. */
    static const struct {
        const char *target;
        float sign;
        size_t b, check;
        double spread_squared, rounding, layers;
    } cases[] = {
        {"logit", 1, 1, TO_Z, 2, 5e-6, 1},
        {"region:0,0,0,1", -1, 0, TO_Z, 0.5, 5e-6, 1},
        {"logit", 1, 1, DIFFERENCES, 2, 3e-5, 3},
        {"region:0,0,0,1", -1, 0, DIFFERENCES, 0.5, 3e-5, 1},
        {"logit", 1, 0, TO_PIXELS, 2, 1e-6, 3},
        {"region:0,0,0,1", 1, 0, TO_PIXELS, 2, 1e-6, 3},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        scene s = cancelling_scene(cases[k].sign, cases[k].b);
        double most = sqrt(cases[k].spread_squared) * cases[k].rounding * cases[k].layers;
        aim(&s, cases[k].target);
        if (!is_met(&s, cases[k].check, (float)(0.9 * most)) ||
            is_met(&s, cases[k].check, (float)(1.1 * most)))
            fail_msg("case %zu: expected to be met up to %g", k, most);
        scene_release(&s);
    }
}

/* Both hidden units are z, and unit 0 behind them the first less the second. */
static void a_unit_may_lose_its_share_of_the_terms_and_no_more(void **state)
{
    (void)state;
    scene s = scene_of("2,784", NULL, 1);
    double most = sqrt(2) * 5e-6 * 2; /* rounding to z, two layers */
    s.g.layers[0].weight.data[0] = s.g.layers[0].weight.data[1] = 1;
    s.g.layers[1].weight.data[0] = 1;
    s.g.layers[1].weight.data[1] = -1;
    aim(&s, "unit:1,0");
    assert_true(is_met(&s, TO_Z, (float)(0.9 * most)));
    assert_false(is_met(&s, TO_Z, (float)(1.1 * most)));
    scene_release(&s);
}

/* Hidden units of slope 1/8, and behind them a last layer that makes up for it. */
static void slopes_count_among_the_terms_as_weights_do(void **state)
{
    (void)state;
    scene s = scene_of("784", "2:lrelu=0.125,1", 1);
    double most = sqrt(2) * 1e-6 * 3; /* rounding to the pixels, three layers */
    s.g.layers[0].weight.data[0] = -1;
    s.d.layers[0].weight.data[0] = s.d.layers[0].weight.data[N_PIXELS] = 1;
    s.d.layers[1].weight.data[0] = 8;
    s.d.layers[1].weight.data[1] = -8;
    aim(&s, "logit");
    assert_true(is_met(&s, TO_PIXELS, (float)(0.9 * most)));
    assert_false(is_met(&s, TO_PIXELS, (float)(1.1 * most)));
    scene_release(&s);
}

/* Pixel 0 is 1.5 and compared with 1.5 + 784 / 4, whose slope is -1/2: so is gen's at a logit of 0,
 * which D makes of -pixel 0. */
static void both_terms_of_a_loss_count_among_the_terms(void **state)
{
    (void)state;
    float reference[N_PIXELS] = {0};
    scene s = scene_of("784", "1", 1);
    explain_target t = comparing("loss:a.png", reference);
    s.g.layers[0].weight.data[0] = 1;
    s.d.layers[0].weight.data[0] = -1;
    s.d.layers[0].bias[0] = 1.5f;
    reference[0] = 1.5f + N_PIXELS / 4.0f;
    double rec = 2.0 / N_PIXELS, terms = rec * rec * (1.5 * 1.5 + 197.5 * 197.5) + 0.25;
    double most = sqrt(terms) * 1e-6 * 2; /* rounding to the pixels, two layers */
    aim_at(&s, t);
    assert_true(is_met(&s, TO_PIXELS, (float)(0.9 * most)));
    assert_false(is_met(&s, TO_PIXELS, (float)(1.1 * most)));
    scene_release(&s);
}

/* ---- One wrong number ---- */

/* Whether a check fails where *number is off by one percent of all of them. */
static bool is_noticed(scene *s, const explained_rows *r, size_t check, float *number, double all)
{
    explain_check checks[N_GRADIENT_CHECKS];
    float right = *number;
    *number += (float)(0.01 * all);
    explain_check_gradient(checks, &s->x, &s->w, r, 0, 5, NULL);
    *number = right;
    return !explain_check_is_met(&checks[check]);
}

static void a_wrong_number_is_noticed_wherever_it_stands(void **state)
{
    (void)state;
    scene s = trained_scene("logit");
    float *z = draw(Z, 4), gradient[Z], pixels[N_PIXELS];
    float value = value_at_z(&s, z, gradient, pixels);
    explained_rows r = {
        .n = 1, .z = z, .value = &value, .gradient_z = gradient, .gradient_x = pixels};
    for (size_t k = 0; k < Z; k++)
        assert_true(is_noticed(&s, &r, TO_Z, &gradient[k], norm(gradient, Z)));
    for (size_t i = 0; i < N_PIXELS; i += 87) /* the last one, too */
        assert_true(is_noticed(&s, &r, TO_PIXELS, &pixels[i], norm(pixels, N_PIXELS)));
    free(z);
    scene_release(&s);
}

static void a_wrong_column_of_the_jacobian_is_noticed_wherever_it_stands(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    float *z = draw(Z, 4), gradient[Z], value = value_at_z(&s, z, gradient, NULL);
    explained_rows r = {.n = 1, .z = z, .value = &value, .gradient_z = gradient};
    explain_check checks[N_GRADIENT_CHECKS];
    jacobian_probe *p = jacobian_probe_create(&s.x, 3);
    explain_check_gradient(checks, &s.x, &s.w, &r, 0, 5, p);
    explain_jacobian(&s.x, &s.w, 0, &(wanted_jacobian){.probe = p});
    double all = norm(p->by_jacobian, Z);
    for (size_t k = 0; k < Z; k++) {
        float right = p->by_jacobian[k];
        p->by_jacobian[k] += (float)(0.01 * all);
        explain_check c = explain_check_jacobian(&s.x, &s.w, 0, p);
        assert_false(explain_check_is_met(&c));
        p->by_jacobian[k] = right;
    }
    jacobian_probe_free(p);
    free(z);
    scene_release(&s);
}

/* ---- The probe of the Jacobian ---- */

/* Ones alone would not see rows that are wrong by opposite numbers. */
static void a_probe_has_both_signs_and_others_for_another_seed(void **state)
{
    (void)state;
    scene s = trained_scene("ink");
    jacobian_probe *a = jacobian_probe_create(&s.x, 3), *b = jacobian_probe_create(&s.x, 4);
    double total = sum(a->u, N_PIXELS), agreement = dot(a->u, b->u, N_PIXELS);
    assert_true(fabs(total) < 150 && fabs(agreement) < 150); /* standard deviation: 28 */
    for (size_t i = 0; i < N_PIXELS; i++)
        assert_true(fabsf(a->u[i]) == 1);
    jacobian_probe_free(a);
    jacobian_probe_free(b);
    scene_release(&s);
}

static void the_jacobians_kinks_are_those_of_g(void **state)
{
    (void)state;
    scene s = kinked_scene(1e-7f);
    float z[2] = {0}, gradient[2], value = value_at_z(&s, z, gradient, NULL);
    explain_check checks[N_GRADIENT_CHECKS];
    jacobian_probe *p = jacobian_probe_create(&s.x, 3);
    explained_rows r = {.n = 1, .z = z, .value = &value, .gradient_z = gradient};
    s.x.net[NET_G]->layers[0].bias[0] = -1e-7f;
    explain_check_gradient(checks, &s.x, &s.w, &r, 0, 5, p);
    explain_jacobian(&s.x, &s.w, 0, &(wanted_jacobian){.probe = p});
    explain_check c = explain_check_jacobian(&s.x, &s.w, 0, p);
    assert_true(explain_check_is_met(&c));
    assert_int_equal(c.n_left_out, 1);
    jacobian_probe_free(p);
    scene_release(&s);
}

/* Columns are taken by blocks, and each has its place in the product. */
static void all_columns_of_a_wide_z_are_probed(void **state)
{
    (void)state;
    enum { WIDE = 600 };
    scene s = scene_of("8:tanh,784", NULL, WIDE);
    fill_trained(&s.g, 1);
    aim(&s, "ink");
    float *z = draw(WIDE, 4);
    explanation a = explained(&s, z, 1);
    const explain_check *c = &a.checks[a.n_checks - 2], *along = &a.checks[a.n_checks - 1];
    assert_string_equal(c->name, "jacobian_against_double");
    assert_true(explain_check_is_met(along));
    assert_true(explain_check_is_met(c));
    explanation_release(&a);
    free(z);
    scene_release(&s);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_may_be_off_by_a_thousandth_of_all_it_is_added_up_from),
        cmocka_unit_test(float_may_lose_its_share_of_the_terms_and_no_more),
        cmocka_unit_test(a_unit_may_lose_its_share_of_the_terms_and_no_more),
        cmocka_unit_test(slopes_count_among_the_terms_as_weights_do),
        cmocka_unit_test(both_terms_of_a_loss_count_among_the_terms),
        cmocka_unit_test(a_wrong_number_is_noticed_wherever_it_stands),
        cmocka_unit_test(a_wrong_column_of_the_jacobian_is_noticed_wherever_it_stands),
        cmocka_unit_test(a_probe_has_both_signs_and_others_for_another_seed),
        cmocka_unit_test(the_jacobians_kinks_are_those_of_g),
        cmocka_unit_test(all_columns_of_a_wide_z_are_probed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
