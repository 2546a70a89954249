/* SPDX-License-Identifier: MIT */
/* nn: spectral norm. Gradients by the parameters against the twin's, these against central
 * differences; values solved by hand; what networks with it keep and what of it is stored. */
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

static const uint8_t classes[ROWS] = {2, 0, 1, 2, 2, 0, 2, 1, 0};

static const struct {
    const char *spec;
    size_t n_in, n_classes;
    bool is_training;
} cases[] = {
    {"1:sn", 7, 0, false},
    {"3:sn:tanh", 1, 0, false},
    {"33:sn:lrelu=0.3,9:relu,7:sn:sigmoid", 9, 0, false},
    {"33:lrelu=0.3,1:sn", 9, 3, false},
    {"9:sn:tanh:dropout=0.4,7:bn:lrelu,1:sn:tanh", 33, 3, true},
};

static network network_of_case(size_t i)
{
    network net = network_of(cases[i].spec, cases[i].n_in);
    if (cases[i].n_classes > 0)
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
    return double_dot(dy, twin_forward(t, x, rows, p), rows * t->net->n_out);
}

static void the_twins_gradients_are_those_of_central_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        network net = network_of_case(i);
        size_t n = net.n_param, n_x = ROWS * net.n_in, n_y = ROWS * net.n_out;
        float *x = draw(n_x, i), *dy = draw(n_y, 50 + i);
        double *x_double = doubles_of(x, n_x), *weight = doubles_of(dy, n_y);
        double *dparam = allocate(n, sizeof *dparam), *want = allocate(n, sizeof *want);
        twin up, down;
        twin_init(&up, &net, ROWS);
        twin_init(&down, &net, ROWS);
        up.classes = down.classes = classes;
        twin_forward(&up, x_double, ROWS, pass_of(i));
        twin_backward(&up, weight, dparam, NULL);
        memcpy(want, dparam, n * sizeof *want);
        differences d = {weighted_output, weight, &up, &down, x_double, x_double, ROWS, pass_of(i)};
        assert_true(take_differences(want, d, up.param, down.param, n) <= n / 100);
        assert_close(dparam, want, n, 1e-7, 1e-8);
        twin_release(&up), twin_release(&down), network_release(&net);
        free(x), free(dy), free(x_double), free(weight), free(dparam), free(want);
    }
}

static void passes_match_the_twin(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        network net = network_of_case(i);
        size_t n = net.n_param, n_x = ROWS * net.n_in, n_y = ROWS * net.n_out;
        float *x = draw(n_x, i), *dy = draw(n_y, 50 + i), *dparam = draw(n, 1), *dx = draw(n_x, 2);
        double *x_double = doubles_of(x, n_x), *weight = doubles_of(dy, n_y);
        double *want = allocate(n, sizeof *want), *want_x = allocate(n_x, sizeof *want_x);
        tape t;
        twin w;
        tape_init(&t, &net, ROWS);
        twin_init(&w, &net, ROWS);
        t.classes = w.classes = classes;
        matrix y = network_forward(&net, &t, matrix_view(x, ROWS, net.n_in), pass_of(i));
        assert_close_by_norm(y.data, twin_forward(&w, x_double, ROWS, pass_of(i)), n_y, 2e-6);
        network_backward(&net, &t, matrix_view(dy, ROWS, net.n_out), dparam,
                         matrix_view(dx, ROWS, net.n_in));
        network_finish_gradient(&net, dparam);
        twin_backward(&w, weight, want, want_x);
        assert_close_by_norm(dparam, want, n, 5e-6);
        assert_close_by_norm(dx, want_x, n_x, 5e-6);
        tape_release(&t), twin_release(&w), network_release(&net);
        free(x), free(dy), free(dparam), free(dx), free(x_double), free(weight), free(want);
        free(want_x);
    }
}

/* ---- By hand ---- */

/* W = (3, 4): sigma 5, u 1, v (0.6, 0.8), N = v. Of g = (1, 0), g . N = 0.6:
 * (1 - 0.36, -0.48) / 5. */
static void a_row_is_divided_by_its_length(void **state)
{
    (void)state;
    network net = network_of("1:sn", 2);
    memcpy(net.param, (float[]){3, 4, 7}, 3 * sizeof(float));
    net.layers[0].weight_norm.u[0] = 1;
    network_normalise(&net, 1);
    float gradient[] = {1, 0, 9};
    network_finish_gradient(&net, gradient);
    assert_close(net.layers[0].weight.data, ((double[]){0.6, 0.8}), 2, 1e-6, 0);
    assert_close(gradient, ((double[]){0.128, -0.096, 9}), 3, 1e-6, 0);
    assert_true(net.param[0] == 3 && net.param[1] == 4 && net.param[2] == 7);
    assert_true(net.layers[0].bias[0] == 7);
    network_release(&net);
}

