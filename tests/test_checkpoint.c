/* SPDX-License-Identifier: MIT */
/* Networks and models in files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trained.h"

/* ---- Networks in files ---- */

/* Reads a network of `spec` back from the bytes of s, by checkpoint_get_network's result. */
static int get_network(network *net, const safetensors *s, const char *spec, const char *prefix,
                       error *e)
{
    safetensors back = {0};
    bytes b = save(s, "network.safetensors");
    assert_done(safetensors_read(&back, b.data, b.size, "FILE", e), e);
    assert_done(network_init(net, spec, Z_DIM, e), e);
    int status = checkpoint_get_network(net, &back, prefix, e);
    safetensors_release(&back);
    bytes_release(&b);
    return status;
}

static void assert_network_refused(const safetensors *s, const char *spec, const char *part)
{
    error e = {0};
    network net;
    assert_int_equal(get_network(&net, s, spec, "G.", &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, part);
    network_release(&net);
}

static void network_survives_a_round_trip_among_other_tensors(void **state)
{
    (void)state;
    const int64_t counter = 12;
    const float m[3] = {1, 2, 3};
    error e = {0};
    network net = network_of(g_spec, Z_DIM, 0.5f), back;
    safetensors s = {0};
    checkpoint_add_network(&s, "G.", &net);
    safetensors_add(&s, "G.1.num_batches_tracked", DTYPE_I64, 0, NULL, &counter);
    safetensors_add(&s, "G.adam.m", DTYPE_F32, 1, (const size_t[]){3}, m);
    safetensors_add(&s, "G", DTYPE_F32, 1, (const size_t[]){3}, m);
    safetensors_add(&s, "GG.9.weight", DTYPE_F32, 1, (const size_t[]){3}, m);
    assert_done(get_network(&back, &s, g_spec, "G.", &e), &e);
    assert_networks_equal(&back, &net);
    network_release(&back);
    network_release(&net);
    safetensors_release(&s);
}

static void specs_that_do_not_fit_are_told_apart(void **state)
{
    (void)state;
    network net = network_of(g_spec, Z_DIM, 0.5f);
    safetensors s = {0};
    checkpoint_add_network(&s, "G.", &net);
    assert_network_refused(&s, "5:bn:lrelu=0.3,784:tanh",
                           "FILE: tensor 'G.0.weight' is 4x2, expected 5x2 by the generator's spec "
                           "'5:bn:lrelu=0.3,784:tanh'");
    assert_network_refused(&s, "4:bn:lrelu=0.3,783:tanh", "'G.3.weight' is 784x4, expected 783x4");
    assert_network_refused(&s, "4:lrelu=0.3,784:tanh", "tensor 'G.0.bias' is missing, expected 4");
    assert_network_refused(&s, "4:bn:lrelu=0.3:dropout=0,784", "'G.4.weight' is missing");
    assert_network_refused(&s, "4:bn", "tensor 'G.3.bias' is not part of the spec '4:bn'");
    network_release(&net);
    safetensors_release(&s);
}

static void a_transposed_weight_is_refused(void **state)
{
    (void)state;
    const float zeros[4 * Z_DIM] = {0};
    safetensors s = {0};
    safetensors_add(&s, "G.0.weight", DTYPE_F32, 2, (const size_t[]){Z_DIM, 4}, zeros);
    assert_network_refused(&s, g_spec, "tensor 'G.0.weight' is 2x4, expected 4x2");
    safetensors_release(&s);
}

static void strangers_among_the_indices_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        dtype type;
    } strangers[] = {
        {"G.7.weight", DTYPE_F32},      {"G.1.bogus", DTYPE_F32},
        {"G.2.weight", DTYPE_F32},      {"G.00.weight", DTYPE_F32},
        {"G.1.num_batches", DTYPE_I64}, {"G.1.num_batches_tracked", DTYPE_F32},
        {"G.0.weight.copy", DTYPE_F32}, {"G.7", DTYPE_F32},
    };
    const double zero = 0;
    for (size_t i = 0; i < COUNT(strangers); i++) {
        network net = network_of(g_spec, Z_DIM, 0.5f);
        safetensors s = {0};
        checkpoint_add_network(&s, "G.", &net);
        safetensors_add(&s, strangers[i].name, strangers[i].type, 0, NULL, &zero);
        assert_network_refused(&s, g_spec, strangers[i].name);
        assert_network_refused(&s, g_spec, "is not part of the spec");
        network_release(&net);
        safetensors_release(&s);
    }
}

