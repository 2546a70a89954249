/* SPDX-License-Identifier: MIT */
/* The golden numbers of tests/golden/make_golden_vae.py: the objective of a variational autoencoder
 * and its gradients, as PyTorch finds them in float64. Never to be loosened. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "levels.h"
#include "model.h"
#include "use_threads.h"
#include <stdio.h>
#include <stdlib.h>

static const char path[] = "tests/golden/golden_vae.safetensors";
static const double tolerance = 1e-6;

static safetensors golden;

/* The n values called "name.what"; the caller frees them. */
static float *wanted(const char *name, const char *what, size_t n)
{
    char full[96];
    snprintf(full, sizeof full, "%s.%s", name, what);
    const tensor_entry *entry = safetensors_find(&golden, full);
    float *v = allocate(n, sizeof *v);
    error e = {0};
    if (!entry || entry->n != n || safetensors_get(v, &golden, full, entry->rank, entry->shape, &e))
        fail_msg("%s: not there with %zu values", full, n);
    return v;
}

static void copy_wanted(float *out, const char *name, const char *what, size_t n)
{
    float *v = wanted(name, what, n);
    for (size_t i = 0; i < n; i++)
        out[i] = v[i];
    free(v);
}

static train_options options_of(const char *reconstruction)
{
    return (train_options){.model = "vae",
                           .reconstruction = reconstruction,
                           .opt = "adam",
                           .init_weights = "glorot",
                           .seed = 1,
                           .lr = 0,
                           .beta1 = 0.9,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9};
}

static void fill_part(const model *m, const char *name, const char *prefix)
{
    const network *net = &model_find_part(m, prefix)->network;
    char what[64];
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        snprintf(what, sizeof what, "%s.%s", prefix, t.name);
        copy_wanted(t.data, name, what, t.n);
    }
}

static void assert_gradient(const model *m, const char *name, const char *prefix)
{
    const model_part *p = model_find_part(m, prefix);
    char what[64];
    for (size_t i = 0; i < network_count_tensors(&p->network); i++) {
        named_tensor t = network_tensor(&p->network, i);
        snprintf(what, sizeof what, "%s.gradient.%s", prefix, t.name);
        float *want = wanted(name, what, t.n);
        assert_close_by_norm(p->gradient + (t.data - p->network.param), want, t.n, tolerance);
        free(want);
    }
}

static void assert_step(const train_options *o, picture_shape shape)
{
    const char *name = o->reconstruction;
    const image_set no_pictures = {.shape = shape};
    model m;
    error e = {0};
    float numbers[3];
    if (model_init(&m, o, &no_pictures, &e))
        fail_msg("%s", e.message);
    fill_part(&m, name, "E");
    fill_part(&m, name, "G");
    copy_wanted(model_real(&m, 0), name, "x", o->batch * shape.n);
    copy_wanted(model_z(&m, 0), name, "eps", o->batch * o->z_dim);
    copy_wanted(numbers, name, "numbers", 3);
    if (model_step_on(&m, &e))
        fail_msg("%s", e.message);
    assert_close(m.numbers, numbers, 3, tolerance, 0);
    assert_gradient(&m, name, "E");
    assert_gradient(&m, name, "G");
    model_release(&m);
}

static void a_step_with_cross_entropy_matches(void **state)
{
    train_options o = options_of("bce");
    (void)state;
    o.encoder = "9:lrelu=0.2,6", o.generator = "11:tanh,35:sigmoid";
    o.range[0] = 0, o.range[1] = 1, o.batch = 7, o.z_dim = 3, o.beta = 0.75;
    assert_step(&o, (picture_shape){5, 7, 35});
}

static void a_step_with_squared_error_matches(void **state)
{
    train_options o = options_of("mse");
    (void)state;
    o.encoder = "33:lrelu=0.2,2", o.generator = "8:tanh,25:tanh";
    o.range[0] = -1, o.range[1] = 1, o.batch = 9, o.z_dim = 1, o.beta = 3;
    assert_step(&o, (picture_shape){5, 5, 25});
}

int main(void)
{
    use_threads(2);
    error e = {0};
    if (safetensors_load(&golden, path, &e)) {
        fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_with_cross_entropy_matches),
        cmocka_unit_test(a_step_with_squared_error_matches),
    };
    int status = run_on_every_level("golden vae", tests, sizeof tests / sizeof *tests);
    safetensors_release(&golden);
    return status;
}
