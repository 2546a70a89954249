/* SPDX-License-Identifier: MIT */
/* nn: penalties on d D / d x and their exact gradients by the parameters, against central
 * differences of the twin's value; cases solved by hand; what they must not touch. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "levels.h"
#include "nets.h"
#include "use_threads.h"
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { ROWS = 5 };
static const float gamma_r1 = 10.0f;

static double half_square(double square) { return square / 2; }
static double square_from_one(double square) { return (sqrt(square) - 1) * (sqrt(square) - 1); }

/* A rule and its phi as a function of |g|^2. */
typedef struct {
    const penalty_rule *rule;
    double (*phi)(double square);
} rule_case;

static const rule_case rules[] = {{&zero_centred_penalty, half_square},
                                  {&one_centred_penalty, square_from_one}};

/* Of rows; no case has more. */
static const uint8_t classes[ROWS] = {2, 0, 1, 2, 2};

/* Piecewise linear ones, where only delta' hdot counts, curved ones, masks, classes, spectral norm.
 */
static const struct {
    const char *spec;
    size_t n_in, n_classes;
} cases[] = {
    {"1", 7, 0},
    {"33:lrelu=0.3,1", 9, 0},
    {"9:relu,7:lrelu,1:linear", 33, 0},
    {"9:tanh,1", 7, 0},
    {"1:tanh", 7, 0},
    {"7:sigmoid,1:sigmoid", 3, 0},
    {"9:tanh,33:sigmoid,7:tanh,1", 7, 0},
    {"9:lrelu=0.3,7:tanh,3:relu,1", 7, 0},
    {"9:tanh,7:lrelu,1", 3, 0},
    {"33:lrelu=0.3:dropout=0.3,1", 9, 0},
    {"33:tanh:dropout=0.4,9:sigmoid:dropout=0.3,1", 7, 0},
    {"9:lrelu:dropout=0.3,7:tanh,9:dropout=0.5,1:sigmoid", 7, 0},
    {"1", 7, 3},
    {"33:lrelu=0.3:dropout=0.3,1", 9, 4},
    {"1:tanh", 7, 3},
    {"9:tanh,33:sigmoid,7:tanh,1", 7, 3},
    {"7:sigmoid:dropout=0.3,9:lrelu,1:sigmoid", 3, 3},
    {"9:sn,1", 7, 0},
    {"9:sn:lrelu,7:tanh,1:sn", 7, 0},
    {"9:sn:tanh:dropout=0.3,7:sn:sigmoid,1:sn:tanh", 3, 3},
};

static network network_of_case(size_t i)
{
    network net = network_of(cases[i].spec, cases[i].n_in);
    if (cases[i].n_classes > 0)
        network_add_classes(&net, cases[i].n_classes);
    fill_trained(&net, i);
    return net;
}

static pass pass_of(size_t i) { return (pass){true, 5, rng_stream(STREAM_DROPOUT, 64 * i)}; }

/* The penalty by the twin's backward pass; context: a rule_case. */
static double penalty_of(twin *t, const double *x, size_t rows, pass p, const void *context)
{
    const rule_case *rule = context;
    size_t n = t->net->n_in;
    double *dy = allocate(rows, sizeof *dy), *dx = allocate(rows * n, sizeof *dx), total = 0;
    for (size_t r = 0; r < rows; r++)
        dy[r] = 1;
    twin_forward(t, x, rows, p);
    twin_backward(t, dy, NULL, dx);
    for (size_t r = 0; r < rows; r++)
        total += rule->phi(double_dot(dx + r * n, dx + r * n, n));
    free(dy), free(dx);
    return (double)gamma_r1 * total / (double)rows;
}

static void penalties_and_their_gradients_are_those_of_central_differences(void **state)
{
    (void)state;
    for (size_t k_case = 0; k_case < COUNT(cases) * COUNT(rules); k_case++) {
        size_t i = k_case / COUNT(rules);
        const rule_case *rule = &rules[k_case % COUNT(rules)];
        network net = network_of_case(i);
        size_t n_x = ROWS * net.n_in, n = net.n_param;
        float *x = draw(n_x, 1), *dparam = allocate(n, sizeof *dparam);
        double *x_double = doubles_of(x, n_x), *want = allocate(n, sizeof *want);
        tape t;
        penalty p;
        twin up, down;
        tape_init(&t, &net, ROWS);
        penalty_init(&p, &net, ROWS);
        twin_init(&up, &net, ROWS);
        twin_init(&down, &net, ROWS);
        t.classes = up.classes = down.classes = classes;
        network_forward(&net, &t, matrix_view(x, ROWS, net.n_in), pass_of(i));
        double got_value = penalty_add(&p, rule->rule, &net, &t, gamma_r1, 1.0f, dparam);
        network_finish_gradient(&net, dparam);
        double want_value = penalty_of(&up, x_double, ROWS, pass_of(i), rule);
        assert_close(&got_value, &want_value, 1, 2e-6, 0);
        for (size_t k = 0; k < n; k++)
            want[k] = (double)dparam[k];
        differences d = {penalty_of, rule, &up, &down, x_double, x_double, ROWS, pass_of(i)};
        assert_true(take_differences(want, d, up.param, down.param, n) <= n / 50);
        assert_close_by_norm(dparam, want, n, 4e-6);
        tape_release(&t), penalty_release(&p), penalty_release(&p);
        twin_release(&up), twin_release(&down), network_release(&net);
        free(x), free(dparam), free(x_double), free(want);
    }
}

