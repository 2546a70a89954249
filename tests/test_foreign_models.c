/* SPDX-License-Identifier: MIT */
/* Models made elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trained.h"

static void golden_file_opens_as_a_foreign_model(void **state)
{
    (void)state;
    model_source source = {.path = "tests/golden/golden.safetensors",
                           .generator = "32:bn=1e-3:lrelu=0.3,48:bn=1e-3:lrelu=0.3,784:tanh",
                           .discriminator = "32:lrelu=0.3:dropout=0,1"};
    error e = {0};
    model_file m;
    safetensors s;
    assert_done(model_file_load(&m, &source, &e), &e);
    assert_done(safetensors_load(&s, source.path, &e), &e);
    assert_true(m.is_foreign);
    assert_null(m.warning);
    assert_null(m.settings);
    assert_int_equal(m.z_dim, 16);
    assert_int_equal(model_file_part(&m, "G")->n_in, 16);
    assert_int_equal(m.step, 0);
    assert_true(m.low == -1.0f && m.high == 1.0f);
    assert_memory_equal(model_file_part(&m, "G")->layers[2].weight.data,
                        safetensors_find(&s, "G.6.weight")->data, 784 * 48 * sizeof(float));
    assert_memory_equal(model_file_part(&m, "D")->layers[1].bias,
                        safetensors_find(&s, "D.3.bias")->data, sizeof(float));
    safetensors_release(&s);
    model_file_release(&m);
}

/* A file of G alone, without our metadata. */
static void foreign_init(trained *t, const char *spec)
{
    *t = (trained){.g = network_of(spec, Z_DIM, 0.5f)};
    checkpoint_add_network(&t->file, "G.", &t->g);
    safetensors_set_metadata(&t->file, "format", "pt");
}

/* A file of networks under these prefixes, by the spec each; ended by a prefix NULL. */
typedef struct {
    const char *prefix, *spec;
    size_t n_in;
    float first;
} placed;

static void place(trained *t, network *nets, const placed *p)
{
    *t = (trained){0};
    for (size_t i = 0; p[i].prefix; i++) {
        nets[i] = network_of(p[i].spec, p[i].n_in, p[i].first);
        checkpoint_add_network(&t->file, p[i].prefix, &nets[i]);
    }
}

static void foreign_networks_are_found_under_any_prefix(void **state)
{
    (void)state;
    static const struct {
        placed nets[4];
        const char *d_spec, *g_prefix, *d_prefix;
    } cases[] = {
        {{{"", "4,784:tanh", 2, 0}}, NULL, "", NULL},
        {{{"model.", "4,784:tanh", 2, 0}}, NULL, "model.", NULL},
        {{{"module.main.", "4,784:tanh", 2, 0}}, NULL, "module.main.", NULL},
        {{{"netG.", "4,784:tanh", 2, 0}, {"netD.", "3,1", 784, 1}}, "3,1", "netG.", "netD."},
        {{{"generator.", "4,784:tanh", 2, 0}, {"discriminator.", "3,1", 784, 1}},
         "3,1",
         "generator.",
         "discriminator."},
        {{{"encoder.", "9,2", 784, 1}, {"decoder.", "4,784:tanh", 2, 0}}, NULL, "decoder.", NULL},
        /* what is named as here needs no other look */
        {{{"G.", "4,784:tanh", 2, 0}, {"G_ema.", "4,784:tanh", 2, 1}}, NULL, "G.", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        error e = {0};
        trained t;
        network nets[4] = {0};
        model_file m;
        place(&t, nets, cases[i].nets);
        model_source source = {.generator = "4,784:tanh", .discriminator = cases[i].d_spec};
        assert_done(reopen(&m, &t, source, &e), &e);
        assert_int_equal(e.status, 0); /* what did not fit under another prefix is no error */
        assert_string_equal(m.parts[0].prefix, cases[i].g_prefix);
        assert_networks_equal(model_file_part(&m, "G"),
                              &nets[strcmp(cases[i].g_prefix, "decoder.") == 0]);
        assert_int_equal(m.z_dim, 2);
        if (cases[i].d_spec) {
            assert_string_equal(m.parts[1].prefix, cases[i].d_prefix);
            assert_networks_equal(model_file_part(&m, "D"), &nets[1]);
        }
        model_file_release(&m);
        safetensors_release(&t.file);
        for (size_t k = 0; k < 4; k++)
            network_release(&nets[k]);
    }
}

static void foreign_networks_that_are_not_found_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        placed nets[4];
        const char *d_spec, *part;
    } cases[] = {
        {{{"a.", "4,784:tanh", 2, 0}, {"b.", "4,784:tanh", 2, 0}},
         NULL,
         "the generator's spec '4,784:tanh' fits under each of 'a.', 'b.'"},
        {{{"", "5,784:tanh", 2, 0}},
         NULL,
         "tensor '0.weight' is 5x2, expected 4x2 by the spec '4,784:tanh'"},
        {{{"a.", "5,784:tanh", 2, 0}, {"b.", "6,784:tanh", 2, 0}},
         NULL,
         "by the spec '4,784:tanh'; it was looked for under 'a.', 'b.'"},
        {{{"fc1", "4,784:tanh", 2, 0}},
         NULL,
         "tensor 'G.0.weight' is missing; the generator's layers are expected under the names of "
         "torch.nn.Sequential, after 'G.' or another prefix; found 'fc10.bias', 'fc10.weight'"},
        {{{"", "4,784:tanh", 2, 0}}, "3,1", "tensor 'D.0.weight' is missing"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        trained t;
        network nets[4] = {0};
        place(&t, nets, cases[i].nets);
        model_source source = {.generator = "4,784:tanh", .discriminator = cases[i].d_spec};
        assert_model_refused(&t, source, STATUS_BAD_INPUT, cases[i].part);
        safetensors_release(&t.file);
        for (size_t k = 0; k < 4; k++)
            network_release(&nets[k]);
    }
}

