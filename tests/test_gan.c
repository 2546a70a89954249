/* SPDX-License-Identifier: MIT */
/* The steps of a GAN: both gradients of every loss against central differences of the whole, what
 * each update is made of, and that training brings the generated pictures nearer to the real ones.
 */
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

enum { B = 5, Z = 3, PIXELS = 20, G = 0, D = 1, LOSS_G = 0 };

/* tanh everywhere: no kinks near which differences mean nothing. */
static const train_options options = {.model = "gan",
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
                                      .lr = 1e-2,
                                      .lr_d = (double)NAN,
                                      .beta1 = 0.5,
                                      .beta2 = 0.999,
                                      .eps = 1e-8,
                                      .bn_momentum = 0.9,
                                      .r1_every = 1,
                                      .r2_every = 1,
                                      .gp_every = 1};

static const image_set no_pictures = {.shape = {4, 5, PIXELS}};

static model model_of(train_options o)
{
    model m;
    error e = {0};
    if (model_init(&m, &o, &no_pictures, &e))
        fail_msg("%s", e.message);
    return m;
}

static void take_step(model *m)
{
    error e = {0};
    if (model_step(m, &e))
        fail_msg("%s", e.message);
}

/* ---- The losses in double, of a real and a generated logit ---- */

static double softplus(double v) { return (v > 0 ? v : 0) + log1p(exp(-fabs(v))); }
static double half_square(double v) { return v * v / 2; }
static double above(double v) { return v > 0 ? v : 0; }

static double d_logistic(double r, double f) { return softplus(-r) + softplus(f); }
static double g_nonsaturating(double r, double f) { return (void)r, softplus(-f); }
static double g_minimax(double r, double f) { return (void)r, -softplus(f); }
static double d_squares(double r, double f) { return half_square(r - 1) + half_square(f); }
static double g_squares(double r, double f) { return (void)r, half_square(f - 1); }
static double d_difference(double r, double f) { return f - r; }
static double g_score(double r, double f) { return (void)r, -f; }
static double d_hinge(double r, double f) { return above(1 - r) + above(1 + f); }
static double d_paired(double r, double f) { return softplus(f - r); }
static double g_paired(double r, double f) { return softplus(r - f); }

typedef struct {
    const char *name;
    double (*d)(double r, double f), (*g)(double r, double f);
} loss_formula;

static const loss_formula formulas[] = {{"nonsaturating", d_logistic, g_nonsaturating},
                                        {"minimax", d_logistic, g_minimax},
                                        {"lsgan", d_squares, g_squares},
                                        {"wgan", d_difference, g_score},
                                        {"wgan-gp", d_difference, g_score},
                                        {"hinge", d_hinge, g_score},
                                        {"relativistic", d_paired, g_paired},
                                        {0}};

/* ---- Gradients of a step ---- */

/* A step that was taken, with what it was taken at. */
typedef struct {
    const loss_formula *formula;
    model m;
    network g, d; /* before it */
    double *pictures, *z;
    double real_logit[B];
} taken_step;

static taken_step take_step_of(const loss_formula *f, train_options o)
{
    o.loss = f->name;
    taken_step s = {.formula = f, .m = model_of(o)};
    network_copy(&s.g, &s.m.parts[G].network);
    network_copy(&s.d, &s.m.parts[D].network);
    float *real = draw(B * PIXELS, 1);
    memcpy(model_real(&s.m, 0), real, B * PIXELS * sizeof *real);
    free(real);
    take_step(&s.m);
    s.pictures = doubles_of(model_real(&s.m, 0), 2 * B * PIXELS);
    s.z = doubles_of(model_z(&s.m, 0), B * Z);
    twin d;
    twin_init(&d, &s.d, B);
    memcpy(s.real_logit, twin_forward(&d, s.pictures, B, (pass){0}), sizeof s.real_logit);
    twin_release(&d);
    return s;
}

static void taken_step_release(taken_step *s)
{
    network_release(&s->g), network_release(&s->d), model_release(&s->m);
    free(s->pictures), free(s->z);
}

