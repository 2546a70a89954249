/* SPDX-License-Identifier: MIT */
/* A GAN whose discriminator sees pictures that were changed at random: both networks' gradients
 * against central differences of the whole, changes included. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "nets.h"
#include "model.h"
#include "use_threads.h"
#include <string.h>

enum { B = 4, Z = 3, ROWS = 4, COLS = 5, N = ROWS * COLS, G = 0, D = 1 };

static const train_options options = {
    .model = "gan",
    .generator = "7:tanh,20:tanh",
    .discriminator = "9:tanh,1",
    .loss = "nonsaturating",
    .opt = "adam",
    .init_weights = "glorot",
    .z_dim = Z,
    .batch = B,
    .seed = 3,
    .d_steps = 1,
    .range = {-1, 1},
    .augment = {.shift = 1, .rotate = 25, .scale = 0.2, .noise = 0.3},
    .lr = 1e-2,
    .lr_d = (double)NAN,
    .beta1 = 0.5,
    .beta2 = 0.999,
    .eps = 1e-8,
    .bn_momentum = 0.9,
    .r1_every = 1,
    .gp_every = 1};

static const image_set no_pictures = {.shape = {ROWS, COLS, N}};

/* A step that was taken, and the affine map of B real, then B generated pictures that D saw: a
 * picture's pixel p is offset[p] + sum over q of slope[p][q] x[q]. */
typedef struct {
    model m;
    network g, d; /* before it */
    double *real, *z;
    double slope[2 * B][N][N], offset[2 * B][N];
} taken_step;

/* Of black pictures, which changes leave black, the noise remains; of a picture with one white
 * pixel, that pixel's column. */
static void find_changes(taken_step *s)
{
    augmentation a;
    static float x[2 * B * N], y[2 * B * N];
    rng r = rng_init(options.seed, rng_stream(STREAM_AUGMENT, 0));
    augmentation_init(&a, options.augment, no_pictures.shape, -1, 2 * B);
    augmentation_draw(&a, 2 * B, &r);
    for (size_t q = 0; q <= N; q++) {
        for (size_t i = 0; i < 2 * B * N; i++)
            x[i] = i % N == q ? 1 : -1;
        augmentation_apply(y, &a, x, 2 * B);
        for (size_t i = 0; i < 2 * B * N; i++)
            if (q < N)
                s->slope[i / N][i % N][q] = (double)y[i];
            else
                s->offset[i / N][i % N] = (double)y[i];
    }
    for (size_t i = 0; i < 2 * B; i++)
        for (size_t p = 0; p < N; p++) {
            double of_black = s->offset[i][p];
            for (size_t q = 0; q < N; q++) {
                s->slope[i][p][q] = (s->slope[i][p][q] - of_black) / 2;
                s->offset[i][p] += s->slope[i][p][q];
            }
        }
    augmentation_release(&a);
}

static taken_step *take_step(double r1, double gp)
{
    taken_step *s = allocate(1, sizeof *s);
    train_options o = options;
    error e = {0};
    o.r1 = r1, o.gp = gp;
    if (model_init(&s->m, &o, &no_pictures, &e))
        fail_msg("%s", e.message);
    network_copy(&s->g, &s->m.parts[G].network);
    network_copy(&s->d, &s->m.parts[D].network);
    float *real = draw(B * N, 1);
    memcpy(model_real(&s->m, 0), real, B * N * sizeof *real);
    free(real);
    if (model_step(&s->m, &e))
        fail_msg("%s", e.message);
    s->real = doubles_of(model_real(&s->m, 0), 2 * B * N);
    s->z = doubles_of(model_z(&s->m, 0), B * Z);
    find_changes(s);
    return s;
}

static void taken_step_release(taken_step *s)
{
    network_release(&s->g), network_release(&s->d), model_release(&s->m);
    free(s->real), free(s->z), free(s);
}

/* y: what D sees of n pictures x, the first of which is the first-th of the batch. */
static void change(double *y, const taken_step *s, const double *x, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < N; p++) {
            y[i * N + p] = s->offset[first + i][p];
            for (size_t q = 0; q < N; q++)
                y[i * N + p] += s->slope[first + i][p][q] * x[i * N + q];
        }
}

static double softplus(double v) { return (v > 0 ? v : 0) + log1p(exp(-fabs(v))); }

/* dx: D's gradients by B pictures. */
static void slopes_of(double dx[B * N], twin *t, const double *x)
{
    double d[B] = {1, 1, 1, 1};
    twin_forward(t, x, B, (pass){0});
    twin_backward(t, d, NULL, dx);
}

/* gamma times the mean of |d D / d x|^2 / 2 over the real pictures as D sees them. */
static double r1_of(twin *t, const double *seen, double gamma)
{
    double dx[B * N];
    slopes_of(dx, t, seen);
    return gamma * double_dot(dx, dx, B * N) / (2 * B);
}

