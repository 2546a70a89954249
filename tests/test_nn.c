/* SPDX-License-Identifier: MIT */
/* nn: the spec language, tensor names, initial values, folding, ways between two latents. The
 * passes, the penalty, losses and optimizers have files of their own. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "nets.h"
#include "use_threads.h"
#include <float.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Spec strings ---- */

static void a_layer_is_width_bn_activation_dropout(void **state)
{
    (void)state;
    network net = network_of(
        "256:bn:lrelu=0.3,512:bn=1e-5:relu:dropout=0.4,784:tanh,9:sigmoid,8:linear,7:lrelu,1", 100);
    static const struct {
        size_t n_in, n_out;
        bool has_batchnorm, eps_is_written;
        float eps;
        activation f;
        float dropout;
        size_t dense, batchnorm, activation, drop;
    } want[] = {
        {100, 256, true, false, 1e-3f, {LRELU, 0.3f}, 0, 0, 1, 2, NO_INDEX},
        {256, 512, true, true, 1e-5f, {RELU, 0}, 0.4f, 3, 4, 5, 6},
        {512, 784, false, false, 1e-3f, {TANH, 0}, 0, 7, NO_INDEX, 8, NO_INDEX},
        {784, 9, false, false, 1e-3f, {SIGMOID, 0}, 0, 9, NO_INDEX, 10, NO_INDEX},
        {9, 8, false, false, 1e-3f, {LINEAR, 0}, 0, 11, NO_INDEX, 12, NO_INDEX},
        {8, 7, false, false, 1e-3f, {LRELU, 0.2f}, 0, 13, NO_INDEX, 14, NO_INDEX},
        {7, 1, false, false, 1e-3f, {LINEAR, 0}, 0, 15, NO_INDEX, NO_INDEX, NO_INDEX},
    };
    assert_int_equal(net.n_layers, COUNT(want));
    assert_true(net.n_in == 100 && net.n_out == 1);
    for (size_t i = 0; i < COUNT(want); i++) {
        const layer *l = &net.layers[i];
        assert_true(l->n_in == want[i].n_in && l->n_out == want[i].n_out);
        assert_true(l->has_batchnorm == want[i].has_batchnorm);
        assert_true(l->eps_is_written == want[i].eps_is_written && l->eps == want[i].eps);
        assert_true(l->f.kind == want[i].f.kind && l->f.parameter == want[i].f.parameter);
        assert_true(l->dropout == want[i].dropout);
        assert_true(l->dense_index == want[i].dense && l->batchnorm_index == want[i].batchnorm);
        assert_true(l->activation_index == want[i].activation && l->dropout_index == want[i].drop);
        assert_true(l->weight.rows == l->n_out && l->weight.cols == l->n_in);
        assert_true(!l->bias == l->has_batchnorm && !l->gamma == !l->has_batchnorm);
    }
    network_release(&net);
}

static void specs_at_the_limits_are_accepted(void **state)
{
    (void)state;
    char most_layers[64 * 2];
    for (size_t i = 0; i < 64; i++)
        memcpy(most_layers + 2 * i, i < 63 ? "1," : "1", 2);
    const char *specs[] = {"1",
                           "65536",
                           "00001",
                           "3:dropout=0",
                           "3:lrelu=0",
                           "3:bn=.5",
                           "3:bn=1e-12",
                           "3:linear:dropout=0.5",
                           "3:dropout=0.999999",
                           most_layers};
    for (size_t i = 0; i < COUNT(specs); i++) {
        network net = network_of(specs[i], 2);
        assert_string_equal(net.spec, specs[i]);
        network_release(&net);
    }
}