/* D(x) = w x + b: g = w, R1 = gamma / 2 |w|^2, its gradient gamma w and 0. */
static void r1_of_a_linear_discriminator_is_solved_by_hand(void **state)
{
    (void)state;
    network net = network_of("1", 3);
    static const float param[] = {1, -2, 3, 5};
    static const double want[] = {10, -20, 30, 0};
    memcpy(net.param, param, sizeof param);
    float *x = draw(ROWS * 3, 2), dparam[4] = {0};
    tape t;
    penalty p;
    tape_init(&t, &net, ROWS);
    penalty_init(&p, &net, ROWS);
    network_forward(&net, &t, matrix_view(x, ROWS, 3), (pass){0});
    double value = penalty_add(&p, &zero_centred_penalty, &net, &t, 10.0f, 1.0f, dparam),
           want_value = 70;
    assert_close(&value, &want_value, 1, 1e-6, 0);
    assert_close(dparam, want, 4, 1e-6, 0);
    tape_release(&t), penalty_release(&p), network_release(&net);
    free(x);
}

/* D(x) = tanh(w x): g = w s, s = 1 - y^2; R1's gradient by w is gamma (w s^2 - 2 w^2 x y s^2). */
static void r1_of_one_tanh_is_solved_by_hand(void **state)
{
    (void)state;
    network net = network_of("1:tanh", 1);
    const double w = (double)0.7f, x = (double)1.3f, y = tanh(w * x), s = 1 - y * y;
    net.param[0] = 0.7f;
    float input = 1.3f, dparam[2] = {0};
    tape t;
    penalty p;
    tape_init(&t, &net, 1);
    penalty_init(&p, &net, 1);
    network_forward(&net, &t, matrix_view(&input, 1, 1), (pass){0});
    double value = penalty_add(&p, &zero_centred_penalty, &net, &t, 2.0f, 1.0f, dparam),
           want_value = w * w * s * s;
    double want[] = {2 * (w * s * s - 2 * w * w * x * y * s * s), 2 * (-2 * w * w * y * s * s)};
    assert_close(&value, &want_value, 1, 1e-6, 0);
    assert_close(dparam, want, 2, 2e-6, 0);
    tape_release(&t), penalty_release(&p), network_release(&net);
}

/* D(x) = w x + b, |w| = 5: gamma (5 - 1)^2, its gradient gamma 2 (5 - 1) w / 5 and 0. */
static void the_one_centred_penalty_is_solved_by_hand(void **state)
{
    (void)state;
    network net = network_of("1", 2);
    static const float param[] = {3, -4, 7};
    static const double want[] = {48, -64, 0};
    memcpy(net.param, param, sizeof param);
    float *x = draw(ROWS * 2, 2), dparam[3] = {0};
    tape t;
    penalty p;
    tape_init(&t, &net, ROWS);
    penalty_init(&p, &net, ROWS);
    network_forward(&net, &t, matrix_view(x, ROWS, 2), (pass){0});
    double value = penalty_add(&p, &one_centred_penalty, &net, &t, 10.0f, 1.0f, dparam),
           want_value = 160;
    assert_close(&value, &want_value, 1, 1e-6, 0);
    assert_close(dparam, want, 3, 1e-6, 0);
    tape_release(&t), penalty_release(&p), network_release(&net);
    free(x);
}

/* A gradient of 0, or one whose length float squares would lose: one, and a direction of length 2
 * or none. */
static void the_one_centred_penalty_is_finite_where_there_is_no_slope(void **state)
{
    (void)state;
    float g[3][2] = {{0, 0}, {1e-30f, 0}, {-3e-40f, 4e-40f}};
    const double want[3][2] = {{0, 0}, {-2, 0}, {1.2, -1.6}};
    double value = one_centred_penalty.value_and_direction(matrix_view(g[0], 3, 2)), want_value = 3;
    assert_close(&value, &want_value, 1, 1e-12, 0);
    assert_close(g[0], want[0], 6, 1e-4, 0);
}

