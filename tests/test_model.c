/* SPDX-License-Identifier: MIT */
/* model: steps, states, the trainer loop, recipes, the run folder. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "close.h"
#include "run.h"
#include "use_threads.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- Helpers ---- */

static char folder[] = "/tmp/ganlens-test-model-XXXXXX";
static dataset digits;

static int set_up(void **state)
{
    error e = {0};
    (void)state;
    return !mkdtemp(folder) || dataset_load(&digits, NULL, &(data_choice){.n_classes = 10}, &e) != 0
               ? -1
               : 0;
}

static int tear_down(void **state)
{
    text command = {0};
    (void)state;
    dataset_release(&digits);
    text_add(&command, "rm -rf %s", folder);
    int status = system(command.data);
    text_release(&command);
    return status;
}

static char *in_folder(const char *name) { return join_path(folder, name); }

static void assert_message(const error *e, exit_status status, const char *part)
{
    if (!strstr(e->message, part))
        print_error("'%s' is not in '%s'\n", part, e->message);
    assert_non_null(strstr(e->message, part));
    assert_int_equal(e->status, status);
}

static void assert_done(int status, const error *e)
{
    if (status != 0)
        print_error("%s\n", e->message);
    assert_int_equal(status, 0);
}

/* All there is: BatchNorm, dropout, R1, an average. */
static train_options small_options(void)
{
    return (train_options){.model = "gan",
                           .generator = "8:bn:lrelu=0.2,784:tanh",
                           .discriminator = "9:lrelu=0.2:dropout=0.3,1",
                           .loss = "nonsaturating",
                           .opt = "adam",
                           .init_weights = "glorot",
                           .z_dim = 5,
                           .batch = 16,
                           .seed = 3,
                           .range = {-1, 1},
                           .lr = 1e-3,
                           .lr_d = (double)NAN,
                           .beta1 = 0.5,
                           .beta2 = 0.999,
                           .eps = 1e-8,
                           .bn_momentum = 0.9,
                           .r1 = 0.1,
                           .r1_every = 3,
                           .ema_kimg = 0.1};
}

static model model_of(const train_options *o)
{
    model m;
    error e = {0};
    assert_done(model_init(&m, o, &digits.train, &e), &e);
    return m;
}

static train_end train_silently(model *m, uint64_t step)
{
    error ignored = {0};
    train_plan plan = {.n_steps = step};
    return train(m, &plan, &(train_events){0}, &ignored);
}

static void train_to(model *m, uint64_t step)
{
    assert_int_equal(train_silently(m, step), TRAIN_FINISHED);
}

/* A GAN's parts and the last of its numbers. */
enum { G, D };
enum { R1 = 4 };

/* y = net(x) of one row. */
static void evaluate(float *y, const network *net, const float *x)
{
    tiles t = {0};
    tiles_init(&t, net);
    tiles_forward(y, &t, x, 1);
    tiles_release(&t);
}

static void assert_same_floats(const float *a, const float *b, size_t n)
{
    assert_memory_equal(a, b, n * sizeof *a);
}

/* Bit for bit. */
static void assert_same_model(const model *a, const model *b)
{
    assert_int_equal(a->step, b->step);
    assert_memory_equal(a->running, b->running, sizeof a->running);
    for (size_t i = 0; i < a->n_parts; i++) {
        const model_part *p = &a->parts[i], *q = &b->parts[i];
        size_t n = p->network.n_param;
        assert_same_floats(p->network.param, q->network.param, n);
        assert_same_floats(p->network.stats, q->network.stats, p->network.n_stats);
        assert_same_floats(p->average.param, q->average.param, p->average.n_param);
        assert_same_floats(p->average.stats, q->average.stats, p->average.n_stats);
        assert_same_floats(p->optimizer.m, q->optimizer.m, n);
        assert_same_floats(p->optimizer.v, q->optimizer.v, n);
        assert_int_equal(p->optimizer.step, q->optimizer.step);
    }
}

/* ---- A step ---- */

static void a_bad_spec_is_refused_with_the_option(void **state)
{
    static const struct {
        const char *generator, *discriminator, *part;
    } bad[] = {{"8,783", "1", "--generator: '8,783': its last width is 783, expected 784"},
               {"784", "8,2", "--discriminator: '8,2': its last width is 2, expected 1"},
               {"784", "8:bn,1", "layer 1: bn"},
               {"784", "8,1:sigmoid", "its output is the logit"},
               {"x,784", "1", "--generator"},
               {"784", "1:y", "--discriminator"}};
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        train_options o = small_options();
        model m;
        error e = {0};
        o.generator = bad[i].generator;
        o.discriminator = bad[i].discriminator;
        assert_int_equal(model_init(&m, &o, &digits.train, &e), -1);
        assert_message(&e, STATUS_USAGE, bad[i].part);
    }
}

static void what_is_not_set_is_refused(void **state)
{
    (void)state;
    train_options o = small_options();
    model m;
    error e = {0};
    o.discriminator = NULL;
    assert_int_equal(model_init(&m, &o, &digits.train, &e), -1);
    assert_message(&e, STATUS_USAGE, "--discriminator is not set; --model gan needs it");
    o = small_options();
    o.loss = NULL;
    e = (error){0};
    assert_int_equal(model_init(&m, &o, &digits.train, &e), -1);
    assert_message(&e, STATUS_USAGE, "--loss is not set; --model gan needs it");
}