/* Linear, LeakyReLU, BatchNorm1d, Linear. */
static void batchnorm_after_the_activation_is_named(void **state)
{
    (void)state;
    static const char *const fields[] = {"2.weight", "2.bias", "2.running_mean", "2.running_var"};
    static const char *const specs[] = {"4:lrelu,784:tanh", "4:bn:lrelu,784:tanh",
                                        "4:lrelu:dropout=0,784:tanh"};
    const float ones[4] = {1, 1, 1, 1};
    trained t = {.g = network_of("4:lrelu:dropout=0,784:tanh", Z_DIM, 0.5f)};
    checkpoint_add_network(&t.file, "", &t.g);
    for (size_t i = 0; i < COUNT(fields); i++)
        safetensors_add(&t.file, fields[i], DTYPE_F32, 1, (const size_t[]){4}, ones);
    for (size_t i = 0; i < COUNT(specs); i++)
        assert_model_refused(&t, (model_source){.generator = specs[i]}, STATUS_BAD_INPUT,
                             "'2' is a BatchNorm after an activation, which is not supported");
    trained_release(&t);
}

static void spectral_norm_is_read_where_the_spec_says_it(void **state)
{
    (void)state;
    static const placed nets[] = {{"model.", "4:sn,784:sn:tanh", 2, 0.5f}, {0}};
    network g;
    trained t;
    model_file m;
    error e = {0};
    place(&t, &g, nets);
    assert_done(reopen(&m, &t, (model_source){.generator = nets[0].spec}, &e), &e);
    assert_networks_equal(model_file_part(&m, "G"), &g);
    assert_string_equal(m.parts[0].prefix, "model.");
    model_file_release(&m);
    assert_model_refused(&t, (model_source){.generator = "4:sn,784:tanh"}, STATUS_BAD_INPUT,
                         "'model.1' has spectral norm (a tensor 'model.1.weight_orig'), which the "
                         "spec '4:sn,784:tanh' does not say there: write sn");
    safetensors_release(&t.file);
    network_release(&g);
}

static void files_of_torch_save_come_with_the_code_that_converts_them(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content, *new_name;
    } cases[] = {
        {"g.pt", "PK\3\4\0\0\x08\x08\0\0archive/data.pkl", "g.safetensors'"},
        {"it's.1.pth", "\x80\2\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.", "it\\'s.1.safetensors'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *path = join_path(folder, cases[i].name);
        write_bytes(cases[i].name, cases[i].content, 16);
        assert_path_refused(path, "was written by torch.save");
        error e = {0};
        model_file m;
        model_source source = {.path = path};
        assert_int_equal(model_file_load(&m, &source, &e), -1);
        assert_message(&e, STATUS_BAD_INPUT,
                       "import torch, safetensors.torch; safetensors.torch.save_file(torch.load('");
        assert_message(&e, STATUS_BAD_INPUT, cases[i].new_name);
        unlink(path);
        free(path);
    }
    /* a header of 640 bytes begins with the same two bytes */
    write_bytes("cut", "\x80\2\0\0\0\0\0\0{\"a\":1}", 15);
    char *cut = join_path(folder, "cut");
    assert_path_refused(cut, "but only 7 follow");
    free(cut);
}

static void foreign_model_needs_a_spec(void **state)
{
    (void)state;
    trained t;
    foreign_init(&t, g_spec);
    assert_model_refused(&t, (model_source){0}, STATUS_USAGE, "give --generator SPEC");
    assert_model_refused(&t, (model_source){.generator = "4:bn:silu,784"}, STATUS_USAGE,
                         "the generator's spec: ");
    assert_model_refused(&t, (model_source){.generator = "4:bn"}, STATUS_BAD_INPUT,
                         "'G.3.bias' is not part of the spec '4:bn'");
    assert_model_refused(&t, (model_source){.generator = g_spec, .weights = "ema"}, STATUS_USAGE,
                         "--weights");
    assert_model_refused(&t, (model_source){.generator = g_spec, .discriminator = d_spec},
                         STATUS_BAD_INPUT, "tensor 'D.0.weight' is missing");
    trained_release(&t);
}