/* Adding: gain times the gradient, to what the loss left there. The value is without gain. */
static void the_gradient_is_added_gain_times(void **state)
{
    (void)state;
    network net = network_of("9:tanh,7:lrelu,1", 7);
    fill_trained(&net, 3);
    size_t n = net.n_param;
    float *x = draw(ROWS * 7, 4), *once = allocate(n, sizeof *once), *added = draw(n, 5);
    double *want = doubles_of(added, n);
    tape t;
    penalty p;
    tape_init(&t, &net, ROWS + 3);
    penalty_init(&p, &net, ROWS + 3);
    network_forward(&net, &t, matrix_view(x, ROWS, 7), (pass){0});
    double value = penalty_add(&p, &zero_centred_penalty, &net, &t, gamma_r1, 1.0f, once);
    double again = penalty_add(&p, &zero_centred_penalty, &net, &t, gamma_r1, 16.0f, added);
    assert_true(value == again);
    for (size_t i = 0; i < n; i++)
        want[i] += 16 * (double)once[i];
    assert_close_by_norm(added, want, n, 1e-6);
    tape_release(&t), penalty_release(&p), network_release(&net);
    free(x), free(once), free(added), free(want);
}

/* The real half of a batch of real and fake rows. */
static void r1_of_a_tape_view_sees_its_rows_alone(void **state)
{
    (void)state;
    network net = network_of("33:lrelu=0.3:dropout=0.3,9:tanh,1", 9);
    fill_trained(&net, 6);
    size_t n = net.n_param;
    float *x = draw(2 * ROWS * 9, 7), *got = allocate(n, sizeof *got),
          *want = allocate(n, sizeof *want);
    tape both, view, alone;
    penalty p;
    tape_init(&both, &net, 2 * ROWS);
    tape_init(&alone, &net, ROWS);
    tape_view_init(&view, &both);
    penalty_init(&p, &net, ROWS);
    network_forward(&net, &both, matrix_view(x, 2 * ROWS, 9), pass_of(0));
    network_forward(&net, &alone, matrix_view(x, ROWS, 9), pass_of(0));
    tape_view_rows(&view, &both, 0, ROWS);
    double got_value = penalty_add(&p, &zero_centred_penalty, &net, &view, gamma_r1, 1.0f, got);
    double want_value = penalty_add(&p, &zero_centred_penalty, &net, &alone, gamma_r1, 1.0f, want);
    assert_close(&got_value, &want_value, 1, 1e-6, 0);
    assert_close_by_norm(got, want, n, 2e-6);
    tape_release(&view), tape_release(&both), tape_release(&alone), penalty_release(&p);
    network_release(&net);
    free(x), free(got), free(want);
}

/* A backward pass after the penalty gives what it gives before it. */
static void the_penalty_leaves_the_tape_as_it_is(void **state)
{
    (void)state;
    network net = network_of("9:tanh:dropout=0.3,7:lrelu,1", 7);
    fill_trained(&net, 8);
    size_t n = net.n_param;
    float *x = draw(ROWS * 7, 9), *before = draw(n, 1), *after = draw(n, 2), *unused = draw(n, 3);
    tape t;
    penalty p;
    tape_init(&t, &net, ROWS);
    penalty_init(&p, &net, ROWS);
    network_forward(&net, &t, matrix_view(x, ROWS, 7), pass_of(0));
    float dy[2][ROWS] = {{1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}};
    network_backward(&net, &t, matrix_view(dy[0], ROWS, 1), before, (matrix){0});
    penalty_add(&p, &zero_centred_penalty, &net, &t, gamma_r1, 1.0f, unused);
    network_backward(&net, &t, matrix_view(dy[1], ROWS, 1), after, (matrix){0});
    assert_memory_equal(after, before, n * sizeof *after);
    tape_release(&t), penalty_release(&p), network_release(&net);
    free(x), free(before), free(after), free(unused);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(penalties_and_their_gradients_are_those_of_central_differences),
        cmocka_unit_test(r1_of_a_linear_discriminator_is_solved_by_hand),
        cmocka_unit_test(r1_of_one_tanh_is_solved_by_hand),
        cmocka_unit_test(the_one_centred_penalty_is_solved_by_hand),
        cmocka_unit_test(the_one_centred_penalty_is_finite_where_there_is_no_slope),
        cmocka_unit_test(the_gradient_is_added_gain_times),
        cmocka_unit_test(r1_of_a_tape_view_sees_its_rows_alone),
        cmocka_unit_test(the_penalty_leaves_the_tape_as_it_is),
    };
    return run_on_every_level("nn_penalty", tests, COUNT(tests));
}