static void last_widths_are_fitted_to_pictures(void **state)
{
    (void)state;
    train_options o = small_options();
    const part_row *parts = model_class_find("gan")->parts;
    char *g = part_fit_spec(&o, &parts[G], (picture_shape){20, 24, 480});
    char *d = part_fit_spec(&o, &parts[D], (picture_shape){20, 24, 480});
    assert_ptr_equal(o.generator, g);
    assert_ptr_equal(o.discriminator, d);
    assert_string_equal(g, "8:bn:lrelu=0.2,480:tanh");
    assert_string_equal(d, "9:lrelu=0.2:dropout=0.3,1");
    free(g), free(d);
}

static void black_and_white_that_are_one_float_are_refused(void **state)
{
    (void)state;
    train_options o = small_options();
    model m;
    error e = {0};
    o.range[0] = 999999;
    o.range[1] = 999999.01;
    assert_int_equal(model_init(&m, &o, &digits.train, &e), -1);
    assert_message(&e, STATUS_USAGE, "--range: 999999 and 999999.01 are the same float");
    o.range[1] = 999999.1;
    assert_int_equal(model_init(&m, &o, &digits.train, &e), 0);
    model_release(&m);
}

static void the_penalty_is_taken_at_its_interval_and_moves_d_alone(void **state)
{
    (void)state;
    train_options with = small_options(), without = small_options();
    without.r1 = 0;
    model a = model_of(&with), b = model_of(&without);
    error e = {0};
    train_to(&a, 1);
    train_to(&b, 1);
    assert_true(a.numbers[R1] > 0 && isnan(b.numbers[R1]));
    assert_true(a.running[R1] == a.numbers[R1] && b.running[R1] == 0);
    assert_same_floats(a.parts[G].network.param, b.parts[G].network.param,
                       a.parts[G].network.n_param);
    assert_memory_not_equal(a.parts[D].network.param, b.parts[D].network.param,
                            a.parts[D].network.n_param * sizeof *a.parts[D].network.param);
    for (size_t i = 1; i < 7; i++) {
        assert_done(model_step(&a, &e), &e);
        assert_true(isnan(a.numbers[R1]) == (i % 3 != 0));
    }
    model_release(&a);
    model_release(&b);
}

/* rate = 1 - 2^(-B / half), half = min(ema_kimg * 1000, pictures seen / 20). */
static void the_average_follows_g_with_its_half_life(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    error e = {0};
    size_t n = m.parts[G].network.n_param;
    double *want = allocate(n, sizeof *want);
    for (size_t i = 0; i < n; i++)
        want[i] = (double)m.parts[G].network.param[i];
    for (size_t step = 1; step <= 200; step++) {
        assert_done(model_step(&m, &e), &e);
        double seen = 16.0 * (double)step, half = fmin(100.0, seen / 20.0);
        double rate = 1.0 - pow(0.5, 16.0 / half);
        for (size_t i = 0; i < n; i++)
            want[i] += ((double)m.parts[G].network.param[i] - want[i]) * rate;
    }
    assert_close_by_norm(m.parts[G].average.param, want, n, 1e-6);
    assert_ptr_equal(part_for_use(&m.parts[G]), &m.parts[G].average);
    network folded, average;
    network_fold(&average, &m.parts[G].average);
    model_fold_generator(&folded, &m, NO_CLASS);
    assert_same_floats(folded.param, average.param, average.n_param);
    network_release(&folded);
    network_release(&average);
    free(want);
    model_release(&m);
}

static void without_an_average_g_itself_is_for_use(void **state)
{
    (void)state;
    train_options o = small_options();
    o.ema_kimg = 0;
    model m = model_of(&o);
    assert_ptr_equal(part_for_use(&m.parts[G]), &m.parts[G].network);
    assert_int_equal(m.parts[G].average.n_layers, 0);
    model_release(&m);
}

static void every_optimizer_trains(void **state)
{
    (void)state;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        train_options o = small_options();
        o.opt = rule->name;
        model m = model_of(&o), before = model_of(&o);
        train_to(&m, 3);
        assert_memory_not_equal(m.parts[G].network.param, before.parts[G].network.param,
                                m.parts[G].network.n_param * sizeof *m.parts[G].network.param);
        assert_memory_not_equal(m.parts[D].network.param, before.parts[D].network.param,
                                m.parts[D].network.n_param * sizeof *m.parts[D].network.param);
        model_release(&m);
        model_release(&before);
    }
}

/* ---- Divergence ---- */

/* Trains until it fails. */
static error diverge(const train_options *o)
{
    model m = model_of(o);
    error e = {0};
    train_plan plan = {.n_steps = 50};
    assert_int_equal(train(&m, &plan, &(train_events){0}, &e), TRAIN_FAILED);
    model_release(&m);
    return e;
}

