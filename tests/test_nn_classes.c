/* SPDX-License-Identifier: MIT */
/* nn: a last layer with an embedding, whose weights are what the row's class makes of them. Passes
 * against the twin, the twin against central differences, values solved by hand. */
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

enum { ROWS = 9 };

/* All of one class, some of none, at odd sizes. */
static const uint8_t classes[ROWS] = {2, 0, 1, 2, 2, 0, 2, 1, 0};

static const struct {
    const char *spec;
    size_t n_in, n_classes;
    bool is_training;
} cases[] = {
    {"1", 7, 3, false},
    {"33:lrelu=0.3,1", 9, 3, false},
    {"9:relu,7:lrelu,1:tanh", 33, 4, false},
    {"1:sigmoid", 1, 3, false},
    {"33:tanh:dropout=0.4,9:lrelu:dropout=0.3,1", 7, 3, true},
    {"7:bn:relu,1:bn:tanh", 3, 3, true},
};

static network network_of_case(size_t i)
{
    network net = network_of(cases[i].spec, cases[i].n_in);
    network_add_classes(&net, cases[i].n_classes);
    fill_trained(&net, i);
    return net;
}

static pass pass_of(size_t i)
{
    return (pass){cases[i].is_training, 7, rng_stream(STREAM_DROPOUT, 64 * i)};
}

/* ---- Gradients ---- */

/* sum dy * y: its gradient by y is dy. */
static double weighted_output(twin *t, const double *x, size_t rows, pass p, const void *dy)
{
    return double_dot(dy, twin_forward(t, x, rows, p), rows);
}

static void the_twins_gradients_are_those_of_central_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        network net = network_of_case(i);
        size_t n = net.n_param, n_x = ROWS * net.n_in;
        float *x = draw(n_x, i), *dy = draw(ROWS, 50 + i);
        double *x_up = doubles_of(x, n_x), *x_down = doubles_of(x, n_x), *w = doubles_of(dy, ROWS);
        double *dparam = allocate(n, sizeof *dparam), *dx = allocate(n_x, sizeof *dx);
        double *want = allocate(n, sizeof *want), *want_x = allocate(n_x, sizeof *want_x);
        twin t, up, down;
        twin_init(&t, &net, ROWS);
        twin_init(&up, &net, ROWS);
        twin_init(&down, &net, ROWS);
        t.classes = up.classes = down.classes = classes;
        twin_forward(&t, x_up, ROWS, pass_of(i));
        twin_backward(&t, w, dparam, dx);
        differences d = {weighted_output, w, &up, &down, x_up, x_down, ROWS, pass_of(i)};
        memcpy(want, dparam, n * sizeof *want);
        memcpy(want_x, dx, n_x * sizeof *want_x);
        assert_int_equal(take_differences(want, d, up.param, down.param, n), 0);
        assert_int_equal(take_differences(want_x, d, x_up, x_down, n_x), 0);
        assert_close(dparam, want, n, 1e-7, 1e-8);
        assert_close(dx, want_x, n_x, 1e-7, 1e-8);
        twin_release(&t), twin_release(&up), twin_release(&down), network_release(&net);
        free(x), free(dy), free(x_up), free(x_down), free(w);
        free(dparam), free(dx), free(want), free(want_x);
    }
}

static void forward_and_backward_match_the_twin(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        network net = network_of_case(i);
        size_t n = net.n_param, n_x = ROWS * net.n_in;
        float *x = draw(n_x, i), *dy = draw(ROWS, 50 + i), *dparam = draw(n, 1), *dx = draw(n_x, 2);
        double *x_double = doubles_of(x, n_x), *w = doubles_of(dy, ROWS);
        double *want = allocate(n, sizeof *want), *want_x = allocate(n_x, sizeof *want_x);
        tape t;
        twin plain;
        tape_init(&t, &net, ROWS);
        twin_init(&plain, &net, ROWS);
        t.classes = plain.classes = classes;
        matrix y = network_forward(&net, &t, matrix_view(x, ROWS, net.n_in), pass_of(i));
        assert_close_by_norm(y.data, twin_forward(&plain, x_double, ROWS, pass_of(i)), ROWS, 2e-6);
        network_backward(&net, &t, matrix_view(dy, ROWS, 1), dparam,
                         matrix_view(dx, ROWS, net.n_in));
        twin_backward(&plain, w, want, want_x);
        assert_close_by_norm(dparam, want, n, 5e-6);
        assert_close_by_norm(dx, want_x, n_x, 5e-6);
        tape_release(&t), twin_release(&plain), network_release(&net);
        free(x), free(dy), free(dparam), free(dx), free(x_double), free(w), free(want);
        free(want_x);
    }
}

