/* SPDX-License-Identifier: MIT */
/* nn: the spec language, tensor names, initial values, folding, losses, optimizers, ways between
 * two latents. The passes and the penalty have files of their own. */
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

/* ---- Spec strings -------------------------------------------------------------------------------
 */

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
    static const char order[] = "the order is width:bn:activation:dropout, each at most once";
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
         "expected bn, linear, relu, lrelu, tanh, sigmoid or dropout"},
        {"3:Tanh", "layer 1", "'Tanh'", "expected bn"},
        {"3: tanh", "layer 1", "' tanh'", "expected bn"},
        {"3:=", "layer 1", "'='", "expected bn"},
        {"3:tanh:bn", "layer 1", "'bn'", "BatchNorm after the activation is not supported"},
        {"3:bn:bn", "layer 1", "'bn'", order},
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
        int result = network_init(&net, wrong[i].spec, 2, &e);
        if (*wrong[i].word == 0 && *wrong[i].why == 0) {
            assert_int_equal(result, 0);
            network_release(&net);
            continue;
        }
        if (result != -1 || e.status != STATUS_USAGE || !strstr(e.message, wrong[i].layer) ||
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

/* ---- Blocks and names
 * ----------------------------------------------------------------------------- */

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

/* ---- Initial values
 * --------------------------------------------------------------------------------- */

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

/* ---- Folding
 * ------------------------------------------------------------------------------------------ */

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

/* ---- Losses
 * -------------------------------------------------------------------------------------------- */

static double softplus(double v) { return (v > 0 ? v : 0) + log1p(exp(-fabs(v))); }
static double sigmoid(double v) { return 1 / (1 + exp(-v)); }

static void losses_are_found_by_name(void **state)
{
    (void)state;
    for (const adversarial_loss *l = adversarial_losses; l->name; l++) {
        assert_ptr_equal(adversarial_loss_find(l->name), l);
        assert_true(*l->summary && *l->source);
    }
    assert_non_null(adversarial_loss_find("nonsaturating"));
    assert_null(adversarial_loss_find("wasserstein-ish"));
}

static void the_nonsaturating_loss_is_a_mean_of_softplus(void **state)
{
    (void)state;
    enum { N = 33 };
    const adversarial_loss *l = adversarial_loss_find("nonsaturating");
    float real[N], fake[N], d_real[N], d_fake[N], g_fake[N];
    double want[3][N], value_d = 0, value_g = 0;
    rng r = rng_init(8, 0);
    rng_fill_normal(&r, real, N);
    rng_fill_normal(&r, fake, N);
    for (size_t i = 0; i < N; i++) {
        double x = (double)(real[i] *= 5), z = (double)(fake[i] *= 5);
        value_d += (softplus(-x) + softplus(z)) / N;
        value_g += softplus(-z) / N;
        want[0][i] = -sigmoid(-x) / N;
        want[1][i] = sigmoid(z) / N;
        want[2][i] = -sigmoid(-z) / N;
    }
    double got_d = l->discriminator(real, fake, N, d_real, d_fake);
    double got_g = l->generator(NULL, fake, N, g_fake);
    assert_close(&got_d, &value_d, 1, 1e-14, 0);
    assert_close(&got_g, &value_g, 1, 1e-14, 0);
    assert_close(d_real, want[0], N, 2e-7, 0);
    assert_close(d_fake, want[1], N, 2e-7, 0);
    assert_close(g_fake, want[2], N, 2e-7, 0);
}

/* Central differences of the value, of every loss there is. */
static void every_loss_gives_its_own_derivative(void **state)
{
    (void)state;
    enum { N = 5 };
    const float h = 0x1p-7f;
    for (const adversarial_loss *l = adversarial_losses; l->name; l++) {
        float v[2 * N] = {0.3f, -2, 5, 1, -0.7f, -1, 0.2f, 4, -6, 0.9f};
        float d[2 * N], g[N], unused[2 * N];
        l->discriminator(v, v + N, N, d, d + N);
        l->generator(v, v + N, N, g);
        for (size_t i = 0; i < 2 * N; i++) {
            float at = v[i];
            v[i] = at + h;
            double up = l->discriminator(v, v + N, N, unused, unused + N);
            double g_up = l->generator(v, v + N, N, unused);
            v[i] = at - h;
            double step = (double)(at + h) - (double)v[i];
            double slope = (up - l->discriminator(v, v + N, N, unused, unused + N)) / step;
            double g_slope = (g_up - l->generator(v, v + N, N, unused)) / step;
            v[i] = at;
            assert_close(&d[i], &slope, 1, 0, 1e-6);
            if (i >= N)
                assert_close(&g[i - N], &g_slope, 1, 0, 1e-6);
        }
    }
}

/* ---- Optimizers
 * ------------------------------------------------------------------------------------------ */

static void optimizers_are_found_by_name(void **state)
{
    (void)state;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        assert_ptr_equal(optimizer_find(rule->name), rule);
        assert_true(*rule->summary && *rule->source);
    }
    assert_non_null(optimizer_find("adam"));
    assert_non_null(optimizer_find("sgd"));
    assert_non_null(optimizer_find("momentum"));
    assert_null(optimizer_find("Adam"));
    assert_null(optimizer_find(""));
}