static void divergence_is_told_with_step_and_tensor(void **state)
{
    (void)state;
    train_options o = small_options();
    o.lr_d = 1e39;
    error e = diverge(&o);
    assert_message(&e, STATUS_DIVERGED, "step 1: tensor 'D.0.weight' became ");
    o = small_options();
    o.lr_d = o.lr;
    o.lr = 1e39;
    e = diverge(&o);
    assert_message(&e, STATUS_DIVERGED, "step 1: tensor 'G.0.weight' became ");
    o = small_options();
    o.lr_d = 1e30;
    e = diverge(&o);
    assert_message(&e, STATUS_DIVERGED, "step 2: 'Loss/G/loss' became ");
    assert_message(&e, STATUS_DIVERGED, "the output of 'D.");
}

static void a_running_statistic_that_overflows_is_divergence(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    error e = {0};
    for (size_t i = 0;
         i < m.parts[G].network.layers[0].weight.rows * m.parts[G].network.layers[0].weight.cols;
         i++)
        m.parts[G].network.layers[0].weight.data[i] *= 1e25f;
    assert_int_equal(model_step(&m, &e), -1);
    assert_message(&e, STATUS_DIVERGED, "step 1: tensor 'G.1.running_var' became inf");
    model_release(&m);
}

/* D's loss and parameters stay finite; only Adam's v does not. */
static void a_gradient_too_large_to_square_is_divergence(void **state)
{
    (void)state;
    train_options o = small_options();
    o.r1 = 0;
    model m = model_of(&o);
    error e = {0};
    const layer *last = &m.parts[D].network.layers[m.parts[D].network.n_layers - 1];
    for (size_t i = 0; i < last->n_in; i++)
        last->weight.data[i] *= 1e24f;
    assert_int_equal(model_step(&m, &e), -1);
    assert_int_equal(find_not_finite(m.parts[D].network.param, m.parts[D].network.n_param),
                     m.parts[D].network.n_param);
    assert_message(&e, STATUS_DIVERGED, "step 1: the squared gradient of 'D.0.weight' became inf");
    model_release(&m);
}

/* Large units behind small weights: only these have large gradients. */
static void the_tensor_whose_gradient_is_too_large_is_named(void **state)
{
    (void)state;
    train_options o = small_options();
    o.r1 = 0;
    model m = model_of(&o);
    error e = {0};
    const network *d = &m.parts[D].network;
    for (size_t i = 0; i < d->layers[0].n_out; i++) {
        d->layers[0].bias[i] = 1e22f;
        d->layers[1].weight.data[i] = 1e-22f;
    }
    assert_int_equal(model_step(&m, &e), -1);
    assert_message(&e, STATUS_DIVERGED, "step 1: the squared gradient of 'D.3.weight' became inf");
    model_release(&m);
}

static void an_infinite_penalty_is_divergence(void **state)
{
    (void)state;
    train_options o = small_options();
    o.r1 = 1e39; /* no float */
    error e = diverge(&o);
    assert_message(&e, STATUS_DIVERGED, "step 1: 'Loss/r1_penalty' became inf");
}

static void a_model_that_could_not_be_loaded_is_not_saved(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    error e = {0};
    char *path = in_folder("overflow.safetensors");
    m.parts[D].network.param[0] = (float)NAN;
    assert_int_equal(model_save(&m, path, NULL, "{}", 0, &e), -1);
    assert_message(&e, STATUS_DIVERGED, "tensor 'D.0.weight' became NaN");
    assert_false(is_file(path));
    free(path);
    model_release(&m);
}

static void a_state_that_could_not_be_loaded_is_not_saved(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    error e = {0};
    char *path = in_folder("overflow.safetensors");
    m.parts[D].optimizer.v[7] = (float)INFINITY;
    assert_int_equal(model_save_state(&m, path, "{}", "{}", 0, &e), -1);
    assert_message(&e, STATUS_DIVERGED, "tensor 'D.optimizer.v' became inf");
    assert_false(is_file(path));
    free(path);
    model_release(&m);
}

/* ---- States ---- */

static void save_and_load(model *to, const model *from)
{
    char *path = in_folder("state.safetensors");
    safetensors s = {0};
    error e = {0};
    assert_done(model_save_state(from, path, "{}", "{}", 0, &e), &e);
    assert_done(safetensors_load(&s, path, &e), &e);
    assert_done(model_get_state(to, &s, &e), &e);
    safetensors_release(&s);
    free(path);
}

static void a_state_comes_back_bit_for_bit(void **state)
{
    (void)state;
    train_options o = small_options();
    model a = model_of(&o), b = model_of(&o);
    train_to(&a, 9);
    save_and_load(&b, &a);
    assert_same_model(&a, &b);
    model_release(&a);
    model_release(&b);
}

/* Some have fewer blocks than Adam. */
static void states_of_every_optimizer_come_back(void **state)
{
    (void)state;
    for (const optimizer_rule *rule = optimizer_rules; rule->name; rule++) {
        train_options o = small_options();
        o.opt = rule->name;
        model a = model_of(&o), b = model_of(&o);
        train_to(&a, 4);
        save_and_load(&b, &a);
        assert_same_floats(a.parts[G].network.param, b.parts[G].network.param,
                           a.parts[G].network.n_param);
        if (a.parts[G].optimizer.m)
            assert_same_floats(a.parts[G].optimizer.m, b.parts[G].optimizer.m,
                               a.parts[G].network.n_param);
        model_release(&a);
        model_release(&b);
    }
}