/* Classes, too, are those of the view's rows; a class that no row has gets a gradient of zero. */
static void a_view_reads_the_classes_of_its_rows(void **state)
{
    (void)state;
    enum { FIRST = 3, N = 4 };
    network net = network_of_case(1);
    size_t n = net.n_param;
    float *x = draw(ROWS * 9, 1), *dy[2] = {draw(N, 2), draw(N, 2)}, *got = draw(n, 3),
          *want = draw(n, 4);
    tape all, view, alone;
    tape_init(&all, &net, ROWS);
    tape_init(&alone, &net, N);
    tape_view_init(&view, &all);
    all.classes = classes;
    alone.classes = classes + FIRST;
    network_forward(&net, &all, matrix_view(x, ROWS, 9), (pass){0});
    network_forward(&net, &alone, matrix_view(x + FIRST * 9, N, 9), (pass){0});
    tape_view_rows(&view, &all, FIRST, N);
    network_backward(&net, &view, matrix_view(dy[0], N, 1), got, (matrix){0});
    network_backward(&net, &alone, matrix_view(dy[1], N, 1), want, (matrix){0});
    double *expected = doubles_of(want, n);
    assert_close_by_norm(got, expected, n, 1e-6);
    ptrdiff_t of_class_1 = net.layers[1].embedding.data + 33 - net.param;
    for (size_t k = 0; k < 33; k++)
        assert_true(got[of_class_1 + (ptrdiff_t)k] == 0.0f);
    tape_release(&view), tape_release(&all), tape_release(&alone), network_release(&net);
    free(x), free(dy[0]), free(dy[1]), free(got), free(want), free(expected);
}

/* ---- By hand ---- */

/* w = (1, 2), b = 10, e_0 = (0, 0), e_1 = (3, -1): of x = (5, 7) the logits are 29 and 29 + 8. */
static void logits_and_gradients_are_solved_by_hand(void **state)
{
    (void)state;
    static const float param[] = {1, 2, 10, 0, 0, 3, -1};
    static const double want_y[] = {29, 37}, want[] = {25, 35, 5, 10, 14, 15, 21};
    static const double want_x[] = {2, 4, 12, 3};
    float x[] = {5, 7, 5, 7}, dy[] = {2, 3}, dparam[7] = {9, 9, 9, 9, 9, 9, 9}, dx[4];
    network net = network_of("1", 2);
    network_add_classes(&net, 2);
    assert_int_equal(net.n_param, COUNT(param));
    memcpy(net.param, param, sizeof param);
    tape t;
    tape_init(&t, &net, 2);
    t.classes = (const uint8_t[]){0, 1};
    assert_close(network_forward(&net, &t, matrix_view(x, 2, 2), (pass){0}).data, want_y, 2, 0, 0);
    network_backward(&net, &t, matrix_view(dy, 2, 1), dparam, matrix_view(dx, 2, 2));
    assert_close(dparam, want, 7, 0, 0);
    assert_close(dx, want_x, 4, 0, 0);
    tape_release(&t), network_release(&net);
}

/* R1 of a linear D: gamma / 2 times the mean of |w + e_c|^2; its gradient by e_c is gamma (w + e_c)
 * times the share of rows of that class, and by w the sum of these. */
static void r1_of_a_linear_projection_is_solved_by_hand(void **state)
{
    (void)state;
    static const float param[] = {1, 2, 10, 0, 0, 3, -1};
    static const double want[] = {3 * 4 + 1 * 1, 3 * 1 + 1 * 2, 0, 1, 2, 3 * 4, 3 * 1};
    float x[8] = {0}, dparam[7] = {0};
    double want_value = 4 * 0.5 * (0.25 * 5 + 0.75 * 17);
    network net = network_of("1", 2);
    network_add_classes(&net, 2);
    memcpy(net.param, param, sizeof param);
    tape t;
    penalty p;
    tape_init(&t, &net, 4);
    penalty_init(&p, &net, 4);
    t.classes = (const uint8_t[]){1, 0, 1, 1};
    network_forward(&net, &t, matrix_view(x, 4, 2), (pass){0});
    double value = penalty_add(&p, &zero_centred_penalty, &net, &t, 4.0f, 1.0f, dparam);
    assert_close(&value, &want_value, 1, 1e-7, 0);
    assert_close(dparam, want, 7, 1e-6, 0);
    tape_release(&t), penalty_release(&p), network_release(&net);
}

/* ---- The network ---- */

