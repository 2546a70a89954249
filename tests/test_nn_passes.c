/* SPDX-License-Identifier: MIT */
/* nn: forward and backward. The twin is checked by central differences in double, the
 * float passes by the twin, for every kind of layer, at odd sizes. */
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

/* Every kind of layer, first, inside and last; training ones with batch statistics and masks. */
static const struct {
    const char *spec;
    size_t n_in;
    bool is_training;
} cases[] = {
    {"3", 7, false},
    {"1:linear", 1, false},
    {"9:linear,3:relu", 7, false},
    {"33:lrelu=0.3,7:lrelu,3", 9, false},
    {"9:tanh,3:sigmoid", 7, false},
    {"33:sigmoid,9:relu,7:lrelu=0.1,3:tanh", 3, false},
    {"1:lrelu,7:tanh,1", 33, false},
    {"7:bn", 3, true},
    {"9:bn:relu,3", 7, true},
    {"33:bn=1e-1:lrelu=0.3,9:bn:tanh,7:sigmoid", 3, true},
    {"7:bn:sigmoid,3:bn=0.5", 9, true},
    {"33:dropout=0.5,3", 7, true},
    {"9:relu:dropout=0.4,7:tanh:dropout=0.3,3:sigmoid:dropout=0.2", 33, true},
    {"33:lrelu=0.3:dropout=0.3,1", 7, true},
    {"33:bn:lrelu=0.3:dropout=0.3,9:bn=1e-2:tanh:dropout=0.5,3:bn", 7, true},
};

/* A network with an input, and the gradient of some scalar by its output. */
typedef struct {
    network net;
    float *x, *dy;
    double *x_double, *dy_double;
    size_t n_x, n_y;
    pass p;
} setting;

static setting setting_create(size_t i, size_t rows)
{
    setting s = {.net = network_of(cases[i].spec, cases[i].n_in),
                 .p = {cases[i].is_training, 11, rng_stream(STREAM_DROPOUT, 64 * i)}};
    fill_trained(&s.net, i);
    s.n_x = rows * s.net.n_in;
    s.n_y = rows * s.net.n_out;
    s.x = draw(s.n_x, 100 + i);
    s.dy = draw(s.n_y, 200 + i);
    s.x_double = doubles_of(s.x, s.n_x);
    s.dy_double = doubles_of(s.dy, s.n_y);
    return s;
}

static void setting_release(setting *s)
{
    network_release(&s->net);
    free(s->x), free(s->dy), free(s->x_double), free(s->dy_double);
}

/* ---- The twin ---- */

/* sum dy * y: its gradient by y is dy. */
static double weighted_output(twin *t, const double *x, size_t rows, pass p, const void *dy)
{
    const double *y = twin_forward(t, x, rows, p), *weight = dy;
    double total = 0;
    for (size_t i = 0; i < rows * t->net->n_out; i++)
        total += weight[i] * y[i];
    return total;
}

static void the_twins_gradients_are_those_of_central_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        setting s = setting_create(i, ROWS);
        twin t, up, down;
        twin_init(&t, &s.net, ROWS);
        twin_init(&up, &s.net, ROWS);
        twin_init(&down, &s.net, ROWS);
        double *dparam = allocate(s.net.n_param, sizeof *dparam), *dx = allocate(s.n_x, sizeof *dx);
        twin_forward(&t, s.x_double, ROWS, s.p);
        twin_backward(&t, s.dy_double, dparam, dx);
        double *x_up = doubles_of(s.x, s.n_x), *x_down = doubles_of(s.x, s.n_x);
        differences d = {weighted_output, s.dy_double, &up, &down, x_up, x_down, ROWS, s.p};
        double *want_param = allocate(s.net.n_param, sizeof *want_param);
        double *want_x = allocate(s.n_x, sizeof *want_x);
        memcpy(want_param, dparam, s.net.n_param * sizeof *dparam);
        memcpy(want_x, dx, s.n_x * sizeof *dx);
        size_t n_kinks = take_differences(want_param, d, up.param, down.param, s.net.n_param) +
                         take_differences(want_x, d, x_up, x_down, s.n_x);
        assert_true(n_kinks <= (s.net.n_param + s.n_x) / 100);
        assert_close(dparam, want_param, s.net.n_param, 1e-7, 1e-8);
        assert_close(dx, want_x, s.n_x, 1e-7, 1e-8);
        twin_release(&t), twin_release(&up), twin_release(&down), setting_release(&s);
        free(dparam), free(dx), free(x_up), free(x_down), free(want_param), free(want_x);
    }
}