static void two_halves_through_a_state_are_the_whole(void **state)
{
    (void)state;
    train_options o = small_options();
    model whole = model_of(&o), first = model_of(&o), second = model_of(&o);
    uint64_t end = digits.train.n / 16 + 40; /* into the second epoch */
    train_to(&whole, end);
    train_to(&first, end / 2);
    save_and_load(&second, &first);
    train_to(&second, end);
    assert_same_model(&whole, &second);
    model_release(&whole);
    model_release(&first);
    model_release(&second);
}

static void a_state_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    train_options o = small_options(), other = small_options();
    other.generator = "7:bn:lrelu=0.2,784:tanh";
    model a = model_of(&o), b = model_of(&other);
    char *path = in_folder("other.safetensors");
    safetensors s = {0};
    error e = {0};
    assert_done(model_save_state(&a, path, "{}", "{}", 0, &e), &e);
    assert_done(safetensors_load(&s, path, &e), &e);
    assert_int_equal(model_get_state(&b, &s, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "G.0.weight");
    safetensors_release(&s);
    assert_done(model_save(&a, path, NULL, "{}", 0, &e), &e);
    assert_done(safetensors_load(&s, path, &e), &e);
    assert_int_equal(model_get_state(&a, &s, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "tensor 'step' is missing");
    safetensors_release(&s);
    free(path);
    model_release(&a);
    model_release(&b);
}

static void a_block_of_another_length_is_refused(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    char *path = in_folder("length.safetensors");
    safetensors s = {0};
    error e = {0};
    assert_done(model_save_state(&m, path, "{}", "{}", 0, &e), &e);
    assert_done(safetensors_load(&s, path, &e), &e);
    for (size_t i = 0; i < s.n_entries; i++)
        s.entries[i].n -= strcmp(s.entries[i].name, "running") == 0;
    assert_int_equal(model_get_state(&m, &s, &e), -1);
    assert_message(&e, STATUS_BAD_INPUT, "'running' is F64 of 4 elements, expected F64 of 5");
    safetensors_release(&s);
    free(path);
    model_release(&m);
}

static void a_file_says_the_shape_and_range_of_its_pictures(void **state)
{
    (void)state;
    train_options o = small_options();
    o.generator = "4:lrelu=0.2,480:tanh";
    o.range[0] = -0.5, o.range[1] = 3;
    char *path = in_folder("shape.safetensors");
    model m;
    model_file file = {0};
    error e = {0};
    assert_done(model_init(&m, &o, &(image_set){.shape = {20, 24, 480}}, &e), &e);
    assert_done(model_save(&m, path, NULL, "{}", 0, &e), &e);
    assert_done(model_file_load(&file, &(model_source){.path = path}, &e), &e);
    assert_int_equal(file.shape.rows, 20);
    assert_int_equal(file.shape.cols, 24);
    assert_true(file.low == -0.5f && file.high == 3);
    model_file_release(&file);
    model_release(&m);
    free(path);
}

/* N(mu, L L^T) of two numbers: z is drawn, mu + L z goes in. */
static void a_prior_is_drawn_from_and_saved(void **state)
{
    static const float mean[] = {3, -1}, factor[] = {2, 0, 0.5f, 0.25f}, z[] = {0.5f, -2};
    (void)state;
    train_options o = small_options();
    o.z_dim = 2, o.generator = "4:lrelu=0.2,784:tanh";
    model m = model_of(&o);
    network bare = {0}, folded = {0};
    float got[784], want[784], code[] = {3 + 2 * 0.5f, -1 + 0.5f * 0.5f + 0.25f * -2};
    model_fold_generator(&bare, &m, NO_CLASS);
    memcpy(m.prior_mean = allocate(2, sizeof(float)), mean, sizeof mean);
    memcpy(m.prior_factor = allocate(4, sizeof(float)), factor, sizeof factor);
    model_fold_generator(&folded, &m, NO_CLASS);
    evaluate(want, &bare, code);
    evaluate(got, &folded, z);
    assert_close(got, want, 784, 1e-5, 1e-6);
    char *path = in_folder("prior.safetensors");
    safetensors s = {0};
    error e = {0};
    float back[4];
    assert_done(model_save(&m, path, NULL, "{}", 0, &e), &e);
    assert_done(safetensors_load(&s, path, &e), &e);
    assert_done(safetensors_get(back, &s, "prior.mean", 1, (size_t[]){2}, &e), &e);
    assert_same_floats(back, mean, 2);
    assert_done(safetensors_get(back, &s, "prior.factor", 2, (size_t[]){2, 2}, &e), &e);
    assert_same_floats(back, factor, 4);
    safetensors_release(&s);
    free(path);
    network_release(&bare);
    network_release(&folded);
    model_release(&m);
}

/* ---- The trainer
 * --------------------------------------------------------------------------------- */

/* What was called, as letters: l, s, c, with the step's last digit. */
typedef struct {
    const model *m;
    text calls;
    uint64_t stop_at; /* step; 0: none */
    char fails_at[8]; /* the call that fails */
    exit_status fails_with;
} record;

static int record_call(record *r, char kind, uint64_t step, error *e)
{
    char call[32];
    snprintf(call, sizeof call, "%c%llu", kind, (unsigned long long)step);
    text_add(&r->calls, "%s ", call);
    return strcmp(call, r->fails_at) == 0 ? (fail)(e, r->fails_with, "%s", call) : 0;
}

static int record_log(void *context, uint64_t step, double seconds, error *e)
{
    (void)seconds;
    return record_call(context, 'l', step, e);
}

static int record_sample(void *context, uint64_t step, error *e)
{
    return record_call(context, 's', step, e);
}

static int record_checkpoint(void *context, double seconds, error *e)
{
    record *r = context;
    (void)seconds;
    return record_call(r, 'c', r->m->step, e);
}

static bool stop(void *context)
{
    const record *r = context;
    return r->stop_at && r->m->step >= r->stop_at;
}

static const char *calls_of(record *r, model *m, train_plan plan, train_end want)
{
    train_events events = {.context = r,
                           .log = record_log,
                           .sample = record_sample,
                           .checkpoint = record_checkpoint,
                           .should_stop = stop};
    error e = {0};
    r->m = m;
    text_release(&r->calls);
    text_add(&r->calls, "%s", "");
    assert_int_equal(train(m, &plan, &events, &e), want);
    return r->calls.data;
}

static void what_is_due_is_called_with_the_checkpoint_last(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    record r = {0};
    train_plan plan = {.n_steps = 6, .log_every = 2, .sample_every = 3, .checkpoint_every = 3};
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FINISHED), "s0 l2 s3 c3 l4 l6 s6 c6 ");
    plan = (train_plan){.n_steps = 8};
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FINISHED), "c8 ");
    plan = (train_plan){.n_steps = 9, .sample_every = 5};
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FINISHED), "s9 c9 ");
    text_release(&r.calls);
    model_release(&m);
}