static bool is_rule(optimizer_settings s, const char *name)
{
    return strcmp(s.rule->name, name) == 0;
}

/* One step in double, of each rule as its paper has it. */
static void plain_step(optimizer_settings s, double t, double *p, double *m, double *v, double g)
{
    if (is_rule(s, "adam")) {
        *m = s.beta1 * *m + (1 - s.beta1) * g;
        *v = s.beta2 * *v + (1 - s.beta2) * g * g;
        *p -= s.lr * (*m / (1 - pow(s.beta1, t))) / (sqrt(*v / (1 - pow(s.beta2, t))) + s.eps);
    } else {
        *m = (is_rule(s, "momentum") ? s.beta1 * *m : 0) + g;
        *p -= s.lr * *m;
    }
}

/* The change of the parameters is compared: of it, a wrong form of eps shows as 6e-3. */
static void optimizers_follow_their_formulas_over_ten_steps(void **state)
{
    (void)state;
    enum { N = 1025, STEPS = 10 };
    const optimizer_settings settings[] = {
        {optimizer_find("adam"), 1e-4, 0.9, 0.999, 1e-7},
        {optimizer_find("adam"), 2e-4, 0.5, 0.999, 1e-8},
        {optimizer_find("adam"), 2e-4, 0.0, 0.99, 1e-2},
        {optimizer_find("sgd"), 1e-2, 0.9, 0, 0}, /* beta1 is not for it */
        {optimizer_find("momentum"), 1e-2, 0.9, 0, 0},
    };
    for (size_t k = 0; k < COUNT(settings); k++) {
        static float p[N], g[N];
        static double want[N], m[N], v[N], moved[N], want_moved[N];
        memset(m, 0, sizeof m);
        memset(v, 0, sizeof v);
        optimizer o;
        optimizer_init(&o, settings[k], N);
        assert_true(!o.m == is_rule(settings[k], "sgd"));
        assert_true(!o.v == !is_rule(settings[k], "adam"));
        rng r = rng_init(9, k);
        rng_fill_normal(&r, p, N);
        for (size_t i = 0; i < N; i++)
            want[i] = moved[i] = (double)(p[i] *= 0.01f);
        for (int step = 1; step <= STEPS; step++) {
            rng_fill_normal(&r, g, N);
            for (size_t i = 0; i < N; i++) {
                g[i] *= i % 3 ? 1e-2f : 1e-6f; /* also where eps counts */
                plain_step(settings[k], step, &want[i], &m[i], &v[i], (double)g[i]);
            }
            assert_true(optimizer_step(&o, p, g, 1.0));
            assert_int_equal(o.step, step);
        }
        for (size_t i = 0; i < N; i++) {
            want_moved[i] = want[i] - moved[i];
            moved[i] = (double)p[i] - moved[i];
        }
        assert_close_by_norm(moved, want_moved, N, 5e-6);
        if (o.m)
            assert_close_by_norm(o.m, m, N, 1e-6);
        if (o.v)
            assert_close_by_norm(o.v, v, N, 1e-6);
        optimizer_release(&o);
        optimizer_release(&o); /* zeroed: allowed */
    }
}