static void the_twin_gives_either_gradient_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        setting s = setting_create(i, ROWS);
        twin t;
        twin_init(&t, &s.net, ROWS);
        double *dparam[2], *dx[2];
        for (int k = 0; k < 2; k++) {
            dparam[k] = allocate(s.net.n_param, sizeof **dparam);
            dx[k] = allocate(s.n_x, sizeof **dx);
        }
        twin_forward(&t, s.x_double, ROWS, s.p);
        twin_backward(&t, s.dy_double, dparam[0], dx[0]);
        twin_backward(&t, s.dy_double, dparam[1], NULL);
        twin_backward(&t, s.dy_double, NULL, dx[1]);
        assert_memory_equal(dparam[1], dparam[0], s.net.n_param * sizeof **dparam);
        assert_memory_equal(dx[1], dx[0], s.n_x * sizeof **dx);
        for (int k = 0; k < 2; k++)
            free(dparam[k]), free(dx[k]);
        twin_release(&t), setting_release(&s);
    }
}

static void a_kink_is_noticed_where_a_pre_activation_changes_sign(void **state)
{
    (void)state;
    network net = network_of("1:lrelu", 1);
    net.param[0] = 1;
    twin a, b;
    twin_init(&a, &net, 2);
    twin_init(&b, &net, 2);
    static const double x[][2] = {{1, -1}, {2, -2}, {2, 2}};
    twin_forward(&a, x[0], 2, (pass){0});
    twin_forward(&b, x[1], 2, (pass){0});
    assert_false(twin_has_kink_between(&a, &b));
    twin_forward(&b, x[2], 2, (pass){0});
    assert_true(twin_has_kink_between(&a, &b));
    twin_release(&a), twin_release(&b), network_release(&net);
}

/* Weights that are borrowed go through tensor's products, copies through the textbook's loops. */
static void a_borrowing_twin_is_one_with_copies(void **state)
{
    (void)state;
    enum { MANY = 9 };
    network net = network_of("33:lrelu=0.2,9:relu,31:tanh,3:sigmoid", 13);
    fill_trained(&net, 1);
    float *x = draw(MANY * 13, 2), *dy = draw(MANY * 3, 3);
    double *in = doubles_of(x, MANY * 13), *out = doubles_of(dy, MANY * 3), dx[2][MANY * 13];
    twin t[2];
    twin_init(&t[0], &net, MANY);
    twin_init_borrowing(&t[1], &net, MANY);
    for (size_t i = 0; i < 2; i++) {
        twin_forward(&t[i], in, MANY, (pass){0});
        twin_backward(&t[i], out, NULL, dx[i]);
    }
    assert_close_by_norm(t[1].output[3], t[0].output[3], MANY * 3, 1e-14);
    assert_close_by_norm(dx[1], dx[0], MANY * 13, 1e-14);
    twin_forward(&t[1], in, MANY, (pass){0});
    twin_keep_first_row(&t[1]);
    twin_backward(&t[1], out, NULL, dx[0]);
    assert_memory_equal(dx[0], dx[1], 13 * sizeof(double));
    free(x), free(dy), free(in), free(out);
    twin_release(&t[0]), twin_release(&t[1]), network_release(&net);
}

/* ---- Forward and backward ---- */

