/* SPDX-License-Identifier: MIT */
/* How much error each certificate allows. A looser one would hide the faults that it is there for:
 * a tolerance may change only together with what is stated here. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "scene.h"
#include "trust.h"
#include "use_threads.h"
#include <stdlib.h>

static const struct {
    const char *name;
    double tolerance;
} stated[] = {
    {"value_against_double", 0.001},
    {"gradient_against_double", 0.001},
    {"gradient_against_differences", 0.001},
    {"gradient_x_against_double", 0.001},
    {"jacobian_against_double", 0.001},
    {"gradient-x-input.z_against_double", 0.001},
    {"gradient-x-input.x_against_double", 0.001},
    {"gradient-x-input.layers_against_double", 0.0001},
    {"gradient-x-input.layers_add_up", 0.0001},
    {"integrated-gradients.z_adds_up", 1e-05},
    {"integrated-gradients.x_adds_up", 1e-05},
    {"smoothgrad.z_against_differences", 0.0001},
    {"smoothgrad.z_adds_up", 1e-05},
    {"smoothgrad.x_against_differences", 0.0001},
    {"smoothgrad.x_adds_up", 1e-05},
    {"vargrad.z_against_differences", 0.0001},
    {"vargrad.z_adds_up", 1e-05},
    {"vargrad.x_against_differences", 0.0001},
    {"vargrad.x_adds_up", 1e-05},
    {"occlusion.slope_against_differences", 0.001},
    {"occlusion.robustness_against_double", 0.001},
    {"occlusion.z_against_double", 0.001},
    {"occlusion.moves_against_double", 0.001},
    {"occlusion.x_against_double", 0.001},
    {"occlusion.x_covered", 1e-05},
    {"lime.z_against_double", 0.001},
    {"lime.z_is_best", 1e-05},
    {"lime.z_held_out", 0.0001},
    {"lime.x_against_double", 0.001},
    {"lime.x_is_best", 1e-05},
    {"lime.x_held_out", 0.0001},
    {"shap.z_adds_up", 1e-06},
    {"shap.z_against_double", 0.001},
    {"shap.z_again", 1e-05},
    {"shap.z_sizes", 5},
    {"shap.x_adds_up", 1e-06},
    {"shap.x_against_double", 0.001},
    {"shap.x_again", 1e-05},
    {"linear.normal_equations", 1e-05},
    {"linear.adds_up", 1e-05},
    {"linear.held_out_against_double", 0.001},
    {"logistic.score_equations", 1e-05},
    {"logistic.adds_up", 1e-05},
    {"logistic.held_out_against_double", 0.001},
    {"tree.nodes_are_means", 1e-05},
    {"tree.root_is_best", 1e-05},
    {"tree.adds_up", 1e-05},
    {"tree.held_out_against_double", 0.001},
    {"network.z_against_differences", 0.001},
    {"network.fit_gradient_against_differences", 0.001},
    {"network.held_out_against_double", 0.001},
    {"activation.none_is_same", 1e-06},
    {"activation.means_against_held_out", 8},
    {"activation.without_against_double", 0.001},
    {"cam.adds_up", 0.0001},
    {"cam.against_double", 0.001},
    {"influence.z_against_double", 0.001},
    {"influence.usual_against_double", 0.001},
    {"influence.adds_up", 0.001},
    {"interaction.pairs_against_double", 0.001},
    {"interaction.pairs_symmetric", 0},
    {"spectrum.maps_against_differences", 0.001},
    {"spectrum.maps_pulled_back", 0.001},
    {"spectrum.is_orthonormal", 1e-05},
    {"spectrum.adds_up", 1e-05},
    {"formation.ends", 0},
    {"formation.way_against_double", 0.001},
    {"formation.layers_against_double", 0.001},
    {"structure.adds_up", 0.001},
    {"structure.flow_against_double", 0.001},
    {"structure.paths_against_double", 0.001},
    {"reach_against_double", 0.001},
    {"sweep_against_double", 0.001},
    {"gradient-x-input.x_adds_up", 1e-5},
    {"d_gradient_x_against_double", 1e-3},
    {"moves_with_against_double", 1e-3},
    {"quality.z_against_double", 1e-3},
    {"quality.z_near_against_double", 1e-3},
    {"quality.x_against_double", 1e-3},
    {"quality.x_near_against_double", 1e-3},
};

static void assert_stated(const explain_check *c)
{
    for (size_t i = 0; i < sizeof stated / sizeof *stated; i++)
        if (strcmp(stated[i].name, c->name) == 0) {
            if (c->tolerance != stated[i].tolerance)
                fail_msg("%s allows %g", c->name, c->tolerance);
            return;
        }
    fail_msg("%s allows %g, and it is not stated", c->name, c->tolerance);
}

static void every_certificate_allows_what_is_stated(void **state)
{
    static const char *const targets[] = {"logit", "ink"};
    float *z = draw(Z, 4);
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        scene s = trained_scene(targets[i]);
        explanation a = explained_by(&s, "all", z, 3);
        assert_true(a.n_checks > 50);
        for (size_t k = 0; k < a.n_checks; k++)
            assert_stated(&a.checks[k]);
        explanation_release(&a);
        scene_release(&s);
    }
    free(z);
}

static void every_certificate_of_a_report_allows_what_is_stated(void **state)
{
    const explain_method *quality = trust_report_find("quality");
    scene s = trained_scene("logit");
    explain_plan plan = {0};
    trust_settings settings = {.plan = &plan};
    explanation a = {0};
    error e = {0};
    const explain_request q = {.n_top = 3, .black = -1, .white = 1, .n_samples = 128, .probe = 3};
    float *z = draw(Z, 4);
    size_t n = 0;
    (void)state;
    explain_plan_choose(&plan, "gradient-x-input");
    explain_plan_add(&plan, quality);
    explain_plan_set(&plan, quality, &settings);
    if (explain_plan_prepare(&plan, &s.x, &q, &e) || explain(&a, &s.x, &s.w, z, &q, &plan, &e) ||
        explanation_judge(&a, &e))
        fail_msg("%s", e.message);
    for (size_t k = 0; k < a.n_checks; k++) {
        assert_stated(&a.checks[k]);
        n += a.checks[k].method == quality;
    }
    assert_int_equal(n, 4);
    explain_plan_release(&plan);
    explanation_release(&a);
    scene_release(&s);
    free(z);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_certificate_allows_what_is_stated),
        cmocka_unit_test(every_certificate_of_a_report_allows_what_is_stated),
    };
    return cmocka_run_group_tests_name("tolerances", tests, NULL, NULL);
}