static void foreign_pictures_are_squares(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        size_t side; /* 0: refused */
    } cases[] = {{"4,16:tanh", 4},    {"4,784:tanh", 28}, {"4,16384:tanh", 128},
                 {"4,16641:tanh", 0}, {"4,9:tanh", 0},    {"4,783:tanh", 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        error e = {0};
        trained t;
        model_file m;
        model_source source = {.generator = cases[i].spec};
        foreign_init(&t, cases[i].spec);
        if (cases[i].side == 0) {
            assert_model_refused(&t, source, STATUS_BAD_INPUT, "no square picture of 4 to 128");
        } else {
            assert_done(reopen(&m, &t, source, &e), &e);
            assert_true(m.shape.rows == cases[i].side && m.shape.cols == cases[i].side);
            assert_string_equal(m.kind, "gan");
            model_file_release(&m);
        }
        trained_release(&t);
    }
}

static void foreign_range_follows_the_last_activation(void **state)
{
    (void)state;
    const double given[2] = {-0.5, 2};
    const double wrong[2] = {1, 1};
    const struct {
        const char *spec;
        const double *range;
        float low, high;
    } cases[] = {{"4,784:tanh", NULL, -1, 1},
                 {"4,784:sigmoid", NULL, 0, 1},
                 {"4,784", given, -0.5f, 2},
                 {"4,784:tanh", given, -0.5f, 2}};
    trained t;
    foreign_init(&t, "4,784");
    for (size_t i = 0; i < COUNT(cases); i++) {
        error e = {0};
        model_file m;
        model_source source = {.generator = cases[i].spec, .range = cases[i].range};
        assert_done(reopen(&m, &t, source, &e), &e);
        assert_true(m.low == cases[i].low && m.high == cases[i].high);
        assert_null(m.warning);
        model_file_release(&m);
    }
    assert_model_refused(&t, (model_source){.generator = "4,784"}, STATUS_USAGE, "give --range");
    assert_model_refused(&t, (model_source){.generator = "4,784", .range = wrong}, STATUS_USAGE,
                         "LOW below HIGH");
    trained_release(&t);
}

static void foreign_batchnorm_without_eps_is_warned_about(void **state)
{
    (void)state;
    error e = {0};
    trained t;
    model_file m;
    foreign_init(&t, g_spec);
    assert_done(reopen(&m, &t, (model_source){.generator = g_spec}, &e), &e);
    assert_int_equal(strncmp(m.warning, m.path, strlen(m.path)), 0);
    assert_non_null(strstr(m.warning, "1e-5"));
    model_file_release(&m);
    assert_done(reopen(&m, &t, (model_source){.generator = "4:bn=1e-5:lrelu,784:tanh"}, &e), &e);
    assert_null(m.warning);
    model_file_release(&m);
    trained_release(&t);
}

static void foreign_first_weight_must_tell_z_dim(void **state)
{
    (void)state;
    const float zero = 0;
    trained t = {0};
    assert_model_refused(&t, (model_source){.generator = g_spec}, STATUS_BAD_INPUT,
                         "tensor 'G.0.weight' is missing");
    safetensors_add(&t.file, "G.0.weight", DTYPE_F32, 1, (const size_t[]){1}, &zero);
    assert_model_refused(&t, (model_source){.generator = g_spec}, STATUS_BAD_INPUT,
                         "not (outputs, inputs)");
    safetensors_release(&t.file);
    safetensors_add(&t.file, "G.0.weight", DTYPE_F32, 2, (const size_t[]){4, 0}, &zero);
    assert_model_refused(&t, (model_source){.generator = g_spec}, STATUS_BAD_INPUT,
                         "not (outputs, inputs)");
    trained_release(&t);
}

static void discriminator_with_batchnorm_is_refused(void **state)
{
    (void)state;
    trained t;
    foreign_init(&t, g_spec);
    t.d = network_of("3:bn:lrelu,1", 784, 0.25f);
    checkpoint_add_network(&t.file, "D.", &t.d);
    model_source source = {.generator = g_spec, .discriminator = "3:bn:lrelu,1"};
    assert_model_refused(&t, source, STATUS_BAD_INPUT, "has bn");
    trained_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_file_opens_as_a_foreign_model),
        cmocka_unit_test(foreign_networks_are_found_under_any_prefix),
        cmocka_unit_test(foreign_networks_that_are_not_found_are_told_apart),
        cmocka_unit_test(batchnorm_after_the_activation_is_named),
        cmocka_unit_test(spectral_norm_is_read_where_the_spec_says_it),
        cmocka_unit_test(files_of_torch_save_come_with_the_code_that_converts_them),
        cmocka_unit_test(foreign_model_needs_a_spec),
        cmocka_unit_test(foreign_pictures_are_squares),
        cmocka_unit_test(foreign_range_follows_the_last_activation),
        cmocka_unit_test(foreign_batchnorm_without_eps_is_warned_about),
        cmocka_unit_test(foreign_first_weight_must_tell_z_dim),
        cmocka_unit_test(discriminator_with_batchnorm_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