/* Not 2: there batchnorm's gradient is what eps leaves of a difference of equal numbers. */
static const size_t batch_sizes[] = {3, 5, 33};

static void forward_matches_the_twin(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(batch_sizes); k++) {
            size_t rows = batch_sizes[k];
            setting s = setting_create(i, rows);
            tape t;
            twin w;
            tape_init(&t, &s.net, 33);
            twin_init(&w, &s.net, 33);
            matrix y = network_forward(&s.net, &t, matrix_view(s.x, rows, s.net.n_in), s.p);
            assert_true(y.rows == rows && y.cols == s.net.n_out && y.stride == y.cols);
            assert_close_by_norm(y.data, twin_forward(&w, s.x_double, rows, s.p), s.n_y, 2e-6);
            for (size_t l = 0; l < s.net.n_layers; l++)
                assert_close_by_norm(t.slope[l], w.slope[l], rows * s.net.layers[l].n_out, 4e-6);
            tape_release(&t), twin_release(&w), setting_release(&s);
        }
}

static void backward_matches_the_twin(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t k = 0; k < COUNT(batch_sizes); k++) {
            size_t rows = batch_sizes[k];
            setting s = setting_create(i, rows);
            tape t;
            twin w;
            tape_init(&t, &s.net, rows);
            twin_init(&w, &s.net, rows);
            float *dparam = draw(s.net.n_param, 1), *dx = draw(s.n_x, 2);
            double *want_param = allocate(s.net.n_param, sizeof *want_param);
            double *want_x = allocate(s.n_x, sizeof *want_x);
            network_forward(&s.net, &t, matrix_view(s.x, rows, s.net.n_in), s.p);
            network_backward(&s.net, &t, matrix_view(s.dy, rows, s.net.n_out), dparam,
                             matrix_view(dx, rows, s.net.n_in));
            twin_forward(&w, s.x_double, rows, s.p);
            twin_backward(&w, s.dy_double, want_param, want_x);
            assert_close_by_norm(dparam, want_param, s.net.n_param, 5e-6);
            assert_close_by_norm(dx, want_x, s.n_x, 5e-6);
            tape_release(&t), twin_release(&w), setting_release(&s);
            free(dparam), free(dx), free(want_param), free(want_x);
        }
}

/* Training skips dx, explaining skips dparam; neither changes the other's bits, nor the network. */
static void backward_gives_either_gradient_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        float *dparam[3], *dx[3];
        for (size_t k = 0; k < 3; k++) {
            setting s = setting_create(i, ROWS);
            tape t;
            tape_init(&t, &s.net, ROWS);
            dparam[k] = draw(s.net.n_param, k);
            dx[k] = draw(s.n_x, k);
            matrix wanted = k == 1 ? (matrix){0} : matrix_view(dx[k], ROWS, s.net.n_in);
            float *before = allocate(s.net.n_param, sizeof *before);
            memcpy(before, s.net.param, s.net.n_param * sizeof *before);
            network_forward(&s.net, &t, matrix_view(s.x, ROWS, s.net.n_in), s.p);
            network_backward(&s.net, &t, matrix_view(s.dy, ROWS, s.net.n_out),
                             k == 2 ? NULL : dparam[k], wanted);
            assert_memory_equal(s.net.param, before, s.net.n_param * sizeof *before);
            if (k == 1)
                assert_memory_equal(dparam[1], dparam[0], s.net.n_param * sizeof **dparam);
            if (k == 2)
                assert_memory_equal(dx[2], dx[0], s.n_x * sizeof **dx);
            free(before), tape_release(&t), setting_release(&s);
        }
        for (size_t k = 0; k < 3; k++)
            free(dparam[k]), free(dx[k]);
    }
}

