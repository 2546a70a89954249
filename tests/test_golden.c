/* SPDX-License-Identifier: MIT */
/* The golden numbers of tests/golden/make_golden.py: PyTorch's autograd in float64, for a small GAN
 * opened as a foreign file. By norms, as its docstring says; never to be loosened. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "levels.h"
#include "model.h"
#include "use_threads.h"
#include <stdlib.h>
#include <string.h>

static const char path[] = "tests/golden/golden.safetensors";
static const char g_spec[] = "32:bn=1e-3:lrelu=0.3,48:bn=1e-3:lrelu=0.3,784:tanh";
static const char d_spec[] = "32:lrelu=0.3:dropout=0,1";

enum { B = 8, Z = 16, X = 784, STEPS = 5 };

static safetensors golden;

static network network_from(const char *spec, size_t n_in, const char *prefix)
{
    network net = {0};
    error e = {0};
    if (network_init(&net, spec, n_in, &e) || checkpoint_get_network(&net, &golden, prefix, &e))
        fail_msg("%s", e.message);
    return net;
}

/* The n values of a tensor; the caller frees them. */
static float *values_of(const char *name, size_t n)
{
    const tensor_entry *t = safetensors_find(&golden, name);
    float *v = allocate(n, sizeof *v);
    error e = {0};
    if (!t || t->n != n || safetensors_get(v, &golden, name, t->rank, t->shape, &e))
        fail_msg("%s: not there with %zu values", name, n);
    return v;
}

static void assert_golden(const float *got, const char *name, size_t n, double tolerance)
{
    float *want = values_of(name, n);
    assert_close_by_norm(got, want, n, tolerance);
    free(want);
}

/* ---- Explaining ---- */

/* Folded networks, z, and the passes over its eight rows. */
typedef struct {
    network g, d;
    packed_network packed_g, packed_d;
    tape g_tape, d_tape;
    float *z;
    matrix x, logit;
} evaluation;

static network folded_from(const char *spec, size_t n_in, const char *prefix)
{
    network net = network_from(spec, n_in, prefix), folded;
    network_fold(&folded, &net);
    network_release(&net);
    return folded;
}

static void look(evaluation *v, size_t n)
{
    v->x = packed_forward(&v->packed_g, &v->g_tape, matrix_view(v->z, n, Z));
    v->logit = packed_forward(&v->packed_d, &v->d_tape, v->x);
}

static void evaluate(evaluation *v)
{
    *v = (evaluation){.g = folded_from(g_spec, Z, "G."), .d = folded_from(d_spec, X, "D.")};
    v->z = values_of("z", B * Z);
    tape_init(&v->g_tape, &v->g, B);
    tape_init(&v->d_tape, &v->d, B);
    packed_network_init(&v->packed_g, &v->g, PASS_FORWARD | PASS_BACKWARD);
    packed_network_init(&v->packed_d, &v->d, PASS_FORWARD | PASS_BACKWARD);
    look(v, B);
}

static void evaluation_release(evaluation *v)
{
    packed_network_release(&v->packed_g), packed_network_release(&v->packed_d);
    network_release(&v->g), network_release(&v->d);
    tape_release(&v->g_tape), tape_release(&v->d_tape);
    free(v->z);
}

static void fill_ones(float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = 1.0f;
}

static void pictures_and_logits_match(void **state)
{
    (void)state;
    evaluation v;
    evaluate(&v);
    assert_golden(v.x.data, "eval.x", B * X, 1e-5);
    assert_golden(v.logit.data, "eval.logit", B, 1e-5);
    memset(v.z, 0, Z * sizeof *v.z);
    look(&v, 1);
    assert_golden(v.logit.data, "eval.logit_zero", 1, 1e-5);
    evaluation_release(&v);
}

static void the_logits_gradients_match(void **state)
{
    (void)state;
    evaluation v;
    evaluate(&v);
    float dy[B], *dx = allocate(B * X, sizeof *dx), dz[B * Z];
    fill_ones(dy, B);
    packed_backward(&v.packed_d, &v.d_tape, matrix_view(dy, B, 1), matrix_view(dx, B, X));
    assert_golden(dx, "eval.dlogit_dx", B * X, 1e-5);
    packed_backward(&v.packed_g, &v.g_tape, matrix_view(dx, B, X), matrix_view(dz, B, Z));
    assert_golden(dz, "eval.dlogit_dz", B * Z, 1e-5);
    free(dx), evaluation_release(&v);
}

static void the_pixel_sums_gradient_matches(void **state)
{
    (void)state;
    evaluation v;
    evaluate(&v);
    float *dx = allocate(B * X, sizeof *dx), dz[B * Z];
    fill_ones(dx, B * X);
    packed_backward(&v.packed_g, &v.g_tape, matrix_view(dx, B, X), matrix_view(dz, B, Z));
    assert_golden(dz, "eval.dpixelsum_dz", B * Z, 1e-5);
    free(dx), evaluation_release(&v);
}

