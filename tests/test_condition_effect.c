/* SPDX-License-Identifier: MIT */
/* The method `condition` against its definitions, in double from the network that takes the class.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "explain.h"
#include "nets.h"
#include "use_threads.h"
#include <string.h>

enum { Z = 3, CLASSES = 4, PIXELS = 16, CLASS = 2 };
static const picture_shape shape = {4, 4, PIXELS};
static const size_t known[] = {0, 2, 3}; /* class 1 was not trained */
enum { N_KNOWN = 3 };

/* A conditional model: whole takes (z, class), g the z of CLASS, critic the picture. */
typedef struct {
    network whole, g, critic;
    explain_target target;
    explainer x;
    explain_workspace w;
    float *z;
} scene;

static void scene_init(scene *s, const char *target)
{
    error e = {0};
    *s = (scene){.whole = network_of("7:tanh,16:tanh", Z + CLASSES),
                 .critic = network_of("5:tanh,1", PIXELS),
                 .z = draw(Z, 4)};
    fill_trained(&s->whole, 1);
    fill_trained(&s->critic, 2);
    network_narrow(&s->g, &s->whole, Z, PIXELS);
    for (size_t r = 0; r < s->g.layers[0].n_out; r++)
        s->g.layers[0].bias[r] += s->whole.layers[0].weight.data[r * (Z + CLASSES) + Z + CLASS];
    assert_int_equal(explain_target_read(&s->target, target, &e), 0);
    assert_int_equal(explainer_init(&s->x, &s->g, &s->critic, shape, &s->target, &e), 0);
    s->x.condition = (explain_condition){
        .g = &s->whole, .class = CLASS, .n_classes = CLASSES, .n_known = N_KNOWN};
    memcpy(s->x.condition.known, known, sizeof known);
    explain_workspace_init(&s->w, &s->x);
}

static void scene_release(scene *s)
{
    explain_workspace_release(&s->w);
    explainer_release(&s->x);
    network_release(&s->whole);
    network_release(&s->g);
    network_release(&s->critic);
    free(s->z);
}

static void explain_with(explanation *a, scene *s, const explain_request *q)
{
    explain_plan plan = {0};
    error e = {0};
    explain_plan_choose(&plan, "condition");
    assert_int_equal(explain_plan_prepare(&plan, &s->x, q, &e), 0);
    assert_int_equal(explain(a, &s->x, &s->w, s->z, q, &plan, &e), 0);
    assert_int_equal(explanation_judge(a, &e), 0);
    explain_plan_release(&plan);
}

static void explain_it(explanation *a, scene *s, bool skips_checks)
{
    explain_with(
        a, s,
        &(explain_request){
            .n_top = 3, .black = -1, .white = 1, .probe = 3, .skips_checks = skips_checks});
}

/* The picture of z at a point c between classes. */
static const double *picture_at(twin *t, const scene *s, const double c[CLASSES])
{
    static double input[Z + CLASSES];
    for (size_t i = 0; i < Z; i++)
        input[i] = (double)s->z[i];
    memcpy(input + Z, c, CLASSES * sizeof *c);
    return twin_forward(t, input, 1, (pass){0});
}

static double logit_at(twin t[2], const scene *s, const double c[CLASSES])
{
    return *twin_forward(&t[1], picture_at(&t[0], s, c), 1, (pass){0});
}

static void every_class_is_drawn_compared_and_judged(void **state)
{
    scene s;
    explanation a;
    twin t[2];
    double gradient[CLASSES], target[N_KNOWN], pictures[N_KNOWN * PIXELS], change[2 * PIXELS];
    (void)state;
    scene_init(&s, "logit");
    twin_init(&t[0], &s.whole, 1);
    twin_init(&t[1], &s.critic, 1);
    for (size_t i = 0; i < CLASSES; i++) {
        double up[CLASSES] = {[CLASS] = 1}, down[CLASSES] = {[CLASS] = 1};
        up[i] += 1e-5;
        down[i] -= 1e-5;
        gradient[i] = (logit_at(t, &s, up) - logit_at(t, &s, down)) / 2e-5;
    }
    for (size_t i = 0; i < N_KNOWN; i++) {
        double c[CLASSES] = {0};
        c[known[i]] = 1;
        target[i] = logit_at(t, &s, c);
        memcpy(pictures + i * PIXELS, picture_at(&t[0], &s, c), PIXELS * sizeof *pictures);
    }
    for (size_t k = 0; k < PIXELS; k++) { /* class 2 is the second of those that are known */
        change[k] = pictures[k] - pictures[PIXELS + k];
        change[PIXELS + k] = pictures[2 * PIXELS + k] - pictures[PIXELS + k];
    }
    explain_it(&a, &s, false);
    assert_int_equal(a.n_checks, 4);
    assert_close(explanation_find(&a, "condition.pictures")->data, pictures, N_KNOWN * PIXELS, 1e-5,
                 1e-5);
    const named_array *changes = explanation_find(&a, "condition.change");
    assert_close(changes->data, change, 2 * PIXELS, 1e-5, 1e-5);
    assert_string_equal(changes->labels[0], "as 0");
    assert_string_equal(changes->labels[1], "as 3");
    assert_close(explanation_find(&a, "condition.gradient")->data, gradient, CLASSES, 1e-4, 1e-5);
    const float *row = explanation_find(&a, "condition.reach")->data;
    double found[CLASSES] = {0}; /* of the one that is not known, too */
    for (size_t i = 0; i < N_KNOWN; i++)
        found[known[i]] = target[i] - target[1];
    assert_close(explanation_find(&a, "condition.found")->data, found, CLASSES, 1e-4, 1e-5);
    for (size_t i = 0; i < N_KNOWN; i++, row += 3) {
        const double want[] = {target[i], target[i] - target[1],
                               gradient[known[i]] - gradient[CLASS]};
        assert_close(row, want, 3, 1e-4, 1e-5);
    }
    explanation_release(&a);
    twin_release(&t[0]);
    twin_release(&t[1]);
    scene_release(&s);
}