static void a_tape_serves_batches_of_any_size_up_to_its_own(void **state)
{
    (void)state;
    setting s = setting_create(14, 33);
    tape big, own;
    tape_init(&big, &s.net, 33);
    for (size_t rows = 33; rows >= 2; rows = rows / 2 + (rows == 3)) {
        tape_init(&own, &s.net, rows);
        matrix x = matrix_view(s.x, rows, s.net.n_in);
        matrix got = network_forward(&s.net, &big, x, s.p);
        matrix want = network_forward(&s.net, &own, x, s.p);
        assert_memory_equal(got.data, want.data, rows * s.net.n_out * sizeof(float));
        tape_release(&own);
    }
    tape_release(&big), tape_release(&big), setting_release(&s);
}

static void the_last_layer_may_write_where_the_caller_says(void **state)
{
    (void)state;
    setting s = setting_create(5, ROWS);
    tape t;
    tape_init(&t, &s.net, ROWS);
    float *want = allocate(s.n_y, sizeof *want), *place = draw(s.n_y, 3);
    matrix x = matrix_view(s.x, ROWS, s.net.n_in);
    memcpy(want, network_forward(&s.net, &t, x, s.p).data, s.n_y * sizeof *want);
    for (int k = 0; k < 2; k++) { /* twice: the first place is the caller's to free */
        tape_place_output(&t, place);
        assert_ptr_equal(network_forward(&s.net, &t, x, s.p).data, place);
        assert_memory_equal(place, want, s.n_y * sizeof *want);
    }
    tape_release(&t), setting_release(&s);
    free(want), free(place);
}

static void layers_and_streams_draw_masks_of_their_own(void **state)
{
    (void)state;
    network net = network_of("64:dropout=0.5,64:dropout=0.5", 3);
    float *x = draw(ROWS * 3, 1);
    tape a, b;
    tape_init(&a, &net, ROWS);
    tape_init(&b, &net, ROWS);
    network_forward(&net, &a, matrix_view(x, ROWS, 3), (pass){true, 1, 10});
    network_forward(&net, &b, matrix_view(x, ROWS, 3), (pass){true, 1, 11});
    size_t n = ROWS * 64 * sizeof(float);
    assert_memory_not_equal(a.slope[0], a.slope[1], n);
    assert_memory_not_equal(a.slope[0], b.slope[0], n);
    assert_memory_equal(a.slope[1], b.slope[0], n); /* layer i draws from stream + i */
    network_forward(&net, &b, matrix_view(x, ROWS, 3), (pass){true, 2, 10});
    assert_memory_not_equal(a.slope[0], b.slope[0], n);
    network_forward(&net, &b, matrix_view(x, ROWS, 3), (pass){true, 1, 10});
    assert_memory_equal(a.slope[0], b.slope[0], n);
    tape_release(&a), tape_release(&b), network_release(&net);
    free(x);
}

/* momentum 0.99 and the biased variance, of means and variances alike. */
static void running_statistics_move_towards_the_batch(void **state)
{
    (void)state;
    network net = network_of("7:bn:relu,3,9:bn", 4);
    fill_trained(&net, 1);
    float *x = draw(ROWS * 4, 2);
    double *before = doubles_of(net.stats, net.n_stats), *x_double = doubles_of(x, ROWS * 4);
    tape t;
    twin w;
    tape_init(&t, &net, ROWS);
    twin_init(&w, &net, ROWS);
    network_forward(&net, &t, matrix_view(x, ROWS, 4), (pass){.is_training = true});
    network_update_stats(&net, &t, 0.99f);
    twin_forward(&w, x_double, ROWS, (pass){.is_training = true});
    /* the first layer's product, by hand; the third's by the twin's moments */
    double *want = before, momentum = (double)0.99f;
    for (size_t o = 0; o < 7; o++) {
        double y[ROWS], mean = 0, variance = 0;
        for (size_t r = 0; r < ROWS; r++) {
            y[r] = 0;
            for (size_t i = 0; i < 4; i++)
                y[r] += (double)net.layers[0].weight.data[o * 4 + i] * x_double[r * 4 + i];
            mean += y[r] / ROWS;
        }
        for (size_t r = 0; r < ROWS; r++)
            variance += (y[r] - mean) * (y[r] - mean) / ROWS;
        want[o] = momentum * want[o] + (1 - momentum) * mean;
        want[7 + o] = momentum * want[7 + o] + (1 - momentum) * variance;
    }
    for (size_t o = 0; o < 9; o++) {
        double std = 1 / w.inverse_std[2][o], variance = std * std - (double)net.layers[2].eps;
        double mean = 0;
        const layer *l = &net.layers[2];
        for (size_t r = 0; r < ROWS; r++)
            for (size_t i = 0; i < 3; i++)
                mean += (double)l->weight.data[o * 3 + i] * w.output[1][r * 3 + i] / ROWS;
        want[14 + o] = momentum * want[14 + o] + (1 - momentum) * mean;
        want[23 + o] = momentum * want[23 + o] + (1 - momentum) * variance;
    }
    assert_close(net.stats, want, net.n_stats, 5e-7, 1e-7);
    tape_release(&t), twin_release(&w), network_release(&net);
    free(x), free(before), free(x_double);
}