/* The message names the layer, the word and what was expected instead. */
static void a_wrong_spec_is_refused_with_the_word_and_the_reason(void **state)
{
    (void)state;
    static const char width[] = "a layer starts with its width, 1 to 65536";
    static const char order[] = "the order is width:sn|bn:activation:dropout, each at most once";
    static const struct {
        const char *spec, *layer, *word, *why;
    } wrong[] = {
        {"", "layer 1", "''", "a word is missing here"},
        {",", "layer 1", "','", "a word is missing here"},
        {"3,", "layer 2", "''", "a word is missing here"},
        {"3:", "layer 1", "''", "a word is missing here"},
        {"3::tanh", "layer 1", "':tanh'", "a word is missing here"},
        {"3,,4", "layer 2", "',4'", "a word is missing here"},
        {"0", "layer 1", "'0'", width},
        {"65537", "layer 1", "'65537'", width},
        {"-3", "layer 1", "'-3'", width},
        {"+3", "layer 1", "'+3'", width},
        {" 3", "layer 1", "' 3'", width},
        {"3 ", "layer 1", "'3 '", width},
        {"3.5", "layer 1", "'3.5'", width},
        {"tanh", "layer 1", "'tanh'", width},
        {"99999999999999999999", "layer 1", "'99999999999999999999'", width},
        {"3,4:gelu", "layer 2", "'gelu'",
         "expected sn, bn, linear, relu, lrelu, tanh, sigmoid or dropout"},
        {"3:Tanh", "layer 1", "'Tanh'", "expected sn, bn"},
        {"3: tanh", "layer 1", "' tanh'", "expected sn, bn"},
        {"3:=", "layer 1", "'='", "expected sn, bn"},
        {"3:tanh:bn", "layer 1", "'bn'", "BatchNorm after the activation is not supported"},
        {"3:bn:bn", "layer 1", "'bn'", order},
        {"3:sn:sn", "layer 1", "'sn'", order},
        {"3:tanh:sn", "layer 1", "'sn'", order},
        {"3:dropout=0.1:sn", "layer 1", "'sn'", order},
        {"3,4:sn:bn", "layer 2", "'bn'", "sn and bn do not go together"},
        {"3:bn=1e-5:sn:tanh", "layer 1", "'sn'", "sn and bn do not go together"},
        {"3:sn=2", "layer 1", "'sn=2'", "takes no value"},
        {"3:relu:tanh", "layer 1", "'tanh'", order},
        {"3:dropout=0.1:relu", "layer 1", "'relu'", order},
        {"3:dropout=0.1:dropout=0.1", "layer 1", "'dropout=0.1'", order},
        {"3:dropout", "layer 1", "'dropout'", "write the probability to drop"},
        {"3:dropout=1", "layer 1", "'dropout=1'", "from 0 to below 1"},
        {"3:dropout=0.99999999999", "layer 1", "'dropout=0.99999999999'", "from 0 to below 1"},
        {"3:dropout=-0.1", "layer 1", "'dropout=-0.1'", "from 0 to below 1"},
        {"3:dropout=", "layer 1", "'dropout='", "must be a number"},
        {"3:dropout=nan", "layer 1", "'dropout=nan'", "must be a number"},
        {"3:dropout=0x0.8", "layer 1", "'dropout=0x0.8'", "must be a number"},
        {"3:dropout=0,5", "layer 2", "", ""}, /* "0" is a fine value; "5" is a fine layer */
        {"3:dropout= 0.5", "layer 1", "'dropout= 0.5'", "must be a number"},
        {"3:dropout=0.5 ", "layer 1", "'dropout=0.5 '", "must be a number"},
        {"3:dropout=0.5=0.5", "layer 1", "'dropout=0.5=0.5'", "must be a number"},
        {"3:lrelu=1", "layer 1", "'lrelu=1'", "from 0 to below 1"},
        {"3:lrelu=inf", "layer 1", "'lrelu=inf'", "must be a number"},
        {"3:bn=0", "layer 1", "'bn=0'", "from 1e-12 to below 1"},
        {"3:bn=1e999", "layer 1", "'bn=1e999'", "from 1e-12 to below 1"},
        {"3:tanh=1", "layer 1", "'tanh=1'", "takes no value"},
        {"3:relu=", "layer 1", "'relu='", "takes no value"},
        {"3:dropout=0.1000000000000000000000000000000", "layer 1", "'dropout=0.1000", "too long"},
        {"65536,65536", "", "", "more than 268435456 parameters"},
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        network net = {0};
        error e = {0};
        int status = network_init(&net, wrong[i].spec, 2, &e);
        if (*wrong[i].word == 0 && *wrong[i].why == 0) {
            assert_int_equal(status, 0);
            network_release(&net);
            continue;
        }
        if (status != -1 || e.status != STATUS_USAGE || !strstr(e.message, wrong[i].layer) ||
            !strstr(e.message, wrong[i].word) || !strstr(e.message, wrong[i].why))
            fail_msg("'%s' gives: %s", wrong[i].spec, e.message);
        network_release(&net); /* of one that failed */
    }
}

static void more_than_64_layers_are_refused(void **state)
{
    (void)state;
    char spec[65 * 2];
    for (size_t i = 0; i < 65; i++)
        memcpy(spec + 2 * i, i < 64 ? "1," : "1", 2);
    network net = {0};
    error e = {0};
    assert_int_equal(network_init(&net, spec, 1, &e), -1);
    assert_non_null(strstr(e.message, "more than 64 layers"));
}

/* ---- Blocks and names ---- */