static void classes_begin_at_zero_behind_all_other_parameters(void **state)
{
    (void)state;
    network net = network_of("7:bn:relu,1", 5), plain;
    fill_trained(&net, 1);
    network_copy(&plain, &net);
    network_add_classes(&net, 3);
    assert_int_equal(net.n_classes, 3);
    assert_int_equal(net.n_param, plain.n_param + 21);
    assert_memory_equal(net.param, plain.param, plain.n_param * sizeof(float));
    assert_memory_equal(net.stats, plain.stats, plain.n_stats * sizeof(float));
    named_tensor e = network_tensor(&net, network_count_tensors(&plain));
    assert_int_equal(network_count_tensors(&net), network_count_tensors(&plain) + 1);
    assert_string_equal(e.name, "embedding.weight");
    assert_true(e.rank == 2 && e.shape[0] == 3 && e.shape[1] == 7 && e.n == 21 && !e.is_statistic);
    assert_ptr_equal(e.data, net.param + plain.n_param);
    assert_ptr_equal(e.data, net.layers[1].embedding.data);
    assert_string_equal(network_tensor_at(&net, net.n_param - 1).name, "embedding.weight");
    for (size_t k = 0; k < e.n; k++)
        assert_true(e.data[k] == 0.0f);
    network_release(&net), network_release(&plain);
}

/* Glorot's, whatever the layers get, which are what they are without classes. */
static void initial_embeddings_are_drawn_after_all_layers(void **state)
{
    (void)state;
    for (const weight_filling *f = weight_fillings; f->name; f++) {
        network net = network_of("40:relu,1", 5), plain = network_of("40:relu,1", 5);
        network_add_classes(&net, 10);
        rng a = rng_init(3, 0), b = rng_init(3, 0);
        f->fill(&net, &a);
        f->fill(&plain, &b);
        assert_memory_equal(net.param, plain.param, plain.n_param * sizeof(float));
        const float *e = net.layers[1].embedding.data;
        float largest = 0, limit = sqrtf(6.0f / 50);
        for (size_t k = 0; k < 400; k++)
            largest = fmaxf(largest, fabsf(e[k]));
        assert_true(largest <= limit && largest > 0.95f * limit);
        network_release(&net), network_release(&plain);
    }
}

/* Folded and copied networks have classes of their own; a chosen class leaves a plain network. */
static void a_chosen_class_leaves_the_logits_of_its_rows(void **state)
{
    (void)state;
    network net = network_of("9:bn:lrelu,1:bn", 7), copy, folded;
    network_add_classes(&net, 3);
    fill_trained(&net, 5);
    float *x = draw(ROWS * 7, 6);
    double *x_double = doubles_of(x, ROWS * 7);
    tape t;
    twin want;
    network_copy(&copy, &net);
    network_fold(&folded, &copy);
    twin_init(&want, &net, ROWS);
    tape_init(&t, &folded, ROWS);
    t.classes = want.classes = classes;
    const double *logits = twin_forward(&want, x_double, ROWS, (pass){0});
    assert_close(network_forward(&folded, &t, matrix_view(x, ROWS, 7), (pass){0}).data, logits,
                 ROWS, 2e-6, 2e-6);
    for (size_t c = 0; c < 3; c++) {
        network of_class;
        network_copy(&of_class, &folded);
        network_choose_class(&of_class, c);
        assert_int_equal(of_class.n_param, 9 * 8 + 10);
        assert_int_equal(network_count_tensors(&of_class), 4);
        const float *y = network_forward(&of_class, &t, matrix_view(x, ROWS, 7), (pass){0}).data;
        for (size_t r = 0; r < ROWS; r++)
            if (classes[r] == c)
                assert_close(y + r, logits + r, 1, 2e-6, 2e-6);
        network_release(&of_class);
    }
    tape_release(&t), twin_release(&want);
    network_release(&net), network_release(&copy), network_release(&folded);
    free(x), free(x_double);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_twins_gradients_are_those_of_central_differences),
        cmocka_unit_test(forward_and_backward_match_the_twin),
        cmocka_unit_test(a_view_reads_the_classes_of_its_rows),
        cmocka_unit_test(logits_and_gradients_are_solved_by_hand),
        cmocka_unit_test(r1_of_a_linear_projection_is_solved_by_hand),
        cmocka_unit_test(classes_begin_at_zero_behind_all_other_parameters),
        cmocka_unit_test(initial_embeddings_are_drawn_after_all_layers),
        cmocka_unit_test(a_chosen_class_leaves_the_logits_of_its_rows),
    };
    return run_on_every_level("nn_classes", tests, COUNT(tests));
}