/* Also of a target inside G, and of one that does not see the picture. */
static void every_target_has_a_gradient_by_the_class(void **state)
{
    static const char *const targets[] = {"ink", "gen", "pixel:1,2", "unit:0,3"};
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        scene s;
        explanation a;
        scene_init(&s, targets[i]);
        explain_it(&a, &s, false);
        assert_int_equal(a.n_checks, 4);
        const named_array *gradient = explanation_find(&a, "condition.gradient");
        assert_int_equal(gradient->n, CLASSES);
        assert_true(norm(gradient->data, CLASSES) > 1e-3);
        explanation_release(&a);
        explain_it(&a, &s, true);
        assert_int_equal(a.n_checks, 0);
        explanation_release(&a);
        scene_release(&s);
    }
}

/* The picture of z, a little brighter: a reference of its own for each picture. */
static size_t find_brighter(float *reference, const float *x, const void *context)
{
    (void)context;
    for (size_t i = 0; i < PIXELS; i++)
        reference[i] = x[i] + 0.25f;
    return NO_INDEX;
}

/* Not with what each class's picture would be compared with. */
static void
all_classes_are_compared_with_the_reference_of_the_picture_that_was_asked_for(void **state)
{
    scene s;
    explanation a;
    (void)state;
    scene_init(&s, "rec:nearest");
    s.x.target.find_reference = find_brighter;
    explain_it(&a, &s, false);
    const float *x = explanation_find(&a, "condition.pictures")->data;
    const float *row = explanation_find(&a, "condition.reach")->data;
    for (size_t i = 0; i < N_KNOWN; i++) {
        double squares = 0;
        for (size_t k = 0; k < PIXELS; k++) { /* class 2 is the second of those that are known */
            double d = (double)x[i * PIXELS + k] - (double)x[PIXELS + k] - 0.25;
            squares += d * d / PIXELS;
        }
        assert_close(&row[3 * i], &squares, 1, 1e-5, 1e-6);
    }
    explanation_release(&a);
    scene_release(&s);
}

/* More than are explained at a time; the same few again and again. */
static void many_classes_are_judged_each_by_itself(void **state)
{
    scene s;
    explanation a;
    (void)state;
    scene_init(&s, "logit");
    s.x.condition.n_known = EXPLAIN_TILE + CLASSES + 1;
    for (size_t i = 0; i < s.x.condition.n_known; i++)
        s.x.condition.known[i] = i % CLASSES;
    explain_it(&a, &s, true);
    const float *row = explanation_find(&a, "condition.reach")->data;
    for (size_t i = 0; i < s.x.condition.n_known; i++)
        assert_close(&row[3 * i], &row[3 * (i % CLASSES)], 1, 1e-6, 1e-6);
    assert_true(row[0] != row[3] && row[0] != 0);
    explanation_release(&a);
    scene_release(&s);
}

/* Which picture is checked is drawn by lot: each is off by a rounding of its own. */
static void not_always_the_same_picture_is_checked(void **state)
{
    scene s;
    double first = 0;
    size_t n_others = 0;
    (void)state;
    scene_init(&s, "logit");
    for (uint64_t probe = 0; probe < 16; probe++) {
        explanation a;
        explain_with(&a, &s,
                     &(explain_request){.n_top = 3, .black = -1, .white = 1, .probe = probe});
        const explain_check *check = &a.checks[a.n_checks - 1];
        assert_string_equal(check->name, "condition.pictures_against_double");
        first = probe == 0 ? check->value : first;
        n_others += check->value != first;
        explanation_release(&a);
    }
    assert_true(n_others > 3 && n_others < 16);
    scene_release(&s);
}

static void a_model_without_classes_has_no_such_method(void **state)
{
    scene s;
    explain_plan plan = {0};
    error e = {0};
    (void)state;
    scene_init(&s, "logit");
    s.x.condition = (explain_condition){0};
    explain_plan_choose(&plan, "gradient,condition");
    assert_int_equal(explain_plan_fit(&plan, &s.x, &e), -1);
    assert_int_equal(e.status, STATUS_USAGE);
    assert_non_null(strstr(e.message, "method condition is for conditional models"));
    explain_plan_release(&plan);
    explain_plan_choose(&plan, "all");
    size_t n = plan.n;
    assert_int_equal(explain_plan_fit(&plan, &s.x, &e), 0);
    assert_int_equal(plan.n, n - 1);
    for (size_t i = 0; i < plan.n; i++)
        assert_false(plan.methods[i]->needs_class);
    explain_plan_release(&plan);
    scene_release(&s);
}

int main(void)
{
    use_threads(1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_is_drawn_compared_and_judged),
        cmocka_unit_test(every_target_has_a_gradient_by_the_class),
        cmocka_unit_test(
            all_classes_are_compared_with_the_reference_of_the_picture_that_was_asked_for),
        cmocka_unit_test(many_classes_are_judged_each_by_itself),
        cmocka_unit_test(not_always_the_same_picture_is_checked),
        cmocka_unit_test(a_model_without_classes_has_no_such_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