static void the_reference_gan_has_761617_parameters(void **state)
{
    (void)state;
    network g = network_of("256:bn:lrelu=0.3,512:bn:lrelu=0.3,784:tanh", 100);
    network d = network_of("256:lrelu=0.3:dropout=0.3,1", 784);
    assert_int_equal(g.n_param, 100 * 256 + 2 * 256 + 256 * 512 + 2 * 512 + 512 * 784 + 784);
    assert_int_equal(d.n_param, 784 * 256 + 256 + 256 + 1);
    assert_int_equal(g.n_param + d.n_param, 761617);
    assert_int_equal(g.n_stats, 2 * 256 + 2 * 512);
    assert_int_equal(d.n_stats, 0);
    network_release(&g);
    network_release(&d);
}

/* The golden file's networks; what torch.nn.Sequential's state_dict says of them. */
static void tensors_have_the_names_of_sequential(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rank, rows, cols;
        bool is_statistic;
    } want[] = {
        {"0.weight", 2, 32, 16, false},     {"1.weight", 1, 32, 0, false},
        {"1.bias", 1, 32, 0, false},        {"1.running_mean", 1, 32, 0, true},
        {"1.running_var", 1, 32, 0, true},  {"3.weight", 2, 48, 32, false},
        {"4.weight", 1, 48, 0, false},      {"4.bias", 1, 48, 0, false},
        {"4.running_mean", 1, 48, 0, true}, {"4.running_var", 1, 48, 0, true},
        {"6.weight", 2, 784, 48, false},    {"6.bias", 1, 784, 0, false},
    };
    network g = network_of("32:bn=1e-3:lrelu=0.3,48:bn=1e-3:lrelu=0.3,784:tanh", 16);
    assert_int_equal(network_count_tensors(&g), COUNT(want));
    size_t n_param = 0, n_stats = 0;
    for (size_t i = 0; i < COUNT(want); i++) {
        named_tensor t = network_tensor(&g, i);
        assert_string_equal(t.name, want[i].name);
        assert_true(t.rank == want[i].rank && t.shape[0] == want[i].rows);
        assert_true(t.rank == 1 || t.shape[1] == want[i].cols);
        assert_true(t.n == want[i].rows * (t.rank == 1 ? 1 : want[i].cols));
        assert_true(t.is_statistic == want[i].is_statistic);
        assert_ptr_equal(t.data, t.is_statistic ? g.stats + n_stats : g.param + n_param);
        *(t.is_statistic ? &n_stats : &n_param) += t.n;
    }
    assert_true(n_param == g.n_param && n_stats == g.n_stats);
    network_release(&g);
    network d = network_of("32:lrelu=0.3:dropout=0,1", 784);
    static const char *const d_names[] = {"0.weight", "0.bias", "3.weight", "3.bias"};
    assert_int_equal(network_count_tensors(&d), COUNT(d_names));
    for (size_t i = 0; i < COUNT(d_names); i++)
        assert_string_equal(network_tensor(&d, i).name, d_names[i]);
    network_release(&d);
}

static void every_parameter_knows_its_tensor(void **state)
{
    (void)state;
    network net = network_of("3:bn:relu,2,4:bn", 5);
    for (size_t at = 0; at < net.n_param; at++) {
        named_tensor t = network_tensor_at(&net, at);
        assert_false(t.is_statistic);
        assert_true(net.param + at >= t.data && net.param + at < t.data + t.n);
    }
    network_release(&net);
}

static void a_new_network_is_zero_but_for_gamma_and_variance(void **state)
{
    (void)state;
    network net = network_of("3:bn,7:bn:relu,9", 5);
    for (size_t i = 0; i < network_count_tensors(&net); i++) {
        named_tensor t = network_tensor(&net, i);
        bool is_one = strstr(t.name, "running_var") || (t.rank == 1 && strstr(t.name, "weight"));
        for (size_t k = 0; k < t.n; k++)
            assert_true(t.data[k] == (is_one ? 1.0f : 0.0f));
    }
    network_release(&net);
}

static void a_copy_has_blocks_of_its_own(void **state)
{
    (void)state;
    network net = network_of("3:bn:relu,2", 5), copy;
    rng r = rng_init(1, 0);
    network_fill_he(&net, &r);
    net.layers[0].running_mean[1] = 5;
    network_copy(&copy, &net);
    assert_string_equal(copy.spec, net.spec);
    assert_memory_equal(copy.param, net.param, net.n_param * sizeof(float));
    assert_memory_equal(copy.stats, net.stats, net.n_stats * sizeof(float));
    for (size_t i = 0; i < network_count_tensors(&net); i++) {
        named_tensor a = network_tensor(&net, i), b = network_tensor(&copy, i);
        assert_string_equal(a.name, b.name);
        assert_ptr_equal(b.data, b.is_statistic ? copy.stats + (a.data - net.stats)
                                                : copy.param + (a.data - net.param));
    }
    network_release(&net);
    assert_true(copy.layers[0].running_mean[1] == 5);
    network_release(&copy);
    network_release(&copy); /* zeroed: allowed */
}