/* Bit for bit: a schedule that says 1 is none. */
static void a_factor_of_the_rate_is_as_another_rate(void **state)
{
    (void)state;
    static const double factors[] = {1.0, 0.25, 0.0};
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++)
        for (size_t k = 0; k < COUNT(factors); k++) {
            float p[2] = {0.5f, 0.5f}, g[2] = {1e-3f, -2};
            optimizer scheduled, constant;
            for (size_t i = 0; i < 2; i++) {
                optimizer *o = i ? &constant : &scheduled;
                double lr = i ? 1e-3 * factors[k] : 1e-3, factor = i ? 1.0 : factors[k];
                optimizer_init(o, (optimizer_settings){rule, lr, 0.9, 0.999, 1e-7}, 1);
                for (int step = 0; step < 3; step++)
                    assert_true(optimizer_step(o, &p[i], &g[step % 2], factor));
                optimizer_release(o);
            }
            assert_memory_equal(&p[0], &p[1], sizeof *p);
            assert_true((p[0] == 0.5f) == (factors[k] == 0.0));
        }
}

/* After 10,000 steps beta1^t is gone and 1 - beta2^t is near one: no overflow, no stall. */
static void adam_still_moves_after_many_steps(void **state)
{
    (void)state;
    optimizer o;
    optimizer_init(&o, (optimizer_settings){optimizer_find("adam"), 1e-3, 0.9, 0.999, 1e-7}, 1);
    float p = 0, g = 2;
    o.step = UINT64_C(1) << 40;
    o.m[0] = 2;
    o.v[0] = 4;
    assert_true(optimizer_step(&o, &p, &g, 1.0));
    double got = (double)p, want = -1e-3;
    assert_close(&got, &want, 1, 1e-6, 0);
    optimizer_release(&o);
}

/* v of a gradient below 1e-16 lies under float's normal numbers: 1e-15, the least of --eps, hides
 * what it loses there, for any beta2. */
static void adam_follows_its_formula_where_v_underflows(void **state)
{
    (void)state;
    const double rate = 1e-3, eps = 1e-15;
    for (float g = 1e-6f; g > 1e-25f; g /= 3) {
        optimizer o;
        optimizer_init(&o, (optimizer_settings){optimizer_find("adam"), rate, 0.5, 0.999999, eps},
                       1);
        float p = 0;
        assert_true(optimizer_step(&o, &p, &g, 1.0));
        double got = (double)p, want = -rate * (double)g / ((double)g + eps);
        assert_close(&got, &want, 1, 1e-4, 0);
        optimizer_release(&o);
    }
}

static void an_optimizer_tells_of_a_parameter_that_is_not_finite(void **state)
{
    (void)state;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        optimizer o;
        optimizer_init(&o, (optimizer_settings){rule, 1e-3, 0.9, 0.999, 1e-7}, 9);
        float p[9] = {0}, g[9] = {0};
        assert_true(optimizer_step(&o, p, g, 1.0));
        g[8] = NAN;
        assert_false(optimizer_step(&o, p, g, 1.0));
        optimizer_release(&o);
    }
}

/* ---- Between two latents
 * ----------------------------------------------------------------------------------- */

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
        cmocka_unit_test(losses_are_found_by_name),
        cmocka_unit_test(the_nonsaturating_loss_is_a_mean_of_softplus),
        cmocka_unit_test(every_loss_gives_its_own_derivative),
        cmocka_unit_test(optimizers_are_found_by_name),
        cmocka_unit_test(optimizers_follow_their_formulas_over_ten_steps),
        cmocka_unit_test(a_factor_of_the_rate_is_as_another_rate),
        cmocka_unit_test(adam_still_moves_after_many_steps),
        cmocka_unit_test(adam_follows_its_formula_where_v_underflows),
        cmocka_unit_test(an_optimizer_tells_of_a_parameter_that_is_not_finite),
        cmocka_unit_test(the_way_between_latents_starts_and_ends_bit_for_bit),
        cmocka_unit_test(the_way_between_latents_is_the_great_circle),
        cmocka_unit_test(the_way_is_straight_where_there_is_no_circle),
    };
    return cmocka_run_group_tests_name("nn", tests, NULL, NULL);
}