/* ---- Tape views ---- */

static void a_tape_view_goes_back_over_its_rows_alone(void **state)
{
    (void)state;
    enum { FIRST = 3, N = 5, ALL = 9 };
    static const size_t without_batchnorm[] = {0, 2, 3, 4, 5, 6, 11, 12, 13};
    for (size_t k = 0; k < COUNT(without_batchnorm); k++) {
        setting s = setting_create(without_batchnorm[k], ALL);
        size_t n_in = s.net.n_in, n_out = s.net.n_out;
        tape t, view;
        twin w;
        tape_init(&t, &s.net, ALL);
        tape_view_init(&view, &t);
        twin_init(&w, &s.net, ALL);
        network_forward(&s.net, &t, matrix_view(s.x, ALL, n_in), s.p);
        tape_view_rows(&view, &t, FIRST, N);
        float *dparam = draw(s.net.n_param, 1), *dx = draw(N * n_in, 2);
        network_backward(&s.net, &view, matrix_view(s.dy + FIRST * n_out, N, n_out), dparam,
                         matrix_view(dx, N, n_in));
        /* the same as all rows with a gradient of zero for the others */
        for (size_t i = 0; i < s.n_y; i++)
            if (i / n_out < FIRST || i / n_out >= FIRST + N)
                s.dy_double[i] = 0;
        double *want_param = allocate(s.net.n_param, sizeof *want_param);
        double *want_x = allocate(s.n_x, sizeof *want_x);
        twin_forward(&w, s.x_double, ALL, s.p);
        twin_backward(&w, s.dy_double, want_param, want_x);
        assert_close_by_norm(dparam, want_param, s.net.n_param, 5e-6);
        assert_close_by_norm(dx, want_x + FIRST * n_in, N * n_in, 5e-6);
        tape_release(&view), tape_release(&t), twin_release(&w), setting_release(&s);
        free(dparam), free(dx), free(want_param), free(want_x);
    }
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_twins_gradients_are_those_of_central_differences),
        cmocka_unit_test(the_twin_gives_either_gradient_alone),
        cmocka_unit_test(a_kink_is_noticed_where_a_pre_activation_changes_sign),
        cmocka_unit_test(a_borrowing_twin_is_one_with_copies),
        cmocka_unit_test(forward_matches_the_twin),
        cmocka_unit_test(backward_matches_the_twin),
        cmocka_unit_test(backward_gives_either_gradient_alone),
        cmocka_unit_test(a_tape_serves_batches_of_any_size_up_to_its_own),
        cmocka_unit_test(the_last_layer_may_write_where_the_caller_says),
        cmocka_unit_test(layers_and_streams_draw_masks_of_their_own),
        cmocka_unit_test(running_statistics_move_towards_the_batch),
        cmocka_unit_test(a_tape_view_goes_back_over_its_rows_alone),
    };
    return run_on_every_level("nn_passes", tests, COUNT(tests));
}