/* ---- Initial values ---- */

static double variance_of(matrix w)
{
    return dot(w.data, w.data, w.rows * w.cols) / (double)(w.rows * w.cols);
}

static void glorot_draws_uniformly_up_to_its_limit(void **state)
{
    (void)state;
    network net = network_of("256:bn:relu,200:tanh", 100);
    rng r = rng_init(3, 0);
    network_fill_glorot(&net, &r);
    for (size_t i = 0; i < 2; i++) {
        const layer *l = &net.layers[i];
        double limit = sqrt(6.0 / (double)(l->n_in + l->n_out)), largest = 0;
        size_t n = l->n_in * l->n_out;
        for (size_t k = 0; k < n; k++)
            largest = fmax(largest, fabs((double)l->weight.data[k]));
        assert_true(largest <= limit * (1 + 1e-7) && largest > 0.999 * limit);
        double want = limit * limit / 3, got = variance_of(l->weight),
               mean = sum(l->weight.data, n);
        assert_close(&got, &want, 1, 0.03, 0);
        assert_true(fabs(mean) < 4 * sqrt(want * (double)n));
    }
    assert_true(norm(net.layers[1].bias, 200) == 0.0);
    assert_memory_not_equal(net.layers[0].weight.data, net.layers[1].weight.data, 400);
    network_release(&net);
}

static void he_draws_normally_for_relus_and_as_glorot_elsewhere(void **state)
{
    (void)state;
    network net = network_of("256:bn:relu,200:lrelu=0.5,150:tanh,100", 100);
    rng r = rng_init(4, 0);
    network_fill_he(&net, &r);
    const double want[] = {2.0 / 100, 2.0 / (1.25 * 256), 2.0 / (200 + 150), 2.0 / (150 + 100)};
    for (size_t i = 0; i < COUNT(want); i++) {
        double got = variance_of(net.layers[i].weight);
        assert_close(&got, &want[i], 1, 0.04, 0);
    }
    network_release(&net);
}

/* ---- Folding ---- */

static void folding_equals_running_statistics_without_dropout(void **state)
{
    (void)state;
    enum { ROWS = 9, N_IN = 33 };
    network net = network_of("7:bn:lrelu=0.3:dropout=0.5,65:bn=1e-5:tanh,9:dropout=0.2,3:bn", N_IN);
    network folded;
    fill_trained(&net, 5);
    network_fold(&folded, &net);
    assert_true(folded.n_stats == 0 && folded.n_layers == net.n_layers &&
                folded.n_out == net.n_out);
    assert_int_equal(folded.n_param, 7 * 34 + 65 * 8 + 9 * 66 + 3 * 10);
    float x[ROWS * N_IN];
    double x_double[ROWS * N_IN];
    rng r = rng_init(6, 0);
    rng_fill_normal(&r, x, ROWS * N_IN);
    for (size_t i = 0; i < ROWS * N_IN; i++)
        x_double[i] = (double)x[i];
    tape t;
    twin w;
    tape_init(&t, &folded, ROWS);
    twin_init(&w, &net, ROWS);
    matrix y = network_forward(&folded, &t, matrix_view(x, ROWS, N_IN), (pass){0});
    const double *want = twin_forward(&w, x_double, ROWS, (pass){0});
    assert_close_by_norm(y.data, want, ROWS * 3, 2e-6);
    tape_release(&t);
    twin_release(&w);
    network_release(&net);
    network_release(&folded);
}

static void a_folded_network_keeps_its_indices_and_folds_to_itself(void **state)
{
    (void)state;
    network net = network_of("7:bn:relu:dropout=0.5,3:tanh", 5), folded, again;
    fill_trained(&net, 7);
    network_fold(&folded, &net);
    network_fold(&again, &folded);
    static const char *const names[] = {"0.weight", "0.bias", "4.weight", "4.bias"};
    assert_int_equal(network_count_tensors(&folded), COUNT(names));
    assert_true(net.layers[0].dropout == 0.5f && folded.layers[0].dropout == 0.0f);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(network_tensor(&folded, i).name, names[i]);
    assert_memory_equal(again.param, folded.param, folded.n_param * sizeof(float));
    network_release(&net);
    network_release(&folded);
    network_release(&again);
}