/* Smoothing of s adds s D(x) to a cross entropy, s (D(x) - 1) + s^2 / 2 to half a square. */
static double offset_of(const taken_step *s) { return strcmp(s->formula->name, "lsgan") == 0; }

/* D's loss by D's twin, of x: B real pictures, then B generated ones. */
static double loss_d(twin *t, const double *x, size_t rows, pass p, const void *context)
{
    const taken_step *s = context;
    const double *logit = twin_forward(t, x, rows, p);
    double total = 0, smoothing = s->m.options.label_smoothing;
    for (size_t i = 0; i < B; i++)
        total +=
            (s->formula->d(logit[i], logit[B + i]) + smoothing * (logit[i] - offset_of(s))) / B;
    return total + (offset_of(s) > 0 ? smoothing * smoothing / 2 : 0);
}

/* G's loss by G's twin, of z; D is as it was. */
static double loss_g(twin *t, const double *z, size_t rows, pass p, const void *context)
{
    const taken_step *s = context;
    twin d;
    twin_init(&d, &s->d, rows);
    const double *logit = twin_forward(&d, twin_forward(t, z, rows, p), rows, p);
    double total = 0;
    for (size_t i = 0; i < B; i++)
        total += s->formula->g(s->real_logit[i], logit[i]) / B;
    twin_release(&d);
    return total;
}

/* A part's gradient is that of f at net and x; returns f there. */
static double assert_derivative(const taken_step *s, size_t part, twin_scalar f, const network *net,
                                double *x, size_t rows)
{
    twin up, down;
    twin_init(&up, net, rows);
    twin_init(&down, net, rows);
    double *want = allocate(net->n_param, sizeof *want), value = f(&up, x, rows, (pass){0}, s);
    differences d = {f, s, &up, &down, x, x, rows, {0}};
    assert_int_equal(take_differences(want, d, up.param, down.param, net->n_param), 0);
    assert_close_by_norm(s->m.parts[part].gradient, want, net->n_param, 1e-5);
    twin_release(&up), twin_release(&down);
    free(want);
    return value;
}

static void both_gradients_of_every_loss_are_those_of_central_differences(void **state)
{
    (void)state;
    for (const loss_formula *f = formulas; f->name; f++) {
        taken_step s = take_step_of(f, options);
        double want[] = {assert_derivative(&s, G, loss_g, &s.g, s.z, B),
                         assert_derivative(&s, D, loss_d, &s.d, s.pictures, 2 * B)};
        assert_close(&s.m.numbers[LOSS_G], want, 2, 1e-6, 0);
        taken_step_release(&s);
    }
}

static void smoothed_targets_reach_d_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        train_options o = options;
        o.label_smoothing = 0.1;
        taken_step s = take_step_of(&formulas[i], o);
        double want[] = {assert_derivative(&s, G, loss_g, &s.g, s.z, B),
                         assert_derivative(&s, D, loss_d, &s.d, s.pictures, 2 * B)};
        assert_close(&s.m.numbers[LOSS_G], want, 2, 1e-6, 0);
        taken_step_release(&s);
    }
}

/* ---- Penalties ---- */

static double zero_centred(double square) { return square / 2; }
static double one_centred(double square) { return (sqrt(square) - 1) * (sqrt(square) - 1); }

/* The mean of phi(|g|^2) over the B rows of x. */
static double mean_penalty(twin *t, const double *x, double (*phi)(double square), pass p)
{
    double dy[B] = {1, 1, 1, 1, 1}, dx[B * PIXELS], total = 0;
    twin_forward(t, x, B, p);
    twin_backward(t, dy, NULL, dx);
    for (size_t i = 0; i < B; i++)
        total += phi(double_dot(dx + i * PIXELS, dx + i * PIXELS, PIXELS)) / B;
    return total;
}

/* R1, R2 and the gradient penalty among the numbers. */
static const size_t penalty_numbers[3] = {4, 6, 7};