static void weights_of_other_types_are_refused(void **state)
{
    (void)state;
    static const dtype types[] = {DTYPE_F64, DTYPE_BF16, DTYPE_I64, DTYPE_I32, DTYPE_U32};
    const double zeros[8] = {0};
    for (size_t i = 0; i < COUNT(types); i++) {
        safetensors s = {0};
        text part = {0};
        safetensors_add(&s, "G.0.weight", types[i], 2, (const size_t[]){4, Z_DIM}, zeros);
        text_add(&part, "'G.0.weight' is %s, only F32", dtype_name(types[i]));
        assert_network_refused(&s, g_spec, part.data);
        text_release(&part);
        safetensors_release(&s);
    }
}

static void bias_before_batchnorm_is_folded_into_the_mean(void **state)
{
    (void)state;
    const float bias[4] = {0.5f, -0.25f, 0, 4};
    error e = {0};
    network net = network_of(g_spec, Z_DIM, 0.5f), back;
    safetensors s = {0};
    checkpoint_add_network(&s, "G.", &net);
    safetensors_add(&s, "G.0.bias", DTYPE_F32, 1, (const size_t[]){4}, bias);
    assert_done(get_network(&back, &s, g_spec, "G.", &e), &e);
    for (size_t i = 0; i < 4; i++)
        net.layers[0].running_mean[i] -= bias[i];
    assert_networks_equal(&back, &net);
    network_release(&back);
    network_release(&net);
    safetensors_release(&s);
}

static void folded_bias_must_have_the_shape_of_its_layer(void **state)
{
    (void)state;
    const float bias[3] = {0};
    network net = network_of(g_spec, Z_DIM, 0.5f);
    safetensors s = {0};
    checkpoint_add_network(&s, "G.", &net);
    safetensors_add(&s, "G.0.bias", DTYPE_F32, 1, (const size_t[]){3}, bias);
    assert_network_refused(&s, g_spec, "tensor 'G.0.bias' is 3, expected 4");
    network_release(&net);
    safetensors_release(&s);
}

static named_tensor tensor_named(const network *net, const char *name)
{
    for (size_t i = 0; i < network_count_tensors(net); i++)
        if (strcmp(network_tensor(net, i).name, name) == 0)
            return network_tensor(net, i);
    fail_msg("no tensor '%s'", name);
    return (named_tensor){0};
}

/* It is what the weights are divided by, an embedding's, too. */
static void a_norm_that_is_not_positive_is_refused(void **state)
{
    (void)state;
    static const char spec[] = "4:sn:relu,1:sn";
    static const char *const cases[][2] = {
        {"0.weight_u", "tensor 'D.0.weight_orig': its norm by weight_u and weight_v is 0"},
        {"2.weight_v", "tensor 'D.2.weight_orig': its norm"},
        {"embedding.weight_u", "tensor 'D.embedding.weight_orig': its norm"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        network net = network_of(spec, Z_DIM, 0.5f), got;
        safetensors s = {.path = copy_text("made.safetensors")};
        error e = {0};
        rng r = rng_init(1, 0);
        network_add_classes(&net, 3);
        network_fill_glorot(&net, &r);
        network_start_norms(&net, &r);
        checkpoint_add_network(&s, "D.", &net);
        assert_done(network_init(&got, spec, Z_DIM, &e), &e);
        network_add_classes(&got, 3);
        assert_done(checkpoint_get_network(&got, &s, "D.", &e), &e);
        assert_memory_equal(got.normal, net.normal, net.n_normal * sizeof(float));
        named_tensor zeroed = tensor_named(&net, cases[i][0]);
        memset(zeroed.data, 0, zeroed.n * sizeof(float));
        assert_int_equal(checkpoint_get_network(&got, &s, "D.", &e), -1);
        assert_message(&e, STATUS_BAD_INPUT, cases[i][1]);
        network_release(&net);
        network_release(&got);
        safetensors_release(&s);
    }
}

static void negative_variance_is_refused(void **state)
{
    (void)state;
    network net = network_of(g_spec, Z_DIM, 0.5f);
    safetensors s = {0};
    net.layers[0].running_var[2] = -1e-6f;
    checkpoint_add_network(&s, "G.", &net);
    assert_network_refused(&s, g_spec, "'G.1.running_var': element 2 is negative");
    network_release(&net);
    safetensors_release(&s);
}

/* ---- Models ---- */

static void our_model_says_all_about_itself(void **state)
{
    (void)state;
    error e = {0};
    trained t;
    model_file m;
    trained_init(&t, "model", false);
    assert_done(reopen(&m, &t, (model_source){0}, &e), &e);
    assert_networks_equal(model_file_part(&m, "G"), &t.g);
    assert_networks_equal(model_file_part(&m, "D"), &t.d);
    assert_int_equal(m.z_dim, Z_DIM);
    assert_int_equal(m.step, 37500);
    assert_true(m.low == -1.0f && m.high == 1.0f);
    assert_int_equal(json_integer_value(json_object_get(m.settings, "seed")), 7);
    assert_false(m.is_foreign);
    assert_null(m.warning);
    model_file_release(&m);
    trained_release(&t);
}

static void discriminator_is_optional(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "{\"generator\":\"4:bn:lrelu=0.3,784:tanh\",\"z-dim\":2,\"range\":[0,1]}",
        "{\"generator\":\"4:bn:lrelu=0.3,784:tanh\",\"discriminator\":null,\"z-dim\":2,\"range\":[0,1]}",
    };
    for (size_t i = 0; i < COUNT(settings); i++) {
        error e = {0};
        trained t;
        model_file m;
        trained_init(&t, "model", false);
        safetensors_set_metadata(&t.file, "settings", settings[i]);
        assert_done(reopen(&m, &t, (model_source){0}, &e), &e);
        assert_false(model_has(&m, "D"));
        assert_true(m.low == 0.0f && m.high == 1.0f);
        model_file_release(&m);
        trained_release(&t);
    }
}