/* ---- Between two latents ---- */

static void the_way_between_latents_starts_and_ends_bit_for_bit(void **state)
{
    (void)state;
    float a[100], b[100], z[100];
    latent_of_seed(a, 100, 1);
    latent_of_seed(b, 100, 2);
    latent_between(z, a, b, 100, 0.0);
    assert_memory_equal(z, a, sizeof z);
    latent_between(z, a, b, 100, 1.0);
    assert_memory_equal(z, b, sizeof z);
}

static void the_way_between_latents_is_the_great_circle(void **state)
{
    (void)state;
    static const float a[2] = {3, 0}, b[2] = {0, 3};
    float z[2];
    for (int k = 1; k < 8; k++) {
        double angle = k / 8.0 * acos(0.0), want[2] = {3 * cos(angle), 3 * sin(angle)};
        latent_between(z, a, b, 2, k / 8.0);
        assert_close(z, want, 2, 1e-6, 1e-7);
    }
}

static void the_way_is_straight_where_there_is_no_circle(void **state)
{
    (void)state;
    static const float ends[][2][2] = {{{1, 2}, {1, 2}}, {{1, 2}, {-1, -2}}, {{1, 2}, {2, 4}},
                                       {{0, 0}, {1, 2}}, {{1, 2}, {0, 0}},   {{0, 0}, {0, 0}}};
    for (size_t i = 0; i < COUNT(ends); i++) {
        float z[2];
        latent_between(z, ends[i][0], ends[i][1], 2, 0.25);
        for (size_t k = 0; k < 2; k++) {
            double want = 0.75 * (double)ends[i][0][k] + 0.25 * (double)ends[i][1][k];
            assert_close(&z[k], &want, 1, 1e-6, 1e-7);
        }
    }
}

/* On the circle at its radius times its angle; else b - a. */
static void the_slope_of_the_way_is_how_fast_it_goes(void **state)
{
    (void)state;
    static const float a[2] = {3, 0}, b[2] = {0, 3}, c[2] = {6, 0};
    float z_dot[2];
    for (int k = 0; k < 9; k++) {
        double whole = acos(0.0), angle = k / 8.0 * whole;
        double want[2] = {-3 * whole * sin(angle), 3 * whole * cos(angle)}, straight[2] = {3, 0};
        latent_between_slope(z_dot, a, b, 2, k / 8.0);
        assert_close(z_dot, want, 2, 1e-6, 1e-6);
        latent_between_slope(z_dot, a, c, 2, k / 8.0);
        assert_close(z_dot, straight, 2, 1e-6, 0);
    }
}

static void a_layer_is_told_with_all_activations(void **state)
{
    text told = {0};
    (void)state;
    network_spec_tell(&told);
    assert_string_equal(told.data,
                        "WIDTH[:sn|:bn[=EPS]][:linear|relu|lrelu[=A]|tanh|sigmoid][:dropout=P]");
    text_release(&told);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_is_width_bn_activation_dropout),
        cmocka_unit_test(specs_at_the_limits_are_accepted),
        cmocka_unit_test(a_wrong_spec_is_refused_with_the_word_and_the_reason),
        cmocka_unit_test(more_than_64_layers_are_refused),
        cmocka_unit_test(the_reference_gan_has_761617_parameters),
        cmocka_unit_test(tensors_have_the_names_of_sequential),
        cmocka_unit_test(every_parameter_knows_its_tensor),
        cmocka_unit_test(a_new_network_is_zero_but_for_gamma_and_variance),
        cmocka_unit_test(a_copy_has_blocks_of_its_own),
        cmocka_unit_test(glorot_draws_uniformly_up_to_its_limit),
        cmocka_unit_test(he_draws_normally_for_relus_and_as_glorot_elsewhere),
        cmocka_unit_test(folding_equals_running_statistics_without_dropout),
        cmocka_unit_test(a_folded_network_keeps_its_indices_and_folds_to_itself),
        cmocka_unit_test(the_way_between_latents_starts_and_ends_bit_for_bit),
        cmocka_unit_test(the_way_between_latents_is_the_great_circle),
        cmocka_unit_test(the_way_is_straight_where_there_is_no_circle),
        cmocka_unit_test(the_slope_of_the_way_is_how_fast_it_goes),
        cmocka_unit_test(a_layer_is_told_with_all_activations),
    };
    return cmocka_run_group_tests_name("nn", tests, NULL, NULL);
}