/* diag(4, 1) from u = (1, 1) / sqrt 2: one iteration makes v = (4, 1) / sqrt 17 and
 * u = (16, 1) / sqrt 257, sigma = |W v| = sqrt(257 / 17). */
static void one_iteration_is_solved_by_hand(void **state)
{
    (void)state;
    network net = network_of("2:sn", 2);
    memcpy(net.param, (float[]){4, 0, 0, 1}, 4 * sizeof(float));
    const spectral_norm *s = &net.layers[0].weight_norm;
    s->u[0] = s->u[1] = sqrtf(0.5f);
    network_normalise(&net, 1);
    double root = sqrt(17), long_root = sqrt(257), sigma = long_root / root;
    assert_close(s->v, ((double[]){4 / root, 1 / root}), 2, 1e-6, 0);
    assert_close(s->u, ((double[]){16 / long_root, 1 / long_root}), 2, 1e-6, 0);
    assert_close(&s->sigma, &sigma, 1, 1e-6, 0);
    assert_close(net.layers[0].weight.data, ((double[]){4 / sigma, 0, 0, 1 / sigma}), 4, 1e-6, 0);
    network_release(&net);
}

/* Bytes of a run that is resumed: what an update left is found again without iterating. */
static void normalising_anew_changes_no_bit(void **state)
{
    (void)state;
    network net = network_of_case(4), copy;
    network_normalise(&net, 1);
    network_copy(&copy, &net);
    assert_memory_equal(copy.normal, net.normal, net.n_normal * sizeof(float));
    assert_true(copy.layers[0].weight_norm.sigma == net.layers[0].weight_norm.sigma);
    memset(copy.normal, 0, copy.n_normal * sizeof(float));
    network_normalise(&copy, 0);
    assert_memory_equal(copy.normal, net.normal, net.n_normal * sizeof(float));
    assert_memory_equal(copy.stats, net.stats, net.n_stats * sizeof(float));
    assert_true(copy.layers[0].weight_norm.sigma == net.layers[0].weight_norm.sigma);
    network_normalise(&copy, 1);
    assert_memory_not_equal(copy.stats, net.stats, net.n_stats * sizeof(float));
    network_release(&net), network_release(&copy);
}

/* ---- The network ---- */

/* The largest singular value is near 1 from the start on: many more iterations find little more. */
static void initial_weights_stretch_nothing(void **state)
{
    (void)state;
    for (const weight_filling *f = weight_fillings; f->name; f++) {
        network net = network_of("40:sn:relu,1:sn", 30), exact;
        network_add_classes(&net, 10);
        rng r = rng_init(5, 0);
        f->fill(&net, &r);
        network_start_norms(&net, &r);
        network_copy(&exact, &net);
        network_normalise(&exact, 1000);
        const layer *got = net.layers, *want = exact.layers;
        const float sigmas[][3] = {
            {got->weight_norm.sigma, got[1].weight_norm.sigma, got[1].embedding_norm.sigma},
            {want->weight_norm.sigma, want[1].weight_norm.sigma, want[1].embedding_norm.sigma}};
        assert_close(sigmas[0], sigmas[1], 3, 0.01, 0);
        network_release(&net), network_release(&exact);
    }
}

/* The same draws for what follows, the same bits. */
static void a_network_without_it_is_left_alone(void **state)
{
    (void)state;
    network net = network_of("9:bn:relu,1", 7), copy;
    network_add_classes(&net, 3);
    fill_trained(&net, 3);
    network_copy(&copy, &net);
    float *gradient = draw(net.n_param, 1), *want = draw(net.n_param, 1);
    rng a = rng_init(1, 2), b = rng_init(1, 2);
    network_start_norms(&net, &a);
    network_normalise(&net, 3);
    network_finish_gradient(&net, gradient);
    assert_memory_equal(net.param, copy.param, net.n_param * sizeof(float));
    assert_memory_equal(net.stats, copy.stats, net.n_stats * sizeof(float));
    assert_memory_equal(gradient, want, net.n_param * sizeof(float));
    assert_int_equal(net.n_normal, 0);
    float next[2][4];
    rng_fill_uniform(&a, next[0], 4);
    rng_fill_uniform(&b, next[1], 4);
    assert_memory_equal(next[0], next[1], sizeof next[0]);
    network_release(&net), network_release(&copy);
    free(gradient), free(want);
}