static void metadata_that_does_not_fit_is_refused(void **state)
{
    (void)state;
#define SETTINGS(g, d, z, range)                                                                   \
    "{\"generator\":" g ",\"discriminator\":" d ",\"z-dim\":" z ",\"range\":" range "}"
#define G "\"4:bn:lrelu=0.3,784:tanh\""
#define D "\"3:lrelu=0.3:dropout=0.4,1\""
    static const char *const cases[][3] = {
        {"version", "2", "of version '2', only '1'"},
        {"kind", "sketch", "of kind 'sketch'"},
        {"step", "", "'step' is ''"},
        {"step", "-1", "'step' is '-1'"},
        {"step", "7x", "'step' is '7x'"},
        {"step", "18446744073709551616", "'step' is"},
        {"settings", "", "'settings'"},
        {"settings", "[]", "Expected object"},
        {"settings", "{}", "not found: generator"},
        {"settings", SETTINGS("7", D, "2", "[0,1]"), "Expected string"},
        {"settings", SETTINGS(G, "7", "2", "[0,1]"), "discriminator is not a text"},
        {"settings", SETTINGS(G, D, "\"2\"", "[0,1]"), "Expected integer"},
        {"settings", SETTINGS(G, D, "0", "[0,1]"), "z-dim is 0"},
        {"settings", SETTINGS(G, D, "65537", "[0,1]"), "z-dim is 65537"},
        {"settings", SETTINGS(G, D, "3", "[0,1]"), "'G.0.weight' is 4x2, expected 4x3"},
        {"settings", SETTINGS(G, D, "2", "[1,0]"), "range is from 1 to 0"},
        {"settings", SETTINGS(G, D, "2", "[0,1e300]"), "range is from"},
        {"settings", SETTINGS(G, D, "2", "[0]"), "range"},
        {"settings", SETTINGS("\"4:silu,784\"", D, "2", "[0,1]"), "the generator's spec: "},
        {"settings", SETTINGS("\"4:bn:lrelu=0.3,783\"", D, "2", "[0,1]"),
         "ends in 783 values, expected 784"},
        {"settings", SETTINGS(G, "\"3:lrelu,2\"", "2", "[0,1]"), "ends in 2 values, expected 1"},
        {"settings", SETTINGS(G, "\"4:lrelu=0.3:dropout=0.4,1\"", "2", "[0,1]"),
         "'D.0.weight' is 3x784, expected 4x784 by the discriminator's spec"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        trained t;
        trained_init(&t, "model", false);
        safetensors_set_metadata(&t.file, cases[i][0], cases[i][1]);
        assert_model_refused(&t, (model_source){0}, STATUS_BAD_INPUT, cases[i][2]);
        trained_release(&t);
    }
}

static void missing_metadata_is_refused(void **state)
{
    (void)state;
    static const char *const keys[] = {"version", "kind", "settings"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        trained t;
        trained_init(&t, "model", false);
        json_object_del(t.file.metadata, keys[i]);
        assert_model_refused(&t, (model_source){0}, STATUS_BAD_INPUT, keys[i]);
        trained_release(&t);
    }
}

static void our_model_takes_no_options_of_foreign_ones(void **state)
{
    (void)state;
    const double range[2] = {0, 1};
    const struct {
        model_source source;
        const char *part;
    } cases[] = {
        {{.generator = g_spec}, "--generator is for files made elsewhere; the file says its own"},
        {{.discriminator = d_spec}, "--discriminator"},
        {{.range = range}, "--range"},
        {{.weights = "raw"}, "--weights chooses in a state.safetensors"},
    };
    trained t;
    trained_init(&t, "model", false);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_model_refused(&t, cases[i].source, STATUS_USAGE, cases[i].part);
    trained_release(&t);
}

static void assert_weights(const trained *t, const char *weights, const network *expected)
{
    error e = {0};
    model_file m;
    assert_done(reopen(&m, t, (model_source){.weights = weights}, &e), &e);
    assert_networks_equal(model_file_part(&m, "G"), expected);
    model_file_release(&m);
}

static void state_gives_the_average_unless_raw_is_asked_for(void **state)
{
    (void)state;
    trained t;
    trained_init(&t, "state", true);
    assert_weights(&t, NULL, &t.average);
    assert_weights(&t, "ema", &t.average);
    assert_weights(&t, "raw", &t.g);
    trained_release(&t);
}

static void state_without_average_gives_raw_weights(void **state)
{
    (void)state;
    trained t;
    trained_init(&t, "state", false);
    assert_weights(&t, NULL, &t.g);
    assert_weights(&t, "raw", &t.g);
    assert_model_refused(&t, (model_source){.weights = "ema"}, STATUS_BAD_INPUT,
                         "has no averaged weights");
    trained_release(&t);
}

static void files_of_other_kinds_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content;
        size_t n;
        const char *part;
    } cases[] = {
        {"empty", "", 0, "0 bytes are too few"},
        {"short", "1234567", 7, "7 bytes are too few"},
        {"picture.png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16, "not a safetensors file"},
        {"note.txt", "this is a text of some length", 29, "note.txt: not a safetensors file"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *path = join_path(folder, cases[i].name);
        write_bytes(cases[i].name, cases[i].content, cases[i].n);
        assert_path_refused(path, cases[i].part);
        unlink(path);
        free(path);
    }
    char *missing = join_path(folder, "missing");
    assert_path_refused(missing, "No such file");
    free(missing);
}

static void assert_folder_gives(const char *name)
{
    error e = {0};
    model_file m;
    model_source source = {.path = folder};
    char *expected = join_path(folder, name);
    assert_done(model_file_load(&m, &source, &e), &e);
    assert_string_equal(m.path, expected);
    model_file_release(&m);
    free(expected);
}

static void folder_gives_its_model_else_its_state(void **state)
{
    (void)state;
    char *model = join_path(folder, "model.safetensors");
    char *at_state = join_path(folder, "state.safetensors");
    trained t;
    assert_path_refused(folder, "holds neither model.safetensors nor state.safetensors");
    trained_init(&t, "state", true);
    bytes b = save(&t.file, "state.safetensors");
    assert_folder_gives("state.safetensors");
    write_bytes("model.safetensors", b.data, b.size);
    assert_folder_gives("model.safetensors");
    bytes_release(&b);
    trained_release(&t);
    unlink(model);
    unlink(at_state);
    free(model);
    free(at_state);
}

/* ---- Noise vectors ---- */

static void noise_vectors_are_rows_of_the_models_width(void **state)
{
    (void)state;
    const float rows[6] = {1, 2, 3, 4, 5, 6};
    char *path = join_path(folder, "a:b.safetensors"); /* the last colon counts */
    text source = {0};
    safetensors s = {0};
    error e = {0};
    float *z = NULL;
    size_t n = 0;
    safetensors_add(&s, "z", DTYPE_F32, 2, (const size_t[]){3, 2}, rows);
    assert_done(safetensors_save(&s, path, NOT_DURABLE, &e), &e);
    text_add(&source, "%s:z", path);
    assert_done(latents_load(&z, &n, 2, source.data, NULL, &e), &e);
    assert_int_equal(n, 3);
    assert_memory_equal(z, rows, sizeof rows);
    free(z);
    assert_int_equal(latents_load(&z, &n, 3, source.data, NULL, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "tensor 'z' has not the shape (N, 3) of noise vectors");
    safetensors_release(&s);
    text_release(&source);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_survives_a_round_trip_among_other_tensors),
        cmocka_unit_test(specs_that_do_not_fit_are_told_apart),
        cmocka_unit_test(a_transposed_weight_is_refused),
        cmocka_unit_test(strangers_among_the_indices_are_refused),
        cmocka_unit_test(weights_of_other_types_are_refused),
        cmocka_unit_test(bias_before_batchnorm_is_folded_into_the_mean),
        cmocka_unit_test(folded_bias_must_have_the_shape_of_its_layer),
        cmocka_unit_test(negative_variance_is_refused),
        cmocka_unit_test(a_norm_that_is_not_positive_is_refused),
        cmocka_unit_test(our_model_says_all_about_itself),
        cmocka_unit_test(discriminator_is_optional),
        cmocka_unit_test(metadata_that_does_not_fit_is_refused),
        cmocka_unit_test(missing_metadata_is_refused),
        cmocka_unit_test(our_model_takes_no_options_of_foreign_ones),
        cmocka_unit_test(state_gives_the_average_unless_raw_is_asked_for),
        cmocka_unit_test(state_without_average_gives_raw_weights),
        cmocka_unit_test(files_of_other_kinds_are_refused_by_name),
        cmocka_unit_test(folder_gives_its_model_else_its_state),
        cmocka_unit_test(noise_vectors_are_rows_of_the_models_width),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