/* Points between real and generated pictures x, as loss_d has them, of the index-th batch. */
static void mix(double between[B * PIXELS], const double *x, uint64_t index)
{
    float share[B];
    rng r = rng_init(options.seed, rng_stream(STREAM_BETWEEN, index));
    rng_fill_uniform(&r, share, B);
    for (size_t i = 0; i < B * PIXELS; i++) {
        double a = (double)share[i / PIXELS];
        between[i] = a * x[i] + (1 - a) * x[B * PIXELS + i];
    }
}

/* Those of x, as loss_d has it. */
static void find_penalties(double want[3], twin *t, const double *x, const taken_step *s)
{
    double between[B * PIXELS];
    mix(between, x, s->m.step - 1);
    want[0] = s->m.options.r1 * mean_penalty(t, x, zero_centred, (pass){0});
    want[1] = s->m.options.r2 * mean_penalty(t, x + B * PIXELS, zero_centred, (pass){0});
    want[2] = s->m.options.gp * mean_penalty(t, between, one_centred, (pass){0});
}

static double penalised_loss_d(twin *t, const double *x, size_t rows, pass p, const void *context)
{
    const taken_step *s = context;
    double added[3], loss = loss_d(t, x, rows, p, context);
    find_penalties(added, t, x, s);
    return loss + (double)s->m.options.r1_every * added[0] +
           (double)s->m.options.r2_every * added[1] + (double)s->m.options.gp_every * added[2];
}

/* Each alone, then all of them, as often as their intervals say. */
static void penalties_of_every_place_are_those_of_central_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        train_options o = options;
        o.r1 = i == 0 || i == 3 ? 0.5 : 0;
        o.r2 = i == 1 || i == 3 ? 2 : 0;
        o.gp = i == 2 || i == 3 ? 10 : 0;
        o.r1_every = 2, o.r2_every = 3, o.gp_every = 4;
        taken_step s = take_step_of(&formulas[0], o);
        assert_derivative(&s, D, penalised_loss_d, &s.d, s.pictures, 2 * B);
        twin d;
        double want[3];
        twin_init(&d, &s.d, 2 * B);
        find_penalties(want, &d, s.pictures, &s);
        for (size_t k = 0; k < 3; k++)
            if (want[k] > 0)
                assert_close(&s.m.numbers[penalty_numbers[k]], &want[k], 1, 1e-5, 0);
        twin_release(&d);
        taken_step_release(&s);
    }
}