static void tensors_have_the_names_of_torch(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rank, rows, cols;
        bool is_statistic;
    } want[] = {
        {"0.weight_orig", 2, 5, 7, false},
        {"0.bias", 1, 5, 0, false},
        {"0.weight_u", 1, 5, 0, true},
        {"0.weight_v", 1, 7, 0, true},
        {"2.weight", 2, 3, 5, false},
        {"3.weight", 1, 3, 0, false},
        {"3.bias", 1, 3, 0, false},
        {"3.running_mean", 1, 3, 0, true},
        {"3.running_var", 1, 3, 0, true},
        {"4.weight_orig", 2, 1, 3, false},
        {"4.bias", 1, 1, 0, false},
        {"4.weight_u", 1, 1, 0, true},
        {"4.weight_v", 1, 3, 0, true},
        {"embedding.weight_orig", 2, 4, 3, false},
        {"embedding.weight_u", 1, 4, 0, true},
        {"embedding.weight_v", 1, 3, 0, true},
    };
    network net = network_of("5:sn:relu,3:bn,1:sn", 7);
    network_add_classes(&net, 4);
    assert_int_equal(network_count_tensors(&net), COUNT(want));
    size_t n_param = 0, n_stats = 0;
    for (size_t i = 0; i < COUNT(want); i++) {
        named_tensor t = network_tensor(&net, i);
        assert_string_equal(t.name, want[i].name);
        assert_true(t.rank == want[i].rank && t.shape[0] == want[i].rows);
        assert_true(t.rank == 1 || t.shape[1] == want[i].cols);
        assert_true(t.is_statistic == want[i].is_statistic);
        assert_ptr_equal(t.data, t.is_statistic ? net.stats + n_stats : net.param + n_param);
        *(t.is_statistic ? &n_stats : &n_param) += t.n;
    }
    assert_true(n_param == net.n_param && n_stats == net.n_stats);
    assert_string_equal(network_tensor_at(&net, 0).name, "0.weight_orig");
    network_release(&net);
}

/* Plain weights and a plain spec, of the same values; folded ones, too, and all else is kept. */
static void what_is_for_use_has_no_norm(void **state)
{
    (void)state;
    network net = network_of("9:sn:tanh:dropout=0.4,7:bn:lrelu,1:sn:tanh", 33), plain, folded;
    network_add_classes(&net, 3);
    fill_trained(&net, 1);
    network_remove_norms(&plain, &net);
    network_fold(&folded, &net);
    assert_string_equal(plain.spec, "9:tanh:dropout=0.4,7:bn:lrelu,1:tanh");
    assert_string_equal(folded.spec, plain.spec);
    assert_true(plain.n_normal == 0 && folded.n_normal == 0 && folded.n_stats == 0);
    assert_int_equal(plain.n_stats, 14);
    float *x = draw(ROWS * 33, 1);
    double *x_double = doubles_of(x, ROWS * 33);
    twin w, of_plain;
    tape t;
    twin_init(&w, &net, ROWS);
    twin_init(&of_plain, &plain, ROWS);
    tape_init(&t, &folded, ROWS);
    t.classes = w.classes = of_plain.classes = classes;
    const double *want = twin_forward(&w, x_double, ROWS, (pass){0});
    assert_close(twin_forward(&of_plain, x_double, ROWS, (pass){0}), want, ROWS, 1e-6, 1e-7);
    matrix y = network_forward(&folded, &t, matrix_view(x, ROWS, 33), (pass){0});
    assert_close(y.data, want, ROWS, 2e-6, 2e-6);
    twin_release(&w), twin_release(&of_plain), tape_release(&t);
    network_release(&net), network_release(&plain), network_release(&folded);
    free(x), free(x_double);
}

int main(void)
{
    use_threads(2);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_twins_gradients_are_those_of_central_differences),
        cmocka_unit_test(passes_match_the_twin),
        cmocka_unit_test(a_row_is_divided_by_its_length),
        cmocka_unit_test(one_iteration_is_solved_by_hand),
        cmocka_unit_test(normalising_anew_changes_no_bit),
        cmocka_unit_test(initial_weights_stretch_nothing),
        cmocka_unit_test(a_network_without_it_is_left_alone),
        cmocka_unit_test(tensors_have_the_names_of_torch),
        cmocka_unit_test(what_is_for_use_has_no_norm),
    };
    return run_on_every_level("nn_spectral", tests, COUNT(tests));
}