static void the_whole_jacobian_matches(void **state)
{
    (void)state;
    evaluation v;
    evaluate(&v);
    tangents room;
    tangents_init(&room, &v.g, Z);
    float *jacobian = allocate(2 * X * Z, sizeof *jacobian);
    for (size_t r = 0; r < 2; r++) {
        matrix transposed =
            packed_jacobian(&v.packed_g, &v.g_tape, &room, (jacobian_part){r, 1, 0, Z});
        for (size_t pixel = 0; pixel < X; pixel++)
            for (size_t k = 0; k < Z; k++)
                jacobian[(r * X + pixel) * Z + k] = transposed.data[k * X + pixel];
    }
    assert_golden(jacobian, "eval.jacobian", 2 * X * Z, 1e-5);
    tangents_release(&room), evaluation_release(&v);
    free(jacobian);
}

/* ---- Training
 * ------------------------------------------------------------------------------------ */

static const image_set no_pictures = {.shape = {28, 28, X}};

static model model_from_golden(void)
{
    train_options o = {.model = "gan",
                       .generator = g_spec,
                       .discriminator = d_spec,
                       .loss = "nonsaturating",
                       .opt = "adam",
                       .init_weights = "glorot",
                       .z_dim = Z,
                       .batch = B,
                       .range = {-1, 1},
                       .lr = 1e-4,
                       .lr_d = 1e-4,
                       .beta1 = 0.9,
                       .beta2 = 0.999,
                       .eps = 1e-7,
                       .bn_momentum = 0.99};
    model m = {0};
    error e = {0};
    if (model_init(&m, &o, &no_pictures, &e) ||
        checkpoint_get_network(&m.parts[0].network, &golden, "G.", &e) ||
        checkpoint_get_network(&m.parts[1].network, &golden, "D.", &e))
        fail_msg("%s", e.message);
    return m;
}

static void do_step(model *m, const float *z, const float *x)
{
    error e = {0};
    memcpy(m->pictures, x, B * X * sizeof *x);
    memcpy(m->z, z, B * Z * sizeof *z);
    if (model_step_on(m, &e))
        fail_msg("%s", e.message);
}

/* Gradients of each tensor of net, which lie in gradient as the parameters in net. */
static void assert_gradients(const network *net, const float *gradient, const char *prefix)
{
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        char name[64];
        snprintf(name, sizeof name, "train.grad.%s%s", prefix, t.name);
        if (!t.is_statistic)
            assert_golden(gradient + (t.data - net->param), name, t.n, 1e-5);
    }
}

/* after - before of each tensor, of the parameters and of the running statistics. */
static void assert_changes(const network *net, const char *prefix)
{
    for (size_t i = 0; i < network_count_tensors(net); i++) {
        named_tensor t = network_tensor(net, i);
        char name[64];
        snprintf(name, sizeof name, "train.after.%s%s", prefix, t.name);
        float *after = values_of(name, t.n),
              *before = values_of(name + strlen("train.after."), t.n);
        double *got = allocate(t.n, sizeof *got), *want = allocate(t.n, sizeof *want);
        for (size_t k = 0; k < t.n; k++) {
            got[k] = (double)t.data[k] - (double)before[k];
            want[k] = (double)after[k] - (double)before[k];
        }
        assert_close_by_norm(got, want, t.n, 5e-4);
        free(after), free(before), free(got), free(want);
    }
}

static void the_first_steps_gradients_match(void **state)
{
    (void)state;
    model m = model_from_golden();
    float *z = values_of("train.z", STEPS * B * Z), *x = values_of("train.x", STEPS * B * X);
    do_step(&m, z, x);
    assert_gradients(&m.parts[0].network, m.parts[0].gradient, "G.");
    assert_gradients(&m.parts[1].network, m.parts[1].gradient, "D.");
    model_release(&m);
    free(z), free(x);
}

static void five_steps_of_training_match(void **state)
{
    (void)state;
    model m = model_from_golden();
    float *z = values_of("train.z", STEPS * B * Z), *x = values_of("train.x", STEPS * B * X);
    float loss_g[STEPS], loss_d[STEPS];
    for (size_t i = 0; i < STEPS; i++) {
        do_step(&m, z + i * B * Z, x + i * B * X);
        loss_g[i] = (float)m.numbers[0];
        loss_d[i] = (float)m.numbers[1];
    }
    assert_golden(loss_g, "train.loss_g", STEPS, 1e-5);
    assert_golden(loss_d, "train.loss_d", STEPS, 1e-5);
    assert_changes(&m.parts[0].network, "G.");
    assert_changes(&m.parts[1].network, "D.");
    model_release(&m);
    free(z), free(x);
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
        cmocka_unit_test(pictures_and_logits_match),
        cmocka_unit_test(the_logits_gradients_match),
        cmocka_unit_test(the_pixel_sums_gradient_matches),
        cmocka_unit_test(the_whole_jacobian_matches),
        cmocka_unit_test(the_first_steps_gradients_match),
        cmocka_unit_test(five_steps_of_training_match),
    };
    int status = run_on_every_level("golden", tests, sizeof tests / sizeof *tests);
    safetensors_release(&golden);
    return status;
}