static record *fit_record; /* of the model that is fitted */

static int record_fit(model *m, error *e)
{
    assert_ptr_equal(m->data, &digits.train);
    return record_call(fit_record, 'f', m->step, e);
}

static void what_is_fitted_is_fresh_in_samples_and_checkpoints(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    model_class fitted = *m.kind;
    record r = {0};
    train_plan plan = {.n_steps = 4, .log_every = 1, .sample_every = 2, .checkpoint_every = 3};
    fitted.fit = record_fit;
    fit_record = &r;
    m.kind = &fitted;
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FINISHED),
                        "f0 s0 l1 l2 f2 s2 l3 f3 c3 l4 f4 s4 c4 ");
    strcpy(r.fails_at, "f6");
    r.fails_with = STATUS_BAD_OUTPUT;
    plan.n_steps = 9;
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FAILED), "l4 s4 l5 l6 f6 f6 c6 ");
    strcpy(r.fails_at, "l7"); /* what is saved nevertheless is no mix of two steps */
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FAILED), "l6 f6 s6 l7 f7 c7 ");
    r.fails_at[0] = '\0';
    assert_int_equal(train_silently(&m, 8), TRAIN_FINISHED);
    assert_true(m.is_fitted);
    text_release(&r.calls);
    model_release(&m);
}

static void after_a_failure_a_checkpoint_is_tried(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    record r = {.fails_at = "s0", .fails_with = STATUS_BAD_OUTPUT};
    train_plan plan = {.n_steps = 9, .log_every = 1, .sample_every = 2, .checkpoint_every = 8};
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FAILED), "s0 "); /* nothing to save yet */
    strcpy(r.fails_at, "s2");
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FAILED), "s0 l1 l2 s2 c2 ");
    strcpy(r.fails_at, "l3"); /* what step 2 lacks comes first */
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FAILED), "l2 s2 l3 c3 ");
    strcpy(r.fails_at, "l5");
    r.fails_with = STATUS_DIVERGED;
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FAILED), "l3 l4 s4 l5 ");
    text_release(&r.calls);
    model_release(&m);
}

static void a_stop_leaves_a_checkpoint(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    record r = {.stop_at = 2};
    train_plan plan = {.n_steps = 6, .sample_every = 5, .checkpoint_every = 5};
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_STOPPED), "s0 c2 ");
    text_release(&r.calls);
    model_release(&m);
}

static void time_that_is_used_up_ends_the_training(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    record r = {0};
    train_plan plan = {.n_steps = UINT64_MAX, .max_time = 3, .time_before = 3};
    assert_string_equal(calls_of(&r, &m, plan, TRAIN_FINISHED), "c0 ");
    plan.time_before = 2.99;
    calls_of(&r, &m, plan, TRAIN_FINISHED);
    assert_true(m.step > 0);
    text_release(&r.calls);
    model_release(&m);
}

/* What the events of a training told last. */
typedef struct {
    double done, seconds;
} told;

static void tell_tick(void *context, uint64_t step, double done, double seconds)
{
    (void)step;
    *(told *)context = (told){done, seconds};
}

static bool is_always_stopped(void *context)
{
    (void)context;
    return true;
}