/* A state of version 0.1.0 has five running means, and has to be read and made as it was. */
static void numbers_that_came_later_are_there_only_where_they_are_told(void **state)
{
    (void)state;
    static const struct {
        double r1, r2, gp;
        size_t n;
    } cases[] = {{0, 0, 0, 5}, {1, 0, 0, 5}, {0, 1, 0, 7}, {0, 0, 1, 8}, {1, 1, 1, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        train_options o = options;
        o.r1 = cases[i].r1, o.r2 = cases[i].r2, o.gp = cases[i].gp;
        model m = model_of(o);
        assert_int_equal(m.n_numbers, cases[i].n);
        model_release(&m);
    }
}

/* ---- Updates of D alone ---- */

static void fill_real(model *m, uint64_t seed)
{
    for (size_t k = 0; k < m->n_batches; k++) {
        float *real = draw(B * PIXELS, seed + k);
        memcpy(model_real(m, k), real, B * PIXELS * sizeof *real);
        free(real);
    }
}

/* Bit for bit: a step of two batches, and one that leaves G where it is before one that moves both.
 * Penalties are added in each. */
static void the_first_batches_of_a_step_move_d_alone(void **state)
{
    (void)state;
    train_options o = options;
    o.r1 = 0.5, o.r2 = 2, o.gp = 10;
    model one = model_of(o);
    o.d_steps = 2;
    model both = model_of(o);
    error e = {0};
    fill_real(&both, 8);
    take_step(&both);
    optimizer *of_g = &one.parts[G].optimizer;
    for (size_t k = 0; k < 2; k++) {
        of_g->set.lr = k == 0 ? 0 : options.lr;
        of_g->step = 0;
        memset(of_g->m, 0, of_g->n * sizeof *of_g->m);
        memset(of_g->v, 0, of_g->n * sizeof *of_g->v);
        memcpy(model_real(&one, 0), model_real(&both, k), B * PIXELS * sizeof(float));
        memcpy(model_z(&one, 0), model_z(&both, k), B * Z * sizeof(float));
        assert_int_equal(model_step_on(&one, &e), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        const network *a = &both.parts[i].network, *b = &one.parts[i].network;
        assert_memory_equal(a->param, b->param, a->n_param * sizeof(float));
    }
    assert_int_equal(both.parts[G].optimizer.step, 1);
    assert_int_equal(both.parts[D].optimizer.step, 2);
    assert_memory_equal(both.numbers, one.numbers, one.n_numbers * sizeof *one.numbers);
    model_release(&both), model_release(&one);
}

/* Each update of a step has masks of its own, in both networks. */
static void no_update_shares_its_dropout_with_another(void **state)
{
    (void)state;
    train_options o = options;
    o.d_steps = 100;
    model m = model_of(o);
    uint64_t streams[2][2 * 100];
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 200; k++)
            streams[i][k] = model_pass(&m, i, k).stream;
    for (size_t a = 0; a < 400; a++)
        for (size_t b = 0; b < a; b++)
            assert_true(streams[a / 200][a % 200] != streams[b / 200][b % 200]);
    model_release(&m);
}

/* Shown the same pictures and noise, and moved nowhere, D says another thing by other masks. */
static void updates_of_a_step_have_masks_of_their_own(void **state)
{
    (void)state;
    double score[2];
    for (size_t n = 1; n <= 2; n++) {
        train_options o = options;
        o.discriminator = "9:tanh:dropout=0.5,1";
        o.lr = 0;
        o.d_steps = n;
        model m = model_of(o);
        error e = {0};
        fill_real(&m, 8);
        memcpy(model_real(&m, n - 1), model_real(&m, 0), B * PIXELS * sizeof(float));
        assert_int_equal(model_step_on(&m, &e), 0);
        score[n - 1] = m.numbers[2];
        model_release(&m);
    }
    assert_true(score[0] != score[1]);
}

/* Those of D's pass between the pictures are none that its batch had. */
static void the_gradient_penalty_has_masks_of_its_own(void **state)
{
    (void)state;
    train_options o = options;
    o.discriminator = "9:tanh:dropout=0.5,1";
    o.gp = 10;
    model m = model_of(o);
    pass own = model_pass(&m, D, m.n_batches);
    twin d;
    double between[B * PIXELS];
    twin_init(&d, &m.parts[D].network, B);
    fill_real(&m, 8);
    take_step(&m);
    double *x = doubles_of(model_real(&m, 0), 2 * B * PIXELS);
    mix(between, x, 0);
    double want = 10 * mean_penalty(&d, between, one_centred, own);
    assert_close(&m.numbers[penalty_numbers[2]], &want, 1, 1e-5, 0);
    twin_release(&d);
    model_release(&m);
    free(x);
}

/* The half-life of an average is in pictures shown, of which a step shows n_batches times B. */
static void averages_count_the_pictures_of_all_batches(void **state)
{
    (void)state;
    train_options o = options;
    o.d_steps = 2;
    o.ema_kimg = 1;
    model m = model_of(o);
    m.step = 1000000;
    const model_part *g = &m.parts[G];
    double *want = doubles_of(g->average.param, g->network.n_param);
    double weight = 1 - pow(0.5, 2.0 * B / 1000);
    fill_real(&m, 8);
    take_step(&m);
    for (size_t i = 0; i < g->network.n_param; i++)
        want[i] += weight * ((double)g->network.param[i] - want[i]);
    assert_close(g->average.param, want, g->network.n_param, 1e-6, 1e-9);
    model_release(&m);
    free(want);
}

/* ---- Training ---- */

enum { BATCH = 32 };

/* Two kinds of pictures, either as often: a slope that goes up from 0 or down to -0.5. */
static void draw_slopes(float *x, uint64_t step)
{
    rng r = rng_init(9, rng_stream(STREAM_PROBE, step));
    for (size_t i = 0; i < BATCH; i++) {
        float kind = rng_below(&r, 2) ? 0.5f : -0.5f;
        for (size_t c = 0; c < PIXELS; c++)
            x[i * PIXELS + c] = 0.2f + kind * ((float)c / PIXELS - 0.2f);
    }
}

/* How far the mean and the standard deviation of n generated pictures' pixels are from those of
 * real ones, as the norm over pixels. */
static void measure(double distance[2], const float *real, const float *fake)
{
    distance[0] = distance[1] = 0;
    for (size_t c = 0; c < PIXELS; c++) {
        double sums[2][2] = {{0}};
        for (size_t i = 0; i < BATCH; i++)
            for (size_t k = 0; k < 2; k++) {
                double v = (double)(k ? fake : real)[i * PIXELS + c];
                sums[k][0] += v / BATCH;
                sums[k][1] += v * v / BATCH;
            }
        double mean = sums[1][0] - sums[0][0],
               deviation = sqrt(above(sums[1][1] - sums[1][0] * sums[1][0])) -
                           sqrt(above(sums[0][1] - sums[0][0] * sums[0][0]));
        distance[0] += mean * mean;
        distance[1] += deviation * deviation;
    }
}

/* The mean of that over steps first .. last - 1. */
static void train_and_measure(double mean[2], model *m, int first, int last)
{
    mean[0] = mean[1] = 0;
    for (int step = first; step < last; step++) {
        for (size_t k = 0; k < m->n_batches; k++)
            draw_slopes(model_real(m, k), m->step * m->n_batches + k);
        take_step(m);
        const float *real = model_real(m, m->n_batches - 1);
        double d[2];
        measure(d, real, real + BATCH * PIXELS);
        for (size_t k = 0; k < 2; k++)
            mean[k] += d[k] / (last - first);
    }
}

/* With what each loss brings, or R1 where it brings nothing. */
static void every_loss_brings_generated_pictures_nearer_to_the_real_ones(void **state)
{
    (void)state;
    for (const loss_formula *f = formulas; f->name; f++) {
        train_options o = options;
        bool is_clipped = strcmp(f->name, "wgan") == 0, is_gp = strcmp(f->name, "wgan-gp") == 0;
        o.loss = f->name;
        o.batch = BATCH;
        o.generator = "16:tanh,20:tanh";
        o.discriminator = "24:lrelu,1";
        o.lr = 3e-3;
        o.clip_weights = is_clipped ? 0.05 : 0;
        o.gp = is_gp ? 10 : 0;
        o.d_steps = is_clipped || is_gp ? 5 : 1;
        o.r1 = is_clipped || is_gp ? 0 : 1;
        model m = model_of(o);
        double first[2], last[2], unused[2];
        train_and_measure(first, &m, 0, 5);
        train_and_measure(unused, &m, 5, 1100);
        train_and_measure(last, &m, 1100, 1200);
        print_message("%s: mean %.3f to %.3f, deviation %.3f to %.3f\n", f->name, first[0], last[0],
                      first[1], last[1]);
        assert_true(last[0] < 0.5 * first[0]);
        assert_true(last[1] < 0.5 * first[1]);
        model_release(&m);
    }
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_gradients_of_every_loss_are_those_of_central_differences),
        cmocka_unit_test(smoothed_targets_reach_d_alone),
        cmocka_unit_test(penalties_of_every_place_are_those_of_central_differences),
        cmocka_unit_test(numbers_that_came_later_are_there_only_where_they_are_told),
        cmocka_unit_test(the_first_batches_of_a_step_move_d_alone),
        cmocka_unit_test(no_update_shares_its_dropout_with_another),
        cmocka_unit_test(updates_of_a_step_have_masks_of_their_own),
        cmocka_unit_test(the_gradient_penalty_has_masks_of_its_own),
        cmocka_unit_test(averages_count_the_pictures_of_all_batches),
        cmocka_unit_test(every_loss_brings_generated_pictures_nearer_to_the_real_ones),
    };
    return cmocka_run_group_tests_name("gan", tests, NULL, NULL);
}