/* gamma times the mean of (|d D / d x| - 1)^2 between the pictures as D sees them. */
static double gp_of(twin *t, const double *seen, double gamma)
{
    double x[B * N], dx[B * N], total = 0;
    float share[B];
    rng r = rng_init(options.seed, rng_stream(STREAM_BETWEEN, 0));
    rng_fill_uniform(&r, share, B);
    for (size_t i = 0; i < B * N; i++)
        x[i] = seen[B * N + i] + (double)share[i / N] * (seen[i] - seen[B * N + i]);
    slopes_of(dx, t, x);
    for (size_t i = 0; i < B; i++) {
        double length = sqrt(double_dot(dx + i * N, dx + i * N, N));
        total += (length - 1) * (length - 1);
    }
    return gamma * total / B;
}

static double loss_d(twin *t, const double *x, size_t rows, pass p, const void *context)
{
    const taken_step *s = context;
    double seen[2 * B * N], total = 0;
    change(seen, s, x, 0, 2 * B);
    const double *logit = twin_forward(t, seen, rows, p);
    for (size_t i = 0; i < B; i++)
        total += (softplus(-logit[i]) + softplus(logit[B + i])) / B;
    return total + r1_of(t, seen, s->m.options.r1) + gp_of(t, seen, s->m.options.gp);
}

static double loss_g(twin *t, const double *z, size_t rows, pass p, const void *context)
{
    const taken_step *s = context;
    double seen[B * N], total = 0;
    twin d;
    twin_init(&d, &s->d, rows);
    change(seen, s, twin_forward(t, z, rows, p), B, B);
    const double *logit = twin_forward(&d, seen, rows, p);
    for (size_t i = 0; i < B; i++)
        total += softplus(-logit[i]) / B;
    twin_release(&d);
    return total;
}

static void assert_gradient(const taken_step *s, size_t part, twin_scalar f, const network *net,
                            double *x, size_t rows)
{
    twin up, down;
    twin_init(&up, net, rows);
    twin_init(&down, net, rows);
    double *want = allocate(net->n_param, sizeof *want);
    differences d = {f, s, &up, &down, x, x, rows, {0}};
    assert_int_equal(take_differences(want, d, up.param, down.param, net->n_param), 0);
    assert_close_by_norm(s->m.parts[part].gradient, want, net->n_param, 1e-5);
    twin_release(&up), twin_release(&down);
    free(want);
}

static void gradients_go_through_the_changes(void **state)
{
    (void)state;
    taken_step *s = take_step(0, 0);
    assert_gradient(s, G, loss_g, &s->g, s->z, B);
    assert_gradient(s, D, loss_d, &s->d, s->real, 2 * B);
    taken_step_release(s);
}

static void r1_is_taken_at_what_d_sees(void **state)
{
    (void)state;
    taken_step *s = take_step(0.7, 0);
    assert_gradient(s, D, loss_d, &s->d, s->real, 2 * B);
    taken_step_release(s);
}

static void a_gradient_penalty_is_taken_between_what_d_sees(void **state)
{
    (void)state;
    taken_step *s = take_step(0, 3);
    assert_gradient(s, D, loss_d, &s->d, s->real, 2 * B);
    taken_step_release(s);
}

/* ---- What is drawn ---- */

/* D's scores of a step on the same pictures, weights and noise. */
static double score_at(uint64_t step, uint64_t d_steps)
{
    train_options o = options;
    o.d_steps = d_steps;
    o.lr = o.lr_d = 0;
    model m;
    error e = {0};
    if (model_init(&m, &o, &no_pictures, &e))
        fail_msg("%s", e.message);
    float *real = draw(B * N, 1), *z = draw(B * Z, 2);
    for (size_t k = 0; k < d_steps; k++) {
        memcpy(model_real(&m, k), real, B * N * sizeof *real);
        memcpy(model_z(&m, k), z, B * Z * sizeof *z);
    }
    m.step = step;
    if (model_step_on(&m, &e))
        fail_msg("%s", e.message);
    double score = m.numbers[2];
    free(real), free(z);
    model_release(&m);
    return score;
}

static void every_batch_is_changed_in_its_own_way(void **state)
{
    (void)state;
    assert_true(score_at(0, 1) != score_at(1, 1));
    assert_true(score_at(0, 1) != score_at(0, 2)); /* by the second batch of the step */
    assert_true(score_at(3, 1) == score_at(1, 2)); /* which is the same in the order of batches */
    assert_true(score_at(5, 1) == score_at(5, 1));
}

static int set_up(void **state)
{
    (void)state;
    use_threads(2);
    return 0;
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_go_through_the_changes),
        cmocka_unit_test(r1_is_taken_at_what_d_sees),
        cmocka_unit_test(a_gradient_penalty_is_taken_between_what_d_sees),
        cmocka_unit_test(every_batch_is_changed_in_its_own_way),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