static told train_one_step_when(train_plan plan, bool (*was_stopped)(void *context))
{
    train_options o = small_options();
    model m = model_of(&o);
    told t = {0};
    train_events events = {.context = &t, .tick = tell_tick, .was_stopped = was_stopped};
    error e = {0};
    m.step = plan.n_steps < UINT64_MAX ? plan.n_steps - 1 : 0;
    assert_int_equal(train(&m, &plan, &events, &e), TRAIN_FINISHED);
    model_release(&m);
    return t;
}

static told train_one_step(train_plan plan) { return train_one_step_when(plan, NULL); }

static void progress_is_that_of_the_nearer_end(void **state)
{
    (void)state;
    told by_steps = train_one_step((train_plan){.n_steps = 9, .max_time = 1e9});
    told by_time = train_one_step((train_plan){.n_steps = UINT64_MAX, .max_time = 1e-9});
    told resumed = train_one_step(
        (train_plan){.n_steps = UINT64_MAX, .max_time = 5e8 + 1e-6, .time_before = 5e8});
    assert_true(by_steps.done == 1.0 && by_time.done >= 1.0 && resumed.done >= 1.0);
}

static void training_time_goes_on_from_the_time_before(void **state)
{
    (void)state;
    told t = train_one_step((train_plan){.n_steps = 9, .time_before = 1000});
    assert_true(t.seconds >= 1000 && t.seconds < 2000);
}

/* Whether each tick of a training came later than the one before. */
typedef struct {
    double last;
    bool goes_on;
} stopwatch;

static void watch_tick(void *context, uint64_t step, double done, double seconds)
{
    stopwatch *w = context;
    (void)step, (void)done;
    w->goes_on = w->goes_on && seconds > w->last;
    w->last = seconds;
}

static void training_time_is_that_of_all_steps(void **state)
{
    (void)state;
    train_options o = small_options();
    model m = model_of(&o);
    stopwatch w = {.goes_on = true};
    train_events events = {.context = &w, .tick = watch_tick};
    error e = {0};
    train_plan plan = {.n_steps = 30};
    assert_int_equal(train(&m, &plan, &events, &e), TRAIN_FINISHED);
    assert_true(w.goes_on);
    model_release(&m);
}

static void a_step_that_was_stopped_takes_the_time_of_its_work(void **state)
{
    (void)state;
    told t = train_one_step_when((train_plan){.n_steps = 9}, is_always_stopped);
    assert_true(t.seconds > 0 && t.seconds < 1000);
}

/* How often pictures of each class were in the batches of a training. */
typedef struct {
    const model *m;
    size_t counts[10];
} class_counts;

static void count_classes(void *context, uint64_t step, double done, double seconds)
{
    class_counts *c = context;
    (void)step, (void)done, (void)seconds;
    for (size_t i = 0; i < c->m->options.batch; i++)
        c->counts[model_labels(c->m, 0)[i]]++;
}

/* Of the built-in digits, but with as few of all classes but 0. */
static void balance_draws_every_class_alike(void **state)
{
    enum { STEPS = 50 }; /* of 16 pictures: 80 of each class */
    (void)state;
    for (int is_balanced = 0; is_balanced < 2; is_balanced++) {
        train_options o = small_options();
        image_set unequal = digits.train;
        uint8_t *labels = allocate(unequal.n, 1);
        for (size_t i = 0; i < unequal.n; i++)
            labels[i] = i % 20 ? 0 : unequal.labels[i / 20];
        unequal.labels = labels;
        o.balance = is_balanced;
        model m = {0};
        error e = {0};
        assert_done(model_init(&m, &o, &unequal, &e), &e);
        class_counts c = {.m = &m};
        train_events events = {.context = &c, .tick = count_classes};
        assert_int_equal(train(&m, &(train_plan){.n_steps = STEPS}, &events, &e), TRAIN_FINISHED);
        for (size_t k = 0; k < 10; k++)
            assert_true(is_balanced ? c.counts[k] == 80 : k > 0 ? c.counts[k] < 20 : true);
        model_release(&m);
        free(labels);
    }
}

/* ---- The run folder
 * ------------------------------------------------------------------------------- */

static void write_file(const char *run, const char *name, const char *content)
{
    char *path = join_path(run, name);
    error e = {0};
    assert_done(file_save(path, content, strlen(content), NOT_DURABLE, &e), &e);
    free(path);
}

static void assert_holds(const char *run, const char *name, const char *want)
{
    char *path = join_path(run, name);
    bytes content = {0};
    error e = {0};
    assert_done(file_load(&content, path, 1 << 16, &e), &e);
    assert_string_equal((const char *)content.data, want);
    bytes_release(&content);
    free(path);
}

static bool has_file(const char *run, const char *name)
{
    char *path = join_path(run, name);
    bool found = is_file(path);
    free(path);
    return found;
}

/* A folder with all that runs and explanations leave. */
static char *old_run(const char *name)
{
    static const char *const files[] = {"config.json",
                                        "log.jsonl",
                                        "log.csv",
                                        "timing.jsonl",
                                        "real.png",
                                        "state.safetensors",
                                        "model.safetensors",
                                        "samples/step-000000.png",
                                        "samples/step-000200.png",
                                        "samples/step-1000000.png",
                                        "explain/seed-0007/sample.png",
                                        "model.d",
                                        ".model.safetensors.0AAAAA",
                                        "samples/.step-000400.png.0AAAAA"};
    char *run = in_folder(name), *deep = join_path(run, "explain/seed-0007");
    char *samples = join_path(run, "samples");
    error e = {0};
    assert_done(folder_create(deep, &e), &e);
    assert_done(folder_create(samples, &e), &e);
    for (size_t i = 0; i < COUNT(files); i++)
        write_file(run, files[i],
                   "{\"step\": 1, \"a\": 0.1}\n{\"step\": 2, \"a\": null}\n{\"step\": 3}\n{\"st");
    free(deep);
    free(samples);
    return run;
}

static void a_fresh_run_removes_what_an_older_one_left(void **state)
{
    (void)state;
    char *path = old_run("fresh");
    run_folder r = {0};
    error e = {0};
    assert_done(run_folder_open(&r, path, &e), &e);
    assert_int_equal(run_folder_check(&r, false, &e), -1);
    assert_message(&e, STATUS_USAGE,
                   "fresh: holds a finished model; go on from it with --resume, "
                   "replace it with --force");
    assert_done(run_folder_check(&r, true, &e), &e);
    write_file(path, ".clearing", "");
    assert_done(run_folder_check(&r, false, &e), &e); /* it was given up */
    assert_done(run_folder_start(&r, true, 0, 0, &e), &e);
    run_folder_release(&r);
    assert_true(has_file(path, "config.json") && has_file(path, "explain/seed-0007/sample.png"));
    assert_true(has_file(path, "model.d"));
    assert_false(has_file(path, "model.safetensors") || has_file(path, "state.safetensors") ||
                 has_file(path, "real.png") || has_file(path, "samples/step-000000.png") ||
                 has_file(path, "samples/step-1000000.png") || has_file(path, ".clearing") ||
                 has_file(path, ".model.safetensors.0AAAAA") ||
                 has_file(path, "samples/.step-000400.png.0AAAAA"));
    free(path);
}

static void going_on_cuts_logs_and_samples_after_the_step(void **state)
{
    (void)state;
    char *path = old_run("going-on");
    write_file(path, "samples/step-000002.png", "x");
    run_folder r = {0};
    error e = {0};
    assert_done(run_folder_open(&r, path, &e), &e);
    assert_done(run_folder_start(&r, false, 2, 0, &e), &e);
    run_folder_release(&r);
    assert_holds(path, "log.jsonl", "{\"step\": 1, \"a\": 0.1}\n{\"step\": 2, \"a\": null}\n");
    assert_holds(path, "log.csv", "step,a\n1,0.1\n2,\n"); /* made anew from the log */
    assert_true(has_file(path, "model.safetensors") && has_file(path, "state.safetensors"));
    assert_true(has_file(path, "samples/step-000000.png"));
    assert_true(has_file(path, "samples/step-000002.png"));
    assert_false(has_file(path, "samples/step-000200.png"));
    free(path);
}

static void going_on_keeps_a_sample_of_that_step_where_one_is_due(void **state)
{
    (void)state;
    const struct {
        uint64_t every;
        bool is_kept;
    } cases[] = {{100, true}, {0, true}, {150, false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *path = old_run("sample-of-the-end");
        run_folder r = {0};
        error e = {0};
        assert_done(run_folder_open(&r, path, &e), &e);
        assert_done(run_folder_start(&r, false, 200, cases[i].every, &e), &e);
        run_folder_release(&r);
        assert_int_equal(has_file(path, "samples/step-000200.png"), cases[i].is_kept);
        assert_true(has_file(path, "samples/step-000000.png"));
        free(path);
    }
}

/* Made in an order that no file system gives back sorted by chance. */
static void samples_are_found_by_their_steps(void **state)
{
    enum { N = 20 };
    char *path = in_folder("sampled");
    sample_steps s = {0};
    error e = {0};
    (void)state;
    assert_done(folder_create(path, &e), &e);
    for (uint64_t i = 0; i < N; i++) {
        char *name = sample_path(path, i * 7 % N * 90000); /* with six digits and with seven */
        assert_done(file_save(name, "x", 1, NOT_DURABLE, &e), &e);
        free(name);
    }
    write_file(path, ".step-000001.png.0AAAAA", "x");
    write_file(path, "reconstruction-000001.png", "x");
    assert_done(sample_steps_find(&s, path, &e), &e);
    assert_int_equal(s.n, N);
    for (uint64_t i = 0; i < N; i++)
        assert_true(s.steps[i] == i * 90000);
    sample_steps_release(&s);
    assert_done(sample_steps_find(&s, "/nowhere", &e), &e);
    assert_int_equal(s.n, 0);
    free(path);
}

static void a_folder_with_anything_else_is_refused(void **state)
{
    static const char *const names[] = {"notes.txt", "model.safetensors.bak", ".hidden",
                                        "sampl",     "samples/cat.png",       "samples/step-.png"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char *path = old_run("foreign"), *other = join_path(path, names[i]);
        run_folder r = {0};
        error e = {0};
        write_file(path, names[i], "x");
        assert_done(run_folder_open(&r, path, &e), &e);
        assert_int_equal(run_folder_check(&r, true, &e), -1);
        assert_message(&e, STATUS_USAGE, strrchr(other, '/') + 1);
        run_folder_release(&r);
        unlink(other);
        free(other);
        free(path);
    }
}

static void a_folder_is_held_by_one_at_a_time(void **state)
{
    (void)state;
    char *path = in_folder("held");
    run_folder a = {0}, b = {0};
    error e = {0};
    assert_done(run_folder_open(&a, path, &e), &e);
    assert_false(is_file(path));
    assert_done(run_folder_start(&a, true, 0, 0, &e), &e);
    assert_int_equal(run_folder_open(&b, path, &e), -1);
    assert_message(&e, STATUS_FAILED, "held by ");
    run_folder_release(&b);
    run_folder_release(&a);
    assert_done(run_folder_open(&b, path, &e), &e);
    run_folder_release(&b);
    free(path);
}

static void a_file_is_no_run_folder(void **state)
{
    (void)state;
    char *path = in_folder("file");
    run_folder r = {0};
    error e = {0};
    write_file(folder, "file", "x");
    assert_int_equal(run_folder_open(&r, path, &e), -1);
    assert_message(&e, STATUS_USAGE, "is a file");
    run_folder_release(&r);
    free(path);
}

static void training_time_is_read_up_to_the_step(void **state)
{
    (void)state;
    char *path = old_run("timed");
    run_folder r = {0};
    error e = {0};
    assert_done(run_folder_open(&r, path, &e), &e);
    write_file(path, "timing.jsonl",
               "{\"step\": 2, \"Timing/total_sec\": 1.5}\n"
               "{\"step\": 4, \"Timing/total_sec\": 2.5}\n{\"step\": 6, \"Tim");
    assert_true(run_folder_seconds(&r, 1) == 0 && run_folder_seconds(&r, 3) == 1.5 &&
                run_folder_seconds(&r, 99) == 2.5);
    run_folder_release(&r);
    free(path);
}

int main(void)
{
    use_threads(1);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_spec_is_refused_with_the_option),
        cmocka_unit_test(what_is_not_set_is_refused),
        cmocka_unit_test(last_widths_are_fitted_to_pictures),
        cmocka_unit_test(black_and_white_that_are_one_float_are_refused),
        cmocka_unit_test(the_penalty_is_taken_at_its_interval_and_moves_d_alone),
        cmocka_unit_test(the_average_follows_g_with_its_half_life),
        cmocka_unit_test(without_an_average_g_itself_is_for_use),
        cmocka_unit_test(every_optimizer_trains),
        cmocka_unit_test(divergence_is_told_with_step_and_tensor),
        cmocka_unit_test(a_running_statistic_that_overflows_is_divergence),
        cmocka_unit_test(a_gradient_too_large_to_square_is_divergence),
        cmocka_unit_test(the_tensor_whose_gradient_is_too_large_is_named),
        cmocka_unit_test(an_infinite_penalty_is_divergence),
        cmocka_unit_test(a_model_that_could_not_be_loaded_is_not_saved),
        cmocka_unit_test(a_state_that_could_not_be_loaded_is_not_saved),
        cmocka_unit_test(a_state_comes_back_bit_for_bit),
        cmocka_unit_test(states_of_every_optimizer_come_back),
        cmocka_unit_test(two_halves_through_a_state_are_the_whole),
        cmocka_unit_test(a_state_that_does_not_fit_is_refused),
        cmocka_unit_test(a_block_of_another_length_is_refused),
        cmocka_unit_test(a_file_says_the_shape_and_range_of_its_pictures),
        cmocka_unit_test(a_prior_is_drawn_from_and_saved),
        cmocka_unit_test(what_is_due_is_called_with_the_checkpoint_last),
        cmocka_unit_test(what_is_fitted_is_fresh_in_samples_and_checkpoints),
        cmocka_unit_test(after_a_failure_a_checkpoint_is_tried),
        cmocka_unit_test(a_stop_leaves_a_checkpoint),
        cmocka_unit_test(time_that_is_used_up_ends_the_training),
        cmocka_unit_test(progress_is_that_of_the_nearer_end),
        cmocka_unit_test(training_time_goes_on_from_the_time_before),
        cmocka_unit_test(training_time_is_that_of_all_steps),
        cmocka_unit_test(a_step_that_was_stopped_takes_the_time_of_its_work),
        cmocka_unit_test(balance_draws_every_class_alike),
        cmocka_unit_test(a_fresh_run_removes_what_an_older_one_left),
        cmocka_unit_test(going_on_cuts_logs_and_samples_after_the_step),
        cmocka_unit_test(going_on_keeps_a_sample_of_that_step_where_one_is_due),
        cmocka_unit_test(samples_are_found_by_their_steps),
        cmocka_unit_test(a_folder_with_anything_else_is_refused),
        cmocka_unit_test(a_folder_is_held_by_one_at_a_time),
        cmocka_unit_test(a_file_is_no_run_folder),
        cmocka_unit_test(training_time_is_read_up_to_the_step),
    };
    return cmocka_run_group_tests_name("model", tests, set_up, tear_down);
}
